//! The socket, who is let in, and the life of the process.

use crate::protocol::handshake::{self, Address, Invitation, Network};
use crate::protocol::service::{BrokerService, ControllerService, HealthService, Lifetime, ProviderService, StdioService, drain};
use crate::protocol::{Host, debug, parent, tls};
use std::io::{self, Write as _};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

/// A client that connects and then says nothing is dropped after this time.
const TLS_HANDSHAKE: Duration = Duration::from_secs(10);

/// TLS handshakes that may be under way at once; who comes later waits in the kernel's queue. Terraform opens one connection.
const MOST_HANDSHAKES: usize = 16;

/// The pause after a connection could not be accepted. Out of file descriptors that fails until one is closed, and to ask
/// again at once would take a whole CPU.
const AFTER_FAILURE: Duration = Duration::from_millis(200);

/// How long the last answers may take to be read. Terraform kills the process 2 s after it asked for the shutdown.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Why a process could not serve.
type ServeError = Box<dyn std::error::Error + Send + Sync>;

/// Who started this process.
#[derive(Debug, Clone)]
pub enum Mode {
    /// Terraform did.
    Managed(Invitation),
    /// A developer did, with `-debug`; `address` is the provider's source address.
    Debug {
        /// What Terraform knows the provider by.
        address: String,
    },
}

/// Serves until Terraform asks for a shutdown, or is gone, or (with `-debug`) until Ctrl-C.
///
/// # Errors
/// The socket cannot be made, TLS cannot be set up, or stdout is closed.
pub async fn serve(host: Host, mode: Mode) -> Result<(), ServeError> {
    let host = Arc::new(host);
    let (lifetime, invitation) = match &mode {
        Mode::Managed(invitation) => (Lifetime::Managed, invitation.clone()),
        Mode::Debug { .. } => (Lifetime::Debug, Invitation::default()),
    };
    // First of all: from the handshake on, a Ctrl-C must find it in place.
    interrupts(lifetime, host.shutdown.clone())?;
    let listener = Listener::bind(&invitation)?;
    let (acceptor, certificate) = match &invitation.client_certificate {
        Some(pem) => tls::acceptor(pem).map(|(acceptor, der)| (Some(acceptor), Some(der)))?,
        None => (None, None),
    };
    match &mode {
        Mode::Managed(_) => {
            parent::watch(host.shutdown.clone());
            say(&handshake::line(
                &listener.address,
                certificate.as_deref(),
                invitation.multiplex_field,
            ))?;
        }
        Mode::Debug { address } => say(&debug::instructions(address, &listener.address, std::process::id()))?,
    }
    let connections = ReceiverStream::new(accept(listener, acceptor, host.shutdown.clone()));
    let server = services(&host, lifetime).serve_with_incoming_shutdown(connections, host.shutdown.clone().cancelled_owned());
    until_the_end(&host, tokio::spawn(server)).await
}

fn services(host: &Arc<Host>, lifetime: Lifetime) -> tonic::transport::server::Router {
    tonic::transport::Server::builder()
        .add_service(ProviderService(host.clone(), lifetime))
        .add_service(HealthService(host.clone(), lifetime))
        .add_service(ControllerService(host.clone(), lifetime))
        .add_service(StdioService(host.clone(), lifetime))
        .add_service(BrokerService(host.clone(), lifetime))
}

/// After the shutdown: operations that are under way end first, then their answers are delivered, and that
/// of the shutdown itself; then the server has closed its connections.
async fn until_the_end(host: &Host, mut server: JoinHandle<Result<(), tonic::transport::Error>>) -> Result<(), ServeError> {
    tokio::select! {
        biased;
        () = host.shutdown.cancelled() => {}
        served = &mut server => return Ok(served??),
    }
    drain(host).await;
    match tokio::time::timeout(LAST_ANSWERS, server).await {
        Ok(served) => Ok(served??),
        Err(_) => {
            tracing::debug!("a client kept its connection open");
            Ok(())
        }
    }
}

