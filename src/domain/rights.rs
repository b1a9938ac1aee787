//! What somebody may do in a cluster, in few words: `edit in payments, payments-*; view; group team-payments`.

use crate::domain::access_policy::AccessScope;
use std::collections::{BTreeMap, BTreeSet};

/// What access policies begin and end with.
const PREFIX: &str = "AmazonEKS";
const SUFFIX: &str = "Policy";
/// The group whose members may do everything.
const MASTERS: &str = "system:masters";
/// What is left where there are neither policies nor groups.
const NOTHING: &str = "sign-in only";

/// Policies by their names, in alphabetical order, and then the groups, which mean what RBAC binds to them.
pub fn in_short(policies: &BTreeMap<String, AccessScope>, groups: &BTreeSet<String>) -> String {
    let mut parts: Vec<String> = policies.iter().map(|(name, scope)| held(name, scope)).collect();
    if groups.contains(MASTERS) {
        parts.push(format!("cluster-admin (group {MASTERS})"));
    }
    let others: Vec<&str> = groups.iter().map(String::as_str).filter(|group| *group != MASTERS).collect();
    match others.as_slice() {
        [] => {}
        [one] => parts.push(format!("group {one}")),
        many => parts.push(format!("groups {}", many.join(", "))),
    }
    match parts.is_empty() {
        true => NOTHING.to_owned(),
        false => parts.join("; "),
    }
}

fn held(name: &str, scope: &AccessScope) -> String {
    let policy = short_name(name);
    match scope.namespaces() {
        None => policy,
        Some(names) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("{policy} in {}", names.join(", "))
        }
    }
}

/// `AmazonEKSClusterAdminPolicy` as `cluster-admin`. A name that is made in another way stays as it is.
fn short_name(name: &str) -> String {
    let core = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    core.filter(|core| !core.is_empty()).map_or_else(|| name.to_owned(), kebab)
}

/// `ArgoCDCluster` as `argo-cd-cluster`.
fn kebab(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let begins_word = |at: usize| {
        let follows_lower = at > 0 && !letters[at - 1].is_uppercase();
        let before_lower = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        at > 0 && letters[at].is_uppercase() && (follows_lower || before_lower)
    };
    let words = letters.iter().enumerate().map(|(at, letter)| {
        let hyphen = if begins_word(at) { "-" } else { "" };
        format!("{hyphen}{}", letter.to_lowercase())
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_have_short_names() {
        #[track_caller]
        fn check(name: &str, expected: &str) {
            assert_eq!(short_name(name), expected);
        }
        check("AmazonEKSViewPolicy", "view");
        check("AmazonEKSClusterAdminPolicy", "cluster-admin");
        check("AmazonEKSAdminViewPolicy", "admin-view");
        check("AmazonEKSACKPolicy", "ack");
        check("AmazonEKSArgoCDClusterPolicy", "argo-cd-cluster");
        check("AIDevOpsAgentAccessPolicy", "AIDevOpsAgentAccessPolicy");
        check("AmazonEKSPolicy", "AmazonEKSPolicy");
        check(
            "arn:aws:eks::aws:cluster-access-policy/a b",
            "arn:aws:eks::aws:cluster-access-policy/a b",
        );
    }

    #[test]
    fn rights_are_policies_and_then_groups() {
        #[track_caller]
        fn check(policies: &[(&str, &[&str])], groups: &[&str], expected: &str) {
            let scope = |names: &[&str]| match names {
                [] => AccessScope::Cluster,
                names => AccessScope::Namespaces(names.iter().map(|name| (*name).to_owned()).collect()),
            };
            let policies = policies.iter().map(|(name, names)| ((*name).to_owned(), scope(names))).collect();
            let groups = groups.iter().map(|group| (*group).to_owned()).collect();
            assert_eq!(in_short(&policies, &groups), expected);
        }
        check(
            &[("AmazonEKSViewPolicy", &[]), ("AmazonEKSEditPolicy", &["payments", "payments-*"])],
            &[],
            "edit in payments, payments-*; view",
        );
        check(&[("AmazonEKSViewPolicy", &[])], &["team"], "view; group team");
        check(&[], &["b", "a"], "groups a, b");
        check(&[], &["team", "system:masters"], "cluster-admin (group system:masters); group team");
        check(&[], &[], "sign-in only");
    }
}
