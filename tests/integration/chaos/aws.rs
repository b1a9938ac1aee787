//! Two accounts with two clusters each, as the emulator holds them.

use crate::emulator::{REGION, World, calls_of, delete, get, new_account, post, wait_for};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub const CLUSTERS: [&str; 2] = ["blue", "green"];
pub const SETS: [&str; 3] = ["ViewOnly", "Developer", "Operator"];
/// What others give is never among what is configured, so that it can be told whose something is.
pub const THEIR_POLICIES: [&str; 2] = ["AmazonEKSClusterAdminPolicy", "AmazonEKSAdminViewPolicy"];
const RESERVED_TAGS: &str = "terraform-provider-eks:";

/// Where there may be one grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    pub account: usize,
    pub cluster: usize,
    pub set: usize,
}

impl Slot {
    pub fn all() -> impl Iterator<Item = Self> {
        let places = (0..2).flat_map(|account| (0..2).map(move |cluster| (account, cluster)));
        places.flat_map(|(account, cluster)| (0..SETS.len()).map(move |set| Self { account, cluster, set }))
    }

    /// Name of its resource.
    pub fn name(self) -> String {
        format!("g{}{}{}", self.account, self.cluster, self.set)
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|slot| slot.name() == name)
    }
}

/// What an entry lets people do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    pub groups: BTreeSet<String>,
    /// Scopes by the policies' names.
    pub policies: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
}

impl Content {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub fn holds(&self, other: &Self) -> bool {
        other.groups.is_subset(&self.groups)
            && other.policies.iter().all(|(name, scope)| self.policies.get(name) == Some(scope))
            && other.tags.iter().all(|(key, value)| self.tags.get(key) == Some(value))
    }

    pub fn add(&mut self, other: &Self) {
        self.groups.extend(other.groups.clone());
        self.policies.extend(other.policies.clone());
        self.tags.extend(other.tags.clone());
    }

    /// The part that others gave: they have policies, groups and tags of their own.
    pub fn of_others(&self) -> Self {
        self.filtered(|name| name.starts_with("theirs") || THEIR_POLICIES.contains(&name))
    }

    pub fn of_ours(&self) -> Self {
        self.filtered(|name| !name.starts_with("theirs") && !THEIR_POLICIES.contains(&name))
    }

    fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        let mut kept = self.clone();
        kept.groups.retain(|group| keep(group));
        kept.policies.retain(|name, _| keep(name));
        kept.tags.retain(|key, _| keep(key));
        kept
    }
}

#[derive(Clone, PartialEq)]
pub struct Entry {
    /// `None`: for a principal that nobody configures.
    pub slot: Option<Slot>,
    pub principal: String,
    /// Its own ARN.
    pub arn: String,
    pub content: Content,
    /// EKS has bound it to a role that is gone.
    pub stale: bool,
    all: Value,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stale = if self.stale { " stale" } else { "" };
        write!(formatter, "{} {} {:?}{stale}", self.principal, self.arn, self.content)
    }
}

impl Entry {
    /// Whether it was made just before a time. A role that was made again may be dated later than that, and its entries with it.
    pub fn is_made_at(&self, time: f64) -> bool {
        self.all["createdAt"].as_f64() > Some(time - 0.2)
    }

    pub fn of(place: (usize, usize), all: &Value) -> Self {
        let text = |name: &str| all[name].as_str().unwrap().to_owned();
        let principal = text("principalArn");
        let (account, cluster) = place;
        let set = SETS.iter().position(|set| principal.contains(&format!("/AWSReservedSSO_{set}_")));
        let groups = all["kubernetesGroups"].as_array().unwrap().iter();
        let tags = all["tags"].as_object().unwrap().iter();
        Self {
            slot: set.map(|set| Slot { account, cluster, set }),
            arn: text("accessEntryArn"),
            content: Content {
                groups: groups.map(|group| group.as_str().unwrap().to_owned()).collect(),
                policies: all["policies"].as_array().unwrap().iter().map(policy).collect(),
                tags: tags
                    .filter(|(key, _)| !key.starts_with(RESERVED_TAGS))
                    .map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned()))
                    .collect(),
            },
            stale: all["principalId"] != all["currentPrincipalId"],
            principal,
            all: all.clone(),
        }
    }
}

