//! Patterns of namespaces.

use std::collections::BTreeSet;
use std::str;
use terraform_provider_eks::domain::access_policy::{AccessScope, validate_namespace};

/// What a star may stand for.
const TEXTS: [&str; 4] = ["", "a", "-b", "*"];

/// Three sets of patterns, a line each, with spaces between.
pub fn namespaces(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut scopes = text.split('\n').map(|line| {
        let names: BTreeSet<String> = line.split(' ').map(str::to_owned).collect();
        let are_valid = names.iter().all(|name| validate_namespace(name).is_ok());
        let scope = AccessScope::from_parts(None, Some(&names));
        assert_eq!(scope.is_ok(), are_valid);
        scope.ok()
    });
    let (a, b, c) = (scopes.next().flatten(), scopes.next().flatten(), scopes.next().flatten());
    let Some(a) = a else { return };
    assert!(a.covers(&a) && AccessScope::Cluster.covers(&a) && !a.covers(&AccessScope::Cluster));
    assert_eq!(AccessScope::from_aws(a.aws_type(), names(&a)).as_ref(), Ok(&a));
    let Some(b) = b else { return };
    if !a.covers(&b) {
        return;
    }
    // Whatever name the other one lets in is let in here.
    for name in names(&b) {
        for text in TEXTS {
            let name = name.replace('*', text);
            assert!(
                names(&a).iter().any(|pattern| is_match(pattern.as_bytes(), name.as_bytes())),
                "{a} {name}"
            );
        }
    }
    if let Some(c) = c {
        assert!(!b.covers(&c) || a.covers(&c));
    }
}

fn names(scope: &AccessScope) -> BTreeSet<String> {
    scope.namespaces().cloned().unwrap_or_default()
}

/// The plain definition of a pattern, in which nothing is clever.
fn is_match(pattern: &[u8], name: &[u8]) -> bool {
    let mut reached: BTreeSet<usize> = BTreeSet::from([0]);
    for byte in pattern {
        reached = match (byte, reached.first()) {
            (_, None) => return false,
            (b'*', Some(first)) => (*first..=name.len()).collect(),
            _ => reached.iter().filter(|at| name.get(**at) == Some(byte)).map(|at| at + 1).collect(),
        };
    }
    reached.contains(&name.len())
}
