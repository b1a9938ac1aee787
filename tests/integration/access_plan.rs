//! `eks_sso_access`: what a plan says before anything is written, and that after an apply it says nothing.

use crate::core::Bench;
use crate::emulator::{CLUSTER, REGION, World, get, new_account, post};
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
    let terraform = Bench::new(&world, &config);
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
    let terraform = Bench::new(&world, &config);
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
    plans_nothing_in("us-gov-east-1", "us-gov-west-1", "DeveloperAccess", "aws-us-gov:iam::");
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
    let terraform = Bench::new(&world, &config.replace("OTHER", &other));
    terraform.apply().ok();
    terraform.plans_nothing();
    let there = terraform.state("eks_sso_access.there");
    assert_eq!(there["principal_arn"], world.made["role_arns"][&other]["DeveloperAccess"]);
    assert_eq!(there["role_account_id"], Value::Null, "the cluster's");
    let entries = get(&format!("entries?account={other}&region=eu-north-1&cluster={CLUSTER}"));
    assert_eq!(entries["entries"][0]["principalArn"], there["principal_arn"]);
    assert_eq!(world.entry()["principalArn"], world.made["role_arns"][&other]["OnlyThere"]);
    terraform.destroy().ok();
}

/// Values of arguments, and grants in which `?` stands for the value. `GRANT` is a minimal one.
const ARGUMENTS: [(&str, &str); 26] = [
    ("\"CLUSTER\"", "cluster_name = ?\n permission_set_name = \"DeveloperAccess\""),
    ("\"DeveloperAccess\"", "cluster_name = \"CLUSTER\"\n permission_set_name = ?"),
    ("\"okta\"", "cluster_name = \"CLUSTER\"\n role_name = ?"),
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
    ("\"adopt\"", "GRANT on_existing = ?\n kubernetes_groups = [\"a\"]"),
    ("\"a\"", "GRANT policy_management = \"additive\"\n kubernetes_groups = [?]"),
];

/// A world with a cluster for each of [`ARGUMENTS`], and the grants with known values.
fn world_of_arguments() -> (World, Vec<(String, String)>) {
    let clusters: Value = (0..ARGUMENTS.len())
        .map(|i| json!({ "account": "MEMBER", "region": REGION, "name": format!("c{i}") }))
        .collect();
    let world = World::with(json!({ "clusters": clusters, "roles": [{ "account": "MEMBER", "name": "okta" }] }));
    let grants = ARGUMENTS.iter().enumerate().map(|(i, (value, body))| {
        let body = body.replace("GRANT", "cluster_name = \"CLUSTER\"\n permission_set_name = \"DeveloperAccess\"\n");
        let fill = |text: &str| text.replace("CLUSTER", &format!("c{i}")).replace("MEMBER", &world.member);
        (fill(value), fill(&body))
    });
    let grants = grants.collect();
    (world, grants)
}

fn with_known(grants: &[(String, String)]) -> String {
    let grant = |(i, (value, body)): (usize, &(String, String))| {
        format!("resource \"eks_sso_access\" \"x{i}\" {{\n{}\n}}\n", body.replace('?', value))
    };
    grants.iter().enumerate().map(grant).collect()
}

/// `terraform_data` gives its input as output, known only after it was made.
fn with_unknown(grants: &[(String, String)]) -> String {
    let grant = |(i, (value, body)): (usize, &(String, String))| {
        let body = body.replace('?', &format!("terraform_data.x{i}.output"));
        format!("resource \"terraform_data\" \"x{i}\" {{\n input = {value}\n}}\nresource \"eks_sso_access\" \"x{i}\" {{\n{body}\n}}\n")
    };
    grants.iter().enumerate().map(grant).collect()
}

#[test]
fn each_argument_of_a_new_grant_may_be_unknown() {
    let (world, grants) = world_of_arguments();
    let terraform = Bench::new(&world, &with_unknown(&grants));
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    let known = |i: usize| terraform.change(&format!("eks_sso_access.x{i}"))["after"]["principal_arn"].is_string();
    assert!(
        !known(0) && !known(1) && !known(19),
        "cluster, set and triggers decide about the role"
    );
    assert!(known(6) && known(10) && known(15) && known(21), "the others do not");
    terraform.run(&["apply", "-no-color", "-input=false", "plan"]).ok();
    terraform.plans_nothing();
    terraform.destroy().ok();
}

