//! Commands, carried out: what the CLI does around core.

use crate::core::apply::apply;
use crate::core::command::Command;
use crate::core::configuration::Configuration;
use crate::core::diagnostics::{Diagnostic, Source, has_errors};
use crate::core::imports::{self, ImportTarget};
use crate::core::plan::{Options, Plan, Purpose, plan};
use crate::core::schemas::Schemas;
use crate::core::state::{Address, State};
use crate::core::value::Value;
use crate::core::walk::{Caller, Hooks};
use crate::core::{text, validate};
use crate::terraform::Output;
use std::sync::{Arc, Mutex, OnceLock};
use tempfile::TempDir;
use terraform_provider_eks::aws::environment::Environment;
use terraform_provider_eks::protocol::Host;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// What stands before each configuration, so that lines are those of a test that uses the CLI.
const HEADER: &str = "terraform {\n  required_providers {\n    eks = { source = \"eks-sso/eks\" }\n  }\n}\n\n";

/// Starts a provider process in an environment.
type Start = Box<dyn Fn(Environment) -> Host + Send + Sync>;

type Env = [(String, String)];

/// What may come from outside while a command runs.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    /// Ctrl-C.
    pub stop: CancellationToken,
    /// kill -9, of Terraform and its providers.
    pub kill: CancellationToken,
}

