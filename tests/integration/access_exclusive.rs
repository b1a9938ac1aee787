//! `eks_sso_access_exclusive`: the entries of a cluster that nobody named.

use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, calls_of, post, wait_for};
use crate::terraform::Workspace;
use serde_json::{Value, json};

const ADDRESS: &str = "eks_sso_access_exclusive.it";
const ADMIN: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
const EDIT: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy";
const DELETED: &str = "Access entries will be deleted";

/// A cluster with these entries: names of roles of the member, and what else CreateAccessEntry and the emulator take.
fn world(entries: &[(&str, Value)]) -> World {
    let roles: Value = entries
        .iter()
        .filter(|(name, _)| !name.contains('/'))
        .map(|(name, _)| json!({ "account": "MEMBER", "name": name }))
        .collect();
    let entries: Value = entries
        .iter()
        .map(|(name, more)| {
            let mut entry = json!({ "principalArn": format!("arn:aws:iam::MEMBER:role/{name}") });
            entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            entry
        })
        .collect();
    World::with(json!({ "roles": roles, "clusters": [{
        "account": "MEMBER", "region": REGION, "name": CLUSTER, "authentication_mode": "API", "access_entries": entries,
    }] }))
}

fn role(world: &World, name: &str) -> String {
    format!("arn:aws:iam::{}:role/{name}", world.member)
}

fn admin() -> Value {
    json!({ "policies": [{ "policyArn": ADMIN, "accessScope": { "type": "cluster" } }] })
}

fn plain() -> Value {
    json!({})
}

fn config(world: &World, named: &[&str], more: &str) -> String {
    let arns: Vec<_> = named.iter().map(|name| role(world, name)).collect();
    format!(
        "resource \"eks_sso_access_exclusive\" \"it\" {{\n  cluster_name   = \"{CLUSTER}\"\n  principal_arns = {arns:?}\n  {more}\n}}\n"
    )
}

/// Somebody else at work on the entry of a role.
fn elsewhere(world: &World, name: &str, more: Value) -> Value {
    let mut body = json!({ "account": world.member, "region": REGION, "cluster": CLUSTER, "principalArn": role(world, name) });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    post("entry", body)
}

fn make(world: &World, name: &str) {
    elsewhere(world, name, json!({ "make": true }));
}

/// Names of the roles that have entries.
fn left(world: &World) -> Vec<String> {
    let entries = world.entries();
    let mut names: Vec<_> = entries
        .iter()
        .map(|entry| entry["principalArn"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// A bench whose state knows all that is unexpected.
fn applied(world: &World, config: &str) -> Bench {
    let terraform = Bench::new(world, config);
    terraform.apply().ok();
    terraform
}

fn unexpected(terraform: &Bench) -> Vec<String> {
    let state = terraform.state(ADDRESS);
    let names = state["unexpected"].as_object().unwrap().keys();
    names.map(|arn| arn.rsplit('/').next().unwrap().to_owned()).collect()
}

/// Whoever reads that an entry will be deleted must learn whose it is.
#[test]
fn owner_of_an_entry_that_will_be_deleted_is_told() {
    let world = world(&[("Boss", admin()), ("Theirs", plain())]);
    let entries = world.entries();
    let theirs = entries
        .iter()
        .find(|entry| entry["principalArn"] == role(&world, "Theirs"))
        .unwrap();
    let arn = theirs["accessEntryArn"].as_str().unwrap();
    let tag = "terraform-provider-eks:owner=team/a";
    world.aws(&["eks", "tag-resource", "--resource-arn", arn, "--tags", tag]);
    let terraform = applied(&world, &config(&world, &["Boss"], ""));
    let plan = terraform.plan().says(DELETED);
    plan.says("owner \"team/a\"");
}

#[test]
fn access_exclusive_basic() {
    let world = world(&[
        ("Deployer", plain()),
        ("Boss", admin()),
        (
            "Stranger",
            json!({ "kubernetesGroups": ["spies"], "policies": [
        { "policyArn": EDIT, "accessScope": { "type": "namespace", "namespaces": ["payments"] } }] }),
        ),
    ]);
    let terraform = Bench::new(&world, &config(&world, &["Deployer", "Boss"], ""));
    // A create has nothing to be held to: it lists, and its apply records.
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2));
    plan.says("Unexpected access entries")
        .says(&format!(
            "{} AmazonEKSEditPolicy (namespaces payments); groups spies",
            role(&world, "Stranger")
        ))
        .says("This apply deletes nothing")
        .does_not_say("role/Boss:");
    assert_eq!(terraform.change(ADDRESS)["after_unknown"]["unexpected"], json!(true));
    terraform.apply_plan().ok().says("Unexpected access entries");
    assert_eq!(left(&world), ["Boss", "Deployer", "Stranger"]);
    let stranger = world
        .entries()
        .into_iter()
        .find(|e| e["principalArn"] == role(&world, "Stranger"))
        .unwrap();
    assert_eq!(
        terraform.state(ADDRESS)["unexpected"],
        json!({ role(&world, "Stranger"): {
            "access_entry_arn": stranger["accessEntryArn"],
            "owner": null,
            "user_name": stranger["username"],
            "kubernetes_groups": ["spies"],
            "access_policies": { "AmazonEKSEditPolicy": { "scope": null, "namespaces": ["payments"] } },
        } })
    );
    // Now the plan shows it, and its apply removes it.
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2));
    plan.says(DELETED).says(&role(&world, "Stranger"));
    assert_eq!(terraform.change(ADDRESS)["after"]["unexpected"], json!({}));
    world.forget_calls();
    terraform.apply_plan().ok().says("0 added, 1 changed, 0 destroyed");
    assert_eq!(world.writes(), ["DeleteAccessEntry"]);
    assert_eq!(left(&world), ["Boss", "Deployer"]);
    terraform.plans_nothing();
}

