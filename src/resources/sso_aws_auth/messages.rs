//! The texts. Summaries are constant; details name the place and end with the way out.

use crate::aws::eks::Cluster;
use crate::aws::error::ErrorKind;
use crate::aws::iam::Role;
use crate::aws::kubernetes::Kubernetes;
use crate::aws::session::Session;
use crate::domain::aws_auth::row::Row;
use crate::domain::grantee::Grantee;
use crate::report::{at, diagnostic, no_attribute};
use crate::resources::sso_aws_auth::write::Failure;
use crate::resources::sso_grant::aws_auth::{explained, malformed};
use crate::resources::sso_grant::notices::{grantee_attribute, made};
use crate::resources::sso_grant::target::Target;
use tf_provider::Diagnostic;

pub(super) const NOT_WRITTEN: &str = "aws-auth could not be written";

pub(super) fn masters() -> Diagnostic {
    diagnostic(
        "system:masters may do everything",
        "The group system:masters is allowed everything in the cluster, and no RBAC rule can take anything from it. For administrators of \
         a cluster this may be meant; for anybody else bind a group of your own.",
        at("kubernetes_groups"),
    )
}

pub(super) fn api_mode(target: &Target) -> Diagnostic {
    diagnostic(
        "Cluster does not read aws-auth",
        format!(
            "{} is in API mode, in which EKS reads access entries and nothing of aws-auth; the mode cannot be changed back. Nothing was \
             written. Use eks_sso_access for {} instead.",
            target.cluster_and_place(),
            target.grantee
        ),
        at("cluster_name"),
    )
}

pub(super) fn unread(target: &Target) -> Diagnostic {
    diagnostic(
        "Cluster does not read aws-auth",
        format!(
            "{} is in API mode, in which EKS reads access entries and nothing of aws-auth. The grant is kept in the state as it was, and \
             lets nobody in. Use eks_sso_access for {}, and remove this resource: that changes nothing in the cluster.",
            target.cluster_and_place(),
            target.grantee
        ),
        at("cluster_name"),
    )
}

pub(super) fn unusable(target: &Target, cluster: &Cluster) -> Diagnostic {
    diagnostic(
        "Cluster is not usable",
        format!(
            "{} has the status {}, so its aws-auth is not written. Repair or replace the cluster, then apply again.",
            target.cluster_and_place(),
            cluster.status
        ),
        at("cluster_name"),
    )
}

fn content(row: &Row) -> String {
    let name = row.mapping.user_name.as_deref().unwrap_or("(none)");
    format!(
        "{} (mapRoles, {}), with user name {name} and groups [{}]",
        row.mapping.arn,
        row.place,
        row.mapping.groups.join(", ")
    )
}

pub(super) fn exists_already(session: &Session, target: &Target, row: &Row) -> Diagnostic {
    let id = target.import_id(session);
    diagnostic(
        "aws-auth row exists already",
        format!(
            "aws-auth of {} has a row for {}.\n\nNothing was changed. Was this resource renamed? Then add a moved block. Is it replaced with \
             create_before_destroy? A role has one row, so that cannot be. To take the row over, import it (with this resource's address after \
             \"to\"):\n\n  import {{\n    to = eks_sso_aws_auth.NAME\n    id = {id:?}\n  }}\n\nor run\n\n  terraform import \
             eks_sso_aws_auth.NAME '{id}'",
            target.cluster_and_place(),
            content(row)
        ),
        grantee_attribute(target),
    )
}

pub(super) fn node_row(target: &Target, row: &Row) -> Diagnostic {
    diagnostic(
        "aws-auth row is for nodes",
        format!(
            "aws-auth of {} has a row for {}: nodes join the cluster through it, so it is not touched. Give people a role of their own.",
            target.cluster_and_place(),
            content(row)
        ),
        grantee_attribute(target),
    )
}

pub(super) fn row_with_path(target: &Target, row: &Row) -> Diagnostic {
    diagnostic(
        "aws-auth row lets nobody in",
        format!(
            "aws-auth of {} has a row for {}. EKS compares it with the role's ARN without its path, so it never matches. The apply adds a row \
             that does and leaves this one as it is: remove it.",
            target.cluster_and_place(),
            content(row)
        ),
        grantee_attribute(target),
    )
}

