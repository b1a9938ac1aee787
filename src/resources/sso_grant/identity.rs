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

pub(crate) const SCHEMA: &[IdentityAttribute] = &[
    attribute("cluster_name", true, "Name of the EKS cluster."),
    attribute(
        "permission_set_name",
        false,
        "Name of the permission set. Exactly one of this and role_name is needed.",
    ),
    attribute("role_name", false, "Name of an IAM role that is not Identity Center's."),
    attribute("account_id", false, "AWS account of the cluster. Default: the provider's own."),
    attribute("region", false, "AWS Region of the cluster. Default: the provider's."),
    attribute("role_account_id", false, "AWS account of the role, where it is not the cluster's."),
];

/// The identity of a state; `None` while a part of it is unknown.
pub(crate) fn identity(state: &impl Named) -> Option<Identity> {
    let state = state.names();
    let role_account = match state.role_account() == state.account_id {
        true => Value::Null,
        false => state.role_account_id.clone(),
    };
    let parts = [
        ("cluster_name", state.cluster_name.clone()),
        ("permission_set_name", state.permission_set_name.clone()),
        ("role_name", state.role_name.clone()),
        ("account_id", state.account_id.clone()),
        ("region", state.region.clone()),
        ("role_account_id", role_account),
    ];
    let is_known = parts.iter().all(|(_, part)| !part.is_unknown());
    is_known.then(|| parts.into_iter().map(|(name, part)| (name.to_owned(), part)).collect())
}

/// What an identity names, as an import id would, and the role's account if the identity gives it.
///
/// # Errors
/// A part is missing, or not valid.
pub(crate) fn parse(identity: &Identity) -> Result<(ImportId, Option<AccountId>), Invalid> {
    let part = |name: &str| identity.get(name).and_then(|part| part.as_deref_option());
    let grantee = match (part("permission_set_name"), part("role_name")) {
        (Some(name), None) => Grantee::PermissionSet(PermissionSetName::parse(name)?),
        (None, Some(name)) => Grantee::Role(RoleName::parse(name)?),
        (Some(_), Some(_)) => {
            return Err(Invalid::new(
                "The identity has both permission_set_name and role_name. Remove one of them.",
            ));
        }
        (None, None) => {
            return Err(Invalid::new(
                "The identity has neither permission_set_name nor role_name. Give one of them.",
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
        assert_eq!(identity(&state()).unwrap()["role_account_id"], Value::Null);
    }

    #[test]
    fn unknown_part_makes_no_identity() {
        assert_eq!(
            identity(&Grant {
                account_id: Value::Unknown,
                ..state()
            }),
            None
        );
    }

    #[test]
    fn identity_of_a_state_imports_it() {
        let (id, role_account) = parse(&identity(&state()).unwrap()).unwrap();
        assert_eq!(id.to_string(), "111122223333/c,Dev@eu-west-1");
        assert_eq!(role_account, None);
    }

    #[test]
    fn err_identity_names_nobody_or_two() {
        let mut parts = identity(&state()).unwrap();
        parts.insert("role_name".to_owned(), text("Okta"));
        assert_eq!(
            parse(&parts).unwrap_err().to_string(),
            "The identity has both permission_set_name and role_name. Remove one of them."
        );
        parts.insert("role_name".to_owned(), Value::Null);
        parts.insert("permission_set_name".to_owned(), Value::Null);
        assert_eq!(
            parse(&parts).unwrap_err().to_string(),
            "The identity has neither permission_set_name nor role_name. Give one of them."
        );
    }
}
