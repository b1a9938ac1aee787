//! What is wrong with the provider's configuration, before it becomes Terraform's diagnostics.

use std::error::Error;
use std::fmt;

/// The argument that is to blame: `region`, `assume_role[1].duration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    /// Attribute or block of the provider block.
    pub name: &'static str,
    /// Which of several blocks; for a block that is given once, 0.
    pub index: Option<usize>,
    /// Attribute inside the block.
    pub field: Option<&'static str>,
}

impl Argument {
    /// An attribute, or a block as a whole.
    #[must_use]
    pub fn named(name: &'static str) -> Self {
        Self {
            name,
            index: None,
            field: None,
        }
    }

    /// An attribute of a block.
    #[must_use]
    pub fn in_block(name: &'static str, index: usize, field: &'static str) -> Self {
        Self {
            name,
            index: Some(index),
            field: Some(field),
        }
    }
}

/// Why the provider cannot be configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The argument to blame; `None` where nothing in the block is.
    pub argument: Option<Argument>,
    /// Constant text.
    pub summary: &'static str,
    /// What was seen, what was expected and how to fix it.
    pub detail: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.summary, self.detail)
    }
}

impl Error for ConfigError {}

/// Something that the practitioner should know, though it stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigWarning {
    /// The argument it is about.
    pub argument: Option<Argument>,
    /// Constant text.
    pub summary: &'static str,
    /// What was seen and what to do about it.
    pub detail: String,
}
