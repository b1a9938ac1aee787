"""Whole worlds in one request: organizations, roles and clusters, made in the backends."""

import clusters
import access_entries
import identity_center
import roles
from moto.utilities.utils import get_partition

# Roles of a world are older than any entry, unless a test says otherwise.
ONE_DAY = 86400
DEFAULT_REGION = "us-east-1"


def build(request):
    home_region = request.get("home_region") or DEFAULT_REGION
    partition = request.get("partition") or get_partition(home_region)
    answer = {}
    if request.get("management_account"):
        answer.update(_build_organization(request, home_region, partition))
    answer["roles"] = [_add_role(role, partition) for role in request.get("roles") or []]
    answer["clusters"] = [_add_cluster(c) for c in request.get("clusters") or []]
    return answer


def _build_organization(request, home_region, partition):
    management = request["management_account"]
    identity_center.join_organization(management, home_region, _accounts_in(request))
    backend = identity_center.backend_of(management)
    instance = backend.instances[0]
    sets = request.get("permission_sets") or []
    made = {s["name"]: _add_permission_set(backend, s) for s in sets}
    return {
        "management_account": management,
        "home_region": home_region,
        "instance_arn": instance.instance_arn,
        "identity_store_id": instance.identity_store_id,
        "permission_set_arns": {name: p.permission_set_arn for name, p in made.items()},
        "role_arns": _role_arns(made.values(), sets, partition),
    }


def _accounts_in(request):
    accounts = set(request.get("accounts") or [])
    for permission_set in request.get("permission_sets") or []:
        accounts.update(permission_set.get("accounts") or [])
    for part in ("roles", "clusters"):
        accounts.update(item["account"] for item in request.get(part) or [])
    return accounts


def _add_permission_set(backend, request):
    name = request["name"]
    permission_set = identity_center.permission_set_by_name(backend, name)
    if permission_set is None:
        permission_set = identity_center.add_permission_set(backend, name, _details(request))
    age = request.get("age_seconds", ONE_DAY)
    for account in request.get("accounts") or []:
        if not roles.provisioned(account, backend.partition, permission_set.permission_set_arn):
            identity_center.assign(backend, permission_set, account, age_seconds=age)
    return permission_set


def _details(request):
    return {
        "Description": request.get("description"),
        "SessionDuration": request.get("session_duration"),
    }


def _role_arns(permission_sets, requests, partition):
    """{account: {permission set: role ARN}}"""
    arns = {}
    for permission_set, request in zip(permission_sets, requests):
        for account in request.get("accounts") or []:
            arn = permission_set.permission_set_arn
            role = roles.provisioned(account, partition, arn)
            arns.setdefault(account, {})[permission_set.name] = role.arn
    return arns


def _add_role(request, partition):
    role = roles.add(
        request["account"],
        request.get("partition") or partition,
        request["name"],
        request.get("path") or "/",
        request.get("trust"),
        request.get("age_seconds", ONE_DAY),
    )
    return describe_role(role)


def describe_role(role):
    return {
        "account": role.account_id,
        "name": role.name,
        "arn": role.arn,
        "role_id": role.id,
        "create_date": role.create_date.isoformat() + "Z",
    }


def _add_cluster(request):
    mode = request.get("authentication_mode") or "API_AND_CONFIG_MAP"
    details = {"version": request["version"]} if request.get("version") else None
    place = request["account"], request["region"], request["name"]
    cluster = clusters.existing(*place) or clusters.add(*place, mode, details)
    change_cluster(cluster, request)
    for entry in request.get("access_entries") or []:
        access_entries.add_entry(cluster, entry)
    return describe_cluster(cluster)


def change_cluster(cluster, request):
    status, after = request.get("status"), request.get("active_after_seconds")
    if status or after is not None:
        cluster.become(status or cluster.status, after)
    cluster.mode = request.get("authentication_mode") or cluster.mode
    cluster.entry_quota = request.get("entry_quota", cluster.entry_quota)
    cluster.policy_quota = request.get("policy_quota", cluster.policy_quota)
    cluster.creator_access = request.get("creator_access", cluster.creator_access)


def describe_cluster(cluster):
    return {
        "account": cluster.account,
        "region": cluster.region,
        "name": cluster.name,
        "arn": cluster.arn,
        "status": cluster.status,
        "authentication_mode": cluster.mode,
    }
