//! What an access entry holds, what must be written to make it what is wanted, and whose it is.
//!
//! Deciding, without doing: nothing here talks to EKS. [`changes()`] compares an entry with what is wanted of it and lists the
//! calls that make up the difference; [`release()`] lists those that end a grant. A listed [`Change`] cannot be carried out
//! yet: it becomes a [`Step`] with a proof that the entry is ours ([`Ours`]), or without one if it takes nothing from
//! anybody. The one place that carries steps out is `src/resources/sso_access/writer.rs`.

mod change;
mod changes;
mod content;
mod ours;
mod release;

pub use change::{Change, Step};
pub use changes::{changes, goes_beyond};
pub use content::{Actual, Before, Desired, Given, Management, Replaced};
pub use ours::{MARK_TAG, OWNER_TAG, Ours, is_reserved_tag};
pub use release::release;
