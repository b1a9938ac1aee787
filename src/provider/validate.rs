//! Offline checks of the provider block. All problems are reported, each at its argument; what is null or unknown is none.

use crate::aws::environment::Environment;
use crate::domain::access_entry::is_reserved_tag;
use crate::domain::arn::RoleArn;
use crate::domain::duration::{format_duration, parse_duration};
use crate::domain::error::Invalid;
use crate::domain::place::{AccountId, Region};
use crate::domain::tags::{MAX_TAGS, validate_tag};
use crate::provider::model::{
    AccountAccessModel, AssumeRoleArguments, Number, ProviderModel, Text, TextMap, Texts, WebIdentityModel, known, known_blocks,
    known_entries, known_texts, whole_number,
};
use crate::provider::variables::{ACCOUNT_ROLE_NAME, APPEND_USER_AGENT, DEFAULT_TAGS, IDENTITY_CENTER_ROLE_ARN};
use crate::report::{diagnostic, no_attribute};
use std::ops::RangeInclusive;
use std::time::Duration;
use tf_provider::value::Value;
use tf_provider::{AttributePath, Diagnostic};

/// Most managed policies of one session.
const MAX_SESSION_POLICIES: usize = 10;
const SHORTEST_SESSION: Duration = Duration::from_secs(15 * 60);
const LONGEST_SESSION: Duration = Duration::from_secs(12 * 60 * 60);
/// Characters of session names and source identities, besides letters and digits.
const NAME_MARKS: &str = "_+=,.@-";
/// Characters of external ids, besides letters and digits.
const EXTERNAL_ID_MARKS: &str = "_+=,.@:/-";

const CONFLICT: &str = "Conflicting arguments";
const INVALID: &str = "Invalid provider argument";
const MISSING: &str = "Missing provider argument";

/// All problems of a provider block.
pub(crate) fn validate(model: &ProviderModel) -> Vec<Diagnostic> {
    let mut checks = Checks::default();
    checks.credentials(model);
    checks.accounts(model);
    checks.network(model);
    checks.single_blocks(model);
    for (index, role) in known_blocks(&model.assume_role).iter().enumerate() {
        let path = block_path("assume_role", index);
        checks.role_arn(&path, &role.role_arn);
        checks.assume_role(&path, &role.arguments());
    }
    for (index, role) in known_blocks(&model.assume_role_with_web_identity).iter().enumerate() {
        checks.web_identity(&block_path("assume_role_with_web_identity", index), role);
    }
    for (index, access) in known_blocks(&model.account_access).iter().enumerate() {
        checks.account_access(&block_path("account_access", index), access);
    }
    for (index, center) in known_blocks(&model.identity_center).iter().enumerate() {
        let path = block_path("identity_center", index);
        checks.parse(path.clone().attribute("region"), &center.region, Region::parse);
        checks.role_arn(&path, &center.role_arn);
        checks.parse(path.attribute("instance_arn"), &center.instance_arn, instance_arn);
    }
    for (index, tags) in known_blocks(&model.default_tags).iter().enumerate() {
        let path = block_path("default_tags", index).attribute("tags");
        checks.tags(&path, &tags.tags);
        checks.no_own_tags(&path, &tags.tags);
    }
    checks.found
}

/// All problems of the variables that add to the provider block or override it.
pub(crate) fn validate_environment(env: &Environment) -> Vec<Diagnostic> {
    let role_name = env.get(ACCOUNT_ROLE_NAME).map(role_name_with_path);
    let role_arn = env.get(IDENTITY_CENTER_ROLE_ARN).map(|arn| RoleArn::parse(arn).map(drop));
    let product = env.get(APPEND_USER_AGENT).map(|text| user_agent_product(text.trim()));
    let mut checked: Vec<(String, Result<(), Invalid>)> = env
        .with_prefix(DEFAULT_TAGS)
        .map(|(key, value)| (format!("{DEFAULT_TAGS}{key}"), validate_tag(key, value)))
        .collect();
    for (name, result) in [
        (ACCOUNT_ROLE_NAME, role_name),
        (IDENTITY_CENTER_ROLE_ARN, role_arn),
        (APPEND_USER_AGENT, product),
    ] {
        checked.extend(result.map(|result| (name.to_owned(), result)));
    }
    let problem = |(name, result): (String, Result<(), Invalid>)| {
        let detail = format!("{name}: {}", result.err()?.message());
        Some(diagnostic("Invalid environment variable", detail, no_attribute()))
    };
    checked.into_iter().filter_map(problem).collect()
}

