//! Whose an access entry is: an apply touches only an entry that its plan showed, or that it provably made.
//!
//! Each test crosses a create or a destroy that goes wrong with somebody else who is at work on the same entry.

use crate::core::Bench;
use crate::emulator::{CLUSTER, World, post, wait_for};
use crate::loopback::{Server, to_aws};
use serde_json::{Value, json};

const GRANT: &str = "eks_sso_access.developers";
const OWNER: &str = "provider \"eks\" {\n  owner       = \"team-a\"\n  max_retries = 2\n}\n";
const NO_OWNER: &str = "provider \"eks\" {\n  max_retries = 2\n}\n";
const CREATE: &str = "CreateAccessEntry";

/// A grant that gives up after a few seconds.
fn grant(provider: &str, arguments: &str) -> String {
    format!(
        r#"{provider}
resource "eks_sso_access" "developers" {{
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  access_policies     = {{ AmazonEKSViewPolicy = {{ scope = "cluster" }} }}
  {arguments}
  timeouts {{
    create = "3s"
    update = "3s"
  }}
}}
"#
    )
}

fn fault(world: &World, operation: &str, more: Value) {
    let mut rule = json!({ "service": "eks", "operation": operation });
    rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.fault(rule);
}

/// The first call waits until the faults are cleared, and then says that AWS is broken.
fn broken_and_held() -> Value {
    json!({ "times": 1, "hold": true, "status": 500, "code": "ServerException", "message": "broken" })
}

/// By other hands: the entry goes, and another one comes.
fn replace_elsewhere(world: &World, more: &[&str]) -> String {
    let arn = world.role_arn("DeveloperAccess");
    world.aws(&["eks", "delete-access-entry", "--cluster-name", CLUSTER, "--principal-arn", &arn]);
    world.create_entry_elsewhere("DeveloperAccess", more);
    entry_arn(world)
}

fn entry_arn(world: &World) -> String {
    world.entry()["accessEntryArn"].as_str().unwrap().to_owned()
}

/// Nothing of ours is left, and theirs is as it was.
#[track_caller]
fn is_untouched(world: &World, theirs: &Value) {
    assert_eq!(world.entry(), *theirs, "{:?}", world.writes());
}

/// O1: nothing was sent, so there is nothing to remember. The network goes between the last look and the create.
#[test]
fn create_that_never_reached_aws_is_a_plain_failure() {
    let world = World::new();
    let mut terraform = Bench::new(&world, &grant(NO_OWNER, ""));
    let counting = Server::http(to_aws);
    terraform.set_env("AWS_ENDPOINT_URL_EKS", &counting.url());
    terraform.plan();
    // Terraform plans once more within the apply.
    let closing = Server::to_aws_for(counting.requests().len());
    terraform.set_env("AWS_ENDPOINT_URL_EKS", &closing.url());
    let apply = terraform.apply_plan().failed();
    apply.says("No access entry was made").does_not_say("may exist");
    assert_eq!(closing.requests().len(), counting.requests().len());
    assert!(terraform.addresses().is_empty());
    assert!(world.entries().is_empty());
}

/// O1, O3: an answer was lost for good, and nobody can tell whose the entry is. It is nobody's to delete.
#[test]
fn create_without_an_answer_leaves_no_state_that_would_delete_the_entry() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(NO_OWNER, ""));
    fault(&world, CREATE, json!({ "lose_answer": true }));
    terraform
        .apply()
        .failed()
        .says("The create was not confirmed: the access entry")
        .says("terraform import eks_sso_access.NAME");
    assert!(
        terraform.addresses().is_empty(),
        "a tainted grant would be deleted by the next apply"
    );
    world.clear_faults();
    let left = world.entry();
    terraform.plan().failed().says("Access entry exists already");
    terraform.apply().failed();
    is_untouched(&world, &left);
}

