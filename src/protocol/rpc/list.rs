//! Lists, for `terraform query`.

use crate::hosting::{HostedResource, ListLimits, RawListed};
use crate::protocol::convert::{diagnostics, raw};
use crate::protocol::operation::{logged, panicked};
use crate::protocol::rpc::about::{RpcAbout, find};
use crate::protocol::rpc::resource::identity;
use crate::protocol::{Host, wire};
use std::sync::Arc;
use tf_provider::{Diagnostic, Diagnostics};
use tokio::sync::mpsc;
use tonic::Status;

pub(crate) struct ValidateListResourceConfig;

impl RpcAbout for ValidateListResourceConfig {
    const NAME: &'static str = "ValidateListResourceConfig";
    type Subject = dyn HostedResource;
    type Request = wire::ValidateListResourceConfigRequest;
    type Response = wire::DiagnosticsResponse;

    async fn serve(resource: &Self::Subject, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        resource.validate_list(&mut diags, raw(request.config));
        wire::DiagnosticsResponse {
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(_: Self::Request, error: Diagnostic) -> Self::Response {
        wire::DiagnosticsResponse {
            diagnostics: crate::protocol::rpc::schema::only(error),
        }
    }
}

pub(crate) type Events = mpsc::Receiver<Result<wire::ListResourceEvent, Status>>;

/// Lists row by row, as Terraform takes them. What concerns the list as a whole comes last, in an event of its own.
pub(crate) fn list(host: Arc<Host>, request: wire::ListResourceRequest) -> Events {
    let (events, receiver) = mpsc::channel(16);
    let task_host = host.clone();
    tokio::spawn(async move {
        let (rows, mut listed) = mpsc::channel::<RawListed>(16);
        let forwarded = events.clone();
        let forward = async move {
            while let Some(row) = listed.recv().await {
                if forwarded.send(Ok(event(row))).await.is_err() {
                    return;
                }
            }
        };
        let inner = task_host.clone();
        let subject = request.type_name.clone();
        let asked = task_host.run(logged("ListResource", &subject, async move { ask(&inner, request, rows).await }));
        let (diags, ()) = tokio::join!(asked, forward);
        let diags = diags.unwrap_or_else(|_| Diagnostics {
            errors: vec![panicked("ListResource")],
            warnings: Vec::new(),
        });
        let diagnostic = diagnostics(diags);
        if !diagnostic.is_empty() {
            // Nobody is left to tell if the stream is closed.
            let _ = events
                .send(Ok(wire::ListResourceEvent {
                    diagnostic,
                    ..Default::default()
                }))
                .await;
        }
    });
    receiver
}

async fn ask(host: &Host, request: wire::ListResourceRequest, rows: mpsc::Sender<RawListed>) -> Diagnostics {
    let mut diags = Diagnostics::default();
    let served = host.served();
    let resource = match find::<dyn HostedResource>(&served, &request.type_name) {
        Ok(resource) => resource,
        Err(error) => {
            diags.add_error(error);
            return diags;
        }
    };
    let most = usize::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let limits = ListLimits {
        most,
        with_state: request.include_resource_object,
    };
    resource.list(&mut diags, raw(request.config), limits, rows).await;
    diags
}

fn event(row: RawListed) -> wire::ListResourceEvent {
    wire::ListResourceEvent {
        identity: identity(Some(row.identity)),
        display_name: row.display_name,
        resource_object: row.state.map(Into::into),
        diagnostic: diagnostics(row.diagnostics),
    }
}
