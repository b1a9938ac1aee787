//! The emulator, started once for all tests, and its control endpoints.

use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub const REGION: &str = "eu-west-1";

/// The emulator ends by itself when its stdin closes, which it does with this process.
struct Emulator {
    url: String,
    _process: Child,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A program of the virtual environment that `make` sets up.
pub fn venv(program: &str) -> PathBuf {
    let path = root().join(".venv/bin").join(program);
    assert!(path.exists(), "{} is missing: `make venv` installs it", path.display());
    path
}

fn emulator() -> &'static Emulator {
    static EMULATOR: OnceLock<Emulator> = OnceLock::new();
    EMULATOR.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let port_file = dir.path().join("port");
        let process = Command::new(venv("python"))
            .arg(root().join("tests/emulator/server.py"))
            .args(["--until-stdin-closes", "--port", "0", "--port-file"])
            .arg(&port_file)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let port = wait_for(|| std::fs::read_to_string(&port_file).ok().filter(|port| !port.is_empty()));
        Emulator {
            url: format!("http://127.0.0.1:{}", port.trim()),
            _process: process,
        }
    })
}

/// The AWS CLI, imported once for all tests, which forks for each command: `tests/emulator/warm_aws.py`. It ends as the
/// emulator does.
struct WarmAws {
    socket: PathBuf,
    _dir: TempDir,
    _process: Child,
}

fn warm_aws() -> &'static WarmAws {
    static WARM_AWS: OnceLock<WarmAws> = OnceLock::new();
    WARM_AWS.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("socket");
        let process = Command::new(venv("python"))
            .arg(root().join("tests/emulator/warm_aws.py"))
            .arg(&socket)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for(|| UnixStream::connect(&socket).ok());
        WarmAws {
            socket,
            _dir: dir,
            _process: process,
        }
    })
}

/// Runs the AWS CLI with nothing in its environment but this, and PATH.
pub fn aws_cli(arguments: &[&str], env: &[(String, String)]) -> Output {
    let mut environment: serde_json::Map<_, _> = env.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    environment.insert("PATH".to_owned(), json!(std::env::var("PATH").unwrap_or_default()));
    let mut stream = UnixStream::connect(&warm_aws().socket).unwrap();
    writeln!(stream, "{}", json!({ "arguments": arguments, "environment": environment })).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let bytes = |name: &str| answer[name].as_str().unwrap().as_bytes().to_vec();
    Output {
        // As waitpid says it.
        status: ExitStatus::from_raw(i32::try_from(answer["status"].as_i64().unwrap()).unwrap() << 8),
        stdout: bytes("stdout"),
        stderr: bytes("stderr"),
    }
}

/// Waits for something that another process makes.
#[track_caller]
pub fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "waited for a minute in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Where AWS is.
pub fn url() -> String {
    emulator().url.clone()
}

/// An account id that no other test uses.
pub fn new_account() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:012}", 100_000_000_000 + NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Posts to a control endpoint.
#[track_caller]
pub fn post(endpoint: &str, body: Value) -> Value {
    request("POST", endpoint, Some(body))
}

#[track_caller]
pub fn put(endpoint: &str, body: Value) -> Value {
    request("PUT", endpoint, Some(body))
}

#[track_caller]
pub fn get(endpoint: &str) -> Value {
    request("GET", endpoint, None)
}

#[track_caller]
pub fn delete(endpoint: &str) {
    request("DELETE", endpoint, None);
}

#[track_caller]
fn request(method: &str, endpoint: &str, body: Option<Value>) -> Value {
    let url = format!("{}/emulator/{endpoint}", url());
    let builder = ureq::http::Request::builder()
        .method(method)
        .uri(&url)
        .header("content-type", "application/json");
    let request = builder.body(body.map(|body| body.to_string()).unwrap_or_default()).unwrap();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
    let mut response = agent.run(request).unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    assert!(response.status().is_success(), "{method} {url}: {} {text}", response.status());
    if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).unwrap()
    }
}

