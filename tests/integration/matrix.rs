//! examples/matrix: permission sets × accounts × clusters.

use crate::emulator::{REGION, World, calls_to, get, new_account, post, root};
use crate::terraform::Workspace;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SETS: [&str; 2] = ["ViewOnlyAccess", "DeveloperAccess"];
const CLUSTERS: [&str; 2] = ["blue", "green"];
/// Names and ids in the example, in its order.
const ACCOUNTS: [(&str, &str); 3] = [("payments", "222233334444"), ("orders", "333344445555"), ("search", "444455556666")];

/// The example in an organization of its own.
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
            // `make check` runs what is in tests/.
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), terraform.path().join("module").join(file.file_name())).unwrap();
            }
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
        let places = (0..self.accounts.len()).flat_map(|account| CLUSTERS.map(|cluster| (account, cluster)));
        places.map(|(account, cluster)| self.entries_of(account, cluster).len()).sum()
    }

    /// The access entries of a cluster. The account is its number in [`ACCOUNTS`].
    fn entries_of(&self, account: usize, cluster: &str) -> Vec<Value> {
        let account = &self.accounts[account];
        let entries = get(&format!("entries?account={account}&region={REGION}&cluster={cluster}"));
        entries["entries"].as_array().unwrap().clone()
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
        .says("access names accounts that the variable accounts does not have: paymnets");
}

/// `terraform test` of the example, which makes all grants, looks at the outputs and destroys them again.
const IN_THE_ORGANIZATION: &str = r#"
run "all_grants_are_made" {
  assert {
    condition     = length(output.grants) == 12 && alltrue([for grant in output.grants : grant.status == null])
    error_message = "Not all twelve grants are well: ${jsonencode(output.grants)}"
  }

  assert {
    condition     = strcontains(output.grants["DeveloperAccess/orders/blue"].principal_arn, "::333344445555:role/aws-reserved/")
    error_message = "Not the role of its own account: ${output.grants["DeveloperAccess/orders/blue"].principal_arn}"
  }
}

run "nothing_is_left_to_do" {
  command = plan

  assert {
    condition     = output.grants == run.all_grants_are_made.grants
    error_message = "The second plan changes something."
  }
}
"#;

#[test]
fn matrix_passes_a_terraform_test_of_its_users() {
    let matrix = Matrix::new();
    let test = IN_THE_ORGANIZATION.replace(ACCOUNTS[1].1, &matrix.accounts[1]);
    matrix.terraform.file("organization.tftest.hcl", &test);
    matrix.terraform.run(&["test", "-no-color"]).ok().says("2 passed, 0 failed");
    let created: usize = matrix
        .accounts
        .iter()
        .map(|account| calls_to(account, "CreateAccessEntry").len())
        .sum();
    assert_eq!((created, matrix.entries()), (12, 0));
}

/// Everything that an element of `access` can have, and somebody of each kind.
const EVERYTHING: &str = r#"
module "access" {
  source = "./module"

  accounts = {
    payments = { account_id = "222233334444", region = "eu-west-1", clusters = ["blue", "green"] }
    orders   = { account_id = "333344445555", clusters = ["blue", "green"] }
  }

  access = {
    DeveloperAccess = {
      accounts          = ["payments"]
      clusters          = ["blue"]
      role_account_id   = "333344445555"
      user_name         = "sso:{{SessionName}}"
      kubernetes_groups = ["developers"]
      access_policies   = { AmazonEKSEditPolicy = { namespaces = ["team-*"] } }
      tags              = { team = "payments" }
      policy_management = "additive"
      on_existing       = "adopt"
      check_aws_auth    = false
      preflight         = "apply"
      triggers          = { assignment = "1" }
      timeouts          = { create = "1m" }
    }
    "developers of orders" = { permission_set_name = "DeveloperAccess", accounts = ["orders"], clusters = ["green"] }
    "break glass"          = { role_name = "BreakGlass", accounts = ["payments"], clusters = ["green"] }
    "auditor"              = { iam_principal_arn = "arn:aws:iam::222233334444:user/test", accounts = ["payments"], clusters = ["green"] }
  }

  kubeconfigs = { sso_start_url = "https://d-1234567890.awsapps.com/start" }
  tags        = { team = "platform", stage = "prod" }
}

output "kubeconfigs" {
  value = module.access.kubeconfigs
}

output "aws_config" {
  value = module.access.aws_config
}
"#;

