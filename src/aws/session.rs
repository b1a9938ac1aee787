//! A configured provider's way to AWS: who we are, where we are, and clients for every account and region.

use crate::aws::answers::AllAnswers;
use crate::aws::assume_role::AssumeRole;
use crate::aws::credentials::{CachedCredentials, Identified};
use crate::aws::eks::Eks;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::http::Network;
use crate::aws::iam::{Iam, home_region};
use crate::aws::identity_center::IdentityCenter;
use crate::aws::sdk::Sdk;
use crate::aws::settings::{AccountAccess, AssumeRoleOptions, LockedOut, Settings};
use crate::aws::single_flight::SingleFlight;
use crate::aws::told::Told;
use crate::domain::arn::RoleArn;
use crate::domain::place::{AccountId, Partition, Region};
use crate::domain::tags::{IgnoreTags, Tags};
use crate::lock::lock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::time::Instant;

/// The way to AWS. Cheap to clone; all clones share credentials, clients and answers.
#[derive(Debug, Clone)]
pub struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    connected: Connected,
    foreign: SingleFlight<AccountId, Reached>,
    clients: Clients,
    answers: AllAnswers,
}

/// What configuring the provider brings: who and where it is, and what calls are made with.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) settings: Settings,
    pub(crate) sdk: Sdk,
    pub(crate) credentials: CachedCredentials,
    pub(crate) identity: Identity,
    pub(crate) session_name: String,
    pub(crate) identity_center: Option<IdentityCenter>,
    pub(crate) network: Network,
    pub(crate) told: Told,
}

/// Clients that were made already. One client is one pace, so each is made once.
#[derive(Debug, Default)]
struct Clients {
    eks: Mutex<HashMap<(AccountId, Region), Eks>>,
    iam: Mutex<HashMap<AccountId, Iam>>,
    sts: OnceLock<aws_sdk_sts::Client>,
}

/// What came of trying to reach another account. A failure is remembered for a while: all grants there would fail with
/// it, and each attempt costs time. Throttling is not: it says nothing about the account, and who was refused may only
/// have had less time to wait than the next.
#[derive(Debug, Clone)]
struct Reached {
    at: Instant,
    outcome: Result<CachedCredentials, AwsError>,
}

/// How long a failure to reach an account stands for all further attempts: longer than most plans take, and shorter than
/// an apply that has gone on since the role there was mended.
const UNREACHED_FOR: Duration = Duration::from_secs(120);

impl Reached {
    fn still_holds(&self) -> bool {
        match &self.outcome {
            Ok(_) => true,
            Err(error) => !matches!(error.kind, ErrorKind::Stopped | ErrorKind::Throttled) && self.at.elapsed() < UNREACHED_FOR,
        }
    }
}

/// Who and where the provider is.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) account: Option<AccountId>,
    pub(crate) caller_arn: String,
    pub(crate) region: Region,
    pub(crate) partition: Partition,
}

impl Session {
    /// The session of a configured provider.
    pub(crate) fn new(connected: Connected) -> Self {
        Self(Arc::new(Inner {
            connected,
            foreign: SingleFlight::default(),
            clients: Clients::default(),
            answers: AllAnswers::default(),
        }))
    }

    /// The provider's own account; `None` with `skip_requesting_account_id`.
    #[must_use]
    pub fn account(&self) -> Option<&AccountId> {
        self.0.connected.identity.account.as_ref()
    }

