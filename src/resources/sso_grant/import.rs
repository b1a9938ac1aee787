//! What an import names.

use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::error::Invalid;
use crate::domain::grantee::Grantee;
use crate::domain::import_id::{ImportId, Subject};
use crate::domain::likeness::nearest;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::Region;
use crate::domain::provisioned_role::ProvisionedRoleName;
use crate::domain::role_name::RoleName;
use crate::hosting::ImportSource;
use crate::other_partition;
use crate::report::{diagnostic, no_attribute};
use crate::resources::sso_grant::identity;
use crate::resources::sso_grant::role::{Found, find_role};
use crate::resources::sso_grant::target::Target;
use tf_provider::{Diagnostic, Diagnostics};

const UNEXPECTED: &str = "Unexpected import identifier";

/// What an import names.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) target: Target,
    /// As people wrote it: an ARN says more than the target keeps.
    pub(crate) subject: Subject,
    pub(crate) form: Form,
}

/// How an import is written, and so how it is corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Id,
    Identity,
}

/// What an import names, in the provider's own account and Region where it names none. `None` comes with an error.
pub(crate) fn named(diags: &mut Diagnostics, session: &Session, source: &ImportSource) -> Option<Named> {
    let (form, parsed) = match source {
        ImportSource::Id(id) => (Form::Id, ImportId::parse(id).map(|id| (id, None))),
        ImportSource::Identity(identity) => (Form::Identity, identity::parse(identity)),
    };
    let found = parsed.map_err(unexpected).and_then(|(id, role_account)| {
        let mut target = target(session, &id)?;
        if let Some(role_account) = role_account {
            target.role_account = role_account;
        }
        Ok(Named {
            target,
            subject: id.subject,
            form,
        })
    });
    let named = found.map_err(|problem| diags.add_error(*problem)).ok()?;
    let is_here = match &named.subject {
        Subject::Principal(principal) | Subject::Grantee(Grantee::Principal(principal)) => {
            other_partition::check(diags, session, no_attribute(), &principal.to_string(), "")
        }
        Subject::Grantee(Grantee::PermissionSet(_) | Grantee::Role(_)) => true,
    };
    is_here.then_some(named)
}

fn unexpected(invalid: Invalid) -> Box<Diagnostic> {
    Box::new(diagnostic(UNEXPECTED, invalid.to_string(), no_attribute()))
}

/// The candidate that is meant, and the others that it could have been: the current role's if it is among them, else the
/// only one.
///
/// # Errors
/// The candidates, where none or several are left: nobody can tell.
pub(crate) async fn choose(
    session: &Session,
    named: &Named,
    mut candidates: Vec<AccessEntryPrincipal>,
) -> Result<(AccessEntryPrincipal, Vec<AccessEntryPrincipal>), Vec<AccessEntryPrincipal>> {
    if !matches!(named.subject, Subject::Principal(_))
        && let Ok(Found::One(role)) = find_role(session, &named.target, None).await
        && let Some(current) = candidates
            .iter()
            .position(|one| one.role().is_some_and(|one| one.is_same_role(&role.arn)))
    {
        return Ok((candidates.remove(current), candidates));
    }
    match candidates.len() {
        1 => Ok((candidates.remove(0), Vec::new())),
        _ => Err(candidates),
    }
}

