//! Turning settings into a session: proxies and certificates, credentials, region, caller, allowed accounts.

use crate::aws::assume_role::{AssumeRole, LONGEST_CHAINED_SESSION, WebIdentity, default_session_name};
use crate::aws::bad_credentials::{no_credentials, sign_in_profile, unknown_caller};
use crate::aws::config_error::{Argument, ConfigError, ConfigWarning};
use crate::aws::credentials::{BaseParts, CachedCredentials, Identified, are_of_instance, base, imds_client, shared_files};
use crate::aws::environment::Environment;
use crate::aws::error::{AwsError, ErrorKind, chain_text};
use crate::aws::http;
use crate::aws::identity_center::IdentityCenter;
use crate::aws::identity_store::IdentityStore;
use crate::aws::observe::Observer;
use crate::aws::partitions;
use crate::aws::retry_config::retry_config;
use crate::aws::sdk::{ATTEMPTS_WITHOUT_ANSWER, Sdk};
use crate::aws::session::{Connected, Identity, Session, check_allowed};
use crate::aws::settings::{IdentityCenterSettings, Settings};
use crate::aws::told::Told;
use crate::domain::arn::RoleArn;
use crate::domain::duration::format_duration;
use crate::domain::place::{AccountId, Partition, Region};
use crate::hosting::stop_token;
use aws_config::BehaviorVersion;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileSet;
use aws_config::provider_config::ProviderConfig;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};

/// Where STS is asked while the provider's own region is not known.
const FALLBACK_STS_REGION: &str = "us-east-1";

/// Configures the provider: proxies and certificates, credentials, region, caller, allowed accounts, in this order.
///
/// # Errors
/// A certificate bundle or shared file that cannot be read, credentials that cannot be got, a role that cannot be
/// assumed, a missing region, arguments of another partition than the region's, a caller whose account is not allowed, a
/// duration that AWS will refuse.
pub async fn connect(settings: Settings, env: &Environment) -> Result<(Session, Vec<ConfigWarning>), ConfigError> {
    let stop = stop_token();
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(stopped()),
        connected = connect_unless_stopped(settings, env) => connected,
    }
}

fn stopped() -> ConfigError {
    ConfigError {
        argument: None,
        summary: "Terraform was interrupted",
        detail: "Terraform was interrupted while the provider was looking for credentials. Nothing was written.".to_owned(),
    }
}

async fn connect_unless_stopped(settings: Settings, env: &Environment) -> Result<(Session, Vec<ConfigWarning>), ConfigError> {
    let mut warnings = Vec::new();
    check_chained_durations(&settings)?;
    let http = http::client(&settings, env, &mut warnings)?;
    let network = http::network(&settings, env)?;
    let files = shared_files(&settings, env)?;
    let profile = profile_name(&settings, env);
    let profiles = load_profiles(&settings, env, &files, profile.as_deref()).await?;
    let region = configured_region(&settings, env, profiles.as_ref());
    if let Some(region) = &region {
        partitions::check(&settings, region)?;
    }
    let sdk = make_sdk(&settings, env, &http, &files, profile.as_deref(), profiles.as_ref(), region.clone()).await;
    let provider_config = provider_config(&sdk, &http, region.clone());
    let imds = imds_client(&settings, env, &provider_config)?;
    let sts_region = region.clone().unwrap_or_else(|| FALLBACK_STS_REGION.to_owned());
    let session_name = default_session_name(env);
    let told = Told::default();
    let parts = BaseParts {
        settings: &settings,
        env,
        provider_config,
        files,
        profile,
        imds,
        sts: sdk.sts(None, &sts_region),
        session_name: &session_name,
        told: &told,
    };
    let (base_credentials, is_on_instance) = base_credentials(&parts, profiles.as_ref(), &mut warnings).await?;
    let credentials = assume_roles(&parts, &sdk, &sts_region, base_credentials).await?;
    let region = match region {
        None if is_on_instance => instance_region(&parts).await,
        configured => configured,
    };
    let region = region_or_error(&settings, region)?;
    let profile = sign_in_profile(&parts, profiles.as_ref());
    let identity = identify(&settings, &sdk, &credentials, profile.as_deref(), region, &mut warnings).await?;
    check_access_duration(&settings, &identity)?;
    let identity_center = settings
        .identity_center
        .as_ref()
        .map(|center| make_identity_center(center, &settings, &sdk, &credentials, &identity, &session_name, &told));
    let session = Session::new(Connected {
        settings,
        sdk,
        credentials,
        identity,
        session_name,
        identity_center,
        network,
        told,
    });
    Ok((session, warnings))
}

