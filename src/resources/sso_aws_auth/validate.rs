//! What is wrong with a configuration, as far as the configuration alone tells. Unknown values are never wrong.

use crate::domain::aws_auth::row::Mapping;
use crate::domain::error::Invalid;
use crate::domain::kubernetes::validate_placeholders_of_aws_auth;
use crate::report::{at, null_element};
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_grant::target::Grantees;
use crate::resources::sso_grant::texts::TextSet;
use crate::resources::sso_grant::validate::{choice, report, text, timeouts, who_and_where};
use tf_provider::Diagnostics;
use tf_provider::value::Value;

pub(super) fn validate(diags: &mut Diagnostics, config: &Model) {
    who_and_where(diags, config, Grantees::Names);
    groups(diags, &config.kubernetes_groups);
    text(diags, "user_name", "Invalid user name", &config.user_name, user_name);
    choice(diags, "preflight", &config.preflight, &["plan", "apply"]);
    timeouts(diags, &config.timeouts);
}

/// Elements of a set cannot be indexed, so the path stops at the set.
fn groups(diags: &mut Diagnostics, groups: &TextSet) {
    for group in groups.as_ref_option().into_iter().flatten() {
        match group {
            Value::Value(name) => report(diags, "Invalid Kubernetes group", at("kubernetes_groups"), one_group(name)),
            Value::Null => diags.add_error(null_element(at("kubernetes_groups"))),
            Value::Unknown => {}
        }
    }
}

fn row(user_name: Option<&str>, groups: &[&str]) -> Mapping {
    Mapping {
        arn: String::new(),
        user_name: user_name.map(str::to_owned),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

fn one_group(group: &str) -> Result<(), Invalid> {
    if group.is_empty() {
        return Err(Invalid::new(
            "A Kubernetes group is empty: give the name of a group that a RoleBinding or ClusterRoleBinding names, or leave it out.",
        ));
    }
    match row(None, &[group]).looks_like_a_nodes() {
        true => Err(Invalid::new(format!(
            "{group:?} is a group of nodes: a row with it would make people look like nodes. Use a group of another name."
        ))),
        false => validate_placeholders_of_aws_auth(&format!("The Kubernetes group {group:?}"), group),
    }
}

fn user_name(name: &str) -> Result<(), Invalid> {
    if name.is_empty() {
        return Err(Invalid::new(
            "The user name is empty: leave user_name out to have the one of the role and the session, or give one like \"sso:{{SessionName}}\".",
        ));
    }
    match row(Some(name), &[]).looks_like_a_nodes() {
        true => Err(Invalid::new(format!(
            "{name:?} is the user name of a node: a row with it would make people look like nodes. Use one like \"sso:{{{{SessionName}}}}\"."
        ))),
        false => validate_placeholders_of_aws_auth(&format!("The user name {name:?}"), name),
    }
}
