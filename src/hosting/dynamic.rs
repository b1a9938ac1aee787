//! The argument of a parameter whose type is `dynamic`: a value of whatever type the caller has.
//!
//! On the wire such a value is a pair of its type and itself, or a bare null or unknown where even the type is open.

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// Any value of Terraform. tf-provider's `ValueAny` fails on numbers with a fraction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Any {
    /// Null.
    Null,
    /// Known after apply.
    Unknown,
    /// True or false.
    Bool(bool),
    /// A number, as text.
    Number(String),
    /// A text.
    Text(String),
    /// A list, set or tuple.
    List(Vec<Any>),
    /// A map or object.
    Map(BTreeMap<String, Any>),
}

impl Any {
    /// Whether this or a part of it is unknown.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => false,
            Self::List(elements) => elements.iter().any(Self::has_unknown),
            Self::Map(entries) => entries.values().any(Self::has_unknown),
        }
    }

    /// What kind of value this is, in words: `the text "x"`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Unknown => "not known yet".to_owned(),
            Self::Bool(flag) => format!("the bool {flag}"),
            Self::Number(number) => format!("the number {number}"),
            Self::Text(text) => format!("the text {text:?}"),
            Self::List(elements) => format!("a list with {} elements", elements.len()),
            Self::Map(entries) if entries.is_empty() => "an object without attributes".to_owned(),
            Self::Map(entries) => {
                let names: Vec<&str> = entries.keys().map(String::as_str).take(MOST_NAMES).collect();
                let more = if entries.len() > MOST_NAMES { ", …" } else { "" };
                format!("an object with {}{more}", names.join(", "))
            }
        }
    }
}

/// The most attributes that a description names.
const MOST_NAMES: usize = 6;

/// An argument of the type `dynamic`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dynamic(pub Any);

impl<'de> Deserialize<'de> for Dynamic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairVisitor).map(Self)
    }
}

struct PairVisitor;

impl<'de> Visitor<'de> for PairVisitor {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a type and a value of it, null or unknown")
    }

    fn visit_unit<E>(self) -> Result<Any, E> {
        Ok(Any::Null)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, extension: D) -> Result<Any, D::Error> {
        unknown(extension)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Any, A::Error> {
        pair.next_element::<IgnoredAny>()?;
        let value = pair.next_element()?;
        value.ok_or_else(|| A::Error::custom("a dynamic value has no value beside its type"))
    }

    /// As JSON has the pair.
    fn visit_map<A: MapAccess<'de>>(self, mut pair: A) -> Result<Any, A::Error> {
        let mut value = None;
        while let Some(name) = pair.next_key::<String>()? {
            match name.as_str() {
                "value" => value = Some(pair.next_value()?),
                _ => drop(pair.next_value::<IgnoredAny>()?),
            }
        }
        value.ok_or_else(|| A::Error::custom("a dynamic value has no value beside its type"))
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor)
    }
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of Terraform")
    }

    fn visit_unit<E>(self) -> Result<Any, E> {
        Ok(Any::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Any, E> {
        Ok(Any::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Any, E> {
        Ok(Any::Number(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Any, E> {
        Ok(Any::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Any, E> {
        Ok(Any::Number(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Any, E> {
        Ok(Any::Text(text.to_owned()))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, extension: D) -> Result<Any, D::Error> {
        unknown(extension)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Any, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Any::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Any, A::Error> {
        let mut map = BTreeMap::new();
        while let Some((name, value)) = entries.next_entry()? {
            map.insert(name, value);
        }
        Ok(Any::Map(map))
    }
}

/// msgpack's only extensions in a value of Terraform are unknowns.
fn unknown<'de, D: Deserializer<'de>>(extension: D) -> Result<Any, D::Error> {
    IgnoredAny::deserialize(extension).map(|_| Any::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosting::Raw;
    use tf_provider::Diagnostics;

    fn decoded(raw: Raw) -> Any {
        let mut diags = Diagnostics::default();
        let decoded: Option<Dynamic> = raw.decode(&mut diags);
        decoded.unwrap_or_else(|| panic!("{:?}", diags.errors)).0
    }

    #[test]
    fn pair_of_type_and_value_is_the_value() {
        let json = br#"{"type": "dynamic", "value": {"a": [1, 2.5, -3, true, null, "x"]}}"#;
        let list = [
            Any::Number("1".to_owned()),
            Any::Number("2.5".to_owned()),
            Any::Number("-3".to_owned()),
            Any::Bool(true),
            Any::Null,
            Any::Text("x".to_owned()),
        ];
        let expected = Any::Map([("a".to_owned(), Any::List(list.to_vec()))].into());
        assert_eq!(decoded(Raw::Json(json.to_vec())), expected);

        // ["list" in bytes, [unknown, unknown with a refinement, "x"]]
        let msgpack = [
            &[0x92, 0xc4, 4][..],
            b"list",
            &[0x93, 0xd4, 0, 0, 0xc7, 5, 12, 0x81, 2, 0xa2, b'a', b'r', 0xa1, b'x'],
        ];
        let expected = Any::List(vec![Any::Unknown, Any::Unknown, Any::Text("x".to_owned())]);
        assert_eq!(decoded(Raw::Msgpack(msgpack.concat())), expected);
    }

    #[test]
    fn null_and_unknown_come_with_a_type_and_without() {
        assert_eq!(decoded(Raw::null()), Any::Null);
        assert_eq!(decoded(Raw::unknown()), Any::Unknown);
        let typed = |value: &[u8]| Raw::Msgpack([&[0x92, 0xc4, 8], &b"\"string\""[..], value].concat());
        assert_eq!(decoded(typed(&[0xc0])), Any::Null);
        assert_eq!(decoded(typed(&[0xd4, 0, 0])), Any::Unknown);
    }
}
