//! One access entry, or one row, at two addresses: a copied block, a renamed resource. Whatever Terraform plans first, the plan says so.

use crate::aws_auth;
use crate::core::Bench;
use crate::emulator::{CLUSTER, World};

const TWO: &str = "Two resources for one grant";

const GRANT: &str = r#"
resource "eks_sso_access" "x" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["team"]
}
"#;

fn import(address: &str) -> String {
    format!("import {{\n  to = {address}\n  id = \"payments-prod,DeveloperAccess\"\n}}\n")
}

/// The same block once more, with another label and more arguments.
fn copy(block: &str, label: &str, more: &str) -> String {
    let copied = block.replace("\"x\"", label).replace("\"developers\"", label);
    copied.replace("  cluster_name ", &format!("  {more}\n  cluster_name "))
}

/// Labels on both sides of the first one's, so that either of the two is planned first.
const LABELS: [&str; 2] = ["\"a\"", "\"z\""];

#[test]
fn copy_of_a_grant_in_the_state_is_an_error_of_every_plan() {
    let world = World::new();
    let terraform = Bench::new(&world, GRANT);
    terraform.apply().ok();
    world.forget_calls();
    let adopts = "on_existing = \"adopt\"";
    let shares = "policy_management = \"additive\"";
    for label in LABELS {
        for more in ["", adopts, shares] {
            terraform.write(&format!("{GRANT}{}", copy(GRANT, label, more)));
            terraform.plan().failed().says(&format!("Error: {TWO}"));
        }
    }
    assert!(world.writes().is_empty(), "{:?}", world.writes());
}

/// Whoever ends a mistake must be able to: two that are in the state are a warning.
#[test]
fn two_grants_in_the_state_for_one_entry_are_a_warning_and_can_be_destroyed() {
    let world = World::new();
    let terraform = Bench::new(&world, GRANT);
    terraform.apply().ok();
    let copied = copy(GRANT, "\"z\"", "");
    terraform.write(&format!("{GRANT}{copied}{}", import("eks_sso_access.z")));
    let plan = terraform.plan();
    plan.says(&format!("Warning: {TWO}"))
        .says("Access entry has another address in this state");
    terraform.apply().ok();
    assert_eq!(terraform.addresses().len(), 2);
    terraform.plan().says(&format!("Warning: {TWO}"));
    // The same if the refresh finds the entry gone, and both are planned as creates.
    terraform.write(&format!("{GRANT}{copied}"));
    delete_entry(&world);
    terraform.plan().says("2 to add").does_not_say("Error");
    terraform.destroy().ok();
    assert!(world.entries().is_empty() && terraform.addresses().is_empty());
}

/// Each owns only what it names.
#[test]
fn two_grants_that_share_an_entry_are_no_mistake() {
    let world = World::new();
    let shared = |label: &str| copy(GRANT, label, "policy_management = \"additive\"");
    let terraform = Bench::new(&world, &shared("\"x\""));
    terraform.apply().ok();
    terraform.write(&format!(
        "{}{}",
        shared("\"x\""),
        shared("\"z\"").replace("[\"team\"]", "[\"other\"]")
    ));
    terraform.apply().ok().does_not_say(TWO);
    terraform.plan().does_not_say(TWO);
}

/// Whether the new one shares the entry is known only in the apply.
#[test]
fn copy_that_may_share_the_entry_is_no_error_yet() {
    let world = World::new();
    let shared = |label: &str, management: &str| copy(GRANT, label, &format!("policy_management = {management}"));
    let terraform = Bench::new(&world, &shared("\"x\"", "\"additive\""));
    terraform.apply().ok();
    let unknown = "resource \"terraform_data\" \"how\" {\n  input = \"additive\"\n}\n";
    for label in LABELS {
        let copied = shared(label, "terraform_data.how.output").replace("[\"team\"]", "[\"other\"]");
        terraform.write(&format!("{unknown}{}{copied}", shared("\"x\"", "\"additive\"")));
        terraform.plan().says("2 to add").does_not_say(TWO);
    }
    terraform.apply().ok();
}

/// The refresh finds the entry of one gone: both are planned as creates.
#[test]
fn grant_that_is_gone_and_its_copy_are_an_error_of_the_plan() {
    let world = World::new();
    let terraform = Bench::new(&world, GRANT);
    terraform.apply().ok();
    delete_entry(&world);
    for label in LABELS {
        terraform.write(&format!("{GRANT}{}", copy(GRANT, label, "")));
        terraform.plan().failed().says(&format!("Error: {TWO}"));
    }
    // Without the copy it is an ordinary create.
    terraform.write(GRANT);
    terraform.plan().says("1 to add").does_not_say(TWO);
}

