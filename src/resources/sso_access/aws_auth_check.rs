//! `check_aws_auth`: what people have by a row of aws-auth and would lose by the access entry, or get back without it.
//!
//! Where a cluster reads both, an access entry overrides the row of the same role from the moment it exists, and the row
//! counts again from the moment it is gone. The row may be under mapRoles or under mapUsers: EKS looks at the ARN alone.

use crate::aws::eks::Cluster;
use crate::aws::session::Session;
use crate::domain::access_policy::CLUSTER_ADMIN;
use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::aws_auth::config_map::MAP_USERS;
use crate::domain::aws_auth::row::{Mapping, Row, is_node_group};
use crate::domain::cluster::AuthenticationMode;
use crate::domain::kubernetes::{default_user_name_of, validate_group};
use crate::report::{at, diagnostic, no_attribute};
use crate::resources::sso_access::model::Model;
use crate::resources::sso_grant::aws_auth::{malformed, read_rows, without_effect};
use crate::resources::sso_grant::cluster::not_read;
use crate::resources::sso_grant::notices::bullets;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::{Text, known_set};
use crate::resources::sso_grant::when_missing::WhenMissing;
use tf_provider::value::Value;
use tf_provider::{Diagnostic, Diagnostics};

/// What only AmazonEKSClusterAdminPolicy for the whole cluster makes up for.
const MASTERS: &str = "system:masters";
/// What to do where the check of a change cannot be made.
const GO_ON: &str = "check_aws_auth asks for this: without it the plan goes on and does not compare the access entry with aws-auth.";
/// The same for a removal, for which the state counts and not the configuration.
const REMOVE_UNCHECKED: &str = "check_aws_auth asks for this, and the state has it. To remove the grant without it, set check_aws_auth = false (in a \
     configuration that still has the grant), apply that, and then remove the grant.";
/// The group that everybody has.
const AUTHENTICATED: &str = "system:authenticated";

/// A create, or a change that the plan makes to what an entry gives. `None` comes with an error, which `when_missing` may make
/// a warning instead.
pub(super) async fn check_change(
    diags: &mut Diagnostics,
    session: &Session,
    when_missing: WhenMissing,
    prior: Option<&Model>,
    planned: &Model,
) -> Option<()> {
    let mut found = Diagnostics::default();
    let problem = compare(&mut found, session, prior, planned).await.err();
    diags.warnings.append(&mut found.warnings);
    let Some(problem) = problem else { return Some(()) };
    when_missing.report(diags, *problem);
    (when_missing == WhenMissing::FailApply).then_some(())
}

/// What the entry would take from people, or that it cannot be told, is an error; a warning is pushed.
async fn compare(diags: &mut Diagnostics, session: &Session, prior: Option<&Model>, planned: &Model) -> Result<(), Box<Diagnostic>> {
    // The entry of another role gave the people of this one nothing: until now they had what the row gives.
    let prior = prior.filter(|prior| !is_other_role(prior, planned));
    let unchanged = |prior: &Model| {
        known_set(&prior.kubernetes_groups) == known_set(&planned.kubernetes_groups)
            && prior.has_policies_of(planned)
            && prior.user_name == planned.user_name
    };
    if !is_wanted(planned) || prior.is_some_and(unchanged) {
        return Ok(());
    }
    let Some((target, arn)) = principal_of(planned) else {
        return Ok(());
    };
    let Some(row) = row_of(session, &target, &arn, GO_ON).await? else {
        return Ok(());
    };
    // What the entry did not give before is not lost by this change.
    let before = prior.map(|prior| losses(&row.mapping, prior)).unwrap_or_default();
    let lost: Vec<_> = losses(&row.mapping, planned)
        .into_iter()
        .filter(|loss| !before.contains(loss))
        .collect();
    let renames = |model: &Model| {
        user_name(model)
            .zip(row.mapping.user_name.clone())
            .is_some_and(|(ours, theirs)| ours != theirs)
    };
    if renames(planned) && !prior.is_some_and(renames) {
        diags.add_warning(other_name(&target, &row, planned));
    }
    if lost.is_empty() {
        return Ok(());
    }
    Err(Box::new(gives_less(&target, &row, &lost)))
}

/// The end of an entry.
pub(super) async fn check_removal(diags: &mut Diagnostics, session: &Session, prior: &Model) {
    if !is_wanted(prior) {
        return;
    }
    let Some((target, arn)) = principal_of(prior) else { return };
    match row_of(session, &target, &arn, REMOVE_UNCHECKED).await {
        Ok(Some(row)) => diags.add_error(acts_again(&target, &row)),
        Ok(None) => {}
        Err(problem) => diags.add_error(*problem),
    }
}

/// Whether the plan follows a role with a new name, or one that was made anew under its name.
fn is_other_role(prior: &Model, planned: &Model) -> bool {
    let differs = |one: &Text, other: &Text| {
        one.as_ref_option()
            .zip(other.as_ref_option())
            .is_some_and(|(one, other)| one != other)
    };
    prior.principal_arn != planned.principal_arn || differs(&prior.role_id, &planned.role_id)
}

fn is_wanted(model: &Model) -> bool {
    model.check_aws_auth == Value::Value(true)
}

/// Where to look, and for whom; `None` while that is unknown.
fn principal_of(model: &Model) -> Option<(Target, AccessEntryPrincipal)> {
    Some((Target::of(model)?, model.principal_arn.as_deref_option()?.parse().ok()?))
}

