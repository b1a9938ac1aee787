//! Who gets into a cluster by one grant.

use crate::domain::permission_set::PermissionSetName;
use crate::domain::role_name::RoleName;
use std::fmt;

/// Whose people get in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grantee {
    /// The people of a permission set.
    PermissionSet(PermissionSetName),
    /// Whoever may assume a role that is not Identity Center's.
    Role(RoleName),
}

impl Grantee {
    /// The permission set's name, or the role's.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::PermissionSet(name) => name.as_str(),
            Self::Role(name) => name.as_str(),
        }
    }
}

/// As an import id names it: `DeveloperAccess`, `role/OktaAdmin`.
impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PermissionSet(name) => write!(f, "{name}"),
            Self::Role(name) => write!(f, "role/{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_told_from_a_permission_set_of_the_same_name() {
        let set = Grantee::PermissionSet(PermissionSetName::parse("Dev").unwrap());
        let role = Grantee::Role(RoleName::parse("Dev").unwrap());
        assert_eq!((set.name(), set.to_string().as_str()), ("Dev", "Dev"));
        assert_eq!((role.name(), role.to_string().as_str()), ("Dev", "role/Dev"));
    }
}
