//! Each permission that the provider uses, missing alone: the message names the action, the principal that lacks it and the
//! resource, at the attribute to blame, and says what was tried and what still works. AWS, the ConfigMap and the state are
//! as before, and with the permission the same command succeeds.
//!
//! Every action of examples/iam has a row here. What changes something before it fails, or needs no message, is tested
//! elsewhere: [`ELSEWHERE`].

mod kubernetes;
mod scenes;
mod tables;

use crate::core::Bench;
use crate::emulator::{World, deny_in, root};
use crate::iam_policies::{FREE, allowed, policy};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is there when the permission is taken away.
pub struct Scene {
    pub world: World,
    pub bench: Bench,
}

/// Who lacks the permission.
#[derive(Clone, Copy)]
pub enum Who {
    /// The credentials that Terraform runs with.
    Own,
    /// The role of the `identity_center` block.
    IdentityCenter,
}

pub struct Row {
    pub action: &'static str,
    pub who: Who,
    pub scene: fn() -> Scene,
    pub command: &'static [&'static str],
    /// The summary with its severity, then words of the detail. `MEMBER` stands for the account.
    pub says: &'static [&'static str],
    /// How the line of the configuration begins that is to blame; nothing for the block alone.
    pub at: &'static str,
    /// How the resource's name in AWS's text begins.
    pub on: &'static str,
}
/// Tests of a denied action whose outcome is another than that of the tables: action, file, test.
const ELSEWHERE: [(&str, &str, &str); 15] = [
    // Everybody may call it; the role's trust policy refuses it, in a text without a principal.
    (
        "sts:AssumeRoleWithWebIdentity",
        "provider_credentials",
        "web_identity_that_fails_says_why",
    ),
    // What was made is deleted again, or is told to be left.
    (
        "eks:AssociateAccessPolicy",
        "apply_failures",
        "entry_that_cannot_be_deleted_again_is_tainted_and_made_anew",
    ),
    ("eks:DeleteAccessEntry", "apply_failures", "denied_delete_keeps_the_state"),
    (
        "eks:DeleteAccessEntry",
        "rotation",
        "old_entry_that_could_not_be_deleted_goes_with_the_next_apply",
    ),
    (
        "eks:CreateAccessEntry",
        "shared_entries",
        "entry_that_made_room_in_vain_comes_back_whole",
    ),
    ("eks:UpdateAccessEntry", "shared_entries", "what_was_replaced_survives_a_failure"),
    (
        "eks:TagResource",
        "access_rotation",
        "policy_of_an_update_that_failed_half_way_can_be_taken_back",
    ),
    // A grant is made without the checks, and found by its name where roles may not be listed.
    (
        "eks:DescribeCluster",
        "access_preflight",
        "checks_that_are_denied_are_warnings_that_name_the_action",
    ),
    (
        "eks:ListAccessPolicies",
        "access_preflight",
        "checks_that_are_denied_are_warnings_that_name_the_action",
    ),
    (
        "iam:ListRoles",
        "access_preflight",
        "where_list_roles_is_denied_get_role_serves_for_grants_in_the_state",
    ),
    ("iam:GetRole", "rotation", "old_entry_goes_though_the_role_cannot_be_looked_up"),
    // A refresh alone, and the state that it leaves.
    ("eks:DescribeAccessEntry", "access_drift", "denied_reads_never_mean_gone"),
    ("eks:ListAssociatedAccessPolicies", "access_drift", "denied_reads_never_mean_gone"),
    // Names for a question.
    (
        "eks:ListClusters",
        "access_preflight",
        "missing_cluster_is_a_warning_with_near_names_and_an_error_before_the_first_write",
    ),
    // A list with gaps.
    ("eks:ListAccessEntries", "cluster_access_data", "denied_entries_are_an_error"),
];
#[test]
fn each_permission_of_a_create_is_missed_by_its_name() {
    check_all(&tables::creates());
}

#[test]
fn each_permission_of_a_change_is_missed_by_its_name() {
    check_all(&tables::changes());
}

#[test]
fn each_permission_of_a_data_source_is_missed_by_its_name() {
    check_all(&tables::data_sources());
}

#[test]
fn each_permission_in_identity_center_is_missed_by_its_name() {
    check_all(&tables::identity_center());
}

#[test]
fn each_permission_to_get_credentials_is_missed_by_its_name() {
    check_all(&tables::credentials());
}

#[test]
fn each_permission_of_a_row_of_aws_auth_is_missed_by_its_name() {
    check_all(&tables::rows_of_aws_auth());
}

/// The role of a permission set is confirmed by GetRole, or else by a list made anew: either of the two is enough.
#[test]
fn without_get_role_the_list_of_roles_serves() {
    for scene in [scenes::fresh, scenes::another_role, scenes::aws_auth] {
        let Scene { world, bench } = scene();
        world.deny("iam", "GetRole");
        bench.apply().ok().does_not_say("iam:GetRole");
        bench.plans_nothing();
    }
}

