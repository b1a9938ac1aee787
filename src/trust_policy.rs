//! Trust policies of roles: whom they let assume the role.

use serde_json::Value;
use std::collections::BTreeSet;

/// The accounts whose every principal a trust policy lets assume the role, or anybody, in few words; none where it is narrower.
pub(crate) fn trusted_as_a_whole(trust_policy: &str) -> BTreeSet<String> {
    let statements = allowing(trust_policy)
        .into_iter()
        .filter(|statement| statement["Condition"].is_null());
    let trusted = statements.flat_map(|statement| principals(&statement, "AWS"));
    trusted
        .filter(|text| is_anybody(text) || account_of(text).is_some())
        .map(|text| aws(&text))
        .collect()
}

/// Whom a trust policy lets assume the role, each in few words; what Deny statements take away is not told. `None` where it
/// cannot be read.
pub(crate) fn summary(trust_policy: &str) -> Option<BTreeSet<String>> {
    serde_json::from_str::<Value>(trust_policy).ok()?;
    let trusted = allowing(trust_policy).into_iter().flat_map(|statement| {
        let condition = match statement["Condition"].is_null() {
            true => "",
            false => " (on conditions)",
        };
        trusted_by(&statement)
            .into_iter()
            .map(move |who| format!("{who}{condition}"))
            .collect::<Vec<_>>()
    });
    Some(trusted.collect())
}

/// The statements that allow something.
fn allowing(trust_policy: &str) -> Vec<Value> {
    let policy: Value = serde_json::from_str(trust_policy).unwrap_or_default();
    let statements = match &policy["Statement"] {
        Value::Array(statements) => statements.clone(),
        single => vec![single.clone()],
    };
    statements.into_iter().filter(|statement| statement["Effect"] == "Allow").collect()
}

fn trusted_by(statement: &Value) -> Vec<String> {
    if !statement["NotPrincipal"].is_null() {
        return vec!["anyone but those it names".to_owned()];
    }
    let of = |kind: &'static str, in_words: fn(&str) -> String| principals(statement, kind).into_iter().map(move |text| in_words(&text));
    of("AWS", aws)
        .chain(of("Federated", federated))
        .chain(of("Service", |service| format!("service {service}")))
        .chain(of("CanonicalUser", |id| format!("canonical user {id}")))
        .collect()
}

/// The principals of a kind. `"*"` alone is everybody of the kind `AWS`.
fn principals(statement: &Value, kind: &str) -> Vec<String> {
    let found = match &statement["Principal"] {
        Value::Object(kinds) => kinds.get(kind).cloned().unwrap_or_default(),
        other if kind == "AWS" => other.clone(),
        _ => Value::Null,
    };
    match found {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn is_anybody(principal: &str) -> bool {
    principal == "*"
}

/// The account that a principal stands for as a whole.
fn account_of(principal: &str) -> Option<&str> {
    let is_id = |text: &&str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    match principal.strip_suffix(":root") {
        Some(arn) => arn.rsplit(':').next(),
        None => Some(principal).filter(is_id),
    }
}

fn aws(principal: &str) -> String {
    if is_anybody(principal) {
        return "anyone".to_owned();
    }
    if let Some(account) = account_of(principal) {
        return format!("account {account}");
    }
    // Of a principal that was deleted only the unique id is left.
    match principal.contains(':') {
        true => principal.to_owned(),
        false => format!("deleted principal {principal}"),
    }
}

fn federated(provider: &str) -> String {
    match (provider.split_once(":saml-provider/"), provider.split_once(":oidc-provider/")) {
        (Some((_, name)), _) => format!("SAML {name}"),
        (_, Some((_, name))) => format!("OIDC {name}"),
        (None, None) => format!("federated {provider}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_that_are_trusted_as_a_whole_are_named() {
        #[track_caller]
        fn check(statements: &str, expected: &[&str]) {
            let trusted = trusted_as_a_whole(&format!(r#"{{"Statement":[{statements}]}}"#));
            assert_eq!(trusted.iter().collect::<Vec<_>>(), expected, "{statements}");
        }
        let of = |principal: &str, condition: &str| format!(r#"{{"Effect":"Allow","Principal":{principal}{condition}}}"#);
        let root = of(r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, "");
        check(&of(r#""*""#, ""), &["anyone"]);
        check(&root, &["account 111122223333"]);
        check(
            &of(r#"{"AWS":["arn:aws:iam::111122223333:role/x","222233334444"]}"#, ""),
            &["account 222233334444"],
        );
        check(
            &format!("{root},{}", of(r#"{"AWS":"222233334444"}"#, "")),
            &["account 111122223333", "account 222233334444"],
        );
        check(&of(r#"{"AWS":"arn:aws:iam::111122223333:role/x"}"#, ""), &[]);
        check(&of(r#"{"Federated":"arn:aws:iam::111122223333:saml-provider/Okta"}"#, ""), &[]);
        let condition = r#","Condition":{"StringEquals":{"a":"b"}}"#;
        check(&of(r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, condition), &[]);
        assert!(trusted_as_a_whole("not json").is_empty());
    }

    #[test]
    fn trust_is_told_in_few_words() {
        #[track_caller]
        fn check(statement: &str, expected: &[&str]) {
            let trusted = summary(&format!(r#"{{"Statement":{statement}}}"#)).unwrap();
            assert_eq!(trusted.iter().collect::<Vec<_>>(), expected, "{statement}");
        }
        check(r#"{"Effect":"Allow","Principal":"*"}"#, &["anyone"]);
        check(r#"{"Effect":"Allow","Principal":{"AWS":"*"}}"#, &["anyone"]);
        check(
            r#"[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","222233334444","arn:aws:iam::1:role/a/b","AROAX"]}}]"#,
            &[
                "account 111122223333",
                "account 222233334444",
                "arn:aws:iam::1:role/a/b",
                "deleted principal AROAX",
            ],
        );
        check(
            r#"[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::1:saml-provider/Okta","Service":"ec2.amazonaws.com"},"Condition":{"a":{}}}]"#,
            &["SAML Okta (on conditions)", "service ec2.amazonaws.com (on conditions)"],
        );
        check(
            r#"[{"Effect":"Allow","Principal":{"Federated":["arn:aws:iam::1:oidc-provider/token.example/x","cognito"],"CanonicalUser":"79a"}}]"#,
            &["OIDC token.example/x", "canonical user 79a", "federated cognito"],
        );
        check(
            r#"[{"Effect":"Deny","Principal":"*"},{"Effect":"Allow","NotPrincipal":{"AWS":"1"}}]"#,
            &["anyone but those it names"],
        );
        assert_eq!(summary("not json"), None);
    }
}
