//! The whole ConfigMap, in the forms in which people have it at hand.

use crate::domain::aws_auth::malformed::{Malformed, Place, Places};
use crate::domain::aws_auth::row::{Reader, Row, is_nothing};
use crate::domain::aws_auth::yaml::{self, DOCUMENT, Document, Kind, Node};
use std::borrow::Cow;
use std::rc::Rc;

/// The keys of the ConfigMap's data that EKS reads.
pub const MAP_ROLES: &str = "mapRoles";
/// As above.
pub const MAP_USERS: &str = "mapUsers";
/// As above.
pub const MAP_ACCOUNTS: &str = "mapAccounts";
/// The key of a row's ARN in `mapRoles`.
pub(in crate::domain::aws_auth) const ROLE_ARN: &str = "rolearn";

/// All that `aws-auth` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsAuth {
    /// Rows of `mapRoles`.
    pub roles: Vec<Row>,
    /// Rows of `mapUsers`.
    pub users: Vec<Row>,
    /// Account ids of `mapAccounts`.
    pub accounts: Vec<(String, Place)>,
    /// Other keys of the data, which EKS does not read.
    pub unread: Vec<(String, Place)>,
}

const EXPECTED: &str =
    "Expected the ConfigMap aws-auth (`kubectl get configmap aws-auth -n kube-system -o yaml`), or the text under its key mapRoles";

impl AwsAuth {
    /// Reads one of: the manifest of the ConfigMap, as YAML or JSON; its data (the keys `mapRoles`, `mapUsers`,
    /// `mapAccounts`, as texts or lists); a list of rows alone, as under `mapRoles` or `mapUsers`.
    ///
    /// # Errors
    /// It is none of these, or one of the texts in it is malformed; places are those in that text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if is_described(text) {
            return Err(Malformed::at(DOCUMENT, text, 0, DESCRIBED));
        }
        let text = &*own_document(text);
        let document = parse_text(DOCUMENT, text)?;
        let text = Text {
            text,
            places: &document.places,
        };
        let mut found = Self::default();
        match document.root.as_ref().map(|root| &root.kind) {
            None | Some(Kind::Null) => {}
            Some(Kind::Scalar(word)) if is_nothing(word) => {}
            Some(Kind::Sequence { items, .. }) => found.read_list(text, items)?,
            Some(Kind::Mapping { entries, .. }) => found.read_mapping(text, entries)?,
            Some(kind @ Kind::Scalar(_)) => {
                return Err(Malformed::at(
                    DOCUMENT,
                    text.text,
                    0,
                    format!("{EXPECTED}, and found {}.", kind.describe()),
                ));
            }
        }
        Ok(found)
    }

    /// Rows without the key above them. A user's row is known by its key.
    fn read_list(&mut self, text: Text<'_>, items: &[Rc<Node>]) -> Result<(), Malformed> {
        for item in items {
            let reader = if key_of(item, "userarn").is_some() {
                text.reader(MAP_USERS)
            } else {
                text.reader(MAP_ROLES)
            };
            let rows = if reader.document == MAP_USERS {
                &mut self.users
            } else {
                &mut self.roles
            };
            rows.push(reader.row(item)?);
        }
        Ok(())
    }

    fn read_mapping(&mut self, text: Text<'_>, entries: &[(Rc<Node>, Rc<Node>)]) -> Result<(), Malformed> {
        let data = entry(entries, "data");
        let is_known = |(key, _): &(Rc<Node>, Rc<Node>)| [MAP_ROLES, MAP_USERS, MAP_ACCOUNTS].iter().any(|known| is_named(key, known));
        if data.is_none() && entries.iter().any(is_known) {
            return self.read_data(text, entries);
        }
        let malformed = |node: &Node, problem: String| Malformed::at(DOCUMENT, text.text, node.span.start, problem);
        if let Some(kind) = entry(entries, "kind").filter(|kind| !is_named(kind, "ConfigMap")) {
            return Err(malformed(
                kind,
                format!("{EXPECTED}, and found the kind: {}.", kind.kind.describe()),
            ));
        }
        let name = entry(entries, "metadata").and_then(|metadata| key_of(metadata, "name"));
        if let Some(name) = name.filter(|name| !is_named(name, DOCUMENT)) {
            return Err(malformed(
                name,
                format!("{EXPECTED}, and found the name: {}.", name.kind.describe()),
            ));
        }
        match data.map(|data| (data, &data.kind)) {
            Some((_, Kind::Mapping { entries, .. })) => self.read_data(text, entries),
            Some((_, Kind::Null)) => Ok(()),
            // A ConfigMap may have no data at all.
            None if entry(entries, "kind").is_some() => Ok(()),
            Some((data, kind)) => Err(malformed(
                data,
                format!(
                    "Expected the keys mapRoles, mapUsers and mapAccounts as data, and found {}.",
                    kind.describe()
                ),
            )),
            None => Err(Malformed::at(
                DOCUMENT,
                text.text,
                entries.first().map_or(0, |(key, _)| key.span.start),
                format!("{EXPECTED}, and found neither of the keys data and mapRoles."),
            )),
        }
    }

    fn read_data(&mut self, text: Text<'_>, entries: &[(Rc<Node>, Rc<Node>)]) -> Result<(), Malformed> {
        for (key, value) in entries {
            match &key.kind {
                Kind::Scalar(name) if name == MAP_ROLES => self.roles = rows_under(MAP_ROLES, text, value)?,
                Kind::Scalar(name) if name == MAP_USERS => self.users = rows_under(MAP_USERS, text, value)?,
                Kind::Scalar(name) if name == MAP_ACCOUNTS => self.accounts = accounts_under(text, value)?,
                Kind::Scalar(name) => self.unread.push((name.clone(), text.places.of(key.span.start))),
                kind @ (Kind::Null | Kind::Sequence { .. } | Kind::Mapping { .. }) => {
                    return Err(Malformed::at(
                        DOCUMENT,
                        text.text,
                        key.span.start,
                        format!(
                            "Expected mapRoles, mapUsers or mapAccounts as a key, and found {}.",
                            kind.describe()
                        ),
                    ));
                }
            }
        }
        Ok(())
    }
}

