//! Data sources.

use crate::protocol::convert::{diagnostics, raw};
use crate::protocol::rpc::schema::only;
use crate::protocol::rpc::{Rpc, unknown_type};
use crate::protocol::{Host, wire};
use tf_provider::{Diagnostic, Diagnostics};

const KIND: &str = "data source type";

pub(crate) struct ValidateDataResourceConfig;

impl Rpc for ValidateDataResourceConfig {
    const NAME: &'static str = "ValidateDataResourceConfig";
    type Request = wire::ValidateConfigRequest;
    type Response = wire::DiagnosticsResponse;

    async fn serve(host: &Host, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        let served = host.served();
        match served.data_sources.get(&*request.type_name) {
            Some(data_source) => data_source.validate(&mut diags, raw(request.config)).await,
            None => diags.add_error(unknown_type(KIND, &request.type_name)),
        }
        wire::DiagnosticsResponse {
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(_: Self::Request, error: Diagnostic) -> Self::Response {
        wire::DiagnosticsResponse { diagnostics: only(error) }
    }

    fn subject(request: &Self::Request) -> &str {
        &request.type_name
    }
}

pub(crate) struct ReadDataSource;

impl Rpc for ReadDataSource {
    const NAME: &'static str = "ReadDataSource";
    type Request = wire::ReadDataSourceRequest;
    type Response = wire::ReadDataSourceResponse;

    async fn serve(host: &Host, request: Self::Request) -> Self::Response {
        let served = host.served();
        let Some(data_source) = served.data_sources.get(&*request.type_name) else {
            let error = unknown_type(KIND, &request.type_name);
            return Self::failed(request, error);
        };
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

    fn subject(request: &Self::Request) -> &str {
        &request.type_name
    }
}
