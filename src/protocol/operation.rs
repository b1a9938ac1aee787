//! What is said of an operation around its answer: log lines, and a diagnostic where it panicked.

use std::future::Future;
use tf_provider::{AttributePath, Diagnostic};
use tracing::Instrument;

/// An operation whose log lines, its own and those of its calls, carry an id.
pub(crate) fn logged<F: Future>(rpc: &'static str, subject: &str, operation: F) -> impl Future<Output = F::Output> + use<F> {
    let span = tracing::info_span!(
        "rpc",
        tf_req_id = %uuid::Uuid::new_v4(),
        tf_rpc = rpc,
        tf_proto_version = "6.10",
        tf_resource_type = subject,
    );
    let logged = async move {
        tracing::debug!("Received request");
        let start = tokio::time::Instant::now();
        let output = operation.await;
        tracing::debug!(tf_req_duration_ms = start.elapsed().as_millis() as u64, "Served request");
        output
    };
    logged.instrument(span)
}

/// What is answered for an operation that panicked.
pub(crate) fn panicked(rpc: &str) -> Diagnostic {
    Diagnostic {
        summary: "Provider panicked".into(),
        detail: format!(
            "The provider met a situation in {rpc} that it does not handle, and gave up this one operation. \
             What it had written to AWS by then stands; the next plan shows it.\n\n\
             This is always a bug in the provider and should be reported to its developers, with the lines that \
             begin with \"panic: \" from the log (TF_LOG=warn)."
        )
        .into(),
        attribute: AttributePath::default(),
    }
}
