//! Managed resources.

mod access_entry;
pub mod sso_access;
pub mod sso_access_exclusive;
pub mod sso_aws_auth;
mod sso_grant;

use crate::configured::Configured;
use crate::hosting::HostedResource;
use access_entry::claims::Claims;
use std::collections::BTreeMap;

/// All managed resources by type name.
#[must_use]
pub fn registry(configured: Configured) -> BTreeMap<&'static str, Box<dyn HostedResource>> {
    let claims = Claims::default();
    let resources: [(&'static str, Box<dyn HostedResource>); 3] = [
        (
            "eks_sso_access",
            Box::new(sso_access::SsoAccess::new(configured.clone(), claims.clone())),
        ),
        (
            "eks_sso_access_exclusive",
            Box::new(sso_access_exclusive::SsoAccessExclusive::new(configured.clone(), claims.clone())),
        ),
        ("eks_sso_aws_auth", Box::new(sso_aws_auth::SsoAwsAuth::new(configured, claims))),
    ];
    BTreeMap::from(resources)
}
