//! Planning: what will change, known as far as it can be known.
//!
//! Errors are only for rows that the plan would create; a grant in the state stays plannable, or a destroy (which plans
//! first) would be blocked.

use crate::aws::error::ErrorKind;
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::cluster_place::own_account;
use crate::domain::cluster::AuthenticationMode;
use crate::domain::grantee::Grantee;
use crate::hosting::{Plan, PlanRequest, Texts};
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_aws_auth::planned::{known_role, unknown_until_apply};
use crate::resources::sso_aws_auth::private::Private;
use crate::resources::sso_aws_auth::{messages, other_rows, preflight};
use crate::resources::sso_grant::confirm::lookup_failed;
use crate::resources::sso_grant::locked_out::{ROLE_MISSING, keep_open};
use crate::resources::sso_grant::notices::provider_not_known;
use crate::resources::sso_grant::preflight::check_only_one;
use crate::resources::sso_grant::role::{Found, find_role};
use crate::resources::sso_grant::run::{Planned, Run};
use crate::resources::sso_grant::target::{Target, fill_defaults};
use crate::resources::sso_grant::texts::{Text, known_set, no_texts, text};
use crate::resources::sso_grant::unreachable_accounts::{Purpose, reach};
use crate::resources::sso_grant::{caller, kept, notices};
use tf_provider::Diagnostics;
use tf_provider::value::Value;
use tokio::time::Instant;

/// The group that may do everything.
const MASTERS: &str = "system:masters";

pub(super) async fn plan(run: &Run, diags: &mut Diagnostics, request: PlanRequest<Model>) -> Option<Plan<Model>> {
    let PlanRequest {
        prior,
        proposed: mut planned,
        config,
        private,
    } = request;
    let mut private = Private::decode(&private);
    if config.kubernetes_groups.is_null() {
        planned.kubernetes_groups = no_texts(prior.as_ref().map(|prior| &prior.kubernetes_groups));
    }
    warn_of_masters(diags, prior.as_ref(), &planned);
    warn_of_no_access(diags, &planned);
    let Some(session) = run.session_or_unknown(diags)? else {
        return plan_unconfigured(diags, prior.as_ref(), planned, &private);
    };
    if let Some(prior) = &prior {
        kept::check_place(diags, prior, &config, &session)?;
        // A replacement, also one that only Terraform knows of (-replace), is planned a second time without prior
        // state; the checks of a create are made then.
        private.own_principal = prior.principal_arn.as_ref_option().cloned();
        private.was_kept = false;
        kept::keep_known(&mut planned, prior);
    }
    if config.account_id.is_null() && prior.is_none() {
        own_account(diags, &session, "account_id")?;
    }
    fill_defaults(&mut planned, &session);
    let replace = prior.as_ref().map(|prior| kept::replaced(prior, &planned)).unwrap_or_default();
    match prior {
        Some(prior) if replace.is_empty() => {
            plan_update(diags, &session, &prior, &mut planned).await?;
            check_only_holder(diags, run, &planned, &mut private)?;
        }
        Some(prior) => {
            unknown_until_apply(&mut planned);
            caller::warn_of_removal(diags, &session, &prior, prior.principal_arn.as_deref_option());
            other_rows::warn_of_removal(diags, &session, &prior).await;
        }
        None => preflight::plan_create(run, diags, &session, &mut planned, &private).await?,
    }
    Some(Plan {
        planned,
        replace,
        private: private.encode(),
    })
}

/// Errors are for what is not in the state: see [`check_only_one`].
fn check_only_holder(diags: &mut Diagnostics, run: &Run, planned: &Model, private: &mut Private) -> Option<()> {
    let (Some(target), Some(principal)) = (Target::of(planned), planned.principal_arn.as_deref_option()) else {
        return Some(());
    };
    private.was_kept = true;
    check_only_one(diags, run, &target, Some(principal), Planned::KEPT)
}

/// A row of nothing is most often a row that is not finished.
fn warn_of_no_access(diags: &mut Diagnostics, planned: &Model) {
    let has_no_group = planned.kubernetes_groups.is_null() || planned.kubernetes_groups.as_ref_option().is_some_and(Texts::is_empty);
    if has_no_group && planned.user_name.is_null() {
        diags.add_warning(messages::gives_no_access());
    }
}

fn warn_of_masters(diags: &mut Diagnostics, prior: Option<&Model>, planned: &Model) {
    let has = |model: &Model| known_set(&model.kubernetes_groups).is_some_and(|groups| groups.contains(MASTERS));
    if has(planned) && !prior.is_some_and(has) {
        diags.add_warning(messages::masters());
    }
}

