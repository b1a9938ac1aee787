//! `eks_sso_access`: what a plan says before anything is written, and that after an apply it says nothing.

use crate::emulator::{CLUSTER, REGION, World, get, new_account, post};
use crate::terraform::Workspace;
use serde_json::{Value, json};

const MINIMAL: &str = r#"
resource "eks_sso_access" "x" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
}
"#;

/// Grants of one world, each on a cluster of its own.
fn grants(bodies: &[(&str, &str)]) -> String {
    let grant =
        |(name, body): &(&str, &str)| format!("resource \"eks_sso_access\" \"{name}\" {{\n  cluster_name = \"{name}\"\n{body}\n}}\n");
    bodies.iter().map(grant).collect()
}

fn clusters(names: &[(&str, &str)]) -> Value {
    let cluster = |(name, _): &(&str, &str)| json!({ "account": "MEMBER", "region": REGION, "name": name });
    names.iter().map(cluster).collect()
}

const SET: &str = "permission_set_name = \"DeveloperAccess\"\n";

#[test]
fn nothing_is_planned_after_an_apply() {
    let twenty = (0..20)
        .map(|i| format!("{} = {{ namespaces = [\"a{i}\"] }}\n", POLICIES[i]))
        .collect::<String>();
    let twenty = format!("{SET} access_policies = {{\n{twenty}}}");
    let bodies = [
        ("minimal", SET.to_owned()),
        (
            "empty",
            format!("{SET} kubernetes_groups = []\n access_policies = {{}}\n tags = {{}}\n triggers = {{}}"),
        ),
        (
            "null",
            format!("{SET} kubernetes_groups = null\n access_policies = null\n user_name = null\n tags = null\n on_existing = null"),
        ),
        (
            "names",
            format!("{SET} user_name = \"sso:{{{{SessionName}}}}\"\n kubernetes_groups = [\"b\", \"a\", \"oidc:devs\"]"),
        ),
        (
            "explicit",
            format!("{SET} user_name = \"arn:aws:sts::MEMBER:assumed-role/${{data.eks_sso_role.developers.name}}/{{{{SessionName}}}}\""),
        ),
        ("plain", format!("{SET} user_name = \"somebody\"")),
        (
            "scopes",
            format!(
                "{SET} access_policies = {{\n AmazonEKSViewPolicy = {{ scope = \"cluster\" }}\n AmazonEKSEditPolicy = {{ namespaces = [\"b\", \"a-*\", \"*\"] }}\n}}"
            ),
        ),
        (
            "halves",
            format!(
                "{SET} access_policies = {{\n AmazonEKSViewPolicy = {{ scope = \"cluster\", namespaces = null }}\n AmazonEKSEditPolicy = {{ scope = null, namespaces = [\"b\"] }}\n}}"
            ),
        ),
        ("twenty", twenty),
        (
            "tags",
            format!("{SET} tags = {{ same = \"default\", other = \"mine\", own = \"\" }}"),
        ),
        ("waits", format!("{SET} timeouts {{\n create = \"5m\"\n delete = \"90s\"\n}}")),
        ("nowaits", format!("{SET} timeouts {{}}")),
        (
            "words",
            format!(
                "{SET} policy_management = \"exclusive\"\n on_existing = \"fail\"\n preflight = \"plan\"\n triggers = {{ a = \"b\", c = null }}"
            ),
        ),
        ("okta", "role_name = \"okta-devs\"".to_owned()),
        (
            "here",
            format!("{SET} account_id = \"MEMBER\"\n role_account_id = \"MEMBER\"\n region = \"{REGION}\""),
        ),
    ];
    let bodies: Vec<_> = bodies.iter().map(|(name, body)| (*name, body.as_str())).collect();
    let trust = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "Federated": "arn:aws:iam::1:saml-provider/okta" }, "Action": "sts:AssumeRoleWithSAML" }] });
    let world = World::with(json!({
        "clusters": clusters(&bodies),
        "roles": [{ "account": "MEMBER", "name": "okta-devs", "path": "/federated/people/", "trust": trust }],
    }));
    let config = format!(
        "{}\ndata \"eks_sso_role\" \"developers\" {{\n{SET}}}\nprovider \"eks\" {{\n default_tags {{\n tags = {{ same = \"default\", other = \"default\", all = \"x\" }}\n }}\n ignore_tags {{\n keys = [\"cost\"]\n key_prefixes = [\"k8s/\"]\n }}\n}}",
        grants(&bodies).replace("MEMBER", &world.member)
    );
    let terraform = Workspace::new(&world, &config);
    terraform.apply().ok();
    terraform.plans_nothing();

    // Tags that others are known to set.
    let arn = terraform.state("eks_sso_access.tags")["access_entry_arn"]
        .as_str()
        .unwrap()
        .to_owned();
    world.aws(&["eks", "tag-resource", "--resource-arn", &arn, "--tags", "cost=1,k8s/owner=me"]);
    terraform.plans_nothing();
}

