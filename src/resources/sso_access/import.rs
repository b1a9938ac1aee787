//! Import: finds the entry that an id names.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::session::Session;
use crate::domain::arn::RoleArn;
use crate::domain::import_id::{Grantee as Named, ImportId};
use crate::domain::place::AccountId;
use crate::hosting::{ImportSource, Imported};
use crate::report::{diagnostic, failed};
use crate::resources::sso_access::entry::STANDARD;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::{SsoAccess, private};
use crate::resources::sso_grant::import::{is_meant, list, named, no_cluster, target};
use crate::resources::sso_grant::role::{Found, find_role};
use crate::resources::sso_grant::target::{Grantee, Target};
use crate::resources::sso_grant::values::text;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

const SUMMARY: &str = "Access entry cannot be imported";

pub(super) async fn import(resource: &SsoAccess, diags: &mut Diagnostics, source: ImportSource) -> Option<Imported<Model>> {
    let (id, role_account) = named(diags, source)?;
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
