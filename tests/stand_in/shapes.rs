//! What the resource types look like.

use std::collections::HashMap;
use tf_provider::schema::{Attribute, AttributeConstraint, AttributeType, Block, NestedBlock, Schema};

/// Attributes and blocks.
pub(crate) struct Shape {
    texts: &'static [&'static str],
    lists: &'static [&'static str],
    blocks: &'static [(&'static str, Shape)],
}

const NOTHING: Shape = texts(&[]);

const fn texts(names: &'static [&'static str]) -> Shape {
    Shape {
        texts: names,
        lists: &[],
        blocks: &[],
    }
}

pub(crate) const PROVIDER: Shape = Shape {
    blocks: &[("assume_role", texts(&["role_arn"]))],
    ..texts(&["config_context", "config_path", "region"])
};

const METADATA: (&str, Shape) = ("metadata", texts(&["name", "namespace"]));
const ROLE_REF: (&str, Shape) = ("role_ref", texts(&["api_group", "kind", "name"]));
const SUBJECT: (&str, Shape) = ("subject", texts(&["api_group", "kind", "name", "namespace"]));
const ROLE: Shape = Shape {
    blocks: &[
        METADATA,
        (
            "rule",
            Shape {
                lists: &["api_groups", "resources", "resource_names", "verbs"],
                ..NOTHING
            },
        ),
    ],
    ..texts(&["id"])
};
const BINDING: Shape = Shape {
    blocks: &[METADATA, ROLE_REF, SUBJECT],
    ..texts(&["id"])
};

pub(crate) const TYPES: &[(&str, Shape)] = &[
    (
        "aws_eks_access_entry",
        texts(&[
            "access_entry_arn",
            "cluster_name",
            "created_at",
            "id",
            "modified_at",
            "principal_arn",
            "type",
            "user_name",
        ]),
    ),
    (
        "aws_eks_access_policy_association",
        texts(&["associated_at", "cluster_name", "id", "modified_at", "policy_arn", "principal_arn"]),
    ),
    (
        "aws_eks_cluster",
        Shape {
            blocks: &[
                (
                    "access_config",
                    texts(&["authentication_mode", "bootstrap_cluster_creator_admin_permissions"]),
                ),
                (
                    "vpc_config",
                    Shape {
                        lists: &["subnet_ids"],
                        ..NOTHING
                    },
                ),
            ],
            ..texts(&["arn", "id", "name", "role_arn", "version"])
        },
    ),
    (
        "aws_iam_role",
        texts(&["arn", "assume_role_policy", "id", "name", "path", "unique_id"]),
    ),
    ("aws_iam_role_policy", texts(&["id", "name", "policy", "role"])),
    ("aws_iam_role_policy_attachment", texts(&["id", "policy_arn", "role"])),
    ("aws_iam_saml_provider", texts(&["arn", "id", "name", "saml_metadata_document"])),
    (
        "aws_ssoadmin_account_assignment",
        texts(&[
            "id",
            "instance_arn",
            "permission_set_arn",
            "principal_id",
            "principal_type",
            "target_id",
            "target_type",
        ]),
    ),
    (
        "aws_ssoadmin_permission_set",
        texts(&["arn", "description", "id", "instance_arn", "name", "session_duration"]),
    ),
    (
        "aws_ssoadmin_permission_set_inline_policy",
        texts(&["id", "inline_policy", "instance_arn", "permission_set_arn"]),
    ),
    ("kubernetes_cluster_role_binding_v1", BINDING),
    ("kubernetes_cluster_role_v1", ROLE),
    (
        "kubernetes_namespace_v1",
        Shape {
            blocks: &[METADATA],
            ..texts(&["id"])
        },
    ),
    ("kubernetes_role_binding_v1", BINDING),
    ("kubernetes_role_v1", ROLE),
];

impl Shape {
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        let blocks = self.blocks.iter().map(|(name, _)| *name);
        self.texts.iter().chain(self.lists).copied().chain(blocks)
    }

    pub(crate) fn schema(&self) -> Schema {
        Schema {
            version: 0,
            block: self.block(),
        }
    }

    fn block(&self) -> Block {
        let texts = self.texts.iter().map(|name| (name, AttributeType::String));
        let lists = self
            .lists
            .iter()
            .map(|name| (name, AttributeType::List(Box::new(AttributeType::String))));
        let attribute = |attr_type| Attribute {
            attr_type,
            constraint: AttributeConstraint::OptionalComputed,
            ..Attribute::default()
        };
        let nested = |shape: &Self| NestedBlock::List(shape.block());
        Block {
            attributes: texts
                .chain(lists)
                .map(|(name, kind)| ((*name).to_owned(), attribute(kind)))
                .collect(),
            blocks: self
                .blocks
                .iter()
                .map(|(name, shape)| ((*name).to_owned(), nested(shape)))
                .collect::<HashMap<_, _>>(),
            ..Block::default()
        }
    }
}
