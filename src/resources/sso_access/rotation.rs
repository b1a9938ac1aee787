//! A grant whose role has changed: it moves to the new role's entry, or, where the role was made anew under the same ARN,
//! its entry is made anew.

use crate::aws::error::AwsError;
use crate::aws::session::Session;
use crate::domain::access_entry::{Actual, Before, Desired, Management, Ours, is_reserved_tag};
use crate::domain::access_policy::AccessPolicyName;
use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::kubernetes::is_default_user_name;
use crate::hosting::Applied;
use crate::resources::access_entry::claims::Claim;
use crate::resources::access_entry::entry::Entry;
use crate::resources::sso_access::failures::{self, NOT_CHANGED};
use crate::resources::sso_access::flatten::flatten;
use crate::resources::sso_access::making::{Making, Meeting, Outcome, Unfinished};
use crate::resources::sso_access::messages;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::planned::fill_unknown;
use crate::resources::sso_access::private::{ContentRecord, EntryRecord, Private, ReplacedRecord};
use crate::resources::sso_access::releasing::{Release, Released};
use crate::resources::sso_access::run::Run;
use crate::resources::sso_access::status::Status;
use crate::resources::sso_access::writer::Writer;
use tf_provider::Diagnostics;

/// All that an update needs.
#[derive(Debug)]
pub(super) struct Change<'a> {
    pub(super) run: &'a Run,
    pub(super) session: &'a Session,
    /// Writes the entry of the role that the grant is for from now on.
    pub(super) writer: Writer<'a>,
    pub(super) principal: &'a AccessEntryPrincipal,
    pub(super) prior: &'a Model,
    pub(super) before: Before,
    pub(super) planned: Model,
    pub(super) wanted: Desired,
    pub(super) private: Private,
}

/// New entry first, old entry last: nobody who has the new role waits for anything.
pub(super) async fn move_to_role(mut change: Change<'_>, diags: &mut Diagnostics) -> Option<Applied<Model>> {
    let old = EntryRecord {
        principal_arn: change.prior.principal_arn.as_deref_option().unwrap_or_default().to_owned(),
        access_entry_arn: change.prior.access_entry_arn.as_deref_option().unwrap_or_default().to_owned(),
        made_here: change.private.created,
    };
    let mut claim = change.run.claims.turn(change.writer.target, change.writer.principal_arn).await;
    change.inherit_from(diags, &old.principal_arn).await?;
    let errors = diags.errors.len();
    let mut outcome = Box::pin(change.establish(diags)).await;
    if matches!(outcome, Outcome::Full) && change.deletes_old() {
        // The old role is gone, so its entry serves nobody: it makes room.
        diags.errors.truncate(errors);
        change.let_go_of(diags, &old).await.ok()?;
        outcome = Box::pin(change.establish(diags)).await;
        change.making().tell_if_not_recreated(diags, &outcome);
        return change.settle_anew(diags, outcome, &mut claim).await;
    }
    change.private.old_entries.push(old);
    change.settle(diags, outcome, &mut claim).await
}

/// EKS binds an entry to the role's id, so the entry has to be made anew under the same ARN.
pub(super) async fn rebind(mut change: Change<'_>, diags: &mut Diagnostics) -> Option<Applied<Model>> {
    let mut claim = change.run.claims.turn(change.writer.target, change.writer.principal_arn).await;
    let found = change.look_at(diags, change.writer.principal_arn).await?;
    let Some(mut entry) = found else {
        let outcome = change.making().make(diags).await;
        return change.settle_anew(diags, outcome, &mut claim).await;
    };
    let shown = change.prior.access_entry_arn.as_deref_option().unwrap_or_default();
    let Some(ours) = Ours::shown(shown, &entry.entry.access_entry_arn) else {
        diags.add_error(messages::another_entry(change.writer.target, &entry));
        return None;
    };
    if change.wanted.management == Management::Additive {
        inherit(&mut change.wanted, &entry.actual(), change.writer.principal_arn, &change.before);
    }
    let outcome = Box::pin(change.making().make_anew(diags, &mut entry, &ours)).await;
    change.settle_anew(diags, outcome, &mut claim).await
}

