//! The difference between what an access entry is and what is wanted of it, in an order in which nobody loses access that
//! they had before and have afterwards.
//!
//! The order is: what only adds (new policies, wider scopes), the entry itself (groups and user name, swapped at once),
//! tags, what may take away (other new scopes), and last the policies that go. So people who move from a group to a
//! policy, or back, have at every moment all of the old or all of the new, and a failure half-way leaves more, never less.
//! A changed scope is always an AssociateAccessPolicy, which is an upsert (EKS User Guide, "Associate access policies"):
//! disassociating first would open a gap.
//!
//! UpdateAccessEntry resets a field that is left out, so both are always sent.

use crate::domain::access_entry::change::Change;
use crate::domain::access_entry::content::{Actual, Before, Desired, Management, Replacement};
use crate::domain::access_entry::ours::{MARK_TAG, OWNER_TAG, is_reserved_tag};
use crate::domain::access_policy::{AccessPolicyName, AccessScope};
use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::kubernetes::{default_user_name_of, is_default_user_name_of, is_generated_user_name};
use crate::domain::place::Partition;
use crate::domain::tags::{IgnoreTags, Tags, tag_change};
use std::collections::BTreeMap;

/// The calls that make the access entry what the configuration says, in order; none if it is so already.
///
/// `before` counts on a shared entry only: what the grant gave there and names no longer is taken away, and what it had
/// replaced is put back.
#[must_use]
pub fn changes(
    actual: &Actual,
    desired: &Desired,
    before: &Before,
    principal: &AccessEntryPrincipal,
    partition: &Partition,
    ignore: &IgnoreTags,
) -> Vec<Change> {
    let target = target(actual, desired, before, principal, partition);
    let (additions, rescopes) = associations(actual, &target.policies);
    let mut changes = additions;
    changes.extend(entry_update(actual, &target));
    changes.extend(tag_changes(actual, &target.tags, ignore));
    changes.extend(rescopes);
    changes.extend(disassociations(actual, &target.policies));
    changes
}

/// Whether an entry has more than a configuration gives: then finishing it would take something away, or leave what nobody
/// configured.
#[must_use]
pub fn goes_beyond(actual: &Actual, changes: &[Change]) -> bool {
    !changes.iter().all(|change| change.only_adds(actual))
}

/// What the entry is to be in the end.
fn target(actual: &Actual, desired: &Desired, before: &Before, principal: &AccessEntryPrincipal, partition: &Partition) -> Actual {
    match desired.management {
        Management::Exclusive => exclusive_target(actual, desired, principal, partition),
        Management::Additive => shared_target(actual, desired, before, principal, partition),
    }
}

fn exclusive_target(actual: &Actual, desired: &Desired, principal: &AccessEntryPrincipal, partition: &Partition) -> Actual {
    let mut tags = desired.tags.clone();
    // The mark of whatever create it was: it tells a second run, nobody else.
    if let (Some(mark), false) = (actual.tags.get(MARK_TAG), tags.contains_key(MARK_TAG)) {
        tags.insert(MARK_TAG.to_owned(), mark.clone());
    }
    // No plan shows whose an entry is, so no apply changes it.
    if let Some(owner) = actual.tags.get(OWNER_TAG) {
        tags.insert(OWNER_TAG.to_owned(), owner.clone());
    }
    Actual {
        groups: desired.groups.clone(),
        user_name: desired
            .user_name
            .clone()
            .unwrap_or_else(|| own_user_name(&actual.user_name, principal)),
        policies: wanted_policies(desired, partition).collect(),
        tags,
    }
}

