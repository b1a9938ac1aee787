//! Many ask, one goes: the same question from many tasks becomes one call.

use crate::aws::error::AwsError;
use crate::lock::lock;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

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

impl<K: Eq + Hash + Clone, V: Clone> SingleFlight<K, V> {
    /// The answer to `key`: the one at hand if it is still good, or else what `ask` brings. Where the asking
    /// task is dropped, one of those who wait asks instead.
    ///
    /// # Errors
    /// Those of `ask`.
    pub async fn get<F>(&self, key: &K, is_good: impl Fn(&V) -> bool, ask: impl FnOnce() -> F) -> Result<V, AwsError>
    where
        F: Future<Output = Result<V, AwsError>>,
    {
        let cell = self.cell(key, is_good);
        cell.get_or_init(ask).await.clone()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::ErrorKind;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn failure() -> AwsError {
        AwsError::local("STS", "AssumeRole", ErrorKind::CannotAssume, "no")
    }

    #[tokio::test]
    async fn many_callers_make_one_call() {
        let flights = SingleFlight::<u8, u32>::default();
        let calls = AtomicU32::new(0);
        let ask = || {
            flights.get(
                &1,
                |_| true,
                || async {
                    tokio::task::yield_now().await;
                    Ok(calls.fetch_add(1, Ordering::SeqCst))
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
        let calls = AtomicU32::new(0);
        let ask = || {
            flights.get(
                &1,
                |_| true,
                || async {
                    tokio::task::yield_now().await;
                    if calls.fetch_add(1, Ordering::SeqCst) == 0 {
                        Err(failure())
                    } else {
                        Ok(7)
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
}
