//! One provider process of a walk, without the process: the real services, called without a connection. `terraform_data` is played here.

use crate::client::{Caller, SHUTDOWN};
use crate::core::diagnostics::{self, Diagnostic, has_errors};
use crate::core::exchange::{Answer, Change, Held, Planned};
use crate::core::schemas::Schemas;
use crate::core::state::{Mode, Object};
use crate::core::terraform_data;
use crate::core::value::Value;
use prost::Message;
use std::sync::Arc;
use terraform_provider_eks::protocol::{Host, InProcess, wire};

#[derive(Debug)]
pub struct Provider {
    pub schemas: Arc<Schemas>,
    process: Process,
}

#[derive(Debug)]
enum Process {
    /// Terraform's own provider.
    BuiltIn,
    Served {
        client: Caller<InProcess>,
        services: InProcess,
    },
}

pub fn dynamic(value: &Value) -> Option<wire::DynamicValue> {
    Some(wire::DynamicValue {
        msgpack: value.to_msgpack(),
        json: Vec::new(),
    })
}

fn identity_data(identity: Option<&Value>) -> Option<wire::ResourceIdentityData> {
    identity.map(|identity| wire::ResourceIdentityData {
        identity_data: dynamic(identity),
    })
}

fn identity_of(data: Option<wire::ResourceIdentityData>) -> Option<Value> {
    data.and_then(|data| data.identity_data)
        .map(|data| Value::of_msgpack(&data.msgpack))
}

fn diagnostics_of(diagnostics: &[wire::Diagnostic]) -> Vec<Diagnostic> {
    diagnostics.iter().map(Diagnostic::of_wire).collect()
}

fn capabilities() -> Option<wire::ClientCapabilities> {
    Some(wire::ClientCapabilities {
        deferral_allowed: false,
        write_only_attributes_allowed: true,
    })
}

impl Provider {
    pub fn built_in() -> Self {
        Self {
            schemas: Arc::new(terraform_data::schemas()),
            process: Process::BuiltIn,
        }
    }

    /// Starts a provider. The first one of a caller is asked for its schemas, which the caller remembers.
    pub async fn start(host: Host, known: Option<Arc<Schemas>>) -> Self {
        let services = InProcess::new(host);
        let client = Caller::of(services.clone());
        let schemas = match known {
            Some(schemas) => schemas,
            None => Arc::new(Schemas::ask(&client).await),
        };
        Self {
            schemas,
            process: Process::Served { client, services },
        }
    }

    /// Ends it as Terraform does, and waits until all that is under way is done.
    pub async fn shut_down(self) {
        if let Process::Served { client, services } = self.process {
            let _: wire::Empty = client.send(SHUTDOWN, wire::Empty {}).await.unwrap();
            services.ended().await;
        }
    }

