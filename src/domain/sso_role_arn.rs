//! What the ARN of a role of Identity Center says, in any of the forms in which people meet it.
//!
//! An access entry and IAM show the role's ARN with its path, aws-auth has it without, and whoever came in through the
//! role is shown as a session of it.

use crate::domain::arn::RoleArn;
use crate::domain::arn_parts::ArnParts;
use crate::domain::error::Invalid;
use crate::domain::place::Region;
use crate::domain::provisioned_role::{ProvisionedRoleName, ReservedPath, identity_center_region};

/// The ARN of a provisioned role, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsoRoleArn {
    /// The role. Its path is `/` where the text had none.
    pub role: RoleArn,
    /// Its name.
    pub name: ProvisionedRoleName,
    /// Identity Center's home region, which only the path tells.
    pub identity_center_region: Option<Region>,
}

const EXPECTED: &str = "expected arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_DeveloperAccess_0123456789abcdef, the same without the path, or arn:aws:sts::222233334444:assumed-role/AWSReservedSSO_DeveloperAccess_0123456789abcdef/<session>";

impl SsoRoleArn {
    /// Parses the ARN of a role with or without its path, or of a session.
    ///
    /// # Errors
    /// The text is no ARN of a role or session, the role's name is not one of Identity Center's, or its path is not.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = |reason: &str| {
            Invalid::new(format!(
                "{text:?} is not the ARN of a role that Identity Center made: {reason}; {EXPECTED}."
            ))
        };
        let role = role_of(text).map_err(|reason| invalid(&reason))?;
        let name = ProvisionedRoleName::parse(role.name()).map_err(|_| {
            invalid(&format!(
                "the role is named {:?}, and not AWSReservedSSO_, the permission set's name, \"_\" and 16 lower-case hex digits",
                role.name()
            ))
        })?;
        let identity_center_region = identity_center_region(role.path(), role.partition());
        let is_known_path = role.path() == "/" || ReservedPath::parse(role.path()).is_some();
        if !is_known_path {
            return Err(invalid(&format!(
                "its path is {:?}, and not /aws-reserved/sso.amazonaws.com/<region>/",
                role.path()
            )));
        }
        Ok(Self {
            role,
            name,
            identity_center_region,
        })
    }
}

/// The role that an ARN names, as itself or as the role of a session; or what the ARN is instead.
fn role_of(text: &str) -> Result<RoleArn, String> {
    let arn = ArnParts::split(text).ok_or("it is no ARN")?;
    let role = match (arn.service, arn.resource.split_once('/')) {
        ("sts", Some(("assumed-role", session))) if arn.region.is_empty() => {
            let (name, session) = session.split_once('/').unwrap_or((session, ""));
            if session.is_empty() || session.contains('/') {
                return Err("the ARN of a session ends in the role's name and the session's".to_owned());
            }
            format!("arn:{}:iam::{}:role/{name}", arn.partition, arn.account)
        }
        ("iam", Some(("role", _))) => text.to_owned(),
        (service, resource) => {
            let kind = resource.map_or(arn.resource, |(kind, _)| kind);
            return Err(format!("it is of {service:?} and {kind:?}"));
        }
    };
    RoleArn::parse(&role).map_err(|error| error.message().trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, region: Option<&str>) {
        let parsed = SsoRoleArn::parse(text).unwrap();
        assert_eq!(parsed.role.name(), "AWSReservedSSO_Dev_Ops_0123456789abcdef");
        assert_eq!(parsed.role.account().as_str(), "222233334444");
        assert_eq!(
            (parsed.name.permission_set().as_str(), parsed.name.suffix()),
            ("Dev_Ops", "0123456789abcdef")
        );
        assert_eq!(parsed.identity_center_region.as_ref().map(Region::as_str), region);
    }

    #[test]
    fn ok_arns() {
        let role = "AWSReservedSSO_Dev_Ops_0123456789abcdef";
        let with = |path: &str| format!("arn:aws:iam::222233334444:role/{path}{role}");
        check(&with("aws-reserved/sso.amazonaws.com/eu-west-1/"), Some("eu-west-1"));
        check(&with("aws-reserved/sso.amazonaws.com/"), Some("us-east-1"));
        check(&with(""), None);
        check(
            &with("aws-reserved/sso.amazonaws.com/us-gov-west-1/").replace("arn:aws:", "arn:aws-us-gov:"),
            Some("us-gov-west-1"),
        );
        check(&with("aws-reserved/sso.amazonaws.com.cn/").replace("arn:aws:", "arn:aws-cn:"), None);
        check(&format!("arn:aws:sts::222233334444:assumed-role/{role}/ann@example.com"), None);
    }

    #[test]
    fn err_arns() {
        #[track_caller]
        fn check(text: &str, reason: &str) {
            let message = SsoRoleArn::parse(text).expect_err(text).to_string();
            assert_eq!(
                message,
                format!("{text:?} is not the ARN of a role that Identity Center made: {reason}; {EXPECTED}.")
            );
        }
        check("", "it is no ARN");
        check("AWSReservedSSO_Dev_0123456789abcdef", "it is no ARN");
        check("arn:aws:s3:::bucket/key", "it is of \"s3\" and \"bucket\"");
        check("arn:aws:iam::222233334444:user/ann", "it is of \"iam\" and \"user\"");
        check("arn:aws:iam::222233334444:root", "it is of \"iam\" and \"root\"");
        check(
            "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef",
            "it is of \"sso\" and \"permissionSet\"",
        );
        check(
            "arn:aws:sts:eu-west-1:222233334444:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/ann",
            "it is of \"sts\" and \"assumed-role\"",
        );
        let named = |name: &str| {
            format!("the role is named {name:?}, and not AWSReservedSSO_, the permission set's name, \"_\" and 16 lower-case hex digits")
        };
        check("arn:aws:iam::222233334444:role/ops/Deployer", &named("Deployer"));
        check(
            "arn:aws:sts::222233334444:assumed-role/AWSReservedSSO_Dev_0123/ann",
            &named("AWSReservedSSO_Dev_0123"),
        );
        check(
            "arn:aws:iam::222233334444:role/ops/AWSReservedSSO_Dev_0123456789abcdef",
            "its path is \"/ops/\", and not /aws-reserved/sso.amazonaws.com/<region>/",
        );
        for session in ["", "/", "/a/b"] {
            check(
                &format!("arn:aws:sts::222233334444:assumed-role/AWSReservedSSO_Dev_0123456789abcdef{session}"),
                "the ARN of a session ends in the role's name and the session's",
            );
        }
        check(
            "arn:aws:iam::2222:role/AWSReservedSSO_Dev_0123456789abcdef",
            "\"arn:aws:iam::2222:role/AWSReservedSSO_Dev_0123456789abcdef\" is not the ARN of an IAM role: \"2222\" is not an AWS account id: it has 4 of 12 digits. Leading zeros are lost where an id is written as a number, without quotes: if yours is \"000000002222\", write all 12 digits",
        );
    }
}
