//! Terraform core, as far as one provider sees it: a configuration and its state, driven over the provider's own RPCs.

mod apply;
mod change;
mod command;
mod configuration;
mod diagnostics;
mod endpoints;
mod expression;
mod functions;
mod graph;
mod imports;
mod plan;
mod proposed;
mod provider;
mod rules;
mod schema;
mod state;
mod terraform_data;
mod text;
mod validate;
mod value;
mod walk;

use crate::core::apply::apply;
use crate::core::command::Command;
use crate::core::configuration::{Configuration, Source};
use crate::core::diagnostics::{Diagnostic, has_errors};
use crate::core::imports::ImportTarget;
use crate::core::plan::{Options, Plan, Purpose, plan};
use crate::core::provider::Schemas;
pub use crate::core::schema::{Attribute, Block, Kind, Type};
pub use crate::core::state::Mode;
use crate::core::state::{Address, State};
use crate::core::walk::Caller;
use crate::emulator::World;
use crate::terraform::{Finding, Output};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use terraform_provider_eks::aws::environment::Environment;
use terraform_provider_eks::protocol::Host;
use terraform_provider_eks::provider::EksProvider;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// What stands before each configuration, so that lines are those of a test that uses the CLI.
const HEADER: &str = "terraform {\n  required_providers {\n    eks = { source = \"eks-sso/eks\" }\n  }\n}\n\n";

/// A configuration and its state, with a provider within this process. It has the methods of
/// [`Workspace`](crate::terraform::Workspace), which runs the real Terraform.
#[derive(Clone, Debug)]
pub struct Bench {
    pub env: Vec<(String, String)>,
    kept: Arc<Kept>,
}

/// What one command leaves to the next.
#[derive(Debug)]
struct Kept {
    runtime: Runtime,
    schemas: Arc<OnceLock<Arc<Schemas>>>,
    text: Mutex<String>,
    state: Mutex<State>,
    plan: Mutex<Option<Plan>>,
}

impl Bench {
    /// A bench whose provider runs in the world's member account.
    pub fn new(world: &World, config: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let kept = Kept {
            runtime,
            schemas: Arc::default(),
            text: Mutex::default(),
            state: Mutex::default(),
            plan: Mutex::default(),
        };
        let bench = Self {
            env: world.credentials(&world.member),
            kept: Arc::new(kept),
        };
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
        *self.kept.text.lock().unwrap() = format!("{HEADER}{config}");
    }

    fn caller(&self) -> Caller {
        let env = Environment::from_pairs(self.env.clone());
        Caller {
            name: "eks",
            start: Box::new(move || {
                let env = env.clone();
                Host::new(move || EksProvider::new(env.clone()))
            }),
            env: self.env.clone(),
            schemas: self.kept.schemas.clone(),
        }
    }

    fn configuration(&self) -> Result<Configuration, Output> {
        let text = self.kept.text.lock().unwrap().clone();
        Configuration::parse(&text).map_err(|wrong| output(1, wrong.text(&Source(text))))
    }

