//! What takes the place of `aws-auth` once a cluster takes access entries: the arguments of `eks_sso_access`, and for
//! each row that cannot move, why.
//!
//! A row moves only if afterwards the same people may do the same under the same names. Nothing that has no effect
//! today comes to life by moving.

use crate::domain::access_policy::CLUSTER_ADMIN;
use crate::domain::arn::AccessEntryPrincipal;
use crate::domain::aws_auth::config_map::{AwsAuth, MAP_ACCOUNTS};
use crate::domain::aws_auth::malformed::Place;
use crate::domain::aws_auth::row::{ACCOUNT_ID, Mapping, Row, is_node_group};
use crate::domain::aws_auth::rows::holding;
use crate::domain::aws_auth::unmovable::{copied, principal_of};
use crate::domain::grantee::Grantee;
use crate::domain::kubernetes::{doubtful_placeholder, is_default_user_name_of, validate_group, validate_user_name};
use crate::domain::provisioned_role::ProvisionedRoleName;
use crate::domain::reserved_name::PREFIX;
use crate::domain::role_name::RoleName;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The group whose members may do everything, which is an access policy among access entries.
const MASTERS: &str = "system:masters";
/// The group that Kubernetes puts everybody into who has signed in.
const AUTHENTICATED: &str = "system:authenticated";

/// Everything of an `aws-auth`, sorted into what moves and what does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migration {
    /// Grants by a key that stays the same while the map changes: `<account>/<permission set>` or
    /// `<account>/role/<role name>` or `<account>/user/<user name>`.
    pub access: BTreeMap<String, Grant>,
    /// What cannot move, in the order of the map.
    pub not_moved: Vec<NotMoved>,
}

/// A grant, as the arguments of `eks_sso_access`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who gets in.
    pub grantee: Grantee,
    /// The role or user in the row.
    pub principal: AccessEntryPrincipal,
    /// The user name, unless it is EKS's own default.
    pub user_name: Option<String>,
    /// The groups that an access entry can have.
    pub kubernetes_groups: BTreeSet<String>,
    /// Whether the row was one of cluster administrators.
    pub is_cluster_admin: bool,
}

impl Grant {
    /// The name of the access policy that takes the place of `system:masters`, which holds in the whole cluster.
    pub fn cluster_policy(&self) -> Option<&'static str> {
        self.is_cluster_admin.then_some(CLUSTER_ADMIN)
    }
}

/// A row that cannot move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotMoved {
    /// The key that it is under.
    pub source: String,
    /// Where it is in the text under that key.
    pub place: Place,
    /// The ARN, account id or key.
    pub subject: String,
    /// Its user name.
    pub user_name: Option<String>,
    /// Its groups.
    pub groups: Vec<String>,
    /// Why, and what to do instead.
    pub reason: String,
}

/// Sorts all of an `aws-auth`.
pub fn migrate(aws_auth: &AwsAuth) -> Migration {
    let mut migration = Migration::default();
    let rows: Vec<&Row> = aws_auth.roles.iter().chain(&aws_auth.users).collect();
    let holding = holding(&rows);
    let grants: Vec<Result<Grant, String>> = rows.iter().map(|row| grant_of(row, &holding)).collect();
    let disputed = disputed(&grants);
    for (row, grant) in rows.iter().zip(grants) {
        match grant {
            Ok(grant) if disputed.contains(&key(&grant)) => migration.not_moved.push(not_moved(row, several_suffixes(&grant))),
            Ok(grant) => drop(migration.access.insert(key(&grant), grant)),
            Err(reason) => migration.not_moved.push(not_moved(row, reason)),
        }
    }
    let others = |source: &str, subject: &(String, Place), reason: &str| NotMoved {
        source: source.to_owned(),
        place: subject.1,
        subject: subject.0.clone(),
        user_name: None,
        groups: Vec::new(),
        reason: reason.to_owned(),
    };
    let accounts = (aws_auth.accounts.iter()).map(|account| {
        others(
            MAP_ACCOUNTS,
            account,
            "mapAccounts lets every role and user of an account sign in under its ARN as the user name, and access entries know nothing of the kind. Give each role that needs the cluster a grant of its own; those whose user name has no RBAC binding lose nothing.",
        )
    });
    migration.not_moved.extend(accounts);
    let unread = (aws_auth.unread.iter()).map(|key| others(&key.0, key, "EKS does not read this key of aws-auth, so that nobody gets in through it. Names of keys are case-sensitive: mapRoles, mapUsers, mapAccounts."));
    migration.not_moved.extend(unread);
    migration
}

