//! The text under `mapRoles`: its rows, and the same text with one row more, changed or less.

use crate::domain::aws_auth::config_map::{MAP_ROLES, Text, parse_text};
use crate::domain::aws_auth::malformed::Malformed;
use crate::domain::aws_auth::row::{Mapping, Row};
use crate::domain::aws_auth::splice::{Layout, Splice, cannot_splice};
use crate::domain::error::Invalid;
use std::collections::HashSet;

/// The text under `mapRoles`, read.
#[derive(Debug, Clone)]
pub struct MapRoles {
    text: String,
    rows: Vec<Row>,
    layout: Layout,
}

impl MapRoles {
    /// Reads the text. One of white space and comments, `[]` and `""` have no rows.
    ///
    /// # Errors
    /// It is not one YAML document that is a list of rows.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let document = parse_text(MAP_ROLES, text)?;
        let places = &document.places;
        let reader = Text { text, places }.reader(MAP_ROLES);
        let items = reader.items(document.root.as_ref())?;
        let rows = items.iter().map(|item| reader.row(item)).collect::<Result<_, _>>()?;
        let layout = Layout::of(reader, document.root.as_deref());
        Ok(Self {
            text: text.to_owned(),
            rows,
            layout,
        })
    }

    /// The text as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All rows, in the order of the text.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row that holds for a role, given by its ARN without path: of several the last one.
    pub fn find(&self, arn_without_path: &str) -> Option<&Row> {
        self.rows.iter().rev().find(|row| row.mapping.is_for(arn_without_path))
    }

    /// All rows of a role but the one that holds: they have no effect, and every change of the role's row removes them.
    pub fn find_overridden(&self, arn_without_path: &str) -> Vec<&Row> {
        let mut own: Vec<&Row> = self.rows.iter().filter(|row| row.mapping.is_for(arn_without_path)).collect();
        own.pop();
        own
    }

    /// The text in which the role has exactly this row: the row that it had is replaced in its place, with the comments
    /// and unknown keys in it, or a new one is added as the last. If the role has this row already, the text stays.
    ///
    /// # Errors
    /// The role's row is one for nodes, or the text has a form in which the row cannot be changed alone.
    pub fn with(&self, row: &Mapping) -> Result<String, Invalid> {
        self.replace(&row.arn, row)
    }

    /// The text without the role's row, or rows. If it has none, the text stays as it is.
    ///
    /// # Errors
    /// As for [`Self::with`].
    pub fn without(&self, arn_without_path: &str) -> Result<String, Invalid> {
        self.splice(&[arn_without_path], None)
    }

    /// The text in which the row of one role is replaced, in its place, by that of another: the new role of a permission
    /// set that was provisioned anew. With no old row this is [`Self::with`].
    ///
    /// # Errors
    /// As for [`Self::with`].
    pub fn replace(&self, old_arn_without_path: &str, row: &Mapping) -> Result<String, Invalid> {
        self.splice(&[old_arn_without_path, &row.arn], Some(row))
    }

    /// Takes out the rows of these roles and puts the wanted one in the place of the last of them.
    fn splice(&self, arns: &[&str], wanted: Option<&Mapping>) -> Result<String, Invalid> {
        let is_own = |row: &Row| arns.iter().any(|arn| row.mapping.is_for(arn));
        let own: Vec<usize> = (0..self.rows.len()).filter(|index| is_own(&self.rows[*index])).collect();
        if let Some(node) = own.iter().map(|index| &self.rows[*index]).find(|row| row.mapping.is_node()) {
            return Err(Invalid::new(format!(
                "The row of {} ({MAP_ROLES}, {}) is one for nodes, which join the cluster through it, and is not changed: give people a role of their own.",
                node.mapping.arn, node.place
            )));
        }
        if wanted.is_some_and(Mapping::looks_like_a_nodes) {
            return Err(Invalid::new(
                "These groups or this user name are those of nodes: a row for people has other ones.",
            ));
        }
        if let ([index], Some(wanted)) = (own.as_slice(), wanted)
            && self.rows[*index].mapping == *wanted
        {
            return Ok(self.text.clone());
        }
        let splice = Splice {
            text: &self.text,
            layout: &self.layout,
        };
        let text = splice.apply(&own, wanted)?;
        self.verify(&text, &own, wanted)?;
        Ok(text)
    }

    /// Reads the new text and compares it with what was wanted: a broken text would lock everybody out.
    fn verify(&self, text: &str, own: &[usize], wanted: Option<&Mapping>) -> Result<(), Invalid> {
        let new = Self::parse(text)
            .map_err(|malformed| cannot_splice(&format!("the text would no longer be readable at {}", malformed.place)))?;
        let own_rows: HashSet<usize> = own.iter().copied().collect();
        let others = |index: &usize| !own_rows.contains(index);
        let expected: Vec<(&Mapping, &str)> = (0..self.rows.len()).filter(others).map(|index| self.row_and_text(index)).collect();
        let mut actual: Vec<(&Mapping, &str)> = (0..new.rows.len()).map(|index| new.row_and_text(index)).collect();
        if let Some(wanted) = wanted {
            let before = own.last().map_or(expected.len(), |last| (0..*last).filter(others).count());
            match actual.get(before) {
                Some((mapping, _)) if *mapping == wanted => drop(actual.remove(before)),
                _ => return Err(cannot_splice("the row would not be read back as it was meant")),
            }
        }
        if expected == actual {
            return Ok(());
        }
        let left: HashSet<(&Mapping, &str)> = actual.iter().copied().collect();
        if own.iter().any(|index| left.contains(&self.row_and_text(*index))) {
            return Err(cannot_splice("its old row would stay"));
        }
        let same = expected.iter().zip(&actual).take_while(|(row, new)| row == new).count();
        let changed = (0..self.rows.len()).filter(others).nth(same);
        let place = changed.map_or_else(String::new, |index| format!(" ({})", self.rows[index].place));
        Err(cannot_splice(&format!("other rows would change with it{place}")))
    }

    fn row_and_text(&self, index: usize) -> (&Mapping, &str) {
        (&self.rows[index].mapping, &self.text[self.layout.span(index)])
    }
}
