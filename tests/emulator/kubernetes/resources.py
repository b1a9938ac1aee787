"""The kinds of objects that the API serves, and the discovery documents that list them."""

from dataclasses import dataclass

RBAC = "rbac.authorization.k8s.io"
ALL_VERBS = "create delete deletecollection get list patch update".split()


@dataclass(frozen=True)
class Resource:
    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    short_names: tuple = ()
    # Only asked, never stored.
    review: bool = False

    @property
    def api_version(self):
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self):
        """As in messages: "roles.rbac.authorization.k8s.io", but "pods"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def describe(self):
        return {
            "name": self.plural,
            "singularName": self.kind.lower(),
            "namespaced": self.namespaced,
            "kind": self.kind,
            "verbs": ["create"] if self.review else ALL_VERBS,
            "shortNames": list(self.short_names),
        }


NAMESPACES = Resource("", "v1", "namespaces", "Namespace", False, ("ns",))
NODES = Resource("", "v1", "nodes", "Node", False, ("no",))
CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap", True, ("cm",))
SERVICE_ACCOUNTS = Resource("", "v1", "serviceaccounts", "ServiceAccount", True, ("sa",))
ROLES = Resource(RBAC, "v1", "roles", "Role", True)
ROLE_BINDINGS = Resource(RBAC, "v1", "rolebindings", "RoleBinding", True)
CLUSTER_ROLES = Resource(RBAC, "v1", "clusterroles", "ClusterRole", False)
CLUSTER_ROLE_BINDINGS = Resource(RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", False)
WHO_AM_I = Resource(
    "authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", False, review=True
)
MAY_I = Resource(
    "authorization.k8s.io",
    "v1",
    "selfsubjectaccessreviews",
    "SelfSubjectAccessReview",
    False,
    review=True,
)
MY_RULES = Resource(
    "authorization.k8s.io",
    "v1",
    "selfsubjectrulesreviews",
    "SelfSubjectRulesReview",
    False,
    review=True,
)

RESOURCES = (
    NAMESPACES,
    NODES,
    CONFIG_MAPS,
    Resource("", "v1", "pods", "Pod", True, ("po",)),
    Resource("", "v1", "secrets", "Secret", True),
    SERVICE_ACCOUNTS,
    Resource("apps", "v1", "deployments", "Deployment", True, ("deploy",)),
    ROLES,
    ROLE_BINDINGS,
    CLUSTER_ROLES,
    CLUSTER_ROLE_BINDINGS,
    WHO_AM_I,
    MAY_I,
    MY_RULES,
)
_BY_PLURAL = {(r.group, r.version, r.plural): r for r in RESOURCES}
GROUP_VERSIONS = tuple(dict.fromkeys((r.group, r.version) for r in RESOURCES))


def find(group, version, plural):
    return _BY_PLURAL.get((group, version, plural))


def of_group(group, version):
    return [r for r in RESOURCES if (r.group, r.version) == (group, version)]
