//! What a plan finds missing: an error, or a warning where the apply makes sure of it.

use tf_provider::{Diagnostic, Diagnostics};

/// When what is missing becomes an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenMissing {
    /// In the plan: nothing in this apply can bring it.
    FailPlan,
    /// In the apply, which may bring it, or because a destroy must be able to plan.
    FailApply,
}

impl WhenMissing {
    /// Reports what is missing.
    pub(crate) fn report(self, diags: &mut Diagnostics, diagnostic: Diagnostic) {
        match self {
            Self::FailPlan => diags.add_error(diagnostic),
            Self::FailApply => diags.add_warning(diagnostic),
        }
    }
}
