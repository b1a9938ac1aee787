//! What this run has explained already: hundreds of grants fail for one reason, and need it at length once.

use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use crate::lock::lock;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

/// What stands in the way of many grants at once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// A role that cannot be assumed, by its ARN.
    Role(String),
    /// An account that cannot be reached.
    Account(AccountId),
    /// A Kubernetes API that cannot be reached, by its endpoint.
    Endpoint(String),
    /// A permission set that has no role in an account.
    AbsentRole(AccountId, PermissionSetName),
    /// An account whose roles may not be looked up.
    UnreadAccount(AccountId),
    /// Identity Center, which could not be asked.
    IdentityCenter,
}

/// The obstacles that this run has explained. One for each session; all clones share it.
#[derive(Debug, Clone, Default)]
pub struct Told(Arc<Mutex<HashSet<Obstacle>>>);

impl Told {
    /// Whether nobody was told of this yet. True once for each obstacle: for those who explain it then.
    #[must_use]
    pub fn is_first(&self, obstacle: Obstacle) -> bool {
        lock(&self.0).insert(obstacle)
    }
}

// What was said about an error does not make it another one.
impl PartialEq for Told {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Told {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_obstacle_is_first_once_for_all_clones() {
        let (told, another_session) = (Told::default(), Told::default());
        let role = || Obstacle::Role("arn".to_owned());
        assert!(told.is_first(role()));
        assert!(!told.clone().is_first(role()));
        assert!(told.is_first(Obstacle::Endpoint("arn".to_owned())));
        assert!(another_session.is_first(role()));
    }
}
