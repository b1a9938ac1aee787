//! Checks of the arguments that all kinds of grants have. Unknown values are never wrong.

use crate::domain::cluster::ClusterName;
use crate::domain::duration::parse_duration_of_at_least;
use crate::domain::error::Invalid;
use crate::domain::grantee::Grantee;
use crate::domain::likeness::nearest;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::{AccountId, Region};
use crate::domain::role_name::{RoleName, validate_is_of_people};
use crate::report::did_you_mean;
use crate::report::{at, diagnostic};
use crate::resources::sso_grant::target::{Grantees, Named, Names};
use crate::resources::sso_grant::texts::Text;
use crate::resources::sso_grant::timeouts::Timeouts;
use std::time::Duration;
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostics};

/// Shorter waits end before AWS can have answered.
const SHORTEST_TIMEOUT: Duration = Duration::from_secs(1);

/// Whom a grant is for, and where.
pub(crate) fn who_and_where(diags: &mut Diagnostics, config: &impl Named, grantees: Grantees) {
    let config = config.names();
    text(diags, "cluster_name", "Invalid cluster name", config.cluster_name, |v| {
        ClusterName::parse(v).map(drop)
    });
    grantee(diags, config, grantees);
    text(diags, "account_id", "Invalid account ID", config.account_id, |v| {
        AccountId::parse(v).map(drop)
    });
    text(diags, "role_account_id", "Invalid account ID", config.role_account_id, |v| {
        AccountId::parse(v).map(drop)
    });
    text(diags, "region", "Invalid Region", config.region, |v| Region::parse(v).map(drop));
}

pub(crate) fn text(
    diags: &mut Diagnostics,
    name: &'static str,
    summary: &'static str,
    value: &Text,
    parse: impl Fn(&str) -> Result<(), Invalid>,
) {
    if let Value::Value(value) = value {
        report(diags, summary, at(name), parse(value));
    }
}

pub(crate) fn report(diags: &mut Diagnostics, summary: &'static str, path: AttributePath, result: Result<(), Invalid>) {
    if let Err(invalid) = result {
        diags.add_error(diagnostic(summary, invalid.to_string(), path));
    }
}

/// Exactly one of them; an unknown one may still turn out to be null.
fn grantee(diags: &mut Diagnostics, config: Names<'_>, grantees: Grantees) {
    text(
        diags,
        "permission_set_name",
        "Invalid permission set name",
        config.permission_set_name,
        |v| PermissionSetName::parse(v).map(drop),
    );
    text(diags, "role_name", "Invalid role name", config.role_name, |v| {
        RoleName::parse(v)?;
        validate_is_of_people(v)
    });
    text(diags, "iam_principal_arn", "Invalid IAM principal", config.iam_principal_arn, |v| {
        Grantee::parse_principal(v).map(drop)
    });
    how_many(diags, config, grantees);
    if config.iam_principal_arn.is_value() && config.role_account_id.is_value() {
        diags.add_error(diagnostic(
            "Conflicting iam_principal_arn and role_account_id",
            "Both iam_principal_arn and role_account_id are set, but the ARN says already which account the role is in. Remove role_account_id.",
            at("role_account_id"),
        ));
    }
}

fn how_many(diags: &mut Diagnostics, config: Names<'_>, grantees: Grantees) {
    let names = [
        ("permission_set_name", config.permission_set_name),
        ("role_name", config.role_name),
        ("iam_principal_arn", config.iam_principal_arn),
    ];
    let set: Vec<_> = names.iter().filter(|(_, value)| value.is_value()).map(|(name, _)| *name).collect();
    if let [.., last] = set[..]
        && set.len() > 1
    {
        diags.add_error(diagnostic(
            "More than one grantee",
            format!(
                "{} are set, but a grant is for one of them. Keep one, and make another resource for each of the others.",
                set.join(" and ")
            ),
            at(last),
        ));
    }
    if names.iter().all(|(_, value)| value.is_null()) {
        let by_arn = match grantees {
            Grantees::Names => "",
            Grantees::NamesAndArns => " For an IAM user, or a role in an account that cannot be read, set iam_principal_arn.",
        };
        diags.add_error(diagnostic(
            "Missing permission_set_name or role_name",
            format!(
                "Nobody is named who should get in. Set permission_set_name to the name of an IAM Identity Center permission set, or role_name \
                 to the name of another IAM role.{by_arn}"
            ),
            at("permission_set_name"),
        ));
    }
}

pub(crate) fn choice(diags: &mut Diagnostics, name: &'static str, value: &Text, allowed: &[&str]) {
    let Some(value) = value.as_deref_option() else { return };
    if !allowed.contains(&value) {
        let expected = allowed.iter().map(|a| format!("{a:?}")).collect::<Vec<_>>().join(" or ");
        diags.add_error(diagnostic(
            "Invalid value",
            format!(
                "{}{name} is {value:?}; expected {expected}.",
                did_you_mean(&nearest(value, allowed.iter().copied()))
            ),
            at(name),
        ));
    }
}

pub(crate) fn timeouts(diags: &mut Diagnostics, timeouts: &Value<Timeouts>) {
    let Value::Value(timeouts) = timeouts else { return };
    for (name, value) in [
        ("create", &timeouts.create),
        ("update", &timeouts.update),
        ("delete", &timeouts.delete),
    ] {
        if let Value::Value(value) = value {
            let path = at("timeouts").attribute(name);
            report(
                diags,
                "Invalid timeout",
                path,
                parse_duration_of_at_least(value, SHORTEST_TIMEOUT).map(drop),
            );
        }
    }
}
