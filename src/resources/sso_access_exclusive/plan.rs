//! Planning: which entries the apply will remove.
//!
//! An apply removes only what its plan showed, and that is what the prior state holds in `unexpected`: Terraform shows how it
//! becomes `{}`, and hands the very same state to the apply. Nothing else comes from a plan to its apply unchanged, because
//! Terraform plans once more within the apply, and that plan is shown to nobody. So where there is no such state (a create,
//! the first plan after an import) the plan lists what it found, and its apply records it and removes nothing.

use crate::aws::error::ErrorKind;
use crate::aws::session::Session;
use crate::cluster_place::{ClusterPlace, MAY_COME};
use crate::domain::cluster::AuthenticationMode;
use crate::hosting::{Plan, PlanRequest};
use crate::other_partition;
use crate::report::at;
use crate::resources::access_entry::administrators::ADMINISTRATOR_NOT_CHECKED;
use crate::resources::access_entry::claims::Claims;
use crate::resources::sso_access_exclusive::found::unexpected;
use crate::resources::sso_access_exclusive::guard::Objection;
use crate::resources::sso_access_exclusive::messages::{Deletion, Outcome, Shown};
use crate::resources::sso_access_exclusive::model::{Entries, EntryModel, Mode, Model, known_part};
use crate::resources::sso_access_exclusive::{guard, messages};
use crate::resources::sso_grant::kept::elsewhere;
use crate::resources::sso_grant::notices::{check_denied, granted_and_deleted, provider_not_known};
use crate::resources::sso_grant::run::{Planned, Run};
use crate::resources::sso_grant::texts::{Text, text};
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostics};

/// Kept beside the state: the first of two plans of a replacement took the resource for one that is kept, because only Terraform
/// knew of it (-replace).
const WAS_KEPT: &[u8] = b"kept";

pub(super) async fn plan(run: &Run, claims: &Claims, diags: &mut Diagnostics, request: PlanRequest<Model>) -> Option<Plan<Model>> {
    let PlanRequest {
        prior,
        proposed: mut planned,
        config,
        mut private,
    } = request;
    let Some(session) = run.session_or_unknown(diags)? else {
        plan_unconfigured(diags, prior.as_ref(), &mut planned)?;
        return Some(answer(planned, Vec::new(), private));
    };
    if let Some(prior) = &prior {
        check_place(diags, prior, &config, &session)?;
    }
    check_partition(diags, &planned, &session)?;
    fill_defaults(&mut planned, prior.as_ref(), &session);
    let replace = prior.as_ref().map(|prior| replaced(prior, &planned)).unwrap_or_default();
    match prior {
        // Terraform plans a replacement again without prior state.
        Some(_) if !replace.is_empty() => {
            planned.unexpected = Value::Unknown;
            private.clear();
        }
        Some(prior) => {
            check_only_one(diags, run, &planned, Planned::KEPT)?;
            match prior.unexpected.is_value() {
                true => plan_update(diags, claims, &session, &prior, &mut planned).await,
                false => plan_first(diags, &session, &mut planned).await?,
            }
            private = WAS_KEPT.to_vec();
        }
        None => {
            if private != WAS_KEPT {
                check_only_one(diags, run, &planned, Planned::NEW)?;
            }
            plan_first(diags, &session, &mut planned).await?;
        }
    }
    Some(answer(planned, replace, private))
}

/// Each of two would delete what the other names. Errors are for what is not in the state, and `None` comes with one.
fn check_only_one(diags: &mut Diagnostics, run: &Run, planned: &Model, how: Planned) -> Option<()> {
    let Some(place) = planned.place() else { return Some(()) };
    let rival = run.plans.rival(place.clone(), "all", how, 0);
    rival.map_or(Some(()), |rival| rival.report(diags, messages::two_resources(&place)))
}

fn answer(planned: Model, replace: Vec<AttributePath>, private: Vec<u8>) -> Plan<Model> {
    Plan { planned, replace, private }
}

/// The provider block depends on something that the apply makes first.
fn plan_unconfigured(diags: &mut Diagnostics, prior: Option<&Model>, planned: &mut Model) -> Option<()> {
    if prior.is_some() {
        diags.add_error(provider_not_known());
        return None;
    }
    for name in [&mut planned.account_id, &mut planned.region] {
        if name.is_null() {
            *name = Value::Unknown;
        }
    }
    planned.unexpected = Value::Unknown;
    Some(())
}

