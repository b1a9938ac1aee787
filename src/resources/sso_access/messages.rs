//! The texts that people meet most. Summaries are constant; details name the place and end with the way out.

use crate::aws::eks::{AccessPolicy, Cluster};
use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::domain::access_entry::{Actual, Change, Management, OWNER_TAG, Replaced};
use crate::domain::access_policy::{ADMIN_VIEW, AccessPolicyName, AccessScope};
use crate::domain::cluster::{AuthenticationMode, minimum_platform_version};
use crate::domain::duration::format_duration;
use crate::domain::grantee::Grantee;
use crate::domain::likeness::nearest;
use crate::domain::place::Region;
use crate::report::{UNREADY_CLUSTER, about, at, because, diagnostic, did_you_mean, no_attribute};
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

/// `made_here`: this grant made the old entry. `gets_in`: the new role has a row of aws-auth.
pub(super) fn moved(target: &Target, prior: &Model, role: &Role, made_here: bool, gets_in: bool) -> Diagnostic {
    let end = match (prior.management(), made_here) {
        (Management::Additive, false) => "takes what this grant gave off the old one, which others made",
        _ => "deletes the old one",
    };
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
             one{entrance}. The apply creates an entry for the new role with the same groups, user name, policies and tags, then {end}. User names \
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
            "An earlier apply has moved this grant of {} on {} to a new role, and could not delete the old access entry. This apply deletes it:{lines}",
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
    let mut actual = entry.actual();
    if entry.has_default_user_name() {
        actual.user_name.clear();
    }
    match actual.is_empty() {
        true => bullets(["no policy and no group".to_owned()]),
        false => bullets(held(&actual)),
    }
}

