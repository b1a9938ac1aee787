//! One row of `mapRoles` or `mapUsers`.

use crate::domain::arn::{AccessEntryPrincipal, RoleArn};
use crate::domain::aws_auth::malformed::{Malformed, Place, Places};
use crate::domain::aws_auth::steps;
use crate::domain::aws_auth::yaml::{Kind, Node};
use crate::domain::reserved_name::PREFIX;
use std::collections::HashSet;
use std::rc::Rc;

/// What aws-iam-authenticator replaces by the name of an EC2 instance.
const INSTANCE_NAME: &str = "{{EC2PrivateDNSName}}";

/// What aws-iam-authenticator replaces by the id of the principal's account.
pub(in crate::domain::aws_auth) const ACCOUNT_ID: &str = "{{AccountID}}";

/// Whom a row lets in, and as whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// ARN of a role without its path, or of a user; empty where a row has none.
    pub arn: String,
    /// The Kubernetes user name, a template.
    pub user_name: Option<String>,
    /// The Kubernetes groups, in the order of the text.
    pub groups: Vec<String>,
}

impl Mapping {
    /// Whether this row is for nodes: EKS and its node groups need those, people never do. A role of Identity Center is
    /// never a node's, however its row looks.
    pub fn is_node(&self) -> bool {
        !self.is_of_identity_center() && self.looks_like_a_nodes()
    }

    /// Whether groups or user name are those of nodes, whoever the row is for.
    pub fn looks_like_a_nodes(&self) -> bool {
        let is_node_name = |name: &String| name.contains(INSTANCE_NAME) || name.starts_with("system:node:");
        self.groups.iter().any(|group| is_node_group(group)) || self.user_name.as_ref().is_some_and(is_node_name)
    }

    /// Whether the ARN names a role that Identity Center made. The case of letters does not count.
    fn is_of_identity_center(&self) -> bool {
        let name = self.arn.rsplit('/').next().unwrap_or_default();
        name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
    }

    /// What of this row has no effect for people, though it looks as if it had: what was copied from a row for nodes, or
    /// from a template whose angle brackets were kept. Nothing of a row for nodes.
    pub fn without_effect(&self) -> Vec<String> {
        if self.is_node() {
            return Vec::new();
        }
        let name = self.user_name.iter().filter(|name| name.contains(INSTANCE_NAME));
        let name = name.map(|name| {
            format!("the user name {name:?}:\n    {INSTANCE_NAME} is the name of an EC2 instance, and anyone who is none is refused")
        });
        let groups = self.groups.iter().filter_map(|group| match bracketed(group) {
            Some(meant) => Some(format!(
                "the group {group:?}:\n    its angle brackets are part of the name, so it is not {meant:?}"
            )),
            None => is_node_group(group).then(|| format!("the group {group:?}: it serves nodes alone")),
        });
        name.chain(groups).collect()
    }

    /// Whether this row is for a role or user, given by its ARN without path. The case of letters does not count.
    pub fn is_for(&self, arn: &str) -> bool {
        steps::add(1);
        self.arn.eq_ignore_ascii_case(arn)
    }

    /// Whom the ARN names, whatever the case of the letters that IAM writes small; `None` where that is neither a role nor a
    /// user.
    pub fn principal(&self) -> Option<AccessEntryPrincipal> {
        AccessEntryPrincipal::parse(&with_prefix_in_lower_case(&self.arn)).ok()
    }

    /// Whether the ARN is nobody's: a role's with its path, a pattern, or no ARN of somebody who signs in.
    pub fn never_matches(&self) -> bool {
        match self.principal() {
            Some(AccessEntryPrincipal::Role(role)) => role.path() != "/",
            Some(AccessEntryPrincipal::User(_)) => false,
            // An account's root user.
            None => !(self.arn.starts_with("arn:") && self.arn.ends_with(":root")),
        }
    }

