//! Who is assigned to a permission set in an account: groups and users by name.
//!
//! No API leads from a role to its permission set. So the sets of the account are listed and their names read, until the
//! one in question is found; names are kept for all accounts.

use crate::aws::error::AwsError;
use crate::aws::identity_center::{IdentityCenter, SERVICE};
use crate::aws::retry::unless_stopped;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use aws_sdk_ssoadmin::types::{AccountAssignment, PrincipalType};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Who is assigned, by name. What was deleted in the identity store stands by its id, as the assignment does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assigned {
    /// Display names of groups, by their ids.
    pub groups: BTreeMap<String, String>,
    /// User names of users that are assigned themselves, not by a group.
    pub users: BTreeSet<String>,
}

impl IdentityCenter {
    /// Who is assigned to a permission set in an account; `None` where Identity Center has no such set there.
    ///
    /// # Errors
    /// Any of ListPermissionSetsProvisionedToAccount, DescribePermissionSet, ListAccountAssignments, ListInstances,
    /// DescribeGroup and DescribeUser.
    pub async fn find_assigned(&self, account: &AccountId, name: &PermissionSetName) -> Result<Option<Assigned>, AwsError> {
        let Some(arn) = self.find_provisioned(account, name).await? else {
            return Ok(None);
        };
        let mut assigned = Assigned::default();
        for assignment in self.list_account_assignments(account, &arn).await? {
            let id = assignment.principal_id.unwrap_or_default();
            match assignment.principal_type {
                Some(PrincipalType::Group) => {
                    let name = self.group_name(&id).await?.unwrap_or_else(|| id.clone());
                    assigned.groups.insert(id, name);
                }
                _ => drop(assigned.users.insert(self.user_name(&id).await?.unwrap_or(id))),
            }
        }
        Ok(Some(assigned))
    }

    /// The members of a group by name, asked once in a run. `tell` hears how many of how many are named, now and then.
    ///
    /// # Errors
    /// Any of ListInstances, ListGroupMemberships and DescribeUser.
    pub async fn list_members(&self, group: &str, mut tell: impl FnMut(usize, usize)) -> Result<BTreeSet<String>, AwsError> {
        let (this, of) = (self.clone(), group.to_owned());
        let list = || async move { this.list_member_ids(&of).await };
        let ids = self.0.members.get(&group.to_owned(), |_| true, list).await?;
        let mut names = BTreeSet::new();
        for (done, id) in ids.iter().enumerate() {
            tell(done, ids.len());
            names.insert(self.user_name(id).await?.unwrap_or_else(|| id.clone()));
        }
        Ok(names)
    }

    async fn list_member_ids(&self, group: &str) -> Result<Arc<Vec<String>>, AwsError> {
        let store = self.find_identity_store().await?;
        let (mut ids, mut token) = (Vec::new(), None);
        loop {
            self.turn("ListGroupMemberships").await?;
            let (page, next) = self.0.store.list_members(&store, group, token).await?;
            ids.extend(page);
            token = next;
            if token.is_none() {
                return Ok(Arc::new(ids));
            }
        }
    }

    /// The ARN of the permission set of this name among those of an account.
    async fn find_provisioned(&self, account: &AccountId, name: &PermissionSetName) -> Result<Option<String>, AwsError> {
        let (this, of) = (self.clone(), account.clone());
        let list = || async move { this.list_provisioned(&of).await };
        let arns = self.0.provisioned.get(account, |_| true, list).await?;
        for arn in arns.iter() {
            if self.permission_set_name(arn).await? == *name {
                return Ok(Some(arn.clone()));
            }
        }
        Ok(None)
    }

    async fn list_provisioned(&self, account: &AccountId) -> Result<Arc<Vec<String>>, AwsError> {
        const OPERATION: &str = "ListPermissionSetsProvisionedToAccount";
        let instance = self.find_instance().await?;
        let (mut arns, mut token) = (Vec::new(), None);
        loop {
            self.turn(OPERATION).await?;
            let request = self.0.client.list_permission_sets_provisioned_to_account();
            let request = request
                .instance_arn(&instance.arn)
                .account_id(account.as_str())
                .set_next_token(token);
            let call = async { request.send().await.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e)) };
            let page = unless_stopped(SERVICE, OPERATION, call).await?;
            arns.extend(page.permission_sets.unwrap_or_default());
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(Arc::new(arns));
            }
        }
    }

    async fn list_account_assignments(&self, account: &AccountId, arn: &str) -> Result<Vec<AccountAssignment>, AwsError> {
        const OPERATION: &str = "ListAccountAssignments";
        let instance = self.find_instance().await?;
        let (mut assignments, mut token) = (Vec::new(), None);
        loop {
            self.turn(OPERATION).await?;
            let request = self.0.client.list_account_assignments().instance_arn(&instance.arn);
            let request = request.account_id(account.as_str()).permission_set_arn(arn).set_next_token(token);
            let call = async { request.send().await.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e)) };
            let page = unless_stopped(SERVICE, OPERATION, call).await?;
            assignments.extend(page.account_assignments.unwrap_or_default());
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(assignments);
            }
        }
    }

    async fn group_name(&self, id: &str) -> Result<Option<String>, AwsError> {
        let (this, named) = (self.clone(), id.to_owned());
        let describe = || async move {
            let store = this.find_identity_store().await?;
            this.turn("DescribeGroup").await?;
            this.0.store.find_group_name(&store, &named).await
        };
        self.0.groups.get(&id.to_owned(), |_| true, describe).await
    }

    async fn user_name(&self, id: &str) -> Result<Option<String>, AwsError> {
        let (this, named) = (self.clone(), id.to_owned());
        let describe = || async move {
            let store = this.find_identity_store().await?;
            this.turn("DescribeUser").await?;
            this.0.store.find_user_name(&store, &named).await
        };
        self.0.users.get(&id.to_owned(), |_| true, describe).await
    }
}
