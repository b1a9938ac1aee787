//! `data "eks_sso_cluster_access"`, the whole list: members of groups, rows of aws-auth, whom roles trust, and the picture.

use crate::client::{Plugin, filled, json as json_of, provider, value};
use crate::cluster_access_data::{peopled, with_identity_center};
use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, calls_of, deny_in, post, root};
use crate::kubernetes::{OTHERS, without_path};
use crate::terraform::Workspace;
use serde_json::{Value, json};
use terraform_provider_eks::protocol::wire;

const ADDRESS: &str = "data.eks_sso_cluster_access.x";
const UNREADABLE: &str = "Warning: aws-auth cannot be read";

fn data(body: &str) -> String {
    format!("data \"eks_sso_cluster_access\" \"x\" {{\n  cluster_name = \"{CLUSTER}\"\n{body}\n}}\n")
}

fn rows() -> String {
    data("  include_aws_auth = true")
}

/// With members, and more of the body of the data source.
fn with_members(world: &World, body: &str) -> String {
    with_identity_center(world, "").replace("include_people = true", &format!("include_members = true\n{body}"))
}

#[track_caller]
fn read(world: &World, config: &str) -> Value {
    let terraform = Bench::new(world, config);
    terraform.apply().ok();
    terraform.state(ADDRESS)
}

/// A group that is assigned to DeveloperAccess in the member account; its id.
fn assigned_group(world: &World, name: &str) -> String {
    let store = world.made["identity_store_id"].as_str().unwrap();
    let group = world.aws_in(
        &world.management,
        &[
            "identitystore",
            "create-group",
            "--identity-store-id",
            store,
            "--display-name",
            name,
        ],
    );
    let id = group["GroupId"].as_str().unwrap().to_owned();
    world.aws_in(
        &world.management,
        &[
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
            "GROUP",
            "--principal-id",
            &id,
        ],
    );
    id
}

fn list(world: &World, what: &str, list: &str) -> Vec<Value> {
    let store = world.made["identity_store_id"].as_str().unwrap();
    let answer = world.aws_in(&world.management, &["identitystore", what, "--identity-store-id", store]);
    answer[list].as_array().unwrap().clone()
}

fn join(world: &World, group: &str, user: &str) {
    let store = world.made["identity_store_id"].as_str().unwrap();
    let member = format!("UserId={user}");
    let arguments = ["identitystore", "create-group-membership", "--identity-store-id", store];
    world.aws_in(
        &world.management,
        &[&arguments[..], &["--group-id", group, "--member-id", &member]].concat(),
    );
}

fn user(world: &World, name: &str) -> String {
    let store = world.made["identity_store_id"].as_str().unwrap();
    let arguments = ["identitystore", "create-user", "--identity-store-id", store, "--user-name", name];
    let names = ["--display-name", "X", "--name", "FamilyName=X,GivenName=X"];
    let user = world.aws_in(&world.management, &[&arguments[..], &names].concat());
    user["UserId"].as_str().unwrap().to_owned()
}

/// The world of `people`, where jane and bob are in the group Payments, and nobody in the group Empty.
fn membered() -> World {
    let world = peopled();
    assigned_group(&world, "Empty");
    let groups = list(&world, "list-groups", "Groups");
    let payments = groups.iter().find(|group| group["DisplayName"] == "Payments").unwrap()["GroupId"].clone();
    let jane = list(&world, "list-users", "Users")[0]["UserId"].as_str().unwrap().to_owned();
    for member in [jane, user(&world, "bob@example.com")] {
        join(&world, payments.as_str().unwrap(), &member);
    }
    world
}

