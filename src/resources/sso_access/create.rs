//! The apply of a create.
//!
//! Terraform taints a create that fails with a state, and deletes a tainted grant. So a create that fails half-way
//! removes what it made and leaves no state; only if that fails too, the (tainted) state is left.

use crate::aws::eks::{CreateAccessEntry, Eks};
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::retry::{NEW_ENTRY_PROPAGATION, is_new_entry, retry_until};
use crate::aws::session::Session;
use crate::domain::arn::RoleArn;
use crate::domain::grant::{Desired, Step, steps};
use crate::hosting::{Applied, Current};
use crate::report::{diagnostic, failed};
use crate::resources::sso_access::entry::{Entry, desired, flatten, perform, read_entry};
use crate::resources::sso_access::model::{Model, text};
use crate::resources::sso_access::preflight::{Existing, judge_existing};
use crate::resources::sso_access::private::Private;
use crate::resources::sso_access::role::{Found, read_role, wait_for_role};
use crate::resources::sso_access::target::{Target, fill_defaults};
use crate::resources::sso_access::waits::{deadline, ready_cluster, until_accepted};
use crate::resources::sso_access::writes::Claim;
use crate::resources::sso_access::{SsoAccess, messages, plan};
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostics};
use tokio::time::Instant;

pub(super) const SUMMARY: &str = "Access could not be granted";

pub(super) async fn create(
    resource: &SsoAccess,
    diags: &mut Diagnostics,
    planned: Current<Model>,
    config: Model,
) -> Option<Applied<Model>> {
    let session = resource.session(diags)?;
    let mut model = planned.state;
    let mut private = Private::decode(&planned.private);
    let until = deadline(&model, |timeouts| &timeouts.create);
    fill_defaults(&mut model, &session);
    plan::plan_tags(diags, &mut model, &session);
    let Some(target) = Target::of(&model) else {
        diags.add_error(unfinished());
        return None;
    };
    let role = confirm_role(diags, &session, &target, &mut model, until).await?;
    ready_cluster(diags, &session, &target, until).await?;
    let Some(wanted) = desired(&model, &config, &session) else {
        diags.add_error(unfinished());
        return None;
    };
    let mut claim = resource.writes.turn(&target, &role.to_string()).await;
    if *claim == Claim::Made {
        diags.add_error(twice(&target, &role));
        return None;
    }
    let eks = client(diags, &session, &target).await?;
    let grant = Grant {
        session: &session,
        eks: &eks,
        target: &target,
        role: &role,
        wanted: &wanted,
        until,
    };
    let made = match private.adopts || private.own_principal.as_deref() == Some(&*role.to_string()) {
        true => grant.take_over_or_create(diags, Reach::Everything).await,
        false => grant.create_or_judge(diags, &config, &model).await,
    }?;
    *claim = Claim::Made;
    private.created |= made.created;
    private.adopts = false;
    private.own_principal = None;
    fill_unknown(&mut model, &made.entry, &session);
    Some(Applied {
        state: model,
        private: private.encode(),
    })
}

pub(super) async fn client(diags: &mut Diagnostics, session: &Session, target: &Target) -> Option<Eks> {
    session
        .eks(&target.account, &target.region)
        .await
        .map_err(|error| {
            diags.add_error(failed(
                SUMMARY,
                &format!("reaching account {}", target.account),
                &error,
                AttributePath::default(),
            ))
        })
        .ok()
}

fn unfinished() -> tf_provider::Diagnostic {
    diagnostic(
        "Values are still unknown",
        "Terraform applies this grant while some of its values are unknown. This is always a bug in Terraform or in the provider; please \
         report it. Nothing was written.",
        AttributePath::default(),
    )
}

fn twice(target: &Target, role: &RoleArn) -> tf_provider::Diagnostic {
    diagnostic(
        "Two resources for one grant",
        format!(
            "Another eks_sso_access resource of this run already manages the access entry for {role} on {}. One entry can be managed in one \
             place only: merge the two resources into one. Nothing was written here.",
            target.cluster_and_place()
        ),
        AttributePath::default(),
    )
}

