//! What the plan of a grant in the state does about its role: still there, moved to another suffix, made anew, gone.

use crate::aws::eks::Timestamp;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::domain::access_entry::{Actual, Given, Management, Replaced, release};
use crate::domain::grantee::Grantee;
use crate::resources::access_entry::entry::Entry;
use crate::resources::sso_access::aws_auth_check::has_row;
use crate::resources::sso_access::existing::check_owner;
use crate::resources::sso_access::forgotten::{entries_of_other_roles, other_roles_not_checked};
use crate::resources::sso_access::messages;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::planned::{known_role, unknown_role};
use crate::resources::sso_access::preflight::{changes_for, find_entry};
use crate::resources::sso_access::private::{EntryRecord, Private};
use crate::resources::sso_access::run::Run;
use crate::resources::sso_access::status::Status;
use crate::resources::sso_access::wanted::before;
use crate::resources::sso_grant::confirm::lookup_failed;
use crate::resources::sso_grant::notices::{self, new_role_not_checked};
use crate::resources::sso_grant::role::{Found, asked_since, find_role, new_role, read_role};
use crate::resources::sso_grant::target::Target;
use tf_provider::value::Value;
use tf_provider::{Diagnostic, Diagnostics};
use tokio::time::Instant;

/// Plans what becomes of the role; gives the new one that the grant moves to, which the caller tells of. `None` comes with an error.
pub(super) async fn plan_role(
    diags: &mut Diagnostics,
    session: &Session,
    target: Option<&Target>,
    prior: &Model,
    planned: &mut Model,
    private: &Private,
) -> Option<Option<Box<Role>>> {
    if planned.triggers_are_unknown() {
        unknown_role(planned);
        // What comes of the role decides: one that was missing may be there by then.
        planned.status = Value::Unknown;
        return Some(None);
    }
    let Some(target) = target else { return Some(None) };
    let since = asked_since(&planned.triggers, Some(&prior.triggers));
    let found = match find(session, target, prior, since).await {
        Ok(found) => found,
        Err(error) if error.kind == ErrorKind::AccessDenied => {
            diags.add_warning(notices::role_lookup_denied(target, &error));
            return Some(None);
        }
        Err(error) => {
            diags.add_error(lookup_failed(target, &error));
            return None;
        }
    };
    let moved_to = follow_role(diags, session, target, prior, planned, private, found);
    if since.is_some() && entry_is_gone(session, target, prior).await {
        planned.access_entry_arn = Value::Unknown;
    }
    Some(moved_to)
}

/// Whether what the triggers tell of took the entry along: a cluster that this same apply has replaced, which comes between
/// the refresh and the plan that Terraform makes in the apply. The apply then makes the entry again.
async fn entry_is_gone(session: &Session, target: &Target, prior: &Model) -> bool {
    let principal_arn = prior.principal_arn.as_deref_option().unwrap_or_default();
    matches!(find_entry(session, target, principal_arn).await, Ok(None))
}

/// The plan of a destroy: of a shared entry, what this grant gave goes off that of the new role, too, if who shares it has moved
/// there first.
pub(super) async fn plan_end(run: &Run, diags: &mut Diagnostics, session: &Session, prior: &Model, private: &mut Private) {
    warn_of_what_is_put_back(diags, session, prior, private, &Given::default());
    warn_of_what_does_not_come_back(diags, session, prior, private);
    let Some((target, known)) = target_and_principal(prior) else {
        return;
    };
    let found = entry_of_new_role(run, session, &target, known).await;
    let entry = found.as_ref().ok().and_then(Option::as_ref);
    private.taken_along = entry.and_then(|entry| taken_along(diags, session, &target, prior, private, entry));
    if private.taken_along.is_none() {
        tell_of_new_role(diags, session, &target, prior, found);
    }
    warn_of_entries_between(run, diags, session, &target, known, private).await;
}

