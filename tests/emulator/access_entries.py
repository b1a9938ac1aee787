"""EKS access entries and their access policies."""

import uuid

import account_settings
import access_policies
import clusters
import principals
from clusters import now
from errors import in_use, invalid_parameter, invalid_request, not_found, over_limit
from paging import page

STANDARD = "STANDARD"
NODE_TYPES = ("EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "EC2")
TYPES = (STANDARD, *NODE_TYPES, "HYPERPOD_LINUX")
# These types take neither groups nor a user name.
FIXED_IDENTITY_TYPES = ("EC2_LINUX", "EC2_WINDOWS")
RESERVED_PREFIXES = ("system:", "eks:", "aws:", "amazon:", "iam:")
SESSION_NAME = "{{SessionName}}"
# Nothing is said about entries of a cluster in these states; refusing is a guess.
UNREADY = ("CREATING", "PENDING", "DELETING", "FAILED")


class AccessEntry:
    def __init__(self, cluster, principal, principal_id, request):
        self.cluster_name = cluster.name
        self.principal_arn = principal.arn
        # EKS keeps this id and never shows it: a recreated role does not match it.
        self.principal_id = principal_id
        self.type = request.get("type") or STANDARD
        self.tags = dict(request.get("tags") or {})
        self.arn = _entry_arn(cluster, principal)
        self.default_username = _default_username(principal, self.type)
        self.hidden_reads = 0
        self.policies = {}
        self.set_identity(request)
        # A role may have a date in the future (recreate-role): what is made for it is never older.
        self.created = self.modified = max(self.modified, principals.made(principal))

    def set_identity(self, request):
        """What is left out goes back to its default, also on an update."""
        self.groups = list(request.get("kubernetesGroups") or _default_groups(self.type))
        self.username = request.get("username") or self.default_username
        self.modified = now()

    def describe(self):
        return {
            "clusterName": self.cluster_name,
            "principalArn": self.principal_arn,
            "kubernetesGroups": self.groups,
            "accessEntryArn": self.arn,
            "createdAt": self.created,
            "modifiedAt": self.modified,
            "tags": self.tags,
            "username": self.username,
            "type": self.type,
        }


def _entry_arn(cluster, principal):
    """The principal's path is not part of it."""
    return (
        f"arn:{cluster.partition}:eks:{cluster.region}:{cluster.account}:access-entry/"
        f"{cluster.name}/{principal.kind}/{principal.account}/{principal.name}/{uuid.uuid4()}"
    )


def _default_username(principal, kind):
    if kind in ("EC2_LINUX", "EC2_WINDOWS", "EC2"):
        return "system:node:{{EC2PrivateDNSName}}"
    if kind != STANDARD:
        return f"system:node:{SESSION_NAME}"
    if principal.kind != "role":
        return principal.arn
    account = f"arn:{principal.partition}:sts::{principal.account}"
    return f"{account}:assumed-role/{principal.name}/{SESSION_NAME}"


def _default_groups(kind):
    if kind == "EC2_LINUX":
        return ["system:nodes"]
    return ["eks:kube-proxy-windows", "system:nodes"] if kind == "EC2_WINDOWS" else []


# Checks of the request alone: AWS makes them before it looks for the cluster.


def _check_identity(request, kind):
    groups, username = request.get("kubernetesGroups") or [], request.get("username")
    if kind in FIXED_IDENTITY_TYPES:
        _check_not_set("kubernetesGroups", groups, kind)
        _check_not_set("username", username, kind)
    for group in groups:
        prefix = _reserved_prefix(group)
        if prefix:
            raise invalid_parameter(
                f"The kubernetes group name {group} is invalid, it cannot start with {prefix}"
            )
    if username:
        _check_username(username)


def _check_not_set(name, value, kind):
    if value:
        raise invalid_parameter(
            f"The specified {name} is invalid: setting {name} is not allowed when the type "
            f'is "{kind}"'
        )


def _check_username(username):
    prefix = _reserved_prefix(username)
    if prefix:
        raise invalid_parameter(f"The username must not begin with {prefix}")
    before, placeholder, _ = username.partition(SESSION_NAME)
    if placeholder and ":" not in before:
        # The rule is AWS's, the text a guess.
        raise invalid_parameter(
            f"The username must contain a colon before {SESSION_NAME}: {username}"
        )


def _reserved_prefix(name):
    return next((prefix for prefix in RESERVED_PREFIXES if name.startswith(prefix)), None)


def _check_type(kind, principal, account):
    if kind not in TYPES:
        raise invalid_parameter(f"The specified type is invalid: {kind}")
    if kind in NODE_TYPES and principal.account != account:
        raise invalid_parameter(
            "AccessEntry principalArn must be from the same account as the cluster when using "
            "types [EC2_LINUX, EC2_WINDOWS, FARGATE_LINUX, HYBRID_LINUX, EC2]"
        )


def _check_scope(scope):
    kind, namespaces = scope.get("type"), scope.get("namespaces") or []
    if kind not in ("cluster", "namespace"):
        raise invalid_parameter("The specified accessScope type is invalid")
    if kind == "cluster" and namespaces:
        raise invalid_parameter(
            "accessScope should not include namespaces if the type is not set as namespace"
        )
    if kind == "namespace" and not namespaces:
        raise invalid_parameter(
            "At least 1 namespace must be provided if the type is set as namespace"
        )


# Look-ups.


def _cluster_for_reading(call):
    cluster = clusters.of_call(call)
    if cluster.mode == "CONFIG_MAP":
        raise invalid_request(
            "The cluster's authentication mode must be set to one of "
            "[API, API_AND_CONFIG_MAP] to perform this operation.",
            clusterName=cluster.name,
        )
    return cluster


def _cluster_for_writing(call):
    cluster = _cluster_for_reading(call)
    lenient = account_settings.of(call.account).entries_while_updating
    blocked = UNREADY if lenient else (*UNREADY, "UPDATING")
    if cluster.status in blocked:
        raise invalid_request(
            f"Cluster '{cluster.name}' is not in ACTIVE status", clusterName=cluster.name
        )
    return cluster


def _entry(cluster, principal_arn):
    entry = cluster.access_entries.get(principal_arn)
    if entry is None or _still_hidden(entry):
        raise not_found(
            "The specified principalArn could not be found. You can view your available access "
            "entries with 'list-access-entries'.",
            clusterName=cluster.name,
        )
    return entry


def _still_hidden(entry):
    if entry.hidden_reads <= 0:
        return False
    entry.hidden_reads -= 1
    return True


def _standard(entry):
    if entry.type != STANDARD:
        raise invalid_parameter(
            'This operation can only be performed on Access Entries with a type of "STANDARD".'
        )
    return entry


# Operations.


def create_access_entry(call):
    kind = call.get("type") or STANDARD
    principal = principals.parse_modifiable(call.get("principalArn"))
    _check_identity(call.parameters, kind)
    _check_type(kind, principal, call.acting_account)
    clusters.check_tags(call.get("tags") or {})
    cluster = _cluster_for_writing(call)
    earlier = _earlier_answer(cluster, call)
    if earlier is not None:
        return {"accessEntry": earlier.describe()}
    principal_id = principals.resolve(principal, cluster.account, cluster.partition)
    _check_room(cluster, principal.arn)
    entry = AccessEntry(cluster, principal, principal_id, call.parameters)
    entry.hidden_reads = account_settings.of(call.account).hide_new_entry_reads
    cluster.access_entries[principal.arn] = entry
    cluster.request_tokens[call.get("clientRequestToken")] = entry
    return {"accessEntry": entry.describe()}


def _earlier_answer(cluster, call):
    """The entry that the same request, retried by an SDK, has already made."""
    token = call.get("clientRequestToken")
    if not token or account_settings.of(call.account).ignore_request_tokens:
        return None
    entry = cluster.request_tokens.get(token)
    same = entry is not None and entry is cluster.access_entries.get(call.get("principalArn"))
    return entry if same else None


def _check_room(cluster, principal_arn):
    if principal_arn in cluster.access_entries:
        raise in_use(
            "The specified access entry resource is already in use on this cluster.",
            clusterName=cluster.name,
        )
    if len(cluster.access_entries) >= cluster.entry_quota:
        # The code is modeled, the text a guess.
        raise over_limit(
            f"The maximum number of access entries ({cluster.entry_quota}) has been reached "
            f"for cluster {cluster.name}.",
            clusterName=cluster.name,
        )


def describe_access_entry(call):
    principals.parse(call.get("principalArn"))
    entry = _entry(_cluster_for_reading(call), call.get("principalArn"))
    return {"accessEntry": entry.describe()}


def update_access_entry(call):
    principals.parse_modifiable(call.get("principalArn"))
    _check_identity(call.parameters, STANDARD)
    entry = _entry(_cluster_for_writing(call), call.get("principalArn"))
    _check_identity(call.parameters, entry.type)
    entry.set_identity(call.parameters)
    return {"accessEntry": entry.describe()}


def delete_access_entry(call):
    principals.parse_modifiable(call.get("principalArn"))
    cluster = _cluster_for_writing(call)
    entry = cluster.access_entries.get(call.get("principalArn"))
    if entry is None:
        _entry(cluster, call.get("principalArn"))
    del cluster.access_entries[entry.principal_arn]
    return {}


def list_access_entries(call):
    cluster = _cluster_for_reading(call)
    policy = call.get("associatedPolicyArn")
    arns = [
        arn
        for arn, entry in cluster.access_entries.items()
        if not _still_hidden(entry) and (not policy or policy in entry.policies)
    ]
    items, token = page(arns, call.get("maxResults"), call.get("nextToken"))
    return {"accessEntries": items, "nextToken": token}


def associate_access_policy(call):
    principals.parse_modifiable(call.get("principalArn"))
    access_policies.check_format(call.get("policyArn"))
    _check_scope(call.get("accessScope") or {})
    cluster = _cluster_for_writing(call)
    entry = _standard(_entry(cluster, call.get("principalArn")))
    access_policies.check_known(call.get("policyArn"), cluster.partition)
    _check_policy_room(cluster, entry, call.get("policyArn"))
    association = _associate(entry, call.get("policyArn"), call.get("accessScope"))
    return {
        "clusterName": cluster.name,
        "principalArn": entry.principal_arn,
        "associatedAccessPolicy": association,
    }


def _check_policy_room(cluster, entry, policy_arn):
    if policy_arn not in entry.policies and len(entry.policies) >= cluster.policy_quota:
        raise over_limit(
            f"The maximum number of access policies ({cluster.policy_quota}) has been reached "
            "for this access entry.",
            clusterName=cluster.name,
        )


def _associate(entry, policy_arn, scope):
    """Associating a policy again replaces its scope."""
    earlier = entry.policies.get(policy_arn)
    time = now()
    entry.policies[policy_arn] = {
        "policyArn": policy_arn,
        "accessScope": {
            "type": scope["type"],
            "namespaces": list(scope.get("namespaces") or []),
        },
        "associatedAt": earlier["associatedAt"] if earlier else time,
        "modifiedAt": time,
    }
    return entry.policies[policy_arn]


def disassociate_access_policy(call):
    principals.parse_modifiable(call.get("principalArn"))
    access_policies.check_format(call.get("policyArn"))
    cluster = _cluster_for_writing(call)
    entry = _standard(_entry(cluster, call.get("principalArn")))
    if entry.policies.pop(call.get("policyArn"), None) is None:
        # A guess, code and text.
        raise not_found(
            "The specified policyArn could not be found. You can view your associated access "
            "policies with 'list-associated-access-policies'.",
            clusterName=cluster.name,
        )
    return {}


def list_associated_access_policies(call):
    principals.parse(call.get("principalArn"))
    cluster = _cluster_for_reading(call)
    entry = _standard(_entry(cluster, call.get("principalArn")))
    policies = list(entry.policies.values())
    items, token = page(policies, call.get("maxResults"), call.get("nextToken"))
    return {
        "clusterName": cluster.name,
        "principalArn": entry.principal_arn,
        "associatedAccessPolicies": items,
        "nextToken": token,
    }


# Entries that no caller asked for.


def add_entry(cluster, request):
    """Put an entry there without AWS's checks: for worlds, and EKS's own entries."""
    principal = principals.parse(request["principalArn"])
    found = None if principal.kind == "root" else principals.find(principal)
    entry = AccessEntry(cluster, principal, found.id if found else None, request)
    for policy in request.get("policies") or []:
        _associate(entry, policy["policyArn"], policy.get("accessScope") or {"type": "cluster"})
    entry.created = entry.modified = entry.created - request.get("age_seconds", 0)
    cluster.access_entries[principal.arn] = entry
    return entry


def add_to_entry(entry, request):
    """Give an entry more, again without AWS's checks."""
    entry.groups = sorted({*entry.groups, *(request.get("kubernetesGroups") or [])})
    entry.tags.update(request.get("tags") or {})
    for policy in request.get("policies") or []:
        _associate(entry, policy["policyArn"], policy.get("accessScope") or {"type": "cluster"})
    entry.modified = now()


def add_creator_entry(cluster, principal_arn):
    if principal_arn in cluster.access_entries:
        return
    admin = access_policies.policy_arn("AmazonEKSClusterAdminPolicy", cluster.partition)
    add_entry(cluster, {"principalArn": principal_arn, "policies": [{"policyArn": admin}]})
