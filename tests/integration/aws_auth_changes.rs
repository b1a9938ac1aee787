//! `eks_sso_aws_auth`: what others change, and what becomes of roles and modes.

use crate::aws_auth::{ADDRESS, BASIC, row, world};
use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, post};
use crate::kubernetes::{OTHERS, without_path};
use crate::locked_out::{opens_the_status_alone, two_new_roles};
use serde_json::{Value, json};

/// Applies the basic grant, lets somebody change the map, and checks that the plan shows just this, and that the apply
/// makes it what it was.
#[track_caller]
fn check(drift: impl Fn(&str) -> String, attribute: &str, from: Value, to: Value) {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    let before = world.map_roles();
    world.write_map_roles(&drift(&before));

    assert_eq!(terraform.plan().code, Some(2));
    let change = terraform.change(ADDRESS);
    assert_eq!(change["actions"], json!(["update"]));
    let (old, new) = (change["before"].as_object().unwrap(), change["after"].as_object().unwrap());
    for (name, value) in old {
        let expected = if name == attribute { (&from, &to) } else { (value, value) };
        assert_eq!((value, &new[name]), expected, "{name}");
    }
    world.forget_kubernetes_requests();
    terraform.apply().ok();
    assert_eq!(world.kubernetes_methods().iter().filter(|method| *method == "PUT").count(), 1);
    assert_eq!(world.map_roles(), before);
    terraform.plans_nothing();
}

#[test]
fn changed_groups_of_a_row_are_set_back() {
    check(
        |text| text.replace("- readers", "- system:masters"),
        "kubernetes_groups",
        json!(["system:masters", "team-payments"]),
        json!(["readers", "team-payments"]),
    );
}

#[test]
fn changed_user_name_of_a_row_becomes_the_default_again() {
    check(
        |text| {
            let at = text.find("username: arn").unwrap();
            let end = at + text[at..].find('\n').unwrap();
            format!("{}username: somebody{}", &text[..at], &text[end..])
        },
        "user_name",
        json!("somebody"),
        Value::Null,
    );
}

#[test]
fn row_that_others_rewrote_without_a_change_is_no_drift() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    let row = row(&world);
    let (arn, rest) = row.strip_prefix("- rolearn: ").unwrap().split_once('\n').unwrap();
    let name = rest.trim_start().strip_prefix("username: ").unwrap().lines().next().unwrap();
    let other = format!(
        "- {{groups: [team-payments, readers], \"username\": \"{name}\", rolearn: {}}}\n",
        arn.to_lowercase()
    );
    world.write_map_roles(&format!("{other}{OTHERS}"));
    terraform.plans_nothing();
}

#[test]
fn row_that_is_gone_is_made_again() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    // A GitOps tool puts back what it knows.
    world.write_map_roles(OTHERS);
    assert_eq!(terraform.plan().code, Some(2));
    assert_eq!(terraform.change(ADDRESS)["actions"], json!(["create"]));
    terraform.apply().ok();
    assert_eq!(world.map_roles(), format!("{OTHERS}{}", row(&world)));
    world.delete_aws_auth();
    assert_eq!(terraform.plan().code, Some(2));
    assert_eq!(terraform.change(ADDRESS)["actions"], json!(["create"]));
    // What is gone is no obstacle to a destroy.
    terraform.destroy().ok();
    assert!(world.aws_auth().is_none());
}

#[test]
fn other_keys_of_the_map_stay() {
    let world = world();
    let users = "- userarn: arn:aws:iam::111122223333:user/jane\n  username: jane\n";
    world.write_aws_auth(json!({ "mapUsers": users, "mapAccounts": "[]" }));
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    assert_eq!(world.map_roles(), row(&world));
    terraform.destroy().ok();
    let map = world.aws_auth().unwrap();
    assert_eq!(
        (&map["data"]["mapUsers"], &map["data"]["mapAccounts"]),
        (&json!(users), &json!("[]"))
    );
}

#[test]
fn new_suffix_is_one_write() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    let before = world.map_roles();
    let old = without_path(&world.role_arn("DeveloperAccess"));
    let made = post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let new = without_path(
        made["role_arn"]
            .as_str()
            .or(made["arn"].as_str())
            .unwrap_or_else(|| panic!("{made}")),
    );

    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    let plan = plan.says("New role for a permission set: users are locked out until you apply");
    plan.says(&format!("old {old}")).says(&format!("new {new}"));
    let change = terraform.change(ADDRESS);
    assert_eq!(change["actions"], json!(["update"]));
    assert_eq!(change["after"]["principal_arn"], json!(new));

    world.forget_kubernetes_requests();
    terraform.apply_plan().ok();
    assert_eq!(world.kubernetes_methods().iter().filter(|method| *method == "PUT").count(), 1);
    let name = |arn: &str| arn.rsplit('/').next().unwrap().to_owned();
    assert_eq!(world.map_roles(), before.replace(&name(&old), &name(&new)));
    terraform.plans_nothing();
    terraform.destroy().ok();
    assert_eq!(world.map_roles(), OTHERS);
}

