//! Waiting and trying again: the only place that sleeps.
//!
//! The SDK retries what one request may suffer (throttling, a lost connection). Here is the rest: waiting until
//! something that AWS has accepted is seen everywhere, which may take seconds to minutes.

use crate::aws::error::{AwsError, ErrorKind};
use crate::hosting::{scope_stop, stop_token};
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a new IAM role may stay unknown to EKS ("invalid principal"). 15 to 30 s were seen; a wrong path gives
/// the same text for ever, so confirm the ARN with GetRole first.
pub const NEW_ROLE_PROPAGATION: Duration = Duration::from_secs(120);
/// How long a new access entry may stay unknown to the calls that follow its creation. Seconds were seen.
pub const NEW_ENTRY_PROPAGATION: Duration = Duration::from_secs(60);
/// The first pause between two tries. Most waits are over after one or two.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause between two tries: what a wait may take longer than needed.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The time between two lines about one wait. Tries are half to one pause apart, so the lines come about every 10 s.
pub const PROGRESS: Duration = Duration::from_secs(8);
/// Between two calls to Identity Center: its limit of 20 requests a second is shared with all automation of the
/// organization, and we take at most 2.
pub const IDENTITY_CENTER_PACE: Duration = Duration::from_millis(500);

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Runs an operation whose calls are not tried again after `deadline`.
pub async fn within<F: Future>(deadline: Instant, operation: F) -> F::Output {
    // On the heap: what writes a grant is a large future, and a thread's stack is not.
    DEADLINE.scope(deadline, Box::pin(operation)).await
}

/// Whether the time of the operation that runs here is over, so that a failed call is its last.
pub(crate) fn is_time_over() -> bool {
    DEADLINE.try_with(|deadline| Instant::now() >= *deadline).unwrap_or(false)
}

/// Ends when the time of the operation that runs here is over, but not before `least` has passed; never where it has no
/// end.
pub(crate) async fn time_is_over(least: Duration) {
    match DEADLINE.try_with(|deadline| *deadline) {
        Ok(deadline) => {
            #[allow(clippy::disallowed_methods, reason = "the one place that sleeps")]
            tokio::time::sleep_until(deadline.max(Instant::now() + least)).await;
        }
        Err(_) => std::future::pending().await,
    }
}

/// Calls `operation` until it succeeds, fails with an error that `should_retry` refuses, or `deadline` has passed;
/// then the last error is returned. The first try is made whatever the deadline.
///
/// # Errors
/// The last error of `operation`, or [`ErrorKind::Stopped`] where Terraform asked to stop between two tries.
pub async fn retry_until<T, F>(
    deadline: Instant,
    mut should_retry: impl FnMut(&AwsError) -> bool,
    mut operation: impl FnMut() -> F,
) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    let mut pauses = Pauses::default();
    loop {
        let error = match operation().await {
            Ok(value) => return Ok(value),
            Err(error) if !should_retry(&error) => return Err(error),
            Err(error) => error,
        };
        if !pauses.wait(deadline, error.service, error.operation).await? {
            return Err(error);
        }
    }
}

/// What one look at something that is waited for showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look<T> {
    /// It is as wanted, or will never be.
    Done(T),
    /// It may still come; how it is now, for the log and for whoever gives up.
    NotYet(String),
}

/// Looks until it is [`Look::Done`], and gives the last look once `deadline` has passed. The first one is taken whatever
/// the deadline. While it waits, the log says now and then "waiting for {what}: {how it is now}"; further fields of these
/// lines are those of the span that this runs in.
///
/// A look that fails for the moment is one that showed nothing: the wait goes on.
///
/// # Errors
/// The error of `look`; one that may pass only if it was the last. Or [`ErrorKind::Stopped`].
pub async fn poll_until<T, F>(deadline: Instant, what: &str, mut look: impl FnMut() -> F) -> Result<Look<T>, AwsError>
where
    F: Future<Output = Result<Look<T>, AwsError>>,
{
    let (mut pauses, mut progress) = (Pauses::default(), Progress::default());
    loop {
        let (now, failure) = match look().await {
            Ok(Look::Done(value)) => return Ok(Look::Done(value)),
            Ok(Look::NotYet(now)) => (now, None),
            Err(error) if error.may_pass() => (error.to_string(), Some(error)),
            Err(error) => return Err(error),
        };
        if Instant::now() < deadline {
            progress.report(|waited_s| tracing::info!(waited_s, "waiting for {what}: {now}"));
        }
        if !pauses.wait(deadline, "AWS", "wait").await? {
            return failure.map_or(Ok(Look::NotYet(now)), Err);
        }
    }
}

