//! Import: finds the row that an id names.

use crate::aws::session::Session;
use crate::domain::arn::RoleArn;
use crate::domain::aws_auth::map_roles::MapRoles;
use crate::domain::cluster::AuthenticationMode;
use crate::hosting::{ImportSource, Imported};
use crate::report::{diagnostic, failed, no_attribute};
use crate::resources::sso_aws_auth::messages;
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_aws_auth::private::Private;
use crate::resources::sso_grant::aws_auth::read_roles;
use crate::resources::sso_grant::import::{Named, choose, list, named, no_cluster};
use crate::resources::sso_grant::run::Run;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::text;
use std::collections::BTreeMap;
use tf_provider::{Diagnostic, Diagnostics};

const SUMMARY: &str = "aws-auth row cannot be imported";

pub(super) async fn import(run: &Run, diags: &mut Diagnostics, source: &ImportSource) -> Option<Imported<Model>> {
    let session = run.session(diags)?;
    let named = named(diags, &session, source)?;
    match find(&session, &named).await {
        Ok(arn) => Some(Imported {
            state: state(&named.target, &arn),
            private: Private::default().encode(),
        }),
        Err(problem) => {
            diags.add_error(*problem);
            None
        }
    }
}

/// The ARN, without path, of the row that is meant.
async fn find(session: &Session, named: &Named) -> Result<RoleArn, Box<Diagnostic>> {
    let target = &named.target;
    let cluster = session.cluster(&target.account, &target.region, target.cluster.as_str()).await;
    let cluster = cluster.map_err(|error| {
        let doing = format!("reading EKS cluster {}", target.cluster_and_place());
        Box::new(failed(SUMMARY, &doing, &error, no_attribute()))
    })?;
    let cluster = cluster.ok_or_else(|| Box::new(no_cluster(target)))?;
    if cluster.authentication_mode == Some(AuthenticationMode::Api) {
        return Err(Box::new(messages::api_mode(target)));
    }
    let roles = read_roles(session, target, &cluster).await?;
    let rows = roles.as_ref().map(MapRoles::rows).unwrap_or_default();
    // Of several rows for one role EKS reads one.
    let candidates: BTreeMap<String, RoleArn> = rows
        .iter()
        .filter(|row| !row.mapping.is_node())
        .filter_map(|row| row.mapping.role())
        .filter(|arn| arn.path() == "/" && named.is_meant(arn))
        .map(|arn| (arn.to_string().to_ascii_lowercase(), arn))
        .collect();
    let chosen = choose(session, named, candidates.into_values().collect()).await;
    chosen
        .map(|(arn, _)| arn)
        .map_err(|candidates| Box::new(undecided(target, &candidates, rows.len())))
}

/// None of the rows is meant, or nobody can tell which.
fn undecided(target: &Target, candidates: &[RoleArn], rows: usize) -> Diagnostic {
    if candidates.is_empty() {
        return absent(target, rows);
    }
    diagnostic(
        SUMMARY,
        format!(
            "aws-auth of {} has several rows for {}, and none of them is for its current role:{}\n\nImport the right one by its ARN: \
             {}:PRINCIPAL_ARN@{}",
            target.cluster_and_place(),
            target.grantee,
            list(candidates),
            target.cluster,
            target.region
        ),
        no_attribute(),
    )
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
        no_attribute(),
    )
}

/// Optional arguments stay null, which means their defaults; the refresh that follows fills in the rest.
fn state(target: &Target, arn: &RoleArn) -> Model {
    let mut model = Model {
        principal_arn: text(arn.without_path()),
        principal_name: text(arn.name()),
        status: text("ok"),
        ..Model::default()
    };
    target.write_to(&mut model);
    model
}
