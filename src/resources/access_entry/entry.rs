//! An access entry as EKS has it, with its policies.

use crate::aws::eks::{AccessEntry, Eks};
use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::domain::access_entry::{Actual, Change, OWNER_TAG};
use crate::domain::access_policy::{AccessPolicyName, AccessScope, CLUSTER_ADMIN};
use crate::domain::kubernetes::is_default_user_name_of;
use std::collections::BTreeMap;

/// The type of entries for people, and the only one that is made here.
pub(crate) const STANDARD: &str = "STANDARD";

/// An access entry with its policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) entry: AccessEntry,
    pub(crate) policies: BTreeMap<String, AccessScope>,
}

/// Reads an entry with its policies; `None` if there is none.
pub(crate) async fn read_entry(eks: &Eks, cluster: &str, principal_arn: &str) -> Result<Option<Entry>, AwsError> {
    let Some(entry) = eks.describe_access_entry(cluster, principal_arn).await? else {
        return Ok(None);
    };
    // EKS refuses the question for types that have no policies.
    let policies = match entry.type_.as_str() {
        STANDARD => match eks.list_associated_access_policies(cluster, principal_arn).await {
            // Deleted between the two questions.
            Err(error) if error.is_entry_not_found() => return Ok(None),
            policies => policies?,
        },
        _ => BTreeMap::new(),
    };
    Ok(Some(Entry { entry, policies }))
}

/// Reads an entry that is there as far as is known: both questions at once, so that a refresh takes one round trip. An entry that
/// has gone costs a call more.
pub(crate) async fn read_known_entry(eks: &Eks, cluster: &str, principal_arn: &str) -> Result<Option<Entry>, AwsError> {
    let (entry, policies) = tokio::join!(
        eks.describe_access_entry(cluster, principal_arn),
        eks.list_associated_access_policies(cluster, principal_arn)
    );
    let Some(entry) = entry? else { return Ok(None) };
    match policies {
        _ if entry.type_ != STANDARD => Ok(Some(Entry {
            entry,
            policies: BTreeMap::new(),
        })),
        Ok(policies) => Ok(Some(Entry { entry, policies })),
        // One answer is older than the other: asked one after the other, they fit.
        Err(error) if error.is_entry_not_found() => read_entry(eks, cluster, principal_arn).await,
        Err(error) => Err(error),
    }
}

impl Entry {
    pub(crate) fn actual(&self) -> Actual {
        Actual {
            groups: self.entry.groups.clone(),
            user_name: self.entry.user_name.clone(),
            policies: self.policies.clone(),
            tags: self.entry.tags.clone(),
        }
    }

    pub(crate) fn owner(&self) -> Option<&str> {
        self.entry.tags.get(OWNER_TAG).map(String::as_str)
    }

    /// Whether EKS chose the user name. Where the principal's ARN cannot be read, somebody else did.
    pub(crate) fn has_default_user_name(&self) -> bool {
        let principal = self.entry.principal_arn.parse();
        principal.is_ok_and(|principal| is_default_user_name_of(&self.entry.user_name, &principal))
    }

    /// Whether it may do everything in the whole cluster.
    pub(crate) fn is_cluster_admin(&self) -> bool {
        let is_admin = |arn: &str| AccessPolicyName::from_arn(arn).is_ok_and(|name| name.as_str() == CLUSTER_ADMIN);
        self.policies
            .iter()
            .any(|(arn, scope)| is_admin(arn) && *scope == AccessScope::Cluster)
    }

    /// Whether EKS has bound it to a role that was there before this one, so that it lets nobody in.
    pub(crate) fn is_older_than(&self, role: &Role) -> bool {
        role.is_younger_than(self.entry.created_at) == Some(true)
    }

    /// Whether it holds just the same as another look at it.
    pub(crate) fn holds_the_same(&self, other: &Self) -> bool {
        self.entry.access_entry_arn == other.entry.access_entry_arn && self.actual() == other.actual()
    }

    /// What a change that AWS has accepted made of the entry.
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::UpdateEntry { groups, user_name, .. } => {
                self.entry.groups.clone_from(groups);
                self.entry.user_name.clone_from(user_name);
            }
            Change::Associate { policy_arn, scope } => {
                self.policies.insert(policy_arn.clone(), scope.clone());
            }
            Change::Disassociate { policy_arn } => {
                self.policies.remove(policy_arn);
            }
            Change::Tag(tags) => self.entry.tags.extend(tags.clone()),
            Change::Untag(keys) => self.entry.tags.retain(|key, _| !keys.contains(key)),
            Change::Delete => {}
        }
    }
}
