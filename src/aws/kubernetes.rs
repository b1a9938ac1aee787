//! The Kubernetes API of a cluster, as far as `kube-system/aws-auth` needs it: read, create and replace one ConfigMap.
//!
//! Three requests do not justify a client library: kube-rs brings an HTTP and TLS stack of its own, which knows nothing of
//! the provider's proxies and certificates. The object stays JSON throughout, so that what this provider has never heard
//! of is written back as it was.
//!
//! An endpoint that cannot be connected to is tried once per run; later calls get the same error at once. One that is
//! connected to and does not answer is asked again: a slow answer says nothing of the next one.

use crate::aws::eks::Cluster;
use crate::aws::eks_token::TokenSource;
use crate::aws::error::{AwsError, ErrorKind, chain_text};
use crate::aws::http::Network;
use crate::aws::kubernetes_answer::{SERVICE, judge};
use crate::aws::retry::{retry_until, unless_stopped};
use crate::aws::single_flight::SingleFlight;
use crate::aws::told::{Obstacle, Told};
use crate::lock::lock;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

/// The namespace of the ConfigMap.
pub const NAMESPACE: &str = "kube-system";
/// The ConfigMap by which EKS knows IAM principals, besides access entries.
pub const AWS_AUTH: &str = "aws-auth";

const GET: &str = "GetConfigMap";
const CREATE: &str = "CreateConfigMap";
/// [`AwsError::operation`] of a write.
pub const UPDATE: &str = "UpdateConfigMap";
/// How long a read is tried again where the API server is busy: it comes back within seconds, or not soon.
const BUSY: Duration = Duration::from_secs(10);
/// Longest time for a write as a whole.
const WRITE_TIMEOUT: Duration = Duration::from_secs(90);
/// Longest time for a read, which takes milliseconds where all is well.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest time for the read that is made after one without an answer.
const SECOND_READ_TIMEOUT: Duration = Duration::from_secs(10);
/// How hyper says that no connection came about.
const NO_CONNECTION: &str = "client error (Connect)";

/// A ConfigMap, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigMap(Value);

impl ConfigMap {
    /// An `aws-auth` that holds one key.
    #[must_use]
    pub fn new(key: &str, text: &str) -> Self {
        Self(json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": { "name": AWS_AUTH, "namespace": NAMESPACE },
            "data": { key: text },
        }))
    }

    /// What the API answered, or the error that it told.
    ///
    /// # Errors
    /// The answer is no ConfigMap, or its status is not of a success.
    pub fn of_answer(operation: &'static str, status: u16, text: &[u8]) -> Result<Self, AwsError> {
        judge(operation, status, text).map(Self)
    }

    /// The text of a key.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.0["data"][key].as_str()
    }

    /// The same with another text under a key.
    #[must_use]
    pub fn with(&self, key: &str, text: &str) -> Self {
        let mut map = self.0.clone();
        if !map["data"].is_object() {
            map["data"] = json!({});
        }
        map["data"][key] = text.into();
        Self(map)
    }
}

/// What many readers share.
#[derive(Debug, Clone)]
struct Shared {
    /// How often this run had written when it was asked for.
    writes: u64,
    map: Option<Arc<ConfigMap>>,
}

/// The right to write, with the map as the last writer of this run left it.
pub type Turn = OwnedMutexGuard<Option<ConfigMap>>;

/// The Kubernetes API of one cluster. Cheap to clone; all clones share what is known.
#[derive(Debug, Clone)]
pub struct Kubernetes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    endpoint: String,
    authority: Option<String>,
    connector: SharedHttpConnector,
    token: TokenSource,
    outage: Mutex<Option<AwsError>>,
    told: Told,
    /// How often this run has written: what was read before is old then.
    writes: AtomicU64,
    shared: SingleFlight<(), Shared>,
    turn: Arc<tokio::sync::Mutex<Option<ConfigMap>>>,
}

