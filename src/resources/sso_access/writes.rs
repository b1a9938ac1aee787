//! One writer at a time for each access entry, and who has claimed it in this run.
//!
//! Two addresses may name one entry for a moment: a renamed `for_each` key is a create under the new key and a
//! delete under the old one, in any order. The delete must not take away what the create has just taken over.

use crate::resources::sso_access::target::Target;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// Account, Region, cluster, principal.
type Key = (String, String, String, String);

#[derive(Debug, Default)]
pub(super) struct Writes(Mutex<HashMap<Key, Arc<tokio::sync::Mutex<Claim>>>>);

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
        let key = (
            target.account.to_string(),
            target.region.to_string(),
            target.cluster.to_string(),
            principal_arn.to_owned(),
        );
        let entry = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(key)
            .or_default()
            .clone();
        entry.lock_owned().await
    }
}
