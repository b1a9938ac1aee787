//! How contexts of a kubeconfig are named where one argument names many: a text with placeholders.

use crate::domain::error::Invalid;
use crate::domain::kubeconfig::ContextName;
use crate::domain::likeness::nearest;

/// What a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placeholder {
    /// The cluster's name.
    Cluster,
    /// The cluster's account.
    Account,
    /// The cluster's region.
    Region,
    /// The permission set's name.
    PermissionSet,
    /// The name of the role that is assumed, without its path.
    Role,
    /// The AWS CLI's profile.
    Profile,
    /// The context's namespace.
    Namespace,
}

use Placeholder::{Account, Cluster, Namespace, PermissionSet, Profile, Region, Role};

/// In the order in which messages name them.
const ALL: [Placeholder; 7] = [Cluster, Account, Region, PermissionSet, Role, Profile, Namespace];

impl Placeholder {
    /// What stands between the braces.
    fn name(self) -> &'static str {
        match self {
            Cluster => "cluster",
            Account => "account",
            Region => "region",
            PermissionSet => "permission_set",
            Role => "role",
            Profile => "profile",
            Namespace => "namespace",
        }
    }

    /// As it is written: `{cluster}`.
    #[must_use]
    pub fn written(self) -> String {
        format!("{{{}}}", self.name())
    }

    fn parse(text: &str, name: &str) -> Result<Self, Invalid> {
        if let Some(found) = ALL.into_iter().find(|placeholder| placeholder.name() == name) {
            return Ok(found);
        }
        let written: Vec<String> = ALL.into_iter().map(Self::written).collect();
        let meant = match nearest(name, ALL.into_iter().map(Self::name)).first() {
            Some(name) => format!(" Did you mean {{{name}}}?"),
            None => String::new(),
        };
        Err(Invalid::new(format!(
            "{text:?} holds {{{name}}}, which stands for nothing: expected {}.{meant}",
            written.join(", ")
        )))
    }
}

/// What the placeholders stand for in one context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filling<'a> {
    /// The cluster's name.
    pub cluster: &'a str,
    /// The cluster's account.
    pub account: &'a str,
    /// The cluster's region.
    pub region: &'a str,
    /// The permission set's name, if people sign in with one.
    pub permission_set: Option<&'a str>,
    /// The role's name, if one is assumed for the token.
    pub role: Option<&'a str>,
    /// The profile, if one is named.
    pub profile: Option<&'a str>,
    /// The namespace, if the context has one.
    pub namespace: Option<&'a str>,
}

impl<'a> Filling<'a> {
    fn of(&self, placeholder: Placeholder) -> Option<&'a str> {
        match placeholder {
            Cluster => Some(self.cluster),
            Account => Some(self.account),
            Region => Some(self.region),
            PermissionSet => self.permission_set,
            Role => self.role,
            Profile => self.profile,
            Namespace => self.namespace,
        }
    }

    /// Placeholders that would tell two contexts apart.
    #[must_use]
    pub fn telling_apart(&self, other: &Self) -> Vec<Placeholder> {
        let differ = |placeholder: &Placeholder| match (self.of(*placeholder), other.of(*placeholder)) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        };
        ALL.into_iter().filter(differ).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(Placeholder),
}

/// A name for contexts, such as `{permission_set}@{cluster}`. Without placeholders it is a name as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextTemplate {
    text: String,
    parts: Vec<Part>,
}

impl ContextTemplate {
    /// Parses a text of which every filling is the name of a context, as far as that can be told.
    ///
    /// # Errors
    /// A placeholder is not known, or the rest is not what [`ContextName`] takes.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, name, after)) = next_placeholder(rest) {
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Placeholder(Placeholder::parse(text, name)?));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        let template = Self {
            text: text.to_owned(),
            parts,
        };
        // Whatever a placeholder stands for, it begins with a letter or a digit.
        template.joined(|_| Ok("x")).and_then(|sample| match ContextName::parse(&sample) {
            Ok(_) => Ok(()),
            Err(_) => ContextName::parse(text).map(drop),
        })?;
        Ok(template)
    }

    /// The name of a context.
    ///
    /// # Errors
    /// A placeholder stands for what this context does not have, or the name gets too long.
    pub fn fill(&self, filling: &Filling<'_>) -> Result<ContextName, Invalid> {
        let missing = |placeholder: Placeholder| {
            Invalid::new(format!(
                "{:?} holds {}, and the context of cluster {:?} has none.",
                self.text,
                placeholder.written(),
                filling.cluster
            ))
        };
        let name = self.joined(|placeholder| filling.of(placeholder).ok_or_else(|| missing(placeholder)))?;
        ContextName::parse(&name)
    }

    fn joined<'a>(&'a self, value: impl Fn(Placeholder) -> Result<&'a str, Invalid>) -> Result<String, Invalid> {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => Ok(text.as_str()),
            Part::Placeholder(placeholder) => value(*placeholder),
        });
        parts.collect()
    }
}

/// What is before the next placeholder, its name, and what is after it.
fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    const FILLING: Filling<'_> = Filling {
        cluster: "payments-prod",
        account: "222233334444",
        region: "eu-west-1",
        permission_set: Some("DeveloperAccess"),
        role: None,
        profile: Some("dev"),
        namespace: None,
    };

    #[test]
    fn ok_templates() {
        for (text, name) in [
            ("payments", "payments"),
            ("{cluster}", "payments-prod"),
            (
                "{permission_set}@{cluster}.{region}.{account}",
                "DeveloperAccess@payments-prod.eu-west-1.222233334444",
            ),
            ("a{cluster}{cluster}b", "apayments-prodpayments-prodb"),
            ("{profile}/{cluster}", "dev/payments-prod"),
        ] {
            let template = ContextTemplate::parse(text).unwrap();
            assert_eq!(template.fill(&FILLING).unwrap().as_str(), name, "{text}");
        }
    }

    #[test]
    fn err_templates() {
        check_invalid(
            ContextTemplate::parse("{accuont}-{cluster}"),
            r#""{accuont}-{cluster}" holds {accuont}, which stands for nothing: expected {cluster}, {account}, {region}, {permission_set}, {role}, {profile}, {namespace}. Did you mean {account}?"#,
        );
        check_invalid(
            ContextTemplate::parse("{}"),
            r#""{}" holds {}, which stands for nothing: expected {cluster}, {account}, {region}, {permission_set}, {role}, {profile}, {namespace}."#,
        );
        for text in [
            "",
            "-{cluster}",
            "{cluster",
            "cluster}",
            "{cluster} {region}",
            "{{cluster}}",
            "${cluster}",
        ] {
            assert!(ContextTemplate::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_context_does_not_have_cannot_be_in_its_name() {
        for (text, message) in [
            (
                "{role}",
                r#""{role}" holds {role}, and the context of cluster "payments-prod" has none."#,
            ),
            (
                "x-{namespace}",
                r#""x-{namespace}" holds {namespace}, and the context of cluster "payments-prod" has none."#,
            ),
        ] {
            check_invalid(ContextTemplate::parse(text).unwrap().fill(&FILLING), message);
        }
        let long = ContextTemplate::parse(&"{cluster}".repeat(20)).unwrap();
        assert!(long.fill(&FILLING).is_err());
    }

    #[test]
    fn placeholders_that_tell_two_contexts_apart() {
        let other = Filling {
            account: "333344445555",
            permission_set: None,
            profile: Some("ops"),
            ..FILLING
        };
        assert_eq!(FILLING.telling_apart(&other), [Account, Profile]);
        assert_eq!(FILLING.telling_apart(&FILLING), []);
    }
}
