//! The way to EKS for writes that follow one another.

use crate::aws::eks::Eks;
use crate::aws::session::Session;
use crate::cluster_place::ClusterPlace;
use crate::report::{at, failed};
use tf_provider::Diagnostics;

/// A client whose credentials last for more than one call. `None` comes with an error, which says what was not done.
pub(crate) async fn client(
    diags: &mut Diagnostics,
    summary: &'static str,
    nothing: &str,
    session: &Session,
    place: &ClusterPlace,
) -> Option<Eks> {
    let client = match session.check_lasting(&place.account).await {
        Ok(()) => session.eks(&place.account, &place.region).await,
        Err(error) => Err(error),
    };
    client
        .map_err(|error| diags.add_error(failed(summary, nothing, &error, at("cluster_name"))))
        .ok()
}
