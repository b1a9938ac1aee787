//! `eks_sso_access`: Ctrl-C, a second Ctrl-C, and kills, at each moment of an apply. Nothing is lost: the state says
//! what is there, or the next plan does; no process is left behind.

use crate::emulator::{World, post, wait_for};
use crate::terraform::{Output, Running, Workspace, is_running, kill, providers};
use serde_json::json;

const GRANT: &str = "eks_sso_access.people";

fn grant(provider: &str, arguments: &str) -> String {
    format!(
        r#"
{provider}
resource "eks_sso_access" "people" {{
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  preflight           = "apply"

  access_policies = {{
    AmazonEKSEditPolicy = {{ namespaces = ["payments"] }}
    AmazonEKSViewPolicy = {{ scope = "cluster" }}
  }}
  {arguments}
}}
"#
    )
}

/// A moment of an apply: how the world has to be for it to last, and the call that tells that it has come.
struct Moment {
    name: &'static str,
    world: fn() -> World,
    call: &'static str,
    calls: usize,
}

fn waiting_for_the_role() -> World {
    World::with(json!({ "permission_sets": [{ "name": "DeveloperAccess", "accounts": [] }] }))
}

fn delayed(operation: &str) -> World {
    let world = World::new();
    world.fault(json!({ "service": "eks", "operation": operation, "times": 1, "delay_ms": 3000 }));
    world
}

const MOMENTS: [Moment; 4] = [
    Moment {
        name: "waiting for the role",
        world: waiting_for_the_role,
        call: "ListRoles",
        calls: 4,
    },
    Moment {
        name: "creating the entry",
        world: || delayed("CreateAccessEntry"),
        call: "CreateAccessEntry",
        calls: 1,
    },
    Moment {
        name: "between the entry and its policies",
        world: || delayed("AssociateAccessPolicy"),
        call: "AssociateAccessPolicy",
        calls: 1,
    },
    Moment {
        name: "waiting until EKS knows the role",
        world: || {
            let world = waiting_for_the_role();
            world.settings(json!({ "principal_propagation_seconds": 3600 }));
            assign(&world);
            world
        },
        call: "CreateAccessEntry",
        calls: 2,
    },
];

fn assign(world: &World) {
    post(
        "assign",
        json!({ "management_account": world.management, "account": world.member, "permission_set": "DeveloperAccess" }),
    );
}

impl Moment {
    /// Starts an apply and comes back when the moment has come.
    fn reach(&self, world: &World, terraform: &Workspace) -> Running {
        let running = terraform.start_apply();
        wait_for(|| (world.calls().iter().filter(|call| *call == self.call).count() >= self.calls).then_some(()));
        running
    }
}

/// The cause of the moment ends, and the same apply again does all the rest.
#[track_caller]
fn converges(world: &World, terraform: &Workspace, moment: &Moment) {
    end_of(world);
    terraform.apply().ok();
    assert_right(world, terraform, moment);
}

fn end_of(world: &World) {
    world.clear_faults();
    world.settings(json!({ "principal_propagation_seconds": 0 }));
    assign(world);
}

#[track_caller]
fn assert_right(world: &World, terraform: &Workspace, moment: &Moment) {
    terraform.plans_nothing();
    assert!(!terraform.is_tainted(GRANT));
    assert_eq!(world.entry()["policies"].as_array().unwrap().len(), 2, "{}", moment.name);
}

/// No process of this Terraform runs any more.
#[track_caller]
fn all_gone(providers: Vec<u32>) {
    assert!(!providers.is_empty());
    wait_for(|| (!providers.iter().any(|pid| is_running(*pid))).then_some(()));
}

#[test]
fn interrupt_leaves_a_state_that_matches() {
    for moment in MOMENTS {
        let world = (moment.world)();
        let terraform = Workspace::new(&world, &grant("", ""));
        let running = moment.reach(&world, &terraform);
        let providers = providers(running.pid());
        running.signal_group("-INT");
        let output: Output = running.finish();
        all_gone(providers);
        let in_state = !terraform.addresses().is_empty();
        let in_aws = !world.entries().is_empty();
        assert_eq!(in_state, in_aws, "{}: {}", moment.name, output.text);
        assert!(output.text.contains("nterrupt"), "{}", output.text);
        if in_state {
            // What was under way was finished.
            assert_eq!(world.entry()["policies"].as_array().unwrap().len(), 2, "{}", moment.name);
            assert!(!terraform.is_tainted(GRANT), "{}", moment.name);
        } else {
            output.failed().says("Terraform was interrupted");
        }
        converges(&world, &terraform, &moment);
    }
}

