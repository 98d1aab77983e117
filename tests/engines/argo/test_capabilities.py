"""What specs ask of Argo, each with a real run behind it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
import yaml
from tests.engines.argo import test_containers, test_parts, test_serving
from tests.engines.argo.api import Document
from tests.engines.argo.hostile import TOLD
from tests.engines.argo.started import Started
from tests.engines.argo.workspace import node, nodes, phase
from tests.engines.probe import importing

from mlc_argo.target import TARGET
from mlc_runtime.parameters import instant


@pytest.fixture(scope="session")
def done(capabilities: Started) -> Document:
    capabilities.answer("ask-ask", "yes")
    return capabilities.succeed()


@pytest.fixture(scope="session")
def failed(mishaps: Started) -> Document:
    return mishaps.wait()


def task_of(run: Started, step: str) -> str:
    """The name of the task that a step runs in, its own or that of the step that it is a member of."""
    *_, host = (each.name for each in run.pipeline.plan.steps if step in (each.name, *each.members))
    return host.replace(".", "-")


def test_a_schedule_says_as_of_when(scheduled: Started) -> None:
    run = replace(scheduled, name=scheduled.workspace.scheduled("scheduled")["metadata"]["name"])
    ended = run.succeed()
    told = ended["metadata"]["annotations"]["workflows.argoproj.io/scheduled-time"]
    assert run.results.run.bind["parameters"]["as_of"] == instant(told, "UTC")
    scheduled.succeed()
    assert scheduled.results.run.bind["parameters"]["as_of"] is None


def test_a_run_succeeds(done: Document, capabilities: Started) -> None:
    assert capabilities.results.summary["verdict"] == "done"


def test_a_parameter_arrives_as_it_was(done: Document, capabilities: Started) -> None:
    assert capabilities.results.value("echo", "text") == TOLD


def test_each_and_grid_are_tiles(done: Document, capabilities: Started) -> None:
    task = task_of(capabilities, "line.fit")
    pods = [each for each in nodes(done, "Pod") if each["displayName"].startswith(f"{task}(")]
    assert len(pods) == 9, "each team and setting has a tile"
    assert capabilities.results.summary["steps"]["line.score"]["done"] == 9


def test_a_retry_in_a_fan_out_is_the_runner_s(done: Document, capabilities: Started) -> None:
    found = {team: capabilities.results.value("flaky", "attempts", team=team) for team in "abc"}
    assert found == {"a": 1, "b": 3, "c": 1}
    assert {each["displayName"] for each in nodes(done, "Pod") if each["displayName"].startswith("flaky(")} == {
        f"flaky({place}:{place})(0)" for place in range(3)
    }


def test_a_timeout_is_one_task_s_and_tolerated_by_who_collects(done: Document, capabilities: Started) -> None:
    [failure] = capabilities.results.summary["steps"]["slow"]["failures"]
    assert (failure["kind"], failure["coordinates"]) == ("timeout", {"team": "c"})
    assert capabilities.results.value("gather", "teams") == 2


def test_a_condition_that_is_false_starts_no_pod(done: Document, capabilities: Started) -> None:
    assert node(done, "many")["phase"] == "Skipped"
    assert capabilities.results.summary["steps"]["many"]["tasks"] == 0
    assert capabilities.results.value("few", "mark") == "ran"


def test_a_secret_is_where_its_step_is_and_nowhere_else(done: Document, capabilities: Started) -> None:
    assert capabilities.results.value("guarded", "digest") == hashlib.sha256(TOLD.encode()).hexdigest()
    for pod in capabilities.pods.values():
        [main] = [each for each in pod["spec"]["containers"] if each["name"] == "main"]
        has = any(variable["name"] == "MLC_SECRET_TOKEN" for variable in main["env"])
        assert has == ("-guarded-" in pod["metadata"]["name"])


def test_resources_and_pools_place_a_pod(done: Document, capabilities: Started) -> None:
    [pod] = [pod for pod in capabilities.pods.values() if "-device-" in pod["metadata"]["name"]]
    [main] = [each for each in pod["spec"]["containers"] if each["name"] == "main"]
    assert main["resources"]["limits"] == {"cpu": "2", "memory": "512Mi", "nvidia.com/gpu": "1"}
    assert pod["spec"]["nodeName"] == "gpu"
    assert pod["spec"]["priorityClassName"] == "system-cluster-critical"
    assert pod["metadata"]["labels"]["team"] == "tests"


def test_pods_have_no_rights_and_no_root(done: Document, capabilities: Started) -> None:
    for pod in capabilities.pods.values():
        [main] = [each for each in pod["spec"]["containers"] if each["name"] == "main"]
        assert pod["spec"]["securityContext"]["runAsNonRoot"]
        assert main["securityContext"]["readOnlyRootFilesystem"]
        assert all("serviceaccount" not in mount["mountPath"] for mount in main["volumeMounts"])


def test_an_approval_waits_and_is_taken_down(done: Document, capabilities: Started) -> None:
    asked = node(done, "ask-ask")
    message = next(each["value"] for each in asked["inputs"]["parameters"] if each["name"] == "message")
    assert yaml.safe_load(message) == "Go on? {{=1+1}} $(HOME)"
    assert node(done, "after")["startedAt"] >= asked["finishedAt"]


def test_the_exit_step_knows_how_it_ended(
    done: Document, failed: Document, capabilities: Started, mishaps: Started
) -> None:
    assert capabilities.results.value("last", "status") == "done"
    assert mishaps.results.value("last", "status") == "failed"


def test_what_fails_stops_what_reads_it_and_nothing_else(failed: Document, mishaps: Started) -> None:
    assert phase(failed) == "Failed"
    found = {name: node(failed, name)["phase"] for name in ("broken", "reader", "beside", "refused")}
    assert found == {"broken": "Failed", "reader": "Omitted", "beside": "Succeeded", "refused": "Omitted"}
    assert mishaps.results.summary["steps"]["broken"]["done"] == 2
    assert "team b is broken" in mishaps.results.summary["steps"]["broken"]["failures"][0]["message"]


def test_a_process_that_is_killed_is_started_again(failed: Document, mishaps: Started) -> None:
    ends = [each["outputs"]["exitCode"] for each in nodes(failed, "Pod") if each["displayName"].startswith("killed(")]
    assert ends == ["137", "0"]


def test_a_checkpoint_outlives_its_pod(failed: Document, mishaps: Started) -> None:
    task = task_of(mishaps, "kept.refit")
    ends = [each["outputs"]["exitCode"] for each in nodes(failed, "Pod") if each["displayName"].startswith(f"{task}(")]
    assert ends == ["137", "0"]
    with importing(mishaps.spec.parent):
        assert mishaps.results.value("kept.refit", "model").estimator.value == 7


def test_no_answer_is_a_no(failed: Document, mishaps: Started) -> None:
    assert "not approved" in mishaps.results.summary["steps"]["ask"]["failures"][0]["message"]


SHOWN = {
    "approval": (test_an_approval_waits_and_is_taken_down, test_no_answer_is_a_no),
    "checkpoint": (test_a_checkpoint_outlives_its_pod,),
    "condition": (test_a_condition_that_is_false_starts_no_pod,),
    "container": (test_containers.test_each_value_has_a_container_and_a_reader_does_without_one,),
    "each x grid": (test_each_and_grid_are_tiles,),
    "exit step": (test_the_exit_step_knows_how_it_ended,),
    "gpu": (test_resources_and_pools_place_a_pod,),
    "online serving": (test_serving.test_a_pod_answers_with_the_live_model,),
    "parameter": (test_a_parameter_arrives_as_it_was,),
    "pool": (test_resources_and_pools_place_a_pod,),
    "resources": (test_resources_and_pools_place_a_pod,),
    "retry": (test_a_retry_in_a_fan_out_is_the_runner_s, test_a_process_that_is_killed_is_started_again),
    "schedule": (test_a_schedule_says_as_of_when, test_parts.test_a_part_runs_at_its_time_with_the_live_model),
    "secret": (test_a_secret_is_where_its_step_is_and_nowhere_else,),
    "timeout": (test_a_timeout_is_one_task_s_and_tolerated_by_who_collects,),
    "tolerated failure": (test_a_timeout_is_one_task_s_and_tolerated_by_who_collects,),
}
"""What the target says that it can do, each with the tests that see it done."""


def test_every_capability_has_a_run_behind_it() -> None:
    assert SHOWN.keys() == {name for name, how in TARGET.capabilities.items() if how != "not yet"}
