//! What has to hold, whatever happened.

use crate::core::{Object, State};
use crate::faults::aws::{Entry, Gift, Hand, World};
use crate::faults::case::Case;
use crate::faults::fault::{Besides, Fault, is_write};
use crate::faults::flows::{Content, ROWS, WHOLE, Wanted};
use crate::terraform::{Output, squeeze};
use std::collections::BTreeSet;

/// A command that has ended.
#[derive(Debug)]
pub struct Seen<'a> {
    pub case: &'a Case<'a>,
    pub world: World,
    pub state: State,
    pub output: &'a Output,
    /// What the command says, without borders and line breaks.
    pub text: String,
    pub calls: Vec<&'static str>,
}

/// What has to hold as soon as the command has ended.
pub fn at_once(seen: &Seen<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    violations.extend(seen.others_are_untouched());
    violations.extend(seen.nothing_of_ours_is_lost());
    violations.extend(seen.nothing_is_granted_that_nobody_configured());
    violations.extend(seen.success_is_what_it_says());
    violations.extend(seen.texts_are_true());
    violations.extend(seen.access_is_kept_at_every_moment());
    violations.extend(seen.less_waits_for_more());
    violations
        .into_iter()
        .map(|violation| format!("{violation}\n    {}", seen.told()))
        .collect()
}

/// What has to hold after a destroy that follows on a kill: what the state knew is gone, and what it did not is told.
///
/// # Errors
/// What does not.
pub fn after_a_destroy_at_once(case: &Case<'_>, world: &World, state: &State, destroy: &Output) -> Result<(), String> {
    let text = squeeze(&destroy.text);
    let is_told = |name: &str| text.contains("The state knows only the") && text.contains(name);
    let known = state.objects.values().map(|object| object.value.to_string()).collect::<String>();
    let shares = (case.flow.config)().contains("additive");
    // What nobody remembers as given on a shared entry stays, and what others have.
    let may_stay = |principal: &str| shares && known.contains(principal);
    let is_left = |(principal, entry): &(&String, &Entry)| entry.is_ours() && !is_told(principal) && !may_stay(principal);
    let mut left: Vec<_> = world
        .entries
        .iter()
        .filter(is_left)
        .map(|(principal, _)| principal.as_str())
        .collect();
    let role = world.roles.last().expect("there is one").name.as_str();
    if world.map_roles().contains(role) && !is_told(role) {
        left.push(role);
    }
    match destroy.code {
        Some(0) if left.is_empty() => Ok(()),
        _ => Err(format!(
            "destroyed after the kill, and left without a word: {left:?}\n{}",
            destroy.text
        )),
    }
}

/// What has to hold after an apply that knows nothing but the attributes: of entries that it does not know it tells. What it has
/// forgotten of a shared one counts as others'.
///
/// # Errors
/// What does not.
pub fn after_the_private_state_was_lost(case: &Case<'_>, world: &World, apply: &Output) -> Result<(), String> {
    let text = squeeze(&apply.text);
    let is_told = |principal: &str| text.contains("not in the state") && text.contains(principal);
    let shares = (case.flow.config)().contains("additive");
    let is_left = |(principal, entry): &(&String, &Entry)| entry.is_ours() && **principal != world.role_arn() && !is_told(principal);
    let left = world.entries.iter().find(is_left).filter(|_| !shares);
    match (apply.code, left) {
        (Some(0), None) => Ok(()),
        (_, left) => Err(format!(
            "applied without the private state, and left without a word: {left:?}\n{}",
            apply.text
        )),
    }
}

