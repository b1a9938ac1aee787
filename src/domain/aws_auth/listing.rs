//! All rows of a ConfigMap in the order of their texts, each with what becomes of it: for those who look, and change nothing.

use crate::domain::aws_auth::config_map::{MAP_ACCOUNTS, MAP_ROLES, MAP_USERS, accounts, rows};
use crate::domain::aws_auth::malformed::{Malformed, Place};
use crate::domain::aws_auth::row::Row;
use crate::domain::aws_auth::rows::holding;
use std::collections::HashMap;

/// A row, and what becomes of it among the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The row.
    pub row: Row,
    /// Its number among those before it that are under the same key for the same ARN, from 1.
    pub number: usize,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What becomes of a row, as far as aws-auth tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Holds,
    /// Another row holds for its ARN: the place of that one in the list.
    Overridden(usize),
    /// Nobody has its ARN.
    NeverMatches,
}

/// All that is under the keys that EKS reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Rows of `mapRoles`, then those of `mapUsers`.
    pub rows: Vec<Listed>,
    /// Account ids of `mapAccounts`.
    pub accounts: Vec<(String, Place)>,
    /// Texts of which EKS reads nothing.
    pub malformed: Vec<Malformed>,
}

impl Listing {
    /// Reads the texts under the keys, each by itself: a malformed one takes nothing from the others.
    pub fn read<'a>(text: impl Fn(&'static str) -> &'a str) -> Self {
        let mut listing = Self::default();
        let mut all = Vec::new();
        for member in [MAP_ROLES, MAP_USERS] {
            match rows(member, text(member)) {
                Ok(rows) => all.extend(rows),
                Err(malformed) => listing.malformed.push(malformed),
            }
        }
        match accounts(text(MAP_ACCOUNTS)) {
            Ok(accounts) => listing.accounts = accounts,
            Err(malformed) => listing.malformed.push(malformed),
        }
        listing.rows = listed(all);
        listing
    }
}

fn listed(rows: Vec<Row>) -> Vec<Listed> {
    let all: Vec<&Row> = rows.iter().collect();
    let holding = holding(&all);
    let places: HashMap<*const Row, usize> = all.iter().enumerate().map(|(at, row)| (std::ptr::from_ref(*row), at)).collect();
    let outcome = |row: &Row| {
        let holds = holding
            .get(&row.mapping.arn.to_ascii_lowercase())
            .map(|holds| std::ptr::from_ref(*holds));
        match holds.filter(|holds| *holds != std::ptr::from_ref(row)) {
            _ if row.mapping.never_matches() => Outcome::NeverMatches,
            None => Outcome::Holds,
            Some(other) => Outcome::Overridden(places[&other]),
        }
    };
    let mut numbers: HashMap<(&str, String), usize> = HashMap::new();
    let mut number = |row: &Row| {
        let number = numbers.entry((row.member, row.mapping.arn.to_ascii_lowercase())).or_default();
        *number += 1;
        *number
    };
    let found: Vec<(usize, Outcome)> = all.iter().map(|row| (number(row), outcome(row))).collect();
    let listed = rows.into_iter().zip(found);
    listed.map(|(row, (number, outcome))| Listed { row, number, outcome }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEV: &str = "arn:aws:iam::111122223333:role/Dev";

    fn read(roles: &str, users: &str, accounts: &str) -> Listing {
        Listing::read(|member| match member {
            MAP_ROLES => roles,
            MAP_USERS => users,
            _ => accounts,
        })
    }

    #[test]
    fn row_that_holds_overrides_all_others_of_its_arn() {
        let roles = format!(
            "- rolearn: {DEV}\n- rolearn: arn:aws:iam::1:role/*\n- rolearn: {}\n",
            DEV.to_uppercase()
        );
        let users =
            format!("- userarn: {DEV}\n- userarn: arn:aws:iam::111122223333:role/a/Dev\n- userarn: arn:aws:iam::111122223333:root\n");
        let listing = read(&roles, &users, "");
        let outcomes: Vec<_> = (listing.rows.iter())
            .map(|listed| (listed.row.member, listed.row.place.line, listed.number, listed.outcome))
            .collect();
        let expected = [
            (MAP_ROLES, 1, 1, Outcome::Overridden(2)),
            (MAP_ROLES, 2, 1, Outcome::NeverMatches),
            (MAP_ROLES, 3, 2, Outcome::Holds),
            (MAP_USERS, 1, 1, Outcome::Overridden(2)),
            (MAP_USERS, 2, 1, Outcome::NeverMatches),
            (MAP_USERS, 3, 1, Outcome::Holds),
        ];
        assert_eq!(outcomes, expected);
    }

    #[test]
    fn malformed_text_takes_nothing_from_the_others() {
        let listing = read("a: b", &format!("- userarn: {DEV}\n"), "- '111122223333'\n- 2\n");
        assert_eq!(
            listing.malformed.iter().map(|malformed| malformed.document).collect::<Vec<_>>(),
            [MAP_ROLES]
        );
        assert_eq!((listing.rows.len(), listing.rows[0].outcome), (1, Outcome::Holds));
        let accounts: Vec<_> = listing.accounts.iter().map(|(id, place)| (id.as_str(), place.line)).collect();
        assert_eq!(accounts, [("111122223333", 1), ("2", 2)]);
        assert_eq!(read("", "", "x").malformed.len(), 1);
        assert_eq!(read("", "", ""), Listing::default());
    }

    #[test]
    fn user_names_are_as_kubernetes_sees_them() {
        #[track_caller]
        fn check(arn: &str, template: &str, expected: &str) {
            let listing = read(&format!("- {{rolearn: '{arn}', username: '{template}'}}"), "", "");
            assert_eq!(listing.rows[0].row.mapping.kubernetes_user_name(), expected);
        }
        check(DEV, "{{AccountID}}:{{SessionName}}", "111122223333:{{SessionName}}");
        check("arn:aws:iam::111122223333:user/a/ann", "{{AccountID}}", "111122223333");
        check("arn:aws:iam::111122223333:root", "{{AccountID}}", "{{AccountID}}");
        check(DEV, "", "");
    }
}
