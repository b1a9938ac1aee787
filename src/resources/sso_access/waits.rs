//! The waits for a cluster to come round.

use crate::aws::eks::Cluster;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::retry::{Look, NEW_ROLE_PROPAGATION, Progress, is_new_role, poll_until, recently, retry_until};
use crate::aws::session::Session;
use crate::domain::cluster::AuthenticationMode;
use crate::report::{at, diagnostic, failed};
use crate::resources::sso_access::messages;
use crate::resources::sso_grant::notices;
use crate::resources::sso_grant::target::Target;
use std::future::Future;
use std::sync::Arc;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};
use tokio::time::Instant;
use tracing::Instrument;

/// Waits until the cluster takes access entries. `None` comes with an error.
///
/// A cluster that was ready once in this run is taken to be so: modes change one way only, and of anything else EKS's
/// answer to the write tells.
pub(super) async fn ready_cluster(diags: &mut Diagnostics, session: &Session, target: &Target, deadline: Instant) -> Option<()> {
    let Target {
        account, region, cluster, ..
    } = target;
    if let Ok(Some(known)) = session.cluster(account, region, cluster.as_str()).await
        && is_ready(&known)
    {
        return Some(());
    }
    let started = Instant::now();
    let waited = poll_until(deadline, "the cluster", || async {
        let since = recently().max(started);
        let cluster = session.cluster_since(account, region, cluster.as_str(), since).await?;
        Ok(match cluster.as_ref().filter(|cluster| is_coming(cluster)) {
            Some(coming) => Look::NotYet(status_and_mode(coming)),
            None => Look::Done(cluster),
        })
    });
    match waited.instrument(tracing::info_span!("wait", cluster = %target.cluster)).await {
        Ok(Look::Done(settled)) => judge_cluster(diags, target, settled),
        Ok(Look::NotYet(last)) => {
            diags.add_error(not_ready(target, &last));
            None
        }
        // Not needed for the writes themselves; EKS will tell.
        Err(error) if error.kind == ErrorKind::AccessDenied => Some(()),
        Err(error) => {
            let doing = format!("reading EKS cluster {}", target.cluster_and_place());
            diags.add_error(failed("Cluster cannot be read", &doing, &error, AttributePath::default()));
            None
        }
    }
}

fn status_and_mode(cluster: &Cluster) -> String {
    let mode = cluster.authentication_mode.map_or("an unknown", AuthenticationMode::as_str);
    format!("the status {}, in {mode} mode", cluster.status)
}

fn not_ready(target: &Target, last: &str) -> Diagnostic {
    diagnostic(
        "Cluster is not ready",
        format!(
            "{} still has {last}, so it takes no access entries yet. Nothing was written. Apply again once it \
             is ACTIVE, or raise the timeouts of this grant.",
            target.cluster_and_place()
        ),
        at("cluster_name"),
    )
}

/// Takes entries, for all that is known.
fn is_ready(cluster: &Cluster) -> bool {
    let takes_entries = cluster.authentication_mode != Some(AuthenticationMode::ConfigMap);
    takes_entries && matches!(cluster.status.as_str(), "ACTIVE" | "UPDATING")
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
        None => notices::no_cluster(target),
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
    let mut progress = Progress::default();
    let passing = |error: &AwsError| {
        let is_passing = match is_new_role(error) || error.is_authentication_mode() {
            true => Instant::now() < propagated,
            false => error.is_cluster_state(),
        };
        if is_passing {
            progress.report(|waited_s| tracing::info!(%error, waited_s, "waiting until EKS accepts the call"));
        }
        is_passing
    };
    retry_until(deadline, passing, call).await
}
