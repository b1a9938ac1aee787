//! What an access entry is, and what is wanted of it.

use crate::domain::access_entry::ours::is_reserved_tag;
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
    /// The user name, if it set one.
    pub user_name: Option<String>,
    /// Its policies, and where they hold.
    pub policies: BTreeMap<AccessPolicyName, AccessScope>,
    /// Its tags.
    pub tags: Tags,
}

/// Single values of others that a grant has replaced on a shared entry: they are put back when the grant gives them up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaced {
    /// The user name, where it was not EKS's own.
    pub user_name: Option<Replacement<String>>,
    /// Scopes of policies, by policy ARN.
    pub scopes: BTreeMap<String, Replacement<AccessScope>>,
    /// Values of tags.
    pub tags: BTreeMap<String, Replacement<String>>,
}

/// A value of others, and the one that the grant wrote over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement<T> {
    /// What others had.
    pub theirs: T,
    /// What the grant wrote; `None` where that was not remembered.
    pub ours: Option<T>,
}

impl<T: PartialEq> Replacement<T> {
    /// Whether `now` is what the grant wrote. Who has written another value since, meant that one.
    #[must_use]
    pub fn stands(&self, now: &T) -> bool {
        self.ours.as_ref().is_none_or(|ours| ours == now)
    }
}

/// What a grant did to a shared entry before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// What it gave.
    pub given: Given,
    /// What it replaced.
    pub replaced: Replaced,
}

impl Before {
    /// The same for the entry of another role: what stands there just as the grant gave it has been taken along, by a move of its
    /// own that was killed or by who shares the entry. All else there is theirs.
    #[must_use]
    pub fn taken_along(&self, to: &Actual, partition: &Partition) -> Self {
        let mut along = self.clone();
        along.given.keep_where(true, to, partition);
        along
    }

    /// What others get back when the grant gives no more than `kept`.
    #[must_use]
    pub fn put_back(&self, kept: &Given, partition: &Partition) -> Replaced {
        let Self { given, replaced } = self;
        let mut back = replaced.clone();
        back.user_name
            .take_if(|name| kept.user_name.is_some() || !given.user_name.as_ref().is_some_and(|now| name.stands(now)));
        back.scopes.retain(|arn, scope| {
            let is_of = |name: &AccessPolicyName| name.arn(partition) == *arn;
            let now = given.policies.iter().find(|(name, _)| is_of(name));
            now.is_some_and(|(_, now)| scope.stands(now)) && !kept.policies.keys().any(is_of)
        });
        back.tags
            .retain(|key, value| given.tags.get(key).is_some_and(|now| value.stands(now)) && !kept.tags.contains_key(key));
        back
    }
}

impl Actual {
    /// What others have on the entry besides what a grant gave. Our own tags and EKS's own user name are nobody's.
    #[must_use]
    pub fn without(&self, given: &Given, partition: &Partition) -> Self {
        let mut rest = self.clone();
        rest.groups.retain(|group| !given.groups.contains(group));
        rest.policies
            .retain(|arn, _| !given.policies.keys().any(|name| name.arn(partition) == *arn));
        rest.tags.retain(|key, _| !given.tags.contains_key(key) && !is_reserved_tag(key));
        if given.user_name.is_some() || is_generated_user_name(&rest.user_name) {
            rest.user_name.clear();
        }
        rest
    }

    /// Whether nothing is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.user_name.is_empty() && self.policies.is_empty() && self.tags.is_empty()
    }
}

impl Desired {
    /// What a grant gives by these.
    #[must_use]
    pub fn given(&self) -> Given {
        Given {
            groups: self.groups.clone(),
            user_name: self.user_name.clone(),
            policies: self.policies.clone(),
            tags: self.tags.clone(),
        }
    }
}

impl Given {
    /// What of this a shared entry did not hold before.
    #[must_use]
    pub fn besides(mut self, actual: &Actual, partition: &Partition) -> Self {
        self.keep_where(false, actual, partition);
        self
    }

    /// Keeps what stands on an entry just as it was given, or all else.
    fn keep_where(&mut self, stands: bool, actual: &Actual, partition: &Partition) {
        self.groups.retain(|group| actual.groups.contains(group) == stands);
        self.user_name.take_if(|name| (*name == actual.user_name) != stands);
        self.policies
            .retain(|name, scope| (actual.policies.get(&name.arn(partition)) == Some(scope)) == stands);
        self.tags.retain(|key, value| (actual.tags.get(key) == Some(value)) == stands);
    }
}

impl Replaced {
    /// Everything that one of the two remembers; this one's value where both do. Which of two values the grant wrote last is not
    /// known then.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            user_name: either(self.user_name.as_ref(), other.user_name.as_ref()),
            scopes: each(&self.scopes, &other.scopes),
            tags: each(&self.tags, &other.tags),
        }
    }

    /// What is remembered once `desired` is written over `actual`: values of others that are replaced now, and those from
    /// before that the grant still holds.
    #[must_use]
    pub fn after(&self, given: &Given, actual: &Actual, desired: &Desired, partition: &Partition) -> Self {
        let mut after = Self::default();
        if let Some(ours) = &desired.user_name {
            // One that EKS made is nobody's: EKS makes it again.
            let standing = Some(&actual.user_name).filter(|name| !is_generated_user_name(name));
            after.user_name = match given.user_name {
                Some(_) => written_anew(self.user_name.as_ref(), ours),
                None => written_over(standing, ours),
            };
        }
        for (name, ours) in &desired.policies {
            let arn = name.arn(partition);
            let replacement = match given.policies.contains_key(name) {
                true => written_anew(self.scopes.get(&arn), ours),
                false => written_over(actual.policies.get(&arn), ours),
            };
            after.scopes.extend(replacement.map(|scope| (arn, scope)));
        }
        for (key, ours) in &desired.tags {
            let replacement = match given.tags.contains_key(key) {
                true => written_anew(self.tags.get(key), ours),
                false => written_over(actual.tags.get(key), ours),
            };
            after.tags.extend(replacement.map(|value| (key.clone(), value)));
        }
        after
    }
}

/// A value of others, now with what the grant writes in its place from now on.
fn written_anew<T: Clone>(replacement: Option<&Replacement<T>>, ours: &T) -> Option<Replacement<T>> {
    replacement.map(|Replacement { theirs, .. }| Replacement {
        theirs: theirs.clone(),
        ours: Some(ours.clone()),
    })
}

/// A value that the grant replaces, unless it says the same.
fn written_over<T: Clone + PartialEq>(standing: Option<&T>, ours: &T) -> Option<Replacement<T>> {
    standing.filter(|theirs| *theirs != ours).map(|theirs| Replacement {
        theirs: theirs.clone(),
        ours: Some(ours.clone()),
    })
}

fn either<T: Clone + PartialEq>(one: Option<&Replacement<T>>, other: Option<&Replacement<T>>) -> Option<Replacement<T>> {
    let (Some(one), Some(other)) = (one, other) else {
        return one.or(other).cloned();
    };
    Some(Replacement {
        theirs: one.theirs.clone(),
        ours: one.ours.clone().filter(|ours| other.ours.as_ref() == Some(ours)),
    })
}

fn each<T: Clone + PartialEq>(
    one: &BTreeMap<String, Replacement<T>>,
    other: &BTreeMap<String, Replacement<T>>,
) -> BTreeMap<String, Replacement<T>> {
    let keys = one.keys().chain(other.keys());
    keys.filter_map(|key| Some((key.clone(), either(one.get(key), other.get(key))?)))
        .collect()
}
