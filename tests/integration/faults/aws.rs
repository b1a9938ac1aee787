//! AWS within the test's process: EKS, IAM, STS and the Kubernetes API of one cluster, as far as grants need them, on
//! tokio's clock. What it does is what tests/emulator does, which is held against AWS's own models; here a call takes no
//! process, no socket and no time, so that thousands of runs can be tried.

use crate::faults::answer::Answer;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub const ACCOUNT: &str = "222233334444";
pub const REGION: &str = "eu-west-1";
pub const CLUSTER: &str = "payments-prod";
/// Seconds since 1970 at the beginning of each run.
pub const BEGINNING: u64 = 1_770_000_000;
/// A new entry that is "not yet visible" is so for that long.
const HIDDEN: f64 = 20.0;
const POLICIES: [&str; 4] = [
    "AmazonEKSAdminPolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
];

/// Who wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    Provider,
    Other,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub arn: String,
    pub groups: BTreeSet<String>,
    pub user_name: String,
    pub tags: BTreeMap<String, String>,
    /// Scopes by the policies' names: `cluster`, or the namespaces.
    pub policies: BTreeMap<String, String>,
    pub made_by: Hand,
    /// The role that EKS has bound it to.
    pub role_id: String,
    created: f64,
    visible: f64,
}

impl Entry {
    /// Whether the provider made it.
    pub fn is_ours(&self) -> bool {
        self.made_by == Hand::Provider
    }
}

#[derive(Clone, Debug)]
pub struct Role {
    pub name: String,
    pub id: String,
    created: f64,
}

/// What others put on an entry.
#[derive(Clone, Debug, Default)]
pub struct Gift {
    /// They made the entry, too.
    pub made: bool,
    pub groups: BTreeSet<String>,
    pub policies: BTreeSet<String>,
    pub tags: BTreeMap<String, String>,
}

impl Gift {
    pub fn is_something(&self) -> bool {
        !self.groups.is_empty() || !self.policies.is_empty() || !self.tags.is_empty()
    }
}

/// A write that was done.
#[derive(Clone, Debug)]
pub struct Write {
    pub by: Hand,
    pub operation: &'static str,
    /// The entry's own ARN, or the ConfigMap.
    pub on: String,
    /// Policies that some visible or new entry of the principal's roles holds after it.
    pub held: BTreeSet<String>,
}

/// Everything that changes.
#[derive(Clone, Debug)]
pub struct World {
    /// Seconds since the beginning.
    pub now: f64,
    pub mode: &'static str,
    pub roles: Vec<Role>,
    /// By principal.
    pub entries: BTreeMap<String, Entry>,
    /// Entries by the token that made them.
    tokens: BTreeMap<String, String>,
    /// The text of `mapRoles` and the version of aws-auth, if there is any.
    pub aws_auth: Option<(u64, Map<String, Value>)>,
    pub writes: Vec<Write>,
    /// What others put on entries, by the entries' own ARNs.
    pub gifts: BTreeMap<String, Gift>,
    /// New entries are not seen at once.
    pub hides_new_entries: bool,
    /// Operations that nobody may call.
    pub refuses: &'static [&'static str],
    made: u64,
}

/// A call, taken apart.
#[derive(Clone, Debug)]
pub struct Call {
    pub operation: &'static str,
    /// Parts of the path behind the cluster, decoded: principal, policy; or the ARN of a resource; or a role's name.
    pub names: Vec<String>,
    pub body: Value,
}

impl World {
    /// A cluster that takes access entries, and one role of a permission set.
    pub fn new(mode: &'static str) -> Self {
        let mut world = Self {
            now: 0.0,
            mode,
            roles: Vec::new(),
            entries: BTreeMap::new(),
            tokens: BTreeMap::new(),
            aws_auth: None,
            writes: Vec::new(),
            gifts: BTreeMap::new(),
            hides_new_entries: false,
            refuses: &[],
            made: 0,
        };
        world.provision();
        world
    }

    fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Identity Center makes the role of the permission set, with a new suffix.
    pub fn provision(&mut self) {
        let number = self.number();
        let (id, created) = (format!("AROA{number:017}"), self.now - 600.0);
        let name = format!("AWSReservedSSO_DeveloperAccess_{number:016x}");
        self.roles = vec![Role { name, id, created }];
    }

    /// The role is made again under the same name.
    pub fn recreate_role(&mut self) {
        // IAM's times are whole seconds, so that a role of the same few seconds cannot be told by its age.
        self.now += 10.0;
        let (number, now) = (self.number(), self.now);
        let role = self.roles.last_mut().unwrap();
        role.id = format!("AROA{number:017}");
        role.created = now;
    }

