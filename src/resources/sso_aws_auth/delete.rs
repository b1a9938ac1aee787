//! The apply of a delete.

use crate::domain::cluster::AuthenticationMode;
use crate::hosting::Current;
use crate::resources::sso_aws_auth::messages;
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_aws_auth::write::{Change, write};
use crate::resources::sso_grant::aws_auth;
use crate::resources::sso_grant::cluster::not_read;
use crate::resources::sso_grant::run::Run;
use crate::resources::sso_grant::target::Target;
use tf_provider::Diagnostics;
use tokio::time::Instant;

pub(super) async fn delete(run: &Run, diags: &mut Diagnostics, prior: Current<Model>, until: Instant) {
    let Some(session) = run.session(diags) else { return };
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
            diags.add_error(messages::or_give_up(not_read(&target, &error)));
            return;
        }
    };
    // A cluster in API mode does not read the row any more, one that is being deleted takes it along, and one without an
    // endpoint has none.
    let is_unread = cluster.authentication_mode == Some(AuthenticationMode::Api) || cluster.status == "DELETING";
    if is_unread || cluster.endpoint.as_deref().unwrap_or_default().is_empty() {
        return;
    }
    match aws_auth::kubernetes(&session, &target, &cluster).await {
        Ok(kubernetes) => {
            if let Err(failure) = write(&kubernetes, Change::Remove { arn }, until).await {
                let problem = messages::not_written(&session, &kubernetes, &target, &failure);
                diags.add_error(messages::or_give_up(problem));
            }
        }
        Err(problem) => diags.add_error(messages::or_give_up(*problem)),
    }
}
