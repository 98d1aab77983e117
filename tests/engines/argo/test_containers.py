"""Containers of the user's own, which Argo runs between what lays out their inputs and what commits their outputs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from tests.engines.argo.api import Document
from tests.engines.argo.hostile import TOLD
from tests.engines.argo.started import Started
from tests.engines.argo.workspace import node, nodes, phase


@pytest.fixture(scope="module")
def done(containers: Started) -> Document:
    return containers.succeed()


def pods_of(workflow: Document, task: str) -> list[Document]:
    return [each for each in nodes(workflow, "Pod") if each["displayName"].startswith(f"{task}-run(")]


def test_each_value_has_a_container_and_a_reader_does_without_one(done: Document, containers: Started) -> None:
    found = containers.results
    assert sorted(each["phase"] for each in pods_of(done, "each")) == ["Failed", "Succeeded", "Succeeded"]
    assert found.value("gather", "teams") == "alpha gamma"
    assert found.value("gather", "size") == 2 * len("$(HOME) $$")
    [failure] = found.summary["steps"]["each"]["failures"]
    assert (failure["coordinates"], failure["kind"]) == ({"team": "beta"}, "failed")


def test_arguments_and_secrets_arrive_as_they_are(done: Document, containers: Started) -> None:
    found = containers.results
    assert found.value("each", "word", team="alpha") == "{{=1+1}} $(HOME)"
    assert found.value("each", "digest", team="alpha") == hashlib.sha256(TOLD.encode()).hexdigest()
    assert found.value("each", "user", team="alpha") == 65532


def test_another_run_starts_only_what_has_no_result(
    done: Document,
    locked: Callable[..., Started],
    mlc: Callable[..., tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    again = locked("pipeline.yaml")
    workflow = again.wait(lambda workflow: any(each["phase"] == "Failed" for each in pods_of(workflow, "each")))
    [beta] = pods_of(workflow, "each")
    assert "container: Error (exit code 3)" in beta["message"]
    monkeypatch.chdir(again.spec.parent)
    code, said = mlc("logs", again.name, "each")
    assert (code, "beta it is" in said) == (0, True), said


def test_an_image_with_other_code_is_told(
    elsewhere: Started, mlc: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert phase(elsewhere.wait()) == "Failed"
    monkeypatch.chdir(elsewhere.spec.parent)
    code, said = mlc("status", elsewhere.name)
    assert (code, "MLC979: `functions.py` is not" in said) == (3, True), said


def test_a_failure_is_repeated_as_often_as_said(failing: Started) -> None:
    workflow = failing.wait()
    assert phase(workflow) == "Failed"
    assert len(pods_of(workflow, "broken")) == 2
    [empty] = pods_of(workflow, "empty")  # what it left is wrong, and would be so again
    assert empty["message"] == "main: Error (exit code 10): MLC972: `empty`: the container left no `n`"
    assert node(workflow, "broken")["phase"] == "Failed"


def test_runs_wait_for_each_other_at_a_mutex_and_at_a_semaphore(
    elsewhere: Started, failing: Started, done: Document
) -> None:
    before = elsewhere.wait()
    for workflow in (failing.wait(), done):
        begun = min(each["startedAt"] for each in nodes(workflow, "Pod"))
        assert begun >= before["status"]["finishedAt"] > min(each["startedAt"] for each in nodes(before, "Pod"))
