//! go-plugin's handshake: the cookie, the protocol version and the one line on stdout.
//!
//! Left out: `PLUGIN_UNIX_SOCKET_GROUP` and multiplexed brokers, which Terraform never asks for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

const COOKIE_KEY: &str = "TF_PLUGIN_MAGIC_COOKIE";
const COOKIE_VALUE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// What go-plugin prints for a plugin that a person started by hand.
pub const NOT_A_PROGRAM: &str = "This binary is a plugin. These are not meant to be executed directly.\n\
    Please execute the program that consumes these plugins, which will\n\
    load any plugins automatically\n";

/// What Terraform told this process in its environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invitation {
    /// Whether the magic cookie is right: Terraform started us, not a person.
    pub cookie: bool,
    /// Terraform's certificate as PEM; TLS is on if it is there.
    pub client_certificate: Option<String>,
    /// What kind of address to listen at.
    pub network: Network,
    /// Where to make the unix socket.
    pub socket_dir: Option<String>,
    /// Lowest TCP port; 0 is any.
    pub min_port: u16,
    /// Highest TCP port.
    pub max_port: u16,
    /// Whether the line ends with a field about multiplexing.
    pub multiplex_field: bool,
}

/// The kind of address that a plugin listens at. Terraform takes either on every system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Network {
    /// A socket in the file system, which its mode protects.
    #[cfg(unix)]
    #[default]
    Unix,
    /// A TCP port of this machine, which TLS alone protects: go-plugin's choice on Windows.
    #[cfg_attr(not(unix), default)]
    Loopback,
}

impl Invitation {
    /// Reads the environment through `var`.
    pub fn read(var: impl Fn(&str) -> Option<String>) -> Self {
        let port = |name| var(name).and_then(|port| port.parse().ok()).unwrap_or(0);
        let set = |name| var(name).filter(|value| !value.is_empty());
        Self {
            cookie: var(COOKIE_KEY).as_deref() == Some(COOKIE_VALUE),
            client_certificate: set("PLUGIN_CLIENT_CERT"),
            network: Network::default(),
            socket_dir: set("PLUGIN_UNIX_SOCKET_DIR"),
            min_port: port("PLUGIN_MIN_PORT"),
            max_port: port("PLUGIN_MAX_PORT"),
            multiplex_field: set("PLUGIN_MULTIPLEX_GRPC").is_some(),
        }
    }
}

/// Where the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `unix` or `tcp`.
    pub network: &'static str,
    /// Path or host and port.
    pub address: String,
}

/// The line on stdout: core protocol 1, provider protocol 6 (also where the caller asked for others
/// only: it then reports the incompatibility in its own words), address, certificate.
#[must_use]
pub fn line(address: &Address, server_certificate_der: Option<&[u8]>, multiplex_field: bool) -> String {
    let certificate = server_certificate_der.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let multiplex = if multiplex_field { "|false" } else { "" };
    format!("1|6|{}|{}|grpc|{certificate}{multiplex}\n", address.network, address.address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix() -> Address {
        Address {
            network: "unix",
            address: "/tmp/plugin1".into(),
        }
    }

    #[test]
    fn line_carries_the_certificate_unpadded() {
        assert_eq!(line(&unix(), Some(b"abcd"), false), "1|6|unix|/tmp/plugin1|grpc|YWJjZA\n");
    }

    #[test]
    fn line_has_an_empty_field_where_tls_is_off() {
        assert_eq!(line(&unix(), None, false), "1|6|unix|/tmp/plugin1|grpc|\n");
        assert_eq!(line(&unix(), None, true), "1|6|unix|/tmp/plugin1|grpc||false\n");
    }

    #[test]
    fn wrong_cookie_is_no_invitation() {
        assert!(!Invitation::read(|_| None).cookie);
        assert!(!Invitation::read(|name| (name == COOKIE_KEY).then(|| "x".into())).cookie);
        assert!(Invitation::read(|name| (name == COOKIE_KEY).then(|| COOKIE_VALUE.into())).cookie);
    }
}
