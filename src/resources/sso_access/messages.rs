//! The texts that people meet most. Summaries are constant; details name the place and end with the way out.

use crate::aws::eks::{AccessPolicy, Cluster};
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::domain::access_entry::{Change, OWNER_TAG};
use crate::domain::access_policy::{ADMIN_VIEW, AccessPolicyName, AccessScope, did_you_mean};
use crate::domain::cluster::{AuthenticationMode, minimum_platform_version};

use crate::domain::grantee::Grantee;
use crate::domain::place::Region;
use crate::report::{at, diagnostic, no_attribute};
use crate::resources::sso_access::entry::Entry;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_grant::notices::{bullets, grantee_attribute, made, sentence};
use crate::resources::sso_grant::target::Target;
use tf_provider::Diagnostic;

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
        no_attribute(),
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
        no_attribute(),
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

/// A change in words, for plans that must list them.
fn describe(change: &Change) -> String {
    let name = |arn: &str| AccessPolicyName::from_arn(arn).map_or_else(|_| arn.to_owned(), |name| name.to_string());
    match change {
        Change::UpdateEntry { groups, user_name } => {
            let groups = groups.iter().cloned().collect::<Vec<_>>().join(", ");
            format!("set kubernetes_groups to [{groups}] and the user name to {user_name:?}")
        }
        Change::Associate { policy_arn, scope } => format!("associate {} for {}", name(policy_arn), scope_in_words(scope)),
        Change::Disassociate { policy_arn } => format!("remove {}", name(policy_arn)),
        Change::Tag(tags) => format!("set the tags {}", tags.keys().cloned().collect::<Vec<_>>().join(", ")),
        Change::Untag(keys) => format!("remove the tags {}", keys.join(", ")),
        Change::Delete => "delete the entry".to_owned(),
    }
}

fn scope_in_words(scope: &AccessScope) -> String {
    match scope {
        AccessScope::Cluster => "the whole cluster".to_owned(),
        AccessScope::Namespaces(_) => scope.to_string(),
    }
}

/// `opening` and what follows: "The apply will: …".
fn changes(opening: &str, steps: Option<&[Change]>) -> String {
    match steps {
        None => "What changes is known only after the apply of what it depends on.".to_owned(),
        Some([]) => format!("{opening} change nothing: the entry is as configured."),
        Some(steps) => format!("{opening}:{}", bullets(steps.iter().map(describe))),
    }
}

