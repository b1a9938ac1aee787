//! What a provider tells of itself before it is configured.

use crate::client::Caller;
use crate::core::schema::{Block, Type};
use crate::core::state::Mode;
use std::collections::BTreeMap;
use terraform_provider_eks::protocol::{InProcess, wire};

/// All that a provider tells before it is configured.
#[derive(Debug, Default)]
pub struct Schemas {
    pub provider: Block,
    pub resources: BTreeMap<String, Block>,
    pub data_sources: BTreeMap<String, Block>,
    pub identities: BTreeMap<String, wire::ResourceIdentitySchema>,
    pub functions: BTreeMap<String, Signature>,
    pub plans_destroys: bool,
}

/// What a function of the provider takes and gives.
#[derive(Clone, Debug)]
pub struct Signature {
    pub parameters: Vec<(wire::Parameter, Type)>,
    pub result: Type,
}

impl Schemas {
    /// Asks a provider.
    pub async fn ask(client: &Caller<InProcess>) -> Self {
        let path = |rpc: &str| format!("/tfplugin6.Provider/{rpc}");
        let schema: wire::GetProviderSchemaResponse = client.send(&path("GetProviderSchema"), wire::Empty {}).await.unwrap();
        assert!(schema.diagnostics.is_empty(), "{:?}", schema.diagnostics);
        let identities: wire::GetResourceIdentitySchemasResponse =
            client.send(&path("GetResourceIdentitySchemas"), wire::Empty {}).await.unwrap();
        let blocks = |schemas: &BTreeMap<String, wire::Schema>| schemas.iter().map(|(name, s)| (name.clone(), Block::parse(s))).collect();
        Self {
            provider: Block::parse(schema.provider.as_ref().unwrap()),
            resources: blocks(&schema.resource_schemas),
            data_sources: blocks(&schema.data_source_schemas),
            identities: identities.identity_schemas,
            functions: schema
                .functions
                .iter()
                .map(|(name, function)| (name.clone(), Signature::of(function)))
                .collect(),
            plans_destroys: schema.server_capabilities.is_some_and(|server| server.plan_destroy),
        }
    }

    #[track_caller]
    pub fn of(&self, mode: Mode, kind: &str) -> &Block {
        let schemas = match mode {
            Mode::Managed => &self.resources,
            Mode::Data => &self.data_sources,
        };
        schemas
            .get(kind)
            .unwrap_or_else(|| panic!("the bench does not play {mode:?} {kind}; use Workspace"))
    }
}

impl Signature {
    fn of(function: &wire::Function) -> Self {
        let of = |json: &[u8]| Type::parse(&serde_json::from_slice(json).unwrap());
        assert!(
            function.variadic_parameter.is_none(),
            "the bench does not play variadic functions; use Workspace"
        );
        Self {
            parameters: function
                .parameters
                .iter()
                .map(|parameter| (parameter.clone(), of(&parameter.r#type)))
                .collect(),
            result: of(&function.r#return.as_ref().unwrap().r#type),
        }
    }
}