fn block_path(name: &'static str, index: usize) -> AttributePath {
    AttributePath::new(name).index(i64::try_from(index).unwrap_or(i64::MAX))
}

#[derive(Default)]
struct Checks {
    found: Vec<Diagnostic>,
}

impl Checks {
    fn problem(&mut self, path: AttributePath, summary: &'static str, detail: impl Into<String>) {
        self.found.push(Diagnostic {
            summary: summary.into(),
            detail: detail.into().into(),
            attribute: path,
        });
    }

    /// Checks a text with a parser of the domain.
    fn parse<T>(&mut self, path: AttributePath, text: &Text, parser: impl Fn(&str) -> Result<T, Invalid>) {
        if let Some(Err(invalid)) = known(text).map(parser) {
            self.problem(path, INVALID, invalid.message());
        }
    }

    fn credentials(&mut self, model: &ProviderModel) {
        self.parse(AttributePath::new("region"), &model.region, |text| {
            if text.is_empty() { Ok(()) } else { Region::parse(text).map(drop) }
        });
        let needs = [
            ("secret_key", &model.secret_key, "access_key", &model.access_key),
            ("access_key", &model.access_key, "secret_key", &model.secret_key),
            ("token", &model.token, "access_key", &model.access_key),
        ];
        for (given, value, needed, other) in needs {
            if value.is_value() && other.is_null() {
                let detail = format!("{given} is set, but {needed} is not. Set {needed} too, or remove {given}.");
                self.problem(AttributePath::new(given), MISSING, detail);
            }
        }
        if let Some(owner) = known(&model.owner) {
            let length = owner.chars().count();
            if !(1..=256).contains(&length) {
                let detail = format!("owner has {length} characters: expected 1 to 256, the length of a tag's value.");
                self.problem(AttributePath::new("owner"), INVALID, detail);
            }
        }
        self.one_of("locked_out", &model.locked_out, &["drift", "warn"]);
        self.user_agent(&model.user_agent);
    }

    fn user_agent(&mut self, products: &Texts) {
        for (index, product) in products.as_ref_option().into_iter().flatten().enumerate() {
            let Some(product) = known(product) else { continue };
            if let Err(invalid) = user_agent_product(product) {
                self.problem(block_path("user_agent", index), INVALID, invalid.message());
            }
        }
    }

    fn accounts(&mut self, model: &ProviderModel) {
        let lists = [
            ("allowed_account_ids", &model.allowed_account_ids),
            ("forbidden_account_ids", &model.forbidden_account_ids),
        ];
        for (name, ids) in lists {
            for invalid in known_texts(ids).filter_map(|id| AccountId::parse(id).err()) {
                // A set has no path to its elements.
                self.problem(AttributePath::new(name), INVALID, invalid.message());
            }
            // Left out, it would leave an empty set, and that limits nothing.
            if ids.as_ref_option().into_iter().flatten().any(Value::is_null) {
                let detail = format!("One of the elements of {name} is null. Remove it, or give an account id.");
                self.problem(AttributePath::new(name), INVALID, detail);
            }
        }
        if model.allowed_account_ids.is_value() && model.forbidden_account_ids.is_value() {
            let detail =
                "Both allowed_account_ids and forbidden_account_ids are set. Keep one: allowed_account_ids already forbids all others.";
            self.problem(AttributePath::new("forbidden_account_ids"), CONFLICT, detail);
        }
    }

    fn network(&mut self, model: &ProviderModel) {
        self.parse(AttributePath::new("sts_region"), &model.sts_region, Region::parse);
        self.one_of("skip_metadata_api_check", &model.skip_metadata_api_check, &["true", "false"]);
        self.one_of(
            "ec2_metadata_service_endpoint_mode",
            &model.ec2_metadata_service_endpoint_mode,
            &["IPv4", "IPv6"],
        );
        self.one_of("retry_mode", &model.retry_mode, &["standard", "adaptive"]);
        self.count("max_retries", &model.max_retries);
        self.count("token_bucket_rate_limiter_capacity", &model.token_bucket_rate_limiter_capacity);
        self.url(
            AttributePath::new("ec2_metadata_service_endpoint"),
            "ec2_metadata_service_endpoint",
            &model.ec2_metadata_service_endpoint,
        );
        for block in known_blocks(&model.endpoints) {
            let urls = [
                ("eks", &block.eks),
                ("iam", &block.iam),
                ("sts", &block.sts),
                ("ssoadmin", &block.ssoadmin),
                ("identitystore", &block.identitystore),
            ];
            for (name, url) in urls {
                self.url(AttributePath::new("endpoints"), name, url);
            }
        }
    }

