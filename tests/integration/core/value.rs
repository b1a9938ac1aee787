//! Values as core holds them while it plans: any part may be null, or unknown until an apply has found it out.

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

/// A value. Equality is that of the whole tree, where unknown equals unknown; what Terraform calls equal is
/// [`Value::equals`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Value {
    Unknown,
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    /// A list or a tuple.
    List(Vec<Value>),
    /// Sorted. Elements that hold something unknown may stand several times, because no two of them are known to be
    /// the same.
    Set(Vec<Value>),
    /// A map or an object.
    Map(BTreeMap<String, Value>),
}

/// Terraform has one type of numbers.
#[derive(Clone, Copy, Debug)]
pub struct Number(pub f64);

impl Number {
    /// Whether the float is the number that was written. Core computes with decimals, and sends others as text.
    fn is_exact(self) -> bool {
        // No float has more digits.
        let digits = format!("{:.1100}", self.0);
        digits.trim_end_matches('0').trim_end_matches('.') == self.to_string()
    }

    /// The whole number that this is.
    pub fn whole(self) -> Option<i64> {
        (self.0.fract() == 0.0 && self.0.abs() < 9e15).then_some(self.0 as i64)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.whole() {
            Some(whole) => write!(f, "{whole}"),
            None => write!(f, "{}", self.0),
        }
    }
}

impl Value {
    pub fn text(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    pub fn number(number: impl Into<f64>) -> Self {
        Self::Number(Number(number.into()))
    }

    pub fn map(entries: impl IntoIterator<Item = (String, Value)>) -> Self {
        Self::Map(entries.into_iter().collect())
    }

    /// A set of these elements: each known one once.
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Self {
        let mut elements: Vec<_> = elements.into_iter().collect();
        elements.sort();
        elements.dedup_by(|a, b| a == b && a.is_wholly_known());
        Self::Set(elements)
    }

    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    pub fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }

    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
            Self::List(elements) | Self::Set(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(entries) => entries.values().all(Self::is_wholly_known),
        }
    }

    /// Whether two values are the same; `None` if that shows only once they are known.
    pub fn equals(&self, other: &Self) -> Option<bool> {
        if self.is_wholly_known() && other.is_wholly_known() {
            return Some(self == other);
        }
        match (self, other) {
            (Self::List(a), Self::List(b)) if a.len() == b.len() => all_equal(a.iter().zip(b)),
            (Self::Map(a), Self::Map(b)) if a.keys().eq(b.keys()) => all_equal(a.values().zip(b.values())),
            (Self::Unknown, _) | (_, Self::Unknown) | (Self::Set(_), Self::Set(_)) => None,
            _ => Some(false),
        }
    }

    /// An entry of a map or an attribute of an object; null where there is none.
    pub fn get(&self, name: &str) -> &Value {
        match self {
            Self::Map(entries) => entries.get(name).unwrap_or(&Self::Null),
            Self::Unknown => &Self::Unknown,
            _ => &Self::Null,
        }
    }

    pub fn set_entry(&mut self, name: &str, value: Value) {
        match self {
            Self::Map(entries) => drop(entries.insert(name.to_owned(), value)),
            other => panic!("{other:?} has no entries"),
        }
    }

    /// Elements of a list or a set.
    pub fn elements(&self) -> &[Value] {
        match self {
            Self::List(elements) | Self::Set(elements) => elements,
            _ => &[],
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// As `terraform show -json` shows a value that is about to be: unknown entries are left out, unknown elements null.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Unknown | Self::Null => serde_json::Value::Null,
            Self::Bool(flag) => (*flag).into(),
            Self::Number(number) => number.whole().map_or_else(|| number.0.into(), Into::into),
            Self::String(text) => text.clone().into(),
            Self::List(elements) | Self::Set(elements) => elements.iter().map(Self::json).collect(),
            Self::Map(entries) => {
                let known = entries.iter().filter(|(_, value)| !value.is_unknown());
                known.map(|(name, value)| (name.clone(), value.json())).collect()
            }
        }
    }

    /// Which parts are unknown, as `terraform show -json` shows it.
    pub fn unknown_json(&self) -> serde_json::Value {
        match self {
            Self::Unknown => true.into(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => false.into(),
            Self::List(elements) | Self::Set(elements) => elements.iter().map(Self::unknown_json).collect(),
            Self::Map(entries) => entries
                .iter()
                .map(|(name, value)| (name.clone(), value.unknown_json()))
                .filter(|(_, unknown)| *unknown != serde_json::Value::Bool(false))
                .collect(),
        }
    }

    pub fn of_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(flag) => Self::Bool(*flag),
            serde_json::Value::Number(number) => Self::number(number.as_f64().unwrap()),
            serde_json::Value::String(text) => Self::text(text),
            serde_json::Value::Array(elements) => Self::List(elements.iter().map(Self::of_json).collect()),
            serde_json::Value::Object(entries) => Self::map(entries.iter().map(|(name, value)| (name.clone(), Self::of_json(value)))),
        }
    }

    pub fn to_msgpack(&self) -> Vec<u8> {
        rmp_serde::to_vec(self).unwrap()
    }

    /// What a provider answered, before its schema tells lists from sets.
    pub fn of_msgpack(bytes: &[u8]) -> Self {
        rmp_serde::from_slice(bytes).unwrap_or_else(|error| panic!("the provider answered bytes that are no value: {error}"))
    }
}

