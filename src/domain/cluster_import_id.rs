//! The id by which what belongs to a whole cluster is imported.
//!
//! ```text
//! id = [account "/"] cluster ["@" region]
//! ```
//! A cluster's name holds neither `/` nor `@`.

use std::fmt;

use crate::domain::cluster::ClusterName;
use crate::domain::error::Invalid;
use crate::domain::place::{AccountId, Region};

/// An import id, taken apart. `Display` gives its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterImportId {
    /// The cluster's account; the provider's own if absent.
    pub account: Option<AccountId>,
    /// The cluster.
    pub cluster: ClusterName,
    /// The cluster's Region; the provider's own if absent.
    pub region: Option<Region>,
}

impl ClusterImportId {
    /// Parses an import id.
    ///
    /// # Errors
    /// A part of it is not valid; the message names the part and the form.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        parse_parts(text).map_err(|error| {
            Invalid::new(format!(
                "{text:?} is not an import id: {error} Expected [ACCOUNT_ID/]cluster_name[@region], for example payments-prod@eu-west-1."
            ))
        })
    }
}

fn parse_parts(text: &str) -> Result<ClusterImportId, Invalid> {
    let (account, rest) = match text.split_once('/') {
        // An ARN has slashes, too, and the name of the cluster has its own words for that.
        Some((account, rest)) if !text.starts_with("arn:") => (Some(AccountId::parse(account)?), rest),
        _ => (None, text),
    };
    let (cluster, region) = match rest.split_once('@') {
        Some((cluster, region)) => (cluster, Some(Region::parse(region)?)),
        None => (rest, None),
    };
    Ok(ClusterImportId {
        account,
        cluster: ClusterName::parse(cluster)?,
        region,
    })
}

impl fmt::Display for ClusterImportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(account) = &self.account {
            write!(f, "{account}/")?;
        }
        write!(f, "{}", self.cluster)?;
        match &self.region {
            Some(region) => write!(f, "@{region}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    #[test]
    fn ok_ids() {
        #[track_caller]
        fn check(text: &str, account: Option<&str>, cluster: &str, region: Option<&str>) {
            let id = ClusterImportId::parse(text).unwrap();
            assert_eq!(id.account.as_ref().map(AccountId::as_str), account);
            assert_eq!(id.cluster.as_str(), cluster);
            assert_eq!(id.region.as_ref().map(Region::as_str), region);
            assert_eq!(id.to_string(), text);
        }
        check("payments", None, "payments", None);
        check("payments@eu-west-1", None, "payments", Some("eu-west-1"));
        check("222233334444/payments", Some("222233334444"), "payments", None);
        check(
            "222233334444/payments@eu-west-1",
            Some("222233334444"),
            "payments",
            Some("eu-west-1"),
        );
    }

    #[test]
    fn err_ids() {
        const FORM: &str = " Expected [ACCOUNT_ID/]cluster_name[@region], for example payments-prod@eu-west-1.";
        #[track_caller]
        fn check(text: &str, reason: &str) {
            check_invalid(
                ClusterImportId::parse(text),
                &format!("{text:?} is not an import id: {reason}{FORM}"),
            );
        }
        check(
            "payments,Dev",
            r#""payments,Dev" is not the name of an EKS cluster: expected 1 to 100 letters, digits, "-" and "_", the first a letter or a digit."#,
        );
        check(
            "arn:aws:eks:eu-west-1:222233334444:cluster/payments",
            r#""arn:aws:eks:eu-west-1:222233334444:cluster/payments" is the ARN of a cluster: give the cluster's name, "payments"."#,
        );
        assert!(ClusterImportId::parse("1234/payments").is_err());
        assert!(ClusterImportId::parse("payments@Ireland").is_err());
        assert!(ClusterImportId::parse("").is_err());
    }
}
