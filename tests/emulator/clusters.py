"""EKS clusters: what moto lacks (accessConfig, updates, states in between)."""

import re
import secrets
import time
import uuid
from functools import cached_property

import accounts
import account_settings
from errors import AwsError, in_use, invalid_parameter, invalid_request, not_found
from kubernetes.api import KubernetesApi
from moto.eks.models import Cluster, eks_backends
from paging import page

DEFAULT_VERSION = "1.33"
PLATFORM_VERSION = "eks.9"
DEFAULT_MODE = "CONFIG_MAP"
# The authentication mode changes one step at a time, and only in this direction.
MODE_STEPS = {"CONFIG_MAP": "API_AND_CONFIG_MAP", "API_AND_CONFIG_MAP": "API"}
MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
CLUSTER_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9\-_]{0,99}$")
ENTRY_QUOTA = 3000
POLICY_QUOTA = 20
LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"]


class EmulatedCluster(Cluster):
    """moto's cluster, so that node groups keep working on it, and our additions."""

    def __init__(self, backend, name, mode=DEFAULT_MODE, request=None):
        request = request or {}
        super().__init__(
            name=name,
            role_arn=request.get("roleArn") or _default_role(backend),
            resources_vpc_config=_vpc_config(request.get("resourcesVpcConfig") or {}),
            account_id=backend.account_id,
            region_name=backend.region_name,
            aws_partition=backend.partition,
            version=request.get("version") or DEFAULT_VERSION,
            kubernetes_network_config=_network_config(request),
            logging=request.get("logging") or {"clusterLogging": [_logging_off()]},
            client_request_token=request.get("clientRequestToken"),
            tags=dict(request.get("tags") or {}),
            encryption_config=request.get("encryptionConfig"),
        )
        self.account = backend.account_id
        self.region = backend.region_name
        self.partition = backend.partition
        self.mode = mode
        self.issuer = _issuer(self.region)
        self.created = now()
        self.creator_arn = None
        self.bootstrap_creator = True
        # Whether the test user may use the Kubernetes API of a cluster that nobody created.
        self.creator_access = True
        self.access_entries = {}
        self.entry_quota = ENTRY_QUOTA
        self.policy_quota = POLICY_QUOTA
        self.updates = {}
        self.active_at = None
        # clientRequestToken -> (principalArn, the request) of CreateAccessEntry.
        self.request_tokens = {}

    @cached_property
    def kubernetes(self):
        """Its API, which listens once somebody asks for it."""
        return KubernetesApi(self)

    def become(self, status, active_after_seconds=None):
        self.status = status
        self.active_at = None
        if active_after_seconds is not None:
            self.active_at = time.time() + active_after_seconds

    def settle(self):
        """Let everything happen that was due by now."""
        if self.active_at is not None and time.time() >= self.active_at:
            self.become("ACTIVE")
        for update in self.updates.values():
            update.settle(self)

    def running_update(self):
        return next((u for u in self.updates.values() if u.status == "InProgress"), None)

    def describe(self):
        provisioned = self.status not in ("CREATING", "PENDING")
        answer = {
            "name": self.name,
            "arn": self.arn,
            "createdAt": self.created,
            "version": self.version,
            "roleArn": self.role_arn,
            "resourcesVpcConfig": self.resources_vpc_config,
            "kubernetesNetworkConfig": self.kubernetes_network_config,
            "logging": self.logging,
            "status": self.status,
            "certificateAuthority": {"data": self.kubernetes.authority_data} if provisioned else {},
            "platformVersion": PLATFORM_VERSION,
            "tags": self.tags,
            "health": {"issues": []},
            "accessConfig": {"authenticationMode": self.mode},
            "upgradePolicy": {"supportType": "EXTENDED"},
            "deletionProtection": False,
        }
        if self.encryption_config:
            answer["encryptionConfig"] = self.encryption_config
        if provisioned:
            answer["endpoint"] = self.kubernetes.endpoint.url
            answer["identity"] = {"oidc": {"issuer": self.issuer}}
        return answer


