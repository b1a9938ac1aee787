//! Applies: recording what is unexpected, or removing what the plan showed.

use crate::aws::session::Session;
use crate::cluster_place::CORRECT_THE_PLACE;
use crate::hosting::{Applied, Current, UpdateRequest};
use crate::resources::access_entry::claims::Claims;
use crate::resources::sso_access_exclusive::found::unexpected;
use crate::resources::sso_access_exclusive::messages;
use crate::resources::sso_access_exclusive::model::{Mode, Model};
use crate::resources::sso_access_exclusive::removing::Removal;
use crate::resources::sso_grant::notices::still_unknown;
use crate::resources::sso_grant::run::Run;
use tf_provider::Diagnostics;
use tf_provider::value::Value;
use tokio::time::Instant;

pub(super) async fn create(run: &Run, diags: &mut Diagnostics, planned: Current<Model>) -> Option<Applied<Model>> {
    let session = run.session(diags)?;
    record(diags, &session, planned.state, planned.private).await
}

pub(super) async fn update(
    run: &Run,
    claims: &Claims,
    diags: &mut Diagnostics,
    request: UpdateRequest<Model>,
    until: Instant,
) -> Option<Applied<Model>> {
    let UpdateRequest {
        prior, planned, private, ..
    } = request;
    let session = run.session(diags)?;
    let Some(place) = planned.place().filter(|place| Some(place) == prior.place().as_ref()) else {
        diags.add_error(messages::other_cluster());
        return None;
    };
    // What is unknown is to be found out, and what is known was shown.
    if planned.unexpected.is_unknown() {
        return record(diags, &session, planned, private).await;
    }
    match planned.mode() {
        Some(Mode::Report) => Some(Applied { state: planned, private }),
        Some(Mode::Remove) => {
            let removal = Removal {
                claims,
                session: &session,
                place: &place,
                until,
            };
            let state = remove(diags, &removal, &prior, planned).await?;
            Some(Applied { state, private })
        }
        None => {
            diags.add_error(still_unknown());
            None
        }
    }
}

/// Finds out what is unexpected, and deletes nothing: no plan showed it.
async fn record(diags: &mut Diagnostics, session: &Session, mut state: Model, private: Vec<u8>) -> Option<Applied<Model>> {
    let (Some(place), Some(expected)) = (state.place(), state.expected()) else {
        diags.add_error(still_unknown());
        return None;
    };
    let found = match unexpected(session, &place, &expected).await {
        Ok(found) => found,
        Err(unread) => {
            diags.add_error(match &unread {
                unread if unread.is_cluster_missing() => place.absent(session, CORRECT_THE_PLACE).await,
                unread if unread.error.is_authentication_mode() => messages::no_entries_in_this_mode(&place),
                unread => messages::unreadable(&place, unread),
            });
            return None;
        }
    };
    state.unexpected = Value::Value(found);
    if !state.shown().is_empty() {
        diags.add_warning(messages::found(&place, &state.shown(), state.mode()));
    }
    Some(Applied { state, private })
}

/// Deletes what the plan showed as unexpected and still is. A failure leaves the rest in the state.
async fn remove(diags: &mut Diagnostics, removal: &Removal<'_>, prior: &Model, mut planned: Model) -> Option<Model> {
    let Some(expected) = planned.expected() else {
        diags.add_error(still_unknown());
        return None;
    };
    let mut shown = prior.shown();
    shown.retain(|arn, _| !expected.expects(arn));
    if shown.is_empty() {
        return Some(planned);
    }
    let remaining = removal.carry_out(diags, &shown).await?;
    shown.retain(|arn, _| remaining.contains(*arn));
    let left = shown.into_iter().map(|(arn, entry)| (arn.to_owned(), Value::Value(entry.clone())));
    planned.unexpected = Value::Value(left.collect());
    Some(planned)
}
