//! Identity of a resource (Terraform 1.12), what else an import may name, and where a move comes from.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use tf_provider::value::Value;

/// An identity: names and texts that stay the same for the life of a resource. Absent attributes are null.
pub type Identity = BTreeMap<String, Value<String>>;

/// An attribute of an identity; all are strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentityAttribute {
    /// Its name.
    pub name: &'static str,
    /// Whether an import must give it.
    pub required: bool,
    /// For people.
    pub description: &'static str,
}

/// What an import names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportSource {
    /// An import id, as the user wrote it.
    Id(String),
    /// An identity, as the user wrote it.
    Identity(Identity),
}

/// The state of a resource of another type that is to become one of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct MoveRequest {
    /// Namespace and type of its provider, without the registry's host: `hashicorp/aws`.
    pub provider: String,
    /// Its resource type.
    pub resource_type: String,
    /// Schema version that wrote it.
    pub schema_version: i64,
    /// Its state.
    pub state: Json,
}

/// What a list asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListLimits {
    /// At most so many.
    pub most: usize,
    /// Whether whole states are wanted, not identities alone.
    pub with_state: bool,
}

/// One row of a list.
#[derive(Debug)]
pub struct Listed<S> {
    /// For people.
    pub display_name: String,
    /// Its identity.
    pub identity: Identity,
    /// Its state, if it was asked for and could be read.
    pub state: Option<S>,
    /// What is worth knowing of it. An error would end the whole list.
    pub warnings: Vec<tf_provider::Diagnostic>,
}
