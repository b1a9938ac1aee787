//! Where the rows of a text are, and how one of them is exchanged without touching the rest.

use crate::domain::aws_auth::config_map::{MAP_ROLES, ROLE_ARN};
use crate::domain::aws_auth::render::{Style, block, flow};
use crate::domain::aws_auth::row::{Key, Mapping, Reader};
use crate::domain::aws_auth::yaml::{Kind, Node};
use crate::domain::error::Invalid;
use std::collections::HashSet;
use std::ops::Range;

/// Where the rows are.
#[derive(Debug, Clone)]
pub(in crate::domain::aws_auth) struct Layout {
    form: Form,
    rows: Vec<Extent>,
}

#[derive(Debug, Clone)]
enum Form {
    /// There is nothing, or a word for it at this place: `[]`, `null`, `""`.
    Nothing(Option<Range<usize>>),
    /// A dash for each row.
    Block(Style),
    /// Between brackets; the place of the closing one.
    Flow(usize),
}

/// The place of one row.
#[derive(Debug, Clone)]
struct Extent {
    span: Range<usize>,
    anchors: Vec<usize>,
    aliases: Vec<usize>,
}

impl Layout {
    pub(in crate::domain::aws_auth) fn of(reader: Reader<'_>, root: Option<&Node>) -> Self {
        let form = match root {
            None => Form::Nothing(None),
            Some(Node {
                kind: Kind::Sequence { items, flow: true },
                span,
                ..
            }) => match reader.text[span.start..span.end].strip_prefix('[') {
                Some(inner) if items.is_empty() && inner.trim() == "]" => Form::Nothing(Some(span.clone())),
                _ => Form::Flow(span.end - 1),
            },
            Some(Node {
                kind: Kind::Sequence { items, .. },
                ..
            }) => Form::Block(style(reader, items)),
            Some(node) => Form::Nothing(Some(node.span.clone()).filter(|span| !span.is_empty())),
        };
        let items = root.map_or(&[][..], |root| match &root.kind {
            Kind::Sequence { items, .. } => items,
            Kind::Scalar(_) | Kind::Null | Kind::Mapping { .. } => &[],
        });
        let rows = items.iter().map(|item| Extent {
            span: item.span.clone(),
            anchors: item.anchors.clone(),
            aliases: item.aliases.clone(),
        });
        Self {
            form,
            rows: rows.collect(),
        }
    }

    /// The bytes of a row.
    pub(in crate::domain::aws_auth) fn span(&self, row: usize) -> Range<usize> {
        self.rows[row].span.clone()
    }
}

/// What to do where the form of a text allows no splice.
pub(in crate::domain::aws_auth) fn cannot_splice(reason: &str) -> Invalid {
    Invalid::new(format!(
        "The row cannot be changed without touching others: {reason}. Nothing was changed. Write {MAP_ROLES} as a plain list, each row with its own \"- {ROLE_ARN}: …\", and try again."
    ))
}

/// The habits of the last row that shows any.
fn style(reader: Reader<'_>, items: &[std::rc::Rc<Node>]) -> Style {
    let text = reader.text;
    let first_dash = items.first().map_or(0, |item| dash_before(text, item.span.start));
    let mut style = Style::at_column(column(text, first_dash));
    let rows = items.iter().rev().filter_map(|item| match &item.kind {
        Kind::Mapping { flow: false, entries } => Some(entries),
        Kind::Mapping { .. } | Kind::Scalar(_) | Kind::Null | Kind::Sequence { .. } => None,
    });
    let Some(entries) = rows.into_iter().next() else {
        return style;
    };
    let key_column = entries.first().map_or(0, |(key, _)| column(text, key.span.start));
    // A key two columns or more to the right of its dash; else the text is odd and gets the usual style.
    style.key = key_column
        .checked_sub(style.dash)
        .filter(|distance| *distance >= 2)
        .unwrap_or(style.key);
    let mut order = Vec::new();
    for (key, value) in entries {
        let Kind::Scalar(name) = &key.kind else { continue };
        let Some(known) = reader.key(name) else { continue };
        order.push(known);
        if let (Key::Groups, Kind::Sequence { flow: false, items }) = (known, &value.kind)
            && let Some(item) = items.first()
        {
            let dash = column(text, dash_before(text, item.span.start));
            style.group = dash.saturating_sub(key_column);
        }
    }
    let missing = style.order.into_iter().filter(|key| !order.contains(key)).collect::<Vec<_>>();
    order.extend(missing);
    style.order = order.try_into().unwrap_or(style.order);
    style
}