/// A shared grant gives up all but what is kept. What others get back then, no attribute shows.
pub(super) fn warn_of_what_is_put_back(diags: &mut Diagnostics, session: &Session, prior: &Model, private: &Private, kept: &Given) {
    let back = before(prior, private).put_back(kept, session.partition());
    if let (Some(target), Some(principal)) = (Target::of(prior), prior.principal_arn.as_deref_option())
        && back != Replaced::default()
    {
        diags.add_warning(messages::put_back(&target, principal, &back));
    }
}

/// What others had on an entry that could not be recreated yet.
fn kept_for_others(session: &Session, prior: &Model, private: &Private) -> Option<Actual> {
    let kept = private.returning.as_ref()?.actual();
    Some(kept.without(&before(prior, private).given, session.partition()))
}

fn warn_of_what_does_not_come_back(diags: &mut Diagnostics, session: &Session, prior: &Model, private: &Private) {
    let others = kept_for_others(session, prior, private).filter(|others| !others.is_empty());
    if let (Some(others), Some(target), Some(principal)) = (others, Target::of(prior), prior.principal_arn.as_deref_option()) {
        diags.add_warning(messages::not_brought_back(&target, principal, &others));
    }
}

/// The role behind the name is another one, so the entry is recreated. What others have on it the state does not know.
pub(super) async fn warn_of_recreation(diags: &mut Diagnostics, session: &Session, prior: &Model, planned: &Model, private: &Private) {
    let is_recreated = prior.principal_arn == planned.principal_arn && prior.role_id != planned.role_id && !planned.role_id.is_unknown();
    let is_shared = prior.management() == Management::Additive;
    let (true, Some(target), Some(principal)) = (is_recreated && is_shared, Target::of(prior), prior.principal_arn.as_deref_option())
    else {
        return;
    };
    let given = before(prior, private).given;
    // A look that fails keeps nothing from the apply, which looks again.
    if let Ok(Some(entry)) = find_entry(session, &target, principal).await {
        let others = entry.actual().without(&given, session.partition());
        if !others.is_empty() {
            diags.add_warning(messages::recreated_with_others(&target, principal, &others));
        }
    }
}

/// The record of the entry, if who shares it has taken along to it what this grant gave.
fn taken_along(
    diags: &mut Diagnostics,
    session: &Session,
    target: &Target,
    prior: &Model,
    private: &Private,
    entry: &Entry,
) -> Option<EntryRecord> {
    if prior.management() == Management::Exclusive || check_owner(session, target, entry).is_some() {
        return None;
    }
    let (actual, partition) = (entry.actual(), session.partition());
    let before = before(prior, private).taken_along(&actual, partition);
    let principal = entry.entry.principal_arn.parse().ok()?;
    let steps = release(&actual, &before, false, &principal, partition, session.ignore_tags());
    if steps.is_empty() {
        return None;
    }
    diags.add_warning(messages::ends_on_new_role(target, entry, &steps));
    Some(EntryRecord {
        principal_arn: entry.entry.principal_arn.clone(),
        access_entry_arn: entry.entry.access_entry_arn.clone(),
        made_here: false,
    })
}

/// The end of a grant: of the entry that the new role may have by now, and of one between the two, the state knows nothing. Moves
/// that were killed leave those.
pub(super) async fn warn_of_entry_that_stays(run: &Run, diags: &mut Diagnostics, session: &Session, prior: &Model, private: &Private) {
    let Some((target, known)) = target_and_principal(prior) else {
        return;
    };
    let found = entry_of_new_role(run, session, &target, known).await;
    tell_of_new_role(diags, session, &target, prior, found);
    warn_of_entries_between(run, diags, session, &target, known, private).await;
}

fn target_and_principal(prior: &Model) -> Option<(Target, &str)> {
    Target::of(prior).zip(prior.principal_arn.as_deref_option())
}