#[test]
fn users_whose_new_role_has_a_row_already_are_not_locked_out() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    let ours = row(&world);
    let old = without_path(&world.role_arn("DeveloperAccess"));
    let new = post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let new = without_path(new["arn"].as_str().unwrap());
    // As a killed apply leaves it.
    world.write_map_roles(&world.map_roles().replace(&ours, &ours.replace(&old, &new)));
    terraform.run(&["plan", "-refresh=false"]);
    terraform
        .run(&["plan", "-refresh=false"])
        .says("Warning: New role for a permission set: users get in already")
        .says("The row of this grant in aws-auth of payments-prod")
        .says("the new one gets in by a row or an access entry that this grant did not make")
        .does_not_say("locked out until you apply");
    terraform.apply().ok();
    terraform.plans_nothing();
}

/// A rotation that was killed leaves that, and the state does not know it.
#[test]
fn end_of_a_grant_tells_of_the_row_that_the_new_role_has() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    let ours = row(&world);
    let new = post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    terraform
        .run(&["plan", "-destroy"])
        .does_not_say("aws-auth row of the new role stays");
    let name = |arn: &str| arn.rsplit('/').next().unwrap().to_owned();
    let theirs = format!(
        "- rolearn: {}\n  username: theirs\n  groups: [on-call]\n",
        without_path(new["arn"].as_str().unwrap())
    );
    world.write_map_roles(&format!("{}{theirs}", world.map_roles()));
    terraform
        .destroy()
        .ok()
        .says("aws-auth row of the new role stays")
        .says(&name(new["arn"].as_str().unwrap()))
        .says("The state knows only the row of the earlier role")
        .says("terraform import eks_sso_aws_auth.NAME 'payments-prod,DeveloperAccess'");
    assert!(!world.map_roles().contains(&ours));
    assert!(world.map_roles().contains(&theirs));
}

#[test]
fn row_of_a_role_that_is_gone_stays_and_can_be_changed_and_removed() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    let before = world.map_roles();
    post(
        "unassign",
        json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let plan = terraform
        .plan()
        .says("Role of the grant is gone")
        .says("assign the set there again");
    assert_eq!(plan.code, Some(2));
    opens_the_status_alone(terraform.change(ADDRESS));
    world.forget_kubernetes_requests();
    terraform.apply().ok().says("Role of the grant is gone");
    assert!(!world.kubernetes_methods().contains(&"PUT".to_owned()));
    assert_eq!(world.map_roles(), before);
    assert_eq!(terraform.state(ADDRESS)["status"], json!("role_missing"));
    assert_eq!(terraform.plan().code, Some(2), "its users are still locked out");
    terraform.write(&format!("provider \"eks\" {{\n  locked_out = \"warn\"\n}}\n{BASIC}"));
    terraform.plans_nothing();
    terraform.write(&BASIC.replace("readers", "writers"));
    terraform.apply().ok();
    assert_eq!(
        world.map_roles(),
        before.replace("- readers\n    - team-payments", "- team-payments\n    - writers")
    );
    terraform.destroy().ok();
    assert_eq!(world.map_roles(), OTHERS);
}

/// Only a new cluster could help, and that Terraform replaces one no plan of a grant is told.
#[test]
fn api_mode_in_a_plan_that_checks_at_the_apply_says_what_the_apply_does() {
    let world = world();
    world.change_cluster(json!({ "authentication_mode": "API" }));
    let terraform = Bench::new(
        &world,
        &BASIC.replace("permission_set_name", "preflight = \"apply\"\n  permission_set_name"),
    );
    terraform
        .plan()
        .says("Warning: Cluster does not read aws-auth")
        .says("Unless this same apply replaces the cluster, the apply stops before it writes anything for this grant. Use eks_sso_access")
        .does_not_say("Nothing was written");
    terraform.apply().failed().says("Nothing was written. Use eks_sso_access");
}

