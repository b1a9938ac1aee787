//! Bodies of blocks as values of a schema.

use crate::core::configuration::Written;
use crate::core::diagnostics::Diagnostic;
use crate::core::expression::{Halt, Scope};
use crate::core::schema::{Block as Schema, Kind, NestedBlock};
use crate::core::value::Value;
use hcl_edit::Span as _;
use hcl_edit::structure::{Attribute, Body};
use std::collections::BTreeMap;
use std::ops::Range;
use terraform_provider_eks::protocol::wire::Nesting;

/// Arguments that are core's and not the provider's.
const META: [&str; 4] = ["count", "for_each", "depends_on", "provider"];

impl Written {
    /// The body as an object of a schema.
    ///
    /// # Errors
    /// Functions of the provider that have to be called first; otherwise all that is wrong is among the diagnostics.
    pub fn decode(&self, schema: &Schema, scope: &Scope) -> Result<(Value, Vec<Diagnostic>), Halt> {
        let mut decoding = Decoding {
            written: self,
            scope,
            wrong: Vec::new(),
        };
        let value = decoding.body(&self.body, schema, true)?;
        Ok((value, decoding.wrong))
    }
}

struct Decoding<'a> {
    written: &'a Written,
    scope: &'a Scope,
    wrong: Vec<Diagnostic>,
}

impl Decoding<'_> {
    fn body(&mut self, body: &Body, schema: &Schema, is_root: bool) -> Result<Value, Halt> {
        let mut object = BTreeMap::new();
        for (name, attribute) in &schema.attributes {
            let value = match body.get_attribute(name) {
                Some(argument) => self.argument(argument, &attribute.kind)?,
                None => Value::Null,
            };
            if attribute.required && value.is_null() && body.get_attribute(name).is_none() {
                self.fault(
                    "Missing required argument",
                    format!("The argument {name:?} is required, but no definition was found."),
                    None,
                );
            }
            object.insert(name.clone(), value);
        }
        for (name, nested) in &schema.blocks {
            let value = self.blocks(body, name, nested)?;
            object.insert(name.clone(), value);
        }
        for argument in body.attributes() {
            let name = argument.key.as_str();
            let known = schema.attributes.contains_key(name) || is_root && (META.contains(&name) || name == "alias");
            if !known {
                let detail = format!("An argument named {name:?} is not expected here.");
                self.fault("Unsupported argument", detail, argument.span());
            }
        }
        for block in body.blocks() {
            let name = block.ident.as_str();
            if !schema.blocks.contains_key(name) && name != "dynamic" && !(is_root && name == "lifecycle") {
                let detail = format!("Blocks of type {name:?} are not expected here.");
                self.fault("Unsupported block type", detail, block.span());
            }
        }
        Ok(Value::Map(object))
    }

    fn argument(&mut self, argument: &Attribute, kind: &Kind) -> Result<Value, Halt> {
        let value = match self.scope.evaluate(&argument.value) {
            Err(Halt::Wrong(summary, detail)) => {
                self.fault(&summary, detail, argument.span());
                return Ok(Value::Unknown);
            }
            evaluated => evaluated?,
        };
        kind.convert(value).or_else(|error| {
            let detail = format!("Inappropriate value for attribute {:?}: {error}.", argument.key.as_str());
            self.fault("Incorrect attribute value type", detail, argument.span());
            Ok(Value::Unknown)
        })
    }

    fn blocks(&mut self, body: &Body, name: &str, nested: &NestedBlock) -> Result<Value, Halt> {
        let mut objects = Vec::new();
        for block in body.get_blocks(name) {
            objects.push(self.body(&block.body, &nested.block, false)?);
        }
        for dynamic in body.get_blocks("dynamic") {
            if dynamic.labels.first().is_some_and(|label| label.as_str() == name) {
                match self.dynamic(&dynamic.body, name, nested)? {
                    Some(more) => objects.extend(more),
                    None => return Ok(Value::Unknown),
                }
            }
        }
        let too_many = nested.max_items > 0 && objects.len() as i64 > nested.max_items;
        if too_many || nested.nesting == Nesting::Single && objects.len() > 1 {
            let detail = format!("No more than 1 {name:?} blocks are allowed");
            self.fault(&format!("Too many {name} blocks"), detail, None);
        }
        Ok(match nested.nesting {
            Nesting::List => Value::List(objects),
            Nesting::Set => Value::set(objects),
            Nesting::Single | Nesting::Group => objects.into_iter().next().unwrap_or_else(|| nested.absent()),
            Nesting::Map | Nesting::Invalid => panic!("the bench does not play blocks with labels; use Workspace"),
        })
    }

    /// `None` if it is not known how many blocks there are.
    fn dynamic(&mut self, body: &Body, name: &str, nested: &NestedBlock) -> Result<Option<Vec<Value>>, Halt> {
        let collection = self.scope.evaluate(&body.get_attribute("for_each").unwrap().value)?;
        let pairs: Vec<(Value, Value)> = match collection {
            Value::Unknown => return Ok(None),
            Value::Map(entries) => entries.into_iter().map(|(key, value)| (Value::String(key), value)).collect(),
            Value::List(elements) => elements
                .into_iter()
                .enumerate()
                .map(|(i, e)| (Value::number(i as f64), e))
                .collect(),
            other => other.elements().iter().map(|element| (element.clone(), element.clone())).collect(),
        };
        let mut objects = Vec::new();
        for (key, value) in pairs {
            let mut scope = self.scope.clone();
            scope
                .names
                .insert(name.to_owned(), Value::map([("key".to_owned(), key), ("value".to_owned(), value)]));
            let mut inner = Decoding {
                written: self.written,
                scope: &scope,
                wrong: Vec::new(),
            };
            for content in body.get_blocks("content") {
                objects.push(inner.body(&content.body, &nested.block, false)?);
            }
            self.wrong.extend(inner.wrong);
        }
        Ok(Some(objects))
    }

    fn fault(&mut self, summary: &str, detail: String, span: Option<Range<usize>>) {
        let span = span.unwrap_or(self.written.header.clone());
        self.wrong.push(Diagnostic::error(summary, detail).at(&self.written.title, span));
    }
}
