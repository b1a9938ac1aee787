//! Tags of access entries, with the provider's `default_tags` and `ignore_tags`.
//!
//! Follows the EKS API Reference (`TagResource`) and hashicorp/aws: default tags
//! are merged below a resource's own, and ignored tags are neither shown nor
//! touched. Tags that AWS itself makes (`aws:`) are always ignored.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::error::Invalid;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// The most tags that one access entry has.
pub const MAX_TAGS: usize = 50;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;
/// What only AWS may begin a key with, in upper or lower case.
const SYSTEM_PREFIX: &str = "aws:";

/// The provider's `default_tags`: every resource has them unless it overrides them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DefaultTags(pub Tags);

/// The provider's `ignore_tags`: tags that somebody else looks after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IgnoreTags {
    /// Keys to ignore.
    pub keys: BTreeSet<String>,
    /// Beginnings of keys to ignore.
    pub key_prefixes: BTreeSet<String>,
}

/// What to write to bring tags about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagChange {
    /// Tags to add, or to give another value.
    pub set: Tags,
    /// Keys to remove.
    pub remove: Vec<String>,
}

impl TagChange {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty()
    }
}

/// All tags of a resource (`tags_all`): the default ones, and its own, which win.
pub fn merge(default: &Tags, own: &Tags) -> Tags {
    let mut all = default.clone();
    all.extend(own.clone());
    all
}

/// Whether a tag is not ours to see: ignored by the provider's configuration, or
/// one that AWS made.
pub fn ignored(ignore: &IgnoreTags, key: &str) -> bool {
    is_system(key) || ignore.keys.contains(key) || ignore.key_prefixes.iter().any(|prefix| key.starts_with(prefix))
}

/// The tags but for the ignored ones.
pub fn without_ignored(ignore: &IgnoreTags, tags: &Tags) -> Tags {
    tags.iter()
        .filter(|(key, _)| !ignored(ignore, key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// What to write so that `actual` becomes `desired`; ignored tags stay as they are.
pub fn tag_change(actual: &Tags, desired: &Tags, ignore: &IgnoreTags) -> TagChange {
    let mut set = without_ignored(ignore, desired);
    set.retain(|key, value| actual.get(key) != Some(value));
    let remove = actual
        .keys()
        .filter(|key| !desired.contains_key(*key) && !ignored(ignore, key))
        .cloned()
        .collect();
    TagChange { set, remove }
}

/// Checks one tag.
///
/// # Errors
/// The key is empty, has more than 128 characters or begins with `aws:`, or the
/// value has more than 256 characters.
pub fn validate_tag(key: &str, value: &str) -> Result<(), Invalid> {
    if key.is_empty() {
        return Err(Invalid::new(format!(
            "The tag with the value {value:?} has an empty key: expected 1 to 128 characters."
        )));
    }
    let length = key.chars().count();
    if length > MAX_KEY {
        return Err(Invalid::new(format!(
            "The tag key {key:?} has {length} characters: expected at most 128."
        )));
    }
    if is_system(key) {
        return Err(Invalid::new(format!(
            "The tag key {key:?} begins with \"aws:\", which only AWS may use: choose another key."
        )));
    }
    let length = value.chars().count();
    if length > MAX_VALUE {
        return Err(Invalid::new(format!(
            "The value of the tag {key:?} has {length} characters: expected at most 256."
        )));
    }
    Ok(())
}

fn is_system(key: &str) -> bool {
    key.get(..SYSTEM_PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(SYSTEM_PREFIX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn ignore() -> IgnoreTags {
        IgnoreTags {
            keys: ["cost".to_owned()].into(),
            key_prefixes: ["k8s/".to_owned()].into(),
        }
    }

    #[test]
    fn own_tags_win() {
        let all = merge(&tags(&[("a", "1"), ("b", "1")]), &tags(&[("b", "2"), ("c", "2")]));
        assert_eq!(all, tags(&[("a", "1"), ("b", "2"), ("c", "2")]));
    }

    #[test]
    fn ignored_keys() {
        for (key, expected) in [
            ("cost", true),
            ("costs", false),
            ("k8s/x", true),
            ("k8s", false),
            ("aws:x", true),
            ("AWS:x", true),
            ("aw", false),
            ("é:x", false),
        ] {
            assert_eq!(ignored(&ignore(), key), expected, "{key}");
        }
        let all = tags(&[("a", "1"), ("cost", "1"), ("k8s/x", "1"), ("aws:x", "1")]);
        assert_eq!(without_ignored(&ignore(), &all), tags(&[("a", "1")]));
    }

    #[test]
    fn changes() {
        #[track_caller]
        fn check(actual: &[(&str, &str)], desired: &[(&str, &str)], set: &[(&str, &str)], remove: &[&str]) {
            let change = tag_change(&tags(actual), &tags(desired), &ignore());
            assert_eq!(change.set, tags(set));
            assert_eq!(change.remove, remove);
            assert_eq!(change.is_empty(), set.is_empty() && remove.is_empty());
        }
        check(&[], &[], &[], &[]);
        check(&[("a", "1")], &[("a", "1")], &[], &[]);
        check(&[("a", "1")], &[("a", "2"), ("b", "1")], &[("a", "2"), ("b", "1")], &[]);
        check(&[("a", "1"), ("b", "1")], &[("a", "1")], &[], &["b"]);
        check(&[("cost", "1"), ("k8s/x", "1"), ("aws:x", "1")], &[], &[], &[]);
        check(&[], &[("cost", "1"), ("aws:x", "1")], &[], &[]);
    }

    #[test]
    fn ok_tags() {
        assert_eq!(validate_tag("owner", ""), Ok(()));
        assert_eq!(validate_tag(&"é".repeat(128), &"é".repeat(256)), Ok(()));
    }

    #[test]
    fn err_tags() {
        check_invalid(
            validate_tag("", "x"),
            r#"The tag with the value "x" has an empty key: expected 1 to 128 characters."#,
        );
        check_invalid(
            validate_tag("aws:x", "x"),
            r#"The tag key "aws:x" begins with "aws:", which only AWS may use: choose another key."#,
        );
        check_invalid(
            validate_tag("AWS:x", "x"),
            r#"The tag key "AWS:x" begins with "aws:", which only AWS may use: choose another key."#,
        );
        check_invalid(
            validate_tag("a", &"x".repeat(257)),
            r#"The value of the tag "a" has 257 characters: expected at most 256."#,
        );
        let key = "x".repeat(129);
        let expected = format!("The tag key \"{key}\" has 129 characters: expected at most 128.");
        check_invalid(validate_tag(&key, "x"), &expected);
    }
}
