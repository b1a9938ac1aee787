//! Requests and responses of the RPCs of `tfplugin6.Provider`.
//!
//! Message and field numbers are those of protocol version 6 up to minor version 6.10 (Terraform 1.15);
//! fields of features that this host does not serve are left out, which protobuf skips.

use crate::protocol::wire::{
    AttributePath, ClientCapabilities, Diagnostic, DynamicValue, Function, FunctionError, RawState, ResourceIdentityData, Schema,
    ServerCapabilities,
};
use prost::Message;
use std::collections::BTreeMap;

/// A message without fields: the request of several RPCs.
#[derive(Clone, PartialEq, Message)]
pub struct Empty {}

/// A type name alone.
#[derive(Clone, PartialEq, Message)]
pub struct TypeName {
    /// The name.
    #[prost(string, tag = "1")]
    pub type_name: String,
}

/// Names of everything that is served.
#[derive(Clone, PartialEq, Message)]
pub struct GetMetadataResponse {
    /// What this host can do.
    #[prost(message, optional, tag = "1")]
    pub server_capabilities: Option<ServerCapabilities>,
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "2")]
    pub diagnostics: Vec<Diagnostic>,
    /// Data sources.
    #[prost(message, repeated, tag = "3")]
    pub data_sources: Vec<TypeName>,
    /// Managed resources.
    #[prost(message, repeated, tag = "4")]
    pub resources: Vec<TypeName>,
    /// Functions.
    #[prost(message, repeated, tag = "5")]
    pub functions: Vec<TypeName>,
    /// Lists.
    #[prost(message, repeated, tag = "7")]
    pub list_resources: Vec<TypeName>,
}

/// Schemas of everything that is served.
#[derive(Clone, PartialEq, Message)]
pub struct GetProviderSchemaResponse {
    /// The provider block.
    #[prost(message, optional, tag = "1")]
    pub provider: Option<Schema>,
    /// Managed resources.
    #[prost(btree_map = "string, message", tag = "2")]
    pub resource_schemas: BTreeMap<String, Schema>,
    /// Data sources.
    #[prost(btree_map = "string, message", tag = "3")]
    pub data_source_schemas: BTreeMap<String, Schema>,
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "4")]
    pub diagnostics: Vec<Diagnostic>,
    /// The provider_meta block.
    #[prost(message, optional, tag = "5")]
    pub provider_meta: Option<Schema>,
    /// What this host can do.
    #[prost(message, optional, tag = "6")]
    pub server_capabilities: Option<ServerCapabilities>,
    /// Functions.
    #[prost(btree_map = "string, message", tag = "7")]
    pub functions: BTreeMap<String, Function>,
    /// Lists.
    #[prost(btree_map = "string, message", tag = "9")]
    pub list_resource_schemas: BTreeMap<String, Schema>,
}

/// The provider block.
#[derive(Clone, PartialEq, Message)]
pub struct ValidateProviderConfigRequest {
    /// As written.
    #[prost(message, optional, tag = "1")]
    pub config: Option<DynamicValue>,
}

/// Its faults.
#[derive(Clone, PartialEq, Message)]
pub struct ValidateProviderConfigResponse {
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "2")]
    pub diagnostics: Vec<Diagnostic>,
}

/// The provider block, evaluated.
#[derive(Clone, PartialEq, Message)]
pub struct ConfigureProviderRequest {
    /// Who calls.
    #[prost(string, tag = "1")]
    pub terraform_version: String,
    /// As evaluated so far.
    #[prost(message, optional, tag = "2")]
    pub config: Option<DynamicValue>,
    /// What the caller can do.
    #[prost(message, optional, tag = "3")]
    pub client_capabilities: Option<ClientCapabilities>,
}

/// Diagnostics alone, in field 1.
#[derive(Clone, PartialEq, Message)]
pub struct DiagnosticsResponse {
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "1")]
    pub diagnostics: Vec<Diagnostic>,
}

/// A resource or data source block.
#[derive(Clone, PartialEq, Message)]
pub struct ValidateConfigRequest {
    /// Its type.
    #[prost(string, tag = "1")]
    pub type_name: String,
    /// As written.
    #[prost(message, optional, tag = "2")]
    pub config: Option<DynamicValue>,
    /// What the caller can do.
    #[prost(message, optional, tag = "3")]
    pub client_capabilities: Option<ClientCapabilities>,
}