impl Change<'_> {
    /// The same ARN, but another role behind it, or an entry that is gone, to be made again. One that somebody else has made
    /// in the meantime serves as it is.
    pub(super) fn is_rebound(&self) -> bool {
        let is_to_come_back = self.private.outlives_entry() && self.prior.access_entry_arn.is_null();
        self.prior.role_id != self.planned.role_id || is_to_come_back
    }

    /// Whether the entry is gone, and the plan left it open (`entry_is_gone` in `role_change.rs`): what went with a cluster that
    /// was replaced is made again. What others had on it went the same way. `None` comes with an error.
    pub(super) async fn is_gone(&self, diags: &mut Diagnostics) -> Option<bool> {
        if !self.planned.access_entry_arn.is_unknown() || self.private.returning.is_some() {
            return Some(false);
        }
        Some(self.look_at(diags, self.writer.principal_arn).await?.is_none())
    }

    fn making(&self) -> Making<'_> {
        Making {
            session: self.session,
            writer: self.writer,
            principal: self.principal,
            wanted: &self.wanted,
            before: &self.before,
            meeting: Meeting::Add,
            unfinished: Unfinished::Keep,
            mark: uuid::Uuid::new_v4().to_string(),
        }
    }

    /// Takes over the entry of the new role that the plan showed, or makes one.
    async fn establish(&self, diags: &mut Diagnostics) -> Outcome {
        let making = self.making();
        match &self.private.shown {
            Some(shown) if self.private.rebinds => Box::pin(making.take_over_anew(diags, shown)).await,
            Some(shown) => making.take_over(diags, shown).await,
            None => making.make(diags).await,
        }
    }

    fn deletes_old(&self) -> bool {
        self.private.created || self.wanted.management == Management::Exclusive
    }

    /// The state after the entry was made under another role.
    async fn settle(mut self, diags: &mut Diagnostics, outcome: Outcome, claim: &mut Claim) -> Option<Applied<Model>> {
        match outcome {
            Outcome::Whole(made) => {
                *claim = Claim::Made;
                self.private.returning = None;
                self.private.created = made.created;
                // What came along to an entry that was made holds our values in the place of theirs, as before.
                if !made.created {
                    self.private.replaced = ReplacedRecord::from(&made.replaced);
                }
                self.delete_old_entries(diags).await;
                Some(done(self, &made.entry))
            }
            Outcome::HalfMade(entry) => {
                *claim = Claim::Made;
                self.private.returning = self.to_come_back();
                self.private.created = true;
                Some(self.half_made(&entry).await)
            }
            // The prior state is kept: the next plan looks for the new entry again.
            Outcome::Nothing | Outcome::Untouched | Outcome::Full => None,
        }
    }

    /// [`Self::settle`] where the old entry is gone already: what others had on a shared one must not be lost with it.
    async fn settle_anew(self, diags: &mut Diagnostics, outcome: Outcome, claim: &mut Claim) -> Option<Applied<Model>> {
        if matches!(outcome, Outcome::Nothing | Outcome::Full) && self.wanted.management == Management::Additive {
            return Some(self.returning());
        }
        self.settle(diags, outcome, claim).await
    }

    /// The state of a grant whose entry is to come back with the next apply.
    fn returning(mut self) -> Applied<Model> {
        self.private.returning = self.to_come_back();
        Applied {
            state: self.prior.clone(),
            private: self.private.settled().encode(),
        }
    }

    /// What a shared entry is to hold, that of others included: the next apply goes on with it.
    fn to_come_back(&self) -> Option<ContentRecord> {
        let Desired {
            management,
            groups,
            user_name,
            policies,
            tags,
            ..
        } = &self.wanted;
        let partition = self.session.partition();
        let policies = policies.iter().map(|(name, scope)| (name.arn(partition), scope.clone())).collect();
        let user_name = user_name.clone().unwrap_or_default();
        (*management == Management::Additive).then(|| ContentRecord::new(groups.clone(), user_name, &policies, tags.clone()))
    }

    async fn half_made(mut self, known: &Entry) -> Applied<Model> {
        let mut state = self.planned.clone();
        fill_unknown(&mut state, known, self.session);
        state.status = Status::Moved.text();
        let seen = self.writer.last_look().await;
        let entry = seen.ok().flatten().unwrap_or_else(|| known.clone());
        flatten(&mut state, &entry, self.session);
        self.private.remember(&entry.entry);
        Applied {
            state,
            private: self.private.settled().encode(),
        }
    }

    /// Lets go of the entries under earlier roles. Those that cannot be deleted stay in the private state.
    pub(super) async fn delete_old_entries(&mut self, diags: &mut Diagnostics) {
        // A role may have come back to a name that it had before: that entry is the grant's own again.
        let serves = self.writer.principal_arn;
        self.private.old_entries.retain(|old| old.principal_arn != serves);
        for old in std::mem::take(&mut self.private.old_entries) {
            if self.let_go_of(diags, &old).await.is_err() {
                self.private.old_entries.push(old);
            }
        }
    }

    async fn let_go_of(&self, diags: &mut Diagnostics, old: &EntryRecord) -> Result<(), AwsError> {
        let release = Release {
            run: self.run,
            session: self.session,
            writer: Writer {
                principal_arn: &old.principal_arn,
                ..self.writer
            },
            management: old.released_as(self.wanted.management),
            before: &self.before,
            made_here: old.made_here,
            is_taken_along: false,
        };
        let error = match release.carry_out(diags, &old.access_entry_arn).await {
            // Another resource of this run has it now, or somebody else has made another one.
            Ok(Released::Gone | Released::Left) => return Ok(()),
            Err(error) if error.is_authentication_mode() => return Ok(()),
            Err(error) => error,
        };
        diags.add_error(failures::old_entry_left(&release.writer, &error));
        Err(error)
    }

    /// What the new entry is to hold besides: of a shared one, also what others put on the old one. `None` comes with an
    /// error.
    async fn inherit_from(&mut self, diags: &mut Diagnostics, old_principal: &str) -> Option<()> {
        if self.wanted.management == Management::Exclusive {
            return Some(());
        }
        let Some(old) = self.look_at(diags, old_principal).await? else {
            return Some(());
        };
        let standing = self.look_at(diags, self.writer.principal_arn).await?;
        let standing = standing.map(|entry| entry.actual());
        bring_along(&mut self.wanted, &old.actual(), standing.as_ref(), old_principal, &self.before);
        Some(())
    }

    async fn look_at(&self, diags: &mut Diagnostics, principal_arn: &str) -> Option<Option<Entry>> {
        let writer = Writer {
            principal_arn,
            ..self.writer
        };
        let looked = writer.look().await;
        looked
            .map_err(|error| diags.add_error(failures::not_read(NOT_CHANGED, &writer, &error)))
            .ok()
    }

    /// Adds to what is wanted what was on the entry when it was deleted and could not be made anew.
    pub(super) fn inherit_returning(&mut self) {
        // An entry that is ours alone from now on holds nothing of others.
        let is_shared = self.wanted.management == Management::Additive;
        let Some(record) = self.private.returning.clone().filter(|_| is_shared) else {
            return;
        };
        inherit(&mut self.wanted, &record.actual(), self.writer.principal_arn, &self.before);
    }
}

