//! `terraform_data`, Terraform's own resource: in tests it is where unknown values come from.

use crate::core::diagnostics::Step;
use crate::core::exchange::{Change, Held, Planned};
use crate::core::schema::{Attribute, Block, Kind, Type};
use crate::core::schemas::Schemas;
use crate::core::value::Value;
use std::collections::BTreeMap;

pub fn schemas() -> Schemas {
    let attribute = |name: &str, of: Type, computed: bool| {
        let attribute = Attribute {
            kind: Kind::Plain(of),
            required: false,
            optional: !computed,
            computed,
            sensitive: false,
        };
        (name.to_owned(), attribute)
    };
    let block = Block {
        attributes: BTreeMap::from([
            attribute("id", Type::String, true),
            attribute("input", Type::Dynamic, false),
            attribute("output", Type::Dynamic, true),
            attribute("triggers_replace", Type::Dynamic, false),
        ]),
        blocks: BTreeMap::new(),
    };
    Schemas {
        resources: BTreeMap::from([("terraform_data".to_owned(), block)]),
        plans_destroys: true,
        ..Schemas::default()
    }
}

pub fn plan(change: &Change<'_>) -> Planned {
    let mut value = change.new.clone();
    let mut requires_replace = Vec::new();
    if !value.is_null() {
        let output = if value.get("input").is_null() {
            Value::Null
        } else {
            Value::Unknown
        };
        let is_new = change.prior.is_null();
        let triggered = !is_new && change.prior.get("triggers_replace") != value.get("triggers_replace");
        if triggered {
            requires_replace.push(vec![Step::Name("triggers_replace".to_owned())]);
        }
        if is_new || triggered {
            value.set_entry("id", Value::Unknown);
        }
        if is_new || triggered || change.prior.get("input") != value.get("input") {
            value.set_entry("output", output);
        }
    }
    let held = Held { value, ..Held::default() };
    Planned { held, requires_replace }
}

pub fn apply(change: &Change<'_>) -> Held {
    let mut value = change.new.clone();
    if !value.is_null() {
        let input = value.get("input").clone();
        value.set_entry("output", input);
        if value.get("id").is_unknown() {
            value.set_entry("id", Value::text(uuid::Uuid::new_v4().to_string()));
        }
    }
    Held { value, ..Held::default() }
}
