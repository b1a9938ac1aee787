//! The ARNs that access entries are about: IAM roles and users, and the entries
//! themselves.
//!
//! Follows the IAM User Guide ("IAM identifiers") and the Service Authorization
//! Reference for EKS. An access entry's ARN does not carry the role's path, so a
//! principal ARN is never made from it.
//!
//! ```text
//! principal = "arn:" partition ":iam::" account ":" ( "role" | "user" ) path name
//! path      = "/" *( 1*printable "/" )                                     at most 512 characters
//! name      = 1*64( letter | digit | "_" | "+" | "=" | "," | "." | "@" | "-" )
//! entry     = "arn:" partition ":eks:" region ":" account ":access-entry/" cluster "/"
//!             ( "role" | "user" ) "/" account "/" name "/" id              the principal's account and name
//! ```

use std::fmt;
use std::str::FromStr;

use crate::domain::arn_parts::ArnParts;
use crate::domain::cluster::ClusterName;
use crate::domain::error::Invalid;
use crate::domain::place::{AccountId, Partition, Region};
use crate::domain::text::is_iam_name;

/// Longest name of an IAM role or user.
const MAX_IAM_NAME: usize = 64;
/// Path prefix of service-linked roles.
const SERVICE_LINKED_PATH: &str = "/aws-service-role/";

/// The ARN of an IAM role. Without a path in the text, `path` is `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleArn {
    partition: Partition,
    account: AccountId,
    path: String,
    name: String,
}

/// The ARN of an IAM user. Without a path in the text, `path` is `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserArn {
    partition: Partition,
    account: AccountId,
    path: String,
    name: String,
}

impl RoleArn {
    /// Parses `arn:<partition>:iam::<account id>:role/<path><name>`.
    ///
    /// # Errors
    /// The text is no ARN, or the ARN of something else: a session
    /// (`assumed-role`), a user, a whole account (`root`) or a service-linked role
    /// each get their own message.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match AccessEntryPrincipal::parse_or(text, not_a_role)? {
            AccessEntryPrincipal::Role(role) if role.is_service_linked() => Err(Invalid::new(format!(
                "{text:?} is a service-linked role, whose access entries only AWS may change: give the ARN of a role of your own."
            ))),
            AccessEntryPrincipal::Role(role) => Ok(role),
            AccessEntryPrincipal::User(user) => Err(Invalid::new(format!(
                "{text:?} is the ARN of the IAM user {:?}: expected the ARN of an IAM role, {ROLE_FORM}.",
                user.name
            ))),
        }
    }

    /// Makes the ARN of a role from its parts; `path` is `/` or `/a/b/`.
    ///
    /// # Errors
    /// The path or the name has another form than IAM allows.
    pub fn new(partition: Partition, account: AccountId, path: &str, name: &str) -> Result<Self, Invalid> {
        let resource = format!("{}{name}", path.strip_prefix('/').unwrap_or(path));
        Self::parse(&format!("arn:{partition}:iam::{account}:role/{resource}"))
    }

    /// The partition.
    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    /// The account that the role is in.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The path: `/`, or `/a/b/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name, without the path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The ARN without the path: the form that `aws-auth` takes, and that an
    /// access entry refuses if the role has a path.
    pub fn without_path(&self) -> String {
        let Self {
            partition, account, name, ..
        } = self;
        format!("arn:{partition}:iam::{account}:role/{name}")
    }

    /// Whether both name the same role, with or without its path. Names of roles
    /// are unique in an account, whatever the path and the case of letters.
    pub fn is_same_role(&self, other: &Self) -> bool {
        self.partition == other.partition && self.account == other.account && self.name.eq_ignore_ascii_case(&other.name)
    }

    /// Whether this is a service-linked role, which only AWS gives access entries.
    pub fn is_service_linked(&self) -> bool {
        self.path.starts_with(SERVICE_LINKED_PATH)
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            account,
            path,
            name,
        } = self;
        write!(f, "arn:{partition}:iam::{account}:role{path}{name}")
    }
}

