//! One error type for every AWS call.
//!
//! AWS answers with codes that its service models do not list (`AccessDeniedException` and
//! `ThrottlingException` on access entries, for two), so errors are told apart by the code's text and never by
//! the variants that an SDK generates.

use crate::aws::told::{Obstacle, Told};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The start of what EKS answers while a role is not known to it yet, and for ever when its path is wrong.
const INVALID_PRINCIPAL: &str = "The specified principalArn is invalid: invalid principal";
/// What EKS answers to any access entry operation on a cluster in CONFIG_MAP mode.
const AUTHENTICATION_MODE: &str = "authentication mode must be set to one of";
/// What EKS answers where the entry, rather than the cluster, is missing.
const ENTRY_NOT_FOUND: &str = "The specified principalArn could not be found";
/// Words by which an `InvalidRequestException` says that the cluster is busy, in small letters. EKS documents no text; these are
/// those of its updates ("currently has update … in progress") and of its service model ("the state of the cluster").
const PASSING: [&str; 10] = [
    "active",
    "being created",
    "being updated",
    "creating",
    "has update",
    "in progress",
    "pending",
    "state of the cluster",
    "try again",
    "updating",
];
/// Words by which it says what no time changes: of a cluster that ends, or of the request. They count before the others.
const LASTING: [&str; 10] = [
    "access entries with a type of",
    "cannot start with",
    "deleting",
    "in failed",
    "is invalid:",
    "is not valid",
    "must not",
    "not allowed",
    "not supported",
    "unsupported",
];
/// How IAM marks a denial that no allow can lift.
const EXPLICIT_DENY: &str = "explicit deny";

/// How TLS says that no authority it knows vouches for a certificate: none of the name, or one with another key.
const UNKNOWN_AUTHORITY: [&str; 2] = ["invalid peer certificate: UnknownIssuer", "invalid peer certificate: BadSignature"];

/// Where the SDK begins to quote a whole request, its body and so a web identity token included, in an error about an
/// endpoint.
const QUOTED_REQUEST: &str = " to request `";

/// Texts of the SDK's wrappers around a cause, which tell a reader nothing.
const SDK_WRAPPERS: [&str; 3] = ["dispatch failure", "other", "connector error"];

/// What kind of failure an [`AwsError`] is, as far as callers act differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The thing asked for does not exist.
    NotFound,
    /// The thing to create exists.
    AlreadyExists,
    /// The request does not fit the present state of the thing (`InvalidRequestException`).
    InvalidRequest,
    /// A parameter is wrong, whatever the state.
    InvalidParameter,
    /// A quota is used up.
    LimitExceeded,
    /// IAM denies the call, or Kubernetes' authorization.
    AccessDenied,
    /// The Kubernetes API does not know the caller.
    Unauthorized,
    /// The thing has changed since it was read.
    Conflict,
    /// Too many requests, after all retries.
    Throttled,
    /// A role that leads to the account cannot be assumed. See [`AwsError::assume_role`].
    CannotAssume,
    /// `allowed_account_ids` or `forbidden_account_ids` rule the account out.
    AccountNotAllowed,
    /// Nothing says how to reach the account.
    NoWayToAccount,
    /// No answer: DNS, connection, TLS or timeout.
    Unreachable,
    /// Credentials have ended, or are about to and cannot be renewed.
    CredentialsEnd,
    /// The Kubernetes API had the request, but its answer did not come: it may have been done.
    AnswerLost,
    /// Something other than AWS answered, a proxy for one: whether AWS did anything is not known.
    NotFromAws,
    /// Terraform asked to stop while this call waited.
    Stopped,
    /// Anything else.
    Other,
}

/// What an error about the present state of things says of another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// The cluster is busy, and will not be.
    Passes,
    /// It will be the same next time.
    Lasts,
    /// The text does not tell.
    Unknown,
}

/// The AssumeRole call that failed, for [`ErrorKind::CannotAssume`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAssumeRole {
    /// The role that was to be assumed.
    pub role_arn: String,
    /// Who tried, where it is known.
    pub caller_arn: Option<String>,
    /// Whether an external id was sent.
    pub external_id: bool,
    /// What the run that it belongs to has explained.
    pub told: Told,
}