/// O2: a conflict after a lost answer is no proof, though the entry looks just like the one that was sent.
#[test]
fn conflict_after_a_lost_answer_is_no_proof() {
    let world = World::new();
    world.settings(json!({ "ignore_request_tokens": true }));
    let terraform = Bench::new(&world, &grant(NO_OWNER, ""));
    fault(&world, CREATE, json!({ "times": 1, "lose_answer": true }));
    terraform.apply().failed().says("nobody can tell who made it");
    assert!(terraform.addresses().is_empty());
    assert_eq!(world.writes(), [CREATE, CREATE], "the entry is not touched");
}

/// The SDK has given up, but the same request with the same token is answered with the entry.
#[test]
fn create_is_sent_again_after_the_last_answer_was_lost() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(NO_OWNER, ""));
    // Both tries of the SDK.
    fault(&world, CREATE, json!({ "times": 2, "lose_answer": true }));
    terraform.apply().ok();
    assert_eq!(world.writes(), [CREATE, CREATE, CREATE, "AssociateAccessPolicy"]);
    terraform.plans_nothing();
}

/// What EKS says of the request that was sent again is told, not that answers were lost before.
#[test]
fn conflict_with_what_was_sent_again_is_told() {
    let world = World::new();
    world.settings(json!({ "ignore_request_tokens": true }));
    let terraform = Bench::new(&world, &grant(NO_OWNER, ""));
    fault(&world, CREATE, json!({ "times": 2, "lose_answer": true }));
    terraform
        .apply()
        .failed()
        .says("409 ResourceInUseException")
        .says("nobody can tell who made it");
    assert!(terraform.addresses().is_empty());
}

/// A stop request ends the sending, but why nobody knows what became of the entry is that its answer was lost.
#[test]
fn stop_after_a_lost_answer_does_not_hide_the_loss() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(NO_OWNER, "").replace("\"3s\"", "\"60s\""));
    fault(&world, CREATE, json!({ "lose_answer": true }));
    let apply = terraform.start_apply();
    wait_for(|| (world.writes().len() > 2).then_some(()));
    apply.stop();
    apply
        .finish()
        .failed()
        .says("The create was not confirmed: the access entry")
        .does_not_say("asked the provider to stop");
    assert!(terraform.addresses().is_empty());
}

/// O2: the first request never arrived, and an entry of somebody else's meets the second.
#[test]
fn entry_of_others_that_looks_as_sent_is_not_undone() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(NO_OWNER, ""));
    fault(&world, CREATE, broken_and_held());
    let apply = terraform.start_apply();
    world.wait_for_call(CREATE);
    world.create_entry_elsewhere("DeveloperAccess", &[]);
    let theirs = world.entry();
    world.clear_faults();
    apply.finish().failed();
    is_untouched(&world, &theirs);
    assert!(!world.writes().contains(&"DeleteAccessEntry".to_owned()));
    assert!(terraform.addresses().is_empty());
}

/// With an owner the mark of this very create is the proof.
#[test]
fn owner_finds_its_own_create_after_lost_answers() {
    for tokens_are_ignored in [true, false] {
        let world = World::new();
        world.settings(json!({ "ignore_request_tokens": tokens_are_ignored }));
        let terraform = Bench::new(&world, &grant(OWNER, ""));
        fault(&world, CREATE, json!({ "lose_answer": true }));
        terraform.apply().ok();
        world.clear_faults();
        terraform.plans_nothing();
        assert_eq!(terraform.state(GRANT)["tags_all"], Value::Null, "owner and mark do not show");
        terraform.destroy().ok();
        assert!(world.entries().is_empty());
    }
}

/// The owner's tag alone is on every entry of the owner's: it does not prove that this create made it.
#[test]
fn mark_of_another_create_is_no_proof() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(OWNER, ""));
    fault(&world, CREATE, broken_and_held());
    let apply = terraform.start_apply();
    world.wait_for_call(CREATE);
    let tags = "terraform-provider-eks:owner=team-a,terraform-provider-eks:create=another";
    world.create_entry_elsewhere("DeveloperAccess", &["--kubernetes-groups", "theirs", "--tags", tags]);
    let theirs = world.entry();
    world.clear_faults();
    apply.finish().failed();
    is_untouched(&world, &theirs);
}

