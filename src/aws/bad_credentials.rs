//! What is said about credentials that are not there, are over, or are not valid.

use crate::aws::config_error::{Argument, ConfigError};
use crate::aws::credentials::BaseParts;
use crate::aws::environment::Environment;
use crate::aws::error::{AwsError, ErrorKind};
use aws_config::profile::{Profile, ProfileSet};

/// How the SDK says that a source has nothing to offer.
const NOTHING_THERE: &str = "the credential provider was not enabled";
/// How a sign-in to Identity Center is said to be over, or not to have begun: by the SDK of its cached token, and by the
/// portal.
const SIGNED_OUT: [&str; 5] = [
    "SSO token has expired",
    "UnauthorizedException",
    "cached SSO token",
    "sso/cache",
    "sso\\cache",
];
/// Profiles lead to others at most so far.
const LONGEST_CHAIN: usize = 10;

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
    match sign_in(profiles, name) {
        Some(SignIn::NoSession(session)) => {
            return format!(
                "The profile {name:?} names the sso_session {session:?}, which no shared file has. Add a section [sso-session {session}] to the \
                 config file, or correct the name."
            );
        }
        Some(SignIn::With(profile)) if SIGNED_OUT.iter().any(|text| error.message.contains(text)) => {
            return format!(
                "The sign-in to IAM Identity Center of the profile {profile:?} is over, or has not begun. Sign in, then run Terraform again:\n  \
                 aws sso login --profile {profile}"
            );
        }
        _ => {}
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
    format!("Looked at {}.\n\n{}", tried(parts, profiles, name), error.message)
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

/// STS does not say who the caller is.
pub(super) fn unknown_caller(error: &AwsError) -> ConfigError {
    ConfigError {
        argument: None,
        summary: "Invalid provider credentials",
        detail: match way_out(error) {
            Some(way_out) => error.explained_by(way_out),
            None => error.explanation(),
        },
    }
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
