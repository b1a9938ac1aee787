//! The EKS calls, in our own types.

use crate::aws::attempts::Attempts;
use crate::aws::error::{AwsError, ErrorKind, found_or_none};
use crate::aws::retry::unless_stopped;
use crate::domain::access_policy::AccessScope;
use crate::domain::cluster::AuthenticationMode;
use crate::domain::tags::Tags;
use aws_sdk_eks::Client;
use aws_sdk_eks::config::Config;
use aws_sdk_eks::types;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::retry::RetryConfig;
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

const SERVICE: &str = "EKS";

// Each operation of the SDK has a request type of its own, and no trait says that all can be sent.
macro_rules! write_call {
    ($operation:expr, $request:expr) => {{
        let attempts = Attempts::default();
        let request = $request.interceptor(attempts.clone());
        let call = async { request.send().await.map_err(|e| AwsError::from_sdk(SERVICE, $operation, e)) };
        attempts.watch(SERVICE, $operation, call).await
    }};
}

/// EKS in one account and region.
#[derive(Debug, Clone)]
pub struct Eks {
    client: Client,
}

/// A cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// `CREATING`, `ACTIVE`, `DELETING`, `FAILED`, `UPDATING` or `PENDING`.
    pub status: String,
    /// Its authentication mode; `None` where EKS does not tell. Then its answer to the first question about an
    /// entry does.
    pub authentication_mode: Option<AuthenticationMode>,
    /// Kubernetes version, such as `1.31`.
    pub version: Option<String>,
    /// Platform version, such as `eks.7`.
    pub platform_version: Option<String>,
    /// URL of the Kubernetes API, once there is one.
    pub endpoint: Option<String>,
    /// The Kubernetes API's certificate authority, PEM in base64.
    pub certificate_authority: Option<String>,
}

impl Cluster {
    /// Whether it is of no use any more.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(self.status.as_str(), "FAILED" | "DELETING")
    }
}

/// A point in time as AWS gave it: comparable, and in the text that goes to the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(SystemTime);

impl Timestamp {
    /// A timestamp of the SDK, to the millisecond; `None` where it is outside of what the system can hold or RFC 3339 can
    /// write (the years up to 9999).
    #[must_use]
    pub fn from_sdk(time: &DateTime) -> Option<Self> {
        let millis = DateTime::from_millis(time.to_millis().ok()?);
        millis.fmt(Format::DateTime).ok()?;
        SystemTime::try_from(millis).ok().map(Self)
    }

    /// As a system time.
    #[must_use]
    pub fn system_time(self) -> SystemTime {
        self.0
    }

    /// Reads RFC 3339 text, as found in a state.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_sdk(&DateTime::from_str(text, Format::DateTimeWithOffset).ok()?)
    }
}

impl std::fmt::Display for Timestamp {
    /// RFC 3339 in UTC, always with milliseconds: `2026-01-02T03:04:05.678Z`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = DateTime::from(self.0).fmt(Format::DateTime).map_err(|_| std::fmt::Error)?;
        let whole = text.trim_end_matches('Z');
        let (seconds, fraction) = whole.split_once('.').unwrap_or((whole, ""));
        write!(f, "{seconds}.{fraction:0<3}Z")
    }
}

/// An access entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessEntry {
    /// The principal's ARN with its path.
    pub principal_arn: String,
    /// The entry's own ARN.
    pub access_entry_arn: String,
    /// Kubernetes groups.
    pub groups: BTreeSet<String>,
    /// Kubernetes user name, EKS's default one included.
    pub user_name: String,
    /// `STANDARD`, `EC2_LINUX`, …
    pub type_: String,
    /// Tags, those of AWS included.
    pub tags: Tags,
    /// When the entry was made.
    pub created_at: Option<Timestamp>,
}

