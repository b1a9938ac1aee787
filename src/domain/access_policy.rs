//! EKS access policies, and the scopes in which an access entry holds them.
//!
//! Follows the EKS User Guide ("Review access policy permissions", "Associate
//! access policies with access entries") and the EKS API Reference
//! (`AssociateAccessPolicy`, `AccessScope`). Which policies exist is
//! ListAccessPolicies' to say: the set grows and differs by region, so the
//! catalogue here only suggests.
//!
//! ```text
//! arn       = "arn:" partition ":eks::aws:cluster-access-policy/" name
//! name      = ( letter | digit ) 0*127( letter | digit | "-" | "_" )
//! namespace = 1*63( lower-case letter | digit | "-" | "*" )     neither first nor last a "-"
//! ```
//!
//! In a namespace, `*` stands for any text, and may stand more than once.

use std::collections::BTreeSet;
use std::fmt;

use crate::domain::arn_parts::ArnParts;
use crate::domain::error::Invalid;
use crate::domain::place::Partition;
use crate::domain::text::text_type;
use crate::domain::wildcard::matches;

/// Reads everything in its scope, Secrets included.
pub const ADMIN_VIEW: &str = "AmazonEKSAdminViewPolicy";
/// May do everything; what `system:masters` is in `aws-auth`.
pub const CLUSTER_ADMIN: &str = "AmazonEKSClusterAdminPolicy";
/// The most policies that one access entry holds.
pub const MAX_POLICIES: usize = 20;

/// The access policies seen in 2026, in alphabetical order.
pub const CATALOGUE: &[&str] = &[
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
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingClusterPolicy",
    "AmazonEKSNetworkingPolicy",
    "AmazonEKSPodIdentityPolicy",
    "AmazonEKSSecretAdminPolicy",
    "AmazonEKSSecretReaderPolicy",
    "AmazonEKSViewPolicy",
    "AmazonEMRJobPolicy",
    "AmazonSagemakerHyperpodClusterPolicy",
    "AmazonSagemakerHyperpodControllerPolicy",
    "AmazonSagemakerHyperpodSpacePolicy",
    "AmazonSagemakerHyperpodSpaceTemplatePolicy",
    "AmazonSagemakerHyperpodSystemNamespacePolicy",
    "AmazonSagemakerHyperpodUserClusterPolicy",
];

/// The name of an access policy, like `AmazonEKSViewPolicy`: letters, digits, `-`
/// and `_`, the first a letter or digit, at most 128.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessPolicyName(String);
text_type!(AccessPolicyName);

const MAX_NAME: usize = 128;
const RESOURCE: &str = "cluster-access-policy/";

impl AccessPolicyName {
    /// Parses the name of an access policy.
    ///
    /// # Errors
    /// The text has another form; the ARNs of an access policy and of an IAM
    /// policy get their own messages.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if is_policy_name(text) {
            return Ok(Self(text.to_owned()));
        }
        if let Ok(name) = Self::from_arn(text) {
            return Err(Invalid::new(format!(
                "{text:?} is the ARN of an access policy: give its name, \"{name}\". The ARN is made for the cluster's partition."
            )));
        }
        if ArnParts::split(text).is_some_and(|arn| arn.service == "iam") {
            return Err(Invalid::new(format!(
                "{text:?} is an IAM policy, and those say nothing about Kubernetes: give the name of an EKS access policy, for example \"AmazonEKSViewPolicy\" (`aws eks list-access-policies` shows all)."
            )));
        }
        Err(Invalid::new(format!(
            "{text:?} is not the name of an EKS access policy: expected letters, digits, \"-\" and \"_\", for example \"AmazonEKSViewPolicy\" (`aws eks list-access-policies` shows all)."
        )))
    }

    /// Takes the name out of `arn:<partition>:eks::aws:cluster-access-policy/<name>`.
    ///
    /// # Errors
    /// The text is not the ARN of an access policy.
    pub fn from_arn(arn: &str) -> Result<Self, Invalid> {
        let name = ArnParts::split(arn)
            .filter(|parts| {
                parts.service == "eks" && parts.region.is_empty() && parts.account == "aws" && Partition::parse(parts.partition).is_ok()
            })
            .and_then(|parts| parts.resource.strip_prefix(RESOURCE))
            .filter(|name| is_policy_name(name));
        name.map(|name| Self(name.to_owned())).ok_or_else(|| {
            Invalid::new(format!(
                "{arn:?} is not the ARN of an EKS access policy: expected arn:<partition>:eks::aws:cluster-access-policy/<name>."
            ))
        })
    }

    /// The policy's ARN in a partition, which must be the cluster's.
    pub fn arn(&self, partition: &Partition) -> String {
        format!("arn:{partition}:eks::aws:{RESOURCE}{self}")
    }
}

