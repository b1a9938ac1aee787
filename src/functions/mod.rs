//! Provider functions. None yet.

use crate::hosting::HostedFunction;
use std::collections::BTreeMap;

/// All functions by name.
#[must_use]
pub fn registry() -> BTreeMap<&'static str, Box<dyn HostedFunction>> {
    BTreeMap::new()
}
