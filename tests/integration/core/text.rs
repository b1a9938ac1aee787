//! What commands print, as far as tests read it: close to the CLI's words, not to its layout.

use crate::core::apply::Counts;
use crate::core::change::{Action, Change};
use crate::core::diagnostics::{Diagnostic, Source};
use crate::core::plan::{Plan, Purpose};
use crate::core::state::{Address, Mode, State};
use crate::core::value::Value;
use crate::core::walk::Caller;
use std::collections::BTreeSet;

pub fn diagnostics(diagnostics: &[Diagnostic], source: &Source) -> String {
    let (errors, warnings): (Vec<_>, Vec<_>) = diagnostics.iter().partition(|diagnostic| diagnostic.is_error);
    let all = warnings.iter().chain(&errors);
    all.map(|diagnostic| diagnostic.text(source)).collect::<Vec<_>>().join("\n")
}

pub fn plan(plan: &Plan, caller: &Caller<'_>) -> String {
    if plan.is_empty() {
        return "No changes. Your infrastructure matches the configuration.\n".to_owned();
    }
    let mut text = "Terraform will perform the following actions:\n\n".to_owned();
    for (address, of) in &plan.changes {
        text += &change(address, of, caller);
    }
    let count = |of: &dyn Fn(&Change) -> bool| plan.changes.values().filter(|change| of(change)).count();
    let creates = |action: Action| action == Action::Create || action.replaces();
    let deletes = |action: Action| action == Action::Delete || action.replaces();
    let imports = match count(&|change| change.importing) {
        0 => String::new(),
        n => format!("{n} to import, "),
    };
    text += &format!(
        "Plan: {imports}{} to add, {} to change, {} to destroy.\n",
        count(&|change| creates(change.action)),
        count(&|change| change.action == Action::Update),
        count(&|change| deletes(change.action)) + plan.deposed.len(),
    );
    if plan.options.purpose == Purpose::RefreshOnly {
        text += "This is a refresh-only plan, so Terraform will not take any actions to undo these.\n";
    }
    text + &outputs(plan)
}

fn outputs(plan: &Plan) -> String {
    let changed: Vec<_> = plan.outputs.iter().filter(|(_, (before, after))| before != after).collect();
    if changed.is_empty() {
        return String::new();
    }
    let line = |(name, (before, after)): &(&String, &(Value, Value))| match (before, after) {
        (Value::Null, after) => format!("  + {name} = {after}\n"),
        (before, Value::Null) => format!("  - {name} = {before} -> null\n"),
        (before, after) => format!("  ~ {name} = {before} -> {after}\n"),
    };
    format!("\nChanges to Outputs:\n{}", changed.iter().map(line).collect::<String>())
}

fn change(address: &Address, change: &Change, caller: &Caller<'_>) -> String {
    let (mark, what) = match change.action {
        Action::NoOp => match &change.moved_from {
            Some(from) => return format!("  # {from} has moved to {address}\n\n"),
            None if change.importing => ("", "will be imported"),
            None => return String::new(),
        },
        Action::Create => ("+", "will be created"),
        Action::Read => ("<=", why_later(change)),
        Action::Update => ("~", "will be updated in-place"),
        Action::Delete => ("-", "will be destroyed"),
        Action::CreateThenDelete => ("+/-", replaced(change)),
        Action::DeleteThenCreate => ("-/+", replaced(change)),
    };
    let resource = &address.resource;
    let block = if resource.mode == Mode::Data { "data" } else { "resource" };
    let mut text = format!(
        "  # {address} {what}\n  {mark} {block} {:?} {:?} {{\n",
        resource.kind, resource.name
    );
    let names: BTreeSet<&String> = [&change.before, &change.after]
        .into_iter()
        .flat_map(|value| match value {
            Value::Map(entries) => entries.keys().collect::<Vec<_>>(),
            _ => Vec::new(),
        })
        .collect();
    for name in names {
        text += &attribute(address, name, change, caller);
    }
    text + "    }\n\n"
}

fn why_later(change: &Change) -> &'static str {
    if change.config_is_known {
        "will be read during apply\n  # (depends on a resource or a module with changes pending)"
    } else {
        "will be read during apply\n  # (config refers to values not yet known)"
    }
}

fn replaced(change: &Change) -> &'static str {
    match (change.is_tainted, change.forced) {
        (true, _) => "is tainted, so it must be replaced",
        (_, true) => "will be replaced, as requested",
        _ => "must be replaced",
    }
}

fn attribute(address: &Address, name: &str, change: &Change, caller: &Caller<'_>) -> String {
    let (before, after) = (change.before.get(name), change.after.get(name));
    let schemas = caller
        .schemas
        .get()
        .filter(|schemas| schemas.resources.contains_key(&address.resource.kind));
    let is_secret = schemas
        .filter(|_| address.resource.mode == Mode::Managed)
        .and_then(|schemas| schemas.resources[&address.resource.kind].attributes.get(name))
        .is_some_and(|attribute| attribute.sensitive);
    let shown = |value: &Value| {
        if is_secret {
            "(sensitive value)".to_owned()
        } else {
            value.to_string()
        }
    };
    let forces = change
        .replace_paths
        .iter()
        .any(|path| matches!(path.first(), Some(crate::core::diagnostics::Step::Name(n)) if n == name));
    let forces = if forces { " # forces replacement" } else { "" };
    match (before, after) {
        (before, after) if before == after => String::new(),
        (Value::Null, after) => format!("      + {name} = {}{forces}\n", shown(after)),
        (before, Value::Null) => format!("      - {name} = {} -> null{forces}\n", shown(before)),
        (before, after) => format!("      ~ {name} = {} -> {}{forces}\n", shown(before), shown(after)),
    }
}

/// The last words of an apply that succeeded.
pub fn applied(counts: &Counts, state: &State, is_destroy: bool) -> String {
    if is_destroy {
        return format!("Destroy complete! Resources: {} destroyed.\n", counts.destroyed);
    }
    let imported = match counts.imported {
        0 => String::new(),
        n => format!("{n} imported, "),
    };
    let outputs = state.outputs.iter().map(|(name, value)| format!("{name} = {value}\n"));
    format!(
        "Apply complete! Resources: {imported}{} added, {} changed, {} destroyed.\n\nOutputs:\n\n{}",
        counts.added,
        counts.changed,
        counts.destroyed,
        outputs.collect::<String>()
    )
}
