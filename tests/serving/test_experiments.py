"""Requests meet the arms of what runs, are answered by them, and what they met is in the log."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from mlc_runtime import registry
from mlc_runtime.errors import StepError
from mlc_runtime.experiment import control, exposure
from mlc_runtime.experiment.control import State
from mlc_runtime.serving.app import app
from mlc_runtime.serving.exposures import Exposures
from mlc_runtime.serving.service import Service
from mlc_runtime.store.memory import MemoryStore

ADA: dict[str, Any] = {"who": "ada", "when": "2024-05-01T00:00:00+00:00"}
AT = 1_709_000_000_000_000
"""A moment in February 2024, when most customers have orders."""


def start(service: Service, name: str) -> State:
    """Start an experiment as the service's spec has it."""
    definition = next(each for each in service.description.experiments if each.design.name == name)
    if registry.standing(service.store, "all", "live") is None:
        registry.promote(service.store, "all", 1, **ADA)
    state = control.start(service.store, "shop", definition, **ADA)
    service.reload()
    return state


def rows(count: int = 40) -> pa.Table:
    """Requests of `tell`; the last customers have no orders."""
    moments = pa.array([AT] * count, pa.timestamp("us", tz="UTC"))
    return pa.table({"customer_id": list(range(count)), "amount": [20.0] * count, "placed_at": moments})


def test_each_row_is_answered_by_the_arm_that_its_unit_meets(serve: Callable[[str], Service]) -> None:
    service = serve("tell")
    before = service.answer(rows(), AT).predictions["prediction"].to_pylist()
    state = start(service, "simple")
    answer = service.answer(rows(), AT)
    assert answer.met is not None
    arms = answer.met["arm.simple"].to_pylist()
    assert arms[:30] == [state.allocation.arm(str(customer)) for customer in range(30)]
    assert arms[30:] == [None] * 10  # `where` leaves out who has no orders
    assert {"control", "plain", None} == set(arms)
    now = answer.predictions["prediction"].to_pylist()
    for arm, old, new, model in zip(arms, before, now, answer.met["model"].to_pylist(), strict=True):
        assert (model == "all@1") == (arm == "plain")
        assert (old == pytest.approx(new)) == (arm != "plain")


def test_what_was_met_is_logged_with_what_the_analysis_reads(serve: Callable[[str], Service]) -> None:
    service = serve("tell")
    state = start(service, "simple")
    answer = service.answer(rows(), AT)
    assert answer.met is not None
    logged = answer.exposures["simple"]
    arms = answer.met["arm.simple"].to_pylist()
    assert logged["unit"].to_pylist() == [str(number) for number, arm in enumerate(arms) if arm]
    assert logged["arm"].to_pylist() == [arm for arm in arms if arm]
    assert {"seen.past.spent", "seen.who.country", "seen.customer_id", "prediction", "decision"} < {
        *logged.column_names
    }
    assert set(logged["at"].cast(pa.int64()).to_pylist()) == {AT}
    assert set(logged["position"].to_pylist()) <= {*range(1_000_000)}
    assert logged["version"].to_pylist() == [1] * logged.num_rows
    assert state.definition.salt == "shop/experiment/simple"
    part = answer.part(3, 1)
    assert part.exposures["simple"]["unit"].to_pylist() == (["3"] if arms[3] else [])


def test_a_threshold_of_an_arm_decides(serve: Callable[[str], Service]) -> None:
    service = serve("ask")
    asked = pa.table({"order_id": list(range(200, 300))})
    before = service.answer(asked, 0).predictions
    start(service, "strict")
    answer = service.answer(asked, 0)
    assert answer.met is not None
    likely = before["prediction"].to_pylist()
    assert answer.predictions["prediction"].to_pylist() == likely
    strict = [arm == "strict" for arm in answer.met["arm.strict"].to_pylist()]
    decided = [
        chance >= 0.9 if strictly else own
        for strictly, chance, own in zip(strict, likely, before["decision"].to_pylist(), strict=True)
    ]
    assert answer.predictions["decision"].to_pylist() == decided
    assert decided != before["decision"].to_pylist()
    assert answer.exposures["strict"]["seen.order_id"].to_pylist() == list(range(200, 300))


def test_what_was_started_otherwise_than_the_spec_says_does_not_run(serve: Callable[[str], Service]) -> None:
    service = serve("ask")
    first = start(service, "strict")
    other = next(each for each in serve("tell").description.experiments if each.design.name == "simple")
    control.start(service.store, "shop", replace(other, service="ask"), **ADA)
    assert service.reload()
    assert [state.name for state in service.traffic.running] == [first.name]
    assert "MLC991" in service.traffic.refused[0]
    control.stop(service.store, "shop", "strict", "enough", **ADA)
    assert service.reload()
    assert service.answer(pa.table({"order_id": [3]}), 0).met is None


