//! Functions.

use crate::hosting::HostedFunction;
use crate::protocol::convert::{diagnostics, raw};
use crate::protocol::rpc::Rpc;
use crate::protocol::rpc::about::RpcAbout;
use crate::protocol::rpc::schema::{function_schemas, only};
use crate::protocol::{Host, wire};
use tf_provider::{AttributePathStep, Diagnostic, Diagnostics};

pub(crate) struct GetFunctions;

impl Rpc for GetFunctions {
    const NAME: &'static str = "GetFunctions";
    type Request = wire::Empty;
    type Response = wire::GetFunctionsResponse;

    async fn serve(host: &Host, _: wire::Empty) -> Self::Response {
        let mut diags = Diagnostics::default();
        let functions = function_schemas(host, &mut diags);
        wire::GetFunctionsResponse {
            functions,
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(_: wire::Empty, error: Diagnostic) -> Self::Response {
        wire::GetFunctionsResponse {
            diagnostics: only(error),
            ..Default::default()
        }
    }
}

pub(crate) struct CallFunction;

impl RpcAbout for CallFunction {
    const NAME: &'static str = "CallFunction";
    type Subject = dyn HostedFunction;
    type Request = wire::CallFunctionRequest;
    type Response = wire::CallFunctionResponse;

    async fn serve(function: &Self::Subject, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        let arguments = request.arguments.into_iter().map(|a| raw(Some(a))).collect();
        let result = function.call(&mut diags, arguments).await;
        let error = diags.errors.into_iter().next().map(function_error);
        wire::CallFunctionResponse {
            result: result.filter(|_| error.is_none()).map(Into::into),
            error,
        }
    }

    fn failed(_: Self::Request, error: Diagnostic) -> Self::Response {
        wire::CallFunctionResponse {
            result: None,
            error: Some(function_error(error)),
        }
    }
}

/// A function has one error of one text, and an argument index instead of a path.
fn function_error(error: Diagnostic) -> wire::FunctionError {
    let function_argument = match error.attribute.steps.first() {
        Some(AttributePathStep::Index(index)) => Some(*index),
        _ => None,
    };
    let text = if error.detail.is_empty() {
        error.summary.into_owned()
    } else {
        error.detail.into_owned()
    };
    // Terraform ends the sentence itself.
    let text = text.strip_suffix('.').unwrap_or(&text).to_owned();
    wire::FunctionError { text, function_argument }
}
