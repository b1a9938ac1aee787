//! Schemas, and values of them: what a configuration is converted to, and what an answer must conform to.

use crate::core::value::{Number, Value};
use std::collections::BTreeMap;
use terraform_provider_eks::protocol::wire::{self, Nesting};

/// A type of plain attributes.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    Dynamic,
    Bool,
    Number,
    String,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Object(BTreeMap<String, Type>),
    Tuple(Vec<Type>),
}

/// Attributes and nested blocks.
#[derive(Clone, Debug, Default)]
pub struct Block {
    pub attributes: BTreeMap<String, Attribute>,
    pub blocks: BTreeMap<String, NestedBlock>,
}

#[derive(Clone, Debug)]
pub struct Attribute {
    pub kind: Kind,
    pub required: bool,
    pub optional: bool,
    pub computed: bool,
    pub sensitive: bool,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Plain(Type),
    /// An attribute with attributes of its own.
    Nested(Nesting, BTreeMap<String, Attribute>),
}

#[derive(Clone, Debug)]
pub struct NestedBlock {
    pub nesting: Nesting,
    pub block: Block,
    pub max_items: i64,
}

impl Type {
    /// A type as the protocol writes it, in JSON.
    pub fn parse(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::String(name) => match name.as_str() {
                "dynamic" => Self::Dynamic,
                "bool" => Self::Bool,
                "number" => Self::Number,
                "string" => Self::String,
                other => panic!("no type is called {other}"),
            },
            serde_json::Value::Array(parts) => {
                let of = || Box::new(Self::parse(&parts[1]));
                match parts[0].as_str().unwrap() {
                    "list" => Self::List(of()),
                    "set" => Self::Set(of()),
                    "map" => Self::Map(of()),
                    "object" => Self::Object(
                        parts[1]
                            .as_object()
                            .unwrap()
                            .iter()
                            .map(|(name, of)| (name.clone(), Self::parse(of)))
                            .collect(),
                    ),
                    "tuple" => Self::Tuple(parts[1].as_array().unwrap().iter().map(Self::parse).collect()),
                    other => panic!("no type is called {other}"),
                }
            }
            other => panic!("{other} is no type"),
        }
    }
}

impl Block {
    pub fn parse(schema: &wire::Schema) -> Self {
        Self::of(schema.block.as_ref().unwrap())
    }

    fn of(block: &wire::Block) -> Self {
        let nested = |nested: &wire::NestedBlock| {
            let parsed = NestedBlock {
                nesting: nested.nesting(),
                block: Self::of(nested.block.as_ref().unwrap()),
                max_items: nested.max_items,
            };
            (nested.type_name.clone(), parsed)
        };
        Self {
            attributes: attributes(&block.attributes),
            blocks: block.block_types.iter().map(nested).collect(),
        }
    }

    /// Everything null, or empty where blocks repeat.
    pub fn empty(&self) -> Value {
        let attributes = self.attributes.keys().map(|name| (name.clone(), Value::Null));
        let blocks = self.blocks.iter().map(|(name, nested)| (name.clone(), nested.absent()));
        Value::map(attributes.chain(blocks))
    }

    /// Everything that the configuration leaves to the provider is unknown.
    pub fn computed_unknown(&self, config: &Value) -> Value {
        let mut object = config.clone();
        for (name, attribute) in &self.attributes {
            if attribute.computed && config.get(name).is_null() {
                object.set_entry(name, Value::Unknown);
            }
        }
        object
    }

    /// A value from the wire, with its sets told from lists.
    ///
    /// # Errors
    /// It is not one of this schema.
    pub fn conform(&self, value: Value) -> Result<Value, String> {
        let Value::Map(mut entries) = value else {
            return if value.is_null() || value.is_unknown() {
                Ok(value)
            } else {
                Err(format!("{value} is no object"))
            };
        };
        let mut object = BTreeMap::new();
        for (name, attribute) in &self.attributes {
            let value = entries.remove(name).ok_or(format!("{name} is missing"))?;
            object.insert(
                name.clone(),
                attribute.kind.conform(value).map_err(|error| format!("{name}: {error}"))?,
            );
        }
        for (name, nested) in &self.blocks {
            let value = entries.remove(name).ok_or(format!("{name} is missing"))?;
            object.insert(name.clone(), nested.conform(value).map_err(|error| format!("{name}: {error}"))?);
        }
        match entries.keys().next() {
            Some(name) => Err(format!("{name} is not in the schema")),
            None => Ok(Value::Map(object)),
        }
    }
}

