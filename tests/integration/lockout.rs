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

/// Each of them alone could go, as the other one stays.
#[test]
fn administrators_that_go_together_are_announced() {
    let title = "Last cluster administrator will be removed";
    let world = World::new();
    let two = |policies: &str| {
        let other = admins(policies).replace("AdministratorAccess", "DeveloperAccess");
        format!("{}{}", admins(policies), other.replace("\"admins\"", "\"two\""))
    };
    let terraform = Bench::new(&world, &two(CLUSTER_ADMIN));
    terraform.apply().ok();
    terraform.plan().does_not_say(title);
    terraform.write(&two(r#"AmazonEKSClusterAdminPolicy = { namespaces = ["payments"] }"#));
    terraform.plan().says(title);
    terraform.write("provider \"eks\" {}\n");
    terraform.plan().says("2 to destroy").says(title);
    let destroy = terraform.run(&["plan", "-destroy", "-input=false", "-no-color"]);
    destroy.ok().says(title);
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

const OWN: &str = "This takes away your own access";

fn by_arn(arn: &str, scope: &str) -> String {
    format!(
        "resource \"eks_sso_access\" \"own\" {{\n  cluster_name = \"payments-prod\"\n  iam_principal_arn = \"{arn}\"\n  access_policies = {{\n    \
         AmazonEKSViewPolicy = {{ {scope} }}\n  }}\n}}\n"
    )
}

/// Narrowed, given to others, removed, destroyed: each is told, and more access is not.
#[track_caller]
fn every_end_is_announced(world: &World, provider: &str, arn: &str, caller: &str) {
    let with = |grant: String| format!("{provider}{grant}");
    let narrow = "namespaces = [\"payments\"]";
    let terraform = Bench::new(world, &with(by_arn(arn, narrow)));
    terraform.apply().ok().does_not_say(OWN);
    terraform.write(&with(by_arn(arn, "scope = \"cluster\"")));
    terraform.plan().says("1 to change").does_not_say(OWN);
    terraform.apply().ok();
    terraform.write(&with(by_arn(arn, narrow)));
    terraform.plan().says(OWN).says(&format!("  {caller}\n"));
    let other = format!("arn:aws:iam::{}:role/Other", world.member);
    terraform.write(&with(by_arn(&other, narrow)));
    terraform.plan().says(OWN);
    terraform.write(provider);
    terraform.plan().says("1 to destroy").says(OWN);
    terraform.write(&with(by_arn(arn, narrow)));
    terraform.run(&["plan", "-destroy", "-input=false", "-no-color"]).ok().says(OWN);
}

fn world_of_roles() -> World {
    let role = |account: &str, name: &str| serde_json::json!({ "account": account, "name": name, "path": "/ops/" });
    let other = serde_json::json!({ "account": "MEMBER", "name": "Other" });
    World::with(serde_json::json!({ "roles": [role("MEMBER", "Deployer"), role("MANAGEMENT", "Through"), other] }))
}

#[test]
fn own_way_in_of_a_user_is_announced() {
    let world = world_of_roles();
    world.aws(&["iam", "create-user", "--user-name", "test"]);
    let user = format!("arn:aws:iam::{}:user/test", world.member);
    assert_eq!(world.aws(&["sts", "get-caller-identity"])["Arn"], serde_json::json!(user));
    every_end_is_announced(&world, "", &user, &user);
}

#[test]
fn entry_of_another_user_may_go_quietly() {
    let world = world_of_roles();
    world.aws(&["iam", "create-user", "--user-name", "test2"]);
    let user = format!("arn:aws:iam::{}:user/test2", world.member);
    let terraform = Bench::new(&world, &by_arn(&user, "scope = \"cluster\""));
    terraform.apply().ok();
    terraform.write("");
    terraform.plan().says("1 to destroy").does_not_say(OWN);
}

#[test]
fn own_way_in_of_a_session_is_announced_where_an_arn_names_its_role() {
    let world = world_of_roles();
    let role = format!("arn:aws:iam::{}:role/ops/Deployer", world.member);
    let provider = format!("provider \"eks\" {{\n  assume_role {{\n    role_arn = {role:?}\n    session_name = \"ci\"\n  }}\n}}\n");
    let session = format!("arn:aws:sts::{}:assumed-role/Deployer/ci", world.member);
    every_end_is_announced(&world, &provider, &role, &session);
}

/// What else the run does in another account's cluster, it does by the same role.
#[test]
fn own_way_in_by_the_role_that_reaches_an_account_is_announced() {
    let world = world_of_roles();
    let place = serde_json::json!({ "account": world.management, "region": crate::emulator::REGION, "name": "tools" });
    crate::emulator::post("cluster", place);
    let role = format!("arn:aws:iam::{}:role/ops/Through", world.management);
    let provider = "provider \"eks\" {\n  account_access {\n    role_name = \"ops/Through\"\n  }\n}\n";
    let grant = by_arn(&role, "scope = \"cluster\"").replace(
        "cluster_name = \"payments-prod\"",
        &format!("cluster_name = \"tools\"\n  account_id = {:?}", world.management),
    );
    let terraform = Bench::new(&world, &format!("{provider}{grant}"));
    terraform.apply().ok();
    terraform.write(provider);
    terraform.plan().says(OWN).says(&format!("  {role}\n"));
}

const LAST: &str = "Last cluster administrator will be removed";
const NARROWED: &str = r#"AmazonEKSClusterAdminPolicy = { namespaces = ["payments"] }"#;

/// A world in which others have made the entry of the administrators.
fn administered_by_others() -> World {
    let world = World::new();
    world.create_entry_elsewhere("AdministratorAccess", &[]);
    world.associate(
        &world.role_arn("AdministratorAccess"),
        "AmazonEKSClusterAdminPolicy",
        "type=cluster",
    );
    world
}

fn told(policies: &str, argument: &str) -> String {
    admins(policies).replace("access_policies", &format!("{argument}\n  access_policies"))
}

fn as_administrator(world: &World) -> String {
    let role = world.role_arn("AdministratorAccess");
    format!("provider \"eks\" {{\n  assume_role {{\n    role_arn = {role:?}\n  }}\n}}\n")
}

#[test]
fn administrator_whose_entry_is_adopted_or_joined_and_narrowed_is_announced() {
    let view = r#"AmazonEKSViewPolicy = { scope = "cluster" }"#;
    let (adopt, share) = ("on_existing = \"adopt\"", "policy_management = \"additive\"");
    for (policies, argument, takes) in [
        (view, adopt, true),
        (NARROWED, adopt, true),
        (NARROWED, share, true),
        (view, share, false),
        (CLUSTER_ADMIN, adopt, false),
    ] {
        let world = administered_by_others();
        let terraform = Bench::new(&world, &format!("{}{}", as_administrator(&world), told(policies, argument)));
        let plan = terraform.plan();
        for title in [LAST, OWN] {
            assert_eq!(plan.text.contains(title), takes, "{policies} {argument}: {}", plan.text);
        }
    }
}

#[test]
fn scope_that_a_joining_narrows_is_told() {
    let world = administered_by_others();
    let terraform = Bench::new(&world, &told(NARROWED, "policy_management = \"additive\""));
    terraform
        .plan()
        .says("Existing access entry will be shared")
        .says("narrow AmazonEKSClusterAdminPolicy from the whole cluster to namespaces payments");
}

#[test]
fn administrator_who_is_taken_over_quietly_while_another_stays() {
    let world = administered_by_others();
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    world.associate(&world.role_arn("DeveloperAccess"), "AmazonEKSClusterAdminPolicy", "type=cluster");
    let terraform = Bench::new(&world, &told(NARROWED, "on_existing = \"adopt\""));
    terraform.plan().says("will be taken over").does_not_say(LAST).does_not_say(OWN);
}

/// The new role has an entry of others, which administers.
#[test]
fn administrator_whose_entry_a_rotation_takes_over_is_announced() {
    let world = World::new();
    let view = r#"AmazonEKSViewPolicy = { scope = "cluster" }"#;
    let terraform = Bench::new(&world, &admins(view));
    terraform.apply().ok();
    let set = serde_json::json!({ "account": world.member, "permission_set": "AdministratorAccess" });
    let role = crate::emulator::post("reprovision", set);
    let role = role["arn"].as_str().unwrap();
    world.create_entry_of(role, &[]);
    world.associate(role, "AmazonEKSClusterAdminPolicy", "type=cluster");
    terraform.plan().says("Access entry of the new role is taken over").says(LAST);
}

/// What others gave on a shared entry goes with the sharing, and what this grant never named leaves it alone.
#[test]
fn administrator_by_others_is_announced_where_sharing_ends_and_not_where_it_begins() {
    let world = administered_by_others();
    let shared = format!(
        "{}{}",
        as_administrator(&world),
        told(r#"AmazonEKSViewPolicy = { scope = "cluster" }"#, "policy_management = \"additive\"")
    );
    let terraform = Bench::new(&world, &shared);
    terraform.apply().ok();
    terraform.write(&shared.replace("additive", "exclusive"));
    terraform.plan().says("Access of others is removed").says(LAST).says(OWN);
    let alone = shared
        .replace("additive", "exclusive")
        .replace("AmazonEKSViewPolicy", &format!("{CLUSTER_ADMIN}, AmazonEKSViewPolicy"));
    terraform.write(&alone);
    terraform.plan().does_not_say(LAST).does_not_say(OWN);
    terraform.apply().ok();
    terraform.write(&shared);
    terraform.plan().does_not_say(LAST).does_not_say(OWN);
}
