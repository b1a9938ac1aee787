//! What every call shows of itself: a log line for each attempt, the user agent, and its place in the total of the run.
//!
//! Bodies and headers are not logged at any level: they hold credentials, tokens and signatures.

use crate::lock::lock;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{BeforeTransmitInterceptorContextMut, FinalizerInterceptorContextRef};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_types::region::Region;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::time::Instant;

/// The header that services log callers by. Not part of the signature, so it may be set last.
const USER_AGENT: &str = "user-agent";

/// Logs each attempt at DEBUG and completes the user agent.
#[derive(Debug, Clone)]
pub(crate) struct Observer {
    /// What goes before the SDK's own user agent.
    before: String,
    /// What goes after it.
    after: String,
    tally: Arc<Tally>,
}

/// Calls by service and operation. Logged when the session ends, which is when Terraform lets the process go.
#[derive(Debug, Default)]
struct Tally(Mutex<BTreeMap<String, Count>>);

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    calls: u64,
    /// Further attempts of these calls.
    retries: u64,
}

impl Tally {
    fn count(&self, operation: String, attempt: u32) {
        let mut counts = lock(&self.0);
        let count = counts.entry(operation).or_default();
        match attempt {
            0 | 1 => count.calls += 1,
            _ => count.retries += 1,
        }
    }

    /// The sum, and a text such as "EKS.DescribeAccessEntry=2 IAM.ListRoles=1".
    fn total(&self) -> (Count, String) {
        let counts = lock(&self.0);
        let mut sum = Count::default();
        let mut texts = Vec::new();
        for (operation, count) in counts.iter() {
            sum.calls += count.calls;
            sum.retries += count.retries;
            texts.push(format!("{operation}={}", count.calls));
        }
        (sum, texts.join(" "))
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        let (Count { calls, retries }, operations) = self.total();
        tracing::debug!(target: "aws", calls, retries, operations, "AWS calls of this run");
    }
}

/// When an attempt began.
#[derive(Debug)]
struct Began(Instant);

impl Storable for Began {
    type Storer = StoreReplace<Self>;
}

impl Observer {
    /// An observer for the given Terraform version and user agent products.
    pub(crate) fn new(terraform_version: &str, products: &[String]) -> Self {
        let own = concat!("terraform-provider-eks/", env!("CARGO_PKG_VERSION"));
        let before = match terraform_version {
            "" => own.to_owned(),
            version => format!("{own} terraform/{version}"),
        };
        Self {
            before,
            after: products.join(" "),
            tally: Arc::default(),
        }
    }

    /// The whole user agent, with what an SDK says of itself in the middle.
    pub(crate) fn user_agent(&self, sdk: &str) -> String {
        let parts = [self.before.as_str(), sdk, self.after.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

impl Intercept for Observer {
    fn name(&self) -> &'static str {
        "Observer"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        cfg.interceptor_state().store_put(Began(Instant::now()));
        let headers = context.request_mut().headers_mut();
        let full = self.user_agent(headers.get(USER_AGENT).unwrap_or_default());
        // A product that no header can hold (validated before) must not stop a call.
        let _ = headers.try_insert(USER_AGENT, full);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let metadata = cfg.load::<Metadata>();
        let (service, method) = metadata.map_or(("", ""), |metadata| (metadata.service(), metadata.name()));
        let attempt = cfg.load::<RequestAttempts>().map_or(0, RequestAttempts::attempts);
        self.tally.count(format!("{service}.{method}"), attempt);
        let response = context.response();
        let request_id = response.and_then(|response| response.headers().get("x-amzn-requestid"));
        tracing::event!(
            target: "aws",
            tracing::Level::DEBUG,
            rpc.system = "aws-api",
            rpc.service = service,
            rpc.method = method,
            aws.region = cfg.load::<Region>().map_or("", Region::as_ref),
            http.status = response.map_or(0, |response| response.status().as_u16()),
            attempt,
            ms = cfg.load::<Began>().map_or(0, |began| u64::try_from(began.0.elapsed().as_millis()).unwrap_or(u64::MAX)),
            request_id = request_id.unwrap_or_default(),
            "AWS call"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn total_counts_calls_by_operation_and_retries_apart() {
        let tally = Tally::default();
        for (operation, attempt) in [("IAM.ListRoles", 1), ("EKS.DescribeCluster", 1), ("EKS.DescribeCluster", 2)] {
            tally.count(operation.to_owned(), attempt);
        }
        let (sum, text) = tally.total();
        assert_eq!((sum.calls, sum.retries), (2, 1));
        assert_eq!(text, "EKS.DescribeCluster=1 IAM.ListRoles=1");
    }

    #[test]
    fn user_agent_names_provider_terraform_sdk_and_products() {
        let observer = Observer::new("1.15.9", &["team/1 (blue)".to_owned()]);
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            observer.user_agent("aws-sdk-rust/1"),
            format!("terraform-provider-eks/{version} terraform/1.15.9 aws-sdk-rust/1 team/1 (blue)")
        );
        assert_eq!(Observer::new("", &[]).user_agent(""), format!("terraform-provider-eks/{version}"));
    }
}
