//! The texts that people meet most. Summaries are constant; details name the place and end with the way out.

use crate::aws::eks::{AccessPolicy, Cluster};
use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::domain::access_policy::{ADMIN_VIEW, AccessPolicyName, did_you_mean};
use crate::domain::cluster::{AuthenticationMode, minimum_platform_version};
use crate::domain::grant::Step;
use crate::domain::permission_set::{PermissionSetName, nearest};
use crate::domain::place::Region;
use crate::report::{at, diagnostic, hint};
use crate::resources::sso_access::entry::{Entry, describe, scope_in_words};
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::target::{Grantee, Target};
use tf_provider::{AttributePath, Diagnostic};

fn everywhere() -> AttributePath {
    AttributePath::default()
}

fn grantee_attribute(target: &Target) -> AttributePath {
    match target.grantee {
        Grantee::PermissionSet(_) => at("permission_set_name"),
        Grantee::Role(_) => at("role_name"),
    }
}

fn bullets(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| format!("\n  - {line}")).collect()
}

/// The state was made in another account or Region than the provider is in now.
pub(super) fn other_place(attribute: &'static str, recorded: &str, now: &str) -> Diagnostic {
    let (thing, summary) = match attribute {
        "region" => ("Region", "Grant is in another Region"),
        _ => ("account", "Grant is in another account"),
    };
    diagnostic(
        summary,
        format!(
            "The state says that this grant is in {thing} {recorded}, but the provider is in {now}, and {attribute} is not set. Nothing \
             was asked or changed. If the provider's credentials or region are the wrong ones, use the right ones; if the grant should \
             stay where it is, set {attribute} = {recorded:?}; if it should move, set {attribute} = {now:?}."
        ),
        at(attribute),
    )
}

/// No role of the permission set in the account.
pub(super) async fn no_role(session: &Session, target: &Target, similar: &[String]) -> Diagnostic {
    let caller = session.caller();
    let account = &target.role_account;
    match &target.grantee {
        Grantee::Role(name) => diagnostic(
            "IAM role does not exist",
            format!(
                "No role {:?} exists in account {account} (iam:GetRole as {caller}). Correct role_name or role_account_id, make \
                 the role first, or set preflight = \"apply\" if this same apply makes it.",
                name.as_str()
            ),
            at("role_name"),
        ),
        Grantee::PermissionSet(name) => {
            let detail = match missing_set(session, name).await {
                Some(missing) => format!(
                    "{missing} So no role of it exists in {account}. Correct permission_set_name; if this same apply makes the set and \
                     assigns it, set preflight = \"apply\"."
                ),
                None => format!(
                    "No role of {:?} exists in {account} (iam:ListRoles as {caller}). Identity Center makes it with the first assignment \
                     there: assign the set, or remove this grant; if this same apply makes the assignment, set preflight = \"apply\".{}",
                    name.as_str(),
                    sentence("Similar sets here: ", similar, ".")
                ),
            };
            diagnostic("Permission set has no role in this account", detail, at("permission_set_name"))
        }
    }
}

/// A sentence about some names; none about no names.
fn sentence(before: &str, names: &[String], after: &str) -> String {
    match names {
        [] => String::new(),
        names => format!(" {before}{}{after}", names.join(", ")),
    }
}

/// With `identity_center` it can be told whether the set exists at all. Trouble there degrades the message, never the run.
async fn missing_set(session: &Session, name: &PermissionSetName) -> Option<String> {
    let names = session.identity_center()?.permission_set_names().await.ok()?;
    if names.contains_key(name) {
        return None;
    }
    let similar = nearest(name.as_str(), names.keys().map(PermissionSetName::as_str));
    Some(format!(
        "Identity Center has no permission set {:?}.{}",
        name.as_str(),
        sentence("Did you mean ", &similar, "?")
    ))
}

pub(super) fn ambiguous(target: &Target, roles: &[Role]) -> Diagnostic {
    let list = bullets(roles.iter().map(|role| format!("{} (made {})", role.arn, made(role))));
    diagnostic(
        "Permission set has several roles in this account",
        format!(
            "Account {} holds {} roles of {:?}, so it cannot be told which of them its people get:{list}\n\nOne may be left over from \
             another Identity Center instance. Remove the one that is not in use (Identity Center does it when the set's last assignment \
             in this account goes). Nothing was changed.",
            target.role_account,
            roles.len(),
            target.grantee.to_string()
        ),
        grantee_attribute(target),
    )
}

