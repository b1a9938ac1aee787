//! `eks_sso_access`: applies whose AWS calls fail, or succeed with their answers lost. Whatever happened, the next
//! apply converges.

use crate::core::Bench;
use crate::emulator::{World, wait_for};
use serde_json::{Value, json};

const GRANT: &str = "eks_sso_access.developers";

/// Errors that AWS asks to try again are tried twice, so that tests of lasting ones end soon.
const HASTY: &str = "provider \"eks\" {\n  max_retries = 2\n}\n";

/// A grant with two policies and these arguments besides.
fn grant(arguments: &str) -> String {
    format!(
        r#"{HASTY}
resource "eks_sso_access" "developers" {{
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"

  access_policies = {{
    AmazonEKSEditPolicy = {{ namespaces = ["payments"] }}
    AmazonEKSViewPolicy = {{ scope = "cluster" }}
  }}
  {arguments}
}}
"#
    )
}

fn broken(operation: &str) -> Value {
    json!({ "service": "eks", "operation": operation, "status": 500, "code": "ServerException", "message": "broken" })
}

fn rule(operation: &str, more: Value) -> Value {
    let mut rule = json!({ "service": "eks", "operation": operation });
    rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rule
}

/// Names of the policies on the only entry.
#[track_caller]
fn policies(world: &World) -> Vec<String> {
    let entry = world.entry();
    let arns = entry["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| policy["policyArn"].as_str().unwrap());
    let mut names: Vec<_> = arns.map(|arn| arn.rsplit('/').next().unwrap().to_owned()).collect();
    names.sort();
    names
}

const BOTH: [&str; 2] = ["AmazonEKSEditPolicy", "AmazonEKSViewPolicy"];

/// The acceptance sentence: repeated without the fault, the apply converges.
#[track_caller]
fn converges(world: &World, terraform: &Bench) {
    world.clear_faults();
    terraform.apply().ok();
    terraform.plans_nothing();
    assert_eq!(policies(world), BOTH);
}

#[test]
fn failed_create_leaves_nothing() {
    let denied = json!({ "status": 403, "code": "AccessDeniedException", "message": "no" });
    for (fault, told) in [
        (denied, "No access entry was made for DeveloperAccess"),
        // AWS may have done it all the same.
        (broken("CreateAccessEntry"), "may exist, and nobody can tell who made it"),
    ] {
        let world = World::new();
        let terraform = Bench::new(&world, &grant("timeouts {\n create = \"4s\"\n }"));
        world.fault(rule("CreateAccessEntry", fault));
        terraform.apply().failed().says("Error: Access could not be granted").says(told);
        assert!(world.entries().is_empty());
        assert!(terraform.addresses().is_empty());
        converges(&world, &terraform);
    }
}

/// The first or the second policy, denied or broken for ever.
#[test]
fn create_that_cannot_associate_deletes_its_entry() {
    for after in [0, 1] {
        for code in [(403, "AccessDeniedException"), (500, "ServerException")] {
            let world = World::new();
            let terraform = Bench::new(&world, &grant(""));
            world.fault(rule(
                "AssociateAccessPolicy",
                json!({ "after": after, "status": code.0, "code": code.1, "message": "not today" }),
            ));
            let text = terraform
                .apply()
                .failed()
                .says("was created, but this failed")
                .says("The entry was deleted again")
                .text;
            assert_eq!(text.matches("not today").count(), 1, "one reason is told once: {text}");
            // Both are sent at the same time, so either may be the second.
            let failed: Vec<_> = BOTH.iter().filter(|name| text.contains(&format!("associate {name}"))).collect();
            assert_eq!(failed.len(), 2 - after, "{text}");
            assert_eq!(world.writes().last().unwrap(), "DeleteAccessEntry");
            assert!(world.entries().is_empty());
            assert!(terraform.addresses().is_empty(), "nothing may be left tainted");
            converges(&world, &terraform);
        }
    }
}

/// One of two that are sent at the same time is denied, the other one breaks.
#[test]
fn policies_that_fail_for_two_reasons_are_told_with_each() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    let fault = |more: Value| world.fault(rule("AssociateAccessPolicy", more));
    fault(json!({ "times": 1, "status": 400, "code": "InvalidParameterException", "message": "no such scope" }));
    fault(json!({ "status": 403, "code": "AccessDeniedException", "message": "not today" }));
    let text = terraform.apply().failed().says("no such scope").says("not today").text;
    for name in BOTH {
        assert_eq!(text.matches(&format!("associate {name}")).count(), 1, "{text}");
    }
    assert!(world.entries().is_empty());
    world.clear_faults();
    converges(&world, &terraform);
}

