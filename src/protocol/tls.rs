//! Mutual TLS between Terraform and this process.
//!
//! Terraform makes a self-signed certificate for each start and puts it into `PLUGIN_CLIENT_CERT`. Only
//! its holder may drive the provider, which acts with the user's AWS credentials, so the presented
//! certificate is compared byte for byte. Stock verifiers cannot do it: the certificate is a CA's, which
//! WebPKI refuses in a client, and its key is P-521, which ring does not know; aws-lc-rs does.

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// A failure to set up TLS; the process cannot serve.
#[derive(Debug)]
pub struct TlsError(String);

impl std::fmt::Display for TlsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot set up TLS with Terraform: {}", self.0)
    }
}

impl std::error::Error for TlsError {}

fn failed(what: &str) -> impl Fn(&dyn std::fmt::Display) -> TlsError {
    move |reason| TlsError(format!("{what}: {reason}"))
}

/// An acceptor that lets in only the holder of `client_certificate` (PEM), and the DER of our own fresh
/// certificate for the handshake line.
///
/// # Errors
/// `client_certificate` is not a PEM certificate, or no key can be made.
pub fn acceptor(client_certificate: &str) -> Result<(TlsAcceptor, Vec<u8>), TlsError> {
    let pinned = CertificateDer::from_pem_slice(client_certificate.as_bytes()).map_err(|e| failed("PLUGIN_CLIENT_CERT")(&e))?;
    let (certificate, key) = own_certificate().map_err(|e| failed("making a certificate")(&e))?;
    let crypto = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(crypto.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| failed("protocol versions")(&e))?
        .with_client_cert_verifier(Arc::new(PinnedClient { pinned, crypto }))
        .with_single_cert(vec![certificate.clone()], key)
        .map_err(|e| failed("own certificate")(&e))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), certificate.to_vec()))
}

/// Terraform asks for the name "localhost", over a unix socket too.
fn own_certificate() -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), rcgen::Error> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|_| rcgen::Error::CouldNotParseKeyPair)?;
    Ok((certificate.der().clone(), key))
}

#[derive(Debug)]
struct PinnedClient {
    pinned: CertificateDer<'static>,
    crypto: Arc<CryptoProvider>,
}

impl ClientCertVerifier for PinnedClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        presented: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if presented.as_ref() == self.pinned.as_ref() {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.crypto.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.crypto.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto.signature_verification_algorithms.supported_schemes()
    }
}
