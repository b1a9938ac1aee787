//! An access entry between AWS and the model.

use crate::aws::eks::{AccessEntry, Eks};
use crate::aws::error::AwsError;
use crate::aws::session::Session;
use crate::domain::access_policy::{AccessPolicyName, AccessScope};
use crate::domain::arn::RoleArn;
use crate::domain::grant::{Actual, Desired, PolicyManagement, Step};
use crate::domain::kubernetes::is_default_user_name;
use crate::domain::tags::{Tags, without_ignored};
use crate::resources::sso_access::model::{Model, PolicyModel};
use crate::resources::sso_grant::values::{known_map, known_set, text, text_map, text_set};
use std::collections::BTreeMap;
use tf_provider::value::Value;

/// Tag that carries the provider argument `owner`; hidden from `tags` and `tags_all`.
pub(super) const OWNER_TAG: &str = "terraform-provider-eks:owner";

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

    /// What a step that AWS has accepted made of the entry.
    pub(super) fn apply(&mut self, step: &Step) {
        match step {
            Step::UpdateEntry { groups, user_name } => {
                self.entry.groups.clone_from(groups);
                self.entry.user_name.clone_from(user_name);
            }
            Step::Associate { policy_arn, scope } => {
                self.policies.insert(policy_arn.clone(), scope.clone());
            }
            Step::Disassociate { policy_arn } => {
                self.policies.remove(policy_arn);
            }
            Step::Tag(tags) => self.entry.tags.extend(tags.clone()),
            Step::Untag(keys) => self.entry.tags.retain(|key, _| !keys.contains(key)),
        }
    }
}

/// Makes one call.
pub(super) async fn perform(eks: &Eks, cluster: &str, entry: &AccessEntry, step: &Step) -> Result<(), AwsError> {
    let principal = &entry.principal_arn;
    match step {
        Step::UpdateEntry { groups, user_name } => eks.update_access_entry(cluster, principal, groups, user_name).await.map(drop),
        Step::Associate { policy_arn, scope } => eks.associate_access_policy(cluster, principal, policy_arn, scope).await,
        Step::Disassociate { policy_arn } => eks.disassociate_access_policy(cluster, principal, policy_arn).await,
        Step::Tag(tags) => eks.tag_resource(&entry.access_entry_arn, tags).await,
        Step::Untag(keys) => eks.untag_resource(&entry.access_entry_arn, keys).await,
    }
}

/// A step in words, for plans that must list them.
pub(super) fn describe(step: &Step) -> String {
    let name = |arn: &str| AccessPolicyName::from_arn(arn).map_or_else(|_| arn.to_owned(), |name| name.to_string());
    match step {
        Step::UpdateEntry { groups, user_name } => {
            let groups = groups.iter().cloned().collect::<Vec<_>>().join(", ");
            format!("set kubernetes_groups to [{groups}] and the user name to {user_name:?}")
        }
        Step::Associate { policy_arn, scope } => format!("associate {} for {}", name(policy_arn), scope_in_words(scope)),
        Step::Disassociate { policy_arn } => format!("remove {}", name(policy_arn)),
        Step::Tag(tags) => format!("set the tags {}", tags.keys().cloned().collect::<Vec<_>>().join(", ")),
        Step::Untag(keys) => format!("remove the tags {}", keys.join(", ")),
    }
}

pub(super) fn scope_in_words(scope: &AccessScope) -> String {
    match scope {
        AccessScope::Cluster => "the whole cluster".to_owned(),
        AccessScope::Namespaces(_) => scope.to_string(),
    }
}

/// What a plan wants, if all of it is known.
pub(super) fn desired(planned: &Model, config: &Model, session: &Session) -> Option<Desired> {
    let shared = planned.policy_management() == PolicyManagement::Additive;
    let groups = if shared && config.kubernetes_groups.is_null() {
        None
    } else {
        Some(known_set(&planned.kubernetes_groups)?)
    };
    if planned.user_name.is_unknown() {
        return None;
    }
    let mut tags = known_map(&planned.tags_all)?;
    if let Some(owner) = session.owner() {
        tags.insert(OWNER_TAG.to_owned(), owner.to_owned());
    }
    Some(Desired {
        groups,
        user_name: planned.user_name.as_ref_option().cloned(),
        user_name_managed: !(shared && config.user_name.is_null()),
        policies: planned.policies()?,
        policy_management: planned.policy_management(),
        tags,
    })
}