/// The cluster that refused a call because of its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusingCluster {
    /// How it was when it last refused.
    pub status: String,
    /// How long the call was tried.
    pub waited: Duration,
}

/// A failed AWS call. Cheap enough to clone: all who waited for one call get the same error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    /// The service as the SDKs name it: `EKS`, `IAM`, `STS`, `SSO Admin`.
    pub service: &'static str,
    /// The operation: `CreateAccessEntry`.
    pub operation: &'static str,
    /// What kind of failure.
    pub kind: ErrorKind,
    /// AWS's error code, where AWS answered.
    pub code: Option<String>,
    /// AWS's text, or what stood in the way of an answer.
    pub message: String,
    /// HTTP status, where AWS answered.
    pub status: Option<u16>,
    /// AWS's request id, where AWS answered.
    pub request_id: Option<Box<str>>,
    /// The assumption that failed, for [`ErrorKind::CannotAssume`].
    pub assume_role: Option<Box<FailedAssumeRole>>,
    /// The cluster whose state stood in the way, where it was looked at.
    pub cluster: Option<Box<RefusingCluster>>,
}

impl AwsError {
    /// An error of ours: AWS was not asked (then the operation is empty, and not shown), or did not answer.
    #[must_use]
    pub fn local(service: &'static str, operation: &'static str, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            service,
            operation,
            kind,
            code: None,
            message: message.into(),
            status: None,
            request_id: None,
            assume_role: None,
            cluster: None,
        }
    }

    /// The error of a call that Terraform's stop request ended.
    #[must_use]
    pub fn stopped(service: &'static str, operation: &'static str) -> Self {
        Self::local(service, operation, ErrorKind::Stopped, "Terraform asked the provider to stop.")
    }

    /// Turns what an SDK client returned into ours. Where the credentials of the call could not be got, the
    /// error is that of getting them.
    pub fn from_sdk<E>(service: &'static str, operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match error {
            SdkError::ServiceError(ref context) => {
                let metadata = context.err().meta();
                let status = context.raw().status().as_u16();
                let code = metadata.code().map(str::to_owned);
                Self {
                    service,
                    operation,
                    kind: kind_of(code.as_deref(), status),
                    message: metadata.message().unwrap_or(no_text(metadata.code())).trim().to_owned(),
                    code,
                    status: Some(status),
                    request_id: request_id(context.raw()),
                    assume_role: None,
                    cluster: None,
                }
            }
            SdkError::ResponseError(_) if let Some(own) = find_own(&error) => Self { service, operation, ..own },
            SdkError::ResponseError(ref context) => Self {
                status: Some(context.raw().status().as_u16()),
                request_id: request_id(context.raw()),
                ..Self::local(service, operation, ErrorKind::Other, chain_text(&error))
            },
            SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) | SdkError::ConstructionFailure(_) => {
                if let Some(inner) = find_own(&error) {
                    return inner;
                }
                // Credentials come from our own providers, so whatever else stops a dispatch is the way to AWS.
                let kind = match &error {
                    SdkError::ConstructionFailure(_) => ErrorKind::Other,
                    _ => ErrorKind::Unreachable,
                };
                Self::local(service, operation, kind, innermost(&error))
            }
            _ => Self::local(service, operation, ErrorKind::Other, chain_text(&error)),
        }
    }

    /// EKS does not take the principal: it has not heard of the role yet, or the ARN lacks its path.
    #[must_use]
    pub fn is_invalid_principal(&self) -> bool {
        self.message.contains(INVALID_PRINCIPAL)
    }

    /// The cluster is in CONFIG_MAP mode, which knows no access entries.
    #[must_use]
    pub fn is_authentication_mode(&self) -> bool {
        self.kind == ErrorKind::InvalidRequest && self.message.contains(AUTHENTICATION_MODE)
    }

    /// The request does not fit the present state of the cluster: what its text says of another try. `None` for all other
    /// errors. (Tag calls have another code.)
    #[must_use]
    pub fn outlook(&self) -> Option<Outlook> {
        if self.code.as_deref() != Some("InvalidRequestException") {
            return None;
        }
        let text = self.message.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        Some(match () {
            () if says(&LASTING) => Outlook::Lasts,
            () if says(&PASSING) => Outlook::Passes,
            () => Outlook::Unknown,
        })
    }

    /// AWS may have done the work all the same: it was not heard, or what it said makes no sense.
    #[must_use]
    pub fn is_without_answer(&self) -> bool {
        let is_failure_of_aws = |status: u16| !(300..500).contains(&status);
        match self.status {
            Some(status) => is_failure_of_aws(status) && self.kind != ErrorKind::Throttled,
            None => matches!(
                self.kind,
                ErrorKind::Unreachable | ErrorKind::AnswerLost | ErrorKind::NotFromAws | ErrorKind::Other
            ),
        }
    }

    /// AWS may answer soon: it was not heard, asks for patience, or is broken for the moment.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        let is_kind = matches!(
            self.kind,
            ErrorKind::Throttled | ErrorKind::Unreachable | ErrorKind::AnswerLost | ErrorKind::NotFromAws
        );
        is_kind && !self.is_untrusted_certificate() || self.status.is_some_and(|status| status >= 500)
    }

    /// The access entry is missing, while the cluster exists.
    #[must_use]
    pub fn is_entry_not_found(&self) -> bool {
        self.kind == ErrorKind::NotFound && self.message.contains(ENTRY_NOT_FOUND)
    }

    /// The server's certificate is of an authority that is not trusted here.
    #[must_use]
    pub fn is_untrusted_certificate(&self) -> bool {
        self.kind == ErrorKind::Unreachable && UNKNOWN_AUTHORITY.iter().any(|text| self.message.contains(text))
    }

    /// A policy denies this outright (a service control policy, for one), so that no allow would help.
    #[must_use]
    pub fn is_explicit_deny(&self) -> bool {
        self.message.contains(EXPLICIT_DENY)
    }

    /// The IAM action that the caller lacks, such as `eks:CreateAccessEntry`; `None` unless the call was denied.
    #[must_use]
    pub fn denied_action(&self) -> Option<String> {
        if self.kind != ErrorKind::AccessDenied {
            return None;
        }
        Some(action_in(&self.message).map_or_else(|| self.guessed_action(), str::to_owned))
    }

    // Some denials have no text, or one that names no action; IAM actions are called as their operation is.
    fn guessed_action(&self) -> String {
        let prefix = match self.service {
            "SSO Admin" => "sso".to_owned(),
            service => service.to_ascii_lowercase(),
        };
        format!("{prefix}:{}", self.operation)
    }

    /// Whether nobody was told yet why this role cannot be assumed. True once in a run for each role, and always for errors
    /// about something else.
    #[must_use]
    pub fn is_first_to_tell(&self) -> bool {
        let is_first = |failed: &FailedAssumeRole| failed.told.is_first(Obstacle::Role(failed.role_arn.clone()));
        self.assume_role.as_deref().is_none_or(is_first)
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.operation.is_empty() {
            write!(f, "{} {}: ", self.service, self.operation)?;
        }
        if let Some(status) = self.status {
            write!(f, "{status} ")?;
        }
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.request_id {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}

impl Error for AwsError {}

/// Not found is a value.
pub(crate) fn found_or_none<T>(result: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What stands for a text that is not there. AWS's own errors have a code at least.
fn no_text(code: Option<&str>) -> &'static str {
    match code {
        Some(_) => "(no message)",
        None => {
            "an answer that is not in AWS's form. It may come from something in between, such as a proxy, or from a wrong endpoint \
             (endpoints, AWS_ENDPOINT_URL)"
        }
    }
}

fn kind_of(code: Option<&str>, status: u16) -> ErrorKind {
    match code.unwrap_or_default() {
        "ResourceNotFoundException" | "NotFoundException" | "NoSuchEntity" | "NoSuchEntityException" => ErrorKind::NotFound,
        "ResourceInUseException" | "EntityAlreadyExists" => ErrorKind::AlreadyExists,
        "InvalidRequestException" | "BadRequestException" => ErrorKind::InvalidRequest,
        "InvalidParameterException" | "ValidationException" | "ValidationError" | "InvalidInput" => ErrorKind::InvalidParameter,
        "ResourceLimitExceededException" | "LimitExceeded" | "ServiceQuotaExceededException" => ErrorKind::LimitExceeded,
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => ErrorKind::AccessDenied,
        "ThrottlingException" | "Throttling" | "ThrottledException" | "TooManyRequestsException" | "RequestLimitExceeded" => {
            ErrorKind::Throttled
        }
        "ExpiredToken" | "ExpiredTokenException" => ErrorKind::CredentialsEnd,
        _ if status == 429 => ErrorKind::Throttled,
        _ => ErrorKind::Other,
    }
}

/// The action in "… is not authorized to perform: eks:DescribeCluster on resource …".
fn action_in(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("not authorized to perform:")?;
    let action = rest.split_whitespace().next()?.trim_end_matches(['.', ',']);
    action.contains(':').then_some(action)
}

fn request_id(response: &HttpResponse) -> Option<Box<str>> {
    let headers = response.headers();
    headers
        .get("x-amzn-requestid")
        .or_else(|| headers.get("x-amz-request-id"))
        .map(Box::from)
}

/// Our own error inside the SDK's: credentials come from our providers, whose errors the SDK wraps.
pub(crate) fn find_own(error: &(dyn Error + 'static)) -> Option<AwsError> {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if let Some(own) = current.downcast_ref::<AwsError>() {
            return Some(own.clone());
        }
        cause = current.source();
    }
    None
}

