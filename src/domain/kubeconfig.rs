//! The two files that a person needs to use `kubectl` on clusters: a kubeconfig whose token comes from
//! `aws eks get-token`, and the part of `~/.aws/config` that signs in through Identity Center.
//!
//! Follows the Kubernetes reference ("kubeconfig (v1)", "client-go credential plugins"), what
//! `aws eks update-kubeconfig` writes, and the AWS SDKs and Tools Reference Guide ("Shared config and credentials
//! files", "IAM Identity Center credential provider"). Neither file holds a secret.
//!
//! Names are restricted when they are parsed, to what every reader of these files takes without quotes; what AWS
//! answered is quoted. So no value can end its own line.

use crate::domain::arn::RoleArn;
use crate::domain::cluster::ClusterName;
use crate::domain::error::Invalid;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::{AccountId, Region};
use crate::domain::text::text_type;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What `aws eks update-kubeconfig` writes. `kubectl` has taken it since 1.10 and still does; the newer `v1` is
/// refused by older versions of the AWS CLI.
const EXEC_API_VERSION: &str = "client.authentication.k8s.io/v1beta1";
/// What an sso-session asks for when a person signs in: all accounts and permission sets assigned to them.
const REGISTRATION_SCOPES: &str = "sso:account:access";
/// Longest name of a profile, session or context.
const MAX_NAME: usize = 256;
/// Characters that all SDKs take in the name of a profile, besides letters and digits.
const PROFILE_MARKS: &str = "_-/.@:+";
/// The same, and what names of permission sets may hold.
const CONTEXT_MARKS: &str = "_-/.@:+=,";

/// The name of a profile, or of an `sso-session`, in `~/.aws/config`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileName(String);
text_type!(ProfileName);

impl ProfileName {
    /// Parses a name that the AWS CLI and all SDKs take.
    ///
    /// # Errors
    /// The text is empty, longer than 256 characters, or holds other characters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        parse_name(text, PROFILE_MARKS, "a name in ~/.aws/config that every AWS SDK takes").map(Self)
    }

    /// The name that `aws configure sso` proposes: `DeveloperAccess-222233334444`.
    ///
    /// # Errors
    /// The permission set's name has characters that not every SDK takes in the name of a profile (`=` and `,`).
    pub fn of(permission_set: &PermissionSetName, account: &AccountId) -> Result<Self, Invalid> {
        Self::parse(&format!("{permission_set}-{account}"))
    }
}

/// The name of a context in a kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextName(String);
text_type!(ContextName);

impl ContextName {
    /// Parses a name that needs no quotes in a shell.
    ///
    /// # Errors
    /// The text is empty, longer than 256 characters, or holds other characters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        parse_name(text, CONTEXT_MARKS, "the name of a context").map(Self)
    }

    /// A name that two clusters, or two ways into one cluster, do not share: of files that are read together
    /// (`KUBECONFIG=a:b`), the first with a name wins, in silence.
    #[must_use]
    pub fn of(who: &str, cluster: &ClusterName, region: &Region, account: &AccountId) -> Self {
        Self(format!("{who}@{cluster}.{region}.{account}"))
    }
}

fn parse_name(text: &str, marks: &str, what: &str) -> Result<String, Invalid> {
    let is_valid = text.len() <= MAX_NAME
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(c));
    if is_valid {
        return Ok(text.to_owned());
    }
    let marks: Vec<String> = marks.chars().map(|mark| format!("{mark:?}").replace('\'', "\"")).collect();
    Err(Invalid::new(format!(
        "{text:?} is not {what}: expected at most {MAX_NAME} ASCII letters, digits and {}, the first a letter or a digit.",
        marks.join(" ")
    )))
}

/// The address at which people sign in to Identity Center (the AWS access portal).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StartUrl(String);
text_type!(StartUrl);

impl StartUrl {
    /// Parses an address of the form `https://…`.
    ///
    /// # Errors
    /// The text is no such address, or holds spaces, quotes or other characters that an address encodes.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let is_valid = text.strip_prefix("https://").is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_alphanumeric())
                && rest.chars().all(|c| c.is_ascii_graphic() && !"\"'<>\\^`{|}".contains(c))
        });
        if is_valid {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::new(format!(
            "{text:?} is not the address of an AWS access portal: expected https://…, as IAM Identity Center shows it in its settings, for example https://d-1234567890.awsapps.com/start."
        )))
    }
}

