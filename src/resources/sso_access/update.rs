//! The apply of an update: in place, or to another role (`rotation.rs`).

use crate::aws::session::Session;
use crate::domain::access_entry::{Before, Management, Ours, Replaced, changes};
use crate::domain::access_policy::{AccessPolicyName, AccessScope};
use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::tags::ignored;
use crate::hosting::{Applied, UpdateRequest};
use crate::resources::access_entry::entry::Entry;
use crate::resources::sso_access::cluster::ready_cluster;
use crate::resources::sso_access::create::{client, serve_role};
use crate::resources::sso_access::failures::{self, NOT_CHANGED};
use crate::resources::sso_access::flatten::flatten;
use crate::resources::sso_access::messages;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::planned::plan_tags;
use crate::resources::sso_access::private::{Private, ReplacedRecord};
use crate::resources::sso_access::role_change::look_again;
use crate::resources::sso_access::rotation::{Change, done, move_to_role, rebind};
use crate::resources::sso_access::run::Run;
use crate::resources::sso_access::wanted::{before, desired, held};
use crate::resources::sso_access::writer::Writer;
use crate::resources::sso_grant::notices::still_unknown;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::known_set;
use tf_provider::Diagnostics;
use tf_provider::value::Value;
use tokio::time::Instant;

pub(super) async fn update(run: &Run, diags: &mut Diagnostics, request: UpdateRequest<Model>, until: Instant) -> Option<Applied<Model>> {
    let UpdateRequest {
        prior,
        mut planned,
        private,
        ..
    } = request;
    let mut private = Private::decode(&private);
    private.joined = planned.management() == Management::Additive && (private.joined || !private.created);
    if planned.status.is_unknown() && is_same_role(&prior, &planned) {
        let session = run.session(diags)?;
        look_again(diags, &session, &prior, &mut planned, &private).await;
    }
    if is_same_grant(&prior, &planned) && !private.outlives_entry() {
        if planned.kubernetes_user_name.is_unknown() {
            planned.kubernetes_user_name = prior.kubernetes_user_name;
        }
        return Some(Applied {
            state: planned,
            private: private.settled().encode(),
        });
    }
    let session = run.session(diags)?;
    plan_tags(diags, &mut planned, &session);
    let Some(target) = Target::of(&planned) else {
        diags.add_error(still_unknown());
        return None;
    };
    let principal = principal_to_serve(diags, run, &session, &target, &prior, &mut planned, until).await?;
    ready_cluster(diags, &session, &target, until).await?;
    let Some(wanted) = desired(&planned, &session, &private) else {
        diags.add_error(still_unknown());
        return None;
    };
    let eks = client(diags, NOT_CHANGED, &session, &target).await?;
    let principal_arn = principal.to_string();
    let mut change = Change {
        run,
        session: &session,
        writer: Writer {
            eks: &eks,
            target: &target,
            principal_arn: &principal_arn,
            until,
        },
        principal: &principal,
        before: before(&prior, &private),
        prior: &prior,
        planned,
        wanted,
        private,
    };
    change.inherit_returning();
    if prior.principal_arn.as_deref_option() != Some(&*principal_arn) {
        return Box::pin(move_to_role(change, diags)).await;
    }
    if change.is_rebound() || change.is_gone(diags).await? {
        return Box::pin(rebind(change, diags)).await;
    }
    Box::pin(in_place(change, diags)).await
}

/// Whether nothing that AWS knows of changes.
fn is_same_grant(prior: &Model, planned: &Model) -> bool {
    known_set(&prior.kubernetes_groups) == known_set(&planned.kubernetes_groups)
        && prior.user_name == planned.user_name
        && prior.has_policies_of(planned)
        && prior.unmanaged_policies == planned.unmanaged_policies
        && prior.tags_all == planned.tags_all
        && !planned.access_entry_arn.is_unknown()
        && has_same_user_name(prior, planned)
        && is_same_role(prior, planned)
}

/// An entry that is no longer shared gets EKS's own name again, though no argument about the name changes.
fn has_same_user_name(prior: &Model, planned: &Model) -> bool {
    let (before, after) = (&prior.kubernetes_user_name, &planned.kubernetes_user_name);
    before.is_null() || after.is_unknown() || before == after
}

fn is_same_role(prior: &Model, planned: &Model) -> bool {
    prior.principal_arn == planned.principal_arn && prior.role_id == planned.role_id
}

/// The principal of the grant from now on. It is confirmed only where it changes: an entry of a role that is gone can
/// still be changed.
async fn principal_to_serve(
    diags: &mut Diagnostics,
    run: &Run,
    session: &Session,
    target: &Target,
    prior: &Model,
    planned: &mut Model,
    until: Instant,
) -> Option<AccessEntryPrincipal> {
    if is_same_role(prior, planned) {
        let known = planned.principal_arn.as_deref_option().and_then(|arn| arn.parse().ok());
        if known.is_none() {
            diags.add_error(still_unknown());
        }
        return known;
    }
    let principal = serve_role(diags, run, session, target, planned, until).await?;
    if is_same_role(prior, planned) {
        // The plan could not tell; it is the same role after all.
        planned.access_entry_arn.clone_from(&prior.access_entry_arn);
    }
    Some(principal)
}

