//! `eks_sso_access`: the ways in for an entry that exists.

use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, get, new_account, post};
use crate::terraform::Workspace;
use serde_json::{Value, json};

const ADDRESS: &str = "eks_sso_access.x";

/// What [`make_entry`] makes, as a configuration.
const FULL: &str = r#"
resource "eks_sso_access" "x" {
  cluster_name      = "payments-prod"
  WHO
  kubernetes_groups = ["a", "b"]
  user_name         = "sso:{{SessionName}}"
  access_policies = {
    AmazonEKSViewPolicy = { scope = "cluster" }
    AmazonEKSEditPolicy = { namespaces = ["a-*", "b"] }
  }
  tags = { team = "x" }
}
"#;

const MINIMAL: &str = "resource \"eks_sso_access\" \"x\" {\n  cluster_name = \"payments-prod\"\n  WHO\n}\n";

fn config(text: &str, who: &str) -> String {
    text.replace("WHO", who)
}

/// A world whose cluster has this entry already.
fn world_with_entry(arn: &str, more: Value) -> World {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "okta", "path": "/people/" }] }));
    add_entry(&world, &world.member, REGION, &arn.replace("MEMBER", &world.member), more);
    world
}

fn add_entry(world: &World, account: &str, region: &str, arn: &str, more: Value) {
    let arn = if arn == "SSO" {
        world.role_arn("DeveloperAccess")
    } else {
        arn.to_owned()
    };
    let mut entry = json!({ "principalArn": arn });
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    post("cluster", json!({ "account": account, "region": region, "name": CLUSTER }));
    let cluster = json!({ "account": account, "region": region, "name": CLUSTER, "access_entries": [entry] });
    post("world", json!({ "clusters": [cluster] }));
}

fn full() -> Value {
    let policy =
        |name: &str, scope: Value| json!({ "policyArn": format!("arn:aws:eks::aws:cluster-access-policy/{name}"), "accessScope": scope });
    json!({
        "kubernetesGroups": ["b", "a"], "username": "sso:{{SessionName}}", "tags": { "team": "x" },
        "policies": [
            policy("AmazonEKSViewPolicy", json!({ "type": "cluster" })),
            policy("AmazonEKSEditPolicy", json!({ "type": "namespace", "namespaces": ["b", "a-*"] })),
        ],
    })
}

/// Imports in both ways; each leads to an empty plan, and nothing is written.
#[track_caller]
fn imports(world: &World, config: &str, id: &str) {
    let terraform = Bench::new(world, config);
    terraform.run(&["import", "-no-color", ADDRESS, id]).ok();
    terraform.plans_nothing();
    let terraform = Bench::new(world, &format!("{config}\nimport {{\n to = {ADDRESS}\n id = \"{id}\"\n}}\n"));
    terraform.plan().says("1 to import, 0 to add, 0 to change, 0 to destroy");
    terraform.apply().ok();
    terraform.plans_nothing();
    assert!(world.writes().is_empty(), "{:?}", world.writes());
}

const DEVELOPERS: &str = "permission_set_name = \"DeveloperAccess\"";

#[test]
fn permission_set_is_imported_by_every_form_of_id() {
    let world = world_with_entry("SSO", full());
    let arn = world.role_arn("DeveloperAccess");
    let without_path = format!("arn:aws:iam::{}:role/{}", world.member, arn.rsplit('/').next().unwrap());
    let account = &world.member;
    for id in [
        "payments-prod,DeveloperAccess".to_owned(),
        "payments-prod,DeveloperAccess@eu-west-1".to_owned(),
        format!("{account}/payments-prod,DeveloperAccess@eu-west-1"),
        format!("payments-prod:{arn}"),
        format!("payments-prod:{without_path}"),
        format!("{account}/payments-prod:{without_path}@eu-west-1"),
    ] {
        imports(&world, &config(FULL, DEVELOPERS), &id);
    }
}

#[test]
fn role_is_imported_by_name_and_arn() {
    let world = world_with_entry("arn:aws:iam::MEMBER:role/people/okta", json!({}));
    let config = config(MINIMAL, "role_name = \"okta\"");
    imports(&world, &config, "payments-prod,role/okta");
    imports(&world, &config, &format!("payments-prod:arn:aws:iam::{}:role/okta", world.member));
    imports(
        &world,
        &config,
        &format!("payments-prod:arn:aws:iam::{}:role/people/okta", world.member),
    );
}

#[test]
fn bare_entry_plans_nothing_with_a_bare_configuration() {
    let world = world_with_entry("SSO", json!({}));
    imports(&world, &config(MINIMAL, DEVELOPERS), "payments-prod,DeveloperAccess");
    imports(
        &world,
        &config(MINIMAL, &format!("{DEVELOPERS}\n kubernetes_groups = []\n access_policies = {{}}")),
        "payments-prod,DeveloperAccess",
    );
}

