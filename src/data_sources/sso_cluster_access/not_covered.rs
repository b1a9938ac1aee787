//! What a list of access entries cannot see, in words for whoever reads the list.

use crate::cluster_place::ClusterPlace;
use crate::domain::cluster::AuthenticationMode;

/// Whether the rows of aws-auth are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AwsAuth {
    /// Nobody asked for them.
    NotAsked,
    /// They could not be read.
    Unread,
    Listed,
}

/// The text; an unknown mode may be any.
pub(super) fn text(place: &ClusterPlace, mode: Option<AuthenticationMode>, aws_auth: AwsAuth) -> String {
    let mut ways = Vec::new();
    let unread = match aws_auth {
        AwsAuth::NotAsked => Some(""),
        AwsAuth::Unread => Some(" They could not be read: a warning says why."),
        AwsAuth::Listed => None,
    };
    if let Some(unread) = unread.filter(|_| mode.is_none_or(AuthenticationMode::reads_aws_auth)) {
        ways.push(format!(
            "Rows of the ConfigMap kube-system/aws-auth, which this cluster reads too: the ARNs of roles and users under mapRoles and mapUsers \
             alike, and whole accounts under mapAccounts. For the same principal an access entry goes before them.{unread}"
        ));
    }
    if mode == Some(AuthenticationMode::ConfigMap) {
        ways.push(
            "The principal that created the cluster: in CONFIG_MAP mode EKS lets it in as an administrator and shows it nowhere."
                .to_owned(),
        );
    }
    ways.extend([
        "An OpenID Connect identity provider that is associated with the cluster (aws eks list-identity-provider-configs).".to_owned(),
        "Tokens of Kubernetes service accounts, and what runs in pods and on nodes.".to_owned(),
        "Kubernetes RBAC: what roles are bound to the user names and groups that are listed.".to_owned(),
        "Anyone who can get the credentials of these principals: by a role's trust policy, by changing assignments in Identity Center, or as \
         an administrator of an account or of the organization."
            .to_owned(),
        format!(
            "Anyone who may change access: eks:CreateAccessEntry, eks:UpdateAccessEntry, eks:AssociateAccessPolicy and eks:UpdateClusterConfig \
             in account {}, and Kubernetes administrators.",
            place.account
        ),
    ]);
    let ways: String = ways.iter().map(|way| format!("\n- {way}")).collect();
    let listed = match aws_auth {
        AwsAuth::Listed => format!("The access entries and the rows of aws-auth of {place} are listed."),
        AwsAuth::NotAsked | AwsAuth::Unread => format!("Only the access entries of {place} are listed."),
    };
    format!("{listed} Not listed is what else may let people in:{ways}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster::ClusterName;
    use crate::domain::place::{AccountId, Region};

    #[test]
    fn aws_auth_is_named_unless_the_cluster_does_not_read_it() {
        let place = ClusterPlace {
            account: AccountId::parse("222233334444").unwrap(),
            region: Region::parse("eu-west-1").unwrap(),
            cluster: ClusterName::parse("payments-prod").unwrap(),
        };
        let ways = |mode| text(&place, mode, AwsAuth::NotAsked);
        assert!(ways(None).contains("aws-auth"));
        assert!(ways(Some(AuthenticationMode::ApiAndConfigMap)).contains("aws-auth"));
        let config_map = ways(Some(AuthenticationMode::ConfigMap));
        assert!(config_map.contains("under mapRoles and mapUsers alike") && config_map.contains("The principal that created the cluster"));
        let api = ways(Some(AuthenticationMode::Api));
        assert!(
            !api.contains("aws-auth") && !api.contains("The principal that created the cluster"),
            "{api}"
        );
        assert!(api.contains("of payments-prod (222233334444, eu-west-1)") && api.contains("in account 222233334444"));

        let both = Some(AuthenticationMode::ApiAndConfigMap);
        let unread = text(&place, both, AwsAuth::Unread);
        assert!(unread.starts_with("Only the access entries of payments-prod") && unread.contains("could not be read: a warning says why"));
        let listed = text(&place, both, AwsAuth::Listed);
        assert!(
            listed.starts_with("The access entries and the rows of aws-auth of payments-prod") && !listed.contains("mapRoles"),
            "{listed}"
        );
    }
}