fn shared_target(actual: &Actual, desired: &Desired, before: &Before, principal: &AccessEntryPrincipal, partition: &Partition) -> Actual {
    let Before { given, replaced } = before;
    let mut groups = actual.groups.clone();
    groups.retain(|group| !given.groups.contains(group));
    groups.extend(desired.groups.clone());

    let user_name = match (&desired.user_name, &given.user_name) {
        (Some(name), _) => name.clone(),
        (None, Some(_)) => match &replaced.user_name {
            Some(replacement) if !replacement.stands(&actual.user_name) => actual.user_name.clone(),
            // One that EKS made names the role that the entry was for then.
            Some(Replacement { theirs, .. }) if !is_generated_user_name(theirs) => theirs.clone(),
            _ => default_user_name_of(principal),
        },
        (None, None) => actual.user_name.clone(),
    };

    let mut policies = actual.policies.clone();
    for name in given.policies.keys() {
        give_up(&mut policies, &replaced.scopes, &name.arn(partition));
    }
    policies.extend(wanted_policies(desired, partition));

    let mut tags = actual.tags.clone();
    for key in given.tags.keys().filter(|key| !is_reserved_tag(key)) {
        give_up(&mut tags, &replaced.tags, key);
    }
    // Whose a shared entry is was said when it was made.
    let named = desired.tags.iter().filter(|(key, _)| !is_reserved_tag(key));
    tags.extend(named.map(|(key, value)| (key.clone(), value.clone())));
    Actual {
        groups,
        user_name,
        policies,
        tags,
    }
}

/// Takes a value of the grant off, or puts back what it had replaced. Somebody who has taken it off since did not want it back.
fn give_up<T: Clone + PartialEq>(values: &mut BTreeMap<String, T>, replaced: &BTreeMap<String, Replacement<T>>, key: &str) {
    match (replaced.get(key), values.get_mut(key)) {
        (Some(replacement), Some(value)) if replacement.stands(value) => *value = replacement.theirs.clone(),
        (Some(_), _) => {}
        (None, _) => drop(values.remove(key)),
    }
}

fn wanted_policies(desired: &Desired, partition: &Partition) -> impl Iterator<Item = (String, AccessScope)> {
    let arn_of = |(name, scope): (&AccessPolicyName, &AccessScope)| (name.arn(partition), scope.clone());
    desired.policies.iter().map(arn_of).collect::<Vec<_>>().into_iter()
}

/// The user name that EKS makes; one that it made already stays as EKS wrote it.
fn own_user_name(actual: &str, principal: &AccessEntryPrincipal) -> String {
    match is_default_user_name_of(actual, principal) {
        true => actual.to_owned(),
        false => default_user_name_of(principal),
    }
}

/// The policies to associate: those that only add access, and those whose new scope may also take some away.
fn associations(actual: &Actual, wanted: &BTreeMap<String, AccessScope>) -> (Vec<Change>, Vec<Change>) {
    let changed = wanted.iter().filter(|(arn, scope)| actual.policies.get(*arn) != Some(*scope));
    changed
        .map(|(arn, scope)| Change::Associate {
            policy_arn: arn.clone(),
            scope: scope.clone(),
        })
        .partition(|change| change.only_adds(actual))
}

fn disassociations(actual: &Actual, wanted: &BTreeMap<String, AccessScope>) -> Vec<Change> {
    let leaving = actual.policies.keys().filter(|arn| !wanted.contains_key(*arn));
    leaving.map(|arn| Change::Disassociate { policy_arn: arn.clone() }).collect()
}

fn entry_update(actual: &Actual, target: &Actual) -> Option<Change> {
    let is_same = target.groups == actual.groups && target.user_name == actual.user_name;
    (!is_same).then(|| Change::UpdateEntry {
        groups: target.groups.clone(),
        user_name: target.user_name.clone(),
        old_groups: actual.groups.clone(),
        old_user_name: actual.user_name.clone(),
    })
}

fn tag_changes(actual: &Actual, target: &Tags, ignore: &IgnoreTags) -> Vec<Change> {
    let change = tag_change(&actual.tags, target, ignore);
    let set = (!change.set.is_empty()).then_some(Change::Tag(change.set));
    let untag = (!change.remove.is_empty()).then_some(Change::Untag(change.remove));
    set.into_iter().chain(untag).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