impl Kubernetes {
    /// The API of this cluster.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] where the cluster has no endpoint yet, or a certificate that cannot be read.
    pub(crate) fn new(cluster: &Cluster, network: &Network, token: TokenSource, told: Told) -> Result<Self, AwsError> {
        let unusable = |text: String| AwsError::local(SERVICE, "", ErrorKind::InvalidRequest, text);
        let endpoint = cluster.endpoint.as_deref().filter(|endpoint| !endpoint.is_empty()).ok_or_else(|| {
            unusable(format!(
                "EKS names no endpoint of cluster {} (its status is {}), so its Kubernetes API cannot be asked yet.",
                cluster.name, cluster.status
            ))
        })?;
        let authority = cluster
            .certificate_authority
            .as_deref()
            .map(|text| STANDARD.decode(text))
            .transpose();
        let authority = authority.map_err(|reason| {
            unusable(format!(
                "The certificate authority of cluster {} is not base64: {reason}.",
                cluster.name
            ))
        })?;
        let connector = network.connector(authority, token.sdk.base.sleep_impl()).map_err(|reason| {
            unusable(format!(
                "The certificate authority that EKS gives for cluster {} {reason}.",
                cluster.name
            ))
        })?;
        Ok(Self(Arc::new(Inner {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            authority: cluster.certificate_authority.clone(),
            connector,
            token,
            outage: Mutex::default(),
            told,
            writes: AtomicU64::new(0),
            shared: SingleFlight::default(),
            turn: Arc::default(),
        })))
    }

