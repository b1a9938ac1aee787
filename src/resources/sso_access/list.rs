//! `list "eks_sso_access"`: the entries of a cluster that belong to permission sets, for `terraform query`.

use crate::aws::error::AwsError;
use crate::aws::session::Session;
use crate::cluster_place::{self, ClusterPlace};
use crate::domain::arn::RoleArn;
use crate::domain::grantee::Grantee;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use crate::domain::provisioned_role::ProvisionedRoleName;
use crate::hosting::{ListLimits, Listed, Raw};
use crate::report::{at, diagnostic, failed, no_attribute};
use crate::resources::access_entry::entry::{STANDARD, read_entry};
use crate::resources::sso_access::flatten::flatten;
use crate::resources::sso_access::import::state;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::preflight::entry_not_read;
use crate::resources::sso_access::read::fill_role;
use crate::resources::sso_grant::identity::identity;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::Text;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use tf_provider::schema::{Attribute, AttributeConstraint, AttributeType, Block, Description, Schema};
use tf_provider::{Diagnostic, Diagnostics};
use tokio::sync::mpsc;

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
    let description = Description::markdown("Lists the access entries of a cluster that belong to IAM Identity Center permission sets.");
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
            let fact = format!("The access entries of {place} cannot be listed.");
            diags.add_error(failed("Access entries cannot be read", &fact, &error, at("cluster_name")));
            return;
        }
    };
    for ((role_account, name), arns) in by_permission_set(&entries).into_iter().take(limits.most) {
        let grantee = Grantee::PermissionSet(name);
        let target = Target {
            account: place.account.clone(),
            region: place.region.clone(),
            cluster: place.cluster.clone(),
            role_account,
            grantee,
        };
        let row = row(session, &target, &arns, limits).await;
        if rows.send(row).await.is_err() {
            return;
        }
    }
}

async fn entries(session: &Session, place: &ClusterPlace) -> Result<Vec<String>, AwsError> {
    let eks = session.eks(&place.account, &place.region).await?;
    eks.list_access_entries(place.cluster.as_str()).await
}

/// A set has more than one entry while an old suffix's entry is still there.
fn by_permission_set(entries: &[String]) -> BTreeMap<(AccountId, PermissionSetName), Vec<RoleArn>> {
    let mut sets: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for arn in entries.iter().filter_map(|entry| RoleArn::parse(entry).ok()) {
        if let Ok(name) = ProvisionedRoleName::parse(arn.name()) {
            sets.entry((arn.account().clone(), name.permission_set().clone()))
                .or_default()
                .push(arn);
        }
    }
    sets
}

async fn row(session: &Session, target: &Target, arns: &[RoleArn], limits: ListLimits) -> Listed<Model> {
    let mut warnings = Vec::new();
    let arn = current(session, target, arns).await;
    if arns.len() > 1 {
        warnings.push(several(target, arns, arn));
    }
    let mut model = state(target, &arn.to_string());
    let identity = identity(&model).expect("every part of a listed state is known");
    let is_read = limits.with_state && read(session, target, arn, &mut model, &mut warnings).await;
    Listed {
        display_name: format!("{} in {}", target.grantee, target.cluster),
        identity,
        state: is_read.then_some(model),
        warnings,
    }
}

/// The entry of the role that is there now; without one, any: a grant of it will move.
async fn current<'a>(session: &Session, target: &Target, arns: &'a [RoleArn]) -> &'a RoleArn {
    let first = arns.first().expect("a permission set is listed because it has an entry");
    if arns.len() == 1 {
        return first;
    }
    let roles = session.reserved_roles(&target.role_account).await.unwrap_or_default();
    arns.iter().find(|arn| roles.iter().any(|role| &role.arn == *arn)).unwrap_or(first)
}

async fn read(session: &Session, target: &Target, arn: &RoleArn, model: &mut Model, warnings: &mut Vec<Diagnostic>) -> bool {
    let found = match session.eks(&target.account, &target.region).await {
        Ok(eks) => read_entry(&eks, target.cluster.as_str(), &arn.to_string()).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(Some(entry)) if entry.entry.type_ == STANDARD => {
            flatten(model, &entry, session);
            fill_role(session, target, model, &entry).await;
            true
        }
        Ok(_) => false,
        Err(error) => {
            warnings.push(entry_not_read(target, &arn.to_string(), &error));
            false
        }
    }
}

fn several(target: &Target, arns: &[RoleArn], chosen: &RoleArn) -> Diagnostic {
    let others: String = arns.iter().filter(|arn| *arn != chosen).map(|arn| format!("\n  - {arn}")).collect();
    diagnostic(
        "Permission set has several access entries",
        format!(
            "{} has more than one access entry for {}; listed is {chosen}. The others belong to roles that Identity Center has replaced, and \
             let nobody in. Delete them if nothing else manages them:{others}",
            target.cluster_and_place(),
            target.grantee
        ),
        no_attribute(),
    )
}
