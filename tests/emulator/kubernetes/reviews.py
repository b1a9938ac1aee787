"""SelfSubjectReview, SelfSubjectAccessReview and SelfSubjectRulesReview."""

from kubernetes import authorization, requests, resources


def answer(user, request, store):
    asked = request.body() or {}
    if request.resource is resources.WHO_AM_I:
        status = {"userInfo": _describe(user)}
    elif request.resource is resources.MAY_I:
        status = _may(user, asked.get("spec") or {}, store)
    else:
        status = _rules(user, (asked.get("spec") or {}).get("namespace", ""), store)
    return {
        "kind": request.resource.kind,
        "apiVersion": request.resource.api_version,
        "metadata": {},
        **({"spec": asked["spec"]} if "spec" in asked else {}),
        "status": status,
    }


def _describe(user):
    return {
        "username": user.name,
        "groups": list(user.groups),
        **({"uid": user.uid} if user.uid else {}),
        **({"extra": user.extra} if user.extra else {}),
    }


def _may(user, spec, store):
    """Every authorizer is asked: access policies count."""
    allowed = authorization.allows(user, requests.for_review(spec), store)
    return {"allowed": allowed}


def _rules(user, namespace, store):
    """Only RBAC can list its rules: access policies do not show."""
    rules = list(authorization.rbac_rules(user, namespace, store))
    return {
        "resourceRules": [rule for rule in rules if "nonResourceURLs" not in rule],
        "nonResourceRules": [rule for rule in rules if "nonResourceURLs" in rule],
        "incomplete": True,
        "evaluationError": "webhook authorizer does not support user rule resolution",
    }
