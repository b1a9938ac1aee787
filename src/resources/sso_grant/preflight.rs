//! What the plan of every new grant makes sure of.

use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::aws::told::Obstacle;
use crate::domain::grantee::Grantee;
use crate::resources::sso_grant::confirm::lookup_failed;
use crate::resources::sso_grant::notices::{self, Moment};
use crate::resources::sso_grant::role::Found;
use crate::resources::sso_grant::run::{Planned, Run};
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::when_missing::WhenMissing;
use crate::trust_policy::trusted_as_a_whole;
use std::collections::BTreeSet;
use std::time::Duration;
use tf_provider::Diagnostics;

/// The role of a new grant, if there is one now; the rest is reported. `wait` is how long the apply waits for one.
pub(crate) async fn check_role(
    diags: &mut Diagnostics,
    when_missing: WhenMissing,
    wait: Duration,
    session: &Session,
    target: &Target,
    found: Result<Found, AwsError>,
) -> Option<Role> {
    match found {
        Ok(Found::One(role)) if is_named_otherwise(target, &role) => diags.add_error(notices::role_has_another_path(target, &role)),
        Ok(Found::One(role)) => {
            let trusted = trusted_as_a_whole(&role.assume_role_policy);
            if !matches!(target.grantee, Grantee::PermissionSet(_)) && !trusted.is_empty() {
                diags.add_warning(notices::whole_account_trust(target, &role, &trusted));
            }
            return Some(*role);
        }
        Ok(Found::None { here }) => report_absent(diags, when_missing, wait, session, target, &here).await,
        Ok(Found::Unread(Some(error))) if session.told().is_first(Obstacle::UnreadAccount(target.role_account.clone())) => {
            diags.add_warning(notices::role_not_read(target, &error));
        }
        Ok(Found::Unread(_)) => {}
        Ok(Found::Many(roles)) => diags.add_error(notices::ambiguous(target, &roles)),
        Err(error) => diags.add_error(lookup_failed(target, &error)),
    }
    None
}

/// Whether no other resource of this run is planned for the same, or both are in the state already, of which a warning tells.
/// `None` comes with an error. A replacement is asked about once, in the plan that has its state.
pub(crate) fn check_only_one(
    diags: &mut Diagnostics,
    run: &Run,
    target: &Target,
    principal_arn: Option<&str>,
    planned: Planned,
) -> Option<()> {
    let named = format!("{} in {}", target.grantee, target.role_account);
    let what = principal_arn.unwrap_or(&named);
    let rival = run.plans.rival(target.place(), what, planned, run.lost.count(target));
    rival.map_or(Some(()), |rival| rival.report(diags, notices::two_resources(target)))
}

/// An access entry takes the ARN as IAM has it.
fn is_named_otherwise(target: &Target, role: &Role) -> bool {
    matches!(&target.grantee, Grantee::Principal(named) if named.role() != Some(&role.arn))
}

/// One misspelt name may be that of hundreds of grants. The plan fails with an error about it; the others have a warning, of
/// which Terraform shows one, and would wait for the role if they were applied.
async fn report_absent(
    diags: &mut Diagnostics,
    when_missing: WhenMissing,
    wait: Duration,
    session: &Session,
    target: &Target,
    here: &BTreeSet<String>,
) {
    let moment = match when_missing {
        WhenMissing::FailPlan => Moment::Plan,
        WhenMissing::FailApply => Moment::Awaited(wait),
    };
    let is_told = match &target.grantee {
        Grantee::PermissionSet(set) if when_missing == WhenMissing::FailPlan => !session
            .told()
            .is_first(Obstacle::AbsentRole(target.role_account.clone(), set.clone())),
        _ => false,
    };
    let message = notices::no_role(diags, session, target, here, moment).await;
    match is_told {
        true => diags.add_warning(message),
        false => when_missing.report(diags, message),
    }
}
