//! What Kubernetes allows, verb by verb. Its authorization is the emulator's own, so nothing is ordered.

use crate::access::BASIC;
use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World};
use crate::kubectl::put_object;
use crate::kubernetes::OTHERS;
use crate::permissions::tables::{APPLY, DESTROY, PLAN};
use crate::permissions::{contents, state};
use serde_json::json;

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system";

/// Whoever runs Terraform may do this much with ConfigMaps in kube-system.
pub fn allow(world: &World, verbs: &[&str]) {
    let rules = json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": verbs }]);
    put_object(world, &format!("{RBAC}/roles/terraform"), json!({ "rules": rules }));
    let role = json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "terraform" });
    let subjects = json!([{ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "terraform" }]);
    put_object(
        world,
        &format!("{RBAC}/rolebindings/terraform"),
        json!({ "roleRef": role, "subjects": subjects }),
    );
}

/// A cluster in which the caller is in the group `terraform`, by an access entry.
pub fn cluster_of_a_group(aws_auth: Option<&str>) -> World {
    let caller = json!({ "principalArn": "arn:aws:iam::MEMBER:user/test", "kubernetesGroups": ["terraform"] });
    let world = World::with(json!({ "clusters": [{
        "account": "MEMBER", "region": REGION, "name": CLUSTER, "authentication_mode": "API_AND_CONFIG_MAP", "access_entries": [caller],
    }] }));
    world.change_cluster(json!({ "creator_access": false }));
    if let Some(rows) = aws_auth {
        world.write_map_roles(rows);
    }
    world
}

#[test]
fn each_verb_in_kubernetes_is_missed_by_its_name() {
    let written = crate::aws_auth::BASIC;
    let other = written.replace("\"readers\"", "\"writers\"");
    let checked = BASIC.replace("  tags", "  check_aws_auth = true\n  tags");
    // Verb, whether there is a ConfigMap, configuration, command, summary.
    type Case<'a> = (&'a str, Option<&'a str>, &'a str, &'a [&'a str], &'a str);
    let cases: [Case<'_>; 6] = [
        ("get", Some(OTHERS), written, PLAN, "Error: aws-auth cannot be read"),
        ("get", Some(OTHERS), &checked, PLAN, "Error: aws-auth cannot be read"),
        ("create", None, written, APPLY, "Error: aws-auth could not be written"),
        ("update", Some(OTHERS), written, APPLY, "Error: aws-auth could not be written"),
        ("update", Some(OTHERS), &other, APPLY, "Error: aws-auth could not be written"),
        ("update", Some(OTHERS), written, DESTROY, "Error: aws-auth could not be written"),
    ];
    for (index, (verb, rows, config, command, summary)) in cases.into_iter().enumerate() {
        let world = cluster_of_a_group(rows);
        let every = ["get", "create", "update"];
        allow(&world, &every);
        let bench = Bench::new(&world, written);
        if index > 3 {
            bench.apply().ok();
        }
        bench.write(config);
        let before = (contents(&world), state(&bench));
        allow(
            &world,
            &every.iter().copied().filter(|allowed| *allowed != verb).collect::<Vec<_>>(),
        );
        bench
            .run(command)
            .failed()
            .says(summary)
            .says("403 Forbidden")
            .says(&format!("aws-auth of payments-prod ({}, {REGION})", world.member))
            .says(&format!(
                "User \"arn:aws:iam::{}:user/test\" cannot {verb} resource \"configmaps\"",
                world.member
            ))
            .says("in the namespace \"kube-system\"")
            .says(&format!("does not let it {verb} the ConfigMap"))
            .says(match command {
                DESTROY => "with eks_sso_aws_auth.developers",
                _ if config == checked => ": check_aws_auth",
                _ => ": cluster_name",
            });
        assert_eq!((contents(&world), state(&bench)), before, "{verb} {command:?}");
        allow(&world, &every);
        bench.run(command).ok();
    }
}
