//! Each permission that the provider uses, missing alone: the message names the action, the principal that lacks it and the
//! resource, at the attribute to blame, and says what was tried and what still works. AWS, the ConfigMap and the state are
//! as before, and with the permission the same command succeeds.
//!
//! Every action of examples/iam has a row here. What changes something before it fails, or needs no message, is tested
//! elsewhere: [`ELSEWHERE`].

use crate::access::BASIC;
use crate::cluster_access_data::{peopled, with_identity_center};
use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, deny_in, post, root};
use crate::iam_policies::{FREE, allowed, policy};
use crate::kubectl::put_object;
use crate::kubernetes::OTHERS;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is there when the permission is taken away.
struct Scene {
    world: World,
    bench: Bench,
}

/// Who lacks the permission.
#[derive(Clone, Copy)]
enum Who {
    /// The credentials that Terraform runs with.
    Own,
    /// The role of the `identity_center` block.
    IdentityCenter,
}

struct Row {
    action: &'static str,
    who: Who,
    scene: fn() -> Scene,
    command: &'static [&'static str],
    /// The summary with its severity, then words of the detail. `MEMBER` stands for the account.
    says: &'static [&'static str],
    /// How the line of the configuration begins that is to blame; nothing for the block alone.
    at: &'static str,
    /// How the resource's name in AWS's text begins.
    on: &'static str,
}

const PLAN: &[&str] = &["plan"];
const APPLY: &[&str] = &["apply"];
const DESTROY: &[&str] = &["destroy"];
const DESTROY_UNREAD: &[&str] = &["destroy", "-refresh=false"];
const ENTRY: &str = "arn:aws:eks:eu-west-1:MEMBER:access-entry/payments-prod/";
const ON_CLUSTER: &str = "arn:aws:eks:eu-west-1:MEMBER:cluster/payments-prod";
const RESERVED: &str = "arn:aws:iam::MEMBER:role/aws-reserved/";
const NOT_GRANTED: &str = "Error: Access could not be granted";

/// Tests of a denied action whose outcome is another than that of the tables: action, file, test.
const ELSEWHERE: [(&str, &str, &str); 14] = [
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
    // A list with gaps.
    ("eks:ListAccessEntries", "cluster_access_data", "denied_entries_are_an_error"),
];

fn row(
    action: &'static str,
    scene: fn() -> Scene,
    command: &'static [&'static str],
    says: &'static [&'static str],
    at: &'static str,
    on: &'static str,
) -> Row {
    Row {
        action,
        who: Who::Own,
        scene,
        command,
        says,
        at,
        on,
    }
}

fn of_identity_center(
    action: &'static str,
    scene: fn() -> Scene,
    says: &'static [&'static str],
    at: &'static str,
    on: &'static str,
) -> Row {
    Row {
        who: Who::IdentityCenter,
        ..row(action, scene, PLAN, says, at, on)
    }
}

fn creates() -> Vec<Row> {
    const UNCHECKED: &str = "The plan goes on without it.";
    vec![
        row(
            "eks:DescribeCluster",
            fresh,
            PLAN,
            &["Warning: Check left out", UNCHECKED],
            "",
            ON_CLUSTER,
        ),
        row(
            "eks:ListAccessPolicies",
            fresh,
            PLAN,
            &["Warning: Check left out", UNCHECKED],
            "",
            "*",
        ),
        row(
            "eks:DescribeAccessEntry",
            fresh,
            PLAN,
            &["Error: Access entry cannot be read", "reading EKS access entry (payments-prod,"],
            "",
            ENTRY,
        ),
        row(
            "eks:ListAssociatedAccessPolicies",
            adopting,
            PLAN,
            &["Error: Access entry cannot be read", "reading EKS access entry (payments-prod,"],
            "",
            ENTRY,
        ),
        row(
            "iam:ListRoles",
            fresh,
            PLAN,
            &[
                "Error: Role cannot be looked up",
                "looking for the role of DeveloperAccess in MEMBER",
            ],
            "",
            RESERVED,
        ),
        row(
            "iam:GetRole",
            of_a_role,
            PLAN,
            &["Error: Role cannot be looked up", "looking for the role of role/Okta in MEMBER"],
            "",
            "role Okta",
        ),
        row(
            "eks:CreateAccessEntry",
            fresh,
            APPLY,
            &[NOT_GRANTED, "creating EKS access entry (payments-prod,"],
            "",
            ON_CLUSTER,
        ),
        row(
            "eks:AssociateAccessPolicy",
            fresh,
            APPLY,
            &[NOT_GRANTED, "associating an access policy with EKS access entry (payments-prod,"],
            "AmazonEKS",
            ENTRY,
        ),
    ]
}

