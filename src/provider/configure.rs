//! From the provider block and the environment to a session.

use crate::aws::config_error::{Argument, ConfigError, ConfigWarning};
use crate::aws::connect::connect;
use crate::aws::environment::Environment;
use crate::aws::settings::{
    AccountAccess, AssumeRoleOptions, Endpoints, IdentityCenterSettings, LockedOut, RetryMode, RoleToAssume, Secret, Settings,
    WebIdentityRole, WebIdentityToken,
};
use crate::configured::{State, unknown_detail};
use crate::domain::duration::parse_duration;
use crate::domain::place::AccountId;
use crate::domain::tags::{IgnoreTags, Tags};
use crate::hosting::ConfigureRequest;
use crate::provider::model::{
    AccountAccessModel, AssumeRoleArguments, Blocks, EndpointsModel, IdentityCenterModel, ProviderModel, Shape, Text, Texts,
    WebIdentityModel, known, known_blocks, known_entries, known_texts, unknown_arguments, whole_number,
};
use crate::provider::validate::{validate, validate_environment};
use crate::provider::variables::{
    ACCOUNT_ROLE_NAME, APPEND_USER_AGENT, DEFAULT_TAGS, IDENTITY_CENTER_ROLE_ARN, IGNORED_TAG_KEY_PREFIXES, IGNORED_TAG_KEYS,
};
use crate::report::no_attribute;
use std::collections::BTreeSet;
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

/// Configures the provider; `None` comes with an error.
pub(crate) async fn configure(diags: &mut Diagnostics, request: &ConfigureRequest, env: &Environment) -> Option<State> {
    let model: ProviderModel = request.config.decode(diags)?;
    let shape: Value<Shape> = request.config.decode(diags)?;
    // Checked again because core validates before unknown values are known.
    let mut problems = validate(&model);
    problems.extend(validate_environment(env));
    if !problems.is_empty() {
        diags.errors.extend(problems);
        return None;
    }
    let unknown = blocking_unknowns(&shape);
    if !unknown.is_empty() {
        diags.add_warning(unknown_warning(&unknown));
        return Some(State::Unknown(unknown));
    }
    let settings = expand_settings(&model, env, &request.terraform_version);
    if let Some(problem) = useless_account_access(&settings) {
        diags.add_error(error_diagnostic(problem));
        return None;
    }
    match connect(settings, env).await {
        Ok((session, warnings)) => {
            diags.warnings.extend(warnings.into_iter().map(warning_diagnostic));
            Some(State::Ready(session))
        }
        Err(error) => {
            diags.add_error(error_diagnostic(error));
            None
        }
    }
}

/// What must be known to ask AWS anything. Default tags need not: they only make `tags_all` unknown.
fn blocking_unknowns(shape: &Value<Shape>) -> Vec<String> {
    let mut unknown = unknown_arguments(shape);
    unknown.retain(|argument| !argument.starts_with("default_tags"));
    unknown
}

fn unknown_warning(arguments: &[String]) -> Diagnostic {
    Diagnostic {
        summary: "Provider configuration is not known yet".into(),
        detail: format!(
            "{}\n\nThis plan shows new grants without what AWS would tell, and cannot read those in the state.",
            unknown_detail(arguments)
        )
        .into(),
        attribute: no_attribute(),
    }
}

fn error_diagnostic(error: ConfigError) -> Diagnostic {
    Diagnostic {
        summary: error.summary.into(),
        detail: error.detail.into(),
        attribute: argument_path(error.argument),
    }
}

fn warning_diagnostic(warning: ConfigWarning) -> Diagnostic {
    Diagnostic {
        summary: warning.summary.into(),
        detail: warning.detail.into(),
        attribute: argument_path(warning.argument),
    }
}

fn argument_path(argument: Option<Argument>) -> AttributePath {
    let Some(argument) = argument else { return no_attribute() };
    let mut path = AttributePath::new(argument.name);
    if let Some(index) = argument.index {
        path.add_index(i64::try_from(index).unwrap_or(i64::MAX));
    }
    if let Some(field) = argument.field {
        path.add_attribute(field);
    }
    path
}

