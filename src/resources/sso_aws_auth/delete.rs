//! The apply of a delete.

use crate::domain::cluster::AuthenticationMode;
use crate::hosting::Current;
use crate::report::failed;
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_aws_auth::write::{Change, write};
use crate::resources::sso_aws_auth::{SsoAwsAuth, messages};
use crate::resources::sso_grant::aws_auth;
use crate::resources::sso_grant::target::Target;
use tf_provider::{AttributePath, Diagnostics};
use tokio::time::Instant;

pub(super) async fn delete(resource: &SsoAwsAuth, diags: &mut Diagnostics, prior: Current<Model>, until: Instant) {
    let Some(session) = resource.session(diags) else { return };
    let model = prior.state;
    // A state without a place or a principal was never applied: there is nothing to delete.
    let (Some(target), Some(arn)) = (Target::of(&model), model.principal_arn.as_deref_option()) else {
        return;
    };
    let cluster = session
        .cluster_since(&target.account, &target.region, target.cluster.as_str(), Instant::now())
        .await;
    let cluster = match cluster {
        Ok(Some(cluster)) => cluster,
        Ok(None) => return,
        Err(error) => {
            let doing = format!("reading EKS cluster {}", target.cluster_and_place());
            diags.add_error(failed(messages::NOT_WRITTEN, &doing, &error, AttributePath::default()));
            return;
        }
    };
    // A cluster in API mode does not read the row any more, and one that is being deleted takes it along.
    if cluster.authentication_mode == Some(AuthenticationMode::Api) || cluster.status == "DELETING" {
        return;
    }
    match aws_auth::kubernetes(&session, &target, &cluster).await {
        Ok(kubernetes) => {
            if let Err(failure) = write(&kubernetes, Change::Remove { arn }, until).await {
                diags.add_error(messages::not_written(&session, &kubernetes, &target, &failure));
            }
        }
        Err(problem) => diags.add_error(*problem),
    }
}
