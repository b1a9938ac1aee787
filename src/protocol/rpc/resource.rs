//! Managed resources.

use crate::hosting::{Raw, RawCurrent, RawPlanRequest};
use crate::protocol::convert::{diagnostics, path, raw};
use crate::protocol::rpc::schema::only;
use crate::protocol::rpc::{Rpc, unknown_type};
use crate::protocol::{Host, wire};
use tf_provider::{Diagnostic, Diagnostics};

pub(crate) const KIND: &str = "resource type";

pub(crate) fn identity(identity: Option<Raw>) -> Option<wire::ResourceIdentityData> {
    identity.map(|data| wire::ResourceIdentityData {
        identity_data: Some(data.into()),
    })
}

pub(crate) struct ValidateResourceConfig;

impl Rpc for ValidateResourceConfig {
    const NAME: &'static str = "ValidateResourceConfig";
    type Request = wire::ValidateConfigRequest;
    type Response = wire::DiagnosticsResponse;

    async fn serve(host: &Host, request: Self::Request) -> Self::Response {
        let mut diags = Diagnostics::default();
        let served = host.served();
        match served.resources.get(&*request.type_name) {
            Some(resource) => resource.validate(&mut diags, raw(request.config)).await,
            None => diags.add_error(unknown_type(KIND, &request.type_name)),
        }
        wire::DiagnosticsResponse {
            diagnostics: diagnostics(diags),
        }
    }

    fn failed(_: Self::Request, error: Diagnostic) -> Self::Response {
        wire::DiagnosticsResponse { diagnostics: only(error) }
    }

    fn subject(request: &Self::Request) -> &str {
        &request.type_name
    }
}

pub(crate) struct UpgradeResourceState;

impl Rpc for UpgradeResourceState {
    const NAME: &'static str = "UpgradeResourceState";
    type Request = wire::UpgradeResourceStateRequest;
    type Response = wire::UpgradeResourceStateResponse;

    async fn serve(host: &Host, request: Self::Request) -> Self::Response {
        let served = host.served();
        let Some(resource) = served.resources.get(&*request.type_name) else {
            let error = unknown_type(KIND, &request.type_name);
            return Self::failed(request, error);
        };
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

    fn subject(request: &Self::Request) -> &str {
        &request.type_name
    }
}

pub(crate) struct ReadResource;

impl Rpc for ReadResource {
    const NAME: &'static str = "ReadResource";
    type Request = wire::ReadResourceRequest;
    type Response = wire::ReadResourceResponse;

    async fn serve(host: &Host, request: Self::Request) -> Self::Response {
        let served = host.served();
        let Some(resource) = served.resources.get(&*request.type_name) else {
            let error = unknown_type(KIND, &request.type_name);
            return Self::failed(request, error);
        };
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

    fn subject(request: &Self::Request) -> &str {
        &request.type_name
    }
}

pub(crate) struct PlanResourceChange;

impl Rpc for PlanResourceChange {
    const NAME: &'static str = "PlanResourceChange";
    type Request = wire::PlanResourceChangeRequest;
    type Response = wire::PlanResourceChangeResponse;

    async fn serve(host: &Host, request: Self::Request) -> Self::Response {
        let served = host.served();
        let Some(resource) = served.resources.get(&*request.type_name) else {
            let error = unknown_type(KIND, &request.type_name);
            return Self::failed(request, error);
        };
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

    fn subject(request: &Self::Request) -> &str {
        &request.type_name
    }
}

pub(crate) struct ApplyResourceChange;

impl Rpc for ApplyResourceChange {
    const NAME: &'static str = "ApplyResourceChange";
    type Request = wire::ApplyResourceChangeRequest;
    type Response = wire::ApplyResourceChangeResponse;

    async fn serve(host: &Host, request: Self::Request) -> Self::Response {
        let served = host.served();
        let Some(resource) = served.resources.get(&*request.type_name) else {
            let error = unknown_type(KIND, &request.type_name);
            return Self::failed(request, error);
        };
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

    fn subject(request: &Self::Request) -> &str {
        &request.type_name
    }
}

pub(crate) struct ImportResourceState;

impl Rpc for ImportResourceState {
    const NAME: &'static str = "ImportResourceState";
    type Request = wire::ImportResourceStateRequest;
    type Response = wire::ImportResourceStateResponse;

    async fn serve(host: &Host, request: Self::Request) -> Self::Response {
        let served = host.served();
        let Some(resource) = served.resources.get(&*request.type_name) else {
            let error = unknown_type(KIND, &request.type_name);
            return Self::failed(request, error);
        };
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

    fn subject(request: &Self::Request) -> &str {
        &request.type_name
    }
}