fn made(role: &Role) -> String {
    role.created_at.map_or_else(|| "at an unknown time".to_owned(), |at| at.to_string())
}

pub(super) fn configuration_map_mode(target: &Target, cluster: Option<&Cluster>) -> Diagnostic {
    let platform = cluster.and_then(needed_platform).unwrap_or_default();
    let mode = AuthenticationMode::ApiAndConfigMap;
    diagnostic(
        "Cluster does not accept access entries",
        format!(
            "{} is in CONFIG_MAP mode. If Terraform manages the cluster, set its access_config to {mode}, check that the plan does not \
             replace it, and set preflight = \"apply\" here; else run\n\n  aws eks update-cluster-config --name {} --region {} \
             --access-config authenticationMode={mode}\n\nThe change is one-way{platform}; aws-auth keeps working.",
            target.cluster_and_place(),
            target.cluster,
            target.region
        ),
        at("cluster_name"),
    )
}

/// Old Kubernetes versions know access entries only from some platform version on.
fn needed_platform(cluster: &Cluster) -> Option<String> {
    let needed = minimum_platform_version(cluster.version.as_deref()?)?;
    let has = cluster.platform_version.as_deref().unwrap_or("an unknown one");
    Some(format!(" and needs platform version {needed} or later (this cluster has {has})"))
}

pub(super) fn no_cluster(target: &Target) -> Diagnostic {
    diagnostic(
        "Cluster does not exist",
        format!(
            "No EKS cluster {:?} exists in account {}, Region {}. Correct cluster_name, account_id or region; if this same apply makes the \
             cluster, set preflight = \"apply\".",
            target.cluster.as_str(),
            target.account,
            target.region
        ),
        at("cluster_name"),
    )
}

fn with_hint(text: &str, error: &AwsError) -> String {
    format!("{text} {}", hint(error)).trim_end().to_owned()
}

pub(super) fn check_denied(what: &str, error: &AwsError) -> Diagnostic {
    diagnostic(
        "Check left out",
        format!(
            "{what} could not be checked: {error}\n\n{}",
            with_hint("The plan goes on without it.", error)
        ),
        everywhere(),
    )
}

pub(super) fn role_lookup_denied(target: &Target, error: &AwsError) -> Diagnostic {
    diagnostic(
        "Role not checked",
        format!(
            "Whether the role of {} in {} is still the one in the state could not be checked: {error}\n\n{}",
            target.grantee,
            target.role_account,
            with_hint("The plan goes on with the role in the state.", error)
        ),
        everywhere(),
    )
}

pub(super) fn whole_account_trust(role: &Role) -> Diagnostic {
    diagnostic(
        "Role may be assumed by a whole account",
        format!(
            "The trust policy of {} lets in every principal of an account (or anybody) that its own policies allow sts:AssumeRole, \
             without a condition. All of them get this access to the cluster. Name the principals, or add a condition.",
            role.arn
        ),
        at("role_name"),
    )
}

pub(super) fn unknown_policy(name: &AccessPolicyName, region: &Region, catalogue: &[AccessPolicy]) -> Diagnostic {
    let similar = did_you_mean(name.as_str());
    let similar: Vec<_> = similar
        .into_iter()
        .filter(|known| catalogue.iter().any(|policy| &policy.name == known))
        .collect();
    let suggestion = sentence("Did you mean ", &similar, "?");
    diagnostic(
        "Unknown access policy",
        format!(
            "EKS has no access policy {:?} in {region}.{suggestion} `aws eks list-access-policies --region {region}` shows all {} of them; \
             policies of your own cannot be made, use kubernetes_groups with RBAC for that.",
            name.as_str(),
            catalogue.len()
        ),
        at("access_policies").key(name.as_str().to_owned()),
    )
}

pub(super) fn admin_view_reads_secrets() -> Diagnostic {
    diagnostic(
        "AmazonEKSAdminViewPolicy reads Secrets",
        "The policy lets people read everything, the content of Secrets included. For read access without Secrets use AmazonEKSViewPolicy.",
        at("access_policies").key(ADMIN_VIEW),
    )
}

