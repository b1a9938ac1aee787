//! What Terraform keeps for us beside the state.

use serde::{Deserialize, Serialize};

/// Private state, as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Private {
    /// The row of this state, remembered for the second plan of a replacement, which has no prior state: our own row must
    /// not be taken for somebody else's.
    pub(super) own_principal: Option<String>,
    /// The first of two plans of a replacement took the row for one that is kept: only Terraform knew of it (-replace).
    pub(super) was_kept: bool,
    /// It came by an import.
    pub(super) imported: bool,
}

impl Private {
    /// What cannot be read is as good as empty: it only holds a hint.
    pub(super) fn decode(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a string always encodes")
    }
}
