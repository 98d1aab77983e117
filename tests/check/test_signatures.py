"""The catalogue of scikit-learn's signatures, held to the scikit-learn that is installed.

The catalogue is the union over the versions that were asked: `pytest tests/check/test_signatures.py --update` adds what
the installed one has.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import ClassifierMixin, OneToOneFeatureMixin, RegressorMixin
from sklearn.utils import all_estimators

CATALOGUE = Path(str(files("mlc_compiler.check") / "signatures.json"))
NUMBERS = pd.DataFrame(np.random.default_rng(7).uniform(0.1, 1.0, (60, 3)), columns=["a", "b", "c"])
TEXT = pd.DataFrame({"word": pd.Categorical(["x", "y", "z"] * 20)})
LABELS = {"classifier": np.array([False, True] * 30), "regressor": np.linspace(0.5, 2.0, 60)}
KINDS = {ClassifierMixin: "classifier", RegressorMixin: "regressor"}
WORDS = ("most_frequent", "constant")
"""What the argument `strategy` may be where the one by default is for numbers only."""


def kind(cls: type) -> str | None:
    for mixin, name in KINDS.items():
        if issubclass(cls, mixin):
            return name
    return "transformer" if hasattr(cls, "fit") and hasattr(cls, "transform") else None


def complaint(cls: type, kind: str, frame: pd.DataFrame, **options: Any) -> str:
    """What it says to a data frame as a training has it; empty where it learns from it."""
    try:
        cls(**options).fit(frame, LABELS.get(kind, LABELS["classifier"]))
    except Exception as error:  # noqa: BLE001 - each has its own way to refuse
        return f"{error}."
    return ""


def entry(cls: type, kind: str) -> dict[str, Any]:
    arguments = sorted(inspect.signature(cls).parameters)
    found: dict[str, Any] = {"kind": kind, "arguments": arguments}
    if not complaint(cls, kind, NUMBERS) and complaint(cls, kind, NUMBERS.join(TEXT)):
        found["numbers"] = True
        if "strategy" in arguments:
            found["strategies"] = [word for word in WORDS if not complaint(cls, kind, TEXT, strategy=word)]
    if kind != "transformer" and hasattr(cls, "transform"):
        found["transforms"] = True
    if kind == "transformer" and issubclass(cls, OneToOneFeatureMixin):
        found["keeps"] = True
    return found


def installed() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every estimator that is made from plain values, by the module and name that one imports it by."""
    for name, cls in all_estimators():
        module = cls.__module__.partition("._")[0]
        required = [p for p in inspect.signature(cls).parameters.values() if p.default is p.empty]
        found = kind(cls)
        if found is not None and not required:
            yield f"{module}.{name}", entry(cls, found)


def merged(catalogue: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """The catalogue with what was found; arguments that only other versions have stay."""
    joined = dict(catalogue)
    for use, each in found.items():
        before = joined.get(use, {"arguments": []})
        joined[use] = {**each, "arguments": sorted({*before["arguments"], *each["arguments"]})}
    return dict(sorted(joined.items()))


@pytest.mark.filterwarnings("ignore")
def test_the_catalogue_knows_what_is_installed(golden: Callable[[Path, str], None]) -> None:
    catalogue = json.loads(CATALOGUE.read_text(encoding="utf-8")) if CATALOGUE.exists() else {}
    lines = [f"{json.dumps(use)}: {json.dumps(each)}" for use, each in merged(catalogue, dict(installed())).items()]
    golden(CATALOGUE, "{\n" + ",\n".join(lines) + "\n}\n")
