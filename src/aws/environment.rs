//! What the provider runs in. The only reader of environment variables: everything else is handed an [`Environment`], so
//! that tests need not change the process's own.
//!
//! The SDK's credential chain reads some variables by itself (profiles, containers, web identity): it offers no
//! public way to hand it others. What the provider decides, it decides from here.

use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use std::collections::BTreeMap;
use std::fmt;

/// A snapshot of environment variables, and what tests put in the place of the network and of the SDK's clock.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    network: Option<SharedHttpConnector>,
    clock: Option<SharedTimeSource>,
}

impl Environment {
    /// The environment of this process. Variables that are not UTF-8 are left out: none of ours can be such.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn from_process() -> Self {
        let utf8 = |(name, value): (std::ffi::OsString, std::ffi::OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Self::from_pairs(std::env::vars_os().filter_map(utf8))
    }

    /// A given environment.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self {
            variables: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            network: None,
            clock: None,
        }
    }

    /// The same where all requests, to AWS and to clusters, take this way, and the SDK's time is this one: tests have an AWS
    /// within their process, and a clock that they set.
    #[must_use]
    pub fn over(self, network: SharedHttpConnector, clock: SharedTimeSource) -> Self {
        Self {
            network: Some(network),
            clock: Some(clock),
            ..self
        }
    }

    /// The SDK's clock, if it is not the system's.
    pub(crate) fn clock(&self) -> Option<&SharedTimeSource> {
        self.clock.as_ref()
    }

    /// The way that all requests take, if it is not the real network.
    pub(crate) fn network(&self) -> Option<&SharedHttpConnector> {
        self.network.as_ref()
    }

    /// A variable's value. An empty one counts as unset, as it does for the AWS SDKs.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The first of several variables that is set.
    #[must_use]
    pub fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Whether a variable says `true`.
    #[must_use]
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// All variables with a prefix, by what follows it.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.variables
            .iter()
            .filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }

    /// A path as users write it: a leading `~` and `$NAME` or `${NAME}` filled in. Unknown names become empty, as in a shell.
    #[must_use]
    pub fn expand_path(&self, path: &str) -> String {
        let expanded = self.expand_variables(path);
        let home = self.first(&["HOME", "USERPROFILE"]);
        match (expanded.strip_prefix('~'), home) {
            (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with(['/', '\\']) => format!("{home}{rest}"),
            _ => expanded,
        }
    }

    fn expand_variables(&self, path: &str) -> String {
        let mut expanded = String::with_capacity(path.len());
        let mut rest = path;
        while let Some(at) = rest.find('$') {
            expanded.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let (name, after) = variable_name(rest);
            match name {
                Some(name) => expanded.push_str(self.get(name).unwrap_or_default()),
                None => expanded.push('$'),
            }
            rest = after;
        }
        expanded.push_str(rest);
        expanded
    }
}

impl fmt::Debug for Environment {
    // Values may be secrets; the names tell enough.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

/// The name that follows a `$`, and the text after it.
fn variable_name(text: &str) -> (Option<&str>, &str) {
    if let Some((name, after)) = text.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
        return (Some(name), after);
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    if end == 0 {
        (None, text)
    } else {
        (Some(&text[..end]), &text[end..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_expanded_as_a_shell_would() {
        let env = Environment::from_pairs([("HOME", "/home/ada"), ("TEAM", "blue")]);
        assert_eq!(env.expand_path("~/.aws/config"), "/home/ada/.aws/config");
        assert_eq!(env.expand_path("$HOME/${TEAM}-x/$NONE"), "/home/ada/blue-x/");
        assert_eq!(env.expand_path("/a~b/5$"), "/a~b/5$");
    }

    #[test]
    fn empty_counts_as_unset() {
        let env = Environment::from_pairs([("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "eu-west-1")]);
        assert_eq!(env.first(&["AWS_REGION", "AWS_DEFAULT_REGION"]), Some("eu-west-1"));
    }

    #[test]
    fn debug_shows_names_only() {
        let env = Environment::from_pairs([("AWS_SECRET_ACCESS_KEY", "sesame")]);
        assert_eq!(format!("{env:?}"), r#"{"AWS_SECRET_ACCESS_KEY"}"#);
    }
}
