//! What a failed call says to people: what was seen, the way out, and last and short what AWS said itself.
//!
//! Prose is left to Terraform, which wraps it. ARNs and commands have lines of their own that begin with a blank: those
//! it leaves alone.

use crate::aws::error::{AwsError, ErrorKind, FailedAssumeRole, RefusingCluster};
use crate::aws::kubernetes_answer::SERVICE as KUBERNETES;
use crate::domain::duration::format_duration;
use crate::page;
use std::time::Duration;

/// How STS refuses a long session for a caller that is a session of a role itself.
const ROLE_CHAINING: &str = "role chaining";
/// The operation whose caller is anyone who has the token.
const WEB_IDENTITY: &str = "AssumeRoleWithWebIdentity";
/// The most characters of AWS's own text that are shown. Its texts are shorter, but for some that quote a policy.
const LONGEST_QUOTE: usize = 400;

/// The one wording for credentials that are over.
pub(super) const EXPIRED: &str = "The session of these credentials has expired. Sign in again, then run Terraform again.";
/// The same for a token that somebody else issued: nobody signs in for that.
const EXPIRED_WEB_IDENTITY: &str =
    "The web identity token has expired. Get a new one (in CI, run the job again), then run Terraform again.";
/// How a sign-in to Identity Center is said to be over, or not to have begun: by the SDK of its cached token, and by the
/// portal.
const SIGNED_OUT: [&str; 5] = [
    "SSO token has expired",
    "UnauthorizedException",
    "cached SSO token",
    "sso/cache",
    "sso\\cache",
];
/// What was awaited is none of the user's concern then.
const AFTER_A_STOP: &str = "Terraform was interrupted. What was written by then is in the state; plan again to go on.";
const EXPLICIT_DENY: &str = "A policy denies this explicitly: a service control policy of the organization, a permissions boundary, or a Deny \
     statement. Allowing it elsewhere does not help. Ask those who own that policy, or use credentials that it does not cover.";

impl AwsError {
    /// At length, for those who hear of it first in this run.
    #[must_use]
    pub fn explanation(&self) -> String {
        match &self.assume_role {
            _ if self.kind == ErrorKind::Stopped => AFTER_A_STOP.to_owned(),
            Some(failed) => {
                let unanswered = if self.status.is_none() { self.unanswered() } else { String::new() };
                join(&[self.refused_role(failed), unanswered, self.role_checklist(failed), self.quote()])
            }
            None => self.explained_by(self.way_out()),
        }
    }

    /// The facts, with a way out that the caller knows better.
    #[must_use]
    pub fn explained_by(&self, way_out: impl Into<String>) -> String {
        join(&[self.seen(), way_out.into(), self.quote()])
    }

    /// For those who were told before: a role that cannot be assumed, in one line and its ARN. Other errors are explained.
    #[must_use]
    pub fn reminder(&self) -> String {
        match &self.assume_role {
            _ if self.kind == ErrorKind::Stopped => AFTER_A_STOP.to_owned(),
            Some(failed) => format!(
                "{} on sts:{} of\n  {}\nAnother error of this run has the checklist.",
                self.outcome(),
                self.operation,
                failed.role_arn
            ),
            None => self.explanation(),
        }
    }

    /// "AccessDenied", or that there was no answer.
    fn outcome(&self) -> &str {
        self.code.as_deref().unwrap_or("No answer")
    }

    fn refused_role(&self, failed: &FailedAssumeRole) -> String {
        let caller = failed.caller_arn.as_deref().unwrap_or("the provider's credentials");
        let (outcome, operation) = (self.outcome(), self.operation);
        format!("{outcome} on sts:{operation} of\n  {}\n  as {caller}", failed.role_arn)
    }

