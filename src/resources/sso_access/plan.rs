//! Planning: what will change, known as far as it can be known.
//!
//! Errors are only for grants that the plan would create; a grant in the state stays plannable, or a destroy (which
//! plans first) would be blocked.

use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::cluster_place::own_account;
use crate::domain::access_entry::{Before, Change, Management};
use crate::hosting::{Plan, PlanRequest, Texts};
use crate::report::at;
use crate::resources::access_entry::claims::Binding;
use crate::resources::access_entry::entry::Entry;
use crate::resources::access_entry::policy::PolicyMap;
use crate::resources::sso_access::existing::warn_of_owner;
use crate::resources::sso_access::model::{Model, policies_unless_empty};
use crate::resources::sso_access::planned::{not_bound, plan_kubernetes_user_name, plan_tags, unknown_until_apply};
use crate::resources::sso_access::policies::check_new_policies;
use crate::resources::sso_access::preflight::{
    allow_losses, changes_for, changes_to, entry_not_read, find_entry, take_away, warn_of_unseen,
};
use crate::resources::sso_access::private::{EntryRecord, Private};
use crate::resources::sso_access::role_change::{plan_role, warn_of_entry_that_stays, warn_of_recreation, warn_of_what_is_put_back};
use crate::resources::sso_access::rotation::bring_along;
use crate::resources::sso_access::run::Run;
use crate::resources::sso_access::status::Status;
use crate::resources::sso_access::wanted::{before, desired};
use crate::resources::sso_access::{aws_auth_check, forgotten, lockout, messages, preflight};
use crate::resources::sso_grant::kept;
use crate::resources::sso_grant::locked_out::keep_open;
use crate::resources::sso_grant::notices::{granted_and_deleted, grantee_attribute, provider_not_known};
use crate::resources::sso_grant::preflight::check_only_one;
use crate::resources::sso_grant::run::Planned;
use crate::resources::sso_grant::target::{Target, fill_defaults};
use crate::resources::sso_grant::texts::no_texts;
use crate::resources::sso_grant::unreachable_accounts::{Purpose, reach};
use crate::resources::sso_grant::when_missing::WhenMissing;
use std::collections::BTreeMap;
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostics};

pub(super) async fn plan(run: &Run, diags: &mut Diagnostics, request: PlanRequest<Model>) -> Option<Plan<Model>> {
    let PlanRequest {
        prior,
        proposed: mut planned,
        config,
        private,
    } = request;
    let kept = private;
    let mut private = Private {
        shown: None,
        rebinds: false,
        ..Private::decode(&kept)
    };
    if prior.is_none() {
        private.unbound_for = None;
    }
    fill_collections(&mut planned, &config, prior.as_ref());
    let Some(session) = run.session_or_unknown(diags)? else {
        return plan_unconfigured(diags, prior.as_ref(), planned, &private);
    };
    if let Some(prior) = &prior {
        kept::check_place(diags, prior, &config, &session)?;
        // A replacement, also one that only Terraform knows of (-replace), is planned a second time without prior
        // state; the checks of a create are made then.
        private.own = own_entry(prior);
        note_binding(run, prior, &private);
        private.was_kept = false;
        kept::keep_known(&mut planned, prior);
    }
    // An ARN says which account it is of, also where a role_account_id said so before.
    if planned.iam_principal_arn.is_value() && config.role_account_id.is_null() {
        planned.role_account_id = Value::Null;
    }
    if config.account_id.is_null() && prior.is_none() {
        own_account(diags, &session, "account_id")?;
    }
    fill_defaults(&mut planned, &session);
    plan_tags(diags, &mut planned, &session);
    warn_of_no_access(diags, &planned);
    let replace = prior.as_ref().map(|prior| replaced(prior, &planned, &private)).unwrap_or_default();
    let before = prior.clone().filter(|_| replace.is_empty());
    match prior {
        Some(prior) if replace.is_empty() => {
            warn_of_removals(diags, &prior, &planned, private.imported);
            warn_of_begin_of_sharing(diags, &prior, &planned);
            plan_update(run, diags, &session, &prior, &mut planned, &mut private).await?;
            check_only_holder(diags, run, &planned, &mut private)?;
            if let Some(wanted) = desired(&planned, &session, &private).filter(|wanted| wanted.management == Management::Additive) {
                warn_of_what_is_put_back(diags, &session, &prior, &private, &wanted.given());
            }
            if !warn_of_end_of_sharing(run, diags, &session, &prior, &planned, &private).await? {
                lockout::warn(run, diags, &session, &prior, Some(&planned)).await;
            }
            aws_auth_check::check_change(diags, &session, WhenMissing::FailPlan, Some(&prior), &planned).await?;
        }
        // Terraform plans a replacement again without prior state; the checks of a create are made then.
        Some(prior) => {
            unknown_until_apply(&mut planned);
            forgotten::warn(diags, &session, &prior, None, &kept).await;
            lockout::warn(run, diags, &session, &prior, None).await;
            private.row_goes_first = aws_auth_check::check_removal(run, diags, &session, &prior).await;
            warn_of_entry_that_stays(run, diags, &session, &prior, &private).await;
        }
        None => {
            preflight::plan_create(run, diags, &session, &mut planned, &mut private).await?;
            // As for the other checks: a destroy, which plans first, must not fail over an entry that is gone already.
            let is_lost = Target::of(&planned).is_some_and(|target| run.lost.contains(&target));
            let when_missing = if is_lost { WhenMissing::FailApply } else { WhenMissing::FailPlan };
            aws_auth_check::check_change(diags, &session, when_missing, None, &planned).await?;
        }
    }
    warn_of_exclusive(diags, run, &planned);
    plan_kubernetes_user_name(&mut planned, before.as_ref());
    if let Some(before) = &before {
        forgotten::warn(diags, &session, before, Some(&planned), &kept).await;
    }
    Some(Plan {
        planned,
        replace,
        private: private.encode(),
    })
}

