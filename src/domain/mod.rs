//! The rules of access to an EKS cluster, with nothing around them: names and
//! ARNs, provisioned roles, access policies and their scopes, import ids, and
//! the reconciliation of one grant.
//!
//! Pure on purpose: no I/O, no async, no AWS SDK and no Terraform types, so that
//! every rule is proved by a table in the file that holds it. Text is parsed at
//! the border into a type with a private field, and nobody below re-checks it.
//! An [`error::Invalid`] is a sentence for the practitioner: what was seen, what
//! was expected, and how to mend it.

pub mod access_entry;
pub mod access_matrix;
pub mod access_picture;
pub mod access_policy;
pub mod arn;
pub mod aws_auth;
pub mod caller;
pub mod cluster;
pub mod cluster_import_id;
pub mod context_template;
pub mod duration;
pub mod error;
pub mod grantee;
pub mod import_id;
pub mod kubeconfig;
pub mod kubernetes;
pub mod likeness;
pub mod permission_set;
pub mod place;
pub mod principal_pattern;
pub mod provisioned_role;
pub mod rights;
pub mod role_name;
pub mod sso_role_arn;
pub mod tags;

mod arn_parts;
mod reserved_name;
mod text;
mod wildcard;