/// What one command leaves to the next.
pub struct Kept {
    name: &'static str,
    start: Start,
    runtime: Runtime,
    pub dir: TempDir,
    pub schemas: Arc<OnceLock<Arc<Schemas>>>,
    text: Mutex<String>,
    pub state: Mutex<State>,
    pub plan: Mutex<Option<Plan>>,
    pub hooks: Arc<Hooks>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Kept {
    pub fn new(name: &'static str, start: Start, runtime: Runtime) -> Self {
        Self {
            name,
            start,
            runtime,
            dir: tempfile::tempdir().unwrap(),
            schemas: Arc::default(),
            text: Mutex::default(),
            state: Mutex::default(),
            plan: Mutex::default(),
            hooks: Arc::default(),
        }
    }

    pub fn write(&self, config: &str) {
        *self.text.lock().unwrap() = format!("{HEADER}{config}");
    }

    fn caller<'a>(&'a self, env: &'a Env) -> Caller<'a> {
        let home = ("HOME".to_owned(), self.dir.path().display().to_string());
        let environment = Environment::from_pairs(env.iter().cloned().chain([home]));
        Caller {
            name: self.name,
            start: Box::new(move || (self.start)(environment.clone())),
            env,
            hooks: &self.hooks,
            schemas: &self.schemas,
        }
    }

    fn configuration(&self, env: &Env) -> Result<Configuration, String> {
        let text = self.text.lock().unwrap().clone();
        let mut configuration = Configuration::parse(&text)?;
        let in_env = env
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("TF_VAR_")?.to_owned(), Value::text(value))));
        configuration.given = in_env.collect();
        if let Ok(file) = std::fs::read_to_string(self.dir.path().join("terraform.tfvars.json"))
            && let Value::Map(values) = Value::of_json(&serde_json::from_str(&file).unwrap())
        {
            configuration.given.extend(values);
        }
        Ok(configuration)
    }

    /// Asks for the schemas, unless an earlier command has.
    pub fn told_schemas(&self, env: &Env) -> Arc<Schemas> {
        if self.schemas.get().is_none() {
            // A provider that no resource needs is not started.
            let any = format!("{HEADER}resource \"{}_sso_access\" \"any\" {{}}\n", self.name);
            let configuration = Configuration::parse(&any).expect("a block");
            self.runtime.block_on(validate::validate(&self.caller(env), &configuration));
        }
        self.schemas.get().expect("every walk asks for them").clone()
    }

    pub fn command(&self, env: &Env, command: Command, signals: &Signals) -> Output {
        match command {
            Command::Validate => {
                let (source, found) = self.validated(env);
                output(i32::from(has_errors(&found)), text::diagnostics(&found, &source))
            }
            Command::Plan { options, detailed } => match self.planned(env, &options, signals) {
                Ok((plan, text)) => {
                    let code = if plan.is_empty() || !detailed { 0 } else { 2 };
                    *self.plan.lock().unwrap() = Some(plan);
                    output(code, text)
                }
                Err(failed) => failed,
            },
            Command::Apply(options) => match self.planned(env, &options, signals) {
                Ok((plan, text)) => self.applied(env, &plan, text, signals),
                Err(failed) => failed,
            },
            Command::ApplyPlan { parallelism } => {
                let mut plan = self.plan.lock().unwrap().clone().expect("a plan was made before");
                plan.options.parallelism = parallelism.unwrap_or(plan.options.parallelism);
                if plan.previous != *self.state.lock().unwrap() {
                    let stale = "The state has changed since this plan was made. Plan again.";
                    return output(1, Diagnostic::error("Saved plan is stale", stale).text(&Source::default()));
                }
                self.applied(env, &plan, String::new(), signals)
            }
            Command::Import { to, id } => self.imported(env, &to, &id),
            Command::Forget(address) => {
                let removed = self.state.lock().unwrap().objects.remove(&address);
                output(i32::from(removed.is_none()), format!("Removed {address}\n"))
            }
            Command::Taint(address, tainted) => {
                self.state.lock().unwrap().objects.get_mut(&address).expect("in the state").tainted = tainted;
                output(0, String::new())
            }
            Command::Output(name) => {
                let state = self.state.lock().unwrap();
                let value = state.outputs.get(&name).unwrap_or_else(|| panic!("no output {name}"));
                output(0, value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            }
        }
    }

    pub fn validated(&self, env: &Env) -> (Source, Vec<Diagnostic>) {
        match self.configuration(env) {
            Ok(configuration) => {
                let found = self.runtime.block_on(validate::validate(&self.caller(env), &configuration));
                (configuration.source, found)
            }
            Err(wrong) => (Source::default(), vec![no_configuration(wrong)]),
        }
    }

    /// The plan and what is printed for it.
    fn planned(&self, env: &Env, options: &Options, signals: &Signals) -> Result<(Plan, String), Output> {
        let configuration = self.configuration(env).map_err(not_read)?;
        let (caller, source) = (self.caller(env), &configuration.source);
        let state = self.state.lock().unwrap().clone();
        let stop = &signals.stop;
        let wrong = |found: &[Diagnostic]| output(1, text::diagnostics(found, source));
        let found = self.alive(signals, validate::validate(&caller, &configuration))?;
        if has_errors(&found) {
            return Err(wrong(&found));
        }
        let mut base = state.clone();
        if options.purpose == Purpose::Destroy && options.refresh && !state.is_empty() {
            // A destroy refreshes by a plan of its own, which must succeed.
            let refreshing = Options {
                purpose: Purpose::Change,
                ..options.clone()
            };
            let (refreshed, found) = self.alive(signals, plan(&caller, &configuration, &state, &refreshing, stop.clone()))?;
            base = refreshed.ok_or_else(|| wrong(&found))?.state;
        }
        let (planned, said) = self.alive(signals, plan(&caller, &configuration, &base, options, stop.clone()))?;
        let mut planned = planned.ok_or_else(|| wrong(&said))?;
        planned.previous = state;
        let text = format!("{}\n{}", text::plan(&planned, &caller), text::diagnostics(&said, source));
        Ok((planned, text))
    }

    fn applied(&self, env: &Env, plan: &Plan, mut text: String, signals: &Signals) -> Output {
        let caller = self.caller(env);
        let (state, counts, said) = match self.alive(signals, apply(&caller, plan, signals.stop.clone())) {
            Ok(done) => done,
            Err(killed) => return killed,
        };
        self.state.lock().unwrap().clone_from(&state);
        if signals.stop.is_cancelled() {
            text += "Interrupt received.\nPlease wait for Terraform to exit or data loss may occur.\nGracefully shutting down...\n";
        }
        let failed = has_errors(&said);
        text += &text::diagnostics(&said, &plan.configuration.source);
        if !failed {
            text += &text::applied(&counts, &state, plan.options.purpose == Purpose::Destroy);
        }
        output(i32::from(failed), text)
    }

    /// Runs to the end, unless everything is killed before: then nothing is saved.
    fn alive<T>(&self, signals: &Signals, work: impl Future<Output = T>) -> Result<T, Output> {
        let killed = || output(137, "Killed".to_owned());
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = signals.kill.cancelled() => Err(killed()),
                done = work => Ok(done),
            }
        })
    }

    fn imported(&self, env: &Env, to: &Address, id: &str) -> Output {
        let configuration = match self.configuration(env) {
            Ok(configuration) => configuration,
            Err(wrong) => return not_read(wrong),
        };
        let target = ImportTarget {
            to: to.clone(),
            id: id.to_owned(),
            identity: None,
        };
        let mut state = self.state.lock().unwrap();
        let (object, said) = self
            .runtime
            .block_on(imports::by_command(&self.caller(env), &configuration, &state, &target));
        let code = i32::from(has_errors(&said));
        if let Some(object) = object {
            state.objects.insert(to.clone(), object);
        }
        output(code, text::diagnostics(&said, &configuration.source))
    }
}

fn output(code: i32, text: String) -> Output {
    Output { code: Some(code), text }
}

fn no_configuration(wrong: String) -> Diagnostic {
    Diagnostic::error("Invalid configuration", wrong)
}

fn not_read(wrong: String) -> Output {
    output(1, no_configuration(wrong).text(&Source::default()))
}
