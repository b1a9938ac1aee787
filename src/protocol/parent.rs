//! Ends this process when Terraform is gone: a killed Terraform cannot ask for a shutdown.

use tokio_util::sync::CancellationToken;

/// Cancels `shutdown` soon after the parent process has gone.
#[cfg(unix)]
pub(crate) fn watch(shutdown: CancellationToken) {
    use std::os::unix::process::parent_id;
    /// Between looks: long enough to cost nothing, short enough to leave nobody waiting.
    const INTERVAL: std::time::Duration = std::time::Duration::from_millis(500);
    let parent = parent_id();
    tokio::spawn(async move {
        let mut looks = tokio::time::interval(INTERVAL);
        while parent_id() == parent {
            looks.tick().await;
        }
        tracing::warn!("Terraform is gone; finishing what is under way and ending");
        shutdown.cancel();
    });
}

/// Without unix processes there is no parent to look at: a closed connection is all that is seen.
#[cfg(not(unix))]
pub(crate) fn watch(shutdown: CancellationToken) {
    let _ = shutdown;
}
