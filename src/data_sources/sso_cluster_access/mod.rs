//! `eks_sso_cluster_access`: what the access entries of a cluster let in.
//!
//! Reads eks:DescribeCluster, ListAccessEntries (a hundred at a time), DescribeAccessEntry and
//! ListAssociatedAccessPolicies for each entry, and iam:ListRoles below `/aws-reserved/` once for each account that has a
//! role of Identity Center among the principals. With `include_people` also Identity Center and its identity store.
//! Principals that are not Identity Center's are not looked up.

mod not_covered;
mod people;
mod read;
mod schema;
mod status;

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::identity_center::IdentityCenter;
use crate::aws::session::Session;
use crate::cluster_place::CORRECT_THE_PLACE;
use crate::cluster_place::{self, ClusterPlace};
use crate::configured::Configured;
use crate::domain::access_policy::{AccessPolicyName, AccessScope};
use crate::domain::cluster::AuthenticationMode;
use crate::report::{at, cause, diagnostic, failed};
use people::People;
use read::{Entry, Unread, all_entries};
use schema::{EntryModel, Model, PolicyModel};
use status::{Principal, Roles, Status};
use tf_provider::schema::Schema;
use tf_provider::value::{Value, ValueEmpty};
use tf_provider::{DataSource, Diagnostic, Diagnostics};
use tokio::time::Instant;

/// The data source.
#[derive(Debug)]
pub struct SsoClusterAccess {
    configured: Configured,
}

impl SsoClusterAccess {
    /// The data source of a provider that will be configured.
    #[must_use]
    pub fn new(configured: Configured) -> Self {
        Self { configured }
    }
}

#[async_trait::async_trait]
impl DataSource for SsoClusterAccess {
    type State<'a> = Model;
    type ProviderMetaState<'a> = ValueEmpty;

    fn schema(&self, _: &mut Diagnostics) -> Option<Schema> {
        Some(schema::schema())
    }

    async fn validate<'a>(&self, diags: &mut Diagnostics, config: Model) -> Option<()> {
        cluster_place::validate(diags, &config.cluster_name, &config.account_id, &config.region);
        Some(())
    }

    async fn read<'a>(&self, diags: &mut Diagnostics, config: Model, _: ValueEmpty) -> Option<Model> {
        let session = self.configured.session(diags)?;
        let place = ClusterPlace::find(diags, &session, &config.cluster_name, &config.account_id, &config.region)?;
        let center = identity_center(diags, &session, &config)?;
        let mode = authentication_mode(diags, &session, &place).await?;
        let (mode, entries) = entries(diags, &session, &place, mode).await?;
        let entries = describe(diags, &session, center, entries).await;
        Some(Model {
            account_id: Value::Value(place.account.to_string()),
            region: Value::Value(place.region.to_string()),
            authentication_mode: mode.map(|mode| mode.to_string()).into(),
            entries: Value::Value(entries),
            not_covered: Value::Value(not_covered::text(&place, mode)),
            ..config
        })
    }
}

/// Identity Center, if people are to be listed. The outer `None` comes with an error.
fn identity_center(diags: &mut Diagnostics, session: &Session, config: &Model) -> Option<Option<IdentityCenter>> {
    if config.include_people != Value::Value(true) {
        return Some(None);
    }
    let center = session.identity_center();
    if center.is_none() {
        diags.add_error(diagnostic(
            "Identity Center is not configured",
            "include_people is set, but only Identity Center knows who is assigned to a permission set. Add an identity_center block to the \
             provider, with a role_arn of the management account or of the delegated administrator, or remove include_people.",
            at("include_people"),
        ));
    }
    center.map(Some)
}

/// The mode, as far as it may be asked. The outer `None` comes with an error.
async fn authentication_mode(diags: &mut Diagnostics, session: &Session, place: &ClusterPlace) -> Option<Option<AuthenticationMode>> {
    match place.describe(session).await {
        Ok(Some(cluster)) => Some(cluster.authentication_mode),
        Ok(None) => {
            diags.add_error(place.absent(session, CORRECT_THE_PLACE).await);
            None
        }
        Err(error) if error.kind == ErrorKind::AccessDenied => {
            let detail = format!(
                "The authentication mode of {place} could not be read, and the access entries are listed without it.\n\n{}",
                cause(&error)
            );
            diags.add_warning(diagnostic("Authentication mode is not known", detail, at("cluster_name")));
            Some(None)
        }
        Err(error) => {
            let fact = format!("The cluster {place} cannot be read.");
            diags.add_error(failed("Cluster cannot be read", &fact, &error, at("cluster_name")));
            None
        }
    }
}

