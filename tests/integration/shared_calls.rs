//! Many grants in one run: what is asked once for all of them, what a way that is closed costs, and what happens when
//! AWS asks for patience.

use crate::core::Bench;
use crate::emulator::{CLUSTER, World, calls_of, calls_to, new_account, post};
use crate::terraform::Workspace;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Grants of one permission set on many clusters.
fn grants(count: usize, more: &str) -> String {
    format!(
        r#"
resource "eks_sso_access" "people" {{
  count               = {count}
  cluster_name        = "c${{count.index}}"
  permission_set_name = "DeveloperAccess"

  access_policies = {{
    AmazonEKSViewPolicy = {{ scope = "cluster" }}
  }}
  {more}
}}
"#
    )
}

fn world_with_clusters(count: usize) -> World {
    let world = World::new();
    let cluster = |n| json!({ "account": world.member, "region": "eu-west-1", "name": format!("c{n}") });
    let clusters: Vec<Value> = (0..count).map(cluster).collect();
    post("world", json!({ "management_account": world.management, "clusters": clusters }));
    world
}

fn count(calls: &[String], operation: &str) -> usize {
    calls.iter().filter(|call| *call == operation).count()
}

#[test]
fn hundred_grants_of_a_set_ask_for_its_role_once_and_twice_each_for_the_entry() {
    let world = world_with_clusters(100);
    let mut terraform = Workspace::new(&world, &grants(100, ""));
    terraform.apply().ok();
    world.forget_calls();
    terraform.set_env("TF_LOG_PROVIDER", "DEBUG");
    let plan = terraform.plan().ok();
    let calls = world.calls();
    assert_eq!(count(&calls, "DescribeAccessEntry"), 100);
    assert_eq!(count(&calls, "ListAssociatedAccessPolicies"), 100);
    assert_eq!((count(&calls, "ListRoles"), count(&calls, "GetCallerIdentity")), (1, 1));
    assert_eq!(calls.len(), 202, "{calls:?}");
    plan.says("AWS calls of this run")
        .says("calls=202")
        .says("EKS.DescribeAccessEntry=100 EKS.ListAssociatedAccessPolicies=100 IAM.ListRoles=1 STS.GetCallerIdentity=1");
}

#[test]
fn grants_of_one_cluster_ask_for_it_once_in_a_plan_and_once_in_an_apply() {
    let world = World::new();
    let sets: Vec<String> = (0..12).map(|n| format!("Team{n}")).collect();
    let permission_sets: Vec<Value> = sets
        .iter()
        .map(|name| json!({ "name": name, "accounts": [world.member] }))
        .collect();
    post(
        "world",
        json!({ "management_account": world.management, "permission_sets": permission_sets }),
    );
    let terraform = Bench::new(
        &world,
        &format!(
            r#"
resource "eks_sso_access" "people" {{
  for_each            = toset({sets:?})
  cluster_name        = "{CLUSTER}"
  permission_set_name = each.key
  kubernetes_groups   = ["team"]
}}
"#
        ),
    );
    terraform.apply().ok();
    let calls = world.calls();
    assert_eq!((count(&calls, "DescribeCluster"), count(&calls, "ListRoles")), (2, 2), "{calls:?}");
    assert_eq!((count(&calls, "GetRole"), count(&calls, "CreateAccessEntry")), (12, 12));
}

#[test]
fn grants_of_one_other_role_ask_for_it_once() {
    let world = world_with_clusters(20);
    post(
        "world",
        json!({ "management_account": world.management, "roles": [{ "account": world.member, "name": "okta-admins" }] }),
    );
    let config = grants(20, "").replace("permission_set_name = \"DeveloperAccess\"", "role_name = \"okta-admins\"");
    let terraform = Bench::new(&world, &config);
    terraform.apply().ok();
    world.forget_calls();
    terraform.plans_nothing();
    assert_eq!(count(&world.calls(), "GetRole"), 1, "{:?}", world.calls());
}

/// Before anything is written for a role, it is looked at once more: by the first of its grants, for all of the next minute.
#[test]
fn role_of_twenty_new_grants_is_confirmed_once() {
    let world = world_with_clusters(20);
    let terraform = Bench::new(&world, &grants(20, ""));
    terraform.apply().ok();
    let calls = world.calls();
    assert_eq!((count(&calls, "CreateAccessEntry"), count(&calls, "GetRole")), (20, 1), "{calls:?}");
}

