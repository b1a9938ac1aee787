//! Texts, and sets and maps of them, as models have them: known, null or unknown at every place.

use crate::domain::tags::Tags;
use crate::hosting::Texts;
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::value::Value;

pub(crate) type Text = Value<String>;
pub(crate) type TextSet = Value<Texts>;
pub(crate) type TextMap = Value<BTreeMap<String, Text>>;

/// All texts of a set, or `None` if one is unknown or null.
pub(crate) fn known_texts(texts: &Texts) -> Option<BTreeSet<String>> {
    texts.iter().map(|text| text.as_ref_option().cloned()).collect()
}

/// A set's texts; null is empty, unknown is `None`.
pub(crate) fn known_set(set: &TextSet) -> Option<BTreeSet<String>> {
    match set {
        Value::Value(texts) => known_texts(texts),
        Value::Null => Some(BTreeSet::new()),
        Value::Unknown => None,
    }
}

/// A map's texts; a null map is empty, a null value is none (as in hashicorp/aws, where modules leave tags out like this),
/// unknown is `None`.
pub(crate) fn known_map(map: &TextMap) -> Option<Tags> {
    match map {
        Value::Value(entries) => entries
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| Some((key.clone(), value.as_ref_option()?.clone())))
            .collect(),
        Value::Null => Some(Tags::new()),
        Value::Unknown => None,
    }
}

pub(crate) fn text_set(texts: &BTreeSet<String>) -> TextSet {
    Value::Value(texts.iter().cloned().map(Value::Value).collect())
}

/// As [`text_set`], but without a text it stays null where it was: an empty set says no more.
pub(crate) fn text_set_like(before: &TextSet, texts: &BTreeSet<String>) -> TextSet {
    match before {
        Value::Null if texts.is_empty() => Value::Null,
        _ => text_set(texts),
    }
}

/// What a configuration that leaves a set out asks for: nothing, as the state has it.
pub(crate) fn no_texts(before: Option<&TextSet>) -> TextSet {
    text_set_like(before.unwrap_or(&Value::Null), &BTreeSet::new())
}

/// As [`text_map`], but null without a text.
pub(crate) fn text_map_unless_empty(texts: &Tags) -> TextMap {
    match texts.is_empty() {
        true => Value::Null,
        false => text_map(texts),
    }
}

pub(crate) fn text_map(texts: &Tags) -> TextMap {
    Value::Value(
        texts
            .iter()
            .map(|(key, value)| (key.clone(), Value::Value(value.clone())))
            .collect(),
    )
}

pub(crate) fn text(text: impl Into<String>) -> Text {
    Value::Value(text.into())
}
