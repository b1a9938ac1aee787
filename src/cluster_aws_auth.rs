//! The aws-auth ConfigMap of a cluster, read, and what is said where it cannot be.

use crate::aws::eks::Cluster;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::kubernetes::{ConfigMap, Kubernetes};
use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::domain::aws_auth::malformed::Malformed;
use crate::report::{at, diagnostic, failed};
use std::sync::Arc;
use tf_provider::Diagnostic;

pub(crate) const UNREADABLE: &str = "aws-auth cannot be read";

/// The Kubernetes API of a cluster.
///
/// # Errors
/// What to tell: the account cannot be reached, or the cluster has no endpoint yet.
pub(crate) async fn kubernetes(
    session: &Session,
    place: &ClusterPlace,
    cluster: &Cluster,
    fact: &str,
) -> Result<Kubernetes, Box<Diagnostic>> {
    session
        .kubernetes(&place.account, &place.region, cluster)
        .await
        .map_err(|error| Box::new(failed(UNREADABLE, fact, &error, at("cluster_name"))))
}

/// The ConfigMap, as this run knows it; `None` where there is none. The fact is what an error begins with.
///
/// # Errors
/// What to tell: the API cannot be reached or does not let the caller read.
pub(crate) async fn read(
    session: &Session,
    place: &ClusterPlace,
    cluster: &Cluster,
    fact: &str,
) -> Result<Option<Arc<ConfigMap>>, Box<Diagnostic>> {
    let kubernetes = kubernetes(session, place, cluster, fact).await?;
    let map = kubernetes.aws_auth().await;
    map.map_err(|error| Box::new(explained(session, &kubernetes, place, UNREADABLE, fact, &error)))
}

/// A failed call. That an endpoint cannot be reached is said at length once.
pub(crate) fn explained(
    session: &Session,
    kubernetes: &Kubernetes,
    place: &ClusterPlace,
    summary: &'static str,
    fact: &str,
    error: &AwsError,
) -> Diagnostic {
    if error.kind == ErrorKind::Unauthorized {
        let detail = format!("{fact}\n\n{}", error.explained_by(not_let_in(&session.caller_in(&place.account))));
        return diagnostic(summary, detail, at("cluster_name"));
    }
    if error.kind == ErrorKind::Unreachable && !kubernetes.is_first_to_tell() {
        let detail = format!(
            "{fact}\nThe Kubernetes API of {} cannot be reached; another error of this run says why:\n  {}",
            place.cluster,
            kubernetes.endpoint()
        );
        return diagnostic(summary, detail, at("cluster_name"));
    }
    failed(summary, fact, error, at("cluster_name"))
}

/// A 401: whose token it was, the Kubernetes API does not say.
fn not_let_in(caller: &str) -> String {
    format!(
        "The Kubernetes API does not know the caller:\n  {caller}\nIf these are the wrong credentials, use others (profile, AWS_PROFILE, \
         account_access). If not, give this role or user access to the cluster: an access entry (where the authentication mode has them), or a \
         row in aws-auth. Who created the cluster may have access without either."
    )
}

/// A text that is not what aws-auth should hold.
pub(crate) fn malformed(place: &ClusterPlace, reason: &Malformed) -> Diagnostic {
    let (summary, effect) = match reason.only_here {
        true => (
            "aws-auth has a form that is not read here",
            "The provider does not read this form of YAML. EKS may, so this says nothing of who gets in. Rewrite it",
        ),
        false => (
            "aws-auth is malformed",
            "Of a malformed text EKS reads no row, so nobody gets in through it. Fix it",
        ),
    };
    diagnostic(
        summary,
        format!(
            "In the ConfigMap kube-system/aws-auth of {place}, {reason}\n\n{effect}, then plan again:\n  kubectl -n kube-system edit configmap \
             aws-auth"
        ),
        at("cluster_name"),
    )
}
