"""The rows of kube-system/aws-auth, as aws-iam-authenticator reads them."""

from dataclasses import dataclass

import yaml

NAMESPACE = "kube-system"
NAME = "aws-auth"


@dataclass(frozen=True)
class Row:
    username: str
    groups: tuple


def find(config_map, canonical_arn, account):
    """The row for a principal (a role's ARN has no path here), or None."""
    data = (config_map or {}).get("data") or {}
    member, key = ("mapRoles", "rolearn") if ":role/" in canonical_arn else ("mapUsers", "userarn")
    found = None
    for row in _rows(data.get(member)):
        # Of two rows for one ARN the later one counts; case does not.
        if str(row.get(key, "")).lower() == canonical_arn.lower():
            found = Row(str(row.get("username") or ""), tuple(row.get("groups") or ()))
    if found is None and account in [str(a) for a in _list(data.get("mapAccounts"))]:
        return Row(canonical_arn, ())
    return found


def _rows(text):
    return [row for row in _list(text) if isinstance(row, dict) and _is_well_formed(row)]


def _list(text):
    """A document that cannot be read has no rows at all."""
    try:
        rows = yaml.safe_load(text or "")
    except yaml.YAMLError:
        return []
    return rows if isinstance(rows, list) else []


def _is_well_formed(row):
    groups = row.get("groups")
    return groups is None or (isinstance(groups, list) and all(isinstance(g, str) for g in groups))
