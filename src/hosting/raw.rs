//! A value on its way between Terraform and a typed model.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

/// How deep a value may be nested. Nothing in the schemas is nested deeper than a handful of levels, and each level takes
/// some of a thread's stack when it is decoded: an overflow would end the process.
const DEEPEST: usize = 64;

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
    /// Terraform has converted it to our schema already; the diagnostic says so. One that is nested deeper than any
    /// schema is not from a configuration.
    pub fn decode<T: DeserializeOwned>(&self, diags: &mut Diagnostics) -> Option<T> {
        let decoded = match self {
            Self::Msgpack(bytes) => from_msgpack(bytes),
            Self::Json(bytes) => from_json(bytes),
        };
        decoded.map_err(|error| diags.add_error(error)).ok()
    }

    /// Encodes a model as msgpack.
    pub fn encode<T: Serialize>(diags: &mut Diagnostics, value: &T) -> Option<Self> {
        rmp_serde::to_vec_named(value)
            .map(Self::Msgpack)
            .map_err(|e| diags.add_error(provider_bug("write a value for Terraform", &e.to_string())))
            .ok()
    }
}

fn from_msgpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Diagnostic> {
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
    // rmp-serde refuses the level that its limit names.
    deserializer.set_max_depth(DEEPEST + 1);
    T::deserialize(&mut deserializer).map_err(|error| match error {
        rmp_serde::decode::Error::DepthLimitExceeded => too_deep(),
        other => unreadable(&other),
    })
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Diagnostic> {
    // serde_json has a limit of its own, 128, that cannot be set.
    if depth_of_json(bytes) > DEEPEST {
        return Err(too_deep());
    }
    serde_json::from_slice(bytes).map_err(|error| unreadable(&error))
}

/// The most arrays and objects that are open at once.
fn depth_of_json(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'[' | b'{' if !is_text => depth += 1,
            b']' | b'}' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn unreadable(reason: &impl std::fmt::Display) -> Diagnostic {
    provider_bug("read a value that Terraform sent", &reason.to_string())
}

fn too_deep() -> Diagnostic {
    Diagnostic {
        summary: "Value is nested too deeply".into(),
        detail: format!(
            "A value that Terraform sent is nested more than {DEEPEST} levels deep. No argument of this provider is, so it does not come from \
             a configuration. If the state was edited by hand, restore it from a backup (terraform state pull shows it)."
        )
        .into(),
        attribute: AttributePath::default(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value as Json;

    fn nested(depth: usize) -> [Raw; 2] {
        let msgpack = [vec![0x91; depth], vec![0xc0]].concat();
        [
            Raw::Msgpack(msgpack),
            Raw::Json(format!("{}null{}", "[".repeat(depth), "]".repeat(depth)).into()),
        ]
    }

    #[test]
    fn values_are_decoded_down_to_the_deepest_level_only() {
        for raw in nested(DEEPEST) {
            let mut diags = Diagnostics::default();
            assert!(raw.decode::<Json>(&mut diags).is_some(), "{:?}", diags.errors);
        }
        for raw in nested(DEEPEST + 1).into_iter().chain(nested(1_000_000)) {
            let mut diags = Diagnostics::default();
            assert!(raw.decode::<Json>(&mut diags).is_none());
            assert!(raw.decode::<serde::de::IgnoredAny>(&mut diags).is_none());
            let summaries: Vec<_> = diags.errors.iter().map(|error| &*error.summary).collect();
            assert_eq!(summaries, ["Value is nested too deeply"; 2]);
        }
    }

    #[test]
    fn brackets_in_texts_are_no_levels() {
        #[track_caller]
        fn check(json: &str, depth: usize) {
            assert_eq!(depth_of_json(json.as_bytes()), depth, "{json}");
        }
        check("1", 0);
        check(r#"[{"a": []}, [1]]"#, 3);
        check(r#"["[[[["]"#, 1);
        check(r#"["\"[[", "\\", [1]]"#, 2);
        check("]]][", 1);
    }
}
