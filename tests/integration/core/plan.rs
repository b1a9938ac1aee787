//! The plan walk: refresh, and what the configuration asks for compared with what is there.

use crate::core::change::{Action, Change, decide};
use crate::core::configuration::{Configuration, Resource, Written};
use crate::core::diagnostics::Diagnostic;
use crate::core::expression::Halt;
use crate::core::graph::{self, Failed};
use crate::core::imports::{self, ImportTarget, targets};
use crate::core::provider::{self, Held, Provider};
use crate::core::rules;
use crate::core::state::{Address, Key, Mode, Object, ResourceAddress, State};
use crate::core::value::Value;
use crate::core::walk::{Caller, Each, PARALLELISM, Walk, combined};
use futures_util::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// What `plan` does.
    Change,
    Destroy,
    RefreshOnly,
}

/// What a command is told to do.
#[derive(Clone, Debug)]
pub struct Options {
    pub purpose: Purpose,
    /// Whether providers are asked what is there.
    pub refresh: bool,
    /// Objects that are to be replaced, whatever the plan says.
    pub replace: Vec<Address>,
    pub parallelism: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            purpose: Purpose::Change,
            refresh: true,
            replace: Vec::new(),
            parallelism: PARALLELISM,
        }
    }
}

/// What an apply will do.
#[derive(Clone, Debug)]
pub struct Plan {
    pub options: Options,
    /// The configuration that was planned.
    pub configuration: Configuration,
    /// Of each object, also of those that stay as they are.
    pub changes: BTreeMap<Address, Change>,
    /// The state before the refresh, and after it.
    pub previous: State,
    pub state: State,
    /// Before and after.
    pub outputs: BTreeMap<String, (Value, Value)>,
}

impl Plan {
    /// Whether an apply would have something to do.
    pub fn is_empty(&self) -> bool {
        let changes = self
            .changes
            .values()
            .all(|change| change.action == Action::NoOp && !change.is_move() && !change.importing);
        match self.options.purpose {
            Purpose::RefreshOnly => self.previous == self.state,
            _ => changes && self.state.deposed.is_empty() && self.outputs.values().all(|(before, after)| before == after),
        }
    }
}

#[derive(Debug)]
pub struct PlanWalk<'a> {
    pub walk: Walk<'a>,
    options: &'a Options,
    imports: Vec<ImportTarget>,
    /// As the refresh leaves it.
    state: Mutex<State>,
    changes: Mutex<BTreeMap<Address, Change>>,
    /// Where an object was before.
    moved_from: BTreeMap<Address, Address>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Provider(String),
    Resource(ResourceAddress),
}

/// Plans, and says what came up; no plan if there was an error.
pub async fn plan(
    caller: &Caller,
    configuration: &Configuration,
    state: &State,
    options: &Options,
    stop: CancellationToken,
) -> (Option<Plan>, Vec<Diagnostic>) {
    let walk = Walk::start(caller, configuration, state, options.parallelism, stop).await;
    let (moved, moved_from) = moved(configuration, state);
    walk.begin_with(&moved);
    let imports = if options.purpose == Purpose::Change {
        targets(&walk).await
    } else {
        Vec::new()
    };
    let planning = PlanWalk {
        walk,
        options,
        imports,
        state: Mutex::new(moved),
        changes: Mutex::default(),
        moved_from,
    };
    let nodes = planning.nodes();
    planning.walk.stoppable(graph::run(nodes, |node| planning.visit(node))).await;
    let outputs = planning.outputs(state).await;
    let PlanWalk {
        walk,
        state: refreshed,
        changes,
        ..
    } = planning;
    let failed = walk.has_failed();
    let said = walk.finish().await;
    let plan = Plan {
        options: options.clone(),
        configuration: configuration.clone(),
        changes: changes.into_inner().unwrap(),
        previous: state.clone(),
        state: refreshed.into_inner().unwrap(),
        outputs,
    };
    ((!failed).then_some(plan), said)
}

