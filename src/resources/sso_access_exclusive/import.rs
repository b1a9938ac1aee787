//! Import: a cluster by its name. What is named and ignored there, the configuration says.

use crate::aws::session::Session;
use crate::cluster_place::{ClusterPlace, own_account};
use crate::domain::cluster::ClusterName;
use crate::domain::cluster_import_id::ClusterImportId;
use crate::domain::error::Invalid;
use crate::domain::place::{AccountId, Region};
use crate::hosting::{Identity, IdentityAttribute, ImportSource, Imported};
use crate::report::{diagnostic, no_attribute};
use crate::resources::sso_access_exclusive::model::Model;
use crate::resources::sso_grant::import::{Form, no_cluster_at};
use crate::resources::sso_grant::texts::text;
use tf_provider::Diagnostics;

const fn attribute(name: &'static str, required: bool, description: &'static str) -> IdentityAttribute {
    IdentityAttribute {
        name,
        required,
        description,
    }
}

/// The identity of the access entries of a cluster: the cluster's.
pub(super) const IDENTITY: &[IdentityAttribute] = &[
    attribute("cluster_name", true, "Name of the EKS cluster."),
    attribute("account_id", false, "AWS account of the cluster. Default: the provider's own."),
    attribute("region", false, "AWS Region of the cluster. Default: the provider's."),
];

/// The identity of a state; `None` while a part of it is unknown.
pub(super) fn identity(state: &Model) -> Option<Identity> {
    let parts = [
        ("cluster_name", &state.cluster_name),
        ("account_id", &state.account_id),
        ("region", &state.region),
    ];
    let is_known = parts.iter().all(|(_, part)| !part.is_unknown());
    is_known.then(|| parts.into_iter().map(|(name, part)| (name.to_owned(), part.clone())).collect())
}

pub(super) async fn import(diags: &mut Diagnostics, session: &Session, source: &ImportSource) -> Option<Imported<Model>> {
    let (form, parsed) = match source {
        ImportSource::Id(id) => (Form::Id, ClusterImportId::parse(id)),
        ImportSource::Identity(identity) => (Form::Identity, of_identity(identity)),
    };
    let id = parsed
        .map_err(|invalid| diags.add_error(diagnostic("Unexpected import identifier", invalid.to_string(), no_attribute())))
        .ok()?;
    let account = match id.account {
        Some(account) => account,
        None => own_account(diags, session, "account_id")?,
    };
    let place = ClusterPlace {
        account,
        region: id.region.unwrap_or_else(|| session.region().clone()),
        cluster: id.cluster,
    };
    // Whatever else stands in the way, the refresh that follows says.
    if let Ok(None) = place.describe(session).await {
        diags.add_error(no_cluster_at(session, &place, form).await);
        return None;
    }
    let state = Model {
        cluster_name: text(place.cluster.as_str()),
        account_id: text(place.account.as_str()),
        region: text(place.region.as_str()),
        ..Model::default()
    };
    Some(Imported {
        state,
        private: Vec::new(),
    })
}

fn of_identity(identity: &Identity) -> Result<ClusterImportId, Invalid> {
    let part = |name: &str| identity.get(name).and_then(|part| part.as_deref_option());
    let cluster = part("cluster_name").ok_or_else(|| Invalid::new("The identity has no cluster_name. Give the name of the cluster."))?;
    Ok(ClusterImportId {
        account: part("account_id").map(AccountId::parse).transpose()?,
        cluster: ClusterName::parse(cluster)?,
        region: part("region").map(Region::parse).transpose()?,
    })
}