    /// What to check, in which order, about a role that cannot be assumed.
    fn role_checklist(&self, failed: &FailedAssumeRole) -> String {
        if self.is_explicit_deny() {
            return EXPLICIT_DENY.to_owned();
        }
        if self.kind == ErrorKind::Unreachable {
            return "STS gave no answer: check DNS, http_proxy and https_proxy, custom_ca_bundle, and the endpoint (sts_region, endpoints)."
                .to_owned();
        }
        if let Some(credentials) = self.bad_credentials() {
            return credentials.to_owned();
        }
        if self.status.is_none() {
            return String::new();
        }
        if self.message.contains(ROLE_CHAINING) {
            return "The caller is an assumed role itself, and AWS ends a session that one role starts from another after 1h. Set duration to \
                    \"1h\" or less, or remove it: credentials are renewed automatically."
                .to_owned();
        }
        if self.operation == WEB_IDENTITY {
            return "Check in this order:\n  1. The role exists under exactly this ARN, path included.\n  2. Its trust policy names the identity \
                    provider that issued the token,\n     with the token's audience and subject, and allows\n     \
                    sts:AssumeRoleWithWebIdentity.\n  3. The role's account has that identity provider in IAM.\n  4. The token has not \
                    expired.\n  5. No service control policy forbids it."
                .to_owned();
        }
        let external_id = if failed.external_id {
            "The external_id is the one that the trust policy asks for."
        } else {
            "The trust policy asks for no external_id (none is configured)."
        };
        format!(
            "Check in this order:\n  1. The role exists under exactly this ARN, path included.\n  2. Its trust policy names the caller, and \
             allows sts:TagSession and\n     sts:SetSourceIdentity where tags or source_identity are set.\n  3. {external_id}\n  4. The \
             caller may call sts:AssumeRole on the role.\n  5. No service control policy forbids it."
        )
    }

    /// What was seen, where AWS's own words are not enough.
    fn seen(&self) -> String {
        match self.kind {
            ErrorKind::AccessDenied if self.service == KUBERNETES => String::new(),
            ErrorKind::AccessDenied => self.denied(),
            // What it was that waited helps nobody.
            ErrorKind::Stopped => String::new(),
            _ if self.status.is_none() => self.unanswered(),
            _ => String::new(),
        }
    }

    fn denied(&self) -> String {
        let action = self.denied_action().unwrap_or_else(|| self.operation.to_owned());
        let refusal = Refusal::parse(&self.message);
        let line = |word: &str, text: Option<&str>| text.map_or_else(String::new, |text| format!("\n  {word} {text}"));
        format!("Not allowed: {action}{}{}", line("as", refusal.user), line("on", refusal.resource))
    }

    fn unanswered(&self) -> String {
        if self.operation.is_empty() {
            return self.message.clone();
        }
        format!("{} {}: {}", self.service, self.operation, self.message)
    }

    /// What to do, as far as the kind of the error tells.
    fn way_out(&self) -> String {
        match self.bad_credentials() {
            Some(text) => text.to_owned(),
            None if self.service == KUBERNETES => self.way_out_of_kubernetes(),
            None => self.way_out_of_aws(),
        }
    }

