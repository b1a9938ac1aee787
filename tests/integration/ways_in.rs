//! Ways into the state other than a create: identity, query, and a move from hashicorp/aws.

use crate::emulator::{CLUSTER, REGION, World, get, new_account, post};
use crate::terraform::{Workspace, with_stand_ins};
use serde_json::{Value, json};

const GRANT: &str = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["team-payments"]
  access_policies     = { AmazonEKSViewPolicy = { scope = "cluster" } }
}
"#;

/// Terraform 1.15: 1.11 knows neither identities nor queries.
fn newest<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["--from-pypi", "1.15", "--"], arguments].concat()
}

/// A grant that another workspace made, so that there is something to find.
fn granted(world: &World) {
    Workspace::new(world, GRANT).apply().ok();
}

fn identity(terraform: &Workspace) -> Value {
    let output = terraform.command(&newest(&["show", "-json"])).output().unwrap();
    let state: Value = serde_json::from_slice(&output.stdout).unwrap();
    state["values"]["root_module"]["resources"][0]["identity"].clone()
}

#[test]
fn identity_imports_and_outlives_a_new_suffix() {
    let world = World::new();
    granted(&world);
    let import = r#"
import {
  to       = eks_sso_access.developers
  identity = { cluster_name = "payments-prod", permission_set_name = "DeveloperAccess" }
}
"#;
    let terraform = Workspace::new(&world, &format!("{GRANT}{import}"));
    let apply = ["apply", "-auto-approve", "-input=false", "-no-color"];
    terraform
        .run(&newest(&apply))
        .ok()
        .says("1 imported, 0 added, 0 changed, 0 destroyed");
    let before = identity(&terraform);
    assert_eq!(before["account_id"], json!(world.member));
    assert_eq!(before["permission_set_name"], json!("DeveloperAccess"));

    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    terraform.run(&newest(&apply)).ok().says("0 added, 1 changed, 0 destroyed");
    assert_eq!(identity(&terraform), before);
}

#[test]
fn identity_of_nobody_is_an_error() {
    let world = World::new();
    let import = r#"
import {
  to       = eks_sso_access.developers
  identity = { cluster_name = "payments-prod" }
}
"#;
    let terraform = Workspace::new(&world, &format!("{GRANT}{import}"));
    terraform
        .run(&newest(&["plan", "-input=false", "-no-color"]))
        .failed()
        .says("The identity names nobody who gets in. Give permission_set_name or role_name (or, for eks_sso_access, iam_principal_arn).");
}

pub const QUERY: &str = r#"
list "eks_sso_access" "all" {
  provider         = eks
  include_resource = true
  config {
    cluster_name = "payments-prod"
  }
}
"#;

#[test]
fn query_generates_configuration_that_plans_empty() {
    let world = World::new();
    granted(&world);
    let terraform = Workspace::new(&world, "");
    terraform.file("list.tfquery.hcl", QUERY);
    terraform
        .run(&newest(&["query", "-no-color", "-generate-config-out=generated.tf"]))
        .ok()
        .says("DeveloperAccess in payments-prod");
    terraform
        .run(&newest(&["plan", "-input=false", "-no-color"]))
        .ok()
        .says("1 to import, 0 to add, 0 to change, 0 to destroy");
}

/// Everybody who gets in by an entry: a permission set, a role, a user, and a role of an account that cannot be read; not nodes.
#[test]
fn query_for_no_cluster_is_an_error() {
    let world = World::new();
    let terraform = Workspace::new(&world, "");
    terraform.file(
        "list.tfquery.hcl",
        &QUERY.replace("cluster_name = \"payments-prod\"", "cluster_name = null"),
    );
    terraform
        .run(&newest(&["query", "-no-color"]))
        .failed()
        .says("Error: Missing required argument")
        .says("cluster_name is null, but it is required. Give it a value.");
}

