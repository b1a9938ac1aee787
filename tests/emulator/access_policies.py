"""The cluster access policies that AWS manages."""

import re

from errors import invalid_parameter, not_found
from moto.utilities.utils import get_partition
from paging import page

NAMES = """
AIDevOpsAgentAccessPolicy AmazonAIOpsAssistantPolicy AmazonARCRegionSwitchScalingPolicy
AmazonEKSACKPolicy AmazonEKSAdminPolicy AmazonEKSAdminViewPolicy AmazonEKSArgoCDClusterPolicy
AmazonEKSArgoCDPolicy AmazonEKSAutoNodePolicy AmazonEKSBlockStorageClusterPolicy
AmazonEKSBlockStoragePolicy AmazonEKSClusterAdminPolicy AmazonEKSComputeClusterPolicy
AmazonEKSComputePolicy AmazonEKSEditPolicy AmazonEKSEventPolicy AmazonEKSHybridPolicy
AmazonEKSKROPolicy AmazonEKSLoadBalancingClusterPolicy AmazonEKSLoadBalancingPolicy
AmazonEKSNetworkingClusterPolicy AmazonEKSNetworkingPolicy AmazonEKSPodIdentityPolicy
AmazonEKSSecretAdminPolicy AmazonEKSSecretReaderPolicy AmazonEKSViewPolicy AmazonEMRJobPolicy
AmazonSagemakerHyperpodClusterPolicy AmazonSagemakerHyperpodControllerPolicy
AmazonSagemakerHyperpodSpacePolicy AmazonSagemakerHyperpodSpaceTemplatePolicy
AmazonSagemakerHyperpodSystemNamespacePolicy AmazonSagemakerHyperpodUserClusterPolicy
""".split()
POLICY_ARN = re.compile(r"arn:(aws[a-z-]*):eks::aws:cluster-access-policy/([\w+=,.@-]+)$")


def policy_arn(name, partition):
    return f"arn:{partition}:eks::aws:cluster-access-policy/{name}"


def check_format(arn):
    if not POLICY_ARN.match(arn or ""):
        raise invalid_parameter("The policyArn parameter format is not valid")


def check_known(arn, partition):
    # The text is AWS's; that it is a ResourceNotFoundException is a guess.
    if POLICY_ARN.match(arn).groups() not in {(partition, name) for name in NAMES}:
        raise not_found(
            "The specified policyArn could not be found. You can view your available access "
            "policies with 'list-access-policies'"
        )


def list_access_policies(call):
    partition = get_partition(call.region)
    policies = [{"name": name, "arn": policy_arn(name, partition)} for name in NAMES]
    items, token = page(policies, call.get("maxResults"), call.get("nextToken"))
    return {"accessPolicies": items, "nextToken": token}
