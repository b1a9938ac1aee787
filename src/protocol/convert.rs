//! Between tf-provider's vocabulary and the wire.

use crate::hosting::Raw;
use crate::protocol::wire::{self, Nesting, Selector, Severity, StringKind};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use tf_provider::schema::{
    Attribute, AttributeConstraint, AttributeType, Block, Description, FunctionSchema, NestedBlock, Parameter, Schema,
    StringKind as DescriptionKind,
};
use tf_provider::{AttributePath, AttributePathStep, Diagnostic, Diagnostics};

impl From<Raw> for wire::DynamicValue {
    fn from(raw: Raw) -> Self {
        match raw {
            Raw::Msgpack(msgpack) => Self { msgpack, json: Vec::new() },
            Raw::Json(json) => Self { msgpack: Vec::new(), json },
        }
    }
}

/// An absent value is null.
pub(crate) fn raw(value: Option<wire::DynamicValue>) -> Raw {
    match value {
        Some(wire::DynamicValue { msgpack, .. }) if !msgpack.is_empty() => Raw::Msgpack(msgpack),
        Some(wire::DynamicValue { json, .. }) if !json.is_empty() => Raw::Json(json),
        _ => Raw::null(),
    }
}

/// Errors first, each diagnostic once.
pub(crate) fn diagnostics(diags: Diagnostics) -> Vec<wire::Diagnostic> {
    let errors = diags.errors.into_iter().map(|d| (Severity::Error, d));
    let warnings = diags.warnings.into_iter().map(|d| (Severity::Warning, d));
    let mut seen = HashSet::new();
    errors
        .chain(warnings)
        .filter(|d| seen.insert(d.clone()))
        .map(|(severity, d)| diagnostic(severity, d))
        .collect()
}

fn diagnostic(severity: Severity, diagnostic: Diagnostic) -> wire::Diagnostic {
    wire::Diagnostic {
        severity: severity as i32,
        summary: diagnostic.summary.into_owned(),
        detail: diagnostic.detail.into_owned(),
        attribute: (!diagnostic.attribute.steps.is_empty()).then(|| path(diagnostic.attribute)),
    }
}

pub(crate) fn path(path: AttributePath) -> wire::AttributePath {
    wire::AttributePath {
        steps: path.steps.into_iter().map(step).collect(),
    }
}

fn step(step: AttributePathStep) -> wire::Step {
    let selector = match step {
        AttributePathStep::Attribute(name) => Selector::AttributeName(name.into_owned()),
        AttributePathStep::Key(key) => Selector::ElementKeyString(key.into_owned()),
        AttributePathStep::Index(index) => Selector::ElementKeyInt(index),
    };
    wire::Step { selector: Some(selector) }
}

pub(crate) fn schema(schema: &Schema) -> wire::Schema {
    wire::Schema {
        version: schema.version,
        block: Some(block(&schema.block)),
    }
}

fn block(source: &Block) -> wire::Block {
    wire::Block {
        // Terraform ignores the version of a block.
        version: 0,
        attributes: attributes(&source.attributes),
        block_types: nested_blocks(&source.blocks),
        description: source.description.content.clone(),
        description_kind: kind(&source.description),
        deprecated: source.deprecated,
        deprecation_message: String::new(),
    }
}

fn attributes(source: &HashMap<String, Attribute>) -> Vec<wire::Attribute> {
    let mut converted: Vec<_> = source.iter().map(|(name, a)| attribute(name, a)).collect();
    converted.sort_by(|a, b| a.name.cmp(&b.name));
    converted
}

fn attribute(name: &str, source: &Attribute) -> wire::Attribute {
    use AttributeConstraint::{Computed, Optional, OptionalComputed, Required};
    let nested_type = nested_type(&source.attr_type);
    wire::Attribute {
        name: name.to_owned(),
        // Terraform refuses an attribute that has both.
        r#type: if nested_type.is_some() {
            Vec::new()
        } else {
            json(&source.attr_type)
        },
        nested_type,
        description: source.description.content.clone(),
        required: source.constraint == Required,
        optional: matches!(source.constraint, Optional | OptionalComputed),
        computed: matches!(source.constraint, Computed | OptionalComputed),
        sensitive: source.sensitive,
        description_kind: kind(&source.description),
        deprecated: source.deprecated,
        write_only: false,
        deprecation_message: String::new(),
    }
}

fn nested_type(source: &AttributeType) -> Option<wire::Object> {
    let (nesting, nested) = match source {
        AttributeType::AttributeSingle(nested) => (Nesting::Single, nested),
        AttributeType::AttributeList(nested) => (Nesting::List, nested),
        AttributeType::AttributeSet(nested) => (Nesting::Set, nested),
        AttributeType::AttributeMap(nested) => (Nesting::Map, nested),
        _ => return None,
    };
    Some(wire::Object {
        attributes: attributes(nested),
        nesting: nesting as i32,
    })
}