    /// Where the API is.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    pub(crate) fn is_of(&self, cluster: &Cluster) -> bool {
        cluster.endpoint.as_deref().map(|endpoint| endpoint.trim_end_matches('/')) == Some(self.endpoint())
            && cluster.certificate_authority == self.0.authority
    }

    /// Whether nobody has been told at length yet that this API cannot be used. True once.
    #[must_use]
    pub fn is_first_to_tell(&self) -> bool {
        self.0.told.is_first(Obstacle::Endpoint(self.0.endpoint.clone()))
    }

    /// `aws-auth` as it was when it was first asked for in this run, or since this run's last write; `None` where there is
    /// none.
    ///
    /// # Errors
    /// [`ErrorKind::Unreachable`], [`ErrorKind::Unauthorized`], [`ErrorKind::AccessDenied`] and others.
    pub async fn aws_auth(&self) -> Result<Option<Arc<ConfigMap>>, AwsError> {
        let needed = self.0.writes.load(Ordering::Relaxed);
        loop {
            let this = self.clone();
            let ask = || async move {
                let writes = this.0.writes.load(Ordering::Relaxed);
                let map = this.aws_auth_fresh().await?.map(Arc::new);
                Ok(Shared { writes, map })
            };
            let shared = self.0.shared.get(&(), |shared| shared.writes >= needed, ask).await?;
            // Whoever joined a question that was asked before the last write asks again.
            if shared.writes >= needed {
                return Ok(shared.map);
            }
        }
    }

    /// `aws-auth` as it is now.
    ///
    /// # Errors
    /// As [`Self::aws_auth`].
    pub async fn aws_auth_fresh(&self) -> Result<Option<ConfigMap>, AwsError> {
        let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps/{AWS_AUTH}");
        let read = async |limit| {
            let once = || unless_stopped(SERVICE, GET, self.send(GET, "GET", &path, None, limit));
            retry_until(Instant::now() + BUSY, is_passing, once).await
        };
        let started = Instant::now();
        let answer = match read(READ_TIMEOUT).await {
            Err(error) if error.kind == ErrorKind::AnswerLost && started.elapsed() >= READ_TIMEOUT => read(SECOND_READ_TIMEOUT).await,
            answer => answer,
        };
        match answer {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates `aws-auth`.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] and others.
    pub async fn create_aws_auth(&self, map: &ConfigMap) -> Result<ConfigMap, AwsError> {
        let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps");
        self.write(CREATE, "POST", &path, map).await
    }

    /// Replaces `aws-auth`, if it is still what `map` was made from.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] where somebody has changed it since, and others.
    pub async fn update_aws_auth(&self, map: &ConfigMap) -> Result<ConfigMap, AwsError> {
        let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps/{AWS_AUTH}");
        self.write(UPDATE, "PUT", &path, map).await
    }

    /// Waits for one's turn to write. The guard holds the map as the last writer of this run left it, which saves a read;
    /// should others have written since, the API refuses what is made from it.
    pub async fn turn(&self) -> Turn {
        self.0.turn.clone().lock_owned().await
    }

    async fn write(&self, operation: &'static str, method: &str, path: &str, map: &ConfigMap) -> Result<ConfigMap, AwsError> {
        let written = self.send(operation, method, path, Some(&map.0), WRITE_TIMEOUT).await;
        self.0.writes.fetch_add(1, Ordering::Relaxed);
        written
    }

    async fn send(
        &self,
        operation: &'static str,
        method: &str,
        path: &str,
        body: Option<&Value>,
        limit: Duration,
    ) -> Result<ConfigMap, AwsError> {
        if let Some(outage) = self.outage().clone() {
            return Err(AwsError { operation, ..outage });
        }
        let started = Instant::now();
        let silent = || {
            let text = format!("{}: no answer within {} s", self.0.endpoint, limit.as_secs());
            AwsError::local(SERVICE, operation, ErrorKind::AnswerLost, text)
        };
        let answer = tokio::time::timeout(limit, self.exchange(operation, method, path, body)).await;
        let answer = answer.unwrap_or_else(|_| Err(silent()));
        let status = answer
            .as_ref()
            .map_or_else(|error| error.status.unwrap_or(0), |(status, _)| *status);
        tracing::debug!(
            rpc.system = "kubernetes",
            rpc.method = operation,
            http.method = method,
            http.url = format!("{}{path}", self.0.endpoint),
            http.status = status,
            ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "Kubernetes call"
        );
        let answer = answer.and_then(|(status, text)| ConfigMap::of_answer(operation, status, &text));
        if let Err(error) = &answer
            && error.kind == ErrorKind::Unreachable
        {
            *self.outage() = Some(error.clone());
        }
        answer
    }

    fn outage(&self) -> std::sync::MutexGuard<'_, Option<AwsError>> {
        lock(&self.0.outage)
    }

    async fn exchange(&self, operation: &'static str, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Vec<u8>), AwsError> {
        let request = self.request(method, path, body).await?;
        let lost = |text: String| AwsError::local(SERVICE, operation, ErrorKind::AnswerLost, text);
        let answer = self.0.connector.call(request).await.map_err(|reason| {
            let text = chain_text(&reason);
            let kind = match text.contains(NO_CONNECTION) {
                true => ErrorKind::Unreachable,
                false => ErrorKind::AnswerLost,
            };
            AwsError::local(SERVICE, operation, kind, format!("{}: {text}", self.0.endpoint))
        })?;
        let answer: HttpResponse = answer;
        let status = answer.status().as_u16();
        let body = ByteStream::new(answer.into_body()).collect().await;
        let body = body.map_err(|reason| lost(format!("{}: {}", self.0.endpoint, chain_text(&reason))))?;
        Ok((status, body.to_vec()))
    }

    async fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Result<HttpRequest, AwsError> {
        let token = self.0.token.token().await?;
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.0.endpoint))
            .header("accept", "application/json")
            .header("user-agent", self.0.token.sdk.observer.user_agent(""))
            .header("authorization", format!("Bearer {}", token.expose()));
        let request = match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(SdkBody::from(body.to_string())),
            None => request.body(SdkBody::empty()),
        };
        let invalid = |reason: String| AwsError::local(SERVICE, "", ErrorKind::InvalidParameter, format!("{}: {reason}", self.0.endpoint));
        let request = request.map_err(|reason| invalid(reason.to_string()))?;
        HttpRequest::try_from(request).map_err(|reason| invalid(reason.to_string()))
    }
}

/// Whether the same read may succeed in a moment.
fn is_passing(error: &AwsError) -> bool {
    error.service == SERVICE
        && (matches!(error.kind, ErrorKind::Throttled | ErrorKind::AnswerLost) || error.status.is_some_and(|status| status >= 500))
}

/// Whether a write failed in a way that another look at the map decides: it was not made, or it may have been.
#[must_use]
pub fn may_be_tried_again(error: &AwsError) -> bool {
    is_passing(error)
        || error.service == SERVICE && matches!(error.kind, ErrorKind::Conflict | ErrorKind::AlreadyExists | ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_text_leaves_the_rest_of_the_map() {
        let map = ConfigMap(
            json!({ "kind": "ConfigMap", "metadata": { "resourceVersion": "7" }, "data": { "mapUsers": "u" }, "immutable": false }),
        );
        let written = map.with("mapRoles", "r");
        assert_eq!(
            written.0,
            json!({
                "kind": "ConfigMap", "metadata": { "resourceVersion": "7" }, "data": { "mapUsers": "u", "mapRoles": "r" }, "immutable": false,
            })
        );
        assert_eq!(ConfigMap(json!({ "data": null })).with("mapRoles", "r").text("mapRoles"), Some("r"));
    }
}
