"""The minimum cut against all choices."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_runtime.reuse import Candidate, Choice, min_cut

CHOICES: tuple[Choice, ...] = ("compute", "load", "skip")


def cost(steps: list[Candidate], chosen: dict[str, Choice]) -> float | None:
    """What a choice costs; None where it cannot be done."""
    total = 0.0
    for step in steps:
        match chosen[step.name]:
            case "compute":
                if any(chosen[name] == "skip" for name in step.inputs):
                    return None
                total += step.compute
            case "load":
                if step.load is None:
                    return None
                total += step.load
            case "skip":
                if step.wanted:
                    return None
    return total


@st.composite
def graphs(draw: st.DrawFn) -> list[Candidate]:
    seconds = st.integers(1, 20).map(float)
    steps: list[Candidate] = []
    for place in range(draw(st.integers(1, 7))):
        inputs = tuple(draw(st.lists(st.sampled_from(steps), max_size=2, unique=True))) if steps else ()
        names = tuple(step.name for step in inputs)
        stored = draw(st.none() | seconds)
        steps.append(Candidate(f"s{place}", names, draw(seconds), stored, draw(st.integers(0, 3)) == 0))
    return steps


@settings(max_examples=100)
@given(graphs())
def test_the_cut_is_the_cheapest_choice(steps: list[Candidate]) -> None:
    costs = (
        cost(steps, dict(zip((step.name for step in steps), states, strict=True)))
        for states in product(CHOICES, repeat=len(steps))
    )
    assert cost(steps, min_cut(steps)) == min(found for found in costs if found is not None)


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        (1.0, {"rows": "skip", "fit": "load"}),
        (None, {"rows": "compute", "fit": "compute"}),
        (99.0, {"rows": "compute", "fit": "compute"}),
    ],
)
def test_a_stored_result_is_loaded_where_that_is_cheaper(load: float | None, expected: dict[str, str]) -> None:
    fit = Candidate("fit", ("rows",), 9.0, load, wanted=True)
    assert min_cut([Candidate("rows", (), 5.0), fit]) == expected


def test_nothing_is_done_for_nobody() -> None:
    assert min_cut([Candidate("a", (), 0.0, 0.0), Candidate("b", ("a",), 0.0)]) == {"a": "skip", "b": "skip"}
    assert min_cut([]) == {}
