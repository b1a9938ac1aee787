//! The provider block as Terraform sends it. Known, null or unknown at every place.
//!
//! Without `Debug`, since it holds secrets in the open; [`Settings`](crate::aws::settings::Settings) is what may be shown.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use tf_provider::value::Value;

pub(crate) type Text = Value<String>;
pub(crate) type Flag = Value<bool>;
pub(crate) type Texts = Value<Vec<Text>>;
pub(crate) type TextMap = Value<BTreeMap<String, Text>>;
pub(crate) type Blocks<T> = Value<Vec<T>>;

/// Terraform has one type of numbers, of any size and precision; whether one is whole is told by [`whole_number`].
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Number {
    Float(f64),
    /// What no float holds exactly, such as 0.1, travels as text.
    Digits(String),
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Float(number) => number.fmt(f),
            Self::Digits(digits) => digits.fmt(f),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct ProviderModel {
    pub(crate) region: Text,
    pub(crate) profile: Text,
    pub(crate) access_key: Text,
    pub(crate) secret_key: Text,
    pub(crate) token: Text,
    pub(crate) shared_config_files: Texts,
    pub(crate) shared_credentials_files: Texts,
    pub(crate) assume_role: Blocks<AssumeRoleModel>,
    pub(crate) assume_role_with_web_identity: Blocks<WebIdentityModel>,
    pub(crate) allowed_account_ids: Texts,
    pub(crate) forbidden_account_ids: Texts,
    pub(crate) skip_credentials_validation: Flag,
    pub(crate) skip_requesting_account_id: Flag,
    pub(crate) skip_region_validation: Flag,
    pub(crate) skip_metadata_api_check: Text,
    pub(crate) ec2_metadata_service_endpoint: Text,
    pub(crate) ec2_metadata_service_endpoint_mode: Text,
    pub(crate) endpoints: Blocks<EndpointsModel>,
    pub(crate) sts_region: Text,
    pub(crate) use_fips_endpoint: Flag,
    pub(crate) use_dualstack_endpoint: Flag,
    pub(crate) max_retries: Value<Number>,
    pub(crate) retry_mode: Text,
    pub(crate) token_bucket_rate_limiter_capacity: Value<Number>,
    pub(crate) http_proxy: Text,
    pub(crate) https_proxy: Text,
    pub(crate) no_proxy: Text,
    pub(crate) custom_ca_bundle: Text,
    pub(crate) default_tags: Blocks<DefaultTagsModel>,
    pub(crate) ignore_tags: Blocks<IgnoreTagsModel>,
    pub(crate) user_agent: Texts,
    pub(crate) account_access: Blocks<AccountAccessModel>,
    pub(crate) identity_center: Blocks<IdentityCenterModel>,
    pub(crate) owner: Text,
    pub(crate) locked_out: Text,
}

/// What `assume_role` and `account_access` have in common.
pub(crate) struct AssumeRoleArguments<'a> {
    pub(crate) session_name: &'a Text,
    pub(crate) external_id: &'a Text,
    pub(crate) duration: &'a Text,
    pub(crate) policy: &'a Text,
    pub(crate) policy_arns: &'a Texts,
    pub(crate) tags: &'a TextMap,
    pub(crate) transitive_tag_keys: &'a Texts,
    pub(crate) source_identity: &'a Text,
}

