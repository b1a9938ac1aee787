//! aws-auth as aws-iam-authenticator reads it: a row of a role under mapUsers lets its people in, unless mapRoles has one.

use crate::aws_auth::{ADDRESS, BASIC, row, world};
use crate::core::Bench;
use crate::emulator::{CLUSTER, World, post};
use crate::kubectl::Kubectl;
use crate::kubernetes::{OTHERS, without_path};
use serde_json::json;

const GRANT: &str = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  access_policies     = { AmazonEKSViewPolicy = { scope = "cluster" } }
  check_aws_auth      = true
}
"#;

const ADMIN: &str = "AmazonEKSClusterAdminPolicy";

/// A row of mapUsers, for the role of a permission set.
fn users(arn: &str, groups: &str) -> String {
    format!("- userarn: {arn}\n  username: sso:{{{{SessionName}}}}\n  groups: {groups}\n")
}

fn users_of(world: &World, set: &str, groups: &str) -> String {
    users(&without_path(&world.role_arn(set)), groups)
}

/// What Kubernetes makes of a person.
fn groups(world: &World) -> String {
    let person = Kubectl::person(world, &world.role_arn("DeveloperAccess"), "jane@example.com");
    person
        .run(&["auth", "whoami", "-o", "jsonpath={.status.userInfo.groups}"])
        .ok()
        .text
}

#[test]
fn entry_that_takes_from_people_of_a_row_under_map_users_is_refused() {
    let world = World::new();
    world.write_aws_auth(json!({ "mapRoles": OTHERS, "mapUsers": users_of(&world, "DeveloperAccess", "[writers, \"system:masters\"]") }));
    let terraform = Bench::new(&world, GRANT);
    let plan = terraform.plan().failed().says("Access entry gives less than the aws-auth row");
    plan.says("(mapUsers, line 1, column 3, where it lets the role's people in")
        .says("system:masters, which may do everything")
        .says("the group \"writers\": kubernetes_groups");

    let admin = GRANT.replace("AmazonEKSViewPolicy", ADMIN);
    let same = admin.replace("check_aws", "kubernetes_groups = [\"writers\"]\n  check_aws");
    terraform.write(&same);
    terraform.apply().ok().says("User name differs from the aws-auth row");
    // And it would act again.
    let destroy = terraform.destroy().failed().says("aws-auth row would act again");
    destroy
        .says("(mapUsers, line 1, column 3")
        .says("the groups writers, system:masters, as sso:{{SessionName}}");
    world.write_aws_auth(json!({ "mapRoles": OTHERS, "mapUsers": "" }));
    terraform.destroy().ok();
}

#[test]
fn row_of_map_roles_is_what_counts_where_both_have_one() {
    let world = World::new();
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    let masters = users_of(&world, "DeveloperAccess", "[\"system:masters\"]");
    let both = json!({ "mapRoles": format!("- rolearn: {arn}\n  groups: [readers]\n"), "mapUsers": masters });
    world.write_aws_auth(both);
    let grant = GRANT.replace("check_aws", "kubernetes_groups = [\"readers\"]\n  check_aws");
    let terraform = Bench::new(&world, &grant);
    terraform.apply().ok();
    terraform
        .destroy()
        .failed()
        .says("(mapRoles, line 1, column 3)")
        .does_not_say("system:masters");
    // Once that row is gone, the other one is what would act again.
    world.write_aws_auth(json!({ "mapRoles": OTHERS, "mapUsers": masters }));
    terraform.destroy().failed().says("(mapUsers, line 1").says("system:masters");
}

#[test]
fn each_of_several_permission_sets_is_compared_with_its_own_row() {
    let world = World::new();
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    let roles = format!("{OTHERS}- rolearn: {arn}\n  groups: [writers]\n");
    let admins = users_of(&world, "AdministratorAccess", "[\"system:masters\"]");
    world.write_aws_auth(json!({ "mapRoles": roles, "mapUsers": admins }));
    let all = GRANT
        .replace(
            "  cluster_name",
            "  for_each = toset([\"DeveloperAccess\", \"AdministratorAccess\"])\n  cluster_name",
        )
        .replace("= \"DeveloperAccess\"", "= each.key");
    let plan = Bench::new(&world, &all).plan().failed();
    plan.says("the group \"writers\": kubernetes_groups")
        .says("If DeveloperAccess is meant to lose it")
        .says("system:masters, which may do everything")
        .says("If AdministratorAccess is meant to lose it");
}

/// The people of a new role have what its row gives; the entry of the old role gave them nothing.
#[test]
fn rotation_that_takes_from_people_of_the_new_roles_row_is_refused() {
    for member in ["mapRoles", "mapUsers"] {
        let world = World::new();
        let terraform = Bench::new(&world, GRANT);
        terraform.apply().ok();
        let made = post(
            "reprovision",
            json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
        );
        let new = without_path(made["role_arn"].as_str().or(made["arn"].as_str()).unwrap());
        let row = format!("- rolearn: {new}\n  userarn: {new}\n  groups: [\"system:masters\"]\n");
        world.write_aws_auth(json!({ member: row }));
        let plan = terraform.plan().failed().says("Access entry gives less than the aws-auth row");
        plan.says(&format!("({member}, line 1"))
            .says("system:masters, which may do everything");
        terraform.write(&GRANT.replace("AmazonEKSViewPolicy", ADMIN));
        terraform.apply().ok();
    }
}

