//! What all ARNs have in common: six parts between colons.
//!
//! Follows the IAM User Guide ("Identify AWS resources with Amazon Resource Names (ARNs)"):
//!
//! ```text
//! arn      = "arn:" partition ":" service ":" region ":" account ":" resource
//! resource = whatever is left, colons and slashes included
//! ```

/// The parts of any ARN, not yet looked at.
#[derive(Debug, Clone, Copy)]
pub(in crate::domain) struct ArnParts<'a> {
    pub(in crate::domain) partition: &'a str,
    pub(in crate::domain) service: &'a str,
    pub(in crate::domain) region: &'a str,
    pub(in crate::domain) account: &'a str,
    pub(in crate::domain) resource: &'a str,
}

impl<'a> ArnParts<'a> {
    /// Splits `arn:partition:service:region:account:resource`.
    pub(in crate::domain) fn split(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts[..] else {
            return None;
        };
        Some(Self {
            partition,
            service,
            region,
            account,
            resource,
        })
    }
}
