//! `make release`: what a registry checks of a release, without the build.

use crate::emulator::root;
use crate::terraform::Output;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A folder with archives, and keys of its own.
struct Release {
    dist: TempDir,
    keys: TempDir,
}

impl Release {
    fn new() -> Self {
        let release = Self {
            dist: tempfile::tempdir().unwrap(),
            keys: tempfile::tempdir().unwrap(),
        };
        for platform in ["linux_amd64", "darwin_arm64"] {
            release.file(&format!("terraform-provider-eks_{VERSION}_{platform}.zip"), platform);
        }
        release
    }

    fn file(&self, name: &str, content: &str) {
        std::fs::write(self.dist.path().join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.dist.path().join(name)).unwrap()
    }

    fn command(&self, program: impl AsRef<Path>, arguments: &[&str]) -> Output {
        let mut command = Command::new(program.as_ref());
        command
            .args(arguments)
            .current_dir(self.dist.path())
            .env("GNUPGHOME", self.keys.path())
            .env_remove("GPG_PASSPHRASE");
        command.output().unwrap().into()
    }

    fn sums(&self, version: &str, more: &[&str]) -> Output {
        let dist = self.dist.path().to_str().unwrap();
        self.command(root().join("tools/release"), &[&["sums", version, "--dist", dist], more].concat())
    }

    fn make_key(&self, algorithm: &str) {
        let name = format!("{algorithm}@example.com");
        let generate = ["--batch", "--passphrase", "", "--quick-generate-key", &name, algorithm, "sign"];
        self.command("gpg", &generate).ok();
    }
}

impl Drop for Release {
    fn drop(&mut self) {
        // gpg has left an agent that watches over these keys.
        self.command("gpgconf", &["--kill", "all"]);
    }
}

#[test]
fn checksums_are_of_all_archives_and_the_manifest_and_are_signed() {
    let release = Release::new();
    release.file("terraform-provider-eks_99.0.0_linux_amd64.zip", "another version");
    release.make_key("rsa3072");
    release.sums(VERSION, &["--key", "rsa3072@example.com"]).ok();

    let sums = format!("terraform-provider-eks_{VERSION}_SHA256SUMS");
    let listed = String::from_utf8(release.read(&sums)).unwrap();
    let names: Vec<_> = listed.lines().map(|line| line.split("  ").nth(1).unwrap()).collect();
    let expected = ["darwin_arm64.zip", "linux_amd64.zip", "manifest.json"].map(|end| format!("terraform-provider-eks_{VERSION}_{end}"));
    assert_eq!(names, expected);
    release.command("sha256sum", &["--check", "--strict", &sums]).ok();
    release.command("gpg", &["--verify", &format!("{sums}.sig"), &sums]).ok();
    let signature = release.read(&format!("{sums}.sig"));
    assert!(signature.first().is_some_and(|byte| byte & 0x80 != 0), "registries take no armor");

    let manifest: serde_json::Value = serde_json::from_slice(&release.read(&expected[2])).unwrap();
    assert_eq!(manifest["metadata"]["protocol_versions"], serde_json::json!(["6.0"]));
}

/// The registry would take such a release and then not verify it.
#[test]
fn elliptic_key_is_refused() {
    let release = Release::new();
    release.make_key("ed25519");
    let refused = release.sums(VERSION, &["--key", "ed25519@example.com"]).failed();
    refused.says("neither an RSA nor a DSA key");
}

#[test]
fn version_that_is_not_that_of_the_source_is_refused() {
    let release = Release::new();
    release
        .sums("99.0.0", &[])
        .failed()
        .says(&format!("the version is {VERSION} in Cargo.toml"));
}
