//! The way from the provider to [`World`], on which faults happen.

use crate::core::Signals;
use crate::faults::answer::Answer;
use crate::faults::aws::{Call, World};
use crate::faults::fault::{Besides, Fault, Kind};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::StreamBody;
use hyper::body::{Bytes, Frame};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// How long a call takes.
const ROUND_TRIP: Duration = Duration::from_millis(30);
/// When the provider's HTTP client gives a silent connection up.
const SILENCE: Duration = Duration::from_secs(60);

/// AWS, with what is to happen to one command.
#[derive(Clone, Debug)]
pub struct Aws(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    world: World,
    clock: Option<Instant>,
    /// Operations called by this command.
    calls: Vec<&'static str>,
    fault: Option<Fault>,
    /// The operation that the fault goes on with.
    lasting: Option<&'static str>,
    is_out: bool,
    signals: Signals,
    /// Processes that were killed do nothing any more.
    started: u64,
    killed: u64,
}

impl Aws {
    pub fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            world,
            clock: None,
            calls: Vec::new(),
            fault: None,
            lasting: None,
            is_out: false,
            signals: Signals::default(),
            started: 0,
            killed: 0,
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// The network of a new process.
    pub fn process(&self) -> SharedHttpConnector {
        let mut inner = self.inner();
        inner.started += 1;
        SharedHttpConnector::new(Network {
            aws: self.clone(),
            process: inner.started,
        })
    }

    pub fn world(&self) -> World {
        self.inner().world.clone()
    }

    /// Time passes while nothing runs.
    pub fn wait(&self, time: Duration) {
        self.inner().world.pass(time);
    }

    pub fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.inner().world);
    }

    /// Begins a command, to which a fault is to happen. What was called before counts too.
    pub fn begin(&self, fault: Option<Fault>, before: &[&'static str]) -> Signals {
        let mut inner = self.inner();
        inner.calls = before.to_vec();
        inner.world.writes.clear();
        (inner.fault, inner.lasting, inner.is_out) = (fault, None, false);
        inner.world.hides_new_entries = fault.is_some_and(|fault| fault.besides == Some(Besides::HiddenEntries));
        inner.signals = Signals::default();
        inner.signals.clone()
    }

    fn is_killed(&self, process: u64) -> bool {
        process <= self.inner().killed
    }

    /// Ends all processes that run.
    fn kill(&self) {
        let mut inner = self.inner();
        inner.killed = inner.started;
        inner.signals.kill.cancel();
    }

    fn fate(&self, operation: &'static str) -> Option<Kind> {
        let mut inner = self.inner();
        inner.tick();
        inner.fate(operation)
    }

    /// What the command called.
    pub fn calls(&self) -> Vec<&'static str> {
        self.inner().calls.clone()
    }
}

impl Inner {
    fn tick(&mut self) {
        let now = Instant::now();
        if let Some(before) = self.clock.replace(now) {
            self.world.pass(now.saturating_duration_since(before));
        }
    }

    /// What becomes of this call.
    fn fate(&mut self, operation: &'static str) -> Option<Kind> {
        let at = self.calls.len();
        self.calls.push(operation);
        if self.is_out {
            return Some(Kind::NothingSent);
        }
        let fault = self.fault?;
        if at == fault.at {
            self.lasting = fault.lasts.then_some(operation);
            return Some(fault.kind);
        }
        (self.lasting == Some(operation)).then_some(fault.kind)
    }

    /// What happens besides, at the moment of the first fault.
    fn happen_besides(&mut self) {
        let Some(besides) = self
            .fault
            .filter(|fault| self.calls.len() == fault.at + 1)
            .and_then(|fault| fault.besides)
        else {
            return;
        };
        let world = &mut self.world;
        let has_entry = world.entry().is_some();
        match besides {
            Besides::HiddenEntries => {}
            Besides::EntryAppears if !has_entry && world.mode != "CONFIG_MAP" => world.make_entry_of_others(),
            Besides::EntryReplaced if has_entry => {
                world.delete_elsewhere();
                world.make_entry_of_others();
            }
            Besides::EntryDeleted => world.delete_elsewhere(),
            Besides::SecondWriter if has_entry => world.associate_elsewhere("AmazonEKSAdminPolicy"),
            Besides::SecondWriter if world.aws_auth.is_some() => world.add_row_elsewhere(),
            Besides::EntryAppears | Besides::EntryReplaced | Besides::SecondWriter => {}
            Besides::RoleReplaced => world.provision(),
            Besides::RoleRecreated => world.recreate_role(),
            Besides::Outage => self.is_out = true,
        }
    }
}

