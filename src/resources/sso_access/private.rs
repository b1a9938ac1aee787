//! What Terraform keeps for us beside the state.

use crate::aws::eks::AccessEntry;
use crate::domain::access_entry::{Actual, Management, Replaced, Replacement};
use crate::domain::access_policy::AccessScope;
use crate::domain::tags::Tags;
use crate::hosting::Imported;
use crate::resources::access_entry::entry::STANDARD;
use crate::resources::access_entry::policy::PolicyModel;
use crate::resources::sso_access::model::Model;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Private state, as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Private {
    /// This resource made the entry (it did not adopt or join it).
    pub(super) created: bool,
    /// It shares an entry that others made, or one that its rotation made in the place of such an entry.
    pub(super) joined: bool,
    /// When EKS made the entry, RFC 3339. A role that is younger is none that EKS can know; asked where the state has no
    /// `role_id`.
    pub(super) entry_made_at: Option<String>,
    /// The entry's type, if it is not the one of people: such a grant is replaced.
    pub(super) other_type: Option<String>,
    /// Entries under earlier roles that could not be deleted yet.
    pub(super) old_entries: Vec<EntryRecord>,
    /// The entry of this state, remembered for the second plan of a replacement, which has no prior state:
    /// our own entry must not be taken for somebody else's.
    pub(super) own: Option<EntryRecord>,
    /// The first of two plans of a replacement took the grant for one that is kept: only Terraform knew of it (-replace).
    pub(super) was_kept: bool,
    /// Imported or moved here, and not changed since: what the first plan takes away nobody here has seen granted.
    pub(super) imported: bool,
    /// The entry of the new role, to which who shares it has taken along what this grant gave: its end takes that off, too.
    pub(super) taken_along: Option<EntryRecord>,
    /// The ARN of an existing entry that the plan saw and showed, and that the apply may take over.
    pub(super) shown: Option<String>,
    /// That entry was left by a create of our owner, so it counts as made here.
    pub(super) finishes: bool,
    /// The entry that it will take over is older than its role, so that it lets nobody in: it is made anew.
    pub(super) rebinds: bool,
    /// The id of the role that the grant is for, where the shared entry that it joined is bound to an earlier one of that name:
    /// the next plan makes the entry anew.
    pub(super) unbound_for: Option<String>,
    /// The run that ends this grant removes the role's row of aws-auth, too, which has to go first.
    pub(super) row_goes_first: bool,
    /// A refresh has found another entry than the one of the state, and nothing was applied since.
    pub(super) was_replaced: bool,
    /// The create failed, and what it had made could not be deleted again: Terraform will make it anew.
    pub(super) half_made: bool,
    /// Terraform has dropped what was kept here, as it does where the provider is killed in an update; a refresh has written
    /// anew what can be read.
    pub(super) was_lost: bool,
    /// Values of others that this grant has replaced on a shared entry.
    pub(super) replaced: ReplacedRecord,
    /// The entry was deleted to be made anew, and that failed: what others had on it comes back with the next apply.
    pub(super) returning: Option<ContentRecord>,
}

/// An access entry by its principal and its own ARN.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct EntryRecord {
    pub(super) principal_arn: String,
    pub(super) access_entry_arn: String,
    /// This resource made it.
    pub(super) made_here: bool,
}

/// [`Replaced`] as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ReplacedRecord {
    user_name: Option<String>,
    scopes: BTreeMap<String, PolicyModel>,
    tags: Tags,
    /// What the grant wrote over each of them.
    ours: OursRecord,
}

/// The values of a grant in the place of others', as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct OursRecord {
    user_name: Option<String>,
    scopes: BTreeMap<String, PolicyModel>,
    tags: Tags,
}

/// What an access entry held, as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ContentRecord {
    pub(super) groups: BTreeSet<String>,
    pub(super) user_name: String,
    scopes: BTreeMap<String, PolicyModel>,
    pub(super) tags: Tags,
}

fn scopes_of(record: &BTreeMap<String, PolicyModel>) -> BTreeMap<String, AccessScope> {
    let known = |(arn, policy): (&String, &PolicyModel)| Some((arn.clone(), policy.scope()?));
    record.iter().filter_map(known).collect()
}

fn record_of(scopes: &BTreeMap<String, AccessScope>) -> BTreeMap<String, PolicyModel> {
    scopes.iter().map(|(arn, scope)| (arn.clone(), PolicyModel::from(scope))).collect()
}

