//! `eks_sso_access`: roles that Identity Center or people make anew, and entries that are shared.

use crate::access::BASIC;
use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, post};
use serde_json::{Value, json};

const ADDRESS: &str = "eks_sso_access.developers";

/// A plan is clean while users are locked out: what that is about is in `locked_out.rs`.
const WARN: &str = "provider \"eks\" {\n  locked_out = \"warn\"\n}\n";

fn applied(world: &World, config: &str) -> Bench {
    let terraform = Bench::new(world, config);
    terraform.apply().ok();
    world.forget_calls();
    terraform
}

fn reprovision(world: &World) -> Value {
    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    )
}

/// A negative age, because the entry was made in this same second.
fn recreate(world: &World, arn: &str) -> Value {
    let name = arn.rsplit('/').next().unwrap();
    post(
        "recreate-role",
        json!({ "account": world.member, "role_name": name, "age_seconds": -60 }),
    )
}

fn unassign(world: &World) {
    post(
        "unassign",
        json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" }),
    );
}

#[test]
fn new_suffix_is_an_entry_made_in_full_before_the_old_one_goes() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    let old = world.role_arn("DeveloperAccess");
    let new = reprovision(&world);
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("Warning: New role for a permission set: users are locked out until you apply")
        .says(&old)
        .says(new["arn"].as_str().unwrap())
        .says("user_name = \"sso:{{SessionName}}\"")
        .says("keeps them");
    let change = terraform.change(ADDRESS);
    assert_eq!(change["actions"], json!(["update"]));
    assert_eq!(change["before"]["principal_arn"], json!(old));
    assert_eq!(change["after"]["principal_arn"], new["arn"]);
    assert_eq!(change["after"]["role_id"], new["role_id"]);
    assert_eq!(change["after_unknown"]["access_entry_arn"], json!(true));
    assert!(world.writes().is_empty());
    terraform.apply().ok();
    assert_eq!(
        world.writes(),
        [
            "CreateAccessEntry",
            "AssociateAccessPolicy",
            "AssociateAccessPolicy",
            "DeleteAccessEntry"
        ]
    );
    let entry = world.entry();
    assert_eq!(entry["principalArn"], new["arn"]);
    assert_eq!(entry["kubernetesGroups"], json!(["team-payments"]));
    assert_eq!(entry["tags"], json!({ "team": "payments" }));
    assert_eq!(entry["policies"].as_array().unwrap().len(), 2);
    terraform.plans_nothing();
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

#[test]
fn refresh_does_not_erase_the_evidence_of_a_new_suffix() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    reprovision(&world);
    terraform.run(&["apply", "-refresh-only", "-auto-approve", "-no-color"]).ok();
    assert_eq!(terraform.state(ADDRESS)["principal_arn"], json!(world.role_arn("DeveloperAccess")));
    assert_eq!(terraform.plan().code, Some(2));
}

#[test]
fn entry_that_stands_under_the_new_suffix_is_taken_for_this_grant() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    let new = reprovision(&world)["arn"].as_str().unwrap().to_owned();
    world.aws(&[
        "eks",
        "create-access-entry",
        "--cluster-name",
        CLUSTER,
        "--principal-arn",
        &new,
        "--kubernetes-groups",
        "x",
    ]);
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2));
    plan.does_not_say("locked out until you apply")
        .says("Warning: Access entry of the new role is taken over")
        .says("It has an access entry already, so users are not locked out: they have what it gives.")
        .says(&format!("new {new}"))
        .says("- remove the Kubernetes group x, add the Kubernetes group team-payments")
        .says("permission_set_name = \"DeveloperAccess\"");
    terraform.apply().ok();
    assert_eq!(world.entry()["principalArn"], json!(new));
    assert_eq!(world.entry()["kubernetesGroups"], json!(["team-payments"]));
    terraform.plans_nothing();
}

#[test]
fn sso_role_made_anew_is_an_entry_made_anew() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    let role = recreate(&world, &world.role_arn("DeveloperAccess"));
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("Warning: Role was recreated: sign-ins fail with 401")
        .says("prevent_destroy does not stop this");
    let change = terraform.change(ADDRESS);
    assert_eq!(change["actions"], json!(["update"]));
    assert_eq!(change["after"]["role_id"], role["role_id"]);
    terraform.apply().ok();
    assert_eq!(
        world.writes(),
        [
            "DeleteAccessEntry",
            "CreateAccessEntry",
            "AssociateAccessPolicy",
            "AssociateAccessPolicy"
        ]
    );
    assert_eq!(world.entry()["principalId"], world.entry()["currentPrincipalId"]);
    terraform.plans_nothing();
}

