//! The plan walk: refresh, and what the configuration asks for compared with what is there.

use crate::core::change::{Action, Change};
use crate::core::configuration::{Configuration, Resource, Written};
use crate::core::diagnostics::Diagnostic;
use crate::core::expression::Halt;
use crate::core::graph::{self, Failed};
use crate::core::imports::{ImportTarget, targets};
use crate::core::state::{Address, Key, Mode, ResourceAddress, Standing, State};
use crate::core::value::Value;
use crate::core::walk::{Caller, Each, PARALLELISM, Walk};
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
    /// Deletes of objects that an earlier apply replaced and could not delete.
    pub deposed: BTreeMap<Address, Change>,
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
            _ => changes && self.deposed.is_empty() && self.outputs.values().all(|(before, after)| before == after),
        }
    }
}

#[derive(Debug)]
pub struct PlanWalk<'a> {
    pub walk: Walk<'a>,
    pub options: &'a Options,
    pub imports: Vec<ImportTarget>,
    /// As the refresh leaves it.
    pub state: Mutex<State>,
    pub changes: Mutex<BTreeMap<Address, Change>>,
    pub deposed: Mutex<BTreeMap<Address, Change>>,
    /// Where an object was before.
    pub moved_from: BTreeMap<Address, Address>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Provider(String),
    Resource(ResourceAddress),
    Deposed(Address),
}

/// Plans, and says what came up; no plan if there was an error.
pub async fn plan(
    caller: &Caller<'_>,
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
        deposed: Mutex::default(),
        moved_from,
    };
    let nodes = planning.nodes();
    planning.walk.stoppable(graph::run(nodes, |node| planning.visit(node))).await;
    let outputs = planning.outputs(state).await;
    let PlanWalk {
        walk,
        state: refreshed,
        changes,
        deposed,
        ..
    } = planning;
    let failed = walk.has_failed();
    let said = walk.finish().await;
    let plan = Plan {
        options: options.clone(),
        configuration: configuration.clone(),
        changes: changes.into_inner().unwrap(),
        deposed: deposed.into_inner().unwrap(),
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
        for key in &self.walk.to_configure {
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
        for (address, object) in &state.deposed {
            nodes.insert(
                Node::Deposed(address.clone()),
                BTreeSet::from([Node::Provider(object.provider.clone())]),
            );
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
            Node::Deposed(address) => {
                let _turn = self.walk.turns.acquire().await.unwrap();
                self.delete(&address, Standing::Deposed).await
            }
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
        self.walk.set_value(&resource.address, resource.combined(planned));
        Ok(())
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
