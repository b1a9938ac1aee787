//! Functions, by the real Terraform and on the wire.

use crate::client::{Client, Plugin, json, provider, value};
use crate::core::Bench;
use crate::emulator::{World, post};
use crate::terraform::Workspace;
use serde_json::{Value, json};
use terraform_provider_eks::hosting::Raw;
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

/// The grants of a resource with `for_each`, with `count`, and alone; all else is ignored.
const GRANTS: &str = r#"
resource "eks_sso_access" "each" {
  for_each = toset(["DeveloperAccess", "AdministratorAccess"])

  cluster_name        = "payments-prod"
  permission_set_name = each.key
  access_policies     = { AmazonEKSEditPolicy = { namespaces = ["payments", "payments-*"] } }
}

output "each" {
  value = provider::eks::access_matrix(eks_sso_access.each)
}

output "values" {
  value = provider::eks::access_matrix(values(eks_sso_access.each))
}

output "alone" {
  value = provider::eks::access_matrix(merge(eks_sso_access.each["DeveloperAccess"], { more = 1.5, big = 12345678901234567890123 }))
}

output "late" {
  value = provider::eks::access_matrix([{ cluster_name = "late", permission_set_name = eks_sso_access.each["DeveloperAccess"].access_entry_arn }])
}

output "none" {
  value = provider::eks::access_matrix({})
}
"#;

#[track_caller]
fn check_matrix(version: Option<&'static str>) {
    let world = World::new();
    let mut terraform = Workspace::new(&world, GRANTS);
    if let Some(version) = version {
        terraform = terraform.of_version(version);
    }
    terraform.plan();
    let changes = &terraform.plan_json()["output_changes"];
    let row = |set: &str| format!("| {set} | edit in payments, payments-\\* |\n");
    let head = "|  | payments-prod |\n| --- | --- |\n";
    let both = format!("{head}{}{}", row("AdministratorAccess"), row("DeveloperAccess"));
    // ARNs of entries and the like are not known yet, and not needed.
    assert_eq!(changes["each"]["after"], json!(both));
    assert_eq!(changes["late"]["after_unknown"], json!(true));
    terraform.apply_plan().ok();
    let outputs = outputs(&terraform);
    for (name, expected) in [
        ("each", both.clone()),
        ("values", both),
        ("alone", format!("{head}{}", row("DeveloperAccess"))),
        ("none", "No access is granted.\n".to_owned()),
    ] {
        assert_eq!(outputs[name]["value"], json!(expected), "{name}");
    }

    post(
        "unassign",
        json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    terraform.apply().ok();
    let each = terraform.run(&["output", "-raw", "each"]).ok().text;
    assert!(each.contains("| DeveloperAccess | **role_missing** |"), "{each}");
    assert!(each.contains(&row("AdministratorAccess")), "{each}");
}

#[test]
fn matrix_takes_instances_as_the_installed_terraform_has_them() {
    check_matrix(None);
}

#[test]
fn matrix_takes_instances_as_terraform_1_12_has_them() {
    check_matrix(Some("1.12"));
}

#[test]
fn matrix_is_known_in_a_plan_and_takes_rows_of_aws_auth() {
    let world = World::with(json!({ "clusters": [
        { "account": "MEMBER", "region": "eu-west-1", "name": "payments-prod", "authentication_mode": "API_AND_CONFIG_MAP" },
        { "account": "MEMBER", "region": "eu-central-1", "name": "payments-prod", "authentication_mode": "API_AND_CONFIG_MAP" },
    ] }));
    let config = r#"
resource "eks_sso_access" "each" {
  for_each = toset(["eu-west-1", "eu-central-1"])

  region              = each.key
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
}

resource "eks_sso_aws_auth" "admins" {
  cluster_name        = "payments-prod"
  permission_set_name = "AdministratorAccess"
  kubernetes_groups   = ["admins"]
}

output "matrix" {
  value = provider::eks::access_matrix(concat(values(eks_sso_access.each), [eks_sso_aws_auth.admins]))
}
"#;
    let terraform = Bench::new(&world, config);
    let expected = "\
|  | payments-prod (eu-central-1) | payments-prod (eu-west-1) |
| --- | --- | --- |
| AdministratorAccess |  | group admins |
| DeveloperAccess | sign-in only | sign-in only |
";
    let plan = terraform.plan();
    assert_eq!(
        terraform.plan_json()["output_changes"]["matrix"]["after"],
        json!(expected),
        "{}",
        plan.text
    );
    terraform.apply().ok();
    assert_eq!(terraform.outputs()["matrix"]["value"], json!(expected));
}

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
    check(
        r#"access_matrix(null)"#,
        &["Invalid value for \"grants\" parameter: argument must not be null"],
    );
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
    // A dynamic argument has its type with it, or is bare where that is open, too.
    let typed = |value: &[u8]| wire::DynamicValue {
        msgpack: [&[0x92, 0xc4, 9], &b"\"dynamic\""[..], value].concat(),
        json: Vec::new(),
    };
    for unknown in [unknown(), typed(&[0xd4, 0, 0])] {
        let result = call(&client, "access_matrix", vec![unknown]).result.unwrap();
        assert!(Raw::Msgpack(result.msgpack).is_unknown());
    }
    for (null, words) in [(value(&Value::Null), "grants must not be null"), (typed(&[0xc0]), "This is null")] {
        let error = call(&client, "access_matrix", vec![null]).error.unwrap();
        assert!(error.text.ends_with(words) && error.function_argument == Some(0), "{error:?}");
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
        "iam_principal_arn": "string",
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
        ("access_matrix", json!("string")),
        (
            "aws_auth_to_access",
            json!(["object", { "access": ["map", access], "not_moved": ["list", row] }]),
        ),
        ("parse_sso_role_arn", json!(["object", parsed])),
    ];
    assert_eq!(types, expected);
}
