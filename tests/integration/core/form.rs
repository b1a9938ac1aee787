//! The form of every message: short prose, ARNs and commands on lines of their own, plain words, links that lead somewhere.

use crate::emulator::root;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Where Terraform wraps prose; it leaves lines alone that begin with a blank.
const WRAPPED_AT: usize = 78;
/// The most lines of our prose, of what AWS or something in its place said, and of what is listed.
const MOST_PROSE: usize = 10;
const MOST_QUOTED: usize = 6;
const MOST_LISTED: usize = 26;
/// How long a line may be that Terraform leaves alone, without its longest word: an ARN cannot be broken.
const WIDEST: usize = 100;
const WIDEST_BESIDE_A_LONG_WORD: usize = 60;
const DOCUMENTATION: &str = "https://registry.terraform.io/providers/eks-sso/eks/latest/docs";
/// How a line begins that says what somebody else answered, or that nobody did.
const QUOTES: [&str; 10] = [
    "AWS: ",
    "Kubernetes: ",
    "Kubernetes Get",
    "Kubernetes Create",
    "Kubernetes Update",
    "EKS ",
    "IAM ",
    "STS ",
    "SSO Admin ",
    "identitystore ",
];
/// Words that users stumble over, and those of the SDK and of tests.
const BANNED: [&str; 14] = [
    "anew",
    "mended",
    " mend ",
    "for ever ",
    "whoever",
    "have ended",
    "looks into tls",
    "left out",
    "operation error",
    "the first error",
    "emulator",
    "service error",
    "dispatch failure",
    "not wholly",
];

/// Fails where a message has not the form that all have.
#[track_caller]
pub fn check(summary: &str, detail: &str) {
    let problems = problems(summary, detail);
    assert!(problems.is_empty(), "{problems:?} in the message\n{summary}\n\n{detail}");
}

fn problems(summary: &str, detail: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let (listed, prose): (Vec<&str>, Vec<&str>) = detail.lines().partition(|line| line.starts_with(' '));
    let (quoted, ours): (Vec<&str>, Vec<&str>) = prose.iter().partition(|line| QUOTES.iter().any(|quote| line.starts_with(quote)));
    for (what, lines, most) in [("prose", ours, MOST_PROSE), ("quotes", quoted, MOST_QUOTED)] {
        let lines: usize = lines.iter().map(|line| wrapped(line)).sum();
        if lines > most {
            problems.push(format!("{lines} lines of {what}"));
        }
    }
    if listed.len() > MOST_LISTED {
        problems.push(format!("{} lines that are listed", listed.len()));
    }
    problems.extend(
        listed
            .into_iter()
            .filter(|line| is_too_wide(line))
            .map(|line| format!("too wide: {line}")),
    );
    // What AWS, a certificate or a file says is not ours.
    let ours = detail.split("\n\nAWS: ").next().unwrap().to_lowercase();
    let words = format!("{} {ours} ", summary.to_lowercase()).replace(['.', ',', ';', ':', '\n'], " ");
    problems.extend(
        BANNED
            .iter()
            .filter(|word| words.contains(**word))
            .map(|word| format!("says {word:?}")),
    );
    let links = detail.split_whitespace().filter(|word| word.starts_with(DOCUMENTATION));
    problems.extend(
        links
            .filter(|link| !targets().contains(*link))
            .map(|link| format!("leads nowhere: {link}")),
    );
    if summary.ends_with('.') || summary.len() > 78 {
        problems.push("the summary is not a title".to_owned());
    }
    if detail.contains("  ") && prose.iter().any(|line| line.contains("  ")) {
        problems.push("two blanks in prose".to_owned());
    }
    problems
}

fn wrapped(line: &str) -> usize {
    let mut lines = usize::from(!line.is_empty());
    let mut width = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > WRAPPED_AT {
            lines += 1;
            width = length;
        } else {
            width += length + usize::from(width > 0);
        }
    }
    lines
}

fn is_too_wide(line: &str) -> bool {
    let length = line.chars().count();
    let longest = line.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0);
    length > WIDEST && length - longest > WIDEST_BESIDE_A_LONG_WORD
}

/// Each page of docs/ and each of its headings, as the registry addresses them.
fn targets() -> &'static BTreeSet<String> {
    static TARGETS: OnceLock<BTreeSet<String>> = OnceLock::new();
    TARGETS.get_or_init(|| {
        let guides = std::fs::read_dir(root().join("docs/guides"))
            .unwrap()
            .map(|file| file.unwrap().path());
        let pages = guides.map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (path, format!("{DOCUMENTATION}/guides/{name}"))
        });
        let index = (root().join("docs/index.md"), DOCUMENTATION.to_owned());
        pages
            .chain([index])
            .flat_map(|(path, page)| addresses(&std::fs::read_to_string(path).unwrap(), &page))
            .collect()
    })
}

fn addresses(text: &str, page: &str) -> Vec<String> {
    let headings = text
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
    let anchor = |heading: &str| heading.chars().filter(kept).collect::<String>().to_lowercase().replace(' ', "-");
    headings
        .map(|heading| format!("{page}#{}", anchor(heading)))
        .chain([page.to_owned()])
        .collect()
}

#[test]
fn messages_that_are_too_long_or_lead_nowhere_are_found() {
    assert!(problems("Title", "Short.\n  aws eks list-clusters\nEnd.").is_empty());
    let found = |detail: &str, expected: &str| {
        let problems = problems("Title", detail);
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{problems:?}");
    };
    found(&"word ".repeat(200), "lines of prose");
    found(&format!("  {}", "word ".repeat(30)), "too wide");
    found(&format!("AWS: {}", "word ".repeat(200)), "lines of quotes");
    found("It is made anew.", "anew");
    found(
        &format!("More:\n  {DOCUMENTATION}/guides/troubleshooting#no-such-heading"),
        "leads nowhere",
    );
    found(&"  line\n".repeat(40), "that are listed");
    assert!(problems("Title", &format!("  {}", "x".repeat(150))).is_empty());
    assert!(!problems("A sentence.", "x").is_empty());
}
