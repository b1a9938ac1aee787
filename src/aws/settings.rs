//! The provider block as plain data: decoded, merged with the environment where the provider itself does so,
//! and free of Terraform's types.

#![expect(missing_docs, reason = "fields are called as the arguments that they hold")]

use crate::domain::place::AccountId;
use crate::domain::tags::{IgnoreTags, Tags};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

/// A string that never shows itself in `Debug` output, and so neither in logs nor in panics.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret in.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself, for the call that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Everything that the provider block says. Nothing here has been checked against AWS.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub region: Option<String>,
    /// `profile`. Set here, it comes before the keys of the environment.
    pub profile: Option<String>,
    pub access_key: Option<String>,
    pub secret_key: Option<Secret>,
    pub token: Option<Secret>,
    /// `shared_config_files`; empty means the default.
    pub shared_config_files: Vec<String>,
    /// `shared_credentials_files`; empty means the default.
    pub shared_credentials_files: Vec<String>,
    /// `assume_role` blocks, each assumed with the credentials of the one before.
    pub assume_role: Vec<RoleToAssume>,
    pub assume_role_with_web_identity: Option<WebIdentityRole>,
    /// `allowed_account_ids`; empty means all.
    pub allowed_account_ids: BTreeSet<AccountId>,
    pub forbidden_account_ids: BTreeSet<AccountId>,
    pub skip_credentials_validation: bool,
    pub skip_requesting_account_id: bool,
    pub skip_region_validation: bool,
    /// `skip_metadata_api_check`: `true` turns the instance metadata service off, `false` leaves it to the environment.
    pub skip_metadata_api_check: Option<bool>,
    pub ec2_metadata_service_endpoint: Option<String>,
    pub ec2_metadata_service_endpoint_mode: Option<String>,
    pub endpoints: Endpoints,
    pub sts_region: Option<String>,
    pub use_fips_endpoint: Option<bool>,
    pub use_dualstack_endpoint: Option<bool>,
    /// `max_retries`: attempts, the first one included.
    pub max_retries: Option<u32>,
    pub retry_mode: Option<RetryMode>,
    /// `token_bucket_rate_limiter_capacity`; `None` or 0 means no limiter.
    pub token_bucket_rate_limiter_capacity: Option<u32>,
    /// `http_proxy`; an empty string means no proxy.
    pub http_proxy: Option<Secret>,
    /// `https_proxy`; an empty string means no proxy.
    pub https_proxy: Option<Secret>,
    pub no_proxy: Option<String>,
    pub custom_ca_bundle: Option<String>,
    /// `default_tags` merged with the environment; `None` while they are unknown at plan time.
    pub default_tags: Option<Tags>,
    /// `ignore_tags` merged with the environment.
    pub ignore_tags: IgnoreTags,
    /// `user_agent` products, then those of the environment.
    pub user_agent: Vec<String>,
    pub terraform_version: String,
    pub account_access: Option<AccountAccess>,
    pub identity_center: Option<IdentityCenterSettings>,
    pub owner: Option<String>,
    pub locked_out: LockedOut,
}

/// `locked_out`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LockedOut {
    /// A grant whose users are locked out has a change in every plan.
    #[default]
    Drift,
    /// It has a warning.
    Warn,
}

/// `retry_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryMode {
    /// Exponential backoff.
    Standard,
    /// Exponential backoff and a client-side rate limit that learns.
    Adaptive,
}

/// What an AssumeRole call says besides the role. Shared by `assume_role` and `account_access`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssumeRoleOptions {
    pub session_name: Option<String>,
    /// `external_id`. A shared secret between the parties of the trust, so kept out of logs.
    pub external_id: Option<Secret>,
    pub duration: Option<Duration>,
    /// `policy`: a session policy as JSON.
    pub policy: Option<String>,
    pub policy_arns: Vec<String>,
    pub tags: BTreeMap<String, String>,
    pub transitive_tag_keys: Vec<String>,
    pub source_identity: Option<String>,
}

/// One `assume_role` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleToAssume {
    pub role_arn: String,
    /// The other arguments.
    pub options: AssumeRoleOptions,
}

/// Where a web identity token comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebIdentityToken {
    /// `web_identity_token`.
    Literal(Secret),
    /// `web_identity_token_file`, read again at each renewal because its writer rotates it.
    File(String),
}

/// The `assume_role_with_web_identity` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebIdentityRole {
    pub role_arn: String,
    pub session_name: Option<String>,
    pub duration: Option<Duration>,
    pub policy: Option<String>,
    pub policy_arns: Vec<String>,
    pub token: WebIdentityToken,
}

/// The `endpoints` block: URLs that come before those of the environment and the profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    pub eks: Option<String>,
    pub iam: Option<String>,
    pub sts: Option<String>,
    pub ssoadmin: Option<String>,
    pub identitystore: Option<String>,
}

/// The `account_access` block: how to reach other accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountAccess {
    /// `role_name`, with its path where it has one: `team/eks-access`.
    pub role_name: Option<String>,
    /// `role_arns`: exceptions, by account.
    pub role_arns: BTreeMap<AccountId, String>,
    /// The other arguments of AssumeRole.
    pub options: AssumeRoleOptions,
}

/// The `identity_center` block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityCenterSettings {
    /// `region`: where Identity Center lives. Default: the provider's region.
    pub region: Option<String>,
    /// `instance_arn`. Default: the only instance that ListInstances shows.
    pub instance_arn: Option<String>,
    /// `role_arn`: a role to assume for it, in the management account or the delegated administrator's.
    pub role_arn: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_every_secret() {
        let settings = Settings {
            access_key: Some("AKIAEXAMPLE".to_owned()),
            secret_key: Some(Secret::new("sesame-1")),
            token: Some(Secret::new("sesame-2")),
            http_proxy: Some(Secret::new("http://user:sesame-3@proxy")),
            assume_role: vec![RoleToAssume {
                role_arn: "arn".to_owned(),
                options: AssumeRoleOptions {
                    external_id: Some(Secret::new("sesame-4")),
                    ..AssumeRoleOptions::default()
                },
            }],
            assume_role_with_web_identity: Some(WebIdentityRole {
                role_arn: "arn".to_owned(),
                session_name: None,
                duration: None,
                policy: None,
                policy_arns: Vec::new(),
                token: WebIdentityToken::Literal(Secret::new("sesame-5")),
            }),
            ..Settings::default()
        };
        let shown = format!("{settings:?}");
        assert!(!shown.contains("sesame"), "{shown}");
    }
}
