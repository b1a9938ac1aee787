"""Whose request it is: access keys, sessions and caller ARNs."""

import re

import moto.iam.models
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

# A test picks its account by its access key id: AKIATEST and the account's digits.
TEST_KEY = re.compile(r"AKIATEST(\d{12})$")
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([^/]*)/([^/]+)/aws4_request")

# Temporary access key id -> the AssumedRole that it stands for.
_sessions = {}


def credential_of(authorization):
    """Return (access key id, region, signing name) of a SigV4 header, or three None."""
    match = CREDENTIAL.search(authorization or "")
    return match.groups() if match else (None, None, None)


def account_of(access_key_id):
    match = TEST_KEY.match(access_key_id or "")
    if match:
        return match[1]
    if access_key_id in _sessions:
        return _sessions[access_key_id].account_id
    return _account_of_iam_key(access_key_id)


def _account_of_iam_key(access_key_id):
    # moto's own search makes every partition's backend of every account: slow.
    for account, partitions in list(iam_backends.items()):
        for backend in list(partitions.values()):
            if access_key_id in backend.access_keys:
                return account
    return moto.iam.models.DEFAULT_ACCOUNT_ID


def remember_session(assumed_role):
    _sessions[assumed_role.access_key_id] = assumed_role


def session_of(access_key_id):
    return _sessions.get(access_key_id)


def caller_arn(access_key_id, region):
    session = session_of(access_key_id)
    if session:
        return session.arn
    return test_user_arn(account_of(access_key_id), get_partition(region))


def test_user_arn(account, partition):
    return f"arn:{partition}:iam::{account}:user/test"


def caller_principal_arn(access_key_id, region):
    """The IAM principal behind the caller: what EKS makes a creator's entry for."""
    session = session_of(access_key_id)
    return session.role_arn if session else caller_arn(access_key_id, region)


def install():
    """Let moto find test accounts wherever it looks up an access key itself."""
    moto.iam.models.get_account_id_from = account_of
