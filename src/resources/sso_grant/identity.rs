//! The identity of a grant: names, which stay when Identity Center makes a role anew with another suffix.

use crate::domain::cluster::ClusterName;
use crate::domain::error::Invalid;
use crate::domain::grantee::Grantee;
use crate::domain::import_id::{ImportId, Subject};
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::{AccountId, Region};
use crate::domain::role_name::RoleName;
use crate::hosting::{Identity, IdentityAttribute};
use crate::resources::sso_grant::target::Named;
use tf_provider::value::Value;

const fn attribute(name: &'static str, required: bool, description: &'static str) -> IdentityAttribute {
    IdentityAttribute {
        name,
        required,
        description,
    }
}

const CLUSTER: IdentityAttribute = attribute("cluster_name", true, "Name of the EKS cluster.");
const ROLE: IdentityAttribute = attribute("role_name", false, "Name of an IAM role that is not Identity Center's.");
const ACCOUNT: IdentityAttribute = attribute("account_id", false, "AWS account of the cluster. Default: the provider's own.");
const REGION: IdentityAttribute = attribute("region", false, "AWS Region of the cluster. Default: the provider's.");
const ROLE_ACCOUNT: IdentityAttribute = attribute("role_account_id", false, "AWS account of the role, where it is not the cluster's.");

/// Of a grant that is for a permission set or a role.
pub(crate) const BY_NAME: &[IdentityAttribute] = &[
    CLUSTER,
    attribute(
        "permission_set_name",
        false,
        "Name of the permission set. Exactly one of this and role_name is needed.",
    ),
    ROLE,
    ACCOUNT,
    REGION,
    ROLE_ACCOUNT,
];

/// Of a grant that may also be for a principal by its ARN.
pub(crate) const BY_NAME_OR_ARN: &[IdentityAttribute] = &[
    CLUSTER,
    attribute(
        "permission_set_name",
        false,
        "Name of the permission set. Exactly one of this, role_name and iam_principal_arn is needed.",
    ),
    ROLE,
    attribute(
        "iam_principal_arn",
        false,
        "ARN of an IAM user, or of a role that cannot be looked up.",
    ),
    ACCOUNT,
    REGION,
    ROLE_ACCOUNT,
];

/// The identity of a state, with the parts that its schema has; `None` while one of them is unknown.
pub(crate) fn identity(schema: &[IdentityAttribute], state: &impl Named) -> Option<Identity> {
    let state = state.names();
    let role_account = match state.role_account() == state.account_id {
        true => Value::Null,
        false => state.role_account_id.clone(),
    };
    let mut parts = vec![
        ("cluster_name", state.cluster_name.clone()),
        ("permission_set_name", state.permission_set_name.clone()),
        ("role_name", state.role_name.clone()),
        ("iam_principal_arn", state.iam_principal_arn.clone()),
        ("account_id", state.account_id.clone()),
        ("region", state.region.clone()),
        ("role_account_id", role_account),
    ];
    parts.retain(|(name, _)| schema.iter().any(|attribute| attribute.name == *name));
    let is_known = parts.iter().all(|(_, part)| !part.is_unknown());
    is_known.then(|| parts.into_iter().map(|(name, part)| (name.to_owned(), part)).collect())
}

/// What an identity names, as an import id would, and the role's account if the identity gives it.
///
/// # Errors
/// A part is missing, or not valid.
pub(crate) fn parse(identity: &Identity) -> Result<(ImportId, Option<AccountId>), Invalid> {
    let part = |name: &str| identity.get(name).and_then(|part| part.as_deref_option());
    let grantee = match (part("permission_set_name"), part("role_name"), part("iam_principal_arn")) {
        (Some(name), None, None) => Grantee::PermissionSet(PermissionSetName::parse(name)?),
        (None, Some(name), None) => Grantee::Role(RoleName::parse(name)?),
        (None, None, Some(arn)) => Grantee::parse_principal(arn)?,
        (None, None, None) => {
            return Err(Invalid::new(
                "The identity names nobody who gets in. Give permission_set_name or role_name (or, for eks_sso_access, iam_principal_arn).",
            ));
        }
        _ => {
            return Err(Invalid::new(
                "The identity has more than one of permission_set_name, role_name and iam_principal_arn. Keep one of them.",
            ));
        }
    };
    let cluster = part("cluster_name").ok_or_else(|| Invalid::new("The identity has no cluster_name. Give the name of the cluster."))?;
    let id = ImportId {
        account: part("account_id").map(AccountId::parse).transpose()?,
        cluster: ClusterName::parse(cluster)?,
        subject: Subject::Grantee(grantee),
        region: part("region").map(Region::parse).transpose()?,
    };
    Ok((id, part("role_account_id").map(AccountId::parse).transpose()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::sso_grant::target::{Names, Slots};
    use crate::resources::sso_grant::texts::{Text, text};

    /// A grant in the cluster's own account.
    struct Grant {
        account_id: Text,
        cluster_name: Text,
        permission_set_name: Text,
        region: Text,
    }

    impl Named for Grant {
        fn names(&self) -> Names<'_> {
            Names {
                cluster_name: &self.cluster_name,
                permission_set_name: &self.permission_set_name,
                role_name: &Value::Null,
                iam_principal_arn: &Value::Null,
                account_id: &self.account_id,
                role_account_id: &self.account_id,
                region: &self.region,
            }
        }

        fn slots(&mut self) -> Slots<'_> {
            unreachable!("an identity writes nothing")
        }
    }

    fn state() -> Grant {
        Grant {
            account_id: text("111122223333"),
            cluster_name: text("c"),
            permission_set_name: text("Dev"),
            region: text("eu-west-1"),
        }
    }

    #[test]
    fn role_account_shows_only_where_it_is_another() {
        assert_eq!(identity(BY_NAME, &state()).unwrap()["role_account_id"], Value::Null);
    }

    #[test]
    fn unknown_part_makes_no_identity() {
        assert_eq!(
            identity(
                BY_NAME_OR_ARN,
                &Grant {
                    account_id: Value::Unknown,
                    ..state()
                }
            ),
            None
        );
    }

    #[test]
    fn identity_of_a_state_imports_it() {
        let (id, role_account) = parse(&identity(BY_NAME, &state()).unwrap()).unwrap();
        assert_eq!(id.to_string(), "111122223333/c,Dev@eu-west-1");
        assert_eq!(role_account, None);
    }

    #[test]
    fn err_identity_names_nobody_or_two() {
        let mut parts = identity(BY_NAME, &state()).unwrap();
        parts.insert("role_name".to_owned(), text("Okta"));
        assert_eq!(
            parse(&parts).unwrap_err().to_string(),
            "The identity has more than one of permission_set_name, role_name and iam_principal_arn. Keep one of them."
        );
        parts.insert("role_name".to_owned(), Value::Null);
        parts.insert("permission_set_name".to_owned(), Value::Null);
        assert_eq!(
            parse(&parts).unwrap_err().to_string(),
            "The identity names nobody who gets in. Give permission_set_name or role_name (or, for eks_sso_access, iam_principal_arn)."
        );
    }
}
