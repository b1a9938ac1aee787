"""The WSGI application: our own operations, control endpoints, and moto for the rest."""

import json
import re
import socket
import time
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus

import access_entries
import access_policies
import accounts
import call_log
import clusters
import control
import faults
import identity_center
import identity_store
import managed_policies  # noqa: F401 (changes moto)
import moto.backends
import moto.core.responses
import roles
import security_tokens
from call import Call
from errors import AwsError, envelope, protocol_of
from moto.backends import list_of_moto_modules as _list_of_moto_modules
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.server import DomainDispatcherApplication, create_backend_app
from moto.utilities.utils import get_partition

ERROR_CODE = re.compile(rb"<Code>([^<]+)</Code>")
REQUEST_ID_HEADERS = {"iam": "x-amzn-RequestId", "sts": "x-amzn-RequestId"}


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: list = field(default_factory=list)
    code: str | None = None


def _operations(service, modules, names):
    """{(service, operation): function}, the functions being named like the operations."""
    table = {}
    for name in names.split():
        function_name = camelcase_to_underscores(name)
        module = next(m for m in modules if hasattr(m, function_name))
        table[service, name] = getattr(module, function_name)
    return table


OWN_OPERATIONS = {
    **_operations(
        "eks",
        [access_entries, access_policies, clusters],
        "CreateAccessEntry DescribeAccessEntry UpdateAccessEntry DeleteAccessEntry "
        "ListAccessEntries AssociateAccessPolicy DisassociateAccessPolicy "
        "ListAssociatedAccessPolicies ListAccessPolicies CreateCluster DescribeCluster "
        "ListClusters DeleteCluster UpdateClusterConfig DescribeUpdate ListUpdates "
        "TagResource UntagResource ListTagsForResource",
    ),
    **_operations(
        "sso-admin",
        [identity_center],
        "ListInstances DescribeInstance CreatePermissionSet UpdatePermissionSet "
        "DeletePermissionSet DescribePermissionSet ListPermissionSets "
        "ListAccountsForProvisionedPermissionSet ListPermissionSetsProvisionedToAccount "
        "CreateAccountAssignment DeleteAccountAssignment ListAccountAssignments "
        "ListAccountAssignmentsForPrincipal DescribeAccountAssignmentCreationStatus "
        "DescribeAccountAssignmentDeletionStatus ProvisionPermissionSet "
        "DescribePermissionSetProvisioningStatus ListTagsForResource TagResource "
        "UntagResource",
    ),
}


class Application:
    def __init__(self):
        # moto's backends are plain dictionaries: one call at a time.
        self.lock = identity_center.lock
        self.moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"].startswith("/emulator/"):
            with self.lock:
                status, body = control.answer(environ)
            answer = Answer(status, json.dumps(body, default=str).encode())
            answer.headers.append(("Content-Type", "application/json"))
            return _send(answer, start_response)
        return self._emulate(Call(environ), start_response)

    def _emulate(self, call, start_response):
        entry = call_log.begin(call)
        rule = faults.strike(call.account, call.service, call.operation)
        if rule:
            entry["fault"] = rule.kind
            time.sleep(rule.delay_ms / 1000)
            while faults.holds(call.account, rule):
                time.sleep(0.02)
        if rule and rule.drop:
            _hang_up(call)
        if rule and rule.is_error and not rule.lose_answer:
            answer = _failure(call, rule.error(call))
        else:
            answer = self._perform(call)
        entry["status"] = answer.status
        if answer.code:
            entry["code"] = answer.code
        if rule and rule.lose_answer:
            _hang_up(call)
        _add_request_id(call, answer)
        return _send(answer, start_response)

    def _perform(self, call):
        with self.lock:
            try:
                _check(call)
                operation = OWN_OPERATIONS.get((call.service, call.operation))
                if operation:
                    return _success(call, operation(call))
                if call.service is None:
                    raise _unsigned()
                return self._ask_moto(call)
            except AwsError as error:
                return _failure(call, error)

    def _ask_moto(self, call):
        result = {}

        def start_response(status, headers, exc_info=None):
            result["status"], result["headers"] = int(status.split()[0]), headers

        chunks = self.moto(call.moto_environ(), start_response)
        body = b"".join(chunks)
        skipped = ("content-length", "connection", "date", "server")
        headers = [(k, v) for k, v in result["headers"] if k.lower() not in skipped]
        answer = Answer(result["status"], body, headers)
        if answer.status >= 400:
            answer.code = _code_of(answer)
        if call.service == "identitystore":
            identity_store.complete(call, answer)
        return answer


def _check(call):
    """What comes before the operation itself, whoever performs it."""
    if call.service == "sso-admin":
        identity_center.settle_account(call)
    elif call.service == "identitystore":
        identity_center.settle_identity_store_account(call)
    elif call.service == "iam" and call.operation in roles.CHANGES:
        roles.refuse_change(call, get_partition(call.region))
    elif call.service == "sts" and (call.operation or "").startswith("AssumeRole"):
        security_tokens.check_assume_role(call)


def _unsigned():
    return AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)


def _success(call, result):
    """Absent members are left out, as AWS does."""
    result = {key: value for key, value in result.items() if value is not None}
    json_1_1 = protocol_of(call.service) == "json"
    content_type = "application/x-amz-json-1.1" if json_1_1 else "application/json"
    return Answer(200, json.dumps(result).encode(), [("Content-Type", content_type)])


def _failure(call, error):
    headers, body = envelope(call.service, error, call.request_id)
    return Answer(error.status, body, headers, error.code)


def _code_of(answer):
    """The error code in an answer of moto, for the call log."""
    for name, value in answer.headers:
        if name.lower() == "x-amzn-errortype":
            return value
    found = ERROR_CODE.search(answer.body)
    if found:
        return found[1].decode()
    try:
        return json.loads(answer.body).get("__type")
    except (ValueError, AttributeError):
        return None


def _add_request_id(call, answer):
    if not any(name.lower() == "x-amzn-requestid" for name, _ in answer.headers):
        name = REQUEST_ID_HEADERS.get(call.service, "x-amzn-requestid")
        answer.headers.append((name, call.request_id))


def _hang_up(call):
    """Close the connection without an answer; the server takes the exception quietly."""
    connection = call.environ["werkzeug.socket"]
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the client was quicker
    raise ConnectionAbortedError("ordered by a fault rule")


def _send(answer, start_response):
    phrase = HTTPStatus(answer.status).phrase if answer.status in _PHRASES else "Unknown"
    headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
    start_response(f"{answer.status} {phrase}", headers)
    return [answer.body]


_PHRASES = {status.value for status in HTTPStatus}


def _region_of_signature(self, request, full_url):
    """moto would read a region off any URL with amazonaws.com in it: an ARN of an SSO
    role, for instance. Only the signature counts."""
    region = accounts.credential_of(request.headers.get("Authorization"))[1]
    return region or self.default_region


def _remember_what_never_changes():
    """moto reads its own folder and its own classes on each request: half of what one costs."""
    moto.backends.list_of_moto_modules = cache(lambda: frozenset(_list_of_moto_modules()))
    moto.core.responses.method_names_from_class = cache(method_names_from_class)


def install():
    """All changes to moto, once, before the first request."""
    _remember_what_never_changes()
    BaseResponse.get_region_from_url = _region_of_signature
    accounts.install()
    roles.install()
    security_tokens.install()
    identity_center.install()
