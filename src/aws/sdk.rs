//! What all SDK clients have in common, and the making of each.

use crate::aws::credentials::CachedCredentials;
use crate::aws::error::{AwsError, ErrorKind, chain_text};
use crate::aws::genuine::Genuine;
use crate::aws::observe::Observer;
use crate::aws::retry::is_time_over;
use crate::aws::settings::Endpoints;
use crate::hosting::stop_token;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{FinalizerInterceptorContextMut, InterceptorContext};
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::ServiceConfigKey;

/// Attempts where no answer comes: a service that is down stays down for longer, and a wrong endpoint for ever.
/// Answers that ask for patience (throttling, server errors) have `max_retries` attempts. The pauses between these
/// are 0.05 s at first and double, so that six attempts bridge about a second without a connection.
pub(crate) const ATTEMPTS_WITHOUT_ANSWER: u32 = 6;

/// Attempts of a request to Identity Center, which is asked for nothing that a run could not do without: where it
/// throttles, its limit is the whole organization's, and waiting takes from everybody.
const IDENTITY_CENTER_ATTEMPTS: u32 = 4;

/// Makes SDK clients. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sdk {
    pub(crate) base: SdkConfig,
    pub(crate) endpoints: Endpoints,
    pub(crate) sts_region: Option<String>,
    pub(crate) observer: Observer,
    /// `token_bucket_rate_limiter_capacity`.
    pub(crate) retry_quota: Option<u32>,
}

// Each SDK has a configuration type of its own with the same methods, and no trait says so.
macro_rules! client {
    ($sdk:ident, $self:ident, $credentials:expr, $region:expr, $service_id:literal, $endpoint:expr) => {{
        let endpoint: Option<&String> = $endpoint.as_ref();
        let mut builder = $sdk::config::Builder::from(&$self.base)
            .region(Region::new($region.to_owned()))
            .identity_cache(IdentityCache::no_cache())
            .retry_partition($self.retry_partition($service_id))
            .retry_classifier(StopRetrying)
            .interceptor(EndOfPatience)
            .interceptor(Genuine)
            .interceptor($self.observer.clone());
        let credentials: Option<&CachedCredentials> = $credentials;
        builder.set_credentials_provider(credentials.map(|cached| SharedCredentialsProvider::new(cached.clone())));
        if endpoint.is_some() || $self.has_configured_endpoint($service_id) {
            // The SDK refuses a FIPS or dual-stack variant of an endpoint that is given.
            builder = builder.use_fips(false).use_dual_stack(false);
        }
        if let Some(url) = endpoint {
            builder = builder.endpoint_url(url);
        }
        $sdk::Client::from_conf(builder.build())
    }};
}

impl Sdk {
    /// EKS in a region.
    #[must_use]
    pub fn eks(&self, credentials: &CachedCredentials, region: &str) -> aws_sdk_eks::Client {
        client!(aws_sdk_eks, self, Some(credentials), region, "eks", self.endpoints.eks)
    }

    /// IAM at its home region.
    #[must_use]
    pub fn iam(&self, credentials: &CachedCredentials, region: &str) -> aws_sdk_iam::Client {
        client!(aws_sdk_iam, self, Some(credentials), region, "iam", self.endpoints.iam)
    }

    /// STS in `sts_region`, or else in the given region. Without credentials only for unsigned calls.
    #[must_use]
    pub fn sts(&self, credentials: Option<&CachedCredentials>, region: &str) -> aws_sdk_sts::Client {
        let region = self.sts_region.as_deref().unwrap_or(region);
        client!(aws_sdk_sts, self, credentials, region, "sts", self.endpoints.sts)
    }

    /// Identity Center's administration in its home region.
    #[must_use]
    pub fn sso_admin(&self, credentials: &CachedCredentials, region: &str) -> aws_sdk_ssoadmin::Client {
        let sdk = self.with_attempts(IDENTITY_CENTER_ATTEMPTS);
        client!(
            aws_sdk_ssoadmin,
            sdk,
            Some(credentials),
            region,
            "sso_admin",
            sdk.endpoints.ssoadmin
        )
    }

