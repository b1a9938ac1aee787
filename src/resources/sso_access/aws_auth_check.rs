//! `check_aws_auth`: what people have by a row of aws-auth and would lose by the access entry, or get back without it.
//!
//! Where a cluster reads both, an access entry overrides the row of the same role from the moment it exists, and the row
//! counts again from the moment it is gone. The row may be under mapRoles or under mapUsers: EKS looks at the ARN alone.

use crate::aws::eks::Cluster;
use crate::aws::error::AwsError;
use crate::aws::kubernetes::Kubernetes;
use crate::aws::retry::{Look, poll_until};
use crate::aws::session::Session;
use crate::cluster_aws_auth::UNREADABLE;
use crate::domain::access_policy::CLUSTER_ADMIN;
use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::aws_auth::config_map::{MAP_ROLES, MAP_USERS};
use crate::domain::aws_auth::malformed::Malformed;
use crate::domain::aws_auth::row::{Mapping, Row, is_node_group};
use crate::domain::cluster::AuthenticationMode;
use crate::domain::kubernetes::{default_user_name_of, validate_group};
use crate::report::{at, diagnostic, no_attribute};
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::run::Run;
use crate::resources::sso_grant::aws_auth::{explained, kubernetes, malformed, parse, read_rows, without_effect};
use crate::resources::sso_grant::cluster::not_read;
use crate::resources::sso_grant::notices::bullets;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::{Text, known_set};
use crate::resources::sso_grant::when_missing::WhenMissing;
use std::time::Duration;
use tf_provider::value::Value;
use tf_provider::{Diagnostic, Diagnostics};
use tokio::time::Instant;

/// What only AmazonEKSClusterAdminPolicy for the whole cluster makes up for.
const MASTERS: &str = "system:masters";
/// What to do where the check of a change cannot be made.
const GO_ON: &str = "check_aws_auth asks for this: without it the plan goes on and does not compare the access entry with aws-auth.";
/// The same for a removal, for which the state counts and not the configuration.
const REMOVE_UNCHECKED: &str = "check_aws_auth asks for this, and the state has it. To remove the grant without it, set check_aws_auth = false (in a \
     configuration that still has the grant), apply that, and then remove the grant.";
/// What to do where a plan finds a row that would act again.
const REMOVE_FIRST: &str = "Remove the row first (an eks_sso_aws_auth: take its block out of the configuration, and apply that); or, if it is meant to \
     act again, set check_aws_auth = false, apply that, and then remove the grant.";
/// The same for an apply whose plan removes the row.
const STILL_THERE: &str = "The plan removes the row, too, but it was still there. Run it again if the row is gone by now. Take the row's block out of \
     the configuration, and apply that first, if this grant depends on it: Terraform ends what depends on something before that.";
/// How long a plan waits for the other plan that removes the row: all plans of a run are made within moments.
const PLANNED_WITHIN: Duration = Duration::from_secs(2);
/// How long an apply waits for a row that goes in the same run.
const GONE_WITHIN: Duration = Duration::from_secs(60);
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

/// Whether the role of a plan has a row, where the grant asks for this check. That it cannot be told is said by the check itself.
pub(super) async fn has_row(session: &Session, planned: &Model) -> bool {
    match principal_of(planned).filter(|_| is_wanted(planned)) {
        Some((target, arn)) => matches!(row_of(session, &target, &arn, GO_ON).await, Ok(Some(_))),
        None => false,
    }
}

/// The end of an entry. Tells whether the same run removes the row, which has to go first then.
pub(super) async fn check_removal(run: &Run, diags: &mut Diagnostics, session: &Session, prior: &Model) -> bool {
    let Some((target, arn)) = principal_of(prior).filter(|_| is_wanted(prior)) else {
        return false;
    };
    match row_of(session, &target, &arn, REMOVE_UNCHECKED).await {
        Ok(Some(row)) if row.member == MAP_ROLES && row_leaves(run, &target, &row).await => return true,
        Ok(Some(row)) => diags.add_error(acts_again(&target, &row, REMOVE_FIRST)),
        Ok(None) => {}
        Err(problem) => diags.add_error(*problem),
    }
    false
}