    /// A command line, without the name of the command.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(Command::parse(arguments), CancellationToken::new())
    }

    fn command(&self, command: Command, stop: CancellationToken) -> Output {
        match command {
            Command::Validate => {
                let (source, found) = self.validated();
                output(i32::from(has_errors(&found)), text::diagnostics(&found, &source))
            }
            Command::Plan { options, detailed } => match self.planned(&options, &stop) {
                Ok((plan, text)) => {
                    let code = if plan.is_empty() || !detailed { 0 } else { 2 };
                    *self.kept.plan.lock().unwrap() = Some(plan);
                    output(code, text)
                }
                Err(failed) => failed,
            },
            Command::Apply(options) => match self.planned(&options, &stop) {
                Ok((plan, text)) => self.applied(&plan, text, stop),
                Err(failed) => failed,
            },
            Command::ApplyPlan { parallelism } => {
                let mut plan = self.kept.plan.lock().unwrap().clone().expect("a plan was made before");
                plan.options.parallelism = parallelism.unwrap_or(plan.options.parallelism);
                if plan.previous != *self.kept.state.lock().unwrap() {
                    let stale = "The given plan file can no longer be applied because the state was changed by another operation after the plan was created.";
                    return output(1, Diagnostic::error("Saved plan is stale", stale).text(&Source::default()));
                }
                self.applied(&plan, String::new(), stop)
            }
            Command::Import { to, id } => self.imported(&to, &id),
            Command::Forget(address) => {
                let removed = self.kept.state.lock().unwrap().objects.remove(&address);
                output(i32::from(removed.is_none()), format!("Removed {address}\n"))
            }
            Command::Taint(address, tainted) => {
                self.kept
                    .state
                    .lock()
                    .unwrap()
                    .objects
                    .get_mut(&address)
                    .expect("in the state")
                    .tainted = tainted;
                output(0, String::new())
            }
            Command::Output(name) => {
                let state = self.kept.state.lock().unwrap();
                let value = state.outputs.get(&name).unwrap_or_else(|| panic!("no output {name}"));
                output(0, value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            }
        }
    }

    fn validated(&self) -> (Source, Vec<Diagnostic>) {
        let text = self.kept.text.lock().unwrap().clone();
        match Configuration::parse(&text) {
            Ok(configuration) => {
                let found = self.kept.runtime.block_on(validate::validate(&self.caller(), &configuration));
                (configuration.source, found)
            }
            Err(wrong) => (Source(text), vec![wrong]),
        }
    }

    /// The plan and what is printed for it.
    fn planned(&self, options: &Options, stop: &CancellationToken) -> Result<(Plan, String), Output> {
        let configuration = self.configuration()?;
        let (caller, source) = (self.caller(), &configuration.source);
        let state = self.kept.state.lock().unwrap().clone();
        let runtime = &self.kept.runtime;
        let wrong = |found: &[Diagnostic]| output(1, text::diagnostics(found, source));
        let found = runtime.block_on(validate::validate(&caller, &configuration));
        if has_errors(&found) {
            return Err(wrong(&found));
        }
        let mut base = state.clone();
        if options.purpose == Purpose::Destroy && options.refresh {
            // A destroy refreshes by a plan of its own, which must succeed.
            let refreshing = Options {
                purpose: Purpose::Change,
                ..options.clone()
            };
            let (refreshed, found) = runtime.block_on(plan(&caller, &configuration, &state, &refreshing, stop.clone()));
            base = refreshed.ok_or_else(|| wrong(&found))?.state;
        }
        let (planned, said) = runtime.block_on(plan(&caller, &configuration, &base, options, stop.clone()));
        let mut planned = planned.ok_or_else(|| wrong(&said))?;
        planned.previous = state;
        let text = format!("{}\n{}", text::plan(&planned, &caller), text::diagnostics(&said, source));
        Ok((planned, text))
    }

    fn applied(&self, plan: &Plan, mut text: String, stop: CancellationToken) -> Output {
        let (state, counts, said) = self.kept.runtime.block_on(apply(&self.caller(), plan, stop.clone()));
        *self.kept.state.lock().unwrap() = state;
        if stop.is_cancelled() {
            text += "Interrupt received.\nPlease wait for Terraform to exit or data loss may occur.\nGracefully shutting down...\n";
        }
        let failed = has_errors(&said);
        text += &text::diagnostics(&said, &plan.configuration.source);
        if !failed {
            text += &text::applied(&counts, plan.options.purpose == Purpose::Destroy);
        }
        output(i32::from(failed), text)
    }

    fn imported(&self, to: &Address, id: &str) -> Output {
        let configuration = match self.configuration() {
            Ok(configuration) => configuration,
            Err(failed) => return failed,
        };
        let target = ImportTarget {
            to: to.clone(),
            id: id.to_owned(),
            identity: None,
        };
        let mut state = self.kept.state.lock().unwrap();
        let (object, said) = self
            .kept
            .runtime
            .block_on(imports::by_command(&self.caller(), &configuration, &state, &target));
        let code = i32::from(has_errors(&said));
        if let Some(object) = object {
            state.objects.insert(to.clone(), object);
        }
        output(code, text::diagnostics(&said, &configuration.source))
    }

    /// [`Self::apply`], started.
    pub fn start_apply(&self) -> Running {
        self.start(&["apply"])
    }

    /// Starts a command that the test will act upon while it runs.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let stop = CancellationToken::new();
        let (bench, command, token) = (self.clone(), Command::parse(arguments), stop.clone());
        Running {
            thread: std::thread::spawn(move || bench.command(command, token)),
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
        let (source, found) = self.validated();
        let finding = |diagnostic: &Diagnostic| Finding {
            line: diagnostic.line(&source),
            severity: if diagnostic.is_error { "error" } else { "warning" }.to_owned(),
            text: format!("{}: {}", diagnostic.summary, diagnostic.detail.trim()),
        };
        found.iter().map(finding).collect()
    }

    /// What the provider tells of its resources and data sources.
    pub fn schemas(&self) -> Arc<Schemas> {
        if self.kept.schemas.get().is_none() {
            let text = format!("{HEADER}provider \"eks\" {{}}\n");
            let configuration = Configuration::parse(&text).unwrap();
            self.kept.runtime.block_on(validate::validate(&self.caller(), &configuration));
        }
        self.kept.schemas.get().unwrap().clone()
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

    /// Whether the next plan replaces a resource because its create failed.
    #[track_caller]
    pub fn is_tainted(&self, address: &str) -> bool {
        self.kept.state.lock().unwrap().objects[&Address::parse(address)].tainted
    }

    /// Addresses in the state.
    pub fn addresses(&self) -> Vec<String> {
        self.kept.state.lock().unwrap().objects.keys().map(Address::to_string).collect()
    }
}

fn output(code: i32, text: String) -> Output {
    Output { code: Some(code), text }
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
