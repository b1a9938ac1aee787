//! The schema of `eks_sso_access_exclusive`.

use crate::resources::access_entry::policy::policy_attributes;
use crate::resources::sso_grant::schema::{attribute, set_of_text, text};
use std::collections::HashMap;
use tf_provider::schema::{Attribute, AttributeConstraint, AttributeType, Block, Description, Schema};

use AttributeConstraint::{Computed, Optional, OptionalComputed, Required};

/// Version of the state format.
pub(super) const VERSION: i64 = 0;

pub(super) fn schema() -> Schema {
    Schema {
        version: VERSION,
        block: Block {
            version: 0,
            attributes: arguments().into_iter().chain([unexpected()]).collect(),
            blocks: HashMap::new(),
            description: Description::markdown(
                "All access entries of one EKS cluster that are for people: those that the configuration does not name are shown in \
                 every plan, and removed by its apply. Destroying this resource changes nothing in the cluster.",
            ),
            deprecated: false,
        },
    }
}

fn arguments() -> Vec<(String, Attribute)> {
    vec![
        text(
            "cluster_name",
            Required,
            "Name of the EKS cluster. Changing this forces a new resource.",
        ),
        text(
            "account_id",
            OptionalComputed,
            "AWS account of the cluster, 12 digits. Default: the provider's own account when the resource is created. Changing this forces a new resource.",
        ),
        text(
            "region",
            OptionalComputed,
            "AWS Region of the cluster. Default: the provider's when the resource is created. Changing this forces a new resource.",
        ),
        attribute(
            "principal_arns",
            Required,
            set_of_text(),
            "ARNs of the roles and users whose access entries are wanted, usually the `principal_arn` of all grants. A role may be named without its path. An empty set says that no access entry for people is wanted.",
        ),
        attribute(
            "ignore",
            Optional,
            set_of_text(),
            "Patterns of principal ARNs, with their path, whose access entries are left alone; `*` matches any characters (`\"arn:aws:iam::*:role/ops/*\"`). Default: none.",
        ),
        text(
            "mode",
            Optional,
            "`\"remove\"` (default): the apply deletes the unexpected access entries that its plan shows. `\"report\"`: nothing is deleted, and a plan is not empty while there are any.",
        ),
    ]
}

fn unexpected() -> (String, Attribute) {
    let entry = HashMap::from([
        text(
            "access_entry_arn",
            Computed,
            "ARN of the access entry; its last part is new with each entry.",
        ),
        text(
            "owner",
            Computed,
            "The `owner` that is set in the provider block of the configuration that made it. Null if there is none.",
        ),
        text("user_name", Computed, "Its Kubernetes user name."),
        attribute("kubernetes_groups", Computed, set_of_text(), "Its Kubernetes groups."),
        attribute(
            "access_policies",
            Computed,
            AttributeType::AttributeMap(policy_attributes(Computed)),
            "Its EKS access policies by name, and where they hold.",
        ),
    ]);
    attribute(
        "unexpected",
        Computed,
        AttributeType::AttributeMap(entry),
        "The access entries for people that are neither named nor ignored, by the ARN of their principal, and what each may do.",
    )
}
