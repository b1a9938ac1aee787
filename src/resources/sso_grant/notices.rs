//! What all kinds of grants say about clusters, accounts and roles. Summaries are constant; details name the place and end
//! with the way out.

use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::cluster_place::{ClusterPlace, MAY_COME};
use crate::domain::duration::format_duration;
use crate::domain::grantee::Grantee;
use crate::report::{at, cause, diagnostic, no_attribute};
use crate::resources::sso_grant::target::Target;
use crate::role_problems::{self, AbsentRole};
use std::collections::BTreeSet;
use std::time::Duration;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

pub(crate) const NEW_ROLE: &str = "New role for a permission set: users are locked out until you apply";
pub(crate) const NEW_ROLE_GETS_IN: &str = "New role for a permission set: users get in already";
pub(crate) const NO_ENTRIES: &str = "Cluster does not accept access entries";
pub(crate) const RECREATED: &str = "Role was recreated: sign-ins fail with 401";

pub(crate) fn grantee_attribute(target: &Target) -> AttributePath {
    match target.grantee {
        Grantee::PermissionSet(_) => at("permission_set_name"),
        Grantee::Role(_) => at("role_name"),
        Grantee::Principal(_) => at("iam_principal_arn"),
    }
}

/// Two resources of one plan would make one thing. Which the other is, only Terraform knows.
pub(crate) fn two_resources(target: &Target) -> Diagnostic {
    diagnostic(
        "Two resources for one grant",
        format!(
            "Another resource of this configuration is planned to grant the same: {} on {}. Each would undo what the other writes. Most often a \
             block was copied, a module is called twice, or two keys of for_each name the same role, once by its name and once by its ARN. Merge \
             the two resources into one.",
            target.grantee,
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    )
}

/// One resource makes what another one deletes, apply after apply.
pub(crate) fn granted_and_deleted(place: &ClusterPlace, principal_arn: &str, attribute: AttributePath) -> Diagnostic {
    diagnostic(
        "Access entry is granted and deleted",
        format!(
            "An eks_sso_access of this configuration grants what its eks_sso_access_exclusive deletes as unexpected on {place}:\n  \
             {principal_arn}\nEach would undo what the other does. To keep the grant, add its principal_arn to principal_arns of the \
             exclusive resource; else remove the grant."
        ),
        attribute,
    )
}

/// Terraform must have filled in everything by the apply.
pub(crate) fn still_unknown() -> Diagnostic {
    diagnostic(
        "Values are still unknown",
        "Terraform applies this grant while some of its values are unknown. This is always a bug in Terraform or in the provider; please \
         report it. Nothing was written.",
        no_attribute(),
    )
}

/// The provider block depends on something that the apply makes first, and a resource in the state has to be looked at now.
pub(crate) fn provider_not_known() -> Diagnostic {
    diagnostic(
        "Provider configuration is not known yet",
        "This resource is in the state, but the provider block holds values that are known only after the apply, so it cannot be compared with \
         AWS. Give the provider values that are known at plan time, or apply what they come from first (-target).",
        no_attribute(),
    )
}

pub(crate) fn bullets(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| format!("\n  - {line}")).collect()
}

/// The state was made in another account or Region than the provider is in now.
pub(crate) fn other_place(attribute: &'static str, recorded: &str, now: &str) -> Diagnostic {
    let (thing, summary) = match attribute {
        "region" => ("Region", "Grant is in another Region"),
        _ => ("account", "Grant is in another account"),
    };
    diagnostic(
        summary,
        format!(
            "The state says that this grant is in {thing} {recorded}, but the provider is in {now}, and {attribute} is not set. Nothing \
             was changed. If the provider's credentials or region are the wrong ones, use the right ones; if the grant should \
             stay where it is, set {attribute} = {recorded:?}; if it should move, set {attribute} = {now:?}."
        ),
        at(attribute),
    )
}

/// When something that a grant needs is missing, and so what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// In a plan that ends with it.
    Plan,
    /// In a plan whose apply waits for it so long.
    Awaited(Duration),
    /// After such a wait.
    Waited(Duration),
}

