//! `eks_sso_access`: the access of one permission set (or role) to one EKS cluster.
//!
//! It manages one access entry of type STANDARD with its access policies, groups, user name and tags.
//!
//! Planning reads: eks:DescribeCluster, DescribeAccessEntry, ListAssociatedAccessPolicies, ListAccessPolicies,
//! iam:ListRoles, GetRole. Applying writes: eks:CreateAccessEntry, UpdateAccessEntry, DeleteAccessEntry,
//! AssociateAccessPolicy, DisassociateAccessPolicy, TagResource, UntagResource.
//!
//! It does not manage node entries, aws-auth, or RBAC inside of the cluster.

mod aws_auth_check;
mod cluster;
mod create;
mod delete;
mod existing;
mod failures;
mod flatten;
mod forgotten;
mod import;
mod list;
mod lockout;
mod making;
mod messages;
mod model;
mod moved;
mod plan;
mod planned;
mod policies;
mod preflight;
mod private;
mod read;
mod releasing;
mod role_change;
mod rotation;
mod run;
mod schema;
mod status;
mod update;
mod validate;
mod wanted;
mod writer;

use crate::aws::retry::within;
use crate::configured::Configured;
use crate::domain::access_entry::Management;
use crate::hosting::{
    Applied, Current, Identity, IdentityAttribute, ImportSource, Imported, ListLimits, Listed, ManagedResource, MoveRequest, Plan,
    PlanRequest, Raw, UpdateRequest,
};
use crate::resources::access_entry::claims::Claims;
use crate::resources::sso_access::private::Private;
use crate::resources::sso_grant::identity;
use crate::resources::sso_grant::target::Target;
use crate::resources::sso_grant::texts::{known_map, text};
use crate::resources::sso_grant::timeouts::deadline;
use crate::resources::sso_grant::upgrade::upgrade;
use model::{Model, policies_unless_empty};
use run::Run;
use status::Status;
use tf_provider::Diagnostics;
use tf_provider::schema::Schema;
use tf_provider::value::Value;
use tokio::sync::mpsc;

/// The resource type.
#[derive(Debug)]
pub struct SsoAccess(Run);

impl SsoAccess {
    /// The resource type of a provider that will be configured, with the claims of all its types.
    pub(super) fn new(configured: Configured, claims: Claims) -> Self {
        Self(Run::new(configured, claims))
    }
}

#[async_trait::async_trait]
impl ManagedResource for SsoAccess {
    type State = Model;

    fn schema(&self) -> Schema {
        schema::schema()
    }

    async fn validate(&self, diags: &mut Diagnostics, config: Model) {
        validate::validate(diags, &config);
    }

    async fn plan(&self, diags: &mut Diagnostics, request: PlanRequest<Model>) -> Option<Plan<Model>> {
        plan::plan(&self.0, diags, request).await
    }

    async fn plan_destroy(&self, diags: &mut Diagnostics, prior: Current<Model>) -> Option<Vec<u8>> {
        let kept = Private::decode(&prior.private);
        let mut private = kept.clone();
        private.row_goes_first = false;
        if let Some(session) = self.0.session_if_ready() {
            lockout::warn(&self.0, diags, &session, &prior.state, None).await;
            private.row_goes_first = aws_auth_check::check_removal(&self.0, diags, &session, &prior.state).await;
            warn_of_another_entry(diags, &prior.state, &private);
            role_change::plan_end(&self.0, diags, &session, &prior.state, &mut private).await;
            forgotten::warn(diags, &session, &prior.state, None, &prior.private).await;
        }
        match private == kept {
            true => Some(prior.private),
            false => Some(private.encode()),
        }
    }

    async fn create(&self, diags: &mut Diagnostics, planned: Current<Model>, _config: Model) -> Option<Applied<Model>> {
        let until = deadline(&planned.state.timeouts, |timeouts| &timeouts.create);
        within(until, create::create(&self.0, diags, planned, until)).await
    }

    async fn update(&self, diags: &mut Diagnostics, request: UpdateRequest<Model>) -> Option<Applied<Model>> {
        let until = deadline(&request.planned.timeouts, |timeouts| &timeouts.update);
        within(until, update::update(&self.0, diags, request, until)).await
    }

    async fn delete(&self, diags: &mut Diagnostics, prior: Current<Model>) {
        let until = deadline(&prior.state.timeouts, |timeouts| &timeouts.delete);
        within(until, delete::delete(&self.0, diags, prior, until)).await;
    }

    async fn read(&self, diags: &mut Diagnostics, current: Current<Model>) -> Option<Applied<Model>> {
        read::read(&self.0, diags, current).await
    }

    async fn import(&self, diags: &mut Diagnostics, source: ImportSource) -> Option<Imported<Model>> {
        import::import(&self.0, diags, &source).await
    }

    fn identity_schema(&self) -> &'static [IdentityAttribute] {
        identity::BY_NAME_OR_ARN
    }

    fn identity(&self, state: &Model) -> Option<Identity> {
        identity::identity(identity::BY_NAME_OR_ARN, state)
    }

    fn move_from(&self, diags: &mut Diagnostics, source: MoveRequest) -> Option<Imported<Model>> {
        moved::move_from(diags, source)
    }

    fn list_schema(&self) -> Option<Schema> {
        Some(list::schema())
    }

    fn validate_list(&self, diags: &mut Diagnostics, config: Raw) {
        list::validate(diags, &config);
    }

    async fn list(&self, diags: &mut Diagnostics, config: Raw, limits: ListLimits, rows: mpsc::Sender<Listed<Model>>) {
        if let Some(session) = self.0.session(diags) {
            list::list(diags, &session, &config, limits, rows).await;
        }
    }

    fn upgrade(&self, diags: &mut Diagnostics, version: i64, state: serde_json::Value) -> Option<Model> {
        upgrade(diags, schema::VERSION, version, state).map(without_empty)
    }
}

/// Version 0 had `status = "ok"`, empty `tags_all`, and `unmanaged_policies` of entries that nobody shares.
fn without_empty(mut state: Model) -> Model {
    if state.status == text("ok") {
        state.status = Status::Ok.text();
    }
    if known_map(&state.tags_all).is_some_and(|tags| tags.is_empty()) {
        state.tags_all = Value::Null;
    }
    state.unmanaged_policies = match (state.management(), state.unmanaged_policies) {
        (Management::Additive, Value::Value(others)) => policies_unless_empty(others),
        _ => Value::Null,
    };
    state
}

/// The destroy ends an entry that was not this grant's when it was last applied.
fn warn_of_another_entry(diags: &mut Diagnostics, prior: &Model, private: &Private) {
    if let (Some(target), Some(principal)) = (Target::of(prior), prior.principal_arn.as_deref_option())
        && private.was_replaced
    {
        diags.add_warning(messages::replaced_before_the_end(&target, principal, prior.management()));
    }
}
