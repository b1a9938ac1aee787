//! The rows of aws-auth, and which access entry or other row holds in their place.

use crate::aws::eks::Cluster;
use crate::aws::session::Session;
use crate::cluster_aws_auth;
use crate::cluster_place::ClusterPlace;
use crate::data_sources::sso_cluster_access::people::People;
use crate::data_sources::sso_cluster_access::schema::RowModel;
use crate::data_sources::sso_cluster_access::status::{Principal, Roles, Status};
use crate::domain::aws_auth::config_map::MAP_ACCOUNTS;
use crate::domain::aws_auth::listing::{Listed, Listing, Outcome};
use crate::domain::rights;
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::Diagnostics;

/// The rows; `None`, with a warning, where they cannot be read. Malformed texts are warnings.
pub(super) async fn read(diags: &mut Diagnostics, session: &Session, place: &ClusterPlace, cluster: &Cluster) -> Option<Listing> {
    let fact = format!("The rows of aws-auth of {place} cannot be read, and the access entries are listed without them.");
    match cluster_aws_auth::read(session, place, cluster, &fact).await {
        Ok(map) => {
            let text = |member| map.as_deref().and_then(|map| map.text(member)).unwrap_or_default();
            let listing = Listing::read(text);
            let problems = listing.malformed.iter().map(|reason| cluster_aws_auth::malformed(place, reason));
            problems.for_each(|problem| diags.add_warning(problem));
            Some(listing)
        }
        Err(problem) => {
            diags.add_warning(*problem);
            None
        }
    }
}

/// A row, whom it is for, and how it stands with them.
#[derive(Debug)]
pub(super) struct KnownRow {
    pub(super) principal: Principal,
    pub(super) status: Status,
    listed: Listed,
    overridden_by: Option<String>,
}

/// Whom the rows are for.
pub(super) fn principals(listing: &Listing) -> Vec<Principal> {
    listing
        .rows
        .iter()
        .map(|listed| Principal::of(listed.row.mapping.principal()))
        .collect()
}

/// Whether the role of a row is looked up: not those of nodes, nor where nobody can get in anyhow.
pub(super) fn is_sought(listed: &Listed) -> bool {
    listed.outcome != Outcome::NeverMatches && !listed.row.mapping.is_node()
}

/// The rows with what becomes of each. `entries` are the keys of those access entries that let somebody in, by the ARN that a
/// row for the same principal has, in lower case.
pub(super) fn known(listing: &Listing, principals: Vec<Principal>, roles: &Roles, entries: &BTreeMap<String, String>) -> Vec<KnownRow> {
    let known = |(listed, principal): (&Listed, Principal)| {
        let principal = roles.in_letters_of_iam(principal);
        let entry = entries.get(&listed.row.mapping.arn.to_ascii_lowercase());
        let (status, overridden_by) = match (listed.outcome, entry) {
            (Outcome::NeverMatches, _) => (Status::NoEffect, None),
            (_, Some(entry)) => (Status::Overridden, Some(entry.clone())),
            (Outcome::Overridden(by), None) => (Status::Overridden, Some(key(&listing.rows[by]))),
            (Outcome::Holds, None) => (roles.status(&principal, None), None),
        };
        KnownRow {
            principal,
            status,
            listed: listed.clone(),
            overridden_by,
        }
    };
    listing.rows.iter().zip(principals).map(known).collect()
}

/// Names a row as long as those before it for the same ARN stay.
fn key(listed: &Listed) -> String {
    numbered(listed.row.member, &listed.row.mapping.arn, listed.number)
}

fn numbered(member: &str, subject: &str, number: usize) -> String {
    match number {
        1 => format!("{member}/{subject}"),
        number => format!("{member}/{subject} ({number})"),
    }
}

fn way_in(member: &str) -> String {
    format!("aws-auth {member}")
}

/// Rows and accounts as the state has them.
pub(super) fn flatten(
    listing: &Listing,
    rows: Vec<KnownRow>,
    people: Option<&People>,
    trust: impl Fn(&Principal) -> Option<BTreeSet<String>>,
) -> Vec<RowModel> {
    let rows = rows.into_iter().map(|row| flatten_row(row, people, &trust));
    rows.chain(flatten_accounts(listing)).collect()
}

fn flatten_row(row: KnownRow, people: Option<&People>, trust: impl Fn(&Principal) -> Option<BTreeSet<String>>) -> RowModel {
    let KnownRow {
        principal,
        status,
        listed,
        overridden_by,
    } = row;
    let groups: BTreeSet<String> = listed.row.mapping.groups.iter().cloned().collect();
    RowModel {
        key: key(&listed),
        way_in: way_in(listed.row.member),
        line: listed.row.place.line,
        status: status.to_string(),
        overridden_by,
        for_nodes: listed.row.mapping.is_node(),
        kubernetes_user_name: listed.row.mapping.kubernetes_user_name(),
        rights: rights::in_short(&BTreeMap::new(), &groups),
        kubernetes_groups: groups,
        people: people.and_then(|people| people.of_principal(&principal, status)),
        trust: trust(&principal),
        account_id: principal.account.map(|account| account.to_string()),
        principal_name: principal.name,
        permission_set_name: principal.provisioned.map(|(_, set)| set.to_string()),
        principal_arn: Some(listed.row.mapping.arn).filter(|arn| !arn.is_empty()),
    }
}

/// All principals of an account, each under their ARN and without groups.
fn flatten_accounts(listing: &Listing) -> Vec<RowModel> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let accounts = listing.accounts.iter().map(|(account, place)| {
        let number = numbers.entry(account).or_default();
        *number += 1;
        RowModel {
            key: numbered(MAP_ACCOUNTS, account, *number),
            way_in: way_in(MAP_ACCOUNTS),
            line: place.line,
            principal_arn: None,
            principal_name: None,
            account_id: Some(account.clone()),
            permission_set_name: None,
            status: Status::NotSso.to_string(),
            overridden_by: None,
            for_nodes: false,
            kubernetes_user_name: String::new(),
            kubernetes_groups: BTreeSet::new(),
            rights: rights::in_short(&BTreeMap::new(), &BTreeSet::new()),
            people: None,
            trust: None,
        }
    });
    accounts.collect()
}
