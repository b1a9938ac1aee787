//! What is asked of a provider, and what it answers, in values.

use crate::core::diagnostics::{Diagnostic, Path};
use crate::core::value::Value;

/// An answer, or errors in its place; warnings with both.
#[derive(Debug)]
pub struct Answer<T> {
    pub answer: T,
    pub diagnostics: Vec<Diagnostic>,
}

/// A value with what belongs to it.
#[derive(Clone, Debug, Default)]
pub struct Held {
    pub value: Value,
    pub private: Vec<u8>,
    pub identity: Option<Value>,
}

#[derive(Clone, Debug)]
pub struct Planned {
    pub held: Held,
    pub requires_replace: Vec<Path>,
}

/// What a plan or an apply starts from.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    pub kind: &'a str,
    pub prior: &'a Value,
    /// Proposed to a plan, planned for an apply.
    pub new: &'a Value,
    pub config: &'a Value,
    pub private: &'a [u8],
    pub identity: Option<&'a Value>,
}
