//! The cluster that a data source is about: its arguments, which are the same everywhere, and where they lead.

use crate::aws::eks::Cluster;
use crate::aws::error::AwsError;
use crate::aws::session::Session;
use crate::domain::cluster::ClusterName;
use crate::domain::error::Invalid;
use crate::domain::place::{AccountId, Region};
use crate::report::{at, diagnostic};
use std::fmt;
use std::sync::Arc;
use tf_provider::schema::{Attribute, AttributeConstraint, AttributeType, Description};
use tf_provider::value::Value;
use tf_provider::{Diagnostic, Diagnostics};

/// A cluster's account, region and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) account: AccountId,
    pub(super) region: Region,
    pub(super) cluster: ClusterName,
}

impl Place {
    /// The place that validated arguments name; what is left out is the provider's own. `None` comes with an error.
    pub(super) fn find(
        diags: &mut Diagnostics,
        session: &Session,
        cluster_name: &Value<String>,
        account_id: &Value<String>,
        region: &Value<String>,
    ) -> Option<Self> {
        let account = match account_id.as_deref_option() {
            Some(account) => AccountId::parse(account).ok(),
            None => session.account().cloned(),
        };
        if account.is_none() {
            diags.add_error(diagnostic(
                "Account is not known",
                "account_id is not set, and the provider does not know its own account (skip_requesting_account_id). Set account_id.",
                at("account_id"),
            ));
        }
        let region = match region.as_deref_option() {
            Some(region) => Region::parse(region).ok()?,
            None => session.region().clone(),
        };
        Some(Self {
            account: account?,
            region,
            cluster: ClusterName::parse(cluster_name.as_deref_option()?).ok()?,
        })
    }

    /// The cluster, asked for once in a run.
    pub(super) async fn describe(&self, session: &Session) -> Result<Option<Arc<Cluster>>, AwsError> {
        session.cluster(&self.account, &self.region, self.cluster.as_str()).await
    }

    /// The error about a cluster that is not there.
    pub(super) fn absent(&self, session: &Session) -> Diagnostic {
        let detail = format!(
            "EKS has no cluster {} in account {}, Region {} (eks:DescribeCluster as {}). Correct cluster_name, or set account_id and \
             region to where the cluster is.",
            self.cluster,
            self.account,
            self.region,
            session.caller()
        );
        diagnostic("Cluster does not exist", detail, at("cluster_name"))
    }
}

impl fmt::Display for Place {
    /// "payments-prod (222233334444, eu-west-1)"
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.cluster, self.account, self.region)
    }
}

/// Checks the arguments of [`Place::find`] offline.
pub(super) fn validate(diags: &mut Diagnostics, cluster_name: &Value<String>, account_id: &Value<String>, region: &Value<String>) {
    check(diags, "cluster_name", "Invalid cluster name", cluster_name, |text| {
        ClusterName::parse(text).map(drop)
    });
    check(diags, "account_id", "Invalid account id", account_id, |text| {
        AccountId::parse(text).map(drop)
    });
    check(diags, "region", "Invalid region", region, |text| Region::parse(text).map(drop));
}

/// Adds an error if a value is known and not valid.
pub(super) fn check(
    diags: &mut Diagnostics,
    name: &'static str,
    summary: &'static str,
    value: &Value<String>,
    parse: impl FnOnce(&str) -> Result<(), Invalid>,
) {
    if let Some(Err(invalid)) = value.as_deref_option().map(parse) {
        diags.add_error(diagnostic(summary, invalid.to_string(), at(name)));
    }
}

/// The attributes of [`Place::find`].
pub(super) fn attributes() -> [(String, Attribute); 3] {
    [
        text("cluster_name", AttributeConstraint::Required, "Name of the EKS cluster."),
        text(
            "account_id",
            AttributeConstraint::OptionalComputed,
            "AWS account of the cluster, 12 digits. Default: the provider's own. Others are reached through `account_access`.",
        ),
        text(
            "region",
            AttributeConstraint::OptionalComputed,
            "AWS Region of the cluster. Default: the provider's.",
        ),
    ]
}

/// A text attribute.
pub(super) fn text(name: &str, constraint: AttributeConstraint, description: &str) -> (String, Attribute) {
    attribute(name, AttributeType::String, constraint, description)
}

/// An attribute by its name.
pub(super) fn attribute(name: &str, attr_type: AttributeType, constraint: AttributeConstraint, description: &str) -> (String, Attribute) {
    let description = Description::markdown(description);
    (
        name.to_owned(),
        Attribute {
            attr_type,
            description,
            constraint,
            sensitive: false,
            deprecated: false,
        },
    )
}
