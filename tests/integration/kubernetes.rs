//! The Kubernetes API of the world's cluster, by the emulator's control endpoints: what is there, what was asked, and what
//! goes wrong.

use crate::emulator::{CLUSTER, REGION, World, delete, get, post, put};
use serde_json::{Value, json};

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