/// O4: EKS does not show a new entry at once, so one look that finds none says nothing.
#[test]
fn lost_answer_and_an_entry_that_is_not_yet_visible() {
    let world = World::new();
    world.settings(json!({ "ignore_request_tokens": true, "hide_new_entry_reads": 1 }));
    let terraform = Bench::new(&world, &grant(OWNER, ""));
    // Both tries of the SDK; the one after them is answered with a conflict.
    fault(&world, CREATE, json!({ "times": 2, "lose_answer": true }));
    terraform.apply().ok();
    terraform.plans_nothing();
}

/// O6: the same owner's entry allows more than is configured now. Finishing it would narrow it without a word.
#[test]
fn entry_of_our_owner_that_goes_beyond_the_configuration_is_refused() {
    let world = World::new();
    let config = grant(OWNER, "").replace("{ scope = \"cluster\" }", "{ namespaces = [\"a\"] }");
    let terraform = Bench::new(&world, &config);
    world.create_entry_elsewhere("DeveloperAccess", &["--tags", "terraform-provider-eks:owner=team-a"]);
    world.associate(&world.role_arn("DeveloperAccess"), "AmazonEKSViewPolicy", "type=cluster");
    let theirs = world.entry();
    terraform.plan().failed().says("Access entry exists already");
    terraform.apply().failed();
    is_untouched(&world, &theirs);
}

/// An entry of another owner is refused, even under adopt, and even where there is nothing to change on it.
#[test]
fn entry_of_another_owner_is_refused() {
    for how in ["", "on_existing = \"adopt\"", "policy_management = \"additive\""] {
        let world = World::new();
        world.create_entry_elsewhere("DeveloperAccess", &["--tags", "terraform-provider-eks:owner=team-b"]);
        let theirs = world.entry();
        let terraform = Bench::new(&world, &grant(OWNER, how));
        terraform
            .plan()
            .failed()
            .says("Access entry belongs to another configuration")
            .says("team-b")
            .says("If \"team-b\" has given it up, remove its tag: aws eks untag-resource --region eu-west-1 --tag-keys");
        terraform.apply().failed();
        is_untouched(&world, &theirs);
    }
}

/// O7: on an entry that is only joined, our owner's tag would tell a later grant that it is ours.
#[test]
fn joined_entry_is_not_signed() {
    let world = World::new();
    world.create_entry_elsewhere("DeveloperAccess", &["--kubernetes-groups", "theirs"]);
    let shared = grant(OWNER, "policy_management = \"additive\"");
    let terraform = Bench::new(&world, &shared);
    terraform.apply().ok();
    assert_eq!(world.entry()["tags"], json!({}));
    terraform.destroy().ok();
    assert_eq!(world.entry()["tags"], json!({}));
    Bench::new(&world, &grant(OWNER, ""))
        .plan()
        .failed()
        .says("Access entry exists already");
}

/// O8: whoever could set the tag could forge an owner.
#[test]
fn tags_of_the_provider_are_refused() {
    let world = World::new();
    for key in ["terraform-provider-eks:owner", "terraform-provider-eks:create"] {
        let terraform = Bench::new(&world, &grant(OWNER, &format!("tags = {{ \"{key}\" = \"x\" }}")));
        terraform.plan().failed().says(key).says("set owner in the provider block");
    }
}

/// O10: a second run has taken the entry over while the first one was stuck; the first one's undo leaves it alone.
#[test]
fn undo_leaves_what_somebody_has_taken_over_since() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(OWNER, ""));
    let refused = json!({ "times": 1, "hold": true, "status": 403, "code": "AccessDeniedException", "message": "no" });
    fault(&world, "AssociateAccessPolicy", refused);
    let first = terraform.start_apply();
    world.wait_for_call("AssociateAccessPolicy");
    let second = Bench::new(&world, &grant(OWNER, ""));
    second.apply().ok();
    let taken = world.entry();
    world.clear_faults();
    first.finish().failed().says("Access entry was taken over by somebody else");
    is_untouched(&world, &taken);
    second.plans_nothing();
}

