//! Messages on the wire, written for prost by hand: field numbers are facts of the protocol.

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