/// The state with its objects where `moved` blocks say, and where they were.
fn moved(configuration: &Configuration, state: &State) -> (State, BTreeMap<Address, Address>) {
    let mut state = state.clone();
    let mut origins = BTreeMap::new();
    for (from, to) in &configuration.moved {
        let (from, to) = (Address::parse(from), Address::parse(to));
        let is_whole = from.key == Key::None && to.key == Key::None;
        let old: Vec<Address> = state
            .objects
            .keys()
            .filter(|a| **a == from || is_whole && a.resource == from.resource)
            .cloned()
            .collect();
        for address in old {
            assert!(
                from.resource.kind == to.resource.kind,
                "the bench does not play moves between types; use Workspace"
            );
            let target = if address == from {
                to.clone()
            } else {
                to.resource.instance(address.key.clone())
            };
            if !state.objects.contains_key(&target) {
                let object = state.objects.remove(&address).unwrap();
                state.objects.insert(target.clone(), object);
                origins.insert(target, address);
            }
        }
    }
    (state, origins)
}

impl PlanWalk<'_> {
    fn nodes(&self) -> BTreeMap<Node, BTreeSet<Node>> {
        let configuration = self.walk.configuration;
        let mut nodes = BTreeMap::new();
        let resources = |found: BTreeSet<ResourceAddress>| found.into_iter().map(Node::Resource);
        for key in self.walk.provider_keys() {
            let body = configuration.providers.get(key).map(|written| &written.body);
            let waits_for = body.map(|body| resources(configuration.resources_in(body)).collect());
            nodes.insert(Node::Provider(key.clone()), waits_for.unwrap_or_default());
        }
        for (address, resource) in &configuration.resources {
            let mut waits_for: BTreeSet<Node> = resources(configuration.resources_in(&resource.written.body)).collect();
            waits_for.insert(Node::Provider(resource.provider.clone()));
            nodes.insert(Node::Resource(address.clone()), waits_for);
        }
        let state = self.state.lock().unwrap();
        for (address, object) in &state.objects {
            let orphan = Node::Resource(address.resource.clone());
            nodes
                .entry(orphan)
                .or_insert_with(|| BTreeSet::from([Node::Provider(object.provider.clone())]));
        }
        if self.options.purpose == Purpose::Destroy {
            // What is known is the state; nothing is evaluated anew.
            for waits_for in nodes.values_mut() {
                waits_for.retain(|node| matches!(node, Node::Provider(_)));
            }
        }
        graph::among(&mut nodes);
        nodes
    }

    async fn visit(&self, node: Node) -> Result<(), Failed> {
        match node {
            Node::Provider(key) => self.walk.configure(&key).await,
            Node::Resource(address) => match self.walk.configuration.resources.get(&address) {
                Some(resource) if self.options.purpose != Purpose::Destroy => self.resource(resource).await,
                _ => self.gone(self.instances_in_state(&address)).await,
            },
        }
    }

    fn instances_in_state(&self, resource: &ResourceAddress) -> Vec<Address> {
        self.state
            .lock()
            .unwrap()
            .of_resource(resource)
            .map(|(address, _)| address.clone())
            .collect()
    }

    async fn resource(&self, resource: &Resource) -> Result<(), Failed> {
        let instances = self.walk.instances(resource).await?;
        let mut gone = self.instances_in_state(&resource.address);
        gone.retain(|address| !instances.iter().any(|(key, _)| *key == address.key));
        let planned = instances.into_iter().map(|(key, each)| async move {
            let address = resource.address.instance(key.clone());
            let _turn = self.walk.turns.acquire().await.unwrap();
            let value = match resource.address.mode {
                Mode::Managed => self.managed(resource, &address, &each).await,
                Mode::Data => self.data(resource, &address, &each).await,
            };
            value.map(|value| (key, value))
        });
        let (planned, gone) = tokio::join!(join_all(planned), self.gone(gone));
        let planned = planned.into_iter().collect::<Result<Vec<_>, _>>()?;
        gone?;
        self.walk.set_value(&resource.address, combined(resource, planned));
        Ok(())
    }

    /// The object in the state as the provider finds it now; `None` if there is none.
    async fn refreshed(&self, written: Option<&Written>, address: &Address, provider: &Provider) -> Result<Option<Object>, Failed> {
        let who = address.to_string();
        let Some(object) = self.state.lock().unwrap().objects.get(address).cloned() else {
            return Ok(None);
        };
        let kind = &address.resource.kind;
        let upgraded = provider.upgrade(kind, &object).await;
        self.walk.say_about(written, &who, upgraded.diagnostics)?;
        if !self.options.refresh {
            return Ok(Some(upgraded.answer));
        }
        let object = upgraded.answer;
        let held = Held {
            value: object.value.clone(),
            private: object.private.clone(),
            identity: object.identity.clone(),
        };
        let read = provider.read(kind, held).await;
        self.walk.say_about(written, &who, read.diagnostics)?;
        let read = read.answer;
        rules::demand("a refresh leaves nothing unknown", &who, rules::is_known(&read.value));
        let object = (!read.value.is_null()).then(|| Object {
            value: read.value,
            private: read.private,
            identity: read.identity,
            ..object
        });
        let mut state = self.state.lock().unwrap();
        match &object {
            Some(object) => drop(state.objects.insert(address.clone(), object.clone())),
            None => drop(state.objects.remove(address)),
        }
        Ok(object)
    }

    async fn managed(&self, resource: &Resource, address: &Address, each: &Each) -> Result<Value, Failed> {
        let provider = self.walk.provider(&resource.provider);
        let (who, written) = (address.to_string(), Some(&resource.written));
        let mut current = self.refreshed(written, address, provider).await?;
        let target = self.imports.iter().find(|target| target.to == *address && current.is_none());
        if let Some(target) = target {
            let object = imports::import(&self.walk, target, resource, provider).await?;
            self.state.lock().unwrap().objects.insert(address.clone(), object.clone());
            current = Some(object);
        }
        if self.options.purpose == Purpose::RefreshOnly {
            return Ok(current.map_or(Value::Unknown, |object| object.value));
        }
        let config = self.walk.config(resource, address, each).await?;
        self.walk.say_about(
            written,
            &who,
            provider.validate(Mode::Managed, &resource.address.kind, &config).await,
        )?;
        let forced = self.options.replace.contains(address) || self.is_triggered(resource);
        let mut change = decide(&self.walk, resource, address, current.as_ref(), &config, forced).await?;
        change.importing = target.is_some();
        change.moved_from = self.moved_from.get(address).cloned();
        let after = change.after.clone();
        self.changes.lock().unwrap().insert(address.clone(), change);
        Ok(after)
    }

    /// Whether something that `replace_triggered_by` names changes.
    fn is_triggered(&self, resource: &Resource) -> bool {
        let changes = self.changes.lock().unwrap();
        resource.replace_triggered_by.iter().any(|path| {
            let cause = ResourceAddress::at(path).unwrap();
            let skipped = if cause.mode == Mode::Data { 3 } else { 2 };
            changes
                .iter()
                .filter(|(address, _)| address.resource == cause)
                .any(|(_, change)| match path.get(skipped) {
                    _ if change.action.replaces() => true,
                    Some(attribute) => change.before.get(attribute) != change.after.get(attribute),
                    None => change.action == Action::Update,
                })
        })
    }

    /// Plans deletes of objects that the configuration has no longer.
    async fn gone(&self, addresses: Vec<Address>) -> Result<(), Failed> {
        let deletes = addresses.into_iter().map(|address| async move {
            let _turn = self.walk.turns.acquire().await.unwrap();
            self.delete(&address).await
        });
        join_all(deletes).await.into_iter().collect()
    }

    async fn delete(&self, address: &Address) -> Result<(), Failed> {
        if address.resource.mode == Mode::Data {
            self.state.lock().unwrap().objects.remove(address);
            return Ok(());
        }
        let key = self.state.lock().unwrap().objects[address].provider.clone();
        let provider = self.walk.provider(&key);
        let refreshed = match self.options.purpose {
            Purpose::Destroy => {
                let object = self.state.lock().unwrap().objects[address].clone();
                let upgraded = provider.upgrade(&address.resource.kind, &object).await;
                self.walk.say_about(None, &address.to_string(), upgraded.diagnostics)?;
                Some(upgraded.answer)
            }
            _ => self.refreshed(None, address, provider).await?,
        };
        let Some(object) = refreshed.filter(|_| self.options.purpose != Purpose::RefreshOnly) else {
            return Ok(());
        };
        let change = self.plan_delete(address, provider, &object).await?;
        self.changes.lock().unwrap().insert(address.clone(), change);
        Ok(())
    }

    async fn plan_delete(&self, address: &Address, provider: &Provider, object: &Object) -> Result<Change, Failed> {
        let mut private = object.private.clone();
        if provider.schemas.plans_destroys {
            let asked = provider::Change {
                kind: &address.resource.kind,
                prior: &object.value,
                new: &Value::Null,
                config: &Value::Null,
                private: &object.private,
                identity: object.identity.as_ref(),
            };
            let planned = provider.plan(asked).await;
            self.walk.say_about(None, &address.to_string(), planned.diagnostics)?;
            let planned = planned.answer.held;
            assert!(
                planned.value.is_null(),
                "core's rule for {address}: the plan of a destroy is null, not {}",
                planned.value
            );
            private = planned.private;
        }
        Ok(Change {
            private,
            identity: object.identity.clone(),
            ..Change::of(Action::Delete, object.value.clone(), Value::Null)
        })
    }

    async fn data(&self, resource: &Resource, address: &Address, each: &Each) -> Result<Value, Failed> {
        let provider = self.walk.provider(&resource.provider);
        let (kind, who) = (&resource.address.kind, address.to_string());
        let config = self.walk.config(resource, address, each).await?;
        let schema = provider.schemas.of(Mode::Data, kind);
        self.walk
            .say_about(Some(&resource.written), &who, provider.validate(Mode::Data, kind, &config).await)?;
        if !config.is_wholly_known() || self.waits_for_changes(resource) {
            let planned = schema.computed_unknown(&config);
            let before = self
                .state
                .lock()
                .unwrap()
                .objects
                .get(address)
                .map_or(Value::Null, |object| object.value.clone());
            self.changes
                .lock()
                .unwrap()
                .insert(address.clone(), Change::of(Action::Read, before, planned.clone()));
            return Ok(planned);
        }
        let read = provider.read_data(kind, &config).await;
        self.walk.say_about(Some(&resource.written), &who, read.diagnostics)?;
        rules::demand("data that was read is known", &who, rules::is_known(&read.answer));
        let object = Object {
            value: read.answer.clone(),
            provider: resource.provider.clone(),
            ..Object::default()
        };
        self.state.lock().unwrap().objects.insert(address.clone(), object);
        Ok(read.answer)
    }

    /// Whether something changes that `depends_on` names, or that this depends on itself.
    fn waits_for_changes(&self, resource: &Resource) -> bool {
        let mut named: BTreeSet<ResourceAddress> = resource.depends_on.iter().cloned().collect();
        let all: Vec<_> = named
            .iter()
            .flat_map(|address| dependencies(self.walk.configuration, address))
            .collect();
        named.extend(all);
        let changes = self.changes.lock().unwrap();
        changes.iter().any(|(address, change)| {
            named.contains(&address.resource) && address.resource.mode == Mode::Managed && change.action != Action::NoOp
        })
    }

    async fn outputs(&self, before: &State) -> BTreeMap<String, (Value, Value)> {
        let mut outputs: BTreeMap<_, _> = before
            .outputs
            .iter()
            .map(|(name, old)| (name.clone(), (old.clone(), Value::Null)))
            .collect();
        match self.options.purpose {
            Purpose::Destroy => return outputs,
            Purpose::RefreshOnly => return BTreeMap::new(),
            Purpose::Change if self.walk.has_failed() => return outputs,
            Purpose::Change => {}
        }
        for (name, new) in evaluated_outputs(&self.walk, &Each::One).await {
            let old = before.outputs.get(&name).cloned().unwrap_or_default();
            outputs.insert(name, (old, new));
        }
        outputs
    }
}

