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
        "start to handshake",
        "stripped",
        "### Grants",
        "### No-change plan and its floor",
        "### Calls",
        "rotation: apply",
        "the rates allow",
        "boto3",
    ] {
        assert!(text.contains(section), "{section} is missing in:\n{text}");
    }
}
