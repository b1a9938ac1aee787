//! The real Terraform (or OpenTofu) on a configuration in a folder of its own.

use crate::emulator::{World, root};
use serde_json::Value;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A configuration and its state.
pub struct Workspace {
    dir: TempDir,
    pub env: Vec<(String, String)>,
    /// A version that tools/terraform knows; else whatever is installed.
    version: Option<&'static str>,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Output {
    pub code: Option<i32>,
    /// stdout, then stderr; borders and line breaks of diagnostics are taken out.
    pub text: String,
}

/// One thing that `terraform validate` reports.
#[derive(Debug)]
pub struct Finding {
    pub line: String,
    pub severity: String,
    pub text: String,
}

impl Output {
    /// Says that the command succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.text);
        self
    }

    /// Says that the command failed.
    #[track_caller]
    pub fn failed(self) -> Self {
        assert_eq!(self.code, Some(1), "{}", self.text);
        self
    }

    /// Says that the text holds these words, however they are wrapped.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(
            squeeze(&self.text).contains(&squeeze(words)),
            "expected {words:?} in:\n{}",
            self.text
        );
        self
    }

    #[track_caller]
    pub fn does_not_say(self, words: &str) -> Self {
        assert!(
            !squeeze(&self.text).contains(&squeeze(words)),
            "did not expect {words:?} in:\n{}",
            self.text
        );
        self
    }
}

