//! `eks_sso_access`: what an apply waits for, how long, and what it says meanwhile and in the end.

use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, post, url, venv};
use crate::terraform::Workspace;
use serde_json::json;

/// A grant for a set that is assigned nowhere yet, unless the world says otherwise.
fn grant(arguments: &str) -> String {
    format!(
        r#"
resource "eks_sso_access" "people" {{
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  preflight           = "apply"

  access_policies = {{
    AmazonEKSViewPolicy = {{ scope = "cluster" }}
  }}
  {arguments}
}}
"#
    )
}

fn timeout(text: &str) -> String {
    format!("timeouts {{\n create = \"{text}\"\n update = \"{text}\"\n delete = \"{text}\"\n }}")
}

/// A world in which the set exists, but has no role in the member account.
fn unassigned() -> World {
    World::with(json!({
        "permission_sets": [
            { "name": "DeveloperAccess", "accounts": [] },
            { "name": "AdministratorAccess", "accounts": ["MEMBER"] },
        ],
    }))
}

fn assign(world: &World, seconds: f64) {
    post(
        "assign",
        json!({
            "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess",
            "after_seconds": seconds,
        }),
    );
}

#[test]
fn role_that_comes_late_is_waited_for() {
    let world = unassigned();
    let mut terraform = Workspace::new(&world, &grant(""));
    terraform.set_env("TF_LOG_PROVIDER", "INFO");
    let apply = terraform.start_apply();
    // Two plans have looked, and the apply itself.
    crate::emulator::wait_for(|| (world.calls().iter().filter(|call| *call == "ListRoles").count() >= 4).then_some(()));
    assert!(world.writes().is_empty());
    assign(&world, 2.0);
    apply
        .finish()
        .ok()
        .says("Permission set has no role in this account")
        .says("waiting for the role: it does not exist in this account yet")
        .says("waited_s=");
    terraform.set_env("TF_LOG_PROVIDER", "OFF");
    terraform.plans_nothing();
    assert_eq!(world.entry()["policies"].as_array().unwrap().len(), 1);
}

#[test]
fn role_that_an_unknown_trigger_announces_is_waited_for() {
    let world = unassigned();
    let config = grant("triggers = { assignment = terraform_data.assignment.id }").replace("preflight           = \"apply\"", "");
    let terraform = Bench::new(&world, &format!("resource \"terraform_data\" \"assignment\" {{}}\n{config}"));
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    assert_eq!(
        terraform.change("eks_sso_access.people")["after_unknown"]["principal_arn"],
        json!(true)
    );
    assign(&world, 3.0);
    terraform.apply_plan().ok();
    terraform.plans_nothing();
}

#[test]
fn role_that_never_comes_is_a_definite_error() {
    let world = unassigned();
    let terraform = Bench::new(&world, &grant(&timeout("3s")));
    let account = world.member.clone();
    terraform
        .apply()
        .failed()
        .says("Error: Permission set has no role in this account")
        .says("The apply waited 3s for the role, and it did not come.")
        .says(&format!("\"DeveloperAccess\" has no role in {account}"))
        .says("depends_on = [aws_ssoadmin_account_assignment.NAME]");
    assert!(world.writes().is_empty());
    assert!(terraform.addresses().is_empty());
    assign(&world, 0.0);
    terraform.apply().ok();
    terraform.plans_nothing();
}

/// What was awaited is not what is wrong.
#[test]
fn interrupt_while_something_is_awaited_is_told_as_such() {
    let creating = World::new();
    creating.change_cluster(json!({ "status": "CREATING" }));
    for (world, call, awaited) in [
        (unassigned(), "ListRoles", "The role of DeveloperAccess in"),
        (creating, "DescribeCluster", "The cluster payments-prod ("),
    ] {
        let terraform = Bench::new(&world, &grant(""));
        let apply = terraform.start_apply();
        crate::emulator::wait_for(|| (world.calls().iter().filter(|made| *made == call).count() >= 4).then_some(()));
        apply.stop();
        apply
            .finish()
            .failed()
            .says("Error: Terraform was interrupted")
            .says(awaited)
            .says("was still awaited, so nothing was written for this grant.")
            .says("plan again to go on")
            .does_not_say("AWS wait")
            .does_not_say("Terraform asked the provider to stop")
            .does_not_say("Error: Role cannot")
            .does_not_say("Error: Cluster");
        assert!(world.writes().is_empty());
    }
}

