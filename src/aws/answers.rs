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
