//! Grants whose users are locked out, which no apply can change: the plan is not clean until they are fixed or removed.

use crate::core::Bench;
use crate::emulator::{World, post, wait_for};
use crate::terraform::{Output, Workspace};
use serde_json::{Value, json};

const SET: &str = r#"
resource "eks_sso_access" "people" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  kubernetes_groups   = ["team-payments"]
}
"#;
const ROLE: &str = r#"
resource "eks_sso_access" "people" {
  cluster_name      = "payments-prod"
  role_name         = "okta"
  kubernetes_groups = ["team-payments"]
}
"#;
const ADDRESS: &str = "eks_sso_access.people";
const WARN: &str = "provider \"eks\" {\n  locked_out = \"warn\"\n}\n";
const DRIFT: &str = "provider \"eks\" {\n  locked_out = \"drift\"\n}\n";

fn world() -> World {
    World::with(json!({ "roles": [{ "account": "MEMBER", "name": "okta" }] }))
}

fn unassign(world: &World) {
    let set = json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" });
    post("unassign", set);
}

fn recreate_okta(world: &World) {
    post(
        "recreate-role",
        json!({ "account": world.member, "role_name": "okta", "age_seconds": -60 }),
    );
}

/// The set has a new role, and one that is left over from another Identity Center instance.
pub fn two_new_roles(world: &World) {
    let set = json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" });
    post("reprovision", set);
    let left_over = json!({
        "account": world.member,
        "name": "AWSReservedSSO_DeveloperAccess_aaaaaaaaaaaaaaaa",
        "path": "/aws-reserved/sso.amazonaws.com/",
    });
    post("world", json!({ "roles": [left_over] }));
}

/// How users come to be locked out.
struct LockOut {
    config: &'static str,
    happens: fn(&World),
    status: &'static str,
    says: &'static str,
}

const LOCK_OUTS: [LockOut; 3] = [
    LockOut {
        config: SET,
        happens: unassign,
        status: "role_missing",
        says: "Warning: Role of the grant is gone",
    },
    LockOut {
        config: ROLE,
        happens: recreate_okta,
        status: "stale",
        says: "Warning: Role was recreated: sign-ins fail with 401",
    },
    LockOut {
        config: SET,
        happens: two_new_roles,
        status: "role_missing",
        says: "Warning: Role of the grant is gone, and several could follow it",
    },
];

impl LockOut {
    /// A grant whose users have been locked out since it was applied.
    fn after_an_apply(&self, provider: &str) -> (World, Bench) {
        let world = world();
        let terraform = Bench::new(&world, &format!("{provider}{}", self.config));
        terraform.apply().ok();
        (self.happens)(&world);
        world.forget_calls();
        (world, terraform)
    }
}

/// An update that leaves all as it is, the status apart.
#[track_caller]
pub fn opens_the_status_alone(mut change: Value) {
    assert_eq!(change["actions"], json!(["update"]));
    assert_eq!(change["after_unknown"]["status"], json!(true));
    change["before"].as_object_mut().unwrap().remove("status");
    change["after"].as_object_mut().unwrap().remove("status");
    assert_eq!(change["before"], change["after"]);
}

#[track_caller]
fn plans_a_look(terraform: &Bench) -> Output {
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    opens_the_status_alone(terraform.change(ADDRESS));
    plan
}

#[test]
fn every_plan_has_a_change_while_users_are_locked_out() {
    for lock_out in LOCK_OUTS {
        for provider in ["", DRIFT] {
            let (world, terraform) = lock_out.after_an_apply(provider);
            for _ in 0..2 {
                plans_a_look(&terraform).says(lock_out.says);
                terraform.apply_plan().ok().says(lock_out.says);
                assert_eq!(terraform.state(ADDRESS)["status"], json!(lock_out.status));
            }
            assert_eq!(world.writes(), Vec::<String>::new());
        }
    }
}

#[test]
fn warning_alone_leaves_the_plan_clean_after_the_apply() {
    for lock_out in LOCK_OUTS {
        let (world, terraform) = lock_out.after_an_apply(WARN);
        assert_eq!(terraform.plan().code, Some(2), "the status is new");
        assert_eq!(terraform.change(ADDRESS)["after"]["status"], json!(lock_out.status));
        terraform.apply().ok();
        let plan = terraform.plan();
        assert_eq!(plan.code, Some(0), "{}", plan.text);
        plan.says(lock_out.says);
        assert_eq!(world.writes(), Vec::<String>::new());
    }
}

#[test]
fn refresh_alone_changes_no_status() {
    for lock_out in LOCK_OUTS {
        let (_world, terraform) = lock_out.after_an_apply("");
        terraform.apply().ok();
        terraform.run(&["apply", "-refresh-only", "-auto-approve"]).ok();
        assert_eq!(terraform.state(ADDRESS)["status"], json!(lock_out.status));
        plans_a_look(&terraform);
    }
}

#[test]
fn users_who_are_locked_out_hinder_no_destroy() {
    for lock_out in LOCK_OUTS {
        let (world, terraform) = lock_out.after_an_apply("");
        terraform.apply().ok();
        terraform.destroy().ok();
        assert_eq!(world.entries(), Vec::<Value>::new());
    }
}

