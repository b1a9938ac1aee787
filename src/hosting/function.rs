//! The erased face of a function. tf-provider's `Function` is served through it, one argument at a time,
//! because that crate's own decoder is private to it.

use crate::hosting::Raw;
use tf_provider::Diagnostics;
use tf_provider::schema::FunctionSchema;

/// A function in a registry.
#[async_trait::async_trait]
pub trait HostedFunction: Send + Sync {
    /// Its signature.
    fn schema(&self, diags: &mut Diagnostics) -> Option<FunctionSchema>;
    /// Calls it. An error's attribute path may start with the index of the argument to blame.
    async fn call(&self, diags: &mut Diagnostics, arguments: Vec<Raw>) -> Option<Raw>;
}
