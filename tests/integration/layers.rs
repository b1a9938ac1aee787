//! Arrows between the folders of src/ point one way, and so do those between its files.

mod circles;

use crate::emulator::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Each folder (or file) of src/, and what of the crate it may use.
const LAYERS: [(&str, &[&str]); 18] = [
    ("domain", &[]),
    ("hosting", &[]),
    ("lock", &[]),
    ("page", &[]),
    ("aws", &["domain", "lock", "page", "hosting::stop_token", "hosting::scope_stop"]),
    ("report", &["domain", "aws", "page"]),
    ("role_problems", &["domain", "aws", "report"]),
    ("trust_policy", &[]),
    ("other_partition", &["domain", "aws", "report"]),
    ("protocol", &["hosting", "lock"]),
    ("functions", &["domain", "hosting", "report"]),
    ("configured", &["aws", "report"]),
    ("cluster_place", &["domain", "aws", "report"]),
    ("cluster_aws_auth", &["domain", "aws", "report", "cluster_place"]),
    (
        "resources",
        &[
            "domain",
            "aws",
            "hosting",
            "lock",
            "report",
            "configured",
            "role_problems",
            "trust_policy",
            "other_partition",
            "cluster_place",
            "cluster_aws_auth",
        ],
    ),
    (
        "data_sources",
        &[
            "domain",
            "aws",
            "hosting",
            "report",
            "configured",
            "role_problems",
            "trust_policy",
            "other_partition",
            "cluster_place",
            "cluster_aws_auth",
        ],
    ),
    (
        "provider",
        &[
            "domain",
            "aws",
            "hosting",
            "report",
            "configured",
            "resources",
            "data_sources",
            "functions",
        ],
    ),
    ("lib", &[]),
];

/// Crates that a folder knows nothing of; a name that ends with `_` stands for all that begin so.
const STRANGERS: [(&str, &[&str]); 9] = [
    (
        "domain",
        &[
            "tokio",
            "async_trait",
            "aws_",
            "tf_provider",
            "tonic",
            "prost",
            "serde_json",
            "http",
        ],
    ),
    ("hosting", &["aws_", "tonic", "prost", "http"]),
    ("aws", &["tf_provider", "tonic", "prost"]),
    ("report", &["aws_", "tonic", "prost"]),
    ("protocol", &["aws_config", "aws_sdk_", "aws_smithy_", "aws_types"]),
    ("functions", &["tokio", "aws_", "tonic", "prost"]),
    ("resources", &["aws_", "tonic", "prost"]),
    ("data_sources", &["aws_", "tonic", "prost"]),
    ("provider", &["aws_", "tonic", "prost"]),
];

/// A source text without its comments.
pub(crate) fn code(source: &str) -> String {
    let lines = source.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join(" ")
}

/// Other crates that a layer uses and may not.
fn strangers(layer: &str, source: &str) -> Vec<String> {
    let refused = STRANGERS
        .iter()
        .filter(|(name, _)| *name == layer)
        .flat_map(|(_, refused)| refused.iter());
    let is_refused = |word: &str| {
        refused
            .clone()
            .any(|name| word == *name || name.ends_with('_') && word.starts_with(name))
    };
    let code = code(source);
    let words: BTreeSet<&str> = code
        .match_indices("::")
        .filter_map(|(at, _)| code[..at].rsplit(|c: char| !c.is_alphanumeric() && c != '_').next())
        .collect();
    words.into_iter().filter(|word| is_refused(word)).map(str::to_owned).collect()
}

/// Uses of the crate in a source text, as paths without `crate::`; braces are resolved.
fn uses(source: &str) -> BTreeSet<String> {
    let code = code(source);
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            expand("", &code[at + "crate::".len()..], &mut found);
        }
    }
    found
}

/// The paths of `a::{b, c::d}`, up to the end of the group.
pub(crate) fn expand(prefix: &str, text: &str, found: &mut BTreeSet<String>) {
    let path: String = text.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
    let rest = &text[path.len()..];
    match rest.strip_prefix('{') {
        Some(group) => items(group)
            .into_iter()
            .for_each(|item| expand(&format!("{prefix}{path}"), item.trim(), found)),
        None => {
            found.insert(format!("{prefix}{path}"));
        }
    }
}

/// What stands between commas up to the brace that closes the group.
fn items(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut items) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.push(&group[start..at]);
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    items.retain(|item| !item.trim().is_empty());
    items
}

