//! A set of texts of which some may be unknown.

use serde::{Deserialize, Serialize};
use tf_provider::value::Value;

/// The elements of a set, in order. Those that are known occur once; unknown ones stay apart, because nobody can tell that
/// two of them will be the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Vec<Value<String>>")]
pub struct Texts(Vec<Value<String>>);

impl Texts {
    /// All elements, unknown ones last.
    pub fn iter(&self) -> std::slice::Iter<'_, Value<String>> {
        self.0.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<Value<String>>> for Texts {
    fn from(mut elements: Vec<Value<String>>) -> Self {
        elements.sort();
        elements.dedup_by(|a, b| a == b && !a.is_unknown());
        Self(elements)
    }
}

impl FromIterator<Value<String>> for Texts {
    fn from_iter<I: IntoIterator<Item = Value<String>>>(elements: I) -> Self {
        Self::from(Vec::from_iter(elements))
    }
}

impl<'a> IntoIterator for &'a Texts {
    type Item = &'a Value<String>;
    type IntoIter = std::slice::Iter<'a, Value<String>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Text = Value<String>;

    fn text(text: &str) -> Text {
        Value::Value(text.to_owned())
    }

    fn set(elements: &[Text]) -> Texts {
        elements.iter().cloned().collect()
    }

    #[test]
    fn known_elements_occur_once_whatever_their_order() {
        let (a, b) = (text("a"), text("b"));
        let elements = set(&[b.clone(), a.clone(), Text::Null, b.clone(), Text::Null]);
        assert_eq!(elements, set(&[a, Text::Null, b]));
        assert_eq!(elements.iter().count(), 3);
    }

    #[test]
    fn unknown_elements_stay_apart() {
        let elements = set(&[Text::Unknown, text("a"), Text::Unknown, text("a")]);
        assert_eq!(elements.iter().filter(|element| element.is_unknown()).count(), 2);
        assert_eq!(elements.iter().count(), 3);
    }

    #[test]
    fn set_with_unknown_elements_is_sent_with_all_of_them() {
        let sent = rmp_serde::to_vec_named(&[Text::Unknown, text("a"), Text::Unknown]).unwrap();
        let read: Value<Texts> = rmp_serde::from_slice(&sent).unwrap();
        assert_eq!(read, Value::Value(set(&[text("a"), Text::Unknown, Text::Unknown])));
        let again: Vec<Text> = rmp_serde::from_slice(&rmp_serde::to_vec_named(&read).unwrap()).unwrap();
        assert_eq!(again, [text("a"), Text::Unknown, Text::Unknown]);
    }
}
