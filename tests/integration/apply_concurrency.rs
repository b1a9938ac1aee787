//! `eks_sso_access`: two who write at once (somebody else, another resource of the same configuration, the same
//! resource under another key), and anything in any order.

use crate::core::Bench;
use crate::emulator::{CLUSTER, World, post};
use crate::terraform::Output;
use serde_json::{Value, json};

fn grant(name: &str, arguments: &str) -> String {
    format!(
        r#"
resource "eks_sso_access" "{name}" {{
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"

  access_policies = {{
    AmazonEKSViewPolicy = {{ scope = "cluster" }}
  }}
  {arguments}
}}
"#
    )
}

/// Applies while somebody else makes the entry, after Terraform has planned for the last time.
fn apply_into(world: &World, terraform: &Bench, policies: &[(&str, &str)], more: &[&str]) -> Output {
    // Only the first call of each waits, which is Terraform's.
    world.fault(json!({ "service": "iam", "operation": "GetRole", "times": 1, "hold": true }));
    let apply = terraform.start_apply();
    world.wait_for_call("GetRole");
    world.create_entry_elsewhere("DeveloperAccess", more);
    for (policy, scope) in policies {
        world.associate(&world.role_arn("DeveloperAccess"), policy, scope);
    }
    world.forget_calls();
    world.clear_faults();
    apply.finish()
}

fn policies(world: &World) -> Vec<(String, String)> {
    let entry = world.entry();
    let mut found: Vec<_> = entry["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| {
            let name = policy["policyArn"].as_str().unwrap().rsplit('/').next().unwrap();
            (name.to_owned(), policy["accessScope"]["type"].as_str().unwrap().to_owned())
        })
        .collect();
    found.sort();
    found
}

fn held(policies: &[(&str, &str)]) -> Vec<(String, String)> {
    policies
        .iter()
        .map(|(name, scope)| ((*name).to_owned(), (*scope).to_owned()))
        .collect()
}

#[test]
fn entry_made_meanwhile_is_refused() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant("people", ""));
    apply_into(&world, &terraform, &[("AmazonEKSEditPolicy", "type=cluster")], &[])
        .failed()
        .says("Access entry exists already")
        .says("AmazonEKSEditPolicy")
        .says("to take it over: import")
        .says("payments-prod,DeveloperAccess");
    assert_eq!(world.writes(), ["CreateAccessEntry"]);
    assert_eq!(policies(&world), held(&[("AmazonEKSEditPolicy", "cluster")]));
    assert!(terraform.addresses().is_empty());
}

/// A wider scope is not narrowed, other policies stay; both are the next plan's drift.
#[test]
fn adoption_that_no_plan_showed_only_adds() {
    let world = World::new();
    let config = r#"
resource "eks_sso_access" "people" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  on_existing         = "adopt"

  access_policies = {
    AmazonEKSAdminPolicy = { namespaces = ["payments"] }
    AmazonEKSViewPolicy  = { scope = "cluster" }
  }
}
"#;
    let terraform = Bench::new(&world, config);
    let theirs = [("AmazonEKSAdminPolicy", "type=cluster"), ("AmazonEKSEditPolicy", "type=cluster")];
    apply_into(&world, &terraform, &theirs, &[]).ok();
    assert_eq!(
        policies(&world),
        held(&[
            ("AmazonEKSAdminPolicy", "cluster"),
            ("AmazonEKSEditPolicy", "cluster"),
            ("AmazonEKSViewPolicy", "cluster")
        ])
    );
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    terraform.apply_plan().ok();
    assert_eq!(
        policies(&world),
        held(&[("AmazonEKSAdminPolicy", "namespace"), ("AmazonEKSViewPolicy", "cluster")])
    );
    terraform.plans_nothing();
}

#[test]
fn adoption_that_no_plan_showed_changes_neither_groups_nor_user_name() {
    for theirs in [["--kubernetes-groups", "theirs"], ["--username", "theirs:{{SessionName}}"]] {
        let world = World::new();
        let terraform = Bench::new(&world, &grant("people", "on_existing = \"adopt\""));
        apply_into(&world, &terraform, &[], &theirs)
            .failed()
            .says("Access entry exists already")
            .says("was left as it is");
        assert_eq!(world.writes(), ["CreateAccessEntry"]);
        assert!(terraform.addresses().is_empty());
    }
}