/// A state made in one account must not be planned with another one's credentials as if all had moved.
fn check_place(diags: &mut Diagnostics, prior: &Model, config: &Model, session: &Session) -> Option<()> {
    let moved = elsewhere((&prior.account_id, &prior.region), (&config.account_id, &config.region), session);
    for (name, recorded, now) in &moved {
        diags.add_error(messages::other_place(name, recorded, now));
    }
    moved.is_empty().then_some(())
}

/// ARNs of another partition are those of nobody in this cluster, so the entries that they seem to keep would be removed.
fn check_partition(diags: &mut Diagnostics, planned: &Model, session: &Session) -> Option<()> {
    let for_all = " A pattern for all partitions begins with arn:*: instead.";
    let mut all_are_here = true;
    for (name, set, way_out) in [
        ("principal_arns", &planned.principal_arns, ""),
        ("ignore", &planned.ignore, for_all),
    ] {
        for arn in known_part(set) {
            all_are_here &= other_partition::check(diags, session, at(name), &arn, way_out);
        }
    }
    all_are_here.then_some(())
}

/// What is left out is as the state has it, or the provider's own.
fn fill_defaults(planned: &mut Model, prior: Option<&Model>, session: &Session) {
    let known = |of: fn(&Model) -> &Text| prior.map(of).filter(|text| text.is_value()).cloned();
    if planned.account_id.is_null() {
        let own = || session.account().map_or(Text::Unknown, |account| text(account.as_str()));
        planned.account_id = known(|prior| &prior.account_id).unwrap_or_else(own);
    }
    if planned.region.is_null() {
        planned.region = known(|prior| &prior.region).unwrap_or_else(|| text(session.region().as_str()));
    }
}

/// What cannot change in place. An unknown value is planned in place: if it proves to be another one, nothing is done.
fn replaced(prior: &Model, planned: &Model) -> Vec<AttributePath> {
    let attributes: [(&'static str, &Text, &Text); 3] = [
        ("cluster_name", &prior.cluster_name, &planned.cluster_name),
        ("account_id", &prior.account_id, &planned.account_id),
        ("region", &prior.region, &planned.region),
    ];
    let changed = attributes
        .into_iter()
        .filter(|(_, before, after)| !after.is_unknown() && before != after);
    changed.map(|(name, ..)| at(name)).collect()
}

/// There is nothing yet that the apply could be held to, so it will only record what it finds. `None` comes with an error.
async fn plan_first(diags: &mut Diagnostics, session: &Session, planned: &mut Model) -> Option<()> {
    planned.unexpected = Value::Unknown;
    let (Some(place), Some(expected)) = (planned.place(), planned.expected()) else {
        diags.add_warning(messages::not_compared());
        return Some(());
    };
    match unexpected(session, &place, &expected).await {
        Ok(mut found) => {
            // The grant that moves to its new role deletes the entry of the old one.
            found.retain(|arn, _| !expected.names_another_role_of_its_set(arn));
            if !found.is_empty() {
                diags.add_warning(messages::found(&place, &known(&found), planned.mode()));
            }
            tell_of_aws_auth(diags, session, &place).await;
        }
        // This same apply may make the cluster, or switch its mode.
        Err(unread) if unread.is_cluster_missing() => diags.add_warning(place.absent(session, MAY_COME).await),
        Err(unread) if unread.error.is_authentication_mode() => diags.add_warning(messages::no_entries_in_this_mode(&place)),
        Err(unread) => {
            diags.add_error(messages::unreadable(&place, &unread));
            return None;
        }
    }
    Some(())
}

fn known(entries: &Entries) -> BTreeMap<&str, &EntryModel> {
    let known = entries
        .iter()
        .filter_map(|(arn, entry)| Some((arn.as_str(), entry.as_ref_option()?)));
    known.collect()
}

/// Whatever is planned follows from the prior state alone, so that the plan within the apply plans the same.
async fn plan_update(diags: &mut Diagnostics, claims: &Claims, session: &Session, prior: &Model, planned: &mut Model) {
    let expected = planned.expected_so_far();
    let is_open = planned.expected().is_none();
    let (named, unexpected): (Shown<'_>, Shown<'_>) = prior.shown().into_iter().partition(|(arn, _)| expected.expects(arn));
    planned.unexpected = match planned.mode() {
        Some(Mode::Report) | None if is_open || !unexpected.is_empty() => Value::Unknown,
        _ => Value::Value(BTreeMap::new()),
    };
    let Some(place) = prior.place() else { return };
    if !named.is_empty() && planned.unexpected.is_value() {
        diags.add_warning(messages::named_by_now(&place, &named));
    }
    match planned.mode() {
        _ if unexpected.is_empty() => {}
        Some(Mode::Report) => diags.add_warning(messages::reported(&place, &unexpected)),
        // Unknown, it may be the default.
        Some(Mode::Remove) | None => {
            let unexpected = as_they_are(claims, session, &place, unexpected).await;
            warn_of_deletion(diags, claims, session, &place, &unexpected, is_open).await;
        }
    }
    if planned != prior {
        tell_of_aws_auth(diags, session, &place).await;
    }
}

/// Those that are still the ones of the state. The plan within an apply comes without a refresh, and what has been replaced since then the
/// apply leaves.
async fn as_they_are<'a>(claims: &Claims, session: &Session, place: &ClusterPlace, mut shown: Shown<'a>) -> Shown<'a> {
    if claims.is_refreshed(place) {
        return shown;
    }
    // What cannot be read is told by the apply.
    let Ok(eks) = session.eks(&place.account, &place.region).await else {
        return shown;
    };
    let principals: Vec<String> = shown.keys().map(|&arn| arn.to_owned()).collect();
    for principal in &principals {
        if let Ok(now) = eks.describe_access_entry(place.cluster.as_str(), principal).await {
            let now = now.map(|entry| entry.access_entry_arn);
            shown.retain(|&arn, entry| arn != principal || entry.access_entry_arn.as_ref_option() == now.as_ref());
        }
    }
    shown
}

