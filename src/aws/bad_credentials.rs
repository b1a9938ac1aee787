//! What is said about credentials that are not there, are over, or are not valid.

use crate::aws::config_error::{Argument, ConfigError};
use crate::aws::credentials::BaseParts;
use crate::aws::environment::Environment;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::explanation::EXPIRED;
use crate::aws::profile_faults::profile_fault;
use aws_config::profile::{Profile, ProfileSet};

/// How the SDK says that a source has nothing to offer.
const NOTHING_THERE: &str = "the credential provider was not enabled";
/// Profiles lead to others at most so far.
const LONGEST_CHAIN: usize = 10;

/// The profile of Identity Center that the credentials come from, if they come from one: its user can sign in again.
pub(super) fn sign_in_profile(parts: &BaseParts<'_>, profiles: Option<&ProfileSet>) -> Option<String> {
    let (settings, env) = (parts.settings, parts.env);
    let has_keys = settings.access_key.is_some() || settings.profile.is_none() && env.get("AWS_ACCESS_KEY_ID").is_some();
    if has_keys || settings.assume_role_with_web_identity.is_some() {
        return None;
    }
    match sign_in(profiles, parts.profile.as_deref().unwrap_or("default")) {
        Some(SignIn::With(profile)) => Some(profile),
        Some(SignIn::NoSession(_)) | None => None,
    }
}

/// No source gave credentials.
pub(super) fn no_credentials(parts: &BaseParts<'_>, profiles: Option<&ProfileSet>, error: &AwsError) -> ConfigError {
    ConfigError {
        argument: parts.settings.profile.is_some().then(|| Argument::named("profile")),
        summary: "No valid credential sources found",
        detail: detail(parts, profiles, error),
    }
}

fn detail(parts: &BaseParts<'_>, profiles: Option<&ProfileSet>, error: &AwsError) -> String {
    if error.assume_role.is_some() {
        return error.explanation();
    }
    let name = parts.profile.as_deref().unwrap_or("default");
    if let Some(SignIn::NoSession(session)) = sign_in(profiles, name) {
        return format!(
            "The profile {name:?} names the sso_session {session:?}, which no shared file has. Add a section [sso-session {session}] to the \
             config file, or correct the name."
        );
    }
    let is_of_profile = parts.settings.profile.is_some() || parts.env.get("AWS_ACCESS_KEY_ID").is_none();
    if let Some(profiles) = profiles.filter(|_| is_of_profile)
        && let Some(fault) = profile_fault(profiles, name, parts.env, &error.message)
    {
        return fault;
    }
    if error.kind == ErrorKind::CredentialsEnd {
        return error.message.clone();
    }
    if error.message.starts_with(NOTHING_THERE) {
        if let Some(half) = half_set(parts.env) {
            return half;
        }
        return format!(
            "Looked at {}.\nOn a laptop, sign in and set AWS_PROFILE to the profile's name:\n  aws sso login --profile NAME\nIn CI, use a role by \
             OIDC (AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE).",
            tried(parts, profiles, name)
        );
    }
    // The SDK's own text, in which it speaks of its parts.
    format!(
        "Looked at {}, and this failed: {}. Correct it there, or use other credentials.",
        tried(parts, profiles, name),
        error.message.trim_end_matches('.')
    )
}

/// Variables that count only together.
fn half_set(env: &Environment) -> Option<String> {
    [
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    ]
    .into_iter()
    .find_map(|(one, other)| {
        let (set, missing) = match (env.get(one).is_some(), env.get(other).is_some()) {
            (true, false) => (one, other),
            (false, true) => (other, one),
            _ => return None,
        };
        Some(format!(
            "The environment variable {set} is set, but {missing} is not. Set both, or neither to use a profile or the machine's role."
        ))
    })
}

/// How a profile signs in to Identity Center.
enum SignIn {
    /// With this profile: itself, or one that it takes its credentials from.
    With(String),
    /// It names a session that is in no file.
    NoSession(String),
}

/// Both forms count: a profile with an `sso_session`, and the older one with `sso_start_url` itself.
fn sign_in(profiles: Option<&ProfileSet>, name: &str) -> Option<SignIn> {
    let profiles = profiles?;
    let mut name = name;
    for _ in 0..LONGEST_CHAIN {
        let profile = profiles.get_profile(name)?;
        if let Some(session) = profile.get("sso_session") {
            return Some(match profiles.sso_session(session) {
                Some(_) => SignIn::With(name.to_owned()),
                None => SignIn::NoSession(session.to_owned()),
            });
        }
        if profile.get("sso_start_url").is_some() {
            return Some(SignIn::With(name.to_owned()));
        }
        name = source(profile).filter(|source| *source != name)?;
    }
    None
}

fn source(profile: &Profile) -> Option<&str> {
    profile.get("source_profile")
}