#[test]
fn other_changes_and_other_grants_go_on() {
    for lock_out in LOCK_OUTS {
        let (world, terraform) = lock_out.after_an_apply("");
        let others = SET.replace("people", "others").replace("DeveloperAccess", "AdministratorAccess");
        terraform.write(&format!("{}{others}", lock_out.config.replace("team-payments", "team-orders")));
        terraform.apply().ok().says(lock_out.says);
        assert_eq!(terraform.state(ADDRESS)["status"], json!(lock_out.status));
        let entries = world.entries();
        assert_eq!(entries.len(), 2, "{entries:#?}");
        let groups = |entry: &Value| entry["kubernetesGroups"] == json!(["team-orders"]);
        assert!(entries.iter().any(groups), "{entries:#?}");
        plans_a_look(&terraform);
    }
}

/// Both plans find no role, the one that is shown and the one within the apply; then it is there.
#[test]
fn apply_that_finds_the_role_back_says_nothing() {
    let world = world();
    let terraform = Bench::new(&world, ROLE);
    terraform.apply().ok();
    world.fault(json!({ "service": "iam", "operation": "GetRole", "times": 2, "status": 404, "code": "NoSuchEntity" }));
    plans_a_look(&terraform).says("Role of the grant is gone");
    world.forget_calls();
    terraform.apply_plan().ok();
    assert_eq!(world.calls().iter().filter(|call| *call == "GetRole").count(), 2);
    assert_eq!(terraform.state(ADDRESS)["status"], Value::Null);
    terraform.plans_nothing();
}

/// The plan finds no role; by the apply there is a new one, without an entry or with one by other hands.
#[test]
fn apply_that_finds_a_new_role_says_whether_users_are_locked_out() {
    for has_entry in [false, true] {
        let (world, terraform) = LOCK_OUTS[0].after_an_apply("");
        terraform.apply().ok();
        plans_a_look(&terraform);
        // The plan within the apply finds no role; the apply looks when there is one.
        world.fault(json!({ "service": "iam", "operation": "ListRoles", "after": 1, "times": 1, "hold": true }));
        world.forget_calls();
        let apply = terraform.start(&["apply", "plan"]);
        wait_for(|| (world.calls().iter().filter(|call| *call == "ListRoles").count() == 2).then_some(()));
        let set = json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" });
        let role = post("assign", set);
        if has_entry {
            world.create_entry_of(role["arn"].as_str().unwrap(), &["--kubernetes-groups", "theirs"]);
        }
        world.clear_faults();
        let applied = apply.finish().ok();
        match has_entry {
            true => applied
                .says("Warning: Access entry of the new role is taken over")
                .does_not_say("locked out until you apply"),
            false => applied.says("Warning: New role for a permission set: users are locked out until you apply"),
        };
        assert_eq!(terraform.state(ADDRESS)["status"], json!("role_missing"));
    }
}

/// The plan's own finding stays open: nobody may be asked any more.
#[test]
fn apply_that_may_not_look_keeps_what_the_state_says() {
    for lock_out in LOCK_OUTS {
        let (world, terraform) = lock_out.after_an_apply("");
        terraform.apply().ok();
        world.deny("iam", "ListRoles");
        world.deny("iam", "GetRole");
        plans_a_look(&terraform).says("Warning: Check skipped: role of the grant");
        terraform.apply_plan().ok().says("Warning: Check skipped: role of the grant");
        assert_eq!(terraform.state(ADDRESS)["status"], json!(lock_out.status));
    }
}

#[test]
fn fixed_grant_plans_nothing() {
    let (world, terraform) = LOCK_OUTS[0].after_an_apply("");
    terraform.apply().ok();
    let set = json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" });
    post("assign", set);
    terraform.apply().ok();
    assert_eq!(terraform.state(ADDRESS)["status"], Value::Null);
    terraform.plans_nothing();
    let (_world, terraform) = LOCK_OUTS[1].after_an_apply("");
    terraform.apply().ok();
    terraform.run(&["apply", "-auto-approve", "-replace", ADDRESS]).ok();
    assert_eq!(terraform.state(ADDRESS)["status"], Value::Null);
    terraform.plans_nothing();
}

/// The left-over is gone, so that nobody needs to guess any more.
#[test]
fn grant_follows_when_one_role_is_left() {
    let (world, terraform) = LOCK_OUTS[2].after_an_apply("");
    terraform.apply().ok();
    let left_over = json!({ "account": world.member, "role_name": "AWSReservedSSO_DeveloperAccess_aaaaaaaaaaaaaaaa" });
    post("delete-role", left_over);
    terraform
        .plan()
        .says("Warning: New role for a permission set: users are locked out until you apply");
    terraform.apply_plan().ok();
    assert_eq!(terraform.state(ADDRESS)["status"], Value::Null);
    assert_ne!(
        terraform.state(ADDRESS)["principal_arn"],
        json!(world.role_arn("DeveloperAccess")),
        "the role before"
    );
    terraform.plans_nothing();
}

#[test]
fn exit_code_says_that_users_are_locked_out() {
    let world = world();
    let terraform = Workspace::new(&world, SET);
    terraform.apply().ok();
    terraform.plans_nothing();
    unassign(&world);
    terraform.apply().ok().says("0 added, 1 changed, 0 destroyed");
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    plan.says("~ status = \"role_missing\" -> (known after apply)")
        .says("Warning: Role of the grant is gone");
    terraform.write(&format!("{WARN}{SET}"));
    terraform.plans_nothing();
}