pub(super) fn import_removes(target: &Target, removed: &[AccessPolicyName]) -> Diagnostic {
    diagnostic(
        "Imported access entry loses access policies",
        format!(
            "The access entry of {} on {} came in with access policies that access_policies does not name, so the apply removes them:{}\n\n\
             To keep them, add them to access_policies; to leave them to others, set policy_management = \"additive\".",
            target.grantee,
            target.cluster_and_place(),
            bullets(removed.iter().map(ToString::to_string))
        ),
        at("access_policies"),
    )
}

pub(super) fn role_gone(target: &Target, arn: &str) -> Diagnostic {
    let (why, way_back) = match target.grantee {
        Grantee::PermissionSet(_) => (
            format!("{} is not assigned in account {} any more", target.grantee, target.role_account),
            "assign the set there again",
        ),
        Grantee::Role(_) => (
            "somebody deleted it".to_owned(),
            "make the role again and apply with -replace for this resource",
        ),
    };
    diagnostic(
        "Role of the grant is gone",
        format!(
            "The role {arn} no longer exists: {why}, so nobody gets into {} through this grant. The access entry stays and does no harm. If \
             people should get in, {way_back}; if not, remove this grant.",
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    )
}

pub(super) fn moved(target: &Target, prior: &Model, role: &Role) -> Diagnostic {
    let old = prior.principal_arn.as_deref_option().unwrap_or("(none)");
    diagnostic(
        "New role for a permission set: people are locked out until you apply",
        format!(
            "Identity Center made a new role for {} in account {}:\n  old: {old}\n  new: {} (made {})\n\nThe access entry on {} still names the \
             old one. The apply makes an entry for the new role with the same groups, user name, policies and tags, and then deletes the \
             old one. User names that EKS makes contain the role's name, so they change (user_name = \"sso:{{{{SessionName}}}}\" keeps \
             them). This happens when the last assignment of a set in an account goes and comes back: keep one permanent assignment per \
             set and account to prevent it.",
            target.grantee,
            target.role_account,
            role.arn,
            made(role),
            target.cluster_and_place()
        ),
        everywhere(),
    )
}

pub(super) fn recreated(target: &Target, prior: &Model, role: &Role) -> Diagnostic {
    let seen = match prior.role_id.as_deref_option() {
        Some(old) => format!("{} has the id {} now, it was {old}.", role.arn, role.role_id),
        None => format!("{} was made after its access entry ({}).", role.arn, made(role)),
    };
    let what_now = match target.grantee {
        Grantee::PermissionSet(_) => "The apply deletes the access entry and makes it anew (prevent_destroy does not stop this).",
        Grantee::Role(_) => {
            "EKS does this so that whoever makes a role anew does not inherit its access. If the new role should get in, apply with -replace \
             for this resource."
        }
    };
    diagnostic(
        "Role was made anew: sign-ins fail with 401",
        format!(
            "{seen} EKS still holds the old id in the access entry on {}, so people with this role get 401 Unauthorized. {what_now}",
            target.cluster_and_place()
        ),
        everywhere(),
    )
}

fn content(entry: &Entry) -> String {
    let groups = entry.entry.groups.iter().cloned().collect::<Vec<_>>().join(", ");
    let policies: Vec<_> = entry
        .policies
        .iter()
        .map(|(arn, scope)| format!("{} for {}", arn.rsplit('/').next().unwrap_or(arn), scope_in_words(scope)))
        .collect();
    let tags: Vec<_> = entry.entry.tags.iter().map(|(key, value)| format!("{key} = {value:?}")).collect();
    let since = entry.entry.created_at.map_or_else(String::new, |at| format!(", since {at}"));
    bullets([
        format!("groups [{groups}]{since}"),
        format!("user name {}", entry.entry.user_name),
        format!("policies [{}]", policies.join(", ")),
        format!("tags [{}]", tags.join(", ")),
    ])
}

/// `opening` and what follows: "The apply will: …".
fn changes(opening: &str, steps: Option<&[Step]>) -> String {
    match steps {
        None => "What changes is known only after the apply of what it depends on.".to_owned(),
        Some([]) => format!("{opening} change nothing: the entry is as configured."),
        Some(steps) => format!("{opening}:{}", bullets(steps.iter().map(describe))),
    }
}

pub(super) fn exists_already(session: &Session, target: &Target, entry: &Entry, steps: Option<&[Step]>) -> Diagnostic {
    let id = target.import_id(session);
    diagnostic(
        "Access entry exists already",
        format!(
            "{} has an access entry for {}:{}\n\nNothing was changed. Was this resource renamed? Then add a moved block. Is it replaced \
             with create_before_destroy? Then set on_existing = \"adopt\": the create comes first and meets the old entry. To take the \
             entry over, import it (with this resource's address after \"to\"):\n\n  import {{\n    to = eks_sso_access.NAME\n    \
             id = {id:?}\n  }}\n\nor run\n\n  terraform import eks_sso_access.NAME '{id}'\n\nor set on_existing = \"adopt\".\n\n{}",
            target.cluster_and_place(),
            entry.entry.principal_arn,
            content(entry),
            changes("Taking it over will", steps)
        ),
        grantee_attribute(target),
    )
}

/// An entry to be taken over that EKS has bound to a role that is gone.
pub(super) fn stale_entry(target: &Target, entry: &Entry, rebinds: bool) -> Diagnostic {
    let what_now = if rebinds {
        "The apply deletes the entry and makes it anew, as configured."
    } else {
        "It is shared, so it is left as it is: whoever made it should delete it and make it anew."
    };
    diagnostic(
        "Role was made anew: sign-ins fail with 401",
        format!(
            "The access entry for {} on {} is older than the role. EKS holds the id of the role that was there before, so people with this \
             role get 401 Unauthorized. {what_now}",
            entry.entry.principal_arn,
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    )
}

/// The state holds the entry, and yet a grant is planned for it as if there were none: it is tainted, or there twice.
pub(super) fn held_already(target: &Target, entry: &Entry) -> Diagnostic {
    diagnostic(
        "Access entry is in this state already",
        format!(
            "This Terraform state already holds the access entry for {} on {}. Nothing was changed. If the resource was renamed, or \
             its key in for_each, add a moved block. If this very resource is marked as tainted, run `terraform untaint` with its \
             address; to make the entry anew, plan with -replace instead of tainting. If another resource manages the same grant, merge \
             the two into one.",
            entry.entry.principal_arn,
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    )
}

pub(super) fn adoption(target: &Target, entry: &Entry, steps: Option<&[Step]>, shared: bool) -> Diagnostic {
    let (summary, destroy) = if shared {
        (
            "Existing access entry will be shared",
            "A destroy will remove only what is configured here.",
        )
    } else {
        (
            "Existing access entry will be taken over",
            "A destroy will delete the entry, whoever made it.",
        )
    };
    diagnostic(
        summary,
        format!(
            "{} has an access entry for {}:{}\n\n{}\n\n{destroy}",
            target.cluster_and_place(),
            entry.entry.principal_arn,
            content(entry),
            changes("The apply will", steps)
        ),
        grantee_attribute(target),
    )
}

pub(super) fn other_owner(target: &Target, entry: &Entry, own: &str, theirs: &str) -> Diagnostic {
    diagnostic(
        "Access entry belongs to another configuration",
        format!(
            "{} has an access entry for {} that the configuration of owner {theirs:?} manages; this one's owner is {own:?}. Nothing was \
             changed, and on_existing = \"adopt\" does not take it. Remove the grant here or there; if {theirs:?} has given it up, remove its \
             tag {:?} from the entry.",
            target.cluster_and_place(),
            entry.entry.principal_arn,
            crate::resources::sso_access::entry::OWNER_TAG
        ),
        grantee_attribute(target),
    )
}

pub(super) fn not_standard(target: &Target, entry: &Entry) -> Diagnostic {
    diagnostic(
        "Access entry is for nodes",
        format!(
            "{} has an access entry of type {} for {}. This resource manages entries of type STANDARD, for people; the type cannot be \
             changed. Delete that entry if no node uses it, or grant access to another role.",
            target.cluster_and_place(),
            entry.entry.type_,
            entry.entry.principal_arn
        ),
        grantee_attribute(target),
    )
}

pub(super) fn role_changed(target: &Target, planned: &str, now: Option<&Role>) -> Diagnostic {
    let now = now.map_or_else(
        || "it is gone".to_owned(),
        |role| format!("it is now {} with id {}", role.arn, role.role_id),
    );
    diagnostic(
        "Role is not the one that was planned",
        format!(
            "The plan found {planned} for {} in {}, but {now}. Nothing was written. Plan again.",
            target.grantee, target.role_account
        ),
        grantee_attribute(target),
    )
}