/// The state after an update that did all of its work.
pub(super) fn done(mut change: Change<'_>, entry: &Entry) -> Applied<Model> {
    fill_unknown(&mut change.planned, entry, change.session);
    change.private.remember(&entry.entry);
    if !change.private.old_entries.is_empty() {
        // The next plan sets it to "ok", and that update tries the deletion again.
        change.planned.status = Status::Moved.text();
    }
    change.private.half_made = false;
    if change.planned.role_id.is_value() {
        change.private.unbound_for = None;
    }
    change.private.returning = None;
    Applied {
        state: change.planned,
        private: change.private.settled().encode(),
    }
}

/// Adds what others have on the entry of the old role. Who shares it may have followed already, and changed what is theirs since: to
/// an entry that stands only policies come along, which a killed move may not have got to.
pub(super) fn bring_along(wanted: &mut Desired, old: &Actual, standing: Option<&Actual>, old_principal: &str, before: &Before) {
    let mut theirs = old.clone();
    if let Some(standing) = standing {
        theirs.policies.retain(|arn, _| !standing.policies.contains_key(arn));
        theirs.groups.clear();
        theirs.tags.clear();
        theirs.user_name.clone_from(&standing.user_name);
    }
    inherit(wanted, &theirs, old_principal, before);
}

/// Adds what others put on a shared entry. What this configuration named before and names no longer is not theirs.
fn inherit(wanted: &mut Desired, theirs: &Actual, principal_arn: &str, before: &Before) {
    let Before { given, replaced } = before;
    for (arn, scope) in &theirs.policies {
        if let Ok(name) = AccessPolicyName::from_arn(arn)
            && (!given.policies.contains_key(&name) || replaced.scopes.contains_key(arn))
        {
            let scope = replaced.scopes.get(arn).map_or(scope, |replacement| &replacement.theirs);
            wanted.policies.entry(name).or_insert_with(|| scope.clone());
        }
    }
    wanted.groups.extend(theirs.groups.difference(&given.groups).cloned());
    for (key, value) in &theirs.tags {
        if !given.tags.contains_key(key) && !is_reserved_tag(key) && !key.starts_with("aws:") {
            wanted.tags.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    // EKS's own default names the old role; any other name may be what RBAC knows these people by.
    let role_name = principal_arn.rsplit('/').next().unwrap_or(principal_arn);
    let name = match given.user_name {
        Some(_) => replaced.user_name.as_ref().map(|replacement| &replacement.theirs),
        None => Some(&theirs.user_name),
    };
    let chosen = name.filter(|name| !name.is_empty() && !is_default_user_name(name, role_name));
    if wanted.user_name.is_none() {
        wanted.user_name = chosen.cloned();
    }
}