/// One context of a kubeconfig, with the cluster and the user that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context<'a> {
    /// The cluster's name.
    pub cluster: &'a ClusterName,
    /// The cluster's ARN: the name of its entry, as `aws eks update-kubeconfig` has it.
    pub cluster_arn: &'a str,
    /// URL of the Kubernetes API.
    pub endpoint: &'a str,
    /// The API's certificate authority, PEM in base64.
    pub certificate_authority: &'a str,
    /// The cluster's region.
    pub region: &'a Region,
    /// Name of the context and of its user.
    pub name: &'a ContextName,
    /// The context's namespace; Kubernetes' own default if there is none.
    pub namespace: Option<&'a str>,
    /// The profile whose credentials are used; whatever the AWS CLI finds if there is none.
    pub profile: Option<&'a ProfileName>,
    /// The role to assume for the token.
    pub role: Option<&'a RoleArn>,
}

/// What a kubeconfig is made of: contexts, each of another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kubeconfig<'a>(Vec<Context<'a>>);

impl<'a> Kubeconfig<'a> {
    /// The same file whatever the order of the contexts.
    #[must_use]
    pub fn new(mut contexts: Vec<Context<'a>>) -> Self {
        contexts.sort_by_key(|context| context.name);
        Self(contexts)
    }

    /// The file, as YAML.
    ///
    /// Only the context of a file that has no other is the current one: of several none is what somebody may have had in
    /// mind, and a command for the wrong cluster does harm.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let clusters: BTreeMap<&str, String> = self.0.iter().map(|context| (context.cluster_arn, context.cluster())).collect();
        let current = match self.0.as_slice() {
            [only] => format!("current-context: {}\n", quoted(only.name.as_str())),
            _ => String::new(),
        };
        format!(
            "apiVersion: v1\nkind: Config\n{}{}{current}{}",
            list("clusters", clusters.into_values()),
            list("contexts", self.0.iter().map(Context::context)),
            list("users", self.0.iter().map(Context::user)),
        )
    }
}

/// A key and its items; an empty list where there is none.
fn list(key: &str, items: impl Iterator<Item = String>) -> String {
    let items: String = items.collect();
    match items.as_str() {
        "" => format!("{key}: []\n"),
        items => format!("{key}:\n{items}"),
    }
}

impl Context<'_> {
    fn cluster(&self) -> String {
        format!(
            "- name: {arn}\n  \
               cluster:\n    \
                 server: {endpoint}\n    \
                 certificate-authority-data: {authority}\n",
            arn = quoted(self.cluster_arn),
            endpoint = quoted(self.endpoint),
            authority = quoted(self.certificate_authority),
        )
    }

    fn context(&self) -> String {
        let namespace = self.namespace.map(|name| format!("    namespace: {}\n", quoted(name)));
        format!(
            "- name: {name}\n  \
               context:\n    \
                 cluster: {arn}\n    \
                 user: {name}\n{namespace}",
            arn = quoted(self.cluster_arn),
            name = quoted(self.name.as_str()),
            namespace = namespace.unwrap_or_default(),
        )
    }

    fn user(&self) -> String {
        let args: String = self.args().iter().map(|arg| format!("      - {}\n", quoted(arg))).collect();
        format!(
            "- name: {name}\n  \
               user:\n    \
                 exec:\n      \
                   apiVersion: {EXEC_API_VERSION}\n      \
                   command: aws\n      \
                   args:\n{args}      \
                   interactiveMode: IfAvailable\n      \
                   installHint: {hint}\n",
            name = quoted(self.name.as_str()),
            hint = quoted("This cluster needs the AWS CLI (https://aws.amazon.com/cli/) in the PATH."),
        )
    }

    /// The profile is an argument, not AWS_PROFILE: keys in a shell's environment go before that variable, and
    /// somebody would get in as somebody else.
    fn args(&self) -> Vec<String> {
        let mut args = vec!["eks", "get-token", "--cluster-name", self.cluster.as_str()];
        args.extend(["--region", self.region.as_str(), "--output", "json"]);
        let role = self.role.map(RoleArn::to_string);
        if let Some(role) = &role {
            args.extend(["--role-arn", role]);
        }
        if let Some(profile) = self.profile {
            args.extend(["--profile", profile.as_str()]);
        }
        args.into_iter().map(str::to_owned).collect()
    }
}

/// A YAML scalar in double quotes, which holds any text.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            _ => write!(quoted, "\\U{:08X}", u32::from(c)).expect("writing to a String never fails"),
        }
    }
    quoted.push('"');
    quoted
}

/// A profile that signs in with a permission set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile<'a> {
    /// Name of the profile.
    pub name: &'a ProfileName,
    /// The account in which the permission set is assigned.
    pub account: &'a AccountId,
    /// The permission set, which AWS calls a role here.
    pub permission_set: &'a PermissionSetName,
    /// The profile's region: its clusters', if all are in one.
    pub region: Option<&'a Region>,
}

/// What the part of `~/.aws/config` is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsConfig<'a> {
    /// Name of the `sso-session`, which all profiles share.
    pub session: &'a ProfileName,
    /// Where people sign in.
    pub start_url: &'a StartUrl,
    /// Identity Center's home region.
    pub sso_region: &'a Region,
    /// Profiles in the order in which they are written, each of another name.
    pub profiles: Vec<Profile<'a>>,
}

