//! Data sources.

pub mod sso_cluster_access;
pub mod sso_kubeconfig;
pub mod sso_role;
pub mod sso_roles;

mod attributes;

use crate::configured::Configured;
use crate::hosting::HostedDataSource;
use std::collections::BTreeMap;

/// All data sources by type name.
#[must_use]
pub fn registry(configured: Configured) -> BTreeMap<&'static str, Box<dyn HostedDataSource>> {
    let access: Box<dyn HostedDataSource> = Box::new(sso_cluster_access::SsoClusterAccess::new(configured.clone()));
    let kubeconfig: Box<dyn HostedDataSource> = Box::new(sso_kubeconfig::SsoKubeconfig::new(configured.clone()));
    let role: Box<dyn HostedDataSource> = Box::new(sso_role::SsoRole::new(configured.clone()));
    let roles: Box<dyn HostedDataSource> = Box::new(sso_roles::SsoRoles::new(configured));
    BTreeMap::from([
        ("eks_sso_cluster_access", access),
        ("eks_sso_kubeconfig", kubeconfig),
        ("eks_sso_role", role),
        ("eks_sso_roles", roles),
    ])
}
