//! The contexts that a configuration asks for: all about them that is known before a cluster is read.

use crate::aws::session::Session;
use crate::cluster_place::{ClusterPlace, own_account};
use crate::data_sources::sso_kubeconfig::asked::{Asked, asked};
use crate::data_sources::sso_kubeconfig::schema::Model;
use crate::data_sources::sso_kubeconfig::who::Who;
use crate::domain::arn::RoleArn;
use crate::domain::context_template::{ContextTemplate, Filling, Placeholder};
use crate::domain::error::Invalid;
use crate::domain::kubeconfig::{ContextName, ProfileName};
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use crate::other_partition;
use crate::report::diagnostic;
use std::collections::BTreeMap;
use tf_provider::{AttributePath, Diagnostics};

/// One context.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) asked: Asked,
    pub(super) place: ClusterPlace,
    pub(super) who: Who,
    pub(super) name: ContextName,
}

impl Wanted {
    fn of(diags: &mut Diagnostics, session: &Session, asked: Asked) -> Option<Self> {
        let arguments = &asked.arguments;
        let place = ClusterPlace::find(diags, session, &arguments.cluster_name, &arguments.account_id, &arguments.region)?;
        let who = Who::of(diags, &asked, &place)?;
        if let Some(role) = &who.role
            && !other_partition::check(diags, session, asked.at("role_arn"), &role.to_string(), "")
        {
            return None;
        }
        match context_name(&asked, &place, &who) {
            Ok(name) => Some(Self { asked, place, who, name }),
            Err(invalid) => {
                let path = asked.context_name_at.clone();
                diags.add_error(diagnostic("Invalid context name", invalid.to_string(), path));
                None
            }
        }
    }

    pub(super) fn namespace(&self) -> Option<&str> {
        self.asked.arguments.namespace.as_deref_option()
    }

    fn filling(&self) -> Filling<'_> {
        filling(&self.asked, &self.place, &self.who)
    }

    /// Whether the two would be written alike, wherever they are in the configuration.
    fn is_same(&self, other: &Self) -> bool {
        (&self.place, &self.who, &self.name, self.namespace()) == (&other.place, &other.who, &other.name, other.namespace())
    }
}

/// All contexts, each once, in the order of the configuration. `None` comes with an error for each fault.
pub(super) fn wanted(diags: &mut Diagnostics, session: &Session, config: &Model) -> Option<Vec<Wanted>> {
    let asked = asked(config);
    if asked.iter().any(|asked| asked.arguments.account_id.is_null()) {
        own_account(diags, session, "account_id")?;
    }
    let all: Vec<Option<Wanted>> = asked.into_iter().map(|asked| Wanted::of(diags, session, asked)).collect();
    let mut all = all.into_iter().collect::<Option<Vec<Wanted>>>()?;
    let names_are_unique = context_names_are_unique(diags, &mut all);
    let profiles_are_unique = profiles_are_unique(diags, &all);
    (names_are_unique && profiles_are_unique).then_some(all)
}

fn filling<'a>(asked: &'a Asked, place: &'a ClusterPlace, who: &'a Who) -> Filling<'a> {
    Filling {
        cluster: place.cluster.as_str(),
        account: place.account.as_str(),
        region: place.region.as_str(),
        permission_set: who.permission_set.as_ref().map(|(set, _)| set.as_str()),
        role: who.role.as_ref().map(RoleArn::name),
        profile: who.profile.as_ref().map(ProfileName::as_str),
        namespace: asked.arguments.namespace.as_deref_option(),
    }
}

fn context_name(asked: &Asked, place: &ClusterPlace, who: &Who) -> Result<ContextName, Invalid> {
    match asked.arguments.context_name.as_deref_option() {
        Some(text) => ContextTemplate::parse(text)?.fill(&filling(asked, place, who)),
        None => Ok(ContextName::of(who.name(), &place.cluster, &place.region, &place.account)),
    }
}

/// Takes out what is written twice. What only has the same name is an error: kubectl would see the first alone.
fn context_names_are_unique(diags: &mut Diagnostics, all: &mut Vec<Wanted>) -> bool {
    let mut first: BTreeMap<ContextName, Wanted> = BTreeMap::new();
    let mut are_unique = true;
    all.retain(|wanted| match first.get(&wanted.name) {
        None => {
            first.insert(wanted.name.clone(), wanted.clone());
            true
        }
        Some(first) => {
            if !first.is_same(wanted) {
                diags.add_error(same_context_name(first, wanted));
                are_unique = false;
            }
            false
        }
    });
    are_unique
}

fn same_context_name(first: &Wanted, second: &Wanted) -> tf_provider::Diagnostic {
    let telling: Vec<String> = first
        .filling()
        .telling_apart(&second.filling())
        .into_iter()
        .map(Placeholder::written)
        .collect();
    let fix = match telling.as_slice() {
        [] => "Set another context_name in one of the two elements of clusters.".to_owned(),
        telling => format!(
            "Let context_name hold {} as well, or set another context_name in one of the two elements of clusters.",
            telling.join(" or ")
        ),
    };
    let detail = format!(
        "Two contexts would be named \"{}\", and kubectl would use only one of them:\n  {} with {}\n  {} with {}\n{fix}",
        first.name,
        first.place,
        first.who.name(),
        second.place,
        second.who.name(),
    );
    diagnostic("Context name is not unique", detail, second.asked.context_name_at.clone())
}

/// One profile signs in with one permission set in one account.
fn profiles_are_unique(diags: &mut Diagnostics, all: &[Wanted]) -> bool {
    let mut first: BTreeMap<&ProfileName, &(PermissionSetName, AccountId)> = BTreeMap::new();
    let mut are_unique = true;
    for wanted in all {
        let (Some(profile), Some(set)) = (&wanted.who.profile, &wanted.who.permission_set) else {
            continue;
        };
        let known = *first.entry(profile).or_insert(set);
        if known != set {
            diags.add_error(same_profile(profile, known, set, wanted.asked.at("profile")));
            are_unique = false;
        }
    }
    are_unique
}

fn same_profile(
    profile: &ProfileName,
    first: &(PermissionSetName, AccountId),
    second: &(PermissionSetName, AccountId),
    path: AttributePath,
) -> tf_provider::Diagnostic {
    let detail = format!(
        "A profile signs in with one permission set in one account, and \"{profile}\" would be for two: {} in {} and {} in {}. Remove \
         profile, so that each has a profile of its own (such as \"{}-{}\"), or set another one in the elements of clusters.",
        first.0, first.1, second.0, second.1, second.0, second.1,
    );
    diagnostic("Profile name is not unique", detail, path)
}
