//! The apply of a create.

use crate::aws::eks::Cluster;
use crate::aws::kubernetes::Kubernetes;
use crate::aws::retry::{Look, poll_until, recently};
use crate::aws::session::Session;
use crate::domain::arn::RoleArn;
use crate::domain::cluster::AuthenticationMode;
use crate::hosting::{Applied, Current};
use crate::report::{at, diagnostic, failed};
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_aws_auth::private::Private;
use crate::resources::sso_aws_auth::write::{Change, write};
use crate::resources::sso_aws_auth::{SsoAwsAuth, messages, plan, row};
use crate::resources::sso_grant::role::{Found, read_role, wait_for_role};
use crate::resources::sso_grant::target::{Target, fill_defaults};
use crate::resources::sso_grant::{aws_auth, notices};
use std::sync::Arc;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};
use tokio::time::Instant;
use tracing::Instrument;

pub(super) async fn create(
    resource: &SsoAwsAuth,
    diags: &mut Diagnostics,
    planned: Current<Model>,
    until: Instant,
) -> Option<Applied<Model>> {
    let session = resource.session(diags)?;
    let mut model = planned.state;
    fill_defaults(&mut model, &session);
    let Some(target) = Target::of(&model) else {
        diags.add_error(unfinished());
        return None;
    };
    confirm_role(diags, resource, &session, &target, &mut model, until).await?;
    let kubernetes = ready_cluster(diags, &session, &target, until).await?;
    let Some(wanted) = row::expand(&model) else {
        diags.add_error(unfinished());
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

pub(super) fn unfinished() -> Diagnostic {
    diagnostic(
        "Values are still unknown",
        "Terraform applies this grant while some of its values are unknown. This is always a bug in Terraform or in the provider; please \
         report it. Nothing was written.",
        AttributePath::default(),
    )
}

/// Makes sure that the planned role is there, or waits for the one that the plan had to leave open.
pub(super) async fn confirm_role(
    diags: &mut Diagnostics,
    resource: &SsoAwsAuth,
    session: &Session,
    target: &Target,
    model: &mut Model,
    until: Instant,
) -> Option<()> {
    let found = match model.principal_arn.as_deref_option().and_then(|arn| RoleArn::parse(arn).ok()) {
        Some(planned) => match read_role(session, &target.role_account, &planned).await {
            Ok(Some(role)) if role.arn.is_same_role(&planned) => return Some(()),
            Ok(now) => {
                diags.add_error(notices::role_changed(target, &planned.to_string(), now.as_ref()));
                return None;
            }
            Err(error) => Err(error),
        },
        None => wait_for_role(session, &resource.waits, target, until).await,
    };
    match found {
        Ok(Found::One(role)) => {
            plan::known_role(model, &role);
            return Some(());
        }
        Ok(Found::Many(roles)) => diags.add_error(notices::ambiguous(target, &roles)),
        Ok(Found::None { similar }) => {
            let message = notices::no_role(session, target, &similar).await;
            diags.add_error(message);
        }
        Err(error) => {
            let doing = format!("looking for the role of {} in {}", target.grantee, target.role_account);
            diags.add_error(failed("Role cannot be looked up", &doing, &error, AttributePath::default()));
        }
    }
    None
}

/// Waits until the cluster is there, and gives its Kubernetes API. `None` comes with an error.
pub(super) async fn ready_cluster(diags: &mut Diagnostics, session: &Session, target: &Target, until: Instant) -> Option<Kubernetes> {
    match await_cluster(session, target, until).await {
        Ok(cluster) => match aws_auth::kubernetes(session, target, &cluster).await {
            Ok(kubernetes) => return Some(kubernetes),
            Err(problem) => diags.add_error(*problem),
        },
        Err(problem) => diags.add_error(*problem),
    }
    None
}

async fn await_cluster(session: &Session, target: &Target, until: Instant) -> Result<Arc<Cluster>, Box<Diagnostic>> {
    let started = Instant::now();
    let waited = poll_until(until, "the cluster", || async {
        let since = recently().max(started);
        let found = session
            .cluster_since(&target.account, &target.region, target.cluster.as_str(), since)
            .await?;
        let is_coming = |cluster: &&Arc<Cluster>| matches!(cluster.status.as_str(), "CREATING" | "PENDING");
        Ok(match found.as_ref().filter(is_coming) {
            Some(coming) => Look::NotYet(format!("the status {}", coming.status)),
            None => Look::Done(found),
        })
    });
    match waited.instrument(tracing::info_span!("wait", cluster = %target.cluster)).await {
        Ok(Look::Done(Some(cluster))) => judge_cluster(target, cluster),
        Ok(Look::Done(None)) => Err(Box::new(notices::no_cluster(target))),
        Ok(Look::NotYet(_)) => Err(Box::new(diagnostic(
            "Cluster is not ready",
            format!(
                "{} is still being made. Nothing was written. Apply again once it is ACTIVE, or raise the timeouts of this grant.",
                target.cluster_and_place()
            ),
            at("cluster_name"),
        ))),
        Err(error) => {
            let doing = format!("reading EKS cluster {}", target.cluster_and_place());
            Err(Box::new(failed("Cluster cannot be read", &doing, &error, AttributePath::default())))
        }
    }
}

fn judge_cluster(target: &Target, cluster: Arc<Cluster>) -> Result<Arc<Cluster>, Box<Diagnostic>> {
    if cluster.authentication_mode == Some(AuthenticationMode::Api) {
        return Err(Box::new(messages::api_mode(target)));
    }
    if matches!(cluster.status.as_str(), "FAILED" | "DELETING") {
        return Err(Box::new(messages::unusable(target, &cluster)));
    }
    Ok(cluster)
}