#[test]
fn query_lists_all_entries_for_people_and_honors_the_limit() {
    let other = new_account();
    let world = World::with(json!({ "roles": [
        { "account": "MEMBER", "name": "Okta", "path": "/x/" }, { "account": "MEMBER", "name": "nodes" }, { "account": other, "name": "Partner" },
    ] }));
    granted(&world);
    let user = world.aws(&["iam", "create-user", "--user-name", "jane"])["User"]["Arn"].clone();
    let partner = json!(format!("arn:aws:iam::{other}:role/Partner"));
    let of_member = |role: &str| json!(format!("arn:aws:iam::{}:role/{role}", world.member));
    for (principal, kind) in [
        (&of_member("x/Okta"), "STANDARD"),
        (&of_member("nodes"), "EC2_LINUX"),
        (&user, "STANDARD"),
        (&partner, "STANDARD"),
    ] {
        let entry = [
            "eks",
            "create-access-entry",
            "--cluster-name",
            CLUSTER,
            "--type",
            kind,
            "--principal-arn",
        ];
        world.aws(&[&entry[..], &[principal.as_str().unwrap()]].concat());
    }
    let terraform = Workspace::new(&world, "");
    terraform.file("list.tfquery.hcl", QUERY);
    let all = terraform
        .run(&newest(&["query", "-no-color", "-generate-config-out=generated.tf"]))
        .ok()
        .says("DeveloperAccess in payments-prod")
        .says("role/Okta in payments-prod");
    all.says(&format!("{} in payments-prod", user.as_str().unwrap()))
        .says(&format!("{} in payments-prod", partner.as_str().unwrap()))
        .does_not_say("nodes");
    terraform
        .run(&newest(&["plan", "-input=false", "-no-color"]))
        .ok()
        .says("4 to import, 0 to add, 0 to change, 0 to destroy");
    let generated = std::fs::read_to_string(terraform.path().join("generated.tf")).unwrap();
    // Once in the resource, once in its identity.
    for arn in ["role/Partner\"", "user/jane\""] {
        assert_eq!(generated.matches(arn).count(), 2, "{generated}");
    }

    terraform.file("list.tfquery.hcl", &QUERY.replace("include_resource = true", "limit = 1"));
    let one = terraform.run(&newest(&["query", "-no-color"])).ok();
    assert_eq!(one.text.matches(" in payments-prod").count(), 1, "{}", one.text);
}

#[test]
fn query_of_a_cluster_with_three_hundred_entries_asks_for_each_once() {
    let roles: Vec<_> = (0..300)
        .map(|i| json!({ "account": "MEMBER", "name": format!("team-{i}") }))
        .collect();
    let world = World::with(json!({ "roles": roles }));
    let entries: Vec<_> = (0..300)
        .map(|i| json!({ "principalArn": format!("arn:aws:iam::{}:role/team-{i}", world.member) }))
        .collect();
    let cluster = json!({ "account": world.member, "region": REGION, "name": CLUSTER, "access_entries": entries });
    post("world", json!({ "clusters": [cluster] }));
    let terraform = Workspace::new(&world, "");
    terraform.file(
        "list.tfquery.hcl",
        &QUERY.replace("include_resource = true", "include_resource = true\n  limit = 1000"),
    );
    world.forget_calls();
    let all = terraform
        .run(&newest(&["query", "-no-color", "-generate-config-out=generated.tf"]))
        .ok();
    assert_eq!(all.text.matches(" in payments-prod").count(), 300, "{}", all.text);
    let calls = world.calls();
    let count = |operation: &str| calls.iter().filter(|call| *call == operation).count();
    assert_eq!((count("DescribeAccessEntry"), count("ListAssociatedAccessPolicies")), (300, 300));
    assert!(count("ListAccessEntries") <= 4, "{}", count("ListAccessEntries"));
    terraform
        .run(&newest(&["plan", "-input=false", "-no-color"]))
        .ok()
        .says("300 to import, 0 to add, 0 to change, 0 to destroy");
}

#[test]
fn query_names_the_permission_that_is_missing() {
    let world = World::new();
    granted(&world);
    let terraform = Workspace::new(&world, "");
    terraform.file("list.tfquery.hcl", QUERY);
    let cluster = format!("arn:aws:eks:eu-west-1:{}:cluster/payments-prod", world.member);
    let entry = cluster.replace(":cluster/", ":access-entry/");
    for (operation, summary, resource) in [
        ("ListAccessEntries", "Access entries cannot be read", &cluster),
        ("DescribeAccessEntry", "Access entry cannot be read", &entry),
        ("ListAssociatedAccessPolicies", "Access entry cannot be read", &entry),
    ] {
        world.deny("eks", operation);
        terraform
            .run(&newest(&["query", "-no-color"]))
            .says(summary)
            .says(&format!("as arn:aws:iam::{}:user/test", world.member))
            .says(&format!("on {resource}"));
        world.clear_faults();
    }
}

