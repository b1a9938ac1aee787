//! `list "eks_sso_access"`: the entries of a cluster that are for people, for `terraform query`.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::session::Session;
use crate::cluster_place::{self, ClusterPlace};
use crate::domain::arn::{AccessEntryPrincipal, RoleArn};
use crate::domain::grantee::Grantee;
use crate::domain::place::AccountId;
use crate::hosting::{ListLimits, Listed, Raw};
use crate::report::{at, diagnostic, failed};
use crate::resources::access_entry::entry::{Entry, STANDARD, read_entry};
use crate::resources::sso_access::flatten::flatten;
use crate::resources::sso_access::import::{name_by_arn_if_unreadable, state};
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::preflight::entry_not_read;
use crate::resources::sso_access::read::fill_role;
use crate::resources::sso_grant::identity::{BY_NAME_OR_ARN, identity};
use crate::resources::sso_grant::import::grantee_of;
use crate::resources::sso_grant::notices::NO_ENTRIES;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::Text;
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::future::ready;
use std::pin::pin;
use tf_provider::schema::{Attribute, AttributeConstraint, AttributeType, Block, Description, Schema};
use tf_provider::{Diagnostic, Diagnostics};
use tokio::sync::mpsc;

/// Entries that are read at the same time.
const AT_ONCE: usize = 10;

#[derive(Debug, Default, Deserialize)]
struct Config {
    cluster_name: Text,
    account_id: Text,
    region: Text,
}

pub(super) fn schema() -> Schema {
    let text = |name: &str, constraint, description: &str| {
        let description = Description::plain(description);
        let attribute = Attribute {
            attr_type: AttributeType::String,
            description,
            constraint,
            sensitive: false,
            deprecated: false,
        };
        (name.to_owned(), attribute)
    };
    let attributes = HashMap::from([
        text("cluster_name", AttributeConstraint::Required, "Name of the EKS cluster."),
        text(
            "account_id",
            AttributeConstraint::Optional,
            "AWS account of the cluster, 12 digits. Default: the provider's own.",
        ),
        text(
            "region",
            AttributeConstraint::Optional,
            "AWS Region of the cluster. Default: the provider's.",
        ),
    ]);
    let description = Description::markdown(
        "Lists the access entries of a cluster that are for people (type `STANDARD`): of permission sets, of other IAM roles and of IAM users.",
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

pub(super) fn validate(diags: &mut Diagnostics, config: &Raw) {
    if let Some(config) = config.decode::<Config>(diags) {
        cluster_place::validate(diags, &config.cluster_name, &config.account_id, &config.region);
    }
}

pub(super) async fn list(diags: &mut Diagnostics, session: &Session, config: &Raw, limits: ListLimits, rows: mpsc::Sender<Listed<Model>>) {
    let Some(config) = config.decode::<Config>(diags) else { return };
    let Some(place) = ClusterPlace::find(diags, session, &config.cluster_name, &config.account_id, &config.region) else {
        return;
    };
    let entries = match entries(session, &place).await {
        Ok(entries) => entries,
        Err(error) => {
            diags.add_error(unlisted(session, &place, &error).await);
            return;
        }
    };
    let found = stream::iter(by_grantee(&entries)).map(|(grantee, principals)| row(session, &place, grantee, principals, limits));
    let mut found = pin!(found.buffered(AT_ONCE).filter_map(ready).take(limits.most));
    while let Some(row) = found.next().await {
        if rows.send(row).await.is_err() {
            return;
        }
    }
}

async fn entries(session: &Session, place: &ClusterPlace) -> Result<Vec<String>, AwsError> {
    let eks = session.eks(&place.account, &place.region).await?;
    eks.list_access_entries(place.cluster.as_str()).await
}

async fn unlisted(session: &Session, place: &ClusterPlace, error: &AwsError) -> Diagnostic {
    if error.kind == ErrorKind::NotFound {
        return place.absent(session, "Correct cluster_name, account_id or region.").await;
    }
    if error.is_authentication_mode() {
        let detail = format!("{place} is in CONFIG_MAP mode: it has no access entries to list, and only rows of aws-auth let users in.");
        return diagnostic(NO_ENTRIES, detail, at("cluster_name"));
    }
    let fact = format!("The access entries of {place} cannot be listed.");
    failed("Access entries cannot be read", &fact, error, at("cluster_name"))
}

/// Whom the entries are for, by account. A permission set has more than one while an old suffix's entry is still there. Those
/// of service-linked roles only AWS may change.
fn by_grantee(entries: &[String]) -> BTreeMap<(AccountId, Grantee), Vec<AccessEntryPrincipal>> {
    let mut grantees: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let principals = entries.iter().filter_map(|entry| AccessEntryPrincipal::parse(entry).ok());
    for principal in principals.filter(|one| !one.role().is_some_and(RoleArn::is_service_linked)) {
        let key = (principal.account().clone(), grantee_of(&principal));
        grantees.entry(key).or_default().push(principal);
    }
    grantees
}

/// One grant; `None` where the entry is not for people, or has gone since.
async fn row(
    session: &Session,
    place: &ClusterPlace,
    (role_account, grantee): (AccountId, Grantee),
    principals: Vec<AccessEntryPrincipal>,
    limits: ListLimits,
) -> Option<Listed<Model>> {
    let mut target = Target {
        account: place.account.clone(),
        region: place.region.clone(),
        cluster: place.cluster.clone(),
        role_account,
        grantee,
    };
    let principal = current(session, &target, &principals).await;
    name_by_arn_if_unreadable(session, &mut target, principal).await;
    let mut warnings = Vec::new();
    if principals.len() > 1 {
        warnings.push(several(&target, &principals, principal));
    }
    let mut model = state(&target, &principal.to_string());
    let identity = identity(BY_NAME_OR_ARN, &model).expect("every part of a listed state is known");
    let is_read = match look(session, &target, principal, limits).await {
        Ok(Seen::OfPeople(None)) => false,
        Ok(Seen::OfPeople(Some(entry))) => {
            flatten(&mut model, &entry, session);
            fill_role(session, &target, &mut model, &entry).await;
            true
        }
        Ok(Seen::Other) => return None,
        Err(error) => {
            warnings.push(Diagnostic {
                attribute: at("cluster_name"),
                ..entry_not_read(&target, &principal.to_string(), &error)
            });
            false
        }
    };
    Some(Listed {
        display_name: format!("{} in {}", target.grantee, target.cluster),
        identity,
        state: is_read.then_some(model),
        warnings,
    })
}

/// The entry of the role that is there now; without one, any: a grant of it will move.
async fn current<'a>(session: &Session, target: &Target, principals: &'a [AccessEntryPrincipal]) -> &'a AccessEntryPrincipal {
    let first = principals.first().expect("a grantee is listed because it has an entry");
    if principals.len() == 1 {
        return first;
    }
    let roles = session.reserved_roles(&target.role_account).await.unwrap_or_default();
    let is_there = |one: &&AccessEntryPrincipal| roles.iter().any(|role| Some(&role.arn) == one.role());
    principals.iter().find(is_there).unwrap_or(first)
}

