"""AWS's own policies. moto would load all of them for each account, which takes longer than most tests; here an account gets
those that somebody attaches."""

import json
from functools import cache

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

_attach_role_policy = IAMBackend.attach_role_policy


@cache
def _known():
    return json.loads(aws_managed_policies_data)


def attach_role_policy(iam, policy_arn, role_name):
    name = policy_arn.rpartition("/")[2]
    if ":iam::aws:policy/" in policy_arn and policy_arn not in iam.managed_policies and name in _known():
        policy = AWSManagedPolicy.from_data(name, iam.account_id, iam.region_name, _known()[name])
        iam.managed_policies[policy.arn] = policy
    _attach_role_policy(iam, policy_arn, role_name)


IAMBackend.attach_role_policy = attach_role_policy
