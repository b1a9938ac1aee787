"""One request to an emulated service, read once."""

import io

import accounts
import operations
from errors import new_request_id

DEFAULT_REGION = "us-east-1"


class Call:
    def __init__(self, environ):
        self.environ = environ
        self.body = _read_body(environ)
        self.user_agent = environ.get("HTTP_USER_AGENT", "")
        self.request_id = new_request_id()
        authorization = environ.get("HTTP_AUTHORIZATION")
        self.access_key_id, region, signing_name = accounts.credential_of(authorization)
        self.region = region or DEFAULT_REGION
        target = environ.get("HTTP_X_AMZ_TARGET")
        self.service = operations.service_of(signing_name, target, self.body)
        self.operation, self.parameters = operations.identify(
            self.service,
            environ["REQUEST_METHOD"],
            _raw_path(environ),
            environ.get("QUERY_STRING", ""),
            target,
            self.body,
        )
        self.account = self._account()
        # Where the operation takes place: the caller's account, unless a hook moves it.
        self.acting_account = self.account

    def _account(self):
        if self.access_key_id:
            return accounts.account_of(self.access_key_id)
        # An unsigned call has no account; it is booked on the role's.
        parts = self.parameters.get("RoleArn", "").split(":")
        return parts[4] if len(parts) > 5 else accounts.account_of(None)

    def get(self, name, default=None):
        return self.parameters.get(name, default)

    @property
    def caller_arn(self):
        return accounts.caller_arn(self.access_key_id, self.region)

    def moto_environ(self):
        """The request again, for moto, with the account settled."""
        environ = dict(self.environ)
        environ["wsgi.input"] = io.BytesIO(self.body)
        environ["CONTENT_LENGTH"] = str(len(self.body))
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.acting_account
        return environ


def _read_body(environ):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return environ["wsgi.input"].read(length) if length else b""


def _raw_path(environ):
    """The path as sent. PATH_INFO has lost the difference between %2F and a slash."""
    raw = environ.get("RAW_URI") or environ["PATH_INFO"]
    if "://" in raw.split("?")[0]:
        raw = "/" + raw.split("://", 1)[1].partition("/")[2]
    return raw.split("?", 1)[0]
