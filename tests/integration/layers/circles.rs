//! No two files of src/ import each other, directly or by a way around.
//!
//! A folder's `mod.rs` is a file like the others, but what it re-exports is looked for in the file that has it. Modules
//! with tests may import what they like.

use crate::emulator::root;
use crate::layers::{code, expand};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Source files by their modules (`aws::session`; a `mod.rs` by its folder's).
#[derive(Default)]
struct Files(BTreeMap<String, File>);

#[derive(Default)]
struct File {
    /// Without comments, tests and re-exports.
    code: String,
    /// Paths that it re-exports. One that ends with `::` stands for all that is below.
    re_exports: BTreeSet<String>,
}

impl Files {
    fn read(src: &Path) -> Self {
        let mut files = Self::default();
        files.read_folder(src, src);
        files
    }

    fn read_folder(&mut self, src: &Path, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.read_folder(src, &path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(src).unwrap().to_str().unwrap();
                self.add(name, &std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    fn add(&mut self, path: &str, source: &str) {
        let stem = path.strip_suffix(".rs").unwrap();
        let module = stem.strip_suffix("/mod").unwrap_or(stem).replace('/', "::");
        // The crate's root only names its parts, and the binary is another crate.
        if module == "lib" || module == "main" {
            return;
        }
        let code = code(source);
        let code = code.split("#[cfg(test)] mod tests {").next().unwrap_or_default();
        let mut file = File::default();
        for statement in code.split_inclusive(';') {
            match re_exported(statement) {
                Some(paths) => expand("", paths, &mut file.re_exports),
                None => file.code.push_str(statement),
            }
        }
        file.re_exports = file.re_exports.iter().map(|path| absolute(&module, path)).collect();
        self.0.insert(module, file);
    }

    /// The files that each file uses.
    fn arrows(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let used = |module: &str, file: &File| {
            let paths = self.paths(module, &file.code);
            let files = paths.iter().filter_map(|path| self.home(path));
            files.filter(|used| *used != module).collect()
        };
        self.0.iter().map(|(module, file)| (module.as_str(), used(module, file))).collect()
    }

    /// The paths of this crate in a module's code, made absolute.
    fn paths(&self, module: &str, code: &str) -> BTreeSet<String> {
        let direct = self.paths_from(code, |first| match first {
            "crate" | "super" | "self" => Some(String::new()),
            below => self.0.contains_key(&format!("{module}::{below}")).then(String::new),
        });
        let direct: BTreeSet<String> = direct.iter().map(|path| absolute(module, path)).collect();
        // A module that is imported by its name leads on to what it has: `use crate::x::y; y::f()`.
        let imported: BTreeMap<&str, &str> = (direct.iter())
            .filter(|path| self.0.contains_key(*path))
            .map(|path| path.rsplit_once("::").map_or((path.as_str(), ""), |(above, name)| (name, above)))
            .collect();
        let by_name = self.paths_from(code, |first| imported.get(first).map(|above| (*above).to_owned()));
        direct.into_iter().chain(by_name).collect()
    }

    /// The paths that begin with a name of which `above` tells the module that has it.
    fn paths_from(&self, code: &str, above: impl Fn(&str) -> Option<String>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (at, _) in code.match_indices("::") {
            let start = code[..at].rfind(|c: char| !is_in_name(c)).map_or(0, |before| before + 1);
            let before = &code[..start];
            // The middle of a path, a macro's `$crate`, or how far something is visible.
            if before.ends_with("::") || before.ends_with('$') || before.ends_with("in ") {
                continue;
            }
            if let Some(above) = above(&code[start..at]) {
                let separator = if above.is_empty() { "" } else { "::" };
                expand(&format!("{above}{separator}"), &code[start..], &mut found);
            }
        }
        found
    }

    /// The file that has what a path names.
    fn home(&self, path: &str) -> Option<&str> {
        let mut module = path.trim_end_matches(':');
        let (module, file) = loop {
            match self.0.get_key_value(module) {
                Some(found) => break found,
                None => module = module.rsplit_once("::")?.0,
            }
        };
        let rest = path[module.len()..].trim_start_matches(':');
        let name = rest.split("::").next().filter(|name| !name.is_empty());
        let elsewhere = name.and_then(|name| file.re_exports.iter().find_map(|exported| self.re_exported(module, name, exported)));
        Some(elsewhere.unwrap_or(module))
    }

    /// The file that has a name of a module, if this re-export is about it.
    fn re_exported(&self, module: &str, name: &str, exported: &str) -> Option<&str> {
        match exported.strip_suffix("::") {
            Some(all_of) => (self.0.get_key_value(all_of))
                .filter(|(_, file)| defines(&file.code, name))
                .map(|(module, _)| module.as_str()),
            None if exported == format!("{module}::{name}") => None,
            None if exported.rsplit("::").next() == Some(name) => self.home(exported),
            None => None,
        }
    }
}

fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A path without `crate::`, `super::` and `self`.
fn absolute(module: &str, path: &str) -> String {
    let path = path.strip_suffix("::self").unwrap_or(path);
    if let Some(path) = path.strip_prefix("crate::") {
        return path.to_owned();
    }
    let (mut module, mut rest) = (module, path.strip_prefix("self::").unwrap_or(path));
    while let Some(below) = rest.strip_prefix("super::") {
        module = module.rsplit_once("::").map_or("", |(parent, _)| parent);
        rest = below;
    }
    format!("{module}::{rest}").trim_start_matches(':').to_owned()
}

/// The paths of `pub use …` or `pub(…) use …`.
fn re_exported(statement: &str) -> Option<&str> {
    let (before, paths) = statement.rsplit_once("use ")?;
    let before = before.trim_end();
    let is_public = match before.strip_suffix(')') {
        Some(before) => before.rsplit_once("pub(").is_some_and(|(_, scope)| !scope.contains(')')),
        None => before.ends_with("pub"),
    };
    is_public.then_some(paths)
}

/// Whether code has a definition of this name.
fn defines(code: &str, name: &str) -> bool {
    const WORDS: [&str; 7] = ["struct", "enum", "trait", "fn", "type", "const", "static"];
    let words: Vec<&str> = code.split(|c| !is_in_name(c)).filter(|word| !word.is_empty()).collect();
    words.windows(2).any(|pair| WORDS.contains(&pair[0]) && pair[1] == name)
}

/// Groups of files each of which leads to all others of the group.
fn circles<'a>(arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<Vec<&'a str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = arrows.keys().map(|file| (*file, reachable(arrows, file))).collect();
    let circle_of = |file: &&'a str| -> Vec<&'a str> {
        let leads_back = |other: &&&'a str| reached[*file].contains(**other) && reached[**other].contains(*file);
        arrows.keys().filter(leads_back).copied().collect()
    };
    let circles: BTreeSet<Vec<&str>> = arrows.keys().map(circle_of).collect();
    circles.into_iter().filter(|circle| circle.len() > 1).collect()
}

fn reachable<'a>(arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(file) = next.pop() {
        let new = arrows[file].iter().filter(|used| reached.insert(**used));
        next.extend(new.collect::<Vec<_>>());
    }
    reached
}

/// The arrows within a circle, as lines.
fn drawn(circle: &[&str], arrows: &BTreeMap<&str, BTreeSet<&str>>) -> String {
    let line = |file: &&str| {
        let used: Vec<&str> = arrows[file].iter().filter(|used| circle.contains(used)).copied().collect();
        format!("{file} -> {}\n", used.join(", "))
    };
    circle.iter().map(line).collect()
}

#[test]
fn no_files_import_each_other() {
    let files = Files::read(&root().join("src"));
    let arrows = files.arrows();
    let circles = circles(&arrows);
    let drawings: Vec<String> = circles.iter().map(|circle| drawn(circle, &arrows)).collect();
    let all = drawings.join("\n");
    assert!(circles.is_empty(), "files that import each other:\n{all}");
}

#[track_caller]
fn check(sources: &[(&str, &str)], expected: &[&[&str]]) {
    let mut files = Files::default();
    sources.iter().for_each(|(path, source)| files.add(path, source));
    assert_eq!(circles(&files.arrows()), expected, "{sources:?}");
}

#[test]
fn circles_are_found() {
    const B_OF_A: (&str, &str) = ("x/b.rs", "use crate::x::a::A;");
    const BOTH: &[&[&str]] = &[&["x::a", "x::b"]];
    for a in [
        "use crate::x::b::B;",
        "use crate::{y::Y, x::{b::{self}, c::C}};",
        "fn f() { crate::x::b::f() }",
        "use super::b::B;",
        "fn f() -> super::b::B {}",
        "pub use crate::y::Y; use crate::x::b::B;",
        "use crate::x::b; fn f() { b::f() }",
    ] {
        check(&[("x/a.rs", a), B_OF_A], BOTH);
    }
    let way_around = [
        ("x/a.rs", "use crate::x::b::B;"),
        ("x/b.rs", "use crate::y::c::C;"),
        ("y/c.rs", "use crate::x::a::A;"),
        ("y/d.rs", "use crate::x::a::A;"),
    ];
    check(&way_around, &[&["x::a", "x::b", "y::c"]]);
}

#[test]
fn circles_of_a_folder_and_its_files_are_found() {
    let user = ("x/a.rs", "use crate::x::X;");
    let whole: &[&[&str]] = &[&["x", "x::a"]];
    check(&[("x/mod.rs", "mod a; use a::A; struct X;"), user], whole);
    check(&[("x/mod.rs", "mod a; use self::a::A; struct X;"), user], whole);
    check(&[("x/mod.rs", "mod a; struct X; fn f() { a::f() }"), user], whole);
    let two = [("x/mod.rs", "pub mod a; pub use a::A;"), ("x/a.rs", "use crate::y::Y; struct A;")];
    check(&[two[0], two[1], ("y.rs", "use crate::x; fn f() -> x::A {}")], &[&["x::a", "y"]]);
    // A re-export stands for the file that has it.
    let two = [
        ("x/a.rs", "use crate::x::B; struct A;"),
        ("x/b.rs", "use crate::x::A; pub struct B;"),
    ];
    for index in [
        "mod a; mod b; pub use a::A; pub use b::B;",
        "mod a; mod b; pub(crate) use a::*; pub(in crate::x) use b::{B, f};",
    ] {
        check(&[("x/mod.rs", index), two[0], two[1]], &[&["x::a", "x::b"]]);
    }
}

#[test]
fn what_is_no_circle_is_not_found() {
    let b = ("x/b.rs", "use crate::x::a::A;");
    for a in [
        "use crate::x::c::C;",
        "// use crate::x::b::B;\n/// See [`crate::x::b`].\nstruct A;",
        "struct A;\n\n#[cfg(test)]\nmod tests {\n    use crate::x::b::B;\n}",
        "macro_rules! m { () => { $crate::x::b::f() } }",
        "pub(in crate::x::b) struct A;",
        "use other::crate_x::b::B;",
    ] {
        check(&[("x/a.rs", a), b], &[]);
    }
    let index = ("x/mod.rs", "mod a; mod b; pub use a::A; pub use b::B; pub trait X {}");
    check(
        &[index, ("x/a.rs", "use crate::x::X; struct A;"), ("x/b.rs", "use crate::x::{A, X};")],
        &[],
    );
}