/// The provider block depends on something that the apply makes first.
fn plan_unconfigured(diags: &mut Diagnostics, prior: Option<&Model>, mut planned: Model, private: &Private) -> Option<Plan<Model>> {
    if prior.is_some() {
        diags.add_error(provider_not_known());
        return None;
    }
    unknown_until_apply(&mut planned);
    for name in [&mut planned.account_id, &mut planned.region] {
        if name.is_null() {
            *name = Text::Unknown;
        }
    }
    Some(Plan {
        planned,
        replace: Vec::new(),
        private: private.encode(),
    })
}

async fn plan_update(diags: &mut Diagnostics, session: &Session, prior: &Model, planned: &mut Model) -> Option<()> {
    let Some(target) = Target::of(planned) else { return Some(()) };
    reach(diags, session, &target, Purpose::Update).await?;
    let cluster = session.cluster(&target.account, &target.region, target.cluster.as_str()).await;
    let cluster = cluster.ok().flatten();
    let mode = cluster.as_ref().and_then(|cluster| cluster.authentication_mode);
    if mode == Some(AuthenticationMode::Api) {
        // The cluster does not read the row, and no update will be made; the refresh has said so.
        return Some(());
    }
    let (serves, moves) = match find_role(session, &target, None).await {
        Ok(found) => {
            let serves = found.one().cloned();
            (serves, follow_role(diags, &target, prior, planned, found))
        }
        Err(error) if error.kind == ErrorKind::AccessDenied => {
            diags.add_warning(notices::role_lookup_denied(&target, &error));
            (None, false)
        }
        Err(error) => {
            diags.add_error(lookup_failed(&target, &error));
            return None;
        }
    };
    keep_open(session, &mut planned.status);
    if takes_away(prior, planned) {
        caller::warn_of_removal(diags, session, prior, prior.principal_arn.as_deref_option());
    }
    let changes = planned.principal_arn != prior.principal_arn
        || known_set(&planned.kubernetes_groups) != known_set(&prior.kubernetes_groups)
        || planned.user_name != prior.user_name;
    let has_row = match cluster.filter(|_| changes) {
        Some(cluster) => other_rows::warn_of_update(diags, session, &target, &cluster, prior, planned).await,
        None => false,
    };
    if let Some(role) = serves.filter(|_| changes) {
        let has_entry = preflight::warn_of_entry(diags, session, &target, mode, &role).await;
        if moves {
            diags.add_warning(messages::moved(&target, prior, &role, has_row || has_entry));
        }
    }
    Some(())
}

/// Whether a row gives less, or to others, than before.
fn takes_away(prior: &Model, planned: &Model) -> bool {
    let before = known_set(&prior.kubernetes_groups).unwrap_or_default();
    let loses_group = known_set(&planned.kubernetes_groups).is_some_and(|after| !before.is_subset(&after));
    loses_group || !planned.user_name.is_unknown() && prior.user_name != planned.user_name
}

/// The apply of a grant whose users the plan found locked out: looks again, and says what it finds. A new role is for the next
/// plan to follow.
pub(super) async fn look_again(diags: &mut Diagnostics, session: &Session, prior: &Model, planned: &mut Model) {
    planned.status.clone_from(&prior.status);
    let Some(target) = Target::of(planned) else { return };
    match find_role(session, &target, Some(Instant::now())).await {
        Ok(found) => {
            let mut next = planned.clone();
            let role = found.one().cloned();
            let moves = follow_role(diags, &target, prior, &mut next, found);
            if let Some(role) = role.filter(|_| moves) {
                diags.add_warning(messages::moved(&target, prior, &role, false));
            }
            planned.status = match next.principal_arn == prior.principal_arn {
                true => next.status,
                false => text(ROLE_MISSING),
            };
        }
        Err(error) => diags.add_warning(notices::role_lookup_denied(&target, &error)),
    }
}

/// Compares the role that the state knows with the one that is there. EKS compares rows with the role's ARN, so a role that
/// was made anew under the same name is served as before. Tells whether the grant moves to a role under another name.
fn follow_role(diags: &mut Diagnostics, target: &Target, prior: &Model, planned: &mut Model, found: Found) -> bool {
    let known = prior.principal_arn.as_deref_option().unwrap_or_default();
    let is_known = |role: &Role| role.arn.without_path().eq_ignore_ascii_case(known);
    match found {
        Found::None { .. } => {
            planned.status = text(ROLE_MISSING);
            diags.add_warning(messages::role_gone(target, known));
        }
        Found::Many(roles) if roles.iter().any(is_known) => {
            planned.status = Value::Null;
            diags.add_warning(notices::ambiguous(target, &roles));
        }
        Found::Many(roles) => {
            planned.status = text(ROLE_MISSING);
            diags.add_warning(notices::gone_with_several_heirs(target, &roles, known));
        }
        Found::One(role) if !is_known(&role) && matches!(target.grantee, Grantee::PermissionSet(_)) => {
            known_role(planned, &role);
            return true;
        }
        Found::One(_) | Found::Unread(_) => planned.status = Value::Null,
    }
    false
}
