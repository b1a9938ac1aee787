//! The apply of a create.

use crate::aws::eks::Cluster;
use crate::aws::kubernetes::Kubernetes;
use crate::aws::session::Session;
use crate::domain::cluster::AuthenticationMode;
use crate::hosting::{Applied, Current};
use crate::report::{UNREADY_CLUSTER, at, diagnostic};
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_aws_auth::planned::{known_role, planned_role};
use crate::resources::sso_aws_auth::private::Private;
use crate::resources::sso_aws_auth::write::{Change, write};
use crate::resources::sso_aws_auth::{messages, row};
use crate::resources::sso_grant::cluster::{Awaited, Verdict, await_cluster, not_read};
use crate::resources::sso_grant::confirm::{Confirmed, confirm_role};
use crate::resources::sso_grant::run::Run;
use crate::resources::sso_grant::target::{Target, fill_defaults};
use crate::resources::sso_grant::when_missing::WhenMissing;
use crate::resources::sso_grant::{aws_auth, notices};
use tf_provider::{Diagnostic, Diagnostics};
use tokio::time::Instant;

pub(super) async fn create(run: &Run, diags: &mut Diagnostics, planned: Current<Model>, until: Instant) -> Option<Applied<Model>> {
    let session = run.session(diags)?;
    let mut model = planned.state;
    fill_defaults(&mut model, &session);
    let Some(target) = Target::of(&model) else {
        diags.add_error(notices::still_unknown());
        return None;
    };
    serve_role(diags, run, &session, &target, &mut model, until).await?;
    let kubernetes = ready_cluster(diags, &session, &target, until).await?;
    let Some(wanted) = row::expand(&model) else {
        diags.add_error(notices::still_unknown());
        return None;
    };
    match write(&kubernetes, Change::Add(&wanted), until).await {
        Ok(()) => Some(Applied {
            state: model,
            private: Private::default().encode(),
        }),
        Err(failure) => {
            diags.add_error(messages::not_written(&session, &kubernetes, &target, &failure));
            None
        }
    }
}

/// Makes sure that the planned role is there, or waits for the one that the plan had to leave open.
pub(super) async fn serve_role(
    diags: &mut Diagnostics,
    run: &Run,
    session: &Session,
    target: &Target,
    model: &mut Model,
    until: Instant,
) -> Option<()> {
    let planned = planned_role(model);
    let is_open = planned.is_none();
    let Confirmed::Role(role) = confirm_role(diags, session, &run.waits, target, planned, until).await? else {
        unreachable!("a row is for a set or a role by its name");
    };
    if is_open {
        known_role(model, &role);
    }
    Some(())
}

/// Waits until the cluster is there, and gives its Kubernetes API. `None` comes with an error.
pub(super) async fn ready_cluster(diags: &mut Diagnostics, session: &Session, target: &Target, until: Instant) -> Option<Kubernetes> {
    let problem = match await_cluster(session, target, until, is_coming).await {
        Ok(Awaited::Settled(cluster)) => match refusal(target, &cluster) {
            Some(refusal) => refusal,
            None => match aws_auth::kubernetes(session, target, &cluster).await {
                Ok(kubernetes) => return Some(kubernetes),
                Err(problem) => *problem,
            },
        },
        Ok(Awaited::Absent) => notices::no_cluster(session, target).await,
        Ok(Awaited::StillComing(_)) => still_coming(target),
        Err(error) => not_read(target, &error),
    };
    diags.add_error(problem);
    None
}

fn is_coming(cluster: &Cluster) -> Verdict {
    match cluster.status.as_str() {
        "CREATING" | "PENDING" => Verdict::Coming,
        _ => Verdict::Settled,
    }
}

/// Why no row is written on a cluster.
fn refusal(target: &Target, cluster: &Cluster) -> Option<Diagnostic> {
    if cluster.authentication_mode == Some(AuthenticationMode::Api) {
        return Some(messages::api_mode(target, WhenMissing::FailPlan));
    }
    cluster.is_lost().then(|| messages::unusable(target, cluster))
}

fn still_coming(target: &Target) -> Diagnostic {
    diagnostic(
        UNREADY_CLUSTER,
        format!(
            "{} is still being created. Nothing was written. Apply again once it is ACTIVE, or raise the timeouts of this grant.",
            target.cluster_and_place()
        ),
        at("cluster_name"),
    )
}