/// `profile`, or the environment's. `AWS_DEFAULT_PROFILE` is not read by the Rust SDK, though by other tools.
fn profile_name(settings: &Settings, env: &Environment) -> Option<String> {
    settings
        .profile
        .clone()
        .or_else(|| env.first(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]).map(str::to_owned))
}

async fn load_profiles(
    settings: &Settings,
    env: &Environment,
    files: &EnvConfigFiles,
    profile: Option<&str>,
) -> Result<Option<ProfileSet>, ConfigError> {
    let pairs: Vec<(&str, &str)> = env.with_prefix("").collect();
    let loaded = aws_config::profile::load(
        &Fs::real(),
        &Env::from_slice(&pairs),
        files,
        profile.map(|name| name.to_owned().into()),
    )
    .await;
    match loaded {
        Ok(set) => {
            check_profile(settings, env, profile, &set)?;
            Ok(Some(set))
        }
        Err(reason) => Err(ConfigError {
            argument: (!settings.shared_config_files.is_empty()).then(|| Argument::named("shared_config_files")),
            summary: "Shared configuration file cannot be read",
            detail: format!(
                "{}. Correct the file, or name others in shared_config_files and shared_credentials_files.",
                chain_text(&reason)
            ),
        }),
    }
}

/// A profile that is named but missing must not make way for whatever credentials are found next. Keys come before a
/// profile, except before one in the provider block.
fn check_profile(settings: &Settings, env: &Environment, profile: Option<&str>, set: &ProfileSet) -> Result<(), ConfigError> {
    let Some(name) = profile.filter(|name| set.get_profile(name).is_none()) else {
        return Ok(());
    };
    let is_written = settings.profile.is_some();
    let has_keys =
        settings.access_key.is_some() || env.get("AWS_ACCESS_KEY_ID").is_some() || settings.assume_role_with_web_identity.is_some();
    // The default profile may be missing, even where its name is written out.
    if !is_written && (has_keys || name == "default") {
        return Ok(());
    }
    let mut known: Vec<&str> = set.profiles().collect();
    known.sort_unstable();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(ConfigError {
        argument: is_written.then(|| Argument::named("profile")),
        summary: "Profile not found",
        detail: format!(
            "No shared config or credentials file has the profile {name:?}; they have: {known}. Correct the name{}, or the files in \
             shared_config_files and shared_credentials_files.",
            if is_written {
                ""
            } else {
                " in AWS_PROFILE or AWS_DEFAULT_PROFILE, or remove the variable"
            }
        ),
    })
}

fn configured_region(settings: &Settings, env: &Environment, profiles: Option<&ProfileSet>) -> Option<String> {
    let written = settings.region.as_deref().filter(|region| !region.is_empty());
    let found = written
        .or_else(|| env.first(&["AWS_REGION", "AWS_DEFAULT_REGION"]))
        .or_else(|| profiles?.get("region"));
    found.map(str::to_owned)
}

async fn make_sdk(
    settings: &Settings,
    env: &Environment,
    http: &SharedHttpClient,
    files: &EnvConfigFiles,
    profile: Option<&str>,
    profiles: Option<&ProfileSet>,
    region: Option<String>,
) -> Sdk {
    let region = RegionProviderChain::first_try(region.map(aws_types::region::Region::new));
    #[allow(clippy::disallowed_methods, reason = "the one place that loads the SDK's configuration")]
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .no_credentials()
        .region(region)
        .profile_files(files.clone())
        .timeout_config(http::timeouts())
        .retry_config(retry_config(settings, env, profiles));
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(clock) = env.clock() {
        loader = loader.time_source(clock.clone());
    }
    if let Some(fips) = settings.use_fips_endpoint {
        loader = loader.use_fips(fips);
    }
    if let Some(dual_stack) = settings.use_dualstack_endpoint {
        loader = loader.use_dual_stack(dual_stack);
    }
    Sdk {
        base: loader.load().await,
        endpoints: settings.endpoints.clone(),
        sts_region: settings.sts_region.clone(),
        observer: Observer::new(&settings.terraform_version, &settings.user_agent),
        retry_quota: settings.token_bucket_rate_limiter_capacity.filter(|capacity| *capacity > 0),
    }
}

