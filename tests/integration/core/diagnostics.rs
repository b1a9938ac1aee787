//! Errors and warnings, of the provider and of core itself, with the place in the configuration that they point at.

use crate::core::form;
use std::ops::Range;
use terraform_provider_eks::protocol::wire::{self, Selector, Severity};

/// The text of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Source(pub String);

impl Source {
    /// The line at an offset: its number from 1, and its text.
    pub fn line_at(&self, offset: usize) -> (usize, &str) {
        let offset = offset.min(self.0.len());
        let start = self.0[..offset].rfind('\n').map_or(0, |at| at + 1);
        (
            self.0[..start].matches('\n').count() + 1,
            self.0[start..].lines().next().unwrap_or_default(),
        )
    }
}

/// Where in a value something is.
pub type Path = Vec<Step>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An attribute of an object, or a key of a map.
    Name(String),
    Index(usize),
}

/// An error or a warning.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    pub is_error: bool,
    pub summary: String,
    pub detail: String,
    /// Of the attribute to blame.
    pub path: Path,
    /// The resource that it is about.
    pub address: Option<String>,
    /// Offsets in the configuration: of the block's header, and of what is to blame in it.
    pub place: Option<Place>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// How messages name the block: `resource "eks_sso_access" "x"`.
    pub block: String,
    pub span: Range<usize>,
}

pub fn path(path: Option<&wire::AttributePath>) -> Path {
    let steps = path.map(|path| path.steps.as_slice()).unwrap_or_default();
    let step = |step: &wire::Step| match step.selector.as_ref().unwrap() {
        Selector::AttributeName(name) | Selector::ElementKeyString(name) => Step::Name(name.clone()),
        Selector::ElementKeyInt(index) => Step::Index(usize::try_from(*index).unwrap()),
    };
    steps.iter().map(step).collect()
}

impl Diagnostic {
    pub fn error(summary: &str, detail: impl Into<String>) -> Self {
        Self {
            is_error: true,
            summary: summary.to_owned(),
            detail: detail.into(),
            path: Path::new(),
            address: None,
            place: None,
        }
    }

    /// One of the provider, which has to have the form of all.
    #[track_caller]
    pub fn of_wire(diagnostic: &wire::Diagnostic) -> Self {
        form::check(&diagnostic.summary, &diagnostic.detail);
        Self {
            is_error: diagnostic.severity() == Severity::Error,
            path: path(diagnostic.attribute.as_ref()),
            ..Self::error(&diagnostic.summary, &diagnostic.detail)
        }
    }

    pub fn about(mut self, address: &str) -> Self {
        self.address.get_or_insert_with(|| address.to_owned());
        self
    }

    pub fn at(mut self, block: &str, span: Range<usize>) -> Self {
        self.place.get_or_insert(Place {
            block: block.to_owned(),
            span,
        });
        self
    }

    /// The line that it points at, without the space around it.
    pub fn line(&self, source: &Source) -> String {
        self.place
            .as_ref()
            .map(|place| source.line_at(place.span.start).1.trim().to_owned())
            .unwrap_or_default()
    }

    /// As the CLI prints it, without the frame around it.
    pub fn text(&self, source: &Source) -> String {
        let mut text = format!("{}: {}\n\n", if self.is_error { "Error" } else { "Warning" }, self.summary);
        if let Some(address) = &self.address {
            text += &format!("  with {address},\n");
        }
        if let Some(place) = &self.place {
            let (line, code) = source.line_at(place.span.start);
            text += &format!("  on main.tf line {line}, in {}:\n  {line}: {code}\n\n", place.block);
        }
        text + &self.detail + "\n"
    }
}

pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.is_error)
}
