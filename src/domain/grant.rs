//! The reconciliation of one grant: what to write so that an access entry becomes
//! what the configuration says, in an order in which nobody loses access that they
//! had before and have afterwards.
//!
//! The order is: what only adds (new policies, wider scopes), the entry itself
//! (groups and user name, swapped at once), tags, what may take away (other new
//! scopes), and last the policies that go. So people who move from a group to a
//! policy, or back, have at every moment all of the old or all of the new, and a
//! failure half-way leaves more, never less. A changed scope is always an
//! AssociateAccessPolicy, which is an upsert (EKS User Guide, "Associate access
//! policies"): disassociating first would open a gap.
//!
//! UpdateAccessEntry resets a field that is left out, so both are always sent.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::access_policy::{AccessPolicyName, AccessScope};
use crate::domain::arn::RoleArn;
use crate::domain::kubernetes::{default_user_name, is_default_user_name};
use crate::domain::place::Partition;
use crate::domain::tags::{IgnoreTags, Tags, tag_change};

/// Whether this configuration owns all policies of the entry, or shares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyManagement {
    /// Policies that are not in the configuration are removed.
    Exclusive,
    /// Only policies that the configuration names, or named before, are managed.
    Additive,
}

/// What the configuration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The Kubernetes groups; `None` if they are not managed.
    pub groups: Option<BTreeSet<String>>,
    /// The user name; `None` for the one that EKS makes.
    pub user_name: Option<String>,
    /// Whether the user name is managed; if not, it stays as it is.
    pub user_name_managed: bool,
    /// The policies and where they hold.
    pub policies: BTreeMap<AccessPolicyName, AccessScope>,
    /// Whether other policies are removed.
    pub policy_management: PolicyManagement,
    /// All tags, default ones included.
    pub tags: Tags,
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

/// What this configuration managed of a shared entry before, and so may take away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Managed {
    /// Its policies.
    pub policies: BTreeSet<AccessPolicyName>,
    /// Keys of its tags.
    pub tags: BTreeSet<String>,
}

/// One call to EKS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// UpdateAccessEntry, with both fields: one that is left out would be reset.
    UpdateEntry {
        /// All groups.
        groups: BTreeSet<String>,
        /// The user name, literally, even if it is the one that EKS makes.
        user_name: String,
    },
    /// AssociateAccessPolicy: a new policy, or a new scope of an associated one.
    Associate {
        /// The policy.
        policy_arn: String,
        /// Where it holds from now on.
        scope: AccessScope,
    },
    /// DisassociateAccessPolicy.
    Disassociate {
        /// The policy.
        policy_arn: String,
    },
    /// TagResource.
    Tag(Tags),
    /// UntagResource.
    Untag(Vec<String>),
}

/// The calls that make the access entry what the configuration says, in order;
/// none if it is so already.
///
/// `managed_before` holds the policies and tags of the prior state: in additive mode only
/// those of them that are no longer desired are removed.
pub fn steps(
    actual: &Actual,
    desired: &Desired,
    managed_before: &Managed,
    role: &RoleArn,
    partition: &Partition,
    ignore: &IgnoreTags,
) -> Vec<Step> {
    let wanted: BTreeMap<String, &AccessScope> = desired.policies.iter().map(|(name, scope)| (name.arn(partition), scope)).collect();
    let (additions, changes) = associations(actual, &wanted);
    let leaving = match desired.policy_management {
        PolicyManagement::Exclusive => None,
        PolicyManagement::Additive => Some(managed_before.policies.iter().map(|n| n.arn(partition)).collect()),
    };

    let mut steps = additions;
    steps.extend(entry_update(actual, desired, role));
    steps.extend(tag_steps(actual, desired, managed_before, ignore));
    steps.extend(changes);
    steps.extend(disassociations(actual, &wanted, leaving.as_ref()));
    steps
}

/// The policies to associate: those that only add access, and those whose new
/// scope may also take some away.
fn associations(actual: &Actual, wanted: &BTreeMap<String, &AccessScope>) -> (Vec<Step>, Vec<Step>) {
    let (mut additions, mut changes) = (Vec::new(), Vec::new());
    for (policy_arn, scope) in wanted {
        let step = Step::Associate {
            policy_arn: policy_arn.clone(),
            scope: (*scope).clone(),
        };
        match actual.policies.get(policy_arn) {
            Some(held) if held == *scope => {}
            Some(held) if !scope.covers(held) => changes.push(step),
            Some(_) | None => additions.push(step),
        }
    }
    (additions, changes)
}

