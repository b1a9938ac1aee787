//! Entries of earlier roles that nobody remembers. Terraform drops the private state of a grant where the provider is killed in
//! an update, and with it which of them were still to be deleted. The attribute `status` stays, and tells that there were some.

use crate::aws::error::AwsError;
use crate::aws::session::Session;
use crate::domain::arn::RoleArn;
use crate::domain::grantee::Grantee;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::provisioned_role::ProvisionedRoleName;
use crate::report::at;
use crate::resources::sso_access::messages;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::private::Private;
use crate::resources::sso_access::status::Status;
use crate::resources::sso_grant::notices::check_denied;
use crate::resources::sso_grant::target::Target;
use tf_provider::{Diagnostic, Diagnostics};

/// Names what may be one of them. Nothing proves it, so none is deleted. A grant that is planned to move now may have been moved
/// before, by the apply that was killed, to a role that is gone by now.
pub(super) async fn warn(diags: &mut Diagnostics, session: &Session, prior: &Model, planned: Option<&Model>, private: &[u8]) {
    let moves = planned.is_some_and(|planned| planned.principal_arn != prior.principal_arn);
    if !Private::decode(private).was_lost || !(moves || prior.status == Status::Moved.text()) {
        return;
    }
    let Some(target) = Target::of(prior) else { return };
    let Grantee::PermissionSet(set) = &target.grantee else { return };
    let known = [Some(prior), planned].map(|model| model.and_then(|model| model.principal_arn.as_deref_option()));
    match entries_of_other_roles(session, &target, set, &known).await {
        Ok(principals) if principals.is_empty() => {}
        Ok(principals) => diags.add_warning(messages::forgotten_entries(&target, principals)),
        Err(error) => diags.add_warning(other_roles_not_checked(&target, &error)),
    }
}

pub(super) fn other_roles_not_checked(target: &Target, error: &AwsError) -> Diagnostic {
    let what = format!("Whether access entries of earlier roles are left on {}", target.cluster_and_place());
    check_denied("Check skipped: entries of earlier roles", &what, error, at("cluster_name"))
}

/// Principals that have entries for other roles of a permission set than the known ones.
pub(super) async fn entries_of_other_roles(
    session: &Session,
    target: &Target,
    set: &PermissionSetName,
    known: &[Option<&str>],
) -> Result<Vec<String>, AwsError> {
    let eks = session.eks(&target.account, &target.region).await?;
    let mut principals = eks.list_access_entries(target.cluster.as_str()).await?;
    principals.retain(|principal| !known.contains(&Some(principal)) && is_role_of(principal, target, set));
    Ok(principals)
}

fn is_role_of(principal: &str, target: &Target, set: &PermissionSetName) -> bool {
    RoleArn::parse(principal).is_ok_and(|role| {
        let name = ProvisionedRoleName::parse(role.name());
        *role.account() == target.role_account && name.is_ok_and(|name| name.permission_set() == set)
    })
}
