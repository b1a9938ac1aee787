//! From what happened to what a practitioner reads.
//!
//! Diagnostics are built literally: tf-provider's constructors append a backtrace to the text when
//! RUST_BACKTRACE is set.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::kubernetes_answer::SERVICE;
use crate::domain::error::Invalid;
use std::borrow::Cow;
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

/// A diagnostic about one attribute, or about everything if the path is empty. The summary is constant,
/// since Terraform folds equal warnings of hundreds of grants into one.
pub(crate) fn diagnostic(summary: &'static str, detail: impl Into<Cow<'static, str>>, attribute: AttributePath) -> Diagnostic {
    Diagnostic {
        summary: summary.into(),
        detail: detail.into(),
        attribute,
    }
}

/// The path of a top-level attribute.
#[must_use]
pub(crate) fn at(attribute: &'static str) -> AttributePath {
    AttributePath::new(attribute)
}

/// No path: for what no single attribute is to blame for.
#[must_use]
pub(crate) fn no_attribute() -> AttributePath {
    AttributePath::root()
}

/// A null in a set or list, which stands for nothing.
#[must_use]
pub(crate) fn null_element(attribute: AttributePath) -> Diagnostic {
    diagnostic(
        "Null element",
        "One of the elements is null. Remove it, or filter the list first: [for x in list : x if x != null].",
        attribute,
    )
}

/// Adds an error if a value is known and not valid.
pub(crate) fn check(
    diags: &mut Diagnostics,
    name: &'static str,
    summary: &'static str,
    value: &Value<String>,
    parse: impl FnOnce(&str) -> Result<(), Invalid>,
) {
    if let Some(Err(invalid)) = value.as_deref_option().map(parse) {
        diags.add_error(diagnostic(summary, invalid.to_string(), at(name)));
    }
}

/// A failed call as a diagnostic: `doing` is what was tried, with its object ("reading EKS access entry
/// (payments-prod,arn:…)"). The hint comes last.
#[must_use]
pub(crate) fn failed(summary: &'static str, doing: &str, error: &AwsError, attribute: AttributePath) -> Diagnostic {
    let hint = hint(error);
    let gap = if hint.is_empty() { "" } else { "\n\n" };
    // Whatever was wanted of the account, it is the way there that is to be mended.
    let summary = match error.kind {
        ErrorKind::CannotAssume | ErrorKind::AccountNotAllowed => "Account cannot be reached",
        _ => summary,
    };
    diagnostic(summary, format!("{doing}: {}{gap}{hint}", cause(error)), attribute)
}

/// What an error says: at length to those who hear of it first in this run, and to others in one line.
pub(crate) fn cause(error: &AwsError) -> String {
    match error.is_first_to_tell() {
        true => error.explanation(),
        false => error.reminder(),
    }
}

