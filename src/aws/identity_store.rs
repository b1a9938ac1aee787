//! The calls of the identity store, which holds Identity Center's groups and users.

use crate::aws::error::{AwsError, found_or_none};
use crate::aws::retry::unless_stopped;
use aws_sdk_identitystore::Client;
use aws_sdk_identitystore::types::MemberId;

const SERVICE: &str = "identitystore";
/// The largest page that ListGroupMemberships gives.
const PAGE: i32 = 100;

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

    /// Ids of users that are members of a group, a page at a time: the first one, and after that the one that the token
    /// leads to. A group that is gone has none.
    ///
    /// # Errors
    /// Any but that there is none.
    pub async fn list_members(&self, store: &str, group: &str, token: Option<String>) -> Result<(Vec<String>, Option<String>), AwsError> {
        const OPERATION: &str = "ListGroupMemberships";
        let request = self
            .client
            .list_group_memberships()
            .identity_store_id(store)
            .group_id(group)
            .max_results(PAGE);
        let request = request.set_next_token(token);
        let call = async { request.send().await.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e)) };
        let Some(page) = found_or_none(unless_stopped(SERVICE, OPERATION, call).await)? else {
            return Ok((Vec::new(), None));
        };
        let members = page
            .group_memberships
            .into_iter()
            .filter_map(|membership| match membership.member_id {
                Some(MemberId::UserId(id)) => Some(id),
                _ => None,
            });
        Ok((members.collect(), page.next_token.filter(|token| !token.is_empty())))
    }
}
