//! What of a grant stays as the state has it: its place, whatever credentials Terraform has this time, and what is known.

use crate::aws::session::Session;
use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::place::AccountId;
use crate::report::at;
use crate::resources::sso_grant::notices;
use crate::resources::sso_grant::target::{Named, Names};
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
    let mut attributes: Vec<(&'static str, &Text, &Text)> = vec![
        ("cluster_name", prior.cluster_name, planned.cluster_name),
        ("account_id", prior.account_id, planned.account_id),
        ("region", prior.region, planned.region),
    ];
    if !is_same_principal(&prior, &planned) {
        attributes.extend([
            ("permission_set_name", prior.permission_set_name, planned.permission_set_name),
            ("role_name", prior.role_name, planned.role_name),
            ("iam_principal_arn", prior.iam_principal_arn, planned.iam_principal_arn),
            ("role_account_id", prior.role_account(), planned.role_account()),
        ]);
    }
    attributes
        .into_iter()
        .filter(|(_, before, after)| changed(before, after))
        .map(|(name, ..)| at(name))
        .collect()
}

/// Whether both name one role or user, be it once by its name and once by its ARN: then the access entry is the same.
fn is_same_principal(prior: &Names<'_>, planned: &Names<'_>) -> bool {
    principal(prior).is_some_and(|before| principal(planned) == Some(before))
}

/// Kind, account and name of an IAM principal; `None` for a permission set, whose role changes.
fn principal(names: &Names<'_>) -> Option<(&'static str, AccountId, String)> {
    match (names.role_name.as_deref_option(), names.iam_principal_arn.as_deref_option()) {
        (Some(role), None) => Some((
            "role",
            AccountId::parse(names.role_account().as_deref_option()?).ok()?,
            role.to_owned(),
        )),
        (None, Some(arn)) => {
            let principal = AccessEntryPrincipal::parse(arn).ok()?;
            let kind = if principal.role().is_some() { "role" } else { "user" };
            Some((kind, principal.account().clone(), principal.name().to_owned()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::sso_grant::texts::text;

    /// `who` in the cluster's account 111122223333, unless `account` is another.
    #[track_caller]
    fn check(before: (&str, &str, &str), after: (&str, &str, &str), expected: bool) {
        let named = |(argument, who, account): (&str, &str, &str)| {
            let of = |name: &str| if argument == name { text(who) } else { Text::Null };
            let account = if account.is_empty() { Text::Null } else { text(account) };
            (of("permission_set_name"), of("role_name"), of("iam_principal_arn"), account)
        };
        let (own, nothing) = (text("111122223333"), Text::Null);
        let (before, after) = (named(before), named(after));
        let names = |(set, role, arn, account): &'_ (Text, Text, Text, Text)| {
            principal(&Names {
                cluster_name: &nothing,
                permission_set_name: set,
                role_name: role,
                iam_principal_arn: arn,
                account_id: &own,
                role_account_id: account,
                region: &nothing,
            })
        };
        let is_same = names(&before).is_some_and(|principal| names(&after) == Some(principal));
        assert_eq!(is_same, expected);
    }

    #[test]
    fn role_is_the_same_by_name_and_by_arn() {
        let by_name = |account| ("role_name", "Okta", account);
        let by_arn = |arn| ("iam_principal_arn", arn, "");
        check(by_name(""), by_arn("arn:aws:iam::111122223333:role/ops/Okta"), true);
        check(by_arn("arn:aws:iam::111122223333:role/ops/Okta"), by_name("111122223333"), true);
        check(by_name("222233334444"), by_arn("arn:aws:iam::222233334444:role/Okta"), true);
        check(by_name(""), by_arn("arn:aws:iam::222233334444:role/Okta"), false);
        check(by_name(""), by_arn("arn:aws:iam::111122223333:user/Okta"), false);
        check(by_name(""), ("permission_set_name", "Okta", ""), false);
        check(("permission_set_name", "Okta", ""), ("permission_set_name", "Okta", ""), false);
    }
}
