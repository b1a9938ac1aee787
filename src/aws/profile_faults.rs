//! What is wrong with a profile that gave no credentials, as far as the shared files tell: the SDK names neither the profile
//! nor what it lacks.

use crate::aws::environment::Environment;
use aws_config::profile::{Profile, ProfileSet};

/// How the SDK says that a credential process failed.
const PROCESS_FAILED: &str = "external process exited with code ";

/// What is wrong with a profile, or with one that it takes its credentials from. `failure` is the SDK's.
pub(super) fn profile_fault(profiles: &ProfileSet, name: &str, env: &Environment, failure: &str) -> Option<String> {
    let mut seen: Vec<&str> = Vec::new();
    let mut name = name;
    loop {
        let profile = profiles.get_profile(name)?;
        if let Some(fault) = own_fault(profile, env, failure) {
            return Some(format!("The profile {name:?} {fault}"));
        }
        seen.push(name);
        let source = profile.get("source_profile").filter(|source| *source != name)?;
        if seen.contains(&source) {
            return Some(format!(
                "The profiles {} take their credentials from each other (source_profile). Let the last one have credentials of its own.",
                seen.join(", ")
            ));
        }
        if profiles.get_profile(source).is_none() {
            return Some(format!(
                "The profile {name:?} takes its credentials from the profile {source:?} (source_profile), which no shared file has. Correct \
                 source_profile, or add the section [profile {source}]."
            ));
        }
        name = source;
    }
}

fn own_fault(profile: &Profile, env: &Environment, failure: &str) -> Option<String> {
    let has = |key: &&str| profile.get(key).is_some();
    let missing = |keys: &[&'static str]| keys.iter().copied().filter(|key| !has(key)).collect::<Vec<_>>();
    if let Some(key) = ["sso_session", "sso_start_url"].iter().find(|key| has(key)) {
        let missing = missing(&["sso_account_id", "sso_role_name"]);
        return (!missing.is_empty()).then(|| {
            format!(
                "signs in to IAM Identity Center ({key}), but has no {}, so nothing says in which account and as whom. Add what is missing; this \
                 asks for it:\n  aws configure sso --profile {}",
                missing.join(" and no "),
                profile.name()
            )
        });
    }
    if has(&"role_arn") {
        return role_fault(profile, env);
    }
    if has(&"credential_process") {
        let (_, code) = failure.split_once(PROCESS_FAILED)?;
        let code = code.split('.').next().unwrap_or(code);
        return Some(format!(
            "runs a credential_process that failed ({code}). What it printed is not shown, since it may hold a secret: run it by hand, repair \
             it, then run Terraform again."
        ));
    }
    let keys = ["aws_access_key_id", "aws_secret_access_key"];
    let [set] = keys.into_iter().filter(has).collect::<Vec<_>>()[..] else {
        return None;
    };
    Some(format!("has {set}, but no {}. Set both.", missing(&keys).join(", ")))
}

fn role_fault(profile: &Profile, env: &Environment) -> Option<String> {
    const SOURCES: [&str; 3] = ["source_profile", "credential_source", "web_identity_token_file"];
    if SOURCES.iter().all(|source| profile.get(source).is_none()) {
        return Some(format!(
            "has role_arn, but none of {}, so nobody can assume the role. Add the one that says whose credentials do.",
            SOURCES.join(", ")
        ));
    }
    let is_environment = profile.get("credential_source") == Some("Environment");
    (is_environment && env.get("AWS_ACCESS_KEY_ID").is_none()).then(|| {
        "takes its credentials from the environment (credential_source), in which AWS_ACCESS_KEY_ID is not set. Set it with \
         AWS_SECRET_ACCESS_KEY, or use source_profile."
            .to_owned()
    })
}