fn is_policy_name(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Where in the cluster an access policy holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessScope {
    /// Everywhere.
    Cluster,
    /// In the namespaces that these names or patterns match.
    Namespaces(BTreeSet<String>),
}

impl AccessScope {
    /// Makes a scope from the arguments of the configuration.
    ///
    /// # Errors
    /// Neither or both are given, the set is empty, `scope` is another word than
    /// `cluster`, or a namespace is not valid.
    pub fn from_parts(scope: Option<&str>, namespaces: Option<&BTreeSet<String>>) -> Result<Self, Invalid> {
        match (scope, namespaces) {
            (Some("cluster"), None) => Ok(Self::Cluster),
            (Some("cluster"), Some(_)) => Err(Invalid::new(
                "Both scope = \"cluster\" and namespaces are given: leave out namespaces for the whole cluster, or leave out scope for these namespaces only.",
            )),
            (Some(word @ ("namespace" | "namespaces")), Some(_)) => Err(Invalid::new(format!(
                "scope = {word:?} is not needed: leave it out, the namespaces alone say where the policy holds."
            ))),
            (Some(word @ ("namespace" | "namespaces")), None) => Err(Invalid::new(format!(
                "scope = {word:?} is not known here: leave it out, and name the namespaces, for example {{ namespaces = [\"payments\", \"payments-*\"] }}.",
            ))),
            (Some(other), _) => Err(Invalid::new(format!(
                "scope = {other:?} is not known: expected \"cluster\" for the whole cluster, or no scope and a set of namespaces."
            ))),
            (None, None) => Err(Invalid::new(
                "Neither scope nor namespaces is given: write scope = \"cluster\" for the whole cluster, or namespaces = [\"payments\", \"payments-*\"] for some namespaces.",
            )),
            (None, Some(set)) if set.is_empty() => Err(Invalid::new(
                "namespaces is empty, so the policy would hold nowhere: name at least one namespace, write scope = \"cluster\" for the whole cluster, or leave the policy out.",
            )),
            (None, Some(set)) => {
                set.iter().try_for_each(|name| validate_namespace(name))?;
                Ok(Self::Namespaces(set.clone()))
            }
        }
    }

    /// Makes a scope from the words of the EKS API, where the cluster's scope has
    /// an empty list of namespaces.
    ///
    /// # Errors
    /// The type is another word than `cluster` or `namespace`.
    pub fn from_aws(scope_type: &str, namespaces: impl IntoIterator<Item = String>) -> Result<Self, Invalid> {
        match scope_type {
            "cluster" => Ok(Self::Cluster),
            "namespace" => Ok(Self::Namespaces(namespaces.into_iter().collect())),
            _ => Err(Invalid::new(format!(
                "EKS answered with the access scope {scope_type:?}, which this version of the provider does not know: expected \"cluster\" or \"namespace\". Use a newer version of the provider."
            ))),
        }
    }

    /// The word of the EKS API: `cluster` or `namespace`.
    pub fn aws_type(&self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Namespaces(_) => "namespace",
        }
    }

    /// The argument `scope`: `cluster`, or nothing where there are namespaces.
    pub fn scope(&self) -> Option<&'static str> {
        match self {
            Self::Cluster => Some("cluster"),
            Self::Namespaces(_) => None,
        }
    }

    /// The argument `namespaces`.
    pub fn namespaces(&self) -> Option<&BTreeSet<String>> {
        match self {
            Self::Cluster => None,
            Self::Namespaces(set) => Some(set),
        }
    }

    /// Whether the policy holds in this scope wherever it holds in the other one.
    /// It may say no where several patterns together would cover another.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Cluster, _) => true,
            (Self::Namespaces(_), Self::Cluster) => false,
            (Self::Namespaces(ours), Self::Namespaces(theirs)) => {
                theirs.iter().all(|name| ours.iter().any(|pattern| matches(pattern, name)))
            }
        }
    }
}

impl fmt::Display for AccessScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => f.write_str("cluster"),
            Self::Namespaces(set) => {
                let names: Vec<&str> = set.iter().map(String::as_str).collect();
                write!(f, "namespaces {}", names.join(", "))
            }
        }
    }
}

