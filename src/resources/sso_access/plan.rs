//! Planning: what will change, known as far as it can be known.
//!
//! Errors are only for grants that the plan would create; a grant in the state stays plannable, or a destroy (which
//! plans first) would be blocked.

use crate::aws::eks::Timestamp;
use crate::aws::error::ErrorKind;
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::domain::access_policy::{ADMIN_VIEW, AccessPolicyName};
use crate::domain::grant::PolicyManagement;
use crate::domain::tags::{MAX_TAGS, merge, without_ignored};
use crate::hosting::{Plan, PlanRequest};
use crate::report::{at, diagnostic, failed};
use crate::resources::sso_access::entry::STANDARD;
use crate::resources::sso_access::model::{Model, PolicyMap};
use crate::resources::sso_access::private::Private;
use crate::resources::sso_access::update::MOVED;
use crate::resources::sso_access::{SsoAccess, aws_auth_check, lockout, messages, preflight};
use crate::resources::sso_grant::notices;
use crate::resources::sso_grant::place;
use crate::resources::sso_grant::role::{Found, find_role, read_role};
use crate::resources::sso_grant::target::{Grantee, Target, fill_defaults};
use crate::resources::sso_grant::values::{known_map, text, text_map};
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostics};

pub(super) async fn plan(resource: &SsoAccess, diags: &mut Diagnostics, request: PlanRequest<Model>) -> Option<Plan<Model>> {
    let PlanRequest {
        prior,
        proposed: mut planned,
        config,
        private,
    } = request;
    let mut private = Private::decode(&private);
    fill_collections(&mut planned, &config, prior.as_ref());
    let Some(session) = resource.session_or_unknown(diags)? else {
        return plan_unconfigured(diags, prior.as_ref(), planned, &private);
    };
    if let Some(prior) = &prior {
        place::check_place(diags, prior, &config, &session)?;
        // A replacement, also one that only Terraform knows of (-replace), is planned a second time without prior
        // state; the checks of a create are made then.
        private.own_principal = prior.principal_arn.as_ref_option().cloned();
        keep_known(&mut planned, prior);
    }
    fill_defaults(&mut planned, &session);
    plan_tags(diags, &mut planned, &session);
    let replace = prior.as_ref().map(|prior| replaced(prior, &planned)).unwrap_or_default();
    match prior {
        Some(prior) if replace.is_empty() => {
            if private.imported {
                warn_of_removals(diags, &prior, &planned);
            }
            plan_update(resource, diags, &session, &prior, &mut planned).await?;
            lockout::warn(diags, &session, &prior, Some(&planned)).await;
            aws_auth_check::check_change(diags, &session, Some(&prior), &planned).await?;
        }
        // Terraform plans a replacement again without prior state; the checks of a create are made then.
        Some(prior) => {
            unknown_until_apply(&mut planned);
            lockout::warn(diags, &session, &prior, None).await;
            aws_auth_check::check_removal(diags, &session, &prior).await;
        }
        None => {
            preflight::plan_create(resource, diags, &session, &config, &mut planned, &mut private).await?;
            // As for the other checks: a destroy, which plans first, must not fail over an entry that is gone already.
            let is_lost = Target::of(&planned).is_some_and(|target| resource.lost.contains(&target));
            let mut found = Diagnostics::default();
            let passed = aws_auth_check::check_change(&mut found, &session, None, &planned).await;
            diags.warnings.append(&mut found.warnings);
            match is_lost {
                true => diags.warnings.append(&mut found.errors),
                false => {
                    diags.errors.append(&mut found.errors);
                    passed?;
                }
            }
        }
    }
    Some(Plan {
        planned,
        replace,
        private: private.encode(),
    })
}

/// What the prior state knows holds on until something here says otherwise. Terraform proposes it so already; other
/// clients of the protocol need not.
fn keep_known(planned: &mut Model, prior: &Model) {
    let slots = [
        (&mut planned.account_id, &prior.account_id),
        (&mut planned.role_account_id, &prior.role_account_id),
        (&mut planned.region, &prior.region),
        (&mut planned.principal_arn, &prior.principal_arn),
        (&mut planned.principal_name, &prior.principal_name),
        (&mut planned.role_id, &prior.role_id),
        (&mut planned.access_entry_arn, &prior.access_entry_arn),
        (&mut planned.type_, &prior.type_),
        (&mut planned.created_at, &prior.created_at),
        (&mut planned.status, &prior.status),
    ];
    for (slot, known) in slots {
        if slot.is_null() {
            slot.clone_from(known);
        }
    }
}

