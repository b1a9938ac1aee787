//! One case: a flow with a fault, and the way back.

use crate::core::{Bench, Signals, Snapshot};
use crate::faults::aws::{BEGINNING, World};
use crate::faults::checks::{self, Seen};
use crate::faults::fault::Fault;
use crate::faults::flows::Flow;
use crate::faults::network::Aws;
use crate::terraform::{Output, squeeze};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};
use terraform_provider_eks::aws::environment::Environment;
use terraform_provider_eks::protocol::Host;
use terraform_provider_eks::provider::EksProvider;
use tokio::time::Instant;

/// After that long, what was done is seen everywhere.
const SETTLED: Duration = Duration::from_secs(180);

/// What one more run came to, by how things were before it: most faults end in one of a few ways.
pub type Recoveries = Mutex<HashMap<String, Result<(), String>>>;

/// How a flow begins, and which calls it makes where nothing goes wrong.
#[derive(Clone, Debug)]
pub struct Start {
    pub world: World,
    before: Snapshot,
    planned_world: World,
    planned: Snapshot,
    /// Those of the plan come first.
    pub calls: Vec<&'static str>,
    calls_of_plan: usize,
}

impl Start {
    pub fn of(flow: &Flow) -> Self {
        let aws = Aws::new(World::new(flow.mode));
        let bench = bench(&aws);
        (flow.prepare)(&aws, &bench);
        aws.wait(SETTLED);
        bench.write(&(flow.config)());
        let (world, before) = (aws.world(), bench.snapshot());
        aws.begin(None, &[]);
        let plan = bench.run(flow.plan_command());
        assert_eq!(plan.code, Some(2), "{}", plan.text);
        let of_plan = aws.calls();
        let (planned_world, planned) = (aws.world(), bench.snapshot());
        aws.begin(None, &of_plan);
        bench.apply_plan().ok();
        Self {
            world,
            before,
            planned_world,
            planned,
            calls: aws.calls(),
            calls_of_plan: of_plan.len(),
        }
    }
}

impl Start {
    /// Whether the grant is in the state from the beginning.
    pub fn has_state(&self) -> bool {
        !self.before.state.objects.is_empty()
    }

    pub fn is_tainted(&self) -> bool {
        self.before.state.objects.values().any(|object| object.tainted)
    }
}

impl Flow {
    fn command(&self) -> &'static [&'static str] {
        if self.destroys { &["destroy"] } else { &["apply"] }
    }

    fn kind(&self) -> &'static str {
        if self.mode == "CONFIG_MAP" {
            "eks_sso_aws_auth"
        } else {
            "eks_sso_access"
        }
    }

    fn plan_command(&self) -> &'static [&'static str] {
        match self.destroys {
            true => &["plan", "-destroy", "-detailed-exitcode"],
            false => &["plan", "-detailed-exitcode"],
        }
    }
}

/// tokio's clock, for the SDK.
#[derive(Debug)]
struct Clock(Instant);

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(BEGINNING) + self.0.elapsed()
    }
}

/// A provider in this process, on a clock of its own.
fn bench(aws: &Aws) -> Bench {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let aws = aws.clone();
    // One clock for all: tokio's.
    let began = runtime.block_on(async { Instant::now() });
    let start = move |env: Environment| {
        let network = aws.process();
        Host::new(move || EksProvider::new(env.clone().over(network.clone(), SharedTimeSource::new(Clock(began)))))
    };
    let env = [
        ("AWS_ACCESS_KEY_ID", "AKIATEST222233334444"),
        ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Bench::of("eks", start, runtime, "", env)
}

#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    pub flow: &'a Flow,
    pub start: &'a Start,
    pub fault: Fault,
}

