//! `eks_sso_access`: what would make the apply fail is found by the plan, and says what to do.

use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, new_account, post};
use crate::terraform::Output;
use serde_json::{Value, json};

const GRANT: &str = r#"
resource "eks_sso_access" "x" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  MORE
}
"#;

fn grant(more: &str) -> String {
    GRANT.replace("MORE", more)
}

fn cluster(more: Value) -> Value {
    let mut cluster = json!({ "account": "MEMBER", "region": REGION, "name": CLUSTER });
    cluster.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "clusters": [cluster] })
}

/// The first plan of a configuration.
fn plan(world: &World, config: &str) -> Output {
    Bench::new(world, config).plan()
}

#[test]
fn config_map_mode_is_an_error_that_holds_the_command() {
    let world = World::with(cluster(json!({ "authentication_mode": "CONFIG_MAP", "version": "1.29" })));
    plan(&world, &grant(""))
        .failed()
        .says("Error: Cluster does not accept access entries")
        .says(&format!("{CLUSTER} ({}, {REGION}) is in CONFIG_MAP mode", world.member))
        .says("aws eks update-cluster-config --name payments-prod --region eu-west-1 \\ --access-config authenticationMode=API_AND_CONFIG_MAP")
        .says("The change cannot be undone and needs platform version eks.1 or later")
        .says("set preflight = \"apply\" here");

    // What the plan announces as a warning is an error before the first write.
    let terraform = Bench::new(&world, &grant("preflight = \"apply\"\n timeouts {\n create = \"1s\"\n }"));
    let planned = terraform.plan();
    assert_eq!(planned.code, Some(2), "{}", planned.text);
    // Nobody is told to do what is done.
    planned
        .says("Warning: Cluster does not accept access entries")
        .says("If this same apply sets API_AND_CONFIG_MAP, all is well.")
        .does_not_say("set preflight");
    assert!(terraform.change("eks_sso_access.x")["after"]["principal_arn"].is_string());
    world.forget_calls();
    terraform.apply().failed().says("Error: Cluster does not accept access entries");
    assert!(world.writes().is_empty());

    // The command does what it says.
    world.aws(&[
        "eks",
        "update-cluster-config",
        "--name",
        CLUSTER,
        "--region",
        REGION,
        "--access-config",
        "authenticationMode=API_AND_CONFIG_MAP",
    ]);
    terraform.apply().ok();
    terraform.plans_nothing();
}

/// This same apply may create it, whatever preflight says; a typo is told by the near name, where clusters may be listed.
#[test]
fn missing_cluster_is_a_warning_with_near_names_and_an_error_before_the_first_write() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant("").replace("payments-prod", "payments-prud"));
    let planned = terraform.plan();
    assert_eq!(planned.code, Some(2), "{}", planned.text);
    let account = &world.member;
    planned
        .says("Warning: Cluster does not exist")
        .says(&format!(
            "Did you mean \"payments-prod\"? EKS has no cluster \"payments-prud\" in {account}, eu-west-1."
        ))
        .says("If this same apply creates it, all is well.")
        .says(&format!("Looked up as arn:aws:iam::{account}:user/test"))
        .does_not_say("preflight");
    world.forget_calls();
    terraform
        .apply()
        .failed()
        .says("Error: Cluster does not exist")
        .says("Nothing was written. Correct cluster_name, account_id or region")
        .says("cluster_name = aws_eks_cluster.NAME.name");
    assert!(world.writes().is_empty() && terraform.addresses().is_empty());

    world.deny("eks", "ListClusters");
    terraform
        .plan()
        .says("EKS has no cluster \"payments-prud\"")
        .does_not_say("Did you mean")
        .does_not_say("ListClusters");
}

/// A Region that AWS may have made yesterday is asked; one that is near a known one is a question.
#[test]
fn misspelt_region_of_a_missing_cluster_is_a_question() {
    let config = grant("region = \"eu-wset-1\"");
    plan(&World::new(), &config).says("Is the Region eu-west-1");
}

#[test]
fn permission_set_that_is_not_assigned_is_an_error_that_names_similar_sets() {
    let world = World::new();
    let config = grant("").replace("DeveloperAccess", "DevelopersAccess");
    plan(&world, &config)
        .failed()
        .says("Error: Unknown permission set in this account")
        .says("Did you mean \"DeveloperAccess\"?")
        .says(&format!(
            "\"DevelopersAccess\" has no role in {}. Roles exist there for: AdministratorAccess, DeveloperAccess",
            world.member
        ))
        .says(&format!("Looked up with iam:ListRoles as arn:aws:iam::{}:user/test", world.member))
        .says("Assign it there, or remove this grant. If this same apply makes the assignment: preflight = \"apply\"");

    let terraform = Bench::new(&world, &config.replace("MORE", "").replace("\n}", "\n preflight = \"apply\"\n}"));
    let planned = terraform.plan();
    assert_eq!(planned.code, Some(2), "{}", planned.text);
    // Nobody is told to do what is done.
    planned
        .says("Warning: Unknown permission set in this account")
        .says("The apply waits for the role, up to 10m (timeouts).")
        .does_not_say("If this same apply makes the assignment");
    assert_eq!(terraform.change("eks_sso_access.x")["after_unknown"]["principal_arn"], json!(true));
}

