//! The IAM calls, in our own types. IAM is global: one client per account, at the one region of its partition.

use crate::aws::eks::Timestamp;
use crate::aws::error::{AwsError, ErrorKind, found_or_none};
use crate::aws::retry::unless_stopped;
use crate::domain::arn::RoleArn;
use crate::domain::place::{Partition, Region};
use crate::domain::provisioned_role::LIST_PATH_PREFIX;
use aws_sdk_iam::Client;
use aws_sdk_iam::types;
use percent_encoding::percent_decode_str;
use std::time::Duration;

const SERVICE: &str = "IAM";
/// The largest page that ListRoles gives; its default is 100.
const PAGE: i32 = 1_000;
/// IAM gives whole seconds, EKS milliseconds, and their clocks differ a little.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

/// IAM in one account.
#[derive(Debug, Clone)]
pub struct Iam {
    client: Client,
}

/// An IAM role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its ARN, with its path.
    pub arn: RoleArn,
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// Its unique id (AROA…), new when a role is made again under the same name.
    pub role_id: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Its trust policy as JSON.
    pub assume_role_policy: String,
}

impl Role {
    /// Whether the role was made after an access entry, so that EKS holds the id of an earlier one; `None` if nobody
    /// knows.
    #[must_use]
    pub fn is_younger_than(&self, entry_made: Option<Timestamp>) -> Option<bool> {
        Some(self.created_at?.system_time() > entry_made?.system_time() + CLOCK_TOLERANCE)
    }
}

impl Iam {
    /// Wraps a client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// All roles that AWS reserves, Identity Center's among them.
    ///
    /// # Errors
    /// Any.
    pub async fn list_reserved_roles(&self) -> Result<Vec<Role>, AwsError> {
        const OPERATION: &str = "ListRoles";
        let request = self.client.list_roles().path_prefix(LIST_PATH_PREFIX).max_items(PAGE);
        let mut pages = request.into_paginator().send();
        let mut roles = Vec::new();
        while let Some(page) = unless_stopped(SERVICE, OPERATION, async { Ok(pages.next().await) }).await? {
            let page = page.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e))?;
            // A role whose ARN we cannot read is none of Identity Center's, whose names we know.
            roles.extend(page.roles.iter().filter_map(|role| flatten_role(role).ok()));
        }
        Ok(roles)
    }

    /// Finds a role by its name, whatever its path.
    ///
    /// # Errors
    /// Any but that there is none; a service-linked role is an error too, since only AWS gives it access.
    pub async fn get_role(&self, name: &str) -> Result<Option<Role>, AwsError> {
        const OPERATION: &str = "GetRole";
        let call = async {
            self.client
                .get_role()
                .role_name(name)
                .send()
                .await
                .map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e))
        };
        let Some(output) = found_or_none(unless_stopped(SERVICE, OPERATION, call).await)? else {
            return Ok(None);
        };
        let Some(role) = output.role() else { return Ok(None) };
        flatten_role(role)
            .map(Some)
            .map_err(|reason| AwsError::local(SERVICE, OPERATION, ErrorKind::InvalidParameter, reason))
    }
}

/// The region that IAM's endpoint and signature belong to.
#[must_use]
pub fn home_region<'a>(partition: &Partition, region: &'a Region) -> &'a str {
    match partition.as_str() {
        "aws" => "us-east-1",
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-eusc" => "eusc-de-east-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-iso-e" => "eu-isoe-west-1",
        "aws-iso-f" => "us-isof-south-1",
        // The SDK's own endpoint rules know partitions newer than this list by their regions.
        _ => region.as_str(),
    }
}

fn flatten_role(role: &types::Role) -> Result<Role, String> {
    Ok(Role {
        arn: RoleArn::parse(role.arn()).map_err(|invalid| invalid.to_string())?,
        name: role.role_name().to_owned(),
        path: role.path().to_owned(),
        role_id: role.role_id().to_owned(),
        created_at: Timestamp::from_sdk(role.create_date()),
        assume_role_policy: percent_decoded(role.assume_role_policy_document().unwrap_or_default()),
    })
}

/// IAM gives policy documents percent-encoded (RFC 3986, so that `+` stands for itself).
fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_policy_is_decoded() {
        assert_eq!(percent_decoded("%7B%22A%22%3A%22caf%C3%A9+%25%22%7D"), r#"{"A":"café+%"}"#);
        assert_eq!(percent_decoded("50%"), "50%");
        assert_eq!(percent_decoded("%zz"), "%zz");
    }

    #[test]
    fn iam_lives_in_one_region_of_each_partition() {
        let home = |region: &str| {
            let region = Region::parse(region).unwrap();
            home_region(
                &Partition::of_region(&region).unwrap_or_else(|| Partition::parse("aws-new").unwrap()),
                &region,
            )
            .to_owned()
        };
        assert_eq!(home("eu-west-1"), "us-east-1");
        assert_eq!(home("cn-northwest-1"), "cn-north-1");
        assert_eq!(home("us-gov-east-1"), "us-gov-west-1");
        assert_eq!(home("eusc-new-west-1"), "eusc-de-east-1");
        assert_eq!(home("us-iso-west-1"), "us-iso-east-1");
        assert_eq!(home("us-isob-west-1"), "us-isob-east-1");
        assert_eq!(home("eu-isoe-west-2"), "eu-isoe-west-1");
        assert_eq!(home("us-isof-east-1"), "us-isof-south-1");
        assert_eq!(home("new-west-1"), "new-west-1");
    }
}
