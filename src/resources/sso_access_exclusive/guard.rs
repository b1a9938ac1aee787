//! What is never removed: the caller's own way in, and the last administrator of the cluster.

use crate::aws::error::AwsError;
use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::resources::access_entry::administrators::last_administrators;
use crate::resources::sso_access_exclusive::messages::{self, Outcome};
use crate::resources::sso_grant::caller::caller_with;
use std::collections::BTreeSet;
use tf_provider::Diagnostic;

/// Why entries must not be removed together.
#[derive(Debug)]
pub(super) enum Objection {
    /// Terraform itself comes in by one of them.
    OwnWayIn(Diagnostic),
    /// Nobody else administers the cluster as it is now.
    LastAdministrators(Diagnostic),
}

impl From<Objection> for Diagnostic {
    fn from(objection: Objection) -> Self {
        match objection {
            Objection::OwnWayIn(message) | Objection::LastAdministrators(message) => message,
        }
    }
}

/// Why the entries of these principals must not be removed together; `None` if they may be.
///
/// # Errors
/// Those of AWS: who administers the cluster is asked, unless there is an objection already.
pub(super) async fn objection(
    session: &Session,
    place: &ClusterPlace,
    leaving: &BTreeSet<String>,
    outcome: Outcome,
) -> Result<Option<Objection>, AwsError> {
    let own: Vec<_> = own_ways_in(session, place, leaving);
    if !own.is_empty() {
        return Ok(Some(Objection::OwnWayIn(messages::own_way_in(session, place, &own, outcome))));
    }
    let last = last_administrators(session, place, leaving).await?;
    Ok((!last.is_empty()).then(|| Objection::LastAdministrators(messages::last_administrators(place, &last, outcome))))
}

/// The entries by which Terraform itself comes in.
fn own_ways_in(session: &Session, place: &ClusterPlace, leaving: &BTreeSet<String>) -> Vec<String> {
    let is_own = |principal: &&String| caller_with(session, &place.account, principal).is_some();
    leaving.iter().filter(is_own).cloned().collect()
}
