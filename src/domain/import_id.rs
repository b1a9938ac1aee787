//! The ids by which a grant is imported.
//!
//! ```text
//! id      = [account "/"] cluster "," permission-set ["@" region]
//!         | [account "/"] cluster "," "role/" role-name ["@" region]
//!         | [account "/"] cluster ":" principal-arn ["@" region]
//! ```
//! The last is the id of hashicorp/aws's `aws_eks_access_entry`; the ARN may lack
//! its path. Names of permission sets may hold `,` and `@`, so whichever of `,` and
//! `:` comes first ends the cluster's name, and a trailing `@…` is a region if it
//! has a region's form. A name that itself ends so needs the region behind it.

use std::fmt;
use std::str::FromStr;

use crate::domain::arn::{AccessEntryArn, AccessEntryPrincipal, PrincipalKind, RoleArn};
use crate::domain::cluster::ClusterName;
use crate::domain::error::Invalid;
use crate::domain::grantee::Grantee;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::{AccountId, Region, has_region_form};
use crate::domain::provisioned_role::ProvisionedRoleName;
use crate::domain::role_name::RoleName;

/// An import id, taken apart. `Display` gives its canonical text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportId {
    /// The cluster's account; the provider's own if absent.
    pub account: Option<AccountId>,
    /// The cluster.
    pub cluster: ClusterName,
    /// Who gets in.
    pub subject: Subject,
    /// The cluster's region; the provider's own if absent.
    pub region: Option<Region>,
}

/// Who gets in, as an import id names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// By name.
    Grantee(Grantee),
    /// A role or a user by its ARN, with its path or without (then the path is `/`).
    Principal(AccessEntryPrincipal),
}

const FORMS: &str = "Accepted are \"cluster_name,permission_set_name\", \"cluster_name,role/ROLE_NAME\" and \"cluster_name:principal_arn\", each with \"account_id/\" before it or \"@region\" behind it where the cluster is not in the provider's own account or region.";

impl ImportId {
    /// Parses an import id.
    ///
    /// # Errors
    /// The text has none of the forms, or a part of it is not valid; the message
    /// names the part and lists the forms. The ARN of an access entry gets a
    /// message that holds the id to use instead.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if let Ok(arn) = AccessEntryArn::parse(text) {
            return Err(access_entry(text, &arn));
        }
        let (arn, region) = split_region(text);
        if parse_principal(arn).is_ok() {
            return Err(Invalid::new(format!(
                "{text:?} is an ARN alone, not an import id: write the cluster's name before it, \"CLUSTER:{arn}{}\".",
                region.map_or_else(String::new, |region| format!("@{region}"))
            )));
        }
        parse_forms(text).map_err(|error| {
            let region = Self::region_meant(text).map_or_else(String::new, |(id, _)| format!("Did you mean \"{id}\"? "));
            Invalid::new(format!("{text:?} is not an import id: {region}{error} {FORMS}"))
        })
    }

    /// The same text with the Region that is meant behind the last `@`, where what is there has not the form of one; and what is
    /// there.
    #[must_use]
    pub fn region_meant(text: &str) -> Option<(String, &str)> {
        let (before, named) = text.rsplit_once('@')?;
        let region = Region::meant_by(named).filter(|_| !before.is_empty())?;
        Some((format!("{before}@{region}"), named))
    }
}

fn parse_forms(text: &str) -> Result<ImportId, Invalid> {
    let at = text
        .find([',', ':'])
        .ok_or_else(|| Invalid::new("it has neither a \",\" nor a \":\" after the cluster's name."))?;
    let (place, separator, rest) = (&text[..at], &text[at..=at], &text[at + 1..]);
    let (account, cluster) = match place.split_once('/') {
        Some((account, cluster)) => (Some(AccountId::parse(account)?), cluster),
        None => (None, place),
    };
    let (who, region) = split_region(rest);
    Ok(ImportId {
        account,
        cluster: ClusterName::parse(cluster)?,
        subject: parse_subject(separator, who)?,
        region,
    })
}

fn split_region(text: &str) -> (&str, Option<Region>) {
    match text.rsplit_once('@') {
        Some((who, region)) if has_region_form(region) => (who, Region::parse(region).ok()),
        _ => (text, None),
    }
}

