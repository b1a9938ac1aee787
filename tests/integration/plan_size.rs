//! How long a plan is: people read it in a pull request, and what does not fit there nobody reads.
//!
//! The limits are what was reached, and a little more: DESIGN.md ("What a plan shows") has the figures and what is left of them.

#![allow(clippy::print_stdout, reason = "the figures are what the run is for")]

use crate::core::Bench;
use crate::emulator::{REGION, World, get, post};
use crate::terraform::Workspace;
use serde_json::{Value, json};

/// Permission sets as people name them.
const SETS: [&str; 5] = [
    "AdministratorAccess",
    "BillingReadOnly",
    "DeveloperAccess",
    "IncidentResponse",
    "PlatformEngineer",
];
const CLUSTERS: usize = 20;

/// Each set in each cluster, with two access policies and a group.
const GRANTS: &str = r#"
locals {
  sets     = SETS
  clusters = [for number in range(20) : format("team-%02d-prod", number)]
}

resource "eks_sso_access" "team" {
  for_each = { for pair in setproduct(local.sets, local.clusters) : "${pair[0]}/${pair[1]}" => pair }

  cluster_name        = each.value[1]
  permission_set_name = each.value[0]
  kubernetes_groups   = ["team-payments"]

  access_policies = {
    AmazonEKSViewPolicy = { scope = "cluster" }
    AmazonEKSEditPolicy = { namespaces = ["payments"] }
  }
}
"#;

fn grants(sets: &[&str]) -> String {
    GRANTS.replace("SETS", &json!(sets).to_string())
}

fn world() -> World {
    let sets: Value = SETS.iter().map(|set| json!({ "name": set, "accounts": ["MEMBER"] })).collect();
    let clusters: Value = (0..CLUSTERS)
        .map(|number| json!({ "account": "MEMBER", "region": REGION, "name": format!("team-{number:02}-prod"), "authentication_mode": "API" }))
        .collect();
    World::with(json!({ "permission_sets": sets, "clusters": clusters }))
}

