//! The only code here that writes access entries to EKS.
//!
//! What is to be written was decided before (`src/domain/access_entry/`). This knows what may happen on the way: refusals
//! that pass, lost answers, stop requests, other writers.

use crate::aws::attempts::Attempts;
use crate::aws::eks::{AccessEntry, CreateAccessEntry, Eks};
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::retry::{Look, NEW_ENTRY_PROPAGATION, despite_stop, is_new_entry, poll_until, retry_until};
use crate::domain::access_entry::{Change, Ours, Step};
use crate::hosting::stop_token;
use crate::resources::access_entry::accepted::{Refusing, until_accepted};
use crate::resources::access_entry::deletion::delete;
use crate::resources::access_entry::entry::{Entry, read_entry};
use crate::resources::sso_grant::target::Target;
use futures_util::future::join_all;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// How long a look or an undo may take that the state depends on, though Terraform asks to stop or the time is over.
pub(super) const LAST_WORD: Duration = Duration::from_secs(30);

/// How long an undo waits for EKS to show what it has made: the rest of [`LAST_WORD`] is for the deletion.
const NEWLY_MADE: Duration = Duration::from_secs(25);

/// A cluster in these states takes nothing any more.
const HOPELESS: [&str; 2] = ["FAILED", "DELETING"];

/// Writes one access entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer<'a> {
    pub(super) eks: &'a Eks,
    pub(super) target: &'a Target,
    pub(super) principal_arn: &'a str,
    pub(super) until: Instant,
}

/// What a create came to.
#[derive(Debug)]
pub(super) enum Creation {
    /// EKS answered it with this entry.
    Made(Entry, Ours),
    /// It made nothing.
    Refused(AwsError),
    /// There is an entry, and nothing proves that this create made it.
    InUse(AwsError),
    /// An answer was lost, and nobody can tell what became of the request.
    Open(AwsError),
}

/// What became of an entry that was to be deleted.
#[derive(Debug)]
pub(super) enum Deletion {
    /// It is gone, by this or before.
    Gone,
    /// Another one is there now, or it is not as it was left: it stays.
    NotOurs(Box<Entry>),
}

/// Changes of an entry that came to an end because some failed: one, or several that were made at the same time.
#[derive(Debug)]
pub(super) struct FailedSteps {
    pub(super) failed: Vec<(Change, AwsError)>,
    pub(super) done: Vec<Change>,
    /// Those after them, which were not tried.
    pub(super) left: Vec<Change>,
}

impl FailedSteps {
    /// Why the first of them failed; the only one, where a single step was made.
    pub(super) fn into_error(mut self) -> AwsError {
        self.failed.swap_remove(0).1
    }

    /// Of these no answer came, so they may have been made all the same.
    fn in_doubt(&self) -> impl Iterator<Item = &Change> {
        let unanswered = self.failed.iter().filter(|(_, error)| error.is_without_answer());
        unanswered.map(|(change, _)| change)
    }
}

