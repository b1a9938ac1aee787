//! What is tried with every fault: each way in which the provider writes.

use crate::core::Bench;
use crate::faults::aws::{Entry, World};
use crate::faults::network::Aws;
use std::collections::{BTreeMap, BTreeSet};

/// One command on a world and a state that were prepared.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    pub name: &'static str,
    /// The cluster's authentication mode.
    pub mode: &'static str,
    pub prepare: fn(&Aws, &Bench),
    /// The configuration that the command applies or destroys.
    pub config: fn() -> String,
    pub destroys: bool,
    /// What the world is to hold at the end.
    pub wanted: fn(&World) -> Wanted,
    /// Policies that people hold at every moment.
    pub kept: &'static [&'static str],
    /// Policies of others that for a moment nobody but the process knows of, so that kill -9 loses them.
    pub only_remembered: &'static [&'static str],
}

/// What the current role is to have.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// An entry that lets the role in.
    Entry(Content),
    /// None that is ours.
    Nothing,
    /// No entry at all.
    NoEntry,
    /// Exactly this text in mapRoles; `None` for any that holds no row of the role.
    Row(Option<String>),
}

/// What an entry holds, without what is new with each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    pub groups: BTreeSet<String>,
    /// `None` for EKS's own.
    pub user_name: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub policies: BTreeMap<String, String>,
}

impl Content {
    pub fn of(entry: &Entry) -> Self {
        let mut tags = entry.tags.clone();
        tags.retain(|key, _| !key.starts_with("terraform-provider-eks:"));
        Self {
            groups: entry.groups.clone(),
            user_name: (!entry.user_name.ends_with("{{SessionName}}")).then(|| entry.user_name.clone()),
            tags,
            policies: entry.policies.clone(),
        }
    }