/// Terraform wraps diagnostics and draws a border beside them.
pub fn squeeze(text: &str) -> String {
    text.replace(['│', '╷', '╵'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A command that runs.
pub struct Running(Child);

impl Running {
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Sends a signal to the whole process group, as Ctrl-C does.
    pub fn signal_group(&self, signal: &str) {
        kill(signal, &format!("-{}", self.pid()));
    }

    /// As [`Self::signal_group`], if it still runs.
    pub fn try_signal_group(&self, signal: &str) {
        let target = format!("-{}", self.pid());
        let _ = Command::new("kill").args([signal, "--", &target]).stderr(Stdio::null()).status();
    }

    /// Waits for its end.
    pub fn finish(self) -> Output {
        self.0.wait_with_output().unwrap().into()
    }
}

/// Sends a signal to a process, or with a minus sign to a process group.
pub fn kill(signal: &str, target: &str) {
    let status = Command::new("kill").args([signal, "--", target]).status().unwrap();
    assert!(status.success(), "kill {signal} {target}");
}

/// The provider processes of a Terraform process.
pub fn providers(terraform: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let is_provider = stat.contains("(terraform-provi");
        // pid (comm) state ppid …
        let parent = stat.rsplit(") ").next().and_then(|rest| rest.split_whitespace().nth(1));
        if is_provider && parent == Some(&terraform.to_string()) {
            found.push(pid);
        }
    }
    found
}

pub fn is_running(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

impl From<std::process::Output> for Output {
    fn from(output: std::process::Output) -> Self {
        let text = format!(
            "{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Self {
            code: output.status.code(),
            text,
        }
    }
}

impl Workspace {
    /// A workspace whose provider runs in the world's member account.
    pub fn new(world: &World, config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let workspace = Self {
            dir,
            env: world.credentials(&world.member),
            version: None,
        };
        let binary = Path::new(env!("CARGO_BIN_EXE_terraform-provider-eks"));
        workspace.take_provider_from(binary.parent().unwrap());
        workspace.write(config);
        workspace
    }

    /// Takes the provider from another folder than this build's.
    pub fn take_provider_from(&self, folder: &Path) {
        self.override_providers(&format!("    \"eks-sso/eks\" = {folder:?}\n"));
    }

    fn override_providers(&self, overrides: &str) {
        let text = format!("provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n  direct {{}}\n}}\n");
        self.file("cli.tfrc", &text);
    }

    /// A workspace with exactly these environment variables for AWS.
    pub fn with_env(world: &World, config: &str, env: &[(&str, &str)]) -> Self {
        let mut workspace = Self::new(world, config);
        workspace.env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        workspace
    }

    /// The same with another Terraform.
    pub fn of_version(mut self, version: &'static str) -> Self {
        self.version = Some(version);
        self
    }

    pub fn set_env(&mut self, name: &str, value: &str) {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn file(&self, name: &str, content: &str) {
        std::fs::write(self.dir.path().join(name), content).unwrap();
    }

    /// Replaces the configuration. The terraform block is added.
    pub fn write(&self, config: &str) {
        let header = "terraform {\n  required_providers {\n    eks = { source = \"eks-sso/eks\" }\n  }\n}\n";
        self.file("main.tf", &format!("{header}\n{config}"));
    }

    /// A command, ready to be changed and started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(root().join("tools/terraform"));
        if let Some(version) = self.version {
            command.args(["--from-pypi", version, "--"]);
        }
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env_clear()
            .env("HOME", self.dir.path())
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("TF_CLI_CONFIG_FILE", self.dir.path().join("cli.tfrc"))
            .env("TF_DATA_DIR", self.dir.path().join(".terraform"))
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .envs(std::env::var_os("TERRAFORM").map(|terraform| ("TERRAFORM", terraform))) // tools/test-versions
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap().into()
    }

    /// Starts a command that the test will act upon while it runs. It leads a process group of its own, as one typed
    /// in a shell does.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        let process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        Running(process)
    }

    /// [`Self::apply`], started.
    pub fn start_apply(&self) -> Running {
        self.start(&["apply", "-auto-approve", "-input=false", "-no-color"])
    }

    pub fn apply(&self) -> Output {
        self.run(&["apply", "-auto-approve", "-input=false", "-no-color"])
    }

    pub fn destroy(&self) -> Output {
        self.run(&["destroy", "-auto-approve", "-input=false", "-no-color"])
    }

    /// A plan; its code is 0 if nothing is to be done, 2 if something is.
    pub fn plan(&self) -> Output {
        self.run(&["plan", "-input=false", "-no-color", "-detailed-exitcode", "-out=plan"])
    }

    pub fn validate(&self) -> Output {
        self.run(&["validate", "-no-color"])
    }

    /// Says that there is nothing to do.
    #[track_caller]
    pub fn plans_nothing(&self) {
        let plan = self.plan();
        assert_eq!(plan.code, Some(0), "expected an empty plan:\n{}", plan.text);
    }

    /// The plan of [`Self::plan`] as JSON.
    pub fn plan_json(&self) -> Value {
        let output = self.command(&["show", "-json", "plan"]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The change that was planned for an address.
    #[track_caller]
    pub fn change(&self, address: &str) -> Value {
        let plan = self.plan_json();
        let changes = plan["resource_changes"].as_array().unwrap();
        changes
            .iter()
            .find(|change| change["address"] == address)
            .unwrap_or_else(|| panic!("no change of {address}"))["change"]
            .clone()
    }

    /// Attributes of a resource or data source in the state.
    #[track_caller]
    pub fn state(&self, address: &str) -> Value {
        let output = self.command(&["show", "-json"]).output().unwrap();
        let state: Value = serde_json::from_slice(&output.stdout).unwrap();
        let resources = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        resources
            .into_iter()
            .find(|resource| resource["address"] == address)
            .unwrap_or_else(|| panic!("{address} is not in the state"))["values"]
            .clone()
    }

    /// Whether Terraform will make a resource anew because its create failed.
    #[track_caller]
    pub fn is_tainted(&self, address: &str) -> bool {
        let output = self.command(&["show", "-json"]).output().unwrap();
        let state: Value = serde_json::from_slice(&output.stdout).unwrap();
        let resources = state["values"]["root_module"]["resources"].as_array().unwrap();
        let resource = resources.iter().find(|resource| resource["address"] == address).unwrap();
        resource["tainted"] == true
    }

    /// Applies the plan that [`Self::plan`] made.
    pub fn apply_plan(&self) -> Output {
        self.run(&["apply", "-input=false", "-no-color", "plan"])
    }

    /// Addresses in the state.
    pub fn addresses(&self) -> Vec<String> {
        let output = self.command(&["state", "list"]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }
}

/// hashicorp/aws and hashicorp/kubernetes are played by tests/stand_in. It reports deletes to the file that this gives.
pub fn with_stand_ins(terraform: &mut Workspace) -> PathBuf {
    let binary = Path::new(env!("CARGO_BIN_EXE_terraform-provider-eks"));
    let dir = binary.parent().unwrap();
    let example = dir.join("examples/stand_in");
    assert!(example.exists(), "`cargo build --examples` makes {}", example.display());
    let mut overrides = format!("\"eks-sso/eks\" = {dir:?}\n");
    for name in ["aws", "kubernetes"] {
        let folder = terraform.path().join(format!("stand-in-{name}"));
        std::fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(&example, folder.join(format!("terraform-provider-{name}"))).unwrap();
        overrides += &format!("\"hashicorp/{name}\" = {folder:?}\n");
    }
    terraform.override_providers(&overrides);
    let deleted = terraform.path().join("deleted");
    terraform.set_env("STAND_IN_DELETED", deleted.to_str().unwrap());
    deleted
}

/// hashicorp/aws is the real plugin.
pub fn with_aws_plugin(terraform: &Workspace, plugin: &Path) {
    let folder = terraform.path().join("plugin-aws");
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(plugin, folder.join("terraform-provider-aws")).unwrap();
    let own = Path::new(env!("CARGO_BIN_EXE_terraform-provider-eks")).parent().unwrap();
    terraform.override_providers(&format!("\"eks-sso/eks\" = {own:?}\n\"hashicorp/aws\" = {folder:?}\n"));
}