impl FromStr for RoleArn {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for RoleArn {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

impl UserArn {
    /// The partition.
    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    /// The account that the user is in.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Whether both name the same user, with or without its path.
    pub fn is_same_user(&self, other: &Self) -> bool {
        self.partition == other.partition && self.account == other.account && self.name.eq_ignore_ascii_case(&other.name)
    }

    /// The path: `/`, or `/a/b/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name, without the path.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for UserArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            account,
            path,
            name,
        } = self;
        write!(f, "arn:{partition}:iam::{account}:user{path}{name}")
    }
}

/// Whom an access entry lets in. EKS makes entries for service-linked roles too,
/// so here they are roles ([`RoleArn::is_service_linked`]).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessEntryPrincipal {
    /// An IAM role.
    Role(RoleArn),
    /// An IAM user.
    User(UserArn),
}

impl AccessEntryPrincipal {
    /// Parses the principal ARN of an access entry.
    ///
    /// # Errors
    /// The text is no ARN, or the ARN of something that is neither role nor user.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::parse_or(text, not_a_principal)
    }

    /// `anything_else` says what was expected where the text is the ARN of nobody.
    fn parse_or(text: &str, anything_else: fn(&str) -> Invalid) -> Result<Self, Invalid> {
        let Some(arn) = ArnParts::split(text) else {
            return Err(anything_else(text));
        };
        let (kind, rest) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
        match (arn.service, kind) {
            ("iam", "role") => {
                let (partition, account, path, name) = iam_parts(text, arn, rest)?;
                Ok(Self::Role(RoleArn {
                    partition,
                    account,
                    path,
                    name,
                }))
            }
            ("iam", "user") => {
                let (partition, account, path, name) = iam_parts(text, arn, rest)?;
                Ok(Self::User(UserArn {
                    partition,
                    account,
                    path,
                    name,
                }))
            }
            ("sts", "assumed-role") => Err(session(text, arn, rest)),
            ("iam", "root") => Err(Invalid::new(format!(
                "{text:?} is the whole account, and an access entry for it lets nobody in: give the ARN of an IAM role, {ROLE_FORM}."
            ))),
            _ => Err(anything_else(text)),
        }
    }
}

impl AccessEntryPrincipal {
    /// The account that the principal is in.
    pub fn account(&self) -> &AccountId {
        match self {
            Self::Role(role) => role.account(),
            Self::User(user) => user.account(),
        }
    }

    /// The name, without the path.
    pub fn name(&self) -> &str {
        match self {
            Self::Role(role) => role.name(),
            Self::User(user) => user.name(),
        }
    }

    /// The role, unless it is a user.
    pub fn role(&self) -> Option<&RoleArn> {
        match self {
            Self::Role(role) => Some(role),
            Self::User(_) => None,
        }
    }

    /// The ARN by which aws-iam-authenticator knows the principal: a role's without its path, a user's as it is.
    pub fn in_aws_auth(&self) -> String {
        match self {
            Self::Role(role) => role.without_path(),
            Self::User(user) => user.to_string(),
        }
    }

    /// Whether both name the same principal, with or without its path. Names are unique in an account, whatever the path and
    /// the case of letters.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Role(one), Self::Role(other)) => one.is_same_role(other),
            (Self::User(one), Self::User(other)) => one.is_same_user(other),
            (Self::Role(_), Self::User(_)) | (Self::User(_), Self::Role(_)) => false,
        }
    }
}

impl From<RoleArn> for AccessEntryPrincipal {
    fn from(role: RoleArn) -> Self {
        Self::Role(role)
    }
}

impl FromStr for AccessEntryPrincipal {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for AccessEntryPrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => role.fmt(f),
            Self::User(user) => user.fmt(f),
        }
    }
}

const ROLE_FORM: &str = "arn:<partition>:iam::<account id>:role/<path and name>";

fn not_a_principal(text: &str) -> Invalid {
    Invalid::new(format!(
        "{text:?} is not the ARN of an IAM role or user: expected {ROLE_FORM} or arn:<partition>:iam::<account id>:user/<path and name>, for example arn:aws:iam::222233334444:role/ops/Deployer."
    ))
}

