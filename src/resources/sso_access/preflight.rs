//! The plan of a create: everything that would make the apply fail is found now.

use crate::aws::eks::{Cluster, Timestamp};
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::cluster_place::APPLY_STOPS;
use crate::domain::access_entry::{Before, Change, Desired, Management, changes};
use crate::domain::access_policy::AccessPolicyName;
use crate::domain::cluster::AuthenticationMode;
use crate::domain::grantee::Grantee;
use crate::other_partition;
use crate::report::{at, failed};
use crate::resources::access_entry::claims::{Binding, Held};
use crate::resources::access_entry::entry::{Entry, read_entry};
use crate::resources::sso_access::cluster::is_coming;
use crate::resources::sso_access::existing::{Existing, judge, warn_of_second_owner};
use crate::resources::sso_access::lockout;
use crate::resources::sso_access::messages;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::planned::{known_principal, known_role, not_bound, unknown_until_apply};
use crate::resources::sso_access::policies::check_new_policies;
use crate::resources::sso_access::private::{EntryRecord, Private};
use crate::resources::sso_access::run::Run;
use crate::resources::sso_access::wanted::desired;
use crate::resources::sso_grant::cluster::{Verdict, not_read};
use crate::resources::sso_grant::notices::{self, check_denied, grantee_attribute};
use crate::resources::sso_grant::preflight::{check_only_one, check_role};
use crate::resources::sso_grant::role::{Found, asked_since, find_role};
use crate::resources::sso_grant::run::Planned;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::known_set;
use crate::resources::sso_grant::timeouts;
use crate::resources::sso_grant::unreachable_accounts::{Purpose, reach};
use crate::resources::sso_grant::when_missing::WhenMissing;
use std::sync::Arc;
use std::time::Duration;
use tf_provider::value::Value;
use tf_provider::{Diagnostic, Diagnostics};

/// Whether the cluster can be asked about its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readiness {
    Ready,
    NotReady,
}

/// What a plan knows of the losses of others on an entry that its create takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Losses {
    /// There is no entry, or it only gains.
    None,
    /// The plan has told them.
    Told,
    /// Nobody can look for an entry yet.
    Unseen,
}

pub(super) async fn plan_create(
    run: &Run,
    diags: &mut Diagnostics,
    session: &Session,
    planned: &mut Model,
    private: &mut Private,
) -> Option<()> {
    unknown_until_apply(planned);
    let losses = check_create(run, diags, session, planned, private).await?;
    if losses == Losses::Unseen {
        warn_of_unseen(diags, planned);
    }
    if losses != Losses::None && planned.may_adopt() {
        allow_losses(planned);
    }
    Some(())
}

/// Terraform plans once more within the apply, and the provider is told nothing of the plan that people have read. But what was null
/// there must not be unknown now: Terraform ends the apply before its first write. So `status` is unknown where others lose something, and an
/// entry that came, or got more, after the plan is not taken over unseen.
pub(super) fn allow_losses(planned: &mut Model) {
    planned.status = Value::Unknown;
}

/// Whether changes take away something of what is on an entry.
pub(super) fn take_away(entry: &Entry, changes: Option<&[Change]>) -> bool {
    let actual = entry.actual();
    let takes = |change: &Change| match change {
        Change::UpdateEntry { .. } => change.takes_access(&actual),
        change => !change.only_adds(&actual),
    };
    changes.is_none_or(|changes| changes.iter().any(takes))
}

/// The plan cannot look for an entry, and the apply may take over what it finds.
pub(super) fn warn_of_unseen(diags: &mut Diagnostics, planned: &Model) {
    if planned.may_take_from_others() {
        diags.add_warning(messages::may_take_over(planned));
    }
}

