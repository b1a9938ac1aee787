//! What `changes` and `release` come to, by tables and by random entries.

use super::*;
use crate::domain::access_entry::content::{Given, Replaced, Replacement};
use crate::domain::access_entry::ours::{OWNER_TAG, Ours};
use crate::domain::access_entry::release::release;
use std::collections::BTreeSet;
const ROLE: &str = "arn:aws:iam::222233334444:role/x/AWSReservedSSO_Dev_0123456789abcdef";
const DEFAULT_NAME: &str = "arn:aws:sts::222233334444:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/{{SessionName}}";
/// What stands on entries by other hands: another partition's policy.
const FOREIGN: &str = "arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";

fn role() -> AccessEntryPrincipal {
    AccessEntryPrincipal::parse(ROLE).unwrap()
}

fn aws() -> Partition {
    Partition::parse("aws").unwrap()
}

fn policy(name: &str) -> AccessPolicyName {
    AccessPolicyName::parse(name).unwrap()
}

fn arn(name: &str) -> String {
    policy(name).arn(&aws())
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn namespaces(names: &[&str]) -> AccessScope {
    AccessScope::Namespaces(set(names))
}

fn actual() -> Actual {
    Actual {
        groups: set(&["g"]),
        user_name: DEFAULT_NAME.to_owned(),
        policies: [(arn("View"), AccessScope::Cluster)].into(),
        tags: Tags::new(),
    }
}

fn desired() -> Desired {
    Desired {
        groups: set(&["g"]),
        user_name: None,
        policies: [(policy("View"), AccessScope::Cluster)].into(),
        management: Management::Exclusive,
        tags: Tags::new(),
    }
}

fn update(actual: &Actual, groups: &[&str], user_name: &str) -> Change {
    Change::UpdateEntry {
        groups: set(groups),
        user_name: user_name.to_owned(),
        old_groups: actual.groups.clone(),
        old_user_name: actual.user_name.clone(),
    }
}

fn associate(name: &str, scope: AccessScope) -> Change {
    Change::Associate {
        policy_arn: arn(name),
        scope,
    }
}

fn disassociate(policy_arn: &str) -> Change {
    Change::Disassociate {
        policy_arn: policy_arn.to_owned(),
    }
}

/// A shared grant that gave these policies before.
fn given(policies: &[&str]) -> Before {
    Before {
        given: Given {
            policies: policies.iter().map(|name| (policy(name), AccessScope::Cluster)).collect(),
            ..Given::default()
        },
        replaced: Replaced::default(),
    }
}

#[track_caller]
fn check(actual: &Actual, desired: &Desired, managed_before: &[&str], expected: &[Change]) {
    let before = given(managed_before);
    let ignore = IgnoreTags::default();
    assert_eq!(changes(actual, desired, &before, &role(), &aws(), &ignore), expected);
}

#[test]
fn nothing_to_do() {
    check(&actual(), &desired(), &["View"], &[]);
}

#[test]
fn the_default_user_name_of_any_partition_is_no_drift() {
    let mut actual = actual();
    actual.user_name = DEFAULT_NAME.replace("arn:aws:", "arn:aws-cn:");
    check(&actual, &desired(), &[], &[]);
    // If the groups change, it is sent back as EKS wrote it.
    let desired = Desired {
        groups: set(&[]),
        ..desired()
    };
    check(&actual, &desired, &[], &[update(&actual, &[], &actual.user_name)]);
}

#[test]
fn both_fields_are_always_sent() {
    let other = Desired {
        groups: set(&["h"]),
        ..desired()
    };
    check(&actual(), &other, &[], &[update(&actual(), &["h"], DEFAULT_NAME)]);
    let other = Desired {
        user_name: Some("sso:x".to_owned()),
        ..desired()
    };
    check(&actual(), &other, &[], &[update(&actual(), &["g"], "sso:x")]);
    let named = Actual {
        user_name: "sso:x".to_owned(),
        ..actual()
    };
    check(&named, &desired(), &[], &[update(&named, &["g"], DEFAULT_NAME)]);
}

#[test]
fn what_a_shared_grant_does_not_name_stays() {
    let shared = Desired {
        groups: set(&[]),
        management: Management::Additive,
        ..desired()
    };
    let actual = Actual {
        user_name: "theirs".to_owned(),
        ..actual()
    };
    check(&actual, &shared, &[], &[]);
    let shared = Desired {
        groups: set(&["h"]),
        ..shared
    };
    check(&actual, &shared, &[], &[update(&actual, &["g", "h"], "theirs")]);
}

/// A grant that shares an entry on which others have the group `g`, the policy View in namespace `a`, a tag and a name.
fn shared_with_others() -> (Actual, Desired, Before) {
    let mut theirs = actual();
    theirs.policies = [(arn("View"), namespaces(&["a"]))].into();
    theirs.user_name = "theirs".to_owned();
    theirs.tags = [("team".to_owned(), "theirs".to_owned())].into();
    let ours = Desired {
        groups: set(&["h"]),
        user_name: Some("ours".to_owned()),
        tags: [("team".to_owned(), "ours".to_owned()), ("new".to_owned(), "1".to_owned())].into(),
        management: Management::Additive,
        ..desired()
    };
    let replaced = Replaced::default().after(&Given::default(), &theirs, &ours, &aws());
    let before = Before {
        given: ours.given(),
        replaced,
    };
    (theirs, ours, before)
}

fn carry_out(mut entry: Actual, changes: &[Change]) -> Actual {
    changes.iter().for_each(|change| apply(&mut entry, change));
    entry
}

#[test]
fn a_shared_grant_that_ends_leaves_the_entry_as_it_found_it() {
    let (theirs, ours, before) = shared_with_others();
    let ignore = IgnoreTags::default();
    let joined = carry_out(
        theirs.clone(),
        &changes(&theirs, &ours, &Before::default(), &role(), &aws(), &ignore),
    );
    assert_eq!(joined.user_name, "ours");
    assert_eq!(joined.groups, set(&["g", "h"]));
    let left = carry_out(joined.clone(), &release(&joined, &before, false, &role(), &aws(), &ignore));
    assert_eq!(left, theirs);
}

#[test]
fn what_was_replaced_is_remembered_for_as_long_as_the_grant_holds_it() {
    let (theirs, ours, before) = shared_with_others();
    let ignore = IgnoreTags::default();
    let joined = carry_out(
        theirs.clone(),
        &changes(&theirs, &ours, &Before::default(), &role(), &aws(), &ignore),
    );
    // A second apply of the same finds our own values, and must not take them for theirs.
    let again = before.replaced.after(&before.given, &joined, &ours, &aws());
    assert_eq!(again, before.replaced);
    // What is given up is put back, and forgotten.
    let less = Desired {
        user_name: None,
        tags: Tags::new(),
        ..ours
    };
    let released = carry_out(joined.clone(), &changes(&joined, &less, &before, &role(), &aws(), &ignore));
    assert_eq!((&released.user_name, &released.tags), (&theirs.user_name, &theirs.tags));
    let after = before.replaced.after(&before.given, &joined, &less, &aws());
    assert_eq!((after.user_name, after.tags), (None, [].into()));
}

#[test]
fn an_entry_made_here_goes_only_if_nothing_of_others_is_on_it() {
    #[track_caller]
    fn check(change: impl Fn(&mut Actual), is_deleted: bool) {
        let mut entry = actual();
        entry.tags = [(OWNER_TAG.to_owned(), "me".to_owned())].into();
        let ours = Desired {
            management: Management::Additive,
            ..desired()
        };
        change(&mut entry);
        let before = Before {
            given: ours.given(),
            replaced: Replaced::default(),
        };
        let changes = release(&entry, &before, true, &role(), &aws(), &IgnoreTags::default());
        assert_eq!(changes == [Change::Delete], is_deleted, "{changes:?}");
    }
    check(|_| {}, true);
    check(|entry| entry.groups.extend(set(&["theirs"])), false);
    check(|entry| drop(entry.policies.insert(arn("Edit"), AccessScope::Cluster)), false);
    check(|entry| drop(entry.tags.insert("team".to_owned(), "x".to_owned())), false);
    check(|entry| entry.user_name = "theirs".to_owned(), false);
}

#[test]
fn only_what_takes_nothing_is_done_without_a_proof() {
    let entry = Actual {
        tags: [("team".to_owned(), "a".to_owned())].into(),
        ..actual()
    };
    let tag = |key: &str, value: &str| Change::Tag([(key.to_owned(), value.to_owned())].into());
    let narrower = associate("View", namespaces(&["a"]));
    for adds in [
        associate("Edit", AccessScope::Cluster),
        associate("View", AccessScope::Cluster),
        tag("new", "1"),
    ] {
        assert!(adds.clone().if_only_adding(&entry).is_some(), "{adds:?}");
    }
    for takes in [
        narrower,
        disassociate(&arn("View")),
        tag("team", "b"),
        Change::Untag(vec!["team".to_owned()]),
        update(&entry, &["g", "h"], DEFAULT_NAME),
        Change::Delete,
    ] {
        assert!(takes.clone().if_only_adding(&entry).is_none(), "{takes:?}");
        assert!(takes.clone().proven(&Ours::made("arn:x")).is_for("arn:x"), "{takes:?}");
        assert!(!takes.clone().proven(&Ours::made("arn:x")).is_for("arn:y"), "{takes:?}");
    }
}

#[test]
fn additions_come_first_and_removals_last() {
    let mut actual = actual();
    actual.policies = [
        (arn("Gone"), AccessScope::Cluster),
        (arn("Narrowed"), AccessScope::Cluster),
        (arn("Widened"), namespaces(&["a"])),
        (FOREIGN.to_owned(), AccessScope::Cluster),
    ]
    .into();
    actual.tags = [("old".to_owned(), String::new())].into();
    let desired = Desired {
        groups: set(&[]),
        policies: [
            (policy("Narrowed"), namespaces(&["a"])),
            (policy("New"), AccessScope::Cluster),
            (policy("Widened"), namespaces(&["*"])),
        ]
        .into(),
        tags: [("new".to_owned(), String::new())].into(),
        ..desired()
    };
    check(
        &actual,
        &desired,
        &[],
        &[
            associate("New", AccessScope::Cluster),
            associate("Widened", namespaces(&["*"])),
            update(&actual, &[], DEFAULT_NAME),
            Change::Tag([("new".to_owned(), String::new())].into()),
            Change::Untag(vec!["old".to_owned()]),
            associate("Narrowed", namespaces(&["a"])),
            disassociate(FOREIGN),
            disassociate(&arn("Gone")),
        ],
    );
}

#[test]
fn additive_removes_only_what_it_managed() {
    let mut actual = actual();
    actual.policies.insert(arn("Mine"), AccessScope::Cluster);
    actual.policies.insert(arn("Theirs"), AccessScope::Cluster);
    actual.policies.insert(FOREIGN.to_owned(), AccessScope::Cluster);
    let desired = Desired {
        management: Management::Additive,
        ..desired()
    };
    check(&actual, &desired, &["View", "Mine", "GoneAlready"], &[disassociate(&arn("Mine"))]);
    check(&actual, &desired, &[], &[]);
}

#[test]
fn ignored_and_system_tags_stay() {
    let mut actual = actual();
    actual.tags = [("cost".to_owned(), "1".to_owned()), ("aws:x".to_owned(), "1".to_owned())].into();
    let ignore = IgnoreTags {
        keys: set(&["cost"]),
        key_prefixes: BTreeSet::new(),
    };
    assert_eq!(changes(&actual, &desired(), &Before::default(), &role(), &aws(), &ignore), []);
}

#[test]
fn tags_only_add_where_no_value_changes() {
    let entry = Actual {
        tags: [("team".to_owned(), "a".to_owned())].into(),
        ..actual()
    };
    let tags = |value: &str| Change::Tag([("team".to_owned(), value.to_owned()), ("new".to_owned(), String::new())].into());
    assert!(tags("a").only_adds(&entry));
    assert!(!tags("b").only_adds(&entry));
}

#[test]
fn access_is_taken_by_what_lessens_groups_names_or_policies() {
    #[track_caller]
    fn check(change: &Change, takes: bool) {
        assert_eq!(change.takes_access(&actual()), takes, "{change:?}");
    }
    let held = actual();
    check(&update(&held, &["g", "h"], DEFAULT_NAME), false);
    check(&update(&held, &["h"], DEFAULT_NAME), true);
    check(&update(&held, &["g"], "jane"), true);
    check(&associate("View", namespaces(&["a"])), true);
    check(&associate("Edit", namespaces(&["a"])), false);
    check(&disassociate(&arn("View")), true);
    check(&Change::Delete, true);
    check(&Change::Tag([("a".to_owned(), "b".to_owned())].into()), false);
    check(&Change::Untag(vec!["a".to_owned()]), false);
}

#[test]
fn owner_of_an_entry_stays_whatever_is_wanted() {
    let owned = |owner: &str| Tags::from([(OWNER_TAG.to_owned(), owner.to_owned())]);
    for management in [Management::Exclusive, Management::Additive] {
        for wanted in [Tags::new(), owned("two")] {
            let (mut entry, mut wanted_of_it) = (actual(), desired());
            entry.tags = owned("one");
            (wanted_of_it.management, wanted_of_it.tags) = (management, wanted);
            check(&entry, &wanted_of_it, &[], &[]);
        }
    }
}

#[test]
fn entry_goes_beyond_where_finishing_it_would_take_something_away() {
    let entry = actual();
    assert!(!goes_beyond(&entry, &[]));
    assert!(!goes_beyond(&entry, &[associate("Edit", AccessScope::Cluster)]));
    assert!(goes_beyond(
        &entry,
        &[associate("Edit", AccessScope::Cluster), disassociate(&arn("View"))]
    ));
}

#[test]
fn what_others_have_taken_off_since_is_not_put_back() {
    let (theirs, ours, before) = shared_with_others();
    let ignore = IgnoreTags::default();
    let mut joined = carry_out(
        theirs.clone(),
        &changes(&theirs, &ours, &Before::default(), &role(), &aws(), &ignore),
    );
    joined.policies.clear();
    joined.tags.clear();
    let left = carry_out(joined.clone(), &release(&joined, &before, false, &role(), &aws(), &ignore));
    assert_eq!((left.policies, left.tags), (BTreeMap::new(), Tags::new()));
}

#[test]
fn user_name_that_eks_made_is_put_back_for_the_role_of_now() {
    let (theirs, _, mut before) = shared_with_others();
    before.replaced.user_name = Some(Replacement {
        theirs: DEFAULT_NAME.replace("0123456789abcdef", "fedcba9876543210"),
        ours: Some(theirs.user_name.clone()),
    });
    let left = carry_out(
        theirs.clone(),
        &release(&theirs, &before, false, &role(), &aws(), &IgnoreTags::default()),
    );
    assert_eq!(left.user_name, DEFAULT_NAME);
}

#[test]
fn of_two_memories_the_older_one_counts() {
    let over = |theirs: &str, ours: &str| Replacement {
        theirs: theirs.to_owned(),
        ours: Some(ours.to_owned()),
    };
    let scope = Replacement {
        theirs: AccessScope::Cluster,
        ours: None,
    };
    let replaced = |name: &str| Replaced {
        user_name: Some(over(name, "ours")),
        scopes: [(name.to_owned(), scope.clone())].into(),
        tags: [("team".to_owned(), over(name, &format!("ours, {name}")))].into(),
    };
    let both = replaced("old").or(&replaced("new"));
    assert_eq!(both.user_name, Some(over("old", "ours")));
    assert_eq!(both.scopes.keys().collect::<Vec<_>>(), ["new", "old"]);
    // Which of the two was written last is not known.
    assert_eq!((both.tags["team"].theirs.as_str(), &both.tags["team"].ours), ("old", &None));
    assert!(both.tags["team"].stands(&"ours, new".to_owned()));
}

/// Who has written over the grant's value since meant that one.
#[test]
fn what_others_have_written_since_is_not_put_back() {
    let (theirs, ours, before) = shared_with_others();
    let ignore = IgnoreTags::default();
    let mut joined = carry_out(
        theirs.clone(),
        &changes(&theirs, &ours, &Before::default(), &role(), &aws(), &ignore),
    );
    joined.user_name = "third".to_owned();
    joined.policies.insert(arn("View"), namespaces(&["third"]));
    joined.tags.insert("team".to_owned(), "third".to_owned());
    let left = carry_out(joined.clone(), &release(&joined, &before, false, &role(), &aws(), &ignore));
    assert_eq!((&left.user_name, &left.tags["team"]), (&joined.user_name, &"third".to_owned()));
    assert_eq!(left.policies[&arn("View")], namespaces(&["third"]));
    assert!(!left.tags.contains_key("new"));
}

/// On the entry of another role, only what stands just as the grant gave it has been taken along from its own.
#[test]
fn what_was_taken_along_stands_as_it_was_given() {
    let (_, _, before) = shared_with_others();
    let mut there = actual();
    there.groups = set(&["h", "others"]);
    there.user_name = "others".to_owned();
    there.policies = [(arn("View"), AccessScope::Cluster), (arn("Edit"), AccessScope::Cluster)].into();
    there.tags = [("team".to_owned(), "others".to_owned()), ("new".to_owned(), "1".to_owned())].into();
    let along = before.taken_along(&there, &aws()).given;
    assert_eq!((along.groups, along.user_name), (set(&["h"]), None));
    assert_eq!(along.tags, [("new".to_owned(), "1".to_owned())].into());
    assert_eq!(along.policies.into_keys().collect::<Vec<_>>(), [policy("View")]);
    there.policies.insert(arn("View"), namespaces(&["others"]));
    assert_eq!(before.taken_along(&there, &aws()).given.policies, [].into());
}

/// A seeded generator (splitmix64), so that a failure can be run again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn subset(&mut self, all: &[&str]) -> BTreeSet<String> {
        let mut picked = set(all);
        picked.retain(|_| self.coin());
        picked
    }

    fn scope(&mut self) -> AccessScope {
        let names = self.subset(&["a", "a-*", "b", "*"]);
        if names.is_empty() {
            AccessScope::Cluster
        } else {
            AccessScope::Namespaces(names)
        }
    }

    fn tags(&mut self) -> Tags {
        let keys = self.subset(&["owner", "team", "cost", "aws:x"]);
        keys.into_iter().map(|key| (key, self.below(2).to_string())).collect()
    }

    fn user_name(&mut self) -> String {
        [DEFAULT_NAME, "sso:a", "sso:b"][self.below(3) as usize].to_owned()
    }

    fn actual(&mut self) -> Actual {
        let mut policies: BTreeMap<String, AccessScope> = BTreeMap::new();
        for name in self.subset(&POLICIES) {
            policies.insert(arn(&name), self.scope());
        }
        if self.coin() {
            policies.insert(FOREIGN.to_owned(), self.scope());
        }
        Actual {
            groups: self.subset(&GROUPS),
            user_name: self.user_name(),
            policies,
            tags: self.tags(),
        }
    }

    fn desired(&mut self, management: Management) -> Desired {
        let policies = self.subset(&POLICIES).iter().map(|name| (policy(name), self.scope())).collect();
        Desired {
            groups: self.subset(&GROUPS),
            user_name: self.coin().then(|| self.user_name()),
            policies,
            management,
            tags: self.tags(),
        }
    }
}

