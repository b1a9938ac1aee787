//! The rows: one for each action, step and scene.

use crate::permissions::scenes::{
    absent_grant, absent_role_data, account_access, administrators, adopting, another_role, assuming, aws_auth, aws_auth_beside_entries,
    cluster_access, entry_of_others, fewer_policies, fresh, granted, kubeconfig, members_data, more_tags, no_tags, of_a_role, other_groups,
    other_scope, people_data, role_data, role_data_by_arn, role_made_again, roles_data, trust_data,
};
use crate::permissions::{Row, Scene, Who};

pub const PLAN: &[&str] = &["plan"];
pub const APPLY: &[&str] = &["apply"];
const PLAN_DESTROY: &[&str] = &["plan", "-destroy"];
const PLAN_DESTROY_UNREAD: &[&str] = &["plan", "-destroy", "-refresh=false"];
pub const DESTROY: &[&str] = &["destroy"];
const DESTROY_UNREAD: &[&str] = &["destroy", "-refresh=false"];
const ENTRY: &str = "arn:aws:eks:eu-west-1:MEMBER:access-entry/payments-prod/";
const ON_CLUSTER: &str = "arn:aws:eks:eu-west-1:MEMBER:cluster/payments-prod";
const RESERVED: &str = "arn:aws:iam::MEMBER:role/aws-reserved/";
const NOT_GRANTED: &str = "Error: Access could not be granted";

const ADMINISTRATOR_NOT_CHECKED: &str = "Warning: Check skipped: last cluster administrator";

fn row(
    action: &'static str,
    scene: fn() -> Scene,
    command: &'static [&'static str],
    says: &'static [&'static str],
    at: &'static str,
    on: &'static str,
) -> Row {
    Row {
        action,
        who: Who::Own,
        scene,
        command,
        says,
        at,
        on,
    }
}

fn of_identity_center(
    action: &'static str,
    scene: fn() -> Scene,
    says: &'static [&'static str],
    at: &'static str,
    on: &'static str,
) -> Row {
    Row {
        who: Who::IdentityCenter,
        ..row(action, scene, PLAN, says, at, on)
    }
}
pub fn creates() -> Vec<Row> {
    const UNCHECKED: &str = "could not be checked, and the plan goes on without it.";
    vec![
        row(
            "eks:DescribeCluster",
            fresh,
            PLAN,
            &["Warning: Check skipped: authentication mode", UNCHECKED],
            "cluster_name",
            ON_CLUSTER,
        ),
        row(
            "eks:ListAccessPolicies",
            fresh,
            PLAN,
            &["Warning: Check skipped: access policies", UNCHECKED],
            "access_policies",
            "*",
        ),
        row(
            "eks:DescribeAccessEntry",
            fresh,
            PLAN,
            &[
                "Error: Access entry cannot be read",
                "The access entry of DeveloperAccess (AWSReservedSSO_DeveloperAccess_",
            ],
            "permission_set_name",
            ENTRY,
        ),
        row(
            "eks:ListAssociatedAccessPolicies",
            adopting,
            PLAN,
            &[
                "Error: Access entry cannot be read",
                "The access entry of DeveloperAccess (AWSReservedSSO_DeveloperAccess_",
            ],
            "permission_set_name",
            ENTRY,
        ),
        row(
            "iam:ListRoles",
            fresh,
            PLAN,
            &[
                "Error: Role cannot be looked up",
                "The role of DeveloperAccess in MEMBER cannot be looked up.",
            ],
            "permission_set_name",
            RESERVED,
        ),
        row(
            "iam:GetRole",
            of_a_role,
            PLAN,
            &["Error: Role cannot be looked up", "The role Okta in MEMBER cannot be looked up."],
            "role_name",
            "role Okta",
        ),
        row(
            "eks:CreateAccessEntry",
            fresh,
            APPLY,
            &[NOT_GRANTED, "No access entry was made for DeveloperAccess"],
            "permission_set_name",
            ON_CLUSTER,
        ),
        row(
            "eks:AssociateAccessPolicy",
            fresh,
            APPLY,
            &[NOT_GRANTED, "was created, but this failed"],
            "access_policies",
            ENTRY,
        ),
    ]
}

