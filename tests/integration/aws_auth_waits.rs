//! `eks_sso_aws_auth` and `check_aws_auth`: what waits, what must not wait, and the way out of what never ends.

use crate::aws_auth::{ADDRESS, BASIC, front, row, world};
use crate::core::Bench;
use crate::emulator::{World, post, wait_for};
use crate::kubernetes::{OTHERS, without_path};
use crate::terraform::Workspace;
use serde_json::json;

/// Two grants on one cluster.
const BOTH: &str = r#"
resource "eks_sso_aws_auth" "all" {
  for_each            = toset(["DeveloperAccess", "AdministratorAccess"])
  cluster_name        = "payments-prod"
  permission_set_name = each.key
}
"#;

fn puts(world: &World) -> usize {
    world.kubernetes_methods().iter().filter(|method| *method == "PUT").count()
}

#[test]
fn grants_that_wait_for_their_turn_write_nothing_after_ctrl_c() {
    let world = world();
    let mut terraform = Workspace::new(&world, BOTH);
    let log = terraform.path().join("trace.log");
    terraform.set_env("TF_LOG", "TRACE");
    terraform.set_env("TF_LOG_PATH", log.to_str().unwrap());
    world.kubernetes_fault(json!({ "method": "PUT", "times": 1, "hold": true }));
    let running = terraform.start_apply();
    let logged = |text: &str| std::fs::read_to_string(&log).map_or(0, |log| log.matches(text).count());
    // Terraform begins nothing new once it was interrupted, so both must have begun.
    wait_for(|| (puts(&world) == 1 && logged("applying the planned Create change") == 2).then_some(()));
    running.signal_group("-INT");
    // The one that waits gives up while the other's write is still under way.
    wait_for(|| (logged("[ERROR] vertex") > 0).then_some(()));
    world.clear_kubernetes_faults();
    running.finish().failed().says("Error: Terraform was interrupted");
    assert_eq!(puts(&world), 1);
    assert_eq!(terraform.addresses().len(), 1, "what was written is in the state");
    assert_eq!(world.map_roles().matches("AWSReservedSSO_").count(), 2);
    terraform.apply().ok();
    terraform.plans_nothing();
}

#[test]
fn grant_whose_time_ends_while_it_waits_for_its_turn_writes_nothing() {
    let world = world();
    let config = BOTH.replace("= each.key\n}", "= each.key\n  timeouts {\n    create = \"2s\"\n  }\n}");
    let terraform = Workspace::new(&world, &config);
    world.kubernetes_fault(json!({ "method": "PUT", "times": 1, "delay_ms": 4000 }));
    let apply = terraform.apply().failed().says("aws-auth could not be written");
    apply
        .says("Other grants of this run were still writing aws-auth")
        .says("Raise its timeouts");
    assert_eq!(puts(&world), 1);
    assert_eq!(terraform.addresses().len(), 1);
}

#[test]
fn read_that_is_not_answered_is_made_again() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    world.kubernetes_fault(json!({ "method": "GET", "times": 1, "hold": true }));
    let plan = terraform.plan();
    let asked = world.kubernetes_methods();
    world.clear_kubernetes_faults();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    assert_eq!(asked, ["GET", "GET"]);
}

/// Only a connection that does not come about decides for all grants of a run.
#[test]
fn read_that_is_never_answered_does_not_decide_for_other_grants() {
    let world = world();
    let terraform = Bench::new(&world, BOTH);
    world.kubernetes_fault(json!({ "method": "GET", "times": 2, "hold": true }));
    // One after the other, so that they do not share one question.
    let plan = terraform.run(&["plan", "-no-color", "-parallelism=1"]);
    let asked = world.kubernetes_methods();
    world.clear_kubernetes_faults();
    let plan = plan.failed().says("no answer within 10 s").says("Nothing is taken to be gone");
    let plan = plan.does_not_say("cannot be reached");
    assert_eq!(plan.text.matches("aws-auth cannot be read").count(), 1, "{}", plan.text);
    assert_eq!(asked, ["GET", "GET", "GET"]);
}

#[test]
fn api_that_accepts_and_never_answers_is_asked_twice_for_all_that_wait() {
    let world = world();
    let terraform = Workspace::new(&world, BOTH);
    world.kubernetes_fault(json!({ "method": "GET", "hold": true }));
    let plan = terraform.plan();
    let asked = world.kubernetes_methods();
    world.clear_kubernetes_faults();
    let plan = plan.failed().says("aws-auth cannot be read").says("no answer within 10 s");
    plan.says("Nothing is taken to be gone").says("did not answer in time");
    assert_eq!(asked, ["GET", "GET"]);
}

/// Whoever takes a connection and says nothing, not even a certificate, is as good as not there.
#[test]
fn endpoint_without_a_handshake_is_tried_once() {
    let world = world();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let front = front(&silent.local_addr().unwrap().to_string());
    let mut terraform = Bench::new(&world, BOTH);
    terraform.set_env("AWS_ENDPOINT_URL", &front.url());
    let plan = terraform.run(&["plan", "-no-color", "-parallelism=1"]).failed();
    plan.says("The Kubernetes API could not be reached")
        .says("another error of this run says why");
    silent.set_nonblocking(true).unwrap();
    assert_eq!(silent.incoming().take_while(Result::is_ok).count(), 1);
}