/// What CreateAccessEntry sends. The type is left to EKS's default, STANDARD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateAccessEntry {
    /// The cluster.
    pub cluster_name: String,
    /// The principal's ARN with its path.
    pub principal_arn: String,
    /// Kubernetes groups.
    pub groups: BTreeSet<String>,
    /// User name; `None` leaves it to EKS.
    pub user_name: Option<String>,
    /// Tags.
    pub tags: Tags,
    /// Makes a second call with the same token harmless.
    pub client_request_token: String,
}

/// An access policy of EKS's catalogue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccessPolicy {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}

impl Eks {
    /// Wraps a client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Finds a cluster.
    ///
    /// # Errors
    /// Any but that there is none.
    pub async fn describe_cluster(&self, name: &str) -> Result<Option<Cluster>, AwsError> {
        const OPERATION: &str = "DescribeCluster";
        let call = async {
            self.client
                .describe_cluster()
                .name(name)
                .send()
                .await
                .map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e))
        };
        match found_or_none(unless_stopped(SERVICE, OPERATION, call).await)? {
            Some(output) => Ok(Some(flatten_cluster(output.cluster.ok_or_else(|| empty(OPERATION, "cluster"))?))),
            None => Ok(None),
        }
    }

    /// Finds an access entry. `None` where the entry, or the whole cluster, is missing.
    ///
    /// # Errors
    /// Any but that there is none.
    pub async fn describe_access_entry(&self, cluster: &str, principal_arn: &str) -> Result<Option<AccessEntry>, AwsError> {
        const OPERATION: &str = "DescribeAccessEntry";
        let request = self
            .client
            .describe_access_entry()
            .cluster_name(cluster)
            .principal_arn(principal_arn);
        let call = async { request.send().await.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e)) };
        match found_or_none(unless_stopped(SERVICE, OPERATION, call).await)? {
            Some(output) => described(OPERATION, output.access_entry).map(Some),
            None => Ok(None),
        }
    }

    /// Creates an access entry. `attempts` tell afterwards whether a failed call may have made it all the same.
    ///
    /// # Errors
    /// Among others [`ErrorKind::AlreadyExists`], [`ErrorKind::LimitExceeded`], [`AwsError::is_invalid_principal`] and
    /// [`AwsError::is_authentication_mode`].
    pub async fn create_access_entry(&self, entry: &CreateAccessEntry, attempts: &Attempts) -> Result<AccessEntry, AwsError> {
        const OPERATION: &str = "CreateAccessEntry";
        let request = self
            .client
            .create_access_entry()
            .cluster_name(&entry.cluster_name)
            .principal_arn(&entry.principal_arn)
            .set_kubernetes_groups(Some(entry.groups.iter().cloned().collect()))
            .set_username(entry.user_name.clone())
            .set_tags((!entry.tags.is_empty()).then(|| entry.tags.clone().into_iter().collect()))
            .client_request_token(&entry.client_request_token)
            .customize()
            .interceptor(attempts.clone());
        let call = async { request.send().await.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e)) };
        let output = attempts.watch(SERVICE, OPERATION, call).await?;
        let made = described(OPERATION, output.access_entry).and_then(named);
        made.inspect_err(|_| attempts.doubt())
    }

    /// Replaces groups and user name. Both are always sent, because EKS resets what an update leaves out.
    ///
    /// # Errors
    /// Any; a missing entry is [`ErrorKind::NotFound`].
    pub async fn update_access_entry(
        &self,
        cluster: &str,
        principal_arn: &str,
        groups: &BTreeSet<String>,
        user_name: &str,
    ) -> Result<AccessEntry, AwsError> {
        const OPERATION: &str = "UpdateAccessEntry";
        let request = self
            .client
            .update_access_entry()
            .cluster_name(cluster)
            .principal_arn(principal_arn)
            .set_kubernetes_groups(Some(groups.iter().cloned().collect()))
            .username(user_name);
        let output = write_call!(OPERATION, request.customize())?;
        described(OPERATION, output.access_entry)
    }

    /// Deletes an access entry and, with it, its policy associations. One that is gone is no error.
    ///
    /// Sent once: before the next try somebody else may have made another entry for this principal, and the call would
    /// delete that one.
    ///
    /// # Errors
    /// Any but that there is none.
    pub async fn delete_access_entry(&self, cluster: &str, principal_arn: &str) -> Result<(), AwsError> {
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let request = self.client.delete_access_entry().cluster_name(cluster).principal_arn(principal_arn);
        let request = request.customize().config_override(once);
        found_or_none(write_call!("DeleteAccessEntry", request)).map(drop)
    }

    /// Names of all clusters in this account and Region.
    ///
    /// # Errors
    /// Any.
    pub async fn list_clusters(&self) -> Result<Vec<String>, AwsError> {
        const OPERATION: &str = "ListClusters";
        let mut pages = self.client.list_clusters().into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = unless_stopped(SERVICE, OPERATION, async { Ok(pages.next().await) }).await? {
            names.extend(
                page.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e))?
                    .clusters
                    .unwrap_or_default(),
            );
        }
        Ok(names)
    }

    /// Principal ARNs of all access entries of a cluster.
    ///
    /// # Errors
    /// Any; a missing cluster is [`ErrorKind::NotFound`].
    pub async fn list_access_entries(&self, cluster: &str) -> Result<Vec<String>, AwsError> {
        self.list_principals(cluster, None).await
    }

    /// Principal ARNs of the access entries that a policy is associated with, in whatever scope.
    ///
    /// # Errors
    /// As [`Self::list_access_entries`].
    pub async fn list_access_entries_of_policy(&self, cluster: &str, policy_arn: &str) -> Result<Vec<String>, AwsError> {
        self.list_principals(cluster, Some(policy_arn.to_owned())).await
    }

    async fn list_principals(&self, cluster: &str, policy_arn: Option<String>) -> Result<Vec<String>, AwsError> {
        const OPERATION: &str = "ListAccessEntries";
        let request = self
            .client
            .list_access_entries()
            .cluster_name(cluster)
            .set_associated_policy_arn(policy_arn);
        let mut pages = request.into_paginator().send();
        let mut arns = Vec::new();
        while let Some(page) = unless_stopped(SERVICE, OPERATION, async { Ok(pages.next().await) }).await? {
            arns.extend(
                page.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e))?
                    .access_entries
                    .unwrap_or_default(),
            );
        }
        Ok(arns)
    }

    /// The policies of an access entry by policy ARN.
    ///
    /// # Errors
    /// Any; a missing entry is [`ErrorKind::NotFound`].
    pub async fn list_associated_access_policies(
        &self,
        cluster: &str,
        principal_arn: &str,
    ) -> Result<BTreeMap<String, AccessScope>, AwsError> {
        const OPERATION: &str = "ListAssociatedAccessPolicies";
        let request = self
            .client
            .list_associated_access_policies()
            .cluster_name(cluster)
            .principal_arn(principal_arn);
        let mut pages = request.into_paginator().send();
        let mut policies = BTreeMap::new();
        while let Some(page) = unless_stopped(SERVICE, OPERATION, async { Ok(pages.next().await) }).await? {
            let page = page.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e))?;
            for policy in page.associated_access_policies.unwrap_or_default() {
                let (arn, scope) = flatten_association(policy)?;
                policies.insert(arn, scope);
            }
        }
        Ok(policies)
    }

    /// Associates a policy, or gives an associated one another scope.
    ///
    /// # Errors
    /// Any; an entry not seen yet is [`AwsError::is_entry_not_found`].
    pub async fn associate_access_policy(
        &self,
        cluster: &str,
        principal_arn: &str,
        policy_arn: &str,
        scope: &AccessScope,
    ) -> Result<(), AwsError> {
        let request = self
            .client
            .associate_access_policy()
            .cluster_name(cluster)
            .principal_arn(principal_arn)
            .policy_arn(policy_arn)
            .access_scope(expand_scope(scope));
        write_call!("AssociateAccessPolicy", request.customize()).map(drop)
    }

    /// Disassociates a policy. One that is not associated, or an entry that is gone, is no error.
    ///
    /// # Errors
    /// Any other.
    pub async fn disassociate_access_policy(&self, cluster: &str, principal_arn: &str, policy_arn: &str) -> Result<(), AwsError> {
        let request = self
            .client
            .disassociate_access_policy()
            .cluster_name(cluster)
            .principal_arn(principal_arn)
            .policy_arn(policy_arn);
        found_or_none(write_call!("DisassociateAccessPolicy", request.customize())).map(drop)
    }

    /// The catalogue of access policies in this region.
    ///
    /// # Errors
    /// Any.
    pub async fn list_access_policies(&self) -> Result<Vec<AccessPolicy>, AwsError> {
        const OPERATION: &str = "ListAccessPolicies";
        let mut pages = self.client.list_access_policies().into_paginator().send();
        let mut policies = Vec::new();
        while let Some(page) = unless_stopped(SERVICE, OPERATION, async { Ok(pages.next().await) }).await? {
            let page = page.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e))?;
            let flatten = |p: types::AccessPolicy| {
                Some(AccessPolicy {
                    name: p.name?,
                    arn: p.arn?,
                })
            };
            policies.extend(page.access_policies.unwrap_or_default().into_iter().filter_map(flatten));
        }
        Ok(policies)
    }

    /// Adds tags, or gives them other values.
    ///
    /// # Errors
    /// Any.
    pub async fn tag_resource(&self, arn: &str, tags: &Tags) -> Result<(), AwsError> {
        let request = self
            .client
            .tag_resource()
            .resource_arn(arn)
            .set_tags(Some(tags.clone().into_iter().collect()));
        write_call!("TagResource", request.customize()).map(drop)
    }

    /// Removes tags.
    ///
    /// # Errors
    /// Any.
    pub async fn untag_resource(&self, arn: &str, keys: &[String]) -> Result<(), AwsError> {
        let request = self.client.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.to_vec()));
        write_call!("UntagResource", request.customize()).map(drop)
    }
}

