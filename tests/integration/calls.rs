//! How many calls a run makes, by operation, as docs/guides/performance.md promises.

use crate::core::Bench;
use crate::emulator::{REGION, World, calls_of, delete, new_account, post};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CLUSTERS: [&str; 2] = ["blue", "green"];
const SETS: [&str; 3] = ["DeveloperAccess", "AdministratorAccess", "ReadOnlyAccess"];

/// An organization with two accounts, two clusters in each, and grants of three permission sets and one other role in all
/// of them: 2 × 2 × 4 grants.
struct Organization {
    world: World,
    accounts: Vec<String>,
    terraform: Bench,
}

const GRANTS: usize = 2 * 2 * (SETS.len() + 1);

impl Organization {
    fn new() -> Self {
        let accounts = vec![new_account(), new_account()];
        let places = || accounts.iter().flat_map(|account| CLUSTERS.map(|cluster| (account, cluster)));
        let clusters: Vec<Value> = places()
            .map(|(account, cluster)| json!({ "account": account, "region": REGION, "name": cluster, "authentication_mode": "API" }))
            .collect();
        let sets: Vec<Value> = SETS.iter().map(|set| json!({ "name": set, "accounts": accounts })).collect();
        let roles: Vec<Value> = accounts
            .iter()
            .map(|account| json!({ "account": account, "name": "okta-admins" }))
            .collect();
        let world = World::with(json!({ "clusters": clusters, "permission_sets": sets, "roles": roles }));
        let mut config = "provider \"eks\" {\n  account_access {\n    role_name = \"eks\"\n  }\n}\n".to_owned();
        for (account, cluster) in places() {
            let grantees = SETS.iter().map(|set| ("permission_set_name", *set));
            for (kind, name) in grantees.chain([("role_name", "okta-admins")]) {
                config += &format!(
                    "resource \"eks_sso_access\" \"a{account}_{cluster}_{name}\" {{\n  account_id = {account:?}\n  cluster_name = {cluster:?}\n  \
                     {kind} = {name:?}\n  access_policies = {{\n    AmazonEKSViewPolicy = {{ scope = \"cluster\" }}\n  }}\n}}\n"
                );
            }
        }
        let mut terraform = Bench::new(&world, &config);
        terraform.env = world.credentials(&world.management);
        Self {
            world,
            accounts,
            terraform,
        }
    }

    /// The calls of one Terraform command, by operation.
    fn calls_of(&self, command: impl FnOnce(&Bench)) -> BTreeMap<String, usize> {
        let asked = || self.accounts.iter().chain([&self.world.management]);
        asked().for_each(|account| delete(&format!("calls?account={account}")));
        command(&self.terraform);
        let mut counts = BTreeMap::new();
        for call in asked().flat_map(|account| calls_of(account)) {
            *counts.entry(call["operation"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        counts
    }
}

fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected
        .iter()
        .map(|(operation, count)| ((*operation).to_owned(), *count))
        .collect()
}

/// "What a plan asks": a table of the guide.
#[test]
fn each_command_makes_the_calls_that_the_guide_promises() {
    let organization = Organization::new();
    let (accounts, clusters, role_names) = (2, 4, 2);

    let created = organization.calls_of(|terraform| assert_eq!(terraform.plan().code, Some(2)));
    let once = [
        ("GetCallerIdentity", 1),
        ("AssumeRole", accounts),
        ("ListRoles", accounts),
        ("GetRole", role_names),
    ];
    let checks = [
        ("ListAccessPolicies", accounts),
        ("DescribeCluster", clusters),
        ("DescribeAccessEntry", GRANTS),
    ];
    assert_eq!(created, counts(&[&once[..], &checks].concat()));

    let mut applied = organization.calls_of(|terraform| drop(terraform.apply_plan().ok()));
    let writes = [("CreateAccessEntry", GRANTS), ("AssociateAccessPolicy", GRANTS)];
    // Before its first write each grant makes sure of its role; those that do so at the same moment share the answer.
    let confirmed = applied.insert("GetRole".to_owned(), role_names).unwrap_or_default();
    let roles = accounts * SETS.len() + role_names;
    assert!((roles..=role_names + GRANTS).contains(&confirmed), "{confirmed} calls of GetRole");
    assert_eq!(applied, counts(&[&once[..], &checks, &writes].concat()));

    let unchanged = organization.calls_of(Bench::plans_nothing);
    let reads = [("DescribeAccessEntry", GRANTS), ("ListAssociatedAccessPolicies", GRANTS)];
    assert_eq!(unchanged, counts(&[&once[..], &reads].concat()));
    let promised = 2 * GRANTS + accounts + clusters + role_names;
    assert!(unchanged.values().sum::<usize>() <= promised + 1, "{unchanged:?}");
}

/// "moved grants": a permission set with a new role costs its grants one call more at most.
#[test]
fn moved_grant_costs_at_most_one_call_more() {
    let organization = Organization::new();
    organization.terraform.apply().ok();
    let unchanged: usize = organization.calls_of(Bench::plans_nothing).values().sum();
    post(
        "reprovision",
        json!({ "account": organization.accounts[0], "permission_set": "DeveloperAccess" }),
    );
    let moved = organization.calls_of(|terraform| assert_eq!(terraform.plan().code, Some(2)));
    let more = moved.values().sum::<usize>() - unchanged;
    assert!(more <= CLUSTERS.len(), "{moved:?}");
}
