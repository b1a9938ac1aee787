//! `check_aws_auth` of `eks_sso_access`: nobody loses or gains by an entry that overrides a row of aws-auth.

use crate::core::Bench;
use crate::emulator::{World, post};
use crate::kubernetes::{OTHERS, without_path};
use serde_json::json;

const GRANT: &str = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["readers"]
  check_aws_auth      = true
}
"#;

const ADDRESS: &str = "eks_sso_access.developers";

/// A cluster that reads both, and a row with these groups.
fn world(groups: &str) -> World {
    let world = World::new();
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    let session = arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/");
    world.write_map_roles(&format!(
        "{OTHERS}- rolearn: {arn}\n  username: {session}/{{{{SessionName}}}}\n  groups: {groups}\n"
    ));
    world
}

#[test]
fn entry_that_gives_less_than_the_row_is_refused() {
    let world = world("[readers, writers, \"system:masters\", \"system:authenticated\"]");
    let terraform = Bench::new(&world, GRANT);
    let plan = terraform.plan().failed().says("Access entry gives less than the aws-auth row");
    let plan = plan
        .says("the group \"writers\": kubernetes_groups")
        .says("system:masters, which may do everything");
    let plan = plan
        .says("AmazonEKSClusterAdminPolicy = { scope = \"cluster\" }")
        .says("set check_aws_auth = false");
    plan.does_not_say("the group \"readers\"").does_not_say("system:authenticated");

    // An administrator of one namespace is none of the cluster.
    let policy = |scope: &str| {
        GRANT.replace(
            "[\"readers\"]",
            &format!("[\"readers\", \"writers\"]\n  access_policies = {{ AmazonEKSClusterAdminPolicy = {{ {scope} }} }}"),
        )
    };
    terraform.write(&policy("namespaces = [\"payments\"]"));
    terraform
        .plan()
        .failed()
        .says("system:masters, which may do everything")
        .does_not_say("the group \"writers\"");
    terraform.write(&policy("scope = \"cluster\""));
    terraform.apply().ok().does_not_say("User name differs");

    // Taking it away later is a loss as well; a change of something else is none.
    terraform.write(&policy("scope = \"cluster\"").replace(", \"writers\"", ""));
    terraform
        .plan()
        .failed()
        .says("the group \"writers\"")
        .does_not_say("system:masters, which");
    terraform.write(&policy("scope = \"cluster\"").replace("check_aws", "tags = { a = \"b\" }\n  check_aws"));
    terraform.apply().ok();
}

#[test]
fn without_the_check_aws_auth_is_not_read() {
    let world = world("[writers]");
    let terraform = Bench::new(&world, &GRANT.replace("true", "false"));
    terraform.apply().ok();
    terraform.destroy().ok();
    assert!(world.kubernetes_requests().is_empty());
}

#[test]
fn entry_that_gave_less_before_is_not_blamed_for_it_again() {
    let world = world("[writers]");
    let terraform = Bench::new(&world, &GRANT.replace("true", "false"));
    terraform.apply().ok();
    terraform.write(&GRANT.replace("[\"readers\"]", "[\"readers\", \"auditors\"]"));
    terraform.apply().ok();
}

#[test]
fn another_user_name_is_a_warning() {
    let world = world("[readers]");
    let terraform = Bench::new(
        &world,
        &GRANT.replace("check_aws", "user_name = \"sso:{{SessionName}}\"\n  check_aws"),
    );
    let plan = terraform.plan().says("User name differs from the aws-auth row");
    assert_eq!(plan.says("RBAC bindings to the former no longer apply").code, Some(2));
}

#[test]
fn removal_that_lets_a_row_act_again_is_refused() {
    let world = world("[readers, \"system:masters\"]");
    let admin = "access_policies = { AmazonEKSClusterAdminPolicy = { scope = \"cluster\" } }\n  check_aws";
    let grant = GRANT.replace("check_aws", admin);
    let terraform = Bench::new(&world, &grant);
    terraform.apply().ok();
    let plan = terraform
        .destroy()
        .failed()
        .says("aws-auth row would act again")
        .says("the groups readers, system:masters");
    plan.says("Remove the row first");
    terraform.write("");
    terraform.plan().failed().says("aws-auth row would act again");
    assert_eq!(world.entries().len(), 1);

    // The two ways out: no row, or no check.
    terraform.write(&grant.replace("true", "false"));
    terraform.apply().ok();
    terraform.run(&["plan", "-destroy", "-no-color"]).ok();
    terraform.write(&grant);
    terraform.apply().ok();
    world.write_map_roles(OTHERS);
    terraform.destroy().ok();
}

