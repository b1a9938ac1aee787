//! What core demands of a plan and of what an apply makes of it. Each rule gives what breaks it, with the path.
//!
//! The rules are those of Terraform's plugin protocol ("Resource Instance Change Lifecycle" in its documentation) for
//! providers that do not claim the leniency of the legacy SDK, as Terraform 1.11 to 1.15 enforce them.

use crate::core::schema::{Attribute, Block, Kind, NestedBlock};
use crate::core::value::Value;
use std::collections::BTreeMap;
use terraform_provider_eks::protocol::wire::Nesting;

/// What breaks a rule, and where.
pub type Broken = Vec<String>;

/// A plan keeps what is configured, and decides only about what is computed.
pub fn plan_is_valid(schema: &Block, prior: &Value, config: &Value, planned: &Value) -> Broken {
    let mut broken = Broken::new();
    plan_of_block(schema, prior, config, planned, "", &mut broken);
    broken
}

fn plan_of_block(schema: &Block, prior: &Value, config: &Value, planned: &Value, path: &str, broken: &mut Broken) {
    match (config.is_null(), planned.is_null()) {
        (true, true) => return,
        (false, true) => return broken.push(format!("{path}: planned for absence but config wants existence")),
        (true, false) => return broken.push(format!("{path}: planned for existence but config wants absence")),
        (false, false) => {}
    }
    if planned.is_unknown() && !config.is_unknown() {
        return broken.push(format!("{path}: a block may not be unknown in the plan where it is configured"));
    }
    plan_of_attributes(&schema.attributes, prior, config, planned, path, broken);
    for (name, nested) in &schema.blocks {
        let path = format!("{path}.{name}");
        let of = |prior: &Value, config: &Value, planned: &Value, path: &str, broken: &mut Broken| {
            plan_of_block(&nested.block, prior, config, planned, path, broken);
        };
        let (prior, config, planned) = (prior.get(name), config.get(name), planned.get(name));
        plan_of_nested(nested.nesting, prior, config, planned, &path, broken, &of);
    }
}

fn plan_of_attributes(
    schema: &BTreeMap<String, Attribute>,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &str,
    broken: &mut Broken,
) {
    for (name, attribute) in schema {
        let path = format!("{path}.{name}");
        plan_of_attribute(attribute, prior.get(name), config.get(name), planned.get(name), &path, broken);
    }
}

fn plan_of_attribute(schema: &Attribute, prior: &Value, config: &Value, planned: &Value, path: &str, broken: &mut Broken) {
    if planned == config || (planned == prior && !prior.is_null() && !config.is_null()) {
        return;
    }
    match &schema.kind {
        _ if config.is_null() && schema.computed => {}
        _ if config.is_null() => broken.push(format!("{path}: planned value {planned} for a non-computed attribute")),
        Kind::Nested(nesting, nested) => {
            let of = |prior: &Value, config: &Value, planned: &Value, path: &str, broken: &mut Broken| match (
                config.is_null(),
                planned.is_null(),
            ) {
                (true, true) => {}
                (false, true) => broken.push(format!("{path}: planned for absence but config wants existence")),
                (true, false) => broken.push(format!("{path}: planned for existence but config wants absence")),
                (false, false) => plan_of_attributes(nested, prior, config, planned, path, broken),
            };
            plan_of_nested(*nesting, prior, config, planned, path, broken, &of);
        }
        Kind::Plain(_) if prior.is_null() => broken.push(format!("{path}: planned value {planned} does not match config value {config}")),
        Kind::Plain(_) => broken.push(format!(
            "{path}: planned value {planned} does not match config value {config} nor prior value {prior}"
        )),
    }
}

type PlanRule<'a> = &'a dyn Fn(&Value, &Value, &Value, &str, &mut Broken);

/// Objects of a plan are those of the configuration, one by one.
fn plan_of_nested(nesting: Nesting, prior: &Value, config: &Value, planned: &Value, path: &str, broken: &mut Broken, of: PlanRule<'_>) {
    if planned == config {
        return;
    }
    match (nesting, config, planned) {
        (_, Value::Unknown, _) => broken.push(format!("{path}: planned value {planned} for an unknown config value")),
        (Nesting::Single | Nesting::Group, ..) => of(prior, config, planned, path, broken),
        (Nesting::List, Value::List(configs), Value::List(plans)) if configs.len() == plans.len() => {
            let priors = prior.elements();
            for (i, (config, planned)) in configs.iter().zip(plans).enumerate() {
                of(
                    priors.get(i).unwrap_or(&Value::Null),
                    config,
                    planned,
                    &format!("{path}[{i}]"),
                    broken,
                );
            }
        }
        (Nesting::Map, Value::Map(configs), Value::Map(plans)) if configs.keys().eq(plans.keys()) => {
            for (key, config) in configs {
                of(prior.get(key), config, planned.get(key), &format!("{path}[{key:?}]"), broken);
            }
        }
        (Nesting::Set, Value::Set(configs), Value::Set(plans)) if configs.len() == plans.len() => {
            let fits = |config: &Value, planned: &Value| {
                let mut found = Broken::new();
                let null = Value::Null;
                let priors = prior.elements().iter().chain([&null]);
                priors.into_iter().any(|prior| {
                    found.clear();
                    of(prior, config, planned, path, &mut found);
                    found.is_empty()
                })
            };
            correlate(configs, plans, path, broken, &fits);
        }
        _ => broken.push(format!(
            "{path}: the plan has other elements than the configuration: {planned} where config has {config}"
        )),
    }
}

