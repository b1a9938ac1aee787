//! `eks_sso_aws_auth`: other writers, lost answers, documents and endpoints that are not as they should be.

use crate::aws_auth::{ADDRESS, BASIC, empty_world, row, world};
use crate::core::Bench;
use crate::emulator::{CLUSTER, World, wait_for};
use crate::kubernetes::{AWS_AUTH, OTHERS, without_path};
use crate::terraform::Workspace;
use serde_json::{Value, json};

/// Another writer, who puts this text there just before our request.
fn writer(method: &str, text: &str) -> Value {
    json!({
        "method": method, "times": 1,
        "writer": { "path": AWS_AUTH, "object": {
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "aws-auth", "namespace": "kube-system" },
            "data": { "mapRoles": text },
        } },
    })
}

fn puts(world: &World) -> usize {
    world.kubernetes_methods().iter().filter(|method| *method == "PUT").count()
}

#[test]
fn writer_between_read_and_write_loses_nothing() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    let theirs = format!("{OTHERS}- rolearn: arn:aws:iam::111122223333:role/new\n  username: new\n");
    world.kubernetes_fault(writer("PUT", "# of a GitOps tool\n"));
    world.kubernetes_fault(writer("PUT", &theirs));
    terraform.apply().ok();
    assert_eq!(puts(&world), 3, "two conflicts, then done");
    assert_eq!(world.map_roles(), format!("{theirs}{}", row(&world)));
    terraform.plans_nothing();
    // The same for a removal.
    world.kubernetes_fault(writer("PUT", &format!("# rewritten\n{theirs}{}", row(&world))));
    terraform.destroy().ok();
    assert_eq!(world.map_roles(), format!("# rewritten\n{theirs}"));
}

#[test]
fn map_that_another_makes_first_is_added_to() {
    let world = empty_world();
    let terraform = Bench::new(&world, BASIC);
    world.kubernetes_fault(writer("POST", OTHERS));
    terraform.apply().ok();
    assert_eq!(world.kubernetes_methods().iter().filter(|method| *method == "POST").count(), 1);
    assert_eq!(world.map_roles(), format!("{OTHERS}{}", row(&world)));
}

#[test]
fn writer_who_never_stops_is_an_error_and_nothing_is_written() {
    let world = world();
    let config = BASIC.replace("readers\"]", "readers\"]\n  timeouts {\n    create = \"2s\"\n  }");
    let terraform = Bench::new(&world, &config);
    world.kubernetes_fault(json!({ "method": "PUT", "status": 409, "reason": "Conflict" }));
    let apply = terraform
        .apply()
        .failed()
        .says("aws-auth could not be written")
        .says("409 Conflict");
    apply.says("Somebody else kept writing aws-auth").says("Nothing was written here");
    assert!(puts(&world) > 1);
    assert_eq!(world.map_roles(), OTHERS);
    assert!(terraform.addresses().is_empty());
}

#[test]
fn many_grants_of_one_apply_do_not_conflict() {
    let world = world();
    let config = r#"
resource "eks_sso_aws_auth" "all" {
  for_each            = toset(["DeveloperAccess", "AdministratorAccess"])
  cluster_name        = "payments-prod"
  permission_set_name = each.key
  kubernetes_groups   = [each.key]
}
"#;
    let terraform = Bench::new(&world, config);
    terraform.apply().ok();
    let requests = world.kubernetes_requests();
    assert!(requests.iter().all(|request| request["status"] == json!(200)), "{requests:#?}");
    assert_eq!(puts(&world), 2);
    assert_eq!(
        world.map_roles().matches("AWSReservedSSO_").count(),
        4,
        "an ARN and a user name each"
    );
    world.forget_kubernetes_requests();
    terraform.plans_nothing();
    assert_eq!(world.kubernetes_methods(), ["GET"], "two grants, one question");
    terraform.destroy().ok();
    assert_eq!(world.map_roles(), OTHERS);
}

#[test]
fn lost_answer_is_no_conflict_with_oneself() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    world.kubernetes_fault(json!({ "method": "PUT", "times": 1, "lose_answer": true }));
    terraform.apply().ok();
    assert_eq!(puts(&world), 1, "a look shows that it was done");
    assert_eq!(world.map_roles(), format!("{OTHERS}{}", row(&world)));
    terraform.plans_nothing();
    world.kubernetes_fault(json!({ "method": "PUT", "times": 1, "drop": true }));
    world.kubernetes_fault(json!({ "method": "GET", "times": 1, "status": 503 }));
    terraform.destroy().ok();
    assert_eq!(world.map_roles(), OTHERS);
}

