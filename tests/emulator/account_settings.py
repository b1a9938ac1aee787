"""Switches of one account, set by tests through POST /emulator/settings."""

from dataclasses import dataclass, field, fields


@dataclass
class Settings:
    # A role younger than this is "invalid principal" to EKS, as IAM replicates slowly.
    principal_propagation_seconds: float = 0
    # So many look-ups of a newly created entry answer 404.
    hide_new_entry_reads: int = 0
    # How long UpdateClusterConfig keeps a cluster UPDATING.
    update_seconds: float = 0
    # How long an account assignment stays IN_PROGRESS (its role appears at the end).
    assignment_seconds: float = 0
    # Role ARNs that nobody may assume, or that this account may not.
    refused_roles: list = field(default_factory=list)
    # "denied", "instances_only" or "full"; None: full unless another account manages.
    sso_admin_access: str | None = None
    # True: clientRequestToken is ignored, so that a repeated create answers 409.
    ignore_request_tokens: bool = False
    # True: access entries can be changed while the cluster is UPDATING.
    entries_while_updating: bool = False


_by_account: dict[str, Settings] = {}
NAMES = {f.name for f in fields(Settings)}


def of(account):
    return _by_account.setdefault(account, Settings())


def change(account, values):
    unknown = set(values) - NAMES
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    settings = of(account)
    for name, value in values.items():
        setattr(settings, name, value)
    return settings
