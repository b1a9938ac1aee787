//! What has to hold after each command, whatever happened while it ran.

use crate::chaos::aws::{Changed, Content, Entry, Slot};
use crate::chaos::grants::Grant;
use crate::chaos::state::Held;
use crate::terraform::{Output, squeeze};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A command that has ended.
pub struct Seen<'a> {
    pub destroys: bool,
    pub output: &'a Output,
    pub grants: &'a BTreeMap<Slot, Grant>,
    pub before: Vec<Entry>,
    pub after: Vec<Entry>,
    pub held_before: Vec<Held>,
    pub held_after: Vec<Held>,
    /// Whether Terraform or the provider had no chance to finish what was under way.
    pub is_killed: bool,
    pub is_provider_killed: bool,
    /// SIGINT: of a Ctrl-C, which every process of the group gets, or alone.
    pub is_provider_interrupted: bool,
    /// What others did while it ran.
    pub hands: Vec<Changed>,
    /// Account and set of roles that changed while it ran.
    pub roles: BTreeSet<(usize, usize)>,
    pub imports: BTreeSet<Slot>,
    /// The current roles of the slots.
    pub principals: BTreeMap<Slot, String>,
    pub calls: Vec<Value>,
}

/// What the checks have to remember.
#[derive(Default)]
pub struct Ledger {
    /// Entries that others made, by their own ARN.
    theirs: BTreeSet<String>,
    /// All that a slot's grant was ever configured to give, and all that others gave there.
    ever: BTreeMap<Slot, Vec<Content>>,
    given: BTreeMap<Slot, Content>,
    /// What others have on a shared entry, and what therefore comes along wherever the grant goes.
    comes_along: BTreeMap<Slot, Content>,
    /// Entries of ours that no state knows: a message told of them, or a kill left them and the next plan tells.
    told: BTreeSet<String>,
    left_by_kill: BTreeSet<String>,
    /// Entries of ours that became shared: what was on them by then counts as others', and stays.
    joined: BTreeSet<String>,
}

impl Ledger {
    /// What is configured from now on.
    pub fn configure(&mut self, grants: &BTreeMap<Slot, Grant>, held: &[Held]) {
        // What an entry holds that is shared from now on counts as others', too.
        let is_shared = |held: &&Held| !held.shares && grants.get(&held.slot).is_some_and(|grant| grant.shares);
        self.joined.extend(held.iter().filter(is_shared).map(|held| held.entry_arn.clone()));
        for (slot, grant) in grants {
            self.ever.entry(*slot).or_default().push(grant.content.clone());
            if !grant.shares {
                self.comes_along.remove(slot);
            }
        }
        self.comes_along.retain(|slot, _| grants.contains_key(slot));
    }

    /// Somebody else has changed the entry of a slot.
    pub fn others_changed(&mut self, slot: Slot, changed: &Changed) {
        // An entry that others made for a new role is as they want it from then on: groups and tags of the old one do not come along.
        let is_made = changed.entry.as_ref().is_some_and(|entry| entry.is_made_at(changed.time));
        if changed.deleted.is_some() || is_made {
            self.comes_along.remove(&slot);
        }
        let Some(entry) = &changed.entry else { return };
        self.given.entry(slot).or_default().add(&entry.content.of_others());
        let is_new = changed.deleted.is_some() || entry.content.of_ours().is_empty();
        if is_new && !self.left_by_kill.contains(&entry.arn) && !self.told.contains(&entry.arn) {
            // Whoever made it, nothing but others' is on it now, unless the state knows it.
            self.theirs.insert(entry.arn.clone());
        }
    }

    pub fn is_theirs(&self, entry: &Entry) -> bool {
        self.theirs.contains(&entry.arn)
    }

    /// An entry of ours that the state does not know.
    pub fn is_orphan(&self, entry: &Entry, held: &[Held]) -> bool {
        entry.slot.is_some()
            && !self.is_theirs(entry)
            && !self.joined.contains(&entry.arn)
            && !held.iter().any(|held| held.holds(&entry.arn))
    }

