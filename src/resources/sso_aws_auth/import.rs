//! Import: finds the row that an id names.

use crate::aws::session::Session;
use crate::domain::arn::{AccessEntryPrincipal, RoleArn};
use crate::domain::aws_auth::row::Row;
use crate::domain::aws_auth::rows::Rows;
use crate::domain::cluster::AuthenticationMode;
use crate::hosting::{ImportSource, Imported, Texts};
use crate::report::{diagnostic, no_attribute};
use crate::resources::sso_aws_auth::messages;
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_aws_auth::private::Private;
use crate::resources::sso_grant::aws_auth::{content, read_rows};
use crate::resources::sso_grant::cluster::not_read;
use crate::resources::sso_grant::import::{Named, choose, list, meant, named, no_cluster, region_meant};
use crate::resources::sso_grant::run::Run;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::text;
use crate::resources::sso_grant::when_missing::WhenMissing;
use std::collections::BTreeMap;
use tf_provider::value::Value;
use tf_provider::{Diagnostic, Diagnostics};

const SUMMARY: &str = "aws-auth row cannot be imported";

pub(super) async fn import(run: &Run, diags: &mut Diagnostics, source: &ImportSource) -> Option<Imported<Model>> {
    let session = run.session(diags)?;
    let named = named(diags, &session, source)?;
    match find(&session, &named).await {
        Ok(arn) => {
            if run.addresses.import(named.target.place(), &arn.without_path()) {
                diags.add_warning(messages::imported_twice(&named.target));
            }
            let private = Private {
                imported: true,
                ..Private::default()
            };
            Some(Imported {
                state: state(&named.target, &arn),
                private: private.encode(),
            })
        }
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
    let Some(cluster) = cluster.map_err(|error| Box::new(not_read(target, &error)))? else {
        return Err(Box::new(no_cluster(session, named).await));
    };
    if cluster.authentication_mode == Some(AuthenticationMode::Api) {
        return Err(Box::new(messages::api_mode(target, WhenMissing::FailPlan)));
    }
    let found = read_rows(session, target, &cluster).await?;
    let rows = found.as_ref().map(|rows| rows.roles().rows()).unwrap_or_default();
    // Of several rows for one role EKS reads one.
    let candidates: BTreeMap<String, AccessEntryPrincipal> = rows
        .iter()
        .filter_map(|row| role_meant(named, row))
        .map(|arn| (arn.to_string().to_ascii_lowercase(), arn.into()))
        .collect();
    let is_for_nodes = |row: &&Row| row.mapping.is_node() && row.mapping.role().is_some_and(|role| named.is_meant(&role.into()));
    if let Some(row) = rows.iter().find(is_for_nodes).filter(|_| candidates.is_empty()) {
        let problem = messages::node_row(target, row);
        return Err(Box::new(Diagnostic {
            attribute: no_attribute(),
            ..problem
        }));
    }
    let chosen = choose(session, named, candidates.into_values().collect()).await;
    let under_map_users = || (found.iter().flat_map(Rows::users)).find(|row| role_meant(named, row).is_some());
    chosen
        .map(|(chosen, _)| chosen.role().cloned().expect("rows of roles were to choose from"))
        .map_err(|candidates| Box::new(undecided(session, named, &candidates, rows, under_map_users())))
}

/// The role of a row that an id may mean.
fn role_meant(named: &Named, row: &Row) -> Option<RoleArn> {
    let role = row.mapping.role().filter(|_| !row.mapping.is_node())?;
    (role.path() == "/" && named.is_meant(&role.clone().into())).then_some(role)
}

/// None of the rows is meant, or nobody can tell which.
fn undecided(
    session: &Session,
    named: &Named,
    candidates: &[AccessEntryPrincipal],
    rows: &[Row],
    under_map_users: Option<&Row>,
) -> Diagnostic {
    let target = &named.target;
    if candidates.is_empty() {
        let roles: Vec<_> = rows.iter().filter_map(|row| Some(row.mapping.role()?.into())).collect();
        if let Some(problem) = region_meant(session, named) {
            return problem;
        }
        return absent(target, &meant(session, named, &roles), rows.len(), under_map_users);
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

fn absent(target: &Target, meant: &str, rows: usize, under_map_users: Option<&Row>) -> Diagnostic {
    let elsewhere = under_map_users.map(|row| {
        format!(
            "\nThere is one under mapUsers, by which these users get in:{}\nThis resource manages rows of mapRoles. Create the grant without an \
             import (its plan says what it overrides), and remove that row after the apply.",
            content(row)
        )
    });
    diagnostic(
        "aws-auth row does not exist",
        format!(
            "{meant}mapRoles in aws-auth of {} has {rows} rows, and none for {} in account {}. To see them:\n  kubectl -n kube-system get configmap aws-auth \
             -o yaml\nA row with the role's path in its ARN has no effect and is ignored.{}",
            target.cluster_and_place(),
            target.grantee,
            target.role_account,
            elsewhere.unwrap_or_default()
        ),
        no_attribute(),
    )
}

/// Optional arguments stay null, which means their defaults; the refresh that follows fills in the rest.
fn state(target: &Target, arn: &RoleArn) -> Model {
    let mut model = Model {
        principal_arn: text(arn.without_path()),
        // Not null: a configuration may write an empty one.
        kubernetes_groups: Value::Value(Texts::default()),
        ..Model::default()
    };
    target.write_to(&mut model);
    model
}
