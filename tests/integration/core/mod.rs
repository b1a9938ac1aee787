//! Terraform core, as far as one provider sees it: a configuration and its state, driven over the provider's own RPCs.
//!
//! What is played: the walks of validate, plan, apply, destroy, refresh and import, each with a provider of its own, as
//! the CLI has a process for each; the order of calls in them; the proposed new state; replacements with their second
//! plan; the plan that core makes once more within an apply, and the comparison of the two; tainted and deposed objects;
//! private state and identities; data sources that are read later; moves and imports; a stop. Nodes run as many at a
//! time as core lets them, each after those that it depends on.
//!
//! What core demands of each answer is checked (see [`rules`]): a test panics with the rule and the resource. Only
//! "Provider produced inconsistent final plan" is an error of the command, as it is there: a world that changes between
//! plan and apply leads to it without a fault of the provider.
//!
//! The provider is the real one behind its real services, tonic, prost and msgpack; only the process, the socket and TLS
//! are left out, since a pipe within the test takes their place. What depends on those, on the log, or on variables that
//! the AWS SDK reads from the process by itself, is tested with the CLI: `terraform.rs` has the same methods.
//!
//! What is not played panics and says so: modules, other providers, `check`, conditions, `removed`, `ignore_changes`,
//! provisioners, write-only attributes, moves between types, deferred actions, `-target`, generated configuration,
//! ephemeral resources, lists, actions. Types of variables are not looked at. An import by the command reads no data.
//!
//! Where the rules come from: the protocol's documentation ("Resource Instance Change Lifecycle", "Object Values in
//! Terraform"), and runs of Terraform 1.11.4 and 1.15.5 whose RPCs were counted and compared with those made here, for
//! plans, applies, replacements in both orders, taints, data sources that wait, refused deletes, and destroys.

mod apply;
mod change;
mod command;
mod configuration;
mod decoding;
mod diagnostics;
mod endpoints;
mod exchange;
mod expression;
mod form;
mod functions;
mod graph;
mod imports;
mod liar;
mod lives;
mod operations;
mod plan;
mod planning;
mod proofs;
mod proposed;
mod provider;
mod provider_functions;
mod rules;
mod schema;
mod schemas;
mod state;
mod terraform_data;
mod text;
mod validate;
mod value;
mod walk;

use crate::core::command::Command;
use crate::core::diagnostics::Diagnostic;
use crate::core::operations::Kept;
pub use crate::core::operations::Signals;
use crate::core::plan::Plan;
pub use crate::core::schema::{Attribute, Block, Kind, Type};
use crate::core::schemas::Schemas;
use crate::core::state::Address;
pub use crate::core::state::{Mode, Object, State};
use crate::emulator::World;
use crate::terraform::{Finding, Output};
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use terraform_provider_eks::aws::environment::Environment;
use terraform_provider_eks::protocol::Host;
use terraform_provider_eks::provider::EksProvider;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// A configuration and its state, with a provider within this process. It has the methods of
/// [`Workspace`](crate::terraform::Workspace), which runs the real Terraform.
#[derive(Clone, Debug)]
pub struct Bench {
    pub env: Vec<(String, String)>,
    kept: Arc<Kept>,
}

