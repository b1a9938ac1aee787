//! What AWS answered to questions that many grants ask, and when.
//!
//! Answers live as long as the process, which is one plan or one apply.

use crate::aws::eks::{AccessPolicy, Cluster};
use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::aws::kubernetes::Kubernetes;
use crate::aws::single_flight::SingleFlight;
use crate::domain::place::{AccountId, Region};
use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use tokio::time::Instant;

pub(super) type ClusterKey = (AccountId, Region, String);

/// The answers at hand. Part of a session, which asks.
#[derive(Debug, Default)]
pub(crate) struct AllAnswers {
    pub(super) reserved_roles: Answers<AccountId, Arc<Vec<Role>>>,
    pub(super) roles: Answers<(AccountId, String), Option<Role>>,
    pub(super) clusters: Answers<ClusterKey, Option<Arc<Cluster>>>,
    pub(super) cluster_names: Answers<(AccountId, Region), Arc<Vec<String>>>,
    pub(super) policies: Answers<(AccountId, Region), Arc<Vec<AccessPolicy>>>,
    pub(super) kubernetes: Mutex<HashMap<ClusterKey, Kubernetes>>,
}

/// Answers to one kind of question, and when each was asked for.
#[derive(Debug)]
pub(super) struct Answers<K, V>(SingleFlight<K, (Instant, V)>);

impl<K, V> Default for Answers<K, V> {
    fn default() -> Self {
        Self(SingleFlight::default())
    }
}

impl<K: Eq + Hash + Clone, V: Clone + Send + Sync + 'static> Answers<K, V> {
    /// The answer at hand, or else what `ask` brings.
    pub(super) async fn any<F>(&self, key: &K, ask: impl FnOnce() -> F) -> Result<V, AwsError>
    where
        F: Future<Output = Result<V, AwsError>> + Send + 'static,
    {
        self.get(key, |_| true, ask).await.map(|(_, answer)| answer)
    }

    /// An answer that was asked for no earlier than `since`. Those who wait at the same time share it.
    pub(super) async fn since<F>(&self, key: &K, since: Instant, ask: impl Fn() -> F) -> Result<V, AwsError>
    where
        F: Future<Output = Result<V, AwsError>> + Send + 'static,
    {
        let is_recent = |at: Instant| at >= since;
        let (mut at, mut answer) = self.get(key, is_recent, &ask).await?;
        if !is_recent(at) {
            // It was under way already.
            (at, answer) = self.get(key, is_recent, &ask).await?;
        }
        debug_assert!(is_recent(at), "the second question was asked after the first was answered");
        Ok(answer)
    }

    async fn get<F>(&self, key: &K, is_good: impl Fn(Instant) -> bool, ask: impl FnOnce() -> F) -> Result<(Instant, V), AwsError>
    where
        F: Future<Output = Result<V, AwsError>> + Send + 'static,
    {
        let dated = || {
            let question = ask();
            async move {
                let at = Instant::now();
                Ok((at, question.await?))
            }
        };
        self.0.get(key, |(at, _)| is_good(*at), dated).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    /// The number of the question, after ten seconds.
    async fn slow(calls: Arc<AtomicU32>) -> Result<u32, AwsError> {
        sleep(10).await;
        Ok(calls.fetch_add(1, Ordering::SeqCst) + 1)
    }

    async fn sleep(seconds: u64) {
        #[allow(clippy::disallowed_methods, reason = "the clock is paused")]
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_serves_until_a_newer_one_is_asked_for() {
        let (answers, calls) = (Answers::<u8, u32>::default(), Arc::default());
        let ask = || slow(Arc::clone(&calls));
        let began = Instant::now();
        assert_eq!(answers.since(&1, began, ask).await, Ok(1));
        assert_eq!(answers.since(&1, began, ask).await, Ok(1));
        assert_eq!(answers.any(&1, ask).await, Ok(1));
        assert_eq!(answers.since(&1, Instant::now(), ask).await, Ok(2));
        assert_eq!(answers.any(&2, ask).await, Ok(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_that_was_under_way_is_no_answer_to_a_later_one() {
        let (answers, calls) = (Answers::<u8, u32>::default(), Arc::default());
        let ask = || slow(Arc::clone(&calls));
        let later = async {
            sleep(1).await;
            answers.since(&1, Instant::now(), ask).await
        };
        assert_eq!(tokio::join!(answers.any(&1, ask), later), (Ok(1), Ok(2)));
    }
}