/// All calls booked on an account, in order: service, operation, region, parameters, user agent, status.
pub fn calls_of(account: &str) -> Vec<Value> {
    get(&format!("calls?account={account}"))["calls"].as_array().unwrap().clone()
}

/// Calls of one operation booked on an account.
pub fn calls_to(account: &str, operation: &str) -> Vec<Value> {
    let mut calls = calls_of(account);
    calls.retain(|call| call["operation"] == operation);
    calls
}

/// Denies an operation to callers of an account as IAM does where no policy allows it: the emulator names action, caller and
/// resource, as AWS does. Services have botocore's names.
pub fn deny_in(account: &str, service: &str, operation: &str) {
    let rule = json!({ "service": service, "operation": operation, "denied": true });
    post("faults", json!({ "account": account, "rules": [rule] }));
}

/// An organization of its own for one test: a management account, a member account with a cluster, and permission
/// sets assigned in the member account.
pub struct World {
    pub management: String,
    pub member: String,
    pub made: Value,
}

pub const CLUSTER: &str = "payments-prod";

impl World {
    /// A cluster that takes access entries, and the permission sets `DeveloperAccess` and `AdministratorAccess`.
    pub fn new() -> Self {
        Self::with(json!({}))
    }

    /// As [`Self::new`], with keys of the world endpoint replaced. `MEMBER` and `MANAGEMENT` stand for the accounts.
    pub fn with(overrides: Value) -> Self {
        let (management, member) = (new_account(), new_account());
        let mut world = json!({
            "management_account": "MANAGEMENT",
            "home_region": REGION,
            "permission_sets": [
                { "name": "DeveloperAccess", "accounts": ["MEMBER"] },
                { "name": "AdministratorAccess", "accounts": ["MEMBER"] },
            ],
            "clusters": [{ "account": "MEMBER", "region": REGION, "name": CLUSTER, "authentication_mode": "API_AND_CONFIG_MAP" }],
        });
        world.as_object_mut().unwrap().extend(overrides.as_object().unwrap().clone());
        let text = world.to_string().replace("MANAGEMENT", &management).replace("MEMBER", &member);
        let made = post("world", serde_json::from_str(&text).unwrap());
        Self { management, member, made }
    }

    /// The access entries of a cluster as the emulator holds them, by principal ARN.
    pub fn entries(&self) -> Vec<Value> {
        let entries = get(&format!("entries?account={}&region={REGION}&cluster={CLUSTER}", self.member));
        entries["entries"].as_array().unwrap().clone()
    }

    /// The only access entry.
    #[track_caller]
    pub fn entry(&self) -> Value {
        let entries = self.entries();
        assert_eq!(entries.len(), 1, "{entries:#?}");
        entries[0].clone()
    }

    /// Operations asked of the member account since the last [`Self::forget_calls`], in order.
    pub fn calls(&self) -> Vec<String> {
        let calls = get(&format!("calls?account={}", self.member));
        calls["calls"]
            .as_array()
            .unwrap()
            .iter()
            .map(|call| call["operation"].as_str().unwrap().to_owned())
            .collect()
    }

    /// How many calls were answered that they come too fast.
    pub fn throttled(&self) -> usize {
        let is_throttled = |call: &&Value| call["code"].as_str().is_some_and(|code| code.starts_with("Throttling"));
        calls_of(&self.member).iter().filter(is_throttled).count()
    }

    /// Operations that change something.
    pub fn writes(&self) -> Vec<String> {
        let reads = ["Describe", "List", "Get", "Assume"];
        self.calls()
            .into_iter()
            .filter(|call| !reads.iter().any(|read| call.starts_with(read)))
            .collect()
    }

    pub fn forget_calls(&self) {
        delete(&format!("calls?account={}", self.member));
    }

    /// Whether the emulator has answered all calls.
    pub fn calls_are_over(&self) -> bool {
        let calls = get(&format!("calls?account={}", self.member));
        calls["calls"].as_array().unwrap().iter().all(|call| !call["status"].is_null())
    }

