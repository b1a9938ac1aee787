"""AWS errors and the envelope that each wire protocol puts them in."""

import json
import uuid
from xml.sax.saxutils import escape

from moto.core.utils import get_service_model

# Namespaces of the query-protocol envelopes (from the services' API models).
QUERY_NAMESPACES = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}


class AwsError(Exception):
    """An error that the emulated service answers with."""

    def __init__(self, code, message, status=400, **members):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        # Further members of the error shape, for instance clusterName.
        self.members = members


def invalid_parameter(message, **members):
    return AwsError("InvalidParameterException", message, 400, **members)


def invalid_request(message, **members):
    return AwsError("InvalidRequestException", message, 400, **members)


def not_found(message, **members):
    return AwsError("ResourceNotFoundException", message, 404, **members)


def in_use(message, **members):
    return AwsError("ResourceInUseException", message, 409, **members)


def over_limit(message, **members):
    return AwsError("ResourceLimitExceededException", message, 400, **members)


def new_request_id():
    return str(uuid.uuid4())


def envelope(service, error, request_id):
    """Return (headers, body) of an error as the service's protocol writes it."""
    protocol = protocol_of(service)
    if protocol in ("query", "ec2"):
        return _query_envelope(service, error, request_id)
    if protocol == "json":
        return _json_envelope(service, error)
    return _rest_json_envelope(error)


def protocol_of(service):
    if service is None:
        return "rest-json"
    try:
        return get_service_model(service).metadata["protocol"]
    except Exception:  # not a botocore service name: any readable answer will do
        return "rest-json"


def _query_envelope(service, error, request_id):
    namespace = QUERY_NAMESPACES.get(service, "")
    fault = "Sender" if error.status < 500 else "Receiver"
    body = (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{fault}</Type>'
        f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return [("Content-Type", "text/xml")], body.encode()


def _json_envelope(service, error):
    body = {"__type": error.code, _message_member(service, error.code): error.message}
    body.update(error.members)
    return [("Content-Type", "application/x-amz-json-1.1")], json.dumps(body).encode()


def _message_member(service, code):
    """The message is "Message" in some shapes; unmodelled errors use "message"."""
    shape = get_service_model(service).shape_for_error_code(code)
    members = shape.members if shape is not None else {}
    return "Message" if "Message" in members else "message"


def _rest_json_envelope(error):
    body = {"message": error.message, **error.members}
    headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", error.code)]
    return headers, json.dumps(body).encode()
