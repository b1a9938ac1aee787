//! The cluster of a grant at the apply: waiting until it is as the kind of grant needs it.

use crate::aws::eks::Cluster;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::retry::{Look, poll_until, recently};
use crate::aws::session::Session;
use crate::domain::cluster::AuthenticationMode;
use crate::report::{at, failed};
use crate::resources::sso_grant::target::Target;
use std::sync::Arc;
use tf_provider::Diagnostic;
use tokio::time::Instant;
use tracing::Instrument;

/// What a cluster is to a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As it will be: the caller judges it.
    Settled,
    /// It will change by itself.
    Coming,
}

/// How a wait for a cluster ended.
#[derive(Debug)]
pub(crate) enum Awaited {
    /// As it is now.
    Settled(Arc<Cluster>),
    /// There is none.
    Absent,
    /// The time was over first; how it was last: "the status CREATING, in API mode".
    StillComing(String),
}

/// Waits while the cluster is coming.
///
/// # Errors
/// AWS's, for [`not_read`].
pub(crate) async fn await_cluster(
    session: &Session,
    target: &Target,
    until: Instant,
    verdict: impl Fn(&Cluster) -> Verdict,
) -> Result<Awaited, AwsError> {
    let started = Instant::now();
    let look = poll_until(until, "the cluster", || async {
        let since = recently().max(started);
        let found = session.cluster_since(&target.account, &target.region, target.cluster.as_str(), since);
        let Some(cluster) = found.await? else {
            return Ok(Look::Done(Awaited::Absent));
        };
        Ok(match verdict(&cluster) {
            Verdict::Settled => Look::Done(Awaited::Settled(cluster)),
            Verdict::Coming => Look::NotYet(in_words(&cluster)),
        })
    });
    match look.instrument(tracing::info_span!("wait", cluster = %target.cluster)).await? {
        Look::Done(awaited) => Ok(awaited),
        Look::NotYet(now) => Ok(Awaited::StillComing(now)),
    }
}

fn in_words(cluster: &Cluster) -> String {
    match cluster.authentication_mode {
        Some(mode @ AuthenticationMode::ConfigMap) => format!("the status {}, in {mode} mode", cluster.status),
        // In all others the mode is nothing to wait for.
        _ => format!("the status {}", cluster.status),
    }
}

/// EKS could not be asked about the cluster.
pub(crate) fn not_read(target: &Target, error: &AwsError) -> Diagnostic {
    let cluster = target.cluster_and_place();
    let fact = match error.kind {
        ErrorKind::Stopped => format!("The cluster {cluster} was still awaited, so nothing was written for this grant."),
        _ => format!("The cluster {cluster} cannot be read."),
    };
    failed("Cluster cannot be read", &fact, error, at("cluster_name"))
}
