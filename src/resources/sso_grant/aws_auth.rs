//! The aws-auth ConfigMap of a grant's cluster, read, and what is said where it cannot be.

use crate::aws::eks::Cluster;
use crate::aws::error::AwsError;
use crate::aws::kubernetes::{ConfigMap, Kubernetes};
use crate::aws::session::Session;
use crate::cluster_aws_auth;
use crate::domain::aws_auth::config_map::{MAP_ROLES, MAP_USERS};
use crate::domain::aws_auth::malformed::Malformed;
use crate::domain::aws_auth::row::Row;
use crate::domain::aws_auth::rows::Rows;
use crate::resources::sso_grant::notices::bullets;
use crate::resources::sso_grant::target::Target;
use tf_provider::Diagnostic;

/// The Kubernetes API of the target's cluster.
///
/// # Errors
/// What to tell: the account cannot be reached, or the cluster has no endpoint yet.
pub(crate) async fn kubernetes(session: &Session, target: &Target, cluster: &Cluster) -> Result<Kubernetes, Box<Diagnostic>> {
    cluster_aws_auth::kubernetes(session, &target.place(), cluster, &unread(target)).await
}

/// The rows, as this run knows them; `None` where there is no aws-auth.
///
/// # Errors
/// What to tell: the API cannot be reached or does not let the caller read, or mapRoles is malformed.
pub(crate) async fn read_rows(session: &Session, target: &Target, cluster: &Cluster) -> Result<Option<Rows>, Box<Diagnostic>> {
    let map = cluster_aws_auth::read(session, &target.place(), cluster, &unread(target)).await?;
    let rows = map.map(|map| parse(&map)).transpose();
    rows.map_err(|reason| Box::new(malformed(target, &reason)))
}

/// The rows of a map; a map without the key has none.
///
/// # Errors
/// Where mapRoles is malformed.
pub(crate) fn parse(map: &ConfigMap) -> Result<Rows, Malformed> {
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
            "\nThe row looks as if it was copied from one for nodes, or from a template. For users these parts of it have no effect:{}",
            bullets(parts.iter().cloned())
        ),
    }
}

/// A failed call. That an endpoint cannot be reached is said at length once.
pub(crate) fn explained(
    session: &Session,
    kubernetes: &Kubernetes,
    target: &Target,
    summary: &'static str,
    fact: &str,
    error: &AwsError,
) -> Diagnostic {
    cluster_aws_auth::explained(session, kubernetes, &target.place(), summary, fact, error)
}

fn unread(target: &Target) -> String {
    format!("aws-auth of {} cannot be read for {}.", target.cluster_and_place(), target.grantee)
}

/// A text that is not what aws-auth should hold.
pub(crate) fn malformed(target: &Target, reason: &Malformed) -> Diagnostic {
    cluster_aws_auth::malformed(&target.place(), reason)
}
