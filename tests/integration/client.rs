//! The provider's process as Terraform starts it, and a gRPC client as Terraform is one.

use crate::emulator::{World, wait_for};
use base64::Engine as _;
use hyper::body::Bytes;
use prost::Message;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SignatureAlgorithm};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use serde_json::{Map, Value};
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use tempfile::TempDir;
use terraform_provider_eks::protocol::wire;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tonic::body::Body;
use tonic::client::{Grpc, GrpcService};
use tonic::codec::Streaming;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};
use tonic_prost::ProstCodec;
use tower::service_fn;

pub const COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);
const MAX_MESSAGE_BYTES: usize = 256 << 20;

/// The connections of all clients live here, so that tests need not be asynchronous.
fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap())
}

/// The provider's own binary, without any environment.
pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-eks"));
    command.env_clear();
    command
}

/// The provider as Terraform starts it, with credentials of the world's member account.
pub fn provider(world: &World) -> Command {
    let mut command = binary();
    command.env(COOKIE.0, COOKIE.1).envs(world.credentials(&world.member));
    command
}

/// A running provider process that has printed its handshake. Killed when dropped.
pub struct Plugin {
    process: Child,
    /// The fields of the handshake line.
    pub handshake: Vec<String>,
    stdout: Option<JoinHandle<String>>,
    stderr: Arc<Mutex<String>>,
    stderr_end: Option<JoinHandle<()>>,
    /// Where its socket is.
    pub dir: Arc<TempDir>,
}

/// How a process ended, and all that it printed after the handshake.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    /// Where its socket was.
    pub dir: Arc<TempDir>,
}

impl Plugin {
    /// Starts a command whose process serves as a plugin, and waits for its handshake.
    pub fn start(mut command: Command) -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        command.env("PLUGIN_UNIX_SOCKET_DIR", dir.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let (stderr, stderr_end) = follow(process.stderr.take().unwrap());
        let handshake = handshake(&mut stdout, &stderr);
        let stdout = std::thread::spawn(move || {
            let mut rest = String::new();
            let _ = stdout.read_to_string(&mut rest);
            rest
        });
        Self {
            process,
            handshake,
            stdout: Some(stdout),
            stderr,
            stderr_end: Some(stderr_end),
            dir,
        }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    pub fn socket(&self) -> PathBuf {
        self.handshake[3].clone().into()
    }

    fn address(&self) -> Address {
        match &*self.handshake[2] {
            "unix" => Address::Unix(self.socket()),
            "tcp" => Address::Loopback(self.handshake[3].clone()),
            other => panic!("{other} is no network"),
        }
    }

    /// A client without TLS.
    pub fn connect(&self) -> Client {
        Client::plain(self.address())
    }

    /// A client with TLS that trusts the certificate of the handshake.
    pub fn connect_tls(&self, certificate: &Certificate, version: &'static SupportedProtocolVersion) -> Result<Client, String> {
        Client::tls(self.address(), certificate.config(&self.handshake[5], version))
    }

    /// What it has logged so far.
    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    /// Waits until the process has ended by itself.
    pub fn ended(mut self) -> Ended {
        let status = wait_for(|| self.process.try_wait().unwrap());
        let stdout = self.stdout.take().unwrap().join().unwrap();
        self.stderr_end.take().unwrap().join().unwrap();
        Ended {
            status,
            stdout,
            stderr: self.stderr(),
            dir: self.dir.clone(),
        }
    }

    /// Ends it as Terraform does.
    pub fn shut_down(self, client: &Client) -> Ended {
        client.call::<_, wire::Empty>(SHUTDOWN, wire::Empty {}).unwrap();
        self.ended()
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub const SHUTDOWN: &str = "/plugin.GRPCController/Shutdown";

pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {pid}")).status().unwrap();
    assert!(sent.success());
}

/// Collects a stream as it comes.
pub fn follow(stream: impl Read + Send + 'static) -> (Arc<Mutex<String>>, JoinHandle<()>) {
    let text = Arc::new(Mutex::new(String::new()));
    let collected = text.clone();
    let end = std::thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
            collected.lock().unwrap().push_str(&std::mem::take(&mut line));
        }
    });
    (text, end)
}

/// The first line that is a handshake; a process of the test binary says something before.
fn handshake(stdout: &mut impl std::io::BufRead, stderr: &Mutex<String>) -> Vec<String> {
    loop {
        let mut line = String::new();
        let read = stdout.read_line(&mut line).unwrap();
        assert!(read > 0, "no handshake; on stderr: {}", stderr.lock().unwrap());
        if line.starts_with("1|") {
            assert!(line.ends_with('\n'));
            return line.trim_end_matches('\n').split('|').map(str::to_owned).collect();
        }
        assert!(!line.contains('|'), "{line}");
    }
}

