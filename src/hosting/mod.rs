//! The contract between the wire and the provider: what `protocol` serves and what the provider implements.
//!
//! Data sources and functions are tf-provider's own traits. A managed resource has a trait of its own,
//! [`ManagedResource`], because tf-provider's `Resource` cannot express state upgrades, a partial state
//! after a failed create, or private state on a planned create. Each typed trait has an erased face
//! (`Hosted…`) that speaks in [`Raw`] values, so that a registry can hold them side by side.

mod data_source;
mod dynamic;
mod function;
mod identity;
mod provider;
mod raw;
mod read_only;
mod required;
mod resource;
mod stop;
mod texts;

pub use data_source::HostedDataSource;
pub use dynamic::{Any, Dynamic};
pub use function::HostedFunction;
pub use identity::{Identity, IdentityAttribute, ImportSource, ListLimits, Listed, MoveRequest};
pub use provider::{ConfigureRequest, Provider};
pub use raw::Raw;
pub use resource::{
    Applied, Current, HostedResource, Imported, ManagedResource, Plan, PlanRequest, RawApplied, RawCurrent, RawImported, RawListed,
    RawPlan, RawPlanRequest, UpdateRequest,
};
pub use stop::{scope_stop, stop_token};
pub use texts::Texts;