#[test]
fn members_of_groups_are_listed_by_name() {
    let world = membered();
    let terraform = Bench::new(&world, &with_members(&world, ""));
    crate::emulator::delete(&format!("calls?account={}", world.management));
    terraform.plan();
    let calls = calls_of(&world.management);
    let count = |operation: &str| calls.iter().filter(|call| call["operation"] == operation).count();
    // Of each group once, the deleted one too, and of each user once: jane is assigned herself besides.
    assert_eq!(
        (count("ListGroupMemberships"), count("DescribeUser"), count("DescribeGroup")),
        (3, 2, 3)
    );

    terraform.apply().ok();
    let people = &terraform.state(ADDRESS)["entries"][0]["people"];
    let members = people["members"].as_object().unwrap();
    assert_eq!(members["Payments"], json!(["bob@example.com", "jane@example.com"]));
    assert_eq!(members["Empty"], json!([]));
    assert_eq!(members.len(), 3, "{members:?}");
    assert_eq!(people["groups"].as_array().unwrap().len(), 3);
    assert_eq!(people["users"], json!(["jane@example.com"]));
}

/// What may not be read takes the members away, and nothing else.
#[test]
fn denied_members_are_a_warning_and_the_groups_stay() {
    let world = membered();
    deny_in(&world.management, "identitystore", "ListGroupMemberships");
    let terraform = Bench::new(&world, &with_members(&world, ""));
    terraform
        .apply()
        .ok()
        .says("Warning: Users cannot be listed")
        .says("The members of 3 of 3 groups are not known")
        .says("Not allowed: identitystore:ListGroupMemberships");
    let entry = &terraform.state(ADDRESS)["entries"][0];
    assert_eq!(entry["people"]["members"], Value::Null);
    assert_eq!(entry["people"]["groups"].as_array().unwrap().len(), 3);
    assert_eq!(entry["people"]["users"], json!(["jane@example.com"]));
    assert_eq!(entry["status"], json!("ok"));
}

/// Without the assignments there are no groups to ask for, and the argument that is set is to blame.
#[test]
fn denied_assignments_leave_out_the_members_too() {
    let world = membered();
    deny_in(&world.management, "sso-admin", "ListAccountAssignments");
    let terraform = Bench::new(&world, &with_members(&world, ""));
    terraform
        .apply()
        .ok()
        .says("Warning: Users cannot be listed")
        .says(":   include_members = true")
        .says("Not allowed: sso:ListAccountAssignments")
        .does_not_say("Who is in the group");
    assert_eq!(terraform.state(ADDRESS)["entries"][0]["people"], Value::Null);
}

#[test]
fn members_need_identity_center() {
    Bench::new(&World::new(), &data("  include_members = true"))
        .plan()
        .failed()
        .says("Error: Identity Center is not configured")
        .says("include_members is set");
}

/// After a rotation a set has two entries: the output of the example is keyed by what is each one's own.
#[test]
fn people_of_two_entries_of_one_set_are_told_apart() {
    let world = membered();
    let old = world.role_arn("DeveloperAccess");
    let new = post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let new = new["arn"].as_str().unwrap();
    world.create_entry_of(new, &[]);
    let config = with_identity_center(&world, "");
    let provider = config.split("data ").next().unwrap();
    let example = std::fs::read_to_string(root().join("examples/data-sources/eks_sso_cluster_access/data-source-people.tf")).unwrap();
    let terraform = Bench::new(&world, &format!("{provider}{example}"));
    terraform.apply().ok();
    let people = &terraform.outputs()["people"]["value"][CLUSTER];
    assert_eq!(people[&old], json!({ "groups": [], "users": [], "members": {} }));
    assert_eq!(people[new]["members"]["Payments"], json!(["bob@example.com", "jane@example.com"]));
    assert_eq!(people.as_object().unwrap().len(), 2);

    let drawn = Bench::new(&world, &with_members(&world, ""));
    drawn.apply().ok();
    let picture = drawn.state(ADDRESS)["mermaid"].as_str().unwrap().to_owned();
    // One box for each role, and people lead to the one alone that lets them in.
    let node = |arn: &str| {
        let role = arn.rsplit('/').next().unwrap();
        let line = picture
            .lines()
            .find(|line| line.contains(&format!("DeveloperAccess<br/>{role}")))
            .unwrap();
        line.trim().split('[').next().unwrap().to_owned()
    };
    let (old, new) = (node(&old), node(new));
    assert!(picture.contains(&format!("class {old} lockedOut")), "{picture}");
    assert!(
        !picture.contains(&format!("--> {old}\n")) && picture.contains(&format!("--> {new}\n")),
        "{picture}"
    );
    assert!(
        picture.contains(&format!("{old} --x ")) && picture.contains(&format!("{new} --> ")),
        "{picture}"
    );
}

