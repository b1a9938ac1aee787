//! The schema of `eks_sso_access`.

use crate::resources::access_entry::policy::policy_attributes;
use crate::resources::sso_access::status::Status;
use crate::resources::sso_grant::schema::{attribute, set_of_text, text, timeouts, who_and_where};
use crate::resources::sso_grant::target::Grantees;
use std::collections::HashMap;
use tf_provider::schema::{Attribute, AttributeConstraint, AttributeType, Block, Description, NestedBlock, Schema};

use AttributeConstraint::{Computed, Optional, OptionalComputed};

/// Version of the state format. Raise it with an upgrade in `mod.rs`.
pub(super) const VERSION: i64 = 1;

pub(super) fn schema() -> Schema {
    Schema {
        version: VERSION,
        block: Block {
            version: 0,
            attributes: arguments().into_iter().chain(computed()).collect(),
            blocks: HashMap::from([("timeouts".to_owned(), NestedBlock::Single(timeouts()))]),
            description: Description::markdown(
                "Gives the users of an IAM Identity Center permission set (or anyone who may assume another IAM role) access to an \
                 EKS cluster: one access entry with its access policies, Kubernetes groups and user name. The role that Identity \
                 Center made for the permission set is found at plan time.",
            ),
            deprecated: false,
        },
    }
}

fn map_of_text() -> AttributeType {
    AttributeType::Map(Box::new(AttributeType::String))
}

fn arguments() -> Vec<(String, Attribute)> {
    let mut arguments = who_and_where(Grantees::NamesAndArns);
    arguments.extend(what());
    arguments.extend(how());
    arguments
}

fn what() -> Vec<(String, Attribute)> {
    vec![
        attribute(
            "kubernetes_groups",
            OptionalComputed,
            set_of_text(),
            "Kubernetes groups of these users, for RBAC bindings. Default: none. May not begin with `system:`, `eks:`, `aws:`, `amazon:` or `iam:`.",
        ),
        text(
            "user_name",
            Optional,
            "Kubernetes user name. Default: the one that EKS makes from the role and the session. A name with `{{SessionName}}` needs a colon somewhere before it.",
        ),
        attribute(
            "access_policies",
            OptionalComputed,
            AttributeType::AttributeMap(policy_attributes(Optional)),
            "EKS access policies by name (`AmazonEKSViewPolicy`), each with either `scope = \"cluster\"` or `namespaces`; at most 20. Default: none.",
        ),
        text(
            "policy_management",
            Optional,
            "`\"exclusive\"` (default): policies associated by others are removed. `\"additive\"`: the entry is shared; the policies, groups, tags and user name that are named here are given here and taken away here, what they replaced is put back, and everything else stays.",
        ),
        attribute(
            "tags",
            Optional,
            map_of_text(),
            "Tags of the access entry, at most 50 with the provider's `default_tags`.",
        ),
        attribute(
            "tags_all",
            Computed,
            map_of_text(),
            "All tags of the access entry, those of `default_tags` included; null if there are none.",
        ),
    ]
}

fn how() -> Vec<(String, Attribute)> {
    vec![
        text(
            "on_existing",
            Optional,
            "What to do if the access entry exists already: `\"fail\"` (default) makes the plan an error that shows how to import it; `\"adopt\"` takes it over.",
        ),
        text(
            "preflight",
            Optional,
            "When to insist that authentication mode and role are right: at `\"plan\"` (default), or at `\"apply\"` because the same apply makes them so.",
        ),
        attribute(
            "triggers",
            Optional,
            map_of_text(),
            "Any values. When one changes, the role is looked up again, and the entry is recreated if it is gone. For an assignment or a cluster that is replaced in the same apply: its `created_at`, not its name.",
        ),
        attribute(
            "check_aws_auth",
            Optional,
            AttributeType::Bool,
            "Whether to read the role's row in aws-auth (under mapRoles or mapUsers) at plan, for a cluster that reads both: an access entry that would give less than the \
             row, or whose removal would let the row act again, is an error. Needs reach to the Kubernetes API and the right to read the \
             ConfigMap. Default: `false`.",
        ),
    ]
}

fn computed() -> Vec<(String, Attribute)> {
    vec![
        text(
            "principal_arn",
            Computed,
            "ARN of the role that gets in, with its path, or of the IAM user.",
        ),
        text(
            "kubernetes_user_name",
            Computed,
            "User name that Kubernetes sees, for RBAC and audit logs: `user_name`, or the one that EKS makes.",
        ),
        text(
            "role_id",
            Computed,
            "Unique id (`AROA…`) of the role when the entry was made. EKS binds an entry to it.",
        ),
        text("access_entry_arn", Computed, "ARN of the access entry."),
        attribute(
            "unmanaged_policies",
            Computed,
            AttributeType::AttributeMap(policy_attributes(Computed)),
            "With `policy_management = \"additive\"`: the entry's other access policies; null if there are none.",
        ),
        text("status", Computed, &Status::description()),
    ]
}
