//! Whether the role behind a way in is there: one look at Identity Center's roles of each account, and where it is wanted one
//! at each other role.

use crate::aws::eks::Timestamp;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::domain::arn::{AccessEntryPrincipal, RoleArn};
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use crate::domain::provisioned_role::{ProvisionedRoleName, is_reserved_in_other_letters};
use crate::trust_policy;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use tokio::time::Instant;

/// How an access entry, or a row of aws-auth, and its principal stand to each other.
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
    /// Not a role of Identity Center, and not known to be gone.
    NotSso,
    /// A row of aws-auth in whose place an access entry or another row holds.
    Overridden,
    /// A row of aws-auth whose ARN is nobody's.
    NoEffect,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::RoleMissing => "role_missing",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
            Self::NotSso => "not_sso",
            Self::Overridden => "overridden",
            Self::NoEffect => "no_effect",
        })
    }
}

/// Whom an entry is for, as its ARN tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Principal {
    pub(super) account: Option<AccountId>,
    pub(super) name: Option<String>,
    /// The role, whoever made it.
    pub(super) role: Option<RoleArn>,
    /// The role of a permission set, and the set's name.
    pub(super) provisioned: Option<(RoleArn, PermissionSetName)>,
}

impl Principal {
    /// Entries of whole accounts or other ARNs that EKS takes have neither account nor name here.
    pub(super) fn parse(arn: &str) -> Self {
        Self::of(AccessEntryPrincipal::parse(arn).ok())
    }

    pub(super) fn of(principal: Option<AccessEntryPrincipal>) -> Self {
        let (account, name, role) = match principal {
            Some(AccessEntryPrincipal::Role(role)) => (Some(role.account().clone()), Some(role.name().to_owned()), Some(role)),
            Some(AccessEntryPrincipal::User(user)) => (Some(user.account().clone()), Some(user.name().to_owned()), None),
            None => (None, None, None),
        };
        let provisioned = role.clone().and_then(|role| {
            let name = ProvisionedRoleName::parse(role.name()).ok()?;
            Some((role, name.permission_set().clone()))
        });
        Self {
            account,
            name,
            role,
            provisioned,
        }
    }

    /// The role, if it is Identity Center's, also by a name in other letters.
    fn reserved_role(&self) -> Option<&RoleArn> {
        let is_reserved = |role: &&RoleArn| self.provisioned.is_some() || is_reserved_in_other_letters(role.name());
        self.role.as_ref().filter(is_reserved)
    }

    /// The role, if it is to be looked up by its name: those of Identity Center are listed, and others are AWS's own.
    fn other_role(&self) -> Option<&RoleArn> {
        let role = self.role.as_ref().filter(|role| !role.is_service_linked());
        role.filter(|_| self.reserved_role().is_none())
    }
}

/// Whom to look up, and since when there is an access entry for them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sought<'a> {
    pub(super) principal: &'a Principal,
    pub(super) entry_made: Option<Timestamp>,
    /// Whether a role that is not Identity Center's is looked up, too.
    pub(super) whatever_role: bool,
}

/// The roles of Identity Center in the accounts of all principals, asked once for each account, and those others that were
/// looked up by name.
#[derive(Debug, Default)]
pub(super) struct Roles {
    reserved: BTreeMap<AccountId, Result<Arc<Vec<Role>>, AwsError>>,
    others: BTreeMap<RoleArn, Option<Role>>,
    /// Accounts in which a role could not be looked up.
    unread: BTreeMap<AccountId, AwsError>,
}

