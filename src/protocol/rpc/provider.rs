//! The provider block and the stop request.

use crate::hosting::ConfigureRequest;
use crate::protocol::convert::{diagnostics, raw};
use crate::protocol::rpc::Rpc;
use crate::protocol::rpc::schema::only;
use crate::protocol::{Host, wire};
use tf_provider::{Diagnostic, Diagnostics};

pub(crate) struct ValidateProviderConfig;

impl Rpc for ValidateProviderConfig {
    const NAME: &'static str = "ValidateProviderConfig";
    type Request = wire::ValidateProviderConfigRequest;
    type Response = wire::ValidateProviderConfigResponse;

    async fn serve(host: &Host, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        host.served().provider.validate(&mut diags, raw(request.config)).await;
        wire::ValidateProviderConfigResponse {
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(_: Self::Request, error: Diagnostic) -> Self::Response {
        wire::ValidateProviderConfigResponse { diagnostics: only(error) }
    }
}

pub(crate) struct ConfigureProvider;

impl Rpc for ConfigureProvider {
    const NAME: &'static str = "ConfigureProvider";
    type Request = wire::ConfigureProviderRequest;
    type Response = wire::DiagnosticsResponse;

    async fn serve(host: &Host, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        let request = ConfigureRequest {
            terraform_version: request.terraform_version,
            config: raw(request.config),
        };
        host.unconfigured().provider.configure(&mut diags, request).await;
        wire::DiagnosticsResponse {
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(_: Self::Request, error: Diagnostic) -> Self::Response {
        wire::DiagnosticsResponse { diagnostics: only(error) }
    }
}

pub(crate) struct StopProvider;

impl Rpc for StopProvider {
    const NAME: &'static str = "StopProvider";
    type Request = wire::Empty;
    type Response = wire::StopProviderResponse;

    async fn serve(host: &Host, _: wire::Empty) -> Self::Response {
        host.stop();
        wire::StopProviderResponse::default()
    }

    fn failed(_: wire::Empty, error: Diagnostic) -> Self::Response {
        wire::StopProviderResponse {
            error: error.detail.into_owned(),
        }
    }
}
