//! An answer that is not AWS's is no answer.
//!
//! Some calls of EKS are answered with nothing but a status: DeleteAccessEntry, DisassociateAccessPolicy, TagResource and
//! UntagResource. A proxy's sign-in page with status 200 would pass for one, and a grant would be reported gone that is
//! not. Every answer of AWS has a request id in its headers, and a proxy's page has none.

use crate::aws::error::{AwsError, ErrorKind};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// The header that every service of AWS sends.
const REQUEST_ID: &str = "x-amzn-requestid";

/// Refuses successes that do not come from AWS.
#[derive(Debug)]
pub struct Genuine;

impl Intercept for Genuine {
    fn name(&self) -> &'static str {
        "Genuine"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if !response.status().is_success() || response.headers().get(REQUEST_ID).is_some() {
            return Ok(());
        }
        let kind = response.headers().get("content-type").unwrap_or("none");
        let text = format!(
            "The answer has status {} but no {REQUEST_ID}, which AWS always sends, so it comes from something between here and AWS \
             (content type: {kind}).",
            response.status().as_u16()
        );
        Err(AwsError::local("AWS", "", ErrorKind::NotFromAws, text).into())
    }
}
