//! The wire: handshake, who is let in, and that every RPC has an answer.

use crate::client::{COOKIE, Certificate, Client, Plugin, SHUTDOWN, anonymous, binary, errors, is_idle, json, next, provider, value};
use crate::emulator::World;
use crate::fake::{fake, fake_on_loopback};
use crate::terraform::{Workspace, with_stand_ins};
use rustls::version::{TLS12, TLS13};
use serde_json::json;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::process::{Command, Stdio};
use terraform_provider_eks::protocol::wire;
use tonic::Code;

const HEALTH: &str = "/grpc.health.v1.Health/Check";
const STDIO: &str = "/plugin.GRPCStdio/StreamStdio";
const BROKER: &str = "/plugin.GRPCBroker/StartStream";

fn managed() -> Command {
    let mut command = binary();
    command.env(COOKIE.0, COOKIE.1);
    command
}

/// Exit code, stdout and stderr of a process that ends by itself.
fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn without_the_cookie_it_says_that_it_is_a_plugin() {
    let text = "This binary is a plugin. These are not meant to be executed directly.\n\
        Please execute the program that consumes these plugins, which will\n\
        load any plugins automatically\n";
    let expected = (Some(1), String::new(), text.to_owned());
    assert_eq!(run(&mut binary()), expected);
    assert_eq!(run(binary().env(COOKIE.0, "wrong")), expected);
    assert_eq!(run(binary().env(COOKIE.0, "wrong").env("TF_LOG", "TRACE")), expected);
}

#[test]
fn version_and_help_need_no_cookie() {
    let version = format!("terraform-provider-eks {}\n", env!("CARGO_PKG_VERSION"));
    for argument in ["--version", "-version"] {
        assert_eq!(run(binary().arg(argument)), (Some(0), version.clone(), String::new()));
    }
    for argument in ["--help", "-help", "-h"] {
        let (code, stdout, stderr) = run(binary().arg(argument));
        assert_eq!((code, stderr), (Some(0), String::new()));
        assert!(stdout.contains("TF_REATTACH_PROVIDERS"), "{stdout}");
    }
}

#[test]
fn unknown_argument_is_an_error_that_shows_the_help() {
    use std::os::unix::ffi::OsStrExt as _;
    let not_utf8 = std::ffi::OsStr::from_bytes(b"-\xff");
    for argument in [std::ffi::OsStr::new("serve"), not_utf8] {
        let (code, stdout, stderr) = run(managed().arg(argument));
        assert_eq!((code, stdout), (Some(1), String::new()), "{stderr}");
        assert!(stderr.contains("unknown argument") && stderr.contains("--help"), "{stderr}");
        assert!(!stderr.contains("panic"), "{stderr}");
    }
}

#[test]
fn client_certificate_that_is_none_is_an_error() {
    let (code, stdout, stderr) = run(managed().env("PLUGIN_CLIENT_CERT", "nonsense"));
    assert_eq!((code, stdout), (Some(1), String::new()));
    assert!(stderr.contains("PLUGIN_CLIENT_CERT"), "{stderr}");
}

/// 3.1: `1|6|unix|<path>|grpc|<certificate or empty>`, and a seventh field for those who ask.
#[test]
fn handshake_is_one_line() {
    let check = |environment: &[(&str, &str)], fields: usize| {
        let mut command = managed();
        command.envs(environment.iter().copied());
        let plugin = Plugin::start(command);
        let line = &plugin.handshake;
        assert_eq!(line.len(), fields, "{line:?} {environment:?}");
        assert_eq!((&*line[0], &*line[1], &*line[2], &*line[4]), ("1", "6", "unix", "grpc"), "{line:?}");
        assert_eq!(line[5], "");
        if fields == 7 {
            assert_eq!(line[6], "false");
        }
    };
    check(&[], 6);
    check(&[("PLUGIN_PROTOCOL_VERSIONS", "5,6")], 6);
    check(&[("PLUGIN_PROTOCOL_VERSIONS", "6")], 6);
    check(&[("PLUGIN_PROTOCOL_VERSIONS", "5")], 6);
    check(
        &[
            ("PLUGIN_PROTOCOL_VERSIONS", "6,7"),
            ("PLUGIN_MIN_PORT", "10000"),
            ("PLUGIN_MAX_PORT", "25000"),
        ],
        6,
    );
    check(&[("PLUGIN_MULTIPLEX_GRPC", "true")], 7);
    check(&[("PLUGIN_MULTIPLEX_GRPC", "")], 6);
}

