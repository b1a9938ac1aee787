//! A permission set's role with a new suffix: the grant follows without a gap of its own.

use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, get, post};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

const GRANT: &str = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["team-payments"]
  user_name           = "sso:{{SessionName}}"
  tags                = { team = "payments" }

  access_policies = {
    AmazonEKSViewPolicy = { scope = "cluster" }
    AmazonEKSEditPolicy = { namespaces = ["payments"] }
  }
}
"#;

fn granted() -> (World, Bench) {
    let world = World::new();
    let terraform = Bench::new(&world, GRANT);
    terraform.apply().ok();
    (world, terraform)
}

/// Identity Center makes the role anew; gives its ARN.
fn reprovision(world: &World) -> String {
    let role = post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    role["arn"].as_str().unwrap().to_owned()
}

/// Writes with the principal that they name, in order.
fn writes_by_principal(world: &World) -> Vec<(String, String)> {
    let calls = get(&format!("calls?account={}", world.member));
    let is_write = |operation: &str| !["Describe", "List", "Get"].iter().any(|read| operation.starts_with(read));
    let calls = calls["calls"].as_array().unwrap().clone();
    calls
        .iter()
        .map(|call| {
            (
                call["operation"].as_str().unwrap().to_owned(),
                call["params"]["principalArn"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .filter(|(operation, _)| is_write(operation))
        .collect()
}

/// All that the configuration says, whoever the entry is for.
fn is_complete(entry: &Value) -> bool {
    let policies = entry["policies"]
        .as_array()
        .map_or(0, Vec::len)
        .max(entry["policies"].as_object().map_or(0, serde_json::Map::len));
    entry["kubernetesGroups"] == json!(["team-payments"]) && entry["username"] == json!("sso:{{SessionName}}") && policies == 2
}

#[test]
fn new_entry_is_whole_before_the_old_one_goes() {
    let (world, terraform) = granted();
    let old = world.entry()["principalArn"].as_str().unwrap().to_owned();
    let new = reprovision(&world);

    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    let change = terraform.change("eks_sso_access.developers");
    assert_eq!(change["actions"], json!(["update"]));
    assert_eq!(
        (&change["before"]["principal_arn"], &change["after"]["principal_arn"]),
        (&json!(old), &json!(new))
    );
    plan.says("New role for a permission set: users are locked out until you apply")
        .says(&old)
        .says(&new);

    world.forget_calls();
    terraform.apply().ok();
    let writes = writes_by_principal(&world);
    let (last, before) = writes.split_last().unwrap();
    assert_eq!(last, &("DeleteAccessEntry".to_owned(), old));
    assert_eq!(before.len(), 3, "{before:?}");
    assert!(
        before.iter().all(|(_, principal)| principal == &new || principal.is_empty()),
        "{before:?}"
    );
    assert_eq!(before[0].0, "CreateAccessEntry");
    assert!(is_complete(&world.entry()));
    assert_eq!(world.entry()["tags"], json!({ "team": "payments" }));
    terraform.plans_nothing();
}

/// Looks all the time: there is no moment in which neither entry is complete.
#[test]
fn at_every_moment_an_entry_is_complete() {
    let (world, terraform) = granted();
    reprovision(&world);
    for operation in ["CreateAccessEntry", "AssociateAccessPolicy", "DeleteAccessEntry"] {
        world.fault(json!({ "service": "eks", "operation": operation, "delay_ms": 150 }));
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let probe = scope.spawn(|| {
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) {
                let entries = world.entries();
                assert!(entries.iter().any(is_complete), "neither entry is complete: {entries:#?}");
                looks += 1;
            }
            looks
        });
        let applied = terraform.apply();
        done.store(true, Ordering::Relaxed);
        applied.ok();
        assert!(probe.join().unwrap() > 20);
    });
}

#[test]
fn new_entry_that_stands_already_is_this_grant() {
    let (world, terraform) = granted();
    let new = reprovision(&world);
    world.aws(&[
        "eks",
        "create-access-entry",
        "--cluster-name",
        CLUSTER,
        "--principal-arn",
        &new,
        "--region",
        REGION,
    ]);
    terraform.apply().ok();
    assert!(is_complete(&world.entry()));
    assert_eq!(world.entry()["principalArn"], json!(new));
    terraform.plans_nothing();
}

#[test]
fn old_entry_that_somebody_removed_is_no_trouble() {
    let (world, terraform) = granted();
    let old = world.entry()["principalArn"].as_str().unwrap().to_owned();
    reprovision(&world);
    assert_eq!(terraform.plan().code, Some(2));
    world.aws(&[
        "eks",
        "delete-access-entry",
        "--cluster-name",
        CLUSTER,
        "--principal-arn",
        &old,
        "--region",
        REGION,
    ]);
    terraform.run(&["apply", "-input=false", "-no-color", "plan"]).ok();
    assert!(is_complete(&world.entry()));
    terraform.plans_nothing();
}

/// What was not answered is not forgotten: the next plan goes on with it.
#[test]
fn old_entry_that_could_not_be_deleted_goes_with_the_next_apply() {
    let (world, terraform) = granted();
    let new = reprovision(&world);
    world.deny("eks", "DeleteAccessEntry");
    terraform.apply().failed().says("Old access entry is left");
    assert_eq!(world.entries().len(), 2);
    assert_eq!(terraform.state("eks_sso_access.developers")["principal_arn"], json!(new));

    world.clear_faults();
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    terraform.apply().ok();
    assert_eq!(world.entry()["principalArn"], json!(new));
    terraform.plans_nothing();
}

#[test]
fn old_entry_goes_though_the_role_cannot_be_looked_up() {
    let (world, terraform) = granted();
    let new = reprovision(&world);
    world.deny("eks", "DeleteAccessEntry");
    terraform.apply().failed();
    world.clear_faults();
    world.deny("iam", "ListRoles");
    world.deny("iam", "GetRole");
    terraform.apply().ok();
    assert_eq!(world.entry()["principalArn"], json!(new));
    terraform.plans_nothing();
}

#[test]
fn destroy_takes_an_old_entry_along() {
    let (world, terraform) = granted();
    reprovision(&world);
    world.deny("eks", "DeleteAccessEntry");
    terraform.apply().failed();
    world.clear_faults();
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

/// One set, many clusters, one apply.
#[test]
fn rotation_holds_for_many_clusters_at_once() {
    const CLUSTERS: usize = 60;
    let clusters: Vec<_> = (0..CLUSTERS)
        .map(|n| json!({ "account": "MEMBER", "region": REGION, "name": format!("c{n}") }))
        .collect();
    let world = World::with(json!({ "clusters": clusters }));
    let many = GRANT.replace(
        "cluster_name        = \"payments-prod\"",
        "count = 60\n  cluster_name = \"c${count.index}\"",
    );
    let terraform = Bench::new(&world, &many);
    terraform.apply().ok();
    let new = reprovision(&world);
    terraform.apply().ok().says("0 added, 60 changed, 0 destroyed");
    for n in 0..CLUSTERS {
        let entries = get(&format!("entries?account={}&region={REGION}&cluster=c{n}", world.member));
        let entries = entries["entries"].as_array().unwrap();
        assert_eq!(entries.len(), 1, "c{n}: {entries:#?}");
        assert!(is_complete(&entries[0]), "c{n}: {entries:#?}");
        assert_eq!(entries[0]["principalArn"], json!(new));
    }
    terraform.plans_nothing();
}
