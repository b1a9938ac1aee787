//! Shared entries (`policy_management = "additive"`): what is named here is given here and taken away here, what it
//! replaced is put back, and what is not named stays.

use crate::core::Bench;
use crate::emulator::{CLUSTER, World, post};
use crate::loopback::{Server, to_aws};
use serde_json::{Value, json};

const GRANT: &str = "eks_sso_access.developers";

fn shared(arguments: &str) -> String {
    format!(
        r#"
resource "eks_sso_access" "developers" {{
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  policy_management   = "additive"
  {arguments}
}}
"#
    )
}

const EVERYTHING: &str = r#"
  kubernetes_groups = ["ours"]
  user_name         = "ours:{{SessionName}}"
  access_policies   = { AmazonEKSViewPolicy = { scope = "cluster" } }
  tags              = { team = "ours", mine = "1" }
"#;

/// More than another configuration of the same entry knows of.
const MORE: &str = r#"
  kubernetes_groups = ["ours", "admins"]
  access_policies = {
    AmazonEKSViewPolicy         = { scope = "cluster" }
    AmazonEKSClusterAdminPolicy = { scope = "cluster" }
  }
  tags = { x = "1" }
"#;
const THEIRS: &str = "kubernetes_groups = [\"theirs\"]\n  access_policies = { AmazonEKSEditPolicy = { namespaces = [\"theirs\"] } }";

/// The role gets a new suffix; its ARN then.
fn reprovision(world: &World) -> String {
    let new = post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    new["arn"].as_str().unwrap().to_owned()
}

#[track_caller]
fn entry_of(world: &World, principal_arn: &str) -> Value {
    let entries = world.entries();
    let found = entries.iter().find(|entry| entry["principalArn"] == principal_arn);
    found.unwrap_or_else(|| panic!("no entry of {principal_arn}: {entries:#?}")).clone()
}

