//! `access_matrix`: grants as a table of permission sets and clusters, in Markdown.
//!
//! Its parameter is dynamic, since the instances of a resource are an object with an attribute for each key of
//! `for_each`, or a tuple with `count`, and no other type takes both. Only what the table shows is looked at, so that it
//! is known in a plan although other attributes are not.

use crate::domain::access_matrix::{Granted, Place, Standing, markdown};
use crate::domain::access_policy::AccessScope;
use crate::domain::rights;
use crate::hosting::{Any, Dynamic};
use crate::report::diagnostic;
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::schema::{Description, FunctionSchema, Parameter, Type};
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostics, Function};

/// The attributes of a grant that may name whom it is for, and what a row is called after each.
const GRANTEES: [(&str, &str); 4] = [
    ("permission_set_name", ""),
    ("role_name", "role/"),
    ("iam_principal_arn", ""),
    ("principal_arn", ""),
];
/// What else the table shows, or needs to tell rows and columns apart.
const NEEDED: [&str; 7] = [
    "cluster_name",
    "account_id",
    "region",
    "role_account_id",
    "access_policies",
    "kubernetes_groups",
    "status",
];
const EXPECTED: &str = "expected instances of eks_sso_access: a map of them (eks_sso_access.this with for_each), a list, or one";

/// The function.
#[derive(Debug)]
pub(super) struct AccessMatrix;

#[async_trait::async_trait]
impl Function for AccessMatrix {
    type Input<'a> = (Dynamic,);
    type Output<'a> = Value<String>;

    fn schema(&self, _: &mut Diagnostics) -> Option<FunctionSchema> {
        let grants = Parameter {
            name: "grants".to_owned(),
            param_type: Type::Any,
            allow_null: false,
            allow_unknown: true,
            description: Description::markdown(
                "Instances of `eks_sso_access` (or `eks_sso_aws_auth`): a map of them, as the resource is with `for_each`, a list or set, or a \
                 single one.",
            ),
        };
        Some(FunctionSchema {
            parameters: vec![grants],
            variadic: None,
            return_type: Type::String,
            summary: "Grants as a table: permission sets and clusters".to_owned(),
            description: Description::markdown(
                "Shows grants as a table in Markdown, made for the summary of a CI job: a row for each permission set or role, a column for \
                 each cluster, and in the cells what is granted in few words, or in bold why nobody gets in. Of no grants at all it \
                 is the text `No access is granted.` Works offline.",
            ),
            deprecated: None,
        })
    }

    async fn call<'a>(&self, diags: &mut Diagnostics, (Dynamic(grants),): (Dynamic,)) -> Option<Value<String>> {
        match all_granted(&grants) {
            Ok(granted) => Some(granted.map_or(Value::Unknown, |granted| Value::Value(markdown(&granted)))),
            Err(problem) => {
                diags.add_error(diagnostic("Not a grant", problem, AttributePath::function_argument(0)));
                None
            }
        }
    }
}

/// All grants; `None` while what the table needs is unknown.
fn all_granted(grants: &Any) -> Result<Option<Vec<Granted>>, String> {
    let Some(elements) = elements(grants)? else { return Ok(None) };
    // All are read before one that is unknown decides: a value that is no grant is one however much else is unknown.
    let read: Vec<Option<Granted>> = elements.iter().map(Element::granted).collect::<Result<_, _>>()?;
    Ok(read.into_iter().collect())
}

/// One of the grants, and where it is in the argument: `["developers"]`, `[0]`, or nothing.
struct Element<'a> {
    place: String,
    value: &'a Any,
}

fn elements(grants: &Any) -> Result<Option<Vec<Element<'_>>>, String> {
    let at = |place: String, value| Element { place, value };
    match grants {
        Any::Unknown => Ok(None),
        Any::Map(attributes) if is_single(attributes) => Ok(Some(vec![at(String::new(), grants)])),
        Any::Map(entries) => Ok(Some(entries.iter().map(|(key, value)| at(format!("[{key:?}]"), value)).collect())),
        Any::List(elements) => {
            let elements = elements.iter().enumerate();
            Ok(Some(elements.map(|(index, value)| at(format!("[{index}]"), value)).collect()))
        }
        other => Err(format!("{EXPECTED}. This is {}", other.describe())),
    }
}

/// A map of grants may have a key of this name, too.
fn is_single(attributes: &BTreeMap<String, Any>) -> bool {
    attributes.get("cluster_name").is_some_and(|name| !matches!(name, Any::Map(_)))
}

