//! The names that Identity Center gives out, as texts: a permission set's, and that of the role made from it.
//!
//! ```text
//! role           = "AWSReservedSSO_" permission-set "_" suffix
//! permission-set = 1*32( letter | digit | "_" | "+" | "=" | "," | "." | "@" | "-" )
//! suffix         = 16( digit | "a".."f" )
//! ```
//!
//! Both may hold "_", so a role's name is read by length, from its end: `AWSReservedSSO_Admin_Prod_0123456789abcdef` is
//! of `Admin_Prod`.

use crate::domain::text::is_iam_name;

/// How the name of every provisioned role begins. IAM lets nobody else make one.
pub(in crate::domain) const PREFIX: &str = "AWSReservedSSO_";
/// Hex digits at the end of the name.
pub(in crate::domain) const SUFFIX_DIGITS: usize = 16;
/// The most characters that a permission set's name has.
const MAX_PERMISSION_SET: usize = 32;

/// Whether the text has the form of a permission set's name.
pub(in crate::domain) fn is_permission_set(text: &str) -> bool {
    is_iam_name(text, MAX_PERMISSION_SET)
}

/// Permission set and suffix in the name of a role. Only the length decides where the suffix begins.
pub(in crate::domain) fn split(role_name: &str) -> Option<(&str, &str)> {
    let rest = role_name.strip_prefix(PREFIX)?;
    let (rest, suffix) = rest.split_at_checked(rest.len().checked_sub(SUFFIX_DIGITS)?)?;
    let set = rest.strip_suffix('_')?;
    let is_hex = suffix.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (is_hex && is_permission_set(set)).then_some((set, suffix))
}
