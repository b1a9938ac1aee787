//! What this resource says. Summaries are constant; details tell the facts and then the way out.

use crate::aws::error::AwsError;
use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::domain::access_policy::CLUSTER_ADMIN;
use crate::report::{at, diagnostic, failed, no_attribute};
use crate::resources::sso_access_exclusive::found::Unread;
use crate::resources::sso_access_exclusive::model::{EntryModel, Mode};
use crate::resources::sso_grant::texts::known_set;
use std::collections::BTreeMap;
use tf_provider::Diagnostic;

/// Summary of what could not be removed.
pub(super) const NOT_REMOVED: &str = "Access entries could not be removed";

/// The most entries that one message lists: it should fit on a screen.
const MOST_LISTED: usize = 4;

const KEEP: &str = "To keep one, add it to principal_arns or ignore.";

/// What becomes of the removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A plan's: the apply is still to come.
    ApplyFails,
    /// An apply's.
    NothingDeleted,
}

impl Outcome {
    fn in_words(self) -> &'static str {
        match self {
            Self::ApplyFails => "An apply fails before it deletes anything",
            Self::NothingDeleted => "Nothing was deleted",
        }
    }
}

/// Entries by their principals.
pub(super) type Shown<'a> = BTreeMap<&'a str, &'a EntryModel>;

/// Lines of their own, which Terraform does not wrap.
fn lines<'a>(all: impl ExactSizeIterator<Item = String> + 'a) -> String {
    let more = all.len().saturating_sub(MOST_LISTED);
    let mut text: String = all.take(MOST_LISTED).map(|line| format!("  {line}\n")).collect();
    if more > 0 {
        text.push_str(&format!("  and {more} more\n"));
    }
    text
}

fn entries(shown: &Shown<'_>) -> String {
    lines(shown.iter().map(|(arn, entry)| format!("{arn}\n    {}", rights(entry))))
}

/// What an entry may do, in a few words.
fn rights(entry: &EntryModel) -> String {
    let mut rights = Vec::new();
    for (name, policy) in entry.access_policies.as_ref_option().into_iter().flatten() {
        let scope = policy.as_ref_option().and_then(|policy| policy.scope());
        rights.push(scope.map_or_else(|| name.clone(), |scope| format!("{name} ({scope})")));
    }
    let groups = known_set(&entry.kubernetes_groups).unwrap_or_default();
    if !groups.is_empty() {
        rights.push(format!("groups {}", groups.into_iter().collect::<Vec<_>>().join(", ")));
    }
    let rights = match rights.is_empty() {
        true => "no rights of its own".to_owned(),
        false => rights.join("; "),
    };
    // Another configuration grants this on purpose, and makes it again.
    match entry.owner.as_deref_option() {
        Some(owner) => format!("{rights}\n    owner {owner:?}"),
        None => rights,
    }
}

/// What was found, line by line.
fn unnamed(place: &ClusterPlace, shown: &Shown<'_>) -> String {
    let these = match shown.len() {
        1 => "this access entry".to_owned(),
        many => format!("these {many} access entries"),
    };
    format!("Neither principal_arns nor ignore names {these} of {place}:\n{}", entries(shown))
}

/// What is known of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deletion {
    Sure,
    /// What principal_arns and ignore name is not wholly known yet.
    OfSome,
    /// The last administrator is among them, and this plan makes another one.
    AfterGrant,
}

/// The plan of an apply that will delete these.
pub(super) fn to_be_deleted(place: &ClusterPlace, shown: &Shown<'_>, deletion: Deletion) -> Diagnostic {
    let what = match deletion {
        Deletion::OfSome => "Not all values of principal_arns and ignore are known yet: the apply deletes what they do not name by then.",
        Deletion::Sure if shown.len() == 1 => "The apply deletes it.",
        Deletion::Sure => "The apply deletes them.",
        Deletion::AfterGrant if shown.len() == 1 => {
            "The apply deletes it if another entry administers the cluster by then, as a grant of this plan will."
        }
        Deletion::AfterGrant => "The apply deletes them if another entry administers the cluster by then, as a grant of this plan will.",
    };
    diagnostic(
        "Access entries will be deleted",
        format!("{}{what}\n{KEEP}", unnamed(place, shown)),
        at("principal_arns"),
    )
}

