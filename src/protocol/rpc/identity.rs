//! Identity, and moves from other resource types.

use crate::hosting::{HostedResource, MoveRequest, Raw};
use crate::protocol::convert::diagnostics;
use crate::protocol::rpc::Rpc;
use crate::protocol::rpc::about::RpcAbout;
use crate::protocol::rpc::resource::identity;
use crate::protocol::rpc::schema::only;
use crate::protocol::{Host, wire};
use tf_provider::{Diagnostic, Diagnostics};

pub(crate) struct GetResourceIdentitySchemas;

impl Rpc for GetResourceIdentitySchemas {
    const NAME: &'static str = "GetResourceIdentitySchemas";
    type Request = wire::Empty;
    type Response = wire::GetResourceIdentitySchemasResponse;

    async fn serve(host: &Host, _: wire::Empty) -> Self::Response {
        let served = host.served();
        let with_identity = served
            .resources
            .iter()
            .filter(|(_, resource)| !resource.identity_schema().is_empty());
        wire::GetResourceIdentitySchemasResponse {
            identity_schemas: with_identity
                .map(|(name, resource)| ((*name).to_owned(), schema(resource.as_ref())))
                .collect(),
            diagnostics: Vec::new(),
        }
    }

    fn failed(_: wire::Empty, error: Diagnostic) -> Self::Response {
        wire::GetResourceIdentitySchemasResponse {
            diagnostics: only(error),
            ..Default::default()
        }
    }
}

fn schema(resource: &dyn HostedResource) -> wire::ResourceIdentitySchema {
    let attribute = |attribute: &crate::hosting::IdentityAttribute| wire::IdentityAttribute {
        name: attribute.name.to_owned(),
        r#type: br#""string""#.to_vec(),
        required_for_import: attribute.required,
        optional_for_import: !attribute.required,
        description: attribute.description.to_owned(),
    };
    wire::ResourceIdentitySchema {
        version: 0,
        identity_attributes: resource.identity_schema().iter().map(attribute).collect(),
    }
}

pub(crate) struct UpgradeResourceIdentity;

impl RpcAbout for UpgradeResourceIdentity {
    const NAME: &'static str = "UpgradeResourceIdentity";
    type Subject = dyn HostedResource;
    type Request = wire::UpgradeResourceIdentityRequest;
    type Response = wire::UpgradeResourceIdentityResponse;

    async fn serve(resource: &Self::Subject, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        let json = request.raw_identity.unwrap_or_default().json;
        let upgraded_identity = identity(resource.upgrade_identity(&mut diags, &json));
        wire::UpgradeResourceIdentityResponse {
            upgraded_identity,
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(_: Self::Request, error: Diagnostic) -> Self::Response {
        wire::UpgradeResourceIdentityResponse {
            upgraded_identity: None,
            diagnostics: only(error),
        }
    }
}

pub(crate) struct MoveResourceState;

impl RpcAbout for MoveResourceState {
    const NAME: &'static str = "MoveResourceState";
    type Subject = dyn HostedResource;
    type Request = wire::MoveResourceStateRequest;
    type Response = wire::MoveResourceStateResponse;

    async fn serve(resource: &Self::Subject, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        let moved = source(request, &mut diags).and_then(|source| resource.move_from(&mut diags, source));
        let diagnostics = diagnostics(diags);
        match moved {
            Some(moved) => wire::MoveResourceStateResponse {
                target_identity: identity(resource.identity(&moved.state)),
                target_state: Some(moved.state.into()),
                target_private: moved.private,
                diagnostics,
            },
            None => wire::MoveResourceStateResponse {
                diagnostics,
                ..Default::default()
            },
        }
    }

    fn failed(_: Self::Request, error: Diagnostic) -> Self::Response {
        wire::MoveResourceStateResponse {
            diagnostics: only(error),
            ..Default::default()
        }
    }
}

/// The registry's host does not matter: Terraform and OpenTofu have one each.
fn source(request: wire::MoveResourceStateRequest, diags: &mut Diagnostics) -> Option<MoveRequest> {
    let mut provider: Vec<_> = request.source_provider_address.rsplit('/').take(2).collect();
    provider.reverse();
    Some(MoveRequest {
        provider: provider.join("/"),
        resource_type: request.source_type_name,
        schema_version: request.source_schema_version,
        state: Raw::Json(request.source_state.unwrap_or_default().json).decode(diags)?,
    })
}
