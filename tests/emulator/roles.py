"""IAM roles made or changed without asking IAM, and the rules that guard AWS's own."""

import json
import re
import secrets
from datetime import timedelta

from errors import AwsError
from moto.core.utils import utcnow
from moto.iam.models import IAMBackend, Role, iam_backends
from moto.iam.utils import random_role_id

RESERVED_PATH = "/aws-reserved/"
RESERVED_NAME = re.compile(r"AWSReservedSSO_(?P<set>[\w+=,.@-]{1,32})_(?P<suffix>[0-9a-f]{16})$")
CHANGES = (
    "DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy PutRolePolicy "
    "DeleteRolePolicy AttachRolePolicy DetachRolePolicy TagRole UntagRole "
    "PutRolePermissionsBoundary DeleteRolePermissionsBoundary"
).split()


def default_trust(account, partition):
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }


def add(account, partition, name, path="/", trust=None, age_seconds=0, max_session=3600):
    """Put a role there directly. If there is one of this name, it stays as it is."""
    iam = iam_backends[account][partition]
    existing = by_name(account, partition, name)
    if existing:
        return existing
    document = json.dumps(trust or default_trust(account, partition))
    role = Role(
        account_id=account,
        partition=partition,
        role_id=random_role_id(account),
        name=name,
        assume_role_policy_document=document,
        path=path or "/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration=max_session,
    )
    role.create_date = _whole_seconds() - timedelta(seconds=age_seconds)
    iam.roles[role.id] = role
    return role


def _whole_seconds():
    """IAM's CreateDate has no fractions of a second."""
    return utcnow().replace(microsecond=0)


def by_name(account, partition, name):
    roles = list(iam_backends[account][partition].roles.values())
    return next((role for role in roles if role.name == name), None)


def remove(role):
    iam_backends[role.account_id][role.partition].roles.pop(role.id, None)


def recreate(role, age_seconds=0):
    """Same ARN, new RoleId and CreateDate: what delete and create leave behind.

    A negative age puts the date after that of an entry made in the same second.
    """
    iam = iam_backends[role.account_id][role.partition]
    iam.roles.pop(role.id, None)
    role.id = random_role_id(role.account_id)
    role.create_date = _whole_seconds() - timedelta(seconds=age_seconds)
    iam.roles[role.id] = role
    return role


# Roles that IAM Identity Center provisions.


def reserved_path(home_region):
    """us-east-1 as home region leaves no trace in the path."""
    region = "" if home_region == "us-east-1" else f"{home_region}/"
    return f"{RESERVED_PATH}sso.amazonaws.com/{region}"


def provision(account, partition, set_name, set_arn, home_region, age_seconds=0):
    """The role of a permission set in an account; made on its first assignment only."""
    existing = provisioned(account, partition, set_arn)
    if existing:
        return existing
    name = f"AWSReservedSSO_{set_name}_{secrets.token_hex(8)}"
    path = reserved_path(home_region)
    role = add(account, partition, name, path, _saml_trust(account, partition), age_seconds, 43200)
    role.permission_set_arn = set_arn
    return role


def provisioned(account, partition, set_arn):
    roles = list(iam_backends[account][partition].roles.values())
    return next((r for r in roles if getattr(r, "permission_set_arn", None) == set_arn), None)


def reserved(account, partition, set_name):
    """All roles that look provisioned for a permission set of this name."""
    roles = list(iam_backends[account][partition].roles.values())
    matches = [(role, RESERVED_NAME.match(role.name)) for role in roles]
    return [role for role, match in matches if match and match["set"] == set_name]


def new_suffix(role):
    """What re-provisioning after the last assignment went away does: another role."""
    remove(role)
    set_name = RESERVED_NAME.match(role.name)["set"]
    name = f"AWSReservedSSO_{set_name}_{secrets.token_hex(8)}"
    trust = json.loads(role.assume_role_policy_document)
    new = add(role.account_id, role.partition, name, role.path, trust, 0, 43200)
    new.permission_set_arn = getattr(role, "permission_set_arn", None)
    return new


def _saml_trust(account, partition):
    provider = f"AWSSSO_{int(account):016x}_DO_NOT_DELETE"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": f"arn:{partition}:iam::{account}:saml-provider/{provider}"},
                "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
                "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            }
        ],
    }


def refuse_change(call, partition):
    """Nobody but AWS changes a provisioned role."""
    name = call.get("RoleName", "")
    role = by_name(call.account, partition, name) if name.startswith("AWSReserved") else None
    if role and role.path.startswith(RESERVED_PATH):
        raise AwsError(
            "UnmodifiableEntity",
            f"Cannot perform the operation on the protected role '{name}' - this role is only "
            "modifiable by AWS",
        )


def install():
    """Roles that are created over the API get whole seconds, too."""
    create_role = IAMBackend.create_role

    def create_with_whole_seconds(self, *arguments, **options):
        role = create_role(self, *arguments, **options)
        role.create_date = role.create_date.replace(microsecond=0)
        return role

    IAMBackend.create_role = create_with_whole_seconds
