"""Pages of a list, with tokens that callers cannot guess the meaning of."""

import base64
import binascii

from errors import invalid_parameter

MAX_PAGE = 100


def page(items, size, token, error=invalid_parameter):
    """Return (the page's items, the next token or None)."""
    size = MAX_PAGE if size is None else size
    if not isinstance(size, int) or not 1 <= size <= MAX_PAGE:
        raise error(f"maxResults must be between 1 and {MAX_PAGE}")
    start = _offset(token, error) if token else 0
    rest = start + size < len(items)
    return items[start : start + size], _token(start + size) if rest else None


def _token(offset):
    return base64.b64encode(f"offset:{offset}".encode()).decode()


def _offset(token, error):
    try:
        return int(base64.b64decode(token, validate=True).decode().removeprefix("offset:"))
    except (binascii.Error, ValueError):
        raise error("Invalid nextToken") from None
