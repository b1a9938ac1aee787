//! `eks_sso_access`: what `terraform validate` tells without asking AWS.

use crate::core::Bench;
use crate::emulator::World;

/// Everything that the configuration alone gets wrong, at once.
const FAULTS: &str = r#"
resource "eks_sso_access" "faults" {
  cluster_name        = "no spaces please"
  permission_set_name = "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef"
  role_name           = "AWSReservedSSO_DeveloperAccess_0123456789abcdef"
  account_id          = "1234"
  role_account_id     = "22223333444x"
  region              = "europe"
  kubernetes_groups   = ["system:masters", "eks:x", "aws:x", "amazon:x", "iam:x", "", "fine"]
  user_name           = "system:node:x"
  access_policies = {
    AmazonEKSViewPolicy      = {}
    AmazonEKSEditPolicy      = { scope = "cluster", namespaces = ["a"] }
    AmazonEKSAdminPolicy     = { namespaces = [] }
    AmazonEKSKROPolicy       = { scope = "namespace", namespaces = ["a"] }
    AmazonEKSACKPolicy       = { namespaces = ["No_Good", "-a", "a-*"] }
    AmazonEKSComputePolicy   = null
    "no policy"              = { scope = "cluster" }
    "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEventPolicy" = { scope = "cluster" }
  }
  policy_management = "shared"
  on_existing       = "take"
  preflight         = "never"
  tags              = { "aws:x" = "1", "" = "2", long = "LONG" }
  timeouts {
    create = "10"
    update = "-1m"
    delete = "soon"
  }
}
"#;

/// Where each fault is shown, and words that say what to do about it.
const EXPECTED: &[(&str, &str)] = &[
    ("cluster_name", "expected 1 to 100 letters, digits"),
    (
        "permission_set_name",
        "takes the name of a permission set: write the name as Identity Center shows it, or aws_ssoadmin_permission_set.x.name",
    ),
    ("role_name", "use permission_set_name = \"DeveloperAccess\" instead of role_name"),
    (
        "role_name",
        "permission_set_name and role_name are set, but a grant is for one of them",
    ),
    ("account_id", "it has 4 of 12 digits"),
    ("role_account_id", "expected exactly 12 digits, in quotes"),
    ("region", "expected a name like \"eu-west-1\""),
    (
        "kubernetes_groups",
        "\"system:masters\" cannot be given by an access entry. What it allows is the access policy AmazonEKSClusterAdminPolicy",
    ),
    ("kubernetes_groups", "\"eks:x\" begins with \"eks:\""),
    ("kubernetes_groups", "\"aws:x\" begins with \"aws:\""),
    ("kubernetes_groups", "\"amazon:x\" begins with \"amazon:\""),
    ("kubernetes_groups", "\"iam:x\" begins with \"iam:\""),
    ("kubernetes_groups", "A Kubernetes group is empty"),
    ("user_name", "use another beginning, for example \"sso:{{SessionName}}\""),
    (
        "AmazonEKSViewPolicy",
        "write scope = \"cluster\" for the whole cluster, or namespaces =",
    ),
    (
        "AmazonEKSEditPolicy",
        "leave out namespaces for the whole cluster, or leave out scope",
    ),
    ("AmazonEKSAdminPolicy", "namespaces is empty, so the policy would hold nowhere"),
    ("AmazonEKSKROPolicy", "scope = \"namespace\" is not needed: leave it out"),
    ("AmazonEKSACKPolicy", "\"No_Good\" is not a namespace"),
    ("AmazonEKSACKPolicy", "\"-a\" is not a namespace"),
    (
        "AmazonEKSComputePolicy",
        "Write one of\n  AmazonEKSComputePolicy = { scope = \"cluster\" }\n  AmazonEKSComputePolicy = { namespaces = [\"payments\"] }",
    ),
    ("\"no policy\"", "`aws eks list-access-policies` shows all"),
    ("\"arn:aws:eks::aws", "give its name, \"AmazonEKSEventPolicy\""),
    ("policy_management", "expected \"exclusive\" or \"additive\""),
    ("on_existing", "expected \"fail\" or \"adopt\""),
    ("preflight", "expected \"plan\" or \"apply\""),
    ("tags", "begins with \"aws:\", which only AWS may use"),
    ("tags", "has an empty key"),
    ("tags", "has 257 characters: expected at most 256"),
    ("create", "Did you mean \"10m\" (minutes) or \"10s\" (seconds)?"),
    ("update", "it is negative"),
    ("delete", "for example \"10m\" or \"1h30m\""),
];

