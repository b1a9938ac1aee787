//! `data "eks_sso_roles"`: roles of many accounts.

use crate::core::Bench;
use crate::emulator::{World, new_account, post};
use serde_json::json;

#[test]
fn roles_of_many_accounts_come_by_account_and_set() {
    let world = World::new();
    let other = new_account();
    post(
        "world",
        json!({
            "management_account": world.management, "home_region": "eu-west-1",
            "permission_sets": [{ "name": "DeveloperAccess", "accounts": [other] }],
        }),
    );
    let config = format!(
        r#"
provider "eks" {{
  account_access {{
    role_name = "TerraformAccess"
  }}
}}
data "eks_sso_roles" "all" {{
  account_ids = ["{}", "{other}"]
}}
data "eks_sso_roles" "developers" {{
  permission_set_names = ["DeveloperAccess", "Nobody"]
}}
"#,
        world.member
    );
    let terraform = Bench::new(&world, &config);
    terraform.apply().ok();
    let all = terraform.state("data.eks_sso_roles.all");
    assert_eq!(
        all["roles"][&world.member]["DeveloperAccess"]["arn"],
        json!(world.role_arn("DeveloperAccess"))
    );
    assert_eq!(
        all["roles"][&world.member]["AdministratorAccess"]["arn"],
        json!(world.role_arn("AdministratorAccess"))
    );
    assert!(
        all["roles"][&other]["DeveloperAccess"]["role_id"]
            .as_str()
            .unwrap()
            .starts_with("AROA")
    );
    let developers = terraform.state("data.eks_sso_roles.developers");
    assert_eq!(developers["roles"].as_object().unwrap().keys().collect::<Vec<_>>(), [&world.member]);
    assert_eq!(developers["roles"][&world.member].as_object().unwrap().len(), 1);
    // Both ask for the own account, and share the answer.
    assert_eq!(world.calls().iter().filter(|call| *call == "ListRoles").count(), 1);
}

#[test]
fn null_elements_are_refused() {
    let config = "data \"eks_sso_roles\" \"all\" {\n  account_ids          = [null]\n  permission_set_names = [null]\n}\n";
    let findings = Bench::new(&World::new(), config).findings();
    let lines: Vec<_> = findings.iter().map(|finding| finding.line.split(' ').next().unwrap()).collect();
    assert_eq!(lines, ["account_ids", "permission_set_names"], "{findings:#?}");
}

#[test]
fn unreachable_account_is_named() {
    let world = World::new();
    let other = new_account();
    let config = format!("data \"eks_sso_roles\" \"all\" {{\n  account_ids = [\"{other}\"]\n}}\n");
    let plan = Bench::new(&world, &config).plan();
    assert_eq!(plan.code, Some(1), "{}", plan.text);
    plan.says("Account cannot be reached").says(&other).says("account_access");
}

#[test]
fn empty_sets_are_told() {
    let world = World::new();
    let said = "Warning: Argument is empty";
    let data = |arguments: &str| format!("data \"eks_sso_roles\" \"x\" {{\n  {arguments}\n}}\n");
    for argument in ["account_ids", "permission_set_names"] {
        Bench::new(&world, &data(&format!("{argument} = []")))
            .plan()
            .says(said)
            .says(&format!("{argument} has no elements"));
        Bench::new(&world, &data(&format!("{argument} = null"))).plan().does_not_say(said);
    }
}
