//! What Terraform keeps for us beside the state.

use crate::hosting::Imported;
use crate::resources::sso_access::model::Model;
use serde::{Deserialize, Serialize};

/// Private state, as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Private {
    /// This resource made the entry (it did not adopt or join it).
    pub(super) created: bool,
    /// Entries under earlier role names that could not be deleted yet.
    pub(super) old_principals: Vec<String>,
    /// The entry of this state, remembered for the second plan of a replacement, which has no prior state:
    /// our own entry must not be taken for somebody else's.
    pub(super) own_principal: Option<String>,
    /// Imported or moved here, and not changed since: what the first plan takes away nobody here has seen granted.
    pub(super) imported: bool,
    /// The plan showed that it will take over an existing entry.
    pub(super) adopts: bool,
    /// The entry that it will take over is older than its role, so that it lets nobody in: it is made anew.
    pub(super) rebinds: bool,
    /// The create failed, and what it had made could not be deleted again: Terraform will make it anew.
    pub(super) half_made: bool,
}

impl Private {
    /// What cannot be read is as good as empty: it only holds hints.
    pub(super) fn decode(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings and booleans always encode")
    }
}

/// A grant that comes in from outside of this resource type.
pub(super) fn imported(state: Model) -> Imported<Model> {
    let private = Private {
        imported: true,
        ..Private::default()
    };
    Imported {
        state,
        private: private.encode(),
    }
}
