//! What all kinds of grants have in common: whom a grant is for and where, the role behind it, and what is said about those.
//!
//! `eks_sso_access` keeps a grant in an access entry, `eks_sso_aws_auth` in a row of aws-auth.

pub(in crate::resources) mod aws_auth;
pub(in crate::resources) mod caller;
pub(in crate::resources) mod identity;
pub(in crate::resources) mod import;
pub(in crate::resources) mod insist;
pub(in crate::resources) mod notices;
pub(in crate::resources) mod place;
pub(in crate::resources) mod reach;
pub(in crate::resources) mod role;
pub(in crate::resources) mod role_waits;
pub(in crate::resources) mod schema;
pub(in crate::resources) mod target;
pub(in crate::resources) mod upgrade;
pub(in crate::resources) mod validate;
pub(in crate::resources) mod values;
