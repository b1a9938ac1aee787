//! Managed resources: the typed trait and its erased face.

use crate::hosting::read_only::refuse_read_only;
use crate::hosting::required::refuse_missing;
use crate::hosting::{Identity, IdentityAttribute, ImportSource, ListLimits, Listed, MoveRequest, Raw};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tf_provider::schema::Schema;
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostics};
use tokio::sync::mpsc;

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

/// A resource found by an import, or moved from another type.
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
    /// Finds what an import id or an identity names.
    async fn import(&self, diags: &mut Diagnostics, source: ImportSource) -> Option<Imported<Self::State>>;
    /// Rewrites the JSON state of an older schema version into the current model.
    fn upgrade(&self, diags: &mut Diagnostics, version: i64, state: serde_json::Value) -> Option<Self::State>;

    /// The attributes of its identity; none if it has no identity.
    fn identity_schema(&self) -> &'static [IdentityAttribute] {
        &[]
    }
    /// The identity of a state; `None` while a part of it is unknown.
    fn identity(&self, state: &Self::State) -> Option<Identity> {
        let _ = state;
        None
    }
    /// Turns the state of another type into one of ours. Offline: the provider may not be configured. `None`
    /// comes with an error.
    fn move_from(&self, diags: &mut Diagnostics, source: MoveRequest) -> Option<Imported<Self::State>>;
    /// Schema of its list block; `None` if it cannot be listed.
    fn list_schema(&self) -> Option<Schema> {
        None
    }
    /// Checks a list block offline; unknown values are no error.
    fn validate_list(&self, diags: &mut Diagnostics, config: Raw) {
        let _ = (diags, config);
    }
    /// Lists, row by row, until all are sent or nobody takes them any more.
    async fn list(&self, diags: &mut Diagnostics, config: Raw, limits: ListLimits, rows: mpsc::Sender<Listed<Self::State>>) {
        let _ = (diags, config, limits, rows);
    }
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

/// [`Listed`] after encoding.
#[derive(Debug)]
pub struct RawListed {
    /// See [`Listed::display_name`].
    pub display_name: String,
    /// See [`Listed::identity`].
    pub identity: Raw,
    /// See [`Listed::state`].
    pub state: Option<Raw>,
    /// See [`Listed::warnings`].
    pub diagnostics: Diagnostics,
}

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
    async fn import(&self, diags: &mut Diagnostics, id: String, identity: Option<Raw>) -> Option<RawImported>;
    /// See [`ManagedResource::upgrade`].
    fn upgrade(&self, diags: &mut Diagnostics, version: i64, state: &[u8]) -> Option<Raw>;
    /// See [`ManagedResource::identity_schema`].
    fn identity_schema(&self) -> &'static [IdentityAttribute];
    /// The identity of a state; `None` for a null state, or while a part of it is unknown.
    fn identity(&self, state: &Raw) -> Option<Raw>;
    /// The identity in today's schema, from the JSON of the state file.
    fn upgrade_identity(&self, diags: &mut Diagnostics, identity: &[u8]) -> Option<Raw>;
    /// See [`ManagedResource::move_from`].
    fn move_from(&self, diags: &mut Diagnostics, source: MoveRequest) -> Option<RawImported>;
    /// See [`ManagedResource::list_schema`].
    fn list_schema(&self) -> Option<Schema>;
    /// See [`ManagedResource::validate_list`].
    fn validate_list(&self, diags: &mut Diagnostics, config: Raw);
    /// See [`ManagedResource::list`].
    async fn list(&self, diags: &mut Diagnostics, config: Raw, limits: ListLimits, rows: mpsc::Sender<RawListed>);
}

#[async_trait::async_trait]
impl<R: ManagedResource> HostedResource for R {
    fn schema(&self) -> Schema {
        ManagedResource::schema(self)
    }