impl Seen<'_> {
    fn told(&self) -> String {
        let writes: Vec<_> = self
            .world
            .writes
            .iter()
            .map(|write| {
                format!(
                    "{:?} {} {}",
                    write.by,
                    write.operation,
                    write.on.rsplit('/').next().unwrap_or_default().trim_start_matches('0')
                )
            })
            .collect();
        format!(
            "calls {:?}\n    writes {writes:?}\n    {}",
            self.calls,
            self.output.text.replace('\n', "\n    ")
        )
    }

    /// Everything that the next run and what is asked of it depend on, without times and marks, which are new with each run.
    pub fn outcome(&self, told: bool) -> String {
        let World { roles, aws_auth, .. } = &self.world;
        let entries: Vec<_> = self
            .world
            .entries
            .iter()
            .map(|(principal, entry)| self.world.told(principal, entry))
            .collect();
        let ids: Vec<_> = roles.iter().map(|role| (&role.name, &role.id)).collect();
        let state: Vec<_> = self.state.objects.values().map(without_times).collect();
        let import = self.case.told_import(self.output);
        let Fault { kind, besides, .. } = self.case.fault;
        let allowed = (
            told,
            kind.is_kill(),
            besides == Some(Besides::RoleReplaced),
            besides == Some(Besides::EntryDeleted),
        );
        format!(
            "{} {ids:?} {entries:?} {aws_auth:?} {state:?} {import:?} {allowed:?}",
            self.case.flow.name
        )
    }

    fn says(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    fn others_are_untouched(&self) -> Option<String> {
        let takes_over = self.case.flow.name == "adopt" || self.case.start.has_state();
        // What happened before the plan was complete, the plan showed.
        let was_shown = |arn: &str| self.case.start.world.gifts.contains_key(arn) || self.case.is_in_plan();
        for (arn, gift) in &self.world.gifts {
            // Terraform plans once more within an apply, and shows that plan to nobody: see DESIGN.md, "What is not done yet".
            let shown_within = self.says("will be taken over") || self.says("is taken over");
            if !gift.made || (takes_over && (was_shown(arn) || shown_within)) || self.is_replaced_after_the_last_look() {
                continue;
            }
            match self.world.entries.values().find(|entry| entry.arn == *arn) {
                None => return Some("an entry of others was deleted".to_owned()),
                Some(entry) if !holds(entry, gift) => return Some(format!("what others have was taken from them: {entry:?}")),
                Some(_) => {}
            }
        }
        let rows = self.world.map_roles();
        (!self.case.start.world.map_roles().is_empty() && !rows.contains(ROWS)).then(|| format!("rows of others have changed:\n{rows}"))
    }

    /// EKS has no write that asks for an entry's own ARN: what happens between a look and the writes that follow it cannot be
    /// seen.
    fn is_replaced_after_the_last_look(&self) -> bool {
        let first_write = self
            .calls
            .iter()
            .position(|operation| is_write(operation))
            .unwrap_or(self.calls.len());
        let last_look = self.calls[..first_write]
            .iter()
            .rposition(|operation| *operation == "DescribeAccessEntry");
        self.case.fault.besides == Some(Besides::EntryReplaced) && last_look.is_some_and(|look| self.case.fault.at >= look)
    }

    /// Nor can a deletion be seen after which nobody looks again.
    fn is_deleted_after_the_last_look(&self) -> bool {
        let later = self.calls.iter().skip(self.case.fault.at + 1);
        self.case.fault.besides == Some(Besides::EntryDeleted) && !later.into_iter().any(|operation| *operation == "DescribeAccessEntry")
    }

    /// What was made is in the state, or it is told.
    fn nothing_of_ours_is_lost(&self) -> Option<String> {
        if self.case.fault.kind.is_kill() {
            return None;
        }
        let known = format!(
            "{:?}",
            self.state
                .objects
                .values()
                .map(|object| object.value.to_string())
                .collect::<Vec<_>>()
        );
        let hidden: String = self
            .state
            .objects
            .values()
            .map(|object| String::from_utf8_lossy(&object.private).into_owned())
            .collect();
        let is_told = self.says("may exist") || self.says("is not in the state");
        let lost = |entry: &&Entry| entry.is_ours() && !known.contains(&entry.arn) && !hidden.contains(&entry.arn);
        let lost = self.world.entries.values().find(lost).filter(|_| !is_told)?;
        Some(format!("an entry was made that nobody knows of: {}", lost.arn))
    }

    fn nothing_is_granted_that_nobody_configured(&self) -> Option<String> {
        let before = self.case.start.world.entries.values().map(Content::of);
        let mut allowed: Vec<Content> = before.collect();
        if let Wanted::Entry(content) = (self.case.flow.wanted)(&self.world) {
            allowed.push(content);
        }
        let policies: BTreeSet<_> = allowed.iter().flat_map(|content| &content.policies).collect();
        let groups: BTreeSet<_> = allowed.iter().flat_map(|content| &content.groups).collect();
        // What others gave to a shared entry comes along to the next one.
        let gift = self.world.all_gifts();
        let is_allowed = |(name, scope): (&String, &String)| gift.policies.contains(name) || policies.contains(&(name, scope));
        let is_group_allowed = |group: &String| gift.groups.contains(group) || groups.contains(group);
        let is_too_much = |entry: &&Entry| !entry.policies.iter().all(is_allowed) || !entry.groups.iter().all(is_group_allowed);
        let found = self.world.entries.values().find(is_too_much)?;
        Some(format!("granted, but not configured: {found:?}"))
    }

    fn success_is_what_it_says(&self) -> Option<String> {
        if self.output.code != Some(0) {
            return None;
        }
        if self.case.flow.destroys {
            let left = self.world.entries.values().find(|entry| entry.is_ours());
            return left.map(|entry| format!("reported gone, and still there: {entry:?}"));
        }
        let changes_the_aim = [
            Besides::EntryAppears,
            Besides::EntryReplaced,
            Besides::EntryDeleted,
            Besides::RoleReplaced,
            Besides::RoleRecreated,
            Besides::SecondWriter,
        ];
        if self.case.fault.besides.is_some_and(|besides| changes_the_aim.contains(&besides)) {
            return None;
        }
        if self.says("could not be checked") {
            return None;
        }
        at_the_end(self.case, &self.world, false, &self.output.text)
            .err()
            .map(|wrong| format!("reported done, but {wrong}"))
    }

    fn texts_are_true(&self) -> Option<String> {
        // The end of a tainted entry is an operation of its own, before the create that says what it wrote.
        let is_tainted = |arn: &str| self.case.start.is_tainted() && self.case.start.world.entries.values().any(|entry| entry.arn == arn);
        let wrote = self
            .world
            .writes
            .iter()
            .any(|write| write.by == Hand::Provider && !is_tainted(&write.on));
        for nothing in ["Nothing was written", "Nothing was changed"] {
            if wrote && self.says(nothing) {
                return Some(format!("says {nothing:?}, but something was"));
            }
        }
        let has_ours = self.world.entries.values().any(Entry::is_ours);
        let has_old = self.world.entries.keys().any(|principal| *principal != self.world.role_arn());
        for (left, is_there) in [("Incomplete access entry is left", has_ours), ("Old access entry is left", has_old)] {
            if !is_there && self.says(left) && !self.is_deleted_after_the_last_look() {
                return Some(format!("says {left:?}, and there is none"));
            }
        }
        let doubts_create = self.case.fault.kind.leaves_doubt() && self.calls.contains(&"CreateAccessEntry");
        if self.says("may exist") && !doubts_create {
            return Some("says that the entry may exist, where that is known".to_owned());
        }
        (self.output.code == Some(1) && !self.output.text.contains("Error")).then(|| "fails without a word".to_owned())
    }

    fn access_is_kept_at_every_moment(&self) -> Option<String> {
        let ends_access = [
            Besides::EntryReplaced,
            Besides::EntryDeleted,
            Besides::RoleReplaced,
            Besides::RoleRecreated,
        ];
        if self.case.fault.besides.is_some_and(|besides| ends_access.contains(&besides)) {
            return None;
        }
        let lost = |name: &&&str| self.world.writes.iter().any(|write| !write.held.contains(**name));
        self.case
            .flow
            .kept
            .iter()
            .find(lost)
            .map(|name| format!("{name} was gone for a moment"))
    }
}

