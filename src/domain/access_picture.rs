//! Who gets into a cluster, as a picture: a flowchart in Mermaid's language, which GitHub, GitLab and Confluence draw.
//!
//! From left to right: users, groups, permission sets (or other roles, and whom those trust), and in a box that is the
//! cluster, what they may do. Red: nobody gets in this way. Grey: not from Identity Center. Dashed: a row of aws-auth. An
//! edge that ends with a cross leads nowhere: nobody gets in, or something else overrides it.
//!
//! Names are anybody's: what means something in a label is written by its number, which Mermaid shows as the character. Quotes
//! alone would not do: `%%{` sets options and a backquote is an error within them, too, and what GitHub draws with reads labels
//! as Markdown, where `1. Team` is a list and an address a link, and neither is drawn.

use std::collections::{BTreeMap, BTreeSet};

/// What Mermaid draws unless it is told otherwise; of a picture with more edges it draws nothing.
const MOST_EDGES: usize = 500;
/// The same in characters of the text.
const MOST_TEXT: usize = 50_000;

/// Punctuation that means nothing in a label.
const MEANINGLESS: [char; 12] = [' ', ',', ';', '(', ')', '=', '!', '\'', '/', '-', '+', '.'];

/// One way into the cluster: an access entry or a row of aws-auth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayIn {
    /// The permission set, role or user.
    pub who: String,
    /// What else is to be said of it, on lines of their own.
    pub remarks: Vec<String>,
    /// Whether Identity Center made the role.
    pub is_sso: bool,
    /// Whether it is a row of aws-auth.
    pub is_row: bool,
    /// Whether people get in by it.
    pub effect: Effect,
    /// What it gives, in few words.
    pub rights: String,
    /// Groups that are assigned, and their members where those are known.
    pub groups: BTreeMap<String, BTreeSet<String>>,
    /// Users that are assigned themselves.
    pub users: BTreeSet<String>,
    /// Whom an ordinary role trusts.
    pub trusts: BTreeSet<String>,
}

/// Whether people get in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// They do, as far as anybody knows.
    LetsIn,
    /// The role is not the one that was meant, or is gone.
    LocksOut,
    /// Nothing comes of it: something else holds in its place, or it never matches anybody.
    None,
}

/// The picture of a cluster.
pub fn mermaid(cluster: &str, ways: &[WayIn]) -> String {
    let with_members = Picture::of(ways, Members::Named);
    let text = with_members.text(cluster);
    match with_members.edges.len() > MOST_EDGES || text.chars().count() > MOST_TEXT {
        true => Picture::of(ways, Members::Counted).text(cluster),
        false => text,
    }
}

/// How members of groups are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Members {
    Named,
    /// One node for all of a group, as there are too many.
    Counted,
}