/// Collections that the configuration leaves out are empty, except where the entry is shared: then they are not ours.
fn fill_collections(planned: &mut Model, config: &Model, prior: Option<&Model>) {
    let shared = planned.policy_management() == PolicyManagement::Additive;
    // Until it is known whether the entry is shared, nothing follows from it.
    let is_unsure = planned.policy_management.is_unknown();
    if config.kubernetes_groups.is_null() {
        planned.kubernetes_groups = match prior {
            _ if is_unsure => Value::Unknown,
            _ if !shared => Value::Value(BTreeSet::new()),
            Some(prior) => prior.kubernetes_groups.clone(),
            None => Value::Unknown,
        };
    }
    if config.access_policies.is_null() {
        planned.access_policies = Value::Value(BTreeMap::new());
    }
    planned.unmanaged_policies = match prior {
        _ if is_unsure => Value::Unknown,
        _ if !shared => Value::Value(BTreeMap::new()),
        Some(prior) => unmanaged_after(prior, planned),
        None => Value::Unknown,
    };
}

/// A policy that nobody manages any more because the entry is shared from now on stays associated.
fn unmanaged_after(prior: &Model, planned: &Model) -> PolicyMap {
    let Value::Value(wanted) = &planned.access_policies else {
        return Value::Unknown;
    };
    let mut others = prior.unmanaged_policies.as_ref_option().cloned().unwrap_or_default();
    if prior.policy_management() == PolicyManagement::Exclusive {
        others.extend(prior.access_policies.as_ref_option().cloned().unwrap_or_default());
    }
    others.retain(|name, _| !wanted.contains_key(name));
    Value::Value(others)
}

/// The provider block depends on something that the apply makes first.
fn plan_unconfigured(diags: &mut Diagnostics, prior: Option<&Model>, mut planned: Model, private: &Private) -> Option<Plan<Model>> {
    if prior.is_some() {
        diags.add_error(diagnostic(
            "Provider configuration is not known yet",
            "This grant is in the state, but the provider block holds values that are known only after the apply, so it cannot be \
             compared with AWS. Give the provider values that are known at plan time, or apply what they come from first (-target).",
            AttributePath::default(),
        ));
        return None;
    }
    unknown_until_apply(&mut planned);
    for name in [&mut planned.account_id, &mut planned.role_account_id, &mut planned.region] {
        if name.is_null() {
            *name = Value::Unknown;
        }
    }
    planned.tags_all = Value::Unknown;
    Some(Plan {
        planned,
        replace: Vec::new(),
        private: private.encode(),
    })
}

pub(super) fn plan_tags(diags: &mut Diagnostics, planned: &mut Model, session: &Session) {
    let (Some(default), Some(own)) = (session.default_tags(), known_map(&planned.tags)) else {
        planned.tags_all = Value::Unknown;
        return;
    };
    let all = without_ignored(session.ignore_tags(), &merge(default, &own));
    if all.len() > MAX_TAGS {
        let detail = format!(
            "{} tags come together from tags ({}) and the provider's default_tags ({}), but AWS takes at most {MAX_TAGS}. Remove some.",
            all.len(),
            own.len(),
            default.len()
        );
        diags.add_error(diagnostic("Too many tags", detail, at("tags")));
    }
    planned.tags_all = text_map(&all);
}

/// What cannot change in place.
fn replaced(prior: &Model, planned: &Model) -> Vec<AttributePath> {
    let mut paths = place::replaced(prior, planned);
    if prior.type_.as_deref_option().is_some_and(|type_| type_ != STANDARD) {
        paths.push(at("type"));
    }
    paths
}

/// Everything that depends on the role and the entry.
pub(super) fn unknown_until_apply(planned: &mut Model) {
    unknown_role(planned);
    planned.type_ = text(STANDARD);
    planned.status = text("ok");
}

fn unknown_role(planned: &mut Model) {
    for computed in [
        &mut planned.principal_arn,
        &mut planned.principal_name,
        &mut planned.role_id,
        &mut planned.access_entry_arn,
        &mut planned.created_at,
    ] {
        *computed = Value::Unknown;
    }
}

/// The role as this plan found it.
pub(super) fn known_role(planned: &mut Model, role: &Role) {
    planned.principal_arn = text(role.arn.to_string());
    planned.principal_name = text(&role.name);
    planned.role_id = text(&role.role_id);
    planned.access_entry_arn = Value::Unknown;
    planned.created_at = Value::Unknown;
    planned.type_ = text(STANDARD);
    planned.status = text("ok");
}

