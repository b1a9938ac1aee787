//! The part of `~/.aws/config` that signs a person in with a permission set.

use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::data_sources::sso_kubeconfig::schema::Model;
use crate::data_sources::sso_kubeconfig::who::Who;
use crate::domain::kubeconfig::{AwsConfig, ProfileName, StartUrl};
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::{AccountId, Region};
use crate::domain::provisioned_role::{ProvisionedRoleName, identity_center_region};
use crate::report::{at, diagnostic, failed};
use std::collections::BTreeSet;
use tf_provider::Diagnostics;

/// Name of the `sso-session` where none is given.
const SESSION: &str = "sso";

/// The text, and what was filled in for it. Without a start URL there is none, and what was configured stays.
#[derive(Debug, Default)]
pub(super) struct SignIn {
    pub(super) session_name: Option<ProfileName>,
    pub(super) region: Option<Region>,
    pub(super) aws_config: Option<String>,
}

impl SignIn {
    /// From validated arguments; `None` comes with an error.
    pub(super) async fn of(diags: &mut Diagnostics, session: &Session, config: &Model, place: &ClusterPlace, who: &Who) -> Option<Self> {
        let session_name = config
            .sso_session_name
            .as_deref_option()
            .and_then(|name| ProfileName::parse(name).ok());
        let region = config.sso_region.as_deref_option().and_then(|region| Region::parse(region).ok());
        let start_url = config.sso_start_url.as_deref_option().and_then(|url| StartUrl::parse(url).ok());
        let (Some(start_url), Some((set, account)), Some(profile)) = (start_url, &who.permission_set, &who.profile) else {
            return Some(Self {
                session_name,
                region,
                aws_config: None,
            });
        };
        let session_name = session_name.unwrap_or_else(|| ProfileName::parse(SESSION).expect("the default is a valid name"));
        let region = match region {
            Some(region) => region,
            None => home_region(diags, session, set, account).await?,
        };
        let aws_config = AwsConfig {
            session: &session_name,
            start_url: &start_url,
            sso_region: &region,
            profile,
            account,
            permission_set: set,
            region: &place.region,
        };
        Some(Self {
            aws_config: Some(aws_config.to_ini()),
            session_name: Some(session_name),
            region: Some(region),
        })
    }
}

/// Identity Center's home region: as configured, or as the path of the permission set's role tells.
async fn home_region(diags: &mut Diagnostics, session: &Session, set: &PermissionSetName, account: &AccountId) -> Option<Region> {
    if let Some(region) = session.identity_center().and_then(|center| center.region().cloned()) {
        return Some(region);
    }
    let roles = match session.reserved_roles(account).await {
        Ok(roles) => roles,
        Err(error) => {
            let fact = format!(
                "sso_region is not set, and the role of {set} in account {account}, whose path tells Identity Center's home Region, cannot be \
                 looked up."
            );
            diags.add_error(failed("Home Region is not known", &fact, &error, at("sso_region")));
            return None;
        }
    };
    let is_of_set = |name: &str| ProvisionedRoleName::parse(name).is_ok_and(|name| name.permission_set() == set);
    let regions: BTreeSet<Region> = roles
        .iter()
        .filter(|role| is_of_set(&role.name))
        .filter_map(|role| identity_center_region(&role.path, session.partition()))
        .collect();
    if regions.len() != 1 {
        diags.add_error(no_region(set, account, &session.caller_in(account), &regions));
    }
    (regions.len() == 1).then(|| regions.into_iter().next()).flatten()
}

fn no_region(set: &PermissionSetName, account: &AccountId, caller: &str, regions: &BTreeSet<Region>) -> tf_provider::Diagnostic {
    let found = if regions.is_empty() {
        "no role whose path tells it".to_owned()
    } else {
        let names: Vec<&str> = regions.iter().map(Region::as_str).collect();
        format!("roles of several Regions ({})", names.join(", "))
    };
    diagnostic(
        "Home Region is not known",
        format!(
            "sso_region is not set, the provider has no identity_center block, and {set} has {found} in account {account}. Set sso_region to Identity Center's home \
             Region; if the permission set is not assigned in {account}, assign it there, correct permission_set_name, or set \
             role_account_id to the account where it is.\nLooked up with iam:ListRoles as\n  {caller}"
        ),
        at("sso_region"),
    )
}
