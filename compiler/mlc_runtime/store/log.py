"""A log in a store: numbered objects under a prefix, `000001.json` and on, that are only ever added.

Who wants to add reads the next number first, then what the new object depends on, and adds it under that number. Where
another writer was faster the number is taken, and what was read is out of date: read again, decide again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlc_runtime.store.store import Store


def entries(store: Store, prefix: str) -> Iterator[tuple[int, Any]]:
    """The objects of a log with their numbers, in order; one that a loss of power left torn never was."""
    for name in store.names(prefix):
        with suppress(ValueError):
            yield _number(prefix, name), json.loads(store.get(name) or b"")


def next_number(store: Store, prefix: str) -> int:
    """The number after the last one taken. To be asked for before what the new object depends on is read."""
    return max((_number(prefix, name) for name in store.names(prefix)), default=0) + 1


def add(store: Store, prefix: str, number: int, data: Any) -> bool:
    """Add an object under a number; False where another writer was first, so that what was read is out of date."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return store.put_new(f"{prefix}{number:06}.json", text.encode())


def _number(prefix: str, name: str) -> int:
    return int(name.removeprefix(prefix).removesuffix(".json"))
