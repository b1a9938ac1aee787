//! Configurations of this provider and hashicorp/aws together, with the real plugin of hashicorp/aws (version 5) where
//! this machine has one. Elsewhere each of these tests says that it is skipped, and tools/test counts that.
//!
//! The plugin takes seconds to start and half a gigabyte, so these tests run one after the other.

use crate::emulator::{CLUSTER, World, root};
use crate::kubectl::Kubectl;
use crate::terraform::{Workspace, with_aws_plugin};
use crate::whole_path;
use serde_json::json;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The plugin's file: what `TF_AWS_PLUGIN` names (a file, or a folder above it), or else the newest that is found.
fn find_plugin(named: Option<&Path>) -> Option<PathBuf> {
    let mut command = Command::new(root().join("tools/aws-plugin"));
    if let Some(named) = named {
        command.env("TF_AWS_PLUGIN", named);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = String::from_utf8(output.stdout).unwrap();
    Some(path.trim()).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The plugin, and the turn to use it.
struct Plugin {
    file: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

impl Plugin {
    /// Says on stdout, past the test runner, which keeps what tests print, that a test is skipped.
    fn for_test(test: &str) -> Option<Self> {
        static TURN: Mutex<()> = Mutex::new(());
        let Some(file) = find_plugin(None) else {
            let line = format!("skipped: aws_plugin::{test}: no hashicorp/aws plugin\n");
            std::io::stdout().write_all(line.as_bytes()).unwrap();
            return None;
        };
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Self { file, _turn: turn })
    }

    /// A workspace in the world's member account.
    fn workspace(&self, world: &World, config: &str) -> Workspace {
        let terraform = Workspace::new(world, "");
        with_aws_plugin(&terraform, &self.file);
        terraform.file("main.tf", config);
        terraform
    }
}

const PROVIDERS: &str = "terraform {\n  required_providers {\n    aws = { source = \"hashicorp/aws\" }\n    \
                         eks = { source = \"eks-sso/eks\" }\n  }\n}\n";

/// What a state of hashicorp/aws holds before anybody thinks of leaving it: an entry with groups and tags, and two
/// associations, one of them made with for_each.
const OLD: &str = r#"
resource "aws_eks_access_entry" "developers" {
  cluster_name      = "payments-prod"
  principal_arn     = "ROLE"
  kubernetes_groups = ["team-payments"]
  tags              = { team = "payments" }
}
resource "aws_eks_access_policy_association" "developers" {
  cluster_name  = aws_eks_access_entry.developers.cluster_name
  principal_arn = aws_eks_access_entry.developers.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
  access_scope {
    type = "cluster"
  }
}
resource "aws_eks_access_policy_association" "more" {
  for_each      = toset(["AmazonEKSEditPolicy"])
  cluster_name  = aws_eks_access_entry.developers.cluster_name
  principal_arn = aws_eks_access_entry.developers.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/${each.key}"
  access_scope {
    type       = "namespace"
    namespaces = ["payments"]
  }
}
"#;

const GRANT: &str = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["team-payments"]
  tags                = { team = "payments" }
  access_policies = {
    AmazonEKSViewPolicy = { scope = "cluster" }
    AmazonEKSEditPolicy = { namespaces = ["payments"] }
  }
}
"#;

const LEAVING: &str = r#"
moved {
  from = aws_eks_access_entry.developers
  to   = eks_sso_access.developers
}
removed {
  from = aws_eks_access_policy_association.developers
  lifecycle {
    destroy = false
  }
}
moved {
  from = aws_eks_access_policy_association.more["AmazonEKSEditPolicy"]
  to   = aws_eks_access_policy_association.forgotten
}
removed {
  from = aws_eks_access_policy_association.forgotten
  lifecycle {
    destroy = false
  }
}
"#;

/// The guide `docs/guides/moving.md`, from a state that the real plugin wrote.
#[test]
fn entry_of_the_real_plugin_moves_without_a_write() {
    let Some(plugin) = Plugin::for_test("entry_of_the_real_plugin_moves_without_a_write") else {
        return;
    };
    let world = World::new();
    let old = OLD.replace("ROLE", &world.role_arn("DeveloperAccess"));
    let terraform = plugin.workspace(&world, &format!("{PROVIDERS}{old}"));
    terraform.apply().ok().says("3 added");
    let entry = world.entry();

    terraform.file("main.tf", &format!("{PROVIDERS}{GRANT}{LEAVING}"));
    terraform
        .plan()
        .says("aws_eks_access_entry.developers has moved to eks_sso_access.developers")
        .says("0 to add, 0 to change, 0 to destroy");
    world.forget_calls();
    terraform.apply_plan().ok().says("0 added, 0 changed, 0 destroyed");
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(world.entry(), entry);
    assert_eq!(terraform.addresses(), ["eks_sso_access.developers"]);
    // The blocks have done their work.
    terraform.file("main.tf", &format!("{PROVIDERS}{GRANT}"));
    terraform.plans_nothing();
}

/// examples/whole-path as it is: nothing is played here but AWS.
#[test]
fn whole_path_goes_to_kubectl_in_one_apply() {
    let Some(plugin) = Plugin::for_test("whole_path_goes_to_kubectl_in_one_apply") else {
        return;
    };
    // The plugin makes the permission set of the example.
    let world = whole_path::world_with("Other");
    let mut terraform = whole_path::configured(&world);
    with_aws_plugin(&terraform, &plugin.file);
    // The plugin takes no shorter document.
    let metadata = format!("<EntityDescriptor>{}</EntityDescriptor>", "x".repeat(1000));
    terraform.set_env("TF_VAR_okta_metadata", &metadata);
    terraform.apply().ok().says("9 added, 0 changed, 0 destroyed");
    terraform.plans_nothing();

    let role = terraform.state("eks_sso_access.developers")["principal_arn"]
        .as_str()
        .unwrap()
        .to_owned();
    let person = person(&world, &role, &terraform, "kubeconfig");
    whole_path::may_look_at_pods_and_not_at_nodes(&person, "sso:jane-example.com");
}

/// A person with a session of this role, and the kubeconfig of an output.
fn person(world: &World, role: &str, terraform: &Workspace, output: &str) -> Kubectl {
    let session = world.aws(&["sts", "assume-role", "--role-arn", role, "--role-session-name", "jane@example.com"]);
    let profile = format!("DeveloperAccess-{}", world.member);
    Kubectl::of_profile(&profile, &session["Credentials"], &whole_path::output(terraform, output))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// A world whose account has no cluster yet.
fn without_cluster() -> World {
    World::with(json!({ "clusters": [] }))
}

/// One plan, one apply, and a plan without changes; then the person may do what the grant says.
#[track_caller]
fn applies_once(world: &World, terraform: &Workspace, grants: usize) {
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("Warning: Cluster does not exist")
        .says("If this same apply creates it, all is well.")
        .says("0 to change, 0 to destroy");
    terraform.apply_plan().ok().says("0 changed, 0 destroyed");
    terraform.plans_nothing();
    assert_eq!(world.entries().len(), grants);

    let person = person(world, &world.role_arn("DeveloperAccess"), terraform, "kubeconfig");
    let context = format!("--context=DeveloperAccess@{CLUSTER}.eu-west-1.{}", world.member);
    person.run(&["get", "pods", "--all-namespaces", &context]).ok();
    person
        .run(&["get", "secrets", "--all-namespaces", &context])
        .fails_with("cannot list resource \"secrets\"");
}

/// examples/new-cluster as it is.
#[test]
fn new_cluster_and_its_grants_take_one_apply() {
    let Some(plugin) = Plugin::for_test("new_cluster_and_its_grants_take_one_apply") else {
        return;
    };
    let world = without_cluster();
    let mut terraform = plugin.workspace(&world, &read("examples/new-cluster/main.tf"));
    terraform.file("access.tf", &read("examples/new-cluster/access.tf"));
    terraform.set_env("TF_VAR_subnet_ids", "[\"subnet-1\", \"subnet-2\"]");
    applies_once(&world, &terraform, 2);
}

/// What plays terraform-aws-modules/eks: the arguments and the outputs that the guide names, and the cluster.
const MODULE: &str = r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "name" {}
variable "kubernetes_version" {}
variable "vpc_id" {}
variable "subnet_ids" {}
variable "endpoint_public_access" {}
variable "authentication_mode" {}
resource "aws_iam_role" "this" {
  count              = 1
  name               = "${var.name}-cluster"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_eks_cluster" "this" {
  count    = 1
  name     = var.name
  role_arn = aws_iam_role.this[0].arn
  access_config {
    authentication_mode                         = var.authentication_mode
    bootstrap_cluster_creator_admin_permissions = false
  }
  vpc_config {
    subnet_ids = var.subnet_ids
  }
}
output "cluster_name" {
  value = try(aws_eks_cluster.this[0].name, "")
}
"#;

/// The configuration of the guide with the module, whose source is replaced by what plays it.
fn with_module(guide: &str) -> String {
    let block = guide
        .split("```hcl\n")
        .find(|block| block.contains("terraform-aws-modules/eks/aws"))
        .unwrap();
    let block = block.split("```").next().unwrap();
    let is_source = |line: &str| line.contains("terraform-aws-modules/eks/aws");
    let lines = block.lines().filter(|line| !line.starts_with("  version "));
    lines
        .map(|line| {
            if is_source(line) {
                "  source = \"./eks\"\n".to_owned()
            } else {
                format!("{line}\n")
            }
        })
        .collect()
}

#[test]
fn new_cluster_of_a_module_and_its_grants_take_one_apply() {
    let Some(plugin) = Plugin::for_test("new_cluster_of_a_module_and_its_grants_take_one_apply") else {
        return;
    };
    let world = without_cluster();
    let config = with_module(&read("docs/guides/new-cluster.md"));
    let mut terraform = plugin.workspace(&world, &config);
    std::fs::create_dir(terraform.path().join("eks")).unwrap();
    terraform.file("eks/main.tf", MODULE);
    terraform.set_env("TF_VAR_vpc_id", "vpc-1");
    terraform.set_env("TF_VAR_subnet_ids", "[\"subnet-1\", \"subnet-2\"]");
    terraform.run(&["get", "-no-color"]).ok();

    // Without depends_on the kubeconfig would be read in the plan, since the module tells the name at once.
    let without = config.replace("  depends_on = [module.eks]\n", "");
    assert_ne!(without, config);
    terraform.file("main.tf", &without);
    terraform
        .plan()
        .failed()
        .says("Error: Cluster does not exist")
        .says("add depends_on = [module.NAME]");
    terraform.file("main.tf", &config);
    applies_once(&world, &terraform, 2);
}

/// Every file of the example is in the guide, word for word.
#[test]
fn guide_quotes_the_example_of_a_new_cluster() {
    let guide = read("docs/guides/new-cluster.md");
    for name in ["main.tf", "access.tf"] {
        let text = read(&format!("examples/new-cluster/{name}"));
        assert!(guide.contains(text.trim()), "{name} is not in the guide as it is");
    }
}

#[test]
fn newest_plugin_is_found_whatever_is_above_it() {
    let folder = tempfile::tempdir().unwrap();
    let of = |version: &str, file: &str| {
        let path = folder
            .path()
            .join(format!("x/example.com/hashicorp/aws/{version}/linux_amd64/{file}"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "").unwrap();
        path
    };
    of("5.9.0", "terraform-provider-aws_v5.9.0_x5");
    let newest = of("5.100.0", "terraform-provider-aws_v5.100.0_x5");
    of("6.0.0", "terraform-provider-aws_v6.0.0_x5");
    of("5.101.0", "terraform-provider-awscc_v5.101.0");
    assert_eq!(find_plugin(Some(folder.path())), Some(newest.clone()));
    assert_eq!(find_plugin(Some(&newest)), Some(newest.clone()));
    assert_eq!(find_plugin(Some(&folder.path().join("x/example.com/hashicorp/awscc"))), None);
}