#[test]
fn policies_of_an_entry_are_associated_at_the_same_time() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    world.fault(rule("AssociateAccessPolicy", json!({ "hold": true })));
    let apply = terraform.start_apply();
    // None of them is answered before both have come.
    wait_for(|| (world.calls().iter().filter(|call| *call == "AssociateAccessPolicy").count() == 2).then_some(()));
    world.clear_faults();
    apply.finish().ok();
    assert_eq!(policies(&world), BOTH);
    terraform.plans_nothing();
}

/// What a policy gives less waits for what another gives more.
#[test]
fn scope_is_not_narrowed_where_a_new_policy_is_refused() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    terraform.apply().ok();
    let less = "AmazonEKSViewPolicy = { namespaces = [\"payments\"] }";
    let more = "AmazonEKSAdminPolicy = { namespaces = [\"payments\"] }";
    terraform.write(&grant("").replace("AmazonEKSViewPolicy = { scope = \"cluster\" }", &format!("{less}\n    {more}")));
    world.forget_calls();
    world.fault(rule(
        "AssociateAccessPolicy",
        json!({ "times": 1, "status": 403, "code": "AccessDeniedException", "message": "not today" }),
    ));
    terraform.apply().failed().says("associate AmazonEKSAdminPolicy").says("Not done");
    assert_eq!(world.writes(), ["AssociateAccessPolicy"]);
    let state = terraform.state(GRANT);
    assert_eq!(state["access_policies"]["AmazonEKSViewPolicy"]["scope"], json!("cluster"));
    world.clear_faults();
    terraform.apply().ok();
    terraform.plans_nothing();
}

/// The answer to the one is lost, and the other is refused: with and without the first, the entry is as this apply left it.
#[test]
fn entry_with_a_policy_in_doubt_is_deleted_again() {
    for how in ["lose_answer", "drop"] {
        let world = World::new();
        let terraform = Bench::new(&world, &grant(""));
        world.fault(rule(
            "AssociateAccessPolicy",
            json!({ "times": 1, "status": 403, "code": "AccessDeniedException" }),
        ));
        world.fault(rule("AssociateAccessPolicy", json!({ (how): true })));
        terraform.apply().failed().says("The entry was deleted again");
        assert!(world.entries().is_empty());
        assert!(terraform.addresses().is_empty());
        world.clear_faults();
        converges(&world, &terraform);
    }
}

#[test]
fn entry_that_cannot_be_deleted_again_is_tainted_and_made_anew() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    world.deny("eks", "AssociateAccessPolicy");
    world.deny("eks", "DeleteAccessEntry");
    terraform
        .apply()
        .failed()
        .says("Incomplete access entry is left")
        .says("eks:DeleteAccessEntry")
        .says("the next apply recreates it");
    assert!(terraform.is_tainted(GRANT));
    assert_eq!(terraform.state(GRANT)["access_policies"], json!({}), "the state says what is there");
    converges(&world, &terraform);
    assert!(!terraform.is_tainted(GRANT));
}

/// Each call whose answer is lost once is made again by the SDK; the second one meets what the first one did.
#[test]
fn answers_lost_once_do_not_show() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant("tags = { team = \"a\" }"));
    for operation in ["CreateAccessEntry", "AssociateAccessPolicy"] {
        world.fault(rule(operation, json!({ "times": 1, "lose_answer": true })));
    }
    terraform.apply().ok();
    terraform.plans_nothing();
    assert_eq!(policies(&world), BOTH);
    // The entry is known to be ours: destroy takes it away.
    for operation in ["UpdateAccessEntry", "TagResource", "UntagResource", "DisassociateAccessPolicy"] {
        world.fault(rule(operation, json!({ "times": 1, "lose_answer": true })));
    }
    terraform.write(
        &grant("kubernetes_groups = [\"team\"]\n tags = { crew = \"b\" }")
            .replace("AmazonEKSEditPolicy = { namespaces = [\"payments\"] }", ""),
    );
    terraform.apply().ok();
    terraform.plans_nothing();
    assert_eq!(world.entry()["kubernetesGroups"], json!(["team"]));
    assert_eq!(world.entry()["tags"], json!({ "crew": "b" }));
    world.fault(rule("DeleteAccessEntry", json!({ "times": 1, "lose_answer": true })));
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

