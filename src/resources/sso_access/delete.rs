//! The apply of a delete.

use crate::aws::error::{AwsError, ErrorKind};
use crate::hosting::Current;
use crate::resources::sso_access::aws_auth_check;
use crate::resources::sso_access::create::client;
use crate::resources::sso_access::failures::{self, NOT_TAKEN_AWAY};
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::plan::note_binding;
use crate::resources::sso_access::private::{EntryRecord, Private};
use crate::resources::sso_access::releasing::Release;
use crate::resources::sso_access::run::Run;
use crate::resources::sso_access::wanted::before;
use crate::resources::sso_access::writer::Writer;
use crate::resources::sso_grant::target::Target;
use tf_provider::Diagnostics;
use tokio::time::Instant;

pub(super) async fn delete(run: &Run, diags: &mut Diagnostics, prior: Current<Model>, until: Instant) {
    let Some(session) = run.session(diags) else { return };
    let model = prior.state;
    let private = Private::decode(&prior.private);
    // A state without a place or a principal was never applied: there is nothing to delete.
    let (Some(target), Some(principal_arn)) = (Target::of(&model), model.principal_arn.as_ref_option().cloned()) else {
        return;
    };
    note_binding(run, &model, &private);
    if private.row_goes_first && aws_auth_check::await_removal_of_row(diags, &session, &model, until).await.is_none() {
        return;
    }
    let Some(eks) = client(diags, NOT_TAKEN_AWAY, &session, &target).await else {
        return;
    };
    let own = EntryRecord {
        principal_arn,
        access_entry_arn: model.access_entry_arn.as_deref_option().unwrap_or_default().to_owned(),
        made_here: private.created,
    };
    let before = before(&model, &private);
    let management = model.management();
    let old = private.old_entries.iter().map(|entry| (entry, entry.released_as(management)));
    let along = private.taken_along.iter().map(|entry| (entry, management));
    for (entry, management) in old.chain([(&own, management)]).chain(along) {
        let release = Release {
            run,
            session: &session,
            writer: Writer {
                eks: &eks,
                target: &target,
                principal_arn: &entry.principal_arn,
                until,
            },
            management,
            before: &before,
            made_here: entry.made_here,
            is_taken_along: private.taken_along.as_ref() == Some(entry),
        };
        let released = release.carry_out(diags, &entry.access_entry_arn).await;
        if let Err(error) = released.map(drop).or_else(unless_unusable) {
            diags.add_error(failures::not_deleted(&release.writer, &error));
        }
    }
}

/// In CONFIG_MAP mode entries let nobody in and cannot be deleted; EKS has none there to leave behind.
fn unless_unusable(error: AwsError) -> Result<(), AwsError> {
    if error.is_authentication_mode() || error.kind == ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}