#[test]
fn other_role_made_anew_is_stale_until_it_is_replaced() {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "okta" }] }));
    let config = BASIC.replace("permission_set_name = \"DeveloperAccess\"", "role_name = \"okta\"");
    let terraform = applied(&world, &format!("{WARN}{config}"));
    let role = recreate(&world, "role/okta");
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("Warning: Role was recreated").says("apply with -replace");
    let change = terraform.change(ADDRESS);
    assert_eq!(change["actions"], json!(["update"]));
    assert_eq!(change["after"]["status"], json!("stale"));
    terraform.apply().ok();
    assert!(world.writes().is_empty());
    terraform.plans_nothing();
    let replace = format!("-replace={ADDRESS}");
    terraform.run(&["apply", "-auto-approve", "-no-color", &replace]).ok();
    assert_eq!(terraform.state(ADDRESS)["role_id"], role["role_id"]);
    assert_eq!(terraform.state(ADDRESS)["status"], Value::Null);
    assert_eq!(world.entry()["principalId"], world.entry()["currentPrincipalId"]);
    terraform.plans_nothing();
}

/// Another path is another role, which does not inherit the access either.
#[test]
fn other_role_made_anew_under_another_path_is_stale_too() {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "okta", "path": "/a/" }] }));
    let okta = BASIC.replace("permission_set_name = \"DeveloperAccess\"", "role_name = \"okta\"");
    let terraform = applied(&world, &format!("{WARN}{okta}"));
    post("delete-role", json!({ "account": world.member, "role_name": "okta" }));
    post(
        "world",
        json!({ "roles": [{ "account": world.member, "name": "okta", "path": "/b/" }] }),
    );
    terraform.plan().says("Role was recreated").says("apply with -replace");
    terraform.apply().ok();
    assert!(world.writes().is_empty());
    assert_eq!(terraform.state(ADDRESS)["status"], json!("stale"));
    terraform.run(&["apply", "-auto-approve", "-no-color", "-replace", ADDRESS]).ok();
    assert!(world.entry()["principalArn"].as_str().unwrap().ends_with(":role/b/okta"));
    terraform.plans_nothing();
}

#[test]
fn role_that_is_gone_is_a_status_and_changes_go_on() {
    let world = World::new();
    let basic = format!("{WARN}{BASIC}");
    let terraform = applied(&world, &basic);
    unassign(&world);
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("Warning: Role of the grant is gone")
        .says("assign the set there again; if not, remove this grant");
    let change = terraform.change(ADDRESS);
    assert_eq!(
        (&change["before"]["status"], &change["after"]["status"]),
        (&Value::Null, &json!("role_missing"))
    );
    terraform.apply().ok();
    assert!(world.writes().is_empty());
    terraform.plans_nothing();

    terraform.write(&basic.replace("team-payments", "team-orders"));
    terraform.apply().ok();
    assert_eq!(world.entry()["kubernetesGroups"], json!(["team-orders"]));
    terraform.plans_nothing();

    // Assigned again: a new role, and all is well.
    let assign = json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" });
    let role = post("assign", assign);
    terraform.apply().ok();
    assert_eq!(world.entry()["principalArn"], role["arn"]);
    assert_eq!(terraform.state(ADDRESS)["status"], Value::Null);
    terraform.plans_nothing();
}

/// A provider that is killed in an update: Terraform keeps the attributes and drops the private state.
#[test]
fn entry_of_an_earlier_role_that_was_forgotten_is_told() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    let old = world.role_arn("DeveloperAccess");
    let new = reprovision(&world)["arn"].as_str().unwrap().to_owned();
    world.deny("eks", "DeleteAccessEntry");
    terraform.apply().failed().says("Old access entry is left");
    terraform.plan().does_not_say("Access entries of earlier roles may be left");
    world.clear_faults();
    let admins = world.role_arn("AdministratorAccess");
    world.create_entry_of(&admins, &[]);
    let mut forgetful = terraform.snapshot();
    for object in forgetful.state.objects.values_mut() {
        object.private.clear();
    }
    terraform.restore(&forgetful);
    for command in [&["plan", "-destroy"][..], &["plan"]] {
        terraform
            .run(command)
            .says("Access entries of earlier roles may be left")
            .says(&format!("- {old} They are not in the state"))
            .does_not_say(&format!("- {new}"))
            .does_not_say(&format!("- {admins}"));
    }
    world.deny("eks", "ListAccessEntries");
    terraform
        .plan()
        .says("Whether access entries of earlier roles are left on payments-prod")
        .says("could not be checked");
    world.clear_faults();
    terraform.apply().ok();
    terraform.plan().does_not_say("Access entries of earlier roles may be left");
}

