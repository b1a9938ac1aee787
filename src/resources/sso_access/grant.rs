//! The writes that make one grant, and what becomes of them when one fails.

use crate::aws::attempts::Attempts;
use crate::aws::eks::{CreateAccessEntry, Eks};
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::retry::{Look, NEW_ENTRY_PROPAGATION, despite_stop, is_new_entry, poll_until, retry_until};
use crate::aws::session::Session;
use crate::domain::arn::RoleArn;
use crate::domain::grant::{Desired, Managed, Step, steps};
use crate::report::failed;
use crate::resources::sso_access::entry::{Entry, perform, read_entry};
use crate::resources::sso_access::messages;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::preflight::{Existing, judge_existing};
use crate::resources::sso_access::waits::until_accepted;
use crate::resources::sso_grant::target::Target;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};
use tokio::time::Instant;

pub(super) const SUMMARY: &str = "Access could not be granted";
/// How long cleaning up may take at least, whatever is left of the timeout.
const UNDO: Duration = Duration::from_secs(20);

/// Everything that writing one grant needs.
pub(super) struct Grant<'a> {
    pub(super) session: &'a Session,
    pub(super) eks: &'a Eks,
    pub(super) target: &'a Target,
    pub(super) role: &'a RoleArn,
    pub(super) wanted: &'a Desired,
    pub(super) until: Instant,
    pub(super) unfinished: Unfinished,
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
pub(super) enum Outcome {
    /// The grant, as configured.
    Done(Made),
    /// An entry of ours that is not as configured (or, `None`, may be there: nobody can tell); an error says why.
    HalfMade(Option<Entry>),
    /// Nothing of ours; an error says why.
    Nothing,
    /// Nothing of ours, because the cluster holds as many entries as it may; an error says so.
    Full,
}

/// An entry as it stands after a write.
pub(super) struct Made {
    pub(super) entry: Entry,
    /// Made by this write; `false` if it was there.
    pub(super) created: bool,
}

/// How far a take-over may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The plan showed it: all that the configuration says.
    Everything,
    /// No plan showed it: only what adds access.
    OnlyAdd,
}

/// A create that failed.
struct Failure {
    error: AwsError,
    /// AWS neither said that it refused, nor could be asked what is there.
    may_exist: bool,
}