/// A client certificate with its key.
pub struct Certificate {
    pub pem: String,
    der: CertificateDer<'static>,
    key: KeyPair,
}

impl Certificate {
    /// As Terraform makes it: self-signed, of a certificate authority, for both ends.
    pub fn new(algorithm: &'static SignatureAlgorithm) -> Self {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: pem(certificate.der()),
            der: certificate.der().clone(),
            key,
        }
    }

    /// This certificate with another key: what somebody has who only read Terraform's environment.
    pub fn without_its_key(&self, algorithm: &'static SignatureAlgorithm) -> Self {
        Self {
            pem: self.pem.clone(),
            der: self.der.clone(),
            key: KeyPair::generate_for(algorithm).unwrap(),
        }
    }

    fn config(&self, server: &str, version: &'static SupportedProtocolVersion) -> ClientConfig {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let mut resolver = builder(server, version);
        // The resolver, and not `with_client_auth_cert`, which would notice a key that does not fit.
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let key = provider.key_provider.load_private_key(key).unwrap();
        let certified = rustls::sign::CertifiedKey::new(vec![self.der.clone()], key);
        resolver.client_auth_cert_resolver = Arc::new(rustls::sign::SingleCertAndKey::from(certified));
        resolver
    }
}

fn pem(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// TLS without a client certificate.
pub fn anonymous(plugin: &Plugin, version: &'static SupportedProtocolVersion) -> Result<Client, String> {
    Client::tls(plugin.address(), builder(&plugin.handshake[5], version))
}

fn builder(server: &str, version: &'static SupportedProtocolVersion) -> ClientConfig {
    let der = base64::engine::general_purpose::STANDARD_NO_PAD.decode(server).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(der.into()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// Where a provider listens.
#[derive(Clone)]
enum Address {
    Unix(PathBuf),
    Loopback(String),
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Address {
    async fn connect(&self) -> std::io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Self::Loopback(port) => Box::new(TcpStream::connect(port).await?),
        })
    }
}

/// One connection to a provider.
#[derive(Clone, Debug)]
pub struct Client(Caller<Channel>);

/// Makes calls over whatever carries them.
#[derive(Clone, Debug)]
pub struct Caller<C>(Grpc<C>);

/// A call that is under way; dropping it cancels the call.
pub struct Pending<A>(tokio::task::JoinHandle<Result<A, Status>>);

impl<A> Pending<A> {
    pub fn answer(self) -> Result<A, Status> {
        runtime().block_on(self.0).unwrap()
    }

    pub fn cancel(self) {
        self.0.abort();
    }
}

impl<C> Caller<C>
where
    C: GrpcService<Body> + Clone,
    C::ResponseBody: http_body_util::BodyExt<Data = Bytes> + Send + 'static,
    <C::ResponseBody as hyper::body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    pub fn of(carrier: C) -> Self {
        let grpc = Grpc::new(carrier);
        Self(
            grpc.max_decoding_message_size(MAX_MESSAGE_BYTES)
                .max_encoding_message_size(MAX_MESSAGE_BYTES),
        )
    }

    /// Makes a call: `/service/method`.
    pub async fn send<Q, A>(&self, path: &str, request: Q) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let (mut grpc, path) = (self.0.clone(), path.parse().unwrap());
        let ready = grpc.ready().await;
        ready.map_err(|error| Status::unknown(error.into().to_string()))?;
        let answer = grpc.unary(Request::new(request), path, ProstCodec::default()).await?;
        Ok(answer.into_inner())
    }
}

impl Client {
    /// A client without TLS at a socket in the file system.
    pub fn at(socket: &Path) -> Self {
        Self::plain(Address::Unix(socket.to_owned()))
    }

    fn plain(address: Address) -> Self {
        let connector = service_fn(move |_| {
            let address = address.clone();
            async move { address.connect().await.map(hyper_util::rt::TokioIo::new) }
        });
        let channel = runtime().block_on(Endpoint::from_static("http://localhost").connect_with_connector(connector));
        Self::of(channel.unwrap())
    }

    fn tls(address: Address, config: ClientConfig) -> Result<Self, String> {
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let connector = service_fn(move |_| {
            let (address, connector) = (address.clone(), connector.clone());
            async move {
                let stream = address.connect().await?;
                let stream = connector.connect("localhost".try_into().unwrap(), stream).await?;
                Ok::<_, std::io::Error>(hyper_util::rt::TokioIo::new(stream))
            }
        });
        let channel = runtime().block_on(Endpoint::from_static("http://localhost").connect_with_connector(connector));
        channel.map(Self::of).map_err(|error| format!("{error:?}"))
    }