fn changes() -> Vec<Row> {
    const UNREAD: &str = "Error: Access entry cannot be read";
    vec![
        row(
            "eks:DescribeAccessEntry",
            granted,
            PLAN,
            &[UNREAD, "reading EKS access entry (payments-prod,"],
            "",
            ENTRY,
        ),
        row(
            "eks:ListAssociatedAccessPolicies",
            granted,
            PLAN,
            &[UNREAD, "reading EKS access entry (payments-prod,"],
            "",
            ENTRY,
        ),
        row(
            "eks:UpdateAccessEntry",
            other_groups,
            APPLY,
            &[NOT_GRANTED, "updating EKS access entry (payments-prod,"],
            "kubernetes_groups",
            ENTRY,
        ),
        row(
            "eks:AssociateAccessPolicy",
            other_scope,
            APPLY,
            &[NOT_GRANTED, "cluster-access-policy/AmazonEKSEditPolicy"],
            "AmazonEKSEditPolicy",
            ENTRY,
        ),
        row(
            "eks:DisassociateAccessPolicy",
            fewer_policies,
            APPLY,
            &[
                NOT_GRANTED,
                "disassociating an access policy from",
                "cluster-access-policy/AmazonEKSEditPolicy",
            ],
            "access_policies",
            ENTRY,
        ),
        row(
            "eks:TagResource",
            more_tags,
            APPLY,
            &[NOT_GRANTED, "tagging EKS access entry (payments-prod,"],
            "tags",
            ENTRY,
        ),
        row(
            "eks:UntagResource",
            no_tags,
            APPLY,
            &[NOT_GRANTED, "tagging EKS access entry (payments-prod,"],
            "",
            ENTRY,
        ),
        row(
            "eks:CreateAccessEntry",
            another_role,
            APPLY,
            &[NOT_GRANTED, "creating EKS access entry (payments-prod,"],
            "",
            ON_CLUSTER,
        ),
        row(
            "eks:DeleteAccessEntry",
            role_made_again,
            APPLY,
            &[NOT_GRANTED, "deleting EKS access entry (payments-prod,"],
            "",
            ENTRY,
        ),
        row(
            "eks:DeleteAccessEntry",
            granted,
            DESTROY,
            &["Error: Access could not be removed", "payments-prod"],
            "",
            ENTRY,
        ),
        row(
            "eks:DescribeAccessEntry",
            granted,
            DESTROY_UNREAD,
            &["Error: Access could not be removed", "payments-prod"],
            "",
            ENTRY,
        ),
        row(
            "eks:ListAccessEntries",
            entry_of_others,
            &["import", "eks_sso_access.developers", "payments-prod,DeveloperAccess"],
            &["Error: Access entry cannot be imported", "payments-prod"],
            "",
            ON_CLUSTER,
        ),
    ]
}

