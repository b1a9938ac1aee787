//! Making an access entry, or taking over one that is there, and what becomes of it when a write fails.
//!
//! Used by a create, and by an update that moves the grant to another role or makes the entry anew.

use crate::aws::eks::CreateAccessEntry;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::retry::despite_stop;
use crate::aws::session::Session;
use crate::domain::access_entry::{Before, Change, Desired, MARK_TAG, Management, OWNER_TAG, Ours, Replaced, Step, changes, release};
use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::tags::Tags;
use crate::resources::access_entry::entry::Entry;
use crate::resources::sso_access::existing::{Existing, check_owner, judge};
use crate::resources::sso_access::failures::{self, NOT_GRANTED};
use crate::resources::sso_access::messages;
use crate::resources::sso_access::writer::{Creation, Deletion, FailedSteps, LAST_WORD, Writer};
use tf_provider::Diagnostics;
use tokio::time::Instant;

/// All that making one entry needs.
#[derive(Debug)]
pub(super) struct Making<'a> {
    pub(super) session: &'a Session,
    pub(super) writer: Writer<'a>,
    pub(super) principal: &'a AccessEntryPrincipal,
    pub(super) wanted: &'a Desired,
    /// What the grant gave before, to a shared entry of another role: who shares it may have taken it along to this one.
    pub(super) before: &'a Before,
    /// What may be done with an entry that no plan showed.
    pub(super) meeting: Meeting,
    pub(super) unfinished: Unfinished,
    /// New with each apply: the token of its create and, with an owner, the mark on the entry.
    pub(super) mark: String,
}

/// What an entry means that no plan showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meeting {
    /// Somebody else's, unless our owner left it.
    Refuse,
    /// To be joined or adopted, as far as that only adds.
    Add,
}

/// What becomes of an entry that was made, but could not be completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfinished {
    /// It goes again: Terraform would taint a create that leaves something.
    Undo,
    /// It stays: the next update completes it.
    Keep,
}

/// What the writes of a grant left.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The grant, as configured.
    Whole(Box<Made>),
    /// An entry of ours that is not as configured; an error says why.
    HalfMade(Box<Entry>),
    /// Nothing of ours; an error says why.
    Nothing,
    /// The entry that was to be made anew is still there as it was; an error says why.
    Untouched,
    /// Nothing of ours, because the cluster holds as many entries as it may; an error says so.
    Full,
}

/// An entry after the writes.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) entry: Entry,
    /// Made by this write, or by an earlier one of ours; `false` if it was there.
    pub(super) created: bool,
    /// What others had there.
    pub(super) replaced: Replaced,
}

