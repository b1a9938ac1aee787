//! The name of an Identity Center permission set.
//!
//! Follows the Identity Center API Reference (`CreatePermissionSet`, `Name`).

use crate::domain::error::Invalid;
use crate::domain::reserved_name::{is_permission_set, split};
use crate::domain::text::text_type;

/// The name of a permission set: `[\w+=,.@-]+`, 1 to 32 characters.
///
/// No permission set's name is a provisioned role's name: that one has at least
/// 33 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionSetName(String);
text_type!(PermissionSetName);

impl PermissionSetName {
    /// Parses the name of a permission set.
    ///
    /// # Errors
    /// The text is empty, longer than 32 characters or has other characters; an
    /// ARN and the name of a provisioned role get their own messages.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if is_permission_set(text) {
            return Ok(Self(text.to_owned()));
        }
        if let Some((set, _)) = provisioned_role_in(text) {
            return Err(Invalid::new(format!(
                "{text:?} is a role that Identity Center made: give the name of its permission set, {set:?}. The role is found for you, also when its suffix changes."
            )));
        }
        if text.starts_with("arn:") {
            return Err(Invalid::new(format!(
                "{text:?} is an ARN, and this takes the name of a permission set: write the name as Identity Center shows it, or aws_ssoadmin_permission_set.x.name instead of .arn (the name is known when Terraform plans, the ARN may not be)."
            )));
        }
        Err(Invalid::new(format!(
            "{text:?} is not the name of a permission set: expected 1 to 32 letters, digits and _+=,.@- characters, without spaces."
        )))
    }
}

/// The provisioned role that a text names, by its name, its ARN, or a session's: permission set and suffix.
fn provisioned_role_in(text: &str) -> Option<(&str, &str)> {
    text.split('/').find_map(split)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    #[test]
    fn ok_names() {
        let longest = "a".repeat(32);
        for name in ["DeveloperAccess", "a", "Admin_0123456789abcdef", "a+b=c,d.e@f-g", longest.as_str()] {
            assert_eq!(PermissionSetName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn err_names() {
        check_invalid(
            PermissionSetName::parse(""),
            r#""" is not the name of a permission set: expected 1 to 32 letters, digits and _+=,.@- characters, without spaces."#,
        );
        check_invalid(
            PermissionSetName::parse("Developer Access"),
            r#""Developer Access" is not the name of a permission set: expected 1 to 32 letters, digits and _+=,.@- characters, without spaces."#,
        );
        check_invalid(
            PermissionSetName::parse("Développeurs"),
            r#""Développeurs" is not the name of a permission set: expected 1 to 32 letters, digits and _+=,.@- characters, without spaces."#,
        );
        check_invalid(
            PermissionSetName::parse("arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"),
            r#""arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef" is an ARN, and this takes the name of a permission set: write the name as Identity Center shows it, or aws_ssoadmin_permission_set.x.name instead of .arn (the name is known when Terraform plans, the ARN may not be)."#,
        );
        check_invalid(
            PermissionSetName::parse("AWSReservedSSO_Dev_0123456789abcdef"),
            r#""AWSReservedSSO_Dev_0123456789abcdef" is a role that Identity Center made: give the name of its permission set, "Dev". The role is found for you, also when its suffix changes."#,
        );
        check_invalid(
            PermissionSetName::parse("arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef"),
            r#""arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef" is a role that Identity Center made: give the name of its permission set, "Dev". The role is found for you, also when its suffix changes."#,
        );
        assert!(PermissionSetName::parse(&"a".repeat(33)).is_err());
    }
}
