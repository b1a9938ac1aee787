//! What is said about writes that failed: what was tried, what is known of the entry now, why, and what to do.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::session::Session;
use crate::domain::access_entry::Change;
use crate::domain::grantee::Grantee;
use crate::report::{because, cause, diagnostic, failed, no_attribute};
use crate::resources::sso_access::messages::describe;
use crate::resources::sso_access::writer::{FailedSteps, Writer};
use crate::resources::sso_grant::notices::{bullets, grantee_attribute};
use crate::resources::sso_grant::target::Target;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

/// The summaries, by what did not happen.
pub(super) const NOT_GRANTED: &str = "Access could not be granted";
pub(super) const NOT_CHANGED: &str = "Access could not be changed";
pub(super) const NOT_TAKEN_AWAY: &str = "Access could not be taken away";
const NOT_UPDATED: &str = "Groups or user name could not be changed";
const NOT_TAGGED: &str = "Tags could not be changed";

/// Nothing was made.
pub(super) fn not_created(target: &Target, label: &str, error: &AwsError) -> Diagnostic {
    let why = match target.grantee {
        _ if !error.is_invalid_principal() => "",
        Grantee::Principal(_) => {
            " EKS does not accept the ARN: the user or role does not exist, or the ARN is not exact (its path, and the case of letters, count). \
             If it was created within the last minutes, apply again."
        }
        Grantee::PermissionSet(_) | Grantee::Role(_) => {
            " EKS does not know the role yet, though IAM does. For a new role this passes within minutes: apply again."
        }
    };
    let fact = format!("No access entry was made for {label}.{why}");
    failed(NOT_GRANTED, &fact, error, grantee_attribute(target))
}

/// There is an entry that cannot be seen yet.
pub(super) fn in_use(writer: &Writer<'_>, error: &AwsError) -> Diagnostic {
    let label = writer.label();
    let fact = format!(
        "Somebody else made an access entry for {label} after the plan. It was not changed. Plan again: the plan shows what it holds."
    );
    failed(NOT_GRANTED, &fact, error, grantee_attribute(writer.target))
}

/// An answer was lost, so there may be an entry, and it may be this create's.
pub(super) fn may_exist(session: &Session, target: &Target, label: &str, error: &AwsError) -> Diagnostic {
    let id = target.import_id(session);
    let fact = format!(
        "The create was not confirmed: the access entry of {label} may exist, and nobody can tell who made it. It is not in the state \
         and will not be deleted. Plan again: if it exists, the plan shows what it holds; if it is yours:\n  terraform import \
         eks_sso_access.NAME '{id}'\nWith owner set in the provider block the next apply knows its own entries."
    );
    // That no answer came is said, and looking for the reason is not what helps now.
    let cause = match error.kind {
        ErrorKind::Unreachable => error.explained_by(""),
        _ => cause(error),
    };
    diagnostic(NOT_GRANTED, format!("{fact}\n\n{cause}"), grantee_attribute(target))
}

/// The entry could not be looked at, so nothing was written.
pub(super) fn not_read(summary: &'static str, writer: &Writer<'_>, error: &AwsError) -> Diagnostic {
    let label = writer.label();
    let fact = format!("The access entry of {label} could not be read, so nothing was written.");
    failed(summary, &fact, error, grantee_attribute(writer.target))
}

/// What was made could not be completed, nor deleted again.
pub(super) fn not_undone(writer: &Writer<'_>, error: &AwsError) -> Diagnostic {
    let label = writer.label();
    let fact = format!(
        "This apply made the access entry of {label}, could not complete it, and could not delete it again. The state keeps it, marked as \
         tainted: the next apply recreates it."
    );
    let summary = match is_surely_left(error) {
        true => "Incomplete access entry is left",
        false => "Incomplete access entry may be left",
    };
    // What is left counts, whatever the reason.
    diagnostic(summary, because(&fact, error), grantee_attribute(writer.target))
}

/// The entry of an earlier role could not be deleted.
pub(super) fn old_entry_left(writer: &Writer<'_>, error: &AwsError) -> Diagnostic {
    let label = writer.label();
    let fact = match error.kind {
        ErrorKind::Stopped => {
            format!("The access entry of the old role was not deleted before the stop; the next apply does that. It is that of {label}.")
        }
        _ => format!("Deleting the access entry of the old role failed; the next apply tries this again. It is that of {label}."),
    };
    let summary = match is_surely_left(error) {
        true => "Old access entry is left",
        false => "Old access entry may be left",
    };
    diagnostic(summary, because(&fact, error), grantee_attribute(writer.target))
}