/// The planned role as it is now, or the role that the plan had to leave open.
pub(super) async fn confirm_role(
    diags: &mut Diagnostics,
    session: &Session,
    target: &Target,
    model: &mut Model,
    until: Instant,
) -> Option<RoleArn> {
    let looking = format!("looking for the role of {} in {}", target.grantee, target.role_account);
    let summary = "Role cannot be looked up";
    let found = match model.principal_arn.as_deref_option().and_then(|arn| RoleArn::parse(arn).ok()) {
        Some(planned) => match read_role(session, &target.role_account, &planned).await {
            Ok(Some(role)) if role.arn == planned && model.role_id.as_deref_option().is_none_or(|id| id == role.role_id) => {
                return Some(planned);
            }
            Ok(now) => {
                session.forget_reserved_roles(&target.role_account);
                diags.add_error(messages::role_changed(target, &planned.to_string(), now.as_ref()));
                return None;
            }
            Err(error) => Err(error),
        },
        None => wait_for_role(session, target, until).await,
    };
    match found {
        Ok(Found::One(role)) => {
            plan::known_role(model, &role);
            Some(role.arn.clone())
        }
        Ok(Found::Many(roles)) => {
            diags.add_error(messages::ambiguous(target, &roles));
            None
        }
        Ok(Found::None { similar }) => {
            let message = messages::no_role(session, target, &similar).await;
            diags.add_error(message);
            None
        }
        Err(error) => {
            diags.add_error(failed(summary, &looking, &error, AttributePath::default()));
            None
        }
    }
}

/// Everything that writing one grant needs.
pub(super) struct Grant<'a> {
    pub(super) session: &'a Session,
    pub(super) eks: &'a Eks,
    pub(super) target: &'a Target,
    pub(super) role: &'a RoleArn,
    pub(super) wanted: &'a Desired,
    pub(super) until: Instant,
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

