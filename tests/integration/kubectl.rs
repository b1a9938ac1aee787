//! The real kubectl, with a kubeconfig of `aws eks update-kubeconfig`, on the Kubernetes API of an emulated cluster.

use crate::emulator::{CLUSTER, REGION, World, aws_cli, get, put, url, venv};
use serde_json::{Value, json};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Somebody with AWS credentials and a home folder.
pub struct Kubectl {
    home: TempDir,
    env: Vec<(String, String)>,
}

/// What kubectl printed, and whether it succeeded.
#[derive(Debug)]
pub struct Printed {
    success: bool,
    pub text: String,
    errors: String,
}

impl Kubectl {
    /// The member account's own user, which clusters of a world take for their administrator.
    pub fn admin(world: &World) -> Self {
        Self::with(world.credentials(&world.member))
    }

    /// A person with a session of this role.
    pub fn person(world: &World, role_arn: &str, session_name: &str) -> Self {
        let answer = world.aws(&["sts", "assume-role", "--role-arn", role_arn, "--role-session-name", session_name]);
        let credentials = &answer["Credentials"];
        let mut env = world.credentials(&world.member);
        env.retain(|(name, _)| !name.contains("KEY"));
        for (name, member) in [
            ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
            ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
            ("AWS_SESSION_TOKEN", "SessionToken"),
        ] {
            env.push((name.to_owned(), credentials[member].as_str().unwrap().to_owned()));
        }
        Self::with(env)
    }

    /// A person with a kubeconfig that somebody gave them, and a profile with these credentials. kubectl does with each command
    /// what that kubeconfig says.
    pub fn of_profile(profile: &str, credentials: &Value, kubeconfig: &str) -> Self {
        let kubectl = Self {
            home: tempfile::tempdir().unwrap(),
            env: vec![
                ("AWS_ENDPOINT_URL".to_owned(), url()),
                ("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()),
            ],
        };
        let text = |member: &str| credentials[member].as_str().unwrap();
        let section = format!(
            "[{profile}]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
            text("AccessKeyId"),
            text("SecretAccessKey"),
            text("SessionToken"),
        );
        for (folder, name, content) in [(".aws", "credentials", section.as_str()), (".kube", "config", kubeconfig)] {
            let folder = kubectl.home.path().join(folder);
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join(name), content).unwrap();
        }
        kubectl
    }

    /// With a token in the kubeconfig: kubectl starts the AWS CLI for each command otherwise, which takes half a second of
    /// CPU time.
    fn with(env: Vec<(String, String)>) -> Self {
        let kubectl = Self {
            home: tempfile::tempdir().unwrap(),
            env,
        };
        let kubeconfig = kubectl.home.path().join(".kube/config");
        let kubeconfig = kubeconfig.to_str().unwrap();
        kubectl.aws(&["eks", "update-kubeconfig", "--name", CLUSTER, "--kubeconfig", kubeconfig]);
        let printed = kubectl.aws(&["eks", "get-token", "--cluster-name", CLUSTER]);
        let answer: Value = serde_json::from_str(&printed.text).unwrap();
        let token = format!("--token={}", answer["status"]["token"].as_str().unwrap());
        kubectl.run(&["config", "set-credentials", "with-token", &token]).ok();
        kubectl.run(&["config", "set-context", "--current", "--user=with-token"]).ok();
        kubectl
    }

    pub fn run(&self, arguments: &[&str]) -> Printed {
        let program = venv("kubectl");
        let output = Command::new(&program)
            .args(arguments)
            .env_clear()
            .envs(self.env.clone())
            .env("HOME", self.home.path())
            // A kubeconfig may start `aws`, which is a script.
            .env("PATH", format!("{}:/usr/bin:/bin", program.parent().unwrap().display()))
            .output()
            .unwrap();
        Printed::of(&output)
    }

    /// The AWS CLI with this person's credentials, without their home.
    #[track_caller]
    fn aws(&self, arguments: &[&str]) -> Printed {
        Printed::of(&aws_cli(arguments, &self.env)).ok()
    }
}

impl Printed {
    fn of(output: &Output) -> Self {
        Self {
            success: output.status.success(),
            text: String::from_utf8_lossy(&output.stdout).into_owned(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(self.success, "{self:#?}");
        self
    }

    /// Says that it failed with these words.
    #[track_caller]
    pub fn fails_with(self, words: &str) -> Self {
        assert!(!self.success && self.errors.contains(words), "expected {words:?}: {self:#?}");
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.text.contains(words), "expected {words:?}: {self:#?}");
        self
    }

    #[track_caller]
    pub fn does_not_say(self, words: &str) -> Self {
        assert!(!self.text.contains(words), "did not expect {words:?}: {self:#?}");
        self
    }
}

/// Makes or replaces an object of the world's cluster.
pub fn put_object(world: &World, path: &str, object: Value) {
    let place = json!({ "account": world.member, "region": REGION, "cluster": CLUSTER, "path": path, "object": object });
    put("kubernetes", place);
}

/// An object or list of the world's cluster.
pub fn object(world: &World, path: &str) -> Value {
    get(&format!(
        "kubernetes?account={}&region={REGION}&cluster={CLUSTER}&path={path}",
        world.member
    ))
}