/// What `terraform plan -no-color` prints, on both channels.
#[track_caller]
fn fits(what: &str, terraform: &Workspace, most: usize) -> String {
    let output = terraform.command(&["plan", "-no-color", "-input=false"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    let length = text.chars().count();
    println!("{what}: {length} of {most} characters");
    let first: String = text.chars().take(4000).collect();
    assert!(length <= most, "{what}: {length} characters, more than {most}. It begins:\n{first}");
    text
}

#[test]
fn plan_of_a_hundred_new_grants_fits() {
    let terraform = Workspace::new(&world(), &grants(&SETS));
    let plan = fits("100 new grants", &terraform, 97_000);
    assert!(plan.contains("Plan: 100 to add, 0 to change, 0 to destroy."), "{plan}");
}

#[test]
fn plan_of_a_hundred_rotations_fits() {
    let world = world();
    let terraform = Workspace::new(&world, &grants(&SETS));
    terraform.apply().ok();
    for set in SETS {
        post("reprovision", json!({ "account": world.member, "permission_set": set }));
    }
    let plan = fits("a rotation of 100 grants", &terraform, 102_000);
    assert!(plan.contains("Plan: 0 to add, 100 to change, 0 to destroy."), "{plan}");
    assert!(plan.contains("users are locked out until you apply"), "{plan}");
}

/// One cause is one error: the other grants that it hits have a warning, of which Terraform shows one. (Above them it prints the
/// plan as far as it came; that part is as long as the plan of so many grants.)
#[test]
fn errors_of_a_hundred_grants_fit() {
    let sets = (0..5).map(|number| format!("DeveloperAxess{number}")).collect::<Vec<_>>();
    let sets = sets.iter().map(String::as_str).collect::<Vec<_>>();
    let terraform = Workspace::new(&world(), &grants(&sets));
    let output = terraform.command(&["plan", "-no-color", "-input=false"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    let said = &text[text.find("Warning: Unknown permission set").unwrap()..];
    let (characters, lines) = (said.chars().count(), said.lines().count());
    println!("errors of 100 grants: {characters} characters in {lines} lines");
    assert!(
        characters <= 20_000 && lines < 300,
        "{characters} characters in {lines} lines:\n{said}"
    );
    assert_eq!(said.matches("Error: Unknown permission set in this account").count(), 5, "{said}");
    assert_eq!(said.matches("similar warnings elsewhere)").count(), 1, "{said}");
    assert!(said.contains("Did you mean \"DeveloperAccess\"?"), "{said}");
}

const MINIMAL: &str = r#"
resource "eks_sso_access" "x" {
  cluster_name        = "team-00-prod"
  permission_set_name = "DeveloperAccess"
}
"#;
const ADDRESS: &str = "eks_sso_access.x";

/// What a plan would show of a new grant, unless it is null.
#[test]
fn what_says_nothing_is_null() {
    let terraform = Bench::new(&world(), MINIMAL);
    assert_eq!(terraform.plan().code, Some(2));
    let after = terraform.change(ADDRESS)["after"].clone();
    let shown = after.as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
    let shown: Vec<&str> = shown.map(|(name, _)| name.as_str()).collect();
    let expected = [
        "account_id",
        "cluster_name",
        "permission_set_name",
        "principal_arn",
        "region",
        "role_id",
    ];
    assert_eq!(shown, expected);
    assert_eq!(
        terraform.change(ADDRESS)["after_unknown"],
        json!({ "access_entry_arn": true, "kubernetes_user_name": true })
    );
    terraform.apply().ok();
    terraform.plans_nothing();
}

/// A collection that is left out is null, and one that is written is as it is written: none of it is a call of AWS.
#[test]
fn empty_and_null_collections_mean_the_same() {
    let world = world();
    let terraform = Bench::new(&world, MINIMAL);
    terraform.apply().ok();
    let empty = "  kubernetes_groups   = []\n  access_policies     = {}\n}\n";
    terraform.write(&MINIMAL.replace("}\n", empty));
    world.forget_calls();
    terraform.apply().ok();
    assert_eq!(world.writes(), Vec::<String>::new());
    terraform.plans_nothing();
    // Nor is anything to do once they are left out again.
    terraform.write(MINIMAL);
    terraform.plans_nothing();
}

#[test]
fn import_of_an_entry_without_groups_and_policies_plans_nothing_whether_they_are_written_or_not() {
    let world = world();
    let made = Bench::new(&world, MINIMAL);
    made.apply().ok();
    for lines in [
        "",
        "  kubernetes_groups = []\n  access_policies = {}\n",
        "  kubernetes_groups = null\n",
    ] {
        let terraform = Bench::new(&world, &MINIMAL.replace("}\n", &format!("{lines}}}\n")));
        terraform.import(ADDRESS, "team-00-prod,DeveloperAccess").ok();
        terraform.plans_nothing();
    }
}

/// Groups and policies that others put on an entry which has none are drift, and go.
#[test]
fn what_others_add_to_a_null_collection_shows_as_drift() {
    let world = world();
    let terraform = Bench::new(&world, MINIMAL);
    terraform.apply().ok();
    let principal = world.role_arn("DeveloperAccess");
    let entry = ["--cluster-name", "team-00-prod", "--principal-arn", &principal];
    world.aws(&[&["eks", "update-access-entry", "--kubernetes-groups", "theirs"], &entry[..]].concat());
    world.associate_on("team-00-prod", &principal, "AmazonEKSViewPolicy", "type=cluster");
    assert_eq!(terraform.plan().code, Some(2));
    let change = terraform.change(ADDRESS);
    assert_eq!(
        (&change["before"]["kubernetes_groups"], &change["after"]["kubernetes_groups"]),
        (&json!(["theirs"]), &json!([]))
    );
    assert_eq!(change["after"]["access_policies"], json!({}));
    terraform.apply().ok();
    terraform.plans_nothing();
    let entries = get(&format!("entries?account={}&region={REGION}&cluster=team-00-prod", world.member));
    assert_eq!(entries["entries"][0]["kubernetesGroups"], json!([]));
    assert_eq!(entries["entries"][0]["policies"], json!([]));
}