impl Seen<'_> {
    /// A failure half-way leaves more access and never less: nothing was taken from an entry before it has all that is new.
    fn less_waits_for_more(&self) -> Option<String> {
        let Wanted::Entry(wanted) = (self.case.flow.wanted)(&self.world) else {
            return None;
        };
        if self.case.flow.destroys || self.case.fault.besides.is_some() {
            return None;
        }
        let (before, now) = (self.case.start.world.entry()?, self.world.entry()?);
        let has_more = wanted.policies.keys().all(|name| now.policies.contains_key(name));
        let is_less = |(name, scope): (&String, &String)| match now.policies.get(name) {
            Some(scope_now) => scope == WHOLE && scope_now != WHOLE,
            None => true,
        };
        let has_less = before.arn == now.arn && before.policies.iter().any(is_less);
        (has_less && !has_more).then(|| format!("less before there is more: {now:?}"))
    }
}

fn without_times(object: &Object) -> (serde_json::Value, String, bool) {
    let mut private: serde_json::Value = serde_json::from_slice(&object.private).unwrap_or_default();
    private["entry_made_at"].take();
    (object.value.json(), private.to_string(), object.tainted)
}

fn holds(entry: &Entry, gift: &Gift) -> bool {
    gift.groups.is_subset(&entry.groups)
        && gift.policies.iter().all(|name| entry.policies.contains_key(name))
        && gift.tags.iter().all(|(key, value)| entry.tags.get(key) == Some(value))
}

