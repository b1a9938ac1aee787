//! What the provider logs, in which form, and what never.

use crate::access::BASIC;
use crate::client::{Plugin, filled, provider, value};
use crate::emulator::{World, post};
use crate::terraform::Workspace;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use terraform_provider_eks::protocol::wire;

/// All that a process writes to stderr from its start over a configuration and a plan to its end.
fn session(world: &World, environment: &[(&str, &str)], configuration: Value) -> String {
    let mut command = provider(world);
    command.envs(environment.iter().copied());
    let plugin = Plugin::start(command);
    let client = plugin.connect();
    client.configure(configuration);
    let schema = &client.schema().resource_schemas["eks_sso_access"];
    let arguments = json!({ "cluster_name": "payments-prod", "permission_set_name": "DeveloperAccess", "kubernetes_groups": ["team"] });
    let config = Some(value(&filled(schema, arguments)));
    let request = wire::PlanResourceChangeRequest {
        type_name: "eks_sso_access".to_owned(),
        prior_state: Some(value(&Value::Null)),
        proposed_new_state: config.clone(),
        config,
        ..Default::default()
    };
    let plan: wire::PlanResourceChangeResponse = client.ask("PlanResourceChange", request);
    assert!(plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
    plugin.shut_down(&client).stderr
}

fn lines(log: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    log.lines().map(parse).collect()
}

fn levels(log: &str) -> BTreeSet<String> {
    lines(log).iter().map(|line| line["@level"].as_str().unwrap().to_owned()).collect()
}

/// go-plugin takes a line whose time has another form as plain text, and stops at a message that is no string.
#[test]
fn lines_are_what_go_plugin_parses() {
    let log = session(&World::new(), &[("TF_LOG", "TRACE")], json!({}));
    let lines = lines(&log);
    assert!(!lines.is_empty());
    for line in &lines {
        let time = line["@timestamp"].as_str().unwrap();
        let form: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(form, "0000-00-00T00:00:00.000000Z", "{line}");
        assert!(
            ["trace", "debug", "info", "warn", "error"].contains(&line["@level"].as_str().unwrap()),
            "{line}"
        );
        assert!(line["@message"].is_string() && line["@module"].is_string(), "{line}");
    }
}

#[test]
fn operations_and_calls_are_logged_with_the_request() {
    let log = session(&World::new(), &[("TF_LOG", "DEBUG")], json!({}));
    let lines = lines(&log);
    let served = |rpc: &str| {
        let found = lines
            .iter()
            .find(|line| line["@message"] == "Served request" && line["tf_rpc"] == rpc);
        found.unwrap_or_else(|| panic!("{rpc} is not in {log}"))
    };
    let plan = served("PlanResourceChange");
    assert_eq!(
        (&plan["tf_resource_type"], &plan["tf_proto_version"]),
        (&json!("eks_sso_access"), &json!("6.10"))
    );
    assert!(plan["tf_req_duration_ms"].is_u64());
    assert_ne!(served("ConfigureProvider")["tf_req_id"], plan["tf_req_id"]);

    let calls: Vec<_> = lines.iter().filter(|line| line["@message"] == "AWS call").collect();
    let describe = calls.iter().find(|call| call["rpc.method"] == "DescribeCluster");
    let describe = describe.unwrap_or_else(|| panic!("no DescribeCluster in {log}"));
    assert_eq!(describe["rpc.service"], json!("EKS"));
    assert_eq!((&describe["http.status"], &describe["attempt"]), (&json!(200), &json!(1)));
    assert!(describe["ms"].is_u64(), "{describe}");
    assert_eq!(describe["@level"], json!("debug"));
    assert_eq!(
        describe["tf_req_id"], plan["tf_req_id"],
        "a call is found by the operation that made it"
    );
}

#[test]
fn failed_attempts_are_logged_too() {
    let world = World::new();
    world.fault(json!({ "service": "eks", "operation": "DescribeCluster", "times": 1, "status": 500, "code": "ServerException" }));
    let log = session(&world, &[("TF_LOG", "DEBUG")], json!({}));
    let lines = lines(&log);
    let attempts: Vec<_> = lines
        .iter()
        .filter(|line| line["rpc.method"] == "DescribeCluster")
        .map(|line| (line["http.status"].clone(), line["attempt"].clone()))
        .collect();
    assert_eq!(attempts, [(json!(500), json!(1)), (json!(200), json!(2))]);
}

#[test]
fn most_specific_variable_sets_the_level() {
    let world = World::new();
    let check = |environment: &[(&str, &str)], expected: &[&str]| {
        let log = session(&world, environment, json!({}));
        let expected: BTreeSet<_> = expected.iter().map(|level| (*level).to_owned()).collect();
        assert_eq!(levels(&log), expected, "{environment:?}: {log}");
    };
    check(&[], &[]);
    check(&[("TF_LOG", "OFF")], &[]);
    check(&[("TF_LOG", "DEBUG")], &["debug"]);
    check(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "ERROR")], &[]);
    check(&[("TF_LOG", "ERROR"), ("TF_LOG_PROVIDER", "DEBUG")], &["debug"]);
    check(&[("TF_LOG_PROVIDER", "ERROR"), ("TF_LOG_PROVIDER_EKS", "DEBUG")], &["debug"]);
    check(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER_EKS", "WARN")], &[]);
}

