//! What all walks over a configuration share: the providers of one run, what names stand for, and what was said.

use crate::core::configuration::{Configuration, Repetition, Resource, Written};
use crate::core::diagnostics::{Diagnostic, has_errors};
use crate::core::endpoints;
use crate::core::expression::{Call, Halt, Scope, wrong};
use crate::core::graph::Failed;
use crate::core::provider::Provider;
use crate::core::schemas::Schemas;
use crate::core::state::{Address, Key, Mode, ResourceAddress, State};
use crate::core::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};
use terraform_provider_eks::protocol::Host;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// How the provider under test is started.
pub struct Caller<'a> {
    /// What the names of its types begin with.
    pub name: &'static str,
    pub start: Box<dyn Fn() -> Host + Send + Sync + 'a>,
    pub env: &'a [(String, String)],
    /// What happens besides, as soon as an apply has made an object.
    pub hooks: &'a Hooks,
    /// Asked for once.
    pub schemas: &'a OnceLock<Arc<Schemas>>,
}

/// By the address of the object.
pub type Hooks = Mutex<BTreeMap<String, Box<dyn FnOnce() + Send>>>;

impl std::fmt::Debug for Caller<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Which of the instances of a block is evaluated.
#[derive(Clone, Debug)]
pub enum Each {
    One,
    Count(usize),
    Pair(String, Value),
    /// While validating: some instance.
    Any,
}

/// How many nodes Terraform works on at a time, unless it is told another number.
pub const PARALLELISM: usize = 10;

#[derive(Debug)]
pub struct Walk<'a> {
    pub configuration: &'a Configuration,
    caller: &'a Caller<'a>,
    providers: BTreeMap<String, Provider>,
    /// Those that a resource uses. Functions need no configuration.
    pub to_configure: BTreeSet<String>,
    values: Mutex<BTreeMap<ResourceAddress, Value>>,
    calls: Mutex<BTreeMap<Call, Value>>,
    said: Mutex<Vec<Diagnostic>>,
    pub turns: Semaphore,
    pub stop: CancellationToken,
}

impl<'a> Walk<'a> {
    /// Starts the providers that the configuration or the state needs.
    pub async fn start(
        caller: &'a Caller<'a>,
        configuration: &'a Configuration,
        state: &State,
        parallelism: usize,
        stop: CancellationToken,
    ) -> Self {
        let objects = state.objects.values().chain(state.deposed.values());
        let mut needed: BTreeSet<String> = objects.map(|object| object.provider.clone()).collect();
        needed.extend(configuration.resources.values().map(|resource| resource.provider.clone()));
        let to_configure = needed.clone();
        if configuration.source.0.contains("provider::") {
            needed.insert(caller.name.to_owned());
        }
        let mut providers = BTreeMap::new();
        for key in needed {
            let local = key.split('.').next().unwrap();
            let provider = match local {
                "terraform" => Provider::built_in(),
                name if name == caller.name => {
                    let provider = Provider::start((caller.start)(), caller.schemas.get().cloned()).await;
                    caller.schemas.get_or_init(|| provider.schemas.clone());
                    provider
                }
                other => panic!("the bench does not play the provider {other:?}; use Workspace"),
            };
            providers.insert(key, provider);
        }
        Self {
            configuration,
            caller,
            providers,
            to_configure,
            values: Mutex::default(),
            calls: Mutex::default(),
            said: Mutex::default(),
            turns: Semaphore::new(parallelism),
            stop,
        }
    }