const NOT_AS_PLANNED: &str = "Provider produced inconsistent final plan";
const ADMINISTRATION: [(&str, &str); 1] = [("AmazonEKSClusterAdminPolicy", "type=cluster")];
const NARROWED: &str = r#"
resource "eks_sso_access" "people" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  access_policies     = { AmazonEKSClusterAdminPolicy = { namespaces = ["payments"] } }
  HOW
}
"#;

fn adopting() -> [String; 3] {
    [
        grant("people", "on_existing = \"adopt\""),
        NARROWED.replace("HOW", "on_existing = \"adopt\""),
        NARROWED.replace("HOW", "policy_management = \"additive\""),
    ]
}

fn make_elsewhere(world: &World, policies: &[(&str, &str)]) {
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    for (policy, scope) in policies {
        world.associate(&world.role_arn("DeveloperAccess"), policy, scope);
    }
}

/// Terraform plans once more within the apply, and what that finds nobody has read.
#[test]
fn entry_that_appears_after_the_plan_loses_nothing() {
    for config in adopting() {
        let world = World::new();
        let terraform = Bench::new(&world, &config);
        terraform.plan().does_not_say("status");
        make_elsewhere(&world, &ADMINISTRATION);
        world.forget_calls();
        terraform.apply_plan().failed().says(NOT_AS_PLANNED).says("status");
        assert_eq!(world.writes(), [] as [&str; 0]);
        assert!(terraform.addresses().is_empty());
        // The next plan shows what becomes of it.
        terraform.plan().says("Existing access entry will be");
        terraform.apply_plan().ok();
        terraform.plans_nothing();
    }
}

/// The same in an apply whose plan was made a moment before, while it makes something else first.
#[test]
fn entry_that_appears_while_the_apply_waits_for_others_loses_nothing() {
    for config in adopting() {
        let world = World::new();
        let waits = config.replace("access_policies", "depends_on = [terraform_data.first]\n  access_policies");
        let terraform = Bench::new(&world, &format!("resource \"terraform_data\" \"first\" {{\n}}\n{waits}"));
        let elsewhere = world.role_arn("DeveloperAccess");
        let world = std::sync::Arc::new(world);
        let theirs = world.clone();
        terraform.once_made("terraform_data.first", move || {
            theirs.create_entry_of(&elsewhere, &[]);
            theirs.associate(&elsewhere, ADMINISTRATION[0].0, ADMINISTRATION[0].1);
        });
        terraform.apply().failed().says(NOT_AS_PLANNED);
        assert_eq!(policies(&world), held(&[("AmazonEKSClusterAdminPolicy", "cluster")]));
    }
}

/// The same for one that was there, and has got more since.
#[test]
fn entry_that_gets_more_after_the_plan_loses_nothing() {
    for config in adopting() {
        let world = World::new();
        make_elsewhere(&world, &[]);
        let terraform = Bench::new(&world, &config);
        terraform.plan().says("Existing access entry will be");
        world.associate(&world.role_arn("DeveloperAccess"), ADMINISTRATION[0].0, ADMINISTRATION[0].1);
        world.forget_calls();
        terraform.apply_plan().failed().says(NOT_AS_PLANNED);
        assert_eq!(world.writes(), [] as [&str; 0]);
    }
}

#[test]
fn entry_that_appears_after_the_plan_is_taken_over_where_it_only_gains() {
    for how in ["on_existing = \"adopt\"", "policy_management = \"additive\""] {
        let world = World::new();
        let terraform = Bench::new(&world, &grant("people", how));
        terraform.plan();
        make_elsewhere(&world, &[]);
        terraform.apply_plan().ok();
        terraform.plans_nothing();
    }
}