fn tell_of_new_role(diags: &mut Diagnostics, session: &Session, target: &Target, prior: &Model, found: Result<Option<Entry>, AwsError>) {
    match found {
        Ok(Some(entry)) => diags.add_warning(messages::entry_of_new_role_stays(session, target, &entry, prior.management())),
        Ok(None) => {}
        // There is no cluster, or none that has entries.
        Err(error) if error.kind == ErrorKind::NotFound || error.is_authentication_mode() => {}
        Err(error) => diags.add_warning(new_role_not_checked(target, &error)),
    }
}

async fn warn_of_entries_between(run: &Run, diags: &mut Diagnostics, session: &Session, target: &Target, known: &str, private: &Private) {
    match entries_between(run, session, target, known, private).await {
        Ok(principals) if principals.is_empty() => {}
        Ok(principals) => diags.add_warning(messages::entries_of_other_roles_stay(target, principals)),
        Err(error) if error.kind == ErrorKind::NotFound || error.is_authentication_mode() => {}
        Err(error) => diags.add_warning(other_roles_not_checked(target, &error)),
    }
}

/// Principals of entries for roles that the permission set had since the one that the state knows. While that one is still
/// there, nobody has moved, and nothing is asked.
pub(super) async fn entries_between(
    run: &Run,
    session: &Session,
    target: &Target,
    known: &str,
    private: &Private,
) -> Result<Vec<String>, AwsError> {
    let Grantee::PermissionSet(set) = &target.grantee else {
        return Ok(Vec::new());
    };
    let found = find_role(session, target, None).await.unwrap_or(Found::Many(Vec::new()));
    let current = found.one().map(|role| role.arn.to_string());
    if current.as_deref() == Some(known) {
        return Ok(Vec::new());
    }
    let mut principals = entries_of_other_roles(session, target, set, &[Some(known), current.as_deref()]).await?;
    principals.retain(|principal| {
        let goes_too = private.old_entries.iter().any(|old| old.principal_arn == *principal);
        !goes_too && run.claims.held(target, principal).is_none()
    });
    Ok(principals)
}

/// What the new role has, unless another resource of this state has it.
async fn entry_of_new_role(run: &Run, session: &Session, target: &Target, known: &str) -> Result<Option<Entry>, AwsError> {
    match new_role(session, target, known).await? {
        Some(role) if run.claims.held(target, &role.to_string()).is_none() => find_entry(session, target, &role.to_string()).await,
        _ => Ok(None),
    }
}

/// The apply of a grant whose users the plan found locked out: looks again, and says what it finds. A role that is there again
/// under another name or id is for the next plan to follow.
pub(super) async fn look_again(diags: &mut Diagnostics, session: &Session, prior: &Model, planned: &mut Model, private: &Private) {
    planned.status.clone_from(&prior.status);
    let Some(target) = Target::of(planned) else { return };
    match find(session, &target, prior, Some(Instant::now())).await {
        Ok(found) => {
            let mut next = planned.clone();
            if let Some(role) = follow_role(diags, session, &target, prior, &mut next, private, found) {
                diags.add_warning(moved(session, &target, prior, &next, private, &role).await);
            }
            planned.status = if next.principal_arn != prior.principal_arn {
                Status::RoleMissing.text()
            } else if next.role_id != prior.role_id {
                Status::Stale.text()
            } else {
                next.status
            };
        }
        Err(error) => diags.add_warning(notices::role_lookup_denied(&target, &error)),
    }
}

/// Users are locked out, unless their new role has an entry already.
async fn moved(session: &Session, target: &Target, prior: &Model, next: &Model, private: &Private, role: &Role) -> Diagnostic {
    match find_entry(session, target, &role.arn.to_string()).await {
        Ok(Some(entry)) if !entry.is_older_than(role) => {
            let changes = changes_for(session, next, private, &entry, &before(prior, private));
            messages::new_role_has_entry(target, prior, role, &entry, changes.as_deref(), private.created)
        }
        _ => messages::moved(target, prior, role, private.created, has_row(session, next).await),
    }
}

