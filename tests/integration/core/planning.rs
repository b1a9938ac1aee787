//! What a plan makes of each object: refresh, import, change, delete.

use crate::core::change::{Action, Change, decide};
use crate::core::configuration::{Resource, Written};
use crate::core::exchange::{self, Held};
use crate::core::graph::Failed;
use crate::core::imports;
use crate::core::plan::{PlanWalk, Purpose};
use crate::core::provider::Provider;
use crate::core::rules;
use crate::core::state::{Address, Mode, Object, ResourceAddress, Standing};
use crate::core::value::Value;
use crate::core::walk::{Each, Walk};
use futures_util::future::join_all;
use std::collections::BTreeSet;

impl PlanWalk<'_> {
    /// The object in the state as the provider finds it now; `None` if there is none.
    async fn refreshed(
        &self,
        written: Option<&Written>,
        address: &Address,
        standing: Standing,
        provider: &Provider,
    ) -> Result<Option<Object>, Failed> {
        let who = address.to_string();
        let Some(object) = self.state.lock().unwrap().all(standing).get(address).cloned() else {
            return Ok(None);
        };
        let kind = &address.resource.kind;
        let upgraded = provider.upgrade(kind, &object).await;
        self.walk.say_about(written, &who, upgraded.diagnostics)?;
        // Before a destroy, a plan of its own has refreshed.
        if !self.options.refresh || self.options.purpose == Purpose::Destroy {
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
        let object = (!read.value.is_null()).then_some(Object {
            value: read.value,
            private: read.private,
            identity: read.identity,
            ..object
        });
        self.state.lock().unwrap().put(address, standing, object.clone());
        Ok(object)
    }

    pub async fn managed(&self, resource: &Resource, address: &Address, each: &Each) -> Result<Value, Failed> {
        let provider = self.walk.provider(&resource.provider);
        let (who, written) = (address.to_string(), Some(&resource.written));
        let mut current = self.refreshed(written, address, Standing::Current, provider).await?;
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
    pub async fn gone(&self, addresses: Vec<Address>) -> Result<(), Failed> {
        let deletes = addresses.into_iter().map(|address| async move {
            let _turn = self.walk.turns.acquire().await.unwrap();
            self.delete(&address, Standing::Current).await
        });
        join_all(deletes).await.into_iter().collect()
    }

    pub async fn delete(&self, address: &Address, standing: Standing) -> Result<(), Failed> {
        if address.resource.mode == Mode::Data {
            self.state.lock().unwrap().objects.remove(address);
            return Ok(());
        }
        let key = self.state.lock().unwrap().all(standing)[address].provider.clone();
        let provider = self.walk.provider(&key);
        let refreshed = self.refreshed(None, address, standing, provider).await?;
        let Some(object) = refreshed.filter(|_| self.options.purpose != Purpose::RefreshOnly) else {
            return Ok(());
        };
        let change = plan_delete(&self.walk, address, &object).await?;
        let changes = match standing {
            Standing::Current => &self.changes,
            Standing::Deposed => &self.deposed,
        };
        changes.lock().unwrap().insert(address.clone(), change);
        Ok(())
    }

    pub async fn data(&self, resource: &Resource, address: &Address, each: &Each) -> Result<Value, Failed> {
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
            let change = Change {
                config_is_known: config.is_wholly_known(),
                ..Change::of(Action::Read, before, planned.clone())
            };
            self.changes.lock().unwrap().insert(address.clone(), change);
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
            .flat_map(|address| self.walk.configuration.dependencies(address))
            .collect();
        named.extend(all);
        let changes = self.changes.lock().unwrap();
        changes.iter().any(|(address, change)| {
            named.contains(&address.resource) && address.resource.mode == Mode::Managed && change.action != Action::NoOp
        })
    }
}

/// Plans the delete of an object.
///
/// # Errors
/// The provider answered with errors, which have been said.
pub async fn plan_delete(walk: &Walk<'_>, address: &Address, object: &Object) -> Result<Change, Failed> {
    let provider = walk.provider(&object.provider);
    let mut private = object.private.clone();
    if provider.schemas.plans_destroys {
        let asked = exchange::Change {
            kind: &address.resource.kind,
            prior: &object.value,
            new: &Value::Null,
            config: &Value::Null,
            private: &object.private,
            identity: object.identity.as_ref(),
        };
        let planned = provider.plan(asked).await;
        walk.say_about(None, &address.to_string(), planned.diagnostics)?;
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