/// An answer without what it is about says nothing: least of all that it is gone.
fn described(operation: &'static str, entry: Option<types::AccessEntry>) -> Result<AccessEntry, AwsError> {
    entry.map(flatten_access_entry).ok_or_else(|| empty(operation, "access entry"))
}

/// Without its own ARN, nobody can tell an entry from the next one of this principal.
fn named(entry: AccessEntry) -> Result<AccessEntry, AwsError> {
    match entry.access_entry_arn.is_empty() {
        true => Err(empty("CreateAccessEntry", "ARN of the access entry")),
        false => Ok(entry),
    }
}

fn empty(operation: &'static str, what: &str) -> AwsError {
    let message = format!("AWS answered that it succeeded, but did not describe the {what}.");
    AwsError::local(SERVICE, operation, ErrorKind::Other, message)
}

fn flatten_cluster(cluster: types::Cluster) -> Cluster {
    let mode = cluster.access_config().and_then(|config| config.authentication_mode());
    Cluster {
        authentication_mode: mode.map(|mode| flatten_mode(mode.as_str())),
        name: cluster.name.unwrap_or_default(),
        arn: cluster.arn.unwrap_or_default(),
        status: cluster.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        version: cluster.version,
        platform_version: cluster.platform_version,
        endpoint: cluster.endpoint,
        certificate_authority: cluster.certificate_authority.and_then(|certificate| certificate.data),
    }
}