fn parse_subject(separator: &str, who: &str) -> Result<Subject, Invalid> {
    match (separator, who.strip_prefix("role/")) {
        (":", _) => parse_principal(who).map(Subject::Principal),
        (_, Some(role)) => match ProvisionedRoleName::parse(role) {
            Ok(provisioned) => Err(Invalid::new(format!(
                "{role:?} is a role that Identity Center made: instead of {who:?} write the name of its permission set, \"{}\".",
                provisioned.permission_set()
            ))),
            Err(_) => RoleName::parse(role).map(|name| Subject::Grantee(Grantee::Role(name))),
        },
        (_, None) if who.starts_with("user/") => Err(Invalid::new(format!(
            "An IAM user is named by its ARN, behind a \":\": \"cluster_name:arn:aws:iam::ACCOUNT_ID:{who}\"."
        ))),
        (_, None) if parse_principal(who).is_ok() => Err(Invalid::new("write \":\" before an ARN, not \",\".")),
        (_, None) => PermissionSetName::parse(who).map(|name| Subject::Grantee(Grantee::PermissionSet(name))),
    }
}

/// Service-linked roles are refused.
fn parse_principal(text: &str) -> Result<AccessEntryPrincipal, Invalid> {
    match AccessEntryPrincipal::parse(text)? {
        AccessEntryPrincipal::Role(_) => RoleArn::parse(text).map(AccessEntryPrincipal::Role),
        user @ AccessEntryPrincipal::User(_) => Ok(user),
    }
}

/// The ARN of an access entry holds all that an import id needs.
fn access_entry(text: &str, arn: &AccessEntryArn) -> Invalid {
    let name = arn.principal_name();
    let who = match (arn.principal_kind(), ProvisionedRoleName::parse(name)) {
        (PrincipalKind::User, _) => format!(":arn:{}:iam::{}:user/{name}", arn.partition(), arn.principal_account()),
        // Only a principal ARN can name a role of another account than the cluster's.
        (PrincipalKind::Role, _) if arn.principal_account() != arn.account() => {
            format!(":arn:{}:iam::{}:role/{name}", arn.partition(), arn.principal_account())
        }
        (PrincipalKind::Role, Ok(role)) => format!(",{}", role.permission_set()),
        (PrincipalKind::Role, Err(_)) => format!(",role/{name}"),
    };
    Invalid::new(format!(
        "{text:?} is the ARN of an access entry, not an import id: use \"{}/{}{who}@{}\".",
        arn.account(),
        arn.cluster(),
        arn.region()
    ))
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grantee(grantee) => write!(f, "{grantee}"),
            Self::Principal(arn) => write!(f, "{arn}"),
        }
    }
}

impl fmt::Display for ImportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(account) = &self.account {
            write!(f, "{account}/")?;
        }
        let separator = match &self.subject {
            Subject::Grantee(Grantee::Principal(_)) | Subject::Principal(_) => ':',
            Subject::Grantee(_) => ',',
        };
        write!(f, "{}{separator}{}", self.cluster, self.subject)?;
        match &self.region {
            Some(region) => write!(f, "@{region}"),
            None => Ok(()),
        }
    }
}

impl FromStr for ImportId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for ImportId {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    const SSO: &str = "arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_a,b@c_0123456789abcdef";

    #[track_caller]
    fn check(text: &str, account: Option<&str>, cluster: &str, subject: Subject, region: Option<&str>) {
        let id = ImportId::parse(text).unwrap();
        assert_eq!(id.account.as_ref().map(AccountId::as_str), account);
        assert_eq!(id.cluster.as_str(), cluster);
        assert_eq!(id.subject, subject);
        assert_eq!(id.region.as_ref().map(Region::as_str), region);
        assert_eq!(id.to_string(), text);
        assert_eq!(text.parse(), Ok(id.clone()));
        assert_eq!(ImportId::try_from(text), Ok(id));
    }

    fn set(name: &str) -> Subject {
        Subject::Grantee(Grantee::PermissionSet(PermissionSetName::parse(name).unwrap()))
    }