/// What becomes of these in the apply.
async fn warn_of_deletion(
    diags: &mut Diagnostics,
    claims: &Claims,
    session: &Session,
    place: &ClusterPlace,
    unexpected: &Shown<'_>,
    is_open: bool,
) {
    if unexpected.is_empty() {
        return;
    }
    let leaving = unexpected.keys().map(|&arn| arn.to_owned()).collect();
    match objection(diags, session, place, &leaving).await {
        None if is_open => diags.add_warning(messages::to_be_deleted(place, unexpected, Deletion::OfSome)),
        None => diags.add_warning(messages::to_be_deleted(place, unexpected, Deletion::Sure)),
        Some(Objection::LastAdministrators(_)) if claims.administered_besides(place, &leaving) => {
            diags.add_warning(messages::to_be_deleted(place, unexpected, Deletion::AfterGrant));
        }
        Some(objection) => {
            diags.add_warning(messages::not_to_be_deleted(place, unexpected));
            diags.add_warning(objection.into());
        }
    }
    let granted = unexpected.keys().filter(|principal| claims.unwant(place.clone(), principal));
    granted.for_each(|principal| diags.add_warning(granted_and_deleted(place, principal, at("principal_arns"))));
}

/// Why the apply will fail before it deletes anything: a warning, since a destroy plans first.
async fn objection(diags: &mut Diagnostics, session: &Session, place: &ClusterPlace, leaving: &BTreeSet<String>) -> Option<Objection> {
    match guard::objection(session, place, leaving, Outcome::ApplyFails).await {
        Ok(objection) => objection,
        Err(error) if error.kind == ErrorKind::AccessDenied => {
            let what = format!("Whether another access entry administers {place}");
            diags.add_warning(check_denied(ADMINISTRATOR_NOT_CHECKED, &what, &error, at("cluster_name")));
            None
        }
        // The apply asks again; whatever else stands in the way is told there, or passes.
        Err(_) => None,
    }
}

/// Access entries are not all that lets people in.
async fn tell_of_aws_auth(diags: &mut Diagnostics, session: &Session, place: &ClusterPlace) {
    let cluster = place.describe(session).await;
    if let Ok(Some(cluster)) = &cluster {
        let consequence = "Its access entries go with it, or let nobody in. Repair or replace the cluster, or remove this resource.";
        place.warn_if_lost(diags, cluster, at("cluster_name"), consequence);
    }
    match cluster {
        Ok(Some(cluster)) if cluster.authentication_mode == Some(AuthenticationMode::ApiAndConfigMap) => {
            diags.add_warning(messages::aws_auth_not_seen(place));
        }
        Ok(_) => {}
        Err(error) if error.kind == ErrorKind::AccessDenied => {
            let what = format!("Whether {place} reads aws-auth, too,");
            diags.add_warning(check_denied("Check skipped: use of aws-auth", &what, &error, at("cluster_name")));
        }
        // The entries could be read, so this passes, and nothing depends on it.
        Err(_) => {}
    }
}
