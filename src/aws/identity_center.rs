//! Identity Center, asked only to tell "no such permission set" from "not assigned in this account", to read
//! permission set ARNs, and (in `assignments`) to list who is assigned. Everything is asked once per run and slowly: its rate limit is the whole organization's.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::identity_store::IdentityStore;
use crate::aws::retry::{IDENTITY_CENTER_PACE, Pace, unless_stopped};
use crate::aws::single_flight::SingleFlight;
use crate::domain::permission_set::PermissionSetName;
use crate::domain::place::{AccountId, Region};
use aws_sdk_ssoadmin::Client;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const SERVICE: &str = "SSO Admin";

/// Identity Center as the `identity_center` block reaches it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct IdentityCenter(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) client: Client,
    pub(super) store: IdentityStore,
    region: Option<Region>,
    instance_arn: Option<String>,
    refusal: Option<AwsError>,
    pace: Pace,
    /// ARNs of the permission sets of an account.
    pub(super) provisioned: SingleFlight<AccountId, Arc<Vec<String>>>,
    /// Names of groups by their ids.
    pub(super) groups: SingleFlight<String, Option<String>>,
    /// Names of users by their ids.
    pub(super) users: SingleFlight<String, Option<String>>,
    /// Ids of members by the group's id.
    pub(super) members: SingleFlight<String, Arc<Vec<String>>>,
    instances: SingleFlight<(), Arc<Vec<Instance>>>,
    names: SingleFlight<String, PermissionSetName>,
    all: SingleFlight<(), Arc<BTreeMap<PermissionSetName, String>>>,
}

/// An instance of Identity Center.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its ARN.
    pub arn: String,
    /// Its identity store, where it is known.
    pub identity_store_id: Option<String>,
}

impl IdentityCenter {
    /// Wraps a client. With a `refusal` every question is answered with it, and AWS is not asked.
    pub(crate) fn new(
        client: Client,
        store: IdentityStore,
        region: Option<Region>,
        instance_arn: Option<String>,
        refusal: Option<AwsError>,
    ) -> Self {
        Self(Arc::new(Inner {
            client,
            store,
            region,
            instance_arn,
            refusal,
            pace: Pace::new(IDENTITY_CENTER_PACE),
            provisioned: SingleFlight::default(),
            groups: SingleFlight::default(),
            users: SingleFlight::default(),
            members: SingleFlight::default(),
            instances: SingleFlight::default(),
            names: SingleFlight::default(),
            all: SingleFlight::default(),
        }))
    }