#[test]
fn default_tags_and_tags_of_aws_plan_nothing_after_an_import() {
    let world = world_with_entry(
        "SSO",
        json!({ "tags": { "team": "x", "all": "y", "aws:cloudformation:stack-name": "z", "cost": "1" } }),
    );
    let provider = "provider \"eks\" {\n default_tags {\n tags = { all = \"y\" }\n}\n ignore_tags {\n keys = [\"cost\"]\n}\n}\n";
    let config = format!(
        "{provider}{}",
        config(MINIMAL, &format!("{DEVELOPERS}\n tags = {{ team = \"x\" }}"))
    );
    imports(&world, &config, "payments-prod,DeveloperAccess");
}

#[test]
fn other_accounts_regions_and_odd_names_are_imported() {
    let other = new_account();
    let odd = "a,b@c+d=e.f-g_h@eu-west-1";
    let world = World::with(json!({
        "permission_sets": [{ "name": odd, "accounts": ["MEMBER", other] }],
        "roles": [{ "account": other, "name": "eks-access" }],
    }));
    let arn_in = |account: &str| world.made["role_arns"][account][odd].as_str().unwrap().to_owned();
    add_entry(&world, &other, "eu-north-1", &arn_in(&other), json!({}));
    add_entry(&world, &world.member, REGION, &arn_in(&other), json!({}));
    let provider = "provider \"eks\" {\n account_access {\n role_name = \"eks-access\"\n}\n}\n";
    let with = |more: &str| format!("{provider}{}", config(MINIMAL, &format!("permission_set_name = \"{odd}\"\n{more}")));
    let there = with(&format!("account_id = \"{other}\"\n region = \"eu-north-1\""));
    imports(&world, &there, &format!("{other}/payments-prod,{odd}@eu-north-1"));
    // A role of another account than the cluster's can only be named by its ARN.
    imports(
        &world,
        &with(&format!("role_account_id = \"{other}\"")),
        &format!("payments-prod:{}", arn_in(&other)),
    );
}

#[test]
fn current_role_is_meant_where_the_old_one_has_an_entry_too() {
    let world = world_with_entry("SSO", json!({}));
    let old = world.role_arn("DeveloperAccess");
    let new = post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    )["arn"]
        .as_str()
        .unwrap()
        .to_owned();
    let terraform = Bench::new(&world, &config(MINIMAL, DEVELOPERS));
    // Only the old one: it is imported, and the plan moves it.
    terraform
        .run(&["import", "-no-color", ADDRESS, "payments-prod,DeveloperAccess"])
        .ok();
    assert_eq!(terraform.state(ADDRESS)["principal_arn"], json!(old));
    add_entry(&world, &world.member, REGION, &new, json!({}));
    terraform.run(&["state", "rm", ADDRESS]).ok();
    terraform
        .run(&["import", "-no-color", ADDRESS, "payments-prod,DeveloperAccess"])
        .ok();
    assert_eq!(terraform.state(ADDRESS)["principal_arn"], json!(new));
    terraform.plans_nothing();
}

#[test]
fn wrong_ids_and_absent_entries_are_errors_that_say_what_is_right() {
    let world = world_with_entry("SSO", json!({}));
    let other = world.role_arn("AdministratorAccess");
    add_entry(&world, &world.member, REGION, &other, json!({ "type": "EC2_LINUX" }));
    let terraform = Bench::new(&world, &config(MINIMAL, DEVELOPERS));
    let entry_arn = world.entries()[0]["accessEntryArn"].as_str().unwrap().to_owned();
    for (id, words) in [
        ("payments-prod", "it has neither a \",\" nor a \":\""),
        (
            "payments-prod,",
            "Accepted are \"cluster_name,permission_set_name\", \"cluster_name,role/ROLE_NAME\" and \"cluster_name:principal_arn\"",
        ),
        ("12/payments-prod,DeveloperAccess", "12 digits"),
        (&format!("payments-prod,{other}"), "write \":\" before an ARN"),
        (
            &format!("payments-prod,role/{}", other.rsplit('/').next().unwrap()),
            "write the name of its permission set, \"AdministratorAccess\"",
        ),
        (&entry_arn, "is the ARN of an access entry, not an import id: use"),
        (
            "payments-prod,DevelopersAccess",
            "has no access entry for DevelopersAccess. Its access entries are for:",
        ),
        (
            "payments-prud,DeveloperAccess",
            "Did you mean \"payments-prod\"? EKS has no cluster \"payments-prud\" in",
        ),
        (
            "payments-prod,DeveloperAccess@eu-north-1",
            "eu-north-1. If it is elsewhere, prefix the import id with ACCOUNT_ID/",
        ),
        (
            "payments-prod,AdministratorAccess",
            "is of type EC2_LINUX, and this resource manages type STANDARD, for people",
        ),
        ("999999999999/payments-prod,DeveloperAccess", "Tell it how to get to"),
    ] {
        terraform.run(&["import", "-no-color", ADDRESS, id]).failed().says(words);
    }
    post(
        "cluster",
        json!({ "account": world.member, "region": REGION, "name": CLUSTER, "authentication_mode": "CONFIG_MAP" }),
    );
    terraform
        .run(&["import", "-no-color", ADDRESS, "payments-prod,DeveloperAccess"])
        .failed()
        .says("is in CONFIG_MAP mode, in which it has no access entries to import");
    world.deny("eks", "ListAccessEntries");
    terraform
        .run(&["import", "-no-color", ADDRESS, "payments-prod,DeveloperAccess"])
        .failed()
        .says("Not allowed: eks:ListAccessEntries");
}

