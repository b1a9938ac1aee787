"""Who a caller is inside of a cluster: by access entry, or by aws-auth."""

import re
from dataclasses import dataclass, field

import principals
from kubernetes import aws_auth
from kubernetes.statuses import unauthorized
from principals import TEST_USER

INSTANCE_NAME = "{{EC2PrivateDNSName}}"
INSTANCE_ID = re.compile(r"i-(\w{8}|\w{17})")
MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"


@dataclass(frozen=True)
class User:
    name: str
    groups: tuple = ()
    uid: str = ""
    extra: dict = field(default_factory=dict)
    # The access policies of the entry; none under impersonation.
    policies: tuple = ()


ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


def of_caller(caller, cluster, config_map):
    """Return the user, or raise 401."""
    entry = _entry(caller, cluster) if cluster.mode != "CONFIG_MAP" else None
    if entry:
        return _user(caller, entry.username, entry.groups, tuple(entry.policies.values()))
    row = None
    if cluster.mode != "API":
        row = aws_auth.find(config_map, _canonical_arn(caller), caller.account)
    if _is_creator(caller, cluster):
        return _user(caller, "kubernetes-admin", [MASTERS])
    if row and not _needs_an_instance(row, caller):
        return _user(caller, row.username, row.groups, raw=True)
    raise unauthorized()


def _needs_an_instance(row, caller):
    """A row with the name of an EC2 instance refuses whoever is none: a session is named after its instance."""
    names = (row.username, *row.groups)
    return any(INSTANCE_NAME in name for name in names) and not INSTANCE_ID.fullmatch(caller.session_name or "")


def _entry(caller, cluster):
    """The entry of this principal. EKS compares unique ids: a recreated role is another."""
    unique_id = caller.user_id.split(":")[0]
    for entry in cluster.access_entries.values():
        if entry.principal_id is not None:
            if entry.principal_id == unique_id:
                return entry
        elif entry.principal_arn == caller.principal_arn:
            return entry
    return None


def _canonical_arn(caller):
    """The role's ARN without its path; a user's ARN as it is."""
    if caller.session_name is None:
        return caller.arn
    partition, account = caller.arn.split(":")[1], caller.account
    return f"arn:{partition}:iam::{account}:role/{caller.principal_arn.rsplit('/', 1)[-1]}"


def _is_creator(caller, cluster):
    """Clusters of a world, which nobody created, let the test user of their account in."""
    if cluster.creator_arn is None:
        is_test_user = principals.parse(caller.principal_arn).tail == TEST_USER
        return cluster.creator_access and is_test_user and caller.account == cluster.account
    # In the other modes the creator has an access entry, which can be removed.
    return cluster.mode == "CONFIG_MAP" and caller.principal_arn == cluster.creator_arn


def _user(caller, template, groups, policies=(), raw=False):
    unique_id = caller.user_id.split(":")[0]
    return User(
        name=_expand(template, caller, raw),
        groups=(*groups, AUTHENTICATED),
        uid=f"aws-iam-authenticator:{caller.account}:{unique_id}",
        extra={
            "accessKeyId": [caller.access_key_id],
            "arn": [caller.arn],
            "canonicalArn": [_canonical_arn(caller)],
            "principalId": [unique_id],
            "sessionName": [caller.session_name or ""],
        },
        policies=policies,
    )


def _expand(template, caller, raw):
    session = caller.session_name or ""
    values = {
        "{{SessionName}}": session.replace("@", "-"),
        "{{AccountID}}": caller.account,
        INSTANCE_NAME: session,
        # Access entries do not know the name with its "@".
        **({"{{SessionNameRaw}}": session, "{{AccessKeyID}}": caller.access_key_id} if raw else {}),
    }
    for placeholder, value in values.items():
        template = template.replace(placeholder, value)
    return template