fn policy(policy: &Value) -> (String, String) {
    let name = policy["policyArn"].as_str().unwrap().rsplit('/').next().unwrap();
    let scope = &policy["accessScope"];
    let mut namespaces: Vec<_> = scope["namespaces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    namespaces.sort_unstable();
    let scope = match scope["type"].as_str() {
        Some("cluster") => "cluster".to_owned(),
        _ => namespaces.join(","),
    };
    (name.to_owned(), scope)
}

/// What became of an entry by other hands.
#[derive(Debug, Clone)]
pub struct Changed {
    pub time: f64,
    pub deleted: Option<Entry>,
    pub entry: Option<Entry>,
}

pub struct Aws {
    pub world: World,
    pub accounts: [String; 2],
    /// ARNs of the roles, by account and set.
    roles: [[String; 3]; 2],
    /// How often a role was made again.
    recreated: i64,
}

impl Aws {
    pub fn new() -> Self {
        let other = new_account();
        let accounts = ["MEMBER", &other];
        let sets = SETS.map(|set| json!({ "name": set, "accounts": accounts }));
        let roles = accounts.map(|account| json!({ "account": account, "name": "ops" }));
        let clusters: Vec<_> = accounts
            .iter()
            .flat_map(|account| {
                CLUSTERS.map(|name| json!({ "account": account, "region": REGION, "name": name, "access_entries": [bystander(account)] }))
            })
            .collect();
        let world = World::with(json!({ "permission_sets": sets, "roles": roles, "clusters": clusters }));
        let accounts = [world.member.clone(), other];
        let arn = |account: &String, set: &str| world.made["role_arns"][account][set].as_str().unwrap().to_owned();
        let roles = accounts.each_ref().map(|account| SETS.map(|set| arn(account, set)));
        Self {
            world,
            accounts,
            roles,
            recreated: 0,
        }
    }

    /// The role that a slot's people have now.
    pub fn role(&self, slot: Slot) -> &str {
        &self.roles[slot.account][slot.set]
    }

    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (account, id) in self.accounts.iter().enumerate() {
            for (cluster, name) in CLUSTERS.iter().enumerate() {
                let answer = get(&format!("entries?account={id}&region={REGION}&cluster={name}"));
                entries.extend(
                    answer["entries"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|entry| Entry::of((account, cluster), entry)),
                );
            }
        }
        entries
    }

    pub fn entry(&self, slot: Slot) -> Option<Entry> {
        self.entries()
            .into_iter()
            .find(|entry| entry.slot == Some(slot) && entry.principal == self.role(slot))
    }

    /// What somebody else does to the entry of a slot.
    pub fn change(&self, slot: Slot, change: &Value) -> Changed {
        let mut body = json!({
            "account": self.accounts[slot.account], "region": REGION, "cluster": CLUSTERS[slot.cluster], "principalArn": self.role(slot),
        });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = post("entry", body);
        let entry = |name: &str| {
            let entry = Some(&answer[name]).filter(|entry| !entry.is_null());
            entry.map(|entry| Entry::of((slot.account, slot.cluster), entry))
        };
        Changed {
            time: answer["time"].as_f64().unwrap(),
            deleted: entry("deleted"),
            entry: entry("entry"),
        }
    }

    /// Identity Center makes another role for a permission set.
    pub fn reprovision(&mut self, account: usize, set: usize) {
        let made = post(
            "reprovision",
            json!({ "account": self.accounts[account], "permission_set": SETS[set] }),
        );
        made["arn"].as_str().unwrap().clone_into(&mut self.roles[account][set]);
    }

    /// The same role, made again; younger than all entries by more than clocks may differ (`CLOCK_TOLERANCE`), those too that were
    /// made since a role was made again before: the emulator dates them no earlier than their role.
    pub fn recreate(&mut self, account: usize, set: usize) {
        let name = self.roles[account][set].rsplit('/').next().unwrap();
        self.recreated += 1;
        post(
            "recreate-role",
            json!({ "account": self.accounts[account], "role_name": name, "age_seconds": -8 * self.recreated }),
        );
    }

    pub fn fault(&self, account: usize, rule: &Value) {
        post("faults", json!({ "account": self.accounts[account], "rules": [rule] }));
    }

    pub fn clear_faults(&self) {
        for account in &self.accounts {
            delete(&format!("faults?account={account}"));
        }
    }

    pub fn calls(&self) -> Vec<Value> {
        self.accounts.iter().flat_map(|account| calls_of(account)).collect()
    }

    pub fn forget_calls(&self) {
        for account in &self.accounts {
            delete(&format!("calls?account={account}"));
        }
    }

    /// Waits for what the emulator is still at, though nobody may be there to hear of it.
    pub fn wait_for_calls(&self) {
        let is_over = |call: &Value| !call["status"].is_null() || call["fault"] == "dropped";
        wait_for(|| self.calls().iter().all(is_over).then_some(()));
    }
}

/// An entry that has nothing to do with any grant.
fn bystander(account: &str) -> Value {
    json!({
        "principalArn": format!("arn:aws:iam::{account}:role/ops"),
        "kubernetesGroups": ["ops"],
        "tags": { "team": "ops" },
        "policies": [{ "policyArn": policy_arn("AmazonEKSClusterAdminPolicy") }],
    })
}

pub fn policy_arn(name: &str) -> String {
    format!("arn:aws:eks::aws:cluster-access-policy/{name}")
}
