//! What a resource type of grants knows of the run that it serves: the configured provider, and what its grants have told
//! one another.

use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::configured::{Configured, Readiness};
use crate::lock::lock;
use crate::resources::sso_grant::role_waits::Waits;
use crate::resources::sso_grant::target::Target;
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use tf_provider::{Diagnostic, Diagnostics};

/// One for each resource type and provider.
#[derive(Debug)]
pub(crate) struct Run {
    configured: Configured,
    pub(crate) lost: Lost,
    pub(crate) plans: Plans,
    pub(crate) addresses: Addresses,
    pub(crate) waits: Waits,
}

impl Run {
    /// The run of a provider that will be configured.
    pub(crate) fn new(configured: Configured) -> Self {
        Self {
            configured,
            lost: Lost::default(),
            plans: Plans::default(),
            addresses: Addresses::default(),
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

/// Grants that were in the state until this refresh found them gone, and how many resources held each.
///
/// Terraform plans them as creates, and before a destroy it plans as usual: an error about a cluster or a role that
/// is gone too would make it impossible to destroy what is left.
#[derive(Debug, Default)]
pub(crate) struct Lost(Mutex<HashMap<Target, usize>>);

impl Lost {
    pub(crate) fn add(&self, target: Target) {
        *lock(&self.0).entry(target).or_default() += 1;
    }

    pub(crate) fn contains(&self, target: &Target) -> bool {
        self.count(target) > 0
    }

    /// How many resources held it.
    pub(crate) fn count(&self, target: &Target) -> usize {
        lock(&self.0).get(target).copied().unwrap_or_default()
    }
}

/// Which entries or rows the state holds, and which are imported in this run. What is both is a renamed resource, most often.
#[derive(Debug, Default)]
pub(crate) struct Addresses(Mutex<Known>);

/// By cluster and principal.
type Key = (ClusterPlace, String);

#[derive(Debug, Default)]
struct Known {
    held: HashSet<Key>,
    /// And whether the refresh that belongs to the import is still to come.
    imported: HashMap<Key, bool>,
}

impl Addresses {
    /// Remembers what is imported, and tells whether the state holds it.
    pub(crate) fn import(&self, place: ClusterPlace, principal_arn: &str) -> bool {
        let mut known = lock(&self.0);
        let key = (place, principal_arn.to_owned());
        let is_held = known.held.contains(&key);
        known.imported.insert(key, true);
        is_held
    }

    /// Remembers what a refresh finds in the state, and tells whether it is imported besides. `was_imported`: this may be the
    /// refresh of the import itself.
    pub(crate) fn hold(&self, place: ClusterPlace, principal_arn: &str, was_imported: bool) -> bool {
        let mut known = lock(&self.0);
        let key = (place, principal_arn.to_owned());
        let imported = known.imported.get_mut(&key);
        let is_imported = imported.is_some();
        if let Some(is_to_come) = imported
            && was_imported
            && std::mem::take(is_to_come)
        {
            return false;
        }
        known.held.insert(key);
        is_imported
    }

    /// Whether a refresh of this run found it in the state.
    pub(crate) fn is_held(&self, place: ClusterPlace, principal_arn: &str) -> bool {
        lock(&self.0).held.contains(&(place, principal_arn.to_owned()))
    }
}

/// What a resource is planned to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planned {
    /// It is not in the state, or it is replaced.
    pub(crate) is_new: bool,
    /// It owns only what it names of an entry.
    pub(crate) shares: bool,
}

impl Planned {
    /// All that is there is to be its own.
    pub(crate) const NEW: Self = Self {
        is_new: true,
        shares: false,
    };
    /// The same of one in the state.
    pub(crate) const KEPT: Self = Self {
        is_new: false,
        shares: false,
    };
}

/// Another resource of this run is planned for the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rival {
    /// One of the two is not in the state.
    New,
    /// Both are in the state, where an error would make it impossible to destroy them.
    InState,
}

impl Rival {
    /// Adds what is said of the two. `None` comes with an error.
    pub(crate) fn report(self, diags: &mut Diagnostics, message: Diagnostic) -> Option<()> {
        match self {
            Self::New => diags.add_error(message),
            Self::InState => diags.add_warning(message),
        }
        (self == Self::InState).then_some(())
    }
}

/// What the resources of this run are planned for.
///
/// Terraform plans each address at most once in a run (a replacement first with its state and then without, which callers must know),
/// and plan and apply are runs of their own. So what is planned a second time is another resource.
#[derive(Debug, Default)]
pub(crate) struct Plans(Mutex<HashMap<Key, Vec<Planned>>>);

impl Plans {
    /// Remembers a plan for something on a cluster: a principal, or a name while that is not known. As many creates as the refresh found
    /// `lost` are of resources that the state held.
    pub(crate) fn rival(&self, place: ClusterPlace, what: &str, planned: Planned, lost: usize) -> Option<Rival> {
        let mut plans = lock(&self.0);
        let earlier = plans.entry((place, what.to_owned())).or_default();
        let made = earlier.iter().filter(|earlier| earlier.is_new).count();
        let rivals = earlier.iter().filter(|other| match (other.is_new, planned.is_new) {
            (true, true) => made >= lost,
            _ => !(other.shares && planned.shares),
        });
        let rival = rivals.map(|other| other.is_new || planned.is_new).max();
        let rival = rival.map(|is_new| if is_new { Rival::New } else { Rival::InState });
        earlier.push(planned);
        rival
    }
}