    /// The user name as Kubernetes sees it. What only a sign-in tells stays a template; empty where the row has none.
    pub fn kubernetes_user_name(&self) -> String {
        let template = self.user_name.as_deref().unwrap_or_default();
        let account = match self.principal() {
            Some(AccessEntryPrincipal::Role(role)) => Some(role.account().to_string()),
            Some(AccessEntryPrincipal::User(user)) => Some(user.account().to_string()),
            None => None,
        };
        account.map_or_else(|| template.to_owned(), |account| template.replace(ACCOUNT_ID, &account))
    }

    /// The role, if the ARN is one.
    pub fn role(&self) -> Option<RoleArn> {
        RoleArn::parse(&self.arn).ok()
    }

    /// Whether the ARN is that of this role (given without path) with its path. EKS compares it with the ARN without, so
    /// that nobody matches.
    pub fn is_for_path_of(&self, arn_without_path: &str) -> bool {
        let is_meant = |role: RoleArn| role.path() != "/" && role.without_path().eq_ignore_ascii_case(arn_without_path);
        self.role().is_some_and(is_meant)
    }
}

/// `ARN:AWS:IAM::1:ROLE/x` as `arn:aws:iam::1:role/x`: all that IAM writes in lower case.
pub(in crate::domain::aws_auth) fn with_prefix_in_lower_case(arn: &str) -> String {
    let resource = arn.match_indices(':').nth(4).map_or(0, |(at, _)| at);
    let end = arn[resource..].find('/').map_or(arn.len(), |at| resource + at);
    let (prefix, rest) = arn.split_at(end);
    format!("{}{rest}", prefix.to_ascii_lowercase())
}

/// Whether a text, or all of a member of aws-auth, is a word for nothing: white space, or a pair of quotes or backquotes.
pub(in crate::domain::aws_auth) fn is_nothing(text: &str) -> bool {
    matches!(text.trim(), "" | "''" | "\"\"" | "``")
}

/// Whether a group is one of nodes.
pub fn is_node_group(group: &str) -> bool {
    matches!(group, "system:nodes" | "system:bootstrappers" | "system:node-proxier")
}

/// What is between the angle brackets of a text like `<system:masters>`.
fn bracketed(text: &str) -> Option<&str> {
    text.trim().strip_prefix('<')?.strip_suffix('>')
}

/// A row of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Whom it lets in.
    pub mapping: Mapping,
    /// Keys that EKS knows nothing of, in the order of the text.
    pub unknown_keys: Vec<String>,
    /// What it is under: `mapRoles` or `mapUsers`.
    pub member: &'static str,
    /// Where it begins.
    pub place: Place,
}

impl Row {
    /// Where it is, in words.
    pub fn whereabouts(&self) -> String {
        format!("{}, {}", self.member, self.place)
    }
}

/// The words of a row, as the text has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain::aws_auth) enum Key {
    Arn,
    UserName,
    Groups,
}

/// What makes rows of nodes.
#[derive(Debug, Clone, Copy)]
pub(in crate::domain::aws_auth) struct Reader<'a> {
    /// `mapRoles` or `mapUsers`.
    pub(in crate::domain::aws_auth) document: &'static str,
    /// `rolearn` or `userarn`.
    pub(in crate::domain::aws_auth) arn_key: &'static str,
    /// The whole text.
    pub(in crate::domain::aws_auth) text: &'a str,
    /// Its places.
    pub(in crate::domain::aws_auth) places: &'a Places,
}