impl From<&Replaced> for ReplacedRecord {
    fn from(replaced: &Replaced) -> Self {
        let user_name = replaced.user_name.clone();
        Self {
            user_name: user_name.as_ref().map(|name| name.theirs.clone()),
            scopes: record_of(&theirs(&replaced.scopes)),
            tags: theirs(&replaced.tags),
            ours: OursRecord {
                user_name: user_name.and_then(|name| name.ours),
                scopes: record_of(&ours(&replaced.scopes)),
                tags: ours(&replaced.tags),
            },
        }
    }
}

fn theirs<T: Clone>(values: &BTreeMap<String, Replacement<T>>) -> BTreeMap<String, T> {
    values.iter().map(|(key, value)| (key.clone(), value.theirs.clone())).collect()
}

fn ours<T: Clone>(values: &BTreeMap<String, Replacement<T>>) -> BTreeMap<String, T> {
    let written = |(key, value): (&String, &Replacement<T>)| Some((key.clone(), value.ours.clone()?));
    values.iter().filter_map(written).collect()
}

fn replacements<T: Clone>(theirs: BTreeMap<String, T>, ours: &BTreeMap<String, T>) -> BTreeMap<String, Replacement<T>> {
    let replacement = |(key, theirs)| {
        let ours = ours.get(&key).cloned();
        (key, Replacement { theirs, ours })
    };
    theirs.into_iter().map(replacement).collect()
}

impl ReplacedRecord {
    pub(super) fn replaced(&self) -> Replaced {
        let user_name = self.user_name.clone().map(|theirs| Replacement {
            theirs,
            ours: self.ours.user_name.clone(),
        });
        Replaced {
            user_name,
            scopes: replacements(scopes_of(&self.scopes), &scopes_of(&self.ours.scopes)),
            tags: replacements(self.tags.clone(), &self.ours.tags),
        }
    }
}

impl ContentRecord {
    pub(super) fn new(groups: BTreeSet<String>, user_name: String, policies: &BTreeMap<String, AccessScope>, tags: Tags) -> Self {
        Self {
            groups,
            user_name,
            scopes: record_of(policies),
            tags,
        }
    }

    /// As it was on the entry.
    pub(super) fn actual(&self) -> Actual {
        Actual {
            groups: self.groups.clone(),
            user_name: self.user_name.clone(),
            policies: scopes_of(&self.scopes),
            tags: self.tags.clone(),
        }
    }
}

impl EntryRecord {
    /// How the entry of an earlier role is let go of. What others had on one that was made here has come along, and its role
    /// is gone; it may hold what the state does not name any more. So it is deleted whole.
    pub(super) fn released_as(&self, management: Management) -> Management {
        match self.made_here {
            true => Management::Exclusive,
            false => management,
        }
    }
}

impl Private {
    /// What cannot be read is as good as empty: without it the provider takes less to be its own, never more.
    pub(super) fn decode(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self {
                was_lost: true,
                ..Self::default()
            };
        }
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// Whether this is needed though the grant has no entry: nothing else remembers what is to come back, or which old entries
    /// are still to be deleted.
    pub(super) fn outlives_entry(&self) -> bool {
        self.returning.is_some() || !self.old_entries.is_empty()
    }

    /// Keeps what later plans need to know of the entry and no attribute shows.
    pub(super) fn remember(&mut self, entry: &AccessEntry) {
        self.entry_made_at = entry.created_at.map(|at| at.to_string());
        self.other_type = (entry.type_ != STANDARD).then(|| entry.type_.clone());
    }

    /// Without what was meant for one plan and its apply alone.
    pub(super) fn settled(self) -> Self {
        Self {
            own: None,
            was_kept: false,
            imported: false,
            taken_along: None,
            shown: None,
            finishes: false,
            rebinds: false,
            row_goes_first: false,
            was_replaced: false,
            was_lost: false,
            ..self
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings and booleans always encode")
    }
}

/// A grant that comes in from outside of this resource type; `made_at`: when EKS made its entry, as far as that is known.
pub(super) fn imported(state: Model, made_at: Option<String>) -> Imported<Model> {
    let private = Private {
        imported: true,
        entry_made_at: made_at,
        ..Private::default()
    };
    Imported {
        state,
        private: private.encode(),
    }
}
