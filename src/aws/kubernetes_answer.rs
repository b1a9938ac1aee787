//! What the Kubernetes API answers: an object, or a `Status` that says what is wrong.

use crate::aws::error::{AwsError, ErrorKind};
use serde_json::Value;

/// [`AwsError::service`] of all errors of this API.
pub const SERVICE: &str = "Kubernetes";

/// The object of an answer, or the error that its `Status` tells.
pub(crate) fn judge(operation: &'static str, status: u16, text: &[u8]) -> Result<Value, AwsError> {
    let answer: Option<Value> = serde_json::from_slice(text).ok();
    let kind = answer
        .as_ref()
        .and_then(|answer| answer["kind"].as_str())
        .unwrap_or_default()
        .to_owned();
    match (kind.as_str(), answer) {
        ("ConfigMap", Some(map)) if (200..300).contains(&status) => Ok(map),
        ("Status", Some(told)) => Err(told_error(operation, status, &told)),
        _ => Err(AwsError {
            kind: match status {
                // Whatever was asked for may have been done.
                200..300 => ErrorKind::AnswerLost,
                429 => ErrorKind::Throttled,
                _ => ErrorKind::Other,
            },
            status: Some(status),
            ..AwsError::local(
                SERVICE,
                operation,
                ErrorKind::Other,
                "an answer that is not in Kubernetes' form. It may come from something in between, such as a proxy",
            )
        }),
    }
}

fn told_error(operation: &'static str, status: u16, told: &Value) -> AwsError {
    let reason = told["reason"].as_str();
    let kind = match (status, reason) {
        (401, _) => ErrorKind::Unauthorized,
        (403, _) => ErrorKind::AccessDenied,
        // Only the word of the API itself that there is no such object: a path that is not found is something else.
        (404, Some("NotFound")) if told["details"]["kind"] == "configmaps" => ErrorKind::NotFound,
        (409, Some("AlreadyExists")) => ErrorKind::AlreadyExists,
        (409, _) => ErrorKind::Conflict,
        (400 | 422, _) => ErrorKind::InvalidParameter,
        (429, _) => ErrorKind::Throttled,
        _ => ErrorKind::Other,
    };
    AwsError {
        code: reason.map(str::to_owned),
        status: Some(status),
        ..AwsError::local(SERVICE, operation, kind, told["message"].as_str().unwrap_or("(no message)"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(status: u16, text: &str, expected: ErrorKind) {
        let error = judge("GetConfigMap", status, text.as_bytes()).unwrap_err();
        assert_eq!(error.kind, expected, "{error}");
    }

    fn status(reason: &str, kind: &str) -> String {
        json!({ "kind": "Status", "reason": reason, "message": "no", "details": { "name": "aws-auth", "kind": kind } }).to_string()
    }

    #[test]
    fn only_the_api_itself_can_say_that_there_is_no_map() {
        check(404, &status("NotFound", "configmaps"), ErrorKind::NotFound);
        check(404, &status("NotFound", "namespaces"), ErrorKind::Other);
        check(404, "404 page not found", ErrorKind::Other);
        check(200, "<html>sign in</html>", ErrorKind::AnswerLost);
        check(200, "{}", ErrorKind::AnswerLost);
    }

    #[test]
    fn conflict_is_not_existence() {
        check(409, &status("Conflict", "configmaps"), ErrorKind::Conflict);
        check(409, &status("AlreadyExists", "configmaps"), ErrorKind::AlreadyExists);
        check(401, &status("Unauthorized", ""), ErrorKind::Unauthorized);
    }

    #[test]
    fn only_a_success_holds_a_map() {
        let map = json!({ "kind": "ConfigMap", "data": {} });
        let judged = |status| judge("GetConfigMap", status, map.to_string().as_bytes());
        assert_eq!((judged(200), judged(201)), (Ok(map.clone()), Ok(map.clone())));
        check(500, &map.to_string(), ErrorKind::Other);
    }

    #[test]
    fn refusals_are_of_kinds() {
        check(400, &status("BadRequest", "configmaps"), ErrorKind::InvalidParameter);
        check(422, &status("Invalid", "configmaps"), ErrorKind::InvalidParameter);
        check(403, &status("Forbidden", "configmaps"), ErrorKind::AccessDenied);
        check(429, &status("TooManyRequests", ""), ErrorKind::Throttled);
        check(429, "busy", ErrorKind::Throttled);
        check(503, &status("ServiceUnavailable", ""), ErrorKind::Other);
    }

    #[test]
    fn what_the_api_said_is_kept() {
        let text = status("Forbidden", "configmaps");
        let denied = judge("GetConfigMap", 403, text.as_bytes()).unwrap_err();
        assert_eq!(denied.to_string(), "Kubernetes GetConfigMap: 403 Forbidden: no");
        let strange = judge("GetConfigMap", 502, b"<html>").unwrap_err();
        assert_eq!(strange.status, Some(502));
    }
}
