//! What no provider can be faster than: the schema of `eks_sso_access` and Terraform's protocol, but instead of asking
//! AWS it waits as long as the answers would take.
//!
//! `BENCH_READ_MS`, `BENCH_PLAN_MS` (a create's) and `BENCH_APPLY_MS` say how long.

use crate::Failure;
use std::collections::BTreeMap;
use std::time::Duration;
use terraform_provider_eks::aws::environment::Environment;
use terraform_provider_eks::hosting::{
    ConfigureRequest, HostedDataSource, HostedFunction, HostedResource, IdentityAttribute, ListLimits, MoveRequest, Provider, Raw,
    RawApplied, RawCurrent, RawImported, RawListed, RawPlan, RawPlanRequest,
};
use terraform_provider_eks::protocol::handshake::Invitation;
use terraform_provider_eks::protocol::{Host, Mode};
use terraform_provider_eks::provider::EksProvider;
use tf_provider::Diagnostics;
use tf_provider::schema::Schema;
use tokio::sync::mpsc;

const TYPE: &str = "eks_sso_access";

/// Serves until Terraform asks for a shutdown.
pub(crate) fn serve() -> Result<(), Failure> {
    let invitation = Invitation::read(|name| std::env::var(name).ok());
    let host = Host::new(|| Waiting(EksProvider::new(Environment::default())));
    // As the provider's own main does.
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(terraform_provider_eks::protocol::serve(host, Mode::Managed(invitation)))
}

struct Waiting(EksProvider);

#[async_trait::async_trait]
impl Provider for Waiting {
    fn schema(&self) -> Schema {
        self.0.schema()
    }

    fn meta_schema(&self) -> Option<Schema> {
        None
    }

    async fn validate(&self, _: &mut Diagnostics, _: Raw) {}

    async fn configure(&self, _: &mut Diagnostics, _: ConfigureRequest) {}

    fn resources(&self) -> BTreeMap<&'static str, Box<dyn HostedResource>> {
        let real = self.0.resources().remove(TYPE);
        let waits = real.map(|real| (TYPE, Box::new(Waits(real)) as Box<dyn HostedResource>));
        waits.into_iter().collect()
    }

    fn data_sources(&self) -> BTreeMap<&'static str, Box<dyn HostedDataSource>> {
        BTreeMap::new()
    }

    fn functions(&self) -> BTreeMap<&'static str, Box<dyn HostedFunction>> {
        BTreeMap::new()
    }
}

/// The real resource, but for what would ask AWS.
struct Waits(Box<dyn HostedResource>);

/// A whole number of milliseconds, as the server's delays are.
async fn wait(variable: &str) {
    let milliseconds = std::env::var(variable).ok().and_then(|text| text.parse().ok());
    #[allow(clippy::disallowed_methods, reason = "not the provider: nobody asks this to stop")]
    tokio::time::sleep(Duration::from_millis(milliseconds.unwrap_or(0))).await;
}

#[async_trait::async_trait]
impl HostedResource for Waits {
    fn schema(&self) -> Schema {
        self.0.schema()
    }

    async fn validate(&self, diags: &mut Diagnostics, config: Raw) {
        self.0.validate(diags, config).await;
    }

    async fn plan(&self, _: &mut Diagnostics, request: RawPlanRequest) -> Option<RawPlan> {
        if request.prior.is_null() {
            wait("BENCH_PLAN_MS").await;
        }
        Some(RawPlan {
            planned: request.proposed,
            replace: Vec::new(),
            private: request.private,
        })
    }

    async fn apply(&self, _: &mut Diagnostics, prior: RawCurrent, planned: Raw, _: Raw) -> RawApplied {
        wait("BENCH_APPLY_MS").await;
        RawApplied {
            state: planned,
            private: prior.private,
        }
    }

    async fn read(&self, _: &mut Diagnostics, current: RawCurrent) -> RawApplied {
        wait("BENCH_READ_MS").await;
        RawApplied {
            state: current.state,
            private: current.private,
        }
    }

    async fn import(&self, _: &mut Diagnostics, _: String, _: Option<Raw>) -> Option<RawImported> {
        None
    }

    fn upgrade(&self, diags: &mut Diagnostics, version: i64, state: &[u8]) -> Option<Raw> {
        self.0.upgrade(diags, version, state)
    }

    fn identity_schema(&self) -> &'static [IdentityAttribute] {
        self.0.identity_schema()
    }

    fn identity(&self, state: &Raw) -> Option<Raw> {
        self.0.identity(state)
    }

    fn upgrade_identity(&self, diags: &mut Diagnostics, identity: &[u8]) -> Option<Raw> {
        self.0.upgrade_identity(diags, identity)
    }

    fn move_from(&self, diags: &mut Diagnostics, source: MoveRequest) -> Option<RawImported> {
        self.0.move_from(diags, source)
    }

    fn list_schema(&self) -> Option<Schema> {
        None
    }

    fn validate_list(&self, _: &mut Diagnostics, _: Raw) {}

    async fn list(&self, _: &mut Diagnostics, _: Raw, _: ListLimits, _: mpsc::Sender<RawListed>) {}
}
