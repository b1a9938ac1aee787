//! The gRPC services on the socket: Terraform's own, go-plugin's three, and health.

use crate::protocol::operation::{logged, panicked};
use crate::protocol::rpc::{self, Rpc};
use crate::protocol::{Host, wire};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

/// go-plugin sends messages up to this size; tonic's own default is 4 MB, too small for large states.
const MAX_MESSAGE_BYTES: usize = 256 << 20;

/// How long a shutdown waits for writes that are under way. Terraform kills the process 2 s after it
/// asked, so this matters only when Terraform itself is gone.
const DRAIN: Duration = Duration::from_secs(120);

pub(crate) type HttpRequest = http::Request<Body>;
pub(crate) type HttpResponse = http::Response<Body>;

macro_rules! grpc_service {
    ($(#[$doc:meta])* $service:ident, $name:literal, $dispatch:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub(crate) struct $service(pub(crate) Arc<Host>, pub(crate) Lifetime);

        impl NamedService for $service {
            const NAME: &'static str = $name;
        }

        impl Service<HttpRequest> for $service {
            type Response = HttpResponse;
            type Error = Infallible;
            type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Infallible>> + Send>>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: HttpRequest) -> Self::Future {
                let (host, lifetime) = (self.0.clone(), self.1);
                Box::pin(async move { Ok($dispatch(host, lifetime, request).await) })
            }
        }
    };
}

/// Whether a shutdown request ends the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// Started by Terraform, ended by it.
    Managed,
    /// Started by a developer with `-debug`: many Terraform runs attach to it one after another.
    Debug,
}

grpc_service!(/// Terraform's provider protocol.
    ProviderService, "tfplugin6.Provider", provider);
grpc_service!(/// gRPC's health protocol.
    HealthService, "grpc.health.v1.Health", health);
grpc_service!(/// go-plugin's shutdown.
    ControllerService, "plugin.GRPCController", controller);
grpc_service!(/// go-plugin's relay of output; idle, since logs go to the real stderr.
    StdioService, "plugin.GRPCStdio", stdio);
grpc_service!(/// go-plugin's side connections; idle, since Terraform opens none.
    BrokerService, "plugin.GRPCBroker", broker);

fn method(request: &HttpRequest) -> String {
    request.uri().path().rsplit('/').next().unwrap_or_default().to_owned()
}

async fn provider(host: Arc<Host>, _: Lifetime, request: HttpRequest) -> HttpResponse {
    match method(&request).as_str() {
        rpc::GetMetadata::NAME => unary::<rpc::GetMetadata>(host, request).await,
        rpc::GetProviderSchema::NAME => unary::<rpc::GetProviderSchema>(host, request).await,
        rpc::ValidateProviderConfig::NAME => unary::<rpc::ValidateProviderConfig>(host, request).await,
        rpc::ConfigureProvider::NAME => unary::<rpc::ConfigureProvider>(host, request).await,
        rpc::StopProvider::NAME => unary::<rpc::StopProvider>(host, request).await,
        rpc::ValidateResourceConfig::NAME => unary::<rpc::ValidateResourceConfig>(host, request).await,
        rpc::UpgradeResourceState::NAME => unary::<rpc::UpgradeResourceState>(host, request).await,
        rpc::ReadResource::NAME => unary::<rpc::ReadResource>(host, request).await,
        rpc::PlanResourceChange::NAME => unary::<rpc::PlanResourceChange>(host, request).await,
        rpc::ApplyResourceChange::NAME => unary::<rpc::ApplyResourceChange>(host, request).await,
        rpc::ImportResourceState::NAME => unary::<rpc::ImportResourceState>(host, request).await,
        rpc::ValidateDataResourceConfig::NAME => unary::<rpc::ValidateDataResourceConfig>(host, request).await,
        rpc::ReadDataSource::NAME => unary::<rpc::ReadDataSource>(host, request).await,
        rpc::GetFunctions::NAME => unary::<rpc::GetFunctions>(host, request).await,
        rpc::CallFunction::NAME => unary::<rpc::CallFunction>(host, request).await,
        rpc::GetResourceIdentitySchemas::NAME => unary::<rpc::GetResourceIdentitySchemas>(host, request).await,
        rpc::UpgradeResourceIdentity::NAME => unary::<rpc::UpgradeResourceIdentity>(host, request).await,
        rpc::MoveResourceState::NAME => unary::<rpc::MoveResourceState>(host, request).await,
        rpc::ValidateListResourceConfig::NAME => unary::<rpc::ValidateListResourceConfig>(host, request).await,
        "ListResource" => list(host, request).await,
        // Ephemeral resources, actions and state stores: Terraform takes this
        // answer as "not supported" and asks only where the schema offers them.
        other => Status::unimplemented(format!("this provider does not serve {other}")).into_http(),
    }
}

