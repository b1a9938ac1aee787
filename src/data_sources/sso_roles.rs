//! `eks_sso_roles`: the roles of permission sets in many accounts at once.
//!
//! Reads iam:ListRoles below `/aws-reserved/`, once per account and run, accounts in parallel.

use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::cluster_place::own_account;
use crate::configured::Configured;
use crate::data_sources::attributes::attribute;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use crate::domain::provisioned_role::{ProvisionedRoleName, arn_pattern};
use crate::hosting::Texts;
use crate::report::{at, diagnostic, empty, failed, null_element};
use futures_util::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tf_provider::schema::{AttributeConstraint, AttributeType, Block, Description, Schema};
use tf_provider::value::{Value, ValueEmpty};
use tf_provider::{DataSource, Diagnostics};

/// Accounts that are asked at the same time: enough to hide the way to AWS, few enough to need no great number of
/// connections.
const AT_ONCE: usize = 16;

/// Configuration and result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    account_ids: Value<Texts>,
    permission_set_names: Value<Texts>,
    roles: Value<BTreeMap<String, BTreeMap<String, RoleModel>>>,
}

/// One role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct RoleModel {
    arn: String,
    arn_without_path: String,
    arn_pattern: String,
    name: String,
    role_id: String,
}

/// The data source.
#[derive(Debug)]
pub struct SsoRoles {
    configured: Configured,
}

impl SsoRoles {
    /// The data source of a provider that will be configured.
    #[must_use]
    pub fn new(configured: Configured) -> Self {
        Self { configured }
    }
}

#[async_trait::async_trait]
impl DataSource for SsoRoles {
    type State<'a> = Model;
    type ProviderMetaState<'a> = ValueEmpty;

    fn schema(&self, _: &mut Diagnostics) -> Option<Schema> {
        Some(schema())
    }

    async fn validate<'a>(&self, diags: &mut Diagnostics, config: Model) -> Option<()> {
        for (name, texts) in [
            ("account_ids", &config.account_ids),
            ("permission_set_names", &config.permission_set_names),
        ] {
            if texts.as_ref_option().into_iter().flatten().any(Value::is_null) {
                diags.add_error(null_element(at(name)));
            }
        }
        let invalid = |texts: &Value<Texts>, parse: fn(&str) -> Option<String>| -> Vec<String> {
            known(texts).iter().flatten().filter_map(|text| parse(text)).collect()
        };
        for reason in invalid(&config.account_ids, |text| AccountId::parse(text).err().map(|e| e.to_string())) {
            diags.add_error(diagnostic("Invalid account ID", reason, at("account_ids")));
        }
        for reason in invalid(&config.permission_set_names, |text| {
            PermissionSetName::parse(text).err().map(|e| e.to_string())
        }) {
            diags.add_error(diagnostic("Invalid permission set name", reason, at("permission_set_names")));
        }
        Some(())
    }

    async fn read<'a>(&self, diags: &mut Diagnostics, config: Model, _: ValueEmpty) -> Option<Model> {
        warn_of_empty(diags, &config);
        let session = self.configured.session(diags)?;
        let accounts = accounts(diags, &session, &config)?;
        let wanted = known(&config.permission_set_names);
        let mut roles = BTreeMap::new();
        for (account, found) in ask_all(&session, accounts.clone()).await {
            match found {
                Ok(found) => {
                    roles.insert(account.to_string(), by_permission_set(diags, &account, &found, wanted.as_ref()));
                }
                Err(error) => diags.add_error(unreadable(&account, &error)),
            }
        }
        let account_ids = accounts.iter().map(|account| Value::Value(account.to_string())).collect();
        Some(Model {
            account_ids: Value::Value(account_ids),
            roles: Value::Value(roles),
            ..config
        })
    }
}

/// Which is not the same as an argument that is not set.
fn warn_of_empty(diags: &mut Diagnostics, config: &Model) {
    let is_empty = |texts: &Value<Texts>| texts.as_ref_option().is_some_and(Texts::is_empty);
    if is_empty(&config.account_ids) {
        let consequence = "roles is empty. Name the accounts, or leave the argument out (null) for the provider's own.";
        diags.add_warning(empty("account_ids", consequence));
    }
    if is_empty(&config.permission_set_names) {
        let consequence = "no role is found in any account. Name the permission sets, or leave the argument out (null) for all.";
        diags.add_warning(empty("permission_set_names", consequence));
    }
}

