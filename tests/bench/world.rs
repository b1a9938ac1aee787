//! What the server knows: every account, cluster and permission set that is asked for exists, and holds the access
//! entries that were made.

use std::collections::{BTreeMap, HashMap};

/// How many permission sets are assigned in each account.
const DEFAULT_PERMISSION_SETS: usize = 10;

/// Everything that changes.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) permission_sets: usize,
    pub(crate) delay_ms: u64,
    /// How many times every permission set has got a new role.
    pub(crate) generation: u64,
    pub(crate) calls: BTreeMap<&'static str, u64>,
    /// By account, Region and cluster, then by principal.
    entries: HashMap<(String, String, String), HashMap<String, Entry>>,
}

/// An access entry.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) arn: String,
    pub(crate) principal_arn: String,
    pub(crate) groups: serde_json::Value,
    pub(crate) user_name: String,
    pub(crate) tags: serde_json::Map<String, serde_json::Value>,
    /// Scopes by policy ARN.
    pub(crate) policies: BTreeMap<String, serde_json::Value>,
}

/// Which cluster a call is about.
#[derive(Debug, Clone)]
pub(crate) struct Place<'a> {
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) cluster: &'a str,
}

impl Default for World {
    fn default() -> Self {
        Self {
            permission_sets: DEFAULT_PERMISSION_SETS,
            delay_ms: 0,
            generation: 0,
            calls: BTreeMap::new(),
            entries: HashMap::new(),
        }
    }
}

impl World {
    pub(crate) fn entries(&mut self, place: &Place<'_>) -> &mut HashMap<String, Entry> {
        let key = (place.account.to_owned(), place.region.to_owned(), place.cluster.to_owned());
        self.entries.entry(key).or_default()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// The access entry of this ARN, wherever it is.
    pub(crate) fn entry_of_arn(&mut self, arn: &str) -> Option<&mut Entry> {
        self.entries
            .values_mut()
            .flat_map(HashMap::values_mut)
            .find(|entry| entry.arn == arn)
    }
}

/// A number that stands for a text, always the same one (FNV-1a).
pub(crate) fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