/// What a list has to know of an entry.
enum Seen {
    /// It is for people; with its content where the list wants states.
    OfPeople(Option<Box<Entry>>),
    /// It is for nodes, or it has gone since.
    Other,
}

/// Only the entry itself says what type it is; that of a permission set's role is for people.
async fn look(session: &Session, target: &Target, principal: &AccessEntryPrincipal, limits: ListLimits) -> Result<Seen, AwsError> {
    if !limits.with_state && matches!(target.grantee, Grantee::PermissionSet(_)) {
        return Ok(Seen::OfPeople(None));
    }
    let eks = session.eks(&target.account, &target.region).await?;
    let (cluster, principal) = (target.cluster.as_str(), principal.to_string());
    if !limits.with_state {
        let entry = eks.describe_access_entry(cluster, &principal).await?;
        return Ok(match entry {
            Some(entry) if entry.type_ == STANDARD => Seen::OfPeople(None),
            _ => Seen::Other,
        });
    }
    Ok(match read_entry(&eks, cluster, &principal).await? {
        Some(entry) if entry.entry.type_ == STANDARD => Seen::OfPeople(Some(Box::new(entry))),
        _ => Seen::Other,
    })
}

fn several(target: &Target, arns: &[AccessEntryPrincipal], chosen: &AccessEntryPrincipal) -> Diagnostic {
    let others: String = arns.iter().filter(|arn| *arn != chosen).map(|arn| format!("\n  - {arn}")).collect();
    diagnostic(
        "Permission set has several access entries",
        format!(
            "{} has more than one access entry for {}; listed is {chosen}. The others belong to roles that Identity Center has replaced, and \
             let nobody in. Delete them if nothing else manages them:{others}",
            target.cluster_and_place(),
            target.grantee
        ),
        at("cluster_name"),
    )
}
