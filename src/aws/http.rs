//! The HTTP client under all calls: proxies, certificates and timeouts.
//!
//! The SDK's own client reads no proxy variables and takes one proxy for both schemes, so two connectors are held and
//! chosen by the request's scheme. Certificate checks cannot be turned off; a custom bundle adds to the system's.

use crate::aws::config_error::{Argument, ConfigError, ConfigWarning};
use crate::aws::environment::Environment;
use crate::aws::settings::{Secret, Settings};
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::timeout::TimeoutConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::time::Duration;

/// Longest wait for a connection: AWS accepts in well under a second, and a firewall that drops packets never does.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest silence of a connection that is up.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest time for one attempt as a whole.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(90);
/// Hosts that no proxy reaches: this machine, and the link-local addresses of instance and container metadata.
const NEVER_PROXIED: &str = "localhost,127.0.0.0/8,::1,169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23";

/// The timeouts of every call.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build()
}

/// Builds the client.
///
/// # Errors
/// A proxy that is no URL, or a certificate bundle that cannot be read.
pub(crate) fn client(settings: &Settings, env: &Environment, warnings: &mut Vec<ConfigWarning>) -> Result<SharedHttpClient, ConfigError> {
    if let Some(given) = env.network().cloned() {
        return Ok(http_client_fn(move |_, _| given.clone()));
    }
    let proxies = proxies(settings, env);
    warnings.extend(proxies.warning);
    let tls = tls_context(settings, env)?;
    let no_proxy = no_proxy_list(proxies.no_proxy.as_deref());
    Ok(SharedHttpClient::new(ByScheme {
        http: one_scheme(proxy_config("http_proxy", proxies.http.as_deref(), &no_proxy)?, tls.clone()),
        https: one_scheme(proxy_config("https_proxy", proxies.https.as_deref(), &no_proxy)?, tls),
    }))
}

/// What a connection to a server that is not AWS's own needs of the settings: the proxy, and certificates to trust.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    https_proxy: ProxyConfig,
    custom_ca: Option<Vec<u8>>,
    given: Option<SharedHttpConnector>,
}

/// The same proxies and certificates as [`client`] has, for other servers.
///
/// # Errors
/// As [`client`].
pub(crate) fn network(settings: &Settings, env: &Environment) -> Result<Network, ConfigError> {
    let proxies = proxies(settings, env);
    Ok(Network {
        https_proxy: proxy_config("https_proxy", proxies.https.as_deref(), &no_proxy_list(proxies.no_proxy.as_deref()))?,
        custom_ca: custom_ca(settings, env)?,
        given: env.network().cloned(),
    })
}

impl Network {
    /// A connector to servers whose certificates this authority (PEM) has signed, or one of the custom bundle: a proxy that
    /// looks into TLS shows such ones. Without an authority the system's are trusted.
    ///
    /// # Errors
    /// What is wrong with the authority's certificate, in words.
    pub(crate) fn connector(&self, authority: Option<Vec<u8>>, sleep: Option<SharedAsyncSleep>) -> Result<SharedHttpConnector, String> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        let mut store = TrustStore::empty().with_native_roots(authority.is_none());
        if let Some(pem) = authority {
            check_certificates(&pem)?;
            store.add_pem_certificate(pem);
        }
        if let Some(pem) = &self.custom_ca {
            store.add_pem_certificate(pem.clone());
        }
        let tls = TlsContext::builder().with_trust_store(store).build().map_err(|e| e.to_string())?;
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .build();
        let mut builder = Connector::builder()
            .proxy_config(self.https_proxy.clone())
            .connector_settings(settings);
        builder.set_sleep_impl(sleep);
        let connector = builder.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(tls).build();
        Ok(SharedHttpConnector::new(connector))
    }
}

fn no_proxy_list(hosts: Option<&str>) -> String {
    match hosts {
        Some(hosts) => format!("{NEVER_PROXIED},{hosts}"),
        None => NEVER_PROXIED.to_owned(),
    }
}

fn one_scheme(proxy: ProxyConfig, tls: TlsContext) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder().proxy_config(proxy.clone());
        if let Some(settings) = settings {
            builder = builder.connector_settings(settings.clone());
        }
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(tls.clone())
            .build()
    })
}

#[derive(Debug)]
struct ByScheme {
    http: SharedHttpClient,
    https: SharedHttpClient,
}

impl HttpClient for ByScheme {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(ConnectorByScheme {
            http: self.http.http_connector(settings, components),
            https: self.https.http_connector(settings, components),
        })
    }
}

#[derive(Debug)]
struct ConnectorByScheme {
    http: SharedHttpConnector,
    https: SharedHttpConnector,
}

impl HttpConnector for ConnectorByScheme {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if request.uri().starts_with("http://") {
            self.http.call(request)
        } else {
            self.https.call(request)
        }
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Proxies {
    http: Option<String>,
    https: Option<String>,
    no_proxy: Option<String>,
    warning: Option<ConfigWarning>,
}

/// Which proxies to use: the provider block before the environment, and an empty string for none.
fn proxies(settings: &Settings, env: &Environment) -> Proxies {
    let written = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.expose().to_owned());
    let from_env = |names: [&str; 2]| env.first(&names).map(str::to_owned);
    let http = written(&settings.http_proxy).or_else(|| from_env(["HTTP_PROXY", "http_proxy"]));
    let https = written(&settings.https_proxy).or_else(|| from_env(["HTTPS_PROXY", "https_proxy"]));
    let stands_in = settings.http_proxy.as_ref().is_some_and(|proxy| !proxy.expose().is_empty()) && https.is_none();
    let warning = stands_in.then(|| ConfigWarning {
        argument: Some(Argument::named("http_proxy")),
        summary: "Missing HTTPS Proxy",
        detail: "The provider block sets http_proxy, but neither https_proxy nor the environment variable HTTPS_PROXY is set, so \
                 the HTTP proxy is used for HTTPS requests too. Set https_proxy to that proxy to say so, or to \"\" for no proxy."
            .to_owned(),
    });
    let https = if stands_in { http.clone() } else { https };
    let is_set = |proxy: &String| !proxy.is_empty();
    Proxies {
        http: http.filter(is_set),
        https: https.filter(is_set),
        no_proxy: settings
            .no_proxy
            .clone()
            .or_else(|| from_env(["NO_PROXY", "no_proxy"]))
            .filter(is_set),
        warning,
    }
}

