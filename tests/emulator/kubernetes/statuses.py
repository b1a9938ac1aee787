"""Errors of a Kubernetes API: Status objects with the texts that the real server writes."""

REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    410: "Expired",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


class StatusError(Exception):
    """An answer that is a Status of failure."""

    def __init__(self, code, message, reason=None, details=None):
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason or REASONS.get(code, "")
        self.details = details

    def body(self):
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        }
        if self.details:
            status["details"] = self.details
        return status


def success(resource, name, uid):
    """What a DELETE answers."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {**_details(resource, name), "uid": uid},
    }


def unauthorized():
    return StatusError(401, "Unauthorized")


def bad_request(message):
    return StatusError(400, message)


def not_found(resource, name):
    text = f'{resource.qualified} "{name}" not found'
    return StatusError(404, text, details=_details(resource, name))


def no_such_path():
    return StatusError(404, "the server could not find the requested resource", details={})


def exists(resource, name):
    text = f'{resource.qualified} "{name}" already exists'
    return StatusError(409, text, "AlreadyExists", _details(resource, name))


def conflict(resource, name, why=None):
    why = why or (
        "the object has been modified; please apply your changes to the latest version "
        "and try again"
    )
    text = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
    return StatusError(409, text, details=_details(resource, name))


def invalid(resource, name, field, why):
    text = f'{resource.kind} "{name}" is invalid: {field}: {why}'
    details = _details(resource, name)
    details["kind"] = resource.kind
    details["causes"] = [{"reason": "FieldValueInvalid", "message": why, "field": field}]
    return StatusError(422, text, details=details)


def forbidden(user, request):
    """The request is one that no rule allows."""
    if request.resource is None:
        text = f'forbidden: User "{user.name}" cannot {request.verb} path "{request.path}"'
        return StatusError(403, text, details={})
    what = request.resource.qualified
    if request.name:
        what += f' "{request.name}"'
    where = f'in the namespace "{request.namespace}"' if request.namespace else "at the cluster scope"
    text = (
        f'{what} is forbidden: User "{user.name}" cannot {request.verb} resource '
        f'"{request.resource_and_subresource}" in API group "{request.group}" {where}'
    )
    details = _details(request.resource, request.name)
    return StatusError(403, text, details=details)


def _details(resource, name):
    details = {"kind": resource.plural}
    if name:
        details["name"] = name
    if resource.group:
        details["group"] = resource.group
    return details