#[test]
fn destroy_forgets() {
    let world = world(&[("Deployer", plain()), ("Stranger", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    world.forget_calls();
    terraform.destroy().ok().says("1 destroyed");
    assert!(world.writes().is_empty());
    assert_eq!(left(&world), ["Deployer", "Stranger"]);
}

#[test]
fn report_mode_keeps_the_plan_non_empty_and_deletes_nothing() {
    let world = world(&[("Deployer", plain()), ("Stranger", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], "mode = \"report\""));
    for _ in 0..2 {
        let plan = terraform.plan();
        assert_eq!(plan.code, Some(2));
        plan.says("Unexpected access entries")
            .says(&role(&world, "Stranger"))
            .does_not_say(DELETED);
        assert_eq!(terraform.change(ADDRESS)["after_unknown"]["unexpected"], json!(true));
        terraform.apply_plan().ok();
    }
    assert!(world.writes().is_empty());
    // Once it is ignored there is nothing to report.
    terraform.write(&config(
        &world,
        &["Deployer"],
        "mode = \"report\"\n  ignore = [\"arn:aws:iam::*:role/Strang*\"]",
    ));
    terraform.apply().ok().does_not_say("Unexpected access entries");
    terraform.plans_nothing();
    // From report to remove: what the state shows goes with the first apply.
    terraform.write(&config(&world, &["Deployer"], ""));
    terraform.apply().ok();
    terraform.plan().says(DELETED);
    terraform.apply_plan().ok();
    assert_eq!(left(&world), ["Deployer"]);
}

#[test]
fn entries_of_nodes_and_of_services_are_never_meant() {
    let world = world(&[
        ("Nodes", json!({ "type": "EC2_LINUX" })),
        ("service-role/AmazonEKSAutoNodeRole", plain()),
        ("Deployer", plain()),
    ]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    assert_eq!(unexpected(&terraform), [""; 0]);
    terraform.plans_nothing();
    assert_eq!(left(&world), ["AmazonEKSAutoNodeRole", "Deployer", "Nodes"]);
}

#[test]
fn role_of_a_permission_set_may_be_named_without_its_path() {
    let world = World::new();
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    let name = world.role_arn("DeveloperAccess").rsplit('/').next().unwrap().to_owned();
    let terraform = applied(&world, &config(&world, &[&name], ""));
    terraform.plans_nothing();
}

#[test]
fn only_what_the_plan_showed_is_removed() {
    let world = world(&[("Deployer", plain()), ("First", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    terraform.plan().says(&role(&world, "First"));
    make(&world, "Second");
    terraform.apply_plan().ok();
    assert_eq!(left(&world), ["Deployer", "Second"]);
    // The next plan shows the new one.
    terraform.plan().says(&role(&world, "Second"));
    terraform.apply_plan().ok();
    assert_eq!(left(&world), ["Deployer"]);
    terraform.plans_nothing();
}

#[test]
fn entry_that_is_replaced_after_the_plan_stays() {
    let world = world(&[("Deployer", plain()), ("First", plain()), ("Second", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    terraform.plan();
    elsewhere(&world, "First", json!({ "delete": true, "make": true }));
    let applied = terraform.apply_plan().ok().says("Access entry of somebody else is kept");
    // What the plan within the apply says besides is of the other one alone.
    applied
        .says("this access entry of")
        .says(&format!("{} no rights", role(&world, "Second")))
        .does_not_say(&format!("{} no rights", role(&world, "First")));
    assert_eq!(left(&world), ["Deployer", "First"]);
    terraform.plan().says(DELETED).says(&role(&world, "First"));
    terraform.apply_plan().ok();
    assert_eq!(left(&world), ["Deployer"]);
}

#[test]
fn entry_that_goes_between_plan_and_apply_counts_as_done() {
    let world = world(&[("Deployer", plain()), ("First", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    terraform.plan();
    elsewhere(&world, "First", json!({ "delete": true }));
    world.forget_calls();
    terraform.apply_plan().ok();
    assert!(world.writes().is_empty());
    terraform.plans_nothing();
}

/// The create's plan showed one entry; by its apply there is another one. Neither is deleted.
#[test]
fn create_deletes_nothing_whatever_happens_after_its_plan() {
    let world = world(&[("Deployer", plain()), ("First", plain())]);
    let terraform = Bench::new(&world, &config(&world, &["Deployer"], ""));
    terraform.plan().says(&role(&world, "First"));
    elsewhere(&world, "First", json!({ "delete": true }));
    make(&world, "Second");
    terraform.apply_plan().ok();
    assert!(world.writes().is_empty());
    assert_eq!(unexpected(&terraform), ["Second"]);
}

#[test]
fn principals_that_are_not_known_yet_are_compared_by_the_apply_that_deletes_nothing() {
    let world = world(&[("Deployer", plain()), ("Stranger", plain())]);
    let unknown = format!(
        "resource \"terraform_data\" \"u\" {{\n  input = {:?}\n}}\n",
        role(&world, "Deployer")
    );
    let config = format!(
        "{unknown}resource \"eks_sso_access_exclusive\" \"it\" {{\n  cluster_name = \"{CLUSTER}\"\n  principal_arns = \
         [terraform_data.u.output]\n}}\n"
    );
    let terraform = Bench::new(&world, &config);
    let plan = terraform.plan();
    plan.says("Access entries are compared later").says("Plan again after it");
    assert_eq!(terraform.change(ADDRESS)["after_unknown"]["unexpected"], json!(true));
    terraform.apply_plan().ok().says("Unexpected access entries");
    assert!(world.writes().is_empty());
    terraform.plan().says(DELETED).says(&role(&world, "Stranger"));
    terraform.apply_plan().ok();
    assert_eq!(left(&world), ["Deployer"]);
}

/// With a state, the plan shows all that may go, and what is named in the end stays.
#[test]
fn what_an_unknown_principal_proves_to_name_stays() {
    let world = world(&[("Deployer", plain()), ("Wanted", plain()), ("Stranger", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    let unknown = format!("resource \"terraform_data\" \"u\" {{\n  input = {:?}\n}}\n", role(&world, "Wanted"));
    terraform.write(&format!(
        "{unknown}resource \"eks_sso_access_exclusive\" \"it\" {{\n  cluster_name = \"{CLUSTER}\"\n  principal_arns = [{:?}, \
         terraform_data.u.output]\n}}\n",
        role(&world, "Deployer")
    ));
    terraform.plan().says(DELETED).says("do not name by then");
    terraform.apply_plan().ok();
    assert_eq!(left(&world), ["Deployer", "Wanted"]);
    terraform.plans_nothing();
}

#[test]
fn entry_that_is_named_now_is_not_announced_and_stays() {
    let world = world(&[("Deployer", plain()), ("Wanted", plain()), ("Stranger", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    terraform.write(&config(&world, &["Deployer", "Wanted"], ""));
    terraform
        .plan()
        .says(&format!("{} no rights", role(&world, "Stranger")))
        .does_not_say(&format!("{} no rights", role(&world, "Wanted")))
        .says("Access entries leave the list and stay")
        .says(&role(&world, "Wanted"));
    terraform.apply_plan().ok();
    assert_eq!(left(&world), ["Deployer", "Wanted"]);
    terraform.plans_nothing();
}

/// A rotation whose old entry could not be deleted: the state names the old role, so that the new one's entry is unexpected in it.
#[test]
fn entry_of_the_new_role_is_said_to_stay_where_a_rotation_was_left_half_done() {
    let world = World::new();
    let config = format!(
        "resource \"eks_sso_access\" \"dev\" {{\n  cluster_name = \"{CLUSTER}\"\n  permission_set_name = \"DeveloperAccess\"\n}}\n\
         resource \"eks_sso_access_exclusive\" \"it\" {{\n  cluster_name = \"{CLUSTER}\"\n  principal_arns = \
         [eks_sso_access.dev.principal_arn]\n}}\n"
    );
    let terraform = applied(&world, &config);
    let role = post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    world.deny("eks", "DeleteAccessEntry");
    terraform.apply().failed();
    world.clear_faults();
    let plan = terraform.plan().says("Access entries leave the list and stay");
    plan.says(role["arn"].as_str().unwrap()).does_not_say(DELETED);
    terraform.apply_plan().ok();
    assert_eq!(world.entries().len(), 1);
    terraform.plans_nothing();
}

#[test]
fn own_way_in_is_never_removed() {
    let world = World::new();
    let own = world.role_arn("AdministratorAccess");
    world.create_entry_elsewhere("AdministratorAccess", &[]);
    make(&world, "Stranger");
    let provider = format!("provider \"eks\" {{\n  assume_role {{\n    role_arn = {own:?}\n  }}\n}}\n");
    let terraform = applied(&world, &format!("{provider}{}", config(&world, &[], "")));
    // A warning in the plan, so that a destroy, which plans first, is not blocked.
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2));
    plan.says("Own access would be removed").says(&format!("ignore = [{own:?}]"));
    world.forget_calls();
    terraform.apply_plan().failed().says("Own access would be removed");
    assert!(world.writes().is_empty(), "nothing is deleted before this is settled");
    assert_eq!(world.entries().len(), 2);
    terraform.write(&format!("{provider}{}", config(&world, &[], &format!("ignore = [{own:?}]"))));
    terraform.apply().ok();
    assert_eq!(world.entry()["principalArn"], json!(own));
    terraform.plans_nothing();
}

/// The role by which Terraform reaches the account of the cluster is its way in, too.
#[test]
fn role_of_account_access_is_the_own_way_in() {
    let world = world(&[("eks", plain())]);
    let mut terraform = Bench::new(
        &world,
        &format!(
            "provider \"eks\" {{\n  account_access {{\n    role_name = \"eks\"\n  }}\n}}\n{}",
            config(&world, &[], &format!("account_id = {:?}", world.member))
        ),
    );
    terraform.env = world.credentials(&world.management);
    terraform.apply().ok();
    terraform.plan().says("Own access would be removed");
    terraform.apply_plan().failed();
    assert_eq!(left(&world), ["eks"]);
}

#[test]
fn last_cluster_administrator_is_never_removed() {
    let world = world(&[("Deployer", plain()), ("One", admin()), ("Two", admin()), ("Stranger", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    let summary = "Last cluster administrator would be removed";
    let plan = terraform.plan().says(summary).says(&role(&world, "One")).says(&role(&world, "Two"));
    // What another warning denies is not said.
    plan.says("An apply fails before it deletes anything")
        .does_not_say("The apply deletes them")
        .does_not_say(DELETED);
    world.forget_calls();
    terraform.apply_plan().failed().says(summary).says("Nothing was deleted");
    assert!(world.writes().is_empty());
    assert_eq!(unexpected(&terraform), ["One", "Stranger", "Two"]);
    // One of two may go.
    terraform.write(&config(&world, &["Deployer", "Two"], ""));
    terraform.plan().does_not_say(summary);
    terraform.apply_plan().ok();
    assert_eq!(left(&world), ["Deployer", "Two"]);
}

/// An administrator of some namespaces is none of the cluster.
#[test]
fn administrator_of_a_namespace_does_not_count() {
    let narrow = json!({ "policies": [{ "policyArn": ADMIN, "accessScope": { "type": "namespace", "namespaces": ["a"] } }] });
    let world = world(&[("Deployer", narrow), ("One", admin())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    terraform.plan();
    terraform.apply_plan().failed().says("Last cluster administrator would be removed");
}

#[test]
fn administrators_that_cannot_be_listed_stop_the_removal() {
    let world = world(&[("Deployer", plain()), ("Stranger", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    terraform.plan();
    world.deny("eks", "ListAccessEntries");
    world.forget_calls();
    terraform
        .run(&["apply", "plan"])
        .failed()
        .says("Nothing was deleted: whether")
        .says("eks:ListAccessEntries");
    assert!(world.writes().is_empty());
}

/// The plan has read them once, and what the apply will find when it asks again is not known.
#[test]
fn administrators_that_a_plan_cannot_look_up_are_a_warning() {
    let world = world(&[("Deployer", plain()), ("Stranger", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    world.fault(json!({ "service": "eks", "operation": "ListAccessEntries", "after": 1, "denied": true }));
    terraform
        .plan()
        .says("Check skipped: last cluster administrator")
        .says("Whether another access entry administers")
        .says(DELETED);
}

#[test]
fn reads_that_are_denied_are_errors() {
    for denied in ["ListAccessEntries", "DescribeAccessEntry", "ListAssociatedAccessPolicies"] {
        let world = world(&[("Deployer", plain()), ("Stranger", plain())]);
        let terraform = Bench::new(&world, &config(&world, &["Deployer"], ""));
        world.deny("eks", denied);
        terraform.plan().failed().says("Access entries cannot be read").says(denied);
        world.clear_faults();
        terraform.apply().ok();
        world.deny("eks", denied);
        terraform.plan().failed().says("Access entries cannot be read");
        assert_eq!(unexpected(&terraform), ["Stranger"], "{denied}: the state stays");
    }
}

#[test]
fn delete_that_is_denied_half_way_leaves_the_rest_in_the_state() {
    let world = world(&[("Deployer", plain()), ("A", plain()), ("B", plain()), ("C", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    terraform.plan();
    world.fault(json!({ "service": "eks", "operation": "DeleteAccessEntry", "after": 1, "times": 1, "denied": true }));
    let apply = terraform.apply_plan().failed();
    apply
        .says("1 of 3 access entries of")
        .says(&role(&world, "B"))
        .says("eks:DeleteAccessEntry")
        .does_not_say("Nor were these");
    assert_eq!(left(&world), ["B", "Deployer"], "the others are removed all the same");
    assert_eq!(unexpected(&terraform), ["B"]);
    world.clear_faults();
    terraform.plan().says(&role(&world, "B"));
    terraform.apply_plan().ok();
    assert_eq!(left(&world), ["Deployer"]);
    terraform.plans_nothing();
}

/// What is listed fits on a screen.
#[test]
fn four_entries_are_listed_and_the_others_counted() {
    let names = ["A", "B", "C", "D", "E", "F"];
    for (count, more) in [(1, None), (4, None), (5, Some("and 1 more")), (6, Some("and 2 more"))] {
        let entries: Vec<_> = names[..count]
            .iter()
            .map(|name| (*name, plain()))
            .chain([("Deployer", plain())])
            .collect();
        let world = world(&entries);
        let terraform = applied(&world, &config(&world, &["Deployer"], ""));
        let plan = terraform.plan().says(match count {
            1 => "The apply deletes it.",
            _ => "The apply deletes them.",
        });
        let listed = names
            .iter()
            .filter(|name| plan.text.contains(&format!("  {}\n", role(&world, name))))
            .count();
        assert_eq!(listed, count.min(4), "{}", plan.text);
        match more {
            Some(more) => drop(plan.says(more)),
            None => drop(plan.does_not_say(" more\n")),
        }
    }
}

#[test]
fn deletes_that_are_all_denied_are_one_error_that_lists_whose() {
    let world = world(&[("Deployer", plain()), ("A", plain()), ("B", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    terraform.plan().says("The apply deletes them.");
    world.deny("eks", "DeleteAccessEntry");
    let listed = format!("The first is that of\n  {}", role(&world, "A"));
    let nor = format!("Nor were these:\n  {}\n", role(&world, "B"));
    terraform
        .apply_plan()
        .failed()
        .says("2 of 2 access entries of")
        .says(&listed)
        .says(&nor);
    assert_eq!(unexpected(&terraform), ["A", "B"]);
}

#[test]
fn delete_whose_answer_is_lost_is_done() {
    let world = world(&[("Deployer", plain()), ("First", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    terraform.plan();
    world.fault(json!({ "service": "eks", "operation": "DeleteAccessEntry", "times": 1, "lose_answer": true }));
    world.forget_calls();
    terraform.apply_plan().ok();
    assert_eq!(world.writes(), ["DeleteAccessEntry"], "another look shows that it is gone");
    assert_eq!(left(&world), ["Deployer"]);
    terraform.plans_nothing();
}

/// AWS breaks, and while its answer was waited for another entry came: the next try would delete that one.
#[test]
fn entry_that_comes_between_two_tries_stays() {
    let world = world(&[("Deployer", plain()), ("First", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    terraform.plan();
    world.fault(json!({
        "service": "eks", "operation": "DeleteAccessEntry", "times": 1, "hold": true, "status": 500, "code": "ServerException", "message": "broken",
    }));
    world.forget_calls();
    let apply = terraform.start(&["apply", "plan"]);
    world.wait_for_call("DeleteAccessEntry");
    elsewhere(&world, "First", json!({ "delete": true, "make": true }));
    let theirs = world.entries();
    world.clear_faults();
    apply.finish().ok().says("Access entry of somebody else is kept");
    assert_eq!(world.entries(), theirs);
    assert_eq!(world.writes(), ["DeleteAccessEntry"]);
}

/// A stop ends the removal: what is left stays in the state, and the next apply goes on.
#[test]
fn stop_leaves_the_rest_in_the_state() {
    let world = world(&[("Deployer", plain()), ("A", plain()), ("B", plain()), ("C", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    terraform.plan();
    world.fault(json!({ "service": "eks", "operation": "DeleteAccessEntry", "after": 1, "times": 1, "hold": true }));
    world.forget_calls();
    let apply = terraform.start(&["apply", "plan"]);
    wait_for(|| (world.writes().len() == 2).then_some(()));
    apply.stop();
    world.clear_faults();
    apply.finish().failed().says("Terraform was interrupted");
    assert_eq!(left(&world), ["C", "Deployer"], "a delete that is under way is finished");
    assert_eq!(unexpected(&terraform), ["C"]);
    terraform.apply().ok();
    assert_eq!(left(&world), ["Deployer"]);
}

/// The grant's entry of the old role goes with the grant, in the plan that moves it; and nothing of it is announced here.
#[test]
fn entry_of_an_old_role_belongs_to_the_grant_that_moves_it() {
    let world = World::new();
    let config = format!(
        "resource \"eks_sso_access\" \"dev\" {{\n  cluster_name = \"{CLUSTER}\"\n  permission_set_name = \"DeveloperAccess\"\n}}\n\
         resource \"eks_sso_access_exclusive\" \"it\" {{\n  cluster_name = \"{CLUSTER}\"\n  principal_arns = \
         [eks_sso_access.dev.principal_arn]\n}}\n"
    );
    let terraform = applied(&world, &config);
    terraform.plans_nothing();
    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2));
    plan.says("New role for a permission set")
        .does_not_say(DELETED)
        .does_not_say("Unexpected access entries");
    terraform.apply_plan().ok();
    assert_eq!(world.entries().len(), 1);
    terraform.plans_nothing();
    assert_eq!(unexpected(&terraform), [""; 0]);
}

/// A name that leaves with its grant: the grant deletes the entry, and nothing of it is announced here, then or later.
#[test]
fn entry_of_a_grant_that_is_destroyed_goes_with_the_grant() {
    let world = World::new();
    let grant = |set: &str| {
        format!("resource \"eks_sso_access\" \"{set}\" {{\n  cluster_name = \"{CLUSTER}\"\n  permission_set_name = \"{set}\"\n}}\n")
    };
    let exclusive = |grants: &[&str]| {
        let arns: Vec<_> = grants.iter().map(|set| format!("eks_sso_access.{set}.principal_arn")).collect();
        let arns = arns.join(", ");
        format!("resource \"eks_sso_access_exclusive\" \"it\" {{\n  cluster_name = \"{CLUSTER}\"\n  principal_arns = [{arns}]\n}}\n")
    };
    let both = ["DeveloperAccess", "AdministratorAccess"];
    let terraform = applied(&world, &format!("{}{}{}", grant(both[0]), grant(both[1]), exclusive(&both)));
    terraform.plans_nothing();
    terraform.write(&format!("{}{}", grant(both[0]), exclusive(&both[..1])));
    terraform.plan().says("1 to destroy").does_not_say(DELETED);
    world.forget_calls();
    terraform.apply_plan().ok().does_not_say("Access entry");
    assert_eq!(world.writes(), ["DeleteAccessEntry"]);
    terraform.plans_nothing();
    terraform.destroy().ok();
}

/// Without a grant, the entry is unexpected from the next plan on.
#[test]
fn entry_whose_name_leaves_is_shown_by_the_next_plan() {
    let world = world(&[("Deployer", plain()), ("Leaver", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer", "Leaver"], ""));
    terraform.write(&config(&world, &["Deployer"], ""));
    terraform.plan().does_not_say(DELETED);
    terraform.apply_plan().ok();
    assert_eq!(left(&world), ["Deployer", "Leaver"]);
    terraform.plan().says(DELETED).says(&role(&world, "Leaver"));
    terraform.apply_plan().ok();
    assert_eq!(left(&world), ["Deployer"]);
}

#[test]
fn findings_of_a_validation_point_at_the_argument() {
    let world = World::new();
    let terraform = Bench::new(
        &world,
        "resource \"eks_sso_access_exclusive\" \"it\" {\n  cluster_name = \"a b\"\n  principal_arns = \
         [\"arn:aws:sts::222233334444:assumed-role/Dev/ann\"]\n  ignore = [\"arn:aws:iam::*:role/AWSReservedSSO_Dev_*\"]\n  mode = \"delete\"\n}\n",
    );
    let mut found: Vec<_> = terraform
        .findings()
        .into_iter()
        .map(|finding| (finding.line.split(' ').next().unwrap().to_owned(), finding.text))
        .collect();
    found.sort();
    let starts = [
        ("cluster_name", "Invalid cluster name: \"a b\" is not the name of an EKS cluster"),
        (
            "ignore",
            "Invalid pattern: \"arn:aws:iam::*:role/AWSReservedSSO_Dev_*\" matches no principal: the roles of Identity Center have a path",
        ),
        ("mode", "Invalid value: mode is \"delete\"; expected \"remove\" or \"report\"."),
        (
            "principal_arns",
            "Invalid principal ARN: \"arn:aws:sts::222233334444:assumed-role/Dev/ann\" is the ARN of a session",
        ),
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for ((line, text), (argument, start)) in found.iter().zip(starts) {
        assert!(line == argument && text.starts_with(start), "{line}: {text}");
    }
}

/// The same where this resource is new, too: its create does not list what the grant removes.
#[test]
fn create_does_not_list_the_entry_of_an_old_role() {
    let world = World::new();
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    let old = world.role_arn("DeveloperAccess");
    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let config = format!(
        "data \"eks_sso_role\" \"dev\" {{\n  permission_set_name = \"DeveloperAccess\"\n}}\nresource \"eks_sso_access_exclusive\" \"it\" \
         {{\n  cluster_name = \"{CLUSTER}\"\n  principal_arns = [data.eks_sso_role.dev.arn]\n}}\n"
    );
    let terraform = Bench::new(&world, &config);
    terraform.plan().does_not_say("Unexpected access entries");
    // Left, it is unexpected in a later plan.
    terraform.apply_plan().ok();
    terraform.plan().says(DELETED).says(&old);
    terraform.apply_plan().ok();
    assert!(world.entries().is_empty());
}

/// A grant adopts the entry in the same run, and nobody has added it to principal_arns.
#[test]
fn entry_that_a_grant_adopts_in_the_same_run_is_kept() {
    let world = World::new();
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    let alone = config(&world, &["Nobody"], "");
    let terraform = applied(&world, &alone);
    let grant = format!(
        "resource \"eks_sso_access\" \"dev\" {{\n  cluster_name = \"{CLUSTER}\"\n  permission_set_name = \"DeveloperAccess\"\n  \
         on_existing = \"adopt\"\n}}\n"
    );
    terraform.write(&format!(
        "{grant}{}",
        alone.replace("cluster_name ", "depends_on = [eks_sso_access.dev]\n  cluster_name ")
    ));
    terraform.plan();
    terraform.apply_plan().ok().says("Access entry is kept for another resource");
    assert_eq!(world.entries().len(), 1);
}

#[test]
fn import_by_id_and_identity_records_first() {
    let world = world(&[("Deployer", plain()), ("Stranger", plain())]);
    for id in [
        CLUSTER.to_owned(),
        format!("{CLUSTER}@{REGION}"),
        format!("{}/{CLUSTER}@{REGION}", world.member),
    ] {
        let terraform = Bench::new(&world, &config(&world, &["Deployer"], ""));
        world.forget_calls();
        terraform.import(ADDRESS, &id).ok();
        let described = calls_of(&world.member)
            .iter()
            .filter(|call| call["operation"] == "DescribeAccessEntry")
            .count();
        assert_eq!(described, 0, "nothing is named yet, so nothing is unexpected");
        terraform
            .plan()
            .says("Unexpected access entries")
            .says("This apply deletes nothing");
        terraform.apply_plan().ok();
        assert_eq!(left(&world), ["Deployer", "Stranger"]);
        assert_eq!(unexpected(&terraform), ["Stranger"]);
    }
    let terraform = Bench::new(&world, &config(&world, &["Deployer"], ""));
    let identity = format!("import {{\n  to = {ADDRESS}\n  identity = {{\n    cluster_name = \"{CLUSTER}\"\n  }}\n}}\n");
    terraform.write(&format!("{identity}{}", config(&world, &["Deployer"], "")));
    terraform.apply().ok().says("1 imported");
    terraform.import(ADDRESS, "payments,Dev").failed();
    let terraform = Bench::new(&world, &config(&world, &["Deployer"], ""));
    terraform
        .import(ADDRESS, "payments,Dev")
        .failed()
        .says("Expected [ACCOUNT_ID/]cluster_name[@region]");
}

#[test]
fn import_of_a_cluster_whose_entries_cannot_be_listed_fails() {
    let world = world(&[("Deployer", plain())]);
    let terraform = Bench::new(&world, &config(&world, &["Deployer"], ""));
    world.deny("eks", "ListAccessEntries");
    terraform
        .import(ADDRESS, CLUSTER)
        .failed()
        .says("Access entries cannot be read")
        .says("eks:ListAccessEntries");
}

#[test]
fn cluster_that_is_gone_is_gone_from_the_state() {
    let world = world(&[("Deployer", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    world.change_cluster(json!({ "deleted": true }));
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("EKS has no cluster");
    terraform.apply_plan().failed().says("EKS has no cluster");
    terraform.destroy().ok();
}

#[test]
fn clusters_that_read_aws_auth_say_that_its_rows_are_not_seen() {
    let both = World::new();
    let terraform = Bench::new(&both, &config(&both, &[], ""));
    terraform.plan().says("Rows of aws-auth are not covered");
    terraform.apply_plan().ok();
    terraform.plans_nothing();
    // A plan that changes nothing does not repeat it.
    terraform.plan().does_not_say("Rows of aws-auth are not covered");
    let entries_alone = world(&[]);
    let terraform = Bench::new(&entries_alone, &config(&entries_alone, &[], ""));
    terraform.plan().does_not_say("Rows of aws-auth are not covered");
}

#[test]
fn cluster_in_config_map_mode_has_no_entries() {
    let world = world(&[]);
    world.change_cluster(json!({ "authentication_mode": "CONFIG_MAP" }));
    let terraform = Bench::new(&world, &config(&world, &[], ""));
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("Cluster does not accept access entries");
    terraform.apply_plan().failed().says("Cluster does not accept access entries");
    assert!(terraform.addresses().is_empty());
}

/// A cluster of the same name is there now, which has no access entries: nothing is left to delete.
#[test]
fn cluster_that_is_in_config_map_mode_by_now_has_nothing_to_remove() {
    let world = world(&[("Deployer", plain()), ("Stranger", plain())]);
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    world.change_cluster(json!({ "authentication_mode": "CONFIG_MAP" }));
    let plan = terraform.plan().says("Cluster does not accept access entries");
    plan.does_not_say(DELETED).does_not_say("API_AND_CONFIG_MAP mode, so rows");
    terraform.apply().ok();
    assert!(unexpected(&terraform).is_empty());
    assert!(
        world.writes().iter().all(|call| call != "DeleteAccessEntry"),
        "{:?}",
        world.writes()
    );
}

#[test]
fn account_that_cannot_be_reached_is_told_at_account_id() {
    let world = world(&[]);
    let terraform = Bench::new(&world, &config(&world, &[], "account_id = \"999988887777\""));
    let plan = terraform.plan().failed().says("Account cannot be reached");
    plan.says("account_id = \"999988887777\"").does_not_say("cluster_name   =");
}

#[test]
fn import_of_a_missing_cluster_names_near_ones() {
    let world = world(&[]);
    let terraform = Bench::new(&world, &config(&world, &[], ""));
    let output = terraform.import(ADDRESS, "payment-prod").failed();
    output
        .says("Cluster does not exist")
        .says("Did you mean \"payments-prod\"?")
        .says("prefix the import id with ACCOUNT_ID/");
    let identity = "import {\n  to = eks_sso_access_exclusive.it\n  identity = {\n    cluster_name = \"payment-prod\"\n  }\n}\n";
    terraform.write(&format!("{}{identity}", config(&world, &[], "")));
    let plan = terraform.plan().failed().says("Cluster does not exist");
    plan.says("set account_id and region in the identity").does_not_say("import id");
}

/// What one resource makes the other deletes, apply after apply, whichever of the two is planned first.
#[test]
fn grant_whose_entry_is_unexpected_is_told() {
    let title = "Access entry is granted and deleted";
    for label in ["a", "z"] {
        let world = world(&[("Deployer", plain())]);
        let grant = format!(
            "resource \"eks_sso_access\" \"{label}\" {{\n  cluster_name      = \"{CLUSTER}\"\n  role_name         = \"Boss\"\n  \
             kubernetes_groups = [\"team\"]\n}}\n"
        );
        world.aws(&["iam", "create-role", "--role-name", "Boss", "--assume-role-policy-document", "{}"]);
        let terraform = Bench::new(&world, &format!("{grant}{}", config(&world, &["Deployer"], "")));
        terraform.apply().ok().does_not_say(title);
        terraform.plan().says(title).says("add its principal_arn to principal_arns");
        terraform.write(&format!("{grant}{}", config(&world, &["Deployer", "Boss"], "")));
        terraform.plan().does_not_say(title);
    }
}

/// The provider's Region is known only after apply: nothing is asked at plan, and nothing deleted by the apply.
#[test]
fn unknown_provider_is_no_error_of_a_create() {
    let world = world(&[("Deployer", plain()), ("Stranger", plain())]);
    let provider = |input: &str| {
        format!(
            "resource \"terraform_data\" \"r\" {{\n  input = \"{input}\"\n}}\nprovider \"eks\" {{\n  region = terraform_data.r.output\n}}\n"
        )
    };
    let mine = config(&world, &["Deployer"], "");
    let terraform = Bench::new(&world, &format!("{}{mine}", provider(REGION)));
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    terraform.apply_plan().ok();
    assert!(world.writes().is_empty());
    assert_eq!(unexpected(&terraform), ["Stranger"]);
    // In the state, it cannot be compared, and says so.
    terraform.write(&format!("{}{mine}", provider("eu-central-1")));
    terraform
        .run(&["plan", "-refresh=false"])
        .failed()
        .says("Provider configuration is not known yet");
}

#[test]
fn state_of_another_account_is_not_planned() {
    let world = world(&[("Deployer", plain())]);
    let mut terraform = applied(&world, &config(&world, &["Deployer"], ""));
    terraform.env = world.credentials(&world.management);
    terraform
        .run(&["plan", "-refresh=false"])
        .failed()
        .says("Resource is in another account or Region")
        .says(&world.member);
}

#[test]
fn another_cluster_replaces() {
    let world = world(&[("Deployer", plain())]);
    post(
        "cluster",
        json!({ "account": world.member, "region": REGION, "name": "other", "authentication_mode": "API" }),
    );
    let terraform = applied(&world, &config(&world, &["Deployer"], ""));
    terraform.write(&config(&world, &["Deployer"], "").replace(CLUSTER, "other"));
    terraform.apply().ok().says("1 added, 0 changed, 1 destroyed");
    terraform.plans_nothing();
    assert_eq!(left(&world), ["Deployer"]);
}

/// 3,000 entries, EKS's quota: thirty calls for all that are named, and two for each that is not.
#[test]
fn named_entries_cost_no_call_each() {
    let names: Vec<_> = (0..2_998).map(|n| format!("role-{n:04}")).collect();
    let mut entries: Vec<_> = names.iter().map(|name| (name.as_str(), plain())).collect();
    entries.extend([("Stranger", plain()), ("Other", plain())]);
    let world = world(&entries);
    let named: Vec<_> = names.iter().map(String::as_str).collect();
    let terraform = applied(&world, &config(&world, &named, ""));
    world.forget_calls();
    terraform.plan().says(DELETED);
    let count = |operation: &str| world.calls().iter().filter(|call| *call == operation).count();
    assert_eq!((count("DescribeAccessEntry"), count("ListAssociatedAccessPolicies")), (2, 2));
    // Thirty pages of the refresh, and one for who administers the cluster.
    assert_eq!(count("ListAccessEntries"), 31);
    world.forget_calls();
    terraform.apply_plan().ok();
    assert_eq!(count("DeleteAccessEntry"), 2);
    // The plan within the apply looks once whether each is still the same.
    assert_eq!((count("DescribeAccessEntry"), count("ListAssociatedAccessPolicies")), (6, 0));
    assert!(count("ListAccessEntries") <= 2, "{:?}", count("ListAccessEntries"));
    assert_eq!(world.entries().len(), 2_998);
}

/// What people see: each entry with a minus (Terraform shows an emptied map so), and exit code 2 as long as something is unexpected.
#[test]
fn plan_of_the_real_terraform_shows_the_removal() {
    let world = world(&[("Deployer", plain()), ("Stranger", plain())]);
    let terraform = Workspace::new(&world, &config(&world, &["Deployer"], ""));
    terraform.apply().ok();
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says(&format!("~ unexpected = {{ - {:?} = {{", role(&world, "Stranger")))
        .says("0 to add, 1 to change, 0 to destroy");
    terraform.apply().ok();
    assert_eq!(left(&world), ["Deployer"]);
    terraform.plans_nothing();
}

#[test]
fn report_mode_ends_the_real_plan_with_exit_code_2() {
    let world = world(&[("Deployer", plain()), ("Stranger", plain())]);
    let terraform = Workspace::new(&world, &config(&world, &["Deployer"], "mode = \"report\""));
    for _ in 0..2 {
        terraform.apply().ok();
        let plan = terraform.plan();
        assert_eq!(plan.code, Some(2), "{}", plan.text);
        plan.says("(known after apply)").says("Unexpected access entries");
    }
    assert!(world.writes().is_empty());
}

/// Each of two would delete what the other names.
#[test]
fn two_for_one_cluster_are_an_error_of_the_plan() {
    let world = world(&[("Deployer", plain()), ("Boss", admin())]);
    let one = config(&world, &["Deployer", "Boss"], "");
    let two = config(&world, &["Boss"], "").replace("\"it\"", "\"two\"");
    Bench::new(&world, &format!("{one}{two}"))
        .plan()
        .failed()
        .says("Error: Two resources for all entries of a cluster")
        .says("payments-prod");
    let elsewhere = two.replace("cluster_name   =", "region = \"eu-north-1\"\n  cluster_name   =");
    Bench::new(&world, &format!("{one}{elsewhere}"))
        .plan()
        .does_not_say("Two resources");
}

/// The grant comes first in the apply, so that the last administrator goes only when there is another one.
#[test]
fn administrator_whom_this_plan_makes_counts_by_the_apply() {
    let world = world(&[("Ops", admin())]);
    let boss = |named: &str, rights: &str| {
        format!(
            "resource \"eks_sso_access\" \"boss\" {{\n  cluster_name = \"{CLUSTER}\"\n  role_name    = \"Boss\"\n  access_policies = {{ \
             {rights} = {{ scope = \"cluster\" }} }}\n}}\nresource \"eks_sso_access_exclusive\" \"it\" {{\n  cluster_name   = \
             \"{CLUSTER}\"\n  principal_arns = [{named}]\n}}\n"
        )
    };
    world.aws(&["iam", "create-role", "--role-name", "Boss", "--assume-role-policy-document", "{}"]);
    let named = "eks_sso_access.boss.principal_arn";
    let terraform = applied(&world, &boss(named, "AmazonEKSViewPolicy"));
    let denied = terraform.plan().says("Last cluster administrator would be removed");
    denied.says("An apply fails before it deletes anything, unless another one has that policy by then");
    terraform.write(&boss(named, "AmazonEKSClusterAdminPolicy"));
    let plan = terraform
        .plan()
        .says(DELETED)
        .says("if another entry administers the cluster by then");
    plan.does_not_say("An apply fails").does_not_say("cannot delete them");
    terraform.apply_plan().ok();
    assert_eq!(left(&world), ["Boss"]);
    terraform.plans_nothing();
}