/// A socket is made with the mode that the umask leaves: the folder keeps others out before it has its own.
#[test]
fn socket_is_in_a_folder_of_the_owners_alone_and_both_go_with_the_process() {
    let mut open = Command::new("sh");
    let start = "umask 0; exec \"$0\"";
    open.arg("-c")
        .arg(start)
        .arg(binary().get_program())
        .env_clear()
        .env(COOKIE.0, COOKIE.1);
    for command in [managed(), open] {
        let plugin = Plugin::start(command);
        let socket = plugin.socket();
        let folder = socket.parent().unwrap().to_owned();
        assert_eq!(folder.parent(), Some(plugin.dir.path()));
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o7777, 0o700);
        let metadata = std::fs::metadata(&socket).unwrap();
        assert!(metadata.file_type().is_socket());
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        let client = plugin.connect();
        let ended = plugin.shut_down(&client);
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        assert!(!folder.exists());
    }
}

/// Whether a client gets any answer of ours. A connection that was refused ends in the client's own words.
fn is_answered(client: Result<Client, String>) -> bool {
    let Ok(client) = client else { return false };
    let health = client.call::<_, wire::HealthCheckResponse>(HEALTH, wire::HealthCheckRequest::default());
    let schema = client.call::<_, wire::GetProviderSchemaResponse>("/tfplugin6.Provider/GetProviderSchema", wire::Empty {});
    let unknown = client.call::<_, wire::Empty>("/nobody.Knows/This", wire::Empty {});
    let shutdown = client.call::<_, wire::Empty>(SHUTDOWN, wire::Empty {});
    let refused = |code| matches!(code, Code::Unknown | Code::Unavailable | Code::Cancelled | Code::Internal);
    let codes = [
        health.map_or_else(|status| status.code(), |_| Code::Ok),
        schema.map_or_else(|status| status.code(), |_| Code::Ok),
        unknown.map_or_else(|status| status.code(), |_| Code::Ok),
        shutdown.map_or_else(|status| status.code(), |_| Code::Ok),
    ];
    !codes.into_iter().all(refused)
}

#[test]
fn only_the_holder_of_the_client_certificate_is_answered() {
    for algorithm in [&rcgen::PKCS_ECDSA_P521_SHA512, &rcgen::PKCS_ECDSA_P256_SHA256] {
        let terraform = Certificate::new(algorithm);
        let mut command = managed();
        command.env("PLUGIN_CLIENT_CERT", &terraform.pem).env("TF_LOG", "WARN");
        let mut plugin = Plugin::start(command);
        assert_ne!(plugin.handshake[5], "");

        assert!(!is_answered(Ok(plugin.connect())), "plaintext");
        for version in [&TLS12, &TLS13] {
            assert!(!is_answered(anonymous(&plugin, version)), "no certificate, {version:?}");
            let another = Certificate::new(algorithm);
            assert!(
                !is_answered(plugin.connect_tls(&another, version)),
                "another certificate, {version:?}"
            );
            let stolen = terraform.without_its_key(algorithm);
            assert!(!is_answered(plugin.connect_tls(&stolen, version)), "without its key, {version:?}");
        }
        assert!(plugin.is_running());
        assert!(plugin.stderr().contains("refused a connection"), "{}", plugin.stderr());

        for version in [&TLS12, &TLS13] {
            let client = plugin.connect_tls(&terraform, version).unwrap();
            assert!(client.schema().provider.is_some());
        }
        let client = plugin.connect_tls(&terraform, &TLS13).unwrap();
        assert_eq!(plugin.shut_down(&client).status.code(), Some(0));
    }
}

#[test]
fn without_a_client_certificate_plaintext_is_served() {
    let plugin = Plugin::start(managed());
    assert!(plugin.connect().schema().provider.is_some());
}

/// What Windows has in the place of the socket: a port of this machine, with TLS.
#[test]
fn loopback_serves_the_holder_of_the_client_certificate_alone() {
    let terraform = Certificate::new(&rcgen::PKCS_ECDSA_P521_SHA512);
    let mut command = fake_on_loopback();
    command.env("PLUGIN_CLIENT_CERT", &terraform.pem).env("TF_LOG", "WARN");
    let plugin = Plugin::start(command);
    assert_eq!(plugin.handshake[2], "tcp");
    assert!(plugin.handshake[3].starts_with("127.0.0.1:"), "{:?}", plugin.handshake);
    assert_eq!(std::fs::read_dir(plugin.dir.path()).unwrap().count(), 0, "no socket file");

    assert!(!is_answered(Ok(plugin.connect())), "plaintext");
    assert!(!is_answered(anonymous(&plugin, &TLS13)), "no certificate");
    let another = Certificate::new(&rcgen::PKCS_ECDSA_P521_SHA512);
    assert!(!is_answered(plugin.connect_tls(&another, &TLS13)), "another certificate");

    let client = plugin.connect_tls(&terraform, &TLS13).unwrap();
    assert!(client.schema().resource_schemas.contains_key("fake_thing"));
    assert_eq!(plugin.shut_down(&client).status.code(), Some(0));
}

