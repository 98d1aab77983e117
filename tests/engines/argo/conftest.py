"""The engine, started once, and what runs on it: workflows of its own constructs, and compiled pipelines."""

from __future__ import annotations

import shutil
from base64 import b64encode
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from tests.engines.argo.api import read_documents
from tests.engines.argo.bucket import BUCKET, Server, artifact_repository, server
from tests.engines.argo.engine import OBJECTS, Engine
from tests.engines.argo.engine import engine as run_engine
from tests.engines.argo.hostile import GIVEN, HIDDEN, TOLD, make_hostile
from tests.engines.argo.pipeline import PROJECT_FOLDERS, PROJECTS, claim, compile_pipeline
from tests.engines.argo.started import Started
from tests.engines.argo.workspace import WORKFLOWS, Workspace
from tests.engines.image import ROOT, build, step_image
from tests.engines.local import run_here
from tests.engines.results import Results
from tests.engines.sandbox import Image
from tests.targets.argo.hostile import HOSTILE

from mlc_argo.encode import encode
from mlc_compiler.cli.main import main
from mlc_containers.part import part
from mlc_containers.site import PROJECT
from mlc_local.target import TARGET as LOCAL
from mlc_runtime import registry
from mlc_runtime.store import open_store, store_address

RUNNING = pytest.StashKey[Engine]()
RUNS = (
    "scheduled",
    "flights",
    "capabilities",
    "mishaps",
    "countries",
    "penguins",
    "hostile",
    "halves",
    "elsewhere",
    "failing",
    "containers",
    "children",
    "penguins_here",
    "countries_here",
    "flights_here",
    "parts",
)
"""Fixtures that begin runs of pipelines, in the order in which these begin."""
LOCKS = {"mutex": "containers", "semaphore": {"config_map": "quotas", "key": "containers"}}
AS_OF = "2013-05-01"
HOSTILE_IMAGE = f"mlc/hostile@sha256:{'0' * 64}"
LARGEST = "1000000000"


@pytest.fixture(scope="session")
def hostile_spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pipeline of `hostile`, with its data and its environment beside it."""
    project = PROJECTS / "capabilities"
    [environment] = read_documents(project / "environment.yaml")
    return make_hostile(project, tmp_path_factory.mktemp("hostile"), environment | {"image": HOSTILE_IMAGE})


@pytest.fixture(scope="session")
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, hostile_spec: Path
) -> Iterator[Engine]:
    build()
    folder = tmp_path_factory.mktemp("images")
    images = {HOSTILE_IMAGE: step_image(hostile_spec.parent, PROJECT)} | {
        f"mlc/{project.name}@sha256:{'0' * 64}": _image(project, folder) for project in PROJECT_FOLDERS
    }
    with run_engine(images) as running:
        request.config.stash[RUNNING] = running
        yield running


@pytest.fixture(scope="session")
def make_workspace(engine: Engine) -> Callable[[str], Workspace]:
    """Makes a namespace in which workflows can run."""

    def make(name: str) -> Workspace:
        engine.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        workspace = Workspace(engine.api, name)
        for document in read_documents(OBJECTS / "executor.yaml"):
            for subject in document.get("subjects", []):
                subject["namespace"] = name
            workspace.apply(document)
        return workspace

    return make


@pytest.fixture(scope="session")
def basics(make_workspace: Callable[[str], Workspace]) -> Workspace:
    """A namespace in which all workflows of the folder have been submitted together."""
    workspace = make_workspace("basics")
    for document in read_documents(*sorted(WORKFLOWS.glob("*.yaml"))):
        workspace.submit(document)
    return workspace


@pytest.fixture(scope="session")
def bucket() -> Iterator[Server]:
    """A server of buckets, whose owner boto3 takes this process for."""
    with server() as running, pytest.MonkeyPatch.context() as patch:
        for name, value in running.environment().items():
            patch.setenv(name, value)
        yield running


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder behind the claim that pipelines keep their results in."""
    return _shared(tmp_path_factory, "store")


@pytest.fixture(scope="session")
def home(
    make_workspace: Callable[[str], Workspace], shared: Path, bucket: Server, tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    """The namespace of compiled pipelines, with the claims and the secrets that their environments name."""
    workspace = make_workspace("pipelines")
    claim(workspace, "store", shared)
    claim(workspace, "predictions", _shared(tmp_path_factory, "predictions"))
    tokens = {"crm": TOLD, "gates": "/store/gates"}
    for name, content in (
        ("tokens", tokens),
        ("bucket", {"id": bucket.key, "key": bucket.secret}),
        ("hostile", HIDDEN),
    ):
        data = {key: b64encode(value.encode()).decode() for key, value in content.items()}
        workspace.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data})
    return workspace


