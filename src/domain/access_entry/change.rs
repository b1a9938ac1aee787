//! Single calls that change an access entry.

use crate::domain::access_entry::content::Actual;
use crate::domain::access_entry::ours::Ours;
use crate::domain::access_policy::AccessScope;
use crate::domain::tags::Tags;
use std::collections::BTreeSet;

/// One call to EKS that is called for. It cannot be carried out as such: see [`Step`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// UpdateAccessEntry, with both fields: one that is left out would be reset.
    UpdateEntry {
        /// All groups.
        groups: BTreeSet<String>,
        /// The user name, literally, even if it is the one that EKS makes.
        user_name: String,
        /// The groups before it.
        old_groups: BTreeSet<String>,
        /// The user name before it.
        old_user_name: String,
    },
    /// AssociateAccessPolicy: a new policy, or a new scope of an associated one.
    Associate {
        /// The policy.
        policy_arn: String,
        /// Where it holds from now on.
        scope: AccessScope,
    },
    /// DisassociateAccessPolicy.
    Disassociate {
        /// The policy.
        policy_arn: String,
    },
    /// TagResource.
    Tag(Tags),
    /// UntagResource.
    Untag(Vec<String>),
    /// DeleteAccessEntry.
    Delete,
}

impl Change {
    /// Whether this takes nothing from anybody, on an entry that is as given. This is the one meaning of "only adds".
    ///
    /// An update of groups and user name never counts as such: EKS swaps both at once and compares with nothing, so what
    /// somebody else has added since they were read would be lost.
    #[must_use]
    pub fn only_adds(&self, actual: &Actual) -> bool {
        match self {
            Self::Associate { policy_arn, scope } => actual.policies.get(policy_arn).is_none_or(|held| scope.covers(held)),
            Self::Tag(tags) => tags
                .iter()
                .all(|(key, value)| actual.tags.get(key).is_none_or(|held| held == value)),
            Self::UpdateEntry { .. } | Self::Disassociate { .. } | Self::Untag(_) | Self::Delete => false,
        }
    }

    /// Whether this takes access from those who have it by an entry that is as given. Tags give none.
    #[must_use]
    pub fn takes_access(&self, actual: &Actual) -> bool {
        match self {
            Self::UpdateEntry {
                groups,
                user_name,
                old_groups,
                old_user_name,
            } => !old_groups.is_subset(groups) || user_name != old_user_name,
            Self::Associate { .. } => !self.only_adds(actual),
            Self::Disassociate { .. } | Self::Delete => true,
            Self::Tag(_) | Self::Untag(_) => false,
        }
    }

    /// To be carried out because the entry is ours.
    #[must_use]
    pub fn proven(self, ours: &Ours) -> Step {
        Step {
            change: self,
            ours: Some(ours.clone()),
        }
    }

    /// To be carried out whosever the entry is; `None` where it would take something away. Of tags, those that are new.
    #[must_use]
    pub fn if_only_adding(self, actual: &Actual) -> Option<Step> {
        let change = match self {
            Self::Tag(mut tags) => {
                tags.retain(|key, _| !actual.tags.contains_key(key));
                Self::Tag(tags)
            }
            change => change,
        };
        let is_empty = matches!(&change, Self::Tag(tags) if tags.is_empty());
        (!is_empty && change.only_adds(actual)).then_some(Step { change, ours: None })
    }
}

/// A change that may be carried out: one that only adds, or one with a proof that the entry is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    change: Change,
    ours: Option<Ours>,
}

impl Step {
    /// The call to make.
    #[must_use]
    pub fn change(&self) -> &Change {
        &self.change
    }

    /// Whether it may be carried out on an entry that was found to be there.
    #[must_use]
    pub fn is_for(&self, access_entry_arn: &str) -> bool {
        self.ours.as_ref().is_none_or(|ours| ours.is_for(access_entry_arn))
    }
}