impl Reader<'_> {
    fn malformed(&self, node: &Node, problem: impl Into<String>) -> Malformed {
        Malformed::at(self.document, self.text, node.span.start, problem)
    }

    /// The key that a text names, whatever the case of its letters.
    pub(in crate::domain::aws_auth) fn key(&self, name: &str) -> Option<Key> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match () {
            () if is(self.arn_key) => Some(Key::Arn),
            () if is("username") => Some(Key::UserName),
            () if is("groups") => Some(Key::Groups),
            () => None,
        }
    }

    /// The items of the root, which is a list or nothing.
    ///
    /// # Errors
    /// The root is something else.
    pub(in crate::domain::aws_auth) fn items<'n>(&self, root: Option<&'n Rc<Node>>) -> Result<&'n [Rc<Node>], Malformed> {
        let Some(root) = root else { return Ok(&[]) };
        match &root.kind {
            Kind::Sequence { items, .. } => Ok(items),
            Kind::Null => Ok(&[]),
            // An empty text in quotes: some tools' word for "none".
            Kind::Scalar(text) if is_nothing(text) => Ok(&[]),
            kind @ (Kind::Scalar(_) | Kind::Mapping { .. }) => Err(self.malformed(
                root,
                format!(
                    "Expected a list of rows, each beginning with \"- {}: <ARN>\", and found {}.",
                    self.arn_key,
                    kind.describe()
                ),
            )),
        }
    }

    /// Reads one row.
    ///
    /// # Errors
    /// It is no mapping, a key comes twice, or a value is not of its kind.
    pub(in crate::domain::aws_auth) fn row(&self, node: &Node) -> Result<Row, Malformed> {
        let Kind::Mapping { entries, .. } = &node.kind else {
            return Err(self.malformed(
                node,
                format!(
                    "Expected a row with the keys {}, username and groups, and found {}.",
                    self.arn_key,
                    node.kind.describe()
                ),
            ));
        };
        let mut row = Row {
            mapping: Mapping::default(),
            unknown_keys: Vec::new(),
            member: self.document,
            place: self.places.of(node.span.start),
        };
        let mut seen = HashSet::new();
        for (key, value) in entries {
            let name = self.scalar(key, "a key")?;
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(self.malformed(key, format!("The key {name:?} comes twice in this row: remove one.")));
            }
            match self.key(&name) {
                Some(Key::Arn) => row.mapping.arn = self.scalar(value, &name)?,
                Some(Key::UserName) => row.mapping.user_name = self.optional(value, &name)?,
                Some(Key::Groups) => row.mapping.groups = self.groups(value)?,
                None if name == "<<" => {
                    let problem = "A merge key (\"<<\") stands here: write the keys out, so that the row says itself what it grants.";
                    return Err(self.malformed(key, problem).only_here());
                }
                None => row.unknown_keys.push(name),
            }
        }
        Ok(row)
    }

    fn optional(&self, node: &Node, what: &str) -> Result<Option<String>, Malformed> {
        match node.kind {
            Kind::Null => Ok(None),
            Kind::Scalar(_) | Kind::Sequence { .. } | Kind::Mapping { .. } => self.scalar(node, what).map(Some),
        }
    }

    /// A text. A number counts as the text that it is written as.
    pub(in crate::domain::aws_auth) fn scalar(&self, node: &Node, what: &str) -> Result<String, Malformed> {
        match &node.kind {
            Kind::Scalar(text) => Ok(text.clone()),
            Kind::Null => Err(self.malformed(node, format!("Expected a text as {what}, and found nothing."))),
            kind @ Kind::Mapping { flow: true, .. } => Err(self.malformed(
                node,
                format!(
                    "Expected a text as {what}, and found {}. One that begins with \"{{{{\" must be in quotes: \"{{{{SessionName}}}}\".",
                    kind.describe()
                ),
            )),
            kind @ (Kind::Sequence { .. } | Kind::Mapping { .. }) => {
                Err(self.malformed(node, format!("Expected a text as {what}, and found {}.", kind.describe())))
            }
        }
    }

    fn groups(&self, node: &Node) -> Result<Vec<String>, Malformed> {
        match &node.kind {
            Kind::Null => Ok(Vec::new()),
            Kind::Sequence { items, .. } => items.iter().map(|item| self.scalar(item, "a group")).collect(),
            kind @ (Kind::Scalar(_) | Kind::Mapping { .. }) => Err(self.malformed(
                node,
                format!(
                    "Expected a list as groups, like [\"team-payments\"] or a line \"- team-payments\" for each, and found {}.",
                    kind.describe()
                ),
            )),
        }
    }
}
