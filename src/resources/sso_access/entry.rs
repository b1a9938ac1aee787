//! An access entry as EKS has it, with its policies.

use crate::aws::eks::{AccessEntry, Eks};
use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::domain::access_entry::{Actual, Change, OWNER_TAG};
use crate::domain::access_policy::{AccessPolicyName, AccessScope};
use crate::resources::sso_access::model::Model;
use crate::resources::sso_grant::texts::known_set;
use std::collections::BTreeMap;

/// The only type that this resource makes: for people, not nodes.
pub(super) const STANDARD: &str = "STANDARD";

/// An access entry with its policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) entry: AccessEntry,
    pub(super) policies: BTreeMap<String, AccessScope>,
}

/// Reads an entry with its policies; `None` if there is none.
pub(super) async fn read_entry(eks: &Eks, cluster: &str, principal_arn: &str) -> Result<Option<Entry>, AwsError> {
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

impl Entry {
    pub(super) fn actual(&self) -> Actual {
        Actual {
            groups: self.entry.groups.clone(),
            user_name: self.entry.user_name.clone(),
            policies: self.policies.clone(),
            tags: self.entry.tags.clone(),
        }
    }

    pub(super) fn owner(&self) -> Option<&str> {
        self.entry.tags.get(OWNER_TAG).map(String::as_str)
    }

    /// Whether EKS has bound it to a role that was there before this one, so that it lets nobody in.
    pub(super) fn is_older_than(&self, role: &Role) -> bool {
        role.is_younger_than(self.entry.created_at) == Some(true)
    }

    /// Whether all groups and policies on it are named by a configuration.
    pub(super) fn gives_no_more_than(&self, planned: &Model) -> bool {
        let (groups, policies) = (known_set(&planned.kubernetes_groups).unwrap_or_default(), planned.policy_names());
        let is_named = |arn: &String| AccessPolicyName::from_arn(arn).is_ok_and(|name| policies.contains(&name));
        self.entry.groups.is_subset(&groups) && self.policies.keys().all(is_named)
    }

    /// Whether it holds just the same as another look at it.
    pub(super) fn holds_the_same(&self, other: &Self) -> bool {
        self.entry.access_entry_arn == other.entry.access_entry_arn && self.actual() == other.actual()
    }

    /// What a change that AWS has accepted made of the entry.
    pub(super) fn apply(&mut self, change: &Change) {
        match change {
            Change::UpdateEntry { groups, user_name } => {
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