impl Roles {
    /// The roles that this run knows, and where one is not among them, those of now: what this run knows may be older than a
    /// role that the same apply has made. Accounts are few.
    pub(super) async fn look_up(session: &Session, sought: &[Sought<'_>]) -> Self {
        let since = Instant::now();
        let mut roles = Self::default();
        for Sought { principal, .. } in sought {
            if let Some(role) = principal.reserved_role()
                && !roles.reserved.contains_key(role.account())
            {
                let found = session.reserved_roles(role.account()).await;
                roles.reserved.insert(role.account().clone(), found);
            }
        }
        for Sought { principal, .. } in sought.iter().filter(|sought| sought.whatever_role) {
            if let Some(role) = principal.other_role() {
                roles.read(role, session.role(role.account(), role.name())).await;
            }
        }
        for sought in sought {
            if let Status::RoleMissing | Status::Stale = roles.status(sought.principal, sought.entry_made) {
                roles.ask_again(session, sought.principal, since).await;
            }
        }
        roles
    }

    async fn ask_again(&mut self, session: &Session, principal: &Principal, since: Instant) {
        if let Some((role, _)) = &principal.provisioned {
            let found = session.reserved_roles_since(role.account(), since).await;
            self.reserved.insert(role.account().clone(), found);
        } else if let Some(role) = principal.other_role() {
            self.others.remove(role);
            self.read(role, session.role_since(role.account(), role.name(), since)).await;
        }
    }

    /// After a failure nothing more is asked in that account.
    async fn read(&mut self, role: &RoleArn, question: impl Future<Output = Result<Option<Role>, AwsError>>) {
        if self.others.contains_key(role) || self.unread.contains_key(role.account()) {
            return;
        }
        match question.await {
            Ok(found) => drop(self.others.insert(role.clone(), found)),
            // This role alone: it is service-linked, which a row does not tell.
            Err(error) if error.kind == ErrorKind::InvalidParameter => {}
            Err(error) => drop(self.unread.insert(role.account().clone(), error)),
        }
    }

    /// The principal as IAM writes it, where it is one of Identity Center's roles in other letters.
    pub(super) fn in_letters_of_iam(&self, principal: Principal) -> Principal {
        let odd = principal.reserved_role().filter(|_| principal.provisioned.is_none());
        let found = odd.and_then(|odd| {
            let roles = self.reserved.get(odd.account())?.as_ref().ok()?;
            roles.iter().find(|role| role.arn.is_same_role(odd))
        });
        match found {
            Some(role) => Principal::of(Some(AccessEntryPrincipal::Role(role.arn.clone()))),
            None => principal,
        }
    }

    /// Accounts whose roles could not be listed, and why.
    pub(super) fn unlisted(&self) -> impl Iterator<Item = (&AccountId, &AwsError)> {
        self.reserved
            .iter()
            .filter_map(|(account, found)| Some((account, found.as_ref().err()?)))
    }

    /// Accounts where a role could not be looked up by its name, and why.
    pub(super) fn unread(&self) -> impl Iterator<Item = (&AccountId, &AwsError)> {
        self.unread.iter()
    }

    pub(super) fn status(&self, principal: &Principal, entry_made: Option<Timestamp>) -> Status {
        let judged = |role: Option<&Role>, if_there| match role {
            None => Status::RoleMissing,
            Some(role) if role.is_younger_than(entry_made) == Some(true) => Status::Stale,
            Some(_) => if_there,
        };
        match (&principal.provisioned, &principal.role) {
            (Some((arn, _)), _) => match self.reserved.get(arn.account()) {
                Some(Ok(roles)) => judged(roles.iter().find(|role| role.arn.is_same_role(arn)), Status::Ok),
                Some(Err(_)) | None => Status::Unknown,
            },
            (None, Some(arn)) => match self.others.get(arn) {
                Some(found) => judged(found.as_ref(), Status::NotSso),
                None => Status::NotSso,
            },
            (None, None) => Status::NotSso,
        }
    }

    /// Whom an ordinary role trusts; `None` where it was not looked up.
    pub(super) fn trust(&self, principal: &Principal) -> Option<BTreeSet<String>> {
        let role = self.others.get(principal.other_role()?)?.as_ref()?;
        trust_policy::summary(&role.assume_role_policy)
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
        Roles {
            reserved: [(AccountId::parse("222233334444").unwrap(), found.map(Arc::new))].into(),
            ..Roles::default()
        }
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
    fn ordinary_role_is_judged_where_it_was_looked_up() {
        const OTHER: &str = "arn:aws:iam::222233334444:role/ops/Deployer";
        let looked_up = |found: Option<Role>| Roles {
            others: [(RoleArn::parse(OTHER).unwrap(), found)].into(),
            ..Roles::default()
        };
        check(&looked_up(Some(role(at(9)))), OTHER, Status::NotSso);
        check(&looked_up(Some(role(at(16)))), OTHER, Status::Stale);
        check(&looked_up(None), OTHER, Status::RoleMissing);
        check(&Roles::default(), OTHER, Status::NotSso);
    }

    #[test]
    fn role_that_could_not_be_looked_up_is_not_missing() {
        let denied = AwsError::local("IAM", "ListRoles", ErrorKind::AccessDenied, "no");
        check(&roles(Err(denied)), ARN, Status::Unknown);
        check(&Roles::default(), ARN, Status::Unknown);
    }
}
