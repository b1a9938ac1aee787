//! The schema of `eks_sso_kubeconfig`.

use crate::data_sources::attributes::{attribute, text};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use tf_provider::schema::{Attribute, AttributeConstraint, AttributeType, Block, Description, Schema};
use tf_provider::value::Value;

use AttributeConstraint::{Computed, Optional, OptionalComputed, Required};

/// Configuration and result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    pub(super) cluster_name: Value<String>,
    pub(super) clusters: Value<Vec<Value<ClusterModel>>>,
    pub(super) account_id: Value<String>,
    pub(super) region: Value<String>,
    pub(super) permission_set_name: Value<String>,
    pub(super) role_account_id: Value<String>,
    pub(super) role_arn: Value<String>,
    pub(super) profile: Value<String>,
    pub(super) context_name: Value<String>,
    pub(super) namespace: Value<String>,
    pub(super) sso_start_url: Value<String>,
    pub(super) sso_region: Value<String>,
    pub(super) sso_session_name: Value<String>,
    pub(super) contexts: Value<BTreeMap<String, ContextModel>>,
    pub(super) kubeconfig: Value<String>,
    pub(super) aws_config: Value<String>,
}

/// One of several clusters, or the arguments about the only one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClusterModel {
    pub(super) cluster_name: Value<String>,
    pub(super) account_id: Value<String>,
    pub(super) region: Value<String>,
    pub(super) permission_set_name: Value<String>,
    pub(super) role_account_id: Value<String>,
    pub(super) role_arn: Value<String>,
    pub(super) profile: Value<String>,
    pub(super) context_name: Value<String>,
    pub(super) namespace: Value<String>,
}

/// Where a context leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ContextModel {
    pub(super) cluster_name: String,
    pub(super) account_id: String,
    pub(super) region: String,
    pub(super) profile: Option<String>,
}

impl Model {
    /// The arguments that an element of `clusters` has as well.
    pub(super) fn own(&self) -> ClusterModel {
        ClusterModel {
            cluster_name: self.cluster_name.clone(),
            account_id: self.account_id.clone(),
            region: self.region.clone(),
            permission_set_name: self.permission_set_name.clone(),
            role_account_id: self.role_account_id.clone(),
            role_arn: self.role_arn.clone(),
            profile: self.profile.clone(),
            context_name: self.context_name.clone(),
            namespace: self.namespace.clone(),
        }
    }
}

fn of_a_cluster() -> HashMap<String, Attribute> {
    let of_the_same_name = "Default: the argument of the same name.";
    let mut all = HashMap::from([
        text("cluster_name", Required, "Name of the EKS cluster."),
        text(
            "permission_set_name",
            Optional,
            "Name of the permission set with which people sign in. Default: where `role_arn` is not set here, the argument of the same name.",
        ),
        text(
            "role_arn",
            Optional,
            "ARN of a role that is assumed for the token. Default: where `permission_set_name` is not set here, the argument of the same name.",
        ),
    ]);
    for (name, what) in [
        ("account_id", "AWS account of the cluster, 12 digits."),
        ("region", "AWS Region of the cluster."),
        ("role_account_id", "AWS account in which the permission set is assigned, 12 digits."),
        ("profile", "Name of the AWS CLI's profile."),
        ("context_name", "Name of the context, with the same placeholders."),
        ("namespace", "Namespace of the context."),
    ] {
        all.extend([text(name, Optional, &format!("{what} {of_the_same_name}"))]);
    }
    all
}

fn contexts() -> AttributeType {
    let texts = ["cluster_name", "account_id", "region", "profile"].map(|name| (name.to_owned(), AttributeType::String));
    AttributeType::Map(Box::new(AttributeType::Object(HashMap::from(texts))))
}

fn where_the_clusters_are() -> [(String, Attribute); 4] {
    [
        text("cluster_name", Optional, "Name of the EKS cluster. Set this or `clusters`."),
        attribute(
            "clusters",
            AttributeType::AttributeList(of_a_cluster()),
            Optional,
            "Several clusters in one kubeconfig. What an element does not set is taken from the argument of the same name beside `clusters`. The order does not matter.",
        ),
        text(
            "account_id",
            OptionalComputed,
            "AWS account of the cluster, 12 digits. Default: the provider's own. Others are reached through `account_access`.",
        ),
        text("region", OptionalComputed, "AWS Region of the cluster. Default: the provider's."),
    ]
}

fn who() -> [(String, Attribute); 6] {
    [
        text(
            "permission_set_name",
            Optional,
            "Name of the permission set with which people sign in. Set this, `role_arn`, or only `profile`.",
        ),
        text(
            "role_account_id",
            OptionalComputed,
            "AWS account in which the permission set is assigned, 12 digits. Default: `account_id`. Only with `permission_set_name`.",
        ),
        text(
            "role_arn",
            Optional,
            "ARN of a role that is assumed for the token, with its path (`aws eks get-token --role-arn`), by the credentials of `profile` or else by whatever credentials the AWS CLI finds.",
        ),
        text(
            "profile",
            OptionalComputed,
            "Name of the AWS CLI's profile. Default: with `permission_set_name`, the name that `aws configure sso` proposes, such as `DeveloperAccess-222233334444`; else no profile is named.",
        ),
        text(
            "context_name",
            OptionalComputed,
            "Name of the context and of its user in the kubeconfig, with the placeholders `{cluster}`, `{account}`, `{region}`, `{permission_set}`, `{role}`, `{profile}` and `{namespace}`. Default: such as `DeveloperAccess@payments-prod.eu-west-1.222233334444`.",
        ),
        text(
            "namespace",
            Optional,
            "Namespace of the context. Default: Kubernetes' own, `default`.",
        ),
    ]
}

fn sign_in() -> [(String, Attribute); 3] {
    [
        text(
            "sso_start_url",
            Optional,
            "Address at which people sign in to Identity Center (the AWS access portal), for `aws_config`. Needs `permission_set_name`.",
        ),
        text(
            "sso_region",
            OptionalComputed,
            "Home Region of Identity Center, for `aws_config`. Default: that of the provider's `identity_center` block, or else what the path of the permission set's role says (`iam:ListRoles`).",
        ),
        text(
            "sso_session_name",
            OptionalComputed,
            "Name of the `sso-session`, for `aws_config`. Default: `sso`. Profiles that share it share one sign-in.",
        ),
    ]
}

fn results() -> [(String, Attribute); 3] {
    [
        attribute(
            "contexts",
            contexts(),
            Computed,
            "The contexts of the kubeconfig by name, each with `cluster_name`, `account_id`, `region` and `profile`.",
        ),
        text(
            "kubeconfig",
            Computed,
            "A kubeconfig with a context for each cluster, as YAML. It holds no secret: `kubectl` gets a token from `aws eks get-token`.",
        ),
        text(
            "aws_config",
            Computed,
            "Sections `sso-session` and `profile` for `~/.aws/config`, one profile for each account and permission set. It holds no secret. Null without `sso_start_url`.",
        ),
    ]
}

pub(super) fn schema() -> Schema {
    let mut all = HashMap::from(where_the_clusters_are());
    all.extend(who());
    all.extend(sign_in());
    all.extend(results());
    Schema {
        version: 0,
        block: Block {
            version: 0,
            attributes: all,
            blocks: HashMap::new(),
            description: Description::markdown(
                "What a person needs to use `kubectl` on one cluster or many: a kubeconfig, and the part of `~/.aws/config` that signs in with \
                 permission sets.",
            ),
            deprecated: false,
        },
    }
}
