//! Refresh: which entries nobody expects, by what the state names and ignores.

use crate::hosting::{Applied, Current};
use crate::resources::access_entry::claims::Claims;
use crate::resources::sso_access_exclusive::found::{check_readable, unexpected};
use crate::resources::sso_access_exclusive::messages;
use crate::resources::sso_access_exclusive::model::Model;
use crate::resources::sso_grant::run::Run;
use std::collections::BTreeMap;
use tf_provider::Diagnostics;
use tf_provider::value::Value;

pub(super) async fn read(run: &Run, claims: &Claims, diags: &mut Diagnostics, current: Current<Model>) -> Option<Applied<Model>> {
    let Current { mut state, private } = current;
    let session = run.session(diags)?;
    let Some(place) = state.place() else {
        diags.add_error(messages::incomplete_state());
        return None;
    };
    let found = match state.expected() {
        Some(expected) => unexpected(&session, &place, &expected).await.map(Some),
        // After an import nothing is named yet, and everything would be unexpected.
        None => check_readable(&session, &place).await.map(|()| None),
    };
    claims.note_refresh(&place);
    match found {
        Ok(found) => state.unexpected = found.map_or(Value::Null, Value::Value),
        Err(unread) if unread.is_cluster_missing() => return None,
        Err(unread) if unread.error.is_authentication_mode() => {
            // What the state knew was of another cluster of this name: no cluster goes back to this mode.
            state.unexpected = state.expected().map_or(Value::Null, |_| Value::Value(BTreeMap::new()));
            diags.add_warning(messages::no_entries_in_this_mode(&place));
        }
        Err(unread) => {
            diags.add_error(messages::unreadable(&place, &unread));
            return None;
        }
    }
    Some(Applied { state, private })
}
