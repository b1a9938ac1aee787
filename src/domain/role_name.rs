//! The name of an IAM role through which people come in without Identity Center:
//! one federated from another identity provider, or a break-glass role.
//!
//! Follows the IAM API Reference (`CreateRole`, `RoleName`).

use crate::domain::arn::RoleArn;
use crate::domain::arn_parts::ArnParts;
use crate::domain::error::Invalid;
use crate::domain::provisioned_role::{ProvisionedRoleName, is_reserved};
use crate::domain::text::{is_iam_name, text_type};

/// The name of an IAM role: `[\w+=,.@-]+`, 1 to 64 characters, and not one of
/// Identity Center's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(String);
text_type!(RoleName);

/// The most characters that a role's name has.
const MAX_NAME: usize = 64;

impl RoleName {
    /// Parses the name of a role.
    ///
    /// # Errors
    /// The text is empty, longer than 64 characters or has other characters. An
    /// ARN, a name with its path, and a name that begins `AWSReservedSSO_` get
    /// their own messages.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if is_reserved(text) {
            return Err(reserved(text));
        }
        if is_iam_name(text, MAX_NAME) {
            return Ok(Self(text.to_owned()));
        }
        if text.starts_with("arn:") {
            return Err(arn(text));
        }
        match text.rsplit_once('/') {
            Some((_, name)) if is_reserved(name) => Err(reserved(name)),
            Some((_, name)) if is_iam_name(name, MAX_NAME) => Err(Invalid::new(format!(
                "{text:?} is a role's name with its path: give the name alone, {name:?}. The path is found for you."
            ))),
            _ => Err(Invalid::new(format!(
                "{text:?} is not the name of an IAM role: expected 1 to 64 letters, digits and _+=,.@- characters, without the role's path."
            ))),
        }
    }
}

/// How the names of service-linked roles begin.
pub const SERVICE_LINKED: &str = "AWSServiceRoleFor";

/// Checks that a grant for people names no service-linked role.
///
/// # Errors
/// The name begins like one.
pub fn validate_is_of_people(name: &str) -> Result<(), Invalid> {
    match name.starts_with(SERVICE_LINKED) {
        true => Err(Invalid::new(format!(
            "{name:?} is a service-linked role, by which a service of AWS comes in and no people. Only that service can give it an access entry: its documentation says how it gets into clusters (for example Amazon EMR: https://docs.aws.amazon.com/emr/latest/EMR-on-EKS-DevelopmentGuide/setting-up-cluster-access.html). Remove this grant; where the service needs a row of aws-auth, leave that row as it is."
        ))),
        false => Ok(()),
    }
}

fn reserved(text: &str) -> Invalid {
    match ProvisionedRoleName::parse(text) {
        Ok(role) => Invalid::new(format!(
            "{text:?} is a role that Identity Center made, and its suffix changes when the permission set is provisioned again: use permission_set_name = \"{}\" instead of role_name.",
            role.permission_set()
        )),
        Err(_) => Invalid::new(format!(
            "{text:?} begins like the roles that Identity Center makes for its permission sets: use permission_set_name, with the name of the permission set, instead of role_name."
        )),
    }
}

/// What to write instead of an ARN: for a role's own ARN or a session's, its name
/// and its account.
fn arn(text: &str) -> Invalid {
    let role = match ArnParts::split(text) {
        Some(arn) if arn.service == "sts" => {
            let name = arn.resource.split('/').nth(1).unwrap_or_default();
            RoleArn::parse(&format!("arn:{}:iam::{}:role/{name}", arn.partition, arn.account))
        }
        _ => RoleArn::parse(text),
    };
    match role {
        Ok(role) if is_reserved(role.name()) => reserved(role.name()),
        Ok(role) => Invalid::new(format!(
            "{text:?} is an ARN, and this takes a role's name: write role_name = \"{}\" and, unless the cluster is in the same account, role_account_id = \"{}\". The path is found for you.",
            role.name(),
            role.account()
        )),
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    #[test]
    fn ok_names() {
        let longest = "a".repeat(64);
        for name in ["okta-developers", "Break_Glass", "a+b=c,d.e@f-g", longest.as_str()] {
            assert_eq!(RoleName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn err_names() {
        check_invalid(
            RoleName::parse(""),
            r#""" is not the name of an IAM role: expected 1 to 64 letters, digits and _+=,.@- characters, without the role's path."#,
        );
        check_invalid(
            RoleName::parse("break glass"),
            r#""break glass" is not the name of an IAM role: expected 1 to 64 letters, digits and _+=,.@- characters, without the role's path."#,
        );
        check_invalid(
            RoleName::parse("/ops/Deployer"),
            r#""/ops/Deployer" is a role's name with its path: give the name alone, "Deployer". The path is found for you."#,
        );
        check_invalid(
            RoleName::parse("AWSReservedSSO_Dev_0123456789abcdef"),
            r#""AWSReservedSSO_Dev_0123456789abcdef" is a role that Identity Center made, and its suffix changes when the permission set is provisioned again: use permission_set_name = "Dev" instead of role_name."#,
        );
        check_invalid(
            RoleName::parse("ops/break glass"),
            r#""ops/break glass" is not the name of an IAM role: expected 1 to 64 letters, digits and _+=,.@- characters, without the role's path."#,
        );
        check_invalid(
            RoleName::parse("aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef"),
            r#""AWSReservedSSO_Dev_0123456789abcdef" is a role that Identity Center made, and its suffix changes when the permission set is provisioned again: use permission_set_name = "Dev" instead of role_name."#,
        );
        check_invalid(
            RoleName::parse("AWSReservedSSO_Dev"),
            r#""AWSReservedSSO_Dev" begins like the roles that Identity Center makes for its permission sets: use permission_set_name, with the name of the permission set, instead of role_name."#,
        );
        check_invalid(
            RoleName::parse("arn:aws:iam::222233334444:role/ops/Deployer"),
            r#""arn:aws:iam::222233334444:role/ops/Deployer" is an ARN, and this takes a role's name: write role_name = "Deployer" and, unless the cluster is in the same account, role_account_id = "222233334444". The path is found for you."#,
        );
        check_invalid(
            RoleName::parse("arn:aws:sts::222233334444:assumed-role/Deployer/ann"),
            r#""arn:aws:sts::222233334444:assumed-role/Deployer/ann" is an ARN, and this takes a role's name: write role_name = "Deployer" and, unless the cluster is in the same account, role_account_id = "222233334444". The path is found for you."#,
        );
        check_invalid(
            RoleName::parse("arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef"),
            r#""AWSReservedSSO_Dev_0123456789abcdef" is a role that Identity Center made, and its suffix changes when the permission set is provisioned again: use permission_set_name = "Dev" instead of role_name."#,
        );
        check_invalid(
            RoleName::parse("arn:aws:iam::222233334444:user/ann"),
            r#""arn:aws:iam::222233334444:user/ann" is the ARN of the IAM user "ann": expected the ARN of an IAM role, arn:<partition>:iam::<account id>:role/<path and name>."#,
        );
        assert!(RoleName::parse(&"a".repeat(65)).is_err());
    }
}