/// The entries, and the mode if their absence tells it. `None` comes with an error.
async fn entries(
    diags: &mut Diagnostics,
    session: &Session,
    place: &ClusterPlace,
    mode: Option<AuthenticationMode>,
) -> Option<(Option<AuthenticationMode>, Vec<Entry>)> {
    let none = (Some(AuthenticationMode::ConfigMap), Vec::new());
    if mode == Some(AuthenticationMode::ConfigMap) {
        return Some(none);
    }
    let read = match session.eks(&place.account, &place.region).await {
        Ok(eks) => all_entries(&eks, &place.cluster).await,
        Err(error) => Err(Unread {
            principal_arn: None,
            error,
        }),
    };
    match read {
        Ok(entries) => Some((mode, entries)),
        Err(unread) if unread.error.is_authentication_mode() => Some(none),
        Err(unread) if unread.principal_arn.is_none() && unread.error.kind == ErrorKind::NotFound => {
            diags.add_error(place.absent(session, CORRECT_THE_PLACE).await);
            None
        }
        Err(unread) => {
            diags.add_error(unreadable(place, &unread));
            None
        }
    }
}

fn unreadable(place: &ClusterPlace, unread: &Unread) -> Diagnostic {
    let fact = match &unread.principal_arn {
        Some(arn) => format!(
            "An access entry of {place} cannot be read, so none is listed: a list with gaps would be taken for complete. It is that of\n  {arn}"
        ),
        None => format!("The access entries of {place} cannot be listed."),
    };
    failed("Access entries cannot be read", &fact, &unread.error, at("cluster_name"))
}

/// The roles behind the entries: those that this run knows, and where one is not among them, those of now.
async fn look_up(session: &Session, entries: &[Entry], principals: &[Principal]) -> Roles {
    let since = Instant::now();
    let mut roles = Roles::of(session, principals).await;
    for (entry, principal) in entries.iter().zip(principals) {
        let status = roles.status(principal, entry.entry.created_at);
        if let (Status::RoleMissing | Status::Stale, Some(account)) = (status, &principal.account) {
            roles.ask_again(session, account, since).await;
        }
    }
    roles
}

async fn describe(diags: &mut Diagnostics, session: &Session, center: Option<IdentityCenter>, entries: Vec<Entry>) -> Vec<EntryModel> {
    let parsed: Vec<_> = entries.iter().map(|entry| Principal::parse(&entry.entry.principal_arn)).collect();
    let roles = look_up(session, &entries, &parsed).await;
    for (account, error) in roles.failures() {
        diags.add_warning(unlisted(account.as_str(), error));
    }
    let statuses = entries.iter().zip(&parsed);
    let statuses: Vec<_> = statuses
        .map(|(entry, principal)| roles.status(principal, entry.entry.created_at))
        .collect();
    let principals: Vec<_> = parsed.into_iter().zip(statuses).collect();
    let people = match &center {
        Some(center) => Some(People::of(diags, center, &principals).await),
        None => None,
    };
    let models = entries.into_iter().zip(principals);
    models
        .map(|(entry, (principal, status))| flatten(entry, principal, status, people.as_ref()))
        .collect()
}

fn unlisted(account: &str, error: &AwsError) -> Diagnostic {
    let detail = format!(
        "The roles of account {account} could not be listed, so the status of the access entries of its roles is \"unknown\".\n\n{}",
        cause(error)
    );
    diagnostic("Roles cannot be listed", detail, at("cluster_name"))
}

fn flatten(entry: Entry, principal: Principal, status: Status, people: Option<&People>) -> EntryModel {
    let policies = entry.policies.iter().map(|(arn, scope)| (policy_name(arn), policy(scope)));
    let access_policies = policies.collect();
    let people = people.and_then(|people| people.of_entry(&principal, status));
    let entry = entry.entry;
    EntryModel {
        account_id: principal.account.map(|account| account.to_string()),
        principal_name: principal.name,
        permission_set_name: principal.provisioned.map(|(_, set)| set.to_string()),
        status: status.to_string(),
        access_policies,
        people,
        principal_arn: entry.principal_arn,
        r#type: entry.type_,
        user_name: entry.user_name,
        kubernetes_groups: entry.groups,
        created_at: entry.created_at.map(|at| at.to_string()),
    }
}

/// A policy of a kind that we cannot name stands by its ARN.
fn policy_name(arn: &str) -> String {
    AccessPolicyName::from_arn(arn).map_or_else(|_| arn.to_owned(), |name| name.to_string())
}

fn policy(scope: &AccessScope) -> PolicyModel {
    PolicyModel {
        scope: scope.scope().map(str::to_owned),
        namespaces: scope.namespaces().cloned(),
    }
}