const POLICIES: [&str; 4] = ["Admin", "Edit", "Secret", "View"];
const GROUPS: [&str; 3] = ["g", "h", "i"];

/// EKS, as far as these steps go.
fn apply(entry: &mut Actual, step: &Change) {
    match step.clone() {
        Change::UpdateEntry { groups, user_name, .. } => {
            entry.groups = groups;
            entry.user_name = user_name;
        }
        Change::Associate { policy_arn, scope } => {
            entry.policies.insert(policy_arn, scope);
        }
        Change::Disassociate { policy_arn } => {
            assert!(entry.policies.remove(&policy_arn).is_some(), "was associated");
        }
        Change::Tag(tags) => entry.tags.extend(tags),
        Change::Untag(keys) => entry.tags.retain(|key, _| !keys.contains(key)),
        Change::Delete => panic!("no change of an entry deletes it"),
    }
}

/// Whether `more` allows all that `less` does: its groups, and each of its
/// policies in a scope at least as wide.
fn allows(more: &Actual, less: &Actual) -> bool {
    more.groups.is_superset(&less.groups)
        && less
            .policies
            .iter()
            .all(|(arn, scope)| more.policies.get(arn).is_some_and(|held| held.covers(scope)))
}

/// What both allow, at the least.
fn intersection(before: &Actual, after: &Actual) -> Actual {
    let mut both = before.clone();
    both.groups.retain(|group| after.groups.contains(group));
    both.policies = before
        .policies
        .iter()
        .filter_map(|(arn, held)| {
            let wanted = after.policies.get(arn)?;
            let narrower = if held.covers(wanted) {
                wanted
            } else if wanted.covers(held) {
                held
            } else {
                return None;
            };
            Some((arn.clone(), narrower.clone()))
        })
        .collect();
    both
}