async fn unary<R: Rpc>(host: Arc<Host>, request: HttpRequest) -> HttpResponse {
    let codec = ProstCodec::<R::Response, R::Request>::default();
    let service = service_fn(move |request: Request<R::Request>| {
        let host = host.clone();
        async move { Ok::<_, Status>(Response::new(run::<R>(host, request.into_inner()).await)) }
    });
    Grpc::new(codec)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
        .unary(service, request)
        .await
}

/// Runs one RPC in a task of its own, logs it, and turns a panic into a diagnostic.
async fn run<R: Rpc>(host: Arc<Host>, request: R::Request) -> R::Response {
    let (inner, kept) = (host.clone(), request.clone());
    let operation = logged(R::NAME, R::subject(&kept), async move { R::serve(&inner, request).await });
    match host.run(operation).await {
        Ok(response) => response,
        Err(_) => R::failed(kept, panicked(R::NAME)),
    }
}

/// The one RPC of the provider that streams.
async fn list(host: Arc<Host>, request: HttpRequest) -> HttpResponse {
    let service = service_fn(move |request: Request<wire::ListResourceRequest>| {
        let events = ReceiverStream::new(rpc::list(host.clone(), request.into_inner()));
        async move { Ok::<_, Status>(Response::new(events)) }
    });
    Grpc::new(ProstCodec::default())
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
        .server_streaming(service, request)
        .await
}

async fn health(_: Arc<Host>, _: Lifetime, request: HttpRequest) -> HttpResponse {
    const SERVING: i32 = 1;
    if method(&request) != "Check" {
        return Status::unimplemented("only Check is served").into_http();
    }
    let service = service_fn(|request: Request<wire::HealthCheckRequest>| async move {
        match request.into_inner().service.as_str() {
            "" | "plugin" => Ok(Response::new(wire::HealthCheckResponse { status: SERVING })),
            other => Err(Status::not_found(format!("no service {other:?}"))),
        }
    });
    Grpc::new(ProstCodec::default()).unary(service, request).await
}

async fn controller(host: Arc<Host>, lifetime: Lifetime, request: HttpRequest) -> HttpResponse {
    let service = service_fn(move |_: Request<wire::Empty>| {
        let host = host.clone();
        async move {
            if lifetime == Lifetime::Managed {
                // Answered first: the server ends only when open requests are answered.
                host.shutdown.cancel();
            }
            Ok::<_, Status>(Response::new(wire::Empty {}))
        }
    });
    Grpc::new(ProstCodec::default()).unary(service, request).await
}

async fn stdio(host: Arc<Host>, _: Lifetime, request: HttpRequest) -> HttpResponse {
    let service = service_fn(move |_: Request<wire::Empty>| {
        let host = host.clone();
        async move { Ok::<_, Status>(Response::new(Box::pin(idle::<wire::StdioData>(host)))) }
    });
    Grpc::new(ProstCodec::default()).server_streaming(service, request).await
}

async fn broker(host: Arc<Host>, _: Lifetime, request: HttpRequest) -> HttpResponse {
    let service = service_fn(move |_: Request<tonic::Streaming<wire::ConnInfo>>| {
        let host = host.clone();
        async move { Ok::<_, Status>(Response::new(Box::pin(idle::<wire::ConnInfo>(host)))) }
    });
    Grpc::new(ProstCodec::default()).streaming(service, request).await
}

/// A stream that says nothing and ends with the process.
fn idle<T: Send + Sync + 'static>(host: Arc<Host>) -> impl tokio_stream::Stream<Item = Result<T, Status>> + Send {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<T, Status>>(1);
    tokio::spawn(async move {
        host.shutdown.cancelled().await;
        drop(sender);
    });
    ReceiverStream::new(receiver).fuse()
}

/// Waits for the operations that are under way, but not for ever.
pub(crate) async fn drain(host: &Host) {
    if tokio::time::timeout(DRAIN, host.drain()).await.is_err() {
        tracing::warn!("operations were still running when the process ended");
    }
}