    /// What is wrong with the credentials themselves, by AWS's code.
    #[must_use]
    pub fn bad_credentials(&self) -> Option<&'static str> {
        Some(match self.code.as_deref()? {
            "ExpiredToken" | "ExpiredTokenException" if self.operation == WEB_IDENTITY => EXPIRED_WEB_IDENTITY,
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => EXPIRED,
            "InvalidClientTokenId" | "UnrecognizedClientException" => {
                "AWS does not know this access key: it was deleted, is of another partition, or is temporary and AWS_SESSION_TOKEN (token) is \
                 not set."
            }
            "SignatureDoesNotMatch" | "InvalidSignatureException" => {
                "The secret key does not belong to this access key, or this machine's clock is wrong."
            }
            _ => return None,
        })
    }

    fn way_out_of_aws(&self) -> String {
        match self.kind {
            _ if let Some(cluster) = &self.cluster => self.way_out_of_refusal(cluster),
            ErrorKind::AccessDenied if self.is_explicit_deny() => EXPLICIT_DENY.to_owned(),
            ErrorKind::AccessDenied => format!("The policies that planning and applying need:\n  {}", page::permissions()),
            ErrorKind::Throttled => {
                "AWS limits how often it may be asked, and all retries, or the time for them, were used up. Run Terraform again, or raise \
                 max_retries in the provider block, and timeouts where the block has them."
                    .to_owned()
            }
            ErrorKind::NotFromAws => {
                "A proxy or a sign-in page answers in AWS's place: open a browser to sign in to the network, or correct https_proxy and \
                 no_proxy (or the endpoint that is set). Whether AWS got the request is not known, so nothing is taken to be done or gone. \
                 Then run Terraform again."
                    .to_owned()
            }
            ErrorKind::Unreachable => {
                "Check the network path from here to AWS: proxy, DNS, VPC endpoint, custom_ca_bundle, and endpoints that are set. Nothing is taken to \
                 be gone because of this."
                    .to_owned()
            }
            ErrorKind::CredentialsEnd => {
                "The provider does not start changes with credentials that are about to expire. Completed changes are in the state; resources \
                 with an error were not applied, or only in part. Sign in again, or use credentials that renew themselves (a profile, a role \
                 of the machine), then run Terraform again: it goes on with the rest."
                    .to_owned()
            }
            ErrorKind::LimitExceeded if self.operation == "AssociateAccessPolicy" => {
                "EKS takes no more policies for one access entry. Name fewer in access_policies (on a shared entry those of others count, too), \
                 or ask AWS for a higher quota, then apply again."
                    .to_owned()
            }
            ErrorKind::LimitExceeded => "The quota of access entries of this cluster (3,000 unless AWS raised it) is used up: remove entries that \
                 nobody uses, then apply again. Nothing was removed for it."
                .to_owned(),
            ErrorKind::NotFound if self.operation == "ListPermissionSets" => {
                "Identity Center does not know instance_arn of the identity_center block there. Correct it, or its region to Identity Center's \
                 home Region; without instance_arn the only instance is found."
                    .to_owned()
            }
            ErrorKind::NoWayToAccount => "Or use credentials of that account.".to_owned(),
            // These texts already tell what is wrong, and the callers know the way out.
            ErrorKind::NotFound
            | ErrorKind::AlreadyExists
            | ErrorKind::InvalidRequest
            | ErrorKind::InvalidParameter
            | ErrorKind::AccountNotAllowed
            | ErrorKind::CannotAssume
            | ErrorKind::Conflict
            | ErrorKind::Unauthorized
            | ErrorKind::AnswerLost
            | ErrorKind::Stopped
            | ErrorKind::Other => String::new(),
        }
    }

    /// What to do about a cluster whose state stands in the way.
    fn way_out_of_refusal(&self, cluster: &RefusingCluster) -> String {
        let waited = format_duration(Duration::from_secs(cluster.waited.as_secs_f64().round() as u64));
        let is_deletion = self.operation == "DeleteAccessEntry";
        match &*cluster.status {
            "FAILED" if is_deletion => {
                "The cluster has the status FAILED, in which EKS deletes no access entries. Repair the cluster, or delete it, which ends \
                 its entries too; then run Terraform again."
                    .to_owned()
            }
            "DELETING" if is_deletion => format!(
                "The cluster has the status DELETING. Its access entries end with it, so Terraform waited {waited} until it is gone \
                 (timeouts). Run Terraform again once it is gone, or raise the timeouts."
            ),
            status @ ("FAILED" | "DELETING") => {
                format!(
                    "The cluster has the status {status}, in which EKS changes no access entries. Repair or replace the cluster, then \
                         apply again."
                )
            }
            "ACTIVE" => format!(
                "Terraform tried for {waited} (timeouts), and EKS refused each time, though the cluster is ACTIVE again by now. Run \
                 Terraform again."
            ),
            status => format!(
                "The cluster has the status {status}, and EKS refuses this meanwhile. Terraform tried for {waited} (timeouts). Run it again \
                 once the cluster is ACTIVE, or raise the timeouts."
            ),
        }
    }

    fn way_out_of_kubernetes(&self) -> String {
        match self.kind {
            ErrorKind::AccessDenied => self.kubernetes_denied(),
            ErrorKind::Unreachable if self.is_untrusted_certificate() => {
                "The certificate that was shown is not of the cluster's authority. This usually means that a proxy is intercepting TLS: set \
                 custom_ca_bundle, or the environment variable AWS_CA_BUNDLE, to a PEM file with the proxy's authority."
                    .to_owned()
            }
            ErrorKind::Unreachable => {
                "The Kubernetes API could not be reached, so nothing is taken to be gone. If the cluster's endpoint is private, run Terraform where \
                 its VPC can be reached, or allow public access from here; behind a proxy, set https_proxy (or HTTPS_PROXY, and no_proxy)."
                    .to_owned()
            }
            ErrorKind::AnswerLost if self.operation == "GetConfigMap" => {
                "The Kubernetes API was connected to, but did not answer in time. Nothing is taken to be gone because of this. Plan again; if it \
                 stays so, look at what is on the way (a proxy, a firewall), and at the cluster's control plane."
                    .to_owned()
            }
            ErrorKind::AnswerLost => {
                "The Kubernetes API was connected to, but gave no answer that can be used. Apply again: the next plan looks at what is there.".to_owned()
            }
            _ => self.way_out_of_aws(),
        }
    }

    /// RBAC allows by verb, and a create cannot be limited to a name.
    fn kubernetes_denied(&self) -> String {
        let (verb, name) = match self.operation {
            "CreateConfigMap" => ("create", ""),
            "UpdateConfigMap" => ("update", " \"aws-auth\""),
            _ => ("get", " \"aws-auth\""),
        };
        format!(
            "Kubernetes knows the caller, but does not let it {verb} the ConfigMap{name} in kube-system. Bind a Role with the verbs get, update \
             and create on configmaps there to its user or group."
        )
    }

    /// Whoever answered, in their own words: last and short.
    fn quote(&self) -> String {
        let Some(status) = self.status else { return String::new() };
        let Some(code) = &self.code else {
            return format!(
                "{} {} answered {status}: {}",
                self.service,
                self.operation,
                shortened(&self.message)
            );
        };
        let refusal = Refusal::parse(&self.message);
        let text = match self.kind {
            // All of it was said above.
            ErrorKind::AccessDenied | ErrorKind::CannotAssume if refusal.user.is_some() && refusal.reason.is_none() => "not authorized",
            ErrorKind::AccessDenied => Refusal::parse(&self.message)
                .reason
                .map_or(&*self.message, |reason| reason.trim_start_matches("because ")),
            _ => &self.message,
        };
        let speaker = if self.service == KUBERNETES { KUBERNETES } else { "AWS" };
        let request_id = self
            .request_id
            .as_deref()
            .map(|id| format!(", request id {id}"))
            .unwrap_or_default();
        format!("{speaker}: {} ({} {status} {code}{request_id})", shortened(text), self.operation)
    }
}

