//! Attributes that several data sources have.

use tf_provider::schema::{Attribute, AttributeConstraint, AttributeType, Description};

/// Those of a cluster's place.
pub(super) fn of_cluster_place() -> [(String, Attribute); 3] {
    [
        text("cluster_name", AttributeConstraint::Required, "Name of the EKS cluster."),
        text(
            "account_id",
            AttributeConstraint::OptionalComputed,
            "AWS account of the cluster, 12 digits. Default: the provider's own. Others are reached through `account_access`.",
        ),
        text(
            "region",
            AttributeConstraint::OptionalComputed,
            "AWS Region of the cluster. Default: the provider's.",
        ),
    ]
}

/// A text attribute.
pub(super) fn text(name: &str, constraint: AttributeConstraint, description: &str) -> (String, Attribute) {
    attribute(name, AttributeType::String, constraint, description)
}

/// An attribute by its name.
pub(super) fn attribute(name: &str, attr_type: AttributeType, constraint: AttributeConstraint, description: &str) -> (String, Attribute) {
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