// serde's flatten does not know msgpack's extension type for unknown values, so both models spell their fields out.
macro_rules! assume_role_arguments {
    ($model:ident) => {
        impl $model {
            pub(crate) fn arguments(&self) -> AssumeRoleArguments<'_> {
                AssumeRoleArguments {
                    session_name: &self.session_name,
                    external_id: &self.external_id,
                    duration: &self.duration,
                    policy: &self.policy,
                    policy_arns: &self.policy_arns,
                    tags: &self.tags,
                    transitive_tag_keys: &self.transitive_tag_keys,
                    source_identity: &self.source_identity,
                }
            }
        }
    };
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct AssumeRoleModel {
    pub(crate) role_arn: Text,
    pub(crate) session_name: Text,
    pub(crate) external_id: Text,
    pub(crate) duration: Text,
    pub(crate) policy: Text,
    pub(crate) policy_arns: Texts,
    pub(crate) tags: TextMap,
    pub(crate) transitive_tag_keys: Texts,
    pub(crate) source_identity: Text,
}
assume_role_arguments!(AssumeRoleModel);

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct AccountAccessModel {
    pub(crate) role_name: Text,
    pub(crate) role_arns: TextMap,
    pub(crate) session_name: Text,
    pub(crate) external_id: Text,
    pub(crate) duration: Text,
    pub(crate) policy: Text,
    pub(crate) policy_arns: Texts,
    pub(crate) tags: TextMap,
    pub(crate) transitive_tag_keys: Texts,
    pub(crate) source_identity: Text,
}
assume_role_arguments!(AccountAccessModel);

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct WebIdentityModel {
    pub(crate) role_arn: Text,
    pub(crate) session_name: Text,
    pub(crate) duration: Text,
    pub(crate) policy: Text,
    pub(crate) policy_arns: Texts,
    pub(crate) web_identity_token: Text,
    pub(crate) web_identity_token_file: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct EndpointsModel {
    pub(crate) eks: Text,
    pub(crate) iam: Text,
    pub(crate) sts: Text,
    pub(crate) ssoadmin: Text,
    pub(crate) identitystore: Text,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct DefaultTagsModel {
    pub(crate) tags: TextMap,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct IgnoreTagsModel {
    pub(crate) keys: Texts,
    pub(crate) key_prefixes: Texts,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct IdentityCenterModel {
    pub(crate) region: Text,
    pub(crate) instance_arn: Text,
    pub(crate) role_arn: Text,
}

/// A configuration of any shape, to find what is unknown in it.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Shape {
    Object(BTreeMap<String, Value<Shape>>),
    List(Vec<Value<Shape>>),
    Text(#[allow(dead_code, reason = "only the shape counts")] String),
    Flag(#[allow(dead_code, reason = "only the shape counts")] bool),
    Number(#[allow(dead_code, reason = "only the shape counts")] f64),
}

/// The arguments that are unknown: `assume_role[0].role_arn`.
pub(crate) fn unknown_arguments(shape: &Value<Shape>) -> Vec<String> {
    let mut found = Vec::new();
    collect_unknown(shape, "", &mut found);
    found
}

fn collect_unknown(shape: &Value<Shape>, path: &str, found: &mut Vec<String>) {
    match shape {
        Value::Unknown => found.push(path.to_owned()),
        Value::Value(Shape::Object(fields)) => {
            for (name, field) in fields {
                let separator = if path.is_empty() { "" } else { "." };
                collect_unknown(field, &format!("{path}{separator}{name}"), found);
            }
        }
        Value::Value(Shape::List(elements)) => {
            for (index, element) in elements.iter().enumerate() {
                collect_unknown(element, &format!("{path}[{index}]"), found);
            }
        }
        Value::Null | Value::Value(Shape::Text(_) | Shape::Flag(_) | Shape::Number(_)) => {}
    }
}

/// The elements of a list or set that are known and not null.
pub(crate) fn known_texts(texts: &Texts) -> impl Iterator<Item = &str> {
    texts
        .as_ref_option()
        .into_iter()
        .flatten()
        .filter_map(|text| text.as_ref_option().map(String::as_str))
}

/// The elements of a map that are known and not null.
pub(crate) fn known_entries(map: &TextMap) -> impl Iterator<Item = (&str, &str)> {
    map.as_ref_option()
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.as_str(), value.as_ref_option()?.as_str())))
}

/// A text, where it is known and not null.
pub(crate) fn known(text: &Text) -> Option<&str> {
    text.as_ref_option().map(String::as_str)
}

/// The blocks of a kind, where they are known.
pub(crate) fn known_blocks<T>(blocks: &Blocks<T>) -> &[T] {
    blocks.as_ref_option().map_or(&[], Vec::as_slice)
}

/// A number as an unsigned one, where it is whole and fits.
pub(crate) fn whole_number(number: &Number) -> Option<u32> {
    let number = match number {
        Number::Float(number) => *number,
        Number::Digits(digits) => return digits.parse().ok(),
    };
    let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and within range, as just checked"
    )]
    fits.then_some(number as u32)
}