impl Writer<'_> {
    /// Whose entry it is, in messages: "DeveloperAccess (AWSReservedSSO_…) on payments-prod (222233334444, eu-west-1)".
    pub(super) fn label(&self) -> String {
        self.target.label_of(self.principal_arn)
    }

    fn cluster(&self) -> &str {
        self.target.cluster.as_str()
    }

    fn refusing(&self) -> Refusing<'_> {
        Refusing {
            eks: self.eks,
            cluster: self.cluster(),
            ends: &HOPELESS,
        }
    }

    /// What is there now.
    pub(super) async fn look(&self) -> Result<Option<Entry>, AwsError> {
        read_entry(self.eks, self.cluster(), self.principal_arn).await
    }

    /// What is there now, without its policies.
    pub(super) async fn glance(&self) -> Result<Option<Entry>, AwsError> {
        let entry = self.eks.describe_access_entry(self.cluster(), self.principal_arn).await?;
        let policies = BTreeMap::new();
        Ok(entry.map(|entry| Entry { entry, policies }))
    }

    /// [`Self::look`] where the state depends on the answer: no stop request ends it.
    pub(super) async fn last_look(&self) -> Result<Option<Entry>, AwsError> {
        despite_stop(LAST_WORD, Box::pin(self.look())).await
    }

    /// [`Self::last_look`] at an entry that was made a moment ago: EKS may show it late.
    async fn look_until(&self, deadline: Instant) -> Result<Option<Entry>, AwsError> {
        let found = poll_until(deadline, "the access entry to be seen", || async {
            let seen = Box::pin(self.last_look()).await?;
            Ok(seen.map_or(Look::NotYet("it is not there".to_owned()), Look::Done))
        });
        match found.await? {
            Look::Done(entry) => Ok(Some(entry)),
            Look::NotYet(_) => Ok(None),
        }
    }

    /// Makes the entry. `signed` is who looks like its maker: our owner, if there is one, with this create's mark.
    pub(super) async fn create(&self, request: &CreateAccessEntry, signed: Option<&str>) -> Creation {
        let attempts = Attempts::default();
        match self.send(request, &attempts, self.until).await {
            Ok(entry) => made(entry),
            Err(error) if !attempts.are_in_doubt() && error.kind == ErrorKind::AlreadyExists => Creation::InUse(error),
            Err(error) if !attempts.are_in_doubt() => Creation::Refused(error),
            Err(error) => Box::pin(self.after_lost_answer(request, signed, error)).await,
        }
    }

    async fn send(&self, request: &CreateAccessEntry, attempts: &Attempts, until: Instant) -> Result<AccessEntry, AwsError> {
        until_accepted(self.refusing(), until, || self.eks.create_access_entry(request, attempts)).await
    }

    /// The same request with the same token tells, if EKS answers it with the entry. A conflict tells nothing: the entry may
    /// be the one that was sent, or another's that was first.
    async fn after_lost_answer(&self, request: &CreateAccessEntry, signed: Option<&str>, lost: AwsError) -> Creation {
        let mut error = lost;
        let patience = self.until.min(Instant::now() + NEW_ENTRY_PROPAGATION);
        if error.kind != ErrorKind::AlreadyExists && !stop_token().is_cancelled() && Instant::now() < self.until {
            let no_answer = |error: &AwsError| error.is_without_answer();
            let again = Attempts::default();
            match retry_until(patience, no_answer, || self.send(request, &again, patience)).await {
                Ok(entry) => return made(entry),
                // A stop, or no answer still: what is there may tell.
                Err(again) if again.kind == ErrorKind::Stopped || again.is_without_answer() => {}
                Err(again) => error = again,
            }
        }
        Box::pin(self.look_for_mark(request, signed, error, patience)).await
    }

    /// A new entry may not be seen for a minute, so that only then "there is none" says that nothing was made.
    async fn look_for_mark(&self, request: &CreateAccessEntry, signed: Option<&str>, error: AwsError, patience: Instant) -> Creation {
        let patience = match stop_token().is_cancelled() {
            true => Instant::now(),
            false => patience,
        };
        let started = Instant::now();
        match self.look_until(patience).await {
            Ok(Some(entry)) => match ours_by_mark(&entry, request, signed) {
                Some(ours) => Creation::Made(entry, ours),
                // With an owner the mark decides: what lacks it, this create did not make.
                None if signed.is_some() => Creation::InUse(error),
                None => Creation::Open(error),
            },
            Ok(None) if started.elapsed() >= NEW_ENTRY_PROPAGATION && error.kind != ErrorKind::AlreadyExists => Creation::Refused(error),
            Ok(None) | Err(_) => Creation::Open(error),
        }
    }

    /// Carries steps out in their order, neighboring associations of policies at the same time; the entry mirrors each that EKS
    /// has accepted.
    ///
    /// # Errors
    /// The changes that failed, and why.
    pub(super) async fn carry_out(&self, entry: &mut Entry, steps: Vec<Step>) -> Result<(), Box<FailedSteps>> {
        let mut waiting: VecDeque<_> = steps.into();
        let mut done = Vec::new();
        while !waiting.is_empty() {
            let mut failed = Vec::new();
            let steps = next_steps(entry, &mut waiting);
            let answers = join_all(steps.iter().map(|step| self.carry_out_one(entry, step))).await;
            for (step, answer) in steps.into_iter().zip(answers) {
                match answer {
                    Ok(()) => {
                        entry.apply(step.change());
                        done.push(step.change().clone());
                    }
                    Err(error) => failed.push((step, error)),
                }
            }
            if failed.is_empty() {
                continue;
            }
            let Some(first) = to_make_room(&failed, &mut waiting) else {
                let failed = failed.into_iter().map(|(step, error)| (step.change().clone(), error)).collect();
                let left = waiting.iter().map(|step| step.change().clone()).collect();
                return Err(Box::new(FailedSteps { failed, done, left }));
            };
            failed.into_iter().rev().for_each(|(step, _)| waiting.push_front(step));
            waiting.push_front(first);
        }
        Ok(())
    }

    async fn carry_out_one(&self, entry: &Entry, step: &Step) -> Result<(), AwsError> {
        assert!(
            step.is_for(&entry.entry.access_entry_arn),
            "a step is proven for the entry that it changes"
        );
        if matches!(step.change(), Change::Delete) {
            return delete(self.eks, self.cluster(), self.principal_arn, step, self.until).await;
        }
        // On the heap, as all that writes: see `Making::make`.
        let call = || Box::pin(until_accepted(self.refusing(), self.until, || self.call(&entry.entry, step)));
        let propagated = self.until.min(Instant::now() + NEW_ENTRY_PROPAGATION);
        retry_until(propagated, is_new_entry, call).await
    }

    async fn call(&self, entry: &AccessEntry, step: &Step) -> Result<(), AwsError> {
        let (eks, cluster, principal) = (self.eks, self.cluster(), self.principal_arn);
        match step.change() {
            Change::UpdateEntry { groups, user_name, .. } => eks.update_access_entry(cluster, principal, groups, user_name).await.map(drop),
            Change::Associate { policy_arn, scope } => eks.associate_access_policy(cluster, principal, policy_arn, scope).await,
            Change::Disassociate { policy_arn } => eks.disassociate_access_policy(cluster, principal, policy_arn).await,
            Change::Tag(tags) => eks.tag_resource(&entry.access_entry_arn, tags).await,
            Change::Untag(keys) => eks.untag_resource(&entry.access_entry_arn, keys).await,
            Change::Delete => unreachable!("a delete has a way of its own"),
        }
    }

    /// Deletes the entry that this run made and could not complete, unless somebody has taken it over since: then it is not
    /// as it was left, nor as those changes made it of which no answer came.
    pub(super) async fn undo(&self, left: &Entry, failed: &FailedSteps, ours: &Ours) -> Result<Deletion, AwsError> {
        let until = self.until.max(Instant::now() + LAST_WORD);
        let undoing = Self { until, ..*self };
        despite_stop(LAST_WORD, async {
            match undoing.look_until(Instant::now() + NEWLY_MADE).await? {
                None => Err(unseen()),
                Some(found) if !is_as_left(&found, left, failed.in_doubt()) => Ok(Deletion::NotOurs(Box::new(found))),
                Some(mut found) => {
                    let deletion = vec![Change::Delete.proven(ours)];
                    let done = undoing.carry_out(&mut found, deletion).await;
                    done.map(|()| Deletion::Gone).map_err(|failed| failed.into_error())
                }
            }
        })
        .await
    }
}

