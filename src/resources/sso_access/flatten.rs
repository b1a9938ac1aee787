//! What an access entry says to a state.

use crate::aws::session::Session;
use crate::domain::access_entry::{Management, is_reserved_tag};
use crate::domain::access_policy::{AccessPolicyName, AccessScope};
use crate::domain::kubernetes::is_default_user_name_of;
use crate::domain::tags::{Tags, ignored, without_ignored};
use crate::resources::access_entry::entry::Entry;
use crate::resources::access_entry::policy::PolicyModel;
use crate::resources::sso_access::model::{Model, policies_unless_empty};
use crate::resources::sso_grant::texts::{Text, known_map, known_set, text, text_map, text_map_unless_empty, text_set_like};
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::value::Value;

/// Writes what AWS says into a model. `principal_arn`, `role_id` and `status` are the plan's to set.
pub(super) fn flatten(model: &mut Model, found: &Entry, session: &Session) {
    let entry = &found.entry;
    let shared = model.management() == Management::Additive;
    model.kubernetes_groups = text_set_like(&model.kubernetes_groups, &managed_groups(model, &entry.groups, shared));
    // A shared entry's user name is not ours unless this configuration sets it.
    if !(shared && model.user_name.is_null()) {
        model.user_name = flatten_user_name(model, &entry.user_name);
    }
    model.kubernetes_user_name = match entry.user_name.is_empty() {
        true => Value::Null,
        false => text(&entry.user_name),
    };
    flatten_policies(model, &found.policies, shared);
    let tags = match shared {
        true => managed_tags(model, &entry.tags),
        false => entry.tags.clone(),
    };
    flatten_tags(model, &tags, session);
    model.access_entry_arn = text(&entry.access_entry_arn);
}

/// Of a shared entry only the groups that this configuration names are its business.
fn managed_groups(model: &Model, groups: &BTreeSet<String>, shared: bool) -> BTreeSet<String> {
    match known_set(&model.kubernetes_groups).filter(|_| shared) {
        Some(named) => groups.intersection(&named).cloned().collect(),
        None => groups.clone(),
    }
}

fn flatten_user_name(model: &Model, user_name: &str) -> Value<String> {
    let principal = model.principal_arn.as_deref_option().and_then(|arn| arn.parse().ok());
    // EKS names every entry; an answer without a name tells of none that was chosen.
    if user_name.is_empty() {
        return Value::Null;
    }
    // A configuration may spell the default name out; then it stays spelled out.
    let spelled_out = model.user_name.as_deref_option() == Some(user_name);
    match principal {
        Some(principal) if is_default_user_name_of(user_name, &principal) && !spelled_out => Value::Null,
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
    let is_managed = |name: &String| match &model.access_policies {
        Value::Value(before) => !shared || before.contains_key(name),
        Value::Null => !shared,
        Value::Unknown => true,
    };
    let (managed, others): (BTreeMap<_, _>, BTreeMap<_, _>) = named.into_iter().partition(|(name, _)| is_managed(name));
    if !(managed.is_empty() && model.access_policies.is_null()) {
        model.access_policies = Value::Value(managed);
    }
    model.unmanaged_policies = policies_unless_empty(others);
}

/// Of a shared entry only the tags that this configuration knows of are its business.
fn managed_tags(model: &Model, tags: &Tags) -> Tags {
    let Some(known) = known_map(&model.tags_all) else {
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
    all.retain(|key, _| !is_reserved_tag(key));
    let all_before = known_map(&model.tags_all).unwrap_or_default();
    let own_before = known_map(&model.tags).unwrap_or_default();
    model.tags_all = text_map_unless_empty(&all);
    let is_default = |key: &String, value: &String| session.default_tags().is_some_and(|default| default.get(key) == Some(value));
    all.retain(|key, value| own_before.contains_key(key) || !(is_default(key, value) || all_before.contains_key(key)));
    let mut tags = match text_map(&all) {
        Value::Value(tags) => tags,
        _ => BTreeMap::new(),
    };
    // What is no tag here stays in the configuration's own map as it was written: a null value, and what the provider is
    // told to ignore.
    let is_none = |(key, value): &(&String, &Text)| value.is_null() || ignored(session.ignore_tags(), key);
    let kept = model.tags.as_ref_option().into_iter().flatten().filter(is_none);
    tags.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
    model.tags = if tags.is_empty() && !matches!(&model.tags, Value::Value(tags) if tags.is_empty()) {
        Value::Null
    } else {
        Value::Value(tags)
    };
}
