//! What all RPCs share: the provider's registries and the stop request in force.

use crate::hosting::{HostedDataSource, HostedFunction, HostedResource, Provider, scope_stop};
use crate::lock::lock;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A provider and what it registers.
pub(crate) struct Served {
    pub(crate) provider: Box<dyn Provider>,
    pub(crate) resources: BTreeMap<&'static str, Box<dyn HostedResource>>,
    pub(crate) data_sources: BTreeMap<&'static str, Box<dyn HostedDataSource>>,
    pub(crate) functions: BTreeMap<&'static str, Box<dyn HostedFunction>>,
}

impl Served {
    fn new(provider: impl Provider) -> Self {
        Self {
            resources: provider.resources(),
            data_sources: provider.data_sources(),
            functions: provider.functions(),
            provider: Box::new(provider),
        }
    }
}

/// The served provider.
pub struct Host {
    make: Box<dyn Fn() -> Served + Send + Sync>,
    current: Mutex<Current>,
    /// Replaced by each stop request, so that what starts after a stop works again.
    stop: Mutex<CancellationToken>,
    /// Operations that are still running, so that the process can let them finish.
    running: TaskTracker,
    /// Ends the process once it is cancelled.
    pub(crate) shutdown: CancellationToken,
}

struct Current {
    served: Arc<Served>,
    configured: bool,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("resources", &self.served().resources.keys())
            .finish_non_exhaustive()
    }
}

impl Host {
    /// A host of the providers that `make` makes: one, unless it is configured again.
    #[must_use]
    pub fn new<P: Provider>(make: impl Fn() -> P + Send + Sync + 'static) -> Self {
        let make = move || Served::new(make());
        let served = Arc::new(make());
        Self {
            make: Box::new(make),
            current: Mutex::new(Current { served, configured: false }),
            stop: Mutex::default(),
            running: TaskTracker::new(),
            shutdown: CancellationToken::new(),
        }
    }

    /// The provider as it is now.
    pub(crate) fn served(&self) -> Arc<Served> {
        lock(&self.current).served.clone()
    }

    /// The provider to configure. Terraform starts a process for each run and configures it once; to one that was
    /// started with `-debug`, run after run attaches, and must find nothing of the one before.
    pub(crate) fn unconfigured(&self) -> Arc<Served> {
        let mut current = lock(&self.current);
        if std::mem::replace(&mut current.configured, true) {
            current.served = Arc::new((self.make)());
        }
        current.served.clone()
    }

    /// Cancels the waits of everything that is running now. Later operations are not affected.
    pub(crate) fn stop(&self) {
        let mut current = lock(&self.stop);
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
        let token = lock(&self.stop).clone();
        self.running.spawn(scope_stop(token, operation)).await
    }

    /// Stops, and waits for what is running.
    pub(crate) async fn drain(&self) {
        self.stop();
        self.running.close();
        self.running.wait().await;
    }
}
