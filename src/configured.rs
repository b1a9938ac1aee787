//! The session that everything waits for: the provider fills it, resources and data sources take it.
//!
//! It has a room of its own so that they need not know the provider that registers them.

use crate::aws::session::Session;
use crate::report::{diagnostic, no_attribute};
use std::sync::{Arc, OnceLock};
use tf_provider::Diagnostics;

/// The session, once there is one. All clones share it.
#[derive(Debug, Clone, Default)]
pub struct Configured(Arc<OnceLock<State>>);

/// What a configuration came to.
#[derive(Debug)]
pub(crate) enum State {
    /// AWS can be asked.
    Ready(Session),
    /// These arguments of the provider block are unknown.
    Unknown(Vec<String>),
}

/// How far the provider's configuration has come.
#[derive(Debug, Clone)]
pub enum Readiness {
    /// AWS can be asked.
    Ready(Session),
    /// A plan in which these arguments of the provider block are unknown: nothing may be asked.
    Unknown(Vec<String>),
    /// Never configured, or in vain.
    NotConfigured,
}

impl Configured {
    /// How far the configuration has come: for plans, which go on without a session.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        match self.0.get() {
            Some(State::Ready(session)) => Readiness::Ready(session.clone()),
            Some(State::Unknown(arguments)) => Readiness::Unknown(arguments.clone()),
            None => Readiness::NotConfigured,
        }
    }

    /// The session, for what cannot go on without; an error says why there is none.
    pub fn session(&self, diags: &mut Diagnostics) -> Option<Session> {
        let (summary, detail) = match self.readiness() {
            Readiness::Ready(session) => return Some(session),
            Readiness::Unknown(arguments) => ("Provider configuration is not known yet", unknown_detail(&arguments)),
            Readiness::NotConfigured => (
                "Provider is not configured",
                "Terraform asked for something that needs AWS before it configured the provider, or after that failed. If no other \
                 error says why, this is a bug in the provider and should be reported to its developers."
                    .to_owned(),
            ),
        };
        diags.add_error(diagnostic(summary, detail, no_attribute()));
        None
    }

    /// Fills the slot. The first one counts: Terraform configures a process once.
    pub(crate) fn fill(&self, state: State) {
        let _ = self.0.set(state);
    }
}

/// Why nothing can be read, and what to do.
pub(crate) fn unknown_detail(arguments: &[String]) -> String {
    format!(
        "In the provider block of \"eks\", {} known only after apply, so AWS cannot be asked. Use values that are known while planning, \
         or apply what they come from first: terraform apply -target=…",
        match arguments {
            [one] => format!("{one} is"),
            many => format!("{} are", many.join(", ")),
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_configuration_names_its_arguments() {
        let configured = Configured::default();
        configured.fill(State::Unknown(vec!["region".to_owned(), "assume_role[0].role_arn".to_owned()]));
        let mut diags = Diagnostics::default();
        assert!(configured.session(&mut diags).is_none());
        assert_eq!(
            diags.errors[0].detail,
            "In the provider block of \"eks\", region, assume_role[0].role_arn are known only after apply, so AWS cannot be asked. Use \
             values that are known while planning, or apply what they come from first: terraform apply -target=…"
        );
    }

    #[test]
    fn provider_that_is_not_configured_says_so() {
        let mut diags = Diagnostics::default();
        assert!(Configured::default().session(&mut diags).is_none());
        assert_eq!(diags.errors[0].summary, "Provider is not configured");
    }
}
