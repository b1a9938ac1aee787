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
    pub(super) authentication_mode: Value<String>,
    pub(super) entries: Value<Vec<EntryModel>>,
    pub(super) not_covered: Value<String>,
}

/// One access entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EntryModel {
    pub(super) principal_arn: String,
    pub(super) principal_name: Option<String>,
    pub(super) account_id: Option<String>,
    pub(super) permission_set_name: Option<String>,
    pub(super) status: String,
    pub(super) r#type: String,
    pub(super) user_name: String,
    pub(super) kubernetes_groups: BTreeSet<String>,
    pub(super) access_policies: BTreeMap<String, PolicyModel>,
    pub(super) created_at: Option<String>,
    pub(super) people: Option<PeopleModel>,
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
}

fn object<const N: usize>(attributes: [(&str, AttributeType); N]) -> AttributeType {
    AttributeType::Object(attributes.map(|(name, attr_type)| (name.to_owned(), attr_type)).into())
}

fn entry() -> AttributeType {
    let texts = || AttributeType::Set(Box::new(AttributeType::String));
    let policy = object([("scope", AttributeType::String), ("namespaces", texts())]);
    object([
        ("principal_arn", AttributeType::String),
        ("principal_name", AttributeType::String),
        ("account_id", AttributeType::String),
        ("permission_set_name", AttributeType::String),
        ("status", AttributeType::String),
        ("type", AttributeType::String),
        ("user_name", AttributeType::String),
        ("kubernetes_groups", texts()),
        ("access_policies", AttributeType::Map(Box::new(policy))),
        ("created_at", AttributeType::String),
        ("people", object([("groups", texts()), ("users", texts())])),
    ])
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
        text(
            "not_covered",
            AttributeConstraint::Computed,
            "What else may let people into this cluster and is not in `entries`, in words.",
        ),
    ]);
    Schema {
        version: 0,
        block: Block {
            version: 0,
            attributes: all,
            blocks: HashMap::new(),
            description: Description::markdown(
                "What the access entries of a cluster let in: whose they are, what they may do, and whether the role behind them still exists.",
            ),
            deprecated: false,
        },
    }
}
