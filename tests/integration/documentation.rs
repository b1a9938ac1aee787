//! What README.md, examples/ and the troubleshooting guide promise, tried with the real Terraform.

#![allow(
    clippy::unwrap_used,
    reason = "a test that unwraps says enough by failing; helpers are not known as tests"
)]

use crate::emulator::{CLUSTER, REGION, World, post, root};
use crate::kubectl::{Kubectl, put_object};
use crate::terraform::Workspace;
use regex_lite::Regex;
use serde_json::json;
use std::collections::BTreeSet;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The configuration in a text: its first block of that language.
fn first_configuration(text: &str) -> &str {
    text.split("```terraform\n").nth(1).unwrap().split("```").next().unwrap()
}

const GRANT: &str = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
}
"#;

/// The first configuration of README.md.
#[test]
fn first_configuration_of_the_readme_works() {
    let world = World::new();
    let terraform = Workspace::new(&world, "");
    terraform.file("main.tf", first_configuration(&read("README.md")));

    assert_eq!(terraform.plan().code, Some(2));
    let change = terraform.change("eks_sso_access.developers");
    assert_eq!(change["after"]["principal_arn"], json!(world.role_arn("DeveloperAccess")));

    terraform.apply().ok();
    assert_eq!(world.entry()["policies"].as_array().unwrap().len(), 2);
    terraform.plans_nothing();
}

/// Each command of import.sh, with accounts of this test in place of those in the text.
#[test]
fn import_ids_of_the_example_work() {
    let principal = |role: &str| json!({ "principalArn": format!("arn:aws:iam::MEMBER:role/{role}") });
    let world = World::with(json!({
        "roles": [{ "account": "MEMBER", "name": "BreakGlass" }],
        "clusters": [
            { "account": "MEMBER", "region": REGION, "name": CLUSTER, "access_entries": [principal("BreakGlass")] },
            { "account": "MEMBER", "region": "eu-central-1", "name": CLUSTER },
        ],
    }));
    for region in [REGION, "eu-central-1"] {
        let role = world.role_arn("DeveloperAccess");
        world.aws(&[
            "eks",
            "create-access-entry",
            "--region",
            region,
            "--cluster-name",
            CLUSTER,
            "--principal-arn",
            &role,
        ]);
    }
    let script = read("examples/resources/eks_sso_access/import.sh");
    let commands: Vec<_> = script.lines().filter_map(|line| line.strip_prefix("terraform import ")).collect();
    assert_eq!(commands.len(), 4);
    for command in commands {
        let (address, id) = command.split_once(' ').unwrap();
        let id = id.replace("111122223333", &world.member).replace("222233334444", &world.member);
        let configuration = format!(
            "resource \"eks_sso_access\" \"{}\" {{\n  {}\n}}\n",
            address.split_once('.').unwrap().1,
            arguments(&id)
        );
        let terraform = Workspace::new(&world, &configuration);
        terraform.run(&["import", "-no-color", "-input=false", address, &id]).ok();
        terraform.plans_nothing();
    }
}

fn arguments(id: &str) -> String {
    let grantee = match id.contains("BreakGlass") {
        true => "role_name = \"BreakGlass\"",
        false => "permission_set_name = \"DeveloperAccess\"",
    };
    let region = id
        .split_once('@')
        .map_or_else(String::new, |(_, region)| format!("region = \"{region}\"\n  "));
    format!("{region}cluster_name = \"{CLUSTER}\"\n  {grantee}")
}

/// examples/provider/provider-many-accounts.tf
#[test]
fn one_provider_block_serves_many_accounts() {
    let other = crate::emulator::new_account();
    let cluster = |account: &str, name: &str| json!({ "account": account, "region": REGION, "name": name });
    let world = World::with(json!({
        "permission_sets": [{ "name": "ViewOnlyAccess", "accounts": ["MEMBER", other] }],
        "clusters": [cluster("MEMBER", "payments-prod"), cluster(&other, "payments-stage")],
    }));
    let text = read("examples/provider/provider-many-accounts.tf");
    let mut terraform = Workspace::new(&world, &text.replace("222233334444", &world.member).replace("333344445555", &other));
    terraform.env = world.credentials(&world.management);
    terraform.apply().ok().says("2 added");
    assert_eq!(world.entries().len(), 1);
    terraform.plans_nothing();
}