/// O10: somebody has made by hand the very change that was refused. It was not made here, so the entry is theirs by now.
#[test]
fn undo_leaves_the_refused_change_that_somebody_else_made() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(NO_OWNER, ""));
    let refused = json!({ "times": 1, "hold": true, "status": 403, "code": "AccessDeniedException", "message": "no" });
    fault(&world, "AssociateAccessPolicy", refused);
    let apply = terraform.start_apply();
    world.wait_for_call("AssociateAccessPolicy");
    world.associate(&world.role_arn("DeveloperAccess"), "AmazonEKSViewPolicy", "type=cluster");
    let taken = world.entry();
    world.clear_faults();
    apply.finish().failed().says("Access entry was taken over by somebody else");
    is_untouched(&world, &taken);
}

/// A destroy looks first: under the same principal there is another entry by now.
#[test]
fn destroy_leaves_an_entry_that_replaced_ours() {
    for refresh in [&[][..], &["-refresh=false"]] {
        let world = World::new();
        let terraform = Bench::new(&world, &grant(NO_OWNER, ""));
        terraform.apply().ok();
        terraform
            .run(&[&["plan", "-destroy", "-out=plan", "-input=false"], refresh].concat())
            .ok();
        replace_elsewhere(&world, &["--kubernetes-groups", "theirs"]);
        let theirs = world.entry();
        terraform.apply_plan().ok().says("Access entry of somebody else is kept");
        is_untouched(&world, &theirs);
        assert!(terraform.addresses().is_empty());
    }
}

/// The same for a change that a plan has shown.
#[test]
fn update_of_an_entry_that_replaced_ours_writes_nothing() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(NO_OWNER, ""));
    terraform.apply().ok();
    terraform.write(&grant(NO_OWNER, "kubernetes_groups = [\"team\"]"));
    terraform.plan();
    replace_elsewhere(&world, &[]);
    let theirs = world.entry();
    world.forget_calls();
    terraform.apply_plan().failed().says("Access entry is not the one that was planned");
    is_untouched(&world, &theirs);
    assert_eq!(world.writes(), [] as [&str; 0]);
    assert_eq!(terraform.addresses(), [GRANT]);
    // The next plan shows the new entry and what becomes of it.
    terraform.apply().ok();
    terraform.plans_nothing();
}

/// The old entry of a rotation is deleted only if it is still the one that the state knows.
#[test]
fn rotation_leaves_an_old_entry_that_was_replaced() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(NO_OWNER, ""));
    terraform.apply().ok();
    let old = world.role_arn("DeveloperAccess");
    replace_elsewhere(&world, &["--kubernetes-groups", "theirs"]);
    post(
        "reprovision",
        json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
    );
    terraform.run(&["plan", "-refresh=false", "-out=plan", "-input=false"]);
    terraform.apply_plan().ok().says("Access entry of somebody else is kept");
    let entries = world.entries();
    let kept = entries
        .iter()
        .find(|entry| entry["principalArn"] == json!(old))
        .expect("theirs is kept");
    assert_eq!(kept["kubernetesGroups"], json!(["theirs"]));
    assert_eq!(entries.len(), 2);
    terraform.plans_nothing();
}

/// The refresh finds another entry than the state's. From then on it is this grant's, to change and to delete: nobody may learn that too late.
#[test]
fn entry_that_was_replaced_is_told_before_it_is_taken_over() {
    let title = "Access entry was replaced by another one";
    let world = World::new();
    let terraform = Bench::new(&world, &grant(NO_OWNER, ""));
    terraform.apply().ok().does_not_say(title);
    terraform.plan().does_not_say(title);
    replace_elsewhere(&world, &["--kubernetes-groups", "theirs"]);
    let destroy = ["plan", "-destroy", "-input=false", "-no-color"];
    terraform
        .plan()
        .says(title)
        .says("group theirs")
        .says("the end of this grant deletes it");
    terraform.run(&destroy).says(title).says("the destroy deletes it");
    terraform.apply().ok().says(title);
    terraform.plan().does_not_say(title);
    terraform.plans_nothing();
}

