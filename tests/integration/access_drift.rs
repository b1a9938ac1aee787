//! `eks_sso_access`: what others change, the next plan shows, and the next apply mends.

use crate::access::BASIC;
use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, post};
use crate::loopback::{Server, answer, to_aws};
use crate::terraform::Output;
use serde_json::{Value, json};

const ADDRESS: &str = "eks_sso_access.developers";

fn policy_arn(name: &str) -> String {
    format!("arn:aws:eks::aws:cluster-access-policy/{name}")
}

/// The AWS CLI on the entry of `DeveloperAccess`.
fn entry_command(world: &World, operation: &str, more: &[&str]) {
    let arn = world.role_arn("DeveloperAccess");
    let arguments = [&["eks", operation, "--cluster-name", CLUSTER, "--principal-arn", &arn], more].concat();
    world.aws(&arguments);
}

fn associate(world: &World, policy: &str, scope: &str) {
    world.associate(&world.role_arn("DeveloperAccess"), policy, scope);
}

/// Applies the basic grant, lets somebody change it, and checks that the plan shows just that, in place; that the
/// apply makes these writes; and that then all is as before.
#[track_caller]
fn check(drift: impl Fn(&World), changed: &[(&str, Value, Value)], writes: &[&str]) {
    let world = World::new();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    let before = world.entry();
    drift(&world);

    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    let change = terraform.change(ADDRESS);
    assert_eq!(change["actions"], json!(["update"]));
    assert_eq!(change["after_unknown"], json!({}), "nothing is known only after the apply");
    let (old, new) = (change["before"].as_object().unwrap(), change["after"].as_object().unwrap());
    // Beside an argument, what Kubernetes sees of it.
    let user_name = changed.iter().find(|(name, ..)| *name == "user_name");
    let seen = user_name.map(|(_, from, _)| ("kubernetes_user_name", from.clone(), before["username"].clone()));
    let changed: Vec<_> = changed.iter().cloned().chain(seen).collect();
    for (name, value) in old {
        match changed.iter().find(|(changed, ..)| changed == name) {
            Some((_, from, to)) => assert_eq!((value, &new[name]), (from, to), "{name}"),
            None => assert_eq!(value, &new[name], "{name} changes too"),
        }
    }

    world.forget_calls();
    terraform.apply().ok();
    assert_eq!(world.writes(), writes);
    let now = world.entry();
    for part in ["kubernetesGroups", "username", "policies", "tags", "principalArn"] {
        assert_eq!(sorted(&now[part]), sorted(&before[part]), "{part}");
    }
    terraform.plans_nothing();
}

/// Associations keep the order in which they were made, and when.
fn sorted(value: &Value) -> Vec<String> {
    let Value::Array(items) = value else {
        return vec![value.to_string()];
    };
    let mut items: Vec<_> = items
        .iter()
        .map(|item| format!("{}{}", item["policyArn"], item["accessScope"]))
        .collect();
    items.sort();
    items
}

fn basic_policies(more: Value) -> Value {
    let mut policies = json!({
        "AmazonEKSViewPolicy": { "scope": "cluster", "namespaces": null },
        "AmazonEKSEditPolicy": { "scope": null, "namespaces": ["payments", "payments-*"] },
    });
    policies.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    policies
}

#[test]
fn changed_groups_are_set_back() {
    check(
        |world| entry_command(world, "update-access-entry", &["--kubernetes-groups", "admins"]),
        &[("kubernetes_groups", json!(["admins"]), json!(["team-payments"]))],
        &["UpdateAccessEntry"],
    );
}

#[test]
fn changed_user_name_becomes_the_default_again() {
    check(
        |world| {
            entry_command(
                world,
                "update-access-entry",
                &["--kubernetes-groups", "team-payments", "--username", "sso:{{SessionName}}"],
            );
        },
        &[("user_name", json!("sso:{{SessionName}}"), Value::Null)],
        &["UpdateAccessEntry"],
    );
}

#[test]
fn policy_of_another_hand_is_removed() {
    let admin = json!({ "AmazonEKSClusterAdminPolicy": { "scope": "cluster", "namespaces": null } });
    check(
        |world| associate(world, "AmazonEKSClusterAdminPolicy", "type=cluster"),
        &[("access_policies", basic_policies(admin.clone()), basic_policies(json!({})))],
        &["DisassociateAccessPolicy"],
    );
}

