//! The `aws-auth` ConfigMap: who gets into a cluster without access entries.
//!
//! Follows the EKS User Guide ("Grant IAM users and roles access to Kubernetes APIs with a ConfigMap") and what
//! aws-iam-authenticator, the program that reads the map in EKS, makes of it:
//!
//! * `mapRoles`, `mapUsers` and `mapAccounts` are texts that are YAML themselves, of which the first document counts.
//! * A caller's ARN (of a role without its path) is looked up in `mapRoles`, then in `mapUsers`. What kind of ARN it is, plays
//!   no part: a role's row may be under `mapUsers`, and a user's under `mapRoles`.
//! * ARNs and the names of keys are compared without regard to the case of letters.
//! * Of several rows for one ARN under one key the last one holds.
//! * Who has no row gets in under their ARN, without groups, if `mapAccounts` has their account.
//! * The ARN of a role must not have its path: such a row never matches anybody.
//! * If one of the texts is not YAML, none of its rows holds, while those of the others do. So a broken text is never written
//!   here. White space and a pair of quotes or backquotes are no rows.
//!
//! People and other tools write the same texts. Therefore a change is a splice: everything but the own row stays byte
//! for byte as it was, comments included.

pub mod access;
pub mod config_map;
pub mod listing;
pub mod malformed;
pub mod map_roles;
pub mod row;
pub mod rows;

mod render;
mod splice;
mod steps;
mod unmovable;
mod yaml;

#[cfg(test)]
mod tests;