const POLICIES: [&str; 20] = [
    "AIDevOpsAgentAccessPolicy",
    "AmazonAIOpsAssistantPolicy",
    "AmazonARCRegionSwitchScalingPolicy",
    "AmazonEKSACKPolicy",
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSArgoCDClusterPolicy",
    "AmazonEKSArgoCDPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSBlockStorageClusterPolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSComputeClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSEventPolicy",
    "AmazonEKSHybridPolicy",
    "AmazonEKSKROPolicy",
    "AmazonEKSLoadBalancingClusterPolicy",
    "AmazonEKSViewPolicy",
];

/// A world in another partition or with a home region of its own; one grant with an access policy.
fn plans_nothing_in(region: &str, home: &str, management_set: &str, path: &str) {
    let (management, member) = (new_account(), new_account());
    let made = post(
        "world",
        json!({
            "management_account": management, "home_region": home,
            "permission_sets": [{ "name": management_set, "accounts": [member] }],
            "clusters": [{ "account": member, "region": region, "name": CLUSTER }],
        }),
    );
    let world = World { management, member, made };
    let config = format!(
        "provider \"eks\" {{\n region = \"{region}\"\n}}\nresource \"eks_sso_access\" \"x\" {{\n cluster_name = \"{CLUSTER}\"\n permission_set_name = \"{management_set}\"\n access_policies = {{ AmazonEKSViewPolicy = {{ scope = \"cluster\" }} }}\n}}\n"
    );
    let terraform = Workspace::new(&world, &config);
    terraform.apply().ok();
    terraform.plans_nothing();
    let entries = get(&format!("entries?account={}&region={region}&cluster={CLUSTER}", world.member));
    let entry = &entries["entries"][0];
    let arn = entry["principalArn"].as_str().unwrap();
    assert!(
        arn.contains(path) && arn.contains(&format!("/AWSReservedSSO_{management_set}_")),
        "{arn}"
    );
    let partition = arn.split(':').nth(1).unwrap();
    let policy = entry["policies"][0]["policyArn"].as_str().unwrap();
    assert!(policy.starts_with(&format!("arn:{partition}:eks::aws:")), "{policy}");
    terraform.destroy().ok();
}

#[test]
fn partitions_home_regions_and_odd_names_plan_nothing_after_an_apply() {
    let sso = "role/aws-reserved/sso.amazonaws.com";
    plans_nothing_in("us-gov-east-1", "us-gov-west-1", "DeveloperAccess", &format!("aws-us-gov:iam::"));
    plans_nothing_in("cn-northwest-1", "cn-north-1", "DeveloperAccess", "arn:aws-cn:iam::");
    plans_nothing_in("eu-west-1", "us-east-1", "Admin_Prod_0123456789abcdef", &format!("{sso}/AWS"));
    plans_nothing_in(
        "ap-southeast-2",
        "eu-central-1",
        "a+b=c,d.e@f-g_h@eu-west-1",
        &format!("{sso}/eu-central-1/AWS"),
    );
    plans_nothing_in("eu-west-1", "eu-west-1", &"X".repeat(32), &format!("{sso}/eu-west-1/AWS"));
}

#[test]
fn other_accounts_and_regions_plan_nothing_after_an_apply() {
    let other = new_account();
    let world = World::with(json!({
        "permission_sets": [{ "name": "DeveloperAccess", "accounts": ["MEMBER", other] }, { "name": "OnlyThere", "accounts": [other] }],
        "roles": [{ "account": other, "name": "eks-access", "path": "/team/" }],
        "clusters": [
            { "account": "MEMBER", "region": REGION, "name": CLUSTER },
            { "account": other, "region": "eu-north-1", "name": CLUSTER },
        ],
    }));
    let config = r#"
provider "eks" {
  account_access { role_name = "team/eks-access" }
}
resource "eks_sso_access" "there" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  account_id          = "OTHER"
  region              = "eu-north-1"
  access_policies     = { AmazonEKSViewPolicy = { scope = "cluster" } }
}
resource "eks_sso_access" "role_of_another_account" {
  cluster_name        = "payments-prod"
  permission_set_name = "OnlyThere"
  role_account_id     = "OTHER"
}
"#;
    let terraform = Workspace::new(&world, &config.replace("OTHER", &other));
    terraform.apply().ok();
    terraform.plans_nothing();
    let there = terraform.state("eks_sso_access.there");
    assert_eq!(there["principal_arn"], world.made["role_arns"][&other]["DeveloperAccess"]);
    assert_eq!(there["role_account_id"], json!(other));
    let entries = get(&format!("entries?account={other}&region=eu-north-1&cluster={CLUSTER}"));
    assert_eq!(entries["entries"][0]["principalArn"], there["principal_arn"]);
    assert_eq!(world.entry()["principalArn"], world.made["role_arns"][&other]["OnlyThere"]);
    terraform.destroy().ok();
}

