"""One request to a Kubernetes API, taken apart as its authorizers see it."""

import json
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

from kubernetes import protobuf, resources
from kubernetes.statuses import bad_request

COLLECTION_VERBS = {"GET": "list", "POST": "create", "DELETE": "deletecollection"}
OBJECT_VERBS = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Request:
    def __init__(self, method, target, headers, body):
        parts = urlsplit(target)
        self.method = method
        self.path = parts.path.rstrip("/") or "/"
        self.query = {k: v[-1] for k, v in parse_qs(parts.query, True).items()}
        self.headers = headers
        self.content_type = (headers.get("Content-Type") or "").split(";")[0].strip()
        self.raw_body = body
        self.group = self.namespace = self.name = self.subresource = ""
        self.resource = None
        self.verb = method.lower()
        # A path below a group that exists, with a resource that does not.
        self.unknown_resource = False
        self._find_resource()

    @property
    def resource_and_subresource(self):
        plural = self.resource.plural
        return f"{plural}/{self.subresource}" if self.subresource else plural

    @property
    def namespace_of_object(self):
        """Authorizers see namespace X in a request for namespace X; it lies in none."""
        return self.namespace if self.resource.namespaced else ""

    @property
    def dry_run(self):
        return self.query.get("dryRun") == "All"

    def body(self):
        """The object of the body. YAML is a superset of JSON."""
        try:
            if self.content_type == protobuf.CONTENT_TYPE:
                return protobuf.read(self.raw_body)
            if "yaml" in self.content_type:
                return yaml.safe_load(self.raw_body)
            return json.loads(self.raw_body) if self.raw_body else None
        except (ValueError, IndexError, yaml.YAMLError) as error:
            raise bad_request(f"the body of the request cannot be read: {error}") from None

    def _find_resource(self):
        segments = [unquote(segment) for segment in self.path.split("/")[1:]]
        if segments[0] == "api" and len(segments) > 2:
            self._read("", segments[1], segments[2:])
        elif segments[0] == "apis" and len(segments) > 3:
            self._read(segments[1], segments[2], segments[3:])

    def _read(self, group, version, rest):
        self.group = group
        # /namespaces/NAME[/status] is a namespace, /namespaces/NAME/pods is not.
        if rest[0] == "namespaces" and len(rest) > 1:
            self.namespace = rest[1]
            if len(rest) > 2 and rest[2] not in ("status", "finalize"):
                rest = rest[2:]
        plural, self.name, self.subresource, *_ = [*rest, "", ""]
        self.resource = resources.find(group, version, plural)
        self.unknown_resource = self.resource is None
        verbs = OBJECT_VERBS if self.name else COLLECTION_VERBS
        self.verb = verbs.get(self.method, self.method.lower())
        if self.subresource and self.method == "POST":
            self.verb = "create"
        if self.verb == "list" and self.query.get("watch") in ("true", "1"):
            self.verb = "watch"


def for_review(attributes):
    """The request that a SelfSubjectAccessReview asks about."""
    return _Asked(attributes)


class _Asked:
    def __init__(self, spec):
        attributes = spec.get("resourceAttributes") or {}
        other = spec.get("nonResourceAttributes") or {}
        self.path = other.get("path", "")
        self.verb = attributes.get("verb") or other.get("verb", "")
        self.group = attributes.get("group", "")
        self.namespace = attributes.get("namespace", "")
        self.name = attributes.get("name", "")
        plural = attributes.get("resource", "")
        subresource = attributes.get("subresource", "")
        self.resource = plural or None
        self.resource_and_subresource = f"{plural}/{subresource}" if subresource else plural