/// A grant of nothing is most often a grant that is not finished.
fn warn_of_no_access(diags: &mut Diagnostics, planned: &Model) {
    let has_no_policy = planned.access_policies.is_null() || planned.access_policies.as_ref_option().is_some_and(BTreeMap::is_empty);
    let has_no_group = planned.kubernetes_groups.is_null() || planned.kubernetes_groups.as_ref_option().is_some_and(Texts::is_empty);
    if has_no_policy && has_no_group && planned.user_name.is_null() {
        diags.add_warning(messages::gives_no_access());
    }
}

/// Collections that the configuration leaves out hold nothing: of a shared entry they hold what this grant names.
fn fill_collections(planned: &mut Model, config: &Model, prior: Option<&Model>) {
    if config.kubernetes_groups.is_null() {
        planned.kubernetes_groups = no_texts(prior.map(|prior| &prior.kubernetes_groups));
    }
    if config.access_policies.is_null() {
        planned.access_policies = match prior {
            Some(prior) if !prior.access_policies.is_null() => Value::Value(BTreeMap::new()),
            _ => Value::Null,
        };
    }
    let shared = planned.management() == Management::Additive;
    planned.unmanaged_policies = match prior {
        // Until it is known whether the entry is shared, nothing follows from it.
        _ if planned.policy_management.is_unknown() => Value::Unknown,
        _ if !shared => Value::Null,
        Some(prior) => unmanaged_after(prior, planned),
        None => Value::Unknown,
    };
}

/// A policy that nobody manages any more because the entry is shared from now on stays associated.
fn unmanaged_after(prior: &Model, planned: &Model) -> PolicyMap {
    if planned.access_policies.is_unknown() {
        return Value::Unknown;
    }
    let wanted = planned.access_policies.as_ref_option().cloned().unwrap_or_default();
    let mut others = prior.unmanaged_policies.as_ref_option().cloned().unwrap_or_default();
    if prior.management() == Management::Exclusive {
        others.extend(prior.access_policies.as_ref_option().cloned().unwrap_or_default());
    }
    others.retain(|name, _| !wanted.contains_key(name));
    policies_unless_empty(others)
}

/// The provider block depends on something that the apply makes first.
fn plan_unconfigured(diags: &mut Diagnostics, prior: Option<&Model>, mut planned: Model, private: &Private) -> Option<Plan<Model>> {
    if prior.is_some() {
        diags.add_error(provider_not_known());
        return None;
    }
    unknown_until_apply(&mut planned);
    warn_of_unseen(diags, &planned);
    if planned.may_adopt() {
        allow_losses(&mut planned);
    }
    for name in [&mut planned.account_id, &mut planned.region] {
        if name.is_null() {
            *name = Value::Unknown;
        }
    }
    planned.tags_all = Value::Unknown;
    Some(Plan {
        planned,
        replace: Vec::new(),
        private: private.encode(),
    })
}

/// What cannot change in place.
fn replaced(prior: &Model, planned: &Model, private: &Private) -> Vec<AttributePath> {
    let mut paths = kept::replaced(prior, planned);
    if private.other_type.is_some() {
        // No attribute shows the type, and this one changes with each new entry.
        paths.push(at("access_entry_arn"));
    }
    paths
}

