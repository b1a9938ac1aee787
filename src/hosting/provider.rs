//! What a provider is to the host.

use crate::hosting::{HostedDataSource, HostedFunction, HostedResource, Raw};
use std::collections::BTreeMap;
use tf_provider::Diagnostics;
use tf_provider::schema::Schema;

/// What Terraform tells a provider when it configures it.
#[derive(Debug)]
pub struct ConfigureRequest {
    /// Version of the calling Terraform or OpenTofu, for the user agent.
    pub terraform_version: String,
    /// The provider block. May hold unknown values while planning.
    pub config: Raw,
}

/// The root of everything that is served.
#[async_trait::async_trait]
pub trait Provider: Send + Sync + 'static {
    /// Schema of the provider block.
    fn schema(&self) -> Schema;
    /// Schema of the `provider_meta` block.
    fn meta_schema(&self) -> Option<Schema>;
    /// Checks the provider block offline; unknown values are no error.
    async fn validate(&self, diags: &mut Diagnostics, config: Raw);
    /// Configures everything that was registered. Called once in the life of a process, before any
    /// operation but validation, moves, functions and state upgrades.
    async fn configure(&self, diags: &mut Diagnostics, request: ConfigureRequest);
    /// Managed resources by type name.
    fn resources(&self) -> BTreeMap<&'static str, Box<dyn HostedResource>>;
    /// Data sources by type name.
    fn data_sources(&self) -> BTreeMap<&'static str, Box<dyn HostedDataSource>>;
    /// Functions by name.
    fn functions(&self) -> BTreeMap<&'static str, Box<dyn HostedFunction>>;
}
