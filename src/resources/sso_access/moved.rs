//! `moved { from = aws_eks_access_entry.x, to = eks_sso_access.x }`: offline, from the state alone. The refresh that
//! follows brings the policies.

use crate::domain::arn::{AccessEntryPrincipal, eks_place};
use crate::domain::grantee::Grantee;
use crate::domain::kubernetes::is_default_user_name_of;
use crate::hosting::{Imported, MoveRequest};
use crate::report::{diagnostic, no_attribute};
use crate::resources::access_entry::entry::STANDARD;
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::private::imported;
use crate::resources::sso_grant::import::grantee_of;
use crate::resources::sso_grant::texts::{TextMap, text, text_map_unless_empty, text_set};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::value::Value;
use tf_provider::{Diagnostic, Diagnostics};

const SUMMARY: &str = "Resource cannot be moved";

/// Where several instances of one resource are moved by a block each, Terraform (seen in 1.11 and 1.15) names the target's provider as
/// the source from the second on.
const SOURCES: [&str; 2] = ["hashicorp/aws", "eks-sso/eks"];

/// What is needed of `aws_eks_access_entry`, schema version 0.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AccessEntryState {
    access_entry_arn: Option<String>,
    cluster_name: Option<String>,
    created_at: Option<String>,
    kubernetes_groups: Option<BTreeSet<String>>,
    principal_arn: Option<String>,
    tags: Option<BTreeMap<String, Option<String>>>,
    tags_all: Option<BTreeMap<String, String>>,
    #[serde(rename = "type")]
    type_: Option<String>,
    user_name: Option<String>,
}

pub(super) fn move_from(diags: &mut Diagnostics, source: MoveRequest) -> Option<Imported<Model>> {
    if !SOURCES.contains(&source.provider.as_str()) || source.resource_type != "aws_eks_access_entry" || source.schema_version != 0 {
        diags.add_error(refuse(format!(
            "The source is {} of {} (schema version {}); only aws_eks_access_entry of hashicorp/aws (version 0) can become an \
             eks_sso_access. Use an import block instead, and a removed block with destroy = false for the source.",
            source.resource_type, source.provider, source.schema_version
        )));
        return None;
    }
    match serde_json::from_value(source.state)
        .map_err(|reason| refuse(format!("The source's state cannot be read: {reason}.")))
        .and_then(convert)
    {
        Ok(moved) => Some(moved),
        Err(refusal) => {
            diags.add_error(refusal);
            None
        }
    }
}

fn refuse(detail: String) -> Diagnostic {
    diagnostic(SUMMARY, detail, no_attribute())
}

fn convert(source: AccessEntryState) -> Result<Imported<Model>, Diagnostic> {
    let missing = |name: &str| {
        refuse(format!(
            "The source's state has no {name}. Refresh it with its own provider first (terraform apply -refresh-only)."
        ))
    };
    let entry_arn = source.access_entry_arn.ok_or_else(|| missing("access_entry_arn"))?;
    let principal = source.principal_arn.ok_or_else(|| missing("principal_arn"))?;
    let cluster = source.cluster_name.ok_or_else(|| missing("cluster_name"))?;
    // Its last parts are EKS's own business.
    let (region, account) = eks_place(&entry_arn).map_err(|invalid| refuse(invalid.to_string()))?;
    let principal_arn = principal;
    let principal = AccessEntryPrincipal::parse(&principal_arn).map_err(|invalid| refuse(invalid.to_string()))?;
    if let Some(type_) = source.type_.filter(|type_| type_ != STANDARD) {
        return Err(refuse(format!(
            "The access entry for {principal_arn} is of type {type_}, for nodes; eks_sso_access manages type {STANDARD}, for people. Leave it \
             with aws_eks_access_entry."
        )));
    }
    let mut model = Model {
        cluster_name: text(cluster),
        account_id: text(account.as_str()),
        region: text(region.as_str()),
        kubernetes_groups: text_set(&source.kubernetes_groups.unwrap_or_default()),
        kubernetes_user_name: source.user_name.clone().into(),
        user_name: source.user_name.filter(|name| !is_default_user_name_of(name, &principal)).into(),
        tags: source.tags.filter(|tags| !tags.is_empty()).map_or(Value::Null, with_nulls),
        tags_all: text_map_unless_empty(&source.tags_all.unwrap_or_default()),
        // Not null: a configuration may write an empty one.
        access_policies: Value::Value(BTreeMap::new()),
        principal_arn: text(&principal_arn),
        access_entry_arn: text(&entry_arn),
        ..Model::default()
    };
    match grantee_of(&principal) {
        Grantee::PermissionSet(set) => model.permission_set_name = text(set.as_str()),
        Grantee::Role(role) => model.role_name = text(role.as_str()),
        Grantee::Principal(principal) => model.iam_principal_arn = text(principal.to_string()),
    }
    if model.iam_principal_arn.is_null() {
        model.role_account_id = text(principal.account().as_str());
    }
    Ok(imported(model, source.created_at))
}

