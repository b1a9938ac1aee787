//! `eks_sso_aws_auth`: several rows of one role, rows that were copied from nodes, and a map without a row for nodes.

use crate::aws_auth::{ADDRESS, BASIC, empty_world, row, world};
use crate::core::Bench;
use crate::emulator::{CLUSTER, World, post};
use crate::kubernetes::{OTHERS, without_path};
use serde_json::json;

const SEVERAL: &str = "aws-auth has several rows for one role";

/// Two rows of the grant's role: one that others wrote, with these groups, and the grant's own after it.
fn two_rows(world: &World) -> String {
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    format!(
        "{OTHERS}- rolearn: {}\n  username: old\n  groups: [on-call]\n{}",
        arn.to_lowercase(),
        row(world)
    )
}

#[test]
fn row_that_goes_where_one_is_made_of_two_is_told() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    world.write_map_roles(&two_rows(&world));
    // As long as nothing is written, nothing goes.
    terraform.plans_nothing();
    terraform.write(&BASIC.replace("readers", "writers"));
    let plan = terraform.plan().says(SEVERAL);
    plan.says("The apply writes one row in the place of the last one, and removes:")
        .says("mapRoles, line 11, column 3 user name old groups [on-call]");
    assert_eq!(plan_of_rows(&world), 2);
    terraform.apply_plan().ok();
    assert_eq!(plan_of_rows(&world), 1);
    terraform.plan().does_not_say(SEVERAL);
}

/// Rows of the grant's role.
fn plan_of_rows(world: &World) -> usize {
    let arn = without_path(&world.role_arn("DeveloperAccess")).to_lowercase();
    world.map_roles().to_lowercase().matches(&format!("rolearn: {arn}")).count()
}

#[test]
fn both_rows_go_with_the_grant_and_the_plan_says_so() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    world.write_map_roles(&two_rows(&world));
    let plan = terraform.run(&["plan", "-destroy", "-no-color"]).says(SEVERAL);
    plan.says("The apply removes the row of this grant, and with it:")
        .says("groups [on-call]");
    terraform.destroy().ok();
    assert_eq!(world.map_roles(), OTHERS);
}

#[test]
fn rows_of_the_old_and_the_new_role_become_one_and_the_plan_says_so() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    world.write_map_roles(&two_rows(&world));
    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let plan = terraform.plan().says("New role for a permission set");
    plan.says(SEVERAL).says("groups [on-call]");
    terraform.apply_plan().ok();
    assert_eq!(world.map_roles().matches("- rolearn").count(), 2, "{}", world.map_roles());
}

const NO_NODES: &str = "aws-auth has no row for nodes";

#[test]
fn map_that_is_gone_is_told_with_what_it_means_for_nodes() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.plan().does_not_say(NO_NODES);
    terraform.apply().ok();
    world.delete_aws_auth();
    let plan = terraform.plan().says(NO_NODES).says("There is no ConfigMap kube-system/aws-auth");
    let plan = plan
        .says("nodes cannot join")
        .says("put back the row of each node role")
        .says("- system:bootstrappers");
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    // The same where somebody has written a map of people alone.
    world.write_map_roles("- rolearn: arn:aws:iam::111122223333:role/ci\n  username: ci\n");
    terraform.plan().says(NO_NODES).says("has no row for nodes. The apply adds");
    terraform.apply().ok();
    terraform.plan().does_not_say(NO_NODES);
}

#[test]
fn nodes_with_access_entries_need_no_row() {
    let world = empty_world();
    let terraform = Bench::new(&world, BASIC);
    terraform.plan().says(NO_NODES);
    world.change_cluster(json!({ "authentication_mode": "API_AND_CONFIG_MAP" }));
    terraform.plan().does_not_say(NO_NODES);
}

const COPIED: &str = "  username: system:node:{{EC2PrivateDNSName}}\n  groups: [system:bootstrappers, \"<system:masters>\"]\n";

#[test]
fn copied_row_of_a_permission_set_is_no_row_for_nodes() {
    let world = world();
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    world.write_map_roles(&format!("{OTHERS}- rolearn: {arn}\n{COPIED}"));
    let terraform = Bench::new(&world, BASIC);
    let plan = terraform.plan().failed().says("aws-auth row exists already");
    plan.does_not_say("row is for nodes")
        .says("as if it was copied from one for nodes")
        .says("{{EC2PrivateDNSName}} is the name of an EC2 instance")
        .says("the group \"system:bootstrappers\": it serves nodes alone")
        .says("so it is not \"system:masters\"");
    terraform
        .run(&["import", "-no-color", ADDRESS, &format!("{CLUSTER},DeveloperAccess")])
        .ok();
    terraform.apply().ok();
    assert_eq!(world.map_roles(), format!("{OTHERS}{}", row(&world)));
}

#[test]
fn check_compares_a_copied_row_and_says_what_of_it_has_no_effect() {
    let world = World::new();
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    world.write_map_roles(&format!(
        "{OTHERS}- rolearn: {arn}\n{}",
        COPIED.replace("\"<", "\"system:masters\", \"<")
    ));
    let grant = BASIC
        .replace("eks_sso_aws_auth", "eks_sso_access")
        .replace("  kubernetes_groups", "  check_aws_auth = true\n  kubernetes_groups");
    let terraform = Bench::new(&world, &grant);
    let plan = terraform.plan().failed().says("Access entry gives less than the aws-auth row");
    plan.says("system:masters, which may do everything")
        .says("its angle brackets are part of the name")
        .does_not_say("the group \"system:bootstrappers\": kubernetes_groups")
        .does_not_say("the group \"system:bootstrappers\", which");
}

#[test]
fn group_that_no_entry_can_have_is_told_as_such() {
    let world = World::new();
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    world.write_map_roles(&format!("{OTHERS}- rolearn: {arn}\n  groups: [\"eks:view\"]\n"));
    let grant = BASIC
        .replace("eks_sso_aws_auth", "eks_sso_access")
        .replace("  kubernetes_groups", "  check_aws_auth = true\n  kubernetes_groups");
    let plan = Bench::new(&world, &grant).plan().failed();
    plan.says("the group \"eks:view\", which an access entry cannot have");
}

/// A write that was killed, and a new role since: nobody remembers the row.
#[test]
fn rows_of_other_roles_of_the_set_are_told() {
    let world = world();
    let stray = "AWSReservedSSO_DeveloperAccess_00000000000000ff";
    let of_stray = format!(
        "- rolearn: arn:aws:iam::{}:role/{stray}\n  username: x\n  groups: [team]\n",
        world.member
    );
    let of_another_set = of_stray.replace("DeveloperAccess", "OpsAccess");
    world.write_map_roles(&format!("{OTHERS}{of_another_set}{of_stray}"));
    let terraform = Bench::new(&world, BASIC);
    let title = "aws-auth has rows for other roles of the permission set";
    terraform.plan().says(title).says(stray).does_not_say("OpsAccess");
    terraform.apply().ok().says(title);
    terraform.plans_nothing();
    terraform.write(&BASIC.replace("readers", "writers"));
    terraform.plan().says(title).says(stray);
    terraform.destroy().ok().says(title).says(stray);
    assert_eq!(world.map_roles(), format!("{OTHERS}{of_another_set}{of_stray}"));
}
