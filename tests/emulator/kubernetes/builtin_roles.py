"""Rules of the ClusterRoles and access policies that every cluster has, in short.

Real clusters have more rules; these name the resources that tests ask about.
"""

from kubernetes.identity import AUTHENTICATED, MASTERS
from kubernetes.resources import RBAC

READ = ["get", "list", "watch"]
WRITE = ["create", "delete", "deletecollection", "patch", "update"]


def _rule(groups, resources, verbs):
    return {"apiGroups": groups.split(","), "resources": resources.split(), "verbs": verbs}


_CORE = (
    "configmaps endpoints persistentvolumeclaims pods replicationcontrollers serviceaccounts "
    "services"
)
_READ_ONLY = (
    "bindings events limitranges namespaces namespaces/status pods/log pods/status resourcequotas"
)
_APPS = "daemonsets deployments deployments/scale replicasets statefulsets"
_CONNECT = "pods/attach pods/exec pods/portforward pods/proxy services/proxy"

ALL = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
EVERYTHING = [*ALL, {"nonResourceURLs": ["*"], "verbs": ["*"]}]
VIEW = [
    _rule("", f"{_CORE} {_READ_ONLY}", READ),
    _rule("apps", _APPS, READ),
    _rule("batch", "cronjobs jobs", READ),
    _rule("autoscaling", "horizontalpodautoscalers", READ),
    _rule("networking.k8s.io", "ingresses networkpolicies", READ),
]
EDIT = [
    *VIEW,
    _rule("", "secrets", READ),
    _rule("", _CONNECT, ["get"]),
    _rule("", f"{_CORE} secrets", WRITE),
    _rule("", f"{_CONNECT} serviceaccounts/token", ["create"]),
    _rule("", "serviceaccounts", ["impersonate"]),
    _rule("apps", _APPS, WRITE),
    _rule("batch", "cronjobs jobs", WRITE),
    _rule("autoscaling", "horizontalpodautoscalers", WRITE),
    _rule("networking.k8s.io", "ingresses networkpolicies", WRITE),
]
ADMIN = [
    *EDIT,
    _rule(RBAC, "roles rolebindings", READ + WRITE),
    _rule("authorization.k8s.io", "localsubjectaccessreviews", ["create"]),
]
READ_ALL = [{"apiGroups": ["*"], "resources": ["*"], "verbs": READ}]
SECRETS_READER = [_rule("", "secrets", READ)]
SECRETS_ADMIN = [_rule("", "secrets", READ + WRITE)]

POLICIES = {
    "AmazonEKSClusterAdminPolicy": EVERYTHING,
    "AmazonEKSAdminPolicy": ADMIN,
    "AmazonEKSEditPolicy": EDIT,
    "AmazonEKSViewPolicy": VIEW,
    "AmazonEKSAdminViewPolicy": READ_ALL,
    "AmazonEKSSecretReaderPolicy": SECRETS_READER,
    "AmazonEKSSecretAdminPolicy": SECRETS_ADMIN,
}

_HEALTH = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
_DISCOVERY = [*_HEALTH, "/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"]
_SELF = [
    _rule("authentication.k8s.io", "selfsubjectreviews", ["create"]),
    _rule(
        "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews", ["create"]
    ),
]
CLUSTER_ROLES = {
    "cluster-admin": EVERYTHING,
    "admin": ADMIN,
    "edit": EDIT,
    "view": VIEW,
    "system:basic-user": _SELF,
    "system:discovery": [{"nonResourceURLs": _DISCOVERY, "verbs": ["get"]}],
}
# ClusterRoleBinding (of the ClusterRole of the same name) -> group.
CLUSTER_ROLE_BINDINGS = {
    "cluster-admin": MASTERS,
    "system:basic-user": AUTHENTICATED,
    "system:discovery": AUTHENTICATED,
}
