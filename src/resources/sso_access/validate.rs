//! What is wrong with a configuration, as far as the configuration alone tells. Unknown values are never wrong.

use crate::domain::access_entry::is_reserved_tag;
use crate::domain::access_policy::{AccessPolicyName, AccessScope, MAX_POLICIES, validate_namespace};
use crate::domain::kubernetes::{doubtful_placeholder, validate_group, validate_user_name};
use crate::domain::tags::{MAX_TAGS, validate_tag};
use crate::report::{at, diagnostic, null_element};
use crate::resources::access_entry::policy::PolicyModel;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_grant::target::Grantees;
use crate::resources::sso_grant::texts::TextSet;
use crate::resources::sso_grant::validate::{choice, report, text, timeouts, who_and_where};
use std::collections::BTreeSet;
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostics};

pub(super) fn validate(diags: &mut Diagnostics, config: &Model) {
    who_and_where(diags, config, Grantees::NamesAndArns);
    groups(diags, &config.kubernetes_groups);
    text(diags, "user_name", "Invalid user name", &config.user_name, validate_user_name);
    if let Some(detail) = config.user_name.as_deref_option().and_then(doubtful_placeholder) {
        diags.add_warning(diagnostic("Placeholder may stay as it is", detail, at("user_name")));
    }
    policies(diags, config);
    choices(diags, config);
    tags(diags, config);
    timeouts(diags, &config.timeouts);
}

/// Elements of a set cannot be indexed, so the path stops at the set.
fn groups(diags: &mut Diagnostics, groups: &TextSet) {
    for group in groups.as_ref_option().into_iter().flatten() {
        match group {
            Value::Value(group) => report(diags, "Invalid Kubernetes group", at("kubernetes_groups"), validate_group(group)),
            Value::Null => diags.add_error(null_element(at("kubernetes_groups"))),
            Value::Unknown => {}
        }
    }
}

fn policies(diags: &mut Diagnostics, config: &Model) {
    let Value::Value(policies) = &config.access_policies else { return };
    if policies.len() > MAX_POLICIES {
        diags.add_error(diagnostic(
            "Too many access policies",
            format!(
                "{} access policies are set, but EKS takes at most {MAX_POLICIES} for one access entry. Remove some.",
                policies.len()
            ),
            at("access_policies"),
        ));
    }
    for (name, policy) in policies {
        let path = at("access_policies").key(name.clone());
        report(
            diags,
            "Invalid access policy name",
            path.clone(),
            AccessPolicyName::parse(name).map(drop),
        );
        match policy {
            Value::Value(policy) => scope(diags, path, policy),
            Value::Null => diags.add_error(diagnostic(
                "Access policy without a scope",
                format!("{name} is null, so nothing says where it holds. Write one of\n  {name} = {{ scope = \"cluster\" }}\n  {name} = {{ namespaces = [\"payments\"] }}"),
                path,
            )),
            Value::Unknown => {}
        }
    }
}

/// Terraform finds no line for a path below the policy's key, so it stops there.
fn scope(diags: &mut Diagnostics, path: AttributePath, policy: &PolicyModel) {
    for namespace in policy.namespaces.as_ref_option().into_iter().flatten() {
        match namespace {
            Value::Value(namespace) => report(diags, "Invalid namespace", path.clone(), validate_namespace(namespace)),
            Value::Null => diags.add_error(null_element(path.clone())),
            Value::Unknown => {}
        }
    }
    // An unknown half may still make the other half right.
    if policy.scope.is_unknown() || policy.namespaces.is_unknown() {
        return;
    }
    // The names themselves were judged above: here only their number matters.
    let named = policy.namespaces.as_ref_option().map(|names| match names.is_empty() {
        true => BTreeSet::new(),
        false => BTreeSet::from(["any".to_owned()]),
    });
    let result = AccessScope::from_parts(policy.scope.as_deref_option(), named.as_ref()).map(drop);
    report(diags, "Invalid access scope", path, result);
}

fn choices(diags: &mut Diagnostics, config: &Model) {
    choice(diags, "policy_management", &config.policy_management, &["exclusive", "additive"]);
    choice(diags, "on_existing", &config.on_existing, &["fail", "adopt"]);
    choice(diags, "preflight", &config.preflight, &["plan", "apply"]);
}