impl Grant<'_> {
    fn label(&self) -> String {
        format!("({},{})", self.target.cluster, self.role)
    }

    async fn create_entry(&self) -> Result<Entry, AwsError> {
        let request = CreateAccessEntry {
            cluster_name: self.target.cluster.to_string(),
            principal_arn: self.role.to_string(),
            groups: self.wanted.groups.clone().unwrap_or_default(),
            user_name: self.wanted.user_name.clone(),
            tags: self.wanted.tags.clone(),
            // The same for all tries: an answer that was lost makes no second entry and no conflict.
            client_request_token: uuid::Uuid::new_v4().to_string(),
        };
        let entry = until_accepted(self.until, || self.eks.create_access_entry(&request)).await?;
        Ok(Entry {
            entry,
            policies: BTreeMap::new(),
        })
    }

    /// Makes the entry; one that stands there already is judged by what `on_existing` and `owner` say.
    async fn create_or_judge(&self, diags: &mut Diagnostics, config: &Model, planned: &Model) -> Option<Made> {
        match self.create_entry().await {
            Ok(entry) => self.complete_or_undo(diags, entry).await,
            Err(error) if error.kind == ErrorKind::AlreadyExists => self.judge(diags, config, planned, &error).await,
            Err(error) => {
                diags.add_error(self.create_failed(&error));
                None
            }
        }
    }

    fn create_failed(&self, error: &AwsError) -> tf_provider::Diagnostic {
        let mut failure = failed(
            SUMMARY,
            &format!("creating EKS access entry {}", self.label()),
            error,
            AttributePath::default(),
        );
        if error.status.is_none() && error.kind != ErrorKind::Stopped {
            failure.detail.to_mut().push_str(
                "\n\nBecause no answer came, the entry may exist all the same. Plan again: if it does, the plan says so and how to take it over.",
            );
        }
        failure
    }

    async fn judge(&self, diags: &mut Diagnostics, config: &Model, planned: &Model, conflict: &AwsError) -> Option<Made> {
        let entry = match read_entry(self.eks, self.target.cluster.as_str(), &self.role.to_string()).await {
            Ok(Some(entry)) => entry,
            _ => {
                diags.add_error(self.create_failed(conflict));
                return None;
            }
        };
        match judge_existing(self.session, self.target, config, planned, &entry) {
            Existing::Ours => self
                .change(diags, entry, Reach::Everything)
                .await
                .map(|made| Made { created: true, ..made }),
            Existing::TakeOver(_) => self.change(diags, entry, Reach::OnlyAdd).await,
            Existing::Refuse(error) => {
                diags.add_error(error);
                None
            }
        }
    }

    /// An entry that a plan announced: it is changed to what is wanted, or made if it has gone since.
    pub(super) async fn take_over_or_create(&self, diags: &mut Diagnostics, reach: Reach) -> Option<Made> {
        match read_entry(self.eks, self.target.cluster.as_str(), &self.role.to_string()).await {
            Ok(Some(entry)) => self.change(diags, entry, reach).await,
            Ok(None) => match self.create_entry().await {
                Ok(entry) => self.complete_or_undo(diags, entry).await,
                Err(error) => {
                    diags.add_error(self.create_failed(&error));
                    None
                }
            },
            Err(error) => {
                diags.add_error(failed(
                    SUMMARY,
                    &format!("reading EKS access entry {}", self.label()),
                    &error,
                    AttributePath::default(),
                ));
                None
            }
        }
    }

    fn steps(&self, entry: &Entry, managed_before: &BTreeSet<crate::domain::access_policy::AccessPolicyName>) -> Vec<Step> {
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
    async fn change(&self, diags: &mut Diagnostics, mut entry: Entry, reach: Reach) -> Option<Made> {
        let mut steps = self.steps(&entry, &BTreeSet::new());
        if reach == Reach::OnlyAdd {
            if steps.iter().any(|step| matches!(step, Step::UpdateEntry { .. })) {
                diags.add_error(messages::exists_already(self.session, self.target, &entry, Some(&steps)));
                return None;
            }
            steps.retain(|step| matches!(step, Step::Associate { .. } | Step::Tag(_)));
        }
        self.perform_all(diags, &mut entry, steps).await.ok()?;
        Some(Made { entry, created: false })
    }

    /// Adds what CreateAccessEntry cannot carry. If that fails, the entry goes again.
    async fn complete_or_undo(&self, diags: &mut Diagnostics, mut entry: Entry) -> Option<Made> {
        let steps = self.steps(&entry, &BTreeSet::new());
        if self.perform_all(diags, &mut entry, steps).await.is_ok() {
            return Some(Made { entry, created: true });
        }
        match self
            .eks
            .delete_access_entry(self.target.cluster.as_str(), &self.role.to_string())
            .await
        {
            Ok(_) => None,
            Err(error) => {
                let doing = format!("deleting the half-made EKS access entry {} again", self.label());
                diags.add_error(failed("Half-made access entry is left", &doing, &error, AttributePath::default()));
                Some(Made { entry, created: true })
            }
        }
    }

    /// Performs steps one after another; the entry mirrors each that AWS accepted.
    pub(super) async fn perform_all(&self, diags: &mut Diagnostics, entry: &mut Entry, steps: Vec<Step>) -> Result<(), ()> {
        let mut waiting: std::collections::VecDeque<_> = steps.into();
        while let Some(step) = waiting.pop_front() {
            match self.perform_one(entry, &step).await {
                Ok(()) => entry.apply(&step),
                Err(error) if error.kind == ErrorKind::LimitExceeded && matches!(step, Step::Associate { .. }) => {
                    // The entry holds as many policies as EKS takes: one that has to go anyway goes first.
                    let Some(at) = waiting.iter().position(|later| matches!(later, Step::Disassociate { .. })) else {
                        return Err(self.report(diags, &step, &error));
                    };
                    let first = waiting.remove(at).expect("the position was just found");
                    waiting.push_front(step);
                    waiting.push_front(first);
                }
                Err(error) => return Err(self.report(diags, &step, &error)),
            }
        }
        Ok(())
    }

    async fn perform_one(&self, entry: &Entry, step: &Step) -> Result<(), AwsError> {
        let propagated = self.until.min(Instant::now() + NEW_ENTRY_PROPAGATION);
        let call = || perform(self.eks, self.target.cluster.as_str(), &entry.entry, step);
        retry_until(propagated, is_new_entry, || until_accepted(self.until, call)).await
    }

    fn report(&self, diags: &mut Diagnostics, step: &Step, error: &AwsError) {
        let (doing, path) = match step {
            Step::UpdateEntry { .. } => ("updating", "kubernetes_groups"),
            Step::Associate { .. } => ("associating an access policy with", "access_policies"),
            Step::Disassociate { .. } => ("disassociating an access policy from", "access_policies"),
            Step::Tag(_) | Step::Untag(_) => ("tagging", "tags"),
        };
        let mut path = AttributePath::new(path);
        let mut doing = format!("{doing} EKS access entry {}", self.label());
        if let Step::Associate { policy_arn, .. } | Step::Disassociate { policy_arn } = step {
            path.add_key(policy_arn.rsplit('/').next().unwrap_or(policy_arn).to_owned());
            doing = format!("{doing}, {policy_arn}");
        }
        diags.add_error(failed(SUMMARY, &doing, error, path));
    }
}

/// Fills what the plan left open. What it promised stays as promised.
pub(super) fn fill_unknown(planned: &mut Model, made: &Entry, session: &Session) {
    let mut now = planned.clone();
    for unknown in [&mut now.user_name, &mut now.role_id] {
        if unknown.is_unknown() {
            *unknown = Value::Null;
        }
    }
    flatten(&mut now, made, session);
    let fill = |slot: &mut crate::resources::sso_access::model::Text, value| {
        if slot.is_unknown() {
            *slot = value;
        }
    };
    fill(&mut planned.access_entry_arn, now.access_entry_arn);
    fill(&mut planned.created_at, now.created_at);
    fill(&mut planned.type_, now.type_);
    fill(&mut planned.status, text("ok"));
    fill(&mut planned.role_id, now.role_id);
    if planned.kubernetes_groups.is_unknown() {
        planned.kubernetes_groups = now.kubernetes_groups;
    }
    if planned.unmanaged_policies.is_unknown() {
        planned.unmanaged_policies = now.unmanaged_policies;
    }
    if planned.tags_all.is_unknown() {
        planned.tags_all = now.tags_all;
    }
}