impl AwsConfig<'_> {
    /// The section `sso-session`, and a section for each profile.
    #[must_use]
    pub fn to_ini(&self) -> String {
        let profiles: String = self.profiles.iter().map(|profile| self.profile(profile)).collect();
        format!(
            "[sso-session {session}]\n\
             sso_start_url = {start_url}\n\
             sso_region = {sso_region}\n\
             sso_registration_scopes = {REGISTRATION_SCOPES}\n{profiles}",
            session = self.session,
            start_url = self.start_url,
            sso_region = self.sso_region,
        )
    }

    fn profile(&self, profile: &Profile<'_>) -> String {
        let region = profile.region.map(|region| format!("region = {region}\n"));
        format!(
            "\n\
             [profile {name}]\n\
             sso_session = {session}\n\
             sso_account_id = {account}\n\
             sso_role_name = {permission_set}\n{region}",
            name = profile.name,
            session = self.session,
            account = profile.account,
            permission_set = profile.permission_set,
            region = region.unwrap_or_default(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    const ARN: &str = "arn:aws:eks:eu-west-1:222233334444:cluster/payments-prod";

    fn profile(text: &str) -> ProfileName {
        ProfileName::parse(text).unwrap()
    }

    /// What differs between the cases.
    #[derive(Default)]
    struct Case {
        endpoint: Option<&'static str>,
        namespace: Option<&'static str>,
        profile: Option<ProfileName>,
        role: Option<RoleArn>,
    }

    fn yaml(case: &Case) -> String {
        let cluster = ClusterName::parse("payments-prod").unwrap();
        let region = Region::parse("eu-west-1").unwrap();
        let name = ContextName::of("DeveloperAccess", &cluster, &region, &AccountId::parse("222233334444").unwrap());
        let context = Context {
            cluster: &cluster,
            cluster_arn: ARN,
            endpoint: case.endpoint.unwrap_or("https://0A1B.gr7.eu-west-1.eks.amazonaws.com"),
            certificate_authority: "LS0t",
            region: &region,
            name: &name,
            namespace: case.namespace,
            profile: case.profile.as_ref(),
            role: case.role.as_ref(),
        };
        Kubeconfig::new(vec![context]).to_yaml()
    }

    #[test]
    fn kubeconfig_of_a_profile() {
        let case = Case {
            profile: Some(profile("DeveloperAccess-222233334444")),
            namespace: Some("payments"),
            ..Case::default()
        };
        assert_eq!(
            yaml(&case),
            r#"apiVersion: v1
kind: Config
clusters:
- name: "arn:aws:eks:eu-west-1:222233334444:cluster/payments-prod"
  cluster:
    server: "https://0A1B.gr7.eu-west-1.eks.amazonaws.com"
    certificate-authority-data: "LS0t"
contexts:
- name: "DeveloperAccess@payments-prod.eu-west-1.222233334444"
  context:
    cluster: "arn:aws:eks:eu-west-1:222233334444:cluster/payments-prod"
    user: "DeveloperAccess@payments-prod.eu-west-1.222233334444"
    namespace: "payments"
current-context: "DeveloperAccess@payments-prod.eu-west-1.222233334444"
users:
- name: "DeveloperAccess@payments-prod.eu-west-1.222233334444"
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: aws
      args:
      - "eks"
      - "get-token"
      - "--cluster-name"
      - "payments-prod"
      - "--region"
      - "eu-west-1"
      - "--output"
      - "json"
      - "--profile"
      - "DeveloperAccess-222233334444"
      interactiveMode: IfAvailable
      installHint: "This cluster needs the AWS CLI (https://aws.amazon.com/cli/) in the PATH."
"#
        );
    }

    #[test]
    fn kubeconfig_of_a_role() {
        let role = RoleArn::parse("arn:aws:iam::222233334444:role/team/BreakGlass").ok();
        let text = yaml(&Case { role, ..Case::default() });
        assert!(
            text.contains("      - \"--role-arn\"\n      - \"arn:aws:iam::222233334444:role/team/BreakGlass\"\n"),
            "{text}"
        );
        assert!(!text.contains("--profile") && !text.contains("namespace:"), "{text}");
    }

    /// A cluster is listed once, however many contexts lead to it, and with several contexts none is the current one.
    #[test]
    fn kubeconfig_of_several_contexts() {
        let cluster = ClusterName::parse("payments-prod").unwrap();
        let region = Region::parse("eu-west-1").unwrap();
        let (a, b, c) = ["a", "b", "c"].map(|name| ContextName::parse(name).unwrap()).into();
        let context = |name, cluster_arn| Context {
            cluster: &cluster,
            cluster_arn,
            endpoint: "https://x",
            certificate_authority: "LS0t",
            region: &region,
            name,
            namespace: None,
            profile: None,
            role: None,
        };
        let contexts = [context(&c, "arn:1"), context(&a, "arn:2"), context(&b, "arn:2")];
        let text = Kubeconfig::new(contexts.to_vec()).to_yaml();
        let names: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("- name: ")).collect();
        assert_eq!(
            names,
            [
                r#""arn:1""#,
                r#""arn:2""#,
                r#""a""#,
                r#""b""#,
                r#""c""#,
                r#""a""#,
                r#""b""#,
                r#""c""#
            ]
        );
        assert!(!text.contains("current-context"), "{text}");
        let [first, second, third] = contexts;
        assert_eq!(Kubeconfig::new(vec![third, first, second]).to_yaml(), text);
    }

    #[test]
    fn kubeconfig_of_no_context() {
        let text = Kubeconfig::new(Vec::new()).to_yaml();
        assert_eq!(text, "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n");
    }

    #[test]
    fn what_aws_answers_cannot_leave_its_quotes() {
        let endpoint = Some("https://x\"\n    insecure-skip-tls-verify: true\n#\\é");
        let text = yaml(&Case {
            endpoint,
            ..Case::default()
        });
        let line = r#"    server: "https://x\"\U0000000A    insecure-skip-tls-verify: true\U0000000A#\\\U000000E9""#;
        assert!(text.lines().any(|found| found == line), "{text}");
    }

    #[test]
    fn aws_config_of_a_permission_set_in_two_accounts() {
        let set = PermissionSetName::parse("DeveloperAccess").unwrap();
        let [one, other] = ["222233334444", "333344445555"].map(|account| AccountId::parse(account).unwrap());
        let [home, region] = ["us-east-1", "eu-west-1"].map(|region| Region::parse(region).unwrap());
        let [first, second] = ["dev", "dev-2"].map(profile);
        let of = |name, account, region| Profile {
            name,
            account,
            permission_set: &set,
            region,
        };
        let (session, start_url) = (profile("sso"), StartUrl::parse("https://example.awsapps.com/start/#").unwrap());
        let config = AwsConfig {
            session: &session,
            start_url: &start_url,
            sso_region: &home,
            profiles: vec![of(&first, &one, Some(&region)), of(&second, &other, None)],
        };
        let expected = "[sso-session sso]\nsso_start_url = https://example.awsapps.com/start/#\nsso_region = us-east-1\n\
                        sso_registration_scopes = sso:account:access\n\n[profile dev]\nsso_session = sso\n\
                        sso_account_id = 222233334444\nsso_role_name = DeveloperAccess\nregion = eu-west-1\n\n\
                        [profile dev-2]\nsso_session = sso\nsso_account_id = 333344445555\nsso_role_name = DeveloperAccess\n";
        assert_eq!(config.to_ini(), expected);
    }

    #[test]
    fn ok_names() {
        for name in ["default", "dev/prod", "a.b@c:d+e_f-g", "1"] {
            assert_eq!(profile(name).as_str(), name);
        }
        assert_eq!(ContextName::parse("a=b,c").unwrap().as_str(), "a=b,c");
        assert_eq!(ContextName::parse(ARN).unwrap().as_str(), ARN);
    }

    #[test]
    fn err_names() {
        check_invalid(
            ProfileName::parse("a]\n[default"),
            r#""a]\n[default" is not a name in ~/.aws/config that every AWS SDK takes: expected at most 256 ASCII letters, digits and "_" "-" "/" "." "@" ":" "+", the first a letter or a digit."#,
        );
        check_invalid(
            ContextName::parse("-x"),
            r#""-x" is not the name of a context: expected at most 256 ASCII letters, digits and "_" "-" "/" "." "@" ":" "+" "=" ",", the first a letter or a digit."#,
        );
        for text in ["", "a b", "a=b", "a,b", "é", "--debug", &"a".repeat(257)] {
            assert!(ProfileName::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn start_urls() {
        for url in [
            "https://d-1234567890.awsapps.com/start",
            "https://identitycenter.amazonaws.com/ssoins-1234567890abcdef",
            "https://start.us-gov-home.awsapps.com/directory/d-1234567890#/",
        ] {
            assert_eq!(StartUrl::parse(url).unwrap().as_str(), url);
        }
        for text in [
            "http://x.awsapps.com/start",
            "x.awsapps.com",
            "https://",
            "https://x y",
            "https://x\n[default]",
        ] {
            assert!(StartUrl::parse(text).is_err(), "{text}");
        }
        check_invalid(
            StartUrl::parse("example.awsapps.com/start"),
            r#""example.awsapps.com/start" is not the address of an AWS access portal: expected https://…, as IAM Identity Center shows it in its settings, for example https://d-1234567890.awsapps.com/start."#,
        );
    }
}
