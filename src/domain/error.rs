//! The one error of the domain: a value that somebody wrote is not valid.
//!
//! There are no variants, because no caller acts differently on them: every one
//! becomes the detail of a diagnostic at the attribute that held the value.

use std::error::Error;
use std::fmt;

/// Why a value is not valid, in full sentences for the practitioner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Invalid(String);

impl Invalid {
    /// Wraps a message that says what was seen, what was expected and how to fix it.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Invalid {}

/// Asserts the full text of an error; every parser's tests use it.
#[cfg(test)]
#[track_caller]
pub(in crate::domain) fn check_invalid<T: fmt::Debug>(result: Result<T, Invalid>, expected: &str) {
    let message = result.expect_err("expected an error").to_string();
    assert_eq!(message, expected);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_shown_as_it_is() {
        let invalid = Invalid::new("No.");
        assert_eq!(invalid.to_string(), "No.");
        assert_eq!(invalid.message(), "No.");
    }
}
