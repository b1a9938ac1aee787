//! Reading the clusters, all at the same time, each once.

use crate::aws::eks::Cluster;
use crate::aws::session::Session;
use crate::cluster_place::{CORRECT_THE_PLACE, ClusterPlace};
use crate::data_sources::sso_kubeconfig::wanted::Wanted;
use crate::report::{diagnostic, failed};
use futures_util::stream::{self, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tf_provider::{AttributePath, Diagnostic, Diagnostics};

/// Clusters that are asked for at the same time: enough to hide the way to AWS, few enough to need no great number of
/// connections.
const AT_ONCE: usize = 16;

/// What a kubeconfig holds of a cluster.
#[derive(Debug)]
pub(super) struct Reachable {
    pub(super) arn: String,
    pub(super) endpoint: String,
    pub(super) certificate_authority: String,
}

/// All clusters by their places. `None` comes with an error for each that cannot be read.
pub(super) async fn read(diags: &mut Diagnostics, session: &Session, wanted: &[Wanted]) -> Option<BTreeMap<ClusterPlace, Reachable>> {
    let mut places = BTreeSet::new();
    let first_of_each = wanted.iter().filter(|wanted| places.insert(&wanted.place));
    let asked: Vec<_> = first_of_each
        .map(|wanted| (wanted.place.clone(), wanted.asked.at("cluster_name")))
        .collect();
    let questions = stream::iter(asked).map(|(place, path)| async move {
        let answer = place.describe(session).await;
        (place, answer, path)
    });
    // In the order of the questions, so that messages come in the same order each time.
    let answers: Vec<_> = questions.buffered(AT_ONCE).collect().await;
    let mut clusters = BTreeMap::new();
    let mut problems = Vec::new();
    for (place, answer, path) in answers {
        if let Ok(Some(cluster)) = &answer {
            let consequence = "The kubeconfig has it, but nobody gets in by that, or not for long.";
            place.warn_if_lost(diags, cluster, path.clone(), consequence);
        }
        let cluster = match answer {
            Ok(Some(cluster)) => reachable(&place, &cluster, path),
            Ok(None) => Err(absent(session, &place, path).await),
            Err(error) => Err(failed(
                "Cluster cannot be read",
                &format!("The cluster {place} cannot be read."),
                &error,
                path,
            )),
        };
        match cluster {
            Ok(cluster) => drop(clusters.insert(place, cluster)),
            Err(problem) => problems.push(problem),
        }
    }
    let all_are_read = problems.is_empty();
    problems.into_iter().for_each(|problem| diags.add_error(problem));
    all_are_read.then_some(clusters)
}

async fn absent(session: &Session, place: &ClusterPlace, path: AttributePath) -> Diagnostic {
    Diagnostic {
        attribute: path,
        ..place.absent(session, CORRECT_THE_PLACE).await
    }
}

fn reachable(place: &ClusterPlace, cluster: &Arc<Cluster>, path: AttributePath) -> Result<Reachable, Diagnostic> {
    if let (Some(endpoint), Some(certificate_authority)) = (&cluster.endpoint, &cluster.certificate_authority) {
        return Ok(Reachable {
            arn: cluster.arn.clone(),
            endpoint: endpoint.clone(),
            certificate_authority: certificate_authority.clone(),
        });
    }
    let detail = format!(
        "EKS tells no endpoint or no certificate authority of {place}, whose status is {}. Read the data source once the cluster is \
         ACTIVE: where Terraform makes the cluster, take cluster_name from its resource, or add depends_on.",
        cluster.status
    );
    Err(diagnostic("Cluster has no endpoint", detail, path))
}