fn provider_config(sdk: &Sdk, http: &SharedHttpClient, region: Option<String>) -> ProviderConfig {
    let base = &sdk.base;
    // The SDK refuses a FIPS or dual-stack variant of an endpoint that is given; its providers call STS and the portal.
    let is_given = ["sts", "sso", "sso_oidc"]
        .iter()
        .any(|service| sdk.has_configured_endpoint(service));
    let variant = |wanted: Option<bool>| wanted.filter(|_| !is_given);
    let mut config = ProviderConfig::without_region()
        .with_behavior_version(Some(BehaviorVersion::latest()))
        .with_region(region.map(aws_types::region::Region::new))
        .with_use_fips(variant(base.use_fips()))
        .with_use_dual_stack(variant(base.use_dual_stack()))
        .with_http_client(http.clone())
        .with_timeout_config(http::timeouts());
    if let Some(retries) = base.retry_config() {
        // Clients inside the SDK's providers cannot be told to give up early only where no answer comes.
        let attempts = retries.max_attempts().min(ATTEMPTS_WITHOUT_ANSWER);
        config = config.with_retry_config(retries.clone().with_max_attempts(attempts));
    }
    config
}

/// The credentials to begin with, and whether the EC2 instance gave them.
async fn base_credentials(
    parts: &BaseParts<'_>,
    profiles: Option<&ProfileSet>,
    warnings: &mut Vec<ConfigWarning>,
) -> Result<(CachedCredentials, bool), ConfigError> {
    if let Some(role) = &parts.settings.assume_role_with_web_identity {
        let identity = WebIdentity {
            sts: parts.sts.clone(),
            session_name: role.session_name.clone().unwrap_or_else(|| parts.session_name.to_owned()),
            role: role.clone(),
            told: parts.told.clone(),
        };
        let credentials = CachedCredentials::new(Identified::WebIdentity(identity));
        credentials.load().await.map_err(|error| no_web_identity(&error))?;
        return Ok((credentials, false));
    }
    let credentials = CachedCredentials::new(Identified::Base {
        provider: base(parts, warnings)?,
        profile: sign_in_profile(parts, profiles),
    });
    let first = credentials.load().await.map_err(|error| no_credentials(parts, profiles, &error))?;
    Ok((credentials, are_of_instance(&first)))
}

fn no_web_identity(error: &AwsError) -> ConfigError {
    // Without an operation STS was not asked: there was no token to show it.
    let (field, summary) = match error.operation.is_empty() {
        true => ("web_identity_token_file", "Web identity token cannot be read"),
        false => ("role_arn", "Cannot assume IAM Role with web identity"),
    };
    ConfigError {
        argument: Some(Argument::in_block("assume_role_with_web_identity", 0, field)),
        summary,
        detail: error.explanation(),
    }
}

async fn assume_roles(
    parts: &BaseParts<'_>,
    sdk: &Sdk,
    sts_region: &str,
    mut credentials: CachedCredentials,
) -> Result<CachedCredentials, ConfigError> {
    let settings = parts.settings;
    for (index, block) in settings.assume_role.iter().enumerate() {
        check_role_allowed(settings, index, &block.role_arn)?;
        let sts = sdk.sts(Some(&credentials), sts_region);
        let role = AssumeRole {
            sts: sts.clone(),
            role_arn: block.role_arn.clone(),
            session_name: block.options.session_name.clone().unwrap_or_else(|| parts.session_name.to_owned()),
            options: block.options.clone(),
            caller_arn: None,
            told: parts.told.clone(),
        };
        let assumed = CachedCredentials::new(Identified::Role(role));
        if let Err(error) = assumed.load().await {
            return Err(cannot_assume(index, named_caller(error, &sts).await));
        }
        credentials = assumed;
    }
    Ok(credentials)
}