    fn one_of(&mut self, name: &'static str, text: &Text, allowed: &[&str]) {
        if let Some(value) = known(text).filter(|value| !allowed.contains(value)) {
            let expected = allowed.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" or ");
            self.problem(
                AttributePath::new(name),
                INVALID,
                format!("{value:?} is not a value of {name}: expected {expected}."),
            );
        }
    }

    fn count(&mut self, name: &'static str, number: &Value<Number>) {
        if let Some(value) = number.as_ref_option()
            && whole_number(value).is_none()
        {
            self.problem(
                AttributePath::new(name),
                INVALID,
                format!("{name} is {value}: expected a whole number from 0 to {}.", u32::MAX),
            );
        }
    }

    fn url(&mut self, path: AttributePath, name: &str, text: &Text) {
        if let Some(value) = known(text).filter(|value| !value.is_empty() && !is_url(value)) {
            let detail = format!("{value:?} of {name} is not a URL: expected http:// or https://, a host, and perhaps a port and a path.");
            self.problem(path, INVALID, detail);
        }
    }

    /// Terraform cannot say "at most one" of a list block in a way that names the reason.
    fn single_blocks(&mut self, model: &ProviderModel) {
        let counts = [
            (
                "assume_role_with_web_identity",
                known_blocks(&model.assume_role_with_web_identity).len(),
            ),
            ("default_tags", known_blocks(&model.default_tags).len()),
            ("ignore_tags", known_blocks(&model.ignore_tags).len()),
            ("account_access", known_blocks(&model.account_access).len()),
            ("identity_center", known_blocks(&model.identity_center).len()),
        ];
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > 1) {
            let detail = format!("The provider block has {count} {name} blocks: expected at most one. Merge them into one.");
            self.problem(block_path(name, 1), CONFLICT, detail);
        }
    }

    fn role_arn(&mut self, block: &AttributePath, arn: &Text) {
        self.parse(block.clone().attribute("role_arn"), arn, RoleArn::parse);
    }

    fn assume_role(&mut self, block: &AttributePath, arguments: &AssumeRoleArguments<'_>) {
        self.chars(block, "session_name", arguments.session_name, 2..=64, NAME_MARKS);
        self.chars(block, "source_identity", arguments.source_identity, 2..=64, NAME_MARKS);
        self.chars(block, "external_id", arguments.external_id, 2..=1224, EXTERNAL_ID_MARKS);
        self.session(block, arguments.duration, arguments.policy, arguments.policy_arns);
        self.tags(&block.clone().attribute("tags"), arguments.tags);
    }

    fn web_identity(&mut self, block: &AttributePath, role: &WebIdentityModel) {
        self.role_arn(block, &role.role_arn);
        self.chars(block, "session_name", &role.session_name, 2..=64, NAME_MARKS);
        self.session(block, &role.duration, &role.policy, &role.policy_arns);
        if role.web_identity_token.is_value() && role.web_identity_token_file.is_value() {
            let detail =
                "Both web_identity_token and web_identity_token_file are set. Keep one; the file is read again when its token is renewed.";
            self.problem(block.clone().attribute("web_identity_token"), CONFLICT, detail);
        }
        if role.web_identity_token.is_null() && role.web_identity_token_file.is_null() {
            let detail = "Neither web_identity_token nor web_identity_token_file is set. Set web_identity_token_file to the path of a file with the token, or web_identity_token to the token.";
            self.problem(block.clone(), MISSING, detail);
        }
        if let Some(length) = known(&role.web_identity_token)
            .map(str::len)
            .filter(|length| !(4..=20_000).contains(length))
        {
            let detail = format!("The token has {length} characters: expected 4 to 20000.");
            self.problem(block.clone().attribute("web_identity_token"), INVALID, detail);
        }
    }

    fn account_access(&mut self, block: &AttributePath, access: &AccountAccessModel) {
        self.assume_role(block, &access.arguments());
        self.parse(block.clone().attribute("role_name"), &access.role_name, role_name_with_path);
        for (account, arn) in known_entries(&access.role_arns) {
            let path = block.clone().attribute("role_arns").key(account.to_owned());
            if let Err(invalid) = role_of_account(account, arn) {
                self.problem(path, INVALID, invalid.message());
            }
        }
    }

    fn session(&mut self, block: &AttributePath, duration: &Text, policy: &Text, policy_arns: &Texts) {
        self.parse(block.clone().attribute("duration"), duration, session_duration);
        self.parse(block.clone().attribute("policy"), policy, json_object);
        let path = block.clone().attribute("policy_arns");
        for arn in known_texts(policy_arns).filter(|arn| !is_policy_arn(arn)) {
            let detail =
                format!("{arn:?} is not the ARN of a managed policy: expected for example \"arn:aws:iam::aws:policy/ReadOnlyAccess\".");
            self.problem(path.clone(), INVALID, detail);
        }
        let count = known_texts(policy_arns).count();
        if count > MAX_SESSION_POLICIES {
            self.problem(
                path,
                INVALID,
                format!("policy_arns has {count} policies: expected at most {MAX_SESSION_POLICIES}."),
            );
        }
    }

    fn tags(&mut self, path: &AttributePath, tags: &TextMap) {
        for (key, value) in known_entries(tags) {
            if let Err(invalid) = validate_tag(key, value) {
                self.problem(path.clone().key(key.to_owned()), INVALID, invalid.message());
            }
        }
        let count = known_entries(tags).count();
        if count > MAX_TAGS {
            self.problem(
                path.clone(),
                INVALID,
                format!("There are {count} tags: expected at most {MAX_TAGS}."),
            );
        }
    }

    /// As in tags of a grant: these say whose an access entry is.
    fn no_own_tags(&mut self, path: &AttributePath, tags: &TextMap) {
        for (key, _) in known_entries(tags).filter(|(key, _)| is_reserved_tag(key)) {
            let problem = format!("The tag key {key:?} is the provider's own. Remove it; set owner in the provider block instead.");
            self.problem(path.clone().key(key.to_owned()), INVALID, problem);
        }
    }

    fn chars(&mut self, block: &AttributePath, name: &'static str, text: &Text, length: RangeInclusive<usize>, marks: &str) {
        let Some(value) = known(text) else { return };
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
        if length.contains(&value.len()) && value.chars().all(is_allowed) {
            return;
        }
        // An external id is a secret between two parties, so the value is told for the others only.
        let seen = if name == "external_id" {
            name.to_owned()
        } else {
            format!("{value:?} of {name}")
        };
        let detail = format!(
            "{seen} is not valid: expected {} to {} letters, digits and {marks}",
            length.start(),
            length.end()
        );
        self.problem(block.clone().attribute(name), INVALID, format!("{detail}."));
    }
}