async fn plan_update(resource: &SsoAccess, diags: &mut Diagnostics, session: &Session, prior: &Model, planned: &mut Model) -> Option<()> {
    // "moved" asks for an update that deletes the old entry, whatever is found out about the role.
    if planned.status.is_null() || planned.status.as_deref_option() == Some(MOVED) {
        planned.status = text("ok");
    }
    if let Some(target) = Target::of(planned) {
        resource.unreached.check(diags, session, &target).await?;
    }
    check_new_policies(diags, session, Some(prior), planned).await;
    if planned.triggers_are_unknown() {
        unknown_role(planned);
        // What comes of the role decides: one that was missing may be there by then.
        planned.status = Value::Unknown;
        return Some(());
    }
    let Some(target) = Target::of(planned) else { return Some(()) };
    let found = match find_role(session, &target, preflight::asked_since(Some(prior), planned)).await {
        Err(error) if error.kind == ErrorKind::AccessDenied => match known_name(session, &target, prior).await {
            Some(role) => Found::One(Box::new(role)),
            None => {
                diags.add_warning(notices::role_lookup_denied(&target, &error));
                return Some(());
            }
        },
        Err(error) => {
            diags.add_error(failed(
                "Role cannot be looked up",
                &format!("looking for the role of {} in {}", target.grantee, target.role_account),
                &error,
                AttributePath::default(),
            ));
            return None;
        }
        Ok(found) => found,
    };
    follow_role(diags, &target, prior, planned, found);
    Some(())
}

/// Policies that an import brought along and that the configuration does not name.
fn warn_of_removals(diags: &mut Diagnostics, prior: &Model, planned: &Model) {
    let stays = planned.policy_management() == PolicyManagement::Additive
        || planned.policy_management.is_unknown()
        || planned.access_policies.is_unknown();
    let removed: Vec<_> = prior.policy_names().difference(&planned.policy_names()).cloned().collect();
    if let Some(target) = Target::of(planned)
        && !stays
        && !removed.is_empty()
    {
        diags.add_warning(messages::import_removes(&target, &removed));
    }
}

/// Where ListRoles is denied, GetRole on the name in the state may still be allowed.
async fn known_name(session: &Session, target: &Target, prior: &Model) -> Option<Role> {
    let arn = prior.principal_arn.as_deref_option()?.parse().ok()?;
    read_role(session, &target.role_account, &arn).await.ok().flatten()
}

/// Compares the role that the state knows with the one that is there.
fn follow_role(diags: &mut Diagnostics, target: &Target, prior: &Model, planned: &mut Model, found: Found) {
    let known_arn = prior.principal_arn.as_deref_option().unwrap_or_default();
    match found {
        Found::None { .. } => {
            planned.status = text("role_missing");
            diags.add_warning(messages::role_gone(target, known_arn));
        }
        Found::Many(roles) => {
            diags.add_warning(notices::ambiguous(target, &roles));
        }
        Found::One(role) if role.arn.to_string() != known_arn && matches!(target.grantee, Grantee::PermissionSet(_)) => {
            diags.add_warning(messages::moved(target, prior, &role));
            known_role(planned, &role);
        }
        Found::One(role) => same_name(diags, target, prior, planned, &role),
    }
}

/// The name is the same; the role behind it need not be.
fn same_name(diags: &mut Diagnostics, target: &Target, prior: &Model, planned: &mut Model, role: &Role) {
    if !is_another(prior, role) {
        planned.status = text("ok");
        return;
    }
    diags.add_warning(messages::recreated(target, prior, role));
    match target.grantee {
        Grantee::PermissionSet(_) => known_role(planned, role),
        // EKS binds to the id so that whoever makes a role anew does not inherit its access: a person decides.
        Grantee::Role(_) => planned.status = text("stale"),
    }
}

/// Whether EKS holds the id of an earlier role. After an import only the role's age tells.
fn is_another(prior: &Model, role: &Role) -> bool {
    // A role keeps its path for as long as it lives.
    if prior.principal_arn.as_deref_option() != Some(&*role.arn.to_string()) {
        return true;
    }
    match prior.role_id.as_deref_option() {
        Some(id) => id != role.role_id,
        None => role.is_younger_than(prior.created_at.as_deref_option().and_then(Timestamp::parse)) == Some(true),
    }
}

/// Policies that this plan adds: do they exist, and are they what people think they are?
pub(super) async fn check_new_policies(diags: &mut Diagnostics, session: &Session, prior: Option<&Model>, planned: &Model) {
    let before = prior.map(Model::policy_names).unwrap_or_default();
    let added: Vec<AccessPolicyName> = planned.policy_names().into_iter().filter(|name| !before.contains(name)).collect();
    let (Some(account), Some(region)) = (planned.account_id.as_deref_option(), planned.region.as_deref_option()) else {
        return;
    };
    let (Ok(account), Ok(region)) = (account.parse(), region.parse()) else {
        return;
    };
    if added.is_empty() {
        return;
    }
    if added.iter().any(|name| name.as_str() == ADMIN_VIEW) {
        diags.add_warning(messages::admin_view_reads_secrets());
    }
    match session.access_policies(&account, &region).await {
        Ok(catalogue) => {
            let unknown = added
                .iter()
                .filter(|name| !catalogue.iter().any(|policy| policy.name == name.as_str()));
            unknown.for_each(|name| diags.add_error(messages::unknown_policy(name, &region, &catalogue)));
        }
        // EKS itself refuses a policy that does not exist; here it is only found earlier.
        Err(error) => diags.add_warning(notices::check_denied("Whether the access policies exist", &error)),
    }
}
