//! Credentials: where they come from, and how they are kept.
//!
//! The base is one of: keys in the provider block; a web identity in the provider block; the profile that the
//! provider block names; or the chain environment → profile → web identity → container → instance metadata. The SDK's
//! own default chain is not used because it takes neither shared files nor an instance metadata switch, and its web
//! identity provider none of the provider block's endpoints.

use crate::aws::assume_role::{AssumeRole, WebIdentity};
use crate::aws::config_error::{Argument, ConfigError, ConfigWarning};
use crate::aws::environment::Environment;
use crate::aws::error::{AwsError, ErrorKind, chain_text, find_own};
use crate::aws::explanation::signed_out;
use crate::aws::settings::{Settings, WebIdentityRole, WebIdentityToken};
use crate::aws::single_flight::SingleFlight;
use crate::aws::told::Told;
use crate::lock::lock;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds;
use aws_config::imds::client::EndpointMode;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Where the SDK begins to quote what a credential process printed.
const QUOTED_STDERR: &str = ". Stderr: ";
/// How long before their end credentials are renewed, so that none end under a running call.
const RENEW_BEFORE_END: Duration = Duration::from_secs(5 * 60);
/// How long to go on with the old ones before a renewal that failed is tried again.
const RENEW_AGAIN: Duration = Duration::from_secs(30);
/// What finishing a grant may take: with credentials that end sooner none is begun.
const TIME_FOR_A_GRANT: Duration = Duration::from_secs(60);

/// Where credentials come from.
#[derive(Debug)]
pub(crate) enum Identified {
    /// The SDK's providers.
    Base {
        provider: SharedCredentialsProvider,
        /// The profile of Identity Center that they use, for messages.
        profile: Option<String>,
    },
    /// A role assumed with other credentials.
    Role(AssumeRole),
    /// A role assumed with a web identity token.
    WebIdentity(WebIdentity),
}

/// Credentials that are kept until shortly before they end. Many that ask at once cause one call.
#[derive(Debug, Clone)]
pub struct CachedCredentials(Arc<Cache>);

#[derive(Debug)]
struct Cache {
    source: Identified,
    flight: SingleFlight<(), Kept>,
    /// The last that were got.
    last: Mutex<Option<Credentials>>,
}

/// Credentials at hand.
#[derive(Debug, Clone)]
struct Kept {
    credentials: Credentials,
    asked: Instant,
    /// Why these are still the old ones.
    failure: Option<AwsError>,
}

impl Kept {
    fn is_good(&self) -> bool {
        is_fresh(&self.credentials) || (lasts(&self.credentials, Duration::ZERO) && self.asked.elapsed() < RENEW_AGAIN)
    }
}

impl CachedCredentials {
    pub(crate) fn new(source: Identified) -> Self {
        Self(Arc::new(Cache {
            source,
            flight: SingleFlight::default(),
            last: Mutex::default(),
        }))
    }

    /// Credentials that are good for the next minutes; where they cannot be renewed, the old ones until their end, so
    /// that what is half-done can be finished.
    ///
    /// # Errors
    /// What the source answers; a failure is not remembered.
    pub async fn load(&self) -> Result<Credentials, AwsError> {
        self.kept().await.map(|kept| kept.credentials)
    }

    /// Whether something may be begun that takes more than one call.
    ///
    /// # Errors
    /// [`ErrorKind::CredentialsEnd`] where they end soon and could not be renewed; else as [`Self::load`].
    pub async fn check_lasting(&self) -> Result<(), AwsError> {
        let kept = self.kept().await?;
        let reason = match &kept.failure {
            Some(failure) => format!(" and could not be renewed: {failure}"),
            None if lasts(&kept.credentials, TIME_FOR_A_GRANT) => return Ok(()),
            None => ", and their source has no newer ones.".to_owned(),
        };
        let end = kept.credentials.expiry().map(DateTime::from);
        let end = end.and_then(|end| end.fmt(Format::DateTime).ok()).unwrap_or_default();
        let text = format!("These credentials expire at {end}{reason}");
        Err(AwsError::local("credentials", "", ErrorKind::CredentialsEnd, text))
    }

    async fn kept(&self) -> Result<Kept, AwsError> {
        self.0.flight.get(&(), Kept::is_good, || self.clone().renew()).await
    }

    async fn renew(self) -> Result<Kept, AwsError> {
        let asked = Instant::now();
        let answer = self.0.source.ask().await;
        let mut last = lock(&self.0.last);
        let (credentials, failure) = match (answer, last.take()) {
            (Ok(new), _) => (new, None),
            (Err(error), Some(old)) if lasts(&old, Duration::ZERO) => {
                tracing::warn!(%error, "credentials could not be renewed; the old ones serve until they end");
                (old, Some(error))
            }
            (Err(error), _) => return Err(error),
        };
        *last = Some(credentials.clone());
        Ok(Kept {
            credentials,
            asked,
            failure,
        })
    }
}

