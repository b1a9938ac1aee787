//! The rows of both members, as aws-iam-authenticator asks for them: `mapRoles` first, then `mapUsers`, by the caller's ARN
//! and without a look at what kind of ARN it is. So a role's row may be under `mapUsers`, and a user's under `mapRoles`.

use crate::domain::aws_auth::config_map::{MAP_ROLES, MAP_USERS, rows};
use crate::domain::aws_auth::malformed::Malformed;
use crate::domain::aws_auth::map_roles::MapRoles;
use crate::domain::aws_auth::row::Row;
use std::collections::HashMap;

/// The rows of a ConfigMap. Its members are read each by itself: a malformed `mapUsers` takes nothing from `mapRoles`.
#[derive(Debug, Clone)]
pub struct Rows {
    roles: MapRoles,
    users: Result<Vec<Row>, Malformed>,
}

impl Rows {
    /// Reads the texts of the two members.
    ///
    /// # Errors
    /// `mapRoles` is malformed. That `mapUsers` is, shows where it is asked.
    pub fn parse(map_roles: &str, map_users: &str) -> Result<Self, Malformed> {
        Ok(Self {
            roles: MapRoles::parse(map_roles)?,
            users: rows(MAP_USERS, map_users),
        })
    }

    /// The rows of `mapRoles`.
    pub fn roles(&self) -> &MapRoles {
        &self.roles
    }

    /// The rows of `mapUsers`; none where it is malformed.
    pub fn users(&self) -> &[Row] {
        self.users.as_deref().unwrap_or_default()
    }

    /// Rows that were meant for a role and let nobody in, because they have the role's path in its ARN.
    pub fn find_with_path(&self, arn_without_path: &str) -> Vec<&Row> {
        let rows = self.roles.rows().iter().chain(self.users());
        rows.filter(|row| row.mapping.is_for_path_of(arn_without_path)).collect()
    }

    /// The row that holds for a principal, given by its ARN (a role's without path).
    ///
    /// # Errors
    /// It has no row in `mapRoles`, and `mapUsers` is malformed.
    pub fn find(&self, arn: &str) -> Result<Option<&Row>, &Malformed> {
        match self.roles.find(arn) {
            Some(row) => Ok(Some(row)),
            None => self.find_user_row(arn),
        }
    }

    /// The row of `mapUsers` that holds for a principal while it has none in `mapRoles`: of several the last one.
    ///
    /// # Errors
    /// `mapUsers` is malformed.
    pub fn find_user_row(&self, arn: &str) -> Result<Option<&Row>, &Malformed> {
        let users = self.users.as_ref()?;
        Ok(users.iter().rev().find(|row| row.mapping.is_for(arn)))
    }

    /// Whether there is a row for nodes, which join the cluster through it.
    pub fn has_nodes(&self) -> bool {
        self.roles.rows().iter().chain(self.users()).any(|row| row.mapping.is_node())
    }
}

/// Which row holds for each ARN (in lower case): the last one of mapRoles, or else the last one of mapUsers.
pub(in crate::domain::aws_auth) fn holding<'a>(rows: &[&'a Row]) -> HashMap<String, &'a Row> {
    let of = |member: &'static str| rows.iter().filter(move |row| row.member == member);
    let in_turn = of(MAP_USERS).chain(of(MAP_ROLES));
    in_turn.map(|row| (row.mapping.arn.to_ascii_lowercase(), *row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::aws_auth::config_map::AwsAuth;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    /// One rule of aws-iam-authenticator, as the emulator's tests have it, too.
    #[derive(Deserialize)]
    struct Rule {
        rule: String,
        data: BTreeMap<String, String>,
        caller: String,
        user: Option<User>,
        /// The row by which the caller gets in, or mapAccounts.
        by: Option<String>,
        /// The member of which this provider says that it cannot be read.
        malformed: Option<String>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct User {
        name: String,
        groups: Vec<String>,
    }

    impl Rule {
        fn text(&self, member: &str) -> &str {
            self.data.get(member).map_or("", String::as_str)
        }

        /// What this provider reads: the user and the row's place.
        fn read(&self) -> Result<Option<(User, String)>, Malformed> {
            let rows = Rows::parse(self.text("mapRoles"), self.text("mapUsers"))?;
            if let Some(row) = rows.find(&self.caller).map_err(Clone::clone)? {
                let name = row.mapping.user_name.clone().unwrap_or_default();
                let groups = row.mapping.groups.clone();
                return Ok(Some((User { name, groups }, row.whereabouts())));
            }
            let manifest = serde_json::json!({ "kind": "ConfigMap", "data": self.data });
            let accounts = AwsAuth::parse(&manifest.to_string())?.accounts;
            let account = self.caller.split(':').nth(4);
            let is_let_in = accounts.iter().any(|(id, _)| Some(id.as_str()) == account);
            Ok(is_let_in.then(|| {
                let (name, groups) = (self.caller.clone(), Vec::new());
                (User { name, groups }, "mapAccounts".to_owned())
            }))
        }
    }

    #[test]
    fn rows_are_read_as_aws_iam_authenticator_reads_them() {
        let rules: Vec<Rule> = serde_json::from_str(include_str!("../../../tests/emulator/aws_auth_rules.json")).unwrap();
        assert!(rules.len() > 40, "{}", rules.len());
        for rule in rules {
            match rule.read() {
                Ok(found) => {
                    assert_eq!(rule.malformed, None, "{}", rule.rule);
                    assert_eq!(found, rule.user.zip(rule.by), "{}", rule.rule);
                }
                // What cannot be read is never judged, whatever aws-iam-authenticator makes of the rest.
                Err(malformed) => assert_eq!(rule.malformed.as_deref(), Some(malformed.document), "{}", rule.rule),
            }
        }
    }

    #[test]
    fn rows_for_nodes_are_found_in_both_members() {
        let has_nodes = |roles: &str, users: &str| Rows::parse(roles, users).unwrap().has_nodes();
        let node =
            "- rolearn: arn:aws:iam::111122223333:role/nodes\n  userarn: arn:aws:iam::111122223333:role/nodes\n  groups: [system:nodes]\n";
        assert!(has_nodes(node, "") && has_nodes("[]", node));
        assert!(!has_nodes("", "") && !has_nodes(&node.replace("role/nodes", "role/AWSReservedSSO_Dev_0123456789abcdef"), "- ["));
    }
}
