//! `data "eks_sso_kubeconfig"`: what kubectl and the AWS CLI make of its two texts.

use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, get, new_account, url, venv};
use crate::loopback::{Server, answer};
use crate::terraform::Workspace;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

pub const ADDRESS: &str = "data.eks_sso_kubeconfig.x";
pub const START_URL: &str = "https://d-1234567890.awsapps.com/start/#";

fn data(body: &str) -> String {
    format!("data \"eks_sso_kubeconfig\" \"x\" {{\n  cluster_name = \"{CLUSTER}\"\n{body}\n}}\n")
}

fn signed_in(body: &str) -> String {
    data(&format!(
        "  permission_set_name = \"DeveloperAccess\"\n  sso_start_url = \"{START_URL}\"\n{body}"
    ))
}

/// What the data source gives.
#[track_caller]
pub fn read(world: &World, config: &str) -> Value {
    let terraform = Bench::new(world, config);
    terraform.apply().ok();
    terraform.plans_nothing();
    terraform.state(ADDRESS)
}

/// A person's home folder with the two files, and nothing of this machine's environment.
pub struct Home {
    dir: tempfile::TempDir,
    pub env: Vec<(String, String)>,
}

impl Home {
    pub fn new(files: &Value) -> Self {
        let home = Self {
            dir: tempfile::tempdir().unwrap(),
            env: vec![
                ("AWS_ENDPOINT_URL".to_owned(), url()),
                ("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()),
            ],
        };
        home.file("kubeconfig", files["kubeconfig"].as_str().unwrap());
        if let Some(config) = files["aws_config"].as_str() {
            home.file(".aws/config", config);
        }
        home
    }

    pub fn file(&self, name: &str, content: &str) {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// As after `aws sso login`: a token of the session, and the portal that gives credentials for it.
    pub fn signed_in_at(&mut self, portal: &Server) {
        let token = json!({
            "startUrl": START_URL, "region": REGION, "accessToken": "token-of-the-session", "expiresAt": "2999-01-01T00:00:00Z",
        });
        // The SHA-1 of "sso", the session's name.
        self.file(".aws/sso/cache/afb9d1dcf212fa33d079a070ab90f0bef03c324b.json", &token.to_string());
        self.env.push(("AWS_ENDPOINT_URL_SSO".to_owned(), portal.url()));
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let bin = venv("aws").parent().unwrap().to_owned();
        Command::new(bin.join(program))
            .args(arguments)
            .current_dir(self.dir.path())
            .env_clear()
            .env("KUBECONFIG", self.dir.path().join("kubeconfig"))
            .envs(self.env.clone())
            .env("HOME", self.dir.path())
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .output()
            .unwrap()
    }

    /// Output of a command that has to succeed, without the last line break.
    #[track_caller]
    pub fn text(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.run(program, arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {errors}");
        assert_eq!(errors, "", "{program} {arguments:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    #[track_caller]
    pub fn json(&self, program: &str, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(program, arguments)).unwrap()
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// A world in which both permission sets' people can view all, and a role that others assume can, too.
pub fn open_world() -> World {
    let view = json!([{ "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy" }]);
    let world = World::with(json!({
        "roles": [{ "account": "MEMBER", "name": "Deployer", "path": "/ops/" }],
        "clusters": [{
            "account": "MEMBER", "region": REGION, "name": CLUSTER, "authentication_mode": "API",
            "access_entries": [{ "principalArn": "arn:aws:iam::MEMBER:role/ops/Deployer", "policies": view }],
        }],
    }));
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    world
}

/// Identity Center's portal: gives a session of the permission set's role to whoever has the token.
pub fn portal(world: &World) -> Server {
    let role = world.role_arn("DeveloperAccess");
    let session = world.aws(&["sts", "assume-role", "--role-arn", &role, "--role-session-name", "jane@example.com"]);
    let keys = &session["Credentials"];
    let credentials = json!({ "roleCredentials": {
        "accessKeyId": keys["AccessKeyId"], "secretAccessKey": keys["SecretAccessKey"], "sessionToken": keys["SessionToken"],
        "expiration": 4_000_000_000_000_u64,
    }});
    let account = world.member.clone();
    Server::http(move |request| {
        let is_right = request.target.starts_with("/federation/credentials?")
            && request.target.contains("role_name=DeveloperAccess")
            && request.target.contains(&format!("account_id={account}"))
            && request.header("x-amz-sso_bearer_token") == Some("token-of-the-session");
        match is_right {
            true => answer(200, &credentials.to_string()),
            false => answer(403, "{}"),
        }
    })
}

/// What the cluster's Kubernetes API was asked.
fn kubernetes_requests(world: &World) -> Vec<Value> {
    let asked = get(&format!(
        "kubernetes-requests?account={}&region={REGION}&cluster={CLUSTER}",
        world.member
    ));
    asked["requests"].as_array().unwrap().clone()
}

#[test]
fn kubeconfig_data_basic() {
    let world = World::new();
    let state = read(&world, &signed_in("  namespace = \"payments\""));
    let member = &world.member;
    let context = format!("DeveloperAccess@{CLUSTER}.{REGION}.{member}");
    let profile = format!("DeveloperAccess-{member}");
    for (name, value) in [
        ("account_id", member.as_str()),
        ("region", REGION),
        ("role_account_id", member),
        ("profile", &profile),
        ("context_name", &context),
        ("sso_region", REGION),
        ("sso_session_name", "sso"),
    ] {
        assert_eq!(state[name], json!(value), "{name}");
    }

    // kubectl reads the cluster as EKS describes it, and the plugin as it was meant.
    let home = Home::new(&state);
    let view = home.json("kubectl", &["config", "view", "--raw", "--output=json"]);
    let cluster = &world.aws(&["eks", "describe-cluster", "--name", CLUSTER])["cluster"];
    assert_eq!(view["current-context"], json!(context));
    assert_eq!(
        view["clusters"],
        json!([{ "name": cluster["arn"], "cluster": {
            "server": cluster["endpoint"], "certificate-authority-data": cluster["certificateAuthority"]["data"],
        }}])
    );
    assert_eq!(
        view["contexts"],
        json!([{ "name": context, "context": { "cluster": cluster["arn"], "user": context, "namespace": "payments" } }])
    );
    let exec = &view["users"][0]["user"]["exec"];
    assert_eq!(view["users"][0]["name"], json!(context));
    assert_eq!(exec["apiVersion"], json!("client.authentication.k8s.io/v1beta1"));
    assert_eq!(exec["interactiveMode"], json!("IfAvailable"));
    assert_eq!(exec["command"], json!("aws"));
    let args = [
        "eks",
        "get-token",
        "--cluster-name",
        CLUSTER,
        "--region",
        REGION,
        "--output",
        "json",
        "--profile",
        &profile,
    ];
    assert_eq!(exec["args"], json!(args));

    // The AWS CLI finds the profile, and its session.
    let value = |name: &str| home.text("aws", &["configure", "get", name, "--profile", &profile]);
    assert_eq!(value("sso_session"), "sso");
    assert_eq!(value("sso_account_id"), *member);
    assert_eq!(value("sso_role_name"), "DeveloperAccess");
    assert_eq!(value("region"), REGION);
    let sessions = home.json(
        "python",
        &[
            "-c",
            "import botocore.session as s, json; c = s.Session().full_config; print(json.dumps([c['sso_sessions'], sorted(c['profiles'])]))",
        ],
    );
    let session = json!({ "sso_start_url": START_URL, "sso_region": REGION, "sso_registration_scopes": "sso:account:access" });
    assert_eq!(sessions, json!([{ "sso": session }, [profile]]));
}

#[test]
fn person_who_signed_in_reaches_the_cluster() {
    let world = open_world();
    let state = read(&world, &signed_in(""));
    let portal = portal(&world);
    let mut home = Home::new(&state);
    home.signed_in_at(&portal);
    let role = world.role_arn("DeveloperAccess");
    let role = role.rsplit('/').next().unwrap();
    let user = format!("arn:aws:sts::{}:assumed-role/{role}/jane-example.com", world.member);

    let who = home.json("kubectl", &["auth", "whoami", "--output=json"]);
    assert_eq!(who["status"]["userInfo"]["username"], json!(user));

    // Keys in the environment are not used for a profile that the kubeconfig names.
    home.env.extend(world.credentials(&new_account()));
    let who = home.json("kubectl", &["auth", "whoami", "--output=json"]);
    assert_eq!(who["status"]["userInfo"]["username"], json!(user));
    assert!(portal.asked().iter().all(|asked| asked.starts_with("GET /federation/credentials?")));

    // The token is the one that EKS expects: a GetCallerIdentity of STS, signed for this cluster.
    let requests = kubernetes_requests(&world);
    let last = requests.last().unwrap();
    let claims = &last["token"];
    assert_eq!(claims["action"], json!("GetCallerIdentity"), "{last}");
    assert_eq!(claims["x-amz-signedheaders"], json!("host;x-k8s-aws-id"), "{last}");
    assert!(
        claims["x-amz-credential"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/{REGION}/sts/aws4_request"))
    );
}

#[test]
fn role_is_assumed_for_the_token() {
    let world = open_world();
    let arn = format!("arn:aws:iam::{}:role/ops/Deployer", world.member);
    let state = read(&world, &data(&format!("  role_arn = \"{arn}\"")));
    assert_eq!(state["aws_config"], Value::Null);
    assert_eq!(state["profile"], Value::Null);
    assert_eq!(
        state["context_name"],
        json!(format!("Deployer@{CLUSTER}.{REGION}.{}", world.member))
    );
    let mut home = Home::new(&state);
    home.env.extend(world.credentials(&world.member));
    let pods = home.json("kubectl", &["get", "pods", "--all-namespaces", "--output=json"]);
    assert_eq!(pods["kind"], json!("List"));
    let who = home.json("kubectl", &["auth", "whoami", "--output=json"]);
    let user = who["status"]["userInfo"]["username"].as_str().unwrap();
    assert!(user.ends_with(":assumed-role/Deployer/EKSGetTokenAuth"), "{user}");
}

#[test]
fn profile_alone_is_enough() {
    let world = World::new();
    let state = read(&world, &data("  profile = \"okta\"\n  context_name = \"payments\""));
    assert_eq!(state["context_name"], json!("payments"));
    assert_eq!(state["role_account_id"], Value::Null);
    assert_eq!(state["aws_config"], Value::Null);
    let text = state["kubeconfig"].as_str().unwrap();
    assert!(text.contains("      - \"--profile\"\n      - \"okta\"\n"), "{text}");
}

/// The example on the page.
#[test]
fn several_permission_sets_share_a_session() {
    let world = World::new();
    let page = std::fs::read_to_string(crate::emulator::root().join("templates/data-sources/sso_kubeconfig.md")).unwrap();
    let example = page.split("```terraform\n").nth(1).unwrap().split("```").next().unwrap();
    let terraform = Bench::new(&world, example);
    terraform.apply().ok();
    let text = terraform.run(&["output", "-raw", "aws_config"]).ok().text;
    assert_eq!(text.matches("[sso-session sso]").count(), 1, "{text}");
    let home = Home::new(&json!({ "kubeconfig": "", "aws_config": text }));
    for set in ["DeveloperAccess", "AdministratorAccess"] {
        let profile = format!("{set}-{}", world.member);
        let name = home.text("aws", &["configure", "get", "sso_role_name", "--profile", &profile]);
        assert_eq!(name, set);
    }
}

/// The SDK for Rust reads the text as well: here the provider itself signs in with it.
#[test]
fn provider_takes_the_profile_that_it_wrote() {
    let world = World::new();
    let state = read(&world, &signed_in(""));
    let portal = portal(&world);
    let mut home = Home::new(&state);
    home.signed_in_at(&portal);
    let config = format!(
        "provider \"eks\" {{\n  profile = \"{}\"\n}}\n{}",
        state["profile"].as_str().unwrap(),
        data("  profile = \"x\"")
    );
    let mut terraform = Workspace::new(&world, &config);
    terraform.env.clone_from(&home.env);
    let folder = terraform.path().join(".aws");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(home.path().join(".aws"))
        .arg(folder)
        .status()
        .unwrap();
    assert!(copied.success());
    terraform.apply().ok();
    assert_eq!(terraform.state(ADDRESS)["account_id"], json!(world.member));
    assert_eq!(portal.asked().len(), 2, "{:?}", portal.asked());
}

#[test]
fn cluster_is_described_once_and_roles_only_for_the_home_region() {
    let world = World::new();
    let config = format!(
        "{}{}",
        data("  profile = \"a\""),
        data("  permission_set_name = \"DeveloperAccess\"").replace("\"x\"", "\"y\"")
    );
    let terraform = Bench::new(&world, &config);
    world.forget_calls();
    terraform.plan();
    assert_eq!(world.calls(), ["GetCallerIdentity", "DescribeCluster"]);

    world.forget_calls();
    let config = signed_in("  sso_region = \"us-east-1\"");
    assert_eq!(read(&world, &config)["sso_region"], json!("us-east-1"));
    assert!(!world.calls().contains(&"ListRoles".to_owned()));

    world.forget_calls();
    Bench::new(&world, &signed_in("")).plan();
    assert_eq!(world.calls(), ["GetCallerIdentity", "DescribeCluster", "ListRoles"]);
}

#[test]
fn home_region_of_the_provider_block_comes_before_the_roles() {
    let world = World::new();
    let provider = "provider \"eks\" {\n  identity_center {\n    region = \"eu-central-1\"\n  }\n}\n";
    let state = read(&world, &format!("{provider}{}", signed_in("")));
    assert_eq!(state["sso_region"], json!("eu-central-1"));
    assert!(state["aws_config"].as_str().unwrap().contains("sso_region = eu-central-1\n"));
}

#[test]
fn unknown_home_region_says_what_to_set() {
    let world = World::new();
    Bench::new(&world, &signed_in("").replace("DeveloperAccess", "Nobody"))
        .plan()
        .failed()
        .says("Error: Home Region is not known")
        .says("Nobody has no role whose path tells it in account")
        .says("Set sso_region to Identity Center's home Region");
    world.deny("iam", "ListRoles");
    Bench::new(&world, &signed_in(""))
        .plan()
        .failed()
        .says("Error: Home Region is not known")
        .says("sso_region is not set")
        .says("Not allowed: iam:ListRoles");
}

#[test]
fn cluster_without_an_endpoint_is_an_error() {
    let world = World::new();
    world.change_cluster(json!({ "status": "CREATING" }));
    let config = data("  profile = \"a\"");
    Bench::new(&world, &config)
        .plan()
        .failed()
        .says("Error: Cluster has no endpoint")
        .says("whose status is CREATING")
        .says("depends_on");
    Bench::new(&world, &config.replace(CLUSTER, "payments"))
        .plan()
        .failed()
        .says("Error: Cluster does not exist")
        .says(&format!("EKS has no cluster \"payments\" in {}, {REGION}.", world.member))
        .says("set account_id and region to where the cluster is");
    world.deny("eks", "DescribeCluster");
    Bench::new(&world, &config)
        .plan()
        .failed()
        .says("Error: Cluster cannot be read")
        .says("Not allowed: eks:DescribeCluster");
}

/// Nothing that somebody writes can begin a line, or a section, of its own.
#[test]
fn faults_of_the_configuration_are_found_offline() {
    let world = World::new();
    let check = |body: &str, line: &str, words: &str| {
        let findings = Bench::new(&world, &data(body)).findings();
        assert_eq!(findings.len(), 1, "{body}: {findings:#?}");
        assert!(
            findings[0].line.starts_with(line) && findings[0].text.contains(words),
            "{body}: {findings:#?}"
        );
    };
    let set = "permission_set_name = \"DeveloperAccess\"";
    check(
        "",
        "data \"eks_sso_kubeconfig\"",
        "None of permission_set_name, role_arn and profile is set",
    );
    let role = "arn:aws:iam::222233334444:role/ops/Deployer";
    check(&format!("{set}\nrole_arn = \"{role}\""), "role_arn", "Remove one of them");
    check("role_arn = \"arn:aws:sts::222233334444:assumed-role/a/b\"", "role_arn", "role");
    check("profile = \"a]\\n[default\"", "profile", "letters, digits");
    check("profile = \"--debug\"", "profile", "the first a letter or a digit");
    check(
        &format!("{set}\ncontext_name = \"a b\""),
        "context_name",
        "is not the name of a context",
    );
    check(&format!("{set}\nnamespace = \"pay*\""), "namespace", "a context has one");
    check(&format!("{set}\nnamespace = \"A\""), "namespace", "is not a namespace");
    check(
        &format!("{set}\nsso_start_url = \"https://x\\n[default]\""),
        "sso_start_url",
        "expected https://",
    );
    check(&format!("{set}\nsso_region = \"Ireland\""), "sso_region", "eu-west-1");
    check(&format!("{set}\nsso_session_name = \"a b\""), "sso_session_name", "letters, digits");
    check(
        "profile = \"a\"\nsso_start_url = \"https://x.awsapps.com/start\"",
        "sso_start_url",
        "Set permission_set_name",
    );
    check(&format!("{set}\nrole_account_id = \"1\""), "role_account_id", "12 digits");
    check(&format!("{set}\nregion = \"eu-west-1a\""), "region", "availability zone");
    check(&format!("{set}\nkubeconfig = \"x\""), "kubeconfig", "Remove kubeconfig");
    assert!(world.calls().is_empty());
}

/// Names of permission sets may hold what names of profiles may not.
#[test]
fn default_profile_that_not_every_sdk_takes_is_refused() {
    let world = World::new();
    let config = data("  permission_set_name = \"a=b\"");
    Bench::new(&world, &config)
        .plan()
        .failed()
        .says("Error: Invalid profile name")
        .says("its default cannot be used")
        .says("Set profile.");
    let state = read(&world, &data("  permission_set_name = \"a=b\"\n  profile = \"a-b\""));
    assert_eq!(state["profile"], json!("a-b"));
}
