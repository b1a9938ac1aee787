//! RPCs about one thing of a registry: a resource, a data source or a function. It is looked up here, once for all of them.

use crate::hosting::{HostedDataSource, HostedFunction, HostedResource};
use crate::protocol::host::Served;
use crate::protocol::rpc::Rpc;
use crate::protocol::{Host, wire};
use std::future::Future;
use tf_provider::{AttributePath, Diagnostic};

/// An RPC about one thing of a registry.
pub(crate) trait RpcAbout: 'static {
    /// Its name in the protocol.
    const NAME: &'static str;
    type Subject: Registered + ?Sized;
    type Request: prost::Message + Default + Clone + Named + 'static;
    type Response: prost::Message + Default + 'static;

    /// Serves a request.
    fn serve(subject: &Self::Subject, request: Self::Request) -> impl Future<Output = Self::Response> + Send;

    /// The answer where there is no such thing, or where its service panicked. It never loses a state.
    fn failed(request: Self::Request, error: Diagnostic) -> Self::Response;
}

impl<R: RpcAbout> Rpc for R {
    const NAME: &'static str = <R as RpcAbout>::NAME;
    type Request = <R as RpcAbout>::Request;
    type Response = <R as RpcAbout>::Response;

    async fn serve(host: &Host, request: Self::Request) -> Self::Response {
        let served = host.served();
        match find(&served, request.name()) {
            Ok(subject) => <R as RpcAbout>::serve(subject, request).await,
            Err(error) => <R as RpcAbout>::failed(request, error),
        }
    }

    fn failed(request: Self::Request, error: Diagnostic) -> Self::Response {
        <R as RpcAbout>::failed(request, error)
    }

    fn subject(request: &Self::Request) -> &str {
        request.name()
    }
}

/// What a registry holds.
pub(crate) trait Registered: Send + Sync {
    /// The word for it in messages.
    const KIND: &'static str;

    fn named<'a>(served: &'a Served, name: &str) -> Option<&'a Self>;
}

impl Registered for dyn HostedResource {
    const KIND: &'static str = "resource type";

    fn named<'a>(served: &'a Served, name: &str) -> Option<&'a Self> {
        served.resources.get(name).map(Box::as_ref)
    }
}

impl Registered for dyn HostedDataSource {
    const KIND: &'static str = "data source type";

    fn named<'a>(served: &'a Served, name: &str) -> Option<&'a Self> {
        served.data_sources.get(name).map(Box::as_ref)
    }
}

impl Registered for dyn HostedFunction {
    const KIND: &'static str = "function";

    fn named<'a>(served: &'a Served, name: &str) -> Option<&'a Self> {
        served.functions.get(name).map(Box::as_ref)
    }
}

/// A request that names what it is about.
pub(crate) trait Named {
    fn name(&self) -> &str;
}

macro_rules! named {
    ($($request:ident by $field:ident),+ $(,)?) => {
        $(impl Named for wire::$request {
            fn name(&self) -> &str {
                &self.$field
            }
        })+
    };
}

named! {
    ApplyResourceChangeRequest by type_name,
    CallFunctionRequest by name,
    ImportResourceStateRequest by type_name,
    MoveResourceStateRequest by target_type_name,
    PlanResourceChangeRequest by type_name,
    ReadDataSourceRequest by type_name,
    ReadResourceRequest by type_name,
    UpgradeResourceIdentityRequest by type_name,
    UpgradeResourceStateRequest by type_name,
    ValidateConfigRequest by type_name,
    ValidateListResourceConfigRequest by type_name,
}

/// A registered thing by its name.
///
/// # Errors
/// Terraform asked for one that the schema does not have: its own bug, or a state of another version.
pub(crate) fn find<'a, T: Registered + ?Sized>(served: &'a Served, name: &str) -> Result<&'a T, Diagnostic> {
    T::named(served, name).ok_or_else(|| Diagnostic {
        summary: format!("Unknown {}", T::KIND).into(),
        detail: format!(
            "Terraform asked for the {} {name:?}, which this version of the provider does not have. \
             A newer version may have written the state: check the version in required_providers.",
            T::KIND
        )
        .into(),
        attribute: AttributePath::default(),
    })
}