/// No role of the grantee in the account.
pub(crate) async fn no_role(
    diags: &mut Diagnostics,
    session: &Session,
    target: &Target,
    here: &BTreeSet<String>,
    moment: Moment,
) -> Diagnostic {
    match &target.grantee {
        Grantee::Role(_) | Grantee::Principal(_) => no_iam_role(session, target, moment),
        Grantee::PermissionSet(set) => {
            let absent = AbsentRole {
                session,
                account: &target.role_account,
                set,
                here,
            };
            absent.describe(diags, advice(moment), &|made| way_to_a_role(moment, made)).await
        }
    }
}

fn advice(moment: Moment) -> &'static str {
    match moment {
        Moment::Plan => "Assign it there, or remove this grant.",
        Moment::Awaited(_) | Moment::Waited(_) => "",
    }
}

/// `made` is what the same apply may do.
fn way_to_a_role(moment: Moment, made: &str) -> String {
    match moment {
        Moment::Plan => format!("If this same apply {made}:\n  preflight = \"apply\""),
        Moment::Awaited(wait) => awaited(wait),
        Moment::Waited(wait) => format!(
            "The apply waited {} for the role, and it did not come. If this same apply {made}, does this grant depend on \
             it?\n  depends_on = [aws_ssoadmin_account_assignment.NAME]\nIf so, raise timeouts and apply again.",
            seconds(wait)
        ),
    }
}

fn awaited(wait: Duration) -> String {
    format!("The apply waits for the role, up to {} (timeouts).", seconds(wait))
}

/// Nobody counts a wait in milliseconds.
fn seconds(wait: Duration) -> String {
    format_duration(Duration::from_secs(wait.as_secs()))
}

fn no_iam_role(session: &Session, target: &Target, moment: Moment) -> Diagnostic {
    let (arguments, reference) = match target.grantee {
        Grantee::Principal(_) => ("iam_principal_arn", "iam_principal_arn = aws_iam_role.NAME.arn"),
        Grantee::PermissionSet(_) | Grantee::Role(_) => ("role_name or role_account_id", "role_name = aws_iam_role.NAME.name"),
    };
    let way_out = match moment {
        Moment::Plan => {
            format!("Correct {arguments}, or create the role first. If this same apply creates it:\n  preflight = \"apply\"")
        }
        Moment::Awaited(wait) => awaited(wait),
        Moment::Waited(wait) => format!(
            "The apply waited {} for the role, and it did not come. Correct {arguments}; if this same apply creates the role, does this grant \
             depend on it?\n  {reference}",
            seconds(wait)
        ),
    };
    diagnostic(
        "IAM role does not exist",
        format!(
            "Account {} has no role \"{}\". {way_out}\nLooked up with iam:GetRole as\n  {}",
            target.role_account,
            target.grantee.name(),
            session.caller_in(&target.role_account)
        ),
        grantee_attribute(target),
    )
}

pub(crate) fn ambiguous(target: &Target, roles: &[Role]) -> Diagnostic {
    role_problems::ambiguous(&target.role_account, &target.grantee, roles, grantee_attribute(target))
}

/// Of a grant in the state, whose role is none of them.
pub(crate) fn gone_with_several_heirs(target: &Target, roles: &[Role], known_arn: &str) -> Diagnostic {
    role_problems::gone_with_several_heirs(&target.role_account, &target.grantee, roles, known_arn, grantee_attribute(target))
}

/// A plan's: this same apply may make the cluster, so it is never an error.
pub(crate) async fn no_cluster_yet(session: &Session, target: &Target) -> Diagnostic {
    target.place().absent(session, MAY_COME).await
}

/// An apply's, or an import's.
pub(crate) async fn no_cluster(session: &Session, target: &Target) -> Diagnostic {
    let way_out = "Nothing was written. Correct cluster_name, account_id or region; if this apply creates the cluster, make the grant depend on \
                   it:\n  cluster_name = aws_eks_cluster.NAME.name";
    target.place().absent(session, way_out).await
}

