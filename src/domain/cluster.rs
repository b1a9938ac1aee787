//! An EKS cluster, as far as access to it goes: its name, its authentication
//! mode, and the platform versions that know access entries.
//!
//! Follows the EKS API Reference (`ClusterName`, `AccessConfigResponse`) and the
//! EKS User Guide ("Grant IAM users access to Kubernetes with EKS access entries").

use std::fmt;
use std::str::FromStr;

use crate::domain::arn_parts::ArnParts;
use crate::domain::error::Invalid;
use crate::domain::text::text_type;

/// The name of an EKS cluster: `[0-9A-Za-z][A-Za-z0-9\-_]*`, 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterName(String);
text_type!(ClusterName);

/// The most characters that a cluster's name has.
const MAX_NAME: usize = 100;

impl ClusterName {
    /// Parses a cluster's name.
    ///
    /// # Errors
    /// The text is empty, longer than 100 characters, has other characters, or is
    /// the cluster's ARN; the message then says which name it holds.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if is_cluster_name(text) {
            return Ok(Self(text.to_owned()));
        }
        if let Some(name) = name_in_cluster_arn(text) {
            return Err(Invalid::new(format!(
                "{text:?} is the ARN of a cluster: give the cluster's name, {name:?}."
            )));
        }
        Err(Invalid::new(format!(
            "{text:?} is not the name of an EKS cluster: expected 1 to 100 letters, digits, \"-\" and \"_\", the first a letter or a digit."
        )))
    }
}

fn is_cluster_name(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn name_in_cluster_arn(text: &str) -> Option<&str> {
    let arn = ArnParts::split(text).filter(|arn| arn.service == "eks")?;
    let name = arn.resource.strip_prefix("cluster/")?;
    is_cluster_name(name).then_some(name)
}

/// What a cluster takes IAM identities from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthenticationMode {
    /// Only the ConfigMap `aws-auth`.
    ConfigMap,
    /// Access entries and `aws-auth`; for the same principal the entry wins.
    ApiAndConfigMap,
    /// Only access entries.
    Api,
}

impl AuthenticationMode {
    /// Parses the words of the EKS API.
    ///
    /// # Errors
    /// The word is another one than `CONFIG_MAP`, `API` or `API_AND_CONFIG_MAP`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "CONFIG_MAP" => Ok(Self::ConfigMap),
            "API" => Ok(Self::Api),
            "API_AND_CONFIG_MAP" => Ok(Self::ApiAndConfigMap),
            _ => Err(Invalid::new(format!(
                "{text:?} is not an authentication mode of EKS: expected \"CONFIG_MAP\", \"API\" or \"API_AND_CONFIG_MAP\"."
            ))),
        }
    }

    /// The word of the EKS API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "CONFIG_MAP",
            Self::Api => "API",
            Self::ApiAndConfigMap => "API_AND_CONFIG_MAP",
        }
    }

    /// Whether a cluster in this mode has access entries.
    pub fn accepts_access_entries(self) -> bool {
        match self {
            Self::ConfigMap => false,
            Self::Api | Self::ApiAndConfigMap => true,
        }
    }

    /// Whether a cluster in this mode reads `aws-auth`.
    pub fn reads_aws_auth(self) -> bool {
        match self {
            Self::Api => false,
            Self::ConfigMap | Self::ApiAndConfigMap => true,
        }
    }
}

impl fmt::Display for AuthenticationMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AuthenticationMode {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for AuthenticationMode {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

/// The first platform version that knows access entries, for a cluster's
/// Kubernetes version; `None` if every platform version of it does (1.31 and
/// later). Versions before 1.23, which EKS no longer runs, are not in the table.
pub fn minimum_platform_version(kubernetes_version: &str) -> Option<&'static str> {
    match kubernetes_version {
        "1.30" => Some("eks.2"),
        "1.29" => Some("eks.1"),
        "1.28" => Some("eks.6"),
        "1.27" => Some("eks.10"),
        "1.26" => Some("eks.11"),
        "1.25" => Some("eks.12"),
        "1.24" => Some("eks.15"),
        "1.23" => Some("eks.17"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    #[test]
    fn ok_names() {
        let longest = "a".repeat(100);
        for name in ["payments-prod", "a", "0_-", longest.as_str()] {
            assert_eq!(ClusterName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn err_names() {
        check_invalid(
            ClusterName::parse(""),
            r#""" is not the name of an EKS cluster: expected 1 to 100 letters, digits, "-" and "_", the first a letter or a digit."#,
        );
        check_invalid(
            ClusterName::parse("-a"),
            r#""-a" is not the name of an EKS cluster: expected 1 to 100 letters, digits, "-" and "_", the first a letter or a digit."#,
        );
        check_invalid(
            ClusterName::parse("pay ments"),
            r#""pay ments" is not the name of an EKS cluster: expected 1 to 100 letters, digits, "-" and "_", the first a letter or a digit."#,
        );
        check_invalid(
            ClusterName::parse("arn:aws:eks:eu-west-1:222233334444:cluster/payments-prod"),
            r#""arn:aws:eks:eu-west-1:222233334444:cluster/payments-prod" is the ARN of a cluster: give the cluster's name, "payments-prod"."#,
        );
        check_invalid(
            ClusterName::parse("arn:aws:eks:eu-west-1:222233334444:nodegroup/a/b/c"),
            r#""arn:aws:eks:eu-west-1:222233334444:nodegroup/a/b/c" is not the name of an EKS cluster: expected 1 to 100 letters, digits, "-" and "_", the first a letter or a digit."#,
        );
        assert!(ClusterName::parse(&"a".repeat(101)).is_err());
    }

    #[test]
    fn modes() {
        #[track_caller]
        fn check(word: &str, entries: bool, aws_auth: bool) {
            let mode = AuthenticationMode::parse(word).unwrap();
            assert_eq!(mode.to_string(), word);
            assert_eq!(word.parse(), Ok(mode));
            assert_eq!(AuthenticationMode::try_from(word), Ok(mode));
            assert_eq!(mode.accepts_access_entries(), entries);
            assert_eq!(mode.reads_aws_auth(), aws_auth);
        }
        check("CONFIG_MAP", false, true);
        check("API_AND_CONFIG_MAP", true, true);
        check("API", true, false);
    }

    #[test]
    fn err_modes() {
        check_invalid(
            AuthenticationMode::parse("api"),
            r#""api" is not an authentication mode of EKS: expected "CONFIG_MAP", "API" or "API_AND_CONFIG_MAP"."#,
        );
    }

    #[test]
    fn platform_versions() {
        #[track_caller]
        fn check(kubernetes: &str, platform: Option<&str>) {
            assert_eq!(minimum_platform_version(kubernetes), platform);
        }
        check("1.23", Some("eks.17"));
        check("1.24", Some("eks.15"));
        check("1.25", Some("eks.12"));
        check("1.26", Some("eks.11"));
        check("1.27", Some("eks.10"));
        check("1.28", Some("eks.6"));
        check("1.29", Some("eks.1"));
        check("1.30", Some("eks.2"));
        check("1.31", None);
        check("1.40", None);
    }
}
