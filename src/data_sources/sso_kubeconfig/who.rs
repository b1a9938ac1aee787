//! Whose credentials make the token: a permission set's, a role's, or those of a profile.

use crate::cluster_place::ClusterPlace;
use crate::data_sources::sso_kubeconfig::schema::Model;
use crate::domain::arn::RoleArn;
use crate::domain::kubeconfig::{ContextName, ProfileName};
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use crate::report::{at, diagnostic};
use tf_provider::Diagnostics;

/// Whose credentials make the token.
#[derive(Debug)]
pub(super) struct Who {
    /// The permission set, and the account in which it is assigned.
    pub(super) permission_set: Option<(PermissionSetName, AccountId)>,
    pub(super) role: Option<RoleArn>,
    pub(super) profile: Option<ProfileName>,
}

impl Who {
    /// From validated arguments; `None` comes with an error.
    pub(super) fn of(diags: &mut Diagnostics, config: &Model, place: &ClusterPlace) -> Option<Self> {
        let set = config
            .permission_set_name
            .as_deref_option()
            .and_then(|name| PermissionSetName::parse(name).ok());
        let account = config
            .role_account_id
            .as_deref_option()
            .and_then(|account| AccountId::parse(account).ok());
        let permission_set = set.map(|set| (set, account.unwrap_or_else(|| place.account.clone())));
        let profile = match (config.profile.as_deref_option(), &permission_set) {
            (Some(profile), _) => Some(ProfileName::parse(profile)),
            (None, Some((set, account))) => Some(ProfileName::of(set, account)),
            (None, None) => None,
        };
        let profile = match profile.transpose() {
            Ok(profile) => profile,
            Err(invalid) => {
                let detail = format!("profile is not set, and its default cannot be used: {invalid} Set profile.");
                diags.add_error(diagnostic("Invalid profile name", detail, at("profile")));
                return None;
            }
        };
        let role = config.role_arn.as_deref_option().and_then(|arn| RoleArn::parse(arn).ok());
        Some(Self {
            permission_set,
            role,
            profile,
        })
    }

    /// What the default name of a context begins with.
    fn name(&self) -> &str {
        let set = self.permission_set.as_ref().map(|(set, _)| set.as_str());
        let role = self.role.as_ref().map(RoleArn::name);
        let profile = self.profile.as_ref().map(ProfileName::as_str);
        set.or(role).or(profile).unwrap_or_default()
    }

    /// The context's name, as configured or by default.
    pub(super) fn context(&self, config: &Model, place: &ClusterPlace) -> Option<ContextName> {
        match config.context_name.as_deref_option() {
            Some(name) => ContextName::parse(name).ok(),
            None => Some(ContextName::of(self.name(), &place.cluster, &place.region, &place.account)),
        }
    }
}
