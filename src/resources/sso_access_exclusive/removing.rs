//! The removal of entries that a plan showed: each is looked at, compared with what was shown, and then deleted.

use crate::aws::eks::Eks;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::domain::access_entry::{Change, Ours};
use crate::resources::access_entry::claims::{Claim, Claims};
use crate::resources::access_entry::deletion::delete;
use crate::resources::access_entry::writing::client;
use crate::resources::sso_access_exclusive::messages::Outcome;
use crate::resources::sso_access_exclusive::model::EntryModel;
use crate::resources::sso_access_exclusive::{guard, messages};
use std::collections::{BTreeMap, BTreeSet};
use tf_provider::Diagnostics;
use tokio::time::Instant;

/// All that a removal needs.
#[derive(Debug)]
pub(super) struct Removal<'a> {
    pub(super) claims: &'a Claims,
    pub(super) session: &'a Session,
    pub(super) place: &'a ClusterPlace,
    pub(super) until: Instant,
}

impl Removal<'_> {
    /// Deletes these entries, and gives the principals of those that could not be. `None` comes with an error: then nothing was
    /// deleted.
    pub(super) async fn carry_out(&self, diags: &mut Diagnostics, shown: &BTreeMap<&str, &EntryModel>) -> Option<BTreeSet<String>> {
        let nothing = format!("Nothing was deleted on {}.", self.place);
        let eks = client(diags, messages::NOT_REMOVED, &nothing, self.session, self.place).await?;
        self.check(diags, shown).await?;
        let mut failures = BTreeMap::new();
        for (&principal_arn, entry) in shown {
            let shown_arn = entry.access_entry_arn.as_deref_option().unwrap_or_default();
            match self.remove(diags, &eks, principal_arn, shown_arn).await {
                Ok(()) => {}
                // Nothing new is begun then, and all that is left stays in the state.
                Err(error) if ends_the_run(&error) => {
                    let rest = shown.keys().copied().filter(|other| *other >= principal_arn);
                    failures.extend(rest.map(|other| (other.to_owned(), error.clone())));
                    break;
                }
                Err(error) => drop(failures.insert(principal_arn.to_owned(), error)),
            }
        }
        if !failures.is_empty() {
            diags.add_error(messages::not_removed(self.place, shown.len(), &failures));
        }
        Some(failures.into_keys().collect())
    }

    /// Whether they may go at all. `None` comes with an error.
    async fn check(&self, diags: &mut Diagnostics, shown: &BTreeMap<&str, &EntryModel>) -> Option<()> {
        let leaving = shown.keys().map(|&arn| arn.to_owned()).collect();
        match guard::objection(self.session, self.place, &leaving, Outcome::NothingDeleted).await {
            Ok(None) => Some(()),
            Ok(Some(objection)) => {
                diags.add_error(objection.into());
                None
            }
            Err(error) => {
                diags.add_error(messages::administrators_unread(self.place, &error));
                None
            }
        }
    }

    /// One entry. Another one under the same principal stays, and so does one that another resource has made its own.
    async fn remove(&self, diags: &mut Diagnostics, eks: &Eks, principal_arn: &str, shown: &str) -> Result<(), AwsError> {
        let claim = self.claims.turn(self.place.clone(), principal_arn).await;
        if *claim == Claim::Made {
            diags.add_warning(messages::kept_for_another(self.place, principal_arn));
            return Ok(());
        }
        let cluster = self.place.cluster.as_str();
        let Some(found) = eks.describe_access_entry(cluster, principal_arn).await? else {
            return Ok(());
        };
        let Some(ours) = Ours::shown(shown, &found.access_entry_arn) else {
            diags.add_warning(messages::replaced(self.place, principal_arn));
            return Ok(());
        };
        match delete(eks, cluster, principal_arn, &Change::Delete.proven(&ours), self.until).await {
            Err(error) if error.kind == ErrorKind::Conflict => {
                diags.add_warning(messages::replaced(self.place, principal_arn));
                Ok(())
            }
            deleted => deleted,
        }
    }
}

/// Whether the next entry would fail for the same reason, or must not be tried.
fn ends_the_run(error: &AwsError) -> bool {
    matches!(error.kind, ErrorKind::Stopped | ErrorKind::CredentialsEnd)
}
