//! Provider functions: pure and offline. A folder of their own, as they know nothing of AWS.

mod aws_auth_to_access;
mod parse_sso_role_arn;

use crate::hosting::HostedFunction;
use std::collections::BTreeMap;
use tf_provider::schema::Type;

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

/// The type of an object with these attributes.
fn object<const N: usize>(attributes: [(&str, Type); N]) -> Type {
    Type::Object(attributes.map(|(name, of)| (name.to_owned(), of)).into())
}