fn not_a_role(text: &str) -> Invalid {
    Invalid::new(format!(
        "{text:?} is not the ARN of an IAM role: expected {ROLE_FORM}, for example arn:aws:iam::222233334444:role/ops/Deployer."
    ))
}

/// A session's ARN names its role, but not the role's path.
fn session(text: &str, arn: ArnParts<'_>, rest: &str) -> Invalid {
    let role = rest.split('/').next().unwrap_or_default();
    Invalid::new(format!(
        "{text:?} is the ARN of a session, and access is given to its role: give the ARN of the role {role:?} in account {:?}, with the role's path (`aws iam get-role --role-name {role}` shows it).",
        arn.account
    ))
}

/// Partition, account, path and name of an IAM role or user.
fn iam_parts(text: &str, arn: ArnParts<'_>, rest: &str) -> Result<(Partition, AccountId, String, String), Invalid> {
    let within = |error: Invalid| Invalid::new(format!("{text:?} is not the ARN of an IAM role: {error}"));
    let partition = Partition::parse(arn.partition).map_err(within)?;
    let account = AccountId::parse(arn.account).map_err(within)?;
    if !arn.region.is_empty() {
        return Err(Invalid::new(format!(
            "{text:?} is not the ARN of an IAM role: IAM has no regions, so the field that holds {:?} must be empty ({ROLE_FORM}).",
            arn.region
        )));
    }
    let (path, name) = match rest.rsplit_once('/') {
        Some((path, name)) => (format!("/{path}/"), name),
        None => ("/".to_owned(), rest),
    };
    if !is_path(&path) || !is_iam_name(name, MAX_IAM_NAME) {
        return Err(Invalid::new(format!(
            "{text:?} is not the ARN of an IAM role: its last part, {name:?}, must be a name of 1 to 64 letters, digits and _+=,.@- characters, and what stands before it a path like ops/eu/."
        )));
    }
    Ok((partition, account, path, name.to_owned()))
}

/// `/`, or printable ASCII between slashes (IAM's `pathType`), at most 512.
fn is_path(path: &str) -> bool {
    path.len() <= 512 && !path.contains("//") && path.bytes().all(|b| b.is_ascii_graphic())
}

/// The Region and the account of what an ARN of EKS names, whatever that is.
///
/// # Errors
/// The text is no ARN of EKS, or has no Region or account.
pub fn eks_place(text: &str) -> Result<(Region, AccountId), Invalid> {
    let place = |arn: ArnParts<'_>| Some((Region::parse(arn.region).ok()?, AccountId::parse(arn.account).ok()?));
    ArnParts::split(text)
        .filter(|arn| arn.service == "eks")
        .and_then(place)
        .ok_or_else(|| {
            Invalid::new(format!(
                "{text:?} is not an ARN of Amazon EKS: expected one that begins with arn:<partition>:eks:<region>:<account id>:."
            ))
        })
}

/// What the principal of an access entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// An IAM role.
    Role,
    /// An IAM user.
    User,
}

impl PrincipalKind {
    /// The word in the ARN.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
        }
    }
}

impl fmt::Display for PrincipalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The ARN of an access entry:
/// `arn:<partition>:eks:<region>:<account>:access-entry/<cluster>/role|user/<principal's account>/<name>/<uuid>`.
/// It says where the cluster is, and who gets in but for the role's path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessEntryArn {
    text: String,
    partition: Partition,
    region: Region,
    account: AccountId,
    cluster: ClusterName,
    principal_kind: PrincipalKind,
    principal_account: AccountId,
    principal_name: String,
}