/// A role that was made anew under its name comes in by the row, which knows the ARN alone, until the entry is made anew.
#[test]
fn entry_made_anew_takes_nothing_from_people_of_a_row() {
    let world = World::new();
    let terraform = Bench::new(&world, GRANT);
    terraform.apply().ok();
    world.write_aws_auth(json!({ "mapUsers": users_of(&world, "DeveloperAccess", "[\"system:masters\"]") }));
    let name = world.role_arn("DeveloperAccess").rsplit('/').next().unwrap().to_owned();
    terraform.plans_nothing();
    post("recreate-role", json!({ "account": world.member, "role_name": name }));
    assert!(groups(&world).contains("system:masters"));
    let plan = terraform.plan().failed().says("Access entry gives less than the aws-auth row");
    plan.says("(mapUsers, line 1");
}

#[test]
fn malformed_map_users_counts_only_where_it_is_asked() {
    let world = World::new();
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    world.write_aws_auth(json!({ "mapRoles": OTHERS, "mapUsers": "- [" }));
    let terraform = Bench::new(&world, GRANT);
    let plan = terraform.plan().failed().says("aws-auth is malformed");
    plan.says("mapUsers is malformed at line 1").says("check_aws_auth asks for this");
    let row = format!("- rolearn: {arn}\n  groups: [\"system:authenticated\"]\n");
    world.write_aws_auth(json!({ "mapRoles": row, "mapUsers": "- [" }));
    terraform.apply().ok();
}

#[test]
fn row_under_map_users_that_a_new_row_overrides_is_told() {
    let world = world();
    let masters = users_of(&world, "DeveloperAccess", "[readers, \"system:masters\"]");
    world.write_aws_auth(json!({ "mapRoles": OTHERS, "mapUsers": masters }));
    assert!(groups(&world).contains("system:masters"));
    let terraform = Bench::new(&world, BASIC);
    let plan = terraform.plan().says("aws-auth row under mapUsers is overridden");
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("user name sso:{{SessionName}} groups [readers, system:masters]")
        .says("What only the other row gives is lost at once: system:masters.")
        .says("It acts again once this grant is removed");
    terraform.apply_plan().ok();
    assert_eq!(groups(&world), "[\"readers\",\"team-payments\",\"system:authenticated\"]");
    assert_eq!(world.aws_auth().unwrap()["data"]["mapUsers"], json!(masters), "it is not ours");
    terraform.plans_nothing();
    terraform.write(&BASIC.replace(", \"readers\"", ""));
    terraform.plan().does_not_say("mapUsers");

    // The same people get back what the other row gives.
    let plan = terraform
        .run(&["plan", "-destroy", "-no-color"])
        .says("aws-auth row under mapUsers acts again");
    plan.says("groups [readers, system:masters]").says("remove it first");
    terraform.write("");
    terraform.plan().says("aws-auth row under mapUsers acts again");
    terraform.write(&BASIC.replace(CLUSTER, "elsewhere"));
    terraform.plan().says("aws-auth row under mapUsers acts again");
    terraform.write(BASIC);
    terraform.destroy().ok();
    assert!(groups(&world).contains("system:masters"));
}

#[test]
fn row_that_loses_nothing_is_told_without_a_loss() {
    let world = world();
    let same = users_of(&world, "DeveloperAccess", "[readers]");
    world.write_aws_auth(json!({ "mapRoles": OTHERS, "mapUsers": same }));
    let plan = Bench::new(&world, BASIC).plan().says("aws-auth row under mapUsers is overridden");
    plan.does_not_say("is lost");
}

#[test]
fn new_role_with_a_row_under_map_users_is_told() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    let made = post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let new = without_path(made["role_arn"].as_str().or(made["arn"].as_str()).unwrap());
    world.write_aws_auth(json!({ "mapRoles": world.map_roles(), "mapUsers": users(&new, "[on-call]") }));
    let plan = terraform.plan().says("New role for a permission set");
    plan.says("aws-auth row under mapUsers is overridden")
        .says("is lost at once: on-call.");
    terraform.apply_plan().ok();
    assert_eq!(world.map_roles().matches("- rolearn").count(), 2, "{}", world.map_roles());
}

#[test]
fn malformed_map_users_stands_in_no_grants_way() {
    let world = world();
    world.write_aws_auth(json!({ "mapRoles": OTHERS, "mapUsers": "- [" }));
    let terraform = Bench::new(&world, BASIC);
    let plan = terraform.plan().says("mapUsers is malformed at line 1");
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    terraform.apply().ok();
    assert_eq!(world.map_roles(), format!("{OTHERS}{}", row(&world)));
    terraform.plans_nothing();
    terraform.destroy().ok();
}

#[test]
fn import_says_of_a_row_under_map_users_what_to_do() {
    let world = world();
    world.write_aws_auth(json!({ "mapRoles": OTHERS, "mapUsers": users_of(&world, "DeveloperAccess", "[readers]") }));
    let terraform = Bench::new(&world, BASIC);
    let import = |id: &str| terraform.run(&["import", "-no-color", ADDRESS, id]).failed();
    let output = import(&format!("{CLUSTER},DeveloperAccess")).says("aws-auth row does not exist");
    output
        .says("There is one under mapUsers, by which these users get in")
        .says("mapUsers, line 1, column 3");
    import(&format!("{CLUSTER},AdministratorAccess")).does_not_say("under mapUsers");
}
