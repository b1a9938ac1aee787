//! How a grant stands with the role behind it.

use crate::resources::sso_grant::locked_out::{ROLE_MISSING, STALE};
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
    /// Those that a state tells.
    const TOLD: [Self; 3] = [Self::Moved, Self::Stale, Self::RoleMissing];

    /// As the state has it: null while all is well, which a plan need not tell.
    pub(super) fn text(self) -> Text {
        match self {
            Self::Ok => Text::Null,
            Self::Moved | Self::Stale | Self::RoleMissing => text(self.word()),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Moved => "moved",
            Self::Stale => STALE,
            Self::RoleMissing => ROLE_MISSING,
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "",
            Self::Moved => " (the access entry of an earlier role is still to be deleted, which the next apply does)",
            Self::Stale => " (the role was recreated, EKS does not know the new one)",
            Self::RoleMissing => " (the role is gone; that of a permission set, because the set is no longer assigned in the account)",
        }
    }

    /// All values, as the documentation lists them.
    pub(super) fn description() -> String {
        let each = Self::TOLD.map(|status| format!("`{}`{}", status.word(), status.meaning()));
        format!("Null while all is well. {}.", each.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_lists_every_status_once() {
        let description = Status::description();
        let words = description.split('`').skip(1).step_by(2).collect::<Vec<_>>();
        assert_eq!(words, ["moved", "stale", "role_missing"]);
        assert_eq!(Status::Ok.text(), Text::Null);
        // A status that is added must be in the list, too.
        for (place, status) in Status::TOLD.into_iter().enumerate() {
            let expected = match status {
                Status::Moved => 0,
                Status::Stale => 1,
                Status::RoleMissing => 2,
                Status::Ok => unreachable!("it is not told"),
            };
            assert_eq!(place, expected);
        }
    }
}
