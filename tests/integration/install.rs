//! `make install`: `terraform init` finds what it put into the folders that Terraform looks into by itself.

use crate::client::binary;
use crate::emulator::{World, root};
use crate::terraform::{Output, Workspace};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const GRANT: &str = r#"
resource "eks_sso_access" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
}
"#;

/// A made-up home, and whatever else an installation could write to.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// As `make install` does, with this build.
    fn install(&self, prefix: Option<&Path>) -> Output {
        let mut command = Command::new(root().join("tools/install"));
        command
            .arg(binary().get_program())
            .args(prefix)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", self.path());
        command.output().unwrap().into()
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.path().to_owned()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files
    }
}

/// A configuration in that home, with no CLI configuration at all.
fn workspace(world: &World, home: &Home, config: &str) -> Workspace {
    let mut terraform = Workspace::new(world, "").of_version("1.15");
    terraform.file("main.tf", config);
    terraform.file("cli.tfrc", "");
    terraform.set_env("HOME", home.path().to_str().unwrap());
    terraform
}

/// The configuration that was printed.
fn printed(installed: &Output) -> &str {
    let begin = installed.text.find("terraform {").unwrap();
    let end = installed.text.find("\n}\n").unwrap() + 3;
    &installed.text[begin..end]
}

#[track_caller]
fn init_and_plan(terraform: &Workspace) {
    terraform.run(&["init", "-input=false", "-no-color"]).ok();
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
}

#[test]
fn terraform_init_finds_what_was_installed_in_the_home() {
    let (world, home) = (World::new(), Home::new());
    let installed = home.install(None).ok();
    let files = home.files();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].starts_with(home.path().join(".terraform.d/plugins")), "{files:?}");
    init_and_plan(&workspace(&world, &home, &format!("{}{GRANT}", printed(&installed))));
}

#[test]
fn terraform_init_finds_what_was_installed_in_the_xdg_folder() {
    let (world, home) = (World::new(), Home::new());
    let data = home.path().join("data");
    let installed = home.install(Some(&data.join("terraform/plugins"))).ok();
    assert!(home.files().iter().all(|file| file.starts_with(&data)), "{:?}", home.files());
    let mut terraform = workspace(&world, &home, &format!("{}{GRANT}", printed(&installed)));
    terraform.set_env("XDG_DATA_HOME", data.to_str().unwrap());
    init_and_plan(&terraform);
}

/// A file that runs cannot be written to.
#[test]
fn build_that_runs_is_replaced() {
    let home = Home::new();
    home.install(None).ok();
    let file = home.files().remove(0);
    let mut running = Command::new(&file)
        .args(["-debug"])
        .env_clear()
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let again = home.install(None);
    running.kill().unwrap();
    running.wait().unwrap();
    again.ok();
    assert_eq!(home.files(), [file]);
}

#[test]
fn installation_says_where_terraform_does_not_look() {
    let home = Home::new();
    std::fs::write(home.path().join(".terraformrc"), "provider_installation {\n  direct {}\n}\n").unwrap();
    home.install(None).ok().says("Terraform only looks where that says");
    Home::new().install(None).ok().does_not_say("Terraform only looks");
}
