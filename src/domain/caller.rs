//! Who calls AWS, as sts:GetCallerIdentity tells, and which access entries let them in.
//!
//! ```text
//! caller = "arn:" partition ":sts::" account ":assumed-role/" role "/" session     the role without its path
//!        | "arn:" partition ":iam::" account ":user" path name
//! ```

use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::arn_parts::ArnParts;
use crate::domain::place::AccountId;

/// A caller that an access entry can be for. An account's root user is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A session of a role.
    Role {
        /// The role's account.
        account: AccountId,
        /// The role's name, without its path.
        name: String,
    },
    /// An IAM user.
    User {
        /// The user's account.
        account: AccountId,
        /// The user's name, without its path.
        name: String,
    },
}

impl Caller {
    /// Takes the ARN of a caller apart; that of a role stands for its sessions.
    #[must_use]
    pub fn parse(arn: &str) -> Option<Self> {
        if let Ok(principal) = AccessEntryPrincipal::parse(arn) {
            return Some(match principal {
                AccessEntryPrincipal::Role(role) => Self::Role {
                    account: role.account().clone(),
                    name: role.name().to_owned(),
                },
                AccessEntryPrincipal::User(user) => Self::User {
                    account: user.account().clone(),
                    name: user.name().to_owned(),
                },
            });
        }
        let parts = ArnParts::split(arn).filter(|parts| parts.service == "sts")?;
        let (name, _session) = parts.resource.strip_prefix("assumed-role/")?.split_once('/')?;
        Some(Self::Role {
            account: AccountId::parse(parts.account).ok()?,
            name: name.to_owned(),
        })
    }

    /// Whether an access entry for this principal lets the caller in.
    #[must_use]
    pub fn comes_in_by(&self, principal_arn: &str) -> bool {
        match (self, Self::parse(principal_arn)) {
            (Self::Role { account, name }, Some(Self::Role { account: of, name: other }))
            | (Self::User { account, name }, Some(Self::User { account: of, name: other })) => {
                *account == of && name.eq_ignore_ascii_case(&other)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_in_of_a_caller() {
        #[track_caller]
        fn check(caller: &str, principal: &str, expected: bool) {
            let is_own = Caller::parse(caller).is_some_and(|caller| caller.comes_in_by(principal));
            assert_eq!(is_own, expected, "{caller} {principal}");
        }
        let session = "arn:aws:sts::222233334444:assumed-role/Deployer/ci@1";
        check(session, "arn:aws:iam::222233334444:role/Deployer", true);
        check(session, "arn:aws:iam::222233334444:role/ops/eu/Deployer", true);
        check(session, "arn:aws:iam::111122223333:role/Deployer", false);
        check(session, "arn:aws:iam::222233334444:role/Deployer2", false);
        check(session, "arn:aws:iam::222233334444:user/Deployer", false);
        let user = "arn:aws:iam::222233334444:user/ops/ann";
        check(user, user, true);
        check(user, "arn:aws:iam::222233334444:user/ann", true);
        check(user, "arn:aws:iam::222233334444:role/ann", false);
        // The role by which an account is reached stands for its sessions.
        check(
            "arn:aws:iam::222233334444:role/x/Terraform",
            "arn:aws:iam::222233334444:role/x/Terraform",
            true,
        );
        check("arn:aws:iam::222233334444:root", "arn:aws:iam::222233334444:role/Deployer", false);
        check("", "arn:aws:iam::222233334444:role/Deployer", false);
    }
}