    /// The identity store: Identity Center's groups and users, in its home region.
    #[must_use]
    pub fn identity_store(&self, credentials: &CachedCredentials, region: &str) -> aws_sdk_identitystore::Client {
        let sdk = self.with_attempts(IDENTITY_CENTER_ATTEMPTS);
        client!(
            aws_sdk_identitystore,
            sdk,
            Some(credentials),
            region,
            "identitystore",
            sdk.endpoints.identitystore
        )
    }

    /// The pace of one client, and its quota of retries. Clients are made once for each account, Region and service, which
    /// is what AWS throttles by: one account that is throttled slows no other down.
    ///
    /// Without a capacity there is no quota: the SDK's own ends retries after some hundred failures of a large apply.
    fn retry_partition(&self, service_id: &'static str) -> RetryPartition {
        let quota = match self.retry_quota {
            Some(capacity) => TokenBucket::builder().capacity(capacity as usize).build(),
            None => TokenBucket::unlimited(),
        };
        RetryPartition::custom(service_id).token_bucket(quota).build()
    }

    /// The same, with at most so many attempts for each request.
    fn with_attempts(&self, most: u32) -> Self {
        let retries = self.base.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        let attempts = retries.max_attempts().min(most);
        let base = self.base.to_builder().retry_config(retries.with_max_attempts(attempts));
        Self {
            base: base.build(),
            ..self.clone()
        }
    }

    /// Where STS is in a region, for a URL that others will call: the endpoint that is configured, or AWS's own.
    /// `sts_region` does not count here.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] where no endpoint has all of what is asked for (FIPS, dual stack).
    pub(crate) async fn sts_url(&self, region: &str) -> Result<String, AwsError> {
        let params = Params::builder().region(region);
        let configured = self.endpoints.sts.clone().or_else(|| self.configured_endpoint("sts"));
        let params = match configured {
            Some(url) => params.endpoint(url),
            None => params
                .set_use_fips(self.base.use_fips())
                .set_use_dual_stack(self.base.use_dual_stack()),
        };
        let params = params.build().map_err(|reason| no_endpoint(&reason))?;
        let resolved = DefaultResolver::new().resolve_endpoint(&params).await;
        resolved
            .map(|endpoint| endpoint.url().to_owned())
            .map_err(|reason| no_endpoint(&*reason))
    }

    /// Whether the environment or the profile gives this service's endpoint.
    pub(crate) fn has_configured_endpoint(&self, service_id: &str) -> bool {
        self.configured_endpoint(service_id).is_some()
    }

    /// The service's own endpoint, or else the one of all services, in the environment or the profile.
    fn configured_endpoint(&self, service_id: &str) -> Option<String> {
        let key = ServiceConfigKey::builder()
            .service_id(service_id)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build();
        let own = key.ok().and_then(|key| self.base.service_config()?.load_config(key));
        own.or_else(|| self.base.endpoint_url().map(str::to_owned))
    }
}

fn no_endpoint(reason: &(dyn std::error::Error + 'static)) -> AwsError {
    AwsError::local("STS", "", ErrorKind::InvalidParameter, chain_text(reason))
}

/// Ends retries early where no answer comes. A classifier cannot: it is not told which attempt it judges, and the request
/// is gone by then. So the error itself is made one that the SDK does not retry.
#[derive(Debug)]
struct EndOfPatience;

impl Intercept for EndOfPatience {
    fn name(&self) -> &'static str {
        "EndOfPatience"
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let attempt = cfg.load::<RequestAttempts>().map_or(0, RequestAttempts::attempts);
        if attempt < ATTEMPTS_WITHOUT_ANSWER {
            return Ok(());
        }
        if let Some(Err(error)) = context.output_or_error_mut()
            && (error.is_connector_error() || error.is_timeout_error())
        {
            let placeholder = OrchestratorError::other("replaced at once");
            let last = std::mem::replace(error, placeholder);
            *error = OrchestratorError::connector(ConnectorError::other(Box::new(last), None));
        }
        Ok(())
    }
}

/// Ends retries when Terraform asks to stop, or when the operation's time is over.
#[derive(Debug)]
struct StopRetrying;

impl ClassifyRetry for StopRetrying {
    fn classify_retry(&self, _context: &InterceptorContext) -> RetryAction {
        if stop_token().is_cancelled() || is_time_over() {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "StopRetrying"
    }
}