/// Since when an answer is new enough for all who poll for the same thing: half of the shortest pause between two tries.
#[must_use]
pub fn recently() -> Instant {
    let now = Instant::now();
    now.checked_sub(FIRST_PAUSE / 2).unwrap_or(now)
}

/// Runs a call that changes nothing, and gives it up when Terraform asks to stop. Calls that write are not to be
/// given up: their answer tells what exists.
///
/// # Errors
/// Those of `call`, or [`ErrorKind::Stopped`].
pub async fn unless_stopped<T>(
    service: &'static str,
    operation: &'static str,
    call: impl Future<Output = Result<T, AwsError>>,
) -> Result<T, AwsError> {
    let stop = stop_token();
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(AwsError::stopped(service, operation)),
        result = call => result,
    }
}

/// Runs a call that decides what the state will say, though Terraform asks to stop or the operation's time is over, for
/// at most `limit`.
///
/// # Errors
/// Those of `call`, or [`ErrorKind::Unreachable`] where the time was not enough.
pub async fn despite_stop<T>(limit: Duration, call: impl Future<Output = Result<T, AwsError>>) -> Result<T, AwsError> {
    let never = CancellationToken::new();
    let call = within(Instant::now() + limit, scope_stop(never, call));
    match tokio::time::timeout(limit, call).await {
        Ok(result) => result,
        Err(_) => {
            let text = format!("No answer within {} s.", limit.as_secs());
            Err(AwsError::local("AWS", "", ErrorKind::Unreachable, text))
        }
    }
}

/// Sleeps, unless Terraform asks to stop.
async fn pause(duration: Duration, service: &'static str, operation: &'static str) -> Result<(), AwsError> {
    unless_stopped(service, operation, async {
        #[allow(clippy::disallowed_methods, reason = "the one place that sleeps")]
        tokio::time::sleep(duration).await;
        Ok(())
    })
    .await
}

/// Says at INFO, now and then, what is being waited for.
#[derive(Debug, Default)]
pub struct Progress {
    started: Option<Instant>,
    told: Option<Instant>,
}

impl Progress {
    /// Calls `tell` with the seconds waited so far, at the first time and then every [`PROGRESS`].
    pub fn report(&mut self, tell: impl FnOnce(u64)) {
        let now = Instant::now();
        let started = *self.started.get_or_insert(now);
        if self.told.is_none_or(|told| now >= told + PROGRESS) {
            self.told = Some(now);
            tell((now - started).as_secs());
        }
    }
}

/// Growing pauses with jitter.
#[derive(Debug, Default)]
struct Pauses {
    made: u32,
}

impl Pauses {
    /// Waits for the next try; `false` where the deadline has passed.
    async fn wait(&mut self, deadline: Instant, service: &'static str, operation: &'static str) -> Result<bool, AwsError> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        let next = jittered(pause_after(self.made), random_fraction());
        self.made += 1;
        // Never past the deadline: the last try is made at the deadline itself.
        pause(next.min(left), service, operation).await?;
        Ok(true)
    }
}

fn pause_after(made: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(made)).min(LONGEST_PAUSE)
}

/// Between half of the pause and all of it, so that many grants do not ask in step.
fn jittered(pause: Duration, fraction: f64) -> Duration {
    pause.mul_f64(0.5 + fraction / 2.0)
}

/// A number from 0 to 1. Each `RandomState` has keys of its own, which is random enough to spread requests.
fn random_fraction() -> f64 {
    f64::from((RandomState::new().hash_one(0_u8) >> 32) as u32) / f64::from(u32::MAX)
}

/// Keeps calls apart.
#[derive(Debug)]
pub struct Pace {
    interval: Duration,
    next: tokio::sync::Mutex<Option<Instant>>,
}

impl Pace {
    /// One call per `interval`.
    #[must_use]
    pub fn new(interval: Duration) -> Self {
        Self {
            interval,
            next: tokio::sync::Mutex::new(None),
        }
    }

