//! The same binary with every Terraform that the provider supports.

use crate::access::BASIC;
use crate::emulator::World;
use crate::terraform::Workspace;

/// Validates, plans, applies and destroys the basic grant.
#[track_caller]
fn check(version: &'static str) {
    let world = World::new();
    let terraform = Workspace::new(&world, BASIC).of_version(version);
    terraform.run(&["version"]).ok().says(&format!("Terraform v{version}."));
    terraform.validate().ok();
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    terraform.apply().ok().says("1 added, 0 changed, 0 destroyed");
    assert_eq!(world.entries().len(), 1);
    terraform.plans_nothing();
    terraform.destroy().ok().says("1 destroyed");
    assert!(world.entries().is_empty());
}

#[test]
fn works_in_terraform_1_12() {
    check("1.12");
}

#[test]
fn works_in_terraform_1_13() {
    check("1.13");
}

#[test]
fn works_in_terraform_1_14() {
    check("1.14");
}

#[test]
fn works_in_terraform_1_15() {
    check("1.15");
}