    /// Whether the plan that ends the grant tells of what a kill has left: it is for another role than the state's.
    pub fn is_told_at_the_end(entry: &Entry, held: &[Held]) -> bool {
        held.iter()
            .any(|held| Some(held.slot) == entry.slot && !held.holds(&entry.principal))
    }

    /// What does not hold.
    pub fn check(&mut self, seen: &Seen<'_>) -> Vec<String> {
        self.remember_released(seen);
        let mut violations = Vec::new();
        violations.extend(seen.bystanders_are_untouched());
        violations.extend(self.others_are_untouched(seen));
        violations.extend(self.nothing_else_is_granted(seen));
        violations.extend(self.nothing_is_lost(seen));
        violations.extend(self.success_is_what_it_says(seen));
        violations.extend(seen.no_crash());
        self.remember_shared(seen);
        violations
    }

    /// A shared entry on which only others' things are left is theirs from now on.
    fn remember_released(&mut self, seen: &Seen<'_>) {
        let is_released = |entry: &&Entry| {
            let content = &entry.content;
            let was_held = seen.held_before.iter().any(|held| held.shares && held.knows(&entry.arn));
            was_held && content.of_ours().is_empty() && !content.of_others().is_empty() && self.is_orphan(entry, &seen.held_after)
        };
        let released: Vec<_> = seen.after.iter().filter(is_released).map(|entry| entry.arn.clone()).collect();
        self.theirs.extend(released);
        self.remember_joined(seen);
    }

    /// Entries of ours that are shared now, and on which nobody can tell any more what is ours: a kill had left them, they come
    /// from such a one, a kill kept what was written from the state, or Terraform has lost the private state, which it does
    /// where the provider is killed in an update.
    fn remember_joined(&mut self, seen: &Seen<'_>) {
        // What an apply added to an entry of others before it failed or was killed stays there, and nobody remembers it.
        let is_added = |entry: &&Entry| {
            let is_held = seen.held_after.iter().any(|held| held.holds(&entry.arn));
            self.is_theirs(entry) && !entry.content.of_ours().is_empty() && !is_held
        };
        let added: Vec<_> = seen.after.iter().filter(is_added).map(|entry| entry.arn.clone()).collect();
        self.joined.extend(added);
        for held in seen.held_after.iter().filter(|held| held.shares) {
            let known = |arns: &BTreeSet<String>| arns.contains(&held.entry_arn);
            let before = seen.held_before.iter().find(|before| before.slot == held.slot);
            let follows = before.is_some_and(|before| self.joined.contains(&before.entry_arn));
            let has_forgotten = seen.is_provider_killed && !held.made_here && before.is_some_and(|before| before.made_here);
            let content = |entries: &[Entry]| {
                entries
                    .iter()
                    .find(|entry| entry.arn == held.entry_arn)
                    .map(|entry| entry.content.clone())
            };
            let is_ahead_of_state = seen.is_killed && content(&seen.before) != content(&seen.after);
            if known(&self.left_by_kill) || known(&self.told) || follows || has_forgotten || is_ahead_of_state {
                self.joined.insert(held.entry_arn.clone());
            }
        }
    }

    /// What others have is not taken from them, unless it was the grant's own entry, or was shown as taken over.
    fn others_are_untouched(&self, seen: &Seen<'_>) -> Vec<String> {
        let mut known: BTreeMap<&str, &Entry> = seen.before.iter().map(|entry| (entry.arn.as_str(), entry)).collect();
        for changed in &seen.hands {
            if let Some(deleted) = &changed.deleted {
                known.remove(deleted.arn.as_str());
            }
            if let Some(entry) = &changed.entry {
                known.insert(&entry.arn, entry);
            }
        }
        let mut violations = Vec::new();
        for entry in known.into_values() {
            let Some(slot) = entry.slot else { continue };
            let is_in_state = seen.knew(entry);
            let takes = seen.takes(slot, entry);
            match seen.after.iter().find(|after| after.arn == entry.arn) {
                None if !self.is_theirs(entry) => {}
                None if is_in_state && (takes || entry.stale || seen.roles.contains(&(slot.account, slot.set))) => {}
                None if entry.stale && (takes || seen.shows_as_made_again(entry)) => {}
                None if seen.shows_as_destroyed(slot, entry) => {}
                None if seen.is_replaced_after_the_last_look(entry) => {}
                None => violations.push(format!("an entry of others was deleted: {entry:?}")),
                Some(after) if after.content.holds(&entry.content.of_others()) || takes => {}
                Some(_) if seen.is_replaced_after_the_last_look(entry) => {}
                Some(after) => violations.push(format!("what others gave was taken from them: {entry:?}\nnow {after:?}")),
            }
        }
        violations
    }

