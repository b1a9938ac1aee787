//! The proposed new state: the configuration, with what it leaves to the provider taken from the state before.

use crate::core::schema::{Attribute, Block, Kind, NestedBlock};
use crate::core::value::Value;
use std::collections::BTreeMap;
use terraform_provider_eks::protocol::wire::Nesting;

/// What core proposes. A null `prior` is a create, where what is left to the provider is null.
pub fn proposed(schema: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() || config.is_unknown() {
        return config.clone();
    }
    let empty = schema.empty();
    block(schema, if prior.is_null() { &empty } else { prior }, config)
}

fn block(schema: &Block, prior: &Value, config: &Value) -> Value {
    let Value::Map(mut object) = attributes(&schema.attributes, prior, config) else {
        unreachable!("attributes make an object")
    };
    for (name, nested) in &schema.blocks {
        object.insert(name.clone(), blocks(nested, prior.get(name), config.get(name)));
    }
    Value::Map(object)
}

fn blocks(nested: &NestedBlock, prior: &Value, config: &Value) -> Value {
    each(nested.nesting, prior, config, &|prior, config| {
        if config.is_null() || config.is_unknown() {
            return config.clone();
        }
        let empty = nested.block.empty();
        block(&nested.block, if prior.is_null() { &empty } else { prior }, config)
    })
}

fn attributes(schema: &BTreeMap<String, Attribute>, prior: &Value, config: &Value) -> Value {
    Value::map(
        schema
            .iter()
            .map(|(name, of)| (name.clone(), attribute(of, prior.get(name), config.get(name)))),
    )
}

fn attribute(schema: &Attribute, prior: &Value, config: &Value) -> Value {
    if schema.computed && config.is_null() {
        // What only a configuration can have set was set by one, which now sets it no more.
        return if was_configured(schema, prior) {
            config.clone()
        } else {
            prior.clone()
        };
    }
    match &schema.kind {
        Kind::Plain(_) => config.clone(),
        Kind::Nested(nesting, nested) => each(*nesting, prior, config, &|prior, config| {
            if config.is_null() || config.is_unknown() {
                config.clone()
            } else {
                attributes(nested, prior, config)
            }
        }),
    }
}

/// Whether a value holds something that a provider could not have put there.
fn was_configured(schema: &Attribute, value: &Value) -> bool {
    let Kind::Nested(nesting, nested) = &schema.kind else {
        return false;
    };
    if !schema.optional {
        return false;
    }
    let objects: Vec<&Value> = match (nesting, value) {
        (Nesting::Single | Nesting::Group, object) => vec![object],
        (_, Value::Map(entries)) => entries.values().collect(),
        (_, other) => other.elements().iter().collect(),
    };
    let fixed = |object: &Value| nested.iter().any(|(name, of)| !of.computed && !object.get(name).is_null());
    objects.into_iter().any(fixed)
}

/// Pairs the objects of a configuration with those before, and merges each pair.
fn each(nesting: Nesting, prior: &Value, config: &Value, merge: &dyn Fn(&Value, &Value) -> Value) -> Value {
    match (nesting, config) {
        (Nesting::Single | Nesting::Group, config) => merge(prior, config),
        (Nesting::List, Value::List(elements)) => {
            let priors = prior.elements();
            let merged = elements
                .iter()
                .enumerate()
                .map(|(i, element)| merge(priors.get(i).unwrap_or(&Value::Null), element));
            Value::List(merged.collect())
        }
        (Nesting::Map, Value::Map(entries)) => {
            Value::map(entries.iter().map(|(key, element)| (key.clone(), merge(prior.get(key), element))))
        }
        (Nesting::Set, Value::Set(elements)) => {
            let mut left: Vec<&Value> = prior.elements().iter().collect();
            let merged = elements.iter().map(|element| {
                // Elements of a set have no names: one that comes out the same as it was is the one it was.
                let same = left.iter().position(|prior| merge(prior, element) == **prior);
                let prior = same.map_or(&Value::Null, |at| left.remove(at));
                merge(prior, element)
            });
            Value::set(merged.collect::<Vec<_>>())
        }
        (_, config) => config.clone(),
    }
}
