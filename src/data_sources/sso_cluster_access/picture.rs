//! What the picture shows of the entries and rows: ways in for people, and whom they let in.

use crate::cluster_place::ClusterPlace;
use crate::data_sources::sso_cluster_access::read::STANDARD;
use crate::data_sources::sso_cluster_access::schema::{EntryModel, PeopleModel, RowModel};
use crate::domain::access_picture::{Effect, WayIn, mermaid};
use std::collections::{BTreeMap, BTreeSet};

/// The picture.
pub(super) fn of(place: &ClusterPlace, entries: &[EntryModel], rows: &[RowModel]) -> String {
    let entries = entries
        .iter()
        .filter(|entry| entry.r#type == STANDARD)
        .map(|entry| of_entry(place, entry));
    let rows = rows.iter().filter(|row| !row.for_nodes).map(|row| of_row(place, row));
    let mut ways: Vec<(WayIn, Option<&str>)> = entries.chain(rows).collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (way, _) in &ways {
        *seen.entry(way.who.clone()).or_default() += 1;
    }
    for (way, role) in &mut ways {
        // Two roles of one set, or a role's entry and its row.
        if let Some(role) = role.filter(|role| way.is_sso && *role != way.who && seen[&way.who] > 1) {
            way.remarks.insert(0, role.to_owned());
        }
    }
    let ways: Vec<WayIn> = ways.into_iter().map(|(way, _)| way).collect();
    mermaid(&place.to_string(), &ways)
}

/// What entries and rows have alike.
struct Seen<'a> {
    arn: Option<&'a str>,
    name: Option<&'a str>,
    account: Option<&'a str>,
    set: Option<&'a str>,
    status: &'a str,
    people: Option<&'a PeopleModel>,
    trust: Option<&'a BTreeSet<String>>,
    rights: &'a str,
}

fn of_entry<'a>(place: &ClusterPlace, entry: &'a EntryModel) -> (WayIn, Option<&'a str>) {
    let seen = Seen {
        arn: Some(&entry.principal_arn),
        name: entry.principal_name.as_deref(),
        account: entry.account_id.as_deref(),
        set: entry.permission_set_name.as_deref(),
        status: &entry.status,
        people: entry.people.as_ref(),
        trust: entry.trust.as_ref(),
        rights: &entry.rights,
    };
    (seen.way_in(place, None), entry.principal_name.as_deref())
}

fn of_row<'a>(place: &ClusterPlace, row: &'a RowModel) -> (WayIn, Option<&'a str>) {
    let seen = Seen {
        arn: row.principal_arn.as_deref(),
        name: row.principal_name.as_deref(),
        account: row.account_id.as_deref(),
        set: row.permission_set_name.as_deref(),
        status: &row.status,
        people: row.people.as_ref(),
        trust: row.trust.as_ref(),
        rights: &row.rights,
    };
    let whereabouts = format!("{}, line {}", row.way_in, row.line);
    (seen.way_in(place, Some(whereabouts)), row.principal_name.as_deref())
}

impl Seen<'_> {
    fn way_in(&self, place: &ClusterPlace, row: Option<String>) -> WayIn {
        let elsewhere = self
            .account
            .filter(|account| *account != place.account.as_str() && (self.name.is_some()));
        let status = Some(self.status).filter(|status| !matches!(*status, "ok" | "not_sso"));
        let is_row = row.is_some();
        let remarks = [
            elsewhere.map(|account| format!("account {account}")),
            row,
            status.map(str::to_owned),
        ];
        let members = self.people.and_then(|people| people.members.as_ref());
        let group = |name: &String| {
            (
                name.clone(),
                members.and_then(|members| members.get(name)).cloned().unwrap_or_default(),
            )
        };
        WayIn {
            who: self.who(),
            remarks: remarks.into_iter().flatten().collect(),
            is_sso: self.set.is_some(),
            is_row,
            effect: match self.status {
                "role_missing" | "stale" => Effect::LocksOut,
                "overridden" | "no_effect" => Effect::None,
                _ => Effect::LetsIn,
            },
            rights: self.rights.to_owned(),
            groups: self.people.iter().flat_map(|people| people.groups.iter().map(group)).collect(),
            users: self.people.map(|people| people.users.clone()).unwrap_or_default(),
            trusts: self.trust.cloned().unwrap_or_default(),
        }
    }

    fn who(&self) -> String {
        let arn = self.arn.unwrap_or_default();
        match (self.set, self.name, self.account) {
            (Some(set), _, _) => set.to_owned(),
            (None, Some(name), _) if arn.contains(":user/") => format!("user/{name}"),
            (None, Some(name), _) => format!("role/{name}"),
            (None, None, Some(account)) => format!("account {account}"),
            (None, None, None) => arn.to_owned(),
        }
    }
}
