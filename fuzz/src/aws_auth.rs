//! The ConfigMap `aws-auth`, which people and tools write.

use std::str;
use terraform_provider_eks::domain::aws_auth::access::migrate;
use terraform_provider_eks::domain::aws_auth::config_map::AwsAuth;
use terraform_provider_eks::domain::aws_auth::map_roles::MapRoles;
use terraform_provider_eks::domain::aws_auth::row::{Mapping, Row};

const ROLE: &str = "arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef";

/// The whole ConfigMap in any of its forms, and the function that turns it into access entries.
pub fn aws_auth_read(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let aws_auth = match AwsAuth::parse(text) {
        Ok(aws_auth) => aws_auth,
        Err(malformed) => return assert!(!malformed.to_string().is_empty()),
    };
    let migration = migrate(&aws_auth);
    assert!(
        migration
            .not_moved
            .iter()
            .all(|row| !row.reason.is_empty() && !row.source.is_empty())
    );
    assert!(migration.access.len() + migration.not_moved.len() <= members(&aws_auth));
}

fn members(aws_auth: &AwsAuth) -> usize {
    aws_auth.roles.len() + aws_auth.users.len() + aws_auth.accounts.len() + aws_auth.unread.len()
}

/// The text under `mapRoles`, and a row that is written into it or taken out. The first byte says which.
pub fn aws_auth_splice(data: &[u8]) {
    let Some((what, text)) = data.split_first() else { return };
    let Ok(text) = str::from_utf8(text) else { return };
    let Ok(map) = MapRoles::parse(text) else { return };
    assert_eq!(map.text(), text);
    let (old, wanted) = (own_arn(&map, what / 8), mapping(&map, *what));
    match what % 8 {
        0..=2 => check(&map, &[&wanted.arn], Some(&wanted), map.with(&wanted)),
        3 | 4 => check(&map, &[&old], None, map.without(&old)),
        _ => check(&map, &[&old, &wanted.arn], Some(&wanted), map.replace(&old, &wanted)),
    }
}

/// A role of the text, or one that is not in it.
fn own_arn(map: &MapRoles, number: u8) -> String {
    let row = map.rows().get(usize::from(number % 4));
    row.map_or_else(|| ROLE.to_owned(), |row| row.mapping.arn.clone())
}

fn mapping(map: &MapRoles, number: u8) -> Mapping {
    let groups: &[&str] = match number % 3 {
        0 => &[],
        1 => &["team-payments"],
        _ => &["a: b", "# c", "'", "\"\\", "{{x}}", "null", "~", "012", "ä"],
    };
    Mapping {
        arn: if number & 0x40 == 0 {
            ROLE.to_owned()
        } else {
            own_arn(map, number / 16)
        },
        user_name: (number & 0x20 != 0).then(|| "dev:{{SessionName}}".to_owned()),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

/// All other rows are what they were, the row is there or gone, and the same once more changes nothing.
fn check(map: &MapRoles, own: &[&str], wanted: Option<&Mapping>, spliced: Result<String, impl std::fmt::Display>) {
    let text = match spliced {
        Ok(text) => text,
        Err(refused) => return assert!(!refused.to_string().is_empty()),
    };
    let new = MapRoles::parse(&text).expect("what is written can be read");
    assert_eq!(others(map.rows(), own), others(new.rows(), own), "{text}");
    let found: Vec<&Mapping> = new
        .rows()
        .iter()
        .map(|row| &row.mapping)
        .filter(|row| own.iter().any(|arn| row.is_for(arn)))
        .collect();
    assert_eq!(found, wanted.into_iter().collect::<Vec<_>>(), "{text}");
    if let Some(wanted) = wanted {
        assert_eq!(new.find(&wanted.arn).map(|row| &row.mapping), Some(wanted));
        assert_eq!(new.with(wanted).ok().as_deref(), Some(&*text));
        whole(&new);
    }
}

fn others<'a>(rows: &'a [Row], own: &[&str]) -> Vec<&'a Mapping> {
    let is_other = |row: &&Mapping| !own.iter().any(|arn| row.is_for(arn));
    rows.iter().map(|row| &row.mapping).filter(is_other).collect()
}

/// As part of the ConfigMap the text has the same rows.
fn whole(map: &MapRoles) {
    let config_map = serde_json::json!({ "kind": "ConfigMap", "data": { "mapRoles": map.text() } }).to_string();
    let Ok(aws_auth) = AwsAuth::parse(&config_map) else {
        // YAML takes fewer characters than JSON, and these are none that a row of ours has.
        return assert!(map.text().chars().any(|c| c.is_control() && c != '\n' || c > '~'), "{config_map}");
    };
    let rows: Vec<&Mapping> = aws_auth.roles.iter().map(|row| &row.mapping).collect();
    assert_eq!(rows, map.rows().iter().map(|row| &row.mapping).collect::<Vec<_>>());
}
