//! `eks_sso_kubeconfig`: a kubeconfig, and the part of `~/.aws/config` that belongs to it.
//!
//! Reads eks:DescribeCluster, once per cluster and run. Where Identity Center's home region is not given it also reads
//! iam:ListRoles below `/aws-reserved/`. Whether somebody gets in with the result is not checked.

mod asked;
mod clusters;
mod schema;
mod sign_in;
mod validate;
mod wanted;
mod who;

use crate::cluster_place::ClusterPlace;
use crate::configured::Configured;
use crate::domain::kubeconfig::{Context, Kubeconfig, ProfileName};
use crate::report::empty;
use clusters::Reachable;
use schema::{ContextModel, Model};
use sign_in::SignIn;
use std::collections::BTreeMap;
use tf_provider::schema::Schema;
use tf_provider::value::{Value, ValueEmpty};
use tf_provider::{DataSource, Diagnostics};
use wanted::{Wanted, wanted};

/// The data source.
#[derive(Debug)]
pub struct SsoKubeconfig {
    configured: Configured,
}

impl SsoKubeconfig {
    /// The data source of a provider that will be configured.
    #[must_use]
    pub fn new(configured: Configured) -> Self {
        Self { configured }
    }
}

#[async_trait::async_trait]
impl DataSource for SsoKubeconfig {
    type State<'a> = Model;
    type ProviderMetaState<'a> = ValueEmpty;

    fn schema(&self, _: &mut Diagnostics) -> Option<Schema> {
        Some(schema::schema())
    }

    async fn validate<'a>(&self, diags: &mut Diagnostics, config: Model) -> Option<()> {
        validate::validate(diags, &config);
        Some(())
    }

    async fn read<'a>(&self, diags: &mut Diagnostics, config: Model, _: ValueEmpty) -> Option<Model> {
        // Once more, because what was unknown may have proved to be null.
        validate::which_clusters(diags, &config);
        if !diags.errors.is_empty() {
            return None;
        }
        if config.clusters.as_deref_option().is_some_and(<[_]>::is_empty) {
            let consequence = "the kubeconfig has no context, and nobody gets into a cluster with it. Name a cluster, or make the data source \
                               only where there is one (count).";
            diags.add_warning(empty("clusters", consequence));
        }
        let session = self.configured.session(diags)?;
        let wanted = wanted(diags, &session, &config)?;
        let clusters = clusters::read(diags, &session, &wanted).await?;
        let sign_in = SignIn::of(diags, &session, &config, &wanted).await?;
        let kubeconfig = kubeconfig(&wanted, &clusters);
        Some(flatten(config, &wanted, kubeconfig, sign_in))
    }
}

fn kubeconfig(wanted: &[Wanted], clusters: &BTreeMap<ClusterPlace, Reachable>) -> String {
    let contexts = wanted.iter().filter_map(|wanted| {
        let cluster = clusters.get(&wanted.place)?;
        Some(Context {
            cluster: &wanted.place.cluster,
            cluster_arn: &cluster.arn,
            endpoint: &cluster.endpoint,
            certificate_authority: &cluster.certificate_authority,
            region: &wanted.place.region,
            name: &wanted.name,
            namespace: wanted.namespace(),
            profile: wanted.who.profile.as_ref(),
            role: wanted.who.role.as_ref(),
        })
    });
    Kubeconfig::new(contexts.collect()).to_yaml()
}

fn contexts(wanted: &[Wanted]) -> BTreeMap<String, ContextModel> {
    let contexts = wanted.iter().map(|wanted| {
        let context = ContextModel {
            cluster_name: wanted.place.cluster.to_string(),
            account_id: wanted.place.account.to_string(),
            region: wanted.place.region.to_string(),
            profile: wanted.who.profile.as_ref().map(ProfileName::to_string),
        };
        (wanted.name.to_string(), context)
    });
    contexts.collect()
}

fn flatten(config: Model, wanted: &[Wanted], kubeconfig: String, sign_in: SignIn) -> Model {
    let config = match (config.clusters.is_null(), wanted) {
        (true, [only]) => with_defaults(config, only),
        // What differs from cluster to cluster is in `contexts`.
        _ => config,
    };
    Model {
        sso_region: sign_in.region.map(|region| region.to_string()).into(),
        sso_session_name: sign_in.session_name.map(|name| name.to_string()).into(),
        contexts: Value::Value(contexts(wanted)),
        kubeconfig: Value::Value(kubeconfig),
        aws_config: sign_in.aws_config.into(),
        ..config
    }
}

/// The arguments of the only cluster, with what was filled in for those that are not set.
fn with_defaults(config: Model, only: &Wanted) -> Model {
    let text = |text: &str| Value::Value(text.to_owned());
    let who = &only.who;
    Model {
        account_id: text(only.place.account.as_str()),
        region: text(only.place.region.as_str()),
        role_account_id: who.permission_set.as_ref().map(|(_, account)| account.to_string()).into(),
        profile: who.profile.as_ref().map(ProfileName::to_string).into(),
        // A template stays what it is: an argument that is set may not come out as another value.
        context_name: match config.context_name {
            Value::Null => text(only.name.as_str()),
            set => set,
        },
        ..config
    }
}
