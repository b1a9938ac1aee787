//! What the plan of every new grant makes sure of.

use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::domain::grantee::Grantee;
use crate::resources::sso_grant::confirm::lookup_failed;
use crate::resources::sso_grant::notices;
use crate::resources::sso_grant::role::{Found, trusts_whole_account};
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::when_missing::WhenMissing;
use tf_provider::Diagnostics;

/// The role of a new grant, if there is one now; the rest is reported.
pub(crate) async fn check_role(
    diags: &mut Diagnostics,
    when_missing: WhenMissing,
    session: &Session,
    target: &Target,
    found: Result<Found, AwsError>,
) -> Option<Role> {
    match found {
        Ok(Found::One(role)) => {
            if matches!(target.grantee, Grantee::Role(_)) && trusts_whole_account(&role.assume_role_policy) {
                diags.add_warning(notices::whole_account_trust(&role));
            }
            return Some(*role);
        }
        Ok(Found::None { similar }) => when_missing.report(diags, notices::no_role(session, target, &similar).await),
        Ok(Found::Many(roles)) => diags.add_error(notices::ambiguous(target, &roles)),
        Err(error) => diags.add_error(lookup_failed(target, &error)),
    }
    None
}
