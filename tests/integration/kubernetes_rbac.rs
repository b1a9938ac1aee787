//! docs/guides/rbac.md and examples/rbac: what Kubernetes lets a person do whom a grant let in.

use crate::emulator::{World, post, root};
use crate::kubectl::{Kubectl, object, put_object};
use crate::terraform::{Workspace, with_stand_ins};
use serde_json::{Map, Value, json};

const MANIFESTS: &str = "examples/rbac/manifests/team-payments.yaml";
const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const PERSON: &str = "jane@example.com";

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// A workspace with a file of the examples.
fn example(world: &World, path: &str) -> Workspace {
    let terraform = Workspace::new(world, "");
    terraform.file("main.tf", &read(path));
    terraform
}

/// A cluster with the team's namespace, in which a pod runs.
fn world() -> World {
    let world = World::new();
    for namespace in ["payments", "other"] {
        put_object(&world, &format!("/api/v1/namespaces/{namespace}"), json!({}));
        put_object(&world, &format!("/api/v1/namespaces/{namespace}/pods/web"), json!({}));
    }
    world
}

fn apply_manifests(world: &World) {
    let path = root().join(MANIFESTS);
    Kubectl::admin(world).run(&["apply", "-f", path.to_str().unwrap()]).ok();
}

fn person(world: &World) -> Kubectl {
    Kubectl::person(world, &world.role_arn("DeveloperAccess"), PERSON)
}

#[test]
fn group_of_a_grant_may_do_what_its_bindings_say() {
    let world = world();
    let person = person(&world);
    person
        .run(&["get", "pods", "-n", "payments"])
        .fails_with("You must be logged in to the server");

    example(&world, "examples/rbac/access.tf").apply().ok();
    // In, but a group by itself may do nothing.
    person
        .run(&["get", "pods", "-n", "payments"])
        .fails_with("pods is forbidden: User \"sso:jane-example.com\" cannot list resource \"pods\"");

    apply_manifests(&world);
    person.run(&["get", "pods", "-n", "payments"]).ok().says("web");
    person.run(&["get", "namespaces"]).ok().says("payments");
    person
        .run(&["get", "pods", "-n", "other"])
        .fails_with("cannot list resource \"pods\" in API group \"\" in the namespace \"other\"");
    person.run(&["get", "nodes"]).fails_with(
        "nodes is forbidden: User \"sso:jane-example.com\" cannot list resource \"nodes\" in API group \"\" at the cluster scope",
    );
    person
        .run(&["delete", "pod", "web", "-n", "payments"])
        .fails_with("cannot delete resource \"pods\"");
}

#[test]
fn whoami_shows_user_name_and_groups_of_the_grant() {
    let world = world();
    example(&world, "examples/rbac/access.tf").apply().ok();
    person(&world)
        .run(&["auth", "whoami"])
        .ok()
        .says("sso:jane-example.com")
        .says("[team-payments system:authenticated]");
}

/// Bindings show in `can-i --list`; access policies do not, though they count.
#[test]
fn list_of_rights_leaves_access_policies_out() {
    let world = world();
    let terraform = example(&world, "examples/rbac/access.tf");
    let text = read("examples/rbac/access.tf");
    let policies = "access_policies = { AmazonEKSViewPolicy = { namespaces = [\"other\"] } }\n}\n";
    terraform.file("main.tf", &format!("{}{policies}", text.trim_end().trim_end_matches('}')));
    terraform.apply().ok();
    apply_manifests(&world);

    let person = person(&world);
    person
        .run(&["auth", "can-i", "--list", "-n", "payments"])
        .ok()
        .says("pods/log")
        .says("namespaces");
    person.run(&["auth", "can-i", "--list", "-n", "other"]).ok().does_not_say("pods");
    person.run(&["auth", "can-i", "list", "pods", "-n", "other"]).ok().says("yes");
    person.run(&["get", "pods", "-n", "other"]).ok().says("web");
}

/// The kubernetes provider is not run: its resources, as they are planned, are what the manifests made.
#[test]
fn manifests_and_resources_say_the_same() {
    let world = world();
    apply_manifests(&world);
    let mut terraform = example(&world, "examples/rbac/kubernetes/main.tf");
    with_stand_ins(&mut terraform);
    assert_eq!(terraform.plan().code, Some(2));
    let planned = |address: &str| as_kubernetes_object(&terraform.change(address)["after"]);

    for (address, path) in [
        ("kubernetes_role_v1.team_payments", "namespaces/payments/roles/team-payments"),
        (
            "kubernetes_role_binding_v1.team_payments",
            "namespaces/payments/rolebindings/team-payments",
        ),
        ("kubernetes_cluster_role_v1.list_namespaces", "clusterroles/list-namespaces"),
        (
            "kubernetes_cluster_role_binding_v1.list_namespaces",
            "clusterrolebindings/team-payments-list-namespaces",
        ),
    ] {
        let made = object(&world, &format!("{RBAC}/{path}"));
        let planned = planned(address);
        for member in ["rules", "subjects", "roleRef"] {
            assert_eq!(planned[member], made[member], "{member} of {address}");
        }
        assert_eq!(planned["metadata"]["name"], made["metadata"]["name"]);
        assert_eq!(planned["metadata"]["namespace"], made["metadata"]["namespace"]);
    }
    assert_eq!(terraform.plan_json()["resource_changes"].as_array().unwrap().len(), 4);
}

/// What hashicorp/kubernetes makes of a resource's blocks and attributes.
fn as_kubernetes_object(planned: &Value) -> Value {
    let one = |name: &str| in_camel_case(planned[name].get(0).unwrap_or(&Value::Null));
    let all = |name: &str| in_camel_case(&planned[name]);
    json!({ "metadata": one("metadata"), "roleRef": one("role_ref"), "rules": all("rule"), "subjects": all("subject") })
}

fn in_camel_case(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(in_camel_case).collect(),
        Value::Object(members) => {
            let set = members.iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                set.map(|(name, value)| (camel_case(name), in_camel_case(value)))
                    .collect::<Map<_, _>>(),
            )
        }
        other => other.clone(),
    }
}

fn camel_case(name: &str) -> String {
    let (first, rest) = name.split_once('_').unwrap_or((name, ""));
    let mut letters = rest.chars();
    let upper = letters.next().map(|letter| letter.to_ascii_uppercase());
    format!("{first}{}{}", upper.map(String::from).unwrap_or_default(), letters.as_str())
}

/// The guide shows the files of the example as they are.
#[test]
fn guide_quotes_the_example() {
    let guide = read("docs/guides/rbac.md");
    for path in [MANIFESTS, "examples/rbac/access.tf", "examples/rbac/kubernetes/main.tf"] {
        let text = read(path);
        let quoted = text.split("provider \"").last().unwrap();
        let quoted = quoted.split_once("\n}\n\n").map_or(quoted, |(_, rest)| rest);
        assert!(guide.contains(quoted.trim()), "{path} is not in the guide as it is");
    }
}

/// "Why a 401": the role was recreated, so that the entry is another's.
#[test]
fn recreated_role_is_unauthorized_rather_than_forbidden() {
    let world = world();
    example(&world, "examples/rbac/access.tf").apply().ok();
    let role = world.role_arn("DeveloperAccess");
    let name = role.rsplit('/').next().unwrap();
    post("recreate-role", json!({ "account": world.member, "role_name": name }));
    person(&world)
        .run(&["get", "pods", "-n", "payments"])
        .fails_with("You must be logged in to the server");
}
