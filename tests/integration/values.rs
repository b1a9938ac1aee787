//! Values that few configurations have: sets of which several elements are known only after the apply, tags without a
//! value, numbers of any size.

use crate::aws_auth;
use crate::core::Bench;
use crate::emulator::World;
use serde_json::{Value, json};

/// Where unknown values come from: each has an id that is made by the apply.
const SOURCES: &str = "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}\n";

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// Plans with the ids unknown, applies, and plans nothing. Gives the ids in order.
#[track_caller]
fn planned_and_applied(bench: &Bench) -> Vec<String> {
    let plan = bench.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    bench.apply().ok();
    bench.plans_nothing();
    let mut ids = ["a", "b"].map(|name| {
        let id = bench.state(&format!("terraform_data.{name}"))["id"].clone();
        id.as_str().unwrap().to_owned()
    });
    ids.sort();
    ids.to_vec()
}

#[test]
fn several_unknown_groups_and_namespaces_of_an_entry_are_planned_and_applied() {
    let world = World::new();
    let config = r#"
resource "eks_sso_access" "x" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = [terraform_data.a.id, "known", terraform_data.b.id, "known"]
  access_policies = {
    AmazonEKSViewPolicy = { namespaces = [terraform_data.a.id, terraform_data.b.id] }
  }
}
"#;
    let bench = Bench::new(&world, &format!("{SOURCES}{config}"));
    let ids = planned_and_applied(&bench);
    let state = bench.state("eks_sso_access.x");
    let mut groups = ids.clone();
    groups.push("known".to_owned());
    assert_eq!(texts(&state["kubernetes_groups"]), groups);
    assert_eq!(texts(&state["access_policies"]["AmazonEKSViewPolicy"]["namespaces"]), ids);
    assert_eq!(world.entry()["kubernetesGroups"].as_array().unwrap().len(), 3);
}

#[test]
fn known_groups_of_an_entry_become_several_unknown_ones() {
    let world = World::new();
    let config = |groups: &str| {
        format!(
            "{SOURCES}resource \"eks_sso_access\" \"x\" {{\n cluster_name = \"payments-prod\"\n \
             permission_set_name = \"DeveloperAccess\"\n kubernetes_groups = [{groups}]\n}}\n"
        )
    };
    let bench = Bench::new(&world, &config("\"a\", \"b\"").replace(SOURCES, ""));
    bench.apply().ok();
    bench.write(&config("terraform_data.a.id, terraform_data.b.id"));
    let ids = planned_and_applied(&bench);
    assert_eq!(texts(&bench.state("eks_sso_access.x")["kubernetes_groups"]), ids);
}

/// Terraform lets a set shrink whose unknown elements prove the same.
#[test]
fn unknown_groups_that_prove_the_same_are_one() {
    let world = World::new();
    let config = r#"
resource "terraform_data" "a" {
  input = "team"
}
resource "terraform_data" "b" {
  input = "team"
}
resource "eks_sso_access" "x" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = [terraform_data.a.output, terraform_data.b.output]
}
"#;
    let bench = Bench::new(&world, config);
    planned_and_applied(&bench);
    assert_eq!(bench.state("eks_sso_access.x")["kubernetes_groups"], json!(["team"]));
}

#[test]
fn several_unknown_groups_of_a_row_are_planned_and_applied() {
    let world = aws_auth::world();
    let config = r#"
resource "eks_sso_aws_auth" "x" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = [terraform_data.a.id, terraform_data.b.id]
}
"#;
    let bench = Bench::new(&world, &format!("{SOURCES}{config}"));
    let ids = planned_and_applied(&bench);
    assert_eq!(texts(&bench.state("eks_sso_aws_auth.x")["kubernetes_groups"]), ids);
    assert!(ids.iter().all(|id| world.map_roles().contains(id.as_str())));
}

#[test]
fn several_unknown_names_of_a_data_source_wait_for_the_apply() {
    let world = World::new();
    let config = r#"
resource "terraform_data" "a" {
  input = "DeveloperAccess"
}
resource "terraform_data" "b" {
  input = "AdministratorAccess"
}
data "eks_sso_roles" "x" {
  permission_set_names = [terraform_data.a.output, terraform_data.b.output]
}
"#;
    let bench = Bench::new(&world, config);
    planned_and_applied(&bench);
    let roles = &bench.state("data.eks_sso_roles.x")["roles"][&world.member];
    assert_eq!(roles.as_object().unwrap().len(), 2, "{roles}");
}