fn user_agent_product(text: &str) -> Result<(), Invalid> {
    if !text.is_empty() && text.chars().all(|c| (' '..='~').contains(&c)) {
        return Ok(());
    }
    Err(Invalid::new(format!(
        "{text:?} is not a user agent product: expected printable ASCII like \"team/1.2 (comment)\"."
    )))
}

fn is_url(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else { return false };
    matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
}

fn is_policy_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    matches!(parts[..], ["arn", _, "iam", "", _, resource] if resource.starts_with("policy/"))
}

fn session_duration(text: &str) -> Result<(), Invalid> {
    let is_allowed = |duration: &Duration| (SHORTEST_SESSION..=LONGEST_SESSION).contains(duration);
    // A number alone most likely is AWS's own DurationSeconds: as minutes it would be too long.
    if let Some(seconds) = text.parse().ok().map(Duration::from_secs).filter(is_allowed) {
        return Err(Invalid::new(format!(
            "{text:?} is not a duration: {text} has no unit. Did you mean \"{}\" ({text} seconds)?",
            format_duration(seconds)
        )));
    }
    if is_allowed(&parse_duration(text)?) {
        return Ok(());
    }
    Err(Invalid::new(format!(
        "{text:?} is not the length of a session: expected 15m to 12h."
    )))
}

fn json_object(text: &str) -> Result<(), Invalid> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Object(_)) => Ok(()),
        Ok(_) => Err(Invalid::new(
            "policy is JSON but not an object: expected an IAM policy, as aws_iam_policy_document or jsonencode give it.",
        )),
        Err(reason) => Err(Invalid::new(format!(
            "policy is not JSON ({reason}): expected an IAM policy, as aws_iam_policy_document or jsonencode give it."
        ))),
    }
}