#[test]
fn argument_that_becomes_unknown_and_proves_the_same_changes_nothing() {
    let (world, grants) = world_of_arguments();
    let terraform = Bench::new(&world, &with_known(&grants));
    terraform.apply().ok();
    terraform.write(&with_unknown(&grants));
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    for change in terraform.plan_json()["resource_changes"].as_array().unwrap() {
        let actions = &change["change"]["actions"];
        assert!(
            change["type"] != "eks_sso_access" || actions != &json!(["delete", "create"]),
            "{change:#}"
        );
    }
    world.forget_calls();
    terraform.run(&["apply", "-no-color", "-input=false", "plan"]).ok();
    assert!(world.writes().is_empty(), "{:?}", world.writes());
    terraform.plans_nothing();
}

#[test]
fn unknown_argument_that_proves_different_writes_nothing_and_is_replaced_by_the_next_plan() {
    let world = World::with(json!({ "clusters": clusters(&[("payments-prod", ""), ("orders-prod", "")]) }));
    let terraform = Bench::new(&world, MINIMAL);
    terraform.apply().ok();
    let unknown = "resource \"terraform_data\" \"x\" {\n input = \"orders-prod\"\n}\n";
    terraform.write(&format!(
        "{unknown}{}",
        MINIMAL.replace("\"payments-prod\"", "terraform_data.x.output")
    ));
    assert_eq!(terraform.plan().code, Some(2));
    assert_eq!(terraform.change("eks_sso_access.x")["actions"], json!(["update"]));
    world.forget_calls();
    terraform.run(&["apply", "-no-color", "-input=false", "plan"]).failed();
    assert!(world.writes().is_empty());
    assert_eq!(terraform.plan().code, Some(2));
    assert_eq!(terraform.change("eks_sso_access.x")["actions"], json!(["delete", "create"]));
    terraform.apply().ok();
    terraform.plans_nothing();
}

#[test]
fn unknown_provider_configuration_plans_without_asking_aws() {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "okta" }] }));
    for argument in [
        "region = terraform_data.x.output",
        "assume_role {\n role_arn = terraform_data.x.output\n}",
        "endpoints {\n eks = terraform_data.x.output\n}",
        "account_access {\n role_name = terraform_data.x.output\n}",
    ] {
        world.forget_calls();
        let provider = format!("resource \"terraform_data\" \"x\" {{\n input = \"y\"\n}}\nprovider \"eks\" {{\n{argument}\n}}\n");
        let terraform = Bench::new(&world, &format!("{provider}{MINIMAL}"));
        let plan = terraform.plan();
        assert_eq!(plan.code, Some(2), "{}", plan.text);
        plan.says("Warning: Provider configuration is not known yet")
            .says("apply what they come from first");
        let change = terraform.change("eks_sso_access.x");
        for name in ["principal_arn", "role_id", "account_id", "region", "tags_all", "access_entry_arn"] {
            assert_eq!(change["after_unknown"][name], json!(true), "{argument}: {name}");
        }
        assert!(world.calls().is_empty(), "{argument}: {:?}", world.calls());
    }

    // A grant in the state cannot be planned so.
    let terraform = Bench::new(&world, MINIMAL);
    terraform.apply().ok();
    terraform.write(&format!(
        "resource \"terraform_data\" \"x\" {{\n input = \"y\"\n}}\nprovider \"eks\" {{\n region = terraform_data.x.output\n}}\n{MINIMAL}"
    ));
    terraform
        .plan()
        .failed()
        .says("Error: Provider configuration is not known yet")
        .says("region is known only after apply");
}

#[test]
fn provider_configuration_that_the_apply_makes_known_serves_the_same_apply() {
    let world = World::new();
    let provider =
        "resource \"terraform_data\" \"x\" {\n input = \"eu-west-1\"\n}\nprovider \"eks\" {\n region = terraform_data.x.output\n}\n";
    let terraform = Bench::new(&world, &format!("{provider}{MINIMAL}"));
    terraform.apply().ok();
    assert_eq!(world.entry()["principalArn"], json!(world.role_arn("DeveloperAccess")));
    terraform.plans_nothing();
}

#[test]
fn unknown_default_tags_leave_only_tags_all_open() {
    let world = World::new();
    let provider = "resource \"terraform_data\" \"x\" {\n input = \"y\"\n}\nprovider \"eks\" {\n default_tags {\n tags = { a = terraform_data.x.output }\n}\n}\n";
    let terraform = Bench::new(&world, &format!("{provider}{MINIMAL}"));
    assert_eq!(terraform.plan().code, Some(2));
    let change = terraform.change("eks_sso_access.x");
    assert_eq!(change["after_unknown"]["tags_all"], json!(true));
    assert_eq!(change["after"]["principal_arn"], json!(world.role_arn("DeveloperAccess")));
    terraform.apply().ok();
    assert_eq!(world.entry()["tags"], json!({ "a": "y" }));
    terraform.plans_nothing();
}