    fn of(channel: Channel) -> Self {
        Self(Caller::of(channel))
    }

    /// Begins a call: `/service/method`.
    pub fn begin<Q, A>(&self, path: &str, request: Q) -> Pending<A>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let (client, path) = (self.clone(), path.to_owned());
        Pending(runtime().spawn(async move { client.0.send(&path, request).await }))
    }

    pub fn call<Q, A>(&self, path: &str, request: Q) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.begin(path, request).answer()
    }

    /// Calls the provider, which must answer.
    #[track_caller]
    pub fn ask<Q, A>(&self, rpc: &str, request: Q) -> A
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.call(&format!("/tfplugin6.Provider/{rpc}"), request)
            .unwrap_or_else(|status| panic!("{rpc}: {status:?}"))
    }

    /// Opens a stream of answers.
    pub fn stream<Q, A>(&self, path: &str, request: Q) -> Result<Streaming<A>, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let (mut grpc, path) = (self.0.0.clone(), path.parse().unwrap());
        runtime().block_on(async move {
            grpc.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
            let answer = grpc.server_streaming(Request::new(request), path, ProstCodec::default()).await?;
            Ok(answer.into_inner())
        })
    }

    /// Opens a stream in both directions and keeps it open.
    pub fn both_ways(&self, path: &str) -> Result<Streaming<wire::ConnInfo>, Status> {
        let (mut grpc, path) = (self.0.0.clone(), path.parse().unwrap());
        runtime().block_on(async move {
            grpc.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
            let request = Request::new(tokio_stream::pending::<wire::ConnInfo>());
            let answer = grpc.streaming(request, path, ProstCodec::default()).await?;
            Ok(answer.into_inner())
        })
    }

    /// Schemas of everything.
    pub fn schema(&self) -> wire::GetProviderSchemaResponse {
        self.ask("GetProviderSchema", wire::Empty {})
    }

    /// Configures the provider with these arguments.
    #[track_caller]
    pub fn configure(&self, arguments: Value) {
        let config = Some(value(&filled(self.schema().provider.as_ref().unwrap(), arguments)));
        let request = wire::ConfigureProviderRequest {
            terraform_version: "1.15.9".to_owned(),
            config,
            client_capabilities: None,
        };
        let answer: wire::DiagnosticsResponse = self.ask("ConfigureProvider", request);
        assert!(answer.diagnostics.is_empty(), "{:#?}", answer.diagnostics);
    }
}

/// The next message of a stream; `None` at its end.
pub fn next<A>(stream: &mut Streaming<A>) -> Result<Option<A>, Status> {
    runtime().block_on(stream.message())
}

/// Whether a stream has nothing to say for now.
pub fn is_idle<A>(stream: &mut Streaming<A>) -> bool {
    let wait = std::time::Duration::from_millis(50);
    runtime().block_on(async { tokio::time::timeout(wait, stream.message()).await.is_err() })
}

/// A value on the wire.
pub fn value(json: &Value) -> wire::DynamicValue {
    wire::DynamicValue {
        msgpack: rmp_serde::to_vec_named(json).unwrap(),
        json: Vec::new(),
    }
}

/// A wholly known value from the wire.
#[track_caller]
pub fn json(value: &Option<wire::DynamicValue>) -> Value {
    rmp_serde::from_slice(&value.as_ref().unwrap().msgpack).unwrap()
}

/// An object of a schema: what `given` lacks is null, or empty for blocks that repeat.
pub fn filled(schema: &wire::Schema, given: Value) -> Value {
    let block = schema.block.as_ref().unwrap();
    let mut object = Map::new();
    for attribute in &block.attributes {
        object.insert(attribute.name.clone(), Value::Null);
    }
    for nested in &block.block_types {
        let repeats = matches!(nested.nesting(), wire::Nesting::List | wire::Nesting::Set);
        let absent = if repeats { Value::Array(Vec::new()) } else { Value::Null };
        object.insert(nested.type_name.clone(), absent);
    }
    for (name, given) in given.as_object().unwrap() {
        assert!(object.insert(name.clone(), given.clone()).is_some(), "{name} is not in the schema");
    }
    Value::Object(object)
}

/// Summaries and details of errors.
pub fn errors(diagnostics: &[wire::Diagnostic]) -> Vec<String> {
    diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity() == wire::Severity::Error)
        .map(|diagnostic| format!("{}: {}", diagnostic.summary, diagnostic.detail))
        .collect()
}
