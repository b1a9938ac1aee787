//! The apply walk: each change of a plan is planned once more, with what is known by then, and made.

use crate::core::change::{Action, Change, decide, inconsistency};
use crate::core::configuration::Resource;
use crate::core::diagnostics::{Diagnostic, has_errors};
use crate::core::exchange::{self, Held};
use crate::core::graph::{self, Failed};
use crate::core::plan::{Plan, Purpose, evaluated_outputs};
use crate::core::planning::plan_delete;
use crate::core::rules;
use crate::core::state::{Address, Mode, Object, ResourceAddress, Standing, State};
use crate::core::value::Value;
use crate::core::walk::{Caller, Each, Walk};
use futures_util::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// How many objects were added, changed and destroyed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub imported: usize,
    pub added: usize,
    pub changed: usize,
    pub destroyed: usize,
}

#[derive(Debug)]
struct Apply<'a> {
    walk: Walk<'a>,
    plan: &'a Plan,
    /// As it is by now.
    state: Mutex<State>,
    counts: Mutex<Counts>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Provider(String),
    Resource(ResourceAddress),
    Destroy(Address, Standing),
}

/// Applies a plan, and says what came up. The state is what is there after it, whatever happened.
pub async fn apply(caller: &Caller<'_>, plan: &Plan, stop: CancellationToken) -> (State, Counts, Vec<Diagnostic>) {
    let walk = Walk::start(caller, &plan.configuration, &plan.state, plan.options.parallelism, stop).await;
    walk.begin_with(&plan.state);
    let applying = Apply {
        walk,
        plan,
        state: Mutex::new(plan.state.clone()),
        counts: Mutex::default(),
    };
    applying
        .walk
        .stoppable(graph::run(applying.nodes(), |node| applying.visit(node)))
        .await;
    let mut outputs = evaluated_outputs(&applying.walk, &Each::One).await;
    if plan.options.purpose == Purpose::Destroy {
        outputs.clear();
    }
    let Apply { walk, state, counts, .. } = applying;
    let mut state = state.into_inner().unwrap();
    outputs.retain(|_, value| value.is_wholly_known() && !value.is_null());
    state.outputs = outputs;
    (state, counts.into_inner().unwrap(), walk.finish().await)
}

