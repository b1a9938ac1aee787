//! A value on its way between Terraform and a typed model.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

/// A Terraform value as it travels: msgpack on the wire, JSON in a state file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// msgpack; an unknown value is an extension type.
    Msgpack(Vec<u8>),
    /// JSON; cannot hold unknown values.
    Json(Vec<u8>),
}

impl Raw {
    /// The null value.
    #[must_use]
    pub fn null() -> Self {
        Self::Msgpack(vec![0xc0])
    }

    /// Whether this is the null value as a whole. An empty message is null too.
    #[must_use]
    pub fn is_null(&self) -> bool {
        match self {
            Self::Msgpack(bytes) => bytes.is_empty() || bytes == &[0xc0],
            Self::Json(bytes) => bytes.is_empty() || bytes == b"null",
        }
    }

    /// A value that is not known yet.
    #[must_use]
    pub fn unknown() -> Self {
        Self::Msgpack(vec![0xd4, 0, 0])
    }

    /// Whether this is unknown as a whole: in msgpack an extension, with what is known of it or without.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Msgpack(bytes) => matches!(bytes.first(), Some(0xc7..=0xc9 | 0xd4..=0xd8)),
            Self::Json(_) => false,
        }
    }

    /// Several values as one: a list of them.
    pub(in crate::hosting) fn list(diags: &mut Diagnostics, values: &[Self]) -> Option<Self> {
        // An array of msgpack is its length, here in four bytes, and then its elements as they are.
        let length = u32::try_from(values.len()).ok()?;
        let mut bytes = vec![0xdd];
        bytes.extend(length.to_be_bytes());
        for value in values {
            match value {
                value if value.is_null() => bytes.push(0xc0),
                Self::Msgpack(value) => bytes.extend(value),
                Self::Json(_) => {
                    let value: serde_json::Value = value.decode(diags)?;
                    if let Self::Msgpack(value) = Self::encode(diags, &value)? {
                        bytes.extend(value);
                    }
                }
            }
        }
        Some(Self::Msgpack(bytes))
    }

    /// Decodes into a model. A value that does not fit the model is a bug on our side, because
    /// Terraform has converted it to our schema already; the diagnostic says so.
    pub fn decode<T: DeserializeOwned>(&self, diags: &mut Diagnostics) -> Option<T> {
        let decoded = match self {
            Self::Msgpack(bytes) => rmp_serde::from_slice(bytes).map_err(|e| e.to_string()),
            Self::Json(bytes) => serde_json::from_slice(bytes).map_err(|e| e.to_string()),
        };
        decoded
            .map_err(|reason| diags.add_error(provider_bug("read a value that Terraform sent", &reason)))
            .ok()
    }

    /// Encodes a model as msgpack.
    pub fn encode<T: Serialize>(diags: &mut Diagnostics, value: &T) -> Option<Self> {
        rmp_serde::to_vec_named(value)
            .map(Self::Msgpack)
            .map_err(|e| diags.add_error(provider_bug("write a value for Terraform", &e.to_string())))
            .ok()
    }
}

fn provider_bug(doing: &str, reason: &str) -> Diagnostic {
    // Not Diagnostic::new: that appends a backtrace to the user's text when RUST_BACKTRACE is set.
    Diagnostic {
        summary: "Value does not fit the schema".into(),
        detail: format!(
            "The provider could not {doing}: {reason}.\n\nThis is always a bug in the provider and should be reported to its developers."
        )
        .into(),
        attribute: AttributePath::default(),
    }
}