impl ProvideCredentials for CachedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { self.load().await.map_err(CredentialsError::provider_error) })
    }
}

impl Identified {
    async fn ask(&self) -> Result<Credentials, AwsError> {
        match self {
            Self::Base { provider, profile } => {
                let answer = provider.provide_credentials().await;
                answer.map_err(|error| base_error(&error, profile.as_deref()))
            }
            Self::Role(role) => role.assume().await,
            Self::WebIdentity(identity) => identity.assume().await,
        }
    }
}

fn base_error(error: &CredentialsError, profile: Option<&str>) -> AwsError {
    if let Some(own) = find_own(error) {
        return own;
    }
    let text = without_output(chain_text(error));
    match profile.and_then(|profile| signed_out(profile, &text)) {
        Some(text) => AwsError::local("credentials", "", ErrorKind::CredentialsEnd, text),
        None => AwsError::local("credentials", "Retrieve", ErrorKind::Other, text),
    }
}

/// What a credential process prints may hold a secret, on stderr too: AWS's documentation forbids its SDKs to show it.
fn without_output(mut text: String) -> String {
    if let Some(at) = text.find(QUOTED_STDERR) {
        text.truncate(at);
        text.push_str(". What it printed is not shown, since it may hold a secret: run the credential_process of the profile by hand");
    }
    text
}

/// Whether credentials are those of the EC2 instance that this runs on.
pub(crate) fn are_of_instance(credentials: &Credentials) -> bool {
    let features: Option<&Vec<AwsCredentialFeature>> = credentials.get_property();
    features.is_some_and(|features| features.contains(&AwsCredentialFeature::CredentialsImds))
}

fn is_fresh(credentials: &Credentials) -> bool {
    lasts(credentials, RENEW_BEFORE_END)
}

fn lasts(credentials: &Credentials, time: Duration) -> bool {
    lasts_from(now(), credentials, time)
}

fn lasts_from(now: SystemTime, credentials: &Credentials, time: Duration) -> bool {
    credentials.expiry().is_none_or(|end| end > now + time)
}

#[allow(clippy::disallowed_methods, reason = "the end of credentials is a wall-clock time")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// What the base providers need besides the settings.
#[derive(Debug)]
pub(crate) struct BaseParts<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) env: &'a Environment,
    pub(crate) provider_config: ProviderConfig,
    pub(crate) files: EnvConfigFiles,
    pub(crate) profile: Option<String>,
    pub(crate) imds: Option<imds::Client>,
    /// STS for calls that are not signed.
    pub(crate) sts: aws_sdk_sts::Client,
    pub(crate) session_name: &'a str,
    pub(crate) told: &'a Told,
}

/// The base credentials, but for a web identity in the provider block.
pub(crate) fn base(parts: &BaseParts<'_>, warnings: &mut Vec<ConfigWarning>) -> Result<SharedCredentialsProvider, ConfigError> {
    let settings = parts.settings;
    if settings.access_key.is_some() || settings.secret_key.is_some() || settings.token.is_some() {
        return static_keys(settings);
    }
    if settings.profile.is_some() {
        warnings.extend(conflict(parts));
        return Ok(SharedCredentialsProvider::new(profile_provider(parts)));
    }
    Ok(SharedCredentialsProvider::new(chain(parts)))
}

fn static_keys(settings: &Settings) -> Result<SharedCredentialsProvider, ConfigError> {
    let missing = |name, other| ConfigError {
        argument: Some(Argument::named(other)),
        summary: "Incomplete static credentials",
        detail: format!(
            "{other} is set in the provider block, but {name} is not. Set both access_key and secret_key (and token for temporary \
             credentials), or none of them to use the environment, a profile or the machine's role."
        ),
    };
    let given = if settings.access_key.is_some() {
        "access_key"
    } else if settings.secret_key.is_some() {
        "secret_key"
    } else {
        "token"
    };
    let access = settings.access_key.as_ref().ok_or_else(|| missing("access_key", given))?;
    let secret = settings.secret_key.as_ref().ok_or_else(|| missing("secret_key", given))?;
    let token = settings.token.as_ref().map(|token| token.expose().to_owned());
    Ok(SharedCredentialsProvider::new(Credentials::new(
        access,
        secret.expose(),
        token,
        None,
        "provider block",
    )))
}

fn environment_keys(env: &Environment) -> Option<Credentials> {
    let access = env.get("AWS_ACCESS_KEY_ID")?;
    let secret = env.first(&["AWS_SECRET_ACCESS_KEY", "SECRET_ACCESS_KEY"])?;
    Some(Credentials::new(
        access,
        secret,
        env.get("AWS_SESSION_TOKEN").map(str::to_owned),
        None,
        "environment",
    ))
}