/// What a node stands for, in the order of columns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Node<'a> {
    Person(&'a str),
    /// All members of a group.
    Crowd(&'a str, usize),
    Trusted(&'a str),
    Group(&'a str),
    /// A way in, by its number.
    Way(usize),
    Rights(&'a str),
}

/// How an edge is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    Plain,
    Dashed,
    Crossed,
    DashedAndCrossed,
}

#[derive(Debug)]
struct Picture<'a> {
    ways: &'a [WayIn],
    /// Nodes and their ids.
    nodes: BTreeMap<Node<'a>, String>,
    edges: BTreeSet<(Node<'a>, Node<'a>, Line)>,
}

impl<'a> Picture<'a> {
    fn of(ways: &'a [WayIn], members: Members) -> Self {
        let mut edges = BTreeSet::new();
        for (number, way) in ways.iter().enumerate() {
            let this = || Node::Way(number);
            edges.insert((this(), Node::Rights(&way.rights), way.line()));
            edges.extend(way.users.iter().map(|user| (Node::Person(user), this(), Line::Plain)));
            edges.extend(way.trusts.iter().map(|trusted| (Node::Trusted(trusted), this(), Line::Plain)));
            for (group, all) in &way.groups {
                edges.insert((Node::Group(group), this(), Line::Plain));
                let people: Vec<_> = match members {
                    Members::Named => all.iter().map(|member| Node::Person(member)).collect(),
                    Members::Counted if all.is_empty() => Vec::new(),
                    Members::Counted => vec![Node::Crowd(group, all.len())],
                };
                edges.extend(people.into_iter().map(|person| (person, Node::Group(group), Line::Plain)));
            }
        }
        let used: BTreeSet<_> = edges.iter().flat_map(|(from, to, _)| [from.clone(), to.clone()]).collect();
        let nodes = used
            .into_iter()
            .enumerate()
            .map(|(number, node)| (node, format!("n{number}")))
            .collect();
        Self { ways, nodes, edges }
    }

    fn text(&self, cluster: &str) -> String {
        let mut text = String::from("flowchart LR\n");
        for (node, id) in self.nodes.iter().filter(|(node, _)| !matches!(node, Node::Rights(_))) {
            line(&mut text, 1, &format!("{id}{}", self.shape(node)));
        }
        line(&mut text, 1, &format!("subgraph cluster[\"{}\"]", label(cluster)));
        for (node, id) in self.nodes.iter().filter(|(node, _)| matches!(node, Node::Rights(_))) {
            line(&mut text, 2, &format!("{id}{}", self.shape(node)));
        }
        if self.ways.is_empty() {
            line(&mut text, 2, "nobody[\"nobody by what is listed\"]");
        }
        line(&mut text, 1, "end");
        for (from, to, drawn) in &self.edges {
            line(&mut text, 1, &format!("{} {} {}", self.nodes[from], drawn.arrow(), self.nodes[to]));
        }
        self.classes(&mut text);
        text
    }

    fn shape(&self, node: &Node<'_>) -> String {
        match node {
            Node::Person(name) => format!("([\"{}\"])", label(name)),
            Node::Crowd(_, count) => format!("([\"{count} members\"])"),
            Node::Trusted(name) => format!("[/\"{}\"/]", label(name)),
            Node::Group(name) => format!("(\"{}\")", label(name)),
            Node::Way(number) => {
                let way = &self.ways[*number];
                let lines: Vec<String> = [&way.who].into_iter().chain(&way.remarks).map(|line| label(line)).collect();
                format!("[\"{}\"]", lines.join("<br/>"))
            }
            Node::Rights(rights) => format!("[\"{}\"]", label(rights)),
        }
    }

    fn classes(&self, text: &mut String) {
        type Applies = fn(&WayIn) -> bool;
        let classes: [(&str, &str, Applies); 3] = [
            ("notSso", "fill:#eee,stroke:#888,color:#333", |way| !way.is_sso),
            ("lockedOut", "fill:#fdd,stroke:#c00,color:#900", |way| {
                way.effect == Effect::LocksOut
            }),
            ("awsAuth", "stroke-dasharray:5 5", |way| way.is_row),
        ];
        for (name, style, applies) in classes {
            let numbered = self.ways.iter().enumerate().filter(|(_, way)| applies(way));
            let ids: Vec<&str> = numbered.map(|(number, _)| self.nodes[&Node::Way(number)].as_str()).collect();
            if !ids.is_empty() {
                line(text, 1, &format!("classDef {name} {style}"));
                line(text, 1, &format!("class {} {name}", ids.join(",")));
            }
        }
    }
}

impl WayIn {
    fn line(&self) -> Line {
        match (self.is_row, self.effect) {
            (false, Effect::LetsIn) => Line::Plain,
            (true, Effect::LetsIn) => Line::Dashed,
            (false, Effect::LocksOut | Effect::None) => Line::Crossed,
            (true, Effect::LocksOut | Effect::None) => Line::DashedAndCrossed,
        }
    }
}

impl Line {
    fn arrow(self) -> &'static str {
        match self {
            Self::Plain => "-->",
            Self::Dashed => "-.->",
            Self::Crossed => "--x",
            Self::DashedAndCrossed => "-.-x",
        }
    }
}

fn line(text: &mut String, depth: usize, content: &str) {
    text.push_str(&"  ".repeat(depth));
    text.push_str(content);
    text.push('\n');
}

/// A text as a label shows it.
fn label(text: &str) -> String {
    let text: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let letters: Vec<char> = text.trim().chars().collect();
    if letters.is_empty() {
        return numbered(' ');
    }
    let list_marker = letters.iter().position(|letter| !letter.is_ascii_digit());
    let is_word = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|letter| letter.is_alphanumeric());
    let shown = letters.iter().enumerate().map(|(at, letter)| match letter {
        '.' | ')' | '-' | '+' if list_marker == Some(at) => numbered(*letter),
        '_' | ':' if is_word(at.checked_sub(1)) && is_word(Some(at + 1)) => letter.to_string(),
        '.' if follows_www(&letters[..at]) => numbered('.'),
        letter if letter.is_alphanumeric() || !letter.is_ascii() || MEANINGLESS.contains(letter) => letter.to_string(),
        other => numbered(*other),
    });
    shown.collect()
}

/// Whether a dot here would begin an address.
fn follows_www(before: &[char]) -> bool {
    before.len() >= 3 && before[before.len() - 3..].iter().all(|letter| letter.eq_ignore_ascii_case(&'w'))
}