/// Names of its policies.
fn names(entry: &Value) -> Vec<String> {
    let policies = entry["policies"].as_array().unwrap().iter();
    let mut names: Vec<_> = policies
        .map(|policy| policy["policyArn"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn associate(world: &World, policy: &str, scope: &str) {
    world.associate(&world.role_arn("DeveloperAccess"), policy, scope);
}

/// An entry of others with something of every kind.
fn theirs(world: &World) -> Value {
    let more = [
        "--kubernetes-groups",
        "theirs",
        "--username",
        "theirs:x",
        "--tags",
        "team=theirs,cost=7",
    ];
    world.create_entry_elsewhere("DeveloperAccess", &more);
    associate(world, "AmazonEKSViewPolicy", "type=namespace,namespaces=theirs");
    associate(world, "AmazonEKSEditPolicy", "type=cluster");
    contents(&world.entry())
}

/// An entry that was made here with View, and on which others have put Edit since.
fn made_here_and_used_by_others() -> (World, Bench) {
    let world = World::new();
    let terraform = Bench::new(
        &world,
        &shared("access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }"),
    );
    terraform.apply().ok();
    associate(&world, "AmazonEKSEditPolicy", "type=cluster");
    (world, terraform)
}

/// An entry of others that a grant with another policy has joined.
fn joined() -> (World, Bench) {
    let world = World::new();
    theirs(&world);
    let terraform = Bench::new(
        &world,
        &shared("access_policies = { AmazonEKSAdminPolicy = { scope = \"cluster\" } }"),
    );
    terraform.apply().ok();
    (world, terraform)
}

/// What is ours and what is theirs.
#[track_caller]
fn holds_both(world: &World) {
    let policies = world.entry()["policies"].to_string();
    assert!(policies.contains("ViewPolicy") && policies.contains("EditPolicy"), "{policies}");
}

/// The role is made anew under the same ARN. A negative age, because the entry was made in this same second.
fn recreate_role(world: &World) {
    recreate_role_of_age(world, -60);
}

fn recreate_role_of_age(world: &World, age_seconds: i32) {
    let role = world.role_arn("DeveloperAccess");
    let name = role.rsplit('/').next().unwrap();
    post(
        "recreate-role",
        json!({ "account": world.member, "role_name": name, "age_seconds": age_seconds }),
    );
}

/// What an entry holds, without times.
fn contents(entry: &Value) -> Value {
    let mut policies: Vec<_> = entry["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["policyArn"].to_string(), p["accessScope"].to_string()))
        .collect();
    policies.sort();
    json!({
        "arn": entry["accessEntryArn"], "groups": entry["kubernetesGroups"], "user": entry["username"],
        "tags": entry["tags"], "policies": policies,
    })
}

/// G1: destroy takes away groups, user name, policies and tags, and puts back what they replaced.
#[test]
fn destroy_leaves_a_joined_entry_as_it_was() {
    let world = World::new();
    let before = theirs(&world);
    let terraform = Bench::new(&world, &shared(EVERYTHING));
    terraform.apply().ok();
    let joined = world.entry();
    assert_eq!(joined["kubernetesGroups"], json!(["ours", "theirs"]));
    assert_eq!(joined["username"], json!("ours:{{SessionName}}"));
    assert_eq!(joined["tags"], json!({ "team": "ours", "mine": "1", "cost": "7" }));
    terraform.plans_nothing();
    terraform
        .destroy()
        .ok()
        .says("Values of others are put back")
        .says("the user name \"theirs:x\"")
        .says("associate AmazonEKSViewPolicy for namespaces theirs")
        .says("the tag team = \"theirs\"");
    assert_eq!(contents(&world.entry()), before);
}

/// G1: the same where it leaves the configuration.
#[test]
fn what_is_no_longer_named_goes_and_what_it_replaced_comes_back() {
    let world = World::new();
    let before = theirs(&world);
    let terraform = Bench::new(&world, &shared(EVERYTHING));
    terraform.apply().ok();
    terraform.write(&shared(""));
    assert_eq!(terraform.plan().code, Some(2), "taking groups out of the configuration is a change");
    terraform.apply().ok();
    assert_eq!(contents(&world.entry()), before);
    terraform.plans_nothing();
}

/// A second apply finds our own values: they are not remembered as theirs.
#[test]
fn what_was_replaced_survives_further_applies() {
    let world = World::new();
    let before = theirs(&world);
    let terraform = Bench::new(&world, &shared(EVERYTHING));
    terraform.apply().ok();
    terraform.write(&shared(&EVERYTHING.replace("[\"ours\"]", "[\"ours\", \"more\"]")));
    terraform.apply().ok();
    terraform.destroy().ok();
    assert_eq!(contents(&world.entry()), before);
}

/// The same where the first apply failed half-way.
#[test]
fn what_was_replaced_survives_a_failure() {
    let world = World::new();
    let before = theirs(&world);
    let terraform = Bench::new(&world, &shared(""));
    terraform.apply().ok();
    terraform.write(&shared(EVERYTHING));
    for operation in ["AssociateAccessPolicy", "UpdateAccessEntry", "TagResource"] {
        world.deny("eks", operation);
        terraform.apply().failed();
        world.clear_faults();
    }
    terraform.apply().ok();
    terraform.plans_nothing();
    terraform.destroy().ok();
    assert_eq!(contents(&world.entry()), before);
}

/// G2: an entry that was made here stays if others have put anything on it since.
#[test]
fn destroy_keeps_an_entry_that_others_use() {
    let arn = |world: &World| world.role_arn("DeveloperAccess");
    let uses: [&dyn Fn(&World); 3] = [
        &|world| {
            let of = [
                "--cluster-name",
                CLUSTER,
                "--principal-arn",
                &arn(world),
                "--kubernetes-groups",
                "theirs",
            ];
            drop(world.aws(&[&["eks", "update-access-entry"][..], &of].concat()));
        },
        &|world| associate(world, "AmazonEKSEditPolicy", "type=cluster"),
        &|world| {
            let entry = world.entry()["accessEntryArn"].as_str().unwrap().to_owned();
            drop(world.aws(&["eks", "tag-resource", "--resource-arn", &entry, "--tags", "theirs=1"]));
        },
    ];
    for used in uses {
        let world = World::new();
        let terraform = Bench::new(
            &world,
            &shared("access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }"),
        );
        terraform.apply().ok();
        used(&world);
        terraform.destroy().ok();
        let policies = world.entry()["policies"].to_string();
        assert!(!policies.contains("ViewPolicy"), "{policies}");
    }
}

#[test]
fn destroy_deletes_an_entry_that_was_made_here_and_that_nobody_else_uses() {
    for owner in ["", "provider \"eks\" {\n owner = \"team-a\"\n}\n"] {
        let world = World::new();
        let terraform = Bench::new(&world, &format!("{owner}{}", shared(EVERYTHING)));
        terraform.apply().ok();
        terraform.plans_nothing();
        terraform.destroy().ok();
        assert!(world.entries().is_empty());
    }
}

/// The user name that EKS had made is nobody's.
#[test]
fn destroy_deletes_an_entry_that_got_its_user_name_later() {
    let world = World::new();
    let terraform = Bench::new(&world, &shared(""));
    terraform.apply().ok();
    terraform.write(&shared(EVERYTHING));
    terraform.apply().ok();
    terraform.destroy().ok();
    assert!(world.entries().is_empty(), "{:#?}", world.entries());
}

/// Somebody else has deleted the entry that was made here and made another one.
fn replaced_elsewhere(owner: &str) -> (World, Bench, Value) {
    let world = World::new();
    let grant = shared("access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }");
    let terraform = Bench::new(&world, &format!("{owner}{grant}"));
    terraform.apply().ok();
    let arn = world.role_arn("DeveloperAccess");
    world.aws(&["eks", "delete-access-entry", "--cluster-name", CLUSTER, "--principal-arn", &arn]);
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    let theirs = contents(&world.entry());
    terraform.apply().ok();
    (world, terraform, theirs)
}

const OWNERS: [&str; 2] = ["", "provider \"eks\" {\n owner = \"team-a\"\n}\n"];

#[test]
fn entry_that_others_made_in_the_place_of_ours_stays() {
    for owner in OWNERS {
        let (world, terraform, theirs) = replaced_elsewhere(owner);
        terraform.destroy().ok();
        assert_eq!(contents(&world.entry()), theirs);
    }
}

#[test]
fn entry_that_others_made_in_the_place_of_ours_stays_when_the_role_moves() {
    for owner in OWNERS {
        let (world, terraform, theirs) = replaced_elsewhere(owner);
        let old = world.role_arn("DeveloperAccess");
        reprovision(&world);
        terraform.apply().ok();
        let entries = world.entries();
        let left = entries.iter().find(|entry| entry["principalArn"] == json!(old));
        assert_eq!(left.map(contents), Some(theirs), "{owner}");
    }
}

/// G5: switching to exclusive lists what it will take.
#[test]
fn end_of_sharing_lists_what_goes() {
    let world = World::new();
    let grant = shared("access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }");
    let terraform = Bench::new(&world, &grant);
    terraform.apply().ok();
    associate(&world, "AmazonEKSEditPolicy", "type=cluster");
    terraform.write(&grant.replace("additive", "exclusive"));
    terraform.plan().says("Access of others is removed").says("AmazonEKSEditPolicy");
    terraform.apply().ok();
    assert_eq!(world.entry()["policies"].as_array().unwrap().len(), 1);
    terraform.plans_nothing();
}

/// The same for what the state of a shared grant does not have: groups, user name and tags of others.
#[test]
fn end_of_sharing_lists_groups_names_and_tags_of_others() {
    let world = World::new();
    theirs(&world);
    let grant = shared("kubernetes_groups = [\"ours\"]");
    let terraform = Bench::new(&world, &grant);
    terraform.apply().ok();
    terraform.plans_nothing();
    terraform.write(&grant.replace("additive", "exclusive"));
    let plan = terraform
        .plan()
        .says("Access of others is removed")
        .says("remove AmazonEKSEditPolicy");
    plan.says("set the user name back to EKS's own").says("remove the tags cost, team");
    terraform.apply().ok();
    let entry = world.entry();
    assert_eq!((&entry["kubernetesGroups"], &entry["policies"]), (&json!(["ours"]), &json!([])));
    assert!(entry["username"].as_str().unwrap().contains(":assumed-role/"), "{entry}");
    terraform.plans_nothing();
}

/// G6: our policies are taken off the old entry of a role that is gone; the rest of it was never ours.
#[test]
fn rotation_takes_our_policies_off_a_joined_entry() {
    let (world, terraform) = joined();
    let old = world.role_arn("DeveloperAccess");
    reprovision(&world);
    terraform.apply().ok();
    let entries = world.entries();
    let left = entries
        .iter()
        .find(|entry| entry["principalArn"] == json!(old))
        .expect("it was made by others");
    assert!(!left["policies"].to_string().contains("AmazonEKSAdminPolicy"), "{left:#}");
    terraform.plans_nothing();
}

/// The state says by then what the new entry holds, which the old one never did.
#[test]
fn old_entry_that_is_left_goes_with_the_grant() {
    let world = World::new();
    let terraform = Bench::new(&world, &shared(EVERYTHING));
    terraform.apply().ok();
    reprovision(&world);
    terraform.write(&shared(""));
    world.deny("eks", "DeleteAccessEntry");
    terraform.apply().failed().says("Old access entry is left");
    world.clear_faults();
    terraform.destroy().ok();
    assert!(world.entries().is_empty(), "{:#?}", world.entries());
}

/// What was replaced comes along with a rotation, to be put back on the new entry.
#[test]
fn what_was_replaced_survives_a_rotation() {
    let world = World::new();
    theirs(&world);
    let terraform = Bench::new(&world, &shared(EVERYTHING));
    terraform.apply().ok();
    let new = reprovision(&world);
    terraform.apply().ok();
    terraform.plans_nothing();
    terraform.write(&shared(""));
    terraform.apply().ok();
    let entries = world.entries();
    let entry = entries.iter().find(|entry| entry["principalArn"] == json!(new)).unwrap();
    assert_eq!(entry["username"], json!("theirs:x"));
    assert_eq!(entry["kubernetesGroups"], json!(["theirs"]));
    assert_eq!(entry["tags"], json!({ "team": "theirs", "cost": "7" }));
    let policies = entry["policies"].to_string();
    assert!(policies.contains("EditPolicy") && policies.contains("theirs"), "{policies}");
}

/// G4: the entry was deleted to be made anew, and that failed. What others had on it is not lost.
#[test]
fn entry_that_cannot_come_back_at_once_comes_back_whole() {
    let (world, terraform) = made_here_and_used_by_others();
    terraform.run(&["apply", "-refresh-only", "-auto-approve", "-no-color"]).ok();
    recreate_role(&world);
    world.deny("eks", "CreateAccessEntry");
    terraform.apply().failed().says("No access entry was made");
    assert!(world.entries().is_empty());
    assert_eq!(terraform.addresses(), [GRANT], "what has to come back is in the state");
    world.clear_faults();
    terraform.apply().ok();
    holds_both(&world);
    terraform.plans_nothing();
}

/// G4, where the old entry of a rotation went first to make room.
#[test]
fn entry_that_made_room_in_vain_comes_back_whole() {
    let (world, terraform) = made_here_and_used_by_others();
    reprovision(&world);
    world.change_cluster(json!({ "entry_quota": 1 }));
    world.forget_calls();
    // The first one is refused by the quota.
    let denied = json!({ "after": 1, "status": 403, "code": "AccessDeniedException", "message": "no" });
    let mut rule = json!({ "service": "eks", "operation": "CreateAccessEntry" });
    rule.as_object_mut().unwrap().extend(denied.as_object().unwrap().clone());
    world.fault(rule);
    terraform
        .apply()
        .failed()
        .says("No access entry was made")
        .says("Deleted access entry is not recreated yet");
    assert_eq!(world.writes(), ["CreateAccessEntry", "DeleteAccessEntry", "CreateAccessEntry"]);
    assert_eq!(terraform.addresses(), [GRANT], "what has to come back is in the state");
    world.clear_faults();
    terraform.apply().ok();
    holds_both(&world);
    terraform.plans_nothing();
}

/// G4, and somebody else has made the entry in the meantime: it is added to, and stays.
#[test]
fn entry_of_others_is_not_deleted_to_bring_back_what_was_there() {
    let (world, terraform) = made_here_and_used_by_others();
    terraform.run(&["apply", "-refresh-only", "-auto-approve", "-no-color"]).ok();
    // Older than the entry that comes next, which EKS therefore binds to it.
    recreate_role_of_age(&world, 0);
    world.deny("eks", "CreateAccessEntry");
    terraform.apply().failed();
    world.clear_faults();
    world.create_entry_elsewhere("DeveloperAccess", &["--kubernetes-groups", "theirs"]);
    let theirs = world.entry();
    world.forget_calls();
    terraform.apply().ok();
    assert!(!world.writes().contains(&"DeleteAccessEntry".to_owned()), "{:?}", world.writes());
    let entry = world.entry();
    assert_eq!(entry["accessEntryArn"], theirs["accessEntryArn"]);
    assert_eq!(entry["kubernetesGroups"], json!(["theirs"]));
    let policies = entry["policies"].to_string();
    assert!(policies.contains("ViewPolicy") && policies.contains("EditPolicy"), "{policies}");
    terraform.plans_nothing();
}

/// G4: between the delete and the create there is no question that could be refused, and a stop does not come between.
#[test]
fn nothing_comes_between_the_delete_and_the_create_of_an_entry_made_anew() {
    let (world, terraform) = made_here_and_used_by_others();
    recreate_role(&world);
    world.fault(json!({ "service": "eks", "operation": "DeleteAccessEntry", "hold": true }));
    world.forget_calls();
    let apply = terraform.start_apply();
    world.wait_for_call("DeleteAccessEntry");
    apply.stop();
    world.clear_faults();
    apply.finish();
    let calls = world.calls();
    let deleted = calls.iter().position(|call| call == "DeleteAccessEntry").unwrap();
    assert_eq!(calls[deleted + 1], "CreateAccessEntry", "{calls:?}");
    holds_both(&world);
    world.clear_faults();
    terraform.apply().ok();
    terraform.plans_nothing();
}

/// An entry to be taken over that lets nobody in is not said to stay as it is.
#[test]
fn entry_that_is_older_than_its_role_is_taken_over_as_the_plan_says() {
    let world = World::new();
    theirs(&world);
    recreate_role(&world);
    let view = "access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }";
    let alone = shared(view).replace("policy_management   = \"additive\"", "");
    let terraform = Bench::new(&world, &alone);
    let plan = terraform.plan().failed().says("Access entry exists already");
    plan.says("It is older than the role and lets nobody in").does_not_say("That will");
    terraform.write(&alone.replace("access_policies", "on_existing = \"adopt\"\n  access_policies"));
    let plan = terraform.plan().says("so the apply deletes and recreates it");
    plan.does_not_say("The apply will:").does_not_say("change nothing");
    terraform.apply().ok();
    let entry = world.entry();
    assert_eq!(entry["principalId"], entry["currentPrincipalId"]);
}

/// An entry of others that EKS has bound to a role that is gone lets nobody in, and the grant that joins it says so until it does.
#[test]
fn plan_is_not_clean_after_joining_an_entry_that_lets_nobody_in() {
    let world = World::new();
    theirs(&world);
    recreate_role(&world);
    let terraform = Bench::new(
        &world,
        &shared("access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }"),
    );
    terraform.plan().says("is older than the role").says("the next plan recreates it");
    world.forget_calls();
    terraform.apply().ok();
    assert!(!world.writes().contains(&"DeleteAccessEntry".to_owned()), "{:?}", world.writes());
    let plan = terraform.plan().says("Role was recreated: sign-ins fail with 401");
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    terraform.apply().ok();
    let entry = world.entry();
    assert_eq!(entry["principalId"], entry["currentPrincipalId"]);
    assert_eq!(
        (&entry["kubernetesGroups"], &entry["username"]),
        (&json!(["theirs"]), &json!("theirs:x"))
    );
    assert!(entry["policies"].to_string().contains("EditPolicy"), "{entry}");
    terraform.plans_nothing();
}

/// G3: a page of a proxy with status 200 is not an answer of AWS's, so nothing is reported gone because of it.
#[test]
fn page_of_a_proxy_is_not_taken_for_a_deletion() {
    let world = World::new();
    let mut terraform = Bench::new(
        &world,
        &shared("access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }").replace("\"additive\"", "\"exclusive\""),
    );
    terraform.apply().ok();
    let entry = world.entry();
    let page = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\nconnection: close\r\n\r\n<html>Sign in!\n".to_vec();
    let proxy = Server::http(move |request| match request.method.as_str() {
        "DELETE" => page.clone(),
        _ => to_aws(request),
    });
    terraform.set_env("AWS_ENDPOINT_URL_EKS", &proxy.url());
    terraform
        .destroy()
        .failed()
        .says("x-amzn-requestid")
        .says("A proxy or a sign-in page answers in AWS's place");
    assert_eq!(world.entry(), entry);
    assert_eq!(terraform.addresses(), [GRANT]);
}

/// The grant made the entry of the old role, and others made that of the new one: its end leaves that one, whatever is on it.
#[test]
fn entry_of_others_that_a_rotation_joined_is_not_deleted_in_the_end() {
    let world = World::new();
    let terraform = Bench::new(
        &world,
        &shared("access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }"),
    );
    terraform.apply().ok();
    let role = reprovision(&world);
    world.create_entry_of(&role, &[]);
    terraform.apply().ok();
    terraform.plans_nothing();
    terraform.destroy().ok();
    let left: Vec<_> = world.entries().into_iter().map(|entry| entry["principalArn"].clone()).collect();
    assert_eq!(left, [json!(role)]);
}

/// Who shares the entry has followed the role first, and has taken along what this grant named by then.
#[test]
fn what_leaves_the_configuration_goes_off_an_entry_that_others_moved() {
    let world = World::new();
    let (ours, theirs) = (Bench::new(&world, &shared(MORE)), Bench::new(&world, &shared(THEIRS)));
    ours.apply().ok();
    theirs.apply().ok();
    let new = reprovision(&world);
    theirs.apply().ok();
    ours.write(&shared(
        "kubernetes_groups = [\"ours\"]\n  access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }",
    ));
    ours.plan()
        .says("remove AmazonEKSClusterAdminPolicy")
        .says("remove the Kubernetes group admins")
        .says("remove the tag x");
    ours.apply_plan().ok();
    let entry = entry_of(&world, &new);
    assert_eq!(names(&entry), ["AmazonEKSEditPolicy", "AmazonEKSViewPolicy"]);
    assert_eq!(entry["kubernetesGroups"], json!(["ours", "theirs"]));
    assert_eq!(entry["tags"], json!({}));
    ours.plans_nothing();
    theirs.plans_nothing();
}

/// The same, where the new entry appears only while the apply runs: what no plan showed is not narrowed, and the next plan shows it.
#[test]
fn what_leaves_the_configuration_is_not_forgotten_on_an_entry_that_others_move_meanwhile() {
    let world = World::new();
    let ours = Bench::new(&world, &shared(MORE));
    ours.apply().ok();
    let new = reprovision(&world);
    ours.write(&shared("access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }"));
    ours.plan();
    world.forget_calls();
    world.fault(json!({ "service": "eks", "operation": "CreateAccessEntry", "times": 1, "hold": true }));
    let apply = ours.start(&["apply", "plan"]);
    world.wait_for_call("CreateAccessEntry");
    world.create_entry_of(&new, &["--kubernetes-groups", "admins", "ours", "theirs"]);
    for policy in ["AmazonEKSViewPolicy", "AmazonEKSClusterAdminPolicy", "AmazonEKSEditPolicy"] {
        world.associate(&new, policy, "type=cluster");
    }
    world.clear_faults();
    apply
        .finish()
        .failed()
        .says("Access entry exists already")
        .says("remove AmazonEKSClusterAdminPolicy");
    assert_eq!(names(&entry_of(&world, &new)).len(), 3, "what no plan showed is not taken away");
    ours.apply().ok();
    assert_eq!(names(&entry_of(&world, &new)), ["AmazonEKSEditPolicy", "AmazonEKSViewPolicy"]);
    ours.plans_nothing();
}

/// Who shares the entry has followed the role first: this grant ends, and what it gave goes off the new entry, too.
#[test]
fn destroy_takes_what_it_gave_off_an_entry_that_others_moved() {
    let world = World::new();
    let (ours, theirs) = (Bench::new(&world, &shared(MORE)), Bench::new(&world, &shared(THEIRS)));
    ours.apply().ok();
    theirs.apply().ok();
    let new = reprovision(&world);
    theirs.apply().ok();
    let plan = ours.run(&["plan", "-destroy"]);
    plan.says("remove AmazonEKSClusterAdminPolicy")
        .says("remove the Kubernetes groups admins, ours")
        .says("The entry itself stays");
    ours.destroy().ok();
    let entry = entry_of(&world, &new);
    assert_eq!(names(&entry), ["AmazonEKSEditPolicy"]);
    assert_eq!(entry["kubernetesGroups"], json!(["theirs"]));
    assert_eq!(entry["tags"], json!({}));
    assert_eq!(world.entries().len(), 1, "that of the old role goes with who made it");
    theirs.plans_nothing();
    theirs.destroy().ok();
}

/// The same where that fails half-way: what is left goes with the next destroy, though the entry of the state is gone by then.
#[test]
fn destroy_that_stops_at_an_entry_that_others_moved_goes_on() {
    for (operation, fault) in [
        ("DisassociateAccessPolicy", json!({ "denied": true })),
        ("UpdateAccessEntry", json!({ "denied": true })),
        ("UntagResource", json!({ "lose_answer": true })),
    ] {
        let world = World::new();
        let (ours, theirs) = (Bench::new(&world, &shared(MORE)), Bench::new(&world, &shared(THEIRS)));
        ours.apply().ok();
        theirs.apply().ok();
        let new = reprovision(&world);
        theirs.apply().ok();
        let mut rule = json!({ "service": "eks", "operation": operation, "times": 1 });
        rule.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
        world.fault(rule);
        let first = ours.destroy();
        world.clear_faults();
        if first.code == Some(1) {
            assert_eq!(ours.addresses(), [GRANT], "{operation}");
            ours.destroy().ok();
        }
        let entry = entry_of(&world, &new);
        assert_eq!(names(&entry), ["AmazonEKSEditPolicy"], "{operation}");
        assert_eq!(
            (&entry["kubernetesGroups"], &entry["tags"]),
            (&json!(["theirs"]), &json!({})),
            "{operation}"
        );
        assert!(ours.addresses().is_empty(), "{operation}");
        theirs.plans_nothing();
    }
}

/// Two that share an entry end in the order in which they came: the first does not take from the second.
#[test]
fn what_another_grant_has_written_since_is_not_put_back() {
    let world = World::new();
    theirs(&world);
    let grant = |namespace: &str| {
        format!(
            "user_name = \"{namespace}:{{{{SessionName}}}}\"\n  access_policies = {{ AmazonEKSViewPolicy = {{ namespaces = [\"{namespace}\"] }} }}\n  \
             tags = {{ team = \"{namespace}\" }}"
        )
    };
    let (first, second) = (
        Bench::new(&world, &shared(&grant("first"))),
        Bench::new(&world, &shared(&grant("second"))),
    );
    first.apply().ok();
    second.apply().ok();
    let before = contents(&world.entry());
    first.destroy().ok().does_not_say("Values of others are put back");
    assert_eq!(contents(&world.entry()), before);
    second.plans_nothing();
}

/// A process that is killed between the delete and the create remembers nothing, so the plan lists what others have.
#[test]
fn plan_that_recreates_a_shared_entry_lists_what_others_have() {
    let (world, terraform) = made_here_and_used_by_others();
    recreate_role(&world);
    let plan = terraform.plan().says("Shared access entry is recreated");
    plan.says("AmazonEKSEditPolicy: the whole cluster")
        .does_not_say("AmazonEKSViewPolicy: the whole cluster");
    world.deny("eks", "CreateAccessEntry");
    terraform.apply_plan().failed().says("Deleted access entry is not recreated yet");
    // No entry is there that could hold an old id.
    let plan = terraform.plan().says("An earlier apply deleted the access entry");
    plan.says("AmazonEKSEditPolicy: the whole cluster")
        .does_not_say("EKS still holds the old id");
    let end = terraform.run(&["plan", "-destroy"]).says("Access of others does not come back");
    end.says("AmazonEKSEditPolicy: the whole cluster");
    world.clear_faults();
    terraform.apply().ok();
    holds_both(&world);
    terraform.plans_nothing();
}

/// An entry of others is only left: that is what the plan says.
#[test]
fn rotation_of_a_joined_entry_does_not_say_that_it_deletes_the_old_one() {
    let (world, terraform) = joined();
    reprovision(&world);
    let plan = terraform
        .plan()
        .says("then takes what this grant gave off the old one, which others made");
    plan.does_not_say("deletes the old one");
}

/// A state holds what a shared grant names, so what it does not name has a minus in the plan, and stays.
#[test]
fn what_sharing_leaves_to_others_is_told_and_stays() {
    let title = "Access is left to others";
    let import = format!("import {{\n  to = {GRANT}\n  id = \"payments-prod,DeveloperAccess\"\n}}\n");
    let world = World::new();
    let before = theirs(&world);
    let named = shared("kubernetes_groups = [\"ours\"]\n  access_policies = { AmazonEKSAdminPolicy = { scope = \"cluster\" } }");
    let terraform = Bench::new(&world, &format!("{named}{import}"));
    let plan = terraform.plan().says(title);
    for left in [
        "AmazonEKSEditPolicy",
        "AmazonEKSViewPolicy",
        "group theirs",
        "user name theirs:x",
        "tag cost",
        "tag team",
    ] {
        assert!(plan.text.contains(&format!("  - {left}\n")), "{left}: {}", plan.text);
    }
    plan.does_not_say("This takes away your own access");
    terraform.apply().ok();
    let entry = world.entry();
    assert_eq!(
        (&entry["kubernetesGroups"], &entry["username"]),
        (&json!(["ours", "theirs"]), &json!("theirs:x"))
    );
    terraform.plan().does_not_say(title);
    terraform.destroy().ok();
    assert_eq!(contents(&world.entry()), before);
}

/// The same where the grant had the entry for itself; what it goes on naming is not told.
#[test]
fn what_is_left_to_others_when_sharing_begins_is_told() {
    let world = World::new();
    let alone = shared(EVERYTHING).replace("additive", "exclusive");
    let terraform = Bench::new(&world, &alone);
    terraform.apply().ok();
    terraform.write(&shared(EVERYTHING));
    terraform.plan().does_not_say("Access is left to others");
    terraform.write(&shared("access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }"));
    terraform
        .plan()
        .says("Access is left to others")
        .says("  - group ours\n")
        .does_not_say("  - AmazonEKSViewPolicy\n");
    terraform.apply().ok();
    assert_eq!(world.entry()["kubernetesGroups"], json!(["ours"]));
}

/// A create that fails half-way is in no state, so nothing of it stays on an entry of others.
#[test]
fn joining_that_fails_half_way_is_undone() {
    let everything = EVERYTHING.replace(
        "AmazonEKSViewPolicy =",
        "AmazonEKSAdminPolicy = { namespaces = [\"ours\"] }\n    AmazonEKSViewPolicy =",
    );
    for after in 0..3 {
        for operation in ["AssociateAccessPolicy", "UpdateAccessEntry", "TagResource"] {
            let world = World::new();
            let before = theirs(&world);
            let terraform = Bench::new(&world, &shared(&everything));
            world.fault(json!({ "service": "eks", "operation": operation, "after": after, "times": 1, "denied": true }));
            let apply = terraform.apply();
            if apply.code == Some(0) {
                // It was not called so often.
                continue;
            }
            apply.says("so nothing is left of this apply");
            assert_eq!(contents(&world.entry()), before, "{operation} {after}");
            assert!(terraform.addresses().is_empty());
            terraform.apply().ok();
            terraform.plans_nothing();
            terraform.destroy().ok();
            assert_eq!(contents(&world.entry()), before, "{operation} {after}");
        }
    }
}

/// Where that is refused, too, the message says what stays.
#[test]
fn joining_that_can_neither_be_completed_nor_undone_says_what_stays() {
    let world = World::new();
    theirs(&world);
    let terraform = Bench::new(&world, &shared(EVERYTHING));
    world.deny("eks", "UpdateAccessEntry");
    world.deny("eks", "TagResource");
    world.deny("eks", "DisassociateAccessPolicy");
    world.fault(json!({ "service": "eks", "operation": "AssociateAccessPolicy", "after": 1, "denied": true }));
    let apply = terraform.apply().failed().says("What is done stays, and is not in the state");
    apply.says("associate AmazonEKSViewPolicy for the whole cluster");
}

/// A break-glass role that was recreated `age_seconds` ago, after its shared entry got what is ours and what is theirs.
fn recreated_break_glass(age_seconds: i32) -> (World, Bench, Value) {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "break-glass" }] }));
    let by_name = shared("access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }\n  kubernetes_groups = [\"ours\"]")
        .replace("permission_set_name = \"DeveloperAccess\"", "role_name = \"break-glass\"");
    let terraform = Bench::new(&world, &by_name);
    terraform.apply().ok();
    let arn = world.entry()["principalArn"].as_str().unwrap().to_owned();
    world.associate(&arn, "AmazonEKSEditPolicy", "type=cluster");
    let role = post(
        "recreate-role",
        json!({ "account": world.member, "role_name": "break-glass", "age_seconds": age_seconds }),
    );
    (world, terraform, role)
}