fn data_sources() -> Vec<Row> {
    const UNREAD: &str = "Error: Access entries cannot be read";
    vec![
        row(
            "iam:ListRoles",
            role_data,
            PLAN,
            &["Error: Roles cannot be listed", "role of DeveloperAccess in account MEMBER"],
            "",
            RESERVED,
        ),
        row(
            "iam:ListRoles",
            roles_data,
            PLAN,
            &["Error: Roles cannot be listed", "MEMBER"],
            "",
            RESERVED,
        ),
        row(
            "eks:DescribeCluster",
            kubeconfig,
            PLAN,
            &["Error: Cluster cannot be read"],
            "cluster_name",
            ON_CLUSTER,
        ),
        row(
            "iam:ListRoles",
            kubeconfig,
            PLAN,
            &["Error: Home Region is not known", "sso_region is not set"],
            "",
            RESERVED,
        ),
        row(
            "eks:DescribeCluster",
            cluster_access,
            PLAN,
            &[
                "Warning: Authentication mode is not known",
                "The access entries are listed without it.",
            ],
            "cluster_name",
            ON_CLUSTER,
        ),
        row(
            "eks:ListAccessEntries",
            cluster_access,
            PLAN,
            &[UNREAD, "listing EKS access entries"],
            "cluster_name",
            ON_CLUSTER,
        ),
        row(
            "eks:DescribeAccessEntry",
            cluster_access,
            PLAN,
            &[UNREAD, "nothing is listed"],
            "cluster_name",
            ENTRY,
        ),
        row(
            "eks:ListAssociatedAccessPolicies",
            cluster_access,
            PLAN,
            &[UNREAD, "nothing is listed"],
            "cluster_name",
            ENTRY,
        ),
        row(
            "iam:ListRoles",
            cluster_access,
            PLAN,
            &[
                "Warning: Roles cannot be listed",
                "The status of the access entries of its roles is \"unknown\".",
            ],
            "cluster_name",
            RESERVED,
        ),
    ]
}

fn identity_center() -> Vec<Row> {
    let instance = "arn:aws:sso:::instance/ssoins-";
    let unasked = &[
        "Error: Permission set has no role in this account",
        "Whether the permission set exists could not be asked",
    ];
    let people = &[
        "Warning: People cannot be listed",
        "For 1 of 1 permission sets people is null; the rest of the list is whole.",
    ];
    let unread = &[
        "Error: Permission set cannot be read",
        "reading permission set arn:aws:sso:::permissionSet/",
    ];
    vec![
        of_identity_center("sso:ListInstances", absent_grant, unasked, "permission_set_name", "*"),
        of_identity_center("sso:ListPermissionSets", absent_grant, unasked, "permission_set_name", instance),
        of_identity_center("sso:DescribePermissionSet", absent_grant, unasked, "permission_set_name", instance),
        of_identity_center("sso:ListInstances", absent_role_data, unasked, "permission_set_name", "*"),
        of_identity_center("sso:ListPermissionSets", absent_role_data, unasked, "permission_set_name", instance),
        of_identity_center(
            "sso:DescribePermissionSet",
            absent_role_data,
            unasked,
            "permission_set_name",
            instance,
        ),
        of_identity_center("sso:ListInstances", role_data_by_arn, unread, "permission_set_arn", "*"),
        of_identity_center(
            "sso:DescribePermissionSet",
            role_data_by_arn,
            unread,
            "permission_set_arn",
            instance,
        ),
        of_identity_center("sso:ListInstances", people_data, people, "include_people", "*"),
        of_identity_center(
            "sso:ListPermissionSetsProvisionedToAccount",
            people_data,
            people,
            "include_people",
            instance,
        ),
        of_identity_center("sso:DescribePermissionSet", people_data, people, "include_people", instance),
        of_identity_center("sso:ListAccountAssignments", people_data, people, "include_people", instance),
        of_identity_center(
            "identitystore:DescribeGroup",
            people_data,
            people,
            "include_people",
            "arn:aws:identitystore:::group/",
        ),
        of_identity_center(
            "identitystore:DescribeUser",
            people_data,
            people,
            "include_people",
            "arn:aws:identitystore:::user/",
        ),
    ]
}

fn credentials() -> Vec<Row> {
    const ROLE: &str = "arn:aws:iam::MEMBER:role/Terraform";
    const CHECK: &str = "4. the caller may call sts:AssumeRole on the role";
    vec![
        row(
            "sts:GetCallerIdentity",
            fresh,
            PLAN,
            &["Error: Invalid provider credentials", "VPC endpoint"],
            "",
            "*",
        ),
        row(
            "sts:AssumeRole",
            assuming,
            PLAN,
            &["Error: Cannot assume IAM Role", CHECK],
            "role_arn",
            ROLE,
        ),
        row(
            "sts:AssumeRole",
            account_access,
            PLAN,
            &["Error: Account cannot be reached", CHECK],
            "account_id",
            "arn:aws:iam::999988887777:role/Terraform",
        ),
        row(
            "sts:AssumeRole",
            people_data,
            PLAN,
            &["Warning: People cannot be listed", CHECK],
            "include_people",
            "arn:aws:iam::MANAGEMENT:role/eks-idc",
        ),
    ]
}

