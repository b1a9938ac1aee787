//! Calls that EKS refuses for a while.

use crate::aws::eks::Eks;
use crate::aws::error::{AwsError, Outlook, RefusingCluster};
use crate::aws::retry::{NEW_ROLE_PROPAGATION, Progress, is_new_role, retry_until};
use std::future::Future;
use tokio::time::Instant;

/// How often a call is tried again that EKS refuses for a state of the cluster in words that tell nothing: for some 5 s.
const UNKNOWN_REFUSALS: u32 = 3;

/// The cluster that a call is about, and the states of it in which no other try is of use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusing<'a> {
    pub(crate) eks: &'a Eks,
    pub(crate) cluster: &'a str,
    pub(crate) ends: &'a [&'a str],
}

impl Refusing<'_> {
    /// Looks at the cluster that refuses: what EKS says then does not tell whether it will be ready.
    async fn look(self, refusal: AwsError, since: Instant) -> AwsError {
        if !matches!(refusal.outlook(), Some(Outlook::Passes | Outlook::Unknown)) {
            return refusal;
        }
        // What cannot be read does not end the wait.
        let Ok(Some(cluster)) = self.eks.describe_cluster(self.cluster).await else {
            return refusal;
        };
        let refusing = RefusingCluster {
            status: cluster.status,
            waited: since.elapsed(),
        };
        let says_nothing = refusing.status == "ACTIVE" && refusal.outlook() == Some(Outlook::Unknown);
        AwsError {
            cluster: (!says_nothing).then(|| Box::new(refusing)),
            ..refusal
        }
    }

    fn is_over(self, refusal: &AwsError) -> bool {
        let status = refusal.cluster.as_ref().map(|cluster| &*cluster.status);
        status.is_some_and(|status| self.ends.contains(&status))
    }
}

/// Makes a call that EKS may refuse for a while: because the role is new to it, because the cluster is being
/// updated, or because a switch of the authentication mode is not seen everywhere yet. What cannot pass is told at once.
pub(crate) async fn until_accepted<T, F>(refusing: Refusing<'_>, deadline: Instant, mut call: impl FnMut() -> F) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    let started = Instant::now();
    let propagated = deadline.min(started + NEW_ROLE_PROPAGATION);
    let mut progress = Progress::default();
    let mut unknown = 0;
    let passing = |error: &AwsError| {
        let is_passing = match error.outlook() {
            _ if refusing.is_over(error) => false,
            _ if is_new_role(error) || error.is_authentication_mode() => Instant::now() < propagated,
            Some(Outlook::Passes) => true,
            Some(Outlook::Unknown) => {
                unknown += 1;
                unknown <= UNKNOWN_REFUSALS
            }
            Some(Outlook::Lasts) | None => false,
        };
        if is_passing {
            progress.report(|waited_s| tracing::info!(%error, waited_s, "waiting until EKS accepts the call"));
        }
        is_passing
    };
    let call = || {
        let answer = call();
        // On the heap, as all that writes: see `Making::make`.
        Box::pin(async move {
            match answer.await {
                Err(refusal) => Err(refusing.look(refusal, started).await),
                answer => answer,
            }
        })
    };
    retry_until(deadline, passing, call).await
}
