//! Values, paths and diagnostics on the wire.
//!
//! Message and field numbers are those of protocol version 6 up to minor version 6.10 (Terraform 1.15);
//! fields of features that this host does not serve are left out, which protobuf skips.

use prost::{Enumeration, Message, Oneof};

/// A value of a schema's type: msgpack, or JSON if msgpack is empty.
#[derive(Clone, PartialEq, Message)]
pub struct DynamicValue {
    /// msgpack encoding.
    #[prost(bytes = "vec", tag = "1")]
    pub msgpack: Vec<u8>,
    /// JSON encoding.
    #[prost(bytes = "vec", tag = "2")]
    pub json: Vec<u8>,
}

/// A state as it stands in the state file.
#[derive(Clone, PartialEq, Message)]
pub struct RawState {
    /// JSON encoding.
    #[prost(bytes = "vec", tag = "1")]
    pub json: Vec<u8>,
}

/// An error or a warning.
#[derive(Clone, PartialEq, Message)]
pub struct Diagnostic {
    /// How bad it is.
    #[prost(enumeration = "Severity", tag = "1")]
    pub severity: i32,
    /// One line, constant.
    #[prost(string, tag = "2")]
    pub summary: String,
    /// The whole story.
    #[prost(string, tag = "3")]
    pub detail: String,
    /// The attribute to blame.
    #[prost(message, optional, tag = "4")]
    pub attribute: Option<AttributePath>,
}

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Severity {
    /// Never sent.
    Invalid = 0,
    /// The operation failed.
    Error = 1,
    /// The operation went on.
    Warning = 2,
}

/// Where in a value something is.
#[derive(Clone, PartialEq, Message)]
pub struct AttributePath {
    /// From the root inwards.
    #[prost(message, repeated, tag = "1")]
    pub steps: Vec<Step>,
}

/// One step of a path.
#[derive(Clone, PartialEq, Message)]
pub struct Step {
    /// What kind of step.
    #[prost(oneof = "Selector", tags = "1, 2, 3")]
    pub selector: Option<Selector>,
}

/// The kinds of steps.
#[derive(Clone, PartialEq, Oneof)]
pub enum Selector {
    /// An attribute of an object.
    #[prost(string, tag = "1")]
    AttributeName(String),
    /// A key of a map.
    #[prost(string, tag = "2")]
    ElementKeyString(String),
    /// An index of a list.
    #[prost(int64, tag = "3")]
    ElementKeyInt(i64),
}

/// Why a function failed.
#[derive(Clone, PartialEq, Message)]
pub struct FunctionError {
    /// The message.
    #[prost(string, tag = "1")]
    pub text: String,
    /// Index of the argument to blame.
    #[prost(int64, optional, tag = "2")]
    pub function_argument: Option<i64>,
}

/// The identity of a resource.
#[derive(Clone, PartialEq, Message)]
pub struct ResourceIdentityData {
    /// Its attributes.
    #[prost(message, optional, tag = "1")]
    pub identity_data: Option<DynamicValue>,
}

/// What the calling Terraform can do.
#[derive(Clone, PartialEq, Message)]
pub struct ClientCapabilities {
    /// It understands deferred answers.
    #[prost(bool, tag = "1")]
    pub deferral_allowed: bool,
    /// It understands write-only attributes.
    #[prost(bool, tag = "2")]
    pub write_only_attributes_allowed: bool,
}

/// What this host can do.
#[derive(Clone, PartialEq, Message)]
pub struct ServerCapabilities {
    /// Destroys are planned here too.
    #[prost(bool, tag = "1")]
    pub plan_destroy: bool,
    /// Other RPCs work before GetProviderSchema.
    #[prost(bool, tag = "2")]
    pub get_provider_schema_optional: bool,
    /// MoveResourceState is served.
    #[prost(bool, tag = "3")]
    pub move_resource_state: bool,
    /// GenerateResourceConfig is served.
    #[prost(bool, tag = "4")]
    pub generate_resource_config: bool,
}