async fn plan_update(
    run: &Run,
    diags: &mut Diagnostics,
    session: &Session,
    prior: &Model,
    planned: &mut Model,
    private: &mut Private,
) -> Option<()> {
    // "moved" asks for an update that deletes the old entry, whatever is found out about the role.
    if planned.status.is_null() || planned.status == Status::Moved.text() {
        planned.status = Status::Ok.text();
    }
    let target = Target::of(planned);
    if let Some(target) = &target {
        reach(diags, session, target, Purpose::Update).await?;
    }
    check_new_policies(diags, session, Some(prior), planned).await;
    let moved_to = plan_role(diags, session, target.as_ref(), prior, planned, private).await?;
    warn_of_recreation(diags, session, prior, planned, private).await;
    if let Some(target) = &target {
        warn_of_old_entries(diags, target, planned, private);
    }
    keep_open(session, &mut planned.status);
    if private.returning.is_some() || prior.access_entry_arn.is_null() && private.outlives_entry() {
        planned.access_entry_arn = Value::Unknown;
    }
    match moved_to {
        Some(role) => show_entry(run, diags, session, &role, prior, planned, private).await,
        None => Some(()),
    }
}

/// Of the entries that an earlier apply could not delete the state shows no more than its status.
fn warn_of_old_entries(diags: &mut Diagnostics, target: &Target, planned: &Model, private: &Private) {
    let goes = |old: &&EntryRecord| {
        old.released_as(planned.management()) == Management::Exclusive
            && Some(&*old.principal_arn) != planned.principal_arn.as_deref_option()
    };
    let principals: Vec<_> = private
        .old_entries
        .iter()
        .filter(goes)
        .map(|old| old.principal_arn.clone())
        .collect();
    if !principals.is_empty() {
        diags.add_warning(messages::old_entries_go(target, &principals));
    }
}

/// Whether `eks_sso_access_exclusive` deletes what this grants. Whichever of the two is planned last says so.
fn warn_of_exclusive(diags: &mut Diagnostics, run: &Run, planned: &Model) {
    let (Some(target), Some(principal)) = (Target::of(planned), planned.principal_arn.as_deref_option()) else {
        return;
    };
    if planned.is_cluster_admin() == Some(true) {
        run.claims.administer(&target, principal);
    }
    if run.claims.grant(&target, principal) {
        diags.add_warning(granted_and_deleted(&target.place(), principal, grantee_attribute(&target)));
    }
}

/// Errors are for what is not in the state: see [`check_only_one`].
fn check_only_holder(diags: &mut Diagnostics, run: &Run, planned: &Model, private: &mut Private) -> Option<()> {
    let (Some(target), Some(principal)) = (Target::of(planned), planned.principal_arn.as_deref_option()) else {
        return Some(());
    };
    private.was_kept = true;
    let shares = planned.may_share();
    check_only_one(diags, run, &target, Some(principal), Planned { shares, ..Planned::KEPT })
}

/// The new role may have an entry already: the apply takes over what this shows, and nothing else. Without one that is bound to
/// it, users are locked out.
async fn show_entry(
    run: &Run,
    diags: &mut Diagnostics,
    session: &Session,
    role: &Role,
    prior: &Model,
    planned: &mut Model,
    private: &mut Private,
) -> Option<()> {
    let Some(target) = &Target::of(planned) else { return Some(()) };
    let principal = role.arn.to_string();
    let entry = match find_entry(session, target, &principal).await {
        Ok(entry) => entry,
        Err(error) if error.is_authentication_mode() => None,
        Err(error) => {
            diags.add_error(entry_not_read(target, &principal, &error));
            return None;
        }
    };
    let Some(entry) = entry else {
        let gets_in = aws_auth_check::has_row(session, planned).await;
        diags.add_warning(messages::moved(target, prior, role, private.created, gets_in));
        return Some(());
    };
    if let Some(warning) = warn_of_owner(session, target, &entry) {
        diags.add_warning(warning);
    } else if entry.is_older_than(role) {
        diags.add_warning(messages::moved(target, prior, role, private.created, false));
        private.rebinds = planned.management() == Management::Exclusive;
        if private.rebinds {
            allow_losses(planned);
        }
        diags.add_warning(messages::stale_entry(target, &entry, private.rebinds));
        if !private.rebinds {
            not_bound(planned, private, role);
        }
    } else {
        let changes = changes_of_move(session, target, prior, planned, private, &entry).await;
        if take_away(&entry, changes.as_deref()) {
            allow_losses(planned);
        }
        let made_here = private.created;
        diags.add_warning(messages::new_role_has_entry(
            target,
            prior,
            role,
            &entry,
            changes.as_deref(),
            made_here,
        ));
        if let Some(changes) = &changes {
            lockout::warn_of_changes(run, diags, session, target, &entry, changes).await;
        }
    }
    private.shown = Some(entry.entry.access_entry_arn);
    Some(())
}

