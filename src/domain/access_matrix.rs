//! Grants as a table in Markdown: whom, and where, and what they may do there.
//!
//! Made for a job summary (GitHub Flavored Markdown). Rows and columns are in alphabetical order, so that the same grants
//! give the same text, whatever order they come in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What there is where nothing is granted.
const EMPTY: &str = "No access is granted.\n";

/// The cluster of a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its name.
    pub cluster: String,
    /// Its account, where that is known.
    pub account: Option<String>,
    /// Its Region, where that is known.
    pub region: Option<String>,
}

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// Whom it is for: the name of a row.
    pub who: String,
    /// Where it holds: a column.
    pub place: Place,
    /// What it gives, in few words.
    pub rights: String,
    /// How it stands with the role behind it.
    pub standing: Standing,
}

/// How it stands with the role behind a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// All is well.
    Well,
    /// Users get in, and this is to be known besides.
    Remark(String),
    /// Nobody gets in, for this reason.
    LockedOut(String),
}

impl Standing {
    /// By the attribute `status` of a grant, which is null while all is well.
    pub fn of(status: Option<&str>) -> Self {
        match status {
            None | Some("ok") => Self::Well,
            Some(status @ ("role_missing" | "stale")) => Self::LockedOut(status.to_owned()),
            Some(other) => Self::Remark(other.to_owned()),
        }
    }
}

impl fmt::Display for Granted {
    /// A cell: the rights, or why there are none in bold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rights = escaped(&self.rights);
        match &self.standing {
            Standing::Well => write!(f, "{rights}"),
            Standing::Remark(status) => write!(f, "{rights} (**{}**)", escaped(status)),
            Standing::LockedOut(status) => write!(f, "**{}**", escaped(status)),
        }
    }
}

/// The table.
pub fn markdown(grants: &[Granted]) -> String {
    if grants.is_empty() {
        return EMPTY.to_owned();
    }
    let places: BTreeSet<&Place> = grants.iter().map(|grant| &grant.place).collect();
    let mut rows: BTreeMap<&str, BTreeMap<&Place, BTreeSet<String>>> = BTreeMap::new();
    for grant in grants {
        let row = rows.entry(&grant.who).or_default();
        row.entry(&grant.place).or_default().insert(grant.to_string());
    }
    let head = places.iter().map(|place| escaped(&column(place, &places)));
    let mut table = vec![line("", head), line("---", places.iter().map(|_| "---".to_owned()))];
    for (who, cells) in rows {
        let cells = places.iter().map(|place| cells.get(*place).map(in_one).unwrap_or_default());
        table.push(line(&escaped(who), cells));
    }
    table.concat()
}

/// Several grants of one row in one cluster: that of two roles with one name in different accounts, say.
fn in_one(cells: &BTreeSet<String>) -> String {
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    cells.join("<br>")
}

fn line(first: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: String = cells.map(|cell| format!(" {cell} |")).collect();
    format!("| {first} |{cells}\n")
}

/// The cluster's name, and as much of its place as tells it from others of that name.
fn column(place: &Place, all: &BTreeSet<&Place>) -> String {
    let namesakes = || all.iter().filter(|other| other.cluster == place.cluster);
    let differs = |part: fn(&Place) -> &Option<String>| namesakes().any(|other| part(other) != part(place));
    let parts = [
        differs(|place| &place.account).then_some(&place.account),
        differs(|place| &place.region).then_some(&place.region),
    ];
    let parts: Vec<&str> = parts.iter().flatten().map(|part| part.as_deref().unwrap_or("-")).collect();
    match parts.as_slice() {
        [] => place.cluster.clone(),
        parts => format!("{} ({})", place.cluster, parts.join(", ")),
    }
}

/// A text that shows as it is in a cell of a table. An underscore within a word means nothing in Markdown.
fn escaped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_word = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|letter| letter.is_alphanumeric());
    let mut shown = String::with_capacity(text.len());
    for (at, letter) in letters.iter().enumerate() {
        match letter {
            letter if letter.is_control() => shown.push(' '),
            '_' if is_word(at.checked_sub(1)) && is_word(Some(at + 1)) => shown.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' | '$' => shown.extend(['\\', *letter]),
            letter => shown.push(*letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(cluster: &str, account: &str, region: &str) -> Place {
        let known = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Place {
            cluster: cluster.to_owned(),
            account: known(account),
            region: known(region),
        }
    }

    fn granted(who: &str, place: Place, rights: &str, status: Option<&str>) -> Granted {
        Granted {
            who: who.to_owned(),
            place,
            rights: rights.to_owned(),
            standing: Standing::of(status),
        }
    }

    #[test]
    fn rows_and_columns_are_in_order_whatever_comes_first() {
        let (blue, green) = (place("blue", "1", "a"), place("green", "1", "a"));
        let mut grants = vec![
            granted("SRE", green.clone(), "view", Some("role_missing")),
            granted("Dev", blue.clone(), "edit in payments, payments-*; view", None),
            granted("Dev", green.clone(), "view", Some("moved")),
            granted("Admin", green, "cluster-admin", Some("ok")),
        ];
        let expected = "\
|  | blue | green |
| --- | --- | --- |
| Admin |  | cluster-admin |
| Dev | edit in payments, payments-\\*; view | view (**moved**) |
| SRE |  | **role_missing** |
";
        assert_eq!(markdown(&grants), expected);
        grants.reverse();
        assert_eq!(markdown(&grants), expected);
        assert_eq!(markdown(&[]), "No access is granted.\n");
    }

    #[test]
    fn clusters_of_one_name_are_told_apart_by_what_differs() {
        #[track_caller]
        fn check(places: &[Place], expected: &str) {
            let grants: Vec<_> = places.iter().map(|place| granted("Dev", place.clone(), "view", None)).collect();
            assert_eq!(markdown(&grants).lines().next(), Some(expected));
        }
        check(&[place("blue", "1", "a"), place("green", "2", "b")], "|  | blue | green |");
        check(&[place("blue", "1", "a"), place("blue", "2", "a")], "|  | blue (1) | blue (2) |");
        check(&[place("blue", "1", "a"), place("blue", "1", "b")], "|  | blue (a) | blue (b) |");
        check(
            &[place("blue", "1", "a"), place("blue", "2", "b"), place("green", "2", "b")],
            "|  | blue (1, a) | blue (2, b) | green |",
        );
        check(&[place("blue", "", "a"), place("blue", "2", "a")], "|  | blue (-) | blue (2) |");
    }

    #[test]
    fn several_grants_of_one_cell_are_all_shown_and_equal_ones_once() {
        let blue = || place("blue", "1", "a");
        let grants = [
            granted("Dev", blue(), "view", None),
            granted("Dev", blue(), "edit", None),
            granted("Dev", blue(), "view", None),
        ];
        assert!(markdown(&grants).ends_with("| Dev | edit<br>view |\n"), "{}", markdown(&grants));
    }

    #[test]
    fn what_means_something_in_markdown_is_escaped() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(escaped(text), expected);
        }
        check("a|b\nc\r\td", "a\\|b c  d");
        check("role_name _x_ team-*", "role_name \\_x\\_ team-\\*");
        check(
            "<b>[x](y) `c` \\ ~s~ #1 & $m$",
            "\\<b\\>\\[x\\](y) \\`c\\` \\\\ \\~s\\~ \\#1 \\& \\$m\\$",
        );
        check("jane@example.com+=,.", "jane@example.com+=,.");
    }
}