#[test]
fn identity_center_tells_a_set_that_does_not_exist() {
    let world = World::with(json!({
        "permission_sets": [{ "name": "DeveloperAccess", "accounts": ["MEMBER"] }, { "name": "Unassigned" }],
        "roles": [{ "account": "MANAGEMENT", "name": "eks-idc" }],
    }));
    let provider = format!(
        "provider \"eks\" {{\n identity_center {{\n role_arn = \"arn:aws:iam::{}:role/eks-idc\"\n }}\n}}\n",
        world.management
    );
    let planned = |set| plan(&world, &format!("{provider}{}", grant("").replace("DeveloperAccess", set))).failed();
    planned("DevelopersAccess")
        .says("Did you mean \"DeveloperAccess\"? \"DevelopersAccess\" does not exist in Identity Center")
        .says("Correct the name. If this same apply creates the set and assigns it: preflight = \"apply\"")
        .does_not_say("Assign it there");
    planned("Unassigned")
        .says("Error: Permission set is not assigned in this account")
        .says("\"Unassigned\" exists in Identity Center, but is assigned to nobody in")
        .says("Assign it there, or remove this grant.");
}

#[test]
fn role_that_does_not_exist_is_an_error() {
    let config = grant("").replace("permission_set_name = \"DeveloperAccess\"", "role_name = \"okta-devs\"");
    let world = World::new();
    plan(&world, &config)
        .failed()
        .says("Error: IAM role does not exist")
        .says(&format!(
            "Account {} has no role \"okta-devs\". Correct role_name or role_account_id",
            world.member
        ))
        .says(&format!("Looked up with iam:GetRole as arn:aws:iam::{}:user/test", world.member));
}

#[test]
fn several_roles_of_one_set_are_an_error_for_a_create_and_a_warning_for_a_grant() {
    let world = World::new();
    let path = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
    let second = |set: &str| {
        let name = format!("AWSReservedSSO_{set}_0123456789abcdef");
        post(
            "world",
            json!({ "roles": [{ "account": world.member, "name": name, "path": path }] }),
        );
        name
    };
    let terraform = Bench::new(&world, &grant(""));
    terraform.apply().ok();
    second("DeveloperAccess");
    let planned = terraform.plan();
    // The role of the grant is one of them, so that its users get in as before.
    assert_eq!(planned.code, Some(0), "{}", planned.text);
    planned
        .says("Warning: Permission set has several roles in this account")
        .says(&world.role_arn("DeveloperAccess"));

    let name = second("AdministratorAccess");
    plan(&world, &grant("").replace("Developer", "Administrator"))
        .failed()
        .says("Error: Permission set has several roles in this account")
        .says(&world.role_arn("AdministratorAccess"))
        .says(&name)
        .says("IAM does not let you delete such roles");
}

#[test]
fn unknown_access_policies_are_errors_that_suggest_others() {
    plan(
        &World::new(),
        &grant(
            "access_policies = {\n AmazonEKSViewwPolicy = { scope = \"cluster\" }\n Mine = { scope = \"cluster\" }\n \
             view = { scope = \"cluster\" }\n}",
        ),
    )
    .failed()
    .says("Did you mean \"AmazonEKSViewPolicy\"? EKS has no access policy \"AmazonEKSViewwPolicy\"")
    .says("Did you mean \"AmazonEKSViewPolicy\"? EKS has no access policy \"view\"")
    .says("EKS has no access policy \"Mine\" in eu-west-1. All 33 of them: aws eks list-access-policies --region eu-west-1")
    .says("Policies of your own cannot be made; use kubernetes_groups with RBAC");
}

#[test]
fn policy_that_reads_secrets_warns_when_it_is_added_and_never_again() {
    let world = World::new();
    let terraform = Bench::new(
        &world,
        &grant("access_policies = { AmazonEKSAdminViewPolicy = { scope = \"cluster\" } }"),
    );
    terraform
        .plan()
        .says("Warning: AmazonEKSAdminViewPolicy reads Secrets")
        .says("use AmazonEKSViewPolicy");
    terraform.apply().ok();
    let planned = terraform.plan();
    assert_eq!(planned.code, Some(0));
    planned.does_not_say("reads Secrets");
}