    /// The provider's region.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.0.connected.identity.region
    }

    /// The partition that all accounts and regions of this session are in.
    #[must_use]
    pub fn partition(&self) -> &Partition {
        &self.0.connected.identity.partition
    }

    /// The caller as STS names it; empty where STS was not asked.
    #[must_use]
    pub fn caller_arn(&self) -> &str {
        &self.0.connected.identity.caller_arn
    }

    /// The caller for messages: its ARN, or words where it is not known.
    #[must_use]
    pub fn caller(&self) -> &str {
        match self.caller_arn() {
            "" => "the provider's credentials",
            arn => arn,
        }
    }

    /// Who makes the calls in an account, for messages: the caller, or the session of the role that is assumed there and how
    /// it came there.
    #[must_use]
    pub fn caller_in(&self, account: &AccountId) -> String {
        match self.role_arn_for(account) {
            None => self.caller().to_owned(),
            Some(role) => {
                let options = self.0.connected.settings.account_access.as_ref().map(|access| &access.options);
                self.assumed(&role, options.and_then(|options| options.session_name.as_deref()))
            }
        }
    }

    /// The same for the calls to Identity Center.
    #[must_use]
    pub fn identity_center_caller(&self) -> String {
        let center = self.0.connected.settings.identity_center.as_ref();
        match center.and_then(|center| center.role_arn.as_deref()) {
            None => self.caller().to_owned(),
            Some(role) => self.assumed(role, None),
        }
    }

    /// Identity Center's Region, as it is asked.
    #[must_use]
    pub fn identity_center_region(&self) -> Option<&str> {
        let center = self.0.connected.settings.identity_center.as_ref()?;
        Some(center.region.as_deref().unwrap_or(self.region().as_str()))
    }

    /// The session of an assumed role, whose ARN STS forms without the role's path, and who assumed it.
    fn assumed(&self, role_arn: &str, session_name: Option<&str>) -> String {
        let session_name = session_name.unwrap_or(&self.0.connected.session_name);
        let session = match RoleArn::parse(role_arn) {
            Ok(role) => format!(
                "arn:{}:sts::{}:assumed-role/{}/{session_name}",
                self.partition(),
                role.account(),
                role.name()
            ),
            Err(_) => role_arn.to_owned(),
        };
        format!("{session}\nassumed by\n  {}", self.caller())
    }

    /// `default_tags`; `None` while they are unknown at plan time.
    #[must_use]
    pub fn default_tags(&self) -> Option<&Tags> {
        self.0.connected.settings.default_tags.as_ref()
    }

    /// `ignore_tags`.
    #[must_use]
    pub fn ignore_tags(&self) -> &IgnoreTags {
        &self.0.connected.settings.ignore_tags
    }

    /// `owner`.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.0.connected.settings.owner.as_deref()
    }

    /// `locked_out`.
    #[must_use]
    pub fn locked_out(&self) -> LockedOut {
        self.0.connected.settings.locked_out
    }

    /// Identity Center, where the `identity_center` block is given.
    #[must_use]
    pub fn identity_center(&self) -> Option<IdentityCenter> {
        self.0.connected.identity_center.clone()
    }

    /// The role through which an account is reached; `None` for the provider's own.
    #[must_use]
    pub fn role_arn_for(&self, account: &AccountId) -> Option<String> {
        if self.is_own(account) {
            return None;
        }
        self.0
            .connected
            .settings
            .account_access
            .as_ref()
            .and_then(|access| access_role_arn(access, self.partition(), account))
    }

    /// EKS in an account and region.
    ///
    /// # Errors
    /// [`ErrorKind::AccountNotAllowed`], [`ErrorKind::NoWayToAccount`], [`ErrorKind::CannotAssume`], or [`ErrorKind::InvalidParameter`] for a region of
    /// another partition.
    pub async fn eks(&self, account: &AccountId, region: &Region) -> Result<Eks, AwsError> {
        self.check_partition(region)?;
        let credentials = self.credentials(account).await?;
        let mut clients = lock(&self.0.clients.eks);
        let client = clients
            .entry((account.clone(), region.clone()))
            .or_insert_with(|| Eks::new(self.0.connected.sdk.eks(&credentials, region.as_str())));
        Ok(client.clone())
    }

    /// IAM in an account.
    ///
    /// # Errors
    /// [`ErrorKind::AccountNotAllowed`], [`ErrorKind::NoWayToAccount`] or [`ErrorKind::CannotAssume`].
    pub async fn iam(&self, account: &AccountId) -> Result<Iam, AwsError> {
        let credentials = self.credentials(account).await?;
        let region = home_region(self.partition(), self.region());
        let mut clients = lock(&self.0.clients.iam);
        let client = clients
            .entry(account.clone())
            .or_insert_with(|| Iam::new(self.0.connected.sdk.iam(&credentials, region)));
        Ok(client.clone())
    }

    /// Credentials for an account: the provider's own, or those of the role that `account_access` names there. They
    /// renew themselves.
    ///
    /// # Errors
    /// [`ErrorKind::AccountNotAllowed`] or [`ErrorKind::NoWayToAccount`] before any call, or what AssumeRole answers.
    pub async fn credentials(&self, account: &AccountId) -> Result<CachedCredentials, AwsError> {
        check_allowed(&self.0.connected.settings, account)?;
        if self.is_own(account) {
            return Ok(self.0.connected.credentials.clone());
        }
        let Some(role_arn) = self.role_arn_for(account) else {
            return Err(self.unreachable_account(account));
        };
        let (session, role_arn) = (self.clone(), role_arn.to_owned());
        let try_it = || async move {
            let outcome = session.assume(role_arn).await;
            Ok(Reached {
                at: Instant::now(),
                outcome,
            })
        };
        self.0.foreign.get(account, Reached::still_holds, try_it).await?.outcome
    }

    /// Whether a change may be begun in an account: its credentials last, or renew themselves.
    ///
    /// # Errors
    /// As [`Self::credentials`], and [`ErrorKind::CredentialsEnd`].
    pub async fn check_lasting(&self, account: &AccountId) -> Result<(), AwsError> {
        self.credentials(account).await?.check_lasting().await
    }

    /// The parts that SDK clients are made of, for calls that have no method here.
    #[must_use]
    pub fn sdk(&self) -> &Sdk {
        &self.0.connected.sdk
    }

    /// What this run has explained already.
    #[must_use]
    pub fn told(&self) -> &Told {
        &self.0.connected.told
    }

    pub(crate) fn network(&self) -> &Network {
        &self.0.connected.network
    }

    pub(crate) fn answers(&self) -> &AllAnswers {
        &self.0.answers
    }

    /// Without a known account of our own there is nothing to compare with: the account asked for is taken to be ours,
    /// unless `account_access` says how to reach it.
    fn is_own(&self, account: &AccountId) -> bool {
        match self.account() {
            Some(own) => own == account,
            None => self.0.connected.settings.account_access.is_none(),
        }
    }

    async fn assume(&self, role_arn: String) -> Result<CachedCredentials, AwsError> {
        let options = self
            .0
            .connected
            .settings
            .account_access
            .as_ref()
            .map(|access| access.options.clone())
            .unwrap_or_default();
        let role = self.assume_role(role_arn, options);
        let credentials = CachedCredentials::new(Identified::Role(role));
        // Asked for at once, so that a failure is one definite error and not that of the first call.
        credentials.load().await?;
        Ok(credentials)
    }

    fn assume_role(&self, role_arn: String, options: AssumeRoleOptions) -> AssumeRole {
        AssumeRole {
            sts: self.sts().clone(),
            role_arn,
            session_name: options
                .session_name
                .clone()
                .unwrap_or_else(|| self.0.connected.session_name.clone()),
            options,
            caller_arn: Some(self.caller_arn().to_owned()).filter(|arn| !arn.is_empty()),
            told: self.told().clone(),
        }
    }

    /// STS with the provider's own credentials.
    fn sts(&self) -> &aws_sdk_sts::Client {
        let make = || {
            self.0
                .connected
                .sdk
                .sts(Some(&self.0.connected.credentials), self.region().as_str())
        };
        self.0.clients.sts.get_or_init(make)
    }

    /// A region whose name does not tell its partition is AWS's to judge.
    fn check_partition(&self, region: &Region) -> Result<(), AwsError> {
        let Some(other) = Partition::of_region(region).filter(|other| other != self.partition()) else {
            return Ok(());
        };
        let text = format!(
            "The region {region} is in the partition {other}, but the provider's credentials are of {}. Credentials do not reach \
             from one partition into another: use a provider configuration of its own for {region}.",
            self.partition()
        );
        Err(AwsError::local("EKS", "", ErrorKind::InvalidParameter, text))
    }

    fn unreachable_account(&self, account: &AccountId) -> AwsError {
        let own = self.account().map_or("(unknown)", AccountId::as_str);
        let caller = self.caller();
        let way_in = match self.0.connected.settings.account_access {
            None => format!(
                "Tell it how to get to {account}, by a role that trusts the caller:\n  provider \"eks\" {{\n    account_access {{\n      role_name = \
                 \"NAME\" # in every account\n    }}\n  }}"
            ),
            // A second block is an error.
            Some(_) => format!(
                "The account_access block names no role for {account}. Add one that trusts the caller:\n  role_arns = {{\n    \"{account}\" = \
                 \"arn:{}:iam::{account}:role/NAME\"\n  }}\nOr set role_name there, the name that the role has in all other accounts.",
                self.partition()
            ),
        };
        let text = format!("The provider's credentials are of {own}:\n  {caller}\n{way_in}");
        AwsError::local("STS", "", ErrorKind::NoWayToAccount, text)
    }
}

