//! The caller's own way into a cluster.

use crate::aws::session::Session;
use crate::domain::caller::Caller;
use crate::report::diagnostic;
use crate::resources::sso_grant::notices::grantee_attribute;
use crate::resources::sso_grant::target::{Named, Target};
use tf_provider::{Diagnostic, Diagnostics};

/// Warns if the caller gets in through this very grant, which goes.
pub(crate) fn warn_of_removal(diags: &mut Diagnostics, session: &Session, prior: &impl Named, principal_arn: Option<&str>) {
    if let Some(target) = Target::of(prior)
        && is_callers(session, &target, principal_arn)
    {
        diags.add_warning(own_way_in(session, &target));
    }
}

/// Whether the caller acts with the role of this grant.
pub(crate) fn is_callers(session: &Session, target: &Target, principal_arn: Option<&str>) -> bool {
    let role = principal_arn.and_then(|arn| arn.rsplit('/').next());
    let (Some(role), Some(Caller::Role { account, name })) = (role, Caller::parse(session.caller_arn())) else {
        return false;
    };
    account == target.role_account && name.eq_ignore_ascii_case(role)
}

pub(crate) fn own_way_in(session: &Session, target: &Target) -> Diagnostic {
    diagnostic(
        "This takes away your own access",
        format!(
            "Terraform runs as {}, which gets into {} through this very grant, and the plan removes or weakens it. What the same run still has \
             to do inside of the cluster may then fail with 401 or 403. Make sure that there is another way in first.",
            session.caller_arn(),
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    )
}
