//! Random grants.

use crate::chaos::aws::{Aws, CLUSTERS, Content, SETS, Slot};
use crate::random::Random;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const OUR_POLICIES: [&str; 3] = ["AmazonEKSViewPolicy", "AmazonEKSEditPolicy", "AmazonEKSAdminPolicy"];
const SCOPES: [&str; 3] = ["cluster", "payments", "orders,payments-*"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub shares: bool,
    pub adopts: bool,
    pub content: Content,
    has_user_name: bool,
    timeout: usize,
}

impl Grant {
    pub fn random(random: &mut Random) -> Self {
        let mut grant = Self {
            shares: random.percent(40),
            adopts: random.percent(30),
            content: Content::default(),
            has_user_name: random.percent(30),
            timeout: 6 + random.below(10),
        };
        grant.change(random);
        grant
    }

    /// Other policies, groups and tags.
    pub fn change(&mut self, random: &mut Random) {
        self.content = Content::default();
        for name in OUR_POLICIES {
            if random.percent(55) {
                self.content.policies.insert(name.to_owned(), random.one(&SCOPES).to_owned());
            }
        }
        for group in ["ours-a", "ours-b"] {
            if random.percent(35) {
                self.content.groups.insert(group.to_owned());
            }
        }
        if random.percent(40) {
            let value = random.one(&["1", "2"]);
            self.content.tags.insert("ours".to_owned(), value.to_owned());
        }
    }

    fn text(&self, slot: Slot, aws: &Aws) -> String {
        let management = if self.shares { "additive" } else { "exclusive" };
        let existing = if self.adopts { "adopt" } else { "fail" };
        let mut text = format!("resource \"eks_sso_access\" \"{}\" {{\n", slot.name());
        let mut line = |name: &str, value: &str| writeln!(text, "  {name} = {value}").unwrap();
        line("account_id", &format!("{:?}", aws.accounts[slot.account]));
        line("cluster_name", &format!("{:?}", CLUSTERS[slot.cluster]));
        line("permission_set_name", &format!("{:?}", SETS[slot.set]));
        line("policy_management", &format!("{management:?}"));
        line("on_existing", &format!("{existing:?}"));
        line(
            "kubernetes_groups",
            &format!("{:?}", self.content.groups.iter().collect::<Vec<_>>()),
        );
        line("access_policies", &map(&self.content.policies, scope_argument));
        line("tags", &map(&self.content.tags, |value| format!("{value:?}")));
        if self.has_user_name {
            line("user_name", "\"ours:{{SessionName}}\"");
        }
        let time = self.timeout;
        text + &format!("  timeouts {{\n    create = \"{time}s\"\n    update = \"{time}s\"\n    delete = \"{time}s\"\n  }}\n}}\n")
    }
}

fn scope_argument(scope: &str) -> String {
    match scope {
        "cluster" => "{ scope = \"cluster\" }".to_owned(),
        _ => format!("{{ namespaces = {:?} }}", scope.split(',').collect::<Vec<_>>()),
    }
}

fn map(of: &BTreeMap<String, String>, value: impl Fn(&str) -> String) -> String {
    let entries: Vec<_> = of.iter().map(|(key, text)| format!("{key:?} = {}", value(text))).collect();
    format!("{{ {} }}", entries.join(", "))
}

/// The whole configuration.
pub fn text(provider: &str, grants: &BTreeMap<Slot, Grant>, aws: &Aws) -> String {
    let grants: String = grants.iter().map(|(slot, grant)| grant.text(*slot, aws)).collect();
    format!("provider \"eks\" {{\n{provider}\n  account_access {{\n    role_name = \"eks-access\"\n  }}\n}}\n{grants}")
}
