"""What became of each step, as marks in the pictures of two graphs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlc_compiler.explain.changes import Change

_GONE = ("dropped", "merged")

Marks = Mapping[str, tuple[str, ...]]


def marks(changes: Iterable[Change]) -> tuple[Marks, Marks]:
    """The marks of the first graph and of the second, by step."""
    before: dict[str, tuple[str, ...]] = {}
    after: dict[str, tuple[str, ...]] = {}
    for change in changes:
        side = before if change.what in _GONE else after
        side[change.step] = tuple(dict.fromkeys((*side.get(change.step, ()), change.what)))
    return before, after