#[test]
fn role_that_a_whole_account_may_assume_warns() {
    let roles = json!([{ "account": "MEMBER", "name": "open" }]);
    let world = World::with(json!({ "roles": roles }));
    let planned = plan(
        &world,
        &grant("").replace("permission_set_name = \"DeveloperAccess\"", "role_name = \"open\""),
    );
    assert_eq!(planned.code, Some(2), "{}", planned.text);
    planned
        .says("Warning: Role may be assumed by a whole account")
        .says(&format!("lets in every principal of account {} that is allowed", world.member))
        .says("Name the principals, or add a condition");
}

/// An entry that somebody made before: cluster administrators, in two groups.
fn make_entry(world: &World) {
    let arn = world.role_arn("DeveloperAccess");
    let of = ["--cluster-name", CLUSTER, "--principal-arn", &arn];
    world.aws(
        &[
            &["eks", "create-access-entry", "--kubernetes-groups", "a", "b", "--tags", "who=me"][..],
            &of,
        ]
        .concat(),
    );
    world.associate(&arn, "AmazonEKSClusterAdminPolicy", "type=cluster");
}

const OTHER_CONTENT: &str = "access_policies = { AmazonEKSViewPolicy = { namespaces = [\"a\"] } }\n tags = { team = \"b\" }\n";

/// What the plan says that taking over [`make_entry`]'s changes.
const CHANGES: [&str; 5] = [
    "- associate AmazonEKSViewPolicy for namespaces a",
    "- remove all its Kubernetes groups: a, b",
    "- set the tag team",
    "- remove the tag who",
    "- remove AmazonEKSClusterAdminPolicy",
];

#[test]
fn existing_entry_is_an_error_whose_import_block_works_as_it_stands() {
    let world = World::new();
    make_entry(&world);
    let config = grant(OTHER_CONTENT);
    let terraform = Bench::new(&world, &config);
    let planned = terraform
        .plan()
        .failed()
        .says("Error: Access entry exists already")
        .says(&format!("on payments-prod ({}, eu-west-1), made 20", world.member));
    let planned = planned
        .says("- AmazonEKSClusterAdminPolicy: the whole cluster - group a - group b - tag who = \"me\"")
        .says("add a moved block");
    let planned = CHANGES.iter().fold(planned, |planned, change| planned.says(change));
    assert!(world.writes().iter().all(|write| write != "UpdateAccessEntry"));

    // The block as printed, with the address.
    let text = planned.text.replace('│', " ");
    let block = text.split_once("  import {").unwrap().1.split_once('}').unwrap().0;
    let block = format!("import {{{}}}\n", block.replace("NAME", "x"));
    terraform.write(&format!("{config}{block}"));
    terraform.apply().ok().says("1 imported").says("1 changed");
    terraform.write(&config);
    terraform.plans_nothing();
    assert_eq!(world.entry()["kubernetesGroups"], json!([]));

    // And the command, with the same id.
    let id = block.split('"').nth(1).unwrap();
    terraform.run(&["state", "rm", "eks_sso_access.x"]).ok();
    terraform.run(&["import", "-no-color", "eks_sso_access.x", id]).ok();
    terraform.plans_nothing();
}

#[test]
fn existing_entry_is_adopted_as_the_warning_lists() {
    let world = World::new();
    make_entry(&world);
    let terraform = Bench::new(&world, &grant(&format!("{OTHER_CONTENT} on_existing = \"adopt\"")));
    let planned = terraform.plan();
    assert_eq!(planned.code, Some(2), "{}", planned.text);
    let planned = CHANGES.iter().fold(planned, |planned, change| planned.says(change));
    planned
        .says("Warning: Existing access entry will be taken over")
        .says("A destroy will delete the entry, no matter who made it.");
    world.forget_calls();
    terraform.apply().ok();
    assert_eq!(
        world.writes(),
        [
            "AssociateAccessPolicy",
            "UpdateAccessEntry",
            "TagResource",
            "UntagResource",
            "DisassociateAccessPolicy"
        ]
    );
    terraform.plans_nothing();
    terraform.destroy().ok();
    assert!(world.entries().is_empty());
}

#[test]
fn entry_for_nodes_is_refused() {
    let world = World::new();
    let arn = world.role_arn("DeveloperAccess");
    world.aws(&[
        "eks",
        "create-access-entry",
        "--cluster-name",
        CLUSTER,
        "--principal-arn",
        &arn,
        "--type",
        "EC2_LINUX",
    ]);
    plan(&world, &grant("on_existing = \"adopt\""))
        .failed()
        .says("Error: Access entry is for nodes")
        .says("is of type EC2_LINUX")
        .says("Delete that entry if no node uses it");
}