/// The policies to disassociate: all that are not wanted, or of them only those
/// in `managed`.
fn disassociations(actual: &Actual, wanted: &BTreeMap<String, &AccessScope>, managed: Option<&BTreeSet<String>>) -> Vec<Step> {
    actual
        .policies
        .keys()
        .filter(|arn| !wanted.contains_key(*arn))
        .filter(|arn| managed.is_none_or(|managed| managed.contains(*arn)))
        .map(|arn| Step::Disassociate { policy_arn: arn.clone() })
        .collect()
}

fn entry_update(actual: &Actual, desired: &Desired, role: &RoleArn) -> Option<Step> {
    let groups = desired.groups.as_ref().unwrap_or(&actual.groups).clone();
    let user_name = wanted_user_name(actual, desired, role);
    let is_same = groups == actual.groups && user_name == actual.user_name;
    (!is_same).then_some(Step::UpdateEntry { groups, user_name })
}

/// The user name to send. One that EKS made stays as EKS wrote it.
fn wanted_user_name(actual: &Actual, desired: &Desired, role: &RoleArn) -> String {
    match &desired.user_name {
        _ if !desired.user_name_managed => actual.user_name.clone(),
        Some(name) => name.clone(),
        None if is_default_user_name(&actual.user_name, role.name()) => actual.user_name.clone(),
        None => default_user_name(role),
    }
}