fn rows_of_aws_auth() -> Vec<Row> {
    vec![
        row(
            "eks:DescribeCluster",
            aws_auth,
            PLAN,
            &["Error: Cluster cannot be read", "payments-prod"],
            "",
            ON_CLUSTER,
        ),
        row("iam:ListRoles", aws_auth, PLAN, &["Error: Role cannot be looked up"], "", RESERVED),
    ]
}

#[test]
fn each_permission_of_a_create_is_missed_by_its_name() {
    check_all(&creates());
}

#[test]
fn each_permission_of_a_change_is_missed_by_its_name() {
    check_all(&changes());
}

#[test]
fn each_permission_of_a_data_source_is_missed_by_its_name() {
    check_all(&data_sources());
}

#[test]
fn each_permission_in_identity_center_is_missed_by_its_name() {
    check_all(&identity_center());
}

#[test]
fn each_permission_to_get_credentials_is_missed_by_its_name() {
    check_all(&credentials());
}

#[test]
fn each_permission_of_a_row_of_aws_auth_is_missed_by_its_name() {
    check_all(&rows_of_aws_auth());
}

/// The role of a permission set is confirmed by GetRole, or else by a list made anew: either of the two is enough.
#[test]
fn without_get_role_the_list_of_roles_serves() {
    for scene in [fresh, another_role, aws_auth] {
        let Scene { world, bench } = scene();
        world.deny("iam", "GetRole");
        bench.apply().ok().does_not_say("iam:GetRole");
        bench.plans_nothing();
    }
}

#[test]
fn every_action_of_the_policies_has_a_row() {
    let tables = [
        creates(),
        changes(),
        data_sources(),
        identity_center(),
        credentials(),
        rows_of_aws_auth(),
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

/// Rows of plans of the same scene, side by side in a table, share one: a plan changes nothing.
#[track_caller]
fn check_all(rows: &[Row]) {
    let share = |a: &Row, b: &Row| a.command == PLAN && b.command == PLAN && std::ptr::fn_addr_eq(a.scene, b.scene);
    let problems: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = rows.chunk_by(share).map(|rows| scope.spawn(|| problems_of(rows))).collect();
        running.into_iter().flat_map(|rows| rows.join().unwrap()).collect()
    });
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

fn problems_of(rows: &[Row]) -> Vec<String> {
    let scene = (rows[0].scene)();
    let mut problems: Vec<_> = rows.iter().flat_map(|row| problems(row, &scene)).collect();
    let again = scene.bench.run(rows[0].command);
    // Some scenes are of a set that has no role, whoever asks.
    let is_absent = again.text.contains("has no permission set") || again.text.contains("has no role in this account");
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
    let mut needed = vec![
        format!("User: {}", principal(world, row.who)),
        format!("is not authorized to perform: {} on resource: {on}", row.action),
    ];
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

// The scenes.

fn of(world: World, config: &str) -> Scene {
    let bench = Bench::new(&world, config);
    Scene { world, bench }
}

fn fresh() -> Scene {
    of(World::new(), BASIC)
}

fn granted() -> Scene {
    let scene = fresh();
    scene.bench.apply().ok();
    scene
}

/// A grant, and another configuration than the one that was applied.
fn changed(from: &str, to: &str) -> Scene {
    let scene = granted();
    assert!(BASIC.contains(from), "{from}");
    scene.bench.write(&BASIC.replace(from, to));
    scene
}

fn other_groups() -> Scene {
    changed("[\"team-payments\"]", "[\"team-billing\"]")
}

fn other_scope() -> Scene {
    changed("{ namespaces = [\"payments\", \"payments-*\"] }", "{ scope = \"cluster\" }")
}

fn fewer_policies() -> Scene {
    changed("    AmazonEKSEditPolicy = { namespaces = [\"payments\", \"payments-*\"] }\n", "")
}

fn more_tags() -> Scene {
    changed("{ team = \"payments\" }", "{ team = \"payments\", more = \"yes\" }")
}

fn no_tags() -> Scene {
    changed("  tags = { team = \"payments\" }\n", "")
}

fn another_role() -> Scene {
    let scene = granted();
    post(
        "reprovision",
        json!({ "account": scene.world.member, "permission_set": "DeveloperAccess" }),
    );
    scene
}

fn role_made_again() -> Scene {
    let scene = granted();
    let arn = scene.world.role_arn("DeveloperAccess");
    let name = arn.rsplit('/').next().unwrap();
    post(
        "recreate-role",
        json!({ "account": scene.world.member, "role_name": name, "age_seconds": -60 }),
    );
    scene
}

fn entry_of_others() -> Scene {
    let scene = fresh();
    scene.world.create_entry_elsewhere("DeveloperAccess", &[]);
    scene
}

fn adopting() -> Scene {
    let scene = entry_of_others();
    scene.bench.write(&BASIC.replace("  tags", "  on_existing = \"adopt\"\n  tags"));
    scene
}

fn of_a_role() -> Scene {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "Okta" }] }));
    of(
        world,
        &BASIC.replace("permission_set_name = \"DeveloperAccess\"", "role_name = \"Okta\""),
    )
}