/// Each finding is expected, and each expectation is found.
#[track_caller]
fn check(config: &str, expected: &[(&str, &str)]) {
    let world = World::new();
    let mut findings = Bench::new(&world, config).findings();
    for (line, words) in expected {
        let at = findings
            .iter()
            .position(|f| f.severity == "error" && f.line.starts_with(line) && f.text.contains(words));
        let at = at.unwrap_or_else(|| panic!("nothing at {line} says {words:?}: {findings:#?}"));
        findings.remove(at);
    }
    assert!(findings.is_empty(), "not expected: {findings:#?}");
    assert!(world.calls().is_empty());
}

#[test]
fn all_faults_of_a_configuration_are_reported_at_once_each_at_its_line() {
    check(&FAULTS.replace("LONG", &"x".repeat(257)), EXPECTED);
}

#[test]
fn counts_colons_and_null_elements_are_checked() {
    check(
        r#"
resource "eks_sso_access" "nobody" {
  cluster_name      = "payments-prod"
  user_name         = "{{SessionName}}"
  kubernetes_groups = ["a", null]
  access_policies   = { for i in range(21) : "Policy${i}" => { scope = "cluster" } }
  tags              = merge({ for i in range(51) : "key${i}" => "x" }, { nothing = null })
}
resource "eks_sso_access" "words" {
  cluster_name        = "payments-prod"
  permission_set_name = "one that is far too long to be one"
  user_name           = "sso:{{SessionNameraw}}"
  access_policies = {
    AmazonEKSViewPolicy = { scope = "namespace" }
    AmazonEKSEditPolicy = { scope = "all" }
    AmazonEKSACKPolicy  = { namespaces = [null] }
    "arn:aws:iam::aws:policy/AdministratorAccess" = { scope = "cluster" }
  }
}
"#,
        &[
            (
                "resource \"eks_sso_access\" \"nobody\"",
                "Set permission_set_name to the name of an IAM Identity Center permission set",
            ),
            ("user_name", "no colon before {{SessionName}}"),
            ("kubernetes_groups", "One of the elements is null"),
            ("access_policies", "21 access policies are set, but EKS takes at most 20"),
            // The one that is null is none.
            ("tags", "51 tags are set, but AWS takes at most 50"),
            ("permission_set_name", "expected 1 to 32"),
            ("user_name", "holds {{SessionNameraw}}, which EKS does not know"),
            ("AmazonEKSViewPolicy", "leave it out, and name the namespaces"),
            ("AmazonEKSEditPolicy", "expected \"cluster\" for the whole cluster"),
            ("AmazonEKSACKPolicy", "One of the elements is null"),
            ("\"arn:aws:iam", "those say nothing about Kubernetes"),
        ],
    );
}

#[test]
fn as_many_as_aws_takes_are_not_too_many() {
    let config = r#"
resource "eks_sso_access" "full" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  access_policies     = { for i in range(20) : "Policy${i}" => { scope = "cluster" } }
  tags                = merge({ for i in range(50) : "key${i}" => "x" }, { nothing = null })
}
"#;
    check(config, &[]);
}

#[test]
fn read_only_attributes_are_refused_rather_than_ignored() {
    check(
        r#"
resource "eks_sso_access" "x" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  principal_arn       = terraform_data.x.output
  status              = "ok"
  unmanaged_policies  = {}
}
data "eks_sso_role" "x" {
  permission_set_name = "DeveloperAccess"
  arn                 = "x"
}
resource "terraform_data" "x" {}
"#,
        &[
            ("principal_arn", "principal_arn is set, but only the provider sets it"),
            ("status", "Remove status."),
            ("unmanaged_policies", "Remove unmanaged_policies."),
            ("arn", "Remove arn."),
        ],
    );
}

