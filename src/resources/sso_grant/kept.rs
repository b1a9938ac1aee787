//! What of a grant stays as the state has it: its place, whatever credentials Terraform has this time, and what is known.

use crate::aws::session::Session;
use crate::report::at;
use crate::resources::sso_grant::notices;
use crate::resources::sso_grant::target::Named;
use crate::resources::sso_grant::texts::Text;
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
    let moved = elsewhere((prior.account_id, prior.region), (config.account_id, config.region), session);
    for (name, recorded, now) in &moved {
        diags.add_error(notices::other_place(name, recorded, now));
    }
    moved.is_empty().then_some(())
}

/// Which of account and Region the provider is not in, though nothing but the state says so: the argument, what the state says,
/// and where the provider is.
pub(crate) fn elsewhere<'a>(
    (account, region): (&'a Text, &'a Text),
    configured: (&Text, &Text),
    session: &'a Session,
) -> Vec<(&'static str, &'a str, &'a str)> {
    let own_account = session.account().map(|account| account.as_str());
    let arguments = [
        ("account_id", configured.0, account, own_account),
        ("region", configured.1, region, Some(session.region().as_str())),
    ];
    let moved = arguments.into_iter().filter_map(|(name, configured, recorded, now)| {
        let (recorded, now) = (recorded.as_deref_option()?, now?);
        (configured.is_null() && recorded != now).then_some((name, recorded, now))
    });
    moved.collect()
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
