//! Grants whose users are locked out, which no apply can change: a plan must not look clean while they are.

use crate::aws::session::Session;
use crate::aws::settings::LockedOut;
use crate::resources::sso_grant::texts::Text;

/// The status of a grant whose role is gone.
pub(crate) const ROLE_MISSING: &str = "role_missing";
/// The status of a grant whose role was recreated by somebody.
pub(crate) const STALE: &str = "stale";

/// Leaves the status open where it tells of users who are locked out, so that there is a change to plan: the apply looks again.
pub(crate) fn keep_open(session: &Session, status: &mut Text) {
    if session.locked_out() == LockedOut::Drift && locks_out(status) {
        *status = Text::Unknown;
    }
}

fn locks_out(status: &Text) -> bool {
    matches!(status.as_deref_option(), Some(ROLE_MISSING | STALE))
}
