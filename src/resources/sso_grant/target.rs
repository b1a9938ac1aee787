//! Whom a grant is for and where, once everything about it is known.

use crate::aws::session::Session;
use crate::domain::cluster::ClusterName;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::{AccountId, Region};
use crate::domain::role_name::RoleName;
use crate::resources::sso_grant::values::{Text, text};
use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The arguments that all kinds of grants have: whom a grant is for, and where.
#[derive(Debug, Clone, Copy)]
pub(in crate::resources) struct Names<'a> {
    pub(in crate::resources) cluster_name: &'a Text,
    pub(in crate::resources) permission_set_name: &'a Text,
    pub(in crate::resources) role_name: &'a Text,
    pub(in crate::resources) account_id: &'a Text,
    pub(in crate::resources) role_account_id: &'a Text,
    pub(in crate::resources) region: &'a Text,
}

/// Those of [`Names`] that have defaults.
#[derive(Debug)]
pub(in crate::resources) struct Places<'a> {
    pub(in crate::resources) account_id: &'a mut Text,
    pub(in crate::resources) role_account_id: &'a mut Text,
    pub(in crate::resources) region: &'a mut Text,
}

/// The model of a grant.
pub(in crate::resources) trait Named {
    fn names(&self) -> Names<'_>;
    fn places(&mut self) -> Places<'_>;
}

/// Whose people get in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::resources) enum Grantee {
    PermissionSet(PermissionSetName),
    Role(RoleName),
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PermissionSet(name) => write!(f, "{name}"),
            Self::Role(name) => write!(f, "role/{name}"),
        }
    }
}

/// A grant's place: cluster and grantee.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::resources) struct Target {
    pub(in crate::resources) account: AccountId,
    pub(in crate::resources) region: Region,
    pub(in crate::resources) cluster: ClusterName,
    pub(in crate::resources) role_account: AccountId,
    pub(in crate::resources) grantee: Grantee,
}

impl Target {
    /// `None` if a part is unknown (or, in a state, missing). Parts were validated before.
    pub(in crate::resources) fn of(model: &impl Named) -> Option<Self> {
        let model = model.names();
        if model.permission_set_name.is_unknown() || model.role_name.is_unknown() {
            return None;
        }
        let grantee = match (model.permission_set_name.as_deref_option(), model.role_name.as_deref_option()) {
            (Some(name), _) => Grantee::PermissionSet(PermissionSetName::parse(name).ok()?),
            (None, Some(name)) => Grantee::Role(RoleName::parse(name).ok()?),
            (None, None) => return None,
        };
        Some(Self {
            account: AccountId::parse(model.account_id.as_deref_option()?).ok()?,
            region: Region::parse(model.region.as_deref_option()?).ok()?,
            cluster: ClusterName::parse(model.cluster_name.as_deref_option()?).ok()?,
            role_account: AccountId::parse(model.role_account_id.as_deref_option()?).ok()?,
            grantee,
        })
    }

    /// "payments-prod (222233334444, eu-west-1)"
    pub(in crate::resources) fn cluster_and_place(&self) -> String {
        format!("{} ({}, {})", self.cluster, self.account, self.region)
    }

    /// What `terraform import` takes for this grant.
    pub(in crate::resources) fn import_id(&self, session: &Session) -> String {
        let account = if session.account() == Some(&self.account) {
            String::new()
        } else {
            format!("{}/", self.account)
        };
        format!("{account}{},{}@{}", self.cluster, self.grantee, self.region)
    }
}

/// Grants that were in the state until this refresh found them gone.
///
/// Terraform plans them as creates, and before a destroy it plans as usual: an error about a cluster or a role that
/// is gone too would make it impossible to destroy what is left.
#[derive(Debug, Default)]
pub(in crate::resources) struct Lost(Mutex<HashSet<Target>>);

impl Lost {
    pub(in crate::resources) fn add(&self, target: Target) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(target);
    }

    pub(in crate::resources) fn contains(&self, target: &Target) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(target)
    }
}

/// Fills what is left out with the provider's own account and Region. An unknown argument stays unknown, and
/// what follows from it is unknown too.
pub(in crate::resources) fn fill_defaults(model: &mut impl Named, session: &Session) {
    let model = model.places();
    if model.account_id.is_null() {
        *model.account_id = session.account().map_or(Text::Unknown, |account| text(account.as_str()));
    }
    if model.region.is_null() {
        *model.region = text(session.region().as_str());
    }
    if model.role_account_id.is_null() {
        *model.role_account_id = model.account_id.clone();
    }
}