/// A rotation that was killed leaves that, and the state does not know it.
#[test]
fn end_of_a_grant_tells_of_the_entry_that_the_new_role_has() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    let new = reprovision(&world)["arn"].as_str().unwrap().to_owned();
    terraform
        .run(&["plan", "-destroy"])
        .does_not_say("Access entry of the new role stays");
    world.create_entry_of(&new, &[]);
    terraform.write(&BASIC.replace("DeveloperAccess", "AdministratorAccess"));
    terraform.plan().says("Access entry of the new role stays").says(&new);
    terraform
        .destroy()
        .ok()
        .says("Access entry of the new role stays")
        .says("The state knows only the entry of the earlier role")
        .says(&format!(
            "aws eks delete-access-entry --cluster-name {CLUSTER} --region eu-west-1 \\ --principal-arn {new}"
        ))
        .says("terraform import eks_sso_access.NAME 'payments-prod,DeveloperAccess'");
    assert_eq!(world.entry()["principalArn"], json!(new));
}

/// The set got a new role once more after such a kill.
#[test]
fn end_of_a_grant_tells_of_entries_of_roles_between() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    let between = reprovision(&world)["arn"].as_str().unwrap().to_owned();
    world.create_entry_of(&between, &[]);
    let newest = reprovision(&world)["arn"].as_str().unwrap().to_owned();
    let title = "Access entries of other roles stay";
    terraform
        .run(&["plan", "-destroy"])
        .says(title)
        .says(&format!("- {between}"))
        .does_not_say(&newest);
    terraform.destroy().ok().says(title);
    assert_eq!(world.entry()["principalArn"], json!(between));
}

#[test]
fn end_of_a_grant_that_has_not_moved_asks_for_no_other_entries() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    world.forget_calls();
    terraform.destroy().ok();
    assert!(!world.calls().contains(&"ListAccessEntries".to_owned()), "{:?}", world.calls());
}

#[test]
fn imported_entry_of_a_role_made_anew_is_seen_by_its_age() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    recreate(&world, &world.role_arn("DeveloperAccess"));
    terraform.run(&["state", "rm", ADDRESS]).ok();
    terraform
        .run(&["import", "-no-color", ADDRESS, "payments-prod,DeveloperAccess"])
        .ok();
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("Warning: Role was recreated: sign-ins fail with 401");
    terraform.apply().ok();
    assert_eq!(world.entry()["principalId"], world.entry()["currentPrincipalId"]);
    terraform.plans_nothing();
}

#[test]
fn role_that_changes_between_plan_and_apply_stops_the_apply_before_it_writes() {
    let world = World::new();
    let terraform = Bench::new(&world, BASIC);
    terraform.plan();
    recreate(&world, &world.role_arn("DeveloperAccess"));
    // In the words of Terraform itself, which plans once more before it applies.
    terraform
        .run(&["apply", "-no-color", "-input=false", "plan"])
        .failed()
        .says("role_id");
    assert!(world.writes().is_empty());
    terraform.apply().ok();
    terraform.plans_nothing();
}

#[test]
fn entry_that_others_made_for_the_new_role_is_taken_for_good() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    let arn = world.role_arn("DeveloperAccess");
    // The role is made anew, and then somebody makes the entry anew too.
    let name = arn.rsplit('/').next().unwrap();
    let role = post("recreate-role", json!({ "account": world.member, "role_name": name }));
    for operation in ["delete-access-entry", "create-access-entry"] {
        world.aws(&["eks", operation, "--cluster-name", CLUSTER, "--principal-arn", &arn]);
    }
    terraform.plan().does_not_say("Role was recreated");
    world.forget_calls();
    terraform.apply().ok();
    assert!(!world.writes().contains(&"DeleteAccessEntry".to_owned()), "{:?}", world.writes());
    assert_eq!(terraform.state(ADDRESS)["role_id"], role["role_id"]);
    terraform.plans_nothing();
}