/// Only the last role's account is where calls go, but assuming a role is a call to its account as well.
fn check_role_allowed(settings: &Settings, index: usize, role_arn: &str) -> Result<(), ConfigError> {
    let Ok(role) = RoleArn::parse(role_arn) else { return Ok(()) };
    let is_last = index + 1 == settings.assume_role.len();
    let refused = if is_last || settings.forbidden_account_ids.contains(role.account()) {
        check_allowed(settings, role.account())
    } else {
        Ok(())
    };
    refused.map_err(|error| ConfigError {
        argument: Some(Argument::in_block("assume_role", index, "role_arn")),
        summary: "AWS account ID not allowed",
        detail: error.message,
    })
}

/// Who failed to assume the role: asked only now, because a good run has no need to know.
async fn named_caller(mut error: AwsError, sts: &aws_sdk_sts::Client) -> AwsError {
    if error.kind == ErrorKind::CannotAssume
        && let Some(failed) = &mut error.assume_role
        && let Ok(caller) = sts.get_caller_identity().send().await
    {
        failed.caller_arn = caller.arn;
    }
    error
}

fn cannot_assume(index: usize, error: AwsError) -> ConfigError {
    ConfigError {
        argument: Some(Argument::in_block("assume_role", index, "role_arn")),
        summary: "Cannot assume IAM Role",
        detail: error.explanation(),
    }
}

async fn instance_region(parts: &BaseParts<'_>) -> Option<String> {
    let provider = ImdsRegionProvider::builder()
        .configure(&parts.provider_config)
        .imds_client(parts.imds.clone()?)
        .build();
    provider.region().await.map(|region| region.as_ref().to_owned())
}

fn region_or_error(settings: &Settings, region: Option<String>) -> Result<Region, ConfigError> {
    let Some(named) = region else {
        return Err(ConfigError {
            argument: Some(Argument::named("region")),
            summary: "Missing Region configuration",
            detail: "No region is configured. Set region in the provider block, the environment variable AWS_REGION or \
                     AWS_DEFAULT_REGION, or region in the profile."
                .to_owned(),
        });
    };
    parse_region(settings, &named)
}

fn parse_region(settings: &Settings, named: &str) -> Result<Region, ConfigError> {
    Region::parse(named).map_err(|invalid| {
        let skip = if settings.skip_region_validation {
            " skip_region_validation does not help here: the name's form tells the partition."
        } else {
            ""
        };
        ConfigError {
            argument: Some(Argument::named("region")),
            summary: "Invalid Region",
            detail: format!("{invalid}{skip} It comes from region in the provider block, AWS_REGION, AWS_DEFAULT_REGION or the profile."),
        }
    })
}

async fn identify(
    settings: &Settings,
    sdk: &Sdk,
    credentials: &CachedCredentials,
    profile: Option<&str>,
    region: Region,
    warnings: &mut Vec<ConfigWarning>,
) -> Result<Identity, ConfigError> {
    if settings.skip_credentials_validation && settings.skip_requesting_account_id {
        let identity = Identity {
            account: None,
            caller_arn: String::new(),
            partition: guessed_partition(settings, &region),
            region,
        };
        check_unknown_account(settings)?;
        warnings.push(account_unknown());
        return Ok(identity);
    }
    let sts = sdk.sts(Some(credentials), region.as_str());
    let caller = sts
        .get_caller_identity()
        .send()
        .await
        .map_err(|e| unknown_caller(&AwsError::from_sdk("STS", "GetCallerIdentity", e), profile))?;
    let caller_arn = caller.arn.unwrap_or_default();
    let account = caller.account.as_deref().and_then(|id| AccountId::parse(id).ok());
    if let Some(account) = &account {
        check_allowed(settings, account).map_err(|error| own_account_refused(settings, account, error))?;
    }
    let partition = partition_of(&caller_arn);
    Ok(Identity {
        account,
        caller_arn,
        partition: partition.unwrap_or_else(|| guessed_partition(settings, &region)),
        region,
    })
}

fn partition_of(arn: &str) -> Option<Partition> {
    Partition::parse(arn.split(':').nth(1)?).ok()
}

/// Where STS does not tell: the ARN of the role that is assumed last does, or else the region.
fn guessed_partition(settings: &Settings, region: &Region) -> Partition {
    let assumed = settings.assume_role.last().and_then(|role| partition_of(&role.role_arn));
    assumed.or_else(|| Partition::of_region(region)).unwrap_or_default()
}