/// The steps to carry out now. Associations change one policy each, so none of a row of them has to wait for another; but one
/// that narrows a scope waits for all that only add, since a failure half-way leaves more access and never less.
fn next_steps(entry: &Entry, waiting: &mut VecDeque<Step>) -> Vec<Step> {
    let actual = entry.actual();
    let adds = |step: &Step| matches!(step.change(), Change::Associate { .. }).then(|| step.change().only_adds(&actual));
    let first = waiting.front().and_then(adds);
    let in_a_row = waiting.iter().take_while(|step| first.is_some() && adds(step) == first).count();
    waiting.drain(..in_a_row.max(1)).collect()
}

/// Where the entry holds as many policies as EKS takes, one that has to go anyway goes first.
fn to_make_room(failed: &[(Step, AwsError)], waiting: &mut VecDeque<Step>) -> Option<Step> {
    let is_full =
        |(step, error): &(Step, AwsError)| error.kind == ErrorKind::LimitExceeded && matches!(step.change(), Change::Associate { .. });
    let disassociates = |step: &Step| matches!(step.change(), Change::Disassociate { .. });
    let unwanted = waiting.iter().position(disassociates).filter(|_| failed.iter().all(is_full))?;
    waiting.remove(unwanted)
}

/// Whether an entry is as it was left, with or without each of the changes that are in doubt.
fn is_as_left<'a>(found: &Entry, left: &Entry, in_doubt: impl Iterator<Item = &'a Change>) -> bool {
    let mut expected = left.clone();
    for change in in_doubt {
        let mut changed = found.clone();
        changed.apply(change);
        if changed.holds_the_same(found) {
            expected.apply(change);
        }
    }
    found.holds_the_same(&expected)
}

fn unseen() -> AwsError {
    let text = "EKS made the access entry and does not show it. Either it does not show it yet, or somebody has deleted it since.";
    AwsError::local("EKS", "DescribeAccessEntry", ErrorKind::Other, text)
}

fn made(entry: AccessEntry) -> Creation {
    let ours = Ours::made(&entry.access_entry_arn);
    let policies = BTreeMap::new();
    Creation::Made(Entry { entry, policies }, ours)
}