#[test]
fn lost_answer_is_looked_up_once_more_when_time_is_over() {
    let world = world();
    let config = BASIC.replace("readers\"]", "readers\"]\n  timeouts {\n    create = \"1s\"\n  }");
    let terraform = Workspace::new(&world, &config);
    world.kubernetes_fault(json!({ "method": "PUT", "times": 1, "delay_ms": 1500, "lose_answer": true }));
    terraform.apply().ok();
    assert_eq!(world.map_roles(), format!("{OTHERS}{}", row(&world)));
    terraform.plans_nothing();
}

/// The ARN, without path, of the permission set's new role.
fn reprovision(world: &World) -> String {
    let made = post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    without_path(made["role_arn"].as_str().or(made["arn"].as_str()).unwrap())
}

#[test]
fn row_that_the_new_role_has_already_is_told_before_it_is_replaced() {
    let world = world();
    let terraform = Workspace::new(&world, BASIC);
    terraform.apply().ok();
    let new = reprovision(&world);
    let theirs = format!("- rolearn: {new}\n  username: theirs\n  groups: [on-call]\n");
    world.write_map_roles(&format!("{}{theirs}", world.map_roles()));
    let plan = terraform.plan().says("aws-auth row of the new role is replaced");
    let plan = plan
        .says("user name theirs groups [on-call]")
        .says("Warning: New role for a permission set: users get in already")
        .does_not_say("locked out until you apply");
    assert_eq!(plan.says("add its groups to this grant").code, Some(2));
    terraform.apply_plan().ok();
    let old = without_path(&world.role_arn("DeveloperAccess"));
    let name = |arn: &str| arn.rsplit('/').next().unwrap().to_owned();
    let ours = row(&world).replace(&name(&old), &name(&new));
    assert_eq!(world.map_roles(), format!("{OTHERS}{ours}"));

    // A row that gives the same is no loss.
    let newest = ours.replace(&name(&new), &name(&reprovision(&world)));
    world.write_map_roles(&format!("{}{newest}", world.map_roles()));
    terraform
        .plan()
        .says("New role for a permission set")
        .does_not_say("row of the new role is replaced");
}

#[test]
fn destroy_that_cannot_be_done_says_how_to_give_up() {
    let world = World::with(json!({
        "roles": [{ "account": "MEMBER", "name": "OktaAdmins" }],
        "clusters": [{ "account": "MEMBER", "region": "eu-west-1", "name": "payments-prod", "authentication_mode": "CONFIG_MAP" }],
    }));
    let okta = BASIC.replace("permission_set_name = \"DeveloperAccess\"", "role_name = \"OktaAdmins\"");
    let terraform = Workspace::new(&world, &okta);
    terraform.apply().ok();
    let ours = world.map_roles();
    let unrefreshed = || terraform.run(&["destroy", "-refresh=false", "-auto-approve", "-no-color"]).failed();
    let ways_out = "take the grant out of the state, which changes nothing in aws-auth: terraform state rm ADDRESS";
    world.write_map_roles("- [");
    terraform.destroy().failed().says("aws-auth is malformed").says(ways_out);
    unrefreshed().says("aws-auth is malformed").says(ways_out);
    let nodes = ours.replace("- readers", "- system:nodes");
    world.write_map_roles(&nodes);
    terraform.destroy().failed().says("is one for nodes").says(ways_out);
    assert_eq!(world.map_roles(), nodes);
    world.kubernetes_reachable(false);
    terraform.destroy().failed().says("aws-auth cannot be read").says(ways_out);
    unrefreshed().says("aws-auth could not be written").says(ways_out);
    terraform.run(&["state", "rm", ADDRESS]).ok();
    terraform.destroy().ok();
}

#[test]
fn cluster_that_is_being_deleted_stands_in_the_way_of_no_destroy() {
    let world = world();
    let terraform = Workspace::new(&world, BASIC);
    terraform.apply().ok();
    world.kubernetes_reachable(false);
    world.change_cluster(json!({ "status": "DELETING" }));
    terraform.destroy().ok();
    assert!(terraform.addresses().is_empty());
}

const CHECKED: &str = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["readers"]
  check_aws_auth      = true
}
"#;

#[test]
fn destroy_whose_check_cannot_be_made_says_how_to_do_without() {
    let world = World::new();
    world.write_map_roles(OTHERS);
    let terraform = Workspace::new(&world, CHECKED);
    terraform.apply().ok();
    world.kubernetes_reachable(false);
    let destroy = terraform.destroy().failed().says("aws-auth cannot be read");
    destroy
        .says("set check_aws_auth = false")
        .says("apply that, and then remove the grant");
    // What it says works while the API is away.
    terraform.write(&CHECKED.replace("true", "false"));
    terraform.apply().ok();
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

#[test]
fn cluster_that_is_being_deleted_needs_no_check() {
    let world = World::new();
    let terraform = Workspace::new(&world, CHECKED);
    terraform.apply().ok();
    world.write_map_roles(&row(&world));
    let destroy = ["plan", "-destroy", "-no-color"];
    terraform.run(&destroy).failed().says("aws-auth row would act again");
    world.change_cluster(json!({ "status": "DELETING" }));
    world.kubernetes_reachable(false);
    terraform.run(&destroy).ok();
}
