"""What answers for online servings: held strictly to the schemas of the platforms, and really started."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import urllib3
from tests.benchmarks.serving import BIRD, DATA, SPEC
from tests.engines.argo.api import ApiError, Document, read_documents
from tests.engines.argo.binaries import objects
from tests.engines.argo.engine import OBJECTS, Engine, served
from tests.engines.argo.pipeline import PROJECTS, Pipeline, claim
from tests.engines.argo.workspace import Workspace
from tests.engines.compiled import plan_for
from tests.engines.services import free_ports

from mlc_argo.target import TARGET
from mlc_compiler.cli.main import main
from mlc_compiler.driver import check_file, compile_checked, compile_online

PLATFORMS = [
    {},
    {"replicas": {"min": 2, "max": 9}, "busy": "55%"},
    {"platform": "kserve"},
    {"platform": "kserve", "canary": "25%"},
    {"platform": "seldon"},
    {"platform": "seldon", "canary": "25%"},
]


def flights_with(spec: Path, **settings: Any) -> Pipeline:
    """The flights with what answers for them, as `mlc compile` makes them for the tests' cluster."""
    plan, site = plan_for(TARGET, spec, PROJECTS / "flights.yaml")
    site = {**site, "targets": {"argo": {**site["targets"]["argo"], "serving": settings}}}
    checked = check_file(spec, spec.name)
    online = [compile_online(checked, spec.parent, name) for name in plan.spec["online"]]
    return Pipeline(plan, TARGET.serve(plan, online, site))


@pytest.fixture(scope="module")
def flights_spec() -> Path:
    return Path(__file__).parents[3] / "examples" / "flights" / "pipeline.yaml"


@pytest.fixture(scope="module")
def platforms(engine: Engine) -> Engine:
    """The engine, with the schemas of KServe and of Seldon Core."""
    schemas = [*objects("kserve", "*.json"), *read_documents(OBJECTS / "seldon.yaml")]
    for schema in schemas:
        engine.api.create(schema)
    engine.services["apiserver"].wait_until(lambda: all(served(engine.api, schema) for schema in schemas), 60)
    return engine


def ask(engine: Engine, document: Document) -> None:
    """Have the API server check an object, strictly, without creating it."""
    named = {**document, "metadata": {**document["metadata"], "namespace": "default"}}
    engine.api.create(named, "default", dryRun="All", fieldValidation="Strict")


@pytest.mark.parametrize("settings", PLATFORMS, ids=str)
def test_the_schemas_take_what_answers(platforms: Engine, flights_spec: Path, settings: dict[str, Any]) -> None:
    for document in flights_with(flights_spec, **settings).documents("serving.yaml"):
        ask(platforms, document)
        if document["kind"] == "Server":  # whose schema leaves what is in its pods to Kubernetes
            spec = document["spec"]["podSpec"]
            containers = [{"image": "its/own:1", **container} for container in spec["containers"]]
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}
            ask(platforms, {**pod, "spec": {**spec, "containers": containers}})


@pytest.mark.parametrize(
    ("settings", "change", "error"),
    [
        ({"platform": "kserve"}, {"canaryTraficPercent": 10}, 'unknown field "spec.predictor.canaryTraficPercent"'),
        ({"platform": "kserve"}, {"minReplicas": "two"}, "minReplicas"),
    ],
)
def test_the_schemas_have_teeth(
    platforms: Engine, flights_spec: Path, settings: dict[str, Any], change: Document, error: str
) -> None:
    [document] = flights_with(flights_spec, **settings).documents("serving.yaml")
    document["spec"]["predictor"] |= change
    with pytest.raises(ApiError, match=error):
        ask(platforms, document)


def test_a_pod_answers_with_the_live_model(home: Workspace, tmp_path: Path) -> None:
    """With the plan of its ConfigMap, in a step image, as whom it is to run; told to end, it ends."""
    spec, store = _trained(tmp_path)
    claim(home, "serving", store)
    settings = {
        "namespace": home.namespace,
        "volumes": {"store": {"claim": "serving", "path": "/store"}},
        "resources": {"cpu": 1, "memory": "2Gi"},
    }
    site = {"store": {"path": "/store"}, "image": f"mlc/penguins@sha256:{'0' * 64}", "targets": {"argo": settings}}
    checked = check_file(spec, spec.name)
    plan = compile_checked(checked, spec.parent).plan
    emitted = Pipeline(plan, TARGET.serve(plan, [compile_online(checked, spec.parent, "ask")], site))
    made = {(each["kind"], each["metadata"]["name"]): each for each in emitted.objects()}
    [configuration] = [each for (kind, name), each in made.items() if kind == "ConfigMap" and "--ask-" in name]
    [port] = free_ports(1)
    pod = pod_of(made["Deployment", "penguins--ask"], port)
    home.apply(*(each for (kind, _), each in made.items() if kind == "ServiceAccount"), configuration, pod)
    server = Server(home, pod, f"http://127.0.0.1:{port}")
    server.wait(lambda: server.status("/v2/health/ready") == 200)
    answer = server.ask({name: [value, value] for name, value in BIRD.items()})
    assert (answer["model_version"], answer["outputs"][0]["data"]) == ("1", ["Adelie", "Adelie"])
    home.api.delete(server.path)
    server.wait(lambda: server.status("/v2/health/live") == 0)


def _trained(folder: Path) -> tuple[Path, Path]:
    """A spec whose model is live in a store that whoever steps run as may use."""
    shutil.copy(SPEC, folder)
    shutil.copytree(DATA, folder / "data")
    store = folder / "store"
    (folder / "environment.yaml").write_text(f"store: {store}\n")
    assert main(["run", str(folder / SPEC.name)]) == 0
    for path in (store, *store.rglob("*")):
        path.chmod(0o777)
    return folder / SPEC.name, store


def pod_of(deployment: Document, port: int) -> Document:
    """The pod that a Deployment's controller makes, on this machine alone, and on a port that nobody has."""
    template = deepcopy(deployment["spec"]["template"])
    [container] = template["spec"]["containers"]
    container["args"] = ["serve", "--host", "127.0.0.1", "--port", str(port)]
    named = {**template["metadata"], "name": f"{deployment['metadata']['name']}-0"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": named, "spec": template["spec"]}


@dataclass(frozen=True)
class Server:
    """A server in a pod."""

    home: Workspace
    pod: Document
    address: str
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False, timeout=60))

    @property
    def path(self) -> str:
        return f"/api/v1/namespaces/{self.home.namespace}/pods/{self.pod['metadata']['name']}"

    def status(self, path: str) -> int:
        """What a path answers with; 0 where nobody does."""
        try:
            return int(self.pool.request("GET", f"{self.address}{path}").status)
        except urllib3.exceptions.HTTPError:
            return 0

    def ask(self, columns: Mapping[str, list[float]]) -> Any:
        """The answer to a request, by the values of each column."""
        tensors = [
            {"name": name, "shape": [len(values)], "datatype": "FP64", "data": values}
            for name, values in columns.items()
        ]
        body = json.dumps({"inputs": tensors})
        found = self.pool.request("POST", f"{self.address}/v2/models/ask/infer", body=body)
        assert found.status == 200, found.data
        return json.loads(found.data)

    def wait(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + 300
        while not until():
            if time.monotonic() > end:
                raise TimeoutError(f"{self.home.api.get(self.path)['status']}\n{self.home.log(self.pod, 'server')}")
            time.sleep(0.1)