impl AccessEntryArn {
    /// Parses the ARN of an access entry. The old spelling `accessEntry/`, which
    /// the EKS API Reference still shows, is taken too; the last part, a UUID
    /// today, may be any text.
    ///
    /// # Errors
    /// The text has another form.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::parse_parts(text).ok_or_else(|| {
            Invalid::new(format!(
                "{text:?} is not the ARN of an access entry: expected arn:<partition>:eks:<region>:<account id>:access-entry/<cluster>/<role or user>/<account id>/<name>/<id>."
            ))
        })
    }

    fn parse_parts(text: &str) -> Option<Self> {
        let arn = ArnParts::split(text).filter(|arn| arn.service == "eks")?;
        let parts: Vec<&str> = arn.resource.splitn(6, '/').collect();
        let ["access-entry" | "accessEntry", cluster, kind, account, name, id] = parts[..] else {
            return None;
        };
        if !is_iam_name(name, MAX_IAM_NAME) || id.is_empty() {
            return None;
        }
        Some(Self {
            text: text.to_owned(),
            partition: Partition::parse(arn.partition).ok()?,
            region: Region::parse(arn.region).ok()?,
            account: AccountId::parse(arn.account).ok()?,
            cluster: ClusterName::parse(cluster).ok()?,
            principal_kind: match kind {
                "role" => PrincipalKind::Role,
                "user" => PrincipalKind::User,
                _ => return None,
            },
            principal_account: AccountId::parse(account).ok()?,
            principal_name: name.to_owned(),
        })
    }

    /// The ARN as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The cluster's partition.
    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    /// The cluster's region.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The cluster's account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The cluster.
    pub fn cluster(&self) -> &ClusterName {
        &self.cluster
    }

    /// Whether a role or a user gets in.
    pub fn principal_kind(&self) -> PrincipalKind {
        self.principal_kind
    }

    /// The account of the role or user.
    pub fn principal_account(&self) -> &AccountId {
        &self.principal_account
    }

    /// The name of the role or user, without its path.
    pub fn principal_name(&self) -> &str {
        &self.principal_name
    }
}

impl fmt::Display for AccessEntryArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for AccessEntryArn {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for AccessEntryArn {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    #[track_caller]
    fn check_role(text: &str, path: &str, name: &str, without_path: &str) {
        let role = RoleArn::parse(text).unwrap();
        assert_eq!(role.to_string(), text);
        assert_eq!((role.path(), role.name()), (path, name));
        assert_eq!(role.without_path(), without_path);
        let same = RoleArn::new(role.partition().clone(), role.account().clone(), path, name);
        assert_eq!(same, Ok(role.clone()));
        assert_eq!(text.parse(), Ok(role.clone()));
        assert!(role.is_same_role(&RoleArn::try_from(without_path).unwrap()));
    }

    #[test]
    fn ok_roles() {
        check_role(
            "arn:aws:iam::222233334444:role/Deployer",
            "/",
            "Deployer",
            "arn:aws:iam::222233334444:role/Deployer",
        );
        check_role(
            "arn:aws-cn:iam::222233334444:role/a/b/C",
            "/a/b/",
            "C",
            "arn:aws-cn:iam::222233334444:role/C",
        );
        check_role(
            "arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_0123456789abcdef",
            "/aws-reserved/sso.amazonaws.com/eu-west-1/",
            "AWSReservedSSO_Dev_0123456789abcdef",
            "arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef",
        );
    }