/// A mode that we do not know is newer than this provider. The old mode is the one being retired, so a new one
/// takes access entries.
fn flatten_mode(mode: &str) -> AuthenticationMode {
    AuthenticationMode::parse(mode).unwrap_or(AuthenticationMode::Api)
}

fn flatten_access_entry(entry: types::AccessEntry) -> AccessEntry {
    AccessEntry {
        created_at: entry.created_at().and_then(Timestamp::from_sdk),
        principal_arn: entry.principal_arn.unwrap_or_default(),
        access_entry_arn: entry.access_entry_arn.unwrap_or_default(),
        groups: entry.kubernetes_groups.unwrap_or_default().into_iter().collect(),
        user_name: entry.username.unwrap_or_default(),
        type_: entry.r#type.unwrap_or_else(|| "STANDARD".to_owned()),
        tags: entry.tags.unwrap_or_default().into_iter().collect(),
    }
}

fn flatten_association(policy: types::AssociatedAccessPolicy) -> Result<(String, AccessScope), AwsError> {
    let arn = policy.policy_arn.unwrap_or_default();
    let scope = policy.access_scope.unwrap_or_else(|| types::AccessScope::builder().build());
    let kind = scope.r#type.map(|kind| kind.as_str().to_owned()).unwrap_or_default();
    let namespaces: BTreeSet<String> = scope.namespaces.unwrap_or_default().into_iter().collect();
    match AccessScope::from_aws(&kind, namespaces) {
        Ok(scope) => Ok((arn, scope)),
        // A scope that cannot be told must not be taken for a narrower or wider one.
        Err(reason) => Err(AwsError::local(
            SERVICE,
            "ListAssociatedAccessPolicies",
            ErrorKind::Other,
            format!("The scope of {arn} cannot be read: {reason}"),
        )),
    }
}