/// Nobody but a person accepts a new role of that name, and does so with -replace.
#[test]
fn shared_entry_of_a_recreated_role_is_recreated_whole_after_its_replacement() {
    for age_seconds in [-60, 0] {
        let (world, terraform, role) = recreated_break_glass(age_seconds);
        terraform
            .plan()
            .says("Role was recreated")
            .says("apply with -replace")
            .says("the plan after that recreates it with all that is on it");
        terraform.run(&["apply", "-replace", GRANT]).ok();
        holds_both(&world);
        assert_ne!(world.entry()["principalId"], world.entry()["currentPrincipalId"]);
        let plan = terraform.plan().says("The apply deletes the access entry and recreates it");
        assert_eq!(plan.code, Some(2), "{}", plan.text);
        terraform.apply_plan().ok();
        holds_both(&world);
        assert_eq!(world.entry()["principalId"], world.entry()["currentPrincipalId"]);
        assert_eq!(terraform.state(GRANT)["role_id"], role["role_id"]);
        terraform.plans_nothing();
        terraform.destroy().ok();
        assert!(world.entry()["policies"].to_string().contains("EditPolicy"));
    }
}

/// What was accepted is that one role: another one that comes after it waits for a person again.
#[test]
fn role_that_is_recreated_after_it_was_accepted_is_not_let_in() {
    let (world, terraform, _) = recreated_break_glass(-60);
    terraform.run(&["apply", "-replace", GRANT]).ok();
    let again = json!({ "account": world.member, "role_name": "break-glass", "age_seconds": -120 });
    post("recreate-role", again);
    world.forget_calls();
    let plan = terraform.plan().says("apply with -replace");
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    terraform.apply_plan().ok();
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(terraform.state(GRANT)["status"], json!("stale"));
}