fn role_data() -> Scene {
    of(
        World::new(),
        "data \"eks_sso_role\" \"x\" {\n  permission_set_name = \"DeveloperAccess\"\n}\n",
    )
}

fn roles_data() -> Scene {
    of(World::new(), "data \"eks_sso_roles\" \"x\" {}\n")
}

fn kubeconfig() -> Scene {
    let arguments = "cluster_name = \"payments-prod\"\n  permission_set_name = \"DeveloperAccess\"\n  sso_start_url = \"https://d-1234567890.awsapps.com/start/#\"";
    of(World::new(), &format!("data \"eks_sso_kubeconfig\" \"x\" {{\n  {arguments}\n}}\n"))
}

fn cluster_access() -> Scene {
    let world = World::new();
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    of(
        world,
        "data \"eks_sso_cluster_access\" \"x\" {\n  cluster_name = \"payments-prod\"\n}\n",
    )
}

fn world_with_identity_center() -> (World, String) {
    let world = World::with(json!({ "roles": [{ "account": "MANAGEMENT", "name": "eks-idc" }] }));
    let role = format!("arn:aws:iam::{}:role/eks-idc", world.management);
    let provider = format!("provider \"eks\" {{\n  identity_center {{\n    role_arn = {role:?}\n  }}\n}}\n");
    (world, provider)
}

/// A set without a role here, by its name; the plan goes on without it.
fn absent_grant() -> Scene {
    let (world, provider) = world_with_identity_center();
    of(world, &format!("{provider}{}", BASIC.replace("\"DeveloperAccess\"", "\"Absent\"")))
}

fn absent_role_data() -> Scene {
    let (world, provider) = world_with_identity_center();
    of(
        world,
        &format!("{provider}data \"eks_sso_role\" \"x\" {{\n  permission_set_name = \"Absent\"\n}}\n"),
    )
}

fn role_data_by_arn() -> Scene {
    let (world, provider) = world_with_identity_center();
    let arn = world.made["permission_set_arns"]["DeveloperAccess"].as_str().unwrap().to_owned();
    of(
        world,
        &format!("{provider}data \"eks_sso_role\" \"x\" {{\n  permission_set_arn = {arn:?}\n}}\n"),
    )
}

fn people_data() -> Scene {
    let world = peopled();
    let config = with_identity_center(&world, "");
    of(world, &config)
}

fn assuming() -> Scene {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "Terraform" }] }));
    let role = format!("arn:aws:iam::{}:role/Terraform", world.member);
    of_provider(world, &format!("assume_role {{\n    role_arn = {role:?}\n  }}"), BASIC)
}

