//! From aws-auth to access entries, in the order of the guide `docs/guides/aws-auth.md`, with the real kubectl.

use crate::emulator::{CLUSTER, REGION, World, delete, put, root};
use crate::kubectl::Kubectl;
use crate::terraform::Workspace;
use serde_json::{Value, json};

const AWS_AUTH: &str = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
const GROUP: &str = "rbac.authorization.k8s.io";

fn person(world: &World, role_arn: &str) -> Kubectl {
    Kubectl::person(world, role_arn, "ann@example.com")
}

/// Says that kubectl knows the person by this name, and lets them do this.
#[track_caller]
fn may(person: &Kubectl, user_name: &str, arguments: &[&str]) {
    let who: Value = serde_json::from_str(&person.run(&["auth", "whoami", "--output=json"]).ok().text).unwrap();
    assert_eq!(who["status"]["userInfo"]["username"], json!(user_name));
    person.run(arguments).ok();
}

/// The configuration of the guide that begins so.
fn guide_block(start: &str) -> String {
    let guide = read("docs/guides/aws-auth.md");
    let block = guide.split("```hcl\n").find(|block| block.starts_with(start)).unwrap();
    block.split("```").next().unwrap().to_owned()
}

fn place(world: &World, path: &str) -> Value {
    json!({ "account": world.member, "region": REGION, "cluster": CLUSTER, "path": path })
}

fn put_object(world: &World, path: &str, object: Value) {
    let mut body = place(world, path);
    body["object"] = object;
    put("kubernetes", body);
}

/// Lets the people of a group look at the pods of a namespace.
fn bind(world: &World, namespace: &str, group: &str) {
    let binding = json!({
        "roleRef": { "apiGroup": GROUP, "kind": "ClusterRole", "name": "view" },
        "subjects": [{ "apiGroup": GROUP, "kind": "Group", "name": group }],
    });
    let namespaces = format!("/api/v1/namespaces/{namespace}");
    put_object(world, &namespaces, json!({}));
    put_object(
        world,
        &format!("/apis/{GROUP}/v1/namespaces/{namespace}/rolebindings/{group}"),
        binding,
    );
}

/// A cluster of before access entries, with the roles of the example.
fn old_cluster() -> World {
    let role = |name: &str| json!({ "account": "MEMBER", "name": name });
    let world = World::with(json!({
        "roles": [role("Deployer"), role("payments-prod-nodes")],
        "clusters": [{ "account": "MEMBER", "region": REGION, "name": CLUSTER, "authentication_mode": "CONFIG_MAP" }],
    }));
    world.aws(&["iam", "create-user", "--user-name", "legacy-ci"]);
    bind(&world, "payments", "team-payments");
    bind(&world, "releases", "deployers");
    world
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// A text of the example, with the account and the roles of this world.
fn of_world(world: &World, text: &str) -> String {
    let name = |set: &str| world.role_arn(set).rsplit('/').next().unwrap().to_owned();
    text.replace("222233334444", &world.member)
        .replace("AWSReservedSSO_AdministratorAccess_0123456789abcdef", &name("AdministratorAccess"))
        .replace("AWSReservedSSO_DeveloperAccess_fedcba9876543210", &name("DeveloperAccess"))
}

/// The ConfigMap of the example: its text under mapRoles, as Kubernetes holds it.
fn map_roles(world: &World) -> String {
    let manifest = of_world(world, &read("examples/aws-auth/aws-auth.yaml"));
    let under = manifest.split("mapRoles: |\n").nth(1).unwrap().split("  mapUsers").next().unwrap();
    under
        .lines()
        .map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line)))
        .collect()
}

fn put_map_roles(world: &World, text: &str) {
    put_object(world, AWS_AUTH, json!({ "data": { "mapRoles": text } }));
}

fn set_mode(world: &World, mode: &str) {
    let access_config = format!("authenticationMode={mode}");
    world.aws(&["eks", "update-cluster-config", "--name", CLUSTER, "--access-config", &access_config]);
    world.aws(&["eks", "wait", "cluster-active", "--name", CLUSTER]);
}

const PODS: &[&str] = &["get", "pods", "--namespace=payments"];
const RELEASES: &[&str] = &["get", "pods", "--namespace=releases"];
const SECRETS: &[&str] = &["get", "secrets", "--all-namespaces"];

