//! The state of `eks_sso_access_exclusive`, and what its values mean.

use crate::cluster_place::ClusterPlace;
use crate::domain::access_entry::Expected;
use crate::domain::access_policy::AccessPolicyName;
use crate::domain::cluster::ClusterName;
use crate::domain::place::{AccountId, Region};
use crate::domain::principal_pattern::PrincipalPattern;
use crate::resources::access_entry::entry::Entry;
use crate::resources::access_entry::policy::{PolicyMap, PolicyModel};
use crate::resources::sso_grant::texts::{Text, TextSet, known_set, text, text_set};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::value::Value;

/// Access entries by the ARN of their principal.
pub(super) type Entries = BTreeMap<String, Value<EntryModel>>;

/// Configuration, plan and state alike. Attributes that a state file lacks are null, others that it has are dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    pub(super) cluster_name: Text,
    pub(super) account_id: Text,
    pub(super) region: Text,
    pub(super) principal_arns: TextSet,
    pub(super) ignore: TextSet,
    pub(super) mode: Text,
    pub(super) unexpected: Value<Entries>,
}

/// One access entry, and what it may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct EntryModel {
    pub(super) access_entry_arn: Text,
    pub(super) owner: Text,
    pub(super) user_name: Text,
    pub(super) kubernetes_groups: TextSet,
    pub(super) access_policies: PolicyMap,
}

/// What becomes of unexpected entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Remove,
    Report,
}

impl From<&Entry> for EntryModel {
    fn from(entry: &Entry) -> Self {
        let name = |arn: &String| AccessPolicyName::from_arn(arn).map_or_else(|_| arn.clone(), |name| name.to_string());
        let policies = entry.policies.iter();
        Self {
            access_entry_arn: text(&entry.entry.access_entry_arn),
            owner: entry.owner().map(str::to_owned).into(),
            user_name: text(&entry.entry.user_name),
            kubernetes_groups: text_set(&entry.entry.groups),
            access_policies: Value::Value(
                policies
                    .map(|(arn, scope)| (name(arn), Value::Value(PolicyModel::from(scope))))
                    .collect(),
            ),
        }
    }
}

impl Model {
    /// Where the cluster is; `None` if a part is unknown. Parts were validated before.
    pub(super) fn place(&self) -> Option<ClusterPlace> {
        Some(ClusterPlace {
            account: AccountId::parse(self.account_id.as_deref_option()?).ok()?,
            region: Region::parse(self.region.as_deref_option()?).ok()?,
            cluster: ClusterName::parse(self.cluster_name.as_deref_option()?).ok()?,
        })
    }

    /// `None` while it is unknown.
    pub(super) fn mode(&self) -> Option<Mode> {
        match &self.mode {
            Value::Unknown => None,
            Value::Value(mode) if mode == "report" => Some(Mode::Report),
            Value::Value(_) | Value::Null => Some(Mode::Remove),
        }
    }

    /// Which entries are wanted; `None` while that is not wholly known, or (after an import) not said yet.
    pub(super) fn expected(&self) -> Option<Expected> {
        let is_said = !self.principal_arns.is_null();
        let (named, ignored) = (known_set(&self.principal_arns)?, known_set(&self.ignore)?);
        is_said.then(|| expected(&named, &ignored))
    }

    /// Which entries are wanted for certain: of what is unknown, nothing.
    pub(super) fn expected_so_far(&self) -> Expected {
        expected(&known_part(&self.principal_arns), &known_part(&self.ignore))
    }

    /// The entries that a state, or the plan that shows it, has as unexpected.
    pub(super) fn shown(&self) -> BTreeMap<&str, &EntryModel> {
        let entries = self.unexpected.as_ref_option().into_iter().flatten();
        entries
            .filter_map(|(arn, entry)| Some((arn.as_str(), entry.as_ref_option()?)))
            .collect()
    }
}

fn expected(named: &BTreeSet<String>, ignored: &BTreeSet<String>) -> Expected {
    let patterns = ignored.iter().filter_map(|text| PrincipalPattern::parse(text).ok());
    Expected::new(named, patterns.collect())
}

/// The elements that are known.
pub(super) fn known_part(set: &TextSet) -> BTreeSet<String> {
    let texts = set.as_ref_option().into_iter().flatten();
    texts.filter_map(|text| text.as_ref_option().cloned()).collect()
}