/// "Provider produced inconsistent final plan" of the guide.
#[test]
fn role_that_changes_between_plan_and_apply_changes_nothing() {
    let world = World::new();
    let terraform = Workspace::new(&world, GRANT);
    terraform.plan();
    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    world.forget_calls();
    terraform
        .run(&["apply", "-no-color", "-input=false", "plan"])
        .failed()
        .says("Provider produced inconsistent final plan");
    assert_eq!(world.writes(), Vec::<String>::new());
    terraform.apply().ok();
}

/// The same title, for an entry that came after the plan.
#[test]
fn entry_that_comes_between_plan_and_apply_loses_nothing() {
    let world = World::new();
    let terraform = Workspace::new(&world, &GRANT.replace("\n}", "\n  on_existing = \"adopt\"\n}"));
    terraform.plan();
    world.create_entry_elsewhere("DeveloperAccess", &["--kubernetes-groups", "theirs"]);
    world.forget_calls();
    terraform
        .run(&["apply", "-no-color", "-input=false", "plan"])
        .failed()
        .says("Provider produced inconsistent final plan")
        .says(".status");
    assert_eq!(world.writes(), Vec::<String>::new());
    terraform.apply().ok().says("Existing access entry will be taken over");
}

/// `terraform apply -replace=ADDRESS` of the guide.
#[test]
fn replace_makes_the_grant_anew() {
    let world = World::new();
    let terraform = Workspace::new(&world, GRANT);
    terraform.apply().ok();
    let before = world.entry()["accessEntryArn"].clone();
    let replace = [
        "apply",
        "-auto-approve",
        "-input=false",
        "-no-color",
        "-replace=eks_sso_access.developers",
    ];
    terraform.run(&replace).ok().says("1 added, 0 changed, 1 destroyed");
    assert_ne!(world.entry()["accessEntryArn"], before);
    terraform.plans_nothing();
}

/// "An ARN with its path, or without" of the guide: an import takes both.
#[test]
fn import_takes_the_arn_of_a_provisioned_role_without_its_path() {
    let world = World::new();
    let role = world.role_arn("DeveloperAccess");
    world.aws(&[
        "eks",
        "create-access-entry",
        "--region",
        REGION,
        "--cluster-name",
        CLUSTER,
        "--principal-arn",
        &role,
    ]);
    let (start, name) = (role.split_once('/').unwrap().0, role.rsplit('/').next().unwrap());
    let terraform = Workspace::new(&world, GRANT);
    let id = format!("{CLUSTER}:{start}/{name}");
    terraform
        .run(&["import", "-no-color", "-input=false", "eks_sso_access.developers", &id])
        .ok();
    assert_eq!(terraform.state("eks_sso_access.developers")["principal_arn"], json!(role));
}

/// The guide has a section for each summary of the provider, and none for what nobody says.
#[test]
fn guide_has_a_section_for_each_message() {
    let of_terraform_or_kubernetes = [
        "Provider produced inconsistent final plan",
        "Failed to query available provider packages",
        "error: You must be logged in to the server (Unauthorized)",
        "Error from server (Forbidden)",
        // Put together from the kind that is not known.
        "Unknown resource type",
        "Unknown data source type",
    ];
    let guide = read("docs/guides/troubleshooting.md");
    let headings: BTreeSet<&str> = guide
        .lines()
        .filter_map(|line| line.strip_prefix("## \"")?.strip_suffix('"'))
        .collect();
    let summaries = summaries();
    assert!(summaries.len() > 120, "{}", summaries.len());
    let without_section: Vec<_> = summaries.iter().filter(|summary| !headings.contains(summary.as_str())).collect();
    assert!(without_section.is_empty(), "the guide has no section for {without_section:#?}");
    let source = files(&root().join("src"));
    let source: String = source.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let known = |heading: &str| source.contains(&format!("\"{heading}\"")) || of_terraform_or_kubernetes.contains(&heading);
    let unsaid: Vec<_> = headings.into_iter().filter(|heading| !known(heading)).collect();
    assert!(unsaid.is_empty(), "nothing says {unsaid:#?}");
}