/// A line for each thing on an entry.
fn held(actual: &Actual) -> Vec<String> {
    let policies = actual.policies.iter();
    let policies = policies.map(|(arn, scope)| format!("{}: {}", arn.rsplit('/').next().unwrap_or(arn), scope_in_words(scope)));
    let groups = actual.groups.iter().map(|group| format!("group {group}"));
    let user_name = (!actual.user_name.is_empty()).then(|| format!("user name {}", actual.user_name));
    let tags = actual.tags.iter().map(|(key, value)| format!("tag {key} = {value:?}"));
    policies.chain(groups).chain(user_name).chain(tags).collect()
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

/// [`describe`], where it is known what the entry gives: a scope that changes may take something away.
fn describe_on(entry: &Entry, change: &Change) -> String {
    let Change::Associate { policy_arn, scope } = change else {
        return describe(change);
    };
    let Some(held) = entry.policies.get(policy_arn) else {
        return describe(change);
    };
    let verb = match (held.covers(scope), scope.covers(held)) {
        (true, _) => "narrow",
        (false, true) => "widen",
        (false, false) => "change",
    };
    let name = policy_arn.rsplit('/').next().unwrap_or(policy_arn);
    format!("{verb} {name} from {} to {}", scope_in_words(held), scope_in_words(scope))
}

/// `opening` and what follows: "The apply will: …".
fn changes(opening: &str, entry: &Entry, steps: Option<&[Change]>) -> String {
    match steps {
        None => "The changes are known only after its dependencies are applied.".to_owned(),
        Some([]) => format!("{opening} change nothing: the entry is as configured."),
        Some(steps) => format!("{opening}:{}", bullets(steps.iter().map(|step| describe_on(entry, step)))),
    }
}

pub(super) fn exists_already(session: &Session, target: &Target, entry: &Entry, steps: Option<&[Change]>, is_stale: bool) -> Diagnostic {
    let (stale, changes) = match is_stale {
        true => (
            " It is older than the role and lets nobody in; after an import the plan says what becomes of that.",
            String::new(),
        ),
        false => ("", format!("\n{}", changes("That will", entry, steps))),
    };
    let id = target.import_id(session);
    about(diagnostic(
        EXISTS,
        format!(
            "{}\nIt was left as it is.{stale} Was this resource, or its key in for_each, renamed? Then do not import: add a moved block, or the end \
             of the old address deletes the entry. Else, to take it over:\n  import {{\n    to = eks_sso_access.NAME\n    id = {id:?}\n  \
             }}\nA replacement with create_before_destroy needs on_existing = \"adopt\" instead.{changes}",
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
        false => changes("The apply will", entry, steps),
    };
    diagnostic(
        summary,
        format!("{}\n{changes}\n{destroy}", standing(target, entry)),
        grantee_attribute(target),
    )
}

const OTHER_OWNER: &str = "Access entry belongs to another configuration";

const MAY_BE_TAKEN_OVER: &str = "Existing access entry may be taken over";

/// Whether there is an entry, this plan cannot know.
pub(super) fn may_take_over(planned: &Model) -> Diagnostic {
    let (argument, then) = match planned.management() {
        _ if planned.policy_management.is_unknown() => ("policy_management is not known yet", "may take over"),
        Management::Additive => ("policy_management = \"additive\"", "shares"),
        Management::Exclusive if planned.on_existing.is_unknown() => ("on_existing is not known yet", "may take over"),
        Management::Exclusive => ("on_existing = \"adopt\"", "takes over"),
    };
    let takes = match planned.management() {
        Management::Additive => "narrows policies to the scopes that are named here, and sets the user name if one is named",
        Management::Exclusive => "removes from it what this grant does not name; a destroy will delete it",
    };
    diagnostic(
        MAY_BE_TAKEN_OVER,
        format!(
            "Whether the access entry of this grant exists already is known only after its dependencies are applied. If it exists, the apply \
             {then} it ({argument}) and {takes}. To see the changes first, apply the dependencies alone (-target), then plan again."
        ),
        at(if planned.management() == Management::Additive {
            "policy_management"
        } else {
            "on_existing"
        }),
    )
}

/// There is one, and whether this grant may have it is not known yet.
pub(super) fn may_be_taken_over(target: &Target, entry: &Entry, steps: Option<&[Change]>) -> Diagnostic {
    diagnostic(
        MAY_BE_TAKEN_OVER,
        format!(
            "{}\non_existing or policy_management is not known yet. If they allow it, this grant takes the entry over or shares it.\n{}",
            standing(target, entry),
            changes("A take-over will", entry, steps)
        ),
        grantee_attribute(target),
    )
}

pub(super) fn other_owner(target: &Target, entry: &Entry, own: &str, theirs: &str) -> Diagnostic {
    let outcome = "The entry was left as it is, whatever on_existing and policy_management are.";
    of_owner(OTHER_OWNER, target, entry, Some(own), theirs, outcome)
}

/// The same for a grant in the state whose new role has that entry.
pub(super) fn will_be_refused(target: &Target, entry: &Entry, own: &str, theirs: &str) -> Diagnostic {
    let outcome = "The plan moves this grant to it, and the apply refuses that and changes nothing for this grant.";
    of_owner(OTHER_OWNER, target, entry, Some(own), theirs, outcome)
}

/// An entry that this configuration manages, too.
pub(super) fn managed_elsewhere(target: &Target, entry: &Entry, own: Option<&str>, theirs: &str) -> Diagnostic {
    let outcome = "Each of the two undoes what the other one changes. The tag stays as it is.";
    of_owner("Access entry is managed elsewhere, too", target, entry, own, theirs, outcome)
}

fn of_owner(summary: &'static str, target: &Target, entry: &Entry, own: Option<&str>, theirs: &str, outcome: &str) -> Diagnostic {
    let own = own.map_or("this one has no owner".to_owned(), |own| format!("this one's owner is {own:?}"));
    diagnostic(
        summary,
        format!(
            "The access entry of {} is managed by the configuration of owner {theirs:?}; {own}. {outcome} Remove the grant here or there. If \
             {theirs:?} has given it up, remove its tag:\n  aws eks untag-resource --region {} --tag-keys {OWNER_TAG} \\\n    --resource-arn {}",
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

const KEPT: &str = "Access entry of somebody else is kept";

/// The same, where the grant ends: there is nothing of ours to take away.
pub(super) fn another_entry_stays(target: &Target, entry: &Entry) -> Diagnostic {
    diagnostic(KEPT, stays(&format!("{}\n", standing(target, entry))), no_attribute())
}

/// The same, where what the entry gives cannot be read.
pub(super) fn unread_entry_stays(target: &Target, entry: &Entry, error: &AwsError) -> Diagnostic {
    let facts = format!(
        "There is an access entry of {}. Its access policies could not be read. ",
        target.label_of(&entry.entry.principal_arn)
    );
    diagnostic(KEPT, because(&stays(&facts), error), no_attribute())
}

fn stays(facts: &str) -> String {
    format!(
        "The access entry of this grant is gone, and somebody made another one. {facts}It was not changed. If it should be removed too, delete it \
         where it is managed, or with aws eks delete-access-entry."
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
/// `made_here`: this grant made the entry of the old role.
pub(super) fn new_role_has_entry(
    target: &Target,
    prior: &Model,
    role: &Role,
    entry: &Entry,
    changes_: Option<&[Change]>,
    made_here: bool,
) -> Diagnostic {
    let old = prior.principal_arn.as_deref_option().unwrap_or("(none)");
    let end = match (prior.management(), made_here) {
        (Management::Exclusive, _) => "Then it deletes the entry of the old role.",
        (Management::Additive, true) => "Of what others have on the old entry alone, policies come along. Then it is deleted.",
        (Management::Additive, false) => {
            "Of what others have on the old entry alone, policies come along. Then what this grant gave is taken off it."
        }
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
            changes("The apply will", entry, changes_)
        ),
        grantee_attribute(target),
    )
}

/// The grant ends, and the state does not know the entry that the new role has.
pub(super) fn entry_of_new_role_stays(session: &Session, target: &Target, entry: &Entry, management: Management) -> Diagnostic {
    let (principal, id) = (&entry.entry.principal_arn, target.import_id(session));
    let owner = entry.owner().filter(|owner| session.owner() != Some(owner));
    if let Some(owner) = owner {
        return about(diagnostic(
            "Access entry of the new role stays",
            format!(
                "{}\nThe state knows only the entry of the earlier role. This one belongs to the configuration of owner {owner:?}: what it gives is for \
                 that one to take away.",
                standing(target, entry)
            ),
            no_attribute(),
        ));
    }
    let way_out = match management {
        // Others' access is on it, too.
        Management::Additive => "If what this grant gives should go, apply it once more before you remove it.".to_owned(),
        Management::Exclusive => format!(
            "If it should be removed, apply this grant once more before you remove it, or run\n  aws eks delete-access-entry --cluster-name {} \
             --region {} \\\n    --principal-arn {principal}",
            target.cluster, target.region
        ),
    };
    about(diagnostic(
        "Access entry of the new role stays",
        format!(
            "{}\nThe state knows only the entry of the earlier role, so this one stays when the grant ends, and lets users in. {way_out}\nTo \
             manage it again:\n  terraform import eks_sso_access.NAME '{id}'",
            standing(target, entry),
        ),
        no_attribute(),
    ))
}

/// A shared entry after its last grant, which is not the one that made it.
pub(super) fn empty_entry_stays(target: &Target, principal_arn: &str) -> Diagnostic {
    diagnostic(
        "Empty access entry stays",
        format!(
            "Nothing is on the access entry of {} any more. This grant is not known to have made it, so it stays: users can sign in by it, and do nothing. \
             If nobody needs it:\n  aws eks delete-access-entry --cluster-name {} --region {} \\\n    --principal-arn {principal_arn}",
            target.label_of(principal_arn),
            target.cluster,
            target.region
        ),
        no_attribute(),
    )
}

/// The grant ends, and who shares the entry has taken along to the new role's what it gave.
pub(super) fn ends_on_new_role(target: &Target, entry: &Entry, steps: &[Change]) -> Diagnostic {
    let stays = format!(
        "The entry itself stays. If nobody needs it:\n  aws eks delete-access-entry --cluster-name {} --region {} \\\n    --principal-arn {}",
        target.cluster, target.region, entry.entry.principal_arn
    );
    diagnostic(
        "Grant ends on the entry of the new role, too",
        format!(
            "{}\nThe state knows only the entry of the earlier role, but others who share the access moved it to this one, with what this grant \
             gave. {}\n{stays}",
            standing(target, entry),
            changes("The destroy will", entry, Some(steps))
        ),
        no_attribute(),
    )
}

/// What others had on a shared entry before this grant replaced it.
pub(super) fn put_back(target: &Target, principal_arn: &str, back: &Replaced) -> Diagnostic {
    let user_name = back.user_name.iter().map(|name| format!("the user name {:?}", name.theirs));
    let scopes = back.scopes.iter().map(|(arn, scope)| {
        let change = Change::Associate {
            policy_arn: arn.clone(),
            scope: scope.theirs.clone(),
        };
        describe(&change)
    });
    let tags = back.tags.iter().map(|(key, value)| format!("the tag {key} = {:?}", value.theirs));
    diagnostic(
        "Values of others are put back",
        format!(
            "On the shared access entry of {} this grant had replaced values of others. It gives them up now, so they come back:{}\nWhat nobody \
             needs any more, take off afterwards.",
            target.label_of(principal_arn),
            bullets(user_name.chain(scopes).chain(tags))
        ),
        no_attribute(),
    )
}

/// An entry that is not shared, and that others have extended after the plan.
pub(super) fn more_since_the_plan(target: &Target, principal_arn: &str, unseen: &Actual) -> Diagnostic {
    diagnostic(
        "Access entry got more after the plan",
        format!(
            "Since the plan looked, others have put these on the access entry of {}:{}\nNobody has read that they go, so this apply leaves them. The next \
             plan shows them as removed.",
            target.label_of(principal_arn),
            bullets(held(unseen))
        ),
        no_attribute(),
    )
}

/// The apply has deleted the entry to recreate it, and could not; an error says why.
pub(super) fn not_recreated(target: &Target, label: &str) -> Diagnostic {
    diagnostic(
        "Deleted access entry is not recreated yet",
        format!(
            "The apply deleted an access entry to make the one of {label} in its place, and could not make it: another error says why. Users are locked \
             out until an apply succeeds. The state keeps what others had on the entry if it is shared: do not remove the grant before that."
        ),
        grantee_attribute(target),
    )
}

/// A role behind the same name, and no entry since the apply that was to recreate it.
pub(super) fn still_to_be_recreated(target: &Target, principal_arn: &str, others: &Actual) -> Diagnostic {
    diagnostic(
        "Deleted access entry is not recreated yet",
        format!(
            "An earlier apply deleted the access entry of {} to recreate it, and could not make it. Users are locked out. This apply makes it{}",
            target.label_of(principal_arn),
            with_what_others_had(others)
        ),
        grantee_attribute(target),
    )
}

/// The same, and the grant ends.
pub(super) fn not_brought_back(target: &Target, principal_arn: &str, others: &Actual) -> Diagnostic {
    diagnostic(
        "Access of others does not come back",
        format!(
            "An earlier apply deleted the shared access entry of {} to recreate it, and could not make it. The state kept what others had on it, and ends \
             with this grant:{}\nApply the grant once more before you remove it, or tell them.",
            target.label_of(principal_arn),
            bullets(held(others))
        ),
        no_attribute(),
    )
}

/// The apply deletes a shared entry that others use, and recreates it.
pub(super) fn recreated_with_others(target: &Target, principal_arn: &str, others: &Actual) -> Diagnostic {
    diagnostic(
        "Shared access entry is recreated",
        format!(
            "The access entry of {} is shared. The apply recreates it{}\nIf it is killed just then, nothing else remembers these: keep this list.",
            target.label_of(principal_arn),
            with_what_others_had(others)
        ),
        no_attribute(),
    )
}

fn with_what_others_had(others: &Actual) -> String {
    match others.is_empty() {
        true => ".".to_owned(),
        false => format!(", with what others had on it:{}", bullets(held(others))),
    }
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

/// A grant that had the entry for itself, or was imported, shares it.
pub(super) fn left_to_others(target: &Target, left: Vec<String>) -> Diagnostic {
    diagnostic(
        "Access is left to others",
        format!(
            "The access entry of {} on {} is shared (policy_management = \"additive\"). The plan shows as removed what this grant does not name. It \
             stays on the entry, and this grant no longer manages it:{}\nTo manage it here, add it to this grant. To remove it, apply once with \
             policy_management = \"exclusive\".",
            target.grantee,
            target.cluster_and_place(),
            bullets(left)
        ),
        at("policy_management"),
    )
}

/// A grant that shares the entry, and may have it for itself from now on.
pub(super) fn sharing_may_end(target: &Target, entry: &Entry, taken: &[Change]) -> Diagnostic {
    diagnostic(
        "Access of others may be removed",
        format!(
            "The access entry of {} on {} is shared, and policy_management is not known yet. If it proves to be \"exclusive\", this apply takes away \
             what this grant does not name:{}\nTo keep it, add it to this grant, or keep policy_management at \"additive\".",
            target.grantee,
            target.cluster_and_place(),
            bullets(taken.iter().map(|change| describe_on(entry, change)))
        ),
        at("policy_management"),
    )
}

/// A grant that had shared the entry has it for itself from now on.
pub(super) fn sharing_ends(target: &Target, entry: &Entry, taken: &[Change]) -> Diagnostic {
    diagnostic(
        "Access of others is removed",
        format!(
            "The access entry of {} on {} was shared (policy_management = \"additive\") and is exclusive from now on. What this grant does not \
             name is taken away:{}\nTo keep it, add it to this grant, or keep policy_management at \"additive\".",
            target.grantee,
            target.cluster_and_place(),
            bullets(taken.iter().map(|change| describe_on(entry, change)))
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