/// A replacement leaves the entry to who shares it, and is still of the grant that made it.
#[test]
fn entry_that_was_made_here_goes_in_the_end_though_a_replacement_joined_it() {
    let world = World::new();
    let (ours, theirs) = (Bench::new(&world, &shared(MORE)), Bench::new(&world, &shared(THEIRS)));
    ours.apply().ok();
    theirs.apply().ok();
    ours.run(&["apply", "-replace", GRANT]).ok();
    ours.plans_nothing();
    theirs.plans_nothing();
    theirs.destroy().ok();
    ours.destroy().ok();
    assert_eq!(world.entries(), [] as [Value; 0]);
}

/// What the apply brings along from the entry of the old role to one that stands is in its plan.
#[test]
fn plan_of_a_move_to_an_entry_that_stands_lists_what_comes_along() {
    let (world, terraform) = made_here_and_used_by_others();
    let new = reprovision(&world);
    world.create_entry_of(&new, &[]);
    world.associate(&new, "AmazonEKSViewPolicy", "type=cluster");
    let plan = terraform.plan().says("associate AmazonEKSEditPolicy for the whole cluster");
    plan.says("policies come along. Then it is deleted").does_not_say("change nothing");
    terraform.apply_plan().ok();
    holds_both(&world);
    terraform.plans_nothing();
}

