//! Credentials: where they come from, and how they are kept.
//!
//! The base is one of: keys in the provider block; a web identity in the provider block; the profile that the
//! provider block names; or the chain environment → profile → web identity → container → instance metadata. The SDK's
//! own default chain is not used because it takes neither shared files nor an instance metadata switch, and its web
//! identity provider none of the provider block's endpoints.

use crate::aws::assume_role::{AssumeRole, WebIdentity};
use crate::aws::environment::Environment;
use crate::aws::error::{AwsError, ErrorKind, chain_text, find_own};
use crate::aws::finding::{Argument, ConfigError, ConfigWarning};
use crate::aws::settings::{Settings, WebIdentityRole, WebIdentityToken};
use crate::aws::single_flight::SingleFlight;
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
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How long before their end credentials are renewed, so that none end under a running call.
const RENEW_BEFORE_END: Duration = Duration::from_secs(5 * 60);

/// Where credentials come from.
#[derive(Debug)]
pub(crate) enum Identified {
    /// The SDK's providers.
    Base(SharedCredentialsProvider),
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
    flight: SingleFlight<(), Credentials>,
}

impl CachedCredentials {
    pub(crate) fn new(source: Identified) -> Self {
        Self(Arc::new(Cache {
            source,
            flight: SingleFlight::default(),
        }))
    }

    /// Credentials that are good for the next minutes.
    ///
    /// # Errors
    /// What the source answers; a failure is not remembered.
    pub async fn load(&self) -> Result<Credentials, AwsError> {
        self.0.flight.get(&(), is_fresh, || self.0.source.ask()).await
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
            Self::Base(provider) => provider.provide_credentials().await.map_err(|error| base_error(&error)),
            Self::Role(role) => role.assume().await,
            Self::WebIdentity(identity) => identity.assume().await,
        }
    }
}

fn base_error(error: &CredentialsError) -> AwsError {
    find_own(error).unwrap_or_else(|| AwsError::local("credentials", "Retrieve", ErrorKind::Other, chain_text(error)))
}

/// Whether credentials are those of the EC2 instance that this runs on.
pub(crate) fn are_of_instance(credentials: &Credentials) -> bool {
    let features: Option<&Vec<AwsCredentialFeature>> = credentials.get_property();
    features.is_some_and(|features| features.contains(&AwsCredentialFeature::CredentialsImds))
}

fn is_fresh(credentials: &Credentials) -> bool {
    is_fresh_at(credentials, now())
}

fn is_fresh_at(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_none_or(|end| end > now + RENEW_BEFORE_END)
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
        detail: "The provider block sets profile, and the environment sets AWS_ACCESS_KEY_ID. The profile is used and the keys of \
                 the environment are not, unlike in the AWS CLI. Remove one of them."
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
                summary: "Shared file cannot be read",
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
        assert!(is_fresh_at(&ending_in(301), SystemTime::UNIX_EPOCH));
        assert!(!is_fresh_at(&ending_in(300), SystemTime::UNIX_EPOCH));
        assert!(is_fresh_at(
            &Credentials::new("AKIA", "sesame", None, None, "test"),
            SystemTime::UNIX_EPOCH
        ));
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