/// Whether the configuration lets us into an account. Asked before any call there.
pub(crate) fn check_allowed(settings: &Settings, account: &AccountId) -> Result<(), AwsError> {
    let list = if settings.forbidden_account_ids.contains(account) {
        "is in forbidden_account_ids"
    } else if !settings.allowed_account_ids.is_empty() && !settings.allowed_account_ids.contains(account) {
        "is not in allowed_account_ids"
    } else {
        return Ok(());
    };
    let text = format!("{account} {list} of the provider block.");
    Err(AwsError::local("STS", "", ErrorKind::AccountNotAllowed, text))
}

/// The role that `account_access` names for an account.
pub(crate) fn access_role_arn(access: &AccountAccess, partition: &Partition, account: &AccountId) -> Option<String> {
    if let Some(arn) = access.role_arns.get(account) {
        return Some(arn.clone());
    }
    let name = access.role_name.as_deref()?.trim_start_matches('/');
    Some(format!("arn:{partition}:iam::{account}:role/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str) -> AccountId {
        AccountId::parse(id).unwrap()
    }

    #[test]
    fn failure_to_reach_an_account_is_remembered_unless_it_passes() {
        let failed = |kind| Reached {
            at: Instant::now(),
            outcome: Err(AwsError::local("STS", "AssumeRole", kind, "no")),
        };
        assert!(failed(ErrorKind::CannotAssume).still_holds() && failed(ErrorKind::Unreachable).still_holds());
        assert!(!failed(ErrorKind::Throttled).still_holds() && !failed(ErrorKind::Stopped).still_holds());
    }

    #[test]
    fn role_of_an_account_is_its_own_or_the_common_one() {
        let access = AccountAccess {
            role_name: Some("/team/eks".to_owned()),
            role_arns: [(account("333344445555"), "arn:aws:iam::333344445555:role/other".to_owned())].into(),
            options: AssumeRoleOptions::default(),
        };
        let partition = Partition::parse("aws-us-gov").unwrap();
        let role = |id| access_role_arn(&access, &partition, &account(id));
        assert_eq!(
            role("222233334444").as_deref(),
            Some("arn:aws-us-gov:iam::222233334444:role/team/eks")
        );
        assert_eq!(role("333344445555").as_deref(), Some("arn:aws:iam::333344445555:role/other"));
    }

    #[test]
    fn account_lists_hold_for_every_account() {
        let allowed = Settings {
            allowed_account_ids: [account("222233334444")].into(),
            ..Settings::default()
        };
        assert_eq!(check_allowed(&allowed, &account("222233334444")), Ok(()));
        let error = check_allowed(&allowed, &account("111122223333")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::AccountNotAllowed);
        assert_eq!(
            error.to_string(),
            "111122223333 is not in allowed_account_ids of the provider block."
        );
        let forbidden = Settings {
            forbidden_account_ids: [account("111122223333")].into(),
            ..Settings::default()
        };
        assert!(check_allowed(&forbidden, &account("111122223333")).is_err());
    }
}
