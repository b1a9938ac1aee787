//! The inputs that fuzzing has found worth keeping, each through its target once: what was mended stays so, without nightly
//! and without libFuzzer.

#[path = "../../fuzz/src/lib.rs"]
mod targets;

use crate::emulator::root;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use targets::{TARGETS, Target};

/// The names in a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Replays a corpus, and gives its size.
fn replay(name: &str, target: Target) -> usize {
    let folder = root().join("fuzz/corpus").join(name);
    let inputs = names(&folder);
    for input in &inputs {
        let data = fs::read(folder.join(input)).unwrap();
        let outcome = std::panic::catch_unwind(|| target(&data));
        assert!(outcome.is_ok(), "fuzz/corpus/{name}/{input}");
    }
    inputs.len()
}

#[test]
fn corpus_holds_all_promises() {
    for (name, target) in TARGETS {
        assert!(replay(name, target) > 0, "{name} has no corpus");
    }
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&root().join("fuzz/corpus")), known);
    let programs = names(&root().join("fuzz/targets"));
    assert_eq!(programs, known.iter().map(|name| format!("{name}.rs")).collect());
}