impl Element<'_> {
    fn granted(&self) -> Result<Option<Granted>, String> {
        let attributes = match self.value {
            Any::Unknown => return Ok(None),
            Any::Map(attributes) if attributes.contains_key("cluster_name") => attributes,
            other => return Err(self.not_a_grant(&other.describe())),
        };
        let is_given = |name: &str| attributes.get(name).is_some_and(|value| *value != Any::Null);
        let Some((whom, prefix)) = GRANTEES.into_iter().find(|(name, _)| is_given(name)) else {
            return Err(self.not_a_grant("an object that names neither a permission set nor a role"));
        };
        let is_open = |name: &str| attributes.get(name).is_some_and(Any::has_unknown);
        if NEEDED.into_iter().chain([whom]).any(is_open) {
            return Ok(None);
        }
        let who = self.text(attributes, whom)?.unwrap_or_default();
        let [account, region] = ["account_id", "region"].map(|name| self.text(attributes, name));
        let place = Place {
            cluster: (self.text(attributes, "cluster_name")?).ok_or_else(|| self.is_wrong("cluster_name", "a text", &Any::Null))?,
            account: account?,
            region: region?,
        };
        // The name alone would not tell two roles apart that are in different accounts.
        let role_account = self.text(attributes, "role_account_id")?;
        let elsewhere = role_account.filter(|role_account| place.account.as_ref().is_some_and(|account| account != role_account));
        let elsewhere = elsewhere.map_or_else(String::new, |account| format!(" ({account})"));
        Ok(Some(Granted {
            who: format!("{prefix}{who}{elsewhere}"),
            place,
            rights: rights::in_short(
                &self.policies(attributes)?,
                &self.texts("kubernetes_groups", attributes.get("kubernetes_groups"))?,
            ),
            standing: Standing::of(self.text(attributes, "status")?.as_deref()),
        }))
    }

    fn not_a_grant(&self, seen: &str) -> String {
        let at = if self.place.is_empty() {
            "This".to_owned()
        } else {
            format!("The one at {}", self.place)
        };
        format!("{EXPECTED}. {at} is {seen}")
    }

    fn is_wrong(&self, attribute: &str, expected: &str, seen: &Any) -> String {
        self.not_a_grant(&format!(
            "an object whose {attribute} is {}, and {expected} is expected there",
            seen.describe()
        ))
    }

    fn text(&self, attributes: &BTreeMap<String, Any>, name: &str) -> Result<Option<String>, String> {
        match attributes.get(name) {
            None | Some(Any::Null) => Ok(None),
            Some(Any::Text(text)) => Ok(Some(text.clone())),
            Some(other) => Err(self.is_wrong(name, "a text", other)),
        }
    }

    fn texts(&self, name: &str, value: Option<&Any>) -> Result<BTreeSet<String>, String> {
        let text = |element: &Any| match element {
            Any::Text(text) => Ok(text.clone()),
            other => Err(self.is_wrong(name, "a set of texts", other)),
        };
        match value {
            None | Some(Any::Null) => Ok(BTreeSet::new()),
            Some(Any::List(elements)) => elements.iter().map(text).collect(),
            Some(other) => Err(self.is_wrong(name, "a set of texts", other)),
        }
    }

    fn policies(&self, attributes: &BTreeMap<String, Any>) -> Result<BTreeMap<String, AccessScope>, String> {
        let policies = match attributes.get("access_policies") {
            None | Some(Any::Null) => return Ok(BTreeMap::new()),
            Some(Any::Map(policies)) => policies,
            Some(other) => return Err(self.is_wrong("access_policies", "a map of scopes", other)),
        };
        let scope = |(name, scope): (&String, &Any)| match scope {
            Any::Map(scope) => {
                let namespaces = self.texts("access_policies", scope.get("namespaces"))?;
                let scope = if namespaces.is_empty() {
                    AccessScope::Cluster
                } else {
                    AccessScope::Namespaces(namespaces)
                };
                Ok((name.clone(), scope))
            }
            other => Err(self.is_wrong("access_policies", "a map of scopes", other)),
        };
        policies.iter().map(scope).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    /// A value as Terraform has it; "?" is an unknown one.
    fn any(value: &Json) -> Any {
        match value {
            Json::Null => Any::Null,
            Json::Bool(flag) => Any::Bool(*flag),
            Json::Number(number) => Any::Number(number.to_string()),
            Json::String(text) if text == "?" => Any::Unknown,
            Json::String(text) => Any::Text(text.clone()),
            Json::Array(elements) => Any::List(elements.iter().map(any).collect()),
            Json::Object(entries) => Any::Map(entries.iter().map(|(name, value)| (name.clone(), any(value))).collect()),
        }
    }

    /// An instance of `eks_sso_access` with these attributes changed.
    fn grant(changed: &Json) -> Json {
        let mut grant = json!({
            "access_entry_arn": "?", "access_policies": { "AmazonEKSViewPolicy": { "scope": "cluster", "namespaces": null } },
            "account_id": "222233334444", "cluster_name": "blue", "kubernetes_groups": ["team"], "permission_set_name": "Dev",
            "principal_arn": "?", "region": "eu-west-1", "role_account_id": "222233334444", "role_name": null, "status": null,
            "timeouts": null, "triggers": { "a": "?" },
        });
        for (name, value) in changed.as_object().unwrap() {
            grant[name] = value.clone();
        }
        grant
    }

    fn matrix(grants: &Json) -> Result<Option<String>, String> {
        Ok(all_granted(&any(grants))?.map(|granted| markdown(&granted)))
    }

    /// The only row.
    #[track_caller]
    fn check(changed: Json, expected: &str) {
        let table = matrix(&json!([grant(&changed)])).unwrap().unwrap();
        assert_eq!(table.lines().nth(2), Some(expected));
    }

    #[test]
    fn instances_come_as_a_map_a_list_or_alone() {
        let expected = "|  | blue |\n| --- | --- |\n| Dev | view; group team |\n";
        for grants in [json!({ "a/b": grant(&json!({})) }), json!([grant(&json!({}))]), grant(&json!({}))] {
            assert_eq!(matrix(&grants), Ok(Some(expected.to_owned())), "{grants}");
        }
        // A key of for_each may be called like the attribute.
        assert_eq!(matrix(&json!({ "cluster_name": grant(&json!({})) })), Ok(Some(expected.to_owned())));
        for none in [json!({}), json!([])] {
            assert_eq!(matrix(&none), Ok(Some("No access is granted.\n".to_owned())));
        }
    }

    #[test]
    fn rows_are_called_after_whom_they_are_for() {
        check(
            json!({ "permission_set_name": null, "role_name": "Dev" }),
            "| role/Dev | view; group team |",
        );
        check(
            json!({ "permission_set_name": null, "iam_principal_arn": "arn:aws:iam::1:user/a" }),
            "| arn:aws:iam::1:user/a | view; group team |",
        );
        check(
            json!({ "permission_set_name": null, "principal_arn": "arn:aws:iam::1:role/a" }),
            "| arn:aws:iam::1:role/a | view; group team |",
        );
        check(json!({ "role_account_id": "1" }), "| Dev (1) | view; group team |");
        check(json!({ "role_account_id": "1", "account_id": null }), "| Dev | view; group team |");
    }

    #[test]
    fn cells_are_rights_or_why_there_are_none() {
        check(
            json!({ "access_policies": null, "kubernetes_groups": null }),
            "| Dev | sign-in only |",
        );
        check(
            json!({ "access_policies": { "AmazonEKSEditPolicy": { "scope": null, "namespaces": ["a", "b-*"] } } }),
            "| Dev | edit in a, b-\\*; group team |",
        );
        check(json!({ "status": "ok" }), "| Dev | view; group team |");
        check(json!({ "status": "moved" }), "| Dev | view; group team (**moved**) |");
        check(json!({ "status": "stale" }), "| Dev | **stale** |");
    }

    #[test]
    fn only_what_the_table_shows_must_be_known() {
        for name in NEEDED.into_iter().chain(["permission_set_name"]) {
            assert_eq!(matrix(&json!([grant(&json!({ name: "?" }))])), Ok(None), "{name}");
        }
        assert_eq!(matrix(&json!([grant(&json!({ "kubernetes_groups": ["?"] }))])), Ok(None));
        assert_eq!(
            matrix(&json!([grant(&json!({ "permission_set_name": null, "role_name": "?" }))])),
            Ok(None)
        );
        for unknown in [json!("?"), json!(["?"]), json!({ "a": "?" })] {
            assert_eq!(matrix(&unknown), Ok(None));
        }
    }

    #[test]
    fn err_what_is_no_grant() {
        #[track_caller]
        fn check(grants: Json, seen: &str) {
            assert_eq!(matrix(&grants), Err(format!("{EXPECTED}. {seen}")));
        }
        check(json!("x"), "This is the text \"x\"");
        check(json!(1.5), "This is the number 1.5");
        check(json!(null), "This is null");
        check(json!({ "a": { "b": 1, "c": 2 } }), "The one at [\"a\"] is an object with b, c");
        check(json!([[]]), "The one at [0] is a list with 0 elements");
        check(json!(["?", true]), "The one at [1] is the bool true");
        check(json!([null]), "The one at [0] is null");
        check(
            json!([grant(&json!({ "permission_set_name": null, "principal_arn": null }))]),
            "The one at [0] is an object that names neither a permission set nor a role",
        );
        check(
            grant(&json!({ "cluster_name": null })),
            "This is an object whose cluster_name is null, and a text is expected there",
        );
        check(
            grant(&json!({ "status": 1 })),
            "This is an object whose status is the number 1, and a text is expected there",
        );
        check(
            grant(&json!({ "access_policies": ["a"] })),
            "This is an object whose access_policies is a list with 1 elements, and a map of scopes is expected there",
        );
        check(
            grant(&json!({ "kubernetes_groups": [1] })),
            "This is an object whose kubernetes_groups is the number 1, and a set of texts is expected there",
        );
    }
}
