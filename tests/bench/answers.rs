//! Bodies as AWS words them: XML of STS and IAM, JSON of EKS.

use crate::world::{Entry, Place, digest};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// When everything was made that was there before: 2025-10-09.
const LONG_AGO: f64 = 1_760_000_000.0;
/// When entries are made. EKS refuses none for its age, and the provider wants them younger than their roles.
const NOW: f64 = 1_770_000_000.125;
/// Sessions do not end while anybody measures.
const EXPIRATION: &str = "2099-01-01T00:00:00Z";
const POLICIES: [&str; 6] = [
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSSecretReaderPolicy",
    "AmazonEKSViewPolicy",
];
/// As Identity Center writes it, percent-encoded as IAM gives it.
const TRUST_POLICY: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Federated%22%3A%22arn%3Aaws%3Aiam%3A%3A111122223333%3Asaml-provider%2FAWSSSO_0123456789abcdef_DO_NOT_DELETE%22%7D%2C%22Action%22%3A%5B%22sts%3AAssumeRoleWithSAML%22%2C%22sts%3ATagSession%22%5D%2C%22Condition%22%3A%7B%22StringEquals%22%3A%7B%22SAML%3Aaud%22%3A%22https%3A%2F%2Fsignin.aws.amazon.com%2Fsaml%22%7D%7D%7D%5D%7D";

fn query_answer(operation: &str, namespace: &str, result: &str) -> String {
    format!(
        "<{operation}Response xmlns=\"{namespace}\"><{operation}Result>{result}</{operation}Result><ResponseMetadata>\
         <RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata></{operation}Response>"
    )
}

fn sts(operation: &str, result: &str) -> String {
    query_answer(operation, "https://sts.amazonaws.com/doc/2011-06-15/", result)
}

fn iam(operation: &str, result: &str) -> String {
    query_answer(operation, "https://iam.amazonaws.com/doc/2010-05-08/", result)
}

pub(crate) fn caller_identity(account: &str) -> String {
    let result = format!("<Arn>arn:aws:iam::{account}:user/bench</Arn><UserId>AIDABENCH</UserId><Account>{account}</Account>");
    sts("GetCallerIdentity", &result)
}

/// The access key of the session names its account, as that of the caller does.
pub(crate) fn assumed_role(role_arn: &str, session: &str) -> String {
    let mut parts = role_arn.splitn(6, ':');
    let account = parts.nth(4).unwrap_or_default();
    let role = role_arn.rsplit('/').next().unwrap_or_default();
    let token = "x".repeat(700);
    let result = format!(
        "<AssumedRoleUser><AssumedRoleId>AROABENCH:{session}</AssumedRoleId><Arn>arn:aws:sts::{account}:assumed-role/{role}/{session}</Arn>\
         </AssumedRoleUser><Credentials><AccessKeyId>ASIATEST{account}</AccessKeyId><SecretAccessKey>not-a-secret</SecretAccessKey>\
         <SessionToken>{token}</SessionToken><Expiration>{EXPIRATION}</Expiration></Credentials>"
    );
    sts("AssumeRole", &result)
}

/// The roles of all permission sets of an account, `Set001` and so on.
pub(crate) fn roles(account: &str, permission_sets: usize, generation: u64) -> String {
    let mut members = String::new();
    for number in 1..=permission_sets {
        let set = format!("Set{number:03}");
        let name = format!("AWSReservedSSO_{set}_{:016x}", digest(&format!("{account}/{set}/{generation}")));
        let _ = write!(members, "<member>{}</member>", role_members(account, &name));
    }
    iam("ListRoles", &format!("<IsTruncated>false</IsTruncated><Roles>{members}</Roles>"))
}

/// A role of any name.
pub(crate) fn role(account: &str, name: &str) -> String {
    iam("GetRole", &format!("<Role>{}</Role>", role_members(account, name)))
}

fn role_members(account: &str, name: &str) -> String {
    let path = if name.starts_with("AWSReservedSSO_") {
        "/aws-reserved/sso.amazonaws.com/eu-west-1/"
    } else {
        "/"
    };
    let id = digest(&format!("{account}/{name}"));
    format!(
        "<Path>{path}</Path><RoleName>{name}</RoleName><RoleId>AROA{id:017X}</RoleId><Arn>arn:aws:iam::{account}:role{path}{name}</Arn>\
         <CreateDate>2025-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>{TRUST_POLICY}</AssumeRolePolicyDocument>\
         <MaxSessionDuration>28800</MaxSessionDuration>"
    )
}

pub(crate) fn cluster(place: &Place<'_>) -> Value {
    let Place { account, region, cluster } = place;
    json!({ "cluster": {
        "name": cluster,
        "arn": format!("arn:aws:eks:{region}:{account}:cluster/{cluster}"),
        "createdAt": LONG_AGO,
        "version": "1.33",
        "platformVersion": "eks.9",
        "status": "ACTIVE",
        "endpoint": format!("https://0123456789ABCDEF0123456789ABCDEF.gr7.{region}.eks.amazonaws.com"),
        "roleArn": format!("arn:aws:iam::{account}:role/eks-cluster"),
        "accessConfig": { "authenticationMode": "API" },
        "certificateAuthority": { "data": "LS0t" },
        "tags": {},
    } })
}

pub(crate) fn access_policies() -> Value {
    let policy = |name: &&str| json!({ "name": name, "arn": format!("arn:aws:eks::aws:cluster-access-policy/{name}") });
    json!({ "accessPolicies": POLICIES.iter().map(policy).collect::<Vec<_>>(), "nextToken": null })
}

pub(crate) fn access_entry(place: &Place<'_>, entry: &Entry) -> Value {
    json!({ "accessEntry": {
        "clusterName": place.cluster,
        "principalArn": entry.principal_arn,
        "kubernetesGroups": entry.groups,
        "accessEntryArn": entry.arn,
        "createdAt": NOW,
        "modifiedAt": NOW,
        "tags": entry.tags,
        "username": entry.user_name,
        "type": "STANDARD",
    } })
}

pub(crate) fn associations(place: &Place<'_>, entry: &Entry) -> Value {
    let policies: Vec<_> = entry.policies.iter().map(|(arn, scope)| association(arn, scope)).collect();
    json!({
        "associatedAccessPolicies": policies, "clusterName": place.cluster, "principalArn": entry.principal_arn, "nextToken": null,
    })
}

pub(crate) fn associated(place: &Place<'_>, entry: &Entry, policy_arn: &str) -> Value {
    let scope = entry.policies.get(policy_arn).unwrap_or(&Value::Null);
    json!({
        "clusterName": place.cluster, "principalArn": entry.principal_arn, "associatedAccessPolicy": association(policy_arn, scope),
    })
}

fn association(policy_arn: &str, scope: &Value) -> Value {
    json!({ "policyArn": policy_arn, "accessScope": scope, "associatedAt": NOW, "modifiedAt": NOW })
}