#[test]
fn removed_policy_is_associated_again() {
    let mut without = basic_policies(json!({}));
    without.as_object_mut().unwrap().remove("AmazonEKSEditPolicy");
    check(
        |world| {
            entry_command(
                world,
                "disassociate-access-policy",
                &["--policy-arn", &policy_arn("AmazonEKSEditPolicy")],
            )
        },
        &[("access_policies", without.clone(), basic_policies(json!({})))],
        &["AssociateAccessPolicy"],
    );
}

#[test]
fn changed_scopes_are_set_back_without_a_gap() {
    let wrong = json!({
        "AmazonEKSViewPolicy": { "scope": null, "namespaces": ["a"] },
        "AmazonEKSEditPolicy": { "scope": "cluster", "namespaces": null },
    });
    check(
        |world| {
            associate(world, "AmazonEKSViewPolicy", "type=namespace,namespaces=a");
            associate(world, "AmazonEKSEditPolicy", "type=cluster");
        },
        &[("access_policies", basic_policies(wrong.clone()), basic_policies(json!({})))],
        &["AssociateAccessPolicy", "AssociateAccessPolicy"],
    );
}

#[test]
fn changed_tags_are_set_back() {
    let tags = |from: Value| {
        [
            ("tags", from.clone(), json!({ "team": "payments" })),
            ("tags_all", from, json!({ "team": "payments" })),
        ]
    };
    check(
        |world| {
            let arn = world.entry()["accessEntryArn"].as_str().unwrap().to_owned();
            world.aws(&["eks", "tag-resource", "--resource-arn", &arn, "--tags", "team=other,more=x"]);
        },
        &tags(json!({ "team": "other", "more": "x" })),
        &["TagResource", "UntagResource"],
    );
    check(
        |world| {
            let arn = world.entry()["accessEntryArn"].as_str().unwrap().to_owned();
            world.aws(&["eks", "untag-resource", "--resource-arn", &arn, "--tag-keys", "team"]);
        },
        &[
            ("tags", Value::Null, json!({ "team": "payments" })),
            ("tags_all", Value::Null, json!({ "team": "payments" })),
        ],
        &["TagResource"],
    );
}

#[test]
fn everything_at_once_is_mended_adding_first_and_removing_last() {
    let mut wrong = basic_policies(json!({ "AmazonEKSAdminPolicy": { "scope": "cluster", "namespaces": null } }));
    wrong.as_object_mut().unwrap().remove("AmazonEKSViewPolicy");
    check(
        |world| {
            entry_command(world, "update-access-entry", &["--username", "x:y"]);
            entry_command(
                world,
                "disassociate-access-policy",
                &["--policy-arn", &policy_arn("AmazonEKSViewPolicy")],
            );
            associate(world, "AmazonEKSAdminPolicy", "type=cluster");
        },
        &[
            ("kubernetes_groups", json!([]), json!(["team-payments"])),
            ("user_name", json!("x:y"), Value::Null),
            ("access_policies", wrong.clone(), basic_policies(json!({}))),
        ],
        &["AssociateAccessPolicy", "UpdateAccessEntry", "DisassociateAccessPolicy"],
    );
}

#[test]
fn deleted_entry_is_made_again() {
    let world = World::new();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    entry_command(&world, "delete-access-entry", &[]);
    assert_eq!(terraform.plan().code, Some(2));
    assert_eq!(terraform.change(ADDRESS)["actions"], json!(["create"]));
    world.forget_calls();
    terraform.apply().ok();
    assert_eq!(
        world.writes(),
        ["CreateAccessEntry", "AssociateAccessPolicy", "AssociateAccessPolicy"]
    );
    terraform.plans_nothing();
}

#[test]
fn entry_made_anew_by_another_hand_is_changed_in_place() {
    let world = World::new();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    entry_command(&world, "delete-access-entry", &[]);
    entry_command(&world, "create-access-entry", &[]);
    assert_eq!(terraform.plan().code, Some(2));
    assert_eq!(terraform.change(ADDRESS)["actions"], json!(["update"]));
    terraform.apply().ok();
    terraform.plans_nothing();
}