def test_the_response_names_arm_and_model_and_the_log_is_there_when_the_server_ends(
    serve: Callable[[str], Service],
) -> None:
    service = serve("tell")
    state = start(service, "simple")
    customer, arm = next((i, arm) for i in range(20) if (arm := state.allocation.arm(str(i))) is not None)
    placed = ("BYTES", "2024-02-27T10:00:00")
    asked = {"customer_id": ("INT64", customer), "amount": ("FP64", 20.0), "placed_at": placed}
    body = {
        "id": "mine",
        "inputs": [
            {"name": name, "shape": [1], "datatype": kind, "data": [value]} for name, (kind, value) in asked.items()
        ],
    }
    with TestClient(app(service)) as client:
        found = client.post("/v2/models/tell/infer", json=body).json()
        metrics = client.get("/metrics").text
    model = {"control": "t@1", "plain": "all@1"}[arm]
    assert found["parameters"] == {"model": model, "arm.simple": arm}
    assert {output["name"]: output["data"] for output in found["outputs"]}["arm.simple"] == [arm]
    assert f'mlc_exposures_total{{arm="{arm}",experiment="simple"}} 1.0' in metrics
    parts = exposure.parts(service.store, "shop", "simple")
    logged = exposure.read_parts(service.store, parts)
    assert logged is not None
    assert logged.select(["unit", "arm", "request", "model"]).to_pylist() == [
        {"unit": str(customer), "arm": arm, "request": "mine", "model": model.partition("@")[0]}
    ]
    assert logged.num_rows == 1


class Shaky(MemoryStore):
    """A store that refuses to be written to until it is told to work."""

    works = False

    def put(self, name: str, data: bytes | memoryview) -> None:
        if not self.works:
            raise StepError("MLC953", "the store cannot be written")
        super().put(name, data)


class Doubtful(MemoryStore):
    """A store whose first answer is lost, after it took what was written."""

    answers = False

    def put(self, name: str, data: bytes | memoryview) -> None:
        super().put(name, data)
        if not self.answers:
            self.answers = True
            raise StepError("MLC953", "the store did not answer")


def logged(count: int) -> pa.Table:
    return pa.table(
        {
            "$row": list(range(count)),
            "unit": [str(i) for i in range(count)],
            "arm": ["a", "b"] * (count // 2),
            "request": pa.nulls(count, pa.string()),
        }
    )


def test_a_store_out_of_reach_loses_nothing_that_memory_holds() -> None:
    store = Shaky()
    with Exposures(store, "shop", seconds=0.01, limit=50) as log:
        for _ in range(3):
            log.add("x", logged(20), "r")
        assert log.dropped == {"x": 20}
        store.works = True
    found = exposure.read_parts(store, exposure.parts(store, "shop", "x"))
    assert found is not None
    assert found.num_rows == 40
    counted = exposure.tally(found, ["a", "b"])
    assert (counted.units, counted.rows, counted.mixed) == ({"a": 10, "b": 10}, {"a": 20, "b": 20}, 0)


def test_a_lost_answer_doubles_no_rows() -> None:
    store = Doubtful()
    with Exposures(store, "shop", seconds=60) as log:
        log.add("x", logged(20), "r")
        log._commit()
        log.add("x", logged(10), "s")
    found = exposure.read_parts(store, exposure.parts(store, "shop", "x"))
    assert found is not None
    assert found["request"].value_counts().to_pylist() == [{"values": "r", "counts": 20}, {"values": "s", "counts": 10}]
    assert not log.dropped


def test_parts_come_while_the_server_runs() -> None:
    store = MemoryStore()
    with Exposures(store, "shop", seconds=0.01) as log:
        log.add("x", logged(2), None)
        end = time.monotonic() + 60
        while not exposure.parts(store, "shop", "x") and time.monotonic() < end:
            time.sleep(0.01)
        assert exposure.parts(store, "shop", "x")


def test_a_unit_of_two_arms_counts_for_none() -> None:
    table = pa.table({"unit": ["1", "1", "2"], "arm": ["a", "b", "b"]})
    counted = exposure.tally(table, ["a", "b"])
    assert (counted.units, counted.mixed) == ({"a": 0, "b": 1}, 1)
    assert np.sum(list(counted.rows.values())) == 3
