//! Import: finds the entry that an id names.

use crate::aws::eks::AccessEntry;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::session::Session;
use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::grantee::Grantee;
use crate::domain::import_id::Subject;
use crate::hosting::{ImportSource, Imported, Texts};
use crate::report::{diagnostic, failed, no_attribute};
use crate::resources::access_entry::entry::{Entry, STANDARD};
use crate::resources::sso_access::existing::check_owner;
use crate::resources::sso_access::messages;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::private;
use crate::resources::sso_access::run::Run;
use crate::resources::sso_grant::import::{Named, choose, list, meant, named, no_cluster, region_meant};
use crate::resources::sso_grant::notices::NO_ENTRIES;
use crate::resources::sso_grant::role::is_not_permitted;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::text;
use std::collections::BTreeMap;
use tf_provider::value::Value;
use tf_provider::{Diagnostic, Diagnostics};

const SUMMARY: &str = "Access entry cannot be imported";

pub(super) async fn import(run: &Run, diags: &mut Diagnostics, source: &ImportSource) -> Option<Imported<Model>> {
    let session = run.session(diags)?;
    let mut named = named(diags, &session, source)?;
    match find(diags, &session, &named).await {
        Ok(principal) => {
            if matches!(named.subject, Subject::Principal(_)) {
                name_as_found(&session, &mut named.target, &principal).await;
            }
            let principal_arn = principal.to_string();
            if run.addresses.import(named.target.place(), &principal_arn) {
                diags.add_warning(messages::imported_twice(&named.target, &principal_arn));
            }
            Some(private::imported(state(&named.target, &principal_arn), None))
        }
        Err(problem) => {
            diags.add_error(*problem);
            None
        }
    }
}

/// A role of an account that is not ours to read has no name that could be looked up: the grant names it by its ARN.
pub(super) async fn name_by_arn_if_unreadable(session: &Session, target: &mut Target, principal: &AccessEntryPrincipal) {
    let is_elsewhere = matches!(target.grantee, Grantee::Role(_)) && target.role_account != target.account;
    if is_elsewhere
        && session
            .credentials(&target.role_account)
            .await
            .is_err_and(|error| is_not_permitted(&error))
    {
        target.grantee = Grantee::Principal(principal.clone());
    }
}

/// People know an ARN with its path or without; the entry has it whole.
async fn name_as_found(session: &Session, target: &mut Target, principal: &AccessEntryPrincipal) {
    if matches!(target.grantee, Grantee::Principal(_)) {
        target.grantee = Grantee::Principal(principal.clone());
    }
    name_by_arn_if_unreadable(session, target, principal).await;
}

/// The principal of the entry that is meant.
async fn find(diags: &mut Diagnostics, session: &Session, named: &Named) -> Result<AccessEntryPrincipal, Box<Diagnostic>> {
    let target = &named.target;
    let aws = |error: AwsError| {
        let fact = format!("The access entries of {} cannot be read.", target.cluster_and_place());
        Box::new(failed(SUMMARY, &fact, &error, no_attribute()))
    };
    let eks = session.eks(&target.account, &target.region).await.map_err(aws)?;
    let entries = match eks.list_access_entries(target.cluster.as_str()).await {
        Ok(entries) => entries,
        Err(error) if error.kind == ErrorKind::NotFound => return Err(Box::new(no_cluster(session, named).await)),
        Err(error) if error.is_authentication_mode() => return Err(Box::new(no_entries(target))),
        Err(error) => return Err(aws(error)),
    };
    let principals = entries.iter().filter_map(|entry| AccessEntryPrincipal::parse(entry).ok());
    let candidates = principals.filter(|one| named.is_meant(one)).collect();
    let (principal, others) = choose(session, named, candidates)
        .await
        .map_err(|candidates| Box::new(undecided(session, named, &candidates, &entries)))?;
    let arn = principal.to_string();
    if !others.is_empty() {
        diags.add_warning(left_over(target, &arn, &others));
    }
    let entry = eks.describe_access_entry(target.cluster.as_str(), &arn).await.map_err(aws)?;
    match entry {
        Some(entry) if entry.type_ == STANDARD => may_take_over(session, target, entry).map(|()| principal),
        Some(entry) => Err(Box::new(for_nodes(target, &arn, &entry.type_))),
        None => Err(Box::new(absent(target, "", &[]))),
    }
}