async fn check_create(run: &Run, diags: &mut Diagnostics, session: &Session, planned: &mut Model, private: &mut Private) -> Option<Losses> {
    let errors = diags.errors.len();
    let target = Target::of(planned);
    if let Some(arn) = planned.iam_principal_arn.as_deref_option()
        && !other_partition::check(diags, session, at("iam_principal_arn"), arn, "")
    {
        return None;
    }
    if let Some(target) = &target {
        reach(diags, session, target, Purpose::Create).await?;
    }
    check_new_policies(diags, session, None, planned).await;
    let Some(target) = target else { return Some(Losses::Unseen) };
    if run.claims.is_half_made(&target) {
        // Terraform plans without the private state of a tainted grant, and deletes by that of this plan: what was made here goes
        // whole, and if it cannot go, the next plan still knows what it is.
        (private.created, private.half_made) = (true, true);
    }
    let (cluster, role) = tokio::join!(
        session.cluster(&target.account, &target.region, target.cluster.as_str()),
        find_role(session, &target, asked_since(&planned.triggers, None))
    );
    let when_missing = if planned.checks_at_apply() || run.lost.contains(&target) {
        WhenMissing::FailApply
    } else {
        WhenMissing::FailPlan
    };
    let wait = create_timeout(planned);
    let cluster = check_cluster(diags, when_missing, wait, session, &target, cluster).await;
    let role = plan_role(diags, when_missing, session, &target, planned, role).await;
    if diags.errors.len() > errors {
        return None;
    }
    if !private.was_kept {
        let shares = planned.may_share();
        check_only_one(
            diags,
            run,
            &target,
            planned.principal_arn.as_deref_option(),
            Planned { shares, ..Planned::NEW },
        )?;
    }
    if cluster == Readiness::Ready && planned.principal_arn.is_value() {
        let circumstances = Circumstances {
            when_missing,
            held: hold(run, &target, planned, private),
            binding: run
                .claims
                .binding(&target, planned.principal_arn.as_deref_option().unwrap_or_default()),
            role,
        };
        return check_existing(run, diags, circumstances, session, &target, planned, private).await;
    }
    Some(Losses::Unseen)
}

/// How the state of this run holds the entry; a half-made one is ours to make anew.
fn hold(run: &Run, target: &Target, planned: &Model, private: &mut Private) -> Option<Held> {
    let principal = planned.principal_arn.as_deref_option().unwrap_or_default();
    let held = run.claims.held(target, principal);
    if let Some(Held::HalfMade { access_entry_arn }) = &held {
        private.own = Some(EntryRecord {
            principal_arn: principal.to_owned(),
            access_entry_arn: access_entry_arn.clone(),
            made_here: true,
        });
    }
    held
}

/// The role of the grant, as far as this plan can say.
async fn plan_role(
    diags: &mut Diagnostics,
    when_missing: WhenMissing,
    session: &Session,
    target: &Target,
    planned: &mut Model,
    found: Result<Found, AwsError>,
) -> Option<Role> {
    // A changed assignment in the same apply may make the role anew.
    let may_change = planned.triggers_are_unknown();
    if may_change && matches!(found, Ok(Found::None { .. })) {
        return None;
    }
    // Triggers may have been unknown in the first plan; the one within the apply must not take it back.
    let when_missing = if planned.triggers.is_null() {
        when_missing
    } else {
        WhenMissing::FailApply
    };
    let wait = create_timeout(planned);
    let is_as_named = matches!(found, Ok(Found::One(_) | Found::Unread(_)));
    let role = check_role(diags, when_missing, wait, session, target, found).await;
    match (&role, &target.grantee) {
        _ if may_change => {}
        (_, Grantee::Principal(principal)) if is_as_named => known_principal(planned, principal),
        (Some(role), _) => known_role(planned, role),
        (None, _) => {}
    }
    role
}

fn create_timeout(planned: &Model) -> Duration {
    timeouts::duration(&planned.timeouts, |timeouts| &timeouts.create)
}

