//! `eks_sso_cluster_access`: who gets into a cluster by its access entries and, if wanted, by aws-auth.
//!
//! Reads eks:DescribeCluster, ListAccessEntries (a hundred at a time), DescribeAccessEntry and
//! ListAssociatedAccessPolicies for each entry, and iam:ListRoles below `/aws-reserved/` once for each account that has a
//! role of Identity Center among the principals. With `include_people` and `include_members` also Identity Center and its
//! identity store, with `include_aws_auth` the ConfigMap and its roles. Other roles of entries are looked up with
//! `include_trust` alone.

mod aws_auth;
mod not_covered;
mod people;
mod picture;
mod read;
mod schema;
mod status;

use crate::aws::eks::Cluster;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::identity_center::IdentityCenter;
use crate::aws::session::Session;
use crate::cluster_place::CORRECT_THE_PLACE;
use crate::cluster_place::{self, ClusterPlace};
use crate::configured::Configured;
use crate::domain::access_policy::{AccessPolicyName, AccessScope};
use crate::domain::arn::RoleArn;
use crate::domain::aws_auth::listing::Listing;
use crate::domain::cluster::AuthenticationMode;
use crate::domain::rights;
use crate::report::{at, cause, diagnostic, failed};
use aws_auth::KnownRow;
use not_covered::AwsAuth;
use people::{Depth, People};
use read::{Entry, STANDARD, Unread, all_entries};
use schema::{EntryModel, Model, PolicyModel, RowModel};
use status::{Principal, Roles, Sought, Status};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tf_provider::schema::Schema;
use tf_provider::value::{Value, ValueEmpty};
use tf_provider::{DataSource, Diagnostic, Diagnostics};

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
        let people = wanted_people(diags, &session, &config)?;
        let cluster = cluster(diags, &session, &place).await?;
        let mode = cluster.as_deref().and_then(|cluster| cluster.authentication_mode);
        let (mode, entries) = entries(diags, &session, &place, mode).await?;
        let reader = Reader {
            session: &session,
            people,
            trust: is_wanted(&config.include_trust),
        };
        let (aws_auth, listing) = rows(diags, (&session, &place), &config, mode, cluster).await;
        let (entries, rows) = reader.describe(diags, entries, listing.as_ref()).await;
        Some(Model {
            account_id: Value::Value(place.account.to_string()),
            region: Value::Value(place.region.to_string()),
            authentication_mode: mode.map(|mode| mode.to_string()).into(),
            mermaid: Value::Value(picture::of(&place, &entries, rows.as_deref().unwrap_or_default())),
            entries: Value::Value(entries),
            aws_auth_rows: rows.into(),
            not_covered: Value::Value(not_covered::text(&place, mode, aws_auth)),
            ..config
        })
    }
}

fn is_wanted(argument: &Value<bool>) -> bool {
    *argument == Value::Value(true)
}

/// Identity Center and how far to ask it, if people are to be listed. The outer `None` comes with an error.
fn wanted_people(diags: &mut Diagnostics, session: &Session, config: &Model) -> Option<Option<(IdentityCenter, Depth)>> {
    let depth = match (is_wanted(&config.include_people), is_wanted(&config.include_members)) {
        (false, false) => return Some(None),
        (true, false) => Depth::Assigned,
        (_, true) => Depth::Members,
    };
    let argument = depth.argument();
    let center = session.identity_center();
    if center.is_none() {
        diags.add_error(diagnostic(
            "Identity Center is not configured",
            format!(
                "{argument} is set, but only Identity Center knows who is assigned to a permission set. Add an identity_center block to the \
                 provider, with a role_arn of the management account or of the delegated administrator, or remove {argument}."
            ),
            at(argument),
        ));
    }
    center.map(|center| Some((center, depth)))
}