#[test]
fn api_mode_is_refused_and_what_is_in_the_state_is_kept() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    let before = world.map_roles();
    world.change_cluster(json!({ "authentication_mode": "API" }));
    let plan = terraform
        .plan()
        .says("Cluster does not read aws-auth")
        .says("Use eks_sso_access for DeveloperAccess");
    assert_eq!(plan.code, Some(0), "{}", plan.text);
    terraform.write(&BASIC.replace("readers", "writers"));
    terraform
        .apply()
        .failed()
        .says("is in API mode")
        .says("Nothing was written. Use eks_sso_access");
    let other = BASIC
        .replace("DeveloperAccess", "AdministratorAccess")
        .replace("developers", "admins");
    terraform.write(&format!("{BASIC}{other}"));
    terraform
        .plan()
        .failed()
        .says("Error: Cluster does not read aws-auth")
        .says("Use eks_sso_access for AdministratorAccess");
    terraform.write(BASIC);
    terraform.destroy().ok();
    assert_eq!(world.map_roles(), before);
}

#[test]
fn access_entry_that_overrides_the_row_is_told() {
    let world = World::new();
    let terraform = Bench::new(&world, BASIC);
    terraform.plan().does_not_say("overrides the aws-auth row");
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    let plan = terraform
        .plan()
        .says("Access entry overrides the aws-auth row")
        .says("remove this resource");
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    terraform.apply().ok();
    terraform.plan().does_not_say("overrides the aws-auth row");
}

#[test]
fn masters_are_legal_with_a_warning() {
    let world = world();
    let terraform = Bench::new(&world, &BASIC.replace("readers", "system:masters"));
    terraform
        .plan()
        .says("system:masters may do everything")
        .says("no RBAC rule can take anything from it");
    terraform.apply().ok();
    assert!(world.map_roles().contains("- system:masters"));
    terraform.plan().does_not_say("may do everything");
}

#[test]
fn nodes_are_not_people() {
    let world = world();
    let terraform = Bench::new(&world, &BASIC.replace("readers", "system:nodes"));
    terraform.plan().failed().says("\"system:nodes\" is a group of nodes");
    let named = BASIC.replace(
        "kubernetes_groups",
        "user_name = \"system:node:{{EC2PrivateDNSName}}\"\n  kubernetes_groups",
    );
    terraform.write(&named);
    terraform.plan().failed().says("is the user name of a node");
    // A row through which nodes join.
    let world = World::with(json!({
        "roles": [{ "account": "MEMBER", "name": "workers" }],
        "clusters": [{ "account": "MEMBER", "region": REGION, "name": CLUSTER, "authentication_mode": "CONFIG_MAP" }],
    }));
    let nodes = OTHERS.replace("111122223333:role/nodes", &format!("{}:role/workers", world.member));
    world.write_map_roles(&nodes);
    let workers = BASIC.replace("permission_set_name = \"DeveloperAccess\"", "role_name = \"workers\"");
    let terraform = Bench::new(&world, &workers);
    terraform
        .plan()
        .failed()
        .says("aws-auth row is for nodes")
        .says("Give users a role of their own");
    terraform
        .run(&["import", "-no-color", ADDRESS, &format!("{CLUSTER},role/workers")])
        .failed();
    assert_eq!(world.map_roles(), nodes);
}

#[test]
fn service_linked_role_is_no_persons() {
    let world = world();
    let config = BASIC.replace(
        "permission_set_name = \"DeveloperAccess\"",
        "role_name = \"AWSServiceRoleForBatch\"",
    );
    for kind in ["eks_sso_aws_auth", "eks_sso_access"] {
        let terraform = Bench::new(&world, &config.replace("eks_sso_aws_auth", kind));
        let plan = terraform.validate().failed().says("Invalid role name");
        plan.says("\"AWSServiceRoleForBatch\" is a service-linked role")
            .says("its documentation says how it gets into clusters");
    }
}

#[test]
fn other_roles_and_places() {
    let world = World::with(json!({
        "roles": [{ "account": "MEMBER", "name": "OktaAdmins", "path": "/federated/" }],
        "clusters": [{ "account": "MEMBER", "region": "us-west-2", "name": CLUSTER, "authentication_mode": "CONFIG_MAP" }],
    }));
    let config = "resource \"eks_sso_aws_auth\" \"okta\" {\n  cluster_name = \"payments-prod\"\n  role_name = \"OktaAdmins\"\n  region = \
                  \"us-west-2\"\n  user_name = \"okta:{{SessionName}}\"\n}\n";
    let terraform = Bench::new(&world, config);
    terraform.apply().ok();
    let state = terraform.state("eks_sso_aws_auth.okta");
    assert_eq!(
        state["principal_arn"],
        json!(format!("arn:aws:iam::{}:role/OktaAdmins", world.member))
    );
    assert_ne!(REGION, "us-west-2");
    terraform.plans_nothing();
    terraform.destroy().ok();
}

