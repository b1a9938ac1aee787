//! AWS's place: answers from memory, after a delay that can be set, on one thread.
//!
//! The access key names the account, as in tests/emulator. Control endpoints, all answered at once and without a signature:
//! `GET /bench/stats`, and `POST /bench/set?delay_ms=N&permission_sets=N`, which also counts anew (`&clear=1` deletes
//! all access entries, `&generation=N` gives each permission set another role, `&reads_per_s=N&writes_per_s=N&burst=N` makes
//! EKS refuse what is more in an account and Region; 0 takes all). `/bench/state/NAME` keeps Terraform's state, as its http
//! backend wants it.

use crate::Failure;
use crate::answers;
use crate::throttle::Throttle;
use crate::world::{Entry, Place, World, digest};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::time::Instant;

/// A status and a body; the body of what succeeded is JSON or XML as the service has it.
type Answer = (u16, String);

/// Serves until stdin closes.
pub(crate) fn serve() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::task::LocalSet::new().run_until(listen()))
}

async fn listen() -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let server = Rc::new(Server::default());
    let mut stdin = tokio::io::stdin();
    let mut byte = [0];
    loop {
        let accepted = tokio::select! {
            _ = stdin.read(&mut byte) => return Ok(()),
            accepted = listener.accept() => accepted?,
        };
        accepted.0.set_nodelay(true)?;
        let server = server.clone();
        tokio::task::spawn_local(async move {
            let answer = service_fn(|request| answer(server.clone(), request));
            let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(accepted.0), answer);
            // A client that goes away is no error of ours.
            let _ = connection.await;
        });
    }
}

/// The world, and how busy the server is.
#[derive(Debug)]
struct Server {
    world: RefCell<World>,
    states: RefCell<HashMap<String, String>>,
    since: Cell<Instant>,
    cpu_before: Cell<Duration>,
    throttle: RefCell<Throttle>,
    waiting: Cell<u32>,
    most_waiting: Cell<u32>,
    answering: Cell<Duration>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            world: RefCell::default(),
            states: RefCell::default(),
            since: Cell::new(Instant::now()),
            cpu_before: Cell::default(),
            throttle: RefCell::default(),
            waiting: Cell::default(),
            most_waiting: Cell::default(),
            answering: Cell::default(),
        }
    }
}

async fn answer(server: Rc<Server>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let began = Instant::now();
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let path = head.uri.path();
    let (status, text) = match path.strip_prefix("/bench/") {
        Some(control) => match control.strip_prefix("state/") {
            Some(name) => server.state(&head.method, name, &body),
            None => server.control(control, head.uri.query().unwrap_or_default()),
        },
        None => {
            let delay = server.begin();
            let call = Call::new(&head, &body);
            let answer = match call.is_refused(&mut server.throttle.borrow_mut()) {
                true => throttled(),
                false => call.answer(&mut server.world.borrow_mut()),
            };
            // The delay is the network's and AWS's; the answer is as quick as it can be.
            #[allow(clippy::disallowed_methods, reason = "not the provider: nobody asks this to stop")]
            tokio::time::sleep_until(began + delay).await;
            server.end(began);
            answer
        }
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    // Without one, an answer is not AWS's.
    response
        .headers_mut()
        .insert("x-amzn-requestid", hyper::header::HeaderValue::from_static("bench"));
    Ok(response)
}

impl Server {
    fn begin(&self) -> Duration {
        self.waiting.set(self.waiting.get() + 1);
        self.most_waiting.set(self.most_waiting.get().max(self.waiting.get()));
        Duration::from_millis(self.world.borrow().delay_ms)
    }

    fn end(&self, began: Instant) {
        self.waiting.set(self.waiting.get() - 1);
        self.answering.set(self.answering.get() + began.elapsed());
    }

    fn control(&self, endpoint: &str, query: &str) -> Answer {
        match endpoint {
            "stats" => (200, self.stats().to_string()),
            "set" => {
                self.set(query);
                (200, "{}".to_owned())
            }
            _ => (404, "{}".to_owned()),
        }
    }

    fn state(&self, method: &Method, name: &str, body: &Bytes) -> Answer {
        let mut states = self.states.borrow_mut();
        if method == Method::POST {
            states.insert(name.to_owned(), String::from_utf8_lossy(body).into_owned());
        }
        match states.get(name) {
            Some(state) => (200, state.clone()),
            None => (404, String::new()),
        }
    }

    fn stats(&self) -> Value {
        let world = self.world.borrow();
        let calls: u64 = world.calls.values().sum();
        let answering = self.answering.get().as_secs_f64() * 1000.0;
        let cpu = cpu_time().saturating_sub(self.cpu_before.get());
        json!({
            "calls": world.calls,
            "wall_s": self.since.get().elapsed().as_secs_f64(),
            "cpu_s": cpu.as_secs_f64(),
            "most_at_once": self.most_waiting.get(),
            "mean_answer_ms": if calls == 0 { 0.0 } else { answering / calls as f64 },
            "throttled": self.throttle.borrow().stats(),
        })
    }

    fn set(&self, query: &str) {
        let mut world = self.world.borrow_mut();
        let mut throttle = self.throttle.borrow_mut();
        throttle.forget();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match (&*name, value.parse()) {
                ("delay_ms", Ok(delay)) => world.delay_ms = delay,
                ("permission_sets", Ok(number)) => world.permission_sets = usize::try_from(number).unwrap_or_default(),
                ("generation", Ok(number)) => world.generation = number,
                ("reads_per_s", Ok(rate)) => throttle.reads_per_s = rate,
                ("writes_per_s", Ok(rate)) => throttle.writes_per_s = rate,
                ("burst", Ok(burst)) => throttle.burst = burst,
                ("clear", Ok(_)) => world.clear(),
                _ => {}
            }
        }
        world.calls.clear();
        self.since.set(Instant::now());
        self.cpu_before.set(cpu_time());
        self.most_waiting.set(0);
        self.answering.set(Duration::ZERO);
    }
}

