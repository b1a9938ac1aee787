//! Managed resources: the typed trait and its erased face.

use crate::hosting::Raw;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tf_provider::schema::Schema;
use tf_provider::{AttributePath, Diagnostics};

/// What Terraform asks when it plans a create or an update.
#[derive(Debug, Clone)]
pub struct PlanRequest<S> {
    /// The state before; `None` for a create.
    pub prior: Option<S>,
    /// The configuration merged with the prior state by Terraform: unset computed attributes keep their
    /// prior value.
    pub proposed: S,
    /// The configuration as written.
    pub config: S,
    /// Private state of the prior state.
    pub private: Vec<u8>,
}

/// What a plan answers.
#[derive(Debug)]
pub struct Plan<S> {
    /// The planned state, unknown where only the apply can tell.
    pub planned: S,
    /// Attributes whose change means delete and create.
    pub replace: Vec<AttributePath>,
    /// Private state for the apply.
    pub private: Vec<u8>,
}

/// A state with its private part, as an apply left it.
#[derive(Debug)]
pub struct Applied<S> {
    /// The new state.
    pub state: S,
    /// Its private part.
    pub private: Vec<u8>,
}

/// A state as Terraform holds it, to be read again.
#[derive(Debug, Clone)]
pub struct Current<S> {
    /// The state.
    pub state: S,
    /// Its private part.
    pub private: Vec<u8>,
}

/// What an update starts from and should end at.
#[derive(Debug)]
pub struct UpdateRequest<S> {
    /// The state before.
    pub prior: S,
    /// What the plan promised.
    pub planned: S,
    /// The configuration.
    pub config: S,
    /// Private state of the plan.
    pub private: Vec<u8>,
}

/// A resource found by an import.
#[derive(Debug)]
pub struct Imported<S> {
    /// The state; Terraform reads it right after.
    pub state: S,
    /// Its private part.
    pub private: Vec<u8>,
}

/// A managed resource. Diagnostics with an error never stop a returned state from being saved.
#[async_trait::async_trait]
pub trait ManagedResource: Send + Sync + 'static {
    /// Model of configuration, plan and state alike.
    type State: Serialize + DeserializeOwned + Send + Sync;

    /// The schema.
    fn schema(&self) -> Schema;
    /// Checks the configuration offline; unknown values are no error.
    async fn validate(&self, diags: &mut Diagnostics, config: Self::State);
    /// Plans a create or an update. `None` comes with an error.
    async fn plan(&self, diags: &mut Diagnostics, request: PlanRequest<Self::State>) -> Option<Plan<Self::State>>;
    /// Plans a destroy: may warn, changes nothing.
    async fn plan_destroy(&self, diags: &mut Diagnostics, prior: Current<Self::State>) -> Option<Vec<u8>>;
    /// Creates. A state that comes with an error is kept and marked tainted by Terraform, so return
    /// one only if something was left behind.
    async fn create(&self, diags: &mut Diagnostics, planned: Current<Self::State>, config: Self::State) -> Option<Applied<Self::State>>;
    /// Updates. Returns what really exists; `None` with an error keeps the prior state.
    async fn update(&self, diags: &mut Diagnostics, request: UpdateRequest<Self::State>) -> Option<Applied<Self::State>>;
    /// Deletes. An error keeps the prior state.
    async fn delete(&self, diags: &mut Diagnostics, prior: Current<Self::State>);
    /// Reads. `None` without an error means that it is gone.
    async fn read(&self, diags: &mut Diagnostics, current: Current<Self::State>) -> Option<Applied<Self::State>>;
    /// Finds what an import id names.
    async fn import(&self, diags: &mut Diagnostics, id: &str) -> Option<Imported<Self::State>>;
    /// Rewrites the JSON state of an older schema version into the current model.
    fn upgrade(&self, diags: &mut Diagnostics, version: i64, state: serde_json::Value) -> Option<Self::State>;
}