fn proxy_config(argument: &'static str, proxy: Option<&str>, no_proxy: &str) -> Result<ProxyConfig, ConfigError> {
    let Some(proxy) = proxy else { return Ok(ProxyConfig::disabled()) };
    let url = if proxy.contains("://") {
        proxy.to_owned()
    } else {
        format!("http://{proxy}")
    };
    let config = ProxyConfig::all(url.as_str()).map_err(|_| ConfigError {
        argument: Some(Argument::named(argument)),
        summary: "Invalid proxy",
        // Without the value: it may hold a password.
        detail: format!(
            "The value of {argument}, or of the environment variable {}, is not a URL: expected for example \
             \"http://proxy.example.com:3128\".",
            argument.to_ascii_uppercase()
        ),
    })?;
    Ok(config.no_proxy(no_proxy))
}

fn tls_context(settings: &Settings, env: &Environment) -> Result<TlsContext, ConfigError> {
    let mut store = TrustStore::default();
    if let Some(pem) = custom_ca(settings, env)? {
        store.add_pem_certificate(pem);
    }
    TlsContext::builder()
        .with_trust_store(store)
        .build()
        .map_err(|reason| bundle_error(format!("TLS cannot be set up: {reason}.")))
}

fn custom_ca(settings: &Settings, env: &Environment) -> Result<Option<Vec<u8>>, ConfigError> {
    let written = settings.custom_ca_bundle.as_deref().filter(|path| !path.is_empty());
    let path = written.or_else(|| env.get("AWS_CA_BUNDLE"));
    path.map(|path| ca_bundle(path, &env.expand_path(path))).transpose()
}

/// Reads and checks a bundle.
fn ca_bundle(written: &str, path: &str) -> Result<Vec<u8>, ConfigError> {
    let pem = std::fs::read(path).map_err(|reason| bundle_error(format!("{written:?} cannot be read: {reason}.")))?;
    check_certificates(&pem).map_err(|reason| bundle_error(format!("{written:?} {reason}.")))?;
    Ok(pem)
}

/// The SDK would panic over a certificate that cannot be read.
fn check_certificates(pem: &[u8]) -> Result<(), String> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let added = certificate
            .map_err(|reason| reason.to_string())
            .and_then(|der| roots.add(der).map_err(|e| e.to_string()));
        added.map_err(|reason| format!("holds a certificate that cannot be read: {reason}"))?;
    }
    if roots.is_empty() {
        return Err("holds no certificate".to_owned());
    }
    Ok(())
}

fn bundle_error(reason: String) -> ConfigError {
    ConfigError {
        argument: Some(Argument::named("custom_ca_bundle")),
        summary: "Invalid CA bundle",
        detail: format!(
            "{reason} Expected a file of certificates in PEM (BEGIN CERTIFICATE) in custom_ca_bundle or the environment variable \
             AWS_CA_BUNDLE; its certificates are trusted besides the system's."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(http: Option<&str>, https: Option<&str>) -> Settings {
        Settings {
            http_proxy: http.map(Secret::new),
            https_proxy: https.map(Secret::new),
            ..Settings::default()
        }
    }

    #[test]
    fn provider_block_beats_environment() {
        let env = Environment::from_pairs([("HTTP_PROXY", "http://env:1"), ("https_proxy", "http://env:2"), ("no_proxy", "a.b")]);
        let from_env = proxies(&settings(None, None), &env);
        assert_eq!(
            (from_env.http.as_deref(), from_env.https.as_deref()),
            (Some("http://env:1"), Some("http://env:2"))
        );
        assert_eq!(from_env.no_proxy.as_deref(), Some("a.b"));
        let written = proxies(&settings(Some("http://hcl:1"), Some("")), &env);
        assert_eq!(
            (written.http.as_deref(), written.https, written.warning),
            (Some("http://hcl:1"), None, None)
        );
    }

    #[test]
    fn http_proxy_stands_in_for_https_with_a_warning() {
        let alone = proxies(&settings(Some("http://hcl:1"), None), &Environment::default());
        assert_eq!(alone.https.as_deref(), Some("http://hcl:1"));
        assert_eq!(alone.warning.map(|warning| warning.summary), Some("Missing HTTPS Proxy"));
        let env = Environment::from_pairs([("HTTP_PROXY", "http://env:1")]);
        assert_eq!(proxies(&settings(None, None), &env).https, None);
    }

    #[test]
    fn proxy_error_does_not_show_the_password() {
        let error = proxy_config("http_proxy", Some("ht tp://user:sesame@x"), "").unwrap_err();
        assert!(!error.detail.contains("sesame"), "{}", error.detail);
    }

    #[test]
    fn bundle_that_cannot_be_read_is_an_error() {
        let settings = Settings {
            custom_ca_bundle: Some("/nonexistent/ca.pem".to_owned()),
            ..Settings::default()
        };
        let error = tls_context(&settings, &Environment::default()).unwrap_err();
        assert!(
            error.detail.starts_with("\"/nonexistent/ca.pem\" cannot be read: "),
            "{}",
            error.detail
        );
    }
}