fn tried(parts: &BaseParts<'_>, profiles: Option<&ProfileSet>, name: &str) -> String {
    let is_there = profiles.is_some_and(|profiles| profiles.get_profile(name).is_some());
    let profile = format!("the profile {name:?}{}", if is_there { "" } else { " (in no file)" });
    if parts.settings.profile.is_some() {
        return profile;
    }
    let set = |variables: &[&str]| if parts.env.first(variables).is_some() { "" } else { " (not set)" };
    format!(
        "the environment{}, {profile}, web identity{}, the container{}, and the EC2 instance's role{}",
        set(&["AWS_ACCESS_KEY_ID"]),
        set(&["AWS_WEB_IDENTITY_TOKEN_FILE"]),
        set(&["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]),
        if parts.imds.is_some() { "" } else { " (turned off)" }
    )
}

/// STS does not say who the caller is. `profile` is the one of Identity Center that the credentials come from.
pub(super) fn unknown_caller(error: &AwsError, profile: Option<&str>) -> ConfigError {
    let summary = match is_judged(error) {
        true => "Invalid provider credentials",
        false => "Provider credentials could not be checked",
    };
    let detail = match (way_out(error), error.bad_credentials(), profile) {
        (Some(way_out), _, _) => error.explained_by(way_out),
        (None, Some(text), Some(profile)) if text == EXPIRED => error.explained_by(format!("{text}\n  aws sso login --profile {profile}")),
        (None, _, _) => error.explanation(),
    };
    ConfigError {
        argument: None,
        summary,
        detail,
    }
}

/// Whether STS itself has looked at the credentials, and refused them.
fn is_judged(error: &AwsError) -> bool {
    let is_refusal = error.status.is_some_and(|status| (400..500).contains(&status)) && error.code.is_some();
    is_refusal && !matches!(error.kind, ErrorKind::AccessDenied | ErrorKind::Throttled | ErrorKind::NotFromAws)
}

fn way_out(error: &AwsError) -> Option<&'static str> {
    if error.is_untrusted_certificate() {
        return Some(
            "The server's certificate is not issued by a trusted authority. This usually means that a proxy is intercepting TLS, or \
             that the system has no certificates of authorities, such as a bare container (install ca-certificates). Set \
             custom_ca_bundle, or the environment variable AWS_CA_BUNDLE, to a PEM file with the authority's certificate.",
        );
    }
    match error.kind {
        ErrorKind::Unreachable => Some(
            "STS cannot be reached from here: check http_proxy, https_proxy and the STS endpoint (region, sts_region, endpoints, \
             AWS_ENDPOINT_URL).",
        ),
        ErrorKind::AccessDenied => Some(
            "Anyone may ask STS who they are, whatever IAM's policies say: what refuses this is on the way. Allow sts:GetCallerIdentity in the \
             policy of the VPC endpoint for STS, or set skip_credentials_validation and skip_requesting_account_id.",
        ),
        _ if error.status.is_some() && error.code.is_none() => Some(
            "The credentials were not judged. Check http_proxy, https_proxy and the STS endpoint (region, sts_region, endpoints, \
             AWS_ENDPOINT_URL).",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, code: &str, kind: ErrorKind) -> AwsError {
        AwsError {
            code: (!code.is_empty()).then(|| code.to_owned()),
            status: Some(status),
            ..AwsError::local("STS", "GetCallerIdentity", kind, "no")
        }
    }

    #[test]
    fn credentials_are_invalid_only_where_sts_has_judged_them() {
        const INVALID: &str = "Invalid provider credentials";
        const UNCHECKED: &str = "Provider credentials could not be checked";
        for (error, summary) in [
            (answered(403, "ExpiredToken", ErrorKind::CredentialsEnd), INVALID),
            (answered(403, "InvalidClientTokenId", ErrorKind::Other), INVALID),
            (answered(403, "AccessDenied", ErrorKind::AccessDenied), UNCHECKED),
            (answered(400, "Throttling", ErrorKind::Throttled), UNCHECKED),
            (answered(500, "InternalFailure", ErrorKind::Other), UNCHECKED),
            (answered(407, "", ErrorKind::Other), UNCHECKED),
            (answered(200, "", ErrorKind::NotFromAws), UNCHECKED),
            (
                AwsError::local("STS", "GetCallerIdentity", ErrorKind::Unreachable, "dns error"),
                UNCHECKED,
            ),
        ] {
            assert_eq!(unknown_caller(&error, None).summary, summary, "{error}");
        }
    }

    #[test]
    fn command_to_sign_in_is_named_for_a_profile_of_identity_center_alone() {
        let said = |code, profile| unknown_caller(&answered(403, code, ErrorKind::Other), profile).detail;
        let expired = said("ExpiredToken", Some("people"));
        assert!(
            expired.starts_with(&format!("{EXPIRED}\n  aws sso login --profile people\n\n")),
            "{expired}"
        );
        let of_keys = said("ExpiredToken", None);
        assert!(
            of_keys.starts_with(&format!("{EXPIRED}\n\n")) && !of_keys.contains("aws sso"),
            "{of_keys}"
        );
        assert!(!said("SignatureDoesNotMatch", Some("people")).contains("aws sso"));
    }
}
