//! The same binary with every Terraform that the provider supports.

use crate::access::BASIC;
use crate::emulator::{World, root};
use crate::terraform::{Output, Workspace, with_stand_ins};
use crate::ways_in::{QUERY, state_of_hashicorp_aws};

/// Validates, plans, applies and destroys the basic grant.
#[track_caller]
fn check(version: &'static str) {
    let world = World::new();
    let terraform = Workspace::new(&world, BASIC).of_version(version);
    terraform.run(&["version"]).ok().says(&format!("Terraform v{version}."));
    terraform.validate().ok();
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    terraform.apply().ok().says("1 added, 0 changed, 0 destroyed");
    assert_eq!(world.entries().len(), 1);
    terraform.plans_nothing();
    terraform.destroy().ok().says("1 destroyed");
    assert!(world.entries().is_empty());
}

#[test]
#[ignore = "make test-versions"]
fn works_in_terraform_1_6() {
    check("1.6");
}

#[test]
#[ignore = "make test-versions"]
fn works_in_terraform_1_8() {
    check("1.8");
}

#[test]
#[ignore = "make test-versions"]
fn works_in_terraform_1_9() {
    check("1.9");
}

#[test]
#[ignore = "make test-versions"]
fn works_in_terraform_1_10() {
    check("1.10");
}

#[test]
fn works_in_terraform_1_11() {
    check("1.11");
}

#[test]
fn works_in_terraform_1_12() {
    check("1.12");
}

#[test]
fn works_in_terraform_1_13() {
    check("1.13");
}

#[test]
fn works_in_terraform_1_14() {
    check("1.14");
}

#[test]
fn works_in_terraform_1_15() {
    check("1.15");
}

/// A way to use the provider that is younger than the provider's oldest Terraform. docs/index.md ("Versions") has the table.
struct Feature {
    world: World,
    /// By name.
    files: Vec<(&'static str, String)>,
    command: &'static [&'static str],
}

const PLAN: &[&str] = &["plan", "-input=false", "-no-color"];