    /// Identity Center's home region, as configured; `None` where that has no region's form.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        self.0.region.as_ref()
    }

    /// The configured instance, or the only one that ListInstances shows.
    ///
    /// # Errors
    /// Any of ListInstances; no instance, or several, is [`ErrorKind::InvalidParameter`].
    pub async fn find_instance(&self) -> Result<Instance, AwsError> {
        if let Some(arn) = &self.0.instance_arn {
            return Ok(Instance {
                arn: arn.clone(),
                identity_store_id: None,
            });
        }
        let instances = self.instances().await?;
        match instances.as_slice() {
            [instance] => Ok(instance.clone()),
            several => Err(AwsError::local(
                SERVICE,
                "ListInstances",
                ErrorKind::InvalidParameter,
                instances_text(several.len()),
            )),
        }
    }

    /// The identity store of the instance: where its groups and users are.
    ///
    /// # Errors
    /// As for [`Self::find_instance`]; a configured instance that ListInstances does not show is
    /// [`ErrorKind::InvalidParameter`].
    pub async fn find_identity_store(&self) -> Result<String, AwsError> {
        let wanted = self.find_instance().await?.arn;
        let instances = self.instances().await?;
        let instance = instances.iter().find(|instance| instance.arn == wanted);
        instance.and_then(|instance| instance.identity_store_id.clone()).ok_or_else(|| {
            let text = format!(
                "Identity Center tells no identity store of the instance {wanted}. Check instance_arn in the identity_center block."
            );
            AwsError::local(SERVICE, "ListInstances", ErrorKind::InvalidParameter, text)
        })
    }

    /// The name of a permission set.
    ///
    /// # Errors
    /// Any of DescribePermissionSet; a missing one is [`ErrorKind::NotFound`].
    pub async fn permission_set_name(&self, arn: &str) -> Result<PermissionSetName, AwsError> {
        let (this, named) = (self.clone(), arn.to_owned());
        let describe = || async move { this.describe(&named).await };
        self.0.names.get(&arn.to_owned(), |_| true, describe).await
    }

    /// ARNs of all permission sets by name. One call for each hundred sets and one for each set, so minutes for
    /// thousands: ask only where a message needs it.
    ///
    /// # Errors
    /// Any of ListPermissionSets and DescribePermissionSet.
    pub async fn permission_set_names(&self) -> Result<Arc<BTreeMap<PermissionSetName, String>>, AwsError> {
        let this = self.clone();
        self.0.all.get(&(), |_| true, || async move { this.list_names().await }).await
    }

    /// Whether a permission set of this name exists.
    ///
    /// # Errors
    /// As for [`Self::permission_set_names`].
    pub async fn has_permission_set(&self, name: &PermissionSetName) -> Result<bool, AwsError> {
        Ok(self.permission_set_names().await?.contains_key(name))
    }

    async fn instances(&self) -> Result<Arc<Vec<Instance>>, AwsError> {
        let this = self.clone();
        let list = || async move { this.list_instances().await };
        self.0.instances.get(&(), |_| true, list).await
    }

    async fn list_instances(&self) -> Result<Arc<Vec<Instance>>, AwsError> {
        const OPERATION: &str = "ListInstances";
        let mut pages = self.0.client.list_instances().into_paginator().send();
        let mut instances = Vec::new();
        loop {
            self.turn(OPERATION).await?;
            let Some(page) = unless_stopped(SERVICE, OPERATION, async { Ok(pages.next().await) }).await? else {
                break;
            };
            let page = page.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e))?;
            let is_last = page.next_token.is_none();
            instances.extend(page.instances.unwrap_or_default().into_iter().filter_map(|instance| {
                Some(Instance {
                    arn: instance.instance_arn?,
                    identity_store_id: instance.identity_store_id,
                })
            }));
            // Another turn would only be waited for.
            if is_last {
                break;
            }
        }
        Ok(Arc::new(instances))
    }

    async fn describe(&self, arn: &str) -> Result<PermissionSetName, AwsError> {
        const OPERATION: &str = "DescribePermissionSet";
        let instance = self.find_instance().await?;
        self.turn(OPERATION).await?;
        let request = self
            .0
            .client
            .describe_permission_set()
            .instance_arn(instance.arn)
            .permission_set_arn(arn);
        let call = async { request.send().await.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e)) };
        let output = unless_stopped(SERVICE, OPERATION, call).await?;
        let name = output.permission_set.and_then(|set| set.name).unwrap_or_default();
        PermissionSetName::parse(&name).map_err(|invalid| AwsError::local(SERVICE, OPERATION, ErrorKind::Other, invalid.to_string()))
    }

    async fn list_names(&self) -> Result<Arc<BTreeMap<PermissionSetName, String>>, AwsError> {
        const OPERATION: &str = "ListPermissionSets";
        let instance = self.find_instance().await?;
        let mut pages = self
            .0
            .client
            .list_permission_sets()
            .instance_arn(&instance.arn)
            .into_paginator()
            .send();
        let mut arns = Vec::new();
        loop {
            self.turn(OPERATION).await?;
            let Some(page) = unless_stopped(SERVICE, OPERATION, async { Ok(pages.next().await) }).await? else {
                break;
            };
            let page = page.map_err(|e| AwsError::from_sdk(SERVICE, OPERATION, e))?;
            let is_last = page.next_token.is_none();
            arns.extend(page.permission_sets.unwrap_or_default());
            if is_last {
                break;
            }
        }
        let mut names = BTreeMap::new();
        for arn in arns {
            names.insert(self.permission_set_name(&arn).await?, arn);
        }
        Ok(Arc::new(names))
    }

    /// Waits for the next call's turn, or refuses it.
    pub(super) async fn turn(&self, operation: &'static str) -> Result<(), AwsError> {
        match &self.0.refusal {
            Some(refusal) => Err(refusal.clone()),
            None => self.0.pace.turn(SERVICE, operation).await,
        }
    }
}

fn instances_text(count: usize) -> String {
    if count == 0 {
        return "Identity Center has no instance that these credentials can see in this region. Set region in the identity_center \
                block to Identity Center's home region, and role_arn to a role in the management account or the delegated administrator's."
            .to_owned();
    }
    format!(
        "Identity Center has {count} instances that these credentials can see. Set instance_arn in the identity_center block to the organization's."
    )
}