    fn new(groups: &[&str], policies: &[(&str, &str)], tags: &[(&str, &str)]) -> Self {
        Self {
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            user_name: None,
            tags: tags.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect(),
            policies: policies
                .iter()
                .map(|(name, scope)| ((*name).to_owned(), (*scope).to_owned()))
                .collect(),
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.groups.extend(other.groups);
        self.tags.extend(other.tags);
        self.policies.extend(other.policies);
        self
    }
}

/// The rows that are there before.
pub const ROWS: &str = "# platform team\n- rolearn: arn:aws:iam::222233334444:role/nodes\n  username: system:node:{{EC2PrivateDNSName}}\n  \
                        groups: [system:bootstrappers, system:nodes]\n";

const VIEW: &str = "AmazonEKSViewPolicy";
const EDIT: &str = "AmazonEKSEditPolicy";
const ADMIN: &str = "AmazonEKSAdminPolicy";

const NO_OWNER: &str = "max_retries = 2";
const OWNER: &str = "max_retries = 2\n  owner = \"team-a\"";

fn grant(provider: &str, more: &str, timeout: &str) -> String {
    format!(
        "provider \"eks\" {{\n  region = \"eu-west-1\"\n  {provider}\n}}\nresource \"eks_sso_access\" \"it\" {{\n  cluster_name = \"payments-prod\"\n  \
         permission_set_name = \"DeveloperAccess\"\n  {more}\n  timeouts {{\n    create = \"{timeout}\"\n    update = \"{timeout}\"\n    delete = \"{timeout}\"\n  }}\n}}\n"
    )
}

const BASIC: &str = r#"
  kubernetes_groups = ["viewers", "leavers"]
  access_policies   = { AmazonEKSViewPolicy = { scope = "cluster" }, AmazonEKSEditPolicy = { namespaces = ["payments"] } }
  tags              = { team = "payments", old = "1" }
"#;

const CHANGED: &str = r#"
  kubernetes_groups = ["viewers", "editors"]
  access_policies   = { AmazonEKSViewPolicy = { namespaces = ["payments"] }, AmazonEKSAdminPolicy = { namespaces = ["payments"] } }
  tags              = { team = "orders", new = "1" }
"#;

/// Nothing but policies: one more, one that gives less, one that goes.
const POLICIES_CHANGED: &str = r#"
  kubernetes_groups = ["viewers", "leavers"]
  access_policies   = { AmazonEKSViewPolicy = { namespaces = ["payments"] }, AmazonEKSAdminPolicy = { namespaces = ["payments"] } }
  tags              = { team = "payments", old = "1" }
"#;

pub const WHOLE: &str = "cluster";
const PAYMENTS: &str = "payments";

fn basic_content() -> Content {
    Content::new(
        &["viewers", "leavers"],
        &[(VIEW, WHOLE), (EDIT, PAYMENTS)],
        &[("team", "payments"), ("old", "1")],
    )
}

fn changed_content() -> Content {
    Content::new(
        &["viewers", "editors"],
        &[(VIEW, PAYMENTS), (ADMIN, PAYMENTS)],
        &[("team", "orders"), ("new", "1")],
    )
}

fn content_with_policies_changed() -> Content {
    Content {
        policies: changed_content().policies,
        ..basic_content()
    }
}

/// What [`World::make_entry_of_others`] makes.
fn theirs() -> Content {
    Content::new(&["theirs"], &[(EDIT, WHOLE)], &[("cost", "7")])
}

const SHARED: &str = r#"
  policy_management = "additive"
  kubernetes_groups = ["viewers"]
  access_policies   = { AmazonEKSViewPolicy = { scope = "cluster" } }
  tags              = { team = "payments" }
"#;

const SHARED_CHANGED: &str = r#"
  policy_management = "additive"
  kubernetes_groups = ["editors"]
  access_policies   = { AmazonEKSAdminPolicy = { namespaces = ["payments"] } }
  tags              = { new = "1" }
"#;

fn shared_content() -> Content {
    Content::new(&["viewers"], &[(VIEW, WHOLE)], &[("team", "payments")])
}

fn shared_changed() -> Content {
    Content::new(&["editors"], &[(ADMIN, PAYMENTS)], &[("new", "1")])
}

fn basic() -> String {
    grant(NO_OWNER, BASIC, "3m")
}

fn owned() -> String {
    grant(OWNER, BASIC, "3m")
}

fn changed() -> String {
    grant(NO_OWNER, CHANGED, "3m")
}

fn policies_changed() -> String {
    grant(NO_OWNER, POLICIES_CHANGED, "3m")
}

fn adopting() -> String {
    grant(NO_OWNER, &format!("{BASIC}  on_existing = \"adopt\""), "3m")
}

fn shared() -> String {
    grant(NO_OWNER, SHARED, "3m")
}

fn shared_and_changed() -> String {
    grant(NO_OWNER, SHARED_CHANGED, "3m")
}

/// With an owner that is told, so that one more proof exists.
fn owned_and_shared() -> String {
    grant(OWNER, SHARED, "3m")
}

fn row_of(groups: &str) -> String {
    format!(
        "provider \"eks\" {{\n  region = \"eu-west-1\"\n  max_retries = 2\n}}\nresource \"eks_sso_aws_auth\" \"it\" {{\n  cluster_name = \
         \"payments-prod\"\n  permission_set_name = \"DeveloperAccess\"\n  kubernetes_groups = [\"{groups}\"]\n  user_name = \"sso:{{{{SessionName}}}}\"\n  \
         timeouts {{\n    create = \"3m\"\n    update = \"3m\"\n    delete = \"3m\"\n  }}\n}}\n"
    )
}

fn row() -> String {
    row_of("viewers")
}

fn row_changed() -> String {
    row_of("editors")
}

/// Nobody is named, so everybody's entry is unexpected.
fn exclusive() -> String {
    "provider \"eks\" {\n  region = \"eu-west-1\"\n  max_retries = 2\n}\nresource \"eks_sso_access_exclusive\" \"it\" {\n  cluster_name = \
     \"payments-prod\"\n  principal_arns = []\n}\n"
        .to_owned()
}

/// Applies, where nothing goes wrong.
fn applied(aws: &Aws, bench: &Bench, config: &str) {
    bench.write(config);
    aws.begin(None, &[]);
    bench.apply().ok();
}

fn nothing_before(_: &Aws, _: &Bench) {}

fn theirs_before(aws: &Aws, _: &Bench) {
    aws.change(World::make_entry_of_others);
}

fn granted(aws: &Aws, bench: &Bench) {
    applied(aws, bench, &basic());
}

/// The new role has its entry, and that of the earlier one is still to be deleted.
fn half_rotated(aws: &Aws, bench: &Bench) {
    granted(aws, bench);
    later(aws, World::provision);
    fails(aws, bench, &["DeleteAccessEntry"], "Old access entry is left");
}

/// A create that failed, and that could not delete again what it had made.
fn half_made(aws: &Aws, bench: &Bench) {
    bench.write(&basic());
    fails(
        aws,
        bench,
        &["AssociateAccessPolicy", "DeleteAccessEntry"],
        "Incomplete access entry is left",
    );
}

fn half_made_and_shared(aws: &Aws, bench: &Bench) {
    bench.write(&owned_and_shared());
    fails(
        aws,
        bench,
        &["AssociateAccessPolicy", "DeleteAccessEntry"],
        "Incomplete access entry is left",
    );
}

/// Applies while some operations are refused.
fn fails(aws: &Aws, bench: &Bench, refused: &'static [&'static str], words: &str) {
    aws.change(|world| world.refuses = refused);
    aws.begin(None, &[]);
    bench.apply().failed().says(words);
    aws.change(|world| world.refuses = &[]);
}