fn ours_by_mark(entry: &Entry, request: &CreateAccessEntry, signed: Option<&str>) -> Option<Ours> {
    let found = &entry.entry;
    Ours::marked(&found.access_entry_arn, &found.tags, signed?, &request.client_request_token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access_policy::AccessScope;
    use crate::domain::tags::Tags;

    const ARN: &str = "arn:aws:eks:eu-west-1:111122223333:access-entry/c/role/111122223333/Dev/1";

    fn policy(name: &str) -> String {
        format!("arn:aws:eks::aws:cluster-access-policy/{name}")
    }

    fn associate(name: &str) -> Change {
        Change::Associate {
            policy_arn: policy(name),
            scope: AccessScope::Cluster,
        }
    }

    fn disassociate(name: &str) -> Change {
        Change::Disassociate { policy_arn: policy(name) }
    }

    fn steps(changes: &[Change]) -> VecDeque<Step> {
        let ours = Ours::made(ARN);
        changes.iter().map(|change| change.clone().proven(&ours)).collect()
    }

    fn names(steps: &[Step]) -> Vec<Change> {
        steps.iter().map(|step| step.change().clone()).collect()
    }

    fn narrow(name: &str) -> Change {
        Change::Associate {
            policy_arn: policy(name),
            scope: AccessScope::Namespaces(["a".to_owned()].into()),
        }
    }

    #[test]
    fn only_neighboring_associations_go_together() {
        let tag = Change::Tag([("a".to_owned(), "b".to_owned())].into());
        let order = [
            associate("A"),
            associate("B"),
            narrow("L"),
            narrow("M"),
            tag.clone(),
            disassociate("C"),
            disassociate("D"),
            associate("E"),
        ];
        let mut waiting = steps(&order);
        let mut together = Vec::new();
        while !waiting.is_empty() {
            together.push(names(&next_steps(&entry(&["L", "M"]), &mut waiting)));
        }
        let expected = [
            vec![associate("A"), associate("B")],
            vec![narrow("L"), narrow("M")],
            vec![tag],
            vec![disassociate("C")],
            vec![disassociate("D")],
            vec![associate("E")],
        ];
        assert_eq!(together, expected);
    }

    #[test]
    fn room_is_made_only_where_nothing_but_room_is_missing() {
        let refused = |kind| AwsError::local("EKS", "AssociateAccessPolicy", kind, "no");
        let failed = |kinds: &[ErrorKind]| -> Vec<_> {
            let associations = kinds.iter().map(|_| associate("A").proven(&Ours::made(ARN)));
            associations.zip(kinds.iter().map(|kind| refused(*kind))).collect()
        };
        let order = [Change::Tag(Default::default()), disassociate("B"), disassociate("C")];
        let made = |kinds: &[ErrorKind]| {
            let mut waiting = steps(&order);
            let first = to_make_room(&failed(kinds), &mut waiting);
            (first.map(|step| step.change().clone()), waiting.len())
        };
        assert_eq!(made(&[ErrorKind::LimitExceeded; 2]), (Some(disassociate("B")), 2));
        assert_eq!(made(&[ErrorKind::LimitExceeded, ErrorKind::AccessDenied]), (None, 3));
        assert_eq!(to_make_room(&failed(&[ErrorKind::LimitExceeded]), &mut steps(&order[..1])), None);
    }

    fn entry(policies: &[&str]) -> Entry {
        let entry = AccessEntry {
            principal_arn: "arn:aws:iam::111122223333:role/Dev".to_owned(),
            access_entry_arn: ARN.to_owned(),
            groups: Default::default(),
            user_name: "Dev".to_owned(),
            type_: "STANDARD".to_owned(),
            tags: Tags::new(),
            created_at: None,
        };
        let policies = policies.iter().map(|name| (policy(name), AccessScope::Cluster)).collect();
        Entry { entry, policies }
    }

    /// Each of two changes without an answer may have been made, or not.
    #[test]
    fn entry_is_as_left_with_and_without_what_is_in_doubt() {
        let in_doubt = [associate("A"), associate("B")];
        let is_ours = |found: &[&str]| is_as_left(&entry(found), &entry(&["L"]), in_doubt.iter());
        for found in [&["L"][..], &["L", "A"], &["L", "B"], &["L", "A", "B"]] {
            assert!(is_ours(found), "{found:?}");
        }
        for found in [&[][..], &["A"], &["L", "C"], &["L", "A", "C"]] {
            assert!(!is_ours(found), "{found:?}");
        }
    }
}