#[test]
fn loopback_takes_the_first_free_port_of_the_range() {
    // Below the ports that a system hands out by itself, which tests beside this one get.
    let (taken, first) = (20_000..30_000u16)
        .find_map(|port| std::net::TcpListener::bind(("127.0.0.1", port)).ok().map(|taken| (taken, port)))
        .unwrap();
    let start = |last: u16| {
        let mut command = fake_on_loopback();
        command
            .env("PLUGIN_MIN_PORT", first.to_string())
            .env("PLUGIN_MAX_PORT", last.to_string());
        command
    };
    let plugin = Plugin::start(start(first + 100));
    let port: u16 = plugin.handshake[3].rsplit(':').next().unwrap().parse().unwrap();
    assert!((first + 1..=first + 100).contains(&port), "{port}, from {first} on");
    assert!(plugin.connect().schema().provider.is_some());

    let (code, _, stderr) = run(&mut start(first));
    assert_eq!(code, Some(101), "{stderr}");
    assert!(stderr.contains("no free port in PLUGIN_MIN_PORT..PLUGIN_MAX_PORT"), "{stderr}");
    drop(taken);
}

/// The real Terraform, with a provider of this host at a port.
#[test]
fn terraform_works_with_a_provider_on_loopback() {
    let world = World::new();
    let mut terraform = Workspace::new(&world, "");
    with_stand_ins(&mut terraform);
    terraform.file(
        "main.tf",
        r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

resource "aws_eks_access_entry" "developers" {
  cluster_name  = "payments-prod"
  principal_arn = "arn:aws:iam::222233334444:role/Developers"
}
"#,
    );
    // Here no socket can be made in the file system.
    terraform.set_env("TMPDIR", "/nonexistent");
    terraform.apply().failed().says("Failed to load plugin schemas");
    terraform.set_env("STAND_IN_NETWORK", "loopback");
    terraform.apply().ok().says("1 added");
    terraform.destroy().ok().says("1 destroyed");
}

/// Protocol 6.10: all RPCs of `tfplugin6.Provider`, and whether they are served here.
const RPCS: [(&str, bool); 36] = [
    ("GetMetadata", true),
    ("GetProviderSchema", true),
    ("ValidateProviderConfig", true),
    ("ValidateResourceConfig", true),
    ("ValidateDataResourceConfig", true),
    ("UpgradeResourceState", true),
    ("GetResourceIdentitySchemas", true),
    ("UpgradeResourceIdentity", true),
    ("ConfigureProvider", true),
    ("ReadResource", true),
    ("PlanResourceChange", true),
    ("ApplyResourceChange", true),
    ("ImportResourceState", true),
    ("MoveResourceState", true),
    ("ReadDataSource", true),
    ("GenerateResourceConfig", false),
    ("ValidateEphemeralResourceConfig", false),
    ("OpenEphemeralResource", false),
    ("RenewEphemeralResource", false),
    ("CloseEphemeralResource", false),
    ("ListResource", true),
    ("ValidateListResourceConfig", true),
    ("GetFunctions", true),
    ("CallFunction", true),
    ("ValidateStateStoreConfig", false),
    ("ConfigureStateStore", false),
    ("ReadStateBytes", false),
    ("WriteStateBytes", false),
    ("LockState", false),
    ("UnlockState", false),
    ("GetStates", false),
    ("DeleteState", false),
    ("PlanAction", false),
    ("InvokeAction", false),
    ("ValidateActionConfig", false),
    ("StopProvider", true),
];