/// The handshake is the only thing that this process ever writes to stdout.
fn say(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Ctrl-C goes to the whole process group. Terraform handles it and tells us by StopProvider, so it is
/// ignored here; a developer's own process ends by it.
fn interrupts(lifetime: Lifetime, shutdown: CancellationToken) -> io::Result<()> {
    #[cfg(unix)]
    let mut signals = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    #[cfg(windows)]
    let mut signals = tokio::signal::windows::ctrl_c()?;
    tokio::spawn(async move {
        while signals.recv().await.is_some() {
            match lifetime {
                Lifetime::Managed => tracing::debug!("plugin received interrupt signal, ignoring"),
                Lifetime::Debug => shutdown.cancel(),
            }
        }
    });
    Ok(())
}

/// Where connections come from.
trait Incoming: Send + 'static {
    type Stream: Stream + Unpin + 'static;

    /// The next connection.
    fn accept(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

/// Accepts until the shutdown, each TLS handshake in a task of its own.
fn accept(incoming: impl Incoming, acceptor: Option<TlsAcceptor>, shutdown: CancellationToken) -> mpsc::Receiver<io::Result<Connection>> {
    let (sender, receiver) = mpsc::channel(8);
    let accepting = async move {
        let handshakes = Arc::new(Semaphore::new(MOST_HANDSHAKES));
        let mut failures = Failures::default();
        loop {
            let handshake = handshakes.clone().acquire_owned().await.expect("nobody closes this semaphore");
            let stream = match incoming.accept().await {
                Ok(stream) => stream,
                Err(error) => {
                    failures.pause(&error).await;
                    continue;
                }
            };
            failures = Failures::default();
            let (acceptor, sender) = (acceptor.clone(), sender.clone());
            tokio::spawn(async move {
                if let Some(connection) = secure(acceptor, stream).await {
                    // The receiver goes away only when the process ends.
                    let _ = sender.send(Ok(connection)).await;
                }
                drop(handshake);
            });
        }
    };
    tokio::spawn(shutdown.run_until_cancelled_owned(accepting));
    receiver
}

/// Connections that could not be accepted, one after the other.
#[derive(Debug, Default)]
struct Failures(u64);

impl Failures {
    /// Says so once, and waits.
    async fn pause(&mut self, error: &io::Error) {
        if self.0 == 0 {
            tracing::warn!(%error, "cannot accept a connection, and will try again");
        }
        self.0 += 1;
        #[allow(
            clippy::disallowed_methods,
            reason = "no operation waits here, so no stop request ends it; the shutdown does"
        )]
        tokio::time::sleep(AFTER_FAILURE).await;
    }
}

async fn secure(acceptor: Option<TlsAcceptor>, stream: impl Stream + Unpin + 'static) -> Option<Connection> {
    let Some(acceptor) = acceptor else {
        return Some(Connection(Box::pin(stream)));
    };
    match tokio::time::timeout(TLS_HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(Connection(Box::pin(stream))),
        Ok(Err(refused)) => {
            tracing::warn!(error = %refused, "refused a connection that is not Terraform's");
            None
        }
        Err(_) => {
            tracing::warn!("dropped a connection that did not finish its TLS handshake");
            None
        }
    }
}

struct Listener {
    socket: Socket,
    address: Address,
}

enum Socket {
    #[cfg(unix)]
    Unix {
        listener: tokio::net::UnixListener,
        /// Removed when this is dropped.
        _folder: tempfile::TempDir,
    },
    Loopback(tokio::net::TcpListener),
}

impl Listener {
    fn bind(invitation: &Invitation) -> io::Result<Self> {
        match invitation.network {
            #[cfg(unix)]
            Network::Unix => Self::unix(invitation),
            Network::Loopback => Self::loopback(invitation),
        }
    }

    /// A socket of mode 0600 in a folder of mode 0700. A socket is made with the mode that the umask leaves, so the folder is
    /// what keeps others out from the first moment on.
    #[cfg(unix)]
    fn unix(invitation: &Invitation) -> io::Result<Self> {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt as _;
        let parent = invitation.socket_dir.as_ref().map_or_else(std::env::temp_dir, Into::into);
        let folder = tempfile::Builder::new()
            .prefix("plugin")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        let path = folder.path().join("socket");
        let listener = tokio::net::UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        let address = Address {
            network: "unix",
            address: path.to_string_lossy().into_owned(),
        };
        Ok(Self {
            socket: Socket::Unix { listener, _folder: folder },
            address,
        })
    }

    /// The first free port of the range on loopback; any port where no range is given.
    fn loopback(invitation: &Invitation) -> io::Result<Self> {
        let bound = (invitation.min_port..=invitation.max_port)
            .find_map(|port| std::net::TcpListener::bind(("127.0.0.1", port)).ok())
            .ok_or_else(|| io::Error::new(io::ErrorKind::AddrInUse, "no free port in PLUGIN_MIN_PORT..PLUGIN_MAX_PORT"))?;
        bound.set_nonblocking(true)?;
        let address = Address {
            network: "tcp",
            address: bound.local_addr()?.to_string(),
        };
        Ok(Self {
            socket: Socket::Loopback(tokio::net::TcpListener::from_std(bound)?),
            address,
        })
    }
}

