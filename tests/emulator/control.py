"""The control endpoints, /emulator/...: plain JSON, no AWS signature."""

import json
import time
from dataclasses import asdict
from urllib.parse import parse_qsl

import access_entries
import account_settings
import call_log
import clusters
import faults
import identity_center
import principals
import roles
import world
from kubernetes import control as kubernetes_control
from errors import AwsError
from moto.iam.models import iam_backends


class NotThere(Exception):
    """What the request names does not exist."""


def answer(environ):
    """Return (status, JSON-able body)."""
    handler = ROUTES.get((environ["REQUEST_METHOD"], environ["PATH_INFO"].rstrip("/")))
    if handler is None:
        return 404, {"error": "no such control endpoint"}
    try:
        return 200, handler(_arguments(environ))
    except NotThere as missing:
        return 404, {"error": str(missing)}
    except kubernetes_control.Refused as refused:
        return refused.code, {"error": str(refused)}
    except AwsError as error:
        return error.status, {"error": str(error)}
    except KeyError as missing:
        return 400, {"error": f"missing member {missing}"}
    except (TypeError, ValueError) as wrong:
        return 400, {"error": str(wrong)}


def _arguments(environ):
    arguments = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length:
        arguments.update(json.loads(environ["wsgi.input"].read(length)))
    return arguments


def ready(_):
    return {"ready": True}


# Identity Center and IAM.


def _permission_set(request):
    backend = identity_center.backend_of(request["management_account"])
    found = identity_center.permission_set_by_name(backend, request["permission_set"])
    if found is None:
        raise NotThere(f"no permission set {request['permission_set']}")
    return backend, found


def assign(request):
    backend, permission_set = _permission_set(request)
    account, manager = request["account"], request["management_account"]
    identity_center.join_organization(manager, backend.region_name, [account])
    after = request.get("after_seconds") or 0
    _, role = identity_center.assign(backend, permission_set, account, after_seconds=after)
    return world.describe_role(role) if role else {"after_seconds": after}


def unassign(request):
    backend, permission_set = _permission_set(request)
    after = request.get("after_seconds") or 0
    removed = identity_center.unassign(
        backend, permission_set, request["account"], after_seconds=after
    )
    return {"removed": len(removed)}


def reprovision(request):
    made = [roles.new_suffix(role) for role in _reserved_roles(request)]
    return world.describe_role(made[0])


def _reserved_roles(request):
    found = []
    for partition in _partitions(request):
        found += roles.reserved(request["account"], partition, request["permission_set"])
    if not found:
        raise NotThere(f"no role of permission set {request['permission_set']}")
    return found


def _partitions(request):
    """The partition that was asked for, or all that the account has been seen in."""
    if request.get("partition"):
        return [request["partition"]]
    return list(iam_backends[request["account"]])


def _role(request):
    for partition in _partitions(request):
        role = roles.by_name(request["account"], partition, request["role_name"])
        if role:
            return role
    raise NotThere(f"no role {request['role_name']}")


def recreate_role(request):
    role = roles.recreate(_role(request), request.get("age_seconds") or 0)
    return world.describe_role(role)


def delete_role(request):
    role = _role(request)
    roles.remove(role)
    return world.describe_role(role)


# EKS.


def change_cluster(request):
    place = request["account"], request["region"], request["name"]
    if request.get("deleted"):
        clusters.remove(*place)
        return {"deleted": True}
    mode = request.get("authentication_mode") or "API_AND_CONFIG_MAP"
    cluster = clusters.existing(*place) or clusters.add(*place, mode)
    world.change_cluster(cluster, request)
    return world.describe_cluster(cluster)


def entries(request):
    cluster = clusters.find(request["account"], request["region"], request["cluster"])
    return {
        **world.describe_cluster(cluster),
        "entries": [_describe_entry(entry) for entry in cluster.access_entries.values()],
    }


def _describe_entry(entry):
    return {
        **entry.describe(),
        "principalId": entry.principal_id,
        # Different from principalId: the entry no longer works.
        "currentPrincipalId": principals.current_id(entry.principal_arn),
        "policies": list(entry.policies.values()),
    }


def change_entry(request):
    """What somebody else does to an entry: no rule strikes it, and it is not in the log."""
    cluster = clusters.find(request["account"], request["region"], request["cluster"])
    deleted = None
    if request.get("delete"):
        deleted = cluster.access_entries.pop(request["principalArn"], None)
    found = cluster.access_entries.get(request["principalArn"])
    if found:
        access_entries.add_to_entry(found, request)
    elif request.get("make"):
        found = access_entries.add_entry(cluster, request)
    return {
        "time": time.time(),
        "deleted": _describe_entry(deleted) if deleted else None,
        "entry": _describe_entry(found) if found else None,
    }


# Settings, faults and the call log.


def settings(request):
    values = {key: value for key, value in request.items() if key != "account"}
    return asdict(account_settings.change(request["account"], values))


def add_faults(request):
    faults.add(request["account"], request["rules"])
    return {"added": len(request["rules"])}


def clear_faults(request):
    faults.clear(request["account"])
    return {}


def calls(request):
    return {"calls": call_log.of(request["account"])}


def clear_calls(request):
    call_log.clear(request["account"])
    return {}


ROUTES = {
    ("GET", "/emulator/ready"): ready,
    ("POST", "/emulator/world"): world.build,
    ("POST", "/emulator/assign"): assign,
    ("POST", "/emulator/unassign"): unassign,
    ("POST", "/emulator/reprovision"): reprovision,
    ("POST", "/emulator/recreate-role"): recreate_role,
    ("POST", "/emulator/delete-role"): delete_role,
    ("POST", "/emulator/cluster"): change_cluster,
    ("GET", "/emulator/entries"): entries,
    ("POST", "/emulator/entry"): change_entry,
    ("POST", "/emulator/settings"): settings,
    ("POST", "/emulator/faults"): add_faults,
    ("DELETE", "/emulator/faults"): clear_faults,
    ("GET", "/emulator/calls"): calls,
    ("DELETE", "/emulator/calls"): clear_calls,
    **kubernetes_control.ROUTES,
}
