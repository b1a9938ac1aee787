//! What is said about a permission set that has no role in an account (a name that is misspelt, a set that does not exist, one
//! that is not assigned there, and what cannot be told apart), or several.

use crate::aws::error::AwsError;
use crate::aws::iam::Role;
use crate::aws::session::Session;
use crate::aws::told::Obstacle;
use crate::domain::likeness::nearest;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::AccountId;
use crate::domain::provisioned_role::ProvisionedRoleName;
use crate::report::{at, cause, diagnostic, did_you_mean, no_attribute};
use std::collections::BTreeSet;
use std::fmt;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

/// The permission sets that have one of these roles.
pub(crate) fn sets_of(roles: &[Role]) -> BTreeSet<String> {
    let names = roles.iter().filter_map(|role| ProvisionedRoleName::parse(&role.name).ok());
    names.map(|name| name.permission_set().to_string()).collect()
}

/// Nobody can tell which of the roles of a set its users get.
pub(crate) fn ambiguous(account: &AccountId, set: &dyn fmt::Display, roles: &[Role], attribute: AttributePath) -> Diagnostic {
    let list = listed(roles);
    diagnostic(
        "Permission set has several roles in this account",
        format!(
            "Account {account} holds {} roles of \"{set}\", and it is ambiguous which one its users get:{list}\nOne may be left over from another \
             Identity Center instance. IAM does not let you delete such roles; Identity Center removes its own with the set's last assignment in \
             this account. Nothing was changed.",
            roles.len()
        ),
        attribute,
    )
}

/// The same of a grant in the state whose own role is none of them.
pub(crate) fn gone_with_several_heirs(
    account: &AccountId,
    set: &dyn fmt::Display,
    roles: &[Role],
    known_arn: &str,
    attribute: AttributePath,
) -> Diagnostic {
    diagnostic(
        "Role of the grant is gone, and several could follow it",
        format!(
            "Nobody gets in through this grant: its role no longer exists.\n  {known_arn}\nAccount {account} holds {} other roles of {set}, and it is \
             ambiguous which one its users get:{}\nThe grant follows as soon as only one is left. Identity Center removes its own with the set's \
             last assignment in this account; for one of an instance that no longer exists, ask AWS Support. Nothing was changed.",
            roles.len(),
            listed(roles)
        ),
        attribute,
    )
}

fn listed(roles: &[Role]) -> String {
    roles
        .iter()
        .map(|role| format!("\n  - {} (made {})", role.arn, made(role)))
        .collect()
}

/// When a role was made, in words.
pub(crate) fn made(role: &Role) -> String {
    role.created_at.map_or_else(|| "at an unknown time".to_owned(), |at| at.to_string())
}

/// What an apply may do that makes the role.
const ASSIGNS: &str = "makes the assignment";
const CREATES: &str = "creates the set and assigns it";

/// The most names that a message lists.
const MOST_LISTED: usize = 20;

/// A permission set without a role in an account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AbsentRole<'a> {
    pub(crate) session: &'a Session,
    pub(crate) account: &'a AccountId,
    pub(crate) set: &'a PermissionSetName,
    /// The permission sets that have a role there.
    pub(crate) here: &'a BTreeSet<String>,
}

/// What is known about the permission set itself.
enum Known {
    /// There is no `identity_center` block.
    Nothing,
    Exists,
    /// It does not exist; the sets whose names are like it.
    DoesNotExist(Vec<String>),
    /// Identity Center could not be asked.
    NotAsked,
}