#[test]
fn replace_makes_the_entry_anew() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    let replace = format!("-replace={ADDRESS}");
    let plan = terraform.run(&["plan", "-no-color", "-input=false", "-out=plan", &replace]).ok();
    plan.does_not_say("exists already");
    assert_eq!(terraform.change(ADDRESS)["actions"], json!(["delete", "create"]));
    assert_eq!(
        terraform.change(ADDRESS)["after"]["principal_arn"],
        json!(world.role_arn("DeveloperAccess"))
    );
    terraform.run(&["apply", "-no-color", "-input=false", "plan"]).ok();
    assert_eq!(
        world.writes(),
        [
            "DeleteAccessEntry",
            "CreateAccessEntry",
            "AssociateAccessPolicy",
            "AssociateAccessPolicy"
        ]
    );
    terraform.plans_nothing();
}

#[test]
fn changed_trigger_confirms_the_grant_and_writes_nothing() {
    let world = World::new();
    let with = |trigger: &str| BASIC.replace("tags =", &format!("triggers = {{ a = {trigger} }}\n tags ="));
    let terraform = applied(&world, &with("\"1\""));
    terraform.write(&with("\"2\""));
    assert_eq!(terraform.plan().code, Some(2));
    assert_eq!(
        terraform.change(ADDRESS)["after"]["principal_arn"],
        json!(world.role_arn("DeveloperAccess"))
    );
    world.forget_calls();
    terraform.apply().ok();
    assert!(world.writes().is_empty());
    terraform.plans_nothing();

    // An unknown one leaves the role open until the apply, which finds the new one.
    let data = "resource \"terraform_data\" \"x\" {\n input = \"3\"\n}\n";
    terraform.write(&format!("{data}{}", with("terraform_data.x.output")));
    assert_eq!(terraform.plan().code, Some(2));
    assert_eq!(terraform.change(ADDRESS)["after_unknown"]["principal_arn"], json!(true));
    let new = reprovision(&world);
    terraform.run(&["apply", "-no-color", "-input=false", "plan"]).ok();
    assert_eq!(world.entry()["principalArn"], new["arn"]);
    terraform.plans_nothing();
}

/// A cluster that the same apply replaces takes its entries along.
#[test]
fn entry_that_went_with_its_cluster_is_made_again_where_a_trigger_tells() {
    let world = World::new();
    let with = |trigger: &str| BASIC.replace("tags =", &format!("triggers = {{ cluster = {trigger} }}\n tags ="));
    let terraform = applied(&world, &with("\"1\""));
    let before = world.entry();
    terraform.write(&format!(
        "resource \"terraform_data\" \"cluster\" {{\n input = \"2\"\n}}\n{}",
        with("terraform_data.cluster.output")
    ));
    assert_eq!(terraform.plan().code, Some(2));
    assert_eq!(terraform.change(ADDRESS)["after_unknown"]["access_entry_arn"], json!(true));
    let account = world.member.clone();
    terraform.once_made("terraform_data.cluster", move || {
        let cluster = json!({ "account": account, "region": REGION, "name": CLUSTER });
        let mut gone = cluster.clone();
        gone["deleted"] = json!(true);
        post("cluster", gone);
        post("world", json!({ "clusters": [cluster] }));
    });
    terraform.apply_plan().ok();
    let after = world.entry();
    assert_ne!(after["accessEntryArn"], before["accessEntryArn"]);
    for name in ["principalArn", "kubernetesGroups", "tags"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    // Associated at the same time, they have no order.
    let scopes = |entry: &Value| {
        let policies = entry["policies"].as_array().unwrap().iter();
        let mut scopes: Vec<_> = policies
            .map(|policy| (policy["policyArn"].to_string(), policy["accessScope"].to_string()))
            .collect();
        scopes.sort();
        scopes
    };
    assert_eq!(scopes(&after), scopes(&before));
    terraform.plans_nothing();
}

/// What triggers are for: the assignment that went comes back in the same apply.
#[test]
fn missing_role_that_an_unknown_trigger_announces_is_taken_up() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    unassign(&world);
    terraform.apply().ok();
    assert_eq!(terraform.state(ADDRESS)["status"], json!("role_missing"));
    let with_trigger = BASIC.replace("tags =", "triggers = { assignment = terraform_data.assignment.id }\n  tags =");
    terraform.write(&format!("resource \"terraform_data\" \"assignment\" {{}}\n{with_trigger}"));
    assert_eq!(terraform.plan().code, Some(2));
    assert_eq!(terraform.change(ADDRESS)["after_unknown"]["status"], json!(true));
    post(
        "assign",
        json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    terraform.apply_plan().ok();
    assert_eq!(terraform.state(ADDRESS)["status"], Value::Null);
    assert_eq!(world.entry()["principalId"], world.entry()["currentPrincipalId"]);
    terraform.plans_nothing();
}

const SHARED: &str = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  policy_management   = "additive"
  access_policies     = { AmazonEKSViewPolicy = { scope = "cluster" } }
}
"#;