#[test]
fn generated_configuration_plans_nothing() {
    for (arn, id, more) in [
        ("SSO", "payments-prod,DeveloperAccess", full()),
        ("SSO", "payments-prod,DeveloperAccess", json!({})),
        ("arn:aws:iam::MEMBER:role/people/okta", "payments-prod,role/okta", json!({})),
    ] {
        let world = world_with_entry(arn, more);
        let terraform = Workspace::new(&world, &format!("import {{\n to = {ADDRESS}\n id = \"{id}\"\n}}\n"));
        terraform.run(&["plan", "-no-color", "-generate-config-out=generated.tf"]).ok();
        let generated = std::fs::read_to_string(terraform.path().join("generated.tf")).unwrap();
        let named = |name: &str| {
            generated
                .lines()
                .any(|line| line.trim().starts_with(name) && !line.ends_with("null"))
        };
        assert!(named("permission_set_name") != named("role_name"), "{generated}");
        terraform.plan().says("1 to import, 0 to add, 0 to change, 0 to destroy");
        terraform.apply().ok();
        terraform.plans_nothing();
    }
}

#[test]
fn imported_grant_that_differs_is_changed_in_place() {
    let world = world_with_entry("SSO", full());
    let text = config(
        MINIMAL,
        &format!("{DEVELOPERS}\n access_policies = {{ AmazonEKSViewPolicy = {{ scope = \"cluster\" }} }}"),
    );
    let terraform = Bench::new(
        &world,
        &format!("{text}import {{\n to = {ADDRESS}\n id = \"payments-prod,DeveloperAccess\"\n}}\n"),
    );
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("Warning: Access entry loses access policies")
        .says("The apply removes them: - AmazonEKSEditPolicy To keep them, add them to access_policies")
        .does_not_say("- AmazonEKSViewPolicy");
    assert_eq!(terraform.change(ADDRESS)["actions"], json!(["update"]));
    terraform.apply().ok();
    terraform.plans_nothing();
    // From then on what others add is drift like any other.
    let arn = world.role_arn("DeveloperAccess");
    world.associate(&arn, "AmazonEKSAdminPolicy", "type=cluster");
    terraform.plan().does_not_say("loses access policies").says("AmazonEKSAdminPolicy");
    terraform.apply().ok();
    let entries = get(&format!("entries?account={}&region={REGION}&cluster={CLUSTER}", world.member));
    assert_eq!(entries["entries"][0]["policies"].as_array().unwrap().len(), 1);
}

#[test]
fn entry_beyond_the_first_page_is_found() {
    let world = World::new();
    let path = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
    let roles: Value = (0..150)
        .map(|i| json!({ "account": world.member, "name": format!("AWSReservedSSO_A{i}_{i:016x}"), "path": path }))
        .collect();
    post("world", json!({ "roles": roles }));
    for i in 0..150 {
        add_entry(
            &world,
            &world.member,
            REGION,
            &format!("arn:aws:iam::{}:role{path}AWSReservedSSO_A{i}_{i:016x}", world.member),
            json!({}),
        );
    }
    add_entry(&world, &world.member, REGION, "SSO", json!({}));
    let terraform = Bench::new(&world, &config(MINIMAL, DEVELOPERS));
    terraform
        .run(&["import", "-no-color", ADDRESS, "payments-prod,DeveloperAccess"])
        .ok();
    assert_eq!(world.calls().iter().filter(|call| *call == "ListAccessEntries").count(), 2);
    terraform.plans_nothing();
}