pub(super) fn overridden(target: &Target, role: &Role) -> Diagnostic {
    diagnostic(
        "Access entry overrides the aws-auth row",
        format!(
            "{} is in API_AND_CONFIG_MAP mode and has an access entry for {}. EKS goes by the entry and does not look at the row, which only \
             counts again should the entry be deleted. If the entry is to stay, remove this resource.",
            target.cluster_and_place(),
            role.arn
        ),
        grantee_attribute(target),
    )
}

pub(super) fn role_gone(target: &Target, arn: &str) -> Diagnostic {
    let (why, way_back) = match target.grantee {
        Grantee::PermissionSet(_) => (
            format!("{} is not assigned in account {} any more", target.grantee, target.role_account),
            "assign the set there again",
        ),
        Grantee::Role(_) => (
            "somebody deleted it. Whoever makes a role of this name gets in through the row".to_owned(),
            "make the role again",
        ),
    };
    diagnostic(
        "Role of the grant is gone",
        format!(
            "The role of {arn} no longer exists: {why}. The row stays in aws-auth of {}. If people should get in, {way_back}; if not, remove \
             this grant.",
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    )
}

pub(super) fn moved(target: &Target, old: &str, role: &Role) -> Diagnostic {
    diagnostic(
        "New role for a permission set: people are locked out until you apply",
        format!(
            "Identity Center made a new role for {} in account {}:\n  old: {old}\n  new: {} (made {})\n\naws-auth of {} still names the old one. \
             The apply puts the new role's row in its place, in one write. User names made from the role contain its name, so they change \
             (user_name = \"sso:{{{{SessionName}}}}\" keeps them). This happens when the last assignment of a set in an account goes and comes \
             back: keep one permanent assignment per set and account to prevent it.",
            target.grantee,
            target.role_account,
            role.arn.without_path(),
            made(role),
            target.cluster_and_place()
        ),
        no_attribute(),
    )
}

pub(super) fn cannot_move(resource_type: &str) -> Diagnostic {
    diagnostic(
        "Resource cannot be moved here",
        format!(
            "A {resource_type} cannot become an eks_sso_aws_auth by a moved block. Remove it from the state without destroying it (a removed \
             block with destroy = false), and import the row: import {{ to = eks_sso_aws_auth.NAME, id = \"CLUSTER,PERMISSION_SET\" }}."
        ),
        no_attribute(),
    )
}

/// The same, with what to do where the fault cannot be mended: no destroy may be blocked for good.
pub(super) fn or_give_up(mut problem: Diagnostic) -> Diagnostic {
    problem.detail.to_mut().push_str(
        "\n\nIf that cannot be mended, take the grant out of the state (terraform state rm, or a removed block with destroy = false): nothing is \
         changed in aws-auth by that.",
    );
    problem
}

/// The new role of a permission set has a row that is not the one to be written.
pub(super) fn replaces_row(target: &Target, row: &Row) -> Diagnostic {
    diagnostic(
        "aws-auth row of the new role is replaced",
        format!(
            "aws-auth of {} already has a row for {}. This grant did not write it. The apply puts the row of this grant in its place: what only \
             the other one gives is lost. To keep it, add its groups to this grant.",
            target.cluster_and_place(),
            content(row)
        ),
        grantee_attribute(target),
    )
}

/// A write that failed.
pub(super) fn not_written(session: &Session, kubernetes: &Kubernetes, target: &Target, failure: &Failure) -> Diagnostic {
    let (error, may_be_done) = match failure {
        Failure::Exists(row) => return exists_already(session, target, row),
        Failure::Malformed(reason) => return malformed(target, reason),
        Failure::NotSpliced(reason) => {
            let detail = format!("aws-auth of {}: {reason}", target.cluster_and_place());
            return diagnostic(NOT_WRITTEN, detail, at("cluster_name"));
        }
        Failure::Api { error, may_be_done } => (error, *may_be_done),
    };
    let doing = format!("writing aws-auth of {} for {}", target.cluster_and_place(), target.grantee);
    let mut message = explained(kubernetes, target, NOT_WRITTEN, &doing, error);
    let ending = match (may_be_done, error.kind) {
        (true, _) => {
            "\n\nIt is not known whether the write was done: no answer came, and looking at aws-auth failed too. If the next plan says that the \
             row exists already, import it as that error says."
        }
        (false, ErrorKind::Conflict) => {
            "\n\nSomebody else kept writing aws-auth for as long as this grant's timeouts allow. Nothing was written here. Find out who writes it \
             (a GitOps tool, perhaps), then apply again."
        }
        (false, _) => "",
    };
    message.detail.to_mut().push_str(ending);
    message
}
