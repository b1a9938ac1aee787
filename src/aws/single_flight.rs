//! Many ask, one goes: the same question from many tasks becomes one call.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::retry::time_is_over;
use crate::hosting::stop_token;
use crate::lock::lock;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tracing::Instrument;

/// What an answer is waited for at least: the first look is taken even where no time is left.
const SHORTEST_WAIT: Duration = Duration::from_secs(5);

type Cell<V> = Arc<OnceCell<Result<V, AwsError>>>;

/// Answers by question. A failure is given to all who wait for it, and then forgotten.
pub struct SingleFlight<K, V>(Mutex<HashMap<K, Cell<V>>>);

impl<K, V> Default for SingleFlight<K, V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: fmt::Debug, V> fmt::Debug for SingleFlight<K, V> {
    // Without the answers: some are credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(lock(&self.0).keys()).finish()
    }
}

impl<K: Eq + Hash + Clone, V: Clone + Send + Sync + 'static> SingleFlight<K, V> {
    /// The answer to `key`: the one at hand if it is still good, or else what `ask` brings.
    ///
    /// The question runs in a task of its own, which neither the time nor the stop request of whoever asked first ends:
    /// others wait for it too, each by its own clock.
    ///
    /// # Errors
    /// Those of `ask`; [`ErrorKind::Stopped`], and [`ErrorKind::Unreachable`] where the caller's time was over first.
    pub async fn get<F>(&self, key: &K, is_good: impl Fn(&V) -> bool, ask: impl FnOnce() -> F) -> Result<V, AwsError>
    where
        F: Future<Output = Result<V, AwsError>> + Send + 'static,
    {
        let cell = self.cell(key, is_good);
        if let Some(answer) = cell.get() {
            return answer.clone();
        }
        let question = ask();
        let asking = async move { cell.get_or_init(|| question).await.clone() };
        in_own_time(tokio::spawn(asking.in_current_span())).await
    }

    fn cell(&self, key: &K, is_good: impl Fn(&V) -> bool) -> Cell<V> {
        let mut cells = lock(&self.0);
        let cell = cells.entry(key.clone()).or_default();
        let is_stale = match cell.get() {
            Some(Ok(value)) => !is_good(value),
            Some(Err(_)) => true,
            None => false,
        };
        if is_stale {
            *cell = Cell::default();
        }
        cell.clone()
    }
}

/// Waits for a shared question, as far as the time of the operation that runs here goes.
///
/// # Errors
/// Those of the question, [`ErrorKind::Stopped`], and [`ErrorKind::Unreachable`] where the time was over first.
async fn in_own_time<T>(asking: JoinHandle<Result<T, AwsError>>) -> Result<T, AwsError> {
    let stop = stop_token();
    tokio::select! {
        biased;
        answer = asking => answer.unwrap_or_else(|_| Err(local(ErrorKind::Other, "The question ended without an answer."))),
        () = stop.cancelled() => Err(AwsError::stopped("AWS", "")),
        () = time_is_over(SHORTEST_WAIT) => Err(local(ErrorKind::Unreachable, "The time of this operation was over before AWS answered. Raise its timeouts.")),
    }
}

fn local(kind: ErrorKind, text: &'static str) -> AwsError {
    AwsError::local("AWS", "", kind, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn failure() -> AwsError {
        AwsError::local("STS", "AssumeRole", ErrorKind::CannotAssume, "no")
    }

    #[tokio::test]
    async fn many_callers_make_one_call() {
        let flights = SingleFlight::<u8, u32>::default();
        let calls = Arc::new(AtomicU32::new(0));
        let ask = || {
            flights.get(
                &1,
                |_| true,
                || {
                    let calls = calls.clone();
                    async move {
                        tokio::task::yield_now().await;
                        Ok(calls.fetch_add(1, Ordering::SeqCst))
                    }
                },
            )
        };
        let (a, b, c) = tokio::join!(ask(), ask(), ask());
        assert_eq!((a, b, c), (Ok(0), Ok(0), Ok(0)));
        assert_eq!(ask().await, Ok(0));
    }

    #[tokio::test]
    async fn failure_is_shared_but_not_remembered() {
        let flights = SingleFlight::<u8, u32>::default();
        let calls = Arc::new(AtomicU32::new(0));
        let ask = || {
            flights.get(
                &1,
                |_| true,
                || {
                    let calls = calls.clone();
                    async move {
                        tokio::task::yield_now().await;
                        if calls.fetch_add(1, Ordering::SeqCst) == 0 {
                            Err(failure())
                        } else {
                            Ok(7)
                        }
                    }
                },
            )
        };
        let (a, b) = tokio::join!(ask(), ask());
        assert_eq!((a, b), (Err(failure()), Err(failure())));
        assert_eq!(ask().await, Ok(7));
    }

    #[tokio::test]
    async fn bad_answer_is_asked_again() {
        let flights = SingleFlight::<u8, u32>::default();
        assert_eq!(flights.get(&1, |_| true, || async { Ok(1) }).await, Ok(1));
        assert_eq!(flights.get(&1, |value| *value > 1, || async { Ok(2) }).await, Ok(2));
    }

    /// Whoever asks first has no time, or is stopped; the others get the answer.
    #[tokio::test(start_paused = true)]
    async fn each_waits_by_its_own_clock() {
        let flights = SingleFlight::<u8, u32>::default();
        let ask = || {
            flights.get(
                &1,
                |_| true,
                || async {
                    #[allow(clippy::disallowed_methods, reason = "an answer that takes a minute")]
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    Ok(7)
                },
            )
        };
        let seconds = |seconds| tokio::time::Instant::now() + Duration::from_secs(seconds);
        let stopped = tokio_util::sync::CancellationToken::new();
        stopped.cancel();
        let (short, stopped, long) = tokio::join!(
            crate::aws::retry::within(seconds(10), ask()),
            crate::hosting::scope_stop(stopped, ask()),
            crate::aws::retry::within(seconds(600), ask())
        );
        assert_eq!(short.map_err(|error| error.kind), Err(ErrorKind::Unreachable));
        assert_eq!(stopped.map_err(|error| error.kind), Err(ErrorKind::Stopped));
        assert_eq!(long, Ok(7));
    }

    /// A grant whose time is over when it asks still gets an answer that comes soon.
    #[tokio::test(start_paused = true)]
    async fn the_first_look_is_taken_where_no_time_is_left() {
        let after = |seconds| {
            let ask = move || async move {
                #[allow(clippy::disallowed_methods, reason = "an answer that takes seconds")]
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                Ok(7)
            };
            async move {
                let flights = SingleFlight::<u8, u32>::default();
                crate::aws::retry::within(tokio::time::Instant::now(), flights.get(&1, |_| true, ask)).await
            }
        };
        assert_eq!(after(4).await, Ok(7));
        assert_eq!(after(6).await.map_err(|error| error.kind), Err(ErrorKind::Unreachable));
    }

    #[tokio::test]
    async fn what_is_shown_of_it_holds_no_answers() {
        let flights = SingleFlight::<u8, u32>::default();
        assert_eq!(flights.get(&1, |_| true, || async { Ok(77) }).await, Ok(77));
        assert_eq!(format!("{flights:?}"), "{1}");
    }
}
