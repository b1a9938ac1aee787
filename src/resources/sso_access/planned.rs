//! What a plan knows of the values that are not configured, and what an apply fills in.

use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::domain::access_entry::Management;
use crate::domain::access_entry::is_reserved_tag;
use crate::domain::arn::{AccessEntryPrincipal, RoleArn};
use crate::domain::kubernetes::default_user_name_of;
use crate::domain::tags::{MAX_TAGS, merge, without_ignored};
use crate::report::{at, diagnostic};
use crate::resources::access_entry::entry::Entry;
use crate::resources::sso_access::flatten::flatten;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::private::Private;
use crate::resources::sso_access::status::Status;
use crate::resources::sso_grant::confirm::PlannedRole;
use crate::resources::sso_grant::texts::{Text, known_map, text, text_map_unless_empty};
use tf_provider::Diagnostics;
use tf_provider::value::Value;

/// The provider's own tags where `owner` is set: whose the entry is, and which create made it.
const OWN_TAGS: usize = 2;

/// `tags_all`: what is configured here and in the provider block.
pub(super) fn plan_tags(diags: &mut Diagnostics, planned: &mut Model, session: &Session) {
    let (Some(default), Some(own)) = (session.default_tags(), known_map(&planned.tags)) else {
        planned.tags_all = Value::Unknown;
        return;
    };
    let mut all = without_ignored(session.ignore_tags(), &merge(default, &own));
    all.retain(|key, _| !is_reserved_tag(key));
    let most = MAX_TAGS - session.owner().map_or(0, |_| OWN_TAGS);
    if all.len() > most {
        let detail = format!(
            "{} tags come together from tags ({}) and the provider's default_tags ({}), but AWS takes at most {most}{}. Remove some.",
            all.len(),
            own.len(),
            default.len(),
            session.owner().map_or("", |_| " besides those that carry the provider's owner")
        );
        diags.add_error(diagnostic("Too many tags", detail, at("tags")));
    }
    planned.tags_all = text_map_unless_empty(&all);
}

/// Everything that depends on the role and the entry.
pub(super) fn unknown_until_apply(planned: &mut Model) {
    unknown_role(planned);
    planned.kubernetes_user_name = Value::Unknown;
    planned.status = Status::Ok.text();
}

pub(super) fn unknown_role(planned: &mut Model) {
    for computed in [&mut planned.principal_arn, &mut planned.role_id, &mut planned.access_entry_arn] {
        *computed = Value::Unknown;
    }
}

/// The role as this plan, or this apply, found it.
pub(super) fn known_role(planned: &mut Model, role: &Role) {
    planned.principal_arn = text(role.arn.to_string());
    planned.role_id = text(&role.role_id);
    planned.access_entry_arn = Value::Unknown;
    planned.status = Status::Ok.text();
}

/// EKS has bound the entry to a role that is gone, and this apply leaves it so: the next plan makes it anew for the role that
/// this one has seen.
pub(super) fn not_bound(planned: &mut Model, private: &mut Private, role: &Role) {
    planned.role_id = Value::Null;
    private.unbound_for = Some(role.role_id.clone());
}

/// The principal as it is named. Who applies may have other rights than who plans, so the apply tells whether a role can be
/// looked up, and with it the id.
pub(super) fn known_principal(planned: &mut Model, principal: &AccessEntryPrincipal) {
    planned.principal_arn = text(principal.to_string());
    planned.role_id = match principal {
        AccessEntryPrincipal::Role(_) => Value::Unknown,
        AccessEntryPrincipal::User(_) => Value::Null,
    };
    planned.access_entry_arn = Value::Unknown;
    planned.status = Status::Ok.text();
}

/// `kubernetes_user_name`: what Kubernetes will see. The name that EKS makes is EKS's to say, so only a configured one is known
/// before the apply, and one that stays.
pub(super) fn plan_kubernetes_user_name(planned: &mut Model, prior: Option<&Model>) {
    let stays = |prior: &&Model| {
        prior.principal_arn == planned.principal_arn
            && prior.user_name == planned.user_name
            // Sharing an entry takes nothing away from it.
            && (prior.policy_management == planned.policy_management || planned.policy_management.as_deref_option() == Some("additive"))
    };
    planned.kubernetes_user_name = match (prior.filter(stays), &planned.user_name) {
        (Some(prior), _) => prior.kubernetes_user_name.clone(),
        (None, Value::Value(name)) => text(name),
        (None, Value::Null) if !planned.policy_management.is_unknown() && planned.management() == Management::Exclusive => prior
            // An update sends EKS's own name literally.
            .filter(|prior| prior.principal_arn == planned.principal_arn)
            .and_then(|prior| prior.principal_arn.as_deref_option()?.parse().ok())
            .map_or(Value::Unknown, |principal| text(default_user_name_of(&principal))),
        (None, _) => Value::Unknown,
    };
}

/// The role that the plan promised; `None` if it had to leave it open.
pub(super) fn planned_role(planned: &Model) -> Option<PlannedRole<'_>> {
    Some(PlannedRole {
        arn: RoleArn::parse(planned.principal_arn.as_deref_option()?).ok()?,
        role_id: planned.role_id.as_deref_option(),
    })
}

/// Fills what the plan left open. What it promised stays as promised.
pub(super) fn fill_unknown(planned: &mut Model, made: &Entry, session: &Session) {
    let mut now = planned.clone();
    for unknown in [&mut now.user_name, &mut now.role_id] {
        if unknown.is_unknown() {
            *unknown = Value::Null;
        }
    }
    flatten(&mut now, made, session);
    let fill = |slot: &mut Text, value| {
        if slot.is_unknown() {
            *slot = value;
        }
    };
    fill(&mut planned.access_entry_arn, now.access_entry_arn);
    fill(&mut planned.kubernetes_user_name, now.kubernetes_user_name);
    fill(&mut planned.status, Status::Ok.text());
    fill(&mut planned.role_id, now.role_id);
    if planned.kubernetes_groups.is_unknown() {
        planned.kubernetes_groups = now.kubernetes_groups;
    }
    if planned.unmanaged_policies.is_unknown() {
        planned.unmanaged_policies = now.unmanaged_policies;
    }
    if planned.tags_all.is_unknown() {
        planned.tags_all = now.tags_all;
    }
}

/// What is known of an entry that is left half-made. Nothing may stay unknown in a state.
pub(super) fn describe_half_made(model: &mut Model, entry: &Entry, session: &Session) {
    for unknown in [&mut model.user_name, &mut model.role_id] {
        if unknown.is_unknown() {
            *unknown = Value::Null;
        }
    }
    if model.status.is_unknown() {
        model.status = Status::Ok.text();
    }
    flatten(model, entry, session);
}
