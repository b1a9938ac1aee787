//! Requests and responses for resource identity, moves between types and lists (protocol 6.5, 6.9, 6.10).

use crate::protocol::wire::{Diagnostic, DynamicValue, RawState, ResourceIdentityData};
use prost::Message;
use std::collections::BTreeMap;

/// Schema of an identity.
#[derive(Clone, PartialEq, Message)]
pub struct ResourceIdentitySchema {
    /// Version of its format.
    #[prost(int64, tag = "1")]
    pub version: i64,
    /// Its attributes.
    #[prost(message, repeated, tag = "2")]
    pub identity_attributes: Vec<IdentityAttribute>,
}

/// An attribute of an identity.
#[derive(Clone, PartialEq, Message)]
pub struct IdentityAttribute {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its type, as JSON.
    #[prost(bytes = "vec", tag = "2")]
    pub r#type: Vec<u8>,
    /// Must be given to import.
    #[prost(bool, tag = "3")]
    pub required_for_import: bool,
    /// May be given to import.
    #[prost(bool, tag = "4")]
    pub optional_for_import: bool,
    /// For people.
    #[prost(string, tag = "5")]
    pub description: String,
}

/// Identity schemas of all resources that have one.
#[derive(Clone, PartialEq, Message)]
pub struct GetResourceIdentitySchemasResponse {
    /// By type name.
    #[prost(btree_map = "string, message", tag = "1")]
    pub identity_schemas: BTreeMap<String, ResourceIdentitySchema>,
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "2")]
    pub diagnostics: Vec<Diagnostic>,
}

/// An identity from the state file.
#[derive(Clone, PartialEq, Message)]
pub struct UpgradeResourceIdentityRequest {
    /// Its type.
    #[prost(string, tag = "1")]
    pub type_name: String,
    /// Version that wrote it.
    #[prost(int64, tag = "2")]
    pub version: i64,
    /// As stored.
    #[prost(message, optional, tag = "3")]
    pub raw_identity: Option<RawState>,
}

/// The identity in the current schema.
#[derive(Clone, PartialEq, Message)]
pub struct UpgradeResourceIdentityResponse {
    /// The identity.
    #[prost(message, optional, tag = "1")]
    pub upgraded_identity: Option<ResourceIdentityData>,
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "2")]
    pub diagnostics: Vec<Diagnostic>,
}

/// The state of another resource type.
#[derive(Clone, PartialEq, Message)]
pub struct MoveResourceStateRequest {
    /// Its provider, with the registry's host.
    #[prost(string, tag = "1")]
    pub source_provider_address: String,
    /// Its type.
    #[prost(string, tag = "2")]
    pub source_type_name: String,
    /// Schema version that wrote it.
    #[prost(int64, tag = "3")]
    pub source_schema_version: i64,
    /// As stored.
    #[prost(message, optional, tag = "4")]
    pub source_state: Option<RawState>,
    /// The type to become.
    #[prost(string, tag = "5")]
    pub target_type_name: String,
    /// Its private part.
    #[prost(bytes = "vec", tag = "6")]
    pub source_private: Vec<u8>,
    /// Its identity.
    #[prost(message, optional, tag = "7")]
    pub source_identity: Option<RawState>,
    /// Version of that.
    #[prost(int64, tag = "8")]
    pub source_identity_schema_version: i64,
}

/// The state as the new type.
#[derive(Clone, PartialEq, Message)]
pub struct MoveResourceStateResponse {
    /// The state.
    #[prost(message, optional, tag = "1")]
    pub target_state: Option<DynamicValue>,
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "2")]
    pub diagnostics: Vec<Diagnostic>,
    /// Its private part.
    #[prost(bytes = "vec", tag = "3")]
    pub target_private: Vec<u8>,
    /// Its identity.
    #[prost(message, optional, tag = "4")]
    pub target_identity: Option<ResourceIdentityData>,
}

/// What to list.
#[derive(Clone, PartialEq, Message)]
pub struct ListResourceRequest {
    /// Its type.
    #[prost(string, tag = "1")]
    pub type_name: String,
    /// The list block.
    #[prost(message, optional, tag = "2")]
    pub config: Option<DynamicValue>,
    /// Whole states, not identities alone.
    #[prost(bool, tag = "3")]
    pub include_resource_object: bool,
    /// At most so many.
    #[prost(int64, tag = "4")]
    pub limit: i64,
}

/// One of the listed.
#[derive(Clone, PartialEq, Message)]
pub struct ListResourceEvent {
    /// Its identity.
    #[prost(message, optional, tag = "1")]
    pub identity: Option<ResourceIdentityData>,
    /// For people.
    #[prost(string, tag = "2")]
    pub display_name: String,
    /// Its whole state.
    #[prost(message, optional, tag = "3")]
    pub resource_object: Option<DynamicValue>,
    /// About this one.
    #[prost(message, repeated, tag = "4")]
    pub diagnostic: Vec<Diagnostic>,
}

/// A list block.
#[derive(Clone, PartialEq, Message)]
pub struct ValidateListResourceConfigRequest {
    /// Its type.
    #[prost(string, tag = "1")]
    pub type_name: String,
    /// As written.
    #[prost(message, optional, tag = "2")]
    pub config: Option<DynamicValue>,
}
