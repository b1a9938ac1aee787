//! What all names parsed from text have in common: the standard conversions, and
//! the alphabet that IAM and Identity Center share.

/// Gives a newtype over `String` that has `parse` its accessor and conversions.
macro_rules! text_type {
    ($name:ident) => {
        impl $name {
            /// The text, as it was parsed.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::error::Invalid;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::domain::error::Invalid;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::parse(text)
            }
        }
    };
}
pub(in crate::domain) use text_type;

/// Whether the text is `[\w+=,.@-]{1,max}`: the pattern of IAM's `roleNameType`
/// and of Identity Center's `PermissionSetName`, in ASCII.
pub(in crate::domain) fn is_iam_name(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

/// Whether the text is one or more ASCII digits.
pub(in crate::domain) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the text is one or more lower-case ASCII letters.
pub(in crate::domain) fn is_lowercase_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase())
}
