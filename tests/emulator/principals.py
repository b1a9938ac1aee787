"""What EKS makes of an access entry's principalArn."""

import re
from dataclasses import dataclass
from datetime import timedelta, timezone

import account_settings
from errors import invalid_parameter
from moto.core.utils import utcnow
from moto.iam.models import iam_backends

PRINCIPAL = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):(?:(role|user)/(.+)|(root))$")
# The user of the test access keys; it exists in no backend, but in every account.
TEST_USER = "test"
INVALID_PRINCIPAL = "The specified principalArn is invalid: invalid principal."
BAD_FORMAT = "The principalArn parameter format is not valid"
SERVICE_LINKED = (
    "The caller is not allowed to modify access entries with a principalArn value of a "
    "Service Linked Role"
)


@dataclass(frozen=True)
class Principal:
    arn: str
    partition: str
    account: str
    kind: str
    # Path and name, without a leading slash.
    tail: str

    @property
    def name(self):
        return self.tail.rsplit("/", 1)[-1]

    @property
    def is_service_linked(self):
        return self.kind == "role" and self.tail.startswith("aws-service-role/")


def parse(arn):
    match = PRINCIPAL.match(arn or "")
    if not match:
        raise invalid_parameter(BAD_FORMAT)
    partition, account, kind, tail, root = match.groups()
    return Principal(arn, partition, account, kind or root, tail or root)


def parse_modifiable(arn):
    principal = parse(arn)
    if principal.is_service_linked:
        raise invalid_parameter(SERVICE_LINKED)
    return principal


def resolve(principal, cluster_account, partition):
    """Return the principal's unique id, None if it cannot be known, or refuse it."""
    if principal.partition != partition:
        raise invalid_parameter(INVALID_PRINCIPAL)
    if principal.kind == "root" or _is_test_user(principal):
        return None
    found = find(principal)
    if found is None:
        if _must_exist(principal, cluster_account):
            raise invalid_parameter(INVALID_PRINCIPAL)
        return None
    if principal.kind == "role" and _too_young(found, principal.account, cluster_account):
        raise invalid_parameter(INVALID_PRINCIPAL)
    return found.id


def find(principal):
    """The IAM role or user with exactly this ARN, path included."""
    iam = iam_backends[principal.account][principal.partition]
    pool = iam.roles if principal.kind == "role" else iam.users
    # A cheap comparison of the name first: the arn of a role is built on each access.
    for candidate in list(pool.values()):
        if candidate.name == principal.name and candidate.arn == principal.arn:
            return candidate
    return None


def current_id(arn):
    """The unique id of whatever has this ARN now."""
    principal = parse(arn)
    found = None if principal.kind == "root" else find(principal)
    return found.id if found else None


def made(principal):
    """When whatever has this ARN now was made, in seconds; 0 where that cannot be known."""
    found = None if principal.kind == "root" else find(principal)
    return found.create_date.replace(tzinfo=timezone.utc).timestamp() if found else 0


def _is_test_user(principal):
    return principal.kind == "user" and principal.tail == TEST_USER


def _must_exist(principal, cluster_account):
    """EKS cannot see another account's IAM; a wrong path there is still refused."""
    if principal.account == cluster_account:
        return True
    iam = iam_backends[principal.account][principal.partition]
    pool = iam.roles if principal.kind == "role" else iam.users
    return any(candidate.name == principal.name for candidate in list(pool.values()))


def _too_young(role, *accounts):
    seconds = max(account_settings.of(a).principal_propagation_seconds for a in accounts)
    return seconds > 0 and utcnow() - role.create_date < timedelta(seconds=seconds)