impl Grant<'_> {
    fn label(&self) -> String {
        format!("({},{})", self.target.cluster, self.role)
    }

    /// What stands there now. The state depends on the answer, so a stop request does not end the question.
    pub(super) async fn look(&self) -> Result<Option<Entry>, AwsError> {
        let principal = self.role.to_string();
        despite_stop(UNDO, read_entry(self.eks, self.target.cluster.as_str(), &principal)).await
    }

    async fn create_entry(&self) -> Result<Entry, Failure> {
        let request = CreateAccessEntry {
            cluster_name: self.target.cluster.to_string(),
            principal_arn: self.role.to_string(),
            groups: self.wanted.groups.clone().unwrap_or_default(),
            user_name: self.wanted.user_name.clone(),
            tags: self.wanted.tags.clone(),
            // The same for all tries: an answer that was lost makes no second entry and no conflict.
            client_request_token: uuid::Uuid::new_v4().to_string(),
        };
        let attempts = Attempts::default();
        match until_accepted(self.until, || self.eks.create_access_entry(&request, &attempts)).await {
            Ok(entry) => Ok(Entry {
                entry,
                policies: BTreeMap::new(),
            }),
            Err(error) if attempts.are_in_doubt() => self.made_without_answer(&request, error).await,
            Err(error) => Err(Failure { error, may_exist: false }),
        }
    }

    /// After a lost answer, an entry that is exactly what was sent is the one that was sent.
    async fn made_without_answer(&self, sent: &CreateAccessEntry, error: AwsError) -> Result<Entry, Failure> {
        // A conflict means that there is an entry, though it may not be seen yet.
        let seen_by = match error.kind {
            ErrorKind::AlreadyExists => self.until.min(Instant::now() + NEW_ENTRY_PROPAGATION),
            _ => Instant::now(),
        };
        let not_yet = || Look::NotYet("EKS does not show it yet".to_owned());
        let seen = poll_until(seen_by, "the entry", || async {
            Ok(self.look().await?.map_or_else(not_yet, Look::Done))
        });
        match seen.await {
            Ok(Look::Done(entry)) if is_as_sent(&entry, sent) => {
                tracing::warn!(principal = %self.role, "the answer to CreateAccessEntry was lost; the entry is there");
                Ok(entry)
            }
            Ok(_) => Err(Failure { error, may_exist: false }),
            Err(_) => Err(Failure { error, may_exist: true }),
        }
    }

    /// Makes the entry; one that stands there already is judged by what `on_existing` and `owner` say.
    pub(super) async fn create_or_judge(&self, diags: &mut Diagnostics, config: &Model, planned: &Model) -> Outcome {
        match self.create_entry().await {
            Ok(entry) => self.complete(diags, entry).await,
            Err(failure) if failure.error.kind == ErrorKind::AlreadyExists => self.judge(diags, config, planned, failure).await,
            Err(failure) => self.not_created(diags, &failure),
        }
    }

    fn not_created(&self, diags: &mut Diagnostics, failure: &Failure) -> Outcome {
        let doing = format!("creating EKS access entry {}", self.label());
        let mut message = failed(SUMMARY, &doing, &failure.error, AttributePath::default());
        if let Some(way_out) = after_failure(failure) {
            message.detail.to_mut().push_str("\n\n");
            message.detail.to_mut().push_str(way_out);
        }
        diags.add_error(message);
        match failure.may_exist {
            true => Outcome::HalfMade(None),
            false if failure.error.kind == ErrorKind::LimitExceeded => Outcome::Full,
            false => Outcome::Nothing,
        }
    }

    async fn judge(&self, diags: &mut Diagnostics, config: &Model, planned: &Model, conflict: Failure) -> Outcome {
        let Ok(Some(entry)) = self.look().await else {
            return self.not_created(diags, &conflict);
        };
        match judge_existing(self.session, self.target, config, planned, &entry) {
            Existing::Ours => match self.change(diags, entry, Reach::Everything).await {
                Outcome::Done(made) => Outcome::Done(Made { created: true, ..made }),
                other => other,
            },
            Existing::TakeOver(_) => self.change(diags, entry, Reach::OnlyAdd).await,
            Existing::Refuse(error) => {
                diags.add_error(error);
                Outcome::Nothing
            }
        }
    }

    /// An entry that a plan announced: it is changed to what is wanted, or made if it has gone since.
    pub(super) async fn take_over_or_create(&self, diags: &mut Diagnostics) -> Outcome {
        match read_entry(self.eks, self.target.cluster.as_str(), &self.role.to_string()).await {
            Ok(Some(entry)) => match (self.session.owner(), entry.owner()) {
                (Some(own), Some(theirs)) if own != theirs => {
                    diags.add_error(messages::other_owner(self.target, &entry, own, theirs));
                    Outcome::Nothing
                }
                _ => self.change(diags, entry, Reach::Everything).await,
            },
            Ok(None) => match self.create_entry().await {
                Ok(entry) => self.complete(diags, entry).await,
                Err(failure) => self.not_created(diags, &failure),
            },
            Err(error) => {
                let doing = format!("reading EKS access entry {}", self.label());
                diags.add_error(failed(SUMMARY, &doing, &error, AttributePath::default()));
                Outcome::Nothing
            }
        }
    }

    /// Deletes an entry that EKS has bound to a role that is gone, so that it can be made anew.
    pub(super) async fn delete_stale(&self, diags: &mut Diagnostics) -> Result<(), ()> {
        let principal = self.role.to_string();
        let deletion = until_accepted(self.until, || {
            self.eks.delete_access_entry(self.target.cluster.as_str(), &principal)
        });
        deletion.await.map(drop).map_err(|error| {
            let doing = format!("deleting EKS access entry {}", self.label());
            diags.add_error(failed(SUMMARY, &doing, &error, AttributePath::default()));
        })
    }

    /// The writes that make of `entry` what is wanted. `managed_before`: see [`steps`].
    pub(super) fn steps(&self, entry: &Entry, managed_before: &Managed) -> Vec<Step> {
        steps(
            &entry.actual(),
            self.wanted,
            managed_before,
            self.role,
            self.session.partition(),
            self.session.ignore_tags(),
        )
    }

    /// Changes an entry that is not ours yet. A failure undoes nothing: what was added stays the other's to see.
    async fn change(&self, diags: &mut Diagnostics, mut entry: Entry, reach: Reach) -> Outcome {
        let mut steps = self.steps(&entry, &Managed::default());
        if reach == Reach::OnlyAdd {
            if steps.iter().any(|step| matches!(step, Step::UpdateEntry { .. })) {
                diags.add_error(messages::exists_already(self.session, self.target, &entry, Some(&steps)));
                return Outcome::Nothing;
            }
            steps.retain(|step| only_adds(step, &entry));
        }
        match self.perform_all(diags, &mut entry, steps).await {
            Ok(()) => Outcome::Done(Made { entry, created: false }),
            Err(()) => Outcome::Nothing,
        }
    }

    /// Adds what CreateAccessEntry cannot carry.
    async fn complete(&self, diags: &mut Diagnostics, mut entry: Entry) -> Outcome {
        let steps = self.steps(&entry, &Managed::default());
        match (self.perform_all(diags, &mut entry, steps).await, self.unfinished) {
            (Ok(()), _) => Outcome::Done(Made { entry, created: true }),
            (Err(()), Unfinished::Keep) => Outcome::HalfMade(Some(entry)),
            (Err(()), Unfinished::Undo) => self.undo(diags, entry).await,
        }
    }

    async fn undo(&self, diags: &mut Diagnostics, entry: Entry) -> Outcome {
        let principal = self.role.to_string();
        let until = self.until.max(Instant::now() + UNDO);
        let deletion = until_accepted(until, || self.eks.delete_access_entry(self.target.cluster.as_str(), &principal));
        match despite_stop(UNDO, deletion).await {
            Ok(_) => Outcome::Nothing,
            Err(error) => {
                let doing = format!("deleting the half-made EKS access entry {} again", self.label());
                let mut message = failed("Half-made access entry is left", &doing, &error, AttributePath::default());
                message
                    .detail
                    .to_mut()
                    .push_str("\n\nThe state keeps it, marked as tainted: the next apply makes it anew.");
                diags.add_error(message);
                Outcome::HalfMade(Some(entry))
            }
        }
    }

    /// Performs steps one after another; the entry mirrors each that AWS accepted. A failure is reported.
    pub(super) async fn perform_all(&self, diags: &mut Diagnostics, entry: &mut Entry, steps: Vec<Step>) -> Result<(), ()> {
        let performed = self.perform_each(entry, steps).await;
        performed.map_err(|(step, error)| diags.add_error(step_failed(&self.label(), &step, &error)))
    }

    async fn perform_each(&self, entry: &mut Entry, steps: Vec<Step>) -> Result<(), (Step, AwsError)> {
        let mut waiting: VecDeque<_> = steps.into();
        while let Some(step) = waiting.pop_front() {
            match self.perform_one(entry, &step).await {
                Ok(()) => entry.apply(&step),
                Err(error) if error.kind == ErrorKind::LimitExceeded && matches!(step, Step::Associate { .. }) => {
                    // The entry holds as many policies as EKS takes: one that has to go anyway goes first.
                    let unwanted = waiting.iter().position(|later| matches!(later, Step::Disassociate { .. }));
                    let Some(first) = unwanted.and_then(|at| waiting.remove(at)) else {
                        return Err((step, error));
                    };
                    waiting.push_front(step);
                    waiting.push_front(first);
                }
                Err(error) => return Err((step, error)),
            }
        }
        Ok(())
    }

    async fn perform_one(&self, entry: &Entry, step: &Step) -> Result<(), AwsError> {
        let propagated = self.until.min(Instant::now() + NEW_ENTRY_PROPAGATION);
        let call = || perform(self.eks, self.target.cluster.as_str(), &entry.entry, step);
        retry_until(propagated, is_new_entry, || until_accepted(self.until, call)).await
    }
}