fn nested_blocks(source: &HashMap<String, NestedBlock>) -> Vec<wire::NestedBlock> {
    let mut converted: Vec<_> = source.iter().map(|(name, b)| nested_block(name, b)).collect();
    converted.sort_by(|a, b| a.type_name.cmp(&b.type_name));
    converted
}

/// A single block may be absent; tf-provider would make it required. Terraform wants equal bounds there.
fn nested_block(name: &str, source: &NestedBlock) -> wire::NestedBlock {
    let (nesting, max_items, content) = match source {
        NestedBlock::Single(content) => (Nesting::Single, 0, content),
        NestedBlock::List(content) => (Nesting::List, 0, content),
        NestedBlock::Set(content) => (Nesting::Set, 0, content),
        NestedBlock::Map(content) => (Nesting::Map, 0, content),
        NestedBlock::Group(content) => (Nesting::Group, 0, content),
        NestedBlock::Optional(content) => (Nesting::List, 1, content),
    };
    let nesting = nesting as i32;
    wire::NestedBlock {
        type_name: name.to_owned(),
        block: Some(block(content)),
        nesting,
        min_items: 0,
        max_items,
    }
}

pub(crate) fn function(source: &FunctionSchema) -> wire::Function {
    wire::Function {
        parameters: source.parameters.iter().map(parameter).collect(),
        variadic_parameter: source.variadic.as_ref().map(parameter),
        r#return: Some(wire::Return {
            r#type: json(&source.return_type),
        }),
        summary: source.summary.clone(),
        description: source.description.content.clone(),
        description_kind: kind(&source.description),
        deprecation_message: source.deprecated.clone().unwrap_or_default(),
    }
}

fn parameter(source: &Parameter) -> wire::Parameter {
    wire::Parameter {
        name: source.name.clone(),
        r#type: json(&source.param_type),
        allow_null_value: source.allow_null,
        allow_unknown_values: source.allow_unknown,
        description: source.description.content.clone(),
        description_kind: kind(&source.description),
    }
}

/// A type as JSON, the same for every run: tf-provider keeps the attributes of an object in no order.
fn json(attribute_type: &impl Serialize) -> Vec<u8> {
    let sorted = serde_json::to_value(attribute_type).expect("a type is made of strings, lists and maps");
    sorted.to_string().into_bytes()
}

fn kind(description: &Description) -> i32 {
    match description.kind {
        DescriptionKind::Plain => StringKind::Plain as i32,
        DescriptionKind::Markdown => StringKind::Markdown as i32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(attr_type: AttributeType) -> wire::Attribute {
        attribute(
            "a",
            &Attribute {
                attr_type,
                ..Attribute::default()
            },
        )
    }

    #[test]
    fn nested_attribute_sends_nested_type_alone() {
        let sent = nested(AttributeType::AttributeMap(HashMap::new()));
        assert!(sent.r#type.is_empty());
        assert_eq!(sent.nested_type.unwrap().nesting, Nesting::Map as i32);
    }

    #[test]
    fn plain_attribute_sends_its_type_alone() {
        let sent = nested(AttributeType::Set(Box::new(AttributeType::String)));
        assert_eq!(sent.r#type, br#"["set","string"]"#);
        assert_eq!(sent.nested_type, None);
    }

    #[test]
    fn objects_are_sent_in_the_order_of_names() {
        let object = ["d", "a", "c", "b"].map(|name| (name.to_owned(), AttributeType::String));
        let sent = nested(AttributeType::Object(HashMap::from(object)));
        assert_eq!(
            String::from_utf8(sent.r#type).unwrap(),
            r#"["object",{"a":"string","b":"string","c":"string","d":"string"}]"#
        );
    }

    #[test]
    fn single_block_may_be_absent() {
        let sent = nested_block("timeouts", &NestedBlock::Single(Block::default()));
        assert_eq!((sent.min_items, sent.max_items, sent.nesting), (0, 0, Nesting::Single as i32));
    }

    #[test]
    fn equal_diagnostics_are_sent_once_and_errors_come_first() {
        let one = Diagnostic {
            summary: "s".into(),
            detail: "d".into(),
            attribute: AttributePath::default(),
        };
        let diags = Diagnostics {
            errors: vec![one.clone(), one.clone()],
            warnings: vec![one],
        };
        let severities: Vec<_> = diagnostics(diags).iter().map(|d| d.severity).collect();
        assert_eq!(severities, [Severity::Error as i32, Severity::Warning as i32]);
    }
}
