"""The control endpoints of the Kubernetes APIs."""

import clusters
from kubernetes.statuses import StatusError


class Refused(Exception):
    """What the Kubernetes API would answer with a Status."""

    def __init__(self, status):
        super().__init__(status.message)
        self.code = status.code


def _api(request):
    return clusters.find(request["account"], request["region"], request["cluster"]).kubernetes


def read(request):
    return _object(lambda: _api(request).read(request["path"]))


def write(request):
    api, path = _api(request), request["path"]
    return _object(lambda: api.write(path, request.get("object"), request.get("merge")))


def delete(request):
    return _object(lambda: _api(request).write(request["path"], delete=True))


def _object(operation):
    try:
        return operation()
    except StatusError as status:
        raise Refused(status) from None


def requests(request):
    return {"requests": list(_api(request).log)}


def clear_requests(request):
    _api(request).log.clear()
    return {}


def add_faults(request):
    _api(request).rules.add(request["rules"])
    return {"added": len(request["rules"])}


def clear_faults(request):
    _api(request).rules.clear()
    return {}


def endpoint(request):
    """Say where the API is; `reachable` opens or closes its port."""
    api = _api(request)
    if request.get("reachable") is not None:
        (api.endpoint.open if request["reachable"] else api.endpoint.close)()
    return {"endpoint": api.endpoint.url, "certificate_authority": api.authority_data}


ROUTES = {
    ("GET", "/emulator/kubernetes"): read,
    ("PUT", "/emulator/kubernetes"): write,
    ("DELETE", "/emulator/kubernetes"): delete,
    ("GET", "/emulator/kubernetes-requests"): requests,
    ("DELETE", "/emulator/kubernetes-requests"): clear_requests,
    ("POST", "/emulator/kubernetes-faults"): add_faults,
    ("DELETE", "/emulator/kubernetes-faults"): clear_faults,
    ("POST", "/emulator/kubernetes-endpoint"): endpoint,
}