/// Whether this run plans to remove the row. Terraform plans the two in any order, most often at the same time.
async fn row_leaves(run: &Run, target: &Target, row: &Row) -> bool {
    let looked = poll_until(Instant::now() + PLANNED_WITHIN, "the plan of the row", || async {
        Ok(match run.claims.removes_row(target, &row.mapping.arn) {
            true => Look::Done(()),
            false => Look::NotYet("nothing removes it yet".to_owned()),
        })
    });
    matches!(looked.await, Ok(Look::Done(())))
}

/// The end of an entry whose row the same run removes: Terraform takes the two in any order. `None` comes with an error.
pub(super) async fn await_removal_of_row(diags: &mut Diagnostics, session: &Session, prior: &Model, until: Instant) -> Option<()> {
    let (target, arn) = principal_of(prior)?;
    match row_still_there(session, &target, &arn, until).await {
        Ok(None) => return Some(()),
        Ok(Some(row)) => diags.add_error(acts_again(&target, &row, STILL_THERE)),
        Err(problem) => diags.add_error(*problem),
    }
    None
}

/// The row, if it does not go in time.
///
/// # Errors
/// What to tell where it cannot be known.
async fn row_still_there(
    session: &Session,
    target: &Target,
    principal: &AccessEntryPrincipal,
    until: Instant,
) -> Result<Option<Row>, Box<Diagnostic>> {
    let cluster = session.cluster(&target.account, &target.region, target.cluster.as_str()).await;
    let Some(cluster) = cluster
        .map_err(|error| not_read(target, &error))?
        .filter(|cluster| reads_both(cluster))
    else {
        return Ok(None);
    };
    let kubernetes = kubernetes(session, target, &cluster).await?;
    let look = || fresh_row(target, &kubernetes, principal);
    let until = until.min(Instant::now() + GONE_WITHIN);
    let waited = poll_until(until, "the end of the row in aws-auth", || async {
        Ok(match look().await? {
            Ok(Some(row)) => Look::NotYet(row.whereabouts()),
            known => Look::Done(known),
        })
    });
    let known = match waited.await {
        Ok(Look::Done(known)) => Ok(known),
        Ok(Look::NotYet(_)) => look().await,
        Err(error) => Err(error),
    };
    known.unwrap_or_else(|error| {
        let fact = format!("aws-auth of {} cannot be read for {}.", target.cluster_and_place(), target.grantee);
        Err(Box::new(explained(session, &kubernetes, target, UNREADABLE, &fact, &error)))
    })
}

/// The row as it is now.
///
/// # Errors
/// Outside: those of the Kubernetes API. Inside: what to tell of a text that is not what aws-auth should hold.
async fn fresh_row(
    target: &Target,
    kubernetes: &Kubernetes,
    principal: &AccessEntryPrincipal,
) -> Result<Result<Option<Row>, Box<Diagnostic>>, AwsError> {
    let Some(map) = kubernetes.aws_auth_fresh().await? else {
        return Ok(Ok(None));
    };
    let told = |reason: &Malformed| Box::new(malformed(target, reason));
    Ok(parse(&map).map_err(|reason| told(&reason)).and_then(|rows| {
        let found = rows.find(&principal.in_aws_auth()).map_err(told)?;
        Ok(found.filter(|row| !row.mapping.is_node()).cloned())
    }))
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

fn acts_again(target: &Target, row: &Row, what_now: &str) -> Diagnostic {
    let groups = match row.mapping.groups.as_slice() {
        [] => "no groups".to_owned(),
        groups => format!("the groups {}", groups.join(", ")),
    };
    diagnostic(
        "aws-auth row would act again",
        format!(
            "{}. Once the access entry is gone the row counts again: {} would get in with {groups}, as {}. Nothing was changed. {what_now}{}",
            place_of(target, row),
            target.grantee,
            row.mapping.user_name.as_deref().unwrap_or("(no user name)"),
            without_effect(row)
        ),
        no_attribute(),
    )
}
