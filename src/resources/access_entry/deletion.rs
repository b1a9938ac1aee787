//! The only code that deletes access entries.

use crate::aws::eks::Eks;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::retry::retry_until;
use crate::aws::sdk::ATTEMPTS_WITHOUT_ANSWER;
use crate::domain::access_entry::Step;
use crate::resources::access_entry::accepted::{Refusing, until_accepted};
use tokio::time::Instant;

/// The end of a cluster is the end of its entries, so that is waited for.
const HOPELESS: [&str; 1] = ["FAILED"];

/// Deletes the entry that a step is proven for. One that is gone is no error.
///
/// Each try looks first: while an answer was waited for, the entry may have gone, and another one may have come.
///
/// # Errors
/// [`ErrorKind::Conflict`] where another entry is there by now, which stays; else AWS's.
pub(crate) async fn delete(eks: &Eks, cluster: &str, principal_arn: &str, step: &Step, until: Instant) -> Result<(), AwsError> {
    let mut without_answer = 0;
    let may_pass = |error: &AwsError| {
        without_answer += u32::from(error.is_without_answer());
        (error.may_pass() || error.is_without_answer()) && without_answer < ATTEMPTS_WITHOUT_ANSWER
    };
    let refusing = Refusing {
        eks,
        cluster,
        ends: &HOPELESS,
    };
    // On the heap, as all that writes: see `Making::make`.
    let call = || {
        Box::pin(until_accepted(refusing, until, || {
            look_and_delete(eks, cluster, principal_arn, step)
        }))
    };
    retry_until(until, may_pass, call).await
}

async fn look_and_delete(eks: &Eks, cluster: &str, principal_arn: &str, step: &Step) -> Result<(), AwsError> {
    match eks.describe_access_entry(cluster, principal_arn).await? {
        Some(found) if !step.is_for(&found.access_entry_arn) => Err(replaced()),
        Some(_) => eks.delete_access_entry(cluster, principal_arn).await,
        None => Ok(()),
    }
}

fn replaced() -> AwsError {
    let text = "Somebody has deleted the access entry in the meantime and made another one, which stays. Plan again: the plan shows what \
                it holds.";
    AwsError::local("EKS", "DescribeAccessEntry", ErrorKind::Conflict, text)
}
