//! Secrets: none is logged, told in a message, or kept in a state, a plan or private data, whichever way it came and
//! whether or not it worked.
//!
//! Each case marks one secret, shows that it was really used, and lives a grant's whole life with everything logged. All
//! that the process prints and all that it answers is searched for the mark, as it is and in the forms in which it travels.

use crate::client::{COOKIE, Client, Plugin, binary, filled, value};
use crate::emulator::{REGION, World, calls_of, post, url};
use crate::loopback::{Request, Server, answer, to_aws};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use prost::Message;
use serde_json::{Value, json};
use std::path::Path;
use terraform_provider_eks::protocol::wire;

/// What every secret here holds.
const MARK: &str = "recognizable";
/// A secret key and a token with the mark.
const SECRET: &str = "wJalrXUtnFEMI/recognisable/secret0000000";
const TOKEN: &str = "IQoJb3JpZ2luX2VjE-recognizable-token";
/// The only secret that the emulator knows of itself.
const EMULATORS_SECRET: &str = "not-a-secret";
/// How tokens for EKS, and the emulator's session tokens, begin; and what only requests hold.
const ALWAYS: [&str; 9] = [
    EMULATORS_SECRET,
    "k8s-aws-v1",
    "FQoGZXIvYXdzEBYaD",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "AWS4-HMAC",
    "Authorization: ",
    "SecretAccessKey",
    "Bearer ",
];

/// A state and its private data.
type Made = (wire::DynamicValue, Vec<u8>);

/// All that a provider lets out.
#[derive(Default)]
struct Heard {
    /// What it logged, and whatever else it printed.
    printed: String,
    /// Every answer: states, plans, private data, diagnostics.
    answered: Vec<u8>,
}

