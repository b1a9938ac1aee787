//! examples/iam/: what Terraform's own role must be allowed to do, held against the calls that the provider makes.

#![allow(
    clippy::unwrap_used,
    reason = "a test that unwraps says enough by failing; helpers are not known as tests"
)]

use crate::access::BASIC;
use crate::emulator::{World, calls_of, root};
use crate::terraform::Workspace;
use serde_json::Value;
use std::collections::BTreeSet;

/// These need no permission: everybody may ask who he is, and a web identity token is checked by the role's trust policy.
pub const FREE: [&str; 2] = ["sts:GetCallerIdentity", "sts:AssumeRoleWithWebIdentity"];

pub fn policy(name: &str) -> Value {
    let path = root().join("examples/iam").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// One or many, as IAM's JSON has it.
fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(many) => many.iter().map(|one| one.as_str().unwrap()).collect(),
        one => vec![one.as_str().unwrap()],
    }
}

pub fn allowed(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().unwrap();
    statements
        .iter()
        .flat_map(|statement| strings(&statement["Action"]))
        .map(str::to_owned)
        .collect()
}

fn reads(action: &str) -> bool {
    let operation = action.split_once(':').unwrap().1;
    ["Describe", "List", "Get"].iter().any(|verb| operation.starts_with(verb))
}

/// Every operation that the gateway calls, as an IAM action: the SDK's method behind `client.` or `sts.`.
fn called() -> BTreeSet<String> {
    let mut called = BTreeSet::new();
    let (mut found, mut sent) = (0, 0);
    for file in std::fs::read_dir(root().join("src/aws")).unwrap() {
        let text: String = std::fs::read_to_string(file.unwrap().path()).unwrap().split_whitespace().collect();
        if !text.contains(".send()") {
            continue;
        }
        sent += text.matches(".send()").count();
        // A macro sends once, for all that use it.
        sent -= text.matches("macro_rules!write_call").count();
        sent += text.matches("write_call!(").count();
        for client in ["client.", "sts."] {
            for call in text.split(client).skip(1) {
                let method = call.split('(').next().unwrap();
                if method.contains('_')
                    && method.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                    && call[method.len()..].starts_with("()")
                {
                    found += 1;
                    called.insert(format!("{}:{}", service(&text), camel(method)));
                }
            }
        }
    }
    assert_eq!(found, sent, "a call is written in another way than this test knows: {called:?}");
    called
}

/// The IAM prefix of the SDK whose client a file uses.
fn service(file: &str) -> &str {
    let crate_name = file.split("aws_sdk_").nth(1).unwrap().split("::").next().unwrap();
    match crate_name {
        "ssoadmin" => "sso",
        other => other,
    }
}

fn camel(method: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    method.split('_').map(word).collect()
}

#[test]
fn apply_policy_allows_every_call_and_nothing_else() {
    let needed: BTreeSet<_> = called().into_iter().filter(|action| !FREE.contains(&&**action)).collect();
    assert_eq!(allowed(&policy("apply.json")), needed);
}

#[test]
fn plan_policy_allows_every_read_and_assume_role() {
    let reads: BTreeSet<_> = called()
        .into_iter()
        .filter(|action| reads(action) && !FREE.contains(&&**action))
        .chain(["sts:AssumeRole".to_owned()])
        .collect();
    assert_eq!(allowed(&policy("plan.json")), reads);
}

/// A statement for a cluster's ARN does not cover an action on an access entry, and the other way round.
#[test]
fn actions_stand_with_their_type_of_resource() {
    let on_clusters = ["eks:CreateAccessEntry", "eks:ListAccessEntries", "eks:DescribeCluster"];
    let anywhere = ["eks:ListAccessPolicies", "eks:ListClusters", "iam:ListRoles"];
    for name in ["plan.json", "apply.json", "audit.json"] {
        for statement in policy(name)["Statement"].as_array().unwrap() {
            let resources = strings(&statement["Resource"]);
            for action in strings(&statement["Action"]) {
                let expected = match action {
                    action if on_clusters.contains(&action) => ":cluster/",
                    action if anywhere.contains(&action) || action.starts_with("sso:") || action.starts_with("identitystore:") => "*",
                    action if action.starts_with("eks:") => ":access-entry/",
                    _ => ":role/",
                };
                assert!(
                    resources.iter().all(|resource| resource.contains(expected)),
                    "{name}: {action} on {resources:?}"
                );
            }
        }
    }
}

#[test]
fn calls_of_a_grants_life_are_allowed() {
    let world = World::new();
    let terraform = Workspace::new(&world, BASIC);
    world.forget_calls();
    terraform.plan();
    covered(&world, "plan.json");

    world.forget_calls();
    terraform.apply().ok();
    terraform.write(&BASIC.replace("team-payments", "team-billing").replace("team =", "owner ="));
    terraform.apply().ok();
    terraform.destroy().ok();
    covered(&world, "apply.json");
}

/// audit.json is for `eks_sso_cluster_access` alone; nothing in it can change anything, and all entries can be read.
#[test]
fn audit_policy_allows_what_cluster_access_asks() {
    let world = World::with(
        serde_json::json!({ "roles": [{ "account": "MANAGEMENT", "name": "eks-idc" }, { "account": "MEMBER", "name": "Deployer" }] }),
    );
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    let deployer = format!("arn:aws:iam::{}:role/Deployer", world.member);
    world.create_entry_of(&deployer, &[]);
    let provider = format!(
        "provider \"eks\" {{\n identity_center {{\n role_arn = \"arn:aws:iam::{}:role/eks-idc\"\n }}\n}}\n",
        world.management
    );
    let data =
        "data \"eks_sso_cluster_access\" \"x\" {\n cluster_name = \"payments-prod\"\n include_members = true\n include_trust = true\n}\n";
    world.forget_calls();
    Workspace::new(&world, &format!("{provider}{data}")).apply().ok();
    covered(&world, "audit.json");
    covered_calls(&calls_of(&world.management), "audit.json");
    let audit = policy("audit.json");
    assert!(allowed(&audit).is_subset(&allowed(&policy("plan.json"))));
    let entries = &audit["Statement"][1];
    assert_eq!(entries["Resource"], "arn:aws:eks:*:*:access-entry/*", "{entries}");
}

#[track_caller]
fn covered(world: &World, name: &str) {
    covered_calls(&calls_of(&world.member), name);
}

#[track_caller]
fn covered_calls(calls: &[Value], name: &str) {
    let allowed = allowed(&policy(name));
    assert!(!calls.is_empty());
    for call in calls.iter().map(|call| call["operation"].as_str().unwrap()) {
        let is_it = |action: &&str| action.split_once(':').unwrap().1 == call;
        let known = allowed.iter().map(String::as_str).chain(FREE).any(|action| is_it(&action));
        assert!(known, "{name} does not allow {call}");
    }
}