fn instance_arn(text: &str) -> Result<(), Invalid> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let resource = match parts[..] {
        ["arn", _, "sso", "", "", resource] => resource,
        _ => "",
    };
    let id = resource
        .strip_prefix("instance/")
        .map(|id| id.trim_start_matches("sso").trim_start_matches("ins-"));
    if id.is_some_and(|id| id.len() == 16) {
        return Ok(());
    }
    Err(Invalid::new(format!(
        "{text:?} is not the ARN of an Identity Center instance: expected for example \"arn:aws:sso:::instance/ssoins-1234567890abcdef\"."
    )))
}

/// A role's name behind its path, as it stands in an ARN after `role/`.
fn role_name_with_path(text: &str) -> Result<(), Invalid> {
    if text.starts_with("arn:") {
        return Err(Invalid::new(format!(
            "{text:?} is an ARN: expected the name that the role has in every account, with its path where it has one, such as \"team/eks-access\". ARNs of single accounts go into role_arns."
        )));
    }
    let name = text.trim_start_matches('/');
    RoleArn::parse(&format!("arn:aws:iam::123456789012:role/{name}")).map(drop).map_err(|_| {
        Invalid::new(format!(
            "{text:?} is not the name of a role: expected 1 to 64 letters, digits and {NAME_MARKS}, with its path where it has one, such as \"team/eks-access\"."
        ))
    })
}