/// What the apply makes of the new role's entry, what comes along from the old one included.
async fn changes_of_move(
    session: &Session,
    target: &Target,
    prior: &Model,
    planned: &Model,
    private: &Private,
    entry: &Entry,
) -> Option<Vec<Change>> {
    let (mut wanted, before) = (desired(planned, session, private)?, before(prior, private));
    let old_principal = prior.principal_arn.as_deref_option().unwrap_or_default();
    if wanted.management == Management::Additive
        && let Ok(Some(old)) = find_entry(session, target, old_principal).await
    {
        bring_along(&mut wanted, &old.actual(), Some(&entry.actual()), old_principal, &before);
    }
    changes_to(session, &wanted, entry, &before)
}

/// What an import brought along, or what others have on an entry that was shared, and that the configuration does not name.
fn warn_of_removals(diags: &mut Diagnostics, prior: &Model, planned: &Model, imported: bool) {
    let stays =
        planned.management() == Management::Additive || planned.policy_management.is_unknown() || planned.access_policies.is_unknown();
    let Some(target) = Target::of(planned).filter(|_| !stays) else {
        return;
    };
    let wanted = planned.policy_names();
    let removed: Vec<_> = prior.policy_names().difference(&wanted).cloned().collect();
    if imported && !removed.is_empty() {
        diags.add_warning(messages::import_removes(&target, &removed));
    }
}

/// What a plan shows with a minus because a shared grant does not name it, and what stays all the same.
fn warn_of_begin_of_sharing(diags: &mut Diagnostics, prior: &Model, planned: &Model) {
    let Some(target) = Target::of(planned).filter(|_| planned.begins_to_share(prior)) else {
        return;
    };
    let left = planned.leaves_of(prior);
    if !left.is_empty() {
        diags.add_warning(messages::left_to_others(&target, left));
    }
}

/// An entry that was shared is this grant's alone from now on. What of others' groups, tags and user name goes with that, the state
/// does not have: only the entry tells. Tells whether it has. `None` comes with an error.
async fn warn_of_end_of_sharing(
    run: &Run,
    diags: &mut Diagnostics,
    session: &Session,
    prior: &Model,
    planned: &Model,
    private: &Private,
) -> Option<bool> {
    let ends = prior.management() == Management::Additive
        && planned.management() == Management::Exclusive
        && prior.principal_arn == planned.principal_arn;
    let (Some(target), Some(principal)) = (Target::of(planned).filter(|_| ends), prior.principal_arn.as_deref_option()) else {
        return Some(false);
    };
    let entry = match find_entry(session, &target, principal).await {
        Ok(Some(entry)) => entry,
        Ok(None) => return Some(false),
        Err(error) => {
            diags.add_error(entry_not_read(&target, principal, &error));
            return None;
        }
    };
    let actual = entry.actual();
    let is_open = planned.policy_management.is_unknown();
    let exclusive = Model {
        policy_management: Value::Null,
        ..planned.clone()
    };
    let mut taken = changes_for(session, &exclusive, private, &entry, &Before::default()).unwrap_or_default();
    taken.retain(|change| !change.only_adds(&actual));
    match taken.is_empty() {
        true => {}
        false if is_open => diags.add_warning(messages::sharing_may_end(&target, &entry, &taken)),
        false => diags.add_warning(messages::sharing_ends(&target, &entry, &taken)),
    }
    lockout::warn_of_changes(run, diags, session, &target, &entry, &taken).await;
    Some(true)
}

/// For the plan of a replacement that has no state: which role the entry lets in.
pub(super) fn note_binding(run: &Run, prior: &Model, private: &Private) {
    let role_id = prior.role_id.as_ref_option().cloned();
    let is_known = role_id.is_some() || private.unbound_for.is_some();
    if let (Some(target), Some(own)) = (Target::of(prior), own_entry(prior).filter(|_| is_known)) {
        let binding = Binding {
            access_entry_arn: own.access_entry_arn,
            role_id,
        };
        run.claims.note_binding(&target, &own.principal_arn, binding);
    }
}

/// The entry of a state, for a plan that has no state.
fn own_entry(prior: &Model) -> Option<EntryRecord> {
    Some(EntryRecord {
        principal_arn: prior.principal_arn.as_ref_option().cloned()?,
        access_entry_arn: prior.access_entry_arn.as_ref_option().cloned()?,
        made_here: false,
    })
}