/// Processor time of this process so far. Linux counts it in hundredths of a second.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// A call to AWS.
struct Call<'a> {
    method: &'a Method,
    path: Vec<String>,
    body: &'a Bytes,
    account: &'a str,
    region: &'a str,
    service: &'a str,
}

impl<'a> Call<'a> {
    /// Who calls what, from the signature: `… Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
    fn new(head: &'a hyper::http::request::Parts, body: &'a Bytes) -> Self {
        let header = head.headers.get("authorization").and_then(|value| value.to_str().ok());
        let credential = header.and_then(|value| value.split_once("Credential="));
        let mut scope = credential.map_or("", |(_, rest)| rest).split('/');
        let key = scope.next().unwrap_or_default();
        let (region, service) = (scope.nth(1).unwrap_or_default(), scope.next().unwrap_or_default());
        let decoded = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
        Self {
            method: &head.method,
            path: head.uri.path().split('/').skip(1).map(decoded).collect(),
            body,
            account: key.get(8..).unwrap_or_default(),
            region,
            service,
        }
    }

    /// Whether EKS takes no more calls of this kind now.
    fn is_refused(&self, throttle: &mut Throttle) -> bool {
        let is_read = self.method == Method::GET;
        let name = || format!("{} {} {}", self.account, self.method, self.path.join("/"));
        self.service == "eks" && !throttle.takes(self.account, self.region, is_read, name)
    }

    fn answer(&self, world: &mut World) -> Answer {
        match self.service {
            "sts" | "iam" => self.query(world),
            "eks" => self.eks(world),
            _ => (403, "no signature".to_owned()),
        }
    }

    fn query(&self, world: &mut World) -> Answer {
        let form: Vec<_> = form_urlencoded::parse(self.body).collect();
        let given = |name: &str| form.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
        let (operation, body) = match given("Action") {
            "GetCallerIdentity" => ("GetCallerIdentity", answers::caller_identity(self.account)),
            "AssumeRole" => ("AssumeRole", answers::assumed_role(given("RoleArn"), given("RoleSessionName"))),
            "ListRoles" => ("ListRoles", answers::roles(self.account, world.permission_sets, world.generation)),
            "GetRole" => ("GetRole", answers::role(self.account, given("RoleName"))),
            other => return (400, format!("no such operation: {other}")),
        };
        *world.calls.entry(operation).or_default() += 1;
        (200, body)
    }