/// The actions that a changed argument leads to.
fn actions(terraform: &Bench, config: &str) -> Value {
    terraform.write(config);
    let plan = terraform.plan();
    assert_eq!(plan.code, Some(2), "{}", plan.text);
    terraform.change("eks_sso_access.x")["actions"].clone()
}

#[test]
fn who_and_where_replace_and_everything_else_changes_in_place() {
    let other = new_account();
    let world = World::with(json!({
        "permission_sets": [{ "name": "DeveloperAccess", "accounts": ["MEMBER", other] }, { "name": "AdministratorAccess", "accounts": ["MEMBER"] }],
        "roles": [{ "account": other, "name": "eks-access" }, { "account": "MEMBER", "name": "okta" }],
        "clusters": [
            { "account": "MEMBER", "region": REGION, "name": CLUSTER },
            { "account": "MEMBER", "region": REGION, "name": "orders-prod" },
            { "account": "MEMBER", "region": "eu-north-1", "name": CLUSTER },
            { "account": other, "region": REGION, "name": CLUSTER },
        ],
    }));
    let provider = "provider \"eks\" {\n account_access {\n role_name = \"eks-access\"\n}\n}\n";
    let base = format!("{provider}{MINIMAL}");
    let terraform = Bench::new(&world, &base);
    terraform.apply().ok();
    let set = "permission_set_name = \"DeveloperAccess\"";
    let (replace, update) = (json!(["delete", "create"]), json!(["update"]));
    for (changed, expected) in [
        (base.replace("payments-prod", "orders-prod"), &replace),
        (base.replace("DeveloperAccess", "AdministratorAccess"), &replace),
        (base.replace(set, "role_name = \"okta\""), &replace),
        (base.replace(set, &format!("{set}\n account_id = \"{other}\"")), &replace),
        (base.replace(set, &format!("{set}\n role_account_id = \"{other}\"")), &replace),
        (base.replace(set, &format!("{set}\n region = \"eu-north-1\"")), &replace),
        (base.replace(set, &format!("{set}\n kubernetes_groups = [\"a\"]")), &update),
        (base.replace(set, &format!("{set}\n user_name = \"a\"")), &update),
        (
            base.replace(
                set,
                &format!("{set}\n access_policies = {{ AmazonEKSViewPolicy = {{ scope = \"cluster\" }} }}"),
            ),
            &update,
        ),
        (base.replace(set, &format!("{set}\n tags = {{ a = \"b\" }}")), &update),
    ] {
        assert_eq!(&actions(&terraform, &changed), expected, "{changed}");
        terraform.apply().ok();
        terraform.plans_nothing();
        // Another account's cluster, and its role with it.
        if changed.contains(" account_id") {
            let state = terraform.state("eks_sso_access.x");
            assert_eq!(state["role_account_id"], Value::Null, "the cluster's");
            assert_eq!(state["principal_arn"], world.made["role_arns"][&other]["DeveloperAccess"]);
        }
        terraform.write(&base);
        // What the state says stays where the configuration leaves it out; only an explicit place leads back.
        let back = format!(
            "{set}\n account_id = \"{}\"\n role_account_id = \"{}\"\n region = \"{REGION}\"",
            world.member, world.member
        );
        terraform.write(&base.replace(set, &back));
        terraform.apply().ok();
        terraform.write(&base);
        terraform.plans_nothing();
        assert_eq!(world.entries().len(), 1);
    }

    // These alone call nothing.
    for more in [
        "timeouts {\n create = \"1m\"\n }",
        "on_existing = \"adopt\"",
        "preflight = \"apply\"",
        "policy_management = \"additive\"",
    ] {
        assert_eq!(actions(&terraform, &base.replace(set, &format!("{set}\n {more}"))), update);
        world.forget_calls();
        terraform.run(&["apply", "-no-color", "-input=false", "plan"]).ok();
        assert!(world.writes().is_empty(), "{more}: {:?}", world.writes());
        terraform.plans_nothing();
    }
}

