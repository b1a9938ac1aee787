//! The stop request of Terraform (Ctrl-C), as the running operation sees it.

use std::future::Future;
use tokio_util::sync::CancellationToken;

tokio::task_local! {
    static STOP: CancellationToken;
}

/// The token that is cancelled when Terraform asks to stop. Waits select on it; a write that is under
/// way is finished. Outside of an RPC it is never cancelled.
#[must_use]
pub fn stop_token() -> CancellationToken {
    STOP.try_with(CancellationToken::clone).unwrap_or_default()
}

/// Runs an operation with the stop token that belongs to its time.
pub async fn scope_stop<F: Future>(token: CancellationToken, operation: F) -> F::Output {
    STOP.scope(token, operation).await
}
