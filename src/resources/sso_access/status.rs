//! How a grant stands with the role behind it.

use crate::resources::sso_grant::texts::{Text, text};

/// The values of the attribute `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// The entry is for the role that is there.
    Ok,
    /// The grant has moved to a new role, and an entry of an earlier one is still to be deleted.
    Moved,
    /// EKS holds the id of an earlier role of this name.
    Stale,
    /// The role is gone.
    RoleMissing,
}

impl Status {
    /// As the state has it.
    pub(super) fn text(self) -> Text {
        text(match self {
            Self::Ok => "ok",
            Self::Moved => "moved",
            Self::Stale => "stale",
            Self::RoleMissing => "role_missing",
        })
    }
}