fn conflict(parts: &BaseParts<'_>) -> Option<ConfigWarning> {
    parts.env.get("AWS_ACCESS_KEY_ID")?;
    Some(ConfigWarning {
        argument: Some(Argument::named("profile")),
        summary: "Configuration conflict detected",
        detail: "The provider block sets profile, and the environment sets AWS_ACCESS_KEY_ID. The profile is used, and the keys of \
                 the environment are not. Remove one of them."
            .to_owned(),
    })
}

fn profile_provider(parts: &BaseParts<'_>) -> ProfileFileCredentialsProvider {
    let builder = ProfileFileCredentialsProvider::builder()
        .configure(&parts.provider_config)
        .profile_files(parts.files.clone());
    match &parts.profile {
        Some(name) => builder.profile_name(name).build(),
        None => builder.build(),
    }
}

fn chain(parts: &BaseParts<'_>) -> CredentialsProviderChain {
    let config = &parts.provider_config;
    let profile = profile_provider(parts);
    let start = match environment_keys(parts.env) {
        Some(keys) => CredentialsProviderChain::first_try("Environment", keys).or_else("Profile", profile),
        None => CredentialsProviderChain::first_try("Profile", profile),
    };
    let start = match environment_web_identity(parts) {
        Some(identity) => start.or_else("WebIdentityToken", CachedCredentials::new(Identified::WebIdentity(identity))),
        None => start,
    };
    let chain = start.or_else("Container", EcsCredentialsProvider::builder().configure(config).build());
    match &parts.imds {
        Some(client) => {
            let provider = ImdsCredentialsProvider::builder()
                .configure(config)
                .imds_client(client.clone())
                .build();
            chain.or_else("InstanceMetadata", provider)
        }
        None => chain,
    }
}

/// The role of a Kubernetes service account (IRSA), or whatever else sets these variables.
fn environment_web_identity(parts: &BaseParts<'_>) -> Option<WebIdentity> {
    let env = parts.env;
    let role = WebIdentityRole {
        role_arn: env.get("AWS_ROLE_ARN")?.to_owned(),
        session_name: None,
        duration: None,
        policy: None,
        policy_arns: Vec::new(),
        token: WebIdentityToken::File(env.get("AWS_WEB_IDENTITY_TOKEN_FILE")?.to_owned()),
    };
    Some(WebIdentity {
        sts: parts.sts.clone(),
        role,
        session_name: env.get("AWS_ROLE_SESSION_NAME").unwrap_or(parts.session_name).to_owned(),
        told: parts.told.clone(),
    })
}

/// The client of the instance metadata service; `None` where it is turned off.
pub(crate) fn imds_client(settings: &Settings, env: &Environment, config: &ProviderConfig) -> Result<Option<imds::Client>, ConfigError> {
    // The SDK reads the variable too, so `false` in the block cannot lift it.
    if settings.skip_metadata_api_check == Some(true) || env.is_true("AWS_EC2_METADATA_DISABLED") {
        return Ok(None);
    }
    let mut builder = imds::Client::builder().configure(config);
    if let Some(mode) = &settings.ec2_metadata_service_endpoint_mode {
        builder = builder.endpoint_mode(if mode.eq_ignore_ascii_case("IPv6") {
            EndpointMode::IpV6
        } else {
            EndpointMode::IpV4
        });
    }
    if let Some(endpoint) = &settings.ec2_metadata_service_endpoint {
        builder = builder.endpoint(endpoint).map_err(|reason| ConfigError {
            argument: Some(Argument::named("ec2_metadata_service_endpoint")),
            summary: "Invalid EC2 metadata service endpoint",
            detail: format!("{endpoint:?} is not a URL ({reason}): expected for example \"http://169.254.169.254\"."),
        })?;
    }
    Ok(Some(builder.build()))
}

