//! The apply of a delete.

use crate::aws::eks::Eks;
use crate::aws::error::AwsError;
use crate::aws::error::ErrorKind;
use crate::domain::access_policy::AccessPolicyName;
use crate::domain::grant::PolicyManagement;
use crate::hosting::Current;
use crate::report::{diagnostic, failed};
use crate::resources::sso_access::SsoAccess;
use crate::resources::sso_access::create::client;
use crate::resources::sso_access::entry::read_entry;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::private::Private;
use crate::resources::sso_access::waits::until_accepted;
use crate::resources::sso_access::writes::Claim;
use crate::resources::sso_grant::target::Target;
use std::collections::BTreeSet;
use tf_provider::{AttributePath, Diagnostics};
use tokio::time::Instant;

const SUMMARY: &str = "Access could not be removed";

pub(super) async fn delete(resource: &SsoAccess, diags: &mut Diagnostics, prior: Current<Model>, until: Instant) {
    let Some(session) = resource.session(diags) else { return };
    let model = prior.state;
    let private = Private::decode(&prior.private);
    // A state without a place or a principal was never applied: there is nothing to delete.
    let (Some(target), Some(principal)) = (Target::of(&model), model.principal_arn.as_ref_option().cloned()) else {
        return;
    };
    let Some(eks) = client(diags, SUMMARY, &session, &target).await else {
        return;
    };
    let deletion = Deletion {
        resource,
        eks: &eks,
        target: &target,
        until,
    };
    for principal in private.old_principals.iter().chain([&principal]) {
        let result = match model.policy_management() {
            PolicyManagement::Exclusive => deletion.entry(diags, principal).await,
            PolicyManagement::Additive => deletion.share(diags, &model.policy_names(), principal, private.created).await,
        };
        if let Err(error) = result.or_else(unless_unusable) {
            let doing = format!("deleting EKS access entry ({},{principal})", target.cluster);
            diags.add_error(failed(SUMMARY, &doing, &error, AttributePath::default()));
        }
    }
}

/// In CONFIG_MAP mode entries let nobody in and cannot be deleted; EKS has none there to leave behind.
fn unless_unusable(error: AwsError) -> Result<(), AwsError> {
    if error.is_authentication_mode() || error.kind == ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}

struct Deletion<'a> {
    resource: &'a SsoAccess,
    eks: &'a Eks,
    target: &'a Target,
    until: Instant,
}

impl Deletion<'_> {
    async fn entry(&self, diags: &mut Diagnostics, principal: &str) -> Result<(), AwsError> {
        let claim = self.resource.writes.turn(self.target, principal).await;
        if *claim == Claim::Made {
            diags.add_warning(taken_over(self.target, principal));
            return Ok(());
        }
        self.delete_entry(principal).await
    }

    async fn delete_entry(&self, principal: &str) -> Result<(), AwsError> {
        let cluster = self.target.cluster.as_str();
        // A cluster that does not take entries will not do so by waiting.
        let call = || async {
            match self.eks.delete_access_entry(cluster, principal).await {
                Err(error) if error.is_authentication_mode() => Ok(()),
                answer => answer.map(drop),
            }
        };
        until_accepted(self.until, call).await
    }

    /// Leaves to others what is theirs: only the named policies go, and the entry only if it is ours and empty.
    async fn share(
        &self,
        diags: &mut Diagnostics,
        named: &BTreeSet<AccessPolicyName>,
        principal: &str,
        created: bool,
    ) -> Result<(), AwsError> {
        let claim = self.resource.writes.turn(self.target, principal).await;
        if *claim == Claim::Made {
            // Which of the policies the other resource names too is not known here.
            diags.add_warning(taken_over(self.target, principal));
            return Ok(());
        }
        let cluster = self.target.cluster.as_str();
        let Some(mut entry) = read_entry(self.eks, cluster, principal).await? else {
            return Ok(());
        };
        let ours: Vec<_> = entry
            .policies
            .keys()
            .filter(|arn| AccessPolicyName::from_arn(arn).is_ok_and(|name| named.contains(&name)))
            .cloned()
            .collect();
        let is_empty_then = ours.len() == entry.policies.len();
        if created && is_empty_then {
            return self.delete_entry(principal).await;
        }
        for arn in ours {
            until_accepted(self.until, || self.eks.disassociate_access_policy(cluster, principal, &arn)).await?;
            entry.policies.remove(&arn);
        }
        Ok(())
    }
}

fn taken_over(target: &Target, principal: &str) -> tf_provider::Diagnostic {
    diagnostic(
        "Access entry is kept for another resource",
        format!(
            "The access entry for {principal} on {} was made or taken over by another resource in this same run (a renamed for_each key, \
             perhaps), so it is not deleted here. A moved block would have avoided the detour.",
            target.cluster_and_place()
        ),
        AttributePath::default(),
    )
}