fn all_equal<'a>(pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    let compared: Vec<_> = pairs.map(|(a, b)| a.equals(b)).collect();
    if compared.contains(&Some(false)) {
        return Some(false);
    }
    compared.into_iter().all(|equal| equal == Some(true)).then_some(true)
}

/// As text in plans and in messages.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => write!(f, "(known after apply)"),
            Self::Null => write!(f, "null"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::String(text) => write!(f, "{text:?}"),
            Self::List(elements) | Self::Set(elements) => {
                write!(f, "[")?;
                for (i, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if i == 0 { "" } else { ", " })?;
                }
                write!(f, "]")
            }
            Self::Map(entries) => {
                write!(f, "{{")?;
                for (name, value) in entries {
                    write!(f, " {name:?} = {value}")?;
                }
                write!(f, " }}")
            }
        }
    }
}

/// The extension type that stands for an unknown value on the wire.
const UNKNOWN: i8 = 0;
/// The same, with a hint at what it may become. The hint is not used here.
const REFINED_UNKNOWN: i8 = 12;

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => {
                let payload = serde_bytes_of(&[0]);
                serializer.serialize_newtype_struct(rmp_serde::MSGPACK_EXT_STRUCT_NAME, &(UNKNOWN, payload))
            }
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => match number.whole() {
                Some(whole) => serializer.serialize_i64(whole),
                None if number.is_exact() => serializer.serialize_f64(number.0),
                None => serializer.collect_str(number),
            },
            Self::String(text) => serializer.serialize_str(text),
            Self::List(elements) | Self::Set(elements) => elements.serialize(serializer),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (name, value) in entries {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// Bytes that are written as bytes and not as a list of numbers.
fn serde_bytes_of(bytes: &'static [u8]) -> impl Serialize {
    struct Bytes(&'static [u8]);
    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }
    Bytes(bytes)
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of Terraform")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            elements.push(element);
        }
        Ok(Value::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some((name, value)) = map.next_entry()? {
            entries.insert(name, value);
        }
        Ok(Value::Map(entries))
    }

    /// An extension type.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        struct Extension;
        impl<'de> Visitor<'de> for Extension {
            type Value = i8;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an extension")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<i8, A::Error> {
                let tag = seq.next_element()?.unwrap_or_default();
                seq.next_element::<serde::de::IgnoredAny>()?;
                Ok(tag)
            }
        }
        match deserializer.deserialize_tuple(2, Extension)? {
            UNKNOWN | REFINED_UNKNOWN => Ok(Value::Unknown),
            other => Err(serde::de::Error::custom(format!("extension {other} is not Terraform's"))),
        }
    }
}