/// [`PlanRequest`] before decoding. A null `proposed` means destroy.
#[derive(Debug)]
pub struct RawPlanRequest {
    /// See [`PlanRequest::prior`].
    pub prior: Raw,
    /// See [`PlanRequest::proposed`].
    pub proposed: Raw,
    /// See [`PlanRequest::config`].
    pub config: Raw,
    /// See [`PlanRequest::private`].
    pub private: Vec<u8>,
}

/// [`Plan`] after encoding.
#[derive(Debug)]
pub struct RawPlan {
    /// See [`Plan::planned`].
    pub planned: Raw,
    /// See [`Plan::replace`].
    pub replace: Vec<AttributePath>,
    /// See [`Plan::private`].
    pub private: Vec<u8>,
}

/// [`Current`] before decoding.
#[derive(Debug, Clone)]
pub struct RawCurrent {
    /// The state.
    pub state: Raw,
    /// Its private part.
    pub private: Vec<u8>,
}

/// [`Applied`] after encoding; null means that nothing is there.
#[derive(Debug)]
pub struct RawApplied {
    /// The state.
    pub state: Raw,
    /// Its private part.
    pub private: Vec<u8>,
}

/// [`Imported`] after encoding.
pub type RawImported = RawApplied;

/// A managed resource in a registry.
#[async_trait::async_trait]
pub trait HostedResource: Send + Sync {
    /// The schema.
    fn schema(&self) -> Schema;
    /// See [`ManagedResource::validate`].
    async fn validate(&self, diags: &mut Diagnostics, config: Raw);
    /// See [`ManagedResource::plan`].
    async fn plan(&self, diags: &mut Diagnostics, request: RawPlanRequest) -> Option<RawPlan>;
    /// Creates, updates or deletes, as prior and planned state tell. Always answers what is there.
    async fn apply(&self, diags: &mut Diagnostics, prior: RawCurrent, planned: Raw, config: Raw) -> RawApplied;
    /// See [`ManagedResource::read`].
    async fn read(&self, diags: &mut Diagnostics, current: RawCurrent) -> RawApplied;
    /// See [`ManagedResource::import`].
    async fn import(&self, diags: &mut Diagnostics, id: &str) -> Option<RawImported>;
    /// See [`ManagedResource::upgrade`].
    fn upgrade(&self, diags: &mut Diagnostics, version: i64, state: &[u8]) -> Option<Raw>;
}

#[async_trait::async_trait]
impl<R: ManagedResource> HostedResource for R {
    fn schema(&self) -> Schema {
        ManagedResource::schema(self)
    }

    async fn validate(&self, diags: &mut Diagnostics, config: Raw) {
        if let Some(config) = config.decode(diags) {
            ManagedResource::validate(self, diags, config).await;
        }
    }

    async fn plan(&self, diags: &mut Diagnostics, request: RawPlanRequest) -> Option<RawPlan> {
        if request.proposed.is_null() {
            let prior = Current {
                state: request.prior.decode(diags)?,
                private: request.private,
            };
            let private = self.plan_destroy(diags, prior).await?;
            return Some(RawPlan {
                planned: Raw::null(),
                replace: Vec::new(),
                private,
            });
        }
        let typed = PlanRequest {
            prior: decode_unless_null(&request.prior, diags)?,
            proposed: request.proposed.decode(diags)?,
            config: request.config.decode(diags)?,
            private: request.private,
        };
        let plan = ManagedResource::plan(self, diags, typed).await?;
        Some(RawPlan {
            planned: Raw::encode(diags, &plan.planned)?,
            replace: plan.replace,
            private: plan.private,
        })
    }

    async fn apply(&self, diags: &mut Diagnostics, prior: RawCurrent, planned: Raw, config: Raw) -> RawApplied {
        match (prior.state.is_null(), planned.is_null()) {
            (_, true) => apply_delete(self, diags, prior).await,
            (true, false) => apply_create(self, diags, prior.private, &planned, &config).await,
            (false, false) => apply_update(self, diags, prior, &planned, &config).await,
        }
    }

