//! One writer at a time for each access entry, and who has claimed it in this run.
//!
//! Two addresses may name one entry for a moment: a renamed `for_each` key is a create under the new key and a
//! delete under the old one, in any order. The delete must not take away what the create has just taken over. The same holds
//! for what `eks_sso_access_exclusive` removes, so all resource types of a provider share these.

use crate::cluster_place::ClusterPlace;
use crate::lock::lock;
use crate::resources::sso_grant::target::Target;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use tokio::sync::OwnedMutexGuard;

/// Cluster and principal.
type Key = (ClusterPlace, String);

/// Cheap to clone; all clones are the same claims.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claims(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    claims: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<Claim>>>>,
    held: Mutex<HashMap<Key, Held>>,
    half_made: Mutex<HashSet<Target>>,
    bindings: Mutex<HashMap<Key, Binding>>,
    leaving: Mutex<HashMap<ClusterPlace, BTreeSet<String>>>,
    granted: Mutex<HashSet<Key>>,
    unwanted: Mutex<HashSet<Key>>,
    left: Mutex<HashMap<Key, String>>,
    administrators: Mutex<HashSet<Key>>,
    leaving_rows: Mutex<HashSet<Key>>,
    refreshed: Mutex<HashSet<ClusterPlace>>,
}

/// What this run did with an entry.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Nothing that matters to others.
    #[default]
    None,
    /// A resource made it or took it over.
    Made,
}

/// How the state of this run holds an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    /// As one that was made and finished.
    Whole,
    /// As one whose create failed, and which could not be deleted again.
    HalfMade {
        /// Which one that was.
        access_entry_arn: String,
    },
}

/// The role that EKS has bound an entry to, as a state knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) access_entry_arn: String,
    /// `None`: another one than the role that there is.
    pub(crate) role_id: Option<String>,
}

impl Claims {
    /// Waits for one's turn to write an entry.
    pub(crate) async fn turn(&self, cluster: impl Into<ClusterPlace>, principal_arn: &str) -> OwnedMutexGuard<Claim> {
        let entry = lock(&self.0.claims).entry(key(cluster, principal_arn)).or_default().clone();
        entry.lock_owned().await
    }

    /// Remembers an entry that the state holds. Terraform plans a tainted grant as if there were no state, and only
    /// from this can it be told that its entry is not somebody else's.
    pub(crate) fn note_held(&self, target: &Target, principal_arn: &str, held: Held) {
        if matches!(held, Held::HalfMade { .. }) {
            lock(&self.0.half_made).insert(target.clone());
        }
        lock(&self.0.held).insert(key(target, principal_arn), held);
    }

    /// Remembers to which role an entry of a state is bound: EKS does not tell, and the create of a replacement has no state.
    pub(crate) fn note_binding(&self, target: &Target, principal_arn: &str, binding: Binding) {
        lock(&self.0.bindings).insert(key(target, principal_arn), binding);
    }

    /// See [`Self::note_binding`].
    pub(crate) fn binding(&self, target: &Target, principal_arn: &str) -> Option<Binding> {
        lock(&self.0.bindings).get(&key(target, principal_arn)).cloned()
    }

    /// Remembers that this run plans to take a cluster's administration away from these principals, and tells of all for whom it does.
    pub(crate) fn leaving(&self, cluster: impl Into<ClusterPlace>, principal_arns: BTreeSet<String>) -> BTreeSet<String> {
        let mut leaving = lock(&self.0.leaving);
        let leaving = leaving.entry(cluster.into()).or_default();
        leaving.extend(principal_arns);
        leaving.clone()
    }

    /// Remembers an entry that a grant of this plan makes or keeps, and tells whether `eks_sso_access_exclusive` deletes it.
    pub(crate) fn grant(&self, cluster: impl Into<ClusterPlace>, principal_arn: &str) -> bool {
        let key = key(cluster, principal_arn);
        let is_unwanted = lock(&self.0.unwanted).contains(&key);
        lock(&self.0.granted).insert(key);
        is_unwanted
    }

    /// Remembers an entry that `eks_sso_access_exclusive` plans to delete, and tells whether a grant of this plan makes or keeps it.
    pub(crate) fn unwant(&self, cluster: impl Into<ClusterPlace>, principal_arn: &str) -> bool {
        let key = key(cluster, principal_arn);
        let is_granted = lock(&self.0.granted).contains(&key);
        lock(&self.0.unwanted).insert(key);
        is_granted
    }

    /// Remembers an entry that the end of the grant that made it has left to those who share it.
    pub(crate) fn leave(&self, cluster: impl Into<ClusterPlace>, principal_arn: &str, access_entry_arn: &str) {
        lock(&self.0.left).insert(key(cluster, principal_arn), access_entry_arn.to_owned());
    }

    /// Whether it was this entry: a replacement joins it again, and Terraform gives its create nothing of what its end knew.
    pub(crate) fn was_left(&self, cluster: impl Into<ClusterPlace>, principal_arn: &str, access_entry_arn: &str) -> bool {
        lock(&self.0.left).get(&key(cluster, principal_arn)).map(String::as_str) == Some(access_entry_arn)
    }

    /// Remembers that a grant of this plan gives a principal the administration of a whole cluster.
    pub(crate) fn administer(&self, cluster: impl Into<ClusterPlace>, principal_arn: &str) {
        lock(&self.0.administrators).insert(key(cluster, principal_arn));
    }

    /// Whether grants of this plan have given a cluster another administrator than these.
    pub(crate) fn administered_besides(&self, cluster: &ClusterPlace, principal_arns: &BTreeSet<String>) -> bool {
        let administrators = lock(&self.0.administrators);
        let is_another = |(place, arn): &Key| place == cluster && !principal_arns.contains(arn);
        administrators.iter().any(is_another)
    }

    /// Remembers that this run plans to remove a row of aws-auth. EKS compares these ARNs in any case of letters.
    pub(crate) fn remove_row(&self, cluster: impl Into<ClusterPlace>, arn: &str) {
        lock(&self.0.leaving_rows).insert(key(cluster, &arn.to_ascii_lowercase()));
    }

    /// Whether this run plans to remove the row, as far as it has planned yet.
    pub(crate) fn removes_row(&self, cluster: impl Into<ClusterPlace>, arn: &str) -> bool {
        lock(&self.0.leaving_rows).contains(&key(cluster, &arn.to_ascii_lowercase()))
    }

    /// Remembers that a refresh of this run has looked at all entries of a cluster.
    pub(crate) fn note_refresh(&self, cluster: &ClusterPlace) {
        lock(&self.0.refreshed).insert(cluster.clone());
    }

    /// See [`Self::note_refresh`].
    pub(crate) fn is_refreshed(&self, cluster: &ClusterPlace) -> bool {
        lock(&self.0.refreshed).contains(cluster)
    }

    /// Whether the state holds a half-made entry of this grant, for whichever role the grant had then.
    pub(crate) fn is_half_made(&self, target: &Target) -> bool {
        lock(&self.0.half_made).contains(target)
    }

    /// See [`Self::note_held`].
    pub(crate) fn held(&self, cluster: impl Into<ClusterPlace>, principal_arn: &str) -> Option<Held> {
        lock(&self.0.held).get(&key(cluster, principal_arn)).cloned()
    }
}

fn key(cluster: impl Into<ClusterPlace>, principal_arn: &str) -> Key {
    (cluster.into(), principal_arn.to_owned())
}
