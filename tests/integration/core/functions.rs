//! Terraform's own functions, as far as tests use them.

use crate::core::schema::Type;
use crate::core::value::Value;
use std::collections::BTreeMap;

type Result = std::result::Result<Value, String>;

/// Calls a function. What it cannot say because an argument is unknown is unknown.
pub fn call(name: &str, arguments: Vec<Value>) -> Result {
    match name {
        // These look only at the outside.
        "length" => length(&arguments[0]),
        "merge" => Ok(merge(arguments)),
        "concat" => Ok(join_lists(arguments)),
        "keys" => entries(&arguments[0], |map| Value::List(map.keys().map(Value::text).collect())),
        "values" => entries(&arguments[0], |map| Value::List(map.values().cloned().collect())),
        "toset" => elements(&arguments[0], |list| Value::set(list.iter().cloned())),
        "tolist" => elements(&arguments[0], |list| Value::List(list.to_vec())),
        "tomap" | "sensitive" | "nonsensitive" => Ok(arguments[0].clone()),
        "one" => elements(&arguments[0], |list| list.first().cloned().unwrap_or_default()),
        "lookup" => Ok(lookup(&arguments)),
        "flatten" => Ok(Value::List(flat(&arguments[0]))),
        _ if !arguments.iter().all(Value::is_wholly_known) => Ok(Value::Unknown),
        _ => of_known(name, &arguments),
    }
}

fn of_known(name: &str, arguments: &[Value]) -> Result {
    let text = |index: usize| {
        arguments[index]
            .as_str()
            .ok_or_else(|| format!("{} is no string", arguments[index]))
    };
    Ok(match name {
        "tostring" => Type::String.convert(arguments[0].clone())?,
        "tonumber" => Type::Number.convert(arguments[0].clone())?,
        "upper" => Value::text(text(0)?.to_uppercase()),
        "lower" => Value::text(text(0)?.to_lowercase()),
        "trimspace" => Value::text(text(0)?.trim()),
        "replace" => Value::text(text(0)?.replace(text(1)?, text(2)?)),
        "split" => Value::List(text(1)?.split(text(0)?).map(Value::text).collect()),
        "join" => {
            let parts = arguments[1..].iter().flat_map(|list| list.elements()).map(|part| match part {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            Value::text(parts.collect::<Vec<_>>().join(text(0)?))
        }
        "startswith" => Value::Bool(text(0)?.starts_with(text(1)?)),
        "contains" => Value::Bool(arguments[0].elements().contains(&arguments[1])),
        "sort" => {
            let mut sorted = arguments[0].elements().to_vec();
            sorted.sort();
            Value::List(sorted)
        }
        "distinct" => {
            let mut seen = Vec::new();
            arguments[0].elements().iter().for_each(|e| {
                if !seen.contains(e) {
                    seen.push(e.clone())
                }
            });
            Value::List(seen)
        }
        "compact" => Value::List(
            arguments[0]
                .elements()
                .iter()
                .filter(|e| !e.is_null() && e.as_str() != Some(""))
                .cloned()
                .collect(),
        ),
        "coalesce" => arguments
            .iter()
            .find(|value| !value.is_null())
            .cloned()
            .ok_or("no argument is not null")?,
        "element" => element(arguments)?,
        "range" => range(arguments),
        "zipmap" => Value::map(
            arguments[0]
                .elements()
                .iter()
                .zip(arguments[1].elements())
                .map(|(k, v)| (k.as_str().unwrap_or_default().to_owned(), v.clone())),
        ),
        "jsonencode" => Value::text(arguments[0].json().to_string()),
        "jsondecode" => Value::of_json(&serde_json::from_str(text(0)?).map_err(|error| error.to_string())?),
        "format" => Value::text(format(text(0)?, &arguments[1..])),
        other => panic!("the bench does not play the function {other}; use Workspace, or add it to core/functions.rs"),
    })
}

fn length(value: &Value) -> Result {
    match value {
        Value::Unknown => Ok(Value::Unknown),
        Value::Set(_) if !value.is_wholly_known() => Ok(Value::Unknown),
        Value::List(elements) | Value::Set(elements) => Ok(Value::number(elements.len() as f64)),
        Value::Map(entries) => Ok(Value::number(entries.len() as f64)),
        Value::String(text) => Ok(Value::number(text.chars().count() as f64)),
        other => Err(format!("{other} has no length")),
    }
}

fn entries(value: &Value, of: impl Fn(&BTreeMap<String, Value>) -> Value) -> Result {
    match value {
        Value::Unknown => Ok(Value::Unknown),
        Value::Map(map) => Ok(of(map)),
        other => Err(format!("{other} is no map")),
    }
}

fn elements(value: &Value, of: impl Fn(&[Value]) -> Value) -> Result {
    match value {
        Value::Unknown => Ok(Value::Unknown),
        Value::List(elements) | Value::Set(elements) => Ok(of(elements)),
        other => Err(format!("{other} is no list")),
    }
}

fn merge(arguments: Vec<Value>) -> Value {
    let mut merged = BTreeMap::new();
    for argument in arguments {
        match argument {
            Value::Map(map) => merged.extend(map),
            Value::Null => {}
            _ => return Value::Unknown,
        }
    }
    Value::Map(merged)
}

fn join_lists(arguments: Vec<Value>) -> Value {
    if arguments.iter().any(Value::is_unknown) {
        return Value::Unknown;
    }
    Value::List(arguments.iter().flat_map(|list| list.elements().to_vec()).collect())
}

fn lookup(arguments: &[Value]) -> Value {
    match (&arguments[0], &arguments[1]) {
        (Value::Map(map), Value::String(key)) => map.get(key).or(arguments.get(2)).cloned().unwrap_or_default(),
        _ => Value::Unknown,
    }
}

fn flat(value: &Value) -> Vec<Value> {
    let parts = value.elements().iter().map(|element| match element {
        Value::List(_) | Value::Set(_) => flat(element),
        other => vec![other.clone()],
    });
    parts.flatten().collect()
}

fn element(arguments: &[Value]) -> Result {
    let list = arguments[0].elements();
    match &arguments[1] {
        Value::Number(index) if !list.is_empty() => Ok(list[index.0 as usize % list.len()].clone()),
        other => Err(format!("{other} is no index")),
    }
}

fn range(arguments: &[Value]) -> Value {
    let numbers: Vec<i64> = arguments
        .iter()
        .filter_map(|n| if let Value::Number(n) = n { n.whole() } else { None })
        .collect();
    let numbers = match numbers[..] {
        [to] => 0..to,
        [from, to] => from..to,
        _ => panic!("the bench does not play range with a step; use Workspace"),
    };
    Value::List(numbers.map(|n| Value::number(n as f64)).collect())
}

fn format(pattern: &str, arguments: &[Value]) -> String {
    let mut arguments = arguments.iter();
    let mut text = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let verb = rest[at + 1..].chars().next();
        rest = &rest[(at + 2).min(rest.len())..];
        match (verb, arguments.as_slice().first()) {
            (Some('%'), _) => text.push('%'),
            (Some('s' | 'd' | 'v'), Some(argument)) => {
                text += &argument.as_str().map_or_else(|| argument.to_string(), str::to_owned);
                arguments.next();
            }
            (Some('q'), Some(argument)) => {
                text += &format!("{:?}", argument.as_str().unwrap_or_default());
                arguments.next();
            }
            other => panic!("the bench does not play {other:?} of format; use Workspace"),
        }
    }
    text + rest
}