/// The new role's entry came after the plan.
#[test]
fn entry_of_a_new_role_that_appears_after_the_plan_loses_nothing() {
    for how in ["", "policy_management = \"additive\""] {
        let world = World::new();
        let terraform = Bench::new(&world, &NARROWED.replace("HOW", how));
        terraform.apply().ok();
        let role = post(
            "reprovision",
            json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
        );
        let role = role["arn"].as_str().unwrap();
        terraform.plan();
        world.create_entry_of(role, &[]);
        world.associate(role, ADMINISTRATION[0].0, ADMINISTRATION[0].1);
        world.forget_calls();
        terraform.apply_plan().failed().says(NOT_AS_PLANNED);
        assert_eq!(world.writes(), [] as [&str; 0]);
        terraform.plan().says("Access entry of the new role is taken over");
        terraform.apply_plan().ok();
        terraform.plans_nothing();
    }
}

/// A plan that cannot look says so, and its apply does what it said.
#[test]
fn plan_that_cannot_look_for_an_entry_says_what_the_apply_may_take() {
    let title = "Existing access entry may be taken over";
    let unknown = |value: &str| format!("resource \"terraform_data\" \"x\" {{\n  input = {value:?}\n}}\n");
    for config in adopting() {
        for (argument, value) in [("\"payments-prod\"", "payments-prod"), ("\"DeveloperAccess\"", "DeveloperAccess")] {
            let world = World::new();
            make_elsewhere(&world, &ADMINISTRATION);
            let open = config.replace(argument, "terraform_data.x.output");
            let terraform = Bench::new(&world, &format!("{}{open}", unknown(value)));
            terraform.plan().says(title).says("known only after its dependencies are applied");
            terraform.apply_plan().ok();
            terraform.plans_nothing();
        }
    }
    let world = World::new();
    make_elsewhere(&world, &ADMINISTRATION);
    let open = grant("people", "on_existing = terraform_data.x.output");
    let terraform = Bench::new(&world, &format!("{}{open}", unknown("adopt")));
    terraform.plan().says(title).says("remove AmazonEKSClusterAdminPolicy");
    terraform.apply_plan().ok();
    // What only adds needs no warning.
    let world = World::new();
    let open = grant("people", "policy_management = \"additive\"").replace("\"payments-prod\"", "terraform_data.x.output");
    let terraform = Bench::new(&world, &format!("{}{open}", unknown("payments-prod")));
    terraform.plan().does_not_say(title);
    terraform.apply_plan().ok();
}

#[test]
fn end_of_sharing_that_is_not_known_yet_is_told() {
    let world = World::new();
    make_elsewhere(&world, &ADMINISTRATION);
    let terraform = Bench::new(&world, &grant("people", "policy_management = \"additive\""));
    terraform.apply().ok();
    let open = grant("people", "policy_management = terraform_data.x.output");
    terraform.write(&format!(
        "resource \"terraform_data\" \"x\" {{\n  input = \"exclusive\"\n}}\n{open}"
    ));
    terraform
        .plan()
        .says("Access of others may be removed")
        .says("remove AmazonEKSClusterAdminPolicy");
    terraform.apply_plan().ok();
    assert_eq!(policies(&world), held(&[("AmazonEKSViewPolicy", "cluster")]));
}

/// The entry stays the other's: no state, and what was added is left for them to see.
#[test]
fn adoption_that_fails_leaves_no_state() {
    let world = World::new();
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    let terraform = Bench::new(&world, &grant("people", "on_existing = \"adopt\""));
    world.deny("eks", "AssociateAccessPolicy");
    terraform.apply().failed().says("Not allowed: eks:AssociateAccessPolicy");
    assert_eq!(world.entries().len(), 1);
    assert!(terraform.addresses().is_empty());
    world.clear_faults();
    terraform.apply().ok();
    terraform.plans_nothing();
}