impl Making<'_> {
    /// Makes the entry.
    pub(super) async fn make(&self, diags: &mut Diagnostics) -> Outcome {
        // On the heap: a write with all that may happen on its way is a large future, and a thread's stack is not.
        match Box::pin(self.writer.create(&self.request(), self.owner())).await {
            Creation::Made(entry, ours) => Box::pin(self.complete(diags, entry, &ours)).await,
            Creation::InUse(error) => Box::pin(self.meet(diags, &error)).await,
            Creation::Refused(error) => {
                diags.add_error(failures::not_created(self.writer.target, &self.writer.label(), &error));
                match error.kind {
                    ErrorKind::LimitExceeded => Outcome::Full,
                    _ => Outcome::Nothing,
                }
            }
            Creation::Open(error) => {
                diags.add_error(failures::may_exist(self.session, self.writer.target, &self.writer.label(), &error));
                Outcome::Nothing
            }
        }
    }

    /// Takes over the entry that the plan showed; makes one if it has gone since.
    pub(super) async fn take_over(&self, diags: &mut Diagnostics, shown: &str) -> Outcome {
        let entry = match self.writer.look().await {
            Ok(Some(entry)) => entry,
            Ok(None) => return self.make(diags).await,
            Err(error) => {
                diags.add_error(failures::not_read(NOT_GRANTED, &self.writer, &error));
                return Outcome::Nothing;
            }
        };
        match Ours::shown(shown, &entry.entry.access_entry_arn) {
            Some(ours) => Box::pin(self.change(diags, entry, &ours)).await,
            None => Box::pin(self.join(diags, entry)).await,
        }
    }

    /// The same where the entry is bound to a role that is gone.
    pub(super) async fn take_over_anew(&self, diags: &mut Diagnostics, shown: &str) -> Outcome {
        match self.writer.look().await {
            Ok(None) => self.make(diags).await,
            Ok(Some(mut entry)) => match Ours::shown(shown, &entry.entry.access_entry_arn) {
                Some(ours) => self.make_anew(diags, &mut entry, &ours).await,
                None => {
                    diags.add_error(messages::another_entry(self.writer.target, &entry));
                    Outcome::Nothing
                }
            },
            Err(error) => {
                diags.add_error(failures::not_read(NOT_GRANTED, &self.writer, &error));
                Outcome::Nothing
            }
        }
    }

    /// Makes the entry anew under the same principal: EKS has bound the one that is there to a role that is gone.
    ///
    /// Nothing comes between the deletion and the create, neither a look nor a stop request.
    pub(super) async fn make_anew(&self, diags: &mut Diagnostics, entry: &mut Entry, ours: &Ours) -> Outcome {
        let deletion = vec![Change::Delete.proven(ours)];
        if let Err(failed) = self.writer.carry_out(entry, deletion).await {
            diags.add_error(failures::not_deleted(&self.writer, &failed.into_error()));
            // Without an answer, only a look tells whether it is gone.
            return match self.writer.last_look().await {
                Ok(Some(found)) if ours.is_for(&found.entry.access_entry_arn) => Outcome::Untouched,
                _ => Outcome::Nothing,
            };
        }
        let left = self.writer.until.saturating_duration_since(Instant::now()).max(LAST_WORD);
        let making = async { Ok(self.make(diags).await) };
        let outcome = despite_stop(left, making).await.unwrap_or_else(|error: AwsError| {
            diags.add_error(failures::not_created(self.writer.target, &self.writer.label(), &error));
            Outcome::Nothing
        });
        self.tell_if_not_recreated(diags, &outcome);
        outcome
    }

    /// After a deletion that made room for this entry.
    pub(super) fn tell_if_not_recreated(&self, diags: &mut Diagnostics, outcome: &Outcome) {
        if matches!(outcome, Outcome::Nothing | Outcome::Full) {
            diags.add_warning(messages::not_recreated(self.writer.target, &self.writer.label()));
        }
    }

    fn request(&self) -> CreateAccessEntry {
        CreateAccessEntry {
            cluster_name: self.writer.target.cluster.to_string(),
            principal_arn: self.principal.to_string(),
            groups: self.wanted.groups.clone(),
            user_name: self.wanted.user_name.clone(),
            tags: self.signed(&self.wanted.tags),
            // The same for all tries: an answer that was lost makes no second entry and no conflict.
            client_request_token: self.mark.clone(),
        }
    }

    /// Whose an entry is that is made here. An update signs only what its grant may call its own.
    fn owner(&self) -> Option<&str> {
        match self.unfinished {
            Unfinished::Undo => self.session.owner(),
            Unfinished::Keep => self.wanted.tags.get(OWNER_TAG).map(String::as_str),
        }
    }

    /// With an owner, an entry says whose it is and which apply wrote it last.
    fn signed(&self, tags: &Tags) -> Tags {
        let mut tags = tags.clone();
        if let Some(owner) = self.owner() {
            tags.insert(OWNER_TAG.to_owned(), owner.to_owned());
            tags.insert(MARK_TAG.to_owned(), self.mark.clone());
        }
        tags
    }

    fn changes(&self, entry: &Entry, wanted: &Desired) -> Vec<Change> {
        let (partition, ignore) = (self.session.partition(), self.session.ignore_tags());
        changes(&entry.actual(), wanted, &self.taken_along(entry), self.principal, partition, ignore)
    }

    fn replaced(&self, entry: &Entry) -> Replaced {
        match self.wanted.management {
            Management::Exclusive => Replaced::default(),
            Management::Additive => {
                let Before { given, replaced } = self.taken_along(entry);
                replaced.after(&given, &entry.actual(), self.wanted, self.session.partition())
            }
        }
    }

    fn taken_along(&self, entry: &Entry) -> Before {
        self.before.taken_along(&entry.actual(), self.session.partition())
    }

    /// Adds what CreateAccessEntry cannot carry.
    async fn complete(&self, diags: &mut Diagnostics, mut entry: Entry, ours: &Ours) -> Outcome {
        let changes = self.changes(&entry, self.wanted);
        let steps = changes.into_iter().map(|change| change.proven(ours)).collect();
        let Err(failed) = self.writer.carry_out(&mut entry, steps).await else {
            return Outcome::Whole(Box::new(Made {
                entry,
                created: true,
                replaced: Replaced::default(),
            }));
        };
        match self.unfinished {
            Unfinished::Keep => {
                failures::not_changed(diags, &self.writer.label(), &failed, "");
                Outcome::HalfMade(Box::new(entry))
            }
            Unfinished::Undo => Box::pin(self.undo(diags, entry, &failed, ours)).await,
        }
    }

    /// What could not be completed goes again. Why it could not is said first, then what is left.
    async fn undo(&self, diags: &mut Diagnostics, entry: Entry, failed: &FailedSteps, ours: &Ours) -> Outcome {
        let undone = self.writer.undo(&entry, failed, ours).await;
        match undone {
            Ok(Deletion::Gone) => failures::not_completed(diags, &self.writer.label(), failed),
            _ => failures::not_changed(diags, &self.writer.label(), failed, ""),
        }
        match undone {
            Ok(Deletion::Gone) => Outcome::Nothing,
            Ok(Deletion::NotOurs(found)) => {
                diags.add_warning(messages::taken_over_since(self.writer.target, &found));
                Outcome::Nothing
            }
            Err(error) => {
                diags.add_error(failures::not_undone(&self.writer, &error));
                Outcome::HalfMade(Box::new(entry))
            }
        }
    }

    /// An entry that was not there when the plan looked.
    async fn meet(&self, diags: &mut Diagnostics, conflict: &AwsError) -> Outcome {
        match self.writer.last_look().await {
            Ok(Some(entry)) => self.join(diags, entry).await,
            _ => {
                diags.add_error(failures::in_use(&self.writer, conflict));
                Outcome::Nothing
            }
        }
    }

    /// No plan showed this entry, so nothing is taken from it.
    async fn join(&self, diags: &mut Diagnostics, entry: Entry) -> Outcome {
        let actual = entry.actual();
        let changes = self.changes(&entry, self.wanted);
        let verdict = judge(
            self.session,
            self.writer.target,
            self.meeting == Meeting::Add,
            self.wanted.management,
            &entry,
            Some(&changes),
            false,
        );
        let created = match verdict {
            Existing::Finish => true,
            Existing::TakeOver(_) => false,
            Existing::Refuse(error) => {
                diags.add_error(error);
                return Outcome::Nothing;
            }
        };
        // Of an exclusive grant the next plan shows what is too much; what a shared one gave, nobody would take away again.
        let takes_back = |change: &Change| self.wanted.management == Management::Additive && !change.only_adds(&actual);
        if changes
            .iter()
            .any(|change| matches!(change, Change::UpdateEntry { .. }) || takes_back(change))
        {
            diags.add_error(messages::exists_already(
                self.session,
                self.writer.target,
                &entry,
                Some(&changes),
                false,
            ));
            return Outcome::Nothing;
        }
        let replaced = self.replaced(&entry);
        let steps = changes.into_iter().filter_map(|change| change.if_only_adding(&actual)).collect();
        self.written(diags, entry, steps, created, replaced).await
    }

    /// The plan showed this entry and what would become of it.
    async fn change(&self, diags: &mut Diagnostics, entry: Entry, ours: &Ours) -> Outcome {
        if let Some(refusal) = check_owner(self.session, self.writer.target, &entry) {
            diags.add_error(refusal);
            return Outcome::Nothing;
        }
        let mut wanted = self.wanted.clone();
        if wanted.management == Management::Exclusive {
            wanted.tags = self.signed(&wanted.tags);
        }
        let replaced = self.replaced(&entry);
        let changes = self.changes(&entry, &wanted);
        let steps = changes.into_iter().map(|change| change.proven(ours)).collect();
        if wanted.management == Management::Additive && self.unfinished == Unfinished::Undo {
            return self.joined(diags, entry, steps, ours, replaced).await;
        }
        self.written(diags, entry, steps, false, replaced).await
    }

    /// What a failed create has added to an entry of others goes off it again: no state would have it.
    async fn joined(&self, diags: &mut Diagnostics, mut entry: Entry, steps: Vec<Step>, ours: &Ours, replaced: Replaced) -> Outcome {
        let partition = self.session.partition();
        let before = Before {
            given: self.wanted.given().besides(&entry.actual(), partition),
            replaced: replaced.clone(),
        };
        let Err(failed) = self.writer.carry_out(&mut entry, steps).await else {
            let created = false;
            return Outcome::Whole(Box::new(Made { entry, created, replaced }));
        };
        match despite_stop(LAST_WORD, Box::pin(self.leave(&before, ours))).await {
            Ok(()) => failures::not_joined(diags, &self.writer.label(), &failed),
            Err(_) => failures::not_changed(diags, &self.writer.label(), &failed, failures::WHAT_IS_DONE_STAYS),
        }
        Outcome::Nothing
    }

    /// Takes off what was given. An entry that is another one by now has nothing of this grant.
    async fn leave(&self, before: &Before, ours: &Ours) -> Result<(), AwsError> {
        let writer = Writer {
            until: self.writer.until.max(Instant::now() + LAST_WORD),
            ..self.writer
        };
        let found = writer.look().await?.filter(|found| ours.is_for(&found.entry.access_entry_arn));
        let Some(mut entry) = found else { return Ok(()) };
        let (partition, ignore) = (self.session.partition(), self.session.ignore_tags());
        let steps = release(&entry.actual(), before, false, self.principal, partition, ignore);
        let steps = steps.into_iter().map(|step| step.proven(ours)).collect();
        let left = writer.carry_out(&mut entry, steps).await;
        left.map_err(|failed| failed.into_error())
    }

    /// A failure undoes nothing on an entry that was there: what was added stays for others to see.
    async fn written(&self, diags: &mut Diagnostics, mut entry: Entry, steps: Vec<Step>, created: bool, replaced: Replaced) -> Outcome {
        match self.writer.carry_out(&mut entry, steps).await {
            Ok(()) => Outcome::Whole(Box::new(Made { entry, created, replaced })),
            Err(failed) => {
                let end = match self.unfinished {
                    Unfinished::Undo => failures::WHAT_IS_DONE_STAYS,
                    Unfinished::Keep => "",
                };
                failures::not_changed(diags, &self.writer.label(), &failed, end);
                Outcome::Nothing
            }
        }
    }
}
