//! A configuration: its blocks, what refers to what, and bodies as values of a schema.

use crate::core::diagnostics::{Diagnostic, Path, Source, Step};
use crate::core::expression::{Halt, references};
use crate::core::state::{Key, Mode, ResourceAddress};
use crate::core::value::Value;
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Block, Body};
use hcl_edit::visit::Visit as _;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

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
    /// Values of variables, from the environment and from terraform.tfvars.json.
    pub given: BTreeMap<String, Value>,
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

impl Resource {
    /// What a reference to a block gives.
    pub fn combined(&self, instances: Vec<(Key, Value)>) -> Value {
        match self.repetition {
            None => instances.into_iter().next().map_or(Value::Unknown, |(_, value)| value),
            Some(Repetition::Count(_)) => Value::List(instances.into_iter().map(|(_, value)| value).collect()),
            Some(Repetition::ForEach(_)) => Value::map(instances.into_iter().filter_map(|(key, value)| match key {
                Key::Text(key) => Some((key, value)),
                _ => None,
            })),
        }
    }
}

impl Configuration {
    /// # Errors
    /// The text is no configuration.
    pub fn parse(text: &str) -> Result<Self, String> {
        let body = hcl_edit::parser::parse_body(text).map_err(|error| error.to_string())?;
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
            assert!(
                !body.has_blocks(block),
                "the bench does not play {block} blocks; use Bench::once_made, or Workspace"
            );
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