/// What the first grant was told of the role confirms it, and refuses nothing to the second one.
#[test]
fn role_that_was_made_again_in_the_middle_of_an_apply_is_looked_at_again() {
    let world = world_with_clusters(2);
    let config = r#"
resource "eks_sso_access" "first" {
  cluster_name        = "c0"
  permission_set_name = "DeveloperAccess"
}
resource "terraform_data" "assignment" {
  depends_on = [eks_sso_access.first]
}
resource "eks_sso_access" "second" {
  cluster_name        = "c1"
  permission_set_name = "DeveloperAccess"
  triggers            = { assignment = terraform_data.assignment.id }
}
"#;
    let terraform = Bench::new(&world, config);
    let (account, arn) = (world.member.clone(), world.role_arn("DeveloperAccess"));
    let made = Arc::new(Mutex::new(Value::Null));
    let again = made.clone();
    terraform.once_made("terraform_data.assignment", move || {
        let name = arn.rsplit('/').next().unwrap();
        *again.lock().unwrap() = post(
            "recreate-role",
            json!({ "account": account, "role_name": name, "age_seconds": -60 }),
        );
    });
    terraform.apply().ok();
    let made = made.lock().unwrap();
    let now = &made["role_id"];
    assert!(now.is_string(), "{made:?}");
    assert_eq!(&terraform.state("eks_sso_access.second")["role_id"], now);
    assert_ne!(&terraform.state("eks_sso_access.first")["role_id"], now);
}

#[test]
fn unchanged_triggers_ask_nothing_more() {
    let world = world_with_clusters(20);
    let terraform = Bench::new(&world, &grants(20, "triggers = { assignment = \"1\" }"));
    terraform.apply().ok();
    world.forget_calls();
    terraform.plans_nothing();
    assert_eq!(count(&world.calls(), "ListRoles"), 1, "{:?}", world.calls());
}

#[test]
fn unreachable_account_costs_one_attempt_and_its_own_grants() {
    let world = world_with_clusters(3);
    let closed = new_account();
    let role = format!("arn:aws:iam::{closed}:role/TerraformAccess");
    world.settings(json!({ "refused_roles": [role] }));
    let config = format!(
        r#"
provider "eks" {{
  account_access {{
    role_name = "TerraformAccess"
  }}
}}
{}
resource "eks_sso_access" "closed" {{
  count               = 30
  account_id          = "{closed}"
  cluster_name        = "c${{count.index}}"
  permission_set_name = "DeveloperAccess"
}}
"#,
        grants(3, "")
    );
    let terraform = Bench::new(&world, &config);
    let text = terraform.plan().failed().text;
    assert_eq!(text.matches("Error: Account cannot be reached").count(), 30, "{text}");
    assert_eq!(text.matches("Its trust policy names the caller").count(), 1, "{text}");
    assert_eq!(calls_to(&world.member, "AssumeRole").len(), 1);
    assert_eq!(calls_of(&closed).len(), 0);
    // The others were planned all the same.
    assert_eq!(count(&world.calls(), "DescribeAccessEntry"), 3);
}

/// EKS allows a few calls in a second, as it does to many pipelines at once.
#[test]
fn run_under_constant_throttling_finishes_without_an_error() {
    let world = world_with_clusters(30);
    for (service, code) in [("eks", "ThrottlingException"), ("iam", "Throttling")] {
        world.fault(json!({ "service": service, "per_second": 8, "status": 400, "code": code }));
    }
    let terraform = Bench::new(&world, &grants(30, ""));
    terraform.apply().ok().says("30 added");
    assert!(world.throttled() > 0, "nothing was throttled");
    terraform.plans_nothing();
}

#[test]
fn account_that_is_throttled_finishes_beside_one_that_is_not() {
    let world = world_with_clusters(8);
    let busy = new_account();
    let cluster = |n| json!({ "account": busy, "region": "eu-west-1", "name": format!("c{n}") });
    post(
        "world",
        json!({
            "management_account": world.management,
            "permission_sets": [{ "name": "DeveloperAccess", "accounts": [busy] }],
            "clusters": (0..8).map(cluster).collect::<Vec<_>>(),
        }),
    );
    post(
        "faults",
        json!({ "account": busy, "rules": [{ "service": "eks", "per_second": 4, "status": 429, "code": "ThrottlingException" }] }),
    );
    let config = format!(
        r#"
provider "eks" {{
  account_access {{
    role_name = "TerraformAccess"
  }}
}}
{}
{}
"#,
        grants(8, ""),
        grants(8, &format!("account_id = \"{busy}\"")).replace("\"people\"", "\"busy\"")
    );
    let terraform = Bench::new(&world, &config);
    terraform.apply().ok().says("16 added");
    let writes = |account: &str| {
        let calls = calls_to(account, "AssociateAccessPolicy");
        let passed = calls.iter().filter(|call| call["status"] == 200).count();
        (passed, calls.len() > passed)
    };
    assert_eq!(writes(&world.member), (8, false));
    assert_eq!(writes(&busy).0, 8);
}

#[test]
fn retries_of_a_write_end_with_the_timeout_of_its_grant() {
    let world = world_with_clusters(1);
    world.fault(json!({ "operation": "CreateAccessEntry", "status": 429, "code": "ThrottlingException" }));
    let terraform = Bench::new(&world, &grants(1, "timeouts {\n    create = \"3s\"\n  }"));
    terraform
        .apply()
        .failed()
        .says("ThrottlingException")
        .says("raise max_retries in the provider block, and timeouts where the block has them");
    let attempts = calls_to(&world.member, "CreateAccessEntry").len();
    assert!((2..12).contains(&attempts), "{attempts} attempts in three seconds");
}