    async fn read(&self, diags: &mut Diagnostics, current: RawCurrent) -> RawApplied {
        let fallback = RawApplied {
            state: current.state.clone(),
            private: current.private.clone(),
        };
        let Some(state) = current.state.decode(diags) else {
            return fallback;
        };
        match ManagedResource::read(
            self,
            diags,
            Current {
                state,
                private: current.private,
            },
        )
        .await
        {
            Some(read) => encode_or(diags, read, fallback),
            None if diags.errors.is_empty() => RawApplied {
                state: Raw::null(),
                private: Vec::new(),
            },
            None => fallback,
        }
    }

    async fn import(&self, diags: &mut Diagnostics, id: &str) -> Option<RawImported> {
        let found = ManagedResource::import(self, diags, id).await?;
        Some(RawImported {
            state: Raw::encode(diags, &found.state)?,
            private: found.private,
        })
    }

    fn upgrade(&self, diags: &mut Diagnostics, version: i64, state: &[u8]) -> Option<Raw> {
        let json = Raw::Json(state.to_vec()).decode(diags)?;
        let state = ManagedResource::upgrade(self, diags, version, json)?;
        Raw::encode(diags, &state)
    }
}

async fn apply_create<R: ManagedResource>(
    resource: &R,
    diags: &mut Diagnostics,
    private: Vec<u8>,
    planned: &Raw,
    config: &Raw,
) -> RawApplied {
    let nothing = RawApplied {
        state: Raw::null(),
        private: Vec::new(),
    };
    let (Some(state), Some(config)) = (planned.decode(diags), config.decode(diags)) else {
        return nothing;
    };
    match resource.create(diags, Current { state, private }, config).await {
        Some(created) => encode_or(diags, created, nothing),
        None => nothing,
    }
}

async fn apply_update<R: ManagedResource>(
    resource: &R,
    diags: &mut Diagnostics,
    prior: RawCurrent,
    planned: &Raw,
    config: &Raw,
) -> RawApplied {
    let unchanged = RawApplied {
        state: prior.state.clone(),
        private: prior.private.clone(),
    };
    let (Some(before), Some(planned), Some(config)) = (prior.state.decode(diags), planned.decode(diags), config.decode(diags)) else {
        return unchanged;
    };
    let request = UpdateRequest {
        prior: before,
        planned,
        config,
        private: prior.private,
    };
    match resource.update(diags, request).await {
        Some(updated) => encode_or(diags, updated, unchanged),
        None => unchanged,
    }
}

async fn apply_delete<R: ManagedResource>(resource: &R, diags: &mut Diagnostics, prior: RawCurrent) -> RawApplied {
    let unchanged = RawApplied {
        state: prior.state.clone(),
        private: prior.private.clone(),
    };
    let Some(state) = prior.state.decode(diags) else { return unchanged };
    let errors_before = diags.errors.len();
    resource
        .delete(
            diags,
            Current {
                state,
                private: prior.private,
            },
        )
        .await;
    if diags.errors.len() > errors_before {
        unchanged
    } else {
        RawApplied {
            state: Raw::null(),
            private: Vec::new(),
        }
    }
}

fn encode_or<S: Serialize>(diags: &mut Diagnostics, applied: Applied<S>, fallback: RawApplied) -> RawApplied {
    match Raw::encode(diags, &applied.state) {
        Some(state) => RawApplied {
            state,
            private: applied.private,
        },
        None => fallback,
    }
}

/// `Some(None)` for null, `None` (with an error) where decoding failed.
fn decode_unless_null<T: DeserializeOwned>(raw: &Raw, diags: &mut Diagnostics) -> Option<Option<T>> {
    if raw.is_null() { Some(None) } else { raw.decode(diags).map(Some) }
}