    /// An entry, without what is new with each run: times, and the mark of a create.
    pub fn told(&self, principal: &str, entry: &Entry) -> String {
        let Entry {
            arn,
            groups,
            user_name,
            tags,
            policies,
            made_by,
            role_id,
            created,
            ..
        } = entry;
        let is_stale = self
            .roles
            .iter()
            .any(|role| arn_of(&role.name) == principal && role.created > *created);
        let tags: Vec<_> = tags.iter().filter(|(key, _)| !key.ends_with(":create")).collect();
        format!("{principal} {arn} {groups:?} {user_name} {tags:?} {policies:?} {made_by:?} {role_id} {is_stale}")
    }

    pub fn role_arn(&self) -> String {
        arn_of(&self.roles.last().unwrap().name)
    }

    /// The entry of the role that is there now.
    pub fn entry(&self) -> Option<&Entry> {
        self.entries.get(&self.role_arn())
    }

    /// What other hands do with the AWS CLI.
    pub fn make_entry_of_others(&mut self) {
        let body = json!({ "principalArn": self.role_arn(), "kubernetesGroups": ["theirs"], "tags": { "cost": "7" } });
        let answer = self.create(Hand::Other, &body);
        assert!(answer.is_success(), "{answer:?}");
        let entry = self.entry().expect("it was made").clone();
        let gift = Gift {
            made: true,
            groups: entry.groups,
            tags: entry.tags,
            policies: BTreeSet::new(),
        };
        self.gifts.insert(entry.arn, gift);
        self.associate_elsewhere("AmazonEKSEditPolicy");
    }

    pub fn associate_elsewhere(&mut self, policy: &str) {
        let principal = self.role_arn();
        let body = json!({ "policyArn": policy_arn(policy), "accessScope": { "type": "cluster", "namespaces": [] } });
        self.associate(Hand::Other, &principal, &body);
        let arn = self.entries[&principal].arn.clone();
        self.gifts.entry(arn).or_default().policies.insert(policy.to_owned());
    }

    /// The entry of the role that is there now; where it has none, that of an earlier one.
    pub fn delete_elsewhere(&mut self) {
        let principals = [self.role_arn()]
            .into_iter()
            .chain(self.entries.keys().cloned())
            .collect::<Vec<_>>();
        if let Some(entry) = principals.iter().find_map(|principal| self.entries.remove(principal)) {
            self.gifts.remove(&entry.arn);
        }
    }

    /// What others have put on any entry.
    pub fn all_gifts(&self) -> Gift {
        let mut all = Gift::default();
        for gift in self.gifts.values().cloned() {
            all.groups.extend(gift.groups);
            all.policies.extend(gift.policies);
            all.tags.extend(gift.tags);
        }
        all
    }

    /// Answers a call, as AWS would, by what is there now.
    pub fn answer(&mut self, call: &Call) -> Answer {
        let name = |at: usize| call.names.get(at).map_or("", String::as_str);
        if self.refuses.contains(&call.operation) {
            return Answer::error(403, "AccessDeniedException", "not authorized to perform this");
        }
        match call.operation {
            "GetCallerIdentity" => caller_identity(),
            "ListRoles" => self.list_roles(),
            "GetRole" => self.get_role(name(0)),
            "ListAccessPolicies" => list_access_policies(),
            "DescribeCluster" => self.describe_cluster(),
            "ListAccessEntries" => self.list_entries(),
            "CreateAccessEntry" => self.create(Hand::Provider, &call.body),
            "DescribeAccessEntry" => self.on_visible(name(0), |principal, entry| described(principal, entry)),
            "ListAssociatedAccessPolicies" => self.on_visible(name(0), |_, entry| associations(entry)),
            "UpdateAccessEntry" => self.update(name(0), &call.body),
            "AssociateAccessPolicy" => self.associate(Hand::Provider, name(0), &call.body),
            "DisassociateAccessPolicy" => self.disassociate(name(0), name(1)),
            "DeleteAccessEntry" => self.delete(name(0)),
            "TagResource" | "UntagResource" => self.tag(call),
            "GetConfigMap" => self.get_config_map(),
            "CreateConfigMap" => self.create_config_map(&call.body),
            "UpdateConfigMap" => self.update_config_map(&call.body),
            other => panic!("no such operation: {other}"),
        }
    }

