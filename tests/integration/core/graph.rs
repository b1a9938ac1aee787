//! Nodes that wait for each other.

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// Runs each node after those that it waits for, and all at once that need not wait. What waits for a node that failed
/// is not run.
pub async fn run<N, F>(waits_for: BTreeMap<N, BTreeSet<N>>, node: impl Fn(N) -> F)
where
    N: Ord + Clone + Debug,
    F: Future<Output = Result<(), Failed>>,
{
    let mut waiting = waits_for;
    let mut done = BTreeSet::new();
    let mut running = FuturesUnordered::new();
    let mut has_failed = false;
    loop {
        let ready = waiting
            .extract_if(.., |_, waits_for| waits_for.is_subset(&done))
            .map(|(name, _)| name);
        for name in ready.collect::<Vec<_>>() {
            let future = node(name.clone());
            running.push(async move { (name, future.await) });
        }
        match running.next().await {
            Some((name, Ok(()))) => drop(done.insert(name)),
            Some((_, Err(Failed))) => has_failed = true,
            None => break,
        }
    }
    assert!(has_failed || waiting.is_empty(), "these wait for each other: {waiting:?}");
}

/// A node failed; why is among the diagnostics.
#[derive(Debug)]
pub struct Failed;

/// Keeps of the edges only those to nodes that there are.
pub fn among<N: Ord + Clone>(waits_for: &mut BTreeMap<N, BTreeSet<N>>) {
    let nodes: BTreeSet<N> = waits_for.keys().cloned().collect();
    for (name, edges) in waits_for.iter_mut() {
        edges.retain(|edge| nodes.contains(edge) && edge != name);
    }
}
