//! Whose credentials make the token: a permission set's, a role's, or those of a profile.

use crate::cluster_place::ClusterPlace;
use crate::data_sources::sso_kubeconfig::asked::Asked;
use crate::domain::arn::RoleArn;
use crate::domain::kubeconfig::ProfileName;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use crate::report::diagnostic;
use tf_provider::Diagnostics;

/// Whose credentials make the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    /// The permission set, and the account in which it is assigned.
    pub(super) permission_set: Option<(PermissionSetName, AccountId)>,
    pub(super) role: Option<RoleArn>,
    pub(super) profile: Option<ProfileName>,
}

impl Who {
    /// From validated arguments; `None` comes with an error.
    pub(super) fn of(diags: &mut Diagnostics, asked: &Asked, place: &ClusterPlace) -> Option<Self> {
        let arguments = &asked.arguments;
        let set = arguments
            .permission_set_name
            .as_deref_option()
            .and_then(|name| PermissionSetName::parse(name).ok());
        let account = arguments
            .role_account_id
            .as_deref_option()
            .and_then(|account| AccountId::parse(account).ok());
        let permission_set = set.map(|set| (set, account.unwrap_or_else(|| place.account.clone())));
        let profile = match (arguments.profile.as_deref_option(), &permission_set) {
            (Some(profile), _) => Some(ProfileName::parse(profile)),
            (None, Some((set, account))) => Some(ProfileName::of(set, account)),
            (None, None) => None,
        };
        let profile = match profile.transpose() {
            Ok(profile) => profile,
            Err(invalid) => {
                let detail = format!("profile is not set, and its default cannot be used: {invalid} Set profile.");
                diags.add_error(diagnostic("Invalid profile name", detail, asked.at("profile")));
                return None;
            }
        };
        let role = arguments.role_arn.as_deref_option().and_then(|arn| RoleArn::parse(arn).ok());
        Some(Self {
            permission_set,
            role,
            profile,
        })
    }

    /// What the default name of a context begins with.
    pub(super) fn name(&self) -> &str {
        let set = self.permission_set.as_ref().map(|(set, _)| set.as_str());
        let role = self.role.as_ref().map(RoleArn::name);
        let profile = self.profile.as_ref().map(ProfileName::as_str);
        set.or(role).or(profile).unwrap_or_default()
    }
}
