//! `eks_sso_access` for whom an ARN names: IAM users, and roles of accounts that cannot be read.

use crate::core::Bench;
use crate::emulator::{CLUSTER, World, new_account, post};
use serde_json::{Value, json};

const ADDRESS: &str = "eks_sso_access.x";

fn grant(who: &str) -> String {
    format!("resource \"eks_sso_access\" \"x\" {{\n  cluster_name = \"payments-prod\"\n  {who}\n  kubernetes_groups = [\"team\"]\n}}\n")
}

fn by_arn(arn: &str) -> String {
    grant(&format!("iam_principal_arn = \"{arn}\""))
}

/// An IAM user of the member account.
fn make_user(world: &World) -> String {
    let made = world.aws(&["iam", "create-user", "--user-name", "jane", "--path", "/people/"]);
    made["User"]["Arn"].as_str().unwrap().to_owned()
}

/// A role of an account for which the provider has no way in.
fn foreign_role() -> (World, String) {
    let other = new_account();
    let world = World::with(json!({ "roles": [{ "account": other, "name": "Partner", "path": "/x/" }] }));
    (world, format!("arn:aws:iam::{other}:role/x/Partner"))
}

const OKTA: &str = "role_name = \"Okta\"";

fn own_role() -> (World, String) {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "Okta", "path": "/ops/" }] }));
    let arn = format!("arn:aws:iam::{}:role/ops/Okta", world.member);
    (world, arn)
}