#[test]
fn checks_that_are_denied_are_warnings_that_name_the_action() {
    let world = World::new();
    let config = grant("access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }");
    for (operation, title, what) in [
        (
            "DescribeCluster",
            "Warning: Check skipped: authentication mode",
            "The authentication mode of the cluster could not be checked",
        ),
        (
            "ListAccessPolicies",
            "Warning: Check skipped: access policies",
            "Whether the access policies exist could not be checked",
        ),
    ] {
        world.deny("eks", operation);
        let planned = plan(&world, &config);
        assert_eq!(planned.code, Some(2), "{}", planned.text);
        planned.says(title).says(what).says(&format!("Not allowed: eks:{operation}"));
        world.clear_faults();
    }
    // Without any of them a grant can be made all the same.
    world.deny("eks", "DescribeCluster");
    world.deny("eks", "ListAccessPolicies");
    let terraform = Bench::new(&world, &config);
    // Terraform folds warnings of one title: each has its own.
    terraform
        .apply()
        .ok()
        .says("Warning: Check skipped: authentication mode")
        .says("Warning: Check skipped: access policies");
    terraform.plans_nothing();
}

#[test]
fn denied_reads_of_the_entry_and_of_the_roles_are_errors_for_a_create() {
    let world = World::new();
    for (service, operation, summary) in [
        ("iam", "ListRoles", "Role cannot be looked up"),
        ("eks", "DescribeAccessEntry", "Access entry cannot be read"),
    ] {
        world.deny(service, operation);
        let planned = plan(&world, &grant(""));
        planned
            .failed()
            .says(summary)
            .says(&format!("Not allowed: {service}:{operation}"))
            .says("permission_set_name = \"DeveloperAccess\"");
        world.clear_faults();
    }
}

#[test]
fn where_list_roles_is_denied_get_role_serves_for_grants_in_the_state() {
    let world = World::new();
    let terraform = Bench::new(&world, &grant(""));
    terraform.apply().ok();
    world.deny("iam", "ListRoles");
    let planned = terraform.plan();
    assert_eq!(planned.code, Some(0), "{}", planned.text);
    planned.does_not_say("Check skipped");
    world.deny("iam", "GetRole");
    let planned = terraform.plan();
    assert_eq!(planned.code, Some(0), "{}", planned.text);
    planned
        .says("Warning: Check skipped: role of the grant")
        .says("Not allowed: iam:ListRoles");
}

#[test]
fn unreachable_account_is_told_once_at_length() {
    let other = new_account();
    let world = World::new();
    let role = format!("arn:aws:iam::{other}:role/team/eks-access");
    post(
        "world",
        json!({ "roles": [{ "account": other, "name": "eks-access", "path": "/team/" }] }),
    );
    post("settings", json!({ "account": other, "refused_roles": [role] }));
    let there = grant(&format!("account_id = \"{other}\""));
    let second = there.replace("\"x\"", "\"y\"").replace("payments-prod", "orders-prod");
    let cross = grant(&format!("role_account_id = \"{other}\"")).replace("\"x\"", "\"z\"");
    let config = format!("provider \"eks\" {{\n account_access {{\n role_name = \"team/eks-access\"\n }}\n}}\n{there}{second}{cross}");
    let planned = plan(&world, &config).failed();
    let planned = planned
        .says("Error: Account cannot be reached")
        .says(&format!(
            "AccessDenied on sts:AssumeRole of {role} as arn:aws:iam::{}:user/test",
            world.member
        ))
        .says("AWS: not authorized (AssumeRole 403 AccessDenied, request id")
        .says("Check in this order: 1. The role exists")
        .says("Its trust policy names the caller")
        .says("request id")
        .says("in resource \"eks_sso_access\" \"z\"");
    assert_eq!(planned.text.matches("Check in this order").count(), 1, "{}", planned.text);
    assert_eq!(planned.text.matches("Error:").count(), 3, "{}", planned.text);
    let one_line = format!("AccessDenied on sts:AssumeRole of {role} Another error of this run has the checklist.");
    let squeezed = planned.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(squeezed.matches(&one_line).count(), 2, "{}", planned.text);
}

#[test]
fn account_without_a_way_to_it_is_an_error_that_shows_the_block() {
    plan(&World::new(), &grant("account_id = \"999999999999\""))
        .failed()
        .says("Error: Account cannot be reached")
        .says("Tell it how to get to 999999999999, by a role that trusts the caller: provider \"eks\" { account_access { role_name = \"NAME\"")
        .says("Or use credentials of that account.")
        .says("so the grant of DeveloperAccess on payments-prod (999999999999, eu-west-1) was not planned.")
        .does_not_say("wrong credentials");
}
