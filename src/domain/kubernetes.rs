//! The Kubernetes groups and the user name of an access entry.
//!
//! Follows the EKS User Guide ("Create access entries"). EKS does not compare them
//! with the cluster's RBAC: a group without a binding simply allows nothing.

use crate::domain::arn::{AccessEntryPrincipal, RoleArn};
use crate::domain::arn_parts::ArnParts;
use crate::domain::error::Invalid;
use crate::domain::likeness::nearest;
use crate::domain::place::{AccountId, Partition};

/// Beginnings that EKS refuses in groups and user names.
const RESERVED_PREFIXES: [&str; 5] = ["system:", "eks:", "aws:", "amazon:", "iam:"];
/// What EKS replaces by the session's name: with Identity Center the user's name,
/// in which `-` stands for `@`.
const SESSION_NAME: &str = "{{SessionName}}";
/// What EKS replaces by the number of the role's account.
const ACCOUNT_ID: &str = "{{AccountID}}";
/// The session's name as it is.
const SESSION_NAME_RAW: &str = "{{SessionNameRaw}}";
/// What is replaced in a user name of an access entry.
const OF_ACCESS_ENTRIES: [&str; 1] = [SESSION_NAME];
/// What aws-auth replaces, and access entries perhaps: AWS's guide names the first, and its users say that it stays as it is
/// (aws/containers-roadmap#2386); of the second nothing is written.
const DOUBTFUL_IN_ACCESS_ENTRIES: [&str; 2] = [SESSION_NAME_RAW, ACCOUNT_ID];
/// What aws-iam-authenticator replaces in user names and groups of aws-auth.
const OF_AWS_AUTH: [&str; 5] = [
    SESSION_NAME,
    SESSION_NAME_RAW,
    ACCOUNT_ID,
    "{{AccessKeyID}}",
    "{{EC2PrivateDNSName}}",
];

/// Checks a Kubernetes group.
///
/// # Errors
/// The text is empty or begins with a prefix that EKS reserves; `system:masters`
/// gets a message that says what takes its place.
pub fn validate_group(text: &str) -> Result<(), Invalid> {
    if text.is_empty() {
        return Err(Invalid::new(
            "A Kubernetes group is empty: give the name of a group that a RoleBinding or ClusterRoleBinding names, or leave it out.",
        ));
    }
    if text == "system:masters" {
        return Err(Invalid::new(
            "\"system:masters\" cannot be given by an access entry. What it allows is the access policy AmazonEKSClusterAdminPolicy:\n  access_policies = {\n    AmazonEKSClusterAdminPolicy = { scope = \"cluster\" }\n  }",
        ));
    }
    if let Some(placeholder) = placeholders(text).first() {
        return Err(Invalid::new(format!(
            "The Kubernetes group {text:?} holds {placeholder}, and EKS replaces nothing in groups: give the name of a group as RBAC binds it."
        )));
    }
    match reserved_prefix(text) {
        None => Ok(()),
        Some(prefix) => Err(Invalid::new(format!(
            "The Kubernetes group {text:?} begins with {prefix:?}, and EKS reserves the beginnings \"system:\", \"eks:\", \"aws:\", \"amazon:\" and \"iam:\": bind a group of another name, or use an access policy (instead of \"system:masters\": AmazonEKSClusterAdminPolicy with scope = \"cluster\")."
        ))),
    }
}

/// Checks a Kubernetes user name.
///
/// # Errors
/// The text is empty, begins with a prefix that EKS reserves, has no colon
/// anywhere before `{{SessionName}}`, or holds a placeholder that EKS does not know.
pub fn validate_user_name(text: &str) -> Result<(), Invalid> {
    if text.is_empty() {
        return Err(Invalid::new(
            "The user name is empty: leave user_name out to have the one that EKS makes of the role and the session, or give one like \"sso:{{SessionName}}\".",
        ));
    }
    if let Some(prefix) = reserved_prefix(text) {
        return Err(Invalid::new(format!(
            "The user name {text:?} begins with {prefix:?}, and EKS reserves the beginnings \"system:\", \"eks:\", \"aws:\", \"amazon:\" and \"iam:\": use another beginning, for example \"sso:{{{{SessionName}}}}\"."
        )));
    }
    let may_be_known = |found: &&str| OF_ACCESS_ENTRIES.contains(found) || DOUBTFUL_IN_ACCESS_ENTRIES.contains(found);
    if let Some(placeholder) = placeholders(text).iter().find(|found| !may_be_known(found)) {
        return Err(unknown_placeholder(
            &format!("The user name {text:?}"),
            placeholder,
            &OF_ACCESS_ENTRIES,
        ));
    }
    match text.find(SESSION_NAME) {
        Some(at) if !text[..at].contains(':') => Err(Invalid::new(format!(
            "The user name {text:?} has no colon before {SESSION_NAME}, and EKS demands one, so that nobody can pick a name that is somebody else's: write for example \"sso:{SESSION_NAME}\"."
        ))),
        _ => Ok(()),
    }
}

