//! What is said about writes that failed: what was tried, what AWS said, what is known of the entry now.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::session::Session;
use crate::domain::access_entry::Change;
use crate::report::{failed, no_attribute};
use crate::resources::sso_grant::target::Target;
use tf_provider::{AttributePath, Diagnostic};

pub(super) const SUMMARY: &str = "Access could not be granted";

fn and(mut message: Diagnostic, ending: &str) -> Diagnostic {
    message.detail.to_mut().push_str("\n\n");
    message.detail.to_mut().push_str(ending);
    message
}

fn creating(label: &str) -> String {
    format!("creating EKS access entry {label}")
}

/// Nothing was made.
pub(super) fn not_created(label: &str, error: &AwsError) -> Diagnostic {
    let message = failed(SUMMARY, &creating(label), error, no_attribute());
    if !error.is_invalid_principal() {
        return message;
    }
    and(
        message,
        "EKS does not know the role yet, though IAM does. For a new role this passes within two minutes: apply again. No access entry was made.",
    )
}

/// There is an entry that cannot be seen yet.
pub(super) fn in_use(label: &str, error: &AwsError) -> Diagnostic {
    and(
        failed(SUMMARY, &creating(label), error, no_attribute()),
        "It was made by somebody else after the plan, and was not changed. Plan again: the plan shows what it holds.",
    )
}

/// An answer was lost, so there may be an entry, and it may be this create's.
pub(super) fn may_exist(session: &Session, target: &Target, principal: &str, error: &AwsError) -> Diagnostic {
    let label = format!("({},{principal})", target.cluster);
    let id = target.import_id(session);
    and(
        failed(SUMMARY, &creating(&label), error, no_attribute()),
        &format!(
            "An answer of EKS was lost, so the access entry may exist, and nobody can tell whether this apply or somebody else made it. It is \
             not in the state and will not be deleted. Plan again: if it exists, the plan shows what it holds; if it is yours, import it:\n\n  \
             terraform import eks_sso_access.NAME '{id}'\n\nWith owner set in the provider block the next apply knows its own entries."
        ),
    )
}

/// The entry could not be looked at, so nothing was written.
pub(super) fn not_read(label: &str, error: &AwsError) -> Diagnostic {
    failed(SUMMARY, &format!("reading EKS access entry {label}"), error, no_attribute())
}

/// What was made could not be completed, nor deleted again.
pub(super) fn not_undone(label: &str, error: &AwsError) -> Diagnostic {
    let doing = format!("deleting the half-made EKS access entry {label} again");
    let summary = match is_surely_left(error) {
        true => "Half-made access entry is left",
        false => "Half-made access entry may be left",
    };
    and(
        failed(summary, &doing, error, no_attribute()),
        "The state keeps it, marked as tainted: the next apply makes it anew.",
    )
}

/// The entry of an earlier role could not be deleted.
pub(super) fn old_entry_left(label: &str, error: &AwsError) -> Diagnostic {
    let doing = format!("deleting EKS access entry {label} of the old role; the new one is in place, and the next apply tries this again");
    let summary = match is_surely_left(error) {
        true => "Old access entry is left",
        false => "Old access entry may be left",
    };
    failed(summary, &doing, error, no_attribute())
}

/// Whether EKS was heard to refuse a write to an entry that it had shown. After anything else the entry may be gone: by a deletion
/// whose answer was lost, or by somebody else's.
fn is_surely_left(error: &AwsError) -> bool {
    let is_read = ["Describe", "List"].iter().any(|read| error.operation.starts_with(read));
    !is_read && !error.is_without_answer() && error.kind != ErrorKind::Stopped
}

/// A change that EKS did not take.
pub(super) fn not_changed(label: &str, change: &Change, error: &AwsError) -> Diagnostic {
    let (doing, path) = match change {
        Change::UpdateEntry { .. } => ("updating", "kubernetes_groups"),
        Change::Associate { .. } => ("associating an access policy with", "access_policies"),
        Change::Disassociate { .. } => ("disassociating an access policy from", "access_policies"),
        Change::Tag(_) | Change::Untag(_) => ("tagging", "tags"),
        Change::Delete => ("deleting", "principal_arn"),
    };
    let mut path = AttributePath::new(path);
    let mut doing = format!("{doing} EKS access entry {label}");
    if let Change::Associate { policy_arn, .. } | Change::Disassociate { policy_arn } = change {
        path.add_key(policy_arn.rsplit('/').next().unwrap_or(policy_arn).to_owned());
        doing = format!("{doing}, {policy_arn}");
    }
    failed(SUMMARY, &doing, error, path)
}