    fn role(name: &str) -> Subject {
        Subject::Grantee(Grantee::Role(RoleName::parse(name).unwrap()))
    }

    fn principal(arn: &str) -> Subject {
        Subject::Principal(AccessEntryPrincipal::parse(arn).unwrap())
    }

    #[test]
    fn ok_permission_sets() {
        check("payments,Dev", None, "payments", set("Dev"), None);
        check("payments,Dev@eu-west-1", None, "payments", set("Dev"), Some("eu-west-1"));
        check("222233334444/payments,Dev", Some("222233334444"), "payments", set("Dev"), None);
        check(
            "222233334444/payments,Dev@us-gov-west-1",
            Some("222233334444"),
            "payments",
            set("Dev"),
            Some("us-gov-west-1"),
        );
        check("payments,a,b@c", None, "payments", set("a,b@c"), None);
        check(
            "payments,Dev@eu-west-1@eu-west-2",
            None,
            "payments",
            set("Dev@eu-west-1"),
            Some("eu-west-2"),
        );
        check("payments,role", None, "payments", set("role"), None);
    }

    #[test]
    fn ok_roles() {
        check("payments,role/okta-devs", None, "payments", role("okta-devs"), None);
        check(
            "222233334444/payments,role/a@b@eu-west-1",
            Some("222233334444"),
            "payments",
            role("a@b"),
            Some("eu-west-1"),
        );
    }

    #[test]
    fn ok_principals() {
        check(&format!("payments:{SSO}"), None, "payments", principal(SSO), None);
        check(
            &format!("payments:{SSO}@eu-west-1"),
            None,
            "payments",
            principal(SSO),
            Some("eu-west-1"),
        );
        let user = "arn:aws:iam::222233334444:user/people/jane@example.com";
        check(
            &format!("payments:{user}@eu-west-1"),
            None,
            "payments",
            principal(user),
            Some("eu-west-1"),
        );
        let bare = "arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef";
        check(
            &format!("111122223333/payments:{bare}"),
            Some("111122223333"),
            "payments",
            principal(bare),
            None,
        );
    }

