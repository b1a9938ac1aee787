//! `eks_sso_role`: the IAM role that a permission set has in an account.
//!
//! Reads iam:ListRoles below `/aws-reserved/`, once per account and run; with the `identity_center` block also
//! sso:ListInstances, ListPermissionSets and DescribePermissionSet, to tell why a role is missing.

mod schema;

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::iam::Role;
use crate::aws::retry::{Look, poll_until, recently};
use crate::aws::session::Session;
use crate::cluster_place::own_account;
use crate::configured::Configured;
use crate::domain::duration::format_duration;
use crate::domain::duration::parse_duration;
use crate::domain::error::Invalid;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use crate::domain::provisioned_role::{ProvisionedRoleName, arn_pattern, identity_center_region};
use crate::other_partition;
use crate::report::{at, diagnostic, failed, no_attribute};
use crate::role_problems::{AbsentRole, ambiguous, sets_of};
use schema::Model;
use std::time::Duration;
use tf_provider::schema::Schema;
use tf_provider::value::{Value, ValueEmpty};
use tf_provider::{DataSource, Diagnostic, Diagnostics};
use tokio::time::Instant;
use tracing::Instrument;

/// The data source.
#[derive(Debug)]
pub struct SsoRole {
    configured: Configured,
}

impl SsoRole {
    /// The data source of a provider that will be configured.
    #[must_use]
    pub fn new(configured: Configured) -> Self {
        Self { configured }
    }
}

#[async_trait::async_trait]
impl DataSource for SsoRole {
    type State<'a> = Model;
    type ProviderMetaState<'a> = ValueEmpty;

    fn schema(&self, _: &mut Diagnostics) -> Option<Schema> {
        Some(schema::schema())
    }

    async fn validate<'a>(&self, diags: &mut Diagnostics, config: Model) -> Option<()> {
        validate(diags, &config);
        Some(())
    }

    async fn read<'a>(&self, diags: &mut Diagnostics, config: Model, _: ValueEmpty) -> Option<Model> {
        let session = self.configured.session(diags)?;
        let account = account(diags, &session, &config)?;
        let name = name(diags, &session, &config).await?;
        let role = find(diags, &session, &account, &name, &config).await?;
        Some(flatten(config, &session, &account, &name, &role))
    }
}

fn validate(diags: &mut Diagnostics, config: &Model) {
    let mut check = |attribute, summary, result: Result<(), Invalid>| {
        if let Err(invalid) = result {
            diags.add_error(diagnostic(summary, invalid.to_string(), at(attribute)));
        }
    };
    if let Some(name) = config.permission_set_name.as_deref_option() {
        check(
            "permission_set_name",
            "Invalid permission set name",
            PermissionSetName::parse(name).map(drop),
        );
    }
    if let Some(arn) = config.permission_set_arn.as_deref_option() {
        check("permission_set_arn", "Invalid permission set ARN", validate_arn(arn));
    }
    if let Some(account) = config.account_id.as_deref_option() {
        check("account_id", "Invalid account ID", AccountId::parse(account).map(drop));
    }
    match (&config.permission_set_name, &config.permission_set_arn) {
        (Value::Value(_), Value::Value(_)) => diags.add_error(diagnostic(
            "Conflicting permission_set_name and permission_set_arn",
            "Both permission_set_name and permission_set_arn are set. Remove one of them.",
            at("permission_set_arn"),
        )),
        (Value::Null, Value::Null) => diags.add_error(diagnostic(
            "Missing permission_set_name or permission_set_arn",
            "Neither permission_set_name nor permission_set_arn is set. Set one of them; the name is enough, and needs no access to Identity Center.",
            at("permission_set_name"),
        )),
        _ => {}
    }
    if let Some(text) = config.timeouts.as_ref_option().and_then(|timeouts| timeouts.read.as_deref_option())
        && let Err(invalid) = parse_duration(text)
    {
        diags.add_error(diagnostic("Invalid timeout", invalid.to_string(), at("timeouts").attribute("read")));
    }
}

/// `arn:aws:sso:::permissionSet/ssoins-…/ps-…`
fn validate_arn(arn: &str) -> Result<(), Invalid> {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    if arn.starts_with("arn:") && arn.contains(":sso:::") && resource.starts_with("permissionSet/") {
        return Ok(());
    }
    Err(Invalid::new(format!(
        "{arn:?} is not the ARN of a permission set: expected arn:aws:sso:::permissionSet/ssoins-…/ps-…. If it is a name, set \
         permission_set_name instead."
    )))
}

fn account(diags: &mut Diagnostics, session: &Session, config: &Model) -> Option<AccountId> {
    if let Some(account) = config.account_id.as_deref_option() {
        return AccountId::parse(account).ok();
    }
    own_account(diags, session, "account_id")
}

