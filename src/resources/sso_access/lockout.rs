//! Warnings before a plan takes away the caller's own way in, or the last administrator's.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::domain::access_entry::Change;
use crate::domain::access_policy::{AccessScope, CLUSTER_ADMIN};
use crate::report::{at, diagnostic};
use crate::resources::access_entry::administrators::{ADMINISTRATOR_NOT_CHECKED, last_administrators};
use crate::resources::access_entry::entry::Entry;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::run::Run;
use crate::resources::sso_grant::caller::{warn_of_loss, warn_of_removal};
use crate::resources::sso_grant::notices::check_denied;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::known_set;
use std::collections::BTreeSet;
use tf_provider::Diagnostics;

/// Warns about a change from `prior` to `planned` (`None`: the grant goes).
pub(super) async fn warn(run: &Run, diags: &mut Diagnostics, session: &Session, prior: &Model, planned: Option<&Model>) {
    let Some(target) = Target::of(prior) else { return };
    if takes_away(prior, planned) {
        warn_of_removal(diags, session, prior, prior.principal_arn.as_deref_option());
    }
    if prior.is_cluster_admin() == Some(true) && !planned.is_some_and(|planned| keeps_administration(prior, planned)) {
        let principal = prior.principal_arn.as_deref_option().unwrap_or_default();
        warn_of_last_administrator(run, diags, session, &target, principal).await;
    }
}

/// Warns about what a plan does to an entry that others made and that it takes over or joins.
pub(super) async fn warn_of_changes(
    run: &Run,
    diags: &mut Diagnostics,
    session: &Session,
    target: &Target,
    entry: &Entry,
    steps: &[Change],
) {
    let principal = &entry.entry.principal_arn;
    let actual = entry.actual();
    if steps.iter().any(|step| step.takes_access(&actual)) {
        warn_of_loss(diags, session, target, principal);
    }
    let mut after = entry.clone();
    steps.iter().for_each(|step| after.apply(step));
    if entry.is_cluster_admin() && !after.is_cluster_admin() {
        warn_of_last_administrator(run, diags, session, target, principal).await;
    }
}

async fn warn_of_last_administrator(run: &Run, diags: &mut Diagnostics, session: &Session, target: &Target, principal: &str) {
    // Other grants of this plan may take away the rest.
    let leaving = run.claims.leaving(target, BTreeSet::from([principal.to_owned()]));
    match last_administrators(session, &ClusterPlace::from(target), &leaving).await {
        Ok(last) if !last.is_empty() => diags.add_warning(last_administrator(target)),
        Err(error) if error.kind == ErrorKind::AccessDenied => diags.add_warning(not_counted(target, &error)),
        // Whatever else stands in the way, a cluster that is gone for one, is told by others, or passes.
        Ok(_) | Err(_) => {}
    }
}

/// What is unknown may still hold it.
fn keeps_administration(prior: &Model, planned: &Model) -> bool {
    let is_left_to_others = planned.begins_to_share(prior) && !planned.policy_names().iter().any(|name| name.as_str() == CLUSTER_ADMIN);
    is_left_to_others || planned.is_cluster_admin() != Some(false)
}

fn takes_away(prior: &Model, planned: Option<&Model>) -> bool {
    let Some(planned) = planned else { return true };
    let shares = planned.begins_to_share(prior);
    let is_kept = |kept: Option<&AccessScope>, scope: &AccessScope| kept.map_or(shares, |kept| kept.covers(scope));
    let (before, after) = (prior.policies().unwrap_or_default(), planned.policies());
    let loses_policy = after.is_some_and(|after| before.iter().any(|(name, scope)| !is_kept(after.get(name), scope)));
    let (before, after) = (
        known_set(&prior.kubernetes_groups).unwrap_or_default(),
        known_set(&planned.kubernetes_groups),
    );
    let loses_group = !shares && after.is_some_and(|after| !before.is_subset(&after));
    let keeps_name = prior.user_name == planned.user_name || shares && planned.user_name.is_null();
    loses_policy || loses_group || !keeps_name
}

fn not_counted(target: &Target, error: &AwsError) -> tf_provider::Diagnostic {
    let what = format!(
        "Whether another access entry on {} has {CLUSTER_ADMIN} for the whole cluster",
        target.cluster_and_place()
    );
    check_denied(ADMINISTRATOR_NOT_CHECKED, &what, error, at("access_policies"))
}

fn last_administrator(target: &Target) -> tf_provider::Diagnostic {
    diagnostic(
        "Last cluster administrator will be removed",
        format!(
            "No access entry on {} that this plan leaves as it is has {CLUSTER_ADMIN} for the whole cluster. After the apply nobody \
             administers it through access entries, unless this plan gives another grant that policy; anyone who may call \
             eks:CreateAccessEntry and eks:AssociateAccessPolicy can make a new one.",
            target.cluster_and_place()
        ),
        at("access_policies"),
    )
}