/// The dash in front of an item, at most some lines before it.
fn dash_before(text: &str, item: usize) -> usize {
    text[..item].rfind('-').unwrap_or(item)
}

/// The column of a byte, from 0, in bytes: only spaces stand before dashes and keys.
fn column(text: &str, at: usize) -> usize {
    at - line_start(text, at)
}

/// The start of the line. A byte order mark at the start of the text is no part of its first line.
fn line_start(text: &str, at: usize) -> usize {
    let first = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    text[..at].rfind('\n').map_or(first, |newline| newline + 1)
}

/// The end of the line, its line break included.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}

/// A change of some rows.
#[derive(Debug)]
pub(in crate::domain::aws_auth) struct Splice<'a> {
    pub(in crate::domain::aws_auth) text: &'a str,
    pub(in crate::domain::aws_auth) layout: &'a Layout,
}

/// What comes in the place of some bytes.
type Edit = (Range<usize>, String);

impl Splice<'_> {
    /// The text without the own rows and with the wanted one, in the place of the last own row if there is one.
    ///
    /// # Errors
    /// The form of the text allows no such change.
    pub(in crate::domain::aws_auth) fn apply(&self, own: &[usize], wanted: Option<&Mapping>) -> Result<String, Invalid> {
        self.check_anchors(own)?;
        let (gone, replaced) = match (own.split_last(), wanted) {
            (Some((last, before)), Some(_)) => (before, Some(*last)),
            _ => (own, None),
        };
        let mut edits = match self.layout.form {
            Form::Block(_) => gone.iter().map(|row| self.cut_lines(*row)).collect(),
            Form::Flow(_) => self.cut_items(gone)?,
            Form::Nothing(_) => Vec::new(),
        };
        match (wanted, replaced) {
            (Some(wanted), Some(row)) => edits.push(self.exchange(row, wanted)),
            (Some(wanted), None) => edits.push(self.insert(wanted)),
            (None, _) => {}
        }
        edits.sort_by_key(|(range, _)| range.start);
        let (mut text, mut copied) = (String::new(), 0);
        for (range, new) in edits {
            // Two rows without a line break at the end both claim the one between them.
            text.push_str(&self.text[copied..range.start.max(copied)]);
            text.push_str(&new);
            copied = range.end.max(copied);
        }
        text.push_str(&self.text[copied..]);
        Ok(text)
    }

    /// A row that others refer to cannot go.
    fn check_anchors(&self, own: &[usize]) -> Result<(), Invalid> {
        let rows = &self.layout.rows;
        let own_rows: HashSet<usize> = own.iter().copied().collect();
        let others = (0..rows.len()).filter(|row| !own_rows.contains(row));
        let used: HashSet<usize> = others.flat_map(|row| rows[row].aliases.iter().copied()).collect();
        if own.iter().any(|row| rows[*row].anchors.iter().any(|anchor| used.contains(anchor))) {
            return Err(cannot_splice("another row refers to it with an alias (\"*\")"));
        }
        Ok(())
    }

    fn line_break(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// The lines of a row in block style, from its dash to the end of its last line.
    fn lines(&self, row: usize) -> Range<usize> {
        let rows = &self.layout.rows;
        let mut start = match row {
            0 => line_start(self.text, 0),
            row => line_end(self.text, rows[row - 1].span.end),
        };
        // Between two rows stand blank lines and comments only.
        while start < rows[row].span.start && !self.text[start..].trim_start_matches(' ').starts_with("- ") && !self.is_bare_dash(start) {
            start = line_end(self.text, start);
        }
        start..line_end(self.text, rows[row].span.end)
    }

    /// Whether a line is a dash alone, which has its row below.
    fn is_bare_dash(&self, line: usize) -> bool {
        let line = &self.text[line..line_end(self.text, line)];
        line.trim() == "-" || line.trim_start().starts_with("-\t")
    }

    /// Takes the lines of a row out. The last line's missing line break is taken from the line before.
    fn cut_lines(&self, row: usize) -> Edit {
        let mut lines = self.lines(row);
        if !self.text[lines.clone()].ends_with('\n') {
            let before = &self.text[..lines.start];
            let without_break = before
                .strip_suffix('\n')
                .map_or(before, |line| line.strip_suffix('\r').unwrap_or(line));
            lines.start = without_break.len();
        }
        (lines, String::new())
    }

    /// Takes items out of a list in flow style, with one comma each.
    fn cut_items(&self, gone: &[usize]) -> Result<Vec<Edit>, Invalid> {
        let rows = &self.layout.rows;
        let cuts = gone.iter().zip(0..).map(|(row, gone_before)| {
            let span = rows[*row].span.clone();
            let has_kept_before = *row > gone_before;
            let (cut, gap) = if has_kept_before {
                let end = rows[row - 1].span.end;
                (end..span.end, end..span.start)
            } else if let Some(next) = rows.get(row + 1) {
                (span.start..next.span.start, span.end..next.span.start)
            } else {
                let rest = self.text[span.end..].trim_start();
                let comma = usize::from(rest.starts_with(','));
                let end = if comma == 0 {
                    span.end
                } else {
                    self.text.len() - rest.len() + comma
                };
                (span.start..end, span.end..end)
            };
            if self.text[gap].contains('#') {
                return Err(cannot_splice(
                    "a comment stands between it and its neighbor in a list with brackets",
                ));
            }
            Ok((cut, String::new()))
        });
        cuts.collect()
    }

    /// A row in the place of another.
    fn exchange(&self, row: usize, wanted: &Mapping) -> Edit {
        match &self.layout.form {
            Form::Block(style) => {
                let lines = self.lines(row);
                let old = &self.text[lines.clone()];
                let line_break = if old.ends_with('\n') { self.line_break() } else { "" };
                (lines, format!("{}{line_break}", block(wanted, style, self.line_break())))
            }
            Form::Flow(_) | Form::Nothing(_) => (self.layout.span(row), flow(wanted)),
        }
    }

    /// A row as the last one.
    fn insert(&self, wanted: &Mapping) -> Edit {
        match &self.layout.form {
            Form::Block(style) => self.insert_lines(self.end_of_rows(style), wanted, style),
            Form::Flow(bracket) => self.insert_item(*bracket, wanted),
            Form::Nothing(None) => self.insert_lines(self.text.len(), wanted, &Style::at_column(0)),
            Form::Nothing(Some(word)) => {
                let column = column(self.text, word.start);
                let is_first = self.text[line_start(self.text, word.start)..word.start].trim().is_empty();
                let new = if is_first {
                    block(wanted, &Style::at_column(column), self.line_break()).trim_start().to_owned()
                } else {
                    format!("[{}]", flow(wanted))
                };
                (word.clone(), new)
            }
        }
    }

    fn insert_lines(&self, at: usize, wanted: &Mapping, style: &Style) -> Edit {
        let line_break = self.line_break();
        let row = block(wanted, style, line_break);
        let is_at_line_start = at == 0 || self.text[..at].ends_with('\n');
        let new = if !is_at_line_start {
            format!("{line_break}{row}")
        } else {
            format!("{row}{line_break}")
        };
        (at..at, new)
    }

    /// After the last row, and after comments that its indentation makes part of it.
    fn end_of_rows(&self, style: &Style) -> usize {
        let Some(last) = self.layout.rows.last() else {
            return self.text.len();
        };
        let mut end = line_end(self.text, last.span.end);
        let mut line = end;
        while line < self.text.len() {
            let next = line_end(self.text, line);
            let content = self.text[line..next].trim();
            let indent = self.text[line..next].len() - self.text[line..next].trim_start_matches(' ').len();
            match content {
                "" => {}
                _ if content.starts_with('#') && indent > style.dash => end = next,
                _ => break,
            }
            line = next;
        }
        end
    }

    fn insert_item(&self, bracket: usize, wanted: &Mapping) -> Edit {
        let item = flow(wanted);
        let Some(last) = self.layout.rows.last() else {
            return (bracket..bracket, item);
        };
        let before = &self.text[line_start(self.text, last.span.start)..last.span.start];
        let has_own_line = before.trim().is_empty();
        let separator = if has_own_line {
            format!(",{}{before}", self.line_break())
        } else {
            ", ".to_owned()
        };
        (last.span.end..last.span.end, format!("{separator}{item}"))
    }
}
