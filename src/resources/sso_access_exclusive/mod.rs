//! `eks_sso_access_exclusive`: all access entries of one EKS cluster that are for people.
//!
//! It shows those that nobody named, and removes them (`mode = "remove"`). It makes no entry and changes none.
//!
//! Planning reads: eks:ListAccessEntries, and DescribeAccessEntry and ListAssociatedAccessPolicies for the unexpected entries
//! alone; DescribeCluster. Applying writes: eks:DeleteAccessEntry.
//!
//! Never meant are entries of other types than STANDARD, which are for nodes, and those of roles of AWS's services. It does not
//! see rows of aws-auth.

mod apply;
mod found;
mod guard;
mod import;
mod messages;
mod model;
mod plan;
mod read;
mod removing;
mod schema;
mod validate;

use crate::aws::retry::within;
use crate::configured::Configured;
use crate::hosting::{
    Applied, Current, Identity, IdentityAttribute, ImportSource, Imported, ManagedResource, MoveRequest, Plan, PlanRequest, UpdateRequest,
};
use crate::resources::access_entry::claims::Claims;
use crate::resources::sso_grant::run::Run;
use crate::resources::sso_grant::timeouts::DEFAULT_TIMEOUT;
use crate::resources::sso_grant::upgrade::upgrade;
use model::Model;
use tf_provider::Diagnostics;
use tf_provider::schema::Schema;
use tokio::time::Instant;

/// The resource type.
#[derive(Debug)]
pub struct SsoAccessExclusive {
    run: Run,
    claims: Claims,
}

impl SsoAccessExclusive {
    /// The resource type of a provider that will be configured, with the claims of all its types.
    pub(super) fn new(configured: Configured, claims: Claims) -> Self {
        Self {
            run: Run::new(configured),
            claims,
        }
    }
}

#[async_trait::async_trait]
impl ManagedResource for SsoAccessExclusive {
    type State = Model;

    fn schema(&self) -> Schema {
        schema::schema()
    }

    async fn validate(&self, diags: &mut Diagnostics, config: Model) {
        validate::validate(diags, &config);
    }

    async fn plan(&self, diags: &mut Diagnostics, request: PlanRequest<Model>) -> Option<Plan<Model>> {
        plan::plan(&self.run, &self.claims, diags, request).await
    }

    async fn plan_destroy(&self, _diags: &mut Diagnostics, prior: Current<Model>) -> Option<Vec<u8>> {
        Some(prior.private)
    }

    async fn create(&self, diags: &mut Diagnostics, planned: Current<Model>, _config: Model) -> Option<Applied<Model>> {
        let until = Instant::now() + DEFAULT_TIMEOUT;
        within(until, apply::create(&self.run, diags, planned)).await
    }

    async fn update(&self, diags: &mut Diagnostics, request: UpdateRequest<Model>) -> Option<Applied<Model>> {
        let until = Instant::now() + DEFAULT_TIMEOUT;
        within(until, apply::update(&self.run, &self.claims, diags, request, until)).await
    }

    /// Forgets: the entries are as they were before there was this resource.
    async fn delete(&self, _diags: &mut Diagnostics, _prior: Current<Model>) {}

    async fn read(&self, diags: &mut Diagnostics, current: Current<Model>) -> Option<Applied<Model>> {
        read::read(&self.run, &self.claims, diags, current).await
    }

    async fn import(&self, diags: &mut Diagnostics, source: ImportSource) -> Option<Imported<Model>> {
        let session = self.run.session(diags)?;
        import::import(diags, &session, &source).await
    }

    fn identity_schema(&self) -> &'static [IdentityAttribute] {
        import::IDENTITY
    }

    fn identity(&self, state: &Model) -> Option<Identity> {
        import::identity(state)
    }

    fn move_from(&self, diags: &mut Diagnostics, source: MoveRequest) -> Option<Imported<Model>> {
        diags.add_error(messages::cannot_move(&source.resource_type));
        None
    }

    fn upgrade(&self, diags: &mut Diagnostics, version: i64, state: serde_json::Value) -> Option<Model> {
        upgrade(diags, schema::VERSION, version, state)
    }
}
