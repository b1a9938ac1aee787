//! What AWS answers, or something in its place, through the SDK's own clients.

use aws_sdk_eks::config::{BehaviorVersion, Region};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use terraform_provider_eks::aws::attempts::Attempts;
use terraform_provider_eks::aws::eks::{CreateAccessEntry, Eks, Timestamp};
use terraform_provider_eks::aws::error::AwsError;
use terraform_provider_eks::aws::genuine::Genuine;
use terraform_provider_eks::aws::iam::Iam;
use terraform_provider_eks::aws::identity_store::IdentityStore;
use tokio::runtime::Runtime;

const PRINCIPAL: &str = "arn:aws:iam::222233334444:role/Deployer";

/// Answers all requests alike.
#[derive(Debug, Clone, Default)]
struct Aws(Arc<Mutex<Answer>>);

#[derive(Debug, Clone, Default)]
struct Answer {
    status: u16,
    request_id: bool,
    body: Vec<u8>,
}

impl HttpConnector for Aws {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.lock().expect("one thread").clone();
        let mut response = http::Response::builder().status(answer.status).header("content-type", "text/html");
        if answer.request_id {
            response = response.header("x-amzn-requestid", "1");
        }
        let response = response.body(SdkBody::from(answer.body)).expect("a response");
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(response).expect("a response")))
    }
}

struct Clients {
    aws: Aws,
    eks: Eks,
    iam: Iam,
    identity_store: IdentityStore,
    runtime: Runtime,
}

// Each SDK has a configuration type of its own with the same methods, and no trait says so.
macro_rules! config {
    ($sdk:ident, $aws:expr) => {{
        let connector = SharedHttpConnector::new($aws.clone());
        let config = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .retry_config(RetryConfig::disabled())
            .interceptor(Genuine)
            .allow_no_auth();
        $sdk::Client::from_conf(config.build())
    }};
}

impl Clients {
    fn new() -> Self {
        let aws = Aws::default();
        Self {
            eks: Eks::new(config!(aws_sdk_eks, aws)),
            iam: Iam::new(config!(aws_sdk_iam, aws)),
            identity_store: IdentityStore::new(config!(aws_sdk_identitystore, aws)),
            aws,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .expect("a runtime"),
        }
    }
}

thread_local! {
    static CLIENTS: RefCell<Clients> = RefCell::new(Clients::new());
}

/// The first byte says what was asked and how the answer was marked, the second is its status.
pub fn aws_answers(data: &[u8]) {
    let [what, status, body @ ..] = data else { return };
    let answer = Answer {
        // Any status from 200 on, most of them the usual ones.
        status: match status % 8 {
            0..=3 => 200,
            4 => 400,
            5 => 404,
            6 => 503,
            _ => 200 + u16::from(*status),
        },
        request_id: what & 0x80 != 0,
        body: body.to_vec(),
    };
    CLIENTS.with_borrow(|clients| {
        *clients.aws.0.lock().expect("one thread") = answer.clone();
        clients.runtime.block_on(ask(clients, what & 0x7f, &answer));
    });
}

async fn ask(clients: &Clients, what: u8, answer: &Answer) {
    let Clients {
        eks, iam, identity_store, ..
    } = clients;
    match what % 12 {
        0 => drop(judge(answer, eks.describe_cluster("c").await)),
        1 => {
            if let Some(entry) = judge(answer, eks.describe_access_entry("c", PRINCIPAL).await).flatten() {
                shown(entry.created_at);
            }
        }
        2 => drop(judge(answer, eks.create_access_entry(&entry(), &Attempts::default()).await)),
        3 => drop(judge(answer, eks.update_access_entry("c", PRINCIPAL, &BTreeSet::new(), "u").await)),
        4 => drop(judge(answer, eks.delete_access_entry("c", PRINCIPAL).await)),
        5 => drop(judge(answer, eks.list_access_entries("c").await)),
        6 => drop(judge(answer, eks.list_associated_access_policies("c", PRINCIPAL).await)),
        7 => drop(judge(answer, eks.list_access_policies().await)),
        8 => drop(judge(
            answer,
            eks.untag_resource("arn:aws:eks:eu-west-1:222233334444:access-entry/x", &["a".to_owned()])
                .await,
        )),
        9 => {
            for role in judge(answer, iam.list_reserved_roles().await).unwrap_or_default() {
                shown(role.created_at);
                let _ = role.is_younger_than(role.created_at);
            }
        }
        10 => drop(judge(answer, iam.get_role("x").await)),
        _ => drop(judge(answer, identity_store.find_group_name("d-1234567890", "x").await)),
    }
}

fn entry() -> CreateAccessEntry {
    CreateAccessEntry {
        cluster_name: "c".to_owned(),
        principal_arn: PRINCIPAL.to_owned(),
        groups: BTreeSet::new(),
        user_name: None,
        tags: Default::default(),
        client_request_token: "t".to_owned(),
    }
}

/// Only AWS itself can say that something was done or is there; all else is an error that says something.
fn judge<T: Debug>(answer: &Answer, judged: Result<T, AwsError>) -> Option<T> {
    match judged {
        Ok(value) => {
            let is_success = (200..300).contains(&answer.status);
            assert!(!is_success || answer.request_id, "{value:?}");
            Some(value)
        }
        Err(error) => {
            assert!(!error.message.is_empty());
            let _ = (
                error.to_string(),
                error.explanation(),
                error.may_pass(),
                error.is_without_answer(),
                error.denied_action(),
            );
            None
        }
    }
}

/// A time is shown as a text that is read as the same time.
fn shown(time: Option<Timestamp>) {
    if let Some(time) = time {
        assert_eq!(Timestamp::parse(&time.to_string()), Some(time));
    }
}
