//! The calls of the identity store, which holds Identity Center's groups and users.

use crate::aws::error::{AwsError, found_or_none};
use crate::aws::retry::unless_stopped;
use aws_sdk_identitystore::Client;

const SERVICE: &str = "identitystore";

/// The identity store in Identity Center's home region.
#[derive(Debug, Clone)]
pub struct IdentityStore {
    client: Client,
}

impl IdentityStore {
    /// Wraps a client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// The name of a group; `None` where there is no such group, or it has none.
    ///
    /// # Errors
    /// Any but that there is none.
    pub async fn find_group_name(&self, store: &str, id: &str) -> Result<Option<String>, AwsError> {
        const OPERATION: &str = "DescribeGroup";
        let request = self.client.describe_group().identity_store_id(store).group_id(id);
        let call = async { request.send().await.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e)) };
        let output = found_or_none(unless_stopped(SERVICE, OPERATION, call).await)?;
        Ok(output.and_then(|group| group.display_name))
    }

    /// The name with which a user signs in; `None` where there is no such user, or it has none.
    ///
    /// # Errors
    /// Any but that there is none.
    pub async fn find_user_name(&self, store: &str, id: &str) -> Result<Option<String>, AwsError> {
        const OPERATION: &str = "DescribeUser";
        let request = self.client.describe_user().identity_store_id(store).user_id(id);
        let call = async { request.send().await.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e)) };
        let output = found_or_none(unless_stopped(SERVICE, OPERATION, call).await)?;
        Ok(output.and_then(|user| user.user_name))
    }
}
