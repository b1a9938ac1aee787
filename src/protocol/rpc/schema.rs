//! Schemas and names.

use crate::protocol::convert::{diagnostics, function, schema};
use crate::protocol::rpc::Rpc;
use crate::protocol::{Host, wire};
use std::collections::BTreeMap;
use tf_provider::{Diagnostic, Diagnostics};

const CAPABILITIES: wire::ServerCapabilities = wire::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: false,
};

pub(crate) struct GetMetadata;

impl Rpc for GetMetadata {
    const NAME: &'static str = "GetMetadata";
    type Request = wire::Empty;
    type Response = wire::GetMetadataResponse;

    async fn serve(host: &Host, _: wire::Empty) -> Self::Response {
        let names = |keys: Vec<&&str>| {
            keys.into_iter()
                .map(|name| wire::TypeName {
                    type_name: (*name).to_owned(),
                })
                .collect()
        };
        wire::GetMetadataResponse {
            server_capabilities: Some(CAPABILITIES),
            diagnostics: Vec::new(),
            data_sources: names(host.data_sources.keys().collect()),
            resources: names(host.resources.keys().collect()),
            functions: names(host.functions.keys().collect()),
            list_resources: names(
                host.resources
                    .iter()
                    .filter(|(_, r)| r.list_schema().is_some())
                    .map(|(name, _)| name)
                    .collect(),
            ),
        }
    }

    fn failed(_: wire::Empty, error: Diagnostic) -> Self::Response {
        wire::GetMetadataResponse {
            diagnostics: only(error),
            ..Default::default()
        }
    }
}

pub(crate) struct GetProviderSchema;

impl Rpc for GetProviderSchema {
    const NAME: &'static str = "GetProviderSchema";
    type Request = wire::Empty;
    type Response = wire::GetProviderSchemaResponse;

    async fn serve(host: &Host, _: wire::Empty) -> Self::Response {
        let mut diags = Diagnostics::default();
        let data_source_schemas = host
            .data_sources
            .iter()
            .filter_map(|(name, d)| Some(((*name).to_owned(), schema(&d.schema(&mut diags)?))));
        wire::GetProviderSchemaResponse {
            provider: Some(schema(&host.provider.schema())),
            resource_schemas: host
                .resources
                .iter()
                .map(|(name, r)| ((*name).to_owned(), schema(&r.schema())))
                .collect(),
            data_source_schemas: data_source_schemas.collect(),
            provider_meta: host.provider.meta_schema().as_ref().map(schema),
            server_capabilities: Some(CAPABILITIES),
            functions: function_schemas(host, &mut diags),
            list_resource_schemas: host
                .resources
                .iter()
                .filter_map(|(name, r)| Some(((*name).to_owned(), schema(&r.list_schema()?))))
                .collect(),
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(_: wire::Empty, error: Diagnostic) -> Self::Response {
        wire::GetProviderSchemaResponse {
            diagnostics: only(error),
            ..Default::default()
        }
    }
}

pub(crate) fn function_schemas(host: &Host, diags: &mut Diagnostics) -> BTreeMap<String, wire::Function> {
    host.functions
        .iter()
        .filter_map(|(name, f)| Some(((*name).to_owned(), function(&f.schema(diags)?))))
        .collect()
}

/// This error and nothing else.
pub(crate) fn only(error: Diagnostic) -> Vec<wire::Diagnostic> {
    diagnostics(Diagnostics {
        errors: vec![error],
        warnings: Vec::new(),
    })
}
