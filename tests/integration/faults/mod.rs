//! The fault matrix: each way in which the provider writes, with each fault at each call, and what may happen besides.
//!
//! Nothing is sampled: a flow is run once to see which calls it makes, and then once for each fault of each of them. AWS
//! is in the test's process ([`aws`]) and the clock is tokio's own, so that waits of minutes pass at once.
//!
//! After each case: nothing of others was touched, nothing of ours is left that neither the state knows nor a message
//! tells, nothing was granted that nobody configured, nothing is granted that was reported gone, no message says what is
//! not so ([`checks`]). And then one more apply, with at most the import that the message showed, makes everything as
//! configured.
//!
//! All single faults are tried by `make test`, which takes a slice of the pairs; all pairs by `make faults`.

mod answer;
mod aws;
mod case;
mod checks;
mod fault;
mod flows;
mod network;

use crate::faults::case::{Case, Recoveries, Start};
use crate::faults::fault::Fault;
use crate::faults::flows::{FLOWS, Flow};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// `make faults` sets it to 1: every pair.
const EVERY: &str = "FAULT_PAIRS_EVERY";
/// `make test` tries one pair of so many, beginning anew with each flow.
const SLICE: usize = 97;

#[test]
fn no_single_fault_breaks_a_promise() {
    let starts = starts();
    let cases = starts.iter().flat_map(|(flow, start)| {
        let faults = Fault::singles(&start.calls);
        faults.into_iter().map(move |fault| Case { flow, start, fault })
    });
    hold(&cases.collect::<Vec<_>>());
}

#[test]
fn no_pair_of_circumstances_breaks_a_promise() {
    let every = std::env::var(EVERY).ok().and_then(|every| every.parse().ok()).unwrap_or(SLICE);
    let starts = starts();
    let cases = starts.iter().flat_map(|(flow, start)| {
        let faults = Fault::pairs(&start.calls);
        faults.into_iter().step_by(every).map(move |fault| Case { flow, start, fault })
    });
    hold(&cases.collect::<Vec<_>>());
}

fn starts() -> Vec<(Flow, Start)> {
    let only = std::env::var("FAULT_FLOW").ok();
    let chosen = FLOWS.into_iter().filter(|flow| only.as_ref().is_none_or(|only| flow.name == only));
    chosen.map(|flow| (flow, Start::of(&flow))).collect()
}

/// Runs all cases, on all cores, or those whose label has a text that is asked for.
#[track_caller]
fn hold(cases: &[Case<'_>]) {
    let asked = std::env::var("FAULT_CASE").unwrap_or_default();
    let cases: Vec<Case<'_>> = cases.iter().copied().filter(|case| case.label().contains(&asked)).collect();
    assert!(!cases.is_empty(), "no case has {asked:?}, or no flow the name that is asked for");
    let (next, tried, known) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Recoveries::default());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = case.tried(&known);
                    tried.lock().unwrap().extend(found);
                }
            });
        }
    });
    report(&tried.into_inner().unwrap(), known.into_inner().unwrap().len());
}

/// Prints the counts, and fails with one example of each kind of violation.
#[allow(clippy::print_stdout, reason = "how much was tried is what the run is for")]
#[track_caller]
fn report(tried: &[(Case<'_>, Vec<String>)], outcomes: usize) {
    let mut by_flow: BTreeMap<&str, usize> = BTreeMap::new();
    for (case, _) in tried {
        *by_flow.entry(case.flow.name).or_default() += 1;
    }
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let violations: Vec<_> = tried
        .iter()
        .flat_map(|(case, found)| found.iter().map(move |violation| (violation, case)))
        .collect();
    for (violation, case) in &violations {
        let first: String = violation.lines().next().unwrap_or_default().chars().take(60).collect();
        let kind = format!("{}, {:?}: {first}", case.flow.name, case.fault.besides);
        kinds.entry(kind).or_default().push(format!("{}\n    {violation}", case.label()));
    }
    println!(
        "{} cases, {outcomes} different outcomes, {} violations; cases by flow: {by_flow:?}",
        tried.len(),
        violations.len()
    );
    let shown: Vec<_> = kinds
        .iter()
        .map(|(kind, all)| format!("{} times {kind}\n  {}", all.len(), all[0]))
        .collect();
    assert!(
        violations.is_empty(),
        "{} violations of {} kinds:\n{}",
        violations.len(),
        kinds.len(),
        shown.join("\n")
    );
}
