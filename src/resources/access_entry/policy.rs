//! One access policy as configurations and states have it: `{ scope, namespaces }`.

use crate::domain::access_policy::AccessScope;
use crate::resources::sso_grant::schema::{attribute, set_of_text, text};
use crate::resources::sso_grant::texts::{Text, TextSet, known_texts};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use tf_provider::schema::{Attribute, AttributeConstraint};
use tf_provider::value::Value;

/// Policies by their names.
pub(crate) type PolicyMap = Value<BTreeMap<String, Value<PolicyModel>>>;

/// One access policy and where it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PolicyModel {
    pub(crate) scope: Text,
    pub(crate) namespaces: TextSet,
}

impl From<&AccessScope> for PolicyModel {
    fn from(scope: &AccessScope) -> Self {
        Self {
            scope: scope.scope().map(str::to_owned).into(),
            namespaces: scope
                .namespaces()
                .map(|names| names.iter().cloned().map(Value::Value).collect())
                .into(),
        }
    }
}

impl PolicyModel {
    /// The scope, if everything about it is known and valid.
    pub(crate) fn scope(&self) -> Option<AccessScope> {
        if self.scope.is_unknown() || self.namespaces.is_unknown() {
            return None;
        }
        let namespaces = match &self.namespaces {
            Value::Value(names) => Some(known_texts(names)?),
            _ => None,
        };
        AccessScope::from_parts(self.scope.as_deref_option(), namespaces.as_ref()).ok()
    }
}

/// The attributes of one.
pub(crate) fn policy_attributes(constraint: AttributeConstraint) -> HashMap<String, Attribute> {
    HashMap::from([
        text(
            "scope",
            constraint.clone(),
            "`\"cluster\"` for the whole cluster. Leave it out and set `namespaces` for single namespaces.",
        ),
        attribute(
            "namespaces",
            constraint,
            set_of_text(),
            "Kubernetes namespaces in which the policy holds; `*` stands for any characters (`\"team-*\"`). EKS does not check that they exist.",
        ),
    ])
}
