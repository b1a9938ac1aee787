//! States that earlier schema versions wrote, as Terraform 1.11 kept them. What differs in each world has a name in capitals.

use crate::emulator::World;
use crate::terraform::Workspace;
use serde_json::{Value, json};

const VERSION_0: &str = include_str!("version_0.json");

/// The configuration of all of them.
const CONFIG: &str = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  access_policies     = { AmazonEKSViewPolicy = { scope = "cluster" } }
}
resource "eks_sso_access" "admins" {
  cluster_name        = "payments-prod"
  permission_set_name = "AdministratorAccess"
  role_account_id     = "MEMBER"
  kubernetes_groups   = ["admins"]
  user_name           = "sso:{{SessionName}}"
  policy_management   = "additive"
  tags                = { team = "payments" }
}
resource "eks_sso_aws_auth" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["team-payments"]
}
"#;

/// All grants of [`CONFIG`], made in a world, with a state that an earlier version would have written of them.
fn granted(state: &str) -> (World, Workspace) {
    let world = World::new();
    let terraform = Workspace::new(&world, &CONFIG.replace("MEMBER", &world.member));
    terraform.apply().ok();
    let mut state = state.replace("MEMBER", &world.member);
    for (name, set) in [("DEVELOPERS", "DeveloperAccess"), ("ADMINS", "AdministratorAccess")] {
        let made = terraform.state(&format!("eks_sso_access.{}", name.to_lowercase()));
        let last = |text: &str, at: char| text.rsplit(at).next().unwrap().to_owned();
        let entry = last(made["access_entry_arn"].as_str().unwrap(), '/');
        state = state.replace(&format!("{name}_ENTRY"), &entry);
        state = state.replace(&format!("{name}_ID"), made["role_id"].as_str().unwrap());
        state = state.replace(name, &last(&world.role_arn(set), '_'));
    }
    terraform.file("terraform.tfstate", &state);
    world.forget_calls();
    (world, terraform)
}

#[test]
fn state_of_version_0_is_read_and_nothing_is_planned() {
    let (world, terraform) = granted(VERSION_0);
    // What a refresh would set right is not left to it.
    let unrefreshed = ["plan", "-refresh=false", "-detailed-exitcode", "-no-color", "-input=false"];
    terraform.run(&unrefreshed).ok().says("No changes.");
    terraform
        .plan()
        .ok()
        .says("No changes.")
        .does_not_say("changed outside of Terraform");
    // Something has to change, or Terraform keeps the state as it was written.
    terraform.write(&CONFIG.replace("MEMBER", &world.member).replace("payments\" }", "orders\" }"));
    terraform.apply().ok().says("0 added, 1 changed, 0 destroyed");
    terraform.plans_nothing();
    let admins = terraform.state("eks_sso_access.admins");
    assert_eq!(admins["tags_all"], json!({ "team": "orders" }));
    for gone in ["type", "created_at", "principal_name", "status", "unmanaged_policies"] {
        assert_eq!(admins[gone], Value::Null, "{gone}");
    }
    terraform.destroy().ok();
    assert_eq!(world.entries(), Vec::<Value>::new(), "the private state still says who made them");
}
