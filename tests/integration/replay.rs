//! The calls of Terraform and OpenTofu, in their order, played to a provider process against AWS.
//!
//! The callers differ in what they ask before the work, and in how many processes they start: a Terraform has one for
//! each walk (validate, plan, apply), and after the first one remembers the schema.

use crate::client::{Client, Plugin, errors, filled, json, provider, value};
use crate::emulator::{World, wait_for};
use serde_json::{Value, json};
use terraform_provider_eks::protocol::wire;

const TYPE: &str = "eks_sso_access";

/// How a caller behaves.
struct Caller {
    version: &'static str,
    /// Asks every process for the schema; otherwise only the first.
    schema_each_time: bool,
    /// Asks for identities after the schema.
    identities: bool,
    /// Asks for functions once the provider is configured.
    functions: bool,
    capabilities: Option<wire::ClientCapabilities>,
}

const TERRAFORM_1_11: Caller = Caller {
    version: "1.11.4",
    schema_each_time: false,
    identities: false,
    functions: false,
    capabilities: None,
};

const TERRAFORM_1_15: Caller = Caller {
    version: "1.15.9",
    identities: true,
    capabilities: Some(wire::ClientCapabilities {
        deferral_allowed: false,
        write_only_attributes_allowed: true,
    }),
    ..TERRAFORM_1_11
};

const OPENTOFU_1_12: Caller = Caller {
    version: "1.12.6",
    schema_each_time: true,
    identities: true,
    functions: true,
    capabilities: Some(wire::ClientCapabilities {
        deferral_allowed: false,
        write_only_attributes_allowed: true,
    }),
};

/// A caller with its world, its configuration and its state.
struct Run<'a> {
    world: &'a World,
    caller: Caller,
    schemas: wire::GetProviderSchemaResponse,
    state: Option<State>,
}

#[derive(Clone, Debug, PartialEq)]
struct State {
    value: Value,
    private: Vec<u8>,
}

impl<'a> Run<'a> {
    fn new(world: &'a World, caller: Caller) -> Self {
        let first = Plugin::start(provider(world)).connect().schema();
        Self {
            world,
            caller,
            schemas: first,
            state: None,
        }
    }

    /// One walk over the graph: a process, configured where the walk needs it.
    fn walk<T>(&mut self, configured: bool, work: impl FnOnce(&mut Self, &Client) -> T) -> T {
        let plugin = Plugin::start(provider(self.world));
        let client = plugin.connect();
        if self.caller.schema_each_time {
            assert_eq!(client.schema(), self.schemas);
        }
        if self.caller.identities {
            let identities: wire::GetResourceIdentitySchemasResponse = client.ask("GetResourceIdentitySchemas", wire::Empty {});
            assert!(identities.identity_schemas.contains_key(TYPE));
        }
        let config = value(&filled(self.schemas.provider.as_ref().unwrap(), json!({})));
        let request = wire::ValidateProviderConfigRequest {
            config: Some(config.clone()),
        };
        let valid: wire::ValidateProviderConfigResponse = client.ask("ValidateProviderConfig", request);
        assert!(valid.diagnostics.is_empty(), "{:?}", valid.diagnostics);
        if configured {
            let request = wire::ConfigureProviderRequest {
                terraform_version: self.caller.version.to_owned(),
                config: Some(config),
                client_capabilities: self.caller.capabilities.clone(),
            };
            let configured: wire::DiagnosticsResponse = client.ask("ConfigureProvider", request);
            assert!(configured.diagnostics.is_empty(), "{:?}", configured.diagnostics);
        }
        if configured && self.caller.functions {
            let functions: wire::GetFunctionsResponse = client.ask("GetFunctions", wire::Empty {});
            assert!(functions.diagnostics.is_empty());
        }
        let done = work(self, &client);
        let ended = plugin.shut_down(&client);
        assert_eq!((ended.status.code(), &*ended.stdout), (Some(0), ""), "{}", ended.stderr);
        done
    }

    fn config(&self, arguments: &Value) -> Value {
        filled(&self.schemas.resource_schemas[TYPE], arguments.clone())
    }

