//! Reading the access entries of a cluster: one call for a hundred of them, and two for each.

use crate::aws::eks::{AccessEntry, Eks};
use crate::aws::error::{AwsError, ErrorKind};
use crate::domain::access_policy::AccessScope;
use crate::domain::cluster::ClusterName;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::collections::BTreeMap;

/// The type of entries for people, and the only one that always has policies.
pub(super) const STANDARD: &str = "STANDARD";
/// Entries that are read at the same time: enough to hide the way to AWS, few enough not to be throttled.
const AT_ONCE: usize = 8;

/// An access entry and its policies by ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) entry: AccessEntry,
    pub(super) policies: BTreeMap<String, AccessScope>,
}

/// A failure, and what failed.
#[derive(Debug)]
pub(super) struct Unread {
    /// The principal whose entry could not be read; `None` if the list could not.
    pub(super) principal_arn: Option<String>,
    pub(super) error: AwsError,
}

/// All entries of a cluster, sorted by principal. The first failure ends it: a list with gaps would be taken for whole.
pub(super) async fn all_entries(eks: &Eks, cluster: &ClusterName) -> Result<Vec<Entry>, Unread> {
    let unread = |principal_arn| move |error| Unread { principal_arn, error };
    let listed = eks.list_access_entries(cluster.as_str()).await.map_err(unread(None))?;
    let reads = stream::iter(listed).map(|principal_arn| async move {
        let read = read_entry(eks, cluster, &principal_arn).await;
        read.map_err(unread(Some(principal_arn)))
    });
    let read: Vec<Option<Entry>> = reads.buffer_unordered(AT_ONCE).try_collect().await?;
    let mut entries: Vec<Entry> = read.into_iter().flatten().collect();
    entries.sort_by(|a, b| a.entry.principal_arn.cmp(&b.entry.principal_arn));
    Ok(entries)
}

/// `None` if the entry went since it was listed.
async fn read_entry(eks: &Eks, cluster: &ClusterName, principal_arn: &str) -> Result<Option<Entry>, AwsError> {
    let Some(entry) = eks.describe_access_entry(cluster.as_str(), principal_arn).await? else {
        return Ok(None);
    };
    match eks.list_associated_access_policies(cluster.as_str(), principal_arn).await {
        Ok(policies) => Ok(Some(Entry { entry, policies })),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        // EKS may refuse the question for types that have no policies: those of nodes.
        Err(error) if error.kind == ErrorKind::InvalidParameter && entry.type_ != STANDARD => Ok(Some(Entry {
            entry,
            policies: BTreeMap::new(),
        })),
        Err(error) => Err(error),
    }
}
