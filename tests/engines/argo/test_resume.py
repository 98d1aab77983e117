"""Whatever ends half-way is taken up again, and ends with the records of an undisturbed run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engines.argo.api import Document
from tests.engines.argo.engine import Engine
from tests.engines.argo.pipeline import PROJECTS, compile_pipeline
from tests.engines.argo.started import Started
from tests.engines.argo.workspace import nodes
from tests.engines.local import run_here
from tests.engines.results import Results

Command = Callable[..., tuple[int, str]]


def half_way(run: Started) -> Callable[[Document], bool]:
    """Whether of three tiles the first has ended and the others run."""

    def reached(workflow: Document) -> bool:
        found = {each["displayName"]: each["phase"] for each in nodes(workflow, "Pod")}
        return [found.get(f"part({tile}:{tile})(0)") for tile in range(3)] == ["Succeeded", "Running", "Running"]

    return reached


def begun(run: Started) -> Callable[[Document], bool]:
    """Whether the one tile of the first step has a result, and works on the next."""

    def reached(workflow: Document) -> bool:
        if not any(
            each["displayName"].startswith("part(0:0)") and each["phase"] == "Running" for each in nodes(workflow)
        ):
            return False
        state = run.results.run
        return state.ledger.record(state.object(state.plan.by_name["part"], {"team": "a"})) is not None

    return reached


def attempts(workflow: Document, tile: int) -> list[str]:
    """How each pod of a tile of the first step ended."""
    return [each["phase"] for each in nodes(workflow, "Pod") if each["displayName"].startswith(f"part({tile}:{tile})(")]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Results]:
    """The results of the same run on this machine."""

    def run(there: Started, turn: int) -> Results:
        given = ("--env", str(PROJECTS / "here.yaml"), "--set", f"turn={turn}")
        return run_here(there.spec, there.pipeline.plan, tmp_path_factory.mktemp("halves"), *given)

    return run


def test_the_controller_may_be_killed_and_pods_end_or_vanish_meanwhile(
    engine: Engine, halves: Started, open_gate: Callable[[str], None], undisturbed: Callable[..., Results]
) -> None:
    halves.wait(half_way(halves))
    pods = {
        pod["metadata"]["annotations"]["workflows.argoproj.io/node-name"].partition(".")[2]: pod
        for pod in halves.workspace.pods(halves.name)
    }
    path = f"/api/v1/namespaces/{halves.workspace.namespace}/pods"
    engine.kill_controller()
    engine.api.delete(f"{path}/{pods['part(2:2)(0)']['metadata']['name']}", {"gracePeriodSeconds": 0})
    open_gate(halves.name)
    ends = f"{path}/{pods['part(1:1)(0)']['metadata']['name']}"
    halves.wait(lambda _: engine.api.get(ends)["status"]["phase"] == "Succeeded")
    engine.start_controller()
    ended = halves.succeed()
    assert [attempts(ended, tile) for tile in range(3)] == [["Succeeded"], ["Succeeded"], ["Error", "Succeeded"]]
    assert halves.results.contents() == undisturbed(halves, 0).contents()


def test_a_stopped_run_is_resumed_also_when_the_spec_has_changed(
    mlc: Command, halves: Started, open_gate: Callable[[str], None], undisturbed: Callable[..., Results], tmp_path: Path
) -> None:
    def took_up(command: str, *arguments: str) -> Started:
        code, said = mlc(command, *arguments)
        assert code == 0, said
        return replace(halves, name=said.strip())

    stopped = took_up("submit", halves.spec.name, "--set", "turn=1")
    stopped.wait(begun(stopped))
    assert mlc("stop", stopped.name)[0] == 0
    assert mlc("status", stopped.name, "--follow")[0] == 3
    resumed = took_up("resume", stopped.name)
    open_gate(resumed.name)
    resumed.succeed()
    assert resumed.results.contents() == undisturbed(halves, 1).contents()
    made = [(step, record.run) for step, record in resumed.results.records() if step == "part"]
    assert sorted(made) == sorted(("part", run.name) for run in (stopped, resumed, resumed))

    changed = tmp_path / "capabilities" / halves.spec.name
    shutil.copytree(halves.spec.parent, changed.parent)
    changed.write_text(halves.spec.read_text().replace("plus: 0", "plus: 1"))
    pipeline = compile_pipeline(changed, changed.parent / "environment.yaml", spread=True)
    pipeline.install(halves.workspace)
    again = replace(took_up("resume", resumed.name), pipeline=pipeline, spec=changed)
    again.succeed()
    assert again.results.contents() == undisturbed(again, 1).contents()
    assert {step for step, record in again.results.records() if record.run == again.name} == {"whole"}
