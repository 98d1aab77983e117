"""Steps that one workflow does not hold are in children of it: they are followed, stopped and resumed as one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.engines.argo.started import Started


def test_children_are_followed_stopped_and_resumed(
    children: Started,
    mlc: Callable[..., tuple[int, str]],
    open_gate: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(children.spec.parent)
    end = time.monotonic() + 600
    while "waits 0 | " not in mlc("logs", children.name, "waits")[1]:  # once its container has begun
        assert time.monotonic() < end, mlc("status", children.name)
        time.sleep(1)
    assert mlc("stop", children.name)[0] == 0
    code, said = mlc("status", children.name, "--follow")
    assert (code, "a: Succeeded" in said, "last: Succeeded" in said) == (3, True, True), said
    assert children.results.value("last", "status") == "failed"
    assert children.results.summary["verdict"] == "incomplete"

    code, said = mlc("resume", children.name)
    assert code == 0, said
    resumed = replace(children, name=said.strip())
    open_gate(resumed.name)
    code, said = mlc("status", resumed.name, "--follow")
    assert (code, "b: Succeeded" in said) == (0, True), said
    found = resumed.results
    assert (found.value("sum", "n"), found.value("last", "status"), found.summary["verdict"]) == (6, "done", "done")
    made = {step for step, record in found.records() if record.run == resumed.name}
    assert {"waits", "sum", "last"} <= made
    assert not made & {"all", "a", "b", "few"}


def test_a_child_is_not_resumed_without_its_run(
    children: Started, mlc: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(children.spec.parent)
    code, said = mlc("resume", f"{children.name}-1")
    assert (code, f"`{children.name}-1` is a part of the run `{children.name}`" in said) == (2, True), said
