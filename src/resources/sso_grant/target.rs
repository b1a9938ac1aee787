//! Whom a grant is for and where, once everything about it is known.

use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::domain::cluster::ClusterName;
use crate::domain::grantee::Grantee;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::{AccountId, Region};
use crate::domain::role_name::RoleName;
use crate::resources::sso_grant::texts::{Text, text};

/// Whom a kind of grant takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grantees {
    /// Permission sets and roles, by name.
    Names,
    /// Also IAM users and roles by their ARN.
    NamesAndArns,
}

/// The arguments that all kinds of grants have: whom a grant is for, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) cluster_name: &'a Text,
    pub(crate) permission_set_name: &'a Text,
    pub(crate) role_name: &'a Text,
    pub(crate) iam_principal_arn: &'a Text,
    pub(crate) account_id: &'a Text,
    pub(crate) role_account_id: &'a Text,
    pub(crate) region: &'a Text,
}

impl<'a> Names<'a> {
    /// Null says that the role is in the cluster's account.
    pub(crate) fn role_account(&self) -> &'a Text {
        match self.role_account_id {
            Text::Null => self.account_id,
            named => named,
        }
    }
}

/// [`Names`], to be written.
#[derive(Debug)]
pub(crate) struct Slots<'a> {
    pub(crate) cluster_name: &'a mut Text,
    pub(crate) permission_set_name: &'a mut Text,
    pub(crate) role_name: &'a mut Text,
    /// Not of all kinds of grants.
    pub(crate) iam_principal_arn: Option<&'a mut Text>,
    pub(crate) account_id: &'a mut Text,
    pub(crate) role_account_id: &'a mut Text,
    pub(crate) region: &'a mut Text,
}

/// The model of a grant.
pub(crate) trait Named {
    fn names(&self) -> Names<'_>;
    fn slots(&mut self) -> Slots<'_>;
}

/// A grant's place: cluster and grantee.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) cluster: ClusterName,
    pub(crate) role_account: AccountId,
    pub(crate) grantee: Grantee,
}

impl Target {
    /// `None` if a part is unknown (or, in a state, missing). Parts were validated before.
    pub(crate) fn of(model: &impl Named) -> Option<Self> {
        let model = model.names();
        let grantee = grantee(&model)?;
        let role_account = match &grantee {
            Grantee::Principal(principal) => principal.account().clone(),
            Grantee::PermissionSet(_) | Grantee::Role(_) => AccountId::parse(model.role_account().as_deref_option()?).ok()?,
        };
        Some(Self {
            account: AccountId::parse(model.account_id.as_deref_option()?).ok()?,
            region: Region::parse(model.region.as_deref_option()?).ok()?,
            cluster: ClusterName::parse(model.cluster_name.as_deref_option()?).ok()?,
            role_account,
            grantee,
        })
    }

    /// Writes it into the state of what was found for it. Optional arguments that it does not name stay null, which means
    /// their defaults.
    pub(crate) fn write_to(&self, model: &mut impl Named) {
        let model = model.slots();
        *model.cluster_name = text(self.cluster.as_str());
        *model.account_id = text(self.account.as_str());
        // An ARN says which account it is of.
        *model.role_account_id = match self.grantee {
            Grantee::Principal(_) => Text::Null,
            Grantee::PermissionSet(_) | Grantee::Role(_) => text(self.role_account.as_str()),
        };
        *model.region = text(self.region.as_str());
        match &self.grantee {
            Grantee::PermissionSet(name) => *model.permission_set_name = text(name.as_str()),
            Grantee::Role(name) => *model.role_name = text(name.as_str()),
            Grantee::Principal(principal) => {
                *model.iam_principal_arn.expect("only a kind of grant that takes ARNs is for one") = text(principal.to_string());
            }
        }
    }

    /// The cluster by its place.
    pub(crate) fn place(&self) -> ClusterPlace {
        ClusterPlace {
            account: self.account.clone(),
            region: self.region.clone(),
            cluster: self.cluster.clone(),
        }
    }

    /// "payments-prod (222233334444, eu-west-1)"
    pub(crate) fn cluster_and_place(&self) -> String {
        format!("{} ({}, {})", self.cluster, self.account, self.region)
    }

    /// Whose entry it is, in messages: "DeveloperAccess (AWSReservedSSO_…) on payments-prod (222233334444, eu-west-1)".
    pub(crate) fn label_of(&self, principal_arn: &str) -> String {
        let name = principal_arn.rsplit('/').next().unwrap_or(principal_arn);
        let role = match &self.grantee {
            Grantee::PermissionSet(_) => format!(" ({name})"),
            Grantee::Role(_) | Grantee::Principal(_) => String::new(),
        };
        format!("{}{role} on {}", self.grantee, self.cluster_and_place())
    }

    /// What `terraform import` takes for this grant.
    pub(crate) fn import_id(&self, session: &Session) -> String {
        let account = if session.account() == Some(&self.account) {
            String::new()
        } else {
            format!("{}/", self.account)
        };
        // A name that holds "@" would be read as if a Region followed.
        let is_clear = session.region() == &self.region && !self.grantee.to_string().contains('@');
        let region = if is_clear { String::new() } else { format!("@{}", self.region) };
        let separator = match self.grantee {
            Grantee::Principal(_) => ':',
            Grantee::PermissionSet(_) | Grantee::Role(_) => ',',
        };
        format!("{account}{}{separator}{}{region}", self.cluster, self.grantee)
    }
}

/// `None` while it is unknown, or not valid.
fn grantee(model: &Names<'_>) -> Option<Grantee> {
    let names = [model.permission_set_name, model.role_name, model.iam_principal_arn];
    if names.iter().any(|name| name.is_unknown()) {
        return None;
    }
    match names.map(Text::as_deref_option) {
        [Some(name), ..] => PermissionSetName::parse(name).map(Grantee::PermissionSet),
        [None, Some(name), _] => RoleName::parse(name).map(Grantee::Role),
        [None, None, Some(arn)] => Grantee::parse_principal(arn),
        [None, None, None] => return None,
    }
    .ok()
}

impl From<&Target> for ClusterPlace {
    fn from(target: &Target) -> Self {
        Self {
            account: target.account.clone(),
            region: target.region.clone(),
            cluster: target.cluster.clone(),
        }
    }
}

/// Fills what is left out with the provider's own account and Region. An unknown argument stays unknown, and
/// what follows from it is unknown too.
pub(crate) fn fill_defaults(model: &mut impl Named, session: &Session) {
    let model = model.slots();
    if model.account_id.is_null() {
        *model.account_id = session.account().map_or(Text::Unknown, |account| text(account.as_str()));
    }
    if model.region.is_null() {
        *model.region = text(session.region().as_str());
    }
}
