//! `-debug`: a provider that a developer starts, and that Terraform attaches to.

use crate::protocol::handshake::Address;

/// What to put into the environment of Terraform so that it attaches to this process.
pub(crate) fn instructions(provider: &str, listening: &Address, pid: u32) -> String {
    let reattach = serde_json::json!({
        provider: {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": pid,
            "Test": true,
            "Addr": { "Network": listening.network, "String": listening.address },
        }
    });
    let assignment = if cfg!(windows) {
        format!("\tCommand Prompt:\tset \"TF_REATTACH_PROVIDERS={reattach}\"\n\tPowerShell:\t$env:TF_REATTACH_PROVIDERS='{reattach}'")
    } else {
        format!("\tTF_REATTACH_PROVIDERS='{reattach}'")
    };
    format!(
        "Provider started. To attach Terraform CLI, set the TF_REATTACH_PROVIDERS environment variable with the following:\n\n{assignment}\n"
    )
}
