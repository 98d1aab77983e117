"""What specs ask of Argo, each with a real run behind it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from tests.engines.argo.api import Document
from tests.engines.argo.engine import Engine
from tests.engines.argo.pipeline import PROJECTS, Pipeline, claim, compile_pipeline
from tests.engines.argo.workspace import ENDED, Workspace, node, nodes, phase
from tests.engines.image import ROOT
from tests.engines.results import Results, results

from mlc_argo.encode import encode
from mlc_compiler.cli.main import main
from mlc_local.target import TARGET as LOCAL
from mlc_runtime.parameters import instant
from mlc_runtime.store.directory import DirectoryStore

NAMESPACE = "pipelines"
PROJECT = PROJECTS / "capabilities"
PENGUINS = PROJECTS / "penguins.yaml"
HOSTILE = "{{=1+1}} {{workflow.name}} {{ $(HOME) 'it\"s' \\ \a\x1b\x7f \U000e0001 \N{PILE OF POO}\n<&> \u2028"


@dataclass(frozen=True)
class Started:
    """A run on the engine."""

    pipeline: Pipeline
    workspace: Workspace
    name: str
    store: Path
    root: Path
    pods: dict[str, Document] = field(default_factory=dict)

    def wait(self, until: Callable[[Document], object] | None = None) -> Document:
        """As the workspace does; the pods seen meanwhile are kept in mind, for they go when they have ended."""

        def ended(workflow: Document) -> object:
            for pod in self.workspace.pods(self.name):
                self.pods[pod["metadata"]["name"]] = pod
            return until(workflow) if until else phase(workflow) in ENDED

        return self.workspace.wait(self.name, ended, seconds=400)

    @property
    def results(self) -> Results:
        return results(self.pipeline.plan, self.name, DirectoryStore(self.store), self.root)

    def answer(self, task: str, value: str) -> None:
        """What a person does in Argo's interface: say yes or no, and let the workflow go on."""
        asking = self.wait(lambda workflow: any(each["displayName"] == task for each in nodes(workflow, "Suspend")))
        found = node(asking, task)
        outputs = {"parameters": [{"name": "approved", "value": value}]}
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        answered = {"phase": "Succeeded", "finishedAt": now, "outputs": outputs}
        self.workspace.change(self.name, {"status": {"nodes": {found["id"]: answered}}})


def troubles(workflow: Document) -> list[tuple[str, str, str]]:
    """The nodes that did not succeed, and why."""
    return [
        (each["displayName"], each["phase"], each.get("message", ""))
        for each in nodes(workflow)
        if each["phase"] in ("Failed", "Error")
    ] + [("", phase(workflow), workflow["status"].get("message", ""))]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    folder.chmod(0o777)
    return folder


@pytest.fixture(scope="session")
def namespace(make_workspace: Callable[[str], Workspace], store: Path) -> Workspace:
    workspace = make_workspace(NAMESPACE)
    claim(workspace, "store", store)
    secret = {"metadata": {"name": "tokens"}, "data": {"crm": b64encode(HOSTILE.encode()).decode()}}
    workspace.apply({"apiVersion": "v1", "kind": "Secret", **secret})
    return workspace


@pytest.fixture(scope="session")
def start(namespace: Workspace, store: Path) -> Callable[..., Started]:
    """Compiles, installs and starts a pipeline."""

    def begin(spec: Path, *, spread: bool = True, environment: Path | None = None, **parameters: str) -> Started:
        pipeline = compile_pipeline(spec, environment or spec.parent / "environment.yaml", spread=spread)
        pipeline.install(namespace)
        return Started(pipeline, namespace, pipeline.start(namespace, **parameters), store, spec.parent)

    return begin


@pytest.fixture(scope="session")
def capabilities(start: Callable[..., Started]) -> Started:
    return start(PROJECT / "pipeline.yaml", text=encode(HOSTILE))


@pytest.fixture(scope="session")
def mishaps(start: Callable[..., Started]) -> Started:
    return start(PROJECT / "mishaps.yaml")


@pytest.fixture(scope="session")
def penguins(start: Callable[..., Started]) -> Started:
    return start(ROOT / "examples" / "penguins" / "pipeline.toml", spread=False, environment=PENGUINS)


@pytest.fixture(scope="session", autouse=True)
def together(capabilities: Started, mishaps: Started, penguins: Started) -> None:
    """All runs at once: waiting for one is waiting for all."""


