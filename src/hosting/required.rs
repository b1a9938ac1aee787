//! Attributes that must have a value. Terraform refuses to leave them out, and leaves null to providers.

use crate::hosting::Raw;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use tf_provider::schema::{AttributeConstraint, Schema};
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

/// Adds an error for each required attribute that is null.
pub(crate) fn refuse_missing(diags: &mut Diagnostics, schema: &Schema, config: &Raw) {
    let Some(config) = config.decode::<BTreeMap<String, Option<IgnoredAny>>>(diags) else {
        return;
    };
    for (name, value) in config {
        let is_required =
            (schema.block.attributes.get(&name)).is_some_and(|known| matches!(known.constraint, AttributeConstraint::Required));
        if is_required && value.is_none() {
            diags.add_error(Diagnostic {
                summary: "Missing required argument".into(),
                detail: format!("{name} is null, but it is required. Give it a value.").into(),
                attribute: AttributePath::new(name),
            });
        }
    }
}