/// How a case begins: variables, arguments of the provider, files in its home.
#[derive(Default)]
struct Start {
    env: Vec<(String, String)>,
    provider: Value,
    files: Vec<(&'static str, String)>,
}

impl Start {
    /// AWS's address and no credentials.
    fn new(provider: Value) -> Self {
        let env = [
            ("AWS_ENDPOINT_URL", url()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        Self {
            env: env.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            provider,
            files: Vec::new(),
        }
    }

    /// The same with keys of an account.
    fn with_keys(account: &str, provider: Value) -> Self {
        Self::new(provider)
            .env("AWS_ACCESS_KEY_ID", &key(account))
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    fn file(mut self, name: &'static str, content: impl Into<String>) -> Self {
        self.files.push((name, content.into()));
        self
    }

    /// The whole life of a grant and of a row of aws-auth, and every data source.
    fn live(self) -> Heard {
        let home = tempfile::tempdir().unwrap();
        for (name, content) in &self.files {
            // Paths in files are below the home.
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content.replace("HOME", home.path().to_str().unwrap())).unwrap();
        }
        let mut heard = Heard::default();
        let mut made = Vec::new();
        self.run(home.path(), &mut heard, |run| {
            for kind in ["eks_sso_access", "eks_sso_aws_auth"] {
                made.extend(run.create(kind).map(|state| (kind, state)));
            }
        });
        // A process of its own, as Terraform has it: what was made in the same one is not deleted.
        self.run(home.path(), &mut heard, |run| {
            for (kind, (state, private)) in made {
                run.read_and_delete(kind, state, private);
            }
            run.read("eks_sso_role", json!({ "permission_set_name": "DeveloperAccess" }));
            run.read("eks_sso_roles", json!({}));
            run.read("eks_sso_kubeconfig", json!({ "cluster_name": "payments-prod", "profile": "me" }));
            run.read("eks_sso_cluster_access", json!({ "cluster_name": "payments-prod" }));
        });
        heard
    }

    fn run(&self, home: &Path, heard: &mut Heard, work: impl FnOnce(&mut Run)) {
        let local = |text: &str| text.replace("HOME", home.to_str().unwrap());
        let mut command = binary();
        command.env(COOKIE.0, COOKIE.1).env("HOME", home).env("TF_LOG", "TRACE");
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        command.envs(self.env.iter().map(|(name, value)| (name, local(value))));
        let plugin = Plugin::start(command);
        let client = plugin.connect();
        let mut run = Run {
            schemas: client.schema(),
            client,
            answered: Vec::new(),
        };
        run.configure(&self.provider);
        work(&mut run);
        let Run { client, answered, .. } = run;
        let ended = plugin.shut_down(&client);
        heard.printed += &(ended.stderr + &ended.stdout);
        heard.answered.extend(answered);
    }
}

/// A client that keeps what it hears.
struct Run {
    client: Client,
    schemas: wire::GetProviderSchemaResponse,
    answered: Vec<u8>,
}

impl Run {
    fn ask<Q: Message + 'static, A: Message + Default + 'static>(&mut self, rpc: &str, request: Q) -> A {
        let answer: A = self.client.ask(rpc, request);
        self.answered.extend(answer.encode_to_vec());
        answer
    }

    fn configure(&mut self, arguments: &Value) {
        let schema = self.schemas.provider.clone().unwrap();
        let config = Some(value(&with_blocks(&schema, arguments)));
        let request = wire::ValidateProviderConfigRequest { config: config.clone() };
        let _: wire::ValidateProviderConfigResponse = self.ask("ValidateProviderConfig", request);
        let request = wire::ConfigureProviderRequest {
            terraform_version: "1.15.9".to_owned(),
            config,
            client_capabilities: None,
        };
        let _: wire::DiagnosticsResponse = self.ask("ConfigureProvider", request);
    }

    /// Makes a grant: its state and private data, if that succeeds.
    fn create(&mut self, kind: &str) -> Option<Made> {
        let arguments = json!({ "cluster_name": "payments-prod", "permission_set_name": "DeveloperAccess" });
        let config = value(&filled(&self.schemas.resource_schemas[kind], arguments));
        self.change(kind, value(&Value::Null), config, Vec::new())
    }

    fn read_and_delete(&mut self, kind: &str, state: wire::DynamicValue, private: Vec<u8>) {
        let request = wire::ReadResourceRequest {
            type_name: kind.to_owned(),
            current_state: Some(state),
            private,
            ..Default::default()
        };
        let read: wire::ReadResourceResponse = self.ask("ReadResource", request);
        self.change(kind, read.new_state.unwrap(), value(&Value::Null), read.private);
    }

    /// A plan and its apply: state and private data; `None` where the plan fails.
    fn change(&mut self, kind: &str, prior: wire::DynamicValue, config: wire::DynamicValue, private: Vec<u8>) -> Option<Made> {
        let request = wire::PlanResourceChangeRequest {
            type_name: kind.to_owned(),
            prior_state: Some(prior.clone()),
            proposed_new_state: Some(config.clone()),
            config: Some(config.clone()),
            prior_private: private,
            ..Default::default()
        };
        let plan: wire::PlanResourceChangeResponse = self.ask("PlanResourceChange", request);
        if plan.diagnostics.iter().any(|found| found.severity() == wire::Severity::Error) {
            return None;
        }
        let request = wire::ApplyResourceChangeRequest {
            type_name: kind.to_owned(),
            prior_state: Some(prior),
            planned_state: plan.planned_state,
            config: Some(config),
            planned_private: plan.planned_private,
            ..Default::default()
        };
        let applied: wire::ApplyResourceChangeResponse = self.ask("ApplyResourceChange", request);
        Some((applied.new_state?, applied.private))
    }

    fn read(&mut self, kind: &str, arguments: Value) {
        let request = wire::ReadDataSourceRequest {
            type_name: kind.to_owned(),
            config: Some(value(&filled(&self.schemas.data_source_schemas[kind], arguments))),
            ..Default::default()
        };
        let _: wire::ReadDataSourceResponse = self.ask("ReadDataSource", request);
    }
}

/// Arguments of the provider, with nulls for what nested blocks lack.
fn with_blocks(schema: &wire::Schema, arguments: &Value) -> Value {
    let mut object = filled(schema, arguments.clone());
    for nested in &schema.block.as_ref().unwrap().block_types {
        let schema = wire::Schema {
            version: 0,
            block: nested.block.clone(),
        };
        if let Some(blocks) = object[&nested.type_name].as_array_mut() {
            for block in blocks {
                *block = filled(&schema, block.clone());
            }
        }
    }
    object
}

/// Says that nothing of a secret is among what was heard.
#[track_caller]
fn holds_no_secret(heard: &Heard) {
    let answered = String::from_utf8_lossy(&heard.answered);
    for piece in pieces() {
        for (what, text) in [("the log", heard.printed.as_str()), ("an answer", &answered)] {
            let line = text.lines().find(|line| line.contains(&piece));
            assert!(line.is_none(), "{piece} is in {what}: {}", line.unwrap_or_default());
        }
    }
}

/// The mark and the rest, as they are and in base64, wherever in it they begin.
fn pieces() -> Vec<String> {
    let plain = ALWAYS.into_iter().chain([MARK]).map(str::to_owned);
    let encoded = [MARK, "X-Amz-Signature", "X-Amz-Security-Token"].into_iter().flat_map(|text| {
        (0..3).flat_map(move |before| {
            // The first and the last characters also hold bits of what is beside them.
            let whole = |engine: &base64::engine::GeneralPurpose| engine.encode([vec![0; before], text.as_bytes().to_vec()].concat());
            [&STANDARD, &URL_SAFE_NO_PAD].map(|engine| {
                let text = whole(engine).trim_end_matches('=').to_owned();
                text[4 * before.min(1)..text.len() - 2].to_owned()
            })
        })
    });
    plain.chain(encoded).collect()
}

/// A life that succeeded: a grant was made and removed again.
#[track_caller]
fn succeeded(heard: &Heard) {
    for operation in ["CreateAccessEntry", "DeleteAccessEntry"] {
        let answered = String::from_utf8_lossy(&heard.answered);
        assert!(heard.printed.contains(operation), "no {operation}: {}\n{answered}", heard.printed);
    }
    holds_no_secret(heard);
}

/// A life that was refused with these words.
#[track_caller]
fn refused(heard: &Heard, words: &str) {
    let answered = String::from_utf8_lossy(&heard.answered);
    assert!(answered.contains(words), "{words:?} is not in {answered}");
    holds_no_secret(heard);
}

fn key(account: &str) -> String {
    format!("AKIATEST{account}")
}

fn role(world: &World) -> String {
    post("world", json!({ "roles": [{ "account": world.member, "name": "deployer" }] }));
    format!("arn:aws:iam::{}:role/deployer", world.member)
}

/// STS, whose secret keys and session tokens for roles bear the mark: as long as the emulator's, so that lengths stay true.
fn marking_sts() -> Server {
    Server::http(|request: &Request| {
        let mut text = String::from_utf8(to_aws(request)).unwrap();
        for member in ["SecretAccessKey", "SessionToken"] {
            let (start, end) = (format!("<{member}>"), format!("</{member}>"));
            if let (Some(from), Some(to)) = (text.find(&start), text.find(&end)) {
                let value = from + start.len()..to;
                let marked = format!("{MARK}{}", "x".repeat(value.len() - MARK.len()));
                text.replace_range(value, &marked);
            }
        }
        text.into_bytes()
    })
}

fn endpoints(sts: &Server) -> Value {
    json!([{ "sts": sts.url() }])
}

#[test]
fn keys_and_session_tokens_stay_inside() {
    let world = World::new();
    let of_environment = Start::with_keys(&world.member, json!({})).env("AWS_SESSION_TOKEN", TOKEN);
    succeeded(&of_environment.live());
    let keys = json!({ "access_key": key(&world.member), "secret_key": SECRET, "token": TOKEN });
    succeeded(&Start::new(keys).live());
    let file = format!(
        "[default]\naws_access_key_id = {}\naws_secret_access_key = {SECRET}\naws_session_token = {TOKEN}\n",
        key(&world.member)
    );
    succeeded(&Start::new(json!({})).file(".aws/credentials", file.clone()).live());
    // Refused by AWS, and files that cannot be read as such.
    post(
        "faults",
        json!({ "account": world.member, "rules": [{ "service": "sts", "denied": true }] }),
    );
    refused(
        &Start::with_keys(&world.member, json!({})).env("AWS_SESSION_TOKEN", TOKEN).live(),
        "Provider credentials could not be checked",
    );
    let broken = file.replace("aws_secret_access_key = ", "aws_secret_access_key ");
    refused(
        &Start::new(json!({})).file(".aws/credentials", broken).live(),
        "Shared configuration file cannot be read",
    );
}

#[test]
fn credentials_of_assumed_roles_and_external_ids_stay_inside() {
    let world = World::new();
    let (role, sts) = (role(&world), marking_sts());
    let block = json!({ "role_arn": role, "external_id": "recognizable-external" });
    let arguments = json!({ "assume_role": [block], "endpoints": endpoints(&sts) });
    succeeded(&Start::with_keys(&world.member, arguments.clone()).live());
    let assumed = calls_of(&world.member).into_iter().find(|call| call["operation"] == "AssumeRole");
    assert_eq!(assumed.unwrap()["params"]["ExternalId"], json!("recognizable-external"));
    post("settings", json!({ "account": world.member, "refused_roles": [role] }));
    refused(&Start::with_keys(&world.member, arguments).live(), "Cannot assume IAM Role");
}

#[test]
fn web_identity_tokens_stay_inside() {
    let world = World::new();
    let (role, sts) = (role(&world), marking_sts());
    let literal = json!({ "role_arn": role, "web_identity_token": TOKEN });
    let of_file = json!({ "role_arn": role, "web_identity_token_file": "~/token" });
    let start =
        |block: &Value| Start::new(json!({ "assume_role_with_web_identity": [block], "endpoints": endpoints(&sts) })).file("token", TOKEN);
    for block in [&literal, &of_file] {
        succeeded(&start(block).live());
    }
    let environment = || {
        Start::new(json!({ "endpoints": endpoints(&sts) }))
            .env("AWS_ROLE_ARN", &role)
            .env("AWS_WEB_IDENTITY_TOKEN_FILE", "HOME/token")
            .file("token", TOKEN)
    };
    succeeded(&environment().live());
    let given = calls_of(&world.member)
        .into_iter()
        .filter(|call| call["params"]["WebIdentityToken"] == TOKEN);
    assert!(given.count() >= 3);
    // The SDK quotes a request that it cannot send, token and all.
    let nowhere = json!({ "assume_role_with_web_identity": [literal], "endpoints": [{ "sts": "http://no url" }] });
    holds_no_secret(&Start::new(nowhere).live());
    post("settings", json!({ "account": world.member, "refused_roles": [role] }));
    for block in [&literal, &of_file] {
        refused(&start(block).live(), "Cannot assume IAM Role with web identity");
    }
    refused(&environment().live(), "No valid credential sources found");
}

#[test]
fn what_credential_processes_print_stays_inside() {
    let world = World::new();
    let config = "[profile tool]\ncredential_process = sh HOME/keys.sh\n";
    let start = |script: String| {
        Start::new(json!({ "profile": "tool" }))
            .file(".aws/config", config)
            .file("keys.sh", script)
    };
    let keys = json!({ "Version": 1, "AccessKeyId": key(&world.member), "SecretAccessKey": SECRET, "SessionToken": TOKEN });
    succeeded(&start(format!("echo '{keys}'\n")).live());
    let refusal = "No valid credential sources found";
    // It fails after it has printed, prints half, prints something else, or complains with the secret in it.
    refused(&start(format!("echo '{keys}'\nexit 3\n")).live(), refusal);
    refused(
        &start(format!("echo '{}'\n", keys.to_string().trim_end_matches('}'))).live(),
        refusal,
    );
    refused(&start(format!("echo 'password: {SECRET}'\n")).live(), refusal);
    refused(&start(format!("echo 'wrong password {SECRET}' >&2\nexit 1\n")).live(), refusal);
    let no_version = json!({ "AccessKeyId": key(&world.member), "SecretAccessKey": SECRET, "Version": SECRET });
    refused(&start(format!("echo '{no_version}'\n")).live(), refusal);
}

#[test]
fn secrets_of_containers_and_instances_stay_inside() {
    let world = World::new();
    let keys = json!({
        "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": key(&world.member), "SecretAccessKey": SECRET, "Token": TOKEN,
        "Expiration": "2099-01-01T00:00:00Z", "LastUpdated": "2026-01-01T00:00:00Z",
    })
    .to_string();
    let half = keys.trim_end_matches('}').to_owned();
    let in_container = |server: &Server| {
        Start::new(json!({}))
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/keys", server.url()))
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", TOKEN)
    };
    let (whole, broken) = (keys.clone(), half.clone());
    let container = Server::http(move |_: &Request| answer(200, &whole));
    succeeded(&in_container(&container).live());
    assert_eq!(container.requests()[0].header("authorization"), Some(TOKEN));
    refused(
        &in_container(&Server::http(move |_: &Request| answer(200, &broken))).live(),
        "No valid credential sources found",
    );
    refused(
        &in_container(&Server::http(|request: &Request| answer(403, &format!("{request:?}")))).live(),
        "No valid credential sources found",
    );

    let instance = |keys: String| {
        Server::http(move |request: &Request| match request.target.as_str() {
            "/latest/api/token" => answer(200, TOKEN),
            "/latest/meta-data/iam/security-credentials/" => answer(200, "node"),
            "/latest/meta-data/iam/security-credentials/node" => answer(200, &keys),
            _ => answer(404, ""),
        })
    };
    let on_instance =
        |server: &Server| Start::new(json!({ "ec2_metadata_service_endpoint": server.url() })).env("AWS_EC2_METADATA_DISABLED", "false");
    succeeded(&on_instance(&instance(keys)).live());
    refused(&on_instance(&instance(half)).live(), "No valid credential sources found");
}

#[test]
fn passwords_of_proxies_stay_inside() {
    let world = World::new();
    let with_password = |proxy: &Server| proxy.url().replace("http://", &format!("http://user:{MARK}@"));
    let through = |proxy: &str| Start::with_keys(&world.member, json!({ "http_proxy": proxy })).env("AWS_ENDPOINT_URL", "http://aws.test");
    let proxy = Server::proxy(None);
    let heard = through(&with_password(&proxy)).live();
    holds_no_secret(&heard);
    assert!(heard.printed.contains("AWS call"), "{}", heard.printed);
    let sent = format!("Basic {}", STANDARD.encode(format!("user:{MARK}")));
    assert_eq!(proxy.requests()[0].header("proxy-authorization"), Some(sent.as_str()));
    // The proxy refuses the password, is not there, or is no proxy at all.
    let refusing = Server::http(|request: &Request| answer(407, &format!("{request:?}")));
    refused(
        &through(&with_password(&refusing)).live(),
        "Provider credentials could not be checked",
    );
    refused(
        &through(&format!("http://user:{MARK}@127.0.0.1:1")).live(),
        "Provider credentials could not be checked",
    );
    refused(&through(&format!("ht tp://user:{MARK}@proxy")).live(), "Invalid proxy");
    let of_environment = |name: &str| {
        Start::with_keys(&world.member, json!({ "max_retries": 1 }))
            .env("AWS_ENDPOINT_URL", "https://aws.test")
            .env(name, &format!("http://user:{MARK}@127.0.0.1:1"))
    };
    refused(&of_environment("HTTPS_PROXY").live(), "Provider credentials could not be checked");
}

/// `aws sso login` leaves an access token, a refresh token and a client's secret in a file.
#[test]
fn tokens_of_a_sign_in_stay_inside() {
    let world = World::new();
    let config = format!(
        "[profile people]\nsso_session = corp\nsso_account_id = {}\nsso_role_name = DeveloperAccess\n\
         [sso-session corp]\nsso_region = {REGION}\nsso_start_url = https://corp.awsapps.com/start\n",
        world.member
    );
    // The name is the SHA-1 of "corp".
    const CACHE: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    let cached = |end: &str| {
        json!({
            "startUrl": "https://corp.awsapps.com/start", "region": REGION, "accessToken": TOKEN, "expiresAt": end,
            "clientId": "client", "clientSecret": SECRET, "refreshToken": TOKEN, "registrationExpiresAt": "2099-01-01T00:00:00Z",
        })
        .to_string()
    };
    let keys = json!({ "roleCredentials": {
        "accessKeyId": key(&world.member), "secretAccessKey": SECRET, "sessionToken": TOKEN, "expiration": 4_070_908_800_000_u64,
    } })
    .to_string();
    let portal = Server::http(move |_: &Request| answer(200, &keys));
    let refusing = Server::http(|_: &Request| answer(401, &json!({ "message": "Session token not found or invalid" }).to_string()));
    let start = |portal: &Server, cache: String| {
        Start::new(json!({ "profile": "people" }))
            .env("AWS_ENDPOINT_URL_SSO", &portal.url())
            .env("AWS_ENDPOINT_URL_SSO_OIDC", &portal.url())
            .file(".aws/config", config.clone())
            .file(CACHE, cache)
    };
    let good = cached("2099-01-01T00:00:00Z");
    succeeded(&start(&portal, good.clone()).live());
    assert_eq!(portal.requests()[0].header("x-amz-sso_bearer_token"), Some(TOKEN));
    let refusal = "No valid credential sources found";
    refused(&start(&refusing, good.clone()).live(), refusal);
    // Ended, so that it is renewed; and a file that is cut off.
    refused(&start(&refusing, cached("2020-01-01T00:00:00Z")).live(), refusal);
    refused(&start(&refusing, good.trim_end_matches('}').to_owned()).live(), refusal);
}

/// The token for the Kubernetes API holds a signed URL with the session's token in it.
#[test]
fn tokens_for_kubernetes_stay_inside() {
    let world = crate::aws_auth::world();
    // The signature is checked, so the secret has to be the one that the emulator knows.
    let start = || Start::with_keys(&world.member, json!({})).env("AWS_SECRET_ACCESS_KEY", EMULATORS_SECRET);
    for heard in [start().live(), start().env("AWS_SESSION_TOKEN", TOKEN).live()] {
        assert!(
            heard.printed.contains("Kubernetes call") && heard.printed.contains("UpdateConfigMap"),
            "{}",
            heard.printed
        );
        holds_no_secret(&heard);
    }
    world.kubernetes_fault(json!({ "method": "GET", "status": 401, "reason": "Unauthorized" }));
    refused(&start().env("AWS_SESSION_TOKEN", TOKEN).live(), "does not know the caller");
    world.clear_kubernetes_faults();
    world.kubernetes_fault(json!({ "method": "GET", "drop": true }));
    refused(&start().live(), "aws-auth cannot be read");
}