    fn nothing_else_is_granted(&self, seen: &Seen<'_>) -> Vec<String> {
        let mut violations = Vec::new();
        for entry in &seen.after {
            let Some(slot) = entry.slot else { continue };
            let ours = entry.content.of_ours();
            let ever = self.ever.get(&slot).map(Vec::as_slice).unwrap_or_default();
            let was_configured = |has: &dyn Fn(&Content) -> bool| ever.iter().any(has);
            let is_right = ours
                .groups
                .iter()
                .all(|group| was_configured(&|content| content.groups.contains(group)))
                && ours
                    .policies
                    .iter()
                    .all(|(name, scope)| was_configured(&|content| content.policies.get(name) == Some(scope)))
                && ours
                    .tags
                    .iter()
                    .all(|(key, value)| was_configured(&|content| content.tags.get(key) == Some(value)));
            let was_given = self.given.get(&slot).cloned().unwrap_or_default().holds(&entry.content.of_others());
            if !is_right || !was_given {
                violations.push(format!("granted, but neither configured nor given by others: {entry:?}"));
            }
        }
        violations
    }

    /// What was made is in the state, or told, or a kill left it and a later plan tells.
    fn nothing_is_lost(&mut self, seen: &Seen<'_>) -> Vec<String> {
        let mut violations = Vec::new();
        for entry in &seen.after {
            if !self.is_orphan(entry, &seen.held_after) || self.told.contains(&entry.arn) {
                continue;
            }
            if seen.tells_of(entry) {
                self.told.insert(entry.arn.clone());
            } else if seen.is_killed {
                self.left_by_kill.insert(entry.arn.clone());
            } else if !self.left_by_kill.contains(&entry.arn) {
                violations.push(format!("an entry was made that nobody knows of: {entry:?}"));
                self.told.insert(entry.arn.clone());
            }
        }
        violations
    }

    /// At the end: what is left of ours, though the last plan was empty, and no message told of it.
    pub fn left_without_a_word(&self, entries: &[Entry], held: &[Held]) -> Vec<String> {
        let left = entries
            .iter()
            .filter(|entry| self.is_orphan(entry, held) && !self.told.contains(&entry.arn));
        left.map(|entry| format!("left by a kill, and no plan tells: {entry:?}")).collect()
    }

    fn success_is_what_it_says(&self, seen: &Seen<'_>) -> Vec<String> {
        let is_open = !seen.hands.is_empty() || !seen.roles.is_empty() || seen.is_killed;
        if seen.output.code != Some(0) || is_open || squeeze(&seen.output.text).contains("could not be checked") {
            return Vec::new();
        }
        let mut violations = Vec::new();
        let ours = seen.after.iter().filter(|entry| entry.slot.is_some() && !self.is_theirs(entry));
        let is_known = |entry: &&Entry| {
            let is_in = |arns: &BTreeSet<String>| arns.contains(&entry.arn);
            is_in(&self.told) || is_in(&self.joined) || is_in(&self.left_by_kill) && !Self::is_told_at_the_end(entry, &seen.held_before)
        };
        for entry in ours.filter(|entry| !is_known(entry)) {
            let slot = entry.slot.expect("it was asked");
            if seen.destroys || !seen.grants.contains_key(&slot) || seen.principals[&slot] != entry.principal {
                violations.push(format!("reported gone, and still there: {entry:?}"));
            }
        }
        if !seen.destroys {
            violations.extend(
                seen.grants
                    .iter()
                    .filter_map(|(slot, grant)| self.is_as_configured(seen, *slot, grant).err()),
            );
        }
        violations
    }

