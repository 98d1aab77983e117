"""The signatures of scikit-learn's estimators: known without importing it, and without its being installed.

`signatures.json` is measured, not written: tests/check/test_signatures.py makes it and holds it to what is installed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

SIMILAR = 0.85
"""How alike two paths are that are probably meant to be the same: newer versions have classes of new names."""


class Signature(NamedTuple):
    """What is known of an estimator.

    Attributes:
        kind: what it is; a `transformer` only where it is nothing else.
        arguments: the names that its constructor takes, in any of the versions that mlc is tested with.
        numbers: it refuses columns of text.
        strategies: values of its argument `strategy` with which it takes text after all.
        keeps: each column that it reads becomes one of the same name.
        transforms: it can be a stage.
    """

    kind: Literal["classifier", "regressor", "transformer"]
    arguments: frozenset[str]
    numbers: bool = False
    strategies: tuple[str, ...] = ()
    keeps: bool = False
    transforms: bool = False


@cache
def signature(use: str) -> Signature | None:
    """The signature of what `use` names; None where nothing is known of it."""
    path = use.replace(":", ".")
    found = _catalogue().get(path) if path.startswith("sklearn.") else None
    if found is None:
        return None
    return Signature(
        found["kind"],
        frozenset(found["arguments"]),
        found.get("numbers", False),
        tuple(found.get("strategies", ())),
        found.get("keeps", False),
        found["kind"] == "transformer" or found.get("transforms", False),
    )


def estimators() -> Mapping[str, str]:
    """The path of every estimator that is known, with what it is: a classifier, a regressor, or a transformer."""
    return {path: found["kind"] for path, found in _catalogue().items()}


def misspelt(use: str) -> str:
    """The estimator that was probably meant by a path that leads to none; empty where the path may be right."""
    path = use.replace(":", ".")
    if not path.startswith("sklearn.") or path in _catalogue():
        return ""
    near = get_close_matches(path, list(_catalogue()), n=1, cutoff=SIMILAR)
    return near[0] if near else ""


@cache
def _catalogue() -> Mapping[str, Any]:
    text = (files(__package__) / "signatures.json").read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found