/// With `-parallelism=1` three grants in turn would wait for three timeouts; they share one.
#[test]
fn grants_that_wait_for_one_role_share_the_deadline() {
    let clusters = ["a", "b", "c"].map(|name| json!({ "account": "MEMBER", "region": REGION, "name": name }));
    let world = World::with(json!({
        "permission_sets": [{ "name": "DeveloperAccess", "accounts": [] }],
        "clusters": clusters,
    }));
    let config = grant(&timeout("4s")).replace(
        "cluster_name        = \"payments-prod\"",
        "for_each = toset([\"a\", \"b\", \"c\"])\n  cluster_name = each.key",
    );
    let terraform = Bench::new(&world, &config);
    assert_eq!(terraform.plan().code, Some(2));
    world.forget_calls();
    terraform
        .run(&["apply", "-input=false", "-no-color", "-parallelism=1", "plan"])
        .failed();
    let looks = world.calls().iter().filter(|call| *call == "ListRoles").count();
    // The plan within asks once, the first grant at 0, about 1, 2 and 4 s, each of the others once: 7. Else 13.
    assert!(looks <= 9, "{looks} looks");
}

#[test]
fn role_that_is_new_to_eks_is_tried_again() {
    let world = unassigned();
    world.settings(json!({ "principal_propagation_seconds": 4 }));
    let terraform = Bench::new(&world, &grant(""));
    assign(&world, 0.0);
    terraform.apply().ok();
    let calls = world.calls();
    let first_create = calls.iter().position(|call| call == "CreateAccessEntry").unwrap();
    let confirmed = calls[..first_create].iter().any(|call| call == "GetRole");
    assert!(confirmed, "GetRole confirms the role before the first write: {calls:?}");
    assert!(calls.iter().filter(|call| *call == "CreateAccessEntry").count() > 1, "{calls:?}");
    terraform.plans_nothing();
}

#[test]
fn role_that_eks_never_accepts_is_an_error_in_bounded_time() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(&timeout("3s")));
    world.fault(json!({
        "service": "eks", "operation": "CreateAccessEntry", "status": 400, "code": "InvalidParameterException",
        "message": "The specified principalArn is invalid: invalid principal.",
    }));
    terraform
        .apply()
        .failed()
        .says("invalid principal")
        .says("EKS does not know the role yet, though IAM does");
    assert!(terraform.addresses().is_empty());
}

#[test]
fn new_entry_that_is_not_seen_yet_is_tried_again() {
    let world = World::new();
    world.settings(json!({ "hide_new_entry_reads": 2 }));
    let terraform = Bench::new(&world, &grant(""));
    terraform.apply().ok();
    assert_eq!(
        world.writes(),
        [
            "CreateAccessEntry",
            "AssociateAccessPolicy",
            "AssociateAccessPolicy",
            "AssociateAccessPolicy"
        ]
    );
    terraform.plans_nothing();
}

#[test]
fn cluster_that_is_being_made_is_waited_for() {
    let world = World::new();
    world.change_cluster(json!({ "status": "CREATING", "active_after_seconds": 4 }));
    let terraform = Bench::new(&world, &grant(""));
    terraform
        .plan()
        .says("Warning: Cluster is not ready")
        .says("has the status CREATING. The apply waits until it takes access entries, up to 10m (timeouts).");
    terraform.apply().ok();
    assert_eq!(
        world.writes(),
        ["CreateAccessEntry", "AssociateAccessPolicy"],
        "nothing was tried too early"
    );
    terraform.plans_nothing();
}

#[test]
fn cluster_that_never_gets_ready_is_an_error() {
    let world = World::new();
    world.change_cluster(json!({ "status": "CREATING" }));
    let terraform = Bench::new(&world, &grant(&timeout("2s")));
    terraform
        .apply()
        .failed()
        .says("Cluster is not ready")
        .says("payments-prod")
        .says("still has the status CREATING")
        .says("raise the timeouts")
        .does_not_say("Cluster does not exist");
    assert!(world.writes().is_empty());
}

#[test]
fn cluster_that_is_lost_is_an_error_before_any_write() {
    for status in ["FAILED", "DELETING"] {
        let world = World::new();
        world.change_cluster(json!({ "status": status }));
        let terraform = Bench::new(&world, &grant(""));
        terraform.plan().says("Warning: Cluster is not usable").says(&format!(
            "has the status {status}. Unless this same apply replaces it, the apply stops"
        ));
        terraform
            .apply()
            .failed()
            .says("Error: Cluster is not usable")
            .says(status)
            .says("Nothing was written");
        assert!(world.writes().is_empty());
    }
}

