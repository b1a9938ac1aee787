//! The apply of a create.
//!
//! Terraform taints a create that fails with a state, and deletes a tainted grant. So a create that fails half-way
//! removes what it provably made and leaves no state; only if that fails too, the (tainted) state is left.

use crate::aws::eks::Eks;
use crate::aws::session::Session;
use crate::domain::access_entry::Before;
use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::grantee::Grantee;
use crate::hosting::{Applied, Current};
use crate::resources::access_entry::claims::Claim;
use crate::resources::access_entry::writing;
use crate::resources::sso_access::cluster::ready_cluster;
use crate::resources::sso_access::failures::NOT_GRANTED;
use crate::resources::sso_access::making::{Making, Meeting, Outcome, Unfinished};
use crate::resources::sso_access::messages;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::planned::{describe_half_made, fill_unknown, known_principal, known_role, plan_tags, planned_role};
use crate::resources::sso_access::private::{Private, ReplacedRecord};
use crate::resources::sso_access::run::Run;
use crate::resources::sso_access::wanted::desired;
use crate::resources::sso_access::writer::Writer;
use crate::resources::sso_grant::confirm::{Confirmed, confirm_role};
use crate::resources::sso_grant::notices::still_unknown;
use crate::resources::sso_grant::target::{Target, fill_defaults};
use tf_provider::Diagnostics;
use tf_provider::value::Value;
use tokio::time::Instant;

pub(super) async fn create(run: &Run, diags: &mut Diagnostics, planned: Current<Model>, until: Instant) -> Option<Applied<Model>> {
    let session = run.session(diags)?;
    let mut model = planned.state;
    let mut private = Private::decode(&planned.private);
    // The half-made entry has been deleted by now, or is taken over: what becomes of the grant does not follow from it.
    let half_made = std::mem::take(&mut private.half_made);
    private.created &= !half_made;
    fill_defaults(&mut model, &session);
    plan_tags(diags, &mut model, &session);
    let Some(target) = Target::of(&model) else {
        diags.add_error(still_unknown());
        return None;
    };
    let principal = serve_role(diags, run, &session, &target, &mut model, until).await?;
    ready_cluster(diags, &session, &target, until).await?;
    let Some(wanted) = desired(&model, &session, &private) else {
        diags.add_error(still_unknown());
        return None;
    };
    let principal_arn = principal.to_string();
    let mut claim = run.claims.turn(&target, &principal_arn).await;
    if *claim == Claim::Made {
        diags.add_error(messages::twice(&target, &principal_arn));
        return None;
    }
    let eks = client(diags, NOT_GRANTED, &session, &target).await?;
    let making = Making {
        session: &session,
        writer: Writer {
            eks: &eks,
            target: &target,
            principal_arn: &principal_arn,
            until,
        },
        principal: &principal,
        wanted: &wanted,
        before: &Before::default(),
        meeting: if model.adopts() { Meeting::Add } else { Meeting::Refuse },
        unfinished: Unfinished::Undo,
        mark: uuid::Uuid::new_v4().to_string(),
    };
    match Box::pin(establish(&making, diags, &private)).await {
        Outcome::Nothing | Outcome::Untouched | Outcome::Full => return None,
        Outcome::Whole(made) => {
            let own = private.own.as_ref().filter(|_| half_made);
            let is_half_made_one = own.is_some_and(|own| own.access_entry_arn == made.entry.entry.access_entry_arn);
            if made.created {
                private.unbound_for = None;
            }
            let was_left = run.claims.was_left(&target, &principal_arn, &made.entry.entry.access_entry_arn);
            private.created |= made.created || private.finishes || is_half_made_one || was_left;
            private.replaced = ReplacedRecord::from(&made.replaced);
            private.remember(&made.entry.entry);
            fill_unknown(&mut model, &made.entry, &session);
        }
        Outcome::HalfMade(entry) => {
            (private.created, private.half_made) = (true, true);
            private.remember(&entry.entry);
            describe_half_made(&mut model, &entry, &session);
        }
    }
    *claim = Claim::Made;
    Some(Applied {
        state: model,
        private: private.settled().encode(),
    })
}

/// Makes the entry, or takes over the one that the plan showed.
async fn establish(making: &Making<'_>, diags: &mut Diagnostics, private: &Private) -> Outcome {
    let own = private.own.as_ref().filter(|own| own.principal_arn == making.writer.principal_arn);
    let shown = private.shown.as_deref().or(own.map(|own| own.access_entry_arn.as_str()));
    match shown {
        None => making.make(diags).await,
        Some(shown) if private.rebinds => making.take_over_anew(diags, shown).await,
        Some(shown) => making.take_over(diags, shown).await,
    }
}

/// The planned role, still as it was planned, or the one that the plan had to leave open.
pub(super) async fn serve_role(
    diags: &mut Diagnostics,
    run: &Run,
    session: &Session,
    target: &Target,
    model: &mut Model,
    until: Instant,
) -> Option<AccessEntryPrincipal> {
    let planned = planned_role(model);
    let is_open = planned.is_none() || model.role_id.is_unknown();
    match (
        confirm_role(diags, session, &run.waits, target, planned, until).await?,
        &target.grantee,
    ) {
        (Confirmed::Role(role), _) => {
            if is_open {
                known_role(model, &role);
            }
            Some(role.arn.into())
        }
        (Confirmed::AsNamed, Grantee::Principal(principal)) => {
            if is_open {
                known_principal(model, principal);
                model.role_id = Value::Null;
            }
            Some(principal.clone())
        }
        (Confirmed::AsNamed, Grantee::PermissionSet(_) | Grantee::Role(_)) => unreachable!("only an ARN is taken as named"),
    }
}

/// A client for writes of a grant; `None` comes with an error.
pub(super) async fn client(diags: &mut Diagnostics, summary: &'static str, session: &Session, target: &Target) -> Option<Eks> {
    let nothing = format!("Nothing was written for {} on {}.", target.grantee, target.cluster_and_place());
    writing::client(diags, summary, &nothing, session, &target.place()).await
}
