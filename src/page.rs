//! The pages of the documentation that messages point to. A test checks that each link has its heading.

const DOCUMENTATION: &str = "https://registry.terraform.io/providers/eks-sso/eks/latest/docs";

/// The part of the troubleshooting guide about the message with this summary.
#[must_use]
pub(crate) fn about(summary: &str) -> String {
    format!("{DOCUMENTATION}/guides/troubleshooting#{}", anchor(summary))
}

/// What the credentials of a plan and of an apply must be allowed.
#[must_use]
pub(crate) fn permissions() -> String {
    format!("{DOCUMENTATION}/guides/iam-permissions")
}

/// The anchor that the registry gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_those_of_the_registry() {
        assert_eq!(
            anchor("Role was recreated: sign-ins fail with 401"),
            "role-was-recreated-sign-ins-fail-with-401"
        );
        assert_eq!(anchor("aws-auth row exists already"), "aws-auth-row-exists-already");
    }
}
