//! The `timeouts` block, and when an operation must be done.

use crate::domain::duration::parse_duration;
use crate::resources::sso_grant::texts::Text;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tf_provider::value::Value;
use tokio::time::Instant;

/// Documented at the `timeouts` block.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// The `timeouts` block.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Timeouts {
    pub(crate) create: Text,
    pub(crate) update: Text,
    pub(crate) delete: Text,
}

/// When an operation that starts now must be done.
pub(crate) fn deadline(timeouts: &Value<Timeouts>, which: impl Fn(&Timeouts) -> &Text) -> Instant {
    Instant::now() + duration(timeouts, which)
}

/// How long an operation may take.
pub(crate) fn duration(timeouts: &Value<Timeouts>, which: impl Fn(&Timeouts) -> &Text) -> Duration {
    let configured = timeouts
        .as_ref_option()
        .and_then(|timeouts| parse_duration(which(timeouts).as_deref_option()?).ok());
    configured.unwrap_or(DEFAULT_TIMEOUT)
}