/// What to do about an error, as far as its kind tells.
#[must_use]
pub(crate) fn hint(error: &AwsError) -> String {
    match error.kind {
        ErrorKind::AccessDenied if error.service == SERVICE => kubernetes_denied(error),
        ErrorKind::AccessDenied => denied(error),
        ErrorKind::Unauthorized => {
            "The Kubernetes API does not know the caller. Whoever runs Terraform needs access to the cluster: an access entry (where the \
             authentication mode has them), a row in aws-auth, or the credentials that made the cluster."
                .to_owned()
        }
        ErrorKind::Throttled => {
            "AWS limits how often it may be asked, and all retries, or the time for them, were used up. Apply again, or raise max_retries \
             in the provider block and the timeouts of the resource."
                .to_owned()
        }
        ErrorKind::Unreachable if error.service == SERVICE && error.is_untrusted_certificate() => {
            "The certificate that was shown is not of the cluster's authority. A proxy that looks into TLS shows such ones: set \
             custom_ca_bundle, or the environment variable AWS_CA_BUNDLE, to a PEM file with the proxy's authority."
                .to_owned()
        }
        ErrorKind::Unreachable if error.service == SERVICE => {
            "The Kubernetes API could not be reached. If the cluster's endpoint is private, run Terraform where its VPC can be reached, \
             or allow public access from here; behind a proxy, set https_proxy (or HTTPS_PROXY, and no_proxy for what needs none). Nothing is \
             taken to be gone because of this."
                .to_owned()
        }
        ErrorKind::AnswerLost if error.operation == "GetConfigMap" => {
            "The Kubernetes API was connected to, but did not answer in time. Nothing is taken to be gone because of this. Plan again; if it \
             stays so, look at what is on the way (a proxy, a firewall), and at the cluster's control plane."
                .to_owned()
        }
        ErrorKind::AnswerLost => {
            "The Kubernetes API was connected to, but gave no answer that can be used. Apply again: the next plan looks at what is there.".to_owned()
        }
        ErrorKind::NotFromAws => {
            "A proxy or a sign-in page answers in AWS's place: open a browser to sign in to the network, or correct https_proxy and no_proxy (or \
             the endpoint that is set). Whether AWS got the request is not known, so nothing is taken to be done or gone. Then apply again."
                .to_owned()
        }
        ErrorKind::Unreachable => {
            "No answer came back. Check the network path from here to AWS (proxy, DNS, VPC endpoint, custom_ca_bundle) and any \
             endpoint that is set in the provider block or in AWS_ENDPOINT_URL. Nothing is taken to be gone because of this."
                .to_owned()
        }
        ErrorKind::CredentialsEnd => {
            "Nothing is begun with credentials that end. What this run has finished is in the state; what has an error is not done, or not wholly. \
             Sign in again, or use credentials that renew themselves (a profile, a role of the machine), then apply again: it goes on \
             with the rest."
                .to_owned()
        }
        ErrorKind::Stopped => "Terraform was interrupted. What was written by then is in the state; plan again to go on.".to_owned(),
        ErrorKind::LimitExceeded if error.operation == "AssociateAccessPolicy" => {
            "The access entry holds as many policies as EKS takes: remove one from it, or ask AWS for a higher quota, then apply again."
                .to_owned()
        }
        ErrorKind::LimitExceeded => {
            "A quota of this cluster is used up: remove access entries that nobody uses, then apply again. Nothing was removed for it."
                .to_owned()
        }
        // These texts already tell what is wrong, and the callers know the way out.
        ErrorKind::NotFound
        | ErrorKind::AlreadyExists
        | ErrorKind::InvalidRequest
        | ErrorKind::InvalidParameter
        | ErrorKind::AccountNotAllowed
        | ErrorKind::CannotAssume
        | ErrorKind::Conflict
        | ErrorKind::Other => String::new(),
    }
}

/// RBAC allows by verb, and a create cannot be limited to a name.
fn kubernetes_denied(error: &AwsError) -> String {
    let (verb, name) = match error.operation {
        "CreateConfigMap" => ("create", ""),
        "UpdateConfigMap" => ("update", " \"aws-auth\""),
        _ => ("get", " \"aws-auth\""),
    };
    format!(
        "Kubernetes knows the caller, but does not let it {verb} the ConfigMap{name} in kube-system. Bind a Role with the verbs get, update and \
         create on configmaps there to the caller's user or group; the documentation of eks_sso_aws_auth has one."
    )
}

fn denied(error: &AwsError) -> String {
    let action = error
        .denied_action()
        .map_or_else(|| "the action that it names".to_owned(), |action| format!("{action:?}"));
    if error.is_explicit_deny() {
        return format!(
            "A policy denies {action} outright (a service control policy, a permissions boundary or a deny statement); \
             allowing it elsewhere does not help. Ask whoever owns that policy, or use credentials that it does not cover."
        );
    }
    format!("Allow {action} for these credentials; the documentation lists the actions that planning and applying need.")
}