/// What to say of a placeholder in the user name of an access entry of which it is not known whether EKS replaces it.
pub fn doubtful_placeholder(text: &str) -> Option<String> {
    let found = DOUBTFUL_IN_ACCESS_ENTRIES.into_iter().find(|doubtful| text.contains(doubtful))?;
    let way_out = match found {
        ACCOUNT_ID => "Write the number of the account instead.".to_owned(),
        _ => format!(
            "AWS's guide names it, and its users say that it stays as it is. {SESSION_NAME} is replaced, with \"-\" for \"@\". What it comes to, \
             kubectl auth whoami shows."
        ),
    };
    Some(format!(
        "The user name {text:?} holds {found}, which EKS replaces in aws-auth, and perhaps not in access entries. {way_out}"
    ))
}

/// Checks the placeholders of a user name or a group of aws-auth; `subject` names it: "The user name \"a\"".
///
/// # Errors
/// One that aws-iam-authenticator does not know.
pub fn validate_placeholders_of_aws_auth(subject: &str, text: &str) -> Result<(), Invalid> {
    match placeholders(text).iter().find(|found| !OF_AWS_AUTH.contains(found)) {
        Some(placeholder) => Err(unknown_placeholder(subject, placeholder, &OF_AWS_AUTH)),
        None => Ok(()),
    }
}

/// What looks like a placeholder: `{{SessionName}}`, and also one that does not end.
fn placeholders(text: &str) -> Vec<&str> {
    let starts = text.match_indices("{{").map(|(at, _)| &text[at..]);
    starts
        .map(|rest| rest.find("}}").map_or(rest, |end| &rest[..end + "}}".len()]))
        .collect()
}

fn unknown_placeholder(subject: &str, placeholder: &str, known: &[&str]) -> Invalid {
    let name = |placeholder: &str| placeholder.trim_matches(['{', '}', ' ']).to_owned();
    let names: Vec<String> = known.iter().map(|known| name(known)).collect();
    let near = nearest(&name(placeholder), names.iter().map(String::as_str));
    let way_out = match near.first() {
        Some(near) => format!("did you mean {{{{{near}}}}}?"),
        None => format!("expected {}.", known.join(" or ")),
    };
    Invalid::new(format!(
        "{subject} holds {placeholder}, which EKS does not know and leaves as it is: {way_out}"
    ))
}

fn reserved_prefix(text: &str) -> Option<&'static str> {
    RESERVED_PREFIXES.into_iter().find(|prefix| text.starts_with(prefix))
}

/// The user name that EKS makes for a role's STANDARD entry if none is given. The
/// role's path is not in it.
pub fn default_user_name(role: &RoleArn) -> String {
    format!(
        "arn:{}:sts::{}:assumed-role/{}/{SESSION_NAME}",
        role.partition(),
        role.account(),
        role.name()
    )
}

/// The user name that EKS makes for whatever principal: a user's is the ARN.
pub fn default_user_name_of(principal: &AccessEntryPrincipal) -> String {
    match principal {
        AccessEntryPrincipal::Role(role) => default_user_name(role),
        AccessEntryPrincipal::User(user) => user.to_string(),
    }
}

/// Whether a user name has the form of those that EKS makes, for whatever principal.
pub fn is_generated_user_name(user_name: &str) -> bool {
    let is_generated = |arn: ArnParts<'_>| {
        arn.service == "sts" && arn.resource.starts_with("assumed-role/") || arn.service == "iam" && arn.resource.starts_with("user/")
    };
    ArnParts::split(user_name).is_some_and(is_generated)
}

/// Whether a user name is the one that EKS makes for this principal, in any partition.
pub fn is_default_user_name_of(user_name: &str, principal: &AccessEntryPrincipal) -> bool {
    match principal {
        AccessEntryPrincipal::Role(role) => is_default_user_name(user_name, role.name()),
        AccessEntryPrincipal::User(user) => matches!(
            AccessEntryPrincipal::parse(user_name),
            Ok(AccessEntryPrincipal::User(named)) if named.account() == user.account() && named.name() == user.name()
        ),
    }
}

