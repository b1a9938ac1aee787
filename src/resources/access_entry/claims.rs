//! One writer at a time for each access entry, and who has claimed it in this run.
//!
//! Two addresses may name one entry for a moment: a renamed `for_each` key is a create under the new key and a
//! delete under the old one, in any order. The delete must not take away what the create has just taken over. The same holds
//! for what `eks_sso_access_exclusive` removes, so all resource types of a provider share these.

use crate::cluster_place::ClusterPlace;
use crate::lock::lock;
use crate::resources::sso_grant::target::Target;
use std::collections::{HashMap, HashSet};
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
    imported: Mutex<HashSet<Key>>,
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

    /// Remembers an entry that is imported in this run.
    pub(crate) fn note_imported(&self, target: &Target, principal_arn: &str) {
        lock(&self.0.imported).insert(key(target, principal_arn));
    }

    /// See [`Self::note_imported`].
    pub(crate) fn is_imported(&self, target: &Target, principal_arn: &str) -> bool {
        lock(&self.0.imported).contains(&key(target, principal_arn))
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