#[test]
fn user_gets_in_under_the_arn_and_is_not_looked_up() {
    let world = World::new();
    let user = make_user(&world);
    let terraform = Bench::new(&world, &by_arn(&user));
    world.forget_calls();
    terraform.plan().says("1 to add").does_not_say("Warning");
    assert_eq!(terraform.change(ADDRESS)["after"]["principal_arn"], json!(user));
    terraform.apply().ok().does_not_say("Warning");
    let calls = world.calls();
    assert!(
        !calls.iter().any(|call| call.starts_with("GetUser") || call.contains("Role")),
        "{calls:?}"
    );
    let state = terraform.state(ADDRESS);
    assert_eq!((&state["kubernetes_user_name"], &state["user_name"]), (&json!(user), &Value::Null));
    assert_eq!(
        (&state["role_id"], &state["role_account_id"], &state["status"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(world.entry()["username"], json!(user));
    terraform.plans_nothing();

    terraform.write(&by_arn(&user).replace("team", "other"));
    terraform.apply().ok().says("1 changed");
    assert_eq!(world.entry()["kubernetesGroups"], json!(["other"]));
    assert_eq!(world.entry()["username"], json!(user));
    terraform.plans_nothing();
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

/// The end of a shared grant takes back what it gave, whatever kind of principal the entry is for.
#[test]
fn shared_entry_of_a_user_outlives_the_grant() {
    let world = World::new();
    let user = make_user(&world);
    world.create_entry_of(&user, &[]);
    world.associate(&user, "AmazonEKSViewPolicy", "type=cluster");
    let terraform = Bench::new(
        &world,
        &by_arn(&user).replace("cluster_name", "policy_management = \"additive\"\n  cluster_name"),
    );
    terraform.apply().ok();
    assert_eq!(world.entry()["kubernetesGroups"], json!(["team"]));
    terraform.plans_nothing();
    terraform.destroy().ok();
    assert_eq!(world.entry()["kubernetesGroups"], json!([]));
    assert_eq!(world.entry()["policies"].as_array().unwrap().len(), 1);
}

#[test]
fn role_of_an_account_that_cannot_be_read_is_taken_as_named_and_said_once() {
    let (world, role) = foreign_role();
    let two = format!(
        "{}{}",
        by_arn(&role),
        by_arn(&role).replace("\"x\"", "\"y\"").replace("payments-prod", "tools")
    );
    post(
        "cluster",
        json!({ "account": world.member, "region": "eu-west-1", "name": "tools", "authentication_mode": "API" }),
    );
    let terraform = Bench::new(&world, &two);
    let plan = terraform
        .plan()
        .says("Role is taken as named")
        .says(&role)
        .says("may not read account");
    assert_eq!(plan.text.matches("Role is taken as named").count(), 1, "{}", plan.text);
    terraform.apply().ok();
    let state = terraform.state(ADDRESS);
    assert_eq!((&state["principal_arn"], &state["role_id"]), (&json!(role), &Value::Null));
    assert_eq!(world.entry()["principalArn"], json!(role));
    terraform.plan().says("No changes").does_not_say("taken as named");
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

/// EKS knows whether the principal exists; nobody else here does.
#[test]
fn arn_of_nobody_in_an_account_that_cannot_be_read_fails_in_the_apply() {
    let (world, role) = foreign_role();
    let terraform = Bench::new(
        &world,
        &by_arn(&role.replace("/x/", "/")).replace("cluster_name", "timeouts {\n create = \"2s\"\n}\n  cluster_name"),
    );
    terraform.plan().says("1 to add");
    terraform.apply().failed().says("invalid principal").says("path");
    assert!(world.entries().is_empty() && terraform.addresses().is_empty());
}

#[test]
fn role_that_may_be_read_is_looked_up() {
    let (world, arn) = own_role();
    let without_path = arn.replace("/ops/", "/");
    Bench::new(&world, &by_arn(&without_path))
        .plan()
        .failed()
        .says("Role has another ARN")
        .says(&arn);
    let terraform = Bench::new(&world, &by_arn(&arn));
    terraform.apply().ok();
    let state = terraform.state(ADDRESS);
    assert_eq!(state["principal_arn"], json!(arn));
    assert!(state["role_id"].as_str().unwrap().starts_with("AROA"));
    terraform.plans_nothing();

    // Of one in the state it is a warning, since a destroy plans first.
    terraform.write(&by_arn(&without_path));
    terraform.plan().says("Warning: Role has another ARN").says(&arn);
    terraform.write(&by_arn(&arn));
    terraform.plans_nothing();

    post(
        "recreate-role",
        json!({ "account": world.member, "role_name": "Okta", "age_seconds": -60 }),
    );
    terraform.plan().says("Role was recreated").says("apply with -replace");
    post("delete-role", json!({ "account": world.member, "role_name": "Okta" }));
    terraform
        .plan()
        .says("Role of the grant is gone")
        .says("through this grant: the role Okta was deleted. arn:aws:iam::")
        .does_not_say("it was deleted");
    terraform.destroy().ok();
}

#[test]
fn role_that_does_not_exist_is_an_error_of_the_plan() {
    let world = World::new();
    let arn = format!("arn:aws:iam::{}:role/absent", world.member);
    Bench::new(&world, &by_arn(&arn))
        .plan()
        .failed()
        .says("IAM role does not exist")
        .says("Correct iam_principal_arn");
}

#[test]
fn look_up_that_is_denied_stops_only_a_grant_by_name() {
    let (world, arn) = own_role();
    world.deny("iam", "GetRole");
    Bench::new(&world, &grant(OKTA)).plan().failed().says("Role cannot be looked up");
    let terraform = Bench::new(&world, &by_arn(&arn));
    terraform.plan().says("Role is taken as named").says("iam:GetRole");
    terraform.apply().ok();
    terraform.plans_nothing();
}

/// The rights of the plan and of the apply are often not the same.
#[test]
fn role_that_only_the_plan_may_read_is_taken_as_planned() {
    let (world, arn) = own_role();
    let terraform = Bench::new(&world, &by_arn(&arn));
    terraform.plan().says("1 to add");
    world.deny("iam", "GetRole");
    terraform.apply_plan().ok();
    assert_eq!(terraform.state(ADDRESS)["role_id"], Value::Null);
    world.clear_faults();
    terraform.plans_nothing();
    assert_eq!(world.entry()["principalArn"], json!(arn));
}

#[test]
fn role_named_once_by_name_and_once_by_arn_is_one_grant() {
    let (world, arn) = own_role();
    let terraform = Bench::new(&world, &grant(OKTA));
    terraform.apply().ok();
    world.forget_calls();
    for config in [by_arn(&arn), grant(OKTA), by_arn(&arn)] {
        terraform.write(&config);
        terraform.plan().says("0 to add, 1 to change, 0 to destroy");
        terraform.apply().ok();
        terraform.plans_nothing();
    }
    assert_eq!(world.writes(), Vec::<String>::new());
    let user = make_user(&world);
    terraform.write(&by_arn(&user));
    terraform.plan().says("1 to add, 0 to change, 1 to destroy");
    terraform.apply().ok();
    assert_eq!(world.entry()["principalArn"], json!(user));
}

#[test]
fn user_is_imported_by_arn_and_by_identity() {
    let world = World::new();
    let user = make_user(&world);
    world.aws(&[
        "eks",
        "create-access-entry",
        "--cluster-name",
        CLUSTER,
        "--principal-arn",
        &user,
        "--kubernetes-groups",
        "team",
    ]);
    world.forget_calls();
    let identity = format!("identity = {{ cluster_name = \"payments-prod\", iam_principal_arn = \"{user}\" }}");
    for target in [
        format!("id = \"payments-prod:{user}\""),
        format!("id = \"payments-prod:{}@eu-west-1\"", user.replace("/people/", "/")),
        identity,
    ] {
        let terraform = Bench::new(&world, &format!("{}import {{\n  to = {ADDRESS}\n  {target}\n}}\n", by_arn(&user)));
        terraform.plan().says("1 to import, 0 to add, 0 to change, 0 to destroy");
        terraform.apply().ok();
        terraform.plans_nothing();
    }
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[test]
fn role_of_an_account_that_cannot_be_read_is_imported_by_its_arn() {
    let (world, role) = foreign_role();
    let (id, config) = (format!("payments-prod:{role}"), by_arn(&role));
    Bench::new(&world, &config).apply().ok();
    let terraform = Bench::new(&world, &config);
    terraform.run(&["import", "-no-color", ADDRESS, &id]).ok();
    assert_eq!(terraform.state(ADDRESS)["iam_principal_arn"], json!(role));
    terraform.plans_nothing();
}

#[test]
fn exists_already_shows_an_import_that_works() {
    let world = World::new();
    let user = make_user(&world);
    world.create_entry_of(&user, &[]);
    Bench::new(&world, &by_arn(&user))
        .plan()
        .failed()
        .says("Access entry exists already")
        .says(&format!("payments-prod:{user}"));
}

#[test]
fn user_name_changed_elsewhere_is_drift() {
    let world = World::new();
    let user = make_user(&world);
    let terraform = Bench::new(&world, &by_arn(&user));
    terraform.apply().ok();
    let place = ["--cluster-name", CLUSTER, "--principal-arn", &user, "--username"];
    world.aws(&[&["eks", "update-access-entry"][..], &place, &["sso:else"]].concat());
    terraform.plan().says("0 to add, 1 to change, 0 to destroy").says("sso:else");
    terraform.apply().ok();
    assert_eq!(world.entry()["username"], json!(user));
    terraform.plans_nothing();
}

#[test]
fn name_that_kubernetes_sees_follows_the_user_name() {
    let world = World::new();
    let config = grant("permission_set_name = \"DeveloperAccess\"");
    let terraform = Bench::new(&world, &config);
    terraform.apply().ok();
    let role = world.role_arn("DeveloperAccess");
    let own = format!(
        "arn:aws:sts::{}:assumed-role/{}/{{{{SessionName}}}}",
        world.member,
        role.rsplit('/').next().unwrap()
    );
    assert_eq!(terraform.state(ADDRESS)["kubernetes_user_name"], json!(own));
    let named = config.replace("cluster_name", "user_name = \"sso:{{SessionName}}\"\n  cluster_name");
    terraform.write(&named);
    terraform.plan();
    let change = terraform.change(ADDRESS);
    assert_eq!(change["after"]["kubernetes_user_name"], json!("sso:{{SessionName}}"));
    terraform.apply().ok();
    terraform.write(&config);
    terraform.apply().ok();
    assert_eq!(terraform.state(ADDRESS)["kubernetes_user_name"], json!(own));
    terraform.plans_nothing();
}

#[test]
fn configuration_names_one_grantee_in_one_way() {
    let world = World::new();
    let check = |who: &str, expected: &str| {
        Bench::new(&world, &grant(who)).validate().failed().says(expected);
    };
    let role = "iam_principal_arn = \"arn:aws:iam::222233334444:role/Okta\"";
    check(
        "iam_principal_arn = \"arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef\"",
        "use permission_set_name = \"Dev\" instead of iam_principal_arn",
    );
    check("iam_principal_arn = \"okta\"", "is not the ARN of an IAM role or user");
    check("iam_principal_arn = \"arn:aws:iam::222233334444:root\"", "is the whole account");
    check(
        &format!("{role}\n  {OKTA}"),
        "role_name and iam_principal_arn are set, but a grant is for one of them",
    );
    check(
        &format!("{role}\n  role_account_id = \"222233334444\""),
        "the ARN says already which account",
    );
    check("", "or a role in an account that cannot be read, set iam_principal_arn");
}
