//! What is fuzzed: everything that comes from outside, one function for each kind of input.
//!
//! A function takes any bytes and panics where the provider breaks a promise, not only where it panics itself. `make fuzz`
//! runs them with libFuzzer, `tests/integration/fuzz_corpus.rs` with the inputs in `corpus/`, on a stable compiler. So this is
//! compiled twice, and uses nothing but the provider's library.

mod aws_answers;
mod aws_auth;
mod kubernetes_answers;
mod names;
mod namespaces;
mod provider_values;
mod values;

pub use aws_answers::aws_answers;
pub use aws_auth::{aws_auth_read, aws_auth_splice};
pub use kubernetes_answers::kubernetes_answers;
pub use names::{import_ids, names};
pub use namespaces::namespaces;
pub use provider_values::provider_values;
pub use values::{json, msgpack};

/// One kind of input.
pub type Target = fn(&[u8]);

/// All of them, by the names of their folders in `corpus/`.
pub const TARGETS: [(&str, Target); 10] = [
    ("aws_answers", aws_answers),
    ("aws_auth_read", aws_auth_read),
    ("aws_auth_splice", aws_auth_splice),
    ("import_ids", import_ids),
    ("json", json),
    ("kubernetes_answers", kubernetes_answers),
    ("msgpack", msgpack),
    ("names", names),
    ("namespaces", namespaces),
    ("provider_values", provider_values),
];