    fn wrote(&mut self, by: Hand, operation: &'static str, on: &str) {
        let held = self.entries.values().flat_map(|entry| entry.policies.keys().cloned()).collect();
        self.writes.push(Write {
            by,
            operation,
            on: on.to_owned(),
            held,
        });
    }

    fn list_roles(&self) -> Answer {
        let members: String = self
            .roles
            .iter()
            .map(|role| format!("<member>{}</member>", role_members(role)))
            .collect();
        iam("ListRoles", &format!("<IsTruncated>false</IsTruncated><Roles>{members}</Roles>"))
    }

    fn get_role(&self, name: &str) -> Answer {
        match self.roles.iter().find(|role| role.name == name) {
            Some(role) => iam("GetRole", &format!("<Role>{}</Role>", role_members(role))),
            None => Answer::query_error(404, "NoSuchEntity", &format!("The role with name {name} cannot be found.")),
        }
    }

    fn describe_cluster(&self) -> Answer {
        Answer::json(json!({ "cluster": {
            "name": CLUSTER, "arn": format!("arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{CLUSTER}"), "createdAt": BEGINNING, "version": "1.33",
            "platformVersion": "eks.9", "status": "ACTIVE", "endpoint": "https://cluster.example", "tags": {},
            "accessConfig": { "authenticationMode": self.mode },
            "certificateAuthority": { "data": "LS0t" },
        } }))
    }

