//! Answers of AWS and of Kubernetes, before they go over the wire.

use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    /// AWS's word for an error, in the header that REST services have for it.
    pub error_type: Option<String>,
    pub body: String,
}

impl Answer {
    pub fn json(body: Value) -> Self {
        Self {
            status: 200,
            content_type: "application/json",
            error_type: None,
            body: body.to_string(),
        }
    }

    pub fn xml(body: String) -> Self {
        Self {
            status: 200,
            content_type: "text/xml",
            error_type: None,
            body,
        }
    }

    /// An error of EKS.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            error_type: Some(code.to_owned()),
            ..Self::json(json!({ "message": message }))
        }
    }

    /// An error of IAM or STS.
    pub fn query_error(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            ..Self::xml(format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>"
            ))
        }
    }

    /// An error of the Kubernetes API.
    pub fn status(status: u16, reason: &str, message: &str) -> Self {
        let details = json!({ "name": "aws-auth", "kind": "configmaps" });
        Self {
            status,
            ..Self::json(json!({
                "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": status,
                "details": details,
            }))
        }
    }

    pub fn is_success(&self) -> bool {
        self.status < 300
    }
}