impl Bench {
    /// A bench whose provider runs in the world's member account.
    pub fn new(world: &World, config: &str) -> Self {
        let start = |env: Environment| Host::new(move || EksProvider::new(env.clone()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self::of("eks", start, runtime, config, world.credentials(&world.member))
    }

    /// A bench of any provider, on a runtime that may have a clock of its own. Types of the provider begin with its name.
    pub fn of(
        name: &'static str,
        start: impl Fn(Environment) -> Host + Send + Sync + 'static,
        runtime: Runtime,
        config: &str,
        env: Vec<(String, String)>,
    ) -> Self {
        let kept = Arc::new(Kept::new(name, Box::new(start), runtime));
        let bench = Self { env, kept };
        bench.write(config);
        bench
    }

    /// A bench with exactly these environment variables for AWS.
    pub fn with_env(world: &World, config: &str, env: &[(&str, &str)]) -> Self {
        let mut bench = Self::new(world, config);
        bench.env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        bench
    }

    pub fn set_env(&mut self, name: &str, value: &str) {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// Replaces the configuration. The terraform block is added.
    pub fn write(&self, config: &str) {
        self.kept.write(config);
    }

    /// The home of who runs the provider.
    pub fn path(&self) -> &Path {
        self.kept.dir.path()
    }

    pub fn file(&self, name: &str, content: &str) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    /// Lets something happen in the middle of an apply: as soon as it has made this object.
    pub fn once_made(&self, address: &str, happens: impl FnOnce() + Send + 'static) {
        self.kept.hooks.lock().unwrap().insert(address.to_owned(), Box::new(happens));
    }

    /// A command line, without the name of the command.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &Signals::default())
    }

    /// [`Self::run`], which can be stopped or killed by whoever holds a copy of the signals.
    #[track_caller]
    pub fn run_with(&self, arguments: &[&str], signals: &Signals) -> Output {
        self.kept.command(&self.env, Command::parse(arguments), signals)
    }

    /// [`Self::apply`], started.
    pub fn start_apply(&self) -> Running {
        self.start(&["apply"])
    }

    /// Starts a command that the test will act upon while it runs.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let signals = Signals::default();
        let stop = signals.stop.clone();
        let (bench, command) = (self.clone(), Command::parse(arguments));
        Running {
            thread: std::thread::spawn(move || bench.kept.command(&bench.env, command, &signals)),
            stop,
        }
    }

    #[track_caller]
    pub fn apply(&self) -> Output {
        self.run(&["apply"])
    }

    #[track_caller]
    pub fn destroy(&self) -> Output {
        self.run(&["destroy"])
    }

    /// A plan; its code is 0 if nothing is to be done, 2 if something is.
    #[track_caller]
    pub fn plan(&self) -> Output {
        self.run(&["plan", "-detailed-exitcode"])
    }

    #[track_caller]
    pub fn validate(&self) -> Output {
        self.run(&["validate"])
    }

    /// Applies the plan that [`Self::plan`] made.
    #[track_caller]
    pub fn apply_plan(&self) -> Output {
        self.run(&["apply", "plan"])
    }

    #[track_caller]
    pub fn import(&self, address: &str, id: &str) -> Output {
        self.run(&["import", address, id])
    }

    /// What a validation reports: the line that it points at, and the text.
    pub fn findings(&self) -> Vec<Finding> {
        let (source, found) = self.kept.validated(&self.env);
        let finding = |diagnostic: &Diagnostic| Finding {
            line: diagnostic.line(&source),
            severity: if diagnostic.is_error { "error" } else { "warning" }.to_owned(),
            text: format!("{}: {}", diagnostic.summary, diagnostic.detail.trim()),
        };
        found.iter().map(finding).collect()
    }

    /// What the provider tells of its resources and data sources.
    pub fn schemas(&self) -> Arc<Schemas> {
        self.kept.told_schemas(&self.env)
    }

    /// Says that there is nothing to do.
    #[track_caller]
    pub fn plans_nothing(&self) {
        let plan = self.plan();
        assert_eq!(plan.code, Some(0), "expected an empty plan:\n{}", plan.text);
    }

    /// The plan of [`Self::plan`] as JSON.
    pub fn plan_json(&self) -> Json {
        let plan = self.kept.plan.lock().unwrap();
        let plan = plan.as_ref().expect("a plan was made before");
        let changes = plan.changes.iter().map(|(address, change)| {
            let mode = if address.resource.mode == Mode::Data { "data" } else { "managed" };
            json!({
                "address": address.to_string(), "mode": mode, "type": address.resource.kind,
                "name": address.resource.name, "change": change.json(),
            })
        });
        let outputs = plan.outputs.iter().map(|(name, (before, after))| {
            let change = json!({ "before": before.json(), "after": after.json(), "after_unknown": after.unknown_json() });
            (name.clone(), change)
        });
        json!({
            "resource_changes": changes.collect::<Vec<_>>(),
            "output_changes": outputs.collect::<serde_json::Map<_, _>>(),
        })
    }

    /// The change that was planned for an address.
    #[track_caller]
    pub fn change(&self, address: &str) -> Json {
        let plan = self.kept.plan.lock().unwrap();
        let plan = plan.as_ref().expect("a plan was made before");
        let change = plan.changes.get(&Address::parse(address));
        change.unwrap_or_else(|| panic!("no change of {address}")).json()
    }

    /// Attributes of a resource or data source in the state.
    #[track_caller]
    pub fn state(&self, address: &str) -> Json {
        let state = self.kept.state.lock().unwrap();
        let object = state.objects.get(&Address::parse(address));
        object.unwrap_or_else(|| panic!("{address} is not in the state")).value.json()
    }

    /// All outputs, as `terraform output -json` gives them.
    pub fn outputs(&self) -> Json {
        let state = self.kept.state.lock().unwrap();
        let outputs = state
            .outputs
            .iter()
            .map(|(name, value)| (name.clone(), json!({ "value": value.json() })));
        Json::Object(outputs.collect())
    }

    /// Whether the next plan replaces a resource because its create failed.
    #[track_caller]
    pub fn is_tainted(&self, address: &str) -> bool {
        self.kept.state.lock().unwrap().objects[&Address::parse(address)].tainted
    }

    /// What this bench has come to: its state, and the plan that was made last.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            state: self.kept.state.lock().unwrap().clone(),
            plan: self.kept.plan.lock().unwrap().clone(),
            schemas: self.kept.schemas.get().cloned(),
        }
    }

    /// Goes on where another bench was.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.kept.state.lock().unwrap().clone_from(&snapshot.state);
        self.kept.plan.lock().unwrap().clone_from(&snapshot.plan);
        if let Some(schemas) = &snapshot.schemas {
            self.kept.schemas.get_or_init(|| schemas.clone());
        }
    }

    /// Addresses in the state.
    pub fn addresses(&self) -> Vec<String> {
        self.kept.state.lock().unwrap().objects.keys().map(Address::to_string).collect()
    }
}

/// What a [`Bench`] has come to.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub state: State,
    plan: Option<Plan>,
    schemas: Option<Arc<Schemas>>,
}

/// A command that runs.
#[derive(Debug)]
pub struct Running {
    thread: JoinHandle<Output>,
    stop: CancellationToken,
}

impl Running {
    /// What Terraform does upon Ctrl-C: it asks its providers to stop, and begins nothing new.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits for its end.
    pub fn finish(self) -> Output {
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