    fn list_entries(&self) -> Answer {
        let seen: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.visible <= self.now)
            .map(|(arn, _)| arn)
            .collect();
        Answer::json(json!({ "accessEntries": seen, "nextToken": null }))
    }

    fn refuses_entries(&self) -> Option<Answer> {
        let text = "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.";
        (self.mode == "CONFIG_MAP").then(|| Answer::error(400, "InvalidRequestException", text))
    }

    fn create(&mut self, by: Hand, body: &Value) -> Answer {
        if let Some(refusal) = self.refuses_entries() {
            return refusal;
        }
        let principal = text(&body["principalArn"]);
        let token = text(&body["clientRequestToken"]);
        if let Some(entry) = self.entries.get(&principal) {
            if !token.is_empty() && self.tokens.get(&token) == Some(&entry.arn) {
                return described(&principal, entry);
            }
            return Answer::error(
                409,
                "ResourceInUseException",
                "The specified access entry resource is already in use on this cluster.",
            );
        }
        let Some(role) = self.roles.iter().find(|role| arn_of(&role.name) == principal).cloned() else {
            let text = format!("The specified principalArn is invalid: invalid principal. {principal}");
            return Answer::error(400, "InvalidParameterException", &text);
        };
        let number = self.number();
        let hidden = if self.hides_new_entries && by == Hand::Provider {
            HIDDEN
        } else {
            0.0
        };
        let mut entry = Entry {
            arn: format!(
                "arn:aws:eks:{REGION}:{ACCOUNT}:access-entry/{CLUSTER}/role/{ACCOUNT}/{}/{number:032x}",
                role.name
            ),
            groups: BTreeSet::new(),
            user_name: String::new(),
            tags: texts(&body["tags"]),
            policies: BTreeMap::new(),
            made_by: by,
            role_id: role.id,
            created: self.now,
            visible: self.now + hidden,
        };
        set_identity(&mut entry, &role.name, body);
        let answer = described(&principal, &entry);
        self.tokens.insert(token, entry.arn.clone());
        let arn = entry.arn.clone();
        self.entries.insert(principal, entry);
        self.wrote(by, "CreateAccessEntry", &arn);
        answer
    }

    fn on_visible(&mut self, principal: &str, answer: impl FnOnce(&str, &mut Entry) -> Answer) -> Answer {
        if let Some(refusal) = self.refuses_entries() {
            return refusal;
        }
        let now = self.now;
        match self.entries.get_mut(principal).filter(|entry| entry.visible <= now) {
            Some(entry) => answer(principal, entry),
            None => no_entry(),
        }
    }

    fn change(&mut self, by: Hand, operation: &'static str, principal: &str, change: impl FnOnce(&str, &mut Entry) -> Answer) -> Answer {
        let answer = self.on_visible(principal, change);
        if answer.is_success() {
            let arn = self.entries[principal].arn.clone();
            self.wrote(by, operation, &arn);
        }
        answer
    }

    fn update(&mut self, principal: &str, body: &Value) -> Answer {
        let name = principal.rsplit('/').next().unwrap_or_default().to_owned();
        self.change(Hand::Provider, "UpdateAccessEntry", principal, |principal, entry| {
            set_identity(entry, &name, body);
            described(principal, entry)
        })
    }

    fn associate(&mut self, by: Hand, principal: &str, body: &Value) -> Answer {
        self.change(by, "AssociateAccessPolicy", principal, |principal, entry| {
            let (arn, scope) = (text(&body["policyArn"]), scope_text(&body["accessScope"]));
            entry.policies.insert(policy_name(&arn), scope.clone());
            Answer::json(json!({ "clusterName": CLUSTER, "principalArn": principal, "associatedAccessPolicy": association(&arn, &scope) }))
        })
    }

    fn disassociate(&mut self, principal: &str, arn: &str) -> Answer {
        self.change(Hand::Provider, "DisassociateAccessPolicy", principal, |_, entry| {
            match entry.policies.remove(&policy_name(arn)) {
                Some(_) => Answer::json(json!({})),
                None => Answer::error(404, "ResourceNotFoundException", "The specified policyArn could not be found."),
            }
        })
    }

    /// EKS deletes also what it does not show yet.
    fn delete(&mut self, principal: &str) -> Answer {
        if let Some(refusal) = self.refuses_entries() {
            return refusal;
        }
        match self.entries.remove(principal) {
            Some(entry) => {
                self.wrote(Hand::Provider, "DeleteAccessEntry", &entry.arn);
                Answer::json(json!({}))
            }
            None => no_entry(),
        }
    }

    fn tag(&mut self, call: &Call) -> Answer {
        let arn = call.names[0].clone();
        let Some(entry) = self.entries.values_mut().find(|entry| entry.arn == arn) else {
            return Answer::error(404, "NotFoundException", "The specified resource could not be found.");
        };
        match call.operation {
            "TagResource" => entry.tags.extend(texts(&call.body["tags"])),
            _ => entry.tags.retain(|key, _| !call.names[1..].contains(key)),
        }
        self.wrote(Hand::Provider, call.operation, &arn);
        Answer::json(json!({}))
    }

    fn get_config_map(&self) -> Answer {
        match &self.aws_auth {
            Some((version, data)) => config_map(200, *version, data),
            None => Answer::status(404, "NotFound", "configmaps \"aws-auth\" not found"),
        }
    }

    fn create_config_map(&mut self, body: &Value) -> Answer {
        if self.aws_auth.is_some() {
            return Answer::status(409, "AlreadyExists", "configmaps \"aws-auth\" already exists");
        }
        self.write_config_map(Hand::Provider, "CreateConfigMap", 201, &body["data"])
    }

    fn update_config_map(&mut self, body: &Value) -> Answer {
        let Some((version, _)) = &self.aws_auth else {
            return Answer::status(404, "NotFound", "configmaps \"aws-auth\" not found");
        };
        let based_on = text(&body["metadata"]["resourceVersion"]);
        if !based_on.is_empty() && based_on != version.to_string() {
            let text = "Operation cannot be fulfilled on configmaps \"aws-auth\": the object has been modified";
            return Answer::status(409, "Conflict", text);
        }
        self.write_config_map(Hand::Provider, "UpdateConfigMap", 200, &body["data"])
    }

    fn write_config_map(&mut self, by: Hand, operation: &'static str, status: u16, data: &Value) -> Answer {
        let version = self.number();
        let data = data.as_object().cloned().unwrap_or_default();
        let answer = config_map(status, version, &data);
        self.aws_auth = Some((version, data));
        self.wrote(by, operation, "aws-auth");
        answer
    }

    /// The text of `mapRoles`.
    pub fn map_roles(&self) -> String {
        self.aws_auth.as_ref().map_or_else(String::new, |(_, data)| text(&data["mapRoles"]))
    }

    pub fn write_map_roles(&mut self, text: &str) {
        self.write_config_map(Hand::Other, "UpdateConfigMap", 200, &json!({ "mapRoles": text }));
    }

    pub fn add_row_elsewhere(&mut self) {
        let number = self.number();
        let text = format!(
            "{}- rolearn: arn:aws:iam::{ACCOUNT}:role/late{number}\n  username: late\n",
            self.map_roles()
        );
        self.write_map_roles(&text);
    }

    pub fn pass(&mut self, time: Duration) {
        self.now += time.as_secs_f64();
    }
}

pub fn arn_of(role: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/{REGION}/{role}")
}

/// A time as AWS tells it.
fn at(seconds: f64) -> f64 {
    BEGINNING as f64 + seconds
}

fn policy_arn(name: &str) -> String {
    format!("arn:aws:eks::aws:cluster-access-policy/{name}")
}

