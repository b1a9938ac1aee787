//! Between the model and a row of mapRoles.

use crate::domain::arn::RoleArn;
use crate::domain::aws_auth::row::Mapping;
use crate::domain::kubernetes::{default_user_name, is_default_user_name};
use crate::resources::sso_aws_auth::model::Model;
use crate::resources::sso_grant::texts::{known_set, text, text_set_like};
use std::collections::BTreeSet;
use tf_provider::value::Value;

/// The row that a plan asks for; `None` while a part of it is unknown.
pub(super) fn expand(planned: &Model) -> Option<Mapping> {
    let role = RoleArn::parse(planned.principal_arn.as_deref_option()?).ok()?;
    let user_name = match &planned.user_name {
        Value::Value(name) => name.clone(),
        Value::Null => default_user_name(&role),
        Value::Unknown => return None,
    };
    Some(Mapping {
        arn: role.without_path(),
        user_name: Some(user_name),
        groups: known_set(&planned.kubernetes_groups)?.into_iter().collect(),
    })
}

/// Writes what a row says into a model.
pub(super) fn flatten(model: &mut Model, row: &Mapping) {
    model.kubernetes_groups = text_set_like(&model.kubernetes_groups, &row.groups.iter().cloned().collect());
    // A configuration may spell the default name out; then it stays spelled out.
    let spelled_out = model.user_name.as_deref_option() == row.user_name.as_deref();
    // Not the row's ARN: the case of its letters does not count, that of a user name does.
    let role = model.principal_arn.as_deref_option().and_then(|arn| arn.rsplit('/').next());
    let is_default = |name: &String| role.is_some_and(|role| is_default_user_name(name, role));
    model.user_name = match &row.user_name {
        Some(name) if is_default(name) && !spelled_out => Value::Null,
        Some(name) => text(name),
        // A row without a name is not one with the default: it shows as empty, and the next apply names it.
        None => text(""),
    };
}

/// Whether two rows give the same. The order of groups means nothing.
pub(super) fn is_same(one: &Mapping, other: &Mapping) -> bool {
    let groups = |row: &Mapping| row.groups.iter().cloned().collect::<BTreeSet<_>>();
    one.is_for(&other.arn) && one.user_name == other.user_name && groups(one) == groups(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::sso_grant::texts::text_set;

    const ARN: &str = "arn:aws-cn:iam::111122223333:role/AWSReservedSSO_Dev_0123456789abcdef";
    const DEFAULT: &str = "arn:aws-cn:sts::111122223333:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/{{SessionName}}";

    fn planned(user_name: Value<String>) -> Model {
        Model {
            principal_arn: text(ARN),
            user_name,
            kubernetes_groups: text_set(&["b".to_owned(), "a".to_owned()].into()),
            ..Model::default()
        }
    }

    #[test]
    fn row_without_a_name_in_the_configuration_has_the_one_of_an_access_entry() {
        let row = expand(&planned(Value::Null)).unwrap();
        assert_eq!((row.arn.as_str(), row.user_name.as_deref()), (ARN, Some(DEFAULT)));
        let mut read = planned(Value::Null);
        flatten(&mut read, &row);
        assert_eq!(read, planned(Value::Null));
    }

    #[test]
    fn spelled_out_default_stays() {
        let mut read = planned(text(DEFAULT));
        flatten(&mut read, &expand(&planned(text(DEFAULT))).unwrap());
        assert_eq!(read.user_name, text(DEFAULT));
    }

    #[test]
    fn row_without_a_name_is_drift() {
        let mut read = planned(Value::Null);
        let row = Mapping {
            user_name: None,
            ..expand(&read).unwrap()
        };
        flatten(&mut read, &row);
        assert_eq!(read.user_name, text(""));
    }

    #[test]
    fn unknown_parts_make_no_row() {
        assert_eq!(expand(&planned(Value::Unknown)), None);
    }

    #[test]
    fn order_of_groups_means_nothing() {
        let row = expand(&planned(Value::Null)).unwrap();
        let other = Mapping {
            arn: row.arn.to_uppercase(),
            groups: vec!["b".to_owned(), "a".to_owned()],
            ..row.clone()
        };
        assert!(is_same(&row, &other));
        let less = Mapping {
            groups: vec!["b".to_owned()],
            ..other
        };
        assert!(!is_same(&row, &less));
    }
}
