"""What is analysed is what was shown: counts and outcomes as they are by hand, from the log and the sources alone."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pyarrow as pa
import pytest
from tests.serving.test_experiments import ADA, AT, start

from mlc_compiler.graph.exposed import exposed_graph
from mlc_runtime.data.rows import ROW
from mlc_runtime.experiment import control, exposure
from mlc_runtime.experiment.design import dump_design
from mlc_runtime.serving.service import Service

DAYS = 86_400_000_000


def analysed(trained: Any, serve: Callable[[str], Service], serving: str, name: str, asked: list[pa.Table]) -> Any:
    """Start an experiment, ask a service, write the log, and run the analysis."""
    from tests.serving.conftest import SPEC

    service = serve(serving)
    state = start(service, name)
    for number, rows in enumerate(asked):
        answer = service.answer(rows, AT + number)
        exposure.write_part(service.store, "shop", name, str(number), answer.exposures[name].drop_columns([ROW]))
    trained.build = partial(exposed_graph, name=name, design=dump_design(state.definition.design))
    return trained.run(SPEC), state


def test_a_metric_is_that_of_the_answers_that_were_shown(trained: Any, serve: Callable[[str], Service]) -> None:
    asked = [pa.table({"order_id": list(range(first, first + 50))}) for first in (200, 250, 300, 350)]
    finished, state = analysed(trained, serve, "ask", "strict", asked)
    assert finished.failures() == {}
    orders = {row["order_id"]: row["late"] for row in trained.finished.value("sources.orders", "table").to_pylist()}
    log = exposure.read_parts(trained.store, exposure.parts(trained.store, "shop", "strict"))
    assert log is not None
    right: dict[str, list[bool]] = {"control": [], "strict": []}
    for row in log.to_pylist():
        assert row["arm"] == state.allocation.arm(row["unit"])
        right[row["arm"]].append(row["decision"] == orders[int(row["unit"])])
    analysis = finished.value("experiments.strict.analysis", "analysis")
    assert [arm["units"] for arm in analysis["arms"]] == [len(right["control"]), len(right["strict"])]
    assert sum(arm["rows"] for arm in analysis["arms"]) == 200
    for arm in analysis["arms"]:
        shares = right[arm["name"]]
        assert arm["estimates"]["accuracy"]["mean"] == pytest.approx(sum(shares) / len(shares))


def test_an_outcome_counts_from_the_first_exposure_once_its_window_is_over(
    trained: Any, serve: Callable[[str], Service]
) -> None:
    orders = trained.finished.value("sources.orders", "table").to_pylist()
    last = max(int(row["placed_at"].timestamp() * 1_000_000) for row in orders)

    def rows(at: int, customers: range) -> pa.Table:
        moments = pa.array([at] * len(customers), pa.timestamp("us", tz="UTC"))
        return pa.table({"customer_id": list(customers), "amount": [20.0] * len(customers), "placed_at": moments})

    # All at first; again later, which counts for nothing; the last ones only at the end, so that nothing is known yet.
    asked = [rows(AT, range(24)), rows(AT + 5 * DAYS, range(24)), rows(last - DAYS, range(24, 30))]
    finished, state = analysed(trained, serve, "tell", "simple", asked)
    assert finished.failures() == {}
    analysis = finished.value("experiments.simple.analysis", "analysis")
    log = exposure.read_parts(trained.store, exposure.parts(trained.store, "shop", "simple"))
    assert log is not None
    shown: dict[str, set[int]] = {"control": set(), "plain": set()}
    for row in log.to_pylist():
        shown[row["arm"]].add(row["seen.customer_id"])
    for arm in analysis["arms"]:
        known = [customer for customer in shown[arm["name"]] if customer < 24]
        assert arm["units"] == len(shown[arm["name"]])
        assert arm["estimates"]["count(*)"]["units"] == len(known)
    within = [row for row in orders if 0 <= int(row["placed_at"].timestamp() * 1_000_000) - AT < 10 * DAYS]
    found = {arm["name"]: arm["estimates"]["count(*)"]["mean"] for arm in analysis["arms"]}
    counting = {customer for customers in shown.values() for customer in customers if customer < 24}
    everyone = sum(row["customer_id"] in counting for row in within)
    counted = {name: sum(customer < 24 for customer in customers) for name, customers in shown.items()}
    assert sum(found[name] * count for name, count in counted.items()) == pytest.approx(everyone)
    assert {segment["value"] for segment in analysis["segments"]} <= {"CH", "DE", "FR"}
    assert state.running


def test_nothing_shown_is_said(trained: Any, serve: Callable[[str], Service]) -> None:
    finished, _ = analysed(trained, serve, "ask", "strict", [])
    assert "has shown nothing yet" in finished.failures()["experiments.strict.exposures"]


def test_what_is_stopped_is_analysed_as_it_was(trained: Any, serve: Callable[[str], Service]) -> None:
    first, _ = analysed(trained, serve, "ask", "strict", [pa.table({"order_id": list(range(200, 260))})])
    control.stop(trained.store, "shop", "strict", "enough", **ADA)
    from tests.serving.conftest import SPEC

    again = trained.run(SPEC)
    assert again.statuses("experiments.strict.analysis") == ["stored"]
    assert again.value("experiments.strict.analysis", "analysis") == first.value(
        "experiments.strict.analysis", "analysis"
    )
