//! What many grants ask, asked once: roles by account, clusters, access policies by region.
//!
//! Answers live as long as the process, which is one plan or one apply. Where a step must see the present (before
//! its first write, or after a wait), it asks with `…_since`.

use crate::aws::answers::ClusterKey;
use crate::aws::eks::{AccessPolicy, Cluster};
use crate::aws::eks_token::TokenSource;
use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::aws::kubernetes::Kubernetes;
use crate::aws::session::Session;
use crate::domain::place::{AccountId, Region};
use crate::lock::lock;
use std::sync::Arc;
use tokio::time::Instant;

impl Session {
    /// All roles below `/aws-reserved/` in an account.
    ///
    /// # Errors
    /// Those of [`Session::iam`] and ListRoles.
    pub async fn reserved_roles(&self, account: &AccountId) -> Result<Arc<Vec<Role>>, AwsError> {
        let ask = || self.clone().ask_reserved_roles(account.clone());
        self.answers().reserved_roles.any(account, ask).await
    }

    /// As [`Self::reserved_roles`], but asked no earlier than `since`.
    ///
    /// # Errors
    /// As there.
    pub async fn reserved_roles_since(&self, account: &AccountId, since: Instant) -> Result<Arc<Vec<Role>>, AwsError> {
        let ask = || self.clone().ask_reserved_roles(account.clone());
        self.answers().reserved_roles.since(account, since, ask).await
    }

    async fn ask_reserved_roles(self, account: AccountId) -> Result<Arc<Vec<Role>>, AwsError> {
        self.iam(&account).await?.list_reserved_roles().await.map(Arc::new)
    }

    /// A role by its name, whatever its path; `None` where there is none.
    ///
    /// # Errors
    /// Those of [`Session::iam`] and GetRole.
    pub async fn role(&self, account: &AccountId, name: &str) -> Result<Option<Role>, AwsError> {
        let ask = || self.clone().ask_role(account.clone(), name.to_owned());
        self.answers().roles.any(&(account.clone(), name.to_owned()), ask).await
    }

    /// As [`Self::role`], but asked no earlier than `since`.
    ///
    /// # Errors
    /// As there.
    pub async fn role_since(&self, account: &AccountId, name: &str, since: Instant) -> Result<Option<Role>, AwsError> {
        let ask = || self.clone().ask_role(account.clone(), name.to_owned());
        self.answers().roles.since(&(account.clone(), name.to_owned()), since, ask).await
    }

    async fn ask_role(self, account: AccountId, name: String) -> Result<Option<Role>, AwsError> {
        self.iam(&account).await?.get_role(&name).await
    }

    /// A cluster; `None` where there is none.
    ///
    /// # Errors
    /// Those of [`Session::eks`] and DescribeCluster.
    pub async fn cluster(&self, account: &AccountId, region: &Region, name: &str) -> Result<Option<Arc<Cluster>>, AwsError> {
        let ask = || self.clone().ask_cluster(cluster_key(account, region, name));
        self.answers().clusters.any(&cluster_key(account, region, name), ask).await
    }

    /// As [`Self::cluster`], but asked no earlier than `since`.
    ///
    /// # Errors
    /// As there.
    pub async fn cluster_since(
        &self,
        account: &AccountId,
        region: &Region,
        name: &str,
        since: Instant,
    ) -> Result<Option<Arc<Cluster>>, AwsError> {
        let ask = || self.clone().ask_cluster(cluster_key(account, region, name));
        self.answers().clusters.since(&cluster_key(account, region, name), since, ask).await
    }

    async fn ask_cluster(self, (account, region, name): ClusterKey) -> Result<Option<Arc<Cluster>>, AwsError> {
        Ok(self.eks(&account, &region).await?.describe_cluster(&name).await?.map(Arc::new))
    }

    /// The names of all clusters in an account and Region.
    ///
    /// # Errors
    /// Those of [`Session::eks`] and ListClusters.
    pub async fn cluster_names(&self, account: &AccountId, region: &Region) -> Result<Arc<Vec<String>>, AwsError> {
        let ask = || self.clone().ask_cluster_names(account.clone(), region.clone());
        self.answers().cluster_names.any(&(account.clone(), region.clone()), ask).await
    }

    async fn ask_cluster_names(self, account: AccountId, region: Region) -> Result<Arc<Vec<String>>, AwsError> {
        self.eks(&account, &region).await?.list_clusters().await.map(Arc::new)
    }

    /// The catalogue of access policies.
    ///
    /// # Errors
    /// Those of [`Session::eks`] and ListAccessPolicies.
    pub async fn access_policies(&self, account: &AccountId, region: &Region) -> Result<Arc<Vec<AccessPolicy>>, AwsError> {
        let ask = || self.clone().ask_access_policies(account.clone(), region.clone());
        self.answers().policies.any(&(account.clone(), region.clone()), ask).await
    }

    async fn ask_access_policies(self, account: AccountId, region: Region) -> Result<Arc<Vec<AccessPolicy>>, AwsError> {
        self.eks(&account, &region).await?.list_access_policies().await.map(Arc::new)
    }
}

impl Session {
    /// The Kubernetes API of a cluster. Nothing is asked for this but credentials.
    ///
    /// # Errors
    /// Those of [`Session::credentials`], and [`ErrorKind::InvalidRequest`] where the cluster has no endpoint yet.
    ///
    /// [`ErrorKind::InvalidRequest`]: crate::aws::error::ErrorKind::InvalidRequest
    pub async fn kubernetes(&self, account: &AccountId, region: &Region, cluster: &Cluster) -> Result<Kubernetes, AwsError> {
        let token = TokenSource {
            sdk: self.sdk().clone(),
            credentials: self.credentials(account).await?,
            region: region.to_string(),
            cluster: cluster.name.clone(),
        };
        let key = cluster_key(account, region, &cluster.name);
        let mut known = lock(&self.answers().kubernetes);
        // A cluster that was replaced in this run has another endpoint.
        if let Some(client) = known.get(&key).filter(|client| client.is_of(cluster)) {
            return Ok(client.clone());
        }
        let client = Kubernetes::new(cluster, self.network(), token, self.told().clone())?;
        known.insert(key, client.clone());
        Ok(client)
    }
}

fn cluster_key(account: &AccountId, region: &Region, name: &str) -> ClusterKey {
    (account.clone(), region.clone(), name.to_owned())
}
