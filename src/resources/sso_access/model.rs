//! The state of `eks_sso_access`, and what its values mean.

use crate::domain::access_entry::Management;
use crate::domain::access_policy::{AccessPolicyName, AccessScope, CLUSTER_ADMIN};
use crate::resources::access_entry::policy::{PolicyMap, PolicyModel};
use crate::resources::sso_grant::kept::Computed;
use crate::resources::sso_grant::target::{Named, Names, Slots};
use crate::resources::sso_grant::texts::{Text, TextMap, TextSet, known_map, known_set};
use crate::resources::sso_grant::timeouts::Timeouts;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::value::Value;

/// Null where there are none: an empty map says no more.
pub(super) fn policies_unless_empty(policies: BTreeMap<String, Value<PolicyModel>>) -> PolicyMap {
    match policies.is_empty() {
        true => Value::Null,
        false => Value::Value(policies),
    }
}

/// Configuration, plan and state alike. Attributes that a state file lacks are null, others that it has are dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    pub(super) cluster_name: Text,
    pub(super) permission_set_name: Text,
    pub(super) role_name: Text,
    pub(super) iam_principal_arn: Text,
    pub(super) account_id: Text,
    pub(super) role_account_id: Text,
    pub(super) region: Text,
    pub(super) kubernetes_groups: TextSet,
    pub(super) user_name: Text,
    pub(super) access_policies: PolicyMap,
    pub(super) policy_management: Text,
    pub(super) on_existing: Text,
    pub(super) preflight: Text,
    pub(super) triggers: TextMap,
    pub(super) check_aws_auth: Value<bool>,
    pub(super) tags: TextMap,
    pub(super) tags_all: TextMap,
    pub(super) timeouts: Value<Timeouts>,
    pub(super) principal_arn: Text,
    pub(super) kubernetes_user_name: Text,
    pub(super) role_id: Text,
    pub(super) access_entry_arn: Text,
    pub(super) unmanaged_policies: PolicyMap,
    pub(super) status: Text,
}

impl Named for Model {
    fn names(&self) -> Names<'_> {
        Names {
            cluster_name: &self.cluster_name,
            permission_set_name: &self.permission_set_name,
            role_name: &self.role_name,
            iam_principal_arn: &self.iam_principal_arn,
            account_id: &self.account_id,
            role_account_id: &self.role_account_id,
            region: &self.region,
        }
    }

    fn slots(&mut self) -> Slots<'_> {
        Slots {
            cluster_name: &mut self.cluster_name,
            permission_set_name: &mut self.permission_set_name,
            role_name: &mut self.role_name,
            iam_principal_arn: Some(&mut self.iam_principal_arn),
            account_id: &mut self.account_id,
            role_account_id: &mut self.role_account_id,
            region: &mut self.region,
        }
    }
}

impl Computed for Model {
    fn computed(&mut self) -> Vec<&mut Text> {
        vec![
            &mut self.account_id,
            &mut self.role_account_id,
            &mut self.region,
            &mut self.principal_arn,
            &mut self.kubernetes_user_name,
            &mut self.role_id,
            &mut self.access_entry_arn,
            &mut self.status,
        ]
    }
}

impl Model {
    pub(super) fn management(&self) -> Management {
        match self.policy_management.as_deref_option() {
            Some("additive") => Management::Additive,
            _ => Management::Exclusive,
        }
    }

    /// Whether the entry is shared with others, as far as is known.
    pub(super) fn may_share(&self) -> bool {
        self.policy_management.is_unknown() || self.management() == Management::Additive
    }

    /// Whether the entry was this grant's alone, and is shared from now on. That takes nothing away that is not named.
    pub(super) fn begins_to_share(&self, prior: &Self) -> bool {
        self.management() == Management::Additive && prior.management() == Management::Exclusive
    }