fn schema() -> Schema {
    let texts = || AttributeType::Set(Box::new(AttributeType::String));
    let role = ["arn", "arn_without_path", "arn_pattern", "name", "role_id"].map(|name| (name.to_owned(), AttributeType::String));
    let roles = AttributeType::Map(Box::new(AttributeType::Map(Box::new(AttributeType::Object(HashMap::from(role))))));
    let attributes = HashMap::from([
        attribute(
            "account_ids",
            texts(),
            AttributeConstraint::OptionalComputed,
            "AWS accounts in which to look, 12 digits each. Default: the provider's own. Others are reached through `account_access`.",
        ),
        attribute(
            "permission_set_names",
            texts(),
            AttributeConstraint::Optional,
            "Names of the permission sets to look for. Default: all. One that has no role in an account is absent there.",
        ),
        attribute(
            "roles",
            roles,
            AttributeConstraint::Computed,
            "Roles by account id and permission set name, each with `arn`, `arn_without_path`, `arn_pattern`, `name` and `role_id` as in `eks_sso_role`.",
        ),
    ]);
    let description = Description::markdown(
        "Finds the IAM roles that IAM Identity Center made for permission sets in many accounts, with one walk through the roles of each.",
    );
    Schema {
        version: 0,
        block: Block {
            version: 0,
            attributes,
            blocks: HashMap::new(),
            description,
            deprecated: false,
        },
    }
}

/// The texts of a set; `None` if it is not set.
fn known(texts: &Value<Texts>) -> Option<BTreeSet<String>> {
    texts
        .as_ref_option()
        .map(|texts| texts.iter().filter_map(|text| text.as_ref_option().cloned()).collect())
}

fn accounts(diags: &mut Diagnostics, session: &Session, config: &Model) -> Option<BTreeSet<AccountId>> {
    if let Some(accounts) = known(&config.account_ids) {
        return accounts.iter().map(|account| AccountId::parse(account).ok()).collect();
    }
    own_account(diags, session, "account_ids").map(|account| BTreeSet::from([account]))
}

type Answer = (AccountId, Result<Arc<Vec<Role>>, AwsError>);

async fn ask_all(session: &Session, accounts: BTreeSet<AccountId>) -> Vec<Answer> {
    let questions = stream::iter(accounts).map(|account| async move {
        let roles = session.reserved_roles(&account).await;
        (account, roles)
    });
    questions.buffer_unordered(AT_ONCE).collect().await
}

/// Where a set has two roles nobody can tell which is meant: it is left out, and said.
fn by_permission_set(
    diags: &mut Diagnostics,
    account: &AccountId,
    roles: &[Role],
    wanted: Option<&BTreeSet<String>>,
) -> BTreeMap<String, RoleModel> {
    let mut found = BTreeMap::new();
    let mut ambiguous = BTreeSet::new();
    for role in roles {
        let Ok(name) = ProvisionedRoleName::parse(&role.name) else {
            continue;
        };
        let set = name.permission_set().to_string();
        if wanted.is_some_and(|wanted| !wanted.contains(&set)) {
            continue;
        }
        if found.insert(set.clone(), flatten(role)).is_some() {
            ambiguous.insert(set);
        }
    }
    for set in ambiguous {
        found.remove(&set);
        diags.add_warning(diagnostic(
            "Permission set has several roles in this account",
            format!("Account {account} holds more than one role of {set}, so the set is absent from the result."),
            at("roles"),
        ));
    }
    found
}

fn flatten(role: &Role) -> RoleModel {
    RoleModel {
        arn: role.arn.to_string(),
        arn_without_path: role.arn.without_path(),
        arn_pattern: arn_pattern(&role.arn).unwrap_or_default(),
        name: role.name.clone(),
        role_id: role.role_id.clone(),
    }
}

fn unreadable(account: &AccountId, error: &AwsError) -> tf_provider::Diagnostic {
    let fact = format!("The roles of account {account} cannot be listed.");
    failed("Roles cannot be listed", &fact, error, at("account_ids"))
}
