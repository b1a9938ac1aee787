//! examples/drift: what the jobs make of each exit code of `terraform plan`. Their shell lines run as they are.

use crate::emulator::{World, post, root};
use crate::terraform::Workspace;
use serde_json::json;
use std::process::Command;

const GRANT: &str = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
}

output "matrix" {
  value = "| DeveloperAccess | view |"
}
"#;

/// A job that has the provider of the workspace, and its files.
struct Job<'a>(&'a Workspace);

impl Job<'_> {
    fn shell(&self, program: &[&str], script: &str, env: &[(&str, &str)]) -> Option<i32> {
        let path = std::env::var("PATH").unwrap();
        let folder = self.0.path();
        // tools/terraform looks for a terraform in the PATH: it must not find this one.
        let terraform = format!("terraform() {{ {} \"$@\"; }}\n", root().join("tools/terraform").display());
        let output = Command::new(program[0])
            .args(&program[1..])
            .args(["-c", &format!("{terraform}{script}")])
            .current_dir(folder)
            .env_clear()
            .envs(self.0.env.iter().map(|(name, value)| (name, value)))
            .envs(env.iter().copied())
            .envs([("PATH", path.as_str()), ("CHECKPOINT_DISABLE", "1")])
            .envs([("HOME", folder), ("TF_CLI_CONFIG_FILE", &folder.join("cli.tfrc"))])
            .output()
            .unwrap();
        output.status.code()
    }

    /// A step of the workflow, as GitHub runs `shell: bash`.
    fn github(&self, name: &str) -> Option<i32> {
        let file = read("github-actions.yaml");
        let step = file.split(&format!("      - name: {name}\n")).nth(1).unwrap();
        let step = step.split("\n      - ").next().unwrap();
        let script = step.split("        run: |\n").nth(1).unwrap();
        let [output, summary] = ["output", "summary"].map(|name| self.0.path().join(name));
        let known = std::fs::read_to_string(&output).unwrap_or_default();
        let env = [
            ("GITHUB_OUTPUT", output.to_str().unwrap()),
            ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
            ("CODE", known.trim().trim_start_matches("code=")),
        ];
        self.shell(&["bash", "--noprofile", "--norc", "-eo", "pipefail"], script, &env)
    }

    /// The job's lines without the sign-in and `init`, which a build of the provider does not need.
    fn gitlab(&self) -> Option<i32> {
        let file = read("gitlab-ci.yaml");
        let script = file.split("  script:\n").nth(1).unwrap().split("\n  allow_failure").next().unwrap();
        let lines = script.lines().filter_map(|line| line.strip_prefix("    - "));
        let lines = lines.filter(|line| !line.contains("AWS_WEB_IDENTITY_TOKEN_FILE") && *line != "terraform init");
        self.shell(&["sh", "-e"], &lines.collect::<Vec<_>>().join("\n"), &[])
    }

    /// The plan ends with this code, and both jobs say so after they have written their reports.
    #[track_caller]
    fn finds(&self, code: i32, verdict: &str) {
        let [output, summary] = ["output", "summary"].map(|name| self.0.path().join(name));
        self.0.file("output", "");
        self.0.file("summary", "");
        assert_eq!(self.github("Plan"), Some(0));
        assert_eq!(std::fs::read_to_string(output).unwrap(), format!("code={code}\n"));
        assert_eq!(self.github("Summary"), Some(0));
        let summary = std::fs::read_to_string(summary).unwrap();
        assert!(summary.starts_with(&format!("### EKS access: {verdict}\n")), "{summary}");
        assert!(summary.contains("| DeveloperAccess | view |"), "{summary}");
        assert_eq!(self.github("Verdict"), Some(i32::from(code != 0)));
        let matrix = self.0.path().join("matrix.md");
        std::fs::remove_file(&matrix).unwrap();
        assert_eq!(self.gitlab(), Some(code));
        assert!(matrix.exists(), "the job ended before it wrote its report");
    }
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join("examples/drift").join(name)).unwrap()
}

#[test]
fn jobs_tell_drift_from_a_clean_plan_and_from_a_failed_one() {
    let world = World::new();
    let terraform = Workspace::new(&world, GRANT);
    terraform.apply().ok();
    let job = Job(&terraform);
    job.finds(0, "no drift");

    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    job.finds(2, "drift");

    world.deny("eks", "DescribeAccessEntry");
    job.finds(1, "the plan failed, nothing is known");
}

/// "Do not use -refresh-only" of the guide.
#[test]
fn refresh_only_does_not_find_a_new_role() {
    let world = World::new();
    let terraform = Workspace::new(&world, GRANT);
    terraform.apply().ok();
    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    let refresh = terraform.run(&["plan", "-refresh-only", "-detailed-exitcode", "-input=false", "-no-color"]);
    assert_eq!(refresh.code, Some(0), "{}", refresh.text);
    assert_eq!(terraform.plan().code, Some(2));
}