/// What is said where a profile of Identity Center gives no credentials because its user has to sign in; `None` where that is not why.
pub(super) fn signed_out(profile: &str, message: &str) -> Option<String> {
    let is_signed_out = SIGNED_OUT.iter().any(|text| message.contains(text));
    is_signed_out.then(|| {
        format!(
            "The session of the profile {profile:?} in IAM Identity Center has expired, or there is none yet. Sign in again, then run \
             Terraform again.\n  aws sso login --profile {profile}"
        )
    })
}

/// The parts of "User: U is not authorized to perform: A on resource: R because …".
#[derive(Debug, Default, PartialEq, Eq)]
struct Refusal<'a> {
    user: Option<&'a str>,
    resource: Option<&'a str>,
    reason: Option<&'a str>,
}

impl<'a> Refusal<'a> {
    fn parse(message: &'a str) -> Self {
        let reason_at = ["because ", "with an explicit deny"].iter().find_map(|mark| message.find(mark));
        let (before, reason) = match reason_at {
            Some(at) => (&message[..at], Some(&message[at..])),
            None => (message, None),
        };
        let after = |mark| {
            before
                .split_once(mark)
                .map(|(_, rest)| rest.trim_end().trim_end_matches([',', '.']))
        };
        let user = after("User: ").and_then(|rest| rest.split_whitespace().next());
        Self {
            user,
            resource: after("on resource: "),
            // Without the user it is not this form, and the whole message is the reason.
            reason: user.and(reason),
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Paragraphs, without the empty ones.
fn join(paragraphs: &[String]) -> String {
    let said: Vec<&str> = paragraphs.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    said.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::told::Told;

    const ROLE: &str = "arn:aws:iam::222233334444:role/eks";

    fn answered(service: &'static str, operation: &'static str, kind: ErrorKind, code: &str, message: &str) -> AwsError {
        AwsError {
            code: Some(code.to_owned()),
            status: Some(403),
            request_id: Some("11-22".into()),
            ..AwsError::local(service, operation, kind, message)
        }
    }

    fn denied(reason: &str) -> AwsError {
        let message = format!(
            "User: arn:aws:sts::222233334444:assumed-role/Plan/ci is not authorized to perform: eks:DescribeAccessEntry on resource: \
             arn:aws:eks:eu-west-1:222233334444:access-entry/c/role/222233334444/x/1 {reason}"
        );
        answered(
            "EKS",
            "DescribeAccessEntry",
            ErrorKind::AccessDenied,
            "AccessDeniedException",
            &message,
        )
    }

    fn refused(error: AwsError, external_id: bool) -> AwsError {
        let failed = FailedAssumeRole {
            role_arn: ROLE.to_owned(),
            caller_arn: Some("arn:aws:iam::111122223333:user/x".to_owned()),
            external_id,
            told: Told::default(),
        };
        AwsError {
            assume_role: Some(Box::new(failed)),
            ..error
        }
    }

    #[test]
    fn denial_names_action_caller_and_resource_and_ends_with_the_reason() {
        let text = denied("because no identity-based policy allows the eks:DescribeAccessEntry action").explanation();
        let expected = format!(
            "Not allowed: eks:DescribeAccessEntry\n  as arn:aws:sts::222233334444:assumed-role/Plan/ci\n  on \
             arn:aws:eks:eu-west-1:222233334444:access-entry/c/role/222233334444/x/1\n\nThe policies that planning and applying need:\n  {}\n\n\
             AWS: no identity-based policy allows the eks:DescribeAccessEntry action (DescribeAccessEntry 403 AccessDeniedException, request \
             id 11-22)",
            page::permissions()
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn explicit_deny_is_not_answered_with_advice_to_allow() {
        let text = denied("with an explicit deny in a service control policy").explanation();
        assert!(text.contains(EXPLICIT_DENY) && !text.contains(&page::permissions()), "{text}");
        assert!(
            text.contains("AWS: with an explicit deny in a service control policy (Desc"),
            "{text}"
        );
        let role = answered("STS", "AssumeRole", ErrorKind::CannotAssume, "AccessDenied", "no: explicit deny");
        let text = refused(role, false).explanation();
        assert!(text.contains(EXPLICIT_DENY) && !text.contains("may call sts:AssumeRole"), "{text}");
    }

    #[test]
    fn refusal_in_another_form_is_quoted_whole() {
        let error = answered("IAM", "ListRoles", ErrorKind::AccessDenied, "AccessDenied", "No, because I say so.");
        let text = error.explanation();
        assert!(text.starts_with("Not allowed: iam:ListRoles\n\n"), "{text}");
        assert!(
            text.ends_with("AWS: No, because I say so. (ListRoles 403 AccessDenied, request id 11-22)"),
            "{text}"
        );
    }

    #[test]
    fn aws_is_quoted_short() {
        let long = answered("EKS", "TagResource", ErrorKind::Other, "X", &"x".repeat(5000));
        assert!(long.explanation().len() < 500);
    }

    #[test]
    fn cause_is_one_line_for_those_who_were_told() {
        let error = refused(answered("STS", "AssumeRole", ErrorKind::CannotAssume, "AccessDenied", "no"), false);
        assert_eq!(
            error.reminder(),
            format!("AccessDenied on sts:AssumeRole of\n  {ROLE}\nAnother error of this run has the checklist.")
        );
        assert!(error.is_first_to_tell());
        assert!(!error.clone().is_first_to_tell());
        let stopped = AwsError {
            kind: ErrorKind::Stopped,
            ..error
        };
        assert_eq!(stopped.reminder(), AFTER_A_STOP, "nobody else tells the checklist after a stop");
    }

    #[test]
    fn an_error_of_ours_names_no_operation_where_none_was_called() {
        let error = AwsError::local("AWS", "", ErrorKind::Other, "No such thing.");
        assert_eq!(error.to_string(), "No such thing.");
        assert_eq!(error.explanation(), error.to_string());
        assert_eq!(error.reminder(), error.to_string());
        assert!(error.is_first_to_tell() && error.is_first_to_tell());
    }

    #[test]
    fn what_to_check_depends_on_how_the_role_was_refused() {
        #[track_caller]
        fn check(error: AwsError, external_id: bool, expected: &str) {
            let text = refused(error, external_id).explanation();
            let opening = format!("of\n  {ROLE}\n  as arn:aws:iam::111122223333:user/x");
            assert!(text.contains(&opening) && text.contains(expected), "{text}");
        }
        let no = |operation, text: &str| answered("STS", operation, ErrorKind::CannotAssume, "AccessDenied", text);
        check(no("AssumeRole", "no"), false, "4. The caller may call sts:AssumeRole");
        check(no("AssumeRole", "no"), false, "The trust policy asks for no external_id");
        check(no("AssumeRole", "no"), true, "The external_id is the one");
        check(no("AssumeRole", "not for role chaining"), false, "one role starts from another");
        check(no(WEB_IDENTITY, "no"), false, "provider that issued the token");
        let expired = AwsError {
            code: Some("ExpiredToken".to_owned()),
            ..no("AssumeRole", "no")
        };
        check(expired.clone(), false, "has expired. Sign in again");
        let token = AwsError {
            operation: WEB_IDENTITY,
            ..expired
        };
        check(token, false, "The web identity token has expired. Get a new one");
        let unheard = AwsError::local("STS", "AssumeRole", ErrorKind::Unreachable, "dns error");
        check(unheard, false, "STS gave no answer: check DNS");
    }

    #[test]
    fn each_fault_of_credentials_has_words_of_its_own() {
        let told = |code: &str| answered("STS", "GetCallerIdentity", ErrorKind::Other, code, "no").explanation();
        assert!(told("ExpiredToken").contains("has expired. Sign in again"));
        assert!(told("InvalidClientTokenId").contains("does not know this access key"));
        assert!(told("UnrecognizedClientException").contains("does not know this access key"));
        assert!(told("SignatureDoesNotMatch").contains("this machine's clock"));
        assert!(!told("Other").contains("clock"));
    }

    #[test]
    fn no_text_speaks_of_emulators() {
        let source = include_str!("explanation.rs");
        let (texts, _) = source.split_once("mod tests").unwrap();
        assert!(!texts.to_lowercase().contains("emulator"));
    }
}
