//! Values as Terraform sends them, on their own.

use terraform_provider_eks::hosting::Raw;
use tf_provider::Diagnostics;
use tf_provider::value::ValueAny;

/// As documented at `Raw`.
const DEEPEST: usize = 64;

/// A value in MessagePack.
pub fn msgpack(data: &[u8]) {
    check(&Raw::Msgpack(data.to_vec()));
}

/// A value in JSON, as states have it.
pub fn json(data: &[u8]) {
    check(&Raw::Json(data.to_vec()));
}

fn check(raw: &Raw) {
    if let Some(json) = decoded::<serde_json::Value>(raw) {
        assert!(depth(&json) <= DEEPEST);
    }
    let Some(value) = decoded::<ValueAny>(raw) else { return };
    let mut diags = Diagnostics::default();
    let again = Raw::encode(&mut diags, &value).expect("what was read can be written");
    assert_eq!(decoded::<ValueAny>(&again).as_ref(), Some(&value));
    // What begins as null is null, whatever follows it; only the whole message counts.
    assert!(!raw.is_null() || value == ValueAny::Null);
    assert!(!raw.is_unknown() || value == ValueAny::Unknown);
}

/// The value, or `None` with an error that says why.
fn decoded<T: serde::de::DeserializeOwned>(raw: &Raw) -> Option<T> {
    let mut diags = Diagnostics::default();
    let value = raw.decode(&mut diags);
    assert_eq!(value.is_none(), !diags.errors.is_empty());
    value
}

fn depth(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
