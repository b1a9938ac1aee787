"""PATCH: JSON merge patch, JSON patch, strategic merge and apply."""

import copy

import jsonpatch

from kubernetes.statuses import StatusError

JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = ("application/apply-patch+yaml", "application/apply-patch+json")


def is_apply(request):
    return request.content_type in APPLY


def apply(old, patch, content_type):
    """The patched copy of an object."""
    if content_type == JSON_PATCH:
        return _json_patch(old, patch)
    if content_type not in (MERGE, STRATEGIC, *APPLY):
        supported = ", ".join((JSON_PATCH, MERGE, STRATEGIC, *APPLY))
        text = (
            "the body of the request was in an unknown format - accepted media types "
            f"include: {supported}"
        )
        raise StatusError(415, text)
    # Lists are replaced as a whole, which real strategic merging does only for some.
    return _merge(copy.deepcopy(old), patch)


def _merge(target, patch):
    if not isinstance(patch, dict):
        return patch
    if not isinstance(target, dict):
        target = {}
    for key, value in patch.items():
        if key.startswith("$"):
            continue  # a directive of strategic merging: $setElementOrder, $retainKeys
        if value is None:
            target.pop(key, None)
        else:
            target[key] = _merge(target.get(key), value)
    return target


def _json_patch(old, patch):
    try:
        return jsonpatch.JsonPatch(patch).apply(old)
    except jsonpatch.JsonPatchTestFailed as error:
        raise StatusError(422, f"the server rejected our request due to an error: {error}") from None
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError) as error:
        raise StatusError(422, f"the server rejected our request: {error}") from None
