//! Attributes that only the provider sets. Terraform leaves it to providers to refuse a value for them.

use crate::hosting::Raw;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use tf_provider::schema::{AttributeConstraint, Schema};
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

/// Adds an error for each read-only attribute that the configuration sets, as it would be ignored otherwise.
pub(crate) fn refuse_read_only(diags: &mut Diagnostics, schema: &Schema, config: &Raw) {
    let Some(config) = config.decode::<BTreeMap<String, Option<IgnoredAny>>>(diags) else {
        return;
    };
    for (name, value) in config {
        let is_read_only =
            (schema.block.attributes.get(&name)).is_some_and(|known| matches!(known.constraint, AttributeConstraint::Computed));
        if is_read_only && value.is_some() {
            diags.add_error(Diagnostic {
                summary: "Read-only attribute".into(),
                detail: format!("{name} is set, but only the provider sets it, and the value would be ignored. Remove {name}.").into(),
                attribute: AttributePath::new(name),
            });
        }
    }
}
