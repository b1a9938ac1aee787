//! What this resource type knows of the run that it serves.

use crate::configured::Configured;
use crate::resources::access_entry::claims::Claims;
use crate::resources::sso_grant;
use std::ops::Deref;

/// What all kinds of grants know, and who writes which access entry.
#[derive(Debug)]
pub(super) struct Run {
    grants: sso_grant::run::Run,
    pub(super) claims: Claims,
}

impl Run {
    /// The run of a provider that will be configured.
    pub(super) fn new(configured: Configured, claims: Claims) -> Self {
        Self {
            grants: sso_grant::run::Run::new(configured),
            claims,
        }
    }
}

impl Deref for Run {
    type Target = sso_grant::run::Run;

    fn deref(&self) -> &Self::Target {
        &self.grants
    }
}