/// The cluster, as far as it may be asked. The outer `None` comes with an error.
async fn cluster(diags: &mut Diagnostics, session: &Session, place: &ClusterPlace) -> Option<Option<Arc<Cluster>>> {
    match place.describe(session).await {
        Ok(Some(cluster)) => {
            let consequence = "Its access entries let nobody in, and may be gone soon.";
            place.warn_if_lost(diags, &cluster, at("cluster_name"), consequence);
            Some(Some(cluster))
        }
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

/// The rows of aws-auth, if they are to be listed, and whether they are.
async fn rows(
    diags: &mut Diagnostics,
    (session, place): (&Session, &ClusterPlace),
    config: &Model,
    mode: Option<AuthenticationMode>,
    cluster: Option<Arc<Cluster>>,
) -> (AwsAuth, Option<Listing>) {
    if !is_wanted(&config.include_aws_auth) {
        return (AwsAuth::NotAsked, None);
    }
    // A cluster that does not read aws-auth has no rows.
    if mode.is_some_and(|mode| !mode.reads_aws_auth()) {
        return (AwsAuth::NotAsked, Some(Listing::default()));
    }
    let listing = match cluster {
        Some(cluster) => aws_auth::read(diags, session, place, &cluster).await,
        None => {
            diags.add_warning(without_endpoint(place));
            None
        }
    };
    let aws_auth = if listing.is_some() { AwsAuth::Listed } else { AwsAuth::Unread };
    (aws_auth, listing)
}

/// eks:DescribeCluster was denied, which a warning says.
fn without_endpoint(place: &ClusterPlace) -> Diagnostic {
    diagnostic(
        "aws-auth cannot be read",
        format!(
            "The rows of aws-auth of {place} cannot be read, and the access entries are listed without them: eks:DescribeCluster, which is not \
             allowed, tells where the cluster's Kubernetes API is. Allow it, or remove include_aws_auth."
        ),
        at("include_aws_auth"),
    )
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

/// What is asked about entries and rows besides themselves.
struct Reader<'a> {
    session: &'a Session,
    people: Option<(IdentityCenter, Depth)>,
    trust: bool,
}

impl Reader<'_> {
    async fn describe(
        &self,
        diags: &mut Diagnostics,
        entries: Vec<Entry>,
        listing: Option<&Listing>,
    ) -> (Vec<EntryModel>, Option<Vec<RowModel>>) {
        let principals: Vec<_> = entries.iter().map(|entry| Principal::parse(&entry.entry.principal_arn)).collect();
        let of_rows = listing.map(aws_auth::principals).unwrap_or_default();
        let roles = self.look_up(diags, (&entries, &principals), (listing, &of_rows)).await;
        let entries: Vec<_> = entries
            .into_iter()
            .zip(principals)
            .map(|(entry, principal)| {
                let status = roles.status(&principal, entry.entry.created_at);
                (entry, principal, status)
            })
            .collect();
        let rows = listing.map(|listing| aws_auth::known(listing, of_rows, &roles, &overriding(&entries)));
        let people = self.people(diags, &entries, rows.as_deref().unwrap_or_default()).await;
        let trust = |principal: &Principal| self.trust.then(|| roles.trust(principal)).flatten();
        let rows = listing.zip(rows);
        let rows = rows.map(|(listing, rows)| aws_auth::flatten(listing, rows, people.as_ref(), trust));
        let entries = entries.into_iter().map(|(entry, principal, status)| {
            let trust = trust(&principal);
            flatten(entry, principal, status, people.as_ref(), trust)
        });
        (entries.collect(), rows)
    }

    async fn look_up(
        &self,
        diags: &mut Diagnostics,
        (entries, principals): (&[Entry], &[Principal]),
        (listing, of_rows): (Option<&Listing>, &[Principal]),
    ) -> Roles {
        let of_entries = entries.iter().zip(principals).map(|(entry, principal)| Sought {
            principal,
            entry_made: entry.entry.created_at,
            whatever_role: self.trust && entry.entry.type_ == STANDARD,
        });
        let rows = listing.into_iter().flat_map(|listing| &listing.rows).zip(of_rows);
        let rows = rows.filter(|(listed, _)| aws_auth::is_sought(listed)).map(|(_, principal)| Sought {
            principal,
            entry_made: None,
            whatever_role: true,
        });
        let roles = Roles::look_up(self.session, &of_entries.chain(rows).collect::<Vec<_>>()).await;
        for (account, error) in roles.unlisted() {
            diags.add_warning(unlisted(account.as_str(), error));
        }
        for (account, error) in roles.unread() {
            let argument = if self.trust { "include_trust" } else { "include_aws_auth" };
            diags.add_warning(unread(account.as_str(), error, argument));
        }
        roles
    }

    async fn people(&self, diags: &mut Diagnostics, entries: &[(Entry, Principal, Status)], rows: &[KnownRow]) -> Option<People> {
        let (center, depth) = self.people.as_ref()?;
        let of_entries = entries.iter().map(|(_, principal, status)| (principal, *status));
        let principals: Vec<_> = of_entries.chain(rows.iter().map(|row| (&row.principal, row.status))).collect();
        Some(People::of(diags, center, *depth, &principals).await)
    }
}

/// The keys of entries in whose favor a row has no effect, by the ARN that such a row has. EKS finds an entry by the id of its
/// role, so one that is for an earlier role leaves the row alone.
fn overriding(entries: &[(Entry, Principal, Status)]) -> BTreeMap<String, String> {
    let lets_in = entries
        .iter()
        .filter(|(_, _, status)| !matches!(status, Status::RoleMissing | Status::Stale));
    let keys = lets_in.map(|(entry, principal, _)| {
        let arn = &entry.entry.principal_arn;
        let in_rows = principal.role.as_ref().map_or_else(|| arn.clone(), RoleArn::without_path);
        (in_rows.to_ascii_lowercase(), arn.clone())
    });
    keys.collect()
}

fn unlisted(account: &str, error: &AwsError) -> Diagnostic {
    let detail = format!(
        "The roles of account {account} could not be listed, so the status of the access entries of its roles is \"unknown\".\n\n{}",
        cause(error)
    );
    diagnostic("Roles cannot be listed", detail, at("cluster_name"))
}

fn unread(account: &str, error: &AwsError, argument: &'static str) -> Diagnostic {
    let detail = format!(
        "Roles of account {account} that are not Identity Center's could not be looked up, so for these it is not known whom they trust, nor whether \
         they exist; the rest of the list is complete.\n\n{}",
        cause(error)
    );
    diagnostic("Role cannot be looked up", detail, at(argument))
}

fn flatten(entry: Entry, principal: Principal, status: Status, people: Option<&People>, trust: Option<BTreeSet<String>>) -> EntryModel {
    let scopes: BTreeMap<_, _> = entry.policies.into_iter().map(|(arn, scope)| (policy_name(&arn), scope)).collect();
    let people = people.and_then(|people| people.of_principal(&principal, status));
    let entry = entry.entry;
    EntryModel {
        key: entry.principal_arn.clone(),
        way_in: "access entry".to_owned(),
        account_id: principal.account.map(|account| account.to_string()),
        principal_name: principal.name,
        permission_set_name: principal.provisioned.map(|(_, set)| set.to_string()),
        status: status.to_string(),
        access_policies: scopes.iter().map(|(name, scope)| (name.clone(), policy(scope))).collect(),
        rights: rights::in_short(&scopes, &entry.groups),
        people,
        trust,
        principal_arn: entry.principal_arn,
        r#type: entry.type_,
        kubernetes_user_name: entry.user_name,
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