    pub async fn ask<Q, A>(&self, rpc: &str, request: Q) -> A
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let Process::Served { client, .. } = &self.process else {
            panic!("{rpc} is not asked of a built-in provider")
        };
        let answer = client.send(&format!("/tfplugin6.Provider/{rpc}"), request).await;
        answer.unwrap_or_else(|status| panic!("{rpc}: {status:?}"))
    }

    fn is_built_in(&self) -> bool {
        matches!(self.process, Process::BuiltIn)
    }

    pub async fn stop(&self) {
        if !self.is_built_in() {
            let _: wire::StopProviderResponse = self.ask("StopProvider", wire::Empty {}).await;
        }
    }

    pub async fn validate_provider(&self, config: &Value) -> Vec<Diagnostic> {
        let request = wire::ValidateProviderConfigRequest { config: dynamic(config) };
        let answer: wire::ValidateProviderConfigResponse = self.ask("ValidateProviderConfig", request).await;
        diagnostics_of(&answer.diagnostics)
    }

    pub async fn configure(&self, config: &Value) -> Vec<Diagnostic> {
        let request = wire::ConfigureProviderRequest {
            terraform_version: "1.15.9".to_owned(),
            config: dynamic(config),
            client_capabilities: capabilities(),
        };
        let answer: wire::DiagnosticsResponse = self.ask("ConfigureProvider", request).await;
        diagnostics_of(&answer.diagnostics)
    }

    pub async fn validate(&self, mode: Mode, kind: &str, config: &Value) -> Vec<Diagnostic> {
        if self.is_built_in() {
            return Vec::new();
        }
        let rpc = match mode {
            Mode::Managed => "ValidateResourceConfig",
            Mode::Data => "ValidateDataResourceConfig",
        };
        let request = wire::ValidateConfigRequest {
            type_name: kind.to_owned(),
            config: dynamic(config),
            client_capabilities: (mode == Mode::Managed).then(capabilities).flatten(),
        };
        let answer: wire::DiagnosticsResponse = self.ask(rpc, request).await;
        diagnostics_of(&answer.diagnostics)
    }

    /// A state as it was stored, in today's schema. Its identity is asked about only where its schema has another version,
    /// which that of a bench never has.
    pub async fn upgrade(&self, kind: &str, object: &Object) -> Answer<Object> {
        let mut upgraded = object.clone();
        if self.is_built_in() {
            return Answer {
                answer: upgraded,
                diagnostics: Vec::new(),
            };
        }
        let request = wire::UpgradeResourceStateRequest {
            type_name: kind.to_owned(),
            version: 0,
            raw_state: Some(wire::RawState {
                json: object.value.json().to_string().into_bytes(),
            }),
        };
        let answer: wire::UpgradeResourceStateResponse = self.ask("UpgradeResourceState", request).await;
        let found = diagnostics_of(&answer.diagnostics);
        if !has_errors(&found) {
            upgraded.value = self.conforming(Mode::Managed, kind, "UpgradeResourceState", answer.upgraded_state);
        }
        Answer {
            answer: upgraded,
            diagnostics: found,
        }
    }

    pub async fn read(&self, kind: &str, held: Held) -> Answer<Held> {
        if self.is_built_in() {
            return Answer {
                answer: held,
                diagnostics: Vec::new(),
            };
        }
        let request = wire::ReadResourceRequest {
            type_name: kind.to_owned(),
            current_state: dynamic(&held.value),
            private: held.private.clone(),
            provider_meta: None,
            client_capabilities: capabilities(),
            current_identity: identity_data(held.identity.as_ref()),
        };
        let answer: wire::ReadResourceResponse = self.ask("ReadResource", request).await;
        let found = diagnostics_of(&answer.diagnostics);
        if has_errors(&found) {
            return Answer {
                answer: held,
                diagnostics: found,
            };
        }
        let read = Held {
            value: self.conforming(Mode::Managed, kind, "ReadResource", answer.new_state),
            private: answer.private,
            identity: identity_of(answer.new_identity).or(held.identity),
        };
        Answer {
            answer: read,
            diagnostics: found,
        }
    }

    pub async fn plan(&self, change: Change<'_>) -> Answer<Planned> {
        if self.is_built_in() {
            return Answer {
                answer: terraform_data::plan(&change),
                diagnostics: Vec::new(),
            };
        }
        let request = wire::PlanResourceChangeRequest {
            type_name: change.kind.to_owned(),
            prior_state: dynamic(change.prior),
            proposed_new_state: dynamic(change.new),
            config: dynamic(change.config),
            prior_private: change.private.to_vec(),
            provider_meta: None,
            client_capabilities: capabilities(),
            prior_identity: identity_data(change.identity),
        };
        let answer: wire::PlanResourceChangeResponse = self.ask("PlanResourceChange", request).await;
        let found = diagnostics_of(&answer.diagnostics);
        let value = if has_errors(&found) {
            Value::Null
        } else {
            self.conforming(Mode::Managed, change.kind, "PlanResourceChange", answer.planned_state)
        };
        let held = Held {
            value,
            private: answer.planned_private,
            identity: identity_of(answer.planned_identity),
        };
        let requires_replace = answer.requires_replace.iter().map(|path| diagnostics::path(Some(path))).collect();
        Answer {
            answer: Planned { held, requires_replace },
            diagnostics: found,
        }
    }

    pub async fn apply(&self, change: Change<'_>) -> Answer<Held> {
        if self.is_built_in() {
            return Answer {
                answer: terraform_data::apply(&change),
                diagnostics: Vec::new(),
            };
        }
        let request = wire::ApplyResourceChangeRequest {
            type_name: change.kind.to_owned(),
            prior_state: dynamic(change.prior),
            planned_state: dynamic(change.new),
            config: dynamic(change.config),
            planned_private: change.private.to_vec(),
            provider_meta: None,
            planned_identity: identity_data(change.identity),
        };
        let answer: wire::ApplyResourceChangeResponse = self.ask("ApplyResourceChange", request).await;
        let held = Held {
            value: self.conforming(Mode::Managed, change.kind, "ApplyResourceChange", answer.new_state),
            private: answer.private,
            identity: identity_of(answer.new_identity),
        };
        Answer {
            answer: held,
            diagnostics: diagnostics_of(&answer.diagnostics),
        }
    }

    pub async fn read_data(&self, kind: &str, config: &Value) -> Answer<Value> {
        let request = wire::ReadDataSourceRequest {
            type_name: kind.to_owned(),
            config: dynamic(config),
            provider_meta: None,
            client_capabilities: capabilities(),
        };
        let answer: wire::ReadDataSourceResponse = self.ask("ReadDataSource", request).await;
        let found = diagnostics_of(&answer.diagnostics);
        let value = if has_errors(&found) {
            Value::Null
        } else {
            self.conforming(Mode::Data, kind, "ReadDataSource", answer.state)
        };
        Answer {
            answer: value,
            diagnostics: found,
        }
    }

    /// Imports by an id, or by an identity.
    pub async fn import(&self, kind: &str, id: &str, identity: Option<&Value>) -> Answer<Option<Held>> {
        let request = wire::ImportResourceStateRequest {
            type_name: kind.to_owned(),
            id: id.to_owned(),
            client_capabilities: capabilities(),
            identity: identity_data(identity),
        };
        let answer: wire::ImportResourceStateResponse = self.ask("ImportResourceState", request).await;
        let found = diagnostics_of(&answer.diagnostics);
        if has_errors(&found) {
            return Answer {
                answer: None,
                diagnostics: found,
            };
        }
        let one = match <[_; 1]>::try_from(answer.imported_resources) {
            Ok([one]) if one.type_name == kind => one,
            other => panic!("an import must give one {kind}: {other:?}"),
        };
        let held = Held {
            value: self.conforming(Mode::Managed, kind, "ImportResourceState", one.state),
            private: one.private,
            identity: identity_of(one.identity),
        };
        Answer {
            answer: Some(held),
            diagnostics: found,
        }
    }

    /// Core's first rule for every answer: it is a value of the schema.
    fn conforming(&self, mode: Mode, kind: &str, rpc: &str, value: Option<wire::DynamicValue>) -> Value {
        let value = value.unwrap_or_else(|| panic!("core's rule: {rpc} of {kind} must answer a value"));
        let conforming = self.schemas.of(mode, kind).conform(Value::of_msgpack(&value.msgpack));
        conforming.unwrap_or_else(|error| panic!("core's rule: what {rpc} answers conforms to the schema of {kind}: {error}"))
    }
}