/// A state from the state file.
#[derive(Clone, PartialEq, Message)]
pub struct UpgradeResourceStateRequest {
    /// Its type.
    #[prost(string, tag = "1")]
    pub type_name: String,
    /// Schema version that wrote it.
    #[prost(int64, tag = "2")]
    pub version: i64,
    /// As stored.
    #[prost(message, optional, tag = "3")]
    pub raw_state: Option<RawState>,
}

/// The state in the current schema.
#[derive(Clone, PartialEq, Message)]
pub struct UpgradeResourceStateResponse {
    /// The state.
    #[prost(message, optional, tag = "1")]
    pub upgraded_state: Option<DynamicValue>,
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "2")]
    pub diagnostics: Vec<Diagnostic>,
}

/// A state to refresh.
#[derive(Clone, PartialEq, Message)]
pub struct ReadResourceRequest {
    /// Its type.
    #[prost(string, tag = "1")]
    pub type_name: String,
    /// The state.
    #[prost(message, optional, tag = "2")]
    pub current_state: Option<DynamicValue>,
    /// Its private part.
    #[prost(bytes = "vec", tag = "3")]
    pub private: Vec<u8>,
    /// The provider_meta block.
    #[prost(message, optional, tag = "4")]
    pub provider_meta: Option<DynamicValue>,
    /// What the caller can do.
    #[prost(message, optional, tag = "5")]
    pub client_capabilities: Option<ClientCapabilities>,
    /// Its identity.
    #[prost(message, optional, tag = "6")]
    pub current_identity: Option<ResourceIdentityData>,
}

/// The refreshed state; null if it is gone.
#[derive(Clone, PartialEq, Message)]
pub struct ReadResourceResponse {
    /// The state.
    #[prost(message, optional, tag = "1")]
    pub new_state: Option<DynamicValue>,
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "2")]
    pub diagnostics: Vec<Diagnostic>,
    /// Its private part.
    #[prost(bytes = "vec", tag = "3")]
    pub private: Vec<u8>,
    /// Its identity.
    #[prost(message, optional, tag = "5")]
    pub new_identity: Option<ResourceIdentityData>,
}

/// A change to plan.
#[derive(Clone, PartialEq, Message)]
pub struct PlanResourceChangeRequest {
    /// Its type.
    #[prost(string, tag = "1")]
    pub type_name: String,
    /// Before; null for a create.
    #[prost(message, optional, tag = "2")]
    pub prior_state: Option<DynamicValue>,
    /// Configuration merged with the prior state; null for a destroy.
    #[prost(message, optional, tag = "3")]
    pub proposed_new_state: Option<DynamicValue>,
    /// As written.
    #[prost(message, optional, tag = "4")]
    pub config: Option<DynamicValue>,
    /// Private part of the prior state.
    #[prost(bytes = "vec", tag = "5")]
    pub prior_private: Vec<u8>,
    /// The provider_meta block.
    #[prost(message, optional, tag = "6")]
    pub provider_meta: Option<DynamicValue>,
    /// What the caller can do.
    #[prost(message, optional, tag = "7")]
    pub client_capabilities: Option<ClientCapabilities>,
    /// Identity before.
    #[prost(message, optional, tag = "8")]
    pub prior_identity: Option<ResourceIdentityData>,
}

/// The planned change.
#[derive(Clone, PartialEq, Message)]
pub struct PlanResourceChangeResponse {
    /// After.
    #[prost(message, optional, tag = "1")]
    pub planned_state: Option<DynamicValue>,
    /// What cannot change in place.
    #[prost(message, repeated, tag = "2")]
    pub requires_replace: Vec<AttributePath>,
    /// For the apply.
    #[prost(bytes = "vec", tag = "3")]
    pub planned_private: Vec<u8>,
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "4")]
    pub diagnostics: Vec<Diagnostic>,
    /// Identity after.
    #[prost(message, optional, tag = "7")]
    pub planned_identity: Option<ResourceIdentityData>,
}

/// A change to make.
#[derive(Clone, PartialEq, Message)]
pub struct ApplyResourceChangeRequest {
    /// Its type.
    #[prost(string, tag = "1")]
    pub type_name: String,
    /// Before.
    #[prost(message, optional, tag = "2")]
    pub prior_state: Option<DynamicValue>,
    /// After; null for a delete.
    #[prost(message, optional, tag = "3")]
    pub planned_state: Option<DynamicValue>,
    /// As written.
    #[prost(message, optional, tag = "4")]
    pub config: Option<DynamicValue>,
    /// From the plan.
    #[prost(bytes = "vec", tag = "5")]
    pub planned_private: Vec<u8>,
    /// The provider_meta block.
    #[prost(message, optional, tag = "6")]
    pub provider_meta: Option<DynamicValue>,
    /// Identity after.
    #[prost(message, optional, tag = "7")]
    pub planned_identity: Option<ResourceIdentityData>,
}

