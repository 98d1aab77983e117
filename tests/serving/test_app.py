"""The protocol: what is asked for is answered, and what is wrong is said without disturbing others."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from mlc_runtime.serving.answer import Answer
from mlc_runtime.serving.app import Limits, app
from mlc_runtime.serving.service import Column, Description, Service, UnknownRowError
from mlc_runtime.serving.traffic import Traffic
from mlc_runtime.store.memory import MemoryStore

INFER = "/v2/models/ask/infer"


class Echo(Service):
    """Answers each row by its number; waits, fails or does not know where a row asks for it."""

    def __init__(self) -> None:
        columns = (Column("n", "int"), Column("x", "float"), Column("who", "string"), Column("at", "timestamp"))
        self.description = Description("ask", "t", ("t",), "binary", columns, (), "sources.s", None)
        self.plan = type("Plan", (), {"spec": {"timezone": "Europe/Zurich"}})()
        self._live = {"t": (type("Version", (), {"version": 7})(), None)}
        self.store = MemoryStore()
        self.traffic = Traffic(self.store, "shop", "ask", ())
        self.calls: list[int] = []

    def reload(self) -> bool:
        return False

    def answer(self, rows: pa.Table, now: int) -> Answer:
        self.calls.append(rows.num_rows)
        who = rows["who"].to_pylist()
        if "slow" in who:
            time.sleep(0.5)
        if "unknown" in who:
            raise UnknownRowError("`s` has no row with n = 3")
        if "broken" in who:
            raise ZeroDivisionError("in the user's code")
        numbers = [value / 10 for value in rows["n"].to_pylist()]
        predictions = pa.table({"prediction": numbers, "decision": [value > 0.5 for value in numbers]})
        return Answer(predictions, self.versions["t"])


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(app(Echo(), Limits(body=5_000, seconds=60)), raise_server_exceptions=False) as found:
        yield found


def tensors(count: int = 1, **more: Any) -> dict[str, Any]:
    """A sound request of some rows, but for what is given."""
    data = {"n": list(range(count)), "x": [0.5] * count, "who": ["a"] * count, "at": ["2024-01-01T00:00:00"] * count}
    kinds = {"n": "INT64", "x": "FP64", "who": "BYTES", "at": "BYTES"}
    return {
        "inputs": [
            {"name": name, "shape": [len(values)], "datatype": kinds[name], "data": values}
            for name, values in (data | more).items()
        ]
    }


def test_answers_are_tensors_with_the_version_and_the_callers_identifier(client: TestClient) -> None:
    found = client.post(INFER, json=tensors(8) | {"id": "mine"})
    assert found.status_code == 200
    body = found.json()
    assert (body["model_name"], body["model_version"], body["id"]) == ("ask", "7", "mine")
    prediction, decision = body["outputs"]
    assert prediction == {"name": "prediction", "datatype": "FP64", "shape": [8], "data": [n / 10 for n in range(8)]}
    assert decision["data"] == [n > 5 for n in range(8)]


def test_health_metadata_and_versions(client: TestClient) -> None:
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").status_code == 200
    assert client.get("/v2").json()["name"] == "mlc"
    model = client.get("/v2/models/ask/versions/7").json()
    assert [tensor["datatype"] for tensor in model["inputs"]] == ["INT64", "FP64", "BYTES", "BYTES"]
    assert client.get("/v2/models/ask/versions/6").status_code == 404
    assert client.get("/v2/models/other").status_code == 404
    assert client.get("/openapi.json").json()["openapi"].startswith("3.1")


WRONG: dict[str, Any] = {
    "no JSON": b"{",
    "a list": b"[]",
    "deep": b"[" * 4_000,
    "NaN": json.dumps(tensors()).replace("0.5", "NaN").encode(),
    "no inputs": {},
    "inputs of another kind": {"inputs": {"n": 1}},
    "an input without a name": {"inputs": [{"data": [1]}]},
    "a column that is not asked for": {"inputs": [*tensors()["inputs"], {"name": "y", "data": [1]}]},
    "two of a name": {"inputs": [*tensors()["inputs"], tensors()["inputs"][0]]},
    "a column that lacks": {"inputs": tensors()["inputs"][1:]},
    "another type": tensors(n=["1"]),
    "true for a number": tensors(n=[True]),
    "a number too large": tensors(n=[2**70]),
    "a time that is none": tensors(at=["yesterday"]),
    "columns of two lengths": tensors(n=[1, 2]),
    "nothing": tensors(0),
    "half a character": tensors(who=["\ud800"]),
    "a shape that is not its data's": {"inputs": [{**tensors()["inputs"][0], "shape": [5]}, *tensors()["inputs"][1:]]},
    "an identifier that is no text": tensors() | {"id": 5},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
def test_a_bad_request_gets_an_error_of_the_protocol(client: TestClient, wrong: Any) -> None:
    body = wrong if isinstance(wrong, bytes) else json.dumps(wrong).encode()
    found = client.post(INFER, content=body)
    assert found.status_code == 400, found.text
    assert list(found.json()) == ["error"]


def test_a_request_of_another_form_is_shown_an_input(client: TestClient) -> None:
    told = client.post(INFER, json={"n": 1}).json()["error"]
    example = json.loads(told.split("`")[-2])
    assert example == {"name": "n", "shape": [1], "datatype": "INT64", "data": [None]}
    rest = [each for each in tensors()["inputs"] if each["name"] != "n"]
    assert client.post(INFER, json={"inputs": [{**example, "data": [0]}, *rest]}).status_code == 200
    for said, told in ((None, "says no `datatype`"), ("FP32", "says `FP32`")):
        wrong = {"inputs": [{**example, "datatype": said}, *rest]}
        assert told in client.post(INFER, json=wrong).json()["error"]


def test_what_is_too_long_unknown_or_broken_is_told_apart(client: TestClient) -> None:
    assert client.post(INFER, content=b" " * 6_000).status_code == 413
    assert client.post(INFER, json=tensors(who=["unknown"])).status_code == 404
    broken = client.post(INFER, json=tensors(who=["broken"]))
    assert broken.status_code == 500
    assert "ZeroDivisionError" in broken.json()["error"]
    assert client.post(INFER, json=tensors()).status_code == 200
    assert client.get(INFER).status_code == 405


def test_what_takes_too_long_is_given_up() -> None:
    with TestClient(app(Echo(), Limits(seconds=0.1))) as client:
        found = client.post(INFER, json=tensors(who=["slow"]))
    assert found.status_code == 504
    assert found.json() == {"error": "not answered within 0.1 s"}


def test_requests_that_come_together_are_answered_together_and_a_bad_one_alone(client: TestClient) -> None:
    with ThreadPoolExecutor(20) as pool:
        who = ["broken" if place == 11 else "a" for place in range(20)]
        found = list(pool.map(lambda name: client.post(INFER, json=tensors(who=[name])).status_code, who))
    assert found.count(500) == 1
    assert found.count(200) == 19


def test_metrics_count_answers_and_refusals(client: TestClient) -> None:
    client.post(INFER, json=tensors(3))
    client.post(INFER, content=b"{")
    text = client.get("/metrics").text
    assert 'mlc_requests_total{model="ask",status="200"} 1.0' in text
    assert 'mlc_requests_total{model="ask",status="400"} 1.0' in text
    assert 'mlc_rows_total{model="ask"} 3.0' in text
    assert 'mlc_model_version{model="t"} 7.0' in text
