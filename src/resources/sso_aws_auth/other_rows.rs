//! What a plan says of rows beside the one that this grant writes: rows of the same role that lose, get back or have no effect.

use crate::aws::eks::Cluster;
use crate::aws::session::Session;
use crate::domain::aws_auth::row::{Mapping, Row};
use crate::domain::aws_auth::rows::Rows;
use crate::domain::cluster::AuthenticationMode;
use crate::domain::grantee::Grantee;
use crate::domain::provisioned_role::ProvisionedRoleName;
use crate::resources::sso_aws_auth::messages::{self, Several};
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_aws_auth::row;
use crate::resources::sso_grant::aws_auth::{malformed, read_rows};
use crate::resources::sso_grant::notices::new_role_not_checked;
use crate::resources::sso_grant::role::new_role;
use crate::resources::sso_grant::target::Target;
use tf_provider::Diagnostics;

/// A row that comes into mapRoles for a role that had none there: what it overrides.
pub(super) fn warn_of_overridden(diags: &mut Diagnostics, target: &Target, rows: &Rows, arn: &str, planned: &Model) {
    match rows.find_user_row(arn) {
        Ok(Some(row)) => {
            let lost = row::expand(planned)
                .map(|wanted| only_in(&row.mapping, &wanted))
                .unwrap_or_default();
            diags.add_warning(messages::overrides_user_row(target, row, &lost));
        }
        Ok(None) => {}
        // It stands in nobody's way: each member is read by itself.
        Err(reason) => diags.add_warning(malformed(target, reason)),
    }
}

fn only_in(row: &Mapping, wanted: &Mapping) -> Vec<String> {
    row.groups.iter().filter(|group| !wanted.groups.contains(group)).cloned().collect()
}

/// A write of the row of a grant that is in the state. What cannot be read now is an error of the apply. Tells whether the role
/// that the plan is for has a row already.
pub(super) async fn warn_of_update(
    diags: &mut Diagnostics,
    session: &Session,
    target: &Target,
    cluster: &Cluster,
    prior: &Model,
    planned: &Model,
) -> bool {
    let Ok(Some(rows)) = read_rows(session, target, cluster).await else {
        return false;
    };
    let old = prior.principal_arn.as_deref_option().unwrap_or_default();
    let new = planned.principal_arn.as_deref_option().unwrap_or_default();
    let mut overridden = rows.roles().find_overridden(old);
    warn_of_other_roles(diags, target, &rows, &[old, new]);
    if !new.eq_ignore_ascii_case(old) {
        overridden.extend(rows.roles().find_overridden(new));
        warn_of_new_role(diags, target, &rows, new, planned);
    }
    warn_of_several(diags, target, &overridden, Several::BecomeOne);
    rows.roles().find(new).is_some() || matches!(rows.find_user_row(new), Ok(Some(_)))
}

/// The new role may have a row by other hands already.
fn warn_of_new_role(diags: &mut Diagnostics, target: &Target, rows: &Rows, arn: &str, planned: &Model) {
    match rows.roles().find(arn) {
        Some(row) if row::expand(planned).is_some_and(|wanted| row::is_same(&row.mapping, &wanted)) => {}
        Some(row) => diags.add_warning(messages::replaces_row(target, row)),
        None => warn_of_overridden(diags, target, rows, arn, planned),
    }
}

/// Rows for roles that a permission set had before, or has got since: only one of its roles exists. A write that was killed
/// leaves those, and no state knows them.
pub(super) fn warn_of_other_roles(diags: &mut Diagnostics, target: &Target, rows: &Rows, known: &[&str]) {
    let Grantee::PermissionSet(set) = &target.grantee else { return };
    let is_of_set = |row: &&Row| {
        row.mapping.role().is_some_and(|role| {
            let name = ProvisionedRoleName::parse(role.name());
            // A row with the role's path lets nobody in, and is told as such.
            role.path() == "/" && *role.account() == target.role_account && name.is_ok_and(|name| name.permission_set() == set)
        })
    };
    let is_known = |row: &&Row| known.iter().any(|arn| row.mapping.is_for(arn));
    let others: Vec<_> = rows.roles().rows().iter().filter(is_of_set).filter(|row| !is_known(row)).collect();
    if !others.is_empty() {
        diags.add_warning(messages::rows_of_other_roles(target, &others));
    }
}

/// The end of a row: the others that end with it, and the one that holds from then on.
pub(super) async fn warn_of_removal(diags: &mut Diagnostics, session: &Session, prior: &Model) {
    let (Some(target), Some(arn)) = (Target::of(prior), prior.principal_arn.as_deref_option()) else {
        return;
    };
    let cluster = session.cluster(&target.account, &target.region, target.cluster.as_str()).await;
    let Some(cluster) = cluster.ok().flatten().filter(|cluster| is_read(cluster)) else {
        return;
    };
    // What cannot be read now is an error of the apply.
    let Ok(Some(rows)) = read_rows(session, &target, &cluster).await else {
        return;
    };
    warn_of_row_that_stays(diags, session, &target, &rows, arn).await;
    if rows.roles().find(arn).is_none() {
        return;
    }
    warn_of_several(diags, &target, &rows.roles().find_overridden(arn), Several::AreRemoved);
    if let Ok(Some(row)) = rows.find_user_row(arn) {
        diags.add_warning(messages::user_row_acts_again(&target, row));
    }
}

/// Of the row that the new role may have by now, the state knows nothing. A move that was killed leaves that.
async fn warn_of_row_that_stays(diags: &mut Diagnostics, session: &Session, target: &Target, rows: &Rows, known: &str) {
    match new_role(session, target, known).await {
        Ok(role) => {
            let new = role.map(|role| role.without_path());
            if let Some(row) = new.as_deref().and_then(|new| rows.roles().find(new)) {
                diags.add_warning(messages::row_of_new_role_stays(session, target, row));
            }
            warn_of_other_roles(diags, target, rows, &[known, new.as_deref().unwrap_or_default()]);
        }
        Err(error) => diags.add_warning(new_role_not_checked(target, &error)),
    }
}

/// Whether the rows of a cluster count and can be asked for.
fn is_read(cluster: &Cluster) -> bool {
    let has_endpoint = cluster.endpoint.as_deref().is_some_and(|endpoint| !endpoint.is_empty());
    has_endpoint && cluster.authentication_mode != Some(AuthenticationMode::Api) && cluster.status != "DELETING"
}

fn warn_of_several(diags: &mut Diagnostics, target: &Target, overridden: &[&Row], several: Several) {
    if !overridden.is_empty() {
        diags.add_warning(messages::several_rows(target, overridden, several));
    }
}

/// A cluster in CONFIG_MAP mode whose nodes have no row to join by; no rows at all where there is no aws-auth.
pub(super) fn warn_of_nodes(diags: &mut Diagnostics, target: &Target, cluster: &Cluster, rows: Option<&Rows>) {
    let takes_entries = cluster.authentication_mode.is_some_and(AuthenticationMode::accepts_access_entries);
    if !takes_entries && !rows.is_some_and(Rows::has_nodes) {
        diags.add_warning(messages::no_nodes(target, rows.is_none()));
    }
}