/// What a layer uses and may not.
fn forbidden(layer: &str, source: &str) -> Vec<String> {
    let (_, allowed) = LAYERS
        .iter()
        .find(|(name, _)| *name == layer)
        .unwrap_or_else(|| panic!("src/{layer} is not in the table of layers: add it, and what it may use"));
    let within = |path: &str, parent: &str| path == parent || path.strip_prefix(parent).is_some_and(|rest| rest.starts_with("::"));
    uses(source)
        .into_iter()
        .filter(|path| !within(path, layer) && !allowed.iter().any(|parent| within(path, parent)))
        .collect()
}

fn check_folder(layer: &str, path: &Path, problems: &mut Vec<String>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            check_folder(layer, &entry.unwrap().path(), problems);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let source = std::fs::read_to_string(path).unwrap();
        problems.extend(
            forbidden(layer, &source)
                .into_iter()
                .map(|used| format!("{}: {used}", path.display())),
        );
    }
}

#[test]
fn arrows_point_one_way() {
    let mut problems = Vec::new();
    let mut layers = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        let layer = path.file_stem().unwrap().to_str().unwrap().to_owned();
        // The binary is another crate: it joins provider and protocol.
        if layer != "main" {
            check_folder(&layer, &path, &mut problems);
            layers.insert(layer);
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(layers.len() >= LAYERS.len(), "{layers:?}");
}

/// The table "Folders": what each folder or file is called there, and what it may know.
#[test]
fn architecture_has_the_layers() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let mut told = BTreeMap::new();
    for row in text.lines().filter(|line| line.starts_with("| `src/")) {
        let cells: Vec<_> = row.trim_matches('|').split('|').collect();
        for path in quoted(cells[0]) {
            let layer = path
                .trim_start_matches("src/")
                .trim_end_matches('/')
                .trim_end_matches(".rs")
                .to_owned();
            told.insert(layer, quoted(cells[2]).into_iter().collect::<BTreeSet<_>>());
        }
    }
    told.remove("main");
    // What the schemas' layers may know is told of all three at once.
    let schemas = ["resources", "data_sources", "functions"];
    let mut expected = BTreeMap::new();
    for (layer, used) in LAYERS.iter().filter(|(layer, _)| *layer != "lib") {
        let used = used.iter().map(|path| path.split("::").next().unwrap().to_owned());
        let row = if schemas.contains(layer) {
            &schemas[..]
        } else {
            std::slice::from_ref(layer)
        };
        for layer in row {
            expected
                .entry((*layer).to_owned())
                .or_insert_with(BTreeSet::new)
                .extend(used.clone());
        }
    }
    assert_eq!(told, expected);
}

#[test]
fn bad_imports_are_found() {
    #[track_caller]
    fn check(layer: &str, source: &str, expected: &[&str]) {
        assert_eq!(forbidden(layer, source), expected, "{layer}: {source}");
    }
    check("domain", "use crate::domain::arn::Arn;\nuse std::fmt;", &[]);
    check("domain", "use crate::aws::error::AwsError;", &["aws::error::AwsError"]);
    check("protocol", "use crate::{hosting::Raw, provider};", &["provider"]);
    check(
        "protocol",
        "use crate::{\n    hosting::{Raw, Provider},\n    aws::{eks::Eks, iam},\n};",
        &["aws::eks::Eks", "aws::iam"],
    );
    check("protocol", "fn f() { crate::resources::registry() }", &["resources::registry"]);
    check("aws", "use crate::hosting::stop_token;", &[]);
    check("aws", "use crate::hosting::{Raw, stop_token};", &["hosting::Raw"]);
    check("aws", "use crate::hosting;", &["hosting"]);
    check(
        "resources",
        "use crate::configured::Configured; use crate::provider::EksProvider;",
        &["provider::EksProvider"],
    );
    check(
        "hosting",
        "// use crate::aws::eks;\n/// See [`crate::aws`].\nuse crate::hosting::Raw;",
        &[],
    );
    check("domain", "use crate::domain_of_others::X;", &["domain_of_others::X"]);
}

#[test]
fn strangers_are_found() {
    #[track_caller]
    fn check(layer: &str, source: &str, expected: &[&str]) {
        assert_eq!(strangers(layer, source), expected, "{layer}: {source}");
    }
    check("domain", "use std::fmt;\nuse strsim::jaro;", &[]);
    check("domain", "use tf_provider::{Diagnostic, Diagnostics};", &["tf_provider"]);
    check("resources", "fn f(error: aws_sdk_eks::Error) {}", &["aws_sdk_eks"]);
    check("resources", "use crate::aws::eks::Eks;", &[]);
    check("aws", "use aws_sdk_eks::Client; // not tonic::Status", &[]);
    check("protocol", "use rustls::crypto::aws_lc_rs::default_provider;", &[]);
    check("protocol", "let x = aws_config::load();", &["aws_config"]);
}
