//! `eks_sso_access`: its life from create to destroy.

use crate::core::Bench;
use crate::emulator::World;
use serde_json::json;

pub const BASIC: &str = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["team-payments"]

  access_policies = {
    AmazonEKSViewPolicy = { scope = "cluster" }
    AmazonEKSEditPolicy = { namespaces = ["payments", "payments-*"] }
  }

  tags = { team = "payments" }
}
"#;

#[test]
fn access_basic() {
    let world = World::new();
    let terraform = Bench::new(&world, BASIC);

    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    let change = terraform.change("eks_sso_access.developers");
    assert_eq!(change["actions"], json!(["create"]));
    // Known in the plan, because the role is looked up then.
    assert_eq!(change["after"]["principal_arn"], json!(world.role_arn("DeveloperAccess")));
    assert_eq!(change["after_unknown"]["access_entry_arn"], json!(true));

    terraform.apply().ok();
    let entry = world.entry();
    assert_eq!(entry["principalArn"], json!(world.role_arn("DeveloperAccess")));
    assert_eq!(entry["kubernetesGroups"], json!(["team-payments"]));
    terraform.plans_nothing();

    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}