impl Case<'_> {
    /// The entry that the grant is about in the end.
    fn entry<'a>(&self, world: &'a World) -> Option<&'a Entry> {
        match self.flow.destroys {
            true => world.entries.get(&self.start.world.role_arn()),
            false => world.entry(),
        }
    }

    /// What of others nobody could bring along.
    fn without_what_may_be_lost(&self, mut wanted: Content, content: &Content) -> Content {
        if self.fault.kind.is_kill() {
            let is_lost = |name: &String| self.flow.only_remembered.contains(&&**name) && !content.policies.contains_key(name);
            wanted.policies.retain(|name, _| !is_lost(name));
        }
        let roles_change = self.fault.besides == Some(Besides::RoleReplaced);
        let is_deleted = self.fault.besides == Some(Besides::EntryDeleted);
        if is_deleted || roles_change && (self.fault.kind.is_kill() || !self.start.has_state()) {
            // It went with the entry that somebody deleted; or they gave it to a role that was gone before anything was shared, or
            // before anybody could look at it again.
            let gifts = self.start.world.gifts.values();
            for gift in gifts {
                wanted
                    .policies
                    .retain(|name, _| !gift.policies.contains(name) || content.policies.contains_key(name));
                wanted
                    .groups
                    .retain(|name| !gift.groups.contains(name) || content.groups.contains(name));
                wanted
                    .tags
                    .retain(|name, _| !gift.tags.contains_key(name) || content.tags.contains_key(name));
            }
        }
        wanted
    }
}

