//! tools/bench, in small: it runs to its end, and finds the calls that are promised. Its times say nothing here.

use crate::emulator::{root, venv};
use std::process::Command;

#[test]
fn quick_bench_finds_the_promised_calls() {
    let output = Command::new(venv("python"))
        .arg(root().join("tools/bench"))
        .args(["--quick", "--debug", "--offline"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    for section in [
        "### Start",
        "### Binary",
        "### Grants",
        "### No-change plan and its floor",
        "### Calls",
        "### Without Terraform",
    ] {
        assert!(text.contains(section), "{section} is missing in:\n{text}");
    }
}
