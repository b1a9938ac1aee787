//! The wait for a cluster to take access entries.

use crate::aws::eks::Cluster;
use crate::aws::error::ErrorKind;
use crate::aws::session::Session;
use crate::domain::cluster::AuthenticationMode;
use crate::report::{UNREADY_CLUSTER, UNUSABLE_CLUSTER, at, diagnostic};
use crate::resources::sso_access::messages;
use crate::resources::sso_grant::cluster::{Awaited, Verdict, await_cluster, not_read};
use crate::resources::sso_grant::notices;
use crate::resources::sso_grant::target::Target;
use tf_provider::{Diagnostic, Diagnostics};
use tokio::time::Instant;

/// Waits until the cluster takes access entries. `None` comes with an error.
///
/// A cluster that was ready once in this run is taken to be so: modes change one way only, and of anything else EKS's
/// answer to the write tells.
pub(super) async fn ready_cluster(diags: &mut Diagnostics, session: &Session, target: &Target, until: Instant) -> Option<()> {
    let known = session.cluster(&target.account, &target.region, target.cluster.as_str()).await;
    if let Ok(Some(known)) = known
        && is_ready(&known)
    {
        return Some(());
    }
    let problem = match await_cluster(session, target, until, is_coming).await {
        Ok(Awaited::Settled(cluster)) => match refusal(target, &cluster) {
            Some(refusal) => refusal,
            None => return Some(()),
        },
        Ok(Awaited::Absent) => notices::no_cluster(session, target).await,
        Ok(Awaited::StillComing(now)) => not_ready(target, &now),
        // Not needed for the writes themselves; EKS will tell.
        Err(error) if error.kind == ErrorKind::AccessDenied => return Some(()),
        Err(error) => not_read(target, &error),
    };
    diags.add_error(problem);
    None
}

/// Takes entries, for all that is known.
fn is_ready(cluster: &Cluster) -> bool {
    let takes_entries = cluster.authentication_mode != Some(AuthenticationMode::ConfigMap);
    takes_entries && matches!(cluster.status.as_str(), "ACTIVE" | "UPDATING")
}

/// Whether it will change by itself: being made, or perhaps being switched to another mode.
pub(super) fn is_coming(cluster: &Cluster) -> Verdict {
    match cluster.status.as_str() {
        "CREATING" | "PENDING" => Verdict::Coming,
        "UPDATING" if cluster.authentication_mode == Some(AuthenticationMode::ConfigMap) => Verdict::Coming,
        _ => Verdict::Settled,
    }
}

/// Why a cluster takes no entry.
fn refusal(target: &Target, cluster: &Cluster) -> Option<Diagnostic> {
    if cluster.is_lost() {
        return Some(unusable(target, cluster));
    }
    let takes_none = cluster.authentication_mode == Some(AuthenticationMode::ConfigMap);
    takes_none.then(|| messages::configuration_map_mode(target, Some(cluster), None))
}

fn unusable(target: &Target, cluster: &Cluster) -> Diagnostic {
    diagnostic(
        UNUSABLE_CLUSTER,
        format!(
            "{} has the status {}, in which EKS makes and changes no access entries. Nothing was written. Repair or replace the cluster, then apply \
             again.",
            target.cluster_and_place(),
            cluster.status
        ),
        at("cluster_name"),
    )
}

fn not_ready(target: &Target, now: &str) -> Diagnostic {
    diagnostic(
        UNREADY_CLUSTER,
        format!(
            "{} still has {now}, and takes no access entries meanwhile. Nothing was written. Apply again once it is ACTIVE, or raise the \
             timeouts of this grant.",
            target.cluster_and_place()
        ),
        at("cluster_name"),
    )
}