#[derive(Debug)]
struct Network {
    aws: Aws,
    process: u64,
}

impl HttpConnector for Network {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (aws, process) = (self.aws.clone(), self.process);
        HttpConnectorFuture::new(async move { carry(&aws, process, &request).await })
    }
}

async fn carry(aws: &Aws, process: u64, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
    tokio::time::sleep(ROUND_TRIP).await;
    if aws.is_killed(process) {
        return std::future::pending().await;
    }
    let call = Call::of(request);
    let fate = aws.fate(call.operation);
    if fate == Some(Kind::Stop) {
        aws.inner().signals.stop.cancel();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let answer = fate.is_none_or(Kind::is_done).then(|| aws.inner().world.answer(&call));
    aws.inner().happen_besides();
    match fate {
        None | Some(Kind::Stop) => Ok(response(&done(answer))),
        Some(Kind::Refused) => Ok(refusal(&call, 400, "InvalidParameterException", "Invalid", "This cannot be.")),
        Some(Kind::Denied) => Ok(refusal(
            &call,
            403,
            "AccessDeniedException",
            "Forbidden",
            "not authorized to perform this",
        )),
        Some(Kind::Throttled) => Ok(refusal(&call, 429, "ThrottlingException", "TooManyRequests", "Rate exceeded")),
        Some(Kind::Broken | Kind::BrokenAndDone) => Ok(refusal(&call, 500, "ServerException", "InternalError", "broken")),
        Some(Kind::NothingSent) => Err(refused_connection().await),
        Some(Kind::Reset | Kind::AnswerLost) => Err(reset()),
        Some(Kind::TimedOut) => {
            tokio::time::sleep(SILENCE).await;
            Err(ConnectorError::timeout("no answer for a minute".into()))
        }
        Some(Kind::Html) => Ok(page()),
        Some(Kind::Truncated) => Ok(truncated(&done(answer))),
        Some(Kind::Malformed) => Ok(response(&Answer {
            body: "{\"<".to_owned(),
            ..done(answer)
        })),
        Some(Kind::KilledBefore | Kind::KilledAfter) => {
            aws.kill();
            std::future::pending().await
        }
    }
}

fn done(answer: Option<Answer>) -> Answer {
    answer.expect("the work was done")
}

/// In the form of the service that was called.
fn refusal(call: &Call, status: u16, code: &str, reason: &str, message: &str) -> HttpResponse {
    response(&match call.operation {
        "GetCallerIdentity" | "ListRoles" | "GetRole" => Answer::query_error(status, code.trim_end_matches("Exception"), message),
        operation if operation.ends_with("ConfigMap") => Answer::status(status, reason, message),
        _ => Answer::error(status, code, message),
    })
}

fn response(answer: &Answer) -> HttpResponse {
    with_headers(answer, SdkBody::from(answer.body.clone()))
}

fn with_headers(answer: &Answer, body: SdkBody) -> HttpResponse {
    let mut response = HttpResponse::new(answer.status.try_into().unwrap(), body);
    let headers = response.headers_mut();
    headers.insert("content-type", answer.content_type);
    headers.insert("x-amzn-requestid", "00000000-0000-4000-8000-000000000000");
    if let Some(code) = &answer.error_type {
        headers.insert("x-amzn-errortype", code.clone());
    }
    response
}

/// The connection ends in the middle of the body.
fn truncated(answer: &Answer) -> HttpResponse {
    let half = Bytes::from(answer.body.as_bytes()[..answer.body.len() / 2].to_vec());
    let parts = [Ok(Frame::data(half)), Err(io::Error::from(io::ErrorKind::UnexpectedEof))];
    with_headers(answer, SdkBody::from_body_1_x(StreamBody::new(tokio_stream::iter(parts))))
}

/// What a proxy shows that wants people to sign in.
fn page() -> HttpResponse {
    let mut response = HttpResponse::new(200.try_into().unwrap(), SdkBody::from("<html><body>Sign in</body></html>"));
    response.headers_mut().insert("content-type", "text/html");
    response
}

fn reset() -> ConnectorError {
    ConnectorError::io(Box::new(io::Error::from(io::ErrorKind::ConnectionReset)))
}

/// hyper's own error for a connection that never came about: nobody else can make one.
async fn refused_connection() -> ConnectorError {
    let refuse = tower::service_fn(|_: hyper::Uri| {
        std::future::ready(Err::<TokioIo<TcpStream>, _>(io::Error::from(io::ErrorKind::ConnectionRefused)))
    });
    let client: Client<_, http_body_util::Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(refuse);
    let refused = client.get(hyper::Uri::from_static("http://nobody.example/")).await;
    ConnectorError::io(Box::new(refused.expect_err("it is refused")))
}

impl Call {
    fn of(request: &HttpRequest) -> Self {
        let uri: hyper::Uri = request.uri().parse().unwrap();
        let body = request.body().bytes().unwrap_or_default();
        let decoded = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
        let path: Vec<String> = uri.path().split('/').skip(1).map(decoded).collect();
        let host = uri.host().unwrap_or_default();
        if host.starts_with("sts.") || host.starts_with("iam.") {
            return Self::of_form(body);
        }
        let body = serde_json::from_slice(body).unwrap_or_default();
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let keys = query.filter(|(name, _)| name == "tagKeys").map(|(_, value)| value.into_owned());
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        let (operation, names): (_, Vec<String>) = match (request.method(), &parts[..]) {
            ("GET", ["api", ..]) => ("GetConfigMap", Vec::new()),
            ("POST", ["api", ..]) => ("CreateConfigMap", Vec::new()),
            ("PUT", ["api", ..]) => ("UpdateConfigMap", Vec::new()),
            ("GET", ["access-policies"]) => ("ListAccessPolicies", Vec::new()),
            ("POST", ["tags", arn]) => ("TagResource", vec![(*arn).to_owned()]),
            ("DELETE", ["tags", arn]) => ("UntagResource", [(*arn).to_owned()].into_iter().chain(keys).collect()),
            ("GET", ["clusters", _]) => ("DescribeCluster", Vec::new()),
            ("GET", ["clusters", _, "access-entries"]) => ("ListAccessEntries", Vec::new()),
            ("POST", ["clusters", _, "access-entries"]) => ("CreateAccessEntry", Vec::new()),
            (method, ["clusters", _, "access-entries", principal]) => (on_entry(method), vec![(*principal).to_owned()]),
            (method, ["clusters", _, "access-entries", principal, "access-policies"]) => {
                let list = method == "GET";
                let operation = if list {
                    "ListAssociatedAccessPolicies"
                } else {
                    "AssociateAccessPolicy"
                };
                (operation, vec![(*principal).to_owned()])
            }
            ("DELETE", ["clusters", _, "access-entries", principal, "access-policies", policy]) => {
                ("DisassociateAccessPolicy", vec![(*principal).to_owned(), (*policy).to_owned()])
            }
            other => panic!("no such call: {other:?}"),
        };
        Self { operation, names, body }
    }

    fn of_form(body: &[u8]) -> Self {
        let form: Vec<_> = form_urlencoded::parse(body).collect();
        let given = |name: &str| form.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
        let operation = match given("Action") {
            "GetCallerIdentity" => "GetCallerIdentity",
            "ListRoles" => "ListRoles",
            "GetRole" => "GetRole",
            other => panic!("no such operation: {other}"),
        };
        Self {
            operation,
            names: vec![given("RoleName").to_owned()],
            body: serde_json::Value::Null,
        }
    }
}

fn on_entry(method: &str) -> &'static str {
    match method {
        "GET" => "DescribeAccessEntry",
        "POST" => "UpdateAccessEntry",
        "DELETE" => "DeleteAccessEntry",
        other => panic!("no such method: {other}"),
    }
}
