//! What many grants ask, asked once: roles by account, clusters, access policies by region.
//!
//! Answers live as long as the process, which is one plan or one apply. Where a step must see the present (before
//! its first write, or after a wait), it asks with `…_fresh`.

use crate::aws::eks::{AccessPolicy, Cluster};
use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::aws::single_flight::SingleFlight;
use crate::domain::place::{AccountId, Region};
use std::sync::Arc;
use tokio::time::Instant;

type ClusterKey = (AccountId, Region, String);

/// An answer, and when it was asked for.
#[derive(Debug, Clone)]
struct Asked<T> {
    at: Instant,
    answer: T,
}

/// The answers at hand. Part of a [`Session`], which asks.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    roles: SingleFlight<AccountId, Asked<Arc<Vec<Role>>>>,
    clusters: SingleFlight<ClusterKey, Option<Arc<Cluster>>>,
    policies: SingleFlight<(AccountId, Region), Arc<Vec<AccessPolicy>>>,
}

impl Session {
    /// All roles below `/aws-reserved/` in an account.
    ///
    /// # Errors
    /// Those of [`Session::iam`] and ListRoles.
    pub async fn reserved_roles(&self, account: &AccountId) -> Result<Arc<Vec<Role>>, AwsError> {
        self.ask_roles(account, |_| true).await.map(|asked| asked.answer)
    }

    /// As [`Self::reserved_roles`], but asked no earlier than `since`. Those who wait together share the answers.
    ///
    /// # Errors
    /// As there.
    pub async fn reserved_roles_since(&self, account: &AccountId, since: Instant) -> Result<Arc<Vec<Role>>, AwsError> {
        let is_recent = |asked: &Asked<_>| asked.at >= since;
        let mut asked = self.ask_roles(account, is_recent).await?;
        if !is_recent(&asked) {
            // It was under way already.
            asked = self.ask_roles(account, is_recent).await?;
        }
        Ok(asked.answer)
    }

    async fn ask_roles(
        &self,
        account: &AccountId,
        is_good: impl Fn(&Asked<Arc<Vec<Role>>>) -> bool,
    ) -> Result<Asked<Arc<Vec<Role>>>, AwsError> {
        let ask = || async {
            let at = Instant::now();
            let answer = Arc::new(self.iam(account).await?.list_reserved_roles().await?);
            Ok(Asked { at, answer })
        };
        self.lookups().roles.get(account, is_good, ask).await
    }

    /// As [`Self::reserved_roles`], asked anew.
    ///
    /// # Errors
    /// As there.
    pub async fn reserved_roles_fresh(&self, account: &AccountId) -> Result<Arc<Vec<Role>>, AwsError> {
        self.forget_reserved_roles(account);
        self.reserved_roles(account).await
    }

    /// Makes the next question for roles go to AWS.
    pub fn forget_reserved_roles(&self, account: &AccountId) {
        self.lookups().roles.forget(account);
    }

    /// A cluster; `None` where there is none.
    ///
    /// # Errors
    /// Those of [`Session::eks`] and DescribeCluster.
    pub async fn cluster(&self, account: &AccountId, region: &Region, name: &str) -> Result<Option<Arc<Cluster>>, AwsError> {
        let ask = || async { Ok(self.eks(account, region).await?.describe_cluster(name).await?.map(Arc::new)) };
        self.lookups()
            .clusters
            .get(&cluster_key(account, region, name), |_| true, ask)
            .await
    }

    /// As [`Self::cluster`], asked anew.
    ///
    /// # Errors
    /// As there.
    pub async fn cluster_fresh(&self, account: &AccountId, region: &Region, name: &str) -> Result<Option<Arc<Cluster>>, AwsError> {
        self.forget_cluster(account, region, name);
        self.cluster(account, region, name).await
    }

    /// Makes the next question for a cluster go to AWS.
    pub fn forget_cluster(&self, account: &AccountId, region: &Region, name: &str) {
        self.lookups().clusters.forget(&cluster_key(account, region, name));
    }

    /// The catalogue of access policies.
    ///
    /// # Errors
    /// Those of [`Session::eks`] and ListAccessPolicies.
    pub async fn access_policies(&self, account: &AccountId, region: &Region) -> Result<Arc<Vec<AccessPolicy>>, AwsError> {
        let ask = || async { self.eks(account, region).await?.list_access_policies().await.map(Arc::new) };
        self.lookups().policies.get(&(account.clone(), region.clone()), |_| true, ask).await
    }
}

fn cluster_key(account: &AccountId, region: &Region, name: &str) -> ClusterKey {
    (account.clone(), region.clone(), name.to_owned())
}