async fn check_cluster(
    diags: &mut Diagnostics,
    when_missing: WhenMissing,
    wait: Duration,
    session: &Session,
    target: &Target,
    found: Result<Option<Arc<Cluster>>, AwsError>,
) -> Readiness {
    if let Ok(Some(cluster)) = &found {
        target.place().warn_if_lost(diags, cluster, at("cluster_name"), APPLY_STOPS);
    }
    match found {
        Ok(Some(cluster)) if cluster.authentication_mode == Some(AuthenticationMode::ConfigMap) => {
            when_missing.report(diags, messages::configuration_map_mode(target, Some(&cluster), Some(when_missing)));
            Readiness::NotReady
        }
        Ok(Some(cluster)) if is_coming(&cluster) == Verdict::Coming => {
            diags.add_warning(messages::cluster_awaited(target, &cluster.status, wait));
            Readiness::Ready
        }
        Ok(Some(_)) => Readiness::Ready,
        Ok(None) => {
            diags.add_warning(notices::no_cluster_yet(session, target).await);
            Readiness::NotReady
        }
        Err(error) if error.kind == ErrorKind::AccessDenied => {
            let what = "The authentication mode of the cluster";
            diags.add_warning(check_denied("Check skipped: authentication mode", what, &error, at("cluster_name")));
            Readiness::Ready
        }
        Err(error) => {
            diags.add_error(not_read(target, &error));
            Readiness::NotReady
        }
    }
}

/// What is known before an entry is looked at.
#[derive(Debug, Clone)]
struct Circumstances {
    when_missing: WhenMissing,
    /// How the state of this run holds the entry.
    held: Option<Held>,
    /// The role that its entry is bound to, as far as a state of this run knows.
    binding: Option<Binding>,
    role: Option<Role>,
}

impl Circumstances {
    /// The role that the entry lets nobody in for, because it is bound to an earlier one.
    fn role_locked_out(&self, access_entry_arn: &str, made_at: Option<Timestamp>) -> Option<&Role> {
        let is_of_another = |role: &Role| {
            let known = self.binding.as_ref().filter(|known| known.access_entry_arn == access_entry_arn);
            known.is_some_and(|known| known.role_id.as_deref() != Some(&*role.role_id))
        };
        self.role
            .as_ref()
            .filter(|role| is_of_another(role) || role.is_younger_than(made_at) == Some(true))
    }
}

/// An entry that is there already: ours, to be taken over, or somebody else's.
async fn check_existing(
    run: &Run,
    diags: &mut Diagnostics,
    circumstances: Circumstances,
    session: &Session,
    target: &Target,
    planned: &mut Model,
    private: &mut Private,
) -> Option<Losses> {
    let principal = planned.principal_arn.as_deref_option()?;
    (private.shown, private.finishes, private.rebinds) = (None, false, false);
    if let Some(own) = private.own.as_ref().filter(|own| own.principal_arn == principal) {
        let made_at = private.entry_made_at.as_deref().and_then(Timestamp::parse);
        let is_stale = circumstances.role_locked_out(&own.access_entry_arn, made_at).is_some();
        if (private.half_made || is_stale) && planned.management() == Management::Additive {
            // What its end leaves may be bound to a role that is gone: only the plan within the apply sees that.
            planned.role_id = Value::Unknown;
        }
        return Some(Losses::Told);
    }
    let entry = match find_entry(session, target, principal).await {
        Ok(None) => return Some(Losses::None),
        Ok(Some(entry)) => entry,
        Err(error) if error.is_authentication_mode() => {
            circumstances.when_missing.report(
                diags,
                messages::configuration_map_mode(target, None, Some(circumstances.when_missing)),
            );
            return (circumstances.when_missing == WhenMissing::FailApply).then_some(Losses::Unseen);
        }
        Err(error) => {
            diags.add_error(entry_not_read(target, principal, &error));
            return None;
        }
    };
    let changes = changes_for(session, planned, private, &entry, &Before::default());
    let locked_out = circumstances.role_locked_out(&entry.entry.access_entry_arn, entry.entry.created_at);
    let is_stale = locked_out.is_some();
    let losses = match take_away(&entry, changes.as_deref()) || is_stale {
        true => Losses::Told,
        false => Losses::None,
    };
    let (adopts, management) = (planned.adopts(), planned.management());
    match judge(session, target, adopts, management, &entry, changes.as_deref(), is_stale) {
        Existing::Finish => {
            private.rebinds = show_age(diags, target, true, is_stale, &entry);
            (private.shown, private.finishes) = (Some(entry.entry.access_entry_arn), true);
            Some(losses)
        }
        Existing::TakeOver(warning) => {
            diags.add_warning(warning);
            // Those who share an entry leave each other's alone.
            let is_shared = planned.management() == Management::Additive;
            if let Some(warning) = warn_of_second_owner(session, target, &entry).filter(|_| !is_shared) {
                diags.add_warning(warning);
            }
            if let Some(changes) = changes.as_deref().filter(|_| !is_stale) {
                lockout::warn_of_changes(run, diags, session, target, &entry, changes).await;
            }
            // What others have on a shared entry is not ours to make again.
            let is_ours_alone = planned.management() == Management::Exclusive;
            private.rebinds = show_age(diags, target, is_ours_alone, is_stale, &entry);
            if let Some(role) = locked_out.filter(|_| !private.rebinds) {
                not_bound(planned, private, role);
            }
            // What the end of a tainted shared grant leaves: Terraform forgets by then who made the entry.
            private.finishes = session.owner().is_some() && session.owner() == entry.owner() && gives_no_more_than(&entry, planned);
            private.shown = Some(entry.entry.access_entry_arn);
            Some(losses)
        }
        // It may still be told to adopt or to share the entry; the apply knows.
        Existing::Refuse(_) if planned.on_existing.is_unknown() || planned.policy_management.is_unknown() => {
            diags.add_warning(messages::may_be_taken_over(target, &entry, changes.as_deref()));
            Some(Losses::Told)
        }
        Existing::Refuse(_) if circumstances.held.is_some() => {
            diags.add_error(messages::held_already(target, &entry));
            None
        }
        Existing::Refuse(error) => {
            diags.add_error(error);
            None
        }
    }
}

