//! docs/guides/moving.md: entries of hashicorp/aws and of terraform-aws-modules/eks, several at a time.

use crate::emulator::{CLUSTER, REGION, World, get, root};
use crate::terraform::{Workspace, with_stand_ins};
use serde_json::{Value, json};
use std::process::Command;

const SETS: [(&str, &str); 2] = [("developers", "DeveloperAccess"), ("ops", "OpsAccess")];

const GRANTS: &str = r#"
resource "eks_sso_access" "people" {
  for_each = { developers = "DeveloperAccess", ops = "OpsAccess" }

  cluster_name        = "payments-prod"
  permission_set_name = each.value
}
"#;

fn world() -> World {
    let sets = SETS.map(|(_, set)| json!({ "name": set, "accounts": ["MEMBER"] }));
    let world = World::with(json!({
        "permission_sets": sets,
        "clusters": [{ "account": "MEMBER", "region": REGION, "name": CLUSTER }],
    }));
    for (_, set) in SETS {
        world.create_entry_elsewhere(set, &[]);
    }
    world
}

/// An entry for each permission set, and two policies of each, as hashicorp/aws has them.
fn state(world: &World, module: Option<&str>) -> String {
    let entries = get(&format!("entries?account={}&region={REGION}&cluster={CLUSTER}", world.member));
    let resource = |kind: &str, instances: Vec<Value>| {
        let mut resource = json!({
            "mode": "managed", "type": kind, "name": "this", "instances": instances,
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
        });
        if let Some(module) = module {
            resource["module"] = json!(module);
        }
        resource
    };
    let entry = |(key, set): (&str, &str)| {
        let principal = world.role_arn(set);
        let known = entries["entries"].as_array().unwrap();
        let entry = known.iter().find(|entry| entry["principalArn"] == json!(principal)).unwrap();
        json!({
            "schema_version": 0, "index_key": key,
            "attributes": {
                "access_entry_arn": entry["accessEntryArn"], "cluster_name": CLUSTER, "id": "x",
                "created_at": "2026-01-02T03:04:05Z", "kubernetes_groups": [], "modified_at": "2026-01-02T03:04:05Z", "principal_arn": principal, "tags": {},
                "tags_all": {}, "type": "STANDARD", "user_name": entry["username"],
            },
        })
    };
    let association = |key: &str| {
        let attributes = json!({ "id": key, "cluster_name": CLUSTER });
        json!({ "schema_version": 0, "index_key": key, "attributes": attributes })
    };
    let associations = SETS
        .iter()
        .flat_map(|(key, _)| ["view", "edit"].map(|policy| association(&format!("{key}_{policy}"))));
    json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "moved", "outputs": {},
        "resources": [
            resource("aws_eks_access_entry", SETS.map(entry).into()),
            resource("aws_eks_access_policy_association", associations.collect()),
        ],
    })
    .to_string()
}

/// A block for each key, straight to the new type: from the second on Terraform says that the source is of this provider.
#[test]
fn one_block_for_each_key_moves_its_instance() {
    let world = world();
    let moved: String = SETS
        .iter()
        .map(|(key, _)| format!("moved {{\n  from = aws_eks_access_entry.this[\"{key}\"]\n  to   = eks_sso_access.people[\"{key}\"]\n}}\n"))
        .collect();
    let forget = "removed {\n  from = aws_eks_access_policy_association.this\n  lifecycle {\n    destroy = false\n  }\n}\n";
    let mut terraform = Workspace::new(&world, &format!("{GRANTS}{moved}{forget}"));
    let deleted = with_stand_ins(&mut terraform);
    terraform.file("terraform.tfstate", &state(&world, None));
    leaves(&world, &terraform, &deleted);
}

/// Plans and applies: nothing changes in AWS, and the grants are all that is left in the state.
fn leaves(world: &World, terraform: &Workspace, deleted: &std::path::Path) {
    terraform.plan().says("0 to add, 0 to change, 0 to destroy");
    world.forget_calls();
    terraform.apply().ok().says("0 added, 0 changed, 0 destroyed");
    assert_eq!(world.writes(), Vec::<String>::new());
    assert!(!deleted.exists(), "the stand-in was asked to delete");
    let grants = SETS.map(|(key, _)| format!("eks_sso_access.people[\"{key}\"]"));
    assert_eq!(terraform.addresses(), grants);
}

/// "With for_each one moved block moves all instances", and one removed block forgets all associations.
#[test]
fn one_block_of_each_kind_moves_all_instances() {
    let world = world();
    let blocks = r"
moved {
  from = aws_eks_access_entry.this
  to   = eks_sso_access.people
}
removed {
  from = aws_eks_access_policy_association.this
  lifecycle {
    destroy = false
  }
}
";
    let mut terraform = Workspace::new(&world, &format!("{GRANTS}{blocks}"));
    let deleted = with_stand_ins(&mut terraform);
    terraform.file("terraform.tfstate", &state(&world, None));
    leaves(&world, &terraform, &deleted);
}

const MODULE: &str = r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

resource "aws_eks_access_entry" "this" {
  for_each     = {}
  cluster_name = "payments-prod"
}

resource "aws_eks_access_policy_association" "this" {
  for_each     = {}
  cluster_name = "payments-prod"
}
"#;

/// "Out of terraform-aws-modules/eks": the module stays configured, and the guide's command writes the blocks.
#[test]
fn entries_leave_a_module_that_stays() {
    let world = world();
    let mut terraform = Workspace::new(&world, &format!("{GRANTS}\nmodule \"eks\" {{\n  source = \"./module\"\n}}\n"));
    let deleted = with_stand_ins(&mut terraform);
    std::fs::create_dir(terraform.path().join("module")).unwrap();
    terraform.file("module/main.tf", MODULE);
    terraform.file("terraform.tfstate", &state(&world, Some("module.eks")));

    let guide = std::fs::read_to_string(root().join("docs/guides/moving.md")).unwrap();
    let script = guide.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let in_state = terraform.command(&["state", "list"]).output().unwrap().stdout;
    terraform.file("state-list", &String::from_utf8(in_state).unwrap());
    let script = script.replace("terraform state list", "cat state-list");
    let written = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(terraform.path())
        .status()
        .unwrap();
    assert!(written.success());
    terraform.run(&["get"]).ok();
    leaves(&world, &terraform, &deleted);
}
