//! examples/matrix: permission sets × accounts × clusters.

use crate::emulator::{REGION, World, calls_to, get, new_account, root};
use crate::terraform::Workspace;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SETS: [&str; 2] = ["ViewOnlyAccess", "DeveloperAccess"];
const CLUSTERS: [&str; 2] = ["blue", "green"];
/// Names and ids in the example, in its order.
const ACCOUNTS: [(&str, &str); 3] = [("payments", "222233334444"), ("orders", "333344445555"), ("search", "444455556666")];

/// The example in an organisation of its own.
struct Matrix {
    world: World,
    terraform: Workspace,
    /// Ids that stand for the example's.
    accounts: Vec<String>,
}

impl Matrix {
    /// Both permission sets are assigned in all accounts.
    fn new() -> Self {
        Self::assigned(|_, _| true)
    }

    fn assigned(is_assigned: impl Fn(&str, &str) -> bool) -> Self {
        let accounts: Vec<String> = ACCOUNTS.iter().map(|_| new_account()).collect();
        let assigned_in = |set: &str| -> Vec<&String> {
            let named = ACCOUNTS.iter().zip(&accounts).filter(|((name, _), _)| is_assigned(set, name));
            named.map(|(_, id)| id).collect()
        };
        let sets: Vec<Value> = SETS
            .iter()
            .map(|set| json!({ "name": set, "accounts": assigned_in(set) }))
            .collect();
        let clusters: Vec<Value> = accounts
            .iter()
            .flat_map(|account| {
                CLUSTERS.map(|cluster| json!({ "account": account, "region": REGION, "name": cluster, "authentication_mode": "API" }))
            })
            .collect();
        let world = World::with(json!({ "permission_sets": sets, "clusters": clusters }));
        let mut terraform = Workspace::new(&world, "");
        terraform.env = world.credentials(&world.management);
        std::fs::create_dir(terraform.path().join("module")).unwrap();
        for file in std::fs::read_dir(root().join("examples/matrix/module")).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), terraform.path().join("module").join(file.file_name())).unwrap();
        }
        let matrix = Self {
            world,
            terraform,
            accounts,
        };
        matrix.write(&example());
        matrix.terraform.run(&["get"]).ok();
        matrix
    }

    fn write(&self, root: &str) {
        let known = ACCOUNTS.iter().zip(&self.accounts);
        let text = known.fold(root.to_owned(), |text, ((_, example), id)| text.replace(example, id));
        self.terraform.file("main.tf", &text);
    }

    fn entries(&self) -> usize {
        let places = self.accounts.iter().flat_map(|account| CLUSTERS.map(|cluster| (account, cluster)));
        places
            .map(|(account, cluster)| {
                let entries = get(&format!("entries?account={account}&region={REGION}&cluster={cluster}"));
                entries["entries"].as_array().unwrap().len()
            })
            .sum()
    }

    /// What the plan does to each address: `create`, `delete`, … Those that stay as they are are left out.
    fn changes(&self) -> BTreeSet<(String, String)> {
        assert_eq!(self.terraform.plan().code, Some(2));
        let plan = self.terraform.plan_json();
        let changes = plan["resource_changes"].as_array().unwrap().iter();
        changes
            .map(|change| {
                (
                    change["index"].as_str().unwrap().to_owned(),
                    change["change"]["actions"][0].as_str().unwrap().to_owned(),
                )
            })
            .filter(|(_, action)| action != "no-op")
            .collect()
    }
}

fn example() -> String {
    std::fs::read_to_string(root().join("examples/matrix/main.tf")).unwrap()
}

/// The example without the line of an account.
fn without(account: &str) -> String {
    let whole = example();
    let kept: Vec<&str> = whole
        .lines()
        .filter(|line| !line.trim_start().starts_with(&format!("{account} ")))
        .collect();
    assert_eq!(kept.len() + 1, whole.lines().count());
    kept.join("\n")
}

/// All grants of an account, each with this action.
fn all_of(account: &str, action: &str) -> BTreeSet<(String, String)> {
    let keys = SETS
        .iter()
        .flat_map(|set| CLUSTERS.map(|cluster| format!("{set}/{account}/{cluster}")));
    keys.map(|key| (key, action.to_owned())).collect()
}

#[test]
fn matrix_grants_each_set_in_each_cluster() {
    let matrix = Matrix::new();
    matrix.terraform.apply().ok();
    assert_eq!(matrix.entries(), 2 * 3 * 2);
    // One session and one walk through the roles for each account and run; an apply is one plan and one apply.
    let sessions = calls_to(&matrix.world.management, "AssumeRole").len();
    let walks: usize = matrix.accounts.iter().map(|account| calls_to(account, "ListRoles").len()).sum();
    assert_eq!((sessions, walks), (2 * 3, 2 * 3));
    matrix.terraform.plans_nothing();
}

#[test]
fn matrix_is_an_output_for_a_job_summary() {
    let matrix = Matrix::new();
    matrix.terraform.apply().ok();
    let table = matrix.terraform.run(&["output", "-raw", "matrix"]).ok().text;
    let lines: Vec<&str> = table.lines().filter(|line| line.starts_with('|')).collect();
    // Each account has clusters of these names, so the account is part of the column's.
    let mut accounts = matrix.accounts.clone();
    accounts.sort();
    let columns: Vec<String> = CLUSTERS
        .iter()
        .flat_map(|cluster| accounts.iter().map(move |account| format!("{cluster} ({account})")))
        .collect();
    assert_eq!(lines[0], format!("|  | {} |", columns.join(" | ")));
    assert_eq!(
        lines[2],
        format!("| DeveloperAccess |{}", " edit in team-\\*; group developers |".repeat(6))
    );
    assert_eq!(lines[3], format!("| ViewOnlyAccess |{}", " view |".repeat(6)));
    assert_eq!(lines.len(), 4, "{table}");
}

#[test]
fn adding_an_account_to_the_matrix_only_adds() {
    let matrix = Matrix::new();
    matrix.write(&without("search"));
    matrix.terraform.apply().ok();
    assert_eq!(matrix.entries(), 2 * 2 * 2);
    matrix.write(&example());
    assert_eq!(matrix.changes(), all_of("search", "create"));
    matrix.terraform.apply_plan().ok();
    assert_eq!(matrix.entries(), 2 * 3 * 2);
}

#[test]
fn removing_an_account_from_the_matrix_only_removes() {
    let matrix = Matrix::new();
    matrix.terraform.apply().ok();
    matrix.write(&without("orders"));
    assert_eq!(matrix.changes(), all_of("orders", "delete"));
    matrix.terraform.apply_plan().ok();
    assert_eq!(matrix.entries(), 2 * 2 * 2);
}

#[test]
fn removing_a_set_from_the_matrix_only_removes() {
    let matrix = Matrix::new();
    matrix.terraform.apply().ok();
    matrix.write(&example().replace(
        "DeveloperAccess = {",
        "DeveloperAccess = {\n      accounts = [\"payments\", \"orders\"]",
    ));
    let removed = matrix.changes();
    assert_eq!(removed.len(), 2, "{removed:?}");
    assert!(
        removed
            .iter()
            .all(|(key, action)| key.starts_with("DeveloperAccess/search/") && action == "delete")
    );
}

#[test]
fn set_that_one_account_lacks_is_said_for_its_clusters_alone() {
    let matrix = Matrix::assigned(|set, account| (set, account) != ("DeveloperAccess", "search"));
    let plan = matrix.terraform.plan().failed();
    let expected = format!("\"DeveloperAccess\" has no role in {}", matrix.accounts[2]);
    let plan = plan.says("Error: Permission set has no role in this account").says(&expected);
    // One cause is one error. The other grants that cannot be made have a warning, of which Terraform shows one.
    assert_eq!(plan.text.matches("Error:").count(), 1, "{}", plan.text);
    assert_eq!(plan.text.matches("Warning: Permission set has no role").count(), 1, "{}", plan.text);
    // The way out that the README of the example names.
    matrix.write(&example().replace(
        "DeveloperAccess = {",
        "DeveloperAccess = {\n      accounts = [\"payments\", \"orders\"]",
    ));
    assert_eq!(matrix.changes().len(), 2 * 3 * 2 - 2);
}

#[test]
fn unknown_account_of_a_set_is_an_error_of_the_module() {
    let matrix = Matrix::new();
    matrix.write(&example().replace("DeveloperAccess = {", "DeveloperAccess = {\n      accounts = [\"paymnets\"]"));
    matrix
        .terraform
        .plan()
        .failed()
        .says("permission_sets names accounts that the variable accounts does not have: paymnets");
}