/// The row of a principal, if the cluster reads rows besides entries.
///
/// # Errors
/// What to tell where it cannot be known.
async fn row_of(
    session: &Session,
    target: &Target,
    principal: &AccessEntryPrincipal,
    way_out: &str,
) -> Result<Option<Row>, Box<Diagnostic>> {
    let unchecked = |mut problem: Diagnostic| {
        problem.attribute = at("check_aws_auth");
        problem.detail.to_mut().push_str(&format!("\n\n{way_out}"));
        Box::new(problem)
    };
    let cluster = match session.cluster(&target.account, &target.region, target.cluster.as_str()).await {
        Ok(Some(cluster)) if reads_both(&cluster) => cluster,
        Ok(_) => return Ok(None),
        Err(error) => {
            return Err(unchecked(not_read(target, &error)));
        }
    };
    let rows = read_rows(session, target, &cluster).await.map_err(|problem| unchecked(*problem))?;
    let Some(rows) = rows else { return Ok(None) };
    let found = rows.find(&principal.in_aws_auth());
    let row = found.map_err(|reason| unchecked(malformed(target, reason)))?.cloned();
    Ok(row.filter(|row| !row.mapping.is_node()))
}

/// Whether rows count besides entries, and will go on doing so: a cluster that is being deleted lets nobody in.
fn reads_both(cluster: &Cluster) -> bool {
    cluster.authentication_mode == Some(AuthenticationMode::ApiAndConfigMap) && cluster.status != "DELETING"
}

/// What a row gives and a grant does not. What is unknown may still give it, and groups of nodes give people nothing.
fn losses(row: &Mapping, grant: &Model) -> Vec<String> {
    let groups = known_set(&grant.kubernetes_groups);
    let is_lost = |group: &&String| match group.as_str() {
        AUTHENTICATED => false,
        group if is_node_group(group) => false,
        MASTERS => grant.is_cluster_admin() == Some(false),
        group => groups.as_ref().is_some_and(|groups| !groups.contains(group)),
    };
    row.groups.iter().filter(is_lost).cloned().collect()
}

/// The Kubernetes user name that a grant gives; `None` while it is unknown.
fn user_name(grant: &Model) -> Option<String> {
    match &grant.user_name {
        Value::Value(name) => Some(name.clone()),
        Value::Null => Some(default_user_name_of(&grant.principal_arn.as_deref_option()?.parse().ok()?)),
        Value::Unknown => None,
    }
}

fn place_of(target: &Target, row: &Row) -> String {
    let although = match row.member {
        MAP_USERS => ", where it lets the role's people in as it would under mapRoles",
        _ => "",
    };
    format!(
        "{} is in API_AND_CONFIG_MAP mode, and its aws-auth has a row for {} ({}{although})",
        target.cluster_and_place(),
        row.mapping.arn,
        row.whereabouts()
    )
}

fn gives_less(target: &Target, row: &Row, lost: &[String]) -> Diagnostic {
    let in_words = |group: &String| match group.as_str() {
        MASTERS => {
            format!(
                "{MASTERS}, which may do everything. The same is\n    access_policies = {{ {CLUSTER_ADMIN} = {{ scope = \"cluster\" }} }}"
            )
        }
        group if validate_group(group).is_err() => {
            format!(
                "the group {group:?}, which an access entry cannot have:\n    bind a group of another name as this one is bound, and give it to both"
            )
        }
        group => format!("the group {group:?}: kubernetes_groups"),
    };
    let attribute = match lost.iter().any(|group| group == MASTERS) {
        true => "access_policies",
        false => "kubernetes_groups",
    };
    diagnostic(
        "Access entry gives less than the aws-auth row",
        format!(
            "{}. An access entry overrides the row at once, and as planned it does not give what the row gives:{}\nNothing was changed. Add it \
             to this grant. If {} is meant to lose it, take it out of the row first, or set check_aws_auth = false.{}",
            place_of(target, row),
            bullets(lost.iter().map(in_words)),
            target.grantee,
            without_effect(row)
        ),
        at(attribute),
    )
}

fn other_name(target: &Target, row: &Row, planned: &Model) -> Diagnostic {
    diagnostic(
        "User name differs from the aws-auth row",
        format!(
            "{}. By the row these users have the user name {:?}, by the access entry {:?}: RBAC bindings to the former no longer apply. Bind \
             groups instead, or set user_name to the row's where EKS takes it.",
            place_of(target, row),
            row.mapping.user_name.as_deref().unwrap_or_default(),
            user_name(planned).unwrap_or_default()
        ),
        at("user_name"),
    )
}

fn acts_again(target: &Target, row: &Row) -> Diagnostic {
    let groups = match row.mapping.groups.as_slice() {
        [] => "no groups".to_owned(),
        groups => format!("the groups {}", groups.join(", ")),
    };
    diagnostic(
        "aws-auth row would act again",
        format!(
            "{}. Once the access entry is gone the row counts again: {} would get in with {groups}, as {}. Nothing was changed. Remove the row \
             first; or, if it is meant to act again, set check_aws_auth = false, apply that, and then remove the grant.{}",
            place_of(target, row),
            target.grantee,
            row.mapping.user_name.as_deref().unwrap_or("(no user name)"),
            without_effect(row)
        ),
        no_attribute(),
    )
}