    fn validate(&self, client: &Client, arguments: &Value) {
        let request = wire::ValidateConfigRequest {
            type_name: TYPE.to_owned(),
            config: Some(value(&self.config(arguments))),
            client_capabilities: self.caller.capabilities.clone(),
        };
        let valid: wire::DiagnosticsResponse = client.ask("ValidateResourceConfig", request);
        assert!(valid.diagnostics.is_empty(), "{:?}", valid.diagnostics);
    }

    /// Brings the state up to date, as every walk does that needs it.
    fn refresh(&mut self, client: &Client) {
        let Some(state) = self.state.take() else { return };
        let request = wire::UpgradeResourceStateRequest {
            type_name: TYPE.to_owned(),
            version: 0,
            raw_state: Some(wire::RawState {
                json: state.value.to_string().into_bytes(),
            }),
        };
        let upgraded: wire::UpgradeResourceStateResponse = client.ask("UpgradeResourceState", request);
        assert_eq!(
            json(&upgraded.upgraded_state),
            state.value,
            "an upgrade to the same version changes nothing"
        );
        self.state = self.read(client, upgraded.upgraded_state, state.private);
    }

    fn read(&self, client: &Client, current_state: Option<wire::DynamicValue>, private: Vec<u8>) -> Option<State> {
        let request = wire::ReadResourceRequest {
            type_name: TYPE.to_owned(),
            current_state,
            private,
            client_capabilities: self.caller.capabilities.clone(),
            ..Default::default()
        };
        let read: wire::ReadResourceResponse = client.ask("ReadResource", request);
        assert!(errors(&read.diagnostics).is_empty(), "{:?}", read.diagnostics);
        let value = json(&read.new_state);
        (!value.is_null()).then_some(State {
            value,
            private: read.private,
        })
    }

    /// Plans towards these arguments, or a destroy.
    fn plan(&self, client: &Client, arguments: Option<&Value>) -> wire::PlanResourceChangeResponse {
        let config = arguments.map_or(Value::Null, |arguments| self.config(arguments));
        let prior = self.state.as_ref().map_or(Value::Null, |state| state.value.clone());
        self.plan_of(client, &prior, &config, &proposed(&prior, &config))
    }

    fn plan_of(&self, client: &Client, prior: &Value, config: &Value, proposed: &Value) -> wire::PlanResourceChangeResponse {
        let request = wire::PlanResourceChangeRequest {
            type_name: TYPE.to_owned(),
            prior_state: Some(value(prior)),
            proposed_new_state: Some(value(proposed)),
            config: Some(value(config)),
            prior_private: self.state.as_ref().map(|state| state.private.clone()).unwrap_or_default(),
            client_capabilities: self.caller.capabilities.clone(),
            ..Default::default()
        };
        let plan: wire::PlanResourceChangeResponse = client.ask("PlanResourceChange", request);
        assert!(errors(&plan.diagnostics).is_empty(), "{:?}", plan.diagnostics);
        plan
    }

    fn apply_request(&self, arguments: Option<&Value>, plan: wire::PlanResourceChangeResponse) -> wire::ApplyResourceChangeRequest {
        let config = arguments.map_or(Value::Null, |arguments| self.config(arguments));
        wire::ApplyResourceChangeRequest {
            type_name: TYPE.to_owned(),
            prior_state: Some(value(&self.state.as_ref().map_or(Value::Null, |state| state.value.clone()))),
            planned_state: plan.planned_state,
            config: Some(value(&config)),
            planned_private: plan.planned_private,
            ..Default::default()
        }
    }

