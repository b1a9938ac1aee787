//! `make release`: what a registry and `terraform init` check of a release, without the build.

use crate::emulator::{World, root};
use crate::terraform::{Output, Workspace};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
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

    /// A signed one whose archive for this platform can be unpacked.
    fn signed() -> Self {
        let release = Self::new();
        let name = format!("terraform-provider-eks_v{VERSION}");
        release.file(&name, "a program");
        let archive = own_archive();
        release.command("python3", &["-m", "zipfile", "-c", &archive, &name]).ok();
        release.make_key("rsa3072");
        release.sums(VERSION, &["--key", "rsa3072@example.com"]).ok();
        release
    }

    fn public_key(&self) -> String {
        self.command("gpg", &["--armor", "--output", "key.asc", "--export"]).ok();
        String::from_utf8(self.read("key.asc")).unwrap()
    }

    fn make_key(&self, algorithm: &str) {
        let name = format!("{algorithm}@example.com");
        let generate = ["--batch", "--passphrase", "", "--quick-generate-key", &name, algorithm, "sign"];
        self.command("gpg", &generate).ok();
    }
}

/// The part of a registry's protocol that `terraform init` uses, for one release and this machine's platform.
struct Registry {
    address: SocketAddr,
    /// The release, and the key that is said to have signed it.
    dist: PathBuf,
    key: String,
}

impl Registry {
    /// Serves until the test's process ends.
    fn start(release: &Release, key: String) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let dist = release.dist.path().to_owned();
        std::thread::spawn(move || Self { address, dist, key }.serve(listener));
        address
    }

    fn serve(&self, listener: TcpListener) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let answer = service_fn(async |request| self.answer(&request));
                // One connection at a time is enough; a client that goes away is no error of ours.
                let mut connection = hyper::server::conn::http1::Builder::new();
                let _ = connection.keep_alive(false).serve_connection(TokioIo::new(stream), answer).await;
            }
        });
    }

    fn answer(&self, request: &Request<Incoming>) -> Result<Response<Full<hyper::body::Bytes>>, Infallible> {
        let path = request.uri().path();
        let body = match path.strip_prefix("/v1/providers/eks-sso/eks/") {
            Some("versions") => Some(self.versions().to_string().into_bytes()),
            Some(_) => Some(self.download().to_string().into_bytes()),
            None => std::fs::read(self.dist.join(path.trim_start_matches('/'))).ok(),
        };
        let status = if body.is_some() { 200 } else { 404 };
        let body = Full::from(body.unwrap_or_default());
        Ok(Response::builder().status(status).body(body).unwrap())
    }

    fn versions(&self) -> Value {
        let manifest: Value = serde_json::from_slice(&std::fs::read(self.dist.join(file("manifest.json"))).unwrap()).unwrap();
        let (protocols, (os, arch)) = (&manifest["metadata"]["protocol_versions"], platform());
        json!({ "versions": [{ "version": VERSION, "protocols": protocols, "platforms": [{ "os": os, "arch": arch }] }] })
    }

    fn download(&self) -> Value {
        let (archive, (os, arch)) = (own_archive(), platform());
        let sums = std::fs::read_to_string(self.dist.join(file("SHA256SUMS"))).unwrap();
        let sum = sums.lines().find_map(|line| line.strip_suffix(&archive)).unwrap().trim_end();
        let url = |name: &str| format!("http://{}/{name}", self.address);
        json!({
            "protocols": ["6.0"], "os": os, "arch": arch, "filename": archive, "shasum": sum,
            "download_url": url(&archive),
            "shasums_url": url(&file("SHA256SUMS")),
            "shasums_signature_url": url(&file("SHA256SUMS.sig")),
            "signing_keys": { "gpg_public_keys": [{ "key_id": "of the test", "ascii_armor": self.key }] },
        })
    }
}

/// The registry's name of the platform that this test runs on.
fn platform() -> (&'static str, &'static str) {
    let os = if cfg!(target_os = "macos") {
        "darwin"
    } else {
        std::env::consts::OS
    };
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    (os, arch)
}

fn own_archive() -> String {
    let (os, arch) = platform();
    file(&format!("{os}_{arch}.zip"))
}

/// The name of a file of the release.
fn file(end: &str) -> String {
    format!("terraform-provider-eks_{VERSION}_{end}")
}

/// What `terraform init` says with such a registry in the place of Terraform's own.
fn init(world: &World, registry: SocketAddr) -> Output {
    let mut terraform = Workspace::new(world, "").of_version("1.15");
    let source = "terraform {\n  required_providers {\n    eks = {\n      source = \"eks-sso/eks\"\n    }\n  }\n}\n";
    terraform.file("main.tf", source);
    let services = format!("services = {{ \"providers.v1\" = \"http://{registry}/v1/providers/\" }}");
    terraform.file("cli.tfrc", &format!("host \"registry.terraform.io\" {{\n  {services}\n}}\n"));
    let home = terraform.path().to_str().unwrap().to_owned();
    terraform.set_env("HOME", &home);
    terraform.run(&["init", "-no-color"])
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
    let expected = ["darwin_arm64.zip", "linux_amd64.zip", "manifest.json"].map(file);
    assert_eq!(names, expected);
    release.command("sha256sum", &["--check", "--strict", &sums]).ok();
    release.command("gpg", &["--verify", &format!("{sums}.sig"), &sums]).ok();
    let signature = release.read(&format!("{sums}.sig"));
    assert!(signature.first().is_some_and(|byte| byte & 0x80 != 0), "registries take no armor");

    let manifest: serde_json::Value = serde_json::from_slice(&release.read(&expected[2])).unwrap();
    assert_eq!(manifest["metadata"]["protocol_versions"], serde_json::json!(["6.0"]));
}

#[test]
fn terraform_verifies_the_signature_of_what_it_installs() {
    let release = Release::signed();
    let registry = Registry::start(&release, release.public_key());
    let installed = init(&World::new(), registry).ok();
    installed.says(&format!("Installed eks-sso/eks v{VERSION} (self-signed, key ID "));
}

#[test]
fn terraform_installs_nothing_that_somebody_else_signed_or_changed() {
    let (world, release) = (World::new(), Release::signed());
    let somebody = Release::new();
    somebody.make_key("rsa3072");
    let refused = init(&world, Registry::start(&release, somebody.public_key())).failed();
    refused.says("authentication signature from unknown issuer");

    let registry = Registry::start(&release, release.public_key());
    release.file(&own_archive(), "another program");
    init(&world, registry).failed().says("archive has incorrect checksum");
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