/// An import takes over as `on_existing = "adopt"` does.
fn may_take_over(session: &Session, target: &Target, entry: AccessEntry) -> Result<(), Box<Diagnostic>> {
    let entry = Entry {
        entry,
        policies: BTreeMap::new(),
    };
    check_owner(session, target, &entry).map_or(Ok(()), |refusal| {
        Err(Box::new(Diagnostic {
            attribute: no_attribute(),
            ..refusal
        }))
    })
}

fn for_nodes(target: &Target, principal: &str, type_: &str) -> Diagnostic {
    diagnostic(
        "Access entry is for nodes",
        format!(
            "The access entry for\n  {principal}\non {} is of type {type_}, and this resource manages type STANDARD, for people. EKS makes entries for \
             nodes by itself; where Terraform has to have it, hashicorp/aws does:\n  terraform import aws_eks_access_entry.NAME {}:{principal}",
            target.cluster_and_place(),
            target.cluster
        ),
        no_attribute(),
    )
}

/// None of the entries is meant, or nobody can tell which.
fn undecided(session: &Session, named: &Named, candidates: &[AccessEntryPrincipal], entries: &[String]) -> Diagnostic {
    let target = &named.target;
    if candidates.is_empty() {
        let principals: Vec<_> = entries.iter().filter_map(|entry| entry.parse().ok()).collect();
        if let Some(problem) = region_meant(session, named) {
            return problem;
        }
        return absent(target, &meant(session, named, &principals), entries);
    }
    diagnostic(
        SUMMARY,
        format!(
            "{} has several access entries for {}, and none of them is for its current role:{}\nImport the right one by its ARN:\n  \
             {}:PRINCIPAL_ARN@{}",
            target.cluster_and_place(),
            target.grantee,
            list(candidates),
            target.cluster,
            target.region
        ),
        no_attribute(),
    )
}

/// Entries under names that the role had before.
fn left_over(target: &Target, principal: &str, others: &[AccessEntryPrincipal]) -> Diagnostic {
    diagnostic(
        "Permission set has several access entries",
        format!(
            "The entry of the current role was imported:\n  {principal}\n{} has others for {}, of roles that are gone:{}\nThey let nobody in. \
             Delete them (aws eks delete-access-entry), or import each by its ARN to have Terraform do it.",
            target.cluster_and_place(),
            target.grantee,
            list(others)
        ),
        no_attribute(),
    )
}

fn no_entries(target: &Target) -> Diagnostic {
    diagnostic(
        NO_ENTRIES,
        format!(
            "{} is in CONFIG_MAP mode, in which it has no access entries to import. Switch it to API_AND_CONFIG_MAP, then let Terraform \
             create the grant.",
            target.cluster_and_place()
        ),
        no_attribute(),
    )
}

/// An entry is found by the role's account as well as by its name.
fn of_another_account(target: &Target) -> String {
    match target.grantee {
        Grantee::PermissionSet(_) | Grantee::Role(_) if target.role_account != target.account => {
            format!(" with a role of account {}", target.role_account)
        }
        _ => String::new(),
    }
}

fn absent(target: &Target, meant: &str, entries: &[String]) -> Diagnostic {
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
            "{meant}{} has no access entry for {}{}. {others}\nCorrect the import, or remove it and let Terraform make the entry.",
            target.cluster_and_place(),
            target.grantee,
            of_another_account(target)
        ),
        no_attribute(),
    )
}

/// Optional arguments stay null, which means their defaults; the refresh that follows fills in the rest.
pub(super) fn state(target: &Target, principal: &str) -> Model {
    let mut model = Model {
        principal_arn: text(principal),
        // Not null: a configuration may write empty ones.
        kubernetes_groups: Value::Value(Texts::default()),
        access_policies: Value::Value(BTreeMap::new()),
        ..Model::default()
    };
    target.write_to(&mut model);
    model
}
