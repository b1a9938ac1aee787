//! A YAML document as a tree in which everything knows its place.
//!
//! saphyr-parser splits the text into events; a tree of ours, because what is needed is the bytes that each row takes
//! up, and those the loaders of that crate's family do not keep.

use crate::domain::aws_auth::malformed::{Malformed, Places};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// The whole ConfigMap, in messages; other texts are those of a key.
pub(in crate::domain::aws_auth) const DOCUMENT: &str = "aws-auth";

/// More levels than any `aws-auth` has; a deeper text could exhaust the stack.
const DEEPEST: usize = 32;

/// Bytes and values that aliases may stand for in all: a text of 1 MiB could otherwise be one of many GiB.
const MOST_ALIASED: usize = 1 << 20;

/// Characters of a text that a message quotes; an ARN has less.
const MOST_QUOTED: usize = 160;

/// A value in the text.
#[derive(Debug, Clone)]
pub(in crate::domain::aws_auth) struct Node {
    /// The bytes that it takes up, without the white space after it. An anchor belongs to it.
    pub(in crate::domain::aws_auth) span: Range<usize>,
    /// What it is. That of an alias is the value it stands for.
    pub(in crate::domain::aws_auth) kind: Kind,
    /// The anchors that are set in it.
    pub(in crate::domain::aws_auth) anchors: Vec<usize>,
    /// The anchors that aliases in it name.
    pub(in crate::domain::aws_auth) aliases: Vec<usize>,
    /// The bytes and values that it stands for, those of its aliases included.
    size: usize,
}

/// A text, read.
#[derive(Debug)]
pub(in crate::domain::aws_auth) struct Document {
    /// The one document in it; `None` if there is nothing but white space and comments.
    pub(in crate::domain::aws_auth) root: Option<Rc<Node>>,
    pub(in crate::domain::aws_auth) places: Places,
}

#[derive(Debug, Clone)]
pub(in crate::domain::aws_auth) enum Kind {
    /// Plain scalars that mean null are [`Kind::Null`].
    Scalar(String),
    Null,
    Sequence {
        flow: bool,
        items: Vec<Rc<Node>>,
    },
    Mapping {
        flow: bool,
        entries: Vec<(Rc<Node>, Rc<Node>)>,
    },
}

impl Kind {
    /// For messages.
    pub(in crate::domain::aws_auth) fn describe(&self) -> String {
        match self {
            Self::Scalar(text) => match text.char_indices().nth(MOST_QUOTED) {
                Some((end, _)) => format!("a text that begins with {:?}", &text[..end]),
                None => format!("the text {text:?}"),
            },
            Self::Null => "nothing".to_owned(),
            Self::Sequence { .. } => "a list".to_owned(),
            Self::Mapping { .. } => "a mapping".to_owned(),
        }
    }
}

/// Reads the one document of a text.
///
/// # Errors
/// The text is not YAML, has more than one document, is nested more than 32 levels deep, or says the same too often by
/// aliases.
pub(in crate::domain::aws_auth) fn parse(document: &'static str, text: &str) -> Result<Document, Malformed> {
    let mut builder = Builder {
        document,
        text,
        places: Places::new(text),
        open: Vec::new(),
        anchored: HashMap::new(),
        aliased: 0,
        root: None,
        documents: 0,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| builder.scan_error(&error))?;
        builder.on_event(event, span)?;
    }
    Ok(Document {
        root: builder.root,
        places: builder.places,
    })
}

/// A text that is one word for nothing, which YAML may not even know (backquotes): an empty scalar in its place.
pub(in crate::domain::aws_auth) fn word_for_nothing(text: &str) -> Document {
    let start = text.len() - text.trim_start().len();
    let node = Node {
        span: start..text.trim_end().len(),
        kind: Kind::Scalar(String::new()),
        anchors: Vec::new(),
        aliases: Vec::new(),
        size: 1,
    };
    Document {
        root: Some(Rc::new(node)),
        places: Places::new(text),
    }
}

/// A sequence or mapping whose end is still to come.
struct Open {
    start: usize,
    is_mapping: bool,
    anchor: usize,
    children: Vec<Rc<Node>>,
}

struct Builder<'a> {
    document: &'static str,
    text: &'a str,
    /// The parser counts characters.
    places: Places,
    open: Vec<Open>,
    anchored: HashMap<usize, Rc<Node>>,
    /// What the aliases up to here stand for, in bytes and values.
    aliased: usize,
    root: Option<Rc<Node>>,
    documents: usize,
}