/// A text and its places.
#[derive(Debug, Clone, Copy)]
pub(in crate::domain::aws_auth) struct Text<'a> {
    pub(in crate::domain::aws_auth) text: &'a str,
    pub(in crate::domain::aws_auth) places: &'a Places,
}

impl<'a> Text<'a> {
    /// What reads the values of a member in this text.
    pub(in crate::domain::aws_auth) fn reader(self, member: &'static str) -> Reader<'a> {
        Reader {
            document: member,
            arn_key: match member {
                MAP_ROLES => ROLE_ARN,
                MAP_USERS => "userarn",
                _ => "an account id",
            },
            text: self.text,
            places: self.places,
        }
    }
}

/// Reads a text that aws-auth holds. A word for nothing has no rows, also one that is no YAML: two backquotes.
pub(in crate::domain::aws_auth) fn parse_text(member: &'static str, text: &str) -> Result<Document, Malformed> {
    match is_nothing(text) && !text.trim().is_empty() {
        true => Ok(yaml::word_for_nothing(text)),
        false => yaml::parse(member, text),
    }
}

/// The rows in a text under `mapRoles` or `mapUsers`.
///
/// # Errors
/// It is not one YAML document that is a list of rows.
pub(in crate::domain::aws_auth) fn rows(member: &'static str, text: &str) -> Result<Vec<Row>, Malformed> {
    let document = parse_text(member, text)?;
    let places = &document.places;
    let reader = Text { text, places }.reader(member);
    reader.items(document.root.as_ref())?.iter().map(|item| reader.row(item)).collect()
}

/// The rows under a key: YAML within YAML, or, in Terraform's own inputs, a list.
fn rows_under(member: &'static str, text: Text<'_>, value: &Rc<Node>) -> Result<Vec<Row>, Malformed> {
    if let Kind::Scalar(inner) = &value.kind {
        return rows(member, inner);
    }
    let reader = text.reader(member);
    reader.items(Some(value))?.iter().map(|item| reader.row(item)).collect()
}

fn accounts_under(text: Text<'_>, value: &Rc<Node>) -> Result<Vec<(String, Place)>, Malformed> {
    match &value.kind {
        Kind::Scalar(inner) => accounts(inner),
        Kind::Null | Kind::Sequence { .. } | Kind::Mapping { .. } => account_ids(text, value),
    }
}

/// The account ids in a text under `mapAccounts`.
///
/// # Errors
/// It is not one YAML document that is a list of texts.
pub(in crate::domain::aws_auth) fn accounts(text: &str) -> Result<Vec<(String, Place)>, Malformed> {
    let document = parse_text(MAP_ACCOUNTS, text)?;
    let places = &document.places;
    (document.root.as_ref()).map_or(Ok(Vec::new()), |root| account_ids(Text { text, places }, root))
}

fn account_ids(text: Text<'_>, list: &Node) -> Result<Vec<(String, Place)>, Malformed> {
    let reader = text.reader(MAP_ACCOUNTS);
    match &list.kind {
        Kind::Null => Ok(Vec::new()),
        Kind::Scalar(word) if is_nothing(word) => Ok(Vec::new()),
        Kind::Sequence { items, .. } => (items.iter())
            .map(|item| Ok((reader.scalar(item, "an account id")?, text.places.of(item.span.start))))
            .collect(),
        kind @ (Kind::Scalar(_) | Kind::Mapping { .. }) => Err(Malformed::at(
            MAP_ACCOUNTS,
            text.text,
            list.span.start,
            format!(
                "Expected a list of account ids, each like - \"222233334444\", and found {}.",
                kind.describe()
            ),
        )),
    }
}

fn is_named(node: &Node, name: &str) -> bool {
    matches!(&node.kind, Kind::Scalar(text) if text == name)
}

fn entry<'n>(entries: &'n [(Rc<Node>, Rc<Node>)], name: &str) -> Option<&'n Rc<Node>> {
    entries.iter().find(|(key, _)| is_named(key, name)).map(|(_, value)| value)
}

