//! The services without a connection, for a caller within this process, such as a test.

use crate::protocol::Host;
use crate::protocol::service::{ControllerService, HttpRequest, HttpResponse, Lifetime, ProviderService, drain};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::server::NamedService as _;
use tower::Service;

/// Terraform's provider protocol and go-plugin's shutdown, as a channel that a gRPC client can have.
#[derive(Debug, Clone)]
pub struct InProcess(Arc<Host>);

impl InProcess {
    /// Serves a host.
    #[must_use]
    pub fn new(host: Host) -> Self {
        Self(Arc::new(host))
    }

    /// Waits for a shutdown, and then for the operations that are under way.
    pub async fn ended(&self) {
        self.0.shutdown.cancelled().await;
        drain(&self.0).await;
    }
}

impl Service<HttpRequest> for InProcess {
    type Response = HttpResponse;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest) -> Self::Future {
        let host = self.0.clone();
        match request.uri().path().split('/').nth(1) {
            Some(ControllerService::NAME) => ControllerService(host, Lifetime::Managed).call(request),
            _ => ProviderService(host, Lifetime::Managed).call(request),
        }
    }
}
