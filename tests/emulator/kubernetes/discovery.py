"""What a client reads before its first request: versions, groups, resources, schemas."""

from kubernetes import resources

HEALTH = ("/healthz", "/livez", "/readyz")


def answer(path, kubernetes_version):
    """The document at this path, or None."""
    if path in HEALTH or path.startswith(tuple(f"{p}/" for p in HEALTH)):
        return "ok"
    if path == "/version":
        return _version(kubernetes_version)
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if path == "/apis":
        groups = [_group(*gv) for gv in resources.GROUP_VERSIONS if gv[0]]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    if path == "/openapi/v3":
        return {"paths": dict(_schema_path(*gv) for gv in resources.GROUP_VERSIONS)}
    return _of_a_group(path)


def _of_a_group(path):
    for group, version in resources.GROUP_VERSIONS:
        base = _base(group, version)
        if path == base:
            return _resource_list(group, version)
        if group and path == f"/apis/{group}":
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(group, version)}
        if path == f"/openapi/v3{base}":
            return _schema(group, version)
    return None


def _version(version):
    major, minor = version.split(".")[:2]
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"v{major}.{minor}.5-eks-0000000",
        "gitCommit": "0" * 40,
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "go1.24",
        "compiler": "gc",
        "platform": "linux/amd64",
    }


def _base(group, version):
    return f"/apis/{group}/{version}" if group else f"/api/{version}"


def _group(group, version):
    this = {"groupVersion": f"{group}/{version}", "version": version}
    return {"name": group, "versions": [this], "preferredVersion": this}


def _resource_list(group, version):
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": [resource.describe() for resource in resources.of_group(group, version)],
    }


def _schema_path(group, version):
    base = _base(group, version)
    return base.lstrip("/"), {"serverRelativeURL": f"/openapi/v3{base}"}


def _schema(group, version):
    """Only what kubectl looks for: that the server checks fields itself."""
    paths = {}
    for resource in resources.of_group(group, version):
        middle = "/namespaces/{namespace}" if resource.namespaced else ""
        kind = {"group": group, "version": version, "kind": resource.kind}
        paths[f"{_base(group, version)}{middle}/{resource.plural}/{{name}}"] = {
            "patch": {
                "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": kind,
                "parameters": [
                    {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}},
                    {"name": "dryRun", "in": "query", "schema": {"type": "string"}},
                ],
                "responses": {},
            }
        }
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1"}, "paths": paths}