@pytest.fixture(scope="session")
def start(home: Workspace, shared: Path) -> Callable[..., Started]:
    """Compiles, installs and starts a pipeline.

    Its results are in the folder of the claim, or where a change of the environment says.
    """

    def begin(
        spec: Path,
        *,
        spread: bool = True,
        environment: Path | None = None,
        changes: Mapping[str, Any] | None = None,
        **parameters: str,
    ) -> Started:
        changes = changes or {}
        pipeline = compile_pipeline(spec, environment or spec.parent / "environment.yaml", spread=spread, **changes)
        pipeline.install(home)
        place = open_store(store_address(changes["store"]) if "store" in changes else str(shared))
        return Started(pipeline, home, pipeline.start(home, **parameters), place, spec)

    return begin


@pytest.fixture(scope="session")
def capabilities(start: Callable[..., Started]) -> Started:
    """A run with a good end."""
    return start(PROJECTS / "capabilities" / "pipeline.yaml", text=encode(TOLD))


@pytest.fixture(scope="session")
def mishaps(start: Callable[..., Started]) -> Started:
    """A run in which much fails."""
    return start(PROJECTS / "capabilities" / "mishaps.yaml")


@pytest.fixture(scope="session")
def hostile(start: Callable[..., Started], hostile_spec: Path) -> Started:
    """A run of a pipeline in which every field that takes free text holds every hostile one."""
    given = {name: encode(text) for name, text in zip(GIVEN, HOSTILE, strict=True)}
    environment = hostile_spec.parent / "hostile.environment.yaml"
    return start(hostile_spec, environment=environment, spread=False, choice=encode(HOSTILE[-1]), **given)


@pytest.fixture(scope="session")
def halves(start: Callable[..., Started]) -> Started:
    """A run that waits half-way until its gate is opened."""
    return start(PROJECTS / "capabilities" / "halves.yaml")


@pytest.fixture(scope="session")
def open_gate(shared: Path) -> Callable[[str], None]:
    """Lets a run go on that waits half-way."""

    def let_go(run: str) -> None:
        (shared / "gates").mkdir(exist_ok=True)
        (shared / "gates" / run).touch()

    return let_go


@pytest.fixture(scope="session")
def scheduled(start: Callable[..., Started]) -> Started:
    """A run by hand of what also runs every minute."""
    return start(PROJECTS / "capabilities" / "scheduled.yaml", spread=False)


@pytest.fixture(scope="session")
def locked(start: Callable[..., Started], home: Workspace) -> Callable[..., Started]:
    """Begins a run with containers of the user's own, which waits for others with the same locks."""
    home.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "quotas"}, "data": {"containers": "1"}})
    project = PROJECTS / "containers"
    [environment] = read_documents(project / "environment.yaml")

    def begin(spec: str, *locks: str, **changes: Any) -> Started:
        settings = environment["targets"]["argo"] | {name: LOCKS[name] for name in locks}
        return start(project / spec, spread=False, changes={"targets": {"argo": settings}, **changes})

    return begin


@pytest.fixture(scope="session")
def elsewhere(locked: Callable[..., Started]) -> Started:
    """A run in an image that holds the code of another project. It has the locks first."""
    run = locked("pipeline.yaml", *LOCKS, image=f"mlc/parts@sha256:{'0' * 64}")
    run.wait(lambda workflow: workflow.get("status", {}).get("storedWorkflowTemplateSpec"))
    return run


@pytest.fixture(scope="session")
def failing(locked: Callable[..., Started], elsewhere: Started) -> Started:
    """A run of containers that fail."""
    return locked("failing.yaml", "semaphore")


@pytest.fixture(scope="session")
def containers(locked: Callable[..., Started], elsewhere: Started) -> Started:
    return locked("pipeline.yaml", "mutex")


@pytest.fixture(scope="session")
def children(engine: Engine, home: Workspace, shared: Path) -> Started:
    """A run whose steps are in children of it, which waits half-way until its gate is opened."""
    spec = PROJECTS / "children" / "pipeline.yaml"
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as said:
        patch.setenv("KUBECONFIG", str(engine.kubeconfig))
        patch.chdir(spec.parent)
        assert main(["submit", spec.name]) == 0
    pipeline = compile_pipeline(spec, spec.parent / "environment.yaml")
    return Started(pipeline, home, said.getvalue().strip(), open_store(str(shared)), spec)


