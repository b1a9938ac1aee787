"""The rows of kube-system/aws-auth, as aws-iam-authenticator reads them."""

from dataclasses import dataclass

import yaml

NAMESPACE = "kube-system"
NAME = "aws-auth"


@dataclass(frozen=True)
class Row:
    username: str
    groups: tuple


# In the order in which they are asked, with the key that holds a row's ARN.
MEMBERS = (("mapRoles", "rolearn"), ("mapUsers", "userarn"))


def find(config_map, canonical_arn, account):
    """The row for a principal (a role's ARN has no path here), or None.

    Both members are asked by the ARN, whatever it is the ARN of.
    """
    data = (config_map or {}).get("data") or {}
    for member, key in MEMBERS:
        # Of two rows for one ARN the later one counts; case does not.
        for row in reversed(_rows(data.get(member))):
            if str(row.get(key, "")).lower() == canonical_arn.lower():
                return Row(str(row.get("username") or ""), tuple(row.get("groups") or ()))
    if account in [str(a) for a in _list(data.get("mapAccounts"))]:
        return Row(canonical_arn, ())
    return None


def _rows(text):
    """Rows by their keys in lower case: the case of a key's letters does not count."""
    rows = [_in_lower_case(row) for row in _list(text) if isinstance(row, dict)]
    return [row for row in rows if _is_well_formed(row)]


def _in_lower_case(row):
    return {str(key).lower(): value for key, value in row.items()}


def _list(text):
    """The first document; one that cannot be read has no rows at all."""
    try:
        rows = next(yaml.safe_load_all(text or ""), None)
    except yaml.YAMLError:
        return []
    return rows if isinstance(rows, list) else []


def _is_well_formed(row):
    groups = row.get("groups")
    return groups is None or (isinstance(groups, list) and all(isinstance(g, str) for g in groups))