/// An import takes over as adopting does.
#[test]
fn entry_of_another_owner_cannot_be_imported() {
    let world = World::new();
    Bench::new(&world, &grant(OWNER, "")).apply().ok();
    let theirs = world.entry();
    let other = OWNER.replace("team-a", "team-b");
    let import = "import {\n  to = eks_sso_access.developers\n  id = \"payments-prod,DeveloperAccess\"\n}\n";
    let terraform = Bench::new(&world, &format!("{}{import}", grant(&other, "")));
    let plan = terraform.plan().failed().says("Access entry belongs to another configuration");
    plan.says("\"team-a\"").says("\"team-b\"");
    terraform.apply().failed();
    assert!(terraform.addresses().is_empty());
    is_untouched(&world, &theirs);
    // Its own, or one without an owner of its own, may.
    for provider in [OWNER, NO_OWNER] {
        let terraform = Bench::new(&world, &format!("{}{import}", grant(provider, "")));
        terraform.plan().says("1 to import");
    }
}

/// An apply of the own configuration that was killed while it recreated the entry leaves that: it is nobody else's.
#[test]
fn entry_with_the_own_owners_tag_was_not_replaced_by_others() {
    let title = "Access entry was replaced by another one";
    for (owner, is_told) in [("team-a", false), ("team-b", true)] {
        let world = World::new();
        let terraform = Bench::new(&world, &grant(OWNER, ""));
        terraform.apply().ok();
        replace_elsewhere(&world, &["--tags", &format!("terraform-provider-eks:owner={owner}")]);
        let plan = terraform.plan();
        assert_eq!(plan.text.contains(title), is_told, "{owner}: {}", plan.text);
    }
}

fn owned(owner: &str, arguments: &str) -> String {
    grant(&OWNER.replace("team-a", owner), arguments)
}

const SHARED: &str = "policy_management = \"additive\"";

/// Who shares an entry of others makes the one of the new role for all who share it.
#[test]
fn owners_that_share_an_entry_follow_its_role_one_after_the_other() {
    let world = World::new();
    world.create_entry_elsewhere("DeveloperAccess", &["--kubernetes-groups", "theirs"]);
    let groups = |group: &str| format!("{SHARED}\n  kubernetes_groups = [{group:?}]");
    let (a, b) = (
        Bench::new(&world, &owned("team-a", &groups("a"))),
        Bench::new(&world, &owned("team-b", &groups("b"))),
    );
    a.apply().ok();
    b.apply().ok();
    for _ in 0..2 {
        let role = post(
            "reprovision",
            json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
        );
        b.apply().ok();
        a.plan()
            .does_not_say("belongs to another configuration")
            .does_not_say("terraform-provider-eks");
        a.apply().ok();
        // A change in place signs nothing either.
        b.write(&owned("team-b", &format!("{}\n  tags = {{ x = \"y\" }}", groups("b"))));
        b.apply().ok();
        b.write(&owned("team-b", &groups("b")));
        b.apply().ok();
        a.plans_nothing();
        b.plans_nothing();
        let entries = world.entries();
        let entry = entries.iter().find(|entry| entry["principalArn"] == role["arn"]).unwrap();
        assert_eq!(entry["kubernetesGroups"], json!(["a", "b", "theirs"]));
        assert_eq!(entry["tags"], json!({}));
    }
    a.destroy().ok();
    b.destroy().ok();
}