    fn is_as_configured(&self, seen: &Seen<'_>, slot: Slot, grant: &Grant) -> Result<(), String> {
        let is_its_own = |entry: &&Entry| entry.slot == Some(slot) && entry.principal == seen.principals[&slot];
        let entry = seen
            .after
            .iter()
            .find(is_its_own)
            .ok_or(format!("reported done, and there is no entry of {slot:?}"))?;
        let differs = |what: &str| Err(format!("reported done, and {what}: wanted {grant:?}\n{entry:?}"));
        let held = seen.held_after.iter().find(|held| held.slot == slot);
        if !held.is_some_and(|held| held.knows(&entry.arn) && !held.is_tainted) {
            return differs("the state does not know it");
        }
        if !grant.shares {
            return match entry.content == grant.content && !entry.stale {
                true => Ok(()),
                false => differs("it is otherwise"),
            };
        }
        if !entry.content.holds(&grant.content) {
            return differs("something is missing");
        }
        let before = seen
            .held_before
            .iter()
            .find(|held| held.slot == slot && held.shares && held.knows(&entry.arn));
        let is_named_no_longer = |group: &&String| !grant.content.groups.contains(*group) && group.starts_with("ours");
        if before.is_some_and(|held| {
            held.groups
                .iter()
                .filter(is_named_no_longer)
                .any(|group| entry.content.groups.contains(group))
        }) {
            return differs("a group is still there that is named no longer");
        }
        match self.comes_along.get(&slot) {
            Some(others) if !entry.content.holds(others) => differs(&format!("what others had is lost: {others:?}")),
            _ => Ok(()),
        }
    }

    /// Notes what others have on shared entries of the state, and forgets what nobody could bring along.
    fn remember_shared(&mut self, seen: &Seen<'_>) {
        for slot in Slot::all() {
            let is_shared = |held: &[Held]| held.iter().any(|held| held.slot == slot && held.shares);
            let entry_of = |entries: &[Entry]| {
                entries
                    .iter()
                    .find(|entry| entry.principal == seen.principals[&slot] && entry.slot == Some(slot))
                    .cloned()
            };
            let (before, after) = (entry_of(&seen.before), entry_of(&seen.after));
            let is_another = before.as_ref().map(|entry| &entry.arn) != after.as_ref().map(|entry| &entry.arn);
            // A kill between the delete and the create of an entry that is made again loses what others had on it, a kill before
            // it has come back what the private state says of it, and what they give to it in that moment is lost without a
            // kill. All of that is documented.
            let is_lost_by_kill = seen.is_killed && (is_another || before.is_none());
            let may_be_lost = is_lost_by_kill || is_another && !seen.hands.is_empty() || seen.roles.contains(&(slot.account, slot.set));
            if !is_shared(&seen.held_after) || may_be_lost {
                self.comes_along.remove(&slot);
            }
            // What others have on the entry of a new role to which the grant has not come yet stays there.
            let has_joined = |entry: &Entry| {
                seen.held_after
                    .iter()
                    .any(|held| held.slot == slot && held.shares && held.knows(&entry.arn))
            };
            if let Some(entry) = after.filter(has_joined) {
                self.comes_along.entry(slot).or_default().add(&entry.content.of_others());
            }
        }
    }
}

