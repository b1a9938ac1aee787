//! What a plan finds missing: an error, or a warning where the apply insists on it.

use tf_provider::{Diagnostic, Diagnostics};

/// When what is missing becomes an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Insist {
    /// Nothing in this apply can mend it.
    AtPlan,
    /// Because the apply may still mend it, or because a destroy must be able to plan.
    AtApply,
}

/// Reports what is missing.
pub(crate) fn unmet(diags: &mut Diagnostics, insist: Insist, diagnostic: Diagnostic) {
    match insist {
        Insist::AtPlan => diags.add_error(diagnostic),
        Insist::AtApply => diags.add_warning(diagnostic),
    }
}