#[test]
fn busy_api_is_asked_again() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    world.kubernetes_fault(json!({ "method": "GET", "times": 1, "status": 429, "retry_after": 1 }));
    world.kubernetes_fault(json!({ "method": "PUT", "times": 1, "status": 503 }));
    terraform.apply().ok();
    assert_eq!(world.map_roles(), format!("{OTHERS}{}", row(&world)));
}

#[test]
fn row_of_others_is_an_error_that_shows_the_import() {
    let world = world();
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    let theirs = format!("{OTHERS}- rolearn: {arn}\n  username: dev:{{{{SessionName}}}}\n  groups: [old]\n");
    world.write_map_roles(&theirs);
    let terraform = Bench::new(&world, BASIC);
    let plan = terraform
        .plan()
        .failed()
        .says("aws-auth row exists already")
        .says("mapRoles, line 11,");
    let plan = plan.says("user name dev:{{SessionName}} groups [old]").says("was left as it is");
    plan.says("import { to = eks_sso_aws_auth.NAME id = \"payments-prod,DeveloperAccess\" }");
    let import = format!("import {{\n  to = {ADDRESS}\n  id = \"{CLUSTER},DeveloperAccess\"\n}}\n");
    terraform.write(&format!("{BASIC}{import}"));
    terraform.apply().ok();
    assert!(world.map_roles().starts_with(OTHERS));
    assert_eq!(world.map_roles().matches(&arn).count(), 1);
    terraform.plans_nothing();
}

#[test]
fn row_that_appears_after_the_plan_is_not_overwritten() {
    let world = world();
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    let terraform = Bench::new(&world, BASIC);
    terraform.plan();
    let theirs = format!("{OTHERS}- rolearn: {arn}\n  username: theirs\n");
    world.write_map_roles(&theirs);
    terraform.apply_plan().failed().says("aws-auth row exists already");
    assert_eq!(world.map_roles(), theirs);
    assert!(terraform.addresses().is_empty());
}

#[test]
fn row_that_appears_during_the_apply_is_not_overwritten() {
    let world = world();
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    let terraform = Bench::new(&world, BASIC);
    terraform.plan();
    let theirs = format!("{OTHERS}- rolearn: {arn}\n  username: theirs\n");
    // Terraform plans once more inside of the apply; the row comes after that.
    let mut rule = writer("GET", &theirs);
    rule["after"] = 1.into();
    world.kubernetes_fault(rule);
    terraform
        .apply_plan()
        .failed()
        .says("aws-auth row exists already")
        .says("was left as it is");
    assert_eq!(world.map_roles(), theirs);
    assert!(terraform.addresses().is_empty());
}

#[test]
fn matching_row_is_imported_without_a_change() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    world.write_map_roles(&format!("{}{OTHERS}", row(&world)));
    let arn = without_path(&world.role_arn("DeveloperAccess"));
    for id in [
        format!("{CLUSTER},DeveloperAccess"),
        format!("{}/{CLUSTER},DeveloperAccess@eu-west-1", world.member),
        format!("{CLUSTER}:{arn}"),
        format!("{CLUSTER}:{}", world.role_arn("DeveloperAccess")),
    ] {
        terraform.run(&["import", "-no-color", ADDRESS, &id]).ok();
        terraform.plans_nothing();
        terraform.run(&["state", "rm", ADDRESS]).ok();
    }
    terraform.write(&format!(
        "{BASIC}import {{\n  to = {ADDRESS}\n  identity = {{\n    cluster_name = {CLUSTER:?}\n    permission_set_name = \"DeveloperAccess\"\n  }}\n}}\n"
    ));
    terraform.apply().ok().says("1 imported, 0 added, 0 changed");
    terraform.run(&[
        "import",
        "-no-color",
        "eks_sso_aws_auth.x",
        &format!("{CLUSTER},AdministratorAccess"),
    ]);
}

#[test]
fn import_of_what_is_not_there_says_so() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    let import = |id: &str| terraform.run(&["import", "-no-color", ADDRESS, id]).failed();
    let output = import(&format!("{CLUSTER},DeveloperAccess")).says("aws-auth row does not exist");
    output.says("has 2 rows, and none for DeveloperAccess");
    import("elsewhere,DeveloperAccess").says("Cluster does not exist");
    world.change_cluster(json!({ "authentication_mode": "API" }));
    import(&format!("{CLUSTER},DeveloperAccess")).says("Cluster does not read aws-auth");
}

#[test]
fn malformed_map_is_shown_and_left_alone() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    let broken = format!("{OTHERS}- rolearn: [unclosed\n  username: x\n");
    world.write_map_roles(&broken);
    let plan = terraform
        .plan()
        .failed()
        .says("aws-auth is malformed")
        .says("mapRoles is malformed at line");
    plan.says("kubectl -n kube-system edit configmap aws-auth");
    world.write_map_roles(OTHERS);
    terraform.apply().ok();
    world.write_map_roles(&broken);
    terraform.plan().failed().says("aws-auth is malformed");
    terraform
        .run(&["destroy", "-refresh=false", "-auto-approve", "-no-color"])
        .failed()
        .says("aws-auth is malformed");
    assert_eq!(world.map_roles(), broken);
    assert_eq!(terraform.addresses(), [ADDRESS], "not taken to be gone");
}