fn useless_account_access(settings: &Settings) -> Option<ConfigError> {
    let access = settings.account_access.as_ref()?;
    if access.role_name.is_some() || !access.role_arns.is_empty() {
        return None;
    }
    Some(ConfigError {
        argument: Some(Argument {
            name: "account_access",
            index: Some(0),
            field: None,
        }),
        summary: "Missing provider argument",
        detail: format!(
            "account_access names no role: set role_name to the name of a role that the other accounts have, role_arns for single accounts, \
             or the environment variable {ACCOUNT_ROLE_NAME}."
        ),
    })
}

fn expand_settings(model: &ProviderModel, env: &Environment, terraform_version: &str) -> Settings {
    Settings {
        region: owned(&model.region),
        profile: owned(&model.profile).filter(|profile| !profile.is_empty()),
        access_key: non_empty(&model.access_key),
        secret_key: non_empty(&model.secret_key).map(Secret::new),
        token: non_empty(&model.token).map(Secret::new),
        shared_config_files: strings(&model.shared_config_files),
        shared_credentials_files: strings(&model.shared_credentials_files),
        assume_role: known_blocks(&model.assume_role)
            .iter()
            .map(|role| RoleToAssume {
                role_arn: owned(&role.role_arn).unwrap_or_default(),
                options: expand_options(&role.arguments()),
            })
            .collect(),
        assume_role_with_web_identity: first(&model.assume_role_with_web_identity).and_then(|role| expand_web_identity(role, env)),
        allowed_account_ids: account_ids(&model.allowed_account_ids),
        forbidden_account_ids: account_ids(&model.forbidden_account_ids),
        skip_credentials_validation: is_set(model.skip_credentials_validation),
        skip_requesting_account_id: is_set(model.skip_requesting_account_id),
        skip_region_validation: is_set(model.skip_region_validation),
        skip_metadata_api_check: known(&model.skip_metadata_api_check).map(|text| text == "true"),
        ec2_metadata_service_endpoint: non_empty(&model.ec2_metadata_service_endpoint),
        ec2_metadata_service_endpoint_mode: non_empty(&model.ec2_metadata_service_endpoint_mode),
        endpoints: expand_endpoints(&model.endpoints),
        sts_region: non_empty(&model.sts_region),
        use_fips_endpoint: model.use_fips_endpoint.as_option(),
        use_dualstack_endpoint: model.use_dualstack_endpoint.as_option(),
        max_retries: model.max_retries.as_ref_option().and_then(whole_number),
        retry_mode: known(&model.retry_mode).map(|mode| {
            if mode == "adaptive" {
                RetryMode::Adaptive
            } else {
                RetryMode::Standard
            }
        }),
        token_bucket_rate_limiter_capacity: model.token_bucket_rate_limiter_capacity.as_ref_option().and_then(whole_number),
        http_proxy: secret(&model.http_proxy),
        https_proxy: secret(&model.https_proxy),
        no_proxy: owned(&model.no_proxy),
        custom_ca_bundle: non_empty(&model.custom_ca_bundle),
        default_tags: expand_default_tags(model, env),
        ignore_tags: expand_ignore_tags(model, env),
        user_agent: expand_user_agent(model, env),
        terraform_version: terraform_version.to_owned(),
        account_access: expand_account_access(first(&model.account_access), env),
        identity_center: first(&model.identity_center).map(|center| expand_identity_center(center, env)),
        owner: owned(&model.owner),
        locked_out: match known(&model.locked_out) {
            Some("warn") => LockedOut::Warn,
            _ => LockedOut::Drift,
        },
    }
}

fn expand_options(arguments: &AssumeRoleArguments<'_>) -> AssumeRoleOptions {
    AssumeRoleOptions {
        session_name: owned(arguments.session_name),
        external_id: secret(arguments.external_id),
        duration: known(arguments.duration).and_then(|text| parse_duration(text).ok()),
        policy: owned(arguments.policy),
        policy_arns: strings(arguments.policy_arns),
        tags: known_entries(arguments.tags)
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        transitive_tag_keys: strings(arguments.transitive_tag_keys),
        source_identity: owned(arguments.source_identity),
    }
}

