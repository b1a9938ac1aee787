//! Warnings before a plan takes away the caller's own access, or the last administrator's.

use crate::core::Bench;
use crate::emulator::World;

fn admins(policies: &str) -> String {
    format!(
        r#"
resource "eks_sso_access" "admins" {{
  cluster_name        = "payments-prod"
  permission_set_name = "AdministratorAccess"
  access_policies     = {{ {policies} }}
}}
"#
    )
}

const CLUSTER_ADMIN: &str = r#"AmazonEKSClusterAdminPolicy = { scope = "cluster" }"#;

#[test]
fn last_cluster_administrator_is_announced() {
    let world = World::new();
    let terraform = Bench::new(&world, &admins(CLUSTER_ADMIN));
    terraform.apply().ok();
    terraform.write(&admins(r#"AmazonEKSClusterAdminPolicy = { namespaces = ["payments"] }"#));
    terraform.plan().says("Last cluster administrator will be removed");
    let destroy = terraform.run(&["plan", "-destroy", "-input=false", "-no-color"]);
    destroy.ok().says("Last cluster administrator will be removed");
}

#[test]
fn one_of_two_cluster_administrators_may_go_quietly() {
    let world = World::new();
    let two = format!(
        "{}{}",
        admins(CLUSTER_ADMIN),
        admins(CLUSTER_ADMIN)
            .replace("AdministratorAccess", "DeveloperAccess")
            .replace("\"admins\"", "\"two\"")
    );
    let terraform = Bench::new(&world, &two);
    terraform.apply().ok();
    terraform.write(&admins(CLUSTER_ADMIN));
    terraform.plan().says("1 to destroy").does_not_say("Last cluster administrator");
}

#[test]
fn own_way_in_is_announced() {
    let world = World::new();
    let provider = format!(
        "provider \"eks\" {{\n  assume_role {{\n    role_arn = {:?}\n  }}\n}}\n",
        world.role_arn("AdministratorAccess")
    );
    let view = r#"AmazonEKSViewPolicy = { scope = "cluster" }"#;
    let terraform = Bench::new(&world, &format!("{provider}{}", admins(view)));
    terraform.apply().ok();
    terraform.write(&format!(
        "{provider}{}",
        admins(r#"AmazonEKSViewPolicy = { namespaces = ["payments"] }"#)
    ));
    terraform.plan().says("This takes away your own access");
    // More access takes nothing away.
    terraform.write(&format!("{provider}{}", admins(&format!("{view}\n{CLUSTER_ADMIN}"))));
    terraform.plan().does_not_say("This takes away your own access");
}

#[test]
fn policies_that_are_not_known_yet_take_nobody_away() {
    let world = World::new();
    let terraform = Bench::new(&world, &admins(CLUSTER_ADMIN));
    terraform.apply().ok();
    let unknown = "resource \"terraform_data\" \"x\" {\n  input = \"cluster\"\n}\n";
    let policy = "AmazonEKSClusterAdminPolicy = { scope = terraform_data.x.output }";
    terraform.write(&format!("{unknown}{}", admins(policy)));
    terraform
        .plan()
        .says("1 to add")
        .does_not_say("Last cluster administrator will be removed");
}
