//! The texts. Summaries are constant; details name the place and end with the way out.

use crate::aws::eks::Cluster;
use crate::aws::error::ErrorKind;
use crate::aws::iam::Role;
use crate::aws::kubernetes::Kubernetes;
use crate::aws::session::Session;
use crate::domain::aws_auth::row::Row;
use crate::domain::grantee::Grantee;
use crate::report::{about, at, diagnostic, no_attribute};
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_aws_auth::write::Failure;
use crate::resources::sso_grant::aws_auth::{content, explained, malformed, without_effect};
use crate::resources::sso_grant::notices::{NEW_ROLE, NEW_ROLE_GETS_IN, grantee_attribute};
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::when_missing::WhenMissing;
use crate::role_problems::made;
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

pub(super) fn api_mode(target: &Target, when_missing: WhenMissing) -> Diagnostic {
    let outcome = match when_missing {
        WhenMissing::FailPlan => "Nothing was written.",
        // Whether the same apply replaces the cluster, only Terraform knows.
        WhenMissing::FailApply => "Unless this same apply replaces the cluster, the apply stops before it writes anything for this grant.",
    };
    diagnostic(
        "Cluster does not read aws-auth",
        format!(
            "{} is in API mode, in which EKS reads access entries and nothing of aws-auth; the mode cannot be changed back. {outcome} Use \
             eks_sso_access for {} instead.",
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

pub(super) fn gives_no_access() -> Diagnostic {
    diagnostic(
        "Grant gives no access",
        "Neither kubernetes_groups nor user_name is set: users can sign in to the cluster, and get 403 Forbidden for everything unless RBAC binds \
         the default user name. Add a group:\n  kubernetes_groups = [\"team-payments\"]",
        at("kubernetes_groups"),
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

pub(super) fn exists_already(session: &Session, target: &Target, row: &Row) -> Diagnostic {
    let id = target.import_id(session);
    diagnostic(
        "aws-auth row exists already",
        format!(
            "aws-auth of {} has this row:{}\nIt was left as it is. Was this resource, or its key in for_each, renamed? Then do not import: add a \
             moved block, or the end of the old address removes the row. Else, to take it over:\n  import {{\n    to = \
             eks_sso_aws_auth.NAME\n    id = {id:?}\n  }}\nA role can have only one row, so create_before_destroy cannot work.{}",
            target.cluster_and_place(),
            content(row),
            without_effect(row)
        ),
        grantee_attribute(target),
    )
}

/// The state holds the row, and yet a grant is planned for it as if there were none.
pub(super) fn held_already(target: &Target, row: &Row) -> Diagnostic {
    diagnostic(
        "aws-auth row is in this state already",
        format!(
            "This Terraform state already holds this row in aws-auth of {}:{}\nIt was not changed. If the resource was renamed, or its key in \
             for_each, add a moved block. If this very resource is marked as tainted, run terraform untaint with its address. If another \
             resource manages the same grant, merge the two into one.",
            target.cluster_and_place(),
            content(row)
        ),
        grantee_attribute(target),
    )
}

/// An import of what the state holds under another address: a renamed resource, most often.
pub(super) fn imported_twice(target: &Target) -> Diagnostic {
    diagnostic(
        "aws-auth row has another address in this state",
        format!(
            "The row of {} in aws-auth of {} is imported, and another resource of this state manages it. If that one ends in this plan, its end \
             removes the row. Do not import what was renamed; add a moved block instead:\n  moved {{\n    from = eks_sso_aws_auth.OLD\n    to   \
             = eks_sso_aws_auth.NEW\n  }}",
            target.grantee,
            target.cluster_and_place()
        ),
        no_attribute(),
    )
}

pub(super) fn node_row(target: &Target, row: &Row) -> Diagnostic {
    diagnostic(
        "aws-auth row is for nodes",
        format!(
            "aws-auth of {} has this row, by which nodes join the cluster:{}\nIt is not touched. Give users a role of their own.",
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
            "aws-auth of {} has this row:{}\nEKS compares it with the role's ARN without its path, so it never matches. The apply adds a row \
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
            "{} is in API_AND_CONFIG_MAP mode and has an access entry for {}. EKS uses the entry and ignores the row, which counts \
             again only if the entry is deleted. If the entry is to stay, remove this resource.",
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
        Grantee::Role(_) | Grantee::Principal(_) => (
            "it was deleted. Anyone who creates a role of this name gets in through the row".to_owned(),
            "create the role again",
        ),
    };
    diagnostic(
        "Role of the grant is gone",
        format!(
            "This role no longer exists: {why}.\n  {arn}\nIts row stays in aws-auth of {}. If users should get in, {way_back}; if not, remove \
             this grant.",
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    )
}

/// `gets_in`: the new role has a row or an access entry by other hands.
pub(super) fn moved(target: &Target, prior: &Model, role: &Role, gets_in: bool) -> Diagnostic {
    let old = prior.principal_arn.as_deref_option().unwrap_or("(none)");
    let (summary, entrance) = match gets_in {
        true => (
            NEW_ROLE_GETS_IN,
            ", and the new one gets in by a row or an access entry that this grant did not make",
        ),
        false => (NEW_ROLE, ""),
    };
    diagnostic(
        summary,
        format!(
            "Identity Center created a new role for {} in account {} ({}):\n  old {old}\n  new {}\nThe row of this grant in aws-auth of {} still \
             names the old one{entrance}. The apply puts the new role's row in its place, in one write. User names formed from the role contain \
             its name, so they change (user_name = \"sso:{{{{SessionName}}}}\" keeps them).",
            target.grantee,
            target.role_account,
            made(role),
            role.arn.without_path(),
            target.cluster_and_place()
        ),
        grantee_attribute(target),
    )
}

pub(super) fn cannot_move(resource_type: &str) -> Diagnostic {
    diagnostic(
        "Resource cannot be moved",
        format!(
            "The type {resource_type} cannot become eks_sso_aws_auth by a moved block. Remove it from the state without destroying it (a removed \
             block with destroy = false), and import the row:\n  import {{\n    to = eks_sso_aws_auth.NAME\n    id = \"CLUSTER,PERMISSION_SET\"\n  }}"
        ),
        no_attribute(),
    )
}

/// The same, with what to do where the fault cannot be fixed: no destroy may be blocked for good.
pub(super) fn or_give_up(mut problem: Diagnostic) -> Diagnostic {
    problem.detail.to_mut().push_str(
        "\n\nIf that cannot be fixed, take the grant out of the state, which changes nothing in aws-auth:\n  terraform state rm ADDRESS",
    );
    problem
}

/// The new role of a permission set has a row that is not the one to be written.
pub(super) fn replaces_row(target: &Target, row: &Row) -> Diagnostic {
    diagnostic(
        "aws-auth row of the new role is replaced",
        format!(
            "aws-auth of {} already has this row:{}\nThis grant did not write it. The apply puts the row of this grant in its place: what only \
             the other one gives is lost. To keep it, add its groups to this grant.",
            target.cluster_and_place(),
            content(row)
        ),
        grantee_attribute(target),
    )
}

/// The grant ends, and the state does not know the row that the new role has.
pub(super) fn row_of_new_role_stays(session: &Session, target: &Target, row: &Row) -> Diagnostic {
    about(diagnostic(
        "aws-auth row of the new role stays",
        format!(
            "aws-auth of {} has this row, for a role that is new since the last apply:{}\nThe state knows only the row of the earlier role, so \
             this one stays when the grant ends, and lets users in. If it should be removed, apply this grant once more before you remove it, or \
             edit the map:\n  kubectl -n kube-system edit configmap aws-auth\nTo manage it again:\n  terraform import eks_sso_aws_auth.NAME '{}'",
            target.cluster_and_place(),
            content(row),
            target.import_id(session)
        ),
        no_attribute(),
    ))
}

/// Only one role of a permission set exists in an account.
pub(super) fn rows_of_other_roles(target: &Target, rows: &[&Row]) -> Diagnostic {
    diagnostic(
        "aws-auth has rows for other roles of the permission set",
        format!(
            "aws-auth of {} has rows for roles that {} had at another time:{}\nThey are not in the state and will not be removed. A row whose role \
             is gone lets nobody in, but anyone who creates a role of that name gets in by it. Remove them:\n  kubectl -n kube-system edit configmap \
             aws-auth",
            target.cluster_and_place(),
            target.grantee,
            rows.iter().map(|row| content(row)).collect::<String>()
        ),
        grantee_attribute(target),
    )
}

/// The new row, in mapRoles, goes before one in mapUsers. `lost` is what only the latter gives.
pub(super) fn overrides_user_row(target: &Target, row: &Row, lost: &[String]) -> Diagnostic {
    let (loss, attribute) = match lost {
        [] => (String::new(), grantee_attribute(target)),
        lost => (
            format!(
                " What only the other row gives is lost at once: {}. To keep it, add it to kubernetes_groups.",
                lost.join(", ")
            ),
            at("kubernetes_groups"),
        ),
    };
    diagnostic(
        "aws-auth row under mapUsers is overridden",
        format!(
            "aws-auth of {} has this row:{}\nA role's row under mapUsers lets its users in, too, as long as mapRoles has none: the row of this \
             grant, which comes into mapRoles, overrides it.{loss} It acts again once this grant is removed, so remove it from mapUsers after the \
             apply (kubectl -n kube-system edit configmap aws-auth); this resource changes nothing there.",
            target.cluster_and_place(),
            content(row)
        ),
        attribute,
    )
}

/// Without the row in mapRoles, one in mapUsers holds.
pub(super) fn user_row_acts_again(target: &Target, row: &Row) -> Diagnostic {
    diagnostic(
        "aws-auth row under mapUsers acts again",
        format!(
            "aws-auth of {} has this row:{}\nOnce the row of this grant is gone from mapRoles, {} gets in by that one. If nobody is meant to, \
             remove it first (kubectl -n kube-system edit configmap aws-auth).",
            target.cluster_and_place(),
            content(row),
            target.grantee
        ),
        grantee_attribute(target),
    )
}

/// What becomes of the rows of a role that has several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Several {
    /// One row takes the place of all.
    BecomeOne,
    /// None is left.
    AreRemoved,
}

/// A role has more rows than the one that holds.
pub(super) fn several_rows(target: &Target, overridden: &[&Row], several: Several) -> Diagnostic {
    let what_happens = match several {
        Several::BecomeOne => "The apply writes one row in the place of the last one, and removes",
        Several::AreRemoved => "The apply removes the row of this grant, and with it",
    };
    diagnostic(
        "aws-auth has several rows for one role",
        format!(
            "Of several rows for one role under mapRoles EKS reads the last one. In aws-auth of {}, others have no effect.\n\n{what_happens}:{}",
            target.cluster_and_place(),
            overridden.iter().map(|row| content(row)).collect::<String>()
        ),
        grantee_attribute(target),
    )
}

/// aws-auth, by which nodes join a cluster in CONFIG_MAP mode, has no row for any.
pub(super) fn no_nodes(target: &Target, is_absent: bool) -> Diagnostic {
    let (what_is_there, others) = match is_absent {
        true => (
            "There is no ConfigMap kube-system/aws-auth. The apply makes one with the row of this grant alone",
            " Everyone else who came in by a row of the map is locked out, too.",
        ),
        false => (
            "The ConfigMap kube-system/aws-auth has no row for nodes. The apply adds the row of this grant alone",
            "",
        ),
    };
    about(diagnostic(
        "aws-auth has no row for nodes",
        format!(
            "{} is in CONFIG_MAP mode, in which nodes, too, join by a row of aws-auth. {what_is_there}: without a row for their role, nodes \
             cannot join, and those that have joined become NotReady.{others}\nIf the cluster has no nodes yet, there is nothing to do: EKS adds \
             the row with the first managed node group. If it has, put back the row of each node role:\n  kubectl -n kube-system edit configmap \
             aws-auth\n\n  - rolearn: ARN_OF_THE_NODE_ROLE\n    username: system:node:{{{{EC2PrivateDNSName}}}}\n    groups:\n    - \
             system:bootstrappers\n    - system:nodes",
            target.cluster_and_place()
        ),
        at("cluster_name"),
    ))
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
    let fact = format!("Writing aws-auth of {} for {} failed.", target.cluster_and_place(), target.grantee);
    let mut message = explained(session, kubernetes, target, NOT_WRITTEN, &fact, error);
    let ending = match (may_be_done, error.kind) {
        (true, _) => {
            "\n\nIt is not known whether the write was done. If the next plan says that the row exists already, import it as that error says."
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