/// The progress of a slow reading is in the log at INFO.
#[test]
fn log_tells_how_far_the_members_are_read() {
    let world = membered();
    let mut command = provider(&world);
    command.env("TF_LOG", "INFO");
    let plugin = Plugin::start(command);
    let client = plugin.connect();
    let role_arn = format!("arn:aws:iam::{}:role/eks-idc", world.management);
    client.configure(json!({ "identity_center": [{ "role_arn": role_arn }] }));
    let schema = &client.schema().data_source_schemas["eks_sso_cluster_access"];
    let request = wire::ReadDataSourceRequest {
        type_name: "eks_sso_cluster_access".to_owned(),
        config: Some(value(&filled(schema, json!({ "cluster_name": CLUSTER, "include_members": true })))),
        ..Default::default()
    };
    let read: wire::ReadDataSourceResponse = client.ask("ReadDataSource", request);
    assert_eq!(json_of(&read.state)["entries"].as_array().unwrap().len(), 1);
    let log = plugin.shut_down(&client).stderr;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |message: &str| {
        let line = lines.iter().find(|line| line["@message"] == message);
        line.unwrap_or_else(|| panic!("{message} is not in {log}")).clone()
    };
    let sets = of("Reading who is assigned to permission sets");
    assert_eq!(
        (&sets["@level"], &sets["done"], &sets["of"]),
        (&json!("info"), &json!(0), &json!(1))
    );
    let groups = of("Reading the members of groups");
    assert_eq!((&groups["@level"], &groups["of"]), (&json!("info"), &json!(3)));
    // Numbers tell enough.
    assert!(!log.contains("jane@example.com") && !log.contains("Payments"), "{log}");
}

/// A row of mapRoles.
fn row(arn: &str, groups: &str) -> String {
    format!("- rolearn: {arn}\n  username: '{{{{AccountID}}}}:{{{{SessionName}}}}'\n  groups: [{groups}]\n")
}

/// Key, status, what overrides it, rights: of each row.
fn outcomes(state: &Value) -> Vec<(String, String, Value, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = state["aws_auth_rows"].as_array().unwrap().iter();
    rows.map(|row| {
        (
            text(&row["key"]),
            text(&row["status"]),
            row["overridden_by"].clone(),
            text(&row["rights"]),
        )
    })
    .collect()
}

