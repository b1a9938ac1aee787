//! The apply of an update: one write, also where the role is another one now.

use crate::hosting::{Applied, UpdateRequest};
use crate::resources::sso_aws_auth::create::{ready_cluster, serve_role};
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_aws_auth::plan::look_again;
use crate::resources::sso_aws_auth::private::Private;
use crate::resources::sso_aws_auth::write::{Change, write};
use crate::resources::sso_aws_auth::{messages, row};
use crate::resources::sso_grant::notices;
use crate::resources::sso_grant::run::Run;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::known_set;
use tf_provider::Diagnostics;
use tokio::time::Instant;

pub(super) async fn update(run: &Run, diags: &mut Diagnostics, request: UpdateRequest<Model>, until: Instant) -> Option<Applied<Model>> {
    let UpdateRequest { prior, mut planned, .. } = request;
    if planned.status.is_unknown() && planned.principal_arn == prior.principal_arn {
        let session = run.session(diags)?;
        look_again(diags, &session, &prior, &mut planned).await;
    }
    if !is_same_row(&prior, &planned) {
        let session = run.session(diags)?;
        let Some(target) = Target::of(&planned) else {
            diags.add_error(notices::still_unknown());
            return None;
        };
        // A row of a role that is gone can still be changed.
        if planned.principal_arn != prior.principal_arn {
            serve_role(diags, run, &session, &target, &mut planned, until).await?;
        }
        let kubernetes = ready_cluster(diags, &session, &target, until).await?;
        let Some(row) = row::expand(&planned) else {
            diags.add_error(notices::still_unknown());
            return None;
        };
        let old_arn = prior.principal_arn.as_deref_option().unwrap_or(&row.arn);
        let change = Change::Replace { old_arn, row: &row };
        if let Err(failure) = write(&kubernetes, change, until).await {
            diags.add_error(messages::not_written(&session, &kubernetes, &target, &failure));
            return None;
        }
    }
    Some(Applied {
        state: planned,
        private: Private::default().encode(),
    })
}

/// Whether nothing that the cluster knows of changes.
fn is_same_row(prior: &Model, planned: &Model) -> bool {
    known_set(&prior.kubernetes_groups) == known_set(&planned.kubernetes_groups)
        && prior.user_name == planned.user_name
        && prior.principal_arn == planned.principal_arn
}
