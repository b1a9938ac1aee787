//! `make test-aws` (tools/test-aws), which people run in their own AWS account.

use crate::emulator::{CLUSTER, REGION, World, root};
use crate::terraform::{Output, kill};
use serde_json::json;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const STORIES: [&str; 10] = [
    "the role is found",
    "a plan shows the grant",
    "the grant is created",
    "the second plan is empty",
    "a change by others is seen and mended",
    "a scope is changed in place",
    "a second grant for the same role is refused",
    "the grant is imported",
    "the grant is destroyed",
    "nothing is left",
];

/// Somebody's account, and a folder for the states and the report.
struct OwnAccount {
    world: World,
    folder: TempDir,
}

impl OwnAccount {
    fn new() -> Self {
        Self {
            world: World::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self, settings: &[(&str, &str)]) -> Command {
        let mut command = Command::new(root().join("tools/test-aws"));
        command
            .arg("--folder")
            .arg(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .envs(self.world.credentials(&self.world.member))
            .envs([("CLUSTER", CLUSTER), ("PERMISSION_SET", "DeveloperAccess"), ("REGION", REGION)])
            .envs(settings.iter().copied())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, settings: &[(&str, &str)]) -> Output {
        self.command(settings).output().unwrap().into()
    }

    fn report(&self) -> String {
        let report = std::fs::read_to_string(self.folder.path().join("report.md")).unwrap();
        // Nobody else learns whose account it was.
        let suffix = self.world.role_arn("DeveloperAccess");
        let (_, suffix) = suffix.rsplit_once('_').unwrap();
        for secret in [&self.world.member, "not-a-secret", "AKIATEST", CLUSTER, "DeveloperAccess", suffix] {
            assert!(!report.contains(secret), "{secret} is in the report:\n{report}");
        }
        report
    }
}

/// How a story ended, in a report.
fn result<'a>(report: &'a str, story: &str) -> &'a str {
    let line = report.lines().find_map(|line| line.strip_prefix(&format!("| {story} | ")));
    line.unwrap_or_else(|| panic!("no {story:?} in {report}"))
        .split(" |")
        .next()
        .unwrap()
}

const YES: (&str, &str) = ("CONFIRM", "yes");

#[test]
fn test_of_an_own_account_tells_all_stories_and_leaves_nothing() {
    let account = OwnAccount::new();
    account.run(&[YES]).ok().says(&account.world.role_arn("DeveloperAccess"));
    let report = account.report();
    for story in STORIES {
        assert_eq!(result(&report, story), "ok", "{story}");
    }
    assert!(account.world.entries().is_empty());
    // It did what it says.
    let writes = account.world.writes();
    let count = |operation: &str| writes.iter().filter(|write| *write == operation).count();
    assert_eq!((count("CreateAccessEntry"), count("DeleteAccessEntry")), (1, 1), "{writes:?}");
    // By the AWS CLI, and back.
    assert_eq!(count("UpdateAccessEntry"), 2, "{writes:?}");
}

#[test]
fn test_of_an_own_account_writes_nothing_without_a_yes() {
    let account = OwnAccount::new();
    let output = account.run(&[]).failed();
    let output = output
        .says("This is written now, and deleted at the end")
        .says(&account.world.member);
    output.says("Nothing was written. Nobody can be asked here: CONFIRM=yes goes on");
    assert_eq!(account.world.writes(), Vec::<String>::new());
}

#[test]
fn test_of_an_own_account_refuses_an_entry_that_is_there() {
    let account = OwnAccount::new();
    account
        .world
        .create_entry_elsewhere("DeveloperAccess", &["--kubernetes-groups", "theirs"]);
    account.world.forget_calls();
    let output = account.run(&[YES]).failed();
    output.says("Nothing was written. DeveloperAccess has an access entry in payments-prod already.");
    assert_eq!(account.world.writes(), Vec::<String>::new());
    assert_eq!(account.world.entry()["kubernetesGroups"], json!(["theirs"]));
}

#[test]
fn test_of_an_own_account_cleans_up_after_a_failure() {
    let account = OwnAccount::new();
    account.world.deny("eks", "UpdateAccessEntry");
    account.run(&[YES]).failed().says("a change by others is seen and mended: FAILED");
    let report = account.report();
    assert_eq!(result(&report, "the grant is created"), "ok");
    assert_eq!(result(&report, "a change by others is seen and mended"), "FAILED");
    assert_eq!(result(&report, "a scope is changed in place"), "not run");
    assert_eq!(result(&report, "everything is deleted"), "ok");
    assert!(report.contains("is not authorized to perform: eks:UpdateAccessEntry"), "{report}");
    assert!(account.world.entries().is_empty());
}

#[test]
fn test_of_an_own_account_cleans_up_after_ctrl_c() {
    let account = OwnAccount::new();
    account
        .world
        .fault(json!({ "operation": "AssociateAccessPolicy", "delay_ms": 1000 }));
    let mut command = account.command(&[YES]);
    let process = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    account.world.wait_for_call("AssociateAccessPolicy");
    assert_eq!(account.world.entries().len(), 1);
    kill("-INT", &format!("-{}", process.id()));
    let output: Output = process.wait_with_output().unwrap().into();
    assert_eq!(output.code, Some(130), "{}", output.text);
    assert_eq!(result(&account.report(), "everything is deleted"), "ok");
    assert!(account.world.entries().is_empty());
}

#[test]
fn test_of_an_own_account_that_was_killed_is_cleaned_up_by_another() {
    let account = OwnAccount::new();
    account
        .world
        .fault(json!({ "operation": "UpdateAccessEntry", "times": 1, "delay_ms": 1000 }));
    let mut process = account.command(&[YES]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    account.world.wait_for_call("UpdateAccessEntry");
    process.kill().unwrap();
    process.wait().unwrap();
    account.run(&[YES]).failed().says("A run that was killed left a state");
    assert_eq!(account.world.entries().len(), 1);
    account.run(&[("CLEAN_UP", "yes")]).ok();
    assert!(account.world.entries().is_empty());
}
