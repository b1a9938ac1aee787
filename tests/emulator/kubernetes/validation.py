"""What the server checks of an object before it stores it."""

import re

from kubernetes import resources
from kubernetes.statuses import bad_request, invalid, not_found

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
RBAC_NAME = re.compile(r"[^/%]+")
RFC_1123 = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character"
)


def check(request, new, store):
    """The object of a POST, PUT or PATCH."""
    resource = request.resource
    if not isinstance(new, dict):
        raise bad_request("the body of the request is not an object")
    given = new.get("apiVersion", resource.api_version), new.get("kind", resource.kind)
    if given != (resource.api_version, resource.kind):
        raise bad_request(
            f"{given[1]} in version {given[0]!r} cannot be handled as a {resource.kind}"
        )
    metadata = new.get("metadata") or {}
    _check_place(request, metadata, store)
    if resource is resources.CONFIG_MAPS:
        _check_config_map(new)


def _check_place(request, metadata, store):
    resource, name = request.resource, metadata.get("name") or request.name
    if not name and not metadata.get("generateName"):
        raise invalid(resource, "", "metadata.name", "Required value: name or generateName is required")
    if request.name and name != request.name:
        raise bad_request(
            f"the name of the object ({name}) does not match the name on the URL ({request.name})"
        )
    pattern = RBAC_NAME if resource.group == resources.RBAC else NAME
    if name and not pattern.fullmatch(name):
        raise invalid(resource, name, "metadata.name", f'Invalid value: "{name}": {RFC_1123}')
    if not resource.namespaced:
        return
    namespace = metadata.get("namespace") or request.namespace
    if namespace != request.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    if store.get(resources.NAMESPACES, "", namespace) is None:
        raise not_found(resources.NAMESPACES, namespace)


def _check_config_map(new):
    for member in ("data", "binaryData"):
        for value in (new.get(member) or {}).values():
            if not isinstance(value, str):
                raise bad_request(
                    'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot '
                    f"unmarshal {_json_type(value)} into Go struct field ConfigMap.{member} of "
                    "type string"
                )


def _json_type(value):
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return "array" if isinstance(value, list) else "object"


def check_change(request, old, new):
    """What may not change once it is there."""
    resource, name = request.resource, request.name
    if old.get("roleRef") != new.get("roleRef"):
        raise invalid(resource, name, "roleRef", "Invalid value: cannot change roleRef")
    if resource is resources.CONFIG_MAPS and old.get("immutable"):
        if old.get("data") != new.get("data") or not new.get("immutable"):
            why = "Forbidden: field is immutable when `immutable` is set"
            raise invalid(resource, name, "data", why)