#[test]
fn other_modes_have_nothing_to_check() {
    let world = world("[writers]");
    world.change_cluster(json!({ "authentication_mode": "API" }));
    let terraform = Bench::new(&world, GRANT);
    terraform.apply().ok();
    terraform.destroy().ok();
    assert!(world.kubernetes_requests().is_empty());
}

#[test]
fn check_that_cannot_be_made_is_an_error() {
    let world = world("[readers]");
    let endpoint = world.kubernetes_reachable(false);
    let terraform = Bench::new(&world, GRANT);
    let plan = terraform.plan().failed().says("aws-auth cannot be read").says(&endpoint);
    plan.says("check_aws_auth asks for this: without it");
    world.kubernetes_reachable(true);
    terraform.apply().ok();
    // What does not change needs no check.
    world.kubernetes_reachable(false);
    terraform.plans_nothing();
    // An entry that is gone already must not stand in the way of a destroy.
    let arn = world.role_arn("DeveloperAccess");
    world.aws(&[
        "eks",
        "delete-access-entry",
        "--cluster-name",
        "payments-prod",
        "--principal-arn",
        &arn,
    ]);
    terraform.destroy().ok();
    assert!(terraform.addresses().is_empty(), "{ADDRESS}");
}

const ROW: &str = r#"
resource "eks_sso_aws_auth" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["readers"]
}
"#;

/// Whichever of the two the apply comes to first.
#[test]
fn row_that_the_same_run_removes_does_not_hinder_the_end_of_the_entry() {
    for order in ["", "depends_on = [eks_sso_access.developers]\n  cluster_name "] {
        let world = World::new();
        world.write_map_roles(OTHERS);
        let row = match order {
            "" => ROW.to_owned(),
            order => ROW.replace("cluster_name ", order),
        };
        let other = GRANT
            .replace("developers", "admins")
            .replace("DeveloperAccess", "AdministratorAccess");
        let terraform = Bench::new(&world, &format!("{row}{GRANT}{other}"));
        terraform.apply().ok();
        terraform.destroy().ok().does_not_say("aws-auth row would act again");
        assert!(terraform.addresses().is_empty());
        assert_eq!(world.map_roles(), OTHERS);

        // As blocks that leave the configuration.
        terraform.write(&format!("{row}{GRANT}{other}"));
        terraform.apply().ok();
        terraform.write("");
        terraform.plan();
        terraform.apply_plan().ok();
        assert_eq!(world.map_roles(), OTHERS);
    }
}

/// The other order, which Terraform takes from the references: the entry stays until the row is gone.
#[test]
fn entry_that_has_to_go_before_its_row_stays_and_says_how() {
    let world = World::new();
    world.write_map_roles(OTHERS);
    let grant = GRANT.replace(
        "cluster_name ",
        "depends_on = [eks_sso_aws_auth.developers]\n  timeouts {\n    delete = \"1s\"\n  }\n  cluster_name ",
    );
    let terraform = Bench::new(&world, &format!("{ROW}{grant}"));
    terraform.apply().ok();
    let destroyed = terraform.destroy().failed().says("Error: aws-auth row would act again");
    destroyed.says("Take the row's block out of the configuration, and apply that first");
    assert_eq!(world.entries().len(), 1);
    terraform.write(GRANT);
    terraform.apply().ok();
    assert_eq!(world.map_roles(), OTHERS);
    terraform.destroy().ok();
}

/// Without the check nobody looks at aws-auth, so that nobody knows.
#[test]
fn users_whose_new_role_has_a_row_are_not_called_locked_out() {
    for (check, title) in [("true", "users get in already"), ("false", "users are locked out until you apply")] {
        let world = World::new();
        let terraform = Bench::new(&world, &GRANT.replace("true", check));
        terraform.apply().ok();
        let role = post(
            "reprovision",
            json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
        );
        let arn = without_path(role["arn"].as_str().unwrap());
        world.write_map_roles(&format!("- rolearn: {arn}\n  groups: [readers]\n"));
        let plan = terraform.plan().says(&format!("New role for a permission set: {title}"));
        match check {
            "true" => plan.does_not_say("locked out"),
            _ => plan.does_not_say("get in already"),
        };
        terraform.apply_plan().ok();
        terraform.plans_nothing();
    }
}

#[test]
fn yaml_that_only_the_provider_does_not_read_locks_nobody_out() {
    let world = world("[readers]");
    world.write_map_roles("- &base\n  rolearn: arn:aws:iam::111122223333:role/Ops\n  groups: [readers]\n- <<: *base\n  username: ops\n");
    Bench::new(&world, GRANT)
        .plan()
        .failed()
        .says("Error: aws-auth has a form that is not read here")
        .says("A merge key (\"<<\") stands here")
        .does_not_say("nobody gets in");
}