    #[test]
    fn err_ids() {
        check_invalid(
            ImportId::parse(""),
            r#""" is not an import id: it has neither a "," nor a ":" after the cluster's name. Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
        check_invalid(
            ImportId::parse("payments"),
            r#""payments" is not an import id: it has neither a "," nor a ":" after the cluster's name. Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
        check_invalid(
            ImportId::parse("payments,"),
            r#""payments," is not an import id: "" is not the name of a permission set: expected 1 to 32 letters, digits and _+=,.@- characters, without spaces. Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
        check_invalid(
            ImportId::parse(",Dev"),
            r#"",Dev" is not an import id: "" is not the name of an EKS cluster: expected 1 to 100 letters, digits, "-" and "_", the first a letter or a digit. Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
        check_invalid(
            ImportId::parse("1234/payments,Dev"),
            r#""1234/payments,Dev" is not an import id: "1234" is not an AWS account id: it has 4 of 12 digits. Leading zeros are lost where an id is written as a number, without quotes: if yours is "000000001234", write all 12 digits. Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
        check_invalid(
            ImportId::parse("payments,Dev Ops"),
            r#""payments,Dev Ops" is not an import id: "Dev Ops" is not the name of a permission set: expected 1 to 32 letters, digits and _+=,.@- characters, without spaces. Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
        check_invalid(
            ImportId::parse("payments,Dev@Europe (Ireland)"),
            r#""payments,Dev@Europe (Ireland)" is not an import id: Did you mean "payments,Dev@eu-west-1"? "Dev@Europe (Ireland)" is not the name of a permission set: expected 1 to 32 letters, digits and _+=,.@- characters, without spaces. Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
        check_invalid(
            ImportId::parse("payments,role/AWSReservedSSO_Dev_0123456789abcdef"),
            r#""payments,role/AWSReservedSSO_Dev_0123456789abcdef" is not an import id: "AWSReservedSSO_Dev_0123456789abcdef" is a role that Identity Center made: instead of "role/AWSReservedSSO_Dev_0123456789abcdef" write the name of its permission set, "Dev". Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
        check_invalid(
            ImportId::parse("payments,AWSReservedSSO_Dev_0123456789abcdef"),
            r#""payments,AWSReservedSSO_Dev_0123456789abcdef" is not an import id: "AWSReservedSSO_Dev_0123456789abcdef" is a role that Identity Center made: give the name of its permission set, "Dev". The role is found for you, also when its suffix changes. Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
        check_invalid(
            ImportId::parse("payments:Dev"),
            r#""payments:Dev" is not an import id: "Dev" is not the ARN of an IAM role or user: expected arn:<partition>:iam::<account id>:role/<path and name> or arn:<partition>:iam::<account id>:user/<path and name>, for example arn:aws:iam::222233334444:role/ops/Deployer. Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
        check_invalid(
            ImportId::parse("payments:arn:aws:iam::222233334444:role/aws-service-role/x.amazonaws.com/y"),
            r#""payments:arn:aws:iam::222233334444:role/aws-service-role/x.amazonaws.com/y" is not an import id: "arn:aws:iam::222233334444:role/aws-service-role/x.amazonaws.com/y" is a service-linked role, whose access entries only AWS may change: give the ARN of a role of your own. Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
        check_invalid(
            ImportId::parse("payments,arn:aws:iam::222233334444:role/Deployer"),
            r#""payments,arn:aws:iam::222233334444:role/Deployer" is not an import id: write ":" before an ARN, not ",". Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
        check_invalid(
            ImportId::parse(
                "arn:aws:eks:eu-west-1:222233334444:access-entry/payments/role/222233334444/AWSReservedSSO_Dev_0123456789abcdef/id",
            ),
            r#""arn:aws:eks:eu-west-1:222233334444:access-entry/payments/role/222233334444/AWSReservedSSO_Dev_0123456789abcdef/id" is the ARN of an access entry, not an import id: use "222233334444/payments,Dev@eu-west-1"."#,
        );
        check_invalid(
            ImportId::parse("arn:aws:eks:eu-west-1:222233334444:access-entry/payments/role/222233334444/Deployer/id"),
            r#""arn:aws:eks:eu-west-1:222233334444:access-entry/payments/role/222233334444/Deployer/id" is the ARN of an access entry, not an import id: use "222233334444/payments,role/Deployer@eu-west-1"."#,
        );
        check_invalid(
            ImportId::parse("arn:aws:eks:eu-west-1:222233334444:access-entry/payments/user/222233334444/ann/id"),
            r#""arn:aws:eks:eu-west-1:222233334444:access-entry/payments/user/222233334444/ann/id" is the ARN of an access entry, not an import id: use "222233334444/payments:arn:aws:iam::222233334444:user/ann@eu-west-1"."#,
        );
        check_invalid(
            ImportId::parse("arn:aws:eks:eu-west-1:222233334444:access-entry/payments/role/111122223333/Deployer/id"),
            r#""arn:aws:eks:eu-west-1:222233334444:access-entry/payments/role/111122223333/Deployer/id" is the ARN of an access entry, not an import id: use "222233334444/payments:arn:aws:iam::111122223333:role/Deployer@eu-west-1"."#,
        );
        check_invalid(
            ImportId::parse("arn:aws:iam::222233334444:role/ops/Deployer@eu-west-1"),
            r#""arn:aws:iam::222233334444:role/ops/Deployer@eu-west-1" is an ARN alone, not an import id: write the cluster's name before it, "CLUSTER:arn:aws:iam::222233334444:role/ops/Deployer@eu-west-1"."#,
        );
        check_invalid(
            ImportId::parse("payments,user/bob"),
            r#""payments,user/bob" is not an import id: An IAM user is named by its ARN, behind a ":": "cluster_name:arn:aws:iam::ACCOUNT_ID:user/bob". Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
        check_invalid(
            ImportId::parse("payments,role/ops/Deployer"),
            r#""payments,role/ops/Deployer" is not an import id: "ops/Deployer" is a role's name with its path: give the name alone, "Deployer". The path is found for you. Accepted are "cluster_name,permission_set_name", "cluster_name,role/ROLE_NAME" and "cluster_name:principal_arn", each with "account_id/" before it or "@region" behind it where the cluster is not in the provider's own account or region."#,
        );
    }
}
