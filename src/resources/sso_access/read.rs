//! Refresh: describes the entry that the state names, and nothing else.
//!
//! It never sets `principal_arn`, and `role_id` or `status` only where they are empty (after an import) or where the
//! entry is another one: only a plan may, so that a refresh cannot erase the evidence that a role has changed.

use crate::aws::error::AwsError;
use crate::aws::session::Session;
use crate::hosting::{Applied, Current};
use crate::report::{at, diagnostic, no_attribute};
use crate::resources::access_entry::claims::Held;
use crate::resources::access_entry::entry::{Entry, read_known_entry};
use crate::resources::sso_access::existing::warn_of_second_owner;
use crate::resources::sso_access::flatten::flatten;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::preflight::{entry_not_read, find_entry};
use crate::resources::sso_access::private::Private;
use crate::resources::sso_access::role_change::entries_between;
use crate::resources::sso_access::run::Run;
use crate::resources::sso_access::{forgotten, messages};
use crate::resources::sso_grant::role::{new_role, read_role};
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::text;
use crate::resources::sso_grant::unreachable_accounts::{Purpose, reach_cluster};
use tf_provider::Diagnostics;
use tf_provider::value::Value;
use tokio::time::Instant;

pub(super) async fn read(run: &Run, diags: &mut Diagnostics, current: Current<Model>) -> Option<Applied<Model>> {
    let Current { mut state, private } = current;
    let session = run.session(diags)?;
    let (Some(target), Some(principal)) = (Target::of(&state), state.principal_arn.as_ref_option().cloned()) else {
        diags.add_error(unreadable());
        return None;
    };
    reach_cluster(diags, &session, &target, Purpose::Refresh).await?;
    match find_known_entry(&session, &target, &principal).await {
        Ok(None) if Private::decode(&private).outlives_entry() => {
            state.access_entry_arn = Value::Null;
            Some(Applied { state, private })
        }
        Ok(None) if has_moved(run, &session, &target, &principal, &Private::decode(&private)).await => Some(Applied { state, private }),
        Ok(None) => {
            forgotten::warn(diags, &session, &state, None, &private).await;
            run.lost.add(target);
            None
        }
        Ok(Some(entry)) => {
            let mut private = Private::decode(&private);
            let held = match private.half_made {
                true => Held::HalfMade {
                    access_entry_arn: state.access_entry_arn.as_deref_option().unwrap_or_default().to_owned(),
                },
                false => Held::Whole,
            };
            if run.addresses.hold(target.place(), &principal, private.imported) {
                diags.add_warning(messages::imported_twice(&target, &principal));
            }
            if let Some(warning) = warn_of_second_owner(&session, &target, &entry).filter(|_| private.imported) {
                diags.add_warning(warning);
            }
            run.claims.note_held(&target, &principal, held);
            let is_another = state.access_entry_arn.as_deref_option() != Some(&*entry.entry.access_entry_arn);
            if is_another && !is_of_our_owner(&entry, &session) {
                private.created = false;
                if state.access_entry_arn.is_value() {
                    private.was_replaced = true;
                    diags.add_warning(messages::replaced_since(&target, &entry, state.management()));
                }
            }
            private.remember(&entry.entry);
            flatten(&mut state, &entry, &session);
            if is_another {
                private.unbound_for = None;
            }
            if state.role_id.is_null() && private.unbound_for.is_none() || is_another {
                fill_role(&session, &target, &mut state, &entry).await;
            }
            Some(Applied {
                state,
                private: private.encode(),
            })
        }
        Err(error) if error.is_authentication_mode() => {
            diags.add_warning(unseen(&target));
            Some(Applied { state, private })
        }
        Err(error) => {
            diags.add_error(entry_not_read(&target, &principal, &error));
            None
        }
    }
}

/// What is there now for the principal of the state.
async fn find_known_entry(session: &Session, target: &Target, principal: &str) -> Result<Option<Entry>, AwsError> {
    let eks = session.eks(&target.account, &target.region).await?;
    read_known_entry(&eks, target.cluster.as_str(), principal).await
}

/// Where the entry is not the one that the state knew, this grant did not make it, unless our owner's tag says that an apply
/// did which was killed.
fn is_of_our_owner(entry: &Entry, session: &Session) -> bool {
    session.owner().is_some() && session.owner() == entry.owner()
}

/// Whether the people have a new role that has an entry already. An apply that was ended just after it deleted the old entry
/// leaves that. The grant stays in the state then, so that the plan shows the new entry as this grant's, and the end of the grant tells of
/// it. So does the entry of a role that came and went since.
async fn has_moved(run: &Run, session: &Session, target: &Target, principal: &str, private: &Private) -> bool {
    let Ok(Some(role)) = new_role(session, target, principal).await else {
        return false;
    };
    let has_entry = matches!(find_entry(session, target, &role.to_string()).await, Ok(Some(_)));
    has_entry || (entries_between(run, session, target, principal, private).await).is_ok_and(|principals| !principals.is_empty())
}

fn unreadable() -> tf_provider::Diagnostic {
    diagnostic(
        "State is incomplete",
        "The state of this grant lacks its cluster, its account, its grantee or its principal_arn, so it cannot be compared with AWS. \
         Remove it from the state (terraform state rm) and import it again; nothing is changed in AWS by that.",
        no_attribute(),
    )
}

fn unseen(target: &Target) -> tf_provider::Diagnostic {
    diagnostic(
        "Cluster does not accept access entries",
        format!(
            "{} is in CONFIG_MAP mode, in which access entries can neither be seen nor used. The grant is kept in the state as it was. \
             Switch the cluster to API_AND_CONFIG_MAP, or remove the grant.",
            target.cluster_and_place()
        ),
        at("cluster_name"),
    )
}

/// After an import, or if others have made the entry anew, the role's age tells whether EKS can know the role: the
/// entry must not be older.
pub(super) async fn fill_role(session: &Session, target: &Target, state: &mut Model, entry: &Entry) {
    let Ok(arn) = entry.entry.principal_arn.parse() else { return };
    // A look-up that fails only leaves the id empty; the next refresh tries again.
    let Ok(Some(role)) = read_role(session, &target.role_account, &arn, Instant::now()).await else {
        return;
    };
    if role.is_younger_than(entry.entry.created_at) == Some(false) {
        state.role_id = text(&role.role_id);
    }
}
