"""Every call, by account, in the order of arrival."""

import threading
import time

_lock = threading.Lock()
_calls: dict[str, list[dict]] = {}


def begin(call):
    """Note a call when it arrives; its result is filled in when it is known."""
    entry = {
        "service": call.service,
        "operation": call.operation,
        "account": call.account,
        "region": call.region,
        "status": None,
        "params": call.parameters,
        "time": time.time(),
        "user_agent": call.user_agent,
    }
    with _lock:
        _calls.setdefault(call.account, []).append(entry)
    return entry


def of(account):
    with _lock:
        return list(_calls.get(account, []))


def clear(account):
    with _lock:
        _calls.pop(account, None)
