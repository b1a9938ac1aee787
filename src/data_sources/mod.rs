//! Data sources.

pub mod sso_role;

use crate::hosting::HostedDataSource;
use crate::provider::Configured;
use std::collections::BTreeMap;

/// All data sources by type name.
#[must_use]
pub fn registry(configured: Configured) -> BTreeMap<&'static str, Box<dyn HostedDataSource>> {
    BTreeMap::from([(
        "eks_sso_role",
        Box::new(sso_role::SsoRole::new(configured)) as Box<dyn HostedDataSource>,
    )])
}