fn policies(world: &World) -> Vec<String> {
    let entry = world.entry();
    let mut names: Vec<_> = entry["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["policyArn"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn shared_entry_is_joined_and_left_as_it_was() {
    let world = World::new();
    let arn = world.role_arn("DeveloperAccess");
    let of = ["--cluster-name", CLUSTER, "--principal-arn", &arn];
    world.aws(
        &[
            &["eks", "create-access-entry", "--kubernetes-groups", "theirs", "--username", "x:y"][..],
            &of,
        ]
        .concat(),
    );
    let associate = |name: &str| world.associate(&arn, name, "type=cluster");
    associate("AmazonEKSEditPolicy");
    let terraform = Bench::new(&world, SHARED);
    terraform
        .plan()
        .says("Warning: Existing access entry will be shared")
        .says("- associate AmazonEKSViewPolicy for the whole cluster");
    terraform.apply().ok();
    assert_eq!(policies(&world), ["AmazonEKSEditPolicy", "AmazonEKSViewPolicy"]);
    terraform.plans_nothing();
    associate("AmazonEKSAdminPolicy");
    terraform.plans_nothing();
    terraform.apply().ok();
    assert_eq!(terraform.state(ADDRESS)["unmanaged_policies"].as_object().unwrap().len(), 2);
    assert_eq!(terraform.state(ADDRESS)["kubernetes_groups"], Value::Null, "none is named here");

    // What was named here, and is no longer, goes.
    terraform.write(&SHARED.replace("ViewPolicy", "ACKPolicy"));
    terraform.apply().ok();
    assert_eq!(
        policies(&world),
        ["AmazonEKSACKPolicy", "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy"]
    );
    terraform.plans_nothing();

    // A new suffix takes along what others put there.
    let new = reprovision(&world);
    terraform.apply().ok();
    let entries = world.entries();
    let entry = entries.iter().find(|entry| entry["principalArn"] == new["arn"]).unwrap();
    assert_eq!(entry["policies"].as_array().unwrap().len(), 3, "{entries:#?}");
    assert_eq!(entry["kubernetesGroups"], json!(["theirs"]));
    assert_eq!(entry["username"], json!("x:y"), "RBAC may know these people by this name");
    terraform.plans_nothing();
}

/// One apply follows the new suffix, or the role made anew, and removes a policy.
#[test]
fn policy_that_is_no_longer_named_is_not_taken_along() {
    let changes: [fn(&World) -> Value; 2] = [reprovision, |world| recreate(world, &world.role_arn("DeveloperAccess"))];
    for change in changes {
        let world = World::new();
        let terraform = applied(&world, SHARED);
        change(&world);
        terraform.write(&SHARED.replace("ViewPolicy", "EditPolicy"));
        terraform.apply().ok();
        assert_eq!(policies(&world), ["AmazonEKSEditPolicy"]);
        terraform.plans_nothing();
        assert_eq!(terraform.state(ADDRESS)["unmanaged_policies"], Value::Null);
    }
}

/// Another configuration has followed the role first, and has narrowed its own policy and changed its groups.
#[test]
fn what_others_have_on_the_new_entry_is_not_set_back() {
    let world = World::new();
    let terraform = applied(&world, SHARED);
    let associate = |arn: &str, scope: &str| world.associate(arn, "AmazonEKSEditPolicy", scope);
    associate(&world.role_arn("DeveloperAccess"), "type=cluster");
    terraform.apply().ok();
    let new = reprovision(&world)["arn"].as_str().unwrap().to_owned();
    let of = ["--cluster-name", CLUSTER, "--principal-arn", &new, "--kubernetes-groups", "theirs"];
    world.aws(&[&["eks", "create-access-entry"][..], &of].concat());
    associate(&new, "type=namespace,namespaces=theirs");
    terraform.apply().ok();
    let entry = world.entry();
    assert_eq!(policies(&world), ["AmazonEKSEditPolicy", "AmazonEKSViewPolicy"]);
    let of_edit = |policy: &&Value| policy["policyArn"].as_str().unwrap().ends_with("EditPolicy");
    let edit = entry["policies"].as_array().unwrap().iter().find(of_edit).unwrap();
    assert_eq!(edit["accessScope"], json!({ "type": "namespace", "namespaces": ["theirs"] }));
    assert_eq!(entry["kubernetesGroups"], json!(["theirs"]));
    terraform.plans_nothing();
}

/// The state of a grant remembers which old entries are still to go, also where somebody deletes the new one.
#[test]
fn old_entry_that_is_left_goes_though_the_new_one_was_deleted() {
    for config in [BASIC, SHARED] {
        let world = World::new();
        let terraform = applied(&world, config);
        let new = reprovision(&world);
        world.deny("eks", "DeleteAccessEntry");
        terraform.apply().failed().says("Old access entry is left");
        world.clear_faults();
        let arn = new["arn"].as_str().unwrap();
        world.aws(&["eks", "delete-access-entry", "--cluster-name", CLUSTER, "--principal-arn", arn]);
        terraform.apply().ok();
        assert_eq!(world.entry()["principalArn"], new["arn"], "{config}");
        terraform.plans_nothing();
    }
}

/// Only where the cluster takes no more entries does the old one make room.
#[test]
fn old_entry_goes_first_where_there_is_no_room_for_two() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    reprovision(&world);
    world.change_cluster(json!({ "entry_quota": 1 }));
    world.forget_calls();
    terraform.apply().ok();
    assert_eq!(world.writes()[..3], ["CreateAccessEntry", "DeleteAccessEntry", "CreateAccessEntry"]);
    terraform.plans_nothing();
}

