//! What is never removed: the caller's own way in, and the last administrator of the cluster.

use crate::aws::error::AwsError;
use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::resources::access_entry::administrators::last_administrators;
use crate::resources::sso_access_exclusive::messages;
use crate::resources::sso_grant::caller::caller_with;
use std::collections::BTreeSet;
use tf_provider::Diagnostic;

/// What becomes of the removal, as a plan says it.
pub(super) const AN_APPLY_FAILS: &str = "An apply fails before it deletes anything.";

/// The same in an apply.
pub(super) const NOTHING_DELETED: &str = "Nothing was deleted.";

/// Why the entries of these principals must not be removed together; empty if they may be.
///
/// # Errors
/// Those of AWS: who administers the cluster is asked, unless there is an objection already.
pub(super) async fn objections(
    session: &Session,
    place: &ClusterPlace,
    leaving: &BTreeSet<String>,
    outcome: &str,
) -> Result<Vec<Diagnostic>, AwsError> {
    let own: Vec<_> = own_ways_in(session, place, leaving);
    if !own.is_empty() {
        return Ok(vec![messages::own_way_in(session, place, &own, outcome)]);
    }
    let last = last_administrators(session, place, leaving).await?;
    Ok((!last.is_empty())
        .then(|| messages::last_administrators(place, &last, outcome))
        .into_iter()
        .collect())
}

/// The entries by which Terraform itself comes in.
fn own_ways_in(session: &Session, place: &ClusterPlace, leaving: &BTreeSet<String>) -> Vec<String> {
    let is_own = |principal: &&String| caller_with(session, &place.account, principal).is_some();
    leaving.iter().filter(is_own).cloned().collect()
}
