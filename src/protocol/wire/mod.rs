//! Messages on the wire, written for prost by hand: field numbers are facts of the protocol.

#![expect(missing_docs, reason = "names are those of Terraform's protocol, which says what they are")]

mod identity;
mod plugin;
mod rpc;
mod schema;
mod values;

pub use identity::*;
pub use plugin::*;
pub use rpc::*;
pub use schema::*;
pub use values::*;