impl NestedBlock {
    /// Its value where no such block is written.
    pub fn absent(&self) -> Value {
        match self.nesting {
            Nesting::List => Value::List(Vec::new()),
            Nesting::Set => Value::Set(Vec::new()),
            Nesting::Map => Value::Map(BTreeMap::new()),
            Nesting::Group => self.block.empty(),
            Nesting::Single | Nesting::Invalid => Value::Null,
        }
    }

    fn conform(&self, value: Value) -> Result<Value, String> {
        nested(self.nesting, value, &|value| self.block.conform(value))
    }
}

fn attributes(attributes: &[wire::Attribute]) -> BTreeMap<String, Attribute> {
    attributes
        .iter()
        .map(|attribute| (attribute.name.clone(), Attribute::of(attribute)))
        .collect()
}

impl Attribute {
    fn of(attribute: &wire::Attribute) -> Self {
        let kind = match &attribute.nested_type {
            Some(object) => Kind::Nested(object.nesting(), attributes(&object.attributes)),
            None => Kind::Plain(Type::parse(&serde_json::from_slice(&attribute.r#type).unwrap())),
        };
        assert!(
            !attribute.write_only,
            "the bench does not play write-only attributes; use Workspace"
        );
        Self {
            kind,
            required: attribute.required,
            optional: attribute.optional,
            computed: attribute.computed,
            sensitive: attribute.sensitive,
        }
    }
}

/// Applies `of` to each object of a value that nests so.
fn nested(nesting: Nesting, value: Value, of: &dyn Fn(Value) -> Result<Value, String>) -> Result<Value, String> {
    match (nesting, value) {
        (_, value @ (Value::Null | Value::Unknown)) => Ok(value),
        (Nesting::Single | Nesting::Group, value @ Value::Map(_)) => of(value),
        (Nesting::List, Value::List(elements)) => Ok(Value::List(elements.into_iter().map(of).collect::<Result<_, _>>()?)),
        (Nesting::Set, Value::List(elements) | Value::Set(elements)) => {
            Ok(Value::set(elements.into_iter().map(of).collect::<Result<Vec<_>, _>>()?))
        }
        (Nesting::Map, Value::Map(entries)) => {
            let entries = entries.into_iter().map(|(name, value)| Ok((name, of(value)?)));
            Ok(Value::Map(entries.collect::<Result<_, String>>()?))
        }
        (nesting, value) => Err(format!("{value} does not nest as {nesting:?}")),
    }
}

impl Kind {
    fn conform(&self, value: Value) -> Result<Value, String> {
        match self {
            Self::Plain(of) => of.conform(value),
            Self::Nested(nesting, attributes) => {
                let block = Block {
                    attributes: attributes.clone(),
                    blocks: BTreeMap::new(),
                };
                nested(*nesting, value, &|value| block.conform(value))
            }
        }
    }

    /// A configured value as one of this type.
    ///
    /// # Errors
    /// It cannot be made one.
    pub fn convert(&self, value: Value) -> Result<Value, String> {
        match self {
            Self::Plain(of) => of.convert(value),
            Self::Nested(nesting, attributes) => {
                let value = match (nesting, value) {
                    (Nesting::List, Value::Set(elements)) => Value::List(elements),
                    (_, value) => value,
                };
                nested(*nesting, value, &|value| nested_object(attributes, value)).map_err(|_| match nesting {
                    Nesting::Map => "map of object required".to_owned(),
                    _ => format!("{nesting:?} of object required").to_lowercase(),
                })
            }
        }
    }
}

/// Attributes that may be left out are null; those that no attribute is named after are dropped, as Terraform does.
fn nested_object(attributes: &BTreeMap<String, Attribute>, value: Value) -> Result<Value, String> {
    let Value::Map(mut given) = value else {
        return if value.is_null() || value.is_unknown() {
            Ok(value)
        } else {
            Err("object required".to_owned())
        };
    };
    let mut object = BTreeMap::new();
    for (name, attribute) in attributes {
        let value = match given.remove(name) {
            Some(value) => attribute
                .kind
                .convert(value)
                .map_err(|error| format!("attribute {name:?}: {error}"))?,
            None if attribute.required => return Err(format!("attribute {name:?} is required")),
            None => Value::Null,
        };
        object.insert(name.clone(), value);
    }
    Ok(Value::Map(object))
}

impl Type {
    /// A value from the wire, with its sets told from lists.
    ///
    /// # Errors
    /// It is not one of this type.
    pub fn conform(&self, value: Value) -> Result<Value, String> {
        let each = |elements: Vec<Value>, of: &Type| elements.into_iter().map(|e| of.conform(e)).collect::<Result<Vec<_>, _>>();
        match (self, value) {
            (_, value @ (Value::Null | Value::Unknown)) => Ok(value),
            (Self::Dynamic, value) => Ok(value),
            (Self::Bool, value @ Value::Bool(_)) => Ok(value),
            (Self::Number, value @ Value::Number(_)) => Ok(value),
            (Self::String, value @ Value::String(_)) => Ok(value),
            (Self::List(of), Value::List(elements)) => each(elements, of).map(Value::List),
            (Self::Set(of), Value::List(elements) | Value::Set(elements)) => each(elements, of).map(Value::set),
            (Self::Map(of), Value::Map(entries)) => {
                let entries = entries.into_iter().map(|(name, value)| Ok((name, of.conform(value)?)));
                Ok(Value::Map(entries.collect::<Result<_, String>>()?))
            }
            (Self::Object(types), Value::Map(mut entries)) => {
                let mut object = BTreeMap::new();
                for (name, of) in types {
                    let value = entries.remove(name).ok_or(format!("{name} is missing"))?;
                    object.insert(name.clone(), of.conform(value)?);
                }
                if entries.is_empty() {
                    Ok(Value::Map(object))
                } else {
                    Err(format!("{entries:?} are too many"))
                }
            }
            (Self::Tuple(types), Value::List(elements)) if types.len() == elements.len() => {
                let elements = types.iter().zip(elements).map(|(of, element)| of.conform(element));
                Ok(Value::List(elements.collect::<Result<_, _>>()?))
            }
            (of, value) => Err(format!("{value} is no {of:?}")),
        }
    }

    /// A configured value as one of this type.
    ///
    /// # Errors
    /// It cannot be made one.
    pub fn convert(&self, value: Value) -> Result<Value, String> {
        let each = |elements: Vec<Value>, of: &Type| elements.into_iter().map(|e| of.convert(e)).collect::<Result<Vec<_>, _>>();
        match (self, value) {
            (_, value @ (Value::Null | Value::Unknown)) => Ok(value),
            (Self::Dynamic, value) => Ok(value),
            (Self::Bool, value @ Value::Bool(_)) | (Self::Number, value @ Value::Number(_)) => Ok(value),
            (Self::Bool, Value::String(text)) if text == "true" || text == "false" => Ok(Value::Bool(text == "true")),
            (Self::Bool, _) => Err("a bool is required".to_owned()),
            (Self::Number, Value::String(text)) => {
                let parsed: Result<f64, _> = text.parse();
                parsed
                    .map(|number| Value::Number(Number(number)))
                    .map_err(|_| "a number is required".to_owned())
            }
            (Self::Number, _) => Err("a number is required".to_owned()),
            (Self::String, value @ Value::String(_)) => Ok(value),
            (Self::String, value @ (Value::Bool(_) | Value::Number(_))) => Ok(Value::text(value.to_string())),
            (Self::String, _) => Err("string required".to_owned()),
            (Self::List(of), Value::List(elements) | Value::Set(elements)) => each(elements, of).map(Value::List),
            (Self::Set(of), Value::List(elements) | Value::Set(elements)) => each(elements, of).map(Value::set),
            (Self::Map(of), Value::Map(entries)) => {
                let entries = entries.into_iter().map(|(name, value)| Ok((name, of.convert(value)?)));
                Ok(Value::Map(entries.collect::<Result<_, String>>()?))
            }
            (Self::Object(types), Value::Map(mut entries)) => {
                let mut object = BTreeMap::new();
                for (name, of) in types {
                    let value = entries.remove(name).ok_or(format!("attribute {name:?} is required"))?;
                    object.insert(name.clone(), of.convert(value)?);
                }
                Ok(Value::Map(object))
            }
            (Self::List(of), _) => Err(format!("list of {} required", of.name())),
            (Self::Set(of), _) => Err(format!("set of {} required", of.name())),
            (Self::Map(of), _) => Err(format!("map of {} required", of.name())),
            (Self::Object(_), _) => Err("object required".to_owned()),
            (Self::Tuple(_), _) => Err("tuple required".to_owned()),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Dynamic => "any type",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::String => "string",
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::Map(_) => "map",
            Self::Object(_) => "object",
            Self::Tuple(_) => "tuple",
        }
    }
}
