//! Managed resources.

pub mod sso_access;
mod sso_grant;

use crate::configured::Configured;
use crate::hosting::HostedResource;
use std::collections::BTreeMap;

/// All managed resources by type name.
#[must_use]
pub fn registry(configured: Configured) -> BTreeMap<&'static str, Box<dyn HostedResource>> {
    BTreeMap::from([(
        "eks_sso_access",
        Box::new(sso_access::SsoAccess::new(configured)) as Box<dyn HostedResource>,
    )])
}