/// The plan finds two resources for one grant, unless the role is made only during the apply: nothing tells before that a name and an
/// ARN are one.
#[test]
fn second_resource_for_one_grant_is_one_clear_error() {
    for arguments in ["", "on_existing = \"adopt\""] {
        let world = World::new();
        let late = format!("preflight = \"apply\"\n  {arguments}");
        let of = |name: &str, who: &str| grant(name, &late).replace("permission_set_name = \"DeveloperAccess\"", who);
        let arn = format!("iam_principal_arn = \"arn:aws:iam::{}:role/Late\"", world.member);
        let (one, two) = (of("one", "role_name = \"Late\""), of("two", &arn));
        let terraform = Bench::new(&world, &format!("{one}{two}"));
        let apply = terraform.start_apply();
        // Two plans of each have looked, and the apply itself.
        crate::emulator::wait_for(|| (world.calls().iter().filter(|call| *call == "GetRole").count() >= 4).then_some(()));
        let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
        world.aws(&["iam", "create-role", "--role-name", "Late", "--assume-role-policy-document", trust]);
        let output = apply
            .finish()
            .failed()
            .says("Two resources for one grant")
            .says("merge the two resources into one");
        assert_eq!(output.text.matches("Error:").count(), 1, "{}", output.text);
        assert_eq!(terraform.addresses().len(), 1);
        assert_eq!(world.entries().len(), 1, "what the state says is there");
        // Taking either away leaves a state that is true.
        let kept = terraform.addresses()[0].rsplit('.').next().unwrap().to_owned();
        terraform.write(if kept == "one" { &one } else { &two });
        terraform.plans_nothing();
    }
}

/// Create and delete of one entry in one apply, in whichever order Terraform takes them, of an entry that is adopted
/// and of one that is shared.
#[test]
fn renamed_key_keeps_the_access() {
    for takes_over in ["on_existing = \"adopt\"", "policy_management = \"additive\""] {
        for parallelism in ["1", "10"] {
            renamed(takes_over, parallelism);
        }
    }
}

fn renamed(takes_over: &str, parallelism: &str) {
    let world = World::new();
    let keyed = |key: &str| grant("people", &format!("{takes_over}\n  for_each = toset([\"{key}\"])"));
    let terraform = Bench::new(&world, &keyed("old"));
    terraform.apply().ok();
    terraform.write(&keyed("new"));
    assert_eq!(terraform.plan().code, Some(2));
    world.forget_calls();
    let output = terraform
        .run(&["apply", "-input=false", "-no-color", &format!("-parallelism={parallelism}"), "plan"])
        .ok();
    if !world.writes().contains(&"DeleteAccessEntry".to_owned()) {
        output.says("Warning: Access entry is kept").says("moved block");
    }
    assert_eq!(policies(&world), held(&[("AmazonEKSViewPolicy", "cluster")]));
    assert_eq!(terraform.addresses(), ["eks_sso_access.people[\"new\"]"]);
    terraform.plans_nothing();
}

#[test]
fn replacement_makes_the_entry_anew() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant("people", ""));
    terraform.apply().ok();
    let before = world.entry()["accessEntryArn"].clone();
    world.forget_calls();
    terraform
        .run(&[
            "apply",
            "-auto-approve",
            "-input=false",
            "-no-color",
            "-replace=eks_sso_access.people",
        ])
        .ok();
    assert_eq!(world.writes(), ["DeleteAccessEntry", "CreateAccessEntry", "AssociateAccessPolicy"]);
    assert_ne!(world.entry()["accessEntryArn"], before);
    terraform.plans_nothing();
}

