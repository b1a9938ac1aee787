//! What a plan wants of an access entry, and what the grant did to it before.

use crate::aws::session::Session;
use crate::domain::access_entry::{Before, Desired, Given, Management, OWNER_TAG};
use crate::resources::sso_access::model::Model;
use crate::resources::sso_access::private::Private;
use crate::resources::sso_grant::texts::{known_map, known_set};

/// What a plan wants, if all of it is known.
pub(super) fn desired(planned: &Model, session: &Session, private: &Private) -> Option<Desired> {
    if planned.user_name.is_unknown() || planned.policy_management.is_unknown() {
        return None;
    }
    let management = planned.management();
    let mut tags = known_map(&planned.tags_all)?;
    // On an entry that was only joined, our name would tell a later grant that the entry is ours; on the one that a rotation puts in its
    // place, it would keep out who shares it.
    let signs = management == Management::Exclusive || private.created && !private.joined;
    if let Some(owner) = session.owner().filter(|_| signs) {
        tags.insert(OWNER_TAG.to_owned(), owner.to_owned());
    }
    Some(Desired {
        groups: known_set(&planned.kubernetes_groups)?,
        user_name: planned.user_name.as_ref_option().cloned(),
        policies: planned.policies()?,
        management,
        tags,
    })
}

/// What the grant of a state gave to a shared entry. What it had while it was not shared it did not give to others.
pub(super) fn before(prior: &Model, private: &Private) -> Before {
    match prior.management() {
        Management::Exclusive => Before::default(),
        Management::Additive => Before {
            given: held(prior),
            replaced: private.replaced.replaced(),
        },
    }
}

/// What a state says of the entry.
pub(super) fn held(state: &Model) -> Given {
    Given {
        groups: known_set(&state.kubernetes_groups).unwrap_or_default(),
        user_name: state.user_name.as_ref_option().cloned(),
        policies: state.policies().unwrap_or_default(),
        tags: known_map(&state.tags_all).unwrap_or_default(),
    }
}
