//! The plan of a create: everything that would make the apply fail is found now.

use crate::aws::eks::Cluster;
use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::cluster_place::APPLY_STOPS;
use crate::domain::cluster::AuthenticationMode;
use crate::report::at;
use crate::resources::sso_aws_auth::messages;
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_aws_auth::other_rows::{warn_of_nodes, warn_of_other_roles, warn_of_overridden};
use crate::resources::sso_aws_auth::planned::{known_role, unknown_until_apply};
use crate::resources::sso_aws_auth::private::Private;
use crate::resources::sso_grant::aws_auth::read_rows;
use crate::resources::sso_grant::cluster::not_read;
use crate::resources::sso_grant::notices::{check_denied, grantee_attribute, no_cluster_yet};
use crate::resources::sso_grant::preflight::{check_only_one, check_role};
use crate::resources::sso_grant::role::find_role;
use crate::resources::sso_grant::run::{Planned, Run};
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::timeouts;
use crate::resources::sso_grant::unreachable_accounts::{Purpose, reach};
use crate::resources::sso_grant::when_missing::WhenMissing;
use std::sync::Arc;
use tf_provider::Diagnostics;

pub(super) async fn plan_create(
    run: &Run,
    diags: &mut Diagnostics,
    session: &Session,
    planned: &mut Model,
    private: &Private,
) -> Option<()> {
    unknown_until_apply(planned);
    let Some(target) = Target::of(planned) else { return Some(()) };
    reach(diags, session, &target, Purpose::Create).await?;
    let errors = diags.errors.len();
    let (cluster, role) = tokio::join!(
        session.cluster(&target.account, &target.region, target.cluster.as_str()),
        find_role(session, &target, None)
    );
    let when_missing = if planned.checks_at_apply() || run.lost.contains(&target) {
        WhenMissing::FailApply
    } else {
        WhenMissing::FailPlan
    };
    let cluster = check_cluster(diags, when_missing, session, &target, cluster).await;
    let wait = timeouts::duration(&planned.timeouts, |timeouts| &timeouts.create);
    let role = check_role(diags, when_missing, wait, session, &target, role).await;
    if diags.errors.len() > errors {
        return None;
    }
    if let Some(role) = &role {
        known_role(planned, role);
    }
    if !private.was_kept {
        check_only_one(diags, run, &target, planned.principal_arn.as_deref_option(), Planned::NEW)?;
    }
    if let (Some(cluster), Some(role)) = (cluster, role) {
        let holder = holder(run, &target, planned, private);
        check_row(diags, when_missing, session, &target, &cluster, planned, holder).await;
        warn_of_entry(diags, session, &target, cluster.authentication_mode, &role).await;
    }
    (diags.errors.len() == errors).then_some(())
}

/// The cluster, if its aws-auth can be read now.
async fn check_cluster(
    diags: &mut Diagnostics,
    when_missing: WhenMissing,
    session: &Session,
    target: &Target,
    found: Result<Option<Arc<Cluster>>, AwsError>,
) -> Option<Arc<Cluster>> {
    if let Ok(Some(cluster)) = &found {
        target.place().warn_if_lost(diags, cluster, at("cluster_name"), APPLY_STOPS);
    }
    match found {
        Ok(Some(cluster)) if cluster.authentication_mode == Some(AuthenticationMode::Api) => {
            when_missing.report(diags, messages::api_mode(target, when_missing));
            None
        }
        Ok(Some(cluster)) if when_missing == WhenMissing::FailApply && cluster.endpoint.is_none() => None,
        Ok(Some(cluster)) => Some(cluster),
        Ok(None) => {
            diags.add_warning(no_cluster_yet(session, target).await);
            None
        }
        Err(error) => {
            diags.add_error(not_read(target, &error));
            None
        }
    }
}

/// Which resource of this state has the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    /// The one that is planned: it is replaced.
    This,
    /// One that the refresh has seen: another one, or this one if it is tainted.
    Another,
    /// None that is known so far.
    Nobody,
}

fn holder(run: &Run, target: &Target, planned: &Model, private: &Private) -> Holder {
    let arn = planned.principal_arn.as_deref_option();
    match arn {
        Some(_) if private.own_principal.as_deref() == arn => Holder::This,
        Some(arn) if run.addresses.is_held(target.place(), arn) => Holder::Another,
        _ => Holder::Nobody,
    }
}

/// Whether the role has a row already.
async fn check_row(
    diags: &mut Diagnostics,
    when_missing: WhenMissing,
    session: &Session,
    target: &Target,
    cluster: &Cluster,
    planned: &Model,
    holder: Holder,
) {
    let rows = match read_rows(session, target, cluster).await {
        Ok(rows) => rows,
        Err(problem) => return when_missing.report(diags, *problem),
    };
    warn_of_nodes(diags, target, cluster, rows.as_ref());
    let (Some(rows), Some(arn)) = (rows, planned.principal_arn.as_deref_option()) else {
        return;
    };
    for row in rows.find_with_path(arn) {
        diags.add_warning(messages::row_with_path(target, row));
    }
    warn_of_other_roles(diags, target, &rows, &[arn]);
    match rows.roles().find(arn) {
        Some(row) if row.mapping.is_node() => diags.add_error(messages::node_row(target, row)),
        Some(row) => match holder {
            Holder::This => {}
            Holder::Another => diags.add_error(messages::held_already(target, row)),
            Holder::Nobody => diags.add_error(messages::exists_already(session, target, row)),
        },
        None => warn_of_overridden(diags, target, &rows, arn, planned),
    }
}

/// Where the cluster takes access entries too, one for the same role makes the row count for nothing. Tells whether there is one.
pub(super) async fn warn_of_entry(
    diags: &mut Diagnostics,
    session: &Session,
    target: &Target,
    mode: Option<AuthenticationMode>,
    role: &Role,
) -> bool {
    if mode != Some(AuthenticationMode::ApiAndConfigMap) {
        return false;
    }
    let found = match session.eks(&target.account, &target.region).await {
        Ok(eks) => eks.describe_access_entry(target.cluster.as_str(), &role.arn.to_string()).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(None) => {}
        Ok(Some(_)) => {
            diags.add_warning(messages::overridden(target, role));
            return true;
        }
        // A mode that is older than the answer about it.
        Err(error) if error.is_authentication_mode() => {}
        Err(error) => {
            let what = "Whether an access entry overrides the row";
            let attribute = grantee_attribute(target);
            diags.add_warning(check_denied("Check skipped: access entry beside the row", what, &error, attribute));
        }
    }
    false
}