#[test]
fn unknown_values_are_never_wrong() {
    let unknown = "terraform_data.x.output";
    let config = [
        "cluster_name = U\n permission_set_name = U\n role_name = U",
        "cluster_name = \"c\"\n permission_set_name = \"x\"\n role_name = U\n account_id = U\n role_account_id = U\n region = U",
        "cluster_name = \"c\"\n role_name = U\n kubernetes_groups = U\n user_name = U\n access_policies = U\n tags = U",
        "cluster_name = \"c\"\n role_name = \"x\"\n kubernetes_groups = [U]\n access_policies = { x = U, y = { scope = U }, z = { namespaces = U } }\n tags = { x = U }",
        "cluster_name = \"c\"\n role_name = \"x\"\n access_policies = { x = { scope = U, namespaces = [\"a\"] }, y = { namespaces = [U] } }\n triggers = { x = U }",
        "cluster_name = \"c\"\n role_name = \"x\"\n policy_management = U\n on_existing = U\n preflight = U\n timeouts {\n create = U\n update = U\n delete = U\n }",
    ];
    let resources = config.iter().enumerate().map(|(i, body)| {
        let body = body.replace('U', unknown);
        format!("resource \"eks_sso_access\" \"x{i}\" {{\n {body}\n}}\n")
    });
    let config = format!("resource \"terraform_data\" \"x\" {{}}\n{}", resources.collect::<String>());
    check(&config, &[]);
}

/// One that EKS does not know would be the same user name for everyone.
#[test]
fn placeholders_that_eks_does_not_know_are_errors_at_their_attribute() {
    check(
        r#"
resource "eks_sso_access" "letters" {
  cluster_name        = "payments-prod"
  permission_set_name = "DeveloperAccess"
  user_name           = "sso:{{sessionname}}"
  kubernetes_groups   = ["team-{{AccountID}}"]
}
resource "eks_sso_access" "node" {
  cluster_name        = "payments-prod"
  permission_set_name = "ReadOnlyAccess"
  user_name           = "x:{{EC2PrivateDNSName}}"
}
resource "eks_sso_aws_auth" "row" {
  cluster_name        = "legacy"
  permission_set_name = "DeveloperAccess"
  user_name           = "sso:{{sessionNameRaw}}"
  kubernetes_groups   = ["team-{{Account}}"]
}
"#,
        &[
            (
                "user_name",
                "holds {{sessionname}}, which EKS does not know and leaves as it is: did you mean {{SessionName}}?",
            ),
            ("kubernetes_groups", "holds {{AccountID}}, and EKS replaces nothing in groups"),
            (
                "user_name",
                "holds {{EC2PrivateDNSName}}, which EKS does not know and leaves as it is: expected {{SessionName}}.",
            ),
            (
                "user_name",
                "holds {{sessionNameRaw}}, which EKS does not know and leaves as it is: did you mean {{SessionNameRaw}}?",
            ),
            (
                "kubernetes_groups",
                "holds {{Account}}, which EKS does not know and leaves as it is: did you mean {{AccountID}}?",
            ),
        ],
    );
}

/// AWS's guide names the one, nothing of AWS names the other, and aws-auth knows both.
#[test]
fn placeholders_that_eks_may_not_know_are_a_warning() {
    let world = World::new();
    for (name, said) in [
        (
            "sso:{{SessionNameRaw}}",
            "AWS's guide names it, and its users say that it stays as it is",
        ),
        ("{{AccountID}}:{{SessionName}}", "Write the number of the account instead"),
    ] {
        let config = format!(
            "resource \"eks_sso_access\" \"x\" {{\n  cluster_name        = \"payments-prod\"\n  permission_set_name = \"DeveloperAccess\"\n  user_name           \
             = {name:?}\n}}\n"
        );
        let plan = Bench::new(&world, &config).plan().says("1 to add");
        plan.says("Warning: Placeholder may stay as it is").says(said);
    }
}