    /// Waits until an operation has been asked for since the last [`Self::forget_calls`].
    #[track_caller]
    pub fn wait_for_call(&self, operation: &str) {
        wait_for(|| self.calls().iter().any(|call| call == operation).then_some(()));
    }

    /// Makes an access entry by other hands.
    pub fn create_entry_elsewhere(&self, permission_set: &str, more: &[&str]) {
        self.create_entry_of(&self.role_arn(permission_set), more);
    }

    /// The same for any principal.
    #[track_caller]
    pub fn create_entry_of(&self, principal_arn: &str, more: &[&str]) {
        let entry = [
            "eks",
            "create-access-entry",
            "--cluster-name",
            CLUSTER,
            "--principal-arn",
            principal_arn,
        ];
        self.aws(&[&entry[..], more].concat());
    }

    /// Somebody associates an access policy (by its name) with an entry of the cluster; `scope`: "type=cluster".
    #[track_caller]
    pub fn associate(&self, principal_arn: &str, policy: &str, scope: &str) {
        self.associate_on(CLUSTER, principal_arn, policy, scope);
    }

    /// The same on another cluster.
    #[track_caller]
    pub fn associate_on(&self, cluster: &str, principal_arn: &str, policy: &str, scope: &str) {
        let policy = format!("arn:aws:eks::aws:cluster-access-policy/{policy}");
        let entry = [
            "eks",
            "associate-access-policy",
            "--cluster-name",
            cluster,
            "--principal-arn",
            principal_arn,
        ];
        self.aws(&[&entry[..], &["--policy-arn", &policy, "--access-scope", scope]].concat());
    }

    /// Changes the cluster by the control endpoint.
    pub fn change_cluster(&self, change: Value) {
        let mut body = json!({ "account": self.member, "region": REGION, "name": CLUSTER });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        post("cluster", body);
    }

    /// Changes how the emulator treats the member account.
    pub fn settings(&self, settings: Value) {
        let mut body = json!({ "account": self.member });
        body.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        post("settings", body);
    }

    /// Makes calls in the member account fail, hang or lose their answer.
    pub fn fault(&self, rule: Value) {
        post("faults", json!({ "account": self.member, "rules": [rule] }));
    }

    pub fn clear_faults(&self) {
        delete(&format!("faults?account={}", self.member));
    }

    /// Denies an operation in the member account as IAM does where no policy allows it.
    pub fn deny(&self, service: &str, operation: &str) {
        deny_in(&self.member, service, operation);
    }

    /// The AWS CLI in the member account; its output as JSON.
    #[track_caller]
    pub fn aws(&self, arguments: &[&str]) -> Value {
        self.aws_in(&self.member, arguments)
    }

    /// The AWS CLI in an account.
    #[track_caller]
    pub fn aws_in(&self, account: &str, arguments: &[&str]) -> Value {
        let output = self.aws_output(account, arguments);
        assert!(
            output.status.success(),
            "aws {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// What the AWS CLI prints when AWS refuses.
    #[track_caller]
    pub fn aws_error(&self, arguments: &[&str]) -> String {
        let output = self.aws_output(&self.member, arguments);
        assert!(!output.status.success(), "aws {arguments:?} succeeded");
        String::from_utf8_lossy(&output.stderr).trim().to_owned()
    }

    fn aws_output(&self, account: &str, arguments: &[&str]) -> Output {
        aws_cli(&[&["--output", "json"], arguments].concat(), &self.credentials(account))
    }

    pub fn credentials(&self, account: &str) -> Vec<(String, String)> {
        [
            ("AWS_ACCESS_KEY_ID", format!("AKIATEST{account}")),
            ("AWS_SECRET_ACCESS_KEY", "not-a-secret".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            // The AWS CLI knows only this one.
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            ("AWS_ENDPOINT_URL", url()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// ARN of the role that a permission set got in the member account when the world was made.
    pub fn role_arn(&self, permission_set: &str) -> String {
        self.made["role_arns"][&self.member][permission_set].as_str().unwrap().to_owned()
    }
}
