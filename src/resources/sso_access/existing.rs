//! An entry that stands where a grant is to be made: whose it is, and what a grant may do with it.

use crate::aws::session::Session;
use crate::domain::access_entry::{Change, Management, goes_beyond};
use crate::resources::access_entry::entry::{Entry, STANDARD};
use crate::resources::sso_access::messages;
use crate::resources::sso_grant::target::Target;
use tf_provider::Diagnostic;

/// What an entry that stands already means for a create.
#[derive(Debug)]
pub(super) enum Existing {
    /// Left by a create of this owner that was killed before its state was saved, and nothing beyond the configuration.
    Finish,
    /// To be taken over, with what that changes.
    TakeOver(Diagnostic),
    /// Somebody else's.
    Refuse(Diagnostic),
}

/// Judges it by its type, its owner, and whether the configuration takes over what it finds. `changes` are what would make
/// of it what is configured; `None` while that is unknown. `is_stale`: it is older than its role.
pub(super) fn judge(
    session: &Session,
    target: &Target,
    adopts: bool,
    management: Management,
    entry: &Entry,
    changes: Option<&[Change]>,
    is_stale: bool,
) -> Existing {
    if entry.entry.type_ != STANDARD {
        return Existing::Refuse(messages::not_standard(target, entry));
    }
    if let Some(refusal) = check_owner(session, target, entry) {
        return Existing::Refuse(refusal);
    }
    let is_of_our_owner = session.owner().is_some() && session.owner() == entry.owner();
    if is_of_our_owner && changes.is_some_and(|changes| !goes_beyond(&entry.actual(), changes)) {
        return Existing::Finish;
    }
    if adopts {
        let shared = management == Management::Additive;
        return Existing::TakeOver(messages::adoption(target, entry, changes, shared, is_stale));
    }
    Existing::Refuse(messages::exists_already(session, target, entry, changes, is_stale))
}

/// Why an entry of another owner is not taken over, whatever the configuration says.
pub(super) fn check_owner(session: &Session, target: &Target, entry: &Entry) -> Option<Diagnostic> {
    let (own, theirs) = session.owner().zip(entry.owner())?;
    (own != theirs).then(|| messages::other_owner(target, entry, own, theirs))
}
