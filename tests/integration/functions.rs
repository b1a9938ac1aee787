//! Functions, by the real Terraform and on the wire.

use crate::client::{Client, Plugin, json, provider, value};
use crate::core::Bench;
use crate::emulator::World;
use crate::terraform::Workspace;
use serde_json::{Value, json};
use terraform_provider_eks::protocol::wire;

const ROLE: &str =
    "arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_DeveloperAccess_0123456789abcdef";

/// Both functions: with a value, and with one that is known only after the apply.
const OUTPUTS: &str = r#"
resource "terraform_data" "late" {
  input = "ROLE"
}

output "now" {
  value = provider::eks::parse_sso_role_arn("ROLE")
}

output "late" {
  value = provider::eks::parse_sso_role_arn(terraform_data.late.output).permission_set_name
}

output "access" {
  value = provider::eks::aws_auth_to_access("- rolearn: ${provider::eks::parse_sso_role_arn("ROLE").arn_without_path}")
}

output "late_access" {
  value = provider::eks::aws_auth_to_access("- rolearn: ${terraform_data.late.output}").not_moved[0].line
}
"#;

fn outputs(terraform: &Workspace) -> Value {
    let output = terraform.command(&["output", "-json"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn check_outputs(version: Option<&'static str>) {
    let mut terraform = Workspace::new(&World::new(), &OUTPUTS.replace("ROLE", ROLE));
    if let Some(version) = version {
        terraform = terraform.of_version(version);
    }
    // Nothing is configured and nobody asked: no credentials are needed.
    terraform.env.clear();
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    let changes = &terraform.plan_json()["output_changes"];
    assert_eq!(changes["now"]["after"]["suffix"], json!("0123456789abcdef"));
    for unknown in ["late", "late_access"] {
        assert_eq!(changes[unknown]["after_unknown"], json!(true), "{unknown}");
    }
    terraform.apply_plan().ok();
    let outputs = outputs(&terraform);
    let expected = json!({
        "account_id": "222233334444",
        "arn_without_path": "arn:aws:iam::222233334444:role/AWSReservedSSO_DeveloperAccess_0123456789abcdef",
        "identity_center_region": "eu-west-1",
        "partition": "aws",
        "permission_set_name": "DeveloperAccess",
        "role_name": "AWSReservedSSO_DeveloperAccess_0123456789abcdef",
        "suffix": "0123456789abcdef",
    });
    assert_eq!(outputs["now"]["value"], expected);
    assert_eq!(outputs["late"]["value"], json!("DeveloperAccess"));
    assert_eq!(outputs["late_access"]["value"], json!(1));
    let access = &outputs["access"]["value"]["access"]["222233334444/DeveloperAccess"];
    assert_eq!(access["permission_set_name"], json!("DeveloperAccess"));
    assert_eq!(access["role_name"], Value::Null);
}

#[test]
fn functions_answer_the_installed_terraform() {
    check_outputs(None);
}

#[test]
fn functions_answer_terraform_1_12() {
    check_outputs(Some("1.12"));
}

#[test]
fn functions_answer_terraform_1_15() {
    check_outputs(Some("1.15"));
}

#[test]
fn errors_point_at_the_argument() {
    #[track_caller]
    fn check(call: &str, words: &[&str]) {
        // Nobody is asked: no credentials are needed.
        let config = format!("output \"x\" {{\n  value = provider::eks::{call}\n}}\n");
        let output = Bench::with_env(&World::new(), &config, &[]).validate().failed();
        words.iter().fold(output, |output, words| output.says(words)).does_not_say("..");
    }
    check(
        r#"parse_sso_role_arn("arn:aws:iam::222233334444:role/Deployer")"#,
        &[
            "Invalid value for \"arn\" parameter",
            "the role is named \"Deployer\"",
            "expected arn:aws:iam::222233334444:role/aws-reserved/",
        ],
    );
    check(
        r#"parse_sso_role_arn(null)"#,
        &["Invalid value for \"arn\" parameter: argument must not be null"],
    );
    check(
        r#"aws_auth_to_access("- rolearn: a\n  groups: b\n")"#,
        &[
            "Invalid value for \"yaml\" parameter: mapRoles is malformed at line 2, column 11",
            "2 | groups: b",
            "Expected a list as groups",
        ],
    );
    let grants = "expected instances of eks_sso_access: a map of them";
    check(r#"access_matrix(null)"#, &["Invalid value for \"grants\" parameter: argument must not be null"]);
    check(
        r#"access_matrix({ a = { b = 1.5 } })"#,
        &[
            &format!("Invalid value for \"grants\" parameter: {grants}"),
            "The one at [\"a\"] is an object with b",
        ],
    );
    check(r#"access_matrix("x")"#, &[grants, "This is the text \"x\""]);
    check(r#"access_matrix([true])"#, &[grants, "The one at [0] is the bool true"]);
    check(
        r#"aws_auth_to_access(null)"#,
        &["Invalid value for \"yaml\" parameter: argument must not be null"],
    );
}

fn call(client: &Client, name: &str, arguments: Vec<wire::DynamicValue>) -> wire::CallFunctionResponse {
    let name = name.to_owned();
    client.ask("CallFunction", wire::CallFunctionRequest { name, arguments })
}

fn unknown() -> wire::DynamicValue {
    wire::DynamicValue {
        msgpack: vec![0xd4, 0, 0],
        json: Vec::new(),
    }
}

/// What Terraform keeps away from a function, another caller may send.
#[test]
fn null_and_unknown_arguments_are_answered_without_a_call() {
    let plugin = Plugin::start(provider(&World::new()));
    let client = plugin.connect();
    for name in ["parse_sso_role_arn", "aws_auth_to_access"] {
        let error = call(&client, name, vec![value(&Value::Null)]).error.unwrap();
        assert!(
            error.text.ends_with(" must not be null") && error.function_argument == Some(0),
            "{error:?}"
        );
        assert_eq!(call(&client, name, vec![unknown()]).result, Some(unknown()));
        // Known to be a text with this beginning, but not which.
        let refined = wire::DynamicValue {
            msgpack: vec![0xc7, 5, 12, 0x81, 2, 0xa2, b'a', b'r'],
            json: Vec::new(),
        };
        assert_eq!(call(&client, name, vec![refined]).result, Some(unknown()));
        let error = call(&client, name, Vec::new()).error.unwrap();
        assert_eq!(
            (error.text.as_str(), error.function_argument),
            ("Expected 1 arguments, got 0", None)
        );
        let as_json = wire::DynamicValue {
            msgpack: Vec::new(),
            json: b"\"x\"".to_vec(),
        };
        let error = call(&client, name, vec![as_json]).error.unwrap();
        assert!(error.text.contains("\"x\"") && error.function_argument == Some(0), "{error:?}");
    }
    let answer = call(&client, "parse_sso_role_arn", vec![value(&json!(ROLE))]);
    assert_eq!(json(&answer.result)["permission_set_name"], json!("DeveloperAccess"));
}

/// Types of results are part of the contract: configurations are written against them.
#[test]
fn result_types_are_these() {
    let plugin = Plugin::start(provider(&World::new()));
    let client = plugin.connect();
    let functions: wire::GetFunctionsResponse = client.ask("GetFunctions", wire::Empty {});
    let types: Vec<(&str, Value)> = (functions.functions.iter())
        .map(|(name, function)| {
            (
                name.as_str(),
                serde_json::from_slice(&function.r#return.as_ref().unwrap().r#type).unwrap(),
            )
        })
        .collect();
    let scope = json!(["object", { "namespaces": ["set", "string"], "scope": "string" }]);
    let access = json!(["object", {
        "access_policies": ["map", scope],
        "arn_without_path": "string",
        "kubernetes_groups": ["set", "string"],
        "permission_set_name": "string",
        "role_account_id": "string",
        "role_name": "string",
        "user_name": "string",
    }]);
    let row = json!(["object", {
        "arn": "string", "groups": ["list", "string"], "line": "number", "reason": "string", "source": "string", "user_name": "string",
    }]);
    let parsed = [
        "account_id",
        "arn_without_path",
        "identity_center_region",
        "partition",
        "permission_set_name",
        "role_name",
        "suffix",
    ];
    let parsed: serde_json::Map<String, Value> = parsed.map(|name| (name.to_owned(), json!("string"))).into_iter().collect();
    let expected = [
        (
            "aws_auth_to_access",
            json!(["object", { "access": ["map", access], "not_moved": ["list", row] }]),
        ),
        ("parse_sso_role_arn", json!(["object", parsed])),
    ];
    assert_eq!(types, expected);
}
