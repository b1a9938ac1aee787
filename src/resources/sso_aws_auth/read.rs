//! Refresh: describes the row that the state names, and nothing else. `principal_arn` and `status` are the plan's to set.

use crate::aws::session::Session;
use crate::domain::aws_auth::rows::Rows;
use crate::domain::cluster::AuthenticationMode;
use crate::hosting::{Applied, Current};
use crate::report::{diagnostic, no_attribute};
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_aws_auth::private::Private;
use crate::resources::sso_aws_auth::{messages, row};
use crate::resources::sso_grant::aws_auth::read_rows;
use crate::resources::sso_grant::cluster::not_read;
use crate::resources::sso_grant::role::new_role;
use crate::resources::sso_grant::run::Run;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::unreachable_accounts::{Purpose, reach_cluster};
use tf_provider::{Diagnostic, Diagnostics};

pub(super) async fn read(run: &Run, diags: &mut Diagnostics, current: Current<Model>) -> Option<Applied<Model>> {
    let Current { mut state, private } = current;
    let session = run.session(diags)?;
    let (Some(target), Some(principal)) = (Target::of(&state), state.principal_arn.as_ref_option().cloned()) else {
        diags.add_error(unreadable());
        return None;
    };
    reach_cluster(diags, &session, &target, Purpose::Refresh).await?;
    let cluster = match session.cluster(&target.account, &target.region, target.cluster.as_str()).await {
        Ok(Some(cluster)) => cluster,
        Ok(None) => {
            run.lost.add(target);
            return None;
        }
        Err(error) => {
            diags.add_error(not_read(&target, &error));
            return None;
        }
    };
    if cluster.authentication_mode == Some(AuthenticationMode::Api) {
        diags.add_warning(messages::unread(&target));
        return Some(Applied { state, private });
    }
    if cluster.status == "DELETING" {
        // Its API goes away first; the row goes with the cluster.
        return Some(Applied { state, private });
    }
    let rows = match read_rows(&session, &target, &cluster).await {
        Ok(rows) => rows,
        Err(problem) => {
            diags.add_error(messages::or_give_up(*problem));
            return None;
        }
    };
    let Some(found) = rows.as_ref().and_then(|rows| rows.roles().find(&principal)) else {
        if has_moved(&session, &target, &principal, rows.as_ref()).await {
            return Some(Applied { state, private });
        }
        run.lost.add(target);
        return None;
    };
    if run.addresses.hold(target.place(), &principal, Private::decode(&private).imported) {
        diags.add_warning(messages::imported_twice(&target));
    }
    row::flatten(&mut state, &found.mapping);
    Some(Applied { state, private })
}

/// Whether the people have a new role that has a row already. An apply that was ended just after its write leaves that. The
/// grant stays in the state then, so that the plan shows the row as this grant's.
async fn has_moved(session: &Session, target: &Target, principal: &str, rows: Option<&Rows>) -> bool {
    let Ok(Some(role)) = new_role(session, target, principal).await else {
        return false;
    };
    rows.is_some_and(|rows| rows.roles().find(&role.without_path()).is_some())
}

fn unreadable() -> Diagnostic {
    diagnostic(
        "State is incomplete",
        "The state of this grant lacks its cluster, its account, its grantee or its principal_arn, so it cannot be compared with the \
         cluster. Remove it from the state (terraform state rm) and import it again; nothing is changed in the cluster by that.",
        no_attribute(),
    )
}