fn own_account_refused(settings: &Settings, account: &AccountId, error: AwsError) -> ConfigError {
    let is_forbidden = settings.forbidden_account_ids.contains(account);
    ConfigError {
        argument: Some(Argument::named(if is_forbidden {
            "forbidden_account_ids"
        } else {
            "allowed_account_ids"
        })),
        summary: "AWS account ID not allowed",
        detail: format!(
            "{} It is the account of the provider's credentials: use those of another account, or change the list.",
            error.message
        ),
    }
}

/// A limit that cannot be checked must not be taken for one that holds.
fn check_unknown_account(settings: &Settings) -> Result<(), ConfigError> {
    let argument = match (settings.allowed_account_ids.is_empty(), settings.forbidden_account_ids.is_empty()) {
        (false, _) => "allowed_account_ids",
        (true, false) => "forbidden_account_ids",
        (true, true) => return Ok(()),
    };
    Err(ConfigError {
        argument: Some(Argument::named(argument)),
        summary: "AWS account ID not known",
        detail: format!(
            "{argument} is set, but so are skip_credentials_validation and skip_requesting_account_id, so the account of the credentials \
             is not known and cannot be compared. Remove skip_requesting_account_id, or {argument}."
        ),
    })
}

fn account_unknown() -> ConfigWarning {
    ConfigWarning {
        argument: Some(Argument::named("skip_requesting_account_id")),
        summary: "AWS account ID not known",
        detail: "STS is not asked for the account of the credentials, so every resource and data source needs account_id.".to_owned(),
    }
}

/// Roles that are surely assumed with another role's credentials: all but the first, and the first after a web identity.
fn check_chained_durations(settings: &Settings) -> Result<(), ConfigError> {
    let has_web_identity = settings.assume_role_with_web_identity.is_some();
    let first_chained = usize::from(!has_web_identity);
    for (index, block) in settings.assume_role.iter().enumerate().skip(first_chained) {
        if let Some(duration) = block.options.duration.filter(|duration| *duration > LONGEST_CHAINED_SESSION) {
            return Err(too_long(
                Argument::in_block("assume_role", index, "duration"),
                duration,
                "the role before it",
            ));
        }
    }
    Ok(())
}

fn check_access_duration(settings: &Settings, identity: &Identity) -> Result<(), ConfigError> {
    let duration = settings.account_access.as_ref().and_then(|access| access.options.duration);
    match duration.filter(|duration| *duration > LONGEST_CHAINED_SESSION) {
        Some(duration) if identity.caller_arn.contains(":assumed-role/") => Err(too_long(
            Argument::in_block("account_access", 0, "duration"),
            duration,
            &identity.caller_arn,
        )),
        _ => Ok(()),
    }
}

fn too_long(argument: Argument, duration: std::time::Duration, caller: &str) -> ConfigError {
    ConfigError {
        argument: Some(argument),
        summary: "Duration too long for role chaining",
        detail: format!(
            "duration is {:?}, but this role is assumed with the credentials of another role ({caller}), and AWS ends such a session \
             after 1h. Set duration to \"1h\" or less, or remove it: credentials are renewed by themselves.",
            format_duration(duration)
        ),
    }
}

fn make_identity_center(
    center: &IdentityCenterSettings,
    settings: &Settings,
    sdk: &Sdk,
    credentials: &CachedCredentials,
    identity: &Identity,
    session_name: &str,
    told: &Told,
) -> IdentityCenter {
    let region = center.region.as_deref().unwrap_or(identity.region.as_str());
    let refusal = center
        .role_arn
        .as_deref()
        .and_then(|arn| RoleArn::parse(arn).ok())
        .and_then(|role| check_allowed(settings, role.account()).err());
    let credentials = match &center.role_arn {
        None => credentials.clone(),
        Some(role_arn) => CachedCredentials::new(Identified::Role(AssumeRole {
            sts: sdk.sts(Some(credentials), identity.region.as_str()),
            role_arn: role_arn.clone(),
            session_name: session_name.to_owned(),
            options: crate::aws::settings::AssumeRoleOptions::default(),
            caller_arn: Some(identity.caller_arn.clone()).filter(|arn| !arn.is_empty()),
            told: told.clone(),
        })),
    };
    let home = Region::parse(region).ok();
    let client = sdk.sso_admin(&credentials, region);
    let store = IdentityStore::new(sdk.identity_store(&credentials, region));
    IdentityCenter::new(client, store, home, center.instance_arn.clone(), refusal)
}