#[test]
fn every_rpc_is_served_or_unimplemented() {
    let plugin = Plugin::start(managed());
    let client = plugin.connect();
    for (rpc, served) in RPCS {
        let answer = client.call::<_, wire::Empty>(&format!("/tfplugin6.Provider/{rpc}"), wire::Empty {});
        let code = answer.map_or_else(|status| status.code(), |_| Code::Ok);
        let expected = if served { Code::Ok } else { Code::Unimplemented };
        assert_eq!(code, expected, "{rpc}");
    }
    for path in [
        "/tfplugin6.Provider/Nothing",
        "/tfplugin5.Provider/GetSchema",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ] {
        let answer = client.call::<_, wire::Empty>(path, wire::Empty {});
        assert_eq!(answer.unwrap_err().code(), Code::Unimplemented, "{path}");
    }
    // None of these did harm.
    assert!(client.schema().provider.is_some());
    let ended = plugin.shut_down(&client);
    assert!(!ended.stderr.contains("panic"), "{}", ended.stderr);
}

#[test]
fn type_that_is_not_served_is_a_diagnostic() {
    let plugin = Plugin::start(managed());
    let request = wire::ReadResourceRequest {
        type_name: "eks_future".to_owned(),
        current_state: Some(value(&json!({"a": 1}))),
        private: b"p".to_vec(),
        ..Default::default()
    };
    let answer: wire::ReadResourceResponse = plugin.connect().ask("ReadResource", request);
    let errors = errors(&answer.diagnostics);
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].contains("\"eks_future\"") && errors[0].contains("required_providers"),
        "{errors:?}"
    );
    assert_eq!((json(&answer.new_state), &*answer.private), (json!({"a": 1}), &b"p"[..]));
}

#[test]
fn health_of_plugin_is_serving() {
    let plugin = Plugin::start(managed());
    let client = plugin.connect();
    let check = |service: &str| {
        let request = wire::HealthCheckRequest {
            service: service.to_owned(),
        };
        client
            .call::<_, wire::HealthCheckResponse>(HEALTH, request)
            .map(|health| health.status)
    };
    assert_eq!(check("plugin").unwrap(), 1);
    assert_eq!(check("").unwrap(), 1);
    assert_eq!(check("other").unwrap_err().code(), Code::NotFound);
    let watch = client.call::<_, wire::Empty>("/grpc.health.v1.Health/Watch", wire::Empty {});
    assert_eq!(watch.unwrap_err().code(), Code::Unimplemented);
}

/// Terraform opens both streams and kills whoever has not ended 2 s after a shutdown request.
#[test]
fn shutdown_is_answered_and_ends_idle_streams() {
    let plugin = Plugin::start(managed());
    let client = plugin.connect();
    let mut stdio = client.stream::<_, wire::StdioData>(STDIO, wire::Empty {}).unwrap();
    let mut broker = client.both_ways(BROKER).unwrap();
    assert!(is_idle(&mut stdio) && is_idle(&mut broker));
    let ended = plugin.shut_down(&client);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert_eq!((ended.stdout, ended.stderr), (String::new(), String::new()));
    assert!(matches!(next(&mut stdio), Ok(None)));
    assert!(matches!(next(&mut broker), Ok(None)));
}

#[test]
fn messages_of_many_megabytes_pass() {
    let long = "x".repeat(8 << 20);
    let plugin = Plugin::start(managed());
    let state = json!({"cluster_name": "c", "triggers": {"long": long}});
    let request = wire::UpgradeResourceStateRequest {
        type_name: "eks_sso_access".to_owned(),
        version: 0,
        raw_state: Some(wire::RawState {
            json: state.to_string().into_bytes(),
        }),
    };
    let answer: wire::UpgradeResourceStateResponse = plugin.connect().ask("UpgradeResourceState", request);
    assert!(answer.diagnostics.is_empty());
    assert_eq!(json(&answer.upgraded_state)["triggers"]["long"], json!(long));

    let plugin = Plugin::start(fake());
    let request = wire::ReadResourceRequest {
        type_name: "fake_thing".to_owned(),
        current_state: Some(value(&json!({"act": "nothing", "dir": plugin.dir.path()}))),
        private: long.clone().into_bytes(),
        ..Default::default()
    };
    let answer: wire::ReadResourceResponse = plugin.connect().ask("ReadResource", request);
    assert!(answer.private == long.as_bytes());
}

#[test]
fn stdout_holds_the_handshake_and_nothing_else() {
    let world = World::new();
    let mut command = provider(&world);
    command.env("TF_LOG", "TRACE");
    let plugin = Plugin::start(command);
    let client = plugin.connect();
    client.configure(json!({}));
    let _: wire::GetMetadataResponse = client.ask("GetMetadata", wire::Empty {});
    let _: wire::StopProviderResponse = client.ask("StopProvider", wire::Empty {});
    let ended = plugin.shut_down(&client);
    assert_eq!(ended.stdout, "");
    assert_ne!(ended.stderr, "");
}
