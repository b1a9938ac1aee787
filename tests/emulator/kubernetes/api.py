"""The Kubernetes API of one cluster: from an HTTP request to its answer."""

import base64
import time
from functools import cached_property

import identity_center
from kubernetes import authorization, discovery, faults, identity, impersonation, objects
from kubernetes import patches, reviews, tokens
from kubernetes.certificates import Authority
from kubernetes.endpoint import Answer, Endpoint, Hangup
from kubernetes.requests import Request
from kubernetes.resources import CONFIG_MAPS
from kubernetes.statuses import StatusError, forbidden, no_such_path, unauthorized
from kubernetes.store import Store

AWS_AUTH = (CONFIG_MAPS, "kube-system", "aws-auth")


class KubernetesApi:
    def __init__(self, cluster):
        self._cluster = cluster
        authority = Authority()
        self.authority_data = base64.b64encode(authority.pem).decode()
        self.rules = faults.Rules()
        # Every request, in the order of arrival.
        self.log = []
        self.endpoint = Endpoint(authority, self._handle)

    @cached_property
    def store(self):
        return Store(self._cluster.region)

    def _handle(self, method, target, headers, body):
        request = Request(method, target, headers, body)
        entry = _log_entry(request)
        self.log.append(entry)
        rule = self.rules.strike(request)
        if rule:
            entry["fault"] = rule.kind
            self._delay(rule)
            if rule.drop:
                raise Hangup
        answer = self._perform(request, rule, entry)
        entry["status"] = answer.status
        if rule and rule.lose_answer:
            raise Hangup
        return answer

    def _delay(self, rule):
        time.sleep(rule.delay_ms / 1000)
        while self.rules.holds(rule):
            time.sleep(0.02)

    def _perform(self, request, rule, entry):
        # The AWS side of the emulator runs under the same lock.
        with identity_center.lock:
            try:
                if rule and rule.writer:
                    self.write(**rule.writer)
                if rule and rule.status and not rule.lose_answer:
                    raise rule.error()
                return self._answer(request, entry)
            except StatusError as error:
                return _failure(error, rule)

    def _answer(self, request, entry):
        if request.path.startswith(discovery.HEALTH):
            return Answer(200, discovery.answer(request.path, self._cluster.version))
        user = self._authenticate(request, entry)
        user = impersonation.of_request(user, request, self.store)
        entry["user"], entry["groups"] = user.name, list(user.groups)
        if request.unknown_resource:
            raise no_such_path()
        if not authorization.allows(user, request, self.store):
            raise forbidden(user, request)
        if request.resource is None:
            document = discovery.answer(request.path, self._cluster.version)
            if document is None:
                raise no_such_path()
            return Answer(200, document)
        if request.resource.review:
            return Answer(201, reviews.answer(user, request, self.store))
        return objects.perform(request, self.store)

    def _authenticate(self, request, entry):
        kind, _, token = (request.headers.get("Authorization") or "").partition(" ")
        if kind.lower() != "bearer":
            entry["refused"] = "no bearer token"
            raise unauthorized()
        entry["token"] = tokens.claims(token)
        try:
            caller = tokens.verify(token.strip(), self._cluster.name)
        except tokens.BadToken as why:
            entry["refused"] = str(why)
            raise unauthorized() from None
        entry["caller"] = caller.arn
        try:
            return identity.of_caller(caller, self._cluster, self.store.get(*AWS_AUTH))
        except StatusError:
            entry["refused"] = f"no access entry and no row of aws-auth for {caller.principal_arn}"
            raise

    # Without credentials, for tests.

    def read(self, path):
        return objects.perform(_object_request(path), self.store).body

    def write(self, path, object=None, merge=None, delete=False):
        """Make, replace, merge into or delete an object; return it."""
        request = _object_request(path)
        place = request.resource, request.namespace_of_object, request.name
        if delete:
            return self.store.delete(*place)
        old = self.store.get(*place)
        if merge is not None:
            object = patches.apply(old or {}, merge, patches.MERGE)
        metadata = {**(object.get("metadata") or {}), "name": request.name}
        new = {**object, "metadata": metadata}
        if old is None:
            return self.store.create(place[0], place[1], new)
        metadata.pop("resourceVersion", None)
        return self.store.replace(*place, new)


def _object_request(path):
    request = Request("GET", path, {}, b"")
    if request.resource is None or request.resource.review:
        raise no_such_path()
    return request


def _failure(error, rule):
    answer = Answer(error.code, error.body())
    if rule and rule.retry_after is not None:
        answer.headers["Retry-After"] = str(rule.retry_after)
    return answer


def _log_entry(request):
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "user_agent": request.headers.get("User-Agent", ""),
        "content_type": request.content_type,
        "body": request.raw_body.decode(errors="replace"),
        "time": time.time(),
        "user": None,
        "status": None,
    }
