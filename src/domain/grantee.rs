//! Who gets into a cluster by one grant.

use crate::domain::arn::{AccessEntryPrincipal, RoleArn};
use crate::domain::error::Invalid;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::provisioned_role::{ProvisionedRoleName, is_reserved};
use crate::domain::role_name::{RoleName, validate_is_of_people};
use std::fmt;

/// Whose people get in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grantee {
    /// The people of a permission set.
    PermissionSet(PermissionSetName),
    /// Whoever may assume a role that is not Identity Center's, by its name.
    Role(RoleName),
    /// An IAM user, or whoever may assume a role, by the ARN: where the role cannot be looked up.
    Principal(AccessEntryPrincipal),
}

impl Grantee {
    /// The permission set's name, the role's, or the user's.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::PermissionSet(name) => name.as_str(),
            Self::Role(name) => name.as_str(),
            Self::Principal(principal) => principal.name(),
        }
    }

    /// A grantee by the ARN of an IAM role or user.
    ///
    /// # Errors
    /// The text is not such an ARN, or that of a role which only AWS hands out: Identity Center's, whose permission set is to
    /// be named instead, or a service-linked one.
    pub fn parse_principal(text: &str) -> Result<Self, Invalid> {
        let principal = AccessEntryPrincipal::parse(text)?;
        if let Some(role) = principal.role() {
            if is_reserved(role.name()) {
                return Err(reserved(role));
            }
            validate_is_of_people(role.name())?;
            RoleArn::parse(text)?;
        }
        Ok(Self::Principal(principal))
    }
}

/// Its suffix changes, so the ARN would be that of nobody one day.
fn reserved(role: &RoleArn) -> Invalid {
    let set = match ProvisionedRoleName::parse(role.name()) {
        Ok(provisioned) => format!("permission_set_name = \"{}\"", provisioned.permission_set()),
        Err(_) => "permission_set_name, with the name of the permission set,".to_owned(),
    };
    Invalid::new(format!(
        "\"{role}\" is a role that Identity Center made, and its suffix changes when the permission set is provisioned again: use {set} instead of iam_principal_arn and, unless the cluster is in the same account, role_account_id = \"{}\".",
        role.account()
    ))
}

/// As an import id names it: `DeveloperAccess`, `role/OktaAdmin`, `arn:aws:iam::222233334444:user/jane`.
impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PermissionSet(name) => write!(f, "{name}"),
            Self::Role(name) => write!(f, "role/{name}"),
            Self::Principal(principal) => write!(f, "{principal}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    #[test]
    fn a_role_is_told_from_a_permission_set_of_the_same_name() {
        let set = Grantee::PermissionSet(PermissionSetName::parse("Dev").unwrap());
        let role = Grantee::Role(RoleName::parse("Dev").unwrap());
        assert_eq!((set.name(), set.to_string().as_str()), ("Dev", "Dev"));
        assert_eq!((role.name(), role.to_string().as_str()), ("Dev", "role/Dev"));
    }

    #[test]
    fn ok_principals() {
        for (arn, name) in [
            ("arn:aws:iam::222233334444:role/ops/Deployer", "Deployer"),
            ("arn:aws-cn:iam::222233334444:user/jane", "jane"),
        ] {
            let grantee = Grantee::parse_principal(arn).unwrap();
            assert_eq!((grantee.name(), grantee.to_string().as_str()), (name, arn));
        }
    }

    #[test]
    fn err_principals() {
        let check = |arn: &str, expected: &str| check_invalid(Grantee::parse_principal(arn), expected);
        check(
            "jane",
            r#""jane" is not the ARN of an IAM role or user: expected arn:<partition>:iam::<account id>:role/<path and name> or arn:<partition>:iam::<account id>:user/<path and name>, for example arn:aws:iam::222233334444:role/ops/Deployer."#,
        );
        check(
            "arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef",
            r#""arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef" is a role that Identity Center made, and its suffix changes when the permission set is provisioned again: use permission_set_name = "Dev" instead of iam_principal_arn and, unless the cluster is in the same account, role_account_id = "222233334444"."#,
        );
        check(
            "arn:aws:iam::222233334444:role/AWSReservedSSO_Dev",
            r#""arn:aws:iam::222233334444:role/AWSReservedSSO_Dev" is a role that Identity Center made, and its suffix changes when the permission set is provisioned again: use permission_set_name, with the name of the permission set, instead of iam_principal_arn and, unless the cluster is in the same account, role_account_id = "222233334444"."#,
        );
        check(
            "arn:aws:iam::222233334444:role/aws-service-role/eks.amazonaws.com/Other",
            r#""arn:aws:iam::222233334444:role/aws-service-role/eks.amazonaws.com/Other" is a service-linked role, whose access entries only AWS may change: give the ARN of a role of your own."#,
        );
    }
}
