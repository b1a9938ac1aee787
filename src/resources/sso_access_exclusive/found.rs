//! The unexpected entries of a cluster: one call for a hundred entries, and two for each unexpected one.

use crate::aws::eks::Eks;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::domain::access_entry::Expected;
use crate::resources::access_entry::entry::{Entry, STANDARD, read_entry};
use crate::resources::sso_access_exclusive::model::{Entries, EntryModel};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tf_provider::value::Value;

/// Entries that are read at the same time: enough to hide the way to AWS, few enough not to be throttled.
const AT_ONCE: usize = 8;

/// A failure, and what failed.
#[derive(Debug)]
pub(super) struct Unread {
    /// The principal whose entry could not be read; `None` if the list could not.
    pub(super) principal_arn: Option<String>,
    pub(super) error: AwsError,
    /// The argument that led there.
    pub(super) attribute: &'static str,
}

impl Unread {
    /// Whether the cluster does not exist.
    pub(super) fn is_cluster_missing(&self) -> bool {
        self.principal_arn.is_none() && self.error.kind == ErrorKind::NotFound
    }
}

/// The entries for people that nobody expects. The first failure ends it: a list with gaps would be taken for whole.
pub(super) async fn unexpected(session: &Session, place: &ClusterPlace, expected: &Expected) -> Result<Entries, Unread> {
    let eks = client(session, place).await?;
    let mut listed = list(&eks, place).await?;
    listed.retain(|principal_arn| !expected.expects(principal_arn));
    let eks = &eks;
    let reads = stream::iter(listed).map(|principal_arn| async move {
        let entry = read_one(eks, place, &principal_arn).await;
        let entry = entry.map_err(|error| Unread {
            principal_arn: Some(principal_arn.clone()),
            ..unread("cluster_name")(error)
        })?;
        Ok(entry.map(|entry| (principal_arn, Value::Value(EntryModel::from(&entry)))))
    });
    let read: Vec<_> = reads.buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}

/// `None` if the entry is for nodes, or has gone since it was listed.
async fn read_one(eks: &Eks, place: &ClusterPlace, principal_arn: &str) -> Result<Option<Entry>, AwsError> {
    let entry = read_entry(eks, place.cluster.as_str(), principal_arn).await?;
    Ok(entry.filter(|entry| entry.entry.type_ == STANDARD))
}

/// Whether the entries of the cluster can be listed at all.
pub(super) async fn check_readable(session: &Session, place: &ClusterPlace) -> Result<(), Unread> {
    let eks = client(session, place).await?;
    list(&eks, place).await.map(drop)
}

fn unread(attribute: &'static str) -> impl FnOnce(AwsError) -> Unread {
    move |error| Unread {
        principal_arn: None,
        error,
        attribute,
    }
}

async fn client(session: &Session, place: &ClusterPlace) -> Result<Eks, Unread> {
    session.credentials(&place.account).await.map_err(unread("account_id"))?;
    session.eks(&place.account, &place.region).await.map_err(unread("region"))
}

async fn list(eks: &Eks, place: &ClusterPlace) -> Result<Vec<String>, Unread> {
    eks.list_access_entries(place.cluster.as_str())
        .await
        .map_err(unread("cluster_name"))
}