/// What the entry must be in the end, worked out without `changes`.
fn expected(actual: &Actual, desired: &Desired, before: &Before, ignore: &IgnoreTags) -> Actual {
    let is_shared = desired.management == Management::Additive;
    let mut end = actual.clone();
    end.groups.retain(|group| is_shared && !before.given.groups.contains(group));
    end.groups.extend(desired.groups.clone());
    end.user_name = match &desired.user_name {
        Some(name) => name.clone(),
        None if is_shared && before.given.user_name.is_none() => actual.user_name.clone(),
        None => DEFAULT_NAME.to_owned(),
    };
    let is_given = |arn: &String| before.given.policies.keys().any(|name| name.arn(&aws()) == *arn);
    end.policies.retain(|arn, _| is_shared && !is_given(arn));
    for (name, scope) in &desired.policies {
        end.policies.insert(name.arn(&aws()), scope.clone());
    }
    let untouched = |key: &str| ignore.keys.contains(key) || key.starts_with("aws:");
    end.tags
        .retain(|key, _| untouched(key) || is_shared && !before.given.tags.contains_key(key));
    end.tags.extend(desired.tags.clone().into_iter().filter(|(key, _)| !untouched(key)));
    end
}

#[track_caller]
fn check_random(seed: u64, management: Management) {
    let mut random = Random(seed);
    let (before, desired) = (random.actual(), random.desired(management));
    let given_before = Before {
        given: Given {
            groups: random.subset(&GROUPS),
            user_name: random.coin().then(|| "ours".to_owned()),
            policies: random
                .subset(&POLICIES)
                .iter()
                .map(|name| (policy(name), AccessScope::Cluster))
                .collect(),
            tags: before.tags.clone().into_iter().filter(|_| random.coin()).collect(),
        },
        replaced: Replaced::default(),
    };
    let ignore = IgnoreTags {
        keys: set(&["cost"]),
        key_prefixes: BTreeSet::new(),
    };
    let after = expected(&before, &desired, &given_before, &ignore);
    let both = intersection(&before, &after);
    let all = changes(&before, &desired, &given_before, &role(), &aws(), &ignore);

    let mut entry = before.clone();
    for (at, step) in all.iter().enumerate() {
        apply(&mut entry, step);
        assert!(allows(&entry, &both), "seed {seed}, step {at} of {all:?}");
        // Stronger: at every moment all policies of before or all of after.
        let policies_of = |whole: &Actual| Actual {
            groups: BTreeSet::new(),
            ..whole.clone()
        };
        let whole = allows(&entry, &policies_of(&before)) || allows(&entry, &policies_of(&after));
        let is_swap = matches!(step, Change::Associate { .. } | Change::Disassociate { .. }) && mixes(&before, &after);
        assert!(whole || is_swap, "seed {seed}, step {at} of {all:?}");
    }
    assert_eq!(entry, after, "seed {seed}");
    let now = Before {
        given: desired.given(),
        replaced: Replaced::default(),
    };
    let again = changes(&after, &desired, &now, &role(), &aws(), &ignore);
    assert_eq!(again, [], "seed {seed}: a second apply has nothing to do");
}

/// Whether some scope neither only widens nor only narrows: then no order
/// keeps all of before until all of after is there.
fn mixes(before: &Actual, after: &Actual) -> bool {
    before.policies.iter().any(|(arn, held)| {
        after
            .policies
            .get(arn)
            .is_some_and(|wanted| !held.covers(wanted) && !wanted.covers(held))
    })
}

#[test]
fn exclusive_ends_at_desired_and_loses_nothing_on_the_way() {
    (0..5_000).for_each(|seed| check_random(seed, Management::Exclusive));
}

#[test]
fn additive_touches_only_its_own_and_loses_nothing_on_the_way() {
    (0..5_000).for_each(|seed| check_random(seed, Management::Additive));
}