#[test]
fn entry_that_became_one_for_nodes_is_replaced() {
    let world = World::new();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    entry_command(&world, "delete-access-entry", &[]);
    entry_command(&world, "create-access-entry", &["--type", "EC2_LINUX"]);
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    assert_eq!(terraform.change(ADDRESS)["actions"], json!(["delete", "create"]));
    terraform.apply().ok();
    assert_eq!(world.entry()["type"], json!("STANDARD"));
    terraform.plans_nothing();
}

#[test]
fn denied_reads_never_mean_gone() {
    let world = World::new();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    for operation in ["DescribeAccessEntry", "ListAssociatedAccessPolicies"] {
        world.deny("eks", operation);
        let action = format!("Not allowed: eks:{operation}");
        terraform
            .plan()
            .failed()
            .says("Access entry cannot be read")
            .says(&action)
            .does_not_say("will be created");
        // No plan of a create reads the entry a second time here.
        terraform
            .run(&["apply", "-refresh-only", "-auto-approve", "-no-color"])
            .failed()
            .says(&action);
        assert_eq!(terraform.addresses(), [ADDRESS]);
        world.clear_faults();
    }
    terraform.plans_nothing();
}

#[test]
fn grant_whose_cluster_is_gone_is_planned_anew_and_can_be_destroyed() {
    let world = World::new();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    post(
        "cluster",
        json!({ "account": world.member, "region": REGION, "name": CLUSTER, "deleted": true }),
    );
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("Warning: Cluster does not exist")
        .says("eks_sso_access.developers will be created");
    terraform
        .apply()
        .failed()
        .says("Error: Cluster does not exist")
        .says("Correct cluster_name, account_id or region");
    assert!(terraform.addresses().is_empty());

    // What is in the state is destroyed, whether a refresh comes before or not.
    post("cluster", json!({ "account": world.member, "region": REGION, "name": CLUSTER }));
    for arguments in [&["destroy", "-auto-approve"][..], &["destroy", "-auto-approve", "-refresh=false"]] {
        terraform.apply().ok();
        post(
            "cluster",
            json!({ "account": world.member, "region": REGION, "name": CLUSTER, "deleted": true }),
        );
        terraform.run(arguments).ok();
        assert!(terraform.addresses().is_empty());
        post("cluster", json!({ "account": world.member, "region": REGION, "name": CLUSTER }));
    }
}

#[test]
fn grant_whose_entry_and_role_are_gone_can_be_destroyed() {
    let world = World::new();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    entry_command(&world, "delete-access-entry", &[]);
    post(
        "unassign",
        json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("Warning: Permission set has no role in this account");
    terraform.destroy().ok();
}

#[test]
fn grant_whose_role_is_gone_can_be_destroyed() {
    let world = World::new();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    post(
        "unassign",
        json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

#[test]
fn cluster_in_config_map_mode_keeps_the_grant_and_lets_it_be_destroyed() {
    let world = World::new();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    post(
        "cluster",
        json!({ "account": world.member, "region": REGION, "name": CLUSTER, "authentication_mode": "CONFIG_MAP" }),
    );
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(0), "{}", plan.text);
    plan.says("Warning: Cluster does not accept access entries")
        .says("The grant is kept in the state as it was");
    terraform.destroy().ok();
    assert!(terraform.addresses().is_empty());
}

/// The plan of a grant in the state, where EKS answers this to every look at its access entry.
fn plan_with_entry(answered: &'static str) -> Output {
    let world = World::new();
    let mut terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    let eks = Server::http(move |request| {
        let parts: Vec<_> = request.target.split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["", "clusters", _, "access-entries", _]) => answer(200, answered),
            _ => to_aws(request),
        }
    });
    terraform.set_env("AWS_ENDPOINT_URL_EKS", &eks.url());
    terraform.plan()
}

#[test]
fn success_that_describes_nothing_is_not_taken_for_a_deleted_entry() {
    plan_with_entry("{}")
        .failed()
        .says("Access entry cannot be read")
        .says("did not describe the access entry");
}

#[test]
fn entry_without_type_and_user_name_is_not_replaced() {
    let plan = plan_with_entry(r#"{ "accessEntry": { "username": "" } }"#);
    plan.says("1 to change, 0 to destroy").does_not_say("user_name");
}
