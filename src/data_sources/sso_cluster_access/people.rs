//! Who is assigned to the permission sets of the entries. Everything here may be left out: it degrades to a warning.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::identity_center::IdentityCenter;
use crate::data_sources::sso_cluster_access::schema::PeopleModel;
use crate::data_sources::sso_cluster_access::status::{Principal, Status};
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use crate::report::{at, cause, diagnostic};
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::{Diagnostic, Diagnostics};

type Assignment = (AccountId, PermissionSetName);

/// Who is assigned, by account and permission set. What could not be read is not in it, and is said in a warning.
#[derive(Debug, Default)]
pub(super) struct People(BTreeMap<Assignment, PeopleModel>);

impl People {
    /// One after the other: Identity Center is asked slowly anyway. After a failure nothing more is asked.
    pub(super) async fn of(diags: &mut Diagnostics, center: &IdentityCenter, principals: &[(Principal, Status)]) -> Self {
        let wanted: BTreeSet<Assignment> = principals.iter().filter_map(wanted).collect();
        let mut found = BTreeMap::new();
        let mut absent = Vec::new();
        for assignment in &wanted {
            match center.find_assigned(&assignment.0, &assignment.1).await {
                Ok(Some(assigned)) => {
                    let people = PeopleModel {
                        groups: assigned.groups,
                        users: assigned.users,
                    };
                    found.insert(assignment.clone(), people);
                }
                Ok(None) => absent.push(assignment),
                Err(error) => {
                    let left_out = wanted.len() - found.len() - absent.len();
                    diags.add_warning(unreadable(assignment, (left_out, wanted.len()), &error));
                    break;
                }
            }
        }
        if !absent.is_empty() {
            diags.add_warning(not_provisioned(&absent));
        }
        Self(found)
    }

    /// `None` if it was not asked or could not be read. By an entry without its role nobody gets in.
    pub(super) fn of_entry(&self, principal: &Principal, status: Status) -> Option<PeopleModel> {
        if status == Status::RoleMissing {
            return Some(PeopleModel {
                groups: BTreeSet::new(),
                users: BTreeSet::new(),
            });
        }
        let (role, set) = principal.provisioned.as_ref()?;
        self.0.get(&(role.account().clone(), set.clone())).cloned()
    }
}

fn wanted((principal, status): &(Principal, Status)) -> Option<Assignment> {
    let (role, set) = principal.provisioned.as_ref()?;
    (*status != Status::RoleMissing).then(|| (role.account().clone(), set.clone()))
}

fn unreadable((account, set): &Assignment, (left_out, all): (usize, usize), error: &AwsError) -> Diagnostic {
    // More retries would take from everybody who shares that limit, and are not made.
    let cause = match error.kind {
        ErrorKind::Throttled => error.explained_by("The limit of Identity Center is the whole organization's: read this again later."),
        _ => cause(error),
    };
    diagnostic(
        "Users cannot be listed",
        format!(
            "Who is assigned to {set} in account {account} could not be read. For {left_out} of {all} permission sets people is null; the rest \
             of the list is complete.\n\n{cause}"
        ),
        at("include_people"),
    )
}

fn not_provisioned(absent: &[&Assignment]) -> Diagnostic {
    let sets: String = absent
        .iter()
        .map(|(account, set)| format!("\n- {set} in account {account}"))
        .collect();
    diagnostic(
        "Users cannot be listed",
        format!(
            "Identity Center knows none of these permission sets in these accounts, though access entries name roles of them, so people is \
             null there. They may be of another instance of Identity Center; see the identity_center block of the provider.{sets}"
        ),
        at("include_people"),
    )
}
