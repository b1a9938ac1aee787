//! The access policies that a plan adds.

use crate::aws::session::Session;
use crate::domain::access_policy::{ADMIN_VIEW, AccessPolicyName};
use crate::report::at;
use crate::resources::sso_access::messages;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_grant::notices::check_denied;
use tf_provider::Diagnostics;

/// Policies that this plan adds: do they exist, and are they what people think they are?
pub(super) async fn check_new_policies(diags: &mut Diagnostics, session: &Session, prior: Option<&Model>, planned: &Model) {
    let before = prior.map(Model::policy_names).unwrap_or_default();
    let added: Vec<AccessPolicyName> = planned.policy_names().into_iter().filter(|name| !before.contains(name)).collect();
    let (Some(account), Some(region)) = (planned.account_id.as_deref_option(), planned.region.as_deref_option()) else {
        return;
    };
    let (Ok(account), Ok(region)) = (account.parse(), region.parse()) else {
        return;
    };
    if added.is_empty() {
        return;
    }
    if added.iter().any(|name| name.as_str() == ADMIN_VIEW) {
        diags.add_warning(messages::admin_view_reads_secrets());
    }
    match session.access_policies(&account, &region).await {
        Ok(catalogue) => {
            let unknown = added
                .iter()
                .filter(|name| !catalogue.iter().any(|policy| policy.name == name.as_str()));
            unknown.for_each(|name| diags.add_error(messages::unknown_policy(name, &region, &catalogue)));
        }
        // EKS itself refuses a policy that does not exist; here it is only found earlier.
        Err(error) => {
            let what = "Whether the access policies exist";
            diags.add_warning(check_denied("Check skipped: access policies", what, &error, at("access_policies")));
        }
    }
}