#[test]
fn every_action_of_the_policies_has_a_row() {
    let tables = [
        tables::creates(),
        tables::changes(),
        tables::data_sources(),
        tables::identity_center(),
        tables::credentials(),
        tables::rows_of_aws_auth(),
    ];
    let rows = tables.iter().flatten().map(|row| row.action.to_owned());
    let tested: BTreeSet<_> = rows.chain(ELSEWHERE.iter().map(|(action, ..)| (*action).to_owned())).collect();
    let policies = ["apply.json", "plan.json", "audit.json"].map(|name| allowed(&policy(name)));
    let needed: BTreeSet<_> = policies.into_iter().flatten().chain(FREE.map(str::to_owned)).collect();
    assert_eq!(tested, needed);
    for (action, file, test) in ELSEWHERE {
        let text = std::fs::read_to_string(root().join(format!("tests/integration/{file}.rs"))).unwrap();
        let body = text
            .split_once(&format!("fn {test}()"))
            .unwrap_or_else(|| panic!("{file} has no test {test}"))
            .1;
        let body = body.split("\n#[test]").next().unwrap();
        // A helper may order the refusal.
        let operation = action.split_once(':').unwrap().1;
        assert!(
            body.contains(operation) || body.contains("refused_roles"),
            "{file}::{test} does not deny {operation}"
        );
    }
}

/// Rows of plans of the same scene, side by side in a table, share one: a plan changes nothing. No more than three do, since
/// Identity Center is asked slowly, and so most of this is waiting.
#[track_caller]
fn check_all(rows: &[Row]) {
    let share = |a: &Row, b: &Row| a.command == tables::PLAN && b.command == tables::PLAN && std::ptr::fn_addr_eq(a.scene, b.scene);
    let problems: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = rows
            .chunk_by(share)
            .flat_map(|rows| rows.chunks(3))
            .map(|rows| scope.spawn(|| problems_of(rows)))
            .collect();
        running.into_iter().flat_map(|rows| rows.join().unwrap()).collect()
    });
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

fn problems_of(rows: &[Row]) -> Vec<String> {
    let scene = (rows[0].scene)();
    let mut problems: Vec<_> = rows.iter().flat_map(|row| problems(row, &scene)).collect();
    let again = scene.bench.run(rows[0].command);
    // Some scenes are of a set that has no role, whoever asks.
    let is_absent = again.text.contains("does not exist in Identity Center") || again.text.contains("has no role in this account");
    if again.code != Some(0) && !is_absent {
        problems.push(format!("{:?} fails with the permission, too: {}", rows[0].command, again.text));
    }
    problems
}

/// What a row promises and the provider does not keep.
fn problems(row: &Row, Scene { world, bench }: &Scene) -> Vec<String> {
    let before = (contents(world), state(bench));
    deny(world, row);
    let output = bench.run(row.command);
    let after = (contents(world), state(bench));
    clear(world, row);

    let text = output.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let local = |words: &str| words.replace("MEMBER", &world.member).replace("MANAGEMENT", &world.management);
    let on = local(row.on);
    let caller = principal(world, row.who);
    let mut needed = match row.action {
        "sts:AssumeRole" => vec![format!("AccessDenied on {} of {on}", row.action), format!("as {caller}")],
        action => vec![format!("Not allowed: {action} as {caller}"), format!(" on {on}")],
    };
    needed.extend(row.says.iter().map(|words| local(words)));
    if !row.at.is_empty() {
        needed.push(format!(": {}", row.at));
    }
    let missing = needed.iter().filter(|words| !text.contains(words.as_str()));
    let mut problems: Vec<_> = missing.map(|words| format!("does not say {words:?}")).collect();
    let is_error = row.says[0].starts_with("Error");
    if output.code != Some(i32::from(is_error)) {
        problems.push(format!("ends with {:?}", output.code));
    }
    if before.0 != after.0 {
        problems.push(format!("AWS was {} and is {}", before.0, after.0));
    }
    if before.1 != after.1 {
        problems.push(format!("the state was {} and is {}", before.1, after.1));
    }
    let name = format!("{} ({:?}, {:?})", row.action, row.command, row.says[0]);
    problems
        .into_iter()
        .map(|problem| format!("{name} {problem}; it says:\n{}", output.text))
        .collect()
}

fn deny(world: &World, row: &Row) {
    let (service, operation) = row.action.split_once(':').unwrap();
    let service = if service == "sso" { "sso-admin" } else { service };
    deny_in(account(world, row.who), service, operation);
}

fn clear(world: &World, row: &Row) {
    crate::emulator::delete(&format!("faults?account={}", account(world, row.who)));
}

fn account(world: &World, who: Who) -> &str {
    match who {
        Who::Own => &world.member,
        Who::IdentityCenter => &world.management,
    }
}

fn principal(world: &World, who: Who) -> String {
    match who {
        Who::Own => format!("arn:aws:iam::{}:user/test", world.member),
        Who::IdentityCenter => format!("arn:aws:sts::{}:assumed-role/eks-idc/", world.management),
    }
}

/// What AWS and the cluster hold, without times.
fn contents(world: &World) -> Value {
    let entries = world.entries().into_iter().map(|mut entry| {
        entry.as_object_mut().unwrap().retain(|key, _| !key.ends_with("At"));
        entry
    });
    json!({ "entries": entries.collect::<Vec<_>>(), "aws-auth": world.aws_auth() })
}

/// What is in the state. Private data is not compared: a failed apply may remember what its plan saw.
fn state(bench: &Bench) -> Value {
    let state = bench.snapshot().state;
    assert!(state.deposed.is_empty() && state.objects.values().all(|object| !object.tainted));
    let objects = state
        .objects
        .into_iter()
        .map(|(address, object)| (address.to_string(), object.value.json()));
    objects.collect::<serde_json::Map<_, _>>().into()
}