#[test]
fn rows_of_aws_auth_are_listed_with_what_holds_in_their_place() {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "Deployer", "path": "/ops/" }] }));
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    let [dev, admin] = ["DeveloperAccess", "AdministratorAccess"].map(|set| without_path(&world.role_arn(set)));
    let role = |name: &str| format!("arn:aws:iam::{}:role/{name}", world.member);
    let (deployer, gone, with_path) = (role("Deployer"), role("Gone"), role("ops/Deployer"));
    let roles = [
        OTHERS.to_owned(),
        row(&dev.to_uppercase(), "writers"),
        row(&admin, "\"system:masters\""),
        row(&deployer, "first"),
        row(&deployer, "deployers"),
        row(&gone, "x"),
        row(&with_path, "x"),
    ];
    let users = format!(
        "- userarn: {deployer}\n  groups: [y]\n- userarn: arn:aws:iam::{}:user/ann\n",
        world.member
    );
    world.write_aws_auth(json!({ "mapRoles": roles.concat(), "mapUsers": users, "mapAccounts": format!("- '{}'\n", world.management) }));
    world.forget_calls();
    let terraform = Bench::new(&world, &rows());
    terraform.apply().ok();
    terraform.plans_nothing();
    assert_eq!(world.writes(), Vec::<String>::new());
    let state = terraform.state(ADDRESS);

    let (ann, accounts) = (
        format!("mapUsers/arn:aws:iam::{}:user/ann", world.member),
        format!("mapAccounts/{}", world.management),
    );
    let second = format!("mapRoles/{deployer} (2)");
    let expected = [
        (
            "mapRoles/arn:aws:iam::111122223333:role/nodes",
            "not_sso",
            Value::Null,
            "groups system:bootstrappers, system:nodes",
        ),
        // An account that cannot be reached: a warning says so.
        (
            "mapRoles/arn:aws:iam::111122223333:role/ci",
            "not_sso",
            Value::Null,
            "group deployers",
        ),
        (
            &format!("mapRoles/{}", dev.to_uppercase()),
            "overridden",
            json!(world.role_arn("DeveloperAccess")),
            "group writers",
        ),
        (
            &format!("mapRoles/{admin}"),
            "ok",
            Value::Null,
            "cluster-admin (group system:masters)",
        ),
        (&format!("mapRoles/{deployer}"), "overridden", json!(second), "group first"),
        (&second, "not_sso", Value::Null, "group deployers"),
        (&format!("mapRoles/{gone}"), "role_missing", Value::Null, "group x"),
        (&format!("mapRoles/{with_path}"), "no_effect", Value::Null, "group x"),
        (&format!("mapUsers/{deployer}"), "overridden", json!(second), "group y"),
        (&ann, "not_sso", Value::Null, "sign-in only"),
        (&accounts, "not_sso", Value::Null, "sign-in only"),
    ]
    .map(|(key, status, by, rights)| (key.to_owned(), status.to_owned(), by, rights.to_owned()));
    assert_eq!(outcomes(&state), expected);

    let rows = state["aws_auth_rows"].as_array().unwrap();
    assert_eq!(
        rows[3],
        json!({
            "key": format!("mapRoles/{admin}"),
            "way_in": "aws-auth mapRoles",
            "line": 14,
            "principal_arn": admin,
            "principal_name": admin.rsplit('/').next(),
            "account_id": world.member,
            "permission_set_name": "AdministratorAccess",
            "status": "ok",
            "overridden_by": null,
            "for_nodes": false,
            "kubernetes_user_name": format!("{}:{{{{SessionName}}}}", world.member),
            "kubernetes_groups": ["system:masters"],
            "rights": "cluster-admin (group system:masters)",
            "people": null,
            "trust": null,
        })
    );
    assert_eq!((&rows[0]["for_nodes"], &rows[1]["for_nodes"]), (&json!(true), &json!(false)));
    // Its name is in other letters than IAM's.
    assert_eq!(rows[2]["permission_set_name"], json!("DeveloperAccess"));
    assert_eq!(
        (&rows[10]["way_in"], &rows[10]["account_id"]),
        (&json!("aws-auth mapAccounts"), &json!(world.management))
    );
    let not_covered = state["not_covered"].as_str().unwrap();
    assert!(
        not_covered.starts_with("The access entries and the rows of aws-auth") && !not_covered.contains("mapRoles"),
        "{not_covered}"
    );

    let picture = state["mermaid"].as_str().unwrap();
    assert!(
        picture.contains("[\"AdministratorAccess<br/>aws-auth mapRoles, line 14\"]"),
        "{picture}"
    );
    assert!(
        picture.contains("line 23<br/>role_missing\"]") && picture.contains("line 26<br/>no_effect\"]"),
        "{picture}"
    );
    // Nodes are not people.
    assert!(
        !picture.contains("nodes") && picture.contains("-.->") && picture.contains("-.-x"),
        "{picture}"
    );
}

/// EKS finds an entry by the id of its role: one for an earlier role of the name leaves the row alone.
#[test]
fn entry_that_lets_nobody_in_overrides_no_row() {
    let world = World::new();
    for set in ["DeveloperAccess", "AdministratorAccess"] {
        world.create_entry_elsewhere(set, &[]);
    }
    let [dev, admin] = ["DeveloperAccess", "AdministratorAccess"].map(|set| world.role_arn(set));
    world.write_map_roles(&[&dev, &admin].map(|arn| row(&without_path(arn), "a")).concat());
    let name = admin.rsplit('/').next().unwrap();
    post(
        "recreate-role",
        json!({ "account": world.member, "role_name": name, "age_seconds": -60 }),
    );
    post(
        "unassign",
        json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let state = read(&world, &rows());
    let statuses = |list: &str| {
        state[list]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["status"].clone())
            .collect::<Vec<_>>()
    };
    let mut entries = statuses("entries");
    entries.sort_by_key(ToString::to_string);
    assert_eq!(entries, ["role_missing", "stale"]);
    // The role of the one row is gone, too; that of the other gets in as it always did.
    assert_eq!(statuses("aws_auth_rows"), ["role_missing", "ok"]);
    assert!(
        state["aws_auth_rows"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["overridden_by"].is_null())
    );
}