/// The most characters that a namespace's name has.
const MAX_NAMESPACE: usize = 63;

/// Checks the syntax of a namespace: a Kubernetes label (RFC 1123), in which `*`
/// may stand for any text.
///
/// # Errors
/// The text is empty, longer than 63 characters, begins or ends with `-`, or has
/// other characters than lower-case letters, digits, `-` and `*`.
pub fn validate_namespace(text: &str) -> Result<(), Invalid> {
    let valid = (1..=MAX_NAMESPACE).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'*');
    if valid {
        return Ok(());
    }
    Err(Invalid::new(format!(
        "{text:?} is not a namespace: expected 1 to 63 lower-case letters, digits, \"-\" and \"*\" (for any text), neither the first nor the last a \"-\"."
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;
    use crate::domain::likeness::nearest;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn ok_names() {
        for name in CATALOGUE.iter().chain(&["Some-New_Policy1", "1"]) {
            let policy = AccessPolicyName::parse(name).unwrap();
            let arn = policy.arn(&Partition::parse("aws-cn").unwrap());
            assert_eq!(arn, format!("arn:aws-cn:eks::aws:cluster-access-policy/{name}"));
            assert_eq!(AccessPolicyName::from_arn(&arn), Ok(policy));
        }
    }

    #[test]
    fn the_catalogue_is_sorted_and_complete() {
        assert_eq!(CATALOGUE.len(), 33);
        assert!(CATALOGUE.is_sorted());
        assert!(CATALOGUE.contains(&ADMIN_VIEW) && CATALOGUE.contains(&CLUSTER_ADMIN));
    }

    #[test]
    fn err_names() {
        check_invalid(
            AccessPolicyName::parse(""),
            r#""" is not the name of an EKS access policy: expected letters, digits, "-" and "_", for example "AmazonEKSViewPolicy" (`aws eks list-access-policies` shows all)."#,
        );
        check_invalid(
            AccessPolicyName::parse("View Policy"),
            r#""View Policy" is not the name of an EKS access policy: expected letters, digits, "-" and "_", for example "AmazonEKSViewPolicy" (`aws eks list-access-policies` shows all)."#,
        );
        check_invalid(
            AccessPolicyName::parse("arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"),
            r#""arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy" is the ARN of an access policy: give its name, "AmazonEKSViewPolicy". The ARN is made for the cluster's partition."#,
        );
        check_invalid(
            AccessPolicyName::parse("arn:aws:iam::aws:policy/AdministratorAccess"),
            r#""arn:aws:iam::aws:policy/AdministratorAccess" is an IAM policy, and those say nothing about Kubernetes: give the name of an EKS access policy, for example "AmazonEKSViewPolicy" (`aws eks list-access-policies` shows all)."#,
        );
        check_invalid(
            AccessPolicyName::from_arn("arn:aws:iam::aws:policy/AdministratorAccess"),
            r#""arn:aws:iam::aws:policy/AdministratorAccess" is not the ARN of an EKS access policy: expected arn:<partition>:eks::aws:cluster-access-policy/<name>."#,
        );
        assert!(AccessPolicyName::from_arn("arn:aws:eks:eu-west-1:aws:cluster-access-policy/X").is_err());
        assert!(AccessPolicyName::from_arn("arn:aws:eks::aws:cluster-access-policy/").is_err());
        assert!(AccessPolicyName::parse(&"a".repeat(129)).is_err());
    }

    #[test]
    fn suggestions() {
        #[track_caller]
        fn check(name: &str, expected: &[&str]) {
            assert_eq!(nearest(name, CATALOGUE.iter().copied()), expected);
        }
        check("AmazonEKSViewPolizy", &["AmazonEKSViewPolicy"]);
        check("amazoneksviewpolicy", &["AmazonEKSViewPolicy"]);
        check("AmazonEKSClusterAdminnPolicy", &["AmazonEKSClusterAdminPolicy"]);
        check("EKSAdminPolicy", &["AmazonEKSAdminPolicy"]);
        check("Zzz", &[]);
    }

    #[test]
    fn ok_scopes() {
        assert_eq!(AccessScope::from_parts(Some("cluster"), None), Ok(AccessScope::Cluster));
        let names = set(&["payments", "payments-*"]);
        let scope = AccessScope::from_parts(None, Some(&names)).unwrap();
        assert_eq!(scope, AccessScope::Namespaces(names.clone()));
        assert_eq!(
            (scope.scope(), scope.namespaces(), scope.aws_type()),
            (None, Some(&names), "namespace")
        );
        assert_eq!(scope.to_string(), "namespaces payments, payments-*");
        let cluster = AccessScope::Cluster;
        assert_eq!(
            (cluster.scope(), cluster.namespaces(), cluster.aws_type()),
            (Some("cluster"), None, "cluster")
        );
        assert_eq!(cluster.to_string(), "cluster");
        assert_eq!(AccessScope::from_aws("cluster", []), Ok(cluster));
        assert_eq!(AccessScope::from_aws("namespace", names), Ok(scope));
    }

    #[test]
    fn err_scopes() {
        let names = set(&["payments"]);
        check_invalid(
            AccessScope::from_parts(None, None),
            r#"Neither scope nor namespaces is given: write scope = "cluster" for the whole cluster, or namespaces = ["payments", "payments-*"] for some namespaces."#,
        );
        check_invalid(
            AccessScope::from_parts(Some("cluster"), Some(&names)),
            r#"Both scope = "cluster" and namespaces are given: leave out namespaces for the whole cluster, or leave out scope for these namespaces only."#,
        );
        check_invalid(
            AccessScope::from_parts(None, Some(&set(&[]))),
            r#"namespaces is empty, so the policy would hold nowhere: name at least one namespace, write scope = "cluster" for the whole cluster, or leave the policy out."#,
        );
        check_invalid(
            AccessScope::from_parts(Some("namespace"), Some(&names)),
            r#"scope = "namespace" is not needed: leave it out, the namespaces alone say where the policy holds."#,
        );
        check_invalid(
            AccessScope::from_parts(Some("namespace"), None),
            r#"scope = "namespace" is not known here: leave it out, and name the namespaces, for example { namespaces = ["payments", "payments-*"] }."#,
        );
        check_invalid(
            AccessScope::from_parts(Some("all"), None),
            r#"scope = "all" is not known: expected "cluster" for the whole cluster, or no scope and a set of namespaces."#,
        );
        check_invalid(
            AccessScope::from_parts(None, Some(&set(&["ok", "Not-OK"]))),
            r#""Not-OK" is not a namespace: expected 1 to 63 lower-case letters, digits, "-" and "*" (for any text), neither the first nor the last a "-"."#,
        );
        check_invalid(
            AccessScope::from_aws("galaxy", []),
            r#"EKS answered with the access scope "galaxy", which this version of the provider does not know: expected "cluster" or "namespace". Use a newer version of the provider."#,
        );
    }

    #[test]
    fn namespaces() {
        let longest = "a".repeat(63);
        for ok in ["a", "payments", "payments-*", "*", "*-prod", "a*b", "0", longest.as_str()] {
            assert_eq!(validate_namespace(ok), Ok(()), "{ok}");
        }
        let too_long = "a".repeat(64);
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "a b", "é", too_long.as_str()] {
            assert!(validate_namespace(bad).is_err(), "{bad}");
        }
        check_invalid(
            validate_namespace("kube_system"),
            r#""kube_system" is not a namespace: expected 1 to 63 lower-case letters, digits, "-" and "*" (for any text), neither the first nor the last a "-"."#,
        );
    }

    #[test]
    fn scopes_cover_scopes() {
        #[track_caller]
        fn check(ours: &[&str], theirs: &[&str], expected: bool) {
            let (ours, theirs) = (AccessScope::Namespaces(set(ours)), AccessScope::Namespaces(set(theirs)));
            assert_eq!(ours.covers(&theirs), expected);
            assert!(AccessScope::Cluster.covers(&ours));
            assert!(!ours.covers(&AccessScope::Cluster));
        }
        check(&["a"], &["a"], true);
        check(&["a", "b"], &["a"], true);
        check(&["a"], &["a", "b"], false);
        check(&["pay-*"], &["pay-a", "pay-b-*"], true);
        check(&["pay-*"], &["pay"], false);
        check(&["*"], &["a", "b-*"], true);
        check(&["a*b*c"], &["a-b-c"], true);
        check(&["a*b*c"], &["ac"], false);
        check(&["a*a"], &["a"], false);
        check(&["a*bb*b"], &["abb"], false);
        check(&["a*bb*b"], &["abbb"], true);
        check(&["a"], &["a*"], false);
        check(&["*-x"], &["a-x"], true);
        check(&["*-x"], &["a-y"], false);
        assert!(AccessScope::Cluster.covers(&AccessScope::Cluster));
    }
}
