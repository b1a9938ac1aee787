//! One writer at a time for each access entry, and who has claimed it in this run.
//!
//! Two addresses may name one entry for a moment: a renamed `for_each` key is a create under the new key and a
//! delete under the old one, in any order. The delete must not take away what the create has just taken over.

use crate::lock::lock;
use crate::resources::sso_grant::target::Target;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use tokio::sync::OwnedMutexGuard;

/// Account, Region, cluster, principal.
type Key = (String, String, String, String);

#[derive(Debug, Default)]
pub(super) struct Claims {
    claims: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<Claim>>>>,
    held: Mutex<HashMap<Key, Held>>,
    half_made: Mutex<HashSet<Target>>,
}

/// What this run did with an entry.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// Nothing that matters to others.
    #[default]
    None,
    /// A resource made it or took it over.
    Made,
}

/// How the state of this run holds an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Held {
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
    pub(super) async fn turn(&self, target: &Target, principal_arn: &str) -> OwnedMutexGuard<Claim> {
        let entry = lock(&self.claims).entry(key(target, principal_arn)).or_default().clone();
        entry.lock_owned().await
    }

    /// Remembers an entry that the state holds. Terraform plans a tainted grant as if there were no state, and only
    /// from this can it be told that its entry is not somebody else's.
    pub(super) fn note_held(&self, target: &Target, principal_arn: &str, held: Held) {
        if matches!(held, Held::HalfMade { .. }) {
            lock(&self.half_made).insert(target.clone());
        }
        lock(&self.held).insert(key(target, principal_arn), held);
    }

    /// Whether the state holds a half-made entry of this grant, for whichever role the grant had then.
    pub(super) fn is_half_made(&self, target: &Target) -> bool {
        lock(&self.half_made).contains(target)
    }

    /// See [`Self::note_held`].
    pub(super) fn held(&self, target: &Target, principal_arn: &str) -> Option<Held> {
        lock(&self.held).get(&key(target, principal_arn)).cloned()
    }
}

fn key(target: &Target, principal_arn: &str) -> Key {
    (
        target.account.to_string(),
        target.region.to_string(),
        target.cluster.to_string(),
        principal_arn.to_owned(),
    )
}
