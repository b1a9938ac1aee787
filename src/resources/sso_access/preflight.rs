//! The plan of a create: everything that would make the apply fail is found now.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::domain::cluster::AuthenticationMode;
use crate::domain::grant::{Managed, PolicyManagement, steps};
use crate::report::failed;
use crate::resources::sso_access::entry::{Entry, STANDARD, desired, read_entry};
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::plan::{check_new_policies, known_role, unknown_until_apply};
use crate::resources::sso_access::private::Private;
use crate::resources::sso_access::writes::Held;
use crate::resources::sso_access::{SsoAccess, messages};
use crate::resources::sso_grant::insist::{Insist, unmet};
use crate::resources::sso_grant::notices;
use crate::resources::sso_grant::role::{Found, find_role, trusts_whole_account};
use crate::resources::sso_grant::target::{Grantee, Target};
use tf_provider::{AttributePath, Diagnostic, Diagnostics};
use tokio::time::Instant;

/// Whether the cluster can be asked about its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cluster {
    Ready,
    NotReady,
}

pub(super) async fn plan_create(
    resource: &SsoAccess,
    diags: &mut Diagnostics,
    session: &Session,
    config: &Model,
    planned: &mut Model,
    private: &mut Private,
) -> Option<()> {
    unknown_until_apply(planned);
    let errors = diags.errors.len();
    let target = Target::of(planned);
    if let Some(target) = &target {
        resource.unreached.check(diags, session, target).await?;
    }
    check_new_policies(diags, session, None, planned).await;
    let Some(target) = target else { return Some(()) };
    let (cluster, role) = tokio::join!(
        session.cluster(&target.account, &target.region, target.cluster.as_str()),
        find_role(session, &target, asked_since(None, planned))
    );
    let insist = if planned.checks_at_apply() || resource.lost.contains(&target) {
        Insist::AtApply
    } else {
        Insist::AtPlan
    };
    let cluster = check_cluster(diags, insist, &target, cluster);
    let found = role.as_ref().ok().and_then(Found::one).cloned();
    check_role(diags, insist, session, &target, planned, role).await;
    if diags.errors.len() > errors {
        return None;
    }
    if cluster == Cluster::Ready && planned.principal_arn.is_value() {
        let principal = planned.principal_arn.as_deref_option().unwrap_or_default();
        let held = resource.writes.held(&target, principal);
        if held == Some(Held::HalfMade) {
            private.own_principal = Some(principal.to_owned());
        }
        let circumstances = Circumstances { insist, held, role: found };
        check_existing(diags, circumstances, session, &target, config, planned, private).await?;
    }
    Some(())
}

/// How recent an answer about the role has to be. Triggers name what may change a role in the middle of an apply, in which
/// Terraform plans once more: what another grant was told before they changed must not be used.
pub(super) fn asked_since(prior: Option<&Model>, planned: &Model) -> Option<Instant> {
    let is_triggered = !planned.triggers.is_null() && prior.is_none_or(|prior| prior.triggers != planned.triggers);
    is_triggered.then(Instant::now)
}

fn check_cluster(
    diags: &mut Diagnostics,
    insist: Insist,
    target: &Target,
    found: Result<Option<std::sync::Arc<crate::aws::eks::Cluster>>, AwsError>,
) -> Cluster {
    match found {
        Ok(Some(cluster)) if cluster.authentication_mode == Some(AuthenticationMode::ConfigMap) => {
            unmet(diags, insist, messages::configuration_map_mode(target, Some(&cluster)));
            Cluster::NotReady
        }
        Ok(Some(_)) => Cluster::Ready,
        Ok(None) => {
            unmet(diags, insist, notices::no_cluster(target));
            Cluster::NotReady
        }
        Err(error) if error.kind == ErrorKind::AccessDenied => {
            diags.add_warning(notices::check_denied("The authentication mode of the cluster", &error));
            Cluster::Ready
        }
        Err(error) => {
            let doing = format!("reading EKS cluster {}", target.cluster_and_place());
            diags.add_error(failed("Cluster cannot be read", &doing, &error, AttributePath::default()));
            Cluster::NotReady
        }
    }
}

async fn check_role(
    diags: &mut Diagnostics,
    insist: Insist,
    session: &Session,
    target: &Target,
    planned: &mut Model,
    found: Result<Found, AwsError>,
) {
    // A changed assignment in the same apply may make the role anew.
    let role_may_change = planned.triggers_are_unknown();
    match found {
        Ok(Found::One(role)) => {
            if matches!(target.grantee, Grantee::Role(_)) && trusts_whole_account(&role.assume_role_policy) {
                diags.add_warning(notices::whole_account_trust(&role));
            }
            if !role_may_change {
                known_role(planned, &role);
            }
        }
        Ok(Found::None { .. }) if role_may_change => {}
        Ok(Found::None { similar }) => {
            let message = notices::no_role(session, target, &similar).await;
            // Triggers may have been unknown in the first plan; the one within the apply must not take it back.
            match planned.triggers.is_null() {
                true => unmet(diags, insist, message),
                false => diags.add_warning(message),
            }
        }
        Ok(Found::Many(roles)) => diags.add_error(notices::ambiguous(target, &roles)),
        Err(error) => {
            let doing = format!("looking for the role of {} in {}", target.grantee, target.role_account);
            diags.add_error(failed("Role cannot be looked up", &doing, &error, AttributePath::default()));
        }
    }
}

