//! The parts of a schema that all kinds of grants have.

use crate::resources::sso_grant::target::Grantees;
use std::collections::HashMap;
use tf_provider::schema::{Attribute, AttributeConstraint, AttributeType, Block, Description};

use AttributeConstraint::{Optional, OptionalComputed, Required};

pub(crate) fn attribute(name: &str, constraint: AttributeConstraint, attr_type: AttributeType, description: &str) -> (String, Attribute) {
    let description = Description::markdown(description);
    (
        name.to_owned(),
        Attribute {
            attr_type,
            description,
            constraint,
            sensitive: false,
            deprecated: false,
        },
    )
}

pub(crate) fn text(name: &str, constraint: AttributeConstraint, description: &str) -> (String, Attribute) {
    attribute(name, constraint, AttributeType::String, description)
}

pub(crate) fn set_of_text() -> AttributeType {
    AttributeType::Set(Box::new(AttributeType::String))
}

pub(crate) fn who_and_where(grantees: Grantees) -> Vec<(String, Attribute)> {
    let one_of = match grantees {
        Grantees::Names => "`permission_set_name` and `role_name`",
        Grantees::NamesAndArns => "`permission_set_name`, `role_name` and `iam_principal_arn`",
    };
    let principal = text(
        "iam_principal_arn",
        Optional,
        "ARN of an IAM user, or of a role in an account that cannot be read. A role is looked up where that is permitted, a user is not. \
         Changing this forces a new resource, except between `role_name` and the ARN of the same role.",
    );
    let mut arguments = vec![
        text(
            "cluster_name",
            Required,
            "Name of the EKS cluster. Changing this forces a new resource.",
        ),
        text(
            "permission_set_name",
            Optional,
            &format!(
                "Name (not ARN) of the permission set whose users get in. Exactly one of {one_of} is needed. Changing this forces a new resource."
            ),
        ),
        text(
            "role_name",
            Optional,
            "Name of an IAM role that is not Identity Center's, for users who come in another way (federated from elsewhere, break-glass). Changing this forces a new resource.",
        ),
        text(
            "account_id",
            OptionalComputed,
            "AWS account of the cluster, 12 digits. Default: the provider's own account when the grant is made. Changing this forces a new resource.",
        ),
        text(
            "role_account_id",
            OptionalComputed,
            "AWS account of the role that gets in, 12 digits. Default: the cluster's. Changing this forces a new resource.",
        ),
        text(
            "region",
            OptionalComputed,
            "AWS Region of the cluster. Default: the provider's when the grant is made. Changing this forces a new resource.",
        ),
    ];
    arguments.extend((grantees == Grantees::NamesAndArns).then_some(principal));
    arguments
}

pub(crate) fn timeouts() -> Block {
    let timeout = |name, what: &str| {
        text(
            name,
            Optional,
            &format!("How long to {what}, such as `\"10m\"` or `\"1h30m\"`. Default: 10 minutes."),
        )
    };
    Block {
        version: 0,
        attributes: HashMap::from([
            timeout("create", "wait for the role, the cluster and EKS when the grant is made"),
            timeout("update", "wait when the grant is changed"),
            timeout("delete", "wait when the grant is removed"),
        ]),
        blocks: HashMap::new(),
        description: Description::plain("How long to wait."),
        deprecated: false,
    }
}
