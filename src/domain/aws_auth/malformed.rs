//! Where a text is not what it should be.

use crate::domain::aws_auth::steps;
use crate::domain::error::Invalid;
use std::fmt;

/// A place in a text; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Place {
    /// The place of a byte of a text, found by reading all that is before it: for one message, not for each row.
    fn of(text: &str, at: usize) -> Self {
        steps::add(at);
        let before = &text[..text.floor_char_boundary(at)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// The places of all bytes of a text, which is read once for them: a text may have as many rows as lines.
#[derive(Debug, Clone)]
pub(in crate::domain::aws_auth) struct Places {
    /// The byte at which each line begins.
    lines: Vec<usize>,
    /// The byte at which each character begins, and the end of the text.
    characters: Vec<usize>,
}

impl Places {
    pub(in crate::domain::aws_auth) fn new(text: &str) -> Self {
        let after_breaks = text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n').map(|(_, next)| next);
        Self {
            lines: [0].into_iter().chain(after_breaks).collect(),
            characters: text.char_indices().map(|(at, _)| at).chain([text.len()]).collect(),
        }
    }

    /// The byte at which a character begins, by its number.
    pub(in crate::domain::aws_auth) fn byte(&self, character: usize) -> usize {
        let end = self.characters.last().copied().unwrap_or_default();
        self.characters.get(character).copied().unwrap_or(end)
    }

    /// The place of a byte.
    pub(in crate::domain::aws_auth) fn of(&self, at: usize) -> Place {
        let line = self.lines.partition_point(|start| *start <= at);
        let characters_before = |byte: usize| self.characters.partition_point(|start| *start < byte);
        Place {
            line,
            column: characters_before(at) - characters_before(self.lines[line - 1]) + 1,
        }
    }
}

/// Characters of a line that a message shows.
const MOST_SHOWN: usize = 120;

/// A text that is not what `aws-auth` holds: where, and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// What the text is, such as `mapRoles`.
    pub document: &'static str,
    /// Where it goes wrong.
    pub place: Place,
    /// The line at that place.
    pub line: String,
    /// What is there, what was expected, and how to mend it.
    pub problem: String,
    /// Only this provider reads no such text: it is YAML, and EKS may read it.
    pub only_here: bool,
}

impl Malformed {
    /// A fault at a byte of a text.
    pub(in crate::domain::aws_auth) fn at(document: &'static str, text: &str, at: usize, problem: impl Into<String>) -> Self {
        let place = Place::of(text, at);
        Self {
            document,
            place,
            line: text.lines().nth(place.line - 1).unwrap_or_default().to_owned(),
            problem: problem.into(),
            only_here: false,
        }
    }

    /// A form that is left out here, and that EKS may read.
    pub(in crate::domain::aws_auth) fn only_here(self) -> Self {
        Self { only_here: true, ..self }
    }
}

impl fmt::Display for Malformed {
    /// Shows the line, and a mark below the column. Terraform does not wrap lines that begin with a space.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            document,
            place,
            line,
            problem,
            only_here,
        } = self;
        let fault = match only_here {
            true => "cannot be read",
            false => "is malformed",
        };
        let skipped = place.column.saturating_sub(MOST_SHOWN);
        let shown: String = line.chars().skip(skipped).take(MOST_SHOWN + 1).collect();
        let before = shown.chars().take(place.column - 1 - skipped);
        let indent: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        write!(
            f,
            "{document} {fault} at {place}:\n\n  {number} | {shown}\n  {margin} | {indent}^\n\n{problem}"
        )
    }
}

impl std::error::Error for Malformed {}

impl From<Malformed> for Invalid {
    fn from(malformed: Malformed) -> Self {
        Self::new(malformed.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_all_bytes_are_those_found_one_by_one() {
        for text in ["", "a", "\n", "é\r\nb\n\nçd", "\u{feff}a\n  é: b\n"] {
            let places = Places::new(text);
            for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
                assert_eq!(places.of(at), Place::of(text, at), "{text:?} at {at}");
            }
        }
    }

    #[track_caller]
    fn check_shown(text: &str, at: char, expected: &str) {
        let malformed = Malformed::at("mapRoles", text, text.find(at).unwrap(), "Wrong.");
        assert_eq!(malformed.to_string(), expected);
    }

    #[test]
    fn of_a_long_line_the_part_around_the_place_is_shown() {
        let (a, b) = ("a".repeat(200), "b".repeat(200));
        check_shown(
            &format!("\n{a}\té{b}\n"),
            'é',
            &format!(
                "mapRoles is malformed at line 2, column 202:\n\n  2 | {}\téb\n    | {}\t^\n\nWrong.",
                &a[..118],
                " ".repeat(118)
            ),
        );
        check_shown(
            &format!("é{b}"),
            'é',
            &format!(
                "mapRoles is malformed at line 1, column 1:\n\n  1 | é{}\n    | ^\n\nWrong.",
                &b[..120]
            ),
        );
    }
}
