//! Import: finds the entry that an id names.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::session::Session;
use crate::domain::arn::RoleArn;
use crate::domain::import_id::{Grantee as Named, ImportId};
use crate::domain::place::AccountId;
use crate::domain::provisioned_role::ProvisionedRoleName;
use crate::hosting::{ImportSource, Imported};
use crate::report::{diagnostic, failed};
use crate::resources::sso_access::entry::STANDARD;
use crate::resources::sso_access::model::{Model, text};
use crate::resources::sso_access::role::{Found, find_role};
use crate::resources::sso_access::target::{Grantee, Target};
use crate::resources::sso_access::{SsoAccess, identity, private};
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

const SUMMARY: &str = "Access entry cannot be imported";

pub(super) async fn import(resource: &SsoAccess, diags: &mut Diagnostics, source: ImportSource) -> Option<Imported<Model>> {
    let named = match &source {
        ImportSource::Id(id) => ImportId::parse(id).map(|id| (id, None)),
        ImportSource::Identity(identity) => identity::parse(identity),
    };
    let (id, role_account) = match named {
        Ok(named) => named,
        Err(invalid) => {
            diags.add_error(diagnostic(
                "Unexpected import identifier",
                invalid.to_string(),
                AttributePath::default(),
            ));
            return None;
        }
    };
    let session = resource.session(diags)?;
    match find(diags, &session, &id, role_account).await {
        Ok(state) => Some(private::imported(state)),
        Err(problem) => {
            diags.add_error(*problem);
            None
        }
    }
}

async fn find(
    diags: &mut Diagnostics,
    session: &Session,
    id: &ImportId,
    role_account: Option<AccountId>,
) -> Result<Model, Box<Diagnostic>> {
    let mut target = target(session, id)?;
    if let Some(role_account) = role_account {
        target.role_account = role_account;
    }
    let target = target;
    let aws = |doing: &'static str| {
        let place = target.cluster_and_place();
        move |error: AwsError| Box::new(failed(SUMMARY, &format!("{doing} {place}"), &error, AttributePath::default()))
    };
    let eks = session
        .eks(&target.account, &target.region)
        .await
        .map_err(aws("reaching the account of"))?;
    let entries = eks
        .list_access_entries(target.cluster.as_str())
        .await
        .map_err(|error| match error.kind {
            ErrorKind::NotFound => Box::new(no_cluster(&target)),
            _ if error.is_authentication_mode() => Box::new(no_entries(&target)),
            _ => aws("listing EKS access entries of")(error),
        })?;
    let (principal, others) = choose(session, &target, &id.grantee, entries).await?;
    if !others.is_empty() {
        diags.add_warning(left_over(&target, &principal, &others));
    }
    let entry = eks
        .describe_access_entry(target.cluster.as_str(), &principal)
        .await
        .map_err(aws("reading an EKS access entry of"))?;
    match entry {
        Some(entry) if entry.type_ == STANDARD => Ok(state(&target, &principal)),
        Some(entry) => Err(Box::new(diagnostic(
            "Access entry is for nodes",
            format!(
                "The access entry for {principal} on {} is of type {}. This resource manages type STANDARD, for people.",
                target.cluster_and_place(),
                entry.type_
            ),
            AttributePath::default(),
        ))),
        None => Err(Box::new(absent(&target, &[]))),
    }
}

