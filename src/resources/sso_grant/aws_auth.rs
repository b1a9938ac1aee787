//! The aws-auth ConfigMap of a grant's cluster, read, and what is said where it cannot be.

use crate::aws::eks::Cluster;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::kubernetes::{ConfigMap, Kubernetes};
use crate::aws::session::Session;
use crate::domain::aws_auth::config_map::{MAP_ROLES, MAP_USERS};
use crate::domain::aws_auth::malformed::Malformed;
use crate::domain::aws_auth::row::Row;
use crate::domain::aws_auth::rows::Rows;
use crate::report::{at, diagnostic, failed};
use crate::resources::sso_grant::notices::bullets;
use crate::resources::sso_grant::target::Target;
use tf_provider::Diagnostic;

const UNREADABLE: &str = "aws-auth cannot be read";

/// The Kubernetes API of the target's cluster.
///
/// # Errors
/// What to tell: the account cannot be reached, or the cluster has no endpoint yet.
pub(crate) async fn kubernetes(session: &Session, target: &Target, cluster: &Cluster) -> Result<Kubernetes, Box<Diagnostic>> {
    session
        .kubernetes(&target.account, &target.region, cluster)
        .await
        .map_err(|error| Box::new(failed(UNREADABLE, &unread(target), &error, at("cluster_name"))))
}

/// The rows, as this run knows them; `None` where there is no aws-auth.
///
/// # Errors
/// What to tell: the API cannot be reached or does not let the caller read, or mapRoles is malformed.
pub(crate) async fn read_rows(session: &Session, target: &Target, cluster: &Cluster) -> Result<Option<Rows>, Box<Diagnostic>> {
    let kubernetes = kubernetes(session, target, cluster).await?;
    match kubernetes.aws_auth().await {
        Ok(None) => Ok(None),
        Ok(Some(map)) => parse(&map).map(Some).map_err(|reason| Box::new(malformed(target, &reason))),
        Err(error) => Err(Box::new(explained(&kubernetes, target, UNREADABLE, &unread(target), &error))),
    }
}

/// The rows of a map; a map without the key has none.
///
/// # Errors
/// Where mapRoles is malformed.
fn parse(map: &ConfigMap) -> Result<Rows, Malformed> {
    let text = |member| map.text(member).unwrap_or_default();
    Rows::parse(text(MAP_ROLES), text(MAP_USERS))
}

/// A row on lines of its own: whom it is for, where it is, and what it gives.
pub(crate) fn content(row: &Row) -> String {
    let name = row.mapping.user_name.as_deref().unwrap_or("(none)");
    format!(
        "\n  {}\n    {}\n    user name {name}\n    groups [{}]",
        row.mapping.arn,
        row.whereabouts(),
        row.mapping.groups.join(", ")
    )
}

/// What of a row looks as if it had an effect and has none; a sentence of its own, or nothing.
pub(crate) fn without_effect(row: &Row) -> String {
    match row.mapping.without_effect().as_slice() {
        [] => String::new(),
        parts => format!(
            "\nThe row looks as if it was copied from one for nodes, or from a template; this of it has no effect for users:{}",
            bullets(parts.iter().cloned())
        ),
    }
}

/// A failed call. That an endpoint cannot be reached is said at length once.
pub(crate) fn explained(kubernetes: &Kubernetes, target: &Target, summary: &'static str, fact: &str, error: &AwsError) -> Diagnostic {
    if error.kind == ErrorKind::Unreachable && !kubernetes.is_first_to_tell() {
        let detail = format!(
            "{fact}\nThe Kubernetes API of {} cannot be reached; another error of this run says why:\n  {}",
            target.cluster,
            kubernetes.endpoint()
        );
        return diagnostic(summary, detail, at("cluster_name"));
    }
    failed(summary, fact, error, at("cluster_name"))
}

fn unread(target: &Target) -> String {
    format!("aws-auth of {} cannot be read for {}.", target.cluster_and_place(), target.grantee)
}

/// A text that is not what aws-auth should hold.
pub(crate) fn malformed(target: &Target, reason: &Malformed) -> Diagnostic {
    diagnostic(
        "aws-auth is malformed",
        format!(
            "In the ConfigMap kube-system/aws-auth of {}, {reason}\n\nOf a malformed text EKS reads no row, so nobody gets in through it. Fix it, then plan again:\n  kubectl -n kube-system edit configmap aws-auth",
            target.cluster_and_place()
        ),
        at("cluster_name"),
    )
}
