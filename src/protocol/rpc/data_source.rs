//! Data sources.

use crate::hosting::HostedDataSource;
use crate::protocol::convert::{diagnostics, raw};
use crate::protocol::rpc::about::RpcAbout;
use crate::protocol::rpc::schema::only;
use crate::protocol::wire;
use tf_provider::{Diagnostic, Diagnostics};

pub(crate) struct ValidateDataResourceConfig;

impl RpcAbout for ValidateDataResourceConfig {
    const NAME: &'static str = "ValidateDataResourceConfig";
    type Subject = dyn HostedDataSource;
    type Request = wire::ValidateConfigRequest;
    type Response = wire::DiagnosticsResponse;

    async fn serve(data_source: &Self::Subject, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        data_source.validate(&mut diags, raw(request.config)).await;
        wire::DiagnosticsResponse {
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(_: Self::Request, error: Diagnostic) -> Self::Response {
        wire::DiagnosticsResponse { diagnostics: only(error) }
    }
}

pub(crate) struct ReadDataSource;

impl RpcAbout for ReadDataSource {
    const NAME: &'static str = "ReadDataSource";
    type Subject = dyn HostedDataSource;
    type Request = wire::ReadDataSourceRequest;
    type Response = wire::ReadDataSourceResponse;

    async fn serve(data_source: &Self::Subject, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        let state = data_source.read(&mut diags, raw(request.config), raw(request.provider_meta)).await;
        wire::ReadDataSourceResponse {
            state: state.map(Into::into),
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(_: Self::Request, error: Diagnostic) -> Self::Response {
        wire::ReadDataSourceResponse {
            state: None,
            diagnostics: only(error),
        }
    }
}