    /// What another of its states names and this one does not, in words. What is unknown may name it.
    pub(super) fn leaves_of(&self, prior: &Self) -> Vec<String> {
        let named = match self.access_policies.is_unknown() {
            true => prior.policy_names(),
            false => self.policy_names(),
        };
        let policies = prior.policy_names().into_iter().filter(|name| !named.contains(name));
        let mut left: Vec<String> = policies.map(|name| name.to_string()).collect();
        if let (Some(before), Some(now)) = (known_set(&prior.kubernetes_groups), known_set(&self.kubernetes_groups)) {
            left.extend(before.difference(&now).map(|group| format!("group {group}")));
        }
        if let (Value::Value(name), Value::Null) = (&prior.user_name, &self.user_name) {
            left.push(format!("user name {name}"));
        }
        if let (Some(before), Some(now)) = (known_map(&prior.tags_all), known_map(&self.tags_all)) {
            left.extend(before.keys().filter(|key| !now.contains_key(*key)).map(|key| format!("tag {key}")));
        }
        left
    }

    pub(super) fn adopts(&self) -> bool {
        // Sharing an entry means joining one that exists.
        self.on_existing.as_deref_option() == Some("adopt") || self.management() == Management::Additive
    }

    /// Whether the apply may take over or join an entry that exists, as far as is known.
    pub(super) fn may_adopt(&self) -> bool {
        self.adopts() || self.on_existing.is_unknown() || self.policy_management.is_unknown()
    }

    /// Whether that may take something from others: sharing only does by a smaller scope, or another user name.
    pub(super) fn may_take_from_others(&self) -> bool {
        let narrows = |scope: &AccessScope| *scope != AccessScope::Cluster;
        let may_narrow = self.policies().is_none_or(|policies| policies.values().any(narrows)) || !self.user_name.is_null();
        match self.management() {
            Management::Additive => may_narrow,
            Management::Exclusive => self.may_adopt(),
        }
    }

    /// Whether what is missing at plan may still come into being before the apply reaches this grant.
    pub(super) fn checks_at_apply(&self) -> bool {
        self.preflight.as_deref_option() == Some("apply")
    }

    /// Whether something that the apply makes first decides about the role. A null trigger is as good as any.
    pub(super) fn triggers_are_unknown(&self) -> bool {
        match &self.triggers {
            Value::Value(triggers) => triggers.values().any(Value::is_unknown),
            Value::Null => false,
            Value::Unknown => true,
        }
    }

    /// Whether it has the policy that may do everything in the whole cluster; `None` while that is unknown.
    pub(super) fn is_cluster_admin(&self) -> Option<bool> {
        let is_admin = |(name, scope): (&AccessPolicyName, &AccessScope)| name.as_str() == CLUSTER_ADMIN && *scope == AccessScope::Cluster;
        Some(self.policies()?.iter().any(is_admin))
    }

    /// Whether two name the same policies with the same scopes.
    pub(super) fn has_policies_of(&self, other: &Self) -> bool {
        let named = |model: &Self| model.access_policies.as_ref_option().cloned().unwrap_or_default();
        !self.access_policies.is_unknown() && !other.access_policies.is_unknown() && named(self) == named(other)
    }

    /// Policies and scopes, if all of them are known and valid.
    pub(super) fn policies(&self) -> Option<BTreeMap<AccessPolicyName, AccessScope>> {
        let Value::Value(policies) = &self.access_policies else {
            return self.access_policies.is_null().then(BTreeMap::new);
        };
        let known =
            |(name, policy): (&String, &Value<PolicyModel>)| Some((AccessPolicyName::parse(name).ok()?, policy.as_ref_option()?.scope()?));
        policies.iter().map(known).collect()
    }

    /// Names of the policies in the state, whatever their scopes.
    pub(super) fn policy_names(&self) -> BTreeSet<AccessPolicyName> {
        let names = self.access_policies.as_ref_option().into_iter().flat_map(BTreeMap::keys);
        names.filter_map(|name| AccessPolicyName::parse(name).ok()).collect()
    }
}