#[test]
fn credentials_of_another_account_are_an_error_and_never_a_plan_to_replace() {
    let other = new_account();
    let world = World::with(json!({
        "roles": [{ "account": "MEMBER", "name": "eks-access" }],
        "permission_sets": [{ "name": "DeveloperAccess", "accounts": ["MEMBER", other] }],
    }));
    let mut terraform = Bench::new(&world, MINIMAL);
    terraform.apply().ok();
    terraform.env = world.credentials(&other);
    terraform
        .plan()
        .failed()
        .says("Error: Account cannot be reached")
        .says("was not read. It is in the state, so the last apply got there: these may be the wrong credentials (profile, AWS_PROFILE).")
        .says(&format!(
            "The provider's credentials are of {other}: arn:aws:iam::{other}:user/test"
        ));
    // Where the account can be reached all the same, and where nothing is read first.
    let provider = "provider \"eks\" {\n account_access {\n role_name = \"eks-access\"\n}\n}\n";
    terraform.write(&format!("{provider}{MINIMAL}"));
    let says = |output: crate::terraform::Output| {
        output
            .failed()
            .says("Error: Grant is in another account")
            .says(&format!(
                "The state says that this grant is in account {}, but the provider is in {other}",
                world.member
            ))
            .says(&format!("set account_id = \"{}\"", world.member));
    };
    says(terraform.plan());
    terraform.write(MINIMAL);
    says(terraform.run(&["plan", "-no-color", "-refresh=false"]));
    // The advice works.
    terraform.write(&format!(
        "{provider}{}",
        MINIMAL.replace("\n}", &format!("\n account_id = \"{}\"\n}}", world.member))
    ));
    terraform.plans_nothing();
    terraform.env = world.credentials(&world.member);
    terraform.set_env("AWS_REGION", "eu-north-1");
    terraform.write(MINIMAL);
    terraform
        .plan()
        .failed()
        .says("Error: Grant is in another Region")
        .says("in Region eu-west-1, but the provider is in eu-north-1");
}