fn account_access() -> Scene {
    let there = BASIC.replace("  tags", "  account_id = \"999988887777\"\n  tags");
    of_provider(World::new(), "account_access {\n    role_name = \"Terraform\"\n  }", &there)
}

fn of_provider(world: World, block: &str, rest: &str) -> Scene {
    of(world, &format!("provider \"eks\" {{\n  {block}\n}}\n{rest}"))
}

fn aws_auth() -> Scene {
    let scene = of(crate::aws_auth::world(), crate::aws_auth::BASIC);
    assert_eq!(scene.world.map_roles(), OTHERS);
    scene
}

// What Kubernetes allows, verb by verb. Its authorization is the emulator's own, so nothing is ordered.

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system";

/// Whoever runs Terraform may do this much with ConfigMaps in kube-system.
fn allow(world: &World, verbs: &[&str]) {
    let rules = json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": verbs }]);
    put_object(world, &format!("{RBAC}/roles/terraform"), json!({ "rules": rules }));
    let role = json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "terraform" });
    let subjects = json!([{ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "terraform" }]);
    put_object(
        world,
        &format!("{RBAC}/rolebindings/terraform"),
        json!({ "roleRef": role, "subjects": subjects }),
    );
}

/// A cluster in which the caller is in the group `terraform`, by an access entry.
fn cluster_of_a_group(aws_auth: Option<&str>) -> World {
    let caller = json!({ "principalArn": "arn:aws:iam::MEMBER:user/test", "kubernetesGroups": ["terraform"] });
    let world = World::with(json!({ "clusters": [{
        "account": "MEMBER", "region": REGION, "name": CLUSTER, "authentication_mode": "API_AND_CONFIG_MAP", "access_entries": [caller],
    }] }));
    world.change_cluster(json!({ "creator_access": false }));
    if let Some(rows) = aws_auth {
        world.write_map_roles(rows);
    }
    world
}

#[test]
fn each_verb_in_kubernetes_is_missed_by_its_name() {
    let written = crate::aws_auth::BASIC;
    let other = written.replace("\"readers\"", "\"writers\"");
    let checked = BASIC.replace("  tags", "  check_aws_auth = true\n  tags");
    // Verb, whether there is a ConfigMap, configuration, command, summary.
    let cases: [(&str, Option<&str>, &str, &[&str], &str); 6] = [
        ("get", Some(OTHERS), written, PLAN, "Error: aws-auth cannot be read"),
        ("get", Some(OTHERS), &checked, PLAN, "Error: aws-auth cannot be read"),
        ("create", None, written, APPLY, "Error: aws-auth could not be written"),
        ("update", Some(OTHERS), written, APPLY, "Error: aws-auth could not be written"),
        ("update", Some(OTHERS), &other, APPLY, "Error: aws-auth could not be written"),
        ("update", Some(OTHERS), written, DESTROY, "Error: aws-auth could not be written"),
    ];
    for (index, (verb, rows, config, command, summary)) in cases.into_iter().enumerate() {
        let world = cluster_of_a_group(rows);
        let every = ["get", "create", "update"];
        allow(&world, &every);
        let bench = Bench::new(&world, written);
        if index > 3 {
            bench.apply().ok();
        }
        bench.write(config);
        let before = (contents(&world), state(&bench));
        allow(
            &world,
            &every.iter().copied().filter(|allowed| *allowed != verb).collect::<Vec<_>>(),
        );
        bench
            .run(command)
            .failed()
            .says(summary)
            .says("403 Forbidden")
            .says(&format!("aws-auth of payments-prod ({}, {REGION})", world.member))
            .says(&format!(
                "User \"arn:aws:iam::{}:user/test\" cannot {verb} resource \"configmaps\"",
                world.member
            ))
            .says("in the namespace \"kube-system\"")
            .says(&format!("does not let it {verb} the ConfigMap"))
            .says(match command {
                DESTROY => "with eks_sso_aws_auth.developers",
                _ if config == checked => ": check_aws_auth",
                _ => ": cluster_name",
            });
        assert_eq!((contents(&world), state(&bench)), before, "{verb} {command:?}");
        allow(&world, &every);
        bench.run(command).ok();
    }
}
