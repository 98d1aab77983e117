"""What an analysis says in words, in a table and on a page."""

from typing import Any

import numpy as np
import pytest

from mlc_compiler.experiment.page import page
from mlc_compiler.experiment.words import lines, verdict
from mlc_runtime.experiment.analysis import analyse
from mlc_runtime.experiment.design import Design, Measure, dump_design, load_design
from mlc_runtime.experiment.report import dump_analysis
from mlc_runtime.experiment.unit_table import UnitTable

SPENT = Measure("spent", "higher")
LATE = Measure("late", "lower", at_most=0.05)
DESIGN = Design("x", "user", {"control": 0.5, "eager": 0.5}, SPENT, (LATE,), mean=10.0, std=2.0, segments=("country",))


def analysed(lift: float = 0.0, late: float = 0.0, count: int = 4_000, share: float = 0.5) -> dict[str, Any]:
    """Arms whose outcome differs by `lift`, whose guardrail differs by `late`."""
    rng = np.random.default_rng(3)
    arm = np.where(np.arange(count) < count * share, "control", "eager").astype(object)
    treated = arm == "eager"
    ones = np.ones(count)
    table = UnitTable(
        arm,
        {
            "spent": rng.normal(10, 2, count) * (1 + lift * treated),
            "late": rng.normal(1, 0.2, count) * (1 + late * treated),
        },
        {"spent": ones, "late": ones},
        segments={"country": np.where(np.arange(count) % 2 == 0, "<b>CH</b>", "FR").astype(object)},
    )
    return dump_analysis(analyse(DESIGN, table))


@pytest.mark.parametrize(
    ("given", "found", "says"),
    [
        ({"lift": 0.1}, "better", "Take eager"),
        ({"lift": -0.1}, "worse", "Keep control"),
        ({"lift": 0.0}, "equal", "less than is worth finding"),
        ({"lift": 0.1, "late": 0.3}, "harm", "`late` got worse"),
        ({"lift": 0.1, "share": 0.6}, "invalid", "Do not decide"),
        ({"lift": 0.0, "count": 150}, "open", "Go on"),
    ],
)
def test_one_verdict_follows(given: dict[str, Any], found: str, says: str) -> None:
    analysis = analysed(**given)
    assert analysis["verdict"] == found
    assert says in verdict(analysis)
    assert verdict(analysis) in next(lines(analysis))


def test_the_table_tells_arms_changes_and_segments() -> None:
    text = "\n".join(lines(analysed(lift=0.1)))
    assert "country = FR" in text
    assert "guardrails" in text
    assert text.count("eager") >= 4


def test_the_page_shows_hostile_names_as_text_and_needs_no_network() -> None:
    text = page(analysed(lift=0.1))
    assert "<b>CH" not in text
    assert "&lt;b&gt;CH&lt;/b&gt;" in text
    assert "http://" not in text
    assert "<script" not in text


def test_a_design_is_the_same_after_json() -> None:
    assert load_design(dump_design(DESIGN)) == DESIGN