/// The example of the guide: "nobody loses access at any of these steps".
#[test]
fn everybody_keeps_access_at_every_step() {
    let world = old_cluster();
    let text = map_roles(&world);
    put_map_roles(&world, &text);
    let terraform = Workspace::new(&world, "");
    terraform.file("aws-auth.yaml", &of_world(&world, &read("examples/aws-auth/aws-auth.yaml")));
    terraform.file("main.tf", &of_world(&world, &read("examples/aws-auth/main.tf")));
    let developer = person(&world, &world.role_arn("DeveloperAccess"));
    let admin = person(&world, &world.role_arn("AdministratorAccess"));
    let deployer = person(&world, &format!("arn:aws:iam::{}:role/Deployer", world.member));
    let everybody_gets_in = || {
        may(&developer, "dev:ann-example.com", PODS);
        developer.run(SECRETS).fails_with("Forbidden");
        may(&admin, "admin:ann-example.com", SECRETS);
        may(&deployer, "deployer", RELEASES);
    };

    everybody_gets_in();
    // Before the switch, the plan says what is to be done first.
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(1), "{}", plan.text);
    plan.says("Cluster does not accept access entries").says("API_AND_CONFIG_MAP");

    set_mode(&world, "API_AND_CONFIG_MAP");
    everybody_gets_in();

    terraform.apply().ok().says("4 added, 0 changed, 0 destroyed");
    assert_eq!(world.entries().len(), 4);
    everybody_gets_in();
    terraform.plans_nothing();
    // While the rows are there, no entry may give less than they do, nor go.
    terraform.destroy().failed().says("aws-auth row would act again");
    let example = of_world(&world, &read("examples/aws-auth/main.tf"));
    terraform.file("main.tf", &example.replace("= each.value.kubernetes_groups", "= []"));
    terraform.plan().failed().says("Access entry gives less than the aws-auth row");
    terraform.file("main.tf", &example);
    everybody_gets_in();

    let rows_of_nodes = text.split("- rolearn").next().unwrap();
    assert!(rows_of_nodes.contains("system:nodes"));
    put_map_roles(&world, rows_of_nodes);
    everybody_gets_in();

    set_mode(&world, "API");
    delete_object(&world, AWS_AUTH);
    everybody_gets_in();
    terraform.plans_nothing();

    // "Write the grants by hand": a moved block keeps the entry.
    let developers = guide_block("resource \"eks_sso_access\" \"developers\"");
    let example = read("examples/aws-auth/main.tf").replace(
        "for_each = local.migration.access",
        "for_each = { for key, row in local.migration.access : key => row if row.permission_set_name != \"DeveloperAccess\" }",
    );
    terraform.file("main.tf", &of_world(&world, &format!("{example}\n{developers}")));
    // What changes is check_aws_auth, in the state alone.
    terraform.apply().ok().says("0 added, 1 changed, 0 destroyed");
    everybody_gets_in();

    // The checks can fail: without the grant there is nothing left that lets the developer in.
    let target = "-target=eks_sso_access.developers";
    terraform.run(&["apply", "-auto-approve", "-no-color", "-destroy", target]).ok();
    developer.run(PODS).fails_with("You must be logged in to the server");
    may(&admin, "admin:ann-example.com", SECRETS);
}

fn delete_object(world: &World, path: &str) {
    let account = &world.member;
    delete(&format!(
        "kubernetes?account={account}&region={REGION}&cluster={CLUSTER}&path={path}"
    ));
}

/// "An entry that gives less than the row takes the difference away at once", and "a deleted entry lets the row act
/// again".
#[test]
fn an_entry_overrides_the_row_as_long_as_it_exists() {
    let world = old_cluster();
    put_map_roles(&world, &map_roles(&world));
    set_mode(&world, "API_AND_CONFIG_MAP");
    let developer = person(&world, &world.role_arn("DeveloperAccess"));
    may(&developer, "dev:ann-example.com", PODS);

    let weak =
        format!("resource \"eks_sso_access\" \"x\" {{\n  cluster_name = \"{CLUSTER}\"\n  permission_set_name = \"DeveloperAccess\"\n}}\n");
    let terraform = Workspace::new(&world, &weak);
    terraform.apply().ok();
    developer.run(PODS).fails_with("Forbidden");

    terraform.destroy().ok();
    may(&developer, "dev:ann-example.com", PODS);
}

/// "A row that cannot move": the example makes no grant while one is forgotten.
#[test]
fn a_forgotten_row_stops_the_example() {
    let world = old_cluster();
    set_mode(&world, "API_AND_CONFIG_MAP");
    let terraform = Workspace::new(&world, "");
    let manifest = of_world(&world, &read("examples/aws-auth/aws-auth.yaml"));
    terraform.file(
        "aws-auth.yaml",
        &manifest.replace("username: deployer\n", "username: system:deployer\n"),
    );
    terraform.file("main.tf", &of_world(&world, &read("examples/aws-auth/main.tf")));
    terraform
        .apply()
        .failed()
        .says("Rows of aws-auth that cannot move: arn:aws:iam::")
        .says("The user name \"system:deployer\" begins with \"system:\"");
    assert_eq!(world.entries().len(), 0);
}

/// "Entries that exist already" of the guide: an import takes the ARN of the row, which has no path.
#[test]
fn entries_that_exist_already_are_imported() {
    let world = old_cluster();
    set_mode(&world, "API_AND_CONFIG_MAP");
    let group = ["--kubernetes-groups", "team-payments", "--username", "dev:{{SessionName}}"];
    world.create_entry_elsewhere("DeveloperAccess", &group);
    let terraform = Workspace::new(&world, "");
    terraform.file("aws-auth.yaml", &of_world(&world, &read("examples/aws-auth/aws-auth.yaml")));
    terraform.file("main.tf", &of_world(&world, &read("examples/aws-auth/main.tf")));
    terraform.apply().failed().says("Access entry exists already");

    terraform.file("import.tf", &of_world(&world, &guide_block("import {")));
    terraform.apply().ok().says("1 imported").says("1 changed, 0 destroyed");
    terraform.plans_nothing();
}