/// How the emulator's session tokens begin.
const SESSION_TOKEN: &str = "FQoGZXIvYXdzEBYaD";

/// What must not be in a log: key, token of any kind, signature, or a header or body that holds one.
#[track_caller]
fn holds_no_secret(log: &str, secrets: &[&str]) {
    assert!(log.contains("AWS call"), "{log}");
    let always = [
        "Signature",
        "AWS4-HMAC",
        "Authorization",
        "authorization:",
        "SecretAccessKey",
        "SessionToken",
        "security-token",
        SESSION_TOKEN,
    ];
    for secret in always.iter().chain(secrets) {
        if let Some(line) = log.lines().find(|line| line.to_lowercase().contains(&secret.to_lowercase())) {
            panic!("{secret} is in the log: {line}");
        }
    }
}

#[test]
fn secrets_of_keys_and_assumed_roles_are_not_logged() {
    let world = World::new();
    let role = role(&world);
    let environment = [
        ("TF_LOG", "TRACE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/recognisable/secret0000000"),
    ];
    let configuration = json!({ "assume_role": [{ "role_arn": role, "external_id": "recognizable-external" }] });
    let configuration = json!({ "assume_role": [whole_block("assume_role", &world, &configuration["assume_role"][0])] });
    let log = session(&world, &environment, configuration);
    assert!(log.contains("AssumeRole"), "{log}");
    holds_no_secret(&log, &["recognizable"]);

    // A session's token that the practitioner gives.
    let environment = [
        ("TF_LOG", "TRACE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/recognisable/secret0000000"),
        ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjE-recognizable-token"),
    ];
    holds_no_secret(&session(&world, &environment, json!({})), &["recognizable"]);
}

#[test]
fn web_identity_tokens_are_not_logged() {
    let world = World::new();
    let role = role(&world);
    let token = "eyJhbGciOiJub25lIn0.recognizable.token";
    let block = json!({ "role_arn": role, "web_identity_token": token });
    let configuration = json!({ "assume_role_with_web_identity": [whole_block("assume_role_with_web_identity", &world, &block)] });
    let log = session(&world, &[("TF_LOG", "TRACE")], configuration);
    assert!(log.contains("AssumeRoleWithWebIdentity"), "{log}");
    holds_no_secret(&log, &["recognizable"]);
}

/// A role of the member account that may be assumed.
fn role(world: &World) -> String {
    post("world", json!({ "roles": [{ "account": world.member, "name": "deployer" }] }));
    format!("arn:aws:iam::{}:role/deployer", world.member)
}

/// A nested block of the provider, with nulls for what is not given.
fn whole_block(name: &str, world: &World, given: &Value) -> Value {
    let schema = Plugin::start(provider(world)).connect().schema().provider.unwrap();
    let nested = schema
        .block
        .unwrap()
        .block_types
        .into_iter()
        .find(|block| block.type_name == name)
        .unwrap();
    let schema = wire::Schema {
        version: 0,
        block: nested.block,
    };
    filled(&schema, given.clone())
}

#[test]
fn log_arrives_in_terraform() {
    let world = World::new();
    let mut terraform = Workspace::new(&world, BASIC);
    let path = terraform.path().join("log");
    terraform.set_env("TF_LOG", "DEBUG");
    terraform.set_env("TF_LOG_PATH", path.to_str().unwrap());
    terraform.set_env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/recognisable/secret0000000");
    assert_eq!(terraform.plan().code, Some(2));
    let log = std::fs::read_to_string(path).unwrap();
    let call = log
        .lines()
        .find(|line| line.contains("AWS call") && line.contains("DescribeCluster"));
    let call = call.unwrap_or_else(|| panic!("no call in {log}"));
    // Terraform has taken the line apart: level and module are its own columns.
    assert!(
        call.contains("[DEBUG]") && call.contains("provider.terraform-provider-eks") && call.contains("http.status=200"),
        "{call}"
    );
    assert!(!log.contains("recognizable") && !log.contains("AWS4-HMAC"));
}
