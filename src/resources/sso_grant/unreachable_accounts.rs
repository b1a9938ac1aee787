//! Accounts that cannot be reached: said at length once, and in one line for each further grant there.

use crate::aws::error::ErrorKind;
use crate::aws::session::Session;
use crate::aws::told::Obstacle;
use crate::domain::grantee::Grantee;
use crate::domain::place::AccountId;
use crate::report::{UNREACHABLE_ACCOUNT, at, diagnostic, failed, failed_for_a_role};
use crate::resources::sso_grant::target::Target;
use tf_provider::Diagnostics;

/// What a grant is to be reached for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The plan of a new grant.
    Create,
    /// The plan of one that is in the state.
    Update,
    /// The refresh of one that is in the state.
    Refresh,
}

impl Purpose {
    /// "so the grant … was not planned"
    fn undone(self) -> &'static str {
        match self {
            Self::Create | Self::Update => "planned",
            Self::Refresh => "read",
        }
    }
}

/// Whether the accounts of cluster and role can be reached. `None` comes with an error.
pub(crate) async fn reach(diags: &mut Diagnostics, session: &Session, target: &Target, purpose: Purpose) -> Option<()> {
    reach_cluster(diags, session, target, purpose).await?;
    // One that is named by its ARN need not be looked up.
    if target.role_account == target.account || matches!(target.grantee, Grantee::Principal(_)) {
        return Some(());
    }
    reach_one(diags, session, target, purpose, "role_account_id", &target.role_account).await
}

/// Whether the account of the cluster can be reached. `None` comes with an error.
pub(crate) async fn reach_cluster(diags: &mut Diagnostics, session: &Session, target: &Target, purpose: Purpose) -> Option<()> {
    reach_one(diags, session, target, purpose, "account_id", &target.account).await?;
    // With credentials at hand, only a Region that they do not hold in is left.
    match session.eks(&target.account, &target.region).await {
        Ok(_) => Some(()),
        Err(error) => {
            let (cluster, undone) = (target.cluster_and_place(), purpose.undone());
            let fact = format!("The grant of {} on {cluster} was not {undone}.", target.grantee);
            diags.add_error(failed("Region cannot be reached", &fact, &error, at("region")));
            None
        }
    }
}

/// Asks for nothing but credentials, and those only once.
async fn reach_one(
    diags: &mut Diagnostics,
    session: &Session,
    target: &Target,
    purpose: Purpose,
    attribute: &'static str,
    account: &AccountId,
) -> Option<()> {
    let error = match session.credentials(account).await {
        Ok(_) => return Some(()),
        Err(error) => error,
    };
    let (cluster, undone) = (target.cluster_and_place(), purpose.undone());
    let mut fact = format!(
        "Account {account} cannot be reached, so the grant of {} on {cluster} was not {undone}.",
        target.grantee
    );
    let is_not_reached = matches!(error.kind, ErrorKind::AccountNotAllowed | ErrorKind::NoWayToAccount);
    if purpose != Purpose::Create && is_not_reached {
        fact.push_str(" It is in the state, so the last apply got there: these may be the wrong credentials (profile, AWS_PROFILE).");
    }
    let is_first = session.told().is_first(Obstacle::Account(account.clone()));
    diags.add_error(match error.kind {
        // Its text is long and the same for all.
        _ if is_not_reached && !is_first => {
            let detail = format!("{fact}\nAnother error of this run says why, and how to reach it.");
            diagnostic(UNREACHABLE_ACCOUNT, detail, at(attribute))
        }
        _ if *account != target.account => failed_for_a_role(UNREACHABLE_ACCOUNT, &fact, &error, at(attribute)),
        _ => failed(UNREACHABLE_ACCOUNT, &fact, &error, at(attribute)),
    });
    None
}