/// What is there now.
#[derive(Clone, PartialEq, Message)]
pub struct ApplyResourceChangeResponse {
    /// The state.
    #[prost(message, optional, tag = "1")]
    pub new_state: Option<DynamicValue>,
    /// Its private part.
    #[prost(bytes = "vec", tag = "2")]
    pub private: Vec<u8>,
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "3")]
    pub diagnostics: Vec<Diagnostic>,
    /// Its identity.
    #[prost(message, optional, tag = "5")]
    pub new_identity: Option<ResourceIdentityData>,
}

/// What to import.
#[derive(Clone, PartialEq, Message)]
pub struct ImportResourceStateRequest {
    /// Its type.
    #[prost(string, tag = "1")]
    pub type_name: String,
    /// As the user wrote it.
    #[prost(string, tag = "2")]
    pub id: String,
    /// What the caller can do.
    #[prost(message, optional, tag = "3")]
    pub client_capabilities: Option<ClientCapabilities>,
    /// Instead of an id.
    #[prost(message, optional, tag = "4")]
    pub identity: Option<ResourceIdentityData>,
}

/// What was found.
#[derive(Clone, PartialEq, Message)]
pub struct ImportedResource {
    /// Its type.
    #[prost(string, tag = "1")]
    pub type_name: String,
    /// Its state.
    #[prost(message, optional, tag = "2")]
    pub state: Option<DynamicValue>,
    /// Its private part.
    #[prost(bytes = "vec", tag = "3")]
    pub private: Vec<u8>,
    /// Its identity.
    #[prost(message, optional, tag = "4")]
    pub identity: Option<ResourceIdentityData>,
}

/// What was found.
#[derive(Clone, PartialEq, Message)]
pub struct ImportResourceStateResponse {
    /// Each of them.
    #[prost(message, repeated, tag = "1")]
    pub imported_resources: Vec<ImportedResource>,
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "2")]
    pub diagnostics: Vec<Diagnostic>,
}

/// A data source to read.
#[derive(Clone, PartialEq, Message)]
pub struct ReadDataSourceRequest {
    /// Its type.
    #[prost(string, tag = "1")]
    pub type_name: String,
    /// As written.
    #[prost(message, optional, tag = "2")]
    pub config: Option<DynamicValue>,
    /// The provider_meta block.
    #[prost(message, optional, tag = "3")]
    pub provider_meta: Option<DynamicValue>,
    /// What the caller can do.
    #[prost(message, optional, tag = "4")]
    pub client_capabilities: Option<ClientCapabilities>,
}

/// What was read.
#[derive(Clone, PartialEq, Message)]
pub struct ReadDataSourceResponse {
    /// The whole value.
    #[prost(message, optional, tag = "1")]
    pub state: Option<DynamicValue>,
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "2")]
    pub diagnostics: Vec<Diagnostic>,
}

/// Signatures of all functions.
#[derive(Clone, PartialEq, Message)]
pub struct GetFunctionsResponse {
    /// By name.
    #[prost(btree_map = "string, message", tag = "1")]
    pub functions: BTreeMap<String, Function>,
    /// What went wrong or is worth knowing.
    #[prost(message, repeated, tag = "2")]
    pub diagnostics: Vec<Diagnostic>,
}

/// A call.
#[derive(Clone, PartialEq, Message)]
pub struct CallFunctionRequest {
    /// Which function.
    #[prost(string, tag = "1")]
    pub name: String,
    /// In order.
    #[prost(message, repeated, tag = "2")]
    pub arguments: Vec<DynamicValue>,
}

/// Its result, or why there is none.
#[derive(Clone, PartialEq, Message)]
pub struct CallFunctionResponse {
    /// The result.
    #[prost(message, optional, tag = "1")]
    pub result: Option<DynamicValue>,
    /// Why it failed.
    #[prost(message, optional, tag = "2")]
    pub error: Option<FunctionError>,
}

/// The answer to a stop request.
#[derive(Clone, PartialEq, Message)]
pub struct StopProviderResponse {
    /// Why it could not stop; empty if it could.
    #[prost(string, tag = "1")]
    pub error: String,
}