    /// A whole `plan` and `apply`.
    fn change(&mut self, arguments: Option<&Value>) {
        if let Some(arguments) = arguments {
            self.walk(false, |run, client| run.validate(client, arguments));
        }
        let planned = self.walk(true, |run, client| {
            if let Some(arguments) = arguments {
                run.validate(client, arguments);
            }
            run.refresh(client);
            run.plan(client, arguments)
        });
        self.walk(true, |run, client| {
            // Terraform plans again, now that all values are known, and compares.
            let again = run.plan(client, arguments);
            assert_eq!(again.planned_state, planned.planned_state);
            let request = run.apply_request(arguments, again);
            let applied: wire::ApplyResourceChangeResponse = client.ask("ApplyResourceChange", request);
            assert!(applied.diagnostics.is_empty(), "{:?}", applied.diagnostics);
            let value = json(&applied.new_state);
            run.state = (!value.is_null()).then_some(State {
                value,
                private: applied.private,
            });
        });
    }

    #[track_caller]
    fn plans_nothing(&mut self, arguments: &Value) {
        self.walk(true, |run, client| {
            run.refresh(client);
            let plan = run.plan(client, Some(arguments));
            assert_eq!(json(&plan.planned_state), run.state.as_ref().unwrap().value);
            assert!(plan.requires_replace.is_empty());
            // A client that leaves the merging to the provider gets the same plan.
            let (prior, config) = (run.state.as_ref().unwrap().value.clone(), run.config(arguments));
            assert_eq!(run.plan_of(client, &prior, &config, &config).planned_state, plan.planned_state);
        });
    }

    fn import(&mut self, id: &str, identity: Option<Value>) {
        self.state = self.walk(true, |run, client| {
            let request = wire::ImportResourceStateRequest {
                type_name: TYPE.to_owned(),
                id: id.to_owned(),
                client_capabilities: run.caller.capabilities.clone(),
                identity: identity.map(|identity| wire::ResourceIdentityData {
                    identity_data: Some(value(&identity)),
                }),
            };
            let imported: wire::ImportResourceStateResponse = client.ask("ImportResourceState", request);
            assert!(imported.diagnostics.is_empty(), "{:?}", imported.diagnostics);
            let [one] = &imported.imported_resources[..] else {
                panic!("{imported:?}")
            };
            assert_eq!(one.type_name, TYPE);
            run.read(client, one.state.clone(), one.private.clone())
        });
    }
}

/// What the configuration says, else what was there before.
fn proposed(prior: &Value, config: &Value) -> Value {
    let (Value::Object(prior), Value::Object(config)) = (prior, config) else {
        return config.clone();
    };
    let merge = |(name, given): (&String, &Value)| (name.clone(), if given.is_null() { prior[name].clone() } else { given.clone() });
    config.iter().map(merge).collect()
}

fn arguments(groups: Value) -> Value {
    json!({
        "cluster_name": "payments-prod",
        "permission_set_name": "DeveloperAccess",
        "kubernetes_groups": groups,
        "access_policies": { "AmazonEKSViewPolicy": { "scope": "cluster", "namespaces": null } },
    })
}

fn whole_life(caller: Caller) {
    let world = World::new();
    let mut run = Run::new(&world, caller);
    let first = arguments(json!(["team-payments"]));
    run.change(Some(&first));
    assert_eq!(world.entry()["kubernetesGroups"], json!(["team-payments"]));
    run.plans_nothing(&first);

    let second = arguments(json!(["team-orders"]));
    run.change(Some(&second));
    assert_eq!(world.entry()["kubernetesGroups"], json!(["team-orders"]));
    run.plans_nothing(&second);

    run.state = None;
    run.import("payments-prod,DeveloperAccess", None);
    run.plans_nothing(&second);

    if run.caller.identities {
        run.state = None;
        run.import(
            "",
            Some(json!({ "cluster_name": "payments-prod", "permission_set_name": "DeveloperAccess" })),
        );
        run.plans_nothing(&second);
    }

    run.change(None);
    assert_eq!(run.state, None);
    assert!(world.entries().is_empty());
}

#[test]
fn order_of_terraform_1_11() {
    whole_life(TERRAFORM_1_11);
}

#[test]
fn order_of_terraform_1_15() {
    whole_life(TERRAFORM_1_15);
}

#[test]
fn order_of_opentofu_1_12() {
    whole_life(OPENTOFU_1_12);
}

