"""EKS tokens: a presigned STS GetCallerIdentity URL, signed for one cluster."""

import base64
import binascii
import hashlib
import hmac
import re
import time
from calendar import timegm
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

import accounts
from moto.iam.models import iam_backends

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
LIFETIME_SECONDS = 15 * 60
DATE_FORMAT = "%Y%m%dT%H%M%SZ"
STS_HOST = re.compile(
    r"sts(?:-fips)?(?:\.(?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d))?"
    r"\.(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws|amazonaws\.eu)$"
)
PARAMETERS = {
    "action",
    "version",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
}
# The test keys go with any secret elsewhere; a signature needs one that is known.
TEST_SECRETS = ("not-a-secret", "secret", "test", "x")


class BadToken(Exception):
    """Why the token is refused. Clients only ever see "Unauthorized"."""


@dataclass(frozen=True)
class Caller:
    """What GetCallerIdentity would answer, and the access key."""

    access_key_id: str
    account: str
    arn: str
    user_id: str
    # The ARN of the role with its path, or of the user.
    principal_arn: str
    session_name: str | None


def verify(token, cluster_name):
    """Return the caller who signed this token, or raise BadToken."""
    url = urlsplit(_decode(token))
    given = _parameters(url)
    key, date, region, service, terminator = _scope(given)
    _check_host(url, region)
    _check_time(given, date)
    if (service, terminator) != ("sts", "aws4_request"):
        raise BadToken("the credential is not scoped to STS")
    if CLUSTER_HEADER not in given["x-amz-signedheaders"].split(";"):
        raise BadToken(f"{CLUSTER_HEADER} is not a signed header")
    secrets = _secrets(key, given.get("x-amz-security-token"))
    signatures = [_signature(url, given, secret, cluster_name) for secret in secrets]
    if given["x-amz-signature"] not in signatures:
        raise BadToken("the signature is wrong, or made for another cluster")
    return _caller(key, region)


def claims(token):
    """What the token says, for the request log; never its signature."""
    try:
        url = urlsplit(_decode(token))
    except BadToken:
        return None
    given = {name.lower(): value for name, value in parse_qsl(url.query)}
    given.pop("x-amz-signature", None)
    given.pop("x-amz-security-token", None)
    return {"scheme": url.scheme, "host": url.netloc, **given}


def _decode(token):
    if not token.startswith(PREFIX):
        raise BadToken(f"the token does not begin with {PREFIX}")
    encoded = token[len(PREFIX) :]
    if "=" in encoded:
        raise BadToken("the token is padded")
    try:
        padded = encoded + "=" * (-len(encoded) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise BadToken(f"the token is not base64url: {error}") from None


def _parameters(url):
    pairs = parse_qsl(url.query, keep_blank_values=True)
    given = {name.lower(): value for name, value in pairs}
    if len(given) != len(pairs):
        raise BadToken("a parameter is given twice")
    if set(given) - PARAMETERS:
        raise BadToken(f"unexpected parameters: {sorted(set(given) - PARAMETERS)}")
    missing = PARAMETERS - {"x-amz-security-token"} - set(given)
    if missing:
        raise BadToken(f"missing parameters: {sorted(missing)}")
    if given["action"] != "GetCallerIdentity":
        raise BadToken("the action is not GetCallerIdentity")
    if given["x-amz-algorithm"] != "AWS4-HMAC-SHA256":
        raise BadToken("unknown algorithm")
    return given


def _check_host(url, region):
    """STS over HTTPS, or this emulator."""
    if url.path not in ("/", ""):
        raise BadToken("unexpected path")
    if url.hostname in ("127.0.0.1", "localhost"):
        return
    match = STS_HOST.match(url.netloc)
    if url.scheme != "https" or not match:
        raise BadToken(f"{url.scheme}://{url.netloc} is not STS")
    if (match["region"] or "us-east-1") != region:
        raise BadToken(f"the credential is scoped to {region}, but {url.netloc} is asked")


def _scope(given):
    scope = given["x-amz-credential"].split("/")
    if len(scope) != 5:
        raise BadToken("the credential has no scope")
    return scope


def _check_time(given, date):
    expires = given["x-amz-expires"]
    if not expires.isdigit() or int(expires) > 900:
        raise BadToken(f"X-Amz-Expires is {expires}")
    try:
        signed_at = timegm(time.strptime(given["x-amz-date"], DATE_FORMAT))
    except ValueError as error:
        raise BadToken(str(error)) from None
    if not given["x-amz-date"].startswith(date):
        raise BadToken("the credential is scoped to another day")
    if time.time() > signed_at + LIFETIME_SECONDS:
        raise BadToken("the token has expired")
    if time.time() < signed_at - LIFETIME_SECONDS:
        raise BadToken("the token is of the future")


def _secrets(access_key_id, session_token):
    session = accounts.session_of(access_key_id)
    if session:
        if session_token != session.session_token:
            raise BadToken("the session token is wrong")
        if time.time() > timegm(session.expiration.utctimetuple()):
            raise BadToken("the session has expired")
        return [session.secret_access_key]
    if accounts.TEST_KEY.match(access_key_id):
        return TEST_SECRETS
    return [_iam_key(access_key_id).secret_access_key]


def _iam_key(access_key_id):
    for partitions in list(iam_backends.values()):
        for backend in list(partitions.values()):
            if access_key_id in backend.access_keys:
                return backend.access_keys[access_key_id]
    raise BadToken(f"the access key {access_key_id} does not exist")


def _signature(url, given, secret, cluster_name):
    """Signature Version 4 of the request that EKS would now send to STS."""
    headers = {"host": url.netloc, CLUSTER_HEADER: cluster_name}
    signed = given["x-amz-signedheaders"].split(";")
    if set(signed) != set(headers):
        raise BadToken(f"unexpected signed headers: {signed}")
    query = [
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(url.query, keep_blank_values=True)
        if name.lower() != "x-amz-signature"
    ]
    canonical = [
        "GET",
        "/",
        "&".join(f"{name}={value}" for name, value in sorted(query)),
        *(f"{name}:{headers[name]}" for name in sorted(signed)),
        "",
        given["x-amz-signedheaders"],
        hashlib.sha256(b"").hexdigest(),
    ]
    scope = given["x-amz-credential"].split("/")[1:]
    request = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", given["x-amz-date"], "/".join(scope), request])
    key = f"AWS4{secret}".encode()
    for part in (*scope, text):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


def _caller(access_key_id, region):
    """The answer of GetCallerIdentity."""
    session = accounts.session_of(access_key_id)
    account = accounts.account_of(access_key_id)
    if session:
        return Caller(
            access_key_id, account, session.arn, session.user_id, session.role_arn,
            session.session_name,
        )
    if accounts.TEST_KEY.match(access_key_id):
        arn = accounts.caller_arn(access_key_id, region)
        return Caller(access_key_id, account, arn, f"AIDATEST{account}", arn, None)
    user_name = _iam_key(access_key_id).user_name
    backend = next(b for b in iam_backends[account].values() if access_key_id in b.access_keys)
    user = backend.get_user(user_name)
    return Caller(access_key_id, account, user.arn, user.id, user.arn, None)
