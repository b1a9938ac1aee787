//! How long a plugin takes from its start to the handshake, and to the answer to the first question: its schema.
//!
//! It is started as Terraform does it, with a client certificate of P-521, and serves protocol 5 or 6.

use crate::Failure;
use base64::Engine as _;
use rcgen::{CertificateParams, KeyPair};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use serde_json::json;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::UnixStream;
use tonic::client::Grpc;
use tonic::transport::Endpoint;
use tonic_prost::ProstCodec;

const COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);
const MAX_MESSAGE_BYTES: usize = 256 << 20;

/// Any message: what is in it is skipped.
#[derive(Clone, PartialEq, prost::Message)]
struct Anything {}

/// One start.
struct Start {
    handshake: Duration,
    schema: Duration,
    /// Peak memory after the schema's answer.
    peak_kib: u64,
    protocol: String,
}

/// Prints the median of `runs` starts.
pub(crate) fn measure(runs: &str, path: &str) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let certificate = Certificate::new()?;
    let mut starts = Vec::new();
    for _ in 0..runs.parse()? {
        starts.push(start(&runtime, &certificate, path)?);
    }
    let last = starts.last().ok_or("RUNS must be at least 1")?;
    let answer = json!({
        "runs": starts.len(),
        "protocol": last.protocol,
        "handshake_ms": spread(starts.iter().map(|start| start.handshake)),
        "schema_ms": spread(starts.iter().map(|start| start.schema)),
        "peak_kib": starts.iter().map(|start| start.peak_kib).max(),
    });
    println!("{answer}");
    Ok(())
}

/// Least, median and most, in milliseconds.
fn spread(times: impl Iterator<Item = Duration>) -> serde_json::Value {
    let mut times: Vec<_> = times.map(|time| time.as_secs_f64() * 1000.0).collect();
    times.sort_by(f64::total_cmp);
    json!({ "min": times.first(), "median": times[times.len() / 2], "max": times.last() })
}

fn start(runtime: &tokio::runtime::Runtime, certificate: &Certificate, path: &str) -> Result<Start, Failure> {
    let began = Instant::now();
    let mut process = Plugin(
        Command::new(path)
            .env_clear()
            .env(COOKIE.0, COOKIE.1)
            .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .env("PLUGIN_CLIENT_CERT", &certificate.pem)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?,
    );
    let mut line = String::new();
    BufReader::new(process.0.stdout.take().ok_or("no stdout")?).read_line(&mut line)?;
    let handshake = began.elapsed();
    let fields: Vec<&str> = line.trim_end().split('|').collect();
    let [_, protocol, "unix", socket, "grpc", server, ..] = fields[..] else {
        return Err(format!("not a handshake: {line:?}").into());
    };
    let call = match protocol {
        "5" => "/tfplugin5.Provider/GetSchema",
        _ => "/tfplugin6.Provider/GetProviderSchema",
    };
    runtime.block_on(ask(socket, certificate.config(server)?, call))?;
    Ok(Start {
        handshake,
        schema: began.elapsed(),
        peak_kib: peak_kib(process.0.id()),
        protocol: protocol.to_owned(),
    })
}

async fn ask(socket: &str, config: ClientConfig, call: &'static str) -> Result<(), Failure> {
    let socket = socket.to_owned();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let connector = tower::service_fn(move |_| {
        let (socket, connector) = (socket.clone(), connector.clone());
        async move {
            let stream = UnixStream::connect(socket).await?;
            let name = "localhost".try_into().map_err(std::io::Error::other)?;
            let stream = connector.connect(name, stream).await?;
            Ok::<_, std::io::Error>(hyper_util::rt::TokioIo::new(stream))
        }
    });
    let channel = Endpoint::from_static("http://localhost").connect_with_connector(connector).await?;
    let mut grpc = Grpc::new(channel).max_decoding_message_size(MAX_MESSAGE_BYTES);
    grpc.ready().await?;
    let codec = ProstCodec::<Anything, Anything>::default();
    grpc.unary(tonic::Request::new(Anything {}), call.parse()?, codec).await?;
    Ok(())
}

/// Linux's VmHWM; 0 where it cannot be told.
fn peak_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Killed in the end.
struct Plugin(Child);

impl Drop for Plugin {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A client certificate with its key, made once: Terraform's own work is not to be measured.
struct Certificate {
    pem: String,
    certified: Arc<SingleCertAndKey>,
}

impl Certificate {
    fn new() -> Result<Self, Failure> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512)?;
        let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let der = params.self_signed(&key)?.der().to_vec();
        let text = base64::engine::general_purpose::STANDARD.encode(&der);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
        let key = PrivateKeyDer::try_from(key.serialize_der())?;
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let key = provider.key_provider.load_private_key(key)?;
        let certified = Arc::new(CertifiedKey::new(vec![der.into()], key).into());
        Ok(Self { pem, certified })
    }

    /// Trusts the certificate of the handshake, as Terraform does.
    fn config(&self, server: &str) -> Result<ClientConfig, Failure> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let only = Only {
            certificate: base64::engine::general_purpose::STANDARD_NO_PAD.decode(server)?.into(),
            algorithms: provider.signature_verification_algorithms,
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(only))
            .with_client_cert_resolver(self.certified.clone());
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }
}

/// Trusts one certificate. Plugins in Go show one of a certificate authority, which rustls does not take for a server's.
#[derive(Debug)]
struct Only {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Only {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *shown == self.certificate {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