#[test]
fn query_of_a_cluster_that_is_missing_or_has_no_entries_says_so() {
    let world = World::new();
    let terraform = Workspace::new(&world, "");
    terraform.file("list.tfquery.hcl", &QUERY.replace("payments-prod", "nowhere"));
    terraform
        .run(&newest(&["query", "-no-color"]))
        .failed()
        .says("Error: Cluster does not exist")
        .says("EKS has no cluster \"nowhere\"");
    world.change_cluster(json!({ "authentication_mode": "CONFIG_MAP" }));
    terraform.file("list.tfquery.hcl", QUERY);
    terraform
        .run(&newest(&["query", "-no-color"]))
        .failed()
        .says("Error: Cluster does not accept access entries")
        .says("is in CONFIG_MAP mode");
}

/// A state as hashicorp/aws leaves it behind.
pub fn state_of_hashicorp_aws(world: &World) -> String {
    let entries = get(&format!("entries?account={}&region={REGION}&cluster={CLUSTER}", world.member));
    let entry = &entries["entries"][0];
    json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "moved", "outputs": {},
        "resources": [{
            "mode": "managed", "type": "aws_eks_access_entry", "name": "developers",
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{
                "schema_version": 0, "private": "", "sensitive_attributes": [],
                "attributes": {
                    "access_entry_arn": entry["accessEntryArn"], "cluster_name": CLUSTER, "created_at": "2026-01-02T03:04:05Z",
                    "id": "x", "kubernetes_groups": entry["kubernetesGroups"], "modified_at": "2026-01-02T03:04:05Z",
                    "principal_arn": entry["principalArn"], "tags": {}, "tags_all": {}, "timeouts": null,
                    "type": entry["type"], "user_name": entry["username"],
                },
            }],
        }],
    })
    .to_string()
}

#[test]
fn moved_from_aws_eks_access_entry_plans_empty() {
    let world = World::new();
    granted(&world);
    let moved = "moved {\n  from = aws_eks_access_entry.developers\n  to   = eks_sso_access.developers\n}\n";
    let mut terraform = Workspace::new(&world, &format!("{GRANT}{moved}"));
    with_stand_ins(&mut terraform);
    terraform.file("terraform.tfstate", &state_of_hashicorp_aws(&world));
    world.forget_calls();
    terraform
        .apply()
        .ok()
        .says("aws_eks_access_entry.developers has moved to eks_sso_access.developers")
        .says("0 added, 0 changed, 0 destroyed");
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(terraform.addresses(), ["eks_sso_access.developers"]);
    terraform.plans_nothing();
}

/// The policies came with associations of their own, which the state of the entry does not show.
#[test]
fn move_that_would_remove_policies_says_so() {
    let world = World::new();
    granted(&world);
    let moved = "moved {\n  from = aws_eks_access_entry.developers\n  to   = eks_sso_access.developers\n}\n";
    let other = GRANT.replace("AmazonEKSViewPolicy", "AmazonEKSEditPolicy");
    let mut terraform = Workspace::new(&world, &format!("{other}{moved}"));
    with_stand_ins(&mut terraform);
    terraform.file("terraform.tfstate", &state_of_hashicorp_aws(&world));
    terraform
        .plan()
        .says("Warning: Access entry loses access policies")
        .says("- AmazonEKSViewPolicy");
    terraform.apply().ok().says("Warning: Access entry loses access policies");
    terraform.write(&GRANT.replace("AmazonEKSViewPolicy", "AmazonEKSAdminPolicy"));
    terraform.plan().does_not_say("Access entry loses");
}

#[test]
fn moved_from_another_type_is_refused() {
    let world = World::new();
    let moved = "moved {\n  from = aws_iam_role.developers\n  to   = eks_sso_access.developers\n}\n";
    let mut terraform = Workspace::new(&world, &format!("{GRANT}{moved}"));
    with_stand_ins(&mut terraform);
    granted(&world);
    terraform.file(
        "terraform.tfstate",
        &state_of_hashicorp_aws(&world).replace("aws_eks_access_entry", "aws_iam_role"),
    );
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(1), "{}", plan.text);
    plan.says("only aws_eks_access_entry of hashicorp/aws (version 0) can become an eks_sso_access");
}