/// Terraform computes with decimals, and sends a number that no float holds exactly as text.
#[test]
fn number_that_is_no_float_is_judged_at_its_argument() {
    let world = World::new();
    let config = r#"
provider "eks" {
  max_retries                        = 0.1
  token_bucket_rate_limiter_capacity = 100000000000000000000000000001
}
data "eks_sso_role" "x" {
  permission_set_name = "DeveloperAccess"
}
"#;
    let findings = Bench::new(&world, config).findings();
    let lines: Vec<_> = findings.iter().map(|finding| finding.line.split(' ').next().unwrap()).collect();
    assert_eq!(lines, ["max_retries", "token_bucket_rate_limiter_capacity"], "{findings:#?}");
    let in_range = |finding: &crate::terraform::Finding| finding.text.contains("expected a whole number from 0 to 4294967295");
    assert!(findings.iter().all(in_range), "{findings:#?}");
}

/// As in hashicorp/aws: shared maps of tags leave tags out like this.
#[test]
fn tag_without_a_value_is_no_tag() {
    let world = World::new();
    let config = r#"
provider "eks" {
  default_tags {
    tags = { cost = null, env = "prod", team = "all" }
  }
}
resource "eks_sso_access" "x" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  tags                = { owner = null, purpose = "test", team = null }
}
"#;
    let bench = Bench::new(&world, config);
    let plan = bench.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    let all = json!({ "env": "prod", "purpose": "test", "team": "all" });
    assert_eq!(bench.change("eks_sso_access.x")["after"]["tags_all"], all);
    bench.apply().ok();
    assert_eq!(world.entry()["tags"], all);
    let state = bench.state("eks_sso_access.x");
    assert_eq!(state["tags_all"], all);
    assert_eq!(state["tags"], json!({ "owner": null, "purpose": "test", "team": null }));
    bench.plans_nothing();
}

#[test]
fn generated_user_name_with_the_template_of_the_account_is_no_drift() {
    let world = World::new();
    let bench = Bench::new(&world, crate::access::BASIC);
    bench.apply().ok();
    let arn = world.role_arn("DeveloperAccess");
    let name = arn.rsplit('/').next().unwrap();
    let template = format!("arn:aws:sts::{{{{AccountID}}}}:assumed-role/{name}/{{{{SessionName}}}}");
    let update = [
        "eks",
        "update-access-entry",
        "--cluster-name",
        crate::emulator::CLUSTER,
        "--principal-arn",
        &arn,
    ];
    world.aws(&[&update[..], &["--kubernetes-groups", "team-payments", "--username", &template]].concat());
    assert_eq!(world.entry()["username"], json!(template));
    bench.plans_nothing();
}

/// Terraform refuses to leave a required argument out, and leaves null to the provider.
#[test]
fn required_argument_that_is_null_is_refused() {
    let config = r#"
resource "eks_sso_access" "x" {
  cluster_name        = null
  permission_set_name = "DeveloperAccess"
}
data "eks_sso_cluster_access" "x" {
  cluster_name = null
}
"#;
    let findings = Bench::new(&World::new(), config).findings();
    let texts: Vec<_> = findings.iter().map(|finding| finding.text.as_str()).collect();
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(
        texts.iter().all(|text| text.contains("cluster_name is null, but it is required")),
        "{texts:#?}"
    );
    assert!(
        findings.iter().all(|finding| finding.line.starts_with("cluster_name")),
        "{findings:#?}"
    );
}

#[test]
fn configured_tag_that_the_provider_ignores_is_not_set_and_plans_nothing() {
    let world = World::new();
    let config = r#"
provider "eks" {
  ignore_tags {
    keys = ["cost"]
  }
}
resource "eks_sso_access" "x" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  tags                = { cost = "x", team = "y" }
}
"#;
    let bench = Bench::new(&world, config);
    bench.apply().ok();
    assert_eq!(world.entry()["tags"], json!({ "team": "y" }));
    assert_eq!(bench.state("eks_sso_access.x")["tags_all"], json!({ "team": "y" }));
    bench.plans_nothing();
}
