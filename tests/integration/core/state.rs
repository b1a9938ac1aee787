//! Addresses, and what a state remembers of each.

use crate::core::value::Value;
use std::collections::BTreeMap;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    Managed,
    Data,
}

/// A resource or data block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceAddress {
    pub mode: Mode,
    pub kind: String,
    pub name: String,
}

/// Which instance of a block that repeats.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    None,
    Index(usize),
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    pub resource: ResourceAddress,
    pub key: Key,
}

impl ResourceAddress {
    /// The block that a reference begins with, if it can be one.
    pub fn at(path: &[String]) -> Option<Self> {
        const OTHER: [&str; 8] = ["local", "var", "each", "count", "path", "terraform", "self", "module"];
        let (mode, path) = match path.first()?.as_str() {
            "data" => (Mode::Data, &path[1..]),
            other if OTHER.contains(&other) => return None,
            _ => (Mode::Managed, path),
        };
        Some(Self {
            mode,
            kind: path.first()?.clone(),
            name: path.get(1)?.clone(),
        })
    }

    pub fn parse(text: &str) -> Self {
        let path: Vec<_> = text.split('.').map(str::to_owned).collect();
        assert!(path[0] != "module", "the bench does not play modules; use Workspace");
        Self::at(&path).unwrap_or_else(|| panic!("{text} is no address"))
    }

    pub fn instance(&self, key: Key) -> Address {
        Address {
            resource: self.clone(),
            key,
        }
    }
}

impl Address {
    pub fn parse(text: &str) -> Self {
        let Some((resource, key)) = text.strip_suffix(']').and_then(|text| text.split_once('[')) else {
            return ResourceAddress::parse(text).instance(Key::None);
        };
        let key = match key.strip_prefix('"').and_then(|key| key.strip_suffix('"')) {
            Some(text) => Key::Text(text.to_owned()),
            None => Key::Index(key.parse().unwrap()),
        };
        ResourceAddress::parse(resource).instance(key)
    }
}

impl fmt::Display for ResourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = if self.mode == Mode::Data { "data." } else { "" };
        write!(f, "{data}{}.{}", self.kind, self.name)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Key::None => write!(f, "{}", self.resource),
            Key::Index(index) => write!(f, "{}[{index}]", self.resource),
            Key::Text(text) => write!(f, "{}[{text:?}]", self.resource),
        }
    }
}

/// What is remembered of one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    pub value: Value,
    pub private: Vec<u8>,
    pub identity: Option<Value>,
    pub tainted: bool,
    pub create_before_destroy: bool,
    /// Blocks that it depends on, which must be destroyed later than it.
    pub dependencies: Vec<ResourceAddress>,
    /// The provider configuration that made it.
    pub provider: String,
}

/// Which of the objects of one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Current,
    /// Replaced, and still to be destroyed.
    Deposed,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub objects: BTreeMap<Address, Object>,
    /// Objects that were replaced and are still to be destroyed.
    pub deposed: BTreeMap<Address, Object>,
    pub outputs: BTreeMap<String, Value>,
}

impl State {
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.deposed.is_empty()
    }

    pub fn all(&self, standing: Standing) -> &BTreeMap<Address, Object> {
        match standing {
            Standing::Current => &self.objects,
            Standing::Deposed => &self.deposed,
        }
    }

    /// Remembers an object, or forgets the one that there was.
    pub fn put(&mut self, address: &Address, standing: Standing, object: Option<Object>) {
        let objects = match standing {
            Standing::Current => &mut self.objects,
            Standing::Deposed => &mut self.deposed,
        };
        match object {
            Some(object) => drop(objects.insert(address.clone(), object)),
            None => drop(objects.remove(address)),
        }
    }

    /// Instances of one block, in the order of their keys.
    pub fn of_resource<'a>(&'a self, resource: &'a ResourceAddress) -> impl Iterator<Item = (&'a Address, &'a Object)> {
        self.objects.iter().filter(move |(address, _)| address.resource == *resource)
    }
}
