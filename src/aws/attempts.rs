//! What became of a call that writes, attempt by attempt.
//!
//! A lost answer is tried again by the SDK, and what the last try answers (a conflict, for one) hides that an
//! earlier one may have done the work. And between two attempts, when nothing is under way, a write can be given up.

use crate::aws::error::{AwsError, ErrorKind};
use crate::hosting::stop_token;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use std::error::Error as _;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Watches the attempts of one call. Clones watch together.
#[derive(Debug, Clone, Default)]
pub struct Attempts(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// An attempt ended without AWS's word that it was refused.
    in_doubt: AtomicBool,
    /// AWS has refused the last attempt, and the next has not begun.
    pausing: AtomicBool,
}

impl Attempts {
    /// What AWS answered to one of them made no sense.
    pub(crate) fn doubt(&self) {
        self.0.in_doubt.store(true, Ordering::Relaxed);
    }

    /// Whether an attempt may have done the work, though the call failed: it ended without AWS's word that it was refused.
    #[must_use]
    pub fn are_in_doubt(&self) -> bool {
        self.0.in_doubt.load(Ordering::Relaxed)
    }

    /// Runs a write that this watches. Terraform's stop request ends it in the pause after an attempt that AWS refused;
    /// the SDK itself would sit out the pause and try once more. The first attempt is made in any case, since what was
    /// begun is finished.
    ///
    /// # Errors
    /// Those of `call`, or [`ErrorKind::Stopped`].
    pub(crate) async fn watch<T>(
        &self,
        service: &'static str,
        operation: &'static str,
        call: impl Future<Output = Result<T, AwsError>>,
    ) -> Result<T, AwsError> {
        self.0.pausing.store(false, Ordering::Relaxed);
        let stop = stop_token();
        let mut call = pin!(call);
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            result = &mut call => return result,
        }
        if self.0.pausing.load(Ordering::Relaxed) {
            return Err(AwsError::stopped(service, operation));
        }
        match call.await {
            Err(error) if error.kind == ErrorKind::Throttled => Err(AwsError::stopped(service, operation)),
            result => result,
        }
    }
}

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.pausing.store(false, Ordering::Relaxed);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_refused = context.response().is_some_and(|response| response.status().is_client_error());
        let is_done = matches!(context.output_or_error(), Some(Ok(_)));
        self.0.pausing.store(is_refused, Ordering::Relaxed);
        let was_sent = !matches!(context.output_or_error(), Some(Err(error)) if error.as_connector_error().is_some_and(never_connected));
        if !is_refused && !is_done && was_sent {
            self.0.in_doubt.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Whether no connection came about, so that nothing was sent.
fn never_connected(error: &ConnectorError) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(|error| error.is_connect())
        {
            return true;
        }
        source = cause.source();
    }
    false
}