fn tag_steps(actual: &Actual, desired: &Desired, managed_before: &Managed, ignore: &IgnoreTags) -> Vec<Step> {
    let mut change = tag_change(&actual.tags, &desired.tags, ignore);
    if desired.policy_management == PolicyManagement::Additive {
        change.remove.retain(|key| managed_before.tags.contains(key));
    }
    let mut steps = Vec::new();
    if !change.set.is_empty() {
        steps.push(Step::Tag(change.set));
    }
    if !change.remove.is_empty() {
        steps.push(Step::Untag(change.remove));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    const ROLE: &str = "arn:aws:iam::222233334444:role/x/AWSReservedSSO_Dev_0123456789abcdef";
    const DEFAULT_NAME: &str = "arn:aws:sts::222233334444:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/{{SessionName}}";
    /// What stands on entries by other hands: another partition's policy.
    const FOREIGN: &str = "arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";

    fn role() -> RoleArn {
        RoleArn::parse(ROLE).unwrap()
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
            groups: Some(set(&["g"])),
            user_name: None,
            user_name_managed: true,
            policies: [(policy("View"), AccessScope::Cluster)].into(),
            policy_management: PolicyManagement::Exclusive,
            tags: Tags::new(),
        }
    }

    fn update(groups: &[&str], user_name: &str) -> Step {
        Step::UpdateEntry {
            groups: set(groups),
            user_name: user_name.to_owned(),
        }
    }

    fn associate(name: &str, scope: AccessScope) -> Step {
        Step::Associate {
            policy_arn: arn(name),
            scope,
        }
    }

    fn disassociate(policy_arn: &str) -> Step {
        Step::Disassociate {
            policy_arn: policy_arn.to_owned(),
        }
    }

    #[track_caller]
    fn check(actual: &Actual, desired: &Desired, managed_before: &[&str], expected: &[Step]) {
        let before = Managed {
            policies: managed_before.iter().map(|name| policy(name)).collect(),
            tags: BTreeSet::new(),
        };
        let ignore = IgnoreTags::default();
        assert_eq!(steps(actual, desired, &before, &role(), &aws(), &ignore), expected);
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
            groups: Some(set(&[])),
            ..desired()
        };
        check(&actual, &desired, &[], &[update(&[], &actual.user_name)]);
    }

    #[test]
    fn both_fields_are_always_sent() {
        let other = Desired {
            groups: Some(set(&["h"])),
            ..desired()
        };
        check(&actual(), &other, &[], &[update(&["h"], DEFAULT_NAME)]);
        let other = Desired {
            user_name: Some("sso:x".to_owned()),
            ..desired()
        };
        check(&actual(), &other, &[], &[update(&["g"], "sso:x")]);
        let named = Actual {
            user_name: "sso:x".to_owned(),
            ..actual()
        };
        check(&named, &desired(), &[], &[update(&["g"], DEFAULT_NAME)]);
    }

    #[test]
    fn unmanaged_groups_and_user_name_stay() {
        let shared = Desired {
            groups: None,
            user_name: Some("ignored".to_owned()),
            user_name_managed: false,
            policy_management: PolicyManagement::Additive,
            ..desired()
        };
        let actual = Actual {
            user_name: "theirs".to_owned(),
            ..actual()
        };
        check(&actual, &shared, &[], &[]);
        let shared = Desired {
            groups: Some(set(&["h"])),
            ..shared
        };
        check(&actual, &shared, &[], &[update(&["h"], "theirs")]);
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
            groups: Some(set(&[])),
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
                update(&[], DEFAULT_NAME),
                Step::Tag([("new".to_owned(), String::new())].into()),
                Step::Untag(vec!["old".to_owned()]),
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
            policy_management: PolicyManagement::Additive,
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
        assert_eq!(steps(&actual, &desired(), &Managed::default(), &role(), &aws(), &ignore), []);
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

        fn desired(&mut self, policy_management: PolicyManagement) -> Desired {
            let policies = self.subset(&POLICIES).iter().map(|name| (policy(name), self.scope())).collect();
            Desired {
                groups: self.coin().then(|| self.subset(&GROUPS)),
                user_name: self.coin().then(|| self.user_name()),
                user_name_managed: self.coin(),
                policies,
                policy_management,
                tags: self.tags(),
            }
        }
    }

    const POLICIES: [&str; 4] = ["Admin", "Edit", "Secret", "View"];
    const GROUPS: [&str; 3] = ["g", "h", "i"];

    /// EKS, as far as these steps go.
    fn apply(entry: &mut Actual, step: &Step) {
        match step.clone() {
            Step::UpdateEntry { groups, user_name } => {
                entry.groups = groups;
                entry.user_name = user_name;
            }
            Step::Associate { policy_arn, scope } => {
                entry.policies.insert(policy_arn, scope);
            }
            Step::Disassociate { policy_arn } => {
                assert!(entry.policies.remove(&policy_arn).is_some(), "was associated");
            }
            Step::Tag(tags) => entry.tags.extend(tags),
            Step::Untag(keys) => entry.tags.retain(|key, _| !keys.contains(key)),
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

    /// What the entry must be in the end, worked out without `steps`.
    fn expected(actual: &Actual, desired: &Desired, managed_before: &Managed, ignore: &IgnoreTags) -> Actual {
        let mut end = actual.clone();
        if let Some(groups) = &desired.groups {
            end.groups = groups.clone();
        }
        if desired.user_name_managed {
            end.user_name = desired.user_name.clone().unwrap_or(DEFAULT_NAME.to_owned());
        }
        let managed = set(&managed_before
            .policies
            .iter()
            .map(|name| name.arn(&aws()))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>());
        end.policies.retain(|arn, _| match desired.policy_management {
            PolicyManagement::Exclusive => false,
            PolicyManagement::Additive => !managed.contains(arn),
        });
        for (name, scope) in &desired.policies {
            end.policies.insert(name.arn(&aws()), scope.clone());
        }
        let untouched = |key: &str| ignore.keys.contains(key) || key.starts_with("aws:");
        let is_shared = desired.policy_management == PolicyManagement::Additive;
        end.tags
            .retain(|key, _| untouched(key) || is_shared && !managed_before.tags.contains(key));
        end.tags.extend(desired.tags.clone().into_iter().filter(|(key, _)| !untouched(key)));
        end
    }

    #[track_caller]
    fn check_random(seed: u64, policy_management: PolicyManagement) {
        let mut random = Random(seed);
        let (before, desired) = (random.actual(), random.desired(policy_management));
        let managed_before = Managed {
            policies: random.subset(&POLICIES).iter().map(|name| policy(name)).collect(),
            tags: before.tags.keys().filter(|_| random.coin()).cloned().collect(),
        };
        let ignore = IgnoreTags {
            keys: set(&["cost"]),
            key_prefixes: BTreeSet::new(),
        };
        let after = expected(&before, &desired, &managed_before, &ignore);
        let both = intersection(&before, &after);
        let all = steps(&before, &desired, &managed_before, &role(), &aws(), &ignore);

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
            let is_swap = matches!(step, Step::Associate { .. } | Step::Disassociate { .. }) && mixes(&before, &after);
            assert!(whole || is_swap, "seed {seed}, step {at} of {all:?}");
        }
        assert_eq!(entry, after, "seed {seed}");
        let again = steps(&after, &desired, &managed_before, &role(), &aws(), &ignore);
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
        (0..5_000).for_each(|seed| check_random(seed, PolicyManagement::Exclusive));
    }

    #[test]
    fn additive_touches_only_its_own_and_loses_nothing_on_the_way() {
        (0..5_000).for_each(|seed| check_random(seed, PolicyManagement::Additive));
    }
}