/// Whether EKS was heard to refuse a write to an entry that it had shown. After anything else the entry may be gone: by a deletion
/// whose answer was lost, or by somebody else's.
fn is_surely_left(error: &AwsError) -> bool {
    let is_read = ["Describe", "List"].iter().any(|read| error.operation.starts_with(read));
    !is_read && !error.is_without_answer() && error.kind != ErrorKind::Stopped
}

/// The entry is as it was.
pub(super) fn not_deleted(writer: &Writer<'_>, error: &AwsError) -> Diagnostic {
    let label = writer.label();
    failed(
        NOT_TAKEN_AWAY,
        &format!("Deleting the access entry of {label} failed."),
        error,
        grantee_attribute(writer.target),
    )
}

/// The same where the entry was made just now, and was deleted again because of it.
pub(super) fn not_completed(diags: &mut Diagnostics, label: &str, steps: &FailedSteps) {
    undone(
        diags,
        &format!("The access entry of {label} was created"),
        steps,
        "The entry was deleted again",
    );
}

/// A shared entry was to be joined, and what was done to it has been undone.
pub(super) fn not_joined(diags: &mut Diagnostics, label: &str, steps: &FailedSteps) {
    undone(
        diags,
        &format!("The shared access entry of {label} exists"),
        steps,
        "What was done before it was undone",
    );
}

fn undone(diags: &mut Diagnostics, so_far: &str, steps: &FailedSteps, end: &str) {
    for (changes, error) in by_cause(steps) {
        let fact = format!(
            "{so_far}, but this failed:{}\n{end}, so nothing is left of this apply.",
            bullets(changes.iter().copied().map(describe))
        );
        let (summary, path) = about(&changes);
        diags.add_error(failed(summary, &fact, error, path));
    }
}

/// What becomes of the half of a create that was done to an entry of others.
pub(super) const WHAT_IS_DONE_STAYS: &str = "What is done stays, and is not in the state: repair the cause and apply again.";

/// Changes that EKS did not take: what was done all the same, and what was not done after them. `end`: what becomes of that.
pub(super) fn not_changed(diags: &mut Diagnostics, label: &str, steps: &FailedSteps, end: &str) {
    let end = match steps.done.is_empty() || end.is_empty() {
        true => String::new(),
        false => format!("\n{end}"),
    };
    for (changes, error) in by_cause(steps) {
        let subject = match changes.len() {
            1 => "One change",
            _ => "Changes",
        };
        let fact = format!(
            "{subject} of the access entry of {label} failed:{}{}{}{end}",
            bullets(changes.iter().copied().map(describe)),
            listed("Done", &steps.done),
            listed("Not done", &steps.left)
        );
        let (summary, path) = about(&changes);
        diags.add_error(failed(summary, &fact, error, path));
    }
}

/// Changes that failed at the same time, mostly for one reason, which is told once.
fn by_cause(steps: &FailedSteps) -> Vec<(Vec<&Change>, &AwsError)> {
    let mut causes: Vec<(Vec<&Change>, &AwsError)> = Vec::new();
    for (change, error) in &steps.failed {
        let is_same = |known: &AwsError| (known.kind, &known.code) == (error.kind, &error.code);
        match causes.iter_mut().find(|(_, known)| is_same(known)) {
            Some((changes, _)) => changes.push(change),
            None => causes.push((vec![change], error)),
        }
    }
    causes
}

/// The title, and the attribute that is to blame. Of several changes, all are associations.
fn about(changes: &[&Change]) -> (&'static str, AttributePath) {
    match changes {
        [Change::UpdateEntry { .. }] => (NOT_UPDATED, AttributePath::new("kubernetes_groups")),
        [Change::Associate { policy_arn, .. }] => (NOT_GRANTED, policy(policy_arn)),
        [Change::Disassociate { policy_arn }] => (NOT_TAKEN_AWAY, policy(policy_arn)),
        [Change::Tag(_) | Change::Untag(_)] => (NOT_TAGGED, AttributePath::new("tags")),
        [Change::Delete] => (NOT_TAKEN_AWAY, no_attribute()),
        _ => (NOT_GRANTED, AttributePath::new("access_policies")),
    }
}

fn policy(arn: &str) -> AttributePath {
    let mut path = AttributePath::new("access_policies");
    path.add_key(arn.rsplit('/').next().unwrap_or(arn).to_owned());
    path
}

fn listed(heading: &str, changes: &[Change]) -> String {
    match changes {
        [] => String::new(),
        changes => format!("\n{heading}:{}", bullets(changes.iter().map(describe))),
    }
}