fn not_moved(row: &Row, reason: String) -> NotMoved {
    NotMoved {
        source: row.member.to_owned(),
        place: row.place,
        subject: row.mapping.arn.clone(),
        user_name: row.mapping.user_name.clone(),
        groups: row.mapping.groups.clone(),
        reason,
    }
}

fn key(grant: &Grant) -> String {
    let account = grant.principal.account();
    match &grant.grantee {
        Grantee::Principal(user) => format!("{account}/user/{}", user.name()),
        by_name => format!("{account}/{by_name}"),
    }
}

/// Keys of permission sets that have rows for several roles of one account, of which only one can exist, and that
/// differ in what they grant.
fn disputed(grants: &[Result<Grant, String>]) -> BTreeSet<String> {
    let terms = |grant: &Grant| (grant.user_name.clone(), grant.kubernetes_groups.clone(), grant.is_cluster_admin);
    let mut first = BTreeMap::new();
    let mut disputed = BTreeSet::new();
    for grant in grants.iter().flatten() {
        let (key, terms) = (key(grant), terms(grant));
        if first.entry(key.clone()).or_insert_with(|| terms.clone()) != &terms {
            disputed.insert(key);
        }
    }
    disputed
}

fn several_suffixes(grant: &Grant) -> String {
    let (set, account) = (grant.grantee.name(), grant.principal.account());
    format!(
        "There are rows for several roles of the permission set {set:?} in {account}, and they grant different things. Only one of the roles exists; the others are left from before the set was provisioned anew. `aws iam list-roles --path-prefix /aws-reserved/` in that account shows which: remove the other rows."
    )
}

/// The grant that takes a row's place, or why none does.
fn grant_of(row: &Row, holding: &HashMap<String, &Row>) -> Result<Grant, String> {
    let mapping = &row.mapping;
    if let Some(reason) = overridden(row, holding) {
        return Err(reason);
    }
    let principal = principal_of(row)?;
    if mapping.is_node() {
        return Err("This row is for nodes, which need an access entry of another type. EKS makes it for managed node groups and Fargate when the cluster starts to take access entries; for nodes of your own, make one with aws_eks_access_entry and type = \"EC2_LINUX\" (or EC2_WINDOWS). Keep the row until then.".to_owned());
    }
    let is_cluster_admin = mapping.groups.iter().any(|group| group == MASTERS);
    if let Some(reason) = copied(&what_counts(mapping, is_cluster_admin)) {
        return Err(reason);
    }
    Ok(Grant {
        grantee: grantee_of(&principal)?,
        user_name: user_name_of(&principal, mapping.user_name.as_deref())?,
        kubernetes_groups: groups_of(&mapping.groups, is_cluster_admin)?,
        is_cluster_admin,
        principal,
    })
}

/// Why a row has no effect beside another one for the same ARN.
fn overridden(row: &Row, holding: &HashMap<String, &Row>) -> Option<String> {
    let arn = row.mapping.arn.to_ascii_lowercase();
    let holds = holding.get(&arn).filter(|_| !arn.is_empty())?;
    match (std::ptr::eq(*holds, row), holds.member == row.member) {
        (true, _) => None,
        (false, true) => {
            Some("A later row is for the same ARN, and of several the last one holds: this one has no effect. Remove it.".to_owned())
        }
        (false, false) => Some(format!(
            "The same ARN has a row under mapRoles ({}), where EKS looks first: this one has no effect. Remove it.",
            holds.place
        )),
    }
}

/// The row without what adds nothing for whoever may do everything.
fn what_counts(mapping: &Mapping, is_cluster_admin: bool) -> Mapping {
    let mut counts = mapping.clone();
    counts.groups.retain(|group| !(is_cluster_admin && is_node_group(group)));
    counts
}

fn grantee_of(principal: &AccessEntryPrincipal) -> Result<Grantee, String> {
    let Some(role) = principal.role() else {
        return Ok(Grantee::Principal(principal.clone()));
    };
    let name = role.name();
    if let Ok(provisioned) = ProvisionedRoleName::parse(name) {
        return Ok(Grantee::PermissionSet(provisioned.permission_set().clone()));
    }
    let is_reserved = name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
    if is_reserved {
        return Err(format!(
            "The role name {name:?} begins like one of Identity Center's, but is none: expected AWSReservedSSO_, the permission set's name, \"_\" and 16 lower-case hex digits. Where it was written in other letters (aws-auth does not mind), write it as IAM does and read the map again."
        ));
    }
    RoleName::parse(name)
        .map(Grantee::Role)
        .map_err(|invalid| invalid.message().to_owned())
}