/// An entry that is older than its role lets nobody in. Tells whether the apply makes it again.
fn show_age(diags: &mut Diagnostics, target: &Target, is_ours_alone: bool, is_stale: bool, entry: &Entry) -> bool {
    if is_stale {
        diags.add_warning(messages::stale_entry(target, entry, is_ours_alone));
    }
    is_stale && is_ours_alone
}

/// What is there now for a principal.
pub(super) async fn find_entry(session: &Session, target: &Target, principal: &str) -> Result<Option<Entry>, AwsError> {
    let eks = session.eks(&target.account, &target.region).await?;
    read_entry(&eks, target.cluster.as_str(), principal).await
}

/// What would make of an entry what is planned; `None` while that is unknown. `before`: what the grant
/// gave to a shared one of another role.
pub(super) fn changes_for(session: &Session, planned: &Model, private: &Private, entry: &Entry, before: &Before) -> Option<Vec<Change>> {
    changes_to(session, &desired(planned, session, private)?, entry, before)
}

/// The same for what is wanted.
pub(super) fn changes_to(session: &Session, wanted: &Desired, entry: &Entry, before: &Before) -> Option<Vec<Change>> {
    let principal = entry.entry.principal_arn.parse().ok()?;
    let (partition, ignore) = (session.partition(), session.ignore_tags());
    let (actual, along) = (entry.actual(), before.taken_along(&entry.actual(), partition));
    Some(changes(&actual, wanted, &along, &principal, partition, ignore))
}

pub(super) fn entry_not_read(target: &Target, principal: &str, error: &AwsError) -> Diagnostic {
    let fact = format!("The access entry of {} cannot be read.", target.label_of(principal));
    failed("Access entry cannot be read", &fact, error, grantee_attribute(target))
}

/// Whether all groups and policies on an entry are named by a configuration.
fn gives_no_more_than(entry: &Entry, planned: &Model) -> bool {
    let (groups, policies) = (known_set(&planned.kubernetes_groups).unwrap_or_default(), planned.policy_names());
    let is_named = |arn: &String| AccessPolicyName::from_arn(arn).is_ok_and(|name| policies.contains(&name));
    entry.entry.groups.is_subset(&groups) && entry.policies.keys().all(is_named)
}
