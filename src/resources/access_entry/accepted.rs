//! Calls that EKS refuses for a while.

use crate::aws::error::{AwsError, Outlook};
use crate::aws::retry::{NEW_ROLE_PROPAGATION, Progress, is_new_role, retry_until};
use std::future::Future;
use tokio::time::Instant;

/// How often a call is tried again that EKS refuses for a state of the cluster in words that tell nothing: for some 5 s.
const UNKNOWN_REFUSALS: u32 = 3;

/// Makes a call that EKS may refuse for a while: because the role is new to it, because the cluster is being
/// updated, or because a switch of the authentication mode is not seen everywhere yet. What cannot pass is told at once.
pub(crate) async fn until_accepted<T, F>(deadline: Instant, call: impl FnMut() -> F) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    let propagated = deadline.min(Instant::now() + NEW_ROLE_PROPAGATION);
    let mut progress = Progress::default();
    let mut unknown = 0;
    let passing = |error: &AwsError| {
        let is_passing = match error.outlook() {
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
    retry_until(deadline, passing, call).await
}
