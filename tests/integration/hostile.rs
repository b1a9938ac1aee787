//! What no Terraform sends: values nested so deeply that decoding them would use up a thread's stack, which ends a process.

use crate::client::{Client, Plugin, binary, errors, value};
use serde_json::{Value, json};
use terraform_provider_eks::protocol::wire;

/// Levels that overflow a worker's stack where nothing counts them.
const DEPTH: usize = 1_000;

/// An object with one member, in which so many lists are one in the other.
fn nested(depth: usize) -> [wire::DynamicValue; 2] {
    let msgpack = [b"\x81\xa1x".to_vec(), vec![0x91; depth], vec![0xc0]].concat();
    let json = nested_json(depth);
    [
        wire::DynamicValue { msgpack, json: Vec::new() },
        wire::DynamicValue { msgpack: Vec::new(), json },
    ]
}

fn nested_json(depth: usize) -> Vec<u8> {
    format!(r#"{{"x":{}null{}}}"#, "[".repeat(depth), "]".repeat(depth)).into_bytes()
}

fn started() -> Plugin {
    let mut command = binary();
    command.env(crate::client::COOKIE.0, crate::client::COOKIE.1);
    Plugin::start(command)
}

#[track_caller]
fn check(diagnostics: &[wire::Diagnostic]) {
    let found = errors(diagnostics);
    assert!(!found.is_empty() && found.iter().all(|error| error.contains("nested")), "{found:?}");
}

#[track_caller]
fn asked<Q: prost::Message + 'static>(client: &Client, rpc: &str, request: Q) {
    let answer: wire::DiagnosticsResponse = client.ask(rpc, request);
    check(&answer.diagnostics);
}

#[test]
fn deep_provider_block_and_configurations_are_errors() {
    let plugin = started();
    let client = plugin.connect();
    for deep in nested(DEPTH) {
        let answer: wire::ValidateProviderConfigResponse = client.ask(
            "ValidateProviderConfig",
            wire::ValidateProviderConfigRequest {
                config: Some(deep.clone()),
            },
        );
        check(&answer.diagnostics);
        let configure = wire::ConfigureProviderRequest {
            config: Some(deep.clone()),
            ..Default::default()
        };
        asked(&client, "ConfigureProvider", configure);
        for (rpc, type_name) in [
            ("ValidateResourceConfig", "eks_sso_access"),
            ("ValidateResourceConfig", "eks_sso_aws_auth"),
            ("ValidateDataResourceConfig", "eks_sso_role"),
        ] {
            let request = wire::ValidateConfigRequest {
                type_name: type_name.to_owned(),
                config: Some(deep.clone()),
                ..Default::default()
            };
            asked(&client, rpc, request);
        }
        let request = wire::ValidateListResourceConfigRequest {
            type_name: "eks_sso_access".to_owned(),
            config: Some(deep.clone()),
        };
        asked(&client, "ValidateListResourceConfig", request);
        let answer: wire::ReadDataSourceResponse = client.ask(
            "ReadDataSource",
            wire::ReadDataSourceRequest {
                type_name: "eks_sso_role".to_owned(),
                config: Some(deep),
                ..Default::default()
            },
        );
        check(&answer.diagnostics);
    }
}

#[test]
fn deep_states_and_plans_are_errors_and_the_state_stays() {
    let plugin = started();
    let client = plugin.connect();
    let (null, flat) = (Some(value(&Value::Null)), Some(value(&json!({ "cluster_name": "c" }))));
    for deep in nested(DEPTH) {
        let deep = Some(deep);
        let read = wire::ReadResourceRequest {
            type_name: "eks_sso_access".to_owned(),
            current_state: deep.clone(),
            ..Default::default()
        };
        let read: wire::ReadResourceResponse = client.ask("ReadResource", read);
        check(&read.diagnostics);
        assert_eq!(read.new_state, deep);
        for (prior, proposed, config) in [
            (&deep, &flat, &flat),
            (&flat, &deep, &flat),
            (&flat, &flat, &deep),
            (&null, &deep, &deep),
        ] {
            let plan = wire::PlanResourceChangeRequest {
                type_name: "eks_sso_access".to_owned(),
                prior_state: prior.clone(),
                proposed_new_state: proposed.clone(),
                config: config.clone(),
                ..Default::default()
            };
            let plan: wire::PlanResourceChangeResponse = client.ask("PlanResourceChange", plan);
            check(&plan.diagnostics);
            assert_eq!(&plan.planned_state, prior);
            let apply = wire::ApplyResourceChangeRequest {
                type_name: "eks_sso_access".to_owned(),
                prior_state: prior.clone(),
                planned_state: proposed.clone(),
                config: config.clone(),
                ..Default::default()
            };
            let apply: wire::ApplyResourceChangeResponse = client.ask("ApplyResourceChange", apply);
            check(&apply.diagnostics);
            assert_eq!(&apply.new_state, prior);
        }
    }
}

#[test]
fn deep_state_files_identities_and_arguments_are_errors() {
    let plugin = started();
    let client = plugin.connect();
    let raw = Some(wire::RawState { json: nested_json(DEPTH) });
    let upgrade = wire::UpgradeResourceStateRequest {
        type_name: "eks_sso_access".to_owned(),
        version: 0,
        raw_state: raw.clone(),
    };
    let upgrade: wire::UpgradeResourceStateResponse = client.ask("UpgradeResourceState", upgrade);
    check(&upgrade.diagnostics);
    let identity = wire::UpgradeResourceIdentityRequest {
        type_name: "eks_sso_access".to_owned(),
        raw_identity: raw.clone(),
        ..Default::default()
    };
    let identity: wire::UpgradeResourceIdentityResponse = client.ask("UpgradeResourceIdentity", identity);
    check(&identity.diagnostics);
    let moved = wire::MoveResourceStateRequest {
        source_provider_address: "registry.terraform.io/hashicorp/aws".to_owned(),
        source_type_name: "aws_eks_access_entry".to_owned(),
        target_type_name: "eks_sso_access".to_owned(),
        source_state: raw,
        ..Default::default()
    };
    let moved: wire::MoveResourceStateResponse = client.ask("MoveResourceState", moved);
    check(&moved.diagnostics);
    for deep in nested(DEPTH) {
        let import = wire::ImportResourceStateRequest {
            type_name: "eks_sso_access".to_owned(),
            identity: Some(wire::ResourceIdentityData {
                identity_data: Some(deep.clone()),
            }),
            ..Default::default()
        };
        let import: wire::ImportResourceStateResponse = client.ask("ImportResourceState", import);
        check(&import.diagnostics);
        for name in ["aws_auth_to_access", "parse_sso_role_arn"] {
            let call = wire::CallFunctionRequest {
                name: name.to_owned(),
                arguments: vec![deep.clone()],
            };
            let call: wire::CallFunctionResponse = client.ask("CallFunction", call);
            let text = call.error.unwrap().text;
            assert!(!text.is_empty() && call.result.is_none());
        }
    }
}
