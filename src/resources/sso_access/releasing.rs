//! The end of a grant on one entry: its own destroy, or the entry of a role that it has left.

use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::session::Session;
use crate::domain::access_entry::{Before, Change, Given, Management, Ours, release};
use crate::domain::arn::AccessEntryPrincipal;
use crate::resources::access_entry::claims::Claim;
use crate::resources::access_entry::entry::Entry;
use crate::resources::sso_access::messages;
use crate::resources::sso_access::run::Run;
use crate::resources::sso_access::writer::Writer;
use tf_provider::Diagnostics;

/// All that ending a grant on one entry needs.
#[derive(Debug)]
pub(super) struct Release<'a> {
    pub(super) run: &'a Run,
    pub(super) session: &'a Session,
    pub(super) writer: Writer<'a>,
    pub(super) management: Management,
    /// What the grant gave to a shared entry.
    pub(super) before: &'a Before,
    pub(super) made_here: bool,
    /// It is the entry of another role, to which who shares it has moved.
    pub(super) is_taken_along: bool,
}

/// What became of the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Released {
    /// Nothing of the grant is left on it, or the entry is gone.
    Gone,
    /// It is not this grant's any more: it stays as it is, with a warning.
    Left,
}

impl Release<'_> {
    /// Looks, compares with the entry that the state knows, and takes away what is the grant's.
    ///
    /// # Errors
    /// AWS's. What was taken away by then is gone.
    pub(super) async fn carry_out(&self, diags: &mut Diagnostics, access_entry_arn: &str) -> Result<Released, AwsError> {
        let claim = self.run.claims.turn(self.writer.target, self.writer.principal_arn).await;
        if *claim == Claim::Made {
            diags.add_warning(messages::kept_for_another(self.writer.target, self.writer.principal_arn));
            return Ok(Released::Left);
        }
        let looked = match self.management {
            // It goes as a whole, whatever it holds.
            Management::Exclusive => self.writer.glance().await?,
            Management::Additive => self.writer.look().await?,
        };
        let Some(mut entry) = looked else {
            return Ok(Released::Gone);
        };
        let Some(ours) = Ours::shown(access_entry_arn, &entry.entry.access_entry_arn) else {
            return Ok(self.leave(diags, &entry).await);
        };
        let changes = self.changes(&entry);
        let stays = !changes.contains(&Change::Delete);
        let steps = changes.into_iter().map(|change| change.proven(&ours)).collect();
        match self.writer.carry_out(&mut entry, steps).await {
            Ok(()) if stays => {
                self.leave_to_others(diags, &entry);
                Ok(Released::Gone)
            }
            Ok(()) => Ok(Released::Gone),
            Err(failed) => match failed.into_error() {
                error if error.kind == ErrorKind::Conflict => self.after_replacement(diags).await,
                error => Err(error),
            },
        }
    }

    /// A shared entry without what this grant gave.
    fn leave_to_others(&self, diags: &mut Diagnostics, entry: &Entry) {
        let target = self.writer.target;
        if self.made_here {
            let arn = &entry.entry.access_entry_arn;
            self.run.claims.leave(target, self.writer.principal_arn, arn);
        }
        let rest = entry.actual().without(&Given::default(), self.session.partition());
        if !self.made_here && rest.is_empty() {
            diags.add_warning(messages::empty_entry_stays(target, self.writer.principal_arn));
        }
    }

    /// What the entry of somebody else gives counts for whoever reads that it stays. Without its policies it stays all the same.
    async fn leave(&self, diags: &mut Diagnostics, theirs: &Entry) -> Released {
        let target = self.writer.target;
        match self.writer.look().await {
            Ok(None) => return Released::Gone,
            Ok(Some(whole)) => diags.add_warning(messages::another_entry_stays(target, &whole)),
            Err(error) => diags.add_warning(messages::unread_entry_stays(target, theirs, &error)),
        }
        Released::Left
    }

    /// Somebody has put another entry into the place of this grant's.
    async fn after_replacement(&self, diags: &mut Diagnostics) -> Result<Released, AwsError> {
        match self.writer.look().await? {
            Some(theirs) => {
                diags.add_warning(messages::another_entry_stays(self.writer.target, &theirs));
                Ok(Released::Left)
            }
            None => Ok(Released::Gone),
        }
    }

    fn changes(&self, entry: &Entry) -> Vec<Change> {
        match (self.management, AccessEntryPrincipal::parse(self.writer.principal_arn)) {
            (Management::Additive, Ok(principal)) => {
                let (actual, partition) = (entry.actual(), self.session.partition());
                let before = match self.is_taken_along {
                    true => &self.before.taken_along(&actual, partition),
                    false => self.before,
                };
                release(&actual, before, self.made_here, &principal, partition, self.session.ignore_tags())
            }
            _ => vec![Change::Delete],
        }
    }
}
