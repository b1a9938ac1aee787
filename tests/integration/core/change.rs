//! What is to happen to one object, as a plan decides it and as the plan within an apply decides it again.

use crate::core::configuration::Resource;
use crate::core::diagnostics::{Diagnostic, Path, Step};
use crate::core::exchange::{self, Planned};
use crate::core::graph::Failed;
use crate::core::proposed::proposed;
use crate::core::provider::Provider;
use crate::core::rules;
use crate::core::schema::Block;
use crate::core::state::{Address, Mode, Object};
use crate::core::value::Value;
use crate::core::walk::Walk;
use serde_json::{Value as Json, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    NoOp,
    Create,
    Read,
    Update,
    DeleteThenCreate,
    CreateThenDelete,
    Delete,
}

impl Action {
    pub fn replaces(self) -> bool {
        matches!(self, Self::DeleteThenCreate | Self::CreateThenDelete)
    }

    /// As `terraform show -json` names it.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::NoOp => &["no-op"],
            Self::Create => &["create"],
            Self::Read => &["read"],
            Self::Update => &["update"],
            Self::DeleteThenCreate => &["delete", "create"],
            Self::CreateThenDelete => &["create", "delete"],
            Self::Delete => &["delete"],
        }
    }
}

#[derive(Clone, Debug)]
pub struct Change {
    pub action: Action,
    pub before: Value,
    pub after: Value,
    pub private: Vec<u8>,
    pub identity: Option<Value>,
    pub replace_paths: Vec<Path>,
    /// Why it is replaced, where a plan says so.
    pub is_tainted: bool,
    pub forced: bool,
    pub importing: bool,
    /// Of a data source: it waits for changes, and not for its arguments.
    pub config_is_known: bool,
    pub moved_from: Option<Address>,
}

impl Change {
    pub fn of(action: Action, before: Value, after: Value) -> Self {
        Self {
            action,
            before,
            after,
            private: Vec::new(),
            identity: None,
            replace_paths: Vec::new(),
            is_tainted: false,
            forced: false,
            importing: false,
            config_is_known: true,
            moved_from: None,
        }
    }

    pub fn is_move(&self) -> bool {
        self.moved_from.is_some()
    }

    /// As `terraform show -json` shows it.
    pub fn json(&self) -> Json {
        let unknown = match &self.after {
            Value::Null => json!(false),
            after if after.is_wholly_known() => json!({}),
            after => after.unknown_json(),
        };
        let mut shown = json!({
            "actions": self.action.names(),
            "before": self.before.json(),
            "after": self.after.json(),
            "after_unknown": unknown,
        });
        if !self.replace_paths.is_empty() {
            let step = |step: &Step| match step {
                Step::Name(name) => json!(name),
                Step::Index(index) => json!(index),
            };
            shown["replace_paths"] = self
                .replace_paths
                .iter()
                .map(|path| path.iter().map(step).collect::<Json>())
                .collect();
        }
        if self.importing {
            shown["importing"] = json!({});
        }
        shown
    }
}

/// Asks the provider for a plan of one object, and checks what it answers.
///
/// # Errors
/// The provider answered with errors, which have been said.
pub async fn decide(
    walk: &Walk<'_>,
    resource: &Resource,
    address: &Address,
    current: Option<&Object>,
    config: &Value,
    forced: bool,
) -> Result<Change, Failed> {
    let question = Question {
        walk,
        resource,
        address,
        provider: walk.provider(&resource.provider),
        config,
    };
    question.decide(current, forced).await
}

struct Question<'a> {
    walk: &'a Walk<'a>,
    resource: &'a Resource,
    address: &'a Address,
    provider: &'a Provider,
    config: &'a Value,
}

