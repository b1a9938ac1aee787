//! The role of a grant at the apply: still the one that the plan saw, or the one that the plan had to leave open.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::domain::arn::RoleArn;
use crate::domain::grantee::Grantee;
use crate::domain::place::AccountId;
use crate::report::failed;
use crate::resources::sso_grant::notices::{self, Moment, grantee_attribute, role_in_words};
use crate::resources::sso_grant::role::{Found, is_not_permitted, read_role, wait_for_role};
use crate::resources::sso_grant::role_waits::Waits;
use crate::resources::sso_grant::target::Target;
use std::time::Duration;
use tf_provider::Diagnostics;
use tokio::time::Instant;

/// How old an answer about a role may be that is written for.
const STILL_GOOD: Duration = Duration::from_secs(60);

/// The role as a plan promised it.
#[derive(Debug, Clone)]
pub(crate) struct PlannedRole<'a> {
    /// With its path, or without: aws-auth has none.
    pub(crate) arn: RoleArn,
    /// The unique id, where it is part of the promise.
    pub(crate) role_id: Option<&'a str>,
}

impl PlannedRole<'_> {
    fn is(&self, now: &Role) -> bool {
        let is_same = now.arn == self.arn || self.arn.path() == "/" && now.arn.is_same_role(&self.arn);
        is_same && self.role_id.is_none_or(|id| id == now.role_id)
    }
}

/// For whom to write.
#[derive(Debug)]
pub(crate) enum Confirmed {
    /// A role, as IAM knows it.
    Role(Box<Role>),
    /// The principal that the grant names by its ARN. Nobody here may look it up; EKS refuses one that does not exist.
    AsNamed,
}

/// The role to write for. A planned one is asked for once more, so that nothing is written for a role that no plan saw; one
/// that the plan left open (`None`) is waited for. `None` comes with an error.
pub(crate) async fn confirm_role(
    diags: &mut Diagnostics,
    session: &Session,
    waits: &Waits,
    target: &Target,
    planned: Option<PlannedRole<'_>>,
    until: Instant,
) -> Option<Confirmed> {
    let started = Instant::now();
    let found = match planned {
        Some(planned) => match reread(session, &target.role_account, &planned).await {
            Ok(Some(role)) if planned.is(&role) => return Some(Confirmed::Role(Box::new(role))),
            Ok(now) => {
                diags.add_error(notices::role_changed(target, &planned.arn.to_string(), now.as_ref()));
                return None;
            }
            Err(error) if matches!(target.grantee, Grantee::Principal(_)) && is_not_permitted(&error) => return Some(Confirmed::AsNamed),
            Err(error) => Err(error),
        },
        None => wait_for_role(session, waits, target, until).await,
    };
    match found {
        Ok(Found::One(role)) => return Some(Confirmed::Role(role)),
        Ok(Found::Unread(_)) => return Some(Confirmed::AsNamed),
        Ok(Found::Many(roles)) => diags.add_error(notices::ambiguous(target, &roles)),
        Ok(Found::None { here }) => {
            let waited = Moment::Waited(started.elapsed());
            let message = notices::no_role(diags, session, target, &here, waited).await;
            diags.add_error(message);
        }
        Err(error) => diags.add_error(lookup_failed(target, &error)),
    }
    None
}

/// The planned role, asked for once more. An answer of the last minute is good enough to confirm it, so that a hundred grants
/// of one role ask once; what does not confirm it may have changed since.
async fn reread(session: &Session, account: &AccountId, planned: &PlannedRole<'_>) -> Result<Option<Role>, AwsError> {
    let now = Instant::now();
    let recently = now.checked_sub(STILL_GOOD).unwrap_or(now);
    match read_role(session, account, &planned.arn, recently).await {
        Ok(Some(role)) if planned.is(&role) => Ok(Some(role)),
        Ok(_) => read_role(session, account, &planned.arn, now).await,
        failed => failed,
    }
}

/// IAM could not be asked.
pub(crate) fn lookup_failed(target: &Target, error: &AwsError) -> tf_provider::Diagnostic {
    let (role, account) = (role_in_words(target), &target.role_account);
    let fact = match error.kind {
        ErrorKind::Stopped => format!("The {role} in {account} was still awaited, so nothing was written for this grant."),
        _ => format!("The {role} in {account} cannot be looked up."),
    };
    failed("Role cannot be looked up", &fact, error, grantee_attribute(target))
}