impl AbsentRole<'_> {
    /// What to tell: the facts, what to do about a set that exists (`advice`), and what holds of all (`way_out`, which is told what
    /// the same apply may do: [`ASSIGNS`], [`CREATES`]). That Identity Center could not be asked is a warning of its own, once in
    /// a run.
    pub(crate) async fn describe(&self, diags: &mut Diagnostics, advice: &str, way_out: &(dyn Fn(&str) -> String + Sync)) -> Diagnostic {
        let (set, account) = (self.set, self.account);
        let assigned = format!("{advice} {}", way_out(ASSIGNS)).trim_start().to_owned();
        let near = nearest(set.as_str(), self.here.iter().map(String::as_str));
        let asked = format!("Looked up with iam:ListRoles as\n  {}", self.session.caller_in(account));
        let known = match near.first() {
            // No need to ask: the right name is at hand.
            Some(name) if is_same_word(name, set.as_str()) => Known::Nothing,
            _ => self.ask(diags).await,
        };
        let (summary, detail) = match known {
            Known::DoesNotExist(similar) => (
                "Permission set does not exist",
                format!(
                    "{}\"{set}\" does not exist in Identity Center, so it has no role in {account}. Correct the name. {}",
                    did_you_mean(&similar),
                    way_out(CREATES)
                ),
            ),
            Known::Exists => (
                "Permission set is not assigned in this account",
                format!(
                    "\"{set}\" exists in Identity Center, but is assigned to nobody in {account}: the first assignment makes its role there. \
                     {assigned}\n{asked}"
                ),
            ),
            Known::Nothing | Known::NotAsked if !near.is_empty() => (
                "Unknown permission set in this account",
                format!(
                    "{}\"{set}\" has no role in {account}.{}\nIf the name is right, the set is not assigned there yet: the first assignment \
                     makes its role. {assigned}\n{asked}",
                    did_you_mean(&near),
                    self.listed()
                ),
            ),
            Known::Nothing | Known::NotAsked => (
                "Permission set has no role in this account",
                format!(
                    "\"{set}\" has no role in {account}: the first assignment of the set there makes it.{}\nIf the name or the account is wrong, correct \
                     it. {assigned}\n{asked}",
                    self.listed()
                ),
            ),
        };
        diagnostic(summary, detail, at("permission_set_name"))
    }

    /// With `identity_center` it can be told whether the set exists at all. Trouble there degrades the message, never the run.
    async fn ask(&self, diags: &mut Diagnostics) -> Known {
        let Some(identity_center) = self.session.identity_center() else {
            return Known::Nothing;
        };
        match identity_center.permission_set_names().await {
            Ok(names) if names.contains_key(self.set) => Known::Exists,
            Ok(names) => Known::DoesNotExist(nearest(self.set.as_str(), names.keys().map(PermissionSetName::as_str))),
            Err(error) => {
                if self.session.told().is_first(Obstacle::IdentityCenter) {
                    diags.add_warning(not_asked(self.session, &error));
                }
                Known::NotAsked
            }
        }
    }

    fn listed(&self) -> String {
        if self.here.is_empty() {
            return " No permission set has one there.".to_owned();
        }
        let names: Vec<&str> = self.here.iter().take(MOST_LISTED).map(String::as_str).collect();
        let more = match self.here.len().saturating_sub(MOST_LISTED) {
            0 => String::new(),
            more => format!("\n  and {more} more"),
        };
        format!(" Roles exist there for:\n{}{more}", columns(&names))
    }
}

fn not_asked(session: &Session, error: &AwsError) -> Diagnostic {
    let region = session
        .identity_center_region()
        .map_or_else(String::new, |region| format!(" in {region}"));
    // A role that was refused was nobody yet: who asked for it is in the error.
    let caller = match error.assume_role {
        Some(_) => ".".to_owned(),
        None => format!(" as\n  {}", session.identity_center_caller()),
    };
    diagnostic(
        "Identity Center could not be asked",
        format!(
            "It is not known whether this permission set exists: Identity Center could not be asked{region} (identity_center in the provider \
             block){caller}\n\n{}",
            cause(error)
        ),
        no_attribute(),
    )
}

fn is_same_word(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Names with commas, in lines that Terraform does not break.
fn columns(names: &[&str]) -> String {
    const WIDTH: usize = 76;
    let mut lines = vec![String::from(" ")];
    for (at, name) in names.iter().enumerate() {
        let comma = if at + 1 == names.len() { "" } else { "," };
        let is_full = lines
            .last()
            .is_some_and(|line| line.len() > 1 && line.len() + name.len() + 2 > WIDTH);
        if is_full {
            lines.push(String::from(" "));
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(&format!(" {name}{comma}"));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_lines_that_are_not_broken() {
        assert_eq!(columns(&["A", "B"]), "  A, B");
        let names: Vec<String> = (10..40).map(|n| format!("Permissions{n}")).collect();
        let text = columns(&names.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(text.lines().count() > 1, "{text}");
        assert!(text.lines().all(|line| line.starts_with("  P") && line.len() <= 77), "{text}");
        assert_eq!(text.matches(',').count(), 29);
    }
}
