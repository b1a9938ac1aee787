//! Who administers a whole cluster through access entries.

use crate::aws::eks::Eks;
use crate::aws::error::AwsError;
use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::domain::access_policy::{AccessPolicyName, AccessScope, CLUSTER_ADMIN};
use std::collections::BTreeSet;

/// The summary where that cannot be asked.
pub(crate) const ADMINISTRATOR_NOT_CHECKED: &str = "Check skipped: last cluster administrator";

/// Those of `leaving` (principal ARNs) that administer the whole cluster, where no other entry does; none where one does.
///
/// The scopes of the others are asked for one after the other, up to the first that administers all.
///
/// # Errors
/// Those of ListAccessEntries and ListAssociatedAccessPolicies.
pub(crate) async fn last_administrators(
    session: &Session,
    place: &ClusterPlace,
    leaving: &BTreeSet<String>,
) -> Result<Vec<String>, AwsError> {
    let eks = session.eks(&place.account, &place.region).await?;
    let policy = AccessPolicyName::parse(CLUSTER_ADMIN)
        .expect("a name of the catalogue is valid")
        .arn(session.partition());
    let principals = eks.list_access_entries_of_policy(place.cluster.as_str(), &policy).await?;
    let (leaving, staying): (Vec<_>, Vec<_>) = principals.into_iter().partition(|principal| leaving.contains(principal));
    if leaving.is_empty() {
        return Ok(Vec::new());
    }
    for principal in &staying {
        if administers(&eks, place, principal, &policy).await? {
            return Ok(Vec::new());
        }
    }
    let mut last = Vec::new();
    for principal in leaving {
        if administers(&eks, place, &principal, &policy).await? {
            last.push(principal);
        }
    }
    Ok(last)
}

/// Whether the policy holds in the whole cluster. An entry that has gone since it was listed administers nothing.
async fn administers(eks: &Eks, place: &ClusterPlace, principal: &str, policy: &str) -> Result<bool, AwsError> {
    match eks.list_associated_access_policies(place.cluster.as_str(), principal).await {
        Ok(policies) => Ok(policies.get(policy) == Some(&AccessScope::Cluster)),
        Err(error) if error.is_entry_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}
