//! The RPCs of `tfplugin6.Provider`: decode, call, encode. No decisions are made here.

mod about;
mod data_source;
mod function;
mod identity;
mod list;
mod provider;
mod resource;
mod schema;

pub(crate) use data_source::{ReadDataSource, ValidateDataResourceConfig};
pub(crate) use function::{CallFunction, GetFunctions};
pub(crate) use identity::{GetResourceIdentitySchemas, MoveResourceState, UpgradeResourceIdentity};
pub(crate) use list::{ValidateListResourceConfig, list};
pub(crate) use provider::{ConfigureProvider, StopProvider, ValidateProviderConfig};
pub(crate) use resource::{
    ApplyResourceChange, ImportResourceState, PlanResourceChange, ReadResource, UpgradeResourceState, ValidateResourceConfig,
};
pub(crate) use schema::{GetMetadata, GetProviderSchema};

use crate::protocol::Host;
use std::future::Future;
use tf_provider::Diagnostic;

/// One unary RPC.
pub(crate) trait Rpc: 'static {
    /// Its name in the protocol.
    const NAME: &'static str;
    type Request: prost::Message + Default + Clone + 'static;
    type Response: prost::Message + Default + 'static;

    /// Serves a request.
    fn serve(host: &Host, request: Self::Request) -> impl Future<Output = Self::Response> + Send;

    /// The answer to a request whose service panicked. It never loses a state.
    fn failed(request: Self::Request, error: Diagnostic) -> Self::Response;

    /// The resource, data source or function that is meant, for the log.
    fn subject(request: &Self::Request) -> &str {
        let _ = request;
        ""
    }
}
