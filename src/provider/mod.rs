//! The provider itself: its block, its configuration, and the registry of what it serves.
//!
//! Resources, data sources and functions are made before the provider is configured, so each holds a [`Configured`]:
//! a slot that `configure` fills once.

mod configure;
mod model;
mod schema;
mod validate;

use crate::aws::environment::Environment;
use crate::aws::session::Session;
use crate::hosting::{ConfigureRequest, HostedDataSource, HostedFunction, HostedResource, Provider, Raw};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use tf_provider::schema::Schema;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

/// The provider `eks`.
#[derive(Debug, Default)]
pub struct EksProvider {
    configured: Configured,
    environment: Environment,
}

impl EksProvider {
    /// A provider that reads the given environment when it is configured.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        Self {
            configured: Configured::default(),
            environment,
        }
    }
}

/// The session, once there is one. All clones share it.
#[derive(Debug, Clone, Default)]
pub struct Configured(Arc<OnceLock<State>>);

#[derive(Debug)]
enum State {
    Ready(Session),
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
        diags.add_error(Diagnostic {
            summary: summary.into(),
            detail: detail.into(),
            attribute: AttributePath::root(),
        });
        None
    }

    /// Fills the slot. The first one counts: Terraform configures a process once.
    fn fill(&self, state: State) {
        let _ = self.0.set(state);
    }
}

/// Why nothing can be read, and what to do.
fn unknown_detail(arguments: &[String]) -> String {
    format!(
        "In the provider block of \"eks\", {} known only after apply, so AWS cannot be asked. Use values that are known while planning, \
         or apply what they come from first: terraform apply -target=…",
        match arguments {
            [one] => format!("{one} is"),
            many => format!("{} are", many.join(", ")),
        }
    )
}

#[async_trait::async_trait]
impl Provider for EksProvider {
    fn schema(&self) -> Schema {
        schema::provider()
    }

    fn meta_schema(&self) -> Option<Schema> {
        None
    }

    async fn validate(&self, diags: &mut Diagnostics, config: Raw) {
        if let Some(model) = config.decode::<model::ProviderModel>(diags) {
            diags.errors.extend(validate::validate(&model));
        }
    }

    async fn configure(&self, diags: &mut Diagnostics, request: ConfigureRequest) {
        if let Some(state) = configure::configure(diags, &request, &self.environment).await {
            self.configured.fill(state);
        }
    }

    fn resources(&self) -> BTreeMap<&'static str, Box<dyn HostedResource>> {
        crate::resources::registry(self.configured.clone())
    }

    fn data_sources(&self) -> BTreeMap<&'static str, Box<dyn HostedDataSource>> {
        crate::data_sources::registry(self.configured.clone())
    }

    fn functions(&self) -> BTreeMap<&'static str, Box<dyn HostedFunction>> {
        crate::functions::registry()
    }
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
