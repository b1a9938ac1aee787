//! Provider functions: pure and offline. A folder of their own, as they know nothing of AWS.

mod aws_auth_to_access;
mod object_type;
mod parse_sso_role_arn;

use crate::hosting::HostedFunction;
use std::collections::BTreeMap;

/// All functions by name.
#[must_use]
pub fn registry() -> BTreeMap<&'static str, Box<dyn HostedFunction>> {
    BTreeMap::from([
        (
            "aws_auth_to_access",
            Box::new(aws_auth_to_access::AwsAuthToAccess) as Box<dyn HostedFunction>,
        ),
        ("parse_sso_role_arn", Box::new(parse_sso_role_arn::ParseSsoRoleArn)),
    ])
}