/// With `owner` the next apply goes on by itself, without it the plan says how to take the entry over.
#[test]
fn kill_of_terraform_leaves_no_process_and_converges() {
    for owner in ["", "provider \"eks\" {\n  owner = \"payments\"\n}"] {
        for moment in MOMENTS {
            let world = (moment.world)();
            let terraform = Workspace::new(&world, &grant(owner, ""));
            let running = moment.reach(&world, &terraform);
            let providers = providers(running.pid());
            kill("-KILL", &running.pid().to_string());
            running.finish();
            all_gone(providers);
            goes_on(&world, &terraform, &moment, owner);
        }
    }
}

#[test]
fn kill_of_the_provider_converges() {
    for owner in ["", "provider \"eks\" {\n  owner = \"payments\"\n}"] {
        for moment in MOMENTS {
            let world = (moment.world)();
            let terraform = Workspace::new(&world, &grant(owner, ""));
            let running = moment.reach(&world, &terraform);
            for pid in providers(running.pid()) {
                kill("-KILL", &pid.to_string());
            }
            running.finish().failed();
            // The emulator may still be at a call that was under way.
            wait_for(|| world.calls_are_over().then_some(()));
            goes_on(&world, &terraform, &moment, owner);
        }
    }
}

#[test]
fn second_interrupt_leaves_no_process_and_converges() {
    let owner = "provider \"eks\" {\n  owner = \"payments\"\n}";
    for moment in MOMENTS {
        let world = (moment.world)();
        let terraform = Workspace::new(&world, &grant(owner, ""));
        let running = moment.reach(&world, &terraform);
        let providers = providers(running.pid());
        running.signal_group("-INT");
        // Terraform may be gone already.
        running.try_signal_group("-INT");
        running.finish();
        all_gone(providers);
        wait_for(|| world.calls_are_over().then_some(()));
        goes_on(&world, &terraform, &moment, owner);
    }
}

/// No state was saved, but perhaps an entry was made.
#[track_caller]
fn goes_on(world: &World, terraform: &Workspace, moment: &Moment, owner: &str) {
    end_of(world);
    // A killed Terraform cannot unlock.
    let _ = std::fs::remove_file(terraform.path().join(".terraform.tfstate.lock.info"));
    let explained = owner.is_empty() && !world.entries().is_empty() && terraform.addresses().is_empty();
    if !explained {
        return converges(world, terraform, moment);
    }
    let output = terraform.apply().failed().says("Access entry exists already");
    // The block that the error prints, taken literally.
    let words: Vec<_> = output.text.split_whitespace().collect();
    let at = words.windows(2).position(|pair| pair == ["id", "="]).unwrap();
    let import = format!("import {{\n  to = {GRANT}\n  id = {}\n}}\n", words[at + 2]);
    terraform.file("import.tf", &import);
    terraform.apply().ok();
    assert_right(world, terraform, moment);
}

/// The SDK's pause between two attempts may take 20 s, and it would try once more at its end.
#[test]
fn interrupt_ends_a_write_that_is_refused_over_and_over() {
    let world = World::new();
    let terraform = Workspace::new(&world, &grant("", ""));
    let throttling = json!({ "service": "eks", "operation": "CreateAccessEntry", "status": 429, "code": "ThrottlingException" });
    world.fault(throttling);
    let running = terraform.start_apply();
    let tries = || world.writes().len();
    wait_for(|| (tries() >= 4).then_some(()));
    let tried = tries();
    running.signal_group("-INT");
    running
        .finish()
        .failed()
        .says("Error: Terraform was interrupted")
        .says("No access entry was made for DeveloperAccess")
        .does_not_say("max_retries");
    assert_eq!(tries(), tried);
    world.clear_faults();
    terraform.apply().ok();
    terraform.plans_nothing();
}