/// Elements of sets have no names. Each must have a counterpart on the other side.
fn correlate(ours: &[Value], theirs: &[Value], path: &str, broken: &mut Broken, fits: &dyn Fn(&Value, &Value) -> bool) {
    for element in ours {
        if !theirs.iter().any(|other| fits(element, other)) {
            broken.push(format!("{path}: set element {element} has no counterpart after"));
        }
    }
    for element in theirs {
        if !ours.iter().any(|other| fits(other, element)) {
            broken.push(format!("{path}: set element {element} has no counterpart before"));
        }
    }
}

/// What a plan said and was known is still so: in the plan within the apply, and after it.
pub fn keeps_the_plan(schema: &Block, planned: &Value, actual: &Value) -> Broken {
    let mut broken = Broken::new();
    block_keeps(schema, planned, actual, "", &mut broken);
    broken
}

fn block_keeps(schema: &Block, planned: &Value, actual: &Value, path: &str, broken: &mut Broken) {
    match (planned.is_null(), actual.is_null()) {
        (true, true) => return,
        (true, false) => return broken.push(format!("{path}: was absent, but now present")),
        (false, true) => return broken.push(format!("{path}: was present, but now absent")),
        (false, false) => {}
    }
    for name in schema.attributes.keys() {
        keeps(planned.get(name), actual.get(name), &format!("{path}.{name}"), broken);
    }
    for (name, nested) in &schema.blocks {
        blocks_keep(nested, planned.get(name), actual.get(name), &format!("{path}.{name}"), broken);
    }
}

fn blocks_keep(nested: &NestedBlock, planned: &Value, actual: &Value, path: &str, broken: &mut Broken) {
    match (nested.nesting, planned, actual) {
        (_, Value::Unknown, _) => {}
        (Nesting::List, Value::List(plans), Value::List(actuals)) if plans.len() == actuals.len() => {
            for (i, (planned, actual)) in plans.iter().zip(actuals).enumerate() {
                block_keeps(&nested.block, planned, actual, &format!("{path}[{i}]"), broken);
            }
        }
        (Nesting::List, ..) => broken.push(format!("{path}: block count changed from {planned} to {actual}")),
        (Nesting::Single | Nesting::Group, ..) => block_keeps(&nested.block, planned, actual, path, broken),
        _ => keeps(planned, actual, path, broken),
    }
}

/// A known value is unchanged, and an unknown one may become anything.
fn keeps(planned: &Value, actual: &Value, path: &str, broken: &mut Broken) {
    match (planned, actual) {
        (Value::Unknown, _) => {}
        (Value::List(plans), Value::List(actuals)) => {
            for (i, (planned, actual)) in plans.iter().zip(actuals).enumerate() {
                keeps(planned, actual, &format!("{path}[{i}]"), broken);
            }
            if plans.len() != actuals.len() {
                broken.push(format!("{path}: had {} elements, but now {}", plans.len(), actuals.len()));
            }
        }
        (Value::Map(plans), Value::Map(actuals)) => {
            for (name, planned) in plans {
                match actuals.get(name) {
                    Some(actual) => keeps(planned, actual, &format!("{path}[{name:?}]"), broken),
                    None => broken.push(format!("{path}: element {name:?} has vanished")),
                }
            }
            for name in actuals.keys().filter(|name| !plans.contains_key(*name)) {
                broken.push(format!("{path}: new element {name:?} has appeared"));
            }
        }
        (Value::Set(plans), Value::Set(actuals)) => sets_keep(plans, actuals, path, broken),
        (planned, actual) if planned == actual => {}
        (planned, actual) => broken.push(format!("{path}: was {planned}, but now {actual}")),
    }
}

/// Two unknown elements are never the same one; only once they are known they may prove equal, so that a set shrinks.
fn sets_keep(plans: &[Value], actuals: &[Value], path: &str, broken: &mut Broken) {
    let fits = |planned: &Value, actual: &Value| {
        let mut found = Broken::new();
        keeps(planned, actual, path, &mut found);
        found.is_empty()
    };
    correlate(plans, actuals, path, broken, &fits);
    let may_shrink = plans.iter().any(|element| !element.is_wholly_known());
    if actuals.len() > plans.len() || (actuals.len() < plans.len() && !may_shrink) {
        broken.push(format!("{path}: set length changed from {} to {}", plans.len(), actuals.len()));
    }
}

/// Nothing is unknown in what there is: after a refresh, an apply, or a read of a data source.
pub fn is_known(value: &Value) -> Broken {
    if value.is_wholly_known() {
        Broken::new()
    } else {
        vec![format!("unknown is left in {value}")]
    }
}

/// Panics if a rule is broken.
#[track_caller]
pub fn demand(rule: &str, who: &str, broken: Broken) {
    assert!(broken.is_empty(), "core's rule for {who}: {rule}\n{}", broken.join("\n"));
}