pub(super) fn exists_already(session: &Session, target: &Target, entry: &Entry, steps: Option<&[Change]>) -> Diagnostic {
    let id = target.import_id(session);
    diagnostic(
        "Access entry exists already",
        format!(
            "{} has an access entry for {}:{}\n\nIt was not changed. Was this resource renamed? Then add a moved block. Is it replaced \
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
            "This Terraform state already holds the access entry for {} on {}. It was not changed. If the resource was renamed, or \
             its key in for_each, add a moved block. If this very resource is marked as tainted, run `terraform untaint` with its \
             address; to make the entry anew, plan with -replace instead of tainting. If another resource manages the same grant, merge \
             the two into one.",
            entry.entry.principal_arn,
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    )
}

pub(super) fn adoption(target: &Target, entry: &Entry, steps: Option<&[Change]>, shared: bool) -> Diagnostic {
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
            OWNER_TAG
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

/// Two resources of one run want the same entry.
pub(super) fn twice(target: &Target, principal_arn: &str) -> Diagnostic {
    diagnostic(
        "Two resources for one grant",
        format!(
            "Another eks_sso_access resource of this run already manages the access entry for {principal_arn} on {}. One entry can be managed in one \
             place only: merge the two resources into one. Nothing was written here.",
            target.cluster_and_place()
        ),
        no_attribute(),
    )
}

/// The entry of the state was replaced by another one, after the plan.
pub(super) fn another_entry(target: &Target, entry: &Entry) -> Diagnostic {
    diagnostic(
        "Access entry is not the one that was planned",
        format!(
            "The access entry for {} on {} was deleted after the plan, and somebody has made another one:{}\n\nNothing was written. Plan \
             again: the plan shows what becomes of it.",
            entry.entry.principal_arn,
            target.cluster_and_place(),
            content(entry)
        ),
        no_attribute(),
    )
}

/// The same, where the grant ends: there is nothing of ours to take away.
pub(super) fn another_entry_stays(target: &Target, entry: &Entry) -> Diagnostic {
    diagnostic(
        "Access entry of somebody else is kept",
        format!(
            "The access entry that this grant had for {} on {} is gone, and somebody has made another one:{}\n\nIt was not changed. If it \
             should go too, delete it where it is managed, or run `aws eks delete-access-entry`.",
            entry.entry.principal_arn,
            target.cluster_and_place(),
            content(entry)
        ),
        no_attribute(),
    )
}

/// What this apply had begun is not as it left it.
pub(super) fn taken_over_since(target: &Target, entry: &Entry) -> Diagnostic {
    diagnostic(
        "Access entry was taken over by somebody else",
        format!(
            "This apply made the access entry for {} on {} and could not complete it. Before it was deleted again somebody else changed it or \
             made another one:{}\n\nIt was not deleted, and it is not in the state. Plan again: the plan shows what it holds.",
            entry.entry.principal_arn,
            target.cluster_and_place(),
            content(entry)
        ),
        no_attribute(),
    )
}

pub(super) fn kept_for_another(target: &Target, principal_arn: &str) -> Diagnostic {
    diagnostic(
        "Access entry is kept for another resource",
        format!(
            "The access entry for {principal_arn} on {} was made or taken over by another resource in this same run (a renamed for_each key, \
             perhaps), so it is not deleted here. A moved block would have avoided the detour.",
            target.cluster_and_place()
        ),
        no_attribute(),
    )
}

pub(super) fn entry_gone(label: &str) -> Diagnostic {
    diagnostic(
        "Access entry is gone",
        format!("The EKS access entry {label} was deleted after the plan. Nothing was written. Plan again: it will be made anew."),
        no_attribute(),
    )
}

/// An entry for the new role is there already.
pub(super) fn new_role_has_entry(target: &Target, entry: &Entry, changes_: Option<&[Change]>) -> Diagnostic {
    diagnostic(
        "Access entry of the new role is taken over",
        format!(
            "{} already has an access entry for the new role, {}:{}\n\n{}",
            target.cluster_and_place(),
            entry.entry.principal_arn,
            content(entry),
            changes("The apply will", changes_)
        ),
        no_attribute(),
    )
}

/// The grant ends, and the state does not know the entry that the new role has.
pub(super) fn entry_of_new_role_stays(session: &Session, target: &Target, entry: &Entry) -> Diagnostic {
    let (principal, id) = (&entry.entry.principal_arn, target.import_id(session));
    diagnostic(
        "Access entry of the new role stays",
        format!(
            "{} has an access entry for {principal}, the role that Identity Center has made since the last apply:{}\n\nIt is not in the state, \
             which knows the entry of the earlier role only, so it stays when this grant ends, and lets users in. An apply that was killed while \
             it moved the grant to the new role leaves that, or somebody else made the entry. If it should go, apply this grant once more before \
             you remove it, or run\n\n  aws eks delete-access-entry --cluster-name {} --region {} --principal-arn {principal}\n\nTo manage it \
             again later, import it:\n\n  terraform import eks_sso_access.NAME '{id}'",
            target.cluster_and_place(),
            content(entry),
            target.cluster,
            target.region
        ),
        no_attribute(),
    )
}

/// Which entries of earlier roles were still to be deleted nobody remembers any more.
pub(super) fn forgotten_entries(target: &Target, principals: Vec<String>) -> Diagnostic {
    diagnostic(
        "Access entries of earlier roles may be left",
        format!(
            "An access entry of an earlier role of {} was still to be deleted when the provider was killed, and Terraform lost which. {} has \
             these for other roles of the permission set:{}\n\nThey are not in the state and will not be deleted. An entry whose role is gone lets \
             nobody in. Delete each that nobody needs:\n\n  aws eks delete-access-entry --cluster-name {} --region {} --principal-arn ARN",
            target.grantee,
            target.cluster_and_place(),
            bullets(principals),
            target.cluster,
            target.region
        ),
        no_attribute(),
    )
}

/// A grant that had shared the entry has it for itself from now on.
pub(super) fn sharing_ends(target: &Target, removed: &[String]) -> Diagnostic {
    diagnostic(
        "Access of others is removed",
        format!(
            "The access entry of {} on {} was shared (policy_management = \"additive\") and is exclusive from now on, so the apply removes what \
             this grant does not name:{}\n\nTo keep it, add it to this grant, or leave policy_management at \"additive\".",
            target.grantee,
            target.cluster_and_place(),
            bullets(removed.iter().cloned())
        ),
        at("policy_management"),
    )
}
