//! Provider functions: pure and offline. A folder of their own, as they know nothing of AWS.

mod access_matrix;
mod aws_auth_to_access;
mod object_type;
mod parse_sso_role_arn;

use crate::hosting::HostedFunction;
use std::collections::BTreeMap;

/// All functions by name.
#[must_use]
pub fn registry() -> BTreeMap<&'static str, Box<dyn HostedFunction>> {
    BTreeMap::from([
        ("access_matrix", Box::new(access_matrix::AccessMatrix) as Box<dyn HostedFunction>),
        ("aws_auth_to_access", Box::new(aws_auth_to_access::AwsAuthToAccess)),
        ("parse_sso_role_arn", Box::new(parse_sso_role_arn::ParseSsoRoleArn)),
    ])
}