pub fn changes() -> Vec<Row> {
    const UNREAD: &str = "Error: Access entry cannot be read";
    vec![
        row(
            "eks:DescribeAccessEntry",
            granted,
            PLAN,
            &[UNREAD, "The access entry of DeveloperAccess (AWSReservedSSO_DeveloperAccess_"],
            "permission_set_name",
            ENTRY,
        ),
        row(
            "eks:ListAssociatedAccessPolicies",
            granted,
            PLAN,
            &[UNREAD, "The access entry of DeveloperAccess (AWSReservedSSO_DeveloperAccess_"],
            "permission_set_name",
            ENTRY,
        ),
        row(
            "eks:UpdateAccessEntry",
            other_groups,
            APPLY,
            &["Error: Groups or user name could not be changed", "Kubernetes group"],
            "kubernetes_groups",
            ENTRY,
        ),
        row(
            "eks:AssociateAccessPolicy",
            other_scope,
            APPLY,
            &[NOT_GRANTED, "AmazonEKSEditPolicy"],
            "AmazonEKSEditPolicy",
            ENTRY,
        ),
        row(
            "eks:DisassociateAccessPolicy",
            fewer_policies,
            APPLY,
            &[
                "Error: Access could not be taken away",
                "remove AmazonEKSEditPolicy",
                "AmazonEKSEditPolicy",
            ],
            "access_policies",
            ENTRY,
        ),
        row(
            "eks:TagResource",
            more_tags,
            APPLY,
            &["Error: Tags could not be changed", "tags"],
            "tags",
            ENTRY,
        ),
        row(
            "eks:UntagResource",
            no_tags,
            APPLY,
            &["Error: Tags could not be changed", "tags"],
            "",
            ENTRY,
        ),
        row(
            "eks:CreateAccessEntry",
            another_role,
            APPLY,
            &[NOT_GRANTED, "No access entry was made for DeveloperAccess"],
            "permission_set_name",
            ON_CLUSTER,
        ),
        row(
            "eks:DeleteAccessEntry",
            role_made_again,
            APPLY,
            &[
                "Error: Access could not be taken away",
                "Deleting the access entry of DeveloperAccess",
            ],
            "permission_set_name",
            ENTRY,
        ),
        row(
            "eks:DeleteAccessEntry",
            granted,
            DESTROY,
            &["Error: Access could not be taken away", "payments-prod"],
            "",
            ENTRY,
        ),
        row(
            "eks:DescribeAccessEntry",
            granted,
            DESTROY_UNREAD,
            &["Error: Access could not be taken away", "payments-prod"],
            "",
            ENTRY,
        ),
        row(
            "eks:ListAccessEntries",
            administrators,
            PLAN_DESTROY,
            &[ADMINISTRATOR_NOT_CHECKED, "Whether another access entry on payments-prod"],
            "",
            ON_CLUSTER,
        ),
        row(
            "eks:ListAssociatedAccessPolicies",
            administrators,
            PLAN_DESTROY_UNREAD,
            &[ADMINISTRATOR_NOT_CHECKED, "Whether another access entry on payments-prod"],
            "",
            ENTRY,
        ),
        row(
            "eks:ListAccessEntries",
            entry_of_others,
            &["import", "eks_sso_access.developers", "payments-prod,DeveloperAccess"],
            &["Error: Access entry cannot be imported", "payments-prod"],
            "",
            ON_CLUSTER,
        ),
    ]
}

pub fn data_sources() -> Vec<Row> {
    const UNREAD: &str = "Error: Access entries cannot be read";
    vec![
        row(
            "iam:ListRoles",
            role_data,
            PLAN,
            &[
                "Error: Roles cannot be listed",
                "role of DeveloperAccess in account MEMBER cannot be looked up",
            ],
            "",
            RESERVED,
        ),
        row(
            "iam:ListRoles",
            roles_data,
            PLAN,
            &["Error: Roles cannot be listed", "MEMBER"],
            "",
            RESERVED,
        ),
        row(
            "eks:DescribeCluster",
            kubeconfig,
            PLAN,
            &["Error: Cluster cannot be read"],
            "cluster_name",
            ON_CLUSTER,
        ),
        row(
            "iam:ListRoles",
            kubeconfig,
            PLAN,
            &["Error: Home Region is not known", "sso_region is not set"],
            "",
            RESERVED,
        ),
        row(
            "eks:DescribeCluster",
            cluster_access,
            PLAN,
            &[
                "Warning: Authentication mode is not known",
                "the access entries are listed without it.",
            ],
            "cluster_name",
            ON_CLUSTER,
        ),
        row(
            "eks:ListAccessEntries",
            cluster_access,
            PLAN,
            &[UNREAD, "The access entries of payments-prod"],
            "cluster_name",
            ON_CLUSTER,
        ),
        row(
            "eks:DescribeAccessEntry",
            cluster_access,
            PLAN,
            &[UNREAD, "so none is listed"],
            "cluster_name",
            ENTRY,
        ),
        row(
            "eks:ListAssociatedAccessPolicies",
            cluster_access,
            PLAN,
            &[UNREAD, "so none is listed"],
            "cluster_name",
            ENTRY,
        ),
        row(
            "iam:ListRoles",
            cluster_access,
            PLAN,
            &[
                "Warning: Roles cannot be listed",
                "the status of the access entries of its roles is \"unknown\".",
            ],
            "cluster_name",
            RESERVED,
        ),
        row(
            "iam:GetRole",
            trust_data,
            PLAN,
            &["Warning: Role cannot be looked up", "the rest of the list is complete."],
            "include_trust",
            "role Deployer",
        ),
    ]
}

