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
    let (own, theirs) = other_owner(session, entry)?;
    Some(messages::other_owner(target, entry, own?, theirs))
}

/// The plan of a grant that is in the state and cannot follow its role: an error would stop a destroy, which plans first.
pub(super) fn warn_of_owner(session: &Session, target: &Target, entry: &Entry) -> Option<Diagnostic> {
    let (own, theirs) = other_owner(session, entry)?;
    Some(messages::will_be_refused(target, entry, own?, theirs))
}

/// An entry that was imported, moved here or is taken over, though another configuration signed it.
pub(super) fn warn_of_second_owner(session: &Session, target: &Target, entry: &Entry) -> Option<Diagnostic> {
    let (own, theirs) = other_owner(session, entry)?;
    Some(messages::managed_elsewhere(target, entry, own, theirs))
}

/// The owner of this configuration, and the other one that the entry names.
fn other_owner<'a>(session: &'a Session, entry: &'a Entry) -> Option<(Option<&'a str>, &'a str)> {
    let (own, theirs) = (session.owner(), entry.owner()?);
    (own != Some(theirs)).then_some((own, theirs))
}