#[test]
fn plans_make_only_reading_calls_and_few() {
    let world = World::new();
    let terraform = Bench::new(&world, crate::access::BASIC);
    assert_eq!(terraform.plan().code, Some(2));
    let of_create = [
        "GetCallerIdentity",
        "DescribeCluster",
        "ListAccessPolicies",
        "ListRoles",
        "DescribeAccessEntry",
    ];
    assert_eq!(sorted(world.calls()), sorted(of_create.map(str::to_owned).to_vec()));
    terraform.apply().ok();
    world.forget_calls();
    terraform.plans_nothing();
    let of_nothing = [
        "GetCallerIdentity",
        "DescribeAccessEntry",
        "ListAssociatedAccessPolicies",
        "ListRoles",
    ];
    assert_eq!(sorted(world.calls()), sorted(of_nothing.map(str::to_owned).to_vec()));
    assert!(world.writes().is_empty());
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[test]
fn changed_default_tags_change_tags_all_alone() {
    let world = World::new();
    let with = |tags: &str| {
        format!(
            "provider \"eks\" {{\n default_tags {{\n tags = {{ {tags} }}\n}}\n}}\n{}",
            crate::access::BASIC
        )
    };
    let address = "eks_sso_access.developers";
    let terraform = Bench::new(&world, &with("a = \"1\", gone = \"x\""));
    terraform.apply().ok();
    terraform.write(&with("a = \"2\", new = \"y\""));
    assert_eq!(terraform.plan().code, Some(2));
    let change = terraform.change(address);
    assert_eq!(change["actions"], json!(["update"]));
    assert_eq!(change["before"]["tags"], change["after"]["tags"]);
    assert_eq!(change["after"]["tags_all"], json!({ "a": "2", "new": "y", "team": "payments" }));
    world.forget_calls();
    terraform.apply().ok();
    assert_eq!(world.writes(), ["TagResource", "UntagResource"]);
    assert_eq!(world.entry()["tags"], json!({ "a": "2", "new": "y", "team": "payments" }));
    terraform.plans_nothing();

    // A default tag that others remove comes back.
    let arn = world.entry()["accessEntryArn"].as_str().unwrap().to_owned();
    world.aws(&["eks", "untag-resource", "--resource-arn", &arn, "--tag-keys", "a"]);
    assert_eq!(terraform.plan().code, Some(2));
    assert_eq!(
        terraform.change(address)["before"]["tags"],
        terraform.change(address)["after"]["tags"]
    );
    terraform.apply().ok();
    terraform.plans_nothing();
    // Too many together.
    let many: String = (0..50).map(|i| format!("k{i} = \"x\"\n")).collect();
    terraform.write(&with(&many));
    terraform
        .plan()
        .failed()
        .says("51 tags come together from tags (1) and the provider's default_tags (50), but AWS takes at most 50");
}

#[test]
fn region_of_another_partition_is_one_error_at_the_region() {
    let world = World::new();
    let set = "permission_set_name = \"DeveloperAccess\"";
    let more = format!("{set}\n region = \"us-gov-west-1\"\n access_policies = {{ AmazonEKSViewPolicy = {{ scope = \"cluster\" }} }}");
    let plan = Bench::new(&world, &MINIMAL.replace(set, &more)).plan().failed();
    assert_eq!(plan.text.matches("Error:").count(), 1, "{}", plan.text);
    plan.says("Error: Region cannot be reached")
        .says("11: region = \"us-gov-west-1\"")
        .says("use a provider configuration of its own for us-gov-west-1");
}

/// Twice the same, by name and by ARN, and by two keys.
#[test]
fn one_grant_in_two_resources_is_an_error_of_the_plan() {
    let world = World::with(json!({ "roles": [{ "account": "MEMBER", "name": "okta", "path": "/ops/" }] }));
    let set = "permission_set_name = \"DeveloperAccess\"";
    let (role, arn) = (
        "role_name = \"okta\"",
        format!("iam_principal_arn = \"arn:aws:iam::{}:role/ops/okta\"", world.member),
    );
    let both = |one: &str, other: &str| {
        format!(
            "{}{}",
            MINIMAL.replace(set, one),
            MINIMAL.replace(set, other).replace("\"x\"", "\"y\"")
        )
    };
    let missing = "permission_set_name = \"Missing\"\n preflight = \"apply\"";
    let each = "for_each = toset([\"a\", \"b\"])\n permission_set_name = \"DeveloperAccess\"";
    for config in [
        both(set, set),
        both(role, &arn),
        both(&arn, role),
        both(missing, missing),
        MINIMAL.replace(set, each),
    ] {
        let terraform = Bench::new(&world, &config);
        let plan = terraform
            .plan()
            .failed()
            .says("Error: Two resources for one grant")
            .says("Another resource of this configuration is planned to grant the same")
            .says("a module is called twice");
        assert_eq!(plan.text.matches("Error:").count(), 1, "{}", plan.text);
        terraform.apply().failed();
        assert!(terraform.addresses().is_empty());
    }
    assert!(world.writes().is_empty(), "{:?}", world.writes());
}

/// What looks like two resources for a moment: a second plan of a replacement, either order of it, a taint, a renamed key, a swap.
#[test]
fn one_resource_that_is_planned_again_is_not_taken_for_two() {
    let said = "Two resources for one grant";
    let world = World::new();
    let set = "permission_set_name = \"DeveloperAccess\"";
    for lifecycle in ["", "lifecycle {\n create_before_destroy = true\n }\n"] {
        let config = |set: &str| MINIMAL.replace("permission_set_name = \"DeveloperAccess\"", &format!("{set}\n {lifecycle}"));
        let terraform = Bench::new(&world, &config(set));
        terraform.plan().does_not_say(said);
        terraform.apply().ok();
        terraform.write(&config("permission_set_name = \"AdministratorAccess\""));
        terraform.apply().ok().does_not_say(said);
        let replace = ["apply", "-auto-approve", "-input=false", "-no-color", "-replace=eks_sso_access.x"];
        if lifecycle.is_empty() {
            terraform.run(&replace).ok().does_not_say(said);
        }
        // Refreshed, found gone, and planned as a create, with and without a destroy after that.
        world.aws(&[
            "eks",
            "delete-access-entry",
            "--cluster-name",
            "payments-prod",
            "--principal-arn",
            &world.role_arn("AdministratorAccess"),
        ]);
        terraform.plan().says("1 to add").does_not_say(said);
        terraform.apply().ok();
        terraform.destroy().ok().does_not_say(said);
    }
    let two = |one: &str, other: &str| {
        let of = |name: &str, set: &str| MINIMAL.replace("\"x\"", &format!("\"{name}\"")).replace("DeveloperAccess", set);
        format!("{}{}", of("x", one), of("y", other))
    };
    let terraform = Bench::new(&world, &two("DeveloperAccess", "AdministratorAccess"));
    terraform.apply().ok();
    terraform.write(&two("AdministratorAccess", "DeveloperAccess"));
    terraform.plan().does_not_say(said);
}