class Update:
    def __init__(self, kind, params, seconds, effect=None):
        self.id = str(uuid.uuid4())
        self.kind = kind
        self.params = params
        self.created = now()
        self.status = "InProgress"
        self.due = time.time() + seconds
        self.effect = effect

    def settle(self, cluster):
        if self.status != "InProgress" or time.time() < self.due:
            return
        self.status = "Successful"
        if cluster.status == "UPDATING" and cluster.active_at is None:
            cluster.become("ACTIVE")
        if self.effect:
            self.effect(cluster)

    def describe(self):
        return {
            "id": self.id,
            "status": self.status,
            "type": self.kind,
            "params": self.params,
            "createdAt": self.created,
            "errors": [],
        }


def now():
    """EKS gives times with milliseconds."""
    return int(time.time() * 1000) / 1000


def _default_role(backend):
    return f"arn:{backend.partition}:iam::{backend.account_id}:role/eks-cluster-role"


def _vpc_config(request):
    return {
        "subnetIds": request.get("subnetIds") or [_id("subnet"), _id("subnet")],
        "securityGroupIds": request.get("securityGroupIds") or [],
        "clusterSecurityGroupId": _id("sg"),
        "vpcId": _id("vpc"),
        "endpointPublicAccess": request.get("endpointPublicAccess", True),
        "endpointPrivateAccess": request.get("endpointPrivateAccess", False),
        "publicAccessCidrs": request.get("publicAccessCidrs") or ["0.0.0.0/0"],
    }


def _id(prefix):
    return f"{prefix}-0{secrets.token_hex(8)}"