/// The new object takes over the entry of the old one, whose delete is then left out: no gap. Terraform does not tell
/// a plan within an apply that it replaces something, so the take-over has to be allowed.
#[test]
fn replacement_that_creates_first_keeps_the_entry() {
    let replace = [
        "apply",
        "-auto-approve",
        "-input=false",
        "-no-color",
        "-replace=eks_sso_access.people",
    ];
    let world = World::new();
    let first = |on_existing: &str| {
        grant(
            "people",
            &format!("{on_existing}\n lifecycle {{\n create_before_destroy = true\n }}"),
        )
    };
    let terraform = Bench::new(&world, &first(""));
    terraform.apply().ok();
    world.forget_calls();
    terraform
        .run(&replace)
        .failed()
        .says("Access entry exists already")
        .says("on_existing = \"adopt\"");
    assert!(world.writes().is_empty(), "{:?}", world.writes());
    // What the failed replacement leaves names the same way out.
    terraform
        .plan()
        .failed()
        .says("Access entry is in this state already")
        .says("A replacement with create_before_destroy needs on_existing = \"adopt\"");
    // The way out that the messages name; the old object is still to be destroyed, and may be before the create.
    terraform.write(&first("on_existing = \"adopt\""));
    terraform.apply().ok();
    assert_eq!(policies(&world), held(&[("AmazonEKSViewPolicy", "cluster")]));
    terraform.plans_nothing();
    world.forget_calls();
    terraform
        .run(&replace)
        .ok()
        .says("Warning: Access entry is kept")
        .says("in this same run: by this resource's replacement (create_before_destroy), or by another resource");
    assert!(world.writes().is_empty(), "{:?}", world.writes());
    terraform.plans_nothing();
    // The plan knows its own entry, and the one within the apply takes it for one to be taken over.
    terraform.write(&first("on_existing = \"adopt\"").replace("{ scope = \"cluster\" }", "{ namespaces = [\"payments\"] }"));
    terraform.run(&replace).ok();
    assert_eq!(policies(&world), held(&[("AmazonEKSViewPolicy", "namespace")]));
    terraform.plans_nothing();
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

/// `-replace` accepts a role that was made anew.
#[test]
fn replacement_binds_the_entry_to_the_new_role() {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "break-glass" }] }));
    let config = grant("people", "").replace("permission_set_name = \"DeveloperAccess\"", "role_name = \"break-glass\"");
    let terraform = Bench::new(&world, &config);
    terraform.apply().ok();
    post("recreate-role", json!({ "account": world.member, "role_name": "break-glass" }));
    terraform
        .run(&[
            "apply",
            "-auto-approve",
            "-input=false",
            "-no-color",
            "-replace=eks_sso_access.people",
        ])
        .ok();
    let entry = world.entry();
    assert_eq!(entry["principalId"], entry["currentPrincipalId"]);
    assert_eq!(terraform.state("eks_sso_access.people")["status"], Value::Null);
    terraform.plans_nothing();
}

/// The new role's entry is made and the old role's cannot be deleted: the next apply tries again.
#[test]
fn old_entry_that_could_not_be_deleted_is_deleted_by_the_next_apply() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant("people", ""));
    terraform.apply().ok();
    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    world.deny("eks", "DeleteAccessEntry");
    terraform
        .apply()
        .failed()
        .says("Old access entry is left")
        .says("the next apply tries this again");
    assert_eq!(world.entries().len(), 2);
    assert_eq!(terraform.state("eks_sso_access.people")["status"], json!("moved"));
    world.clear_faults();
    let plan = terraform.plan().says("Warning: Access entry of an earlier role will be deleted");
    assert_eq!(plan.says(&world.role_arn("DeveloperAccess")).code, Some(2));
    terraform.apply_plan().ok();
    assert_eq!(policies(&world), held(&[("AmazonEKSViewPolicy", "cluster")]));
    terraform.plans_nothing();
}

/// The role comes back under the ARN whose entry could not be deleted: that entry is the grant's again.
#[test]
fn old_entry_that_serves_again_stays() {
    let world = World::new();
    let first = world.role_arn("DeveloperAccess");
    let name_of = |arn: &str| arn.rsplit('/').next().unwrap().to_owned();
    let path = first[first.find(":role/").unwrap() + 5..].replace(&name_of(&first), "");
    let replace_role = |old: &str, new: &str| {
        post("delete-role", json!({ "account": world.member, "role_name": old }));
        post(
            "world",
            json!({ "roles": [{ "account": world.member, "name": new, "path": path }] }),
        );
    };
    let second = "AWSReservedSSO_DeveloperAccess_0123456789abcdef";
    let terraform = Bench::new(&world, &grant("people", ""));
    terraform.apply().ok();
    replace_role(&name_of(&first), second);
    world.deny("eks", "DeleteAccessEntry");
    terraform.apply().failed().says("Old access entry is left");
    world.clear_faults();
    replace_role(second, &name_of(&first));
    terraform.apply().ok();
    assert_eq!(policies(&world), held(&[("AmazonEKSViewPolicy", "cluster")]));
    assert_eq!(world.entry()["principalArn"], json!(first));
    assert_eq!(terraform.state("eks_sso_access.people")["status"], Value::Null);
}