/// A conflict that no lost answer explains is somebody else's entry.
#[test]
fn conflict_without_a_lost_answer_is_not_ours() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    // Only the first call waits, which is Terraform's.
    world.fault(rule("CreateAccessEntry", json!({ "times": 1, "hold": true })));
    let apply = terraform.start_apply();
    world.wait_for_call("CreateAccessEntry");
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    world.clear_faults();
    apply
        .finish()
        .failed()
        .says("Access entry exists already")
        .says("was left as it is");
    assert!(policies(&world).is_empty());
    assert!(terraform.addresses().is_empty());
}

#[test]
fn failed_update_says_what_really_is_there() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    terraform.apply().ok();
    let changed = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["team"]

  access_policies = {
    AmazonEKSAdminPolicy = { namespaces = ["payments"] }
    AmazonEKSViewPolicy  = { namespaces = ["payments"] }
  }
}
"#;
    terraform.write(changed);
    // The new policy is associated, the narrower scope of the other one is not.
    world.forget_calls();
    world.fault(rule(
        "AssociateAccessPolicy",
        json!({ "after": 1, "status": 403, "code": "AccessDeniedException", "message": "not today" }),
    ));
    terraform.apply().failed().says("not today").says("AmazonEKSViewPolicy");
    assert_eq!(
        world.writes(),
        ["AssociateAccessPolicy", "UpdateAccessEntry", "AssociateAccessPolicy"],
        "what adds comes first"
    );
    let state = terraform.state(GRANT);
    let names: Vec<_> = state["access_policies"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["AmazonEKSAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy"]);
    assert_eq!(state["access_policies"]["AmazonEKSViewPolicy"]["scope"], json!("cluster"));
    assert_eq!(state["kubernetes_groups"], json!(["team"]));
    world.clear_faults();
    world.forget_calls();
    terraform.apply().ok();
    assert_eq!(world.writes(), ["AssociateAccessPolicy", "DisassociateAccessPolicy"]);
    terraform.plans_nothing();
    assert_eq!(policies(&world), ["AmazonEKSAdminPolicy", "AmazonEKSViewPolicy"]);
}

#[test]
fn full_entry_loses_an_unwanted_policy_first() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    terraform.apply().ok();
    world.change_cluster(json!({ "policy_quota": 2 }));
    terraform.write(&grant("").replace("AmazonEKSEditPolicy", "AmazonEKSAdminPolicy"));
    world.forget_calls();
    terraform.apply().ok();
    assert_eq!(
        world.writes(),
        ["AssociateAccessPolicy", "DisassociateAccessPolicy", "AssociateAccessPolicy"]
    );
    terraform.plans_nothing();
    // With nothing to remove, the error speaks of policies, not of entries.
    terraform.write(&grant("").replace(
        "AmazonEKSEditPolicy =",
        "AmazonEKSAdminPolicy = { scope = \"cluster\" }\n    AmazonEKSEditPolicy =",
    ));
    terraform
        .apply()
        .failed()
        .says("EKS takes no more policies for one access entry")
        .does_not_say("remove access entries");
}

#[test]
fn quota_of_entries_is_an_error_before_any_write() {
    let world = World::new();
    world.change_cluster(json!({ "entry_quota": 0 }));
    let terraform = Bench::new(&world, &grant(""));
    terraform
        .apply()
        .failed()
        .says("The quota of access entries of this cluster (3,000 unless AWS raised it) is used up");
    assert_eq!(world.writes(), ["CreateAccessEntry"]);
    assert!(terraform.addresses().is_empty());
}

