//! `eks_sso_aws_auth`: the access of one permission set (or role) to one EKS cluster, by a row of its aws-auth ConfigMap.
//!
//! It manages one row of `mapRoles` in `kube-system/aws-auth`, for clusters that do not take access entries yet.
//!
//! Planning reads: eks:DescribeCluster, DescribeAccessEntry, iam:ListRoles, GetRole, and the ConfigMap over the Kubernetes
//! API. Applying writes the ConfigMap.
//!
//! It does not manage rows for nodes, `mapAccounts`, or rows of `mapUsers` (but tells where one of its role loses or gets back
//! its effect), or RBAC inside of the cluster.

mod create;
mod delete;
mod import;
mod messages;
mod model;
mod other_rows;
mod plan;
mod planned;
mod preflight;
mod private;
mod read;
mod row;
mod schema;
mod update;
mod validate;
mod write;

use crate::aws::retry::within;
use crate::configured::Configured;
use crate::hosting::{
    Applied, Current, Identity, IdentityAttribute, ImportSource, Imported, ManagedResource, MoveRequest, Plan, PlanRequest, UpdateRequest,
};
use crate::resources::access_entry::claims::Claims;
use crate::resources::sso_grant::run::Run;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::text;
use crate::resources::sso_grant::timeouts::deadline;
use crate::resources::sso_grant::upgrade::upgrade;
use crate::resources::sso_grant::{caller, identity};
use model::Model;
use tf_provider::Diagnostics;
use tf_provider::schema::Schema;
use tf_provider::value::Value;

/// The resource type.
#[derive(Debug)]
pub struct SsoAwsAuth {
    run: Run,
    claims: Claims,
}

impl SsoAwsAuth {
    /// The resource type of a provider that will be configured, with the claims of all its types.
    pub(super) fn new(configured: Configured, claims: Claims) -> Self {
        Self {
            run: Run::new(configured),
            claims,
        }
    }

    /// An access entry of the same role may end in the same run.
    fn note_removal(&self, prior: &Model) {
        if let (Some(target), Some(arn)) = (Target::of(prior), prior.principal_arn.as_deref_option()) {
            self.claims.remove_row(&target, arn);
        }
    }
}

#[async_trait::async_trait]
impl ManagedResource for SsoAwsAuth {
    type State = Model;

    fn schema(&self) -> Schema {
        schema::schema()
    }

    async fn validate(&self, diags: &mut Diagnostics, config: Model) {
        validate::validate(diags, &config);
    }

    async fn plan(&self, diags: &mut Diagnostics, request: PlanRequest<Model>) -> Option<Plan<Model>> {
        let prior = request.prior.clone();
        let plan = plan::plan(&self.run, diags, request).await?;
        if let Some(prior) = prior.filter(|_| !plan.replace.is_empty()) {
            self.note_removal(&prior);
        }
        Some(plan)
    }

    async fn plan_destroy(&self, diags: &mut Diagnostics, prior: Current<Model>) -> Option<Vec<u8>> {
        self.note_removal(&prior.state);
        if let Some(session) = self.run.session_if_ready() {
            caller::warn_of_removal(diags, &session, &prior.state, prior.state.principal_arn.as_deref_option());
            other_rows::warn_of_removal(diags, &session, &prior.state).await;
        }
        Some(prior.private)
    }

    async fn create(&self, diags: &mut Diagnostics, planned: Current<Model>, _config: Model) -> Option<Applied<Model>> {
        let until = deadline(&planned.state.timeouts, |timeouts| &timeouts.create);
        within(until, create::create(&self.run, diags, planned, until)).await
    }

    async fn update(&self, diags: &mut Diagnostics, request: UpdateRequest<Model>) -> Option<Applied<Model>> {
        let until = deadline(&request.planned.timeouts, |timeouts| &timeouts.update);
        within(until, update::update(&self.run, diags, request, until)).await
    }

    async fn delete(&self, diags: &mut Diagnostics, prior: Current<Model>) {
        let until = deadline(&prior.state.timeouts, |timeouts| &timeouts.delete);
        within(until, delete::delete(&self.run, diags, prior, until)).await;
    }

    async fn read(&self, diags: &mut Diagnostics, current: Current<Model>) -> Option<Applied<Model>> {
        read::read(&self.run, diags, current).await
    }

    async fn import(&self, diags: &mut Diagnostics, source: ImportSource) -> Option<Imported<Model>> {
        import::import(&self.run, diags, &source).await
    }

    fn identity_schema(&self) -> &'static [IdentityAttribute] {
        identity::BY_NAME
    }

    fn identity(&self, state: &Model) -> Option<Identity> {
        identity::identity(identity::BY_NAME, state)
    }

    fn move_from(&self, diags: &mut Diagnostics, source: MoveRequest) -> Option<Imported<Model>> {
        diags.add_error(messages::cannot_move(&source.resource_type));
        None
    }

    fn upgrade(&self, diags: &mut Diagnostics, version: i64, state: serde_json::Value) -> Option<Model> {
        upgrade(diags, schema::VERSION, version, state).map(without_ok)
    }
}

/// Version 0 had `status = "ok"`.
fn without_ok(mut state: Model) -> Model {
    if state.status == text("ok") {
        state.status = Value::Null;
    }
    state
}
