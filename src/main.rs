//! Joins the provider and the protocol.

use std::io::Write as _;
use std::process::ExitCode;
use terraform_provider_eks::aws::environment::Environment;
use terraform_provider_eks::protocol::handshake::{Invitation, NOT_A_PROGRAM};
use terraform_provider_eks::protocol::{Host, Mode, logging, serve};
use terraform_provider_eks::provider::EksProvider;

/// The source address without a host: Terraform and OpenTofu each add their own registry's.
const ADDRESS: &str = "eks-sso/eks";

const HELP: &str = "\
terraform-provider-eks: a Terraform and OpenTofu provider for EKS access of IAM Identity Center permission sets.

Terraform starts it by itself; put the provider into required_providers instead of running it.

  -debug      serve without Terraform and print how to attach it (TF_REATTACH_PROVIDERS)
  --version   print the version
  --help      print this text
";

fn main() -> ExitCode {
    let argument = std::env::args_os().nth(1).map(|argument| argument.to_string_lossy().into_owned());
    let mode = match argument.as_deref() {
        Some("--version" | "-version") => return print(&format!("terraform-provider-eks {}\n", env!("CARGO_PKG_VERSION"))),
        Some("--help" | "-help" | "-h") => return print(HELP),
        Some("--debug" | "-debug") => Mode::Debug {
            address: ADDRESS.to_owned(),
        },
        Some(other) => return fail(&format!("unknown argument {other:?}\n\n{HELP}")),
        None => Mode::Managed(Invitation::read(variable)),
    };
    if matches!(&mode, Mode::Managed(invitation) if !invitation.cookie) {
        return fail(NOT_A_PROGRAM);
    }
    match run(mode) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("terraform-provider-eks: {error}\n")),
    }
}

#[tokio::main]
async fn run(mode: Mode) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    logging::start(logging::level(variable))?;
    let environment = Environment::from_process();
    serve(Host::new(move || EksProvider::new(environment.clone())), mode).await
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the plugin's own environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn fail(text: &str) -> ExitCode {
    // There is nobody left to tell if stderr is closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::FAILURE
}
