//! How long an operation may take, and the waits for a cluster to come round.

use crate::aws::eks::Cluster;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::retry::{NEW_ROLE_PROPAGATION, is_new_role, poll_until, retry_until};
use crate::aws::session::Session;
use crate::domain::cluster::AuthenticationMode;
use crate::domain::duration::parse_duration;
use crate::report::{at, diagnostic, failed};
use crate::resources::sso_access::messages;
use crate::resources::sso_access::model::{Model, Text, Timeouts};
use crate::resources::sso_access::target::Target;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tf_provider::{AttributePath, Diagnostics};
use tokio::time::Instant;

/// Documented at the `timeouts` block.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// When an operation that starts now must be done.
pub(super) fn deadline(model: &Model, which: impl Fn(&Timeouts) -> &Text) -> Instant {
    let configured = model
        .timeouts
        .as_ref_option()
        .and_then(|timeouts| parse_duration(which(timeouts).as_deref_option()?).ok());
    Instant::now() + configured.unwrap_or(DEFAULT_TIMEOUT)
}

/// Waits until the cluster takes access entries. `None` comes with an error.
pub(super) async fn ready_cluster(diags: &mut Diagnostics, session: &Session, target: &Target, deadline: Instant) -> Option<()> {
    let mut last = None;
    let waited = poll_until(deadline, || async {
        let cluster = session
            .cluster_fresh(&target.account, &target.region, target.cluster.as_str())
            .await?;
        if cluster.as_deref().is_some_and(is_coming) {
            tracing::info!(cluster = %target.cluster, status = cluster.as_deref().map(|c| c.status.as_str()), "waiting for the cluster");
            return Ok(None);
        }
        Ok(Some(cluster))
    })
    .await;
    match waited {
        Ok(settled) => last = settled.unwrap_or(last),
        // Not needed for the writes themselves; EKS will tell.
        Err(error) if error.kind == ErrorKind::AccessDenied => return Some(()),
        Err(error) => {
            diags.add_error(failed(
                "Cluster cannot be read",
                &format!("reading EKS cluster {}", target.cluster_and_place()),
                &error,
                AttributePath::default(),
            ));
            return None;
        }
    }
    judge_cluster(diags, target, last)
}

/// Will change by itself: being made, or perhaps being switched to another mode.
fn is_coming(cluster: &Cluster) -> bool {
    match cluster.status.as_str() {
        "CREATING" | "PENDING" => true,
        "UPDATING" => cluster.authentication_mode == Some(AuthenticationMode::ConfigMap),
        _ => false,
    }
}

fn judge_cluster(diags: &mut Diagnostics, target: &Target, cluster: Option<Arc<Cluster>>) -> Option<()> {
    let error = match cluster {
        None => messages::no_cluster(target),
        Some(cluster) if matches!(cluster.status.as_str(), "FAILED" | "DELETING") => diagnostic(
            "Cluster is not usable",
            format!(
                "{} has the status {}, so no access entry can be made on it. Nothing was written. Repair or replace the cluster, then apply \
                 again.",
                target.cluster_and_place(),
                cluster.status
            ),
            at("cluster_name"),
        ),
        Some(cluster) if cluster.authentication_mode == Some(AuthenticationMode::ConfigMap) => {
            messages::configuration_map_mode(target, Some(&cluster))
        }
        Some(_) => return Some(()),
    };
    diags.add_error(error);
    None
}

/// Makes a call that EKS may refuse for a while: because the role is new to it, because the cluster is being
/// updated, or because a switch of the authentication mode is not seen everywhere yet.
pub(super) async fn until_accepted<T, F>(deadline: Instant, call: impl FnMut() -> F) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    let propagated = deadline.min(Instant::now() + NEW_ROLE_PROPAGATION);
    let passing = |error: &AwsError| {
        if is_new_role(error) || error.is_authentication_mode() {
            return Instant::now() < propagated;
        }
        error.kind == ErrorKind::InvalidRequest
    };
    retry_until(deadline, passing, call).await
}
