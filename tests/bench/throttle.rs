//! How many calls EKS takes: a bucket of tokens for each account, Region and kind of call.
//!
//! AWS publishes no rates of the calls about access entries, so they are assumed, and said beside the results.

use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tokio::time::Instant;

/// Rates of 0 take every call.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    pub(crate) reads_per_s: u64,
    pub(crate) writes_per_s: u64,
    pub(crate) burst: u64,
    /// By account, Region, and whether it is for reads.
    buckets: HashMap<(String, String, bool), Bucket>,
    refused: u64,
    /// When each call that waits was refused for the first time.
    since: BTreeMap<String, Instant>,
    waited: Vec<Duration>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Throttle {
    /// Full buckets, and nothing counted.
    pub(crate) fn forget(&mut self) {
        self.buckets.clear();
        self.since.clear();
        self.waited.clear();
        self.refused = 0;
    }

    /// Whether the bucket holds a token for this call. `name` tells it from all others, and is the same when it is made again.
    pub(crate) fn takes(&mut self, account: &str, region: &str, is_read: bool, name: impl Fn() -> String) -> bool {
        let rate = if is_read { self.reads_per_s } else { self.writes_per_s };
        if rate == 0 {
            return true;
        }
        let (now, burst) = (Instant::now(), self.burst.max(1) as f64);
        let full = || Bucket { tokens: burst, at: now };
        let bucket = self
            .buckets
            .entry((account.to_owned(), region.to_owned(), is_read))
            .or_insert_with(full);
        bucket.tokens = (bucket.tokens + (now - bucket.at).as_secs_f64() * rate as f64).min(burst);
        bucket.at = now;
        let takes = bucket.tokens >= 1.0;
        if takes {
            bucket.tokens -= 1.0;
            self.waited.extend(self.since.remove(&name()).map(|since| now - since));
        } else {
            self.refused += 1;
            self.since.entry(name()).or_insert(now);
        }
        takes
    }

    /// How many calls were refused, and how long those that were refused at first had to wait, in seconds.
    pub(crate) fn stats(&self) -> Value {
        let mut waited = self.waited.clone();
        waited.sort();
        let at = |share: f64| {
            let place = (waited.len() as f64 * share) as usize;
            waited
                .get(place.min(waited.len().saturating_sub(1)))
                .map_or(0.0, Duration::as_secs_f64)
        };
        json!({ "refused": self.refused, "calls": waited.len(), "median_s": at(0.5), "p99_s": at(0.99), "longest_s": at(1.0), "open": self.since.len() })
    }
}