#[test]
fn row_with_the_roles_path_is_told_and_left_alone() {
    let world = world();
    let theirs = format!("{OTHERS}- rolearn: {}\n  username: dev\n", world.role_arn("DeveloperAccess"));
    world.write_map_roles(&theirs);
    let terraform = Bench::new(&world, BASIC);
    let apply = terraform.apply().ok().says("aws-auth row lets nobody in");
    apply.says("leaves this one as it is: remove it");
    assert_eq!(world.map_roles(), format!("{theirs}{}", row(&world)));
}

#[test]
fn cluster_that_is_gone_can_be_destroyed() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    world.change_cluster(json!({ "deleted": true }));
    let plan = terraform.plan().says("Cluster does not exist");
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    terraform.destroy().ok();
    assert!(terraform.addresses().is_empty());
}

#[test]
fn role_that_the_same_apply_makes_is_waited_for() {
    let world = world();
    let assignment = json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" });
    post("unassign", assignment.clone());
    let terraform = Bench::new(&world, BASIC);
    terraform
        .plan()
        .failed()
        .says("Permission set has no role in this account")
        .says("preflight = \"apply\"");
    terraform.write(&BASIC.replace("kubernetes_groups", "preflight = \"apply\"\n  kubernetes_groups"));
    let plan = terraform.plan().says("Permission set has no role in this account");
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    assert_eq!(terraform.change(ADDRESS)["after_unknown"]["principal_arn"], json!(true));
    let mut late = assignment;
    late["after_seconds"] = 2.into();
    post("assign", late);
    terraform.apply_plan().ok();
    terraform.plans_nothing();
}

#[test]
fn unknown_values_are_no_error() {
    let world = world();
    let source = "resource \"terraform_data\" \"x\" {\n  input = \"VALUE\"\n}\n";
    for (argument, value) in [
        ("cluster_name        = \"payments-prod\"", CLUSTER),
        ("permission_set_name = \"DeveloperAccess\"", "DeveloperAccess"),
        ("kubernetes_groups   = [\"team-payments\", \"readers\"]", "readers"),
    ] {
        let name = argument.split_whitespace().next().unwrap();
        let unknown = match name {
            "kubernetes_groups" => "kubernetes_groups = [terraform_data.x.output]".to_owned(),
            _ => format!("{name} = terraform_data.x.output"),
        };
        let config = format!("{}{}", source.replace("VALUE", value), BASIC.replace(argument, &unknown));
        let terraform = Bench::new(&world, &config);
        let plan = terraform.plan();
        assert_eq!(plan.code, Some(2), "{argument}: {}", plan.text);
        terraform.apply().ok();
        terraform.plans_nothing();
        terraform.destroy().ok();
        assert_eq!(world.map_roles(), OTHERS);
    }
}

/// The row of who runs Terraform: fewer groups, another user name, another principal, no row at all.
#[test]
fn own_row_that_goes_or_gives_less_is_announced() {
    const OWN: &str = "This takes away your own access";
    let world = world();
    let provider = format!(
        "provider \"eks\" {{\n  assume_role {{\n    role_arn = {:?}\n  }}\n}}\n",
        world.role_arn("DeveloperAccess")
    );
    let row = |more: &str| BASIC.replace("\"team-payments\", \"readers\"", &format!("\"system:masters\"{more}"));
    let with = |row: String| format!("{provider}{row}");
    let terraform = Bench::new(&world, &row(", \"readers\""));
    terraform.apply().ok();
    for (changed, is_told) in [
        (row(", \"readers\", \"more\""), false),
        (row(", \"readers\"").replace("readers", "writers"), true),
        (
            row(", \"readers\"]\n  user_name = \"x:{{SessionName}}\"\n").replace("\n]", ""),
            true,
        ),
        (row(", \"readers\"").replace("DeveloperAccess", "AdministratorAccess"), true),
        (String::new(), true),
    ] {
        terraform.write(&with(changed));
        let plan = terraform.plan();
        assert_eq!((plan.code, plan.text.contains(OWN)), (Some(2), is_told), "{}", plan.text);
    }
    terraform.write(&row(""));
    terraform.plan().does_not_say(OWN);
}

#[test]
fn row_of_a_role_that_several_could_follow_tells_of_the_lock_out() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    let before = world.map_roles();
    two_new_roles(&world);
    for _ in 0..2 {
        let plan = terraform.plan().says("Role of the grant is gone, and several could follow it");
        assert_eq!(plan.code, Some(2), "{}", plan.text);
        opens_the_status_alone(terraform.change(ADDRESS));
        terraform.apply_plan().ok();
        assert_eq!(terraform.state(ADDRESS)["status"], json!("role_missing"));
    }
    assert_eq!(world.map_roles(), before);
}