/// A destroy plans first, so the plan warns of what its apply refuses.
#[test]
fn entry_of_another_owner_under_the_new_role_is_told_by_the_plan() {
    for how in ["", SHARED] {
        let world = World::new();
        let terraform = Bench::new(&world, &grant(OWNER, how));
        terraform.apply().ok();
        let role = post(
            "reprovision",
            json!({ "account": world.member, "permission_set": "DeveloperAccess" }),
        );
        world.create_entry_of(role["arn"].as_str().unwrap(), &["--tags", "terraform-provider-eks:owner=team-b"]);
        let theirs = world.entries();
        let plan = terraform.plan();
        assert_eq!(plan.code, Some(2), "{}", plan.text);
        let plan = plan.says("Access entry belongs to another configuration");
        plan.says("the apply refuses that").does_not_say("is taken over");
        terraform.apply().failed().says("Access entry belongs to another configuration");
        assert_eq!(world.entries(), theirs);
        terraform.run(&["plan", "-destroy", "-input=false", "-no-color"]).ok();
    }
}

/// Whose an entry is stays, also where nothing of it shows: the tag is hidden.
#[test]
fn owner_of_an_entry_stays_with_an_import_and_with_another_name() {
    let import = "import {\n  to = eks_sso_access.developers\n  id = \"payments-prod,DeveloperAccess\"\n}\n";
    let mark = |world: &World| world.entry()["tags"].clone();
    let more = "tags = { x = \"y\" }";
    let world = World::new();
    let first = Bench::new(&world, &grant(OWNER, ""));
    first.apply().ok();
    let signed = mark(&world);
    let imports = Bench::new(&world, &format!("{}{import}", grant(NO_OWNER, "")));
    imports
        .plan()
        .says("Access entry is managed elsewhere, too")
        .says("owner \"team-a\"; this one has no owner");
    imports.apply().ok();
    imports.write(&grant(NO_OWNER, more));
    imports.apply().ok();
    assert_eq!(mark(&world)["terraform-provider-eks:owner"], json!("team-a"));
    imports.plans_nothing();
    imports.write(&grant(NO_OWNER, ""));
    imports.apply().ok();
    assert_eq!(mark(&world), signed);
    first.write(&owned("team-b", ""));
    first.plans_nothing();
    first.write(&owned("team-b", more));
    first.apply().ok();
    assert_eq!(mark(&world)["terraform-provider-eks:owner"], json!("team-a"));
}

/// Neither of the two tags is told as removed by a take-over, and none is.
#[test]
fn owner_of_an_entry_stays_with_a_take_over() {
    let world = World::new();
    Bench::new(&world, &grant(OWNER, "tags = { x = \"y\" }")).apply().ok();
    let terraform = Bench::new(&world, &grant(NO_OWNER, ""));
    let refused = terraform.plan().failed();
    refused.says("remove the tag x").does_not_say("remove the tags");
    terraform.write(&grant(NO_OWNER, "on_existing = \"adopt\""));
    terraform
        .plan()
        .says("remove the tag x")
        .says("Access entry is managed elsewhere, too");
    terraform.apply().ok();
    let tags = world.entry()["tags"].clone();
    assert_eq!(
        (&tags["terraform-provider-eks:owner"], &tags["x"]),
        (&json!("team-a"), &Value::Null)
    );
    terraform.plans_nothing();
}

/// Who reads that an entry stays must learn what it gives.
#[test]
fn entry_that_stays_is_told_with_its_policies() {
    for is_denied in [false, true] {
        let world = World::new();
        let terraform = Bench::new(&world, &grant(NO_OWNER, ""));
        terraform.apply().ok();
        terraform.run(&["plan", "-destroy", "-out=plan", "-input=false"]).ok();
        replace_elsewhere(&world, &[]);
        world.associate(&world.role_arn("DeveloperAccess"), "AmazonEKSClusterAdminPolicy", "type=cluster");
        let theirs = world.entry();
        if is_denied {
            world.deny("eks", "ListAssociatedAccessPolicies");
        }
        let destroy = terraform.apply_plan().ok().says("Access entry of somebody else is kept");
        match is_denied {
            false => destroy.says("AmazonEKSClusterAdminPolicy: the whole cluster"),
            true => destroy
                .says("Its access policies could not be read")
                .says("eks:ListAssociatedAccessPolicies"),
        }
        .does_not_say("no policy and no group");
        world.clear_faults();
        is_untouched(&world, &theirs);
        assert!(terraform.addresses().is_empty());
    }
}