/// Each check has a summary of its own: Terraform shows one of all warnings with the same, and where two permissions are
/// missing, both have to be seen.
pub(crate) fn check_denied(summary: &'static str, what: &str, error: &AwsError, attribute: AttributePath) -> Diagnostic {
    let detail = format!("{what} could not be checked, and the plan goes on without it.\n\n{}", cause(error));
    diagnostic(summary, detail, attribute)
}

/// Whose role a grant is for, or which: "role of DeveloperAccess", "role BreakGlass".
pub(crate) fn role_in_words(target: &Target) -> String {
    match &target.grantee {
        Grantee::PermissionSet(name) => format!("role of {name}"),
        Grantee::Role(name) => format!("role {name}"),
        Grantee::Principal(arn) => format!("principal {arn}"),
    }
}

/// The end of a grant: what a new role may have by now stays, and nobody could look.
pub(crate) fn new_role_not_checked(target: &Target, error: &AwsError) -> Diagnostic {
    diagnostic(
        "Check skipped: new role",
        format!(
            "It could not be checked whether {} has a new role in account {} by now. If it has, and that role gets into {} by other hands, its \
             users still get in without this grant.\n\n{}",
            target.grantee,
            target.role_account,
            target.cluster_and_place(),
            cause(error)
        ),
        grantee_attribute(target),
    )
}

pub(crate) fn role_lookup_denied(target: &Target, error: &AwsError) -> Diagnostic {
    diagnostic(
        "Check skipped: role of the grant",
        format!(
            "Whether the {} in {} is still the one in the state could not be checked, and the plan goes on with that one.\n\n{}",
            role_in_words(target),
            target.role_account,
            cause(error)
        ),
        grantee_attribute(target),
    )
}

pub(crate) fn role_has_another_path(target: &Target, role: &Role) -> Diagnostic {
    diagnostic(
        "Role has another ARN",
        format!(
            "iam_principal_arn is\n  {}\nbut IAM knows this role, with its path, as\n  {}\nAn access entry takes no other ARN than that. Write it \
             so, or set role_name, for which the path is found:\n  role_name = \"{}\"",
            target.grantee, role.arn, role.name
        ),
        at("iam_principal_arn"),
    )
}

/// A role that is named by its ARN, in an account that is not ours to read.
pub(crate) fn role_not_read(target: &Target, error: &AwsError) -> Diagnostic {
    diagnostic(
        "Role is taken as named",
        format!(
            "The provider may not read account {}, so it cannot check that this role exists, nor notice later that it was deleted or recreated:\n  \
             {}\nEKS refuses an ARN that does not exist, or that lacks the role's path. Nothing needs to be done if that is enough; else give the \
             provider a way in (account_access), or allow iam:GetRole. This is said once for each account.\n\n{}",
            target.role_account,
            target.grantee,
            error.explained_by("")
        ),
        at("iam_principal_arn"),
    )
}

pub(crate) fn whole_account_trust(target: &Target, role: &Role, trusted: &BTreeSet<String>) -> Diagnostic {
    let accounts: Vec<&str> = trusted.iter().filter_map(|who| who.strip_prefix("account ")).collect();
    let whom = match (accounts.len() == trusted.len(), accounts.as_slice()) {
        (true, [account]) => format!("every principal of account {account} that is allowed sts:AssumeRole there"),
        (true, accounts) => format!(
            "every principal of accounts {} that is allowed sts:AssumeRole there",
            accounts.join(", ")
        ),
        (false, _) => "anyone, of whichever account, who is allowed sts:AssumeRole there".to_owned(),
    };
    diagnostic(
        "Role may be assumed by a whole account",
        format!(
            "The trust policy of\n  {}\nlets in {whom}, without a condition. All of them get this access to the cluster. Name the principals, or add \
             a condition.",
            role.arn
        ),
        grantee_attribute(target),
    )
}

pub(crate) fn role_changed(target: &Target, planned: &str, now: Option<&Role>) -> Diagnostic {
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