/// Protocol 6.11 adds fields to this request.
#[derive(Clone, PartialEq, prost::Message)]
struct NewerPlanRequest {
    #[prost(string, tag = "1")]
    type_name: String,
    #[prost(message, optional, tag = "2")]
    prior_state: Option<wire::DynamicValue>,
    #[prost(message, optional, tag = "3")]
    proposed_new_state: Option<wire::DynamicValue>,
    #[prost(message, optional, tag = "4")]
    config: Option<wire::DynamicValue>,
    #[prost(message, optional, tag = "7")]
    client_capabilities: Option<NewerCapabilities>,
    #[prost(bytes = "vec", tag = "9")]
    planned_private: Vec<u8>,
    /// Of a version that nobody knows yet.
    #[prost(string, tag = "99")]
    future: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct NewerCapabilities {
    #[prost(bool, tag = "3")]
    store_planned_private: bool,
    #[prost(bool, tag = "4")]
    computed_blocks_allowed: bool,
}

#[test]
fn fields_of_newer_protocols_are_tolerated() {
    let world = World::new();
    let mut run = Run::new(&world, TERRAFORM_1_15);
    let known = run.walk(true, |run, client| run.plan(client, Some(&arguments(json!([])))));
    run.walk(true, |run, client| {
        let config = value(&run.config(&arguments(json!([]))));
        let request = NewerPlanRequest {
            type_name: TYPE.to_owned(),
            prior_state: Some(value(&Value::Null)),
            proposed_new_state: Some(config.clone()),
            config: Some(config),
            client_capabilities: Some(NewerCapabilities {
                store_planned_private: true,
                computed_blocks_allowed: true,
            }),
            planned_private: b"private".to_vec(),
            future: "future".to_owned(),
        };
        let newer: wire::PlanResourceChangeResponse = client.ask("PlanResourceChange", request);
        assert_eq!(newer, known);
    });
}

/// Begins to create the grant, and waits until CreateAccessEntry is with AWS, where it takes a second.
fn in_the_middle_of_a_create(run: &Run<'_>, client: &Client) -> crate::client::Pending<wire::ApplyResourceChangeResponse> {
    run.world
        .fault(json!({ "service": "eks", "operation": "CreateAccessEntry", "delay_ms": 1000 }));
    let wanted = arguments(json!(["team-payments"]));
    let plan = run.plan(client, Some(&wanted));
    let request = run.apply_request(Some(&wanted), plan);
    let pending = client.begin("/tfplugin6.Provider/ApplyResourceChange", request);
    wait_for(|| run.world.calls().iter().any(|call| call == "CreateAccessEntry").then_some(()));
    pending
}

#[test]
fn stop_in_the_middle_of_a_create_loses_neither_entry_nor_state() {
    let world = World::new();
    let mut run = Run::new(&world, TERRAFORM_1_15);
    run.walk(true, |run, client| {
        let creating = in_the_middle_of_a_create(run, client);
        let _: wire::StopProviderResponse = client.ask("StopProvider", wire::Empty {});
        let answer = creating.answer().unwrap();
        assert!(answer.diagnostics.is_empty(), "{:?}", answer.diagnostics);
        let entry = world.entry();
        assert_eq!(json(&answer.new_state)["access_entry_arn"], entry["accessEntryArn"]);
        assert_eq!(entry["policies"].as_array().unwrap().len(), 1);
        run.state = Some(State {
            value: json(&answer.new_state),
            private: answer.private,
        });
        // Whatever runs after a stop works again.
        run.refresh(client);
        run.plan(client, None);
    });
    // Core plans an update in a process of its own.
    run.walk(true, |run, client| {
        run.refresh(client);
        run.plan(client, Some(&arguments(json!(["team-orders"]))));
    });
}

#[test]
fn create_whose_caller_went_away_is_finished() {
    let world = World::new();
    let mut run = Run::new(&world, TERRAFORM_1_15);
    run.walk(true, |run, client| {
        in_the_middle_of_a_create(run, client).cancel();
        client.schema();
        wait_for(|| {
            let entries = world.entries();
            let policies = entries.first()?["policies"].as_array()?;
            (!policies.is_empty()).then_some(())
        });
    });
}
