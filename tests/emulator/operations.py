"""Which operation a request asks for, and with which parameters.

Everything is read off botocore's service models, so names are AWS's own.
"""

import json
from functools import cache
from urllib.parse import parse_qs, parse_qsl, unquote

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.utils import get_service_model
from werkzeug.datastructures import MultiDict

# Signing name -> botocore's service name, where they differ.
SIGNING_NAMES = {"sso": "sso-admin"}
# X-Amz-Target prefix -> service, for requests without a signature.
TARGET_PREFIXES = {"SWBExternalService": "sso-admin", "AWSIdentityStore": "identitystore"}
UNSIGNED_ACTIONS = {"AssumeRoleWithWebIdentity": "sts", "AssumeRoleWithSAML": "sts"}
KNOWN_SERVICES = {"eks", "iam", "sts", "sso-admin", "identitystore", "organizations"}


def service_of(signing_name, target, body):
    if signing_name:
        return SIGNING_NAMES.get(signing_name, signing_name)
    if target:
        return TARGET_PREFIXES.get(target.split(".")[0])
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    return UNSIGNED_ACTIONS.get(form.get("Action"))


def identify(service, method, raw_path, query, target, body):
    """Return (operation name, parameters); (None, {}) when it is not a known one."""
    if service not in KNOWN_SERVICES:
        return _guess(target, body), {}
    protocol = get_service_model(service).metadata["protocol"]
    if protocol == "query":
        return _identify_query(service, query, body)
    if protocol == "json":
        return _identify_json(service, target, body)
    return _identify_rest(service, method, raw_path, query, body)


def _guess(target, body):
    if target:
        return target.split(".")[-1]
    if body[:256].find(b"Action=") >= 0:
        return dict(parse_qsl(body.decode("utf-8", "replace"))).get("Action")
    return None


def _identify_query(service, query, body):
    values = MultiDict(parse_qsl(body.decode() or query, keep_blank_values=True))
    name = values.get("Action")
    if name not in get_service_model(service).operation_names:
        return None, {}
    parser = PROTOCOL_PARSERS["query"](get_service_model(service).operation_model(name))
    request = {"method": "POST", "values": values, "headers": {}, "body": body}
    return name, _plain(parser.parse({**request, "url_path": "/", "url_params": {}}))


def _plain(value):
    """moto's parser returns its own mapping types; the call log wants plain ones."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _identify_json(service, target, body):
    name = target.split(".")[-1] if target else None
    if name not in get_service_model(service).operation_names:
        return None, {}
    return name, _json_body(body)


def _json_body(body):
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _identify_rest(service, method, raw_path, query, body):
    segments = raw_path.rstrip("/").split("/")[1:]
    for pattern, name in _rest_routes(service).get((method, len(segments)), ()):
        labels = _match(pattern, segments)
        if labels is not None:
            return name, _rest_parameters(service, name, labels, query, body)
    return None, {}


@cache
def _rest_routes(service):
    """(method, number of path segments) -> [(segments, operation name)].

    Routes with more literal segments come first, as they are the more exact ones.
    """
    routes = {}
    model = get_service_model(service)
    for name in model.operation_names:
        http = model.operation_model(name).http
        pattern = tuple(http["requestUri"].split("?")[0].rstrip("/").split("/")[1:])
        routes.setdefault((http["method"], len(pattern)), []).append((pattern, name))
    for group in routes.values():
        group.sort(key=lambda route: sum(part.startswith("{") for part in route[0]))
    return routes


def _match(pattern, segments):
    labels = {}
    for expected, actual in zip(pattern, segments):
        if expected.startswith("{"):
            # Split before decoding: an ARN's slashes arrive as %2F.
            labels[expected.strip("{}+")] = unquote(actual)
        elif expected != actual:
            return None
    return labels


@cache
def _locations(service, name):
    """[(member, where it travels, its name there, its type)] of an operation's input."""
    shape = get_service_model(service).operation_model(name).input_shape
    members = shape.members.items() if shape else ()
    return [
        (
            member,
            part.serialization.get("location", "body"),
            part.serialization.get("name", member),
            part.type_name,
        )
        for member, part in members
    ]


def _rest_parameters(service, name, labels, query, body):
    document = _json_body(body)
    arguments = parse_qs(query, keep_blank_values=True)
    parameters = {}
    for member, location, wire_name, kind in _locations(service, name):
        if location == "uri" and wire_name in labels:
            parameters[member] = labels[wire_name]
        elif location == "querystring" and wire_name in arguments:
            parameters[member] = _query_value(arguments[wire_name], kind)
        elif location == "body" and document.get(wire_name) is not None:
            parameters[member] = document[wire_name]
    return parameters


def _query_value(values, kind):
    if kind == "list":
        return values
    if kind == "integer" and values[0].lstrip("-").isdigit():
        return int(values[0])
    return values[0]
