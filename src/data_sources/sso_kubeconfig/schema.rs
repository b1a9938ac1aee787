//! The schema of `eks_sso_kubeconfig`.

use crate::data_sources::attributes::{of_cluster_place, text};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use tf_provider::schema::{Block, Description, Schema};
use tf_provider::value::Value;

use tf_provider::schema::AttributeConstraint::{Computed, Optional, OptionalComputed};

/// Configuration and result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    pub(super) cluster_name: Value<String>,
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
    pub(super) kubeconfig: Value<String>,
    pub(super) aws_config: Value<String>,
}

pub(super) fn schema() -> Schema {
    let mut all = HashMap::from(of_cluster_place());
    all.extend([
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
            "Name of the context and of its user in the kubeconfig. Default: such as `DeveloperAccess@payments-prod.eu-west-1.222233334444`.",
        ),
        text("namespace", Optional, "Namespace of the context. Default: Kubernetes' own, `default`."),
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
        text(
            "kubeconfig",
            Computed,
            "A kubeconfig with one context, as YAML. It holds no secret: `kubectl` gets a token from `aws eks get-token`.",
        ),
        text(
            "aws_config",
            Computed,
            "Sections `sso-session` and `profile` for `~/.aws/config`. It holds no secret. Null without `sso_start_url`.",
        ),
    ]);
    Schema {
        version: 0,
        block: Block {
            version: 0,
            attributes: all,
            blocks: HashMap::new(),
            description: Description::markdown(
                "What a person needs to use `kubectl` on a cluster: a kubeconfig, and the part of `~/.aws/config` that signs in with a \
                 permission set.",
            ),
            deprecated: false,
        },
    }
}
