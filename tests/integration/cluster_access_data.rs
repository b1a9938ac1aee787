//! `data "eks_sso_cluster_access"`: what the access entries of a cluster let in.

use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, calls_of, new_account, post, root};
use crate::terraform::Workspace;
use serde_json::{Value, json};

const ADDRESS: &str = "data.eks_sso_cluster_access.x";
const VIEW: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";

fn data(body: &str) -> String {
    format!("data \"eks_sso_cluster_access\" \"x\" {{\n  cluster_name = \"{CLUSTER}\"\n{body}\n}}\n")
}

/// What the data source gives.
#[track_caller]
fn read(world: &World, config: &str) -> Value {
    let terraform = Bench::new(world, config);
    terraform.apply().ok();
    terraform.state(ADDRESS)
}

/// The entry of a permission set, or of a role's name.
#[track_caller]
fn entry<'a>(state: &'a Value, name: &str) -> &'a Value {
    let entries = state["entries"].as_array().unwrap();
    let mut found = entries
        .iter()
        .filter(|entry| entry["permission_set_name"] == name || entry["principal_name"] == name);
    let one = found.next().unwrap_or_else(|| panic!("no entry of {name}: {entries:#?}"));
    assert!(found.next().is_none(), "several entries of {name}");
    one
}

fn cluster(entries: Value) -> Value {
    json!([{
        "account": "MEMBER", "region": REGION, "name": CLUSTER, "authentication_mode": "API_AND_CONFIG_MAP", "access_entries": entries,
    }])
}

/// The member's cluster with these roles of the member and their entries.
fn with_roles(names: &[String]) -> World {
    let roles: Value = names.iter().map(|name| json!({ "account": "MEMBER", "name": name })).collect();
    let entries: Value = names
        .iter()
        .map(|name| json!({ "principalArn": format!("arn:aws:iam::MEMBER:role/{name}") }))
        .collect();
    World::with(json!({ "roles": roles, "clusters": cluster(entries) }))
}

