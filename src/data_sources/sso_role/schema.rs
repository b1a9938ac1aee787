//! The schema of `eks_sso_role`.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use tf_provider::schema::{Attribute, AttributeConstraint, AttributeType, Block, Description, NestedBlock, Schema};
use tf_provider::value::Value;

use AttributeConstraint::{Computed, Optional, OptionalComputed};

/// Configuration and result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    pub(super) permission_set_name: Value<String>,
    pub(super) permission_set_arn: Value<String>,
    pub(super) account_id: Value<String>,
    pub(super) timeouts: Value<Timeouts>,
    pub(super) arn: Value<String>,
    pub(super) arn_without_path: Value<String>,
    pub(super) arn_pattern: Value<String>,
    pub(super) name: Value<String>,
    pub(super) path: Value<String>,
    pub(super) role_id: Value<String>,
    pub(super) suffix: Value<String>,
    pub(super) created_at: Value<String>,
    pub(super) identity_center_region: Value<String>,
}

/// The `timeouts` block.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Timeouts {
    pub(super) read: Value<String>,
}

fn text(name: &str, constraint: AttributeConstraint, description: &str) -> (String, Attribute) {
    let description = Description::markdown(description);
    (
        name.to_owned(),
        Attribute {
            attr_type: AttributeType::String,
            description,
            constraint,
            sensitive: false,
            deprecated: false,
        },
    )
}

pub(super) fn schema() -> Schema {
    let attributes = HashMap::from([
        text(
            "permission_set_name",
            OptionalComputed,
            "Name of the permission set. Exactly one of `permission_set_name` and `permission_set_arn` is needed.",
        ),
        text(
            "permission_set_arn",
            Optional,
            "ARN of the permission set. Its name is asked of Identity Center, so the provider needs its `identity_center` block.",
        ),
        text(
            "account_id",
            OptionalComputed,
            "AWS account in which to look, 12 digits. Default: the provider's own.",
        ),
        text(
            "arn",
            Computed,
            "ARN of the role, with its path: for access entries and trust policies.",
        ),
        text(
            "arn_without_path",
            Computed,
            "ARN of the role without its path: for the aws-auth ConfigMap.",
        ),
        text(
            "arn_pattern",
            Computed,
            "ARN with one `?` for each character of the suffix: for `ArnLike` conditions on `aws:PrincipalArn` that outlive the suffix.",
        ),
        text("name", Computed, "Name of the role."),
        text("path", Computed, "Path of the role."),
        text("role_id", Computed, "Unique id (`AROA…`) of the role."),
        text(
            "suffix",
            Computed,
            "The 16 hexadecimal digits at the end of the name. They change when Identity Center recreates the role.",
        ),
        text("created_at", Computed, "When the role was made, RFC 3339."),
        text(
            "identity_center_region",
            Computed,
            "Home Region of Identity Center, as the role's path tells.",
        ),
    ]);
    let read = text(
        "read",
        Optional,
        "How long to wait for a role that an assignment in the same apply makes, such as `\"5m\"`. Default: 0, do not wait.",
    );
    let timeouts = Block {
        version: 0,
        attributes: HashMap::from([read]),
        blocks: HashMap::new(),
        description: Description::plain("How long to wait."),
        deprecated: false,
    };
    Schema {
        version: 0,
        block: Block {
            version: 0,
            attributes,
            blocks: HashMap::from([("timeouts".to_owned(), NestedBlock::Single(timeouts))]),
            description: Description::markdown(
                "Finds the IAM role that IAM Identity Center made for a permission set in an account. The role is there once the set is \
                 assigned to somebody in that account.",
            ),
            deprecated: false,
        },
    }
}