/// The same, where something else stands in the way.
pub(super) fn not_to_be_deleted(place: &ClusterPlace, shown: &Shown<'_>) -> Diagnostic {
    let then = "The plan shows them as removed, but an apply cannot delete them as it is: another warning says why.";
    diagnostic(
        "Unexpected access entries",
        format!("{}{then}", unnamed(place, shown)),
        at("principal_arns"),
    )
}

/// A plan that takes entries out of the list, which looks like a deletion.
pub(super) fn named_by_now(place: &ClusterPlace, named: &Shown<'_>) -> Diagnostic {
    diagnostic(
        "Access entries leave the list and stay",
        format!(
            "The plan shows these of {place} with a minus, because principal_arns or ignore name them by now:\n{}They are not deleted.",
            lines(named.keys().map(|&arn| arn.to_owned()))
        ),
        at("principal_arns"),
    )
}

/// What is there, for an apply that deletes nothing.
pub(super) fn found(place: &ClusterPlace, shown: &Shown<'_>, mode: Option<Mode>) -> Diagnostic {
    let then = match mode {
        Some(Mode::Report) => "Nothing is deleted (mode = \"report\").",
        Some(Mode::Remove) | None => {
            "This apply deletes nothing, and records them in unexpected. The next plan shows \
             them as removed, and its apply deletes them."
        }
    };
    diagnostic(
        "Unexpected access entries",
        format!("{}{then}\n{KEEP}", unnamed(place, shown)),
        at("principal_arns"),
    )
}

/// What a plan in report mode says as long as there are any.
pub(super) fn reported(place: &ClusterPlace, shown: &Shown<'_>) -> Diagnostic {
    let then = "Nothing is deleted (mode = \"report\"). No plan is empty while there are any.";
    diagnostic(
        "Unexpected access entries",
        format!("{}{then}\n{KEEP}", unnamed(place, shown)),
        at("mode"),
    )
}

/// Nothing can be compared at plan.
pub(super) fn not_compared() -> Diagnostic {
    diagnostic(
        "Access entries are compared later",
        "principal_arns, ignore or the cluster is known only after apply, so this plan \
         cannot tell which access entries are unexpected. The apply records them and \
         deletes none. Plan again after it: that plan shows what will be removed.",
        no_attribute(),
    )
}

pub(super) fn two_resources(place: &ClusterPlace) -> Diagnostic {
    diagnostic(
        "Two resources for all entries of a cluster",
        format!(
            "Another eks_sso_access_exclusive of this configuration is planned for {place}. Each would delete the access entries that only the other \
             names. Merge the two into one, with all principal_arns and ignore of both."
        ),
        at("cluster_name"),
    )
}

pub(super) fn own_way_in(session: &Session, place: &ClusterPlace, own: &[String], outcome: Outcome) -> Diagnostic {
    diagnostic(
        "Own access would be removed",
        format!(
            "Terraform gets into {place} \
             by an access entry that neither principal_arns nor ignore names:\n\
             {}It runs as\n  {}\n\
             {}. Add the entry's principal to \
             principal_arns, or to ignore:\n  ignore = [{:?}]",
            lines(own.iter().cloned()),
            session.caller(),
            outcome.in_words(),
            own.first().map(String::as_str).unwrap_or_default()
        ),
        at("principal_arns"),
    )
}

pub(super) fn last_administrators(place: &ClusterPlace, last: &[String], outcome: Outcome) -> Diagnostic {
    // Of a grant that is planned after this nothing is known yet.
    let unless = match outcome {
        Outcome::ApplyFails => ", unless another one has that policy by then",
        Outcome::NothingDeleted => "",
    };
    diagnostic(
        "Last cluster administrator would be removed",
        format!(
            "No other access entry of {place} \
             has {CLUSTER_ADMIN} for the whole cluster:\n\
             {}{}{unless}. Give another one that policy, or add \
             one of these to principal_arns, or to ignore:\n  ignore = [{:?}]",
            lines(last.iter().cloned()),
            outcome.in_words(),
            last.first().map(String::as_str).unwrap_or_default()
        ),
        at("principal_arns"),
    )
}

/// Without the answer nobody knows whether the last administrator goes.
pub(super) fn administrators_unread(place: &ClusterPlace, error: &AwsError) -> Diagnostic {
    let fact = format!("Nothing was deleted: whether {place} keeps an administrator could not be looked up.");
    failed(NOT_REMOVED, &fact, error, at("cluster_name"))
}

