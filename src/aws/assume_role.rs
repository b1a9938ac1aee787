//! Assuming roles. Own providers over STS, because the SDK's own leave out `source_identity`, `transitive_tag_keys`, a
//! literal web identity token and a web identity session's duration.

use crate::aws::environment::Environment;
use crate::aws::error::{AwsError, ErrorKind, FailedAssumeRole};
use crate::aws::settings::{AssumeRoleOptions, WebIdentityRole, WebIdentityToken};
use crate::aws::told::Told;
use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use aws_sdk_sts::types::{self, PolicyDescriptorType, Tag};
use std::time::{Duration, SystemTime};

const SERVICE: &str = "STS";
/// The longest session of a role that was assumed with another role's credentials (role chaining).
pub const LONGEST_CHAINED_SESSION: Duration = Duration::from_secs(60 * 60);
/// The session name where neither the configuration nor a CI system gives one.
const SESSION_NAME: &str = "terraform-provider-eks";
/// The longest session name that STS takes.
const LONGEST_SESSION_NAME: usize = 64;
/// Where CI systems say which run this is, so that CloudTrail tells the run behind a change.
const RUN_IDS: [&str; 12] = [
    "TFC_RUN_ID",
    "SPACELIFT_RUN_ID",
    "SCALR_RUN_ID",
    "ENV0_DEPLOYMENT_LOG_ID",
    "GITHUB_RUN_ID",
    "CI_PIPELINE_ID",
    "BUILDKITE_BUILD_ID",
    "CIRCLE_WORKFLOW_ID",
    "CODEBUILD_BUILD_ID",
    "BITBUCKET_BUILD_NUMBER",
    "BUILD_BUILDID",
    "BUILD_ID",
];

/// A role and how to assume it.
#[derive(Debug, Clone)]
pub struct AssumeRole {
    pub(crate) sts: Client,
    pub(crate) role_arn: String,
    pub(crate) session_name: String,
    pub(crate) options: AssumeRoleOptions,
    /// Who assumes it, for messages.
    pub(crate) caller_arn: Option<String>,
    pub(crate) told: Told,
}

impl AssumeRole {
    /// One AssumeRole call.
    ///
    /// # Errors
    /// [`ErrorKind::CannotAssume`] where STS refuses; [`ErrorKind::Unreachable`] or [`ErrorKind::Throttled`] where it could
    /// not be asked.
    pub(crate) async fn assume(&self) -> Result<Credentials, AwsError> {
        let options = &self.options;
        let tags: Vec<Tag> = options
            .tags
            .iter()
            .filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok())
            .collect();
        let request = self
            .sts
            .assume_role()
            .role_arn(&self.role_arn)
            .role_session_name(&self.session_name)
            .set_duration_seconds(options.duration.and_then(seconds))
            .set_external_id(options.external_id.as_ref().map(|id| id.expose().to_owned()))
            .set_policy(options.policy.clone())
            .set_policy_arns(policy_descriptors(&options.policy_arns))
            .set_tags((!tags.is_empty()).then_some(tags))
            .set_transitive_tag_keys((!options.transitive_tag_keys.is_empty()).then(|| options.transitive_tag_keys.clone()))
            .set_source_identity(options.source_identity.clone());
        let output = request
            .send()
            .await
            .map_err(|e| self.failed(AwsError::from_sdk(SERVICE, "AssumeRole", e)))?;
        credentials_of(output.credentials, "AssumeRole")
    }

    fn failed(&self, error: AwsError) -> AwsError {
        // The credentials for this call may come from an assumption that failed itself: that one is the cause.
        if error.assume_role.is_some() {
            return error;
        }
        let failed = FailedAssumeRole {
            role_arn: self.role_arn.clone(),
            caller_arn: self.caller_arn.clone(),
            external_id: self.options.external_id.is_some(),
            told: self.told.clone(),
        };
        cannot_assume(error, failed)
    }
}

/// A role that a web identity token opens.
#[derive(Debug, Clone)]
pub(crate) struct WebIdentity {
    pub(crate) sts: Client,
    pub(crate) role: WebIdentityRole,
    pub(crate) session_name: String,
    pub(crate) told: Told,
}

