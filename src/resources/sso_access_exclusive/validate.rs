//! What is wrong with a configuration, as far as the configuration alone tells. Unknown values are never wrong.

use crate::cluster_place;
use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::error::Invalid;
use crate::domain::principal_pattern::PrincipalPattern;
use crate::report::{at, null_element};
use crate::resources::sso_access_exclusive::model::Model;
use crate::resources::sso_grant::texts::TextSet;
use crate::resources::sso_grant::validate::{choice, report};
use tf_provider::Diagnostics;
use tf_provider::value::Value;

pub(super) fn validate(diags: &mut Diagnostics, config: &Model) {
    cluster_place::validate(diags, &config.cluster_name, &config.account_id, &config.region);
    each(diags, "principal_arns", "Invalid principal ARN", &config.principal_arns, |arn| {
        AccessEntryPrincipal::parse(arn).map(drop)
    });
    each(diags, "ignore", "Invalid pattern", &config.ignore, |pattern| {
        PrincipalPattern::parse(pattern).map(drop)
    });
    choice(diags, "mode", &config.mode, &["remove", "report"]);
}

/// Elements of a set cannot be indexed, so the path stops at the set.
fn each(diags: &mut Diagnostics, name: &'static str, summary: &'static str, set: &TextSet, parse: impl Fn(&str) -> Result<(), Invalid>) {
    for element in set.as_ref_option().into_iter().flatten() {
        match element {
            Value::Value(text) => report(diags, summary, at(name), parse(text)),
            Value::Null => diags.add_error(null_element(at(name))),
            Value::Unknown => {}
        }
    }
}