/// The causes of an error without its own text, which for a dispatch failure says only that.
fn innermost(error: &(dyn Error + 'static)) -> String {
    chain_text(error.source().unwrap_or(error))
}

/// An error and its causes as one line. Not the SDK's `DisplayErrorContext`: that appends the `Debug` form, in which
/// nobody has promised to hide secrets.
pub(crate) fn chain_text(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut cause = Some(error);
    while let Some(current) = cause {
        let mut text = current.to_string();
        if let Some(at) = text.find(QUOTED_REQUEST) {
            text.truncate(at);
        }
        // Some errors print their cause themselves.
        let is_repeated = texts.last().is_some_and(|last| last.ends_with(&text));
        if !is_repeated && !SDK_WRAPPERS.contains(&text.as_str()) {
            texts.push(text);
        }
        cause = current.source();
    }
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(service: &'static str, operation: &'static str, code: &str, status: u16, message: &str) -> AwsError {
        AwsError {
            kind: kind_of(Some(code), status),
            code: Some(code.to_owned()),
            status: Some(status),
            request_id: Some("11-22".into()),
            ..AwsError::local(service, operation, ErrorKind::Other, message)
        }
    }

    #[test]
    fn display_names_operation_status_code_and_request() {
        let error = answered(
            "EKS",
            "CreateAccessEntry",
            "InvalidParameterException",
            400,
            "The username must not begin with system:",
        );
        assert_eq!(
            error.to_string(),
            "EKS CreateAccessEntry: 400 InvalidParameterException: The username must not begin with system: (request id 11-22)"
        );
    }

    #[test]
    fn refusals_for_the_present_state_pass_or_last() {
        #[track_caller]
        fn check(message: &str, expected: Outlook) {
            let error = answered("EKS", "CreateAccessEntry", "InvalidRequestException", 400, message);
            assert_eq!(error.outlook(), Some(expected), "{message}");
        }
        check(
            "Cannot AccessConfigUpdate because cluster c currently has update 1-2 in progress",
            Outlook::Passes,
        );
        check("Cluster 'c' is not in ACTIVE status", Outlook::Passes);
        check("The request is invalid given the state of the cluster.", Outlook::Passes);
        check("The cluster is UPDATING.", Outlook::Passes);
        check("Cluster 'c' is in DELETING status, and not ACTIVE", Outlook::Lasts);
        check(
            "This operation can only be performed on Access Entries with a type of \"STANDARD\".",
            Outlook::Lasts,
        );
        check("The specified username is invalid: setting username is not allowed", Outlook::Lasts);
        check("This is not supported for clusters on AWS Outposts", Outlook::Lasts);
        check("No.", Outlook::Unknown);
        let other = answered("EKS", "TagResource", "BadRequestException", 400, "The cluster is UPDATING.");
        assert_eq!(other.outlook(), None);
    }

    #[test]
    fn predicates_go_by_the_text_of_eks() {
        let mode = answered(
            "EKS",
            "CreateAccessEntry",
            "InvalidRequestException",
            400,
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
        );
        assert!(mode.is_authentication_mode());
        let principal = answered(
            "EKS",
            "CreateAccessEntry",
            "InvalidParameterException",
            400,
            "The specified principalArn is invalid: invalid principal.",
        );
        assert!(principal.is_invalid_principal());
        let entry = answered(
            "EKS",
            "DescribeAccessEntry",
            "ResourceNotFoundException",
            404,
            "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.",
        );
        assert!(entry.is_entry_not_found());
        assert!(
            !answered(
                "EKS",
                "DescribeCluster",
                "ResourceNotFoundException",
                404,
                "No cluster found for name: x."
            )
            .is_entry_not_found()
        );
    }

    #[test]
    fn denial_names_the_missing_action() {
        let text = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: iam:ListRoles on resource: *";
        assert_eq!(
            answered("IAM", "ListRoles", "AccessDenied", 403, text).denied_action().as_deref(),
            Some("iam:ListRoles")
        );
        let bare = answered("SSO Admin", "ListInstances", "AccessDeniedException", 400, "Access denied");
        assert_eq!(bare.denied_action().as_deref(), Some("sso:ListInstances"));
        assert_eq!(answered("IAM", "GetRole", "NoSuchEntity", 404, text).denied_action(), None);
    }

    #[test]
    fn causes_become_one_line_without_the_wrappers() {
        let refused = std::io::Error::other("connection refused");
        let inner: SdkError<aws_smithy_types::error::ErrorMetadata, HttpResponse> =
            SdkError::dispatch_failure(aws_smithy_runtime_api::client::result::ConnectorError::io(Box::new(refused)));
        let error = AwsError::from_sdk("EKS", "DescribeCluster", inner);
        assert_eq!(error.to_string(), "EKS DescribeCluster: io error: connection refused");
        assert_eq!(error.kind, ErrorKind::Unreachable);
    }

    #[test]
    fn a_request_is_never_quoted() {
        let quoting = "failed to apply endpoint `x y` to request `Request { body: b\"WebIdentityToken=secret\" }`";
        let inner: SdkError<aws_smithy_types::error::ErrorMetadata, HttpResponse> =
            SdkError::dispatch_failure(aws_smithy_runtime_api::client::result::ConnectorError::other(quoting.into(), None));
        let error = AwsError::from_sdk("STS", "AssumeRoleWithWebIdentity", inner);
        assert_eq!(error.message, "failed to apply endpoint `x y`");
    }

    #[test]
    fn credentials_that_fail_are_the_error() {
        let own = AwsError::local("STS", "AssumeRole", ErrorKind::CannotAssume, "no");
        let inner: SdkError<aws_smithy_types::error::ErrorMetadata, HttpResponse> = SdkError::dispatch_failure(
            aws_smithy_runtime_api::client::result::ConnectorError::other(Box::new(own.clone()), None),
        );
        assert_eq!(AwsError::from_sdk("EKS", "DescribeCluster", inner), own);
    }

    #[test]
    fn codes_are_of_kinds_and_the_status_decides_where_no_code_is_known() {
        let table: [(&str, u16, ErrorKind); 25] = [
            ("ResourceNotFoundException", 404, ErrorKind::NotFound),
            ("NotFoundException", 404, ErrorKind::NotFound),
            ("NoSuchEntity", 404, ErrorKind::NotFound),
            ("NoSuchEntityException", 404, ErrorKind::NotFound),
            ("ResourceInUseException", 409, ErrorKind::AlreadyExists),
            ("EntityAlreadyExists", 409, ErrorKind::AlreadyExists),
            ("InvalidRequestException", 400, ErrorKind::InvalidRequest),
            ("BadRequestException", 400, ErrorKind::InvalidRequest),
            ("InvalidParameterException", 400, ErrorKind::InvalidParameter),
            ("ValidationException", 400, ErrorKind::InvalidParameter),
            ("ValidationError", 400, ErrorKind::InvalidParameter),
            ("InvalidInput", 400, ErrorKind::InvalidParameter),
            ("ResourceLimitExceededException", 400, ErrorKind::LimitExceeded),
            ("LimitExceeded", 409, ErrorKind::LimitExceeded),
            ("ServiceQuotaExceededException", 402, ErrorKind::LimitExceeded),
            ("AccessDeniedException", 400, ErrorKind::AccessDenied),
            ("AccessDenied", 403, ErrorKind::AccessDenied),
            ("UnauthorizedOperation", 403, ErrorKind::AccessDenied),
            ("ThrottlingException", 400, ErrorKind::Throttled),
            ("Throttling", 400, ErrorKind::Throttled),
            ("ExpiredToken", 403, ErrorKind::CredentialsEnd),
            ("ExpiredTokenException", 400, ErrorKind::CredentialsEnd),
            ("", 429, ErrorKind::Throttled),
            ("", 404, ErrorKind::Other),
            ("SomethingNew", 400, ErrorKind::Other),
        ];
        for (code, status, kind) in table {
            assert_eq!(kind_of(Some(code).filter(|code| !code.is_empty()), status), kind, "{code} {status}");
        }
    }

    #[test]
    fn only_aws_itself_can_say_that_nothing_was_done_and_only_some_failures_pass() {
        // Kind, status, whether AWS may have done the work, whether it may answer soon.
        let table = [
            (ErrorKind::Unreachable, None, true, true),
            (ErrorKind::AnswerLost, None, true, true),
            (ErrorKind::NotFromAws, None, true, true),
            (ErrorKind::Other, None, true, false),
            (ErrorKind::Throttled, None, false, true),
            (ErrorKind::Stopped, None, false, false),
            (ErrorKind::CannotAssume, None, false, false),
            (ErrorKind::Other, Some(200), true, false),
            (ErrorKind::Other, Some(299), true, false),
            (ErrorKind::Other, Some(302), false, false),
            (ErrorKind::AccessDenied, Some(403), false, false),
            (ErrorKind::NotFound, Some(404), false, false),
            (ErrorKind::Throttled, Some(429), false, true),
            (ErrorKind::Other, Some(499), false, false),
            (ErrorKind::Other, Some(500), true, true),
            (ErrorKind::Throttled, Some(503), false, true),
        ];
        for (kind, status, without_answer, may_pass) in table {
            let error = AwsError {
                status,
                ..AwsError::local("EKS", "CreateAccessEntry", kind, "text")
            };
            assert_eq!(error.is_without_answer(), without_answer, "{error:?}");
            assert_eq!(error.may_pass(), may_pass, "{error:?}");
        }
    }

    #[test]
    fn a_certificate_that_is_not_trusted_does_not_pass() {
        #[track_caller]
        fn check(kind: ErrorKind, text: &str, untrusted: bool) {
            let error = AwsError::local("EKS", "DescribeCluster", kind, text);
            assert_eq!((error.is_untrusted_certificate(), error.may_pass()), (untrusted, !untrusted));
        }
        let certificate = "client error (Connect): invalid peer certificate: UnknownIssuer";
        check(ErrorKind::Unreachable, certificate, true);
        check(ErrorKind::Unreachable, "invalid peer certificate: BadSignature", true);
        check(ErrorKind::Unreachable, "invalid peer certificate: Expired", false);
        check(ErrorKind::NotFromAws, certificate, false);
    }

    #[test]
    fn predicates_need_the_kind_as_well_as_the_text() {
        let mode = "The cluster's authentication mode must be set to one of [API].";
        let denied = answered("EKS", "CreateAccessEntry", "AccessDeniedException", 403, mode);
        assert!(!denied.is_authentication_mode() && denied.outlook().is_none());
        let busy = answered(
            "EKS",
            "TagResource",
            "InvalidRequestException",
            400,
            "The cluster is being updated.",
        );
        assert!(!busy.is_authentication_mode() && busy.outlook() == Some(Outlook::Passes));
        let tags = answered("EKS", "TagResource", "BadRequestException", 400, "no");
        assert_eq!(tags.outlook(), None);
        let gone = "The specified principalArn could not be found.";
        assert!(!answered("EKS", "TagResource", "InvalidParameterException", 400, gone).is_entry_not_found());
        let other = answered(
            "EKS",
            "CreateAccessEntry",
            "InvalidParameterException",
            400,
            "The username is invalid.",
        );
        assert!(!other.is_invalid_principal() && !other.is_explicit_deny());
    }

    #[test]
    fn not_found_is_a_value() {
        let not_found = answered("EKS", "DescribeCluster", "ResourceNotFoundException", 404, "no");
        let denied = answered("EKS", "DescribeCluster", "AccessDeniedException", 403, "no");
        assert_eq!(found_or_none(Ok(1)), Ok(Some(1)));
        assert_eq!(found_or_none::<u8>(Err(not_found)), Ok(None));
        assert_eq!(found_or_none::<u8>(Err(denied.clone())), Err(denied));
    }

    type Answered = SdkError<aws_smithy_types::error::ErrorMetadata, HttpResponse>;

    fn response(status: u16) -> HttpResponse {
        let mut response = HttpResponse::new(status.try_into().unwrap(), "".into());
        response.headers_mut().insert("x-amzn-requestid", "11-22");
        response
    }

    #[test]
    fn what_aws_answered_is_kept() {
        let metadata = aws_smithy_types::error::ErrorMetadata::builder()
            .code("ResourceNotFoundException")
            .message(" no \n")
            .build();
        let error = AwsError::from_sdk("EKS", "DescribeCluster", Answered::service_error(metadata, response(404)));
        assert_eq!(error, answered("EKS", "DescribeCluster", "ResourceNotFoundException", 404, "no"));
    }

    #[test]
    fn what_has_no_text_says_so() {
        let bare = |code: Option<&str>| {
            let metadata = aws_smithy_types::error::ErrorMetadata::builder();
            let metadata = code
                .into_iter()
                .fold(metadata, aws_smithy_types::error::metadata::Builder::code)
                .build();
            AwsError::from_sdk("EKS", "DescribeCluster", Answered::service_error(metadata, response(403))).message
        };
        assert_eq!(bare(Some("AccessDenied")), "(no message)");
        assert!(bare(None).starts_with("an answer that is not in AWS's form."));
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_not_known_but_its_status_is() {
        let unreadable = Answered::response_error("no JSON", response(200));
        let error = AwsError::from_sdk("EKS", "DeleteAccessEntry", unreadable);
        assert_eq!(
            error.to_string(),
            "EKS DeleteAccessEntry: 200 response error: no JSON (request id 11-22)"
        );
        assert_eq!((error.kind, error.is_without_answer()), (ErrorKind::Other, true));
        // What our own interceptors found, which do not know the operation.
        let own = AwsError::local("AWS", "", ErrorKind::NotFromAws, "a sign-in page");
        let found = AwsError::from_sdk("EKS", "DeleteAccessEntry", Answered::response_error(own, response(200)));
        assert_eq!(
            found,
            AwsError::local("EKS", "DeleteAccessEntry", ErrorKind::NotFromAws, "a sign-in page")
        );
    }

    #[test]
    fn a_request_that_cannot_be_made_is_no_lost_connection() {
        let error = AwsError::from_sdk("EKS", "DescribeCluster", Answered::construction_failure("no name"));
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Other, "no name"));
    }
}
