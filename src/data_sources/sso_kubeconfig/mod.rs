//! `eks_sso_kubeconfig`: a kubeconfig, and the part of `~/.aws/config` that belongs to it.
//!
//! Reads eks:DescribeCluster, once per cluster and run. Where Identity Center's home region is not given it also reads
//! iam:ListRoles below `/aws-reserved/`. Whether somebody gets in with the result is not checked.

mod schema;
mod sign_in;
mod who;

use crate::aws::eks::Cluster;
use crate::aws::session::Session;
use crate::cluster_place::CORRECT_THE_PLACE;
use crate::cluster_place::{self, ClusterPlace};
use crate::configured::Configured;
use crate::domain::access_policy::validate_namespace;
use crate::domain::arn::RoleArn;
use crate::domain::error::Invalid;
use crate::domain::kubeconfig::{ContextName, Kubeconfig, ProfileName, StartUrl};
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::{AccountId, Region};
use crate::report::{at, check, diagnostic, failed};
use schema::Model;
use sign_in::SignIn;
use std::sync::Arc;
use tf_provider::schema::Schema;
use tf_provider::value::{Value, ValueEmpty};
use tf_provider::{DataSource, Diagnostics};
use who::Who;

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
        cluster_place::validate(diags, &config.cluster_name, &config.account_id, &config.region);
        validate_names(diags, &config);
        validate_together(diags, &config);
        Some(())
    }

    async fn read<'a>(&self, diags: &mut Diagnostics, config: Model, _: ValueEmpty) -> Option<Model> {
        let session = self.configured.session(diags)?;
        let place = ClusterPlace::find(diags, &session, &config.cluster_name, &config.account_id, &config.region)?;
        let who = Who::of(diags, &config, &place)?;
        let cluster = cluster(diags, &session, &place).await?;
        let kubeconfig = kubeconfig(diags, &config, &place, &who, &cluster)?;
        let sign_in = SignIn::of(diags, &session, &config, &place, &who).await?;
        Some(flatten(config, &place, &who, kubeconfig, sign_in))
    }
}

fn validate_names(diags: &mut Diagnostics, config: &Model) {
    check(
        diags,
        "permission_set_name",
        "Invalid permission set name",
        &config.permission_set_name,
        |text| PermissionSetName::parse(text).map(drop),
    );
    check(diags, "role_account_id", "Invalid account id", &config.role_account_id, |text| {
        AccountId::parse(text).map(drop)
    });
    check(diags, "role_arn", "Invalid role ARN", &config.role_arn, |text| {
        RoleArn::parse(text).map(drop)
    });
    check(diags, "profile", "Invalid profile name", &config.profile, |text| {
        ProfileName::parse(text).map(drop)
    });
    check(diags, "context_name", "Invalid context name", &config.context_name, |text| {
        ContextName::parse(text).map(drop)
    });
    check(diags, "namespace", "Invalid namespace", &config.namespace, one_namespace);
    check(diags, "sso_start_url", "Invalid start URL", &config.sso_start_url, |text| {
        StartUrl::parse(text).map(drop)
    });
    check(diags, "sso_region", "Invalid Region", &config.sso_region, |text| {
        Region::parse(text).map(drop)
    });
    check(
        diags,
        "sso_session_name",
        "Invalid session name",
        &config.sso_session_name,
        |text| ProfileName::parse(text).map(drop),
    );
}

/// A context has one namespace, so no `*`.
fn one_namespace(text: &str) -> Result<(), Invalid> {
    if text.contains('*') {
        let text = format!("{text:?} matches many namespaces, and a context has one: write a namespace's name without \"*\".");
        return Err(Invalid::new(text));
    }
    validate_namespace(text)
}

fn validate_together(diags: &mut Diagnostics, config: &Model) {
    if let (Value::Value(_), Value::Value(_)) = (&config.permission_set_name, &config.role_arn) {
        diags.add_error(diagnostic(
            "Conflicting ways to authenticate",
            "Both permission_set_name and role_arn are set. Remove one of them. Users who sign in with a permission set and then assume \
             a role need role_arn, and in profile the name of the permission set's profile.",
            at("role_arn"),
        ));
    }
    if config.permission_set_name.is_null() && config.role_arn.is_null() && config.profile.is_null() {
        diags.add_error(diagnostic(
            "Missing way to authenticate",
            "None of permission_set_name, role_arn and profile is set, so nothing says with whose credentials the token is made. Set \
             permission_set_name for users who sign in through Identity Center, role_arn for a role that is assumed, or only profile.",
            at("permission_set_name"),
        ));
    }
    for (name, value) in [
        ("sso_start_url", &config.sso_start_url),
        ("role_account_id", &config.role_account_id),
    ] {
        if let (Value::Value(_), Value::Null) = (value, &config.permission_set_name) {
            let detail = format!(
                "{name} is set, but permission_set_name is not, and it is only for that. Set permission_set_name, or remove {name}."
            );
            diags.add_error(diagnostic("Missing permission_set_name", detail, at(name)));
        }
    }
}

async fn cluster(diags: &mut Diagnostics, session: &Session, place: &ClusterPlace) -> Option<Arc<Cluster>> {
    match place.describe(session).await {
        Ok(Some(cluster)) => Some(cluster),
        Ok(None) => {
            diags.add_error(place.absent(session, CORRECT_THE_PLACE).await);
            None
        }
        Err(error) => {
            let fact = format!("The cluster {place} cannot be read.");
            diags.add_error(failed("Cluster cannot be read", &fact, &error, at("cluster_name")));
            None
        }
    }
}

fn kubeconfig(diags: &mut Diagnostics, config: &Model, place: &ClusterPlace, who: &Who, cluster: &Cluster) -> Option<String> {
    let (Some(endpoint), Some(certificate_authority)) = (&cluster.endpoint, &cluster.certificate_authority) else {
        let detail = format!(
            "EKS tells no endpoint or no certificate authority of {place}, whose status is {}. Read the data source once the cluster is \
             ACTIVE: where Terraform makes the cluster, take cluster_name from its resource, or add depends_on.",
            cluster.status
        );
        diags.add_error(diagnostic("Cluster has no endpoint", detail, at("cluster_name")));
        return None;
    };
    let kubeconfig = Kubeconfig {
        cluster: &place.cluster,
        cluster_arn: &cluster.arn,
        endpoint,
        certificate_authority,
        region: &place.region,
        context: &who.context(config, place)?,
        namespace: config.namespace.as_deref_option(),
        profile: who.profile.as_ref(),
        role: who.role.as_ref(),
    };
    Some(kubeconfig.to_yaml())
}

fn flatten(config: Model, place: &ClusterPlace, who: &Who, kubeconfig: String, sign_in: SignIn) -> Model {
    let text = |text: &str| Value::Value(text.to_owned());
    Model {
        account_id: text(place.account.as_str()),
        region: text(place.region.as_str()),
        role_account_id: who.permission_set.as_ref().map(|(_, account)| account.to_string()).into(),
        profile: who.profile.as_ref().map(ProfileName::to_string).into(),
        context_name: who.context(&config, place).map(|name| name.to_string()).into(),
        sso_region: sign_in.region.map(|region| region.to_string()).into(),
        sso_session_name: sign_in.session_name.map(|name| name.to_string()).into(),
        kubeconfig: Value::Value(kubeconfig),
        aws_config: sign_in.aws_config.into(),
        ..config
    }
}