/// What another owner's configuration moved is told, and nothing is advised that would harm it or be refused.
#[test]
fn end_of_a_grant_leaves_the_entry_that_another_owner_has_moved() {
    let owner = |name: &str, grant: String| format!("provider \"eks\" {{\n owner = \"{name}\"\n}}\n{grant}");
    for grant in [shared(MORE), shared(MORE).replace("additive", "exclusive")] {
        let world = World::new();
        let terraform = Bench::new(&world, &owner("team/a", grant));
        terraform.apply().ok();
        let new = reprovision(&world);
        world.create_entry_of(&new, &["--tags", "terraform-provider-eks:owner=team/b"]);
        world.associate(&new, "AmazonEKSViewPolicy", "type=cluster");
        let plan = terraform
            .run(&["plan", "-destroy"])
            .says("belongs to the configuration of owner \"team/b\"");
        plan.does_not_say("delete-access-entry").does_not_say("terraform import");
    }
}

/// Who made it ended first, so the last one leaves an empty entry, and says so.
#[test]
fn empty_entry_that_the_last_grant_leaves_is_told() {
    let title = "Empty access entry stays";
    let world = World::new();
    let (ours, theirs) = (Bench::new(&world, &shared(MORE)), Bench::new(&world, &shared(THEIRS)));
    ours.apply().ok();
    theirs.apply().ok();
    ours.destroy().ok().does_not_say(title);
    theirs.destroy().ok().says(title).says("aws eks delete-access-entry");
    let entry = world.entry();
    assert_eq!((&entry["policies"], &entry["kubernetesGroups"]), (&json!([]), &json!([])));
}