/// A null value is no tag, and stays in the state as it was configured.
fn with_nulls(tags: BTreeMap<String, Option<String>>) -> TextMap {
    Value::Value(tags.into_iter().map(|(key, value)| (key, value.into())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ROLE: &str = "arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef";

    fn source(principal: &str, type_: &str) -> MoveRequest {
        MoveRequest {
            provider: "hashicorp/aws".to_owned(),
            resource_type: "aws_eks_access_entry".to_owned(),
            schema_version: 0,
            state: json!({
                "access_entry_arn": "arn:aws:eks:eu-west-1:111122223333:access-entry/c/role/222233334444/x/1",
                "cluster_name": "c", "created_at": "2026-01-01T00:00:00Z", "id": "c:x", "kubernetes_groups": ["team"],
                "modified_at": "2026-01-01T00:00:00Z", "principal_arn": principal, "tags": {}, "tags_all": { "env": "prod" },
                "timeouts": null, "type": type_,
                "user_name": "arn:aws:sts::222233334444:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/{{SessionName}}",
            }),
        }
    }

    #[test]
    fn sso_role_becomes_its_permission_set() {
        let mut diags = Diagnostics::default();
        let model = move_from(&mut diags, source(ROLE, "STANDARD")).unwrap().state;
        assert_eq!(model.permission_set_name, text("Dev"));
        assert_eq!(model.role_name, Value::Null);
        assert_eq!(
            (model.account_id, model.role_account_id),
            (text("111122223333"), text("222233334444"))
        );
        assert_eq!((model.user_name, model.tags), (Value::Null, Value::Null));
        assert_eq!(model.principal_arn, text(ROLE));
    }

    #[test]
    fn other_role_becomes_its_name() {
        let model = move_from(
            &mut Diagnostics::default(),
            source("arn:aws:iam::222233334444:role/team/Okta", "STANDARD"),
        )
        .unwrap()
        .state;
        assert_eq!((model.role_name, model.permission_set_name), (text("Okta"), Value::Null));
    }

    fn with(name: &str, value: serde_json::Value) -> MoveRequest {
        let mut source = source(ROLE, "STANDARD");
        source.state[name] = value;
        source
    }

    #[test]
    fn end_of_an_arn_does_not_matter() {
        for arn in [
            "arn:aws:eks:eu-west-1:111122223333:access-entry/c/role/222233334444/x",
            "arn:aws:eks:eu-west-1:111122223333:access-entry/c/assumed-role/x/1",
        ] {
            let model = move_from(&mut Diagnostics::default(), with("access_entry_arn", json!(arn)))
                .unwrap()
                .state;
            assert_eq!((model.account_id, model.region), (text("111122223333"), text("eu-west-1")), "{arn}");
            assert_eq!((model.cluster_name, model.access_entry_arn), (text("c"), text(arn)));
        }
    }

    #[test]
    fn state_without_account_region_or_cluster_is_refused() {
        for arn in [
            "x",
            "arn:aws:iam:eu-west-1:111122223333:access-entry/c",
            "arn:aws:eks::111122223333:access-entry/c",
            "arn:aws:eks:eu-west-1:1:access-entry/c",
        ] {
            err(with("access_entry_arn", json!(arn)), "is not an ARN of Amazon EKS");
        }
        err(with("access_entry_arn", json!(null)), "has no access_entry_arn");
        err(with("cluster_name", json!(null)), "has no cluster_name");
    }

    #[test]
    fn tag_without_a_value_stays_as_it_was_configured() {
        let model = move_from(&mut Diagnostics::default(), with("tags", json!({ "a": null, "b": "c" })))
            .unwrap()
            .state;
        let tags = [("a".to_owned(), Value::Null), ("b".to_owned(), text("c"))];
        assert_eq!(model.tags, Value::Value(tags.into()));
    }

    #[track_caller]
    fn err(source: MoveRequest, expected: &str) {
        let mut diags = Diagnostics::default();
        assert!(move_from(&mut diags, source).is_none());
        assert!(diags.errors[0].detail.contains(expected), "{}", diags.errors[0].detail);
    }

    #[test]
    fn user_stays_an_arn() {
        let user = "arn:aws:iam::222233334444:user/people/bob";
        let mut source = source(user, "STANDARD");
        source.state["user_name"] = json!(user);
        let model = move_from(&mut Diagnostics::default(), source).unwrap().state;
        assert_eq!((&model.iam_principal_arn, &model.principal_arn), (&text(user), &text(user)));
        assert_eq!((model.role_account_id, model.user_name), (Value::Null, Value::Null));
        assert_eq!(model.kubernetes_user_name, text(user));
    }

    #[test]
    fn nodes_and_other_types_are_refused() {
        err(source(ROLE, "EC2_LINUX"), "is of type EC2_LINUX, for nodes");
        err(
            MoveRequest {
                resource_type: "aws_iam_role".to_owned(),
                ..source(ROLE, "STANDARD")
            },
            "only aws_eks_access_entry",
        );
        err(
            MoveRequest {
                schema_version: 1,
                ..source(ROLE, "STANDARD")
            },
            "schema version 1",
        );
    }
}
