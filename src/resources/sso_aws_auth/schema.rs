//! The schema of `eks_sso_aws_auth`.

use crate::resources::sso_grant::schema::{attribute, set_of_text, text, timeouts, who_and_where};
use crate::resources::sso_grant::target::Grantees;
use std::collections::HashMap;
use tf_provider::schema::{Attribute, AttributeConstraint, Block, Description, NestedBlock, Schema};

use AttributeConstraint::{Computed, Optional, OptionalComputed};

/// Version of the state format.
pub(super) const VERSION: i64 = 1;

pub(super) fn schema() -> Schema {
    Schema {
        version: VERSION,
        block: Block {
            version: 0,
            attributes: who_and_where(Grantees::Names).into_iter().chain(own()).collect(),
            blocks: HashMap::from([("timeouts".to_owned(), NestedBlock::Single(timeouts()))]),
            description: Description::markdown(
                "Gives the users of an IAM Identity Center permission set (or anyone who may assume another IAM role) access to an \
                 EKS cluster that does not take access entries yet: one row of `mapRoles` in the ConfigMap `kube-system/aws-auth`. \
                 All other rows, keys and comments stay as they are. Where the cluster takes access entries, use `eks_sso_access`.",
            ),
            deprecated: false,
        },
    }
}

fn own() -> Vec<(String, Attribute)> {
    vec![
        attribute(
            "kubernetes_groups",
            OptionalComputed,
            set_of_text(),
            "Kubernetes groups of these users, for RBAC bindings. Default: none. `system:masters`, which may do everything, is possible here.",
        ),
        text(
            "user_name",
            Optional,
            "Kubernetes user name; `{{SessionName}}` stands for the session's name. Default: the one that an access entry of the role would \
             have, `arn:aws:sts::ACCOUNT:assumed-role/ROLE/{{SessionName}}`, so that it stays the same when the cluster moves to access entries.",
        ),
        text(
            "preflight",
            Optional,
            "When to insist that cluster, authentication mode and role are right: at `\"plan\"` (default), or at `\"apply\"` because the same apply makes them so.",
        ),
        text("principal_arn", Computed, "ARN of the role without its path, as aws-auth needs it."),
        text(
            "status",
            Computed,
            "Null while all is well. `role_missing` (the role is gone; that of a permission set, because the set is no longer assigned in the account).",
        ),
    ]
}
