//! The Kubernetes API of the world's cluster, by the emulator's control endpoints: what is there, what was asked, and what
//! goes wrong.

use crate::emulator::{CLUSTER, REGION, World, delete, get, post, put, venv};
use base64::Engine;
use serde_json::{Value, json};
use std::process::Command;

pub const AWS_AUTH: &str = "/api/v1/namespaces/kube-system/configmaps/aws-auth";

/// An aws-auth as clusters with node groups have it, written by several hands.
pub const OTHERS: &str = "\
# Nodes: do not touch.
- groups:
  - system:bootstrappers
  - system:nodes
  rolearn: arn:aws:iam::111122223333:role/nodes   # eksctl
  username: system:node:{{EC2PrivateDNSName}}

- rolearn: \"arn:aws:iam::111122223333:role/ci\"
  username: ci
  groups: [deployers]   # pipelines
";

impl World {
    fn place(&self) -> Value {
        json!({ "account": self.member, "region": REGION, "cluster": CLUSTER })
    }

    fn query(&self) -> String {
        format!("account={}&region={REGION}&cluster={CLUSTER}", self.member)
    }

    /// aws-auth, whole; `None` where there is none.
    pub fn aws_auth(&self) -> Option<Value> {
        let path = AWS_AUTH.replace("/aws-auth", "");
        let list = get(&format!("kubernetes?{}&path={path}", self.query()));
        let items = list["items"].as_array().unwrap().clone();
        items.into_iter().find(|item| item["metadata"]["name"] == "aws-auth")
    }

    /// The text of mapRoles.
    #[track_caller]
    pub fn map_roles(&self) -> String {
        let map = self.aws_auth().expect("there is no aws-auth");
        map["data"]["mapRoles"].as_str().unwrap_or_default().to_owned()
    }

    /// Writes mapRoles by other hands.
    pub fn write_map_roles(&self, text: &str) {
        self.write_aws_auth(json!({ "mapRoles": text }));
    }

    pub fn write_aws_auth(&self, data: Value) {
        let object = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": { "name": "aws-auth", "namespace": "kube-system", "labels": { "team": "platform" } },
            "data": data,
        });
        let mut body = self.place();
        body["path"] = AWS_AUTH.into();
        body["object"] = object;
        put("kubernetes", body);
    }

    pub fn delete_aws_auth(&self) {
        delete(&format!("kubernetes?{}&path={AWS_AUTH}", self.query()));
    }

    /// Requests to the Kubernetes API since the last [`Self::forget_kubernetes_requests`].
    pub fn kubernetes_requests(&self) -> Vec<Value> {
        let log = get(&format!("kubernetes-requests?{}", self.query()));
        log["requests"].as_array().unwrap().clone()
    }

    /// Their methods, in order.
    pub fn kubernetes_methods(&self) -> Vec<String> {
        let requests = self.kubernetes_requests();
        requests
            .iter()
            .map(|request| request["method"].as_str().unwrap().to_owned())
            .collect()
    }

    pub fn forget_kubernetes_requests(&self) {
        delete(&format!("kubernetes-requests?{}", self.query()));
    }

    /// Makes requests to the Kubernetes API fail, hang, lose their answer, or come after another writer's.
    pub fn kubernetes_fault(&self, rule: Value) {
        let mut body = self.place();
        body["rules"] = json!([rule]);
        post("kubernetes-faults", body);
    }

    pub fn clear_kubernetes_faults(&self) {
        delete(&format!("kubernetes-faults?{}", self.query()));
    }

    /// Opens or closes the port of the API; answers its URL.
    pub fn kubernetes_reachable(&self, reachable: bool) -> String {
        let mut body = self.place();
        body["reachable"] = reachable.into();
        post("kubernetes-endpoint", body)["endpoint"].as_str().unwrap().to_owned()
    }
}

/// The ARN of a role as aws-auth wants it.
pub fn without_path(arn: &str) -> String {
    let (before, name) = (arn.split("role/").next().unwrap(), arn.rsplit('/').next().unwrap());
    format!("{before}role/{name}")
}

impl World {
    /// Who a person of a permission set is for the cluster, as kubectl says it: user name and groups.
    #[track_caller]
    pub fn whoami(&self, permission_set: &str, person: &str) -> Value {
        let dir = tempfile::tempdir().unwrap();
        let authority = dir.path().join("ca.pem");
        let api = post("kubernetes-endpoint", self.place());
        let pem = base64::engine::general_purpose::STANDARD.decode(api["certificate_authority"].as_str().unwrap());
        std::fs::write(&authority, pem.unwrap()).unwrap();
        let output = Command::new("kubectl")
            .args(["auth", "whoami", "-o", "json", "--server", api["endpoint"].as_str().unwrap()])
            .args(["--token", &self.token_of(permission_set, person), "--certificate-authority"])
            .arg(&authority)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("HOME", dir.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl auth whoami: {text}");
        let review: Value = serde_json::from_slice(&output.stdout).unwrap();
        let user = &review["status"]["userInfo"];
        let mut groups: Vec<_> = user["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group.as_str().unwrap())
            .collect();
        groups.sort_unstable();
        json!({ "username": user["username"], "groups": groups })
    }

    /// The token that `aws eks get-token` makes with a session of the permission set's role.
    fn token_of(&self, permission_set: &str, person: &str) -> String {
        let arn = self.role_arn(permission_set);
        let assumed = self.aws(&["sts", "assume-role", "--role-arn", &arn, "--role-session-name", person]);
        let key = |name: &str| assumed["Credentials"][name].as_str().unwrap().to_owned();
        let output = Command::new(venv("aws"))
            .args(["eks", "get-token", "--cluster-name", CLUSTER, "--output", "json"])
            .env_clear()
            .envs(self.credentials(&self.member))
            .env("AWS_ACCESS_KEY_ID", key("AccessKeyId"))
            .env("AWS_SECRET_ACCESS_KEY", key("SecretAccessKey"))
            .env("AWS_SESSION_TOKEN", key("SessionToken"))
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .output()
            .unwrap();
        let credential: Value = serde_json::from_slice(&output.stdout).unwrap();
        credential["status"]["token"].as_str().unwrap().to_owned()
    }
}