impl Feature {
    /// The basic grant exists in AWS.
    fn new(command: &'static [&'static str], files: &[(&'static str, &str)]) -> Self {
        let world = World::new();
        Workspace::new(&world, BASIC).apply().ok();
        let files = files.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        Self { world, files, command }
    }

    fn run(&self, version: &'static str) -> Output {
        let mut terraform = Workspace::new(&self.world, BASIC).of_version(version);
        with_stand_ins(&mut terraform);
        for (name, text) in &self.files {
            let path = terraform.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        if terraform.path().join("module").exists() {
            let got = terraform.run(&["get"]);
            if got.code != Some(0) {
                return got;
            }
        }
        terraform.run(self.command)
    }

    /// Works in a version, and not in the one before.
    #[track_caller]
    fn begins(&self, before: (&'static str, &str), since: (&'static str, &str)) {
        self.run(before.0).failed().says(before.1);
        self.run(since.0).ok().says(since.1);
    }
}

#[test]
#[ignore = "make test-versions"]
fn import_by_id_is_in_terraform_1_6() {
    let import = "import {\n  to = eks_sso_access.developers\n  id = \"payments-prod,DeveloperAccess\"\n}\n";
    let feature = Feature::new(PLAN, &[("import.tf", import)]);
    feature.run("1.6").ok().says("1 to import, 0 to add, 0 to change, 0 to destroy");
}

#[test]
#[ignore = "make test-versions"]
fn import_with_for_each_is_not_in_terraform_1_6() {
    let import = r#"
import {
  for_each = { developers = "payments-prod,DeveloperAccess" }
  to       = eks_sso_access.developers
  id       = each.value
}
"#;
    let refusal = "An argument named \"for_each\" is not expected here";
    let feature = Feature::new(PLAN, &[("import.tf", import)]);
    feature.begins(("1.6", refusal), ("1.8", "1 to import, 0 to add, 0 to change, 0 to destroy"));
}

const TEST: &str = r#"
mock_provider "eks" {}

run "grant" {
  assert {
    condition     = eks_sso_access.developers.cluster_name == "payments-prod"
    error_message = "Another cluster."
  }
}
"#;

#[test]
#[ignore = "make test-versions"]
fn mock_provider_is_not_in_terraform_1_6() {
    let feature = Feature::new(&["test", "-no-color"], &[("grant.tftest.hcl", TEST)]);
    let refusal = "Blocks of type \"mock_provider\" are not expected here";
    feature.begins(("1.6", refusal), ("1.8", "1 passed, 0 failed"));
}

#[test]
#[ignore = "make test-versions"]
fn removed_block_is_not_in_terraform_1_6() {
    let removed = "removed {\n  from = eks_sso_access.old\n  lifecycle {\n    destroy = false\n  }\n}\n";
    let feature = Feature::new(&["validate", "-no-color"], &[("removed.tf", removed)]);
    let refusal = "Blocks of type \"removed\" are not expected here";
    feature.begins(("1.6", refusal), ("1.8", "The configuration is valid"));
}

#[test]
#[ignore = "make test-versions"]
fn functions_of_providers_are_not_in_terraform_1_6() {
    let output = r#"
output "suffix" {
  value = provider::eks::parse_sso_role_arn("arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_DeveloperAccess_0123456789abcdef").suffix
}
"#;
    let feature = Feature::new(&["validate", "-no-color"], &[("output.tf", output)]);
    feature.begins(("1.6", "Error:"), ("1.8", "The configuration is valid"));
}

#[test]
#[ignore = "make test-versions"]
fn move_from_another_type_is_not_in_terraform_1_6() {
    let moved = "moved {\n  from = aws_eks_access_entry.developers\n  to   = eks_sso_access.developers\n}\n";
    let mut feature = Feature::new(PLAN, &[("moved.tf", moved)]);
    // States say which Terraform wrote them. Newer ones are refused.
    let state = state_of_hashicorp_aws(&feature.world).replace("1.11.4", "1.6.6");
    feature.files.push(("terraform.tfstate", state));
    let refusal = "Resource type mismatch";
    let move_alone = "aws_eks_access_entry.developers has moved to eks_sso_access.developers";
    feature.begins(("1.6", refusal), ("1.8", move_alone));
}

#[test]
#[ignore = "make test-versions"]
fn module_of_the_examples_is_not_for_terraform_1_8() {
    let call = "module \"access\" {\n  source   = \"./module\"\n  accounts = {}\n  access   = {}\n}\n";
    let mut feature = Feature::new(&["validate", "-no-color"], &[("call.tf", call)]);
    for name in ["main.tf", "outputs.tf", "variables.tf"] {
        let text = std::fs::read_to_string(root().join("examples/matrix/module").join(name)).unwrap();
        let path: &'static str = ["module/", name].concat().leak();
        feature.files.push((path, text));
    }
    let header = "terraform {\n  required_providers {\n    eks = { source = \"eks-sso/eks\" }\n  }\n}\n";
    feature.files.push(("module/versions.tf", header.to_owned()));
    let refusal = "Invalid reference in variable validation";
    feature.begins(("1.8", refusal), ("1.9", "The configuration is valid"));
}

#[test]
#[ignore = "make test-versions"]
fn override_during_plan_is_not_in_terraform_1_10() {
    let overriding = "override_resource {\n  target          = eks_sso_access.developers\n  override_during = plan\n  values          = { status = null }\n}\n";
    let test = format!(
        "{overriding}{}",
        TEST.replace("run \"grant\" {", "run \"grant\" {\n  command = plan\n")
    );
    let feature = Feature::new(&["test", "-no-color"], &[("grant.tftest.hcl", &test)]);
    feature.begins(("1.10", "override_during"), ("1.11", "1 passed, 0 failed"));
}

#[test]
fn import_by_identity_is_not_in_terraform_1_11() {
    let import = r#"
import {
  to       = eks_sso_access.developers
  identity = { cluster_name = "payments-prod", permission_set_name = "DeveloperAccess" }
}
"#;
    let feature = Feature::new(PLAN, &[("import.tf", import)]);
    let refusal = "An argument named \"identity\" is not expected here";
    feature.begins(("1.11", refusal), ("1.12", "1 to import, 0 to add, 0 to change, 0 to destroy"));
}

#[test]
fn query_is_not_in_terraform_1_13() {
    let feature = Feature::new(&["query", "-no-color"], &[("list.tfquery.hcl", QUERY)]);
    feature.begins(("1.13", "no command named"), ("1.14", "DeveloperAccess in payments-prod"));
}
