//! `aws_auth_to_access`: the `aws-auth` ConfigMap as arguments of `eks_sso_access`.

use crate::domain::aws_auth::access::{Grant, Migration, NotMoved, migrate};
use crate::domain::aws_auth::config_map::AwsAuth;
use crate::domain::grantee::Grantee;
use crate::functions::object_type::object;
use crate::report::diagnostic;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::schema::{Description, FunctionSchema, Parameter, Type};
use tf_provider::{AttributePath, Diagnostics, Function};

/// The function.
#[derive(Debug)]
pub(super) struct AwsAuthToAccess;

/// Its result.
#[derive(Debug, Serialize)]
pub(super) struct Output {
    access: BTreeMap<String, Access>,
    not_moved: Vec<Row>,
}

/// Arguments of `eks_sso_access`, by their names there, and the ARN in the row.
#[derive(Debug, Serialize)]
struct Access {
    access_policies: BTreeMap<String, Scope>,
    arn_without_path: String,
    iam_principal_arn: Option<String>,
    kubernetes_groups: BTreeSet<String>,
    permission_set_name: Option<String>,
    role_account_id: Option<String>,
    role_name: Option<String>,
    user_name: Option<String>,
}

#[derive(Debug, Serialize)]
struct Scope {
    namespaces: Option<BTreeSet<String>>,
    scope: Option<String>,
}

/// What cannot move.
#[derive(Debug, Serialize)]
struct Row {
    arn: String,
    groups: Vec<String>,
    line: usize,
    reason: String,
    source: String,
    user_name: Option<String>,
}

impl From<Grant> for Access {
    fn from(grant: Grant) -> Self {
        let whole_cluster = || Scope {
            namespaces: None,
            scope: Some("cluster".to_owned()),
        };
        let policies = grant.cluster_policy().map(|policy| (policy.to_owned(), whole_cluster()));
        let (permission_set_name, role_name, iam_principal_arn) = match grant.grantee {
            Grantee::PermissionSet(name) => (Some(name.to_string()), None, None),
            Grantee::Role(name) => (None, Some(name.to_string()), None),
            Grantee::Principal(principal) => (None, None, Some(principal.to_string())),
        };
        Self {
            access_policies: policies.into_iter().collect(),
            arn_without_path: grant.principal.in_aws_auth(),
            // An ARN says already which account it is of.
            role_account_id: iam_principal_arn.is_none().then(|| grant.principal.account().to_string()),
            iam_principal_arn,
            kubernetes_groups: grant.kubernetes_groups,
            permission_set_name,
            role_name,
            user_name: grant.user_name,
        }
    }
}

impl From<NotMoved> for Row {
    fn from(row: NotMoved) -> Self {
        Self {
            arn: row.subject,
            groups: row.groups,
            line: row.place.line,
            reason: row.reason,
            source: row.source,
            user_name: row.user_name,
        }
    }
}

#[async_trait::async_trait]
impl Function for AwsAuthToAccess {
    type Input<'a> = (String,);
    type Output<'a> = Output;

    fn schema(&self, _: &mut Diagnostics) -> Option<FunctionSchema> {
        let yaml = Parameter {
            name: "yaml".to_owned(),
            param_type: Type::String,
            allow_null: false,
            allow_unknown: false,
            description: Description::markdown(
                "The ConfigMap as `kubectl get configmap aws-auth -n kube-system -o yaml` shows it (JSON is as good), its data alone \
                 (`yamlencode(data.kubernetes_config_map_v1.aws_auth.data)`), or the text under `mapRoles`, which may be \
                 empty: then there is nothing to move.",
            ),
        };
        Some(FunctionSchema {
            parameters: vec![yaml],
            variadic: None,
            return_type: object([
                ("access", Type::Map(Box::new(access()))),
                ("not_moved", Type::List(Box::new(row()))),
            ]),
            summary: "Turns the aws-auth ConfigMap into arguments of eks_sso_access".to_owned(),
            description: Description::markdown(
                "Turns the `aws-auth` ConfigMap into the arguments of `eks_sso_access` that take its place, and says for each row that \
                 cannot move why. Works offline: whether the roles exist is looked up when `eks_sso_access` is planned.",
            ),
            deprecated: None,
        })
    }

    async fn call<'a>(&self, diags: &mut Diagnostics, (yaml,): (String,)) -> Option<Output> {
        match AwsAuth::parse(&yaml) {
            Ok(aws_auth) => {
                let Migration { access, not_moved } = migrate(&aws_auth);
                Some(Output {
                    access: access.into_iter().map(|(key, grant)| (key, grant.into())).collect(),
                    not_moved: not_moved.into_iter().map(Into::into).collect(),
                })
            }
            Err(malformed) => {
                let attribute = AttributePath::function_argument(0);
                diags.add_error(diagnostic("Malformed aws-auth", malformed.to_string(), attribute));
                None
            }
        }
    }
}

fn access() -> Type {
    let scope = object([("namespaces", Type::Set(Box::new(Type::String))), ("scope", Type::String)]);
    object([
        ("access_policies", Type::Map(Box::new(scope))),
        ("arn_without_path", Type::String),
        ("iam_principal_arn", Type::String),
        ("kubernetes_groups", Type::Set(Box::new(Type::String))),
        ("permission_set_name", Type::String),
        ("role_account_id", Type::String),
        ("role_name", Type::String),
        ("user_name", Type::String),
    ])
}

fn row() -> Type {
    object([
        ("arn", Type::String),
        ("groups", Type::List(Box::new(Type::String))),
        ("line", Type::Number),
        ("reason", Type::String),
        ("source", Type::String),
        ("user_name", Type::String),
    ])
}
