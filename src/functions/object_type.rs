//! The type of an object, for what a function returns.

use tf_provider::schema::Type;

/// The type of an object with these attributes.
pub(crate) fn object<const N: usize>(attributes: [(&str, Type); N]) -> Type {
    Type::Object(attributes.map(|(name, of)| (name.to_owned(), of)).into())
}