/// What a failed create means, as far as its error does not say it.
fn after_failure(failure: &Failure) -> Option<&'static str> {
    if failure.may_exist {
        return Some(
            "It is not known whether the entry exists: no answer came, and looking for it failed too. The next plan looks again, and goes \
             on from what is there.",
        );
    }
    if failure.error.kind == ErrorKind::AlreadyExists {
        return Some("It was made by somebody else after the plan, and was not changed. Plan again: the plan shows what it holds.");
    }
    failure.error.is_invalid_principal().then_some(
        "EKS does not know the role yet, though IAM does. For a new role this passes within two minutes: apply again. Nothing was written.",
    )
}

/// EKS fills in the user name where none was sent.
fn is_as_sent(found: &Entry, sent: &CreateAccessEntry) -> bool {
    let entry = &found.entry;
    found.policies.is_empty()
        && entry.groups == sent.groups
        && entry.tags == sent.tags
        && sent.user_name.as_ref().is_none_or(|name| *name == entry.user_name)
}

/// Whether a step takes nothing from anybody.
fn only_adds(step: &Step, entry: &Entry) -> bool {
    match step {
        Step::Associate { policy_arn, scope } => entry.policies.get(policy_arn).is_none_or(|held| scope.covers(held)),
        Step::Tag(_) => true,
        Step::UpdateEntry { .. } | Step::Disassociate { .. } | Step::Untag(_) => false,
    }
}

fn step_failed(label: &str, step: &Step, error: &AwsError) -> Diagnostic {
    let (doing, path) = match step {
        Step::UpdateEntry { .. } => ("updating", "kubernetes_groups"),
        Step::Associate { .. } => ("associating an access policy with", "access_policies"),
        Step::Disassociate { .. } => ("disassociating an access policy from", "access_policies"),
        Step::Tag(_) | Step::Untag(_) => ("tagging", "tags"),
    };
    let mut path = AttributePath::new(path);
    let mut doing = format!("{doing} EKS access entry {label}");
    if let Step::Associate { policy_arn, .. } | Step::Disassociate { policy_arn } = step {
        path.add_key(policy_arn.rsplit('/').next().unwrap_or(policy_arn).to_owned());
        doing = format!("{doing}, {policy_arn}");
    }
    failed(SUMMARY, &doing, error, path)
}
