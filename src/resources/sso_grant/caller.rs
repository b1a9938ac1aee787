//! The caller's own way into a cluster.

use crate::aws::session::Session;
use crate::domain::caller::Caller;
use crate::domain::place::AccountId;
use crate::report::diagnostic;
use crate::resources::sso_grant::notices::grantee_attribute;
use crate::resources::sso_grant::target::{Named, Target};
use tf_provider::{Diagnostic, Diagnostics};

/// Warns if the caller gets in through this very grant, which the plan removes, replaces or weakens.
pub(crate) fn warn_of_removal(diags: &mut Diagnostics, session: &Session, prior: &impl Named, principal_arn: Option<&str>) {
    if let (Some(target), Some(principal)) = (Target::of(prior), principal_arn) {
        warn_of_loss(diags, session, &target, principal);
    }
}

/// The same where nothing in the state tells what the plan takes away.
pub(crate) fn warn_of_loss(diags: &mut Diagnostics, session: &Session, target: &Target, principal_arn: &str) {
    if let Some(caller) = caller_with(session, &target.account, principal_arn) {
        diags.add_warning(own_way_in(&caller, target));
    }
}

/// As whom Terraform itself comes in by this principal: as who it runs, or by the role through which it reaches the account.
pub(crate) fn caller_with(session: &Session, account: &AccountId, principal_arn: &str) -> Option<String> {
    let callers = [Some(session.caller_arn().to_owned()), session.role_arn_for(account)];
    callers
        .into_iter()
        .flatten()
        .find(|caller| Caller::parse(caller).is_some_and(|caller| caller.comes_in_by(principal_arn)))
}

fn own_way_in(caller: &str, target: &Target) -> Diagnostic {
    diagnostic(
        "This takes away your own access",
        format!(
            "Terraform runs as\n  {caller}\nwhich gets into {} by the principal of this very grant, and the plan removes or weakens its access. What the same run \
             still has to do inside of the cluster may then fail with 401 or 403. Make sure that there is another way in first.",
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    )
}
