"""Faults that a test orders for an account: errors, delays, lost connections."""

import threading
import time
from dataclasses import dataclass, field, fields

import denials
from errors import AwsError

DEFAULT_MESSAGES = {
    "ThrottlingException": "Rate exceeded",
    "Throttling": "Rate exceeded",
    "TooManyRequestsException": "Rate exceeded",
}


@dataclass
class Rule:
    service: str | None = None
    operation: str | None = None
    # How often it strikes; None is always.
    times: int | None = None
    # How many matching calls pass unharmed first.
    after: int = 0
    status: int = 400
    code: str | None = None
    message: str | None = None
    # Refused as IAM refuses what no policy allows, in the words of denials.py.
    denied: bool = False
    delay_ms: int = 0
    # Waits until the account's rules are cleared.
    hold: bool = False
    # Performed, but the answer never arrives.
    lose_answer: bool = False
    # Not even performed.
    drop: bool = False
    # Strikes only what comes faster than this: a bucket of so many tokens, refilled each second.
    per_second: float | None = None
    _tokens: float | None = field(default=None, init=False, repr=False)
    _refilled: float = field(default=0, init=False, repr=False)

    def matches(self, service, operation):
        return self.service in (None, service) and self.operation in (None, operation)

    def strikes(self):
        if self.after > 0:
            self.after -= 1
            return False
        if self.per_second is not None and self._has_token():
            return False
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0

    def _has_token(self):
        now = time.monotonic()
        tokens = self.per_second if self._tokens is None else self._tokens
        tokens = min(self.per_second, tokens + (now - self._refilled) * self.per_second)
        self._refilled = now
        self._tokens = tokens - 1 if tokens >= 1 else tokens
        return tokens >= 1

    @property
    def kind(self):
        if self.drop:
            return "dropped"
        if self.lose_answer:
            return "answer lost"
        return "error" if self.is_error else "delay"

    @property
    def is_error(self):
        return self.denied or self.code is not None

    def error(self, call):
        if self.denied:
            return denials.of(call)
        message = self.message or DEFAULT_MESSAGES.get(self.code, self.code)
        return AwsError(self.code, message, self.status)


_lock = threading.Lock()
_rules: dict[str, list[Rule]] = {}
_NAMES = {f.name for f in fields(Rule) if f.init}


def add(account, rules):
    for rule in rules:
        unknown = set(rule) - _NAMES
        if unknown:
            raise ValueError(f"unknown members of a rule: {', '.join(sorted(unknown))}")
    with _lock:
        _rules.setdefault(account, []).extend(Rule(**rule) for rule in rules)


def clear(account):
    with _lock:
        _rules.pop(account, None)


def holds(account, rule):
    with _lock:
        return rule.hold and any(held is rule for held in _rules.get(account, []))


def strike(account, service, operation):
    """The first rule that strikes this call, or None.."""
    if account not in _rules:
        return None
    with _lock:
        for rule in _rules.get(account, []):
            if rule.times != 0 and rule.matches(service, operation) and rule.strikes():
                return rule
    return None