#[test]
fn mode_that_does_not_change_is_an_error_before_any_write() {
    let world = World::new();
    world.change_cluster(json!({ "authentication_mode": "CONFIG_MAP" }));
    let terraform = Bench::new(&world, &grant(""));
    terraform
        .apply()
        .failed()
        .says("Cluster does not accept access entries")
        .says("aws eks update-cluster-config");
    assert!(world.writes().is_empty());
}

/// The mode is switched by something in the same apply, which does not wait for the end of the update.
#[test]
fn mode_that_the_same_apply_switches_is_waited_out() {
    let world = World::new();
    world.change_cluster(json!({ "authentication_mode": "CONFIG_MAP" }));
    world.settings(json!({ "update_seconds": 4 }));
    let command = format!(
        "{} --endpoint-url {} --region {REGION} eks update-cluster-config --name {CLUSTER} --access-config authenticationMode=API_AND_CONFIG_MAP",
        venv("aws").display(),
        url(),
    );
    let config = format!(
        "resource \"terraform_data\" \"mode\" {{\n  provisioner \"local-exec\" {{\n    command = {command:?}\n  }}\n}}\n{}",
        grant("depends_on = [terraform_data.mode]")
    );
    let terraform = Workspace::new(&world, &config);
    terraform.apply().ok().says("Cluster does not accept access entries");
    let calls = world.writes();
    assert_eq!(calls, ["UpdateClusterConfig", "CreateAccessEntry", "AssociateAccessPolicy"]);
    terraform.plans_nothing();
}

/// The write is tried at once; where EKS refuses it, it is tried again.
#[test]
fn update_of_the_cluster_that_refuses_entries_is_waited_out() {
    let world = World::new();
    world.change_cluster(json!({ "status": "UPDATING", "active_after_seconds": 4 }));
    let terraform = Bench::new(&world, &grant(""));
    terraform.apply().ok();
    let tries = world.writes().iter().filter(|call| *call == "CreateAccessEntry").count();
    assert!(tries > 1, "{:?}", world.writes());
    terraform.plans_nothing();

    world.change_cluster(json!({ "status": "UPDATING", "active_after_seconds": 4 }));
    terraform.write(&grant("kubernetes_groups = [\"team\"]").replace("AmazonEKSViewPolicy = { scope = \"cluster\" }", ""));
    terraform.apply().ok();
    terraform.plans_nothing();

    world.change_cluster(json!({ "status": "UPDATING", "active_after_seconds": 4 }));
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

#[test]
fn update_of_the_cluster_that_lasts_too_long_is_an_error() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(&timeout("2s")));
    terraform.apply().ok();
    world.change_cluster(json!({ "status": "UPDATING" }));
    terraform.write(&grant(&format!("kubernetes_groups = [\"team\"]\n{}", timeout("2s"))));
    terraform
        .apply()
        .failed()
        .says("Error: Cluster is not ready")
        .says("cluster_name = \"payments-prod\"")
        .says("One change of the access entry")
        .says("The cluster has the status UPDATING, and EKS refuses this meanwhile. Terraform tried for 2s (timeouts).")
        .says("Run it again once the cluster is ACTIVE, or raise the timeouts.")
        .says("InvalidRequestException");
    terraform
        .destroy()
        .failed()
        .says("Error: Cluster is not ready")
        .says("Deleting the access entry of DeveloperAccess")
        .says("Terraform tried for 2s (timeouts)")
        .says("InvalidRequestException");
    world.change_cluster(json!({ "status": "ACTIVE" }));
    terraform.apply().ok();
    terraform.plans_nothing();
}

/// The end of a cluster that is being deleted is the end of the entry, so that is waited for.
#[test]
fn destroy_on_a_cluster_that_is_lost_says_so_and_waits_only_for_its_end() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(&timeout("3s")));
    terraform.apply().ok();
    let deletions = || world.writes().iter().filter(|call| *call == "DeleteAccessEntry").count();
    world.change_cluster(json!({ "status": "FAILED" }));
    terraform
        .destroy()
        .failed()
        .says("Error: Cluster is not usable")
        .says("The cluster has the status FAILED, in which EKS deletes no access entries. Repair the cluster, or delete it");
    assert_eq!(deletions(), 1, "{:?}", world.writes());
    world.forget_calls();
    world.change_cluster(json!({ "status": "DELETING" }));
    terraform
        .destroy()
        .failed()
        .says("Error: Cluster is not usable")
        .says("Its access entries end with it, so Terraform waited 3s until it is gone (timeouts).");
    assert!(deletions() > 1, "{:?}", world.writes());
}