    fn eks(&self, world: &mut World) -> Answer {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let json: Value = serde_json::from_slice(self.body).unwrap_or_default();
        let place = |cluster| Place {
            account: self.account,
            region: self.region,
            cluster,
        };
        let (operation, answer) = match (self.method.as_str(), &path[..]) {
            ("GET", ["access-policies"]) => ("ListAccessPolicies", ok(&answers::access_policies())),
            ("POST", ["tags", arn]) => ("TagResource", tag(world, arn, &json)),
            ("GET", ["clusters", cluster]) => ("DescribeCluster", ok(&answers::cluster(&place(cluster)))),
            ("POST", ["clusters", cluster, "access-entries"]) => ("CreateAccessEntry", create(world, &place(cluster), &json)),
            ("GET", ["clusters", cluster, "access-entries"]) => {
                let principals: Vec<_> = world.entries(&place(cluster)).keys().cloned().collect();
                ("ListAccessEntries", ok(&json!({ "accessEntries": principals, "nextToken": null })))
            }
            ("DELETE", ["clusters", cluster, "access-entries", principal]) => {
                let gone = world.entries(&place(cluster)).remove(*principal);
                ("DeleteAccessEntry", gone.map_or_else(not_found, |_| ok(&json!({}))))
            }
            (method, ["clusters", cluster, "access-entries", principal, rest @ ..]) => {
                let Some((operation, change)) = on_entry(method, rest) else {
                    return (404, String::new());
                };
                let found = world.entries(&place(cluster)).get_mut(*principal);
                (
                    operation,
                    found.map_or_else(not_found, |entry| ok(&change(&place(cluster), entry, &json, rest))),
                )
            }
            _ => return (404, String::new()),
        };
        *world.calls.entry(operation).or_default() += 1;
        answer
    }
}

type OnEntry = fn(&Place<'_>, &mut Entry, &Value, &[&str]) -> Value;

/// What is done with an access entry that must be there.
fn on_entry(method: &str, rest: &[&str]) -> Option<(&'static str, OnEntry)> {
    Some(match (method, rest) {
        ("GET", []) => ("DescribeAccessEntry", |place, entry, _, _| answers::access_entry(place, entry)),
        ("POST", []) => ("UpdateAccessEntry", |place, entry, json, _| {
            entry.groups = json["kubernetesGroups"].clone();
            entry.user_name = json["username"].as_str().unwrap_or_default().to_owned();
            answers::access_entry(place, entry)
        }),
        ("GET", ["access-policies"]) => ("ListAssociatedAccessPolicies", |place, entry, _, _| {
            answers::associations(place, entry)
        }),
        ("POST", ["access-policies"]) => ("AssociateAccessPolicy", |place, entry, json, _| {
            let arn = json["policyArn"].as_str().unwrap_or_default().to_owned();
            entry.policies.insert(arn.clone(), json["accessScope"].clone());
            answers::associated(place, entry, &arn)
        }),
        ("DELETE", ["access-policies", _]) => ("DisassociateAccessPolicy", |_, entry, _, rest| {
            entry.policies.remove(rest[1]);
            json!({})
        }),
        _ => return None,
    })
}

fn create(world: &mut World, place: &Place<'_>, json: &Value) -> Answer {
    let Place { account, region, cluster } = place;
    let principal = json["principalArn"].as_str().unwrap_or_default();
    let role_account = principal.split(':').nth(4).unwrap_or_default();
    let role = principal.rsplit('/').next().unwrap_or_default();
    let entry = Entry {
        arn: format!(
            "arn:aws:eks:{region}:{account}:access-entry/{cluster}/role/{role_account}/{role}/{:032x}",
            digest(&format!("{account}/{region}/{cluster}/{principal}"))
        ),
        principal_arn: principal.to_owned(),
        groups: json.get("kubernetesGroups").cloned().unwrap_or_else(|| json!([])),
        user_name: json["username"].as_str().map_or_else(
            || format!("arn:aws:sts::{role_account}:assumed-role/{role}/{{{{SessionName}}}}"),
            str::to_owned,
        ),
        tags: json["tags"].as_object().cloned().unwrap_or_default(),
        policies: Default::default(),
    };
    let answer = answers::access_entry(place, &entry);
    let entries = world.entries(place);
    if entries.contains_key(principal) {
        return error(
            409,
            "ResourceInUseException",
            "The specified access entry resource is already in use on this cluster.",
        );
    }
    entries.insert(principal.to_owned(), entry);
    ok(&answer)
}

fn tag(world: &mut World, arn: &str, json: &Value) -> Answer {
    let Some(entry) = world.entry_of_arn(arn) else { return not_found() };
    entry.tags.extend(json["tags"].as_object().cloned().unwrap_or_default());
    ok(&json!({}))
}

fn ok(body: &Value) -> Answer {
    (200, body.to_string())
}

fn throttled() -> Answer {
    error(429, "ThrottlingException", "Rate exceeded")
}

fn not_found() -> Answer {
    let message = "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.";
    error(404, "ResourceNotFoundException", message)
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    (status, json!({ "__type": code, "message": message }).to_string())
}