pub fn identity_center() -> Vec<Row> {
    let instance = "arn:aws:sso:::instance/ssoins-";
    let unasked = &[
        "Error: Permission set has no role in this account",
        "It is not known whether this permission set exists: Identity Center could not be asked in",
    ];
    let people = &[
        "Warning: Users cannot be listed",
        "For 1 of 1 permission sets people is null; the rest of the list is complete.",
    ];
    let unread = &[
        "Error: Permission set cannot be read",
        "The permission set cannot be read: arn:aws:sso:::permissionSet/",
    ];
    vec![
        of_identity_center("sso:ListInstances", absent_grant, unasked, "permission_set_name", "*"),
        of_identity_center("sso:ListPermissionSets", absent_grant, unasked, "permission_set_name", instance),
        of_identity_center("sso:DescribePermissionSet", absent_grant, unasked, "permission_set_name", instance),
        of_identity_center("sso:ListInstances", absent_role_data, unasked, "permission_set_name", "*"),
        of_identity_center("sso:ListPermissionSets", absent_role_data, unasked, "permission_set_name", instance),
        of_identity_center(
            "sso:DescribePermissionSet",
            absent_role_data,
            unasked,
            "permission_set_name",
            instance,
        ),
        of_identity_center("sso:ListInstances", role_data_by_arn, unread, "permission_set_arn", "*"),
        of_identity_center(
            "sso:DescribePermissionSet",
            role_data_by_arn,
            unread,
            "permission_set_arn",
            instance,
        ),
        of_identity_center("sso:ListInstances", people_data, people, "include_people", "*"),
        of_identity_center(
            "sso:ListPermissionSetsProvisionedToAccount",
            people_data,
            people,
            "include_people",
            instance,
        ),
        of_identity_center("sso:DescribePermissionSet", people_data, people, "include_people", instance),
        of_identity_center("sso:ListAccountAssignments", people_data, people, "include_people", instance),
        of_identity_center(
            "identitystore:DescribeGroup",
            people_data,
            people,
            "include_people",
            "arn:aws:identitystore:::group/",
        ),
        of_identity_center(
            "identitystore:DescribeUser",
            people_data,
            people,
            "include_people",
            "arn:aws:identitystore:::user/",
        ),
        of_identity_center(
            "identitystore:ListGroupMemberships",
            members_data,
            &[
                "Warning: Users cannot be listed",
                "people.members is null where one of these groups is assigned; the rest of the list is complete.",
            ],
            "include_members",
            "*",
        ),
    ]
}

pub fn credentials() -> Vec<Row> {
    const ROLE: &str = "arn:aws:iam::MEMBER:role/Terraform";
    const CHECK: &str = "4. The caller may call sts:AssumeRole on the role";
    vec![
        row(
            "sts:GetCallerIdentity",
            fresh,
            PLAN,
            &["Error: Provider credentials could not be checked", "VPC endpoint"],
            "",
            "*",
        ),
        row(
            "sts:AssumeRole",
            assuming,
            PLAN,
            &["Error: Cannot assume IAM Role", CHECK],
            "role_arn",
            ROLE,
        ),
        row(
            "sts:AssumeRole",
            account_access,
            PLAN,
            &["Error: Account cannot be reached", CHECK],
            "account_id",
            "arn:aws:iam::999988887777:role/Terraform",
        ),
        row(
            "sts:AssumeRole",
            people_data,
            PLAN,
            &["Warning: Users cannot be listed", CHECK],
            "include_people",
            "arn:aws:iam::MANAGEMENT:role/eks-idc",
        ),
    ]
}

pub fn rows_of_aws_auth() -> Vec<Row> {
    vec![
        row(
            "eks:DescribeCluster",
            aws_auth,
            PLAN,
            &["Error: Cluster cannot be read", "payments-prod"],
            "",
            ON_CLUSTER,
        ),
        row("iam:ListRoles", aws_auth, PLAN, &["Error: Role cannot be looked up"], "", RESERVED),
        row(
            "eks:DescribeAccessEntry",
            aws_auth_beside_entries,
            PLAN,
            &[
                "Warning: Check skipped: access entry beside the row",
                "Whether an access entry overrides the row",
            ],
            "permission_set_name",
            ENTRY,
        ),
    ]
}