/// … or the destroy does, if it comes first.
#[test]
fn old_entry_that_could_not_be_deleted_is_deleted_by_the_destroy() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant("people", ""));
    terraform.apply().ok();
    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    world.deny("eks", "DeleteAccessEntry");
    terraform.apply().failed();
    world.clear_faults();
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

/// The new role's entry lacks its policy: the old entry stays until the new one is whole.
#[test]
fn move_that_fails_half_way_is_finished_by_the_next_apply() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant("people", ""));
    terraform.apply().ok();
    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    world.deny("eks", "AssociateAccessPolicy");
    terraform.apply().failed().says("Not allowed: eks:AssociateAccessPolicy");
    assert!(
        world
            .entries()
            .iter()
            .any(|entry| entry["principalArn"] == world.role_arn("DeveloperAccess"))
    );
    world.clear_faults();
    terraform.apply().ok();
    assert_eq!(policies(&world), held(&[("AmazonEKSViewPolicy", "cluster")]));
    assert_ne!(world.entry()["principalArn"], json!(world.role_arn("DeveloperAccess")));
    terraform.plans_nothing();
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

/// An imported grant follows its permission set as any other: nothing is left behind.
#[test]
fn imported_grant_moves_without_leaving_the_old_entry() {
    let world = World::new();
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    let terraform = Bench::new(&world, &grant("people", ""));
    terraform
        .run(&[
            "import",
            "-input=false",
            "-no-color",
            "eks_sso_access.people",
            "payments-prod,DeveloperAccess",
        ])
        .ok();
    terraform.apply().ok();
    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    terraform.apply().ok();
    assert_eq!(policies(&world), held(&[("AmazonEKSViewPolicy", "cluster")]));
    terraform.plans_nothing();
}

/// A small generator (xorshift), so that each seed is the same walk everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// A configuration, as the walk has changed it so far.
struct Config {
    policies: Vec<(&'static str, &'static str)>,
    groups: Vec<&'static str>,
    user_name: bool,
    tagged: bool,
}

impl Config {
    fn text(&self) -> String {
        let policies: Vec<_> = self
            .policies
            .iter()
            .map(|(name, scope)| format!("{name} = {{ {scope} }}"))
            .collect();
        let user_name = if self.user_name {
            "user_name = \"sso:{{SessionName}}\""
        } else {
            ""
        };
        let tags = if self.tagged { "tags = { team = \"a\" }" } else { "" };
        format!(
            "resource \"eks_sso_access\" \"people\" {{\n  cluster_name = \"payments-prod\"\n  permission_set_name = \"DeveloperAccess\"\n  \
             kubernetes_groups = {:?}\n  {user_name}\n  {tags}\n  access_policies = {{\n    {}\n  }}\n}}\n",
            self.groups,
            policies.join("\n    ")
        )
    }

    fn change(&mut self, dice: &mut Dice) {
        let scopes = ["scope = \"cluster\"", "namespaces = [\"a\"]", "namespaces = [\"a\", \"b-*\"]"];
        match dice.roll(5) {
            0 => self.groups = vec!["x", "y", "z"][..dice.roll(3) as usize].to_vec(),
            1 => self.user_name = !self.user_name,
            2 => self.tagged = !self.tagged,
            3 => {
                self.policies.pop();
            }
            _ => {
                let name = POLICIES[dice.roll(3) as usize];
                self.policies.retain(|(known, _)| *known != name);
                self.policies.push((name, scopes[dice.roll(3) as usize]));
            }
        }
    }
}

const POLICIES: [&str; 3] = ["AmazonEKSAdminPolicy", "AmazonEKSEditPolicy", "AmazonEKSViewPolicy"];

