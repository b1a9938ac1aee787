"""Faults that a test orders for the Kubernetes API of a cluster."""

import threading
from dataclasses import dataclass, fields

from kubernetes.statuses import REASONS, StatusError


@dataclass
class Rule:
    # An HTTP method, and a whole path without its query. None is any.
    method: str | None = None
    path: str | None = None
    # How often it strikes; None is always.
    times: int | None = None
    # How many matching requests pass unharmed first.
    after: int = 0
    status: int | None = None
    reason: str | None = None
    message: str | None = None
    # Retry-After, in seconds.
    retry_after: int | None = None
    delay_ms: int = 0
    # Waits until the cluster's rules are cleared.
    hold: bool = False
    # Performed, but the answer never arrives.
    lose_answer: bool = False
    # Not even performed.
    drop: bool = False
    # {path, object?, merge?, delete?}: a change that another writer makes just before.
    writer: dict | None = None

    def matches(self, request):
        return self.method in (None, request.method) and self.path in (None, request.path)

    def strikes(self):
        if self.after > 0:
            self.after -= 1
            return False
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0

    @property
    def kind(self):
        if self.drop:
            return "dropped"
        if self.lose_answer:
            return "answer lost"
        if self.status:
            return "error"
        return "another writer" if self.writer else "delay"

    def error(self):
        message = self.message or f"ordered by a fault rule: {REASONS.get(self.status)}"
        return StatusError(self.status, message, self.reason)


_NAMES = {f.name for f in fields(Rule)}


class Rules:
    def __init__(self):
        self._lock = threading.Lock()
        self._rules = []

    def add(self, rules):
        for rule in rules:
            unknown = set(rule) - _NAMES
            if unknown:
                raise ValueError(f"unknown members of a rule: {', '.join(sorted(unknown))}")
        with self._lock:
            self._rules += [Rule(**rule) for rule in rules]

    def clear(self):
        with self._lock:
            self._rules.clear()

    def holds(self, rule):
        with self._lock:
            return rule.hold and any(held is rule for held in self._rules)

    def strike(self, request):
        """The first rule that strikes this request, or None."""
        with self._lock:
            for rule in self._rules:
                if rule.times != 0 and rule.matches(request) and rule.strikes():
                    return rule
        return None