/// Where ListRoles is denied, GetRole on the name in the state may still be allowed.
async fn find(session: &Session, target: &Target, prior: &Model, since: Option<Instant>) -> Result<Found, AwsError> {
    match find_role(session, target, since).await {
        Err(error) if error.kind == ErrorKind::AccessDenied => match known_name(session, target, prior).await {
            Some(role) => Ok(Found::One(Box::new(role))),
            None => Err(error),
        },
        found => found,
    }
}

async fn known_name(session: &Session, target: &Target, prior: &Model) -> Option<Role> {
    let arn = prior.principal_arn.as_deref_option()?.parse().ok()?;
    read_role(session, &target.role_account, &arn, Instant::now()).await.ok().flatten()
}

/// Compares the role that the state knows with the one that is there; gives the one under another name.
fn follow_role(
    diags: &mut Diagnostics,
    session: &Session,
    target: &Target,
    prior: &Model,
    planned: &mut Model,
    private: &Private,
    found: Found,
) -> Option<Box<Role>> {
    let known_arn = prior.principal_arn.as_deref_option().unwrap_or_default();
    match found {
        Found::None { .. } => {
            planned.status = Status::RoleMissing.text();
            diags.add_warning(messages::role_gone(target, known_arn));
        }
        Found::Many(roles) => match roles.iter().find(|role| role.arn.to_string() == known_arn) {
            Some(role) => {
                diags.add_warning(notices::ambiguous(target, &roles));
                same_name(diags, session, target, prior, planned, private, role);
            }
            None => {
                planned.status = Status::RoleMissing.text();
                diags.add_warning(notices::gone_with_several_heirs(target, &roles, known_arn));
            }
        },
        // Said when the grant was made: nobody can tell, and the state stays as it is.
        Found::Unread(_) => planned.status = Status::Ok.text(),
        Found::One(role) if role.arn.to_string() != known_arn && matches!(target.grantee, Grantee::PermissionSet(_)) => {
            known_role(planned, &role);
            return Some(role);
        }
        Found::One(role) => {
            // A role that moved to another path is recreated, which is told below.
            let is_misnamed = matches!(&target.grantee, Grantee::Principal(named) if named.to_string() != role.arn.to_string());
            if is_misnamed && planned.iam_principal_arn != prior.iam_principal_arn {
                diags.add_warning(notices::role_has_another_path(target, &role));
            }
            same_name(diags, session, target, prior, planned, private, &role);
        }
    }
    None
}

/// The name is the same; the role behind it need not be.
fn same_name(
    diags: &mut Diagnostics,
    session: &Session,
    target: &Target,
    prior: &Model,
    planned: &mut Model,
    private: &Private,
    role: &Role,
) {
    if !is_another(prior, private, role) {
        planned.status = Status::Ok.text();
        return;
    }
    // EKS binds to the id so that whoever makes a role anew does not inherit its access: a person decides, and may have done so.
    let is_accepted = matches!(target.grantee, Grantee::PermissionSet(_)) || private.unbound_for.as_ref() == Some(&role.role_id);
    match kept_for_others(session, prior, private) {
        Some(others) => diags.add_warning(messages::still_to_be_recreated(target, &role.arn.to_string(), &others)),
        None => diags.add_warning(messages::recreated(target, prior, role, is_accepted)),
    }
    match is_accepted {
        true => known_role(planned, role),
        false => planned.status = Status::Stale.text(),
    }
}

/// Whether EKS holds the id of an earlier role. After an import only the role's age tells.
fn is_another(prior: &Model, private: &Private, role: &Role) -> bool {
    // A role keeps its path for as long as it lives.
    if prior.principal_arn.as_deref_option() != Some(&*role.arn.to_string()) {
        return true;
    }
    match prior.role_id.as_deref_option() {
        Some(id) => id != role.role_id,
        None if private.unbound_for.is_some() => true,
        None => role.is_younger_than(private.entry_made_at.as_deref().and_then(Timestamp::parse)) == Some(true),
    }
}