#[test]
fn old_entry_stays_where_the_new_one_takes_no_more_policies() {
    let world = World::new();
    let terraform = applied(&world, SHARED);
    let new = reprovision(&world)["arn"].as_str().unwrap().to_owned();
    let of = ["--cluster-name", CLUSTER, "--principal-arn", &new];
    world.aws(&[&["eks", "create-access-entry"][..], &of].concat());
    world.associate(&new, "AmazonEKSEditPolicy", "type=cluster");
    world.change_cluster(json!({ "policy_quota": 1 }));
    world.forget_calls();
    terraform
        .apply()
        .failed()
        .says("EKS takes no more policies for one access entry. Name fewer in access_policies");
    assert_eq!(world.writes(), ["AssociateAccessPolicy"]);
    assert_eq!(world.entries().len(), 2);
}

#[test]
fn destroy_of_a_shared_entry_removes_only_its_own_policies() {
    let world = World::new();
    let terraform = applied(&world, SHARED);
    let arn = world.role_arn("DeveloperAccess");
    world.associate(&arn, "AmazonEKSEditPolicy", "type=cluster");
    terraform.destroy().ok();
    assert_eq!(policies(&world), ["AmazonEKSEditPolicy"]);
    // Alone, it goes as a whole.
    let world = World::new();
    applied(&world, SHARED).destroy().ok();
    assert!(world.entries().is_empty());
}

#[test]
fn switch_to_sharing_disassociates_nothing() {
    let world = World::new();
    let terraform = applied(&world, BASIC);
    let shared = BASIC.replace("AmazonEKSEditPolicy = { namespaces = [\"payments\", \"payments-*\"] }", "");
    terraform.write(&shared.replace("tags =", "policy_management = \"additive\"\n tags ="));
    terraform.apply().ok();
    assert_eq!(policies(&world), ["AmazonEKSEditPolicy", "AmazonEKSViewPolicy"]);
    assert!(terraform.state(ADDRESS)["unmanaged_policies"]["AmazonEKSEditPolicy"].is_object());
    terraform.plans_nothing();
    // And back: what is not named is removed.
    terraform.write(&shared);
    terraform.apply().ok();
    assert_eq!(policies(&world), ["AmazonEKSViewPolicy"]);
    terraform.plans_nothing();
}