    /// Runs a walk; a stop in its middle is passed on to the providers.
    pub async fn stoppable(&self, work: impl Future<Output = ()>) {
        let stopping = async {
            self.stop.cancelled().await;
            for provider in self.providers.values() {
                provider.stop().await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = work => {}
            () = stopping => {}
        }
    }

    pub async fn finish(self) -> Vec<Diagnostic> {
        for provider in self.providers.into_values() {
            provider.shut_down().await;
        }
        self.said.into_inner().unwrap()
    }

    #[track_caller]
    pub fn provider(&self, key: &str) -> &Provider {
        &self.providers[key]
    }

    pub fn say(&self, diagnostic: Diagnostic) {
        self.said.lock().unwrap().push(diagnostic);
    }

    /// # Errors
    /// There is an error among them.
    pub fn say_all(&self, diagnostics: Vec<Diagnostic>) -> Result<(), Failed> {
        let failed = has_errors(&diagnostics);
        self.said.lock().unwrap().extend(diagnostics);
        if failed { Err(Failed) } else { Ok(()) }
    }

    pub fn has_failed(&self) -> bool {
        has_errors(&self.said.lock().unwrap())
    }

    /// Places what was said about a block at what it points at.
    ///
    /// # Errors
    /// There is an error among it.
    pub fn say_about(&self, written: Option<&Written>, who: &str, diagnostics: Vec<Diagnostic>) -> Result<(), Failed> {
        let placed = diagnostics.into_iter().map(|diagnostic| {
            let diagnostic = diagnostic.about(who);
            match written {
                Some(written) => {
                    let span = written.place(&diagnostic.path);
                    diagnostic.at(&written.title, span)
                }
                None => diagnostic,
            }
        });
        self.say_all(placed.collect())
    }

    /// Lets happen what a test wants to happen once this object was made.
    pub fn was_made(&self, address: &Address) {
        let hook = self.caller.hooks.lock().unwrap().remove(&address.to_string());
        if let Some(hook) = hook {
            hook();
        }
    }

    pub fn set_value(&self, resource: &ResourceAddress, value: Value) {
        self.values.lock().unwrap().insert(resource.clone(), value);
    }

    /// What a state knows stands for its resources until a walk knows better.
    pub fn begin_with(&self, state: &State) {
        for (address, resource) in &self.configuration.resources {
            let objects: Vec<_> = state
                .of_resource(address)
                .map(|(a, object)| (a.key.clone(), object.value.clone()))
                .collect();
            if !objects.is_empty() || resource.repetition.is_some() {
                self.set_value(address, resource.combined(objects));
            }
        }
    }

    /// Evaluates; functions of the provider are called as they are met.
    ///
    /// # Errors
    /// The expression is wrong, or a function says that its arguments are.
    pub async fn evaluate<T>(&self, each: &Each, of: impl Fn(&Scope) -> Result<T, Halt>) -> Result<T, Halt> {
        loop {
            match self.scope(each).and_then(|scope| of(&scope)) {
                Err(Halt::Call(call)) => {
                    let mut providers = self.providers.values();
                    let provider = providers.find(|provider| !provider.schemas.functions.is_empty());
                    let result = provider.expect("a provider with functions").call(&call).await?;
                    self.calls.lock().unwrap().insert(call, result);
                }
                evaluated => return evaluated,
            }
        }
    }

    fn scope(&self, each: &Each) -> Result<Scope, Halt> {
        let mut roots: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
        let mut data: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
        let values = self.values.lock().unwrap();
        for address in self.configuration.resources.keys() {
            let tree = if address.mode == Mode::Data { &mut data } else { &mut roots };
            let value = values.get(address).cloned().unwrap_or(Value::Unknown);
            tree.entry(address.kind.clone()).or_default().insert(address.name.clone(), value);
        }
        drop(values);
        let mut names: BTreeMap<String, Value> = roots.into_iter().map(|(kind, of)| (kind, Value::Map(of))).collect();
        names.insert(
            "data".to_owned(),
            Value::map(data.into_iter().map(|(kind, of)| (kind, Value::Map(of)))),
        );
        let pair = |key: &Value, value: &Value| Value::map([("key".to_owned(), key.clone()), ("value".to_owned(), value.clone())]);
        match each {
            Each::One => {}
            Each::Count(index) => {
                names.insert("count".to_owned(), Value::map([("index".to_owned(), Value::number(*index as f64))]));
            }
            Each::Pair(key, value) => drop(names.insert("each".to_owned(), pair(&Value::text(key), value))),
            Each::Any => {
                names.insert("count".to_owned(), Value::Unknown);
                names.insert("each".to_owned(), Value::Unknown);
            }
        }
        let calls = self.calls.lock().unwrap().clone();
        let mut scope = Scope { names, calls };
        self.add_variables(&mut scope)?;
        self.add_locals(&mut scope)?;
        Ok(scope)
    }

    fn add_variables(&self, scope: &mut Scope) -> Result<(), Halt> {
        let mut values = BTreeMap::new();
        for (name, default) in &self.configuration.variables {
            let given = self.configuration.given.get(name).cloned();
            let value = match (given, default) {
                (Some(given), _) => given,
                (None, Some(default)) => scope.evaluate(default)?,
                (None, None) => {
                    return Err(wrong(
                        "No value for required variable",
                        format!("The root module input variable {name:?} is not set."),
                    ));
                }
            };
            values.insert(name.clone(), value);
        }
        scope.names.insert("var".to_owned(), Value::Map(values));
        Ok(())
    }

    /// Locals may use each other, in any order. One that is wrong is missing, which is told where it is used.
    fn add_locals(&self, scope: &mut Scope) -> Result<(), Halt> {
        let mut values = BTreeMap::new();
        for _ in 0..=self.configuration.locals.len() {
            let before = values.len();
            scope.names.insert("local".to_owned(), Value::Map(values.clone()));
            for (name, expression) in &self.configuration.locals {
                match scope.evaluate(expression) {
                    Ok(value) => drop(values.insert(name.clone(), value)),
                    Err(Halt::Call(call)) => return Err(Halt::Call(call)),
                    Err(Halt::Wrong(..)) => {}
                }
            }
            if values.len() == before {
                break;
            }
        }
        scope.names.insert("local".to_owned(), Value::Map(values));
        Ok(())
    }

    /// The instances that a block has.
    ///
    /// # Errors
    /// How many is not known, or the argument is wrong.
    pub async fn instances(&self, resource: &Resource) -> Result<Vec<(Key, Each)>, Failed> {
        let said = |halt: Halt| {
            self.say(resource.written.error(halt, None).about(&resource.address.to_string()));
            Failed
        };
        let unknown = |what: &str| {
            wrong(
                &format!("Invalid {what} argument"),
                format!("The {what:?} value depends on resource attributes that cannot be determined until apply."),
            )
        };
        match &resource.repetition {
            None => Ok(vec![(Key::None, Each::One)]),
            Some(Repetition::Count(expression)) => {
                match self.evaluate(&Each::One, |scope| scope.evaluate(expression)).await.map_err(said)? {
                    Value::Number(number) => Ok((0..number.0 as usize).map(|i| (Key::Index(i), Each::Count(i))).collect()),
                    Value::Unknown => Err(said(unknown("count"))),
                    other => Err(said(wrong("Invalid count argument", format!("{other} is no number")))),
                }
            }
            Some(Repetition::ForEach(expression)) => {
                let pairs: Vec<(String, Value)> = match self.evaluate(&Each::One, |scope| scope.evaluate(expression)).await.map_err(said)? {
                    Value::Map(entries) => entries.into_iter().collect(),
                    Value::Set(elements) if elements.iter().all(|e| e.as_str().is_some()) => {
                        elements.into_iter().map(|e| (e.as_str().unwrap().to_owned(), e)).collect()
                    }
                    Value::Unknown | Value::Set(_) => return Err(said(unknown("for_each"))),
                    other => {
                        let detail = format!(
                            "The given \"for_each\" argument value is unsuitable: it must be a map, or set of strings, not {other}."
                        );
                        return Err(said(wrong("Invalid for_each argument", detail)));
                    }
                };
                Ok(pairs
                    .into_iter()
                    .map(|(key, value)| (Key::Text(key.clone()), Each::Pair(key, value)))
                    .collect())
            }
        }
    }

    /// A resource's arguments.
    ///
    /// # Errors
    /// They are not right; what is wrong has been said.
    pub async fn config(&self, resource: &Resource, address: &Address, each: &Each) -> Result<Value, Failed> {
        let schema = self
            .provider(&resource.provider)
            .schemas
            .of(resource.address.mode, &resource.address.kind);
        match self.evaluate(each, |scope| resource.written.decode(schema, scope)).await {
            Ok((config, faults)) => self
                .say_about(Some(&resource.written), &address.to_string(), faults)
                .map(|()| config),
            Err(halt) => {
                self.say(resource.written.error(halt, None).about(&address.to_string()));
                Err(Failed)
            }
        }
    }

    /// A provider's arguments.
    ///
    /// # Errors
    /// They are not right; what is wrong has been said.
    pub async fn provider_config(&self, key: &str) -> Result<Value, Failed> {
        let schema = &self.provider(key).schemas.provider;
        let Some(written) = self.configuration.providers.get(key) else {
            return Ok(schema.empty());
        };
        match self.evaluate(&Each::One, |scope| written.decode(schema, scope)).await {
            Ok((config, faults)) => self.say_about(Some(written), PROVIDER, faults).map(|()| config),
            Err(halt) => {
                self.say(written.error(halt, None));
                Err(Failed)
            }
        }
    }

    /// Checks and configures a provider.
    ///
    /// # Errors
    /// It does not like its configuration.
    pub async fn configure(&self, key: &str) -> Result<(), Failed> {
        if key == "terraform" {
            return Ok(());
        }
        let mut config = self.provider_config(key).await?;
        let written = self.configuration.providers.get(key);
        self.say_about(written, PROVIDER, self.provider(key).validate_provider(&config).await)?;
        endpoints::add(&mut config, self.caller.env);
        self.say_about(written, PROVIDER, self.provider(key).configure(&config).await)
    }
}

/// How messages name the provider.
pub const PROVIDER: &str = "provider[\"registry.terraform.io/eks-sso/eks\"]";
