//! The real Terraform over longer times: grants in several accounts and clusters, faults of all kinds, kills and signals,
//! roles that change and other hands, in random order. What was promised holds after each command
//! (tests/integration/chaos/promises.rs), and in the end everything can be put in order.
//!
//! `make chaos ROUNDS=100 SEED=1` plays that many rounds. A seed repeats the choices, not the times. `CHAOS_PROVIDER` is a
//! folder with another build of the provider, `CHAOS_JOBS` how many rounds run at once.

mod aws;
mod grants;
mod happenings;
mod promises;
mod round;
mod state;

use crate::chaos::round::Round;
use crate::random::number;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// What `make test` plays: few steps each.
const SEEDS: [u64; 2] = [1, 2];
const SHORT: usize = 2;
const LONG: usize = 8;

#[derive(Debug, Clone, Default)]
pub struct Tally {
    rounds: usize,
    applies: usize,
    /// Calls that a fault struck.
    faults: usize,
    kills: usize,
    signals: usize,
    /// Changes by other hands, roles included.
    hands: usize,
    /// Rounds that ended with a state file that a kill of Terraform has torn.
    torn: usize,
    violations: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.rounds += other.rounds;
        self.applies += other.applies;
        self.faults += other.faults;
        self.kills += other.kills;
        self.signals += other.signals;
        self.hands += other.hands;
        self.torn += other.torn;
        self.violations += other.violations;
    }
}

fn provider_folder() -> Option<PathBuf> {
    std::env::var_os("CHAOS_PROVIDER").map(|folder| PathBuf::from(folder).canonicalize().unwrap())
}

#[allow(clippy::print_stdout, reason = "a long run tells how far it is")]
fn play(seed: u64, steps: usize, total: &Mutex<Tally>) {
    let played = catch_unwind(AssertUnwindSafe(|| {
        let mut round = Round::new(seed);
        let _ = round.play(steps);
        round.tally
    }));
    let tally = played.unwrap_or_else(|_| {
        println!("VIOLATION seed {seed}: the round could not be played");
        Tally {
            rounds: 1,
            violations: 1,
            ..Tally::default()
        }
    });
    let mut total = total.lock().unwrap();
    total.add(&tally);
    println!("seed {seed}: {tally:?}\n  so far: {total:?}");
}

#[test]
fn promises_hold_in_chaos() {
    let rounds = number("CHAOS_ROUNDS");
    let (seeds, steps) = match rounds {
        Some(rounds) => {
            let first = number("CHAOS_SEED").unwrap_or(1);
            ((first..first + rounds).collect(), LONG)
        }
        None => (SEEDS.to_vec(), SHORT),
    };
    let (next, total) = (AtomicU64::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..number("CHAOS_JOBS").unwrap_or(2) {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap()) {
                    play(*seed, steps, &total);
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    assert_eq!(total.violations, 0, "{total:?}");
    // Little is tested where nothing goes wrong.
    assert!(total.faults > 0 && total.applies >= 2 * total.rounds, "{total:?}");
}