/// Whether a user name is the one that EKS makes for the role of this name, in any
/// partition and account. For the account's number it may have the template that EKS
/// replaces by it.
pub fn is_default_user_name(user_name: &str, role_name: &str) -> bool {
    ArnParts::split(user_name).is_some_and(|arn| {
        let mut parts = arn.resource.splitn(3, '/');
        arn.service == "sts"
            && arn.region.is_empty()
            && Partition::parse(arn.partition).is_ok()
            && (arn.account == ACCOUNT_ID || AccountId::parse(arn.account).is_ok())
            && parts.next() == Some("assumed-role")
            && parts.next() == Some(role_name)
            && parts.next() == Some(SESSION_NAME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::check_invalid;

    #[test]
    fn ok_groups() {
        for group in ["team-payments", "system", "masters:system:", "oidc:devs"] {
            assert_eq!(validate_group(group), Ok(()));
        }
    }

    #[test]
    fn err_groups() {
        check_invalid(
            validate_group("team-{{SessionName}}"),
            r#"The Kubernetes group "team-{{SessionName}}" holds {{SessionName}}, and EKS replaces nothing in groups: give the name of a group as RBAC binds it."#,
        );
        check_invalid(
            validate_group(""),
            "A Kubernetes group is empty: give the name of a group that a RoleBinding or ClusterRoleBinding names, or leave it out.",
        );
        check_invalid(
            validate_group("system:masters"),
            "\"system:masters\" cannot be given by an access entry. What it allows is the access policy AmazonEKSClusterAdminPolicy:\n  access_policies = {\n    AmazonEKSClusterAdminPolicy = { scope = \"cluster\" }\n  }",
        );
        check_invalid(
            validate_group("system:authenticated"),
            r#"The Kubernetes group "system:authenticated" begins with "system:", and EKS reserves the beginnings "system:", "eks:", "aws:", "amazon:" and "iam:": bind a group of another name, or use an access policy (instead of "system:masters": AmazonEKSClusterAdminPolicy with scope = "cluster")."#,
        );
        check_invalid(
            validate_group("eks:devs"),
            r#"The Kubernetes group "eks:devs" begins with "eks:", and EKS reserves the beginnings "system:", "eks:", "aws:", "amazon:" and "iam:": bind a group of another name, or use an access policy (instead of "system:masters": AmazonEKSClusterAdminPolicy with scope = "cluster")."#,
        );
        for prefix in ["aws:", "amazon:", "iam:"] {
            assert!(validate_group(&format!("{prefix}x")).is_err(), "{prefix}");
        }
    }

    #[test]
    fn ok_user_names() {
        for name in [
            "sso:{{SessionName}}",
            "ann",
            "a:b-{{SessionName}}",
            "arn:aws:sts::222233334444:assumed-role/Dev/{{SessionName}}",
            "sts:x",
            "role",
        ] {
            assert_eq!(validate_user_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn err_user_names() {
        check_invalid(
            validate_user_name(""),
            r#"The user name is empty: leave user_name out to have the one that EKS makes of the role and the session, or give one like "sso:{{SessionName}}"."#,
        );
        check_invalid(
            validate_user_name("system:node:x"),
            r#"The user name "system:node:x" begins with "system:", and EKS reserves the beginnings "system:", "eks:", "aws:", "amazon:" and "iam:": use another beginning, for example "sso:{{SessionName}}"."#,
        );
        check_invalid(
            validate_user_name("{{SessionName}}"),
            r#"The user name "{{SessionName}}" has no colon before {{SessionName}}, and EKS demands one, so that nobody can pick a name that is somebody else's: write for example "sso:{{SessionName}}"."#,
        );
        check_invalid(
            validate_user_name("{{SessionName}}:x"),
            r#"The user name "{{SessionName}}:x" has no colon before {{SessionName}}, and EKS demands one, so that nobody can pick a name that is somebody else's: write for example "sso:{{SessionName}}"."#,
        );
        for doubtful in ["sso:{{SessionNameRaw}}", "{{AccountID}}:{{SessionName}}"] {
            assert_eq!(validate_user_name(doubtful), Ok(()), "{doubtful}");
            assert!(doubtful_placeholder(doubtful).is_some(), "{doubtful}");
        }
        assert_eq!(doubtful_placeholder("sso:{{SessionName}}"), None);
        for (name, expected) in [
            (
                "sso:{{sessionname}}",
                "holds {{sessionname}}, which EKS does not know and leaves as it is: did you mean {{SessionName}}?",
            ),
            (
                "sso:{{ SessionName }}",
                "holds {{ SessionName }}, which EKS does not know and leaves as it is: did you mean {{SessionName}}?",
            ),
            (
                "x:{{EC2PrivateDNSName}}",
                "holds {{EC2PrivateDNSName}}, which EKS does not know and leaves as it is: expected {{SessionName}}.",
            ),
            (
                "sso:{{SessionName",
                "holds {{SessionName, which EKS does not know and leaves as it is: did you mean {{SessionName}}?",
            ),
        ] {
            check_invalid(validate_user_name(name), &format!("The user name {name:?} {expected}"));
        }
        for prefix in ["eks:", "aws:", "amazon:", "iam:"] {
            assert!(validate_user_name(&format!("{prefix}x")).is_err(), "{prefix}");
        }
    }

    #[test]
    fn placeholders_of_aws_auth_are_those_of_the_authenticator() {
        for known in ["a", "{{AccountID}}:{{SessionNameRaw}}", "{{AccessKeyID}}", "{{SessionName}}"] {
            assert_eq!(validate_placeholders_of_aws_auth("It", known), Ok(()), "{known}");
        }
        check_invalid(
            validate_placeholders_of_aws_auth("It", "{{SessionName}}-{{accountid}}"),
            "It holds {{accountid}}, which EKS does not know and leaves as it is: did you mean {{AccountID}}?",
        );
        check_invalid(
            validate_placeholders_of_aws_auth("It", "{{Email}}"),
            "It holds {{Email}}, which EKS does not know and leaves as it is: expected {{SessionName}} or {{SessionNameRaw}} or {{AccountID}} or {{AccessKeyID}} or {{EC2PrivateDNSName}}.",
        );
    }

    #[test]
    fn the_default_user_name_has_no_path() {
        let role = RoleArn::parse("arn:aws-cn:iam::222233334444:role/a/b/Dev").unwrap();
        let name = default_user_name(&role);
        assert_eq!(name, "arn:aws-cn:sts::222233334444:assumed-role/Dev/{{SessionName}}");
        assert!(is_default_user_name(&name, "Dev"));
        assert_eq!(validate_user_name(&name), Ok(()));
    }

    #[test]
    fn default_user_names() {
        #[track_caller]
        fn check(name: &str, expected: bool) {
            assert_eq!(is_default_user_name(name, "Dev"), expected, "{name}");
        }
        check("arn:aws:sts::222233334444:assumed-role/Dev/{{SessionName}}", true);
        check("arn:aws-us-gov:sts::111122223333:assumed-role/Dev/{{SessionName}}", true);
        check("arn:aws:sts::{{AccountID}}:assumed-role/Dev/{{SessionName}}", true);
        check("arn:aws:sts::{{AccountID}}:assumed-role/Dev2/{{SessionName}}", false);
        check("arn:aws:sts::{{SessionName}}:assumed-role/Dev/{{SessionName}}", false);
        check("arn:aws:sts::222233334444:assumed-role/Dev2/{{SessionName}}", false);
        check("arn:aws:sts::222233334444:assumed-role/Dev/ann", false);
        check("arn:aws:sts::222233334444:assumed-role/Dev/{{SessionName}}/x", false);
        check("arn:aws:sts::2222:assumed-role/Dev/{{SessionName}}", false);
        check("arn:aws:iam::222233334444:role/Dev", false);
        check("arn:x:sts::222233334444:assumed-role/Dev/{{SessionName}}", false);
        check("sso:{{SessionName}}", false);
        check("", false);
    }

    #[test]
    fn generated_user_names() {
        for (name, expected) in [
            ("arn:aws:sts::222233334444:assumed-role/Dev/{{SessionName}}", true),
            ("arn:aws:sts::222233334444:assumed-role/Dev2/x", true),
            ("arn:aws:iam::222233334444:assumed-role/Dev/x", false),
            ("arn:aws:sts::222233334444:federated-user/ann", false),
            ("sso:{{SessionName}}", false),
        ] {
            assert_eq!(is_generated_user_name(name), expected, "{name}");
        }
    }
}
