//! What is done with access entries, whichever resource type does it.
//!
//! `eks_sso_access` keeps one entry for each grant, `eks_sso_access_exclusive` looks after all entries of a cluster. Both read,
//! delete and take turns at them here.

pub(super) mod accepted;
pub(super) mod administrators;
pub(super) mod claims;
pub(super) mod deletion;
pub(super) mod entry;
pub(super) mod policy;
pub(super) mod writing;
