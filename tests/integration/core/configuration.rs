//! A configuration: its blocks, what refers to what, and bodies as values of a schema.

use crate::core::diagnostics::{Diagnostic, Path, Step};
use crate::core::expression::{Halt, Scope, references};
use crate::core::schema::{Block as Schema, NestedBlock};
use crate::core::state::{Mode, ResourceAddress};
use crate::core::value::Value;
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Attribute, Block, Body};
use hcl_edit::visit::Visit as _;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use terraform_provider_eks::protocol::wire::Nesting;

/// The text of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Source(pub String);

impl Source {
    /// The line at an offset: its number from 1, and its text.
    pub fn line_at(&self, offset: usize) -> (usize, &str) {
        let offset = offset.min(self.0.len());
        let start = self.0[..offset].rfind('\n').map_or(0, |at| at + 1);
        (
            self.0[..start].matches('\n').count() + 1,
            self.0[start..].lines().next().unwrap_or_default(),
        )
    }
}

/// All blocks of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    pub source: Source,
    pub resources: BTreeMap<ResourceAddress, Resource>,
    /// By local name and alias, as `provider` arguments write them.
    pub providers: BTreeMap<String, Written>,
    pub outputs: BTreeMap<String, Written>,
    pub locals: BTreeMap<String, Expression>,
    /// Defaults of variables.
    pub variables: BTreeMap<String, Option<Expression>>,
    pub imports: Vec<Written>,
    /// From and to.
    pub moved: Vec<(String, String)>,
}

/// A block as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// How messages name it.
    pub title: String,
    pub header: Range<usize>,
    pub body: Body,
}

/// A resource or data block.
#[derive(Clone, Debug)]
pub struct Resource {
    pub address: ResourceAddress,
    pub written: Written,
    pub repetition: Option<Repetition>,
    /// Of `depends_on`.
    pub depends_on: Vec<ResourceAddress>,
    /// As `provider` says, else by the type's name.
    pub provider: String,
    pub create_before_destroy: bool,
    pub replace_triggered_by: Vec<Vec<String>>,
}

#[derive(Clone, Debug)]
pub enum Repetition {
    Count(Expression),
    ForEach(Expression),
}

/// Arguments that are core's and not the provider's.
const META: [&str; 4] = ["count", "for_each", "depends_on", "provider"];

impl Configuration {
    /// # Errors
    /// The text is no configuration.
    pub fn parse(text: &str) -> Result<Self, Box<Diagnostic>> {
        let body =
            hcl_edit::parser::parse_body(text).map_err(|error| Box::new(Diagnostic::error("Invalid configuration", error.to_string())))?;
        let mut configuration = Self {
            source: Source(text.to_owned()),
            ..Self::default()
        };
        for block in body.blocks() {
            configuration.add(block);
        }
        Ok(configuration)
    }

    fn add(&mut self, block: &Block) {
        let labels: Vec<_> = block.labels.iter().map(|label| label.as_str().to_owned()).collect();
        let written = Written::of(block);
        match (block.ident.as_str(), labels.as_slice()) {
            ("terraform", []) => {}
            ("resource", [kind, name]) => self.add_resource(Mode::Managed, kind, name, written),
            ("data", [kind, name]) => self.add_resource(Mode::Data, kind, name, written),
            ("provider", [name]) => {
                let key = match block.body.get_attribute("alias") {
                    Some(alias) => format!("{name}.{}", alias.value.as_str().unwrap()),
                    None => name.clone(),
                };
                self.providers.insert(key, written);
            }
            ("output", [name]) => drop(self.outputs.insert(name.clone(), written)),
            ("locals", []) => {
                let locals = block
                    .body
                    .attributes()
                    .map(|local| (local.key.as_str().to_owned(), local.value.clone()));
                self.locals.extend(locals);
            }
            ("variable", [name]) => {
                let default = block.body.get_attribute("default").map(|default| default.value.clone());
                self.variables.insert(name.clone(), default);
            }
            ("import", []) => self.imports.push(written),
            ("moved", []) => {
                let end = |name: &str| text_of(&block.body.get_attribute(name).unwrap().value);
                self.moved.push((end("from"), end("to")));
            }
            (other, _) => panic!("the bench does not play {other} blocks; use Workspace"),
        }
    }