/// All outputs; what is wrong with one is said.
pub async fn evaluated_outputs(walk: &Walk<'_>, each: &Each) -> BTreeMap<String, Value> {
    let mut outputs = BTreeMap::new();
    for (name, written) in &walk.configuration.outputs {
        match walk
            .evaluate(each, |scope| scope.evaluate(&written.body.get_attribute("value").unwrap().value))
            .await
        {
            Ok(value) => drop(outputs.insert(name.clone(), value)),
            Err(halt) => say_wrong(walk, written, halt),
        }
    }
    outputs
}

fn say_wrong(walk: &Walk<'_>, written: &Written, halt: Halt) {
    let span = written.place(&vec![crate::core::diagnostics::Step::Name("value".to_owned())]);
    walk.say(written.error(halt, Some(span)));
}

/// All that a block depends on, near and far.
pub fn dependencies(configuration: &Configuration, address: &ResourceAddress) -> BTreeSet<ResourceAddress> {
    let mut found = BTreeSet::new();
    let mut left = vec![address.clone()];
    while let Some(next) = left.pop() {
        let Some(resource) = configuration.resources.get(&next) else {
            continue;
        };
        for near in configuration.resources_in(&resource.written.body) {
            if found.insert(near.clone()) {
                left.push(near);
            }
        }
    }
    found
}
