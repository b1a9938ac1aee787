//! The part of `~/.aws/config` that signs a person in with permission sets.

use crate::aws::session::Session;
use crate::data_sources::sso_kubeconfig::schema::Model;
use crate::data_sources::sso_kubeconfig::wanted::Wanted;
use crate::domain::kubeconfig::{AwsConfig, Profile, ProfileName, StartUrl};
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::{AccountId, Region};
use crate::domain::provisioned_role::{ProvisionedRoleName, identity_center_region};
use crate::report::{at, diagnostic, failed_for_a_role};
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::{Diagnostic, Diagnostics};

/// Name of the `sso-session` where none is given.
const SESSION: &str = "sso";

/// The text, and what was filled in for it. Without a start URL there is none, and what was configured stays.
#[derive(Debug, Default)]
pub(super) struct SignIn {
    pub(super) session_name: Option<ProfileName>,
    pub(super) region: Option<Region>,
    pub(super) aws_config: Option<String>,
}

/// The profiles that sign in with a permission set, by name: the set, its account, and the Regions of the clusters.
type Profiles<'a> = BTreeMap<&'a ProfileName, (&'a PermissionSetName, &'a AccountId, BTreeSet<&'a Region>)>;

impl SignIn {
    /// From validated arguments; `None` comes with an error.
    pub(super) async fn of(diags: &mut Diagnostics, session: &Session, config: &Model, wanted: &[Wanted]) -> Option<Self> {
        let session_name = config
            .sso_session_name
            .as_deref_option()
            .and_then(|name| ProfileName::parse(name).ok());
        let region = config.sso_region.as_deref_option().and_then(|region| Region::parse(region).ok());
        let start_url = config.sso_start_url.as_deref_option().and_then(|url| StartUrl::parse(url).ok());
        let profiles = profiles(wanted);
        let start_url = match start_url {
            Some(start_url) if !profiles.is_empty() => start_url,
            _ => {
                return Some(Self {
                    session_name,
                    region,
                    aws_config: None,
                });
            }
        };
        let session_name = session_name.unwrap_or_else(|| ProfileName::parse(SESSION).expect("the default is a valid name"));
        let region = match region {
            Some(region) => region,
            None => home_region(diags, session, &profiles).await?,
        };
        let aws_config = AwsConfig {
            session: &session_name,
            start_url: &start_url,
            sso_region: &region,
            profiles: profiles.iter().map(|(name, of)| profile(name, of)).collect(),
        };
        Some(Self {
            aws_config: Some(aws_config.to_ini()),
            session_name: Some(session_name),
            region: Some(region),
        })
    }
}

fn profiles(wanted: &[Wanted]) -> Profiles<'_> {
    let mut profiles = Profiles::new();
    for wanted in wanted {
        if let (Some(name), Some((set, account))) = (&wanted.who.profile, &wanted.who.permission_set) {
            let (_, _, regions) = profiles.entry(name).or_insert((set, account, BTreeSet::new()));
            regions.insert(&wanted.place.region);
        }
    }
    profiles
}

fn profile<'a>(name: &'a ProfileName, of: &(&'a PermissionSetName, &'a AccountId, BTreeSet<&'a Region>)) -> Profile<'a> {
    let (permission_set, account, regions) = of;
    // Of several Regions none is the right one, and kubectl's token names its own.
    let the_only_region = regions.first().filter(|_| regions.len() == 1).copied();
    Profile {
        name,
        account,
        permission_set,
        region: the_only_region,
    }
}

/// Identity Center's home region: as configured, or as the path of a permission set's role tells. All profiles share one
/// session, so the first role that tells it is enough.
async fn home_region(diags: &mut Diagnostics, session: &Session, profiles: &Profiles<'_>) -> Option<Region> {
    if let Some(region) = session.identity_center().and_then(|center| center.region().cloned()) {
        return Some(region);
    }
    let mut problems = Vec::new();
    let assigned: BTreeSet<_> = profiles.values().map(|(set, account, _)| (*account, *set)).collect();
    for (account, set) in assigned {
        match region_of_role(session, set, account).await {
            Ok(region) => return Some(region),
            Err(problem) => problems.push(problem),
        }
    }
    problems.into_iter().for_each(|problem| diags.add_error(problem));
    None
}

async fn region_of_role(session: &Session, set: &PermissionSetName, account: &AccountId) -> Result<Region, Diagnostic> {
    let roles = session.reserved_roles(account).await.map_err(|error| {
        let fact = format!(
            "sso_region is not set, and the role of {set} in account {account}, whose path tells Identity Center's home Region, cannot be \
             looked up."
        );
        failed_for_a_role("Home Region is not known", &fact, &error, at("sso_region"))
    })?;
    let is_of_set = |name: &str| ProvisionedRoleName::parse(name).is_ok_and(|name| name.permission_set() == set);
    let mut regions: BTreeSet<Region> = roles
        .iter()
        .filter(|role| is_of_set(&role.name))
        .filter_map(|role| identity_center_region(&role.path, session.partition()))
        .collect();
    match (regions.pop_first(), regions.is_empty()) {
        (Some(only), true) => Ok(only),
        (first, _) => {
            regions.extend(first);
            Err(no_region(set, account, &session.caller_in(account), &regions))
        }
    }
}

fn no_region(set: &PermissionSetName, account: &AccountId, caller: &str, regions: &BTreeSet<Region>) -> Diagnostic {
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