fn policy_name(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or_default().to_owned()
}

/// What is left out goes back to its default, also with an update.
fn set_identity(entry: &mut Entry, role: &str, body: &Value) {
    let groups = body["kubernetesGroups"].as_array().cloned().unwrap_or_default();
    entry.groups = groups.iter().map(text).collect();
    entry.user_name = match body["username"].as_str() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{{{{SessionName}}}}"),
    };
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> BTreeMap<String, String> {
    value
        .as_object()
        .map(|members| members.iter().map(|(key, value)| (key.clone(), text(value))).collect())
        .unwrap_or_default()
}

// Answers.

fn no_entry() -> Answer {
    let text = "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.";
    Answer::error(404, "ResourceNotFoundException", text)
}

fn described(principal: &str, entry: &Entry) -> Answer {
    Answer::json(json!({ "accessEntry": {
        "clusterName": CLUSTER, "principalArn": principal, "kubernetesGroups": entry.groups, "accessEntryArn": entry.arn,
        "createdAt": at(entry.created), "modifiedAt": at(entry.created), "tags": entry.tags,
        "username": entry.user_name, "type": "STANDARD",
    } }))
}

fn associations(entry: &Entry) -> Answer {
    let all: Vec<_> = entry
        .policies
        .iter()
        .map(|(name, scope)| association(&policy_arn(name), scope))
        .collect();
    Answer::json(json!({ "associatedAccessPolicies": all, "clusterName": CLUSTER, "nextToken": null }))
}

fn scope_text(scope: &Value) -> String {
    let namespaces = scope["namespaces"].as_array().cloned().unwrap_or_default();
    match scope["type"].as_str() {
        Some("cluster") => "cluster".to_owned(),
        _ => namespaces.iter().map(text).collect::<Vec<_>>().join(" "),
    }
}

fn association(arn: &str, scope: &str) -> Value {
    let scope = match scope {
        "cluster" => json!({ "type": "cluster", "namespaces": [] }),
        namespaces => json!({ "type": "namespace", "namespaces": namespaces.split(' ').collect::<Vec<_>>() }),
    };
    json!({ "policyArn": arn, "accessScope": scope, "associatedAt": BEGINNING, "modifiedAt": BEGINNING })
}

fn list_access_policies() -> Answer {
    let all: Vec<_> = POLICIES
        .iter()
        .map(|name| json!({ "name": name, "arn": policy_arn(name) }))
        .collect();
    Answer::json(json!({ "accessPolicies": all, "nextToken": null }))
}

fn config_map(status: u16, version: u64, data: &Map<String, Value>) -> Answer {
    let metadata = json!({ "name": "aws-auth", "namespace": "kube-system", "resourceVersion": version.to_string() });
    let body = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data });
    Answer {
        status,
        ..Answer::json(body)
    }
}

fn caller_identity() -> Answer {
    let result = format!("<Arn>arn:aws:iam::{ACCOUNT}:user/test</Arn><UserId>AIDATEST</UserId><Account>{ACCOUNT}</Account>");
    query("https://sts.amazonaws.com/doc/2011-06-15/", "GetCallerIdentity", &result)
}

fn iam(operation: &str, result: &str) -> Answer {
    query("https://iam.amazonaws.com/doc/2010-05-08/", operation, result)
}

fn query(namespace: &str, operation: &str, result: &str) -> Answer {
    Answer::xml(format!(
        "<{operation}Response xmlns=\"{namespace}\"><{operation}Result>{result}</{operation}Result><ResponseMetadata>\
         <RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata></{operation}Response>"
    ))
}

fn role_members(role: &Role) -> String {
    let created = aws_smithy_types::DateTime::from_secs_f64(at(role.created).floor());
    let created = created.fmt(aws_smithy_types::date_time::Format::DateTime).unwrap();
    let Role { name, id, .. } = role;
    let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B\
                 %22Federated%22%3A%22arn%3Aaws%3Aiam%3A%3A111122223333%3Asaml-provider%2FAWSSSO_0123456789abcdef_DO_NOT_DELETE%22%7D%2C\
                 %22Action%22%3A%22sts%3AAssumeRoleWithSAML%22%7D%5D%7D";
    format!(
        "<Path>/aws-reserved/sso.amazonaws.com/{REGION}/</Path><RoleName>{name}</RoleName><RoleId>{id}</RoleId><Arn>{}</Arn>\
         <CreateDate>{created}</CreateDate><AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument><MaxSessionDuration>28800</MaxSessionDuration>",
        arn_of(name)
    )
}
