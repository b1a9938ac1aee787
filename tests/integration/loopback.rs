//! Small servers on loopback that record what they are asked: metadata and credential endpoints, proxies, TLS in front of
//! AWS. They end with the test process.

use crate::emulator::url;
use base64::Engine;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// A path, a URL (to a proxy) or `host:port` (CONNECT).
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

type Handler = dyn Fn(&Request) -> Vec<u8> + Send + Sync;

/// A server and what it was asked.
#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers with what the handler makes: see [`answer`] and [`to_aws`].
    pub fn http(handler: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start(None, false, usize::MAX, Arc::new(handler))
    }

    /// AWS for so many connections; whoever comes after them is refused.
    pub fn to_aws_for(connections: usize) -> Self {
        Self::start(None, false, connections, Arc::new(to_aws))
    }

    /// AWS behind TLS.
    pub fn tls(authority: &Authority) -> Self {
        Self::start(Some(authority.server()), false, usize::MAX, Arc::new(to_aws))
    }

    /// A proxy, behind which every host is AWS. HTTPS needs an authority to pose as the host.
    pub fn proxy(authority: Option<&Authority>) -> Self {
        Self::start(authority.map(Authority::server), true, usize::MAX, Arc::new(to_aws))
    }

    /// A proxy that poses as every host and answers with what the handler makes.
    pub fn proxy_before(authority: &Authority, handler: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start(Some(authority.server()), true, usize::MAX, Arc::new(handler))
    }

    fn start(tls: Option<Arc<ServerConfig>>, is_proxy: bool, connections: usize, handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let connection = Connection {
            tls,
            is_proxy,
            handler,
            requests: requests.clone(),
        };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten().take(connections) {
                let connection = connection.clone();
                std::thread::spawn(move || connection.serve(stream));
            }
        });
        Self { address, requests }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// `METHOD target` of each request.
    pub fn asked(&self) -> Vec<String> {
        self.requests()
            .iter()
            .map(|request| format!("{} {}", request.method, request.target))
            .collect()
    }

    /// Hosts that a proxy was asked to connect to.
    pub fn connected(&self) -> Vec<String> {
        let connects = self.requests().into_iter().filter(|request| request.method == "CONNECT");
        connects.map(|request| request.target).collect()
    }
}

#[derive(Clone)]
struct Connection {
    tls: Option<Arc<ServerConfig>>,
    is_proxy: bool,
    handler: Arc<Handler>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Connection {
    fn serve(&self, stream: TcpStream) {
        match &self.tls {
            Some(tls) if !self.is_proxy => self.serve_tls(stream, tls),
            _ => self.serve_plain(stream),
        }
    }

    fn serve_plain(&self, mut stream: TcpStream) {
        let Some(request) = read_request(&mut stream) else { return };
        self.requests.lock().unwrap().push(request.clone());
        match &self.tls {
            Some(tls) if request.method == "CONNECT" => {
                let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
                self.serve_tls(stream, tls);
            }
            None if request.method == "CONNECT" => drop(stream.write_all(&answer(502, ""))),
            _ => drop(stream.write_all(&(self.handler)(&request))),
        }
    }

    fn serve_tls(&self, stream: TcpStream, tls: &Arc<ServerConfig>) {
        let mut stream = StreamOwned::new(ServerConnection::new(tls.clone()).unwrap(), stream);
        if let Some(request) = read_request(&mut stream) {
            self.requests.lock().unwrap().push(request.clone());
            let _ = stream.write_all(&(self.handler)(&request));
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    }
}

/// Reads a request, byte by byte so that nothing of what follows is taken; `None` at the end of the connection.
fn read_request(stream: &mut impl Read) -> Option<Request> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut request = Request {
        method,
        target,
        headers,
        body: String::new(),
    };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}

/// An answer that ends the connection.
pub fn answer(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\nx-amzn-requestid: 1\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The emulator's answer to the request.
pub fn to_aws(request: &Request) -> Vec<u8> {
    let aws = url();
    let mut upstream = TcpStream::connect(aws.trim_start_matches("http://")).unwrap();
    // A proxy is given whole URLs, a server paths.
    let path = match request.target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => &request.target,
    };
    let kept = request.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("connection"));
    let headers: String = kept.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let text = format!(
        "{} {path} HTTP/1.1\r\n{headers}connection: close\r\n\r\n{}",
        request.method, request.body
    );
    upstream.write_all(text.as_bytes()).unwrap();
    let mut answered = Vec::new();
    upstream.read_to_end(&mut answered).unwrap();
    answered
}

/// A certificate authority that only this test knows.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    /// Its certificate as a CA bundle.
    pub fn pem(&self) -> String {
        let body = base64::engine::general_purpose::STANDARD.encode(&self.certificate);
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    /// A server with a certificate for all hosts that a test may call.
    fn server(&self) -> Arc<ServerConfig> {
        let hosts = [
            "localhost",
            "127.0.0.1",
            "*.amazonaws.com",
            "*.eu-west-1.amazonaws.com",
            "*.us-east-1.amazonaws.com",
            "*.eu-west-1.api.aws",
            "*.global.api.aws",
        ];
        let params = CertificateParams::new(hosts.map(str::to_owned).to_vec()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        Arc::new(
            config
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key)
                .unwrap(),
        )
    }
}
