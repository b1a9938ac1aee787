//! How long roles are waited for.

use crate::domain::place::AccountId;
use crate::lock::lock;
use crate::resources::sso_grant::target::Target;
use std::collections::HashMap;
use std::sync::Mutex;
use tokio::time::Instant;

/// Since when roles are waited for. Hundreds of grants may wait for one role that never comes, ten at a time: they
/// have one deadline together, or the apply would take hours to say so.
#[derive(Debug, Default)]
pub(crate) struct Waits(Mutex<HashMap<(AccountId, String), Instant>>);

impl Waits {
    /// Until when a grant that has until `until` waits for its role.
    pub(crate) fn deadline(&self, target: &Target, until: Instant) -> Instant {
        let now = Instant::now();
        *lock(&self.0).entry(key(target)).or_insert(now) + until.saturating_duration_since(now)
    }

    /// The role came.
    pub(crate) fn is_over(&self, target: &Target) {
        lock(&self.0).remove(&key(target));
    }
}

fn key(target: &Target) -> (AccountId, String) {
    (target.role_account.clone(), target.grantee.to_string())
}