    /// Waits for this call's turn.
    ///
    /// # Errors
    /// [`ErrorKind::Stopped`].
    pub async fn turn(&self, service: &'static str, operation: &'static str) -> Result<(), AwsError> {
        let mut next = self.next.lock().await;
        let now = Instant::now();
        if let Some(at) = *next {
            pause(at.saturating_duration_since(now), service, operation).await?;
        }
        *next = Some(next.map_or(now, |at| at.max(now)) + self.interval);
        Ok(())
    }
}

/// Whether an error only says that a new role is not known to EKS yet.
#[must_use]
pub fn is_new_role(error: &AwsError) -> bool {
    error.is_invalid_principal()
}

/// Whether an error only says that a new entry is not seen yet.
#[must_use]
pub fn is_new_entry(error: &AwsError) -> bool {
    error.is_entry_not_found()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn throttled() -> AwsError {
        AwsError::local("EKS", "DescribeCluster", ErrorKind::Throttled, "slow down")
    }

    #[test]
    fn pauses_grow_to_a_limit() {
        let seconds: Vec<u64> = (0..6).map(|made| pause_after(made).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 10, 10]);
        assert_eq!(jittered(Duration::from_secs(10), 0.0), Duration::from_secs(5));
        assert_eq!(jittered(Duration::from_secs(10), 1.0), Duration::from_secs(10));
        assert_eq!(pause_after(1_000), LONGEST_PAUSE);
    }

    #[tokio::test]
    async fn passed_deadline_still_means_one_try() {
        let tries = Cell::new(0);
        let result: Result<(), _> = retry_until(
            Instant::now(),
            |_| true,
            || {
                tries.set(tries.get() + 1);
                async { Err(throttled()) }
            },
        )
        .await;
        assert_eq!((result, tries.get()), (Err(throttled()), 1));
    }

    #[tokio::test]
    async fn wait_ends_with_what_was_seen_last() {
        let looks = Cell::new(0);
        let look = |done_at: u32| {
            looks.set(looks.get() + 1);
            let seen = looks.get();
            async move {
                Ok(match seen >= done_at {
                    true => Look::Done(seen),
                    false => Look::NotYet(format!("look {seen}")),
                })
            }
        };
        assert_eq!(
            poll_until(Instant::now(), "it", || look(2)).await,
            Ok(Look::NotYet("look 1".to_owned()))
        );
        assert_eq!(poll_until(Instant::now(), "it", || look(2)).await, Ok(Look::Done(2)));
        let soon = Instant::now() + Duration::from_millis(10);
        assert_eq!(poll_until(soon, "it", || look(9)).await, Ok(Look::NotYet("look 4".to_owned())));
    }

    #[tokio::test]
    async fn refused_error_ends_at_once() {
        let far = Instant::now() + Duration::from_secs(3_600);
        let result: Result<(), _> = retry_until(far, |_| false, || async { Err(throttled()) }).await;
        assert_eq!(result, Err(throttled()));
    }

    #[tokio::test]
    async fn stop_does_not_end_what_decides_the_state() {
        let token = CancellationToken::new();
        token.cancel();
        let call = || unless_stopped("EKS", "DescribeAccessEntry", async { Ok(1) });
        let stopped = scope_stop(token.clone(), call()).await;
        assert_eq!(stopped.map_err(|error| error.kind), Err(ErrorKind::Stopped));
        assert_eq!(scope_stop(token, despite_stop(Duration::from_secs(9), call())).await, Ok(1));
    }

    #[tokio::test]
    async fn time_of_an_operation_ends_but_not_for_what_decides_the_state() {
        assert!(!is_time_over());
        let now = Instant::now();
        assert!(!within(now + Duration::from_secs(60), async { is_time_over() }).await);
        assert!(within(now, async { is_time_over() }).await);
        let deciding = despite_stop(Duration::from_secs(9), async { Ok(is_time_over()) });
        assert_eq!(within(now, deciding).await, Ok(false));
    }

    #[tokio::test]
    async fn stop_ends_a_wait() {
        let token = CancellationToken::new();
        token.cancel();
        let far = Instant::now() + Duration::from_secs(3_600);
        let waiting = retry_until(far, |_| true, || async { Err::<(), _>(throttled()) });
        let result = scope_stop(token, waiting).await;
        assert_eq!(result.map_err(|error| error.kind), Err(ErrorKind::Stopped));
    }

    /// A blip of a second does not end a wait of ten minutes; a lasting one is what the wait ends with.
    #[tokio::test(start_paused = true)]
    async fn wait_outlasts_what_may_pass() {
        let looks = Cell::new(0);
        let deadline = Instant::now() + Duration::from_secs(60);
        let look = || {
            looks.set(looks.get() + 1);
            let failed = looks.get() == 2;
            let done = looks.get() == 3;
            async move {
                match (failed, done) {
                    (true, _) => Err(throttled()),
                    (_, true) => Ok(Look::Done(7)),
                    _ => Ok(Look::NotYet("not there".to_owned())),
                }
            }
        };
        assert_eq!(poll_until(deadline, "it", look).await, Ok(Look::Done(7)));
        let lasting = poll_until(deadline, "it", || async { Err::<Look<u8>, _>(throttled()) });
        assert_eq!(lasting.await, Err(throttled()));
        let denied = AwsError::local("EKS", "DescribeCluster", ErrorKind::AccessDenied, "no");
        let began = Instant::now();
        let refused = poll_until(began + Duration::from_secs(60), "it", || async {
            Err::<Look<u8>, _>(denied.clone())
        });
        assert_eq!(refused.await, Err(denied.clone()));
        assert_eq!(Instant::now(), began, "what cannot pass is told at once");
    }

    /// With all pauses at their longest, and at half of that: a second, then twice as long each time, up to ten.
    #[tokio::test(start_paused = true)]
    async fn tries_become_rarer() {
        let tries = Cell::new(0);
        let deadline = Instant::now() + Duration::from_secs(60);
        let result: Result<(), _> = retry_until(
            deadline,
            |_| true,
            || {
                tries.set(tries.get() + 1);
                async { Err(throttled()) }
            },
        )
        .await;
        assert_eq!(result, Err(throttled()));
        let over = Instant::now() - deadline;
        assert!(
            over < Duration::from_millis(2),
            "the last try is made at the deadline itself: {over:?} after it"
        );
        assert!((10..=17).contains(&tries.get()), "{}", tries.get());
    }

    #[test]
    fn grants_do_not_ask_in_step() {
        let fractions: Vec<f64> = (0..100).map(|_| random_fraction()).collect();
        assert!(fractions.iter().all(|fraction| (0.0..=1.0).contains(fraction)), "{fractions:?}");
        let differ = fractions.iter().filter(|fraction| (*fraction - fractions[0]).abs() > 0.01).count();
        assert!(differ > 50, "{fractions:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn paced_calls_are_an_interval_apart() {
        let pace = Pace::new(IDENTITY_CENTER_PACE);
        let started = Instant::now();
        let mut turns = Vec::new();
        for _ in 0..3 {
            pace.turn("SSO Admin", "ListInstances").await.unwrap();
            turns.push(started.elapsed().as_millis());
        }
        tokio::time::advance(Duration::from_secs(9)).await;
        for _ in 0..2 {
            pace.turn("SSO Admin", "ListInstances").await.unwrap();
            turns.push(started.elapsed().as_millis());
        }
        assert_eq!(turns, [0, 500, 1_000, 10_000, 10_500], "what was not asked for is not saved up");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_is_told_of_now_and_then() {
        let mut progress = Progress::default();
        let mut told = Vec::new();
        for seconds in [0, 5, 3, 1, 7] {
            tokio::time::advance(Duration::from_secs(seconds)).await;
            progress.report(|waited| told.push(waited));
        }
        assert_eq!(told, [0, 8, 16]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_recent_for_half_of_the_shortest_pause() {
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(Instant::now() - recently(), Duration::from_millis(500));
    }

    #[test]
    fn a_user_name_that_is_refused_is_no_new_role() {
        let refused = |text| AwsError::local("EKS", "CreateAccessEntry", ErrorKind::InvalidParameter, text);
        assert!(is_new_role(&refused("The specified principalArn is invalid: invalid principal.")));
        assert!(!is_new_role(&refused("The username must not begin with system:")));
    }

    #[test]
    fn a_cluster_that_is_missing_is_no_new_entry() {
        let not_found = |text| AwsError::local("EKS", "DescribeAccessEntry", ErrorKind::NotFound, text);
        assert!(is_new_entry(&not_found("The specified principalArn could not be found.")));
        assert!(!is_new_entry(&not_found("No cluster found for name: payments.")));
    }
}