fn tags(diags: &mut Diagnostics, config: &Model) {
    let Value::Value(tags) = &config.tags else { return };
    // As in hashicorp/aws, a null value is no tag: modules leave tags out like this.
    let count = tags.values().filter(|value| !value.is_null()).count();
    if count > MAX_TAGS {
        let detail = format!("{count} tags are set, but AWS takes at most {MAX_TAGS} for one access entry. Remove some.");
        diags.add_error(diagnostic("Too many tags", detail, at("tags")));
    }
    for (key, value) in tags {
        let path = at("tags").key(key.clone());
        match value {
            _ if is_reserved_tag(key) => diags.add_error(diagnostic(
                "Invalid tag",
                format!("The tag key {key:?} is the provider's own: it says whose an access entry is. Remove it; set owner in the provider block instead."),
                path,
            )),
            Value::Value(value) => report(diags, "Invalid tag", path, validate_tag(key, value)),
            Value::Null | Value::Unknown => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::sso_grant::texts::{Text, text, text_set};
    use crate::resources::sso_grant::timeouts::Timeouts;
    use std::collections::BTreeMap;

    fn minimal() -> Model {
        Model {
            cluster_name: text("payments-prod"),
            permission_set_name: text("DeveloperAccess"),
            ..Model::default()
        }
    }

    #[track_caller]
    fn check(config: Model, expected: &[(&str, &str)]) {
        let mut diags = Diagnostics::default();
        validate(&mut diags, &config);
        let found: Vec<_> = diags
            .errors
            .iter()
            .map(|d| (d.attribute.to_string(), d.detail.to_string()))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(path, detail)| ((*path).to_owned(), (*detail).to_owned()))
            .collect();
        assert_eq!(found, expected);
    }

    fn policy(scope: Text, namespaces: TextSet) -> Model {
        let policy = Value::Value(PolicyModel { scope, namespaces });
        Model {
            access_policies: Value::Value(BTreeMap::from([("AmazonEKSViewPolicy".to_owned(), policy)])),
            ..minimal()
        }
    }

    #[test]
    fn ok_minimal() {
        check(minimal(), &[]);
    }

    #[test]
    fn ok_everything_unknown() {
        let u = || Value::Unknown;
        check(
            Model {
                cluster_name: u(),
                permission_set_name: u(),
                role_name: u(),
                account_id: u(),
                kubernetes_groups: Value::Unknown,
                user_name: u(),
                access_policies: Value::Unknown,
                tags: Value::Unknown,
                on_existing: u(),
                ..Model::default()
            },
            &[],
        );
        check(policy(Value::Unknown, Value::Null), &[]);
        check(policy(Value::Null, Value::Unknown), &[]);
        check(policy(Value::Null, Value::Value(vec![Value::Unknown].into())), &[]);
    }

    #[test]
    fn err_two_grantees_or_none() {
        check(
            Model {
                role_name: text("Okta"),
                ..minimal()
            },
            &[(
                "role_name",
                "permission_set_name and role_name are set, but a grant is for one of them. Keep one, and make another resource for each of the others.",
            )],
        );
        check(
            Model {
                permission_set_name: Value::Null,
                ..minimal()
            },
            &[(
                "permission_set_name",
                "Nobody is named who should get in. Set permission_set_name to the name of an IAM Identity Center permission set, or role_name to the name of another IAM role. For an IAM user, or a role in an account that cannot be read, set iam_principal_arn.",
            )],
        );
    }

    #[test]
    fn err_choices_name_what_is_allowed() {
        check(
            Model {
                on_existing: text("take"),
                preflight: text("never"),
                ..minimal()
            },
            &[
                ("on_existing", "on_existing is \"take\"; expected \"fail\" or \"adopt\"."),
                ("preflight", "preflight is \"never\"; expected \"plan\" or \"apply\"."),
            ],
        );
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let mut diags = Diagnostics::default();
        let config = Model {
            cluster_name: text("no spaces please"),
            account_id: text("123"),
            kubernetes_groups: text_set(&["system:masters".to_owned(), "ok".to_owned()].into()),
            user_name: text("system:node:x"),
            timeouts: Value::Value(Timeouts {
                create: text("10"),
                ..Timeouts::default()
            }),
            ..policy(text("namespace"), Value::Null)
        };
        validate(&mut diags, &config);
        let paths: Vec<_> = diags.errors.iter().map(|d| d.attribute.to_string()).collect();
        assert_eq!(
            paths,
            [
                "cluster_name",
                "account_id",
                "kubernetes_groups",
                "user_name",
                "access_policies[\"AmazonEKSViewPolicy\"]",
                "timeouts.create"
            ]
        );
    }

    #[test]
    fn err_namespace_is_reported_once_and_at_its_policy() {
        let namespaces = text_set(&["No_Good".to_owned(), "fine".to_owned()].into());
        check(
            policy(Value::Null, namespaces),
            &[(
                "access_policies[\"AmazonEKSViewPolicy\"]",
                "\"No_Good\" is not a namespace: expected 1 to 63 lower-case letters, digits, \"-\" and \"*\" (for any text), neither the first nor the last a \"-\".",
            )],
        );
    }
}
