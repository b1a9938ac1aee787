//! Whether the role behind an access entry is there: one look at the roles of each account.

use crate::aws::eks::Timestamp;
use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::domain::arn::{AccessEntryPrincipal, RoleArn};
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use crate::domain::provisioned_role::ProvisionedRoleName;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use tokio::time::Instant;

/// How an access entry and its principal stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// The role is there, and is the one for which the entry was made.
    Ok,
    /// There is no such role: nobody gets in by this entry.
    RoleMissing,
    /// The role was made after the entry: EKS holds an earlier one's id, and nobody gets in.
    Stale,
    /// The roles of its account could not be listed.
    Unknown,
    /// Not a role of Identity Center; nothing was looked up.
    NotSso,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::RoleMissing => "role_missing",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
            Self::NotSso => "not_sso",
        })
    }
}

/// Whom an entry is for, as its ARN tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Principal {
    pub(super) account: Option<AccountId>,
    pub(super) name: Option<String>,
    /// The role of a permission set, and the set's name.
    pub(super) provisioned: Option<(RoleArn, PermissionSetName)>,
}

impl Principal {
    /// Entries of whole accounts or other ARNs that EKS takes have neither account nor name here.
    pub(super) fn parse(arn: &str) -> Self {
        let (account, name, role) = match AccessEntryPrincipal::parse(arn) {
            Ok(AccessEntryPrincipal::Role(role)) => (Some(role.account().clone()), Some(role.name().to_owned()), Some(role)),
            Ok(AccessEntryPrincipal::User(user)) => (Some(user.account().clone()), Some(user.name().to_owned()), None),
            Err(_) => (None, None, None),
        };
        let provisioned = role.and_then(|role| {
            let name = ProvisionedRoleName::parse(role.name()).ok()?;
            Some((role, name.permission_set().clone()))
        });
        Self {
            account,
            name,
            provisioned,
        }
    }
}

/// The roles of Identity Center in the accounts of all entries, asked once for each account.
#[derive(Debug)]
pub(super) struct Roles(BTreeMap<AccountId, Result<Arc<Vec<Role>>, AwsError>>);

impl Roles {
    /// Accounts are few, and those that other resources ask about are answered already.
    pub(super) async fn of(session: &Session, principals: &[Principal]) -> Self {
        let accounts: BTreeSet<_> = principals
            .iter()
            .filter_map(|principal| principal.provisioned.as_ref())
            .map(|(role, _)| role.account().clone())
            .collect();
        let mut roles = BTreeMap::new();
        for account in accounts {
            let found = session.reserved_roles(&account).await;
            roles.insert(account, found);
        }
        Self(roles)
    }

    /// Asks anew in an account where roles seem to be gone. What this run knows of it may be older than a role that the
    /// same apply has made.
    pub(super) async fn ask_again(&mut self, session: &Session, account: &AccountId, since: Instant) {
        let found = session.reserved_roles_since(account, since).await;
        self.0.insert(account.clone(), found);
    }

    /// Accounts whose roles could not be listed, and why.
    pub(super) fn failures(&self) -> impl Iterator<Item = (&AccountId, &AwsError)> {
        self.0.iter().filter_map(|(account, found)| Some((account, found.as_ref().err()?)))
    }

    pub(super) fn status(&self, principal: &Principal, entry_made: Option<Timestamp>) -> Status {
        let Some((arn, _)) = &principal.provisioned else {
            return Status::NotSso;
        };
        let Some(Ok(roles)) = self.0.get(arn.account()) else {
            return Status::Unknown;
        };
        match roles.iter().find(|role| role.arn.is_same_role(arn)) {
            None => Status::RoleMissing,
            Some(role) if role.is_younger_than(entry_made) == Some(true) => Status::Stale,
            Some(_) => Status::Ok,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::ErrorKind;

    const ARN: &str = "arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_0123456789abcdef";

    fn at(second: u8) -> Option<Timestamp> {
        Timestamp::parse(&format!("2026-01-02T03:04:{second:02}Z"))
    }

    fn roles(found: Result<Vec<Role>, AwsError>) -> Roles {
        Roles([(AccountId::parse("222233334444").unwrap(), found.map(Arc::new))].into())
    }

    fn role(created_at: Option<Timestamp>) -> Role {
        let arn = RoleArn::parse(ARN).unwrap();
        Role {
            name: arn.name().to_owned(),
            path: arn.path().to_owned(),
            arn,
            role_id: "AROA".to_owned(),
            created_at,
            assume_role_policy: String::new(),
        }
    }

    #[track_caller]
    fn check(roles: &Roles, arn: &str, expected: Status) {
        assert_eq!(roles.status(&Principal::parse(arn), at(10)), expected);
    }

    #[test]
    fn status_of_an_entry() {
        check(&roles(Ok(vec![role(at(9))])), ARN, Status::Ok);
        check(&roles(Ok(vec![role(None)])), ARN, Status::Ok);
        // IAM gives whole seconds, and the clocks differ a little.
        check(&roles(Ok(vec![role(at(15))])), ARN, Status::Ok);
        check(&roles(Ok(vec![role(at(16))])), ARN, Status::Stale);
        check(&roles(Ok(Vec::new())), ARN, Status::RoleMissing);
        check(&roles(Ok(Vec::new())), "arn:aws:iam::222233334444:role/Deployer", Status::NotSso);
        check(&roles(Ok(Vec::new())), "arn:aws:iam::222233334444:root", Status::NotSso);
    }

    #[test]
    fn role_that_could_not_be_looked_up_is_not_missing() {
        let denied = AwsError::local("IAM", "ListRoles", ErrorKind::AccessDenied, "no");
        check(&roles(Err(denied)), ARN, Status::Unknown);
        check(&Roles(BTreeMap::new()), ARN, Status::Unknown);
    }
}