fn is_title(text: &str) -> bool {
    let begins =
        text.starts_with(|first: char| first.is_ascii_uppercase()) || ["aws-auth ", "system:"].iter().any(|name| text.starts_with(name));
    begins && text.contains(' ')
}

/// The summaries in the source: the first text of a diagnostic, or a constant for one.
fn summaries() -> BTreeSet<String> {
    // Errors of functions have no title, and some texts only look like one.
    let of_functions = ["src/functions", "src/hosting/function.rs", "src/domain"].map(|path| root().join(path));
    let title = r#""([A-Za-z][^"\\{}\n]+)""#;
    let constant = "SUMMARY|INTERRUPTED|ADMINISTRATOR_NOT_CHECKED|NOT_[A-Z_]+|NEW_ROLE|NEW_ROLE_GETS_IN|NO_ENTRIES|RECREATED|EXISTS|UNREACHABLE_ACCOUNT|UNREADABLE";
    let forms = [
        format!(r"\b(?:diagnostic|failed|check_denied)\(\s*{title}"),
        format!(r"\bsummary: {title}"),
        // Of a check: the attribute, and the summary.
        format!(r#"\b(?:check|check_within|text)\(\s*(?:diags,\s*)?(?:within,\s*)?"\w+",\s*{title}"#),
        format!(r"\breport\(\s*diags,\s*{title}"),
        format!(r"const (?:{constant}): &str = {title}"),
        // Of a choice between messages: the summary, and the detail.
        format!(r#"\(\s*{title},\s*(?:format!\(|"A destroy)"#),
    ]
    .map(|form| Regex::new(&form).unwrap());
    let source = files(&root().join("src"));
    let source = source.iter().filter(|path| !of_functions.iter().any(|left| path.starts_with(left)));
    let mut found = BTreeSet::new();
    for path in source {
        let text = std::fs::read_to_string(path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        for form in &forms {
            let titles = form.captures_iter(text).map(|captures| captures[1].to_owned());
            found.extend(titles.filter(|title| is_title(title)));
        }
    }
    found
}

/// Each promise of SECURITY.md names the test that holds it.
#[test]
fn tests_that_hold_the_promises_of_security_exist() {
    let text = read("SECURITY.md");
    let named: Vec<_> = text.split('`').filter_map(|code| code.split_once(".rs::")).collect();
    assert!(named.len() > 30, "{named:?}");
    for (file, test) in named {
        let source = read(&format!("{file}.rs"));
        let before = source.split_once(&format!("fn {test}()")).map(|(before, _)| before);
        let is_test = before.is_some_and(|before| before.rsplit("\n\n").next().unwrap().contains("test]"));
        assert!(is_test, "{file}.rs has no test {test}");
    }
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

/// "An ARN with its path, or without" of the guide.
#[test]
fn access_entry_wants_the_path_and_a_row_of_aws_auth_does_not() {
    let world = World::new();
    let role = world.role_arn("DeveloperAccess");
    let (account, name) = (&world.member, role.rsplit('/').next().unwrap());
    let without_path = format!("arn:aws:iam::{account}:role/{name}");
    let person = Kubectl::person(&world, &role, "jane");

    let create = [
        "eks",
        "create-access-entry",
        "--cluster-name",
        CLUSTER,
        "--principal-arn",
        &without_path,
    ];
    let error = world.aws_error(&create);
    let guide = read("docs/guides/troubleshooting.md");
    assert!(guide.contains(&error), "{error}");

    for (arn, answer) in [(&role, None), (&without_path, Some("row"))] {
        put_aws_auth_row(&world, arn);
        match answer {
            Some(groups) => person.run(&["auth", "whoami"]).ok().says(groups),
            None => person.run(&["auth", "whoami"]).fails_with("You must be logged in to the server"),
        };
    }

    // The entry counts from now on, not the row.
    world.create_entry_elsewhere("DeveloperAccess", &["--kubernetes-groups", "entry"]);
    person.run(&["auth", "whoami"]).ok().says("[entry system:authenticated]");
}

fn put_aws_auth_row(world: &World, arn: &str) {
    let rows = format!("- rolearn: {arn}\n  username: jane\n  groups: [row]\n");
    let path = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
    put_object(world, path, json!({ "data": { "mapRoles": rows } }));
}
