//! What is there when a permission is taken away.

use crate::access::BASIC;
use crate::cluster_access_data::{peopled, with_identity_center};
use crate::core::Bench;
use crate::emulator::{World, post};
use crate::kubernetes::OTHERS;
use crate::permissions::Scene;
use crate::permissions::kubernetes::{allow, cluster_of_a_group};
use serde_json::json;

pub fn of(world: World, config: &str) -> Scene {
    let bench = Bench::new(&world, config);
    Scene { world, bench }
}

pub fn fresh() -> Scene {
    of(World::new(), BASIC)
}

pub fn granted() -> Scene {
    let scene = fresh();
    scene.bench.apply().ok();
    scene
}

/// A grant, and another configuration than the one that was applied.
pub fn changed(from: &str, to: &str) -> Scene {
    let scene = granted();
    assert!(BASIC.contains(from), "{from}");
    scene.bench.write(&BASIC.replace(from, to));
    scene
}

pub fn other_groups() -> Scene {
    changed("[\"team-payments\"]", "[\"team-billing\"]")
}

pub fn other_scope() -> Scene {
    changed("{ namespaces = [\"payments\", \"payments-*\"] }", "{ scope = \"cluster\" }")
}

pub fn fewer_policies() -> Scene {
    changed("    AmazonEKSEditPolicy = { namespaces = [\"payments\", \"payments-*\"] }\n", "")
}

pub fn more_tags() -> Scene {
    changed("{ team = \"payments\" }", "{ team = \"payments\", more = \"yes\" }")
}

pub fn no_tags() -> Scene {
    changed("  tags = { team = \"payments\" }\n", "")
}

/// The one of two administrators that Terraform manages.
pub fn administrators() -> Scene {
    let admin = "AmazonEKSClusterAdminPolicy = { scope = \"cluster\" }";
    let scene = of(World::new(), &BASIC.replace("AmazonEKSViewPolicy = { scope = \"cluster\" }", admin));
    scene.bench.apply().ok();
    let arn = scene.world.role_arn("AdministratorAccess");
    scene.world.create_entry_elsewhere("AdministratorAccess", &[]);
    scene.world.associate(&arn, "AmazonEKSClusterAdminPolicy", "type=cluster");
    scene
}

pub fn another_role() -> Scene {
    let scene = granted();
    post(
        "reprovision",
        json!({ "account": scene.world.member, "permission_set": "DeveloperAccess" }),
    );
    scene
}

pub fn role_made_again() -> Scene {
    let scene = granted();
    let arn = scene.world.role_arn("DeveloperAccess");
    let name = arn.rsplit('/').next().unwrap();
    post(
        "recreate-role",
        json!({ "account": scene.world.member, "role_name": name, "age_seconds": -60 }),
    );
    scene
}

pub fn entry_of_others() -> Scene {
    let scene = fresh();
    scene.world.create_entry_elsewhere("DeveloperAccess", &[]);
    scene
}

pub fn adopting() -> Scene {
    let scene = entry_of_others();
    scene.bench.write(&BASIC.replace("  tags", "  on_existing = \"adopt\"\n  tags"));
    scene
}

pub fn of_a_role() -> Scene {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "Okta" }] }));
    of(
        world,
        &BASIC.replace("permission_set_name = \"DeveloperAccess\"", "role_name = \"Okta\""),
    )
}

pub fn role_data() -> Scene {
    of(
        World::new(),
        "data \"eks_sso_role\" \"x\" {\n  permission_set_name = \"DeveloperAccess\"\n}\n",
    )
}

pub fn roles_data() -> Scene {
    of(World::new(), "data \"eks_sso_roles\" \"x\" {}\n")
}

pub fn kubeconfig() -> Scene {
    let arguments = "cluster_name = \"payments-prod\"\n  permission_set_name = \"DeveloperAccess\"\n  sso_start_url = \"https://d-1234567890.awsapps.com/start/#\"";
    of(World::new(), &format!("data \"eks_sso_kubeconfig\" \"x\" {{\n  {arguments}\n}}\n"))
}

pub fn cluster_access() -> Scene {
    let world = World::new();
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    of(
        world,
        "data \"eks_sso_cluster_access\" \"x\" {\n  cluster_name = \"payments-prod\"\n}\n",
    )
}

pub fn world_with_identity_center() -> (World, String) {
    let world = World::with(json!({ "roles": [{ "account": "MANAGEMENT", "name": "eks-idc" }] }));
    let role = format!("arn:aws:iam::{}:role/eks-idc", world.management);
    let provider = format!("provider \"eks\" {{\n  identity_center {{\n    role_arn = {role:?}\n  }}\n}}\n");
    (world, provider)
}

/// A set without a role here, by its name; the plan goes on without it.
pub fn absent_grant() -> Scene {
    let (world, provider) = world_with_identity_center();
    of(world, &format!("{provider}{}", BASIC.replace("\"DeveloperAccess\"", "\"Absent\"")))
}

pub fn absent_role_data() -> Scene {
    let (world, provider) = world_with_identity_center();
    of(
        world,
        &format!("{provider}data \"eks_sso_role\" \"x\" {{\n  permission_set_name = \"Absent\"\n}}\n"),
    )
}

pub fn role_data_by_arn() -> Scene {
    let (world, provider) = world_with_identity_center();
    let arn = world.made["permission_set_arns"]["DeveloperAccess"].as_str().unwrap().to_owned();
    of(
        world,
        &format!("{provider}data \"eks_sso_role\" \"x\" {{\n  permission_set_arn = {arn:?}\n}}\n"),
    )
}

pub fn people_data() -> Scene {
    let world = peopled();
    let config = with_identity_center(&world, "");
    of(world, &config)
}

pub fn members_data() -> Scene {
    let world = peopled();
    let config = with_identity_center(&world, "").replace("include_people", "include_members");
    of(world, &config)
}

/// An entry of a role that is not Identity Center's.
pub fn trust_data() -> Scene {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "Deployer" }] }));
    let deployer = format!("arn:aws:iam::{}:role/Deployer", world.member);
    world.create_entry_of(&deployer, &[]);
    let data = "data \"eks_sso_cluster_access\" \"x\" {\n  cluster_name = \"payments-prod\"\n  include_trust = true\n}\n";
    of(world, data)
}

pub fn assuming() -> Scene {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "Terraform" }] }));
    let role = format!("arn:aws:iam::{}:role/Terraform", world.member);
    of_provider(world, &format!("assume_role {{\n    role_arn = {role:?}\n  }}"), BASIC)
}

pub fn account_access() -> Scene {
    let there = BASIC.replace("  tags", "  account_id = \"999988887777\"\n  tags");
    of_provider(World::new(), "account_access {\n    role_name = \"Terraform\"\n  }", &there)
}

pub fn of_provider(world: World, block: &str, rest: &str) -> Scene {
    of(world, &format!("provider \"eks\" {{\n  {block}\n}}\n{rest}"))
}

pub fn aws_auth() -> Scene {
    let scene = of(crate::aws_auth::world(), crate::aws_auth::BASIC);
    assert_eq!(scene.world.map_roles(), OTHERS);
    scene
}

pub fn aws_auth_beside_entries() -> Scene {
    let world = cluster_of_a_group(Some(OTHERS));
    allow(&world, &["get", "create", "update"]);
    of(world, crate::aws_auth::BASIC)
}
