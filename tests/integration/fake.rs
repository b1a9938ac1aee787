//! A provider whose resource does what its configuration says: panic, wait, or write slowly.
//!
//! It is served by the library's own host in a process of its own: this very test binary, started again.

use crate::client::COOKIE;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use terraform_provider_eks::hosting::{
    Applied, ConfigureRequest, Current, HostedDataSource, HostedFunction, HostedResource, Identity, ImportSource, Imported, ListLimits,
    Listed, ManagedResource, MoveRequest, Plan, PlanRequest, Provider, Raw, UpdateRequest, stop_token,
};
use terraform_provider_eks::protocol::handshake::{Invitation, Network};
use terraform_provider_eks::protocol::{Host, Mode, logging, serve};
use tf_provider::schema::{Attribute, AttributeConstraint, AttributeType, Block, Schema};
use tf_provider::{AttributePath, Diagnostic, Diagnostics};
use tokio::sync::mpsc;

const SWITCH: &str = "SERVE_FAKE_PROVIDER";
const LOOPBACK: &str = "loopback";

/// Starts the fake provider as Terraform starts a real one.
pub fn fake() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--quiet", "--nocapture", "--exact", "fake::is_served_where_asked_for"])
        .env_clear()
        .env(COOKIE.0, COOKIE.1)
        .env(SWITCH, "1");
    command
}

/// The same at a TCP port of this machine, as on Windows.
pub fn fake_on_loopback() -> Command {
    let mut command = fake();
    command.env(SWITCH, LOOPBACK);
    command
}

/// Passes in a run of all tests. In a process that [`fake`] started, it serves until it is shut down.
#[test]
fn is_served_where_asked_for() {
    let variable = |name: &str| std::env::var(name).ok();
    let Some(network) = variable(SWITCH) else { return };
    let mut invitation = Invitation::read(variable);
    if network == LOOPBACK {
        invitation.network = Network::Loopback;
    }
    logging::start(logging::level(variable)).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(serve(Host::new(|| Fake), Mode::Managed(invitation))).unwrap();
}

struct Fake;

/// What a resource is told to do, and a folder to show how far it came.
#[derive(Clone, Serialize, Deserialize)]
struct Thing {
    act: String,
    dir: String,
}

fn schema() -> Schema {
    let text = |name: &str| {
        let attribute = Attribute {
            attr_type: AttributeType::String,
            constraint: AttributeConstraint::Required,
            ..Attribute::default()
        };
        (name.to_owned(), attribute)
    };
    Schema {
        version: 0,
        block: Block {
            attributes: HashMap::from([text("act"), text("dir")]),
            ..Block::default()
        },
    }
}

/// Does what the configuration says.
async fn act(diags: &mut Diagnostics, thing: &Thing) {
    let dir = Path::new(&thing.dir);
    std::fs::write(dir.join("started"), "").unwrap();
    match &*thing.act {
        "panic" => panic!("told to panic"),
        "wait" => {
            let late = stop_token().is_cancelled();
            stop_token().cancelled().await;
            diags.add_error(Diagnostic {
                summary: "Stopped".into(),
                detail: if late { "by an earlier stop" } else { "while waiting" }.into(),
                attribute: AttributePath::default(),
            });
        }
        "clean up when stopped" => {
            stop_token().cancelled().await;
            let mut looks = tokio::time::interval(Duration::from_millis(100));
            looks.tick().await;
            looks.tick().await;
            std::fs::write(dir.join("written"), "").unwrap();
        }
        // Deaf to stop requests, as a request to AWS that is on its way.
        "write" => {
            let mut looks = tokio::time::interval(Duration::from_millis(10));
            while !dir.join("finish").exists() {
                looks.tick().await;
            }
            std::fs::write(dir.join("written"), "").unwrap();
        }
        _ => {}
    }
}

#[async_trait::async_trait]
impl ManagedResource for Fake {
    type State = Thing;

    fn schema(&self) -> Schema {
        schema()
    }

    async fn validate(&self, _: &mut Diagnostics, _: Thing) {}

    async fn plan(&self, diags: &mut Diagnostics, request: PlanRequest<Thing>) -> Option<Plan<Thing>> {
        act(diags, &request.proposed).await;
        Some(Plan {
            planned: request.proposed,
            replace: Vec::new(),
            private: request.private,
        })
    }

    async fn plan_destroy(&self, _: &mut Diagnostics, prior: Current<Thing>) -> Option<Vec<u8>> {
        Some(prior.private)
    }

    async fn create(&self, diags: &mut Diagnostics, planned: Current<Thing>, _: Thing) -> Option<Applied<Thing>> {
        act(diags, &planned.state).await;
        Some(Applied {
            state: planned.state,
            private: planned.private,
        })
    }

    async fn update(&self, diags: &mut Diagnostics, request: UpdateRequest<Thing>) -> Option<Applied<Thing>> {
        act(diags, &request.planned).await;
        Some(Applied {
            state: request.planned,
            private: request.private,
        })
    }

    async fn delete(&self, diags: &mut Diagnostics, prior: Current<Thing>) {
        act(diags, &prior.state).await;
    }

    async fn read(&self, diags: &mut Diagnostics, current: Current<Thing>) -> Option<Applied<Thing>> {
        act(diags, &current.state).await;
        Some(Applied {
            state: current.state,
            private: current.private,
        })
    }

    async fn import(&self, _: &mut Diagnostics, _: ImportSource) -> Option<Imported<Thing>> {
        panic!("told to panic")
    }

    fn upgrade(&self, _: &mut Diagnostics, _: i64, state: serde_json::Value) -> Option<Thing> {
        serde_json::from_value(state).ok()
    }

    fn move_from(&self, _: &mut Diagnostics, _: MoveRequest) -> Option<Imported<Thing>> {
        panic!("told to panic")
    }

    fn list_schema(&self) -> Option<Schema> {
        Some(schema())
    }

    /// Rows, and then what the list block says.
    async fn list(&self, diags: &mut Diagnostics, config: Raw, limits: ListLimits, rows: mpsc::Sender<Listed<Thing>>) {
        let thing: Thing = config.decode(diags).unwrap();
        for number in 0..limits.most.min(100) {
            let row = Listed {
                display_name: number.to_string(),
                identity: Identity::new(),
                state: None,
                warnings: Vec::new(),
            };
            if rows.send(row).await.is_err() {
                break;
            }
        }
        act(diags, &thing).await;
    }
}

#[async_trait::async_trait]
impl Provider for Fake {
    fn schema(&self) -> Schema {
        Schema {
            version: 0,
            block: Block::default(),
        }
    }

    fn meta_schema(&self) -> Option<Schema> {
        None
    }

    async fn validate(&self, _: &mut Diagnostics, _: Raw) {
        panic!("told to panic")
    }

    async fn configure(&self, _: &mut Diagnostics, _: ConfigureRequest) {}

    fn resources(&self) -> BTreeMap<&'static str, Box<dyn HostedResource>> {
        let fake: Box<dyn HostedResource> = Box::new(Fake);
        BTreeMap::from([("fake_thing", fake)])
    }

    fn data_sources(&self) -> BTreeMap<&'static str, Box<dyn HostedDataSource>> {
        BTreeMap::new()
    }

    fn functions(&self) -> BTreeMap<&'static str, Box<dyn HostedFunction>> {
        BTreeMap::new()
    }
}