fn target(session: &Session, id: &ImportId) -> Result<Target, Box<Diagnostic>> {
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

fn grantee_of(arn: &RoleArn) -> Result<Grantee, Box<Diagnostic>> {
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

/// The principal of the entry that is meant, and others that it could have been: the current role's if it has one,
/// else the only other one.
async fn choose(
    session: &Session,
    target: &Target,
    named: &Named,
    entries: Vec<String>,
) -> Result<(String, Vec<RoleArn>), Box<Diagnostic>> {
    let arns = entries.iter().filter_map(|entry| RoleArn::parse(entry).ok());
    let mut candidates: Vec<RoleArn> = arns.filter(|arn| is_meant(target, named, arn)).collect();
    if let Ok(Found::One(role)) = find_role(session, target, None).await
        && candidates.contains(&role.arn)
        && !matches!(named, Named::Principal(_))
    {
        candidates.retain(|arn| arn != &role.arn);
        return Ok((role.arn.to_string(), candidates));
    }
    match candidates.as_slice() {
        [one] => Ok((one.to_string(), Vec::new())),
        [] => Err(Box::new(absent(target, &entries))),
        several => Err(Box::new(diagnostic(
            SUMMARY,
            format!(
                "{} has several access entries for {}, and none of them is for its current role:{}\n\nImport the right one by its ARN: \
                 {}:PRINCIPAL_ARN@{}",
                target.cluster_and_place(),
                target.grantee,
                list(several),
                target.cluster,
                target.region
            ),
            AttributePath::default(),
        ))),
    }
}

fn list(arns: &[RoleArn]) -> String {
    arns.iter().map(|arn| format!("\n  - {arn}")).collect()
}

/// Entries under names that the role had before.
fn left_over(target: &Target, principal: &str, others: &[RoleArn]) -> Diagnostic {
    diagnostic(
        "Permission set has more access entries",
        format!(
            "Imported is the entry of the current role, {principal}. {} has others for {}, of roles that are gone:{}\n\nThey let nobody in. \
             Delete them (aws eks delete-access-entry), or import each by its ARN to have Terraform do it.",
            target.cluster_and_place(),
            target.grantee,
            list(others)
        ),
        AttributePath::default(),
    )
}

fn is_meant(target: &Target, named: &Named, arn: &RoleArn) -> bool {
    match named {
        // People know the ARN with its path or without.
        Named::Principal(meant) => arn.is_same_role(meant),
        Named::Role(name) => arn.name() == name.as_str() && arn.account() == &target.role_account,
        Named::PermissionSet(name) => {
            arn.account() == &target.role_account && ProvisionedRoleName::parse(arn.name()).is_ok_and(|role| role.permission_set() == name)
        }
    }
}

fn no_cluster(target: &Target) -> Diagnostic {
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

fn no_entries(target: &Target) -> Diagnostic {
    diagnostic(
        "Cluster does not accept access entries",
        format!(
            "{} is in CONFIG_MAP mode, in which it has no access entries to import. Switch it to API_AND_CONFIG_MAP, then let Terraform \
             make the grant.",
            target.cluster_and_place()
        ),
        AttributePath::default(),
    )
}

fn absent(target: &Target, entries: &[String]) -> Diagnostic {
    let others = match entries {
        [] => "It has no access entries at all.".to_owned(),
        some => format!(
            "Its access entries are for:{}",
            some.iter().take(20).map(|entry| format!("\n  - {entry}")).collect::<String>()
        ),
    };
    diagnostic(
        "Access entry does not exist",
        format!(
            "{} has no access entry for {}. {others}",
            target.cluster_and_place(),
            target.grantee
        ),
        AttributePath::default(),
    )
}

/// Optional arguments stay null, which means their defaults; the refresh that follows fills in the rest.
pub(super) fn state(target: &Target, principal: &str) -> Model {
    let mut model = Model {
        cluster_name: text(target.cluster.as_str()),
        account_id: text(target.account.as_str()),
        role_account_id: text(target.role_account.as_str()),
        region: text(target.region.as_str()),
        principal_arn: text(principal),
        principal_name: text(principal.rsplit('/').next().unwrap_or(principal)),
        status: text("ok"),
        ..Model::default()
    };
    match &target.grantee {
        Grantee::PermissionSet(name) => model.permission_set_name = text(name.as_str()),
        Grantee::Role(name) => model.role_name = text(name.as_str()),
    }
    model
}
