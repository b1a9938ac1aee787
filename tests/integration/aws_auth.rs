//! `eks_sso_aws_auth`: its life from create to destroy, and the ways in.

use crate::emulator::{CLUSTER, World};
use crate::kubernetes::{OTHERS, without_path};
use crate::terraform::Workspace;
use serde_json::json;

pub const BASIC: &str = r#"
resource "eks_sso_aws_auth" "developers" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["team-payments", "readers"]
}
"#;

pub const ADDRESS: &str = "eks_sso_aws_auth.developers";

/// A world whose cluster is in CONFIG_MAP mode, with the rows of others.
pub fn world() -> World {
    let world = empty_world();
    world.write_map_roles(OTHERS);
    world
}

/// The same without any aws-auth.
pub fn empty_world() -> World {
    World::with(json!({
        "clusters": [{ "account": "MEMBER", "region": "eu-west-1", "name": CLUSTER, "authentication_mode": "CONFIG_MAP" }],
    }))
}

/// The row of [`BASIC`] as it is added to [`OTHERS`].
pub fn row(world: &World) -> String {
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    let session = arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/");
    format!("- rolearn: {arn}\n  username: {session}/{{{{SessionName}}}}\n  groups:\n    - readers\n    - team-payments\n")
}

#[test]
fn aws_auth_basic() {
    let world = world();
    let terraform = Workspace::new(&world, BASIC);

    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    let change = terraform.change(ADDRESS);
    assert_eq!(change["actions"], json!(["create"]));
    // Known in the plan, and without the path.
    assert_eq!(
        change["after"]["principal_arn"],
        json!(without_path(&world.role_arn("DeveloperAccess")))
    );
    assert_eq!(
        change["after_unknown"]
            .as_object()
            .unwrap()
            .values()
            .filter(|v| **v == json!(true))
            .count(),
        0
    );
    assert_eq!(world.map_roles(), OTHERS, "a plan changes nothing");

    terraform.apply().ok();
    // Everything else is as it was, byte for byte.
    assert_eq!(world.map_roles(), format!("{OTHERS}{}", row(&world)));
    assert_eq!(world.aws_auth().unwrap()["metadata"]["labels"], json!({ "team": "platform" }));
    terraform.plans_nothing();

    terraform.destroy().ok();
    assert_eq!(world.map_roles(), OTHERS);
}

#[test]
fn person_gets_in_by_the_row() {
    let world = empty_world();
    let terraform = Workspace::new(&world, BASIC);
    terraform.apply().ok();
    assert_eq!(
        world.aws_auth().unwrap()["data"].as_object().unwrap().len(),
        1,
        "nothing but our row"
    );
    let name = world.role_arn("DeveloperAccess");
    let name = name.rsplit('/').next().unwrap();
    assert_eq!(
        world.whoami("DeveloperAccess", "jane@example.com"),
        json!({
            "username": format!("arn:aws:sts::{}:assumed-role/{name}/jane-example.com", world.member),
            "groups": ["readers", "system:authenticated", "team-payments"],
        })
    );
}