impl Seen<'_> {
    /// Entries of principals that nobody configured are byte for byte as they were.
    fn bystanders_are_untouched(&self) -> Option<String> {
        let bystanders = |entries: &[Entry]| -> Vec<Entry> { entries.iter().filter(|entry| entry.slot.is_none()).cloned().collect() };
        let (before, after) = (bystanders(&self.before), bystanders(&self.after));
        (before != after || before.len() != 4).then(|| format!("entries that nobody configured have changed: {before:?}\nnow {after:?}"))
    }

    /// Whether the state has it, or took it over.
    fn knew(&self, entry: &Entry) -> bool {
        let imported = |slot| self.imports.contains(&slot);
        self.held_before.iter().chain(&self.held_after).any(|held| held.knows(&entry.arn)) || entry.slot.is_some_and(imported)
    }

    /// Whether the grant of a slot may take away what others have on an entry: it has the entry for itself, or is told to adopt.
    fn takes(&self, slot: Slot, entry: &Entry) -> bool {
        let has_for_itself = |held: &Held| held.slot == slot && !held.shares && held.knows(&entry.arn);
        let was_its_own = self.held_before.iter().any(has_for_itself);
        // The entry of a new role, which was there already.
        let moves = self.held_before.iter().any(|held| held.slot == slot) && self.before.iter().any(|before| before.arn == entry.arn);
        let may = |grant: &Grant| !grant.shares && (grant.adopts || self.knew(entry) || moves);
        let is_to_be = self.grants.get(&slot).is_some_and(may);
        was_its_own || is_to_be && !self.destroys
    }

    /// Whether the output names an entry as one that nobody knows of from then on.
    fn tells_of(&self, entry: &Entry) -> bool {
        let text = squeeze(&self.output.text);
        let told = [
            "may exist",
            "not in the state",
            "is kept for another",
            "The state knows only the entry of",
        ];
        let is_told = told.iter().any(|words| text.contains(words));
        // Of several warnings with one title Terraform shows the first, and how many more there are.
        let titles = [
            "Access entry of the new role stays",
            "Access entries of other roles stay",
            "Access entries of earlier roles may be left",
        ];
        let folded = titles
            .iter()
            .filter_map(|title| text.split_once(title))
            .any(|(_, rest)| rest.split("Warning: ").next().unwrap_or_default().contains("similar warning"));
        is_told && text.contains(&entry.principal) || folded && Ledger::is_told_at_the_end(entry, &self.held_before)
    }

    /// The plan showed that exactly this entry is replaced: its role was made again since, or another one made.
    fn shows_as_made_again(&self, entry: &Entry) -> bool {
        self.shows_arn_as(entry, "(known after apply)")
    }

    /// The plan showed that a grant that has its entry for itself is destroyed, and exactly this entry with it.
    fn shows_as_destroyed(&self, slot: Slot, entry: &Entry) -> bool {
        let has_for_itself = self.held_before.iter().any(|held| held.slot == slot && !held.shares);
        has_for_itself && self.shows_arn_as(entry, "null")
    }

    /// A line of a plan: what becomes of this entry's own ARN.
    fn shows_arn_as(&self, entry: &Entry, after: &str) -> bool {
        let line = format!("access_entry_arn = \"{}\" -> {after}", entry.arn);
        squeeze(&self.output.text).contains(&line)
    }

    /// EKS has no write that asks for an entry's own ARN: what happens between a look and the write after it cannot be seen.
    fn is_replaced_after_the_last_look(&self, entry: &Entry) -> bool {
        let made = self
            .hands
            .iter()
            .find(|changed| changed.entry.as_ref().is_some_and(|made| made.arn == entry.arn));
        let Some(made) = made else { return false };
        let is_for = |call: &&Value| call["params"]["principalArn"] == entry.principal.as_str();
        let calls: Vec<_> = self
            .calls
            .iter()
            .filter(is_for)
            .filter(|call| call["time"].as_f64() > Some(made.time))
            .collect();
        let first_write = calls
            .iter()
            .position(|call| call["operation"] != "DescribeAccessEntry" && call["operation"] != "ListAssociatedAccessPolicies");
        let looked = calls[..first_write.unwrap_or(calls.len())]
            .iter()
            .any(|call| call["operation"] == "DescribeAccessEntry");
        !looked
    }

    fn no_crash(&self) -> Option<String> {
        let text = squeeze(&self.output.text);
        let bugs = [
            "panicked",
            "Provider produced",
            "bug in the provider",
            "plugin crashed",
            "did not respond",
            "Unrecognized remote plugin",
        ];
        let found = bugs.iter().find(|words| text.contains(**words))?;
        // Terraform up to 1.15 says so where a role has changed after the plan; the troubleshooting guide explains it.
        let is_role_change = *found == "Provider produced" && !self.roles.is_empty();
        // A provider that has just been started, and that does not handle signals yet, ends by Ctrl-C as any program does.
        let is_ended_at_its_start = *found == "Unrecognized remote plugin" && self.is_provider_interrupted;
        (!self.is_provider_killed && !is_role_change && !is_ended_at_its_start).then(|| format!("it says {found:?}"))
    }
}
