//! What an access entry is, and what is wanted of it.

use crate::domain::access_policy::{AccessPolicyName, AccessScope};
use crate::domain::kubernetes::is_generated_user_name;
use crate::domain::place::Partition;
use crate::domain::tags::Tags;
use std::collections::{BTreeMap, BTreeSet};

/// Whether this configuration has the entry for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Management {
    /// What is not in the configuration is removed.
    Exclusive,
    /// Shared with others: only what the configuration names, or named before, is given and taken away.
    Additive,
}

/// What the configuration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The Kubernetes groups that it names.
    pub groups: BTreeSet<String>,
    /// The user name that it names; `None` for the one that EKS makes, or on a shared entry for whatever it is.
    pub user_name: Option<String>,
    /// The policies that it names, and where they hold.
    pub policies: BTreeMap<AccessPolicyName, AccessScope>,
    /// All tags that it names, default ones included.
    pub tags: Tags,
    /// Whether there may be more.
    pub management: Management,
}

/// What the access entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actual {
    /// The Kubernetes groups.
    pub groups: BTreeSet<String>,
    /// The user name; EKS always tells one.
    pub user_name: String,
    /// The policies by ARN, since one may be of a kind that we cannot name.
    pub policies: BTreeMap<String, AccessScope>,
    /// All tags, ignored ones included.
    pub tags: Tags,
}

/// What a grant has given to a shared entry: what it may take away again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// Its groups.
    pub groups: BTreeSet<String>,
    /// Whether it set the user name.
    pub user_name: bool,
    /// Its policies.
    pub policies: BTreeSet<AccessPolicyName>,
    /// Keys of its tags.
    pub tags: BTreeSet<String>,
}

/// Single values of others that a grant has replaced on a shared entry: they are put back when the grant gives them up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaced {
    /// The user name, where it was not EKS's own.
    pub user_name: Option<String>,
    /// Scopes of policies, by policy ARN.
    pub scopes: BTreeMap<String, AccessScope>,
    /// Values of tags.
    pub tags: Tags,
}

/// What a grant did to a shared entry before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// What it gave.
    pub given: Given,
    /// What it replaced.
    pub replaced: Replaced,
}

impl Desired {
    /// What a grant gives by these.
    #[must_use]
    pub fn given(&self) -> Given {
        Given {
            groups: self.groups.clone(),
            user_name: self.user_name.is_some(),
            policies: self.policies.keys().cloned().collect(),
            tags: self.tags.keys().cloned().collect(),
        }
    }
}

impl Replaced {
    /// Everything that one of the two remembers; this one's value where both do.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let mut both = other.clone();
        both.user_name = self.user_name.clone().or(both.user_name);
        both.scopes.extend(self.scopes.clone());
        both.tags.extend(self.tags.clone());
        both
    }

    /// What is remembered once `desired` is written over `actual`: values of others that are replaced now, and those from
    /// before that the grant still holds.
    #[must_use]
    pub fn after(&self, given: &Given, actual: &Actual, desired: &Desired, partition: &Partition) -> Self {
        let mut after = Self::default();
        if desired
            .user_name
            .as_ref()
            .is_some_and(|wanted| *wanted != actual.user_name || given.user_name)
        {
            // One that EKS made is nobody's: EKS makes it again.
            after.user_name = match given.user_name {
                true => self.user_name.clone(),
                false => Some(&actual.user_name).filter(|name| !is_generated_user_name(name)).cloned(),
            };
        }
        for (name, scope) in &desired.policies {
            let arn = name.arn(partition);
            let theirs = if given.policies.contains(name) {
                self.scopes.get(&arn)
            } else {
                actual.policies.get(&arn).filter(|held| *held != scope)
            };
            after.scopes.extend(theirs.map(|scope| (arn, scope.clone())));
        }
        for (key, value) in &desired.tags {
            let theirs = if given.tags.contains(key) {
                self.tags.get(key)
            } else {
                actual.tags.get(key).filter(|held| *held != value)
            };
            after.tags.extend(theirs.map(|value| (key.clone(), value.clone())));
        }
        after
    }
}
