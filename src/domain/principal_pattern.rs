//! Patterns of the principals of access entries: ARNs of IAM roles and users in which `*` matches any characters.
//!
//! As in a policy's `ArnLike`, a pattern is compared with the ARN as EKS has it, the path included.
//!
//! ```text
//! pattern = "arn:" partition ":iam::" account ":" principal     each of them may hold "*"
//! ```

use crate::domain::arn_parts::ArnParts;
use crate::domain::error::Invalid;
use crate::domain::place::AccountId;
use crate::domain::provisioned_role::is_reserved;
use crate::domain::text::text_type;
use crate::domain::wildcard::matches;

/// A pattern of principal ARNs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrincipalPattern(String);
text_type!(PrincipalPattern);

const EXPECTED: &str = "expected the ARN of an IAM role or user, in which * matches any characters, for example arn:aws:iam::*:role/ops/*";

impl PrincipalPattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// The text cannot match any role or user: it is no ARN, or one of something else, or it names a role of Identity Center
    /// without the path that all of these have.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = |reason: &str| Invalid::new(format!("{text:?} matches no principal: {reason}; {EXPECTED}."));
        let is_printable = text.bytes().all(|b| b.is_ascii_graphic());
        let arn = ArnParts::split(text)
            .filter(|_| is_printable)
            .ok_or_else(|| invalid("it is no ARN"))?;
        if !is_open(arn.service) && arn.service != "iam" {
            return Err(invalid(&format!("it is an ARN of {:?}, not of IAM", arn.service)));
        }
        if !is_open(arn.region) && !arn.region.is_empty() {
            return Err(invalid("IAM has no Regions, so the fourth part must be empty"));
        }
        if is_open(arn.account) && !arn.account.bytes().all(|b| b.is_ascii_digit() || b == b'*') {
            return Err(invalid(&format!(
                "{:?} matches no account id, and this is no regular expression",
                arn.account
            )));
        }
        if !is_open(arn.account) && AccountId::parse(arn.account).is_err() {
            return Err(invalid(&format!("{:?} is no account id", arn.account)));
        }
        match arn.resource.split_once('/') {
            Some(("role", name)) if is_reserved(name) => Err(invalid(&format!(
                "the roles of Identity Center have a path: write \"role/aws-reserved/*/{name}\""
            ))),
            Some(("role" | "user", name)) if !name.is_empty() => Ok(Self(text.to_owned())),
            _ if is_open(arn.resource.split('/').next().unwrap_or_default()) => Ok(Self(text.to_owned())),
            _ => Err(invalid("what it ends in is neither role/NAME nor user/NAME")),
        }
    }

    /// Whether it matches a principal's ARN.
    #[must_use]
    pub fn matches(&self, principal_arn: &str) -> bool {
        matches(&self.0, principal_arn)
    }
}

fn is_open(part: &str) -> bool {
    part.contains('*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    const SSO: &str = "arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_0123456789abcdef";

    #[test]
    fn matching() {
        #[track_caller]
        fn check(pattern: &str, arn: &str, expected: bool) {
            assert_eq!(PrincipalPattern::parse(pattern).unwrap().matches(arn), expected, "{pattern} {arn}");
        }
        let deployer = "arn:aws:iam::222233334444:role/ops/Deployer";
        check(deployer, deployer, true);
        check("arn:aws:iam::*:role/ops/*", deployer, true);
        check("arn:aws:iam::222233334444:role/ops/Deploy*", deployer, true);
        check("arn:*:iam::*:*/Deployer", deployer, true);
        check("arn:aws:iam::*:role/*", SSO, true);
        check("arn:aws:iam::*:role/aws-reserved/*/AWSReservedSSO_Dev_*", SSO, true);
        // The path counts, as it does in an ArnLike.
        check("arn:aws:iam::222233334444:role/Deployer", deployer, false);
        check("arn:aws:iam::111122223333:role/ops/*", deployer, false);
        check("arn:aws:iam::*:user/*", deployer, false);
        check("arn:aws:iam::*:role/ops", deployer, false);
        check("arn:aws:iam::*:role/ops/*r*r", deployer, false);
        // Letters keep their case, as everything that could be taken for another role.
        check("arn:aws:iam::*:role/ops/deployer", deployer, false);
    }

    #[test]
    fn err_what_matches_nobody() {
        const END: &str =
            "; expected the ARN of an IAM role or user, in which * matches any characters, for example arn:aws:iam::*:role/ops/*.";
        #[track_caller]
        fn check(text: &str, reason: &str) {
            check_invalid(
                PrincipalPattern::parse(text),
                &format!("{text:?} matches no principal: {reason}{END}"),
            );
        }
        check("*", "it is no ARN");
        check("Deployer*", "it is no ARN");
        check(
            "arn:aws:iam::.*:role/.+",
            "\".*\" matches no account id, and this is no regular expression",
        );
        check("arn:aws:iam::*:role/two words", "it is no ARN");
        check("arn:aws:sts::*:assumed-role/Deployer/*", "it is an ARN of \"sts\", not of IAM");
        check(
            "arn:aws:iam:eu-west-1:*:role/Deployer",
            "IAM has no Regions, so the fourth part must be empty",
        );
        check("arn:aws:iam::2222:role/Deployer", "\"2222\" is no account id");
        check("arn:aws:iam::*:group/Ops", "what it ends in is neither role/NAME nor user/NAME");
        check("arn:aws:iam::*:role/", "what it ends in is neither role/NAME nor user/NAME");
        check("arn:aws:iam::*:root", "what it ends in is neither role/NAME nor user/NAME");
        check(
            "arn:aws:iam::*:role/AWSReservedSSO_Dev_*",
            "the roles of Identity Center have a path: write \"role/aws-reserved/*/AWSReservedSSO_Dev_*\"",
        );
    }
}
