//! What all RPCs share: the provider's registries and the stop request in force.

use crate::hosting::{HostedDataSource, HostedFunction, HostedResource, Provider, scope_stop};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The served provider.
pub struct Host {
    pub(crate) provider: Box<dyn Provider>,
    pub(crate) resources: BTreeMap<&'static str, Box<dyn HostedResource>>,
    pub(crate) data_sources: BTreeMap<&'static str, Box<dyn HostedDataSource>>,
    pub(crate) functions: BTreeMap<&'static str, Box<dyn HostedFunction>>,
    /// Replaced by each stop request, so that what starts after a stop works again.
    stop: Mutex<CancellationToken>,
    /// Operations that are still running, so that the process can let them finish.
    running: TaskTracker,
    /// Ends the process once it is cancelled.
    pub(crate) shutdown: CancellationToken,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("resources", &self.resources.keys())
            .finish_non_exhaustive()
    }
}

impl Host {
    /// A host of this provider.
    #[must_use]
    pub fn new(provider: impl Provider) -> Self {
        Self {
            resources: provider.resources(),
            data_sources: provider.data_sources(),
            functions: provider.functions(),
            provider: Box::new(provider),
            stop: Mutex::default(),
            running: TaskTracker::new(),
            shutdown: CancellationToken::new(),
        }
    }

    /// Cancels the waits of everything that is running now. Later operations are not affected.
    pub(crate) fn stop(&self) {
        let mut current = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *current).cancel();
    }

    /// Runs an operation to its end even if the caller goes away: a half-done create must not be
    /// dropped between two calls.
    ///
    /// # Errors
    /// The operation panicked.
    pub(crate) async fn run<F>(&self, operation: F) -> Result<F::Output, tokio::task::JoinError>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let token = self.stop.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.running.spawn(scope_stop(token, operation)).await
    }

    /// Stops, and waits for what is running.
    pub(crate) async fn drain(&self) {
        self.stop();
        self.running.close();
        self.running.wait().await;
    }
}