fn expand_scope(scope: &AccessScope) -> types::AccessScope {
    let namespaces = scope.namespaces().map(|names| names.iter().cloned().collect());
    types::AccessScope::builder()
        .r#type(types::AccessScopeType::from(scope.aws_type()))
        .set_namespaces(namespaces)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_always_have_milliseconds() {
        let shown = |millis| Timestamp::from_sdk(&DateTime::from_millis(millis)).map(|time| time.to_string());
        assert_eq!(shown(1_700_000_000_000).as_deref(), Some("2023-11-14T22:13:20.000Z"));
        assert_eq!(shown(1_700_000_000_120).as_deref(), Some("2023-11-14T22:13:20.120Z"));
        assert_eq!(shown(1_700_000_000_123).as_deref(), Some("2023-11-14T22:13:20.123Z"));
        let parsed = Timestamp::parse("2023-11-14T22:13:20.123Z").unwrap();
        assert_eq!(parsed.to_string(), "2023-11-14T22:13:20.123Z");
    }

    /// Shown, such a time ended in a panic: fuzz/corpus/aws_answers/far_future.
    #[test]
    fn time_that_no_text_can_show_is_none() {
        let seconds = |seconds| Timestamp::from_sdk(&DateTime::from_secs(seconds)).map(|time| time.to_string());
        assert_eq!(seconds(253_402_300_799).as_deref(), Some("9999-12-31T23:59:59.000Z"));
        assert_eq!(seconds(-62_135_596_800).as_deref(), Some("0001-01-01T00:00:00.000Z"));
        for shown_by_no_text in [253_402_300_800, 1_000_000_000_000_000, -1_000_000_000_000] {
            assert_eq!(seconds(shown_by_no_text), None);
        }
    }

    #[test]
    fn cluster_without_access_configuration_has_no_known_mode() {
        let cluster = flatten_cluster(types::Cluster::builder().name("x").build());
        assert_eq!(cluster.authentication_mode, None);
    }

    #[test]
    fn entry_without_a_type_is_standard() {
        let entry = flatten_access_entry(types::AccessEntry::builder().principal_arn("x").build());
        assert_eq!(entry.type_, "STANDARD");
    }

    #[test]
    fn err_success_that_describes_nothing() {
        let error = described("DescribeAccessEntry", None).unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::Other, None));
    }
}