@pytest.fixture(scope="session")
def done(capabilities: Started) -> Document:
    capabilities.answer("ask-ask", "yes")
    return capabilities.wait()


@pytest.fixture(scope="session")
def failed(mishaps: Started) -> Document:
    return mishaps.wait()


def test_a_run_succeeds(done: Document, capabilities: Started) -> None:
    assert phase(done) == "Succeeded", troubles(done)
    assert capabilities.results.summary["verdict"] == "done"


def test_a_parameter_arrives_as_it_was(done: Document, capabilities: Started) -> None:
    assert capabilities.results.value("echo", "text") == HOSTILE


def test_each_and_grid_are_tiles(done: Document, capabilities: Started) -> None:
    [host] = [step for step in capabilities.pipeline.plan.steps if "line.fit" in (step.name, *step.members)]
    task = host.name.replace(".", "-")
    pods = [each for each in nodes(done, "Pod") if each["displayName"].startswith(f"{task}(")]
    assert len(pods) == 9, "each team and setting has a tile"
    assert capabilities.results.summary["steps"]["line.fit"]["done"] == 9


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
    assert capabilities.results.value("guarded", "digest") == hashlib.sha256(HOSTILE.encode()).hexdigest()
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


def test_no_answer_is_a_no(failed: Document, mishaps: Started) -> None:
    assert "not approved" in mishaps.results.summary["steps"]["ask"]["failures"][0]["message"]


def test_what_is_made_there_is_what_is_made_here(penguins: Started, tmp_path: Path) -> None:
    here = LOCAL.run(penguins.pipeline.plan, root=penguins.root, environment={}, store_path=str(tmp_path))
    ended = penguins.wait()
    assert phase(ended) == "Succeeded", troubles(ended)
    assert penguins.results.contents() == Results(here.state).contents()


def test_a_schedule_says_as_of_when(start: Callable[..., Started]) -> None:
    by_hand = start(PROJECT / "scheduled.yaml", spread=False)
    api, path = by_hand.workspace.api, f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}"
    label = "workflows.argoproj.io/cron-workflow=scheduled"
    by_hand.wait()
    found: list[Document] = []
    by_hand.workspace.wait(
        by_hand.name, lambda _: found.extend(api.get(f"{path}/workflows", labelSelector=label)["items"]) or found
    )
    api.patch(f"{path}/cronworkflows/scheduled", {"spec": {"suspend": True}})
    name = found[0]["metadata"]["name"]
    ended = by_hand.workspace.wait(name)
    assert phase(ended) == "Succeeded"
    told = ended["metadata"]["annotations"]["workflows.argoproj.io/scheduled-time"]
    as_of = results(by_hand.pipeline.plan, name, DirectoryStore(by_hand.store), PROJECT).run.bind["parameters"]["as_of"]
    assert as_of == instant(told, "UTC")
    assert by_hand.results.run.bind["parameters"]["as_of"] is None


def test_a_run_is_submitted_followed_stopped_and_resumed(
    engine: Engine, namespace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(engine.kubeconfig))
    monkeypatch.chdir(PROJECT)

    def mlc(*arguments: str) -> tuple[int, str]:
        code = main(list(arguments))
        said = capsys.readouterr()
        return code, said.out + (said.err if code else "")

    code, said = mlc("submit", "waits.yaml", "--set", f"text={HOSTILE}")
    assert code == 0, said
    run = said.strip()
    namespace.wait(run, lambda workflow: any(each["displayName"] == "hangs(0)" for each in nodes(workflow, "Pod")))
    code, said = mlc("logs", run, "echo")
    assert (code, "echo 0 | " in said) == (0, True), said
    code, said = mlc("status", run)
    assert (code, "echo: Succeeded" in said, f"{run}: Running" in said) == (0, True, True), said
    assert mlc("stop", run)[0] == 0
    code, said = mlc("status", run, "--follow")
    assert (code, "(steps.hangs)" in said) == (3, True), said
    code, said = mlc("submit", "waits.yaml", "--set", "seconds=0", "--set", f"text={HOSTILE}")
    assert mlc("status", said.strip(), "--follow")[0] == 0
    code, said = mlc("resume", said.strip())
    assert code == 0, said
    assert mlc("status", said.strip(), "--follow")[0] == 0
    assert mlc("status", "nothing-1") == (2, "there is no `nothing-1` among the workflows of the namespace\n")