async fn in_place(mut change: Change<'_>, diags: &mut Diagnostics) -> Option<Applied<Model>> {
    let turn = change.run.claims.turn(change.writer.target, change.writer.principal_arn).await;
    let (mut entry, ours) = shown_entry(&change, diags).await?;
    change.keep_unseen(diags, &entry);
    let steps = changes(
        &entry.actual(),
        &change.wanted,
        &change.before,
        change.principal,
        change.session.partition(),
        change.session.ignore_tags(),
    );
    let replaced = replaced_after(&change, &entry);
    let steps = steps.into_iter().map(|step| step.proven(&ours)).collect();
    if let Err(failed) = change.writer.carry_out(&mut entry, steps).await {
        failures::not_changed(diags, &change.writer.label(), &failed, "");
        let state = named_by_either(change.prior, &change.planned);
        return Some(half_done(change, state, entry, &replaced).await);
    }
    drop(turn);
    change.private.replaced = ReplacedRecord::from(&replaced);
    change.delete_old_entries(diags).await;
    Some(done(change, &entry))
}

impl Change<'_> {
    /// What others have put on an entry of this grant alone since the plan looked stays: nobody has read that it goes. The next plan
    /// shows it.
    fn keep_unseen(&mut self, diags: &mut Diagnostics, entry: &Entry) {
        // Of a shared entry the state does not have what is of others; the plan has listed it.
        if self.wanted.management == Management::Additive || self.prior.management() == Management::Additive {
            return;
        }
        let (partition, ignore) = (self.session.partition(), self.session.ignore_tags());
        let mut unseen = entry.actual().without(&held(self.prior), partition);
        unseen.tags.retain(|key, _| !ignored(ignore, key));
        unseen = unseen.without(&self.wanted.given(), partition);
        if unseen.is_empty() {
            return;
        }
        diags.add_warning(messages::more_since_the_plan(
            self.writer.target,
            self.writer.principal_arn,
            &unseen,
        ));
        let named = |(arn, scope): (&String, &AccessScope)| Some((AccessPolicyName::from_arn(arn).ok()?, scope.clone()));
        self.wanted.policies.extend(unseen.policies.iter().filter_map(named));
        self.wanted.groups.extend(unseen.groups);
        self.wanted.tags.extend(unseen.tags);
        if self.wanted.user_name.is_none() && !unseen.user_name.is_empty() {
            self.wanted.user_name = Some(unseen.user_name);
        }
    }
}

/// The entry that the plan saw; nothing is written if it is another one by now. `None` comes with an error.
async fn shown_entry(change: &Change<'_>, diags: &mut Diagnostics) -> Option<(Entry, Ours)> {
    let problem = match change.writer.look().await {
        Ok(Some(entry)) => {
            let shown = change.prior.access_entry_arn.as_deref_option().unwrap_or_default();
            match Ours::shown(shown, &entry.entry.access_entry_arn) {
                Some(ours) => return Some((entry, ours)),
                None => messages::another_entry(change.writer.target, &entry),
            }
        }
        Ok(None) => messages::entry_gone(change.writer.target, &change.writer.label()),
        Err(error) => failures::not_read(NOT_CHANGED, &change.writer, &error),
    };
    diags.add_error(problem);
    None
}

/// What of others this grant holds on a shared entry after the change.
fn replaced_after(change: &Change<'_>, entry: &Entry) -> Replaced {
    if change.wanted.management == Management::Exclusive {
        return Replaced::default();
    }
    let Before { given, replaced } = &change.before;
    replaced.after(given, &entry.actual(), &change.wanted, change.session.partition())
}

/// The state must say what really is there; `known` is what AWS has accepted, should it not be readable.
async fn half_done(change: Change<'_>, mut state: Model, known: Entry, replaced: &Replaced) -> Applied<Model> {
    let entry = match change.writer.last_look().await {
        Ok(Some(entry)) => entry,
        _ => known,
    };
    flatten(&mut state, &entry, change.session);
    let mut private = change.private;
    // Nobody knows how far it got, so both are remembered: putting back what was not replaced changes nothing.
    private.replaced = ReplacedRecord::from(&change.before.replaced.or(replaced));
    Applied {
        state,
        private: private.settled().encode(),
    }
}

/// The prior state with what the plan adds: of a shared entry, what the apply got to is ours from then on, or nobody would
/// remove it again.
fn named_by_either(prior: &Model, planned: &Model) -> Model {
    let mut state = prior.clone();
    if let Value::Value(added) = &planned.access_policies {
        let mut named = state.access_policies.as_ref_option().cloned().unwrap_or_default();
        named.extend(added.clone());
        state.access_policies = Value::Value(named);
    }
    if let Value::Value(added) = &planned.kubernetes_groups {
        let named = state.kubernetes_groups.as_ref_option().into_iter().flatten();
        state.kubernetes_groups = Value::Value(named.chain(added).cloned().collect());
    }
    if let Value::Value(added) = &planned.tags_all {
        let mut named = state.tags_all.as_ref_option().cloned().unwrap_or_default();
        named.extend(added.clone());
        state.tags_all = Value::Value(named);
    }
    if planned.user_name.is_value() {
        state.user_name = planned.user_name.clone();
    }
    state
}
