//! Our own host for Terraform's plugin protocol, version 6: handshake, transport, wire messages, RPCs.
//!
//! It serves a [`crate::hosting::Provider`] and knows nothing of AWS. Why it is not tf-provider's own
//! server is told in DESIGN.md.

mod convert;
mod debug;
pub mod handshake;
pub mod host;
mod in_process;
pub mod logging;
mod operation;
mod parent;
mod rpc;
mod service;
pub mod tls;
mod transport;
pub mod wire;

pub use host::Host;
pub use in_process::InProcess;
pub use transport::{Mode, serve};