/// Something that somebody else does to the entry or the role. A call on an entry that is gone may fail.
fn interfere(world: &World, dice: &mut Dice) -> &'static str {
    let Some(entry) = world.entries().first().cloned() else {
        return "nothing";
    };
    let principal = entry["principalArn"].as_str().unwrap();
    let on = ["--cluster-name", CLUSTER, "--principal-arn", principal];
    let policy = format!("arn:aws:eks::aws:cluster-access-policy/{}", POLICIES[dice.roll(3) as usize]);
    match dice.roll(6) {
        0 => {
            world.aws(&[&["eks", "delete-access-entry"], &on[..]].concat());
            "delete"
        }
        1 => {
            world.aws(&[&["eks", "update-access-entry"], &on[..], &["--kubernetes-groups", "intruder"]].concat());
            "groups"
        }
        2 => {
            let scope = ["--access-scope", "type=namespace,namespaces=elsewhere"];
            world.aws(&[&["eks", "associate-access-policy"], &on[..], &["--policy-arn", &policy], &scope].concat());
            "policy"
        }
        3 => {
            let arn = entry["accessEntryArn"].as_str().unwrap();
            world.aws(&["eks", "tag-resource", "--resource-arn", arn, "--tags", "by=hand"]);
            "tag"
        }
        4 => {
            post(
                "reprovision",
                json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
            );
            "reprovision"
        }
        _ => {
            let name = principal.rsplit('/').next().unwrap();
            post("recreate-role", json!({ "account": world.member, "role_name": name }));
            "recreate"
        }
    }
}

/// Whatever happens between two applies, one apply puts it right.
#[test]
fn any_walk_ends_in_an_empty_plan_after_one_apply() {
    for seed in 1..=4_u64 {
        let world = World::new();
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut config = Config {
            policies: vec![(POLICIES[2], "scope = \"cluster\"")],
            groups: Vec::new(),
            user_name: false,
            tagged: false,
        };
        let terraform = Bench::new(&world, &config.text());
        terraform.apply().ok();
        let mut walk = Vec::new();
        for _ in 0..6 {
            for _ in 0..=dice.roll(2) {
                if dice.roll(2) == 0 {
                    config.change(&mut dice);
                    walk.push("configuration");
                } else {
                    walk.push(interfere(&world, &mut dice));
                }
            }
            terraform.write(&config.text());
            let apply = terraform.apply();
            assert_eq!(apply.code, Some(0), "seed {seed}, {walk:?}: {}", apply.text);
            let plan = terraform.plan();
            assert_eq!(plan.code, Some(0), "seed {seed}, {walk:?}: {}", plan.text);
            let entry = world.entry();
            assert_eq!(entry["principalId"], entry["currentPrincipalId"], "seed {seed}, {walk:?}");
            assert_eq!(
                entry["policies"].as_array().unwrap().len(),
                config.policies.len(),
                "seed {seed}, {walk:?}"
            );
        }
    }
}

/// A saved plan says nothing of what others have put on the entry since.
#[test]
fn what_an_entry_got_after_the_plan_of_an_update_stays_until_a_plan_shows_it() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant("people", "kubernetes_groups = [\"people\"]"));
    terraform.apply().ok();
    terraform.write(&grant("people", "kubernetes_groups = [\"people\"]\n  tags = { a = \"b\" }"));
    terraform.plan();
    let arn = world.role_arn("DeveloperAccess");
    world.associate(&arn, ADMINISTRATION[0].0, ADMINISTRATION[0].1);
    let of = ["--cluster-name", CLUSTER, "--principal-arn", &arn];
    world.aws(
        &[
            &["eks", "update-access-entry"][..],
            &of,
            &["--kubernetes-groups", "late", "people", "--username", "late:x"],
        ]
        .concat(),
    );
    let entry = world.entry()["accessEntryArn"].as_str().unwrap().to_owned();
    world.aws(&["eks", "tag-resource", "--resource-arn", &entry, "--tags", "late=1"]);
    let apply = terraform.apply_plan().ok().says("Access entry got more after the plan");
    apply
        .says("group late")
        .says("user name late:x")
        .says("tag late")
        .says(ADMINISTRATION[0].0);
    let left = world.entry();
    assert_eq!(left["kubernetesGroups"], json!(["late", "people"]));
    assert_eq!(
        (&left["username"], &left["tags"]),
        (&json!("late:x"), &json!({ "a": "b", "late": "1" }))
    );
    assert_eq!(policies(&world).len(), 2);
    assert_eq!(terraform.plan().code, Some(2));
    terraform.apply_plan().ok().does_not_say("after the plan");
    assert_eq!(policies(&world).len(), 1);
    assert_eq!(world.entry()["kubernetesGroups"], json!(["people"]));
    terraform.plans_nothing();
}
