//! examples/whole-path, with hashicorp/aws played by a stand-in: what it would make is made by the emulator's control
//! endpoints, at the moment at which it would.

use crate::emulator::{REGION, World, post, root};
use crate::kubectl::{Kubectl, put_object};
use crate::terraform::{Workspace, with_stand_ins};
use base64::Engine as _;
use serde_json::{Value, json};

const FILES: [&str; 5] = ["main.tf", "identity-center.tf", "access.tf", "deployer.tf", "okta.tf"];
const GRANT: &str = "eks_sso_access.developers";

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// A cluster with the team's namespace and its RBAC, and a permission set that nobody is assigned to yet.
fn world() -> World {
    world_with("DeveloperAccess")
}

/// The same with another permission set.
pub fn world_with(permission_set: &str) -> World {
    let world = World::with(json!({ "permission_sets": [{ "name": permission_set, "accounts": [] }] }));
    put_object(&world, "/api/v1/namespaces/payments", json!({}));
    put_object(&world, "/api/v1/namespaces/payments/pods/web", json!({}));
    let manifests = root().join("examples/rbac/manifests/team-payments.yaml");
    Kubectl::admin(&world).run(&["apply", "-f", manifests.to_str().unwrap()]).ok();
    world
}

fn whole_path(world: &World) -> Workspace {
    let mut terraform = configured(world);
    with_stand_ins(&mut terraform);
    terraform
}

/// The example as it is, run in the management account.
pub fn configured(world: &World) -> Workspace {
    let mut terraform = Workspace::new(world, "");
    for name in FILES {
        terraform.file(name, &read(&format!("examples/whole-path/{name}")));
    }
    terraform.env.retain(|(name, _)| !name.starts_with("AWS_"));
    terraform.env.extend(world.credentials(&world.management));
    let identity_center = json!({
        "instance_arn": world.made["instance_arn"],
        "start_url": "https://d-1234567890.awsapps.com/start",
        "group_id": "0123456789-11111111-2222-3333-4444-555555555555",
    });
    terraform.set_env("TF_VAR_cluster_account", &world.member);
    terraform.set_env("TF_VAR_identity_center", &identity_center.to_string());
    terraform.set_env("TF_VAR_okta_metadata", "<EntityDescriptor/>");
    terraform
}

/// Plans, makes what hashicorp/aws would make during the apply, and applies. Returns the permission set's role.
fn apply(world: &World, terraform: &Workspace) -> String {
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("Permission set has no role in this account")
        .says("IAM role does not exist");
    post(
        "world",
        json!({ "roles": [{ "account": world.member, "name": "okta-developers", "age_seconds": 0 }] }),
    );
    let role = post(
        "assign",
        json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    terraform.apply_plan().ok();
    role["arn"].as_str().unwrap().to_owned()
}

pub fn output(terraform: &Workspace, name: &str) -> String {
    let output = terraform.command(&["output", "-raw", name]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
pub fn may_look_at_pods_and_not_at_nodes(person: &Kubectl, user: &str) {
    person
        .run(&["auth", "whoami"])
        .ok()
        .says(user)
        .says("[team-payments system:authenticated]");
    // The namespace is that of the kubeconfig.
    person.run(&["get", "pods"]).ok().says("web");
    person
        .run(&["get", "nodes"])
        .fails_with(&format!("User \"{user}\" cannot list resource \"nodes\""));
}

#[test]
fn permission_set_to_kubectl_in_one_apply() {
    let world = world();
    let terraform = whole_path(&world);
    let role = apply(&world, &terraform);
    terraform.plans_nothing();

    let session = world.aws(&["sts", "assume-role", "--role-arn", &role, "--role-session-name", "jane@example.com"]);
    let profile = format!("DeveloperAccess-{}", world.member);
    let person = Kubectl::of_profile(&profile, &session["Credentials"], &output(&terraform, "kubeconfig"));
    may_look_at_pods_and_not_at_nodes(&person, "sso:jane-example.com");
}

#[test]
fn okta_to_kubectl_in_one_apply() {
    let world = world();
    let terraform = whole_path(&world);
    apply(&world, &terraform);

    let session = signed_in_with_saml(&world, "okta-developers", "joe@example.com");
    let person = Kubectl::of_profile("okta", &session["Credentials"], &output(&terraform, "kubeconfig_okta"));
    may_look_at_pods_and_not_at_nodes(&person, "okta:joe-example.com");
}

/// What a tool does for people who sign in to Okta.
fn signed_in_with_saml(world: &World, role_name: &str, session_name: &str) -> Value {
    let role = format!("arn:aws:iam::{}:role/{role_name}", world.member);
    let provider = format!("arn:aws:iam::{}:saml-provider/okta", world.member);
    let attribute = |name: &str, value: &str| {
        format!(
            "<saml:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/{name}\"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
        )
    };
    let assertion = format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         <saml:Assertion><saml:AttributeStatement>{}{}</saml:AttributeStatement></saml:Assertion></samlp:Response>",
        attribute("RoleSessionName", session_name),
        attribute("Role", &format!("{role},{provider}")),
    );
    let assertion = base64::engine::general_purpose::STANDARD.encode(assertion);
    world.aws(&[
        "sts",
        "assume-role-with-saml",
        "--role-arn",
        &role,
        "--principal-arn",
        &provider,
        "--saml-assertion",
        &assertion,
    ])
}

/// A new suffix changes the grant, and nothing about the role whose trust policy names the permission set.
#[test]
fn trust_policy_survives_a_new_suffix() {
    let world = world();
    let terraform = whole_path(&world);
    let role = apply(&world, &terraform);
    let policy: Value = serde_json::from_str(terraform.state("aws_iam_role.deployer")["assume_role_policy"].as_str().unwrap()).unwrap();
    let pattern = &policy["Statement"][0]["Condition"]["ArnLike"]["aws:PrincipalArn"];
    let (stem, suffix) = role.rsplit_once('_').unwrap();
    assert_eq!(pattern, &json!(format!("{stem}_{}", "?".repeat(suffix.len()))));

    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    assert_eq!(terraform.plan().code, Some(2));
    let changes = terraform.plan_json()["resource_changes"].clone();
    let changed: Vec<_> = changes
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["mode"] == "managed" && change["change"]["actions"] != json!(["no-op"]))
        .map(|change| change["address"].clone())
        .collect();
    assert_eq!(changed, [GRANT]);
}

/// Every file of the example stands in the guide as it is.
#[test]
fn guide_quotes_the_example() {
    let guide = read("docs/guides/whole-path.md");
    for name in FILES {
        let text = read(&format!("examples/whole-path/{name}"));
        assert!(guide.contains(text.trim()), "{name} is not in the guide as it is");
    }
    assert!(guide.contains(REGION));
}