def _network_config(request):
    given = request.get("kubernetesNetworkConfig") or {}
    return {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4", **given}


def _logging_off():
    return {"types": LOG_TYPES, "enabled": False}


def _issuer(region):
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://oidc.eks.{region}.{suffix}/id/{secrets.token_hex(16).upper()}"


def existing(account, region, name):
    """The cluster, brought up to date, or None."""
    cluster = eks_backends[account][region].clusters.get(name)
    if cluster is not None:
        cluster.settle()
    return cluster


def find(account, region, name):
    """The cluster, or AWS's 404."""
    cluster = existing(account, region, name)
    if cluster is None:
        raise not_found(f"No cluster found for name: {name}.", clusterName=name)
    return cluster


def of_call(call, member="clusterName"):
    return find(call.acting_account, call.region, call.get(member))


def add(account, region, name, mode=DEFAULT_MODE, request=None):
    backend = eks_backends[account][region]
    cluster = EmulatedCluster(backend, name, mode, request)
    backend.clusters[name] = cluster
    backend.cluster_count += 1
    return cluster


def remove(account, region, name):
    backend = eks_backends[account][region]
    cluster = backend.clusters.pop(name, None)
    if cluster is None:
        return
    backend.cluster_count -= 1
    if "kubernetes" in vars(cluster):
        cluster.kubernetes.endpoint.close()


def create_cluster(call):
    name = call.get("name", "")
    if not CLUSTER_NAME.match(name):
        raise invalid_parameter(
            "The parameter name contains invalid characters. It should conform to the regular "
            f"expression {CLUSTER_NAME.pattern}",
            clusterName=name,
        )
    access = call.get("accessConfig") or {}
    mode = access.get("authenticationMode", DEFAULT_MODE)
    bootstrap = access.get("bootstrapClusterCreatorAdminPermissions", True)
    _check_access_config(mode, bootstrap)
    if name in eks_backends[call.acting_account][call.region].clusters:
        raise in_use(f"Cluster already exists with name: {name}", clusterName=name)
    cluster = add(call.acting_account, call.region, name, mode, call.parameters)
    _note_creator(cluster, call, bootstrap)
    answer = cluster.describe()
    answer["accessConfig"]["bootstrapClusterCreatorAdminPermissions"] = bootstrap
    return {"cluster": answer}


def _check_access_config(mode, bootstrap):
    if mode not in MODES:
        raise invalid_parameter(f"Unsupported authentication mode {mode}")
    if mode == "CONFIG_MAP" and not bootstrap:
        raise invalid_parameter(
            "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication "
            "mode is set to CONFIG_MAP"
        )


def _note_creator(cluster, call, bootstrap):
    cluster.creator_arn = accounts.caller_principal_arn(call.access_key_id, call.region)
    cluster.bootstrap_creator = bootstrap
    cluster.become("CREATING", account_settings.of(call.account).update_seconds)
    if cluster.mode != "CONFIG_MAP":
        _add_creator_entry(cluster)


def _add_creator_entry(cluster):
    if not (cluster.bootstrap_creator and cluster.creator_arn):
        return
    from access_entries import add_creator_entry  # imports this module

    add_creator_entry(cluster, cluster.creator_arn)


def describe_cluster(call):
    return {"cluster": of_call(call, "name").describe()}


def list_clusters(call):
    names = sorted(eks_backends[call.acting_account][call.region].clusters)
    items, token = page(names, call.get("maxResults"), call.get("nextToken"))
    return {"clusters": items, "nextToken": token}


def delete_cluster(call):
    cluster = of_call(call, "name")
    if cluster.nodegroup_count:
        raise in_use("Cluster has nodegroups attached", clusterName=cluster.name)
    remove(call.acting_account, call.region, cluster.name)
    return {"cluster": {**cluster.describe(), "status": "DELETING"}}


def update_cluster_config(call):
    cluster = of_call(call, "name")
    seconds = account_settings.of(call.account).update_seconds
    if "accessConfig" in call.parameters:
        update = _access_config_update(cluster, call.get("accessConfig"), seconds)
    else:
        update = _other_update(cluster, call.parameters, seconds)
    cluster.updates[update.id] = update
    cluster.become("UPDATING")
    return {"update": update.describe()}


def _access_config_update(cluster, access, seconds):
    _check_no_update(cluster, "AccessConfigUpdate")
    mode = access.get("authenticationMode")
    if MODE_STEPS.get(cluster.mode) != mode:
        raise invalid_parameter(
            f"Unsupported authentication mode update from {cluster.mode} to {mode}",
            clusterName=cluster.name,
        )
    params = [{"type": "AuthenticationMode", "value": mode}]
    return Update("AccessConfigUpdate", params, seconds, lambda c: _set_mode(c, mode))


def _check_no_update(cluster, kind):
    running = cluster.running_update()
    if running or cluster.status == "UPDATING":
        identifier = running.id if running else str(uuid.uuid4())
        raise invalid_request(
            f"Cannot {kind} because cluster {cluster.name} currently has update "
            f"{identifier} in progress",
            clusterName=cluster.name,
        )


def _set_mode(cluster, mode):
    cluster.mode = mode
    _add_creator_entry(cluster)


def _other_update(cluster, request, seconds):
    if request.get("logging"):
        _check_no_update(cluster, "LoggingUpdate")
        cluster.logging = request["logging"]
        return Update("LoggingUpdate", [], seconds)
    if request.get("resourcesVpcConfig"):
        _check_no_update(cluster, "EndpointAccessUpdate")
        cluster.resources_vpc_config.update(request["resourcesVpcConfig"])
        return Update("EndpointAccessUpdate", [], seconds)
    raise invalid_parameter("No changes needed for the cluster", clusterName=cluster.name)


def describe_update(call):
    cluster = of_call(call, "name")
    update = cluster.updates.get(call.get("updateId"))
    if update is None:
        raise not_found(f"No update found for ID: {call.get('updateId')}")
    return {"update": update.describe()}


def list_updates(call):
    cluster = of_call(call, "name")
    items, token = page(list(cluster.updates), call.get("maxResults"), call.get("nextToken"))
    return {"updateIds": items, "nextToken": token}


def _tagged(call):
    """The tags of the cluster or access entry that an ARN names."""
    arn = call.get("resourceArn", "")
    if not arn.startswith("arn:"):
        raise AwsError("BadRequestException", "Invalid resource ARN", 400)
    for cluster in eks_backends[call.acting_account][call.region].clusters.values():
        if cluster.arn == arn:
            return cluster.tags
        for entry in getattr(cluster, "access_entries", {}).values():
            if entry.arn == arn:
                return entry.tags
    raise AwsError("NotFoundException", f"No resource found for ARN: {arn}", 404)


def tag_resource(call):
    tags = _tagged(call)
    new = call.get("tags") or {}
    check_tags({**tags, **new}, code="BadRequestException")
    tags.update(new)
    return {}


def check_tags(tags, code="InvalidParameterException"):
    reserved = next((key for key in tags if key.lower().startswith("aws:")), None)
    if reserved:
        raise AwsError(code, f"Invalid tag key {reserved}: aws: is a reserved prefix", 400)
    if len(tags) > 50:
        raise AwsError(code, "A resource cannot have more than 50 tags", 400)


def untag_resource(call):
    tags = _tagged(call)
    for key in call.get("tagKeys") or []:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(call):
    return {"tags": dict(_tagged(call))}
