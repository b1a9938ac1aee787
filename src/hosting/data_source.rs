//! The erased face of tf-provider's [`DataSource`].

use crate::hosting::Raw;
use crate::hosting::read_only::refuse_read_only;
use crate::hosting::required::refuse_missing;
use serde::de::DeserializeOwned;
use tf_provider::schema::Schema;
use tf_provider::{DataSource, Diagnostics};

/// A data source in a registry.
#[async_trait::async_trait]
pub trait HostedDataSource: Send + Sync {
    /// Its schema.
    fn schema(&self, diags: &mut Diagnostics) -> Option<Schema>;
    /// Checks the configuration offline.
    async fn validate(&self, diags: &mut Diagnostics, config: Raw);
    /// Reads it. `None` comes with an error in the diagnostics.
    async fn read(&self, diags: &mut Diagnostics, config: Raw, meta: Raw) -> Option<Raw>;
}

#[async_trait::async_trait]
impl<D> HostedDataSource for D
where
    D: DataSource,
    for<'a> D::State<'a>: DeserializeOwned,
    for<'a> D::ProviderMetaState<'a>: DeserializeOwned,
{
    fn schema(&self, diags: &mut Diagnostics) -> Option<Schema> {
        DataSource::schema(self, diags)
    }

    async fn validate(&self, diags: &mut Diagnostics, config: Raw) {
        if let Some(schema) = DataSource::schema(self, diags) {
            refuse_read_only(diags, &schema, &config);
            refuse_missing(diags, &schema, &config);
        }
        if let Some(config) = config.decode(diags) {
            DataSource::validate(self, diags, config).await;
        }
    }

    async fn read(&self, diags: &mut Diagnostics, config: Raw, meta: Raw) -> Option<Raw> {
        // Checked again because what was unknown may have proved to be null.
        let schema = DataSource::schema(self, diags)?;
        refuse_missing(diags, &schema, &config);
        if !diags.errors.is_empty() {
            return None;
        }
        let config = config.decode(diags)?;
        let meta = meta.decode(diags)?;
        let state = DataSource::read(self, diags, config, meta).await?;
        Raw::encode(diags, &state)
    }
}
