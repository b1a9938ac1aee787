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
        let served = host.served();
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
            data_sources: names(served.data_sources.keys().collect()),
            resources: names(served.resources.keys().collect()),
            functions: names(served.functions.keys().collect()),
            list_resources: names(
                served
                    .resources
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
        let served = host.served();
        let data_source_schemas = served
            .data_sources
            .iter()
            .filter_map(|(name, d)| Some(((*name).to_owned(), schema(&d.schema(&mut diags)?))));
        wire::GetProviderSchemaResponse {
            provider: Some(schema(&served.provider.schema())),
            resource_schemas: served
                .resources
                .iter()
                .map(|(name, r)| ((*name).to_owned(), schema(&r.schema())))
                .collect(),
            data_source_schemas: data_source_schemas.collect(),
            provider_meta: served.provider.meta_schema().as_ref().map(schema),
            server_capabilities: Some(CAPABILITIES),
            functions: function_schemas(host, &mut diags),
            list_resource_schemas: served
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
    host.served()
        .functions
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
