//! One writer at a time for each access entry, and who has claimed it in this run.
//!
//! Two addresses may name one entry for a moment: a renamed `for_each` key is a create under the new key and a
//! delete under the old one, in any order. The delete must not take away what the create has just taken over.

use crate::resources::sso_access::target::Target;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// Account, Region, cluster, principal.
type Key = (String, String, String, String);

#[derive(Debug, Default)]
pub(super) struct Writes {
    claims: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<Claim>>>>,
    half_made: Mutex<HashSet<Key>>,
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

impl Writes {
    /// Waits for one's turn to write an entry.
    pub(super) async fn turn(&self, target: &Target, principal_arn: &str) -> OwnedMutexGuard<Claim> {
        let entry = lock(&self.claims).entry(key(target, principal_arn)).or_default().clone();
        entry.lock_owned().await
    }

    /// Remembers an entry that this state holds half-made. Terraform plans the grant anew as if there were no
    /// state, and then its entry must not be taken for somebody else's.
    pub(super) fn note_half_made(&self, target: &Target, principal_arn: &str) {
        lock(&self.half_made).insert(key(target, principal_arn));
    }

    /// See [`Self::note_half_made`].
    pub(super) fn is_half_made(&self, target: &Target, principal_arn: &str) -> bool {
        lock(&self.half_made).contains(&key(target, principal_arn))
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
