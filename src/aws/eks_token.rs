//! The bearer token by which EKS knows a caller: a signed GetCallerIdentity request that EKS sends to STS itself.
//!
//! It is `k8s-aws-v1.` and the URL of the request in base64url without padding. The header `x-k8s-aws-id`, which EKS
//! adds to the request, is part of the signature, so that a token opens one cluster only. A token is good for 15 minutes,
//! or as long as the credentials are; it is made without a call, so each request gets a new one and none is kept.
//!
//! The SDK presigns no GetCallerIdentity, so the URL is signed here by the SDK's own signer.

use crate::aws::credentials::CachedCredentials;
use crate::aws::error::{AwsError, ErrorKind, chain_text};
use crate::aws::sdk::Sdk;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime};

const PREFIX: &str = "k8s-aws-v1.";
const CLUSTER_HEADER: &str = "x-k8s-aws-id";
/// As the AWS CLI has it. EKS counts its 15 minutes from the signature's date, whatever stands here.
const EXPIRES: Duration = Duration::from_secs(60);
const QUERY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

/// A bearer token. Its `Debug` form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl Token {
    /// The text, for the header.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Makes tokens for one cluster.
#[derive(Debug)]
pub(crate) struct TokenSource {
    pub(crate) sdk: Sdk,
    pub(crate) credentials: CachedCredentials,
    pub(crate) region: String,
    pub(crate) cluster: String,
}

impl TokenSource {
    /// A new token.
    ///
    /// # Errors
    /// Those of the credentials, and an STS endpoint that is no URL.
    pub(crate) async fn token(&self) -> Result<Token, AwsError> {
        let credentials = self.credentials.load().await?;
        let sts = self.sdk.sts_url(&self.region).await?;
        let clock = self.sdk.base.time_source().unwrap_or_default();
        sign_token(&sts, &self.region, &self.cluster, credentials, clock.now()).map_err(|reason| {
            let text = format!(
                "The token for EKS cluster {} cannot be signed: {}.",
                self.cluster,
                chain_text(&*reason)
            );
            AwsError::local("STS", "", ErrorKind::InvalidParameter, text)
        })
    }
}

fn sign_token(sts: &str, region: &str, cluster: &str, credentials: Credentials, now: SystemTime) -> Result<Token, Box<dyn Error>> {
    let identity: Identity = credentials.into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(EXPIRES);
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("sts")
        .time(now)
        .settings(settings)
        .build()?
        .into();
    let url = format!("{}/?{QUERY}", sts.trim_end_matches('/'));
    let request = SignableRequest::new("GET", url.as_str(), [(CLUSTER_HEADER, cluster)].into_iter(), SignableBody::empty())?;
    let (instructions, _) = sign(request, &params)?.into_parts();
    let mut signed = http::Request::builder().uri(&url).body(())?;
    instructions.apply_to_request_http1x(&mut signed);
    Ok(Token(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(signed.uri().to_string()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    /// What `aws eks get-token` made with the same keys, at the same time.
    #[track_caller]
    fn check(session_token: Option<&str>, end_of_url: &str) {
        let credentials = Credentials::new("AKIATEST111122223333", "secret", session_token.map(str::to_owned), None, "test");
        let noon = UNIX_EPOCH + Duration::from_secs(1_795_348_800);
        let token = sign_token(
            "https://sts.eu-west-1.amazonaws.com",
            "eu-west-1",
            "payments-prod",
            credentials,
            noon,
        )
        .unwrap();
        let url = URL_SAFE_NO_PAD.decode(token.expose().strip_prefix(PREFIX).unwrap()).unwrap();
        let expected = format!(
            "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&\
             X-Amz-Credential=AKIATEST111122223333%2F20261122%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Date=20261122T120000Z&X-Amz-Expires=60&\
             X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&{end_of_url}"
        );
        assert_eq!(String::from_utf8(url).unwrap(), expected);
    }

    #[test]
    fn token_is_the_one_of_the_aws_cli() {
        check(
            None,
            "X-Amz-Signature=a383190589a18d363a4195bf0ed88ae07049c03df57fe1f79be3747a38d8f56c",
        );
    }

    #[test]
    fn token_of_a_session_is_the_one_of_the_aws_cli() {
        check(
            Some("to/ken+="),
            // The CLI has these two the other way round, which the signature does not depend on.
            "X-Amz-Signature=8d5949fe3579ab57c00d90f39f29eaaa4b86c44345bb40a244c831955322b426&X-Amz-Security-Token=to%2Fken%2B%3D",
        );
    }

    #[test]
    fn token_does_not_show_in_debug() {
        assert_eq!(format!("{:?}", Token("secret".to_owned())), "Token(..)");
    }
}