impl Case<'_> {
    pub fn label(&self) -> String {
        let Fault { at, kind, lasts, besides } = self.fault;
        let lasts = if lasts { " from then on" } else { "" };
        let besides = besides.map_or_else(String::new, |besides| format!(" and {besides:?}"));
        format!("{}: {kind:?} at {at} ({}){lasts}{besides}", self.flow.name, self.start.calls[at])
    }

    /// The case, and the same with a fault that lasts, where its operation is called again; each with what did not hold.
    pub fn tried(&self, known: &Recoveries) -> Vec<(Self, Vec<String>)> {
        let (violations, calls) = self.violations(known);
        let mut tried = vec![(*self, violations)];
        let operation = self.start.calls[self.fault.at];
        let is_called_again = calls.iter().skip(self.fault.at + 1).any(|later| *later == operation);
        if self.fault.kind.can_last() && is_called_again {
            let fault = Fault { lasts: true, ..self.fault };
            let lasting = Self { fault, ..*self };
            tried.push((lasting, lasting.violations(known).0));
        }
        tried
    }

    fn violations(&self, known: &Recoveries) -> (Vec<String>, Vec<&'static str>) {
        match catch_unwind(AssertUnwindSafe(|| self.run(known))) {
            Ok(found) => found,
            Err(panic) => {
                let text = panic
                    .downcast_ref::<String>()
                    .map(String::as_str)
                    .or(panic.downcast_ref::<&str>().copied());
                // Nobody knows what was called, so all of it may come again.
                let calls = self.start.calls.iter().chain(&self.start.calls);
                (vec![format!("panicked: {}", text.unwrap_or("?"))], calls.copied().collect())
            }
        }
    }

    /// Whether the fault happens before the plan is complete.
    pub fn is_in_plan(&self) -> bool {
        self.fault.at < self.start.calls_of_plan
    }

    /// What did not hold, and what was called.
    fn run(&self, known: &Recoveries) -> (Vec<String>, Vec<&'static str>) {
        let start = self.start;
        let in_plan = self.is_in_plan();
        let (world, snapshot) = match in_plan {
            true => (&start.world, &start.before),
            false => (&start.planned_world, &start.planned),
        };
        let aws = Aws::new(world.clone());
        let bench = bench(&aws);
        bench.restore(snapshot);
        bench.write(&(self.flow.config)());
        // What a plan does without a fault has been seen once.
        let (before, command) = match in_plan {
            true => (0, self.flow.command()),
            false => (start.calls_of_plan, &["apply", "plan"][..]),
        };
        let signals = aws.begin(Some(self.fault), &start.calls[..before]);
        let output = bench.run_with(command, &signals);
        let seen = Seen {
            case: self,
            world: aws.world(),
            state: bench.snapshot().state,
            output: &output,
            text: squeeze(&output.text),
            calls: aws.calls(),
        };
        let mut violations = checks::at_once(&seen);
        aws.wait(SETTLED);
        let told = output.text.contains("may exist");
        let outcome = seen.outcome(told);
        let recovered = known.lock().unwrap().get(&outcome).cloned();
        let recovered = recovered.unwrap_or_else(|| self.after_a_kill(&aws, &bench).and_then(|()| self.recover(&aws, &bench, told)));
        known.lock().unwrap().entry(outcome).or_insert_with(|| recovered.clone());
        violations.extend(recovered.err());
        (violations, seen.calls)
    }

    /// The id that a message says to import by.
    pub fn told_import(&self, output: &Output) -> Option<String> {
        let kind = self.flow.kind();
        let command = output.text.split_once(&format!("terraform import {kind}.NAME '"));
        let block = output.text.split_once(&format!("to = {kind}.NAME\n    id = \""));
        let (_, rest) = command.or(block)?;
        Some(rest.split(['\'', '"']).next()?.to_owned())
    }

    /// What may also come after a kill, each on a copy of everything.
    fn after_a_kill(&self, aws: &Aws, bench: &Bench) -> Result<(), String> {
        if !self.fault.kind.is_kill() || !self.start.has_state() || self.flow.destroys {
            return Ok(());
        }
        self.destroy_at_once(aws, bench)?;
        self.apply_with_what_terraform_keeps(aws, bench)
    }

    fn destroy_at_once(&self, aws: &Aws, bench: &Bench) -> Result<(), String> {
        let snapshot = bench.snapshot();
        let (aws, bench) = self.copy(aws, &snapshot);
        let destroy = bench.destroy();
        checks::after_a_destroy_at_once(self, &aws.world(), &snapshot.state, &destroy)
    }

    /// Where the provider alone was killed, in an update, Terraform keeps the attributes and drops the private state.
    fn apply_with_what_terraform_keeps(&self, aws: &Aws, bench: &Bench) -> Result<(), String> {
        let mut snapshot = bench.snapshot();
        for object in snapshot.state.objects.values_mut() {
            if object.tainted {
                return Ok(());
            }
            object.private.clear();
        }
        let (aws, bench) = self.copy(aws, &snapshot);
        let apply = bench.run(self.flow.command());
        checks::after_the_private_state_was_lost(self, &aws.world(), &apply)
    }

    fn copy(&self, aws: &Aws, snapshot: &Snapshot) -> (Aws, Bench) {
        let aws = Aws::new(aws.world());
        let bench = bench(&aws);
        bench.restore(snapshot);
        bench.write(&(self.flow.config)());
        aws.begin(None, &[]);
        (aws, bench)
    }

    /// One more run, after what the message shows, makes everything as configured.
    fn recover(&self, aws: &Aws, bench: &Bench, told: bool) -> Result<(), String> {
        let run = || {
            let signals: Signals = aws.begin(None, &[]);
            bench.run_with(self.flow.command(), &signals)
        };
        let mut output = run();
        if !self.flow.destroys
            && output.code != Some(0)
            && let Some(id) = self.told_import(&output)
        {
            aws.begin(None, &[]);
            let imported = bench.import(&format!("{}.it", self.flow.kind()), &id);
            if imported.code != Some(0) {
                return Err(format!("the import that was shown fails:\n{}", imported.text));
            }
            aws.begin(None, &[]);
            output = bench.apply();
        }
        if output.code == Some(0) && output.text.contains("the next plan recreates it") {
            aws.begin(None, &[]);
            output = bench.apply();
        }
        if output.code != Some(0) {
            return Err(format!("does not converge:\n{}", output.text));
        }
        checks::at_the_end(self, &aws.world(), told, &output.text).map_err(|broken| format!("{broken}\n{}", output.text))?;
        aws.begin(None, &[]);
        let plan = bench.run(self.flow.plan_command());
        if plan.code != Some(0) {
            return Err(format!("the next plan is not empty:\n{}", plan.text));
        }
        self.end(aws, bench)
    }

    /// A destroy takes away all that is ours: whoever recovered knows what that is.
    fn end(&self, aws: &Aws, bench: &Bench) -> Result<(), String> {
        aws.begin(None, &[]);
        let destroy = bench.destroy();
        match destroy.code {
            Some(0) => checks::after_the_destroy(self, &aws.world(), &destroy.text),
            _ => Err(format!("cannot be destroyed:\n{}", destroy.text)),
        }
    }
}
