//! Endpoints in the environment. The AWS SDK reads them from the process that it runs in, which all benches share, so a
//! bench gives those of its own environment as arguments of the provider.

use crate::core::value::Value;

/// Arguments of the provider's `endpoints` block, and what the SDK's variables end in.
const SERVICES: [(&str, &str); 5] = [
    ("eks", "EKS"),
    ("iam", "IAM"),
    ("sts", "STS"),
    ("ssoadmin", "SSO_ADMIN"),
    ("identitystore", "IDENTITYSTORE"),
];

/// Adds the endpoints of an environment to a provider block, where it names none itself.
pub fn add(config: &mut Value, env: &[(String, String)]) {
    let variable = |name: &str| {
        env.iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value)
    };
    let mut endpoints = match config.get("endpoints") {
        Value::Set(blocks) if blocks.len() < 2 => blocks
            .first()
            .cloned()
            .unwrap_or_else(|| Value::map(SERVICES.map(|(argument, _)| (argument.to_owned(), Value::Null)))),
        _ => return,
    };
    let mut found = false;
    for (argument, suffix) in SERVICES {
        let url = variable(&format!("AWS_ENDPOINT_URL_{suffix}")).or(variable("AWS_ENDPOINT_URL"));
        if endpoints.get(argument).is_null() {
            endpoints.set_entry(argument, url.map_or(Value::Null, Value::text));
        }
        found |= !endpoints.get(argument).is_null();
    }
    if found && variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_none() {
        config.set_entry("endpoints", Value::set([endpoints]));
    }
}
