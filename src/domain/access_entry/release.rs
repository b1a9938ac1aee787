//! The end of a grant: what is taken away, and what stays.

use crate::domain::access_entry::change::Change;
use crate::domain::access_entry::changes::changes;
use crate::domain::access_entry::content::{Actual, Before, Desired, Management};
use crate::domain::access_entry::ours::is_reserved_tag;
use crate::domain::access_policy::AccessPolicyName;
use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::kubernetes::is_default_user_name_of;
use crate::domain::place::Partition;
use crate::domain::tags::{IgnoreTags, Tags, ignored};
use std::collections::BTreeSet;

/// The calls that end a shared grant: the whole entry where the grant made it and nothing of others is on it, else what the
/// grant gave, with the values of others that it had replaced put back.
///
/// An entry that is not shared is deleted whole ([`Change::Delete`]); that takes no look at what is on it.
#[must_use]
pub fn release(
    actual: &Actual,
    before: &Before,
    made_here: bool,
    principal: &AccessEntryPrincipal,
    partition: &Partition,
    ignore: &IgnoreTags,
) -> Vec<Change> {
    if made_here && is_all_ours(actual, before, principal, ignore) {
        return vec![Change::Delete];
    }
    changes(actual, &nothing(), before, principal, partition, ignore)
}

/// A grant that names nothing any more.
fn nothing() -> Desired {
    Desired {
        groups: BTreeSet::new(),
        user_name: None,
        policies: [].into(),
        tags: Tags::new(),
        management: Management::Additive,
    }
}

/// Whether nobody else has put anything on the entry. Tags that nobody here looks after are no sign of anybody's access.
fn is_all_ours(actual: &Actual, before: &Before, principal: &AccessEntryPrincipal, ignore: &IgnoreTags) -> bool {
    let given = &before.given;
    let is_given = |arn: &String| AccessPolicyName::from_arn(arn).is_ok_and(|name| given.policies.contains_key(&name));
    let replaces_nothing = before.replaced == Default::default();
    replaces_nothing
        && actual.groups.is_subset(&given.groups)
        && actual.policies.keys().all(is_given)
        && actual
            .tags
            .keys()
            .all(|key| given.tags.contains_key(key) || is_reserved_tag(key) || ignored(ignore, key))
        && (given.user_name.is_some() || is_default_user_name_of(&actual.user_name, principal))
}
