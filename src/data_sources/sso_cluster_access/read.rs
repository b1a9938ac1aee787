//! Reading the access entries of a cluster: one call for a hundred of them, and two for each.

use crate::aws::eks::{AccessEntry, Eks};
use crate::aws::error::{AwsError, ErrorKind};
use crate::domain::access_policy::AccessScope;
use crate::domain::cluster::ClusterName;
use crate::hosting::{scope_stop, stop_token};
use std::collections::BTreeMap;
use tokio::task::JoinSet;

/// The type of entries for people, and the only one that always has policies.
const STANDARD: &str = "STANDARD";
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
    let listed = eks.list_access_entries(cluster.as_str()).await;
    let mut waiting = listed
        .map_err(|error| Unread {
            principal_arn: None,
            error,
        })?
        .into_iter();
    let mut asked = JoinSet::new();
    let mut entries = Vec::new();
    loop {
        while asked.len() < AT_ONCE
            && let Some(principal_arn) = waiting.next()
        {
            let (eks, cluster) = (eks.clone(), cluster.clone());
            asked.spawn(scope_stop(stop_token(), async move {
                let read = read_entry(&eks, &cluster, &principal_arn).await;
                read.map_err(|error| Unread {
                    principal_arn: Some(principal_arn),
                    error,
                })
            }));
        }
        match asked.join_next().await {
            Some(read) => entries.extend(read.expect("the task neither panics nor is aborted before it is awaited")?),
            None => break,
        }
    }
    entries.sort_by(|a: &Entry, b| a.entry.principal_arn.cmp(&b.entry.principal_arn));
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
