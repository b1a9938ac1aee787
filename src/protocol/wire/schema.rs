//! Schemas on the wire.
//!
//! Message and field numbers are those of protocol version 6 up to minor version 6.10 (Terraform 1.15);
//! fields of features that this host does not serve are left out, which protobuf skips.

use prost::{Enumeration, Message};

/// How a description is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum StringKind {
    /// As it stands.
    Plain = 0,
    /// As Markdown.
    Markdown = 1,
}

/// How a nested block or a nested attribute may repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Nesting {
    /// Never sent.
    Invalid = 0,
    /// At most once.
    Single = 1,
    /// In order.
    List = 2,
    /// Without order.
    Set = 3,
    /// By key.
    Map = 4,
    /// Always present, with nulls (blocks only).
    Group = 5,
}

/// A schema.
#[derive(Clone, PartialEq, Message)]
pub struct Schema {
    /// Version of the state format.
    #[prost(int64, tag = "1")]
    pub version: i64,
    /// The root block.
    #[prost(message, optional, tag = "2")]
    pub block: Option<Block>,
}

/// A block.
#[derive(Clone, PartialEq, Message)]
pub struct Block {
    /// Unused by Terraform.
    #[prost(int64, tag = "1")]
    pub version: i64,
    /// Its attributes.
    #[prost(message, repeated, tag = "2")]
    pub attributes: Vec<Attribute>,
    /// Its nested blocks.
    #[prost(message, repeated, tag = "3")]
    pub block_types: Vec<NestedBlock>,
    /// For people.
    #[prost(string, tag = "4")]
    pub description: String,
    /// Plain or Markdown.
    #[prost(enumeration = "StringKind", tag = "5")]
    pub description_kind: i32,
    /// Whether it is on its way out.
    #[prost(bool, tag = "6")]
    pub deprecated: bool,
    /// What to use instead.
    #[prost(string, tag = "7")]
    pub deprecation_message: String,
}

/// An attribute: either `type` or `nested_type` is set, never both.
#[derive(Clone, PartialEq, Message)]
pub struct Attribute {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its type, as JSON.
    #[prost(bytes = "vec", tag = "2")]
    pub r#type: Vec<u8>,
    /// Its attributes, if it is nested.
    #[prost(message, optional, tag = "10")]
    pub nested_type: Option<Object>,
    /// For people.
    #[prost(string, tag = "3")]
    pub description: String,
    /// Must be set.
    #[prost(bool, tag = "4")]
    pub required: bool,
    /// May be set.
    #[prost(bool, tag = "5")]
    pub optional: bool,
    /// May be set by the provider.
    #[prost(bool, tag = "6")]
    pub computed: bool,
    /// Hidden from output.
    #[prost(bool, tag = "7")]
    pub sensitive: bool,
    /// Plain or Markdown.
    #[prost(enumeration = "StringKind", tag = "8")]
    pub description_kind: i32,
    /// Whether it is on its way out.
    #[prost(bool, tag = "9")]
    pub deprecated: bool,
    /// Never stored.
    #[prost(bool, tag = "11")]
    pub write_only: bool,
    /// What to use instead.
    #[prost(string, tag = "12")]
    pub deprecation_message: String,
}

/// A block inside a block.
#[derive(Clone, PartialEq, Message)]
pub struct NestedBlock {
    /// Its name.
    #[prost(string, tag = "1")]
    pub type_name: String,
    /// Its content.
    #[prost(message, optional, tag = "2")]
    pub block: Option<Block>,
    /// How it repeats.
    #[prost(enumeration = "Nesting", tag = "3")]
    pub nesting: i32,
    /// At least so many.
    #[prost(int64, tag = "4")]
    pub min_items: i64,
    /// At most so many; 0 for any number.
    #[prost(int64, tag = "5")]
    pub max_items: i64,
}

/// The content of a nested attribute.
#[derive(Clone, PartialEq, Message)]
pub struct Object {
    /// Its attributes.
    #[prost(message, repeated, tag = "1")]
    pub attributes: Vec<Attribute>,
    /// How it repeats.
    #[prost(enumeration = "Nesting", tag = "3")]
    pub nesting: i32,
}

/// The signature of a function.
#[derive(Clone, PartialEq, Message)]
pub struct Function {
    /// In order.
    #[prost(message, repeated, tag = "1")]
    pub parameters: Vec<Parameter>,
    /// What may follow.
    #[prost(message, optional, tag = "2")]
    pub variadic_parameter: Option<Parameter>,
    /// What it gives.
    #[prost(message, optional, tag = "3")]
    pub r#return: Option<Return>,
    /// One line.
    #[prost(string, tag = "4")]
    pub summary: String,
    /// For people.
    #[prost(string, tag = "5")]
    pub description: String,
    /// Plain or Markdown.
    #[prost(enumeration = "StringKind", tag = "6")]
    pub description_kind: i32,
    /// What to use instead.
    #[prost(string, tag = "7")]
    pub deprecation_message: String,
}

/// A parameter of a function.
#[derive(Clone, PartialEq, Message)]
pub struct Parameter {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its type, as JSON.
    #[prost(bytes = "vec", tag = "2")]
    pub r#type: Vec<u8>,
    /// Null is passed on.
    #[prost(bool, tag = "3")]
    pub allow_null_value: bool,
    /// Unknown is passed on.
    #[prost(bool, tag = "4")]
    pub allow_unknown_values: bool,
    /// For people.
    #[prost(string, tag = "5")]
    pub description: String,
    /// Plain or Markdown.
    #[prost(enumeration = "StringKind", tag = "6")]
    pub description_kind: i32,
}

/// What a function gives.
#[derive(Clone, PartialEq, Message)]
pub struct Return {
    /// Its type, as JSON.
    #[prost(bytes = "vec", tag = "1")]
    pub r#type: Vec<u8>,
}