#[test]
fn tags_of_others_on_a_shared_entry_are_left_alone() {
    let world = World::new();
    let with_tags = |tags: &str| SHARED.replace("policy_management", &format!("tags = {{ {tags} }}\n  policy_management"));
    let terraform = Bench::new(&world, &with_tags("team = \"a\", old = \"1\""));
    terraform.apply().ok();
    let arn = world.entry()["accessEntryArn"].as_str().unwrap().to_owned();
    world.aws(&["eks", "tag-resource", "--resource-arn", &arn, "--tags", "theirs=yes"]);
    terraform.plans_nothing();
    terraform.write(&with_tags("team = \"b\""));
    terraform.apply().ok();
    assert_eq!(world.entry()["tags"], json!({ "team": "b", "theirs": "yes" }));
    terraform.plans_nothing();
}

#[test]
fn policy_of_an_update_that_failed_half_way_can_be_taken_back() {
    let world = World::new();
    let terraform = applied(&world, SHARED);
    let both = "AmazonEKSEditPolicy = { scope = \"cluster\" }, AmazonEKSViewPolicy";
    terraform.write(
        &SHARED
            .replace("AmazonEKSViewPolicy", both)
            .replace("policy_m", "tags = { a = \"b\" }\n  policy_m"),
    );
    world.deny("eks", "TagResource");
    terraform.apply().failed();
    assert_eq!(policies(&world), ["AmazonEKSEditPolicy", "AmazonEKSViewPolicy"]);
    world.clear_faults();
    terraform.write(SHARED);
    terraform.apply().ok();
    assert_eq!(policies(&world), ["AmazonEKSViewPolicy"]);
    terraform.plans_nothing();
}

#[test]
fn tainted_grant_is_refused_with_the_way_out() {
    let world = World::new();
    let terraform = Bench::new(&world, &SHARED.replace("  policy_management   = \"additive\"\n", ""));
    terraform.apply().ok();
    terraform.run(&["taint", ADDRESS]).ok();
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(1), "{}", plan.text);
    plan.says("Access entry is in this state already")
        .says("terraform untaint")
        .says("add a moved block");
    terraform.run(&["untaint", ADDRESS]).ok();
    terraform.plans_nothing();
}

#[test]
fn adopted_entry_that_is_older_than_its_role_is_made_anew() {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "Okta" }] }));
    let arn = format!("arn:aws:iam::{}:role/Okta", world.member);
    world.create_entry_of(&arn, &[]);
    post(
        "recreate-role",
        json!({ "account": world.member, "role_name": "Okta", "age_seconds": -60 }),
    );
    let config = r#"
resource "eks_sso_access" "okta" {
  cluster_name = "payments-prod"
  role_name    = "Okta"
  on_existing  = "adopt"
}
"#;
    let terraform = Bench::new(&world, config);
    terraform
        .plan()
        .says("Existing access entry will be taken over")
        .says("Role was recreated: sign-ins fail with 401")
        .says("The apply deletes the entry and recreates it");
    terraform.apply().ok();
    let entry = world.entry();
    assert_eq!(entry["principalId"], entry["currentPrincipalId"]);
}

#[test]
fn replace_triggered_by_makes_the_own_entry_anew() {
    let world = World::new();
    let config = |input: &str| {
        let grant = SHARED.replace("  policy_management   = \"additive\"\n", "");
        let lifecycle = "  lifecycle {\n    replace_triggered_by = [terraform_data.cause]\n  }\n}\n";
        let grant = format!("{}{lifecycle}", grant.trim_end().trim_end_matches('}'));
        format!("resource \"terraform_data\" \"cause\" {{\n  input = \"{input}\"\n}}\n{grant}")
    };
    let terraform = Bench::new(&world, &config("1"));
    terraform.apply().ok();
    let before = world.entry()["accessEntryArn"].clone();
    terraform.write(&config("2"));
    terraform.apply().ok().says("1 added, 1 changed, 1 destroyed");
    assert_ne!(world.entry()["accessEntryArn"], before);
    terraform.plans_nothing();
}