impl Incoming for Listener {
    type Stream = Connection;

    async fn accept(&self) -> io::Result<Connection> {
        Ok(match &self.socket {
            #[cfg(unix)]
            Socket::Unix { listener, .. } => Connection(Box::pin(listener.accept().await?.0)),
            Socket::Loopback(listener) => {
                let (stream, _) = listener.accept().await?;
                // Small answers leave at once. A connection that is closed already fails with its first read.
                let _ = stream.set_nodelay(true);
                Connection(Box::pin(stream))
            }
        })
    }
}

/// A connection, encrypted or not.
struct Connection(Pin<Box<dyn Stream>>);

trait Stream: AsyncRead + AsyncWrite + Send {}
impl<S: AsyncRead + AsyncWrite + Send> Stream for S {}

impl Connected for Connection {
    type ConnectInfo = ();
    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.0.as_mut().poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::DuplexStream;

    /// Connections that a test has made up, and how often somebody asked for one.
    #[derive(Clone)]
    struct Prepared {
        next: Arc<Mutex<Vec<io::Result<DuplexStream>>>>,
        asked: Arc<AtomicUsize>,
    }

    impl Prepared {
        fn new(connections: impl IntoIterator<Item = io::Result<DuplexStream>>) -> Self {
            Self {
                next: Arc::new(Mutex::new(connections.into_iter().collect())),
                asked: Arc::default(),
            }
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::Relaxed)
        }
    }

    impl Incoming for Prepared {
        type Stream = DuplexStream;

        async fn accept(&self) -> io::Result<DuplexStream> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let next = self.next.lock().unwrap().pop();
            match next {
                Some(next) => next,
                None => std::future::pending().await,
            }
        }
    }

    /// As PEM.
    fn certificate() -> String {
        use base64::Engine as _;
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let text = base64::engine::general_purpose::STANDARD.encode(made.cert.der());
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    fn no_descriptor() -> io::Error {
        io::Error::from_raw_os_error(24)
    }

    async fn seconds(seconds: u64) {
        #[allow(clippy::disallowed_methods, reason = "the clock is the test's")]
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn failing_accept_is_tried_a_few_times_a_second_and_then_works() {
        let (ours, _theirs) = tokio::io::duplex(1);
        let failures = (0..25).map(|_| Err(no_descriptor()));
        let incoming = Prepared::new(std::iter::once(Ok(ours)).chain(failures));
        let mut connections = accept(incoming.clone(), None, CancellationToken::new());
        seconds(2).await;
        let asked = incoming.asked();
        assert!((9..=12).contains(&asked), "{asked} times in 2 s");
        assert!(connections.recv().await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn shutdown_ends_a_failing_accept() {
        let shutdown = CancellationToken::new();
        let failures = (0..1_000_000).map(|_| Err(no_descriptor()));
        let mut connections = accept(Prepared::new(failures), None, shutdown.clone());
        seconds(1).await;
        shutdown.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(1), connections.recv()).await;
        assert!(matches!(ended, Ok(None)), "the listener is still there");
    }

    /// Clients that say nothing hold no more than the cap, and not for long.
    #[tokio::test(start_paused = true)]
    async fn silent_clients_are_few_at_a_time_and_are_dropped() {
        let (acceptor, _) = tls::acceptor(&certificate()).unwrap();
        let (ours, mut theirs): (Vec<_>, Vec<_>) = (0..MOST_HANDSHAKES + 5).map(|_| tokio::io::duplex(64)).unzip();
        let incoming = Prepared::new(ours.into_iter().rev().map(Ok));
        let _connections = accept(incoming.clone(), Some(acceptor), CancellationToken::new());
        seconds(1).await;
        assert_eq!(incoming.asked(), MOST_HANDSHAKES);
        seconds(TLS_HANDSHAKE.as_secs()).await;
        assert_eq!(incoming.asked(), MOST_HANDSHAKES + 6, "the next ones have their turn");
        let read = tokio::io::AsyncReadExt::read(&mut theirs[0], &mut [0; 8]).await;
        assert_eq!(read.unwrap(), 0, "the first connection is closed");
    }
}
