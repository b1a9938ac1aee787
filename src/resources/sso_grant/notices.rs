//! What all kinds of grants say about clusters, accounts and roles. Summaries are constant; details name the place and end
//! with the way out.

use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::domain::grantee::Grantee;
use crate::domain::permission_set::{PermissionSetName, nearest};
use crate::report::{at, diagnostic, hint, no_attribute};
use crate::resources::sso_grant::target::Target;
use tf_provider::{AttributePath, Diagnostic};

pub(crate) fn grantee_attribute(target: &Target) -> AttributePath {
    match target.grantee {
        Grantee::PermissionSet(_) => at("permission_set_name"),
        Grantee::Role(_) => at("role_name"),
    }
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
             was asked or changed. If the provider's credentials or region are the wrong ones, use the right ones; if the grant should \
             stay where it is, set {attribute} = {recorded:?}; if it should move, set {attribute} = {now:?}."
        ),
        at(attribute),
    )
}

/// No role of the permission set in the account.
pub(crate) async fn no_role(session: &Session, target: &Target, similar: &[String]) -> Diagnostic {
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
            let missing = missing_set(session, name).await;
            let unasked = missing.as_ref().err().map(unasked).unwrap_or_default();
            let detail = match missing.unwrap_or_default() {
                Some(missing) => format!(
                    "{missing} So no role of it exists in {account}. Correct permission_set_name; if this same apply makes the set and \
                     assigns it, set preflight = \"apply\"."
                ),
                None => format!(
                    "No role of {:?} exists in {account} (iam:ListRoles as {caller}). Identity Center makes it with the first assignment \
                     there: assign the set, or remove this grant; if this same apply makes the assignment, set preflight = \"apply\".{}{unasked}",
                    name.as_str(),
                    sentence("Similar sets here: ", similar, ".")
                ),
            };
            diagnostic("Permission set has no role in this account", detail, at("permission_set_name"))
        }
    }
}

/// A sentence about some names; none about no names.
pub(crate) fn sentence(before: &str, names: &[String], after: &str) -> String {
    match names {
        [] => String::new(),
        names => format!(" {before}{}{after}", names.join(", ")),
    }
}

/// With `identity_center` it can be told whether the set exists at all. Trouble there degrades the message, never the run.
async fn missing_set(session: &Session, name: &PermissionSetName) -> Result<Option<String>, AwsError> {
    let Some(identity_center) = session.identity_center() else {
        return Ok(None);
    };
    let names = identity_center.permission_set_names().await?;
    if names.contains_key(name) {
        return Ok(None);
    }
    let similar = nearest(name.as_str(), names.keys().map(PermissionSetName::as_str));
    Ok(Some(format!(
        "Identity Center has no permission set {:?}.{}",
        name.as_str(),
        sentence("Did you mean ", &similar, "?")
    )))
}

/// What is said where Identity Center does not answer.
fn unasked(error: &AwsError) -> String {
    format!(
        "\n\nWhether the permission set exists could not be asked: {error}\n\n{}",
        hint(error)
    )
    .trim_end()
    .to_owned()
}

pub(crate) fn ambiguous(target: &Target, roles: &[Role]) -> Diagnostic {
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

pub(crate) fn made(role: &Role) -> String {
    role.created_at.map_or_else(|| "at an unknown time".to_owned(), |at| at.to_string())
}

pub(crate) fn no_cluster(target: &Target) -> Diagnostic {
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

pub(crate) fn with_hint(text: &str, error: &AwsError) -> String {
    format!("{text} {}", hint(error)).trim_end().to_owned()
}

pub(crate) fn check_denied(what: &str, error: &AwsError) -> Diagnostic {
    diagnostic(
        "Check left out",
        format!(
            "{what} could not be checked: {error}\n\n{}",
            with_hint("The plan goes on without it.", error)
        ),
        no_attribute(),
    )
}

/// The end of a grant: what a new role may have by now stays, and nobody could look.
pub(crate) fn new_role_not_checked(target: &Target, error: &AwsError) -> Diagnostic {
    let what = format!(
        "Whether {} has a new role in account {} that gets into {} by now, and will go on to,",
        target.grantee,
        target.role_account,
        target.cluster_and_place()
    );
    check_denied(&what, error)
}

pub(crate) fn role_lookup_denied(target: &Target, error: &AwsError) -> Diagnostic {
    diagnostic(
        "Role not checked",
        format!(
            "Whether the role of {} in {} is still the one in the state could not be checked: {error}\n\n{}",
            target.grantee,
            target.role_account,
            with_hint("The plan goes on with the role in the state.", error)
        ),
        no_attribute(),
    )
}

pub(crate) fn whole_account_trust(role: &Role) -> Diagnostic {
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