/// The first failure at length, and whom the others are about.
pub(super) fn not_removed(place: &ClusterPlace, of: usize, failures: &BTreeMap<String, AwsError>) -> Diagnostic {
    let (principal, error) = failures.first_key_value().expect("there is a failure to tell of");
    let others = failures.keys().skip(1).cloned();
    let others = match others.len() {
        0 => String::new(),
        _ => format!("\nNor were these:\n{}", lines(others)),
    };
    let fact = format!(
        "{} of {of} access entries of {place} could not be deleted. The first is that of\n  {principal}",
        failures.len()
    );
    let mut message = failed(NOT_REMOVED, &fact, error, no_attribute());
    let detail = message.detail.to_mut();
    detail.push_str(&others);
    detail.push_str("\nThe state keeps what is left: the next plan shows it again.");
    message
}

/// Another entry stands under the principal of one that the plan showed.
pub(super) fn replaced(place: &ClusterPlace, principal_arn: &str) -> Diagnostic {
    diagnostic(
        "Access entry of somebody else is kept",
        format!(
            "The access entry that the plan showed on {place} \
             is gone, and there is another one for the same principal:\n  {principal_arn}\n\
             It was not changed. Plan again: if neither principal_arns nor ignore names it, the plan shows it."
        ),
        no_attribute(),
    )
}

pub(super) fn kept_for_another(place: &ClusterPlace, principal_arn: &str) -> Diagnostic {
    diagnostic(
        "Access entry is kept for another resource",
        format!(
            "Another resource of this run has created or adopted this access entry of \
             {place}:\n  {principal_arn}\n\
             It was not deleted. Add it to principal_arns, or the next plan removes it."
        ),
        at("principal_arns"),
    )
}

/// What is outside of access entries.
pub(super) fn aws_auth_not_seen(place: &ClusterPlace) -> Diagnostic {
    diagnostic(
        "Rows of aws-auth are not covered",
        format!(
            "{place} is in API_AND_CONFIG_MAP mode, \
             so rows of the ConfigMap aws-auth let people in as well, and they are neither \
             read nor removed here. To see them:\n  \
             kubectl -n kube-system get configmap aws-auth -o yaml\n\
             In API mode there are none."
        ),
        at("cluster_name"),
    )
}

pub(super) fn no_entries_in_this_mode(place: &ClusterPlace) -> Diagnostic {
    diagnostic(
        "Cluster does not accept access entries",
        format!(
            "{place} is in CONFIG_MAP mode:\n\
             it has no access entries, and only rows of aws-auth let people in, which are \
             neither read nor removed here. Switch it to API_AND_CONFIG_MAP or API mode, or \
             remove this resource."
        ),
        at("cluster_name"),
    )
}

/// Something of AWS could not be read: nothing is known then, least of all that there is nothing.
pub(super) fn unreadable(place: &ClusterPlace, unread: &Unread) -> Diagnostic {
    let fact = match &unread.principal_arn {
        Some(arn) => format!("An access entry of {place} that neither principal_arns nor ignore names cannot be read:\n  {arn}"),
        None => format!("The access entries of {place} cannot be listed."),
    };
    failed("Access entries cannot be read", &fact, &unread.error, at(unread.attribute))
}

pub(super) fn incomplete_state() -> Diagnostic {
    diagnostic(
        "State is incomplete",
        "The state of this resource lacks its cluster, its account or its Region. \
         Remove it from the state and import it again; nothing is changed in AWS by that:\n  \
         terraform state rm eks_sso_access_exclusive.NAME",
        no_attribute(),
    )
}

pub(super) fn other_place(attribute: &'static str, recorded: &str, now: &str) -> Diagnostic {
    diagnostic(
        "Resource is in another account or Region",
        format!(
            "The state has {attribute} = {recorded:?}, the provider is in {now:?}, and \
             {attribute} is not set. Nothing was changed. Use the provider's right \
             credentials and Region, or say which one is meant:\n  {attribute} = {recorded:?}"
        ),
        at(attribute),
    )
}

/// The cluster was unknown in the plan, and proves to be another one.
pub(super) fn other_cluster() -> Diagnostic {
    diagnostic(
        "Cluster is not the one that was planned",
        "The cluster, its account or its Region was known only after apply, and is another \
         one than in the state. Nothing was deleted. Plan again: the resource will be replaced.",
        at("cluster_name"),
    )
}

pub(super) fn cannot_move(resource_type: &str) -> Diagnostic {
    diagnostic(
        "Resource cannot be moved",
        format!(
            "A {resource_type} cannot become an eks_sso_access_exclusive by a moved block. \
             Import the cluster by its name instead."
        ),
        no_attribute(),
    )
}
