//! Who is assigned to the permission sets of the entries and rows, and who is in the groups. Everything here may be left out:
//! it degrades to a warning.

use crate::aws::assignments::Assigned;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::identity_center::IdentityCenter;
use crate::aws::retry::Progress;
use crate::data_sources::sso_cluster_access::schema::PeopleModel;
use crate::data_sources::sso_cluster_access::status::{Principal, Status};
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use crate::report::{at, cause, diagnostic};
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::{Diagnostic, Diagnostics};

type Assignment = (AccountId, PermissionSetName);

/// How far to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// The groups and users that are assigned.
    Assigned,
    /// The members of these groups, too.
    Members,
}

impl Depth {
    /// The argument that asks for it.
    pub(super) fn argument(self) -> &'static str {
        match self {
            Self::Assigned => "include_people",
            Self::Members => "include_members",
        }
    }
}

/// Who is assigned, by account and permission set. What could not be read is not in it, and is said in a warning.
#[derive(Debug)]
pub(super) struct People {
    depth: Depth,
    assigned: BTreeMap<Assignment, Assigned>,
    /// By the group's id.
    members: BTreeMap<String, BTreeSet<String>>,
}

impl People {
    /// One after the other: Identity Center is asked slowly anyway. After a failure nothing more is asked.
    pub(super) async fn of(diags: &mut Diagnostics, center: &IdentityCenter, depth: Depth, principals: &[(&Principal, Status)]) -> Self {
        let mut people = Self {
            depth,
            assigned: BTreeMap::new(),
            members: BTreeMap::new(),
        };
        people
            .read_assigned(diags, center, &principals.iter().filter_map(wanted).collect())
            .await;
        if depth == Depth::Members {
            people.read_members(diags, center).await;
        }
        people
    }

    async fn read_assigned(&mut self, diags: &mut Diagnostics, center: &IdentityCenter, wanted: &BTreeSet<Assignment>) {
        let mut absent = Vec::new();
        let mut progress = Progress::default();
        for (done, assignment) in wanted.iter().enumerate() {
            progress.report(|seconds| tracing::info!(done, of = wanted.len(), seconds, "Reading who is assigned to permission sets"));
            match center.find_assigned(&assignment.0, &assignment.1).await {
                Ok(Some(assigned)) => drop(self.assigned.insert(assignment.clone(), assigned)),
                Ok(None) => absent.push(assignment),
                Err(error) => {
                    diags.add_warning(unreadable(self.depth, assignment, (wanted.len() - done, wanted.len()), &error));
                    break;
                }
            }
        }
        if !absent.is_empty() {
            diags.add_warning(not_provisioned(self.depth, &absent));
        }
    }

    async fn read_members(&mut self, diags: &mut Diagnostics, center: &IdentityCenter) {
        let groups: BTreeMap<String, String> = self.assigned.values().flat_map(|assigned| assigned.groups.clone()).collect();
        let mut progress = Progress::default();
        for (done, (id, name)) in groups.iter().enumerate() {
            let tell = |named, members| {
                progress.report(|seconds| {
                    tracing::info!(done, of = groups.len(), named, members, seconds, "Reading the members of groups");
                });
            };
            match center.list_members(id, tell).await {
                Ok(members) => drop(self.members.insert(id.clone(), members)),
                Err(error) => {
                    diags.add_warning(members_unreadable(name, (groups.len() - done, groups.len()), &error));
                    return;
                }
            }
        }
    }

    /// `None` if it was not asked or could not be read.
    pub(super) fn of_principal(&self, principal: &Principal, status: Status) -> Option<PeopleModel> {
        let (role, set) = principal.provisioned.as_ref()?;
        if is_nobody(status) {
            return Some(self.model(&Assigned::default()));
        }
        self.assigned
            .get(&(role.account().clone(), set.clone()))
            .map(|assigned| self.model(assigned))
    }

    fn model(&self, assigned: &Assigned) -> PeopleModel {
        let members = |(id, name): (&String, &String)| Some((name.clone(), self.members.get(id)?.clone()));
        PeopleModel {
            groups: assigned.groups.values().cloned().collect(),
            users: assigned.users.clone(),
            // With a gap it would be taken for whole.
            members: match self.depth {
                Depth::Assigned => None,
                Depth::Members => assigned.groups.iter().map(members).collect(),
            },
        }
    }
}

/// Whether nobody gets in, and nobody is meant to. Those of a stale entry are told: they are locked out until it is repaired.
fn is_nobody(status: Status) -> bool {
    matches!(status, Status::RoleMissing | Status::Overridden | Status::NoEffect)
}

fn wanted((principal, status): &(&Principal, Status)) -> Option<Assignment> {
    let (role, set) = principal.provisioned.as_ref()?;
    (!is_nobody(*status)).then(|| (role.account().clone(), set.clone()))
}

/// More retries would take from everybody who shares that limit, and are not made.
fn cause_there(error: &AwsError) -> String {
    match error.kind {
        ErrorKind::Throttled => error.explained_by("The limit of Identity Center is the whole organization's: read this again later."),
        _ => cause(error),
    }
}

fn unreadable(depth: Depth, (account, set): &Assignment, (left_out, all): (usize, usize), error: &AwsError) -> Diagnostic {
    diagnostic(
        "Users cannot be listed",
        format!(
            "Who is assigned to {set} in account {account} could not be read. For {left_out} of {all} permission sets people is null; the rest \
             of the list is complete.\n\n{}",
            cause_there(error)
        ),
        at(depth.argument()),
    )
}

fn members_unreadable(group: &str, (left_out, all): (usize, usize), error: &AwsError) -> Diagnostic {
    diagnostic(
        "Users cannot be listed",
        format!(
            "Who is in the group {group:?} could not be read. The members of {left_out} of {all} groups are not known, and people.members is null \
             where one of these groups is assigned; the rest of the list is complete.\n\n{}",
            cause_there(error)
        ),
        at(Depth::Members.argument()),
    )
}

fn not_provisioned(depth: Depth, absent: &[&Assignment]) -> Diagnostic {
    let sets: String = absent
        .iter()
        .map(|(account, set)| format!("\n- {set} in account {account}"))
        .collect();
    diagnostic(
        "Users cannot be listed",
        format!(
            "Identity Center knows none of these permission sets in these accounts, though access entries or rows of aws-auth name roles of them, \
             so people is null there. They may be of another instance of Identity Center; see the identity_center block of the provider.{sets}"
        ),
        at(depth.argument()),
    )
}