fn shared_before(aws: &Aws, bench: &Bench) {
    aws.change(World::make_entry_of_others);
    applied(aws, bench, &shared());
}

/// Made here, and others have put something on it since.
fn shared_by_others_since(aws: &Aws, bench: &Bench) {
    applied(aws, bench, &shared());
    aws.change(|world| world.associate_elsewhere(EDIT));
}

/// A first apply only records.
fn theirs_unexpected(aws: &Aws, bench: &Bench) {
    theirs_before(aws, bench);
    applied(aws, bench, &exclusive());
}

fn rows_before(aws: &Aws, _: &Bench) {
    aws.change(|world| world.write_map_roles(ROWS));
}

fn row_before(aws: &Aws, bench: &Bench) {
    rows_before(aws, bench);
    applied(aws, bench, &row());
}

fn later(aws: &Aws, happens: fn(&mut World)) {
    aws.wait(std::time::Duration::from_secs(3_600));
    aws.change(happens);
}

fn row_text(world: &World, group: &str) -> String {
    let name = world.roles.last().unwrap().name.clone();
    format!("- rolearn: arn:aws:iam::222233334444:role/{name}\n  username: sso:{{{{SessionName}}}}\n  groups:\n    - {group}\n")
}

const API: &str = "API_AND_CONFIG_MAP";
const CONFIG_MAP: &str = "CONFIG_MAP";

/// A create, from which the other flows tell how they differ.
const CREATE: Flow = Flow {
    name: "create",
    mode: API,
    prepare: nothing_before,
    config: basic,
    destroys: false,
    wanted: |_| Wanted::Entry(basic_content()),
    kept: &[],
    only_remembered: &[],
};

