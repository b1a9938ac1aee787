//! The texts that people meet most. Summaries are constant; details name the place and end with the way out.

use crate::aws::eks::{AccessPolicy, Cluster};
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::domain::access_entry::{Change, Management, OWNER_TAG};
use crate::domain::access_policy::{ADMIN_VIEW, AccessPolicyName, AccessScope};
use crate::domain::cluster::{AuthenticationMode, minimum_platform_version};
use crate::domain::duration::format_duration;
use crate::domain::grantee::Grantee;
use crate::domain::likeness::nearest;
use crate::domain::place::Region;
use crate::report::{UNREADY_CLUSTER, about, at, diagnostic, did_you_mean, no_attribute};
use crate::resources::access_entry::entry::Entry;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_grant::notices::{NEW_ROLE, NEW_ROLE_GETS_IN, NO_ENTRIES, RECREATED, bullets, grantee_attribute};
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::when_missing::WhenMissing;
use crate::role_problems::made;
use std::collections::BTreeSet;
use std::time::Duration;
use tf_provider::Diagnostic;

const EXISTS: &str = "Access entry exists already";

/// `when_missing` is a plan's; `None` is an apply's.
pub(super) fn configuration_map_mode(target: &Target, cluster: Option<&Cluster>, when_missing: Option<WhenMissing>) -> Diagnostic {
    let platform = cluster.and_then(needed_platform).unwrap_or_default();
    let mode = AuthenticationMode::ApiAndConfigMap;
    let way_out = match when_missing {
        Some(WhenMissing::FailPlan) => format!(
            "Nothing was written. If Terraform manages the cluster, set its access_config to {mode}, check that the plan does not replace it, and \
             set preflight = \"apply\" here. If not, run"
        ),
        Some(WhenMissing::FailApply) => {
            format!("If this same apply sets {mode}, all is well. If not, it stops before it writes anything for this grant. By hand:")
        }
        None => format!(
            "Nothing was written. If Terraform manages the cluster, set its access_config to {mode}, check that the plan does not replace it, and \
             let this grant depend on the cluster. If not, run"
        ),
    };
    about(diagnostic(
        NO_ENTRIES,
        format!(
            "{} is in CONFIG_MAP mode. {way_out}\n  aws eks update-cluster-config --name {} --region {} \\\n    --access-config \
             authenticationMode={mode}\nThe change cannot be undone{platform}; aws-auth keeps working.",
            target.cluster_and_place(),
            target.cluster,
            target.region
        ),
        at("cluster_name"),
    ))
}

