//! The role behind a grant: finding it, waiting for it, and making sure that it is still the one that a plan saw.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::iam::Role;
use crate::aws::retry::{Look, poll_until, recently};
use crate::aws::session::Session;
use crate::domain::arn::{AccessEntryPrincipal, RoleArn};
use crate::domain::grantee::Grantee;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use crate::domain::provisioned_role::ProvisionedRoleName;
use crate::resources::sso_grant::role_waits::Waits;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::TextMap;
use crate::role_problems::sets_of;
use std::collections::BTreeSet;
use tokio::time::Instant;
use tracing::Instrument;

/// What a look-up gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// The role.
    One(Box<Role>),
    /// No role; the names of the permission sets that have one in the account.
    None { here: BTreeSet<String> },
    /// Left-overs of another Identity Center instance, perhaps: nobody can tell which is meant.
    Many(Vec<Role>),
    /// An IAM user, or a role by its ARN that may not be looked up (the error says why): the ARN alone counts.
    Unread(Option<Box<AwsError>>),
}

impl Found {
    fn none() -> Self {
        Self::None { here: BTreeSet::new() }
    }

    /// The role, if there is exactly one.
    pub(crate) fn one(&self) -> Option<&Role> {
        match self {
            Self::One(role) => Some(role),
            Self::None { .. } | Self::Many(_) | Self::Unread(_) => None,
        }
    }
}

/// How recent an answer about the role has to be. Triggers name what may change a role in the middle of an apply, in which
/// Terraform plans once more: what another grant was told before they changed must not be used.
pub(crate) fn asked_since(triggers: &TextMap, before: Option<&TextMap>) -> Option<Instant> {
    let is_triggered = !triggers.is_null() && before.is_none_or(|before| before != triggers);
    is_triggered.then(Instant::now)
}

/// The role that the people of a permission set have by now, if it is another than that of the ARN (with its path or without).
pub(crate) async fn new_role(session: &Session, target: &Target, known_arn: &str) -> Result<Option<RoleArn>, AwsError> {
    let Grantee::PermissionSet(_) = &target.grantee else {
        return Ok(None);
    };
    let known = known_arn.rsplit('/').next();
    Ok(match find_role(session, target, None).await? {
        Found::One(role) if known != Some(&*role.name) => Some(role.arn),
        _ => None,
    })
}

/// Looks for the role in what this run already knows of the account; with `since`, in what AWS said no earlier.
pub(crate) async fn find_role(session: &Session, target: &Target, since: Option<Instant>) -> Result<Found, AwsError> {
    let account = &target.role_account;
    match &target.grantee {
        Grantee::PermissionSet(name) => {
            let roles = match since {
                Some(since) => session.reserved_roles_since(account, since).await?,
                None => session.reserved_roles(account).await?,
            };
            Ok(matching(&roles, name))
        }
        Grantee::Role(name) => named_role(session, account, name.as_str(), since).await,
        Grantee::Principal(AccessEntryPrincipal::User(_)) => Ok(Found::Unread(None)),
        Grantee::Principal(AccessEntryPrincipal::Role(role)) => match named_role(session, account, role.name(), since).await {
            Err(error) if is_not_permitted(&error) => Ok(Found::Unread(Some(Box::new(error)))),
            answer => answer,
        },
    }
}

async fn named_role(session: &Session, account: &AccountId, name: &str, since: Option<Instant>) -> Result<Found, AwsError> {
    let role = match since {
        Some(since) => session.role_since(account, name, since).await?,
        None => session.role(account, name).await?,
    };
    Ok(role.map_or_else(Found::none, |role| Found::One(Box::new(role))))
}

/// Whether an account is none of ours to read. That it could not be asked is another matter.
pub(crate) fn is_not_permitted(error: &AwsError) -> bool {
    matches!(
        error.kind,
        ErrorKind::AccessDenied | ErrorKind::CannotAssume | ErrorKind::AccountNotAllowed | ErrorKind::NoWayToAccount
    )
}