    #[test]
    fn err_roles() {
        check_invalid(
            RoleArn::parse("Deployer"),
            r#""Deployer" is not the ARN of an IAM role: expected arn:<partition>:iam::<account id>:role/<path and name>, for example arn:aws:iam::222233334444:role/ops/Deployer."#,
        );
        check_invalid(
            RoleArn::parse("arn:aws:iam::222233334444:group/ops"),
            r#""arn:aws:iam::222233334444:group/ops" is not the ARN of an IAM role: expected arn:<partition>:iam::<account id>:role/<path and name>, for example arn:aws:iam::222233334444:role/ops/Deployer."#,
        );
        check_invalid(
            RoleArn::parse("arn:aws:s3:::bucket"),
            r#""arn:aws:s3:::bucket" is not the ARN of an IAM role: expected arn:<partition>:iam::<account id>:role/<path and name>, for example arn:aws:iam::222233334444:role/ops/Deployer."#,
        );
        check_invalid(
            RoleArn::parse("arn:aws:sts::222233334444:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/ann"),
            r#""arn:aws:sts::222233334444:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/ann" is the ARN of a session, and access is given to its role: give the ARN of the role "AWSReservedSSO_Dev_0123456789abcdef" in account "222233334444", with the role's path (`aws iam get-role --role-name AWSReservedSSO_Dev_0123456789abcdef` shows it)."#,
        );
        check_invalid(
            RoleArn::parse("arn:aws:iam::222233334444:user/ops/ann"),
            r#""arn:aws:iam::222233334444:user/ops/ann" is the ARN of the IAM user "ann": expected the ARN of an IAM role, arn:<partition>:iam::<account id>:role/<path and name>."#,
        );
        check_invalid(
            RoleArn::parse("arn:aws:iam::222233334444:root"),
            r#""arn:aws:iam::222233334444:root" is the whole account, and an access entry for it lets nobody in: give the ARN of an IAM role, arn:<partition>:iam::<account id>:role/<path and name>."#,
        );
        check_invalid(
            RoleArn::parse("arn:aws:iam::222233334444:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"),
            r#""arn:aws:iam::222233334444:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS" is a service-linked role, whose access entries only AWS may change: give the ARN of a role of your own."#,
        );
        check_invalid(
            RoleArn::parse("arn:aws:iam::1234:role/Deployer"),
            r#""arn:aws:iam::1234:role/Deployer" is not the ARN of an IAM role: "1234" is not an AWS account id: it has 4 of 12 digits. Leading zeros are lost where an id is written as a number, without quotes: if yours is "000000001234", write all 12 digits."#,
        );
        check_invalid(
            RoleArn::parse("arn:azure:iam::222233334444:role/Deployer"),
            r#""arn:azure:iam::222233334444:role/Deployer" is not the ARN of an IAM role: "azure" is not an AWS partition: expected "aws", "aws-cn", "aws-us-gov" or another name that begins with "aws-"."#,
        );
        check_invalid(
            RoleArn::parse("arn:aws:iam:eu-west-1:222233334444:role/Deployer"),
            r#""arn:aws:iam:eu-west-1:222233334444:role/Deployer" is not the ARN of an IAM role: IAM has no regions, so the field that holds "eu-west-1" must be empty (arn:<partition>:iam::<account id>:role/<path and name>)."#,
        );
        check_invalid(
            RoleArn::parse("arn:aws:iam::222233334444:role/"),
            r#""arn:aws:iam::222233334444:role/" is not the ARN of an IAM role: its last part, "", must be a name of 1 to 64 letters, digits and _+=,.@- characters, and what stands before it a path like ops/eu/."#,
        );
        check_invalid(
            RoleArn::parse("arn:aws:iam::222233334444:role/a//b"),
            r#""arn:aws:iam::222233334444:role/a//b" is not the ARN of an IAM role: its last part, "b", must be a name of 1 to 64 letters, digits and _+=,.@- characters, and what stands before it a path like ops/eu/."#,
        );
        check_invalid(
            RoleArn::parse("arn:aws:iam::222233334444:role/Deploy er"),
            r#""arn:aws:iam::222233334444:role/Deploy er" is not the ARN of an IAM role: its last part, "Deploy er", must be a name of 1 to 64 letters, digits and _+=,.@- characters, and what stands before it a path like ops/eu/."#,
        );
    }

    #[test]
    fn roles_of_other_names_are_others() {
        let role = |text| RoleArn::parse(text).unwrap();
        let deployer = role("arn:aws:iam::222233334444:role/Deployer");
        assert!(deployer.is_same_role(&role("arn:aws:iam::222233334444:role/ops/deployer")));
        assert!(!deployer.is_same_role(&role("arn:aws:iam::222233334444:role/Deployer2")));
        assert!(!deployer.is_same_role(&role("arn:aws:iam::222233334445:role/Deployer")));
        assert!(!deployer.is_same_role(&role("arn:aws-cn:iam::222233334444:role/Deployer")));
    }