fn numbered(letter: char) -> String {
    format!("#{};", u32::from(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(who: &str, rights: &str) -> WayIn {
        WayIn {
            who: who.to_owned(),
            remarks: Vec::new(),
            is_sso: true,
            is_row: false,
            effect: Effect::LetsIn,
            rights: rights.to_owned(),
            groups: BTreeMap::new(),
            users: BTreeSet::new(),
            trusts: BTreeSet::new(),
        }
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn picture_leads_from_people_to_rights() {
        let payments = || [("Payments".to_owned(), names(&["ann", "bob"]))].into();
        let ways = [
            WayIn {
                groups: payments(),
                users: names(&["ann"]),
                ..way("Dev", "view")
            },
            WayIn {
                remarks: vec!["role_missing".to_owned()],
                effect: Effect::LocksOut,
                ..way("Dev", "view")
            },
            WayIn {
                is_sso: false,
                trusts: names(&["SAML Okta"]),
                ..way("role/BreakGlass", "cluster-admin")
            },
            WayIn {
                remarks: vec!["aws-auth mapRoles, line 3".to_owned(), "overridden".to_owned()],
                is_row: true,
                effect: Effect::None,
                ..way("Dev", "group team")
            },
            WayIn {
                is_row: true,
                groups: payments(),
                ..way("Ops", "view")
            },
        ];
        let expected = r#"flowchart LR
  n0(["ann"])
  n1(["bob"])
  n2[/"SAML Okta"/]
  n3("Payments")
  n4["Dev"]
  n5["Dev<br/>role_missing"]
  n6["role/BreakGlass"]
  n7["Dev<br/>aws-auth mapRoles, line 3<br/>overridden"]
  n8["Ops"]
  subgraph cluster["blue (1, eu-west-1)"]
    n9["cluster-admin"]
    n10["group team"]
    n11["view"]
  end
  n0 --> n3
  n0 --> n4
  n1 --> n3
  n2 --> n6
  n3 --> n4
  n3 --> n8
  n4 --> n11
  n5 --x n11
  n6 --> n9
  n7 -.-x n10
  n8 -.-> n11
  classDef notSso fill:#eee,stroke:#888,color:#333
  class n6 notSso
  classDef lockedOut fill:#fdd,stroke:#c00,color:#900
  class n5 lockedOut
  classDef awsAuth stroke-dasharray:5 5
  class n7,n8 awsAuth
"#;
        assert_eq!(mermaid("blue (1, eu-west-1)", &ways), expected);
    }

    #[test]
    fn cluster_that_nothing_leads_into_is_a_box() {
        let expected = "flowchart LR\n  subgraph cluster[\"blue\"]\n    nobody[\"nobody by what is listed\"]\n  end\n";
        assert_eq!(mermaid("blue", &[]), expected);
    }

    #[test]
    fn labels_hold_nothing_that_means_something() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(label(text), expected);
        }
        check("a-b_c/d é 1 (b, c=d); e.f+g!", "a-b_c/d é 1 (b, c=d); e.f+g!");
        check("- a _b_ *c*", "#45; a #95;b#95; #42;c#42;");
        check("1. Team 2. b", "1#46; Team 2. b");
        check("12) a (1)", "12#41; a (1)");
        check("12", "12");
        check("\"]|`<#&\n\r\tend", "#34;#93;#124;#96;#60;#35;#38;   end");
        check("%%{init: {}}%% \\n", "#37;#37;#123;init#58; #123;#125;#125;#37;#37; #92;n");
        check("https://jane@example.com", "https#58;//jane#64;example.com");
        check("system:masters: x", "system:masters#58; x");
        check("www.example.com WWW.x ww.x", "www#46;example.com WWW#46;x ww.x");
        check("–", "–");
        check("", "#32;");
        check("\n", "#32;");
    }

    #[test]
    fn members_are_counted_where_mermaid_would_draw_nothing() {
        let members = |count: usize| WayIn {
            groups: [("All".to_owned(), (0..count).map(|number| number.to_string()).collect())].into(),
            ..way("Dev", "view")
        };
        let edges = |text: &str| text.matches("-->").count();
        // Two edges lead from the group to the rights.
        let most = mermaid("blue", &[members(498)]);
        assert_eq!((edges(&most), most.contains("members")), (500, false));
        let more = mermaid("blue", &[members(499)]);
        assert_eq!((edges(&more), more.contains("([\"499 members\"])")), (3, true));
        let long_names = WayIn {
            groups: [("All".to_owned(), (0..400).map(|number| format!("{number:0120}")).collect())].into(),
            ..way("Dev", "view")
        };
        assert!(mermaid("blue", &[long_names]).contains("([\"400 members\"])"));
        let groups = |size: usize| (0..300).map(move |group| (group.to_string(), (0..size).map(|n| n.to_string()).collect()));
        let nobody = WayIn {
            groups: groups(0)
                .chain([("All".to_owned(), (0..300).map(|n| n.to_string()).collect())])
                .collect(),
            ..way("Dev", "view")
        };
        assert_eq!(mermaid("blue", &[nobody]).matches(" members").count(), 1);
    }
}
