"""Bodies in Kubernetes' protobuf form, which kubectl sends for some kinds.

The numbers are those of the generated.proto files of k8s.io/api and k8s.io/apimachinery. Kinds
and members that are not listed here are not read.
"""

import base64

CONTENT_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\x00"
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def _text(raw):
    return raw.decode()


def _binary(raw):
    """As JSON has it."""
    return base64.b64encode(raw).decode()


def _message(fields):
    return lambda raw: decode(raw, fields)


def _entry_of(value):
    return lambda raw: decode(raw, {1: ("key", _text), 2: ("value", value)})


class _Many:
    """A repeated member."""

    def __init__(self, read):
        self.read = read


class _Map(_Many):
    """A repeated member of keys and values."""


_TEXTS, _TEXT_MAP, _BYTES_MAP = _Many(_text), _Map(_entry_of(_text)), _Map(_entry_of(_binary))
_METADATA = _message(
    {
        1: ("name", _text),
        2: ("generateName", _text),
        3: ("namespace", _text),
        5: ("uid", _text),
        6: ("resourceVersion", _text),
        11: ("labels", _TEXT_MAP),
        12: ("annotations", _TEXT_MAP),
    }
)
_OBJECT = {1: ("metadata", _METADATA)}
_RULE = _message(
    {
        1: ("verbs", _TEXTS),
        2: ("apiGroups", _TEXTS),
        3: ("resources", _TEXTS),
        4: ("resourceNames", _TEXTS),
        5: ("nonResourceURLs", _TEXTS),
    }
)
_SUBJECT = _message({1: ("kind", _text), 2: ("apiGroup", _text), 3: ("name", _text), 4: ("namespace", _text)})
_ROLE_REF = _message({1: ("apiGroup", _text), 2: ("kind", _text), 3: ("name", _text)})
_ROLE = {**_OBJECT, 2: ("rules", _Many(_RULE))}
_BINDING = {**_OBJECT, 2: ("subjects", _Many(_SUBJECT)), 3: ("roleRef", _ROLE_REF)}
_ATTRIBUTES = _message(
    {
        1: ("namespace", _text),
        2: ("verb", _text),
        3: ("group", _text),
        4: ("version", _text),
        5: ("resource", _text),
        6: ("subresource", _text),
        7: ("name", _text),
    }
)
_ASKED = _message(
    {
        1: ("resourceAttributes", _ATTRIBUTES),
        2: ("nonResourceAttributes", _message({1: ("path", _text), 2: ("verb", _text)})),
    }
)
KINDS = {
    "Namespace": _OBJECT,
    "ServiceAccount": _OBJECT,
    "ConfigMap": {**_OBJECT, 2: ("data", _TEXT_MAP), 3: ("binaryData", _BYTES_MAP), 4: ("immutable", bool)},
    "Secret": {**_OBJECT, 2: ("data", _BYTES_MAP), 3: ("type", _text), 5: ("immutable", bool)},
    "Role": _ROLE,
    "ClusterRole": _ROLE,
    "RoleBinding": _BINDING,
    "ClusterRoleBinding": _BINDING,
    "SelfSubjectReview": _OBJECT,
    "SelfSubjectAccessReview": {**_OBJECT, 2: ("spec", _ASKED)},
    "SelfSubjectRulesReview": {**_OBJECT, 2: ("spec", _message({1: ("namespace", _text)}))},
    "DeleteOptions": {
        2: ("preconditions", _message({1: ("uid", _text), 2: ("resourceVersion", _text)})),
        5: ("dryRun", _TEXTS),
    },
}


def read(body):
    """The object in an envelope, or ValueError."""
    if not body.startswith(MAGIC):
        raise ValueError("not a protobuf body")
    kind = _message({1: ("apiVersion", _text), 2: ("kind", _text)})
    envelope = decode(body[len(MAGIC) :], {1: ("type", kind), 2: ("raw", bytes)})
    fields = KINDS.get(envelope["type"]["kind"])
    if fields is None:
        raise ValueError(f"no protobuf for {envelope['type']['kind']}")
    return {**envelope["type"], **decode(envelope.get("raw", b""), fields)}


def decode(raw, fields):
    """{name: value} of the listed fields; others are skipped."""
    decoded = {}
    for number, value in _wire_fields(raw):
        if number not in fields:
            continue
        name, read_value = fields[number]
        if isinstance(read_value, _Map):
            entry = read_value.read(value)
            decoded.setdefault(name, {})[entry.get("key", "")] = entry.get("value", "")
        elif isinstance(read_value, _Many):
            decoded.setdefault(name, []).append(read_value.read(value))
        elif value not in (b"", 0) or read_value is bytes:
            decoded[name] = read_value(value)
    return decoded


def _wire_fields(raw):
    position = 0
    while position < len(raw):
        tag, position = _varint(raw, position)
        kind = tag & 7
        if kind == VARINT:
            value, position = _varint(raw, position)
        elif kind in (BYTES, FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
            if kind == BYTES:
                size, position = _varint(raw, position)
            value, position = raw[position : position + size], position + size
        else:
            raise ValueError(f"wire type {kind}")
        yield tag >> 3, value


def _varint(raw, position):
    value = shift = 0
    while True:
        byte = raw[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