#[test]
fn unreachable_endpoint_is_asked_once_and_never_means_gone() {
    let world = world();
    let both = BASIC.replace(
        "resource \"eks_sso_aws_auth\" \"developers\" {",
        "resource \"eks_sso_aws_auth\" \"developers\" {\n  for_each = toset([\"DeveloperAccess\", \"AdministratorAccess\"])",
    );
    let both = both.replace("= \"DeveloperAccess\"", "= each.key");
    let terraform = Bench::new(&world, &both);
    terraform.apply().ok();
    let endpoint = world.kubernetes_reachable(false);
    let plan = terraform.plan().failed().says("aws-auth cannot be read").says(&endpoint);
    let plan = plan
        .says("endpoint is private")
        .says("https_proxy")
        .says("nothing is taken to be gone");
    assert_eq!(plan.text.matches("Connection refused").count(), 1, "{}", plan.text);
    plan.says("cannot be reached; another error of this run says why");
    assert_eq!(terraform.addresses().len(), 2);
    world.kubernetes_reachable(true);
    terraform.plans_nothing();
}

#[test]
fn caller_without_access_is_told_what_lacks() {
    let world = world();
    world.change_cluster(json!({ "creator_access": false }));
    let terraform = Bench::new(&world, BASIC);
    terraform
        .plan()
        .failed()
        .says("401 Unauthorized")
        .says(&format!(
            "The Kubernetes API does not know the caller: arn:aws:iam::{}:user/test If these are the wrong credentials",
            world.member
        ))
        .says("a row in aws-auth");
    // Known, but without rights.
    let user = format!("arn:aws:iam::{}:user/test", world.member);
    world.write_aws_auth(json!({ "mapRoles": OTHERS, "mapUsers": format!("- userarn: {user}\n  username: test\n") }));
    let plan = terraform
        .plan()
        .failed()
        .says("403 Forbidden")
        .says("does not let it get the ConfigMap \"aws-auth\" in kube-system");
    plan.says("get, update and create on configmaps");
}

#[test]
fn ctrl_c_while_a_write_is_under_way_leaves_a_true_state() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    world.kubernetes_fault(json!({ "method": "PUT", "times": 1, "hold": true }));
    let running = terraform.start_apply();
    wait_for(|| world.kubernetes_methods().contains(&"PUT".to_owned()).then_some(()));
    running.stop();
    world.clear_kubernetes_faults();
    running.finish();
    // Whatever Terraform made of the interrupt, what was written is in the state.
    assert_eq!(terraform.addresses(), [ADDRESS]);
    assert_eq!(world.map_roles(), format!("{OTHERS}{}", row(&world)));
    terraform.plans_nothing();
}

#[test]
fn kill_between_write_and_state_is_mended_by_the_import_that_the_plan_prints() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    // As a run that was killed right after its write leaves it.
    world.write_map_roles(&format!("{OTHERS}{}", row(&world)));
    terraform
        .plan()
        .failed()
        .says("aws-auth row exists already")
        .says("import { to = eks_sso_aws_auth.NAME id = \"payments-prod,DeveloperAccess\" }");
    terraform
        .run(&["import", "-no-color", ADDRESS, &format!("{CLUSTER},DeveloperAccess@eu-west-1")])
        .ok();
    terraform.plans_nothing();
}

#[test]
fn replacement_does_not_stumble_over_its_own_row() {
    let world = world();
    let terraform = Bench::new(&world, BASIC);
    terraform.apply().ok();
    terraform.run(&["apply", "-auto-approve", "-no-color", "-replace", ADDRESS]).ok();
    assert_eq!(world.map_roles(), format!("{OTHERS}{}", row(&world)));
    terraform.plans_nothing();
}

#[test]
fn token_is_never_logged() {
    let world = world();
    let mut terraform = Workspace::new(&world, BASIC);
    terraform.set_env("TF_LOG", "TRACE");
    let log = terraform.apply().ok().text;
    assert!(
        log.contains("Kubernetes call") && log.contains("configmaps/aws-auth"),
        "calls are logged"
    );
    for secret in ["k8s-aws-v1", "X-Amz-Signature", "Bearer", "not-a-secret"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    // In the base64 of a token's URL, wherever it begins.
    for piece in ["WC1BbXotU2lnbmF0dXJl", "LUFtei1TaWduYXR1cmU", "QW16LVNpZ25hdHVyZQ"] {
        assert!(!log.contains(piece), "a token is in the log");
    }
}
