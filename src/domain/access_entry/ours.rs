//! Whose an access entry is: proven, never guessed.
//!
//! Two entries under one principal, one after the other, look alike, and may have been made by different people. EKS ends
//! an entry's own ARN with a UUID that is new with each entry, so that tells them apart. What proves nothing: that an
//! entry looks as it was sent, a conflict after a lost answer, the time.

use crate::domain::tags::Tags;

/// Tag that carries the provider argument `owner`; hidden from `tags` and `tags_all`.
pub const OWNER_TAG: &str = "terraform-provider-eks:owner";
/// Tag that carries the mark of one create, beside [`OWNER_TAG`] and hidden like it.
pub const MARK_TAG: &str = "terraform-provider-eks:create";

/// Whether a tag's key is the provider's own.
#[must_use]
pub fn is_reserved_tag(key: &str) -> bool {
    key == OWNER_TAG || key == MARK_TAG
}

/// The proof that an access entry is this grant's to narrow, to undo and to delete.
///
/// There are three, and nothing else makes one. A step that takes something away cannot be made without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    access_entry_arn: String,
}

impl Ours {
    /// The entry that is there is the one that the plan saw and showed.
    #[must_use]
    pub fn shown(shown: &str, found: &str) -> Option<Self> {
        (!found.is_empty() && shown == found).then(|| Self::of(found))
    }

    /// EKS answered this apply's create with it: the first time, or when it was sent again with the same token.
    #[must_use]
    pub fn made(answered: &str) -> Self {
        Self::of(answered)
    }

    /// The entry carries our owner's tag and the mark of this very create.
    #[must_use]
    pub fn marked(found: &str, tags: &Tags, owner: &str, mark: &str) -> Option<Self> {
        let has = |key: &str, value: &str| tags.get(key).is_some_and(|found| found == value);
        (has(OWNER_TAG, owner) && has(MARK_TAG, mark)).then(|| Self::of(found))
    }

    fn of(access_entry_arn: &str) -> Self {
        Self {
            access_entry_arn: access_entry_arn.to_owned(),
        }
    }

    /// Whether this is the proof for an entry that was found.
    #[must_use]
    pub fn is_for(&self, found: &str) -> bool {
        !found.is_empty() && self.access_entry_arn == found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "arn:aws:eks:eu-west-1:111122223333:access-entry/c/role/111122223333/Dev/1";
    const TWO: &str = "arn:aws:eks:eu-west-1:111122223333:access-entry/c/role/111122223333/Dev/2";

    fn tags(owner: &str, mark: &str) -> Tags {
        [(OWNER_TAG.to_owned(), owner.to_owned()), (MARK_TAG.to_owned(), mark.to_owned())].into()
    }

    #[test]
    fn entry_that_the_plan_showed_is_ours() {
        assert!(Ours::shown(ONE, ONE).is_some_and(|ours| ours.is_for(ONE)));
    }

    #[test]
    fn another_entry_under_the_same_principal_is_not() {
        assert_eq!(Ours::shown(ONE, TWO), None);
        assert!(!Ours::made(ONE).is_for(TWO));
    }

    #[test]
    fn entry_without_an_arn_proves_nothing() {
        assert_eq!(Ours::shown("", ""), None);
        assert!(!Ours::made("").is_for(""));
    }

    #[test]
    fn owner_alone_or_mark_alone_is_no_proof() {
        assert!(Ours::marked(ONE, &tags("me", "m"), "me", "m").is_some());
        assert_eq!(Ours::marked(ONE, &tags("me", "other"), "me", "m"), None);
        assert_eq!(Ours::marked(ONE, &tags("you", "m"), "me", "m"), None);
        assert_eq!(Ours::marked(ONE, &Tags::new(), "me", "m"), None);
    }
}
