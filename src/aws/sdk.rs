//! What all SDK clients have in common, and the making of each.

use crate::aws::credentials::CachedCredentials;
use crate::aws::observe::Observer;
use crate::aws::settings::Endpoints;
use crate::hosting::stop_token;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::ServiceConfigKey;

/// Attempts where no answer comes: a service that is down stays down for longer, and a wrong endpoint for ever.
/// Answers that ask for patience (throttling, server errors) have `max_retries` attempts.
const ATTEMPTS_WITHOUT_ANSWER: u32 = 4;

/// Makes SDK clients. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sdk {
    pub(crate) base: SdkConfig,
    pub(crate) endpoints: Endpoints,
    pub(crate) sts_region: Option<String>,
    pub(crate) observer: Observer,
    pub(crate) retry_partition: RetryPartition,
}

// Each SDK has a configuration type of its own with the same methods, and no trait says so.
macro_rules! client {
    ($sdk:ident, $self:ident, $credentials:expr, $region:expr, $service_id:literal, $endpoint:expr) => {{
        let endpoint: Option<&String> = $endpoint.as_ref();
        let mut builder = $sdk::config::Builder::from(&$self.base)
            .region(Region::new($region.to_owned()))
            .identity_cache(IdentityCache::no_cache())
            .retry_partition($self.retry_partition.clone())
            .retry_classifier(Patience)
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
        client!(
            aws_sdk_ssoadmin,
            self,
            Some(credentials),
            region,
            "sso_admin",
            self.endpoints.ssoadmin
        )
    }

    /// Whether the environment or the profile gives this service's endpoint.
    fn has_configured_endpoint(&self, service_id: &str) -> bool {
        if self.base.endpoint_url().is_some() {
            return true;
        }
        let key = ServiceConfigKey::builder()
            .service_id(service_id)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build();
        let configured = key.ok().and_then(|key| self.base.service_config()?.load_config(key));
        configured.is_some()
    }
}

/// Ends retries early: where no answer comes, and where Terraform asked to stop.
#[derive(Debug)]
struct Patience;

impl ClassifyRetry for Patience {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        let is_unanswered = error.is_connector_error() || error.is_timeout_error();
        let is_tired = is_unanswered && attempt(context).is_some_and(|attempt| attempt >= ATTEMPTS_WITHOUT_ANSWER);
        if is_tired || stop_token().is_cancelled() {
            return RetryAction::RetryForbidden;
        }
        RetryAction::NoActionIndicated
    }

    fn name(&self) -> &'static str {
        "Patience"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Which attempt this was. A classifier is not told, but the SDK writes it into a header: `attempt=2; max=25`.
fn attempt(context: &InterceptorContext) -> Option<u32> {
    attempt_in(context.request()?.headers().get("amz-sdk-request")?)
}

fn attempt_in(header: &str) -> Option<u32> {
    header
        .split(';')
        .find_map(|part| part.trim().strip_prefix("attempt="))
        .and_then(|number| number.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempt_is_read_from_the_header() {
        assert_eq!(attempt_in("attempt=4; max=25"), Some(4));
        assert_eq!(attempt_in("ttl=20260101T000000Z; attempt=12; max=25"), Some(12));
        assert_eq!(attempt_in("max=25"), None);
    }
}