impl Builder<'_> {
    fn malformed(&self, at: usize, problem: impl Into<String>) -> Malformed {
        Malformed::at(self.document, self.text, at, problem)
    }

    fn scan_error(&self, error: &ScanError) -> Malformed {
        let mut at = self.places.byte(error.marker().index());
        let is_key = error.info().starts_with("simple key expect");
        if is_key {
            // A key without its colon is found out at the next line: the last line that holds something is meant.
            let before = self.text[..at].trim_end();
            let from_line = &self.text[before.rfind('\n').unwrap_or_default()..];
            at = self.text.len() - from_line.trim_start().len();
        }
        let line_break = self.text[..at].rfind('\n').unwrap_or_default();
        let advice = if is_key {
            ""
        } else if self.text[line_break..at].contains('\t') {
            " YAML allows no tabs in front of keys and dashes: use spaces."
        } else {
            " Look at the indentation, the space after each colon and dash, and the quotes, here and in the line before."
        };
        let info = if is_key {
            "Expected a key, a colon and a space: \"key: value\""
        } else {
            &format!("Expected YAML: {}", error.info())
        };
        self.malformed(at, format!("{info}.{advice}"))
    }

    fn on_event(&mut self, event: Event<'_>, span: Span) -> Result<(), Malformed> {
        let (start, end) = (self.places.byte(span.start.index()), self.places.byte(span.end.index()));
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let problem = match self.document {
                        DOCUMENT => {
                            "A second YAML document begins here, and none or several of them are the ConfigMap aws-auth: give that one alone."
                        }
                        _ => "A second YAML document begins here, and EKS reads only the first: put all into one, and remove the \"---\".",
                    };
                    return Err(self.malformed(start, problem));
                }
            }
            Event::SequenceStart(anchor, _) => self.begin(start, false, anchor)?,
            Event::MappingStart(anchor, _) => self.begin(start, true, anchor)?,
            Event::SequenceEnd | Event::MappingEnd => self.end(start),
            Event::Alias(anchor) => self.alias(anchor, start, end)?,
            Event::Scalar(value, style, anchor, _) => self.scalar(&value, style, anchor, start..end),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn begin(&mut self, start: usize, is_mapping: bool, anchor: usize) -> Result<(), Malformed> {
        if self.open.len() == DEEPEST {
            return Err(self
                .malformed(start, "The text is nested too deep here: expected a list of rows.")
                .only_here());
        }
        self.open.push(Open {
            start,
            is_mapping,
            anchor,
            children: Vec::new(),
        });
        Ok(())
    }

    fn end(&mut self, at: usize) {
        let Some(open) = self.open.pop() else { return };
        let bracket = self.closing_bracket(at);
        let flow = bracket.is_some();
        let end = match (bracket, open.children.last()) {
            (Some(bracket), _) => bracket + 1,
            (None, Some(last)) => last.span.end,
            (None, None) => open.start,
        };
        let anchors = open.children.iter().flat_map(|child| child.anchors.clone()).collect();
        let aliases = open.children.iter().flat_map(|child| child.aliases.clone()).collect();
        let size = open.children.iter().map(|child| child.size).sum::<usize>() + 1;
        let kind = if open.is_mapping {
            let mut children = open.children.into_iter();
            let mut entries = Vec::new();
            while let (Some(key), Some(value)) = (children.next(), children.next()) {
                entries.push((key, value));
            }
            Kind::Mapping { flow, entries }
        } else {
            Kind::Sequence {
                flow,
                items: open.children,
            }
        };
        let span = open.start..end;
        self.add(
            Node {
                span,
                kind,
                anchors,
                aliases,
                size,
            },
            open.anchor,
        );
    }

    /// The bracket at the end of a collection that has one. A block has none, and none can follow it, since no block
    /// stands between brackets. The parser may stop at a comma in front of the bracket.
    fn closing_bracket(&self, at: usize) -> Option<usize> {
        let mut rest = &self.text[at..];
        if let Some(after) = rest.strip_prefix(',') {
            rest = after.trim_start();
            while rest.starts_with('#') {
                rest = rest.split_once('\n').map_or("", |(_, next)| next).trim_start();
            }
        }
        rest.starts_with([']', '}']).then(|| self.text.len() - rest.len())
    }

    fn alias(&mut self, anchor: usize, start: usize, end: usize) -> Result<(), Malformed> {
        let Some(target) = self.anchored.get(&anchor) else {
            return Err(self.malformed(start, "This alias stands inside of the value that it names: write the value out."));
        };
        let target = Rc::clone(target);
        self.aliased += target.size;
        if self.aliased > MOST_ALIASED {
            return Err(self
                .malformed(start, "Up to this alias, aliases stand for more than 1 MiB: write the values out.")
                .only_here());
        }
        let node = Node {
            span: start..end,
            kind: target.kind.clone(),
            anchors: Vec::new(),
            aliases: vec![anchor],
            size: target.size,
        };
        self.add(node, 0);
        Ok(())
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, anchor: usize, span: Range<usize>) {
        let is_plain = style == ScalarStyle::Plain;
        let kind = if is_plain && matches!(value, "" | "~" | "null" | "Null" | "NULL") {
            Kind::Null
        } else {
            Kind::Scalar(value.to_owned())
        };
        // An absent value's span may be that of what follows; a block scalar's holds the blank lines after it.
        let end = if is_plain && value.is_empty() && anchor == 0 {
            span.start
        } else {
            span.start + self.text[span.clone()].trim_end().len()
        };
        let node = Node {
            span: span.start..end,
            kind,
            anchors: Vec::new(),
            aliases: Vec::new(),
            size: value.len() + 1,
        };
        self.add(node, anchor);
    }

    fn add(&mut self, mut node: Node, anchor: usize) {
        if anchor != 0 {
            node.anchors.push(anchor);
        }
        let node = Rc::new(node);
        if anchor != 0 {
            self.anchored.insert(anchor, Rc::clone(&node));
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
    }
}
