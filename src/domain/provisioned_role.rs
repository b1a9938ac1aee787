//! The roles that Identity Center makes in an account for its permission sets.
//!
//! Follows the Identity Center User Guide ("Referencing permission sets in
//! resource policies, Amazon EKS, and AWS KMS"). The form of a role's name is in
//! `reserved_name`; it is read by length, so "Admin" is never taken for
//! "Admin_Prod", as it is by tools that compare prefixes. Roles are never named by
//! making up their suffix or path: both are found with iam:ListRoles.
//!
//! ```text
//! path   = "/aws-reserved/sso.amazonaws.com" [ ".cn" ] "/" [ region "/" ]
//! region = 1*( lower-case letter | digit | "-" )
//! ```

use std::fmt;
use std::str::FromStr;

use crate::domain::arn::RoleArn;
use crate::domain::error::Invalid;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::{Partition, Region};
use crate::domain::reserved_name::{PREFIX, SUFFIX_DIGITS, split};

/// `PathPrefix` for iam:ListRoles that holds the provisioned roles in every partition.
pub const LIST_PATH_PREFIX: &str = "/aws-reserved/";

/// Whether the name is reserved for Identity Center's roles.
pub fn is_reserved(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Whether the name is one of Identity Center's roles in other letters than IAM's. aws-auth does not mind the case.
pub fn is_reserved_in_other_letters(name: &str) -> bool {
    let start = name.get(..PREFIX.len());
    ProvisionedRoleName::parse(name).is_err() && start.is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// The name of a role that Identity Center provisioned, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProvisionedRoleName {
    permission_set: PermissionSetName,
    suffix: String,
}

impl ProvisionedRoleName {
    /// Parses the name of a role (not its ARN).
    ///
    /// # Errors
    /// The name has another form than `AWSReservedSSO_<permission set>_<16 hex>`.
    pub fn parse(role_name: &str) -> Result<Self, Invalid> {
        let (set, suffix) = split(role_name).ok_or_else(|| {
            Invalid::new(format!(
                "{role_name:?} is not the name of a role that Identity Center made: expected AWSReservedSSO_, the name of the permission set, \"_\" and 16 lower-case hex digits."
            ))
        })?;
        Ok(Self {
            permission_set: PermissionSetName::parse(set)?,
            suffix: suffix.to_owned(),
        })
    }

    /// The permission set that the role stands for.
    pub fn permission_set(&self) -> &PermissionSetName {
        &self.permission_set
    }

    /// The 16 hex digits, new with every provisioning.
    pub fn suffix(&self) -> &str {
        &self.suffix
    }
}

impl fmt::Display for ProvisionedRoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}_{}", self.permission_set, self.suffix)
    }
}

impl FromStr for ProvisionedRoleName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for ProvisionedRoleName {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

/// The path that Identity Center gives its roles:
/// `/aws-reserved/sso.amazonaws.com[.cn]/[<home region>/]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReservedPath {
    /// Identity Center's home region, if the path names one. It is not the cluster's.
    pub home_region: Option<Region>,
}

impl ReservedPath {
    /// Parses a role's path; `None` if it is not Identity Center's.
    pub fn parse(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/aws-reserved/sso.amazonaws.com")?;
        let rest = rest.strip_prefix(".cn").unwrap_or(rest).strip_prefix('/')?;
        if rest.is_empty() {
            return Some(Self { home_region: None });
        }
        let region = rest
            .strip_suffix('/')
            .filter(|region| !region.is_empty() && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))?;
        Some(Self {
            home_region: Some(Region::from_aws(region)),
        })
    }
}

/// The region of Identity Center that a provisioned role's path tells. A path
/// without a region means `us-east-1` in the partition `aws`, elsewhere nothing.
pub fn identity_center_region(path: &str, partition: &Partition) -> Option<Region> {
    let reserved = ReservedPath::parse(path)?;
    reserved
        .home_region
        .or_else(|| partition.is_commercial().then(|| Region::from_aws("us-east-1")))
}

