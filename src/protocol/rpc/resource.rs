//! Managed resources.

use crate::hosting::{HostedResource, Raw, RawCurrent, RawPlanRequest};
use crate::protocol::convert::{diagnostics, path, raw};
use crate::protocol::rpc::about::RpcAbout;
use crate::protocol::rpc::schema::only;
use crate::protocol::wire;
use tf_provider::{Diagnostic, Diagnostics};

pub(crate) fn identity(identity: Option<Raw>) -> Option<wire::ResourceIdentityData> {
    identity.map(|data| wire::ResourceIdentityData {
        identity_data: Some(data.into()),
    })
}

pub(crate) struct ValidateResourceConfig;

impl RpcAbout for ValidateResourceConfig {
    const NAME: &'static str = "ValidateResourceConfig";
    type Subject = dyn HostedResource;
    type Request = wire::ValidateConfigRequest;
    type Response = wire::DiagnosticsResponse;

    async fn serve(resource: &Self::Subject, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        resource.validate(&mut diags, raw(request.config)).await;
        wire::DiagnosticsResponse {
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(_: Self::Request, error: Diagnostic) -> Self::Response {
        wire::DiagnosticsResponse { diagnostics: only(error) }
    }
}

pub(crate) struct UpgradeResourceState;

impl RpcAbout for UpgradeResourceState {
    const NAME: &'static str = "UpgradeResourceState";
    type Subject = dyn HostedResource;
    type Request = wire::UpgradeResourceStateRequest;
    type Response = wire::UpgradeResourceStateResponse;

    async fn serve(resource: &Self::Subject, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        let json = request.raw_state.unwrap_or_default().json;
        let upgraded_state = resource.upgrade(&mut diags, request.version, &json).map(Into::into);
        wire::UpgradeResourceStateResponse {
            upgraded_state,
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(_: Self::Request, error: Diagnostic) -> Self::Response {
        wire::UpgradeResourceStateResponse {
            upgraded_state: None,
            diagnostics: only(error),
        }
    }
}

pub(crate) struct ReadResource;

impl RpcAbout for ReadResource {
    const NAME: &'static str = "ReadResource";
    type Subject = dyn HostedResource;
    type Request = wire::ReadResourceRequest;
    type Response = wire::ReadResourceResponse;

    async fn serve(resource: &Self::Subject, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        let current = RawCurrent {
            state: raw(request.current_state),
            private: request.private,
        };
        let read = resource.read(&mut diags, current).await;
        wire::ReadResourceResponse {
            diagnostics: diagnostics(diags),
            new_identity: identity(resource.identity(&read.state)),
            new_state: Some(read.state.into()),
            private: read.private,
        }
    }

    fn failed(request: Self::Request, error: Diagnostic) -> Self::Response {
        wire::ReadResourceResponse {
            new_state: request.current_state,
            diagnostics: only(error),
            private: request.private,
            new_identity: request.current_identity,
        }
    }
}

pub(crate) struct PlanResourceChange;

impl RpcAbout for PlanResourceChange {
    const NAME: &'static str = "PlanResourceChange";
    type Subject = dyn HostedResource;
    type Request = wire::PlanResourceChangeRequest;
    type Response = wire::PlanResourceChangeResponse;

    async fn serve(resource: &Self::Subject, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        let prior = request.prior_state.clone();
        let plan = resource
            .plan(
                &mut diags,
                RawPlanRequest {
                    prior: raw(request.prior_state),
                    proposed: raw(request.proposed_new_state),
                    config: raw(request.config),
                    private: request.prior_private,
                },
            )
            .await;
        let diagnostics = diagnostics(diags);
        match plan {
            Some(plan) => wire::PlanResourceChangeResponse {
                planned_identity: identity(resource.identity(&plan.planned)),
                planned_state: Some(plan.planned.into()),
                requires_replace: plan.replace.into_iter().map(path).collect(),
                planned_private: plan.private,
                diagnostics,
            },
            None => wire::PlanResourceChangeResponse {
                planned_state: prior,
                diagnostics,
                ..Default::default()
            },
        }
    }

    fn failed(request: Self::Request, error: Diagnostic) -> Self::Response {
        wire::PlanResourceChangeResponse {
            planned_state: request.prior_state,
            planned_private: request.prior_private,
            diagnostics: only(error),
            ..Default::default()
        }
    }
}

pub(crate) struct ApplyResourceChange;

impl RpcAbout for ApplyResourceChange {
    const NAME: &'static str = "ApplyResourceChange";
    type Subject = dyn HostedResource;
    type Request = wire::ApplyResourceChangeRequest;
    type Response = wire::ApplyResourceChangeResponse;

    async fn serve(resource: &Self::Subject, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        let prior = RawCurrent {
            state: raw(request.prior_state),
            private: request.planned_private,
        };
        let applied = resource
            .apply(&mut diags, prior, raw(request.planned_state), raw(request.config))
            .await;
        wire::ApplyResourceChangeResponse {
            new_identity: identity(resource.identity(&applied.state)),
            new_state: Some(applied.state.into()),
            private: applied.private,
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(request: Self::Request, error: Diagnostic) -> Self::Response {
        wire::ApplyResourceChangeResponse {
            new_state: request.prior_state,
            private: request.planned_private,
            diagnostics: only(error),
            new_identity: request.planned_identity,
        }
    }
}

pub(crate) struct ImportResourceState;

impl RpcAbout for ImportResourceState {
    const NAME: &'static str = "ImportResourceState";
    type Subject = dyn HostedResource;
    type Request = wire::ImportResourceStateRequest;
    type Response = wire::ImportResourceStateResponse;

    async fn serve(resource: &Self::Subject, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        let named = request
            .identity
            .and_then(|identity| identity.identity_data)
            .map(|data| raw(Some(data)));
        let found = resource.import(&mut diags, request.id, named).await;
        let imported = found.map(|found| wire::ImportedResource {
            type_name: request.type_name,
            identity: identity(resource.identity(&found.state)),
            state: Some(found.state.into()),
            private: found.private,
        });
        wire::ImportResourceStateResponse {
            imported_resources: imported.into_iter().collect(),
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(_: Self::Request, error: Diagnostic) -> Self::Response {
        wire::ImportResourceStateResponse {
            imported_resources: Vec::new(),
            diagnostics: only(error),
        }
    }
}