fn delete_entry(world: &World) {
    let arn = world.role_arn("DeveloperAccess");
    world.aws(&["eks", "delete-access-entry", "--cluster-name", CLUSTER, "--principal-arn", &arn]);
}

#[test]
fn grant_that_becomes_what_another_one_is_is_an_error_of_the_plan() {
    let world = World::new();
    let other = |label: &str| copy(GRANT, label, "").replace("DeveloperAccess", "AdministratorAccess");
    for label in LABELS {
        let terraform = Bench::new(&world, &format!("{GRANT}{}", other(label)));
        terraform.apply().ok();
        terraform.write(&format!("{}{}", other("\"x\""), other(label)));
        terraform.plan().failed().says(&format!("Error: {TWO}"));
        terraform.write(&format!("{GRANT}{}", other(label)));
        terraform.destroy().ok();
    }
}

#[test]
fn replacement_that_only_terraform_knows_of_is_one_resource() {
    let (world, old) = (World::new(), aws_auth::world());
    let exclusive =
        "resource \"eks_sso_access_exclusive\" \"developers\" {\n  cluster_name   = \"payments-prod\"\n  principal_arns = []\n}\n";
    for (world, config, address) in [
        (&world, GRANT, "eks_sso_access.x"),
        (&old, aws_auth::BASIC, aws_auth::ADDRESS),
        (&World::new(), exclusive, "eks_sso_access_exclusive.developers"),
    ] {
        let terraform = Bench::new(world, config);
        terraform.apply().ok();
        let replace = format!("-replace={address}");
        // The second time the state has what the first one kept beside it.
        for _ in 0..2 {
            let replaced = terraform.run(&["apply", "-auto-approve", "-input=false", "-no-color", &replace]);
            replaced.ok().does_not_say("Two resources").says("1 added");
        }
        terraform.write(&format!("{config}{}", copy(config, "\"z\"", "")));
        terraform
            .run(&["plan", "-input=false", "-no-color", &replace])
            .failed()
            .says("Error: Two resources");
    }
}

/// Rows of aws-auth: the end of the old address would remove what the new one has just imported.
#[test]
fn row_at_two_addresses_is_told() {
    let world = aws_auth::world();
    let terraform = Bench::new(&world, aws_auth::BASIC);
    terraform.apply().ok();
    let renamed = copy(aws_auth::BASIC, "\"z\"", "");
    terraform.write(&renamed);
    terraform.plan().failed().says("add a moved block");
    for label in LABELS {
        terraform.write(&format!("{}{}", aws_auth::BASIC, copy(aws_auth::BASIC, label, "")));
        terraform.plan().failed().says(&format!("Error: {TWO}"));
    }
    let title = "aws-auth row has another address in this state";
    terraform.write(&format!("{renamed}{}", import("eks_sso_aws_auth.z")));
    terraform.plan().says(title).says("from = eks_sso_aws_auth.OLD");
    // An import alone, and the next plan of what was imported, say nothing of the kind.
    let other = Bench::new(&world, &format!("{renamed}{}", import("eks_sso_aws_auth.z")));
    other.plan().does_not_say(title);
    other.apply().ok().does_not_say(title);
    other.plan().does_not_say(title);
}

/// Each of two exclusive resources would delete what the other names, also where one of them is in the state.
#[test]
fn second_exclusive_resource_of_a_cluster_is_an_error_of_every_plan() {
    let world = World::new();
    let one = "resource \"eks_sso_access_exclusive\" \"x\" {\n  cluster_name   = \"payments-prod\"\n  principal_arns = []\n}\n";
    let terraform = Bench::new(&world, one);
    terraform.apply().ok();
    for label in LABELS {
        terraform.write(&format!("{one}{}", copy(one, label, "")));
        terraform.plan().failed().says("Error: Two resources for all entries of a cluster");
    }
    let import = "import {\n  to = eks_sso_access_exclusive.z\n  id = \"payments-prod\"\n}\n";
    terraform.write(&format!("{one}{}{import}", copy(one, "\"z\"", "")));
    terraform.plan().says("Warning: Two resources for all entries of a cluster");
    terraform.apply().ok();
    terraform.destroy().ok();
    assert!(terraform.addresses().is_empty());
}