impl Question<'_> {
    fn schema(&self) -> &Block {
        self.provider.schemas.of(Mode::Managed, &self.resource.address.kind)
    }

    async fn decide(&self, current: Option<&Object>, forced: bool) -> Result<Change, Failed> {
        let null = Value::Null;
        // What is tainted counts as nothing, until its replacement is planned.
        let usable = current.filter(|object| !object.tainted);
        let prior = usable.map_or(&null, |object| &object.value);
        let private = usable.map(|object| object.private.as_slice()).unwrap_or_default();
        let identity = usable.and_then(|object| object.identity.as_ref());
        let first = self.plan(prior, private, identity, Warnings::Told).await?;
        let replace_paths: Vec<Path> = first
            .requires_replace
            .iter()
            .filter(|path| changes(prior, &first.held.value, path))
            .cloned()
            .collect();
        let same = prior == &first.held.value && prior.is_wholly_known();
        let replacement = if self.walk.configuration.creates_before_destroy(&self.resource.address) {
            Action::CreateThenDelete
        } else {
            Action::DeleteThenCreate
        };
        let tainted = current.filter(|object| object.tainted);
        let action = match () {
            () if tainted.is_some() => replacement,
            () if prior.is_null() => Action::Create,
            () if forced || !replace_paths.is_empty() => replacement,
            () if same => Action::NoOp,
            () => Action::Update,
        };
        let planned = if action.replaces() && tainted.is_none() {
            // Again, as if it were new, and with the private state that the first plan gave.
            self.plan(&Value::Null, &first.held.private, None, Warnings::KnownAlready)
                .await?
                .held
        } else {
            first.held
        };
        Ok(Change {
            private: planned.private,
            identity: planned.identity,
            replace_paths: if prior.is_null() { Vec::new() } else { replace_paths },
            is_tainted: tainted.is_some(),
            forced,
            ..Change::of(action, current.map_or(Value::Null, |object| object.value.clone()), planned.value)
        })
    }

    async fn plan(&self, prior: &Value, private: &[u8], identity: Option<&Value>, warnings: Warnings) -> Result<Planned, Failed> {
        let who = self.address.to_string();
        let proposed = proposed(self.schema(), prior, self.config);
        let asked = exchange::Change {
            kind: &self.resource.address.kind,
            prior,
            new: &proposed,
            config: self.config,
            private,
            identity,
        };
        let mut answer = self.provider.plan(asked).await;
        if warnings == Warnings::KnownAlready && !crate::core::diagnostics::has_errors(&answer.diagnostics) {
            answer.diagnostics.clear();
        }
        self.walk.say_about(Some(&self.resource.written), &who, answer.diagnostics)?;
        let broken = rules::plan_is_valid(self.schema(), prior, self.config, &answer.answer.held.value);
        rules::demand(
            "a plan keeps what is configured and decides only about what is computed",
            &who,
            broken,
        );
        Ok(answer.answer)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Warnings {
    Told,
    /// The same question was answered just before.
    KnownAlready,
}

/// Whether a plan changes what is at a path, or may.
fn changes(prior: &Value, planned: &Value, path: &Path) -> bool {
    let at = |value| {
        path.iter().fold(value, |value: &Value, step| match step {
            Step::Name(name) => value.get(name),
            Step::Index(index) => value.elements().get(*index).unwrap_or(&Value::Null),
        })
    };
    !prior.is_null() && at(prior).equals(at(planned)) != Some(true)
}

/// Compares a plan with the one that the apply made of it, in core's words.
pub fn inconsistency(schema: &Block, address: &Address, planned: &Change, now: &Change) -> Option<Diagnostic> {
    let expected = match planned.action {
        Action::DeleteThenCreate | Action::CreateThenDelete => Action::Create,
        other => other,
    };
    let actual = if now.action.replaces() && now.before.is_null() {
        Action::Create
    } else {
        now.action
    };
    let learned = format!("When expanding the plan for {address} to include new values learned so far during apply, provider");
    let inconsistent = |what: String| Diagnostic::error("Provider produced inconsistent final plan", what).about(&address.to_string());
    if actual != expected && !(expected == Action::Update && actual == Action::NoOp) {
        return Some(inconsistent(format!(
            "{learned} changed the planned action from {expected:?} to {actual:?}."
        )));
    }
    let broken = rules::keeps_the_plan(schema, &planned.after, &now.after);
    (!broken.is_empty()).then(|| inconsistent(format!("{learned} produced an invalid new value for {}", broken.join("\n"))))
}
