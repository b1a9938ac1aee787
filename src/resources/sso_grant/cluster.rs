//! The cluster of a grant at the apply: waiting until it is as the kind of grant needs it.

use crate::aws::eks::Cluster;
use crate::aws::error::AwsError;
use crate::aws::retry::{Progress, poll_until, recently};
use crate::aws::session::Session;
use crate::report::failed;
use crate::resources::sso_grant::notices::everywhere;
use crate::resources::sso_grant::target::Target;
use std::sync::{Arc, Mutex, PoisonError};
use tf_provider::Diagnostic;
use tokio::time::Instant;

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
    /// The time was over first; what was seen last.
    StillComing(Arc<Cluster>),
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
    let coming = Mutex::new((Progress::default(), None));
    let waited = poll_until(until, || async {
        let since = recently().max(started);
        let Some(cluster) = session
            .cluster_since(&target.account, &target.region, target.cluster.as_str(), since)
            .await?
        else {
            return Ok(Some(Awaited::Absent));
        };
        if verdict(&cluster) == Verdict::Settled {
            return Ok(Some(Awaited::Settled(cluster)));
        }
        let mut coming = coming.lock().unwrap_or_else(PoisonError::into_inner);
        let status = cluster.status.as_str();
        coming
            .0
            .report(|waited_s| tracing::info!(cluster = %target.cluster, status, waited_s, "waiting for the cluster"));
        coming.1 = Some(cluster);
        Ok(None)
    })
    .await?;
    let last = coming.into_inner().unwrap_or_else(PoisonError::into_inner).1;
    Ok(waited.or(last.map(Awaited::StillComing)).unwrap_or(Awaited::Absent))
}

/// EKS could not be asked about the cluster.
pub(crate) fn not_read(target: &Target, error: &AwsError) -> Diagnostic {
    let doing = format!("reading EKS cluster {}", target.cluster_and_place());
    failed("Cluster cannot be read", &doing, error, everywhere())
}
