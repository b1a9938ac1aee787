"""The identity store is moto's; here its answers get what today's model requires."""

import json

from moto.core.utils import get_service_model
from moto.utilities.utils import get_partition

# moto's texts -> AWS's. The one for users follows the one for groups; it was not seen.
MESSAGES = {b"GROUP not found.": b"Group not found", b"USER not found.": b"User not found"}


def complete(call, answer):
    """Add ARNs and revisions to an answer of moto, and AWS's wording to its errors."""
    if answer.status >= 400:
        for moto_text, aws_text in MESSAGES.items():
            answer.body = answer.body.replace(moto_text, aws_text)
    elif call.operation:
        shape = get_service_model(call.service).operation_model(call.operation).output_shape
        document = json.loads(answer.body or b"{}")
        _fill(document, shape, get_partition(call.region))
        answer.body = json.dumps(document).encode()


def _fill(value, shape, partition):
    if shape is None or value is None:
        return
    if shape.type_name == "list":
        for item in value:
            _fill(item, shape.member, partition)
    elif shape.type_name == "structure":
        for name in shape.required_members:
            value.setdefault(name, _missing(value, name, partition))
        for name, member in shape.members.items():
            _fill(value.get(name), member, partition)


def _missing(value, name, partition):
    kind = name.removesuffix("Arn")
    if kind != name and f"{kind}Id" in value:
        return f"arn:{partition}:identitystore:::{kind.lower()}/{value[f'{kind}Id']}"
    return "1"  # a revision