fn role_of_account(account: &str, arn: &str) -> Result<(), Invalid> {
    let account = AccountId::parse(account)?;
    let role = RoleArn::parse(arn)?;
    if role.account() == &account {
        return Ok(());
    }
    Err(Invalid::new(format!(
        "The role for the account {account} is {arn:?}, which is in the account {}: calls for the one would go to the other. Give a role of {account}.",
        role.account()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Problems of a block written as JSON: "path: detail".
    #[track_caller]
    fn check(config: serde_json::Value, expect: &[&str]) {
        let model: ProviderModel = serde_json::from_value(config).expect("a provider block");
        let found: Vec<String> = validate(&model)
            .into_iter()
            .map(|problem| format!("{}: {}", problem.attribute, problem.detail))
            .collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn ok_nothing_set() {
        check(serde_json::json!({}), &[]);
    }

    #[test]
    fn ok_everything_set() {
        check(
            serde_json::json!({
                "region": "eu-west-1", "access_key": "a", "secret_key": "b", "token": "c", "max_retries": 3, "retry_mode": "adaptive",
                "allowed_account_ids": ["222233334444"], "skip_metadata_api_check": "true", "owner": "team-a", "locked_out": "warn",
                "endpoints": [{ "eks": "http://127.0.0.1:5000", "sts": "https://sts.example.com/x" }],
                "assume_role": [{ "role_arn": "arn:aws:iam::222233334444:role/a/b", "duration": "1h", "external_id": "x:y/z", "policy": "{}",
                    "policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"], "tags": { "a": "b" } }],
                "account_access": [{ "role_name": "team/eks-access", "role_arns": { "222233334444": "arn:aws:iam::222233334444:role/x" } }],
                "identity_center": [{ "region": "eu-central-1", "instance_arn": "arn:aws:sso:::instance/ssoins-1234567890abcdef" }],
            }),
            &[],
        );
    }

    #[test]
    fn err_incomplete_keys() {
        check(
            serde_json::json!({ "token": "x" }),
            &["token: token is set, but access_key is not. Set access_key too, or remove token."],
        );
    }

    #[test]
    fn err_account_lists_conflict() {
        check(
            serde_json::json!({ "allowed_account_ids": ["222233334444"], "forbidden_account_ids": ["111122223333"] }),
            &[
                "forbidden_account_ids: Both allowed_account_ids and forbidden_account_ids are set. Keep one: allowed_account_ids already forbids all others.",
            ],
        );
    }

    #[test]
    fn err_words_and_numbers() {
        check(
            serde_json::json!({ "retry_mode": "legacy", "max_retries": 1.5, "skip_metadata_api_check": "yes", "locked_out": "error" }),
            &[
                "locked_out: \"error\" is not a value of locked_out: expected \"drift\" or \"warn\".",
                "skip_metadata_api_check: \"yes\" is not a value of skip_metadata_api_check: expected \"true\" or \"false\".",
                "retry_mode: \"legacy\" is not a value of retry_mode: expected \"standard\" or \"adaptive\".",
                "max_retries: max_retries is 1.5: expected a whole number from 0 to 4294967295.",
            ],
        );
    }

    /// Terraform sends a number that no float holds exactly as text.
    #[test]
    fn err_numbers_that_are_no_floats() {
        let digits = "100000000000000000000000000001";
        check(
            serde_json::json!({ "max_retries": "0.1", "token_bucket_rate_limiter_capacity": digits }),
            &[
                "max_retries: max_retries is 0.1: expected a whole number from 0 to 4294967295.",
                "token_bucket_rate_limiter_capacity: token_bucket_rate_limiter_capacity is 100000000000000000000000000001: expected a whole number from 0 to 4294967295.",
            ],
        );
    }

    #[test]
    fn err_endpoint() {
        check(
            serde_json::json!({ "endpoints": [{ "iam": "localhost:5000" }] }),
            &["endpoints: \"localhost:5000\" of iam is not a URL: expected http:// or https://, a host, and perhaps a port and a path."],
        );
    }

    #[test]
    fn err_two_single_blocks() {
        check(
            serde_json::json!({ "default_tags": [{}, {}] }),
            &["default_tags[1]: The provider block has 2 default_tags blocks: expected at most one. Merge them into one."],
        );
    }

    #[test]
    fn err_own_tag_in_default_tags() {
        check(
            serde_json::json!({ "default_tags": [{ "tags": { "terraform-provider-eks:owner": "x" } }] }),
            &[
                "default_tags[0].tags[\"terraform-provider-eks:owner\"]: The tag key \"terraform-provider-eks:owner\" is the provider's own. \
                 Remove it; set owner in the provider block instead.",
            ],
        );
    }

    #[test]
    fn err_assume_role() {
        check(
            serde_json::json!({ "assume_role": [{ "role_arn": "arn:aws:iam::222233334444:role/x", "duration": "3600" },
                { "role_arn": "arn:aws:iam::222233334444:role/x", "duration": "60" }] }),
            &[
                "assume_role[0].duration: \"3600\" is not a duration: 3600 has no unit. Did you mean \"1h\" (3600 seconds)?",
                "assume_role[1].duration: \"60\" is not a duration: 60 has no unit. Did you mean \"60m\" (minutes) or \"60s\" (seconds)?",
            ],
        );
        check(
            serde_json::json!({ "assume_role": [{ "role_arn": "arn:aws:iam::222233334444:role/x", "session_name": "a b", "duration": "10m",
                "external_id": "sesame!", "policy": "[]", "policy_arns": ["x"] }] }),
            &[
                "assume_role[0].session_name: \"a b\" of session_name is not valid: expected 2 to 64 letters, digits and _+=,.@-.",
                "assume_role[0].external_id: external_id is not valid: expected 2 to 1224 letters, digits and _+=,.@:/-.",
                "assume_role[0].duration: \"10m\" is not the length of a session: expected 15m to 12h.",
                "assume_role[0].policy: policy is JSON but not an object: expected an IAM policy, as aws_iam_policy_document or jsonencode give it.",
                "assume_role[0].policy_arns: \"x\" is not the ARN of a managed policy: expected for example \"arn:aws:iam::aws:policy/ReadOnlyAccess\".",
            ],
        );
    }

    #[test]
    fn err_web_identity_without_token() {
        check(
            serde_json::json!({ "assume_role_with_web_identity": [{ "role_arn": "arn:aws:iam::222233334444:role/x" }] }),
            &[
                "assume_role_with_web_identity[0]: Neither web_identity_token nor web_identity_token_file is set. Set web_identity_token_file to the path of a file with the token, or web_identity_token to the token.",
            ],
        );
    }

    #[test]
    fn err_account_access() {
        check(
            serde_json::json!({ "account_access": [{ "role_name": "arn:aws:iam::222233334444:role/x",
                "role_arns": { "222233334444": "arn:aws:iam::111122223333:role/x" } }] }),
            &[
                "account_access[0].role_name: \"arn:aws:iam::222233334444:role/x\" is an ARN: expected the name that the role has in every account, with its path where it has one, such as \"team/eks-access\". ARNs of single accounts go into role_arns.",
                "account_access[0].role_arns[\"222233334444\"]: The role for the account 222233334444 is \"arn:aws:iam::111122223333:role/x\", which is in the account 111122223333: calls for the one would go to the other. Give a role of 222233334444.",
            ],
        );
    }
}
