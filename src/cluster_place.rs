//! A cluster by its place: the arguments `cluster_name`, `account_id` and `region`, and where they lead.

use crate::aws::eks::Cluster;
use crate::aws::error::AwsError;
use crate::aws::session::Session;
use crate::domain::cluster::ClusterName;
use crate::domain::likeness::nearest;
use crate::domain::place::{AccountId, Region};
use crate::report::{UNUSABLE_CLUSTER, at, check_within, diagnostic, did_you_mean, no_attribute};
use std::fmt;
use std::sync::Arc;
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

/// The way out for one who reads a cluster that is not there.
pub(crate) const CORRECT_THE_PLACE: &str = "Correct cluster_name, or set account_id and region to where the cluster is. If this same \
                                            configuration creates the cluster in a module, add depends_on = [module.NAME]: the data \
                                            source is then read after that.";

/// The way out in a plan, whose apply may make the cluster.
pub(crate) const MAY_COME: &str = "If this same apply creates it, all is well. If not, correct cluster_name, account_id or region: the apply would \
                                   stop before it writes anything.";

/// What follows for a grant whose cluster is of no use any more.
pub(crate) const APPLY_STOPS: &str = "Unless this same apply replaces it, the apply stops before it writes anything for this grant. Repair or \
                                      replace the cluster, or correct cluster_name.";

/// A cluster's account, region and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClusterPlace {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) cluster: ClusterName,
}

impl ClusterPlace {
    /// The place that validated arguments name; what is left out is the provider's own. `None` comes with an error.
    pub(crate) fn find(
        diags: &mut Diagnostics,
        session: &Session,
        cluster_name: &Value<String>,
        account_id: &Value<String>,
        region: &Value<String>,
    ) -> Option<Self> {
        let account = match account_id.as_deref_option() {
            Some(account) => AccountId::parse(account).ok(),
            None => own_account(diags, session, "account_id"),
        };
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
    pub(crate) async fn describe(&self, session: &Session) -> Result<Option<Arc<Cluster>>, AwsError> {
        session.cluster(&self.account, &self.region, self.cluster.as_str()).await
    }

    /// What is said about a cluster that is not there, with the names that are like its own, and `way_out`.
    pub(crate) async fn absent(&self, session: &Session, way_out: &str) -> Diagnostic {
        // Only for the names: without them the message is shorter, no less true.
        let names = session.cluster_names(&self.account, &self.region).await.unwrap_or_default();
        let near = nearest(self.cluster.as_str(), names.iter().map(String::as_str));
        let detail = format!(
            "{}EKS has no cluster \"{}\" in {}, {}.{} {way_out}\nLooked up as\n  {}",
            did_you_mean(&near),
            self.cluster,
            self.account,
            self.region,
            self.unknown_region(),
            session.caller_in(&self.account)
        );
        diagnostic("Cluster does not exist", detail, at("cluster_name"))
    }

    /// Warns of a cluster that is of no use any more, and of what follows from that.
    pub(crate) fn warn_if_lost(&self, diags: &mut Diagnostics, cluster: &Cluster, path: AttributePath, consequence: &str) {
        if cluster.is_lost() {
            let detail = format!("{self} has the status {}. {consequence}", cluster.status);
            diags.add_warning(diagnostic(UNUSABLE_CLUSTER, detail, path));
        }
    }

    /// A Region that may be misspelt.
    fn unknown_region(&self) -> String {
        match self.region.nearest_known().as_slice() {
            [] => String::new(),
            names => format!(" Is the Region {}? \"{}\" is not known here.", names.join(" or "), self.region),
        }
    }
}

impl fmt::Display for ClusterPlace {
    /// "payments-prod (222233334444, eu-west-1)"
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.cluster, self.account, self.region)
    }
}

/// Checks the arguments of [`ClusterPlace::find`] offline.
pub(crate) fn validate(diags: &mut Diagnostics, cluster_name: &Value<String>, account_id: &Value<String>, region: &Value<String>) {
    validate_within(diags, &no_attribute(), cluster_name, account_id, region);
}

/// The same for those of an object or a block: `within` is the way to that.
pub(crate) fn validate_within(
    diags: &mut Diagnostics,
    within: &AttributePath,
    cluster_name: &Value<String>,
    account_id: &Value<String>,
    region: &Value<String>,
) {
    check_within(diags, within, "cluster_name", "Invalid cluster name", cluster_name, |text| {
        ClusterName::parse(text).map(drop)
    });
    check_within(diags, within, "account_id", "Invalid account ID", account_id, |text| {
        AccountId::parse(text).map(drop)
    });
    check_within(diags, within, "region", "Invalid Region", region, |text| {
        Region::parse(text).map(drop)
    });
}

/// The provider's own account, for an argument that is not set. `None` comes with an error.
pub(crate) fn own_account(diags: &mut Diagnostics, session: &Session, argument: &'static str) -> Option<AccountId> {
    let own = session.account().cloned();
    if own.is_none() {
        let detail =
            format!("{argument} is not set, and the provider does not know its own account (skip_requesting_account_id). Set {argument}.");
        diags.add_error(diagnostic("AWS account ID not known", detail, at(argument)));
    }
    own
}