/// The ARN of a provisioned role with `?` for each of the suffix's 16 characters, for
/// conditions like `ArnLike aws:PrincipalArn` that survive a new suffix; `None` if the
/// role is not a provisioned one.
///
/// Not `_*`, which stands in many guides: `*` matches any text, so the pattern of
/// "Admin" would let in the people of "Admin_Prod" too.
pub fn arn_pattern(role: &RoleArn) -> Option<String> {
    let name = ProvisionedRoleName::parse(role.name()).ok()?;
    let arn = role.to_string();
    let stem = arn.strip_suffix(name.suffix())?;
    Some(format!("{stem}{}", "?".repeat(SUFFIX_DIGITS)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    #[track_caller]
    fn check(name: &str, set: &str, suffix: &str) {
        let role = ProvisionedRoleName::parse(name).unwrap();
        assert_eq!((role.permission_set().as_str(), role.suffix()), (set, suffix));
        assert_eq!(role.to_string(), name);
        assert_eq!(name.parse(), Ok(role.clone()));
        assert_eq!(ProvisionedRoleName::try_from(name), Ok(role));
        assert!(is_reserved(name));
    }

    #[test]
    fn ok_names_by_length() {
        check("AWSReservedSSO_Admin_0123456789abcdef", "Admin", "0123456789abcdef");
        check("AWSReservedSSO_Admin_Prod_0123456789abcdef", "Admin_Prod", "0123456789abcdef");
        check(
            "AWSReservedSSO_Admin_0123456789abcdef_fedcba9876543210",
            "Admin_0123456789abcdef",
            "fedcba9876543210",
        );
        check("AWSReservedSSO_a+b=c,d.e@f-g_0123456789abcdef", "a+b=c,d.e@f-g", "0123456789abcdef");
        check("AWSReservedSSO___0123456789abcdef", "_", "0123456789abcdef");
        let longest = "a".repeat(32);
        check(&format!("AWSReservedSSO_{longest}_0123456789abcdef"), &longest, "0123456789abcdef");
    }

    #[test]
    fn err_names() {
        check_invalid(
            ProvisionedRoleName::parse("Deployer"),
            r#""Deployer" is not the name of a role that Identity Center made: expected AWSReservedSSO_, the name of the permission set, "_" and 16 lower-case hex digits."#,
        );
        let tails = [
            "",
            "Admin",
            "_0123456789abcdef",
            "Admin_0123456789abcde",
            "Admin_0123456789ABCDEF",
            "Admin-0123456789abcdef",
            "Admin_0123456789abcdeg",
            "Ad min_0123456789abcdef",
            "Admin_01234567é89abcde",
        ];
        for tail in tails {
            assert!(ProvisionedRoleName::parse(&format!("{PREFIX}{tail}")).is_err(), "{tail}");
        }
        let too_long = "a".repeat(33);
        assert!(ProvisionedRoleName::parse(&format!("{PREFIX}{too_long}_0123456789abcdef")).is_err());
    }

    #[test]
    fn reserved_paths() {
        #[track_caller]
        fn check(path: &str, expected: Option<Option<&str>>) {
            let found = ReservedPath::parse(path).map(|found| found.home_region);
            let found = found.as_ref().map(|region| region.as_ref().map(Region::as_str));
            assert_eq!(found, expected);
        }
        check("/aws-reserved/sso.amazonaws.com/", Some(None));
        check("/aws-reserved/sso.amazonaws.com/eu-west-1/", Some(Some("eu-west-1")));
        check("/aws-reserved/sso.amazonaws.com/us-gov-west-1/", Some(Some("us-gov-west-1")));
        check("/aws-reserved/sso.amazonaws.com.cn/cn-north-1/", Some(Some("cn-north-1")));
        check("/aws-reserved/sso.amazonaws.com.cn/", Some(None));
        check("/", None);
        check("/aws-reserved/", None);
        check("/aws-reserved/sso.amazonaws.com", None);
        check("/aws-reserved/sso.amazonaws.com//", None);
        check("/aws-reserved/sso.amazonaws.com/eu-west-1", None);
        check("/aws-reserved/sso.amazonaws.com/eu-west-1/x/", None);
        check("/aws-reserved/sso.amazonaws.comx/", None);
        check("/x/aws-reserved/sso.amazonaws.com/", None);
    }

    #[test]
    fn regions_of_identity_center() {
        #[track_caller]
        fn check(path: &str, partition: &str, expected: Option<&str>) {
            let partition = Partition::parse(partition).unwrap();
            let region = identity_center_region(path, &partition);
            assert_eq!(region.as_ref().map(Region::as_str), expected);
        }
        check("/aws-reserved/sso.amazonaws.com/", "aws", Some("us-east-1"));
        check("/aws-reserved/sso.amazonaws.com/eu-west-1/", "aws", Some("eu-west-1"));
        check("/aws-reserved/sso.amazonaws.com/", "aws-us-gov", None);
        check(
            "/aws-reserved/sso.amazonaws.com/us-gov-west-1/",
            "aws-us-gov",
            Some("us-gov-west-1"),
        );
        check("/ops/", "aws", None);
    }

    #[test]
    fn patterns_keep_all_but_the_suffix() {
        let pattern = |text| arn_pattern(&RoleArn::parse(text).unwrap());
        assert_eq!(
            pattern("arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_0123456789abcdef")
                .as_deref(),
            Some("arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_????????????????")
        );
        assert_eq!(pattern("arn:aws:iam::222233334444:role/Deployer"), None);
    }
}