/// What is known before an entry is looked at.
#[derive(Debug, Clone)]
struct Circumstances {
    insist: Insist,
    /// How the state of this run holds the entry.
    held: Option<Held>,
    role: Option<Role>,
}

/// An entry that is there already: ours, to be taken over, or somebody else's.
async fn check_existing(
    diags: &mut Diagnostics,
    circumstances: Circumstances,
    session: &Session,
    target: &Target,
    config: &Model,
    planned: &Model,
    private: &mut Private,
) -> Option<()> {
    let principal = planned.principal_arn.as_deref_option()?;
    (private.adopts, private.rebinds) = (false, false);
    if private.own_principal.as_deref() == Some(principal) {
        return Some(());
    }
    let found = match session.eks(&target.account, &target.region).await {
        Ok(eks) => read_entry(&eks, target.cluster.as_str(), principal).await,
        Err(error) => Err(error),
    };
    let entry = match found {
        Ok(None) => return Some(()),
        Ok(Some(entry)) => entry,
        Err(error) if error.is_authentication_mode() => {
            unmet(diags, circumstances.insist, messages::configuration_map_mode(target, None));
            return (circumstances.insist == Insist::AtApply).then_some(());
        }
        Err(error) => {
            let doing = format!("reading EKS access entry ({},{principal})", target.cluster);
            diags.add_error(failed("Access entry cannot be read", &doing, &error, AttributePath::default()));
            return None;
        }
    };
    match judge_existing(session, target, config, planned, &entry) {
        Existing::Ours => Some(()),
        Existing::TakeOver(warning) => {
            private.adopts = true;
            diags.add_warning(warning);
            let is_stale = circumstances
                .role
                .is_some_and(|role| role.is_younger_than(entry.entry.created_at) == Some(true));
            // What others have on a shared entry is not ours to make anew.
            private.rebinds = is_stale && planned.policy_management() == PolicyManagement::Exclusive;
            if is_stale {
                diags.add_warning(messages::stale_entry(target, &entry, private.rebinds));
            }
            Some(())
        }
        // It may still be told to adopt or to share the entry; the apply knows.
        Existing::Refuse(_) if planned.on_existing.is_unknown() || planned.policy_management.is_unknown() => Some(()),
        Existing::Refuse(_) if circumstances.held.is_some() => {
            diags.add_error(messages::held_already(target, &entry));
            None
        }
        Existing::Refuse(error) => {
            diags.add_error(error);
            None
        }
    }
}

/// What an entry that stands already means for a create.
pub(super) enum Existing {
    /// Left by this configuration when it was killed before its state was saved.
    Ours,
    /// To be taken over, with what that changes.
    TakeOver(Diagnostic),
    /// Somebody else's.
    Refuse(Diagnostic),
}

pub(super) fn judge_existing(session: &Session, target: &Target, config: &Model, planned: &Model, entry: &Entry) -> Existing {
    if entry.entry.type_ != STANDARD {
        return Existing::Refuse(messages::not_standard(target, entry));
    }
    let wanted = desired(planned, config, session);
    let changes = match (&wanted, entry.entry.principal_arn.parse()) {
        (Some(wanted), Ok(role)) => Some(steps(
            &entry.actual(),
            wanted,
            &Managed::default(),
            &role,
            session.partition(),
            session.ignore_tags(),
        )),
        _ => None,
    };
    match (session.owner(), entry.owner()) {
        (Some(own), Some(theirs)) if own != theirs => return Existing::Refuse(messages::other_owner(target, entry, own, theirs)),
        (Some(_), Some(_)) if changes.as_ref().is_some_and(|steps| steps.iter().all(only_adds)) => return Existing::Ours,
        _ => {}
    }
    if planned.adopts() {
        let shared = planned.policy_management() == PolicyManagement::Additive;
        return Existing::TakeOver(messages::adoption(target, entry, changes.as_deref(), shared));
    }
    Existing::Refuse(messages::exists_already(session, target, entry, changes.as_deref()))
}

/// A half-done create lacks policies or tags; whoever removed nothing took nothing from anybody.
fn only_adds(step: &crate::domain::grant::Step) -> bool {
    use crate::domain::grant::Step;
    matches!(step, Step::Associate { .. } | Step::Tag(_))
}
