//! Values as Terraform sends them, in the place of configurations, plans, states, private states, identities and arguments.
//!
//! The provider is not configured: what is read, judged and refused before AWS is asked.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use terraform_provider_eks::configured::Configured;
use terraform_provider_eks::hosting::{
    HostedDataSource, HostedFunction, HostedResource, MoveRequest, Provider as _, Raw, RawCurrent, RawPlanRequest,
};
use terraform_provider_eks::provider::EksProvider;
use terraform_provider_eks::{data_sources, functions, resources};
use tf_provider::Diagnostics;
use tokio::runtime::Runtime;

struct Served {
    provider: EksProvider,
    resources: BTreeMap<&'static str, Box<dyn HostedResource>>,
    data_sources: BTreeMap<&'static str, Box<dyn HostedDataSource>>,
    functions: BTreeMap<&'static str, Box<dyn HostedFunction>>,
    runtime: Runtime,
}

thread_local! {
    static SERVED: Served = Served {
        provider: EksProvider::default(),
        resources: resources::registry(Configured::default()),
        data_sources: data_sources::registry(Configured::default()),
        functions: functions::registry(),
        runtime: tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime"),
    };
}

/// The first byte says what the rest is for, and whether it is MessagePack or JSON.
pub fn provider_values(data: &[u8]) {
    let Some((what, value)) = data.split_first() else { return };
    let raw = match what & 0x80 {
        0 => Raw::Msgpack(value.to_vec()),
        _ => Raw::Json(value.to_vec()),
    };
    SERVED.with(|served| served.runtime.block_on(served.send(what & 0x7f, raw, value)));
}

impl Served {
    async fn send(&self, what: u8, raw: Raw, value: &[u8]) {
        let mut diags = Diagnostics::default();
        match usize::from(what) {
            0 => self.provider.validate(&mut diags, raw).await,
            what @ 1..=4 => {
                let source = self.data_sources.values().nth(what - 1).expect("four data sources");
                source.validate(&mut diags, raw.clone()).await;
                let mut diags = Diagnostics::default();
                assert!(source.read(&mut diags, raw, Raw::null()).await.is_none());
                assert!(!diags.errors.is_empty());
            }
            what @ 5..=6 => {
                let function = self.functions.values().nth(what - 5).expect("two functions");
                let answer = function.call(&mut diags, vec![raw]).await;
                assert_eq!(answer.is_none(), !diags.errors.is_empty());
            }
            what => {
                let resource = self.resources.values().nth(what % 2).expect("two resources");
                resource_value(resource.as_ref(), what / 2 % 8, raw, value).await;
            }
        }
        for error in &diags.errors {
            assert!(!error.summary.is_empty());
        }
    }
}

async fn resource_value(resource: &dyn HostedResource, what: usize, raw: Raw, value: &[u8]) {
    let mut diags = Diagnostics::default();
    match what {
        0 => resource.validate(&mut diags, raw).await,
        1 => resource.validate_list(&mut diags, raw),
        2 => upgraded(resource, value),
        3 => {
            let identity = resource.upgrade_identity(&mut diags, value);
            assert_eq!(identity.is_none(), !diags.errors.is_empty());
        }
        4 => {
            let imported = resource.import(&mut diags, String::new(), Some(raw)).await;
            assert_eq!(imported.is_none(), !diags.errors.is_empty());
        }
        5 => moved(resource, &raw),
        6 => {
            let (private, raw) = match value.iter().position(|byte| *byte == 0xff) {
                Some(at) => (value[..at].to_vec(), Raw::Msgpack(value[at + 1..].to_vec())),
                None => (value.to_vec(), raw),
            };
            let request = RawPlanRequest {
                prior: raw.clone(),
                proposed: raw.clone(),
                config: raw,
                private,
            };
            let plan = resource.plan(&mut diags, request).await;
            assert!(plan.is_some() || !diags.errors.is_empty());
        }
        _ => {
            let current = RawCurrent {
                state: raw.clone(),
                private: value.to_vec(),
            };
            let read = resource.read(&mut diags, current).await;
            assert!(read.state == raw || diags.errors.is_empty(), "an error keeps the state");
        }
    }
}

/// An upgraded state is one of today: it is read as it is, and upgrading it again changes nothing.
fn upgraded(resource: &dyn HostedResource, value: &[u8]) {
    let mut diags = Diagnostics::default();
    let Some(state) = resource.upgrade(&mut diags, 0, value) else {
        assert!(!diags.errors.is_empty());
        return;
    };
    let _ = resource.identity(&state);
    let json: Json = state.decode(&mut diags).expect("a state holds no unknown value");
    let again = resource
        .upgrade(&mut diags, 0, json.to_string().as_bytes())
        .expect("a state of today");
    assert_eq!(again.decode::<Json>(&mut diags), Some(json));
}

/// The state of hashicorp/aws's resource.
fn moved(resource: &dyn HostedResource, raw: &Raw) {
    let mut diags = Diagnostics::default();
    let Some(state) = raw.decode(&mut diags) else { return };
    let request = MoveRequest {
        provider: "hashicorp/aws".to_owned(),
        resource_type: "aws_eks_access_entry".to_owned(),
        schema_version: 0,
        state,
    };
    let moved = resource.move_from(&mut diags, request);
    assert_eq!(moved.is_none(), !diags.errors.is_empty());
    if let Some(moved) = moved {
        assert!(resource.identity(&moved.state).is_some());
    }
}