/// aws-auth does not mind the case of letters: such a row lets its people in.
#[test]
fn row_in_other_letters_is_known_by_its_role() {
    let world = World::new();
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    let none = format!("arn:aws:iam::{}:role/awsreservedsso_none_0123456789abcdef", world.member);
    world.write_map_roles(&[row(&arn.to_lowercase(), "a"), row(&none, "b")].concat());
    let rows = read(&world, &rows())["aws_auth_rows"].clone();
    let seen = |row: &Value| (row["permission_set_name"].clone(), row["status"].clone());
    assert_eq!(seen(&rows[0]), (json!("DeveloperAccess"), json!("ok")));
    // What is not found under whatever letters is not said to be missing.
    assert_eq!(seen(&rows[1]), (Value::Null, json!("not_sso")));
    assert!(!world.calls().contains(&"GetRole".to_owned()));
}

/// The people of a row are those of its set, and of one that is overridden nobody gets in by it.
#[test]
fn people_of_rows_are_listed() {
    let world = membered();
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    world.write_map_roles(&[row(&arn, "first"), row(&arn, "last")].concat());
    world.aws(&[
        "eks",
        "delete-access-entry",
        "--cluster-name",
        CLUSTER,
        "--principal-arn",
        &world.role_arn("DeveloperAccess"),
    ]);
    let state = read(&world, &with_members(&world, "  include_aws_auth = true"));
    let people: Vec<_> = state["aws_auth_rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["people"].clone())
        .collect();
    assert_eq!(people[0], json!({ "groups": [], "users": [], "members": {} }));
    assert_eq!(people[1]["users"], json!(["jane@example.com"]));
    assert_eq!(people[1]["members"]["Payments"], json!(["bob@example.com", "jane@example.com"]));
}

#[test]
fn rows_are_not_read_unless_asked_for_and_the_cluster_reads_them() {
    let world = World::new();
    world.write_map_roles(OTHERS);
    assert_eq!(read(&world, &data(""))["aws_auth_rows"], Value::Null);
    world.change_cluster(json!({ "authentication_mode": "API" }));
    let state = read(&world, &rows());
    assert_eq!(state["aws_auth_rows"], json!([]));
    assert!(!state["not_covered"].as_str().unwrap().contains("aws-auth"));
    assert!(world.kubernetes_requests().is_empty());
}

#[test]
fn cluster_without_aws_auth_has_no_rows() {
    let state = read(&World::new(), &rows());
    assert_eq!(state["aws_auth_rows"], json!([]));
    assert!(
        state["not_covered"]
            .as_str()
            .unwrap()
            .starts_with("The access entries and the rows of aws-auth")
    );
}

/// What cannot be read takes the rows away, and nothing else.
#[test]
fn rows_that_cannot_be_read_are_a_warning_and_in_not_covered() {
    let unread = |world: &World, words: &[&str]| {
        let terraform = Bench::new(world, &rows());
        let applied = terraform
            .apply()
            .ok()
            .says(UNREADABLE)
            .says("the access entries are listed without them");
        words.iter().fold(applied, |applied, words| applied.says(words));
        let state = terraform.state(ADDRESS);
        assert_eq!(state["aws_auth_rows"], Value::Null);
        assert_eq!(state["entries"][0]["status"], json!("ok"));
        let not_covered = state["not_covered"].as_str().unwrap();
        assert!(
            not_covered.starts_with("Only the access entries") && not_covered.contains("They could not be read: a warning says why."),
            "{not_covered}"
        );
    };
    let world = World::new();
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    world.write_map_roles(OTHERS);
    let endpoint = world.kubernetes_reachable(false);
    unread(&world, &[&endpoint, "The Kubernetes API could not be reached"]);
    world.kubernetes_reachable(true);

    world.kubernetes_fault(json!({ "method": "GET", "status": 403, "reason": "Forbidden", "message": "no" }));
    unread(&world, &["does not let it get the ConfigMap \"aws-auth\" in kube-system"]);
    world.clear_kubernetes_faults();

    world.deny("eks", "DescribeCluster");
    unread(&world, &["eks:DescribeCluster, which is not allowed, tells where"]);
    world.clear_faults();
    assert_eq!(read(&world, &rows())["aws_auth_rows"].as_array().unwrap().len(), 2);
}

#[test]
fn malformed_map_roles_is_a_warning_and_map_users_is_listed() {
    let world = World::new();
    let users = format!("- userarn: arn:aws:iam::{}:user/ann\n", world.member);
    world.write_aws_auth(json!({ "mapRoles": "- a\n", "mapUsers": users }));
    let terraform = Bench::new(&world, &rows());
    terraform
        .apply()
        .ok()
        .says("Warning: aws-auth is malformed")
        .says("mapRoles is malformed at line 1");
    let rows = terraform.state(ADDRESS)["aws_auth_rows"].clone();
    assert_eq!(
        (rows.as_array().unwrap().len(), &rows[0]["way_in"]),
        (1, &json!("aws-auth mapUsers"))
    );
}

/// A world with an entry for each of these roles of the member.
fn with_roles(roles: Value) -> World {
    let entries: Vec<Value> = roles
        .as_array()
        .unwrap()
        .iter()
        .map(|role| json!({ "principalArn": format!("arn:aws:iam::MEMBER:role/{}", role["name"].as_str().unwrap()) }))
        .collect();
    World::with(json!({
        "roles": roles,
        "clusters": [{ "account": "MEMBER", "region": REGION, "name": CLUSTER, "authentication_mode": "API", "access_entries": entries }],
    }))
}

#[test]
fn trust_of_ordinary_roles_is_told() {
    let okta = json!({ "Statement": [
        { "Effect": "Allow", "Action": "sts:AssumeRoleWithSAML", "Principal": { "Federated": "arn:aws:iam::1:saml-provider/Okta" }, "Condition": { "StringEquals": { "a": "b" } } },
        { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": "arn:aws:iam::111122223333:root" } },
    ] });
    let roles = ["Okta", "Gone"].map(|name| json!({ "account": "MEMBER", "name": name, "trust": okta }));
    let world = with_roles(json!(roles));
    post("delete-role", json!({ "account": world.member, "role_name": "Gone" }));
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    world.forget_calls();
    let state = read(&world, &data(""));
    assert!(!world.calls().contains(&"GetRole".to_owned()));
    assert_eq!(state["entries"][0]["status"], json!("not_sso"));

    let state = read(&world, &data("  include_trust = true"));
    let seen: Vec<_> = state["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["status"].as_str().unwrap(), entry["trust"].clone()))
        .collect();
    let trusts = json!(["SAML Okta (on conditions)", "account 111122223333"]);
    assert_eq!(seen, [("role_missing", Value::Null), ("not_sso", trusts), ("ok", Value::Null)]);
    let picture = state["mermaid"].as_str().unwrap();
    assert!(
        picture.contains("[/\"SAML Okta (on conditions)\"/]") && picture.contains("[\"role/Okta\"]"),
        "{picture}"
    );
    assert!(picture.contains("[\"role/Gone<br/>role_missing\"]"), "{picture}");
}

/// What is denied once in an account is not asked again there.
#[test]
fn denied_get_role_is_one_warning_for_an_account() {
    let world = with_roles(json!(["A", "B"].map(|name| json!({ "account": "MEMBER", "name": name }))));
    world.deny("iam", "GetRole");
    world.forget_calls();
    let terraform = Bench::new(&world, &data("  include_trust = true"));
    terraform
        .apply()
        .ok()
        .says("Warning: Role cannot be looked up")
        .says("Not allowed: iam:GetRole");
    let entries = terraform.state(ADDRESS)["entries"].clone();
    for entry in entries.as_array().unwrap() {
        assert_eq!((&entry["trust"], &entry["status"]), (&Value::Null, &json!("not_sso")));
    }
    let asked = world.calls().iter().filter(|call| *call == "GetRole").count();
    assert_eq!(asked, 1);
}

/// Names are anybody's: none of them ends a label.
#[test]
fn picture_holds_hostile_names() {
    let world = peopled();
    let id = assigned_group(&world, "a\"]--><b>|`#quot;;\nclass n0 x; {end}");
    join(&world, &id, &user(&world, "(\"x\")"));
    let state = read(&world, &with_members(&world, ""));
    let picture = state["mermaid"].as_str().unwrap();
    assert!(
        picture.contains("(\"a#34;#93;--#62;#60;b#62;#124;#96;#35;quot;; class n0 x; #123;end#125;\")"),
        "{picture}"
    );
    assert!(picture.contains("([\"(#34;x#34;)\"])"), "{picture}");
}

#[test]
fn unknown_cluster_is_read_in_the_apply() {
    let world = membered();
    let late = "resource \"terraform_data\" \"late\" {\n  input = \"payments-prod\"\n}\n";
    let config = with_members(&world, "  include_aws_auth = true").replace(&format!("\"{CLUSTER}\""), "terraform_data.late.output");
    let terraform = Bench::new(
        &world,
        &format!("{late}{config}output \"picture\" {{\n  value = {ADDRESS}.mermaid\n}}\n"),
    );
    terraform.plan().says("known after apply");
    terraform.apply().ok();
    assert_eq!(terraform.state(ADDRESS)["entries"].as_array().unwrap().len(), 1);
}

fn example(name: &str) -> String {
    std::fs::read_to_string(root().join("examples/data-sources/eks_sso_cluster_access").join(name)).unwrap()
}

/// One table for the clusters of two accounts, of which one reads aws-auth.
#[test]
fn example_for_an_organization_has_a_row_for_each_way_in() {
    let other = crate::emulator::new_account();
    let cluster =
        |account: &str, name: &str, mode: &str| json!({ "account": account, "region": REGION, "name": name, "authentication_mode": mode });
    let world = World::with(json!({
        "permission_sets": [{ "name": "DeveloperAccess", "accounts": ["MEMBER", other] }],
        "clusters": [cluster("MEMBER", CLUSTER, "API_AND_CONFIG_MAP"), cluster(&other, "payments-stage", "API")],
    }));
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    world.write_map_roles(&row(&format!("arn:aws:iam::{}:role/Gone", world.member), "\"system:masters\""));
    let config = example("data-source-organization.tf")
        .replace("222233334444", &world.member)
        .replace("333344445555", &other);
    let provider = "provider \"eks\" {\n  account_access {\n    role_name = \"Any\"\n  }\n}\n";
    let terraform = Workspace::new(&world, &format!("{provider}{config}"));
    terraform.apply().ok();
    let csv = terraform.run(&["output", "-raw", "ways_in_csv"]).ok().text;
    let lines: Vec<_> = csv.lines().filter(|line| !line.is_empty()).collect();
    let member = &world.member;
    let expected = [
        r#""cluster","account","way in","who","rights","status""#.to_owned(),
        format!(r#""payments-prod","{member}","access entry","DeveloperAccess","sign-in only","ok""#),
        format!(
            r#""payments-prod","{member}","aws-auth mapRoles","arn:aws:iam::{member}:role/Gone","cluster-admin (group system:masters)","role_missing""#
        ),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn example_of_the_picture_is_a_block_that_github_draws() {
    let world = membered();
    let config = with_identity_center(&world, "");
    let provider = config.split("data ").next().unwrap();
    let terraform = Workspace::new(&world, &format!("{provider}{}", example("data-source-picture.tf")));
    terraform.apply().ok();
    let picture = terraform.run(&["output", "-raw", "picture"]).ok().text;
    let picture = picture.trim();
    assert!(
        picture.starts_with("```mermaid\nflowchart LR\n") && picture.ends_with("\n```"),
        "{picture}"
    );
    assert!(
        picture.contains("([\"bob#64;example.com\"])") && picture.contains("(\"Payments\")"),
        "{picture}"
    );
}