/// The user name for an access entry; none for EKS's default.
fn user_name_of(principal: &AccessEntryPrincipal, template: Option<&str>) -> Result<Option<String>, String> {
    let Some(template) = template.filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    // aws-iam-authenticator puts the id of the principal's account there.
    let name = template.replace(ACCOUNT_ID, principal.account().as_str());
    if is_default_user_name_of(&name, principal) {
        return Ok(None);
    }
    let problem = match validate_user_name(&name) {
        Err(invalid) => Some(invalid.message().to_owned()),
        Ok(()) => doubtful_placeholder(&name),
    };
    problem.map_or(Ok(Some(name)), |problem| {
        Err(format!(
            "{problem} RBAC bindings to the old user name have to name the new one as well, before the row moves."
        ))
    })
}

/// The groups for an access entry.
fn groups_of(groups: &[String], is_cluster_admin: bool) -> Result<BTreeSet<String>, String> {
    let mut kept = BTreeSet::new();
    for group in groups {
        if let Some(placeholder) = group.find("{{") {
            return Err(format!(
                "The group {group:?} holds the placeholder {:?}, and those of an access entry are plain names. Write a grant of your own, with the groups as they are bound.",
                &group[placeholder..]
            ));
        }
        match validate_group(group) {
            Ok(()) => drop(kept.insert(group.clone())),
            // Everybody who signs in has the one; the other adds nothing for whoever may do everything.
            Err(_) if group == AUTHENTICATED || is_cluster_admin => {}
            Err(invalid) => return Err(invalid.message().to_owned()),
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SSO: &str = "arn:aws:iam::222233334444:role/AWSReservedSSO_Dev_0123456789abcdef";

    fn migrated(text: &str) -> Migration {
        migrate(&AwsAuth::parse(text).unwrap_or_else(|malformed| panic!("{malformed}")))
    }

    /// What a row becomes: its key, user name, groups, and whether it is an administrator's.
    #[track_caller]
    fn check_moved(row: &str, key: &str, user_name: Option<&str>, groups: &[&str], is_cluster_admin: bool) {
        let migration = migrated(&row.replace("ROLE", SSO));
        assert_eq!(migration.not_moved, []);
        assert_eq!(migration.access.len(), 1);
        let grant = &migration.access[key];
        assert_eq!(grant.user_name.as_deref(), user_name);
        assert_eq!(grant.kubernetes_groups.iter().collect::<Vec<_>>(), groups);
        assert_eq!(grant.is_cluster_admin, is_cluster_admin);
        assert_eq!(grant.cluster_policy(), is_cluster_admin.then_some("AmazonEKSClusterAdminPolicy"));
    }

    #[test]
    fn ok_rows() {
        check_moved("- rolearn: ROLE", "222233334444/Dev", None, &[], false);
        check_moved(
            "- {rolearn: ROLE, username: '', groups: [b, a, b]}",
            "222233334444/Dev",
            None,
            &["a", "b"],
            false,
        );
        check_moved(
            "- {rolearn: ROLE, username: 'dev:{{SessionName}}', groups: [system:masters]}",
            "222233334444/Dev",
            Some("dev:{{SessionName}}"),
            &[],
            true,
        );
        check_moved(
            "- {rolearn: 'arn:aws:iam::222233334444:role/Deployer', username: deployer}",
            "222233334444/role/Deployer",
            Some("deployer"),
            &[],
            false,
        );
        // What EKS does by itself is left out.
        check_moved(
            "- {rolearn: ROLE, username: 'arn:aws:sts::{{AccountID}}:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/{{SessionName}}', groups: [x, system:authenticated]}",
            "222233334444/Dev",
            None,
            &["x"],
            false,
        );
        check_moved(
            "- {rolearn: ROLE, username: '{{AccountID}}:{{SessionName}}', groups: [system:masters, system:nope, x]}",
            "222233334444/Dev",
            Some("222233334444:{{SessionName}}"),
            &["x"],
            true,
        );
    }

    #[track_caller]
    fn check_not_moved(text: &str, reasons: &[&str]) {
        let migration = migrated(&text.replace("ROLE", SSO));
        assert_eq!(migration.not_moved.len(), reasons.len(), "{migration:#?}");
        for (not_moved, words) in migration.not_moved.iter().zip(reasons) {
            assert!(not_moved.reason.contains(words), "{}", not_moved.reason);
        }
    }

    #[test]
    fn err_rows() {
        let role = |row: &str| format!("- {{rolearn: {row}}}");
        check_not_moved(
            &role("'arn:aws:iam::222233334444:role/nodes', groups: [system:bootstrappers, system:nodes]"),
            &["This row is for nodes"],
        );
        check_not_moved(
            &role("'arn:aws:iam::222233334444:role/nodes', username: 'system:node:{{EC2PrivateDNSName}}'"),
            &["This row is for nodes"],
        );
        check_not_moved(
            &role("ROLE, groups: [eks:view]"),
            &["The Kubernetes group \"eks:view\" begins with \"eks:\""],
        );
        check_not_moved(
            &role("ROLE, groups: ['a-{{SessionName}}']"),
            &["holds the placeholder \"{{SessionName}}\""],
        );
        check_not_moved(&role("ROLE, username: 'system:admin'"), &["begins with \"system:\""]);
        check_not_moved(&role("ROLE, username: '{{SessionName}}'"), &["has no colon before {{SessionName}}"]);
        check_not_moved(
            &role("ROLE, username: 'a:{{SessionNameRaw}}'"),
            &["holds {{SessionNameRaw}}, which EKS replaces in aws-auth, and perhaps not in access entries"],
        );
        check_not_moved(
            &role("ROLE, username: 'a:{{AccessKeyID}}'"),
            &["holds {{AccessKeyID}}, which EKS does not know and leaves as it is: expected {{SessionName}}. RBAC bindings"],
        );
        check_not_moved("- username: a", &["has no rolearn"]);
        check_not_moved(&role("'arn:aws:iam::222233334444:role/*'"), &["The ARN is a pattern"]);
        check_not_moved(&role("nonsense"), &["\"nonsense\" is not an ARN, so that nobody gets in"]);
        check_not_moved(
            &role("'arn:aws:iam::222233334444:root'"),
            &["that of the root user of account 222233334444, whom alone the row lets in"],
        );
        check_not_moved(
            &role("'arn:aws:iam::222233334444:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch'"),
            &["\"AWSServiceRoleForBatch\" is a service-linked role, and only its service can give it an access entry. AWS Batch says"],
        );
        check_not_moved(
            &role("'arn:aws:iam::222233334444:role/AWSServiceRoleForBatch'"),
            &["docs.aws.amazon.com/batch/latest/userguide/getting-started-eks.html"],
        );
        check_not_moved(
            &role("'arn:aws:iam::222233334444:role/AWSServiceRoleForAmazonEMRContainers'"),
            &["Amazon EMR makes it for each virtual cluster that is created once the cluster takes access entries"],
        );
        check_not_moved(
            &role("'arn:aws:iam::222233334444:role/AWSServiceRoleForNew'"),
            &["Look into that service's documentation"],
        );
        check_not_moved(
            &role("'arn:aws:iam::222233334444:role/ops/Deployer'"),
            &["write the row with arn:aws:iam::222233334444:role/Deployer"],
        );
        check_not_moved(
            &role("'arn:aws:iam::222233334444:role/awsreservedsso_dev_0123456789abcdef'"),
            &["begins like one of Identity Center's, but is none"],
        );
        check_not_moved(
            "mapRoles: |\n  - {rolearn: a}\nmapUsers: |\n  - {userarn: b}\nmapAccounts: |\n  - '222233334444'\nmaproles: x\n",
            &[
                "\"a\" is not an ARN",
                "\"b\" is not an ARN",
                "mapAccounts lets every",
                "EKS does not read this key",
            ],
        );
    }

    /// Under mapRoles too: EKS does not look at what kind of ARN it is.
    #[test]
    fn user_moves_by_the_arn() {
        let arn = "arn:aws:iam::222233334444:user/ops/ann";
        for (member, key) in [("mapRoles", "rolearn"), ("mapUsers", "userarn")] {
            for (user_name, expected) in [("ann", Some("ann")), (arn, None), ("", None)] {
                let text = format!("{member}:\n- {key}: '{arn}'\n  username: '{user_name}'\n  groups: [system:masters, team]\n");
                let migration = migrated(&text);
                assert_eq!(migration.not_moved, [], "{member}");
                let grant = &migration.access["222233334444/user/ann"];
                assert_eq!(grant.grantee.to_string(), arn);
                assert_eq!(grant.user_name.as_deref(), expected);
                assert!(grant.is_cluster_admin && grant.kubernetes_groups.contains("team"));
            }
        }
    }

    /// The reasons of a row that is under mapRoles, and of one that is under mapUsers: the ARN alone decides.
    #[track_caller]
    fn check_arn(arn: &str, words: &str) {
        for (member, key) in [("mapRoles", "rolearn"), ("mapUsers", "userarn")] {
            let migration = migrated(&format!("{member}:\n- {key}: '{arn}'\n  groups: [system:masters]\n"));
            let [not_moved] = &migration.not_moved[..] else {
                panic!("{migration:#?}")
            };
            assert!(not_moved.reason.contains(words), "{member}: {}", not_moved.reason);
            assert_eq!(not_moved.source, member);
        }
    }

    #[test]
    fn reasons_go_by_the_arn_and_not_by_the_member() {
        let nobody = "so that nobody gets in through this row.";
        check_arn("arn:aws:iam::222233334444:root", "whom alone the row lets in");
        check_arn("arn:aws:iam::222233334444:role/ops/Deployer", "nobody has come in through this row");
        check_arn("arn:aws:iam::222233334444:role/AWSServiceRoleForBatch", "is a service-linked role");
        check_arn(
            "arn:aws:iam::222233334444:group/admins",
            "nobody signs in as a group, so that nobody gets in",
        );
        check_arn(
            "arn:aws:sts::222233334444:assumed-role/Dev/ann",
            "write the row with arn:aws:iam::222233334444:role/Dev and",
        );
        check_arn("arn:aws:sts::222233334444:federated-user/bob", "the federated user \"bob\"");
        check_arn(
            "arn:aws:iam::<ACCOUNT_ID>:user/ann",
            &format!("a placeholder that was not filled in, {nobody}"),
        );
        check_arn("arn:aws:iam::222233334444:user/${USER}", nobody);
        check_arn("arn:aws:iam::ACCOUNT:role/Dev", nobody);
        check_arn("arn:aws:iam::222233334444:user/*", nobody);
        check_arn("ann", &format!("\"ann\" is not an ARN, {nobody}"));
        check_arn("arn:aws:s3:::bucket", "no ARN with which anybody could sign in");
        check_arn("", nobody);
        check_arn(
            &SSO.to_uppercase(),
            "aws-auth does not mind, so the row lets people in; access entries do",
        );
        check_not_moved(
            "mapRoles: [{}]\nmapUsers: [{}]\n",
            &["has no rolearn, so that nobody", "has no userarn, so that nobody"],
        );
        check_not_moved(
            "mapRoles: [{userarn: x}]\nmapUsers: [{rolearn: x}]\n",
            &[
                "userarn is a key of mapUsers, so that nobody",
                "rolearn is a key of mapRoles, so that nobody",
            ],
        );
    }

    #[test]
    fn role_under_map_users_moves_unless_map_roles_has_it() {
        let users = format!("mapUsers:\n- userarn: {SSO}\n  groups: [system:masters]\n");
        assert!(migrated(&users).access["222233334444/Dev"].is_cluster_admin);
        let both = migrated(&format!(
            "{users}mapRoles:\n- rolearn: {}\n  groups: [a]\n",
            SSO.to_lowercase().replace("awsreservedsso_dev", "AWSReservedSSO_Dev")
        ));
        assert!(!both.access["222233334444/Dev"].is_cluster_admin);
        assert!(
            both.not_moved[0]
                .reason
                .contains("has a row under mapRoles (line 5, column 3), where EKS looks first"),
            "{both:#?}"
        );
        // A row of a role that is left from before counts as one, wherever it is.
        let other = SSO.replace("0123456789abcdef", "fedcba9876543210");
        let disputed = migrated(&format!("{users}mapRoles:\n- rolearn: {other}\n  groups: [a]\n"));
        assert_eq!((disputed.access.len(), disputed.not_moved.len()), (0, 2));
    }

    /// H2: files hold RBAC objects beside the map.
    #[test]
    fn config_map_is_found_among_other_documents() {
        let map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n  mapRoles: |\n    - rolearn: {SSO}\n      groups: [a]\n"
        );
        let binding = "kind: ClusterRoleBinding\nmetadata:\n  name: aws-auth\n";
        for text in [
            format!("{binding}---\n{map}"),
            format!("{map}---\n{binding}"),
            format!("---\n{binding}---\n{map}---\n{binding}"),
        ] {
            let migration = migrated(&text);
            assert_eq!((migration.access.len(), migration.not_moved.len()), (1, 0), "{text}");
        }
        // Places are those of the whole text.
        let broken = format!("{binding}---\n{}", map.replace("rolearn", "\trolearn"));
        let problem = AwsAuth::parse(&broken).unwrap_err().to_string();
        assert!(problem.contains("mapRoles"), "{problem}");
        let two = AwsAuth::parse(&format!("{map}---\n{map}")).unwrap_err().to_string();
        assert!(two.contains("line 9, column 1") && two.contains("give that one alone"), "{two}");
    }

    /// H3: eksctl's list, and keys of nobody's.
    #[test]
    fn row_whose_keys_are_unknown_is_not_to_be_removed() {
        check_not_moved(
            "- {account: '222233334444'}",
            &["This is how eksctl shows an account of mapAccounts"],
        );
        check_not_moved("- {role: x, groups: [a]}", &["does not know the keys that it has (role)"]);
        check_not_moved(
            "- {groups: [a]}",
            &["The row has no rolearn, so that nobody gets in through this row. Remove it."],
        );
    }

    /// H4.
    #[test]
    fn output_of_describe_is_known() {
        let text = "Name:         aws-auth\nNamespace:    kube-system\n\nData\n====\nmapRoles:\n----\n- rolearn: x\n";
        let problem = AwsAuth::parse(text).unwrap_err().to_string();
        assert!(
            problem.contains("what `kubectl describe` prints") && problem.contains("get configmap aws-auth -o yaml"),
            "{problem}"
        );
    }

    #[test]
    fn copied_rows_of_people_are_told_as_such() {
        let copied = |row: &str, words: &[&str]| {
            for words in words {
                check_not_moved(&format!("- {{rolearn: {row}}}"), &[words]);
            }
        };
        copied(
            "ROLE, username: 'system:node:{{EC2PrivateDNSName}}', groups: [system:bootstrappers, '<system:masters>']",
            &[
                "as if it was copied from one for nodes",
                "- the user name \"system:node:{{EC2PrivateDNSName}}\":\n    {{EC2PrivateDNSName}} is the name of an EC2 instance",
                "- the group \"system:bootstrappers\": it serves nodes alone",
                "- the group \"<system:masters>\":\n    its angle brackets are part of the name, so it is not \"system:masters\"",
            ],
        );
        copied("ROLE, groups: [system:nodes]", &["it serves nodes alone"]);
        copied(
            "'arn:aws:iam::222233334444:role/Ops', groups: ['<team>']",
            &["so it is not \"team\""],
        );
        // An administrator is not left behind for what adds nothing.
        check_moved(
            "- {rolearn: ROLE, username: 'admin:{{SessionName}}', groups: [system:bootstrappers, system:nodes, system:masters]}",
            "222233334444/Dev",
            Some("admin:{{SessionName}}"),
            &[],
            true,
        );
        copied(
            "ROLE, username: 'x:{{EC2PrivateDNSName}}', groups: [system:masters]",
            &["anyone who is none is refused"],
        );
    }

    #[test]
    fn of_two_rows_for_a_role_the_last_moves() {
        let migration = migrated(&format!(
            "- rolearn: {}\n  groups: [a]\n- rolearn: {SSO}\n  groups: [b]\n",
            SSO.to_uppercase()
        ));
        assert_eq!(
            migration.access["222233334444/Dev"].kubernetes_groups.iter().collect::<Vec<_>>(),
            ["b"]
        );
        assert!(migration.not_moved[0].reason.contains("A later row is for the same ARN"));
        assert_eq!(
            (migration.not_moved[0].source.as_str(), migration.not_moved[0].place.line),
            ("mapRoles", 1)
        );
    }

    #[test]
    fn rows_for_several_suffixes_move_only_if_they_agree() {
        let other = SSO.replace("0123456789abcdef", "fedcba9876543210");
        let rows = |groups: &str| format!("- rolearn: {SSO}\n  groups: [a]\n- rolearn: {other}\n  groups: {groups}\n");
        assert_eq!(migrated(&rows("[a]")).access.len(), 1);
        let disputed = migrated(&rows("[a, b]"));
        assert_eq!((disputed.access.len(), disputed.not_moved.len()), (0, 2));
        assert!(
            disputed.not_moved[1]
                .reason
                .contains("several roles of the permission set \"Dev\" in 222233334444")
        );
        // In another account it is another role.
        let elsewhere = migrated(&rows("[b]").replace(&other, &other.replace("222233334444", "111122223333")));
        assert_eq!(elsewhere.access.len(), 2);
    }
}
