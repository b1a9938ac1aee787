//! The apply of an update: in place, or to a new role with the new entry made before the old one goes.

use crate::domain::access_policy::AccessPolicyName;
use crate::domain::arn::RoleArn;
use crate::domain::grant::{Desired, Managed, PolicyManagement};
use crate::domain::kubernetes::is_default_user_name;
use crate::hosting::{Applied, UpdateRequest};
use crate::report::{diagnostic, failed};
use crate::resources::sso_access::create::{client, confirm_role, fill_unknown};
use crate::resources::sso_access::entry::{Entry, desired, flatten, read_entry};
use crate::resources::sso_access::grant::{Grant, Outcome, SUMMARY, Unfinished};
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::private::Private;
use crate::resources::sso_access::waits::{ready_cluster, until_accepted};
use crate::resources::sso_access::writes::Claim;
use crate::resources::sso_access::{SsoAccess, plan};
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::values::{known_map, text};
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostics};
use tokio::time::Instant;

/// The status while the entry of an earlier role is still to be deleted.
pub(super) const MOVED: &str = "moved";

pub(super) async fn update(
    resource: &SsoAccess,
    diags: &mut Diagnostics,
    request: UpdateRequest<Model>,
    until: Instant,
) -> Option<Applied<Model>> {
    let UpdateRequest {
        prior,
        mut planned,
        config,
        private,
    } = request;
    // These marks were for the plan.
    let private = Private {
        own_principal: None,
        imported: false,
        ..Private::decode(&private)
    };
    if is_same_grant(&prior, &planned) && private.old_principals.is_empty() {
        return Some(Applied {
            state: planned,
            private: private.encode(),
        });
    }
    let session = resource.session(diags)?;
    plan::plan_tags(diags, &mut planned, &session);
    let target = Target::of(&planned)?;
    let role = role_to_serve(diags, resource, &target, &prior, &mut planned, until).await?;
    ready_cluster(diags, &session, &target, until).await?;
    let wanted = desired(&planned, &config, &session)?;
    let eks = client(diags, SUMMARY, &session, &target).await?;
    let grant = Grant {
        session: &session,
        eks: &eks,
        target: &target,
        role: &role,
        wanted: &wanted,
        until,
        unfinished: Unfinished::Keep,
    };
    let change = Change {
        resource,
        grant,
        prior: &prior,
        planned,
        private,
    };
    if prior.principal_arn.as_deref_option() != Some(&*role.to_string()) {
        return change.move_to_role(diags).await;
    }
    if change.is_rebound() {
        change.rebind(diags).await
    } else {
        change.in_place(diags).await
    }
}

/// Whether nothing that AWS knows of changes.
fn is_same_grant(prior: &Model, planned: &Model) -> bool {
    prior.kubernetes_groups == planned.kubernetes_groups
        && prior.user_name == planned.user_name
        && prior.access_policies == planned.access_policies
        && prior.unmanaged_policies == planned.unmanaged_policies
        && prior.tags_all == planned.tags_all
        && prior.principal_arn == planned.principal_arn
        && prior.role_id == planned.role_id
}

/// The role of the grant from now on. It is confirmed only where it changes: an entry of a role that is gone can
/// still be changed.
async fn role_to_serve(
    diags: &mut Diagnostics,
    resource: &SsoAccess,
    target: &Target,
    prior: &Model,
    planned: &mut Model,
    until: Instant,
) -> Option<RoleArn> {
    if planned.principal_arn == prior.principal_arn && planned.role_id == prior.role_id {
        return planned.principal_arn.as_deref_option()?.parse().ok();
    }
    let session = resource.session(diags)?;
    let (arn, id) = (prior.access_entry_arn.clone(), prior.created_at.clone());
    let role = confirm_role(diags, resource, &session, target, planned, until).await?;
    if planned.principal_arn == prior.principal_arn && planned.role_id == prior.role_id {
        // The plan could not tell; it is the same role after all.
        (planned.access_entry_arn, planned.created_at) = (arn, id);
    }
    Some(role)
}

struct Change<'a> {
    resource: &'a SsoAccess,
    grant: Grant<'a>,
    prior: &'a Model,
    planned: Model,
    private: Private,
}