/// What has to hold at the end; `told` if a message said that there may be an entry that nobody knows of.
///
/// # Errors
/// What does not.
pub fn at_the_end(case: &Case<'_>, world: &World, told: bool, text: &str) -> Result<(), String> {
    match (case.flow.wanted)(world) {
        // What others had on it went with it.
        Wanted::Entry(_) if case.flow.destroys && case.fault.besides == Some(Besides::EntryDeleted) && case.entry(world).is_none() => {
            Ok(())
        }
        Wanted::Entry(wanted) => {
            let entry = case.entry(world).ok_or("there is no entry")?;
            let shares = (case.flow.config)().contains("additive");
            let role = world.roles.last().expect("there is one");
            let is_of_others = case.start.world.gifts.get(&entry.arn).is_some_and(|gift| gift.made);
            // A shared entry of others is theirs to make anew.
            if entry.role_id != role.id
                && !case.flow.destroys
                && !(shares && (is_of_others || !case.start.has_state() || case.fault.kind.is_kill()))
            {
                return Err("the entry is bound to a role that is gone".to_owned());
            }
            let content = Content::of(entry);
            let wanted = case.without_what_may_be_lost(wanted, &content);
            let gift = shares.then(|| world.all_gifts());
            let is_as_wanted = match &gift {
                Some(gift) => content.is_between(&wanted, gift),
                None => content == wanted,
            };
            if is_as_wanted {
                Ok(())
            } else {
                Err(format!("there is {content:?}\n    wanted   {wanted:?}"))
            }?;
            let stale = world
                .entries
                .iter()
                .find(|(arn, entry)| **arn != world.role_arn() && entry.is_ours());
            // Of a create without an answer it was told that there may be something.
            match stale.filter(|_| !case.fault.kind.is_kill() && !told) {
                Some((_, entry)) => Err(format!("an old entry is left: {entry:?}")),
                None => Ok(()),
            }
        }
        Wanted::Nothing => match world.entries.values().find(|entry| entry.is_ours()) {
            Some(entry) => Err(format!("still there: {entry:?}")),
            None => Ok(()),
        },
        Wanted::NoEntry => match world.entries.values().next() {
            Some(entry) => Err(format!("still there: {entry:?}")),
            None => Ok(()),
        },
        Wanted::Row(row) => {
            let map_roles = world.map_roles();
            // A row that a kill left, of a role that is gone since, no state knows.
            let others_are_told = |row: &str| are_told(&map_roles.replace(row, ""), text);
            let is_right = match &row {
                Some(row) => map_roles.contains(row) && others_are_told(row),
                None => !map_roles.contains("AWSReservedSSO_"),
            };
            if is_right {
                Ok(())
            } else {
                Err(format!("mapRoles is\n{map_roles}\n    wanted {row:?}"))
            }
        }
    }
}

/// Whether a message names each row of the permission set that is in mapRoles.
fn are_told(map_roles: &str, text: &str) -> bool {
    let rows = map_roles.split("- rolearn: ").filter(|row| row.contains("AWSReservedSSO_"));
    let is_told = |row: &str| text.contains("rows for roles that") && text.contains(row.lines().next().unwrap_or_default());
    rows.into_iter().all(is_told)
}

/// What has to hold once the grant was destroyed: nothing is left but what others gave.
///
/// # Errors
/// What is left.
pub fn after_the_destroy(case: &Case<'_>, world: &World, text: &str) -> Result<(), String> {
    if !are_told(&world.map_roles(), text) {
        return Err(format!("a row is left:\n{}", world.map_roles()));
    }
    let Some(entry) = world.entry() else { return Ok(()) };
    let shares = (case.flow.config)().contains("additive");
    let gift = match case.fault.besides {
        // What others had on a shared entry had been looked at before somebody deleted it: it comes along, as the plan showed, and
        // counts as theirs.
        Some(Besides::EntryDeleted) if shares => case.start.world.all_gifts(),
        _ => world.all_gifts(),
    };
    let is_theirs = Content::of(entry).is_between(&Content::default(), &gift);
    // Without an owner nobody can tell who made an entry that was imported.
    let is_known = (case.flow.config)().contains("owner") || case.start.has_state();
    let is_left_alone = !entry.is_ours() || gift.is_something() || !is_known;
    match is_theirs && is_left_alone {
        true => Ok(()),
        false => Err(format!("left after the destroy: {entry:?}")),
    }
}

impl Content {
    /// All that is wanted, and besides only what others gave.
    fn is_between(&self, wanted: &Self, gift: &Gift) -> bool {
        let has = wanted.groups.is_subset(&self.groups)
            && wanted.tags.iter().all(|(key, value)| self.tags.get(key) == Some(value))
            && wanted.policies.iter().all(|(name, scope)| self.policies.get(name) == Some(scope));
        let more = self
            .groups
            .iter()
            .all(|group| wanted.groups.contains(group) || gift.groups.contains(group))
            && self
                .tags
                .keys()
                .all(|key| wanted.tags.contains_key(key) || gift.tags.contains_key(key))
            && self
                .policies
                .keys()
                .all(|name| wanted.policies.contains_key(name) || gift.policies.contains(name));
        has && more
    }
}