impl Apply<'_> {
    fn nodes(&self) -> BTreeMap<Node, BTreeSet<Node>> {
        let configuration = &self.plan.configuration;
        let mut nodes: BTreeMap<Node, BTreeSet<Node>> = BTreeMap::new();
        let is_destroy = self.plan.options.purpose == Purpose::Destroy;
        let resources = |found: BTreeSet<ResourceAddress>| found.into_iter().map(Node::Resource);
        for key in &self.walk.to_configure {
            let body = configuration.providers.get(key).map(|written| &written.body);
            let waits_for = body.map(|body| resources(configuration.resources_in(body)).collect());
            nodes.insert(Node::Provider(key.clone()), waits_for.unwrap_or_default());
        }
        for (address, resource) in configuration.resources.iter().filter(|_| !is_destroy) {
            let mut waits_for: BTreeSet<Node> = resources(configuration.resources_in(&resource.written.body)).collect();
            waits_for.insert(Node::Provider(resource.provider.clone()));
            let replaced = self
                .plan
                .changes
                .iter()
                .filter(|(a, change)| a.resource == *address && change.action == Action::DeleteThenCreate);
            waits_for.extend(replaced.map(|(address, _)| Node::Destroy(address.clone(), Standing::Current)));
            nodes.insert(Node::Resource(address.clone()), waits_for);
        }
        self.add_destroys(&mut nodes);
        graph::among(&mut nodes);
        nodes
    }

    /// What depends on something is destroyed before it.
    fn add_destroys(&self, nodes: &mut BTreeMap<Node, BTreeSet<Node>>) {
        let state = &self.plan.state;
        let dying = |address: &Address| {
            self.plan
                .changes
                .get(address)
                .is_some_and(|change| change.action == Action::Delete || change.action == Action::DeleteThenCreate)
        };
        for (address, object) in state.objects.iter().filter(|(address, _)| dying(address)) {
            let provider = Node::Provider(object.provider.clone());
            let dependents = state
                .objects
                .iter()
                .filter(|(_, other)| other.dependencies.contains(&address.resource));
            let mut waits_for: BTreeSet<Node> = dependents
                .map(|(dependent, _)| Node::Destroy(dependent.clone(), Standing::Current))
                .collect();
            waits_for.extend(self.users_of_provider_with(address));
            waits_for.insert(provider);
            nodes.insert(Node::Destroy(address.clone(), Standing::Current), waits_for);
        }
        let changes = self.plan.changes.iter();
        let replaced = changes.filter(|(_, change)| change.action == Action::CreateThenDelete);
        for address in replaced.map(|(address, _)| address) {
            let resources = self.plan.configuration.resources.keys();
            let dependents = resources.filter(|other| self.plan.configuration.dependencies(other).contains(&address.resource));
            let mut waits_for: BTreeSet<Node> = dependents.cloned().map(Node::Resource).collect();
            waits_for.insert(Node::Resource(address.resource.clone()));
            nodes.insert(Node::Destroy(address.clone(), Standing::Deposed), waits_for);
        }
        for address in self.plan.deposed.keys() {
            let waits_for = BTreeSet::from([Node::Provider(state.deposed[address].provider.clone())]);
            nodes.insert(Node::Destroy(address.clone(), Standing::Deposed), waits_for);
        }
    }

    /// Objects to be destroyed by a provider whose configuration needs this one.
    fn users_of_provider_with(&self, address: &Address) -> Vec<Node> {
        let configuration = &self.plan.configuration;
        let uses = |key: &String| {
            let written = configuration.providers.get(key);
            written.is_some_and(|written| configuration.resources_in(&written.body).contains(&address.resource))
        };
        let objects = self.plan.state.objects.iter();
        objects
            .filter(|(_, object)| uses(&object.provider))
            .map(|(user, _)| Node::Destroy(user.clone(), Standing::Current))
            .collect()
    }

    async fn visit(&self, node: Node) -> Result<(), Failed> {
        if self.walk.stop.is_cancelled() {
            // What is under way is finished; nothing is begun.
            self.walk.say(Diagnostic::error("execution halted", ""));
            return Err(Failed);
        }
        match node {
            Node::Provider(key) => self.walk.configure(&key).await,
            Node::Resource(address) => self.resource(&self.plan.configuration.resources[&address]).await,
            Node::Destroy(address, standing) => {
                let _turn = self.walk.turns.acquire().await.unwrap();
                self.destroy(&address, standing).await
            }
        }
    }

    async fn resource(&self, resource: &Resource) -> Result<(), Failed> {
        let instances = self.walk.instances(resource).await?;
        let applied = instances.into_iter().map(|(key, each)| async move {
            let address = resource.address.instance(key.clone());
            let _turn = self.walk.turns.acquire().await.unwrap();
            let Some(planned) = self.plan.changes.get(&address).filter(|planned| !self.stays(planned)) else {
                return Ok((key, self.value(&address)));
            };
            match resource.address.mode {
                Mode::Managed => self.managed(resource, &address, &each, planned).await?,
                Mode::Data => self.data(resource, &address, &each).await?,
            }
            Ok((key, self.value(&address)))
        });
        let applied = join_all(applied).await.into_iter().collect::<Result<Vec<_>, Failed>>()?;
        self.walk.set_value(&resource.address, resource.combined(applied));
        Ok(())
    }

    /// What stays as it is, is not planned again.
    fn stays(&self, planned: &Change) -> bool {
        if planned.importing {
            self.counts.lock().unwrap().imported += 1;
        }
        planned.action == Action::NoOp
    }

    fn value(&self, address: &Address) -> Value {
        self.state
            .lock()
            .unwrap()
            .objects
            .get(address)
            .map_or(Value::Unknown, |object| object.value.clone())
    }

    async fn managed(&self, resource: &Resource, address: &Address, each: &Each, planned: &Change) -> Result<(), Failed> {
        if planned.action != Action::CreateThenDelete {
            let current = self.state.lock().unwrap().objects.get(address).cloned();
            return self.changed(resource, address, each, planned, current).await;
        }
        {
            let mut state = self.state.lock().unwrap();
            let old = state.objects.remove(address).expect("what is replaced is there");
            let older = state.deposed.insert(address.clone(), old);
            assert!(
                older.is_none(),
                "the bench does not play a second replacement before the first is done; use Workspace"
            );
        }
        // If it cannot even be planned again, the old one stays deposed: so does core leave it.
        self.changed(resource, address, each, planned, None).await
    }

    /// Plans a change once more and makes it.
    async fn changed(
        &self,
        resource: &Resource,
        address: &Address,
        each: &Each,
        planned: &Change,
        current: Option<Object>,
    ) -> Result<(), Failed> {
        let provider = self.walk.provider(&resource.provider);
        let (who, kind, written) = (address.to_string(), &resource.address.kind, Some(&resource.written));
        let mut current = current;
        if let Some(object) = &current {
            let upgraded = provider.upgrade(kind, object).await;
            self.walk.say_about(written, &who, upgraded.diagnostics)?;
            current = Some(upgraded.answer);
        }
        let config = self.walk.config(resource, address, each).await?;
        self.walk
            .say_about(written, &who, provider.validate(Mode::Managed, kind, &config).await)?;
        let now = decide(&self.walk, resource, address, current.as_ref(), &config, false).await?;
        let inconsistent = inconsistency(provider.schemas.of(Mode::Managed, kind), address, planned, &now);
        self.walk.say_all(inconsistent.into_iter().collect())?;
        if now.action == Action::NoOp {
            return Ok(());
        }
        assert!(
            config.is_wholly_known(),
            "{address} is applied while its configuration is not known: {config}"
        );
        let made = self.make(resource, address, current.as_ref(), &config, &now).await;
        let mut state = self.state.lock().unwrap();
        if made.is_err() && planned.action == Action::CreateThenDelete && !state.objects.contains_key(address) {
            // What was to be replaced and has no successor is itself again.
            let old = state.deposed.remove(address);
            state.put(address, Standing::Current, old);
        }
        made
    }

    async fn make(
        &self,
        resource: &Resource,
        address: &Address,
        current: Option<&Object>,
        config: &Value,
        change: &Change,
    ) -> Result<(), Failed> {
        let provider = self.walk.provider(&resource.provider);
        let (who, kind) = (address.to_string(), &resource.address.kind);
        let null = Value::Null;
        let asked = exchange::Change {
            kind,
            prior: current.map_or(&null, |object| &object.value),
            new: &change.after,
            config,
            private: &change.private,
            identity: change.identity.as_ref(),
        };
        let applied = provider.apply(asked).await;
        let (held, said) = (applied.answer, applied.diagnostics);
        let failed = has_errors(&said);
        rules::demand("after an apply nothing is unknown", &who, rules::is_known(&held.value));
        if !failed {
            let broken = rules::keeps_the_plan(provider.schemas.of(Mode::Managed, kind), &change.after, &held.value);
            rules::demand(
                "an apply keeps what its plan said (\"Provider produced inconsistent result after apply\")",
                &who,
                broken,
            );
            self.count(if current.is_some() { Action::Update } else { Action::Create });
        }
        self.keep(resource, address, current, held, failed);
        if !failed {
            self.walk.was_made(address);
        }
        self.walk.say_about(Some(&resource.written), &who, said)
    }

    /// Into the state, where an error does not take away what was there.
    fn keep(&self, resource: &Resource, address: &Address, current: Option<&Object>, held: Held, failed: bool) {
        let mut state = self.state.lock().unwrap();
        if held.value.is_null() {
            // An update that says nothing leaves the state as it was.
            return;
        }
        let known = self.plan.configuration.dependencies(&resource.address);
        let object = Object {
            value: held.value,
            private: held.private,
            identity: held.identity,
            // What a failed create leaves is replaced by the next plan.
            tainted: failed && current.is_none_or(|object| object.tainted),
            create_before_destroy: self.plan.configuration.creates_before_destroy(&resource.address),
            dependencies: known.into_iter().filter(|address| address.mode == Mode::Managed).collect(),
            provider: resource.provider.clone(),
        };
        state.objects.insert(address.clone(), object);
    }

    async fn data(&self, resource: &Resource, address: &Address, each: &Each) -> Result<(), Failed> {
        let provider = self.walk.provider(&resource.provider);
        let (kind, who) = (&resource.address.kind, address.to_string());
        let config = self.walk.config(resource, address, each).await?;
        let read = provider.read_data(kind, &config).await;
        self.walk.say_about(Some(&resource.written), &who, read.diagnostics)?;
        rules::demand("data that was read is known", &who, rules::is_known(&read.answer));
        let object = Object {
            value: read.answer,
            provider: resource.provider.clone(),
            ..Object::default()
        };
        self.state.lock().unwrap().objects.insert(address.clone(), object);
        Ok(())
    }

    async fn destroy(&self, address: &Address, standing: Standing) -> Result<(), Failed> {
        let Some(object) = self.state.lock().unwrap().all(standing).get(address).cloned() else {
            return Ok(());
        };
        let private = match standing {
            Standing::Current => self.plan.changes[address].private.clone(),
            // Planned only now, since this very apply may have deposed it.
            Standing::Deposed => plan_delete(&self.walk, address, &object).await?.private,
        };
        let left = self.delete(address, object, &private).await;
        let failed = left.is_some();
        self.state.lock().unwrap().put(address, standing, left);
        if failed { Err(Failed) } else { Ok(()) }
    }

    /// Deletes, and gives what is left if that failed.
    async fn delete(&self, address: &Address, object: Object, private: &[u8]) -> Option<Object> {
        let provider = self.walk.provider(&object.provider);
        let who = address.to_string();
        let upgraded = provider.upgrade(&address.resource.kind, &object).await;
        if self.walk.say_about(None, &who, upgraded.diagnostics).is_err() {
            return Some(object);
        }
        let object = upgraded.answer;
        let asked = exchange::Change {
            kind: &address.resource.kind,
            prior: &object.value,
            new: &Value::Null,
            config: &Value::Null,
            private,
            identity: object.identity.as_ref(),
        };
        let applied = provider.apply(asked).await;
        let (held, failed) = (applied.answer, has_errors(&applied.diagnostics));
        let _ = self.walk.say_about(None, &who, applied.diagnostics);
        if failed && held.value.is_null() {
            return Some(object);
        }
        if failed {
            return Some(Object {
                value: held.value,
                private: held.private,
                ..object
            });
        }
        assert!(
            held.value.is_null(),
            "core's rule for {address}: a delete without an error leaves nothing, not {}",
            held.value
        );
        self.count(Action::Delete);
        None
    }

    fn count(&self, action: Action) {
        let mut counts = self.counts.lock().unwrap();
        match action {
            Action::Create => counts.added += 1,
            Action::Delete => counts.destroyed += 1,
            _ => counts.changed += 1,
        }
    }
}
