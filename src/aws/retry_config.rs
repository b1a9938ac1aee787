//! How the SDK tries requests again: what the provider block, the environment and the profile say of it.

use crate::aws::environment::Environment;
use crate::aws::settings::{RetryMode, Settings};
use aws_config::profile::ProfileSet;
use aws_config::retry::RetryConfig;
use aws_smithy_types::retry::RetrySpec;

/// Attempts of one request, the first included, where nothing says otherwise: hashicorp/aws's default.
const MAX_ATTEMPTS: u32 = 25;
/// Adaptive unless somebody asks for less: hundreds of grants ask at once, and would come back together after a refusal.
pub(crate) fn retry_config(settings: &Settings, env: &Environment, profiles: Option<&ProfileSet>) -> RetryConfig {
    let configured = |variable, property| env.get(variable).or_else(|| profiles?.get(property));
    let attempts = configured("AWS_MAX_ATTEMPTS", "max_attempts").and_then(|text| text.trim().parse().ok());
    let attempts = settings.max_retries.or(attempts).unwrap_or(MAX_ATTEMPTS).max(1);
    let is_standard = match settings.retry_mode {
        Some(mode) => mode == RetryMode::Standard,
        None => configured("AWS_RETRY_MODE", "retry_mode").is_some_and(|mode| !mode.eq_ignore_ascii_case("adaptive")),
    };
    let config = if is_standard {
        RetryConfig::standard()
    } else {
        RetryConfig::adaptive()
    };
    // By version 2.1 of the SDKs' retries every attempt takes its turn in the pace, not only the first.
    config.with_max_attempts(attempts).with_retry_spec(RetrySpec::v2_1())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: Option<RetryMode>, variable: &str, expected: aws_config::retry::RetryMode) {
        let settings = Settings {
            retry_mode: written,
            ..Settings::default()
        };
        let env = Environment::from_pairs([("AWS_RETRY_MODE", variable)]);
        assert_eq!(retry_config(&settings, &env, None).mode(), expected);
    }

    #[test]
    fn mode_is_adaptive_unless_somebody_asks_for_less() {
        use aws_config::retry::RetryMode::{Adaptive, Standard};
        check(None, "", Adaptive);
        check(None, "Adaptive", Adaptive);
        check(None, "standard", Standard);
        check(None, "legacy", Standard);
        check(Some(RetryMode::Adaptive), "standard", Adaptive);
        check(Some(RetryMode::Standard), "", Standard);
    }
}
