//! Which of a cluster's access entries somebody wants.
//!
//! A role's name is unique in its account, whatever its path. So a role counts as named with its path or without: who writes
//! an ARN without its path must not lose the entry because of that.

use crate::domain::arn::{AccessEntryPrincipal, RoleArn};
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::{AccountId, Partition};
use crate::domain::principal_pattern::PrincipalPattern;
use crate::domain::provisioned_role::ProvisionedRoleName;
use std::collections::{BTreeSet, HashSet};

/// Path of the roles that AWS's consoles make for a service. That of service-linked roles is [`RoleArn::is_service_linked`]'s.
const SERVICE_ROLES: &str = "/service-role/";

/// The entries that a configuration names or ignores, and those of AWS's own roles.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    named: HashSet<Identity>,
    ignored: Vec<PrincipalPattern>,
    sets: HashSet<(AccountId, PermissionSetName)>,
}

/// Who a principal is, however its ARN is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Identity {
    Role(Partition, AccountId, String),
    User(Partition, AccountId, String),
    /// What EKS takes besides, a whole account for one.
    Other(String),
}

impl Identity {
    fn of(principal_arn: &str) -> Self {
        match AccessEntryPrincipal::parse(principal_arn) {
            Ok(AccessEntryPrincipal::Role(role)) => {
                Self::Role(role.partition().clone(), role.account().clone(), role.name().to_ascii_lowercase())
            }
            Ok(AccessEntryPrincipal::User(user)) => {
                Self::User(user.partition().clone(), user.account().clone(), user.name().to_ascii_lowercase())
            }
            Err(_) => Self::Other(principal_arn.to_owned()),
        }
    }
}

impl Expected {
    /// What these name and ignore.
    #[must_use]
    pub fn new(named: &BTreeSet<String>, ignored: Vec<PrincipalPattern>) -> Self {
        Self {
            named: named.iter().map(|arn| Identity::of(arn)).collect(),
            ignored,
            sets: named.iter().filter_map(|arn| permission_set(arn)).collect(),
        }
    }

    /// Whether an entry for this principal is nobody's business here.
    #[must_use]
    pub fn expects(&self, principal_arn: &str) -> bool {
        self.named.contains(&Identity::of(principal_arn))
            || self.ignored.iter().any(|pattern| pattern.matches(principal_arn))
            || is_of_aws(principal_arn)
    }

    /// Whether this is another role of a permission set of which one is named: the entry that the grant of that set is about to
    /// leave.
    #[must_use]
    pub fn names_another_role_of_its_set(&self, principal_arn: &str) -> bool {
        let is_named = self.named.contains(&Identity::of(principal_arn));
        permission_set(principal_arn).is_some_and(|set| !is_named && self.sets.contains(&set))
    }
}

/// The account and the permission set of a role of Identity Center.
fn permission_set(principal_arn: &str) -> Option<(AccountId, PermissionSetName)> {
    let role = RoleArn::parse(principal_arn).ok()?;
    let name = ProvisionedRoleName::parse(role.name()).ok()?;
    Some((role.account().clone(), name.permission_set().clone()))
}

/// Whether it is a role of a service of AWS, by which no people come in.
fn is_of_aws(principal_arn: &str) -> bool {
    match AccessEntryPrincipal::parse(principal_arn) {
        Ok(AccessEntryPrincipal::Role(role)) => role.is_service_linked() || role.path().starts_with(SERVICE_ROLES),
        Ok(AccessEntryPrincipal::User(_)) | Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_0123456789abcdef";
    const NEW: &str = "arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_fedcba9876543210";

    fn expected(named: &[&str], ignored: &[&str]) -> Expected {
        let ignored = ignored.iter().map(|text| PrincipalPattern::parse(text).unwrap()).collect();
        Expected::new(&named.iter().map(|&arn| arn.to_owned()).collect(), ignored)
    }

    #[test]
    fn expected_entries() {
        #[track_caller]
        fn check(principal: &str, is_expected: bool) {
            let expected = expected(
                &[
                    NEW,
                    "arn:aws:iam::222233334444:role/Bare",
                    "arn:aws:iam::222233334444:role/ops/Deployer",
                    "arn:aws:iam::222233334444:user/ann",
                ],
                &["arn:aws:iam::*:role/nodes/*"],
            );
            assert_eq!(expected.expects(principal), is_expected, "{principal}");
        }
        check(NEW, true);
        check(OLD, false);
        // With the path or without, in any case of letters: a role of another path or case cannot be another role.
        check("arn:aws:iam::222233334444:role/teams/a/Bare", true);
        check("arn:aws:iam::222233334444:role/Deployer", true);
        check("arn:aws:iam::222233334444:role/ops/deployer", true);
        check("arn:aws:iam::222233334444:role/ops/Deployer2", false);
        check("arn:aws:iam::111122223333:role/ops/Deployer", false);
        check("arn:aws-cn:iam::222233334444:role/ops/Deployer", false);
        check("arn:aws:iam::222233334444:user/people/ann", true);
        check("arn:aws:iam::222233334444:role/ann", false);
        check("arn:aws:iam::222233334444:user/Bare", false);
        check("arn:aws:iam::999900001111:role/nodes/a", true);
        check("arn:aws:iam::222233334444:root", false);
        // AWS's own.
        check(
            "arn:aws:iam::222233334444:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch",
            true,
        );
        check("arn:aws:iam::222233334444:role/service-role/AmazonEKSAutoNodeRole", true);
        check("arn:aws:iam::222233334444:role/my-service-role/x", false);
        check("arn:aws:iam::222233334444:user/service-role/x", false);
    }

    #[test]
    fn what_is_neither_role_nor_user_is_named_by_its_text() {
        let expected = expected(&["arn:aws:iam::222233334444:root"], &[]);
        assert!(expected.expects("arn:aws:iam::222233334444:root"));
        assert!(!expected.expects("arn:aws:iam::111122223333:root"));
    }

    #[test]
    fn earlier_role_of_a_named_permission_set() {
        #[track_caller]
        fn check(named: &[&str], principal: &str, is_left: bool) {
            assert_eq!(
                expected(named, &[]).names_another_role_of_its_set(principal),
                is_left,
                "{principal}"
            );
        }
        check(&[NEW], OLD, true);
        check(&[NEW], NEW, false);
        check(&[NEW, OLD], OLD, false);
        check(&[], OLD, false);
        check(&[NEW], &OLD.replace("222233334444", "111122223333"), false);
        check(&[NEW], &OLD.replace("SSO_Dev_", "SSO_Devs_"), false);
        check(&["arn:aws:iam::222233334444:role/Deployer"], OLD, false);
        // Named without its path, it is the same set.
        check(&["arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_fedcba9876543210"], OLD, true);
    }
}
