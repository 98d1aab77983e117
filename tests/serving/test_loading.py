"""A server in a container: it answers that it lives at once, and that it is ready once a model is loaded."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from mlc_runtime import registry
from mlc_runtime.__main__ import loading, main
from mlc_runtime.plan import Plan, dump
from mlc_runtime.serving.app import Limits, app
from mlc_runtime.serving.loading import Loading
from mlc_runtime.serving.service import Service
from mlc_runtime.store import open_store
from mlc_runtime.store.store import Store

ASK = {"inputs": [{"name": "order_id", "shape": [2], "datatype": "INT64", "data": [7, 590]}]}
NOTED: Any = {"who": "ada", "when": "2024-05-01T00:00:00+00:00", "run": "r", "metrics": {}, "origin": {}}


@pytest.fixture
def plan(online_plan: Callable[[str], Plan]) -> Plan:
    return online_plan("ask")


def until(client: TestClient, path: str, status: int) -> dict[str, Any]:
    """What a path answers once it answers with this status."""
    end = time.monotonic() + 60
    while (found := client.get(path)).status_code != status:
        assert time.monotonic() < end, found.text
        time.sleep(0.02)
    body: dict[str, Any] = found.json()
    return body


def outputs(answer: dict[str, Any]) -> list[Any]:
    return [tensor["data"] for tensor in answer["outputs"]]


def test_it_is_ready_once_a_model_is_live(trained: Any, plan: Plan, serve: Callable[[str], Service]) -> None:
    expected = serve("ask")
    store = type(trained.store)()
    with TestClient(
        app(Loading(plan, store, trained.root), Limits(reload=0.05)), raise_server_exceptions=False
    ) as client:
        assert client.get("/v2/health/live").status_code == 200
        assert "no version of `t` is live" in until_told(client)
        for path in ("/v2/health/ready", "/v2/models/ask/ready", "/v2/models/ask", "/ping"):
            assert client.get(path).status_code == 503
        refused = client.post("/v2/models/ask/infer", json=ASK)
        assert (refused.status_code, "no version" in refused.json()["error"]) == (503, True)
        assert client.get("/openapi.json").status_code == 200
        model = registry.load(trained.store, expected.versions["t"])
        registry.register(store, "t", "key", model, **NOTED)
        registry.promote(store, "t", 1, who="ada", when="2024-05-01T00:00:00+00:00")
        assert until(client, "/v2/health/ready", 200) == {"ready": True}
        answer = client.post("/v2/models/ask/infer", json=ASK).json()
        assert answer["model_version"] == "1"
        known = expected.answer(pa.table({"order_id": [7, 590]}), 0).predictions
        assert outputs(answer) == [known["prediction"].to_pylist(), known["decision"].to_pylist()]
        assert client.get("/ping").status_code == 200
        assert outputs(client.post("/invocations", json=ASK).json()) == outputs(answer)


def until_told(client: TestClient) -> str:
    """Why it is not ready, once it has tried."""
    end = time.monotonic() + 60
    while "being loaded" in (why := client.get("/v2/health/ready").json()["error"]):
        assert time.monotonic() < end
        time.sleep(0.02)
    return str(why)


def test_a_canary_answers_with_what_was_registered_last(trained: Any, plan: Plan) -> None:
    store: Store = trained.store
    live = registry.live(store, "t")
    assert live is not None
    registry.register(store, "t", "another", registry.load(store, live), **NOTED)
    service = Loading(plan, store, trained.root, alias="candidate").load()
    assert service.versions["t"].version == live.version + 1
    assert Loading(plan, store, trained.root).load().versions["t"].version == live.version
    registry.register(store, "t", "third", registry.load(store, live), **NOTED)
    assert service.reload()
    assert service.versions["t"].version == live.version + 2


def test_the_plan_of_a_run_is_refused(trained: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.json").write_bytes(dump(trained.finished.run.plan))
    assert main(["serve", "--plan", str(tmp_path / "plan.json"), "--store", str(tmp_path / "store")]) == 12
    assert "MLC950: the plan is that of no serving" in capsys.readouterr().err


def test_what_a_snapshot_fails_of_is_said(trained: Any, plan: Plan) -> None:
    (trained.root / "data" / "customers.csv").write_text("customer_id\n1\n", encoding="utf-8")
    with TestClient(app(Loading(plan, trained.store, trained.root), Limits(reload=0.05))) as client:
        why = until_told(client)
    assert why.startswith("MLC9")
    assert "`sources.customers`" in why


def test_a_store_is_that_of_the_environment(trained: Any, plan: Plan, tmp_path: Path) -> None:
    """As the files of a target say it: store and plan, and the folder that the process starts in."""
    (tmp_path / "plan.json").write_bytes(dump(plan))
    (tmp_path / "environment.json").write_text(json.dumps({"store": {"path": str(tmp_path / "store")}}))
    given = ["serve", "--plan", str(tmp_path / "plan.json"), "--environment", str(tmp_path / "environment.json")]
    found = loading(given)
    assert (found.alias, found.description.name) == ("live", "ask")
    assert type(found.store) is type(open_store(str(tmp_path / "store")))
