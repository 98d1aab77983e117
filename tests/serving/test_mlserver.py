"""The serving as a runtime of MLServer: a stand-in for its package has the names that ours uses, as its releases do."""

import asyncio
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from mlc_runtime.plan import Plan, dump
from mlc_runtime.serving.service import Service
from mlc_runtime.store import open_store

ADAPTER = "mlc_runtime.serving.mlserver"


class MLModel:
    def __init__(self, settings: Any) -> None:
        self.settings, self.name = settings, settings.name


class MLServerError(Exception):
    def __init__(self, message: str, status_code: int = 400) -> None:
        super().__init__(message)
        self.status_code = status_code


class Tensor(BaseModel):
    name: str
    shape: list[int]
    datatype: str
    data: list[Any]


class InferenceRequest(BaseModel):
    id: str | None = None
    inputs: list[Tensor]


class InferenceResponse(BaseModel):
    id: str | None = None
    model_name: str
    model_version: str
    outputs: list[Tensor]


@pytest.fixture
def adapter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    parts = {"": {"MLModel": MLModel}, ".errors": {"MLServerError": MLServerError}}
    parts[".types"] = {"InferenceRequest": InferenceRequest, "InferenceResponse": InferenceResponse}
    for ending, names in parts.items():
        module = ModuleType(f"mlserver{ending}")
        module.__dict__.update(names)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    yield importlib.import_module(ADAPTER)
    sys.modules.pop(ADAPTER, None)


def test_it_answers_as_our_own_server_does(
    adapter: Any,
    trained: Any,
    online_plan: Callable[[str], Plan],
    serve: Callable[[str], Service],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import pyarrow as pa

    expected = serve("ask").answer(pa.table({"order_id": [7]}), 0).predictions
    store = open_store(str(tmp_path / "store"))
    for name in trained.store.names("registry/"):
        store.put(name, trained.store.get(name))
    (tmp_path / "plan.json").write_bytes(dump(online_plan("ask")))
    (tmp_path / "environment.json").write_text(json.dumps({"store": {"path": str(tmp_path / "store")}}))
    monkeypatch.setenv("MLC_PLAN", str(tmp_path / "plan.json"))
    monkeypatch.chdir(trained.root)

    def asked(**more: Any) -> InferenceRequest:
        return InferenceRequest(inputs=[Tensor(**{"name": "order_id", "shape": [1], "datatype": "INT64", **more})])

    async def ask() -> tuple[InferenceResponse, list[int]]:
        settings = SimpleNamespace(name="shop--ask", parameters=SimpleNamespace(extra={"alias": "candidate"}))
        model = adapter.Served(settings)
        assert await model.load()
        answer = await model.predict(asked(data=[7]))
        refused = []
        for wrong in (asked(data=["seven"]), asked(data=[99_999])):
            with pytest.raises(MLServerError) as error:
                await model.predict(wrong)
            refused.append(error.value.status_code)
        assert await model.unload()
        return answer, refused

    answer, refused = asyncio.run(ask())
    assert (answer.model_name, answer.model_version) == ("shop--ask", "1")
    assert answer.outputs[0].data == expected["prediction"].to_pylist()
    assert refused == [400, 404]
