//! The provider itself: its block, its configuration, and the registry of what it serves.
//!
//! Resources, data sources and functions are made before the provider is configured, so each holds a [`Configured`]:
//! the slot that `configure` fills.

mod configure;
mod model;
mod schema;
mod validate;
mod variables;

use crate::aws::environment::Environment;
use crate::configured::Configured;
use crate::hosting::{ConfigureRequest, HostedDataSource, HostedFunction, HostedResource, Provider, Raw};
use std::collections::BTreeMap;
use tf_provider::Diagnostics;
use tf_provider::schema::Schema;

/// The provider `eks`.
#[derive(Debug, Default)]
pub struct EksProvider {
    configured: Configured,
    environment: Environment,
}

impl EksProvider {
    /// A provider that reads the given environment when it is configured.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        Self {
            configured: Configured::default(),
            environment,
        }
    }
}

#[async_trait::async_trait]
impl Provider for EksProvider {
    fn schema(&self) -> Schema {
        schema::provider()
    }

    fn meta_schema(&self) -> Option<Schema> {
        None
    }

    async fn validate(&self, diags: &mut Diagnostics, config: Raw) {
        if let Some(model) = config.decode::<model::ProviderModel>(diags) {
            diags.errors.extend(validate::validate(&model));
        }
    }

    async fn configure(&self, diags: &mut Diagnostics, request: ConfigureRequest) {
        if let Some(state) = configure::configure(diags, &request, &self.environment).await {
            self.configured.fill(state);
        }
    }

    fn resources(&self) -> BTreeMap<&'static str, Box<dyn HostedResource>> {
        crate::resources::registry(self.configured.clone())
    }

    fn data_sources(&self) -> BTreeMap<&'static str, Box<dyn HostedDataSource>> {
        crate::data_sources::registry(self.configured.clone())
    }

    fn functions(&self) -> BTreeMap<&'static str, Box<dyn HostedFunction>> {
        crate::functions::registry()
    }
}