/// `resource "terraform_data"` gives its input as output, unknown until the apply.
fn unknown(value: &str) -> String {
    format!("resource \"terraform_data\" \"x\" {{\n input = {value}\n}}\n")
}

/// A configuration with one argument unknown can be planned and applied, and then plans nothing.
#[track_caller]
fn applies_unknown(world: &World, value: &str, body: &str) -> (Workspace, Value) {
    let body = body.replace('?', "terraform_data.x.output");
    let config = format!("{}resource \"eks_sso_access\" \"x\" {{\n{body}\n}}\n", unknown(value));
    let terraform = Workspace::new(world, &config);
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{body}: {}", plan.text);
    let change = terraform.change("eks_sso_access.x");
    let applied = terraform.run(&["apply", "-no-color", "-input=false", "plan"]);
    assert_eq!(applied.code, Some(0), "{body}: {}", applied.text);
    terraform.plans_nothing();
    (terraform, change)
}

#[test]
fn each_argument_may_be_unknown_until_the_apply() {
    let rest = [
        ("\"payments-prod\"", "cluster_name = ?\n permission_set_name = \"DeveloperAccess\""),
        ("\"DeveloperAccess\"", "cluster_name = \"payments-prod\"\n permission_set_name = ?"),
        ("\"okta\"", "cluster_name = \"payments-prod\"\n role_name = ?"),
        ("\"MEMBER\"", "GRANT account_id = ?"),
        ("\"MEMBER\"", "GRANT role_account_id = ?"),
        ("\"eu-west-1\"", "GRANT region = ?"),
        ("[\"a\"]", "GRANT kubernetes_groups = ?"),
        ("\"a\"", "GRANT kubernetes_groups = [?]"),
        ("\"sso:{{SessionName}}\"", "GRANT user_name = ?"),
        ("null", "GRANT user_name = ?"),
        (
            "{ AmazonEKSViewPolicy = { scope = \"cluster\", namespaces = null } }",
            "GRANT access_policies = ?",
        ),
        (
            "{ scope = \"cluster\", namespaces = null }",
            "GRANT access_policies = { AmazonEKSViewPolicy = ? }",
        ),
        ("\"cluster\"", "GRANT access_policies = { AmazonEKSViewPolicy = { scope = ? } }"),
        ("[\"a\"]", "GRANT access_policies = { AmazonEKSViewPolicy = { namespaces = ? } }"),
        (
            "\"a\"",
            "GRANT access_policies = { AmazonEKSViewPolicy = { namespaces = [?, \"b\"] } }",
        ),
        ("\"exclusive\"", "GRANT policy_management = ?"),
        (
            "\"additive\"",
            "GRANT policy_management = ?\n access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }",
        ),
        ("\"adopt\"", "GRANT on_existing = ?"),
        ("\"apply\"", "GRANT preflight = ?"),
        ("{ a = \"b\" }", "GRANT triggers = ?"),
        ("\"b\"", "GRANT triggers = { a = ? }"),
        ("{ a = \"b\" }", "GRANT tags = ?"),
        ("\"b\"", "GRANT tags = { a = ?, c = \"d\" }"),
        ("\"5m\"", "GRANT timeouts {\n create = ?\n}"),
    ];
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "okta" }] }));
    for (value, body) in rest {
        let body = body.replace(
            "GRANT",
            "cluster_name = \"payments-prod\"\n permission_set_name = \"DeveloperAccess\"\n",
        );
        let (terraform, _) = applies_unknown(&world, &value.replace("MEMBER", &world.member), &body);
        assert_eq!(world.entries().len(), 1, "{body}");
        terraform.destroy().ok();
    }
}
