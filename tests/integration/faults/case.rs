//! One case: a flow with a fault, and the way back.

use crate::core::{Bench, Signals, State};
use crate::faults::aws::World;
use crate::faults::checks::{self, Seen};
use crate::faults::fault::Fault;
use crate::faults::flows::Flow;
use crate::faults::network::Aws;
use crate::terraform::Output;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use terraform_provider_eks::aws::environment::Environment;
use terraform_provider_eks::protocol::Host;
use terraform_provider_eks::provider::EksProvider;

/// After that long, what was done is seen everywhere.
const SETTLED: Duration = Duration::from_secs(180);

/// How a flow begins, and which calls it makes where nothing goes wrong.
#[derive(Clone, Debug)]
pub struct Start {
    pub world: World,
    pub state: State,
    pub calls: Vec<&'static str>,
}

impl Start {
    pub fn of(flow: &Flow) -> Self {
        let aws = Aws::new(World::new(flow.mode));
        let bench = bench(&aws);
        (flow.prepare)(&aws, &bench);
        aws.wait(SETTLED);
        let mut start = Self {
            world: aws.world(),
            state: bench.whole_state(),
            calls: Vec::new(),
        };
        bench.write(&(flow.config)());
        let signals = aws.begin(None);
        bench.run_with(flow.command(), &signals).ok();
        start.calls = aws.calls();
        start
    }
}

impl Flow {
    pub fn command(&self) -> &'static [&'static str] {
        if self.destroys { &["destroy"] } else { &["apply"] }
    }
}

/// A provider in this process, on a clock of its own.
fn bench(aws: &Aws) -> Bench {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let aws = aws.clone();
    let start = move |env: Environment| {
        let network = aws.process();
        Host::new(move || EksProvider::new(env.clone().over(network.clone())))
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

    /// What did not hold.
    pub fn violations(&self) -> Vec<String> {
        match catch_unwind(AssertUnwindSafe(|| self.run())) {
            Ok(violations) => violations,
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
                vec![format!("panicked: {}", text.unwrap_or("?"))]
            }
        }
    }

    fn run(&self) -> Vec<String> {
        let aws = Aws::new(self.start.world.clone());
        let bench = bench(&aws);
        bench.set_state(self.start.state.clone());
        bench.write(&(self.flow.config)());
        let signals = aws.begin(Some(self.fault));
        let output = bench.run_with(self.flow.command(), &signals);
        let seen = Seen {
            case: self,
            world: aws.world(),
            state: bench.whole_state(),
            output: &output,
            calls: aws.calls(),
        };
        let mut violations = checks::at_once(&seen);
        aws.wait(SETTLED);
        violations.extend(self.recover(&aws, &bench).err());
        violations
    }

    /// One more run, after what the message shows, makes everything as configured.
    fn recover(&self, aws: &Aws, bench: &Bench) -> Result<(), String> {
        let run = || {
            let signals: Signals = aws.begin(None);
            bench.run_with(self.flow.command(), &signals)
        };
        let mut output = run();
        if !self.flow.destroys
            && output.code != Some(0)
            && let Some(id) = told_import(&output)
        {
            aws.begin(None);
            let imported = bench.import(crate::faults::flows::GRANT, &id);
            if imported.code != Some(0) {
                return Err(format!("the import that was shown fails:\n{}", imported.text));
            }
            aws.begin(None);
            output = bench.apply();
        }
        if output.code != Some(0) {
            return Err(format!("does not converge:\n{}", output.text));
        }
        checks::at_the_end(self, &aws.world())?;
        aws.begin(None);
        let plan = bench.run(if self.flow.destroys { &["plan", "-destroy", "-detailed-exitcode"] } else { &["plan", "-detailed-exitcode"] });
        match plan.code {
            Some(0) => Ok(()),
            _ => Err(format!("the next plan is not empty:\n{}", plan.text)),
        }
    }
}

fn told_import(output: &Output) -> Option<String> {
    let (_, rest) = output.text.split_once("terraform import eks_sso_access.NAME '")?;
    Some(rest.split('\'').next()?.to_owned())
}