/// The value under a key of a mapping, whatever the case of its letters.
fn key_of<'n>(node: &'n Node, name: &str) -> Option<&'n Rc<Node>> {
    let Kind::Mapping { entries, .. } = &node.kind else { return None };
    let is = |key: &Node| matches!(&key.kind, Kind::Scalar(text) if text.eq_ignore_ascii_case(name));
    entries.iter().find(|(key, _)| is(key)).map(|(_, value)| value)
}

const DESCRIBED: &str = "This is what `kubectl describe` prints, which is not YAML: expected the output of `kubectl -n kube-system get \
                         configmap aws-auth -o yaml`.";

/// `kubectl describe configmap` underlines the keys of the data.
fn is_described(text: &str) -> bool {
    text.starts_with("Name:") && text.lines().any(|line| line == "====")
}

/// The text with all documents but the ConfigMap aws-auth blanked out, so that places stay as they are: such files hold RBAC
/// objects, too. The text as it is where no or several documents are it.
fn own_document(text: &str) -> Cow<'_, str> {
    let documents = documents(text);
    let [own] = documents.iter().filter(|lines| is_config_map(lines)).collect::<Vec<_>>()[..] else {
        return Cow::Borrowed(text);
    };
    if documents.len() == 1 {
        return Cow::Borrowed(text);
    }
    let lines = documents.iter().flat_map(|document| {
        let is_own = std::ptr::eq(document, own);
        document
            .iter()
            .map(move |line| if is_own && !is_separator(line) { line } else { "" })
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// The lines of each document; one begins with its separator.
fn documents(text: &str) -> Vec<Vec<&str>> {
    let mut documents = vec![Vec::new()];
    for line in text.split('\n') {
        if is_separator(line) {
            documents.push(Vec::new());
        }
        if let Some(document) = documents.last_mut() {
            document.push(line);
        }
    }
    documents
}

fn is_separator(line: &str) -> bool {
    line.trim_end() == "---"
}

fn is_config_map(lines: &[&str]) -> bool {
    let has = |key: &str, value: &str| {
        lines.iter().any(|line| {
            let (name, rest) = line.split_once(':').unwrap_or_default();
            name.trim() == key && rest.trim().trim_matches(['"', '\'']) == value
        })
    };
    lines.iter().any(|line| line.starts_with("kind:")) && has("kind", "ConfigMap") && has("name", DOCUMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arns(rows: &[Row]) -> Vec<&str> {
        rows.iter().map(|row| row.mapping.arn.as_str()).collect()
    }

    #[test]
    fn ok_forms() {
        let data = "mapRoles: |\n    - rolearn: r\n      groups: [a]\n  mapUsers: |\n    - userarn: u\n      username: ann\n  mapAccounts: |\n    - \"222233334444\"\n    - 012345678901\n  note: x\n";
        let manifest = format!("apiVersion: v1\ndata:\n  {data}kind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\n");
        let json = r#"{"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapRoles": "- rolearn: r\n", "mapUsers": "- userarn: u\n", "mapAccounts": "[\"222233334444\", '012345678901']\n", "note": ""}}"#;
        let lists = "mapRoles: [{rolearn: r}]\nmapUsers:\n- userarn: u\nmapAccounts: ['222233334444', 012345678901]\nnote: x\n";
        for text in [manifest.as_str(), &data.replace("\n  ", "\n"), json, lists] {
            let found = AwsAuth::parse(text).unwrap_or_else(|malformed| panic!("{malformed}\n{text}"));
            assert_eq!((arns(&found.roles), arns(&found.users)), (vec!["r"], vec!["u"]), "{text}");
            let accounts: Vec<&str> = found.accounts.iter().map(|(id, _)| id.as_str()).collect();
            assert_eq!(accounts, ["222233334444", "012345678901"]);
            assert_eq!(found.unread[0].0, "note");
        }
        let rows = AwsAuth::parse("- rolearn: r\n- userARN: u\n").unwrap();
        assert_eq!((arns(&rows.roles), arns(&rows.users)), (vec!["r"], vec!["u"]));
        for nothing in [
            "",
            "# x\n",
            "kind: ConfigMap\n",
            "kind: ConfigMap\ndata:\n",
            "mapRoles: ''\nmapUsers: |\n  []\nmapAccounts:\n",
        ] {
            assert_eq!(AwsAuth::parse(nothing), Ok(AwsAuth::default()), "{nothing}");
        }
    }

    /// aws-iam-authenticator takes them for nothing, in each member.
    #[test]
    fn ok_words_for_nothing() {
        for member in [MAP_ROLES, MAP_USERS, MAP_ACCOUNTS] {
            for word in ["", "''", "\"\"", "``", "  ''  ", "\n``\n", "[]", "~", "# none"] {
                let text = format!("data:\n  {member}: |2\n    {}\n", word.replace('\n', "\n    "));
                assert_eq!(AwsAuth::parse(&text), Ok(AwsAuth::default()), "{text}");
                assert_eq!(AwsAuth::parse(word), Ok(AwsAuth::default()), "{word}");
            }
        }
        assert!(AwsAuth::parse("mapRoles: |\n  `a`\n").is_err());
    }

    #[test]
    fn err_forms() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let malformed = AwsAuth::parse(text).expect_err(text);
            let message = format!("{} is malformed at {}: {}", malformed.document, malformed.place, malformed.problem);
            assert_eq!(message, expected);
        }
        check(
            "aws-auth",
            "aws-auth is malformed at line 1, column 1: Expected the ConfigMap aws-auth (`kubectl get configmap aws-auth -n kube-system -o yaml`), or the text under its key mapRoles, and found the text \"aws-auth\".",
        );
        check(
            "maproles: |\n  - rolearn: a\n",
            "aws-auth is malformed at line 1, column 1: Expected the ConfigMap aws-auth (`kubectl get configmap aws-auth -n kube-system -o yaml`), or the text under its key mapRoles, and found neither of the keys data and mapRoles.",
        );
        check(
            "kind: ConfigMapList\nitems: []\n",
            "aws-auth is malformed at line 1, column 7: Expected the ConfigMap aws-auth (`kubectl get configmap aws-auth -n kube-system -o yaml`), or the text under its key mapRoles, and found the kind: the text \"ConfigMapList\".",
        );
        check(
            "kind: ConfigMap\nmetadata: {name: coredns}\n",
            "aws-auth is malformed at line 2, column 18: Expected the ConfigMap aws-auth (`kubectl get configmap aws-auth -n kube-system -o yaml`), or the text under its key mapRoles, and found the name: the text \"coredns\".",
        );
        check(
            "data: []\n",
            "aws-auth is malformed at line 1, column 7: Expected the keys mapRoles, mapUsers and mapAccounts as data, and found a list.",
        );
        check(
            "data:\n  mapRoles: |\n    - rolearn: a\n    - b\n",
            "mapRoles is malformed at line 2, column 3: Expected a row with the keys rolearn, username and groups, and found the text \"b\".",
        );
        check(
            "mapUsers: \"userarn: a\"\n",
            "mapUsers is malformed at line 1, column 1: Expected a list of rows, each beginning with \"- userarn: <ARN>\", and found a mapping.",
        );
        check(
            "mapAccounts: \"222233334444\"\n",
            "mapAccounts is malformed at line 1, column 1: Expected a list of account ids, each like - \"222233334444\", and found the text \"222233334444\".",
        );
        check(
            "mapAccounts: [[]]\n",
            "mapAccounts is malformed at line 1, column 15: Expected a text as an account id, and found a list.",
        );
    }
}
