"""The target as the compiler sees it."""

import io
from typing import Any

import pytest

from mlc_compiler.target import Runner
from mlc_local.target import TARGET
from mlc_runtime.errors import InvalidInputError
from mlc_runtime.plan import dump
from mlc_runtime.results import values


def test_it_is_a_target_that_runs(project: Any) -> None:
    assert isinstance(TARGET, Runner)
    plan = project.plan(project.step("a", "give", {"value": 1}))
    assert TARGET.compile(plan, {"connections": {}}) == {"plan.json": dump(plan)}


def test_run_values_runs_show_and_models(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = io.StringIO()
    monkeypatch.setattr("sys.stderr", told)
    plan = project.plan(project.step("b", "give", {"value": 7}))
    store = str(project.root / ".mlc")
    result = TARGET.run(plan, root=project.root, environment={}, store_path=store, jobs=1)
    assert result.verdict == "done"
    assert values(result.state, "b", "out") == [({}, 7)]
    assert [run["run"] for run in TARGET.runs(store)] == [result.name]
    assert TARGET.show(store, result.name)["verdict"] == "done"
    assert TARGET.models(store) == {}
    assert told.getvalue() == "", "nothing took long enough to be told"


def test_a_store_that_is_no_folder_is_refused(project: Any) -> None:
    plan = project.plan(project.step("a", "give", {"value": 1}))
    with pytest.raises(InvalidInputError) as caught:
        TARGET.run(plan, root=project.root, environment={}, store_path="ftp://host/store")
    assert caught.value.code == "MLC954"
