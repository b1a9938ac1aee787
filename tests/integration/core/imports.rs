//! Imports, by `import` blocks and by the command.

use crate::core::configuration::{Configuration, Resource, Written};
use crate::core::diagnostics::Diagnostic;
use crate::core::exchange::Held;
use crate::core::expression::wrong;
use crate::core::graph::Failed;
use crate::core::provider::Provider;
use crate::core::rules;
use crate::core::state::{Address, Object, State};
use crate::core::value::Value;
use crate::core::walk::{Caller, Each, PARALLELISM, Walk};
use tokio_util::sync::CancellationToken;

/// What is to be imported, and where to.
#[derive(Clone, Debug)]
pub struct ImportTarget {
    pub to: Address,
    pub id: String,
    /// Instead of an id.
    pub identity: Option<Value>,
}

/// What the `import` blocks name. What is wrong with one is said.
pub async fn targets(walk: &Walk<'_>) -> Vec<ImportTarget> {
    let mut targets = Vec::new();
    for block in &walk.configuration.imports {
        let argument = |name: &str| block.body.get_attribute(name).map(|argument| &argument.value);
        assert!(
            argument("for_each").is_none(),
            "the bench does not play for_each of import blocks; use Workspace"
        );
        let to: String = argument("to").unwrap().to_string().split_whitespace().collect();
        let value = match argument("id").or(argument("identity")) {
            Some(expression) => walk.evaluate(&Each::One, |scope| scope.evaluate(expression)).await,
            None => Err(wrong("Invalid import block", "Either id or identity must be set.")),
        };
        let of = |id: String, identity| ImportTarget {
            to: Address::parse(&to),
            id,
            identity,
        };
        match value {
            Ok(Value::String(id)) => targets.push(of(id, None)),
            Ok(identity @ Value::Map(_)) => targets.push(of(String::new(), Some(identity))),
            Ok(other) => walk.say(block.error(wrong("Invalid import id argument", format!("{other} is no id")), None)),
            Err(halt) => walk.say(block.error(halt, None)),
        }
    }
    targets
}

/// The identity with all attributes that its schema has.
fn whole_identity(provider: &Provider, kind: &str, given: &Value) -> Value {
    let names = provider.schemas.identities[kind]
        .identity_attributes
        .iter()
        .map(|attribute| attribute.name.clone());
    Value::map(names.map(|name| (name.clone(), given.get(&name).clone())))
}

/// Imports an object and reads it, as core does before it plans.
///
/// # Errors
/// There is no such object, or it cannot be read; why has been said.
pub async fn import(walk: &Walk<'_>, target: &ImportTarget, resource: &Resource, provider: &Provider) -> Result<Object, Failed> {
    let (kind, who) = (&resource.address.kind, target.to.to_string());
    let written: Option<&Written> = None;
    let identity = target.identity.as_ref().map(|given| whole_identity(provider, kind, given));
    let imported = provider.import(kind, &target.id, identity.as_ref()).await;
    walk.say_about(written, &who, imported.diagnostics)?;
    let held = imported.answer.expect("an import without an error gives something");
    let read = provider.read(kind, held).await;
    walk.say_about(written, &who, read.diagnostics)?;
    let Held { value, private, identity } = read.answer;
    if value.is_null() {
        let detail = format!(
            "While attempting to import an existing object to {who:?}, the provider detected that no object exists with the given id. \
             Only pre-existing objects can be imported; check that the id is correct and that it is associated with the provider's \
             configured region or endpoint, or use \"terraform apply\" to create a new remote object for this resource."
        );
        walk.say_all(vec![Diagnostic::error("Cannot import non-existent remote object", detail)])?;
    }
    rules::demand("an import leaves nothing unknown", &who, rules::is_known(&value));
    Ok(Object {
        value,
        private,
        identity,
        provider: resource.provider.clone(),
        ..Object::default()
    })
}

/// `terraform import`: the object, if it could be imported, and what was said.
pub async fn by_command(
    caller: &Caller<'_>,
    configuration: &Configuration,
    state: &State,
    target: &ImportTarget,
) -> (Option<Object>, Vec<Diagnostic>) {
    let walk = Walk::start(caller, configuration, state, PARALLELISM, CancellationToken::new()).await;
    walk.begin_with(state);
    let imported = match configuration.resources.get(&target.to.resource) {
        _ if state.objects.contains_key(&target.to) => {
            let detail = format!("Terraform is already managing a remote object for {}.", target.to);
            walk.say(Diagnostic::error("Resource already managed by Terraform", detail));
            None
        }
        Some(resource) => match walk.configure(&resource.provider).await {
            Ok(()) => import(&walk, target, resource, walk.provider(&resource.provider)).await.ok(),
            Err(_) => None,
        },
        None => {
            let detail = format!("Before importing, please create its configuration: {}", target.to);
            walk.say(Diagnostic::error("resource address does not exist in the configuration", detail));
            None
        }
    };
    (imported, walk.finish().await)
}