    async fn validate(&self, diags: &mut Diagnostics, config: Raw) {
        let schema = ManagedResource::schema(self);
        refuse_read_only(diags, &schema, &config);
        refuse_missing(diags, &schema, &config);
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

    async fn import(&self, diags: &mut Diagnostics, id: String, identity: Option<Raw>) -> Option<RawImported> {
        let source = match identity.filter(|identity| !identity.is_null()) {
            Some(identity) => ImportSource::Identity(identity.decode(diags)?),
            None => ImportSource::Id(id),
        };
        let found = ManagedResource::import(self, diags, source).await?;
        encode_imported(diags, found)
    }

    fn upgrade(&self, diags: &mut Diagnostics, version: i64, state: &[u8]) -> Option<Raw> {
        let json = Raw::Json(state.to_vec()).decode(diags)?;
        let state = ManagedResource::upgrade(self, diags, version, json)?;
        Raw::encode(diags, &state)
    }

    fn identity_schema(&self) -> &'static [IdentityAttribute] {
        ManagedResource::identity_schema(self)
    }

    fn identity(&self, state: &Raw) -> Option<Raw> {
        if state.is_null() {
            return None;
        }
        // What cannot be decoded was reported when it was read.
        let mut unheard = Diagnostics::default();
        let identity = ManagedResource::identity(self, &state.decode(&mut unheard)?)?;
        encode_identity(self, &mut unheard, identity)
    }

    fn upgrade_identity(&self, diags: &mut Diagnostics, identity: &[u8]) -> Option<Raw> {
        let identity = Raw::Json(identity.to_vec()).decode(diags)?;
        encode_identity(self, diags, identity)
    }

    fn move_from(&self, diags: &mut Diagnostics, source: MoveRequest) -> Option<RawImported> {
        let moved = ManagedResource::move_from(self, diags, source)?;
        encode_imported(diags, moved)
    }

    fn list_schema(&self) -> Option<Schema> {
        ManagedResource::list_schema(self)
    }

    fn validate_list(&self, diags: &mut Diagnostics, config: Raw) {
        if let Some(schema) = ManagedResource::list_schema(self) {
            refuse_missing(diags, &schema, &config);
        }
        ManagedResource::validate_list(self, diags, config);
    }

    async fn list(&self, diags: &mut Diagnostics, config: Raw, limits: ListLimits, rows: mpsc::Sender<RawListed>) {
        let (sender, mut receiver) = mpsc::channel(1);
        // With `move`, the receiver goes when nobody takes the rows any more: so the list hears of it.
        let encode = async move {
            while let Some(listed) = receiver.recv().await {
                if rows.send(encode_listed(self, listed)).await.is_err() {
                    return;
                }
            }
        };
        tokio::join!(ManagedResource::list(self, diags, config, limits, sender), encode);
    }
}

fn encode_imported<S: Serialize>(diags: &mut Diagnostics, imported: Imported<S>) -> Option<RawImported> {
    Some(RawImported {
        state: Raw::encode(diags, &imported.state)?,
        private: imported.private,
    })
}

fn encode_listed<R: ManagedResource>(resource: &R, listed: Listed<R::State>) -> RawListed {
    let mut diagnostics = Diagnostics {
        errors: Vec::new(),
        warnings: listed.warnings,
    };
    let identity = encode_identity(resource, &mut diagnostics, listed.identity).unwrap_or_else(Raw::null);
    let state = listed.state.and_then(|state| Raw::encode(&mut diagnostics, &state));
    RawListed {
        display_name: listed.display_name,
        identity,
        state,
        diagnostics,
    }
}

/// Terraform wants every attribute of the schema, null if there is none, and no other.
fn encode_identity<R: ManagedResource>(resource: &R, diags: &mut Diagnostics, mut identity: Identity) -> Option<Raw> {
    let schema = ManagedResource::identity_schema(resource);
    let whole: Identity = schema
        .iter()
        .map(|a| (a.name.to_owned(), identity.remove(a.name).unwrap_or(Value::Null)))
        .collect();
    Raw::encode(diags, &whole)
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
