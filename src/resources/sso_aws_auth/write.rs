//! The write of one row.
//!
//! The ConfigMap is everybody's: people, GitOps tools and other Terraform runs write it too. So each try reads the map, splices the
//! one row into its text and sends the whole map back with the version that was read; the API refuses it if somebody was
//! faster, and the next try begins with what they wrote. Within this run, writes to one cluster wait for each other.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::kubernetes::{ConfigMap, Kubernetes, Turn, UPDATE, may_be_tried_again};
use crate::aws::kubernetes_answer::SERVICE;
use crate::aws::retry::{despite_stop, retry_until, unless_stopped};
use crate::domain::aws_auth::config_map::MAP_ROLES;
use crate::domain::aws_auth::malformed::Malformed;
use crate::domain::aws_auth::map_roles::MapRoles;
use crate::domain::aws_auth::row::{Mapping, Row};
use crate::domain::error::Invalid;
use crate::lock::lock;
use crate::resources::sso_aws_auth::row::is_same;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long the last look after a lost answer may take.
const LAST_LOOK: Duration = Duration::from_secs(15);

/// What is to become of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change<'a> {
    /// A row for a role that has none.
    Add(&'a Mapping),
    /// Another row in the place of the role's, or of the one that its permission set had before.
    Replace { old_arn: &'a str, row: &'a Mapping },
    /// No row.
    Remove { arn: &'a str },
}

/// Why nothing was written, as far as is known.
#[derive(Debug)]
pub(super) enum Failure {
    /// The role has a row already.
    Exists(Box<Row>),
    Malformed(Malformed),
    /// The text has a form in which the row cannot be changed alone, or it is one for nodes.
    NotSpliced(Invalid),
    Api {
        error: AwsError,
        /// A write was sent, and nobody knows what became of it.
        may_be_done: bool,
    },
}

/// Makes the change, and tries again until the deadline while others write.
pub(super) async fn write(kubernetes: &Kubernetes, change: Change<'_>, until: Instant) -> Result<(), Failure> {
    let mut turn = next_turn(kubernetes, until)
        .await
        .map_err(|error| Failure::Api { error, may_be_done: false })?;
    let write = Write {
        kubernetes,
        change,
        known: Mutex::new(turn.take()),
        sent: AtomicBool::new(false),
    };
    let result = match retry_until(until, may_be_tried_again, || write.once()).await {
        Ok(result) => result,
        Err(error) => write.last_look(error).await,
    };
    *turn = write.known.into_inner().unwrap_or_else(PoisonError::into_inner);
    result
}

/// Waits for the turn, but not past the deadline. Where Terraform asked to stop meanwhile no write is begun.
async fn next_turn(kubernetes: &Kubernetes, until: Instant) -> Result<Turn, AwsError> {
    let too_late = || {
        let text = "Other grants of this run were still writing aws-auth when the time of this one was over. Raise its timeouts.";
        AwsError::local(SERVICE, UPDATE, ErrorKind::Other, text)
    };
    let turn = async { timeout_at(until, kubernetes.turn()).await.map_err(|_| too_late()) };
    unless_stopped(SERVICE, UPDATE, turn).await
}

struct Write<'a> {
    kubernetes: &'a Kubernetes,
    change: Change<'a>,
    /// The map as this run left it.
    known: Mutex<Option<ConfigMap>>,
    /// A write may have been done, though no answer said so.
    sent: AtomicBool,
}

impl Write<'_> {
    async fn once(&self) -> Result<Result<(), Failure>, AwsError> {
        let known = lock(&self.known).take();
        // What is remembered may be old: it serves for a write, which the API checks, and for nothing else.
        if let Some(map) = known
            && let Ok(Some(text)) = self.decide(Some(&map))
        {
            return self.send(Some(&map), &text).await.map(Ok);
        }
        let map = self.kubernetes.aws_auth_fresh().await?;
        match self.decide(map.as_ref()) {
            Ok(Some(text)) => self.send(map.as_ref(), &text).await.map(Ok),
            Ok(None) => {
                *lock(&self.known) = map;
                Ok(Ok(()))
            }
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// The text to write; `None` where all is as it should be.
    fn decide(&self, map: Option<&ConfigMap>) -> Result<Option<String>, Failure> {
        let text = map.and_then(|map| map.text(MAP_ROLES)).unwrap_or_default();
        let roles = MapRoles::parse(text).map_err(Failure::Malformed)?;
        let text = match self.change {
            Change::Add(row) => match roles.find(&row.arn) {
                Some(found) if self.sent.load(Ordering::Relaxed) && is_same(&found.mapping, row) => return Ok(None),
                Some(found) => return Err(Failure::Exists(Box::new(found.clone()))),
                None => roles.with(row),
            },
            Change::Replace { old_arn, row } => {
                let is_moved = !row.is_for(old_arn) && roles.find(old_arn).is_some();
                if !is_moved && roles.find(&row.arn).is_some_and(|found| is_same(&found.mapping, row)) {
                    return Ok(None);
                }
                roles.replace(old_arn, row)
            }
            Change::Remove { arn } => roles.without(arn),
        };
        let text = text.map_err(Failure::NotSpliced)?;
        Ok((text != roles.text()).then_some(text))
    }

    async fn send(&self, map: Option<&ConfigMap>, text: &str) -> Result<(), AwsError> {
        let answer = match map {
            Some(map) => self.kubernetes.update_aws_auth(&map.with(MAP_ROLES, text)).await,
            None => self.kubernetes.create_aws_auth(&ConfigMap::new(MAP_ROLES, text)).await,
        };
        match answer {
            Ok(written) => {
                *lock(&self.known) = Some(written);
                Ok(())
            }
            Err(error) => {
                if error.kind == ErrorKind::AnswerLost || error.status.is_some_and(|status| status >= 500) {
                    self.sent.store(true, Ordering::Relaxed);
                }
                Err(error)
            }
        }
    }

    /// After a lost answer and no time, or a stop request, the map itself tells whether the write was done.
    async fn last_look(&self, error: AwsError) -> Result<(), Failure> {
        if !self.sent.load(Ordering::Relaxed) {
            return Err(Failure::Api { error, may_be_done: false });
        }
        match despite_stop(LAST_LOOK, self.kubernetes.aws_auth_fresh()).await {
            Ok(map) => match self.decide(map.as_ref()) {
                Ok(None) => Ok(()),
                _ => Err(Failure::Api { error, may_be_done: false }),
            },
            Err(_) => Err(Failure::Api { error, may_be_done: true }),
        }
    }
}
