//! Why a row does not become an `eks_sso_access`, by what its ARN is. Which member the row is under says nothing of that:
//! aws-iam-authenticator looks at the ARN alone.

use crate::domain::arn::{AccessEntryPrincipal, RoleArn};
use crate::domain::arn_parts::ArnParts;
use crate::domain::aws_auth::config_map::{MAP_ROLES, MAP_USERS};
use crate::domain::aws_auth::row::{Mapping, Row, with_prefix_in_lower_case};
use crate::domain::role_name::SERVICE_LINKED;

/// What people write where a value is to be filled in.
const PLACEHOLDERS: [char; 7] = ['<', '>', '{', '}', '$', '[', ']'];

/// The role or user that a row lets in.
///
/// # Errors
/// It lets in somebody else, or nobody: what to do about it.
pub(super) fn principal_of(row: &Row) -> Result<AccessEntryPrincipal, String> {
    let arn = row.mapping.arn.as_str();
    if arn.trim().is_empty() {
        return Err(no_arn(row));
    }
    if arn.contains(['*', '?']) {
        return Err(nobody(
            "The ARN is a pattern, and EKS compares ARNs letter by letter",
            "Write a grant for each role that was meant, and remove the row.",
        ));
    }
    if arn.contains(PLACEHOLDERS) {
        return Err(nobody(
            "The ARN holds a placeholder that was not filled in",
            "Fill it in and read the map again, or remove the row.",
        ));
    }
    let in_lower_case = with_prefix_in_lower_case(arn);
    match AccessEntryPrincipal::parse(&in_lower_case) {
        Ok(principal) if in_lower_case != arn => Err(format!(
            "The ARN is written in other letters than IAM's ({principal}). aws-auth does not mind, so the row lets people in; access entries do. Write it as IAM does (`aws iam list-roles`), and read the map again."
        )),
        Ok(AccessEntryPrincipal::Role(role)) => own_role(role).map(AccessEntryPrincipal::Role),
        Ok(user @ AccessEntryPrincipal::User(_)) => Ok(user),
        Err(invalid) => Err(other_arn(&in_lower_case, invalid.message())),
    }
}

fn nobody(why: &str, what_to_do: &str) -> String {
    format!("{why}, so that nobody gets in through this row. {what_to_do}")
}

fn no_arn(row: &Row) -> String {
    let (key, other, elsewhere) = match row.member {
        MAP_USERS => ("userarn", "rolearn", MAP_ROLES),
        _ => ("rolearn", "userarn", MAP_USERS),
    };
    let has = |name: &str| row.unknown_keys.iter().any(|key| key.eq_ignore_ascii_case(name));
    if has(other) {
        return nobody(
            &format!("The row has no {key}, and {other} is a key of {elsewhere}"),
            &format!("If somebody is meant to get in, move the row to {elsewhere} and read the map again; else remove it."),
        );
    }
    if has("account") {
        return "This is how eksctl shows an account of mapAccounts: all its users and roles get in under their own ARNs. An access entry names \
                one principal; give those who need it an entry each."
            .to_owned();
    }
    match row.unknown_keys.as_slice() {
        [] => nobody(&format!("The row has no {key}"), "Remove it."),
        keys => format!(
            "The row has no {key}, and aws-auth does not know the keys that it has ({}): read the ConfigMap itself, as `kubectl -n kube-system \
             get configmap aws-auth -o yaml` shows it.",
            keys.join(", ")
        ),
    }
}

fn own_role(role: RoleArn) -> Result<RoleArn, String> {
    // aws-auth does not hold the path that tells them otherwise.
    if role.is_service_linked() || role.name().starts_with(SERVICE_LINKED) {
        return Err(service_linked(role.name()));
    }
    if role.path() == "/" {
        return Ok(role);
    }
    Err(format!(
        "The ARN has the role's path, which aws-auth must not have: nobody has come in through this row, and moving it would give access that nobody has today. Remove it; if the access is wanted, write the row with {} and read the map again.",
        role.without_path()
    ))
}

/// What makes the access entry in the place of such a row.
fn service_linked(name: &str) -> String {
    let what_to_do = match name {
        "AWSServiceRoleForAmazonEMRContainers" => {
            "Amazon EMR makes it for each virtual cluster that is created once the cluster takes access entries; virtual clusters of before go on using the row, so keep it until they are gone: https://docs.aws.amazon.com/emr/latest/EMR-on-EKS-DevelopmentGuide/setting-up-cluster-access.html"
        }
        "AWSServiceRoleForBatch" => {
            "AWS Batch says how its compute environments get into clusters; keep the row until they do without: https://docs.aws.amazon.com/batch/latest/userguide/getting-started-eks.html"
        }
        _ => {
            "Look into that service's documentation for its integration with access entries (the access policies that are made for services: https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html), and keep the row until its entry exists."
        }
    };
    format!("{name:?} is a service-linked role, and only its service can give it an access entry. {what_to_do}")
}

/// An ARN that is neither a role's nor a user's.
fn other_arn(arn: &str, why: &str) -> String {
    let Some(parts) = ArnParts::split(arn) else {
        return nobody(
            &format!("{arn:?} is not an ARN"),
            "Correct it and read the map again, or remove the row.",
        );
    };
    let account = parts.account;
    let (kind, rest) = parts.resource.split_once('/').unwrap_or((parts.resource, ""));
    match (parts.service, kind) {
        ("iam", "root") => format!(
            "The ARN is that of the root user of account {account}, whom alone the row lets in: it does not stand for the roles and users of the account, and an access entry for it lets nobody in. Remove the row; give each role that needs the cluster a grant."
        ),
        ("iam", "group") => nobody(
            "The ARN is that of an IAM group, and nobody signs in as a group",
            "Remove it; give the roles of these people grants.",
        ),
        ("sts", "assumed-role") => {
            let role = rest.split('/').next().unwrap_or_default();
            nobody(
                "The ARN is that of a session, and EKS compares the ARN of the session's role",
                &format!(
                    "Remove it; if the access is wanted, write the row with arn:{}:iam::{account}:role/{role} and read the map again.",
                    parts.partition
                ),
            )
        }
        ("sts", "federated-user") => format!(
            "The ARN is that of the federated user {rest:?} (sts:GetFederationToken), and the row lets that user in. Access entries are for roles and users of IAM: give these people a role, and a grant for it."
        ),
        _ => nobody(
            &format!("This is no ARN with which anybody could sign in ({})", why.trim_end_matches('.')),
            "Correct it and read the map again, or remove the row.",
        ),
    }
}

/// Why a row for people that was copied from one for nodes, or from a template, does not move as it is.
pub(super) fn copied(mapping: &Mapping) -> Option<String> {
    let without_effect = mapping.without_effect();
    if without_effect.is_empty() {
        return None;
    }
    let list: String = without_effect.iter().map(|what| format!("\n- {what}")).collect();
    Some(format!(
        "This row looks as if it was copied from one for nodes, or from a template. For people these parts of it have no effect:{list}\nWrite the user name (\"sso:{{{{SessionName}}}}\", for instance) and the groups that are meant into the row, and read the map again; if nobody is meant to get in, remove it."
    ))
}
