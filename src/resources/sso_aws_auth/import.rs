//! Import: finds the row that an id names.

use crate::aws::session::Session;
use crate::domain::arn::RoleArn;
use crate::domain::aws_auth::map_roles::MapRoles;
use crate::domain::cluster::AuthenticationMode;
use crate::domain::import_id::Grantee as Meant;
use crate::hosting::{ImportSource, Imported};
use crate::report::{diagnostic, failed};
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_aws_auth::private::Private;
use crate::resources::sso_aws_auth::{SsoAwsAuth, messages};
use crate::resources::sso_grant::aws_auth::read_roles;
use crate::resources::sso_grant::import::{is_meant, list, named, no_cluster, target};
use crate::resources::sso_grant::role::{Found, find_role};
use crate::resources::sso_grant::target::{Grantee, Target};
use crate::resources::sso_grant::values::text;
use std::collections::BTreeMap;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

const SUMMARY: &str = "aws-auth row cannot be imported";

pub(super) async fn import(resource: &SsoAwsAuth, diags: &mut Diagnostics, source: ImportSource) -> Option<Imported<Model>> {
    let (id, role_account) = named(diags, source)?;
    let session = resource.session(diags)?;
    let found = async {
        let mut target = target(&session, &id)?;
        if let Some(role_account) = role_account {
            target.role_account = role_account;
        }
        let arn = find(&session, &target, &id.grantee).await?;
        Ok(state(&target, &arn))
    };
    match found.await {
        Ok(state) => Some(Imported {
            state,
            private: Private::default().encode(),
        }),
        Err::<_, Box<Diagnostic>>(problem) => {
            diags.add_error(*problem);
            None
        }
    }
}

/// The ARN, without path, of the row that is meant.
async fn find(session: &Session, target: &Target, meant: &Meant) -> Result<RoleArn, Box<Diagnostic>> {
    let cluster = session.cluster(&target.account, &target.region, target.cluster.as_str()).await;
    let cluster = cluster.map_err(|error| {
        let doing = format!("reading EKS cluster {}", target.cluster_and_place());
        Box::new(failed(SUMMARY, &doing, &error, AttributePath::default()))
    })?;
    let cluster = cluster.ok_or_else(|| Box::new(no_cluster(target)))?;
    if cluster.authentication_mode == Some(AuthenticationMode::Api) {
        return Err(Box::new(messages::api_mode(target)));
    }
    let roles = read_roles(session, target, &cluster).await?;
    choose(session, target, meant, roles.as_ref()).await
}

/// The current role's row if it has one, else the only one of an earlier role.
async fn choose(session: &Session, target: &Target, meant: &Meant, roles: Option<&MapRoles>) -> Result<RoleArn, Box<Diagnostic>> {
    let rows = roles.map(MapRoles::rows).unwrap_or_default();
    let matching = |row: &RoleArn| row.path() == "/" && is_meant(target, meant, row);
    // Of several rows for one role EKS reads one.
    let candidates: BTreeMap<String, RoleArn> = rows
        .iter()
        .filter(|row| !row.mapping.is_node())
        .filter_map(|row| row.mapping.role())
        .filter(matching)
        .map(|arn| (arn.to_string().to_ascii_lowercase(), arn))
        .collect();
    let candidates: Vec<RoleArn> = candidates.into_values().collect();
    if let Ok(Found::One(role)) = find_role(session, target, None).await
        && let Some(current) = candidates.iter().find(|arn| arn.is_same_role(&role.arn))
        && !matches!(meant, Meant::Principal(_))
    {
        return Ok(current.clone());
    }
    match candidates.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Box::new(absent(target, rows.len()))),
        several => Err(Box::new(diagnostic(
            SUMMARY,
            format!(
                "aws-auth of {} has several rows for {}, and none of them is for its current role:{}\n\nImport the right one by its ARN: \
                 {}:PRINCIPAL_ARN@{}",
                target.cluster_and_place(),
                target.grantee,
                list(several),
                target.cluster,
                target.region
            ),
            AttributePath::default(),
        ))),
    }
}

fn absent(target: &Target, rows: usize) -> Diagnostic {
    diagnostic(
        "aws-auth row does not exist",
        format!(
            "mapRoles in aws-auth of {} has {rows} rows, and none for {} in account {}. `kubectl -n kube-system get configmap aws-auth -o \
             yaml` shows them; a row with the role's path in its ARN lets nobody in and is not meant.",
            target.cluster_and_place(),
            target.grantee,
            target.role_account
        ),
        AttributePath::default(),
    )
}

/// Optional arguments stay null, which means their defaults; the refresh that follows fills in the rest.
fn state(target: &Target, arn: &RoleArn) -> Model {
    let mut model = Model {
        cluster_name: text(target.cluster.as_str()),
        account_id: text(target.account.as_str()),
        role_account_id: text(target.role_account.as_str()),
        region: text(target.region.as_str()),
        principal_arn: text(arn.without_path()),
        principal_name: text(arn.name()),
        status: text("ok"),
        ..Model::default()
    };
    match &target.grantee {
        Grantee::PermissionSet(name) => model.permission_set_name = text(name.as_str()),
        Grantee::Role(name) => model.role_name = text(name.as_str()),
    }
    model
}
