"""kubectl's --as and --as-group: the request is then another user's, without access policies."""

from types import SimpleNamespace

from kubernetes import authorization
from kubernetes.authorization import SERVICE_ACCOUNT
from kubernetes.identity import AUTHENTICATED, User
from kubernetes.resources import SERVICE_ACCOUNTS
from kubernetes.statuses import forbidden


def of_request(user, request, store):
    """The user whom the request is to be taken for, if this one may take their place."""
    name = request.headers.get("Impersonate-User")
    if not name:
        return user
    groups = request.headers.get_all("Impersonate-Group") or []
    for plural, wanted in (("users", name), *(("groups", group) for group in groups)):
        asked = _asked(plural, wanted)
        if not authorization.allows(user, asked, store):
            raise forbidden(user, asked)
    return User(name, (*groups, AUTHENTICATED))


def _asked(plural, name):
    namespace = ""
    if plural == "users" and name.startswith(SERVICE_ACCOUNT):
        namespace, name = name.removeprefix(SERVICE_ACCOUNT).split(":", 1)
        plural = SERVICE_ACCOUNTS.plural
    return SimpleNamespace(
        verb="impersonate",
        group="",
        namespace=namespace,
        name=name,
        resource=SimpleNamespace(plural=plural, qualified=plural, group=""),
        resource_and_subresource=plural,
    )