/// What the apply will wait for.
pub(super) fn cluster_awaited(target: &Target, status: &str, wait: Duration) -> Diagnostic {
    diagnostic(
        UNREADY_CLUSTER,
        format!(
            "{} has the status {status}. The apply waits until it takes access entries, up to {} (timeouts).",
            target.cluster_and_place(),
            format_duration(wait)
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
    // "View" is a part of several names, and the core of one.
    let whole = format!("AmazonEKS{name}Policy");
    let meant = catalogue.iter().find(|policy| policy.name.as_str().eq_ignore_ascii_case(&whole));
    let near = match meant {
        Some(policy) => vec![policy.name.to_string()],
        None => nearest(name.as_str(), catalogue.iter().map(|policy| policy.name.as_str())),
    };
    diagnostic(
        "Unknown access policy",
        format!(
            "{}EKS has no access policy {:?} in {region}. All {} of them:\n  aws eks list-access-policies --region {region}\nPolicies of your own \
             cannot be made; use kubernetes_groups with RBAC for that.",
            did_you_mean(&near),
            name.as_str(),
            catalogue.len()
        ),
        at("access_policies").key(name.as_str().to_owned()),
    )
}

pub(super) fn gives_no_access() -> Diagnostic {
    diagnostic(
        "Grant gives no access",
        "Neither access_policies nor kubernetes_groups nor user_name is set: users can sign in to the cluster, and get 403 Forbidden for everything \
         unless RBAC binds EKS's own user name. Add an access policy or a group:\n  access_policies = { AmazonEKSViewPolicy = { scope = \"cluster\" } }",
        no_attribute(),
    )
}

pub(super) fn admin_view_reads_secrets() -> Diagnostic {
    diagnostic(
        "AmazonEKSAdminViewPolicy reads Secrets",
        "This policy lets users read everything, the content of Secrets included. For read access without Secrets use AmazonEKSViewPolicy.",
        at("access_policies").key(ADMIN_VIEW),
    )
}

pub(super) fn import_removes(target: &Target, removed: &[AccessPolicyName]) -> Diagnostic {
    diagnostic(
        "Access entry loses access policies",
        format!(
            "The access entry of {} on {}, which was imported or moved here, has policies that access_policies does not name. The apply removes \
             them:{}\nTo keep them, add \
             them to access_policies; to leave them to others, set policy_management = \"additive\".",
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
            format!(
                "{} is not assigned in account {} any more, and this role no longer exists",
                target.grantee, target.role_account
            ),
            "assign the set there again",
        ),
        Grantee::Role(_) | Grantee::Principal(_) => (
            format!("the role {} was deleted", target.grantee.name()),
            "create the role again and apply with -replace for this resource",
        ),
    };
    diagnostic(
        "Role of the grant is gone",
        format!(
            "Nobody gets into {} through this grant: {why}.\n  {arn}\nThe access entry stays and does no harm. If \
             users should get in, {way_back}; if not, remove this grant.",
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    )
}

/// `gets_in`: the new role has a row of aws-auth.
pub(super) fn moved(target: &Target, prior: &Model, role: &Role, gets_in: bool) -> Diagnostic {
    let old = prior.principal_arn.as_deref_option().unwrap_or("(none)");
    let (summary, entrance) = match gets_in {
        true => (
            NEW_ROLE_GETS_IN,
            ", and the new one gets in by a row of aws-auth, which the new entry overrides",
        ),
        false => (NEW_ROLE, ""),
    };
    about(diagnostic(
        summary,
        format!(
            "Identity Center created a new role for {} in account {} ({}):\n  old {old}\n  new {}\nThe access entry on {} still names the old \
             one{entrance}. The apply creates an entry for the new role with the same groups, user name, policies and tags, then deletes the old one. User names \
             that EKS forms contain the role's name, so they change (user_name = \"sso:{{{{SessionName}}}}\" keeps them).",
            target.grantee,
            target.role_account,
            made(role),
            role.arn,
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    ))
}

/// What an earlier apply has left of a grant that has moved.
pub(super) fn old_entries_go(target: &Target, principals: &[String]) -> Diagnostic {
    let lines: String = principals.iter().map(|principal| format!("\n  {principal}")).collect();
    diagnostic(
        "Access entry of an earlier role will be deleted",
        format!(
            "An earlier apply has moved this grant of {} on {} to a new role, and could not delete the old access entry. This apply does:{lines}",
            target.grantee,
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    )
}

/// `is_accepted`: the apply gives the access to the new role.
pub(super) fn recreated(target: &Target, prior: &Model, role: &Role, is_accepted: bool) -> Diagnostic {
    let seen = match prior.role_id.as_deref_option() {
        Some(old) => format!("This role has the id {} now, it was {old}:", role.role_id),
        None => format!("This role was created after its access entry ({}):", made(role)),
    };
    let what_now = match (is_accepted, prior.management()) {
        (true, Management::Exclusive) => "The apply deletes the access entry and recreates it (prevent_destroy does not stop this).",
        (true, Management::Additive) => {
            "The apply deletes the access entry and recreates it with all that is on it (prevent_destroy does not stop this)."
        }
        (false, Management::Exclusive) => {
            "EKS does this so that a new role does not inherit the access of an old one of the same name. If the new role should get in, apply \
             with -replace for this resource."
        }
        (false, Management::Additive) => {
            "EKS does this so that a new role does not inherit the access of an old one of the same name. If the new role should get in, apply \
             with -replace for this resource. Where others have something on the entry, the plan after that recreates it with all that is on it."
        }
    };
    about(diagnostic(
        RECREATED,
        format!(
            "{seen}\n  {}\nEKS still holds the old id in the access entry on {}, so users of this role get 401 Unauthorized. {what_now}",
            role.arn,
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    ))
}

/// What an entry gives, a line for each thing; EKS's own user name goes without saying.
fn content(entry: &Entry) -> String {
    let held = &entry.entry;
    let policies = entry
        .policies
        .iter()
        .map(|(arn, scope)| format!("{}: {}", arn.rsplit('/').next().unwrap_or(arn), scope_in_words(scope)));
    let groups = held.groups.iter().map(|group| format!("group {group}"));
    let is_named = !held.user_name.is_empty() && !entry.has_default_user_name();
    let user_name = is_named.then(|| format!("user name {}", held.user_name));
    let tags = held.tags.iter().map(|(key, value)| format!("tag {key} = {value:?}"));
    let lines: Vec<String> = policies.chain(groups).chain(user_name).chain(tags).collect();
    match lines.is_empty() {
        true => bullets(["no policy and no group".to_owned()]),
        false => bullets(lines),
    }
}

/// "has an access entry for DeveloperAccess (AWSReservedSSO_…) since 2026-11-27T10:00:00Z"
fn standing(target: &Target, entry: &Entry) -> String {
    let since = entry.entry.created_at.map_or_else(String::new, |at| format!(", made {at}"));
    format!(
        "There is an access entry of {}{since}:{}",
        target.label_of(&entry.entry.principal_arn),
        content(entry)
    )
}

/// A change in words, for plans that must list them.
pub(super) fn describe(change: &Change) -> String {
    let name = |arn: &str| AccessPolicyName::from_arn(arn).map_or_else(|_| arn.to_owned(), |name| name.to_string());
    match change {
        Change::UpdateEntry {
            groups,
            user_name,
            old_groups,
            old_user_name,
        } => {
            let mut parts = new_groups(old_groups, groups);
            parts.extend((user_name != old_user_name).then(|| new_user_name(user_name)));
            parts.join(", ")
        }
        Change::Associate { policy_arn, scope } => format!("associate {} for {}", name(policy_arn), scope_in_words(scope)),
        Change::Disassociate { policy_arn } => format!("remove {}", name(policy_arn)),
        Change::Tag(tags) => format!("set the {}", named("tag", tags.keys())),
        Change::Untag(keys) => format!("remove the {}", named("tag", keys)),
        Change::Delete => "delete the entry".to_owned(),
    }
}

/// "remove the Kubernetes group a", "add the Kubernetes groups b, c"
fn new_groups(old: &BTreeSet<String>, new: &BTreeSet<String>) -> Vec<String> {
    if new.is_empty() && old.len() > 1 {
        let groups: Vec<&str> = old.iter().map(String::as_str).collect();
        return vec![format!("remove all its Kubernetes groups: {}", groups.join(", "))];
    }
    let changed =
        |verb: &str, groups: Vec<&String>| (!groups.is_empty()).then(|| format!("{verb} the {}", named("Kubernetes group", groups)));
    let removed = changed("remove", old.difference(new).collect());
    removed.into_iter().chain(changed("add", new.difference(old).collect())).collect()
}

fn new_user_name(user_name: &str) -> String {
    // EKS's own form is long, and says nothing new.
    match user_name.strip_suffix("/{{SessionName}}") {
        Some(arn) if arn.contains(":assumed-role/") => "set the user name back to EKS's own".to_owned(),
        _ => format!("set the user name to {user_name:?}"),
    }
}

/// "tag a", "tags a, b"
fn named<'a>(thing: &str, names: impl IntoIterator<Item = &'a String>) -> String {
    let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("{thing}{plural} {}", names.join(", "))
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
        None => "The changes are known only after its dependencies are applied.".to_owned(),
        Some([]) => format!("{opening} change nothing: the entry is as configured."),
        Some(steps) => format!("{opening}:{}", bullets(steps.iter().map(describe))),
    }
}

pub(super) fn exists_already(session: &Session, target: &Target, entry: &Entry, steps: Option<&[Change]>, is_stale: bool) -> Diagnostic {
    let (stale, changes) = match is_stale {
        true => (
            " It is older than the role and lets nobody in; after an import the plan says what becomes of that.",
            String::new(),
        ),
        false => ("", format!("\n{}", changes("That will", steps))),
    };
    let id = target.import_id(session);
    about(diagnostic(
        EXISTS,
        format!(
            "{}\nIt was left as it is.{stale} A replacement with create_before_destroy needs on_existing = \"adopt\"; an import does not help there. \
             Was this resource, or its key in for_each, renamed? Then do not import: add a moved block, or the end of the old address deletes the \
             entry. Else, to take it over:\n  import {{\n    to = eks_sso_access.NAME\n    id = {id:?}\n  \
             }}{changes}",
            standing(target, entry)
        ),
        grantee_attribute(target),
    ))
}

/// An import of what the state holds under another address: a renamed resource, most often.
pub(super) fn imported_twice(target: &Target, principal_arn: &str) -> Diagnostic {
    diagnostic(
        "Access entry has another address in this state",
        format!(
            "The access entry of {} is imported, and another resource of this state manages it. If that one ends in this plan, its end deletes \
             the entry. Do not import what was renamed; add a moved block instead:\n  moved {{\n    from = eks_sso_access.OLD\n    to   = \
             eks_sso_access.NEW\n  }}",
            target.label_of(principal_arn)
        ),
        no_attribute(),
    )
}

/// An entry to be taken over that EKS has bound to a role that is gone.
pub(super) fn stale_entry(target: &Target, entry: &Entry, rebinds: bool) -> Diagnostic {
    let what_now = if rebinds {
        "The apply deletes the entry and recreates it, as configured."
    } else {
        "It is shared, so this apply leaves it as it is, and users stay locked out: the next plan recreates it with all that is on it."
    };
    about(diagnostic(
        RECREATED,
        format!(
            "The access entry of {} is older than the role. EKS holds the id of the role that was there before, so users of this role get 401 \
             Unauthorized. {what_now}",
            target.label_of(&entry.entry.principal_arn)
        ),
        grantee_attribute(target),
    ))
}

/// The state holds the entry, and yet a grant is planned for it as if there were none: it is tainted, or there twice.
pub(super) fn held_already(target: &Target, entry: &Entry) -> Diagnostic {
    diagnostic(
        "Access entry is in this state already",
        format!(
            "This Terraform state already holds the access entry of {}. It was not changed. If the resource was renamed, or its key in \
             for_each, add a moved block. A replacement with create_before_destroy needs on_existing = \"adopt\", also one that failed before: its \
             old object cannot be untainted. If this very resource is marked as tainted, run terraform untaint with its address; to recreate the \
             entry, plan with -replace instead of tainting. If another resource manages the same grant, merge the two into one.",
            target.label_of(&entry.entry.principal_arn)
        ),
        grantee_attribute(target),
    )
}

pub(super) fn adoption(target: &Target, entry: &Entry, steps: Option<&[Change]>, shared: bool, is_stale: bool) -> Diagnostic {
    let (summary, destroy) = if shared {
        (
            "Existing access entry will be shared",
            "A destroy will remove only what is configured here.",
        )
    } else {
        (
            "Existing access entry will be taken over",
            "A destroy will delete the entry, no matter who made it.",
        )
    };
    let changes = match is_stale && !shared {
        true => "It is older than the role, so the apply deletes and recreates it.".to_owned(),
        false => changes("The apply will", steps),
    };
    diagnostic(
        summary,
        format!("{}\n{changes}\n{destroy}", standing(target, entry)),
        grantee_attribute(target),
    )
}

pub(super) fn other_owner(target: &Target, entry: &Entry, own: &str, theirs: &str) -> Diagnostic {
    diagnostic(
        "Access entry belongs to another configuration",
        format!(
            "The access entry of {} is managed by the configuration of owner {theirs:?}; this one's owner is {own:?}. The entry was left as it is, \
             whatever on_existing and policy_management are. Remove the grant here or there. If {theirs:?} has given it up, remove its tag:\n  aws \
             eks untag-resource --region {} --tag-keys {OWNER_TAG} \\\n    --resource-arn {}",
            target.label_of(&entry.entry.principal_arn),
            target.region,
            entry.entry.access_entry_arn
        ),
        grantee_attribute(target),
    )
}

pub(super) fn not_standard(target: &Target, entry: &Entry) -> Diagnostic {
    diagnostic(
        "Access entry is for nodes",
        format!(
            "The access entry of {} is of type {}. This resource manages entries of type STANDARD, for users; the type cannot be changed. Delete \
             that entry if no node uses it, or grant access to another role.",
            target.label_of(&entry.entry.principal_arn),
            entry.entry.type_
        ),
        grantee_attribute(target),
    )
}

/// Two resources of one run want the same entry.
pub(super) fn twice(target: &Target, principal_arn: &str) -> Diagnostic {
    diagnostic(
        "Two resources for one grant",
        format!(
            "Another eks_sso_access resource of this run already manages the access entry of {}. One entry can be managed in one place only: \
             merge the two resources into one. Nothing was written here.",
            target.label_of(principal_arn)
        ),
        grantee_attribute(target),
    )
}

/// The entry of the state was replaced by another one, after the plan.
pub(super) fn another_entry(target: &Target, entry: &Entry) -> Diagnostic {
    diagnostic(
        "Access entry is not the one that was planned",
        format!(
            "The access entry was deleted after the plan, and somebody made another one. {}\nNothing was written. Plan again: the plan shows what \
             becomes of it.",
            standing(target, entry)
        ),
        grantee_attribute(target),
    )
}

/// The same, seen by a refresh. Whoever has the old entry in the state has the new one from now on.
pub(super) fn replaced_since(target: &Target, entry: &Entry, management: Management) -> Diagnostic {
    let end = match management {
        Management::Exclusive => "the end of this grant deletes it",
        Management::Additive => "the end of this grant takes what it names off it",
    };
    another_since(
        target,
        &standing(target, entry),
        &format!("an apply makes it as configured, and {end}"),
    )
}

/// The same for the plan of a destroy, which shows nothing that its refresh says.
pub(super) fn replaced_before_the_end(target: &Target, principal_arn: &str, management: Management) -> Diagnostic {
    let end = match management {
        Management::Exclusive => "the destroy deletes it",
        Management::Additive => "the destroy takes what this grant names off it",
    };
    let entry = format!("It is the access entry of {}.", target.label_of(principal_arn));
    another_since(target, &entry, end)
}

fn another_since(target: &Target, entry: &str, then: &str) -> Diagnostic {
    diagnostic(
        "Access entry was replaced by another one",
        format!(
            "The access entry of this grant was deleted, and another one was made for the same principal, not by this grant, unless one of its \
             applies was killed. {entry}\nThis grant takes it for its own: {then}. If it is somebody else's, take this grant out of the \
             configuration and the state first:\n  terraform state rm ADDRESS"
        ),
        grantee_attribute(target),
    )
}

/// The same, where the grant ends: there is nothing of ours to take away.
pub(super) fn another_entry_stays(target: &Target, entry: &Entry) -> Diagnostic {
    diagnostic(
        "Access entry of somebody else is kept",
        format!(
            "The access entry of this grant is gone, and somebody made another one. {}\nIt was not changed. If it should be removed too, delete it \
             where it is managed, or with aws eks delete-access-entry.",
            standing(target, entry)
        ),
        no_attribute(),
    )
}

/// What this apply had begun is not as it left it.
pub(super) fn taken_over_since(target: &Target, entry: &Entry) -> Diagnostic {
    diagnostic(
        "Access entry was taken over by somebody else",
        format!(
            "This apply made an access entry and could not complete it. Before it was deleted again somebody else changed it or made another \
             one. {}\nIt was not deleted, and it is not in the state. Plan again: the plan shows what it holds.",
            standing(target, entry)
        ),
        grantee_attribute(target),
    )
}

pub(super) fn kept_for_another(target: &Target, principal_arn: &str) -> Diagnostic {
    diagnostic(
        "Access entry is kept",
        format!(
            "The access entry of {} was made or taken over in this same run: by this resource's replacement (create_before_destroy), or by \
             another resource (a renamed for_each key, perhaps; there a moved block does the same without a destroy). So it is not deleted here.",
            target.label_of(principal_arn)
        ),
        grantee_attribute(target),
    )
}

pub(super) fn entry_gone(target: &Target, label: &str) -> Diagnostic {
    diagnostic(
        "Access entry is gone",
        format!("The access entry of {label} was deleted after the plan. Nothing was written. Plan again: it will be recreated."),
        grantee_attribute(target),
    )
}

/// An entry for the new role is there already, so its users are not locked out.
pub(super) fn new_role_has_entry(target: &Target, prior: &Model, role: &Role, entry: &Entry, changes_: Option<&[Change]>) -> Diagnostic {
    let old = prior.principal_arn.as_deref_option().unwrap_or("(none)");
    let end = match prior.management() {
        Management::Exclusive => "Then it deletes the entry of the old role.",
        Management::Additive => "Then it takes what this grant gave off the entry of the old role.",
    };
    diagnostic(
        "Access entry of the new role is taken over",
        format!(
            "Identity Center created a new role for {} in account {} ({}):\n  old {old}\n  new {}\nIt has an access entry already, so users are not \
             locked out: they have what it gives. {}\n{}\n{end}",
            target.grantee,
            target.role_account,
            made(role),
            role.arn,
            standing(target, entry),
            changes("The apply will", changes_)
        ),
        grantee_attribute(target),
    )
}

/// The grant ends, and the state does not know the entry that the new role has.
pub(super) fn entry_of_new_role_stays(session: &Session, target: &Target, entry: &Entry) -> Diagnostic {
    let (principal, id) = (&entry.entry.principal_arn, target.import_id(session));
    about(diagnostic(
        "Access entry of the new role stays",
        format!(
            "{}\nThe state knows only the entry of the earlier role, so this one stays when the grant ends, and lets users in. If it should be \
             removed, apply this grant once more before you remove it, or run\n  aws eks delete-access-entry --cluster-name {} --region {} \\\n    \
             --principal-arn {principal}\nTo manage it again:\n  terraform import eks_sso_access.NAME '{id}'",
            standing(target, entry),
            target.cluster,
            target.region
        ),
        no_attribute(),
    ))
}

/// Entries that nobody here can know of: those of roles between the one of the state and today's.
pub(super) fn entries_of_other_roles_stay(target: &Target, principals: Vec<String>) -> Diagnostic {
    about(diagnostic(
        "Access entries of other roles stay",
        format!(
            "The permission set {} has got a new role more than once since the last apply, and {} has access entries for these of its \
             roles:{}\nThe state knows only the entry of an earlier role, so these stay when the grant ends. An entry whose role is gone lets \
             nobody in. Delete each that nobody needs:\n  aws eks delete-access-entry --cluster-name {} --region {} \\\n    --principal-arn ARN",
            target.grantee,
            target.cluster_and_place(),
            bullets(principals),
            target.cluster,
            target.region
        ),
        no_attribute(),
    ))
}

/// Which entries of earlier roles were still to be deleted nobody remembers any more.
pub(super) fn forgotten_entries(target: &Target, principals: Vec<String>) -> Diagnostic {
    diagnostic(
        "Access entries of earlier roles may be left",
        format!(
            "The provider was killed in an update, and Terraform lost which access entries of earlier roles of {} were still to be deleted. {} has \
             these for other roles of the permission set:{}\nThey are not in the state and will not be deleted. An entry whose role is gone lets \
             nobody in. Delete each that nobody needs:\n  aws eks delete-access-entry --cluster-name {} --region {} \\\n    --principal-arn ARN",
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
pub(super) fn sharing_ends(target: &Target, taken: &[Change]) -> Diagnostic {
    diagnostic(
        "Access of others is removed",
        format!(
            "The access entry of {} on {} was shared (policy_management = \"additive\") and is exclusive from now on. What this grant does not \
             name is taken away:{}\nTo keep it, add it to this grant, or keep policy_management at \"additive\".",
            target.grantee,
            target.cluster_and_place(),
            bullets(taken.iter().map(describe))
        ),
        at("policy_management"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: (&[&str], &str), new: (&[&str], &str), expected: &str) {
        let set = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let change = Change::UpdateEntry {
            groups: set(new.0),
            user_name: new.1.to_owned(),
            old_groups: set(old.0),
            old_user_name: old.1.to_owned(),
        };
        assert_eq!(describe(&change), expected);
    }

    #[test]
    fn update_is_told_by_what_it_changes() {
        const EKS: &str = "arn:aws:sts::222233334444:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/{{SessionName}}";
        check((&["a", "b"], EKS), (&[], EKS), "remove all its Kubernetes groups: a, b");
        check((&["a"], EKS), (&[], EKS), "remove the Kubernetes group a");
        check((&["a", "b", "c"], EKS), (&["a"], EKS), "remove the Kubernetes groups b, c");
        check((&[], EKS), (&["a"], EKS), "add the Kubernetes group a");
        check(
            (&["a"], EKS),
            (&["b", "c"], EKS),
            "remove the Kubernetes group a, add the Kubernetes groups b, c",
        );
        check((&[], EKS), (&[], "sso:jane"), "set the user name to \"sso:jane\"");
        check(
            (&["a"], "jane"),
            (&[], EKS),
            "remove the Kubernetes group a, set the user name back to EKS's own",
        );
    }
}