pub const FLOWS: [Flow; 24] = [
    CREATE,
    Flow {
        name: "create with an owner",
        config: owned,
        ..CREATE
    },
    Flow {
        name: "adopt",
        prepare: theirs_before,
        config: adopting,
        kept: &[EDIT],
        ..CREATE
    },
    Flow {
        name: "join",
        prepare: theirs_before,
        config: shared,
        wanted: |_| Wanted::Entry(shared_content().and(theirs())),
        kept: &[EDIT],
        ..CREATE
    },
    Flow {
        name: "create a shared entry",
        config: shared,
        wanted: |_| Wanted::Entry(shared_content()),
        ..CREATE
    },
    Flow {
        name: "create a shared entry with an owner",
        config: owned_and_shared,
        wanted: |_| Wanted::Entry(shared_content()),
        ..CREATE
    },
    Flow {
        name: "replacement of a tainted entry",
        prepare: half_made,
        ..CREATE
    },
    Flow {
        name: "replacement of a tainted shared entry",
        prepare: half_made_and_shared,
        config: owned_and_shared,
        wanted: |_| Wanted::Entry(shared_content()),
        ..CREATE
    },
    Flow {
        name: "update",
        prepare: granted,
        config: changed,
        wanted: |_| Wanted::Entry(changed_content()),
        kept: &[VIEW],
        ..CREATE
    },
    Flow {
        name: "update of policies alone",
        prepare: granted,
        config: policies_changed,
        wanted: |_| Wanted::Entry(content_with_policies_changed()),
        kept: &[VIEW],
        ..CREATE
    },
    Flow {
        name: "update of a shared entry",
        prepare: shared_before,
        config: shared_and_changed,
        wanted: |_| Wanted::Entry(shared_changed().and(theirs())),
        kept: &[EDIT],
        ..CREATE
    },
    Flow {
        name: "rotation",
        prepare: |aws, bench| {
            granted(aws, bench);
            later(aws, World::provision);
        },
        kept: &[VIEW, EDIT],
        ..CREATE
    },
    Flow {
        name: "end of a rotation",
        prepare: half_rotated,
        config: changed,
        wanted: |_| Wanted::Entry(changed_content()),
        kept: &[VIEW],
        ..CREATE
    },
    Flow {
        name: "rotation of a shared entry",
        prepare: |aws, bench| {
            shared_by_others_since(aws, bench);
            later(aws, World::provision);
        },
        config: shared,
        wanted: |_| Wanted::Entry(shared_content().and(Content::new(&[], &[(EDIT, WHOLE)], &[]))),
        kept: &[VIEW, EDIT],
        ..CREATE
    },
    Flow {
        name: "rebind",
        prepare: |aws, bench| {
            granted(aws, bench);
            later(aws, World::recreate_role);
        },
        ..CREATE
    },
    Flow {
        name: "rebind of a shared entry",
        prepare: |aws, bench| {
            shared_by_others_since(aws, bench);
            later(aws, World::recreate_role);
        },
        config: shared,
        wanted: |_| Wanted::Entry(shared_content().and(Content::new(&[], &[(EDIT, WHOLE)], &[]))),
        only_remembered: &[EDIT],
        ..CREATE
    },
    Flow {
        name: "destroy",
        prepare: granted,
        destroys: true,
        wanted: |_| Wanted::Nothing,
        ..CREATE
    },
    Flow {
        name: "destroy of a shared entry",
        prepare: shared_before,
        config: shared,
        destroys: true,
        wanted: |_| Wanted::Entry(theirs()),
        kept: &[EDIT],
        ..CREATE
    },
    Flow {
        name: "removal of an unexpected entry",
        prepare: theirs_unexpected,
        config: exclusive,
        wanted: |_| Wanted::NoEntry,
        ..CREATE
    },
    Flow {
        name: "row in a new aws-auth",
        mode: CONFIG_MAP,
        config: row,
        wanted: |world| Wanted::Row(Some(row_text(world, "viewers"))),
        ..CREATE
    },
    Flow {
        name: "row",
        mode: CONFIG_MAP,
        prepare: rows_before,
        config: row,
        wanted: |world| Wanted::Row(Some(row_text(world, "viewers"))),
        ..CREATE
    },
    Flow {
        name: "update of a row",
        mode: CONFIG_MAP,
        prepare: row_before,
        config: row_changed,
        wanted: |world| Wanted::Row(Some(row_text(world, "editors"))),
        ..CREATE
    },
    Flow {
        name: "rotation of a row",
        mode: CONFIG_MAP,
        prepare: |aws, bench| {
            row_before(aws, bench);
            later(aws, World::provision);
        },
        config: row,
        wanted: |world| Wanted::Row(Some(row_text(world, "viewers"))),
        ..CREATE
    },
    Flow {
        name: "destroy of a row",
        mode: CONFIG_MAP,
        prepare: row_before,
        config: row,
        destroys: true,
        wanted: |_| Wanted::Row(None),
        ..CREATE
    },
];
