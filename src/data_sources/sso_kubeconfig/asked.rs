//! The clusters of a configuration: the one that `cluster_name` names, or each element of `clusters`.

use crate::data_sources::sso_kubeconfig::schema::{ClusterModel, Model};
use crate::report::{at, no_attribute};
use tf_provider::AttributePath;
use tf_provider::value::Value;

/// One cluster, with all arguments that count for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// The path of its element; empty for the only cluster.
    pub(super) within: AttributePath,
    /// Which `context_name` counts.
    pub(super) context_name_at: AttributePath,
    pub(super) arguments: ClusterModel,
}

impl Asked {
    /// The path of one of its arguments.
    pub(super) fn at(&self, argument: &'static str) -> AttributePath {
        self.within.clone().attribute(argument)
    }
}

/// All clusters, in the order of the configuration. Elements that are null or unknown are left out.
pub(super) fn asked(config: &Model) -> Vec<Asked> {
    let own = config.own();
    match &config.clusters {
        Value::Value(clusters) => elements(clusters)
            .map(|(within, element)| Asked {
                context_name_at: context_name_at(&within, element, &own),
                within,
                arguments: inherit(element, &own),
            })
            .collect(),
        Value::Unknown => Vec::new(),
        Value::Null => vec![Asked {
            within: no_attribute(),
            context_name_at: at("context_name"),
            arguments: own,
        }],
    }
}

/// The element's, its own or the one that it could have, unless that beside `clusters` counts.
fn context_name_at(within: &AttributePath, element: &ClusterModel, own: &ClusterModel) -> AttributePath {
    match (element.context_name.is_null(), own.context_name.is_null()) {
        (true, false) => at("context_name"),
        _ => within.clone().attribute("context_name"),
    }
}

/// Elements that are known, each with the way to it.
pub(super) fn elements(clusters: &[Value<ClusterModel>]) -> impl Iterator<Item = (AttributePath, &ClusterModel)> {
    let known = clusters.iter().enumerate();
    known.filter_map(|(index, element)| Some((at_element(index), element.as_ref_option()?)))
}

/// The path of an element.
pub(super) fn at_element(index: usize) -> AttributePath {
    AttributePath::new("clusters").index(i64::try_from(index).unwrap_or(i64::MAX))
}

/// What an element does not set is taken from the argument of the same name. An element that sets another way to
/// authenticate takes neither of the two from there.
fn inherit(element: &ClusterModel, own: &ClusterModel) -> ClusterModel {
    let or = |value: &Value<String>, general: &Value<String>| match value {
        Value::Null => general.clone(),
        Value::Value(_) | Value::Unknown => value.clone(),
    };
    let has_its_own_way = !element.permission_set_name.is_null() || !element.role_arn.is_null();
    let (set, role) = match has_its_own_way {
        true => (&element.permission_set_name, &element.role_arn),
        false => (&own.permission_set_name, &own.role_arn),
    };
    let role_account = match set.is_null() {
        true => element.role_account_id.clone(),
        false => or(&element.role_account_id, &own.role_account_id),
    };
    ClusterModel {
        cluster_name: element.cluster_name.clone(),
        account_id: or(&element.account_id, &own.account_id),
        region: or(&element.region, &own.region),
        permission_set_name: set.clone(),
        role_account_id: role_account,
        role_arn: role.clone(),
        profile: or(&element.profile, &own.profile),
        context_name: or(&element.context_name, &own.context_name),
        namespace: or(&element.namespace, &own.namespace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value<String> {
        Value::Value(text.to_owned())
    }

    /// permission_set_name, role_account_id and role_arn: of the element, beside `clusters`, and what counts.
    #[test]
    fn ways_to_authenticate_of_an_element() {
        type Way = (Value<String>, Value<String>, Value<String>);
        let way = |(permission_set_name, role_account_id, role_arn): &Way| ClusterModel {
            permission_set_name: permission_set_name.clone(),
            role_account_id: role_account_id.clone(),
            role_arn: role_arn.clone(),
            ..ClusterModel::default()
        };
        let none: Value<String> = Value::Null;
        let by_set = |set: &str, account: &Value<String>| -> Way { (text(set), account.clone(), Value::Null) };
        let by_role = |role: &str| -> Way { (Value::Null, Value::Null, text(role)) };
        for (element, own, counts) in [
            (by_set("A", &none), by_set("B", &text("1")), by_set("A", &text("1"))),
            (by_set("A", &text("2")), by_set("B", &text("1")), by_set("A", &text("2"))),
            (by_role("r"), by_set("B", &text("1")), by_role("r")),
            (by_set("A", &none), by_role("r"), by_set("A", &none)),
            (
                (none.clone(), text("2"), none.clone()),
                by_set("B", &text("1")),
                by_set("B", &text("2")),
            ),
            (
                (Value::Unknown, none.clone(), none.clone()),
                by_role("r"),
                (Value::Unknown, none.clone(), none.clone()),
            ),
            ((none.clone(), none.clone(), none.clone()), by_role("r"), by_role("r")),
        ] {
            assert_eq!(inherit(&way(&element), &way(&own)), way(&counts), "{element:?} {own:?}");
        }
    }
}