impl Change<'_> {
    /// The same ARN, but another role behind it.
    fn is_rebound(&self) -> bool {
        self.prior.role_id != self.planned.role_id
    }

    fn label(&self) -> String {
        format!("({},{})", self.grant.target.cluster, self.grant.role)
    }

    async fn read(&self, diags: &mut Diagnostics, principal: &str) -> Option<Option<Entry>> {
        let doing = format!("reading EKS access entry ({},{principal})", self.grant.target.cluster);
        read_entry(self.grant.eks, self.grant.target.cluster.as_str(), principal)
            .await
            .map_err(|error| diags.add_error(failed(SUMMARY, &doing, &error, AttributePath::default())))
            .ok()
    }

    /// What this resource may take away from a shared entry: what it managed as shared before.
    fn managed_before(&self) -> Managed {
        match self.prior.policy_management() {
            PolicyManagement::Additive => Managed {
                policies: self.prior.policy_names(),
                tags: known_map(&self.prior.tags_all).unwrap_or_default().into_keys().collect(),
            },
            PolicyManagement::Exclusive => Managed::default(),
        }
    }

    async fn in_place(mut self, diags: &mut Diagnostics) -> Option<Applied<Model>> {
        let principal = self.grant.role.to_string();
        let turn = self.resource.writes.turn(self.grant.target, &principal).await;
        let Some(mut entry) = self.read(diags, &principal).await? else {
            diags.add_error(diagnostic(
                "Access entry is gone",
                format!(
                    "The EKS access entry {} was deleted after the plan. Nothing was written. Plan again: it will be made anew.",
                    self.label()
                ),
                AttributePath::default(),
            ));
            return None;
        };
        let steps = self.grant.steps(&entry, &self.managed_before());
        if self.grant.perform_all(diags, &mut entry, steps).await.is_err() {
            let state = named_by_either(self.prior, &self.planned);
            return Some(self.half_done(state, entry).await);
        }
        drop(turn);
        self.delete_old_entries(diags).await;
        Some(self.done(&entry))
    }

    fn done(mut self, entry: &Entry) -> Applied<Model> {
        self.private.half_made = false;
        fill_unknown(&mut self.planned, entry, self.grant.session);
        if !self.private.old_principals.is_empty() {
            // The next plan sets it to "ok", and that update tries the deletion again.
            self.planned.status = text(MOVED);
        }
        Applied {
            state: self.planned,
            private: self.private.encode(),
        }
    }

    /// The state must say what really is there; `known` is what AWS has accepted, should it not be readable.
    async fn half_done(self, mut state: Model, known: Entry) -> Applied<Model> {
        let entry = match self.grant.look().await {
            Ok(Some(entry)) => entry,
            _ => known,
        };
        flatten(&mut state, &entry, self.grant.session);
        Applied {
            state,
            private: self.private.encode(),
        }
    }

    /// EKS binds an entry to the role's id, so the entry has to be made anew under the same ARN.
    async fn rebind(mut self, diags: &mut Diagnostics) -> Option<Applied<Model>> {
        let principal = self.grant.role.to_string();
        let mut claim = self.resource.writes.turn(self.grant.target, &principal).await;
        let wanted = self.wanted_after(diags, &principal).await?;
        self.grant.delete_stale(diags).await.ok()?;
        self.grant.wanted = &wanted;
        let outcome = self.grant.take_over_or_create(diags).await;
        self.private.created = true;
        self.settle(diags, outcome, &mut claim).await
    }

    /// New entry first, old entry last: nobody who has the new role waits for anything.
    async fn move_to_role(mut self, diags: &mut Diagnostics) -> Option<Applied<Model>> {
        let old = self.prior.principal_arn.as_deref_option().unwrap_or_default().to_owned();
        let new = self.grant.role.to_string();
        let mut claim = self.resource.writes.turn(self.grant.target, &new).await;
        let wanted = self.wanted_after(diags, &old).await?;
        self.grant.wanted = &wanted;
        let deletes_old = self.private.created || wanted.policy_management == PolicyManagement::Exclusive;
        let errors = diags.errors.len();
        let mut outcome = self.grant.take_over_or_create(diags).await;
        if matches!(outcome, Outcome::Full) && deletes_old {
            // The old role is gone, so its entry serves nobody: it makes room.
            diags.errors.truncate(errors);
            self.delete_old(diags, &old).await.ok()?;
            outcome = self.grant.take_over_or_create(diags).await;
        }
        if deletes_old {
            self.private.old_principals.push(old);
        }
        self.private.created |= matches!(&outcome, Outcome::Done(made) if made.created);
        self.settle(diags, outcome, &mut claim).await
    }

    /// The state after the entry was made under another role.
    async fn settle(mut self, diags: &mut Diagnostics, outcome: Outcome, claim: &mut Claim) -> Option<Applied<Model>> {
        match outcome {
            Outcome::Done(made) => {
                *claim = Claim::Made;
                self.delete_old_entries(diags).await;
                Some(self.done(&made.entry))
            }
            Outcome::HalfMade(Some(entry)) => {
                *claim = Claim::Made;
                self.private.created = true;
                fill_unknown(&mut self.planned, &entry, self.grant.session);
                let state = Model {
                    status: text(MOVED),
                    ..self.planned.clone()
                };
                Some(self.half_done(state, entry).await)
            }
            // The prior state is kept: the next plan looks for the new entry again.
            Outcome::HalfMade(None) | Outcome::Nothing | Outcome::Full => None,
        }
    }

    /// Deletes the entries under earlier role names. Those that cannot be deleted stay in the private state.
    async fn delete_old_entries(&mut self, diags: &mut Diagnostics) {
        // A role may have come back to a name that it had before: that entry is the grant's own again.
        let serves = self.grant.role.to_string();
        self.private.old_principals.retain(|old| *old != serves);
        for old in std::mem::take(&mut self.private.old_principals) {
            if self.delete_old(diags, &old).await.is_err() {
                self.private.old_principals.push(old);
            }
        }
    }

    async fn delete_old(&self, diags: &mut Diagnostics, old: &str) -> Result<(), ()> {
        let Grant { target, eks, until, .. } = self.grant;
        let turn = self.resource.writes.turn(target, old).await;
        if *turn == Claim::Made {
            // Another resource of this run has it now.
            return Ok(());
        }
        match until_accepted(until, || eks.delete_access_entry(target.cluster.as_str(), old)).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_authentication_mode() => Ok(()),
            Err(error) => {
                let doing = format!(
                    "deleting EKS access entry ({},{old}) of the old role; the new one is in place, and the next apply tries this again",
                    target.cluster
                );
                diags.add_error(failed("Old access entry is left", &doing, &error, AttributePath::default()));
                Err(())
            }
        }
    }

    /// What the entry is to hold when it is made anew: of a shared one, also what others put there.
    async fn wanted_after(&self, diags: &mut Diagnostics, old_principal: &str) -> Option<Desired> {
        let mut wanted = self.grant.wanted.clone();
        if wanted.policy_management == PolicyManagement::Exclusive {
            return Some(wanted);
        }
        let Some(mut old) = self.read(diags, old_principal).await? else {
            return Some(wanted);
        };
        let new_principal = self.grant.role.to_string();
        if new_principal != old_principal
            && let Some(standing) = self.read(diags, &new_principal).await?
        {
            // Who shares the entry may have followed the role already, and changed what is theirs since.
            old.policies.retain(|arn, _| !standing.policies.contains_key(arn));
            old.entry.groups = standing.entry.groups;
        }
        inherit(&mut wanted, old, &self.managed_before());
        Some(wanted)
    }
}

/// The prior state with the policies that the plan adds: of a shared entry, those that the apply got to are ours from
/// then on, or nobody would remove them again.
fn named_by_either(prior: &Model, planned: &Model) -> Model {
    let mut state = prior.clone();
    if let (Value::Value(named), Value::Value(added)) = (&mut state.access_policies, &planned.access_policies) {
        named.extend(added.clone());
    }
    state
}

/// Adds what others put on a shared entry. What this configuration named before and names no longer is not theirs.
fn inherit(wanted: &mut Desired, old: Entry, managed_before: &Managed) {
    for (arn, scope) in old.policies {
        if let Ok(name) = AccessPolicyName::from_arn(&arn)
            && !managed_before.policies.contains(&name)
        {
            wanted.policies.entry(name).or_insert(scope);
        }
    }
    wanted.groups.get_or_insert(old.entry.groups);
    // EKS's own default names the old role; any other name may be what RBAC knows these people by.
    let old_role = RoleArn::parse(&old.entry.principal_arn).ok();
    let is_default = old_role.is_some_and(|role| is_default_user_name(&old.entry.user_name, role.name()));
    if !wanted.user_name_managed && !is_default {
        wanted.user_name = Some(old.entry.user_name);
    }
}
