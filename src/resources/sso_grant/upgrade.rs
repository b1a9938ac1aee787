//! States of other schema versions.

use crate::report::{diagnostic, no_attribute};
use serde::de::DeserializeOwned;
use tf_provider::Diagnostics;

/// Reads a state: attributes that are gone are dropped, new ones are null. `None` comes with an error.
pub(crate) fn upgrade<M: DeserializeOwned>(diags: &mut Diagnostics, known: i64, version: i64, state: serde_json::Value) -> Option<M> {
    if version > known {
        diags.add_error(diagnostic(
            "State is of a newer version",
            format!(
                "The state of this grant was written with schema version {version}, this provider knows versions up to {known}. Use the \
                 provider version that wrote it, or a newer one."
            ),
            no_attribute(),
        ));
        return None;
    }
    serde_json::from_value(state)
        .map_err(|reason| {
            diags.add_error(diagnostic(
                "State cannot be read",
                format!("The state of this grant does not fit its schema: {reason}. Restore it from a backup, or remove it (terraform state rm) and import it again."),
                no_attribute(),
            ));
        })
        .ok()
}
