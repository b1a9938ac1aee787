//! The schema of `eks_sso_cluster_access`.

use crate::data_sources::attributes::{attribute, of_cluster_place, text};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tf_provider::schema::{AttributeConstraint, AttributeType, Block, Description, Schema};
use tf_provider::value::Value;

/// Configuration and result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    pub(super) cluster_name: Value<String>,
    pub(super) account_id: Value<String>,
    pub(super) region: Value<String>,
    pub(super) include_people: Value<bool>,
    pub(super) include_members: Value<bool>,
    pub(super) include_aws_auth: Value<bool>,
    pub(super) include_trust: Value<bool>,
    pub(super) authentication_mode: Value<String>,
    pub(super) entries: Value<Vec<EntryModel>>,
    pub(super) aws_auth_rows: Value<Vec<RowModel>>,
    pub(super) not_covered: Value<String>,
    pub(super) mermaid: Value<String>,
}

/// One access entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EntryModel {
    pub(super) key: String,
    pub(super) way_in: String,
    pub(super) principal_arn: String,
    pub(super) principal_name: Option<String>,
    pub(super) account_id: Option<String>,
    pub(super) permission_set_name: Option<String>,
    pub(super) status: String,
    pub(super) r#type: String,
    pub(super) kubernetes_user_name: String,
    pub(super) kubernetes_groups: BTreeSet<String>,
    pub(super) access_policies: BTreeMap<String, PolicyModel>,
    pub(super) rights: String,
    pub(super) created_at: Option<String>,
    pub(super) people: Option<PeopleModel>,
    pub(super) trust: Option<BTreeSet<String>>,
}

/// One row of aws-auth. What an entry has, too, is called the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RowModel {
    pub(super) key: String,
    pub(super) way_in: String,
    pub(super) line: usize,
    pub(super) principal_arn: Option<String>,
    pub(super) principal_name: Option<String>,
    pub(super) account_id: Option<String>,
    pub(super) permission_set_name: Option<String>,
    pub(super) status: String,
    pub(super) overridden_by: Option<String>,
    pub(super) for_nodes: bool,
    pub(super) kubernetes_user_name: String,
    pub(super) kubernetes_groups: BTreeSet<String>,
    pub(super) rights: String,
    pub(super) people: Option<PeopleModel>,
    pub(super) trust: Option<BTreeSet<String>>,
}

/// Where a policy holds, as in `eks_sso_access`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PolicyModel {
    pub(super) scope: Option<String>,
    pub(super) namespaces: Option<BTreeSet<String>>,
}

/// Who is assigned to the permission set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PeopleModel {
    pub(super) groups: BTreeSet<String>,
    pub(super) users: BTreeSet<String>,
    /// By group.
    pub(super) members: Option<BTreeMap<String, BTreeSet<String>>>,
}

fn object<const N: usize>(attributes: [(&str, AttributeType); N]) -> AttributeType {
    AttributeType::Object(attributes.map(|(name, attr_type)| (name.to_owned(), attr_type)).into())
}

fn entry() -> AttributeType {
    let policy = object([("scope", AttributeType::String), ("namespaces", texts())]);
    object([
        ("key", AttributeType::String),
        ("way_in", AttributeType::String),
        ("principal_arn", AttributeType::String),
        ("principal_name", AttributeType::String),
        ("account_id", AttributeType::String),
        ("permission_set_name", AttributeType::String),
        ("status", AttributeType::String),
        ("type", AttributeType::String),
        ("kubernetes_user_name", AttributeType::String),
        ("kubernetes_groups", texts()),
        ("access_policies", AttributeType::Map(Box::new(policy))),
        ("rights", AttributeType::String),
        ("created_at", AttributeType::String),
        ("people", people()),
        ("trust", texts()),
    ])
}

fn row() -> AttributeType {
    object([
        ("key", AttributeType::String),
        ("way_in", AttributeType::String),
        ("line", AttributeType::Number),
        ("principal_arn", AttributeType::String),
        ("principal_name", AttributeType::String),
        ("account_id", AttributeType::String),
        ("permission_set_name", AttributeType::String),
        ("status", AttributeType::String),
        ("overridden_by", AttributeType::String),
        ("for_nodes", AttributeType::Bool),
        ("kubernetes_user_name", AttributeType::String),
        ("kubernetes_groups", texts()),
        ("rights", AttributeType::String),
        ("people", people()),
        ("trust", texts()),
    ])
}

fn people() -> AttributeType {
    let members = AttributeType::Map(Box::new(texts()));
    object([("groups", texts()), ("users", texts()), ("members", members)])
}

fn texts() -> AttributeType {
    AttributeType::Set(Box::new(AttributeType::String))
}

pub(super) fn schema() -> Schema {
    let mut all = HashMap::from(of_cluster_place());
    all.extend([
        attribute(
            "include_people",
            AttributeType::Bool,
            AttributeConstraint::Optional,
            "Whether to list who is assigned to each permission set, by name. Needs the provider's `identity_center` block. Names of people get into the state. Default: false.",
        ),
        attribute(
            "include_members",
            AttributeType::Bool,
            AttributeConstraint::Optional,
            "Whether to list the members of the groups as well; includes `include_people`. One request for each 100 members and one for each user, at most 2 a second; the log tells the progress at `INFO`. Default: false.",
        ),
        attribute(
            "include_aws_auth",
            AttributeType::Bool,
            AttributeConstraint::Optional,
            "Whether to list the rows of the `aws-auth` ConfigMap, if the cluster reads it. They are read over the Kubernetes API, and their roles are looked up. Default: false.",
        ),
        attribute(
            "include_trust",
            AttributeType::Bool,
            AttributeConstraint::Optional,
            "Whether to look up the roles that are not Identity Center's, and to tell whom they trust. One `iam:GetRole` for each. Default: false.",
        ),
        text(
            "authentication_mode",
            AttributeConstraint::Computed,
            "`API`, `API_AND_CONFIG_MAP` or `CONFIG_MAP`; in the last one there are no access entries. Null if `eks:DescribeCluster` is not allowed.",
        ),
        attribute(
            "entries",
            AttributeType::List(Box::new(entry())),
            AttributeConstraint::Computed,
            "The access entries, sorted by `principal_arn`. What their attributes mean is above.",
        ),
        attribute(
            "aws_auth_rows",
            AttributeType::List(Box::new(row())),
            AttributeConstraint::Computed,
            "With `include_aws_auth`, the rows of `aws-auth` in the order of `mapRoles`, `mapUsers` and `mapAccounts`. What their attributes mean is above. Null if not asked for or not readable.",
        ),
        text(
            "not_covered",
            AttributeConstraint::Computed,
            "What else may let people into this cluster and is not listed, in words.",
        ),
        text(
            "mermaid",
            AttributeConstraint::Computed,
            "A picture of who gets in, from people to rights, as a flowchart in the language of Mermaid.",
        ),
    ]);
    Schema {
        version: 0,
        block: Block {
            version: 0,
            attributes: all,
            blocks: HashMap::new(),
            description: Description::markdown(
                "Who gets into a cluster by its access entries and, if wanted, by `aws-auth`: whose they are, what they may do, and whether the role behind them still exists.",
            ),
            deprecated: false,
        },
    }
}