fn expand_web_identity(role: &WebIdentityModel, env: &Environment) -> Option<WebIdentityRole> {
    let token = match secret(&role.web_identity_token) {
        Some(token) => WebIdentityToken::Literal(token),
        None => WebIdentityToken::File(env.expand_path(known(&role.web_identity_token_file)?)),
    };
    Some(WebIdentityRole {
        role_arn: owned(&role.role_arn)?,
        session_name: owned(&role.session_name),
        duration: known(&role.duration).and_then(|text| parse_duration(text).ok()),
        policy: owned(&role.policy),
        policy_arns: strings(&role.policy_arns),
        token,
    })
}

/// A set of blocks, each giving some services: what one leaves out another may give.
fn expand_endpoints(blocks: &Blocks<EndpointsModel>) -> Endpoints {
    let pick = |field: fn(&EndpointsModel) -> &Text| known_blocks(blocks).iter().find_map(|block| non_empty(field(block)));
    Endpoints {
        eks: pick(|block| &block.eks),
        iam: pick(|block| &block.iam),
        sts: pick(|block| &block.sts),
        ssoadmin: pick(|block| &block.ssoadmin),
        identitystore: pick(|block| &block.identitystore),
    }
}

fn expand_default_tags(model: &ProviderModel, env: &Environment) -> Option<Tags> {
    if model.default_tags.is_unknown() {
        return None;
    }
    let mut tags: Tags = env
        .with_prefix(DEFAULT_TAGS)
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    for block in known_blocks(&model.default_tags) {
        let is_unknown = block.tags.is_unknown() || block.tags.as_ref_option().is_some_and(|tags| tags.values().any(Value::is_unknown));
        if is_unknown {
            return None;
        }
        tags.extend(known_entries(&block.tags).map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
    Some(tags)
}

fn expand_ignore_tags(model: &ProviderModel, env: &Environment) -> IgnoreTags {
    let from_env = |name| {
        env.get(name)
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|key| !key.is_empty())
            .map(str::to_owned)
    };
    let mut ignore = IgnoreTags {
        keys: from_env(IGNORED_TAG_KEYS).collect(),
        key_prefixes: from_env(IGNORED_TAG_KEY_PREFIXES).collect(),
    };
    for block in known_blocks(&model.ignore_tags) {
        ignore.keys.extend(strings(&block.keys));
        ignore.key_prefixes.extend(strings(&block.key_prefixes));
    }
    ignore
}

fn expand_user_agent(model: &ProviderModel, env: &Environment) -> Vec<String> {
    let mut products = strings(&model.user_agent);
    products.extend(env.get(APPEND_USER_AGENT).map(|text| text.trim().to_owned()));
    products
}

fn expand_account_access(block: Option<&AccountAccessModel>, env: &Environment) -> Option<AccountAccess> {
    let overriding = env.get(ACCOUNT_ROLE_NAME).map(str::to_owned);
    if block.is_none() && overriding.is_none() {
        return None;
    }
    let mut access = block.map(expand_access_block).unwrap_or_default();
    access.role_name = overriding.or(access.role_name);
    Some(access)
}

fn expand_access_block(block: &AccountAccessModel) -> AccountAccess {
    let role_arns = known_entries(&block.role_arns).filter_map(|(account, arn)| Some((AccountId::parse(account).ok()?, arn.to_owned())));
    AccountAccess {
        role_name: non_empty(&block.role_name),
        role_arns: role_arns.collect(),
        options: expand_options(&block.arguments()),
    }
}

fn expand_identity_center(center: &IdentityCenterModel, env: &Environment) -> IdentityCenterSettings {
    let overriding = env.get(IDENTITY_CENTER_ROLE_ARN).map(str::to_owned);
    IdentityCenterSettings {
        region: non_empty(&center.region),
        instance_arn: non_empty(&center.instance_arn),
        role_arn: overriding.or_else(|| non_empty(&center.role_arn)),
    }
}

fn first<T>(blocks: &Blocks<T>) -> Option<&T> {
    known_blocks(blocks).first()
}

fn owned(text: &Text) -> Option<String> {
    known(text).map(str::to_owned)
}

fn non_empty(text: &Text) -> Option<String> {
    owned(text).filter(|text| !text.is_empty())
}

fn secret(text: &Text) -> Option<Secret> {
    known(text).map(Secret::new)
}

fn strings(texts: &Texts) -> Vec<String> {
    known_texts(texts).map(str::to_owned).collect()
}

fn account_ids(texts: &Texts) -> BTreeSet<AccountId> {
    known_texts(texts).filter_map(|id| AccountId::parse(id).ok()).collect()
}

fn is_set(flag: Value<bool>) -> bool {
    matches!(flag, Value::Value(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosting::Raw;

    fn settings(config: serde_json::Value, env: &[(&str, &str)]) -> Settings {
        let model: ProviderModel = serde_json::from_value(config).expect("a provider block");
        expand_settings(&model, &Environment::from_pairs(env.iter().copied()), "1.15.9")
    }

    #[test]
    fn default_tags_of_the_block_win_over_the_environment() {
        let env = [("TF_AWS_DEFAULT_TAGS_team", "env"), ("TF_AWS_DEFAULT_TAGS_cost", "env")];
        let tags = settings(serde_json::json!({ "default_tags": [{ "tags": { "team": "block" } }] }), &env).default_tags;
        let expect = [("cost", "env"), ("team", "block")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(tags, Some(Tags::from(expect)));
    }

    #[test]
    fn environment_overrides_the_roles_of_other_accounts() {
        let block = serde_json::json!({ "account_access": [{ "role_name": "apply" }], "identity_center": [{ "role_arn": "apply" }] });
        let plain = settings(block.clone(), &[]);
        assert_eq!(plain.account_access.and_then(|access| access.role_name).as_deref(), Some("apply"));
        let env = [(ACCOUNT_ROLE_NAME, "plan"), (IDENTITY_CENTER_ROLE_ARN, "plan")];
        let overridden = settings(block, &env);
        assert_eq!(
            overridden.account_access.and_then(|access| access.role_name).as_deref(),
            Some("plan")
        );
        assert_eq!(
            overridden.identity_center.and_then(|center| center.role_arn).as_deref(),
            Some("plan")
        );
    }

    #[test]
    fn endpoints_of_several_blocks_are_merged() {
        let blocks = serde_json::json!({ "endpoints": [{ "eks": "http://a" }, { "iam": "http://b" }] });
        let endpoints = settings(blocks, &[]).endpoints;
        assert_eq!(
            (endpoints.eks.as_deref(), endpoints.iam.as_deref(), endpoints.sts),
            (Some("http://a"), Some("http://b"), None)
        );
    }

    /// A map of msgpack whose one value is unknown, as Terraform sends it (extension type 0).
    fn with_unknown(outer: &[u8]) -> Raw {
        Raw::Msgpack([outer, &[0xd4, 0x00, 0x00]].concat())
    }

    #[tokio::test]
    async fn unknown_region_is_a_warning_and_configures_nothing() {
        let request = ConfigureRequest {
            terraform_version: "1.15.9".to_owned(),
            config: with_unknown(b"\x81\xa6region"),
        };
        let mut diags = Diagnostics::default();
        let state = configure(&mut diags, &request, &Environment::default()).await;
        assert!(matches!(state, Some(State::Unknown(arguments)) if arguments == ["region"]));
        assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1));
    }

    #[test]
    fn unknown_default_tags_block_nothing() {
        let raw = with_unknown(b"\x81\xacdefault_tags\x91\x81\xa4tags");
        let mut diags = Diagnostics::default();
        let shape: Value<Shape> = raw.decode(&mut diags).expect("a shape");
        assert_eq!(unknown_arguments(&shape), ["default_tags[0].tags"]);
        assert!(blocking_unknowns(&shape).is_empty());
        let model: ProviderModel = raw.decode(&mut diags).expect("a model");
        assert_eq!(expand_settings(&model, &Environment::default(), "").default_tags, None);
    }
}
