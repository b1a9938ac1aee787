"""The objects of one cluster, and their resource versions."""

import copy
import itertools
import time
import uuid

from kubernetes import builtin_roles, resources
from kubernetes.statuses import conflict, exists, not_found

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


class Store:
    def __init__(self, region):
        # (resource, namespace, name) -> object.
        self._objects = {}
        self._versions = itertools.count(1001)
        self.version = "1000"
        for namespace in NAMESPACES:
            self.create(resources.NAMESPACES, "", _named(namespace))
        self.create(resources.NODES, "", _node(region))
        self._add_roles()

    def _add_roles(self):
        for name, rules in builtin_roles.CLUSTER_ROLES.items():
            role = {**_named(name, _BOOTSTRAP), "rules": copy.deepcopy(rules)}
            self.create(resources.CLUSTER_ROLES, "", role)
        for name, group in builtin_roles.CLUSTER_ROLE_BINDINGS.items():
            self.create(resources.CLUSTER_ROLE_BINDINGS, "", _binding(name, group))

    def get(self, resource, namespace, name):
        """The object, or None. Not a copy: change it through replace only."""
        return self._objects.get((resource, namespace, name))

    def find(self, resource, namespace, name):
        found = self.get(resource, namespace, name)
        if found is None:
            raise not_found(resource, name)
        return found

    def list(self, resource, namespace):
        """In the order of namespace and name; no namespace means all of them."""
        keys = [k for k in list(self._objects) if k[0] is resource and namespace in ("", k[1])]
        return [self._objects[key] for key in sorted(keys, key=lambda key: key[1:])]

    def create(self, resource, namespace, given, dry_run=False):
        new = _complete(resource, given)
        metadata = new["metadata"]
        if metadata.get("generateName") and not metadata.get("name"):
            metadata["name"] = metadata["generateName"] + uuid.uuid4().hex[:5]
        name = metadata["name"]
        if (resource, namespace, name) in self._objects:
            raise exists(resource, name)
        if resource.namespaced:
            metadata["namespace"] = namespace
        metadata["uid"] = str(uuid.uuid4())
        metadata["creationTimestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        metadata.pop("resourceVersion", None)
        if resource is resources.NAMESPACES:
            new["status"] = {"phase": "Active"}
            metadata.setdefault("labels", {})["kubernetes.io/metadata.name"] = name
        if dry_run:
            return new
        self._put(resource, namespace, name, new)
        if resource is resources.NAMESPACES:
            self.create(resources.SERVICE_ACCOUNTS, name, _named("default"))
        return new

    def replace(self, resource, namespace, name, given, dry_run=False):
        """A resource version in the new object must be that of the old one."""
        old = self.find(resource, namespace, name)
        new = _complete(resource, given)
        check_current(resource, old, new["metadata"])
        for member in ("name", "namespace", "uid", "creationTimestamp", "resourceVersion"):
            if member in old["metadata"]:
                new["metadata"][member] = old["metadata"][member]
        if dry_run or new == old:
            return new
        self._put(resource, namespace, name, new)
        return new

    def _put(self, resource, namespace, name, new):
        self.version = new["metadata"]["resourceVersion"] = str(next(self._versions))
        self._objects[resource, namespace, name] = new

    def delete(self, resource, namespace, name):
        removed = self.find(resource, namespace, name)
        del self._objects[resource, namespace, name]
        if resource is resources.NAMESPACES:
            for key in [key for key in self._objects if key[1] == name]:
                del self._objects[key]
        self.version = str(next(self._versions))
        return removed


def check_current(resource, old, expected):
    """`expected` names the version and uid that the object must still have, if any."""
    metadata = old["metadata"]
    version, uid = expected.get("resourceVersion"), expected.get("uid")
    if uid and uid != metadata["uid"]:
        why = (
            f"Precondition failed: UID in precondition: {uid}, UID in object meta: "
            f"{metadata['uid']}"
        )
        raise conflict(resource, metadata["name"], why)
    if version and version != metadata["resourceVersion"]:
        raise conflict(resource, metadata["name"])


def _complete(resource, given):
    new = copy.deepcopy(given)
    new["apiVersion"], new["kind"] = resource.api_version, resource.kind
    new.setdefault("metadata", {})
    return new


_BOOTSTRAP = {"kubernetes.io/bootstrapping": "rbac-defaults"}


def _named(name, labels=None):
    return {"metadata": {"name": name, **({"labels": dict(labels)} if labels else {})}}


def _binding(name, group):
    return {
        **_named(name, _BOOTSTRAP),
        "roleRef": {"apiGroup": resources.RBAC, "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": resources.RBAC, "kind": "Group", "name": group}],
    }


def _node(region):
    return {
        **_named(f"ip-10-0-1-10.{region}.compute.internal", {"kubernetes.io/os": "linux"}),
        "spec": {},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }
