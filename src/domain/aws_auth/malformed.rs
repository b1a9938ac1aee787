//! Where a text is not what it should be.

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
    /// The place of a byte of a text.
    pub(in crate::domain::aws_auth) fn of(text: &str, at: usize) -> Self {
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
        }
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
        } = self;
        let skipped = place.column.saturating_sub(MOST_SHOWN);
        let shown: String = line.chars().skip(skipped).take(MOST_SHOWN + 1).collect();
        let before = shown.chars().take(place.column - 1 - skipped);
        let indent: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        write!(
            f,
            "{document} is malformed at {place}:\n\n  {number} | {shown}\n  {margin} | {indent}^\n\n{problem}"
        )
    }
}

impl std::error::Error for Malformed {}

impl From<Malformed> for Invalid {
    fn from(malformed: Malformed) -> Self {
        Self::new(malformed.to_string())
    }
}