    fn add_resource(&mut self, mode: Mode, kind: &str, name: &str, written: Written) {
        let address = ResourceAddress {
            mode,
            kind: kind.to_owned(),
            name: name.to_owned(),
        };
        let body = &written.body;
        let expression = |name: &str| body.get_attribute(name).map(|attribute| attribute.value.clone());
        let count = expression("count").map(Repetition::Count);
        let listed = |of: Option<Expression>| {
            of.iter()
                .flat_map(|list| list.as_array().unwrap().iter().map(text_of))
                .collect::<Vec<_>>()
        };
        let mut resource = Resource {
            repetition: count.or_else(|| expression("for_each").map(Repetition::ForEach)),
            depends_on: listed(expression("depends_on"))
                .iter()
                .map(|text| ResourceAddress::parse(text))
                .collect(),
            provider: expression("provider").map_or_else(|| kind.split('_').next().unwrap().to_owned(), |p| text_of(&p)),
            create_before_destroy: false,
            replace_triggered_by: Vec::new(),
            address: address.clone(),
            written: written.clone(),
        };
        for lifecycle in body.get_blocks("lifecycle") {
            for argument in lifecycle.body.attributes() {
                match argument.key.as_str() {
                    "create_before_destroy" => resource.create_before_destroy = argument.value.as_bool().unwrap(),
                    "replace_triggered_by" => {
                        let paths = listed(Some(argument.value.clone()));
                        resource.replace_triggered_by = paths.iter().map(|p| p.split('.').map(str::to_owned).collect()).collect();
                    }
                    "prevent_destroy" if argument.value.as_bool() == Some(false) => {}
                    other => panic!("the bench does not play {other} of lifecycle; use Workspace"),
                }
            }
            assert!(
                lifecycle.body.blocks().next().is_none(),
                "the bench does not play conditions of lifecycle; use Workspace"
            );
        }
        for block in ["provisioner", "connection"] {
            assert!(!body.has_blocks(block), "the bench does not play {block} blocks; use Workspace");
        }
        self.resources.insert(address, resource);
    }

    /// Resources that a body refers to, through locals as well.
    pub fn resources_in(&self, body: &Body) -> BTreeSet<ResourceAddress> {
        let mut found = BTreeSet::new();
        self.follow(references(|r| r.visit_body(body)), &mut found);
        found
    }

    /// All that a block depends on, near and far.
    pub fn dependencies(&self, address: &ResourceAddress) -> BTreeSet<ResourceAddress> {
        let mut found = BTreeSet::new();
        let mut left = vec![address.clone()];
        while let Some(next) = left.pop() {
            let near = self.resources.get(&next).map(|resource| self.resources_in(&resource.written.body));
            left.extend(near.into_iter().flatten().filter(|near| found.insert(near.clone())));
        }
        found
    }

    /// Whether a replacement creates first: because the block says so, or one that depends on it.
    pub fn creates_before_destroy(&self, address: &ResourceAddress) -> bool {
        let says_so = |resource: &&Resource| resource.create_before_destroy;
        let mut saying = self.resources.values().filter(says_so);
        saying.any(|resource| resource.address == *address || self.dependencies(&resource.address).contains(address))
    }

    fn follow(&self, paths: BTreeSet<Vec<String>>, found: &mut BTreeSet<ResourceAddress>) {
        for path in paths {
            if path[0] == "local" && path.len() > 1 {
                if let Some(local) = self.locals.get(&path[1]) {
                    self.follow(references(|r| r.visit_expr(local)), found);
                }
            } else if let Some(address) = ResourceAddress::at(&path)
                && self.resources.contains_key(&address)
            {
                found.insert(address);
            }
        }
    }
}

impl Written {
    fn of(block: &Block) -> Self {
        let labels = block.labels.iter().map(|label| format!(" {:?}", label.as_str()));
        Self {
            title: format!("{}{}", block.ident.as_str(), labels.collect::<String>()),
            header: block.span().unwrap(),
            body: block.body.clone(),
        }
    }

    /// An error about this block.
    pub fn error(&self, halt: Halt, span: Option<Range<usize>>) -> Diagnostic {
        match halt {
            Halt::Wrong(summary, detail) => Diagnostic::error(&summary, detail).at(&self.title, span.unwrap_or(self.header.clone())),
            Halt::Call(call) => panic!("{} was not called", call.function),
        }
    }

    /// What a path points at, as far as it is written here.
    pub fn place(&self, path: &Path) -> Range<usize> {
        place_in(&self.body, path).unwrap_or(self.header.clone())
    }

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

/// A reference as it is written, without spaces.
fn text_of(expression: &Expression) -> String {
    let text = match expression {
        Expression::String(text) => text.as_str().to_owned(),
        other => other.to_string(),
    };
    text.split_whitespace().collect()
}

fn place_in(body: &Body, path: &[Step]) -> Option<Range<usize>> {
    let (Step::Name(name), rest) = path.split_first()? else {
        return None;
    };
    if let Some(attribute) = body.get_attribute(name) {
        return place_of(&attribute.value, rest).or(attribute.span());
    }
    let (index, rest) = match rest.split_first() {
        Some((Step::Index(index), rest)) => (*index, rest),
        _ => (0, rest),
    };
    let block = body.get_blocks(name).nth(index)?;
    place_in(&block.body, rest).or(block.span())
}

fn place_of(expression: &Expression, path: &[Step]) -> Option<Range<usize>> {
    let (step, rest) = path.split_first()?;
    let inner = match (step, expression) {
        (Step::Name(name), Expression::Object(object)) => {
            let mut entries = object.iter();
            let (_, value) = entries.find(|(key, _)| match key {
                ObjectKey::Ident(ident) => ident.as_str() == name,
                ObjectKey::Expression(Expression::Variable(ident)) => ident.as_str() == name,
                ObjectKey::Expression(expression) => expression.as_str() == Some(name),
            })?;
            value.expr()
        }
        (Step::Index(index), Expression::Array(array)) => array.get(*index)?,
        _ => return None,
    };
    place_of(inner, rest).or(inner.span())
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

    fn argument(&mut self, argument: &Attribute, kind: &crate::core::schema::Kind) -> Result<Value, Halt> {
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
