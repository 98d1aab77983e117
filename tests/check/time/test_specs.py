"""Good and leaking specs: what the compiler says of them, and what the oracle's tables show."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlc_compiler.driver import Checked, check_file
from mlc_compiler.expression.duration import parse_duration

HERE = Path(__file__).parent
WORLD = yaml.safe_load((HERE / "world.yaml").read_text())
GOOD = yaml.safe_load((HERE / "good.yaml").read_text())
LEAKING = yaml.safe_load((HERE / "leaking.yaml").read_text())

SPLIT = {"by": "case when true then 'train' else 'test' end"}
"""Parts that have nothing to do with time."""


def whole(case: Mapping[str, Any]) -> dict[str, Any]:
    """A case as a spec: the world with the case's additions, and a training that reads its features."""
    sources = {**WORLD, **case.get("sources", {})}
    training = {"examples": "e", "features": case.get("inputs", list(case["features"])), "model": "a.b:C"}
    return {
        "mlc": 1,
        "name": "p",
        "timezone": case.get("timezone", "UTC"),
        "sources": {name: {**WORLD.get(name, {}), **source} for name, source in sources.items()},
        "features": case["features"],
        "examples": {"e": {"split": SPLIT, **case["examples"]}},
        "training": {"t": training | ({"each": case["each"]} if "each" in case else {})},
    }


def judged(spec: Mapping[str, Any], folder: Path) -> Checked:
    path = folder / "p.yaml"
    path.write_text(yaml.safe_dump(dict(spec), sort_keys=False))
    return check_file(path)


def test_there_are_forty_of_each() -> None:
    assert len(GOOD) >= 40
    assert len(LEAKING) >= 40


@pytest.mark.parametrize("title", GOOD)
def test_good_specs_are_accepted_and_leak_nothing(title: str, tmp_path: Path, oracle: Any) -> None:
    case = GOOD[title]
    spec = whole(case)
    found = judged(spec, tmp_path).diagnostics
    assert [d.message for d in found if d.code != "MLC209"] == []  # a case does not read all of the world
    judge = oracle(spec)
    groups = spec["training"]["t"]["features"]
    assert judge.seen(25) >= {
        f"{group}.{column}" for group in groups for column in judge.columns(spec["features"][group])
    }
    assert case.get("asserted") or list(judge.leaks(25)) == []


@pytest.mark.parametrize("title", LEAKING)
def test_leaking_specs_are_refused_for_a_reason(title: str, tmp_path: Path, oracle: Any) -> None:
    case = LEAKING[title]
    spec = whole(case)
    found = judged(spec, tmp_path).diagnostics
    assert sorted({d.code for d in found if d.severity == "error"}) == case["codes"], [d.message for d in found]
    judge = oracle(spec)
    match case.get("shows", "leak"):
        case "leak":
            assert next(judge.leaks(100), None) is not None
        case "empty":
            assert judge.seen(40) == set()
        case "known":
            assert not judge.label_differs(40)
        case "gap":
            assert judge.longest_wait(40) > parse_duration(case["examples"]["split"]["gap"]).micros
        case "nothing":
            pass


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(1, 4))
@pytest.mark.parametrize("title", [title for title, case in GOOD.items() if not case.get("asserted")])
def test_good_specs_leak_nothing_in_many_worlds(title: str, seed: int, oracle: Any) -> None:
    assert list(oracle(whole(GOOD[title]), seed=seed, rows=9).leaks(150)) == []