async fn name(diags: &mut Diagnostics, session: &Session, config: &Model) -> Option<PermissionSetName> {
    let Some(arn) = config.permission_set_arn.as_deref_option() else {
        return PermissionSetName::parse(config.permission_set_name.as_deref_option()?).ok();
    };
    if !other_partition::check(diags, session, at("permission_set_arn"), arn, "") {
        return None;
    }
    let Some(identity_center) = session.identity_center() else {
        diags.add_error(diagnostic(
            "Identity Center is not configured",
            "permission_set_arn is set, but only Identity Center knows the name that belongs to it. Set permission_set_name instead \
             (aws_ssoadmin_permission_set.x.name is known at plan time), or add an identity_center block to the provider.",
            at("permission_set_arn"),
        ));
        return None;
    };
    match identity_center.permission_set_name(arn).await {
        Ok(name) => Some(name),
        Err(error) => {
            diags.add_error(failed(
                "Permission set cannot be read",
                &format!("The permission set cannot be read:\n  {arn}"),
                &error,
                at("permission_set_arn"),
            ));
            None
        }
    }
}

async fn find(diags: &mut Diagnostics, session: &Session, account: &AccountId, name: &PermissionSetName, config: &Model) -> Option<Role> {
    let timeout = config
        .timeouts
        .as_ref_option()
        .and_then(|timeouts| parse_duration(timeouts.read.as_deref_option()?).ok());
    let started = Instant::now();
    let waited = poll_until(started + timeout.unwrap_or_default(), "the role", || async {
        let mut exact = exact(&session.reserved_roles(account).await?, name);
        // Whoever waits wants to hear something new; the answer at hand serves those who do not.
        if exact.is_empty() && timeout.is_some() {
            let since = recently().max(started);
            exact = self::exact(&session.reserved_roles_since(account, since).await?, name);
        }
        Ok(match exact.is_empty() {
            true => Look::NotYet("the permission set has no role in this account yet".to_owned()),
            false => Look::Done(exact),
        })
    });
    let waiting = tracing::info_span!("wait", permission_set = %name, %account);
    match waited.instrument(waiting).await {
        Ok(Look::Done(mut roles)) if roles.len() == 1 => roles.pop(),
        Ok(Look::Done(roles)) => {
            diags.add_error(ambiguous(account, name, &roles, at("permission_set_name")));
            None
        }
        Ok(Look::NotYet(_)) => {
            let message = absent(diags, session, account, name, timeout).await;
            diags.add_error(message);
            None
        }
        Err(error) => {
            diags.add_error(unreadable(account, name, &error));
            None
        }
    }
}

fn exact(roles: &[Role], name: &PermissionSetName) -> Vec<Role> {
    roles
        .iter()
        .filter(|role| ProvisionedRoleName::parse(&role.name).is_ok_and(|p| p.permission_set() == name))
        .cloned()
        .collect()
}

fn unreadable(account: &AccountId, name: &PermissionSetName, error: &AwsError) -> Diagnostic {
    let blame = match error.kind {
        ErrorKind::CannotAssume | ErrorKind::AccountNotAllowed | ErrorKind::NoWayToAccount => at("account_id"),
        _ => no_attribute(),
    };
    failed(
        "Roles cannot be listed",
        &format!("The role of {name} in account {account} cannot be looked up."),
        error,
        blame,
    )
}

/// Three answers: the set does not exist; it is not assigned here; or that cannot be told apart.
async fn absent(
    diags: &mut Diagnostics,
    session: &Session,
    account: &AccountId,
    set: &PermissionSetName,
    waited: Option<Duration>,
) -> Diagnostic {
    // Only for the names that are there: without them the message is shorter, no less true.
    let roles = session.reserved_roles(account).await.unwrap_or_default();
    let absent = AbsentRole {
        session,
        account,
        set,
        here: &sets_of(&roles),
    };
    let way_out = |made: &str| match waited {
        Some(waited) => format!(
            "This waited {} for the role (timeouts), and it did not come.",
            format_duration(waited)
        ),
        None => format!("If this same apply {made}:\n  timeouts {{ read = \"5m\" }}"),
    };
    absent.describe(diags, "Assign it there.", &way_out).await
}

fn flatten(config: Model, session: &Session, account: &AccountId, name: &PermissionSetName, role: &Role) -> Model {
    let text = |text: &str| Value::Value(text.to_owned());
    let provisioned = ProvisionedRoleName::parse(&role.name).ok();
    Model {
        permission_set_name: text(name.as_str()),
        account_id: text(account.as_str()),
        arn: text(&role.arn.to_string()),
        arn_without_path: text(&role.arn.without_path()),
        arn_pattern: arn_pattern(&role.arn).into(),
        name: text(&role.name),
        path: text(&role.path),
        role_id: text(&role.role_id),
        suffix: provisioned.map(|p| p.suffix().to_owned()).into(),
        created_at: role.created_at.map(|at| at.to_string()).into(),
        identity_center_region: identity_center_region(&role.path, session.partition())
            .map(|region| region.to_string())
            .into(),
        ..config
    }
}