/// The documented way out of hashicorp/aws for an entry with its policy associations: the entry is moved, each
/// association goes to an address that nothing declares and is forgotten there.
#[test]
fn leaving_hashicorp_aws_destroys_nothing() {
    let world = World::new();
    granted(&world);
    let leave = r#"
moved {
  from = aws_eks_access_entry.developers
  to   = eks_sso_access.developers
}
moved {
  from = aws_eks_access_policy_association.developers["view"]
  to   = aws_eks_access_policy_association.forgotten_view
}
removed {
  from = aws_eks_access_policy_association.forgotten_view
  lifecycle {
    destroy = false
  }
}
"#;
    let mut terraform = Workspace::new(&world, &format!("{GRANT}{leave}"));
    let deleted = with_stand_ins(&mut terraform);
    let mut state: Value = serde_json::from_str(&state_of_hashicorp_aws(&world)).unwrap();
    let mut association = state["resources"][0].clone();
    association["type"] = json!("aws_eks_access_policy_association");
    association["instances"][0]["index_key"] = json!("view");
    association["instances"][0]["attributes"] = json!({ "id": "x", "cluster_name": CLUSTER, "policy_arn": "x", "access_scope": [] });
    state["resources"].as_array_mut().unwrap().push(association);
    terraform.file("terraform.tfstate", &state.to_string());

    terraform.plan().says("0 to add, 0 to change, 0 to destroy");
    world.forget_calls();
    terraform.apply().ok().says("0 added, 0 changed, 0 destroyed");
    assert_eq!(world.writes(), Vec::<String>::new());
    assert!(!deleted.exists(), "the stand-in was asked to delete");
    assert_eq!(terraform.addresses(), ["eks_sso_access.developers"]);
    terraform.write(GRANT);
    terraform.plans_nothing();
}

/// The same out of terraform-aws-modules/eks, whose resources have instance keys inside of a module.
#[test]
fn leaving_a_module_destroys_nothing() {
    let world = World::new();
    granted(&world);
    let leave = r#"
moved {
  from = module.eks.aws_eks_access_entry.this["developers"]
  to   = eks_sso_access.developers
}
moved {
  from = module.eks.aws_eks_access_policy_association.this["developers_view"]
  to   = aws_eks_access_policy_association.forgotten_view
}
removed {
  from = aws_eks_access_policy_association.forgotten_view
  lifecycle {
    destroy = false
  }
}
"#;
    let mut terraform = Workspace::new(&world, &format!("{GRANT}{leave}"));
    let deleted = with_stand_ins(&mut terraform);
    let mut state: Value = serde_json::from_str(&state_of_hashicorp_aws(&world)).unwrap();
    let mut entry = state["resources"][0].clone();
    (entry["module"], entry["name"]) = (json!("module.eks"), json!("this"));
    entry["instances"][0]["index_key"] = json!("developers");
    let mut association = entry.clone();
    association["type"] = json!("aws_eks_access_policy_association");
    association["instances"][0]["index_key"] = json!("developers_view");
    association["instances"][0]["attributes"] = json!({ "id": "x", "cluster_name": CLUSTER, "policy_arn": "x" });
    state["resources"] = json!([entry, association]);
    terraform.file("terraform.tfstate", &state.to_string());

    terraform.apply().ok().says("0 added, 0 changed, 0 destroyed");
    assert!(!deleted.exists(), "the stand-in was asked to delete");
    assert_eq!(terraform.addresses(), ["eks_sso_access.developers"]);
    terraform.plans_nothing();
}

/// A state of another version of the provider: attributes that are gone are dropped, new ones are filled in.
#[test]
fn state_of_another_version_is_read() {
    let world = World::new();
    let terraform = Workspace::new(&world, GRANT);
    terraform.apply().ok();
    let path = terraform.path().join("terraform.tfstate");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let attributes = state["resources"][0]["instances"][0]["attributes"].as_object_mut().unwrap();
    attributes.insert("modified_at".to_owned(), json!("2026-01-02T03:04:05Z"));
    for newer in ["unmanaged_policies", "triggers", "preflight", "role_account_id"] {
        attributes.remove(newer);
    }
    std::fs::write(&path, state.to_string()).unwrap();
    world.forget_calls();
    terraform.apply().ok().says("0 added");
    assert_eq!(world.writes(), Vec::<String>::new());
    terraform.plans_nothing();
}