impl WebIdentity {
    /// One AssumeRoleWithWebIdentity call, unsigned. A token file is read each time, because its writer rotates it.
    pub(crate) async fn assume(&self) -> Result<Credentials, AwsError> {
        const OPERATION: &str = "AssumeRoleWithWebIdentity";
        let request = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(&self.role.role_arn)
            .role_session_name(&self.session_name)
            .web_identity_token(self.token()?)
            .set_duration_seconds(self.role.duration.and_then(seconds))
            .set_policy(self.role.policy.clone())
            .set_policy_arns(policy_descriptors(&self.role.policy_arns));
        let output = request
            .send()
            .await
            .map_err(|e| self.failed(AwsError::from_sdk(SERVICE, OPERATION, e)))?;
        credentials_of(output.credentials, OPERATION)
    }

    fn token(&self) -> Result<String, AwsError> {
        match &self.role.token {
            WebIdentityToken::Literal(token) => Ok(token.expose().to_owned()),
            WebIdentityToken::File(path) => std::fs::read_to_string(path)
                .map(|token| token.trim().to_owned())
                .map_err(|reason| {
                    let text = format!(
                        "The web identity token file {path:?} cannot be read: {reason}. STS was not asked. Correct the path, or let whatever \
                         issues the token write it there before Terraform runs."
                    );
                    AwsError::local(SERVICE, "", ErrorKind::Other, text)
                }),
        }
    }

    fn failed(&self, error: AwsError) -> AwsError {
        let failed = FailedAssumeRole {
            role_arn: self.role.role_arn.clone(),
            caller_arn: Some("the bearer of the web identity token".to_owned()),
            external_id: false,
            told: self.told.clone(),
        };
        cannot_assume(error, failed)
    }
}

/// The session name where none is configured: ours, and the id of the CI run.
#[must_use]
pub fn default_session_name(env: &Environment) -> String {
    match env.first(&RUN_IDS) {
        Some(run) => sanitized(&format!("{SESSION_NAME}-{run}")),
        None => SESSION_NAME.to_owned(),
    }
}

/// What STS takes: 2 to 64 of `[\w+=,.@-]`.
fn sanitized(name: &str) -> String {
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() || "_+=,.@-".contains(c) {
            c
        } else {
            '-'
        }
    };
    name.chars().map(allowed).take(LONGEST_SESSION_NAME).collect()
}

fn cannot_assume(error: AwsError, failed: FailedAssumeRole) -> AwsError {
    let kind = match error.kind {
        ErrorKind::Unreachable | ErrorKind::Throttled | ErrorKind::Stopped => error.kind,
        _ => ErrorKind::CannotAssume,
    };
    AwsError {
        kind,
        assume_role: Some(Box::new(failed)),
        ..error
    }
}

fn seconds(duration: Duration) -> Option<i32> {
    i32::try_from(duration.as_secs()).ok()
}

fn policy_descriptors(arns: &[String]) -> Option<Vec<PolicyDescriptorType>> {
    let descriptors: Vec<_> = arns.iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect();
    (!descriptors.is_empty()).then_some(descriptors)
}

fn credentials_of(credentials: Option<types::Credentials>, operation: &'static str) -> Result<Credentials, AwsError> {
    let Some(given) = credentials else {
        return Err(AwsError::local(
            SERVICE,
            operation,
            ErrorKind::Other,
            "AWS answered without credentials.",
        ));
    };
    let expiry = SystemTime::try_from(given.expiration).ok();
    Ok(Credentials::new(
        given.access_key_id,
        given.secret_access_key,
        Some(given.session_token),
        expiry,
        operation,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_name_carries_the_run() {
        let named = |pairs: &[(&str, &str)]| default_session_name(&Environment::from_pairs(pairs.iter().copied()));
        assert_eq!(named(&[]), "terraform-provider-eks");
        assert_eq!(named(&[("GITHUB_RUN_ID", "1234567890")]), "terraform-provider-eks-1234567890");
        assert_eq!(
            named(&[("TFC_RUN_ID", "run-a/b c"), ("BUILD_ID", "9")]),
            "terraform-provider-eks-run-a-b-c"
        );
        assert_eq!(named(&[("BUILD_ID", &"x".repeat(100))]).len(), 64);
    }
}
