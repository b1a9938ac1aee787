//! What a resource type of grants knows of the run that it serves: the configured provider, and what its grants have told
//! one another.

use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::configured::{Configured, Readiness};
use crate::lock::lock;
use crate::resources::sso_grant::role_waits::Waits;
use crate::resources::sso_grant::target::Target;
use std::collections::HashSet;
use std::sync::Mutex;
use tf_provider::Diagnostics;

/// One for each resource type and provider.
#[derive(Debug)]
pub(crate) struct Run {
    configured: Configured,
    pub(crate) lost: Lost,
    pub(crate) creates: PlannedCreates,
    pub(crate) waits: Waits,
}

impl Run {
    /// The run of a provider that will be configured.
    pub(crate) fn new(configured: Configured) -> Self {
        Self {
            configured,
            lost: Lost::default(),
            creates: PlannedCreates::default(),
            waits: Waits::default(),
        }
    }

    /// The session to work with. `None` comes with an error.
    pub(crate) fn session(&self, diags: &mut Diagnostics) -> Option<Session> {
        self.configured.session(diags)
    }

    /// `Some(None)` while the provider block holds unknown values; `None` comes with an error.
    pub(crate) fn session_or_unknown(&self, diags: &mut Diagnostics) -> Option<Option<Session>> {
        match self.configured.readiness() {
            Readiness::Unknown(_) => Some(None),
            Readiness::Ready(_) | Readiness::NotConfigured => self.session(diags).map(Some),
        }
    }

    /// The session, if there is one: for what may be left out.
    pub(crate) fn session_if_ready(&self) -> Option<Session> {
        match self.configured.readiness() {
            Readiness::Ready(session) => Some(session),
            Readiness::Unknown(_) | Readiness::NotConfigured => None,
        }
    }
}

/// Grants that were in the state until this refresh found them gone.
///
/// Terraform plans them as creates, and before a destroy it plans as usual: an error about a cluster or a role that
/// is gone too would make it impossible to destroy what is left.
#[derive(Debug, Default)]
pub(crate) struct Lost(Mutex<HashSet<Target>>);

impl Lost {
    pub(crate) fn add(&self, target: Target) {
        lock(&self.0).insert(target);
    }

    pub(crate) fn contains(&self, target: &Target) -> bool {
        lock(&self.0).contains(target)
    }
}

/// What this run plans to make.
///
/// Terraform plans each address at most once without a state in a run (a replacement after a plan with one), and plan and apply are
/// runs of their own. So what is planned a second time is another resource.
#[derive(Debug, Default)]
pub(crate) struct PlannedCreates(Mutex<HashSet<(ClusterPlace, String)>>);

impl PlannedCreates {
    /// Whether nothing was planned yet for this on the cluster: a principal, or a name while that is not known.
    pub(crate) fn is_first(&self, place: ClusterPlace, what: &str) -> bool {
        lock(&self.0).insert((place, what.to_owned()))
    }
}
