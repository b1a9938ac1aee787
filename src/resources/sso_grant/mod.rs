//! What all kinds of grants have in common: whom a grant is for and where, the role behind it, and what is said about those.
//!
//! `eks_sso_access` keeps a grant in an access entry, `eks_sso_aws_auth` in a row of aws-auth.

pub(super) mod aws_auth;
pub(super) mod caller;
pub(super) mod cluster;
pub(super) mod confirm;
pub(super) mod identity;
pub(super) mod import;
pub(super) mod kept;
pub(super) mod locked_out;
pub(super) mod notices;
pub(super) mod preflight;
pub(super) mod role;
pub(super) mod role_waits;
pub(super) mod run;
pub(super) mod schema;
pub(super) mod target;
pub(super) mod texts;
pub(super) mod timeouts;
pub(super) mod unreachable_accounts;
pub(super) mod upgrade;
pub(super) mod validate;
pub(super) mod when_missing;
