//! The state of `eks_sso_aws_auth`.

use crate::resources::sso_grant::kept::Computed;
use crate::resources::sso_grant::target::{Named, Names, Slots};
use crate::resources::sso_grant::texts::{Text, TextSet};
use crate::resources::sso_grant::timeouts::Timeouts;
use serde::{Deserialize, Serialize};
use tf_provider::value::Value;

/// Configuration, plan and state alike. Attributes that a state file lacks are null, others that it has are dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    pub(super) cluster_name: Text,
    pub(super) permission_set_name: Text,
    pub(super) role_name: Text,
    pub(super) account_id: Text,
    pub(super) role_account_id: Text,
    pub(super) region: Text,
    pub(super) kubernetes_groups: TextSet,
    pub(super) user_name: Text,
    pub(super) preflight: Text,
    pub(super) timeouts: Value<Timeouts>,
    pub(super) principal_arn: Text,
    pub(super) status: Text,
}

impl Model {
    /// Whether what is missing at plan may still come into being before the apply reaches this grant.
    pub(super) fn checks_at_apply(&self) -> bool {
        self.preflight.as_deref_option() == Some("apply")
    }
}

impl Named for Model {
    fn names(&self) -> Names<'_> {
        Names {
            cluster_name: &self.cluster_name,
            permission_set_name: &self.permission_set_name,
            role_name: &self.role_name,
            iam_principal_arn: &Value::Null,
            account_id: &self.account_id,
            role_account_id: &self.role_account_id,
            region: &self.region,
        }
    }

    fn slots(&mut self) -> Slots<'_> {
        Slots {
            cluster_name: &mut self.cluster_name,
            permission_set_name: &mut self.permission_set_name,
            role_name: &mut self.role_name,
            iam_principal_arn: None,
            account_id: &mut self.account_id,
            role_account_id: &mut self.role_account_id,
            region: &mut self.region,
        }
    }
}

impl Computed for Model {
    fn computed(&mut self) -> Vec<&mut Text> {
        vec![
            &mut self.account_id,
            &mut self.role_account_id,
            &mut self.region,
            &mut self.principal_arn,
            &mut self.status,
        ]
    }
}