@pytest.fixture(scope="session")
def parts(home: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Started:
    """The first run of a schedule of a part, with a live model for what the part leaves out."""
    spec, folder = PROJECTS / "parts" / "pipeline.yaml", _shared(tmp_path_factory, "parts")
    pipeline = compile_pipeline(spec, spec.parent / "environment.yaml")
    LOCAL.run(pipeline.plan, root=spec.parent, environment={}, store_path=str(folder), until="line")
    store = open_store(str(folder))
    registry.promote(store, "line", 1, who="a test", when="2026-01-01T00:00:00+00:00")
    for path in folder.rglob("*"):
        path.chmod(0o777)
    claim(home, "parts", folder)
    pipeline.install(home)
    run = home.scheduled("parts--scores")["metadata"]["name"]
    return Started(replace(pipeline, plan=part(pipeline.plan, ["scores"])), home, run, store, spec)


@pytest.fixture(scope="session")
def penguins(start: Callable[..., Started]) -> Started:
    return _example(start, "penguins", "pipeline.toml")


@pytest.fixture(scope="session")
def flights(start: Callable[..., Started]) -> Started:
    """The flights of four months: a run as of then."""
    return _example(start, "flights", "pipeline.yaml", as_of=AS_OF)


@pytest.fixture(scope="session")
def countries(start: Callable[..., Started], home: Workspace, bucket: Server) -> Started:
    """The two largest countries, with a bucket for a store and for the pods' logs."""
    home.apply(artifact_repository(bucket, "bucket"))
    place = {"path": f"s3://{BUCKET}/countries", "endpoint": bucket.endpoint, "region": "us-east-1"}
    return _example(start, "countries", "pipeline.yaml", changes={"store": place}, least=LARGEST)


@pytest.fixture(scope="session")
def aside() -> Iterator[Executor]:
    """Does one thing after the other while pods run, so that they have their share of the machine."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


@pytest.fixture(scope="session")
def here(aside: Executor, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Future[Results]]:
    """The results, some time, of the same run on this machine."""

    def run(there: Started, *given: str) -> Future[Results]:
        folder = tmp_path_factory.mktemp(there.spec.parent.name)
        return aside.submit(run_here, there.spec, there.pipeline.plan, folder, *given)

    return run


@pytest.fixture(scope="session")
def penguins_here(here: Callable[..., Future[Results]], penguins: Started) -> Future[Results]:
    return here(penguins)


@pytest.fixture(scope="session")
def flights_here(here: Callable[..., Future[Results]], flights: Started) -> Future[Results]:
    return here(flights, "--as-of", AS_OF)


@pytest.fixture(scope="session")
def countries_here(here: Callable[..., Future[Results]], countries: Started) -> Future[Results]:
    return here(countries, "--set", f"least={LARGEST}")


def _image(project: Path, folder: Path) -> Image:
    """The step image of a copy of a project: in it, folders for its volumes are made."""
    left_out = shutil.ignore_patterns(".mlc", "argo", "predictions", "__pycache__")
    return step_image(Path(shutil.copytree(project, folder / project.name, ignore=left_out)), PROJECT)


def _shared(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder that pods may write, whoever they run as."""
    folder = tmp_path_factory.mktemp(name)
    folder.chmod(0o777)
    return folder


def _example(start: Callable[..., Started], name: str, spec: str, **more: Any) -> Started:
    return start(ROOT / "examples" / name / spec, spread=False, environment=PROJECTS / f"{name}.yaml", **more)


@pytest.fixture(scope="session", autouse=True)
def together(request: pytest.FixtureRequest) -> None:
    """All runs that tests ask for, begun at once: waiting for one is waiting for all."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    for name in RUNS:
        if name in wanted:
            request.getfixturevalue(name)


@pytest.fixture
def mlc(
    engine: Engine, home: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """A command of the command line, in the project of what the engine can do: its exit code, and what it said."""
    monkeypatch.setenv("KUBECONFIG", str(engine.kubeconfig))
    monkeypatch.chdir(PROJECTS / "capabilities")

    def command(*arguments: str) -> tuple[int, str]:
        code = main(list(arguments))
        said = capsys.readouterr()
        return code, said.out + (said.err if code else "")

    return command


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows what the engine said."""
    report = yield
    running = item.config.stash.get(RUNNING, None)
    if report.failed and running:
        report.sections.append(("engine", running.logs()))
    return report