/// The shared files to read: those of the provider block in place of the default ones.
pub(crate) fn shared_files(settings: &Settings, env: &Environment) -> Result<EnvConfigFiles, ConfigError> {
    let mut builder = EnvConfigFiles::builder();
    let lists = [
        ("shared_config_files", &settings.shared_config_files, EnvConfigFileKind::Config),
        (
            "shared_credentials_files",
            &settings.shared_credentials_files,
            EnvConfigFileKind::Credentials,
        ),
    ];
    for (argument, paths, kind) in lists {
        if paths.is_empty() {
            builder = match kind {
                EnvConfigFileKind::Config => builder.include_default_config_file(true),
                _ => builder.include_default_credentials_file(true),
            };
        }
        for path in paths {
            let expanded = env.expand_path(path);
            std::fs::metadata(&expanded).map_err(|reason| ConfigError {
                argument: Some(Argument::named(argument)),
                summary: "Shared configuration file cannot be read",
                detail: format!("{path:?} of {argument} cannot be read ({expanded:?}: {reason}). Correct the path or remove it."),
            })?;
            builder = builder.with_file(kind, expanded);
        }
    }
    Ok(builder.build())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::settings::Secret;

    fn ending_in(seconds: u64) -> Credentials {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        Credentials::new("AKIA", "sesame", None, Some(end), "test")
    }

    #[test]
    fn credentials_are_renewed_five_minutes_early() {
        assert!(lasts_from(SystemTime::UNIX_EPOCH, &ending_in(301), RENEW_BEFORE_END));
        assert!(!lasts_from(SystemTime::UNIX_EPOCH, &ending_in(300), RENEW_BEFORE_END));
        assert!(is_fresh(&Credentials::new("AKIA", "sesame", None, None, "test")));
    }

    /// Gives each of its answers once, then fails.
    #[derive(Debug)]
    struct Source(Mutex<Vec<Credentials>>);

    impl ProvideCredentials for Source {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let next = self.0.lock().unwrap().pop();
            future::ProvideCredentials::ready(next.ok_or_else(|| CredentialsError::provider_error("signed out")))
        }
    }

    fn cached(answers: &[Credentials]) -> CachedCredentials {
        let source = Source(Mutex::new(answers.iter().rev().cloned().collect()));
        CachedCredentials::new(Identified::Base {
            provider: SharedCredentialsProvider::new(source),
            profile: None,
        })
    }

    fn ending_from_now(seconds: u64) -> Credentials {
        Credentials::new("AKIA", "sesame", None, Some(now() + Duration::from_secs(seconds)), "test")
    }

    #[tokio::test]
    async fn credentials_that_cannot_be_renewed_serve_to_their_end_but_begin_nothing() {
        let old = ending_from_now(240);
        let credentials = cached(std::slice::from_ref(&old));
        assert_eq!(credentials.load().await, Ok(old.clone()));
        assert_eq!(credentials.check_lasting().await, Ok(()));
        // As if the first answer were old enough to be asked for again.
        let kept = credentials.clone().renew().await.unwrap();
        assert_eq!((kept.credentials.clone(), kept.failure.is_some()), (old, true));
        credentials.0.flight.get(&(), |_| false, || async { Ok(kept) }).await.unwrap();
        let error = credentials.check_lasting().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::CredentialsEnd);
        assert!(
            error.message.contains("could not be renewed") && error.message.contains("signed out"),
            "{error}"
        );
    }

    #[test]
    fn credentials_that_end_soon_are_asked_for_again_after_half_a_minute() {
        let kept = |seconds, age| Kept {
            credentials: ending_from_now(seconds),
            asked: Instant::now() - Duration::from_secs(age),
            failure: None,
        };
        let is_good = |seconds, age| kept(seconds, age).is_good();
        assert!(is_good(400, 3_000) && is_good(240, 20));
        assert!(!is_good(240, 40) && !is_good(0, 0));
    }

    #[tokio::test]
    async fn credentials_that_have_ended_are_an_error() {
        let credentials = cached(&[ending_from_now(0)]);
        assert!(credentials.load().await.is_ok());
        let error = credentials.load().await.unwrap_err();
        assert!(error.message.contains("signed out"), "{error}");
    }

    #[tokio::test]
    async fn nothing_is_begun_in_the_last_minute() {
        let credentials = cached(&[ending_from_now(50)]);
        let error = credentials.check_lasting().await.unwrap_err();
        assert!(error.message.contains("their source has no newer ones"), "{error}");
    }

    #[test]
    fn half_of_static_credentials_is_an_error() {
        let settings = Settings {
            secret_key: Some(Secret::new("sesame")),
            ..Settings::default()
        };
        let error = static_keys(&settings).unwrap_err();
        assert_eq!(error.argument, Some(Argument::named("secret_key")));
        assert_eq!(
            error.detail,
            "secret_key is set in the provider block, but access_key is not. Set both access_key and secret_key (and token for \
             temporary credentials), or none of them to use the environment, a profile or the machine's role."
        );
    }

    #[test]
    fn missing_shared_file_is_an_error() {
        let settings = Settings {
            shared_config_files: vec!["~/nowhere".to_owned()],
            ..Settings::default()
        };
        let env = Environment::from_pairs([("HOME", "/nonexistent")]);
        let error = shared_files(&settings, &env).unwrap_err();
        assert_eq!(error.argument, Some(Argument::named("shared_config_files")));
        assert!(
            error
                .detail
                .starts_with("\"~/nowhere\" of shared_config_files cannot be read (\"/nonexistent/nowhere\": ")
        );
    }
}
