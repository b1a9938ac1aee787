//! What an import names.

use crate::aws::session::Session;
use crate::domain::arn::RoleArn;
use crate::domain::import_id::{Grantee as Named, ImportId};
use crate::domain::place::AccountId;
use crate::domain::provisioned_role::ProvisionedRoleName;
use crate::hosting::ImportSource;
use crate::report::diagnostic;
use crate::resources::sso_grant::identity;
use crate::resources::sso_grant::target::{Grantee, Target};
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

/// What an import names, and the role's account if it gives one. `None` comes with an error.
pub(in crate::resources) fn named(diags: &mut Diagnostics, source: ImportSource) -> Option<(ImportId, Option<AccountId>)> {
    let named = match &source {
        ImportSource::Id(id) => ImportId::parse(id).map(|id| (id, None)),
        ImportSource::Identity(identity) => identity::parse(identity),
    };
    named
        .map_err(|invalid| {
            diags.add_error(diagnostic(
                "Unexpected import identifier",
                invalid.to_string(),
                AttributePath::default(),
            ));
        })
        .ok()
}

/// What an import id names, with the provider's own account and Region where it names none.
pub(in crate::resources) fn target(session: &Session, id: &ImportId) -> Result<Target, Box<Diagnostic>> {
    let account = id.account.clone().or_else(|| session.account().cloned()).ok_or_else(|| {
        Box::new(diagnostic(
            "Account is not known",
            format!(
                "The provider does not know its own account (skip_requesting_account_id), and {id} names none. Write ACCOUNT_ID/ before it."
            ),
            AttributePath::default(),
        ))
    })?;
    let grantee = match &id.grantee {
        Named::PermissionSet(name) => Grantee::PermissionSet(name.clone()),
        Named::Role(name) => Grantee::Role(name.clone()),
        Named::Principal(arn) => grantee_of(arn)?,
    };
    let role_account: AccountId = match &id.grantee {
        Named::Principal(arn) => arn.account().clone(),
        _ => account.clone(),
    };
    let region = id.region.clone().unwrap_or_else(|| session.region().clone());
    Ok(Target {
        account,
        region,
        cluster: id.cluster.clone(),
        role_account,
        grantee,
    })
}

pub(in crate::resources) fn grantee_of(arn: &RoleArn) -> Result<Grantee, Box<Diagnostic>> {
    if let Ok(name) = ProvisionedRoleName::parse(arn.name()) {
        return Ok(Grantee::PermissionSet(name.permission_set().clone()));
    }
    let name = arn.name().parse().map_err(|invalid: crate::domain::error::Invalid| {
        Box::new(diagnostic(
            "Unexpected import identifier",
            invalid.to_string(),
            AttributePath::default(),
        ))
    })?;
    Ok(Grantee::Role(name))
}

pub(in crate::resources) fn is_meant(target: &Target, named: &Named, arn: &RoleArn) -> bool {
    match named {
        // People know the ARN with its path or without.
        Named::Principal(meant) => arn.is_same_role(meant),
        Named::Role(name) => arn.name() == name.as_str() && arn.account() == &target.role_account,
        Named::PermissionSet(name) => {
            arn.account() == &target.role_account && ProvisionedRoleName::parse(arn.name()).is_ok_and(|role| role.permission_set() == name)
        }
    }
}

pub(in crate::resources) fn no_cluster(target: &Target) -> Diagnostic {
    diagnostic(
        "Cluster does not exist",
        format!(
            "No EKS cluster {:?} exists in account {}, Region {}. If it is elsewhere, write ACCOUNT_ID/ before the import id or @REGION \
             behind it.",
            target.cluster.as_str(),
            target.account,
            target.region
        ),
        AttributePath::default(),
    )
}

pub(in crate::resources) fn list(arns: &[RoleArn]) -> String {
    arns.iter().map(|arn| format!("\n  - {arn}")).collect()
}