/// The roles of exactly this permission set.
fn matching(roles: &[Role], name: &PermissionSetName) -> Found {
    let provisioned = |role: &Role| ProvisionedRoleName::parse(&role.name).ok();
    let mut exact: Vec<_> = roles
        .iter()
        .filter(|role| provisioned(role).is_some_and(|p| p.permission_set() == name))
        .cloned()
        .collect();
    match exact.len() {
        0 => Found::None { here: sets_of(roles) },
        1 => Found::One(Box::new(exact.remove(0))),
        _ => Found::Many(exact),
    }
}

/// Waits until there is a role, as far as the deadline allows, and gives what was there last.
///
/// Grants of one account that wait at the same time share the answers.
pub(crate) async fn wait_for_role(session: &Session, waits: &Waits, target: &Target, until: Instant) -> Result<Found, AwsError> {
    let started = Instant::now();
    let first = match find_role(session, target, Some(started)).await {
        Err(error) if error.may_pass() => Found::none(),
        answer => answer?,
    };
    if !matches!(first, Found::None { .. }) {
        return Ok(first);
    }
    let waited = poll_until(waits.deadline(target, until), "the role", || async {
        Ok(match find_role(session, target, Some(recently().max(started))).await? {
            Found::None { .. } => Look::NotYet("it does not exist in this account yet".to_owned()),
            found => Look::Done(found),
        })
    });
    let waiting = tracing::info_span!("wait", grantee = %target.grantee, account = %target.role_account);
    match waited.instrument(waiting).await? {
        Look::Done(found) => {
            waits.is_over(target);
            Ok(found)
        }
        Look::NotYet(_) => Ok(first),
    }
}

/// The role by name, as AWS had it no earlier than `since`, so that a write never goes to a role that a plan did not see.
///
/// Where GetRole is denied the roles of the account are listed instead.
pub(crate) async fn read_role(session: &Session, account: &AccountId, arn: &RoleArn, since: Instant) -> Result<Option<Role>, AwsError> {
    match session.role_since(account, arn.name(), since).await {
        Err(error) if error.kind == ErrorKind::AccessDenied && ProvisionedRoleName::parse(arn.name()).is_ok() => {
            let roles = session.reserved_roles_since(account, since).await?;
            Ok(roles.iter().find(|role| role.name == arn.name()).cloned())
        }
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> Role {
        let path = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
        Role {
            arn: RoleArn::parse(&format!("arn:aws:iam::111122223333:role{path}{name}")).unwrap(),
            name: name.to_owned(),
            path: path.to_owned(),
            role_id: "AROA".to_owned(),
            created_at: None,
            assume_role_policy: String::new(),
        }
    }

    #[track_caller]
    fn check(set: &str, roles: &[&str], expected: &[&str]) {
        let roles: Vec<_> = roles.iter().map(|name| role(name)).collect();
        let found = match matching(&roles, &PermissionSetName::parse(set).unwrap()) {
            Found::One(role) => vec![role.name.clone()],
            Found::None { here } => here.into_iter().collect(),
            Found::Many(roles) => roles.into_iter().map(|role| role.name).collect(),
            Found::Unread(_) => unreachable!("a set's role is looked up"),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn role_is_matched_by_the_whole_name_of_the_set() {
        let (admin, prod) = (
            "AWSReservedSSO_Admin_0123456789abcdef",
            "AWSReservedSSO_Admin_Prod_0123456789abcdef",
        );
        check("Admin", &[prod, admin], &[admin]);
        check("Admin_Prod", &[admin, prod], &[prod]);
        check(
            "a.b",
            &["AWSReservedSSO_aXb_0123456789abcdef", "AWSReservedSSO_a.b_0123456789abcdef"],
            &["AWSReservedSSO_a.b_0123456789abcdef"],
        );
    }

    #[test]
    fn two_roles_of_one_set_are_ambiguous() {
        let (one, two) = ("AWSReservedSSO_Dev_0123456789abcdef", "AWSReservedSSO_Dev_fedcba9876543210");
        check("Dev", &[one, two], &[one, two]);
    }

    #[test]
    fn missing_role_tells_the_sets_that_have_one() {
        check(
            "DevelopersAccess",
            &[
                "AWSReservedSSO_DeveloperAccess_0123456789abcdef",
                "AWSReservedSSO_SRE_0123456789abcdef",
            ],
            &["DeveloperAccess", "SRE"],
        );
    }
}
