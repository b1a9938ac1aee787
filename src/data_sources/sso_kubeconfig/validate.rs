//! What can be said about a configuration offline.

use crate::cluster_place;
use crate::data_sources::sso_kubeconfig::asked::{Asked, asked, at_element, elements};
use crate::data_sources::sso_kubeconfig::schema::{ClusterModel, Model};
use crate::domain::access_policy::validate_namespace;
use crate::domain::arn::RoleArn;
use crate::domain::context_template::ContextTemplate;
use crate::domain::error::Invalid;
use crate::domain::kubeconfig::{ProfileName, StartUrl};
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::{AccountId, Region};
use crate::report::{at, check, check_within, diagnostic, no_attribute, null_element};
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostics};

/// Adds an error for each fault of a configuration.
pub(super) fn validate(diags: &mut Diagnostics, config: &Model) {
    which_clusters(diags, config);
    names(diags, &no_attribute(), &config.own());
    sign_in(diags, config);
    conflicting_ways(diags, &no_attribute(), &config.own());
    for (within, element) in known_elements(config) {
        names(diags, &within, element);
        conflicting_ways(diags, &within, element);
    }
    for asked in asked(config) {
        a_way(diags, &asked);
    }
    needs_a_permission_set(diags, config);
}

/// Adds an error unless one of `cluster_name` and `clusters` says which clusters. Terraform refuses to leave a required
/// attribute out of an element, and leaves null to providers.
pub(super) fn which_clusters(diags: &mut Diagnostics, config: &Model) {
    if config.cluster_name.is_null() && config.clusters.is_null() {
        diags.add_error(diagnostic(
            "Missing cluster",
            "Neither cluster_name nor clusters is set. Set cluster_name for one cluster, or clusters for several in one kubeconfig.",
            at("cluster_name"),
        ));
    }
    if let (Value::Value(_), Value::Value(_)) = (&config.cluster_name, &config.clusters) {
        diags.add_error(diagnostic(
            "Conflicting clusters",
            "Both cluster_name and clusters are set. Remove cluster_name, and make it an element of clusters if its cluster is to be in the \
             file as well: { cluster_name = \"…\" }.",
            at("cluster_name"),
        ));
    }
    for (index, element) in config.clusters.as_deref_option().unwrap_or_default().iter().enumerate() {
        match element {
            Value::Null => diags.add_error(null_element(at_element(index))),
            Value::Value(element) if element.cluster_name.is_null() => diags.add_error(diagnostic(
                "Missing cluster",
                "cluster_name of this element of clusters is null, but it is required. Give it a value.",
                at_element(index).attribute("cluster_name"),
            )),
            Value::Value(_) | Value::Unknown => {}
        }
    }
}

fn known_elements(config: &Model) -> impl Iterator<Item = (AttributePath, &ClusterModel)> {
    elements(config.clusters.as_deref_option().unwrap_or_default())
}

fn names(diags: &mut Diagnostics, within: &AttributePath, of: &ClusterModel) {
    cluster_place::validate_within(diags, within, &of.cluster_name, &of.account_id, &of.region);
    check_within(
        diags,
        within,
        "permission_set_name",
        "Invalid permission set name",
        &of.permission_set_name,
        |text| PermissionSetName::parse(text).map(drop),
    );
    check_within(
        diags,
        within,
        "role_account_id",
        "Invalid account ID",
        &of.role_account_id,
        |text| AccountId::parse(text).map(drop),
    );
    check_within(diags, within, "role_arn", "Invalid role ARN", &of.role_arn, |text| {
        RoleArn::parse(text).map(drop)
    });
    check_within(diags, within, "profile", "Invalid profile name", &of.profile, |text| {
        ProfileName::parse(text).map(drop)
    });
    check_within(diags, within, "context_name", "Invalid context name", &of.context_name, |text| {
        ContextTemplate::parse(text).map(drop)
    });
    check_within(diags, within, "namespace", "Invalid namespace", &of.namespace, one_namespace);
}

/// A context has one namespace, so no `*`.
fn one_namespace(text: &str) -> Result<(), Invalid> {
    if text.contains('*') {
        let text = format!("{text:?} matches many namespaces, and a context has one: write a namespace's name without \"*\".");
        return Err(Invalid::new(text));
    }
    validate_namespace(text)
}

fn sign_in(diags: &mut Diagnostics, config: &Model) {
    check(diags, "sso_start_url", "Invalid start URL", &config.sso_start_url, |text| {
        StartUrl::parse(text).map(drop)
    });
    check(diags, "sso_region", "Invalid Region", &config.sso_region, |text| {
        Region::parse(text).map(drop)
    });
    check(
        diags,
        "sso_session_name",
        "Invalid session name",
        &config.sso_session_name,
        |text| ProfileName::parse(text).map(drop),
    );
}

fn conflicting_ways(diags: &mut Diagnostics, within: &AttributePath, of: &ClusterModel) {
    if let (Value::Value(_), Value::Value(_)) = (&of.permission_set_name, &of.role_arn) {
        diags.add_error(diagnostic(
            "Conflicting ways to authenticate",
            "Both permission_set_name and role_arn are set. Remove one of them. Users who sign in with a permission set and then assume \
             a role need role_arn, and in profile the name of the permission set's profile.",
            within.clone().attribute("role_arn"),
        ));
    }
}

/// With what the element does not set itself.
fn a_way(diags: &mut Diagnostics, asked: &Asked) {
    let of = &asked.arguments;
    if of.permission_set_name.is_null() && of.role_arn.is_null() && of.profile.is_null() {
        diags.add_error(diagnostic(
            "Missing way to authenticate",
            "None of permission_set_name, role_arn and profile is set, so nothing says with whose credentials the token is made. Set \
             permission_set_name for users who sign in through Identity Center, role_arn for a role that is assumed, or only profile.",
            asked.at("permission_set_name"),
        ));
    }
    if let (Value::Value(_), Value::Null) = (&of.role_account_id, &of.permission_set_name) {
        diags.add_error(without_permission_set("role_account_id", asked.at("role_account_id")));
    }
}

/// What counts with a permission set only, while no cluster has one.
fn needs_a_permission_set(diags: &mut Diagnostics, config: &Model) {
    let own_is_null = config.permission_set_name.is_null();
    let elements_have_none = match &config.clusters {
        Value::Null => true,
        Value::Unknown => false,
        // No element says nothing about those of another day.
        Value::Value(elements) => !elements.is_empty() && elements.iter().all(has_no_permission_set),
    };
    if !(own_is_null && elements_have_none) {
        return;
    }
    if let Value::Value(_) = config.sso_start_url {
        diags.add_error(without_permission_set("sso_start_url", at("sso_start_url")));
    }
    // Of the only cluster it has been said.
    if let (Value::Value(_), Value::Value(_)) = (&config.role_account_id, &config.clusters) {
        diags.add_error(without_permission_set("role_account_id", at("role_account_id")));
    }
}

fn has_no_permission_set(element: &Value<ClusterModel>) -> bool {
    match element {
        Value::Value(element) => element.permission_set_name.is_null(),
        Value::Null => true,
        Value::Unknown => false,
    }
}

fn without_permission_set(argument: &'static str, path: AttributePath) -> tf_provider::Diagnostic {
    let detail =
        format!("{argument} is set, but permission_set_name is not, to which it belongs. Set permission_set_name, or remove {argument}.");
    diagnostic("Missing permission_set_name", detail, path)
}