    #[test]
    fn ok_principals() {
        let user = "arn:aws:iam::222233334444:user/ops/ann@example.com";
        let AccessEntryPrincipal::User(ann) = AccessEntryPrincipal::parse(user).unwrap() else {
            panic!("a user");
        };
        assert_eq!((ann.path(), ann.name()), ("/ops/", "ann@example.com"));
        assert_eq!((ann.partition().as_str(), ann.account().as_str()), ("aws", "222233334444"));
        assert_eq!(AccessEntryPrincipal::User(ann).to_string(), user);

        let linked = "arn:aws:iam::222233334444:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS";
        let principal = AccessEntryPrincipal::parse(linked).unwrap();
        assert_eq!(principal.to_string(), linked);
        assert!(matches!(principal, AccessEntryPrincipal::Role(role) if role.is_service_linked()));
    }

    #[test]
    fn ok_access_entries() {
        #[track_caller]
        fn check(text: &str, kind: PrincipalKind, name: &str) {
            let arn = AccessEntryArn::parse(text).unwrap();
            assert_eq!(arn.as_str(), text);
            assert_eq!(arn.to_string(), text);
            assert_eq!(text.parse(), Ok(arn.clone()));
            assert_eq!(AccessEntryArn::try_from(text), Ok(arn.clone()));
            assert_eq!(arn.partition().as_str(), "aws");
            assert_eq!(arn.region().as_str(), "eu-west-1");
            assert_eq!(arn.account().as_str(), "222233334444");
            assert_eq!(arn.cluster().as_str(), "payments");
            assert_eq!(arn.principal_kind(), kind);
            assert_eq!(arn.principal_account().as_str(), "111122223333");
            assert_eq!(arn.principal_name(), name);
        }
        check(
            "arn:aws:eks:eu-west-1:222233334444:access-entry/payments/role/111122223333/Deployer/1a2b3c4d-0000-1111-2222-333344445555",
            PrincipalKind::Role,
            "Deployer",
        );
        check(
            "arn:aws:eks:eu-west-1:222233334444:accessEntry/payments/user/111122223333/ann/any/thing",
            PrincipalKind::User,
            "ann",
        );
    }

    #[test]
    fn err_access_entries() {
        let prefix = "arn:aws:eks:eu-west-1:222233334444:access-entry";
        check_invalid(
            AccessEntryArn::parse("x"),
            r#""x" is not the ARN of an access entry: expected arn:<partition>:eks:<region>:<account id>:access-entry/<cluster>/<role or user>/<account id>/<name>/<id>."#,
        );
        for rest in [
            "/c/role/111122223333/Dev",
            "/c/role/111122223333/Dev/",
            "/c/group/111122223333/Dev/id",
            "/c/role/1/Dev/id",
            "/-/role/111122223333/Dev/id",
        ] {
            assert!(AccessEntryArn::parse(&format!("{prefix}{rest}")).is_err(), "{rest}");
        }
        assert_eq!(PrincipalKind::User.to_string(), "user");
    }

    #[test]
    fn places_of_what_eks_has() {
        #[track_caller]
        fn check(text: &str, expected: Option<(&str, &str)>) {
            let place = eks_place(text).ok();
            let place = place.as_ref().map(|(region, account)| (region.as_str(), account.as_str()));
            assert_eq!(place, expected);
        }
        let here = Some(("eu-west-1", "222233334444"));
        check("arn:aws:eks:eu-west-1:222233334444:cluster/payments", here);
        check("arn:aws:eks:eu-west-1:222233334444:access-entry/payments/role/1/x/y", here);
        check("arn:aws:ec2:eu-west-1:222233334444:instance/i-1", None);
        check("arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", None);
        check("arn:aws:eks:eu-west-1:2222:cluster/payments", None);
        check_invalid(
            eks_place("payments"),
            r#""payments" is not an ARN of Amazon EKS: expected one that begins with arn:<partition>:eks:<region>:<account id>:."#,
        );
    }
}
