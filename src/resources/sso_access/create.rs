//! The apply of a create.
//!
//! Terraform taints a create that fails with a state, and deletes a tainted grant. So a create that fails half-way
//! removes what it made and leaves no state; only if that fails too, the (tainted) state is left.

use crate::aws::eks::Eks;
use crate::aws::session::Session;
use crate::domain::arn::RoleArn;
use crate::hosting::{Applied, Current};
use crate::report::{diagnostic, failed};
use crate::resources::sso_access::entry::{Entry, desired, flatten};
use crate::resources::sso_access::grant::{Grant, Outcome, SUMMARY, Unfinished};
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::private::Private;
use crate::resources::sso_access::waits::ready_cluster;
use crate::resources::sso_access::writes::Claim;
use crate::resources::sso_access::{SsoAccess, plan};
use crate::resources::sso_grant::notices;
use crate::resources::sso_grant::role::{Found, read_role, wait_for_role};
use crate::resources::sso_grant::target::{Target, fill_defaults};
use crate::resources::sso_grant::values::{Text, text};
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostics};
use tokio::time::Instant;

pub(super) async fn create(
    resource: &SsoAccess,
    diags: &mut Diagnostics,
    planned: Current<Model>,
    config: Model,
    until: Instant,
) -> Option<Applied<Model>> {
    let session = resource.session(diags)?;
    let mut model = planned.state;
    let mut private = Private::decode(&planned.private);
    fill_defaults(&mut model, &session);
    plan::plan_tags(diags, &mut model, &session);
    let Some(target) = Target::of(&model) else {
        diags.add_error(unfinished());
        return None;
    };
    let role = confirm_role(diags, resource, &session, &target, &mut model, until).await?;
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
    let eks = client(diags, SUMMARY, &session, &target).await?;
    let grant = Grant {
        session: &session,
        eks: &eks,
        target: &target,
        role: &role,
        wanted: &wanted,
        until,
        unfinished: Unfinished::Undo,
    };
    if private.rebinds && grant.delete_stale(diags).await.is_err() {
        return None;
    }
    let outcome = match private.adopts || private.own_principal.as_deref() == Some(&*role.to_string()) {
        true => grant.take_over_or_create(diags).await,
        false => grant.create_or_judge(diags, &config, &model).await,
    };
    match outcome {
        Outcome::Nothing | Outcome::Full => return None,
        Outcome::Done(made) => {
            private.created |= made.created;
            fill_unknown(&mut model, &made.entry, &session);
        }
        Outcome::HalfMade(entry) => {
            (private.created, private.half_made) = (true, true);
            describe_half_made(&mut model, entry.as_ref(), &session);
        }
    }
    *claim = Claim::Made;
    (private.adopts, private.rebinds) = (false, false);
    private.own_principal = None;
    Some(Applied {
        state: model,
        private: private.encode(),
    })
}

/// A client for writes that follow one another; `None` comes with an error.
pub(super) async fn client(diags: &mut Diagnostics, summary: &'static str, session: &Session, target: &Target) -> Option<Eks> {
    let client = match session.check_lasting(&target.account).await {
        Ok(()) => session.eks(&target.account, &target.region).await,
        Err(error) => Err(error),
    };
    client
        .map_err(|error| {
            diags.add_error(failed(
                summary,
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
    resource: &SsoAccess,
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
                diags.add_error(notices::role_changed(target, &planned.to_string(), now.as_ref()));
                return None;
            }
            Err(error) => Err(error),
        },
        None => wait_for_role(session, &resource.waits, target, until).await,
    };
    match found {
        Ok(Found::One(role)) => {
            plan::known_role(model, &role);
            Some(role.arn.clone())
        }
        Ok(Found::Many(roles)) => {
            diags.add_error(notices::ambiguous(target, &roles));
            None
        }
        Ok(Found::None { similar }) => {
            let message = notices::no_role(session, target, &similar).await;
            diags.add_error(message);
            None
        }
        Err(error) => {
            diags.add_error(failed(summary, &looking, &error, AttributePath::default()));
            None
        }
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
    let fill = |slot: &mut Text, value| {
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

/// What is known of an entry that is left half-made. Nothing may stay unknown in a state.
fn describe_half_made(model: &mut Model, entry: Option<&Entry>, session: &Session) {
    for unknown in [
        &mut model.user_name,
        &mut model.role_id,
        &mut model.access_entry_arn,
        &mut model.created_at,
    ] {
        if unknown.is_unknown() {
            *unknown = Value::Null;
        }
    }
    match entry {
        Some(entry) => flatten(model, entry, session),
        None => {
            model.kubernetes_groups = Value::Value(Default::default());
            model.access_policies = Value::Value(Default::default());
            model.unmanaged_policies = Value::Value(Default::default());
        }
    }
}