/// Found out by the write itself: another grant of the same apply met a cluster that was ready.
#[test]
fn change_on_a_cluster_that_fails_meanwhile_stops() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    terraform.apply().ok();
    let config = grant("kubernetes_groups = [\"team\"]\n depends_on = [terraform_data.cluster]");
    let first = grant("")
        .replace("\"people\"", "\"first\"")
        .replace("DeveloperAccess", "AdministratorAccess");
    terraform.write(&format!(
        "{first}resource \"terraform_data\" \"cluster\" {{\n  depends_on = [eks_sso_access.first]\n}}\n{config}"
    ));
    let account = world.member.clone();
    terraform.once_made("terraform_data.cluster", move || {
        post(
            "cluster",
            json!({ "account": account, "region": REGION, "name": CLUSTER, "status": "FAILED" }),
        );
    });
    world.forget_calls();
    terraform
        .apply()
        .failed()
        .says("Error: Cluster is not usable")
        .says("One change of the access entry")
        .says(
            "The cluster has the status FAILED, in which EKS changes no access entries. Repair or replace the cluster, then apply again.",
        );
    assert_eq!(world.writes(), ["CreateAccessEntry", "AssociateAccessPolicy", "UpdateAccessEntry"]);
}

/// A tag call has another code for "bad request", and that one does not pass.
#[test]
fn refused_tags_are_not_tried_again() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    terraform.apply().ok();
    world
        .fault(json!({ "service": "eks", "operation": "TagResource", "status": 400, "code": "BadRequestException", "message": "bad tag" }));
    terraform.write(&grant("tags = { a = \"b\" }"));
    world.forget_calls();
    terraform.apply().failed().says("One change of the access entry").says("bad tag");
    assert_eq!(world.writes(), ["TagResource"]);
}

/// What the text of a refusal says of another try decides how often the call is made.
#[test]
fn refusal_that_cannot_pass_is_told_at_once_and_one_that_says_nothing_soon() {
    let refused = |message: &str, tries: std::ops::RangeInclusive<usize>| {
        let world = World::new();
        world.fault(json!({
            "service": "eks", "operation": "CreateAccessEntry", "status": 400, "code": "InvalidRequestException", "message": message,
        }));
        Bench::new(&world, &grant(&timeout("30s")))
            .apply()
            .failed()
            .says("No access entry was made")
            .says(message);
        let made = world.writes();
        assert!(tries.contains(&made.len()), "{message}: {made:?}");
    };
    refused("Access entries are not supported for this cluster.", 1..=1);
    refused("No.", 4..=4);
}

/// Whatever reads a cluster that is of no use any more says so, and asks nothing more for it.
#[test]
fn cluster_that_is_lost_is_told_by_all_that_read_it() {
    let status = "Warning: Cluster is not usable";
    let place = format!("cluster_name = {CLUSTER:?}");
    for body in [
        format!("resource \"eks_sso_access_exclusive\" \"x\" {{\n  {place}\n  principal_arns = []\n}}\n"),
        format!("data \"eks_sso_cluster_access\" \"x\" {{\n  {place}\n}}\n"),
        format!("data \"eks_sso_kubeconfig\" \"x\" {{\n  {place}\n  profile = \"dev\"\n}}\n"),
        format!("data \"eks_sso_kubeconfig\" \"x\" {{\n  clusters = [{{ {place}, profile = \"dev\" }}]\n}}\n"),
    ] {
        let world = World::new();
        let terraform = Bench::new(&world, &body);
        terraform.plan().does_not_say(status);
        world.change_cluster(json!({ "status": "FAILED" }));
        world.forget_calls();
        terraform.plan().says(status).says("has the status FAILED");
        let describes = world.calls().iter().filter(|call| call.starts_with("DescribeCluster")).count();
        assert_eq!(describes, 1, "{:?}", world.calls());
    }
}

#[test]
fn row_for_a_cluster_that_is_lost_is_told_in_the_plan() {
    let world = World::with(json!({
        "clusters": [{ "account": "MEMBER", "region": REGION, "name": CLUSTER, "authentication_mode": "CONFIG_MAP" }],
    }));
    let config = format!(
        "resource \"eks_sso_aws_auth\" \"x\" {{\n  cluster_name = {CLUSTER:?}\n  permission_set_name = \"DeveloperAccess\"\n  kubernetes_groups = [\"a\"]\n}}\n"
    );
    let terraform = Bench::new(&world, &config);
    terraform.plan().does_not_say("Cluster is not usable");
    world.change_cluster(json!({ "status": "DELETING" }));
    terraform
        .plan()
        .says("Warning: Cluster is not usable")
        .says("has the status DELETING");
}
