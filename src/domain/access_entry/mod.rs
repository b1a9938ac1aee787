//! What an access entry holds, what must be written to make it what is wanted, and whose it is.
//!
//! Deciding, without doing: nothing here talks to EKS. [`changes()`] compares an entry with what is wanted of it and lists the
//! calls that make up the difference; [`release()`] lists those that end a grant. A listed [`Change`] cannot be carried out
//! yet: it becomes a [`Step`] with a proof that the entry is ours ([`Ours`]), or without one if it takes nothing from
//! anybody. Steps are carried out by `src/resources/sso_access/writer.rs`, deletes by
//! `src/resources/access_entry/deletion.rs`, and by nothing else.
//!
//! [`Expected`] says which of a cluster's entries somebody wants.

mod change;
mod changes;
mod content;
mod expected;
mod ours;
mod release;

pub use change::{Change, Step};
pub use changes::{changes, goes_beyond};
pub use content::{Actual, Before, Desired, Given, Management, Replaced, Replacement};
pub use expected::Expected;
pub use ours::{MARK_TAG, OWNER_TAG, Ours, is_reserved_tag};
pub use release::release;