#[test]
fn delete_of_what_is_gone_is_done() {
    let gone: [&dyn Fn(&World); 3] = [
        &|world| {
            world.aws(&[
                "eks",
                "delete-access-entry",
                "--cluster-name",
                "payments-prod",
                "--principal-arn",
                &world.role_arn("DeveloperAccess"),
            ]);
        },
        &|world| world.change_cluster(json!({ "deleted": true })),
        &|world| world.change_cluster(json!({ "authentication_mode": "CONFIG_MAP" })),
    ];
    for vanish in gone {
        let world = World::new();
        let terraform = Bench::new(&world, &grant(""));
        terraform.apply().ok();
        // After the plan, so that the delete itself meets it.
        terraform.run(&["plan", "-destroy", "-input=false", "-out=plan"]).ok();
        vanish(&world);
        terraform.apply_plan().ok();
        assert!(terraform.addresses().is_empty());
    }
}

#[test]
fn denied_delete_keeps_the_state() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    terraform.apply().ok();
    world.deny("eks", "DeleteAccessEntry");
    terraform
        .destroy()
        .failed()
        .says("Access could not be taken away")
        .says("Not allowed: eks:DeleteAccessEntry");
    assert_eq!(terraform.addresses(), [GRANT]);
    world.clear_faults();
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

/// The role changes when Terraform has planned for the last time (it does so once more within the apply).
#[test]
fn role_that_differs_from_the_plan_stops_before_any_write() {
    for change in ["recreate-role", "delete-role"] {
        let world = World::new();
        let terraform = Bench::new(&world, &grant(""));
        world.fault(json!({ "service": "iam", "operation": "GetRole", "times": 1, "hold": true }));
        let apply = terraform.start_apply();
        world.wait_for_call("GetRole");
        let arn = world.role_arn("DeveloperAccess");
        let name = arn.rsplit('/').next().unwrap();
        crate::emulator::post(change, json!({ "account": world.member, "role_name": name }));
        world.clear_faults();
        apply
            .finish()
            .failed()
            .says("Role is not the one that was planned")
            .says("Nothing was written. Plan again.");
        assert!(world.writes().is_empty(), "{change}: {:?}", world.writes());
        assert!(terraform.addresses().is_empty());
    }
}

/// Between a saved plan and its apply: Terraform plans again within the apply, and may say it in its own words.
#[test]
fn stale_plan_is_not_applied() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    assert_eq!(terraform.plan().code, Some(2));
    crate::emulator::post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    terraform.apply_plan().failed();
    assert!(world.writes().is_empty(), "{:?}", world.writes());
    converges(&world, &terraform);
}

#[test]
fn throttling_for_a_while_does_not_show() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant("").replace(HASTY, ""));
    for operation in [
        "CreateAccessEntry",
        "AssociateAccessPolicy",
        "DescribeAccessEntry",
        "DescribeCluster",
        "ListAssociatedAccessPolicies",
        "DeleteAccessEntry",
    ] {
        world.fault(rule(operation, json!({ "times": 2, "status": 429, "code": "ThrottlingException" })));
    }
    for operation in ["ListRoles", "GetRole"] {
        world.fault(json!({ "service": "iam", "operation": operation, "times": 2, "status": 400, "code": "Throttling" }));
    }
    terraform.apply().ok();
    terraform.plans_nothing();
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

#[test]
fn throttling_for_ever_says_so() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant("").replace("max_retries = 2", "max_retries = 3"));
    world.fault(rule("CreateAccessEntry", json!({ "status": 429, "code": "ThrottlingException" })));
    terraform
        .apply()
        .failed()
        .says("AWS limits how often it may be asked")
        .says("raise max_retries in the provider block");
    let tries = world.writes().iter().filter(|call| *call == "CreateAccessEntry").count();
    assert_eq!(tries, 3);
    converges(&world, &terraform);
}

#[test]
fn settings_of_the_resource_alone_call_nothing() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    terraform.apply().ok();
    let settings = [
        "on_existing = \"adopt\"",
        "policy_management = \"additive\"",
        "preflight = \"apply\"",
        "timeouts {\n create = \"5m\"\n }",
        "",
    ];
    for setting in settings {
        terraform.write(&grant(setting));
        world.forget_calls();
        assert_eq!(terraform.plan().code, Some(2), "{setting}");
        world.forget_calls();
        terraform.apply_plan().ok();
        // The apply itself asks nothing; the plan that Terraform makes within it may look.
        assert!(world.writes().is_empty(), "{setting}: {:?}", world.writes());
        terraform.plans_nothing();
    }
}