/// Writes what AWS says into a model. `principal_arn`, `role_id` and `status` are the plan's to set.
pub(super) fn flatten(model: &mut Model, found: &Entry, session: &Session) {
    let entry = &found.entry;
    let shared = model.policy_management() == PolicyManagement::Additive;
    model.kubernetes_groups = text_set(&entry.groups);
    // A shared entry's user name is not ours unless this configuration sets it.
    if !(shared && model.user_name.is_null()) {
        model.user_name = flatten_user_name(model, &entry.user_name);
    }
    flatten_policies(model, &found.policies, shared);
    let tags = match shared {
        true => managed_tags(model, &entry.tags),
        false => entry.tags.clone(),
    };
    flatten_tags(model, &tags, session);
    model.type_ = text(&entry.type_);
    model.access_entry_arn = text(&entry.access_entry_arn);
    model.created_at = entry.created_at.map(|at| at.to_string()).into();
}

fn flatten_user_name(model: &Model, user_name: &str) -> Value<String> {
    let role = model.principal_arn.as_deref_option().and_then(|arn| RoleArn::parse(arn).ok());
    // EKS names every entry; an answer without a name tells of none that was chosen.
    if user_name.is_empty() {
        return Value::Null;
    }
    // A configuration may spell the default name out; then it stays spelled out.
    let spelled_out = model.user_name.as_deref_option() == Some(user_name);
    match role {
        Some(role) if is_default_user_name(user_name, role.name()) && !spelled_out => Value::Null,
        _ => text(user_name),
    }
}

fn flatten_policies(model: &mut Model, policies: &BTreeMap<String, AccessScope>, shared: bool) {
    let named: BTreeMap<_, _> = policies
        .iter()
        .map(|(arn, scope)| {
            let name = AccessPolicyName::from_arn(arn).map_or_else(|_| arn.clone(), |name| name.to_string());
            (name, Value::Value(PolicyModel::from(scope)))
        })
        .collect();
    let managed = |name: &String| !shared || model.access_policies.as_ref_option().is_none_or(|before| before.contains_key(name));
    let (managed, others) = named.into_iter().partition(|(name, _)| managed(name));
    model.access_policies = Value::Value(managed);
    model.unmanaged_policies = Value::Value(others);
}

/// Of a shared entry only the tags that this configuration knows of are its business; after an import, all.
fn managed_tags(model: &Model, tags: &Tags) -> Tags {
    let Some(known) = known_map(&model.tags_all).filter(|_| model.tags_all.is_value()) else {
        return tags.clone();
    };
    tags.iter()
        .filter(|(key, _)| known.contains_key(*key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// As in hashicorp/aws: `tags` leaves out what comes from `default_tags`, unless the configuration repeats it. What came
/// from them before stays out too, or a change of `default_tags` would look like a change of `tags`.
fn flatten_tags(model: &mut Model, tags: &Tags, session: &Session) {
    let mut all = without_ignored(session.ignore_tags(), tags);
    all.remove(OWNER_TAG);
    let all_before = known_map(&model.tags_all).unwrap_or_default();
    let own_before = known_map(&model.tags).unwrap_or_default();
    model.tags_all = text_map(&all);
    let is_default = |key: &String, value: &String| session.default_tags().is_some_and(|default| default.get(key) == Some(value));
    all.retain(|key, value| own_before.contains_key(key) || !(is_default(key, value) || all_before.contains_key(key)));
    model.tags = if all.is_empty() && !matches!(&model.tags, Value::Value(tags) if tags.is_empty()) {
        Value::Null
    } else {
        text_map(&all)
    };
}
