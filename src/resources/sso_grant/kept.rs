//! What of a grant stays as the state has it: its place, whatever credentials Terraform has this time, and what is known.

use crate::aws::session::Session;
use crate::report::at;
use crate::resources::sso_grant::notices;
use crate::resources::sso_grant::target::Named;
use crate::resources::sso_grant::texts::Text;
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostics};

/// A model with attributes that the provider computes.
pub(crate) trait Computed: Named {
    /// All of them, in the same order for every model.
    fn computed(&mut self) -> Vec<&mut Text>;
}

/// What the prior state knows holds on until something here says otherwise. Terraform proposes it so already; other
/// clients of the protocol need not.
pub(crate) fn keep_known<M: Computed + Clone>(planned: &mut M, prior: &M) {
    let mut prior = prior.clone();
    for (slot, known) in planned.computed().into_iter().zip(prior.computed()) {
        if slot.is_null() {
            slot.clone_from(known);
        }
    }
}

/// A state made in one account must not be planned with another one's credentials as if all had moved.
pub(crate) fn check_place(diags: &mut Diagnostics, prior: &impl Named, config: &impl Named, session: &Session) -> Option<()> {
    let (prior, config) = (prior.names(), config.names());
    let own_account = session.account().map(|account| account.as_str());
    let moved = [
        ("account_id", config.account_id, prior.account_id.as_deref_option(), own_account),
        (
            "region",
            config.region,
            prior.region.as_deref_option(),
            Some(session.region().as_str()),
        ),
    ];
    let before = diags.errors.len();
    for (name, configured, recorded, now) in moved {
        if let (Value::Null, Some(recorded), Some(now)) = (configured, recorded, now)
            && recorded != now
        {
            diags.add_error(notices::other_place(name, recorded, now));
        }
    }
    (diags.errors.len() == before).then_some(())
}

/// What cannot change in place. An unknown value is planned in place: if it proves to be another one, Terraform
/// plans again before anything is written.
pub(crate) fn replaced(prior: &impl Named, planned: &impl Named) -> Vec<AttributePath> {
    let (prior, planned) = (prior.names(), planned.names());
    let changed = |before: &Text, after: &Text| !after.is_unknown() && before != after;
    let attributes: [(&'static str, &Text, &Text); 6] = [
        ("cluster_name", prior.cluster_name, planned.cluster_name),
        ("permission_set_name", prior.permission_set_name, planned.permission_set_name),
        ("role_name", prior.role_name, planned.role_name),
        ("account_id", prior.account_id, planned.account_id),
        ("role_account_id", prior.role_account(), planned.role_account()),
        ("region", prior.region, planned.region),
    ];
    attributes
        .into_iter()
        .filter(|(_, before, after)| changed(before, after))
        .map(|(name, ..)| at(name))
        .collect()
}
