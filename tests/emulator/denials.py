"""What IAM says to a caller whom no policy allows a call: the action, the caller, the resource.

The form of the text is AWS's. The resources of EKS are those of its service authorization reference; that GetRole names
a role by "role NAME", and that Identity Center's lists name "*", is a guess from texts that people quote.
"""

import clusters
from errors import AwsError
from moto.utilities.utils import get_partition

PREFIXES = {"sso-admin": "sso"}
ON_CLUSTERS = ("DescribeCluster", "ListAccessEntries", "CreateAccessEntry")


def of(call):
    action = f"{PREFIXES.get(call.service, call.service)}:{call.operation}"
    text = (
        f"User: {call.caller_arn} is not authorized to perform: {action} "
        f"on resource: {_resource(call)} "
        f"because no identity-based policy allows the {action} action"
    )
    code = "AccessDenied" if call.service in ("iam", "sts") else "AccessDeniedException"
    # JSON 1.1 services answer 400 to everything.
    status = 400 if call.service in ("sso-admin", "identitystore") else 403
    return AwsError(code, text, status)


def _resource(call):
    partition = get_partition(call.region)
    match call.service, call.operation:
        case "eks", operation:
            return _of_eks(call, operation, f"arn:{partition}:eks:{call.region}:{call.account}")
        case "iam", "GetRole":
            return f"role {call.get('RoleName')}"
        case "iam", _:
            return f"arn:{partition}:iam::{call.account}:role{call.get('PathPrefix', '/')}"
        case "sts", "AssumeRole":
            return call.get("RoleArn")
        case "sso-admin", _:
            return call.get("InstanceArn", "*")
        case "identitystore", "DescribeGroup":
            return f"arn:{partition}:identitystore:::group/{call.get('GroupId')}"
        case "identitystore", "DescribeUser":
            return f"arn:{partition}:identitystore:::user/{call.get('UserId')}"
        case _:
            return "*"


def _of_eks(call, operation, start):
    if "resourceArn" in call.parameters:
        return call.get("resourceArn")
    cluster = call.get("name") if operation == "DescribeCluster" else call.get("clusterName")
    if cluster is None:
        return "*"
    if operation in ON_CLUSTERS:
        return f"{start}:cluster/{cluster}"
    known = clusters.existing(call.account, call.region, cluster)
    entry = known and known.access_entries.get(call.get("principalArn"))
    return entry.arn if entry else f"{start}:access-entry/{cluster}/*"
