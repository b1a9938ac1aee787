"""GET, LIST, POST, PUT, PATCH and DELETE on the objects of a store."""

from kubernetes import patches, validation
from kubernetes.endpoint import Answer
from kubernetes.statuses import StatusError, success
from kubernetes.store import check_current


def perform(request, store):
    operation = _OPERATIONS.get(request.verb)
    if operation is None:
        raise StatusError(405, "the server does not allow this method on the requested resource")
    return operation(request, store)


def _get(request, store):
    return Answer(200, store.find(request.resource, request.namespace_of_object, request.name))


def _list(request, store):
    items = store.list(request.resource, request.namespace)
    kept = [item for item in items if _is_selected(item, request.query)]
    return Answer(
        200,
        {
            "kind": f"{request.resource.kind}List",
            "apiVersion": request.resource.api_version,
            "metadata": {"resourceVersion": store.version},
            "items": kept,
        },
    )


def _is_selected(item, query):
    metadata = item["metadata"]
    for term in filter(None, query.get("fieldSelector", "").split(",")):
        field, _, value = term.replace("==", "=").partition("=")
        if str(metadata.get(field.removeprefix("metadata."), "")) != value:
            return False
    labels = metadata.get("labels") or {}
    for term in filter(None, query.get("labelSelector", "").split(",")):
        name, equals, value = term.replace("==", "=").partition("=")
        if name not in labels or equals and labels[name] != value:
            return False
    return True


def _create(request, store):
    new = request.body()
    validation.check(request, new, store)
    made = store.create(request.resource, request.namespace_of_object, new, request.dry_run)
    return Answer(201, made)


def _update(request, store):
    new = request.body()
    validation.check(request, new, store)
    return _replace(request, store, new)


def _replace(request, store, new):
    place = request.resource, request.namespace_of_object, request.name
    old = store.find(*place)
    check_current(request.resource, old, new.get("metadata") or {})
    validation.check_change(request, old, new)
    return Answer(200, store.replace(*place, new, request.dry_run))


def _patch(request, store):
    place = request.resource, request.namespace_of_object, request.name
    patch = request.body()
    if patches.is_apply(request) and store.get(*place) is None:
        validation.check(request, patch, store)
        return Answer(201, store.create(place[0], place[1], _named(patch, request), request.dry_run))
    new = patches.apply(store.find(*place), patch, request.content_type)
    validation.check(request, new, store)
    return _replace(request, store, new)


def _named(given, request):
    return {**given, "metadata": {**(given.get("metadata") or {}), "name": request.name}}


def _delete(request, store):
    place = request.resource, request.namespace_of_object, request.name
    options = request.body() or {}
    old = store.find(*place)
    check_current(request.resource, old, options.get("preconditions") or {})
    if not request.dry_run and options.get("dryRun") != ["All"]:
        store.delete(*place)
    return Answer(200, success(request.resource, request.name, old["metadata"]["uid"]))


def _delete_collection(request, store):
    answer = _list(request, store)
    for item in answer.body["items"]:
        metadata = item["metadata"]
        store.delete(request.resource, metadata.get("namespace", ""), metadata["name"])
    return answer


_OPERATIONS = {
    "get": _get,
    "list": _list,
    "create": _create,
    "update": _update,
    "patch": _patch,
    "delete": _delete,
    "deletecollection": _delete_collection,
}