/// A renamed resource: the end of the old address would delete what the new one has just imported.
#[test]
fn import_of_what_the_state_holds_under_another_address_is_told() {
    let world = World::new();
    let config = config(MINIMAL, DEVELOPERS);
    let terraform = Bench::new(&world, &config);
    terraform.apply().ok();
    let renamed = config.replace("\"x\"", "\"y\"");
    let import = "import {\n  to = eks_sso_access.y\n  id = \"payments-prod,DeveloperAccess\"\n}\n";
    terraform.write(&format!("{renamed}{import}"));
    let title = "Access entry has another address in this state";
    terraform.plan().says(title).says("add a moved block instead");
    // An import alone, and the next plan of what was imported, say nothing of the kind.
    let other = Bench::new(&world, &format!("{renamed}{import}"));
    other.plan().does_not_say(title);
    other.apply().ok().does_not_say(title);
    other.plan().does_not_say(title);
}

/// An id that nearly is one: what is there under this name is told with its own id.
#[test]
fn import_that_finds_nothing_says_which_id_may_be_meant() {
    let world = world_with_entry("arn:aws:iam::MEMBER:role/people/okta", json!({}));
    add_entry(&world, &world.member, REGION, "SSO", json!({}));
    world.aws(&["iam", "create-user", "--user-name", "jane"]);
    let user = format!("arn:aws:iam::{}:user/jane", world.member);
    world.create_entry_of(&user, &[]);
    let terraform = Bench::new(&world, &config(MINIMAL, DEVELOPERS));
    let refused = |id: &str, meant: &str, kind: &str| {
        let output = terraform
            .import(ADDRESS, id)
            .failed()
            .says("Access entry does not exist")
            .says(kind);
        assert!(output.text.contains(&format!("\n  {meant}\n")), "{id}: {}", output.text);
    };
    refused("payments-prod,okta", "payments-prod,role/okta", "the IAM role \"okta\"");
    refused("payments-prod,role/jane", &format!("payments-prod:{user}"), "the IAM user \"jane\"");
    let set = "the permission set \"DeveloperAccess\"";
    refused("payments-prod,role/DeveloperAccess", "payments-prod,DeveloperAccess", set);
    refused("payments-prod,DevelopersAccess", "payments-prod,DeveloperAccess", set);
    for (region, meant) in [
        ("Ireland", "eu-west-1"),
        ("EU-WEST-1", "eu-west-1"),
        ("eu-west-1a", "eu-west-1"),
        ("Frankfurt", "eu-central-1"),
    ] {
        for who in ["Dev", "role/okta"] {
            let id = format!("payments-prod,{who}@{region}");
            let output = terraform
                .import(ADDRESS, &id)
                .failed()
                .says("Unexpected import identifier")
                .says(&format!(
                    "Behind the last @ a Region is expected, and \"{region}\" is the name of none"
                ));
            let right = format!("\n  payments-prod,{who}@{meant}\n");
            assert!(output.text.contains(&right), "{id}: {}", output.text);
        }
    }
    terraform
        .import(ADDRESS, "payments-prod,Quite")
        .failed()
        .says("has no access entry for Quite")
        .does_not_say("Did you mean");
}

/// An identity has no id to be corrected.
#[test]
fn identity_that_finds_nothing_is_corrected_by_its_attributes() {
    let world = world_with_entry("arn:aws:iam::MEMBER:role/people/okta", json!({}));
    world.create_entry_of(&world.role_arn("DeveloperAccess"), &[]);
    let import = |identity: &str| {
        let block = format!("import {{\n  to = {ADDRESS}\n  identity = {{\n    cluster_name = {CLUSTER:?}\n    {identity}\n  }}\n}}\n");
        Bench::new(&world, &format!("{}{block}", config(MINIMAL, DEVELOPERS)))
            .plan()
            .failed()
    };
    import("permission_set_name = \"DeveloperAccess\"\n    role_account_id = \"222233334444\"")
        .says("Access entry does not exist")
        .says(&format!(
            "Did you mean the permission set \"DeveloperAccess\" of account {}? permission_set_name = \"DeveloperAccess\" # without role_account_id",
            world.member
        ))
        .says("has no access entry for DeveloperAccess with a role of account 222233334444. Its access entries are for:")
        .says("Correct the import, or remove it and let Terraform make the entry.");
    import("permission_set_name = \"DeveloperAccess\"\n    region = \"eu-central-1\"")
        .says("Cluster does not exist")
        .says("set account_id and region in the identity to where it is")
        .does_not_say("import id");
}

#[test]
fn entry_of_nodes_is_not_imported_and_where_it_belongs_is_told() {
    let world = world_with_entry("arn:aws:iam::MEMBER:role/people/okta", json!({ "type": "EC2_LINUX" }));
    let terraform = Bench::new(&world, &config(MINIMAL, DEVELOPERS));
    terraform
        .import(ADDRESS, "payments-prod,role/okta")
        .failed()
        .says("Access entry is for nodes")
        .says("is of type EC2_LINUX, and this resource manages type STANDARD")
        .says(&format!(
            "  terraform import aws_eks_access_entry.NAME payments-prod:arn:aws:iam::{}:role/people/okta",
            world.member
        ));
}
