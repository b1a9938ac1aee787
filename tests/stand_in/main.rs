//! Plays hashicorp/aws and hashicorp/kubernetes: their resource types that the tests of leaving hashicorp/aws and the
//! examples name, as far as their state goes. It asks nobody and keeps what it is given; a delete makes the file that
//! `STAND_IN_DELETED` names, so that a test can tell. With `STAND_IN_NETWORK=loopback` it listens as on Windows. The names of attributes and blocks are those of hashicorp/aws 6
//! and hashicorp/kubernetes 2, so that an example with a wrong one is not valid; which are required is left out.

#![allow(clippy::disallowed_methods, reason = "a program of the tests reads its own environment")]

mod shapes;

use serde::{Deserialize, Serialize};
use shapes::{PROVIDER, Shape, TYPES};
use std::collections::BTreeMap;
use std::process::ExitCode;
use terraform_provider_eks::hosting::{
    Applied, ConfigureRequest, Current, HostedDataSource, HostedFunction, HostedResource, ImportSource, Imported, ManagedResource,
    MoveRequest, Plan, PlanRequest, Provider, Raw, UpdateRequest,
};
use terraform_provider_eks::protocol::handshake::{Invitation, Network};
use terraform_provider_eks::protocol::{Host, Mode, serve};
use tf_provider::schema::Schema;
use tf_provider::value::ValueAny;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

#[tokio::main]
async fn main() -> ExitCode {
    let mut invitation = Invitation::read(|name| std::env::var(name).ok());
    if std::env::var("STAND_IN_NETWORK").is_ok_and(|network| network == "loopback") {
        invitation.network = Network::Loopback;
    }
    match serve(Host::new(|| StandIn), Mode::Managed(invitation)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

struct StandIn;

#[async_trait::async_trait]
impl Provider for StandIn {
    fn schema(&self) -> Schema {
        PROVIDER.schema()
    }

    fn meta_schema(&self) -> Option<Schema> {
        None
    }

    async fn validate(&self, _: &mut Diagnostics, _: Raw) {}

    async fn configure(&self, _: &mut Diagnostics, _: ConfigureRequest) {}

    fn resources(&self) -> BTreeMap<&'static str, Box<dyn HostedResource>> {
        TYPES
            .iter()
            .map(|(name, shape)| (*name, Box::new(Kept(shape)) as Box<dyn HostedResource>))
            .collect()
    }

    fn data_sources(&self) -> BTreeMap<&'static str, Box<dyn HostedDataSource>> {
        BTreeMap::new()
    }

    fn functions(&self) -> BTreeMap<&'static str, Box<dyn HostedFunction>> {
        BTreeMap::new()
    }
}

/// A resource type, that keeps whatever it is given.
struct Kept(&'static Shape);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
struct Anything(BTreeMap<String, ValueAny>);

#[async_trait::async_trait]
impl ManagedResource for Kept {
    type State = Anything;

    fn schema(&self) -> Schema {
        self.0.schema()
    }

    async fn validate(&self, _: &mut Diagnostics, _: Anything) {}

    async fn plan(&self, _: &mut Diagnostics, request: PlanRequest<Anything>) -> Option<Plan<Anything>> {
        Some(Plan {
            planned: request.proposed,
            replace: Vec::new(),
            private: Vec::new(),
        })
    }

    async fn plan_destroy(&self, _: &mut Diagnostics, _: Current<Anything>) -> Option<Vec<u8>> {
        Some(Vec::new())
    }

    async fn create(&self, _: &mut Diagnostics, planned: Current<Anything>, _: Anything) -> Option<Applied<Anything>> {
        Some(Applied {
            state: planned.state,
            private: Vec::new(),
        })
    }

    async fn update(&self, _: &mut Diagnostics, request: UpdateRequest<Anything>) -> Option<Applied<Anything>> {
        Some(Applied {
            state: request.planned,
            private: Vec::new(),
        })
    }

    async fn delete(&self, diags: &mut Diagnostics, _: Current<Anything>) {
        if let Some(path) = std::env::var_os("STAND_IN_DELETED")
            && let Err(reason) = std::fs::write(path, "deleted")
        {
            diags.add_error(Diagnostic {
                summary: "Stand-in cannot tell of a delete".into(),
                detail: reason.to_string().into(),
                attribute: AttributePath::default(),
            });
        }
    }

    async fn read(&self, _: &mut Diagnostics, current: Current<Anything>) -> Option<Applied<Anything>> {
        Some(Applied {
            state: current.state,
            private: Vec::new(),
        })
    }

    async fn import(&self, _: &mut Diagnostics, _: ImportSource) -> Option<Imported<Anything>> {
        None
    }

    /// Attributes that only the real provider has are dropped.
    fn upgrade(&self, _: &mut Diagnostics, _: i64, state: serde_json::Value) -> Option<Anything> {
        let mut given: BTreeMap<String, ValueAny> = serde_json::from_value(state).ok()?;
        let kept = self.0.names().map(|name| (name.to_owned(), given.remove(name).unwrap_or_default()));
        Some(Anything(kept.collect()))
    }

    fn move_from(&self, _: &mut Diagnostics, _: MoveRequest) -> Option<Imported<Anything>> {
        None
    }
}
