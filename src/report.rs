//! From what happened to what a practitioner reads.
//!
//! Diagnostics are built literally: tf-provider's constructors append a backtrace to the text when
//! RUST_BACKTRACE is set.

use crate::aws::error::{AwsError, ErrorKind};
use crate::domain::error::Invalid;
use crate::page;
use std::borrow::Cow;
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

/// The summary of all that fails for want of a way into an account.
pub(crate) const UNREACHABLE_ACCOUNT: &str = "Account cannot be reached";
/// Those of all that the state of a cluster stands in the way of.
pub(crate) const UNUSABLE_CLUSTER: &str = "Cluster is not usable";
pub(crate) const UNREADY_CLUSTER: &str = "Cluster is not ready";
/// The summary of all that ends because Terraform was asked to stop.
const INTERRUPTED: &str = "Terraform was interrupted";

/// A diagnostic about one attribute, or about everything if the path is empty. The summary is constant,
/// since Terraform folds equal warnings of hundreds of grants into one.
pub(crate) fn diagnostic(summary: &'static str, detail: impl Into<Cow<'static, str>>, attribute: AttributePath) -> Diagnostic {
    Diagnostic {
        summary: summary.into(),
        detail: detail.into(),
        attribute,
    }
}

/// Adds where the documentation says more about this very message.
pub(crate) fn about(mut message: Diagnostic) -> Diagnostic {
    let page = page::about(&message.summary);
    message.detail.to_mut().push_str(&format!("\nMore about this:\n  {page}"));
    message
}

/// The path of a top-level attribute.
#[must_use]
pub(crate) fn at(attribute: &'static str) -> AttributePath {
    AttributePath::new(attribute)
}

/// No path: for what no single attribute is to blame for.
#[must_use]
pub(crate) fn no_attribute() -> AttributePath {
    AttributePath::root()
}

/// A null in a set or list, which stands for nothing.
#[must_use]
pub(crate) fn null_element(attribute: AttributePath) -> Diagnostic {
    diagnostic(
        "Null element",
        "One of the elements is null. Remove it, or filter the list first: [for x in list : x if x != null].",
        attribute,
    )
}

/// A list or set without elements, where that most likely is a mistake; the consequence ends with what to do.
#[must_use]
pub(crate) fn empty(argument: &'static str, consequence: &str) -> Diagnostic {
    diagnostic(
        "Argument is empty",
        format!("{argument} has no elements, so {consequence}"),
        at(argument),
    )
}

/// Adds an error if a value is known and not valid.
pub(crate) fn check(
    diags: &mut Diagnostics,
    name: &'static str,
    summary: &'static str,
    value: &Value<String>,
    parse: impl FnOnce(&str) -> Result<(), Invalid>,
) {
    check_within(diags, &no_attribute(), name, summary, value, parse);
}

/// The same for an attribute of an object or a block: `within` is the way to that.
pub(crate) fn check_within(
    diags: &mut Diagnostics,
    within: &AttributePath,
    name: &'static str,
    summary: &'static str,
    value: &Value<String>,
    parse: impl FnOnce(&str) -> Result<(), Invalid>,
) {
    if let Some(Err(invalid)) = value.as_deref_option().map(parse) {
        diags.add_error(diagnostic(summary, invalid.to_string(), within.clone().attribute(name)));
    }
}

/// A failed call as a diagnostic: the fact is one sentence about what could not be done ("The access entry of … cannot
/// be read."); why, and what to do about it, follow.
#[must_use]
pub(crate) fn failed(summary: &'static str, fact: &str, error: &AwsError, attribute: AttributePath) -> Diagnostic {
    let attribute = match error.cluster {
        Some(_) => at("cluster_name"),
        None => attribute,
    };
    let summary = match error.kind {
        _ if let Some(cluster) = &error.cluster => match &*cluster.status {
            "FAILED" | "DELETING" => UNUSABLE_CLUSTER,
            _ => UNREADY_CLUSTER,
        },
        // Whatever was wanted of the account, it is the way there that is to be fixed.
        ErrorKind::CannotAssume | ErrorKind::AccountNotAllowed | ErrorKind::NoWayToAccount => UNREACHABLE_ACCOUNT,
        // Nothing is wrong with what was awaited.
        ErrorKind::Stopped => INTERRUPTED,
        _ => summary,
    };
    diagnostic(summary, because(fact, error), attribute)
}

/// The same about an account in which only a role is looked up: the provider's own credentials are for the cluster's account.
#[must_use]
pub(crate) fn failed_for_a_role(summary: &'static str, fact: &str, error: &AwsError, attribute: AttributePath) -> Diagnostic {
    match error.kind {
        ErrorKind::NoWayToAccount => diagnostic(UNREACHABLE_ACCOUNT, format!("{fact}\n\n{}", error.explained_by("")), attribute),
        _ => failed(summary, fact, error, attribute),
    }
}

/// The fact, and why.
pub(crate) fn because(fact: &str, error: &AwsError) -> String {
    format!("{fact}\n\n{}", cause(error))
}

/// What an error says: at length to those who hear of it first in this run, and to others in one line.
pub(crate) fn cause(error: &AwsError) -> String {
    match error.is_first_to_tell() {
        true => error.explanation(),
        false => error.reminder(),
    }
}

/// "Did you mean "A" or "B"?" on a line of its own; nothing without names.
pub(crate) fn did_you_mean(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => {
            let quoted: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
            format!("Did you mean {}?\n", quoted.join(" or "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_names_are_a_question() {
        assert_eq!(did_you_mean(&[]), "");
        assert_eq!(did_you_mean(&["A".to_owned()]), "Did you mean \"A\"?\n");
        assert_eq!(did_you_mean(&["A".to_owned(), "B".to_owned()]), "Did you mean \"A\" or \"B\"?\n");
    }
}