/// What an import id names, with the provider's own account and Region where it names none.
fn target(session: &Session, id: &ImportId) -> Result<Target, Box<Diagnostic>> {
    let account = id.account.clone().or_else(|| session.account().cloned()).ok_or_else(|| {
        Box::new(diagnostic(
            "AWS account ID not known",
            format!(
                "The provider does not know its own account (skip_requesting_account_id), and {id} names none. Prefix it with ACCOUNT_ID/."
            ),
            no_attribute(),
        ))
    })?;
    let (grantee, role_account) = match &id.subject {
        Subject::Grantee(Grantee::Principal(principal)) => (Grantee::Principal(principal.clone()), principal.account().clone()),
        Subject::Grantee(grantee) => (grantee.clone(), account.clone()),
        Subject::Principal(principal) => (grantee_of(principal), principal.account().clone()),
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

/// A principal by a name that stays, where it has one.
pub(crate) fn grantee_of(principal: &AccessEntryPrincipal) -> Grantee {
    let Some(role) = principal.role() else {
        return Grantee::Principal(principal.clone());
    };
    if let Ok(name) = ProvisionedRoleName::parse(role.name()) {
        return Grantee::PermissionSet(name.permission_set().clone());
    }
    role.name()
        .parse()
        .map_or_else(|_| Grantee::Principal(principal.clone()), Grantee::Role)
}

impl Named {
    /// Whether a principal is what is meant.
    pub(crate) fn is_meant(&self, one: &AccessEntryPrincipal) -> bool {
        let role = one.role().filter(|role| role.account() == &self.target.role_account);
        match &self.subject {
            // People know the ARN with its path or without.
            Subject::Principal(meant) | Subject::Grantee(Grantee::Principal(meant)) => one.is_same(meant),
            Subject::Grantee(Grantee::Role(name)) => role.is_some_and(|role| role.name() == name.as_str()),
            Subject::Grantee(Grantee::PermissionSet(name)) => {
                role.is_some_and(|role| ProvisionedRoleName::parse(role.name()).is_ok_and(|role| role.permission_set() == name))
            }
        }
    }
}

/// What an import that finds nothing seems to mean: a question with the right import on lines of its own, or nothing.
pub(crate) fn meant(session: &Session, named: &Named, principals: &[AccessEntryPrincipal]) -> String {
    let target = &named.target;
    let names: Vec<_> = principals.iter().map(|one| (grantee_of(one), one)).collect();
    let near = nearest(target.grantee.name(), names.iter().map(|(grantee, _)| grantee.name()));
    let found = near
        .first()
        .and_then(|near| names.iter().find(|(grantee, _)| grantee.name() == near));
    found.map_or_else(String::new, |(_, principal)| {
        let other = Target {
            grantee: importable(principal, named),
            role_account: principal.account().clone(),
            ..target.clone()
        };
        format!(
            "Did you mean {}{}?\n{}\n",
            in_words(&other.grantee),
            of_account(&other, target),
            written(session, &other, named.form)
        )
    })
}

/// Said only where it is the account that is another one.
fn of_account(other: &Target, target: &Target) -> String {
    match other.role_account == target.role_account {
        true => String::new(),
        false => format!(" of account {}", other.role_account),
    }
}

/// How this is imported.
fn written(session: &Session, target: &Target, form: Form) -> String {
    let (argument, name) = match (form, &target.grantee) {
        (Form::Id, _) => return format!("  {}", target.import_id(session)),
        (Form::Identity, Grantee::PermissionSet(name)) => ("permission_set_name", name.to_string()),
        (Form::Identity, Grantee::Role(name)) => ("role_name", name.to_string()),
        (Form::Identity, Grantee::Principal(arn)) => return format!("  iam_principal_arn = \"{arn}\""),
    };
    let account = match target.role_account == target.account {
        true => "  # without role_account_id".to_owned(),
        false => format!("\n  role_account_id = \"{}\"", target.role_account),
    };
    format!("  {argument} = \"{name}\"{account}")
}

/// An id whose Region is written as people call it, and which names nothing as it is.
pub(crate) fn region_meant(session: &Session, named: &Named) -> Option<Diagnostic> {
    let target = &named.target;
    let (other, called) = with_region_meant(target).filter(|_| named.form == Form::Id)?;
    let id = ImportId {
        account: (session.account() != Some(&other.account)).then_some(other.account),
        cluster: other.cluster,
        subject: Subject::Grantee(other.grantee),
        region: Some(other.region),
    };
    Some(diagnostic(
        UNEXPECTED,
        format!(
            "Behind the last @ a Region is expected, and {called:?} is the name of none. Did you mean this?\n  {id}\nAs a part of the name it \
             leads nowhere: {} has nothing for {}.",
            target.cluster_and_place(),
            target.grantee
        ),
        no_attribute(),
    ))
}

/// A name that ends with a Region, as people call it, and what they call it.
fn with_region_meant(target: &Target) -> Option<(Target, &str)> {
    let (name, called) = target.grantee.name().rsplit_once('@')?;
    let region = Region::meant_by(called)?;
    let grantee = match &target.grantee {
        Grantee::PermissionSet(_) => Grantee::PermissionSet(PermissionSetName::parse(name).ok()?),
        Grantee::Role(_) => Grantee::Role(RoleName::parse(name).ok()?),
        Grantee::Principal(principal) => Grantee::parse_principal(principal.to_string().rsplit_once('@')?.0).ok()?,
    };
    let other = Target {
        region,
        grantee,
        ..target.clone()
    };
    Some((other, called))
}

/// An id names a role of another account than the cluster's by its ARN alone.
fn importable(principal: &AccessEntryPrincipal, named: &Named) -> Grantee {
    match named.form == Form::Identity || principal.account() == &named.target.account {
        true => grantee_of(principal),
        false => Grantee::Principal(principal.clone()),
    }
}

fn in_words(grantee: &Grantee) -> String {
    let name = grantee.name();
    match grantee {
        Grantee::PermissionSet(_) => format!("the permission set \"{name}\""),
        Grantee::Role(_) => format!("the IAM role \"{name}\", which is written with role/ before its name"),
        Grantee::Principal(principal) if principal.role().is_some() => format!("the IAM role \"{name}\" of another account, by its ARN"),
        Grantee::Principal(_) => format!("the IAM user \"{name}\", by its ARN"),
    }
}

pub(crate) async fn no_cluster(session: &Session, named: &Named) -> Diagnostic {
    no_cluster_at(session, &named.target.place(), named.form).await
}

/// An import names a cluster that is not there.
pub(crate) async fn no_cluster_at(session: &Session, place: &ClusterPlace, form: Form) -> Diagnostic {
    let way_out = match form {
        Form::Id => "If it is elsewhere, prefix the import id with ACCOUNT_ID/ or append @REGION.",
        Form::Identity => "If it is elsewhere, set account_id and region in the identity to where it is.",
    };
    Diagnostic {
        attribute: no_attribute(),
        ..place.absent(session, way_out).await
    }
}

pub(crate) fn list(arns: &[AccessEntryPrincipal]) -> String {
    arns.iter().map(|arn| format!("\n  - {arn}")).collect()
}
