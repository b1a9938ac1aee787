"""May this user do that: RBAC objects of the cluster, and access policies of the entry."""

import re

from kubernetes import builtin_roles, resources
from kubernetes.identity import MASTERS

SERVICE_ACCOUNT = "system:serviceaccount:"


def allows(user, request, store):
    if MASTERS in user.groups:
        return True
    return any(_rule_allows(rule, request) for rule in _all_rules(user, request, store))


def _all_rules(user, request, store):
    yield from rbac_rules(user, request.namespace, store)
    for policy in user.policies:
        yield from _policy_rules(policy, request)


def _policy_rules(policy, request):
    name = policy["policyArn"].rsplit("/", 1)[-1]
    scope = policy["accessScope"]
    if scope["type"] == "namespace":
        if not any(_matches(pattern, request.namespace) for pattern in scope["namespaces"]):
            return []
    return builtin_roles.POLICIES.get(name, [])


def _matches(pattern, namespace):
    """Only "*" is special, and no pattern is for cluster-wide requests."""
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    return bool(namespace) and re.fullmatch(expression, namespace) is not None


def rbac_rules(user, namespace, store):
    """The rules of all roles that are bound to the user, cluster-wide or in the namespace."""
    for binding in store.list(resources.CLUSTER_ROLE_BINDINGS, ""):
        if _binds(binding, user):
            yield from _role_rules(binding, "", store)
    if not namespace:
        return
    for binding in store.list(resources.ROLE_BINDINGS, namespace):
        if _binds(binding, user):
            for rule in _role_rules(binding, namespace, store):
                if "nonResourceURLs" not in rule:
                    yield rule


def _binds(binding, user):
    return any(_is_subject(subject, user, binding) for subject in binding.get("subjects") or [])


def _is_subject(subject, user, binding):
    kind, name = subject.get("kind"), subject.get("name")
    if kind == "Group":
        return name in user.groups
    if kind == "ServiceAccount":
        namespace = subject.get("namespace") or binding["metadata"].get("namespace", "")
        return user.name == f"{SERVICE_ACCOUNT}{namespace}:{name}"
    return kind == "User" and name == user.name


def _role_rules(binding, namespace, store):
    reference = binding.get("roleRef") or {}
    if reference.get("kind") == "ClusterRole":
        role = store.get(resources.CLUSTER_ROLES, "", reference.get("name"))
    else:
        role = store.get(resources.ROLES, namespace, reference.get("name"))
    return (role or {}).get("rules") or []


def _rule_allows(rule, request):
    if not _has(rule.get("verbs"), request.verb):
        return False
    if request.resource is None:
        return any(_url_matches(url, request.path) for url in rule.get("nonResourceURLs") or [])
    if not _has(rule.get("apiGroups"), request.group):
        return False
    if not _has_resource(rule.get("resources") or [], request.resource_and_subresource):
        return False
    names = rule.get("resourceNames") or []
    return not names or request.name in names


def _has(values, value):
    return bool(values) and ("*" in values or value in values)


def _has_resource(values, wanted):
    plural, _, subresource = wanted.partition("/")
    return _has(values, wanted) or bool(subresource) and f"*/{subresource}" in values


def _url_matches(pattern, path):
    return pattern in ("*", path) or pattern.endswith("*") and path.startswith(pattern[:-1])