#[test]
fn module_grants_everything_that_an_access_entry_can_have() {
    let matrix = Matrix::new();
    post(
        "world",
        json!({ "roles": [{ "account": matrix.accounts[0], "name": "BreakGlass", "path": "/ops/" }] }),
    );
    let example = example();
    let (provider, _) = example.split_once("module \"access\"").unwrap();
    matrix.write(&format!("{provider}{EVERYTHING}"));
    matrix.terraform.apply().ok();
    matrix.terraform.plans_nothing();

    let entry = &matrix.entries_of(0, "blue")[0];
    let arn = entry["principalArn"].as_str().unwrap();
    let role_account = format!("arn:aws:iam::{}:role/", matrix.accounts[1]);
    assert!(arn.starts_with(&role_account) && arn.contains("DeveloperAccess"), "{arn}");
    assert_eq!(entry["username"], json!("sso:{{SessionName}}"));
    assert_eq!(entry["kubernetesGroups"], json!(["developers"]));
    assert_eq!(entry["tags"], json!({ "team": "payments", "stage": "prod" }));
    assert_eq!(
        entry["policies"][0]["accessScope"],
        json!({ "type": "namespace", "namespaces": ["team-*"] })
    );

    let green: Vec<Value> = matrix.entries_of(0, "green");
    let mut principals: Vec<&str> = green.iter().map(|entry| entry["principalArn"].as_str().unwrap()).collect();
    principals.sort_unstable();
    let expected = ["role/ops/BreakGlass", "user/test"].map(|name| format!("arn:aws:iam::{}:{name}", matrix.accounts[0]));
    assert_eq!(principals, expected);
    assert_eq!(matrix.entries(), 4);

    let kubeconfigs = matrix.terraform.run(&["output", "-json", "kubeconfigs"]).ok().text;
    let kubeconfigs: Value = serde_json::from_str(kubeconfigs.trim()).unwrap();
    let keys: Vec<&String> = kubeconfigs.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "DeveloperAccess/payments/blue",
            "break glass/payments/green",
            "developers of orders/orders/green"
        ]
    );
    let break_glass = kubeconfigs["break glass/payments/green"].as_str().unwrap();
    assert!(break_glass.contains(&expected[0]), "{break_glass}");
    // Both grants are for the set in the account orders: one profile, one session.
    let aws_config = matrix.terraform.run(&["output", "-raw", "aws_config"]).ok().text;
    let sections: Vec<&str> = aws_config.lines().filter(|line| line.starts_with('[')).collect();
    let profile = format!("[profile DeveloperAccess-{}]", matrix.accounts[1]);
    assert_eq!(sections, ["[sso-session sso]", &profile]);
}

/// The first configuration of the module's README, with the provider block of the example.
#[test]
fn example_of_the_modules_readme_works() {
    let matrix = Matrix::new();
    let break_glass = |account| json!({ "account": account, "name": "BreakGlass" });
    let roles: Vec<Value> = matrix.accounts.iter().map(break_glass).collect();
    let cluster = json!({ "account": matrix.accounts[1], "region": "eu-central-1", "name": "blue", "authentication_mode": "API" });
    post("world", json!({ "roles": roles, "clusters": [cluster] }));
    let readme = std::fs::read_to_string(root().join("examples/matrix/module/README.md")).unwrap();
    let call = readme.split("```hcl\n").nth(1).unwrap().split("```").next().unwrap();
    let (before, after) = call.split_once("source = ").unwrap();
    let (_, after) = after.split_once('\n').unwrap();
    let example = example();
    let (provider, _) = example.split_once("module \"access\"").unwrap();
    matrix.write(&format!("{provider}{before}source = \"./module\"\n{after}"));
    matrix.terraform.apply().ok().says("9 added, 0 changed, 0 destroyed");
    matrix.terraform.plans_nothing();
}

#[test]
fn module_has_each_argument_of_a_grant() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let page = read("docs/resources/sso_access.md");
    let (_, arguments) = page.split_once("### Required").unwrap();
    let (arguments, _) = arguments.split_once("### Read-Only").unwrap();
    let arguments: Vec<&str> = arguments
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.split('`').next())
        .collect();
    assert!(
        arguments.contains(&"timeouts") && arguments.contains(&"cluster_name"),
        "{arguments:?}"
    );
    let module = read("examples/matrix/module/main.tf");
    let (_, resource) = module.split_once("resource \"eks_sso_access\"").unwrap();
    let (resource, _) = resource.split_once("\n}\n").unwrap();
    let is_set = |name: &str| {
        resource.lines().any(|line| {
            let line = line.trim_start();
            line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
                || line.starts_with(&format!("dynamic \"{name}\""))
        })
    };
    let missing: Vec<&&str> = arguments.iter().filter(|name| !is_set(name)).collect();
    assert!(missing.is_empty(), "examples/matrix/module leaves out {missing:?}");
}