#[test]
fn cluster_access_data_basic() {
    let world = World::with(json!({
        "roles": [{ "account": "MEMBER", "name": "Deployer", "path": "/ops/" }, { "account": "MEMBER", "name": "Nodes" }],
        "clusters": cluster(json!([
            { "principalArn": "arn:aws:iam::MEMBER:role/Nodes", "type": "EC2_LINUX" },
            {
                "principalArn": "arn:aws:iam::MEMBER:role/ops/Deployer",
                "policies": [{ "policyArn": VIEW, "accessScope": { "type": "namespace", "namespaces": ["payments", "a"] } }],
            },
        ])),
    }));
    world.create_entry_elsewhere(
        "DeveloperAccess",
        &["--kubernetes-groups", "team-payments", "--username", "sso:{{SessionName}}"],
    );
    world.create_entry_elsewhere("AdministratorAccess", &[]);
    make_administrator(&world, "AdministratorAccess");
    let terraform = Bench::new(&world, &data(""));
    terraform.apply().ok();
    terraform.plans_nothing();
    let state = terraform.state(ADDRESS);
    assert_eq!(state["authentication_mode"], json!("API_AND_CONFIG_MAP"));
    assert_eq!(state["account_id"], json!(world.member));
    assert_eq!(state["region"], json!(REGION));
    let not_covered = state["not_covered"].as_str().unwrap();
    assert!(
        not_covered.contains("aws-auth") && not_covered.contains("eks:CreateAccessEntry"),
        "{not_covered}"
    );

    let developers = entry(&state, "DeveloperAccess");
    assert_eq!(
        *developers,
        json!({
            "key": world.role_arn("DeveloperAccess"),
            "way_in": "access entry",
            "principal_arn": world.role_arn("DeveloperAccess"),
            "principal_name": world.role_arn("DeveloperAccess").rsplit('/').next(),
            "account_id": world.member,
            "permission_set_name": "DeveloperAccess",
            "status": "ok",
            "type": "STANDARD",
            "kubernetes_user_name": "sso:{{SessionName}}",
            "kubernetes_groups": ["team-payments"],
            "access_policies": {},
            "rights": "group team-payments",
            "created_at": developers["created_at"],
            "people": null,
            "trust": null,
        })
    );
    let created_at = developers["created_at"].as_str().unwrap();
    assert!(created_at.len() == 24 && created_at.ends_with('Z'), "{created_at}");
    assert_eq!(
        entry(&state, "AdministratorAccess")["access_policies"],
        json!({ "AmazonEKSClusterAdminPolicy": { "scope": "cluster", "namespaces": null } })
    );
    // EKS's own form, where nobody chose another one.
    let admin = entry(&state, "AdministratorAccess");
    let name = admin["kubernetes_user_name"].as_str().unwrap();
    assert_eq!(
        name,
        format!(
            "arn:aws:sts::{}:assumed-role/{}/{{{{SessionName}}}}",
            world.member,
            admin["principal_name"].as_str().unwrap()
        )
    );
    assert_eq!(admin["rights"], json!("cluster-admin"));
    assert_eq!(state["aws_auth_rows"], Value::Null);
    let deployer = entry(&state, "Deployer");
    assert_eq!(deployer["rights"], json!("view in a, payments"));
    assert_eq!(deployer["status"], json!("not_sso"));
    assert_eq!(deployer["permission_set_name"], Value::Null);
    assert_eq!(
        deployer["access_policies"],
        json!({ "AmazonEKSViewPolicy": { "scope": null, "namespaces": ["a", "payments"] } })
    );
    assert_eq!(entry(&state, "Nodes")["type"], json!("EC2_LINUX"));
    let arns: Vec<_> = state["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["principal_arn"].as_str().unwrap())
        .collect();
    assert!(arns.is_sorted() && arns.len() == 4, "{arns:?}");
}

#[test]
fn roles_that_are_gone_or_made_anew_are_seen() {
    let world = World::new();
    for set in ["DeveloperAccess", "AdministratorAccess"] {
        world.create_entry_elsewhere(set, &[]);
    }
    assert_eq!(entry(&read(&world, &data("")), "DeveloperAccess")["status"], json!("ok"));
    post(
        "unassign",
        json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let admin = world.role_arn("AdministratorAccess");
    let name = admin.rsplit('/').next().unwrap();
    let anew = json!({ "account": world.member, "role_name": name, "age_seconds": -60 });
    post("recreate-role", anew);
    let state = read(&world, &data(""));
    assert_eq!(entry(&state, "DeveloperAccess")["status"], json!("role_missing"));
    assert_eq!(entry(&state, "AdministratorAccess")["status"], json!("stale"));
}

/// A re-provisioned set has an entry of a role that is gone, and perhaps one of the new role.
#[test]
fn old_and_new_suffix_are_told_apart() {
    let world = World::new();
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    let new = post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let new = new["arn"].as_str().unwrap();
    world.create_entry_of(new, &[]);
    let state = read(&world, &data(""));
    let entries = state["entries"].as_array().unwrap();
    let mut statuses: Vec<_> = entries
        .iter()
        .map(|e| (e["principal_arn"] == new, e["status"].as_str().unwrap()))
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [(false, "role_missing"), (true, "ok")]);
}

#[test]
fn cluster_in_config_map_mode_has_no_entries_and_is_no_error() {
    let world = World::with(
        json!({ "clusters": [{ "account": "MEMBER", "region": REGION, "name": CLUSTER, "authentication_mode": "CONFIG_MAP" }] }),
    );
    world.forget_calls();
    let state = read(&world, &data(""));
    assert_eq!(state["authentication_mode"], json!("CONFIG_MAP"));
    assert_eq!(state["entries"], json!([]));
    let not_covered = state["not_covered"].as_str().unwrap();
    assert!(not_covered.contains("aws-auth") && not_covered.contains("The principal that created the cluster"));
    assert!(!world.calls().contains(&"ListAccessEntries".to_owned()));

    // Where the cluster may not be described, EKS's answer to the first question about entries says it.
    world.deny("eks", "DescribeCluster");
    let state = read(&world, &data(""));
    assert_eq!(state["authentication_mode"], json!("CONFIG_MAP"));
    assert_eq!(state["entries"], json!([]));
}

#[test]
fn calls_are_two_for_each_entry_and_few_besides() {
    let names: Vec<_> = (0..103).map(|number| format!("role-{number:03}")).collect();
    let world = with_roles(&names);
    for set in ["DeveloperAccess", "AdministratorAccess"] {
        world.create_entry_elsewhere(set, &[]);
    }
    world.forget_calls();
    Bench::new(&world, &data("")).plan();
    let calls = world.calls();
    let count = |operation: &str| calls.iter().filter(|call| *call == operation).count();
    for (operation, expected) in [
        ("GetCallerIdentity", 1),
        ("DescribeCluster", 1),
        ("ListAccessEntries", 2),
        ("DescribeAccessEntry", 105),
        ("ListAssociatedAccessPolicies", 105),
        ("ListRoles", 1),
    ] {
        assert_eq!(count(operation), expected, "{operation}");
    }
    assert_eq!(calls.len(), 215);
    assert_eq!(world.writes(), Vec::<String>::new());
}

/// What could not be looked up is never said to be missing.
#[test]
fn accounts_out_of_reach_are_unknown() {
    let world = World::new();
    let other = new_account();
    let made = post(
        "world",
        json!({
            "management_account": world.management, "home_region": REGION,
            "permission_sets": [{ "name": "Auditors", "accounts": [other] }],
        }),
    );
    let arn = made["role_arns"][&other]["Auditors"].as_str().unwrap();
    world.create_entry_of(arn, &[]);
    world.create_entry_elsewhere("DeveloperAccess", &[]);

    let terraform = Bench::new(&world, &data(""));
    terraform
        .apply()
        .ok()
        .says("Warning: Roles cannot be listed")
        .says(&format!("The roles of account {other} could not be listed"))
        .says("account_access")
        .says("is \"unknown\"");
    let state = terraform.state(ADDRESS);
    assert_eq!(entry(&state, "Auditors")["status"], json!("unknown"));
    assert_eq!(entry(&state, "DeveloperAccess")["status"], json!("ok"));

    let reached = "provider \"eks\" {\n  account_access {\n    role_name = \"Any\"\n  }\n}\n";
    let config = format!("{reached}{}", data(""));
    assert_eq!(entry(&read(&world, &config), "Auditors")["status"], json!("ok"));
    post(
        "unassign",
        json!({ "management_account": world.management, "account": other, "permission_set": "Auditors" }),
    );
    assert_eq!(entry(&read(&world, &config), "Auditors")["status"], json!("role_missing"));

    world.deny("iam", "ListRoles");
    let terraform = Bench::new(&world, &config);
    terraform
        .apply()
        .ok()
        .says("Roles cannot be listed")
        .says("Not allowed: iam:ListRoles");
    assert_eq!(entry(&terraform.state(ADDRESS), "DeveloperAccess")["status"], json!("unknown"));
}

/// A list with gaps would be taken for whole.
#[test]
fn denied_entries_are_an_error() {
    let check = |operation: &str, words: &str| {
        let world = World::new();
        world.create_entry_elsewhere("DeveloperAccess", &[]);
        world.deny("eks", operation);
        Bench::new(&world, &data(""))
            .plan()
            .failed()
            .says("Error: Access entries cannot be read")
            .says(words)
            .says(&format!("Not allowed: eks:{operation}"));
    };
    check("ListAccessEntries", "The access entries of payments-prod");
    check(
        "DescribeAccessEntry",
        "so none is listed: a list with gaps would be taken for complete",
    );
    check("ListAssociatedAccessPolicies", "AWSReservedSSO_DeveloperAccess_");
}

#[test]
fn denied_description_of_the_cluster_is_a_warning() {
    let world = World::new();
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    world.deny("eks", "DescribeCluster");
    let terraform = Bench::new(&world, &data(""));
    terraform
        .apply()
        .ok()
        .says("Warning: Authentication mode is not known")
        .says("Not allowed: eks:DescribeCluster");
    let state = terraform.state(ADDRESS);
    assert_eq!(state["authentication_mode"], Value::Null);
    assert_eq!(entry(&state, "DeveloperAccess")["status"], json!("ok"));
    assert!(state["not_covered"].as_str().unwrap().contains("aws-auth"));
    // Now only ListAccessEntries can tell that there is no such cluster.
    Bench::new(&world, &data("").replace(CLUSTER, "payments"))
        .plan()
        .failed()
        .says("Error: Cluster does not exist");
}

#[test]
fn missing_cluster_is_an_error_that_says_where_it_was_looked_for() {
    let world = World::new();
    Bench::new(&world, &data("").replace(CLUSTER, "payments"))
        .plan()
        .failed()
        .says("Error: Cluster does not exist")
        .says(&format!(
            "Did you mean \"payments-prod\"? EKS has no cluster \"payments\" in {}, {REGION}.",
            world.member
        ));
}

#[test]
fn entry_that_goes_while_it_is_read_is_left_out() {
    for operation in ["DescribeAccessEntry", "ListAssociatedAccessPolicies"] {
        let world = World::new();
        world.create_entry_elsewhere("DeveloperAccess", &[]);
        world.create_entry_elsewhere("AdministratorAccess", &[]);
        let message =
            "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.";
        world.fault(json!({
            "service": "eks", "operation": operation, "times": 1, "status": 404, "code": "ResourceNotFoundException", "message": message,
        }));
        let plan = Bench::new(
            &world,
            &format!("{}output \"x\" {{ value = length({ADDRESS}.entries) }}\n", data("")),
        )
        .plan();
        assert_eq!(plan.code, Some(2), "{}", plan.text);
        plan.says("+ x = 1");
    }
}

/// EKS may refuse to list the policies of types that have none.
#[test]
fn node_entries_whose_policies_cannot_be_asked_are_listed() {
    let world = World::with(json!({
        "roles": [{ "account": "MEMBER", "name": "Nodes" }],
        "clusters": cluster(json!([{ "principalArn": "arn:aws:iam::MEMBER:role/Nodes", "type": "EC2_LINUX" }])),
    }));
    world.fault(json!({
        "service": "eks", "operation": "ListAssociatedAccessPolicies", "status": 400, "code": "InvalidParameterException",
        "message": "This operation can only be performed on Access Entries with a type of \"STANDARD\".",
    }));
    assert_eq!(entry(&read(&world, &data("")), "Nodes")["access_policies"], json!({}));
    // Of others it is an error.
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    Bench::new(&world, &data(""))
        .plan()
        .failed()
        .says("Access entries cannot be read")
        .says("AWSReservedSSO_DeveloperAccess_");
}

#[test]
fn interrupt_ends_the_reading() {
    let world = orderly();
    world.fault(json!({ "service": "eks", "operation": "DescribeAccessEntry", "hold": true }));
    world.forget_calls();
    let terraform = Bench::new(&world, &data(""));
    let plan = terraform.start(&["plan", "-input=false", "-no-color"]);
    world.wait_for_call("DescribeAccessEntry");
    plan.stop();
    plan.finish().failed().says("Terraform was interrupted");
    world.clear_faults();
}

pub fn with_identity_center(world: &World, body: &str) -> String {
    format!(
        "provider \"eks\" {{\n identity_center {{\n role_arn = \"arn:aws:iam::{}:role/eks-idc\"\n{body} }}\n}}\n{}",
        world.management,
        data("  include_people = true")
    )
}

/// A world whose DeveloperAccess is assigned to a group and a user with names, and to a group that was deleted.
pub fn peopled() -> World {
    let world = World::with(json!({ "roles": [{ "account": "MANAGEMENT", "name": "eks-idc" }] }));
    let store = world.made["identity_store_id"].as_str().unwrap();
    let manage = |arguments: &[&str]| world.aws_in(&world.management, arguments);
    let group = manage(&[
        "identitystore",
        "create-group",
        "--identity-store-id",
        store,
        "--display-name",
        "Payments",
    ]);
    let user = manage(&[
        "identitystore",
        "create-user",
        "--identity-store-id",
        store,
        "--user-name",
        "jane@example.com",
        "--display-name",
        "Jane",
        "--name",
        "FamilyName=Doe,GivenName=Jane",
    ]);
    for (kind, id) in [("GROUP", &group["GroupId"]), ("USER", &user["UserId"])] {
        manage(&[
            "sso-admin",
            "create-account-assignment",
            "--instance-arn",
            world.made["instance_arn"].as_str().unwrap(),
            "--permission-set-arn",
            world.made["permission_set_arns"]["DeveloperAccess"].as_str().unwrap(),
            "--target-type",
            "AWS_ACCOUNT",
            "--target-id",
            &world.member,
            "--principal-type",
            kind,
            "--principal-id",
            id.as_str().unwrap(),
        ]);
    }
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    world
}

#[test]
fn people_are_listed_by_name() {
    let world = peopled();
    let terraform = Bench::new(&world, &with_identity_center(&world, ""));
    crate::emulator::delete(&format!("calls?account={}", world.management));
    terraform.plan();
    let calls = calls_of(&world.management);
    let count = |operation: &str| calls.iter().filter(|call| call["operation"] == operation).count();
    assert_eq!(count("ListPermissionSetsProvisionedToAccount"), 1);
    assert_eq!(count("ListAccountAssignments"), 1);
    assert_eq!(count("DescribeUser"), 1);
    // The world's own assignment is to a group that the identity store does not have.
    assert_eq!(count("DescribeGroup"), 2);
    assert_eq!(count("ListInstances"), 1);
    assert!(count("DescribePermissionSet") <= 2);
    assert_eq!(count("ListPermissionSets"), 0);

    terraform.apply().ok();
    let people = entry(&terraform.state(ADDRESS), "DeveloperAccess")["people"].clone();
    assert_eq!(people["users"], json!(["jane@example.com"]));
    let groups = people["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2);
    assert!(groups.contains(&json!("Payments")), "{groups:?}");
    // The deleted one stands by its id.
    assert!(groups.iter().any(|group| group.as_str().unwrap().len() == 36), "{groups:?}");
}

/// With instance_arn the instance is known, but its identity store is asked for.
#[test]
fn people_of_a_configured_instance_are_listed() {
    let world = peopled();
    let arn = world.made["instance_arn"].as_str().unwrap();
    let state = read(&world, &with_identity_center(&world, &format!(" instance_arn = \"{arn}\"\n")));
    assert_eq!(entry(&state, "DeveloperAccess")["people"]["users"], json!(["jane@example.com"]));
}

#[test]
fn people_are_not_asked_for_unless_wanted() {
    let world = peopled();
    crate::emulator::delete(&format!("calls?account={}", world.management));
    let config = with_identity_center(&world, "").replace("include_people = true", "include_people = false");
    let state = read(&world, &config);
    assert_eq!(entry(&state, "DeveloperAccess")["people"], Value::Null);
    assert_eq!(calls_of(&world.management), Vec::<Value>::new());
    Bench::new(&world, &data("  include_people = true"))
        .plan()
        .failed()
        .says("Error: Identity Center is not configured")
        .says("Add an identity_center block");
}

/// Trouble in Identity Center takes the names away, and nothing else.
#[test]
fn trouble_in_identity_center_degrades_to_a_warning() {
    let check = |service: &str, operation: &str, code: &str, words: &str| {
        let world = peopled();
        let rule = json!({ "service": service, "operation": operation, "status": 400, "code": code, "message": "no" });
        post("faults", json!({ "account": world.management, "rules": [rule] }));
        let terraform = Bench::new(&world, &with_identity_center(&world, ""));
        terraform
            .apply()
            .ok()
            .says("Warning: Users cannot be listed")
            .says("Who is assigned to DeveloperAccess in account")
            .says("For 1 of 1 permission sets people is null")
            .says(words);
        let state = terraform.state(ADDRESS);
        assert_eq!(entry(&state, "DeveloperAccess")["people"], Value::Null);
        assert_eq!(entry(&state, "DeveloperAccess")["status"], json!("ok"));
    };
    let allow = |action: &str| format!("Not allowed: {action}");
    let denied = "AccessDeniedException";
    check("sso-admin", "ListAccountAssignments", denied, &allow("sso:ListAccountAssignments"));
    check("identitystore", "DescribeGroup", denied, &allow("identitystore:DescribeGroup"));
    check(
        "sso-admin",
        "ListPermissionSetsProvisionedToAccount",
        "ThrottlingException",
        "read this again later",
    );
}

#[test]
fn people_of_a_role_that_is_gone_are_nobody() {
    let world = peopled();
    post(
        "unassign",
        json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let state = read(&world, &with_identity_center(&world, ""));
    let entry = entry(&state, "DeveloperAccess");
    assert_eq!(entry["status"], json!("role_missing"));
    assert_eq!(entry["people"], json!({ "groups": [], "users": [], "members": null }));
}

fn example(name: &str) -> String {
    std::fs::read_to_string(root().join("examples/data-sources/eks_sso_cluster_access").join(name)).unwrap()
}

/// A world that the examples find nothing wrong with.
fn orderly() -> World {
    let world = World::new();
    world.create_entry_elsewhere("DeveloperAccess", &["--kubernetes-groups", "a", "b"]);
    world.create_entry_elsewhere("AdministratorAccess", &[]);
    world
}

fn make_administrator(world: &World, set: &str) {
    world.associate(&world.role_arn(set), "AmazonEKSClusterAdminPolicy", "type=cluster");
}

#[test]
fn example_table_has_a_row_for_each_entry() {
    let world = orderly();
    make_administrator(&world, "AdministratorAccess");
    let terraform = Bench::new(&world, &example("data-source.tf"));
    terraform.apply().ok();
    let csv = terraform.run(&["output", "-raw", "access_csv"]).ok().text;
    let lines: Vec<_> = csv.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines[0], r#""cluster","account","way in","who","rights","status""#);
    assert_eq!(lines.len(), 3, "{csv}");
    let row = |who: &str, rights: &str| format!(r#""payments-prod","{}","access entry","{who}","{rights}","ok""#, world.member);
    assert_eq!(lines[1], row("AdministratorAccess", "cluster-admin"));
    assert_eq!(lines[2], row("DeveloperAccess", "groups a, b"));
    let markdown = terraform.run(&["output", "-raw", "access_markdown"]).ok().text;
    assert!(
        markdown.starts_with("| cluster | account | way in | who | rights | status |\n| --- | --- |"),
        "{markdown}"
    );
    assert_eq!(markdown.trim().lines().count(), 4, "{markdown}");
}

#[test]
fn example_postcondition_fails_the_plan() {
    let world = orderly();
    make_administrator(&world, "AdministratorAccess");
    let terraform = Workspace::new(&world, &example("data-source-postcondition.tf"));
    assert_eq!(terraform.plan().code, Some(0));

    make_administrator(&world, "DeveloperAccess");
    terraform
        .plan()
        .failed()
        .says("Error: Resource postcondition failed")
        .says("Unexpected cluster administrators: ")
        .says("AWSReservedSSO_DeveloperAccess_");
    post(
        "unassign",
        json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    terraform
        .plan()
        .failed()
        .says("These access entries let nobody in, or could not be checked")
        .says("(role_missing)");
}

/// The guide's shorter form of the same.
#[test]
fn guide_postcondition_fails_the_plan() {
    let world = orderly();
    make_administrator(&world, "AdministratorAccess");
    let guide = std::fs::read_to_string(root().join("docs/guides/who-can-get-in.md")).unwrap();
    let blocks: Vec<_> = guide
        .split("```terraform\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap())
        .collect();
    let terraform = Workspace::new(&world, &blocks.concat());
    terraform.apply().ok().says("AdministratorAccess ok cluster-admin");
    make_administrator(&world, "DeveloperAccess");
    terraform
        .plan()
        .failed()
        .says("payments-prod has a cluster administrator who is not expected.");
}

#[test]
fn example_check_warns_and_does_not_change_the_exit_code() {
    let world = orderly();
    let terraform = Workspace::new(&world, &example("data-source-check.tf"));
    terraform.apply().ok().does_not_say("Check block assertion failed");
    post(
        "unassign",
        json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    terraform
        .apply()
        .ok()
        .says("Warning: Check block assertion failed")
        .says("Access entries of payments-prod let nobody in")
        .says("(role_missing)");
}

#[test]
fn example_with_people_gives_names_by_permission_set() {
    let world = peopled();
    let config = with_identity_center(&world, "");
    let provider = config.split("data ").next().unwrap();
    let terraform = Bench::new(&world, &format!("{provider}{}", example("data-source-people.tf")));
    terraform.apply().ok().says("jane@example.com").says("Payments");
}

#[test]
fn faults_of_the_configuration_are_found_offline() {
    let world = World::new();
    let check = |body: &str, line: &str, words: &str| {
        let findings = Bench::new(&world, &data(body)).findings();
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert!(
            findings[0].line.starts_with(line) && findings[0].text.contains(words),
            "{findings:#?}"
        );
    };
    check("  account_id = \"1\"", "account_id", "12 digits");
    check("  region = \"Ireland\"", "region", "eu-west-1");
    check("  entries = []", "entries", "Remove entries");
}

/// The run knows the account's roles from before; another tool makes a role and its entry in the middle of the apply.
#[test]
fn role_that_came_during_the_apply_is_not_missing() {
    let world = World::new();
    let (name, path) = ("AWSReservedSSO_Late_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/eu-west-1/");
    let principal = format!("arn:aws:iam::{}:role{path}{name}", world.member);
    let more = json!({
        "management_account": world.management,
        "roles": [{ "account": world.member, "name": name, "path": path }],
        "clusters": [{ "account": world.member, "region": "eu-west-1", "name": "late", "access_entries": [{ "principalArn": principal }] }],
    })
    .to_string();
    let python = root().join(".venv/bin/python");
    let config = format!(
        r#"
resource "eks_sso_access" "people" {{
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
}}

resource "terraform_data" "other_tool" {{
  depends_on = [eks_sso_access.people]

  provisioner "local-exec" {{
    interpreter = [{python:?}, "-c"]
    command     = "import os; from urllib.request import urlopen; urlopen(os.environ['WORLD'], os.environ['MORE'].encode())"
    environment = {{
      WORLD = "${{var.emulator}}/emulator/world"
      MORE  = self.input
    }}
  }}

  input = {more:?}
}}

variable "emulator" {{}}

data "eks_sso_cluster_access" "late" {{
  cluster_name = "late"
  depends_on   = [terraform_data.other_tool]
}}

output "statuses" {{
  value = join(" ", data.eks_sso_cluster_access.late.entries[*].status)
}}
"#
    );
    let mut terraform = Workspace::new(&world, &config);
    let emulator = terraform.env.iter().find(|(name, _)| name == "AWS_ENDPOINT_URL").unwrap().1.clone();
    terraform.set_env("TF_VAR_emulator", &emulator);
    terraform.apply().ok().says("statuses = \"ok\"");
}
